package app

import (
	"bytes"
	"context"
	"encoding/hex"
	"slices"
	"strings"

	"quittance/internal/approval"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/policy"
)

// ApprovalDeciding is a decision on approvals.
type ApprovalDeciding struct {
	Approvals []string `json:"approvals"` // codes
	Verb      string   `json:"verb"`      // approve, reject, ask, answer, withdraw
	Reason    string   `json:"reason"`
	Digest    string   `json:"digest"` // of one that was looked at; blank: as it stands
	Debits    bool     `json:"debits"` // approve requests although their customers owe something
}

const mostDecided = 500 // approvals decided on by one request

func (x *ApprovalDeciding) check() error {
	verbs := []approval.Verb{approval.Approving, approval.Rejecting, approval.Asking, approval.Answering, approval.Withdrawing}
	switch {
	case !slices.Contains(verbs, approval.Verb(x.Verb)):
		return oneOf("verb", x.Verb, verbs)
	case len(x.Approvals) == 0 || len(x.Approvals) > mostDecided:
		return fault.New(fault.Invalid, "name 1 to %d approvals", mostDecided).In("approvals")
	case x.Digest != "" && len(x.Approvals) > 1:
		return fault.New(fault.Invalid, "a digest is of one approval").In("digest")
	}
	if _, err := hex.DecodeString(x.Digest); err != nil {
		return fault.New(fault.Invalid, "%q is no digest; expected what the approval shows", shortened(x.Digest)).In("digest")
	}
	return plain("reason", x.Reason+strings.Join(x.Approvals, ""))
}

// permission is what the decision needs: approvers the right to approve; who asked for it is found out by the approval itself.
func (x *ApprovalDeciding) permission() identity.Permission {
	if v := approval.Verb(x.Verb); v == approval.Answering || v == approval.Withdrawing {
		return identity.Read
	}
	return identity.Approve
}

// DecideApproval decides on one approval: approval.decide. What follows from the last approval follows at once.
func (a *App) DecideApproval(ctx context.Context, call Call, x ApprovalDeciding) (*Approval, error) {
	if err := x.check(); err != nil {
		return nil, err
	}
	if len(x.Approvals) != 1 {
		return nil, fault.New(fault.Invalid, "name one approval").In("approvals")
	}
	return do(ctx, a, call, command{name: "approval." + x.Verb, permission: x.permission(), input: x}, a.decideOne(call, x, x.Approvals[0]))
}

func (a *App) decideOne(call Call, x ApprovalDeciding, code string) work[*Approval] {
	return func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *Approval, error) {
		y, err := approval.FindCode(ctx, tx, code)
		if err != nil {
			return "", nil, nil, err
		}
		if approval.Verb(x.Verb) == approval.Approving && y.State == approval.Waiting {
			if err := current(ctx, tx, c, y); err != nil {
				return "", nil, nil, err
			}
		}
		d := approval.Decision{Verb: approval.Verb(x.Verb), Reason: x.Reason}
		if x.Digest != "" {
			d.Digest, _ = hex.DecodeString(x.Digest) // checked before
		}
		if y, err = a.decideBy(ctx, tx, c, call, y, d, x.Debits); err != nil {
			return "", nil, nil, err
		}
		view := viewApproval(c, y)
		return code, map[string]any{"subject": y.Name, "state": y.State, "step": y.Step, "reason": x.Reason}, &view, nil
	}
}

// decideBy decides on an approval, and does what follows.
func (a *App) decideBy(ctx context.Context, tx *db.Tx, c *ledger.Company, call Call, y *approval.Approval, d approval.Decision, debits bool) (*approval.Approval, error) {
	if y.Kind == policy.Request {
		if err := y.Can(d.Verb); err != nil { // the request's word goes to its live approval, which must be the one that is named
			return nil, err
		}
		if d.Digest != nil && !bytes.Equal(d.Digest, y.Digest) {
			return nil, fault.New(fault.Conflict, "%s (%s) changed since you looked at it; look again", y.Name, y.Code()).ByRule("changed_meanwhile")
		}
		if err := a.decideRequest(ctx, tx, c, call, y.Name, d, debits); err != nil {
			return nil, err
		}
		return approval.Find(ctx, tx, y.ID)
	}
	y, err := approval.Decide(ctx, tx, call.Actor, y.ID, d)
	if err == nil {
		err = a.carried(ctx, tx, y)
	}
	return y, err
}

// ApprovalDecided is what became of one of many approvals.
type ApprovalDecided struct {
	Code    string `json:"approval"`
	Subject string `json:"subject"`
	Title   string `json:"title"`
	State   string `json:"state"` // after it
	Worth   string `json:"worth"`
	OK      bool   `json:"ok"`
	Rule    string `json:"rule"` // that forbids it
	Error   string `json:"error"`
}

// ApprovalsDecided is the result of deciding on many, or of its preview.
type ApprovalsDecided struct {
	Items []ApprovalDecided `json:"items"`
	Done  int               `json:"done"`
	Not   int               `json:"not"`
	Worth string            `json:"worth"` // of what is done, accounting currency
}

// DecideApprovals decides on many approvals, each by itself: one that is refused holds up no other. A preview says what would become of each,
// and keeps nothing.
func (a *App) DecideApprovals(ctx context.Context, call Call, x ApprovalDeciding, preview bool) (*ApprovalsDecided, error) {
	if err := x.check(); err != nil {
		return nil, err
	}
	r := &ApprovalsDecided{Items: []ApprovalDecided{}}
	cur, err := a.accounting(ctx, call, x.permission())
	if err != nil {
		return nil, err
	}
	var sum money.Amount
	for i, code := range x.Approvals {
		if slices.Contains(x.Approvals[:i], code) {
			continue
		}
		one, each := x, call
		if one.Approvals = []string{code}; call.Key != "" {
			each.Key = call.Key + "/" + code
		}
		cmd := command{name: "approval." + x.Verb, permission: x.permission(), input: one}
		var y *Approval
		if preview {
			y, err = try(ctx, a, each, cmd, a.decideOne(each, one, code))
		} else {
			y, err = do(ctx, a, each, cmd, a.decideOne(each, one, code))
		}
		switch {
		case err == nil:
			r.Items = append(r.Items, ApprovalDecided{Code: code, Subject: y.Subject, Title: y.Title, State: y.State, Worth: y.Worth, OK: true})
			if worth, perr := cur.Parse(y.Worth); perr == nil {
				sum += worth
			}
			r.Done++
		case ours(err) && fault.CodeOf(err) != fault.Internal:
			r.Items = append(r.Items, ApprovalDecided{Code: code, Rule: fault.RuleOf(err), Error: err.Error()})
			r.Not++
		default:
			return nil, err
		}
	}
	r.Worth = cur.Format(sum)
	return r, nil
}

// accounting gives the accounting currency of the company, to who has the permission.
func (a *App) accounting(ctx context.Context, call Call, needs identity.Permission) (cur money.Currency, err error) {
	err = query(ctx, a, call, needs, func(_ context.Context, _ *db.Tx, c *ledger.Company) error {
		cur = c.Currency
		return nil
	})
	return cur, err
}
