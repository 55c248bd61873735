package approval

import (
	"context"
	"errors"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// checks are the proofs over approvals. Each query gives the first bad row: the number of the approval, and two texts for the message.
var checks = []struct{ rule, text, sql string }{
	{"approval_state", "the approval AP-%06d is %s, but its last event says %s", `
		select a.n, a.state, coalesce(e.state, '(none)') from approval a left join approval_event e on e.company = a.company and e.approval = a.id
		and e.n = (select max(x.n) from approval_event x where x.company = a.company and x.approval = a.id) where a.company = $1 and (e.state is null or e.state <> a.state) order by a.id limit 1`},
	{"approval_decisions", "the approval AP-%06d has %s persons' approvals of its finished steps, which need %s", `
		select a.n, cast(coalesce(d.had, 0) as text), cast(s.needed as text) from approval a
		join (select company, approval, sum(need) as needed from approval_step group by company, approval) s on s.company = a.company and s.approval = a.id
		left join (select company, approval, count(distinct actor) as had from approval_event where verb = 'approve' group by company, approval) d on d.company = a.company and d.approval = a.id
		where a.company = $1 and a.state in ('approved', 'used') and coalesce(d.had, 0) < s.needed order by a.id limit 1`},
	{"approval_steps", "the approval AP-%06d is %s without steps, and not by itself%s", `
		select a.n, a.state, '' from approval a where a.company = $1 and a.automatic = 0 and not exists (select 1 from approval_step s where s.company = a.company and s.approval = a.id) order by a.id limit 1`},
	{"approval_digest", "the approval AP-%06d of %s was %s on other content than it has now", `
		select a.n, a.name, e.verb from approval a join approval_event e on e.company = a.company and e.approval = a.id where a.company = $1 and e.digest <> a.digest order by a.id limit 1`},
	{"approval_own", "the approval AP-%06d was approved by %s, who asked for it%s", `
		select a.n, e.actor, '' from approval a join approval_event e on e.company = a.company and e.approval = a.id
		where a.company = $1 and e.verb = 'approve' and (e.actor in (a.requester, a.submitted_by) or e.acting_for in (a.requester, a.submitted_by)) order by a.id limit 1`},
	{"approval_operator", "the approval AP-%06d was approved by %s, who is no person%s", `
		select a.n, e.actor, '' from approval a join approval_event e on e.company = a.company and e.approval = a.id where a.company = $1 and e.verb = 'approve' and e.actor like '%:%' order by a.id limit 1`},
	{"approval_carried_out", "the approval AP-%06d was carried out by %s, who approved it%s", `
		select a.n, u.actor, '' from approval a join approval_event u on u.company = a.company and u.approval = a.id and u.verb = 'use'
		join approval_event e on e.company = a.company and e.approval = a.id and e.verb = 'approve' and u.actor in (e.actor, e.acting_for) where a.company = $1 order by a.id limit 1`},
	{"approval_rule", "the approval AP-%06d goes by the rule %s, version %s, which does not exist", `
		select a.n, a.rule, cast(a.rule_n as text) from approval a left join approval_rule r on r.company = a.company and r.name = a.rule and r.n = a.rule_n
		where a.company = $1 and a.rule <> '' and r.name is null order by a.id limit 1`},
	{"approval_decided", "the approval AP-%06d of %s names a decision of policies that does not exist%s", `
		select a.n, a.name, '' from approval a left join policy_decision d on d.company = a.company and d.id = a.decision where a.company = $1 and a.decision is not null and d.id is null order by a.id limit 1`},
}

// Check proves the approvals of the unit's company: states against events, decisions against steps, digests, separation of duties. Findings
// are of code Violation.
func Check(ctx context.Context, tx *db.Tx) (fault.List, error) {
	var found fault.List
	for _, c := range checks {
		var n int64
		var one, two string
		err := tx.Row(ctx, c.sql, tx.Company).Scan(&n, &one, &two)
		switch {
		case errors.Is(err, db.ErrNoRows):
		case err != nil:
			return nil, err
		default:
			found = append(found, fault.New(fault.Violation, c.text, n, one, two).ByRule(c.rule))
		}
	}
	return found, nil
}
