package job

import (
	"context"
	"time"

	"quittance/internal/db"
)

// Lease is how long a worker holds a schedule without a sign of life.
const Lease = 2 * time.Minute

// State is how a run stands.
type State string

// The states.
const (
	Running     State = "running"
	Done        State = "done"
	Failed      State = "failed"
	Interrupted State = "interrupted" // its worker died; another one began anew
)

// Run is one time that a schedule was done. Instants are UTC microseconds, 0 when they are yet to come.
type Run struct {
	N                         int64
	DueAt, StartedAt, EndedAt int64
	Missed                    int64 // later times that it stands for too
	AskedBy, Owner, Worker    string
	State                     State
	Result                    string // JSON; blank: none
	Error                     string
}

// Take leases a schedule that is due to a worker, and begins a run; none when it is no longer due, or somebody else has it. A run that takes over from
// a worker that died is for the time of the interrupted one, and nothing else: what is due besides comes after it.
func Take(ctx context.Context, tx *db.Tx, code, worker string) (*Schedule, *Run, error) {
	n, err := tx.Exec(ctx, "update schedule as s set worker = $2, leased_until = $3 where "+due+" and s.company = $4 and s.code = $5",
		tx.Micros(), worker, tx.Now.Add(Lease).UnixMicro(), tx.Company, code)
	if err != nil {
		return nil, nil, err
	}
	s, err := Find(ctx, tx, code)
	if err != nil || n == 0 {
		return nil, nil, err
	}
	r, err := interrupted(ctx, tx, code)
	if err != nil {
		return nil, nil, err
	}
	if r == nil {
		if r, err = s.begin(ctx, tx); err != nil {
			return nil, nil, err
		}
	}
	r.StartedAt, r.Owner, r.Worker, r.State = tx.Micros(), s.Owner, worker, Running
	if err := tx.Row(ctx, "select coalesce(max(n), 0) + 1 from schedule_run where company = $1 and schedule = $2", tx.Company, code).Scan(&r.N); err != nil {
		return nil, nil, err
	}
	_, err = tx.Exec(ctx, `insert into schedule_run (company, schedule, n, due_at, missed, asked_by, owner, worker, started_at, ended_at, state, result, error)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 'running', '', '')`, tx.Company, code, r.N, r.DueAt, r.Missed, r.AskedBy, r.Owner, worker, r.StartedAt)
	return s, r, err
}

// begin gives the run of what is due of a schedule, and says when it is due next.
func (s *Schedule) begin(ctx context.Context, tx *db.Tx) (*Run, error) {
	t, err := ParseTimes(s.Cron, s.Zone)
	if err != nil {
		return nil, err
	}
	r := &Run{DueAt: tx.Micros(), AskedBy: s.AskedBy}
	var last int64
	if err := tx.Row(ctx, "select coalesce(max(due_at), 0) from schedule_run where company = $1 and schedule = $2", tx.Company, s.Code).Scan(&last); err != nil {
		return nil, err
	}
	r.DueAt = max(r.DueAt, last+1) // a time is one of its own, whatever the clock says: by it, what it did is known again
	if s.Active && s.NextAt <= tx.Micros() {
		var next time.Time
		r.DueAt = s.NextAt
		r.Missed, next = t.Missed(micros(s.NextAt), tx.Now)
		s.NextAt = next.UnixMicro()
	}
	_, err = tx.Exec(ctx, "update schedule set next_at = $1, asked_by = '' where company = $2 and code = $3", s.NextAt, tx.Company, s.Code)
	return r, err
}

// interrupted ends the run of a worker that died, and gives one for the same time; nil when there was none.
func interrupted(ctx context.Context, tx *db.Tx, code string) (*Run, error) {
	left, err := db.List(ctx, tx, func(r *db.Rows, x *Run) error { return r.Scan(&x.DueAt, &x.Missed, &x.AskedBy) },
		"select due_at, missed, asked_by from schedule_run where company = $1 and schedule = $2 and state = 'running' order by n desc limit 1", tx.Company, code)
	if err != nil || len(left) == 0 {
		return nil, err
	}
	_, err = tx.Exec(ctx, "update schedule_run set state = 'interrupted', ended_at = $1, error = 'the process that ran it ended' where company = $2 and schedule = $3 and state = 'running'",
		tx.Micros(), tx.Company, code)
	return &left[0], err
}

// Hold lengthens the lease of a worker; false when it has lost it.
func Hold(ctx context.Context, tx *db.Tx, code, worker string) (bool, error) {
	n, err := tx.Exec(ctx, "update schedule set leased_until = $1 where company = $2 and code = $3 and worker = $4", tx.Now.Add(Lease).UnixMicro(), tx.Company, code, worker)
	return n == 1, err
}

// End ends the run of a worker and gives its lease back; false when it had lost it, and nothing is noted then.
func End(ctx context.Context, tx *db.Tx, code string, r *Run) (bool, error) {
	n, err := tx.Exec(ctx, "update schedule set worker = '', leased_until = 0 where company = $1 and code = $2 and worker = $3", tx.Company, code, r.Worker)
	if err != nil || n == 0 {
		return false, err
	}
	_, err = tx.Exec(ctx, "update schedule_run set state = $1, ended_at = $2, result = $3, error = $4 where company = $5 and schedule = $6 and n = $7",
		string(r.State), tx.Micros(), r.Result, r.Error, tx.Company, code, r.N)
	return true, err
}

// History gives the runs of a schedule before one (0: the newest), the newest first; also of a schedule that is gone.
func History(ctx context.Context, tx *db.Tx, code string, before int64, limit int) ([]Run, error) {
	return db.List(ctx, tx, func(r *db.Rows, x *Run) error {
		return r.Scan(&x.N, &x.DueAt, &x.Missed, &x.AskedBy, &x.Owner, &x.Worker, &x.StartedAt, &x.EndedAt, &x.State, &x.Result, &x.Error)
	}, `select n, due_at, missed, asked_by, owner, worker, started_at, ended_at, state, result, error from schedule_run
		where company = $1 and schedule = $2 and (n < $3 or $3 = 0) order by n desc limit $4`, tx.Company, code, before, limit)
}
