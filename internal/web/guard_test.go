package web_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/gate"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

func TestHeaders(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := webtest.Serve(t, d, web.Options{}).SignedIn(identity.Viewer)
		for _, path := range []string{"/", "/account/password", "/no/such/page", "/sign-in"} {
			h := r.Get(path).Header
			for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Cache-Control": "no-store", "Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin", "Content-Type": "text/html; charset=utf-8"} {
				if h.Get(name) != want {
					t.Errorf("%s: %s is %q, want %q", path, name, h.Get(name), want)
				}
			}
			if h.Get("Strict-Transport-Security") != "" {
				t.Errorf("%s: by plain HTTP browsers are told to come by https only", path)
			}
		}
	})
}

// TestChangesFromOtherSites sends every change of the shell as a page of another site would.
func TestChangesFromOtherSites(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		s := webtest.Serve(t, d, web.Options{})
		r := s.SignedIn(identity.Administrator)
		for _, from := range []map[string]string{{"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}} {
			for _, path := range []string{"/sign-in", "/sign-out", "/setup", "/preferences", "/users", "/account/tokens", "/account/password"} {
				req, err := http.NewRequest(http.MethodPost, s.URL+path, strings.NewReader(url.Values{"name": {"eve"}, "theme": {"dark"}, "days": {"1"}}.Encode()))
				if err != nil {
					t.Fatal(err)
				}
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				for name, value := range from {
					req.Header.Set(name, value)
				}
				if a := r.Do(req); a.Status != http.StatusForbidden || !strings.Contains(a.Title(), "another site") || a.Header.Get("Set-Cookie") != "" {
					t.Errorf("POST %s with %v answers %d %q", path, from, a.Status, a.Title())
				}
			}
		}
		if a := r.Get("/users"); len(a.Rows()) != 1 {
			t.Errorf("a user came from another site: %v", a.Rows())
		}
	})
}

func TestTooLargeForms(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := webtest.Serve(t, d, web.Options{}).Reader()
		if a := r.Post("/sign-in", url.Values{"name": {strings.Repeat("x", 2<<20)}}); a.Status != http.StatusTooManyRequests && a.Status != http.StatusRequestEntityTooLarge {
			t.Errorf("a form of 2 MiB answers %d", a.Status)
		}
	})
}

// TestHostileTexts puts what would be code into every field of the shell, and looks at every page that shows it.
func TestHostileTexts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		s := webtest.Serve(t, d, web.Options{})
		r := s.SignedIn(identity.Administrator)
		const hostile = `"><script>alert(1)</script><img src=x onerror=alert(2)>'{{7*7}}`
		r.Post("/users", url.Values{"name": {"eve"}, "full_name": {hostile}, "email": {"a@b." + hostile}, "password": {webtest.Password}})
		r.Post("/users", url.Values{"name": {"eve"}, "full_name": {hostile}, "email": {"eve@example.org"}, "password": {webtest.Password}, "roles": {"viewer:", "viewer:" + hostile, hostile}})
		r.Post("/users", url.Values{"name": {"eve"}, "full_name": {hostile}, "email": {"eve@example.org"}, "password": {webtest.Password}, "roles": {"viewer:"}})
		r.Post("/account/tokens", url.Values{"name": {hostile}, "days": {"9"}})
		r.Post("/account/tokens", url.Values{"name": {"x"}, "days": {hostile}, "company": {hostile}, "scopes": {hostile}})
		r.Client.Jar.SetCookies(must(url.Parse(s.URL)), []*http.Cookie{{Name: "quittance-theme", Value: "x'onload=alert(1)"}, {Name: "quittance-lang", Value: "<script>"}, {Name: "quittance-company", Value: "<script>"}})
		q := url.QueryEscape(hostile)
		seen := 0
		for _, path := range []string{"/users", "/users/eve", "/account/tokens", "/sign-in?next=" + q, "/c/PSUS/customers?q=" + q + "&held=" + q + "&group=" + q + "&after=" + q + "&limit=" + q, "/c/" + q + "/customers", "/users/" + q, "/" + q} {
			a := r.Get(path) // the reader fails the test when there is code in the page
			if a.Status >= 500 {
				t.Errorf("%s answers %d", path, a.Status)
			}
			if strings.Contains(a.Body, "<script>alert") || strings.Contains(a.Body, "<img src=x") {
				t.Errorf("%s shows the text unescaped", path)
			}
			if strings.Contains(a.Text(), "alert(1)") {
				seen++
			}
		}
		if seen == 0 {
			t.Error("no page shows the text at all")
		}
		eve := s.Reader()
		eve.SignIn("eve")
		if a := eve.Get("/account/password"); strings.Contains(a.Body, "<script>alert") {
			t.Error("the user's menu shows the name unescaped")
		}
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestOtherCompanies(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		other := apptest.PublicSector()
		other["company"] = strings.ReplaceAll(other["company"], "PSUS", "OTHR")
		d.Import(t, other)
		s := webtest.Serve(t, d, web.Options{})
		s.AddUserIn("ann", "OTHR", identity.Viewer)
		r := s.Reader()
		r.SignIn("ann")
		if a := r.Get("/"); !strings.HasPrefix(a.Path, "/c/OTHR/") || strings.Contains(a.Body, "PSUS") {
			t.Errorf("ann is led to %s", a.Path)
		}
		missing := r.Get("/c/NONE/customers")
		for _, path := range []string{"/c/PSUS/customers", "/c/PSUS/", "/c/PSUS/search?q=a"} {
			if a := r.Get(path); a.Status != http.StatusNotFound || strings.ReplaceAll(a.Text(), "PSUS", "NONE") != missing.Text() {
				t.Errorf("%s answers %d, and not as a company that is not there: %s", path, a.Status, a.Text())
			}
		}
		for _, path := range []string{"/users", "/users/ann", "/users/new"} {
			if a := r.Get(path); a.Status != http.StatusForbidden {
				t.Errorf("%s answers %d to a viewer", path, a.Status)
			}
		}
		if a := r.Post("/users", url.Values{"name": {"eve"}}); a.Status != http.StatusForbidden {
			t.Errorf("a viewer adds a user: %d", a.Status)
		}
	})
}

var asset = regexp.MustCompile(`(?:src|href)="(/static/[^"]+)"`)

// TestFirstLoad adds up what a browser fetches at the first page, packed.
func TestFirstLoad(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		s := webtest.Serve(t, d, web.Options{})
		r := s.SignedIn(identity.Administrator)
		page := r.Get("/c/PSUS/customers")
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		_, _ = io.WriteString(z, page.Body)
		_ = z.Close()
		total := packed.Len()
		for _, m := range asset.FindAllStringSubmatch(page.Body, -1) {
			for _, coding := range []string{"gzip", "br"} {
				req, _ := http.NewRequest(http.MethodGet, s.URL+m[1], nil)
				req.Header.Set("Accept-Encoding", coding)
				a := r.Do(req)
				if a.Status != http.StatusOK || a.Header.Get("Content-Encoding") != coding || !strings.Contains(a.Header.Get("Cache-Control"), "immutable") || a.Header.Get("Content-Length") != fmt.Sprint(len(a.Body)) {
					t.Errorf("%s by %s: %d %v", m[1], coding, a.Status, a.Header)
				}
				if coding == "gzip" {
					total += len(a.Body)
				}
			}
		}
		if total > 150<<10 || total < 10<<10 {
			t.Errorf("the first page is %d bytes with all that it needs, want at most 150 KiB", total)
		}
		t.Logf("the first page is %d bytes, packed", total)
		for _, path := range []string{"/static/app.css", "/static/../web.go", "/static/%2e%2e/web.go", "/static/"} {
			if a := s.Reader().Get(path); a.Status == http.StatusOK && !strings.HasPrefix(a.Path, "/sign-in") {
				t.Errorf("%s answers %d at %s", path, a.Status, a.Path)
			}
		}
	})
}

func TestPreferences(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		s := webtest.Serve(t, d, web.Options{})
		r := s.Reader()
		a := r.Post("/preferences", url.Values{"lang": {"de"}, "next": {"/sign-in?next=%2Fusers"}})
		if a.Title() != "Anmelden" || a.Header.Get("Content-Language") != "de" || a.Path != "/sign-in?next=%2Fusers" || !strings.Contains(a.Body, `lang="de"`) {
			t.Errorf("German: %s %q", a.Path, a.Title())
		}
		if a := r.Post("/preferences", url.Values{"theme": {"dark"}, "lang": {"xx"}, "next": {"//evil.example"}}); a.Path != "/sign-in" || !strings.Contains(a.Body, `data-theme="dark"`) || a.Title() != "Anmelden" {
			t.Errorf("dark: %s %q", a.Path, a.Title())
		}
		if a := r.Post("/preferences", url.Values{"theme": {"system"}, "next": {"/sign-in"}}); strings.Contains(a.Body, `data-theme="dark"`) {
			t.Error("the system's colours do not come back")
		}
		req, _ := http.NewRequest(http.MethodGet, s.URL+"/sign-in", nil)
		req.Header.Set("Accept-Language", "de-CH, en;q=0.5")
		if a := s.Reader().Do(req); a.Title() != "Anmelden" {
			t.Errorf("Accept-Language is not heard: %q", a.Title())
		}
	})
}

func TestRefusalOfTheGate(t *testing.T) {
	w := httptest.NewRecorder()
	web.Refusal(w, gate.Notice{Status: http.StatusMisdirectedRequest, Title: "Misdirected Request", Text: `not known by the name <script>alert(1)</script>`, RequestID: "0123"})
	a := webtest.Recorded(t, w)
	if a.Status != http.StatusMisdirectedRequest || !strings.Contains(a.Text(), "not known by the name <script>") || !strings.Contains(a.Text(), "0123") {
		t.Errorf("%d %s", a.Status, a.Text())
	}
}
