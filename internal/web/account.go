package web

import (
	"net/url"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

func (s *site) routesAccount() {
	s.open("POST /preferences", s.preferences)
	s.open("GET /sign-in", s.signInPage)
	s.open("POST /sign-in", s.signIn)
	s.signed("", "POST /sign-out", s.signOut)
	s.open("GET /setup", s.firstPage)
	s.open("POST /setup", s.first)
}

// signInView is what the page for signing in shows.
type signInView struct {
	form     ui.Form
	next     string
	first    bool   // there are no users yet
	provider string // name of an identity provider; blank: none
	there    string // address that leads to it
}

func (v *visit) signInView(f ui.Form, next string) signInView {
	w := signInView{form: f, next: next}
	if v.provider != nil {
		w.provider, w.there = v.provider.Name, "/sign-in/provider?"+url.Values{"next": {next}}.Encode()
	}
	return w
}

func (s *site) signInPage(v *visit) error {
	if v.user != nil {
		return v.redirect(local(v.query("next")))
	}
	users, err := v.app.HasUsers(v.ctx)
	if err != nil {
		return err
	}
	w := v.signInView(v.signInForm(nil), local(v.query("next")))
	w.first = !users
	return v.show(ui.Page{Title: v.say("sign_in.title")}, signInBody(w))
}

func (v *visit) signInForm(err error) ui.Form {
	return ui.Form{Action: "/sign-in", Submit: v.say("sign_in.submit"), Typed: v.r.PostForm, Err: err, Plain: true}
}

func (s *site) signIn(v *visit) error {
	u, err := v.app.SignIn(v.ctx, v.form("name"), v.r.PostForm.Get("password"), v.o.Address(v.r))
	if err != nil {
		return v.again(err, ui.Page{Title: v.say("sign_in.title")}, signInBody(v.signInView(v.signInForm(err), local(v.form("next")))))
	}
	return v.welcome(u, local(v.form("next")), v.say("sign_in.welcome", "name", named(u)))
}

// welcome begins a session of the user and leads on.
func (v *visit) welcome(u *identity.User, next, notice string) error {
	if err := v.sessions.begin(v.ctx, u); err != nil {
		return err
	}
	return v.told(next, "info", notice)
}

func named(u *identity.User) string {
	if u.FullName != "" {
		return u.FullName
	}
	return u.Name
}

func (s *site) signOut(v *visit) error {
	if err := v.app.SignOut(v.ctx, v.call(), v.form("everywhere") == "yes"); err != nil {
		return err
	}
	if err := v.sessions.scs.Destroy(v.ctx); err != nil {
		return err
	}
	return v.redirect("/sign-in")
}

// firstPage asks for the code by which the first user is made.
func (s *site) firstPage(v *visit) error { return v.firstForm(nil) }

func (v *visit) firstForm(err error) error {
	users, uerr := v.app.HasUsers(v.ctx)
	if uerr != nil {
		return uerr
	}
	if users {
		return v.redirect("/sign-in")
	}
	p := ui.Page{Title: v.say("first.title"), Lead: v.say("first.lead")}
	body := firstBody(ui.Form{Action: "/setup", Submit: v.say("first.submit"), Typed: v.r.PostForm, Err: err, Plain: true})
	if err != nil {
		return v.again(err, p, body)
	}
	return v.show(p, body)
}

func (s *site) first(v *visit) error {
	// One guess at the code costs as much as one at a password: it is hashed first.
	password := v.r.PostForm.Get("password")
	if password != v.r.PostForm.Get("repeat") {
		return v.firstForm(fault.New(fault.Invalid, "%s", v.say("first.differ")).In("repeat"))
	}
	u, err := v.app.FirstUser(v.ctx, v.form("code"), app.UserRequest{Name: v.form("name"), FullName: v.form("full_name"), Email: v.form("email"), Password: password})
	if err != nil {
		return v.firstForm(err)
	}
	return v.welcome(u, "/", v.say("first.done"))
}
