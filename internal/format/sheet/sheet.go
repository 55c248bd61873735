// Package sheet writes lists for spreadsheet programs, as CSV (RFC 4180) or as an XLSX workbook with one sheet, and reads workbooks.
//
//   - A *column* holds texts or numbers. A number is a decimal with a point; it stays a number that can be added up.
//
//   - A text that a spreadsheet would take for a formula is escaped by an apostrophe before it (see [Escape]), since a list
//     holds texts that strangers wrote.
//
//   - A *book* that is read gives the *records* of its sheets cell by cell, each with what it is: a text, a number, a date, a formula.
//
// Invariants: reading a book takes bounded memory, however small it is packed, and never a formula's result unseen; what stands in a column of numbers and is none is escaped like a text. A number with more digits than a spreadsheet
// counts exactly (15) is written as a text to XLSX. The company folder is not written here: it is exact, and never escaped.
//
// Source: the OWASP advice on formula injection; interchange contract.
package sheet

import (
	"encoding/csv"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// Column is a column of a list.
type Column struct {
	Name   string
	Number bool
}

// Writer writes a list row by row. Close ends it; the error of a row may come with Close only.
type Writer interface {
	Row(cells ...string) error
	Close() error
}

var decimal = regexp.MustCompile(`^-?[0-9]+(\.[0-9]+)?$`)

// Escape puts an apostrophe before a text that a spreadsheet would take for a formula: one that begins with = + - @, a tab or a
// carriage return.
func Escape(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) {
		return "'" + text
	}
	return text
}

// cell gives what a cell holds, and whether that is a number.
func (c Column) cell(text string) (string, bool) {
	if c.Number && (text == "" || decimal.MatchString(text)) {
		return text, text != ""
	}
	return Escape(text), false
}

type csvWriter struct {
	w       *csv.Writer
	columns []Column
}

// NewCSV begins a list as CSV, with the names of the columns as its header.
func NewCSV(w io.Writer, columns []Column) Writer {
	c := &csvWriter{csv.NewWriter(w), columns}
	_ = c.w.Write(names(columns)) // its error comes again with Close
	return c
}

func names(columns []Column) []string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.Name
	}
	return all
}

func (c *csvWriter) Row(cells ...string) error {
	out := make([]string, len(cells))
	for i, text := range cells {
		out[i], _ = c.columns[i].cell(text)
	}
	return c.w.Write(out)
}

func (c *csvWriter) Close() error {
	c.w.Flush()
	return c.w.Error()
}

const (
	MaxRows     = 1_048_576 // of one sheet, as in Excel
	exactDigits = 15        // that a spreadsheet counts exactly
)

type xlsxWriter struct {
	w       io.Writer
	book    *excelize.File
	stream  *excelize.StreamWriter
	columns []Column
	rows    int
	styles  map[int]int // decimals → style
}

// NewXLSX begins a list as a workbook whose one sheet has the name.
func NewXLSX(w io.Writer, name string, columns []Column) (Writer, error) {
	x := &xlsxWriter{w: w, book: excelize.NewFile(), columns: columns, styles: map[int]int{}}
	err := x.book.SetSheetName("Sheet1", name)
	if err == nil {
		x.stream, err = x.book.NewStreamWriter(name)
	}
	if err == nil {
		err = x.stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"})
	}
	if err != nil {
		return nil, fmt.Errorf("sheet: %w", err)
	}
	bold, err := x.book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	header := make([]any, len(columns))
	for i, name := range names(columns) {
		header[i] = excelize.Cell{StyleID: bold, Value: name}
	}
	if err == nil {
		err = x.add(header)
	}
	return x, err
}

func (x *xlsxWriter) Row(cells ...string) error {
	values := make([]any, len(cells))
	for i, text := range cells {
		text, number := x.columns[i].cell(text)
		values[i] = text
		if !number {
			continue
		}
		var err error
		if values[i], err = x.number(text); err != nil {
			return err
		}
	}
	return x.add(values)
}

// number gives the cell of a decimal, shown with as many decimals as it is written with.
func (x *xlsxWriter) number(text string) (any, error) {
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(text, "-"), ".")
	if len(strings.TrimLeft(whole, "0"))+len(fraction) > exactDigits {
		return text, nil
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return nil, err
	}
	style, ok := x.styles[len(fraction)]
	if !ok {
		format := "#,##0"
		if fraction != "" {
			format += "." + strings.Repeat("0", len(fraction))
		}
		if style, err = x.book.NewStyle(&excelize.Style{CustomNumFmt: &format}); err != nil {
			return nil, err
		}
		x.styles[len(fraction)] = style
	}
	return excelize.Cell{StyleID: style, Value: value}, nil
}

func (x *xlsxWriter) add(values []any) error {
	if x.rows++; x.rows > MaxRows {
		return fmt.Errorf("sheet: the list has more than the %d rows of a sheet; ask for CSV", MaxRows-1)
	}
	at, err := excelize.CoordinatesToCellName(1, x.rows)
	if err == nil {
		err = x.stream.SetRow(at, values)
	}
	return err
}

// Close writes the workbook.
func (x *xlsxWriter) Close() error {
	err := x.stream.Flush()
	if err == nil {
		_, err = x.book.WriteTo(x.w)
	}
	if cerr := x.book.Close(); err == nil {
		err = cerr
	}
	return err
}
