package work

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"quittance/internal/fault"
)

// Tasks are the long looks and changes that this process does for people who may close the page meanwhile: a task is started, tells
// how far it is, and its result is kept some minutes for its owner. Tasks end with the process; what must outlive it is a run, which
// any process goes on with.
//
// Bounded are the tasks that run at once, in all and of one owner, those that are kept, the bytes of their results and the time for
// which they are kept; the oldest make way.
type Tasks struct {
	o      TasksOptions
	ctx    context.Context
	cancel context.CancelFunc
	wg     sync.WaitGroup

	mu    sync.Mutex
	tasks []*Task // the oldest first
}

// TasksOptions bound the tasks; a zero is the number named beside it.
type TasksOptions struct {
	Running  int           // tasks at once, of everybody: 8
	PerOwner int           // tasks at once, of one owner: 3
	Kept     int           // ended tasks: 64
	Bytes    int64         // of the results of ended tasks, as [Sized] says: 64 MiB
	Keep     time.Duration // how long an ended task is kept: 15 minutes
}

// Sized is a result that says how many bytes it takes; others count 4 KiB. One that is an [io.Closer] too is closed when it is let go.
type Sized interface{ Size() int64 }

const plainSize = 4 << 10

// NewTasks makes an empty set of tasks.
func NewTasks(o TasksOptions) *Tasks {
	orElse(&o.Running, 8)
	orElse(&o.PerOwner, 3)
	orElse(&o.Kept, 64)
	orElse(&o.Bytes, 64<<20)
	orElse(&o.Keep, 15*time.Minute)
	t := &Tasks{o: o}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	return t
}

func orElse[T comparable](v *T, other T) {
	var zero T
	if *v == zero {
		*v = other
	}
}

// Close cancels what runs, waits for its end, and lets all results go.
func (t *Tasks) Close() error {
	t.cancel()
	t.wg.Wait()
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range t.tasks {
		k.release()
	}
	t.tasks = nil
	return nil
}

// TaskProgress says how far a task is.
type TaskProgress struct {
	Done, All int64  // All 0: not known
	Text      string // what Done counts, or what is being done; may be blank
}

// Job says what a task does, and for whom.
type Job struct {
	Owner   string // who may see the task: the name of the actor
	Company string // code of the company that it is about; blank: none
	Kind    string // such as simulate
	Key     string // a second start with the same owner, company, kind and key gives the first task; blank: each start is a task
	Do      func(ctx context.Context, tell func(TaskProgress)) (result any, err error)
}

// Task is a job that runs, or has ended and is kept.
type Task struct {
	ID string
	Job
	cancel context.CancelFunc
	done   chan struct{}

	mu       sync.Mutex
	state    TaskState
	expiring *time.Timer
}

// TaskState is how a task stands.
type TaskState struct {
	TaskProgress
	Started, Ended time.Time // Ended is zero while it runs
	Result         any
	Err            error
	Cancelled      bool // its owner, or the end of the process, asked for an end
}

// State gives how the task stands.
func (k *Task) State() TaskState {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.state
}

// Ended is closed when the task has ended.
func (k *Task) Ended() <-chan struct{} { return k.done }

// Cancel asks the task for an end; what it has not finished is not done.
func (k *Task) Cancel() {
	k.mu.Lock()
	k.state.Cancelled = k.state.Ended.IsZero()
	k.mu.Unlock()
	k.cancel()
}

// Start starts a job. Too many that run at once are [fault.Limited].
func (t *Tasks) Start(j Job) (*Task, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ctx.Err() != nil {
		return nil, fault.New(fault.Unavailable, "the server is stopping; nothing was begun, try again in a minute").ByRule("stopping")
	}
	running, theirs := 0, 0
	for _, k := range t.tasks {
		same := k.Owner == j.Owner && k.Company == j.Company && k.Kind == j.Kind && k.Key == j.Key && j.Key != ""
		if s := k.State(); same && s.Err == nil && !s.Cancelled {
			return k, nil
		}
		if k.State().Ended.IsZero() {
			running++
			if k.Owner == j.Owner {
				theirs++
			}
		}
	}
	switch {
	case theirs >= t.o.PerOwner:
		return nil, fault.New(fault.Limited, "%d tasks of yours are running already; wait until one has ended, or cancel one", theirs).ByRule("too_many_tasks")
	case running >= t.o.Running:
		return nil, fault.New(fault.Limited, "the server is busy with %d tasks; nothing was begun, try again in a minute", running).ByRule("too_many_tasks")
	}
	k := &Task{ID: rand.Text(), Job: j, done: make(chan struct{}), state: TaskState{Started: time.Now()}}
	ctx, cancel := context.WithCancel(t.ctx)
	k.cancel = cancel
	t.tasks = append(t.tasks, k)
	t.wg.Go(func() { t.run(ctx, k) })
	return k, nil
}

// run does the job, and keeps its result.
func (t *Tasks) run(ctx context.Context, k *Task) {
	defer k.cancel()
	result, err := k.attempt(ctx)
	t.mu.Lock()
	k.mu.Lock()
	k.state.Result, k.state.Err, k.state.Ended = result, err, time.Now()
	k.state.Cancelled = (k.state.Cancelled || t.ctx.Err() != nil) && err != nil
	k.expiring = time.AfterFunc(t.o.Keep, func() { t.drop(k) })
	k.mu.Unlock()
	t.makeRoom()
	t.mu.Unlock()
	close(k.done)
}

// attempt does the job; a panic is a defect of the program, not its end.
func (k *Task) attempt(ctx context.Context) (result any, err error) {
	defer func() {
		if p := recover(); p != nil {
			slog.ErrorContext(ctx, "a task panicked", "kind", k.Kind, "panic", p, "stack", string(debug.Stack()))
			err = fault.New(fault.Internal, "the program met an error that it does not know; the log says more").Because(fmt.Errorf("%v", p))
		}
	}()
	return k.Do(ctx, func(p TaskProgress) {
		k.mu.Lock()
		k.state.TaskProgress = p
		k.mu.Unlock()
	})
}

// makeRoom lets the oldest ended tasks go while there are too many of them, or too much in them; the newest stays.
func (t *Tasks) makeRoom() {
	var ended []*Task
	var bytes int64
	for _, k := range t.tasks {
		if s := k.State(); !s.Ended.IsZero() {
			ended = append(ended, k)
			bytes += sizeOf(s.Result)
		}
	}
	slices.SortStableFunc(ended, func(a, b *Task) int { return a.State().Ended.Compare(b.State().Ended) })
	for len(ended) > 1 && (len(ended) > t.o.Kept || bytes > t.o.Bytes) {
		bytes -= sizeOf(ended[0].State().Result)
		t.forget(ended[0])
		ended = ended[1:]
	}
}

func sizeOf(result any) int64 {
	if s, ok := result.(Sized); ok {
		return s.Size()
	}
	return plainSize
}

func (t *Tasks) drop(k *Task) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forget(k)
}

func (t *Tasks) forget(k *Task) {
	t.tasks = slices.DeleteFunc(t.tasks, func(other *Task) bool { return other == k })
	k.release()
}

// release lets the result go; a second time it does nothing.
func (k *Task) release() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.expiring != nil {
		k.expiring.Stop()
	}
	c, ok := k.state.Result.(io.Closer)
	if !ok {
		return
	}
	k.state.Result = nil
	if err := c.Close(); err != nil {
		slog.Warn("the result of a task cannot be let go", "kind", k.Kind, "error", err)
	}
}

// Find gives a task of the owner in the company. Others' tasks are as if they were not there, [fault.NotFound].
func (t *Tasks) Find(owner, company, id string) (*Task, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, k := range t.tasks {
		if k.ID == id && k.Owner == owner && k.Company == company {
			return k, nil
		}
	}
	return nil, fault.New(fault.NotFound, "this is no longer kept, or was begun by somebody else, or on a server that has ended since; begin it again").ByRule("no_task")
}

// Of gives the tasks of the owner in the company, the newest first.
func (t *Tasks) Of(owner, company string) []*Task {
	t.mu.Lock()
	defer t.mu.Unlock()
	var theirs []*Task
	for _, k := range slices.Backward(t.tasks) {
		if k.Owner == owner && k.Company == company {
			theirs = append(theirs, k)
		}
	}
	return theirs
}

// Wait waits for the end of the task, at most so long, and says whether it has ended.
func (k *Task) Wait(ctx context.Context, most time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	select {
	case <-k.done:
		return true
	case <-ctx.Done():
		return false
	}
}

// Rate gives how many are done a second, and how long the rest will take at that rate; zeros while it is not known.
func (s TaskState) Rate(now time.Time) (perSecond float64, left time.Duration) {
	if !s.Ended.IsZero() {
		now = s.Ended
	}
	elapsed := now.Sub(s.Started)
	if s.Done <= 0 || elapsed < time.Second {
		return 0, 0
	}
	perSecond = float64(s.Done) / elapsed.Seconds()
	if s.All > s.Done {
		left = time.Duration(float64(s.All-s.Done) / perSecond * float64(time.Second)).Round(time.Second)
	}
	return perSecond, left
}

// Gone says whether the task ended because it was asked to.
func (s TaskState) Gone() bool { return s.Cancelled && errors.Is(s.Err, context.Canceled) }
