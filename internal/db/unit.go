package db

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"quittance/internal/fault"
)

const unitDeadline = 60 * time.Second // a unit whose context has no deadline is tried again for this long

// Testing changes how the units of this process behave; the zero value changes nothing.
type Testing struct {
	Serializable bool // writing units on PostgreSQL are serializable instead of read committed
	FailEvery    int  // every n-th writing unit fails with a serialisation failure just before its first commit; 0 is never
}

var (
	testing  Testing
	attempts atomic.Int64
)

// SetTesting is for tests, before a database is opened.
func SetTesting(t Testing) { testing = t }

// errAgain is what [Again] wraps.
var errAgain = errors.New("db: try the unit again")

// Again gives an error that makes the unit roll back and be tried again: a guard found that the data changed under it.
func Again(why string) error { return &again{why} }

type again struct{ why string }

func (a *again) Error() string { return a.why + ": try the unit again" }
func (a *again) Unwrap() error { return errAgain }

// Work is what a unit does.
type Work = func(context.Context, *Tx) error

// Unit runs fn as one unit of work and commits it when fn returns nil. Serialisation failures, deadlocks, a busy file
// and [Again] roll back and run fn again, until the context's deadline (a minute when it has none). On PostgreSQL it is a
// transaction of its own; on SQLite, which has one writer, units that wait at the same time share one durable commit.
func (d *DB) Unit(ctx context.Context, scope Scope, fn Work) (err error) {
	if spanned, end := d.span(ctx, "unit", ""); end != nil {
		ctx = spanned
		defer func() { end(err) }()
	}
	if d.pool != nil {
		return d.retry(ctx, fn, func(fn Work, _ bool) error { return d.alone(ctx, scope, fn) })
	}
	return d.retry(ctx, fn, func(fn Work, alone bool) error {
		return d.crew.join(ctx, d, &ticket{scope: scope, fn: fn, alone: alone})
	})
}

// Together is Unit for small changes that many ask for at once: those that wait at the same time share one durable
// commit on either database, each with its own result (group commit).
func (d *DB) Together(ctx context.Context, scope Scope, fn Work) error {
	return d.together(ctx, scope, fn, false)
}

// Append is Together for a unit that locks nothing but at the end of the transaction. Of these the first may hold rows for all, see
// [Tx.Hold]: such a transaction is shared with no other, lest two transactions wait for each other.
func (d *DB) Append(ctx context.Context, scope Scope, fn Work) error {
	return d.together(ctx, scope, fn, true)
}

func (d *DB) together(ctx context.Context, scope Scope, fn Work, appends bool) (err error) {
	if spanned, end := d.span(ctx, "unit together", ""); end != nil {
		ctx = spanned
		defer func() { end(err) }()
	}
	return d.retry(ctx, fn, func(fn Work, alone bool) error {
		return d.crew.join(ctx, d, &ticket{scope: scope, fn: fn, small: true, appends: appends, alone: alone})
	})
}

// retry tries a unit again while that can help.
func (d *DB) retry(ctx context.Context, fn Work, try func(fn Work, alone bool) error) error {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(unitDeadline)
	}
	fail := testing.FailEvery > 0 && attempts.Add(1)%int64(testing.FailEvery) == 0
	alone := false
	for wait := time.Millisecond; ; wait = min(wait*2, 200*time.Millisecond) {
		err := try(func(ctx context.Context, tx *Tx) error {
			if err := fn(ctx, tx); err != nil || !fail {
				return err
			}
			fail = false
			return Again("injected serialisation failure")
		}, alone)
		if errors.Is(err, errAlone) {
			alone = true
			continue
		}
		if err == nil || !retryable(err) {
			return err
		}
		if time.Now().Add(wait).After(deadline) {
			return fault.New(fault.Conflict, "the database was too busy with other work for this change; nothing was done, try again").Because(err)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait/2 + rand.N(wait)):
		}
	}
}

// Read runs fn in one read-only snapshot.
func (d *DB) Read(ctx context.Context, scope Scope, fn Work) (err error) {
	if spanned, end := d.span(ctx, "read", ""); end != nil {
		ctx = spanned
		defer func() { end(err) }()
	}
	if d.pool != nil {
		s, err := d.acquire(ctx)
		if err != nil {
			return err
		}
		defer s.conn.Release() // throws the connection away should the goroutine end in fn
		s.queue("begin isolation level repeatable read read only")
		err = fn(ctx, &Tx{Scope: scope, db: d, pg: s})
		return d.endPg(ctx, s, err, "rollback")
	}
	l, err := d.files.take(ctx, false)
	if err != nil {
		return err
	}
	defer func() { // also when the goroutine ends in fn
		l.conn.SetInterrupt(nil)
		if rerr := l.rollback(); err == nil {
			err = rerr
		}
		err = orCancelled(ctx, err)
		d.files.give(l, false)
	}()
	l.conn.SetInterrupt(ctx.Done())
	if _, err := l.exec("begin", nil); err != nil {
		return err
	}
	return fn(ctx, &Tx{Scope: scope, db: d, lite: l})
}

// orCancelled says that the context ended rather than what that broke.
func orCancelled(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (l *lite) rollback() error {
	if l.conn.AutocommitEnabled() {
		return nil // the database ended the transaction itself
	}
	_, err := l.exec("rollback", nil)
	return err
}

func (d *DB) acquire(ctx context.Context) (*pgSession, error) {
	var conn *pgxpool.Conn
	conn, err := d.pool.Acquire(ctx)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the database %s gives no connection: %v", d.Name(), err).Because(err)
	}
	return &pgSession{conn: conn, tables: &d.tables}, nil
}

func beginText() string {
	if testing.Serializable {
		return "begin isolation level serializable"
	}
	return "begin isolation level read committed"
}

// alone runs a unit in a transaction of its own on PostgreSQL.
func (d *DB) alone(ctx context.Context, scope Scope, fn Work) error {
	s, err := d.acquire(ctx)
	if err != nil {
		return err
	}
	defer s.conn.Release()
	s.queue(beginText())
	tx := &Tx{Scope: scope, db: d, pg: s}
	err = fn(ctx, tx)
	if err == nil {
		err = finish(ctx, &Tx{db: d, pg: s}, tx.later)
	}
	return d.endPg(ctx, s, err, "commit")
}

// endPg ends the transaction: as how says when err is nil, else by a rollback. A connection on which even that fails is
// thrown away by the pool.
func (d *DB) endPg(ctx context.Context, s *pgSession, err error, how string) error {
	if err == nil {
		if _, err = s.exec(ctx, how, nil); err == nil {
			return nil
		}
	}
	s.queued = nil
	clean, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if s.conn.Conn().PgConn().TxStatus() != 'I' && !s.conn.Conn().IsClosed() {
		_, _ = s.conn.Exec(clean, "rollback")
	}
	return orCancelled(ctx, err)
}

// finish writes what the units put off, by finisher in the order in which they were first used, but for those that come last:
// in a shared transaction a unit that only has such a one may stand before a unit that has others.
func finish(ctx context.Context, tx *Tx, later []put) error {
	slices.SortStableFunc(later, func(a, b put) int {
		switch {
		case a.f.Last == b.f.Last:
			return 0
		case a.f.Last:
			return 1
		}
		return -1
	})
	for len(later) > 0 {
		f := later[0].f
		var items []any
		rest := later[:0:0]
		for _, p := range later {
			if p.f == f {
				items = append(items, p.item)
			} else {
				rest = append(rest, p)
			}
		}
		if err := f.Write(ctx, tx, items); err != nil {
			return err
		}
		later = rest
	}
	return nil
}
