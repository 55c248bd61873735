package app

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"unicode/utf8"

	"quittance/internal/db"
	"quittance/internal/drop"
	"quittance/internal/egress"
	"quittance/internal/fault"
	"quittance/internal/handover"
	"quittance/internal/identity"
	"quittance/internal/job"
	"quittance/internal/ledger"
)

// Outside says what schedules of this process may reach.
type Outside struct {
	Drops    string         // the folder below which drops and exports are; blank: none
	Egress   egress.Options // for SFTP servers
	Attached int64          // bytes of a report that a mail brings, at most; 0: 10 MiB
}

// Reach sets what schedules of this process may reach; before any runs.
func (a *App) Reach(o Outside) { a.outside = &o }

// ScheduleSettings say where a schedule looks, or writes, and what; or what it mails.
type ScheduleSettings struct {
	Place   string           `json:"place"`            // folder:PATH or sftp://USER@HOST:PORT/PATH; blank: a report
	HostKey string           `json:"host_key"`         // fingerprint of the server's key, such as SHA256:…; blank for a folder
	Target  string           `json:"target"`           // of an export
	Settle  int              `json:"settle"`           // seconds for which a dropped file must not change; 0: 10
	Report  *ScheduledReport `json:"report,omitempty"` // nil: it mails none
}

// ScheduleEntry is a schedule to save.
type ScheduleEntry struct {
	Code   string
	Kind   job.Kind
	Cron   string
	Zone   string // blank: UTC
	Paused bool
	ScheduleSettings
	Secret string `json:"-"` // password or private key of an SFTP server; blank keeps what is there
}

// Schedule is what is done again and again.
type Schedule struct {
	Schedule string   `json:"schedule"`
	Kind     job.Kind `json:"kind"`
	Cron     string   `json:"cron"`
	Zone     string   `json:"zone"`
	Paused   bool     `json:"paused"`
	ScheduleSettings
	HasSecret bool   `json:"has_secret"`
	Owner     string `json:"owner"`   // on whose behalf it runs
	NextAt    string `json:"next_at"` // blank while it is paused
	AskedBy   string `json:"asked_by"`
	Running   bool   `json:"running"`
}

// ScheduleRun is one time that a schedule was done.
type ScheduleRun struct {
	Number    int64           `json:"number"`
	State     job.State       `json:"state"`
	DueAt     string          `json:"due_at"`
	Missed    int64           `json:"missed"` // later times that it stands for too
	AskedBy   string          `json:"asked_by"`
	Owner     string          `json:"owner"`
	StartedAt string          `json:"started_at"`
	EndedAt   string          `json:"ended_at"`
	Result    json.RawMessage `json:"result,omitempty"`
	Error     string          `json:"error"`
}

func viewSchedule(s *job.Schedule) (Schedule, error) {
	v := Schedule{Schedule: s.Code, Kind: s.Kind, Cron: s.Cron, Zone: s.Zone, Paused: !s.Active, HasSecret: s.KeyID != "", Owner: s.Owner, AskedBy: s.AskedBy, Running: s.Worker != ""}
	if s.Active {
		v.NextAt = instant(s.NextAt)
	}
	return v, json.Unmarshal(s.Settings, &v.ScheduleSettings)
}

// Schedules gives the schedules of the company, by code.
func (a *App) Schedules(ctx context.Context, call Call) ([]Schedule, error) {
	rows := []Schedule{}
	err := query(ctx, a, call, identity.Administer, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, err := job.List(ctx, tx)
		for i := range all {
			v, err := viewSchedule(&all[i])
			if err != nil {
				return err
			}
			rows = append(rows, v)
		}
		return err
	})
	return rows, err
}

// Schedule gives a schedule.
func (a *App) Schedule(ctx context.Context, call Call, code string) (*Schedule, error) {
	var v Schedule
	err := query(ctx, a, call, identity.Administer, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		if err := plain("schedule", code); err != nil {
			return err
		}
		s, err := job.Find(ctx, tx, code)
		if err != nil {
			return err
		}
		v, err = viewSchedule(s)
		return err
	})
	return &v, err
}

// SaveSchedule makes a schedule, or changes the one with its code. It runs on behalf of who saved it last, with the roles that that person has
// when it runs. A secret is kept only while the server, its key and its user stay the same.
func (a *App) SaveSchedule(ctx context.Context, call Call, e ScheduleEntry) (*Schedule, error) {
	shown := e
	shown.Secret = ""
	return do(ctx, a, call, command{name: "schedule.save", permission: identity.Administer, input: []any{shown, e.Secret != ""}}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *Schedule, error) {
		if err := e.check(ctx, tx, c); err != nil {
			return "", nil, nil, err
		}
		settings, err := json.Marshal(e.ScheduleSettings)
		if err != nil {
			return "", nil, nil, err
		}
		s := &job.Schedule{Code: e.Code, Kind: e.Kind, Cron: e.Cron, Zone: cmp.Or(e.Zone, "UTC"), Settings: settings, Active: !e.Paused, Owner: tx.Actor, Sealed: []byte{}}
		if err := e.secret(ctx, tx, a, s); err != nil {
			return "", nil, nil, err
		}
		if err := job.Save(ctx, tx, s); err != nil {
			return "", nil, nil, err
		}
		v, err := viewSchedule(s)
		return "schedule " + e.Code, shown, &v, err
	})
}

func (e *ScheduleEntry) check(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
	if err := checkFileCode("schedule", e.Code, longestCode); err != nil {
		return err
	}
	if err := plain("schedule", strings.Join([]string{e.Cron, e.Zone, e.Place, e.HostKey, e.Target, e.Secret}, " ")); err != nil {
		return err
	}
	if !slices.Contains(job.Kinds(), e.Kind) {
		return oneOf("kind", string(e.Kind), job.Kinds())
	}
	if e.Kind == job.Report {
		return e.checkReport(ctx, tx, c)
	}
	if e.Report != nil {
		return fault.New(fault.Invalid, "a schedule of the kind %s mails no report", e.Kind).In("report")
	}
	return e.checkPlace(ctx, tx)
}

// checkPlace refuses where nothing could be read or written.
func (e *ScheduleEntry) checkPlace(ctx context.Context, tx *db.Tx) error {
	at, err := drop.ParseAddress(e.Place)
	if err != nil {
		return err
	}
	switch {
	case e.Settle < 0 || e.Settle > 600:
		return fault.New(fault.Invalid, "%d seconds are none for a drop to settle; expected 0 to 600", e.Settle).In("settle")
	case at.Remote():
		if err := drop.CheckHostKey(e.HostKey); err != nil {
			return err
		}
	case e.HostKey != "" || e.Secret != "":
		return fault.New(fault.Invalid, "a folder needs neither a host key nor a secret").In("host_key")
	}
	if e.Kind == job.Import {
		if e.Target != "" {
			return fault.New(fault.Invalid, "an import has no export target").In("target")
		}
		return nil
	}
	_, err = handover.FindTarget(ctx, tx, e.Target)
	return err
}

// secret seals the new secret, or keeps the one that is there for the same server.
func (e *ScheduleEntry) secret(ctx context.Context, tx *db.Tx, a *App, s *job.Schedule) error {
	if e.Kind == job.Report {
		return nil
	}
	at, err := drop.ParseAddress(e.Place)
	if err != nil || !at.Remote() {
		return err
	}
	if e.Secret != "" {
		if len(e.Secret) > 16<<10 || !utf8.ValidString(e.Secret) {
			return fault.New(fault.Invalid, "the secret is too long").In("secret")
		}
		if err := drop.CheckSecret(e.Secret); err != nil {
			return err
		}
		return s.Lock(a.keys, e.Secret)
	}
	old, err := job.Find(ctx, tx, e.Code)
	if err != nil && fault.CodeOf(err) != fault.NotFound {
		return err
	}
	var was ScheduleSettings
	if err == nil && old.KeyID != "" {
		if err := json.Unmarshal(old.Settings, &was); err != nil {
			return err
		}
		if before, err := drop.ParseAddress(was.Place); err == nil && before.Host == at.Host && before.Port == at.Port && before.User == at.User && was.HostKey == e.HostKey {
			s.KeyID, s.Sealed = old.KeyID, old.Sealed
			return nil
		}
	}
	return fault.New(fault.Invalid, "give the password or private key for the server %s", at.Host).In("secret").ByRule("no_secret")
}

// PauseSchedule pauses a schedule, or lets it go on; then it is next due at its next time.
func (a *App) PauseSchedule(ctx context.Context, call Call, code string, paused bool) error {
	name := "schedule.resume"
	if paused {
		name = "schedule.pause"
	}
	return a.onSchedule(ctx, call, name, code, func(ctx context.Context, tx *db.Tx) error {
		s, err := job.Find(ctx, tx, code)
		if err != nil || s.Active == !paused {
			return err
		}
		s.Active = !paused
		return job.Save(ctx, tx, s)
	})
}

// RemoveSchedule removes a schedule; its history stays.
func (a *App) RemoveSchedule(ctx context.Context, call Call, code string) error {
	return a.onSchedule(ctx, call, "schedule.remove", code, func(ctx context.Context, tx *db.Tx) error { return job.Remove(ctx, tx, code) })
}

// AskSchedule lets a schedule run as soon as a process that works comes by, also when it is paused.
func (a *App) AskSchedule(ctx context.Context, call Call, code string) error {
	return a.onSchedule(ctx, call, "schedule.run", code, func(ctx context.Context, tx *db.Tx) error { return job.Ask(ctx, tx, code) })
}

func (a *App) onSchedule(ctx context.Context, call Call, name, code string, fn db.Work) error {
	_, err := do(ctx, a, call, command{name: name, permission: identity.Administer, input: code}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		if err := plain("schedule", code); err != nil {
			return "", nil, false, err
		}
		return "schedule " + code, nil, true, fn(ctx, tx)
	})
	return err
}

// ScheduleRuns gives the runs of a schedule, the newest first; also of one that is gone.
func (a *App) ScheduleRuns(ctx context.Context, call Call, code string, p Page) (Part[ScheduleRun], error) {
	var before int64
	list := "schedule runs " + code
	limit, err := p.open(list, &before)
	part := Part[ScheduleRun]{Items: []ScheduleRun{}}
	if err := cmp.Or(err, plain("schedule", code)); err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Administer, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		runs, err := job.History(ctx, tx, code, before, limit)
		for _, r := range runs {
			part.Items = append(part.Items, viewScheduleRun(&r))
		}
		if len(runs) == limit && runs[limit-1].N > 1 {
			part.Next = next(list, runs[limit-1].N)
		}
		return err
	})
	return part, err
}

func viewScheduleRun(r *job.Run) ScheduleRun {
	return ScheduleRun{
		Number: r.N, State: r.State, DueAt: instant(r.DueAt), Missed: r.Missed, AskedBy: r.AskedBy, Owner: r.Owner, StartedAt: instant(r.StartedAt), EndedAt: instant(r.EndedAt),
		Result: json.RawMessage(r.Result), Error: r.Error,
	}
}
