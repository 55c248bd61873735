package paper_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quittance/internal/format/paper"
)

func TestPlain(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Müller & Söhne", "Müller & Söhne"},
		{"  two\t\nspaces\u00a0here ", "two spaces here"},
		{"e\u0301", "é"},
		{"Łódź Ελλάς Холдинг ₴ € № “q”…", "Łódź Ελλάς Холдинг ₴ € № “q”…"},
		{"", ""},
	} {
		if got, r, ok := paper.Plain(c.in); !ok || got != c.want {
			t.Errorf("Plain(%q) = %q, %q, %v; want %q", c.in, got, r, ok, c.want)
		}
	}
	for in, want := range map[string]rune{
		"abc 株式": '株', "x\u200bx": '\u200b', "a\x00b": 0, "q\u0308": '\u0308', "שלום": 'ש', "سلام": 'س', "\xff": '\ufffd', "😀": '😀', "\u202eevil": '\u202e',
	} {
		if got, r, ok := paper.Plain(in); ok || r != want {
			t.Errorf("Plain(%q) = %q, %q, %v; want it refused for %q", in, got, r, ok, want)
		}
	}
}

func FuzzPlain(f *testing.F) {
	for _, s := range []string{"", "Müller", "e\u0301", "שלום", "a\xffb", "ﬁ ½ Ω"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		plain, r, ok := paper.Plain(s)
		if !ok {
			if paper.Printable(r) {
				t.Errorf("%q is refused for %q, which can be printed", s, r)
			}
			return
		}
		if again, _, ok := paper.Plain(plain); !ok || again != plain {
			t.Errorf("%q is plain, but becomes %q", plain, again)
		}
	})
}

// TestWrap holds lines to their width, and to the words that they were made of.
func TestWrap(t *testing.T) {
	d := paper.New("t", "a", time.Unix(0, 0))
	face := paper.Face{Size: 10}
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.StringOfN(rapid.RuneFrom([]rune("abcWi.")), 1, 40, -1)).Draw(t, "words"), " ")
		lines := d.Wrap(face, 1.2, text)
		for _, line := range lines {
			if w := d.Measure(face, line); w > 1.2 {
				t.Fatalf("%q is %.2f wide", line, w)
			}
		}
		if got := strings.Join(lines, ""); strings.ReplaceAll(got, " ", "") != strings.ReplaceAll(text, " ", "") {
			t.Fatalf("%q became %q", text, lines)
		}
	})
}

func TestSameBytes(t *testing.T) {
	make := func() []byte {
		d := paper.New("Title", "Author", time.Date(2026, 11, 22, 1, 2, 3, 0, time.FixedZone("x", 3600)))
		d.Page()
		d.Left(1, 1, paper.Face{Size: 10}, "Zażółć gęślą jaźń")
		d.Overprint(4, 4, 30, paper.Face{Size: 50, Bold: true}, "VOID")
		b, err := d.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	first := make()
	for range 5 {
		if !bytes.Equal(first, make()) {
			t.Fatal("the same page has other bytes")
		}
	}
	if !bytes.Contains(first, []byte("D:20261122000203")) {
		t.Error("the date of the document is not the caller's, in UTC")
	}
}
