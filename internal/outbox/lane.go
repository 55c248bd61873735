package outbox

import (
	"context"
	"errors"
	"math/rand/v2"
	"strings"
	"time"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
)

// Timing says how patient delivery is. The zero value is what the docs say.
type Timing struct {
	First    time.Duration // until the second attempt; 0: 5 s
	Longest  time.Duration // between two attempts; 0: 8 h
	Tries    int           // attempts until a delivery is dead; 0: 15, which is about two days
	Pause    time.Duration // of a lane whose receiver fails, at most; 0: 5 min
	Lease    time.Duration // of a lane, longer than an attempt may take; 0: 1 min
	MailLife time.Duration // a mail that is older is not sent any more; 0: 7 days
}

const growth = 3 // each wait is so many times the one before

// Filled gives the timing with what the docs say where nothing is said.
func (t Timing) Filled() Timing {
	for _, x := range []struct {
		d     *time.Duration
		else_ time.Duration
	}{{&t.First, 5 * time.Second}, {&t.Longest, 8 * time.Hour}, {&t.Pause, 5 * time.Minute}, {&t.Lease, time.Minute}, {&t.MailLife, 7 * 24 * time.Hour}} {
		if *x.d == 0 {
			*x.d = x.else_
		}
	}
	if t.Tries == 0 {
		t.Tries = 15
	}
	return t
}

// wait gives how long it takes until the next try after so many, a fifth more or less by chance.
func (t Timing) wait(tries int, most time.Duration) time.Duration {
	d := t.First
	for i := 1; i < tries && d < most; i++ {
		d *= growth
	}
	d = min(d, most)
	return d - d/5 + rand.N(2*d/5+1)
}

// Worker is who delivers.
type Worker struct {
	Name     string
	Webhooks bool // delivers to webhooks
	Mail     bool // delivers mails
	Timing   Timing
}

// Busy gives the companies that have something to do for the worker: events without a place, digests that are due, deliveries that are due.
func Busy(ctx context.Context, tx *db.Tx, w Worker) ([]int64, error) {
	return db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) }, `select id from company c where
		exists (select 1 from event e where e.company = c.id and e.seq is null)
		or exists (select 1 from digest_item i where i.company = c.id and i.delivery = '' and i.due_at <= $1)
		or exists (select 1 from delivery_lane l where l.company = c.id and `+ready+`) order by id`, tx.Micros(), number(w.Webhooks), number(w.Mail))
}

// ready is the condition that a lane l may be taken at $1 by who delivers to webhooks ($2) and mails ($3), and that something in it is due.
const ready = `l.leased_until <= $1 and l.not_before <= $1 and case when l.lane = 'mail' then cast($3 as bigint) else cast($2 as bigint) end = 1
	and exists (select 1 from delivery d where d.company = l.company and d.lane = l.lane and d.state = 'waiting' and d.next_at <= $1
		and (d.webhook is null or exists (select 1 from webhook w where w.company = d.company and w.id = d.webhook and w.enabled = 1)))`

// TakeLane leases a lane of the unit's company to the worker in which something is due; a blank one says that there is none.
func TakeLane(ctx context.Context, tx *db.Tx, w Worker) (lane string, err error) {
	lanes, err := db.List(ctx, tx, func(r *db.Rows, lane *string) error { return r.Scan(lane) },
		"select l.lane from delivery_lane l where l.company = $4 and "+ready+" order by l.not_before, l.lane limit 16", tx.Micros(), number(w.Webhooks), number(w.Mail), tx.Company)
	if err != nil {
		return "", err
	}
	rand.Shuffle(len(lanes), func(i, j int) { lanes[i], lanes[j] = lanes[j], lanes[i] })
	for _, lane := range lanes {
		n, err := tx.Exec(ctx, "update delivery_lane set worker = $1, leased_until = $2 where company = $3 and lane = $4 and leased_until <= $5", w.Name, tx.Now.Add(w.Timing.Lease).UnixMicro(), tx.Company, lane, tx.Micros())
		if err != nil || n == 1 {
			return lane, err
		}
	}
	return "", nil
}

// LeaveLane gives a lane back.
func LeaveLane(ctx context.Context, tx *db.Tx, w Worker, lane string) error {
	_, err := tx.Exec(ctx, "update delivery_lane set worker = '', leased_until = 0 where company = $1 and lane = $2 and worker = $3", tx.Company, lane, w.Name)
	return err
}

// wake lets a lane be tried at once.
func wake(ctx context.Context, tx *db.Tx, lane string) error {
	_, err := tx.Exec(ctx, "update delivery_lane set not_before = 0, failures = 0 where company = $1 and lane = $2", tx.Company, lane)
	return err
}

// Attempt is an attempt that has begun.
type Attempt struct {
	Delivery
	N       int
	Company string // code
	Name    string // of the company
	Webhook *Webhook
	Reader  *Reader // of a mail; nil: there is nobody any more who may read it
	Events  []Event // none: a test, or a report
	Report  *Report // nil: it brings none
}

// Reader is who reads a mail.
type Reader struct{ Name, FullName, Email, Language string }

// Begin begins an attempt at the next delivery of the lane that is due, and writes it down; nil says that there is none, or that the lane is no
// longer the worker's. Should the worker die, the delivery is attempted again after a wait.
func Begin(ctx context.Context, tx *db.Tx, w Worker, lane string) (*Attempt, error) {
	n, err := tx.Exec(ctx, "update delivery_lane set leased_until = $1 where company = $2 and lane = $3 and worker = $4 and not_before <= $5", tx.Now.Add(w.Timing.Lease).UnixMicro(), tx.Company, lane, w.Name, tx.Micros())
	if err != nil || n == 0 {
		return nil, err
	}
	due, err := db.List(ctx, tx, scanDelivery, selectDelivery+" where company = $1 and lane = $2 and state = 'waiting' and next_at <= $3 order by seq, id limit 1", tx.Company, lane, tx.Micros())
	if err != nil || len(due) == 0 {
		return nil, err
	}
	a := &Attempt{Delivery: due[0]}
	a.Attempts, a.Tries = a.Attempts+1, a.Tries+1
	a.N = a.Attempts
	a.NextAt = tx.Now.Add(w.Timing.wait(a.Tries, w.Timing.Longest))
	if _, err := tx.Exec(ctx, "update delivery set attempts = $1, tries = $2, next_at = $3 where company = $4 and id = $5", a.Attempts, a.Tries, a.NextAt.UnixMicro(), tx.Company, a.ID); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "update delivery_attempt set outcome = 'interrupted', detail = 'the worker ended before the attempt did' where company = $1 and delivery = $2 and outcome = 'begun'", tx.Company, a.ID); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "insert into delivery_attempt (company, delivery, n, at, ended_at, outcome, status, detail, worker) values ($1, $2, $3, $4, 0, 'begun', 0, '', $5)", tx.Company, a.ID, a.N, tx.Micros(), w.Name); err != nil {
		return nil, err
	}
	return a, a.load(ctx, tx)
}

// load reads what is to be sent, and to whom.
func (a *Attempt) load(ctx context.Context, tx *db.Tx) (err error) {
	if err := tx.Row(ctx, "select code, name from company where id = $1", tx.Company).Scan(&a.Company, &a.Name); err != nil {
		return err
	}
	switch {
	case a.Event != "":
		a.Events, err = db.List(ctx, tx, scanEvent, selectEvent+" where company = $1 and id = $2", tx.Company, a.Event)
	case a.Kind == Digest:
		a.Events, err = db.List(ctx, tx, scanEvent, selectEvent+" where company = $1 and id in (select event from digest_item where company = $1 and delivery = $2) order by seq", tx.Company, a.ID)
	case a.ReportID != "":
		a.Report, err = FindReport(ctx, tx, a.ReportID)
	}
	if err != nil {
		return err
	}
	if a.WebhookID != 0 {
		a.Webhook, err = webhookOf(ctx, tx, a.WebhookID)
		return err
	}
	u, err := identity.Find(ctx, tx, a.User)
	if fault.CodeOf(err) == fault.NotFound || err == nil && !a.mayRead(u) {
		return nil
	}
	if err != nil {
		return err
	}
	a.Reader = &Reader{Name: u.Name, FullName: u.FullName, Email: u.Email}
	a.Reader.Language, err = Language(ctx, tx, u.Name)
	return err
}

// mayRead says whether a user may get the mail of the attempt, by the roles of now: a report reaches nobody who may not see it.
func (a *Attempt) mayRead(u *identity.User) bool {
	return reads(u, a.Company) && (a.Report == nil || u.Actor().AllowIn(a.Company, a.Report.Permission) == nil)
}

// Result is how an attempt went.
type Result struct {
	Delivered bool
	Status    int           // HTTP or SMTP; 0: none came
	Detail    string        // for a person
	Final     bool          // trying again is of no use: dead
	Gone      bool          // the webhook asks not to be told any more
	Cancelled bool          // there is nobody to send it to any more
	Down      bool          // the receiver is not working, whatever is sent to it: the lane pauses
	After     time.Duration // the receiver asks to be left alone for so long
}

func (r Result) outcome() string {
	switch {
	case r.Delivered:
		return "delivered"
	case r.Final || r.Gone || r.Cancelled:
		return "refused"
	}
	return "failed"
}

const mostDetail = 500 // characters

// End writes down how an attempt went, also when the lane is no longer the worker's: what arrived has arrived.
func End(ctx context.Context, tx *db.Tx, w Worker, a *Attempt, r Result) error {
	if _, err := tx.Exec(ctx, "update delivery_attempt set outcome = $1, status = $2, detail = $3, ended_at = $4 where company = $5 and delivery = $6 and n = $7", r.outcome(), r.Status, plainText(r.Detail, mostDetail), tx.Micros(), tx.Company, a.ID, a.N); err != nil {
		return err
	}
	if err := a.settle(ctx, tx, w, r); err != nil {
		return err
	}
	if r.Gone && a.Webhook != nil {
		if _, err := tx.Exec(ctx, "update webhook set enabled = 0, why = 'it answered 410, gone' where company = $1 and id = $2", tx.Company, a.WebhookID); err != nil {
			return err
		}
	}
	var failures int64
	err := tx.Row(ctx, "select failures from delivery_lane where company = $1 and lane = $2", tx.Company, a.Lane).Scan(&failures)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	before := int64(0)
	switch {
	case r.Delivered:
		failures = 0
	case r.Down:
		failures++
		before = tx.Now.Add(max(w.Timing.wait(int(failures), w.Timing.Pause), min(r.After, w.Timing.Longest))).UnixMicro()
	default:
		return nil
	}
	_, err = tx.Exec(ctx, "update delivery_lane set failures = $1, not_before = $2 where company = $3 and lane = $4 and worker = $5", failures, before, tx.Company, a.Lane, w.Name)
	return err
}

// settle gives the delivery the state that follows from the result.
func (a *Attempt) settle(ctx context.Context, tx *db.Tx, w Worker, r Result) error {
	state, why := "waiting", ""
	switch {
	case r.Delivered:
		state = "delivered"
	case r.Cancelled:
		state, why = "cancelled", r.Detail
	case r.Final || r.Gone:
		state, why = "dead", r.Detail
	case a.Tries >= w.Timing.Tries:
		state, why = "dead", "given up after the last try: "+r.Detail
	}
	if state == "waiting" {
		if r.After == 0 {
			return nil
		}
		next := max(a.NextAt.UnixMicro(), tx.Now.Add(min(r.After, w.Timing.Longest)).UnixMicro())
		_, err := tx.Exec(ctx, "update delivery set next_at = $1 where company = $2 and id = $3 and state = 'waiting' and attempts = $4", next, tx.Company, a.ID, a.Attempts)
		return err
	}
	guard := " and state = 'waiting' and attempts = $6" // somebody else may have gone on with it
	args := []any{state, plainText(why, mostDetail), tx.Micros(), tx.Company, a.ID, a.Attempts}
	if r.Delivered {
		guard = " and state <> 'delivered' and attempts >= $6" // it has arrived, though somebody put it aside meanwhile
	}
	_, err := tx.Exec(ctx, "update delivery set state = $1, why = $2, ended_at = $3 where company = $4 and id = $5"+guard, args...)
	return err
}

// plainText gives a text in one line without what terminals and databases cannot show, at most so many characters.
func plainText(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\r' || r == '\t' || r == 0x2028 || r == 0x2029:
			return ' '
		case !printable(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "�"))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
