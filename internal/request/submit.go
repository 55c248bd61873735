package request

import (
	"context"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/unclaimed"
)

// complete refuses a request that does not say all that it must before somebody looks at it.
func (x *Request) complete() error {
	var errs fault.List
	if x.Amount <= 0 {
		errs.Add(fault.New(fault.Invalid, "the request %s does not say how much; name credits, or lines of a new credit", x.Code).In("amount"))
	}
	if x.Amount > 0 && len(x.Credits)+len(x.Lines) == 0 {
		errs.Add(fault.New(fault.Invalid, "the request %s says how much, but not of what; name credits, or lines of a new credit", x.Code).In("credits"))
	}
	if x.Reason == "" {
		errs.Add(fault.New(fault.Invalid, "the request %s does not say why", x.Code).In("reason"))
	}
	return errs.Err()
}

// Submit hands a draft in: it must be complete, and what it wants is marked. A written request of the customer is noted as a contact, which
// starts the clocks of its credits.
func (x *Request) Submit(ctx context.Context, tx *db.Tx, c *ledger.Company, detail string) error {
	if x.State != Draft {
		return refused("request_state", "the request %s is %s already", x.Code, words(x.State))
	}
	if err := x.complete(); err != nil {
		return err
	}
	if err := x.mark(ctx, tx, c); err != nil {
		return err
	}
	if !x.Asked.IsZero() {
		contact := unclaimed.Contact{Party: x.Customer, Date: x.Asked, How: unclaimed.ByRequest, Note: "request " + x.Code}
		if len(x.Credits) == 1 {
			contact.Voucher = x.Credits[0].Voucher
		}
		if err := contact.Log(ctx, tx); err != nil {
			return err
		}
	}
	x.SubmittedBy, x.SubmittedAt = tx.Actor, tx.Micros()
	if _, err := tx.Exec(ctx, "update request set submitted_by = $1, submitted_at = $2 where company = $3 and id = $4", x.SubmittedBy, x.SubmittedAt, tx.Company, x.ID); err != nil {
		return err
	}
	if err := x.setDue(ctx, tx, c); err != nil {
		return err
	}
	return x.move(ctx, tx, Submitted, detail)
}

// Times are the clocks of a request on a day. What is zero is not set.
type Times struct {
	Jurisdiction string
	Why          string     // it is that
	Arose        civil.Date // the oldest of its credits, else the day of submission
	ServiceBy    civil.Date // by the company's own service level
	unclaimed.Times
}

// Due gives the first of the days by which the request is to be paid.
func (t *Times) Due() civil.Date {
	due := t.RefundBy
	if !t.ServiceBy.IsZero() && (due.IsZero() || t.ServiceBy < due) {
		due = t.ServiceBy
	}
	return due
}

// Clock gives the clocks of a request on a day: the statutory ones of the customer's jurisdiction, and the service level.
func (x *Request) Clock(ctx context.Context, tx *db.Tx, c *ledger.Company, on civil.Date) (t Times, err error) {
	customers, err := party.CustomersByID(ctx, tx, []int64{x.Customer})
	if err != nil {
		return t, err
	}
	place := unclaimed.PlaceOf(customers[x.Customer].Address, c.Country, c.Parameters["unclaimed_holder_state"])
	t.Jurisdiction, t.Why = place.Jurisdiction, place.Why
	submitted := civil.Date(0)
	if x.SubmittedAt != 0 {
		submitted = civil.FromTime(instant(x.SubmittedAt))
	}
	if days := ServiceDays(c); days > 0 && submitted != 0 {
		t.ServiceBy = submitted.AddDays(days)
	}
	if t.Arose, err = x.arose(ctx, tx, c); err != nil {
		return t, err
	}
	if t.Arose.IsZero() {
		if t.Arose = submitted; t.Arose.IsZero() {
			t.Arose = on
		}
	}
	clocks, err := unclaimed.Clocks(ctx, tx)
	if err != nil {
		return t, err
	}
	clock := unclaimed.ClockFor(clocks, place.Jurisdiction, on)
	if clock == nil {
		return t, nil
	}
	t.Times, err = clock.On(t.Arose, x.Asked, x.Amount, on)
	return t, err
}

// arose gives the day of the oldest credit; zero when there is none yet.
func (x *Request) arose(ctx context.Context, tx *db.Tx, c *ledger.Company) (civil.Date, error) {
	if len(x.Credits) == 0 {
		return 0, nil
	}
	ids := make([]int64, len(x.Credits))
	for i, k := range x.Credits {
		ids[i] = k.Voucher
	}
	items, err := openitem.OfVouchers(ctx, tx, c, ids)
	if err != nil || len(items) == 0 {
		return 0, err
	}
	return slices.MinFunc(items, func(a, b *openitem.Item) int { return a.Date.Sub(b.Date) }).Date, nil
}

// setDue keeps by when the request is to be paid.
func (x *Request) setDue(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
	t, err := x.Clock(ctx, tx, c, tx.Today())
	if err != nil {
		return err
	}
	x.Due = t.Due()
	_, err = tx.Exec(ctx, "update request set due = $1 where company = $2 and id = $3", x.Due, tx.Company, x.ID)
	return err
}

// DaysInState gives the days that a request has been in its state.
func (x *Request) DaysInState(today civil.Date) int {
	return max(0, today.Sub(civil.FromTime(instant(x.Since))))
}

// Overdue says whether a request was due before the day and is not paid.
func (x *Request) Overdue(today civil.Date) bool {
	open := x.State.Marks() || x.State == Posted || x.State == InPayment || x.State == Returned
	return open && !x.Due.IsZero() && x.Due < today
}
