package db

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"quittance/internal/civil"
	"quittance/internal/fault"
)

// Rows is the current row of a query; Row the only one.
type (
	Rows = sql.Rows
	Row  = sql.Row
)

// ErrNoRows is what scanning a [Row] gives when there is none.
var ErrNoRows = sql.ErrNoRows

// Scope says on whose behalf a unit works. It is frozen for the unit's life.
type Scope struct {
	Company int64     // id of the legal entity; 0 when the unit is not about one
	Actor   string    // who acts, such as operator:ann
	Command int64     // id of the command (its audit record); 0 outside commands
	Roles   []string  // the roles of the actor, for what depends on them (periods)
	Now     time.Time // the unit's one instant
}

// Micros gives the instant as stored: UTC microseconds since 1970.
func (s Scope) Micros() int64 { return s.Now.UnixMicro() }

// Today gives the day of the instant, in UTC.
func (s Scope) Today() civil.Date { return civil.FromTime(s.Now.UTC()) }

// Tx is a unit of work.
type Tx struct {
	Scope
	db   *DB
	tx   *sql.Tx
	conn *sql.Conn
	ids  []int64 // row ids drawn ahead
}

// Postgres says which dialect the unit speaks.
func (t *Tx) Postgres() bool { return t.db.postgres }

// Unit runs fn in one transaction and commits it when fn returns nil. Serialisation failures, deadlocks, a busy file
// and [Again] roll back and run fn again, until the context's deadline (a minute when it has none).
func (d *DB) Unit(ctx context.Context, scope Scope, fn func(context.Context, *Tx) error) error {
	deadline, ok := ctx.Deadline()
	if !ok {
		deadline = time.Now().Add(unitDeadline)
	}
	fail := testing.FailEvery > 0 && attempts.Add(1)%int64(testing.FailEvery) == 0
	for wait := time.Millisecond; ; wait = min(wait*2, 200*time.Millisecond) {
		err := d.once(ctx, d.write, scope, &sql.TxOptions{Isolation: d.isolation()}, func(ctx context.Context, tx *Tx) error {
			if err := fn(ctx, tx); err != nil || !fail {
				return err
			}
			fail = false
			return Again("injected serialisation failure")
		})
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
func (d *DB) Read(ctx context.Context, scope Scope, fn func(context.Context, *Tx) error) error {
	opts := &sql.TxOptions{}
	if d.postgres {
		opts = &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	}
	return d.once(ctx, d.read, scope, opts, fn)
}

func (d *DB) isolation() sql.IsolationLevel {
	switch {
	case !d.postgres:
		return sql.LevelDefault
	case testing.Serializable:
		return sql.LevelSerializable
	}
	return sql.LevelReadCommitted
}

func (d *DB) once(ctx context.Context, pool *sql.DB, scope Scope, opts *sql.TxOptions, fn func(context.Context, *Tx) error) (err error) {
	conn, err := pool.Conn(ctx)
	if err != nil {
		return fault.New(fault.Unavailable, "the database %s gives no connection: %v", d.Name(), err).Because(err)
	}
	defer conn.Close()
	tx, err := conn.BeginTx(ctx, opts)
	if err != nil {
		return err
	}
	defer func() {
		if rerr := tx.Rollback(); rerr != nil && !errors.Is(rerr, sql.ErrTxDone) && err == nil {
			err = rerr
		}
	}()
	if err := fn(ctx, &Tx{Scope: scope, db: d, tx: tx, conn: conn}); err != nil {
		return err
	}
	return tx.Commit()
}

// Exec runs a statement and gives the number of rows it changed.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	q, args := t.db.compile(query, args)
	res, err := t.tx.ExecContext(ctx, q, args...)
	if err != nil {
		return 0, err
	}
	return res.RowsAffected()
}

// Row runs a query of one row. Scanning no row gives sql.ErrNoRows.
func (t *Tx) Row(ctx context.Context, query string, args ...any) *sql.Row {
	q, args := t.db.compile(query, args)
	return t.tx.QueryRowContext(ctx, q, args...)
}

// Each calls fn for each row. Inside fn nothing else may be asked of the unit.
func (t *Tx) Each(ctx context.Context, query string, args []any, fn func(*sql.Rows) error) error {
	q, args := t.db.compile(query, args)
	rows, err := t.tx.QueryContext(ctx, q, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// List collects the rows of a query; scan fills one value from the current row.
func List[T any](ctx context.Context, t *Tx, scan func(*sql.Rows, *T) error, query string, args ...any) ([]T, error) {
	var all []T
	err := t.Each(ctx, query, args, func(r *sql.Rows) error {
		var v T
		if err := scan(r, &v); err != nil {
			return err
		}
		all = append(all, v)
		return nil
	})
	return all, err
}

const idsAhead = 16 // row ids drawn at once

// NewID gives a row id that nothing else has. Ids grow, but have gaps; they mean nothing outside the database.
func (t *Tx) NewID(ctx context.Context) (int64, error) {
	if len(t.ids) == 0 {
		ids, err := t.NewIDs(ctx, idsAhead)
		if err != nil {
			return 0, err
		}
		t.ids = ids
	}
	id := t.ids[0]
	t.ids = t.ids[1:]
	return id, nil
}

// NewIDs gives n row ids, ascending.
func (t *Tx) NewIDs(ctx context.Context, n int) ([]int64, error) {
	if n == 0 {
		return nil, nil
	}
	if t.db.postgres {
		return List(ctx, t, func(r *sql.Rows, id *int64) error { return r.Scan(id) },
			"select nextval('row_id') from generate_series(1, $1::bigint)", n)
	}
	var next int64
	if err := t.Row(ctx, "update row_id set next = next + $1 returning next", n).Scan(&next); err != nil {
		return nil, err
	}
	ids := make([]int64, n)
	for i := range ids {
		ids[i] = next - int64(n) + int64(i)
	}
	return ids, nil
}
