package policy

import (
	"cmp"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"

	"quittance/internal/money"
)

// scale is what one unit of a currency is made of here; no currency has more than four decimals.
const (
	scale  = 10_000
	digits = 4
)

// Amount is an amount as rules see it, exact to a ten-thousandth: sums and comparisons of amounts with each other and with written
// numbers have no rounding of binary fractions in them. An amount beyond what fits stays at the largest.
type Amount struct{ n int64 }

// AmountOf gives an amount in minor units of a currency.
func AmountOf(c money.Currency, a money.Amount) Amount {
	n := new(big.Int).Mul(big.NewInt(int64(a)), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits-c.Digits)), nil))
	return ofBig(n)
}

func ofBig(n *big.Int) Amount {
	switch {
	case n.IsInt64():
		return Amount{n.Int64()}
	case n.Sign() < 0:
		return Amount{math.MinInt64}
	}
	return Amount{math.MaxInt64}
}

// ParseAmount reads a decimal of at most four decimals.
func ParseAmount(s string) (Amount, error) {
	r, ok := new(big.Rat).SetString(s)
	if !ok || strings.ContainsAny(s, "/eExXpP_") {
		return Amount{}, fmt.Errorf("%q is not an amount", s)
	}
	r.Mul(r, big.NewRat(scale, 1))
	if !r.IsInt() || !r.Num().IsInt64() {
		return Amount{}, fmt.Errorf("%q is not an amount of at most four decimals", s)
	}
	return Amount{r.Num().Int64()}, nil
}

// ofFloat rounds a written number to a ten-thousandth.
func ofFloat(f float64) Amount {
	f = math.Round(f * scale)
	switch {
	case f >= math.MaxInt64:
		return Amount{math.MaxInt64}
	case f <= math.MinInt64:
		return Amount{math.MinInt64}
	}
	return Amount{int64(f)}
}

func ofInt(n int) Amount { return ofBig(new(big.Int).Mul(big.NewInt(int64(n)), big.NewInt(scale))) }

func (a Amount) add(b Amount) Amount {
	sum := a.n + b.n
	if (sum > a.n) != (b.n > 0) && b.n != 0 {
		return ofBig(new(big.Int).Add(big.NewInt(a.n), big.NewInt(b.n)))
	}
	return Amount{sum}
}

func (a Amount) negative() Amount {
	if a.n == math.MinInt64 {
		return Amount{math.MaxInt64}
	}
	return Amount{-a.n}
}

// Cmp compares two amounts: -1, 0 or 1.
func (a Amount) Cmp(b Amount) int { return cmp.Compare(a.n, b.n) }

// String writes the amount with as many decimals as it has, at least two.
func (a Amount) String() string {
	sign, n := "", uint64(a.n)
	if a.n < 0 {
		sign, n = "-", -n
	}
	frac := fmt.Sprintf("%04d", n%scale)
	for len(frac) > 2 && frac[len(frac)-1] == '0' {
		frac = frac[:len(frac)-1]
	}
	return sign + strconv.FormatUint(n/scale, 10) + "." + frac
}

// MarshalText writes the amount as String does.
func (a Amount) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (a *Amount) UnmarshalText(b []byte) error {
	x, err := ParseAmount(string(b))
	*a = x
	return err
}

// amountOf reads an operand: an amount, or a written number.
func amountOf(x any) (Amount, error) {
	switch x := x.(type) {
	case Amount:
		return x, nil
	case int:
		return ofInt(x), nil
	case float64:
		return ofFloat(x), nil
	}
	return Amount{}, fmt.Errorf("%T is no amount", x)
}

// pair reads both operands.
func pair(p []any) (a, b Amount, err error) {
	if a, err = amountOf(p[0]); err == nil {
		b, err = amountOf(p[1])
	}
	return a, b, err
}

func compare(is func(a, b int64) bool) func(...any) (any, error) {
	return func(p ...any) (any, error) {
		a, b, err := pair(p)
		return is(a.n, b.n), err
	}
}

// times multiplies an amount by a number, rounded to a ten-thousandth.
func times(p ...any) (any, error) {
	a, by := p[0], p[1]
	if _, ok := a.(Amount); !ok {
		a, by = by, a
	}
	switch f := by.(type) {
	case int:
		return ofBig(new(big.Int).Mul(big.NewInt(a.(Amount).n), big.NewInt(int64(f)))), nil
	case float64:
		return ofFloat(float64(a.(Amount).n) / scale * f), nil
	}
	return nil, fmt.Errorf("an amount is multiplied by a number")
}

// The operators on amounts: the name of the function that each becomes, which nobody can write.
var operators = []struct {
	op, name string
	fn       func(...any) (any, error)
	types    []any
}{
	{"<", "amount_lt", compare(func(a, b int64) bool { return a < b }), truths},
	{"<=", "amount_le", compare(func(a, b int64) bool { return a <= b }), truths},
	{">", "amount_gt", compare(func(a, b int64) bool { return a > b }), truths},
	{">=", "amount_ge", compare(func(a, b int64) bool { return a >= b }), truths},
	{"==", "amount_eq", compare(func(a, b int64) bool { return a == b }), truths},
	{"!=", "amount_ne", compare(func(a, b int64) bool { return a != b }), truths},
	{"+", "amount_add", func(p ...any) (any, error) { a, b, err := pair(p); return a.add(b), err }, sums},
	{"-", "amount_sub", func(p ...any) (any, error) { a, b, err := pair(p); return a.add(b.negative()), err }, sums},
	{"*", "amount_mul", times, []any{new(func(Amount, int) Amount), new(func(Amount, float64) Amount), new(func(int, Amount) Amount), new(func(float64, Amount) Amount)}},
}

var (
	truths = []any{new(func(Amount, Amount) bool), new(func(Amount, int) bool), new(func(Amount, float64) bool), new(func(int, Amount) bool), new(func(float64, Amount) bool)}
	sums   = []any{new(func(Amount, Amount) Amount), new(func(Amount, int) Amount), new(func(Amount, float64) Amount), new(func(int, Amount) Amount), new(func(float64, Amount) Amount)}
)
