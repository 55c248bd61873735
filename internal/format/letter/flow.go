package letter

import (
	"fmt"
	"strings"

	"quittance/internal/fault"
	"quittance/internal/format/paper"
)

// The measures of a letter in inches.
const (
	left       = 1.0
	right      = 7.5
	windowTop  = 2.50 // foot of the recipient's name
	windowWide = 4.1
	bodyTop    = 3.75 // foot of the subject
	nextTop    = 1.35 // foot of the first line of a further page
	bottom     = 10.1 // no foot of a line is lower
	leastSize  = 6.0  // points
	cellGap    = 0.12 // between columns
)

var (
	normal = paper.Face{Size: 10.5}
	small  = paper.Face{Size: 8.5}
	table  = paper.Face{Size: 9}
)

func strong(f paper.Face) paper.Face { f.Bold = true; return f }

// flow sets a letter from above to below, and begins pages.
type flow struct {
	d     *paper.Doc
	l     *Letter
	page  int
	pages int     // of the letter; 0: not known yet
	y     float64 // foot of the next line
}

// print makes the pages of the letter.
func (f *flow) print() error {
	if err := f.first(); err != nil {
		return err
	}
	for i := range f.l.Body {
		if t := f.l.Body[i].Table; t != nil {
			if err := f.table(t); err != nil {
				return err
			}
			continue
		}
		f.paragraph(f.l.Body[i].Text)
	}
	f.close()
	return nil
}

// first begins the first page: head, window, date, subject.
func (f *flow) first() error {
	d, l := f.d, f.l
	f.begin()
	face, ok := d.Fit(strong(paper.Face{Size: 15}), leastSize, right-left, l.Sender.Name)
	if !ok {
		return tooLong("sender", l.Sender.Name)
	}
	d.Left(left, 0.80, face, l.Sender.Name)
	y := 0.80
	for _, s := range l.Sender.Lines {
		y += 0.155
		if face, ok = d.Fit(small, leastSize, right-left, s); !ok {
			return tooLong("sender", s)
		}
		d.Left(left, y+0.02, face, s)
	}
	d.Line(left, y+0.14, right, y+0.14, 0.75)
	face = paper.Face{Size: 9.5}
	address := append([]string{l.Recipient.Name}, l.Recipient.Lines...)
	for _, s := range address {
		if face, ok = d.Fit(face, leastSize, windowWide, s); !ok {
			return tooLong("recipient", s)
		}
	}
	for i, s := range address {
		d.Left(left, windowTop+0.145*float64(i), face, s)
	}
	d.Right(right, windowTop, normal, long(l))
	if l.Reference != "" {
		ref := "Reference: " + l.Reference
		if face, ok = d.Fit(small, leastSize, right-left-windowWide, ref); !ok {
			return tooLong("reference", l.Reference)
		}
		d.Right(right, windowTop+0.2, face, ref)
	}
	f.y = bodyTop
	for _, line := range d.Wrap(strong(normal), right-left, l.Subject) {
		f.line(left, strong(normal), line)
	}
	f.y += 0.08
	return nil
}

func tooLong(field, s string) error {
	return fault.New(fault.Invalid, "%q is too long for its place in a letter; shorten it or break it into more lines", s).ByRule("too_long").In(field)
}

func long(l *Letter) string { return l.Date.Time().Format("January 2, 2006") }

// begin begins a page with its number.
func (f *flow) begin() {
	f.d.Page()
	f.page++
	f.d.Center((left+right)/2, paper.Height-0.5, small, fmt.Sprintf("Page %d of %d", f.page, max(f.pages, f.page)))
}

// room begins a further page when so much height does not fit under the line before.
func (f *flow) room(height float64) bool {
	if f.y+height <= bottom {
		return false
	}
	f.begin()
	parts := []string{f.l.Recipient.Name, long(f.l)}
	if f.l.Reference != "" {
		parts = append(parts, f.l.Reference)
	}
	head := strings.Join(parts, "   ·   ")
	face, _ := f.d.Fit(small, 4, right-left, head)
	f.d.Left(left, 0.8, face, f.d.Shorten(face, right-left, head))
	f.d.Line(left, 0.9, right, 0.9, 0.5)
	f.y = nextTop
	return true
}

// line sets a line, on a further page when there is no room, and goes on.
func (f *flow) line(x float64, face paper.Face, s string) {
	f.room(0)
	f.d.Left(x, f.y, face, s)
	f.y += face.Lead()
}

// paragraph sets a paragraph. No page has one line of it alone, where two would do.
func (f *flow) paragraph(text string) {
	lines := f.d.Wrap(normal, right-left, text)
	f.y += 0.04
	for i, s := range lines {
		if i == 0 && len(lines) > 1 || i == len(lines)-2 {
			f.room(normal.Lead())
		}
		f.line(left, normal, s)
	}
	f.y += 0.09
}

// table sets a table.
func (f *flow) table(t *Table) error {
	var shares float64
	for _, c := range t.Columns {
		shares += c.Share
	}
	widths := make([]float64, len(t.Columns))
	for i, c := range t.Columns {
		widths[i] = (right - left) * c.Share / shares
		if widths[i] < 0.3 {
			return fault.New(fault.Invalid, "the column %q is too narrow; give it a larger share", c.Name).ByRule("table").In("column")
		}
	}
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	f.y += 0.1
	f.room(3 * table.Lead())
	f.row(t, widths, strong(table), names, true)
	for _, row := range t.Rows {
		if f.room(f.height(widths, table, row) - table.Lead()) {
			f.row(t, widths, strong(table), names, true)
		}
		f.row(t, widths, table, row, false)
	}
	if t.Total != nil {
		if f.room(f.height(widths, strong(table), t.Total)) {
			f.row(t, widths, strong(table), names, true)
		}
		f.d.Line(left, f.y-0.125, right, f.y-0.125, 0.5)
		f.y += 0.02
		f.row(t, widths, strong(table), t.Total, false)
	}
	f.y += 0.12
	return nil
}

// cells breaks the cells of a row into lines.
func (f *flow) cells(widths []float64, face paper.Face, row []string) (cells [][]string, most int) {
	for i, s := range row {
		lines := f.d.Wrap(face, widths[i]-cellGap, s)
		cells, most = append(cells, lines), max(most, len(lines))
	}
	return cells, most
}

// height gives the height of a row.
func (f *flow) height(widths []float64, face paper.Face, row []string) float64 {
	_, most := f.cells(widths, face, row)
	return float64(most)*face.Lead() + 0.03
}

// row sets a row. A row higher than a page goes on to the next.
func (f *flow) row(t *Table, widths []float64, face paper.Face, row []string, head bool) {
	cells, most := f.cells(widths, face, row)
	if head {
		f.d.Shade(left, f.y-0.13, right-left, float64(most)*face.Lead()+0.03)
	}
	for n := range most {
		f.room(0)
		x := left
		for i, lines := range cells {
			if n < len(lines) {
				if t.Columns[i].Right {
					f.d.Right(x+widths[i]-cellGap/2, f.y, face, lines[n])
				} else {
					f.d.Left(x+cellGap/2, f.y, face, lines[n])
				}
			}
			x += widths[i]
		}
		f.y += face.Lead()
	}
	f.y += 0.03
}

// close sets closing and signature, together on one page.
func (f *flow) close() {
	if f.l.Closing == "" && len(f.l.Signature) == 0 {
		return
	}
	f.y += 0.1
	f.room(0.75 + normal.Lead()*float64(len(f.l.Signature)))
	for _, s := range f.d.Wrap(normal, right-left, f.l.Closing) {
		f.line(left, normal, s)
	}
	f.y += 0.5
	for _, line := range f.l.Signature {
		for _, s := range f.d.Wrap(normal, right-left, line) {
			f.line(left, normal, s)
		}
	}
}
