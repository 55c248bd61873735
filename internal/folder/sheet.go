package folder

import (
	"encoding/xml"
	"io"
	"strconv"
	"strings"
)

// sheet is the reading of one sheet of a workbook.
type sheet struct {
	*book
	name    string
	part    *part
	rec     record
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

// rows hands the rows out, or says why the sheet cannot be read to its end.
func (s *sheet) rows(yield func(record) bool) (wrong string) {
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
func (s *sheet) row(start xml.StartElement, yield func(record) bool) (wrong string) {
	line := s.rec.line + 1
	if text := attribute(start, "r"); text != "" {
		line, _ = strconv.Atoi(text)
	}
	if line <= s.rec.line {
		return bookError(nil)
	}
	if line > maxSheetRows {
		return "has more than " + strconv.Itoa(maxSheetRows) + " rows; use a directory of CSV files"
	}
	s.rec.line = line
	s.rec.cells = s.rec.cells[:0]
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
	if len(s.rec.cells) > 0 {
		s.stopped = !yield(s.rec)
	}
	return ""
}

// put keeps a cell that is not blank.
func (s *sheet) put(column int, c cell) {
	if c.blank() {
		return
	}
	if column > maxSheetColumns {
		s.add(place(s.name, s.rec.line, column), "is far to the right of the header; clear the cell")
		return
	}
	for len(s.rec.cells) < column-1 {
		s.rec.cells = append(s.rec.cells, cell{})
	}
	s.rec.cells = append(s.rec.cells, c)
}

// cell gives the kind and the text of a stored cell. Source: ECMA-376 part 1, 18.18.11 (ST_CellType).
func (s *sheet) cell(stored *storedCell) cell {
	if stored.Formula != nil {
		return cell{formulaCell, stored.Value}
	}
	switch stored.Type {
	case "s":
		i, err := strconv.Atoi(stored.Value)
		if stored.Value != "" && (err != nil || i < 0 || i >= len(s.shared)) {
			return cell{errorCell, "a text that is not in the workbook"}
		}
		if stored.Value == "" {
			return cell{}
		}
		return cell{textCell, s.shared[i]}
	case "inlineStr":
		if stored.Inline == nil {
			return cell{}
		}
		return cell{textCell, stored.Inline.String()}
	case "str":
		return cell{textCell, unescape(stored.Value)}
	case "d":
		return cell{textCell, strings.TrimSuffix(stored.Value, "T00:00:00")}
	case "b":
		return cell{flagCell, stored.Value}
	case "e":
		return cell{errorCell, stored.Value}
	}
	return s.number(stored)
}

func (s *sheet) number(stored *storedCell) cell {
	c := cell{numberCell, strings.TrimSpace(stored.Value)}
	if stored.Style > 0 && stored.Style < len(s.formats) {
		c.kind = s.formats[stored.Style]
	}
	if c.kind == dateCell && s.date1904 {
		if f, err := strconv.ParseFloat(c.text, 64); err == nil {
			c.text = strconv.FormatFloat(f+days1904, 'f', -1, 64)
		}
	}
	return c
}

// days1904 is how far the epoch of 1904 lies behind that of 1900.
const days1904 = 1462

func (s *sheet) refuseMerged(start xml.StartElement) {
	ref, _, _ := strings.Cut(attribute(start, "ref"), ":")
	row, _ := strconv.Atoi(strings.TrimLeft(ref, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	s.add(place(s.name, max(row, 1), max(columnOfRef(ref), 1)), "the cells %s are merged; unmerge them and fill each", short(attribute(start, "ref")))
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
