package cli

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/outbox"
)

type eventsCmd struct {
	List  eventListCmd  `cmd:"" default:"withargs" help:"List events, the oldest first."`
	Show  eventShowCmd  `cmd:"" help:"Show an event with its data."`
	Kinds eventKindsCmd `cmd:"" help:"List the kinds of events."`
}

type eventListCmd struct {
	pageFlags
	Since   int64    `help:"Events after this one of the feed (its seq)." placeholder:"SEQ"`
	Kind    []string `help:"Of these kinds only; payment.* for all of a noun." placeholder:"KIND,…"`
	Subject string   `help:"About this only." placeholder:"NAME"`
}

// Run lists events.
func (c *eventListCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, ">seq timestamp type subject actor data", "There is no event.", func(a *app.App, call app.Call, p app.Page) (app.Part[app.EventView], error) {
		return a.Events(e.ctx, call, app.EventQuery{Since: c.Since, Kinds: c.Kind, Subject: c.Subject}, p)
	}, func(x *app.EventView) []string {
		data, _ := json.Marshal(x.Data) // it was JSON
		return []string{strconv.FormatInt(x.Seq, 10), x.Time, string(x.Kind), x.Subject, x.Actor, string(data)}
	})
}

type eventShowCmd struct {
	ID string `arg:"" help:"Id of the event."`
}

// Run shows an event.
func (c *eventShowCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.Event(e.ctx, call, c.ID)
		if err != nil {
			return err
		}
		data, _ := json.MarshalIndent(x.Data, "", "  ")
		return e.result(x, "id >seq timestamp type subject actor data", []string{x.ID, strconv.FormatInt(x.Seq, 10), x.Time, string(x.Kind), x.Subject, x.Actor, string(data)}, "%d %s %s %s by %s\n%s", x.Seq, x.Time, x.Kind, x.Subject, x.Actor, data)
	})
}

type eventKindsCmd struct{}

// Run lists kinds.
func (*eventKindsCmd) Run(e *env) error {
	l := e.list("kind fields means")
	for _, k := range app.EventKinds() {
		if err := l.add(map[string]string{"kind": string(k.Kind), "fields": k.Fields, "means": k.Means}, string(k.Kind), k.Fields, k.Means); err != nil {
			return err
		}
	}
	return l.close("")
}

type deliveriesCmd struct {
	List   deliveryListCmd   `cmd:"" default:"withargs" help:"List deliveries, the newest first."`
	Show   deliveryShowCmd   `cmd:"" help:"Show a delivery with its attempts."`
	Replay deliveryReplayCmd `cmd:"" help:"Deliver again, under the same id; what waits is tried at once."`
	Cancel deliveryCancelCmd `cmd:"" help:"Put a delivery aside that waits or was given up."`
}

const deliveryColumns = "id channel >webhook user kind state >attempts next_at made_at why"

func deliveryCells(x *app.DeliveryView) []string {
	return []string{x.ID, x.Channel, strconv.FormatInt(x.Webhook, 10), x.User, string(x.Kind), string(x.State), strconv.Itoa(x.Attempts), x.NextAt, x.MadeAt, x.Why}
}

type deliveryListCmd struct {
	pageFlags
	Webhook int64    `help:"To this webhook only." placeholder:"ID"`
	User    string   `help:"To this user only." placeholder:"NAME"`
	State   string   `help:"waiting, delivered, dead or cancelled." placeholder:"STATE"`
	Event   string   `help:"Of this event only." placeholder:"ID"`
	Kind    []string `help:"Of these kinds only." placeholder:"KIND,…"`
}

// Run lists deliveries.
func (c *deliveryListCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, deliveryColumns, "There is no delivery.", func(a *app.App, call app.Call, p app.Page) (app.Part[app.DeliveryView], error) {
		return a.Deliveries(e.ctx, call, app.DeliveryQuery{Webhook: c.Webhook, User: c.User, State: outbox.State(c.State), Event: c.Event, Kinds: c.Kind}, p)
	}, deliveryCells)
}

type deliveryShowCmd struct {
	ID string `arg:"" help:"Id of the delivery."`
}

// Run shows a delivery.
func (c *deliveryShowCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.Delivery(e.ctx, call, c.ID)
		if err != nil {
			return err
		}
		var b strings.Builder
		for _, t := range x.Log {
			fmt.Fprintf(&b, "\n%d %s %s %d %s", t.N, t.At, t.Outcome, t.Status, t.Detail)
		}
		return e.result(x, deliveryColumns, deliveryCells(x), "%s by %s is %s %s%s", x.ID, x.Channel, x.State, x.Why, b.String())
	})
}

type deliveryReplayCmd struct {
	ID string `arg:"" help:"Id of the delivery."`
}

// Run replays a delivery.
func (c *deliveryReplayCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.ReplayDelivery(e.ctx, call, c.ID)
		if err != nil {
			return err
		}
		return e.result(x, deliveryColumns, deliveryCells(x), "%s is delivered again.", x.ID)
	})
}

type deliveryCancelCmd struct {
	ID     string `arg:"" help:"Id of the delivery."`
	Reason string `required:"" help:"Why." placeholder:"TEXT"`
}

// Run puts a delivery aside.
func (c *deliveryCancelCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.CancelDelivery(e.ctx, call, c.ID, c.Reason)
		if err != nil {
			return err
		}
		return e.result(x, deliveryColumns, deliveryCells(x), "%s is put aside.", x.ID)
	})
}

type mailCmd struct {
	Test        mailTestCmd        `cmd:"" help:"Send a mail by the server of the settings, to see whether they are right."`
	Show        mailShowCmd        `cmd:"" help:"Show which mails a user gets."`
	Subscribe   mailSubscribeCmd   `cmd:"" help:"Choose how a user is told of a kind of events."`
	Unsubscribe mailUnsubscribeCmd `cmd:"" help:"Take a choice back: without one, a user gets mails of what is meant for that user."`
	Language    mailLanguageCmd    `cmd:"" help:"Choose the language of a user's mails."`
}

type mailTestCmd struct {
	To   string      `arg:"" help:"E-mail address."`
	Mail outbox.SMTP `embed:""`
}

// Run sends a mail.
func (c *mailTestCmd) Run(e *env) error {
	p, err := outbox.NewPost(c.Mail)
	if err != nil {
		return err
	}
	if p == nil {
		return fault.New(fault.Usage, "no mail server is set; give --smtp-host and --smtp-from").In("smtp-host")
	}
	m, err := outbox.TestMail(c.To, time.Now())
	if err != nil {
		return err
	}
	if r := p.Send(e.ctx, m); !r.Delivered {
		return fault.New(fault.Unavailable, "%s took no mail to %s: %s", p.Server(), c.To, r.Detail).ByRule("mail_failed")
	}
	return e.result(map[string]string{"server": p.Server(), "to": c.To, "id": m.ID}, "server to id", []string{p.Server(), c.To, m.ID}, "%s took a mail to %s.", p.Server(), c.To)
}

// ofUser names whose mails a command is about.
type ofUser struct {
	User string `help:"The user; who acts, when it is not given." placeholder:"NAME"`
}

type mailShowCmd struct{ ofUser }

// Run shows choices.
func (c *mailShowCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.MailChoices(e.ctx, call, c.User)
		if err != nil {
			return err
		}
		var b strings.Builder
		for _, s := range x.Subscriptions {
			fmt.Fprintf(&b, "\n%s %s everyone=%t", s.Kind, s.How, s.Everyone)
		}
		return e.result(x, "user email language", []string{x.User, x.Email, x.Language}, "%s (%s) reads mails in %s.%s", x.User, x.Email, x.Language, b.String())
	})
}

type mailSubscribeCmd struct {
	Kind string `arg:"" help:"Kind of events, payment.* for all of a noun, or *."`
	ofUser
	How      string `help:"mail, digest (once a day) or off." default:"mail" placeholder:"HOW"`
	Everyone bool   `help:"Also of events that are not meant for the user."`
}

// Run subscribes.
func (c *mailSubscribeCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.Subscribe(e.ctx, call, app.SubscriptionView{User: c.User, Kind: c.Kind, How: outbox.How(c.How), Everyone: c.Everyone})
		if err != nil {
			return err
		}
		return e.result(x, "user kind how", []string{x.User, x.Kind, string(x.How)}, "%s is told of %s: %s.", x.User, x.Kind, x.How)
	})
}

type mailUnsubscribeCmd struct {
	Kind string `arg:"" help:"As it was chosen."`
	ofUser
}

// Run takes a choice back.
func (c *mailUnsubscribeCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.Unsubscribe(e.ctx, call, c.User, c.Kind); err != nil {
			return err
		}
		return e.result(map[string]string{"kind": c.Kind}, "kind", []string{c.Kind}, "The choice of %s is taken back.", c.Kind)
	})
}

type mailLanguageCmd struct {
	Language string `arg:"" help:"en or de."`
	ofUser
}

// Run sets the language.
func (c *mailLanguageCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.SetMailLanguage(e.ctx, call, c.User, c.Language); err != nil {
			return err
		}
		return e.result(map[string]string{"language": c.Language}, "language", []string{c.Language}, "Mails are written in %s.", c.Language)
	})
}
