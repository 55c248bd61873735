package web

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

func (s *site) routesWebhooks() {
	at := func(pattern string, show page) { s.in(navIntegrations, pattern, needs(identity.Administer, show)) }
	at("GET /integrations/webhooks", s.webhookList)
	at("GET /integrations/webhooks/new", func(v *visit) error { return v.webhookForm(nil, nil) })
	at("POST /integrations/webhooks/new", s.addWebhook)
	at("GET /integrations/webhooks/{webhook}", s.webhookPage)
	at("GET /integrations/webhooks/{webhook}/change", s.changeWebhookForm)
	at("POST /integrations/webhooks/{webhook}/change", s.changeWebhook)
	at("GET /integrations/webhooks/{webhook}/rotate", func(v *visit) error { return v.rotateForm(nil) })
	at("POST /integrations/webhooks/{webhook}/rotate", s.rotateWebhook)
	at("POST /integrations/webhooks/{webhook}/test", s.testWebhook)
	at("GET /integrations/webhooks/{webhook}/remove", s.removeWebhookForm)
	at("POST /integrations/webhooks/{webhook}/remove", s.removeWebhook)
	at("GET /integrations/webhooks/{webhook}/replay", func(v *visit) error { return v.replayForm(nil, nil) })
	at("POST /integrations/webhooks/{webhook}/replay", s.replayWebhook)
}

func (v *visit) webhookPath(id int64, more ...string) string {
	return v.path(append([]string{"integrations", "webhooks", strconv.FormatInt(id, 10)}, more...)...)
}

// webhookState says whether a webhook is told of events.
func (v *visit) webhookState(w *app.WebhookView) ui.Badge {
	switch {
	case w.Enabled:
		return ui.Badge{Text: v.say("int.enabled"), Tone: "good"}
	case w.Why != "":
		return ui.Badge{Text: v.say("int.gave_up"), Tone: "bad"}
	}
	return ui.Badge{Text: v.say("int.disabled")}
}

// kindsText names what a webhook is told of.
func (v *visit) kindsText(kinds []string) string {
	if len(kinds) == 0 {
		return v.say("int.all_kinds")
	}
	return strings.Join(kinds, ", ")
}

func (s *site) webhookList(v *visit) error {
	all, err := v.app.Webhooks(v.ctx, v.call())
	if err != nil {
		return err
	}
	add := ui.Action{Text: v.say("int.add_webhook"), Href: v.path("integrations", "webhooks", "new"), Icon: "plus", Primary: true}
	t := ui.Table{
		ID: "webhooks", Caption: v.say("int.part.webhooks"), Empty: ui.Empty{Title: v.say("int.no_webhooks"), Lead: v.say("int.no_webhooks_lead"), Action: &add},
		Columns: wide([]ui.Column{{Title: v.say("int.url")}, {Title: v.say("int.kinds")}, {Title: v.say("int.made_by")}, {Title: v.say("int.made_at"), Kind: ui.Date, Note: v.say("time.utc")}, {Title: v.say("party.state"), Kind: ui.Status}}, 1, 2, 3),
	}
	for i := range all {
		w := &all[i]
		href := v.webhookPath(w.ID)
		state := ui.BadgeCell(v.webhookState(w))
		state.Sub = w.Why
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{{Text: w.URL, Href: href, Sub: w.Note}, ui.TextCell(v.kindsText(w.Kinds)), ui.TextCell(w.MadeBy), ui.InstantCell(v.with(), w.MadeAt), state}})
	}
	page := v.integrationPage(v.say("int.part.webhooks"))
	page.Lead, page.Actions = v.say("int.about.webhooks"), []ui.Action{add}
	return v.show(page, templ.Join(ui.Tabs(v.say("nav.integrations"), v.integrationTabs("webhooks")), ui.DataTable(t)))
}

// webhookForm is the form of a new webhook (w is nil), or of one that is there.
func (v *visit) webhookForm(w *app.WebhookView, wrong error) error {
	page := v.integrationPage(v.say("int.add_webhook"), "webhooks")
	page.Lead, page.Narrow = v.say("int.webhook_lead"), true
	form := ui.Form{Action: v.path("integrations", "webhooks", "new"), Submit: v.say("int.add_webhook"), Cancel: v.path("integrations", "webhooks"), Err: wrong}
	fields := []ui.Field{
		{Name: "url", Label: v.say("int.url"), Hint: v.say("int.url_hint"), Required: true},
		{Name: "note", Label: v.say("int.note")},
	}
	if w != nil {
		page.Title = v.say("int.change_webhook", "id", w.ID)
		form.Action, form.Submit, form.Cancel = v.webhookPath(w.ID, "change"), v.say("form.save"), v.webhookPath(w.ID)
		fields = append(fields, ui.Field{Name: "enabled", Type: "checkbox", Label: v.say("int.enabled_field"), Hint: v.say("int.enabled_hint")})
		form.Typed = url.Values{"url": {w.URL}, "note": {w.Note}, "kinds": w.Kinds}
		if w.Enabled {
			form.Typed.Set("enabled", "yes")
		}
	}
	body := func() templ.Component { return webhookFormBody(form, fields, kindOptions(true)) }
	if wrong != nil {
		form.Typed = v.r.PostForm
		return v.again(wrong, page, body())
	}
	return v.show(page, body())
}

// showSecret answers with the secret itself, which is shown this once: it cannot lead to another page first.
func (v *visit) showSecret(w *app.WebhookView, title string) error {
	page := v.integrationPage(title, "webhooks")
	page.Narrow = true
	return v.show(page, webhookSecretBody(w.URL, w.Secret, v.webhookPath(w.ID)))
}

func (s *site) addWebhook(v *visit) error {
	w, err := v.app.AddWebhook(v.ctx, v.call(), app.WebhookEntry{URL: v.form("url"), Note: v.form("note"), Kinds: v.r.PostForm["kinds"]})
	if err != nil {
		return v.webhookForm(nil, err)
	}
	return v.showSecret(w, v.say("int.webhook_added"))
}

func (v *visit) webhook() (*app.WebhookView, error) {
	id, err := v.idOf("webhook")
	if err != nil {
		return nil, err
	}
	return v.app.Webhook(v.ctx, v.call(), id)
}

const deliveriesShown = 10 // on the page of a webhook

func (s *site) webhookPage(v *visit) error {
	w, err := v.webhook()
	if err != nil {
		return err
	}
	part, err := v.app.Deliveries(v.ctx, v.call(), app.DeliveryQuery{Webhook: w.ID}, app.Page{Limit: deliveriesShown})
	if err != nil {
		return err
	}
	page := v.integrationPage(v.say("int.webhook", "id", w.ID), "webhooks")
	page.Lead, page.Badges = w.URL, []ui.Badge{v.webhookState(w)}
	if w.Enabled {
		page.Actions = []ui.Action{{Text: v.say("int.test"), Href: v.webhookPath(w.ID, "test"), Post: true, Primary: true}, {Text: v.say("int.replay"), Href: v.webhookPath(w.ID, "replay")}}
	}
	page.Actions = append(page.Actions,
		ui.Action{Text: v.say("int.change"), Href: v.webhookPath(w.ID, "change")}, ui.Action{Text: v.say("int.rotate"), Href: v.webhookPath(w.ID, "rotate")}, ui.Action{Text: v.say("int.remove"), Href: v.webhookPath(w.ID, "remove"), Danger: true})
	head := []ui.Definition{
		v.fact("int.url", ui.TextCell(w.URL)), v.fact("int.note", ui.TextCell(w.Note)), v.fact("int.kinds", ui.TextCell(v.kindsText(w.Kinds))),
		v.fact("int.made_by", ui.TextCell(w.MadeBy)), v.fact("int.made_at", ui.InstantCell(v.with(), w.MadeAt)),
	}
	if w.Why != "" {
		head = append(head, v.fact("int.why", ui.TextCell(w.Why)))
	}
	if w.OldUntil != "" {
		head = append(head, v.fact("int.old_until", ui.InstantCell(v.with(), w.OldUntil)))
	}
	t := v.deliveryTable(part.Items)
	t.Empty = ui.Empty{Title: v.say("int.no_deliveries"), Lead: v.say("int.no_deliveries_lead")}
	more := ""
	if part.Next != "" {
		more = v.path("integrations", "deliveries") + "?webhook=" + strconv.FormatInt(w.ID, 10)
	}
	return v.show(page, webhookBody(head, t, more))
}

func (s *site) changeWebhookForm(v *visit) error {
	w, err := v.webhook()
	if err != nil {
		return err
	}
	return v.webhookForm(w, nil)
}

func (s *site) changeWebhook(v *visit) error {
	w, err := v.webhook()
	if err != nil {
		return err
	}
	address, note, kinds, enabled := v.form("url"), v.form("note"), v.r.PostForm["kinds"], v.form("enabled") == "yes"
	if kinds == nil {
		kinds = []string{}
	}
	if _, err := v.app.ChangeWebhook(v.ctx, v.call(), w.ID, app.WebhookChange{URL: &address, Note: &note, Kinds: &kinds, Enabled: &enabled}); err != nil {
		return v.webhookForm(w, err)
	}
	return v.done(v.webhookPath(w.ID), v.say("int.webhook_changed"))
}

func (v *visit) rotateForm(wrong error) error {
	w, err := v.webhook()
	if err != nil {
		return err
	}
	page := v.integrationPage(v.say("int.rotate"), "webhooks")
	page.Narrow = true
	return v.showStep(page, step{
		lead: v.say("int.rotate_lead"), form: ui.Form{Action: v.webhookPath(w.ID, "rotate"), Submit: v.say("int.rotate"), Cancel: v.webhookPath(w.ID)},
		fields: []ui.Field{{Name: "hours", Label: v.say("int.hours"), Hint: v.say("int.hours_hint"), Value: "24", Short: true}},
	}, wrong)
}

func (s *site) rotateWebhook(v *visit) error {
	id, err := v.idOf("webhook")
	if err != nil {
		return err
	}
	hours, err := v.wholeNumber("hours")
	if err != nil {
		return v.rotateForm(err)
	}
	w, err := v.app.RotateWebhook(v.ctx, v.call(), id, int(min(hours, 1<<20)))
	if err != nil {
		return v.rotateForm(err)
	}
	return v.showSecret(w, v.say("int.rotated"))
}

// testWebhook sends a test, and leads to its delivery, where the answer shows up.
func (s *site) testWebhook(v *visit) error {
	id, err := v.idOf("webhook")
	if err != nil {
		return err
	}
	d, err := v.app.TestWebhook(v.ctx, v.call(), id)
	if err != nil {
		return err
	}
	return v.done(v.path("integrations", "deliveries", d.ID), v.say("int.test_made"))
}

func (s *site) removeWebhookForm(v *visit) error {
	w, err := v.webhook()
	if err != nil {
		return err
	}
	page := v.integrationPage(v.say("int.remove"), "webhooks")
	page.Narrow = true
	return v.showStep(page, step{
		title: v.say("int.remove_webhook", "id", w.ID), lead: v.say("int.remove_webhook_lead", "url", w.URL),
		form: ui.Form{Action: v.webhookPath(w.ID, "remove"), Submit: v.say("int.remove"), Cancel: v.webhookPath(w.ID), Danger: true},
	}, nil)
}

func (s *site) removeWebhook(v *visit) error {
	id, err := v.idOf("webhook")
	if err != nil {
		return err
	}
	if err := v.app.RemoveWebhook(v.ctx, v.call(), id); err != nil {
		return err
	}
	return v.done(v.path("integrations", "webhooks"), v.say("int.webhook_removed"))
}

// replayForm asks for a range of events; would is what a replay of it does, once it was asked for.
func (v *visit) replayForm(would *app.ReplayedView, wrong error) error {
	w, err := v.webhook()
	if err != nil {
		return err
	}
	page := v.integrationPage(v.say("int.replay"), "webhooks")
	page.Narrow = true
	st := step{
		lead: v.say("int.replay_lead", "url", w.URL), form: ui.Form{Action: v.webhookPath(w.ID, "replay"), Submit: v.say("effect.show"), Cancel: v.webhookPath(w.ID)},
		fields: []ui.Field{
			{Name: "from", Label: v.say("int.from_seq"), Hint: v.say("int.from_seq_hint"), Required: true, Short: true},
			{Name: "to", Label: v.say("int.to_seq"), Hint: v.say("int.to_seq_hint"), Short: true},
			{Name: "delivered", Type: "checkbox", Label: v.say("int.also_delivered"), Hint: v.say("int.also_delivered_hint")},
		},
	}
	if would != nil {
		st.shown = paragraph(v.say("int.would_replay", "again", would.Again, "new", would.New))
		st.do = ui.Form{Action: v.webhookPath(w.ID, "replay"), Submit: v.say("int.replay_submit", "n", would.Again+would.New), Cancel: v.webhookPath(w.ID)}
	}
	return v.showStep(page, st, wrong)
}

func (s *site) replayWebhook(v *visit) error {
	id, err := v.idOf("webhook")
	if err != nil {
		return err
	}
	g := app.ReplayRange{Delivered: v.form("delivered") == "yes"}
	if g.From, err = v.wholeNumber("from"); err == nil {
		g.To, err = v.wholeNumber("to")
	}
	if err != nil {
		return v.replayForm(nil, err)
	}
	if !v.confirmed() {
		would, err := v.app.PreviewReplay(v.ctx, v.call(), id, g)
		return v.replayForm(would, err)
	}
	did, err := v.app.ReplayWebhook(v.ctx, v.call(), id, g)
	if err != nil {
		return v.replayForm(nil, err)
	}
	return v.done(v.webhookPath(id), v.say("int.replayed", "n", did.Again+did.New))
}
