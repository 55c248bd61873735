package reimbursement

import (
	"context"
	"fmt"

	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/payable"
	"quittance/internal/secret"
)

// Ready is one chunk of a run, planned afresh, compared with what was saved, and made into vouchers; nothing of it is written yet.
type Ready struct {
	c       *ledger.Company
	keys    *secret.Keyring
	run     *Run
	chunk   chunk
	planned []LineInfo
	now     map[candidate]*Line

	series, moves    ledger.Block // of reimbursements, of settlement vouchers
	number, transfer int64        // the next ones
	ch               *openitem.Changes
	op               *openitem.Operation // the reimbursements against their sources
	sum              *Summary            // of what will be posted
	changed          []leftOut
	payees           []payable.OneTime // one-time vendors to be made or refreshed
	unpaid           []unpaid          // vouchers whose one-time vendor is not known yet
}

// leftOut is a planned line whose customer changed since the proposal, with the numbers that it leaves unused.
type leftOut struct {
	planned          *LineInfo
	why              string
	number, transfer int64
}

// unpaid is a voucher to a one-time vendor that does not exist yet, with its items.
type unpaid struct {
	customer int64
	voucher  *ledger.Voucher
	items    []*openitem.Item
}

// unmade is the party of a one-time vendor that does not exist yet; it is never stored.
const unmade = -1

// PlanChunk plans the customers of one chunk as they are now, without the credits that are new since the proposal.
func PlanChunk(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, r *Run, n int) (*Ready, error) {
	y := &Ready{c: c, keys: keys, run: r, now: map[candidate]*Line{}, ch: openitem.NewChanges(c), sum: newSummary()}
	chunks, err := db.List(ctx, tx, scanChunk, "select "+chunkColumns+" from run_chunk where company = $1 and run = $2 and n = $3", tx.Company, r.ID, n)
	if err != nil || len(chunks) == 0 {
		return y, err
	}
	if y.chunk = chunks[0]; y.chunk.posted {
		return y, nil
	}
	wanted := map[int64]bool{}
	err = tx.Each(ctx, "select line, customer, currency, reason, amount, reimbursements, transfers, fingerprint from run_line where company = $1 and run = $2 and line between $3 and $4 order by line",
		[]any{tx.Company, r.ID, y.chunk.firstLine, y.chunk.lastLine}, func(row *db.Rows) error {
			l := LineInfo{
				Line: row.Int64(0), CustomerID: row.Int64(1), Currency: row.Text(2), Reason: Reason(row.Text(3)), Amount: money.Amount(row.Int64(4)),
				Reimbursements: int(row.Int64(5)), Transfers: int(row.Int64(6)), Fingerprint: row.Int64(7),
			}
			y.planned = append(y.planned, l)
			if l.Reason == "" {
				wanted[l.CustomerID] = true
			}
			return nil
		})
	if err != nil {
		return nil, err
	}
	if len(wanted) > 0 {
		if err := y.replan(ctx, tx, wanted); err != nil {
			return nil, err
		}
	}
	if y.series, err = ledger.Series(ctx, tx, ledger.Reimbursement.String()); err != nil {
		return nil, err
	}
	if y.moves, err = ledger.Series(ctx, tx, ledger.Settlement.String()); err != nil {
		return nil, err
	}
	return y, y.build()
}

func (y *Ready) replan(ctx context.Context, tx *db.Tx, wanted map[int64]bool) error {
	pl, err := newPlanner(ctx, tx, y.c, y.run.Selection, y.run.Policy)
	if err != nil {
		return err
	}
	reader := newRangeReader(y.c, y.chunk.firstCustomer, y.chunk.lastCustomer, y.keys)
	for {
		subjects, err := reader.next(ctx, tx)
		if err != nil || len(subjects) == 0 {
			return err
		}
		lines := make([]Line, 0, len(subjects))
		for _, s := range subjects {
			if !wanted[s.Customer.ID] {
				continue
			}
			kept := s.Items[:0]
			for _, it := range s.Items {
				if it.Open > 0 || !y.run.isNew(it) {
					kept = append(kept, it)
				}
			}
			s.Items = kept
			lines = pl.Plan(s, lines)
		}
		for i := range lines {
			y.now[candidate{lines[i].Customer.ID, lines[i].Currency}] = &lines[i]
		}
	}
}

// build makes the vouchers and settlements of the chunk from its lines, with their numbers.
func (y *Ready) build() error {
	y.number, y.transfer = y.chunk.firstNumber, y.chunk.firstTransfer
	paid := map[int64]bool{}
	for i := range y.planned {
		planned := &y.planned[i]
		if planned.Reason != "" {
			continue
		}
		now := y.now[candidate{planned.CustomerID, planned.Currency}]
		if why := difference(planned, now); why != "" {
			y.changed = append(y.changed, leftOut{planned, why, y.number, y.transfer})
			y.number, y.transfer = y.number+int64(planned.Reimbursements), y.transfer+int64(planned.Transfers)
			continue
		}
		if now.oneTime() && !paid[now.Customer.ID] {
			paid[now.Customer.ID] = true
			y.payees = append(y.payees, payable.OneTime{Customer: now.Customer.ID, Vendor: now.Customer.Vendor})
		}
		if err := y.line(now); err != nil {
			return err
		}
	}
	return nil
}

// oneTime says whether the payee is a one-time vendor, made already or not.
func (l *Line) oneTime() bool { return l.Vendor == nil || l.Vendor.OneTime == party.OneTime }

// line adds the vouchers and settlements of one line to the changes.
func (y *Ready) line(l *Line) error {
	for _, app := range l.Nettings {
		if app.Voucher != nil {
			app.Voucher.Number = y.moves.Number(y.transfer)
			y.transfer++
		}
		y.ch.Settle(openitem.Netted, y.run.date(), y.run.ID, app)
	}
	for i := range l.Reimbursements {
		v := Voucher(l, &l.Reimbursements[i], y.run.date())
		v.Number, v.Source = y.series.Number(y.number), y.run.ID
		y.number++
		fresh, links, err := settle(y.c, y.ch, v, l.Reimbursements[i].sources())
		if err != nil {
			return err
		}
		if l.Vendor == nil {
			y.unpaid = append(y.unpaid, unpaid{l.Customer.ID, v, fresh})
		}
		if y.op == nil {
			y.op = &openitem.Operation{Kind: openitem.Reimbursed, Date: y.run.date(), Source: y.run.ID}
			y.ch.Operate(y.op)
		}
		y.op.Links = append(y.op.Links, links...)
	}
	return y.sum.add(l)
}

// difference says what changed between the plan and now, blank when nothing that matters did.
func difference(planned *LineInfo, now *Line) string {
	switch {
	case now == nil:
		return "none of its credits is open any more"
	case now.Reason != "":
		return fmt.Sprintf("now %s: %s", now.Reason, now.Detail)
	case planned.Fingerprint != 0 && planned.Fingerprint == now.fingerprint():
		return ""
	}
	cur, _ := money.CurrencyOf(planned.Currency)
	if planned.Amount != now.Amount {
		return fmt.Sprintf("planned %s %s, now %s", cur.Format(planned.Amount), planned.Currency, cur.Format(now.Amount))
	}
	if planned.Fingerprint == 0 && planned.Reimbursements == len(now.Reimbursements) && planned.Transfers == now.transfers() {
		return "" // brought in with a company folder: amounts and counts are what can be compared
	}
	return "its payee, ledger accounts or open items are others than planned"
}

func (r *Reimbursement) sources() []Source {
	var all []Source
	for _, p := range r.Parts {
		all = append(all, p.Sources...)
	}
	return all
}
