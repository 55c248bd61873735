package payout

import (
	"context"
	"strconv"

	"quittance/internal/db"
)

func itoa(n int) string { return strconv.Itoa(n) }

// change is a step of a payment: the status that it takes, and what is noted of it.
type change struct {
	payment *Payment
	to      Status
	voucher int64 // that was posted with it; 0: none
	detail  string
}

// apply moves payments on, by the set: each must be allowed by [Next] and still be what it was when it was read, else the unit starts
// afresh ([db.Again]). Each step is noted in the history of its payment.
func apply(ctx context.Context, tx *db.Tx, steps []change) error {
	byStep := map[[2]Status][]*Payment{}
	for _, s := range steps {
		if err := s.payment.may(s.to); err != nil {
			return err
		}
		k := [2]Status{s.payment.Status, s.to}
		byStep[k] = append(byStep[k], s.payment)
	}
	for _, from := range Statuses() { // in a fixed order
		for _, to := range Statuses() {
			if err := moveAll(ctx, tx, byStep[[2]Status{from, to}], from, to); err != nil {
				return err
			}
		}
	}
	return note(ctx, tx, steps)
}

func moveAll(ctx context.Context, tx *db.Tx, all []*Payment, from, to Status) error {
	if len(all) == 0 {
		return nil
	}
	those, arg := tx.Among("id", "$4", idsOf(all))
	n, err := tx.Exec(ctx, "update vendor_payment set status = $1 where company = $2 and status = $3 and "+those, to, tx.Company, from, arg)
	if err != nil {
		return err
	}
	if n != int64(len(all)) {
		return db.Again("a payment was changed by somebody else")
	}
	for _, p := range all {
		p.Status = to
	}
	return nil
}

// note writes steps into the histories of their payments.
func note(ctx context.Context, tx *db.Tx, steps []change) error {
	ids := make([]int64, len(steps))
	for i, s := range steps {
		ids[i] = s.payment.ID
	}
	last := make(map[int64]int64, len(steps))
	those, arg := tx.Among("p.id", "$2", ids)
	// By payment, which PostgreSQL does by key also while it has not counted the events.
	err := tx.Each(ctx, "select p.id, (select coalesce(max(e.n), 0) from vendor_payment_event e where e.company = p.company and e.payment = p.id) from vendor_payment p where p.company = $1 and "+those,
		[]any{tx.Company, arg}, func(r *db.Rows) error {
			last[r.Int64(0)] = r.Int64(1)
			return nil
		})
	if err != nil {
		return err
	}
	return noteAfter(ctx, tx, steps, last)
}

// noteAfter writes steps into histories that have so many entries, by payment.
func noteAfter(ctx context.Context, tx *db.Tx, steps []change, last map[int64]int64) error {
	b := tx.Batch("vendor_payment_event", "company", "payment", "n", "at", "actor", "status", "voucher", "detail")
	for _, s := range steps {
		last[s.payment.ID]++
		b.Int(tx.Company).Int(s.payment.ID).Int(last[s.payment.ID]).Int(tx.Micros()).Text(tx.Actor).Text(string(s.to)).Ref(s.voucher).Text(s.detail)
	}
	return b.Flush(ctx)
}

func idsOf(all []*Payment) []int64 {
	ids := make([]int64, len(all))
	for i, p := range all {
		ids[i] = p.ID
	}
	return ids
}
