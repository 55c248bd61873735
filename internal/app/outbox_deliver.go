package app

import (
	"context"
	"sync/atomic"
	"time"

	"quittance/internal/db"
	"quittance/internal/outbox"
)

// What delivers events is no command: it changes nothing but the log of deliveries, and is recorded there.

// PrepareDeliveries gives new events their places in the feed, makes their deliveries and the digests that are due, and gives the companies in
// which something is due for the worker.
func (a *App) PrepareDeliveries(ctx context.Context, w outbox.Worker) (companies []int64, err error) {
	err = a.db.Read(ctx, a.outboxScope(0), func(ctx context.Context, tx *db.Tx) error {
		companies, err = outbox.Busy(ctx, tx, w)
		return err
	})
	for _, id := range companies {
		for more := true; more && err == nil; {
			var n int
			n, err = a.sequenceNow(ctx, id)
			more = n > 0
		}
		if err == nil && w.Mail {
			err = a.db.Unit(ctx, a.outboxScope(id), func(ctx context.Context, tx *db.Tx) error {
				_, err := outbox.MakeDigests(ctx, tx)
				return err
			})
		}
	}
	return companies, plainer(err)
}

// TakeLane leases the worker something in the company in which a delivery is due; blank: nothing is.
func (a *App) TakeLane(ctx context.Context, w outbox.Worker, company int64) (lane string, err error) {
	err = a.db.Unit(ctx, a.outboxScope(company), func(ctx context.Context, tx *db.Tx) (err error) {
		lane, err = outbox.TakeLane(ctx, tx, w)
		return err
	})
	return lane, plainer(err)
}

// LeaveLane gives back what was leased.
func (a *App) LeaveLane(ctx context.Context, w outbox.Worker, company int64, lane string) error {
	return plainer(a.db.Unit(ctx, a.outboxScope(company), func(ctx context.Context, tx *db.Tx) error { return outbox.LeaveLane(ctx, tx, w, lane) }))
}

// Sender sends a message; secrets are those of a webhook, which sign.
type Sender func(ctx context.Context, a *outbox.Attempt, secrets []string, at time.Time) outbox.Result

// DeliverNext makes an attempt at the next delivery of a lane that is leased; false says that none is due. The attempt is written down before
// it is made, and its result after it, whatever the context.
func (a *App) DeliverNext(ctx context.Context, w outbox.Worker, company int64, lane string, send Sender) (more bool, err error) {
	var x *outbox.Attempt
	err = a.db.Unit(ctx, a.outboxScope(company), func(ctx context.Context, tx *db.Tx) (err error) {
		x, err = outbox.Begin(ctx, tx, w, lane)
		return err
	})
	if err != nil || x == nil {
		return false, plainer(err)
	}
	r := a.attempt(ctx, company, x, w, send)
	ctx = context.WithoutCancel(ctx)
	err = a.db.Unit(ctx, a.outboxScope(company), func(ctx context.Context, tx *db.Tx) error { return outbox.End(ctx, tx, w, x, r) })
	if err == nil {
		a.delivered(r)
	}
	return !r.Down, plainer(err)
}

// attempt sends what is to be sent, unless there is nobody to send it to any more.
func (a *App) attempt(ctx context.Context, company int64, x *outbox.Attempt, w outbox.Worker, send Sender) outbox.Result {
	now := a.now()
	var secrets []string
	switch {
	case x.Webhook != nil && (x.Webhook.Removed || !x.Webhook.Enabled):
		return outbox.Result{Cancelled: x.Webhook.Removed, Down: true, Detail: "the webhook was disabled or removed"}
	case x.Webhook != nil:
		var err error
		if secrets, err = x.Webhook.Secrets(company, a.keys, now); err != nil {
			return outbox.Result{Down: true, Detail: err.Error()}
		}
	case x.Reader == nil:
		return outbox.Result{Cancelled: true, Detail: "the user is shut out, may no longer look, or has no e-mail address"}
	case now.Sub(x.MadeAt) > w.Timing.MailLife && x.Replays == 0:
		return outbox.Result{Final: true, Detail: "the mail was too old to be sent"}
	}
	return send(context.WithoutCancel(ctx), x, secrets, now) // what was begun is ended: the message may have gone out
}

// attemptCounts counts the attempts of this process.
type attemptCounts struct{ delivered, failed atomic.Int64 }

func (a *App) delivered(r outbox.Result) {
	if r.Delivered {
		a.attempts.delivered.Add(1)
	} else {
		a.attempts.failed.Add(1)
	}
}

// Outbox gives what waits to be delivered, in all companies.
func (a *App) Outbox(ctx context.Context) (q outbox.Queue, err error) {
	err = a.db.Read(ctx, a.outboxScope(0), func(ctx context.Context, tx *db.Tx) error {
		q, err = outbox.Queued(ctx, tx)
		return err
	})
	return q, plainer(err)
}
