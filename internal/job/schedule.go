package job

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/secret"
)

// Schedule is something that is done again and again.
type Schedule struct {
	Code       string
	Kind       Kind
	Cron, Zone string
	Settings   json.RawMessage // object, without secrets
	Active     bool            // false: paused
	Owner      string          // on whose behalf it runs
	NextAt     int64           // UTC microseconds
	AskedBy    string          // who wants it run now; blank: nobody
	Worker     string          // who runs it; blank: nobody
	KeyID      string          // blank: it has no secret
	Sealed     []byte
}

// place is what a secret is bound to.
func place(code string) string { return "schedule " + code }

// Lock seals the secret of a schedule; a blank one takes it away.
func (s *Schedule) Lock(keys *secret.Keyring, text string) (err error) {
	s.KeyID, s.Sealed = "", []byte{}
	if text != "" {
		s.KeyID, s.Sealed, err = keys.Seal([]byte(text), place(s.Code))
	}
	return err
}

// Unlock opens the secret; blank when there is none.
func (s *Schedule) Unlock(keys *secret.Keyring) (string, error) {
	if s.KeyID == "" {
		return "", nil
	}
	text, err := keys.Open(s.KeyID, s.Sealed, place(s.Code))
	return string(text), err
}

const columns = "code, kind, cron, zone, settings, key_id, sealed, active, owner, next_at, asked_by, worker"

func scan(r interface{ Scan(...any) error }, s *Schedule) error {
	var settings string
	var active int64
	err := r.Scan(&s.Code, &s.Kind, &s.Cron, &s.Zone, &settings, &s.KeyID, &s.Sealed, &active, &s.Owner, &s.NextAt, &s.AskedBy, &s.Worker)
	s.Settings, s.Active = json.RawMessage(settings), active == 1
	return err
}

// Find gives a schedule of the company; none is [fault.NotFound].
func Find(ctx context.Context, tx *db.Tx, code string) (*Schedule, error) {
	s := &Schedule{}
	err := scan(tx.Row(ctx, "select "+columns+" from schedule where company = $1 and code = $2", tx.Company, code), s)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no schedule %q", short(code)).In("schedule")
	}
	return s, err
}

// List gives the schedules of the company, by code.
func List(ctx context.Context, tx *db.Tx) ([]Schedule, error) {
	return db.List(ctx, tx, func(r *db.Rows, s *Schedule) error { return scan(r, s) },
		"select "+columns+" from schedule where company = $1 order by code", tx.Company)
}

// Save makes a schedule, or changes the one with its code, and reckons when it is next due. One that runs is not changed, [fault.Conflict].
func Save(ctx context.Context, tx *db.Tx, s *Schedule) error {
	t, err := ParseTimes(s.Cron, s.Zone)
	if err != nil {
		return err
	}
	s.NextAt = t.Next(tx.Now).UnixMicro()
	active := int64(0)
	if s.Active {
		active = 1
	}
	n, err := tx.Exec(ctx, `insert into schedule (company, code, kind, cron, zone, settings, key_id, sealed, active, owner, made_at, next_at, asked_by, worker, leased_until)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, '', '', 0)
		on conflict (company, code) do update set kind = excluded.kind, cron = excluded.cron, zone = excluded.zone, settings = excluded.settings, key_id = excluded.key_id, sealed = excluded.sealed,
		active = excluded.active, owner = excluded.owner, next_at = excluded.next_at where schedule.worker = '' or schedule.leased_until <= $13`,
		tx.Company, s.Code, string(s.Kind), s.Cron, s.Zone, string(s.Settings), s.KeyID, s.Sealed, active, s.Owner, tx.Micros(), s.NextAt, tx.Micros())
	if err == nil && n == 0 {
		return running(s.Code)
	}
	return err
}

func running(code string) error {
	return fault.New(fault.Conflict, "the schedule %s runs just now; try again when it has ended", code).In("schedule").ByRule("schedule_runs")
}

// Remove removes a schedule; its runs stay. One that runs is not removed, [fault.Conflict].
func Remove(ctx context.Context, tx *db.Tx, code string) error {
	if _, err := Find(ctx, tx, code); err != nil {
		return err
	}
	n, err := tx.Exec(ctx, "delete from schedule where company = $1 and code = $2 and (worker = '' or leased_until <= $3)", tx.Company, code, tx.Micros())
	if err == nil && n == 0 {
		return running(code)
	}
	if err == nil {
		_, err = interrupted(ctx, tx, code) // of a worker that died: nobody takes over what is gone
	}
	return err
}

// Ask lets the schedule run as soon as a worker comes by, also when it is paused.
func Ask(ctx context.Context, tx *db.Tx, code string) error {
	if _, err := Find(ctx, tx, code); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, "update schedule set asked_by = $1 where company = $2 and code = $3", tx.Actor, tx.Company, code)
	return err
}

// Resealed seals the secrets of the company again with the current key, where they are sealed with another, and says how many.
func Resealed(ctx context.Context, tx *db.Tx, keys *secret.Keyring) (n int, err error) {
	all, err := List(ctx, tx)
	for i := range all {
		s := &all[i]
		if err != nil || s.KeyID == "" || s.KeyID == keys.Current() {
			continue
		}
		if s.KeyID, s.Sealed, err = keys.Reseal(s.KeyID, s.Sealed, place(s.Code)); err != nil {
			return n, err
		}
		_, err = tx.Exec(ctx, "update schedule set key_id = $1, sealed = $2 where company = $3 and code = $4", s.KeyID, s.Sealed, tx.Company, s.Code)
		n++
	}
	return n, err
}

// TryKeys opens the secrets of schedules with the keys they are sealed with; see [party.TryKeys].
func TryKeys(ctx context.Context, tx *db.Tx, keys *secret.Keyring) (secret.Uses, error) {
	uses := secret.Uses{}
	all, err := List(ctx, tx)
	for i := range all {
		s := &all[i]
		if s.KeyID == "" {
			continue
		}
		if uses[s.KeyID] == nil {
			uses[s.KeyID] = &secret.Use{}
		}
		uses[s.KeyID].Values++
		uses[s.KeyID].Try(keys, s.KeyID, s.Sealed, place(s.Code))
	}
	return uses, err
}

// Due names schedules, of all companies, that may be run now.
type Due struct{ Company, Code string }

// AllDue gives the schedules of all companies that are due, asked for, or left by a worker whose lease ran out; the longest due first.
func AllDue(ctx context.Context, tx *db.Tx) ([]Due, error) {
	return db.List(ctx, tx, func(r *db.Rows, d *Due) error { return r.Scan(&d.Company, &d.Code) },
		"select c.code, s.code from schedule s join company c on c.id = s.company where "+due+" order by s.next_at, c.code, s.code limit 100", tx.Micros())
}

const due = "s.leased_until <= $1 and (s.leased_until > 0 or s.asked_by <> '' or (s.active = 1 and s.next_at <= $1))"

func micros(t int64) time.Time { return time.UnixMicro(t).UTC() }
