package x12

import (
	"strconv"
	"strings"

	"quittance/internal/civil"
)

// Date reads an element of type DT: YYMMDD, or CCYYMMDD since 004010. Blank is the zero date. Two digits of a year are of 1970 to 2069.
func (s Segment) Date(element int) (civil.Date, error) {
	text := s.At(element)
	if text == "" {
		return 0, nil
	}
	if strings.Trim(text, "0123456789") == "" {
		switch len(text) {
		case 6:
			century := "20"
			if text[0] >= '7' {
				century = "19"
			}
			text = century + text
			fallthrough
		case 8:
			if d, err := civil.Parse(text[:4] + "-" + text[4:6] + "-" + text[6:]); err == nil {
				return d, nil
			}
		}
	}
	return 0, s.wrong(element, "%q is not a date; expected YYYYMMDD or YYMMDD", short(s.At(element)))
}

// Amount reads an element of type R: a decimal without exponent. It gives it as money parses it, blank when there is none.
func (s Segment) Amount(element int) (string, error) {
	text := s.At(element)
	if text == "" {
		return "", nil
	}
	sign, digits := "", text
	if rest, ok := strings.CutPrefix(text, "-"); ok {
		sign, digits = "-", rest
	} else {
		digits = strings.TrimPrefix(text, "+")
	}
	whole, frac, _ := strings.Cut(digits, ".")
	if whole+frac == "" || strings.Trim(whole+frac, "0123456789") != "" || len(whole) > maxDigits || len(frac) > maxDigits {
		return "", s.wrong(element, "%q is not an amount; expected a decimal such as -12.50", short(text))
	}
	if whole == "" {
		whole = "0"
	}
	if frac = strings.TrimRight(frac, "0"); frac != "" {
		frac = "." + frac
	}
	return sign + whole + frac, nil
}

const maxDigits = 18

// Implied reads an element of type N2: digits, of which the last two are decimals.
func (s Segment) Implied(element int) (string, error) {
	text := s.At(element)
	if text == "" {
		return "", nil
	}
	digits, negative := strings.CutPrefix(text, "-")
	if len(digits) > maxDigits || digits == "" || strings.Trim(digits, "0123456789") != "" {
		return "", s.wrong(element, "%q is not an amount of type N2; expected digits alone, of which the last two are decimals (1250 is 12.50)", short(text))
	}
	digits = strings.Repeat("0", max(0, 3-len(digits))) + digits
	amount := digits[:len(digits)-2] + "." + digits[len(digits)-2:]
	if negative {
		amount = "-" + amount
	}
	return amount, nil
}

// ReducesPayment says what a positive ADX01 (or RMR08) does in a version: true when it reduces the payment, as in 003030; false when a
// negative one does, as since 003060. The releases between them left it open; they are read like 003030, and a partner's setting
// overrides. It is false too for a text that is no version.
func ReducesPayment(version string) bool {
	if len(version) < 6 {
		return false
	}
	n, err := strconv.Atoi(version[:6])
	return err == nil && n < 3060
}
