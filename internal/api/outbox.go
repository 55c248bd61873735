package api

import (
	"context"
	"fmt"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/outbox"
)

const (
	eventsPath     = "/companies/{company}/events"
	webhooksPath   = "/companies/{company}/webhooks"
	webhookPath    = webhooksPath + "/{webhook}"
	deliveriesPath = "/companies/{company}/deliveries"
	deliveryPath   = deliveriesPath + "/{delivery}"
	outboxTag      = "Events and webhooks"
)

// WebhookOf names a webhook.
type WebhookOf struct {
	Company
	Webhook int64 `path:"webhook" minimum:"1" doc:"Id of the webhook."`
}

// DeliveryOf names a delivery.
type DeliveryOf struct {
	Company
	Delivery string `path:"delivery" maxLength:"36" doc:"Id of the delivery, by which its receiver knows it."`
}

// DeliveryCancel puts a delivery aside.
type DeliveryCancel struct {
	Reason string `json:"reason" minLength:"1" maxLength:"500" doc:"Why nobody needs it."`
}

// EventOf names an event.
type EventOf struct {
	Company
	Event string `path:"event" maxLength:"36" doc:"Id of the event."`
}

// EventKinds are the kinds of events.
type EventKinds struct {
	Items []EventKind `json:"items"`
}

// EventKind is a kind of events.
type EventKind struct {
	Kind   outbox.Kind `json:"kind"`
	Means  string      `json:"means"`
	Fields string      `json:"fields" doc:"Of its data, with spaces between them."`
}

// NewWebhook asks for a webhook.
type NewWebhook struct {
	URL   string   `json:"url" maxLength:"2000" doc:"https; http for an address of the machine or the network around it." example:"https://books.example.com/hooks/quittance"`
	Kinds []string `json:"kinds,omitempty" maxItems:"100" doc:"Kinds of events, or payment.* for all of a noun; none: all."`
	Note  string   `json:"note,omitempty" maxLength:"500"`
}

// WebhookChange changes what is given.
type WebhookChange struct {
	URL     *string   `json:"url,omitempty" maxLength:"2000"`
	Kinds   *[]string `json:"kinds,omitempty" maxItems:"100" doc:"An empty list: all."`
	Note    *string   `json:"note,omitempty" maxLength:"500"`
	Enabled *bool     `json:"enabled,omitempty"`
}

// Rotation asks for another secret.
type Rotation struct {
	Hours int `json:"hours,omitempty" minimum:"0" maximum:"720" doc:"For which the secret of before signs too."`
}

// WebhookReplay says which events a webhook is told anew.
type WebhookReplay struct {
	From      int64 `json:"from" minimum:"1" doc:"First event of the range (its seq)."`
	To        int64 `json:"to,omitempty" minimum:"0" doc:"Last event of the range; the newest when it is not given."`
	Delivered bool  `json:"delivered,omitempty" doc:"Also what it got already."`
}

func outboxOperations(d *door) {
	events(d)
	webhooks(d)
	webhookChanges(d)
	replayPreview(d)
	deliveries(d)
	mails(d)
}

func events(d *door) {
	add(d, operation{
		id: "list-events", method: http.MethodGet, path: eventsPath, tag: outboxTag, permission: identity.Read, summary: "The feed of events",
		about: "The oldest first, each with its place (seq). Whoever keeps the seq of the last event and asks for those since misses none and gets none twice.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		Since   int64    `query:"since" minimum:"0" doc:"Events after this seq."`
		Kinds   []string `query:"kinds" maxItems:"100" doc:"Of these kinds only, with commas between them; payment.* for all of a noun."`
		Subject string   `query:"subject" maxLength:"200" doc:"About this only."`
	},
	) (*page[app.EventView], error) {
		part, err := d.app.Events(ctx, d.call(ctx, in.Company.Company, ""), app.EventQuery{Since: in.Since, Kinds: in.Kinds, Subject: in.Subject}, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{id: "get-event", method: http.MethodGet, path: eventsPath + "/{event}", tag: outboxTag, permission: identity.Read, summary: "An event"},
		func(ctx context.Context, in *EventOf) (*reply[*app.EventView], error) {
			return answer(d.app.Event(ctx, d.call(ctx, in.Company.Company, ""), in.Event))
		})
	add(d, operation{id: "get-event-kinds", method: http.MethodGet, path: "/event-kinds", tag: outboxTag, permission: signedIn, summary: "The kinds of events"},
		func(context.Context, *struct{}) (*reply[EventKinds], error) {
			var all EventKinds
			for _, k := range app.EventKinds() {
				all.Items = append(all.Items, EventKind(k))
			}
			return answer(all, nil)
		})
}

func webhooks(d *door) {
	add(d, operation{id: "list-webhooks", method: http.MethodGet, path: webhooksPath, tag: outboxTag, permission: identity.Administer, summary: "The webhooks", about: "By age."},
		func(ctx context.Context, in *struct {
			Company
			Paged
		},
		) (*page[app.WebhookView], error) {
			all, err := d.app.Webhooks(ctx, d.call(ctx, in.Company.Company, ""))
			return pageOf(ctx, cut(all, func(w *app.WebhookView) string { return fmt.Sprintf("%019d", w.ID) }, in.Paged), err)
		})
	add(d, operation{id: "get-webhook", method: http.MethodGet, path: webhookPath, tag: outboxTag, permission: identity.Administer, summary: "A webhook"},
		func(ctx context.Context, in *WebhookOf) (*reply[*app.WebhookView], error) {
			return answer(d.app.Webhook(ctx, d.call(ctx, in.Company.Company, ""), in.Webhook))
		})
	add(d, operation{
		id: "create-webhook", method: http.MethodPost, path: webhooksPath, tag: outboxTag, permission: identity.Administer, status: http.StatusCreated, summary: "Add a webhook",
		about: "The answer has its secret, which is shown this once; each message is signed with it (Standard Webhooks). An idempotency key has no effect, since the secret is not kept in clear: a request that is sent twice makes two; remove the one whose answer was lost.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body NewWebhook
	},
	) (*made[*app.WebhookView], error) {
		w, err := d.app.AddWebhook(ctx, d.call(ctx, in.Company.Company, ""), app.WebhookEntry{URL: in.Body.URL, Kinds: in.Body.Kinds, Note: in.Body.Note})
		if err != nil {
			return nil, err
		}
		return &made[*app.WebhookView]{Location: fmt.Sprintf("/api/v1/companies/%s/webhooks/%d", in.Company.Company, w.ID), Body: w}, nil
	})
}

func webhookChanges(d *door) {
	add(d, operation{id: "change-webhook", method: http.MethodPatch, path: webhookPath, tag: outboxTag, permission: identity.Administer, summary: "Change a webhook", about: "What is not given stays. While it is disabled it is told of nothing; replay what it missed."},
		func(ctx context.Context, in *struct {
			WebhookOf
			Keyed
			Body WebhookChange
		},
		) (*reply[*app.WebhookView], error) {
			b := in.Body
			return answer(d.app.ChangeWebhook(ctx, d.call(ctx, in.Company.Company, in.Key), in.Webhook, app.WebhookChange{URL: b.URL, Note: b.Note, Kinds: b.Kinds, Enabled: b.Enabled}))
		})
	add(d, operation{id: "delete-webhook", method: http.MethodDelete, path: webhookPath, tag: outboxTag, permission: identity.Administer, status: http.StatusNoContent, summary: "Remove a webhook", about: "What waits for it is not delivered; the log stays."},
		func(ctx context.Context, in *struct {
			WebhookOf
			Keyed
		},
		) (*done, error) {
			return nil, d.app.RemoveWebhook(ctx, d.call(ctx, in.Company.Company, in.Key), in.Webhook)
		})
	add(d, operation{id: "rotate-webhook-secret", method: http.MethodPost, path: webhookPath + "/rotate", tag: outboxTag, permission: identity.Administer, status: http.StatusOK, summary: "Give a webhook another secret", about: "It is shown this once. For the hours given both secrets sign. An idempotency key has no effect: a request that is sent twice gives two, and the last one holds."},
		func(ctx context.Context, in *struct {
			WebhookOf
			Keyed
			Body Rotation
		},
		) (*reply[*app.WebhookView], error) {
			return answer(d.app.RotateWebhook(ctx, d.call(ctx, in.Company.Company, ""), in.Webhook, in.Body.Hours))
		})
	add(d, operation{id: "test-webhook", method: http.MethodPost, path: webhookPath + "/test", tag: outboxTag, permission: identity.Administer, status: http.StatusOK, summary: "Send a webhook a test", about: "A message that tells of nothing; see its delivery."},
		func(ctx context.Context, in *struct {
			WebhookOf
			Keyed
		},
		) (*reply[*app.DeliveryView], error) {
			return answer(d.app.TestWebhook(ctx, d.call(ctx, in.Company.Company, in.Key), in.Webhook))
		})
	add(d, operation{id: "replay-webhook", method: http.MethodPost, path: webhookPath + "/replay", tag: outboxTag, permission: identity.Administer, status: http.StatusOK, summary: "Tell a webhook anew of a range of events", about: "Of those that it did not get, also because it was disabled or not there; what was delivered before keeps its id."},
		func(ctx context.Context, in *struct {
			WebhookOf
			Keyed
			Body WebhookReplay
		},
		) (*reply[*app.ReplayedView], error) {
			return answer(d.app.ReplayWebhook(ctx, d.call(ctx, in.Company.Company, in.Key), in.Webhook, app.ReplayRange(in.Body)))
		})
}

func replayPreview(d *door) {
	add(d, operation{id: "preview-webhook-replay", method: http.MethodPost, path: webhookPath + "/replay/preview", tag: outboxTag, permission: identity.Administer, status: http.StatusOK, summary: "Preview a replay", about: "How many deliveries it would make; nothing is sent."},
		func(ctx context.Context, in *struct {
			WebhookOf
			Body WebhookReplay
		},
		) (*reply[*app.ReplayedView], error) {
			return answer(d.app.PreviewReplay(ctx, d.call(ctx, in.Company.Company, ""), in.Webhook, app.ReplayRange(in.Body)))
		})
}

func deliveries(d *door) {
	add(d, operation{id: "list-deliveries", method: http.MethodGet, path: deliveriesPath, tag: outboxTag, permission: identity.Administer, summary: "The log of deliveries", about: "Messages to webhooks and by mail, the newest first."},
		func(ctx context.Context, in *struct {
			Company
			Paged
			Webhook int64    `query:"webhook" minimum:"0" doc:"To this webhook only."`
			User    string   `query:"user" maxLength:"40" doc:"By mail to this user only."`
			State   string   `query:"state" enum:"waiting,delivered,dead,cancelled"`
			Event   string   `query:"event" maxLength:"36" doc:"Of this event only."`
			Kinds   []string `query:"kinds" maxItems:"100" doc:"Of these kinds only."`
		},
		) (*page[app.DeliveryView], error) {
			q := app.DeliveryQuery{Webhook: in.Webhook, User: in.User, State: outbox.State(in.State), Event: in.Event, Kinds: in.Kinds}
			part, err := d.app.Deliveries(ctx, d.call(ctx, in.Company.Company, ""), q, in.page())
			return pageOf(ctx, part, err)
		})
	add(d, operation{id: "get-delivery", method: http.MethodGet, path: deliveryPath, tag: outboxTag, permission: identity.Administer, summary: "A delivery with its attempts"},
		func(ctx context.Context, in *DeliveryOf) (*reply[*app.DeliveryView], error) {
			return answer(d.app.Delivery(ctx, d.call(ctx, in.Company.Company, ""), in.Delivery))
		})
	add(d, operation{id: "replay-delivery", method: http.MethodPost, path: deliveryPath + "/replay", tag: outboxTag, permission: identity.Administer, status: http.StatusOK, summary: "Deliver again", about: "Under the same id. What waits is tried at once."},
		func(ctx context.Context, in *struct {
			DeliveryOf
			Keyed
		},
		) (*reply[*app.DeliveryView], error) {
			return answer(d.app.ReplayDelivery(ctx, d.call(ctx, in.Company.Company, in.Key), in.Delivery))
		})
	add(d, operation{id: "cancel-delivery", method: http.MethodPost, path: deliveryPath + "/cancellation", tag: outboxTag, permission: identity.Administer, status: http.StatusOK, summary: "Put a delivery aside", about: "What waits or was given up is not attempted any more, nor counted as given up. It may be delivered again later."},
		func(ctx context.Context, in *struct {
			DeliveryOf
			Keyed
			Body DeliveryCancel
		},
		) (*reply[*app.DeliveryView], error) {
			return answer(d.app.CancelDelivery(ctx, d.call(ctx, in.Company.Company, in.Key), in.Delivery, in.Body.Reason))
		})
}
