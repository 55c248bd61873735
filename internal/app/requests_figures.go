package app

import (
	"context"
	"slices"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/party"
	"quittance/internal/request"
)

// RequestSum is how many requests of a state and currency there are, and what they ask for.
type RequestSum struct {
	State    request.State `json:"state"`
	Currency string        `json:"currency"`
	Requests int64         `json:"requests"`
	Overdue  int64         `json:"overdue"`
	Amount   string        `json:"amount"`
}

// RequestFigures adds the requests of a filter up by state and currency.
func (a *App) RequestFigures(ctx context.Context, call Call, f RequestFilter) ([]RequestSum, error) {
	rows := []RequestSum{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		of, err := f.read(ctx, tx, c)
		if err != nil {
			return err
		}
		all, err := request.Sums(ctx, tx, of, tx.Today())
		for _, x := range all {
			rows = append(rows, RequestSum{x.State, x.Currency, x.Requests, x.Overdue, amountOf(x.Currency, x.Amount)})
		}
		return err
	})
	return rows, err
}

// RequestEffect is what a request that is not kept yet would be, once it is handed in: with duplicates, debts and clocks, and what posting it
// would post. What it asks for is all right; whether it can be posted today is said by Refused.
type RequestEffect struct {
	RequestDetail
	Posting *RequestPreview `json:"posting"` // null: it cannot be posted as things are, or its approval makes the credit first
	Refused string          `json:"refused"` // why it cannot; blank: it can
}

// PreviewNewRequest says what [App.CreateRequest] would make, and refuses what it would.
func (a *App) PreviewNewRequest(ctx context.Context, call Call, e RequestEntry, submit bool) (*RequestEffect, error) {
	cmd := command{name: "request.create", permission: identity.Reimburse, input: []any{e, submit}}
	return try(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *RequestEffect, error) {
		x, _, err := a.createRequest(ctx, tx, c, e, submit)
		if err != nil {
			return "", nil, nil, err
		}
		v, err := a.effectOf(ctx, tx, c, x)
		return "", nil, v, err
	})
}

// PreviewEditRequest says what a request would be after [App.EditRequest].
func (a *App) PreviewEditRequest(ctx context.Context, call Call, code string, e RequestEdit) (*RequestEffect, error) {
	if err := plain("request", code); err != nil {
		return nil, err
	}
	cmd := command{name: "request.edit", permission: identity.Reimburse, input: []any{code, e}}
	return try(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *RequestEffect, error) {
		x, err := request.Find(ctx, tx, code)
		if err != nil {
			return "", nil, nil, err
		}
		customer, err := party.FindCustomer(ctx, tx, x.CustomerCode)
		if err != nil {
			return "", nil, nil, err
		}
		entry := e.onto(viewRequest(c, x, 0), x.Fresh)
		k, err := entry.content(c, entry.Currency)
		if err != nil {
			return "", nil, nil, err
		}
		if err := x.Edit(ctx, tx, c, customer, k); err != nil {
			return "", nil, nil, err
		}
		v, err := a.effectOf(ctx, tx, c, x)
		return "", nil, v, err
	})
}

// effectOf looks at a request in a unit that is taken back. What the rules refuse of posting is told, and is no error.
func (a *App) effectOf(ctx context.Context, tx *db.Tx, c *ledger.Company, x *request.Request) (*RequestEffect, error) {
	d, err := detailRequest(ctx, tx, c, x)
	if err != nil {
		return nil, err
	}
	v := &RequestEffect{RequestDetail: *d}
	if len(x.Credits) == 0 {
		return v, nil
	}
	l, err := x.Plan(ctx, tx, c, a.keys, tx.Today())
	switch {
	case err == nil:
		v.Posting = previewRequest(x, l, tx.Today())
	case slices.Contains([]fault.Code{fault.Refused, fault.Invalid, fault.NotFound, fault.Conflict}, fault.CodeOf(err)):
		v.Refused = err.Error()
	default:
		return nil, err
	}
	return v, nil
}
