package check

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"quittance/internal/fault"
	"quittance/internal/format/paper"
	"quittance/internal/money"
)

func invalid(rule, field, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).ByRule(rule).In(field)
}

// ValidRouting says what is wrong with a routing number: nine digits, the first two of a Federal Reserve district, thrift,
// electronic or traveller's number, and 3(d1+d4+d7) + 7(d2+d5+d8) + d3+d6+d9 a multiple of ten. Source: ABA routing number policy.
func ValidRouting(s string) error {
	if len(s) != 9 || strings.Trim(s, "0123456789") != "" {
		return invalid("routing", "routing", "the routing number %q has not nine digits", s)
	}
	sum := 0
	for i, weight := range [9]int{3, 7, 1, 3, 7, 1, 3, 7, 1} {
		sum += int(s[i]-'0') * weight
	}
	first := int(s[0]-'0')*10 + int(s[1]-'0')
	known := first <= 12 || first >= 21 && first <= 32 || first >= 61 && first <= 72 || first == 80
	if sum%10 != 0 || !known || s == "000000000" {
		return invalid("routing", "routing", "the routing number %q is wrong (its check digit or its first two digits); compare it with a check or ask the bank", s)
	}
	return nil
}

var (
	account  = regexp.MustCompile(`^[0-9][0-9-]*$`)
	onUs     = regexp.MustCompile(`^[0-9OD ]*O[0-9OD ]*$`)
	fraction = regexp.MustCompile(`^([0-9]{1,2})-([0-9]{1,4})/([0-9]{1,4})$`)
)

// checked gives the form with its texts plain, or what is wrong with it.
func (f Form) checked() (*Form, error) {
	var wrong fault.List
	if !slices.Contains([]Style{Top, Middle, Bottom}, f.Style) {
		wrong.Add(invalid("style", "style", "%q is no style of check; choose %s, %s or %s", f.Style, Top, Middle, Bottom))
	}
	if f.Currency.Code == "" || f.Currency.Digits > 4 {
		wrong.Add(invalid("currency", "currency", "%q is no currency; give one such as USD", f.Currency.Code))
	}
	if f.SecondOver < 0 {
		wrong.Add(invalid("second_over", "second_over", "the limit of one signature, %d, is negative", f.SecondOver))
	}
	if f.SerialDigits < 0 || f.SerialDigits > maxSerial {
		wrong.Add(invalid("serial_digits", "serial_digits", "%d digits of the number do not fit in the MICR line; at most %d do", f.SerialDigits, maxSerial))
	}
	if n := max(f.OffsetX, -f.OffsetX, f.OffsetY, -f.OffsetY); n > MaxOffset {
		wrong.Add(invalid("offset", "offset", "an offset of %d hundredths of a millimetre is too large; at most %d", n, MaxOffset))
	}
	wrong.Add(plainly("payer", &f.Payer.Name, true))
	wrong.Add(lines("payer", &f.Payer.Lines, maxOrigin))
	wrong.Add(plainly("bank", &f.Bank.Name, true))
	wrong.Add(lines("bank", &f.Bank.Lines, maxOrigin))
	wrong.Add(plainly("legend", &f.Legend, false))
	wrong.Add(f.Bank.checked())
	return &f, wrong.Err()
}

// checked says what is wrong with the numbers of a bank.
func (b *Bank) checked() error {
	if err := ValidRouting(b.Routing); err != nil {
		return err
	}
	if b.Fraction != "" {
		parts := fraction.FindStringSubmatch(b.Fraction)
		if parts == nil {
			return invalid("fraction", "fraction", "%q is no fractional routing number; expected one such as 1-2/210", b.Fraction)
		}
		if left(parts[2]) != left(b.Routing[4:8]) || left(parts[3]) != left(b.Routing[:4]) {
			return invalid("fraction", "fraction", "the fractional routing number %q does not agree with the routing number %q, whose fraction ends in -%s/%s", b.Fraction, b.Routing, left(b.Routing[4:8]), left(b.Routing[:4]))
		}
	}
	most := lastOnUs - firstOnUs - 1 // one position is blank, one the symbol's
	switch {
	case b.OnUs != "" && (!onUs.MatchString(b.OnUs) || len(b.OnUs) > lastOnUs-firstOnUs+1):
		return invalid("on_us", "on_us", "%q is no on-us field; expected at most %d digits, spaces, O for the on-us symbol (once at least) and D for the dash", b.OnUs, lastOnUs-firstOnUs+1)
	case !account.MatchString(b.Account):
		return invalid("account", "account", "the account number may hold digits and dashes only, and must begin with a digit")
	case b.OnUs == "" && len(b.Account) > most:
		return invalid("account", "account", "the account number has %d characters; at most %d fit in the MICR line", len(b.Account), most)
	case b.OnUs != "" && !strings.Contains(digits(b.OnUs), digits(b.Account)):
		return invalid("on_us", "on_us", "the on-us field does not hold the digits of the account number")
	}
	return nil
}

// left drops leading zeros.
func left(s string) string { return strings.TrimLeft(s, "0") }

// digits drops all but digits.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// checked gives the check with its texts plain, or what is wrong with it.
func (c Check) checked(f *Form) (Check, error) {
	var wrong fault.List
	place := c.what()
	switch {
	case c.Number < 1 || c.Number > MaxNumber:
		wrong.Add(invalid("number", "number", "%d is no number of a check; expected 1 to %d", c.Number, MaxNumber))
	case c.Date.IsZero():
		wrong.Add(invalid("date", "date", "the date is missing"))
	case c.Amount <= 0:
		wrong.Add(invalid("amount", "amount", "the amount %s is not positive; nothing can be paid by it", f.Currency.Format(c.Amount)))
	case c.Reprint < 0:
		wrong.Add(invalid("reprint", "reprint", "%d is no count of reprints", c.Reprint))
	}
	wrong.Add(plainly("payee", &c.Payee.Name, true))
	wrong.Add(lines("payee", &c.Payee.Lines, maxAddress))
	wrong.Add(plainly("memo", &c.Memo, false))
	wrong.Add(c.checkedLines(f))
	return c, at(wrong.Err(), place)
}

// checkedLines makes the texts of the lines plain, and says where they do not add up.
func (c *Check) checkedLines(f *Form) error {
	if len(c.Lines) > MaxLines {
		return fault.New(fault.Limited, "%d lines are paid by one check; at most %d can be listed", len(c.Lines), MaxLines).ByRule("too_many").In("lines")
	}
	var sum money.Sum
	c.Lines = slices.Clone(c.Lines)
	for i := range c.Lines {
		l := &c.Lines[i]
		place := fmt.Sprintf("line %d", i+1)
		if err := cmp.Or(plainly("number", &l.Number, false), plainly("text", &l.Text, false)); err != nil {
			return at(err, place)
		}
		if l.Gross.Abs() > money.MaxAmount || l.Discount.Abs() > money.MaxAmount { // so that no sum of them wraps
			return invalid("line_amount", "amount", "an amount of more than %s is not listed", f.Currency.Format(money.MaxAmount)).At(place)
		}
		if l.Amount != l.Gross-l.Discount {
			return invalid("line_amount", "amount", "%s less the discount %s is not %s", f.Currency.Format(l.Gross), f.Currency.Format(l.Discount), f.Currency.Format(l.Amount)).At(place)
		}
		sum.Add(l.Amount)
	}
	total, err := sum.Total()
	if err != nil {
		return err
	}
	if len(c.Lines) > 0 && total != c.Amount {
		return invalid("lines_total", "lines", "the lines add up to %s, but the check is over %s", f.Currency.Format(total), f.Currency.Format(c.Amount))
	}
	return nil
}

// lines makes the lines of an address plain and drops blank ones.
func lines(field string, all *[]string, most int) error {
	var plain []string
	for _, s := range *all {
		if err := plainly(field, &s, false); err != nil {
			return err
		}
		if s != "" {
			plain = append(plain, s)
		}
	}
	*all = plain
	if len(plain) > most {
		return invalid("too_many_lines", field, "the address has %d lines; at most %d fit", len(plain), most)
	}
	return nil
}

// at puts a place before the places of failures.
func at(err error, place string) error {
	var all fault.List
	all.Add(err)
	for _, e := range all {
		if e.Place != "" {
			e.Place = ", " + e.Place
		}
		e.Place = place + e.Place
	}
	return all.Err()
}

// plainly makes a text plain, or says which character cannot be printed.
func plainly(field string, text *string, needed bool) error {
	plain, r, ok := paper.Plain(*text)
	switch {
	case !ok:
		return invalid("unprintable", field, "%q holds the character %q (%U), which cannot be printed; write the name in Latin, Greek or Cyrillic letters", *text, r, r)
	case needed && plain == "":
		return invalid("missing", field, "the %s has no name", field)
	}
	*text = plain
	return nil
}
