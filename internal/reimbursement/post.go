package reimbursement

import (
	"context"
	"fmt"

	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/ledger"
	"quittance/internal/payable"
	"quittance/internal/secret"
)

// Progress is how far the posting of a run has come.
type Progress struct {
	Lines, Posted, Changed int64 // candidates in the chunk posted now: all, reimbursed, left out as changed
	Reimbursements         int64
	Amounts                Sum
}

// PostChunk plans and posts one chunk of a run in the unit's transaction. See [Ready.Post].
func PostChunk(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, r *Run, n int) (*Progress, error) {
	y, err := PlanChunk(ctx, tx, c, keys, r, n)
	if err != nil {
		return nil, err
	}
	return y.Post(ctx, tx)
}

// Post writes the chunk: vouchers, vendor items, settlements, one-time vendors. A chunk that is posted already does nothing.
// Lines whose customer changed since the proposal are left out as changed, and their numbers voided. What it settles is
// guarded: an item that changed since it was read makes the unit start afresh, with a new plan.
func (y *Ready) Post(ctx context.Context, tx *db.Tx) (*Progress, error) {
	n, err := tx.Exec(ctx, "update run_chunk set state = 'posted', command = $1, leased_until = null where company = $2 and run = $3 and n = $4 and state = 'planned'", tx.Command, tx.Company, y.run.ID, y.chunk.n)
	if err != nil || n == 0 {
		return &Progress{}, err
	}
	if err := y.write(ctx, tx); err != nil {
		return nil, err
	}
	if len(y.changed) > 0 {
		err = resumChunks(ctx, tx, y.run.ID, "select n from run_chunk where company = $1 and run = $2 and n = $3", y.chunk.n)
	}
	return &Progress{Lines: int64(len(y.planned)), Posted: y.sum.Reimbursed, Changed: int64(len(y.changed)), Reimbursements: y.sum.Reimbursements, Amounts: y.sum.Amounts}, err
}

// write writes what the lines come to.
func (y *Ready) write(ctx context.Context, tx *db.Tx) error {
	if err := y.pay(ctx, tx); err != nil {
		return err
	}
	for _, l := range y.changed {
		if err := y.leaveOut(ctx, tx, l); err != nil {
			return err
		}
	}
	if err := y.ch.Flush(ctx, tx); err != nil {
		return err
	}
	return deduction.Repaid(ctx, tx, y.c, y.ch.Paid())
}

// pay makes the one-time vendors of the customers who have no vendor, refreshes those that are used again, and writes them
// into the vouchers.
func (y *Ready) pay(ctx context.Context, tx *db.Tx) error {
	if len(y.payees) == 0 {
		return nil
	}
	made, err := payable.OneTimeVendors(ctx, tx, y.c, y.keys, y.payees)
	if err != nil {
		return err
	}
	for _, u := range y.unpaid {
		vendor := made[u.customer].ID
		u.voucher.Vendor = vendor
		for i := range u.voucher.Entries {
			if e := &u.voucher.Entries[i]; e.Party == unmade {
				e.Party = vendor
			}
		}
		for _, it := range u.items {
			if it.Party == unmade {
				it.Party = vendor
			}
		}
	}
	return nil
}

// leaveOut leaves a line out as changed and voids its numbers.
func (y *Ready) leaveOut(ctx context.Context, tx *db.Tx, l leftOut) error {
	if _, err := tx.Exec(ctx, "update run_line set reason = $1, detail = $2 where company = $3 and run = $4 and line = $5", string(Changed), l.why, tx.Company, y.run.ID, l.planned.Line); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "update run set excluded = excluded + 1, reimbursements = reimbursements - $1, transfers = transfers - $2 where company = $3 and id = $4",
		l.planned.Reimbursements, l.planned.Transfers, tx.Company, y.run.ID); err != nil {
		return err
	}
	reason := fmt.Sprintf("run %s left the customer out as changed: %s", y.run.Code, l.why)
	for _, void := range []struct {
		of    ledger.Type
		first int64
		n     int
	}{{ledger.Reimbursement, l.number, l.planned.Reimbursements}, {ledger.Settlement, l.transfer, l.planned.Transfers}} {
		if void.n == 0 {
			continue
		}
		if err := ledger.Void(ctx, tx, void.of.String(), void.first, void.first+int64(void.n)-1, reason); err != nil {
			return err
		}
	}
	return nil
}
