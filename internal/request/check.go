package request

import (
	"bytes"
	"context"
	"maps"
	"slices"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

func sortedKeys(m map[string]bool) []string { return slices.Sorted(maps.Keys(m)) }

// checks are the proofs over requests. Each query gives the first bad row, as texts for the message.
var checks = []ledger.Proposition{
	{Rule: "request_marks", Text: "the request %s is %s and should mark %s minor units, but marks %s", SQL: `
		with wanted as (select r.id, r.code, r.state, r.customer, coalesce(k.voucher, 0) as voucher, coalesce(k.amount, 0) as amount from request r
			left join request_credit k on k.company = r.company and k.request = r.id where r.company = $1),
		marked as (select m.journal, m.party, m.voucher, sum(i.amount) as amount from mark m join mark_item i on i.company = m.company and i.mark = m.id where m.company = $1 group by m.journal, m.party, m.voucher),
		bad as (select w.id, w.code, w.state, case when w.state in ('submitted', 'in_review', 'more_information', 'on_hold', 'approved') then w.amount else 0 end as should, coalesce(m.amount, 0) as does
			from wanted w left join marked m on m.journal = w.code and m.party = w.customer and m.voucher = w.voucher
			union all select r.id, r.code, r.state, 0, m.amount from marked m join request r on r.company = $1 and r.code = m.journal
			where m.party <> r.customer or not exists (select 1 from request_credit k where k.company = r.company and k.request = r.id and k.voucher = m.voucher))
		select code, state, cast(should as text), cast(does as text) from bad where should <> does order by id limit 1`},
	{Rule: "request_amount", Text: "the request %s is for %s minor units, but its credits make %s and its lines %s", SQL: `
		select r.code, cast(r.amount as text), cast(coalesce(k.amount, 0) as text), cast(coalesce(l.amount, 0) as text) from request r
		left join (select request, sum(amount) as amount from request_credit where company = $1 group by request) k on k.request = r.id
		left join (select request, sum(amount) as amount from request_line where company = $1 group by request) l on l.request = r.id
		where r.company = $1 and (case when r.fresh = 1 then r.amount <> coalesce(l.amount, 0) or coalesce(k.amount, 0) <> case when r.credit is null then 0 else r.amount end
			else coalesce(l.amount, 0) <> 0 or (r.state <> 'draft' or k.amount is not null) and coalesce(k.amount, 0) <> r.amount and r.state not in ('cancelled') end) order by r.id limit 1`},
	{Rule: "request_history", Text: "the request %s is %s after %s events, but its history says %s", SQL: `
		select r.code, r.state, cast(r.events as text), coalesce(e.to_state, '(nothing)') from request r
		left join request_event e on e.company = r.company and e.request = r.id and e.n = r.events
		left join (select request, count(*) as n, max(n) as last from request_event where company = $1 group by request) c on c.request = r.id
		where r.company = $1 and (e.to_state is distinct from r.state or c.n is distinct from r.events or c.last is distinct from r.events) order by r.id limit 1`},
	{Rule: "request_history_gap", Text: "event %s of the request %s begins in %s, but the one before it ended in %s", SQL: `
		select cast(e.n as text), r.code, e.from_state, coalesce(b.to_state, 'draft') from request_event e join request r on r.company = e.company and r.id = e.request
		left join request_event b on b.company = e.company and b.request = e.request and b.n = e.n - 1
		where e.company = $1 and e.from_state <> coalesce(b.to_state, 'draft') order by e.request, e.n limit 1`},
	{Rule: "request_same_person", Text: "the request %s was made or changed by %s, who also approved it%s%s", SQL: `
		select r.code, r.approved_by, '', '' from request r where r.company = $1 and r.approved_by <> '' and exists (select 1 from request_event e where e.company = r.company and e.request = r.id and e.actor = r.approved_by
			and (e.what in ('created', 'edited', 'attached', 'detached') or e.to_state = 'submitted' and e.from_state in ('draft', 'more_information'))) order by r.id limit 1`},
	{Rule: "request_posted", Text: "the request %s of %s minor units posted reimbursements of %s to customer id %s", SQL: `
		select r.code, cast(r.amount as text), cast(coalesce(x.amount, 0) as text), cast(r.customer as text) from request r
		left join (select k.request, sum(case when v.type = 7 and v.source = r.run and v.customer = r.customer and e.currency = r.currency then e.amount else 0 end) as amount
			from request_reimbursement k join request r on r.company = k.company and r.id = k.request join voucher v on v.company = k.company and v.id = k.voucher
			join entry e on e.company = k.company and e.voucher = k.voucher and e.party = r.customer where k.company = $1 group by k.request) x on x.request = r.id
		where r.company = $1 and (case when r.run is null then 0 else r.amount end) <> coalesce(x.amount, 0) order by r.id limit 1`},
	{Rule: "request_credit_made", Text: "the request %s is %s, but its new credit %s is otherwise than it must be%s", SQL: `
		select r.code, r.state, coalesce(v.number, '(missing)'), '' from request r left join voucher v on v.company = r.company and v.id = r.credit
		where r.company = $1 and r.credit is not null and (v.id is null or v.customer <> r.customer or not exists (select 1 from request_credit k where k.company = r.company and k.request = r.id and k.voucher = r.credit)) order by r.id limit 1`},
}

// Check proves the requests of the unit's company; findings are of code Violation.
func Check(ctx context.Context, tx *db.Tx) (fault.List, error) {
	found, err := ledger.Prove(ctx, tx, checks)
	if err != nil {
		return nil, err
	}
	for _, more := range []func(context.Context, *db.Tx) (error, error){checkSteps, checkFollowed, checkDigests} {
		bad, err := more(ctx, tx)
		if err != nil {
			return nil, err
		}
		if bad != nil {
			found.Add(bad)
		}
	}
	return found, nil
}

func violation(rule, format string, args ...any) error {
	return fault.New(fault.Violation, format, args...).ByRule(rule)
}

// checkSteps proves that no history has a step that [Next] does not know.
func checkSteps(ctx context.Context, tx *db.Tx) (bad, err error) {
	err = tx.Each(ctx, `select e.from_state, e.to_state, min(r.code), case when e.what = 'state' then 1 else 0 end from request_event e join request r on r.company = e.company and r.id = e.request
		where e.company = $1 group by e.from_state, e.to_state, case when e.what = 'state' then 1 else 0 end order by 1, 2`, []any{tx.Company}, func(r *db.Rows) error {
		var from, to State
		var code string
		var moved bool
		if err := r.Scan(&from, &to, &code, &moved); err != nil {
			return err
		}
		if moved != (from != to) || (moved && !from.May(to)) {
			bad = violation("request_step", "the history of the request %s leads from %s to %s, which cannot be", code, from, to)
		}
		return nil
	})
	return bad, err
}

// checkFollowed proves that states are those that payments and reversals make.
func checkFollowed(ctx context.Context, tx *db.Tx) (bad, err error) {
	facts, err := factsOf(ctx, tx, "1 = 1", nil)
	if err != nil {
		return nil, err
	}
	err = tx.Each(ctx, "select id, code, state from request where company = $1 and run is not null order by id", []any{tx.Company}, func(r *db.Rows) error {
		var id int64
		var code string
		var state State
		if err := r.Scan(&id, &code, &state); err != nil {
			return err
		}
		if want := stateOf(facts[id]); want != state && bad == nil {
			bad = violation("request_followed", "the request %s is %s, but its reimbursements make it %s", code, state, want)
		}
		return nil
	})
	return bad, err
}

// checkDigests proves that what is approved is what was approved.
func checkDigests(ctx context.Context, tx *db.Tx) (bad, err error) {
	ids, err := db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) }, "select id from request where company = $1 and digest is not null order by id", tx.Company)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		x, err := ByID(ctx, tx, id)
		if err != nil {
			return nil, err
		}
		if !bytes.Equal(x.ApprovedDigest, x.digest()) {
			return violation("request_approved", "the request %s is not what was approved", x.Code), nil
		}
	}
	return nil, nil
}
