package folder

import (
	"io"
	"iter"
	"strings"

	"quittance/internal/format/sheet"
)

// ReadXLSX reads a workbook whose sheets are the files of a folder.
func ReadXLSX(src io.ReaderAt, size int64) (*Data, error) {
	return readXLSX(src, size, maxUnzippedBytes)
}

func readXLSX(src io.ReaderAt, size, unpacked int64) (*Data, error) {
	r := newReader()
	b, err := sheet.OpenBook(src, size, unpacked)
	if err != nil {
		r.add(place("workbook", 1, 1), "%v", err)
		return r.result()
	}
	present := map[string]bool{}
	for _, name := range b.Sheets() {
		if specOf(name) == nil {
			r.add(place(name, 1, 1), "is not a sheet of the company folder; expected %s", strings.Join(fileNames(), ", "))
			continue
		}
		present[name] = true
	}
	r.needRequired(present, "")
	for _, s := range registry {
		if present[s.name] && !b.Spent() {
			r.table(s, s.name, r.sheetRecords(b, s.name), true)
		}
	}
	return r.result()
}

// sheetRecords gives the rows of a sheet that are not blank.
func (r *reader) sheetRecords(b *sheet.Book, name string) iter.Seq[record] {
	report := func(line, column int, format string, args ...any) { r.add(place(name, line, column), format, args...) }
	return func(yield func(record) bool) {
		for rec := range b.Records(name, report) {
			if !yield(record{rec.Line, rec.Cells}) {
				return
			}
		}
	}
}
