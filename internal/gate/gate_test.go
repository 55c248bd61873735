package gate_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"quittance/internal/gate"
)

func prefixes(texts ...string) (all []netip.Prefix) {
	for _, t := range texts {
		all = append(all, netip.MustParsePrefix(t))
	}
	return all
}

// ask sends a request through a gate and gives the answer, and what the door saw.
func ask(t *testing.T, o gate.Options, change func(*http.Request)) (*httptest.ResponseRecorder, seen) {
	t.Helper()
	var s seen
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	g := gate.New(o, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s = seen{true, gate.Client(r.Context()).String(), gate.Secure(r.Context()), gate.Direct(r.Context()), gate.RequestID(r.Context()), r.RemoteAddr, r.Header}
		io.WriteString(w, "in")
	}))
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	return w, s
}

type seen struct {
	in             bool
	client         string
	secure, direct bool
	id, remote     string
	header         http.Header
}

func TestClient(t *testing.T) {
	trusted := prefixes("10.0.0.0/8", "127.0.0.1/32", "2001:db8:1::/48")
	for _, c := range []struct {
		name, peer string
		headers    []string
		forwarded  bool
		client     string
		secure     bool
	}{
		{"no proxy", "203.0.113.7:1", nil, false, "203.0.113.7", false},
		{"a stranger says whatever", "203.0.113.7:1", []string{"X-Forwarded-For: 127.0.0.1", "X-Forwarded-Proto: https", "X-Real-Ip: 127.0.0.1"}, false, "203.0.113.7", false},
		{"a stranger says whatever, by Forwarded", "203.0.113.7:1", []string{"Forwarded: for=127.0.0.1;proto=https"}, true, "203.0.113.7", false},
		{"one proxy", "10.0.0.1:1", []string{"X-Forwarded-For: 198.51.100.4", "X-Forwarded-Proto: https"}, false, "198.51.100.4", true},
		{"a client makes up a hop", "10.0.0.1:1", []string{"X-Forwarded-For: 127.0.0.1, 198.51.100.4"}, false, "198.51.100.4", false},
		{"a client makes up a line", "10.0.0.1:1", []string{"X-Forwarded-For: 127.0.0.1", "X-Forwarded-For: 198.51.100.4"}, false, "198.51.100.4", false},
		{"two proxies", "10.0.0.1:1", []string{"X-Forwarded-For: 1.2.3.4, 198.51.100.4, 10.9.9.9"}, false, "198.51.100.4", false},
		{"a hop that is no address", "10.0.0.1:1", []string{"X-Forwarded-For: 198.51.100.4, unknown, 10.9.9.9"}, false, "10.9.9.9", false},
		{"an empty header", "10.0.0.1:1", []string{"X-Forwarded-For: "}, false, "10.0.0.1", false},
		{"proxies only", "10.0.0.1:1", []string{"X-Forwarded-For: 10.2.2.2, 10.3.3.3"}, false, "10.2.2.2", false},
		{"with a port", "10.0.0.1:1", []string{"X-Forwarded-For: 198.51.100.4:5555"}, false, "198.51.100.4", false},
		{"IPv6", "[2001:db8:1::9]:1", []string{"X-Forwarded-For: 2001:db8:2::1"}, false, "2001:db8:2::1", false},
		{"IPv6 with a port", "10.0.0.1:1", []string{"X-Forwarded-For: [2001:db8:2::1]:443"}, false, "2001:db8:2::1", false},
		{"mapped peer", "[::ffff:10.0.0.1]:1", []string{"X-Forwarded-For: ::ffff:198.51.100.4"}, false, "198.51.100.4", false},
		{"the other header is nobody's", "10.0.0.1:1", []string{"Forwarded: for=127.0.0.1;proto=https", "X-Forwarded-For: 198.51.100.4"}, false, "198.51.100.4", false},
		{"the other header is nobody's, by Forwarded", "10.0.0.1:1", []string{"X-Forwarded-For: 127.0.0.1", "Forwarded: for=198.51.100.4"}, true, "198.51.100.4", false},
		{"Forwarded", "10.0.0.1:1", []string{`Forwarded: for="[2001:db8:2::1]:4711";proto=https;by=10.0.0.1`}, true, "2001:db8:2::1", true},
		{"Forwarded, many", "10.0.0.1:1", []string{`Forwarded: for=127.0.0.1, for="198.51.100.4";host="a,b;for=1.1.1.1"`, `Forwarded: for=10.7.7.7;proto=https`}, true, "198.51.100.4", true},
		{"Forwarded, hidden", "10.0.0.1:1", []string{"Forwarded: for=198.51.100.4, for=_hidden"}, true, "10.0.0.1", false},
		{"Forwarded, a quoted comma", "10.0.0.1:1", []string{`Forwarded: for=198.51.100.4;by="x\", for=127.0.0.1"`}, true, "198.51.100.4", false},
		{"the last word on the protocol", "10.0.0.1:1", []string{"X-Forwarded-For: 198.51.100.4", "X-Forwarded-Proto: https, http"}, false, "198.51.100.4", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, s := ask(t, gate.Options{Trusted: trusted, Forwarded: c.forwarded}, func(r *http.Request) {
				r.RemoteAddr = c.peer
				for _, h := range c.headers {
					name, value, _ := strings.Cut(h, ": ")
					r.Header.Add(name, value)
				}
			})
			if s.client != c.client || s.secure != c.secure || s.direct != (len(c.headers) == 0) {
				t.Errorf("the client is %s, secure %v, direct %v; want %s, %v", s.client, s.secure, s.direct, c.client, c.secure)
			}
			if addr, err := netip.ParseAddrPort(s.remote); err != nil || addr.Addr().Unmap().String() != c.client {
				t.Errorf("RemoteAddr is %s", s.remote)
			}
			for _, h := range []string{"X-Forwarded-For", "Forwarded", "X-Real-Ip", "X-Forwarded-Proto", "X-Forwarded-Host"} {
				if s.header.Values(h) != nil {
					t.Errorf("the door sees %s", h)
				}
			}
			if hsts := w.Header().Get("Strict-Transport-Security"); (hsts != "") != c.secure {
				t.Errorf("Strict-Transport-Security is %q", hsts)
			}
		})
	}
}

func TestRequestID(t *testing.T) {
	for _, c := range []struct {
		name, peer, id string
		kept           bool
	}{
		{"of a trusted proxy", "10.0.0.1:1", "abc-123_X.y", true},
		{"of a stranger", "203.0.113.7:1", "abc-123_X.y", false},
		{"too short", "10.0.0.1:1", "x", false},
		{"too long", "10.0.0.1:1", strings.Repeat("x", 65), false},
		{"with a line break", "10.0.0.1:1", "abcdefgh\nfake=1", false},
		{"none", "10.0.0.1:1", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, s := ask(t, gate.Options{Trusted: prefixes("10.0.0.0/8")}, func(r *http.Request) {
				r.RemoteAddr = c.peer
				r.Header["X-Request-Id"] = []string{c.id}
			})
			if got := w.Header().Get("X-Request-Id"); (got == c.id) != c.kept || got != s.id || got == "" {
				t.Errorf("the id is %q, in the context %q", got, s.id)
			}
		})
	}
}

func TestHost(t *testing.T) {
	o := gate.Options{Hosts: []string{"Books.Example", "127.0.0.1", "::1"}, AnyHost: func(r *http.Request) bool { return r.URL.Path == "/healthz" }}
	for _, c := range []struct {
		host, path string
		in         bool
	}{
		{"books.example", "/", true},
		{"BOOKS.example:8080", "/", true},
		{"books.example.", "/", true},
		{"127.0.0.1:8080", "/", true},
		{"[::1]:8080", "/", true},
		{"[::1]", "/", true},
		{"evil.example", "/", false},
		{"books.example.evil.example", "/", false},
		{"", "/", false},
		{"evil.example", "/healthz", true},
	} {
		w, s := ask(t, o, func(r *http.Request) { r.Host, r.URL.Path = c.host, c.path })
		if s.in != c.in || (!c.in && w.Code != http.StatusMisdirectedRequest) {
			t.Errorf("%q %s: in %v, status %d", c.host, c.path, s.in, w.Code)
		}
	}
}

func TestTokenInURL(t *testing.T) {
	o := gate.Options{Secrets: []string{"qtk_"}}
	for url, in := range map[string]bool{
		"/?q=token": true, "/?code=abc&state=x": true, "/tokens": true,
		"/?token=x": false, "/?Access_Token=x": false, "/?a=1&api_key=": false, "/?q=qtk_abc": false, "/x/qtk_abc": false, "/?password=x": false,
	} {
		w, s := ask(t, o, func(r *http.Request) { *r = *httptest.NewRequest(http.MethodGet, url, nil) })
		if s.in != in || (!in && (w.Code != http.StatusBadRequest || strings.Contains(w.Body.String(), "qtk_"))) {
			t.Errorf("%s: in %v, %d %s", url, s.in, w.Code, w.Body)
		}
	}
}

func TestHeaders(t *testing.T) {
	w, _ := ask(t, gate.Options{}, nil)
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if w.Header().Get("Permissions-Policy") == "" {
		t.Error("there is no Permissions-Policy")
	}
}

func TestPanic(t *testing.T) {
	api := func(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }
	door := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Set-Cookie", "a=b")
		switch r.URL.Path {
		case "/late":
			io.WriteString(w, "half")
		case "/abort":
			panic(http.ErrAbortHandler)
		case "/index":
			_ = []int{}[len(r.URL.Path)]
		}
		panic(fmt.Sprintf("Ann Lee, DE02120300000000202051, %d", 7))
	})
	var told []any
	var log bytes.Buffer
	reg := prometheus.NewRegistry()
	g := gate.New(gate.Options{API: api, Panicked: func(_ *http.Request, x any) { told = append(told, x) }, Log: slog.New(slog.NewJSONHandler(&log, nil)), Metrics: gate.NewMetrics(reg)}, door)
	get := func(path string) (w *httptest.ResponseRecorder, thrown any) {
		defer func() { thrown = recover() }()
		w = httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		return w, nil
	}
	t.Run("ProblemForPrograms", func(t *testing.T) {
		w, thrown := get("/api/x")
		var p gate.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || thrown != nil {
			t.Fatal(err, thrown)
		}
		if w.Code != 500 || p.Status != 500 || p.Code != "internal" || p.Rule != "panic" || p.RequestID != w.Header().Get("X-Request-Id") || w.Header().Get("Content-Type") != "application/problem+json" || w.Header().Get("Set-Cookie") != "" {
			t.Errorf("%d %+v %v", w.Code, p, w.Header())
		}
	})
	t.Run("TextForPeople", func(t *testing.T) {
		w, thrown := get("/x")
		if w.Code != 500 || thrown != nil || !strings.Contains(w.Body.String(), w.Header().Get("X-Request-Id")) {
			t.Errorf("%d %s, %v", w.Code, w.Body, thrown)
		}
	})
	t.Run("TooLateBreaksOff", func(t *testing.T) {
		if _, thrown := get("/late"); thrown != any(http.ErrAbortHandler) {
			t.Errorf("thrown is %v", thrown)
		}
	})
	t.Run("AbortIsNoDefect", func(t *testing.T) {
		n := len(told)
		if _, thrown := get("/abort"); thrown != any(http.ErrAbortHandler) || len(told) != n {
			t.Errorf("thrown is %v, told %v", thrown, told)
		}
	})
	t.Run("RuntimeErrorIsLogged", func(t *testing.T) {
		get("/index")
		if !strings.Contains(log.String(), "index out of range") {
			t.Error(log.String())
		}
	})
	if strings.Contains(log.String(), "Ann Lee") || strings.Contains(log.String(), "DE02") {
		t.Errorf("the log tells what somebody typed: %s", log.String())
	}
	if n, err := testutil.GatherAndCount(reg, "quittance_http_panics_total"); err != nil || n != 1 || len(told) != 4 {
		t.Errorf("%d, %v, told %d times", n, err, len(told))
	}
}

func TestLogAndMetrics(t *testing.T) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /customers/{code}", func(w http.ResponseWriter, r *http.Request) {
		gate.SetUser(r.Context(), 42)
		w.WriteHeader(http.StatusTeapot)
		io.WriteString(w, "short and stout")
	})
	copies := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // as sessions do
		gate.Routes(mux).ServeHTTP(w, r.Clone(r.Context()))
	})
	var log bytes.Buffer
	reg := prometheus.NewRegistry()
	g := gate.New(gate.Options{Log: slog.New(slog.NewJSONHandler(&log, nil)), Metrics: gate.NewMetrics(reg), Quiet: func(r *http.Request) bool { return r.URL.Path == "/healthz" }}, copies)
	r := httptest.NewRequest(http.MethodGet, "/customers/ann.lee@example.com?q=DE02120300000000202051", nil)
	r.Header.Set("User-Agent", "Ann's browser")
	r.Header.Set("Referer", "https://elsewhere.example/ann")
	g.ServeHTTP(httptest.NewRecorder(), r)
	g.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("SECRETVERB", "/nowhere/ann", nil))
	g.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/healthz", nil))
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("the log is %s", log.String())
	}
	var line struct {
		Msg, ID, Method, Route string
		Status, Bytes, User    int
	}
	if err := json.Unmarshal([]byte(lines[0]), &line); err != nil {
		t.Fatal(err)
	}
	if line.Msg != "request" || line.Method != "GET" || line.Route != "GET /customers/{code}" || line.Status != 418 || line.Bytes != 15 || line.User != 42 || line.ID == "" {
		t.Errorf("%+v", line)
	}
	for _, personal := range []string{"ann", "Ann", "DE02", "192.0.2.1", "SECRETVERB", "elsewhere"} {
		if strings.Contains(log.String(), personal) {
			t.Errorf("the log has %q: %s", personal, log.String())
		}
	}
	want := `
# HELP quittance_http_requests_total Requests answered, by route, method and class of status.
# TYPE quittance_http_requests_total counter
quittance_http_requests_total{class="4xx",method="GET",route="GET /customers/{code}"} 1
quittance_http_requests_total{class="4xx",method="GET",route="none"} 1
quittance_http_requests_total{class="4xx",method="other",route="none"} 1
`
	if err := testutil.GatherAndCompare(reg, strings.NewReader(want), "quittance_http_requests_total"); err != nil {
		t.Error(err)
	}
}

func TestBodyTooLarge(t *testing.T) {
	var read int64
	var failed error
	g := gate.New(gate.Options{Log: slog.New(slog.DiscardHandler), Body: func(*http.Request) int64 { return 100 }, API: func(*http.Request) bool { return true }}, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		read, failed = io.Copy(io.Discard, r.Body)
	}))
	t.Run("Announced", func(t *testing.T) {
		read = -1
		w := httptest.NewRecorder()
		g.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", 101))))
		if w.Code != http.StatusRequestEntityTooLarge || read != -1 || !strings.Contains(w.Body.String(), `"rule":"body_too_large"`) {
			t.Errorf("%d %s, read %d", w.Code, w.Body, read)
		}
	})
	t.Run("NotAnnounced", func(t *testing.T) {
		r := httptest.NewRequest(http.MethodPost, "/", io.MultiReader(strings.NewReader(strings.Repeat("x", 101))))
		r.ContentLength = -1
		g.ServeHTTP(httptest.NewRecorder(), r)
		var tooLarge *http.MaxBytesError
		if read != 100 || !errors.As(failed, &tooLarge) {
			t.Errorf("read %d, %v", read, failed)
		}
	})
	t.Run("OK", func(t *testing.T) {
		g.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", strings.NewReader(strings.Repeat("x", 100))))
		if read != 100 || failed != nil {
			t.Errorf("read %d, %v", read, failed)
		}
	})
}

func TestRate(t *testing.T) {
	in := 0
	g := gate.New(gate.Options{Rate: 5, Log: slog.New(slog.DiscardHandler)}, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { in++ }))
	burst := func(addr string, n int) (refused int) {
		for range n {
			r := httptest.NewRequest(http.MethodGet, "/", nil)
			r.RemoteAddr = addr
			w := httptest.NewRecorder()
			g.ServeHTTP(w, r)
			if w.Code == http.StatusTooManyRequests {
				refused++
				if w.Header().Get("Retry-After") != "1" {
					t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
				}
			}
		}
		return refused
	}
	for _, c := range []struct {
		name, addr string
		n          int
		most       int // refused
		least      int
	}{
		{"the burst is let in", "203.0.113.7:1", 20, 0, 0},
		{"then it is refused", "203.0.113.7:2", 20, 20, 19},
		{"another address is not held up", "203.0.113.8:1", 20, 0, 0},
		{"one network of IPv6 is one", "[2001:db8::1]:1", 20, 0, 0},
		{"whatever address it takes", "[2001:db8::ffff:2]:1", 20, 20, 19},
		{"the machine itself has no limit", "127.0.0.1:1", 200, 0, 0},
	} {
		if n := burst(c.addr, c.n); n > c.most || n < c.least {
			t.Errorf("%s: %d of %d refused", c.name, n, c.n)
		}
	}
}
