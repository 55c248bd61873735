// Package apptest gives tests a door to a fresh database with a clock of their own, and companies to put into it.
package apptest

import (
	"context"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"quittance/internal/app"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/folder"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
	"quittance/internal/secret"
)

// Now is the instant of the tests' clock.
var Now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

// Clerk is an administrator, as the operator of the command line is.
var Clerk = identity.Actor{Name: "operator:test", Roles: []identity.Role{identity.Administrator}}

// Call is a call of the operator on the only company.
var Call = app.Call{Actor: Clerk}

// Door is the door with the database behind it, for tests that do damage there.
type Door struct {
	*app.App
	DB   *db.DB
	Keys *secret.Keyring
}

// Each runs fn with a door to a fresh database, on SQLite and on PostgreSQL.
func Each(t *testing.T, fn func(t *testing.T, d *Door)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, database *db.DB) { fn(t, New(t, database)) })
}

// New makes a door to an open database, with a key of its own.
func New(t testing.TB, database *db.DB) *Door {
	t.Helper()
	keys, err := secret.Load(t.TempDir() + "/test")
	if err != nil {
		t.Fatal(err)
	}
	return Of(t, database, keys, func() time.Time { return Now })
}

// Of makes a door to an open database with a clock. What it posted is sealed at the latest when the test ends.
func Of(t testing.TB, database *db.DB, keys *secret.Keyring, now func() time.Time) *Door {
	t.Helper()
	d := &Door{App: app.New(database, keys, now), DB: database, Keys: keys}
	t.Cleanup(d.SealNow)
	return d
}

// At makes another door to the database of d, where it is the time given.
func (d *Door) At(t testing.TB, now time.Time) *Door {
	t.Helper()
	return Of(t, d.DB, d.Keys, func() time.Time { return now })
}

// Files are the files of a company folder by name without ending.
type Files map[string]string

// With gives the files with some replaced or added; an empty text takes a file away.
func (f Files) With(more Files) Files {
	out := Files{}
	for n, s := range f {
		out[n] = s
	}
	for n, s := range more {
		if out[n] = s; s == "" {
			delete(out, n)
		}
	}
	return out
}

// Append gives the files with rows added to one of them.
func (f Files) Append(name string, rows ...string) Files {
	return f.With(Files{name: strings.TrimRight(f[name], "\n") + "\n" + strings.Join(rows, "\n") + "\n"})
}

// Read reads the files as a folder.
func (f Files) Read() (*folder.Data, error) {
	fsys := fstest.MapFS{}
	for n, s := range f {
		fsys[n+".csv"] = &fstest.MapFile{Data: []byte(strings.TrimLeft(s, "\n"))}
	}
	return folder.ReadFS(fsys)
}

// Import brings the files in and fails the test when it cannot.
func (d *Door) Import(t testing.TB, f Files) *folder.Result {
	t.Helper()
	data, err := f.Read()
	if err != nil {
		t.Fatalf("reading the folder: %v", err)
	}
	r, err := d.App.Import(context.Background(), Call, data)
	if err != nil {
		t.Fatalf("import: %v", err)
	}
	return r
}

// Decisions gathers the decisions of a run.
type Decisions struct {
	Run *reimbursement.RunView
	reimbursement.Decisions
}

// Add is an [app.Decide].
func (x *Decisions) Add(d reimbursement.Decisions) error {
	x.Reimbursements = append(x.Reimbursements, d.Reimbursements...)
	x.Nettings = append(x.Nettings, d.Nettings...)
	x.Excluded = append(x.Excluded, d.Excluded...)
	return nil
}

// Simulate simulates a run and fails the test when it is refused.
func (d *Door) MustSimulate(t testing.TB, req app.RunRequest) *Decisions {
	t.Helper()
	x := &Decisions{}
	var err error
	if x.Run, err = d.Simulate(context.Background(), Call, req, x.Add); err != nil {
		t.Fatalf("simulate: %v", err)
	}
	return x
}

// MustPost posts a run for the selection and gives what it posted.
func (d *Door) MustPost(t testing.TB, req app.RunRequest) *Decisions {
	t.Helper()
	view, _, err := d.PostSelection(context.Background(), Call, req, nil)
	if err != nil {
		t.Fatalf("post: %v", err)
	}
	x := &Decisions{}
	if x.Run, err = d.Run(context.Background(), Call, view.ID, x.Add); err != nil {
		t.Fatalf("reading the run: %v", err)
	}
	return x
}

// MustVerify proves the books and fails the test when they are not right.
func (d *Door) MustVerify(t testing.TB) {
	t.Helper()
	if err := d.SealLeft(context.Background()); err != nil { // other doors may have posted, too
		t.Fatalf("sealing: %v", err)
	}
	reports, err := d.Verify(context.Background(), Call, "")
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	for _, r := range reports {
		for _, f := range r.Findings {
			t.Errorf("verify finds %s: %s", f.Rule, f.Message)
		}
		if r.Unsealed != 0 {
			t.Errorf("%d vouchers are unsealed", r.Unsealed)
		}
	}
}
