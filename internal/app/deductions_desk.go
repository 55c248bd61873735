package app

import (
	"cmp"
	"context"
	"fmt"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/file"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// DeductionUpdate changes a deduction; what is nil stays as it is. A new reason may re-route it: unless Owner is given, it gets the owner
// of the chain customer, reason, company, and the reason's team. A reason moves what is captured on to coded.
type DeductionUpdate struct {
	Reason      *string     `json:"reason,omitempty"`
	Type        *string     `json:"type,omitempty"`
	Account     *string     `json:"account,omitempty"`
	Plan        *string     `json:"plan,omitempty"`
	TheirCode   *string     `json:"their_code,omitempty"` // names the reason by the customer's codes, unless Reason is given
	ClaimNumber *string     `json:"claim_number,omitempty"`
	Note        *string     `json:"note,omitempty"`
	Owner       *string     `json:"owner,omitempty"`
	Team        *string     `json:"team,omitempty"`
	Priority    *int        `json:"priority,omitempty"` // 0 to 9, 9 is the highest
	FollowUp    *civil.Date `json:"follow_up,omitempty"`
	Work        *string     `json:"work,omitempty"`
	Substate    *string     `json:"substate,omitempty"`     // of the state of work; a move of work clears it
	DuplicateOf *string     `json:"duplicate_of,omitempty"` // number; with work duplicate
	Comment     string      `json:"comment,omitempty"`
}

// UpdateDeduction changes a deduction. Version is that of the deduction when it was looked at; 0: whatever it is now.
func (a *App) UpdateDeduction(ctx context.Context, call Call, number string, version int64, u DeductionUpdate) (*DeductionView, error) {
	cmd := command{name: "deduction.update", permission: identity.Deduct, input: []any{number, version, u}}
	return a.atDesk(ctx, call, cmd, number, version, u, func(ctx context.Context, tx *db.Tx, x *desk) error {
		err := u.apply(ctx, tx, x)
		if err == nil && x.d.Owner != x.before.Owner {
			err = tellOwner(tx, number, x.d.Owner, 1)
		}
		return err
	})
}

// DisputeMove moves the dispute with the customer. Money is not touched: what is paid back is posted by a resolution.
type DisputeMove struct {
	To       string     `json:"to"`                  // state of the dispute
	Date     civil.Date `json:"date,omitempty"`      // on which it happened; blank: today
	PaidBack string     `json:"paid_back,omitempty"` // what the customer repaid by this; decimal, with paid_back and partly_paid_back
	Text     string     `json:"text,omitempty"`
}

// DisputeDeduction moves the dispute of a deduction.
func (a *App) DisputeDeduction(ctx context.Context, call Call, number string, version int64, m DisputeMove) (*DeductionView, error) {
	cmd := command{name: "deduction.dispute", permission: identity.Deduct, input: []any{number, version, m}}
	return a.atDesk(ctx, call, cmd, number, version, m, func(ctx context.Context, tx *db.Tx, x *desk) error { return m.apply(ctx, tx, x) })
}

// ExpireDeductions marks as expired the open deductions whose window ended before today and that were not disputed in time, and says how
// many; some hundreds a command. It derives the expected values anew too, by what was won and lost since. It is meant to be done daily.
func (a *App) ExpireDeductions(ctx context.Context, call Call) (int, error) {
	all := 0
	for chunk := 0; ; chunk++ {
		n, err := a.expireSome(ctx, call, chunk)
		if all += n; err != nil || n < expiredAtOnce {
			return all, err
		}
	}
}

// CommentDeduction adds a comment to a deduction.
func (a *App) CommentDeduction(ctx context.Context, call Call, number, text string) (*DeductionView, error) {
	cmd := command{name: "deduction.comment", permission: identity.Deduct, input: []string{number, text}}
	return a.atDesk(ctx, call, cmd, number, 0, nil, func(ctx context.Context, tx *db.Tx, x *desk) error { return deduction.Comment(ctx, tx, x.d, text) })
}

// WatchDeduction makes somebody (blank: who calls) watch a deduction, or no longer.
func (a *App) WatchDeduction(ctx context.Context, call Call, number, watcher string, on bool) (*DeductionView, error) {
	cmd := command{name: "deduction.watch", permission: identity.Deduct, input: []any{number, watcher, on}}
	watcher = cmp.Or(watcher, call.Actor.Name)
	return a.atDesk(ctx, call, cmd, number, 0, map[string]any{"watcher": watcher, "on": on}, func(ctx context.Context, tx *db.Tx, x *desk) error {
		_, err := deduction.Watch(ctx, tx, x.d, watcher, on)
		return err
	})
}

// Attachment is a file to attach as evidence.
type Attachment struct {
	Type    string `json:"type"` // claim, proof_of_delivery, bill_of_lading, price_agreement, email, other
	Name    string `json:"name"`
	Media   string `json:"media"` // blank: by what the content is
	Content []byte `json:"content"`
}

// AttachToDeduction attaches a file to a deduction.
func (a *App) AttachToDeduction(ctx context.Context, call Call, number string, at Attachment) (*DeductionView, error) {
	cmd := command{name: "deduction.attach", permission: identity.Deduct, input: []any{number, at}}
	return a.atDesk(ctx, call, cmd, number, 0, map[string]any{"type": at.Type, "name": at.Name, "size": len(at.Content)}, func(ctx context.Context, tx *db.Tx, x *desk) error {
		f, err := file.Save(ctx, tx, at.Name, at.Media, at.Content)
		if err != nil {
			return err
		}
		return deduction.Attach(ctx, tx, x.c, x.s, x.d, at.Type, f.ID, f.Name)
	})
}

// DetachFromDeduction takes an attachment off a deduction; the file stays, and the history says so.
func (a *App) DetachFromDeduction(ctx context.Context, call Call, number string, id int64, reason string) (*DeductionView, error) {
	cmd := command{name: "deduction.detach", permission: identity.Deduct, input: []any{number, id, reason}}
	return a.atDesk(ctx, call, cmd, number, 0, map[string]any{"attachment": id, "reason": reason}, func(ctx context.Context, tx *db.Tx, x *desk) error {
		e, err := attachment(ctx, tx, x.d, id)
		if err != nil {
			return err
		}
		files, err := file.List(ctx, tx, []int64{e.File})
		if err != nil {
			return err
		}
		return deduction.Detach(ctx, tx, x.c, x.s, x.d, e, files[e.File].Name, reason)
	})
}

const expiredAtOnce = 500

// expireSome expires some deductions; the first time it derives all open ones anew.
func (a *App) expireSome(ctx context.Context, call Call, chunk int) (int, error) {
	if call.Key != "" {
		call.Key = fmt.Sprintf("%s/%d", call.Key, chunk)
	}
	cmd := command{name: "deduction.expire", permission: identity.Deduct}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, int, error) {
		refreshed := 0
		if chunk == 0 {
			s, err := deduction.LoadSetup(ctx, tx, c)
			if err != nil {
				return "", nil, 0, err
			}
			if refreshed, err = deduction.Refresh(ctx, tx, c, s); err != nil {
				return "", nil, 0, err
			}
		}
		ds, err := deduction.Expire(ctx, tx, expiredAtOnce)
		return c.Code, map[string]int{"expired": len(ds), "derived": refreshed}, len(ds), err
	})
}

// desk is a deduction on the desk, as a command changes it.
type desk struct {
	c      *ledger.Company
	s      *deduction.Setup
	d      *deduction.Deduction
	before deduction.Deduction
}

// atDesk runs a command about a deduction that is as old as the version says (0: whatever it is), and shows it afterwards.
func (a *App) atDesk(ctx context.Context, call Call, cmd command, number string, version int64, detail any, fn func(context.Context, *db.Tx, *desk) error) (*DeductionView, error) {
	if err := plain("number", number); err != nil {
		return nil, err
	}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *DeductionView, error) {
		s, err := deduction.LoadSetup(ctx, tx, c)
		if err != nil {
			return "", nil, nil, err
		}
		x, err := onDesk(ctx, tx, c, s, number, version)
		if err != nil {
			return "", nil, nil, err
		}
		if err := fn(ctx, tx, x); err != nil {
			return "", nil, nil, err
		}
		view, err := viewDeduction(ctx, tx, c, x.d)
		return number, detail, view, err
	})
}

// onDesk finds a deduction and refuses one that was changed since it was looked at.
func onDesk(ctx context.Context, tx *db.Tx, c *ledger.Company, s *deduction.Setup, number string, version int64) (*desk, error) {
	d, err := deduction.Find(ctx, tx, number)
	if err != nil {
		return nil, err
	}
	if version != 0 && d.Version != version {
		return nil, fault.New(fault.Conflict, "deduction %s was changed since it was looked at (it has version %d now, not %d); look again and decide again", number, d.Version, version).ByRule("changed_since")
	}
	return &desk{c: c, s: s, d: d, before: *d}, nil
}

// change changes a deduction without writing it.
func (u DeductionUpdate) change(ctx context.Context, tx *db.Tx, x *desk) error {
	change := deduction.Change{
		Reason: u.Reason, Type: u.Type, Account: u.Account, Plan: u.Plan, TheirCode: u.TheirCode, ClaimNumber: u.ClaimNumber, Note: u.Note, Owner: u.Owner, Team: u.Team,
		Priority: u.Priority, FollowUp: u.FollowUp, Work: u.Work, Substate: u.Substate,
	}
	if u.DuplicateOf != nil {
		change.DuplicateOf = new(int64)
		if *u.DuplicateOf != "" {
			other, err := deduction.Find(ctx, tx, *u.DuplicateOf)
			if err != nil {
				return inField(err, "duplicate_of")
			}
			change.DuplicateOf = &other.ID
		}
	}
	if u.Comment != "" {
		if err := deduction.CheckComment(u.Comment); err != nil {
			return inField(err, "comment")
		}
	}
	return x.s.Apply(x.c, x.d, change)
}

// apply changes a deduction.
func (u DeductionUpdate) apply(ctx context.Context, tx *db.Tx, x *desk) error {
	if err := u.change(ctx, tx, x); err != nil {
		return err
	}
	said := ""
	if x.d.DuplicateOf != x.before.DuplicateOf {
		said = "duplicate_of: " + cmp.Or(*u.DuplicateOf, "–")
	}
	if err := deduction.SaveChange(ctx, tx, x.c, x.s, &x.before, x.d, deduction.EventChanged, said); err != nil {
		return err
	}
	if u.Comment == "" {
		return nil
	}
	return deduction.Comment(ctx, tx, x.d, u.Comment)
}

// apply moves the dispute of a deduction.
func (m DisputeMove) apply(ctx context.Context, tx *db.Tx, x *desk) error {
	var repaid money.Amount
	if m.PaidBack != "" {
		cur, err := money.CurrencyOf(x.d.Currency)
		if err == nil {
			repaid, err = cur.Parse(m.PaidBack)
		}
		if err != nil {
			return inField(err, "paid_back")
		}
	}
	w, _, err := deduction.SpanOf(ctx, tx, x.c, x.s, x.d)
	if err != nil {
		return err
	}
	if err := x.d.MoveDispute(deduction.Dispute(m.To), w, cmp.Or(m.Date, tx.Today()), tx.Today(), repaid); err != nil {
		return err
	}
	if err := deduction.SaveChange(ctx, tx, x.c, x.s, &x.before, x.d, deduction.EventDispute, ""); err != nil || m.Text == "" {
		return err
	}
	return deduction.Comment(ctx, tx, x.d, m.Text)
}
