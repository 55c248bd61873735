package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/oauth2-proxy/mockoidc"

	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

// withProvider serves the pages with an identity provider of the test's own.
func withProvider(t *testing.T, d *apptest.Door, set func(*web.OIDC)) (*webtest.Site, *mockoidc.MockOIDC) {
	t.Helper()
	m, err := mockoidc.Run()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Shutdown() })
	o := &web.OIDC{Issuer: m.Issuer(), ClientID: m.ClientID, Secret: m.ClientSecret, Name: "Example ID"}
	set(o)
	// The provider must be told where the pages are before they are served.
	var inner http.Handler
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { inner.ServeHTTP(w, r) }))
	t.Cleanup(srv.Close)
	o.Base = srv.URL
	inner = web.New(d.App, web.Options{OIDC: o})
	return webtest.At(t, d, srv.URL), m
}

func TestSignInByProvider(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		s, m := withProvider(t, d, func(o *web.OIDC) { o.LinkByEmail = true })
		s.AddUser("ann", identity.Viewer) // ann@example.org
		ann := &mockoidc.MockUser{Subject: "subject-1", Email: "Ann@Example.org", EmailVerified: true}

		t.Run("LinksByVerifiedEmail", func(t *testing.T) {
			r := s.Reader()
			if a := r.Get("/sign-in?next=%2Fusers"); !strings.Contains(strings.Join(a.Links(), " "), "/sign-in/provider?next=%2Fusers") {
				t.Fatalf("no way to the provider among %v", a.Links())
			}
			m.QueueUser(ann)
			if a := r.Get("/sign-in/provider?next=%2Fc%2FPSUS%2Fcustomers"); a.Path != "/c/PSUS/customers" || !strings.Contains(a.Notice(), "Ann Example") {
				t.Fatalf("the provider leads to %s: %s", a.Path, a.Text())
			}
		})
		t.Run("KnowsTheSubjectThen", func(t *testing.T) {
			m.QueueUser(&mockoidc.MockUser{Subject: "subject-1", Email: "other@example.net"})
			if a := s.Reader().Get("/sign-in/provider"); strings.HasPrefix(a.Path, "/sign-in") {
				t.Errorf("a linked person with another address is refused: %s", a.Text())
			}
		})
		for name, u := range map[string]*mockoidc.MockUser{
			"ErrUnknown":         {Subject: "subject-2", Email: "nobody@example.org", EmailVerified: true},
			"ErrUnverifiedEmail": {Subject: "subject-3", Email: "ann@example.org"},
			"ErrSecondPerson":    {Subject: "subject-4", Email: "ann@example.org", EmailVerified: true},
			"ErrNoEmail":         {Subject: "subject-5", EmailVerified: true},
		} {
			t.Run(name, func(t *testing.T) {
				m.QueueUser(u)
				r := s.Reader()
				if a := r.Get("/sign-in/provider"); a.Status != http.StatusUnauthorized || !strings.Contains(a.Text(), "no user here") {
					t.Errorf("%d %s", a.Status, a.Text())
				}
				if !signedOut(r) {
					t.Error("and yet it lets in")
				}
			})
		}
		t.Run("ErrDisabled", func(t *testing.T) {
			if _, err := d.SetDisabled(context.Background(), apptest.Call, "ann", true); err != nil {
				t.Fatal(err)
			}
			m.QueueUser(ann)
			if a := s.Reader().Get("/sign-in/provider"); a.Status != http.StatusUnauthorized {
				t.Errorf("a user who is shut out: %d %s", a.Status, a.Text())
			}
			if _, err := d.SetDisabled(context.Background(), apptest.Call, "ann", false); err != nil {
				t.Fatal(err)
			}
		})
		t.Run("IsRecorded", func(t *testing.T) {
			records, err := d.UserAudit(context.Background(), apptest.Call, 500)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, r := range records {
				if r.Command == "sign_in.provider" {
					n++
				}
			}
			if n != 7 {
				t.Errorf("%d sign-ins by the provider are recorded, want 7", n)
			}
		})
	})
}

func TestProviderAnswersThatAreRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		s, m := withProvider(t, d, func(o *web.OIDC) { o.NameClaim = "preferred_username" })
		s.AddUser("ann", identity.Viewer)
		ann := &mockoidc.MockUser{Subject: "subject-1", PreferredUsername: "ann"}
		// begun sends a reader to the provider and gives what the provider would send back.
		begun := func(t *testing.T, r *webtest.Reader) url.Values {
			m.QueueUser(ann)
			follow := r.Client.CheckRedirect
			r.Client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
			a := r.Get("/sign-in/provider")
			to, err := url.Parse(a.Header.Get("Location"))
			if err != nil || to.Query().Get("code_challenge_method") != "S256" || to.Query().Get("nonce") == "" {
				t.Fatalf("the provider is asked by %q", a.Header.Get("Location"))
			}
			res, err := r.Client.Get(to.String())
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			back, err := res.Location()
			if err != nil {
				t.Fatal(err)
			}
			r.Client.CheckRedirect = follow
			return back.Query()
		}
		t.Run("OKByName", func(t *testing.T) {
			r := s.Reader()
			r.Get("/sign-in/callback?" + begun(t, r).Encode())
			if signedOut(r) {
				t.Error("the name claim did not link")
			}
		})
		t.Run("ErrOtherBrowser", func(t *testing.T) {
			r, victim := s.Reader(), s.Reader()
			back := begun(t, r)
			if a := victim.Get("/sign-in/callback?" + back.Encode()); a.Status != http.StatusUnauthorized || !signedOut(victim) {
				t.Errorf("another browser's sign-in is taken: %d", a.Status)
			}
		})
		t.Run("ErrTwice", func(t *testing.T) {
			r := s.Reader()
			back := begun(t, r).Encode()
			r.Get("/sign-in/callback?" + back)
			r.Post("/sign-out", nil)
			if a := r.Get("/sign-in/callback?" + back); a.Status != http.StatusUnauthorized || !signedOut(r) {
				t.Errorf("an answer is taken twice: %d", a.Status)
			}
		})
		t.Run("ErrState", func(t *testing.T) {
			r := s.Reader()
			back := begun(t, r)
			back.Set("state", "guessed")
			if a := r.Get("/sign-in/callback?" + back.Encode()); a.Status != http.StatusUnauthorized || !signedOut(r) {
				t.Errorf("a wrong state is taken: %d", a.Status)
			}
		})
		t.Run("ErrStolenCode", func(t *testing.T) { // the code of one sign-in with the state of another: PKCE and nonce differ
			r, thief := s.Reader(), s.Reader()
			stolen, own := begun(t, r), begun(t, thief)
			own.Set("code", stolen.Get("code"))
			if a := thief.Get("/sign-in/callback?" + own.Encode()); a.Status != http.StatusUnauthorized || !signedOut(thief) {
				t.Errorf("a stolen code is taken: %d", a.Status)
			}
		})
		t.Run("ErrRefused", func(t *testing.T) {
			r := s.Reader()
			back := begun(t, r)
			back.Del("code")
			back.Set("error", "access_denied")
			back.Set("error_description", "<script>alert(1)</script>")
			if a := r.Get("/sign-in/callback?" + back.Encode()); a.Status != http.StatusUnauthorized || strings.Contains(a.Body, "alert(1)") {
				t.Errorf("a refusal answers %d: %s", a.Status, a.Text())
			}
		})
		t.Run("ErrUnreachable", func(t *testing.T) {
			gone := webtest.Serve(t, d, web.Options{OIDC: &web.OIDC{Issuer: "http://127.0.0.1:1", Base: "http://127.0.0.1:1"}})
			if a := gone.Reader().Get("/sign-in/provider"); a.Status != http.StatusServiceUnavailable || !strings.Contains(a.Text(), "password") {
				t.Errorf("an unreachable provider answers %d: %s", a.Status, a.Text())
			}
		})
	})
}

func TestNoProvider(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := webtest.Serve(t, d, web.Options{}).Reader()
		if a := r.Get("/sign-in/provider"); a.Status != http.StatusNotFound {
			t.Errorf("without a provider: %d", a.Status)
		}
		if a := r.Get("/sign-in"); strings.Contains(a.Body, "/sign-in/provider") {
			t.Error("the page leads to a provider that is not there")
		}
	})
}
