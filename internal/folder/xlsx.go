package folder

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"io"
	"iter"
	"path"
	"slices"
	"strconv"
	"strings"
)

// The workbook is read here with the standard library, part by part and cell by cell, because reading has to know
// what a spreadsheet library hides: which cells are formulas, numbers or dates, that a sheet ends where it should, and
// that no cell far out makes a small file fill the memory. Source: ECMA-376 part 1, 18 (SpreadsheetML).

// book is an open workbook.
type book struct {
	*reader
	parts    map[string]*zip.File
	all      int64 // bytes that may be unzipped
	left     int64 // those that still may be
	shared   []string
	formats  []cellKind // style → kind of a number that has it
	date1904 bool
	sheets   []sheetRef
}

type sheetRef struct{ name, part string }

// ReadXLSX reads a workbook whose sheets are the files of a folder.
func ReadXLSX(src io.ReaderAt, size int64) (*Data, error) {
	return readXLSX(src, size, maxUnzippedBytes)
}

func readXLSX(src io.ReaderAt, size, unpacked int64) (*Data, error) {
	r := newReader()
	b, wrong := openBook(r, src, size, unpacked)
	if wrong != "" {
		r.add(place("workbook", 1, 1), "%s", wrong)
		return r.result()
	}
	parts := map[string]string{}
	present := map[string]bool{}
	for _, s := range b.sheets {
		if specOf(s.name) == nil {
			r.add(place(s.name, 1, 1), "is not a sheet of the company folder; expected %s", strings.Join(fileNames(), ", "))
			continue
		}
		parts[s.name] = s.part
		present[s.name] = true
	}
	r.needRequired(present, "")
	for _, s := range registry {
		if part, ok := parts[s.name]; ok && b.left >= 0 {
			r.table(s, s.name, b.records(s.name, part), true)
		}
	}
	return r.result()
}

// openBook reads all but the sheets, or says what is wrong.
func openBook(r *reader, src io.ReaderAt, size, unpacked int64) (_ *book, wrong string) {
	if size > maxWorkbookBytes {
		return nil, "has more than " + strconv.Itoa(maxWorkbookBytes) + " bytes; use a directory of CSV files"
	}
	z, err := openZip(src, size)
	if err != nil {
		return nil, "is not an XLSX workbook; save it as .xlsx, without a password"
	}
	b := &book{reader: r, parts: map[string]*zip.File{}, all: unpacked, left: unpacked}
	for _, f := range z.File {
		b.parts[strings.TrimPrefix(f.Name, "/")] = f
	}
	for _, read := range []func() error{b.readWorkbook, b.readStyles, b.readShared} {
		if err := read(); err != nil {
			return nil, bookError(err)
		}
	}
	return b, ""
}

func bookError(err error) string {
	var large errTooLarge
	if errors.As(err, &large) {
		return large.Error()
	}
	return "is damaged; open it in the spreadsheet program and save it again as .xlsx"
}

// part is a part of the workbook that is being read. It stops when all parts together are too large, or when one
// element is, which the decoder would gather in memory.
type part struct {
	*xml.Decoder
	stored  io.ReadCloser
	book    *book
	element int64 // bytes that the element may still have
}

// open gives a part of the workbook whose first element may have so many bytes.
func (b *book) open(name string, element int64) (*part, error) {
	f, ok := b.parts[name]
	if !ok {
		return nil, invalid("no part %s", name)
	}
	stored, err := f.Open()
	if err != nil {
		return nil, err
	}
	p := &part{stored: stored, book: b, element: element}
	p.Decoder = xml.NewDecoder(p)
	return p, nil
}

func (p *part) Close() error { return p.stored.Close() }

// Read gives the decoder its bytes, and counts them.
func (p *part) Read(buf []byte) (int, error) {
	n, err := p.stored.Read(buf)
	p.book.left -= int64(n)
	p.element -= int64(n)
	switch {
	case p.book.left < 0:
		return 0, errTooLarge{p.book.all}
	case p.element < 0:
		return 0, invalid("an element is too large")
	}
	return n, err
}

// next gives the next token, which is an element of its own.
func (p *part) next() (xml.Token, error) {
	p.element = maxElementBytes
	return p.Token()
}

// into reads the whole element that begins with start.
func (p *part) into(v any, start *xml.StartElement) error {
	p.element = maxElementBytes
	return p.DecodeElement(v, start)
}

// decode reads a whole small part; one that is missing and may be leaves v as it is.
func (b *book) decode(name string, v any, optional bool) error {
	if b.parts[name] == nil && optional {
		return nil
	}
	p, err := b.open(name, maxPartBytes)
	if err != nil {
		return err
	}
	defer p.Close()
	return p.Decode(v)
}

// relation is one line of a part that says where others are.
type relation struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

type relations struct {
	List []relation `xml:"Relationship"`
}

// target gives the name of the part that a relation of the part from points to.
func (rel relation) target(from string) string {
	if abs, ok := strings.CutPrefix(rel.Target, "/"); ok {
		return abs
	}
	return path.Join(path.Dir(from), rel.Target)
}

const (
	workbookPart = "xl/workbook.xml"
	stylesPart   = "xl/styles.xml"
	sharedPart   = "xl/sharedStrings.xml"
)

func (b *book) readWorkbook() error {
	var wb struct {
		Properties struct {
			Date1904 string `xml:"date1904,attr"`
		} `xml:"workbookPr"`
		Sheets []struct {
			Name string     `xml:"name,attr"`
			Attr []xml.Attr `xml:",any,attr"`
		} `xml:"sheets>sheet"`
	}
	if err := b.decode(workbookPart, &wb, false); err != nil {
		return err
	}
	var rels relations
	if err := b.decode("xl/_rels/workbook.xml.rels", &rels, false); err != nil {
		return err
	}
	b.date1904 = wb.Properties.Date1904 == "1" || wb.Properties.Date1904 == "true"
	for _, s := range wb.Sheets {
		id := ""
		for _, a := range s.Attr {
			if a.Name.Local == "id" {
				id = a.Value
			}
		}
		i := slices.IndexFunc(rels.List, func(r relation) bool { return r.ID == id })
		if i < 0 || slices.ContainsFunc(b.sheets, func(other sheetRef) bool { return other.name == s.Name }) {
			return invalid("sheet %s is not where it should be", s.Name)
		}
		b.sheets = append(b.sheets, sheetRef{s.Name, rels.List[i].target(workbookPart)})
	}
	return nil
}

// readStyles finds the styles that show a number as a date, or otherwise than it is.
func (b *book) readStyles() error {
	var styles struct {
		Formats []struct {
			ID   int    `xml:"numFmtId,attr"`
			Code string `xml:"formatCode,attr"`
		} `xml:"numFmts>numFmt"`
		Cells []struct {
			Format int `xml:"numFmtId,attr"`
		} `xml:"cellXfs>xf"`
	}
	if err := b.decode(stylesPart, &styles, true); err != nil {
		return err
	}
	codes := map[int]string{}
	for _, f := range styles.Formats {
		codes[f.ID] = f.Code
	}
	for _, c := range styles.Cells {
		code := codes[c.Format]
		switch {
		case showsDate(c.Format, code):
			b.formats = append(b.formats, dateCell)
		case c.Format <= 1 || c.Format == 49 || code == "General" || code == "0" || code == "@":
			b.formats = append(b.formats, numberCell)
		default:
			b.formats = append(b.formats, shownCell)
		}
	}
	return nil
}

// richText is a text in one piece or in runs; readings for pronunciation are left out.
type richText struct {
	Text []string `xml:"t"`
	Runs []string `xml:"r>t"`
}

func (t *richText) String() string {
	return unescape(strings.Join(t.Text, "") + strings.Join(t.Runs, ""))
}

func (b *book) readShared() error {
	if b.parts[sharedPart] == nil {
		return nil
	}
	p, err := b.open(sharedPart, maxElementBytes)
	if err != nil {
		return err
	}
	defer p.Close()
	for len(b.shared) < maxSharedTexts {
		token, err := p.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == "si" {
			var t richText
			if err := p.into(&t, &start); err != nil {
				return err
			}
			b.shared = append(b.shared, t.String())
		}
	}
	return invalid("more than %d shared texts", maxSharedTexts)
}

// unescape turns _xHHHH_ into the character that it stands for. Source: ECMA-376 part 1, 22.9.2.19 (ST_Xstring).
func unescape(s string) string {
	var out strings.Builder
	for {
		i := strings.Index(s, "_x")
		if i < 0 {
			break
		}
		out.WriteString(s[:i])
		s = s[i:]
		if len(s) >= 7 && s[6] == '_' {
			if n, err := strconv.ParseUint(s[2:6], 16, 16); err == nil && (n < 0xd800 || n > 0xdfff) {
				out.WriteRune(rune(n))
				s = s[7:]
				continue
			}
		}
		out.WriteString(s[:2])
		s = s[2:]
	}
	out.WriteString(s)
	return out.String()
}

// records gives the rows of a sheet that are not blank.
func (b *book) records(name, where string) iter.Seq[record] {
	return func(yield func(record) bool) {
		p, err := b.open(where, maxElementBytes)
		if err != nil {
			b.add(place(name, 1, 1), "%s", bookError(err))
			return
		}
		defer p.Close()
		s := &sheet{book: b, name: name, part: p}
		if wrong := s.rows(yield); wrong != "" {
			b.add(place(name, max(s.rec.line, 1), 1), "%s", wrong)
		}
	}
}
