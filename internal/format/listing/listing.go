// Package listing prints a list as PDF: a table on pages that lie on their side, with its head on each page.
//
//   - A *list* has a title, the *facts* that it was asked for, *notes* on what it shows, columns, rows and *sums*.
//   - A column is as wide as what stands in it, or, where the page has no room, as its texts can be broken; figures are never broken.
//
// Invariants: the same list gives the same bytes; a page knows how many there are; a character that the font has not is told by its code, never
// shown as another. A list of more than [MostRows] rows is refused, because a document is made in memory: about 2 kB a row.
package listing

import (
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"quittance/internal/fault"
	"quittance/internal/format/paper"
)

// MostRows is how many rows a list has at most.
const MostRows = 5000

// Column is a column of a list.
type Column struct {
	Title string
	Right bool // figures: to the right, and on one line
	Whole bool // on one line too
}

// Note is a line that stands before the rows.
type Note struct {
	Text string
	Bad  bool // stands out
}

// Sum is a line that stands behind the rows.
type Sum struct {
	Name, Count, Amount string
	Bold                bool
}

// List is what is printed. Rows are gone through more than once.
type List struct {
	Title, Company string
	Facts          []string
	Made           string // when and by whom
	Notes          []Note
	Columns        []Column
	Rows           func() iter.Seq2[[]string, error]
	Count          int64 // of rows
	Empty          string
	SumsTitle      string
	Sums           []Sum
	Page           func(n, of int) string
	At             time.Time
	Author         string
}

const (
	width, height = paper.Height, paper.Width // it lies on its side
	margin        = 0.5
	room          = width - 2*margin
	gap           = 0.09 // between columns
	foot          = height - 0.45
	mostLines     = 4 // of a cell
)

var (
	big    = paper.Face{Size: 14, Bold: true}
	plain  = paper.Face{Size: 8}
	strong = paper.Face{Size: 8, Bold: true}
	cell   = paper.Face{Size: 7}
	head   = paper.Face{Size: 7, Bold: true}
)

// Print prints a list.
func Print(l *List) ([]byte, error) {
	if l.Count > MostRows {
		return nil, fault.New(fault.Refused, "the list has %d rows, and a PDF has at most %d; narrow it, or take it as CSV or XLSX", l.Count, MostRows).ByRule("too_many_rows")
	}
	p := &printer{l: l, doc: paper.NewWide(clean(l.Title), clean(l.Author), l.At)}
	if err := p.measure(); err != nil {
		return nil, err
	}
	p.counting = true // once without drawing, since each page tells how many there are
	if err := p.print(); err != nil {
		return nil, err
	}
	p.of, p.page, p.counting = p.page, 0, false
	if err := p.print(); err != nil {
		return nil, err
	}
	return p.doc.Bytes()
}

type printer struct {
	l        *List
	doc      *paper.Doc
	widths   []float64
	y        float64
	page, of int
	counting bool
}

// clean gives a text as the font can show it.
func clean(s string) string {
	if t, _, ok := paper.Plain(s); ok {
		return t
	}
	var b strings.Builder
	for _, r := range strings.Join(strings.Fields(s), " ") {
		if paper.Printable(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, "<U+%04X>", r)
		}
	}
	return b.String()
}

const widest = 1.9 // inches of a text column, before there is none left

// measure finds how wide the columns are.
func (p *printer) measure() error {
	n := len(p.l.Columns)
	wish, least := make([]float64, n), make([]float64, n)
	for i, c := range p.l.Columns {
		for word := range strings.FieldsSeq(clean(c.Title)) {
			least[i] = max(least[i], p.doc.Measure(head, word))
		}
		wish[i] = least[i]
	}
	for row, err := range p.l.Rows() {
		if err != nil {
			return err
		}
		for i, text := range row {
			w := p.doc.Measure(cell, clean(text))
			if p.l.Columns[i].Right || p.l.Columns[i].Whole {
				least[i], wish[i] = max(least[i], w), max(wish[i], w)
				continue
			}
			wish[i] = max(wish[i], min(w, widest))
			for word := range strings.FieldsSeq(text) {
				least[i] = max(least[i], min(p.doc.Measure(cell, clean(word)), 0.8))
			}
		}
	}
	free := room - gap*float64(max(n-1, 0))
	wanted, needed := sum(wish), sum(least)
	p.widths = wish
	switch {
	case wanted <= free || wanted == needed:
	case needed >= free: // squeezed below what words need: they are broken
		p.widths = least
		p.squeeze(free)
	default:
		for i := range wish {
			p.widths[i] = least[i] + (wish[i]-least[i])*(free-needed)/(wanted-needed)
		}
	}
	return nil
}

// squeeze takes what the page lacks from the columns of texts.
func (p *printer) squeeze(free float64) {
	texts := 0.0
	for i, c := range p.l.Columns {
		if !c.Right && !c.Whole {
			texts += p.widths[i]
		}
	}
	over := sum(p.widths) - free
	for i, c := range p.l.Columns {
		if !c.Right && !c.Whole && texts > 0 {
			p.widths[i] = max(p.widths[i]-over*p.widths[i]/texts, 0.25)
		}
	}
}

func sum(all []float64) (s float64) {
	for _, x := range all {
		s += x
	}
	return s
}

func (p *printer) print() error {
	p.begin(true)
	for row, err := range p.l.Rows() {
		if err != nil {
			return err
		}
		p.row(row)
	}
	if p.l.Count == 0 {
		p.text(margin, p.y+plain.Lead(), plain, p.l.Empty)
		p.y += 2 * plain.Lead()
	}
	p.sums()
	p.end()
	return nil
}

// begin begins a page: its head, on the first one with facts and notes, and the titles of the columns.
func (p *printer) begin(first bool) {
	p.page++
	if !p.counting {
		p.doc.Page()
	}
	p.y = margin + big.Lead()
	p.text(margin, p.y, big, p.l.Title)
	p.right(width-margin, p.y, strong, p.l.Company)
	p.y += plain.Lead() * 1.3
	p.right(width-margin, p.y, plain, p.l.Made)
	facts := strings.Join(p.l.Facts, "  ·  ")
	for _, line := range p.doc.Wrap(plain, room-2.9, clean(facts)) {
		p.text(margin, p.y, plain, line)
		p.y += plain.Lead()
	}
	if first {
		for _, n := range p.l.Notes {
			f := plain
			if n.Bad {
				f = strong
			}
			for _, line := range p.doc.Wrap(f, room, clean(n.Text)) {
				p.text(margin, p.y+0.04, f, line)
				p.y += f.Lead()
			}
		}
	}
	p.y += 0.08
	p.titles()
}

func (p *printer) titles() {
	lines := make([][]string, len(p.l.Columns))
	most := 1
	for i, c := range p.l.Columns {
		lines[i] = p.doc.Wrap(head, p.widths[i]+0.01, clean(c.Title))
		most = max(most, len(lines[i]))
	}
	tall := float64(most)*head.Lead() + 0.06
	if !p.counting {
		p.doc.Shade(margin-0.04, p.y, room+0.08, tall)
	}
	p.cells(lines, head, p.y+0.02)
	p.y += tall + 0.02
}

func (p *printer) cells(lines [][]string, f paper.Face, y float64) {
	x := margin
	for i, c := range p.l.Columns {
		for n, line := range lines[i] {
			at := y + f.Lead()*(float64(n)+0.82)
			if c.Right {
				p.right(x+p.widths[i], at, f, line)
			} else {
				p.text(x, at, f, line)
			}
		}
		x += p.widths[i] + gap
	}
}

func (p *printer) row(row []string) {
	lines := make([][]string, len(row))
	most := 1
	for i, text := range row {
		lines[i] = p.doc.Wrap(cell, p.widths[i]+0.005, clean(text))
		if len(lines[i]) > mostLines { // what is cut shows that it is
			lines[i] = append(slices.Clone(lines[i][:mostLines-1]), p.doc.Shorten(cell, p.widths[i], lines[i][mostLines-1]+" "+strings.Join(lines[i][mostLines:], " ")))
		}
		most = max(most, len(lines[i]))
	}
	tall := float64(most)*cell.Lead() + 0.05
	p.need(tall)
	p.cells(lines, cell, p.y+0.02)
	p.y += tall
	if !p.counting {
		p.doc.Line(margin-0.04, p.y, width-margin+0.04, p.y, 0.2)
	}
}

// need begins another page where this one has no room.
func (p *printer) need(tall float64) {
	if p.y+tall > foot-0.12 {
		p.end()
		p.begin(false)
	}
}

func (p *printer) sums() {
	if len(p.l.Sums) == 0 {
		return
	}
	p.y += 0.12
	p.need(3 * plain.Lead())
	p.y += plain.Lead()
	p.text(margin, p.y, strong, p.l.SumsTitle)
	p.y += 0.06
	for _, s := range p.l.Sums {
		f := plain
		if s.Bold {
			f = strong
		}
		p.need(f.Lead() * 1.2)
		p.y += f.Lead() * 1.1
		p.text(margin, p.y, f, p.doc.Shorten(f, 4.2, clean(s.Name)))
		p.right(margin+5.2, p.y, f, s.Count)
		p.right(margin+6.9, p.y, f, s.Amount)
	}
}

// end ends a page with its number.
func (p *printer) end() {
	if !p.counting {
		p.doc.Line(margin-0.04, foot, width-margin+0.04, foot, 0.4)
	}
	p.text(margin, foot+plain.Lead()*1.1, plain, p.l.Title+" · "+p.l.Company)
	p.right(width-margin, foot+plain.Lead()*1.1, plain, p.l.Page(p.page, p.of))
}

func (p *printer) text(x, y float64, f paper.Face, s string) {
	if !p.counting {
		p.doc.Left(x, y, f, clean(s))
	}
}

func (p *printer) right(x, y float64, f paper.Face, s string) {
	if !p.counting {
		p.doc.Right(x, y, f, clean(s))
	}
}
