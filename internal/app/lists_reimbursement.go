package app

import (
	"cmp"
	"context"
	"fmt"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
	"quittance/internal/reimbursement"
)

// ReimbursementFilter narrows a list of reimbursements; blank is no bound.
type ReimbursementFilter struct {
	Run      string
	Customer string
	Number   string // what the number begins with
}

// Reimbursements gives posted reimbursements by number, those of a customer the newest first.
func (a *App) Reimbursements(ctx context.Context, call Call, f ReimbursementFilter, p Page) (Part[reimbursement.View], error) {
	var after *reimbursement.Place
	list := fmt.Sprintf("reimbursements %t %t", f.Run != "", f.Customer != "")
	limit, err := p.open(list, &after)
	if err := cmp.Or(err, plain("run", f.Run), plain("customer", f.Customer), plain("number", f.Number)); err != nil {
		return Part[reimbursement.View]{}, err
	}
	part := Part[reimbursement.View]{Items: []reimbursement.View{}}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		by := reimbursement.Filter{Number: f.Number}
		if f.Run != "" {
			r, err := reimbursement.FindRun(ctx, tx, f.Run)
			if err != nil {
				return err
			}
			by.Run = &r
		}
		if f.Customer != "" {
			customer, err := party.FindCustomer(ctx, tx, f.Customer)
			if err != nil {
				return err
			}
			by.Customer = customer.ID
		}
		views, at, err := reimbursement.List(ctx, tx, c, by, after, limit)
		part.Items = append(part.Items, views...)
		if at != nil {
			part.Next = next(list, at)
		}
		return err
	})
	return part, err
}

// Step is one thing that happened to a reimbursement.
type Step struct {
	At       string     `json:"at"`      // instant; blank when only the date is known
	Date     civil.Date `json:"date"`    // posting date; blank for marks
	What     string     `json:"what"`    // posted, settled, paid, unsettled, reversed, marked
	Voucher  string     `json:"voucher"` // what it happened with
	By       string     `json:"by"`
	Currency string     `json:"currency,omitempty"`
	Amount   string     `json:"amount,omitempty"`
	Detail   string     `json:"detail,omitempty"`
}

// Trace is a reimbursement with where its money came from and where it went.
type Trace struct {
	reimbursement.View
	Run       string `json:"run"`
	PayeeOpen string `json:"payee_open"` // what is open of the vendor invoice, positive
	History   []Step `json:"history"`
}

// Trace gives a posted reimbursement with its history.
func (a *App) Trace(ctx context.Context, call Call, number string) (*Trace, error) {
	if err := plain("number", number); err != nil {
		return nil, err
	}
	var view *Trace
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		t, err := reimbursement.TraceOf(ctx, tx, c, number)
		if err != nil {
			return err
		}
		cur, err := money.CurrencyOf(t.Currency)
		if err != nil {
			return err
		}
		view = &Trace{View: t.View, Run: t.Run, PayeeOpen: cur.Format(t.Open), History: make([]Step, 0, len(t.History))}
		for _, s := range t.History {
			view.History = append(view.History, Step{
				At: instant(s.At), Date: s.Date, What: s.What, Voucher: s.Voucher, By: s.By, Currency: cur.Code, Amount: cur.Format(s.Amount), Detail: s.Detail,
			})
		}
		return nil
	})
	return view, err
}
