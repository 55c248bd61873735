package sheet

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
)

// rows is the reading of one sheet of a workbook.
type rows struct {
	*Book
	part    *part
	report  Report
	rec     Record
	stopped bool
}

// storedCell is a cell as the part holds it.
type storedCell struct {
	Ref     string    `xml:"r,attr"`
	Style   int       `xml:"s,attr"`
	Type    string    `xml:"t,attr"`
	Formula *struct{} `xml:"f"`
	Value   string    `xml:"v"`
	Inline  *richText `xml:"is"`
}

// read hands the rows out, or says why the sheet cannot be read to its end.
func (s *rows) read(yield func(Record) bool) (wrong string) {
	for !s.stopped {
		token, err := s.part.next()
		if err == io.EOF {
			return ""
		}
		if err != nil {
			return bookError(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		switch start.Name.Local {
		case "row":
			wrong = s.row(start, yield)
		case "mergeCell":
			s.refuseMerged(start)
		}
		if wrong != "" {
			return wrong
		}
	}
	return ""
}

// row reads one row to its end.
func (s *rows) row(start xml.StartElement, yield func(Record) bool) (wrong string) {
	line := s.rec.Line + 1
	if text := attribute(start, "r"); text != "" {
		line, _ = strconv.Atoi(text)
	}
	if line <= s.rec.Line {
		return bookError(nil)
	}
	if line > MaxRows {
		return "has more than " + strconv.Itoa(MaxRows) + " rows; use CSV files"
	}
	s.rec.Line = line
	s.rec.Cells = s.rec.Cells[:0]
	for column := 0; ; {
		token, err := s.part.next()
		if err != nil {
			return bookError(err)
		}
		if end, ok := token.(xml.EndElement); ok && end.Name.Local == "row" {
			break
		}
		start, ok := token.(xml.StartElement)
		if !ok || start.Name.Local != "c" {
			continue
		}
		var stored storedCell
		if err := s.part.into(&stored, &start); err != nil {
			return bookError(err)
		}
		next := column + 1
		if stored.Ref != "" {
			next = columnOfRef(stored.Ref)
		}
		if next <= column {
			return bookError(nil)
		}
		column = next
		s.put(column, s.cell(&stored))
	}
	if len(s.rec.Cells) > 0 {
		s.stopped = !yield(s.rec)
	}
	return ""
}

// put keeps a cell that is not blank.
func (s *rows) put(column int, c Cell) {
	if c.Blank() {
		return
	}
	if column > maxSheetColumns {
		s.report(s.rec.Line, column, "is far to the right of the header; clear the cell")
		return
	}
	for len(s.rec.Cells) < column-1 {
		s.rec.Cells = append(s.rec.Cells, Cell{})
	}
	s.rec.Cells = append(s.rec.Cells, c)
}

// cell gives the kind and the text of a stored cell. Source: ECMA-376 part 1, 18.18.11 (ST_CellType).
func (s *rows) cell(stored *storedCell) Cell {
	if stored.Formula != nil {
		return Cell{FormulaCell, stored.Value}
	}
	switch stored.Type {
	case "s":
		i, err := strconv.Atoi(stored.Value)
		if stored.Value != "" && (err != nil || i < 0 || i >= len(s.shared)) {
			return Cell{ErrorCell, "a text that is not in the workbook"}
		}
		if stored.Value == "" {
			return Cell{}
		}
		return Cell{TextCell, s.shared[i]}
	case "inlineStr":
		if stored.Inline == nil {
			return Cell{}
		}
		return Cell{TextCell, stored.Inline.String()}
	case "str":
		return Cell{TextCell, unescape(stored.Value)}
	case "d":
		return Cell{TextCell, strings.TrimSuffix(stored.Value, "T00:00:00")}
	case "b":
		return Cell{FlagCell, stored.Value}
	case "e":
		return Cell{ErrorCell, stored.Value}
	}
	return s.number(stored)
}

func (s *rows) number(stored *storedCell) Cell {
	c := Cell{NumberCell, strings.TrimSpace(stored.Value)}
	if stored.Style > 0 && stored.Style < len(s.formats) {
		c.Kind = s.formats[stored.Style]
	}
	if c.Kind == DateCell && s.date1904 {
		if f, err := strconv.ParseFloat(c.Text, 64); err == nil {
			c.Text = strconv.FormatFloat(f+days1904, 'f', -1, 64)
		}
	}
	return c
}

// days1904 is how far the epoch of 1904 lies behind that of 1900.
const days1904 = 1462

func (s *rows) refuseMerged(start xml.StartElement) {
	ref, _, _ := strings.Cut(attribute(start, "ref"), ":")
	row, _ := strconv.Atoi(strings.TrimLeft(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	s.report(max(row, 1), max(columnOfRef(ref), 1), "the cells %s are merged; unmerge them and fill each", short(attribute(start, "ref")))
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// columnOfRef gives the column of a reference such as AB12, from 1; 0 when it has none.
func columnOfRef(ref string) int {
	n := 0
	for i := 0; i < len(ref) && i < 3 && ref[i] >= 'A' && ref[i] <= 'Z'; i++ {
		n = n*26 + int(ref[i]-'A') + 1
	}
	return n
}

// short cuts a text that is told in a message.
func short(s string) string {
	const most = 60
	for i := range s {
		if i >= most {
			return s[:i] + "…"
		}
	}
	return s
}
