package web_test

import (
	"net/http"
	"net/url"
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

func TestSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		s := webtest.Serve(t, d, web.Options{})
		s.AddUser("ann", identity.Viewer)
		r := s.Reader()
		if a := r.Get("/c/FIN/customers?q=x"); a.Title() != "Sign in" {
			t.Fatalf("without a session: %d %q", a.Status, a.Title())
		}
		a := r.Post("/sign-in", url.Values{"name": {"ann"}, "password": {"not the password"}})
		if name, _ := a.Field("name"); a.Status != http.StatusUnauthorized || name != "ann" {
			t.Errorf("a wrong password answers %d and keeps the name %q", a.Status, name)
		}
		r.SignIn("ann")
		t.Log(r.Get("/").Path)
	})
}
