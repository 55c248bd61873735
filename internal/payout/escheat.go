package payout

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// Escheat notes that the money of failed payments is owed to a state: their invoices were settled by a voucher (one a payment).
func Escheat(ctx context.Context, tx *db.Tx, payments []*Payment, vouchers []int64, detail string) error {
	steps := make([]change, len(payments))
	for i, p := range payments {
		steps[i] = change{payment: p, to: Escheated, voucher: vouchers[i], detail: detail}
	}
	return apply(ctx, tx, steps)
}

// Unescheat takes [Escheat] back, with the voucher that did so: the payment failed as it had before.
func Unescheat(ctx context.Context, tx *db.Tx, p *Payment, voucher int64, detail string) error {
	events, err := Events(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	for i := len(events) - 1; i >= 0; i-- {
		if was := events[i].Status; was != Escheated {
			return apply(ctx, tx, []change{{payment: p, to: was, voucher: voucher, detail: detail}})
		}
	}
	return fault.New(fault.Violation, "payment %s is escheated, but never failed; run quittance verify", p.Name()).ByRule("payment_history")
}
