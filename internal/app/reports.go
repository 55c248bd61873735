package app

import (
	"cmp"
	"context"

	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/report"
)

// Reports gives the reports that who calls may see in the company.
func (a *App) Reports(ctx context.Context, call Call) ([]report.Definition, error) {
	rows := []report.Definition{}
	err := query(ctx, a, call, identity.Read, func(_ context.Context, _ *db.Tx, c *ledger.Company) error {
		for _, d := range report.Definitions() {
			if call.Actor.AllowIn(c.Code, d.Needs) == nil {
				rows = append(rows, d)
			}
		}
		return nil
	})
	return rows, err
}

// Report makes a report. Its rows are read in one snapshot and kept in bounded memory, so that it costs the database nothing how long somebody
// takes to read it; who asked for it closes it.
func (a *App) Report(ctx context.Context, call Call, name string, p report.Params) (made *report.Made, err error) {
	d, err := report.Find(name)
	if err := cmp.Or(call.Actor.Allow(identity.Read), err, plain("customer", p.Customer), plain("bank", p.Bank)); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, d.Needs, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		if made != nil { // the snapshot was tried again
			_ = made.Close()
		}
		made, err = report.Make(ctx, tx, c, d, p)
		return err
	})
	if err != nil && made != nil {
		_ = made.Close()
		made = nil
	}
	return made, err
}
