package check

import (
	"fmt"

	"quittance/internal/format/paper"
	"quittance/internal/money"
)

// The measures of stubs and further pages in inches.
const (
	rowLead   = 0.155
	stubHead  = 1.00 // from the upper edge of a stub to the foot of its first line
	stubFoot  = 0.30 // from the last line, or the total, to the lower edge of a stub
	pageHead  = 1.95 // of a further page
	pageRows  = 52   // lines of a further page, with room for what is brought forward and for the total
	textLeft  = 2.25
	grossEnd  = 6.2
	discEnd   = 7.05
	amountEnd = marginRight
)

// rows gives how many of n lines fit in a stub; when not all do, a line says so.
func (a area) rows(n int) int {
	most := int((a.bottom-a.top-stubHead-stubFoot)/rowLead+0.001) - 1 // the total
	if n <= most {
		return n
	}
	return most - 1
}

// stub draws a stub with the first lines of a check.
func (p *printer) stub(c *Check, a area, fit, pages int) {
	d := p.d
	p.title(c, a.top+0.38)
	y := a.top + stubHead
	p.columns(y - 0.2)
	for i := range c.Lines[:fit] {
		p.row(y, &c.Lines[i])
		y += rowLead
	}
	if rest := len(c.Lines) - fit; rest > 0 {
		where := "page 2"
		if pages > 2 {
			where = fmt.Sprintf("pages 2 to %d", pages)
		}
		d.Left(marginLeft, y, small, fmt.Sprintf("Further lines, on %s: %d", where, rest))
		p.sums(y, small, c.Lines[fit:])
		y += rowLead
	}
	p.total(y, c)
}

// title draws of which check a stub or a further page tells.
func (p *printer) title(c *Check, y float64) {
	d := p.d
	d.Left(marginLeft, y, strong(normal), d.Shorten(strong(normal), 3.8, p.form.Payer.Name))
	head := fmt.Sprintf("Check %d    %s    %s %s", c.Number, long(c.Date), p.form.Currency.Code, figures(c.Amount, p.form.Currency))
	d.Right(marginRight, y, strong(normal), head)
	d.Left(marginLeft, y+0.17, small, d.Shorten(small, 3.8, "Paid to "+c.Payee.Name))
	x := marginRight
	for _, mark := range p.marks(c) {
		p.stamp(x, y+0.18, mark)
		x -= d.Measure(strong(small), mark) + 0.2
	}
	if c.Memo != "" {
		d.Right(x, y+0.17, small, c.Memo)
	}
}

// marks gives what a stub says of its check besides.
func (p *printer) marks(c *Check) []string {
	var all []string
	if c.Void {
		all = append(all, "VOID")
	}
	if c.Reprint > 0 {
		all = append(all, reprinted(c))
	}
	return all
}

// columns draws the heads of the columns, on a line whose foot is at y.
func (p *printer) columns(y float64) {
	d, face := p.d, strong(paper.Face{Size: 7})
	d.Shade(marginLeft-0.05, y-0.115, marginRight-marginLeft+0.1, 0.16)
	d.Left(marginLeft, y, face, "Number")
	d.Left(1.55, y, face, "Date")
	d.Left(textLeft, y, face, "Reference")
	d.Right(grossEnd, y, face, "Gross")
	d.Right(discEnd, y, face, "Discount")
	d.Right(amountEnd, y, face, "Amount")
}

// row draws a line of what is paid.
func (p *printer) row(y float64, l *Line) {
	d := p.d
	d.Left(marginLeft, y, small, d.Shorten(small, 1.1, l.Number))
	d.Left(1.55, y, small, short(l.Date))
	d.Left(textLeft, y, small, d.Shorten(small, grossEnd-0.75-textLeft, l.Text))
	p.amounts(y, small, l.Gross, l.Discount, l.Amount)
}

// amounts draws the three amounts of a line, smaller where they are long.
func (p *printer) amounts(y float64, face paper.Face, gross, discount, amount money.Amount) {
	for _, column := range []struct {
		end, width float64
		amount     money.Amount
	}{{grossEnd, 0.7, gross}, {discEnd, 0.8, discount}, {amountEnd, 1.0, amount}} {
		s := figures(column.amount, p.form.Currency)
		f, _ := p.d.Fit(face, 4, column.width, s)
		p.d.Right(column.end, y, f, s)
	}
}

// sums draws the sums of lines.
func (p *printer) sums(y float64, face paper.Face, lines []Line) {
	var gross, discount, amount money.Amount
	for i := range lines {
		gross += lines[i].Gross
		discount += lines[i].Discount
		amount += lines[i].Amount
	}
	p.amounts(y, face, gross, discount, amount)
}

// total draws the sums of a check under a rule, on a line whose foot is at y.
func (p *printer) total(y float64, c *Check) {
	p.d.Line(marginLeft, y-0.11, marginRight, y-0.11, 0.5)
	y += 0.02
	p.d.Left(marginLeft, y, strong(small), "Total")
	if len(c.Lines) == 0 {
		p.amounts(y, strong(small), c.Amount, 0, c.Amount)
		return
	}
	p.sums(y, strong(small), c.Lines)
}

// further draws the n-th page of a check: lines that did not fit on the stub, and no check.
func (p *printer) further(c *Check, fit, n, pages int) {
	d := p.d
	d.Page()
	d.Center(paper.Width/2, 0.72, strong(paper.Face{Size: 20}), "NON-NEGOTIABLE")
	d.Center(paper.Width/2, 0.93, small, fmt.Sprintf("Details of check %d, continued. This page is not a check.", c.Number))
	d.Line(marginLeft, 1.05, marginRight, 1.05, 0.5)
	p.title(c, 1.29)
	p.columns(pageHead - 0.2)
	from := fit + (n-2)*pageRows
	to := min(from+pageRows, len(c.Lines))
	y := pageHead
	d.Left(marginLeft, y, small, "Brought forward")
	p.sums(y, small, c.Lines[:from])
	for i := range c.Lines[from:to] {
		y += rowLead
		p.row(y, &c.Lines[from+i])
	}
	y += rowLead
	if to == len(c.Lines) {
		p.total(y, c)
	} else {
		d.Left(marginLeft, y, small, "Carried forward")
		p.sums(y, small, c.Lines[:to])
	}
	d.Center(paper.Width/2, paper.Height-0.4, small, fmt.Sprintf("Check %d, page %d of %d", c.Number, n, pages))
	if c.Void {
		d.Overprint(paper.Width/2, 5.5, 45, strong(paper.Face{Size: 120}), "VOID")
	}
}
