package app

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/report"
)

// RequestDashboard gives the figures of requests: what is open, the time in each state, approvers, policies, reasons, service levels and where the
// money is. They are added up anew with each call, in one snapshot.
func (a *App) RequestDashboard(ctx context.Context, call Call, f report.RequestFilter) (d *report.Requests, err error) {
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		d, err = report.RequestsOf(ctx, tx, c, f)
		return err
	})
	return d, err
}
