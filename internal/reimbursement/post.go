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

// Progress is how far the posting of a run has come.
type Progress struct {
	Lines, Posted, Changed int64 // candidates in the chunk posted now: all, reimbursed, left out as changed
	Reimbursements         int64
	Amounts                Sum
}

// Ready is one chunk of a run, planned afresh and compared with what was saved; nothing of it is written yet.
type Ready struct {
	c       *ledger.Company
	keys    *secret.Keyring
	run     *Run
	chunk   chunk
	planned []LineInfo
	now     map[candidate]*Line
}

// PlanChunk plans the customers of one chunk as they are now, without the credits that are new since the proposal.
func PlanChunk(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, r *Run, n int) (*Ready, error) {
	y := &Ready{c: c, keys: keys, run: r, now: map[candidate]*Line{}}
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
	if err != nil || len(wanted) == 0 {
		return y, err
	}
	return y, y.replan(ctx, tx, wanted)
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
// guarded: an item that changed since it was read makes the unit start afresh.
func (y *Ready) Post(ctx context.Context, tx *db.Tx) (*Progress, error) {
	n, err := tx.Exec(ctx, "update run_chunk set state = 'posted', command = $1, leased_until = null where company = $2 and run = $3 and n = $4 and state = 'planned'", tx.Command, tx.Company, y.run.ID, y.chunk.n)
	if err != nil || n == 0 {
		return &Progress{}, err
	}
	p := &poster{Ready: y, ch: openitem.NewChanges(y.c), sum: newSummary(), number: y.chunk.firstNumber, transfer: y.chunk.firstTransfer}
	if p.series, err = ledger.Series(ctx, tx, ledger.Reimbursement.String()); err != nil {
		return nil, err
	}
	if p.moves, err = ledger.Series(ctx, tx, ledger.Settlement.String()); err != nil {
		return nil, err
	}
	if err := p.payees(ctx, tx); err != nil {
		return nil, err
	}
	for i := range y.planned {
		if y.planned[i].Reason != "" {
			continue
		}
		if err := p.line(ctx, tx, &y.planned[i]); err != nil {
			return nil, err
		}
	}
	if err := p.ch.Flush(ctx, tx); err != nil {
		return nil, err
	}
	if p.changed > 0 {
		err = resumChunks(ctx, tx, y.run.ID, "select n from run_chunk where company = $1 and run = $2 and n = $3", y.chunk.n)
	}
	return &Progress{Lines: int64(len(y.planned)), Posted: p.sum.Reimbursed, Changed: p.changed, Reimbursements: p.sum.Reimbursements, Amounts: p.sum.Amounts}, err
}

// poster posts the lines of one chunk.
type poster struct {
	*Ready
	ch               *openitem.Changes
	sum              *Summary
	op               *openitem.Operation
	series, moves    ledger.Block
	number, transfer int64 // the next ones
	changed          int64
}

// payees makes the one-time vendors of the customers who have no vendor, and refreshes those that are used again.
func (p *poster) payees(ctx context.Context, tx *db.Tx) error {
	var needs []payable.OneTime
	seen := map[int64]bool{}
	for i := range p.planned {
		l := p.now[candidate{p.planned[i].CustomerID, p.planned[i].Currency}]
		if p.planned[i].Reason != "" {
			continue
		}
		if p.planned[i].changed = difference(&p.planned[i], l); p.planned[i].changed != "" || (l.Vendor != nil && l.Vendor.OneTime != party.OneTime) || seen[l.Customer.ID] {
			continue
		}
		seen[l.Customer.ID] = true
		needs = append(needs, payable.OneTime{Customer: l.Customer.ID, Vendor: l.Customer.Vendor})
	}
	if len(needs) == 0 {
		return nil
	}
	made, err := payable.OneTimeVendors(ctx, tx, p.c, p.keys, needs)
	if err != nil {
		return err
	}
	for _, l := range p.now {
		if v := made[l.Customer.ID]; v != nil {
			l.Vendor = v
		}
	}
	return nil
}

// line posts one planned line, or leaves it out as changed.
func (p *poster) line(ctx context.Context, tx *db.Tx, planned *LineInfo) error {
	now := p.now[candidate{planned.CustomerID, planned.Currency}]
	if planned.changed == "" {
		return p.post(now)
	}
	p.changed++
	if _, err := tx.Exec(ctx, "update run_line set reason = $1, detail = $2 where company = $3 and run = $4 and line = $5", string(Changed), planned.changed, tx.Company, p.run.ID, planned.Line); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "update run set excluded = excluded + 1, reimbursements = reimbursements - $1, transfers = transfers - $2 where company = $3 and id = $4",
		planned.Reimbursements, planned.Transfers, tx.Company, p.run.ID); err != nil {
		return err
	}
	reason := fmt.Sprintf("run %s left the customer out as changed: %s", p.run.Code, planned.changed)
	if err := p.void(ctx, tx, ledger.Reimbursement, &p.number, planned.Reimbursements, reason); err != nil {
		return err
	}
	return p.void(ctx, tx, ledger.Settlement, &p.transfer, planned.Transfers, reason)
}

func (p *poster) void(ctx context.Context, tx *db.Tx, t ledger.Type, next *int64, n int, reason string) error {
	if n == 0 {
		return nil
	}
	first := *next
	*next += int64(n)
	return ledger.Void(ctx, tx, t.String(), first, *next-1, reason)
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

// post adds the vouchers and settlements of one line to the changes.
func (p *poster) post(l *Line) error {
	for _, app := range l.Nettings {
		if app.Voucher != nil {
			app.Voucher.Number = p.moves.Number(p.transfer)
			p.transfer++
		}
		p.ch.Settle(openitem.Netted, p.run.date(), p.run.ID, app)
	}
	for i := range l.Reimbursements {
		v := Voucher(l, &l.Reimbursements[i], p.run.date())
		v.Number, v.Source = p.series.Number(p.number), p.run.ID
		p.number++
		links, err := Settle(p.c, p.ch, v, l.Reimbursements[i].sources())
		if err != nil {
			return err
		}
		if p.op == nil {
			p.op = &openitem.Operation{Kind: openitem.Reimbursed, Date: p.run.date(), Source: p.run.ID}
			p.ch.Operate(p.op)
		}
		p.op.Links = append(p.op.Links, links...)
	}
	return p.sum.add(l)
}

func (r *Reimbursement) sources() []Source {
	var all []Source
	for _, p := range r.Parts {
		all = append(all, p.Sources...)
	}
	return all
}
