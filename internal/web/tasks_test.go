package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/web/webtest"
	"quittance/internal/work"
)

// What takes long has a page of its own, which says how far it is and leads to what came of it.
func TestTaskHasItsPage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		o := options()
		o.Soon = time.Nanosecond
		r := webtest.Serve(t, d, o).SignedIn(identity.Clerk)
		a := r.Get("/c/PSUS/runs/simulate?who=all&date=2026-11-21")
		if !strings.HasPrefix(a.Path, "/c/PSUS/tasks/runs/") {
			t.Fatalf("the simulation leads to %s", a.Path)
		}
		task, _, _ := strings.Cut(a.Path, "?")
		if events := r.Get(task + "/events"); !strings.Contains(events.Body, `"end":true`) { // answers until the task has ended
			t.Errorf("the events say %s", events.Body)
		}
		says(t, r.Get(a.Path), http.StatusOK, "What a run of Nov 21, 2026 would do", "Propose 4 reimbursements, $160.00")
	})
}

// The page of a task that is under way tells how far it is, and stops it.
func TestTaskIsStopped(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		o := options()
		o.Tasks = work.NewTasks(work.TasksOptions{})
		r := webtest.Serve(t, d, o).SignedIn(identity.Clerk)
		told := make(chan struct{})
		k, err := o.Tasks.Start(work.Job{Owner: "clerk", Company: "PSUS", Kind: "simulate", Do: func(ctx context.Context, tell func(work.TaskProgress)) (any, error) {
			tell(work.TaskProgress{Done: 3, All: 8})
			close(told)
			<-ctx.Done()
			return nil, ctx.Err()
		}})
		if err != nil {
			t.Fatal(err)
		}
		<-told
		at := "/c/PSUS/tasks/runs/" + k.ID
		a := r.Get(at)
		says(t, a, http.StatusOK, "Simulating", "3 of 8", "You may leave this page")
		says(t, r.Post(at+"/cancel", form(t, a, at+"/cancel")), http.StatusOK, "Stopped", "Nothing was changed", "Begin again")
		if state := k.State(); !state.Gone() {
			t.Errorf("the task is %+v", state)
		}
	})
}
