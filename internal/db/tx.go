package db

import (
	"context"
	"strings"
	"time"

	"quittance/internal/civil"
)

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

// Tx is a unit of work. It belongs to one goroutine at a time.
type Tx struct {
	Scope
	db    *DB
	pg    *pgSession // one of the two
	lite  *lite
	ids   []int64 // row ids drawn ahead
	drawn int64   // row ids drawn in all
	later []put

	share   *shared // the transaction that the unit shares with others; nil when it has its own
	saved   bool    // a savepoint was set, when the session had sent savedAt times
	savedAt int
	from    place // where the session stood when the unit began
}

// Postgres says which dialect the unit speaks.
func (t *Tx) Postgres() bool { return t.pg != nil }

const savepoint = "unit"

// beforeWrite sets the savepoint of a unit that shares its transaction, before its first write.
func (t *Tx) beforeWrite(ctx context.Context) error {
	if t.share == nil || t.saved {
		return nil
	}
	t.saved = true
	if t.pg != nil {
		t.savedAt = t.pg.sends
		t.pg.queue("savepoint " + savepoint)
		return nil
	}
	_, err := t.lite.exec("savepoint "+savepoint, nil)
	return err
}

// Exec runs a statement and gives the number of rows it changed.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (int64, error) {
	if err := t.beforeWrite(ctx); err != nil {
		return 0, err
	}
	if t.pg != nil {
		return t.pg.exec(ctx, query, args)
	}
	q, args := t.db.compile(query, args)
	return t.lite.exec(q, args)
}

// ExecLater runs a statement before the unit's next query or its commit, whichever comes first, and an error comes with
// that: on PostgreSQL it waits for no round trip of its own.
func (t *Tx) ExecLater(ctx context.Context, query string, args ...any) error {
	if t.pg == nil {
		_, err := t.Exec(ctx, query, args...)
		return err
	}
	if err := t.beforeWrite(ctx); err != nil {
		return err
	}
	args, err := pgArgs(args)
	t.pg.queue(query, args...)
	return err
}

func (t *Tx) query(ctx context.Context, query string, args []any) (*Rows, error) {
	if !reads(query) {
		if err := t.beforeWrite(ctx); err != nil {
			return nil, err
		}
	}
	if t.pg != nil {
		return t.pg.query(ctx, query, args)
	}
	q, args := t.db.compile(query, args)
	return t.lite.query(q, args)
}

// reads says whether a statement only reads.
func reads(query string) bool {
	q := strings.TrimLeft(query, " \t\n")
	return strings.HasPrefix(q, "select") || strings.HasPrefix(q, "with") || strings.HasPrefix(q, "pragma")
}

// Row runs a query of one row. Scanning no row gives [ErrNoRows].
func (t *Tx) Row(ctx context.Context, query string, args ...any) *Row {
	rows, err := t.query(ctx, query, args)
	return &Row{rows: rows, err: err}
}

// Each calls fn for each row. Inside fn nothing else may be asked of the unit.
func (t *Tx) Each(ctx context.Context, query string, args []any, fn func(*Rows) error) error {
	rows, err := t.query(ctx, query, args)
	if err != nil {
		return err
	}
	for rows.next() {
		if err := fn(rows); err != nil {
			rows.err = nil
			_ = rows.close()
			return err
		}
	}
	return rows.close()
}

// List collects the rows of a query; scan fills one value from the current row.
func List[T any](ctx context.Context, t *Tx, scan func(*Rows, *T) error, query string, args ...any) ([]T, error) {
	var all []T
	err := t.Each(ctx, query, args, func(r *Rows) error {
		var v T
		if err := scan(r, &v); err != nil {
			return err
		}
		all = append(all, v)
		return nil
	})
	return all, err
}

// Finisher writes what units put off to the end of their transaction, of one unit or of several that share it, by the set.
// Each item brings its own scope; that of tx is nobody's.
type Finisher struct {
	Last  bool // after all others: it tells of what they write
	Write func(ctx context.Context, tx *Tx, items []any) error
}

type put struct {
	f    *Finisher
	item any
}

// Later puts an item off to the end of the transaction, when f writes it together with those of the other units.
func (t *Tx) Later(f *Finisher, item any) { t.later = append(t.later, put{f, item}) }

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
	t.drawn += int64(n)
	ids := make([]int64, 0, n)
	if t.pg != nil {
		err := t.Each(ctx, "select nextval('row_id') from generate_series(1, $1::bigint)", []any{n}, func(r *Rows) error {
			ids = append(ids, r.Int64(0))
			return nil
		})
		return ids, err
	}
	var next int64
	if err := t.Row(ctx, "update row_id set next = next + $1 returning next", n).Scan(&next); err != nil {
		return nil, err
	}
	for i := range n {
		ids = append(ids, next-int64(n)+int64(i))
	}
	return ids, nil
}

// Drawn gives how many row ids the unit has drawn.
func (t *Tx) Drawn() int64 { return t.drawn }

// NextID gives the row id that comes next, without drawing it. On PostgreSQL others may be drawing ids below it that are not
// committed yet; on SQLite, where one unit writes at a time, everything below it is there to see.
func (t *Tx) NextID(ctx context.Context) (next int64, err error) {
	query := "select next from row_id"
	if t.pg != nil {
		query = "select last_value + 1 from row_id"
	}
	err = t.Row(ctx, query).Scan(&next)
	return next, err
}
