package web

import (
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/unclaimed"
	"quittance/internal/web/ui"
)

func (s *site) routesProperties() {
	const nav = "unclaimed"
	s.in(nav, "GET /unclaimed/properties", s.properties)
	s.in(nav, "GET /unclaimed/properties/{property}", s.property)
	s.in(nav, "GET /unclaimed/properties/{property}/reverse", needs(identity.Pay, func(v *visit) error { return v.reversePropertyForm(nil) }))
	s.in(nav, "POST /unclaimed/properties/{property}/reverse", needs(identity.Pay, s.reverseProperty))
	s.in(nav, "GET /unclaimed/properties/{property}/reclaim", needs(identity.Prepare, func(v *visit) error { return v.reclaimForm(nil) }))
	s.in(nav, "POST /unclaimed/properties/{property}/reclaim", needs(identity.Prepare, s.reclaim))
	s.in(nav, "GET /unclaimed/remittances", s.unclaimedRemittances)
	s.in(nav, "GET /unclaimed/remittances/new", needs(identity.Pay, func(v *visit) error { return v.remitForm(nil) }))
	s.in(nav, "POST /unclaimed/remittances/new", needs(identity.Pay, s.remit))
	s.in(nav, "GET /unclaimed/remittances/{remittance}", s.unclaimedRemittance)
	s.in(nav, "GET /unclaimed/remittances/{remittance}/reverse", needs(identity.Pay, func(v *visit) error { return v.reverseUnclaimedForm(nil) }))
	s.in(nav, "POST /unclaimed/remittances/{remittance}/reverse", needs(identity.Pay, s.reverseUnclaimed))
	s.in(nav, "GET /unclaimed/reports", s.unclaimedReports)
	s.in(nav, "GET /unclaimed/reports/new", needs(identity.Pay, func(v *visit) error { return v.reportForm(nil) }))
	s.in(nav, "POST /unclaimed/reports/new", needs(identity.Pay, s.makeReport))
	s.in(nav, "POST /unclaimed/reports/{report}", needs(identity.Pay, s.reportFile))
}

func (v *visit) propertyBadge(s unclaimed.Status) ui.Badge {
	tone := map[unclaimed.Status]string{unclaimed.Escheated: "warn", unclaimed.Remitted: "good", unclaimed.Reclaimed: "info"}[s]
	return ui.Badge{Text: v.say("unclaimed.status." + string(s)), Tone: tone}
}

var propertyColumns = columns([]string{"property", "status", "kind", "document", "check", "owner", "name", "currency", "jurisdiction", "escheated", "report", "exception", "voucher", "remittance", "report_file"}, "amount")

// propertyFilter reads from the address which properties are looked at.
func (v *visit) propertyFilter() (f app.UnclaimedFilter, err error) {
	f = app.UnclaimedFilter{Jurisdiction: v.query("jurisdiction"), Status: unclaimed.Status(v.query("status")), Owner: v.query("owner")}
	if text := v.query("year"); text != "" {
		if f.Year, err = strconv.Atoi(text); err != nil || f.Year < 1 {
			return f, v.wrong("year", "dsetup.no_number", "value", shortName(text))
		}
	}
	return f, nil
}

// properties lists what was escheated, the newest first.
func (s *site) properties(v *visit) error {
	f, err := v.propertyFilter()
	if err != nil {
		return err
	}
	list := func(p app.Page) (app.Part[app.UnclaimedProperty], error) {
		return v.app.UnclaimedProperties(v.ctx, v.call(), f, p)
	}
	if v.exported() {
		return export(v, "unclaimed-properties", propertyColumns, list, func(p app.UnclaimedProperty) []string {
			return []string{p.Property, string(p.Status), string(p.Kind), p.Document, p.Check, p.Owner, p.Name, p.Currency, p.Jurisdiction, p.Escheated.String(), p.Report.String(), p.Exception, p.Voucher, p.Remittance, p.ReportCode, p.Amount}
		})
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	t := v.propertyTable(part.Items)
	t.Next, t.After = part.Next, v.query("after") != ""
	t.Empty = ui.Empty{Title: v.say("unclaimed.no_properties"), Lead: v.say("unclaimed.no_properties_lead")}
	if f != (app.UnclaimedFilter{}) {
		t.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("unclaimed", "properties")}}
	}
	w := propertiesView{parts: v.unclaimedTabs("properties"), statuses: options(v, "unclaimed.status.", unclaimed.Statuses())}
	if w.jurisdictions, err = v.jurisdictions(f.Jurisdiction); err != nil {
		return err
	}
	page := ui.Page{Title: v.say("unclaimed.part.properties"), Lead: v.say("unclaimed.properties_lead"), Crumbs: v.unclaimedCrumb(), Actions: v.exports()}
	if v.may(identity.Pay) && len(t.Rows) > 0 {
		w.remit = v.path("unclaimed", "remittances", "new")
		t.Select = "pick"
		page.Actions = append(page.Actions, ui.Action{Text: v.say("unclaimed.remit"), Href: w.remit + unclaimedQuery(app.UnclaimedSelection{Jurisdiction: f.Jurisdiction}), Primary: true})
	}
	w.table = t
	return v.show(page, propertiesBody(w))
}

// propertiesView is what the page of properties shows.
type propertiesView struct {
	parts                   []ui.Tab
	table                   ui.Table
	statuses, jurisdictions []ui.Option
	remit                   string // blank: the reader may not
}

func (v *visit) propertyTable(list []app.UnclaimedProperty) ui.Table {
	t := ui.Table{ID: "properties", Caption: v.say("unclaimed.part.properties"), Columns: wide([]ui.Column{
		{Title: v.say("unclaimed.property"), Kind: ui.Code},
		{Title: v.say("trace.document"), Kind: ui.Code},
		{Title: v.say("unclaimed.owner"), Kind: ui.Code},
		{Title: v.say("items.amount"), Kind: ui.Amounts},
		{Title: v.say("party.currency")},
		{Title: v.say("unclaimed.jurisdiction")},
		{Title: v.say("unclaimed.escheated_on"), Kind: ui.Date},
		{Title: v.say("unclaimed.report_by"), Kind: ui.Date},
		{Title: v.say("party.state"), Kind: ui.Status},
	}, 2, 4, 6)}
	for i := range list {
		p := &list[i]
		href := v.path("unclaimed", "properties", p.Property)
		report := ui.DayCell(v.with(), p.Report)
		report.Sub = p.ReportCode
		state := ui.BadgeCell(v.propertyBadge(p.Status))
		if p.Remittance != "" {
			state.Text, state.Href = p.Remittance, v.path("unclaimed", "remittances", p.Remittance)
		}
		row := ui.Row{ID: p.Property, Name: p.Property, Href: href, Cells: []ui.Cell{
			ui.LinkCell(p.Property, href), v.targetCell(p.Kind, p.Document, p.Check), v.ownerCell(p.Owner, p.Name), ui.AmountCell(p.Amount, p.Currency), ui.TextCell(p.Currency), ui.TextCell(p.Jurisdiction),
			ui.DayCell(v.with(), p.Escheated), report, state,
		}}
		if p.Status == unclaimed.Reversed {
			row.Tone = "muted"
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (v *visit) thisProperty() (*app.UnclaimedProperty, error) {
	return v.app.UnclaimedProperty(v.ctx, v.call(), v.r.PathValue("property"))
}

func (v *visit) propertyPath(p *app.UnclaimedProperty) string {
	return v.path("unclaimed", "properties", p.Property)
}

// property shows a property: what it was, why it was escheated and when it is reported, and all that happened to it.
func (s *site) property(v *visit) error {
	p, err := v.thisProperty()
	if err != nil {
		return err
	}
	stats := []ui.Stat{{Name: v.say("items.amount"), Amount: p.Amount, Currency: p.Currency}, {Name: v.say("unclaimed.jurisdiction"), Text: p.Jurisdiction}, {Name: v.say("unclaimed.report_by"), Text: ui.Day(v.with(), p.Report)}}
	head := []ui.Definition{
		{Name: v.say("trace.document"), Value: v.targetCell(p.Kind, p.Document, p.Check)},
		{Name: v.say("unclaimed.owner"), Value: v.ownerCell(p.Owner, p.Name)},
		{Name: v.say("unclaimed.arose"), Value: ui.DayCell(v.with(), p.Arose)},
		{Name: v.say("unclaimed.last_activity"), Value: ui.DayCell(v.with(), p.LastActivity)},
		{Name: v.say("unclaimed.dormant"), Value: ui.DayCell(v.with(), p.Dormant)},
		{Name: v.say("unclaimed.cut_off"), Value: ui.DayCell(v.with(), p.CutOff)},
		{Name: v.say("unclaimed.letter"), Value: ui.DayCell(v.with(), p.Letter)},
		{Name: v.say("unclaimed.exception"), Value: ui.TextCell(p.Exception)},
		{Name: v.say("unclaimed.escheated_on"), Value: ui.DayCell(v.with(), p.Escheated)},
		{Name: v.say("items.voucher"), Value: ui.LinkCell(p.Voucher, v.path("vouchers", p.Voucher))},
		{Name: v.say("unclaimed.report_file"), Value: ui.LinkCell(p.ReportCode, v.path("unclaimed", "reports"))},
	}
	if p.Remittance != "" {
		head = append(head, ui.Definition{Name: v.say("unclaimed.remittance"), Value: ui.LinkCell(p.Remittance, v.path("unclaimed", "remittances", p.Remittance))})
	}
	head = append(head, ui.Definition{Name: v.say("voucher.trail"), Value: ui.LinkCell(v.say("voucher.trail_link"), v.path("audit")+"?subject="+escapeQuery(p.Property))})
	page := ui.Page{Title: p.Property, Lead: p.Name, Badges: []ui.Badge{v.propertyBadge(p.Status)}, Crumbs: v.unclaimedCrumb("properties"), Actions: v.followed(p.Voucher, "")}
	if p.Status == unclaimed.Escheated && v.may(identity.Pay) {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("unclaimed.take_back"), Href: v.propertyPath(p) + "/reverse", Icon: "undo"},
			ui.Action{Text: v.say("unclaimed.remit"), Href: v.path("unclaimed", "remittances", "new") + "?pick=" + escapeQuery(p.Property), Primary: true})
	}
	if p.Status == unclaimed.Remitted && v.may(identity.Prepare) {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("unclaimed.reclaim"), Href: v.propertyPath(p) + "/reclaim"})
	}
	var events []ui.Event
	for _, e := range p.History {
		b := v.propertyBadge(e.Status)
		what := ui.TextCell(b.Text)
		if e.Voucher != "" {
			what = ui.LinkCell(b.Text+" "+e.Voucher, v.path("vouchers", e.Voucher))
		}
		events = append(events, ui.Event{When: ui.Instant(v.with(), e.At), By: e.Actor, Detail: e.Detail, What: what, Tone: b.Tone})
	}
	return v.show(page, propertyBody(stats, head, events))
}

// undoStep asks for date and reason of what is taken back.
func (v *visit) undoStep(title, lead, at, submit, back string) step {
	return step{
		title: title, lead: lead, form: ui.Form{Action: at, Submit: v.say("effect.show"), Cancel: back},
		fields: []ui.Field{
			{Name: "reason", Label: v.say("party.reason"), Hint: v.say("undo.reason_hint"), Required: true},
			{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true},
		},
		do: ui.Form{Action: at, Submit: submit, Danger: true},
	}
}

// takeBack shows what taking back would post, and does it when that was seen and is wanted.
func (v *visit) takeBack(page ui.Page, st step, code, back, notice string) error {
	date, err := v.day("date")
	switch {
	case err != nil:
	case v.form("reason") == "":
		err = v.wrong("reason", "party.reason_needed")
	case v.confirmed():
		voucher, rerr := v.app.ReverseUnclaimed(v.ctx, v.call(), code, date, v.form("reason"))
		if err = rerr; err == nil {
			return v.done(back, strings.ReplaceAll(notice, "{voucher}", voucher))
		}
	default:
		st.effect, err = v.app.PreviewReverseUnclaimed(v.ctx, v.call(), code, date, v.form("reason"))
	}
	return v.showStep(page, st, err)
}

func (v *visit) propertyStep() (p *app.UnclaimedProperty, page ui.Page, st step, err error) {
	p, err = v.thisProperty()
	if err != nil {
		return nil, page, st, err
	}
	page = ui.Page{Narrow: true, Crumbs: append(v.unclaimedCrumb("properties"), ui.Link{Text: p.Property, Href: v.propertyPath(p)})}
	st = v.undoStep(v.say("unclaimed.take_back_title", "property", p.Property), v.say("unclaimed.take_back_lead."+string(p.Kind)), v.propertyPath(p)+"/reverse",
		v.say("unclaimed.take_back_submit", "property", p.Property, "amount", ui.Money(v.with(), p.Amount, p.Currency)), v.propertyPath(p))
	return p, page, st, nil
}

func (v *visit) reversePropertyForm(wrong error) error {
	_, page, st, err := v.propertyStep()
	if err != nil {
		return err
	}
	return v.showStep(page, st, wrong)
}

func (s *site) reverseProperty(v *visit) error {
	p, page, st, err := v.propertyStep()
	if err != nil {
		return err
	}
	return v.takeBack(page, st, p.Property, v.propertyPath(p), v.say("unclaimed.taken_back", "property", p.Property, "voucher", "{voucher}"))
}

// reclaimForm asks when the owner had the property from the jurisdiction.
func (v *visit) reclaimForm(wrong error) error {
	p, err := v.thisProperty()
	if err != nil {
		return err
	}
	return v.showStep(ui.Page{Narrow: true, Crumbs: append(v.unclaimedCrumb("properties"), ui.Link{Text: p.Property, Href: v.propertyPath(p)})}, step{
		title: v.say("unclaimed.reclaim"), lead: v.say("unclaimed.reclaim_lead"),
		form: ui.Form{Action: v.propertyPath(p) + "/reclaim", Submit: v.say("unclaimed.reclaim_submit", "amount", ui.Money(v.with(), p.Amount, p.Currency)), Cancel: v.propertyPath(p)},
		fields: []ui.Field{
			{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true},
			{Name: "note", Label: v.say("unclaimed.note"), Hint: v.say("unclaimed.reclaim_hint")},
		},
	}, wrong)
}

func (s *site) reclaim(v *visit) error {
	p, err := v.thisProperty()
	if err != nil {
		return err
	}
	date, err := v.day("date")
	if err == nil {
		_, err = v.app.ReclaimUnclaimed(v.ctx, v.call(), p.Property, date, v.form("note"))
	}
	if err != nil {
		return v.reclaimForm(err)
	}
	return v.done(v.propertyPath(p), v.say("unclaimed.reclaimed", "property", p.Property))
}
