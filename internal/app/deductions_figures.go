package app

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/report"
)

// DeductionFigures gives the figures of the deduction desk, each with its definition. They are added up anew with each call.
func (a *App) DeductionFigures(ctx context.Context, call Call, f report.Filter) (d *report.Deductions, err error) {
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		d, err = report.DeductionsOf(ctx, tx, c, f)
		return err
	})
	return d, err
}
