package cli

import (
	"fmt"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/openitem"
)

// partyFlags name whose documents are meant.
type partyFlags struct {
	Party string `help:"customer or vendor." enum:"customer,vendor" default:"customer" placeholder:"SIDE"`
}

func (f partyFlags) side() openitem.Side {
	if f.Party == openitem.Vendors.String() {
		return openitem.Vendors
	}
	return openitem.Customers
}

type openItemsCmd struct {
	partyFlags
	Code   string `help:"Of this customer or vendor only." placeholder:"CODE"`
	Closed bool   `help:"Closed items too."`
	Limit  int    `help:"A page of at most so many, party by party." placeholder:"N"`
	After  string `help:"The page after this place, as the page before says." placeholder:"PLACE"`
}

// Run lists open items.
func (c *openItemsCmd) Run(e *env) error {
	paged := c.Limit != 0 || c.After != ""
	switch {
	case paged && (c.Code != "" || c.Closed):
		return usage("pages (--limit, --after) are for the open items of everybody, so --code and --closed cannot stand beside them")
	case c.Limit < 0 || c.After != "" && c.Limit == 0:
		return usage("--limit says how many make a page; give 1 or more")
	}
	return e.with(func(a *app.App, call app.Call) (err error) {
		var items []app.OpenItem
		next := ""
		if paged {
			items, next, err = a.OpenItemsPage(e.ctx, call, c.side(), c.After, c.Limit)
		} else {
			items, err = a.OpenItems(e.ctx, call, c.side(), c.Code, c.Closed)
		}
		if err != nil {
			return err
		}
		l := e.list("party voucher type account classification currency date due_date >amount >open >marked")
		var totals sums
		for i := range items {
			x := &items[i]
			if err := totals.add(x.Currency, x.Open); err != nil {
				return err
			}
			if err := l.add(x, x.Party, x.Voucher, x.Type, x.Account, x.Classification, x.Currency, x.Date.String(), x.DueDate.String(), x.Amount, x.Open, x.Marked); err != nil {
				return err
			}
		}
		for _, currency := range totals.order {
			l.total("TOTAL", "", "", "", "", currency, "", "", "", totals.text(currency), "")
		}
		if err := l.close("Nothing is open."); err != nil || next == "" {
			return err
		}
		return e.more("--limit %d --after %s", c.Limit, next)
	})
}

type settleCmd struct {
	partyFlags
	Code       string     `required:"" help:"The customer or vendor." placeholder:"CODE"`
	Debit      string     `help:"The debit voucher." placeholder:"V"`
	Credit     string     `help:"The credit voucher." placeholder:"V"`
	CreditCode string     `help:"The customer of the credit, of the same family." placeholder:"CODE"`
	Amount     string     `help:"How much (default: as much as both have)." placeholder:"A"`
	Date       civil.Date `help:"Date of the settlement (default: today)." placeholder:"YYYY-MM-DD"`
	Auto       bool       `help:"All that is open, by the priority order."`
}

// Run settles two documents, or all of a party.
func (c *settleCmd) Run(e *env) error {
	pair := c.Debit != "" && c.Credit != ""
	switch {
	case c.Auto && (c.Debit+c.Credit+c.CreditCode+c.Amount != ""):
		return usage("--auto settles all that is open by the priority order, so --debit, --credit, --credit-code and --amount cannot stand beside it")
	case !c.Auto && !pair:
		return usage("name the two vouchers with --debit and --credit, or say --auto; see quittance settle --help")
	}
	return e.with(func(a *app.App, call app.Call) error {
		if c.Auto {
			return c.auto(e, a, call)
		}
		s, err := a.Settle(e.ctx, call, app.SettleRequest{Side: c.side(), Party: c.Code, CreditParty: c.CreditCode, Debit: c.Debit, Credit: c.Credit, Amount: c.Amount, Date: c.Date})
		if err != nil {
			return err
		}
		by := ""
		if s.Voucher != "" {
			by = " by voucher " + s.Voucher
		}
		return e.result(s, settledColumns, settledCells(s), "Settled %s %s of %s with %s%s; open after that: %s and %s.", s.Amount, s.Currency, s.Debit, s.Credit, by, s.Left, s.Over)
	})
}

const settledColumns = "debit_voucher credit_voucher currency >amount voucher >debit_open >credit_open"

func settledCells(s app.Settled) []string {
	return []string{s.Debit, s.Credit, s.Currency, s.Amount, s.Voucher, s.Left, s.Over}
}

func (c *settleCmd) auto(e *env, a *app.App, call app.Call) error {
	all, err := a.AutoSettle(e.ctx, call, c.side(), c.Code, c.Date)
	if err != nil {
		return err
	}
	l := e.list(settledColumns)
	for _, s := range all {
		if err := l.add(s, settledCells(s)...); err != nil {
			return err
		}
	}
	return l.close("Nothing could be settled.")
}

type unsettleCmd struct {
	partyFlags
	Code   string     `required:"" help:"The customer or vendor." placeholder:"CODE"`
	Debit  string     `required:"" help:"The debit voucher." placeholder:"V"`
	Credit string     `required:"" help:"The credit voucher." placeholder:"V"`
	Date   civil.Date `required:"" help:"Date of the undoing, in an open period." placeholder:"YYYY-MM-DD"`
}

// Run undoes the settlements of two vouchers.
func (c *unsettleCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		text, err := a.Unsettle(e.ctx, call, app.SettleRequest{Side: c.side(), Party: c.Code, Debit: c.Debit, Credit: c.Credit, Date: c.Date})
		if err != nil {
			return err
		}
		return e.result(map[string]string{"debit_voucher": c.Debit, "credit_voucher": c.Credit, "reopened": text}, "debit_voucher credit_voucher reopened",
			[]string{c.Debit, c.Credit, text}, "%s of %s and %s is open again.", text, c.Debit, c.Credit)
	})
}

type markCmd struct {
	partyFlags
	Code    string `required:"" help:"The customer or vendor." placeholder:"CODE"`
	Voucher string `required:"" help:"The document." placeholder:"V"`
	Journal string `required:"" help:"The journal that holds it." placeholder:"J"`
	Line    string `help:"The line of the journal." placeholder:"L"`
	User    string `help:"Who means to settle it (default: who gives the command)." placeholder:"U"`
	Amount  string `help:"How much (default: all that is available)." placeholder:"A"`
}

// Run marks a document.
func (c *markCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		text, err := a.Mark(e.ctx, call, app.MarkRequest{Side: c.side(), Party: c.Code, Voucher: c.Voucher, Journal: c.Journal, Line: c.Line, Holder: c.User, Amount: c.Amount})
		if err != nil {
			return err
		}
		return e.result(map[string]string{"voucher": c.Voucher, "journal": c.Journal, "amount": text}, "voucher journal amount", []string{c.Voucher, c.Journal, text},
			"Marked %s of %s for journal %s.", text, c.Voucher, c.Journal)
	})
}

type unmarkCmd struct {
	partyFlags
	Journal string `required:"" help:"The journal that holds the marks." placeholder:"J"`
	Code    string `help:"Of this customer or vendor only." placeholder:"CODE"`
	Voucher string `help:"On this document only." placeholder:"V"`
}

// Run releases marks.
func (c *unmarkCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		n, err := a.Unmark(e.ctx, call, c.side(), c.Journal, c.Code, c.Voucher)
		if err != nil {
			return err
		}
		return e.result(map[string]any{"journal": c.Journal, "released": n}, "journal >released", []string{c.Journal, fmt.Sprint(n)},
			"Released %s of journal %s.", count(int64(n), "mark", "marks"), c.Journal)
	})
}
