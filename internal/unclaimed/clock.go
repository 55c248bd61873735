package unclaimed

import (
	"math/big"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// InterestFrom is the day from which the days before interest are counted.
type InterestFrom string

// The days, as stored.
const (
	FromRequest InterestFrom = "request" // that of the written request; without one, no interest runs
	FromCredit  InterestFrom = "credit"
)

// Clock is what the law of a jurisdiction says of credits, from a day on, until its next row. What is 0 or blank is not said.
type Clock struct {
	Jurisdiction      string
	From              civil.Date
	RefundDays        int // after a written request
	GoodFaithMonths   int // after the credit arose: by then a refund is tried unasked
	InterestFrom      InterestFrom
	InterestAfterDays int
	InterestRate      string // percent a year, decimal
	YearDays          int    // 360 or 365
	BarMonths         int    // after the credit arose the owner's claim is barred
	Sample            bool
	Note              string
}

// Validate refuses a clock that says nothing sensible.
func (k *Clock) Validate() error {
	var errs fault.List
	errs.Add(CheckJurisdiction(k.Jurisdiction))
	add := func(field, format string, args ...any) { errs.Add(fault.New(fault.Invalid, format, args...).In(field)) }
	if k.From.IsZero() {
		add("from", "a clock needs the day from which on it holds")
	}
	for field, n := range map[string]int{"refund_days": k.RefundDays, "good_faith_months": k.GoodFaithMonths, "interest_after_days": k.InterestAfterDays, "bar_months": k.BarMonths} {
		if n < 0 || n > 3660 {
			add(field, "%d is not to be had; expected 0 to 3660", n)
		}
	}
	if k.InterestFrom != FromRequest && k.InterestFrom != FromCredit {
		add("interest_from", "%q is no day that interest counts from; expected request or credit", string(k.InterestFrom))
	}
	if k.YearDays != 360 && k.YearDays != 365 {
		add("year_days", "a year of %d days is not to be had; expected 360 or 365", k.YearDays)
	}
	if _, err := k.rate(); err != nil {
		add("interest_rate", "%q is no rate; expected a percentage such as 6.5, up to 100", k.InterestRate)
	}
	return errs.Err()
}

// rate gives the rate of interest as a part of 1; nil when there is none.
func (k *Clock) rate() (*big.Rat, error) {
	if k.InterestRate == "" {
		return nil, nil
	}
	for _, c := range k.InterestRate {
		if (c < '0' || c > '9') && c != '.' {
			return nil, fault.New(fault.Invalid, "%q is no percentage", k.InterestRate)
		}
	}
	r, ok := new(big.Rat).SetString(k.InterestRate)
	if !ok || len(k.InterestRate) > 12 || r.Cmp(big.NewRat(100, 1)) > 0 {
		return nil, fault.New(fault.Invalid, "%q is no percentage up to 100", k.InterestRate)
	}
	return r.Quo(r, big.NewRat(100, 1)), nil
}

// ClockFor gives the clock that holds on a day in a jurisdiction, else in its country; nil when there is none.
func ClockFor(clocks []Clock, jurisdiction string, on civil.Date) *Clock {
	for _, j := range []string{jurisdiction, countryOf(jurisdiction)} {
		var best *Clock
		for i := range clocks {
			if k := &clocks[i]; k.Jurisdiction == j && k.From <= on && (best == nil || k.From > best.From) {
				best = k
			}
		}
		if best != nil {
			return best
		}
	}
	return nil
}

// Times are what the clock of a credit shows on a day. A day that is zero is not set.
type Times struct {
	RefundBy     civil.Date // of the written request
	GoodFaithBy  civil.Date
	InterestOn   civil.Date // the first day for which interest runs
	InterestDays int        // up to the day looked at
	Interest     money.Amount
	BarredOn     civil.Date
}

// On works out what the clock of a credit shows on a day: arose is when the credit arose, request when the owner asked for it (zero: not).
// Interest is exact, and rounded once, half up, to the minor unit. It is shown, and posted by nobody.
func (k *Clock) On(arose, request civil.Date, amount money.Amount, on civil.Date) (Times, error) {
	var t Times
	if k.RefundDays > 0 && request != 0 {
		t.RefundBy = request.AddDays(k.RefundDays)
	}
	if k.GoodFaithMonths > 0 {
		t.GoodFaithBy = addMonths(arose, k.GoodFaithMonths)
	}
	if k.BarMonths > 0 {
		t.BarredOn = addMonths(arose, k.BarMonths)
	}
	rate, err := k.rate()
	if err != nil || rate == nil || rate.Sign() == 0 {
		return t, err
	}
	start := arose
	if k.InterestFrom == FromRequest {
		if start = request; start == 0 {
			return t, nil
		}
	}
	t.InterestOn = start.AddDays(k.InterestAfterDays + 1)
	if t.InterestDays = max(0, on.Sub(t.InterestOn)+1); t.InterestDays == 0 {
		return t, nil
	}
	t.Interest, err = interest(amount, rate, t.InterestDays, k.YearDays)
	return t, err
}

// interest gives amount × rate × days ÷ year, rounded half up.
func interest(amount money.Amount, rate *big.Rat, days, year int) (money.Amount, error) {
	x := new(big.Rat).SetInt64(int64(amount))
	x.Mul(x, rate).Mul(x, big.NewRat(int64(days), int64(year)))
	twice := new(big.Int).Mul(x.Num(), big.NewInt(2))
	twice.Add(twice, x.Denom())
	n := twice.Quo(twice, new(big.Int).Mul(x.Denom(), big.NewInt(2)))
	if !n.IsInt64() || n.Int64() > int64(money.MaxAmount) {
		return 0, fault.New(fault.Refused, "the interest is more than an amount can be").ByRule("overflow")
	}
	return money.Amount(n.Int64()), nil
}

// Bucket is an age of credits.
type Bucket string

// The buckets, in days since a credit arose.
var buckets = []struct {
	name Bucket
	most int
}{{"0-30", 30}, {"31-60", 60}, {"61-90", 90}, {"91-180", 180}, {"181-365", 365}, {"over 365", 1 << 30}}

// Buckets gives all buckets, the youngest first.
func Buckets() []Bucket {
	all := make([]Bucket, len(buckets))
	for i, b := range buckets {
		all[i] = b.name
	}
	return all
}

// BucketOf gives the bucket of an age in days.
func BucketOf(days int) Bucket {
	for _, b := range buckets {
		if days <= b.most {
			return b.name
		}
	}
	return buckets[len(buckets)-1].name
}
