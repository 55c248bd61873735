package app

import (
	"context"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/unclaimed"
)

// UnclaimedEffect is what escheating would do.
type UnclaimedEffect struct {
	Count    int                `json:"count"` // properties that would be escheated, as far as was seen
	Sums     []AmountIn         `json:"sums"`
	Items    []UnclaimedItem    `json:"items"`    // the first 500
	Refused  []UnclaimedProblem `json:"refused"`  // of the first 20
	Vouchers []Voucher          `json:"vouchers"` // of the first 20, with the numbers that they would get if nobody else posted before
}

const (
	escheatsNamed = 500
	escheatsTried = 20
)

// PreviewEscheat says what [App.Escheat] would do: all that it would escheat, and the vouchers of the first.
func (a *App) PreviewEscheat(ctx context.Context, call Call, s UnclaimedSelection, exception string) (*UnclaimedEffect, error) {
	e := &UnclaimedEffect{Sums: []AmountIn{}, Items: []UnclaimedItem{}, Refused: []UnclaimedProblem{}, Vouchers: []Voucher{}}
	sums := map[string]money.Amount{}
	var first []escheating
	err := a.eachEscheat(ctx, call, s, exception, func(y *unclaimed.Candidate, x escheating) {
		e.Count++
		sums[y.Currency] += y.Amount
		if len(e.Items) < escheatsNamed {
			e.Items = append(e.Items, viewUnclaimed(y))
		}
		if n := len(first); n < escheatsTried && (n == 0 || first[n-1] != x) {
			first = append(first, x)
		}
	})
	if err != nil {
		return nil, err
	}
	for _, currency := range sortedKeys(sums) {
		e.Sums = append(e.Sums, AmountIn{currency, amountOf(currency, sums[currency])})
	}
	for len(first) > 0 { // what is refused keeps the others from nothing, so they are tried again without it
		bad := -1
		e.Vouchers, err = try(ctx, a, call, command{permission: identity.Pay}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, []Voucher, error) {
			for i, x := range first {
				if _, err := escheatEach(ctx, tx, c, x.Selection, exception); err != nil {
					bad = i
					return "", nil, nil, err
				}
			}
			all, err := posted(ctx, tx, c)
			return "", nil, all, err
		})
		switch {
		case err == nil:
			return e, nil
		case bad < 0 || e.Count == 1 || !ours(err) || fault.CodeOf(err) == fault.Internal:
			return nil, err
		}
		e.Refused = append(e.Refused, UnclaimedProblem{first[bad].document, err.Error()})
		first = append(first[:bad], first[bad+1:]...)
	}
	return e, nil
}

// PreviewReverseUnclaimed says what [App.ReverseUnclaimed] would post.
func (a *App) PreviewReverseUnclaimed(ctx context.Context, call Call, code string, date civil.Date, reason string) (*Effect, error) {
	return try(ctx, a, call, command{permission: identity.Pay}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *Effect, error) {
		if _, _, _, err := unclaimedReversal(code, date, reason)(ctx, tx, c); err != nil {
			return "", nil, nil, err
		}
		all, err := posted(ctx, tx, c)
		return "", nil, &Effect{Settled: []Settled{}, Vouchers: all}, err
	})
}

// RemittanceEffect is what remitting would do.
type RemittanceEffect struct {
	Remittance UnclaimedRemittance `json:"remittance"`
	Vouchers   []Voucher           `json:"vouchers"` // with the numbers that they would get if nobody else posted before
}

// PreviewRemitUnclaimed says what [App.RemitUnclaimed] would do.
func (a *App) PreviewRemitUnclaimed(ctx context.Context, call Call, x UnclaimedRemitting) (*RemittanceEffect, error) {
	return try(ctx, a, call, command{permission: identity.Pay}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *RemittanceEffect, error) {
		_, _, r, err := x.remit(ctx, tx, c)
		if err != nil {
			return "", nil, nil, err
		}
		all, err := posted(ctx, tx, c)
		return "", nil, &RemittanceEffect{Remittance: *r, Vouchers: all}, err
	})
}
