package app

import (
	"context"
	"encoding/json"
	"time"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/outbox"
)

// EventView is an event as people and programs see it; webhooks are sent the same.
type EventView struct {
	Kind    outbox.Kind    `json:"type"`
	Time    string         `json:"timestamp"`
	ID      string         `json:"id"`
	Seq     int64          `json:"seq"` // place in the feed
	Company string         `json:"company"`
	Subject string         `json:"subject"`
	Actor   string         `json:"actor"`
	Data    map[string]any `json:"data"`
}

// EventQuery narrows the feed; blank is no bound.
type EventQuery struct {
	Since   int64    // seq; events after it
	Kinds   []string // or beginnings such as payment.*
	Subject string
}

type eventPlace struct {
	Seq int64 `json:"s"`
}

// Events gives a page of the feed of a company, from the oldest event on. Whoever keeps the seq of the last event, and asks for those since,
// misses none and gets none twice.
func (a *App) Events(ctx context.Context, call Call, q EventQuery, p Page) (Part[EventView], error) {
	part := Part[EventView]{Items: []EventView{}}
	place := eventPlace{q.Since}
	limit, err := p.open("events", &place)
	if err != nil {
		return part, err
	}
	if err := a.sequence(ctx, call, identity.Read); err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		for _, text := range append(q.Kinds, q.Subject) {
			if err := plain("kinds", text); err != nil {
				return err
			}
		}
		events, further, err := outbox.Events(ctx, tx, outbox.Feed{After: place.Seq, Kinds: q.Kinds, Subject: q.Subject}, limit)
		for i := range events {
			v, err := viewEvent(c.Code, &events[i])
			if err != nil {
				return err
			}
			part.Items = append(part.Items, *v)
		}
		if further != 0 {
			part.Next = next("events", eventPlace{further})
		}
		return err
	})
	return part, err
}

// sequence gives the events of the company their places in the feed, when some have none yet: a worker does so too, but there need not be one.
func (a *App) sequence(ctx context.Context, call Call, p identity.Permission) error {
	var company int64
	err := query(ctx, a, call, p, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		waits, err := outbox.Waits(ctx, tx)
		if waits {
			company = c.ID
		}
		return err
	})
	for err == nil && company != 0 {
		var n int
		if n, err = a.sequenceNow(ctx, company); n == 0 {
			break
		}
	}
	return err
}

// sequenceNow gives the next events of a company their places.
func (a *App) sequenceNow(ctx context.Context, company int64) (n int, err error) {
	err = a.db.Unit(ctx, a.outboxScope(company), func(ctx context.Context, tx *db.Tx) (err error) {
		n, err = outbox.Sequence(ctx, tx)
		return err
	})
	return n, plainer(err)
}

// outboxScope gives the scope of what the program does by itself.
func (a *App) outboxScope(company int64) db.Scope {
	s := a.scope(Call{Actor: identity.Actor{Name: "outbox"}})
	s.Company = company
	return s
}

func viewEvent(company string, e *outbox.Event) (*EventView, error) {
	v := &EventView{Kind: e.Kind, Time: outbox.Time(e.At), ID: e.ID, Seq: e.Seq, Company: company, Subject: e.Subject, Actor: e.Actor}
	return v, json.Unmarshal(e.Data, &v.Data)
}

// Event gives an event by its id.
func (a *App) Event(ctx context.Context, call Call, id string) (v *EventView, err error) {
	if err := a.sequence(ctx, call, identity.Read); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		if err := plain("id", id); err != nil {
			return err
		}
		e, err := outbox.FindEvent(ctx, tx, id)
		if err == nil {
			v, err = viewEvent(c.Code, e)
		}
		return err
	})
	return v, err
}

// EventKinds gives the kinds of events that there are.
func EventKinds() []outbox.KindInfo { return outbox.Kinds() }

// SubscriptionView is how a user wants to be told of a kind of events.
type SubscriptionView struct {
	User     string     `json:"user"`
	Kind     string     `json:"kind"`
	How      outbox.How `json:"how"`
	Everyone bool       `json:"everyone"` // also of events that are not meant for the user
}

// ownMails gives the user whose mails a command is about, and the permission that it needs: one's own need no more than to look. The operator
// is no user, and gets none.
func ownMails(call Call, user string) (string, identity.Permission, error) {
	switch {
	case user != "" && user != call.Actor.Name:
		return user, identity.Administer, nil
	case call.Actor.Operator():
		return "", "", fault.New(fault.Refused, "%s is no user, and gets no mails; name one with --user", call.Actor.Name).ByRule("no_user").In("user")
	}
	return call.Actor.Name, identity.Read, nil
}

// Subscribe chooses how a user is told of a kind of events by mail; a blank user is the actor.
func (a *App) Subscribe(ctx context.Context, call Call, s SubscriptionView) (*SubscriptionView, error) {
	user, permission, err := ownMails(call, s.User)
	if err != nil {
		return nil, err
	}
	s.User = user
	return do(ctx, a, call, command{name: "subscription.set", permission: permission, input: s}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *SubscriptionView, error) {
		err := outbox.Subscribe(ctx, tx, outbox.Subscription{User: s.User, Kind: s.Kind, How: s.How, Everyone: s.Everyone})
		return s.User, map[string]any{"kind": s.Kind, "how": s.How, "everyone": s.Everyone}, &s, err
	})
}

// Unsubscribe takes a choice back: without one a user gets mails of the events that are meant for that user.
func (a *App) Unsubscribe(ctx context.Context, call Call, user, kind string) error {
	user, permission, err := ownMails(call, user)
	if err != nil {
		return err
	}
	_, err = do(ctx, a, call, command{name: "subscription.remove", permission: permission, input: []any{user, kind}}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		return user, map[string]any{"kind": kind}, true, outbox.Unsubscribe(ctx, tx, user, kind)
	})
	return err
}

// MailChoice is what a user chose of mails.
type MailChoice struct {
	User          string             `json:"user"`
	Email         string             `json:"email"`
	Language      string             `json:"language"`
	Subscriptions []SubscriptionView `json:"subscriptions"`
}

// MailChoices gives what a user chose of mails; a blank one is the actor.
func (a *App) MailChoices(ctx context.Context, call Call, user string) (*MailChoice, error) {
	user, permission, err := ownMails(call, user)
	if err != nil {
		return nil, err
	}
	m := &MailChoice{User: user, Subscriptions: []SubscriptionView{}}
	err = query(ctx, a, call, permission, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		u, err := identity.Find(ctx, tx, user)
		if err != nil {
			return err
		}
		m.Email = u.Email
		if m.Language, err = outbox.Language(ctx, tx, user); err != nil {
			return err
		}
		all, err := outbox.Subscriptions(ctx, tx, user)
		for _, s := range all {
			m.Subscriptions = append(m.Subscriptions, SubscriptionView(s))
		}
		return err
	})
	return m, err
}

// SetMailLanguage says in which language a user reads mails; a blank user is the actor.
func (a *App) SetMailLanguage(ctx context.Context, call Call, user, code string) error {
	user, permission, err := ownMails(call, user)
	if err != nil {
		return err
	}
	_, err = do(ctx, a, call, command{name: "user.language", permission: permission, input: []any{user, code}}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		return user, map[string]any{"language": code}, true, outbox.SetLanguage(ctx, tx, user, code)
	})
	return err
}

// moment gives a time as people see it; blank when there is none.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return outbox.Time(t)
}
