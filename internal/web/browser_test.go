package web_test

import (
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

func TestShellInTheBrowser(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		s := webtest.Serve(t, d, web.Options{})
		out := s.Browser()
		out.Open("/")
		out.Look("sign-in")
		out.Open("/setup")
		out.Look("first-user")
		b := s.Browser(identity.Administrator)
		s.AddUser("ann.lee", identity.Clerk, identity.Approver)
		for name, path := range map[string]string{
			"customers": "/c/PSUS/customers", "users": "/users", "user": "/users/ann.lee", "user-new": "/users/new",
			"tokens": "/account/tokens", "password": "/account/password", "not-found": "/c/PSUS/no/such/page",
		} {
			b.Open(path)
			b.Look(name)
		}
		b.Open("/account/tokens")
		b.Fill("#f-name", "payroll")
		b.Click("main .form-buttons .primary")
		b.See("It is shown this once")
		b.Look("token-made")
		b.Open("/account/tokens")
		b.Look("tokens-one")
	})
}
