package reimbursement

import (
	"context"
	"fmt"
	"slices"

	"golang.org/x/sync/errgroup"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/secret"
)

const (
	chunkLines    = 2000            // decisions saved, and posted, together
	draftLease    = int64(5 * 60e6) // microseconds after its last sign of life that an unfinished proposal is swept away
	planAhead     = 2               // groups of customers read, and planned, before they are asked for
	draftCodeForm = "proposing-%d"  // the code of a run before it has its number
	noFilterNote  = "the classification filter leaves out every payment and every other credit without a classification, since those without one are not included (--include-unclassified)"
)

// Simulate plans everything the selection holds and writes nothing. each, when not nil, gets the decisions in their order,
// some thousand at a time. Reading, planning and each go on side by side, in bounded memory; the unit must not be used
// meanwhile.
func Simulate(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, s Selection, p Policy, each func([]Line) error) (*Summary, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if err := checkPolicy(c, p, tx.Roles); err != nil {
		return nil, err
	}
	if err := checkSelection(ctx, tx, c, s, p); err != nil {
		return nil, err
	}
	pl, err := newPlanner(ctx, tx, c, s, p)
	if err != nil {
		return nil, err
	}
	sum := newSummary()
	g, ctx := errgroup.WithContext(ctx)
	read, planned := make(chan []*Subject, planAhead), make(chan []Line, planAhead)
	g.Go(func() error { defer close(read); return newReader(c, s, keys).all(ctx, tx, read) })
	g.Go(func() error {
		defer close(planned)
		for subjects := range read {
			lines := make([]Line, 0, len(subjects))
			for _, sub := range subjects {
				lines = pl.Plan(sub, lines)
			}
			for i := range lines {
				if err := sum.add(&lines[i]); err != nil {
					return err
				}
			}
			if err := send(ctx, planned, lines); err != nil {
				return err
			}
		}
		return nil
	})
	g.Go(func() error {
		for lines := range planned {
			if each != nil && len(lines) > 0 {
				if err := each(lines); err != nil {
					return err
				}
			}
		}
		return nil
	})
	err = g.Wait()
	if *pl.dropped {
		sum.Notes = append(sum.Notes, noFilterNote)
	}
	return sum, err
}

// send hands v on unless the others have given up.
func send[T any](ctx context.Context, to chan<- T, v T) error {
	select {
	case to <- v:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// all reads everything.
func (r *reader) all(ctx context.Context, tx *db.Tx, to chan<- []*Subject) error {
	for {
		subjects, err := r.next(ctx, tx)
		if err != nil || len(subjects) == 0 {
			return err
		}
		if err := send(ctx, to, subjects); err != nil {
			return err
		}
	}
}

// Draft is a proposal that is being saved. Its rows are seen by nobody until [Draft.Complete].
type Draft struct {
	Run     *Run
	busy    []*Run // the unfinished runs, whose candidates it must not take
	n       int
	line    int64
	waiting []Line
}

// Begin starts to save a proposal. Drafts that others left behind are swept away.
func Begin(ctx context.Context, tx *db.Tx, s Selection, p Policy) (*Draft, error) {
	stale, err := db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) },
		"select id from run where company = $1 and state = 'proposing' and leased_until < $2", tx.Company, tx.Micros())
	if err != nil {
		return nil, err
	}
	for _, id := range stale {
		if err := discard(ctx, tx, id); err != nil {
			return nil, err
		}
	}
	r := &Run{State: Proposing, Selection: s, Policy: p, CreatedBy: tx.Actor, CreatedAt: tx.Micros()}
	if r.ID, err = tx.NewID(ctx); err != nil {
		return nil, err
	}
	d := &Draft{Run: r}
	if d.busy, err = unfinished(ctx, tx); err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, `insert into run (company, id, code, date, state, selection, policy, created_by, created_at, leased_until, horizon, candidates, excluded, reimbursements, transfers)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 0, 0, 0, 0)`,
		tx.Company, r.ID, fmt.Sprintf(draftCodeForm, r.ID), p.Date, string(r.State), s.canonical(), p.canonical(), r.CreatedBy, r.CreatedAt, tx.Micros()+draftLease)
	return d, err
}

// SetHorizon notes, in the unit that plans, which vouchers there are: later ones are new to the run.
func (d *Draft) SetHorizon(ctx context.Context, tx *db.Tx) (err error) {
	d.Run.Horizon, err = tx.NextID(ctx)
	return err
}

// Add takes decisions, in their order, and says whether enough have come for [Draft.Write].
func (d *Draft) Add(lines []Line) bool {
	d.waiting = append(d.waiting, lines...)
	return len(d.waiting) > chunkLines
}

// Write saves the decisions that wait, chunk by chunk; the last chunk waits on unless all is said, since the next decision may
// be on the same customer. A candidate that an unfinished run means to reimburse already is refused, naming it.
// When the unit fails, the draft is as it was.
func (d *Draft) Write(ctx context.Context, tx *db.Tx, all bool) error {
	b := tx.Batch("run_line", "company", "run", "line", "customer", "vendor", "amount", "fingerprint", "reimbursements", "transfers", "currency", "reason", "detail")
	chunks := tx.Batch("run_chunk", "company", "run", "n", "first_line", "last_line", "first_customer", "last_customer", "state", "summary", "reimbursements", "transfers")
	next := *d
	for to := next.cut(all); to > 0; to = next.cut(all) {
		if err := next.chunk(ctx, tx, next.waiting[:to], b, chunks); err != nil {
			return err
		}
		next.waiting = next.waiting[to:]
	}
	if b.Len() == 0 {
		return nil
	}
	if err := b.Flush(ctx); err != nil {
		return err
	}
	if err := chunks.Flush(ctx); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, "update run set leased_until = $1 where company = $2 and id = $3 and state = 'proposing'", tx.Micros()+draftLease, tx.Company, d.Run.ID)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "the proposal was swept away because it stood still for minutes; propose again").ByRule("draft_swept")
	}
	return err
}

// cut gives how many of the waiting decisions make the next chunk, 0 when too few wait. A customer stands in one chunk.
func (d *Draft) cut(all bool) int {
	to := min(chunkLines, len(d.waiting))
	if to < chunkLines && !all {
		return 0
	}
	for to > 0 && to < len(d.waiting) && d.waiting[to].Customer.ID == d.waiting[to-1].Customer.ID {
		to++
	}
	if to == len(d.waiting) && !all {
		return 0
	}
	return to
}

// Written drops the decisions that a committed [Draft.Write] has saved.
func (d *Draft) Written(all bool) {
	for to := d.cut(all); to > 0; to = d.cut(all) {
		d.n++
		d.line += int64(to)
		d.waiting = d.waiting[to:]
	}
	d.waiting = slices.Clone(d.waiting) // frees what is saved
}

// chunk adds one chunk and its lines to the batches.
func (d *Draft) chunk(ctx context.Context, tx *db.Tx, lines []Line, b, chunks *db.Batch) error {
	if err := d.checkBusy(ctx, tx, lines); err != nil {
		return err
	}
	sum := newSummary()
	first := d.line + 1
	for i := range lines {
		l := &lines[i]
		if err := sum.add(l); err != nil {
			return err
		}
		var vendor int64
		if l.Vendor != nil {
			vendor = l.Vendor.ID
		}
		d.line++
		b.Int(tx.Company).Int(d.Run.ID).Int(d.line).Int(l.Customer.ID).Ref(vendor).Int(int64(l.Amount)).Int(l.fingerprint()).
			Int(int64(len(l.Reimbursements))).Int(int64(l.transfers())).Text(l.Currency).Text(string(l.Reason)).Text(l.Detail)
	}
	d.n++
	chunks.Int(tx.Company).Int(d.Run.ID).Int(int64(d.n)).Int(first).Int(d.line).Text(lines[0].Customer.Code).Text(lines[len(lines)-1].Customer.Code).
		Text("planned").Text(sum.text()).Int(sum.Reimbursements).Int(sum.Transfers)
	return nil
}

// candidate is a customer and currency.
type candidate struct {
	customer int64
	currency string
}

// unfinished gives the runs that are proposed or posting.
func unfinished(ctx context.Context, tx *db.Tx) ([]*Run, error) {
	return db.List(ctx, tx, func(r *db.Rows, p **Run) error { *p = &Run{}; return scanRun(r, *p) },
		"select "+runColumns+" from run where company = $1 and state in ('proposed', 'posting') order by id", tx.Company)
}

// checkBusy refuses decisions to reimburse that an unfinished run has saved too. It reads those chunks only in which the
// customers would stand.
func (d *Draft) checkBusy(ctx context.Context, tx *db.Tx, lines []Line) error {
	for _, r := range d.busy {
		taken := map[candidate]bool{}
		err := tx.Each(ctx, `select l.customer, l.currency from run_chunk k join run_line l on l.company = k.company and l.run = k.run and l.line between k.first_line and k.last_line
			where k.company = $1 and k.run = $2 and k.state = 'planned' and k.first_customer <= $3 and k.last_customer >= $4 and l.reason = ''`,
			[]any{tx.Company, r.ID, lines[len(lines)-1].Customer.Code, lines[0].Customer.Code}, func(row *db.Rows) error {
				taken[candidate{row.Int64(0), row.Text(1)}] = true
				return nil
			})
		if err != nil {
			return err
		}
		for i := range lines {
			if l := &lines[i]; l.Reason == "" && taken[candidate{l.Customer.ID, l.Currency}] {
				return fault.New(fault.Refused, "customer %s in %s is in the unfinished run %s already; post that run (quittance reimburse post --run %s), take the customer out of it, or cancel it, first", l.Customer.Code, l.Currency, r.Code, r.Code).ByRule("overlapping_run")
			}
		}
	}
	return nil
}

// Complete makes the draft a proposed run, with its number.
func (d *Draft) Complete(ctx context.Context, tx *db.Tx, sum *Summary) (*Run, error) {
	number, err := ledger.Draw(ctx, tx, ledger.RunSeries, 1)
	if err != nil {
		return nil, err
	}
	r := *d.Run
	r.State, r.Code = Proposed, number.Number(number.First)
	r.Candidates, r.Excluded, r.Reimbursements, r.Transfers = sum.Candidates, sum.Excluded, sum.Reimbursements, sum.Transfers
	n, err := tx.Exec(ctx, `update run set state = 'proposed', code = $1, horizon = $2, candidates = $3, excluded = $4, reimbursements = $5, transfers = $6, leased_until = null, created_at = $7
		where company = $8 and id = $9 and state = 'proposing'`, r.Code, r.Horizon, r.Candidates, r.Excluded, r.Reimbursements, r.Transfers, r.CreatedAt, tx.Company, r.ID)
	if err == nil && n == 0 {
		err = fault.New(fault.Conflict, "the proposal was swept away because it stood still for minutes; propose again").ByRule("draft_swept")
	}
	return &r, err
}

// Discard removes the draft.
func (d *Draft) Discard(ctx context.Context, tx *db.Tx) error { return discard(ctx, tx, d.Run.ID) }

func discard(ctx context.Context, tx *db.Tx, id int64) error {
	n, err := tx.Exec(ctx, "update run set excluded = excluded where company = $1 and id = $2 and state = 'proposing'", tx.Company, id)
	if err != nil || n == 0 {
		return err
	}
	for _, q := range []string{"delete from run_line where company = $1 and run = $2", "delete from run_chunk where company = $1 and run = $2", "delete from run where company = $1 and id = $2"} {
		if _, err := tx.Exec(ctx, q, tx.Company, id); err != nil {
			return err
		}
	}
	return nil
}
