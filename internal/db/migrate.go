package db

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"quittance/internal/fault"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the database to the version of the program. One process at a time does it: PostgreSQL by a lock in
// a plain table, SQLite by trying again when another process was first.
func (d *DB) migrate(ctx context.Context) error {
	folder, dialect := "migrations/sqlite", goose.DialectSQLite3
	var opts []goose.ProviderOption
	if d.postgres {
		folder, dialect = "migrations/postgres", goose.DialectPostgres
	}
	sub, err := fs.Sub(migrations, folder)
	if err != nil {
		return err
	}
	plain, err := goose.NewProvider(dialect, d.write, sub, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	done, err := d.atVersion(ctx, plain)
	if err != nil || done {
		return err
	}
	if d.postgres {
		l, err := lock.NewPostgresTableLocker()
		if err != nil {
			return err
		}
		opts = append(opts, goose.WithLocker(l))
	}
	p, err := goose.NewProvider(dialect, d.write, sub, append(opts, goose.WithDisableGlobalRegistry(true))...)
	if err != nil {
		return err
	}
	for try := 0; ; try++ {
		_, err = p.Up(ctx)
		if err == nil {
			return nil
		}
		if done, verr := d.atVersion(ctx, plain); verr == nil && done {
			return nil
		}
		if try == 5 {
			return fault.New(fault.Unavailable, "the tables of the database %s cannot be brought up to date: %v", d.Name(), err).Because(err)
		}
		time.Sleep(time.Duration(try+1) * 200 * time.Millisecond)
	}
}

// atVersion says whether the database is at the program's version; a newer one is refused.
func (d *DB) atVersion(ctx context.Context, p *goose.Provider) (bool, error) {
	var known bool
	table := "select count(*) > 0 from sqlite_master where name = 'goose_db_version'"
	if d.postgres {
		table = "select to_regclass('goose_db_version') is not null"
	}
	if err := d.write.QueryRowContext(ctx, table).Scan(&known); err != nil || !known {
		return false, err
	}
	has, err := p.GetDBVersion(ctx)
	if err != nil {
		return false, err
	}
	if has == 1 {
		return false, fault.New(fault.Refused, "the database %s was made before the first release, with tables that are no longer read; export its companies with the program that made it, and import them into a new database", d.Name()).ByRule("database_older")
	}
	sources := p.ListSources()
	want := sources[len(sources)-1].Version
	if has > want {
		return false, fault.New(fault.Refused, "the database %s is of version %d, newer than this program, which knows %d; use the newer program", d.Name(), has, want).ByRule("database_newer")
	}
	return has == want, nil
}
