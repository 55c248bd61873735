package app

import (
	"context"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"quittance/internal/db"
	"quittance/internal/egress"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/outbox"
)

// WebhookView is a webhook as people see it; its secret is shown once, when it is made.
type WebhookView struct {
	ID       int64    `json:"id"`
	URL      string   `json:"url"`
	Note     string   `json:"note"`
	Kinds    []string `json:"kinds"` // none: all
	Enabled  bool     `json:"enabled"`
	Why      string   `json:"why"` // the program disabled it
	MadeBy   string   `json:"made_by"`
	MadeAt   string   `json:"made_at"`
	OldUntil string   `json:"old_secret_until"` // blank: one secret signs
	Secret   string   `json:"secret,omitempty"`
}

func viewWebhook(w *outbox.Webhook, now time.Time) *WebhookView {
	v := &WebhookView{ID: w.ID, URL: w.URL, Note: w.Note, Kinds: w.Kinds, Enabled: w.Enabled, Why: w.Why, MadeBy: w.MadeBy, MadeAt: moment(w.MadeAt)}
	if v.Kinds == nil {
		v.Kinds = []string{}
	}
	if w.OldUntil.After(now) {
		v.OldUntil = moment(w.OldUntil)
	}
	return v
}

// WebhookEntry says what a webhook is.
type WebhookEntry struct {
	URL   string
	Kinds []string // or beginnings such as payment.*; none: all
	Note  string
}

// check refuses what is no webhook, and an address that is refused anyway when it is called. What may be called inside the network is known
// only to a process that delivers; another leaves addresses of it to that.
func (e WebhookEntry) check(o *Outside) error {
	for field, text := range map[string]string{"url": e.URL, "note": e.Note} {
		if err := plain(field, text); err != nil {
			return err
		}
	}
	if len(e.Note) > 500 || len(e.Kinds) > 100 {
		return fault.New(fault.Invalid, "a webhook has a note of at most 500 bytes, and at most 100 kinds").In("note")
	}
	if err := outbox.CheckURL(e.URL, inside); err != nil {
		return err
	}
	u, err := url.Parse(e.URL)
	if err != nil {
		return fault.New(fault.Invalid, "the address can not be read").In("url").Because(err)
	}
	var allowed egress.Options
	if o != nil {
		allowed = o.Egress
	}
	why, err := egress.Refuses(allowed, u.Hostname())
	if err != nil || why == "" || o == nil && slices.Contains([]string{"loopback", "private", "shared address space"}, why) {
		return err
	}
	return fault.New(fault.Invalid, "%s is not called: it is an address inside (%s), and not listed; list it with QUITTANCE_EGRESS_ALLOW where Quittance runs, or give another", u.Hostname(), why).In("url").ByRule("inside")
}

// inside says whether a host stands for the machine or the network around it, as far as its name tells.
func inside(host string) bool {
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && egress.Inside(a) != ""
}

// changing is a command on a webhook that is there.
func (a *App) changing(ctx context.Context, call Call, name string, id int64, input any, change func(ctx context.Context, tx *db.Tx, w *outbox.Webhook, v *WebhookView) (any, error)) (*WebhookView, error) {
	return do(ctx, a, call, command{name: name, permission: identity.Administer, input: []any{id, input}}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *WebhookView, error) {
		w, err := outbox.FindWebhook(ctx, tx, id)
		if err != nil {
			return "", nil, nil, err
		}
		v := &WebhookView{}
		detail, err := change(ctx, tx, w, v)
		secret := v.Secret
		v = viewWebhook(w, tx.Now)
		v.Secret = secret
		return webhookName(id), detail, v, err
	})
}

// AddWebhook makes a webhook, and gives its secret. It is not repeatable by an idempotency key, since the secret is not kept in clear.
func (a *App) AddWebhook(ctx context.Context, call Call, e WebhookEntry) (*WebhookView, error) {
	call.Key = ""
	return do(ctx, a, call, command{name: "webhook.add", permission: identity.Administer}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *WebhookView, error) {
		if err := e.check(a.outside); err != nil {
			return "", nil, nil, err
		}
		w := &outbox.Webhook{URL: e.URL, Kinds: e.Kinds, Note: e.Note}
		secret, err := outbox.AddWebhook(ctx, tx, a.keys, w)
		v := viewWebhook(w, tx.Now)
		v.Secret = secret
		return webhookName(w.ID), map[string]any{"url": e.URL, "kinds": e.Kinds}, v, err
	})
}

// WebhookChange changes what is not nil.
type WebhookChange struct {
	URL, Note *string
	Kinds     *[]string
	Enabled   *bool
}

// ChangeWebhook changes a webhook.
func (a *App) ChangeWebhook(ctx context.Context, call Call, id int64, c WebhookChange) (*WebhookView, error) {
	return a.changing(ctx, call, "webhook.change", id, c, func(ctx context.Context, tx *db.Tx, w *outbox.Webhook, _ *WebhookView) (any, error) {
		for _, t := range []struct{ to, from *string }{{&w.URL, c.URL}, {&w.Note, c.Note}} {
			if t.from != nil {
				*t.to = *t.from
			}
		}
		if c.Kinds != nil {
			w.Kinds = *c.Kinds
		}
		if c.Enabled != nil {
			w.Enabled = *c.Enabled
		}
		if err := (WebhookEntry{w.URL, w.Kinds, w.Note}).check(a.outside); err != nil {
			return nil, err
		}
		return map[string]any{"url": w.URL, "kinds": w.Kinds, "enabled": w.Enabled}, outbox.SaveWebhook(ctx, tx, w)
	})
}

// mostBoth is how long two secrets sign at most.
const mostBoth = 30 * 24 * time.Hour

// RotateWebhook gives a webhook another secret; the one of before signs beside it for so many hours. It is not repeatable.
func (a *App) RotateWebhook(ctx context.Context, call Call, id int64, hours int) (*WebhookView, error) {
	call.Key = ""
	return a.changing(ctx, call, "webhook.rotate", id, nil, func(ctx context.Context, tx *db.Tx, w *outbox.Webhook, v *WebhookView) (_ any, err error) {
		both := time.Duration(hours) * time.Hour
		if hours < 0 || both > mostBoth {
			return nil, fault.New(fault.Invalid, "%d hours is not how long two secrets sign; expected 0 to %d", hours, int(mostBoth/time.Hour)).In("hours")
		}
		v.Secret, err = outbox.RotateWebhook(ctx, tx, a.keys, w, both)
		return map[string]any{"hours": hours}, err
	})
}

// RemoveWebhook takes a webhook away; what waits for it is not delivered.
func (a *App) RemoveWebhook(ctx context.Context, call Call, id int64) error {
	_, err := a.changing(ctx, call, "webhook.remove", id, nil, func(ctx context.Context, tx *db.Tx, w *outbox.Webhook, _ *WebhookView) (any, error) {
		return map[string]any{"url": w.URL}, outbox.RemoveWebhook(ctx, tx, w)
	})
	return err
}

// TestWebhook sends a webhook a message that tells of nothing, and gives its delivery.
func (a *App) TestWebhook(ctx context.Context, call Call, id int64) (d *DeliveryView, err error) {
	return a.deliveryCommand(ctx, call, "webhook.test", id, func(ctx context.Context, tx *db.Tx) (string, error) {
		w, err := outbox.FindWebhook(ctx, tx, id)
		if err != nil {
			return "", err
		}
		return outbox.Test(ctx, tx, w)
	})
}

// Webhooks gives the webhooks of the company, by age.
func (a *App) Webhooks(ctx context.Context, call Call) ([]WebhookView, error) {
	views := []WebhookView{}
	err := query(ctx, a, call, identity.Administer, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, err := outbox.Webhooks(ctx, tx)
		for i := range all {
			views = append(views, *viewWebhook(&all[i], tx.Now))
		}
		return err
	})
	return views, err
}

// Webhook gives a webhook.
func (a *App) Webhook(ctx context.Context, call Call, id int64) (v *WebhookView, err error) {
	err = query(ctx, a, call, identity.Administer, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		w, err := outbox.FindWebhook(ctx, tx, id)
		if err == nil {
			v = viewWebhook(w, tx.Now)
		}
		return err
	})
	return v, err
}
