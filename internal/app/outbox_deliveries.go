package app

import (
	"context"
	"fmt"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/outbox"
)

// DeliveryView is a message to a receiver as people see it.
type DeliveryView struct {
	ID       string       `json:"id"` // the same at each attempt
	Channel  string       `json:"channel"`
	Webhook  int64        `json:"webhook"` // 0: a mail
	User     string       `json:"user"`    // blank: a webhook
	Kind     outbox.Kind  `json:"kind"`
	Event    string       `json:"event"`              // blank: a test, a digest or a report
	Schedule string       `json:"schedule,omitempty"` // when one is shown: that mails the report
	File     string       `json:"file,omitempty"`     // when one is shown: of the report; blank: there is none, or it was too large
	Seq      int64        `json:"seq"`
	State    outbox.State `json:"state"`
	Why      string       `json:"why"`
	Attempts int          `json:"attempts"`
	Replays  int          `json:"replays"`
	NextAt   string       `json:"next_at"` // blank: it does not wait
	MadeAt   string       `json:"made_at"`
	EndedAt  string       `json:"ended_at"`
	Log      []AttemptRow `json:"log,omitempty"` // when one is shown
}

// AttemptRow is an attempt of a delivery.
type AttemptRow struct {
	N       int    `json:"n"`
	At      string `json:"at"`
	EndedAt string `json:"ended_at"` // blank: its end is not known
	Outcome string `json:"outcome"`  // begun, delivered, failed, refused, interrupted
	Status  int    `json:"status"`   // HTTP or SMTP; 0: none came
	Detail  string `json:"detail"`
	Worker  string `json:"worker"`
}

func viewDelivery(d *outbox.Delivery, log []outbox.Tried) *DeliveryView {
	v := &DeliveryView{
		ID: d.ID, Channel: d.Channel, Webhook: d.WebhookID, User: d.User, Kind: d.Kind, Event: d.Event, Seq: d.Seq, State: d.State, Why: d.Why, Attempts: d.Attempts, Replays: d.Replays,
		MadeAt: moment(d.MadeAt), EndedAt: moment(d.EndedAt),
	}
	if d.State == outbox.StateWaiting {
		v.NextAt = moment(d.NextAt)
	}
	for _, t := range log {
		v.Log = append(v.Log, AttemptRow{t.N, moment(t.At), moment(t.EndedAt), t.Outcome, t.Status, t.Detail, t.Worker})
	}
	return v
}

// DeliveryQuery narrows the log of deliveries; blank is no bound.
type DeliveryQuery struct {
	Webhook int64
	User    string
	State   outbox.State
	Event   string
	Kinds   []string
}

func (q DeliveryQuery) check() error {
	for field, text := range map[string]string{"user": q.User, "event": q.Event} {
		if err := plain(field, text); err != nil {
			return err
		}
	}
	for _, s := range outbox.States() {
		if q.State == s || q.State == "" {
			return nil
		}
	}
	return fault.New(fault.Invalid, "%q is no state of a delivery; expected waiting, delivered, dead or cancelled", q.State).In("state")
}

type deliveryPlace struct {
	ID string `json:"i"`
}

// Deliveries gives a page of the log of deliveries, the newest first.
func (a *App) Deliveries(ctx context.Context, call Call, q DeliveryQuery, p Page) (Part[DeliveryView], error) {
	part := Part[DeliveryView]{Items: []DeliveryView{}}
	var place deliveryPlace
	limit, err := p.open("deliveries", &place)
	if err != nil {
		return part, err
	}
	if err := a.sequence(ctx, call, identity.Administer); err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Administer, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		if err := q.check(); err != nil {
			return err
		}
		all, further, err := outbox.Deliveries(ctx, tx, outbox.Filter(q), place.ID, limit)
		for i := range all {
			part.Items = append(part.Items, *viewDelivery(&all[i], nil))
		}
		if further != "" {
			part.Next = next("deliveries", deliveryPlace{further})
		}
		return err
	})
	return part, err
}

// Delivery gives a delivery with its attempts.
func (a *App) Delivery(ctx context.Context, call Call, id string) (v *DeliveryView, err error) {
	err = query(ctx, a, call, identity.Administer, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		if err := plain("id", id); err != nil {
			return err
		}
		d, log, err := outbox.FindDelivery(ctx, tx, id)
		if err != nil {
			return err
		}
		v = viewDelivery(d, log)
		if d.ReportID == "" {
			return nil
		}
		x, err := outbox.FindReport(ctx, tx, d.ReportID)
		if err == nil && x.Content != nil {
			v.File = x.File
		}
		if err == nil {
			v.Schedule = x.Schedule
		}
		return err
	})
	return v, err
}

// deliveryCommand is a command that gives a delivery by its id.
func (a *App) deliveryCommand(ctx context.Context, call Call, name string, input any, fn func(context.Context, *db.Tx) (id string, err error)) (*DeliveryView, error) {
	return do(ctx, a, call, command{name: name, permission: identity.Administer, input: input}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *DeliveryView, error) {
		id, err := fn(ctx, tx)
		if err != nil {
			return "", nil, nil, err
		}
		d, _, err := outbox.FindDelivery(ctx, tx, id)
		if err != nil {
			return "", nil, nil, err
		}
		return id, map[string]any{"webhook": d.WebhookID, "user": d.User}, viewDelivery(d, nil), nil
	})
}

// ReplayDelivery lets a delivery be attempted anew, under its id; one that waits is attempted at once.
func (a *App) ReplayDelivery(ctx context.Context, call Call, id string) (*DeliveryView, error) {
	return a.deliveryCommand(ctx, call, "delivery.replay", id, func(ctx context.Context, tx *db.Tx) (string, error) {
		if err := plain("id", id); err != nil {
			return "", err
		}
		d, err := outbox.Replay(ctx, tx, id)
		if err != nil {
			return "", err
		}
		return d.ID, nil
	})
}

// CancelDelivery puts a delivery aside that waits or was given up, with a reason: it is not attempted any more, and not counted as given up.
func (a *App) CancelDelivery(ctx context.Context, call Call, id, reason string) (*DeliveryView, error) {
	cmd := command{name: "delivery.cancel", permission: identity.Administer, input: []string{id, reason}}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *DeliveryView, error) {
		for field, text := range map[string]string{"id": id, "reason": reason} {
			if err := plain(field, text); err != nil {
				return "", nil, nil, err
			}
		}
		d, err := outbox.Cancel(ctx, tx, id, reason)
		if err != nil {
			return "", nil, nil, err
		}
		return d.ID, map[string]any{"webhook": d.WebhookID, "user": d.User, "reason": d.Why}, viewDelivery(d, nil), nil
	})
}

// ReplayRange says what is replayed to a webhook.
type ReplayRange struct {
	From, To  int64 // seqs, both in it; To 0: the newest
	Delivered bool  // also what was delivered already
}

// ReplayedView is what a replay of a range did.
type ReplayedView struct {
	Again int64 `json:"again"` // deliveries that are attempted anew, under their ids
	New   int64 `json:"new"`   // of events that the webhook had not been told of
}

// ReplayWebhook lets a webhook be told anew of the events of a range that it did not get; with Delivered, of those that it got too.
func (a *App) ReplayWebhook(ctx context.Context, call Call, id int64, g ReplayRange) (*ReplayedView, error) {
	if err := call.Actor.Allow(identity.Administer); err != nil {
		return nil, err
	}
	if err := a.sequence(ctx, call, identity.Administer); err != nil {
		return nil, err
	}
	return do(ctx, a, call, command{name: "webhook.replay", permission: identity.Administer, input: []any{id, g}}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *ReplayedView, error) {
		w, err := outbox.FindWebhook(ctx, tx, id)
		if err != nil {
			return "", nil, nil, err
		}
		done, err := outbox.ReplayRange(ctx, tx, w, outbox.Range(g))
		if err != nil {
			return "", nil, nil, err
		}
		return webhookName(id), map[string]any{"from": g.From, "to": g.To, "again": done.Again, "new": done.New}, (*ReplayedView)(done), nil
	})
}

// PreviewReplay says what [App.ReplayWebhook] would do now, and changes nothing.
func (a *App) PreviewReplay(ctx context.Context, call Call, id int64, g ReplayRange) (v *ReplayedView, err error) {
	err = query(ctx, a, call, identity.Administer, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		w, err := outbox.FindWebhook(ctx, tx, id)
		if err != nil {
			return err
		}
		would, err := outbox.PreviewRange(ctx, tx, w, outbox.Range(g))
		v = (*ReplayedView)(would)
		return err
	})
	return v, err
}

// webhookName names a webhook in the audit trail.
func webhookName(id int64) string { return fmt.Sprintf("webhook %d", id) }
