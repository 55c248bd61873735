package db

import (
	"context"
	"strings"
	"time"

	"quittance/internal/civil"
	"quittance/internal/fault"
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

	share   *shared     // the transaction that the unit shares with others; nil when it has its own
	small   bool        // one of many small ones, see Together
	appends bool        // see Append
	held    map[any]any // see Held
	saved   bool        // a savepoint was set, when the session had sent savedAt times
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
	t.share.memo = nil
	if t.pg != nil {
		t.savedAt = t.pg.sends
		t.pg.queue("savepoint " + savepoint)
		return nil
	}
	_, err := t.lite.exec("savepoint "+savepoint, nil)
	return err
}

// Exec runs a statement and gives the number of rows it changed.
func (t *Tx) Exec(ctx context.Context, query string, args ...any) (changed int64, err error) {
	if spanned, end := t.db.span(ctx, "exec", query); end != nil {
		ctx = spanned
		defer func() { end(err) }()
	}
	if err := t.beforeWrite(ctx); err != nil {
		return 0, err
	}
	if t.pg != nil {
		return t.pg.exec(ctx, query, args)
	}
	q, args := t.db.compile(query, args)
	return t.lite.exec(q, args)
}

// ExecInts runs a statement of whole numbers again and again, each time with the next of the values, as many as it has parameters
// and in the order in which these stand in it, and gives the number of rows changed in all. It is for SQLite, which does one row by its
// key faster than a set.
func (t *Tx) ExecInts(ctx context.Context, query string, values []int64) (changed int64, err error) {
	if spanned, end := t.db.span(ctx, "exec", query); end != nil {
		ctx = spanned
		defer func() { end(err) }()
	}
	if err := t.beforeWrite(ctx); err != nil {
		return 0, err
	}
	if t.pg != nil {
		return 0, fault.New(fault.Internal, "one row at a time is not for PostgreSQL")
	}
	q := t.db.compiled(query).text
	return t.lite.execInts(q, values)
}

func (t *Tx) query(ctx context.Context, query string, args []any) (rows *Rows, err error) {
	if spanned, end := t.db.span(ctx, "query", query); end != nil {
		ctx = spanned
		defer func() { // the span ends with the rows
			if err != nil {
				end(err)
				return
			}
			done := rows.done
			rows.done = func(err error) error { err = done(err); end(err); return err }
		}()
	}
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
	ended := false
	defer func() {
		if !ended { // fn failed, or the goroutine ends in it
			rows.err = nil
			_ = rows.close()
		}
	}()
	for rows.next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	ended = true
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

const (
	idsAhead = 16  // row ids drawn at once for a unit that asks for one
	idsPool  = 128 // the same for small units that share a transaction, among them all
	idStep   = 64  // row ids that one value of the sequence stands for on PostgreSQL, see the migrations
)

// NewID gives a row id that nothing else has. Ids grow, but have gaps; they mean nothing outside the database.
func (t *Tx) NewID(ctx context.Context) (int64, error) {
	ids, err := t.NewIDs(ctx, 1)
	if err != nil {
		return 0, err
	}
	return ids[0], nil
}

// NewIDs gives n row ids, ascending.
func (t *Tx) NewIDs(ctx context.Context, n int) ([]int64, error) {
	if n == 0 {
		return nil, nil
	}
	pool, ahead := &t.ids, idsAhead
	if t.share != nil && t.small {
		pool, ahead = &t.share.ids, idsPool
	}
	if len(*pool) < n {
		more := n
		if n < ahead {
			more = ahead
		}
		drawn, err := t.draw(ctx, more)
		if err != nil {
			return nil, err
		}
		*pool = drawn // what was left is thrown away, so that ids ascend
	}
	ids := (*pool)[:n:n]
	*pool = (*pool)[n:]
	return ids, nil
}

// Hold locks a row in the round trip of the transaction's first query, on PostgreSQL and when the unit is an appending one (see
// [DB.Append]) that begins a shared transaction; else it does nothing. What take makes of the row is there at the end of the
// transaction, for what its units put off (see Later), under the key; nothing is when there is no such row.
func (t *Tx) Hold(key any, query string, args []any, take func(*Rows) (any, error)) {
	if t.pg == nil || t.pg.ahead == nil || !t.appends || t.share.held != nil {
		return
	}
	t.share.held = map[any]any{}
	t.pg.ahead.query, t.pg.ahead.args = query, args
	t.pg.ahead.take = func(r *Rows) error {
		for r.next() {
			v, err := take(r)
			if err != nil {
				return err
			}
			t.share.held[key] = v
		}
		return nil
	}
}

// Held gives what is held under the key; nil when nothing is.
func (t *Tx) Held(key any) any { return t.held[key] }

// Put is Exec of a change that cannot fail, to a row that is held: on PostgreSQL it goes with the next statement that is waited for.
func (t *Tx) Put(ctx context.Context, query string, args ...any) error {
	if t.pg == nil {
		_, err := t.Exec(ctx, query, args...)
		return err
	}
	if err := t.beforeWrite(ctx); err != nil {
		return err
	}
	args, err := pgArgs(args)
	if err == nil {
		t.pg.queue(query, args...)
	}
	return err
}

// draw draws at least n row ids from the database. A savepoint is not set for it: should the unit fail, the ids are gaps.
func (t *Tx) draw(ctx context.Context, n int) ([]int64, error) {
	t.drawn += int64(n)
	if t.pg != nil {
		t.pg.ahead = nil
		rows, err := t.pg.query(ctx, drawBlocks, []any{(n + idStep - 1) / idStep})
		if err != nil {
			return nil, err
		}
		ids, err := blocks(rows.pg)
		if cerr := rows.close(); err == nil {
			err = cerr
		}
		return ids, err
	}
	if t.saved && t.small {
		t.share.forgetful = true // the draw goes when the savepoint is rolled back
	}
	rows, err := t.lite.query("update row_id set next = next + ? returning next", []any{n})
	if err != nil {
		return nil, err
	}
	ids, next := make([]int64, 0, n), int64(0)
	for rows.next() {
		next = rows.Int64(0)
	}
	for i := range n {
		ids = append(ids, next-int64(n)+int64(i))
	}
	return ids, rows.close()
}

// Memo is a place for what units that share a transaction need not read again: nothing was written between them. It is empty
// when the transaction is not shared.
func (t *Tx) Memo() *any {
	if t.share == nil || !t.small {
		return new(any)
	}
	return &t.share.memo
}

// Drawn gives how many row ids the unit has drawn.
func (t *Tx) Drawn() int64 { return t.drawn }

// NextID gives the row id that comes next, without drawing it. On PostgreSQL others may be drawing ids below it that are not
// committed yet; on SQLite, where one unit writes at a time, everything below it is there to see.
func (t *Tx) NextID(ctx context.Context) (next int64, err error) {
	query := "select next from row_id"
	if t.pg != nil {
		query = "select last_value + 64 from row_id"
	}
	err = t.Row(ctx, query).Scan(&next)
	return next, err
}
