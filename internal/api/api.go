package api

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/time/rate"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/gate"
	"quittance/internal/identity"
)

// Options are the settings of the API. The zero value is good.
type Options struct {
	// Actor gives the person who is signed in by the request's session, if there is one. Who serves sessions protects them from
	// requests of other origins.
	Actor func(*http.Request) (identity.Actor, bool)

	MaxBody   int64      // bytes of a JSON body; 0: 1 MiB
	MaxImport int64      // bytes of an import; 0: 64 MiB
	Rate      rate.Limit // requests a second of one actor; 0: 6,000
	Version   string     // of the program, for the document; blank: development
}

// What a request may take, unless the options say otherwise.
const (
	maxBody       = 1 << 20
	maxImport     = 64 << 20
	actorRate     = 6000 // requests a second
	importsAtOnce = 2
	streamsOfOne  = 20 // event streams of one actor at once
)

func (o Options) orDefaults() Options {
	if o.MaxBody == 0 {
		o.MaxBody = maxBody
	}
	if o.MaxImport == 0 {
		o.MaxImport = maxImport
	}
	if o.Rate == 0 {
		o.Rate = actorRate
	}
	if o.Version == "" {
		o.Version = "development"
	}
	return o
}

// door is the API of one program.
type door struct {
	app     *app.App
	o       Options
	api     huma.API
	mux     *http.ServeMux
	routes  http.Handler // mux, for the gate
	bearers bearers
	rates   rates
	streams counts
	imports chan struct{}
	locks   locks
}

// New makes the API: /api/v1, and its description at /api/openapi.json, /api/openapi-3.0.json and /api/docs.
func New(a *app.App, o Options) http.Handler {
	d := &door{app: a, o: o.orDefaults(), mux: http.NewServeMux(), imports: make(chan struct{}, importsAtOnce)}
	d.routes = gate.Routes(d.mux)
	d.rates.limit = d.o.Rate
	d.api = document(d.mux, d.o)
	for _, register := range []func(*door){
		companies, setup, periods, parties, openItems, settlements, marks, vouchers, documents, runs, runEvents, reimbursements, deductions,
		accounts, controls, imports, exports, reports, remittances, payouts, banks, unclaimedProperty, requests, approvals, policies, outboxOperations, scheduleOperations, verification, trail, looks, users, tokens, me,
		deductionSetup, payments,
		deductionMatches, deductionFigures,
	} {
		register(d)
	}
	return d.describe()
}

// visit is one request on its way.
type visit struct {
	id    string
	actor identity.Actor
	r     *http.Request
	w     http.ResponseWriter
}

type visitKey struct{}

func visitOf(ctx context.Context) *visit {
	v, _ := ctx.Value(visitKey{}).(*visit)
	return v
}

// call gives the call on a company on behalf of who sent the request.
func (d *door) call(ctx context.Context, company, key string) app.Call {
	return app.Call{Actor: visitOf(ctx).actor, Company: company, Key: key}
}

// ServeHTTP serves /api/v1.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := &visit{w: w, id: gate.RequestID(r.Context())}
	if v.id == "" {
		v.id = rand.Text()
	}
	h := w.Header()
	h.Set("X-Request-Id", v.id)
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if p := d.admit(r, v); p != nil {
		p.write(w, r)
		return
	}
	r = r.WithContext(context.WithValue(r.Context(), visitKey{}, v))
	v.r = r
	d.routes.ServeHTTP(writer{w}, r)
}

// admit finds out who sent the request, and refuses what no operation needs to see.
func (d *door) admit(r *http.Request, v *visit) *Problem {
	if p := wellFormed(r.URL); p != nil {
		return p.of(v)
	}
	actor, err := d.who(r)
	if err == nil {
		v.actor = actor
		err = d.rates.take(actor.Name)
	}
	if err != nil {
		return problemOf(v, err)
	}
	if _, pattern := d.mux.Handler(r); pattern == "" {
		return d.noOperation(r).of(v)
	}
	return nil
}

// noOperation says why no operation matches the request.
func (d *door) noOperation(r *http.Request) *Problem {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
		other := r.Clone(r.Context())
		other.Method = method
		if _, pattern := d.mux.Handler(other); pattern != "" {
			allowed = append(allowed, method)
		}
	}
	if allowed == nil {
		return newProblem(fault.New(fault.NotFound, "there is nothing at %s; /api/docs lists what there is", r.URL.Path).ByRule("no_such_path"))
	}
	p := newProblem(fault.New(fault.Usage, "%s does not go with %s; allowed is %s", r.Method, r.URL.Path, strings.Join(allowed, ", ")).ByRule("method_not_allowed"))
	p.Status = http.StatusMethodNotAllowed
	p.headers.Set("Allow", strings.Join(allowed, ", "))
	return p
}

// secretNames are parameters by which programs send secrets; what stands in an address stands in logs.
var secretNames = []string{"token", "access_token", "api_key", "apikey", "authorization", "password"}

// wellFormed refuses an address that holds a secret, or what is no text.
func wellFormed(u *url.URL) *Problem {
	if !cleanText(u.Path) {
		return newProblem(fault.New(fault.Usage, "the address holds bytes that are no text").ByRule("malformed"))
	}
	if u.RawQuery == "" {
		return nil
	}
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return newProblem(fault.New(fault.Usage, "the parameters of the address are not well formed: %v", err).ByRule("malformed"))
	}
	for name, values := range query {
		for _, secret := range secretNames {
			if strings.EqualFold(name, secret) {
				return newProblem(fault.New(fault.Usage, "a token does not belong into an address, where logs keep it; send it in the header Authorization, and revoke this one").ByRule("token_in_url").In(secret))
			}
		}
		for _, value := range values {
			if !cleanText(value) || !cleanText(name) {
				return newProblem(fault.New(fault.Usage, "a parameter of the address holds bytes that are no text").ByRule("malformed"))
			}
		}
		if len(values) > 1 {
			return newProblem(fault.New(fault.Usage, "the parameter %q comes %d times; it may come once", name, len(values)).ByRule("malformed").In(name))
		}
	}
	return nil
}

// writer hides from the framework that reading has a deadline, which is for the server to set.
type writer struct{ http.ResponseWriter }

// SetReadDeadline does nothing.
func (writer) SetReadDeadline(time.Time) error { return http.ErrNotSupported }

// Unwrap gives the writer underneath to [http.ResponseController].
func (w writer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
