package deduction

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

// CheckLimits says which limit forbids writing off amount more (accounting currency) of a deduction by a user: the most restrictive of
// those of the company, the customer, the reason and the user, tested on all that is written off on its root and all the root's
// children. nil: none does. Every path asks it: capture, resolution, approval, mass actions, automatic ones. A deduction that is not
// saved yet has an ID of 0.
func CheckLimits(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction, amount money.Amount, user string) (*Limit, error) {
	if len(s.Limits) == 0 || amount <= 0 {
		return nil, nil
	}
	customers, err := party.CustomersByID(ctx, tx, []int64{d.Customer})
	if err != nil {
		return nil, err
	}
	code := ""
	if customer := customers[d.Customer]; customer != nil {
		code = customer.Code
	}
	most := s.limit(code, d.Reason, user)
	if most == nil {
		return nil, nil
	}
	already, err := writtenOff(ctx, tx, d)
	if err != nil {
		return nil, err
	}
	sum, err := money.Add(already, amount)
	if err != nil || sum <= most.Amount {
		return nil, err
	}
	return most, nil
}

// limit gives the most restrictive of the limits; nil when there is none.
func (s *Setup) limit(customer, reason, user string) (most *Limit) {
	for _, l := range []Limit{{Scope: "company"}, {Scope: "customer", Code: customer}, {Scope: "reason", Code: reason}, {Scope: "user", Code: user}} {
		amount, there := s.Limits[l]
		if there && (l.Code != "" || l.Scope == "company") && (most == nil || amount < most.Amount) {
			l.Amount = amount
			most = &l
		}
	}
	return most
}

// writtenOff gives what is written off on the root of a deduction and all its children, in accounting currency.
func writtenOff(ctx context.Context, tx *db.Tx, d *Deduction) (sum money.Amount, err error) {
	if d.ID == 0 {
		return 0, nil
	}
	err = tx.Row(ctx, `select cast(coalesce(sum(r.accounting), 0) as bigint) from deduction x join resolution r on r.company = x.company and r.deduction = x.id
		where x.company = $1 and x.root = $2 and r.kind = 'write_off' and r.state = 'posted'`, tx.Company, d.Root).Scan(&sum)
	return sum, err
}

// Say names a limit for a person.
func (l *Limit) Say(c *ledger.Company) string {
	of := l.Scope
	if l.Code != "" {
		of += " " + l.Code
	}
	return c.Currency.Format(l.Amount) + " " + c.Currency.Code + " of the " + of
}

// overLimit refuses a write-off that no approval can be asked for.
func overLimit(c *ledger.Company, l *Limit, d *Deduction) error {
	return fault.New(fault.Refused, "writing off %s %s would be more than the limit: %s, for a deduction with all its children; take it as not allowed, and resolve it with an approval", show(d.Currency, d.Amount), d.Currency, l.Say(c)).In("allowed").ByRule("over_limit")
}

// chargePlan refuses to charge amount (accounting currency) of a deduction to a plan that does not cover its customer and the date on
// which it was taken, or that has less left and is not to be overdrawn by so much. Nobody else charges the plan until the unit ends.
func chargePlan(ctx context.Context, tx *db.Tx, c *ledger.Company, p *Plan, d *Deduction, amount money.Amount) error {
	customers, err := party.CustomersByID(ctx, tx, []int64{d.Customer})
	if err != nil {
		return err
	}
	if customers[d.Customer] == nil {
		return fault.New(fault.NotFound, "the customer of the deduction %s does not exist; run quittance verify", d.Number)
	}
	if !p.Covers(*customers[d.Customer], d.Captured) {
		return fault.New(fault.Refused, "the plan %s (%s to %s) does not cover the customer %s on %s; choose another plan, or change whom and when it covers", p.Code, p.From, p.To, customers[d.Customer].Code, d.Captured).In("plan").ByRule("plan_covers_not")
	}
	if p.PayOver == "yes" {
		return nil
	}
	b, err := LockPlan(ctx, tx, p.ID)
	if err != nil {
		return err
	}
	most := b.Unused()
	if p.PayOver == "limit" {
		most += p.PayOverLimit
	}
	if amount <= most {
		return nil
	}
	return fault.New(fault.Refused, "the plan %s has %s %s of its accrual left, and may be charged %s more at most; %s are too much: accrue more, or change its pay-over rule",
		p.Code, c.Currency.Format(b.Unused()), c.Currency.Code, c.Currency.Format(max(most, 0)), c.Currency.Format(amount)).In("amount").ByRule("plan_used_up")
}
