package outbox

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// State is where a delivery is.
type State string

// The states, as stored.
const (
	StateWaiting   State = "waiting"
	StateDelivered State = "delivered"
	StateDead      State = "dead"      // given up; it may be replayed
	StateCancelled State = "cancelled" // there is nobody to deliver to any more, or somebody put it aside; it may be replayed
)

// States gives all states, in the order of the code.
func States() []State { return []State{StateWaiting, StateDelivered, StateDead, StateCancelled} }

// Delivery is one message to one receiver.
type Delivery struct {
	ID        string // UUIDv7, the same at each attempt
	Lane      string
	Channel   string // webhook or mail
	WebhookID int64  // 0: a mail
	User      string // blank: a webhook
	Kind      Kind
	Event     string // blank: a test, a digest or a report
	ReportID  string // of the report that it brings; blank: none
	Seq       int64
	State     State
	Why       string // it is dead or cancelled
	Attempts  int    // in all
	Tries     int    // since it was made or replayed
	Replays   int
	NextAt    time.Time // while it waits
	MadeAt    time.Time
	EndedAt   time.Time // zero: it waits
}

const selectDelivery = "select id, lane, channel, coalesce(webhook, 0), app_user, kind, event, report, seq, state, why, attempts, tries, replays, next_at, made_at, ended_at from delivery"

func scanDelivery(r *db.Rows, d *Delivery) error {
	var next, made, ended int64
	err := r.Scan(&d.ID, &d.Lane, &d.Channel, &d.WebhookID, &d.User, &d.Kind, &d.Event, &d.ReportID, &d.Seq, &d.State, &d.Why, &d.Attempts, &d.Tries, &d.Replays, &next, &made, &ended)
	d.NextAt, d.MadeAt = time.UnixMicro(next).UTC(), time.UnixMicro(made).UTC()
	if ended != 0 {
		d.EndedAt = time.UnixMicro(ended).UTC()
	}
	return err
}

// Filter narrows the deliveries of a company; blank is no bound.
type Filter struct {
	Webhook int64
	User    string
	State   State
	Event   string
	Kinds   []string
}

// Deliveries gives the next deliveries before the one with the id (blank: from the newest), the newest first, at most limit, and where the list
// goes on; blank at its end.
func Deliveries(ctx context.Context, tx *db.Tx, f Filter, before string, limit int) ([]Delivery, string, error) {
	where, args := "", []any{tx.Company}
	arg := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	if before != "" {
		where += " and id < " + arg(before)
	}
	if f.State == StateWaiting {
		where += " and state = 'waiting'"
	}
	found, err := db.Sift(ctx, tx, feedWindow, limit, func(r *db.Rows, d *Delivery) (bool, error) {
		err := scanDelivery(r, d)
		return (f.Webhook == 0 || f.Webhook == d.WebhookID) && (f.User == "" || f.User == d.User) && (f.State == "" || f.State == d.State) && (f.Event == "" || f.Event == d.Event) && fitsAny(f.Kinds, d.Kind), err
	}, selectDelivery+" where company = $1"+where+fmt.Sprintf(" order by id desc limit %d", feedWindow), args...)
	if err != nil || !found.More {
		return found.Kept, "", err
	}
	return found.Kept, found.Last.ID, nil
}

// Tried is an attempt as the log shows it.
type Tried struct {
	N       int
	At      time.Time
	EndedAt time.Time // zero: its end is not known
	Outcome string    // begun, delivered, failed, refused or interrupted
	Status  int
	Detail  string
	Worker  string
}

// FindDelivery gives a delivery with its attempts.
func FindDelivery(ctx context.Context, tx *db.Tx, id string) (*Delivery, []Tried, error) {
	found, err := db.List(ctx, tx, scanDelivery, selectDelivery+" where company = $1 and id = $2", tx.Company, strings.ToLower(id))
	if err == nil && len(found) == 0 {
		err = fault.New(fault.NotFound, "there is no delivery %s; see: quittance deliveries", id)
	}
	if err != nil {
		return nil, nil, err
	}
	tries, err := db.List(ctx, tx, func(r *db.Rows, t *Tried) error {
		var at, ended int64
		err := r.Scan(&t.N, &at, &ended, &t.Outcome, &t.Status, &t.Detail, &t.Worker)
		t.At = time.UnixMicro(at).UTC()
		if ended != 0 {
			t.EndedAt = time.UnixMicro(ended).UTC()
		}
		return err
	}, "select n, at, ended_at, outcome, status, detail, worker from delivery_attempt where company = $1 and delivery = $2 order by n", tx.Company, found[0].ID)
	return &found[0], tries, err
}

const again = "update delivery set state = 'waiting', why = '', tries = 0, replays = replays + 1, next_at = $1, ended_at = 0 where company = $2 and state <> 'waiting'"

// Replay lets a delivery be attempted anew, under its id. One that waits is attempted at once.
func Replay(ctx context.Context, tx *db.Tx, id string) (*Delivery, error) {
	d, _, err := FindDelivery(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	if d.WebhookID != 0 {
		if err := mayReplay(ctx, tx, d.WebhookID); err != nil {
			return nil, err
		}
	}
	if d.State == StateWaiting {
		_, err = tx.Exec(ctx, "update delivery set next_at = $1 where company = $2 and id = $3 and state = 'waiting'", tx.Micros(), tx.Company, d.ID)
	} else {
		_, err = tx.Exec(ctx, again+" and id = $3", tx.Micros(), tx.Company, d.ID)
	}
	if err != nil {
		return nil, err
	}
	if err := wake(ctx, tx, d.Lane); err != nil {
		return nil, err
	}
	d, _, err = FindDelivery(ctx, tx, id)
	return d, err
}

// Cancel puts a delivery aside that waits or is dead: it is not attempted any more, nor counted among what was given up. The reason says why. What has
// arrived, or was put aside already, is refused.
func Cancel(ctx context.Context, tx *db.Tx, id, reason string) (*Delivery, error) {
	why := plainText(reason, mostDetail)
	if why == "" {
		return nil, fault.New(fault.Invalid, "putting a delivery aside needs a reason").ByRule("reason_needed").In("reason")
	}
	d, _, err := FindDelivery(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	n, err := tx.Exec(ctx, "update delivery set state = 'cancelled', why = $1, ended_at = $2 where company = $3 and id = $4 and state in ('waiting', 'dead')", why, tx.Micros(), tx.Company, d.ID)
	if err == nil && n == 0 {
		err = fault.New(fault.Refused, "the delivery %s is %s already; what waits or was given up can be put aside", d.ID, d.State).ByRule("delivery_ended")
	}
	if err != nil {
		return nil, err
	}
	d, _, err = FindDelivery(ctx, tx, id)
	return d, err
}

func mayReplay(ctx context.Context, tx *db.Tx, webhook int64) error {
	w, err := FindWebhook(ctx, tx, webhook)
	if err == nil && !w.Enabled {
		err = fault.New(fault.Refused, "the webhook %d is disabled; enable it first", w.ID).ByRule("webhook_disabled")
	}
	return err
}

// mostReplayed is how many events a range has at most.
const mostReplayed = 5000

// Range says what is replayed to a webhook.
type Range struct {
	From, To  int64 // seqs, both in it; To 0: the newest
	Delivered bool  // also what was delivered already
}

// Replayed is what a replay of a range did.
type Replayed struct {
	Again int64 // deliveries that are attempted anew, under their ids
	New   int64 // of events that the webhook had not been told of
}

// ReplayRange lets a webhook be told anew of the events of a range that it did not get: dead ones, and those that happened while it was disabled
// or not there; with Delivered, those that it got too.
func ReplayRange(ctx context.Context, tx *db.Tx, w *Webhook, g Range) (*Replayed, error) {
	states, err := g.open(ctx, tx, w)
	if err != nil {
		return nil, err
	}
	out := &Replayed{}
	if out.Again, err = tx.Exec(ctx, again+states+" and lane = $3 and event <> '' and seq between $4 and $5", tx.Micros(), tx.Company, w.lane(), g.From, g.To); err != nil {
		return nil, err
	}
	missing, err := g.missing(ctx, tx, w)
	if err != nil {
		return nil, err
	}
	b := tx.Batch("delivery", delivered...)
	for i := range missing {
		if _, err := addDelivery(b, tx, w, "", missing[i].Kind, &missing[i], 0); err != nil {
			return nil, err
		}
		out.New++
	}
	if err := b.Flush(ctx); err != nil {
		return nil, err
	}
	return out, wake(ctx, tx, w.lane())
}

// open checks a range, puts its end in, and gives the condition on the states of deliveries that are attempted anew.
func (g *Range) open(ctx context.Context, tx *db.Tx, w *Webhook) (states string, err error) {
	if err := mayReplay(ctx, tx, w.ID); err != nil {
		return "", err
	}
	if g.To == 0 {
		if g.To, err = lastSeq(ctx, tx); err != nil {
			return "", err
		}
	}
	if g.From < 1 || g.To < g.From || g.To-g.From >= mostReplayed {
		return "", fault.New(fault.Invalid, "events %d to %d are no range; expected two seqs of the feed, the smaller first, of at most %d events", g.From, g.To, mostReplayed).In("from")
	}
	if g.Delivered {
		return "", nil
	}
	return " and state in ('dead', 'cancelled')", nil
}

// missing gives the events of a range that a webhook wants, and has no delivery of.
func (g *Range) missing(ctx context.Context, tx *db.Tx, w *Webhook) ([]Event, error) {
	all, err := db.List(ctx, tx, scanEvent, selectEvent+` where company = $1 and seq between $2 and $3
		and not exists (select 1 from delivery d where d.company = event.company and d.lane = $4 and d.event = event.id) order by seq`, tx.Company, g.From, g.To, w.lane())
	return slices.DeleteFunc(all, func(e Event) bool { return !fitsAny(w.Kinds, e.Kind) }), err
}

// PreviewRange says what [ReplayRange] would do now, and changes nothing.
func PreviewRange(ctx context.Context, tx *db.Tx, w *Webhook, g Range) (*Replayed, error) {
	states, err := g.open(ctx, tx, w)
	if err != nil {
		return nil, err
	}
	out := &Replayed{}
	if err := tx.Row(ctx, "select count(*) from delivery where company = $1 and state <> 'waiting'"+states+" and lane = $2 and event <> '' and seq between $3 and $4", tx.Company, w.lane(), g.From, g.To).Scan(&out.Again); err != nil {
		return nil, err
	}
	missing, err := g.missing(ctx, tx, w)
	out.New = int64(len(missing))
	return out, err
}

// Test makes a delivery to a webhook that tells of nothing, and gives its id.
func Test(ctx context.Context, tx *db.Tx, w *Webhook) (id string, err error) {
	if err := mayReplay(ctx, tx, w.ID); err != nil {
		return "", err
	}
	seq, err := lastSeq(ctx, tx)
	if err != nil {
		return "", err
	}
	b := tx.Batch("delivery", delivered...)
	if id, err = addDelivery(b, tx, w, "", Ping, nil, seq); err != nil {
		return "", err
	}
	if err := b.Flush(ctx); err != nil {
		return "", err
	}
	return id, wake(ctx, tx, w.lane())
}

// Queue is what waits to be delivered in all companies.
type Queue struct {
	Waiting int64         // deliveries
	Dead    int64         // deliveries
	Events  int64         // without a place in the feed
	Age     time.Duration // of the oldest that waits
}

// Queued gives what waits in all companies; dead ones are counted over the last 30 days.
func Queued(ctx context.Context, tx *db.Tx) (q Queue, err error) {
	var oldest int64
	err = tx.Row(ctx, "select count(*), coalesce(min(made_at), 0) from delivery where state = 'waiting'").Scan(&q.Waiting, &oldest)
	if err != nil && !errors.Is(err, db.ErrNoRows) {
		return q, err
	}
	if oldest != 0 {
		q.Age = max(0, tx.Now.Sub(time.UnixMicro(oldest)))
	}
	if err := tx.Row(ctx, "select count(*) from delivery where state = 'dead' and ended_at >= $1", tx.Now.AddDate(0, 0, -30).UnixMicro()).Scan(&q.Dead); err != nil {
		return q, err
	}
	err = tx.Row(ctx, "select count(*) from event where seq is null").Scan(&q.Events)
	return q, err
}

// printable says whether a character may stand in a line of text: no control, and none that turns what follows around.
func printable(r rune) bool { return unicode.IsPrint(r) }
