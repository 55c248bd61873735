// Package dbtest gives tests a fresh, migrated database: SQLite in a temporary folder and PostgreSQL in a throwaway
// cluster, both copied from a template so that each test starts in milliseconds.
//
// The PostgreSQL of tests is the server at QUITTANCE_TEST_POSTGRES (a postgres:// address whose user may create
// databases) or, without it, a cluster that the test binary starts itself and that ends with it. A test that needs
// PostgreSQL and finds neither fails; QUITTANCE_TEST_DB=sqlite says that only SQLite is wanted.
package dbtest

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"quittance/internal/db"
)

// QUITTANCE_TEST_ISOLATION=serializable runs the writing units on PostgreSQL serializable, and lets every third unit fail
// once with a serialisation failure after its work is done.
func init() {
	if os.Getenv("QUITTANCE_TEST_ISOLATION") == "serializable" {
		db.SetTesting(db.Testing{Serializable: true, FailEvery: 3})
	}
}

// TB is the part of testing.TB that is needed; rapid's T has it too.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// Each runs fn on SQLite and on PostgreSQL, as subtests, each with a fresh database.
func Each(t *testing.T, fn func(t *testing.T, d *db.DB)) {
	t.Helper()
	EachURL(t, func(t *testing.T, url string) { fn(t, Open(t, url)) })
}

// EachURL is Each for tests that open the database themselves, in another process say.
func EachURL(t *testing.T, fn func(t *testing.T, url string)) {
	t.Helper()
	for _, kind := range Kinds() {
		t.Run(kind, func(t *testing.T) { fn(t, URL(t, kind)) })
	}
}

// Kinds gives the databases that tests run on.
func Kinds() []string {
	switch k := os.Getenv("QUITTANCE_TEST_DB"); k {
	case "sqlite", "postgres":
		return []string{k}
	case "", "both":
		return []string{"sqlite", "postgres"}
	default:
		panic("QUITTANCE_TEST_DB is " + k + "; expected sqlite, postgres or both")
	}
}

// Open opens a database and closes it when the test ends.
func Open(t testing.TB, url string) *db.DB {
	t.Helper()
	d, err := db.Open(context.Background(), url)
	if err != nil {
		t.Fatalf("opening %s: %v", url, err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// URL makes a fresh database of the kind (sqlite or postgres) and gives its address.
func URL(t testing.TB, kind string) string {
	t.Helper()
	if kind == "sqlite" {
		return sqliteURL(t, t.TempDir())
	}
	url, name := postgresURL(t)
	t.Cleanup(func() { dropPostgres(name) })
	return url
}

var count atomic.Int64

var sqliteTemplate = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "quittance-template-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "t.db")
	d, err := db.Open(context.Background(), path)
	if err != nil {
		return nil, err
	}
	if err := d.Close(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func sqliteURL(t TB, dir string) string {
	t.Helper()
	content, err := sqliteTemplate()
	if err != nil {
		t.Fatalf("making the SQLite template: %v", err)
	}
	path := filepath.Join(dir, fmt.Sprintf("test-%d.db", count.Add(1)))
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatalf("%v", err)
	}
	return path
}

// cluster is a PostgreSQL server for tests: its address without a database name, and the template database.
type cluster struct{ base, template string }

var postgres = sync.OnceValues(func() (cluster, error) {
	base := strings.TrimSuffix(os.Getenv("QUITTANCE_TEST_POSTGRES"), "/postgres")
	if base == "" {
		var err error
		if base, err = startCluster(); err != nil {
			return cluster{}, fmt.Errorf("no PostgreSQL for the tests (install it, set QUITTANCE_TEST_POSTGRES, or QUITTANCE_TEST_DB=sqlite): %w", err)
		}
	}
	c := cluster{base: base, template: fmt.Sprintf("quittance_template_%d_%d", os.Getpid(), time.Now().UnixNano())}
	if err := c.admin("create database " + c.template + " template template0 encoding 'UTF8'"); err != nil {
		return c, err
	}
	d, err := db.Open(context.Background(), base+"/"+c.template)
	if err != nil {
		return c, err
	}
	return c, d.Close()
})

func (c cluster) admin(statement string) error {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, c.base+"/postgres")
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// Bare makes a PostgreSQL database without any table and gives its address.
func Bare(t testing.TB) string {
	t.Helper()
	c, err := postgres()
	if err != nil {
		t.Fatalf("%v", err)
	}
	name := fmt.Sprintf("quittance_test_%d_%d", os.Getpid(), count.Add(1))
	if err := c.admin("create database " + name + " template template0 encoding 'UTF8'"); err != nil {
		t.Fatalf("making a test database: %v", err)
	}
	t.Cleanup(func() { dropPostgres(name) })
	return c.base + "/" + name
}

var creating sync.Mutex // a template can be copied by one session at a time

func postgresURL(t TB) (url, name string) {
	t.Helper()
	c, err := postgres()
	if err != nil {
		t.Fatalf("%v", err)
	}
	creating.Lock()
	defer creating.Unlock()
	name = fmt.Sprintf("quittance_test_%d_%d", os.Getpid(), count.Add(1))
	if err := c.admin(fmt.Sprintf("create database %s template %s", name, c.template)); err != nil {
		t.Fatalf("making a test database: %v", err)
	}
	return c.base + "/" + name, name
}

func dropPostgres(name string) {
	if c, err := postgres(); err == nil {
		_ = c.admin("drop database if exists " + name + " with (force)")
	}
}

// Main runs the tests of a package and removes the template from a shared server afterwards.
func Main(m *testing.M) {
	code := m.Run()
	Cleanup()
	os.Exit(code)
}

// Cleanup removes the template from a shared server, and ends a cluster of our own.
func Cleanup() {
	if watched != nil {
		watched.Close()
		return
	}
	if os.Getenv("QUITTANCE_TEST_POSTGRES") == "" {
		return
	}
	if c, err := postgres(); err == nil {
		_ = c.admin("drop database if exists " + c.template + " with (force)")
	}
}

// watched is the pipe that closes when this process ends; the variable keeps it from being collected before.
var watched io.Closer

// startCluster makes and starts a PostgreSQL cluster in a temporary folder. A shell watches over it: when this process
// ends, however it ends, the pipe to the shell closes, and the shell stops the server and removes the folder.
func startCluster() (string, error) {
	bin, err := binaries()
	if err != nil {
		return "", err
	}
	dir, err := os.MkdirTemp("", "quittance-pg-")
	if err != nil {
		return "", err
	}
	attr, err := unprivileged(dir)
	if err != nil {
		return "", err
	}
	port := strconv.Itoa(12000 + os.Getpid()%20000) // below those that the system gives to connections
	data := filepath.Join(dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "quittance", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync")
	initdb.SysProcAttr, initdb.Dir = attr, dir
	if out, err := initdb.CombinedOutput(); err != nil {
		return "", fmt.Errorf("initdb: %w: %s", err, out)
	}
	script := fmt.Sprintf(`%s/postgres -D %s -p %s -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200 >%s/log 2>&1 &
pid=$!; read gone; kill -INT $pid; wait $pid; cd /; rm -rf %s`, bin, data, port, dir, dir)
	watch := exec.Command("/bin/sh", "-c", script)
	watch.SysProcAttr, watch.Dir = attr, dir
	if watched, err = watch.StdinPipe(); err != nil {
		return "", err
	}
	if err := watch.Start(); err != nil {
		return "", err
	}
	base := "postgres://quittance@127.0.0.1:" + port
	for range 100 {
		conn, err := pgx.Connect(context.Background(), base+"/postgres")
		if err == nil {
			return base, conn.Close(context.Background())
		}
		time.Sleep(100 * time.Millisecond)
	}
	log, _ := os.ReadFile(filepath.Join(dir, "log"))
	return "", fmt.Errorf("the PostgreSQL server did not start: %s", log)
}

// binaries finds the folder of PostgreSQL's programs.
func binaries() (string, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) > 0 {
		return filepath.Dir(found[len(found)-1]), nil
	}
	path, err := exec.LookPath("initdb")
	if err != nil {
		return "", err
	}
	return filepath.Dir(path), nil
}

// unprivileged gives the attributes to run as another user than root, whom PostgreSQL refuses, and hands dir to it.
func unprivileged(dir string) (*syscall.SysProcAttr, error) {
	attr := &syscall.SysProcAttr{Setsid: true}
	if os.Getuid() != 0 {
		return attr, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		attr.Credential = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		return attr, os.Chown(dir, uid, gid)
	}
	return nil, fmt.Errorf("PostgreSQL refuses to run as root, and there is no user postgres or nobody")
}
