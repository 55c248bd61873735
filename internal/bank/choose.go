package bank

import (
	"context"
	"slices"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/statement"
	"quittance/internal/ledger"
	"quittance/internal/payout"
)

const returnChunk = 200 // references that one query looks for

// MayReturn gives the bank entries of cleared payments that lines of returns name.
func MayReturn(ctx context.Context, tx *db.Tx, b *payout.BankAccount, lines []Line) ([]Entry, error) {
	var numbers []string
	for i := range lines {
		l := &lines[i]
		if l.Detail.Return == "" && l.Kind != statement.Return {
			continue
		}
		numbers = append(numbers, l.Detail.References...)
		numbers = append(numbers, words(l.Detail.Texts)...)
		if l.Detail.Check != "" {
			numbers = append(numbers, number(l.Detail.Check))
		}
	}
	slices.Sort(numbers)
	var all []Entry
	for chunk := range slices.Chunk(slices.Compact(numbers), returnChunk) {
		those, args := db.AmongTexts("p.number", 5, chunk)
		more, err := db.List(ctx, tx, scanEntry, entryQuery+" and p.status = 'cleared' and p.voucher = e.voucher and "+those+" order by e.voucher, e.line", append([]any{tx.Company, b.ID, b.Account, b.Currency}, args...)...)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return all, nil
}

// Choose gives the open bank entries of payments and vouchers; one that has none is refused.
func Choose(ctx context.Context, tx *db.Tx, b *payout.BankAccount, payments, vouchers []string) ([]Entry, error) {
	var ids []int64
	named := map[int64]string{}
	for _, name := range payments {
		p, err := payout.Find(ctx, tx, name)
		if err != nil {
			return nil, err
		}
		if p.Voucher == 0 {
			return nil, fault.New(fault.Refused, "payment %s is %s, not posted; post it first: quittance vendor-payments post %s", name, p.Status, p.Code).ByRule("payment_status").In("payments")
		}
		ids, named[p.Voucher] = append(ids, p.Voucher), "payment "+name
	}
	for _, n := range vouchers {
		v, err := ledger.Lookup(ctx, tx, n)
		if err != nil {
			return nil, err
		}
		ids, named[v.ID] = append(ids, v.ID), "voucher "+n
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if len(ids) == 0 {
		return nil, nil
	}
	entries, err := entriesOf(ctx, tx, b, ids)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(entries, func(e Entry) bool { return e.Voucher == id }) {
			return nil, fault.New(fault.Refused, "%s has no open entry on %s, the ledger account of bank account %s: it is reconciled already, or of another bank account", named[id], b.Account, b.Code).ByRule("no_bank_entry").In("payments")
		}
	}
	return entries, nil
}
