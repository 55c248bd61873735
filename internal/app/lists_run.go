package app

import (
	"cmp"
	"context"

	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/reimbursement"
)

// RunsPage gives the saved runs, the newest first, those in one state or (blank) all.
func (a *App) RunsPage(ctx context.Context, call Call, state string, p Page) (Part[reimbursement.RunView], error) {
	var before struct {
		ID int64 `json:"i"`
	}
	limit, err := p.open("runs", &before)
	if err != nil {
		return Part[reimbursement.RunView]{}, err
	}
	of, err := reimbursement.CheckState(state)
	if err != nil {
		return Part[reimbursement.RunView]{}, err
	}
	part := Part[reimbursement.RunView]{Items: []reimbursement.RunView{}}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		runs, at, err := reimbursement.ListRuns(ctx, tx, of, before.ID, limit)
		if err != nil {
			return err
		}
		for i := range runs {
			sum, err := reimbursement.Summarize(ctx, tx, &runs[i])
			if err != nil {
				return err
			}
			part.Items = append(part.Items, reimbursement.ViewOf(c, &runs[i], sum))
		}
		if before.ID = at; at != 0 {
			part.Next = next("runs", before)
		}
		return nil
	})
	return part, err
}

// LineFilter narrows the lines of a run.
type LineFilter struct {
	Customer string // what the code begins with
	Excluded *bool
	Reason   string
}

// RunLine is a line of a saved run: a customer in one currency, and what was decided.
type RunLine struct {
	Customer       string `json:"customer"`
	Name           string `json:"name"`
	Currency       string `json:"currency"`
	Vendor         string `json:"vendor"`
	Reason         string `json:"reason"`
	Detail         string `json:"detail"`
	Amount         string `json:"amount"`
	Reimbursements int    `json:"reimbursements"`
	Posted         bool   `json:"posted"`
}

// RunLinesPage gives the lines of a saved run, in its order.
func (a *App) RunLinesPage(ctx context.Context, call Call, code string, f LineFilter, p Page) (Part[RunLine], error) {
	var after struct {
		Line int64 `json:"l"`
	}
	limit, err := p.open("run lines", &after)
	if err := cmp.Or(err, plain("customer", f.Customer), plain("run", code)); err != nil {
		return Part[RunLine]{}, err
	}
	part := Part[RunLine]{Items: []RunLine{}}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		r, err := reimbursement.FindRun(ctx, tx, code)
		if err != nil {
			return err
		}
		by := reimbursement.LineFilter{Customer: f.Customer, Excluded: f.Excluded, Reason: reimbursement.Reason(f.Reason)}
		lines, at, err := reimbursement.ListLines(ctx, tx, r.ID, by, after.Line, limit)
		if err != nil {
			return err
		}
		for _, l := range lines {
			cur, err := money.CurrencyOf(l.Currency)
			if err != nil {
				return err
			}
			part.Items = append(part.Items, RunLine{
				Customer: l.Customer, Name: l.Name, Currency: l.Currency, Vendor: l.Vendor, Reason: string(l.Reason), Detail: l.Detail,
				Amount: cur.Format(l.Amount), Reimbursements: l.Reimbursements, Posted: l.Posted,
			})
		}
		if after.Line = at; at != 0 {
			part.Next = next("run lines", after)
		}
		return nil
	})
	return part, err
}

// RunState gives a saved run with its sums, without its decisions.
func (a *App) RunState(ctx context.Context, call Call, code string) (view *reimbursement.RunView, err error) {
	if err := plain("run", code); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (err error) {
		view, err = viewRun(ctx, tx, c, code)
		return err
	})
	return view, err
}

// RunPosting says how far the posting of a run has come, whoever posts it: candidates done and all, reimbursements posted and all, and
// when it was started.
type RunPosting struct {
	State          reimbursement.State `json:"state"`
	Done           int64               `json:"done"`
	All            int64               `json:"all"`
	Posted         int64               `json:"posted"`
	Reimbursements int64               `json:"reimbursements"`
	StartedAt      string              `json:"started_at"`
}

// Posting says how far the posting of a run has come.
func (a *App) Posting(ctx context.Context, call Call, code string) (*RunPosting, error) {
	if err := plain("run", code); err != nil {
		return nil, err
	}
	var p RunPosting
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		r, err := reimbursement.FindRun(ctx, tx, code)
		if err != nil {
			return err
		}
		p = RunPosting{State: r.State, Reimbursements: r.Reimbursements, StartedAt: instant(r.StartedAt)}
		if _, p.All, p.Done, err = reimbursement.Left(ctx, tx, r.ID); err != nil {
			return err
		}
		p.Posted, err = reimbursement.PostedOf(ctx, tx, r.ID)
		return err
	})
	return &p, err
}
