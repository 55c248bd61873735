package web

import (
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

const tokenDays = "90" // that a token is valid, unless said otherwise

func (s *site) routesTokens() {
	s.signed("", "GET /account/tokens", s.tokens)
	s.signed("", "POST /account/tokens", s.makeToken)
	s.signed("", "POST /account/tokens/{id}/revoke", s.revokeToken)
	s.signed("", "GET /account/password", s.passwordPage)
	s.signed("", "POST /account/password", s.changePassword)
}

// tokens lists one's own tokens, with a form for another one.
func (s *site) tokens(v *visit) error { return v.tokensPage(nil) }

func (v *visit) tokensPage(err error) error {
	tokens, lerr := v.app.Tokens(v.ctx, v.call(), v.user.Name)
	if lerr != nil {
		return lerr
	}
	f := ui.Form{Action: "/account/tokens", Submit: v.say("tokens.new_submit"), Typed: v.r.PostForm, Err: err}
	p := ui.Page{Title: v.say("tokens.title"), Lead: v.say("tokens.lead")}
	body := tokensBody(v.tokenTable(tokens, "/account/tokens", true), f, v.frame.Companies, identity.Permissions())
	if err != nil {
		return v.again(err, p, body)
	}
	return v.show(p, body)
}

// tokenTable lists tokens; those that are valid have a button that ends them, below the address.
func (v *visit) tokenTable(tokens []identity.Token, at string, own bool) ui.Table {
	t := ui.Table{
		ID: "tokens", Caption: v.say("tokens.title"),
		Columns: []ui.Column{
			{Title: v.say("tokens.name")},
			{Title: v.say("tokens.scopes"), Wide: true},
			{Title: v.say("tokens.company")},
			{Title: v.say("tokens.created"), Kind: ui.Date, Note: v.say("time.utc"), Wide: true},
			{Title: v.say("tokens.expires"), Kind: ui.Date, Note: v.say("time.utc")},
			{Title: v.say("tokens.state"), Kind: ui.Status},
			{Title: v.say("tokens.revoke"), Kind: ui.Text, Quiet: true},
		},
		Empty: ui.Empty{Title: v.say("tokens.empty"), Lead: v.say("tokens.empty_lead")},
	}
	if !own {
		t.Empty = ui.Empty{Title: v.say("users.no_tokens")}
	}
	ctx := v.with()
	for _, k := range tokens {
		scopes, company := v.say("tokens.all_scopes"), v.say("tokens.all_companies")
		if k.Scopes != nil {
			scopes = strings.Join(permissionNames(k.Scopes), ", ")
		}
		if k.Company != "" {
			company = k.Company
		}
		state, end := ui.Badge{Text: v.say("tokens.active"), Tone: "good"}, ui.Cell{}
		switch {
		case k.Revoked != nil:
			state = ui.Badge{Text: v.say("tokens.revoked")}
		case !k.Expires.After(v.app.Now()):
			state = ui.Badge{Text: v.say("tokens.over")}
		default:
			id := strconv.FormatInt(k.ID, 10)
			end = ui.Cell{Body: ui.ActionButton(ui.Action{Text: v.say("tokens.revoke"), For: k.Name, Href: at + "/" + id + "/revoke", Post: true})}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			ui.TextCell(k.Name), ui.TextCell(scopes), ui.TextCell(company),
			{Text: ui.At(ctx, k.Created), Machine: ui.Of(k.Created)},
			{Text: ui.At(ctx, k.Expires), Machine: ui.Of(k.Expires)},
			ui.BadgeCell(state), end,
		}})
	}
	return t
}

func permissionNames(all []identity.Permission) []string {
	names := make([]string, len(all))
	for i, p := range all {
		names[i] = string(p)
	}
	return names
}

// makeToken answers with the token itself, which nothing keeps: it cannot lead to another page first.
func (s *site) makeToken(v *visit) error {
	days, err := strconv.Atoi(v.form("days"))
	if err != nil {
		return v.tokensPage(fault.New(fault.Invalid, "%q is no number of days", v.form("days")).In("days"))
	}
	req := app.TokenRequest{Name: v.form("name"), Company: v.form("company"), Days: days}
	for _, p := range v.r.PostForm["scopes"] {
		req.Scopes = append(req.Scopes, identity.Permission(p))
	}
	made, err := v.app.CreateToken(v.ctx, v.call(), req)
	if err != nil {
		return v.tokensPage(err)
	}
	return v.show(ui.Page{Title: v.say("tokens.made"), Narrow: true, Crumbs: []ui.Link{{Text: v.say("tokens.title"), Href: "/account/tokens"}}}, tokenMadeBody(made.Name, made.Text))
}

func (s *site) revokeToken(v *visit) error {
	if err := v.revoke(); err != nil {
		return err
	}
	return v.done("/account/tokens", v.say("tokens.done_revoke"))
}

func (v *visit) revoke() error {
	id, err := strconv.ParseInt(v.r.PathValue("id"), 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "there is no token %q", v.r.PathValue("id"))
	}
	return v.app.RevokeToken(v.ctx, v.call(), id)
}

func (s *site) passwordPage(v *visit) error { return v.passwordForm(nil) }

func (v *visit) passwordForm(err error) error {
	p := ui.Page{Title: v.say("password.title"), Lead: v.say("password.lead"), Narrow: true}
	body := passwordBody(ui.Form{Action: "/account/password", Submit: v.say("password.submit"), Cancel: "/", Typed: v.r.PostForm, Err: err})
	if err != nil {
		return v.again(err, p, body)
	}
	return v.show(p, body)
}

func (s *site) changePassword(v *visit) error {
	password := v.r.PostForm.Get("password")
	if password != v.r.PostForm.Get("repeat") {
		return v.passwordForm(fault.New(fault.Invalid, "%s", v.say("first.differ")).In("repeat"))
	}
	u, err := v.app.ChangePassword(v.ctx, v.call(), v.r.PostForm.Get("old"), password, v.o.Address(v.r))
	if err != nil {
		return v.passwordForm(err)
	}
	if err := v.sessions.begin(v.ctx, u); err != nil {
		return err
	}
	return v.done("/account/password", v.say("password.done"))
}
