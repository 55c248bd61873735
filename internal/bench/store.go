package bench

import (
	"context"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"quittance/internal/civil"
	"quittance/internal/fault"
)

// store is a connection of our own to a database, past package db: for what only a benchmark does (rows in bulk without the product's
// code, whole tables copied, settings of the session). Numbers stand in the text of the statements; nothing else is put in.
type store interface {
	// load appends rows to a table and gives their number.
	load(ctx context.Context, set rowSet) (int64, error)
	// exec runs a statement and gives the rows that it changed.
	exec(ctx context.Context, query string) (int64, error)
	// each calls fn with every row of a query, as texts; NULL is blank.
	each(ctx context.Context, query string, fn func(cells []string) error) error
	close() error
}

// openStore opens a connection; the database must be there.
func openStore(ctx context.Context, url string) (store, error) {
	if isPostgres(url) {
		return openPostgres(ctx, url)
	}
	return openSQLite(ctx, url)
}

// one gives the only cell of a query of one row.
func one(ctx context.Context, s store, query string) (cell string, err error) {
	err = s.each(ctx, query, func(cells []string) error { cell = cells[0]; return nil })
	return cell, err
}

// number gives the only cell of a query as a number.
func number(ctx context.Context, s store, query string) (n int64, err error) {
	cell, err := one(ctx, s, query)
	if err == nil {
		_, err = fmt.Sscan(cell, &n)
	}
	return n, err
}

// all runs statements one after the other.
func all(ctx context.Context, s store, statements ...string) error {
	for _, q := range statements {
		if _, err := s.exec(ctx, q); err != nil {
			return fmt.Errorf("%s: %w", q, err)
		}
	}
	return nil
}

type postgresStore struct{ conn *pgx.Conn }

func openPostgres(ctx context.Context, url string) (*postgresStore, error) {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		return nil, fault.New(fault.Usage, "the postgres:// address cannot be read; expected postgres://user:password@host:5432/name").Because(err)
	}
	cfg.RuntimeParams["application_name"] = "quittance bench"
	cfg.RuntimeParams["jit"] = "off" // as the product has it
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the PostgreSQL server %q cannot be reached, or refuses the sign-in: %v", cfg.Host, err).Because(err)
	}
	return &postgresStore{conn}, nil
}

func (s *postgresStore) close() error { return s.conn.Close(context.Background()) }

func (s *postgresStore) exec(ctx context.Context, query string) (int64, error) {
	tag, err := s.conn.Exec(ctx, query)
	return tag.RowsAffected(), err
}

func (s *postgresStore) each(ctx context.Context, query string, fn func([]string) error) error {
	results, err := s.conn.PgConn().Exec(ctx, query).ReadAll() // the simple protocol gives texts
	if err != nil {
		return err
	}
	for _, r := range results {
		for _, row := range r.Rows {
			cells := make([]string, len(row))
			for i, v := range row {
				cells[i] = string(v)
			}
			if err := fn(cells); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *postgresStore) load(ctx context.Context, set rowSet) (int64, error) {
	next, stop := iter.Pull(set.rows)
	defer stop()
	return s.conn.CopyFrom(ctx, pgx.Identifier{set.table}, set.columns, pgx.CopyFromFunc(func() ([]any, error) {
		row, ok := next()
		if !ok {
			return nil, nil
		}
		for i, v := range row {
			if d, is := v.(civil.Date); is {
				row[i] = dayOf(d)
			}
		}
		return row, nil
	}))
}

func dayOf(d civil.Date) any {
	if d.IsZero() {
		return nil
	}
	return d.Time()
}

type sqliteStore struct{ conn *sqlite.Conn }

func openSQLite(ctx context.Context, path string) (*sqliteStore, error) {
	conn, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "the database file %q cannot be opened: %v", path, err).Because(err)
	}
	conn.SetInterrupt(ctx.Done())
	conn.SetBusyTimeout(10 * time.Second)
	return &sqliteStore{conn}, nil
}

func (s *sqliteStore) close() error { return s.conn.Close() }

func (s *sqliteStore) exec(_ context.Context, query string) (int64, error) {
	err := sqlitex.ExecuteTransient(s.conn, query, nil)
	return int64(s.conn.Changes()), err
}

func (s *sqliteStore) each(_ context.Context, query string, fn func([]string) error) error {
	return sqlitex.ExecuteTransient(s.conn, query, &sqlitex.ExecOptions{ResultFunc: func(stmt *sqlite.Stmt) error {
		cells := make([]string, stmt.ColumnCount())
		for i := range cells {
			cells[i] = stmt.ColumnText(i)
		}
		return fn(cells)
	}})
}

func (s *sqliteStore) load(_ context.Context, set rowSet) (n int64, err error) {
	stmt, err := s.conn.Prepare(insertInto(set))
	if err != nil {
		return 0, err
	}
	days := map[civil.Date]string{}
	for row := range set.rows {
		for i, v := range row {
			if err := bind(stmt, i+1, v, days); err != nil {
				return n, err
			}
		}
		if _, err := stmt.Step(); err != nil {
			return n, fmt.Errorf("table %s: %w", set.table, err)
		}
		if err := stmt.Reset(); err != nil {
			return n, err
		}
		n++
	}
	return n, stmt.Finalize()
}

func insertInto(set rowSet) string {
	return fmt.Sprintf("insert into %s (%s) values (?%s)", set.table, strings.Join(set.columns, ", "), strings.Repeat(", ?", len(set.columns)-1))
}

// bind gives a value to a parameter. days keeps the texts of dates, which are few.
func bind(stmt *sqlite.Stmt, at int, v any, days map[civil.Date]string) error {
	switch x := v.(type) {
	case nil:
		stmt.BindNull(at)
	case int64:
		stmt.BindInt64(at, x)
	case int32:
		stmt.BindInt64(at, int64(x))
	case int16:
		stmt.BindInt64(at, int64(x))
	case int:
		stmt.BindInt64(at, int64(x))
	case bool:
		stmt.BindBool(at, x)
	case string:
		stmt.BindText(at, x)
	case []byte:
		stmt.BindBytes(at, x)
	case civil.Date:
		if x.IsZero() {
			stmt.BindNull(at)
			break
		}
		text, ok := days[x]
		if !ok {
			text = x.String()
			days[x] = text
		}
		stmt.BindText(at, text)
	default:
		return fault.New(fault.Internal, "a %T cannot be stored", v)
	}
	return nil
}
