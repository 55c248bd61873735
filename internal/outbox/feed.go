package outbox

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// sequenced is how many events get their place in one go.
const sequenced = 500

// Waits says whether an event of the unit's company has no place in the feed yet.
func Waits(ctx context.Context, tx *db.Tx) (waits bool, err error) {
	var one int64
	err = tx.Row(ctx, "select 1 from event where company = $1 and seq is null limit 1", tx.Company).Scan(&one)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// Sequence gives the next events of the unit's company their places in the feed, makes their deliveries, and says how many they were. Who does
// so at the same time waits for the other: places are in the order of commits, and none is passed over.
func Sequence(ctx context.Context, tx *db.Tx) (n int, err error) {
	if _, err := tx.Exec(ctx, "insert into event_feed (company, seq) values ($1, 0) on conflict (company) do update set seq = event_feed.seq", tx.Company); err != nil {
		return 0, err
	}
	var last int64
	if err := tx.Row(ctx, "select seq from event_feed where company = $1", tx.Company).Scan(&last); err != nil {
		return 0, err
	}
	events, err := db.List(ctx, tx, scanEvent, selectEvent+" where company = $1 and seq is null order by id limit $2", tx.Company, sequenced)
	if err != nil || len(events) == 0 {
		return 0, err
	}
	for i := range events {
		last++
		events[i].Seq = last
		if _, err := tx.Exec(ctx, "update event set seq = $1 where company = $2 and id = $3", last, tx.Company, events[i].ID); err != nil {
			return 0, err
		}
	}
	if _, err := tx.Exec(ctx, "update event_feed set seq = $1 where company = $2", last, tx.Company); err != nil {
		return 0, err
	}
	return len(events), fanOut(ctx, tx, events)
}

// catchUp gives all events that there are their places, before somebody more is to be told: who comes is told of what comes.
func catchUp(ctx context.Context, tx *db.Tx) error {
	for {
		if n, err := Sequence(ctx, tx); err != nil || n == 0 {
			return err
		}
	}
}

const selectEvent = "select id, coalesce(seq, 0), at, kind, subject, actor, command, concerns, data from event"

func scanEvent(r *db.Rows, e *Event) error {
	var at int64
	var concerns, data string
	if err := r.Scan(&e.ID, &e.Seq, &at, &e.Kind, &e.Subject, &e.Actor, &e.Command, &concerns, &data); err != nil {
		return err
	}
	e.At, e.Data = time.UnixMicro(at).UTC(), json.RawMessage(data)
	var err error
	e.Concerns, err = unlist(concerns)
	return err
}

// Feed narrows the events of a company; blank is no bound.
type Feed struct {
	After   int64    // seq
	Kinds   []string // patterns
	Subject string
	Newest  bool // the newest first, and those before After
}

// feedWindow is how many events a call goes through at most.
const feedWindow = 4000

// Events gives the next events of the feed, at most limit, and where it goes on: after that seq; 0 at its end.
func Events(ctx context.Context, tx *db.Tx, f Feed, limit int) (events []Event, next int64, err error) {
	if err := CheckKinds(f.Kinds); err != nil {
		return nil, 0, err
	}
	where, order := "seq > $2", "seq"
	if f.Newest {
		order = "seq desc"
		where = "seq < $2"
		if f.After == 0 {
			f.After = 1 << 62
		}
	}
	found, err := db.Sift(ctx, tx, feedWindow, limit, func(r *db.Rows, e *Event) (bool, error) {
		err := scanEvent(r, e)
		return f.fits(e), err
	}, selectEvent+" where company = $1 and seq is not null and "+where+" order by "+order+" limit $3", tx.Company, f.After, feedWindow)
	if err == nil && found.More {
		next = found.Last.Seq
	}
	return found.Kept, next, err
}

func (f Feed) fits(e *Event) bool {
	if f.Subject != "" && f.Subject != e.Subject {
		return false
	}
	return fitsAny(f.Kinds, e.Kind)
}

// fitsAny says whether a kind fits one of the patterns; no patterns fit all.
func fitsAny(patterns []string, k Kind) bool {
	for _, p := range patterns {
		if Fits(p, k) {
			return true
		}
	}
	return len(patterns) == 0
}

// FindEvent gives an event by its id.
func FindEvent(ctx context.Context, tx *db.Tx, id string) (*Event, error) {
	found, err := db.List(ctx, tx, scanEvent, selectEvent+" where company = $1 and id = $2", tx.Company, strings.ToLower(id))
	if err == nil && len(found) == 0 {
		err = fault.New(fault.NotFound, "there is no event %s", id)
	}
	if err != nil {
		return nil, err
	}
	return &found[0], nil
}
