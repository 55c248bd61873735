package payout

import (
	"context"

	"quittance/internal/db"
)

// Clear notes that posted payments are on a bank statement; detail says where each is.
func Clear(ctx context.Context, tx *db.Tx, payments []*Payment, detail func(*Payment) string) error {
	return step(ctx, tx, payments, Cleared, detail)
}

// Unclear takes [Clear] back: the payments are posted, and wait for the bank again. One that came back since is refused.
func Unclear(ctx context.Context, tx *db.Tx, payments []*Payment, detail string) error {
	return step(ctx, tx, payments, Posted, func(*Payment) string { return detail })
}

func step(ctx context.Context, tx *db.Tx, payments []*Payment, to Status, detail func(*Payment) string) error {
	if len(payments) == 0 {
		return nil
	}
	steps := make([]change, len(payments))
	for i, p := range payments {
		steps[i] = change{payment: p, to: to, detail: detail(p)}
	}
	return apply(ctx, tx, steps)
}
