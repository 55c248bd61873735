package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"

	"quittance/internal/api"
	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// server is the API over a fresh database, whose answers are held against the document.
type server struct {
	*apptest.Door
	http.Handler
	url    string
	client *http.Client
}

func each(t *testing.T, fn func(t *testing.T, s *server)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, database *db.DB) { fn(t, serve(t, database, api.Options{})) })
}

func serve(t testing.TB, database *db.DB, o api.Options) *server {
	t.Helper()
	d := apptest.New(t, database)
	s := &server{Door: d, Handler: api.New(d.App, o)}
	h := httptest.NewServer(s.Handler)
	t.Cleanup(h.Close)
	s.url = h.URL
	s.client = &http.Client{Transport: &checked{t: t}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return s
}

// token makes a user with roles (clerk, or CODE:clerk) and gives a token of that user.
func (s *server) token(t testing.TB, name string, roles ...string) string {
	t.Helper()
	grants := []identity.Grant{}
	for _, r := range roles {
		company, role, both := strings.Cut(r, ":")
		if !both {
			company, role = "", r
		}
		grants = append(grants, identity.Grant{Company: company, Role: identity.Role(role)})
	}
	ctx := context.Background()
	if _, err := s.AddUser(ctx, apptest.Call, app.UserRequest{Name: name, Grants: grants}); err != nil {
		t.Fatal(err)
	}
	made, err := s.CreateToken(ctx, apptest.Call, app.TokenRequest{User: name, Name: "test", Days: 30})
	if err != nil {
		t.Fatal(err)
	}
	return made.Text
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// into reads the body.
func (a answer) into(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
}

// problem reads the body as a problem.
func (a answer) problem(t testing.TB) (p api.Problem) {
	t.Helper()
	if ct := a.header.Get("Content-Type"); ct != "application/problem+json" {
		t.Fatalf("%d with %s is no problem: %s", a.status, ct, a.body)
	}
	a.into(t, &p)
	return p
}

// do sends a request; headers are given as name and value in turn.
func (s *server) do(t testing.TB, token, method, path string, body any, headers ...string) answer {
	t.Helper()
	var r io.Reader
	media := ""
	switch b := body.(type) {
	case nil:
	case []byte:
		r = bytes.NewReader(b)
	case string:
		r, media = strings.NewReader(b), "application/json"
	default:
		text, err := json.Marshal(b)
		if err != nil {
			t.Fatal(err)
		}
		r, media = bytes.NewReader(text), "application/json"
	}
	req, err := http.NewRequest(method, s.url+path, r)
	if err != nil {
		t.Fatal(err)
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i+1] != "" {
			req.Header.Set(headers[i], headers[i+1])
		}
	}
	resp, err := s.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	all, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{resp.StatusCode, resp.Header, all}
}

// must is do for what must succeed.
func (s *server) must(t testing.TB, token, method, path string, body any, status int, headers ...string) answer {
	t.Helper()
	a := s.do(t, token, method, path, body, headers...)
	if a.status != status {
		t.Fatalf("%s %s gives %d, want %d: %s", method, path, a.status, status, a.body)
	}
	return a
}

// spec gives the document, parsed once, with a validator of it.
var spec = sync.OnceValues(func() ([]byte, validator.Validator) {
	w := httptest.NewRecorder()
	api.New(nil, api.Options{}).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/api/openapi.json", nil))
	text := w.Body.Bytes()
	doc, err := libopenapi.NewDocument(text)
	if err != nil {
		panic(err)
	}
	v, errs := validator.NewValidator(doc)
	if len(errs) > 0 {
		panic(errs)
	}
	return text, v
})

var checking sync.Mutex // the validator fills caches

// checked holds every answer of /api/v1 against the document.
type checked struct{ t testing.TB }

func (c *checked) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || !strings.HasPrefix(r.URL.Path, "/api/v1/") || resp.Header.Get("Content-Type") == "text/event-stream" {
		return resp, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	if err := conforms(r, resp, body); err != nil {
		c.t.Errorf("%v", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

// conforms holds an answer against the document. What no operation answers is only held to be a problem.
func conforms(r *http.Request, resp *http.Response, body []byte) error {
	if resp.StatusCode >= 400 {
		var p api.Problem
		if err := json.Unmarshal(body, &p); err != nil || p.Status != resp.StatusCode || p.Code == "" || p.Title == "" || p.Detail == "" || p.RequestID != resp.Header.Get("X-Request-Id") {
			return fmt.Errorf("%s %s: %d is told by %s, which is no problem", r.Method, r.URL, resp.StatusCode, body)
		}
		if p.Rule == "no_such_path" || p.Rule == "method_not_allowed" {
			return nil
		}
	}
	_, v := spec()
	checking.Lock()
	defer checking.Unlock()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if ok, errs := v.ValidateHttpResponse(r, resp); !ok {
		text := fmt.Sprintf("%s %s: the answer %d is not as the document says: %s", r.Method, r.URL, resp.StatusCode, body)
		for _, e := range errs {
			text += fmt.Sprintf("\n  %s: %s", e.Message, e.Reason)
			for _, s := range e.SchemaValidationErrors {
				text += fmt.Sprintf("\n    %s at %s", s.Reason, s.FieldPath)
			}
		}
		return fmt.Errorf("%s", text)
	}
	return nil
}

func TestDocument(t *testing.T) {
	text, v := spec()
	if path := os.Getenv("QUITTANCE_WRITE_OPENAPI"); path != "" {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ok, errs := v.ValidateDocument()
	if !ok {
		for _, e := range errs {
			t.Errorf("%s: %s", e.Message, e.Reason)
			for _, s := range e.SchemaValidationErrors {
				t.Errorf("  %s at %s", s.Reason, s.FieldPath)
			}
		}
	}
}
