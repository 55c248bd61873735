package web

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

const navIntegrations = "integrations"

func (s *site) routesIntegrations() {
	s.in(navIntegrations, "GET /integrations", s.integrations)
	s.in(navIntegrations, "GET /integrations/events", s.eventList)
	s.in(navIntegrations, "GET /integrations/events/{event}", s.eventPage)
	s.routesWebhooks()
	s.routesDeliveries()
	s.routesSchedules()
	s.routesExports()
	s.routesMailChoices()
}

// integrationParts are the parts of the integrations, each a page, with the permission that one needs to see it.
var integrationParts = []struct {
	part       string
	permission identity.Permission
}{
	{"webhooks", identity.Administer}, {"deliveries", identity.Administer}, {"events", identity.Read}, {"schedules", identity.Administer}, {"exports", identity.Read},
}

// integrationTabs lead from each part to the others.
func (v *visit) integrationTabs(here string) (all []ui.Tab) {
	for _, p := range integrationParts {
		if v.may(p.permission) {
			all = append(all, ui.Tab{Text: v.say("int.part." + p.part), Href: v.path("integrations", p.part), Here: p.part == here})
		}
	}
	return append(all, ui.Tab{Text: v.say("int.part.mails"), Href: v.path("mail-choices"), Here: here == "mails"})
}

// integrationPage is the head of a page of the integrations, below the parts that it belongs to.
func (v *visit) integrationPage(title string, more ...string) ui.Page {
	p := ui.Page{Title: title, Crumbs: []ui.Link{{Text: v.say("nav.integrations"), Href: v.path("integrations")}}}
	for _, part := range more {
		p.Crumbs = append(p.Crumbs, ui.Link{Text: v.say("int.part." + part), Href: v.path("integrations", part)})
	}
	return p
}

// integrations names the parts.
func (s *site) integrations(v *visit) error {
	t := ui.Table{ID: "parts", Caption: v.say("nav.integrations"), Columns: v.columns("int.part", "setup.meaning")}
	for _, tab := range v.integrationTabs("") {
		part := tab.Href[strings.LastIndexByte(tab.Href, '/')+1:]
		t.Rows = append(t.Rows, ui.Row{Href: tab.Href, Cells: []ui.Cell{ui.LinkCell(tab.Text, tab.Href), ui.TextCell(v.say("int.about." + part))}})
	}
	return v.show(ui.Page{Title: v.say("nav.integrations"), Lead: v.say("int.lead")}, ui.DataTable(t))
}

// kindOptions are the kinds of events; with nouns, also payment.* and its like.
func kindOptions(nouns bool) (all []ui.Option) {
	noun := ""
	for _, k := range app.EventKinds() {
		name, _, _ := strings.Cut(string(k.Kind), ".")
		if nouns && name != noun {
			noun = name
			all = append(all, ui.Option{Value: noun + ".*", Text: noun + ".*"})
		}
		all = append(all, ui.Option{Value: string(k.Kind), Text: string(k.Kind)})
	}
	return all
}

// one gives a filter as a list; none when it is blank.
func one(text string) []string {
	if text == "" {
		return nil
	}
	return []string{text}
}

// kindFilter reads a kind of events from the address; one that there is not is none.
func (v *visit) kindFilter() []string {
	k := v.query("kind")
	if !slices.ContainsFunc(kindOptions(true), func(o ui.Option) bool { return o.Value == k }) {
		return nil
	}
	return one(k)
}

// eventList shows what happened, from the oldest on, as programs are told it.
func (s *site) eventList(v *visit) error {
	since, err := v.wholeNumber("since")
	if err != nil {
		return err
	}
	q := app.EventQuery{Since: since, Kinds: v.kindFilter(), Subject: v.query("subject")}
	list := func(p app.Page) (app.Part[app.EventView], error) { return v.app.Events(v.ctx, v.call(), q, p) }
	if v.exported() {
		return export(v, "events", columns([]string{"timestamp", "id", "type", "subject", "actor", "data"}, "seq"), list, func(e app.EventView) []string {
			data, err := json.Marshal(e.Data)
			if err != nil {
				data = []byte("{}") // it came from JSON
			}
			return []string{e.Time, e.ID, string(e.Kind), e.Subject, e.Actor, string(data), strconv.FormatInt(e.Seq, 10)}
		})
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	t := ui.Table{
		ID: "events", Caption: v.say("int.part.events"), Next: part.Next, After: v.query("after") != "",
		Columns: wide([]ui.Column{
			{Title: v.say("int.seq"), Kind: ui.Count}, {Title: v.say("int.kind"), Kind: ui.Code}, {Title: v.say("int.subject"), Kind: ui.Code}, {Title: v.say("int.actor")}, {Title: v.say("int.at"), Kind: ui.Date, Note: v.say("time.utc")},
		}, 3),
		Empty: ui.Empty{Title: v.say("int.no_events"), Lead: v.say("int.no_events_lead")},
	}
	if since != 0 || len(q.Kinds) > 0 || q.Subject != "" {
		t.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("integrations", "events")}}
	}
	for i := range part.Items {
		e := &part.Items[i]
		href := v.path("integrations", "events", e.ID)
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{
			ui.CountCell(v.with(), e.Seq), ui.LinkCell(string(e.Kind), href), ui.TextCell(e.Subject), ui.TextCell(e.Actor), ui.InstantCell(v.with(), e.Time),
		}})
	}
	page := v.integrationPage(v.say("int.part.events"))
	page.Lead, page.Actions = v.say("int.about.events"), v.exports()
	return v.show(page, eventsBody(v.integrationTabs("events"), t))
}

// wholeNumber reads a number from the address or the form; blank is 0.
func (v *visit) wholeNumber(name string) (int64, error) {
	text := strings.TrimSpace(v.r.FormValue(name))
	if text == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 {
		return 0, v.wrong(name, "int.no_number", "value", shortName(text))
	}
	return n, nil
}

// eventPage shows an event with its data, and who was told of it.
func (s *site) eventPage(v *visit) error {
	e, err := v.app.Event(v.ctx, v.call(), v.r.PathValue("event"))
	if err != nil {
		return err
	}
	message, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	page := v.integrationPage(string(e.Kind), "events")
	page.Lead = e.Subject
	if v.may(identity.Administer) {
		page.Actions = []ui.Action{{Text: v.say("int.part.deliveries"), Href: v.path("integrations", "deliveries") + "?event=" + escapeQuery(e.ID)}}
	}
	head := []ui.Definition{
		v.fact("int.seq", ui.CountCell(v.with(), e.Seq)), v.fact("int.id", ui.TextCell(e.ID)), v.fact("int.subject", ui.TextCell(e.Subject)), v.fact("int.actor", ui.TextCell(e.Actor)), v.fact("int.at", ui.InstantCell(v.with(), e.Time)),
	}
	return v.show(page, messageBody(head, nil, string(message)))
}

func (v *visit) fact(key string, value ui.Cell) ui.Definition {
	return ui.Definition{Name: v.say(key), Value: value}
}

// idOf reads a number from the path.
func (v *visit) idOf(name string) (int64, error) {
	n, err := strconv.ParseInt(v.r.PathValue(name), 10, 64)
	if err != nil || n < 1 {
		return 0, fault.New(fault.NotFound, "%q is no number", shortName(v.r.PathValue(name)))
	}
	return n, nil
}
