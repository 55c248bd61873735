package work_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"quittance/internal/fault"
	"quittance/internal/work"
)

// held is a job that tells, waits for its context or for go, and gives a result.
func held(owner string, free <-chan struct{}, result any) work.Job {
	return work.Job{Owner: owner, Company: "CITY", Kind: "simulate", Do: func(ctx context.Context, tell func(work.TaskProgress)) (any, error) {
		tell(work.TaskProgress{Done: 3, All: 12, Text: "customers"})
		select {
		case <-free:
			return result, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}}
}

// quick is a job that ends at once with the result.
func quick(owner string, result any, err error) work.Job {
	return work.Job{Owner: owner, Company: "CITY", Kind: "simulate", Do: func(context.Context, func(work.TaskProgress)) (any, error) { return result, err }}
}

// heavy is a result of a size that notes when it is let go.
type heavy struct {
	size   int64
	closed atomic.Int64
}

func (h *heavy) Size() int64  { return h.size }
func (h *heavy) Close() error { h.closed.Add(1); return nil }

func mustStart(t *testing.T, ts *work.Tasks, j work.Job) *work.Task {
	t.Helper()
	k, err := ts.Start(j)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// tasks runs fn in a bubble with a clock of its own; tasks that are left running fail it.
func tasks(t *testing.T, o work.TasksOptions, fn func(t *testing.T, ts *work.Tasks)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ts := work.NewTasks(o)
		fn(t, ts)
		if err := ts.Close(); err != nil {
			t.Error(err)
		}
	})
}

func TestTaskTellsProgressAndResult(t *testing.T) {
	tasks(t, work.TasksOptions{}, func(t *testing.T, ts *work.Tasks) {
		free := make(chan struct{})
		k := mustStart(t, ts, held("ann", free, "done"))
		time.Sleep(2 * time.Second) // of the bubble's clock
		s := k.State()
		if s.Done != 3 || s.All != 12 || s.Text != "customers" || !s.Ended.IsZero() {
			t.Errorf("state %+v", s)
		}
		if rate, left := s.Rate(time.Now()); rate != 1.5 || left != 6*time.Second {
			t.Errorf("%v a second, %v left", rate, left)
		}
		if k.Wait(t.Context(), time.Second) {
			t.Error("ended before it was let go")
		}
		close(free)
		if !k.Wait(t.Context(), time.Second) {
			t.Fatal("did not end")
		}
		if s := k.State(); s.Result != "done" || s.Err != nil || s.Ended.IsZero() || s.Cancelled {
			t.Errorf("state %+v", s)
		}
	})
}

func TestTaskIsOfItsOwnerOnly(t *testing.T) {
	tasks(t, work.TasksOptions{}, func(t *testing.T, ts *work.Tasks) {
		k := mustStart(t, ts, quick("ann", 1, nil))
		if found, err := ts.Find("ann", "CITY", k.ID); err != nil || found != k {
			t.Errorf("%v, %v", found, err)
		}
		for _, c := range [][3]string{{"bob", "CITY", k.ID}, {"ann", "OTHER", k.ID}, {"ann", "CITY", ""}, {"ann", "CITY", "x"}} {
			if _, err := ts.Find(c[0], c[1], c[2]); fault.CodeOf(err) != fault.NotFound {
				t.Errorf("%v: %v", c, err)
			}
		}
		if n := len(ts.Of("ann", "CITY")); n != 1 {
			t.Errorf("ann has %d tasks", n)
		}
		if n := len(ts.Of("bob", "CITY")); n != 0 {
			t.Errorf("bob has %d tasks", n)
		}
	})
}

func TestSameKeyIsOneTask(t *testing.T) {
	tasks(t, work.TasksOptions{}, func(t *testing.T, ts *work.Tasks) {
		j := quick("ann", 1, nil)
		j.Key = "k1"
		first := mustStart(t, ts, j)
		synctest.Wait()
		if again := mustStart(t, ts, j); again != first {
			t.Error("the second is another task")
		}
		other := j
		other.Owner = "bob"
		if mustStart(t, ts, other) == first {
			t.Error("another owner's task is given")
		}
		failing := quick("ann", nil, errors.New("no"))
		failing.Key = "k2"
		broken := mustStart(t, ts, failing)
		synctest.Wait()
		if mustStart(t, ts, failing) == broken {
			t.Error("what failed cannot be tried again")
		}
	})
}

func TestTooManyTasksAreRefused(t *testing.T) {
	tasks(t, work.TasksOptions{Running: 3, PerOwner: 2}, func(t *testing.T, ts *work.Tasks) {
		mustStart(t, ts, held("ann", nil, nil))
		second := mustStart(t, ts, held("ann", nil, nil))
		if _, err := ts.Start(held("ann", nil, nil)); fault.CodeOf(err) != fault.Limited {
			t.Errorf("a third of ann: %v", err)
		}
		mustStart(t, ts, held("bob", nil, nil))
		if _, err := ts.Start(held("cay", nil, nil)); fault.CodeOf(err) != fault.Limited {
			t.Errorf("a fourth in all: %v", err)
		}
		second.Cancel()
		<-second.Ended()
		if s := second.State(); !s.Gone() || !s.Cancelled {
			t.Errorf("state %+v", s)
		}
		mustStart(t, ts, held("cay", nil, nil))
	})
}

func TestResultsMakeWay(t *testing.T) {
	tasks(t, work.TasksOptions{Kept: 3, Bytes: 100, Keep: time.Minute}, func(t *testing.T, ts *work.Tasks) {
		results := []*heavy{{size: 1}, {size: 1}, {size: 1}, {size: 1}, {size: 99}, {size: 500}}
		started := make([]*work.Task, len(results))
		want := []string{"0", "01", "012", "123", "34", "5"}
		for i, r := range results {
			started[i] = mustStart(t, ts, quick("ann", r, nil))
			synctest.Wait()
			kept := ""
			for j, k := range started[:i+1] {
				_, err := ts.Find("ann", "CITY", k.ID)
				if (err == nil) != (results[j].closed.Load() == 0) {
					t.Errorf("task %d: %v, closed %d times", j, err, results[j].closed.Load())
				}
				if err == nil {
					kept += string(rune('0' + j))
				}
			}
			if kept != want[i] {
				t.Errorf("after %d the tasks %s are kept, expected %s", i, kept, want[i])
			}
		}
		time.Sleep(time.Minute + time.Second)
		synctest.Wait()
		if n := len(ts.Of("ann", "CITY")); n != 0 {
			t.Errorf("%d tasks are kept past their time", n)
		}
		for i, r := range results {
			if r.closed.Load() != 1 {
				t.Errorf("result %d was let go %d times", i, r.closed.Load())
			}
		}
	})
}

func TestPanicEndsTheTaskOnly(t *testing.T) {
	tasks(t, work.TasksOptions{}, func(t *testing.T, ts *work.Tasks) {
		k := mustStart(t, ts, work.Job{Owner: "ann", Do: func(context.Context, func(work.TaskProgress)) (any, error) { panic("secret 4711") }})
		<-k.Ended()
		if err := k.State().Err; fault.CodeOf(err) != fault.Internal || err.Error() == "" || errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	})
}

func TestCloseEndsTasks(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	ts := work.NewTasks(work.TasksOptions{})
	k := mustStart(t, ts, held("ann", nil, nil))
	r := &heavy{}
	ended := mustStart(t, ts, quick("ann", r, nil))
	<-ended.Ended()
	if err := ts.Close(); err != nil {
		t.Fatal(err)
	}
	if s := k.State(); !s.Gone() {
		t.Errorf("state %+v", s)
	}
	if r.closed.Load() != 1 {
		t.Errorf("the result was let go %d times", r.closed.Load())
	}
	if _, err := ts.Start(quick("ann", nil, nil)); fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("started after the end: %v", err)
	}
}
