package report

import (
	"context"
	"slices"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/format/sheet"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/request"
)

// RequestFilter says of which requests the figures are.
type RequestFilter struct {
	From     civil.Date   `json:"from"` // the period, both ends in it, in days of UTC as everywhere; blank: the 90 days up to To
	To       civil.Date   `json:"to"`   // blank: today
	Kind     request.Kind `json:"kind,omitempty"`
	Currency string       `json:"currency"` // blank: the accounting currency; amounts of several are never added up
}

func (f *RequestFilter) complete(today civil.Date, currency string) error {
	if f.Kind != "" && !slices.Contains(request.Kinds(), f.Kind) {
		return request.NoKind(f.Kind)
	}
	of := Filter{From: f.From, To: f.To, Currency: f.Currency}
	err := of.complete(today, currency)
	f.From, f.To, f.Currency = of.From, of.To, of.Currency
	return err
}

// Timing says how long something took. A percentile is the shortest time within which that part of them was done: the nearest rank, so that
// it is always a time that was taken. Seconds are whole ones, rounded down.
type Timing struct {
	Number  int64 `json:"number"`
	Median  int64 `json:"median_seconds"`
	P90     int64 `json:"p90_seconds"`
	Mean    int64 `json:"mean_seconds"`
	Longest int64 `json:"longest_seconds"`
}

// timingOf sorts the times, which are microseconds, and tells of them.
func timingOf(times []int64) Timing {
	if len(times) == 0 {
		return Timing{}
	}
	slices.Sort(times)
	var mean, rest int64 // exact, without a sum that could be too large
	n := int64(len(times))
	for _, x := range times {
		mean, rest = mean+x/n, rest+x%n
		mean, rest = mean+rest/n, rest%n
	}
	const second = int64(time.Second / time.Microsecond)
	return Timing{n, times[rank(n, 50)] / second, times[rank(n, 90)] / second, mean / second, times[n-1] / second}
}

// rank gives the place of a percentile among n sorted values, from 0: the least of which so many percent are not above.
func rank(n, percent int64) int64 { return (n*percent+99)/100 - 1 }

// RequestOpen is how many requests are in a state since how long. They are those whose state is since a day of From to To.
type RequestOpen struct {
	State    request.State `json:"state"`
	Age      string        `json:"age"` // days in the state, such as 3-7
	From     civil.Date    `json:"from"`
	To       civil.Date    `json:"to"`
	Requests int64         `json:"requests"`
	Overdue  int64         `json:"overdue"` // of them
	Amount   string        `json:"amount"`
}

// RequestStay is how long requests were in a state: those that left it in the period, and apart from them those that are still in it.
type RequestStay struct {
	State request.State `json:"state"`
	Kind  request.Kind  `json:"kind"` // blank: all
	Left  Timing        `json:"left"`
	Still Timing        `json:"still"` // to now
}

// RequestApprover is what an approver decided in the period, and what waits for the approver now.
type RequestApprover struct {
	Approver string `json:"approver"` // a user, or role:ROLE: what waits for a role waits for each who has it
	Approved int64  `json:"approved"` // steps
	Rejected int64  `json:"rejected"`
	Returned int64  `json:"returned"`  // asked for more
	Deputy   int64  `json:"as_deputy"` // of these, for somebody else who had delegated it
	Time     Timing `json:"time"`      // from when the step was reached, or the answer to a question came, to the decision
	Waiting  int64  `json:"waiting"`   // requests
	Overdue  int64  `json:"overdue"`   // of them, those that were due before today
}

// RequestPolicy is what became of the requests that a version of a policy decided on: of each, its last decision in the period. A request that
// several policies decided on counts with each. What policies refuse is not handed in, and stays what it was.
type RequestPolicy struct {
	Policy     string `json:"policy"`
	Version    int    `json:"version"`
	Requests   int64  `json:"requests"`
	Automatic  int64  `json:"automatic"` // approved without a person
	Review     int64  `json:"review"`
	Blocked    int64  `json:"blocked"`    // refused, or documents were missing
	Overridden int64  `json:"overridden"` // the policy would have approved, and a person had to look all the same; in none of the others
	Rejected   int64  `json:"rejected"`   // of them all, those that a person rejected later
}

// RequestEnded is how many requests ended without being repaid in the period, and why.
type RequestEnded struct {
	State    request.State `json:"state"` // rejected, withdrawn, cancelled
	Reason   string        `json:"reason"`
	Others   int64         `json:"others,omitempty"` // how many rarer reasons the row stands for, which has none itself
	Requests int64         `json:"requests"`
	Amount   string        `json:"amount"`
}

// RequestService is how requests stood to the days by which they were to be paid, of those whose day is in the period. Each counts once.
type RequestService struct {
	Kind    request.Kind `json:"kind"`
	Clock   string       `json:"clock"` // service_level, or the jurisdiction whose law set the day
	Kept    int64        `json:"kept"`
	Late    int64        `json:"late"`
	Overdue int64        `json:"overdue"`
	Running int64        `json:"running"`
	Ended   int64        `json:"ended"`
	Percent string       `json:"percent"` // kept, of kept, late and overdue; blank when there are none
}

// RequestFlow is where the requests are now that were approved in the period, and are so still.
type RequestFlow struct {
	State    request.State `json:"state"`
	Requests int64         `json:"requests"`
	Amount   string        `json:"amount"`
}

// Requests are the figures of requests.
type Requests struct {
	Filter     RequestFilter     `json:"filter"`
	AsOf       string            `json:"as_of"`
	Currencies []string          `json:"currencies"` // of requests
	Open       []RequestOpen     `json:"open"`       // whatever the period
	Stays      []RequestStay     `json:"stays"`
	Approvers  []RequestApprover `json:"approvers"`
	Policies   []RequestPolicy   `json:"policies"`
	Ended      []RequestEnded    `json:"ended"`
	Service    []RequestService  `json:"service"`
	Flow       []RequestFlow     `json:"flow"`
	Failed     int64             `json:"failed"` // payments of requests that came back or failed in the period
}

// requestDesk is what all figures are read with.
type requestDesk struct {
	tx   *db.Tx
	c    *ledger.Company
	f    RequestFilter
	d    *Requests
	from int64 // first instant of the period
	end  int64 // first after it
}

// RequestsOf adds up the figures of requests, in the snapshot of tx.
func RequestsOf(ctx context.Context, tx *db.Tx, c *ledger.Company, f RequestFilter) (*Requests, error) {
	if err := f.complete(tx.Today(), c.Currency.Code); err != nil {
		return nil, err
	}
	m := &requestDesk{tx: tx, c: c, f: f, from: begin(f.From), end: end(f.To), d: &Requests{
		Filter: f, AsOf: tx.Now.Format(time.RFC3339), Currencies: []string{}, Open: []RequestOpen{}, Stays: []RequestStay{}, Approvers: []RequestApprover{}, Policies: []RequestPolicy{},
		Ended: []RequestEnded{}, Service: []RequestService{}, Flow: []RequestFlow{},
	}}
	for _, part := range []func(context.Context) error{m.currencies, m.open, m.stays, m.approvers, m.policies, m.ended, m.service, m.flow} {
		if err := part(ctx); err != nil {
			return nil, err
		}
	}
	return m.d, nil
}

// mine is the condition of the filter on requests r; its parameters are the first three of every statement.
const mine = " r.company = $1 and r.currency = $2 and ($3 = '' or r.kind = $3)"

func (m *requestDesk) args(more ...any) []any {
	return append([]any{m.tx.Company, m.f.Currency, string(m.f.Kind)}, more...)
}

func (m *requestDesk) show(a money.Amount) string { return show(m.f.Currency, a) }

func (m *requestDesk) currencies(ctx context.Context) (err error) {
	m.d.Currencies, err = db.List(ctx, m.tx, func(r *db.Rows, s *string) error { return r.Scan(s) }, "select distinct currency from request where company = $1 order by currency", m.tx.Company)
	if !slices.Contains(m.d.Currencies, m.f.Currency) {
		m.d.Currencies = append(m.d.Currencies, m.f.Currency)
		slices.Sort(m.d.Currencies)
	}
	return err
}

func percentOf(a, b int64) string { return quotient(money.Amount(a), 100, money.Amount(b)) }

// RequestFigureColumns are the columns of the figures as one list, for spreadsheet programs: a figure a row.
func RequestFigureColumns() []sheet.Column {
	return []sheet.Column{{Name: "section"}, {Name: "state"}, {Name: "kind"}, {Name: "name"}, {Name: "figure"}, {Name: "value", Number: true}, {Name: "currency"}, {Name: "from"}, {Name: "to"}}
}

// Rows gives the figures as rows of [RequestFigureColumns]. Times are in seconds.
func (d *Requests) Rows() (rows [][]string) {
	f := d.Filter
	add := func(section string, state request.State, kind request.Kind, name string, pairs ...string) {
		for i := 0; i+1 < len(pairs); i += 2 {
			rows = append(rows, []string{section, string(state), string(kind), name, pairs[i], pairs[i+1], f.Currency, f.From.String(), f.To.String()})
		}
	}
	for _, x := range d.Open {
		add("open", x.State, f.Kind, x.Age, "requests", number(x.Requests), "overdue", number(x.Overdue), "amount", x.Amount)
	}
	for _, x := range d.Stays {
		add("stays", x.State, x.Kind, "left", x.Left.pairs()...)
		add("stays", x.State, x.Kind, "still", x.Still.pairs()...)
	}
	for _, x := range d.Approvers {
		add("approvers", "", f.Kind, x.Approver, append([]string{"approved", number(x.Approved), "rejected", number(x.Rejected), "returned", number(x.Returned), "as_deputy", number(x.Deputy), "waiting", number(x.Waiting), "overdue", number(x.Overdue)}, x.Time.pairs()...)...)
	}
	for _, x := range d.Policies {
		add("policies", "", f.Kind, x.Policy+" "+digits(x.Version), "requests", number(x.Requests), "automatic", number(x.Automatic), "review", number(x.Review), "blocked", number(x.Blocked), "overridden", number(x.Overridden), "rejected", number(x.Rejected))
	}
	for _, x := range d.Ended {
		add("ended", x.State, f.Kind, x.Reason, "requests", number(x.Requests), "amount", x.Amount)
	}
	for _, x := range d.Service {
		add("service", "", x.Kind, x.Clock, "kept", number(x.Kept), "late", number(x.Late), "overdue", number(x.Overdue), "running", number(x.Running), "ended", number(x.Ended), "percent", x.Percent)
	}
	for _, x := range d.Flow {
		add("flow", x.State, f.Kind, "", "requests", number(x.Requests), "amount", x.Amount)
	}
	add("flow", "", f.Kind, "failed", "payments", number(d.Failed))
	return rows
}

// pairs are the names and values of a timing that has any.
func (t Timing) pairs() []string {
	if t.Number == 0 {
		return nil
	}
	return []string{"number", number(t.Number), "median_seconds", number(t.Median), "p90_seconds", number(t.P90), "mean_seconds", number(t.Mean), "longest_seconds", number(t.Longest)}
}
