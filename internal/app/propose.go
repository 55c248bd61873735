package app

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/reimbursement"
)

// Propose plans a run and saves it. each, when not nil, gets the decisions as they are saved; they count when Propose succeeds.
// The plan is made on one snapshot and saved in short transactions, in rows that nobody sees until the last one, which is the
// command.
func (a *App) Propose(ctx context.Context, call Call, req RunRequest, each Decide) (*reimbursement.RunView, error) {
	cmd := command{name: "reimburse.propose", permission: identity.Reimburse, input: req}
	if view, replayed, err := earlier[*reimbursement.RunView](ctx, a, call, cmd); err != nil || replayed {
		return view, err
	}
	d, sum, err := a.draft(ctx, call, req, each)
	completed := false
	var view *reimbursement.RunView
	if err == nil {
		view, err = do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *reimbursement.RunView, error) {
			completed = true
			r, err := d.Complete(ctx, tx, sum)
			if err != nil {
				return "", nil, nil, err
			}
			view := reimbursement.ViewOf(c, r, sum)
			return r.Code, view.Totals, &view, nil
		})
	}
	if d != nil && (err != nil || !completed) {
		clean := context.WithoutCancel(ctx)
		if derr := a.inCompany(clean, call, d.Discard); err == nil {
			err = derr
		}
	}
	return view, err
}

// draft plans and saves what nobody sees yet. A draft comes back with an error too, to be discarded.
func (a *App) draft(ctx context.Context, call Call, req RunRequest, each Decide) (*reimbursement.Draft, *reimbursement.Summary, error) {
	var d *reimbursement.Draft
	var policy reimbursement.Policy
	err := query(ctx, a, call, identity.Reimburse, func(_ context.Context, tx *db.Tx, c *ledger.Company) (err error) {
		if err := req.Selection.Check(); err != nil {
			return err
		}
		policy, err = req.policy(c, tx.Today())
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	err = a.inCompany(ctx, call, func(ctx context.Context, tx *db.Tx) (err error) {
		d, err = reimbursement.Begin(ctx, tx, req.Selection, policy)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	write := func(all bool) error {
		err := a.inCompany(ctx, call, func(ctx context.Context, tx *db.Tx) error { return d.Write(ctx, tx, all) })
		if err == nil {
			d.Written(all)
		}
		return err
	}
	var sum *reimbursement.Summary
	err = query(ctx, a, call, identity.Reimburse, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (err error) {
		if err := d.SetHorizon(ctx, tx); err != nil {
			return err
		}
		sum, err = reimbursement.Simulate(ctx, tx, c, a.keys, req.Selection, policy, func(lines []reimbursement.Line) error {
			if each != nil {
				if err := each(reimbursement.ViewLines(c, lines, policy.Date)); err != nil {
					return err
				}
			}
			if !d.Add(lines) {
				return nil
			}
			return write(false)
		})
		return err
	})
	if err == nil {
		err = write(true)
	}
	return d, sum, err
}

// inCompany runs a part of a long command that leaves no record of its own.
func (a *App) inCompany(ctx context.Context, call Call, fn db.Work) error {
	return plainer(a.db.Unit(ctx, a.scope(call), func(ctx context.Context, tx *db.Tx) error {
		if _, err := a.into(ctx, tx, call, identity.Reimburse); err != nil {
			return err
		}
		return fn(ctx, tx)
	}))
}
