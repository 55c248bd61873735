package folder

import (
	"cmp"
	"slices"
	"strings"

	"quittance/internal/money"
)

// The rules of form that join several columns, or several rows. Each row struct that has such rules has a check.

func addCompany(r *reader, c *Company) {
	if r.data.Company.Line > 0 {
		r.add(c.At("company"), "company: a second company; a folder holds one, split it")
		return
	}
	r.data.Company = *c
}

// checkCompany reports a company file without a row.
func checkCompany(r *reader, file string) {
	if r.data.Company.Line == 0 {
		r.add(place(file, 2, 1), "has no row; expected the one company")
	}
}

func (p *Period) check(c *checks) {
	if c.sound("start", "end") && p.Start != 0 && p.End < p.Start {
		c.bad("end", "%s is before the start, %s", p.End, p.Start)
	}
}

// checkPeriods reports periods that overlap, at the later one.
func checkPeriods(r *reader, _ string) {
	periods := slices.DeleteFunc(slices.Clone(r.data.Periods), func(p Period) bool { return p.Start == 0 || p.End < p.Start })
	slices.SortStableFunc(periods, func(a, b Period) int { return cmp.Compare(a.Start, b.Start) })
	for i := 1; i < len(periods); i++ {
		earlier, later := periods[i-1], periods[i]
		if later.Start <= earlier.End {
			r.add(later.At("start"), "start: the period %s to %s overlaps that of line %d, %s to %s", later.Start, later.End, earlier.Line, earlier.Start, earlier.End)
		}
	}
}

func (p *PostingProfile) check(c *checks) {
	switch {
	case !c.sound("scope", "code"):
	case p.Scope == "all" && p.Code != "":
		c.bad("code", "%q stands with the scope all; expected blank", p.Code)
	case p.Scope != "all" && p.Code == "":
		c.bad("code", "is blank; expected the %s", p.Scope)
	}
}

func (s *Settlement) check(c *checks) {
	switch {
	case !c.sound("customer", "vendor"):
	case s.Customer == "" && s.Vendor == "":
		c.bad("customer", "neither customer nor vendor is there; expected one")
	case s.Customer != "" && s.Vendor != "":
		c.bad("vendor", "customer %q and vendor %q stand in one settlement; expected one of them", s.Customer, s.Vendor)
	}
	if c.sound("amount", "debit_line") && s.DebitLine == 0 && strings.Trim(s.Amount, "0.") == "" {
		c.bad("amount", "%q is nothing; expected an amount greater than zero", s.Amount)
	}
	if c.sound("debit_line", "credit_line") && (s.DebitLine == 0) != (s.CreditLine == 0) {
		c.bad("debit_line", "debit_line and credit_line go together; fill both, or none for the proportional rule")
	}
}

func (m *Mark) check(c *checks) {
	if c.sound("customer", "vendor") && (m.Customer == "") == (m.Vendor == "") {
		c.bad("customer", "customer %q and vendor %q stand in one mark; expected one of them", m.Customer, m.Vendor)
	}
}

// AmountIn gives the amount in the currency of its documents; an amount that is none there is reported at its place.
func (s *Settlement) AmountIn(cur money.Currency) (money.Amount, error) {
	return amountAt(&s.Row, s.Amount, cur)
}

// AmountIn gives the amount in the currency of its voucher, and whether the whole document is meant, which is so when
// the amount is blank; an amount that is none there is reported at its place.
func (m *Mark) AmountIn(cur money.Currency) (amount money.Amount, whole bool, err error) {
	if m.Amount == "" {
		return 0, true, nil
	}
	amount, err = amountAt(&m.Row, m.Amount, cur)
	return amount, false, err
}

func amountAt(r *Row, text string, cur money.Currency) (money.Amount, error) {
	a, err := cur.Parse(text)
	if err != nil {
		var p problems
		p.add(r.At("amount"), "amount: %v", err)
		return 0, p.list[0]
	}
	return a, nil
}

func (v *VoidedNumbers) check(c *checks) {
	if c.sound("first", "last") && v.Last < v.First {
		c.bad("last", "%d is before the first, %d", v.Last, v.First)
	}
}

func (v *Vendor) check(c *checks) { checkBank(c, v.RoutingNumber, v.AccountNumber) }

func (cu *Customer) check(c *checks) { checkBank(c, cu.RoutingNumber, cu.AccountNumber) }

// checkBank wants an account number beside a routing number.
func checkBank(c *checks, routing, account string) {
	if c.sound("routing_number", "account_number") && routing != "" && account == "" {
		c.bad("account_number", "is blank; a routing_number needs the account_number")
	}
}
