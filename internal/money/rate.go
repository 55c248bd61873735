package money

import (
	"math/big"

	"github.com/govalues/decimal"

	"quittance/internal/fault"
)

// Rate is an exchange rate: units of the accounting currency for one unit of the foreign currency. Always positive.
type Rate struct{ d decimal.Decimal }

// One is the rate of the accounting currency to itself.
var One = Rate{decimal.One}

// ParseRate reads a positive decimal such as 1.0825; anything else is [fault.Invalid].
func ParseRate(s string) (Rate, error) {
	d, err := decimal.Parse(s)
	if err != nil || !d.IsPos() {
		return Rate{}, fault.New(fault.Invalid, "%q is not an exchange rate; expected a positive decimal such as 1.0825", s)
	}
	return Rate{d}, nil
}

// String gives the rate as it was written, without a trailing zero.
func (r Rate) String() string { return r.d.Trim(0).String() }

// Convert gives amount (of currency from) × rate in the currency to, rounded half away from zero;
// [fault.Refused] when it does not fit.
func (r Rate) Convert(amount Amount, from, to Currency) (Amount, error) {
	num, den := r.ratio(amount, from, to)
	q, rest := new(big.Int).QuoRem(num, den, new(big.Int))
	if rest.Abs(rest).Lsh(rest, 1).Cmp(den) >= 0 {
		q.Add(q, big.NewInt(int64(num.Sign())))
	}
	if !q.IsInt64() {
		return 0, errOverflow()
	}
	return Amount(q.Int64()), nil
}

// AtLeast says whether amount (of currency from) × rate, unrounded, is at least min (of currency to).
// Source: reimbursement rules, E3.
func (r Rate) AtLeast(amount Amount, from Currency, min Amount, to Currency) bool {
	num, den := r.ratio(amount, from, to)
	return num.Cmp(den.Mul(den, big.NewInt(int64(min)))) >= 0
}

// ratio gives the exact value of amount × rate in minor units of to, as numerator and positive denominator.
func (r Rate) ratio(amount Amount, from, to Currency) (num, den *big.Int) {
	num = new(big.Int).Mul(big.NewInt(int64(amount)), new(big.Int).SetUint64(r.d.Coef()))
	den = big.NewInt(1)
	if e := int(to.Digits) - int(from.Digits) - r.d.Scale(); e >= 0 {
		num.Mul(num, pow10(e))
	} else {
		den = pow10(-e)
	}
	return num, den
}

func pow10(e int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(e)), nil) }
