package app

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/reimbursement"
)

// finish ends the posting of a run.
func (a *App) finish(ctx context.Context, call Call, run *reimbursement.Run) (*reimbursement.RunView, error) {
	cmd := command{name: "reimburse.finish", permission: identity.Reimburse}
	posting := run.State == reimbursement.Posting
	view, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *reimbursement.RunView, error) {
		if posting {
			run.State = reimbursement.Posting // also when this is tried again
		}
		if err := reimbursement.Finish(ctx, tx, run); err != nil {
			return "", nil, nil, err
		}
		view, err := viewRun(ctx, tx, c, run.Code)
		if err == nil && posting && run.State == reimbursement.Posted { // by this process
			err = tellRun(tx, view)
		}
		if err != nil {
			return "", nil, nil, err
		}
		return run.Code, view.Totals, view, nil
	})
	if err == nil && posting {
		a.posted.Add(1)
	}
	return view, err
}
