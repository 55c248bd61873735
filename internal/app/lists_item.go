package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
)

// ItemFilter narrows a list of items.
type ItemFilter struct {
	Side     openitem.Side
	Party    string // blank: all
	Closed   bool   // closed ones too; needs a party
	Credits  *bool  // true: credits only, false: debits only
	Currency string
	Account  string // ledger account as written
}

// Items gives items, the open ones unless closed ones are asked for too: of one party by date, voucher and line; of all of them
// party by party.
func (a *App) Items(ctx context.Context, call Call, f ItemFilter, p Page) (Part[OpenItem], error) {
	var after *openitem.Spot
	list := fmt.Sprintf("items %s %t %t", f.Side, f.Party != "", f.Closed)
	limit, err := p.open(list, &after)
	if err := cmp.Or(err, plain("party", f.Party), plain("currency", f.Currency), plain("account", f.Account)); err != nil {
		return Part[OpenItem]{}, err
	}
	if f.Closed && f.Party == "" {
		return Part[OpenItem]{}, fault.New(fault.Invalid, "closed items are listed of one party at a time; name it").In("party")
	}
	part := Part[OpenItem]{}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		by := openitem.Filter{Closed: f.Closed, Credits: f.Credits, Currency: f.Currency}
		if f.Party != "" {
			if by.Party, err = partyID(ctx, tx, f.Side, f.Party); err != nil {
				return err
			}
		}
		if f.Account != "" {
			account, err := c.Parse(f.Account)
			if err != nil {
				return inField(err, "account")
			}
			by.Account = &account
		}
		items, at, err := openitem.ListItems(ctx, tx, c, f.Side, by, after, limit)
		if err != nil {
			return err
		}
		codes, err := codesOf(ctx, tx, f.Side, items)
		if err != nil {
			return err
		}
		if at != nil {
			part.Next = next(list, at)
		}
		part.Items, err = viewItems(c, items, codes)
		return err
	})
	return part, err
}

// inField names the field that an error is about, for people and programs.
func inField(err error, field string) error {
	var e *fault.Error
	if errors.As(err, &e) && e.Field == "" {
		return e.In(field)
	}
	return err
}
