package deduction

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// held is what holds the root of a deduction and all its children: the debit lines of its capture, with what is open of each. Held in
// suspense they are no open items; then what is open follows from the vouchers of the capture and of the resolutions.
type held struct {
	doc    *openitem.Document
	beside map[*openitem.Item]ledger.Entry // the customer's credit beside each line of the hold
	line   map[*openitem.Item]int          // and its line
}

// loadHeld reads what holds a deduction.
func loadHeld(ctx context.Context, tx *db.Tx, c *ledger.Company, d *Deduction) (*held, error) {
	v, err := ledger.Get(ctx, tx, c, d.Voucher)
	if err != nil {
		return nil, err
	}
	if len(v.Entries)%2 != 0 {
		return nil, fault.New(fault.Violation, "the capture %s of the deduction %s is not made of pairs of lines; run quittance verify", v.Number, d.Number).ByRule("deduction_capture")
	}
	h := &held{beside: map[*openitem.Item]ledger.Entry{}, line: map[*openitem.Item]int{}}
	var items []*openitem.Item
	if d.Holder == 0 {
		items, err = suspended(ctx, tx, v, d)
	} else {
		items, err = openitem.OfVouchers(ctx, tx, c, []int64{d.Voucher})
	}
	if err != nil {
		return nil, err
	}
	var open []*openitem.Item
	for _, it := range items {
		if it.Amount > 0 {
			h.beside[it], h.line[it] = v.Entries[it.Line], it.Line+1 // lines count from 1, entries from 0
			open = append(open, it)
		}
	}
	h.doc = &openitem.Document{Party: d.Holder, Number: v.Number, Currency: d.Currency, Date: v.Date}
	for _, x := range openitem.Documents(open) {
		h.doc = x
	}
	return h, nil
}

// suspended gives the lines of a suspense account as items would be, with what is open of each. Several lines on one ledger account are
// one, since the books do not tell them apart.
func suspended(ctx context.Context, tx *db.Tx, v *ledger.Stored, d *Deduction) ([]*openitem.Item, error) {
	at := map[int64]*openitem.Item{}
	var items []*openitem.Item
	for i := 0; i < len(v.Entries); i += 2 {
		e := v.Entries[i]
		it := at[e.Account.ID]
		if it == nil {
			it = &openitem.Item{Voucher: v.ID, Line: i + 1, Number: v.Number, Type: v.Type, Account: e.Account, Currency: e.Currency, Classification: e.Classification, Date: v.Date, Due: v.Date, Held: true}
			at[e.Account.ID] = it
			items = append(items, it)
		}
		it.Amount += e.Amount
	}
	err := tx.Each(ctx, `select e.account, cast(sum(e.amount) as bigint), cast(sum(e.accounting) as bigint) from entry e where e.company = $1 and e.party is null and e.voucher in (
			select cast($2 as bigint)
			union all select r.voucher from deduction x join resolution r on r.company = x.company and r.deduction = x.id where x.company = $1 and x.root = $3 and r.voucher is not null
			union all select r.reversal from deduction x join resolution r on r.company = x.company and r.deduction = x.id where x.company = $1 and x.root = $3 and r.reversal is not null)
		group by e.account`, []any{tx.Company, v.ID, d.Root}, func(r *db.Rows) error {
		var account int64
		var amount, accounting money.Amount
		err := r.Scan(&account, &amount, &accounting)
		if it := at[account]; it != nil {
			it.Open, it.Accounting = amount, accounting
		}
		return err
	})
	return items, err
}

// take splits an amount off what is held, and lowers it.
func (h *held) take(amount money.Amount) ([]openitem.Piece, error) {
	pieces, err := openitem.Split(h.doc, amount)
	if err != nil {
		return nil, err
	}
	openitem.Take(pieces)
	return pieces, nil
}

// accountingOf sums the accounting amounts of pieces.
func accountingOf(pieces []openitem.Piece) (sum money.Amount) {
	for _, p := range pieces {
		sum += p.Accounting
	}
	return sum
}
