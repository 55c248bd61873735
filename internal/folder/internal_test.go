package folder

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/format/sheet"
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
			got = append(got, c.Text)
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
			if cells[i].Text != want[i] {
				t.Fatalf("%q: %v, the library %q", line, cells, want)
			}
		}
	})
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
	r := newReader()
	var b *sheet.Book
	for unzipped := int64(1000); b == nil && unzipped < 1<<20; unzipped += 100 { // enough for all but the sheets
		b, _ = sheet.OpenBook(f, info.Size(), unzipped)
	}
	for range r.sheetRecords(b, "company") {
		t.Fatal("a row was read")
	}
	if err := r.err(); err == nil || !strings.HasPrefix(err.Error(), "company:1:1: unzips to more than") {
		t.Errorf("got %v", err)
	}
}
