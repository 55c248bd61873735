package reimbursement

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
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
	n, err := tx.Exec(ctx, "update run set state = 'posting', started_by = $1, started_roles = $2, started_at = $3 where company = $4 and id = $5 and state = 'proposed'",
		tx.Actor, strings.Join(tx.Roles, ","), tx.Micros(), tx.Company, r.ID)
	if err != nil {
		return err
	}
	if n == 0 {
		return db.Again("the run changed")
	}
	var reimbursements, transfers int64
	err = tx.Row(ctx, "select cast(coalesce(sum(reimbursements), 0) as bigint), cast(coalesce(sum(transfers), 0) as bigint) from run_chunk where company = $1 and run = $2", tx.Company, r.ID).
		Scan(&reimbursements, &transfers)
	if err != nil {
		return err
	}
	numbers, err := ledger.Reserve(ctx, tx, ledger.Reimbursement.String(), reimbursements, r.ID)
	if err != nil {
		return err
	}
	moves, err := ledger.Reserve(ctx, tx, ledger.Settlement.String(), transfers, r.ID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `update run_chunk set first_number = $1 + x.reimbursements, first_transfer = $2 + x.transfers from (
			select n, cast(coalesce(sum(reimbursements) over before, 0) as bigint) as reimbursements, cast(coalesce(sum(transfers) over before, 0) as bigint) as transfers
			from run_chunk where company = $3 and run = $4 window before as (order by n rows between unbounded preceding and 1 preceding)) x
		where run_chunk.company = $3 and run_chunk.run = $4 and run_chunk.n = x.n`, numbers.First, moves.First, tx.Company, r.ID)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "update run set first_number = $1, last_number = $2, first_transfer = $3, reimbursements = $4, transfers = $5 where company = $6 and id = $7",
		numbers.First, numbers.Last, moves.First, reimbursements, transfers, tx.Company, r.ID)
	r.State, r.FirstNumber, r.LastNumber, r.FirstTransfer = Posting, numbers.First, numbers.Last, moves.First
	r.StartedBy, r.StartedRoles, r.StartedAt = tx.Actor, tx.Roles, tx.Micros()
	return err
}

// chunk is a part of a run that is posted in one transaction.
type chunk struct {
	n                           int
	firstLine, lastLine         int64
	firstCustomer, lastCustomer string
	firstNumber, firstTransfer  int64
	posted                      bool
}

const chunkColumns = "n, first_line, last_line, first_customer, last_customer, coalesce(first_number, 0), coalesce(first_transfer, 0), state = 'posted'"

func scanChunk(r *db.Rows, k *chunk) error {
	return r.Scan(&k.n, &k.firstLine, &k.lastLine, &k.firstCustomer, &k.lastCustomer, &k.firstNumber, &k.firstTransfer, &k.posted)
}

// chunksOf gives the chunks of a run, in order.
func chunksOf(ctx context.Context, tx *db.Tx, run int64) ([]chunk, error) {
	return db.List(ctx, tx, scanChunk, "select "+chunkColumns+" from run_chunk where company = $1 and run = $2 order by n", tx.Company, run)
}

// Lease takes chunks of a run that nobody is posting, at most so many, for the worker until the instant (UTC microseconds),
// and gives their numbers. A chunk whose worker let its lease run out is taken over: should that worker still live, the chunk
// is posted by whoever is first, and once. On SQLite one writes at a time, so that leases of others are not waited for.
func Lease(ctx context.Context, tx *db.Tx, run int64, worker string, until int64, most int) ([]int, error) {
	which, expired := "n in (%s)", int64(math.MaxInt64)
	if tx.Postgres() { // the array makes sure that the chunks are chosen, and locked, once
		which, expired = "n = any(array(%s for update skip locked))", tx.Micros()
	}
	chunks, err := db.List(ctx, tx, func(r *db.Rows, n *int) error { return r.Scan(n) }, "update run_chunk set worker = $1, leased_until = $2 where company = $3 and run = $4 and "+
		fmt.Sprintf(which, "select n from run_chunk where company = $3 and run = $4 and state = 'planned' and (leased_until is null or leased_until < $5) order by n limit $6")+" returning n",
		worker, until, tx.Company, run, expired, most)
	slices.Sort(chunks)
	return chunks, err
}

// Unlease gives back chunks that the worker will not post now.
func Unlease(ctx context.Context, tx *db.Tx, run int64, worker string) error {
	_, err := tx.Exec(ctx, "update run_chunk set leased_until = null where company = $1 and run = $2 and worker = $3 and state = 'planned'", tx.Company, run, worker)
	return err
}

// Left says how many chunks of a run are not posted yet, and how many candidates stand in all its chunks and in the posted ones.
func Left(ctx context.Context, tx *db.Tx, run int64) (chunks, candidates, posted int64, err error) {
	err = tx.Row(ctx, `select count(case when state = 'planned' then 1 end), cast(coalesce(sum(last_line - first_line + 1), 0) as bigint),
		cast(coalesce(sum(case when state = 'posted' then last_line - first_line + 1 end), 0) as bigint) from run_chunk where company = $1 and run = $2`, tx.Company, run).
		Scan(&chunks, &candidates, &posted)
	return chunks, candidates, posted, err
}

// InPosting gives the runs of every company that are being posted, as company id and code, the oldest first.
func InPosting(ctx context.Context, tx *db.Tx) ([]RunName, error) {
	return db.List(ctx, tx, func(r *db.Rows, p *RunName) error { return r.Scan(&p.Company, &p.Code) },
		"select c.code, r.code from run r join company c on c.id = r.company where r.state = 'posting' order by r.id")
}

// RunName names a run of a company.
type RunName struct{ Company, Code string }

// Finish ends a run whose chunks are all posted: the reservation of numbers is released. A run that has chunks left, or
// is finished already, is left as it is.
func Finish(ctx context.Context, tx *db.Tx, r *Run) error {
	n, err := tx.Exec(ctx, `update run set state = 'posted', posted_at = $1 where company = $2 and id = $3 and state = 'posting'
		and not exists (select 1 from run_chunk k where k.company = run.company and k.run = run.id and k.state <> 'posted')`, tx.Micros(), tx.Company, r.ID)
	if err != nil || n == 0 {
		return err
	}
	r.State = Posted
	if err := keepSummary(ctx, tx, r.ID); err != nil {
		return err
	}
	return ledger.Release(ctx, tx, r.ID)
}
