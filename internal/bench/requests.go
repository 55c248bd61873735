package bench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"quittance/internal/app"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/report"
	"quittance/internal/request"
	"quittance/internal/secret"
)

// RequestOptions say how many past requests are made and measured.
type RequestOptions struct {
	Requests  int
	Customers int
	Seed      uint64
	Repeat    int // how often each page is looked at
}

// RequestDesk is what [Requests] measured.
type RequestDesk struct {
	Database  string   `json:"database"`
	Requests  int64    `json:"requests"`
	Decisions int64    `json:"decisions"` // of policies, that were simulated
	Otherwise int64    `json:"otherwise"` // of them, that the changed policy decides otherwise
	Simulate  float64  `json:"simulate_seconds"`
	Floor     float64  `json:"floor_seconds"` // reading the same decisions
	Ratio     float64  `json:"ratio"`
	Results   []Looked `json:"results"`
	Machine   Machine  `json:"machine"`
	Versions  Versions `json:"versions"`
}

const (
	requestSeeds = 500 // requests that are made one by one; the others are copies of them on other days
	requestDays  = 360 // over which they are spread
)

// What the policy said when the requests came, and what it is to say.
const (
	policyThen = "refuse \"the customer owes us\" when open_debits > 1000\nminimum 5\nroute DESK\napprove when amount <= 10 && payee_total_365 <= 200.00\n"
	policyNow  = "refuse \"the customer owes us\" when open_debits > 100\nreview \"the bank details are new\" when days_since_bank_change >= 0 && days_since_bank_change < 10\n" +
		"minimum 10\nmaximum 5000.00 when type != \"deposit\"\nroute DESK\napprove when amount <= 20 && payee_total_365 <= 500.00 && duplicates == 0\n"
)

// Requests makes a company with past requests of all states over a year, and measures a changed policy over all of them and what people look
// at. The database must hold no company.
func Requests(ctx context.Context, url string, o RequestOptions, tell Tell) (r *RequestDesk, err error) {
	if o.Requests < 10 || o.Customers < 1 || o.Repeat < 1 {
		return nil, fault.New(fault.Usage, "%d requests of %d customers, looked at %d times, measure nothing; take 10 requests, a customer and a look at least", o.Requests, o.Customers, o.Repeat).In("requests")
	}
	keys, err := keyring(url)
	if err != nil {
		return nil, err
	}
	if _, err := Generate(ctx, url, GenerateOptions{Customers: o.Customers, Seed: o.Seed, Mix: Yardstick}, tell); err != nil {
		return nil, err
	}
	opened, err := db.Open(ctx, url)
	if err != nil {
		return nil, err
	}
	d := &requestDesk{a: app.New(opened, keys, func() time.Time { return made.Add(20 * time.Hour) }), url: url, o: o, tell: tell}
	err = errors.Join(d.ask(ctx), d.a.Close())
	if err == nil {
		err = d.copy(ctx)
	}
	if err != nil {
		return nil, err
	}
	r = &RequestDesk{Machine: thisMachine()}
	if r.Versions, err = versionsOf(ctx, url); err != nil {
		return nil, err
	}
	r.Database = r.Versions.Database
	return r, d.measure(ctx, keys, r)
}

type requestDesk struct {
	a    *app.App
	url  string
	o    RequestOptions
	tell Tell
}

// Approval is for people: the operator neither asks for it nor gives it.
var (
	asker   = app.Call{Actor: identity.Actor{Name: "clerk", Roles: []identity.Role{identity.Clerk}}, Company: Company}
	decider = app.Call{Actor: identity.Actor{Name: "approver", Roles: []identity.Role{identity.Approver}}, Company: Company}
)

// ask makes the first requests, one a customer's credit, as people do.
func (d *requestDesk) ask(ctx context.Context) error {
	n := min(d.o.Requests, requestSeeds)
	d.tell.say("asking for %d reimbursements", n)
	if _, err := d.a.SavePolicy(ctx, setter, app.PolicySaving{Policy: "REFUNDS", Kind: "request", Rules: policyThen, Why: "benchmark"}); err != nil {
		return err
	}
	if _, err := d.a.SaveApprovalRule(ctx, setter, app.ApprovalRule{Rule: "DESK", Kind: "request", Steps: []app.ApprovalRuleStep{{Approvers: []string{"role:approver"}}}, Why: "benchmark"}); err != nil {
		return err
	}
	s, err := openStore(ctx, d.url)
	if err != nil {
		return err
	}
	var entries []app.RequestEntry
	kinds := request.Kinds()
	err = s.each(ctx, fmt.Sprintf("select c.code, o.number, -o.open from open_item o join customer c on c.company = o.company and c.id = o.party where o.side = 1 and o.open < 0 order by o.party, o.voucher limit %d", n), func(c []string) error {
		x := diceOf(d.o.Seed, len(entries))
		amount := 500 + int64(x.below(int(cellInt(c[2]))))
		entries = append(entries, app.RequestEntry{
			Customer: c[0], Kind: kinds[len(entries)%len(kinds)], Reason: "benchmark", Source: fmt.Sprintf("T-%d", len(entries)),
			Credits: []app.RequestCredit{{Credit: c[1], Amount: fmt.Sprintf("%d.%02d", min(amount, cellInt(c[2]))/100, min(amount, cellInt(c[2]))%100)}},
		})
		return nil
	})
	if err := errors.Join(err, s.close()); err != nil {
		return err
	}
	for i, e := range entries {
		if err := d.askOne(ctx, i, e); err != nil {
			return err
		}
	}
	return nil
}

// askOne makes a request and decides it: half are approved, where they are not so by themselves, the others rejected, withdrawn, on hold, or
// in review.
func (d *requestDesk) askOne(ctx context.Context, i int, e app.RequestEntry) error {
	v, err := d.a.CreateRequest(ctx, asker, e, true)
	if err != nil || v.State != request.InReview {
		return err
	}
	switch i % 10 {
	case 0, 1:
		_, err = d.a.RejectRequest(ctx, decider, v.Request, []string{"not eligible", "already repaid"}[i%2])
	case 2:
		_, err = d.a.WithdrawRequest(ctx, asker, v.Request, "asked twice")
	case 3:
		_, err = d.a.HoldRequest(ctx, asker, v.Request, "a call is awaited")
	case 4:
	default:
		_, err = d.a.ApproveRequest(ctx, decider, v.Request, v.Version, app.RequestDecision{Debits: true})
	}
	return err
}

// copy copies the requests, with all that is kept of them, to other days of the year before.
func (d *requestDesk) copy(ctx context.Context) error {
	d.tell.say("copying them to %d", d.o.Requests)
	s, err := openStore(ctx, d.url)
	if err != nil {
		return err
	}
	defer s.close()
	postgres := isPostgres(d.url)
	last, err := number(ctx, s, "select max(id) from (select max(id) as id from request union all select max(id) from policy_decision union all select max(id) from approval) x")
	if err != nil {
		return err
	}
	asked, err := number(ctx, s, "select count(*) from request")
	if err != nil {
		return err
	}
	copies := max(0, (int64(d.o.Requests)+asked-1)/asked-1)
	span := last + 1
	const id = "%s + k.i * {span}"
	back := fmt.Sprintf("case when %%s = 0 then 0 else %%[1]s - k.i * %d end", int64(requestDays*24*time.Hour/time.Microsecond)/max(1, copies))
	before, after := bulk(postgres, (copies+1)*span)
	if err := all(ctx, s, before...); err != nil {
		return err
	}
	for _, t := range []struct {
		table string
		other map[string]string // columns that differ between copies
	}{
		{"request", map[string]string{"id": id, "code": "%s || '-' || k.i", "source": "%s || '-' || k.i", "created_at": back, "submitted_at": back, "since": back, "approved_at": back}},
		{"request_credit", map[string]string{"request": id}},
		{"request_event", map[string]string{"request": id, "at": back}},
		{"policy_decision", map[string]string{"id": id, "subject": id, "name": "%s || '-' || k.i", "at": back}},
		{"approval", map[string]string{"id": id, "n": fmt.Sprintf("%%s + k.i * %d", asked), "subject": id, "name": "%s || '-' || k.i", "decision": id, "submitted_at": back, "ended_at": back}},
		{"approval_step", map[string]string{"approval": id, "started_at": back, "remind_at": back, "escalate_at": back, "reminded_at": back}},
		{"approval_approver", map[string]string{"approval": id}},
		{"approval_payee", map[string]string{"approval": id}},
		{"approval_event", map[string]string{"approval": id, "at": back}},
	} {
		if err := copyRows(ctx, s, postgres, t.table, t.other, span, copies); err != nil {
			return err
		}
	}
	after = append(after, fmt.Sprintf("update approval_number set last = %d", (copies+1)*asked))
	if postgres {
		return all(ctx, s, append(after, "vacuum analyze")...)
	}
	return all(ctx, s, append(after, "analyze", "pragma wal_checkpoint(truncate)")...)
}

// copyRows adds copies of the rows of a table. Columns that differ are written as what they are of, %s, and k.i, the number of the copy.
func copyRows(ctx context.Context, s store, postgres bool, table string, other map[string]string, span, copies int64) error {
	columns := "select name from pragma_table_info('" + table + "') order by cid"
	if postgres {
		columns = "select attname from pg_attribute where attrelid = '" + table + "'::regclass and attnum > 0 and not attisdropped order by attnum"
	}
	var names, values []string
	err := s.each(ctx, columns, func(c []string) error {
		value := "t." + c[0]
		if how := other[c[0]]; how != "" {
			value = strings.ReplaceAll(fmt.Sprintf(how, value), "{span}", fmt.Sprint(span))
		}
		names, values = append(names, c[0]), append(values, value)
		return nil
	})
	if err != nil {
		return err
	}
	return all(ctx, s, fmt.Sprintf("with recursive k(i) as (select 1 where %d > 0 union all select i + 1 from k where i < %[1]d) insert into %s (%s) select %s from %[2]s t cross join k",
		copies, table, strings.Join(names, ", "), strings.Join(values, ", ")))
}

// measure simulates the changed policy and looks around.
func (d *requestDesk) measure(ctx context.Context, keys *secret.Keyring, r *RequestDesk) (err error) {
	s, err := openStore(ctx, d.url)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if r.Requests, err = number(ctx, s, "select count(*) from request"); err != nil {
		return err
	}
	began := time.Now()
	read := int64(0)
	if err := s.each(ctx, "select id, name, subject, outcome, fields, result from policy_decision where kind = 'request' order by id desc", func([]string) error { read++; return nil }); err != nil {
		return err
	}
	r.Floor = seconds(time.Since(began))
	opened, err := db.Open(ctx, d.url)
	if err != nil {
		return err
	}
	a := app.New(opened, keys, func() time.Time { return made.Add(20 * time.Hour) })
	defer func() { err = errors.Join(err, a.Close()) }()
	rules := policyNow
	began = time.Now()
	sim, err := a.SimulatePolicy(ctx, setter, app.PolicySimulating{Policy: "REFUNDS", Rules: &rules})
	if err != nil {
		return err
	}
	r.Simulate = seconds(time.Since(began))
	r.Decisions, r.Otherwise, r.Ratio = int64(sim.Subjects), int64(sim.Subjects-sim.Same), ratio(r.Simulate, r.Floor)
	if r.Decisions != read || sim.Failed > 0 {
		return fault.New(fault.Violation, "%d decisions of the past are kept, %d were simulated, %d of them failed", read, sim.Subjects, sim.Failed).ByRule("rows_differ")
	}
	d.tell.say("a changed policy on %d requests: %.2f s, floor %.2f s", r.Decisions, r.Simulate, r.Floor)
	var codes []string
	if err := s.each(ctx, "select code from request order by id desc limit 1000", func(c []string) error { codes = append(codes, c[0]); return nil }); err != nil {
		return err
	}
	for _, l := range requestLooks(a, codes) {
		one, err := l.measure(ctx, d.o.Repeat)
		if err != nil {
			return err
		}
		d.tell.say("%s: %.1f ms", one.What, one.Median)
		r.Results = append(r.Results, one)
	}
	return nil
}

// requestLooks gives what people look at of requests.
func requestLooks(a *app.App, codes []string) []look {
	page := app.Page{Limit: recordsShown}
	list := func(f app.RequestFilter) func(context.Context, int) error {
		return func(ctx context.Context, _ int) error { _, err := a.Requests(ctx, setter, f, page); return err }
	}
	return []look{
		{"requests, first page", list(app.RequestFilter{})},
		{"requests in review, first page", list(app.RequestFilter{States: []request.State{request.InReview}})},
		{"overdue requests, first page", list(app.RequestFilter{Overdue: true})},
		{"a request", func(ctx context.Context, i int) error {
			_, err := a.Request(ctx, setter, codes[i*7919%len(codes)])
			return err
		}},
		{"requests by state", func(ctx context.Context, _ int) error {
			_, err := a.RequestFigures(ctx, setter, app.RequestFilter{})
			return err
		}},
		{"figures of requests, 90 days", func(ctx context.Context, _ int) error {
			_, err := a.RequestDashboard(ctx, setter, report.RequestFilter{})
			return err
		}},
		{"figures of requests, all of them", func(ctx context.Context, _ int) error {
			_, err := a.RequestDashboard(ctx, setter, report.RequestFilter{From: RunDate.AddDays(-2 * requestDays)})
			return err
		}},
		{"ageing of requests", func(ctx context.Context, _ int) error { _, err := a.RequestAgeing(ctx, setter, RunDate); return err }},
		{"inbox of an approver, first page", func(ctx context.Context, _ int) error {
			_, err := a.Inbox(ctx, decider, app.ApprovalFilter{}, page)
			return err
		}},
		{"figures of the inbox", func(ctx context.Context, _ int) error { _, err := a.InboxFigures(ctx, decider); return err }},
		{"approvals, first page", func(ctx context.Context, _ int) error {
			_, err := a.Approvals(ctx, setter, app.ApprovalFilter{}, page)
			return err
		}},
	}
}
