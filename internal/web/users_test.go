package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

func TestUsers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		s := webtest.Serve(t, d, web.Options{})
		r := s.SignedIn(identity.Administrator)
		form := url.Values{"name": {"ann"}, "full_name": {"Ann Lee"}, "password": {"short"}, "roles": {"viewer:PSUS", "clerk:"}}

		t.Run("ErrWeakPassword", func(t *testing.T) {
			a := r.Post("/users", form)
			name, _ := a.Field("full_name")
			password, _ := a.Field("password")
			if a.Status != http.StatusUnprocessableEntity || name != "Ann Lee" || password != "" || strings.Count(a.Body, " checked") != 2 || !strings.Contains(a.Body, `href="#f-password"`) {
				t.Errorf("%d, keeps %q and %q: %s", a.Status, name, password, a.Text())
			}
		})
		t.Run("Add", func(t *testing.T) {
			form.Set("password", webtest.Password)
			a := r.Post("/users", form)
			if a.Path != "/users/ann" || a.Notice() != "ann is added." || strings.Count(a.Body, " checked") != 2 {
				t.Fatalf("%d %s %q", a.Status, a.Path, a.Notice())
			}
			rows := r.Get("/users").Rows()
			if len(rows) != 2 || rows[1][0] != "ann" || rows[1][3] != "Clerk, Viewer (PSUS)" || rows[1][4] != "Active" {
				t.Errorf("the users are %v", rows)
			}
		})
		t.Run("ErrTaken", func(t *testing.T) {
			if a := r.Post("/users", form); a.Status != http.StatusConflict || !strings.Contains(a.Text(), "already") {
				t.Errorf("%d %s", a.Status, a.Text())
			}
		})
		t.Run("Roles", func(t *testing.T) {
			if a := r.Post("/users/ann/roles", url.Values{"roles": {"auditor:PSUS"}}); a.Path != "/users/ann" || !strings.Contains(r.Get("/users").Rows()[1][3], "Auditor (PSUS)") {
				t.Errorf("%d %s", a.Status, a.Text())
			}
			if a := r.Post("/users/ann/roles", url.Values{"roles": {"king:PSUS"}}); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Text(), "king") {
				t.Errorf("a role that is none: %d %s", a.Status, a.Text())
			}
			if a := r.Post("/users/administrator/roles", nil); a.Status != http.StatusConflict || !strings.Contains(a.Text(), "nobody would be left") {
				t.Errorf("the last administrator: %d %s", a.Status, a.Text())
			}
		})
		t.Run("Disable", func(t *testing.T) {
			ann := s.Reader()
			ann.SignIn("ann")
			if a := r.Post("/users/ann/disable", nil); a.Notice() != "ann is shut out." || !signedOut(ann) {
				t.Errorf("%d %q", a.Status, a.Notice())
			}
			if a := r.Post("/users/ann/enable", nil); a.Notice() != "ann may sign in again." {
				t.Errorf("%d %q", a.Status, a.Notice())
			}
			ann.SignIn("ann")
		})
		t.Run("Password", func(t *testing.T) {
			if a := r.Post("/users/ann/password", url.Values{"password": {"aaaaaaaaaaaaaaa"}}); a.Status != http.StatusUnprocessableEntity {
				t.Errorf("a weak one: %d", a.Status)
			}
			ann := s.Reader()
			ann.SignIn("ann")
			if a := r.Post("/users/ann/password", url.Values{"password": {"another four short words"}}); a.Status != http.StatusOK || !signedOut(ann) {
				t.Errorf("%d %s", a.Status, a.Text())
			}
		})
		t.Run("ErrNotFound", func(t *testing.T) {
			for _, path := range []string{"/users/bob", "/users/bob/roles"} {
				if a := r.Get(path); a.Status != http.StatusNotFound {
					t.Errorf("%s answers %d", path, a.Status)
				}
			}
			if a := r.Post("/users/bob/disable", nil); a.Status != http.StatusNotFound {
				t.Errorf("shutting out nobody: %d", a.Status)
			}
		})
	})
}

var madeToken = regexp.MustCompile(`qtk_[A-Za-z0-9_-]+`)

func TestTokens(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		s := webtest.Serve(t, d, web.Options{})
		r := s.SignedIn(identity.Clerk)
		if a := r.Get("/account/tokens"); !strings.Contains(a.Text(), "No tokens yet") {
			t.Errorf("before the first: %s", a.Text())
		}
		if a := r.Post("/account/tokens", url.Values{"name": {""}, "days": {"7"}}); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("without a name: %d", a.Status)
		}
		if a := r.Post("/account/tokens", url.Values{"name": {"payroll"}, "days": {"soon"}}); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `value="soon"`) {
			t.Errorf("without days: %d", a.Status)
		}
		a := r.Post("/account/tokens", url.Values{"name": {"payroll"}, "days": {"7"}, "company": {"PSUS"}, "scopes": {"read"}})
		token := madeToken.FindString(a.Body)
		actor, err := d.Bearer(t.Context(), token)
		if err != nil || actor.Name != "clerk" || actor.Only != "PSUS" || len(actor.Scopes) != 1 {
			t.Fatalf("%d: the token %q acts as %+v, %v", a.Status, token, actor, err)
		}
		a = r.Get("/account/tokens")
		if rows := a.Rows(); len(rows) != 1 || rows[0][1] != "read" || rows[0][2] != "PSUS" || rows[0][5] != "Active" || strings.Contains(a.Body, token) {
			t.Errorf("the tokens are %v", rows)
		}
		revoke := regexp.MustCompile(`/account/tokens/\d+/revoke`).FindString(a.Body)
		s.AddUser("other", identity.Clerk)
		other := s.Reader()
		other.SignIn("other")
		if a := other.Post(revoke, nil); a.Status != http.StatusNotFound {
			t.Errorf("another user revokes it: %d", a.Status)
		}
		if a := r.Post(revoke, nil); a.Notice() != "The token is revoked." || a.Rows()[0][5] != "Revoked" {
			t.Errorf("revoking: %d %q %v", a.Status, a.Notice(), a.Rows())
		}
		if _, err := d.Bearer(t.Context(), token); err == nil {
			t.Error("the token is valid still")
		}
	})
}

func TestChangePassword(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		s := webtest.Serve(t, d, web.Options{})
		r := s.SignedIn(identity.Viewer)
		other := s.Reader()
		other.SignIn("viewer")
		const fresh = "five other short words now"
		for name, form := range map[string]url.Values{
			"wrong old one": {"old": {"not it at all"}, "password": {fresh}, "repeat": {fresh}},
			"differ":        {"old": {webtest.Password}, "password": {fresh}, "repeat": {"x"}},
			"weak":          {"old": {webtest.Password}, "password": {"short"}, "repeat": {"short"}},
		} {
			if a := r.Post("/account/password", form); a.Status != http.StatusUnprocessableEntity {
				t.Errorf("%s answers %d: %s", name, a.Status, a.Text())
			}
		}
		before := sessionOf(t, s, r)
		if a := r.Post("/account/password", url.Values{"old": {webtest.Password}, "password": {fresh}, "repeat": {fresh}}); !strings.Contains(a.Notice(), "changed") {
			t.Fatalf("%d %s", a.Status, a.Text())
		}
		if signedOut(r) || sessionOf(t, s, r) == before {
			t.Error("the session that changed it ends, or keeps its secret")
		}
		if !signedOut(other) {
			t.Error("another session goes on")
		}
		if a := s.Reader().Post("/sign-in", url.Values{"name": {"viewer"}, "password": {webtest.Password}}); a.Status != http.StatusUnauthorized {
			t.Errorf("the old password answers %d", a.Status)
		}
	})
}
