// Package outbox tells others what happened, after it is sure that it did: programs by webhooks and by a feed, people by e-mail.
//
//   - An *event* is one thing that happened in a company: its kind, what it is about, when, by whom, and a few values. It is written in the
//     transaction of the change that it tells of, by [Add].
//   - The *feed* is the events of a company in an order that never changes: each gets its place (seq) after its commit, so that nobody who
//     has read up to a place misses one that was committed later.
//   - A *webhook* is an address that is told of events of some kinds; a *subscription* says which mails a user wants.
//   - A *delivery* is one message to one receiver. It has one id, which each of its *attempts* carries, so that a receiver knows a
//     repetition. Deliveries of a *lane* (one webhook, or the mails of a company) are attempted one after the other.
//
// Invariants: an event is there if and only if its change is. A delivery is made with the place of its event, in one transaction; it is
// attempted until its receiver takes it, or it is dead and a person is shown why, and may replay it. A lane is leased to one worker at a
// time; the lease of a worker that died runs out. Each attempt is written down before it begins, so that none is without a trace. Data of
// events have no bank details; a mail has no line that an event could write into its head.
//
// Source: requests rules, "Notifications"; architecture, "The unit of work"; the signature is that of Standard Webhooks 1.0.0.
package outbox

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// mostData is how many bytes the data of an event has at most.
const mostData = 16 << 10

// Event is what happened.
type Event struct {
	ID       string // UUIDv7
	Seq      int64  // place in the feed; 0: not given yet
	At       time.Time
	Kind     Kind
	Subject  string // number, name or code of what it is about, such as RUN-000001
	Actor    string
	Command  int64           // id of its audit record
	Concerns []string        // names of the users that it is meant for
	Data     json.RawMessage // object
}

// Add tells of what the unit does, in its own transaction: when the unit fails, nothing is told. kind is one of [Kinds], to which a new one is
// added with its fields, its texts for mails (internal/text, mail.KIND.…) and its line in docs/webhooks.md. subject is the number, name or code
// of what it is about. data is a struct or map of values, keys in snake_case: codes, names, dates as YYYY-MM-DD, amounts as decimals in text
// with their currency beside them; never bank details, nor anything that was typed for some readers only. concerns names the users that it is
// meant for, such as the approvers of a step: they get it by mail unless they chose otherwise.
//
// The unit must know its company. A command about thousands of things tells of them once, with a count.
func Add(tx *db.Tx, kind Kind, subject string, data any, concerns ...string) error {
	if _, known := kinds[kind]; !known || tx.Company == 0 {
		return fault.New(fault.Internal, "an event of kind %q in company %d cannot be told: see outbox.Kinds", kind, tx.Company)
	}
	text, err := json.Marshal(data)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(text, []byte("{")) || len(text) > mostData {
		return fault.New(fault.Internal, "the data of an event %s are no object of at most %d bytes", kind, mostData)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return err
	}
	concerned := slices.Compact(slices.Sorted(slices.Values(concerns)))
	tx.Later(adding, &added{tx.Scope, &Event{ID: id.String(), Kind: kind, Subject: subject, Concerns: concerned, Data: text}})
	return nil
}

// added is an event of a unit that is not written yet.
type added struct {
	scope db.Scope
	event *Event
}

// adding writes the events of the units that share a transaction.
var adding = &db.Finisher{Write: func(ctx context.Context, tx *db.Tx, items []any) error {
	b := tx.Batch("event", "company", "id", "seq", "at", "kind", "subject", "actor", "command", "concerns", "data")
	for _, x := range items {
		s, e := x.(*added).scope, x.(*added).event
		b.Int(s.Company).Text(e.ID).Null().Int(s.Micros()).Text(string(e.Kind)).Text(e.Subject).Text(s.Actor).Int(s.Command).Text(list(e.Concerns)).Text(string(e.Data))
	}
	return b.FlushLater(ctx)
}}

// list writes texts as they are stored.
func list(all []string) string {
	if len(all) == 0 {
		return "[]"
	}
	b, _ := json.Marshal(all) // texts can always be written
	return string(b)
}

// unlist reads them.
func unlist(text string) (all []string, err error) {
	err = json.Unmarshal([]byte(text), &all)
	return all, err
}
