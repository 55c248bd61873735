package money_test

import (
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/money"
)

var (
	usd = money.MustCurrency("USD")
	jpy = money.MustCurrency("JPY")
	kwd = money.MustCurrency("KWD")
	clf = money.MustCurrency("CLF") // four decimals
)

func TestParseAndFormat(t *testing.T) {
	good := []struct {
		cur  money.Currency
		in   string
		want money.Amount
		out  string
	}{
		{usd, "12.50", 1250, "12.50"},
		{usd, "-0.05", -5, "-0.05"},
		{usd, "7", 700, "7.00"},
		{usd, "7.5", 750, "7.50"},
		{usd, "7.5000", 750, "7.50"},
		{usd, "0", 0, "0.00"},
		{jpy, "1200", 1200, "1200"},
		{kwd, "1.234", 1234, "1.234"},
		{clf, "0.0001", 1, "0.0001"},
		{usd, "10000000000000.00", money.MaxAmount, "10000000000000.00"},
	}
	for _, c := range good {
		got, err := c.cur.Parse(c.in)
		if err != nil || got != c.want {
			t.Errorf("%s %q = %d, %v; want %d", c.cur.Code, c.in, got, err, c.want)
		}
		if out := c.cur.Format(got); out != c.out {
			t.Errorf("%s %d is written %q, want %q", c.cur.Code, got, out, c.out)
		}
	}
	for _, bad := range []string{"", "-", ".", "1.", ".5", "1,000.00", "1e30", "+1", "1.005", " 1", "0x10", "--1", "NaN", "１", "10000000000000.01", "99999999999999999999999999"} {
		if got, err := usd.Parse(bad); err == nil {
			t.Errorf("Parse(%q) took it as %d", bad, got)
		}
	}
	if usd.Format(math.MinInt64) != "-92233720368547758.08" {
		t.Errorf("the lowest amount is written %s", usd.Format(math.MinInt64))
	}
}

// The vectors of reimbursement rules, 2: entries 101: 10.00, 601: 45.00, 602: 45.00.
func TestSpreadVectors(t *testing.T) {
	weights := []money.Amount{1000, 4500, 4500}
	for _, c := range []struct {
		total money.Amount
		want  [3]money.Amount
	}{
		{10000, [3]money.Amount{1000, 4500, 4500}},
		{7000, [3]money.Amount{700, 3150, 3150}},
		{6667, [3]money.Amount{667, 3000, 3000}},
		{1001, [3]money.Amount{100, 451, 450}},
		{1, [3]money.Amount{0, 1, 0}},
	} {
		got, err := money.Spread(c.total, weights)
		if err != nil || [3]money.Amount(got) != c.want {
			t.Errorf("Spread(%d) = %v, %v; want %v", c.total, got, err, c.want)
		}
	}
}

func TestSpreadKeepsTheSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		weights := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) money.Amount {
			return money.Amount(rapid.Int64Range(0, 1e13).Draw(t, "w"))
		}), 1, 20).Draw(t, "weights")
		weights[0]++
		whole, _ := money.Add(weights...)
		total := money.Amount(rapid.Int64Range(0, int64(whole)).Draw(t, "total"))
		parts, err := money.Spread(total, weights)
		if err != nil {
			t.Fatal(err)
		}
		sum, _ := money.Add(parts...)
		if sum != total {
			t.Fatalf("parts sum to %d, not %d", sum, total)
		}
		for i, p := range parts {
			exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(int64(total)), big.NewInt(int64(weights[i]))), big.NewInt(int64(whole)))
			diff := new(big.Rat).Sub(exact, new(big.Rat).SetInt64(int64(p)))
			if diff.Abs(diff).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("part %d is %d, a whole unit or more from %v", i, p, exact)
			}
			if p > weights[i] {
				t.Fatalf("part %d is %d, more than its weight %d", i, p, weights[i])
			}
		}
	})
}

func TestPart(t *testing.T) {
	for _, c := range []struct{ total, part, whole, want money.Amount }{
		{105, 1, 2, 53}, {-105, 1, 2, -53}, {105, -1, -2, 53}, {100, 1, 3, 33}, {200, 1, 3, 67}, {0, 1, 3, 0}, {1e15, 1e15, 1e15, 1e15},
	} {
		if got, err := money.Part(c.total, c.part, c.whole); err != nil || got != c.want {
			t.Errorf("Part(%d, %d, %d) = %d, %v; want %d", c.total, c.part, c.whole, got, err, c.want)
		}
	}
	if _, err := money.Part(math.MaxInt64, 3, 2); err == nil {
		t.Error("an overflow was not seen")
	}
}

func TestSumSeesOverflow(t *testing.T) {
	if _, err := money.Add(math.MaxInt64, 1); err == nil {
		t.Error("overflow upward was not seen")
	}
	if _, err := money.Add(math.MinInt64, -1); err == nil {
		t.Error("overflow downward was not seen")
	}
	if got, err := money.Add(math.MaxInt64, -5, 5); err != nil || got != math.MaxInt64 {
		t.Errorf("got %d, %v", got, err)
	}
}

func TestRate(t *testing.T) {
	rate, err := money.ParseRate("1.08250")
	if err != nil {
		t.Fatal(err)
	}
	if rate.String() != "1.0825" {
		t.Errorf("the rate is written %s", rate)
	}
	eur := money.MustCurrency("EUR")
	for _, c := range []struct {
		from, to money.Currency
		in, want money.Amount
	}{
		{eur, usd, 10000, 10825}, {eur, usd, -10000, -10825}, {eur, usd, 2, 2}, {eur, usd, 20, 22}, {jpy, usd, 1, 108}, {usd, jpy, 100, 1}, {eur, kwd, 1, 11},
	} {
		if got, err := rate.Convert(c.in, c.from, c.to); err != nil || got != c.want {
			t.Errorf("%d %s = %d %s, %v; want %d", c.in, c.from.Code, got, c.to.Code, err, c.want)
		}
	}
	// 23.10 EUR × 1.0825 = 25.00575: at least 25.00, though a minimum of 25.01 is missed unrounded.
	if !rate.AtLeast(2310, eur, 2500, usd) || rate.AtLeast(2310, eur, 2501, usd) {
		t.Error("the minimum is not tested unrounded")
	}
	for _, bad := range []string{"", "0", "-1", "1,5", "x"} {
		if _, err := money.ParseRate(bad); err == nil {
			t.Errorf("ParseRate(%q) took it", bad)
		}
	}
}
