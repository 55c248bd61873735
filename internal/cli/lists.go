package cli

import (
	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/openitem"
)

// pageFlags say which part of a list is meant.
type pageFlags struct {
	Limit int    `help:"At most so many (1 to 500)." default:"50" placeholder:"N"`
	After string `help:"Those after this place, as the list before says." placeholder:"PLACE"`
}

// dateFlags bound a list by date.
type dateFlags struct {
	From civil.Date `help:"From this date on." placeholder:"YYYY-MM-DD"`
	To   civil.Date `help:"Up to and including this date." placeholder:"YYYY-MM-DD"`
}

// listPart prints a part of a list: as many rows as are wanted, though the list may have to be asked several times when no index serves
// what is looked for.
func listPart[T any](e *env, f pageFlags, columns, none string, get func(*app.App, app.Call, app.Page) (app.Part[T], error), cells func(*T) []string) error {
	if f.Limit < 1 {
		return usage("--limit says how many are wanted; give 1 to 500")
	}
	return e.with(func(a *app.App, call app.Call) error {
		l := e.list(columns)
		p := app.Page{After: f.After, Limit: f.Limit}
		for n := 0; ; {
			part, err := get(a, call, p)
			if err != nil {
				return err
			}
			for i := range part.Items {
				if err := l.add(&part.Items[i], cells(&part.Items[i])...); err != nil {
					return err
				}
			}
			n += len(part.Items)
			if p.After = part.Next; p.After == "" || n >= f.Limit {
				break
			}
			p.Limit = f.Limit - n
		}
		if err := l.close(none); err != nil || p.After == "" {
			return err
		}
		return e.more("--limit %d --after %s", f.Limit, p.After)
	})
}

type vouchersCmd struct {
	dateFlags
	pageFlags
	Number  string `help:"Whose number begins so, by number." placeholder:"N"`
	Type    string `help:"Of this type: invoice, credit_note, payment …" placeholder:"TYPE"`
	Account string `help:"With an entry on this ledger account, or main account." placeholder:"A"`
}

// Run lists vouchers.
func (c *vouchersCmd) Run(e *env) error {
	f := app.VoucherFilter{Number: c.Number, Type: c.Type, From: c.From, To: c.To, Account: c.Account}
	return listPart(e, c.pageFlags, "number date type party text >total posted_by posted_at", "There is no such voucher.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[app.VoucherRow], error) {
			return a.Vouchers(e.ctx, call, f, p)
		},
		func(v *app.VoucherRow) []string {
			return []string{v.Number, v.Date.String(), v.Type, v.Party, v.Text, v.Total, v.PostedBy, v.PostedAt}
		})
}

type entriesCmd struct {
	Account string `arg:"" help:"Ledger account as written, or main account."`
	dateFlags
	pageFlags
	Days bool `help:"Sums by day instead: what the trial balance is made of."`
}

// Run lists the entries of an account, or its sums by day.
func (c *entriesCmd) Run(e *env) error {
	f := app.EntryFilter{Account: c.Account, From: c.From, To: c.To}
	if c.Days {
		return listPart(e, c.pageFlags, "date account >debit >credit", "There is no entry.",
			func(a *app.App, call app.Call, p app.Page) (app.Part[app.AccountDay], error) {
				return a.AccountDays(e.ctx, call, f, p)
			},
			func(d *app.AccountDay) []string { return []string{d.Date.String(), d.Account, d.Debit, d.Credit} })
	}
	return listPart(e, c.pageFlags, "date voucher type account party text currency >debit >credit >accounting_debit >accounting_credit", "There is no entry.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[app.EntryRow], error) {
			return a.Entries(e.ctx, call, f, p)
		},
		func(x *app.EntryRow) []string {
			return []string{x.Date.String(), x.Voucher, x.Type, x.Account, x.Party, x.Text, x.Currency, x.Debit, x.Credit, x.AccountingDebit, x.AccountingCredit}
		})
}

type settlementsCmd struct {
	Code string `arg:"" help:"The customer or vendor."`
	partyFlags
	pageFlags
}

// Run lists the settlements of a party.
func (c *settlementsCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, "date kind debit_voucher credit_voucher currency >amount by at holds", "Nothing was settled.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[app.SettlementRow], error) {
			return a.Settlements(e.ctx, call, c.side(), c.Code, p)
		},
		func(s *app.SettlementRow) []string {
			holds := "yes"
			switch {
			case s.Undone:
				holds = "undone"
			case s.Undoes != 0:
				holds = "undoes"
			}
			return []string{s.Date.String(), s.Kind, s.Debit, s.Credit, s.Currency, s.Amount, s.By, s.At, holds}
		})
}

type marksCmd struct {
	partyFlags
	pageFlags
	Code string `help:"Of this customer or vendor only." placeholder:"CODE"`
}

// Run lists marks.
func (c *marksCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, "journal line holder side party voucher currency >amount", "Nothing is marked.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[app.MarkRow], error) {
			return a.Marks(e.ctx, call, c.side(), c.Code, p)
		},
		func(m *app.MarkRow) []string {
			return []string{m.Journal, m.Line, m.Holder, m.Side, m.Party, m.Voucher, m.Currency, m.Amount}
		})
}

type searchCmd struct {
	Text  string `arg:"" help:"What a code, number or name begins with."`
	Limit int    `help:"At most so many of each kind (1 to 50)." default:"10" placeholder:"N"`
}

// Run looks for something.
func (c *searchCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		hits, err := a.Search(e.ctx, call, c.Text, c.Limit)
		if err != nil {
			return err
		}
		l := e.list("kind code name")
		for _, h := range hits {
			if err := l.add(h, h.Kind, h.Code, h.Name); err != nil {
				return err
			}
		}
		return l.close("Nothing begins so.")
	})
}

type statementCmd struct {
	Code string `arg:"" help:"The customer or vendor."`
	partyFlags
	dateFlags
}

// Run prints the account of a party.
func (c *statementCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		s, err := a.Statement(e.ctx, call, c.side(), c.Code, c.From, c.To)
		if err != nil {
			return err
		}
		if e.Output == "json" {
			return e.object(s)
		}
		l := e.list("date voucher type text currency >debit >credit >balance")
		for _, x := range s.Opening {
			if err := l.add(map[string]string{"opening": x.Amount, "currency": x.Currency}, c.From.String(), "", "", "Opening balance", x.Currency, "", "", x.Amount); err != nil {
				return err
			}
		}
		for _, x := range s.Lines {
			if err := l.add(x, x.Date.String(), x.Voucher, x.Type, x.Text, x.Currency, x.Debit, x.Credit, x.Balance); err != nil {
				return err
			}
		}
		for _, x := range s.Closing {
			l.total("", "", "", "Closing balance", x.Currency, "", "", x.Amount)
		}
		return l.close("Nothing was posted.")
	})
}

// sideOfVendors says which side a group of commands is about.
func sideOfVendors(vendors bool) openitem.Side {
	if vendors {
		return openitem.Vendors
	}
	return openitem.Customers
}
