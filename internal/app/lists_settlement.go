package app

import (
	"cmp"
	"context"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// SettlementRow is what one act of settling joined on a party's account, and whether it still holds; the amount of one that undoes
// another is negative.
type SettlementRow struct {
	ID       int64      `json:"id"` // of the act, which may have joined several pairs
	Date     civil.Date `json:"date"`
	Kind     string     `json:"kind"`
	Debit    string     `json:"debit_voucher"`
	Credit   string     `json:"credit_voucher"`
	Currency string     `json:"currency"`
	Amount   string     `json:"amount"`
	By       string     `json:"by"`
	At       string     `json:"at"`
	Undone   bool       `json:"undone"`
	Undoes   int64      `json:"undoes,omitempty"`
}

// Settlements gives the settlements of a party, the newest first.
func (a *App) Settlements(ctx context.Context, call Call, side openitem.Side, code string, p Page) (Part[SettlementRow], error) {
	var after *openitem.JoinedPlace
	limit, err := p.open("settlements", &after)
	if err := cmp.Or(err, plain("party", code)); err != nil {
		return Part[SettlementRow]{}, err
	}
	part := Part[SettlementRow]{Items: []SettlementRow{}}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		id, err := partyID(ctx, tx, side, code)
		if err != nil {
			return err
		}
		all, at, err := openitem.ListSettlements(ctx, tx, id, after, limit)
		if err != nil {
			return err
		}
		if at != nil {
			part.Next = next("settlements", at)
		}
		for _, j := range all {
			cur, err := money.CurrencyOf(j.Currency)
			if err != nil {
				return err
			}
			part.Items = append(part.Items, SettlementRow{
				ID: j.Operation, Date: j.Date, Kind: j.Kind.String(), Debit: j.Debit, Credit: j.Credit, Currency: j.Currency, Amount: cur.Format(j.Amount),
				By: j.Actor, At: instant(j.At), Undone: j.Undone, Undoes: j.Undoes,
			})
		}
		return nil
	})
	return part, err
}

// MarkRow is a pending settlement: who means to settle what, and how much.
type MarkRow struct {
	Journal  string `json:"journal"`
	Line     string `json:"line"`
	Holder   string `json:"holder"`
	Side     string `json:"side"` // customer or vendor
	Party    string `json:"party"`
	Voucher  string `json:"voucher"`
	Currency string `json:"currency"`
	Amount   string `json:"amount"`
}

// Marks gives the marks, by journal, of one party or (blank) of all, of whatever side.
func (a *App) Marks(ctx context.Context, call Call, side openitem.Side, code string, p Page) (Part[MarkRow], error) {
	var after *openitem.MarkPlace
	limit, err := p.open("marks", &after)
	if err := cmp.Or(err, plain("party", code)); err != nil {
		return Part[MarkRow]{}, err
	}
	part := Part[MarkRow]{Items: []MarkRow{}}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		var id int64
		if code != "" {
			if id, err = partyID(ctx, tx, side, code); err != nil {
				return err
			}
		}
		all, at, err := openitem.ListMarks(ctx, tx, id, after, limit)
		if err != nil {
			return err
		}
		if at != nil {
			part.Next = next("marks", at)
		}
		for _, m := range all {
			cur, err := money.CurrencyOf(m.Currency)
			if err != nil {
				return err
			}
			part.Items = append(part.Items, MarkRow{
				Journal: m.Journal, Line: m.Line, Holder: m.Holder, Side: m.Side.String(), Party: m.Code, Voucher: m.Number, Currency: m.Currency, Amount: cur.Format(m.Amount),
			})
		}
		return nil
	})
	return part, err
}
