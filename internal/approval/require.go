package approval

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/money"
)

func moneyOf(n int64) money.Amount { return money.Amount(n) }

func scanApproval(r interface{ Scan(...any) error }, a *Approval) error {
	x := &a.Facts
	return r.Scan(&a.ID, &a.N, &a.Kind, &a.Subject, &a.Name, &a.Title, &a.Digest, &a.State, &x.Organisation, &x.Type, &x.Currency, &x.Amount, &x.Worth, &x.Payee, &x.Requester, &a.SubmittedBy, &a.SubmittedAt, &a.Rule, &a.RuleN, &a.Decision, &a.Automatic, &a.Step, &a.Steps, &a.EndedAt, &a.Evidence)
}

// Of gives the last approval of a subject; nil when it was never submitted.
func Of(ctx context.Context, tx *db.Tx, k Kind, subject int64) (*Approval, error) {
	a := &Approval{}
	err := scanApproval(tx.Row(ctx, "select "+approvalColumns+" from approval where company = $1 and kind = $2 and subject = $3 order by id desc limit 1", tx.Company, string(k), subject), a)
	if errors.Is(err, db.ErrNoRows) {
		return nil, nil
	}
	return a, err
}

// Find gives the approval with the id; none is [fault.NotFound].
func Find(ctx context.Context, tx *db.Tx, id int64) (*Approval, error) {
	a := &Approval{}
	err := scanApproval(tx.Row(ctx, "select "+approvalColumns+" from approval where company = $1 and id = $2", tx.Company, id), a)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no such approval")
	}
	return a, err
}

// FindCode gives the approval with the code, such as AP-000001; none is [fault.NotFound].
func FindCode(ctx context.Context, tx *db.Tx, code string) (*Approval, error) {
	a := &Approval{}
	n, ok := number(code)
	err := db.ErrNoRows
	if ok {
		err = scanApproval(tx.Row(ctx, "select "+approvalColumns+" from approval where company = $1 and n = $2", tx.Company, n), a)
	}
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no approval %q; see: quittance approvals list", code)
	}
	return a, err
}

func number(code string) (n int64, ok bool) {
	digits, ok := strings.CutPrefix(code, "AP-")
	if !ok || digits == "" || len(digits) > 15 {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// Require refuses a subject that is not approved with just this content. A subject that was never submitted is refused when a rule or policy
// on its kind is in force; otherwise no approval is needed.
func Require(ctx context.Context, tx *db.Tx, k Kind, subject int64, digest []byte) error {
	a, err := Of(ctx, tx, k, subject)
	if err != nil {
		return err
	}
	if a == nil {
		ruled, err := Ruled(ctx, tx, k)
		if err == nil && ruled {
			err = fault.New(fault.Refused, "this needs approval before it goes on; submit it first").ByRule("not_approved")
		}
		return err
	}
	return a.holds(digest)
}

// holds refuses what the approval does not allow.
func (a *Approval) holds(digest []byte) error {
	switch {
	case a.State.Live() && !bytes.Equal(a.Digest, digest):
		return fault.New(fault.Refused, "%s is not what %s is about: its content changed since; let it be approved again", a.Name, a.Code()).ByRule("changed_after_approval")
	case a.State == Waiting:
		return fault.New(fault.Refused, "%s waits for approval (%s, step %d of %d); approvers find it by: quittance approvals inbox", a.Name, a.Code(), a.Step, a.Steps).ByRule("waits_for_approval")
	case a.State == MoreInformation:
		return fault.New(fault.Refused, "the approvers of %s asked for more (%s); answer by: quittance approvals answer %s", a.Name, a.Code(), a.Code()).ByRule("waits_for_approval")
	case a.State == Rejected:
		return fault.New(fault.Refused, "%s was rejected (%s); change it, or ask who rejected it", a.Name, a.Code()).ByRule("rejected")
	case a.State == Used:
		return fault.New(fault.Refused, "the approval %s of %s was used already; what is done again is approved again", a.Code(), a.Name).ByRule("approval_used")
	case a.State != Approved:
		return fault.New(fault.Refused, "the approval %s of %s is %s; submit it again", a.Code(), a.Name, a.State).ByRule("not_approved")
	}
	return nil
}

// Payer refuses with [fault.Denied] that somebody carries out what he approved, and that the operator pays.
func Payer(ctx context.Context, tx *db.Tx, k Kind, subject int64, actor string) error {
	if operator(actor) {
		return fault.New(fault.Denied, "%s is the operator, who never pays; act as a user, by a token in QUITTANCE_TOKEN", actor).ByRule("separation_of_duties")
	}
	a, err := Of(ctx, tx, k, subject)
	if err != nil || a == nil {
		return err
	}
	return a.carrier(ctx, tx, actor)
}

// carrier refuses with [fault.Denied] who approved it, in person or by a deputy.
func (a *Approval) carrier(ctx context.Context, tx *db.Tx, actor string) error {
	var did bool
	err := tx.Row(ctx, "select exists (select 1 from approval_event where company = $1 and approval = $2 and verb = 'approve' and (actor = $3 or acting_for = $3))", tx.Company, a.ID, actor).Scan(&did)
	if err == nil && did {
		err = fault.New(fault.Denied, "%s approved %s (%s); somebody else must carry it out", actor, a.Name, a.Code()).ByRule("separation_of_duties")
	}
	return err
}

// operator says whether a name is that of who runs the command line without a token.
func operator(name string) bool { return strings.Contains(name, ":") }

// Needed says that a subject must be submitted before it is carried out. It is an error, of the code and rule of a refusal.
type Needed struct {
	Subject Subject
	why     *fault.Error
}

// Error gives the reason.
func (n *Needed) Error() string { return n.why.Error() }

// Unwrap gives the refusal, for errors.As.
func (n *Needed) Unwrap() error { return n.why }

// Demand refuses a subject that the rules and policies in force want approved and that is not, with just this content, or that the unit's
// actor may not carry out. What was not submitted yet, or otherwise, is a [Needed]. Where nothing asks for approval it refuses nothing.
func Demand(ctx context.Context, tx *db.Tx, s Subject) error {
	_, err := demand(ctx, tx, s)
	return err
}

// Use is Demand for what can be carried out again and again, such as a write-off: the approval serves once.
func Use(ctx context.Context, tx *db.Tx, s Subject) error {
	a, err := demand(ctx, tx, s)
	if err != nil || a == nil {
		return err
	}
	if err := a.move(ctx, tx, Used, Using); err != nil {
		return err
	}
	return a.note(ctx, tx, Event{Verb: Using, State: Used, Step: a.Step})
}

// Asked gives the name of the rule that would ask for approval of a subject; blank when none does. Nothing is written. What policies refuse is an error.
func Asked(ctx context.Context, tx *db.Tx, s Subject) (string, error) {
	if tried(ctx) {
		return "", nil
	}
	if s.Digest == nil { // it is not asked for now
		s.Digest = make([]byte, sha256.Size)
	}
	if err := s.check(tx); err != nil {
		return "", err
	}
	w, err := s.way(ctx, tx, false)
	if err != nil || w.rule == nil {
		return "", err
	}
	return w.rule.Name, nil
}

// demand gives the approval that a subject has; nil when none is needed.
func demand(ctx context.Context, tx *db.Tx, s Subject) (*Approval, error) {
	if tried(ctx) {
		return nil, nil
	}
	a, err := Of(ctx, tx, s.Kind, s.ID)
	if err != nil {
		return nil, err
	}
	if a == nil || !a.State.Live() { // does anything ask for approval of such a one?
		ruled, err := Ruled(ctx, tx, s.Kind)
		if err != nil || !ruled {
			return nil, err
		}
		if err := s.check(tx); err != nil {
			return nil, err
		}
		w, err := s.way(ctx, tx, true)
		if err != nil {
			return nil, err
		}
		if w.rule == nil { // the decision of the policies is kept with what it lets pass
			return nil, nil
		}
		if a != nil && a.State == Rejected && bytes.Equal(a.Digest, s.Digest) {
			return nil, a.holds(s.Digest)
		}
		return nil, &Needed{s, fault.New(fault.Refused, "%s needs approval by the rule %s before it goes on; submit it first", s.Name, w.rule.Name).ByRule("not_approved")}
	}
	if !bytes.Equal(a.Digest, s.Digest) {
		err := a.holds(s.Digest)
		var why *fault.Error
		errors.As(err, &why)
		return nil, &Needed{s, why}
	}
	if err := a.holds(s.Digest); err != nil {
		return nil, err
	}
	return a, a.carrier(ctx, tx, tx.Actor)
}

type trying struct{}

// Trying gives a context in which nothing demands approval: for a preview, of which nothing is kept.
func Trying(ctx context.Context) context.Context { return context.WithValue(ctx, trying{}, true) }

func tried(ctx context.Context) bool { return ctx.Value(trying{}) != nil }
