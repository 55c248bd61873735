package deduction

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// CheckLimits says which limit forbids writing off amount more (accounting currency) of a deduction by a user: the most restrictive of
// those of the company, the customer, the reason and the user, tested on all that is written off on its root and all the root's
// children. nil: none does. Every path asks it: capture, resolution, approval, mass actions, automatic ones. A deduction that is not
// saved yet has an ID of 0.
func CheckLimits(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction, amount money.Amount, user string) (*Limit, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}
