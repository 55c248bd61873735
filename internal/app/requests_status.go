package app

import (
	"context"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/request"
)

// RequestLink is a link to the status page of a request. Nothing keeps it.
type RequestLink struct {
	Request string `json:"request"`
	Path    string `json:"path"`  // below the address of the pages
	Until   string `json:"until"` // instant from which it is void
}

// linkMade is what is kept of a link under an idempotency key: all but its signature.
type linkMade struct {
	Request string       `json:"request"`
	Link    request.Link `json:"link"`
}

// MakeRequestLink makes a link by which a customer sees, without an account, where the refund is, for days (0: 30).
func (a *App) MakeRequestLink(ctx context.Context, call Call, code string, days int) (*RequestLink, error) {
	const usual = 30
	if days == 0 {
		days = usual
	}
	if err := plain("request", code); err != nil {
		return nil, err
	}
	cmd := command{name: "request.link", permission: identity.Reimburse, input: []any{code, days}}
	made, err := do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *linkMade, error) {
		x, err := request.Find(ctx, tx, code)
		if err != nil {
			return "", nil, nil, err
		}
		l, err := x.Link(ctx, tx, days)
		if err != nil {
			return "", nil, nil, err
		}
		if _, err := l.Token(a.keys); err != nil { // without a key there is no link
			return "", nil, nil, err
		}
		return x.Code, map[string]string{"until": l.Until.Format(time.RFC3339)}, &linkMade{x.Code, l}, nil
	})
	if err != nil {
		return nil, err
	}
	token, err := made.Link.Token(a.keys)
	return &RequestLink{Request: made.Request, Path: "/status/" + token, Until: made.Link.Until.UTC().Format(time.RFC3339)}, err
}

// RevokeRequestLinks makes all links to the status page of a request void.
func (a *App) RevokeRequestLinks(ctx context.Context, call Call, code, reason string) (*RequestView, error) {
	return a.byDesk(ctx, call, "unlink", code, reason, func(ctx context.Context, tx *db.Tx, _ *ledger.Company, x *request.Request, reason string) error {
		return x.Unlink(ctx, tx, reason)
	})
}

// RequestStatus is what a customer sees of a request: neither names of users, nor reasons, nor bank details.
type RequestStatus struct {
	Company  string // name
	Request  string
	Kind     request.Kind
	Currency string
	Amount   string // blank: not known yet
	Stage    request.Stage
	Steps    []RequestStage // of the way of a refund that goes well, and where this one left it
	PaidBy   string         // kind of the payment, such as check; blank: not paid
	Until    civil.Date     // the link is valid before this day ends
}

// RequestStage is a stage with the day on which it was reached; zero: not yet.
type RequestStage struct {
	Stage request.Stage
	On    civil.Date
	Here  bool
}

// RequestStatus gives what the customer sees by a link. Whatever is wrong with the link, the answer is the same.
func (a *App) RequestStatus(ctx context.Context, token string) (*RequestStatus, error) {
	bad := fault.New(fault.NotFound, "the link is not valid, or no longer").ByRule("link")
	l, good := request.ReadLink(a.keys, token, a.now())
	if !good {
		return nil, bad
	}
	var s *RequestStatus
	scope := a.scope(Call{Actor: identity.Actor{Name: "customer"}})
	scope.Company = l.Company
	err := a.db.Read(ctx, scope, func(ctx context.Context, tx *db.Tx) error {
		x, good, err := l.Follow(ctx, tx)
		if err != nil {
			return err
		}
		if !good {
			return bad
		}
		s, err = statusOf(ctx, tx, x)
		return err
	})
	if err != nil {
		return nil, plainer(err)
	}
	s.Until = civil.FromTime(l.Until)
	return s, nil
}

func statusOf(ctx context.Context, tx *db.Tx, x *request.Request) (*RequestStatus, error) {
	s := &RequestStatus{Request: x.Code, Kind: x.Kind, Currency: x.Currency, Amount: amountOf(x.Currency, x.Amount), Stage: request.StageOf(x.State)}
	if err := tx.Row(ctx, "select name from company where id = $1", tx.Company).Scan(&s.Company); err != nil {
		return nil, err
	}
	days, err := x.Reached(ctx, tx)
	if err != nil {
		return nil, err
	}
	if s.Stage == request.Sent || s.Stage == request.PaidOut {
		if s.PaidBy, err = x.PaidBy(ctx, tx); err != nil {
			return nil, err
		}
	}
	beside := s.Stage == request.CameBack || s.Stage == request.EndedUnpaid
	before := true
	for _, stage := range []request.Stage{request.Received, request.Checking, request.Granted, request.Preparing, request.Sent, request.PaidOut} {
		step := RequestStage{Stage: stage, Here: stage == s.Stage}
		if before && !days[stage].IsZero() {
			step.On = days[stage]
		}
		if beside && step.On.IsZero() { // what comes after never does
			break
		}
		s.Steps = append(s.Steps, step)
		before = before && !step.Here
	}
	if beside {
		s.Steps = append(s.Steps, RequestStage{Stage: s.Stage, On: days[s.Stage], Here: true})
	}
	return s, nil
}
