package api

import (
	"context"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/outbox"
)

const (
	mailsPath = "/companies/{company}/mail-choices/{name}"
	mailPath  = mailsPath + "/kinds/{event_kind}"
)

// MailsOf names whose mails of a company an operation is about.
type MailsOf struct {
	Company
	UserOf
}

// MailOf names whose mails of a kind of events an operation is about.
type MailOf struct {
	MailsOf
	EventKind string `path:"event_kind" maxLength:"60" doc:"Kind of events, payment.* for all of a noun, or * for all."`
}

// MailHow says how a user is told of a kind of events.
type MailHow struct {
	How      outbox.How `json:"how" maxLength:"20" enum:"mail,digest,off" doc:"mail: at once; digest: together, once a day; off: not at all."`
	Everyone bool       `json:"everyone,omitempty" doc:"Also of events that are not meant for the user."`
}

// MailLanguage says in which language a user reads mails.
type MailLanguage struct {
	Language string `json:"language" maxLength:"10" doc:"Such as en or de."`
}

func mails(d *door) {
	const others = "One's own, or with the permission administer those of others."
	add(d, operation{id: "get-mail-choices", method: http.MethodGet, path: mailsPath, tag: outboxTag, permission: ownOrOthers, summary: "Which mails a user gets", about: others},
		func(ctx context.Context, in *MailsOf) (*reply[*app.MailChoice], error) {
			return answer(d.app.MailChoices(ctx, d.call(ctx, in.Company.Company, ""), in.Name))
		})
	add(d, operation{id: "set-mail-choice", method: http.MethodPut, path: mailPath, tag: outboxTag, permission: ownOrOthers, summary: "Choose the mails of a kind of events", about: others},
		func(ctx context.Context, in *struct {
			MailOf
			Keyed
			Body MailHow
		},
		) (*reply[*app.SubscriptionView], error) {
			return answer(d.app.Subscribe(ctx, d.call(ctx, in.Company.Company, in.Key), app.SubscriptionView{User: in.Name, Kind: in.EventKind, How: in.Body.How, Everyone: in.Body.Everyone}))
		})
	add(d, operation{id: "delete-mail-choice", method: http.MethodDelete, path: mailPath, tag: outboxTag, permission: ownOrOthers, status: http.StatusNoContent, summary: "Take a choice of mails back", about: "Without one a user is told at once of the events that are meant for that user. " + others},
		func(ctx context.Context, in *struct {
			MailOf
			Keyed
		},
		) (*done, error) {
			return nil, d.app.Unsubscribe(ctx, d.call(ctx, in.Company.Company, in.Key), in.Name, in.EventKind)
		})
	add(d, operation{id: "set-mail-language", method: http.MethodPut, path: mailsPath + "/language", tag: outboxTag, permission: ownOrOthers, status: http.StatusNoContent, summary: "Choose the language of a user's mails", about: others},
		func(ctx context.Context, in *struct {
			MailsOf
			Keyed
			Body MailLanguage
		},
		) (*done, error) {
			return nil, d.app.SetMailLanguage(ctx, d.call(ctx, in.Company.Company, in.Key), in.Name, in.Body.Language)
		})
}
