package web

import (
	"log/slog"
	"net/http"
	"time"

	"quittance/internal/app"
	"quittance/internal/gate"
	"quittance/internal/identity"
	"quittance/internal/web/static"
	"quittance/internal/work"
)

// Options are what the pages are told from outside.
type Options struct {
	Idle     time.Duration // a session without visits ends after it; 0 is an hour
	Lifetime time.Duration // any session ends after it; 0 is twelve hours
	Log      *slog.Logger  // nil: the default one
	OIDC     *OIDC         // people may also sign in by it; nil: by password only
	// Address gives the address of who asks, for counting failed sign-ins; nil: the other end of the connection.
	Address func(*http.Request) string
	// Worker says that this process posts the runs that are started (see package work), so that the pages leave it to that.
	Worker bool
	// Tasks do what takes longer than a page may; nil: tasks of the pages' own, which nobody waits for.
	Tasks *work.Tasks
	// Soon is how long a page waits for its task, so that one that ends meanwhile is shown without a page between; 0 is 700 ms.
	Soon time.Duration
	// Now is the clock of the sessions; nil: the real one.
	Now func() time.Time
}

// site is the pages over one door.
type site struct {
	app      *app.App
	o        Options
	mux      *http.ServeMux
	sessions *sessions
	provider *provider // nil: none
	tasks    *work.Tasks
	patterns []string // every address, for those who walk all of them
}

// Pages are the pages.
type Pages struct {
	http.Handler
	s *site
}

// New gives the pages.
func New(a *app.App, o Options) *Pages {
	s := newSite(a, o)
	return &Pages{s.guard(gate.Routes(s.mux)), s}
}

// Actor gives who is signed in by the session of a request that another door answers. A request that a page of another site made is
// nobody's; and it is no visit, so that the session ends as if it had not been.
func (p *Pages) Actor(r *http.Request) (actor identity.Actor, ok bool) {
	if crossOrigin.Check(r) != nil {
		return actor, false
	}
	ctx, err := p.s.sessions.load(r)
	if err != nil {
		return actor, false
	}
	u, err := p.s.app.InSession(ctx, p.s.sessions.scs.GetString(ctx, inUser), p.s.sessions.scs.GetString(ctx, inStamp))
	if err != nil {
		return actor, false
	}
	return u.Actor(), true
}

func newSite(a *app.App, o Options) *site {
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Address == nil {
		o.Address = peer
	}
	if o.Tasks == nil {
		o.Tasks = work.NewTasks(work.TasksOptions{})
	}
	if o.Soon == 0 {
		o.Soon = 700 * time.Millisecond
	}
	s := &site{app: a, o: o, mux: http.NewServeMux(), tasks: o.Tasks}
	s.sessions = newSessions(a.Sessions(), o)
	s.provider = newProvider(o.OIDC)
	s.routes()
	return s
}

// routes names every address, noun by noun.
func (s *site) routes() {
	s.mux.HandleFunc("GET /static/", static.Serve)
	s.routesAccount()
	s.routesOIDC()
	s.routesTokens()
	s.routesUsers()
	s.routesSearch()
	s.routesHome()
	s.routesCustomers()
	s.routesPayments()
	s.routesVendorPayments()
	s.routesBanks()
	s.routesUnclaimed()
	s.routesApprovals()
	s.routesPaymentSetup()
	s.routesDeductions()
	s.routesRuns()
	s.routesReimbursements()
	s.routesReports()
	s.routesRequests()
	s.routesStatus()
	s.routesImport()
	s.routesTasks()
	s.routesVouchers()
	s.routesBalances()
	s.routesTrace()
	s.routesPeriods()
	s.routesCompany()
	s.routesDeductionSetup()
	s.routesRemittances()
	s.routesDeductionFigures()
	s.routesMatches()
	s.routesTrail()
	s.routesIntegrations()
	s.open("/", func(v *visit) error { return v.notFound() })
}
