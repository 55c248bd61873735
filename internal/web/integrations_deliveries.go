package web

import (
	"encoding/json"
	"strconv"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/outbox"
	"quittance/internal/web/ui"
)

func (s *site) routesDeliveries() {
	at := func(pattern string, show page) { s.in(navIntegrations, pattern, needs(identity.Administer, show)) }
	at("GET /integrations/deliveries", s.deliveryList)
	at("GET /integrations/deliveries/{delivery}", s.deliveryPage)
	at("POST /integrations/deliveries/{delivery}/replay", s.replayDelivery)
	at("GET /integrations/deliveries/{delivery}/cancel", func(v *visit) error { return v.cancelForm(nil) })
	at("POST /integrations/deliveries/{delivery}/cancel", s.cancelDelivery)
}

func (v *visit) deliveryState(d *app.DeliveryView) ui.Badge {
	tone := map[outbox.State]string{outbox.StateDelivered: "good", outbox.StateDead: "bad", outbox.StateWaiting: "info"}[d.State]
	return ui.Badge{Text: v.say("int.state." + string(d.State)), Tone: tone}
}

// receiver names who a message is for.
func (v *visit) receiver(d *app.DeliveryView) ui.Cell {
	if d.Webhook != 0 {
		return ui.Cell{Text: v.say("int.webhook", "id", d.Webhook), Sub: d.Channel}
	}
	return ui.Cell{Text: d.User, Sub: d.Channel}
}

func (v *visit) deliveryTable(all []app.DeliveryView) ui.Table {
	t := ui.Table{ID: "deliveries", Caption: v.say("int.part.deliveries"), Columns: wide([]ui.Column{
		{Title: v.say("int.made_at"), Kind: ui.Date, Note: v.say("time.utc")},
		{Title: v.say("int.kind"), Kind: ui.Code},
		{Title: v.say("int.receiver")},
		{Title: v.say("int.attempts"), Kind: ui.Count},
		{Title: v.say("int.ended_at"), Kind: ui.Date, Note: v.say("time.utc")},
		{Title: v.say("party.state"), Kind: ui.Status},
	}, 3, 4)}
	for i := range all {
		d := &all[i]
		href := v.path("integrations", "deliveries", d.ID)
		state := ui.BadgeCell(v.deliveryState(d))
		state.Sub = d.Why
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{
			ui.InstantCell(v.with(), d.MadeAt), ui.LinkCell(string(d.Kind), href), v.receiver(d), ui.CountCell(v.with(), int64(d.Attempts)), ui.InstantCell(v.with(), d.EndedAt), state,
		}})
	}
	return t
}

// deliveryList is the log of messages to webhooks and by mail, the newest first.
func (s *site) deliveryList(v *visit) error {
	q := app.DeliveryQuery{User: v.query("user"), State: outbox.State(v.query("state")), Event: v.query("event"), Kinds: v.kindFilter()}
	var err error
	if q.Webhook, err = v.wholeNumber("webhook"); err != nil {
		return err
	}
	list := func(p app.Page) (app.Part[app.DeliveryView], error) {
		return v.app.Deliveries(v.ctx, v.call(), q, p)
	}
	if v.exported() {
		return export(v, "deliveries", columns([]string{"id", "made_at", "kind", "channel", "user", "event", "state", "why", "next_at", "ended_at"}, "webhook", "attempts", "replays"), list, func(d app.DeliveryView) []string {
			return []string{d.ID, d.MadeAt, string(d.Kind), d.Channel, d.User, d.Event, string(d.State), d.Why, d.NextAt, d.EndedAt, strconv.FormatInt(d.Webhook, 10), strconv.Itoa(d.Attempts), strconv.Itoa(d.Replays)}
		})
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	hooks, err := v.app.Webhooks(v.ctx, v.call())
	if err != nil {
		return err
	}
	var choices []ui.Option
	for _, w := range hooks {
		choices = append(choices, ui.Option{Value: strconv.FormatInt(w.ID, 10), Text: v.say("int.webhook", "id", w.ID)})
	}
	t := v.deliveryTable(part.Items)
	t.Next, t.After = part.Next, v.query("after") != ""
	t.Empty = ui.Empty{Title: v.say("int.no_deliveries"), Lead: v.say("int.no_deliveries_lead")}
	if q.User != "" || q.State != "" || q.Event != "" || q.Webhook != 0 || len(q.Kinds) > 0 {
		t.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("integrations", "deliveries")}}
	}
	page := v.integrationPage(v.say("int.part.deliveries"))
	days, err := v.app.DeliveriesKept(v.ctx, v.call())
	if err != nil {
		return err
	}
	page.Lead, page.Actions = v.say("int.about.deliveries")+" "+v.keptText(days), v.exports()
	if v.may(identity.SetUp) {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("int.change_kept"), Href: v.path("parameters", "keep_deliveries_days")})
	}
	return v.show(page, deliveriesBody(v.integrationTabs("deliveries"), t, choices, options(v, "int.state.", outbox.States())))
}

// deliveryPage shows a message with each attempt at it, and what the receiver answered.
func (s *site) deliveryPage(v *visit) error {
	d, err := v.app.Delivery(v.ctx, v.call(), v.r.PathValue("delivery"))
	if err != nil {
		return err
	}
	t := ui.Table{
		ID: "attempts", Caption: v.say("int.attempts"), Empty: ui.Empty{Title: v.say("int.no_attempts")},
		Columns: wide([]ui.Column{
			{Title: v.say("int.n"), Kind: ui.Count},
			{Title: v.say("int.at"), Kind: ui.Date, Note: v.say("time.utc")},
			{Title: v.say("int.ended_at"), Kind: ui.Date, Note: v.say("time.utc")},
			{Title: v.say("int.status"), Kind: ui.Code},
			{Title: v.say("int.answer")},
			{Title: v.say("party.state"), Kind: ui.Status},
		}, 2),
	}
	for _, x := range d.Log {
		tone := map[string]string{"delivered": "good", "failed": "bad", "refused": "bad", "interrupted": "warn"}[x.Outcome]
		status := ""
		if x.Status != 0 {
			status = strconv.Itoa(x.Status)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			ui.CountCell(v.with(), int64(x.N)), ui.InstantCell(v.with(), x.At), ui.InstantCell(v.with(), x.EndedAt), ui.TextCell(status), ui.TextCell(x.Detail), ui.BadgeCell(ui.Badge{Text: v.say("int.outcome." + x.Outcome), Tone: tone}),
		}})
	}
	page := v.integrationPage(string(d.Kind), "deliveries")
	page.Badges = []ui.Badge{v.deliveryState(d)}
	page.Actions = []ui.Action{{Text: v.say("int.deliver_again"), Href: v.path("integrations", "deliveries", d.ID, "replay"), Post: true}}
	if d.State == outbox.StateWaiting || d.State == outbox.StateDead {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("int.put_aside"), Href: v.path("integrations", "deliveries", d.ID, "cancel")})
	}
	message, err := v.messageOf(d)
	if err != nil {
		return err
	}
	wait := ""
	if d.State == outbox.StateWaiting && len(d.Log) == 0 {
		t.Empty.Lead = v.say("int.no_attempts_lead")
		wait = v.path("integrations", "deliveries", d.ID)
	}
	return v.show(page, deliveryBody(v.deliveryHead(d), t, message, wait))
}

// keptText says for how long the log is kept.
func (v *visit) keptText(days int) string {
	if days == 0 {
		return v.say("int.kept_for_good")
	}
	return v.say("int.kept", "n", days)
}

func (v *visit) deliveryHead(d *app.DeliveryView) []ui.Definition {
	to := v.receiver(d)
	if d.Webhook != 0 {
		to.Href = v.webhookPath(d.Webhook)
	}
	head := []ui.Definition{v.fact("int.receiver", to), v.fact("int.id", ui.TextCell(d.ID)), v.fact("int.made_at", ui.InstantCell(v.with(), d.MadeAt))}
	if d.Event != "" {
		head = append(head, v.fact("int.event", ui.LinkCell(d.Event, v.path("integrations", "events", d.Event))))
	}
	if d.Schedule != "" {
		head = append(head, v.fact("int.schedule", ui.LinkCell(d.Schedule, v.schedulePath(d.Schedule))))
	}
	if d.File != "" {
		head = append(head, v.fact("int.file", ui.TextCell(d.File)))
	}
	if d.Why != "" {
		head = append(head, v.fact("int.why", ui.TextCell(d.Why)))
	}
	if d.NextAt != "" {
		head = append(head, v.fact("int.next_at", ui.InstantCell(v.with(), d.NextAt)))
	}
	return append(head, v.fact("int.replays", ui.CountCell(v.with(), int64(d.Replays))))
}

// messageOf gives the body that a webhook is sent; blank when it tells of no event, or was by mail.
func (v *visit) messageOf(d *app.DeliveryView) (string, error) {
	if d.Event == "" || d.Webhook == 0 {
		return "", nil
	}
	e, err := v.app.Event(v.ctx, v.call(), d.Event)
	if fault.CodeOf(err) == fault.NotFound {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	text, err := json.MarshalIndent(e, "", "  ")
	return string(text), err
}

func (s *site) replayDelivery(v *visit) error {
	d, err := v.app.ReplayDelivery(v.ctx, v.call(), v.r.PathValue("delivery"))
	if err != nil {
		return err
	}
	return v.done(v.path("integrations", "deliveries", d.ID), v.say("int.delivers_again"))
}

// cancelForm asks why a delivery is put aside.
func (v *visit) cancelForm(wrong error) error {
	d, err := v.app.Delivery(v.ctx, v.call(), v.r.PathValue("delivery"))
	if err != nil {
		return err
	}
	at := v.path("integrations", "deliveries", d.ID)
	form := ui.Form{Action: at + "/cancel", Submit: v.say("int.put_aside"), Cancel: at, Err: wrong}
	fields := []ui.Field{{Name: "reason", Label: v.say("party.reason"), Required: true}}
	page := v.integrationPage(v.say("int.put_aside_title", "kind", d.Kind), "deliveries")
	page.Narrow, page.Lead = true, v.say("int.put_aside_lead")
	if wrong != nil {
		form.Typed = v.r.PostForm
		return v.again(wrong, page, fieldsBody(form, fields))
	}
	return v.show(page, fieldsBody(form, fields))
}

func (s *site) cancelDelivery(v *visit) error {
	d, err := v.app.CancelDelivery(v.ctx, v.call(), v.r.PathValue("delivery"), v.form("reason"))
	if fault.CodeOf(err) == fault.NotFound {
		return err
	}
	if err != nil {
		return v.cancelForm(err)
	}
	return v.done(v.path("integrations", "deliveries", d.ID), v.say("int.was_put_aside"))
}
