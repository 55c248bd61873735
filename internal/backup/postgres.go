package backup

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// program is one of PostgreSQL's own programs, made ready to reach a database. The password goes by the environment, where the list of
// processes does not show it.
type program struct {
	path, address string
	env           []string
	major         int
}

// ours are parameters of an address that PostgreSQL's own programs do not know.
var ours = []string{"default_query_exec_mode", "statement_cache_capacity", "description_cache_capacity"}

func find(ctx context.Context, name, address string) (*program, error) {
	path, err := exec.LookPath(name)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "%s is not on the PATH; install PostgreSQL's client programs (Debian: postgresql-client), of the server's version or newer", name).ByRule("no_pg_tools").Because(err)
	}
	u, err := url.Parse(address)
	if err != nil {
		return nil, fault.New(fault.Usage, "the postgres:// address cannot be read").Because(err)
	}
	p := &program{path: path, env: os.Environ()}
	if password, ok := u.User.Password(); ok {
		p.env = append(p.env, "PGPASSWORD="+password)
		u.User = url.User(u.User.Username())
	}
	q := u.Query()
	for k := range q {
		if strings.HasPrefix(k, "pool_") || slices.Contains(ours, k) {
			q.Del(k)
		}
		if k == "password" {
			p.env = append(p.env, "PGPASSWORD="+q.Get(k))
			q.Del(k)
		}
	}
	u.RawQuery = q.Encode()
	p.address = u.String()
	out, err := p.run(ctx, "--version")
	if err != nil {
		return nil, err
	}
	p.major = major(out)
	return p, nil
}

var number = regexp.MustCompile(`\) (\d+)|^PostgreSQL (\d+)|^(\d+)`)

// major reads the number of the version: of "pg_dump (PostgreSQL) 15.18", "PostgreSQL 15.18", or "15.18".
func major(text string) int {
	for i, m := range number.FindStringSubmatch(text) {
		if i > 0 && m != "" {
			n, _ := strconv.Atoi(m)
			return n
		}
	}
	return 0
}

func (p *program) run(ctx context.Context, args ...string) (string, error) {
	c := exec.CommandContext(ctx, p.path, args...)
	c.Env = p.env
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fault.New(fault.Unavailable, "%s failed: %s", filepath.Base(p.path), firstLine(errs.String(), err)).ByRule("pg_tools").Because(fmt.Errorf("%w: %s", err, errs.String()))
	}
	return out.String(), nil
}

func firstLine(text string, err error) string {
	if line, _, _ := strings.Cut(strings.TrimSpace(text), "\n"); line != "" {
		return line
	}
	return err.Error()
}

// dump writes what the unit sees into a file, in the custom format.
func dump(ctx context.Context, tx *db.Tx, address, path string) error {
	p, err := find(ctx, "pg_dump", address)
	if err != nil {
		return err
	}
	server, err := tx.ServerVersion(ctx)
	if err != nil {
		return err
	}
	if p.major < major(server) {
		return fault.New(fault.Refused, "pg_dump is of version %d, older than the server's %d; install the client programs of the server's version", p.major, major(server)).ByRule("pg_tools_older")
	}
	snapshot, err := tx.ShareSnapshot(ctx)
	if err != nil {
		return err
	}
	_, err = p.run(ctx, "--format=custom", "--no-owner", "--no-privileges", "--snapshot="+snapshot, "--file="+path, "--dbname="+p.address)
	return err
}

// undump brings a dump into a database without tables, all of it or nothing.
func undump(ctx context.Context, path, address string) error {
	p, err := find(ctx, "pg_restore", address)
	if err != nil {
		return err
	}
	if err := empty(ctx, address); err != nil {
		return err
	}
	_, err = p.run(ctx, "--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges", "--dbname="+p.address, path)
	return err
}

// empty refuses a database that holds anything of anybody.
func empty(ctx context.Context, address string) error {
	name, some, err := db.Tables(ctx, address)
	if err == nil && some > 0 {
		err = fault.New(fault.Refused, "the database %s holds %d tables and the like already; a backup is restored into an empty database only: create one and name it with --db", name, some).ByRule("target_exists")
	}
	return err
}
