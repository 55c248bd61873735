package check

import (
	"fmt"
	"strings"

	"quittance/internal/fault"
	"quittance/internal/money"
)

var (
	units = strings.Fields("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen")
	tens  = strings.Fields("- - twenty thirty forty fifty sixty seventy eighty ninety")
	steps = strings.Fields("- thousand million billion trillion quadrillion quintillion")
)

// Words gives an amount in English words, the part after the point as a fraction with all digits of the currency: "One hundred sixty
// and 00/100" (two digits), "One hundred sixty" (none), "One hundred sixty and 005/1000" (three). A negative amount has no words.
//
// Source: the American usage on checks; where words and figures differ, the words are what is paid (UCC § 3-114).
func Words(a money.Amount, c money.Currency) (string, error) {
	if a < 0 {
		return "", fault.New(fault.Invalid, "the amount %s is negative; only what is to be paid is written in words", c.Format(a)).ByRule("amount_negative").In("amount")
	}
	scale := int64(1)
	for range c.Digits {
		scale *= 10
	}
	words := whole(int64(a) / scale)
	if c.Digits > 0 {
		words += fmt.Sprintf(" and %0*d/%d", int(c.Digits), int64(a)%scale, scale)
	}
	return strings.ToUpper(words[:1]) + words[1:], nil
}

// whole gives a number in words.
func whole(n int64) string {
	if n < 1000 {
		return hundreds(n)
	}
	var parts []string
	for step := 0; n > 0; step++ {
		if group := n % 1000; group > 0 {
			words := hundreds(group)
			if step > 0 {
				words += " " + steps[step]
			}
			parts = append([]string{words}, parts...)
		}
		n /= 1000
	}
	return strings.Join(parts, " ")
}

// hundreds gives a number below a thousand in words.
func hundreds(n int64) string {
	switch {
	case n >= 100 && n%100 == 0:
		return units[n/100] + " hundred"
	case n >= 100:
		return units[n/100] + " hundred " + hundreds(n%100)
	case n < 20:
		return units[n]
	case n%10 == 0:
		return tens[n/10]
	}
	return tens[n/10] + "-" + units[n%10]
}

// figures gives an amount with its thousands parted by commas: 1,234.56.
func figures(a money.Amount, c money.Currency) string {
	s := c.Format(a)
	sign, digits := "", s
	if a < 0 {
		sign, digits = "-", s[1:]
	}
	whole, fraction, point := strings.Cut(digits, ".")
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		fraction = "." + fraction
	}
	return sign + whole + fraction
}
