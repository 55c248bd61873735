package demo

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"quittance/internal/money"
)

// table prints rows in columns under one another, indented; > in align sets a column to the right.
func table(out io.Writer, align string, rows [][]string) {
	widths := make([]int, len(align))
	for _, row := range rows {
		for i, cell := range row {
			if i < len(row)-1 || align[i] == '>' { // the last cell may run over
				widths[i] = max(widths[i], utf8.RuneCountInString(cell))
			}
		}
	}
	for _, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", max(0, widths[i]-utf8.RuneCountInString(cell)))
			if align[i] == '>' {
				b.WriteString(pad + cell + "  ")
			} else {
				b.WriteString(cell + pad + "  ")
			}
		}
		fmt.Fprintln(out, strings.TrimRight("   "+b.String(), " "))
	}
}

// thousands puts a comma after each three digits of a number before its point.
func thousands(s string) string {
	whole, frac, point := strings.Cut(s, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if point {
		whole += "." + frac
	}
	return sign + whole
}

// sums are amounts by currency.
type sums map[string]money.Amount

// add adds a decimal, which the door wrote.
func (s sums) add(currency, text string) error {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return err
	}
	a, err := cur.Parse(text)
	if err != nil {
		return err
	}
	s[currency], err = money.Add(s[currency], a)
	return err
}

// text gives the sum of a currency for a person, blank when there is none.
func (s sums) text(currency string) string {
	a, ok := s[currency]
	if !ok {
		return ""
	}
	return decimal(currency, a)
}

// decimal writes an amount of one of the sample's currencies, which all have two decimals.
func decimal(currency string, a money.Amount) string {
	if currency == cad.Code {
		return thousands(cad.Format(a))
	}
	return thousands(usd.Format(a))
}
