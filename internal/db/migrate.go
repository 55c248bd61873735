package db

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
	_ "modernc.org/sqlite" // for the library that migrates

	"quittance/internal/fault"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the database to the version of the program. One process at a time does it: PostgreSQL by a lock in
// a plain table, SQLite by trying again when another process was first.
func (d *DB) migrate(ctx context.Context) error {
	done, err := d.atVersion(ctx)
	if err != nil || done {
		return err
	}
	p, end, err := d.provider()
	if err != nil {
		return err
	}
	defer end()
	for try := 0; ; try++ {
		_, err = p.Up(ctx)
		if err == nil {
			return nil
		}
		if done, verr := d.atVersion(ctx); verr == nil && done {
			return nil
		}
		if try == 5 {
			return fault.New(fault.Unavailable, "the tables of the database %s cannot be brought up to date: %v", d.Name(), err).Because(err)
		}
		time.Sleep(time.Duration(try+1) * 200 * time.Millisecond)
	}
}

// folder gives the migrations of the database.
func (d *DB) folder() (fs.FS, error) {
	if d.pool != nil {
		return fs.Sub(migrations, "migrations/postgres")
	}
	return fs.Sub(migrations, "migrations/sqlite")
}

// provider prepares the library that migrates; it works through database/sql.
func (d *DB) provider() (*goose.Provider, func(), error) {
	sub, err := d.folder()
	if err != nil {
		return nil, nil, err
	}
	opts := []goose.ProviderOption{goose.WithDisableGlobalRegistry(true)}
	dialect, std := goose.DialectSQLite3, (*sql.DB)(nil)
	if d.pool != nil {
		l, err := lock.NewPostgresTableLocker()
		if err != nil {
			return nil, nil, err
		}
		opts = append(opts, goose.WithLocker(l))
		dialect, std = goose.DialectPostgres, stdlib.OpenDBFromPool(d.pool)
	} else if std, err = sql.Open("sqlite", "file:"+escape(d.url)+"?_pragma=busy_timeout(5000)&_pragma=synchronous(FULL)&_txlock=immediate"); err != nil {
		return nil, nil, err
	}
	p, err := goose.NewProvider(dialect, std, sub, opts...)
	return p, func() { std.Close() }, err
}

// escape writes a path for a file: address.
func escape(path string) string { return strings.ReplaceAll(url.PathEscape(path), "%2F", "/") }

// atVersion says whether the database is at the program's version; a newer one is refused.
func (d *DB) atVersion(ctx context.Context) (bool, error) {
	sub, err := d.folder()
	if err != nil {
		return false, err
	}
	files, err := fs.Glob(sub, "*.sql")
	if err != nil {
		return false, err
	}
	want, err := goose.NumericComponent(files[len(files)-1])
	if err != nil {
		return false, err
	}
	has, known := int64(0), false
	err = d.Read(ctx, Scope{}, func(ctx context.Context, tx *Tx) error {
		query := "select count(*) > 0 from sqlite_master where name = 'goose_db_version'"
		if tx.Postgres() {
			query = "select to_regclass('goose_db_version') is not null"
		}
		if err := tx.Row(ctx, query).Scan(&known); err != nil || !known {
			return err
		}
		return tx.Row(ctx, "select coalesce(max(version_id), 0) from goose_db_version where is_applied").Scan(&has)
	})
	if err != nil {
		return false, err
	}
	switch {
	case has > want:
		return false, fault.New(fault.Refused, "the database %s is of version %d, newer than this program, which knows %d; use the newer program", d.Name(), has, want).ByRule("database_newer")
	case has == 1:
		return false, fault.New(fault.Refused, "the database %s was made before the first release, with tables that are no longer read; export its companies with the program that made it, and import them into a new database", d.Name()).ByRule("database_older")
	}
	return has == want, nil
}
