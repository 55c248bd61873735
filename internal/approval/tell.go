package approval

import (
	"context"
	"fmt"

	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/money"
	"quittance/internal/outbox"
)

// told are the values of an event of an approval.
type told struct {
	Approval string `json:"approval"`
	What     Kind   `json:"what"`
	Title    string `json:"title"`
	Count    int    `json:"count,omitempty"`
	Step     int    `json:"step,omitempty"`
	Amount   string `json:"amount,omitempty"`
	Currency string `json:"currency,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// tell tells of what happened to an approval those who may decide now, or who asked for it. What was approved as it was submitted, and what
// was carried out, is told by whoever does that.
func (a *Approval) tell(ctx context.Context, tx *db.Tx, e *Event) error {
	if a.untold {
		return nil
	}
	asked := []string{a.Facts.Requester, a.SubmittedBy}
	kind, concerns := outbox.Kind(""), asked
	switch e.Verb {
	case Submitting, Answering:
		kind = outbox.ApprovalRequested
	case Approving:
		if kind = outbox.ApprovalRequested; e.State == Approved {
			kind = outbox.ApprovalApproved
		} else if a.Step == e.Step {
			return nil // the others of the step know already
		}
	case Reminding:
		if kind = outbox.ApprovalReminded; e.Reason != "" {
			kind = outbox.ApprovalEscalated
		}
	case Rejecting:
		kind = outbox.ApprovalRejected
	case Asking:
		kind = outbox.ApprovalAsked
	case Withdrawing:
		kind = outbox.ApprovalWithdrawn
	case Voiding:
		kind = outbox.ApprovalVoided
	default:
		return nil
	}
	if e.Verb == Submitting && e.State == Approved {
		return nil
	}
	t := told{Approval: a.Code(), What: a.Kind, Title: a.Title}
	switch kind {
	case outbox.ApprovalRequested, outbox.ApprovalReminded, outbox.ApprovalEscalated:
		who, err := Deciders(ctx, tx, a)
		if err != nil {
			return err
		}
		concerns, t.Step, t.Currency = who, a.Step, a.Facts.Currency
		if t.Amount, err = amountText(a.Facts.Currency, a.Facts.Amount); err != nil {
			return err
		}
	case outbox.ApprovalWithdrawn, outbox.ApprovalVoided:
		who, err := a.involved(ctx, tx)
		if err != nil {
			return err
		}
		concerns = append(who, asked...)
	case outbox.ApprovalRejected, outbox.ApprovalAsked:
		t.Reason = e.Reason
	}
	return outbox.Add(tx, kind, a.Name, t, concerns...)
}

func amountText(currency string, amount money.Amount) (string, error) {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return "", err
	}
	return cur.Format(amount), nil
}

// TellMany tells once of many approvals that were asked for untold, such as the payments of a journal: those of whom a person must decide.
// name is of all of them together.
func TellMany(ctx context.Context, tx *db.Tx, name string, all []*Approval) error {
	var concerns []string
	var sum money.Amount
	t, currencies := told{}, map[string]bool{}
	for _, a := range all {
		if a.State != Waiting {
			continue
		}
		who, err := Deciders(ctx, tx, a)
		if err != nil {
			return err
		}
		concerns = append(concerns, who...)
		t.Approval, t.What, t.Title, t.Step, t.Currency = a.Code(), a.Kind, a.Title, a.Step, a.Facts.Currency
		currencies[t.Currency] = true
		if sum, err = money.Add(sum, a.Facts.Amount); err != nil {
			return err
		}
		t.Count++
	}
	if t.Count == 0 {
		return nil
	}
	if t.Count > 1 {
		t.Approval, t.Title = "", fmt.Sprintf("%d of %s", t.Count, name)
	} else {
		name, t.Count = all[0].Name, 0
		for _, a := range all {
			if a.State == Waiting {
				name = a.Name
			}
		}
	}
	if len(currencies) > 1 {
		t.Currency = ""
	} else {
		var err error
		if t.Amount, err = amountText(t.Currency, sum); err != nil {
			return err
		}
	}
	return outbox.Add(tx, outbox.ApprovalRequested, name, t, concerns...)
}

// Deciders gives the names of the users who may decide on an approval at its step now, in person, as deputies, or because it was escalated.
func Deciders(ctx context.Context, tx *db.Tx, a *Approval) ([]string, error) {
	company, err := companyCode(ctx, tx)
	if err != nil {
		return nil, err
	}
	var able []identity.Role
	for _, r := range identity.Roles() {
		if (identity.Actor{Name: "x", Roles: []identity.Role{r}}).AllowIn(company, identity.Approve) == nil {
			able = append(able, r)
		}
	}
	args := []any{tx.Company, a.ID, a.Step, tx.Micros(), company, tx.Today(), string(a.Kind), a.Facts.Requester, a.SubmittedBy}
	among, roles := db.AmongTexts("p.role", len(args)+1, identity.Names(able))
	return db.List(ctx, tx, func(r *db.Rows, name *string) error { return r.Scan(name) }, fmt.Sprintf(decidersSQL, among), append(args, roles...)...)
}

// decidersSQL finds who may decide, and on whose authority: one's own, or that of who delegated; neither may be barred.
const decidersSQL = `with own as (
	select distinct u.name from app_user u join approval_approver w on w.company = $1 and w.approval = $2 and w.step = $3
	join approval_step s on s.company = w.company and s.approval = w.approval and s.n = w.step and (w.escalated = 0 or (s.escalate_at <> 0 and s.escalate_at <= $4))
	where not u.disabled and ((w.who = 'user' and w.name = u.name) or (w.who = 'role' and exists (select 1 from user_role o where o.app_user = u.id and o.role = w.name and o.company in ('', $5))))),
allowed as (
	select o.name as name, o.name as authority from own o
	union select d.to_user, d.from_user from own o join approval_delegation d on d.company = $1 and d.from_user = o.name and d.from_date <= $6 and d.to_date >= $6 and d.ended_by = '' and (d.kind = '' or d.kind = $7)),
barred as (
	select e.actor as name from approval_event e where e.company = $1 and e.approval = $2 and e.verb = 'approve'
	union select e.acting_for from approval_event e where e.company = $1 and e.approval = $2 and e.verb = 'approve'
	union select p.actor from approval_payee y join approval_person p on p.company = y.company and p.party = y.code where y.company = $1 and y.approval = $2)
select distinct a.name from allowed a join app_user v on v.name = a.name and not v.disabled
where a.name not in ($8, $9) and a.authority not in ($8, $9) and a.name not in (select name from barred) and a.authority not in (select name from barred)
and exists (select 1 from user_role p where p.app_user = v.id and p.company in ('', $5) and %s) order by a.name`

// involved gives who decided on an approval so far, or may now.
func (a *Approval) involved(ctx context.Context, tx *db.Tx) ([]string, error) {
	events, err := Events(ctx, tx, a.ID)
	if err != nil {
		return nil, err
	}
	var all []string
	for i := range events {
		if v := events[i].Verb; v == Approving || v == Rejecting || v == Asking {
			all = append(all, events[i].Actor)
		}
	}
	if a.Steps < a.Step {
		return all, nil
	}
	now, err := Deciders(ctx, tx, a)
	return append(all, now...), err
}
