package web

import (
	"context"
	"net/url"
	"strings"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

func (s *site) routesUsers() {
	s.signed("users", "GET /users", s.users)
	s.signed("users", "GET /users/new", s.newUserPage)
	s.signed("users", "POST /users", s.addUser)
	s.signed("users", "GET /users/{name}", s.userPage)
	s.signed("users", "POST /users/{name}/roles", s.setRoles)
	s.signed("users", "POST /users/{name}/email", s.setEmail)
	s.signed("users", "POST /users/{name}/password", s.setPassword)
	s.signed("users", "POST /users/{name}/disable", s.setDisabled)
	s.signed("users", "POST /users/{name}/enable", s.setDisabled)
	s.signed("users", "POST /users/{name}/tokens/{id}/revoke", s.revokeTokenOf)
}

// users lists who may sign in.
func (s *site) users(v *visit) error {
	users, err := v.app.Users(v.ctx, v.call())
	if err != nil {
		return err
	}
	t := ui.Table{ID: "users", Caption: v.say("users.title"), Columns: []ui.Column{
		{Title: v.say("users.name"), Kind: ui.Code},
		{Title: v.say("users.full_name")},
		{Title: v.say("users.email"), Wide: true},
		{Title: v.say("users.roles")},
		{Title: v.say("users.state"), Kind: ui.Status},
	}}
	for i := range users {
		u := &users[i]
		href := userPath(u.Name)
		row := ui.Row{Href: href, Cells: []ui.Cell{
			ui.LinkCell(u.Name, href), ui.TextCell(u.FullName), ui.TextCell(u.Email), ui.TextCell(v.roleText(u.Grants)), ui.BadgeCell(v.userBadge(u)),
		}}
		if u.Disabled {
			row.Tone = "muted"
		}
		t.Rows = append(t.Rows, row)
	}
	return v.show(ui.Page{Title: v.say("users.title"), Lead: v.say("users.lead"), Actions: []ui.Action{{Text: v.say("users.add"), Href: "/users/new", Icon: "plus", Primary: true}}}, ui.DataTable(t))
}

func userPath(name string, parts ...string) string {
	return strings.Join(append([]string{"/users/" + ui.Segment(name)}, parts...), "/")
}

func (v *visit) userBadge(u *identity.User) ui.Badge {
	if u.Disabled {
		return ui.Badge{Text: v.say("users.disabled"), Tone: "bad"}
	}
	return ui.Badge{Text: v.say("users.active"), Tone: "good"}
}

func (v *visit) roleText(grants []identity.Grant) string {
	var texts []string
	for _, g := range grants {
		t := v.say("role." + string(g.Role))
		if g.Company != "" {
			t += " (" + g.Company + ")"
		}
		texts = append(texts, t)
	}
	if len(texts) == 0 {
		return v.say("users.no_role")
	}
	return strings.Join(texts, ", ")
}

// grantText is a role as a check box sends it.
func grantText(company string, r identity.Role) string { return string(r) + ":" + company }

// typedGrants gives the roles that were chosen.
func (v *visit) typedGrants() (all []identity.Grant) {
	for _, t := range v.r.PostForm["roles"] {
		role, company, _ := strings.Cut(t, ":")
		all = append(all, identity.Grant{Company: company, Role: identity.Role(role)})
	}
	return all
}

func (s *site) newUserPage(v *visit) error {
	if _, err := v.app.Users(v.ctx, v.call()); err != nil { // who may not add one is told so before typing
		return err
	}
	return v.newUserForm(nil)
}

func (v *visit) newUserForm(err error) error {
	f := ui.Form{Action: "/users", Submit: v.say("users.add_submit"), Cancel: "/users", Typed: v.r.PostForm, Err: err}
	p := ui.Page{Title: v.say("users.add"), Crumbs: []ui.Link{{Text: v.say("users.title"), Href: "/users"}}}
	if err != nil {
		return v.again(err, p, newUserBody(f, v.frame.Companies))
	}
	return v.show(p, newUserBody(f, v.frame.Companies))
}

func (s *site) addUser(v *visit) error {
	u, err := v.app.AddUser(v.ctx, v.call(), app.UserRequest{Name: v.form("name"), FullName: v.form("full_name"), Email: v.form("email"), Password: v.r.PostForm.Get("password"), Grants: v.typedGrants()})
	if err != nil {
		return v.newUserForm(err)
	}
	return v.done(userPath(u.Name), v.say("users.added", "name", u.Name))
}

// userView is what the page of a user shows.
type userView struct {
	user      *identity.User
	companies []string
	tokens    ui.Table
	roles     ui.Form
	email     ui.Form
	password  ui.Form
	access    ui.Form
}

func (s *site) userPage(v *visit) error { return v.userForms("", nil) }

// userForms shows a user; the form by which something was refused says why.
func (v *visit) userForms(refused string, err error) error {
	name := v.r.PathValue("name")
	u, uerr := v.findUser(name)
	if uerr != nil {
		return uerr
	}
	tokens, terr := v.app.Tokens(v.ctx, v.call(), name)
	if terr != nil {
		return terr
	}
	form := func(what, submit string) ui.Form {
		f := ui.Form{Action: userPath(name, what), Submit: submit}
		if what == refused {
			f.Err, f.Typed = err, v.r.PostForm
		}
		return f
	}
	w := userView{user: u, companies: v.frame.Companies, tokens: v.tokenTable(tokens, userPath(name, "tokens"), false), roles: form("roles", v.say("users.roles_submit")), email: form("email", v.say("users.email_submit")), password: form("password", v.say("users.password_submit"))}
	if w.roles.Typed == nil {
		w.roles.Typed = typedOf(u.Grants)
	}
	w.access = form("disable", v.say("users.disable", "name", name))
	w.access.Danger = true
	if u.Disabled {
		w.access = form("enable", v.say("users.enable", "name", name))
	}
	p := ui.Page{Title: u.Name, Lead: u.FullName, Badges: []ui.Badge{v.userBadge(u)}, Crumbs: []ui.Link{{Text: v.say("users.title"), Href: "/users"}}}
	if err != nil {
		return v.again(err, p, userBody(w))
	}
	return v.show(p, userBody(w))
}

func (v *visit) findUser(name string) (*identity.User, error) {
	users, err := v.app.Users(v.ctx, v.call())
	for i := range users {
		if users[i].Name == name {
			return &users[i], nil
		}
	}
	if err == nil {
		err = fault.New(fault.NotFound, "there is no user %q", name)
	}
	return nil, err
}

func (s *site) setRoles(v *visit) error {
	name := v.r.PathValue("name")
	if _, err := v.app.SetRoles(v.ctx, v.call(), name, v.typedGrants()); err != nil {
		return v.userForms("roles", err)
	}
	return v.done(userPath(name), v.say("users.roles_done", "name", name))
}

func (s *site) setEmail(v *visit) error {
	name := v.r.PathValue("name")
	if _, err := v.app.SetEmail(v.ctx, v.call(), name, v.form("email")); err != nil {
		return v.userForms("email", err)
	}
	return v.done(userPath(name), v.say("users.email_done", "name", name))
}

func (s *site) setPassword(v *visit) error {
	name := v.r.PathValue("name")
	if err := v.app.SetPassword(v.ctx, v.call(), name, v.r.PostForm.Get("password")); err != nil {
		return v.userForms("password", err)
	}
	return v.done(userPath(name), v.say("users.password_done", "name", name))
}

func (s *site) setDisabled(v *visit) error {
	name, what := v.r.PathValue("name"), v.r.URL.Path[strings.LastIndex(v.r.URL.Path, "/")+1:]
	if _, err := v.app.SetDisabled(v.ctx, v.call(), name, what == "disable"); err != nil {
		return v.userForms(what, err)
	}
	return v.done(userPath(name), v.say("users."+what+"d_done", "name", name))
}

func (s *site) revokeTokenOf(v *visit) error {
	if err := v.revoke(); err != nil {
		return err
	}
	return v.done(userPath(v.r.PathValue("name")), v.say("tokens.done_revoke"))
}

func companyOptions(ctx context.Context, companies []string) []ui.Option {
	all := []ui.Option{ui.Choice("", ui.T(ctx, "tokens.all_companies"))}
	for _, c := range companies {
		all = append(all, ui.Choice(c, c))
	}
	return all
}

func permissionOptions(ctx context.Context, permissions []identity.Permission) []ui.Option {
	var all []ui.Option
	for _, p := range permissions {
		all = append(all, ui.Choice(string(p), ui.T(ctx, "permission."+string(p))))
	}
	return all
}

func companyName(ctx context.Context, code string) string {
	if code == "" {
		return ui.T(ctx, "users.every_company")
	}
	return code
}

// typedOf gives roles as the form would send them.
func typedOf(grants []identity.Grant) url.Values {
	typed := url.Values{}
	for _, g := range grants {
		typed.Add("roles", grantText(g.Company, g.Role))
	}
	return typed
}
