package reimbursement

import (
	"context"
	"strings"

	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
	"quittance/internal/secret"
)

const fewNames = 20 // customers, or credits, named one by one, that make a small run

// Few says whether the selection names a few customers or credits one by one.
func (s Selection) Few() bool {
	for _, c := range s.Customers {
		if strings.Contains(c, "..") {
			return false
		}
	}
	n := len(s.Customers) + len(s.Credits)
	return n > 0 && n <= fewNames && len(s.Groups) == 0
}

// PostAtOnce plans a small run, posts it, and saves it as posted, in the unit's transaction. What a large run does in several
// units (save, start, plan anew, compare, end) falls away, since nobody can come between; the rest is the same.
func PostAtOnce(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, s Selection, p Policy) (*Run, *Summary, error) {
	d := &Draft{Run: &Run{State: Posted, Selection: s, Policy: p, CreatedBy: tx.Actor, CreatedAt: tx.Micros(), PostedAt: tx.Micros(), StartedBy: tx.Actor, StartedRoles: tx.Roles, StartedAt: tx.Micros()}}
	r := d.Run
	var err error
	if d.busy, err = unfinished(ctx, tx); err != nil {
		return nil, nil, err
	}
	if err := d.SetHorizon(ctx, tx); err != nil {
		return nil, nil, err
	}
	var lines []Line
	sum, err := Simulate(ctx, tx, c, keys, s, p, func(some []Line) error { lines = append(lines, some...); return nil })
	if err != nil {
		return nil, nil, err
	}
	if len(lines) > 0 {
		if err := d.checkBusy(ctx, tx, lines); err != nil {
			return nil, nil, err
		}
	}
	if r.ID, err = tx.NewID(ctx); err != nil {
		return nil, nil, err
	}
	y := &Ready{c: c, keys: keys, run: r, chunk: chunk{n: 1}, now: map[candidate]*Line{}, ch: openitem.NewChanges(c), sum: newSummary()}
	for i := range lines {
		l := &lines[i]
		y.planned = append(y.planned, infoOf(l, int64(i+1)))
		y.now[candidate{l.Customer.ID, l.Currency}] = l
	}
	if err := y.drawAll(ctx, tx, sum); err != nil {
		return nil, nil, err
	}
	if err := y.build(); err != nil {
		return nil, nil, err
	}
	if err := y.write(ctx, tx); err != nil {
		return nil, nil, err
	}
	return r, sum, Restore(ctx, tx, r, y.planned)
}

// drawAll draws the numbers of the whole run, in the order of the names of their series.
func (y *Ready) drawAll(ctx context.Context, tx *db.Tx, sum *Summary) (err error) {
	if y.series, err = drawSome(ctx, tx, ledger.Reimbursement, sum.Reimbursements); err != nil {
		return err
	}
	number, err := ledger.Draw(ctx, tx, ledger.RunSeries, 1)
	if err != nil {
		return err
	}
	if y.moves, err = drawSome(ctx, tx, ledger.Settlement, sum.Transfers); err != nil {
		return err
	}
	r := y.run
	r.Code, r.FirstNumber, r.LastNumber, r.FirstTransfer = number.Number(number.First), y.series.First, y.series.Last, y.moves.First
	y.chunk.firstNumber, y.chunk.firstTransfer = y.series.First, y.moves.First
	return nil
}

// drawSome draws n numbers; of none the series is only looked at, since drawing locks it.
func drawSome(ctx context.Context, tx *db.Tx, of ledger.Type, n int64) (ledger.Block, error) {
	if n > 0 {
		return ledger.Draw(ctx, tx, of.String(), n)
	}
	b, err := ledger.Series(ctx, tx, of.String())
	b.Last = b.First - 1
	return b, err
}

// infoOf gives a decision as it is saved.
func infoOf(l *Line, n int64) LineInfo {
	info := LineInfo{
		Line: n, CustomerID: l.Customer.ID, Customer: l.Customer.Code, Currency: l.Currency, Reason: l.Reason, Detail: l.Detail, Amount: l.Amount,
		Reimbursements: len(l.Reimbursements), Transfers: l.transfers(), Fingerprint: l.fingerprint(),
	}
	if l.Vendor != nil {
		info.VendorID = l.Vendor.ID
	}
	return info
}
