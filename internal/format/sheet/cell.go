package sheet

import (
	"math"
	"strconv"
	"strings"

	"quittance/internal/civil"
)

// Cell is one field as it was stored. A CSV field is always text; a cell of a workbook may be more.
type Cell struct {
	Kind Kind
	Text string
}

// Kind is what a cell holds.
type Kind uint8

// The kinds of cell.
const (
	TextCell    Kind = iota
	NumberCell       // a number shown as it is
	ShownCell        // a number that a format shows otherwise
	DateCell         // a number of days since the epoch of 1900 that a format shows as a date
	FlagCell         // 1 or 0
	FormulaCell      // the text is the formula's last result
	ErrorCell        // #REF! and such
)

// Blank says that a cell holds nothing.
func (c Cell) Blank() bool { return c.Text == "" && c.Kind != FormulaCell }

// Decimal gives a number as a decimal of the 15 digits that a spreadsheet keeps. The error does not repeat a number that is too long,
// since it may be an account number of a bank.
func (c Cell) Decimal() (string, error) {
	f, err := strconv.ParseFloat(c.Text, 64)
	if err != nil {
		return "", invalid("%q is not a number", short(c.Text))
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'e', 14, 64), 64)
	if err != nil {
		return "", invalid("%q is not a number", short(c.Text))
	}
	if math.Abs(rounded) >= 1e15 {
		return "", invalid("is a number of more than 15 digits, which a spreadsheet does not keep; format the column as text and type it again")
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64), nil
}

// Date gives the date of a serial number: 61 is 1900-03-01. Earlier ones differ between programs, because one of them has a
// 29 February 1900.
func (c Cell) Date() (civil.Date, error) {
	f, err := strconv.ParseFloat(c.Text, 64)
	switch {
	case err != nil || f < 61 || f > 2_958_465:
		return 0, invalid("the date number %q is out of range; expected 1900-03-01 to 9999-12-31", short(c.Text))
	case f != math.Trunc(f):
		return 0, invalid("is a date with a time; expected a date, such as 2026-11-30")
	}
	return civil.MustParse("1899-12-30").AddDays(int(f)), nil
}

// showsDate says whether a number format shows a date or a time. Source: ECMA-376 part 1, 18.8.30 (the numbers of the
// built-in formats) and 18.8.31 (the codes of others).
func showsDate(id int, code string) bool {
	if code == "" {
		return id >= 14 && id <= 22 || id >= 27 && id <= 36 || id >= 45 && id <= 47 || id >= 50 && id <= 58
	}
	code, _, _ = strings.Cut(code, ";")
	for code != "" {
		switch code[0] {
		case '"':
			_, code, _ = strings.Cut(code[1:], `"`)
			continue
		case '[':
			_, code, _ = strings.Cut(code, "]")
			continue
		case '\\', '_', '*':
			code = code[min(2, len(code)):]
			continue
		case 'y', 'Y', 'm', 'M', 'd', 'D', 'h', 'H', 's', 'S':
			return true
		}
		code = code[1:]
	}
	return false
}
