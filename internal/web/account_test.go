package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

// clock is a clock that a test moves.
type clock struct{ now atomic.Int64 }

func (c *clock) Now() time.Time          { return time.Unix(c.now.Load(), 0) }
func (c *clock) Advance(d time.Duration) { c.now.Add(int64(d.Seconds())) }

// signedOut says whether the reader is led to sign in.
func signedOut(r *webtest.Reader) bool {
	return strings.HasPrefix(r.Get("/account/password").Path, "/sign-in")
}

func TestSignIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		s := webtest.Serve(t, d, web.Options{})
		s.AddUser("ann", identity.Viewer)

		t.Run("LeadsBack", func(t *testing.T) {
			r := s.Reader()
			a := r.Get("/c/PSUS/customers?q=Bright")
			next, _ := a.Field("next")
			if a.Title() != "Sign in" || next != "/c/PSUS/customers?q=Bright" {
				t.Fatalf("without a session: %q, and then to %q", a.Title(), next)
			}
			if a := r.Post("/sign-in", url.Values{"name": {"ann"}, "password": {webtest.Password}, "next": {next}}); a.Path != next || a.Title() != "Customers" || !strings.Contains(a.Notice(), "Ann Example") {
				t.Errorf("after signing in: %d %s %q %q", a.Status, a.Path, a.Title(), a.Notice())
			}
			if a := r.Get("/c/PSUS/customers"); a.Notice() != "" {
				t.Errorf("the notice is said again: %q", a.Notice())
			}
		})
		t.Run("LeadsNowhereElse", func(t *testing.T) {
			for _, next := range []string{"https://evil.example/", "//evil.example/", "/\\evil.example", "/\t/evil.example", "javascript:alert(1)", "", "\\\\evil.example"} {
				r := s.Reader()
				r.Client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
				a := r.Post("/sign-in", url.Values{"name": {"ann"}, "password": {webtest.Password}, "next": {next}})
				if to := a.Header.Get("Location"); a.Status != http.StatusSeeOther || to != "/" {
					t.Errorf("next=%q leads to %q (%d)", next, to, a.Status)
				}
			}
		})
		t.Run("ErrWrongPassword", func(t *testing.T) {
			r := s.Reader()
			a := r.Post("/sign-in", url.Values{"name": {"bob<script>"}, "password": {"not the password"}})
			if name, _ := a.Field("name"); a.Status != http.StatusUnauthorized || name != "bob<script>" || !strings.Contains(a.Text(), "wrong") || strings.Contains(a.Body, "not the password") {
				t.Errorf("a wrong password answers %d, keeps the name %q: %s", a.Status, name, a.Text())
			}
			if !signedOut(r) {
				t.Error("and yet it lets in")
			}
		})
		t.Run("ErrTooManyFailures", func(t *testing.T) {
			r := s.Reader()
			last := 0
			for range 8 {
				last = r.Post("/sign-in", url.Values{"name": {"carl"}, "password": {"wrong"}}).Status
			}
			if last != http.StatusTooManyRequests {
				t.Errorf("after eight failures the answer is %d", last)
			}
		})
	})
}

func TestSessions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		c := &clock{}
		c.now.Store(time.Now().Unix())
		s := webtest.Serve(t, d, web.Options{Now: c.Now, Idle: 30 * time.Minute, Lifetime: 2 * time.Hour})
		s.AddUser("ann", identity.Viewer)
		signIn := func(t *testing.T) *webtest.Reader { r := s.Reader(); r.SignIn("ann"); return r }

		t.Run("EndsIdle", func(t *testing.T) {
			r := signIn(t)
			c.Advance(29 * time.Minute)
			if signedOut(r) {
				t.Error("a session of 29 minutes without a visit has ended")
			}
			c.Advance(29 * time.Minute)
			if signedOut(r) {
				t.Error("a visit did not keep the session")
			}
			c.Advance(31 * time.Minute)
			if !signedOut(r) {
				t.Error("a session of 31 minutes without a visit goes on")
			}
		})
		t.Run("EndsInAnyCase", func(t *testing.T) {
			r := signIn(t)
			for range 5 {
				c.Advance(25 * time.Minute)
				_ = r.Get("/account/password")
			}
			if !signedOut(r) {
				t.Error("a session goes on after its longest time")
			}
		})
		t.Run("EndsWithItsUser", func(t *testing.T) {
			for name, end := range map[string]func() error{
				"disabled": func() error {
					if _, err := d.SetDisabled(context.Background(), apptest.Call, "ann", true); err != nil {
						return err
					}
					_, err := d.SetDisabled(context.Background(), apptest.Call, "ann", false)
					return err
				},
				"another password": func() error {
					return d.SetPassword(context.Background(), apptest.Call, "ann", webtest.Password)
				},
			} {
				r := signIn(t)
				if err := end(); err != nil {
					t.Fatal(err)
				}
				if !signedOut(r) {
					t.Errorf("the session goes on: %s", name)
				}
			}
		})
		t.Run("SignOut", func(t *testing.T) {
			r, other := signIn(t), signIn(t)
			old := sessionOf(t, s, r)
			if a := r.Post("/sign-out", nil); a.Title() != "Sign in" {
				t.Errorf("signing out leads to %s", a.Path)
			}
			setSession(t, s, r, old)
			if !signedOut(r) {
				t.Error("the secret of a session that was ended lets in")
			}
			if signedOut(other) {
				t.Error("signing out of one session ended another")
			}
			third := signIn(t)
			third.Post("/sign-out", url.Values{"everywhere": {"yes"}})
			if !signedOut(other) || !signedOut(third) {
				t.Error("signing out everywhere left a session")
			}
		})
		t.Run("IsRenewedAtSignIn", func(t *testing.T) {
			r := s.Reader()
			setSession(t, s, r, "planted-by-somebody-else")
			r.SignIn("ann")
			first := sessionOf(t, s, r)
			if first == "planted-by-somebody-else" {
				t.Fatal("a planted secret became a session")
			}
			r.Post("/sign-in", url.Values{"name": {"ann"}, "password": {webtest.Password}})
			if again := sessionOf(t, s, r); again == first {
				t.Error("signing in again kept the secret")
			}
			setSession(t, s, r, first)
			if !signedOut(r) {
				t.Error("the secret from before signing in lets in")
			}
		})
		t.Run("ErrGarbage", func(t *testing.T) {
			for _, token := range []string{"x", strings.Repeat("A", 5000), "' or 1=1 --", "%00"} {
				r := s.Reader()
				setSession(t, s, r, token)
				if !signedOut(r) {
					t.Errorf("%.20q lets in", token)
				}
			}
		})
	})
}

func sessionOf(t *testing.T, s *webtest.Site, r *webtest.Reader) string {
	t.Helper()
	at, _ := url.Parse(s.URL)
	for _, c := range r.Client.Jar.Cookies(at) {
		if c.Name == "quittance-session" {
			return c.Value
		}
	}
	t.Fatal("there is no session cookie")
	return ""
}

func setSession(t *testing.T, s *webtest.Site, r *webtest.Reader, token string) {
	t.Helper()
	at, _ := url.Parse(s.URL)
	r.Client.Jar.SetCookies(at, []*http.Cookie{{Name: "quittance-session", Value: token, Path: "/"}})
}

func TestSessionIsKeptByDigestOnly(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		s := webtest.Serve(t, d, web.Options{})
		r := s.SignedIn(identity.Viewer)
		token := sessionOf(t, s, r)
		data, found, err := d.Sessions().FindCtx(context.Background(), token)
		if err != nil || !found || strings.Contains(string(data), token) {
			t.Errorf("the session is found: %v, %v, and holds its own secret: %v", found, err, strings.Contains(string(data), token))
		}
		if _, found, _ := d.Sessions().FindCtx(context.Background(), string(identity.Digest(token))); found {
			t.Error("the digest is as good as the secret")
		}
	})
}

func TestExpiredSessionsAreSwept(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		ctx, store := context.Background(), d.Sessions()
		for token, life := range map[string]time.Duration{"old": -time.Minute, "new": time.Hour} {
			if err := store.CommitCtx(ctx, token, []byte("x"), time.Now().Add(life)); err != nil {
				t.Fatal(err)
			}
		}
		if _, found, _ := store.FindCtx(ctx, "old"); found {
			t.Error("a session that is over is found")
		}
		if err := store.CommitCtx(ctx, "third", []byte("x"), time.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		if n := sessionsLeft(t, d); n != 2 {
			t.Errorf("%d sessions are stored, want 2", n)
		}
		if err := store.DeleteCtx(ctx, "no such session"); err != nil {
			t.Errorf("ending a session that is not there: %v", err)
		}
	})
}

func TestCookieByHTTPS(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		s := webtest.Serve(t, d, web.Options{})
		s.AddUser("ann", identity.Viewer)
		srv := httptest.NewTLSServer(web.New(d.App, web.Options{}))
		defer srv.Close()
		c := srv.Client()
		c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		res, err := c.PostForm(srv.URL+"/sign-in", url.Values{"name": {"ann"}, "password": {webtest.Password}})
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		for _, k := range res.Cookies() {
			if k.Name == "__Host-quittance-session" && k.Secure && k.HttpOnly && k.SameSite == http.SameSiteLaxMode && k.Path == "/" && k.Domain == "" {
				return
			}
		}
		t.Errorf("the cookies by https are %v", res.Cookies())
	})
}

func TestFirstUser(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		s := webtest.Serve(t, d, web.Options{})
		code, err := d.SetupCode(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		r := s.Reader()
		if a := r.Get("/"); !strings.Contains(strings.Join(a.Links(), " "), "/setup") {
			t.Errorf("the page for signing in does not lead to the first user: %v", a.Links())
		}
		form := url.Values{"code": {"setup-wrong"}, "name": {"ann"}, "full_name": {"Ann Lee"}, "password": {webtest.Password}, "repeat": {webtest.Password}}
		if a := r.Post("/setup", form); a.Status != http.StatusUnauthorized || !strings.Contains(a.Text(), "set-up code is not valid") {
			t.Errorf("a wrong code answers %d: %s", a.Status, a.Text())
		}
		form.Set("code", code)
		form.Set("repeat", "something else")
		a := r.Post("/setup", form)
		if name, _ := a.Field("full_name"); a.Status != http.StatusUnprocessableEntity || name != "Ann Lee" || !strings.Contains(a.Text(), "differ") {
			t.Errorf("two passwords answer %d and keep %q: %s", a.Status, name, a.Text())
		}
		form.Set("repeat", webtest.Password)
		if a := r.Post("/setup", form); a.Status != http.StatusOK || !strings.Contains(a.Notice(), "administrator") {
			t.Errorf("the first user: %d %s %s", a.Status, a.Path, a.Text())
		}
		if a := r.Get("/users"); a.Status != http.StatusOK || len(a.Rows()) != 1 {
			t.Errorf("the users after it: %d %v", a.Status, a.Rows())
		}
		if a := s.Reader().Post("/setup", form); a.Title() != "Sign in" {
			t.Errorf("a second first user: %d %s", a.Status, a.Text())
		}
	})
}
