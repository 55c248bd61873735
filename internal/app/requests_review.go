package app

import (
	"context"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/request"
)

// RequestApproval is where the approval of a request is.
type RequestApproval struct {
	Approved []string `json:"approved"` // who said yes
}

func (v *RequestDetail) readApproval(ctx context.Context, tx *db.Tx, x *request.Request) error {
	who, err := x.Approvers(ctx, tx)
	v.Approval = &RequestApproval{Approved: append([]string{}, who...)}
	return err
}

// submitRequest hands a request in and opens its review.
func (a *App) submitRequest(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request, note string) error {
	if err := x.Submit(ctx, tx, c, note); err != nil {
		return err
	}
	return a.openReview(ctx, tx, c, x)
}

func (a *App) openReview(ctx context.Context, tx *db.Tx, _ *ledger.Company, x *request.Request) error {
	return x.Review(ctx, tx, "")
}

// changeRequest changes what a request says; where that sent it back to submitted, its review is opened anew.
func (a *App) changeRequest(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request, fn func() error) error {
	if err := fn(); err != nil {
		return err
	}
	if x.State == request.Submitted {
		return a.openReview(ctx, tx, c, x)
	}
	return nil
}

func (a *App) answerRequest(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request, answer string) error {
	if err := x.Answer(ctx, tx, answer); err != nil {
		return err
	}
	return a.openReview(ctx, tx, c, x)
}

func (a *App) endRequest(_ context.Context, _ *db.Tx, _ *request.Request, _ string, fn func() error) error {
	return fn()
}

func (a *App) postRequest(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request, date civil.Date) error {
	_, err := x.Post(ctx, tx, c, a.keys, date)
	return err
}

// RequestDecision is an approver's word on a request.
type RequestDecision struct {
	Debits bool   `json:"debits"` // yes, although the customer owes something
	Text   string `json:"text"`
}

// ApproveRequest approves a request; who asked may not.
func (a *App) ApproveRequest(ctx context.Context, call Call, code string, version int64, d RequestDecision) (*RequestView, error) {
	if err := plain("text", d.Text); err != nil {
		return nil, err
	}
	cmd := command{name: "request.approve", permission: identity.Approve, input: []any{code, version, d}}
	return a.onRequest(ctx, call, cmd, code, version, d, func(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request) error {
		return x.Approve(ctx, tx, c, a.keys, request.Approval{Debits: d.Debits, Detail: d.Text})
	})
}

// RejectRequest rejects a request, with a reason; who asked may not.
func (a *App) RejectRequest(ctx context.Context, call Call, code, reason string) (*RequestView, error) {
	return a.withText(ctx, call, command{name: "request.reject", permission: identity.Approve, input: []string{code, reason}}, code, reason, func(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request, reason string) error {
		return x.Reject(ctx, tx, c, reason)
	})
}

// AskAboutRequest asks who made a request for more.
func (a *App) AskAboutRequest(ctx context.Context, call Call, code, question string) (*RequestView, error) {
	return a.withText(ctx, call, command{name: "request.ask", permission: identity.Approve, input: []string{code, question}}, code, question, func(ctx context.Context, tx *db.Tx, _ *ledger.Company, x *request.Request, question string) error {
		return x.Ask(ctx, tx, question)
	})
}
