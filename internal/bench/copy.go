package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"quittance/internal/fault"
)

// workshop makes copies of a source database and takes them away again.
type workshop struct {
	source string
	n      int
	made   []string // addresses of the copies that are there
}

func newWorkshop(source string) *workshop { return &workshop{source: source} }

// copy makes a copy of a database, the source or another copy; nobody may be at work in it. The copy lies on the disk when it is done,
// so that its writing does not slow what is measured next.
func (w *workshop) copy(ctx context.Context, from string) (string, error) {
	w.n++
	if isPostgres(from) {
		return w.copyPostgres(ctx, from)
	}
	to := fmt.Sprintf("%s.bench-%d-%d", w.source, os.Getpid(), w.n)
	if err := checkpoint(ctx, from); err != nil {
		return "", err
	}
	if err := copyFile(from, to); err != nil {
		return "", fault.New(fault.Unavailable, "the database file cannot be copied beside itself: %v", err).Because(err)
	}
	w.made = append(w.made, to)
	// The keys of the seals lie beside the file, unless they are given.
	if err := copyFile(from+".key", to+".key"); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return to, nil
}

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err == nil {
		err = out.Sync()
	}
	return errors.Join(err, out.Close())
}

// checkpoint brings everything of the embedded database into its file.
func checkpoint(ctx context.Context, file string) error {
	s, err := openSQLite(ctx, file)
	if err != nil {
		return err
	}
	return errors.Join(all(ctx, s, "pragma wal_checkpoint(truncate)"), s.close())
}

const (
	copyTries   = 20 // while somebody, such as the autovacuum, is still in the database
	objectInUse = "55006"
)

func (w *workshop) copyPostgres(ctx context.Context, from string) (string, error) {
	admin, name, err := adminOf(ctx, from)
	if err != nil {
		return "", err
	}
	defer admin.close()
	_, base, err := withName(w.source, "")
	if err != nil {
		return "", err
	}
	copied := fmt.Sprintf("%.40s_bench_%d_%d", base, os.Getpid(), w.n)
	strategy := ""
	if v, err := number(ctx, admin, "select current_setting('server_version_num')"); err != nil {
		return "", err
	} else if v >= 150000 {
		strategy = " strategy file_copy" // else the whole copy goes through the log, and is still on its way while we measure
	}
	for try := 1; ; try++ {
		_, err = admin.exec(ctx, fmt.Sprintf("create database %s template %s%s", quoted(copied), quoted(name), strategy))
		var pg *pgconn.PgError
		if err == nil || !errors.As(err, &pg) || pg.Code != objectInUse || try == copyTries {
			break
		}
		time.Sleep(500 * time.Millisecond)
	}
	if err != nil {
		return "", fault.New(fault.Unavailable, "the database %q cannot be copied: %v; the user needs the right to create databases, and nobody else may be connected to it", name, err).Because(err)
	}
	to, _, err := withName(from, copied)
	w.made = append(w.made, to)
	return to, err
}

// adminOf connects to the server of a database, but not to the database, and gives its name.
func adminOf(ctx context.Context, address string) (admin *postgresStore, name string, err error) {
	to, name, err := withName(address, "postgres")
	if err != nil {
		return nil, "", err
	}
	admin, err = openPostgres(ctx, to)
	return admin, name, err
}

// withName gives the address with the name of another database (the same when blank), and the name that it had.
func withName(address, name string) (changed, had string, err error) {
	cfg, err := pgx.ParseConfig(address)
	if err != nil {
		return "", "", fault.New(fault.Usage, "the postgres:// address cannot be read; expected postgres://user:password@host:5432/name").Because(err)
	}
	u, err := url.Parse(address)
	if err != nil || cfg.Database == "" {
		return "", "", fault.New(fault.Usage, "the postgres:// address names no database; expected postgres://user:password@host:5432/name").Because(err)
	}
	if name != "" {
		u.Path = "/" + name
	}
	return u.String(), cfg.Database, nil
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// drop takes a copy away.
func (w *workshop) drop(ctx context.Context, copied string) error {
	for i, c := range w.made {
		if c == copied {
			w.made = append(w.made[:i], w.made[i+1:]...)
			break
		}
	}
	if isPostgres(copied) {
		admin, name, err := adminOf(ctx, copied)
		if err != nil {
			return err
		}
		_, err = admin.exec(ctx, "drop database if exists "+quoted(name)+" with (force)")
		return errors.Join(err, admin.close())
	}
	var err error
	for _, end := range []string{"", "-wal", "-shm", ".key"} {
		if rerr := os.Remove(copied + end); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}
	return err
}

// close takes all copies away that are left, also when the work was interrupted.
func (w *workshop) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var err error
	for len(w.made) > 0 {
		err = errors.Join(err, w.drop(ctx, w.made[0]))
	}
	return err
}

// settle brings a copy to rest before something is measured in it: rows counted, everything in its files.
func settle(ctx context.Context, address string) error {
	if !isPostgres(address) {
		return checkpoint(ctx, address)
	}
	s, err := openPostgres(ctx, address)
	if err != nil {
		return err
	}
	defer s.close()
	if err := all(ctx, s, "vacuum analyze"); err != nil {
		return err
	}
	_, err = s.exec(ctx, "checkpoint")
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42501" { // not allowed: both sides begin without it
		return nil
	}
	return err
}

// name gives a database for a person, without a password.
func name(address string) string {
	if !isPostgres(address) {
		return address
	}
	u, err := url.Parse(address)
	if err != nil {
		return "postgres"
	}
	return strings.TrimSuffix(u.Redacted(), "?")
}

// Drop takes a copy away that [Reimburse] kept.
func Drop(ctx context.Context, copied string) error { return (&workshop{}).drop(ctx, copied) }
