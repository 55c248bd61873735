package approval

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
)

// Decision is what somebody decides on an approval.
type Decision struct {
	Verb   Verb   // Approving, Rejecting, Asking, Answering, Withdrawing
	Reason string // needed but for Approving
	Digest []byte // of what was looked at; nil: as it stands
}

// Decide does what by decides on the approval with the id. Who may, is tested here whatever the door.
func Decide(ctx context.Context, tx *db.Tx, by identity.Actor, id int64, d Decision) (*Approval, error) {
	// Locks the row before it is read, so that of two who decide at the same moment the second sees what the first did.
	if _, err := tx.Exec(ctx, "update approval set step = step where company = $1 and id = $2", tx.Company, id); err != nil {
		return nil, err
	}
	a, err := Find(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	d.Reason = strings.TrimSpace(d.Reason)
	switch {
	case d.Verb != Approving && d.Verb != Rejecting && d.Verb != Asking && d.Verb != Answering && d.Verb != Withdrawing:
		return nil, fault.New(fault.Invalid, "%q is no decision; expected approve, reject, ask, answer or withdraw", d.Verb).In("verb")
	case a.Can(d.Verb) != nil:
		return nil, a.Can(d.Verb)
	case d.Digest != nil && !bytes.Equal(d.Digest, a.Digest):
		return nil, fault.New(fault.Conflict, "%s (%s) changed since you looked at it; look again", a.Name, a.Code()).ByRule("changed_meanwhile")
	case d.Verb != Approving && d.Reason == "":
		return nil, fault.New(fault.Invalid, "%s", needsReason[d.Verb]).In("reason")
	case len(d.Reason) > 2000:
		return nil, fault.New(fault.Invalid, "the reason has %d bytes; at most 2000", len(d.Reason)).In("reason")
	case operator(by.Name):
		return nil, fault.New(fault.Denied, "%s is the operator, who neither approves nor asks for approval in the name of others; act as a user, by a token in QUITTANCE_TOKEN", by.Name).ByRule("separation_of_duties")
	}
	switch d.Verb {
	case Answering, Withdrawing:
		return a, a.asIts(ctx, tx, by, d)
	case Approving:
		return a, a.approve(ctx, tx, by, d)
	}
	return a, a.turn(ctx, tx, by, d)
}

var needsReason = map[Verb]string{
	Rejecting: "a rejection needs a reason, which the requester reads", Asking: "say what more is needed", Answering: "an answer says something", Withdrawing: "say why it is withdrawn",
}

// Can refuses a verb that leads nowhere from the approval's state.
func (a *Approval) Can(v Verb) error {
	if len(Next[a.State][v]) == 0 {
		return a.cannot(v)
	}
	return nil
}

// cannot says that a verb does not lead on from the approval's state.
func (a *Approval) cannot(v Verb) error {
	return fault.New(fault.Refused, "%s (%s) is %s; %s is not possible then", a.Name, a.Code(), strings.ReplaceAll(string(a.State), "_", " "), v).ByRule("approval_state")
}

// move brings the approval to another state, if nobody else did meanwhile.
func (a *Approval) move(ctx context.Context, tx *db.Tx, to State, verb Verb) error {
	if !slices.Contains(Next[a.State][verb], to) {
		return a.cannot(verb)
	}
	ended := a.EndedAt
	switch {
	case to == Waiting || to == MoreInformation:
		ended = 0
	case a.State != Approved: // when it was used, say, does not change when it was approved
		ended = tx.Micros()
	}
	n, err := tx.Exec(ctx, "update approval set state = $1, step = $2, ended_at = $3 where company = $4 and id = $5 and state = $6", string(to), a.Step, ended, tx.Company, a.ID, string(a.State))
	if err == nil && n != 1 {
		err = db.Again("somebody else decided at the same moment")
	}
	if err == nil {
		a.State, a.EndedAt = to, ended
	}
	return err
}

// asIts is what who asked for approval does: answer and withdraw.
func (a *Approval) asIts(ctx context.Context, tx *db.Tx, by identity.Actor, d Decision) error {
	if by.Name != a.Facts.Requester && by.Name != a.SubmittedBy {
		return fault.New(fault.Denied, "only %s, who asked for it, may %s %s (%s)", a.Facts.Requester, d.Verb, a.Name, a.Code()).ByRule("not_requester")
	}
	to := Withdrawn
	if d.Verb == Answering {
		to = Waiting
	}
	if err := a.move(ctx, tx, to, d.Verb); err != nil {
		return err
	}
	return a.note(ctx, tx, Event{Actor: by.Name, Verb: d.Verb, State: to, Step: a.Step, Reason: d.Reason})
}

// turn is what an approver does who does not approve: reject, or ask for more.
func (a *Approval) turn(ctx context.Context, tx *db.Tx, by identity.Actor, d Decision) error {
	_, c, err := a.standing(ctx, tx, by)
	if err != nil {
		return err
	}
	to := Rejected
	if d.Verb == Asking {
		to = MoreInformation
	}
	if err := a.move(ctx, tx, to, d.Verb); err != nil {
		return err
	}
	return a.note(ctx, tx, Event{Actor: by.Name, Verb: d.Verb, State: to, Step: a.Step, ActingFor: c.actingFor(by.Name), Capacity: c.text(), Reason: d.Reason})
}

// approve adds an approval to the step, and goes on to the next one, or to the end, when it has all that it needs.
func (a *Approval) approve(ctx context.Context, tx *db.Tx, by identity.Actor, d Decision) error {
	step, c, err := a.standing(ctx, tx, by)
	if err != nil {
		return err
	}
	for _, name := range slices.Compact([]string{by.Name, c.authority}) {
		if err := a.within(ctx, tx, name, c.roles[name]); err != nil {
			return err
		}
	}
	events, err := Events(ctx, tx, a.ID)
	if err != nil {
		return err
	}
	had := served(events, step)
	before, now := step.covered(had), step.covered(append(slices.Clone(had), c.entries))
	if now == before {
		return fault.New(fault.Refused, "step %d of %s (%s) has the approval of such a person already; it waits for: %s", a.Step, a.Name, a.Code(), step.missing(had)).ByRule("approved_already")
	}
	to, at := Waiting, a.Step
	if now >= step.Need {
		a.Step++
		if a.Step > a.Steps {
			to = Approved
		}
	}
	if err := a.move(ctx, tx, to, Approving); err != nil {
		return err
	}
	if a.Step > at && to == Waiting {
		if _, err := tx.Exec(ctx, `update approval_step set started_at = $1, remind_at = case when remind_after > 0 then $1 + remind_after * 3600000000 else 0 end, escalate_at = case when escalate_after > 0 then $1 + escalate_after * 3600000000 else 0 end
			where company = $2 and approval = $3 and n = $4`, tx.Micros(), tx.Company, a.ID, a.Step); err != nil {
			return err
		}
	}
	return a.note(ctx, tx, Event{Actor: by.Name, Verb: Approving, State: to, Step: at, ActingFor: c.actingFor(by.Name), Capacity: c.text(), Reason: d.Reason})
}

// May refuses who may not approve now, with the reason; limits are tested when it is approved.
func May(ctx context.Context, tx *db.Tx, by identity.Actor, a *Approval) error {
	if a.State != Waiting {
		return a.cannot(Approving)
	}
	_, _, err := a.standing(ctx, tx, by)
	return err
}

// Withdraw takes back the live approval of a subject on behalf of who asked for it: the unit's actor.
func Withdraw(ctx context.Context, tx *db.Tx, k Kind, subject int64, reason string) error {
	a, err := Of(ctx, tx, k, subject)
	if err != nil || a == nil || !a.State.Live() {
		return err
	}
	return a.asIts(ctx, tx, identity.Actor{Name: tx.Actor}, Decision{Verb: Withdrawing, Reason: reason})
}

// Void ends the live approval of a subject because its content changes; why stands in its history. Without a live one it does nothing.
func Void(ctx context.Context, tx *db.Tx, k Kind, subject int64, why string) error {
	a, err := Of(ctx, tx, k, subject)
	if err != nil || a == nil || !a.State.Live() {
		return err
	}
	return a.void(ctx, tx, why)
}

func (a *Approval) void(ctx context.Context, tx *db.Tx, why string) error {
	if err := a.move(ctx, tx, Voided, Voiding); err != nil {
		return err
	}
	return a.note(ctx, tx, Event{Verb: Voiding, State: Voided, Step: a.Step, Reason: why})
}
