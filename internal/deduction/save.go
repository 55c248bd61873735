package deduction

import (
	"cmp"
	"context"
	"errors"

	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// SaveCaptured writes the records of captured deductions, after the changes were flushed: number, owner, window to dispute, flag of a
// duplicate, event, exposure, and of allowed ones the resolution that was posted with them. It refuses an allowed write-off over the
// limits, and a plan that does not cover the customer and the date or has not enough left.
func SaveCaptured(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, taken []*Taken) error {
	for i, t := range taken {
		d := t.Deduction
		d.Voucher, d.State = t.Voucher.ID, Held
		if d.Allowed {
			if err := s.mayClear(ctx, tx, c, t, taken[:i]); err != nil {
				return err
			}
		}
		if err := s.begin(ctx, tx, c, d, ""); err != nil {
			return err
		}
		if err := insert(ctx, tx, d); err != nil {
			return err
		}
		if d.Allowed {
			if err := s.saveCleared(ctx, tx, t); err != nil {
				return err
			}
		}
		if err := AddEvent(ctx, tx, d.ID, "captured", captureEvent(d)); err != nil {
			return err
		}
		if err := pair(ctx, tx, d); err != nil {
			return err
		}
		if err := s.Expose(ctx, tx, d); err != nil {
			return err
		}
	}
	return nil
}

func captureEvent(d *Deduction) string {
	text := show(d.Currency, d.Amount) + " " + d.Currency
	if d.Automatic {
		return text + ", written off for its small amount"
	}
	return text
}

// mayClear tests what an allowed deduction would write off with those before it, or charge to its plan.
func (s *Setup) mayClear(ctx context.Context, tx *db.Tx, c *ledger.Company, t *Taken, before []*Taken) error {
	d := t.Deduction
	if s.Types[d.Type].Kind == AccrualPlan {
		return chargePlan(ctx, tx, c, s.Plans[d.Plan], d, t.accounting)
	}
	over, err := CheckLimits(ctx, tx, c, s, d, t.accounting+s.writtenOffWith(d, before), d.CreatedBy)
	if err == nil && over != nil {
		err = overLimit(c, over, d)
	}
	if err == nil && !d.Automatic {
		err = allowedAtOnce(ctx, tx, c, d, t.accounting)
	}
	return err
}

// writtenOffWith gives what is written off of the same document by those that are posted together with a deduction (accounting
// currency): lines that were split before posting are one deduction to the limits. Stand-alone ones are one when they have the same claim
// number.
func (s *Setup) writtenOffWith(d *Deduction, with []*Taken) (sum money.Amount) {
	if d.Invoice == 0 && d.ClaimNumber == "" {
		return 0
	}
	for _, t := range with {
		x := t.Deduction
		if x.Allowed && s.Types[x.Type].Kind == WriteOff && x.Customer == d.Customer && x.Invoice == d.Invoice && (d.Invoice != 0 || x.ClaimNumber == d.ClaimNumber) {
			sum += t.accounting
		}
	}
	return sum
}

// begin gives a new record its id, number (blank: from the series) and first states.
func (s *Setup) begin(ctx context.Context, tx *db.Tx, c *ledger.Company, d *Deduction, number string) (err error) {
	if d.ID, err = tx.NewID(ctx); err != nil {
		return err
	}
	d.Root, d.Version, d.CreatedAt = d.ID, 1, tx.Micros()
	d.CreatedBy = cmp.Or(d.CreatedBy, tx.Actor)
	d.Work, d.Dispute, d.Substate = Captured, NotDisputed, ""
	if d.Reason != "" {
		d.Work = Coded
	}
	if d.Allowed {
		d.Resolved, d.Work, d.ClosedAt = d.Amount, Closed, tx.Micros()
	}
	owner, team := s.Route(c, d.Customer, d.Reason)
	d.Owner, d.Team = cmp.Or(d.Owner, owner), cmp.Or(d.Team, team)
	if err := Derive(ctx, tx, c, s, d); err != nil {
		return err
	}
	if d.Number = number; number == "" {
		d.Number, err = ledger.DrawCode(ctx, tx, ledger.DeductionSeries)
	}
	return err
}

// saveCleared writes the resolution that was posted with an allowed deduction.
func (s *Setup) saveCleared(ctx context.Context, tx *db.Tx, t *Taken) error {
	d := t.Deduction
	r := &Resolution{
		Deduction: d.ID, Date: d.Captured, Kind: ByWriteOff, Amount: d.Amount, Accounting: t.accounting, Account: d.Account, Reason: d.Reason,
		State: "posted", Voucher: d.Voucher, Automatic: d.Automatic,
	}
	if s.Types[d.Type].Kind == AccrualPlan {
		r.Kind, r.Account, r.Plan = ByPlan, "", s.Plans[d.Plan].ID
	}
	return insertResolutions(ctx, tx, []*Resolution{r})
}

// exposed is the source under which exposures to deductions stand.
const exposed = "deduction"

// Expose sets what counts as an open debit of the customer: what remains of a deduction that is held, wherever it is, unless its reason
// says that it counts not. It must be called when one of these changes.
func (s *Setup) Expose(ctx context.Context, tx *db.Tx, d *Deduction) error {
	x := openitem.Exposure{Party: d.Customer, Source: exposed, ID: d.ID, Currency: d.Currency}
	reason, known := s.Reasons[d.Reason]
	if d.State == Held && d.Hold != NoHold && (!known || reason.CreditCheck) {
		x.Amount = d.Remaining()
		x.Text = "deduction " + d.Number + " " + show(d.Currency, x.Amount) + " " + d.Currency + " of " + d.Captured.String()
	}
	return openitem.SetExposure(ctx, tx, x)
}

// save writes a deduction that was changed, with what is derived of it and what it exposes.
func (s *Setup) save(ctx context.Context, tx *db.Tx, c *ledger.Company, d *Deduction) error {
	if err := Derive(ctx, tx, c, s, d); err != nil {
		return err
	}
	if err := Update(ctx, tx, d); err != nil {
		return err
	}
	return s.Expose(ctx, tx, d)
}

// pair flags a deduction as taken before, and one that was returned or repaid before as taken again.
func pair(ctx context.Context, tx *db.Tx, d *Deduction) error {
	again, err := takenAgain(ctx, tx, d)
	if err != nil || again == 0 {
		if again, err = takenBefore(ctx, tx, d); err != nil || again == 0 {
			return err
		}
	}
	d.DuplicateOf = again
	if err := Update(ctx, tx, d); err != nil {
		return err
	}
	return rededuct(ctx, tx, d)
}

// takenAgain gives the deduction whose returned or charged-back item this one was taken from.
func takenAgain(ctx context.Context, tx *db.Tx, d *Deduction) (id int64, err error) {
	if d.Invoice == 0 {
		return 0, nil
	}
	err = tx.Row(ctx, "select deduction from resolution where company = $1 and voucher = $2 and kind in ('return', 'chargeback')", tx.Company, d.Invoice).Scan(&id)
	if errors.Is(err, db.ErrNoRows) {
		err = nil
	}
	return id, err
}

// takenBefore gives the first deduction of the customer from the same document (or, stand-alone, with the same claim number), by the
// same code, of the same amount: resolved ones too.
func takenBefore(ctx context.Context, tx *db.Tx, d *Deduction) (id int64, err error) {
	if d.Invoice == 0 && d.ClaimNumber == "" {
		return 0, nil
	}
	err = tx.Row(ctx, `select coalesce(min(id), 0) from deduction where company = $1 and customer = $2 and amount = $3 and currency = $4 and id <> $5 and id = root
		and state in ('claim', 'held') and (invoice = cast($6 as bigint) or (cast($6 as bigint) = 0 and invoice is null and claim = $7))
		and ((reason = $8 and their_code = $9) or (reason <> '' and reason = $8) or (their_code <> '' and their_code = $9))`,
		tx.Company, d.Customer, d.Amount, d.Currency, d.ID, d.Invoice, d.ClaimNumber, d.Reason, d.TheirCode).Scan(&id)
	return id, err
}

// Payback finds the deduction that an amount which a customer repaid belongs to: of the same document and code, and the same amount
// before another; of those that are open or wait to be repaid, the oldest. None is nil.
func Payback(ctx context.Context, tx *db.Tx, customer, invoice int64, theirCode string, amount int64) (*Deduction, error) {
	all, err := list(ctx, tx, "customer = $2 and invoice = $3 and state = 'held' and (cast($4 as text) = '' or their_code = $4) and (resolved + split < amount or dispute in ('awaiting_payback', 'partly_paid_back', 'approved', 'partly_approved'))",
		customer, invoice, theirCode)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	for _, d := range all {
		if int64(d.Amount) == amount || int64(d.Remaining()) == amount {
			return d, nil
		}
	}
	return all[0], nil
}
