package deduction

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/money"
)

// What win rates are made of: the latest resolutions only, so that reading them takes as long for an old customer as for a new one, and
// what was long ago does not weigh.
const (
	ratesOfCustomer = 500  // latest deductions of a customer
	ratesOfCompany  = 1000 // latest resolutions of the company
	ratesLeast      = 5    // resolutions below which a rate says too little, and the company's is taken
	rateUnknown     = fullRate / 2
)

// Rates gives win rates by customer and reason: of what was decided, how much went back to the customer's debt. It keeps what it read,
// for one unit of work. Source: deduction rules, 3 and 6.
type Rates struct {
	customers map[int64]map[string]outcomes
	company   map[string]outcomes // blank: of all reasons
}

// outcomes are sums of resolutions in accounting currency, and their number.
type outcomes struct {
	won, decided money.Amount
	n            int64
}

func (o outcomes) rate() (int, bool) {
	if o.n < ratesLeast || o.decided <= 0 {
		return 0, false
	}
	won, err := money.Part(fullRate, o.won, o.decided)
	return int(won), err == nil
}

// Won says whether a resolution ended in the company's favour: the customer owes, or paid, what was kept back. An error that was
// corrected is no decision.
func (k Kind) Won() (won, decided bool) {
	switch k {
	case ByReturn, ByChargeback, ByPayback:
		return true, true
	case ByCorrection:
		return false, false
	}
	return false, true
}

// NewRates gives rates that are read when they are asked for.
func NewRates() *Rates { return &Rates{customers: map[int64]map[string]outcomes{}} }

// Of gives the win rate of a customer's deductions of a reason, of 10,000: that of the customer and reason when enough was decided, else
// the company's of the reason, else the company's, else a half.
func (r *Rates) Of(ctx context.Context, tx *db.Tx, customer int64, reason string) (int, error) {
	of, known := r.customers[customer]
	if !known {
		var err error
		of, err = outcomesOf(ctx, tx, `select d.reason, r.kind, cast(sum(r.accounting) as bigint), count(*)
			from (select id, reason from deduction where company = $1 and customer = $2 order by id desc limit $3) d join resolution r on r.company = $1 and r.deduction = d.id
			where r.state = 'posted' group by d.reason, r.kind`, tx.Company, customer, ratesOfCustomer)
		if err != nil {
			return 0, err
		}
		r.customers[customer] = of
	}
	if rate, enough := of[reason].rate(); enough {
		return rate, nil
	}
	if r.company == nil {
		var err error
		r.company, err = outcomesOf(ctx, tx, `select d.reason, r.kind, cast(sum(r.accounting) as bigint), count(*)
			from (select deduction, kind, accounting, state from resolution where company = $1 order by id desc limit $2) r join deduction d on d.company = $1 and d.id = r.deduction
			where r.state = 'posted' group by d.reason, r.kind`, tx.Company, ratesOfCompany)
		if err != nil {
			return 0, err
		}
	}
	for _, which := range []string{reason, ""} {
		if rate, enough := r.company[which].rate(); enough {
			return rate, nil
		}
	}
	return rateUnknown, nil
}

func outcomesOf(ctx context.Context, tx *db.Tx, query string, args ...any) (map[string]outcomes, error) {
	of := map[string]outcomes{}
	var all outcomes
	err := tx.Each(ctx, query, args, func(r *db.Rows) error {
		won, decided := Kind(r.Text(1)).Won()
		if !decided {
			return nil
		}
		reason, amount, n := r.Text(0), money.Amount(r.Int64(2)), r.Int64(3)
		o := of[reason]
		o.decided, o.n = o.decided+amount, o.n+n
		all.decided, all.n = all.decided+amount, all.n+n
		if won {
			o.won += amount
			all.won += amount
		}
		of[reason] = o
		return nil
	})
	of[""] = all // a deduction that is not coded yet is like any other
	return of, err
}
