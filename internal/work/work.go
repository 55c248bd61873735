// Package work is the process that does long work for others: it posts the runs that somebody started, chunk by chunk, and delivers the
// outbox: webhooks and mails; and it runs the schedules that are due.
//
// Several such processes, and those that post in the foreground, share a run on PostgreSQL: each *leases* a few chunks at a time,
// and a lease that runs out (its process died, or hangs) is taken over by whoever comes next. Each process posts one chunk at a
// time, so that as many of them as there are cores are of use. On SQLite, which one process writes at a time, a second one is
// refused.
//
// Source: architecture, "Scaling out"; reimbursement rules, 6.
package work

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"quittance/internal/app"
	"quittance/internal/identity"
)

const pause = 500 * time.Millisecond // between looks for work when there was none

// Options say how to work.
type Options struct {
	UntilIdle bool                  // end when nothing is left to do, by nobody, instead of waiting for more
	Started   func(run string)      // told of each run that this process worked on; may be nil
	Progress  func(app.RunProgress) // may be nil
	Deliver   *Delivery             // events too; nil: they are left to others
	Scheduled func(schedule string) // told of each schedule that this process ran; may be nil
}

// Run works until the context ends, or until nothing is left to do. Work that fails is tried again after a pause, unless
// Options.UntilIdle asks for an end.
func Run(ctx context.Context, a *app.App, by identity.Actor, o Options) error {
	end, err := a.OnlyWorker(ctx)
	if err != nil {
		return err
	}
	defer end()
	rest, err := schedulesBeside(ctx, a, by, o)
	if err != nil {
		return err
	}
	defer rest()
	if o.Deliver != nil {
		finish, err := deliverBeside(ctx, a, o)
		if err != nil {
			return err
		}
		defer finish()
	}
	for {
		run, held, err := a.Work(ctx, by, o.Progress)
		switch {
		case ctx.Err() != nil:
			return nil // asked to stop: what was leased was given back
		case err != nil && o.UntilIdle:
			return err
		case err == nil && run != "":
			if o.Started != nil {
				o.Started(run)
			}
			continue
		case err == nil && o.UntilIdle && !held:
			return nil
		case err != nil:
			slog.WarnContext(ctx, "a run cannot be gone on with; it is tried again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

// deliverBeside delivers events beside the posting of runs until the context ends, or, when Options.UntilIdle asks for an end, once that is
// done. finish waits for it.
func deliverBeside(ctx context.Context, a *app.App, o Options) (finish func(), err error) {
	if err := o.Deliver.Check(); err != nil {
		return nil, err
	}
	deliver := func(ctx context.Context, idle bool) {
		if err := Deliver(ctx, a, o.Deliver, idle); err != nil {
			slog.ErrorContext(ctx, "events are not delivered", "error", err)
		}
	}
	if o.UntilIdle {
		return func() { deliver(ctx, true) }, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { deliver(ctx, false) })
	return func() { cancel(); all.Wait() }, nil
}
