package folder

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"

	"quittance/internal/fault"
	"quittance/internal/format/sheet"
)

// Write makes the folder at dir, which does not exist yet or is empty: one CSV file for each file that has rows, and
// the required ones, and under files the contents that they name. A file appears whole or not at all.
func Write(dir string, d *Data) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return cannotWrite(dir, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return cannotWrite(dir, err)
	}
	if len(entries) > 0 {
		return fault.New(fault.Refused, "%s is not empty (it holds %s); give a new or an empty directory", dir, entries[0].Name())
	}
	for _, s := range registry {
		records, some := s.records(d)
		if !some && !s.required {
			continue
		}
		path := filepath.Join(dir, s.name+".csv")
		if err := writeWhole(path, func(w io.Writer) error { return writeCSV(w, records) }); err != nil {
			return cannotWrite(path, err)
		}
	}
	return d.eachContent(func(name string, content []byte) error {
		path := filepath.Join(dir, filepath.FromSlash(name))
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		if err == nil {
			err = writeWhole(path, func(w io.Writer) error { _, err := w.Write(content); return err })
		}
		if err != nil {
			return cannotWrite(path, err)
		}
		return nil
	})
}

func cannotWrite(path string, err error) error {
	return fault.New(fault.Unavailable, "%s cannot be written; look at permissions and free space", path).Because(err)
}

// writeWhole writes beside path and puts the file there when it is complete and on disk.
func writeWhole(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()
			_ = os.Remove(f.Name())
		}
	}()
	w := bufio.NewWriterSize(f, 1<<16)
	if err = write(w); err != nil {
		return err
	}
	if err = w.Flush(); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// records gives the header and the rows as text, and says whether there are rows. A record is valid until the next.
func (s *spec) records(d *Data) (_ iter.Seq[[]string], some bool) {
	for range s.rows(d) {
		some = true
		break
	}
	return func(yield func([]string) bool) {
		if !yield(s.layout.names()) {
			return
		}
		record := make([]string, len(s.layout.columns))
		for row := range s.rows(d) {
			v := reflect.ValueOf(row).Elem()
			s.layout.print(record, v, d)
			if !yield(record) {
				return
			}
		}
	}, some
}

// print fills the record with the text of a row.
func (l layout) print(record []string, v reflect.Value, d *Data) {
	cur := l.currencyOf(v, d.Company.Currency)
	for i := range l.columns {
		c := &l.columns[i]
		if c.accounting {
			record[i] = c.print(v.Field(c.field), d.Company.Currency)
		} else {
			record[i] = c.print(v.Field(c.field), cur)
		}
	}
}

func writeCSV(w io.Writer, records iter.Seq[[]string]) error {
	out := csv.NewWriter(w)
	for record := range records {
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// WriteXLSX makes a workbook at path, which does not exist yet, with the sheets that [Write] makes as files. Every cell
// is text, so that nothing is rounded. What a cell cannot hold exactly is refused. The contents of files are left out.
func WriteXLSX(path string, d *Data) error {
	if _, err := os.Lstat(path); err == nil {
		return fault.New(fault.Refused, "%s exists; give the name of a new file", path)
	}
	var failed error
	err := writeWhole(path, func(w io.Writer) error {
		failed = WriteBook(w, d)
		return failed
	})
	var told *fault.Error
	if err != nil && !errors.As(failed, &told) {
		return cannotWrite(path, err)
	}
	return err
}

// WriteBook writes the workbook that [WriteXLSX] makes.
func WriteBook(w io.Writer, d *Data) error {
	book := excelize.NewFile()
	defer book.Close()
	first := true
	for _, s := range registry {
		records, some := s.records(d)
		if !some && !s.required {
			continue
		}
		if err := addSheet(book, s.name, records, first); err != nil {
			return err
		}
		first = false
	}
	return book.Write(w)
}

// addSheet fills a sheet; the first takes the place of the one that a new workbook has.
func addSheet(book *excelize.File, name string, records iter.Seq[[]string], first bool) error {
	var err error
	if first {
		err = book.SetSheetName(book.GetSheetName(0), name)
	} else {
		_, err = book.NewSheet(name)
	}
	if err != nil {
		return noSheet(name, err)
	}
	w, err := book.NewStreamWriter(name)
	if err != nil {
		return noSheet(name, err)
	}
	line := 0
	for record := range records {
		if line++; line > sheet.MaxRows {
			return fault.New(fault.Refused, "%s has more than the %d rows of a sheet; write a directory of CSV files", name, sheet.MaxRows)
		}
		cells := []any{}
		for i, text := range record {
			if !fitsCell(text) {
				return fault.New(fault.Refused, "%s: a cell of a workbook cannot hold this text exactly; write a directory of CSV files", place(name, line, i+1))
			}
			cells = append(cells, cellValue(text))
		}
		ref, err := excelize.CoordinatesToCellName(1, line)
		if err == nil {
			err = w.SetRow(ref, cells)
		}
		if err != nil {
			return noSheet(name, err)
		}
	}
	if err := w.Flush(); err != nil {
		return noSheet(name, err)
	}
	return nil
}

func noSheet(name string, err error) error {
	return fault.New(fault.Internal, "the sheet %s cannot be made; write a directory of CSV files", name).Because(err)
}

// cellValue leaves blank cells out.
func cellValue(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// twoEscapes is text that looks like escaped characters that share an underscore, which the library writes wrongly.
var twoEscapes = regexp.MustCompile(`_x[0-9A-Fa-f]{4}_x[0-9A-Fa-f]{4}_`)

func fitsCell(text string) bool {
	return len(utf16.Encode([]rune(text))) <= maxCellChars && !twoEscapes.MatchString(text)
}
