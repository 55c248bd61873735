package check

import (
	"strconv"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/format/paper"
)

// The measures of a check in inches, from its upper left corner. The payer and the payee stand where the two windows of the common
// envelope for checks (3 5/8 by 8 5/8 inches) show them: 7/8 from the left, 3.5 wide.
const (
	checkHeight  = 3.5
	marginLeft   = 0.4
	marginRight  = paper.Width - 0.4
	windowLeft   = 0.95
	windowWidth  = 3.3
	addressTop   = 2.16 // foot of the payee's name in the window
	addressLead  = 0.13
	fillToRight  = 7.3 // where the amount in words ends
	orderWidth   = 4.95
	leastSize    = 6.0 // points
	maxWordLines = 2
)

var (
	tiny   = paper.Face{Size: 6}
	small  = paper.Face{Size: 7.5}
	normal = paper.Face{Size: 9}
	large  = paper.Face{Size: 10.5}
)

func strong(f paper.Face) paper.Face { f.Bold = true; return f }

// printer makes the pages of a batch.
type printer struct {
	d    *paper.Doc
	form *Form
}

// area is a part of a page from top to bottom.
type area struct{ top, bottom float64 }

// areas gives where the check of a style stands, and its stubs.
func (s Style) areas() (check float64, stubs []area) {
	switch s {
	case Top:
		return 0, []area{{3.5, 7}, {7, 11}}
	case Middle:
		return 3.5, []area{{0, 3.5}, {7, 11}}
	}
	return 7.5, []area{{0, 7.5}}
}

// print makes the page of a check, and the further ones.
func (p *printer) print(c *Check) error {
	p.d.Page()
	top, stubs := p.form.Style.areas()
	if err := p.check(c, top); err != nil {
		return at(err, c.what())
	}
	fit := len(c.Lines)
	for _, a := range stubs {
		fit = min(fit, a.rows(len(c.Lines)))
	}
	pages := 1 + (len(c.Lines)-fit+pageRows-1)/pageRows
	for _, a := range stubs {
		p.stub(c, a, fit, pages)
	}
	if c.Void {
		for _, x := range []float64{1.55, 4.25, 6.95} {
			p.d.Overprint(x, top+1.85, 38, strong(paper.Face{Size: 90}), "VOID")
		}
	}
	for n := 2; n <= pages; n++ {
		p.further(c, fit, n, pages)
	}
	return nil
}

// check draws the check itself, whose upper edge is at top.
func (p *printer) check(c *Check, top float64) error {
	p.head(c, top)
	if err := p.order(c, top); err != nil {
		return err
	}
	if err := p.address(c, top); err != nil {
		return err
	}
	if err := p.right(c, top); err != nil {
		return err
	}
	if !c.Void { // no machine takes a void check for one to be paid
		micr(p.d, top+checkHeight, p.form.line(c.Number))
	}
	return nil
}

// head draws payer, bank, number and date.
func (p *printer) head(c *Check, top float64) {
	d, f := p.d, p.form
	party := func(x, y, width float64, name, line paper.Face, of Party) {
		d.Left(x, y, name, d.Shorten(name, width, of.Name))
		for i, s := range of.Lines {
			d.Left(x, y+line.Lead()*float64(i+1)+0.02, line, d.Shorten(line, width, s))
		}
	}
	party(windowLeft, top+0.45, 3.3, strong(large), paper.Face{Size: 8}, f.Payer)
	party(4.5, top+0.42, 2.5, strong(paper.Face{Size: 8}), paper.Face{Size: 7}, Party{Name: f.Bank.Name, Lines: f.Bank.Lines})
	d.Right(marginRight, top+0.46, strong(paper.Face{Size: 13}), strconv.FormatInt(c.Number, 10))
	d.Right(marginRight, top+0.62, small, f.Bank.Fraction)
	if c.Reprint > 0 {
		p.stamp(marginRight, top+0.80, reprinted(c))
	}
	d.Left(6.15, top+1.12, tiny, "DATE")
	d.Right(marginRight-0.05, top+1.11, normal, long(c.Date))
	d.Line(6.45, top+1.15, marginRight, top+1.15, 0.5)
}

// stamp draws a mark in a box that ends at x.
func (p *printer) stamp(x, y float64, text string) {
	face := strong(small)
	width := p.d.Measure(face, text)
	p.d.Box(x-width-0.1, y-0.11, width+0.1, 0.15, 0.8)
	p.d.Right(x-0.05, y, face, text)
}

func reprinted(c *Check) string { return "REPRINT " + strconv.Itoa(c.Reprint) }

// order draws to whom the check is payable, and the amount in figures and in words.
func (p *printer) order(c *Check, top float64) error {
	d, f := p.d, p.form
	d.Left(marginLeft, top+1.36, tiny, "PAY TO THE")
	d.Left(marginLeft, top+1.46, tiny, "ORDER OF")
	face, ok := d.Fit(strong(large), leastSize, orderWidth, c.Payee.Name)
	if !ok {
		return invalid("payee_too_long", "payee", "the name %q is too long to be printed on one line of a check; shorten it", c.Payee.Name)
	}
	d.Left(1.05, top+1.45, face, c.Payee.Name)
	d.Line(1.0, top+1.49, 6.05, top+1.49, 0.5)
	sign := f.Currency.Code
	if sign == "USD" {
		sign = "$"
	}
	d.Right(6.5, top+1.46, strong(large), sign)
	d.Box(6.55, top+1.28, marginRight-6.55, 0.24, 0.8)
	amount := "**" + figures(c.Amount, f.Currency)
	face, ok = d.Fit(strong(large), leastSize, marginRight-6.65, amount)
	if !ok {
		return invalid("amount_too_long", "amount", "the amount %s is too long to be printed on a check", amount)
	}
	d.Right(marginRight-0.05, top+1.455, face, amount)
	return p.words(c, top)
}

// words draws the amount in words, guarded by asterisks that fill the line.
func (p *printer) words(c *Check, top float64) error {
	words, err := Words(c.Amount, p.form.Currency)
	if err != nil {
		return err
	}
	face, rows, y := paper.Face{Size: 10}, []string(nil), top+1.79
	width := fillToRight - marginLeft
	for ; face.Size >= leastSize; face.Size-- {
		if rows = p.d.Wrap(face, width-p.d.Measure(face, "***"), "***"+words+"***"); len(rows) == 1 || face.Size < 8 && len(rows) <= maxWordLines {
			break
		}
	}
	if len(rows) > maxWordLines {
		return invalid("amount_too_long", "amount", "the amount in words, %q, is too long to be printed on a check", words)
	}
	if len(rows) > 1 {
		y -= 0.12
	}
	star := p.d.Measure(face, "*")
	for i, row := range rows {
		fill := int((width - p.d.Measure(face, row)) / star)
		p.d.Left(marginLeft, y+0.12*float64(i), face, row+strings.Repeat("*", max(0, fill)))
	}
	d := p.d
	d.Line(marginLeft, top+1.83, fillToRight, top+1.83, 0.5)
	unit := "DOLLARS"
	if p.form.Currency.Code != "USD" {
		unit = p.form.Currency.Code
	}
	d.Right(marginRight, top+1.79, paper.Face{Size: 8}, unit)
	return nil
}

// address draws name and address of the payee in the window.
func (p *printer) address(c *Check, top float64) error {
	face, all := normal, append([]string{c.Payee.Name}, c.Payee.Lines...)
	for _, s := range all {
		smaller, ok := p.d.Fit(face, leastSize, windowWidth, s)
		if !ok {
			return invalid("payee_too_long", "payee", "%q is too long for the window of an envelope; break the address into more lines", s)
		}
		face = smaller
	}
	for i, s := range all {
		p.d.Left(windowLeft, top+addressTop+addressLead*float64(i), face, s)
	}
	return nil
}

// right draws what stands right of the window: legend, memo, and the lines to sign.
func (p *printer) right(c *Check, top float64) error {
	d := p.d
	d.Right(marginRight, top+1.97, paper.Face{Size: 6.5}, p.form.Legend)
	if c.Memo != "" {
		d.Left(4.6, top+2.17, tiny, "MEMO")
		face, ok := d.Fit(normal, leastSize, marginRight-5.0, c.Memo)
		if !ok {
			return invalid("memo_too_long", "memo", "the memo %q is too long for a check; shorten it", c.Memo)
		}
		d.Left(4.95, top+2.165, face, c.Memo)
		d.Line(4.9, top+2.20, marginRight, top+2.20, 0.5)
	}
	signs := []float64{2.74}
	if p.form.SecondOver > 0 && c.Amount > p.form.SecondOver {
		signs = []float64{2.46, 2.74}
	}
	for _, y := range signs {
		d.Line(5.3, top+y, marginRight, top+y, 0.5)
		d.Center((5.3+marginRight)/2, top+y+0.08, paper.Face{Size: 5}, "AUTHORIZED SIGNATURE")
	}
	return nil
}

// long gives a date as checks have it: November 22, 2026.
func long(d civil.Date) string { return d.Time().Format("January 2, 2006") }

// short gives a date as stubs have it: 11/22/2026; blank for none.
func short(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	return d.Time().Format("01/02/2006")
}
