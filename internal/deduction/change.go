package deduction

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

// Change is what the desk changes of a deduction; nil stays as it is.
type Change struct {
	Reason, Type, Account, Plan  *string
	TheirCode, ClaimNumber, Note *string
	Owner, Team                  *string
	Priority                     *int
	FollowUp                     *civil.Date
	Work, Substate               *string
	DuplicateOf                  *int64
}

// Kinds of events. Those of postings are named where they are made.
const (
	EventComment  = "comment"
	EventChanged  = "changed"
	EventDispute  = "dispute"
	EventEvidence = "evidence"
	EventWatcher  = "watcher"
)

const (
	highestPriority = 9
	longestText     = 4000 // letters of a note or comment
)

// Apply changes a deduction as far as its set-up goes: what is derived of it is for [Derive]. A reason that is new takes the deduction
// to where it leads: to its owner and team, when those it had were the defaults; an unresolved deduction takes its type, account and plan;
// what was only captured is coded. Of what is over, or awaits approval, the treatment stays.
func (s *Setup) Apply(c *ledger.Company, d *Deduction, x Change) error {
	if d.State == Reversed || d.State == Voided {
		return fault.New(fault.Refused, "deduction %s is %s; nothing is done about it any more", d.Number, d.State).ByRule("deduction_over")
	}
	if err := s.coding(d, &x); err != nil {
		return err
	}
	if x.Reason != nil && *x.Reason != d.Reason {
		if err := s.recode(c, d, *x.Reason, &x); err != nil {
			return err
		}
	}
	if err := s.treat(c, d, x); err != nil {
		return err
	}
	if err := d.describe(x); err != nil {
		return err
	}
	if x.DuplicateOf != nil {
		if *x.DuplicateOf == d.ID {
			return fault.New(fault.Invalid, "deduction %s cannot be a duplicate of itself", d.Number).In("duplicate_of").ByRule("duplicate_of_itself")
		}
		d.DuplicateOf = *x.DuplicateOf
	}
	switch {
	case x.Work != nil:
		substate := ""
		if x.Substate != nil {
			substate = *x.Substate
		}
		return s.MoveWork(d, Work(*x.Work), substate)
	case x.Substate != nil:
		return s.setSubstate(d, *x.Substate)
	}
	return nil
}

// coding finds the reason that the customer's own code stands for, and refuses another treatment of what is over or awaits approval.
func (s *Setup) coding(d *Deduction, x *Change) error {
	if x.TheirCode != nil && x.Reason == nil && *x.TheirCode != d.TheirCode && d.workable() && d.Work != PendingApproval {
		if reason, ok := s.ReasonFor(d.Customer, *x.TheirCode, d.Captured); ok {
			x.Reason = &reason
		}
	}
	if x.Reason == nil && x.Type == nil && x.Account == nil && x.Plan == nil {
		return nil
	}
	switch {
	case !d.workable():
		return fault.New(fault.Refused, "deduction %s is %s; its reason, type, account and plan stay as they were resolved by", d.Number, d.Financial()).ByRule("deduction_closed")
	case d.Work == PendingApproval:
		return fault.New(fault.Refused, "a resolution of deduction %s awaits approval; approve or reject it before its reason, type, account or plan is changed", d.Number).ByRule("deduction_pending")
	}
	return nil
}

// recode gives a deduction another reason.
func (s *Setup) recode(c *ledger.Company, d *Deduction, reason string, x *Change) error {
	r, ok := s.Reasons[reason]
	if reason != "" && (!ok || !r.Active) {
		return fault.New(fault.Invalid, "there is no reason %q in use", reason).In("reason").ByRule("reason_unknown")
	}
	owner, team := s.Route(c, d.Customer, d.Reason)
	wasOwner, wasTeam := d.Owner == "" || d.Owner == owner, d.Team == "" || d.Team == team
	d.Reason = reason
	owner, team = s.Route(c, d.Customer, reason)
	if wasOwner {
		d.Owner = owner
	}
	if wasTeam {
		d.Team = team
	}
	if d.Work == Captured && reason != "" && x.Work == nil {
		d.Work, d.Substate = Coded, ""
	}
	if s.Types[d.Type].Kind == Unresolved && r.Type != "" && x.Type == nil && s.sameOffset(d, r.Type) {
		d.Type = r.Type
		if d.Account == "" {
			d.Account = r.Account
		}
		if d.Plan == "" {
			d.Plan = r.Plan
		}
	}
	return nil
}

// sameOffset says whether a deduction may change to a type: what is held in suspense stays on the account that its type has.
func (s *Setup) sameOffset(d *Deduction, typ string) bool {
	return d.Hold != OnSuspense || s.Types[typ].Offset == s.Types[d.Type].Offset
}

// treat changes how a deduction will be resolved.
func (s *Setup) treat(c *ledger.Company, d *Deduction, x Change) error {
	if x.Type != nil && *x.Type != d.Type {
		if _, ok := s.Types[*x.Type]; !ok {
			return fault.New(fault.Invalid, "there is no type of deduction %q", *x.Type).In("type").ByRule("type_unknown")
		}
		if !s.sameOffset(d, *x.Type) {
			return fault.New(fault.Refused, "deduction %s is held on the offset account of type %s; type %s has another one", d.Number, d.Type, *x.Type).In("type").ByRule("type_offset")
		}
		d.Type = *x.Type
	}
	if x.Account != nil {
		if _, main := c.Accounts[*x.Account]; !main && *x.Account != "" {
			if _, err := c.Parse(*x.Account); err != nil {
				return fault.New(fault.Invalid, "%q is neither a main account nor a ledger account", *x.Account).In("account").ByRule("account_unknown").Because(err)
			}
		}
		d.Account = *x.Account
	}
	if x.Plan != nil {
		if _, ok := s.Plans[*x.Plan]; !ok && *x.Plan != "" {
			return fault.New(fault.Invalid, "there is no accrual plan %q", *x.Plan).In("plan").ByRule("plan_unknown")
		}
		d.Plan = *x.Plan
	}
	return nil
}

// describe changes what is only said of a deduction.
func (d *Deduction) describe(x Change) error {
	for _, f := range []struct {
		field string
		most  int
		to    *string
		at    *string
	}{
		{"their_code", longestCode, x.TheirCode, &d.TheirCode},
		{"claim_number", longestCode, x.ClaimNumber, &d.ClaimNumber},
		{"owner", longestCode, x.Owner, &d.Owner},
		{"team", longestCode, x.Team, &d.Team},
		{"note", longestText, x.Note, &d.Note},
	} {
		if f.to == nil {
			continue
		}
		if err := plainText(f.field, *f.to, f.most); err != nil {
			return err
		}
		*f.at = *f.to
	}
	if x.Priority != nil {
		if *x.Priority < 0 || *x.Priority > highestPriority {
			return fault.New(fault.Invalid, "%d is no priority; expected 0 to %d", *x.Priority, highestPriority).In("priority").ByRule("priority_range")
		}
		d.Priority = *x.Priority
	}
	if x.FollowUp != nil {
		d.FollowUp = *x.FollowUp
	}
	return nil
}

// plainText refuses a text that is too long or has what no text has. A text of more than a code's length may have several lines.
func plainText(field, text string, most int) error {
	odd := func(r rune) bool { return unicode.IsControl(r) && (most == longestCode || (r != '\n' && r != '\t')) }
	if !utf8.ValidString(text) || strings.ContainsFunc(text, odd) {
		return fault.New(fault.Invalid, "%s has characters that no text has", field).In(field).ByRule("text")
	}
	return short(field, text, most)
}

// SaveChange writes a deduction that was changed since it was before, with what is derived of it, and a line of its history for what
// changed and what more is to be said. Nothing changed: nothing is written.
func SaveChange(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, before, d *Deduction, kind, more string) error {
	if err := Derive(ctx, tx, c, s, d); err != nil {
		return err
	}
	lines := differences(before, d)
	if *before != *d {
		if err := Update(ctx, tx, d); err != nil {
			return err
		}
		if err := s.Expose(ctx, tx, d); err != nil {
			return err
		}
	}
	if more != "" {
		lines = append(lines, more)
	}
	if len(lines) == 0 {
		return nil
	}
	return AddEvent(ctx, tx, d.ID, kind, strings.Join(lines, "\n"))
}

// differences says what differs, a line each, as field: before → after.
func differences(a, b *Deduction) []string {
	lines := []string{}
	for _, f := range []struct {
		field         string
		before, after any
	}{
		{"reason", a.Reason, b.Reason},
		{"type", a.Type, b.Type},
		{"account", a.Account, b.Account},
		{"plan", a.Plan, b.Plan},
		{"their_code", a.TheirCode, b.TheirCode},
		{"claim_number", a.ClaimNumber, b.ClaimNumber},
		{"note", a.Note, b.Note},
		{"owner", a.Owner, b.Owner},
		{"team", a.Team, b.Team},
		{"priority", a.Priority, b.Priority},
		{"follow_up", a.FollowUp, b.FollowUp},
		{"work", a.Work, b.Work},
		{"substate", a.Substate, b.Substate},
		{"dispute", a.Dispute, b.Dispute},
		{"attempts", a.Attempts, b.Attempts},
		{"disputed_at", a.DisputedAt, b.DisputedAt},
		{"answer_due", a.AnswerDue, b.AnswerDue},
		{"paid_back", told(a.Currency, a.PaidBack), told(b.Currency, b.PaidBack)},
		{"expires", a.Expires, b.Expires},
		{"ready", a.Ready, b.Ready},
	} {
		if f.before != f.after {
			lines = append(lines, fmt.Sprintf("%s: %s → %s", f.field, orDash(f.before), orDash(f.after)))
		}
	}
	return lines
}

func orDash(v any) string {
	if text := fmt.Sprint(v); text != "" {
		return text
	}
	return "–"
}

// CheckComment refuses a comment that cannot be kept.
func CheckComment(text string) error {
	if strings.TrimSpace(text) == "" {
		return fault.New(fault.Invalid, "the comment is blank").In("text").ByRule("comment_blank")
	}
	return plainText("text", text, longestText)
}

// Comment adds a comment to the history of a deduction.
func Comment(ctx context.Context, tx *db.Tx, d *Deduction, text string) error {
	if err := CheckComment(text); err != nil {
		return err
	}
	return AddEvent(ctx, tx, d.ID, EventComment, text)
}

// Watch makes somebody watch a deduction, or no longer, and says whether that is new.
func Watch(ctx context.Context, tx *db.Tx, d *Deduction, watcher string, on bool) (bool, error) {
	if watcher == "" {
		return false, fault.New(fault.Invalid, "nobody is named to watch deduction %s", d.Number).In("watcher")
	}
	if err := plainText("watcher", watcher, longestCode); err != nil {
		return false, err
	}
	query, said := "insert into deduction_watcher (company, deduction, watcher) values ($1, $2, $3) on conflict do nothing", "watcher: – → "+watcher
	if !on {
		query, said = "delete from deduction_watcher where company = $1 and deduction = $2 and watcher = $3", "watcher: "+watcher+" → –"
	}
	n, err := tx.Exec(ctx, query, tx.Company, d.ID, watcher)
	if err != nil || n == 0 {
		return false, err
	}
	return true, AddEvent(ctx, tx, d.ID, EventWatcher, said)
}

// Watchers gives who watches a deduction.
func Watchers(ctx context.Context, tx *db.Tx, d *Deduction) ([]string, error) {
	return db.List(ctx, tx, func(r *db.Rows, w *string) error { return r.Scan(w) },
		"select watcher from deduction_watcher where company = $1 and deduction = $2 order by watcher", tx.Company, d.ID)
}

// Event is a line of the history of a deduction.
type Event struct {
	ID         int64
	At         int64 // microseconds
	Actor      string
	Kind, Text string
}

const historyShown = 500

// History gives the newest events of a deduction, the newest first.
func History(ctx context.Context, tx *db.Tx, d *Deduction) ([]Event, error) {
	return db.List(ctx, tx, func(r *db.Rows, e *Event) error { return r.Scan(&e.ID, &e.At, &e.Actor, &e.Kind, &e.Text) },
		"select id, at, actor, kind, text from deduction_event where company = $1 and deduction = $2 order by id desc limit $3", tx.Company, d.ID, historyShown)
}

// Evidence is an attachment of a deduction.
type Evidence struct {
	ID   int64
	Type string
	File int64
}

// EvidenceOf gives the attachments of a deduction, in the order in which they came.
func EvidenceOf(ctx context.Context, tx *db.Tx, d *Deduction) ([]Evidence, error) {
	return db.List(ctx, tx, func(r *db.Rows, e *Evidence) error { return r.Scan(&e.ID, &e.Type, &e.File) },
		"select id, type, file from deduction_evidence where company = $1 and deduction = $2 order by id", tx.Company, d.ID)
}

// Attach attaches a file to a deduction as evidence of a type, and says whether it is ready now; what is attached to a root is there for
// its children too.
func Attach(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction, typ string, file int64, name string) error {
	if !slices.Contains(EvidenceTypes, typ) {
		return fault.New(fault.Invalid, "%q is no type of evidence; expected one of %s", typ, joined(EvidenceTypes)).In("type").ByRule("evidence_unknown")
	}
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "insert into deduction_evidence (company, deduction, id, type, file) values ($1, $2, $3, $4, $5)", tx.Company, d.ID, id, typ, file); err != nil {
		return err
	}
	return evidenceChanged(ctx, tx, c, s, d, fmt.Sprintf("evidence: – → %s %s", typ, name))
}

// Detach takes an attachment off a deduction. The file stays; the history says that it was there, and why it is not.
func Detach(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction, e Evidence, name, why string) error {
	if strings.TrimSpace(why) == "" {
		return fault.New(fault.Invalid, "say why %s is taken off deduction %s", name, d.Number).In("reason").ByRule("reason_blank")
	}
	if err := plainText("reason", why, longestText); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, "delete from deduction_evidence where company = $1 and deduction = $2 and id = $3", tx.Company, d.ID, e.ID); err != nil {
		return err
	}
	return evidenceChanged(ctx, tx, c, s, d, fmt.Sprintf("evidence: %s %s → –: %s", e.Type, name, why))
}

// evidenceChanged derives anew whether a deduction, and those that share its evidence, are ready.
func evidenceChanged(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction, said string) error {
	before := *d
	if err := SaveChange(ctx, tx, c, s, &before, d, EventEvidence, said); err != nil || d.ID != d.Root {
		return err
	}
	family, err := Family(ctx, tx, d.Root)
	for _, child := range family {
		if err != nil {
			return err
		}
		if child.ID != d.ID {
			before := *child
			err = SaveChange(ctx, tx, c, s, &before, child, EventEvidence, "")
		}
	}
	return err
}
