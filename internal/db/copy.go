package db

import (
	"context"
	"errors"
	"io/fs"

	"github.com/pressly/goose/v3"
	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"quittance/internal/fault"
)

const pagesAtOnce = 2048 // copied before somebody who gives up is heard

// CopyTo writes what the unit sees of the embedded database into a new file, while others read and write: all of it as of one moment,
// which is that of the unit's first look.
func (t *Tx) CopyTo(ctx context.Context, path string) (err error) {
	if t.lite == nil {
		return fault.New(fault.Internal, "only the embedded database is copied as a file")
	}
	to, err := sqlite.OpenConn(path, sqlite.OpenReadWrite|sqlite.OpenCreate)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if err := sqlitex.ExecuteTransient(to, "pragma synchronous=off", nil); err != nil { // whoever asked makes it durable at the end
		return err
	}
	b, err := sqlite.NewBackup(to, "main", t.lite.conn, "main")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	for more := true; more; {
		if err := ctx.Err(); err != nil {
			return err
		}
		if more, err = b.Step(pagesAtOnce); err != nil {
			return err
		}
	}
	return nil
}

// ShareSnapshot gives the name under which other connections to PostgreSQL see what the unit sees, as long as it lasts.
func (t *Tx) ShareSnapshot(ctx context.Context) (name string, err error) {
	err = t.Row(ctx, "select pg_export_snapshot()").Scan(&name)
	return name, err
}

// ServerVersion gives the version of the PostgreSQL server.
func (t *Tx) ServerVersion(ctx context.Context) (v string, err error) {
	err = t.Row(ctx, "select current_setting('server_version')").Scan(&v)
	return v, err
}

// Tables counts the tables, views and sequences of anybody in the PostgreSQL database at url, and gives its name without a password.
func Tables(ctx context.Context, url string) (name string, n int, err error) {
	d, err := connectPostgres(ctx, url)
	if err != nil {
		return "", 0, err
	}
	defer d.Close()
	err = d.Read(ctx, Scope{}, func(ctx context.Context, tx *Tx) error {
		return tx.Row(ctx, `select count(*) from pg_class k join pg_namespace n on n.oid = k.relnamespace
			where n.nspname <> 'information_schema' and n.nspname not like 'pg\_%' and k.relkind in ('r', 'p', 'v', 'm', 'S', 'f')`).Scan(&n)
	})
	return d.Name(), n, err
}

// Migration gives the number of the newest migration of the unit's database.
func (t *Tx) Migration(ctx context.Context) (n int64, err error) {
	err = t.Row(ctx, "select coalesce(max(version_id), 0) from goose_db_version where is_applied").Scan(&n)
	return n, err
}

// NewestMigration gives the number of the newest migration that the program knows, which is the same for both databases.
func NewestMigration() (int64, error) {
	files, err := fs.Glob(migrations, "migrations/sqlite/*.sql")
	if err != nil {
		return 0, err
	}
	return goose.NumericComponent(files[len(files)-1])
}
