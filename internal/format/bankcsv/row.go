package bankcsv

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/format/sheet"
	"quittance/internal/format/statement"
	"quittance/internal/money"
)

// cells reads the cells of a row by field.
type cells struct {
	*reader
	rec    sheet.Record
	failed bool
}

// bad reports what is wrong with the cell of a field.
func (c *cells) bad(field, format string, args ...any) {
	c.failed = true
	c.reader.bad(c.place(field), field+": "+format, args...)
}

func (c *cells) place(field string) string {
	return sheet.Place(c.rec.Line, c.at[field]+1)
}

// of gives the cell of a field; blank when it has no column, or the row is shorter.
func (c *cells) of(field string) sheet.Cell {
	i, mapped := c.at[field]
	if !mapped || i >= len(c.rec.Cells) {
		return sheet.Cell{}
	}
	cell, err := c.rec.Cells[i].Value()
	if err != nil {
		c.bad(field, "%v", err)
	}
	return cell
}

func (c *cells) text(field string) string {
	text, err := c.way().Text(c.of(field))
	if err != nil {
		c.bad(field, "%v", err)
	}
	return statement.Clean(text)
}

// amount reads an amount; there is none when the cell is blank.
func (c *cells) amount(field string, in money.Currency) (money.Amount, bool) {
	text, err := c.way().Amount(c.of(field))
	if err != nil {
		c.bad(field, "%v", err)
	}
	if err != nil || text == "" {
		return 0, false
	}
	n, err := in.Parse(text)
	if err != nil {
		c.bad(field, "%v", err)
	}
	return n, err == nil
}

func (c *cells) day(field string) civil.Date {
	d, err := c.way().Day(c.of(field))
	if err != nil {
		c.bad(field, "%v", err)
	}
	return d
}

// row takes a row with a line.
func (r *reader) row(rec sheet.Record) {
	if r.wide > 0 && len(rec.Cells) > r.wide {
		if i := slices.IndexFunc(rec.Cells[r.wide:], func(c sheet.Cell) bool { return strings.TrimSpace(c.Text) != "" }); i >= 0 {
			r.bad(sheet.Place(rec.Line, r.wide+i+1), "the row has more cells than the header, which has %d; a text or amount with a comma stands in quotes", r.wide)
			return
		}
	}
	c := &cells{reader: r, rec: rec}
	code := strings.ToUpper(c.text(Currency))
	if code == "" {
		code = r.currency()
	}
	in, err := money.CurrencyOf(code)
	if err != nil {
		c.bad(Currency, "%v", err)
		return
	}
	x := row{account: c.text(Account), place: c.place(Balance)}
	x.Place, x.Currency = fmt.Sprintf("line %d", rec.Line), code
	if x.Booked = c.day(Booked); x.Booked == 0 && !c.failed {
		c.bad(Booked, "is blank; each line has a booking date. Where the lines end before, say in the column map how the row after them begins (end)")
	}
	x.Value = c.day(Value)
	x.Amount = c.signed(in)
	if n, told := c.amount(Balance, in); told {
		x.balance = &n
	}
	x.Pending = r.Pending != "" && strings.EqualFold(c.text(Status), strings.TrimSpace(r.Pending))
	x.Party = statement.Party{Name: c.text(Party), Account: statement.AccountOf(c.text(PartyBank), c.text(PartyAccount))}
	x.Bank, x.EndToEnd, x.Customer, x.Mandate = c.text(Reference), c.text(EndToEnd), c.text(Customer), c.text(Mandate)
	x.Check = strings.TrimLeft(c.text(Check), "0")
	x.Code.Own = c.text(Kind)
	x.Kind = r.kind(&x.Line)
	x.Say(c.text(Text), c.text(MoreText))
	if !c.failed {
		r.rows = append(r.rows, x)
	}
}

// currency is that of lines that tell none.
func (r *reader) currency() string {
	if x, there := r.cells[Currency]; there {
		return strings.ToUpper(strings.TrimSpace(x.cell.Text))
	}
	return r.Map.Currency
}

// The words that mark a debit or a credit.
var (
	debits  = strings.Fields("d dr db debit dbit s soll - out")
	credits = strings.Fields("c cr credit crdt h haben + in")
)

// signed reads the amount, which is positive for what came in.
func (c *cells) signed(in money.Currency) money.Amount {
	if _, one := c.at[Amount]; !one {
		return c.twoColumns(in)
	}
	n, told := c.amount(Amount, in)
	if !told && !c.failed {
		c.bad(Amount, "is blank; each line has an amount")
	}
	if _, marked := c.at[Mark]; marked {
		switch mark := strings.ToLower(c.text(Mark)); {
		case n < 0:
			c.bad(Amount, "%s has a sign beside the mark %q; expected an amount without a sign", in.Format(n), statement.Short(mark))
		case slices.Contains(debits, mark):
			n = -n
		case !slices.Contains(credits, mark):
			c.bad(Mark, "%q is neither debit nor credit; expected one of %s or %s", statement.Short(mark), strings.Join(debits, " "), strings.Join(credits, " "))
		}
	}
	if c.Sign == PositiveOut {
		n = -n
	}
	return n
}

// twoColumns reads the amount of the columns for debits and credits, one of which is blank or nothing.
func (c *cells) twoColumns(in money.Currency) money.Amount {
	out, went := c.amount(Debit, in)
	came, in2 := c.amount(Credit, in)
	switch {
	case c.failed:
	case out != 0 && came != 0:
		c.bad(Debit, "both %s and %s have an amount; a line has one", Debit, Credit)
	case !went && !in2:
		c.bad(Debit, "neither %s nor %s has an amount; each line has one", Debit, Credit)
	case came < 0:
		c.bad(Credit, "%s is negative; expected what came in, without a sign", in.Format(came))
	}
	return came - out.Abs()
}

// kind gives the common kind by the map, or by the number of a check.
func (r *reader) kind(l *statement.Line) string {
	for word, kind := range r.Kinds {
		if strings.EqualFold(strings.TrimSpace(word), l.Code.Own) {
			return cmp.Or(kind, statement.Other)
		}
	}
	if l.Check != "" && l.Amount < 0 {
		return statement.Check
	}
	return statement.Other
}
