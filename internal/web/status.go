package web

import (
	"net/http"
	"strconv"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

func (s *site) routesStatus() {
	s.open("GET /status/{token}", s.status)
	s.in("requests", "GET /requests/{request}/link", needs(identity.Reimburse, func(v *visit) error { return v.linkForm(nil) }))
	s.in("requests", "POST /requests/{request}/link", needs(identity.Reimburse, s.makeLink))
	s.in("requests", "POST /requests/{request}/unlink", needs(identity.Reimburse, s.revokeLinks))
}

// statusView is what a customer sees.
type statusView struct {
	said  string
	head  []ui.Definition
	steps []ui.Event
	until string
}

// status shows a customer who has no account where the refund is. Its address is a secret: it is told to no other site, kept by no cache,
// listed by no search engine, and stands in no log.
func (s *site) status(v *visit) error {
	h := v.w.Header()
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
	h.Set("Cache-Control", "no-store")
	token := v.r.PathValue("token")
	v.r = v.r.Clone(v.r.Context())
	v.r.URL.Path = "/status/"
	x, err := v.app.RequestStatus(v.ctx, token)
	if fault.CodeOf(err) == fault.NotFound {
		return v.send(http.StatusNotFound, ui.Page{Title: v.say("status.void"), Narrow: true}, ui.EmptyState(ui.Empty{Title: v.say("status.void"), Lead: v.say("status.void_lead")}))
	}
	if err != nil {
		return err
	}
	w := statusView{said: v.say("status.said."+string(x.Stage), "company", x.Company), until: v.say("status.until", "day", ui.Day(v.with(), x.Until))}
	w.head = []ui.Definition{
		{Name: v.say("items.amount"), Value: ui.TextCell(ui.Money(v.with(), x.Amount, x.Currency))},
		{Name: v.say("status.about"), Value: ui.TextCell(v.say("request.kind." + string(x.Kind)))},
		{Name: v.say("status.number"), Value: ui.TextCell(x.Request)},
	}
	if x.PaidBy != "" {
		w.head = append(w.head, ui.Definition{Name: v.say("status.paid_by"), Value: ui.TextCell(v.say("status.by." + x.PaidBy))})
	}
	for _, st := range x.Steps {
		e := ui.Event{What: ui.TextCell(v.say("status.stage." + string(st.Stage)))}
		if !st.On.IsZero() {
			e.When = ui.Day(v.with(), st.On)
		} else if !st.Here {
			e.When = v.say("status.not_yet")
		}
		if st.Here {
			e.Tone = map[bool]string{true: "bad", false: "good"}[len(x.Steps) > 0 && (st.Stage == "came_back" || st.Stage == "ended")]
		}
		w.steps = append(w.steps, e)
	}
	return v.show(ui.Page{Title: v.say("status.title", "company", x.Company), Narrow: true}, statusBody(w))
}

// linkView is the page that makes a link, or shows the one that was made.
type linkView struct {
	made         string // the link; blank: none yet
	until        string
	form, revoke ui.Form
}

func (v *visit) linkView(code string, wrong error) linkView {
	return linkView{
		form:   ui.Form{Action: v.path("requests", code, "link"), Submit: v.say("status.make"), Cancel: v.path("requests", code), Typed: v.typed(), Err: wrong},
		revoke: ui.Form{Action: v.path("requests", code, "unlink"), Submit: v.say("status.revoke"), Danger: true},
	}
}

func (v *visit) linkPage(x *app.RequestDetail) ui.Page {
	return ui.Page{Title: v.say("status.link_title", "request", x.Request), Lead: x.Customer + " " + x.Name, Narrow: true, Crumbs: v.requestCrumbs(x.Request)}
}

// linkForm asks how long a link is to be valid.
func (v *visit) linkForm(wrong error) error {
	x, err := v.app.Request(v.ctx, v.call(), v.r.PathValue("request"))
	if err != nil {
		return err
	}
	w := v.linkView(x.Request, wrong)
	if wrong != nil {
		return v.again(wrong, v.linkPage(x), linkBody(w))
	}
	return v.show(v.linkPage(x), linkBody(w))
}

// makeLink answers with the link itself, which nothing keeps: it cannot lead to another page first.
func (s *site) makeLink(v *visit) error {
	code := v.r.PathValue("request")
	days, err := strconv.Atoi(v.form("days"))
	if err != nil || days == 0 {
		return v.linkForm(v.wrong("days", "status.no_days"))
	}
	l, err := v.app.MakeRequestLink(v.ctx, v.call(), code, days)
	if err != nil {
		return v.linkForm(err)
	}
	x, err := v.app.Request(v.ctx, v.call(), code)
	if err != nil {
		return err
	}
	w := v.linkView(code, nil)
	w.form.Typed = nil
	w.made, w.until = "http://"+v.r.Host+l.Path, ui.Instant(v.with(), l.Until)
	if secure(v.r) {
		w.made = "https://" + v.r.Host + l.Path
	}
	return v.show(v.linkPage(x), linkBody(w))
}

// revokeLinks makes all links of a request void.
func (s *site) revokeLinks(v *visit) error {
	code := v.r.PathValue("request")
	if _, err := v.app.RevokeRequestLinks(v.ctx, v.call(), code, v.form("text")); err != nil {
		x, lerr := v.app.Request(v.ctx, v.call(), code)
		if lerr != nil {
			return lerr
		}
		w := v.linkView(code, nil)
		w.form.Typed, w.revoke.Err, w.revoke.Typed = nil, textField(err), v.typed()
		return v.again(err, v.linkPage(x), linkBody(w))
	}
	return v.done(v.path("requests", code), v.say("status.revoked"))
}
