package app

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"quittance/internal/approval"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/party"
	"quittance/internal/policy"
	"quittance/internal/request"
)

// RequestApproval is where the approval of a request is.
type RequestApproval struct {
	Approval string   `json:"approval"` // code; blank: no rule or policy was asked, one approver is enough
	State    string   `json:"state"`
	Rule     string   `json:"rule"`
	Step     int      `json:"step"`
	Steps    int      `json:"steps"`
	Approved []string `json:"approved"` // who said yes
	Policies []string `json:"policies"` // versions that were asked last, and what they said
}

func (v *RequestDetail) readApproval(ctx context.Context, tx *db.Tx, x *request.Request) error {
	who, err := x.Approvers(ctx, tx)
	if err != nil {
		return err
	}
	v.Approval = &RequestApproval{Approved: append([]string{}, who...), Policies: []string{}}
	p, err := approval.Of(ctx, tx, policy.Request, x.ID)
	if err != nil {
		return err
	}
	if p != nil {
		v.Approval.Approval, v.Approval.State, v.Approval.Rule, v.Approval.Step, v.Approval.Steps = p.Code(), string(p.State), p.Rule, min(p.Step, p.Steps), p.Steps
	}
	kept, err := policy.Decisions(ctx, tx, policy.Request, x.ID)
	if len(kept) > 0 {
		for _, n := range kept[0].Versions {
			v.Approval.Policies = append(v.Approval.Policies, fmt.Sprintf("%s version %d: %s", n.Policy, n.N, kept[0].Outcome))
		}
	}
	return err
}

// submitRequest hands a request in and opens its review. What the policies refuse is not handed in.
func (a *App) submitRequest(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request, note string) error {
	if err := x.Submit(ctx, tx, c, note); err != nil {
		return err
	}
	return a.openReview(ctx, tx, c, x)
}

// oneApprover is who decides on a request where no rule says so.
var oneApprover = []approval.Step{{Need: 1, Approvers: []approval.Who{{Role: true, Name: string(identity.Approver)}, {Role: true, Name: string(identity.Controller)}}}}

// openReview asks the policies and approval rules about a submitted request: a policy approves it at once, or it goes under review. Without a
// rule that fits one approver is enough, and needed. What its customer owes, and what looks like it, needs a person whatever the policies say.
func (a *App) openReview(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request) error {
	subject, look, err := a.subjectOf(ctx, tx, c, x)
	if err != nil {
		return err
	}
	subject.Look, subject.Otherwise = look, oneApprover
	p, err := approval.Submit(ctx, tx, *subject)
	if err != nil {
		return err
	}
	if p.State != approval.Approved {
		return x.Review(ctx, tx, strings.TrimSpace(p.Code()+" "+look))
	}
	why, err := automatically(ctx, tx, p)
	if err != nil {
		return err
	}
	return x.Approve(ctx, tx, c, a.keys, request.Approval{Automatic: why})
}

// automatically names the policy that approved without a person.
func automatically(ctx context.Context, tx *db.Tx, p *approval.Approval) (string, error) {
	kept, err := policy.Decisions(ctx, tx, policy.Request, p.Subject)
	if err != nil {
		return "", err
	}
	if len(kept) == 0 || kept[0].ID != p.Decision || kept[0].Outcome != policy.Automatic {
		return "", fault.New(fault.Internal, "%s was approved without a person, and no policy did so", p.Code())
	}
	return kept[0].Approved.Policy, nil
}

// changeRequest changes what a request says; what was approved of it is void, and where that sent it back, its review is opened anew.
func (a *App) changeRequest(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request, fn func() error) error {
	asked := x.State == request.MoreInformation
	if err := fn(); err != nil {
		return err
	}
	if asked { // what the answer is about goes to the approvers with the answer
		return nil
	}
	if err := approval.Void(ctx, tx, policy.Request, x.ID, "the request was changed"); err != nil {
		return err
	}
	if x.State == request.Submitted {
		return a.openReview(ctx, tx, c, x)
	}
	return nil
}

// answerRequest answers what approvers asked. They go on where they were, unless the request was changed for it.
func (a *App) answerRequest(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request, answer string) error {
	if err := x.Answer(ctx, tx, answer); err != nil {
		return err
	}
	p, err := approval.Of(ctx, tx, policy.Request, x.ID)
	if err != nil {
		return err
	}
	if p != nil && p.State == approval.MoreInformation {
		if _, err := approval.Decide(ctx, tx, identity.Actor{Name: tx.Actor}, p.ID, approval.Decision{Verb: approval.Answering, Reason: answer}); err != nil {
			return err
		}
	}
	return a.openReview(ctx, tx, c, x)
}

// endRequest gives a request up, with its approval.
func (a *App) endRequest(ctx context.Context, tx *db.Tx, x *request.Request, reason string, fn func() error) error {
	if err := fn(); err != nil {
		return err
	}
	if p, err := approval.Of(ctx, tx, policy.Request, x.ID); err != nil || p == nil || !p.State.Live() {
		return err
	} else if x.State == request.Withdrawn && (tx.Actor == p.Facts.Requester || tx.Actor == p.SubmittedBy) {
		return approval.Withdraw(ctx, tx, policy.Request, x.ID, reason)
	}
	return approval.Void(ctx, tx, policy.Request, x.ID, "the request was "+string(x.State)+": "+reason)
}

// postRequest posts a request that is approved with just its content.
func (a *App) postRequest(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request, date civil.Date) error {
	p, err := approval.Of(ctx, tx, policy.Request, x.ID)
	if err != nil {
		return err
	}
	if p != nil {
		subject, _, err := a.subjectOf(ctx, tx, c, x)
		if err != nil {
			return err
		}
		if err := x.CheckPoster(ctx, tx); err != nil {
			return err
		}
		if err := approval.Use(ctx, tx, *subject); err != nil {
			return err
		}
	}
	_, err = x.Post(ctx, tx, c, a.keys, date)
	return err
}

// RequestDecision is an approver's word on a request.
type RequestDecision struct {
	Debits bool   `json:"debits"` // yes, although the customer owes something
	Text   string `json:"text"`
}

// ApproveRequest approves a request, as one of those whom its approval asks; who asked may not.
func (a *App) ApproveRequest(ctx context.Context, call Call, code string, version int64, d RequestDecision) (*RequestView, error) {
	if err := plain("text", d.Text); err != nil {
		return nil, err
	}
	cmd := command{name: "request.approve", permission: identity.Approve, input: []any{code, version, d}}
	return a.onRequest(ctx, call, cmd, code, version, d, func(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request) error {
		return a.decideOn(ctx, tx, c, call.Actor, x, approval.Approving, d)
	})
}

// RejectRequest rejects a request, with a reason; who asked may not.
func (a *App) RejectRequest(ctx context.Context, call Call, code, reason string) (*RequestView, error) {
	return a.deciding(ctx, call, "reject", approval.Rejecting, code, reason)
}

// AskAboutRequest asks who made a request for more.
func (a *App) AskAboutRequest(ctx context.Context, call Call, code, question string) (*RequestView, error) {
	return a.deciding(ctx, call, "ask", approval.Asking, code, question)
}

func (a *App) deciding(ctx context.Context, call Call, name string, v approval.Verb, code, text string) (*RequestView, error) {
	cmd := command{name: "request." + name, permission: identity.Approve, input: []string{code, text}}
	return a.withText(ctx, call, cmd, code, text, func(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request, text string) error {
		return a.decideOn(ctx, tx, c, call.Actor, x, v, RequestDecision{Text: text})
	})
}

// decideOn decides on a request, and on its approval when one waits.
func (a *App) decideOn(ctx context.Context, tx *db.Tx, c *ledger.Company, by identity.Actor, x *request.Request, v approval.Verb, d RequestDecision) error {
	p, err := approval.Of(ctx, tx, policy.Request, x.ID)
	if err != nil {
		return err
	}
	if err := notPaid(ctx, tx, x); err != nil {
		return err
	}
	switch {
	case x.State != request.Submitted && x.State != request.InReview:
		return fault.New(fault.Refused, "the request %s is %s; what is submitted or in review is decided on", x.Code, strings.ReplaceAll(string(x.State), "_", " ")).ByRule("request_state")
	case p != nil && p.State == approval.Waiting:
		if err := x.CheckApprover(ctx, tx); err != nil {
			return err
		}
		if p, err = approval.Decide(ctx, tx, by, p.ID, approval.Decision{Verb: v, Reason: d.Text, Digest: x.Digest()}); err != nil {
			return err
		}
	case v != approval.Approving:
		if err := approval.Void(ctx, tx, policy.Request, x.ID, d.Text); err != nil {
			return err
		}
	}
	return a.decided(ctx, tx, c, x, p, v, d)
}

// notPaid refuses who is paid by a request, or whose money it is: nobody decides on a payment to oneself, whatever rules there are.
func notPaid(ctx context.Context, tx *db.Tx, x *request.Request) error {
	mine, err := approval.PartiesOf(ctx, tx, tx.Actor)
	if err != nil || len(mine) == 0 {
		return err
	}
	customers, err := party.CustomersByID(ctx, tx, []int64{x.Customer})
	if err != nil {
		return err
	}
	payee, err := payeeOfRequest(ctx, tx, customers[x.Customer], x)
	if err == nil && (slices.Contains(mine, x.CustomerCode) || payee != "" && slices.Contains(mine, payee)) {
		err = fault.New(fault.Denied, "%s is paid by the request %s; nobody approves a payment to oneself", tx.Actor, x.Code).ByRule("separation_of_duties")
	}
	return err
}

// decided brings a request to where a decision on its approval leads.
func (a *App) decided(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request, p *approval.Approval, v approval.Verb, d RequestDecision) error {
	switch v {
	case approval.Rejecting:
		return x.Reject(ctx, tx, c, d.Text)
	case approval.Asking:
		if err := x.CheckApprover(ctx, tx); err != nil {
			return err
		}
		return x.Ask(ctx, tx, d.Text)
	}
	if p != nil && p.State == approval.Waiting {
		return x.Decide(ctx, tx, strings.TrimSpace(fmt.Sprintf("%s, step %d of %d %s", p.Code(), p.Step, p.Steps, d.Text)))
	}
	return x.Approve(ctx, tx, c, a.keys, request.Approval{Debits: d.Debits, Detail: d.Text})
}
