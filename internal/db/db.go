// Package db is the database: SQLite embedded in the program, or PostgreSQL, behind one text of SQL.
//
//   - A [DB] is an open database with all migrations applied.
//   - A [Tx] is a *unit of work*: one transaction with its [Scope] (company, actor, command, instant), frozen for its
//     life. Functions of other packages take the unit, so that use cases compose. [DB.Unit] writes, [DB.Read] sees one
//     snapshot and cannot write.
//   - SQL is written once, with $1 placeholders. Where the dialects must differ, [Tx.Postgres] tells and the two texts
//     stand side by side. Money is bigint minor units, dates are [civil.Date], instants are UTC microseconds.
//   - Bulk rows go through a [Batch]: COPY on PostgreSQL, multi-row statements on SQLite.
//
// Invariants: a unit that fails leaves nothing behind. Serialisation failures, deadlocks and a busy file are tried
// again until the unit's deadline, so what a unit does must be safe to repeat: effects outside the database wait for
// the commit.
//
// Source: architecture, "The unit of work" and "The database".
package db

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"quittance/internal/fault"
)

const (
	sqliteReaders = 4                // connections that read the embedded database, at most
	unitDeadline  = 60 * time.Second // a unit whose context has no deadline is tried again for this long
	busyTimeout   = 5000             // milliseconds that SQLite waits for another process's lock
)

// DB is an open database. It is safe for concurrent use.
type DB struct {
	url      string
	postgres bool
	write    *sql.DB
	read     *sql.DB
	pool     *pgxpool.Pool // nil on SQLite
	queries  queryCache
}

// Open opens the database at url and applies the migrations that are missing. url is a file path (the embedded
// SQLite; the file is made when absent) or a postgres:// address of PostgreSQL 14 or newer. A database newer than the
// program, or one that cannot be reached, is an error.
func Open(ctx context.Context, url string) (*DB, error) {
	d, err := connect(ctx, url)
	if err != nil {
		return nil, err
	}
	if err := d.migrate(ctx); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

func connect(ctx context.Context, url string) (*DB, error) {
	if url == "" {
		return nil, fault.New(fault.Usage, "no database is named; give --db FILE or --db postgres://…")
	}
	if strings.HasPrefix(url, "postgres://") || strings.HasPrefix(url, "postgresql://") {
		return connectPostgres(ctx, url)
	}
	if strings.Contains(url, "://") {
		return nil, fault.New(fault.Usage, "%q is not a database that is known; expected a file path or postgres://…", url)
	}
	return connectSQLite(ctx, url)
}

func connectPostgres(ctx context.Context, url string) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, fault.New(fault.Usage, "the postgres:// address cannot be read; expected postgres://user:password@host:5432/name").Because(err)
	}
	cfg.ConnConfig.RuntimeParams["application_name"] = "quittance"
	cfg.ConnConfig.RuntimeParams["jit"] = "off" // compiling cost more than running: verify of a small company 650 ms against 12 ms
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err == nil {
		err = pool.Ping(ctx)
	}
	if err != nil {
		return nil, unreachable(cfg.ConnConfig.Host, err)
	}
	d := &DB{url: url, postgres: true, pool: pool, write: stdlib.OpenDBFromPool(pool)}
	d.read = d.write
	return d, nil
}

func unreachable(host string, err error) error {
	return fault.New(fault.Unavailable, "the PostgreSQL server %q cannot be reached, or refuses the sign-in: %v", host, err).Because(err)
}

func connectSQLite(ctx context.Context, path string) (*DB, error) {
	if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
		return nil, fault.New(fault.Invalid, "the folder of the database file %q does not exist; make it first", path)
	}
	// The file holds names and addresses: it is its owner's, as SQLite's own side files then are.
	if f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return nil, fault.New(fault.Unavailable, "the database file %q cannot be opened: %v", path, err).Because(err)
	} else if err := f.Close(); err != nil {
		return nil, err
	}
	dsn := func(cachePages int, more string) string {
		p := url.PathEscape(path)
		p = strings.ReplaceAll(p, "%2F", "/")
		return fmt.Sprintf("file:%s?_pragma=busy_timeout(%d)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&_pragma=temp_store(1)&_pragma=cache_size(-%d)&%s", p, busyTimeout, cachePages, more)
	}
	w, err := sql.Open("sqlite", dsn(65536, "_txlock=immediate"))
	if err != nil {
		return nil, err
	}
	w.SetMaxOpenConns(1)
	if err := w.PingContext(ctx); err != nil {
		w.Close()
		return nil, fault.New(fault.Unavailable, "the database file %q cannot be opened: %v", path, err).Because(err)
	}
	r, err := sql.Open("sqlite", dsn(16384, "_pragma=query_only(1)"))
	if err != nil {
		return nil, err
	}
	r.SetMaxOpenConns(sqliteReaders)
	return &DB{url: path, write: w, read: r}, nil
}

// Close ends all connections.
func (d *DB) Close() error {
	err := d.write.Close()
	if d.pool != nil {
		d.pool.Close()
		return err
	}
	return errors.Join(err, d.read.Close())
}

// Postgres says whether the database is PostgreSQL (otherwise it is the embedded SQLite).
func (d *DB) Postgres() bool { return d.postgres }

// Name gives the database for a person to read, without a password.
func (d *DB) Name() string {
	if !d.postgres {
		return d.url
	}
	u, err := url.Parse(d.url)
	if err != nil {
		return "postgres"
	}
	return u.Redacted()
}

// Path gives the file of the embedded database, blank for PostgreSQL.
func (d *DB) Path() string {
	if d.postgres {
		return ""
	}
	return d.url
}

// Version gives the engine and its version.
func (d *DB) Version(ctx context.Context) (string, error) {
	var v string
	if d.postgres {
		err := d.read.QueryRowContext(ctx, "show server_version").Scan(&v)
		return "PostgreSQL " + v, err
	}
	err := d.read.QueryRowContext(ctx, "select sqlite_version()").Scan(&v)
	return "SQLite " + v, err
}

// Analyze lets the database count its rows anew, so that it plans well after a bulk of them came in.
func (d *DB) Analyze(ctx context.Context) error {
	_, err := d.write.ExecContext(ctx, "analyze")
	return err
}

// IsDuplicate says whether err is the violation of a unique key.
func IsDuplicate(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == pgerrcode.UniqueViolation
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// retryable says whether the same unit may succeed when tried again.
func retryable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == pgerrcode.SerializationFailure || pg.Code == pgerrcode.DeadlockDetected
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		primary := lite.Code() & 0xff
		return primary == sqlite3.SQLITE_BUSY || primary == sqlite3.SQLITE_LOCKED
	}
	return errors.Is(err, errAgain)
}

// errAgain is what [Again] wraps.
var errAgain = errors.New("db: try the unit again")

// Again gives an error that makes the unit roll back and be tried again: a guard found that the data changed under it.
func Again(why string) error { return fmt.Errorf("%s: %w", why, errAgain) }

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

// pgConn hands out the pgx connection under a unit on PostgreSQL.
func pgConn(c *sql.Conn, fn func(*pgx.Conn) error) error {
	return c.Raw(func(dc any) error { return fn(dc.(*stdlib.Conn).Conn()) })
}
