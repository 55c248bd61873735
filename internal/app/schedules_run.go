package app

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"quittance/internal/db"
	"quittance/internal/drop"
	"quittance/internal/egress"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/job"
	"quittance/internal/ledger"
)

// WorkSchedule runs the schedule that has been due longest, in whatever company, and says which; blank when there is none. That it failed is in
// its history, and is no error here.
func (a *App) WorkSchedule(ctx context.Context, by identity.Actor) (string, error) {
	if by.Allow(identity.Administer) != nil {
		return "", nil // who may post runs only leaves schedules to others
	}
	var all []job.Due
	if err := plainer(a.db.Read(ctx, a.scope(Call{Actor: by}), func(ctx context.Context, tx *db.Tx) (err error) {
		all, err = job.AllDue(ctx, tx)
		return err
	})); err != nil {
		return "", err
	}
	for _, d := range all {
		r, err := a.runSchedule(ctx, d.Company, d.Code)
		if r != nil || err != nil {
			return d.Company + " " + d.Code, err
		}
	}
	return "", nil
}

// RunSchedule runs a schedule here and now, and gives what came of it.
func (a *App) RunSchedule(ctx context.Context, call Call, code string) (*ScheduleRun, error) {
	if err := a.AskSchedule(ctx, call, code); err != nil {
		return nil, err
	}
	var company string
	if err := query(ctx, a, call, identity.Administer, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error { company = c.Code; return nil }); err != nil {
		return nil, err
	}
	r, err := a.runSchedule(ctx, company, code)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, fault.New(fault.Conflict, "the schedule %s runs in another process just now; see its history", code).In("schedule").ByRule("schedule_runs")
	}
	v := viewScheduleRun(r)
	return &v, nil
}

// runSchedule takes a schedule and does it; a nil run: somebody else has it, or it is no longer due.
func (a *App) runSchedule(ctx context.Context, company, code string) (*job.Run, error) {
	worker := uuid.NewString()
	var s *job.Schedule
	var r *job.Run
	if err := a.scheduleUnit(ctx, company, func(ctx context.Context, tx *db.Tx) (err error) {
		s, r, err = job.Take(ctx, tx, code, worker)
		return err
	}); err != nil || r == nil {
		return nil, err
	}
	working, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go a.holdSchedule(working, stop, company, code, worker)
	result, err := a.doSchedule(working, company, s, r)
	if ctx.Err() != nil {
		return r, nil // asked to stop: the lease runs out, and the next process begins anew
	}
	r.State = job.Done
	if err != nil {
		r.State, r.Error = job.Failed, plainer(err).Error()
	}
	if text, err := json.Marshal(result); err == nil && result != nil {
		r.Result = string(text)
	}
	return r, a.scheduleUnit(ctx, company, func(ctx context.Context, tx *db.Tx) error {
		held, err := job.End(ctx, tx, code, r)
		r.EndedAt = tx.Micros()
		if err == nil && !held {
			slog.WarnContext(ctx, "a schedule was taken over by another process while it ran", "company", company, "schedule", code)
		}
		return err
	})
}

// scheduleUnit is a unit about the lease of a schedule; what a schedule changes are commands of its owner.
func (a *App) scheduleUnit(ctx context.Context, company string, fn db.Work) error {
	scope := a.scope(Call{Actor: identity.Actor{Name: "schedules"}})
	return plainer(a.db.Unit(ctx, scope, func(ctx context.Context, tx *db.Tx) error {
		if _, err := a.setup.Enter(ctx, tx, company, func(string) bool { return true }); err != nil {
			return err
		}
		return fn(ctx, tx)
	}))
}

// holdSchedule lengthens the lease until the context ends; when it is lost, what is being done ends too.
func (a *App) holdSchedule(ctx context.Context, stop context.CancelCauseFunc, company, code, worker string) {
	tick := time.NewTicker(job.Lease / 4)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		held := true
		err := a.scheduleUnit(ctx, company, func(ctx context.Context, tx *db.Tx) (err error) {
			held, err = job.Hold(ctx, tx, code, worker)
			return err
		})
		if err == nil && !held {
			stop(errors.New("the lease of the schedule was lost"))
			return
		}
	}
}

// doSchedule does what a schedule says, on behalf of its owner.
func (a *App) doSchedule(ctx context.Context, company string, s *job.Schedule, r *job.Run) (any, error) {
	owner, err := a.ownerOf(ctx, s.Owner)
	if err != nil {
		return nil, err
	}
	call := Call{Actor: owner, Company: company}
	if err := owner.AllowIn(company, identity.Administer); err != nil {
		return nil, err // schedules are for administrators, also when their owner was one once
	}
	var x ScheduleSettings
	if err := json.Unmarshal(s.Settings, &x); err != nil {
		return nil, err
	}
	if s.Kind == job.Report {
		return a.mailReport(ctx, call, s, r, x.Report)
	}
	return a.dropOrExport(ctx, call, s, r, x)
}

// dropOrExport reads from, or writes to, the place of a schedule.
func (a *App) dropOrExport(ctx context.Context, call Call, s *job.Schedule, r *job.Run, x ScheduleSettings) (any, error) {
	at, err := drop.ParseAddress(x.Place)
	if err != nil {
		return nil, err
	}
	var reach Outside
	if a.outside != nil {
		reach = *a.outside
	}
	access := drop.Access{Root: reach.Drops, HostKey: x.HostKey}
	if access.Dial, err = egress.Dialer(reach.Egress); err != nil {
		return nil, err
	}
	if access.Secret, err = s.Unlock(a.keys); err != nil {
		return nil, err
	}
	place, err := drop.Open(ctx, at, access)
	if err != nil {
		return nil, err
	}
	defer place.Close()
	if s.Kind == job.Export {
		return a.exportTo(ctx, call, s.Code, x.Target, place)
	}
	return a.importFrom(ctx, call, s, r, x, place)
}

// ownerOf gives who a schedule acts for, with the roles of now.
func (a *App) ownerOf(ctx context.Context, name string) (identity.Actor, error) {
	if o := (identity.Actor{Name: name, Roles: []identity.Role{identity.Administrator}}); o.Operator() {
		return o, nil
	}
	var owner identity.Actor
	err := plainer(a.db.Read(ctx, a.scope(Call{}), func(ctx context.Context, tx *db.Tx) error {
		u, err := identity.Find(ctx, tx, name)
		if err != nil {
			return err
		}
		if u.Disabled {
			return fault.New(fault.Denied, "%s, on whose behalf the schedule runs, is disabled; somebody else must save it", name).ByRule("permission")
		}
		owner = u.Actor()
		return nil
	}))
	return owner, err
}
