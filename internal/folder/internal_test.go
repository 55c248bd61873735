package folder

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/money"
)

// What the standard library writes is what splitLine reads.
func TestSplitLineReadsWhatTheStandardLibraryWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		fields := rapid.SliceOfN(rapid.StringMatching(`[ab ",;é']{0,6}`), 1, 6).Draw(t, "fields")
		var out strings.Builder
		w := csv.NewWriter(&out)
		if err := w.Write(fields); err != nil {
			t.Fatal(err)
		}
		w.Flush()
		cells, _, wrong := splitLine(nil, strings.TrimSuffix(out.String(), "\n"))
		if wrong != "" {
			t.Fatalf("%s: %s", out.String(), wrong)
		}
		var got []string
		for _, c := range cells {
			got = append(got, c.text)
		}
		if !slices.Equal(got, fields) && out.String() != "\n" {
			t.Fatalf("%q is read as %q", fields, got)
		}
	})
}

// What splitLine reads, the standard library reads alike.
func TestSplitLineIsNotLaxer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		line := rapid.StringMatching(`[ab ",]{1,12}`).Draw(t, "line")
		cells, broken, wrong := splitLine(nil, line)
		want, err := csv.NewReader(strings.NewReader(line)).Read()
		if (err != nil) != (wrong != "") || (wrong != "") != (broken > 0) {
			t.Fatalf("%q: %q, the library %v", line, wrong, err)
		}
		for i := range want {
			if cells[i].text != want[i] {
				t.Fatalf("%q: %v, the library %q", line, cells, want)
			}
		}
	})
}

func TestShowsDate(t *testing.T) {
	for _, c := range []struct {
		id   int
		code string
		want bool
	}{
		{0, "", false},
		{14, "", true},
		{22, "", true},
		{49, "", false},
		{164, "yyyy-mm-dd", true},
		{164, "[$-409]d/m/yyyy", true},
		{164, `#,##0.00" days"`, false},
		{164, "[Red]0.00", false},
		{164, `0\d`, false},
		{164, "0.00;[Red]-0.00", false},
		{164, "h:mm", true},
		{164, "General", false},
		{164, `"`, false},
		{164, `\`, false},
	} {
		if got := showsDate(c.id, c.code); got != c.want {
			t.Errorf("showsDate(%d, %q) = %v", c.id, c.code, got)
		}
	}
}

func TestBookIsLimitedInAll(t *testing.T) {
	path := filepath.Join(t.TempDir(), "book.xlsx")
	d := &Data{Company: Company{Company: "C", Name: "C", Currency: money.MustCurrency("USD"), AccountFormat: "M"}}
	if err := WriteXLSX(path, d); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	b, wrong := openBook(newReader(), f, info.Size(), maxUnzippedBytes)
	if wrong != "" {
		t.Fatal(wrong)
	}
	b.left = 100
	for range b.records("company", b.sheets[0].part) {
		t.Fatal("a row was read")
	}
	if err := b.err(); err == nil || !strings.HasPrefix(err.Error(), "company:1:1: unzips to more than") {
		t.Errorf("got %v", err)
	}
}
