package web

import (
	"strconv"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/unclaimed"
	"quittance/internal/web/ui"
)

func (s *site) routesContacts() {
	const nav = "unclaimed"
	s.in(nav, "GET /unclaimed/contacts", s.contacts)
	s.in(nav, "GET /unclaimed/contacts/new", needs(identity.Prepare, func(v *visit) error { return v.contactForm(nil) }))
	s.in(nav, "POST /unclaimed/contacts/new", needs(identity.Prepare, s.logContact))
	s.in(nav, "GET /unclaimed/contacts/{n}/withdraw", needs(identity.Prepare, func(v *visit) error { return v.withdrawForm(nil) }))
	s.in(nav, "POST /unclaimed/contacts/{n}/withdraw", needs(identity.Prepare, s.withdrawContact))
}

// contacts lists what owners did or wrote, the newest first.
func (s *site) contacts(v *visit) error {
	owner := v.query("owner")
	list := func(p app.Page) (app.Part[app.OwnerContact], error) {
		return v.app.OwnerContacts(v.ctx, v.call(), owner, p)
	}
	if v.exported() {
		return export(v, "owner-contacts", columns([]string{"id", "owner", "document", "date", "how", "note", "actor", "at", "withdrawn_by", "why"}), list, func(x app.OwnerContact) []string {
			return []string{count(x.ID), x.Owner, x.Document, x.Date.String(), string(x.How), x.Note, x.Actor, x.At, x.WithdrawnBy, x.Why}
		})
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	t := ui.Table{ID: "contacts", Caption: v.say("unclaimed.part.contacts"), Next: part.Next, After: v.query("after") != "", Columns: wide([]ui.Column{
		{Title: v.say("items.date"), Kind: ui.Date},
		{Title: v.say("unclaimed.owner"), Kind: ui.Code},
		{Title: v.say("unclaimed.how")},
		{Title: v.say("trace.document"), Kind: ui.Code},
		{Title: v.say("unclaimed.note")},
		{Title: v.say("unclaimed.logged"), Kind: ui.Date},
		{Title: v.say("unclaimed.withdraw"), Quiet: true},
	}, 4, 5), Empty: ui.Empty{Title: v.say("unclaimed.no_contacts"), Lead: v.say("unclaimed.no_contacts_lead")}}
	for _, x := range part.Items {
		document := ui.TextCell(v.say("unclaimed.all_of_owner"))
		if x.Document != "" {
			document = ui.LinkCell(x.Document, v.path("vouchers", x.Document))
		}
		row := ui.Row{Cells: []ui.Cell{
			ui.DayCell(v.with(), x.Date), ui.LinkCell(x.Owner, v.path("parties", x.Owner)), ui.TextCell(v.say("unclaimed.how." + string(x.How))), document, ui.TextCell(x.Note),
			{Text: ui.Instant(v.with(), x.At), Machine: x.At, Sub: x.Actor},
			{},
		}}
		switch {
		case x.WithdrawnBy != "":
			row.Tone = "muted"
			row.Cells[6] = ui.Cell{Badges: []ui.Badge{{Text: v.say("unclaimed.withdrawn")}}, Sub: x.WithdrawnBy + ": " + x.Why}
		case v.may(identity.Prepare):
			row.Cells[6].Body = ui.ActionButton(ui.Action{Text: v.say("unclaimed.withdraw"), For: count(x.ID), Href: v.path("unclaimed", "contacts", count(x.ID), "withdraw")})
		}
		t.Rows = append(t.Rows, row)
	}
	page := ui.Page{Title: v.say("unclaimed.part.contacts"), Lead: v.say("unclaimed.contacts_lead"), Crumbs: v.unclaimedCrumb(), Actions: v.exports()}
	if v.may(identity.Prepare) {
		href := v.path("unclaimed", "contacts", "new")
		if owner != "" {
			href += "?owner=" + escapeQuery(owner)
		}
		log := ui.Action{Text: v.say("unclaimed.log"), Href: href, Icon: "plus", Primary: true}
		page.Actions = append(page.Actions, log)
		t.Empty.Action = &log
	}
	return v.show(page, contactsBody(v.unclaimedTabs("contacts"), t))
}

// contactForm asks who was in contact, and how.
func (v *visit) contactForm(wrong error) error {
	st := step{
		title: v.say("unclaimed.log"), lead: v.say("unclaimed.log_lead"), form: ui.Form{Action: v.path("unclaimed", "contacts", "new"), Submit: v.say("unclaimed.log_submit"), Cancel: v.path("unclaimed", "contacts")},
		fields: []ui.Field{
			{Name: "owner", Label: v.say("unclaimed.owner"), Hint: v.say("unclaimed.owner_hint"), Mono: true, Required: true, Value: v.query("owner")},
			{Name: "how", Type: "select", Label: v.say("unclaimed.how"), Hint: v.say("unclaimed.how_hint"), Options: options(v, "unclaimed.how.", unclaimed.Ways()), Required: true},
			{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true},
			{Name: "document", Label: v.say("trace.document"), Hint: v.say("unclaimed.document_hint"), Mono: true, Value: v.query("document")},
			{Name: "note", Type: "textarea", Label: v.say("unclaimed.note")},
		},
	}
	if v.may(identity.Pay) {
		st.fields = append(st.fields, ui.Field{Name: "reissue", Label: v.say("unclaimed.reissue"), Hint: v.say("unclaimed.reissue_hint"), Mono: true, Value: v.query("reissue")})
	}
	return v.showStep(ui.Page{Narrow: true, Crumbs: v.unclaimedCrumb("contacts")}, st, wrong)
}

func (s *site) logContact(v *visit) error {
	date, err := v.day("date")
	var x *app.OwnerContact
	if err == nil {
		x, err = v.app.LogContact(v.ctx, v.call(), app.ContactEntry{Owner: v.form("owner"), Document: v.form("document"), Date: date, How: unclaimed.How(v.form("how")), Note: v.form("note"), Reissue: v.form("reissue")})
	}
	if err != nil {
		return v.contactForm(err)
	}
	return v.done(v.path("unclaimed", "contacts")+"?owner="+escapeQuery(x.Owner), v.say("unclaimed.was_logged", "owner", x.Owner))
}

func (v *visit) withdrawForm(wrong error) error {
	n, err := v.numbered()
	if err != nil {
		return err
	}
	id := strconv.FormatInt(n, 10)
	return v.showStep(ui.Page{Narrow: true, Crumbs: v.unclaimedCrumb("contacts")}, step{
		title: v.say("unclaimed.withdraw_title", "id", id), lead: v.say("unclaimed.withdraw_lead"),
		form:   ui.Form{Action: v.path("unclaimed", "contacts", id, "withdraw"), Submit: v.say("unclaimed.withdraw"), Cancel: v.path("unclaimed", "contacts"), Danger: true},
		fields: []ui.Field{{Name: "reason", Label: v.say("party.reason"), Hint: v.say("undo.reason_hint"), Required: true}},
	}, wrong)
}

func (s *site) withdrawContact(v *visit) error {
	n, err := v.numbered()
	if err != nil {
		return err
	}
	err = v.wrong("reason", "party.reason_needed")
	if reason := v.form("reason"); reason != "" {
		err = v.app.WithdrawContact(v.ctx, v.call(), n, reason)
	}
	if err != nil {
		return v.withdrawForm(err)
	}
	return v.done(v.path("unclaimed", "contacts"), v.say("unclaimed.was_withdrawn", "id", strconv.FormatInt(n, 10)))
}
