package sheet

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

	"quittance/internal/fault"
)

// A workbook is read here with the standard library, part by part and cell by cell, because reading has to know
// what a spreadsheet library hides: which cells are formulas, numbers or dates, that a sheet ends where it should, and
// that no cell far out makes a small file fill the memory. Source: ECMA-376 part 1, 18 (SpreadsheetML).

// Limits of what is read of a workbook.
const (
	maxWorkbookBytes = 100 << 20 // as it is stored
	maxPartBytes     = 16 << 20  // of a part that is neither a sheet nor the shared texts
	maxElementBytes  = 1 << 20   // of one cell or shared text as it is stored
	maxSharedTexts   = 5_000_000
	maxSheetColumns  = 256 // of one sheet
)

// Book is an open workbook.
type Book struct {
	parts    map[string]*zip.File
	all      int64 // bytes that may be unzipped
	left     int64 // those that still may be
	shared   []string
	formats  []Kind // style → kind of a number that has it
	date1904 bool
	sheets   []ref
}

type ref struct{ name, part string }

// Record is a row that is not blank; its cells are valid until the next record.
type Record struct {
	Line  int // from 1
	Cells []Cell
}

// Report takes what is wrong at a line and a column, both from 1.
type Report func(line, column int, format string, args ...any)

// OpenBook reads all of a workbook but its sheets; unzipped all that is read may have so many bytes, however small it is packed. The
// error says what is wrong, to stand after the name of the file.
func OpenBook(src io.ReaderAt, size, unzipped int64) (*Book, error) {
	if size > maxWorkbookBytes {
		return nil, invalid("has more than %d bytes; use CSV files", maxWorkbookBytes)
	}
	z, err := OpenZip(src, size)
	if err != nil {
		return nil, invalid("is not an XLSX workbook; save it as .xlsx, without a password")
	}
	b := &Book{parts: map[string]*zip.File{}, all: unzipped, left: unzipped}
	for _, f := range z.File {
		b.parts[strings.TrimPrefix(f.Name, "/")] = f
	}
	for _, read := range []func() error{b.readWorkbook, b.readStyles, b.readShared} {
		if err := read(); err != nil {
			return nil, invalid("%s", bookError(err))
		}
	}
	return b, nil
}

// Sheets gives the names of the sheets, in their order.
func (b *Book) Sheets() []string {
	names := make([]string, len(b.sheets))
	for i, s := range b.sheets {
		names[i] = s.name
	}
	return names
}

// Spent says that more was unzipped than may be, so that there is no sense in reading on.
func (b *Book) Spent() bool { return b.left < 0 }

func invalid(format string, args ...any) error { return fault.New(fault.Invalid, format, args...) }

func bookError(err error) string {
	var large TooLarge
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
	book    *Book
	element int64 // bytes that the element may still have
}

// open gives a part of the workbook whose first element may have so many bytes.
func (b *Book) open(name string, element int64) (*part, error) {
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
		return 0, TooLarge{p.book.all}
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
func (b *Book) decode(name string, v any, optional bool) error {
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

func (b *Book) readWorkbook() error {
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
		if i < 0 || slices.ContainsFunc(b.sheets, func(other ref) bool { return other.name == s.Name }) {
			return invalid("sheet %s is not where it should be", s.Name)
		}
		b.sheets = append(b.sheets, ref{s.Name, rels.List[i].target(workbookPart)})
	}
	return nil
}

// readStyles finds the styles that show a number as a date, or otherwise than it is.
func (b *Book) readStyles() error {
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
			b.formats = append(b.formats, DateCell)
		case c.Format <= 1 || c.Format == 49 || code == "General" || code == "0" || code == "@":
			b.formats = append(b.formats, NumberCell)
		default:
			b.formats = append(b.formats, ShownCell)
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

func (b *Book) readShared() error {
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

// Records gives the rows of a sheet that are not blank, and reports what is wrong with it.
func (b *Book) Records(name string, report Report) iter.Seq[Record] {
	return func(yield func(Record) bool) {
		i := slices.IndexFunc(b.sheets, func(r ref) bool { return r.name == name })
		if i < 0 {
			report(1, 1, "is not in the workbook")
			return
		}
		p, err := b.open(b.sheets[i].part, maxElementBytes)
		if err != nil {
			report(1, 1, "%s", bookError(err))
			return
		}
		defer p.Close()
		s := &rows{Book: b, part: p, report: report}
		if wrong := s.read(yield); wrong != "" {
			report(max(s.rec.Line, 1), 1, "%s", wrong)
		}
	}
}
