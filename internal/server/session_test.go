package server_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
)

// Who is signed in may use the API by the session, but not by a page of another site.
func TestSessionAtTheAPI(t *testing.T) {
	u := dbtest.URL(t, "sqlite")
	books(t, u)
	const password = "four short words here"
	a, err := app.Open(t.Context(), u)
	if err != nil {
		t.Fatal(err)
	}
	_, err = a.AddUser(t.Context(), operator, app.UserRequest{Name: "bob", Password: password, Grants: []identity.Grant{{Role: identity.Clerk}}})
	if cerr := a.Close(); err != nil || cerr != nil {
		t.Fatal(err, cerr)
	}
	s := serve(t, u, nil)
	s.client.Jar, _ = cookiejar.New(nil) // never fails without options
	me := func(headers ...string) (int, string) {
		t.Helper()
		return s.ask(t, http.MethodGet, "/api/v1/me", "", headers...)
	}
	if code, _ := me(); code != http.StatusUnauthorized {
		t.Errorf("before signing in /me answers %d", code)
	}
	if _, err := s.client.PostForm(s.base+"/sign-in", url.Values{"name": {"bob"}, "password": {password}}); err != nil {
		t.Fatal(err)
	}
	if code, body := me(); code != http.StatusOK || !strings.Contains(body, `"bob"`) {
		t.Errorf("signed in /me answers %d %s", code, body)
	}
	for _, c := range []struct {
		name    string
		headers []string
		want    int
	}{
		{"SameOrigin", []string{"Sec-Fetch-Site", "same-origin"}, http.StatusCreated},
		{"CrossSite", []string{"Sec-Fetch-Site", "cross-site"}, http.StatusUnauthorized},
		{"SameSite", []string{"Sec-Fetch-Site", "same-site"}, http.StatusUnauthorized},
		{"OtherOrigin", []string{"Origin", "https://evil.example"}, http.StatusUnauthorized},
	} {
		t.Run(c.name, func(t *testing.T) {
			if code, body := s.ask(t, http.MethodPost, documents, document, c.headers...); code != c.want {
				t.Errorf("a change answers %d %s", code, body)
			}
		})
	}
	if code, _ := s.ask(t, http.MethodPost, "/sign-out", ""); code >= http.StatusBadRequest {
		t.Errorf("signing out answers %d", code)
	}
	if code, _ := me(); code != http.StatusUnauthorized {
		t.Errorf("after signing out /me answers %d", code)
	}
}

// ask sends a request with the cookies of the client; headers are given as name and value in turn.
func (s *service) ask(t *testing.T, method, path, body string, headers ...string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, s.base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}
