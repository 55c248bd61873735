// Package money has amounts, currencies, exchange rates and the arithmetic that keeps cents.
//
// An [Amount] is a whole number of a currency's minor unit (cents for USD, yen for JPY); its currency always stands
// beside it. Debit is positive, credit negative, wherever an amount has a sign. Nothing here is ever a float, and
// nothing wraps: an amount that does not fit is an error.
//
// Sources: ISO 4217 for the minor units; ledger rules ("Amounts", "Foreign currency"); reimbursement rules, 2 (the
// largest-remainder method).
package money

import (
	"math"
	"math/bits"
	"strings"

	"github.com/bojanz/currency"

	"quittance/internal/fault"
)

// Amount is a number of minor units.
type Amount int64

// MaxAmount is the largest amount that input may hold, 10^15 minor units (10 trillion dollars): sums of a few
// thousand of them still fit, and every sum is checked anyway.
const MaxAmount Amount = 1_000_000_000_000_000

// Currency is an ISO 4217 currency: its code and the digits of its minor unit (0 to 4).
type Currency struct {
	Code   string
	Digits uint8
}

// CurrencyOf gives the currency of an ISO 4217 code; an unknown code is [fault.Invalid].
func CurrencyOf(code string) (Currency, error) {
	d, ok := currency.GetDigits(code)
	if !ok {
		return Currency{}, fault.New(fault.Invalid, "%q is not an ISO 4217 currency code, such as USD", code)
	}
	return Currency{Code: code, Digits: d}, nil
}

// MustCurrency is CurrencyOf for constants in code and tests; it panics on an error.
func MustCurrency(code string) Currency {
	c, err := CurrencyOf(code)
	if err != nil {
		panic(err)
	}
	return c
}

// Parse reads a decimal with "." (such as -12.50): no exponent, no thousands separator, no more decimals than the
// currency has, at most [MaxAmount]. Anything else is [fault.Invalid].
func (c Currency) Parse(s string) (Amount, error) {
	digits, neg := strings.CutPrefix(s, "-")
	whole, frac, point := strings.Cut(digits, ".")
	if whole == "" || (point && frac == "") || strings.Trim(whole+frac, "0123456789") != "" {
		return 0, fault.New(fault.Invalid, "%q is not an amount; expected a decimal such as 12.50", s)
	}
	if trimmed := strings.TrimRight(frac, "0"); len(trimmed) > int(c.Digits) {
		return 0, fault.New(fault.Invalid, "%q has more decimals than %s, which has %d", s, c.Code, c.Digits)
	}
	var n uint64
	limit := uint64(MaxAmount)
	for i := range len(whole) + int(c.Digits) {
		var d uint64
		if i < len(whole) {
			d = uint64(whole[i] - '0')
		} else if j := i - len(whole); j < len(frac) {
			d = uint64(frac[j] - '0')
		}
		if n = n*10 + d; n > limit {
			return 0, fault.New(fault.Invalid, "%q is larger than the largest amount, %s %s", s, c.Format(MaxAmount), c.Code)
		}
	}
	if neg {
		return -Amount(n), nil
	}
	return Amount(n), nil
}

// Format gives the decimal, such as -12.50, with all the decimals of the currency.
func (c Currency) Format(a Amount) string {
	var buf [24]byte
	return string(c.Append(buf[:0], a))
}

// Append appends what Format gives.
func (c Currency) Append(b []byte, a Amount) []byte {
	u := uint64(a)
	if a < 0 {
		b = append(b, '-')
		u = -u
	}
	var digits [20]byte
	i := len(digits)
	for n := 0; u > 0 || n <= int(c.Digits); n++ {
		i--
		digits[i] = byte('0' + u%10)
		u /= 10
	}
	point := len(digits) - int(c.Digits)
	b = append(b, digits[i:point]...)
	if c.Digits > 0 {
		b = append(b, '.')
		b = append(b, digits[point:]...)
	}
	return b
}

// Abs gives the amount without its sign.
func (a Amount) Abs() Amount {
	if a < 0 {
		return -a
	}
	return a
}

// Sum adds amounts and remembers an overflow, so that a loop can be checked once, at its end.
type Sum struct {
	total Amount
	over  bool
}

// Add adds a.
func (s *Sum) Add(a Amount) {
	t := s.total + a
	if (a > 0) == (t < s.total) && a != 0 {
		s.over = true
	}
	s.total = t
}

// Total gives the sum; [fault.Refused] when it did not fit.
func (s *Sum) Total() (Amount, error) {
	if s.over {
		return 0, errOverflow()
	}
	return s.total, nil
}

// Add gives the sum of amounts; [fault.Refused] when it does not fit.
func Add(amounts ...Amount) (Amount, error) {
	var s Sum
	for _, a := range amounts {
		s.Add(a)
	}
	return s.Total()
}

func errOverflow() error {
	return fault.New(fault.Refused, "the sum of these amounts is too large to be held exactly; split the document").ByRule("amount_overflow")
}

// Part gives total × part ÷ whole, rounded half away from zero: the accounting amount of a part of an item, say.
// The sign is that of the exact result. whole must not be 0.
func Part(total, part, whole Amount) (Amount, error) {
	if whole == 0 {
		return 0, fault.New(fault.Internal, "a part of nothing was asked for")
	}
	neg := (total < 0) != (part < 0) != (whole < 0)
	w := uint64(whole.Abs())
	hi, lo := bits.Mul64(uint64(total.Abs()), uint64(part.Abs()))
	if hi >= w {
		return 0, errOverflow()
	}
	q, r := bits.Div64(hi, lo, w)
	if r >= w-r { // 2r ≥ w without overflow
		q++
	}
	if q > math.MaxInt64 {
		return 0, errOverflow()
	}
	if neg {
		return -Amount(q), nil
	}
	return Amount(q), nil
}

// Spread splits total over the weights in proportion by the largest-remainder method, ties to the lower index, so
// that the parts always sum to total. Weights are not negative and sum to more than 0; total is not negative.
// Callers order the weights by ledger account in byte order. Source: reimbursement rules, 2.
func Spread(total Amount, weights []Amount) ([]Amount, error) {
	var s Sum
	for _, w := range weights {
		if w < 0 {
			return nil, fault.New(fault.Internal, "an amount cannot be spread over a negative weight")
		}
		s.Add(w)
	}
	whole, err := s.Total()
	if err != nil {
		return nil, err
	}
	if whole == 0 || total < 0 {
		return nil, fault.New(fault.Internal, "an amount of %d cannot be spread over %d", total, whole)
	}
	parts := make([]Amount, len(weights))
	rests := make([]uint64, len(weights))
	left := total
	for i, w := range weights {
		hi, lo := bits.Mul64(uint64(total), uint64(w))
		if hi >= uint64(whole) {
			return nil, errOverflow()
		}
		q, r := bits.Div64(hi, lo, uint64(whole))
		parts[i], rests[i] = Amount(q), r
		left -= parts[i]
	}
	for ; left > 0; left-- {
		best := 0
		for i, r := range rests {
			if r > rests[best] {
				best = i
			}
		}
		parts[best]++
		rests[best] = 0
	}
	return parts, nil
}
