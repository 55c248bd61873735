package deduction

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// Repaid notes what the customer paid of documents that were returned or charged back to him, with money or with a credit of his own; not
// with another deduction, by which it is taken again. What is no such document is passed over. Whoever settles calls it.
func Repaid(ctx context.Context, tx *db.Tx, c *ledger.Company, paid []openitem.Paid) error {
	of, err := givenBack(ctx, tx, paid)
	if err != nil || len(of) == 0 {
		return err
	}
	taken, err := takenOnes(ctx, tx, paid)
	if err != nil {
		return err
	}
	sums := map[int64]money.Amount{}
	for _, p := range paid {
		if id := of[p.Debit]; id != 0 && !taken[p.Credit] {
			sums[id] += p.Amount
		}
	}
	s, err := LoadSetup(ctx, tx, c)
	for _, id := range slices.Sorted(maps.Keys(sums)) {
		if err == nil && sums[id] != 0 {
			err = s.repaid(ctx, tx, c, id, sums[id])
		}
	}
	return err
}

// givenBack gives the deductions whose returns and chargebacks are among the debits, by voucher.
func givenBack(ctx context.Context, tx *db.Tx, paid []openitem.Paid) (map[int64]int64, error) {
	ids := make([]int64, len(paid))
	for i, p := range paid {
		ids[i] = p.Debit
	}
	if slices.Sort(ids); len(ids) == 0 {
		return nil, nil
	}
	of := map[int64]int64{}
	those, arg := tx.Among("voucher", "$2", slices.Compact(ids))
	err := tx.Each(ctx, "select voucher, deduction from resolution where company = $1 and "+those+" and kind in ('return', 'chargeback') and state = 'posted'", []any{tx.Company, arg}, func(r *db.Rows) error {
		of[r.Int64(0)] = r.Int64(1)
		return nil
	})
	return of, err
}

// takenOnes says which of the credits are those of deductions.
func takenOnes(ctx context.Context, tx *db.Tx, paid []openitem.Paid) (map[int64]bool, error) {
	ids := make([]int64, len(paid))
	for i, p := range paid {
		ids[i] = p.Credit
	}
	slices.Sort(ids)
	taken := map[int64]bool{}
	those, arg := tx.Among("id", "$2", slices.Compact(ids))
	err := tx.Each(ctx, "select id from voucher where company = $1 and "+those+" and type = $3", []any{tx.Company, arg, int16(ledger.Deduction)}, func(r *db.Rows) error {
		taken[r.Int64(0)] = true
		return nil
	})
	return taken, err
}

func (s *Setup) repaid(ctx context.Context, tx *db.Tx, c *ledger.Company, id int64, amount money.Amount) error {
	d, err := Get(ctx, tx, id)
	if err != nil {
		return err
	}
	if _, err := d.readConceded(ctx, tx); err != nil {
		return err
	}
	d.Repay(amount)
	if err := s.save(ctx, tx, c, d); err != nil {
		return err
	}
	return AddEvent(ctx, tx, d.ID, "repaid", told(d.Currency, amount))
}

// readConceded reads how much of a deduction is not to be repaid, since it ended otherwise, and how much of that was taken in error.
func (d *Deduction) readConceded(ctx context.Context, tx *db.Tx) (corrected money.Amount, err error) {
	err = tx.Row(ctx, `select cast(coalesce(sum(amount), 0) as bigint), cast(coalesce(sum(case when kind = 'correct' then amount else 0 end), 0) as bigint) from resolution
		where company = $1 and deduction = $2 and kind not in ('return', 'chargeback', 'paid_back') and state = 'posted'`, tx.Company, d.ID).Scan(&d.conceded, &corrected)
	return corrected, err
}

// rededuct brings the deduction that a captured one takes again in step with it: taken again while that one is held, else as it was.
func rededuct(ctx context.Context, tx *db.Tx, d *Deduction) error {
	if d.DuplicateOf == 0 {
		return nil
	}
	first, err := Get(ctx, tx, d.DuplicateOf)
	if err != nil {
		return err
	}
	if d.State == Held {
		switch first.Dispute {
		case Denied, AwaitingPayback, PaidBack, PartlyPaidBack:
			first.Dispute = Rededucted
			return cmp.Or(Update(ctx, tx, first), AddEvent(ctx, tx, first.ID, "re_deducted", d.Number), AddEvent(ctx, tx, d.ID, "re_deducted", first.Number))
		}
		return AddEvent(ctx, tx, d.ID, "duplicate", first.Number)
	}
	var others, back int
	err = tx.Row(ctx, `select (select count(*) from deduction where company = $1 and duplicate_of = $2 and id <> $3 and state = 'held'),
		(select count(*) from resolution where company = $1 and deduction = $2 and kind in ('return', 'chargeback') and state = 'posted')`, tx.Company, first.ID, d.ID).Scan(&others, &back)
	if err != nil || first.Dispute != Rededucted || others > 0 {
		return err
	}
	if _, err := first.readConceded(ctx, tx); err != nil {
		return err
	}
	if first.Dispute = Denied; back > 0 {
		first.Dispute = AwaitingPayback
	}
	if first.PaidBack > 0 {
		first.Repay(0)
	}
	return cmp.Or(Update(ctx, tx, first), AddEvent(ctx, tx, first.ID, "not_re_deducted", d.Number))
}
