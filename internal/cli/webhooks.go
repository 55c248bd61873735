package cli

import (
	"strconv"
	"strings"

	"quittance/internal/app"
)

type webhooksCmd struct {
	List   webhookListCmd   `cmd:"" default:"withargs" help:"List the webhooks."`
	Add    webhookAddCmd    `cmd:"" help:"Add a webhook; its secret is shown once."`
	Change webhookChangeCmd `cmd:"" help:"Change a webhook, disable it, or enable it."`
	Rotate webhookRotateCmd `cmd:"" help:"Give a webhook another secret, shown once; the one of before signs beside it for a while."`
	Remove webhookRemoveCmd `cmd:"" help:"Remove a webhook; what waits for it is not delivered."`
	Test   webhookTestCmd   `cmd:"" help:"Send a webhook a message that tells of nothing."`
	Replay webhookReplayCmd `cmd:"" help:"Tell a webhook anew of the events of a range that it did not get."`
}

const webhookColumns = ">id url kinds enabled old_secret_until why note"

func webhookCells(w *app.WebhookView) []string {
	return []string{strconv.FormatInt(w.ID, 10), w.URL, strings.Join(w.Kinds, " "), strconv.FormatBool(w.Enabled), w.OldUntil, w.Why, w.Note}
}

type webhookListCmd struct{}

// Run lists webhooks.
func (*webhookListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.Webhooks(e.ctx, call)
		if err != nil {
			return err
		}
		l := e.list(webhookColumns)
		for i := range all {
			if err := l.add(&all[i], webhookCells(&all[i])...); err != nil {
				return err
			}
		}
		return l.close("There is no webhook.")
	})
}

// shown shows a webhook, with its secret when it is new.
func (e *env) shown(w *app.WebhookView, err error, sentence string) error {
	if err != nil {
		return err
	}
	if w.Secret != "" {
		return e.result(w, webhookColumns+" secret", append(webhookCells(w), w.Secret), "%s\nIts secret, shown this once:\n\n    %s", strings.ReplaceAll(sentence, "ID", strconv.FormatInt(w.ID, 10)), w.Secret)
	}
	return e.result(w, webhookColumns, webhookCells(w), "%s", strings.ReplaceAll(sentence, "ID", strconv.FormatInt(w.ID, 10)))
}

type webhookAddCmd struct {
	URL  string   `arg:"" help:"Address, https://…"`
	Kind []string `help:"Kinds of events; payment.* for all of a noun (default: all)." placeholder:"KIND,…"`
	Note string   `help:"What it is for." placeholder:"TEXT"`
}

// Run adds a webhook.
func (c *webhookAddCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		w, err := a.AddWebhook(e.ctx, call, app.WebhookEntry{URL: c.URL, Kinds: c.Kind, Note: c.Note})
		return e.shown(w, err, "Added the webhook ID.")
	})
}

type webhookChangeCmd struct {
	ID      int64     `arg:"" help:"The webhook."`
	URL     *string   `help:"Another address." placeholder:"URL"`
	Kind    *[]string `help:"Other kinds of events." placeholder:"KIND,…"`
	All     bool      `help:"Events of all kinds." xor:"kinds"`
	Note    *string   `help:"Another note." placeholder:"TEXT"`
	Enable  bool      `help:"Tell it of what happens from now on." xor:"enabled"`
	Disable bool      `help:"Tell it of nothing." xor:"enabled"`
}

// Run changes a webhook.
func (c *webhookChangeCmd) Run(e *env) error {
	change := app.WebhookChange{URL: c.URL, Kinds: c.Kind, Note: c.Note}
	if c.All {
		change.Kinds = &[]string{}
	}
	if c.Enable || c.Disable {
		change.Enabled = &c.Enable
	}
	return e.with(func(a *app.App, call app.Call) error {
		w, err := a.ChangeWebhook(e.ctx, call, c.ID, change)
		return e.shown(w, err, "Changed the webhook ID.")
	})
}

type webhookRotateCmd struct {
	ID    int64 `arg:"" help:"The webhook."`
	Hours int   `help:"How long the secret of before signs too." default:"24" placeholder:"N"`
}

// Run rotates a secret.
func (c *webhookRotateCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		w, err := a.RotateWebhook(e.ctx, call, c.ID, c.Hours)
		return e.shown(w, err, "The webhook ID has another secret.")
	})
}

type webhookRemoveCmd struct {
	ID int64 `arg:"" help:"The webhook."`
}

// Run removes a webhook.
func (c *webhookRemoveCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.RemoveWebhook(e.ctx, call, c.ID); err != nil {
			return err
		}
		return e.result(map[string]int64{"id": c.ID}, ">id", []string{strconv.FormatInt(c.ID, 10)}, "Removed the webhook %d.", c.ID)
	})
}

type webhookTestCmd struct {
	ID int64 `arg:"" help:"The webhook."`
}

// Run tests a webhook.
func (c *webhookTestCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.TestWebhook(e.ctx, call, c.ID)
		if err != nil {
			return err
		}
		return e.result(x, deliveryColumns, deliveryCells(x), "A test is on its way; see: quittance deliveries show %s", x.ID)
	})
}

type webhookReplayCmd struct {
	ID        int64 `arg:"" help:"The webhook."`
	From      int64 `required:"" help:"First event of the range (its seq)." placeholder:"SEQ"`
	To        int64 `help:"Last event of the range (default: the newest)." placeholder:"SEQ"`
	Delivered bool  `help:"Also what it got already."`
}

// Run replays a range.
func (c *webhookReplayCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.ReplayWebhook(e.ctx, call, c.ID, app.ReplayRange{From: c.From, To: c.To, Delivered: c.Delivered})
		if err != nil {
			return err
		}
		return e.result(x, ">again >new", []string{strconv.FormatInt(x.Again, 10), strconv.FormatInt(x.New, 10)}, "%d are delivered again, %d for the first time.", x.Again, x.New)
	})
}
