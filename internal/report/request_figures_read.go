package report

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/policy"
	"quittance/internal/request"
)

// RequestAges are the ages of requests in their states, in days, as the ageing has them.
var RequestAges = []struct {
	Name        string
	Least, Most int // days; Most 0: without end
}{{"0-2", 0, 2}, {"3-7", 3, 7}, {"8-14", 8, 14}, {"15-30", 15, 30}, {"31+", 31, 0}}

const notEnded = " and r.state not in " + request.EndedStates

// open adds up what is not ended by state and age.
func (m *requestDesk) open(ctx context.Context) error {
	today := m.tx.Today()
	order := request.States()
	err := m.tx.Each(ctx, `select r.state, case when r.since >= $4 then 0 when r.since >= $5 then 1 when r.since >= $6 then 2 when r.since >= $7 then 3 else 4 end as age, count(*),
			sum(case when `+request.ServiceIs(m.tx, request.Missed, "$8")+` then 1 else 0 end), cast(sum(r.amount) as bigint)
		from request r where`+mine+notEnded+" group by 1, 2",
		m.args(begin(today.AddDays(-2)), begin(today.AddDays(-7)), begin(today.AddDays(-14)), begin(today.AddDays(-30)), today), func(r *db.Rows) error {
			var x RequestOpen
			var age int
			var amount money.Amount
			if err := r.Scan(&x.State, &age, &x.Requests, &x.Overdue, &amount); err != nil {
				return err
			}
			a := RequestAges[age]
			x.Age, x.Amount = a.Name, m.show(amount)
			if a.Most > 0 {
				x.From = today.AddDays(-a.Most)
			}
			if a.Least > 0 {
				x.To = today.AddDays(-a.Least)
			}
			m.d.Open = append(m.d.Open, x)
			return nil
		})
	slices.SortFunc(m.d.Open, func(a, b RequestOpen) int {
		return cmp.Or(slices.Index(order, a.State)-slices.Index(order, b.State), cmp.Compare(b.To, a.To), cmp.Compare(b.From, a.From))
	})
	return err
}

type stayKey struct {
	state request.State
	kind  request.Kind
}

// stays measures the time in each state. The history is gone through once, in its order, for those requests alone that changed since the
// period began.
func (m *requestDesk) stays(ctx context.Context) error {
	left, still := map[stayKey][]int64{}, map[stayKey][]int64{}
	add := func(to map[stayKey][]int64, s request.State, k request.Kind, took int64) {
		to[stayKey{s, k}] = append(to[stayKey{s, k}], took)
		to[stayKey{s, ""}] = append(to[stayKey{s, ""}], took)
	}
	var last, since int64
	err := m.tx.Each(ctx, `select e.request, e.at, e.from_state, e.to_state, r.kind, r.created_at from request r cross join request_event e
		where`+mine+" and r.since >= $4 and r.created_at < $5 and e.company = r.company and e.request = r.id and e.from_state <> e.to_state order by r.id, e.n", m.args(m.from, m.end), func(r *db.Rows) error {
		id, at := r.Int64(0), r.Int64(1)
		if id != last {
			last, since = id, r.Int64(5)
		}
		took := at - since
		since = at
		if at < m.from || at >= m.end {
			return nil
		}
		from, to := request.State(r.Text(2)), request.State(r.Text(3))
		add(left, from, request.Kind(r.Text(4)), took)
		if to == request.Returned || from == request.InPayment && to == request.Posted {
			m.d.Failed++
		}
		return nil
	})
	if err != nil {
		return err
	}
	now := m.tx.Micros()
	err = m.tx.Each(ctx, "select r.state, r.kind, r.since from request r where"+mine+notEnded, m.args(), func(r *db.Rows) error {
		add(still, request.State(r.Text(0)), request.Kind(r.Text(1)), max(0, now-r.Int64(2)))
		return nil
	})
	for _, k := range append([]request.Kind{""}, request.Kinds()...) {
		for _, s := range request.States() {
			key := stayKey{s, k}
			if len(left[key])+len(still[key]) > 0 {
				m.d.Stays = append(m.d.Stays, RequestStay{s, k, timingOf(left[key]), timingOf(still[key])})
			}
		}
	}
	return err
}

// approvers adds up what each decided, and what waits for whom.
func (m *requestDesk) approvers(ctx context.Context) error {
	all, times := map[string]*RequestApprover{}, map[string][]int64{}
	of := func(name string) *RequestApprover {
		if all[name] == nil {
			all[name] = &RequestApprover{Approver: name}
		}
		return all[name]
	}
	var last, reached, before, step int64
	err := m.tx.Each(ctx, `with d as materialized (select distinct approval from approval_event where company = $1 and at >= $4 and at < $5 and verb in ('approve', 'reject', 'ask'))
		select a.id, e.at, e.step, e.verb, e.actor, e.acting_for from approval a cross join request r cross join approval_event e
		where a.company = $1 and a.kind = 'request' and a.id + 0 in (select approval from d) and`+mine+` and r.id = a.subject and e.company = a.company and e.approval = a.id
			and e.verb in ('submit', 'answer', 'approve', 'reject', 'ask') order by a.subject, a.id, e.n`, m.args(m.from, m.end), func(r *db.Rows) error {
		id, at, n, verb := r.Int64(0), r.Int64(1), r.Int64(2), r.Text(3)
		if id != last {
			last, reached, before, step = id, at, at, n
		}
		if verb == "submit" || verb == "answer" {
			reached, before, step = at, at, n
			return nil
		}
		if n != step { // the step before it has all its approvals since the last of them
			reached, step = before, n
		}
		before = at
		if at < m.from || at >= m.end {
			return nil
		}
		x := of(r.Text(4))
		switch verb {
		case "approve":
			x.Approved++
		case "reject":
			x.Rejected++
		default:
			x.Returned++
		}
		if r.Text(5) != "" {
			x.Deputy++
		}
		times[x.Approver] = append(times[x.Approver], at-reached)
		return nil
	})
	if err != nil {
		return err
	}
	err = m.tx.Each(ctx, "select w.who, w.name, count(distinct a.id), count(distinct case when "+request.ServiceIs(m.tx, request.Missed, "$5")+" then a.id end) from"+request.WaitsIn("$4")+" and a.company = $1 and"+mine+" group by w.who, w.name",
		m.args(m.tx.Micros(), m.tx.Today()), func(r *db.Rows) error {
			name := r.Text(1)
			if r.Text(0) == "role" {
				name = "role:" + name
			}
			x := of(name)
			x.Waiting, x.Overdue = r.Int64(2), r.Int64(3)
			return nil
		})
	for name, x := range all {
		x.Time = timingOf(times[name])
		m.d.Approvers = append(m.d.Approvers, *x)
	}
	slices.SortFunc(m.d.Approvers, func(a, b RequestApprover) int { return strings.Compare(a.Approver, b.Approver) })
	return err
}

// policies counts the outcomes by version.
func (m *requestDesk) policies(ctx context.Context) error {
	all := map[policy.VersionName]*RequestPolicy{}
	err := m.tx.Each(ctx, `select d.versions, d.outcome, case when r.state = 'rejected' then 1 else 0 end, 
			case when d.outcome = 'automatic' and exists (select 1 from approval a where a.company = d.company and a.kind = d.kind and a.subject = d.subject and a.decision = d.id and a.automatic = 0) then 1 else 0 end, count(*)
		from (select company, kind, subject, id, outcome, versions, row_number() over (partition by subject order by id desc) as newer from policy_decision
			where company = $1 and kind = 'request' and at >= $4 and at < $5) d cross join request r
		where d.newer = 1 and r.id = d.subject and`+mine+" group by 1, 2, 3, 4", m.args(m.from, m.end), func(r *db.Rows) error {
		var versions []policy.VersionName
		if err := json.Unmarshal([]byte(r.Text(0)), &versions); err != nil {
			return fault.New(fault.Internal, "the versions of a decision of policies cannot be read").Because(err)
		}
		outcome, rejected, overridden, n := policy.Outcome(r.Text(1)), r.Int64(2), r.Int64(3), r.Int64(4)
		for _, v := range versions {
			x := all[v]
			if x == nil {
				x = &RequestPolicy{Policy: v.Policy, Version: v.N}
				all[v] = x
			}
			x.Requests += n
			x.Rejected += n * rejected
			switch {
			case overridden == 1:
				x.Overridden += n
			case outcome == policy.Automatic:
				x.Automatic += n
			case outcome == policy.Review:
				x.Review += n
			default:
				x.Blocked += n
			}
		}
		return nil
	})
	for _, x := range all {
		m.d.Policies = append(m.d.Policies, *x)
	}
	slices.SortFunc(m.d.Policies, func(a, b RequestPolicy) int {
		return cmp.Or(strings.Compare(a.Policy, b.Policy), cmp.Compare(b.Version, a.Version))
	})
	return err
}

// ended adds up what ended without money, by reason.
func (m *requestDesk) ended(ctx context.Context) error {
	type sum struct {
		RequestEnded
		amount money.Amount
	}
	var all []sum
	err := m.tx.Each(ctx, `select r.state, e.detail, count(*), cast(sum(r.amount) as bigint) from request r join request_event e on e.company = r.company and e.request = r.id and e.at = r.since and e.to_state = r.state and e.from_state <> e.to_state
		where`+mine+" and r.state in ('rejected', 'withdrawn', 'cancelled') and r.since >= $4 and r.since < $5 group by r.state, e.detail", m.args(m.from, m.end), func(r *db.Rows) error {
		all = append(all, sum{RequestEnded{State: request.State(r.Text(0)), Reason: r.Text(1), Requests: r.Int64(2)}, money.Amount(r.Int64(3))})
		return nil
	})
	order := request.States()
	slices.SortFunc(all, func(a, b sum) int {
		return cmp.Or(slices.Index(order, a.State)-slices.Index(order, b.State), cmp.Compare(b.Requests, a.Requests), strings.Compare(a.Reason, b.Reason))
	})
	rows, rest := map[request.State]int{}, map[request.State]*sum{}
	for i := range all {
		x := all[i]
		if rows[x.State]++; rows[x.State] <= mostRows {
			x.Amount = m.show(x.amount)
			m.d.Ended = append(m.d.Ended, x.RequestEnded)
			continue
		}
		if rest[x.State] == nil { // people write their own words: the rarest are told together
			rest[x.State] = &sum{RequestEnded: RequestEnded{State: x.State}}
		}
		o := rest[x.State]
		o.Others, o.Requests, o.amount = o.Others+1, o.Requests+x.Requests, o.amount+x.amount
	}
	for _, state := range order {
		if o := rest[state]; o != nil {
			o.Amount = m.show(o.amount)
			m.d.Ended = append(m.d.Ended, o.RequestEnded)
		}
	}
	return err
}

// service adds up how the days were kept that are in the period.
func (m *requestDesk) service(ctx context.Context) error {
	stands := "case"
	for _, s := range request.Services() {
		stands += " when " + request.ServiceIs(m.tx, s, "$6") + " then '" + string(s) + "'"
	}
	type key struct {
		kind  request.Kind
		clock string
	}
	all := map[key]*RequestService{}
	err := m.tx.Each(ctx, `select kind, clock, stands, count(*) from (select r.kind as kind, `+request.ClockOf(m.tx, request.ServiceDays(m.c), "$7", "$8")+` as clock, `+stands+` end as stands
			from request r where`+mine+` and r.due >= $4 and r.due <= $5 and r.state <> 'draft') x group by kind, clock, stands`,
		m.args(m.f.From, m.f.To, m.tx.Today(), m.c.Country, m.c.Parameters["unclaimed_holder_state"]), func(r *db.Rows) error {
			k := key{request.Kind(r.Text(0)), r.Text(1)}
			x := all[k]
			if x == nil {
				x = &RequestService{Kind: k.kind, Clock: k.clock}
				all[k] = x
			}
			n := map[request.Service]*int64{request.Kept: &x.Kept, request.Late: &x.Late, request.Missed: &x.Overdue, request.Running: &x.Running, request.NotPaid: &x.Ended}[request.Service(r.Text(2))]
			if n == nil {
				return fault.New(fault.Internal, "a request with a day to be paid by stands nowhere")
			}
			*n += r.Int64(3)
			return nil
		})
	for _, x := range all {
		x.Percent = percentOf(x.Kept, x.Kept+x.Late+x.Overdue)
		m.d.Service = append(m.d.Service, *x)
	}
	order := request.Kinds()
	slices.SortFunc(m.d.Service, func(a, b RequestService) int {
		return cmp.Or(slices.Index(order, a.Kind)-slices.Index(order, b.Kind), strings.Compare(a.Clock, b.Clock))
	})
	return err
}

// flow gives where those are now that were approved in the period.
func (m *requestDesk) flow(ctx context.Context) error {
	counts := map[request.State]RequestFlow{}
	err := m.tx.Each(ctx, "select r.state, count(*), cast(sum(r.amount) as bigint) from request r where"+mine+" and r.approved_at >= $4 and r.approved_at < $5 group by r.state", m.args(m.from, m.end), func(r *db.Rows) error {
		s := request.State(r.Text(0))
		counts[s] = RequestFlow{s, r.Int64(1), m.show(money.Amount(r.Int64(2)))}
		return nil
	})
	for _, s := range request.States() {
		if x, in := counts[s]; in {
			m.d.Flow = append(m.d.Flow, x)
		}
	}
	return err
}
