package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/server"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var operator = app.Call{Actor: identity.Operator()}

// text is a stream that several write to.
type text struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (x *text) Write(p []byte) (int, error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.Write(p)
}

func (x *text) String() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.b.String()
}

// service is a running server.
type service struct {
	base         string
	console, log *text
	stop         context.CancelFunc
	ended        chan struct{}
	err          error // when ended
	client       *http.Client
	token        string
}

// books makes a database with the company PSUS and gives a clerk's token.
func books(t *testing.T, url string) (token string) {
	t.Helper()
	t.Setenv("QUITTANCE_KEY", "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")
	a, err := app.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	data, err := apptest.PublicSector().Read()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Import(t.Context(), operator, data); err != nil {
		t.Fatal(err)
	}
	if _, err := a.AddUser(t.Context(), operator, app.UserRequest{Name: "ann", Grants: []identity.Grant{{Role: identity.Administrator}}}); err != nil {
		t.Fatal(err)
	}
	made, err := a.CreateToken(t.Context(), operator, app.TokenRequest{User: "ann", Name: "t", Days: 1})
	if err != nil {
		t.Fatal(err)
	}
	return made.Text
}

// serve starts a server and waits until it listens; it is stopped with the test.
func serve(t *testing.T, url string, change func(*server.Config)) *service {
	t.Helper()
	s := &service{console: &text{}, log: &text{}, ended: make(chan struct{}), client: &http.Client{Transport: &http.Transport{}}}
	c := server.Defaults()
	c.Addr, c.LogLevel, c.LogFormat = "127.0.0.1:0", "debug", "json"
	if change != nil {
		change(c)
	}
	started := make(chan string, 1)
	c.Started = func(base string) { started <- base }
	ctx, cancel := context.WithCancel(context.Background())
	s.stop = cancel
	go func() {
		defer close(s.ended)
		s.err = c.Run(ctx, url, s.console, s.log)
	}()
	select {
	case s.base = <-started:
	case <-s.ended:
		t.Fatalf("the server ends: %v\n%s", s.err, s.log)
	}
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		cancel()
		<-s.ended
	})
	return s
}

// wait waits for the end of a server that was told to stop.
func (s *service) wait(t *testing.T) {
	t.Helper()
	s.client.CloseIdleConnections()
	select {
	case <-s.ended:
		if s.err != nil {
			t.Errorf("the server ends with %v", s.err)
		}
	case <-time.After(2 * time.Minute):
		t.Fatalf("the server does not stop:\n%s", s.log)
	}
}

func (s *service) get(t *testing.T, path string) (int, string) {
	t.Helper()
	resp, err := s.client.Get(s.base + path)
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

func (s *service) post(ctx context.Context, path, key string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.base+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+s.token)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Idempotency-Key", key)
	return s.client.Do(r)
}

const document = `{"type":"invoice","party":"C-1001","date":"2026-11-10","lines":[{"account":"101-44400","amount":"12.50"}]}`

const documents = "/api/v1/companies/PSUS/documents"

func TestStartAndStop(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		leaks := goleak.IgnoreCurrent()
		s := serve(t, url, nil)
		if code, body := s.get(t, "/healthz"); code != 200 || body != "ok\n" {
			t.Errorf("healthz: %d %s", code, body)
		}
		if code, body := s.get(t, "/readyz"); code != 200 || body != "ready\n" {
			t.Errorf("readyz: %d %s", code, body)
		}
		if code, body := s.get(t, "/metrics"); code != 200 || !strings.Contains(body, "quittance_db_connections_max") || !strings.Contains(body, "go_goroutines") || !strings.Contains(body, `quittance_http_requests_total{class="2xx",method="GET",route="GET /readyz"} 1`) {
			t.Errorf("metrics: %d %s", code, body)
		}
		if code, _ := s.get(t, "/sign-in"); code == 404 {
			t.Errorf("sign-in: %d", code)
		}
		if code, _ := s.get(t, "/api/openapi.json"); code != 200 {
			t.Errorf("api: %d", code)
		}
		if out := s.console.String(); !regexp.MustCompile(`setup-[\w-]{20,}`).MatchString(out) || !strings.Contains(out, s.base+"/setup") {
			t.Errorf("the console says %s", out)
		}
		if strings.Contains(s.log.String(), "setup-") {
			t.Error("the set-up code is in the log")
		}
		s.stop()
		s.wait(t)
		if resp, err := s.client.Get(s.base + "/healthz"); err == nil {
			resp.Body.Close()
			t.Error("it still answers")
		}
		goleak.VerifyNone(t, leaks, goleak.IgnoreAnyFunction("github.com/alexedwards/scs/v2/memstore.(*MemStore).startCleanup")) // the library's default, which it does not end
	})
}

func TestConsoleWithUsers(t *testing.T) {
	url := dbtest.URL(t, "sqlite")
	books(t, url)
	s := serve(t, url, nil)
	if out := s.console.String(); strings.Contains(out, "setup") || !strings.Contains(out, s.base) {
		t.Errorf("the console says %s", out)
	}
}

// What is under way when the server is told to stop finishes; nobody new is let in, and probes see it.
func TestStopFinishesRequests(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		token := books(t, url)
		s := serve(t, url, func(c *server.Config) { c.StopDelay = 2 * time.Second })
		s.token = token
		pr, pw := io.Pipe()
		answered := make(chan string, 1)
		go func() {
			resp, err := s.post(context.Background(), documents, "slow", pr)
			if err != nil {
				answered <- err.Error()
				return
			}
			defer resp.Body.Close()
			answered <- resp.Status
		}()
		if _, err := io.WriteString(pw, document[:40]); err != nil {
			t.Fatal(err)
		}
		s.stop()
		for status := 200; status != 503; { // until the delay begins
			status, _ = s.get(t, "/readyz")
		}
		if code, _ := s.get(t, "/healthz"); code != 200 {
			t.Errorf("healthz: %d", code)
		}
		for { // until nobody is let in
			s.client.CloseIdleConnections()
			resp, err := s.client.Get(s.base + "/healthz")
			if err != nil {
				break
			}
			resp.Body.Close()
		}
		select {
		case <-s.ended:
			t.Fatal("the server did not wait for the request")
		default:
		}
		_, _ = io.WriteString(pw, document[40:])
		pw.Close()
		if got := <-answered; got != "201 Created" {
			t.Errorf("the request is answered %s", got)
		}
		s.wait(t)
	})
}

// A request that never ends is cut off at the deadline.
func TestStopCutsOff(t *testing.T) {
	url := dbtest.URL(t, "sqlite")
	token := books(t, url)
	s := serve(t, url, func(c *server.Config) { c.StopAfter = 200 * time.Millisecond })
	s.token = token
	pr, pw := io.Pipe()
	defer pw.Close()
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		resp, err := s.post(context.Background(), documents, "never", pr)
		if err == nil {
			defer resp.Body.Close()
			if resp.StatusCode < 400 {
				t.Errorf("it is answered %s", resp.Status)
			}
		}
	}()
	_, _ = io.WriteString(pw, document[:40])
	began := time.Now()
	s.stop()
	s.wait(t)
	if took := time.Since(began); took > time.Minute {
		t.Errorf("it took %s", took)
	}
	pw.Close()
	<-gone
}

// What people type, and who they are, is not in the log, whatever goes wrong.
func TestLogHasNothingPersonal(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		token := books(t, url)
		s := serve(t, url, nil)
		s.token = token
		personal := []string{"Zoë Quux-Nguyen", "zoe.quux@example.org", "DE02120300000000202051", "s3cret-passw0rd!", "Elm Street 13", token}
		for i, body := range []string{
			`{"type":"invoice","party":"Zoë Quux-Nguyen","date":"2026-11-10","lines":[{"account":"101-44400","amount":"1.00"}]}`,
			`{"type":"invoice","number":"zoe.quux@example.org","party":"C-1001","date":"2026-11-10","text":"to DE02120300000000202051, Elm Street 13","lines":[{"account":"101-44400","amount":"1.00"}]}`,
			`{"type":"invoice","party":"C-1001","date":"zoe.quux@example.org","lines":[]}`,
			`{"zoe.quux@example.org":`,
		} {
			resp, err := s.post(t.Context(), documents, fmt.Sprintf("zoe.quux@example.org-%d", i), strings.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode >= 500 || resp.StatusCode == 401 {
				t.Errorf("%s: %d", body, resp.StatusCode)
			}
		}
		for _, path := range []string{"/api/v1/companies/PSUS/customers/zoe.quux@example.org", "/api/v1/companies/Zo%C3%AB%20Quux-Nguyen/customers?q=DE02120300000000202051", "/zoe.quux@example.org", "/sign-in?next=/zoe.quux@example.org", "/?token=" + token} {
			s.get(t, path)
		}
		for _, form := range []string{"name=zoe.quux%40example.org&password=s3cret-passw0rd!", "name=s3cret-passw0rd!&password=x", "name=ann&password=s3cret-passw0rd!"} {
			resp, err := s.client.Post(s.base+"/sign-in", "application/x-www-form-urlencoded", strings.NewReader(form))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
		}
		s.stop()
		s.wait(t)
		log := s.log.String()
		if strings.Count(log, `"msg":"request"`) < 12 {
			t.Fatalf("the log has too little: %s", log)
		}
		for _, p := range append(personal, "127.0.0.1:", "quux", "Quux", "202051") {
			for line := range strings.SplitSeq(log, "\n") {
				if strings.Contains(line, p) {
					t.Errorf("the log has %q: %s", p, line)
				}
			}
		}
		for line := range strings.SplitSeq(strings.TrimSpace(log), "\n") {
			if !json.Valid([]byte(line)) {
				t.Errorf("not JSON: %s", line)
			}
		}
	})
}

func TestMetricsAreForTheMachineOnly(t *testing.T) {
	url := dbtest.URL(t, "sqlite")
	s := serve(t, url, func(c *server.Config) { c.TrustedProxies = []string{"127.0.0.1"} })
	r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+"/metrics", nil)
	r.Header.Set("X-Forwarded-For", "127.0.0.1")
	resp, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != 404 {
		t.Errorf("by way of a proxy: %d", resp.StatusCode)
	}
	if code, _ := s.get(t, "/metrics"); code != 200 {
		t.Errorf("from the machine itself: %d", code)
	}
}

func TestCheck(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*server.Config)
		wrong  string // part of the message; blank: right
	}{
		{"OK", func(*server.Config) {}, ""},
		{"OKLoopback6", func(c *server.Config) { c.Addr = "[::1]:80" }, ""},
		{"OKBehindProxy", func(c *server.Config) { c.Addr, c.TrustedProxies = ":8080", []string{"10.0.0.0/8"} }, ""},
		{"ErrEverywhere", func(c *server.Config) { c.Addr = ":8080" }, "others could read"},
		{"ErrEverywhere4", func(c *server.Config) { c.Addr = "0.0.0.0:8080" }, "others could read"},
		{"ErrName", func(c *server.Config) { c.Addr = "books.example:8080" }, "others could read"},
		{"ErrNoPort", func(c *server.Config) { c.Addr = "127.0.0.1" }, "HOST:PORT"},
		{"ErrCertAlone", func(c *server.Config) { c.TLSCert = "x" }, "needs its key"},
		{"ErrCertAbsent", func(c *server.Config) { c.TLSCert, c.TLSKey = "/nowhere/a", "/nowhere/b" }, "cannot be used"},
		{"ErrProxy", func(c *server.Config) { c.TrustedProxies = []string{"proxy"} }, "no range of trusted proxies"},
		{"ErrProxyEverybody", func(c *server.Config) { c.TrustedProxies = []string{"0.0.0.0/0"} }, "trust everybody"},
		{"ErrPublicURL", func(c *server.Config) { c.PublicURL = "books.example" }, "not where a browser"},
		{"ErrPublicURLPath", func(c *server.Config) { c.PublicURL = "https://books.example/q" }, "not where a browser"},
		{"ErrHost", func(c *server.Config) { c.AllowedHosts = []string{"*.example"} }, "no host name"},
		{"ErrRate", func(c *server.Config) { c.RateLimit = -1 }, "negative"},
		{"ErrEgress", func(c *server.Config) { c.EgressAllow = []string{"a/b"} }, "no host that can be allowed"},
		{"ErrOIDCWithoutID", func(c *server.Config) { c.OIDCIssuer, c.PublicURL = "https://id.example", "https://books.example" }, "--oidc-client-id"},
		{"ErrOIDCWithoutLink", func(c *server.Config) {
			c.OIDCIssuer, c.OIDCClientID, c.PublicURL = "https://id.example", "books", "https://books.example"
		}, "--oidc-link-by-email"},
		{"ErrOIDCSecret", func(c *server.Config) {
			c.OIDCIssuer, c.OIDCClientID, c.PublicURL, c.OIDCLinkByEmail, c.OIDCSecretFile = "https://id.example", "books", "https://books.example", true, "/nowhere/s"
		}, "cannot be read"},
		{"OKOIDC", func(c *server.Config) {
			c.OIDCIssuer, c.OIDCClientID, c.PublicURL, c.OIDCLinkByEmail = "https://id.example", "books", "https://books.example", true
		}, ""},
		{"ErrLevel", func(c *server.Config) { c.LogLevel = "loud" }, "no level"},
	} {
		t.Run(c.name, func(t *testing.T) {
			config := server.Defaults()
			c.change(config)
			err := config.Check()
			if (err == nil) != (c.wrong == "") || (err != nil && !strings.Contains(err.Error(), c.wrong)) {
				t.Errorf("%v", err)
			}
			if err != nil && fault.CodeOf(err) != fault.Usage && fault.CodeOf(err) != fault.Invalid {
				t.Errorf("the code is %s", fault.CodeOf(err))
			}
		})
	}
}

// A port that is taken is told, unless any other will do.
func TestPortTaken(t *testing.T) {
	first := serve(t, dbtest.URL(t, "sqlite"), nil)
	taken := strings.TrimPrefix(first.base, "http://")
	c := server.Defaults()
	c.Addr = taken
	if err := c.Run(t.Context(), dbtest.URL(t, "sqlite"), io.Discard, io.Discard); fault.RuleOf(err) != "cannot_listen" {
		t.Error(err)
	}
	second := serve(t, dbtest.URL(t, "sqlite"), func(c *server.Config) { c.Addr, c.AnyPort = taken, true })
	if code, _ := second.get(t, "/healthz"); code != 200 || second.base == first.base {
		t.Errorf("%d at %s", code, second.base)
	}
}

// What the gate refuses does not reach a door of the real server.
func TestRefusedAtTheGate(t *testing.T) {
	url := dbtest.URL(t, "sqlite")
	token := books(t, url)
	s := serve(t, url, nil)
	s.token = token
	for _, c := range []struct {
		name   string
		change func(*http.Request)
		status int
		rule   string
	}{
		{"ErrHost", func(r *http.Request) { r.Host = "evil.example" }, 421, "host"},
		{"ErrToken", func(r *http.Request) { r.URL.RawQuery = "access_token=" + token }, 400, "token_in_url"},
		{"ErrLarge", func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat(" ", 3<<20))), 3<<20
		}, 413, "body_too_large"},
		{"ErrLargeNotAnnounced", func(r *http.Request) {
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(strings.Repeat(" ", 3<<20))), -1
		}, 413, "body_too_large"},
		{"OKForgedAddressIsNoWayIn", func(r *http.Request) {
			r.Header.Set("X-Forwarded-For", "10.0.0.1")
			r.Header.Set("X-Forwarded-Host", "evil.example")
		}, 201, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+documents, strings.NewReader(document))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Content-Type", "application/json")
			c.change(r)
			resp, err := s.client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			var p struct {
				Status     int
				Code, Rule string
				RequestID  string `json:"request_id"`
			}
			if err := json.NewDecoder(resp.Body).Decode(&p); err != nil || resp.StatusCode != c.status || p.Rule != c.rule {
				t.Errorf("%d %+v, %v", resp.StatusCode, p, err)
			}
			if c.rule != "" && (p.Status != c.status || p.RequestID == "" || p.RequestID != resp.Header.Get("X-Request-Id")) {
				t.Errorf("the problem is %+v", p)
			}
		})
	}
}
