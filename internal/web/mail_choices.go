package web

import (
	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/outbox"
	"quittance/internal/text"
	"quittance/internal/web/ui"
)

func (s *site) routesMailChoices() {
	s.in(navIntegrations, "GET /mail-choices", func(v *visit) error { return v.mailChoices("", nil) })
	s.in(navIntegrations, "POST /mail-choices", s.chooseMail)
	s.in(navIntegrations, "POST /mail-choices/remove", s.unchooseMail)
	s.in(navIntegrations, "POST /mail-choices/language", s.chooseMailLanguage)
}

// mailChoicesView is what the page of the mails of a user shows.
type mailChoicesView struct {
	tabs             []ui.Tab
	head             []ui.Definition
	choices          ui.Table
	choose, language ui.Form
	kinds, ways      []ui.Option
	languages        []ui.Option
	others           []ui.Option // whose mails an administrator may look at; none: one's own only
	user             string
}

// mailsOf names whose mails are looked at; blank: one's own.
func (v *visit) mailsOf() string {
	if u := v.r.FormValue("user"); u != v.user.Name {
		return u
	}
	return ""
}

// mailChoices shows which mails somebody gets; the form by which something was refused says why.
func (v *visit) mailChoices(refused string, wrong error) error {
	m, err := v.app.MailChoices(v.ctx, v.call(), v.mailsOf())
	if err != nil {
		return err
	}
	w := mailChoicesView{tabs: v.integrationTabs("mails"), user: m.User, kinds: append([]ui.Option{{Value: "*", Text: v.say("int.all_kinds")}}, kindOptions(true)...), ways: options(v, "int.how.", []outbox.How{outbox.ByMail, outbox.ByDigest, outbox.Not})}
	for _, l := range text.Languages() {
		w.languages = append(w.languages, ui.Option{Value: l.Code, Text: l.Name})
	}
	w.head = []ui.Definition{v.fact("users.name", ui.TextCell(m.User)), v.fact("users.email", ui.TextCell(m.Email))}
	if m.Email == "" {
		w.head[1].Value.Text = v.say("int.no_email")
	}
	w.choose = ui.Form{Action: v.path("mail-choices"), Submit: v.say("int.choose")}
	w.language = ui.Form{Action: v.path("mail-choices", "language"), Submit: v.say("form.save"), Typed: fieldsOf("language", m.Language)}
	for name, f := range map[string]*ui.Form{"choose": &w.choose, "language": &w.language} {
		if name == refused {
			f.Err, f.Typed = wrong, v.r.PostForm
		}
	}
	if v.actor.Allow(identity.Administer) == nil {
		users, err := v.app.Users(v.ctx, app.Call{Actor: v.actor})
		if err != nil {
			return err
		}
		for _, u := range users {
			w.others = append(w.others, ui.Option{Value: u.Name, Text: u.Name})
		}
	}
	w.choices = v.mailTable(m)
	page := ui.Page{Title: v.say("int.part.mails"), Lead: v.say("int.about.mail-choices")}
	if wrong != nil {
		return v.again(wrong, page, mailChoicesBody(w))
	}
	return v.show(page, mailChoicesBody(w))
}

func (v *visit) mailTable(m *app.MailChoice) ui.Table {
	t := ui.Table{
		ID: "mails", Caption: v.say("int.choices"), Empty: ui.Empty{Title: v.say("int.no_choices"), Lead: v.say("int.no_choices_lead")},
		Columns: []ui.Column{{Title: v.say("int.kind"), Kind: ui.Code}, {Title: v.say("int.how")}, {Title: v.say("int.whose")}, {Title: v.say("int.take_back"), Quiet: true}},
	}
	for _, x := range m.Subscriptions {
		kind, whose := x.Kind, v.say("int.mine")
		if kind == "*" {
			kind = v.say("int.all_kinds")
		}
		if x.Everyone {
			whose = v.say("int.everyone")
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.TextCell(kind), ui.TextCell(v.say("int.how." + string(x.How))), ui.TextCell(whose), {Body: takeBack(v.path("mail-choices", "remove"), m.User, x.Kind)}}})
	}
	return t
}

// mailsPath leads back to the mails of whom they are.
func (v *visit) mailsPath() string {
	if u := v.mailsOf(); u != "" {
		return v.path("mail-choices") + "?user=" + escapeQuery(u)
	}
	return v.path("mail-choices")
}

func (s *site) chooseMail(v *visit) error {
	x := app.SubscriptionView{User: v.mailsOf(), Kind: v.form("kind"), How: outbox.How(v.form("how")), Everyone: v.form("everyone") == "yes"}
	if _, err := v.app.Subscribe(v.ctx, v.call(), x); err != nil {
		return v.mailChoices("choose", err)
	}
	return v.done(v.mailsPath(), v.say("int.chosen"))
}

func (s *site) unchooseMail(v *visit) error {
	if err := v.app.Unsubscribe(v.ctx, v.call(), v.mailsOf(), v.form("kind")); err != nil {
		return v.mailChoices("choose", err)
	}
	return v.done(v.mailsPath(), v.say("int.taken_back"))
}

func (s *site) chooseMailLanguage(v *visit) error {
	if err := v.app.SetMailLanguage(v.ctx, v.call(), v.mailsOf(), v.form("language")); err != nil {
		return v.mailChoices("language", err)
	}
	return v.done(v.mailsPath(), v.say("int.language_chosen"))
}
