package reimbursement

import (
	"context"
	"errors"
	"fmt"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/payable"
	"quittance/internal/secret"
)

// Start begins the posting of a proposed run: it reserves one contiguous block of numbers for its reimbursements and one
// for its settlement vouchers, and gives each chunk its first number, so that every number is fixed before anything is
// posted, whatever process posts it. A run that is posting or posted already is left as it is.
func Start(ctx context.Context, tx *db.Tx, c *ledger.Company, r *Run) error {
	if r.State == Posting || r.State == Posted {
		return nil
	}
	if r.State != Proposed {
		return fault.New(fault.Refused, "run %s is %s and cannot be posted", r.Code, r.State).ByRule("not_proposed")
	}
	if err := checkPolicy(c, r.Policy, tx.Roles); err != nil {
		return err
	}
	if err := checkSettledLater(ctx, tx, c, r.Selection, r.Policy); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, "update run set state = 'posting' where company = $1 and id = $2 and state = 'proposed'", tx.Company, r.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return db.Again("the run changed")
	}
	chunks, err := db.List(ctx, tx, func(r *db.Rows, k *chunk) error { return r.Scan(&k.n, &k.reimbursements, &k.transfers) },
		`select k.n, cast(coalesce(sum(l.reimbursements), 0) as bigint), cast(coalesce(sum(l.transfers), 0) as bigint) from run_chunk k
		left join run_line l on l.company = k.company and l.run = k.run and l.line between k.first_line and k.last_line and l.reason = ''
		where k.company = $1 and k.run = $2 group by k.n order by k.n`, tx.Company, r.ID)
	if err != nil {
		return err
	}
	var reimbursements, transfers int64
	for _, k := range chunks {
		reimbursements, transfers = reimbursements+k.reimbursements, transfers+k.transfers
	}
	numbers, err := ledger.Reserve(ctx, tx, ledger.Reimbursement.String(), reimbursements, r.ID)
	if err != nil {
		return err
	}
	moves, err := ledger.Reserve(ctx, tx, ledger.Settlement.String(), transfers, r.ID)
	if err != nil {
		return err
	}
	first, move := numbers.First, moves.First
	for _, k := range chunks {
		if _, err := tx.Exec(ctx, "update run_chunk set first_number = $1, first_transfer = $2 where company = $3 and run = $4 and n = $5", first, move, tx.Company, r.ID, k.n); err != nil {
			return err
		}
		first, move = first+k.reimbursements, move+k.transfers
	}
	_, err = tx.Exec(ctx, "update run set first_number = $1, last_number = $2, first_transfer = $3, reimbursements = $4, transfers = $5 where company = $6 and id = $7",
		numbers.First, numbers.Last, moves.First, reimbursements, transfers, tx.Company, r.ID)
	r.State, r.FirstNumber, r.LastNumber, r.FirstTransfer = Posting, numbers.First, numbers.Last, moves.First
	return err
}

type chunk struct {
	n                           int
	firstLine, lastLine         int64
	firstCustomer, lastCustomer string
	reimbursements, transfers   int64
	firstNumber, firstTransfer  int64
}

// Chunks gives the chunks of a run that are not posted yet, in order, and how many candidates they hold.
func Chunks(ctx context.Context, tx *db.Tx, run int64) (chunks []int, candidates int64, err error) {
	chunks, err = db.List(ctx, tx, func(r *db.Rows, n *int) error {
		var lines int64
		err := r.Scan(n, &lines)
		candidates += lines
		return err
	}, "select n, last_line - first_line + 1 from run_chunk where company = $1 and run = $2 and state = 'planned' order by n", tx.Company, run)
	return chunks, candidates, err
}

// Progress is how far the posting of a run has come.
type Progress struct {
	Lines, Posted, Changed int64 // candidates in the chunk posted now: all, reimbursed, left out as changed
	Reimbursements         int64
	Amounts                Sum
}

// PostChunk posts one chunk of a run, in the unit's transaction: vouchers, vendor items, settlements, one-time vendors. A
// chunk that is posted already does nothing. Lines whose customer changed since the proposal are left out as changed, and
// their numbers voided.
func PostChunk(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, r *Run, n int) (*Progress, error) {
	k := chunk{n: n}
	err := tx.Row(ctx, `update run_chunk set state = 'posted', command = $1 where company = $2 and run = $3 and n = $4 and state = 'planned'
		returning first_line, last_line, first_customer, last_customer, first_number, first_transfer`, tx.Command, tx.Company, r.ID, n).
		Scan(&k.firstLine, &k.lastLine, &k.firstCustomer, &k.lastCustomer, &k.firstNumber, &k.firstTransfer)
	if errors.Is(err, db.ErrNoRows) {
		return &Progress{}, nil
	}
	if err != nil {
		return nil, err
	}
	p := &poster{c: c, keys: keys, run: r, ch: openitem.NewChanges(c), sum: newSummary(), made: map[int64]*party.Vendor{}, number: k.firstNumber, transfer: k.firstTransfer}
	if p.series, err = ledger.Series(ctx, tx, ledger.Reimbursement.String()); err != nil {
		return nil, err
	}
	if p.moves, err = ledger.Series(ctx, tx, ledger.Settlement.String()); err != nil {
		return nil, err
	}
	planned, err := db.List(ctx, tx, func(r *db.Rows, l *LineInfo) error {
		return r.Scan(&l.Line, &l.CustomerID, &l.Currency, &l.Reason, &l.Amount, &l.Reimbursements, &l.Transfers, &l.Fingerprint)
	}, "select line, customer, currency, reason, amount, reimbursements, transfers, fingerprint from run_line where company = $1 and run = $2 and line between $3 and $4 order by line",
		tx.Company, r.ID, k.firstLine, k.lastLine)
	if err != nil {
		return nil, err
	}
	now, err := p.replan(ctx, tx, k)
	if err != nil {
		return nil, err
	}
	for i := range planned {
		if planned[i].Reason != "" {
			continue
		}
		if err := p.line(ctx, tx, &planned[i], now[candidate{planned[i].CustomerID, planned[i].Currency}]); err != nil {
			return nil, err
		}
	}
	if err := p.ch.Flush(ctx, tx); err != nil {
		return nil, err
	}
	return &Progress{Lines: int64(len(planned)), Posted: p.sum.Reimbursed, Changed: p.changed, Reimbursements: p.sum.Reimbursements, Amounts: p.sum.Amounts}, nil
}

// poster posts the lines of one chunk.
type poster struct {
	c                *ledger.Company
	keys             *secret.Keyring
	run              *Run
	ch               *openitem.Changes
	sum              *Summary
	op               *openitem.Operation
	series, moves    ledger.Block
	number, transfer int64 // the next ones
	changed          int64
	made             map[int64]*party.Vendor // one-time vendors of this chunk, by customer: one serves every currency
}

// replan plans the customers of the chunk as they are now, without the credits that are new since the proposal.
func (p *poster) replan(ctx context.Context, tx *db.Tx, k chunk) (map[candidate]*Line, error) {
	pl, err := newPlanner(ctx, tx, p.c, p.run.Selection, p.run.Policy)
	if err != nil {
		return nil, err
	}
	subjects, err := readSubjects(ctx, tx, `c.id in (select l.customer from run_line l where l.company = $1 and l.run = $2 and l.line between $3 and $4 and l.reason = '') order by c.code`,
		[]any{tx.Company, p.run.ID, k.firstLine, k.lastLine})
	if err != nil {
		return nil, err
	}
	if err := fillSubjects(ctx, tx, p.c, subjects, p.keys); err != nil {
		return nil, err
	}
	now := map[candidate]*Line{}
	for _, s := range subjects {
		kept := s.Items[:0]
		for _, it := range s.Items {
			if it.Open > 0 || !p.run.isNew(it) {
				kept = append(kept, it)
			}
		}
		s.Items = kept
		lines := pl.Plan(s)
		for i := range lines {
			now[candidate{s.Customer.ID, lines[i].Currency}] = &lines[i]
		}
	}
	return now, nil
}

// line posts one planned line, or leaves it out as changed.
func (p *poster) line(ctx context.Context, tx *db.Tx, planned *LineInfo, now *Line) error {
	why := difference(planned, now)
	if why == "" {
		return p.post(ctx, tx, now)
	}
	p.changed++
	if _, err := tx.Exec(ctx, "update run_line set reason = $1, detail = $2 where company = $3 and run = $4 and line = $5", string(Changed), why, tx.Company, p.run.ID, planned.Line); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "update run set excluded = excluded + 1, reimbursements = reimbursements - $1, transfers = transfers - $2 where company = $3 and id = $4",
		planned.Reimbursements, planned.Transfers, tx.Company, p.run.ID); err != nil {
		return err
	}
	reason := fmt.Sprintf("run %s left the customer out as changed: %s", p.run.Code, why)
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
func (p *poster) post(ctx context.Context, tx *db.Tx, l *Line) error {
	if err := p.payee(ctx, tx, l); err != nil {
		return err
	}
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

// payee makes the one-time vendor of a line that has no vendor, and refreshes one that is reused.
func (p *poster) payee(ctx context.Context, tx *db.Tx, l *Line) error {
	if l.Vendor != nil && l.Vendor.OneTime != party.OneTime {
		return nil
	}
	if v := p.made[l.Customer.ID]; v != nil {
		l.Vendor = v
		return nil
	}
	var template *party.Vendor
	if l.Vendor == nil {
		t, err := party.FindVendor(ctx, tx, p.c.Parameters["one_time_vendor_template"])
		if err != nil {
			return err
		}
		template = &t
	}
	v, err := payable.OneTimeVendor(ctx, tx, p.keys, &l.Customer, l.Vendor, template)
	l.Vendor, p.made[l.Customer.ID] = v, v
	return err
}

func (r *Reimbursement) sources() []Source {
	var all []Source
	for _, p := range r.Parts {
		all = append(all, p.Sources...)
	}
	return all
}

// Finish ends a run whose chunks are all posted: the reservation of numbers is released. A run that has chunks left, or
// is finished already, is left as it is.
func Finish(ctx context.Context, tx *db.Tx, r *Run) error {
	n, err := tx.Exec(ctx, `update run set state = 'posted', posted_at = $1 where company = $2 and id = $3 and state = 'posting'
		and not exists (select 1 from run_chunk k where k.company = run.company and k.run = run.id and k.state <> 'posted')`, tx.Micros(), tx.Company, r.ID)
	if err != nil || n == 0 {
		return err
	}
	r.State = Posted
	return ledger.Release(ctx, tx, r.ID)
}
