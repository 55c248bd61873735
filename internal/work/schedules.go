package work

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"quittance/internal/app"
	"quittance/internal/identity"
)

const (
	scheduleLook = 5 * time.Second  // between looks for schedules that are due
	remindLook   = 30 * time.Second // between looks for approvers to remind
	keepLook     = time.Hour        // between looks for what is done once in a while
)

// Schedules reminds the approvers who are to be reminded, does what is done once in a while, and runs the schedules that are due, one after the other, until the context ends; started is told of
// each, and may be nil. Several processes share them: each is leased to one.
func Schedules(ctx context.Context, a *app.App, by identity.Actor, started func(schedule string)) {
	keep := time.Now()
	for next := time.Now(); ; {
		if !time.Now().Before(keep) {
			if err := a.Keep(ctx, by); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "deadlines cannot be told of, or the log of deliveries not be cleaned; it is tried again", "error", err)
			}
			keep = time.Now().Add(keepLook)
		}
		if !time.Now().Before(next) {
			if _, err := a.RemindDue(ctx, by); err != nil && ctx.Err() == nil {
				slog.WarnContext(ctx, "approvers cannot be reminded; it is tried again", "error", err)
			}
			next = time.Now().Add(remindLook)
		}
		did, err := a.WorkSchedule(ctx, by)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			slog.WarnContext(ctx, "a schedule cannot be run; it is tried again", "schedule", did, "error", err)
		case did != "":
			if started != nil {
				started(did)
			}
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(scheduleLook):
		}
	}
}

// DueSchedules reminds the approvers who are to be reminded, does what is done once in a while, and runs the schedules that are due now, until none is.
func DueSchedules(ctx context.Context, a *app.App, by identity.Actor, started func(schedule string)) error {
	if _, err := a.RemindDue(ctx, by); err != nil {
		return err
	}
	if err := a.Keep(ctx, by); err != nil {
		return err
	}
	for {
		did, err := a.WorkSchedule(ctx, by)
		if err != nil || did == "" {
			return err
		}
		if started != nil {
			started(did)
		}
	}
}

// schedulesBeside runs the schedules beside the runs until rest is called; or, when the work is to end with what there is, those that are due now.
func schedulesBeside(ctx context.Context, a *app.App, by identity.Actor, o Options) (rest func(), err error) {
	if o.UntilIdle {
		return func() {}, DueSchedules(ctx, a, by, o.Scheduled)
	}
	scheduled, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { Schedules(scheduled, a, by, o.Scheduled) })
	return func() { stop(); all.Wait() }, nil
}
