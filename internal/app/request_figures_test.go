package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/party"
	"quittance/internal/report"
	"quittance/internal/request"
	"quittance/internal/unclaimed"
)

// lived is a request with all that happened to it, as the oracle knows it.
type lived struct {
	id         int64
	kind       request.Kind
	currency   string
	amount     int64
	states     []request.State // the first is draft, from created on
	at         []int64
	why        string // of the last change
	due, asked civil.Date
	submitted  int64
	approved   int64
	steps      []decided
	waiting    string
	policy     int // version; 0: none
	outcome    string
	decidedAt  int64
}

// decided is an event of an approval.
type decided struct {
	at          int64
	actor, verb string
	step        int
	deputy      bool
}

func (x *lived) state() request.State { return x.states[len(x.states)-1] }
func (x *lived) since() int64         { return x.at[len(x.at)-1] }

const aDay = int64(24 * time.Hour / time.Microsecond)

// someLife draws a request: its states by the rules, at times up to now, some of them just at midnight.
func someLife(t *rapid.T, id, now int64) *lived {
	x := &lived{id: id, states: []request.State{request.Draft}}
	x.kind = rapid.SampledFrom(request.Kinds()).Draw(t, "kind")
	x.currency = rapid.SampledFrom([]string{"USD", "USD", "EUR"}).Draw(t, "currency")
	x.amount = rapid.Int64Range(1, 1_000_000).Draw(t, "amount")
	moment := func(after int64) int64 {
		at := min(now, after+rapid.Int64Range(0, 12*aDay).Draw(t, "later"))
		if rapid.IntRange(0, 3).Draw(t, "edge") == 0 {
			at = max(after, at-at%aDay-rapid.Int64Range(0, 1).Draw(t, "before midnight"))
		}
		return at
	}
	x.at = []int64{moment(now - 110*aDay)}
	for range rapid.IntRange(0, 9).Draw(t, "moves") {
		next := request.Next[x.state()]
		if len(next) == 0 {
			break
		}
		x.states, x.at = append(x.states, rapid.SampledFrom(next).Draw(t, "next")), append(x.at, moment(x.since()))
		switch x.state() {
		case request.Submitted:
			if x.submitted == 0 {
				x.submitted = x.since()
			}
		case request.Approved:
			x.approved = x.since()
		}
	}
	x.why = rapid.SampledFrom([]string{"not eligible", "already repaid", "überzahlt; 'x' % _"}).Draw(t, "why")
	if !slices.Contains(request.States()[5:12], x.state()) { // approved and what follows it
		x.approved = 0
	} else if x.approved == 0 {
		x.approved = x.since()
	}
	if x.state() != request.Draft && rapid.Bool().Draw(t, "due?") {
		x.due = civil.FromTime(time.UnixMicro(now).UTC()).AddDays(rapid.IntRange(-100, 10).Draw(t, "due"))
		if rapid.Bool().Draw(t, "asked?") {
			x.asked = x.due.AddDays(-10)
			if x.submitted != 0 && rapid.Bool().Draw(t, "own") {
				x.due = civil.FromTime(time.UnixMicro(x.submitted).UTC()).AddDays(10)
			}
		}
	}
	if x.state() != request.Draft && rapid.Bool().Draw(t, "policy?") {
		x.policy, x.outcome, x.decidedAt = rapid.IntRange(1, 2).Draw(t, "version"), rapid.SampledFrom([]string{"automatic", "review", "incomplete"}).Draw(t, "outcome"), moment(x.at[0])
	}
	x.someSteps(t, moment)
	return x
}

// someSteps draws an approval of two steps.
func (x *lived) someSteps(t *rapid.T, moment func(int64) int64) {
	if x.state() == request.Draft {
		return
	}
	step, at := 1, moment(x.at[0])
	x.steps = []decided{{at, "pia", "submit", 1, false}}
	for range rapid.IntRange(0, 4).Draw(t, "decisions") {
		at = moment(at)
		verb := rapid.SampledFrom([]string{"approve", "approve", "ask", "reject"}).Draw(t, "verb")
		x.steps = append(x.steps, decided{at, rapid.SampledFrom([]string{"ann", "bob"}).Draw(t, "actor"), verb, step, rapid.Bool().Draw(t, "deputy")})
		switch verb {
		case "reject":
			return
		case "ask":
			at = moment(at)
			x.steps = append(x.steps, decided{at, "pia", "answer", step, false})
		default:
			if step++; step > 2 {
				return
			}
		}
	}
	x.waiting = rapid.SampledFrom([]string{"ann", "role:approver"}).Draw(t, "waits for")
}

// write stores it past the door.
func (x *lived) write(ctx context.Context, tx *db.Tx) error {
	approved, digest, run := "", []byte(nil), any(nil)
	if x.approved != 0 {
		approved, digest = "ann", []byte{1}
	}
	if i := slices.Index(request.States(), x.state()); i >= 6 && i <= 11 {
		run = int64(1)
	}
	held := ""
	if x.state() == request.OnHold {
		held = "submitted"
	}
	_, err := tx.Exec(ctx, `insert into request (company, id, code, customer, kind, state, held_from, fresh, currency, amount, reason, source, method, asked, due, key, created_by, created_at, submitted_by, submitted_at, since,
			approved_by, approved_at, digest, debits, run, posted_by, events)
		select $1, $2, $3, c.id, $4, $5, $6, 0, $7, $8, 'r', '', '', $9, $10, '', 'pia', $11, 'pia', $12, $13, $14, $15, $16, '', $17, '', $18 from customer c where c.company = $1 and c.code = 'C-1001'`,
		tx.Company, x.id, fmt.Sprintf("RQ-%08d", x.id), x.kind, x.state(), held, x.currency, x.amount, x.asked, x.due, x.at[0], x.submitted, x.since(), approved, x.approved, digest, run, len(x.states))
	for i, s := range x.states {
		from, what, why := s, "created", ""
		if i > 0 {
			from, what = x.states[i-1], "state"
		}
		if i == len(x.states)-1 {
			why = x.why
		}
		if err == nil {
			_, err = tx.Exec(ctx, "insert into request_event (company, request, n, at, actor, what, from_state, to_state, detail) values ($1, $2, $3, $4, 'pia', $5, $6, $7, $8)", tx.Company, x.id, i+1, x.at[i], what, from, s, why)
		}
	}
	if err == nil && x.policy != 0 {
		versions, _ := json.Marshal([]map[string]any{{"policy": "P", "version": x.policy}})
		for i, outcome := range []string{"review", x.outcome} { // the first is not the last
			if err == nil {
				_, err = tx.Exec(ctx, "insert into policy_decision (company, id, kind, subject, name, at, actor, outcome, versions, fields, result) values ($1, $2, 'request', $3, '', $4, 'pia', $5, $6, '{}', '{}')", tx.Company, 2*x.id+int64(i), x.id, x.decidedAt, outcome, string(versions))
			}
		}
	}
	if err == nil && len(x.steps) > 0 {
		err = x.writeSteps(ctx, tx)
	}
	return err
}

func (x *lived) writeSteps(ctx context.Context, tx *db.Tx) error {
	last := x.steps[len(x.steps)-1]
	state, ended, step := "waiting", int64(0), last.step
	if last.verb == "approve" {
		step++
	}
	switch {
	case last.verb == "reject":
		state, ended = "rejected", last.at
	case x.waiting == "":
		state, ended = "approved", last.at
	}
	_, err := tx.Exec(ctx, `insert into approval (company, id, n, kind, subject, name, title, digest, state, organisation, type, currency, amount, worth, payee, requester, submitted_by, submitted_at, rule, rule_n, decision, automatic, step, steps, ended_at, evidence)
		values ($1, $2, $2, 'request', $2, '', '', $3, $4, '', '', $5, $6, $6, '', 'pia', 'pia', $7, 'R', 1, $8, 0, $9, 2, $10, '{}')`,
		tx.Company, x.id, []byte{1}, state, x.currency, x.amount, x.steps[0].at, 2*x.id+1, step, ended)
	for n := 1; n <= 2 && err == nil; n++ {
		if _, err = tx.Exec(ctx, "insert into approval_step (company, approval, n, need, started_at, remind_at, escalate_at, reminded_at, remind_after, escalate_after, escalated_at) values ($1, $2, $3, 1, 0, 0, 0, 0, 0, 0, 0)", tx.Company, x.id, n); err != nil {
			return err
		}
		who, name := "user", x.waiting
		if name == "role:approver" {
			who, name = "role", "approver"
		}
		if name != "" {
			_, err = tx.Exec(ctx, "insert into approval_approver (company, approval, step, who, name, escalated) values ($1, $2, $3, $4, $5, 0)", tx.Company, x.id, n, who, name)
		}
	}
	for i, e := range x.steps {
		deputy := ""
		if e.deputy {
			deputy = "cleo"
		}
		if err == nil {
			_, err = tx.Exec(ctx, "insert into approval_event (company, approval, n, at, actor, verb, state, step, acting_for, capacity, reason, digest) values ($1, $2, $3, $4, $5, $6, 'waiting', $7, $8, '', '', $9)", tx.Company, x.id, i+1, e.at, e.actor, e.verb, e.step, deputy, []byte{1})
		}
	}
	return err
}

// stands says how it is with its aDay.
func (x *lived) stands(today civil.Date) request.Service {
	dayOf := func(at int64) civil.Date { return civil.FromTime(time.UnixMicro(at).UTC()) }
	paid := int64(0)
	for i, s := range x.states {
		if s == request.Paid && x.states[i-1] != request.Cleared {
			paid = x.at[i]
		}
	}
	switch s := x.state(); {
	case (s == request.Paid || s == request.Cleared) && dayOf(paid) <= x.due:
		return request.Kept
	case s == request.Paid || s == request.Cleared:
		return request.Late
	case s.Ended():
		return request.NotPaid
	case x.due < today:
		return request.Missed
	}
	return request.Running
}

// percentile is the least of times that so many percent are not above, by its definition.
func percentile(times []int64, percent int) int64 {
	slices.Sort(times)
	for _, x := range times {
		n := 0
		for _, y := range times {
			if y <= x {
				n++
			}
		}
		if n*100 >= percent*len(times) {
			return x / 1_000_000
		}
	}
	return 0
}

func timing(times []int64) string {
	if len(times) == 0 {
		return "-"
	}
	return fmt.Sprint(len(times), percentile(times, 50), percentile(times, 90), times[len(times)-1]/1_000_000)
}

func toldTiming(x report.Timing) string {
	if x.Number == 0 {
		return "-"
	}
	return fmt.Sprint(x.Number, x.Median, x.P90, x.Longest)
}

// expected adds all figures up from the histories, each on its own and slowly, as text by name.
func expected(all []*lived, f report.RequestFilter, now int64, today civil.Date) map[string]string {
	from, end := f.From.Time().UnixMicro(), f.To.AddDays(1).Time().UnixMicro()
	in := func(at int64) bool { return at >= from && at < end }
	counts, times := map[string]int64{}, map[string][]int64{}
	for _, x := range all {
		if x.currency != f.Currency || f.Kind != "" && x.kind != f.Kind {
			continue
		}
		late := !x.due.IsZero() && !x.state().Ended() && x.stands(today) == request.Missed
		if !x.state().Ended() && x.state() != request.Cleared {
			days := today.Sub(civil.FromTime(time.UnixMicro(x.since()).UTC()))
			age := "31+"
			for _, a := range []struct {
				name string
				most int
			}{{"15-30", 30}, {"8-14", 14}, {"3-7", 7}, {"0-2", 2}} {
				if days <= a.most {
					age = a.name
				}
			}
			k := "open " + string(x.state()) + " " + age
			counts[k]++
			counts[k+" amount"] += x.amount
			if late {
				counts[k+" overdue"]++
			}
			for _, kind := range []string{"", string(x.kind)} {
				times["still "+string(x.state())+" "+kind] = append(times["still "+string(x.state())+" "+kind], now-x.since())
			}
		}
		for i := 1; i < len(x.at); i++ {
			if in(x.at[i]) {
				for _, kind := range []string{"", string(x.kind)} {
					k := "left " + string(x.states[i-1]) + " " + kind
					times[k] = append(times[k], x.at[i]-x.at[i-1])
				}
				if x.states[i] == request.Returned || x.states[i-1] == request.InPayment && x.states[i] == request.Posted {
					counts["failed"]++
				}
			}
		}
		for i, e := range x.steps {
			if !in(e.at) || e.verb == "submit" || e.verb == "answer" {
				continue
			}
			reached := int64(0)
			for _, b := range x.steps[:i] {
				if b.verb == "submit" || b.verb == "answer" || b.verb == "approve" && b.step < e.step {
					reached = b.at
				}
			}
			counts["by "+e.actor+" "+e.verb]++
			if e.deputy {
				counts["by "+e.actor+" deputy"]++
			}
			times["by "+e.actor] = append(times["by "+e.actor], e.at-reached)
		}
		if x.waiting != "" && x.state() != request.OnHold {
			counts["by "+x.waiting+" waiting"]++
			if late {
				counts["by "+x.waiting+" overdue"]++
			}
		}
		if x.policy != 0 && in(x.decidedAt) {
			k := fmt.Sprint("policy ", x.policy)
			counts[k]++
			if x.outcome == "automatic" && len(x.steps) > 0 {
				counts[k+" overridden"]++
			} else {
				counts[k+" "+x.outcome]++
			}
			if x.state() == request.Rejected {
				counts[k+" rejected"]++
			}
		}
		if s := x.state(); s.Ended() && s != request.Reversed && s != request.Cleared && in(x.since()) {
			counts["ended "+string(s)+" "+x.why]++
			counts["ended "+string(s)+" "+x.why+" amount"] += x.amount
		}
		if !x.due.IsZero() && x.due >= f.From && x.due <= f.To {
			clock := "US-WI" // where C-1001 lives
			if x.asked.IsZero() || x.submitted != 0 && civil.FromTime(time.UnixMicro(x.submitted).UTC()).AddDays(10) == x.due {
				clock = "service_level"
			}
			counts["service "+string(x.kind)+" "+clock+" "+string(x.stands(today))]++
		}
		if x.approved != 0 && in(x.approved) {
			counts["flow "+string(x.state())]++
			counts["flow "+string(x.state())+" amount"] += x.amount
		}
	}
	to := map[string]string{}
	for k, n := range counts {
		to[k] = fmt.Sprint(n)
	}
	for k, x := range times {
		to["time "+k] = timing(x)
	}
	return to
}

// figured gives the figures of the program in the same words.
func figured(d *report.Requests) map[string]string {
	to := map[string]string{}
	put := func(k string, n int64) {
		if n != 0 {
			to[k] = fmt.Sprint(n)
		}
	}
	amount := func(k, decimal string) {
		var whole, cents int64
		if _, err := fmt.Sscanf(decimal, "%d.%d", &whole, &cents); err == nil {
			put(k+" amount", whole*100+cents)
		}
	}
	time := func(k string, x report.Timing) {
		if x.Number > 0 {
			to["time "+k] = toldTiming(x)
		}
	}
	for _, x := range d.Open {
		k := "open " + string(x.State) + " " + x.Age
		put(k, x.Requests)
		put(k+" overdue", x.Overdue)
		amount(k, x.Amount)
	}
	for _, x := range d.Stays {
		time("left "+string(x.State)+" "+string(x.Kind), x.Left)
		time("still "+string(x.State)+" "+string(x.Kind), x.Still)
	}
	for _, x := range d.Approvers {
		k := "by " + x.Approver
		for name, n := range map[string]int64{"approve": x.Approved, "reject": x.Rejected, "ask": x.Returned, "deputy": x.Deputy, "waiting": x.Waiting, "overdue": x.Overdue} {
			put(k+" "+name, n)
		}
		time(k, x.Time)
	}
	for _, x := range d.Policies {
		k := fmt.Sprint("policy ", x.Version)
		put(k, x.Requests)
		for name, n := range map[string]int64{"automatic": x.Automatic, "review": x.Review, "incomplete": x.Blocked, "overridden": x.Overridden, "rejected": x.Rejected} {
			put(k+" "+name, n)
		}
	}
	for _, x := range d.Ended {
		put("ended "+string(x.State)+" "+x.Reason, x.Requests)
		amount("ended "+string(x.State)+" "+x.Reason, x.Amount)
	}
	for _, x := range d.Service {
		for name, n := range map[string]int64{"kept": x.Kept, "late": x.Late, "overdue": x.Overdue, "running": x.Running, "ended": x.Ended} {
			put("service "+string(x.Kind)+" "+x.Clock+" "+name, n)
		}
	}
	for _, x := range d.Flow {
		put("flow "+string(x.State), x.Requests)
		amount("flow "+string(x.State), x.Amount)
	}
	put("failed", d.Failed)
	return to
}

// Whatever happened to requests, each figure is what their histories add up to, counted the slow way, and the list of what it counts has as many.
func TestRequestDashboardHistories(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			checks(t, 6)
			rapid.Check(t, func(rt *rapid.T) {
				d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, kind)))
				openRequests(t, d, "request_service_days,10", "unclaimed_holder_state,US-CA")
				now := apptest.Now.UnixMicro()
				today := civil.FromTime(apptest.Now.UTC())
				var all []*lived
				for i := range rapid.IntRange(1, 30).Draw(rt, "requests") {
					all = append(all, someLife(rt, int64(i)+1_000_000, now))
				}
				inCompany(t, d, func(ctx context.Context, tx *db.Tx) error {
					for _, x := range all {
						if err := x.write(ctx, tx); err != nil {
							return err
						}
					}
					return nil
				})
				f := report.RequestFilter{From: today.AddDays(-rapid.IntRange(0, 100).Draw(rt, "from")), To: today.AddDays(rapid.IntRange(-5, 5).Draw(rt, "to") / 2), Currency: "USD"}
				f.From = min(f.From, f.To)
				if rapid.Bool().Draw(rt, "one kind") {
					f.Kind = all[0].kind
				}
				got, err := d.RequestDashboard(t.Context(), apptest.Call, f)
				if err != nil {
					rt.Fatal(err)
				}
				want, has := expected(all, f, now, today), figured(got)
				for k, w := range want {
					if has[k] != w {
						rt.Errorf("%s is %q, want %q", k, has[k], w)
					}
					delete(has, k)
				}
				if len(has) > 0 {
					rt.Errorf("too much: %v", has)
				}
				listed(rt, d, got)
			})
		})
	}
}

// listed proves that the lists which figures lead to have as many as they say.
func listed(t *rapid.T, d *apptest.Door, got *report.Requests) {
	f := got.Filter
	want := func(what string, n int64, of app.RequestFilter) {
		if of.Kind == "" {
			of.Kind = f.Kind
		}
		of.Currency = f.Currency
		part, err := d.Requests(context.Background(), apptest.Call, of, app.Page{Limit: 500})
		if err != nil || int64(len(part.Items)) != n {
			t.Errorf("%s: the list has %d (%v), want %d", what, len(part.Items), err, n)
		}
	}
	for _, x := range got.Open {
		of := app.RequestFilter{States: []request.State{x.State}, SinceFrom: x.From, SinceTo: x.To}
		want("open", x.Requests, of)
		of.Overdue = true
		want("open and overdue", x.Overdue, of)
	}
	for _, x := range got.Approvers {
		want("waiting for "+x.Approver, x.Waiting, app.RequestFilter{WaitsFor: x.Approver})
		want("overdue with "+x.Approver, x.Overdue, app.RequestFilter{WaitsFor: x.Approver, Overdue: true})
	}
	for _, x := range got.Ended {
		want("ended", x.Requests, app.RequestFilter{States: []request.State{x.State}, Why: x.Reason, SinceFrom: f.From, SinceTo: f.To})
	}
	for _, x := range got.Service {
		for s, n := range map[request.Service]int64{request.Kept: x.Kept, request.Late: x.Late, request.Missed: x.Overdue, request.Running: x.Running, request.NotPaid: x.Ended} {
			want("service "+string(s), n, app.RequestFilter{Kind: x.Kind, Service: s, Clock: x.Clock, DueFrom: f.From, DueBy: f.To})
		}
	}
	for _, x := range got.Flow {
		want("flow", x.Requests, app.RequestFilter{States: []request.State{x.State}, ApprovedFrom: f.From, ApprovedTo: f.To})
	}
}

// A company without requests has no figures and no error; what cannot be is refused in its place; who may not read is not told.
func TestRequestDashboardEdges(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		got, err := d.RequestDashboard(t.Context(), apptest.Call, report.RequestFilter{})
		if err != nil || len(figured(got)) != 0 || got.Filter.Currency != "USD" || got.Filter.To.Sub(got.Filter.From) != 89 || len(got.Rows()) != 1 {
			t.Errorf("without requests: %+v, %v", got, err)
		}
		for field, f := range map[string]report.RequestFilter{"kind": {Kind: "gift"}, "currency": {Currency: "XX1"}, "from": {From: 2, To: 1}} {
			if _, err := d.RequestDashboard(t.Context(), apptest.Call, f); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%s: %v", field, err)
			}
		}
		if _, err := d.Requests(t.Context(), apptest.Call, app.RequestFilter{Service: "never"}, app.Page{}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("an unknown service: %v", err)
		}
		nobody := app.Call{Actor: identity.Actor{Name: "nobody"}, Company: apptest.Call.Company}
		if _, err := d.RequestDashboard(t.Context(), nobody, report.RequestFilter{}); fault.CodeOf(err) != fault.Denied {
			t.Errorf("who has no role: %v", err)
		}
	})
}

// The clock that SQL finds for an address is the one that the statutory clocks find.
func TestRequestClockOfAddresses(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d, "unclaimed_holder_state,US-NV")
		for _, a := range [][4]string{{"", "", "", ""}, {"Main St 1", "", "", ""}, {"", "Reno", "ca", "us"}, {"", "Wien", "", "AT"}, {"", "", "TX", ""}, {"", "", " ", "US"}, {"x", "y", "", "US"}} {
			x := &lived{id: int64(1000 + len(a[0]) + 10*len(a[1]) + 100*len(a[2]) + 1000*len(a[3])), kind: request.Other, currency: "USD", amount: 1, states: []request.State{request.Draft, request.Submitted}, at: []int64{1, 2}, submitted: 2, due: civil.FromTime(apptest.Now), asked: 1}
			var home string
			inCompany(t, d, func(ctx context.Context, tx *db.Tx) error {
				if _, err := tx.Exec(ctx, "update customer set street = $1, city = $2, state = $3, country = $4 where code = 'C-1001'", a[0], a[1], a[2], a[3]); err != nil {
					return err
				}
				if err := tx.Row(ctx, "select country from company").Scan(&home); err != nil {
					return err
				}
				return x.write(ctx, tx)
			})
			got, err := d.RequestDashboard(t.Context(), apptest.Call, report.RequestFilter{})
			want := unclaimed.PlaceOf(party.Address{Street: a[0], City: a[1], State: a[2], Country: a[3]}, home, "US-NV").Jurisdiction
			if err != nil || len(got.Service) != 1 || got.Service[0].Clock != want {
				t.Errorf("%v: %+v, %v, want %s", a, got.Service, err, want)
			}
		}
	})
}
