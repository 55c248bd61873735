package app

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/reimbursement"
)

const (
	leaseFor    = 5 * time.Second        // a worker that posts nothing for so long has lost its chunks
	leaseChunks = 4                      // chunks leased together, on PostgreSQL
	leaseAlone  = 16                     // the same on SQLite; after them the log is begun anew
	leaseWait   = 100 * time.Millisecond // before looking again whether others have posted what they leased
)

// lanes says how many chunks a process posts at once: on PostgreSQL one more than there are cores, since each waits now for the
// server and now for the program; on SQLite one.
func (a *App) lanes() int {
	if a.db.Postgres() {
		return runtime.GOMAXPROCS(0) + 1
	}
	return 1
}

var workers atomic.Int64

// workerName names one who posts chunks, for people: host, process, and a number within the process.
func workerName() string {
	host, _ := os.Hostname()
	return fmt.Sprintf("%s/%d/%d", host, os.Getpid(), workers.Add(1))
}

// posting is a run that this process helps to post.
type posting struct {
	a     *App
	call  Call
	run   *reimbursement.Run
	tell  func(RunProgress)
	began time.Time
	own   map[int64]int64 // on SQLite: the row ids that each chunk posted here drew, first to the one after the last

	mu   sync.Mutex
	done RunProgress
	sum  reimbursement.Sum
}

func newPosting(a *App, call Call, run *reimbursement.Run, tell func(RunProgress)) *posting {
	p := &posting{a: a, call: call, run: run, tell: tell, began: a.now(), own: map[int64]int64{}}
	p.done.Run = run.Code
	return p
}

// postChunks posts what is left of a run, sharing it by leases with every other process that does the same, until nothing is left.
func (a *App) postChunks(ctx context.Context, call Call, run *reimbursement.Run, lanes int, tell func(RunProgress)) error {
	p := newPosting(a, call, run, tell)
	_, all, posted, err := p.left(ctx)
	if err != nil {
		return err
	}
	p.done.All = all - posted
	for {
		g, gctx := errgroup.WithContext(ctx)
		for range lanes {
			g.Go(func() error { return p.lane(gctx) })
		}
		if err := g.Wait(); err != nil {
			return err
		}
		chunks, _, _, err := p.left(ctx)
		if err != nil || chunks == 0 {
			return err
		}
		select { // others hold the rest
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(leaseWait):
		}
	}
}

// help posts chunks of a run that others may be posting too, one at a time, and ends the run when none is left. It says whether it
// posted any or ended the run, and whether others hold chunks still.
func (a *App) help(ctx context.Context, call Call, run *reimbursement.Run, tell func(RunProgress)) (did, left bool, err error) {
	p := newPosting(a, call, run, tell)
	chunks, all, posted, err := p.left(ctx)
	if err != nil {
		return false, true, err
	}
	p.done.All = all - posted
	if chunks > 0 {
		if err = p.lane(ctx); err == nil {
			chunks, _, _, err = p.left(ctx)
		}
	}
	if err == nil && chunks == 0 {
		_, err = a.finish(ctx, call, run)
	}
	return p.done.Done > 0 || chunks == 0, chunks > 0, err
}

func (p *posting) left(ctx context.Context) (chunks, all, posted int64, err error) {
	err = query(ctx, p.a, p.call, identity.Reimburse, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (err error) {
		chunks, all, posted, err = reimbursement.Left(ctx, tx, p.run.ID)
		return err
	})
	return chunks, all, posted, err
}

// lane leases chunks and posts them, until none is to be had.
func (p *posting) lane(ctx context.Context) error {
	worker, most := workerName(), leaseChunks
	if !p.a.db.Postgres() {
		most = leaseAlone
	}
	for {
		var chunks []int
		err := p.a.inCompany(ctx, p.call, func(ctx context.Context, tx *db.Tx) (err error) {
			chunks, err = reimbursement.Lease(ctx, tx, p.run.ID, worker, tx.Now.Add(leaseFor).UnixMicro(), most)
			return err
		})
		if err != nil || len(chunks) == 0 {
			return err
		}
		err = p.post(ctx, chunks)
		if err == nil {
			err = p.a.db.Checkpoint(ctx)
		}
		if err != nil {
			clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer cancel()
			_ = p.a.inCompany(clean, p.call, func(ctx context.Context, tx *db.Tx) error { return reimbursement.Unlease(ctx, tx, p.run.ID, worker) })
			return err
		}
	}
}

// post posts leased chunks, in order. On SQLite the next one is read and planned while one is written.
func (p *posting) post(ctx context.Context, chunks []int) error {
	if p.a.db.Postgres() {
		for _, n := range chunks {
			if err := p.chunk(ctx, n, nil); err != nil {
				return err
			}
		}
		return nil
	}
	ahead := make(chan *planned, 1)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(ahead)
		for _, n := range chunks {
			y, err := p.plan(ctx, n)
			if err != nil {
				return err
			}
			select {
			case ahead <- y:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	g.Go(func() error {
		for y := range ahead {
			if err := p.chunk(ctx, y.n, y); err != nil {
				return err
			}
		}
		return nil
	})
	return g.Wait()
}

// planned is a chunk that was planned ahead, in a snapshot before the transaction that posts it. Every command draws a row id,
// so the counter of row ids tells whether anybody changed anything since.
type planned struct {
	n     int
	ready *reimbursement.Ready
	next  int64 // the row id that came next
}

func (p *posting) plan(ctx context.Context, n int) (*planned, error) {
	y := &planned{n: n}
	err := query(ctx, p.a, p.call, identity.Reimburse, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (err error) {
		if y.next, err = tx.NextID(ctx); err != nil {
			return err
		}
		y.ready, err = reimbursement.PlanChunk(ctx, tx, c, p.a.keys, p.run, n)
		return err
	})
	return y, err
}

// current says whether nobody but this posting has changed anything between the plan and this unit: all row ids drawn since were
// drawn by its own chunks.
func (p *posting) current(ctx context.Context, tx *db.Tx, y *planned) (bool, error) {
	next, err := tx.NextID(ctx)
	if err != nil {
		return false, err
	}
	at, own := y.next, true
	for own && at != next-tx.Drawn() {
		at, own = p.own[at]
	}
	return own, nil
}

// drew notes what the unit has drawn, when it is committed.
func (p *posting) drew(ctx context.Context, tx *db.Tx) (note func(), err error) {
	next, err := tx.NextID(ctx)
	return func() { p.own[next-tx.Drawn()] = next }, err
}

// chunk posts one chunk: one command, one transaction. A plan made ahead counts for the first try only, since posting consumes
// it, and only while it is current.
func (p *posting) chunk(ctx context.Context, n int, ahead *planned) error {
	cmd := command{name: "reimburse.post", permission: identity.Reimburse}
	onSQLite, note := ahead != nil, func() {}
	done, err := do(ctx, p.a, p.call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *reimbursement.Progress, error) {
		done, err := p.postReady(ctx, tx, c, n, ahead)
		ahead = nil
		if err != nil {
			return "", nil, nil, err
		}
		if onSQLite {
			if note, err = p.drew(ctx, tx); err != nil {
				return "", nil, nil, err
			}
		}
		detail := map[string]any{"chunk": n, "candidates": done.Lines, "reimbursed": done.Posted, "changed": done.Changed, "reimbursements": done.Reimbursements, "amounts": done.Amounts.View()}
		return p.run.Code, detail, done, nil
	})
	if err != nil {
		return err
	}
	note()
	return p.tally(done)
}

func (p *posting) postReady(ctx context.Context, tx *db.Tx, c *ledger.Company, n int, ahead *planned) (*reimbursement.Progress, error) {
	if ahead != nil {
		current, err := p.current(ctx, tx, ahead)
		if err != nil {
			return nil, err
		}
		if current {
			return ahead.ready.Post(ctx, tx)
		}
	}
	return reimbursement.PostChunk(ctx, tx, c, p.a.keys, p.run, n)
}

// tally adds what was posted and tells of it.
func (p *posting) tally(done *reimbursement.Progress) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done.Done += done.Lines
	p.done.Reimbursements += done.Reimbursements
	for _, x := range done.Amounts {
		if err := p.sum.Add(x.Currency, x.Amount); err != nil {
			return err
		}
	}
	p.done.Amounts = p.sum
	p.done.Elapsed = p.a.now().Sub(p.began)
	if p.tell != nil {
		p.tell(p.done)
	}
	return nil
}
