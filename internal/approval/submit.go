package approval

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/policy"
)

const (
	day  = 24 * hour
	hour = int64(3_600_000_000) // microseconds
)

// Submit asks for approval of a subject: the policies in force are asked, the rule is chosen, its steps are made. When policies approve it,
// or no rule fits, it is approved at once. A subject that is submitted already with the same content keeps its approval; with other content
// the earlier one is void. What policies refuse is an error that says why.
func Submit(ctx context.Context, tx *db.Tx, s Subject) (*Approval, error) {
	if err := s.check(tx); err != nil {
		return nil, err
	}
	// Locks the row, so that the totals of the payee are looked at by one at a time.
	var n int64
	if err := tx.Row(ctx, "insert into approval_number (company, last) values ($1, 1) on conflict (company) do update set last = approval_number.last + 1 returning last", tx.Company).Scan(&n); err != nil {
		return nil, err
	}
	had, err := Of(ctx, tx, s.Kind, s.ID)
	if err != nil {
		return nil, err
	}
	if had != nil && had.State.Live() {
		if bytes.Equal(had.Digest, s.Digest) {
			return had, nil
		}
		if err := had.void(ctx, tx, "its content changed, and it was submitted again"); err != nil {
			return nil, err
		}
	}
	way, err := s.way(ctx, tx, true)
	if err != nil {
		return nil, err
	}
	return s.store(ctx, tx, n, way)
}

func (s *Subject) check(tx *db.Tx) error {
	switch {
	case len(s.Digest) != sha256.Size || s.Name == "" || s.ID == 0:
		return fault.New(fault.Internal, "a subject of approval needs an id, a name and a SHA-256 digest")
	case s.Facts.Accounting.Code == "":
		return fault.New(fault.Internal, "a subject of approval needs the accounting currency")
	}
	if s.Submitter == "" {
		s.Submitter = tx.Actor
	}
	if s.Facts.Requester == "" {
		s.Facts.Requester = s.Submitter
	}
	if s.Facts.Payee != "" && !slices.Contains(s.Facts.Payees, s.Facts.Payee) {
		s.Facts.Payees = append(slices.Clone(s.Facts.Payees), s.Facts.Payee)
	}
	return policy.CheckKind(s.Kind)
}

// way is how a subject is decided on.
type way struct {
	decision  *policy.Decision
	rule      *Rule // nil: nobody needs to approve
	automatic bool
}

// way asks the policies and chooses the rule; it writes nothing but the decision of the policies, when that is to be kept.
func (s *Subject) way(ctx context.Context, tx *db.Tx, keep bool) (*way, error) {
	w := &way{decision: s.Decision}
	if w.decision == nil {
		f, err := s.fields(ctx, tx)
		if err != nil {
			return nil, err
		}
		set, err := policy.Load(ctx, tx, s.Kind, tx.Today())
		if err != nil {
			return nil, err
		}
		if keep {
			w.decision, err = set.Decide(ctx, tx, s.Kind, s.ID, s.Name, f)
		} else {
			f.Kind, f.Today = string(s.Kind), tx.Today().String()
			w.decision, err = set.Evaluate(f)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := w.decision.Err(); err != nil {
		return nil, err
	}
	if w.automatic = w.decision.Outcome == policy.Automatic && s.Look == ""; w.automatic {
		return w, nil
	}
	rules, err := Rules(ctx, tx, s.Kind, tx.Today())
	if err != nil {
		return nil, err
	}
	if w.rule, err = Choose(rules, s.Kind, &s.Facts, w.decision.Route); err != nil {
		return w, err
	}
	switch {
	case w.rule != nil:
	case s.Otherwise != nil:
		w.rule = &Rule{Steps: s.Otherwise}
	case gap(rules, s.Kind, &s.Facts):
		err = fault.New(fault.Refused, "%s is larger than what the approval rules in force for subjects of kind %s end at, and no rule says who approves it; make a rule for that band of amounts", s.Name, s.Kind).ByRule("no_rule")
	case len(w.decision.Reviews) > 0:
		said := w.decision.Reviews[0]
		err = fault.New(fault.Refused, "the policy %s (line %d) wants somebody to look at %s, and no approval rule says who: %s; make a rule for subjects of kind %s", said.Policy, said.Line, s.Name, said.Text, s.Kind).ByRule("no_rule")
	}
	w.automatic = w.rule == nil
	return w, err
}

// fields gives what policies see: what the caller knows, with the facts and the totals of the payee.
func (s *Subject) fields(ctx context.Context, tx *db.Tx) (*policy.Fields, error) {
	f := &policy.Fields{SaleDays: policy.Unknown, CreditDays: policy.Unknown, DetailsDays: policy.Unknown}
	if s.Fields != nil {
		c := *s.Fields
		f = &c
	}
	x := &s.Facts
	f.Type, f.Organisation, f.Requester, f.Payee, f.Currency = x.Type, x.Organisation, x.Requester, x.Payee, x.Currency
	f.Amount = policy.AmountOf(x.Accounting, x.Worth)
	if s.Fields == nil {
		f.CurrencyAmount = f.Amount
	}
	t, err := TotalsOf(ctx, tx, x.Payee, s.Kind, s.ID)
	if err != nil {
		return nil, err
	}
	t.add(x, f)
	return f, nil
}

// Totals are what was approved or waits to be approved to a payee, of subjects that pay.
type Totals struct {
	Days30, Days90, Days365 int64 // minor units of the accounting currency
	Count365                int64
}

// TotalsOf gives the totals of a payee up to now, without the subject itself.
func TotalsOf(ctx context.Context, tx *db.Tx, payee string, k Kind, subject int64) (t Totals, err error) {
	if payee == "" {
		return t, nil
	}
	now := tx.Micros()
	err = tx.Row(ctx, `select cast(coalesce(sum(case when submitted_at > $2 then worth end), 0) as bigint), cast(coalesce(sum(case when submitted_at > $3 then worth end), 0) as bigint), cast(coalesce(sum(worth), 0) as bigint), count(*)
		from approval where company = $1 and payee = $4 and submitted_at > $5 and kind = $6 and state in ('waiting', 'more_information', 'approved', 'used') and subject <> $7`,
		tx.Company, now-30*day, now-90*day, payee, now-365*day, string(k), subject).Scan(&t.Days30, &t.Days90, &t.Days365, &t.Count365)
	return t, err
}

// add puts the totals with the subject itself into the fields.
func (t *Totals) add(x *Facts, f *policy.Fields) {
	with := func(sum int64) policy.Amount { return policy.AmountOf(x.Accounting, x.Worth+moneyOf(sum)) }
	f.Payee30, f.Payee90, f.Payee365, f.PayeeCount = with(t.Days30), with(t.Days90), with(t.Days365), int(t.Count365)+1
}

const approvalColumns = "id, n, kind, subject, name, title, digest, state, organisation, type, currency, amount, worth, payee, requester, submitted_by, submitted_at, rule, rule_n, coalesce(decision, 0), automatic, step, steps, ended_at, evidence"

// store writes a new approval.
func (s *Subject) store(ctx context.Context, tx *db.Tx, n int64, w *way) (*Approval, error) {
	id, err := tx.NewID(ctx)
	if err != nil {
		return nil, err
	}
	evidence, err := json.Marshal(s.Evidence)
	if err != nil {
		return nil, err
	}
	a := &Approval{
		ID: id, N: n, Kind: s.Kind, Subject: s.ID, Name: s.Name, Title: strings.TrimSpace(s.Title), Digest: s.Digest, State: Waiting, Facts: s.Facts, SubmittedBy: s.Submitter, SubmittedAt: tx.Micros(),
		Decision: w.decision.ID, Automatic: w.automatic, Step: 1, Evidence: string(evidence), untold: s.Untold,
	}
	if w.rule != nil {
		a.Rule, a.RuleN, a.Steps = w.rule.Name, w.rule.N, len(w.rule.Steps)
	}
	if w.automatic {
		a.State, a.Steps, a.EndedAt = Approved, 0, tx.Micros()
	}
	x := &a.Facts
	_, err = tx.Exec(ctx, "insert into approval (company, "+strings.Replace(approvalColumns, "coalesce(decision, 0)", "decision", 1)+") values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)",
		tx.Company, a.ID, a.N, string(a.Kind), a.Subject, a.Name, a.Title, a.Digest, string(a.State), x.Organisation, x.Type, x.Currency, int64(x.Amount), int64(x.Worth), x.Payee, x.Requester, a.SubmittedBy, a.SubmittedAt, a.Rule, a.RuleN, db.Null(a.Decision), bit(a.Automatic), a.Step, a.Steps, a.EndedAt, a.Evidence)
	if err != nil {
		return nil, err
	}
	for _, code := range x.Payees {
		if _, err := tx.Exec(ctx, "insert into approval_payee (company, approval, code) values ($1, $2, $3) on conflict do nothing", tx.Company, a.ID, code); err != nil {
			return nil, err
		}
	}
	if w.rule != nil && !w.automatic {
		if err := a.storeSteps(ctx, tx, w.rule.Steps); err != nil {
			return nil, err
		}
	}
	why := ""
	switch {
	case w.rule == nil && w.decision.Approved.Policy != "":
		why = "approved by the policy " + w.decision.Approved.Policy
	case w.rule == nil:
		why = "no rule asks for approval"
	case w.rule.Name == "":
		why = strings.TrimSuffix("no rule says who decides; "+s.Look, "; ")
	default:
		why = s.Look
	}
	return a, a.note(ctx, tx, Event{Actor: s.Submitter, Verb: Submitting, State: a.State, Step: a.Step, Reason: why})
}

func (a *Approval) storeSteps(ctx context.Context, tx *db.Tx, steps []Step) error {
	for i, st := range steps {
		started, remind, escalate := int64(0), int64(0), int64(0)
		if i == 0 {
			started = tx.Micros()
			remind, escalate = after(started, st.RemindAfter), after(started, st.EscalateAfter)
		}
		if _, err := tx.Exec(ctx, "insert into approval_step (company, approval, n, need, started_at, remind_at, escalate_at, reminded_at, remind_after, escalate_after) values ($1, $2, $3, $4, $5, $6, $7, 0, $8, $9)",
			tx.Company, a.ID, i+1, st.Need, started, remind, escalate, st.RemindAfter, st.EscalateAfter); err != nil {
			return err
		}
		for j, w := range slices.Concat(st.Approvers, st.EscalateTo) {
			who := "user"
			if w.Role {
				who = "role"
			}
			if _, err := tx.Exec(ctx, "insert into approval_approver (company, approval, step, who, name, escalated) values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
				tx.Company, a.ID, i+1, who, w.Name, bit(j >= len(st.Approvers))); err != nil {
				return err
			}
		}
	}
	return nil
}

// after gives the instant some hours after another; 0 hours: never.
func after(at int64, hours int) int64 {
	if hours == 0 {
		return 0
	}
	return at + int64(hours)*hour
}

// note adds an event. Two at the same moment cannot both be the next.
func (a *Approval) note(ctx context.Context, tx *db.Tx, e Event) error {
	if e.Actor == "" {
		e.Actor = tx.Actor
	}
	n, err := tx.Exec(ctx, `insert into approval_event (company, approval, n, at, actor, verb, state, step, acting_for, capacity, reason, digest)
		select $1, $2, coalesce((select max(n) from approval_event where company = $1 and approval = $2), 0) + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11 where true on conflict do nothing`,
		tx.Company, a.ID, tx.Micros(), e.Actor, string(e.Verb), string(e.State), e.Step, e.ActingFor, e.Capacity, e.Reason, a.Digest)
	if err == nil && n == 0 {
		err = db.Again("somebody else decided at the same moment")
	}
	if err == nil {
		err = a.tell(ctx, tx, &e)
	}
	return err
}
