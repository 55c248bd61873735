package approval

import (
	"context"
	"fmt"
	"strings"

	"quittance/internal/db"
	"quittance/internal/identity"
)

// Events gives the history of an approval, the oldest first.
func Events(ctx context.Context, tx *db.Tx, id int64) ([]Event, error) {
	return db.List(ctx, tx, func(r *db.Rows, e *Event) error {
		return r.Scan(&e.N, &e.At, &e.Actor, &e.Verb, &e.State, &e.Step, &e.ActingFor, &e.Capacity, &e.Reason, &e.Digest)
	}, "select n, at, actor, verb, state, step, acting_for, capacity, reason, digest from approval_event where company = $1 and approval = $2 order by n", tx.Company, id)
}

// Steps gives the steps of an approval, in order.
func Steps(ctx context.Context, tx *db.Tx, id int64) ([]Open, error) {
	steps, err := db.List(ctx, tx, func(r *db.Rows, s *Open) error {
		return r.Scan(&s.N, &s.Need, &s.StartedAt, &s.RemindAt, &s.EscalateAt, &s.RemindedAt, &s.RemindAfter, &s.EscalateAfter)
	}, "select n, need, started_at, remind_at, escalate_at, reminded_at, remind_after, escalate_after from approval_step where company = $1 and approval = $2 order by n", tx.Company, id)
	if err != nil {
		return nil, err
	}
	err = tx.Each(ctx, "select step, who, name, escalated from approval_approver where company = $1 and approval = $2 order by step, escalated, who, name", []any{tx.Company, id}, func(r *db.Rows) error {
		var n int
		var kind, name string
		var escalated bool
		if err := r.Scan(&n, &kind, &name, &escalated); err != nil {
			return err
		}
		if n < 1 || n > len(steps) {
			return fmt.Errorf("approval %d has an approver of step %d, which it has not", id, n)
		}
		s, w := &steps[n-1], Who{kind == "role", name}
		if escalated {
			s.EscalateTo = append(s.EscalateTo, w)
		} else {
			s.Approvers = append(s.Approvers, w)
		}
		return nil
	})
	return steps, err
}

// Filter narrows a list of approvals; what is blank does not.
type Filter struct {
	Kind      Kind
	State     State
	Requester string
	Subject   int64
	Payee     string
	Before    int64 // id: those before it
}

// List gives approvals, the newest first, at most limit of them.
func List(ctx context.Context, tx *db.Tx, f Filter, limit int) ([]Approval, error) {
	return db.List(ctx, tx, func(r *db.Rows, a *Approval) error { return scanApproval(r, a) }, "select "+approvalColumns+` from approval
		where company = $1 and ($2 = '' or kind = $2) and ($3 = '' or state = $3) and ($4 = '' or requester = $4) and ($5 = 0 or subject = $5) and ($6 = 0 or id < $6) and ($7 = '' or payee = $7) order by id desc limit $8`,
		tx.Company, string(f.Kind), string(f.State), f.Requester, f.Subject, f.Before, f.Payee, limit)
}

// mineIn is the condition that an approval waits for user $2, in person, by a role, as a deputy, or because it was escalated, and that nothing
// bars the user. Roles are given as texts from $6 on.
const mineIn = ` from approval a join company c on c.id = a.company join approval_step s on s.company = a.company and s.approval = a.id and s.n = a.step
	where a.company = $1 and a.state = 'waiting' and a.id > $5
	and a.requester <> $2 and a.submitted_by <> $2
	and not exists (select 1 from approval_event e where e.company = a.company and e.approval = a.id and e.verb = 'approve' and (e.actor = $2 or e.acting_for = $2))
	and not exists (select 1 from approval_payee y join approval_person p on p.company = y.company and p.party = y.code where y.company = a.company and y.approval = a.id and p.actor = $2)
	and (exists (select 1 from approval_approver w where w.company = a.company and w.approval = a.id and w.step = a.step and (w.escalated = 0 or (s.escalate_at <> 0 and s.escalate_at <= $4))
		and ((w.who = 'user' and w.name = $2) or (w.who = 'role' and %s)))
	or exists (select 1 from approval_delegation d join app_user u on u.name = d.from_user and not u.disabled
		join approval_approver w on w.company = a.company and w.approval = a.id and w.step = a.step and (w.escalated = 0 or (s.escalate_at <> 0 and s.escalate_at <= $4))
		where d.company = a.company and d.to_user = $2 and d.from_date <= $3 and d.to_date >= $3 and d.ended_by = '' and (d.kind = '' or d.kind = a.kind)
		and d.from_user <> a.requester and d.from_user <> a.submitted_by
		and not exists (select 1 from approval_event e where e.company = a.company and e.approval = a.id and e.verb = 'approve' and (e.actor = d.from_user or e.acting_for = d.from_user))
		and not exists (select 1 from approval_payee y join approval_person p on p.company = y.company and p.party = y.code where y.company = a.company and y.approval = a.id and p.actor = d.from_user)
		and ((w.who = 'user' and w.name = d.from_user) or (w.who = 'role' and exists (select 1 from user_role o where o.app_user = u.id and o.role = w.name and o.company in ('', c.code))))))`

// columnsOfA are approvalColumns of a table named a, which is written before them.
var columnsOfA = strings.ReplaceAll(strings.ReplaceAll(approvalColumns, ", ", ", a."), "a.coalesce(decision, a.0)", "coalesce(a.decision, 0)")

// Inbox gives what waits for somebody, the oldest first: those after an id, at most limit of them.
func Inbox(ctx context.Context, tx *db.Tx, by identity.Actor, after int64, limit int) ([]Approval, error) {
	if operator(by.Name) {
		return nil, nil
	}
	company, err := companyCode(ctx, tx)
	if err != nil {
		return nil, err
	}
	args := []any{tx.Company, by.Name, tx.Today(), tx.Micros(), after}
	among, roles := db.AmongTexts("w.name", len(args)+1, identity.Names(by.RolesIn(company)))
	args = append(args, roles...)
	args = append(args, limit)
	query := "select a." + columnsOfA + fmt.Sprintf(mineIn, among) + fmt.Sprintf(" order by a.id limit $%d", len(args))
	return db.List(ctx, tx, func(r *db.Rows, a *Approval) error { return scanApproval(r, a) }, query, args...)
}

// Due gives approvals whose step is to be reminded of, and was not: those that wait, of which the time has come.
func Due(ctx context.Context, tx *db.Tx, limit int) ([]Approval, error) {
	return db.List(ctx, tx, func(r *db.Rows, a *Approval) error { return scanApproval(r, a) }, "select a."+columnsOfA+` from approval a join approval_step s on s.company = a.company and s.approval = a.id and s.n = a.step
		where a.company = $1 and a.state = 'waiting' and s.remind_at <> 0 and s.remind_at <= $2 and s.reminded_at = 0 order by a.id limit $3`, tx.Company, tx.Micros(), limit)
}

// Remind notes that the approvers of a step were reminded.
func Remind(ctx context.Context, tx *db.Tx, a *Approval) error {
	n, err := tx.Exec(ctx, "update approval_step set reminded_at = $1 where company = $2 and approval = $3 and n = $4 and reminded_at = 0", tx.Micros(), tx.Company, a.ID, a.Step)
	if err != nil || n == 0 {
		return err
	}
	return a.note(ctx, tx, Event{Verb: Reminding, State: a.State, Step: a.Step})
}
