package work_test

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/bench"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
	"quittance/internal/work"
)

var (
	clerk    = identity.Actor{Name: "ann", Roles: []identity.Role{identity.Clerk}}
	operator = identity.Actor{Name: "operator:test", Roles: []identity.Role{identity.Administrator}}
)

// started makes a company with a run that is started and not posted.
func started(t *testing.T, url string, customers int) *reimbursement.RunView {
	t.Helper()
	if testing.Short() {
		customers = min(customers, 600) // the race detector makes the embedded database ten times slower
	}
	if _, err := bench.Generate(t.Context(), url, bench.GenerateOptions{Customers: customers, Seed: 7, Mix: bench.City}, nil); err != nil {
		t.Fatal(err)
	}
	a := open(t, url)
	run, err := a.StartSelection(t.Context(), app.Call{Actor: clerk}, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: bench.RunDate})
	if err != nil {
		t.Fatal(err)
	}
	if run.State != reimbursement.Posting || run.Totals.Reimbursements == 0 {
		t.Fatalf("the run is %s with %+v", run.State, run.Totals)
	}
	return run
}

func open(t *testing.T, url string) *app.App {
	t.Helper()
	a, err := app.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

// posted fails the test unless the run is posted whole and the books are right, with what was posted under the name of who started it.
func posted(t *testing.T, url string, run *reimbursement.RunView) {
	t.Helper()
	a := open(t, url)
	v, err := a.Run(t.Context(), app.Call{Actor: operator}, run.ID, func(reimbursement.Decisions) error { return nil })
	if err != nil || v.State != reimbursement.Posted || v.Totals.Reimbursements != run.Totals.Reimbursements {
		t.Fatalf("the run is %+v, %v", v, err)
	}
	reports, err := a.Verify(t.Context(), app.Call{Actor: operator}, "")
	if err != nil || reports[0].Err() != nil {
		t.Fatal(err, reports[0].Err())
	}
	trail, err := a.Audit(t.Context(), app.Call{Actor: operator}, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range trail {
		if (r.Command == "reimburse.post" || r.Command == "reimburse.finish") && r.Actor != clerk.Name {
			t.Errorf("%s is recorded under %s", r.Command, r.Actor)
		}
	}
}

// Several processes share a run; here they are several doors to one database.
func TestWorkersShareARun(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		run := started(t, url, 5000)
		var wg sync.WaitGroup
		for range 2 {
			a := open(t, url)
			wg.Go(func() {
				err := work.Run(t.Context(), a, operator, work.Options{UntilIdle: true})
				if err != nil && !errors.Is(err, context.Canceled) && fault.RuleOf(err) != "second_worker" {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		posted(t, url, run)
	})
}

// SQLite is written by one process at a time: a second one that works is told so, and comes in when the first one is gone.
func TestSecondWorkerOnSQLite(t *testing.T) {
	url := dbtest.URL(t, "sqlite")
	run := started(t, url, 300)
	first, second := open(t, url), open(t, url)
	end, err := first.OnlyWorker(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = work.Run(t.Context(), second, operator, work.Options{UntilIdle: true})
	if fault.RuleOf(err) != "second_worker" || fault.CodeOf(err) != fault.Refused {
		t.Fatalf("a second worker is told %v", err)
	}
	end()
	if err := work.Run(t.Context(), second, operator, work.Options{UntilIdle: true}); err != nil {
		t.Fatal(err)
	}
	posted(t, url, run)
	if _, err := os.Stat(url + "-work"); err != nil {
		t.Error(err)
	}
}

// A worker that died holds its chunks until its lease runs out; then another one takes them over, in the same call. On SQLite leases
// are not waited for, since there is one worker.
func TestDeadWorkersChunksAreTakenOver(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a run of several chunks")
	}
	dbtest.EachURL(t, func(t *testing.T, url string) {
		run := started(t, url, 5000)
		lease := time.Second
		began := time.Now()
		d := dbtest.Open(t, url)
		var held []int
		err := d.Unit(t.Context(), db.Scope{Now: time.Now()}, func(ctx context.Context, tx *db.Tx) (err error) {
			var id int64
			if err := tx.Row(ctx, "select company, id from run where code = $1", run.ID).Scan(&tx.Company, &id); err != nil {
				return err
			}
			held, err = reimbursement.Lease(ctx, tx, id, "dead", time.Now().Add(lease).UnixMicro(), 2)
			return err
		})
		if err != nil || len(held) != 2 {
			t.Fatal(held, err)
		}
		a := open(t, url)
		if err := work.Run(t.Context(), a, operator, work.Options{UntilIdle: true}); err != nil {
			t.Fatal(err)
		}
		if d.Postgres() && time.Since(began) < lease {
			t.Error("the chunks of the dead worker were taken before its lease ran out")
		}
		posted(t, url, run)
	})
}
