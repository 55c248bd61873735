package journal

import (
	"context"
	"errors"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/party"
)

// familyOf gives a customer and the others of its family.
func familyOf(ctx context.Context, tx *db.Tx, id int64) ([]party.Customer, error) {
	all, err := party.CustomersByID(ctx, tx, []int64{id})
	if err != nil {
		return nil, err
	}
	c := all[id]
	if c == nil {
		return nil, fault.New(fault.NotFound, "there is no such customer").In("customer")
	}
	others, err := party.FamilyOf(ctx, tx, *c)
	return append([]party.Customer{*c}, others...), err
}

// OldestFirst applies what the line has left to the open documents of the payer and its family, by due date, as far as it goes: the
// last one in part, whose rest stays open. Documents that others have marked are left alone, and so is what the line is applied to.
func (x *LineEditor) OldestFirst(ctx context.Context) error {
	docs, err := x.openOfFamily(ctx)
	if err != nil {
		return err
	}
	for _, d := range docs {
		left := x.Balance().Left
		if left <= 0 {
			return nil
		}
		if d.Open() <= 0 || d.Date > x.Date || d.available != d.Open() || x.applicationOf(d.key()) != nil {
			continue
		}
		x.docs[d.key()] = d
		req := Request{Customer: d.Party, Voucher: d.Number}
		a, err := x.Apply(ctx, req)
		if err == nil && a.Amount > left {
			req.Amount, req.LeaveOpen = &left, true
			_, err = x.Apply(ctx, req)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Unmatched is a reference that was not applied, or not all of it: the amount that was not, and why.
type Unmatched struct {
	Request
	Reason error
}

// ByReferences applies the line to the documents that a remittance names. What cannot be applied is given back with the reason; what
// is said to be paid of a document beyond what is open of it is not applied either.
func (x *LineEditor) ByReferences(ctx context.Context, refs []Request) (unmatched []Unmatched, err error) {
	for _, r := range refs {
		over, err := x.refer(ctx, r)
		var ours *fault.Error
		switch {
		case err != nil && !errors.As(err, &ours):
			return nil, err
		case err != nil:
			unmatched = append(unmatched, Unmatched{r, err})
		case over > 0:
			cur, err := money.CurrencyOf(x.Currency)
			if err != nil {
				return nil, err
			}
			r.Amount = &over
			unmatched = append(unmatched, Unmatched{r, fault.New(fault.Refused, "%s %s more than is open of %s", cur.Format(over), cur.Code, r.Voucher).ByRule("over_applied")})
		}
	}
	return unmatched, nil
}

// refer applies the line to a document that is named, and gives what is too much for it.
func (x *LineEditor) refer(ctx context.Context, r Request) (over money.Amount, err error) {
	d, err := x.find(ctx, r.Customer, r.Voucher)
	if err != nil {
		return 0, err
	}
	if d.available == 0 {
		return 0, fault.New(fault.Refused, "%s is marked by a pending settlement; nothing of it is available", r.Voucher).ByRule("marked")
	}
	if x.applicationOf(d.key()) != nil {
		return 0, fault.New(fault.Refused, "%s is named more than once", r.Voucher).ByRule("named_twice")
	}
	if r.Amount != nil && *r.Amount > d.available {
		over = *r.Amount - d.available
		r.Amount = &d.available
	}
	_, err = x.Apply(ctx, r)
	return over, err
}
