// Package gate is what every HTTP request passes before a door opens: it knows nothing of accounting.
//
//   - A request gets an *id* (made here, or taken from a trusted proxy), which stands in the response, in the log and in its
//     context, and a *client*: the address that it comes from.
//   - A *trusted proxy* is a peer inside the ranges of [Options.Trusted]. Only from such a one is anything believed that a request
//     says of its own way here (X-Forwarded-For, X-Forwarded-Proto, Forwarded, X-Request-Id); of others these headers are taken off.
//   - A *slow* client is one that does not read or write at a lowest rate. It is cut off by deadlines that move on with its progress,
//     so that an event stream or a large download may take as long as it likes.
//   - A *stream* is a response of server-sent events. [Gate.EndStreams] ends all of them, so that the server can stop.
//
// Invariants: memory does not grow with the number of clients; the log and the metrics hold route patterns and ids only, never a path,
// a query, an address or a name; a panic of a door becomes an answer and a line in the log.
//
// Source: architecture, "Who acts"; RFC 7239 (Forwarded), RFC 9457 (problem details).
package gate

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"quittance/internal/fault"
)

// Options say what the gate lets through. The zero value lets everything through that is well formed.
type Options struct {
	Trusted   []netip.Prefix                    // ranges of the proxies in front
	Forwarded bool                              // the proxies write Forwarded (RFC 7239) instead of X-Forwarded-For and -Proto
	Hosts     []string                          // names that the Host header may have, without port; none: any
	AnyHost   func(*http.Request) bool          // requests whose Host header may have any name; may be nil
	Rate      float64                           // requests a second from one address; 0: any number. The machine itself has no limit
	Body      func(*http.Request) int64         // bytes that the body of the request may have; nil or 0: any number
	Grace     time.Duration                     // that a client may stand still in the middle of a request or an answer; 0: 20 seconds
	Secrets   []string                          // how texts begin that must never stand in an address, such as qtk_
	API       func(*http.Request) bool          // requests that are answered by problem details instead of a page
	Quiet     func(*http.Request) bool          // requests that are logged at level debug, such as probes; may be nil
	Page      func(http.ResponseWriter, Notice) // shows a refusal to a person; nil: as plain text
	Panicked  func(*http.Request, any)          // told of the panics of doors; may be nil
	Log       *slog.Logger                      // nil: slog's default
	Metrics   *Metrics                          // nil: none
}

// Notice is a refusal for a person to read.
type Notice struct {
	Status    int
	Title     string
	Text      string
	RequestID string
}

// Gate is an http.Handler in front of another one.
type Gate struct {
	o       Options
	next    http.Handler
	hosts   map[string]bool
	rates   *rates
	mu      sync.Mutex
	streams map[*passage]context.CancelFunc
	ended   bool
}

// New puts a gate in front of next.
func New(o Options, next http.Handler) *Gate {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Grace == 0 {
		o.Grace = grace
	}
	g := &Gate{o: o, next: next, hosts: map[string]bool{}, streams: map[*passage]context.CancelFunc{}}
	for _, h := range o.Hosts {
		g.hosts[strings.ToLower(h)] = true
	}
	if o.Rate > 0 {
		g.rates = newRates(o.Rate, addresses)
	}
	return g
}

// passage is one request on its way through. It lies in the request's context.
type passage struct {
	id     string
	client netip.Addr
	secure bool
	direct bool   // no proxy says that it handed the request on
	route  string // pattern, as the doors say
	user   int64
}

type passageKey struct{}

func passageOf(ctx context.Context) *passage {
	p, _ := ctx.Value(passageKey{}).(*passage)
	return p
}

// RequestID gives the id of the request, blank outside of one.
func RequestID(ctx context.Context) string {
	if p := passageOf(ctx); p != nil {
		return p.id
	}
	return ""
}

// Client gives the address of the client; it is not valid outside of a request.
func Client(ctx context.Context) netip.Addr {
	if p := passageOf(ctx); p != nil {
		return p.client
	}
	return netip.Addr{}
}

// Secure says whether the client's connection is encrypted, up to here or up to a trusted proxy.
func Secure(ctx context.Context) bool {
	p := passageOf(ctx)
	return p != nil && p.secure
}

// Direct says whether no proxy, trusted or not, says that it handed the request on.
func Direct(ctx context.Context) bool {
	p := passageOf(ctx)
	return p != nil && p.direct
}

// SetUser tells the log which user acts, by id.
func SetUser(ctx context.Context, id int64) {
	if p := passageOf(ctx); p != nil {
		p.user = id
	}
}

// Routes wraps a mux so that the gate learns the pattern of the route, also where something between them copies the request. Of several,
// one inside the other, the innermost says it.
func Routes(mux http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			if p := passageOf(r.Context()); p != nil && p.route == "" && r.Pattern != "" {
				p.route = r.Pattern
			}
		}()
		mux.ServeHTTP(w, r)
	})
}

// ServeHTTP lets a request through, or refuses it.
func (g *Gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := time.Now()
	p := g.arrive(r)
	ctx, cancel := context.WithCancel(context.WithValue(r.Context(), passageKey{}, p))
	defer cancel()
	r = r.WithContext(ctx)
	out := newWriter(w, r, g.o.Grace, func() { g.streaming(p, cancel) })
	g.headers(out.Header(), p)
	g.o.Metrics.begin()
	broken := false
	defer func() {
		if x := recover(); x != nil {
			broken = g.panicked(out, r, p, x)
		}
		g.leave(r, p, out, began)
		if broken {
			panic(http.ErrAbortHandler) // the response had begun: it must not look complete
		}
	}()
	body := g.limitBody(out, r)
	defer out.finish(body)
	if why, status, err := g.check(r, p); err != nil {
		g.o.Metrics.refuse(why)
		p.route = "refused: " + why
		g.answer(out, r, status, err)
		return
	}
	g.next.ServeHTTP(out, r)
}

// arrive finds out who asks, and takes off what only a trusted proxy may say.
func (g *Gate) arrive(r *http.Request) *passage {
	p := &passage{direct: true}
	peer := addrOf(r.RemoteAddr)
	p.client, p.secure = peer, r.TLS != nil
	if g.trusts(peer) {
		way := g.way(r)
		p.client = g.origin(peer, way.hops)
		p.secure = p.secure || strings.EqualFold(way.proto, "https")
		if id := r.Header.Get("X-Request-Id"); saneID(id) {
			p.id = id
		}
		if p.client != peer {
			r.RemoteAddr = netip.AddrPortFrom(p.client, 0).String()
		}
	}
	r.Header.Del("X-Request-Id")
	for _, h := range []string{"X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Port", "X-Real-Ip", "Forwarded"} {
		p.direct = p.direct && r.Header.Values(h) == nil
		r.Header.Del(h)
	}
	if p.id == "" {
		p.id = uuid.Must(uuid.NewV7()).String()
	}
	return p
}

// saneID says whether an id that a proxy made is one that we can put everywhere.
func saneID(id string) bool {
	if len(id) < 8 || len(id) > 64 {
		return false
	}
	for _, c := range id {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c != '-' && c != '_' && c != '.' {
			return false
		}
	}
	return true
}

// headers are those of every response. The policy on what a page may load is the door's.
func (g *Gate) headers(h http.Header, p *passage) {
	h.Set("X-Request-Id", p.id)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin") // with no-referrer browsers send "Origin: null", which is refused as cross-origin
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	if p.secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// check gives why a request is refused; a nil error lets it through.
func (g *Gate) check(r *http.Request, p *passage) (why string, status int, err *fault.Error) {
	if len(g.hosts) > 0 && !g.hosts[hostOf(r.Host)] && (g.o.AnyHost == nil || !g.o.AnyHost(r)) {
		return "host", http.StatusMisdirectedRequest, fault.New(fault.Invalid, "this server is not known by the name that was asked for; open it by its own, or let the operator add the name to --allowed-hosts").ByRule("host")
	}
	if g.rates != nil && !p.client.IsLoopback() {
		if wait := g.rates.take(p.client, time.Now()); wait > 0 {
			return "rate", http.StatusTooManyRequests, fault.New(fault.Limited, "too many requests come from your address; try again in a moment").ByRule("rate").Because(retryAfter(wait))
		}
	}
	if g.secretIn(r) {
		return "token_in_url", http.StatusBadRequest, fault.New(fault.Invalid, "a token must not stand in an address, where logs keep it: send it in the header Authorization, and revoke this one").ByRule("token_in_url")
	}
	if limit := g.limit(r); limit > 0 && r.ContentLength > limit {
		return "size", http.StatusRequestEntityTooLarge, tooLarge(limit)
	}
	return "", 0, nil
}

func tooLarge(limit int64) *fault.Error {
	return fault.New(fault.Limited, "the request is larger than the %d bytes that are taken here", limit).ByRule("body_too_large")
}

func (g *Gate) limit(r *http.Request) int64 {
	if g.o.Body == nil {
		return 0
	}
	return g.o.Body(r)
}

// secretIn says whether the address holds what must not stand there.
func (g *Gate) secretIn(r *http.Request) bool {
	for _, s := range g.o.Secrets {
		if strings.Contains(r.URL.Path, s) || strings.Contains(r.URL.RawQuery, s) {
			return true
		}
	}
	if r.URL.RawQuery == "" {
		return false
	}
	for name := range r.URL.Query() {
		switch strings.ToLower(name) {
		case "token", "access_token", "api_token", "api_key", "password":
			return true
		}
	}
	return false
}

// hostOf gives the name in a Host header.
func hostOf(host string) string {
	if i := strings.LastIndexByte(host, ':'); i >= 0 && !strings.HasSuffix(host, "]") {
		host = host[:i]
	}
	return strings.ToLower(strings.TrimSuffix(strings.Trim(host, "[]"), "."))
}

// panicked turns a panic of a door into an answer; true when it is too late for one.
func (g *Gate) panicked(out *writer, r *http.Request, p *passage, x any) bool {
	if err, ok := x.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		return true // the door's own way to break off
	}
	what := slog.String("type", typeName(x))
	if err, ok := x.(runtime.Error); ok { // others may quote what somebody typed
		what = slog.String("panic", err.Error())
	}
	g.o.Log.ErrorContext(r.Context(), "a door panicked", "id", p.id, "route", g.route(r, p), what, "stack", string(debug.Stack()))
	g.o.Metrics.panic()
	if g.o.Panicked != nil {
		g.o.Panicked(r, x)
	}
	if out.status != 0 {
		return true
	}
	for _, h := range []string{"Content-Length", "Content-Encoding", "Etag", "Last-Modified", "Cache-Control", "Set-Cookie", "Location"} {
		out.Header().Del(h)
	}
	g.answer(out, r, http.StatusInternalServerError, fault.New(fault.Internal, "a defect of the program stopped this request; what was not finished was not done. The operator finds more in the log under %s", p.id).ByRule("panic"))
	return false
}

func (g *Gate) route(r *http.Request, p *passage) string {
	switch {
	case p.route != "":
		return p.route
	case r.Pattern != "":
		return r.Pattern
	}
	return "none"
}

// leave counts a request and logs it.
func (g *Gate) leave(r *http.Request, p *passage, out *writer, began time.Time) {
	g.mu.Lock()
	delete(g.streams, p)
	g.mu.Unlock()
	took, status, route := time.Since(began), out.status, g.route(r, p)
	if status == 0 {
		status = http.StatusOK // as net/http answers for a door that says nothing
	}
	g.o.Metrics.end(route, r.Method, status, took)
	attrs := []slog.Attr{
		slog.String("id", p.id), slog.String("method", method(r.Method)), slog.String("route", route), slog.Int("status", status),
		slog.Int64("bytes", out.bytes), slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	if p.user != 0 {
		attrs = append(attrs, slog.Int64("user", p.user))
	}
	if span := trace.SpanFromContext(r.Context()); span.SpanContext().IsValid() {
		span.SetName(route)
		span.SetAttributes(attribute.String("http.route", route), attribute.String("quittance.request_id", p.id))
		attrs = append(attrs, slog.String("trace", span.SpanContext().TraceID().String()))
	}
	level := slog.LevelInfo
	if g.o.Quiet != nil && g.o.Quiet(r) {
		level = slog.LevelDebug
	}
	g.o.Log.LogAttrs(r.Context(), level, "request", attrs...)
}

// streaming notes a stream of events, which is ended when the server stops.
func (g *Gate) streaming(p *passage, cancel context.CancelFunc) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended {
		cancel()
		return
	}
	g.streams[p] = cancel
}

// EndStreams ends all streams of events, and those that begin later.
func (g *Gate) EndStreams() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.ended = true
	for _, cancel := range g.streams {
		cancel()
	}
}
