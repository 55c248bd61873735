package app

import (
	"context"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/reimbursement"
)

// PreviewImport says what Import would do, and does nothing.
func (a *App) PreviewImport(ctx context.Context, call Call, d *folder.Data) (*folder.Result, error) {
	if err := mayImport(call, d); err != nil {
		return nil, err
	}
	return try(ctx, a, call, importing(d), a.bringIn(d))
}

// ReversePreview is what a reversal would do.
type ReversePreview struct {
	Mirrors []*Voucher // the vouchers that it would post
	Notes   []string   // such as settlements of debits that would stay
}

const maxMirrors = 50 // mirrors that a preview shows

// PreviewReverse says what Reverse would do, and does nothing. It shows the first mirrors only when there are many.
func (a *App) PreviewReverse(ctx context.Context, call Call, numbers []string, date civil.Date, reason string) (*ReversePreview, error) {
	cmd := command{name: "reimburse.reverse", permission: identity.Reimburse}
	return try(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *ReversePreview, error) {
		rev, err := reimbursement.Reverse(ctx, tx, c, numbers, orToday(date, tx), reason)
		if err != nil {
			return "", nil, nil, err
		}
		p := &ReversePreview{Notes: rev.Notes}
		for _, r := range rev.Reversed[:min(len(rev.Reversed), maxMirrors)] {
			v, err := findVoucher(ctx, tx, c, r.By)
			if err != nil {
				return "", nil, nil, err
			}
			p.Mirrors = append(p.Mirrors, v)
		}
		return "", nil, p, nil
	})
}

// RunReversal is what the reversal of a run would take back.
type RunReversal struct {
	Reimbursements int64               `json:"reimbursements"` // not reversed yet
	Amounts        []AmountIn          `json:"amounts"`        // of those, by currency
	Numbers        []string            `json:"numbers"`        // the first of them
	State          reimbursement.State `json:"state"`
}

// PreviewReverseRun says what ReverseRun would do on the date; where one of the reimbursements cannot be reversed it is refused, as
// ReverseRun is, naming that one.
func (a *App) PreviewReverseRun(ctx context.Context, call Call, code string, date civil.Date) (*RunReversal, error) {
	var left *RunReversal
	err := query(ctx, a, call, identity.Reimburse, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		r, err := reversibleRun(ctx, tx, c, code, orToday(date, tx))
		if err != nil {
			return err
		}
		left = &RunReversal{Amounts: []AmountIn{}, State: r.State}
		var sum reimbursement.Sum
		if left.Reimbursements, sum, err = reimbursement.LeftToReverse(ctx, tx, r.ID); err != nil {
			return err
		}
		for _, x := range sum.View() {
			left.Amounts = append(left.Amounts, AmountIn(x))
		}
		left.Numbers, err = reimbursement.NumbersOf(ctx, tx, r.ID, "", maxMirrors)
		return err
	})
	return left, err
}

// reversibleRun gives a posted run of which nothing stands in the way of a reversal on the date.
func reversibleRun(ctx context.Context, tx *db.Tx, c *ledger.Company, code string, date civil.Date) (reimbursement.Run, error) {
	r, err := reimbursement.FindRun(ctx, tx, code)
	if err != nil {
		return r, err
	}
	if r.State != reimbursement.Posted {
		return r, fault.New(fault.Refused, "run %s is %s; only a posted run can be reversed", code, r.State).ByRule("not_posted")
	}
	blocked, err := reimbursement.NotReversible(ctx, tx, r.ID)
	if err != nil || blocked == "" {
		return r, err
	}
	return r, reimbursement.WhyNot(ctx, tx, c, blocked, date)
}
