package check_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/fault"
	"quittance/internal/format/check"
	"quittance/internal/money"
)

func TestWords(t *testing.T) {
	for _, c := range []struct {
		amount money.Amount
		digits uint8
		want   string
	}{
		{16000, 2, "One hundred sixty and 00/100"},
		{0, 2, "Zero and 00/100"},
		{5, 2, "Zero and 05/100"},
		{110, 2, "One and 10/100"},
		{1_000_000_00, 2, "One million and 00/100"},
		{1_234_567_89, 2, "One million two hundred thirty-four thousand five hundred sixty-seven and 89/100"},
		{10_013_00, 2, "Ten thousand thirteen and 00/100"},
		{100_100_001, 0, "One hundred million one hundred thousand one"},
		{160, 0, "One hundred sixty"},
		{1605, 1, "One hundred sixty and 5/10"},
		{160005, 3, "One hundred sixty and 005/1000"},
		{990001, 4, "Ninety-nine and 0001/10000"},
		{money.MaxAmount, 2, "Ten trillion and 00/100"},
	} {
		if got, err := check.Words(c.amount, money.Currency{Code: "XXX", Digits: c.digits}); err != nil || got != c.want {
			t.Errorf("Words(%d, %d digits) = %q, %v; want %q", c.amount, c.digits, got, err, c.want)
		}
	}
	if _, err := check.Words(-1, usd); fault.RuleOf(err) != "amount_negative" {
		t.Errorf("a negative amount: %v", err)
	}
}

// TestWordsReadBack reads the words of any amount back by a grammar of its own, and holds them to that amount.
func TestWordsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := money.Currency{Code: "XXX", Digits: uint8(rapid.IntRange(0, 4).Draw(t, "digits"))}
		a := money.Amount(rapid.Int64Range(0, 1<<rapid.IntRange(1, 62).Draw(t, "bits")).Draw(t, "amount"))
		words, err := check.Words(a, c)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := readWords(words, c.Digits); err != nil || got != a {
			t.Fatalf("%q is read as %d (%v), not %d", words, got, err, a)
		}
	})
}

// readWords reads an amount in words. It knows nothing of the code that writes them.
func readWords(s string, decimals uint8) (money.Amount, error) {
	values := map[string]int64{"zero": 0}
	for i, w := range []string{"one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"} {
		values[w] = int64(i + 1)
	}
	for i, w := range []string{"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"} {
		values[w] = int64(20 + 10*i)
	}
	powers := map[string]int64{"thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "quadrillion": 1e15, "quintillion": 1e18}
	before, fraction, has := strings.Cut(strings.ToLower(s[:1])+s[1:], " and ")
	var total, group, last int64
	last = 1 << 62
	for _, w := range strings.Fields(strings.ReplaceAll(before, "-", " ")) {
		if v, ok := values[w]; ok {
			group += v
		} else if w == "hundred" {
			group *= 100
		} else if p, ok := powers[w]; ok && p < last {
			total += group * p
			group, last = 0, p
		} else {
			return 0, fmt.Errorf("the word %q stands where it may not", w)
		}
	}
	total += group
	if has != (decimals > 0) {
		return 0, fmt.Errorf("a fraction for %d decimals", decimals)
	}
	if !has {
		return money.Amount(total), nil
	}
	part, scale, _ := strings.Cut(fraction, "/")
	if len(part) != int(decimals) || scale != "1"+strings.Repeat("0", int(decimals)) {
		return 0, fmt.Errorf("the fraction %q is not of %d decimals", fraction, decimals)
	}
	n, err := strconv.ParseInt(part, 10, 64)
	of, _ := strconv.ParseInt(scale, 10, 64)
	return money.Amount(total*of + n), err
}
