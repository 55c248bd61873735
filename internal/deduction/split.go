package deduction

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// Child is a part to be split off a deduction. Type and Reason are the parent's when they are blank.
type Child struct {
	Amount       money.Amount
	Type, Reason string
	Note         string
}

// SplitOff makes children of a deduction, which share the hold of its root; the parent keeps the rest, which must be something.
func SplitOff(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction, parts []Child) ([]*Deduction, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// Raise makes a claim: Customer, Currency, Amount, Captured (its date), Reason, Basis and so on are given. No money moves.
func Raise(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction) error {
	return fault.New(fault.Internal, "not built yet")
}

// Withdraw voids a claim of which nothing is approved.
func Withdraw(ctx context.Context, tx *db.Tx, d *Deduction, why string) error {
	return fault.New(fault.Internal, "not built yet")
}
