// Package db is the database: SQLite embedded in the program, or PostgreSQL, behind one text of SQL.
//
//   - A [DB] is an open database with all migrations applied.
//   - A [Tx] is a *unit of work*: one transaction with its [Scope] (company, actor, command, instant), frozen for its
//     life. Functions of other packages take the unit, so that use cases compose. [DB.Unit] writes, [DB.Read] sees one
//     snapshot and cannot write.
//   - SQL is written once, with $1 placeholders. Where the dialects must differ, [Tx.Postgres] tells and the two texts
//     stand side by side. Money is bigint minor units, dates are [civil.Date], instants are UTC microseconds.
//   - Bulk rows go through a [Batch]: COPY on PostgreSQL, multi-row statements on SQLite.
//   - *Group commit*: units that wait at the same time share one durable commit ([DB.Together]; on SQLite, which has one writer,
//     [DB.Unit] too). Each has a savepoint and a result of its own.
//   - A [Finisher] writes what units put off ([Tx.Later]) to the end of their transaction, by the set.
//
// Invariants: a unit that fails leaves nothing behind. Serialisation failures, deadlocks and a busy file are tried
// again until the unit's deadline, so what a unit does must be safe to repeat: effects outside the database wait for
// the commit.
//
// Source: architecture, "The unit of work" and "The database".
package db

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/jackc/pgerrcode"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"zombiezen.com/go/sqlite"

	"quittance/internal/fault"
)

const connections = 12 // to PostgreSQL, at most, unless the address says otherwise

// DB is an open database. It is safe for concurrent use.
type DB struct {
	url     string
	pool    *pgxpool.Pool // PostgreSQL; nil on SQLite
	files   *litePool     // SQLite; nil on PostgreSQL
	crew    crew
	tables  sync.Map // types of the columns written in bulk, on PostgreSQL
	queries queryCache
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
	if d.files != nil {
		if err := d.forgetSamples(ctx); err != nil {
			d.Close()
			return nil, err
		}
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
	if cfg.MaxConns < connections && !strings.Contains(url, "pool_max_conns") {
		cfg.MaxConns = connections
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err == nil {
		err = pool.Ping(ctx)
	}
	if err != nil {
		return nil, unreachable(cfg.ConnConfig.Host, err)
	}
	return &DB{url: url, pool: pool, crew: crew{most: pgLeaders}}, nil
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
	d := &DB{url: path, files: newLitePool(path), crew: crew{most: 1}}
	l, err := d.files.take(ctx, true) // shows at once whether it can be opened
	if err != nil {
		return nil, err
	}
	d.files.give(l, true)
	return d, nil
}

// Close ends all connections.
func (d *DB) Close() error {
	if d.pool != nil {
		d.pool.Close()
		return nil
	}
	return d.files.close()
}

// Postgres says whether the database is PostgreSQL (otherwise it is the embedded SQLite).
func (d *DB) Postgres() bool { return d.pool != nil }

// Name gives the database for a person to read, without a password.
func (d *DB) Name() string {
	if d.pool == nil {
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
	if d.pool != nil {
		return ""
	}
	return d.url
}

// Version gives the engine and its version.
func (d *DB) Version(ctx context.Context) (v string, err error) {
	name, query := "SQLite ", "select sqlite_version()"
	if d.pool != nil {
		name, query = "PostgreSQL ", "select current_setting('server_version')"
	}
	err = d.Read(ctx, Scope{}, func(ctx context.Context, tx *Tx) error { return tx.Row(ctx, query).Scan(&v) })
	return name + v, err
}

// Checkpoint carries the log of the embedded database over into the file and begins it anew. SQLite does that by itself only in a
// moment without readers, which a long command that always has one never gives it; and the longer the log, the slower every look.
// Somebody who reads for long only puts it off. On PostgreSQL there is nothing to do.
func (d *DB) Checkpoint(ctx context.Context) error {
	if d.files == nil {
		return nil
	}
	l, err := d.files.take(ctx, true)
	if err != nil {
		return err
	}
	defer d.files.give(l, true)
	l.conn.SetBusyTimeout(readersWait)
	defer l.conn.SetBusyTimeout(busyTimeout)
	rows, err := l.query("pragma wal_checkpoint(restart)", nil)
	if err != nil {
		return err
	}
	for rows.next() {
	}
	if err := rows.close(); err != nil && !retryable(err) {
		return err
	}
	return nil
}

// Analyze lets the database count its rows anew, so that it plans well after a bulk of them came in.
func (d *DB) Analyze(ctx context.Context) error {
	statements := []string{"analyze"}
	if d.files != nil {
		// Of tables that are empty yet, partial indexes are counted as 0 rows: joins would go through all of such a table, row by row, once it
		// is full. Without a count SQLite takes them for ordinary tables.
		statements = append(statements, "delete from sqlite_stat1 where stat like '0 %'", "analyze sqlite_schema")
	}
	err := d.Unit(ctx, Scope{}, func(ctx context.Context, tx *Tx) error {
		for _, q := range statements {
			if _, err := tx.Exec(ctx, q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil || d.files == nil {
		return err
	}
	return d.forgetSamples(ctx)
}

// forgetSamples removes the samples of keys that SQLite's analyze takes beside its counts. With samples it plans a statement anew
// for every value that is bound to it, which costs several times what the statement does.
func (d *DB) forgetSamples(ctx context.Context) error {
	has := false
	err := d.Read(ctx, Scope{}, func(ctx context.Context, tx *Tx) error {
		return tx.Row(ctx, "select count(*) > 0 from sqlite_master where name = 'sqlite_stat4'").Scan(&has)
	})
	if err != nil || !has {
		return err
	}
	err = d.Read(ctx, Scope{}, func(ctx context.Context, tx *Tx) error {
		return tx.Row(ctx, "select exists (select 1 from sqlite_stat4)").Scan(&has)
	})
	if err != nil || !has {
		return err
	}
	err = d.Unit(ctx, Scope{}, func(ctx context.Context, tx *Tx) error {
		_, err := tx.Exec(ctx, "delete from sqlite_stat4")
		return err
	})
	if err != nil {
		return err
	}
	return d.files.reopen(ctx)
}

// IsDuplicate says whether err is the violation of a unique key.
func IsDuplicate(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == pgerrcode.UniqueViolation
	}
	code := sqlite.ErrCode(err)
	return code == sqlite.ResultConstraintUnique || code == sqlite.ResultConstraintPrimaryKey || code == sqlite.ResultConstraintRowID
}

// retryable says whether the same unit may succeed when tried again.
func retryable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == pgerrcode.SerializationFailure || pg.Code == pgerrcode.DeadlockDetected
	}
	if primary := sqlite.ErrCode(err).ToPrimary(); primary == sqlite.ResultBusy || primary == sqlite.ResultLocked {
		return true
	}
	return errors.Is(err, errAgain)
}
