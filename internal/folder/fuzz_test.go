package folder_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"quittance/internal/fault"
	"quittance/internal/folder"
)

// soundOrTold checks what every reading promises: data that are read again the same after writing, or errors that all
// have a place.
func soundOrTold(t *testing.T, d *folder.Data, err error) {
	t.Helper()
	if err != nil {
		for _, e := range err.(fault.List) {
			if e.Code != fault.Invalid || (strings.Count(e.Place, ":") < 2 && !strings.HasPrefix(e.Message, "and ")) {
				t.Errorf("an error without place or code: %+v", e)
			}
		}
		return
	}
	dir := filepath.Join(t.TempDir(), "again")
	if err := folder.Write(dir, d); err != nil {
		t.Fatal(err)
	}
	again, err := folder.Read(dir)
	if err != nil {
		t.Fatalf("what was written is not read: %v", err)
	}
	forget(d)
	forget(again)
	if !reflect.DeepEqual(d, again) {
		t.Fatalf("written\n%+v\nread\n%+v", d, again)
	}
}

func FuzzReadCSV(f *testing.F) {
	example, err := os.ReadFile("testdata/public-sector/vouchers.csv")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{
		string(example), voucherHeader, "", "\xef\xbb\xbf", "\xff\xfe", "voucher\n\"a\n", "voucher,voucher\n,\n",
		voucherHeader + "A,2026-01-05,invoice,C1,,JPY,1000,1,,1.5,,\nA,2026-01-05,invoice,C1,,,1000,,0,,0,\n",
		voucherHeader + "\"A\",2026-01-05,journal,\"\",,KWD,\" \"\"x\"\"\",1e30,,,,\r\n\r\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		d, err := folder.ReadFS(with(map[string]string{"vouchers.csv": text}))
		soundOrTold(t, d, err)
	})
}

func FuzzReadXLSX(f *testing.F) {
	good := workbook(f, func(*excelize.File) {})
	f.Add(good)
	f.Add([]byte("PK"))
	f.Add(rezip(f, good, "xl/worksheets/sheet2.xml", func(s string) string { return strings.ReplaceAll(s, `t="s"`, `t="str"`) }))
	f.Add(workbook(f, func(book *excelize.File) { check(f, book.MergeCell("accounts", "A1", "B2")) }))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, err := readBook(b)
		soundOrTold(t, d, err)
	})
}

// FuzzReadDeductions reads one of the files of the set-up of deductions.
func FuzzReadDeductions(f *testing.F) {
	for name, text := range deductionFiles() {
		f.Add(name, text)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		if _, known := deductionFiles()[name]; !known {
			t.Skip("no file of the set-up of deductions")
		}
		d, err := folder.ReadFS(with(map[string]string{name + ".csv": text}))
		soundOrTold(t, d, err)
	})
}

// FuzzReadSheet reaches further than FuzzReadXLSX: the bytes are one sheet of a sound workbook.
func FuzzReadSheet(f *testing.F) {
	good := workbook(f, func(*excelize.File) {})
	f.Add(`<worksheet><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>account</t></is></c><c t="str"><v>name</v></c><c r="C1" t="str"><v>type</v></c></row>` +
		`<row><c><v>1.5E3</v></c><c t="inlineStr"><is><r><t>a</t></r><r><t>_x0041_</t></r></is></c><c t="d"><v>2026-01-01T00:00:00</v></c></row></sheetData>` +
		`<mergeCells><mergeCell ref="A1:B2"/></mergeCells></worksheet>`)
	f.Add(`<worksheet><sheetData><row r="x"><c r="ZZZZ1" s="-1" t="b"><v>1</v><f/></c></row></sheetData>`)
	f.Fuzz(func(t *testing.T, text string) {
		d, err := readBook(rezip(t, good, "xl/worksheets/sheet2.xml", func(string) string { return text }))
		soundOrTold(t, d, err)
	})
}
