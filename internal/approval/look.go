package approval

import (
	"context"
	"fmt"
	"strings"
	"time"

	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/money"
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
		return r.Scan(&s.N, &s.Need, &s.StartedAt, &s.RemindAt, &s.EscalateAt, &s.RemindedAt, &s.RemindAfter, &s.EscalateAfter, &s.EscalatedAt)
	}, "select n, need, started_at, remind_at, escalate_at, reminded_at, remind_after, escalate_after, escalated_at from approval_step where company = $1 and approval = $2 order by n", tx.Company, id)
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
	Name      string // of the subject
	Payee     string
	Rule      string
	Decider   string        // who approved, rejected or asked
	From, To  *money.Amount // worth, without its sign
	Since     int64         // submitted at or after, UTC microseconds
	Until     int64         // submitted before; 0: without end
	Before    int64         // id: those before it
	Held      []int64       // ids of requests that nobody decides on now: they are left out
}

// where gives the condition and its arguments, which begin with the company at $1 and go on after those that are given.
func (f *Filter) where(args []any) (string, []any) {
	var b strings.Builder
	add := func(yes bool, condition string, value any) {
		if yes {
			args = append(args, value)
			fmt.Fprintf(&b, condition, len(args))
		}
	}
	add(f.Kind != "", " and a.kind = $%d", string(f.Kind))
	add(f.State != "", " and a.state = $%d", string(f.State))
	add(f.Requester != "", " and a.requester = $%d", f.Requester)
	add(f.Subject != 0, " and a.subject = $%d", f.Subject)
	add(f.Name != "", " and a.name = $%d", f.Name)
	add(f.Payee != "", " and a.payee = $%d", f.Payee)
	add(f.Rule != "", " and a.rule = $%d", f.Rule)
	add(f.Decider != "", " and exists (select 1 from approval_event e where e.company = a.company and e.approval = a.id and e.verb in ('approve', 'reject', 'ask') and e.actor = $%d)", f.Decider)
	add(f.From != nil, " and abs(a.worth) >= $%d", orNull(f.From))
	add(f.To != nil, " and abs(a.worth) <= $%d", orNull(f.To))
	add(f.Since != 0, " and a.submitted_at >= $%d", f.Since)
	add(f.Until != 0, " and a.submitted_at < $%d", f.Until)
	add(f.Before != 0, " and a.id < $%d", f.Before)
	for i, id := range f.Held {
		add(i == 0, " and not (a.kind = 'request' and a.subject in ($%d", id)
		add(i > 0, ", $%d", id)
	}
	if len(f.Held) > 0 {
		b.WriteString("))")
	}
	return b.String(), args
}

// List gives approvals, the newest first, at most limit of them.
func List(ctx context.Context, tx *db.Tx, f Filter, limit int) ([]Approval, error) {
	where, args := f.where([]any{tx.Company})
	args = append(args, limit)
	return db.List(ctx, tx, func(r *db.Rows, a *Approval) error { return scanApproval(r, a) },
		fmt.Sprintf("select a.%s from approval a where a.company = $1%s order by a.id desc limit $%d", columnsOfA, where, len(args)), args...)
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

// mine gives the text after select and columns, and its arguments, of what waits for somebody and fits the filter.
func mine(ctx context.Context, tx *db.Tx, by identity.Actor, f Filter, after int64) (string, []any, error) {
	company, err := companyCode(ctx, tx)
	if err != nil {
		return "", nil, err
	}
	args := []any{tx.Company, by.Name, tx.Today(), tx.Micros(), after}
	among, roles := db.AmongTexts("w.name", len(args)+1, identity.Names(by.RolesIn(company)))
	where, args := f.where(append(args, roles...))
	return fmt.Sprintf(mineIn, among) + where, args, nil
}

// Inbox gives what waits for somebody and fits the filter, the oldest first: those after an id, at most limit of them.
func Inbox(ctx context.Context, tx *db.Tx, by identity.Actor, f Filter, after int64, limit int) ([]Approval, error) {
	if operator(by.Name) {
		return nil, nil
	}
	from, args, err := mine(ctx, tx, by, f, after)
	if err != nil {
		return nil, err
	}
	args = append(args, limit)
	return db.List(ctx, tx, func(r *db.Rows, a *Approval) error { return scanApproval(r, a) }, fmt.Sprintf("select a.%s%s order by a.id limit $%d", columnsOfA, from, len(args)), args...)
}

// Mine is how much of a kind waits for somebody.
type Mine struct {
	Kind   Kind
	Count  int
	Worth  money.Amount // accounting currency, each without its sign
	Oldest int64        // when the oldest was submitted, UTC microseconds
}

// InboxFigures adds up what waits for somebody and fits the filter, by kind.
func InboxFigures(ctx context.Context, tx *db.Tx, by identity.Actor, f Filter) ([]Mine, error) {
	if operator(by.Name) {
		return nil, nil
	}
	from, args, err := mine(ctx, tx, by, f, 0)
	if err != nil {
		return nil, err
	}
	return db.List(ctx, tx, func(r *db.Rows, m *Mine) error { return r.Scan(&m.Kind, &m.Count, &m.Worth, &m.Oldest) },
		"select a.kind, count(*), cast(sum(abs(a.worth)) as bigint), min(a.submitted_at)"+from+" group by a.kind order by a.kind", args...)
}

// Clock says since when a step waits, and when those who may decide are reminded and others may too (UTC microseconds; 0: never).
type Clock struct{ Since, RemindAt, EscalateAt int64 }

// Clocks gives the clocks of the steps at which approvals wait, by id.
func Clocks(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]Clock, error) {
	all := map[int64]Clock{}
	if len(ids) == 0 {
		return all, nil
	}
	args, marks := []any{tx.Company}, make([]string, len(ids))
	for i, id := range ids {
		args, marks[i] = append(args, id), fmt.Sprintf("$%d", i+2)
	}
	err := tx.Each(ctx, "select a.id, s.started_at, s.remind_at, s.escalate_at from approval a join approval_step s on s.company = a.company and s.approval = a.id and s.n = a.step where a.company = $1 and a.state = 'waiting' and a.id in ("+strings.Join(marks, ", ")+")",
		args, func(r *db.Rows) error {
			var id int64
			var c Clock
			err := r.Scan(&id, &c.Since, &c.RemindAt, &c.EscalateAt)
			all[id] = c
			return err
		})
	return all, err
}

// dueIn is the condition that the approvers of a step of an approval that waits are to be reminded, or others to be told that it is escalated.
const dueIn = ` from approval a join approval_step s on s.company = a.company and s.approval = a.id and s.n = a.step
	where a.state = 'waiting' and ((s.remind_at <> 0 and s.remind_at <= $1 and s.reminded_at = 0) or (s.escalate_at <> 0 and s.escalate_at <= $1 and s.escalated_at = 0))`

// Due gives approvals of whose step people are to be told again, and were not; of those that fit the filter.
func Due(ctx context.Context, tx *db.Tx, f Filter, limit int) ([]Approval, error) {
	where, args := f.where([]any{tx.Micros(), tx.Company})
	return db.List(ctx, tx, func(r *db.Rows, a *Approval) error { return scanApproval(r, a) }, "select a."+columnsOfA+dueIn+" and a.company = $2"+where+fmt.Sprintf(" order by a.id limit %d", limit), args...)
}

// Pause puts the reminder and the escalation of the step at which a subject waits off by the time that nobody could decide on it, where they were not
// told of yet: the clock stood still.
func Pause(ctx context.Context, tx *db.Tx, k Kind, subject int64, stood time.Duration) error {
	_, err := tx.Exec(ctx, `update approval_step set remind_at = case when remind_at > 0 and reminded_at = 0 then remind_at + $1 else remind_at end,
		escalate_at = case when escalate_at > 0 and escalated_at = 0 then escalate_at + $1 else escalate_at end
		where company = $2 and exists (select 1 from approval a where a.company = approval_step.company and a.id = approval_step.approval and a.step = approval_step.n and a.state = 'waiting' and a.kind = $3 and a.subject = $4)`,
		stood.Microseconds(), tx.Company, string(k), subject)
	return err
}

// AllDue gives the codes of the companies in which [Due] gives something, without a filter.
func AllDue(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.List(ctx, tx, func(r *db.Rows, code *string) error { return r.Scan(code) }, "select c.code from company c where exists (select 1"+dueIn+" and a.company = c.id) order by c.code", tx.Micros())
}

// Remind tells the approvers of a step that it still waits, and those to whom it is escalated that they may decide too, each once; false says
// that somebody else did so first, or that it does not wait any longer.
func Remind(ctx context.Context, tx *db.Tx, a *Approval) (did bool, err error) {
	// Locks the row, so that nobody decides meanwhile.
	n, err := tx.Exec(ctx, "update approval set step = step where company = $1 and id = $2 and state = 'waiting' and step = $3", tx.Company, a.ID, a.Step)
	if err != nil || n == 0 {
		return false, err
	}
	const once = " where company = $2 and approval = $3 and n = $4"
	n, err = tx.Exec(ctx, "update approval_step set escalated_at = $1"+once+" and escalate_at <> 0 and escalate_at <= $1 and escalated_at = 0", tx.Micros(), tx.Company, a.ID, a.Step)
	if err != nil {
		return false, err
	}
	if did = n > 0; did {
		steps, err := Steps(ctx, tx, a.ID)
		if err != nil {
			return false, err
		}
		err = a.note(ctx, tx, Event{Verb: Reminding, State: a.State, Step: a.Step, Reason: "escalated to " + strings.Join(names(steps[a.Step-1].EscalateTo), ", ")})
		if err != nil {
			return false, err
		}
	}
	n, err = tx.Exec(ctx, "update approval_step set reminded_at = $1"+once+" and remind_at <> 0 and remind_at <= $1 and reminded_at = 0", tx.Micros(), tx.Company, a.ID, a.Step)
	if err != nil || n == 0 || did { // who is told that it is escalated needs no reminder
		return did, err
	}
	return true, a.note(ctx, tx, Event{Verb: Reminding, State: a.State, Step: a.Step})
}
