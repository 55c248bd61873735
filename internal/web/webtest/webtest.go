// Package webtest opens the pages for tests: by plain requests, as a browser without JavaScript makes them, and in Chromium.
//
// Every answer is looked at: its policy, and that nothing stands in it which the policy forbids.
package webtest

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/work"
)

// Password is the password of all users of the tests.
const Password = "four short words here"

// Site is the pages over a door, served.
type Site struct {
	t     testing.TB
	Door  *apptest.Door
	URL   string
	close func()
}

// Close ends the serving before the test does.
func (s *Site) Close() { s.close() }

// Serve serves the pages over the door until the test ends.
func Serve(t testing.TB, d *apptest.Door, o web.Options) *Site {
	t.Helper()
	if o.Tasks == nil {
		o.Tasks = work.NewTasks(work.TasksOptions{})
	}
	if o.Soon == 0 {
		o.Soon = patience // whether a page stands between is not left to chance
	}
	t.Cleanup(func() { _ = o.Tasks.Close() })
	srv := httptest.NewServer(web.New(d.App, o))
	t.Cleanup(srv.Close)
	return &Site{t: t, Door: d, URL: srv.URL, close: func() { srv.CloseClientConnections(); srv.Close() }}
}

// At is for pages over the door that are served already.
func At(t testing.TB, d *apptest.Door, address string) *Site {
	return &Site{t: t, Door: d, URL: address}
}

// AddUser makes a user with roles in every company.
func (s *Site) AddUser(name string, roles ...identity.Role) {
	s.t.Helper()
	s.AddUserIn(name, "", roles...)
}

// AddUserIn makes a user with roles in a company.
func (s *Site) AddUserIn(name, company string, roles ...identity.Role) {
	s.t.Helper()
	req := app.UserRequest{Name: name, FullName: strings.ToUpper(name[:1]) + name[1:] + " Example", Email: name + "@example.org", Password: Password}
	for _, r := range roles {
		req.Grants = append(req.Grants, identity.Grant{Company: company, Role: r})
	}
	if _, err := s.Door.AddUser(context.Background(), apptest.Call, req); err != nil {
		s.t.Fatalf("adding the user %s: %v", name, err)
	}
}

// Reader is a browser without JavaScript.
type Reader struct {
	t      testing.TB
	site   *Site
	Client *http.Client
}

// Reader gives a browser that is not signed in. It follows redirects.
func (s *Site) Reader() *Reader {
	jar, _ := cookiejar.New(nil) // never fails without options
	return &Reader{t: s.t, site: s, Client: &http.Client{Jar: jar}}
}

// SignedIn gives a browser in which a fresh user of the roles is signed in; the user is named after the first one.
func (s *Site) SignedIn(roles ...identity.Role) *Reader {
	s.t.Helper()
	name := "nobody"
	if len(roles) > 0 {
		name = string(roles[0])
	}
	s.AddUser(name, roles...)
	r := s.Reader()
	r.SignIn(name)
	return r
}

// SignIn signs a user in and fails the test when it cannot.
func (r *Reader) SignIn(name string) {
	r.t.Helper()
	if a := r.Post("/sign-in", url.Values{"name": {name}, "password": {Password}}); a.Status != http.StatusOK || strings.HasPrefix(a.Path, "/sign-in") {
		r.t.Fatalf("signing %s in answers %d at %s:\n%s", name, a.Status, a.Path, a.Text())
	}
}

// Answer is a page as it came.
type Answer struct {
	Status int
	Path   string // where the redirects ended
	Header http.Header
	Body   string
	doc    *html.Node
}

// Get looks at an address.
func (r *Reader) Get(path string) *Answer {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodGet, r.site.URL+path, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	return r.Do(req)
}

// Post sends a form.
func (r *Reader) Post(path string, form url.Values) *Answer {
	r.t.Helper()
	req, err := http.NewRequest(http.MethodPost, r.site.URL+path, strings.NewReader(form.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r.Do(req)
}

// Do sends a request and looks at the answer.
func (r *Reader) Do(req *http.Request) *Answer {
	r.t.Helper()
	res, err := r.Client.Do(req)
	if err != nil {
		r.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return look(r.t, res, string(b))
}

// Recorded looks at an answer that was recorded.
func Recorded(t testing.TB, w *httptest.ResponseRecorder) *Answer {
	t.Helper()
	res := w.Result()
	res.Request = httptest.NewRequest(http.MethodGet, "/", nil)
	return look(t, res, w.Body.String())
}

// look reads an answer, and fails the test when it is a page that holds what it must not.
func look(t testing.TB, res *http.Response, body string) *Answer {
	t.Helper()
	a := &Answer{Status: res.StatusCode, Path: res.Request.URL.RequestURI(), Header: res.Header, Body: body}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		var err error
		if a.doc, err = html.Parse(strings.NewReader(a.Body)); err != nil {
			t.Fatal(err)
		}
		a.check(t)
	}
	return a
}
