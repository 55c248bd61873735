package folder

import (
	"math"
	"reflect"
	"strconv"
	"strings"

	"quittance/internal/civil"
)

// cell is one field as it was stored. A CSV field is always text; a cell of a workbook may be more.
type cell struct {
	kind cellKind
	text string
}

type cellKind uint8

const (
	textCell    cellKind = iota
	numberCell           // a number shown as it is
	shownCell            // a number that a format shows otherwise
	dateCell             // a number of days since the epoch of 1900 that a format shows as a date
	flagCell             // 1 or 0
	formulaCell          // the text is the formula's last result
	errorCell            // #REF! and such
)

func (c cell) blank() bool { return c.text == "" && c.kind != formulaCell }

// textFor gives the text of the cell as the column takes it, or says why the cell cannot stand there.
func (c cell) textFor(col *column) (string, error) {
	if c.text == "" && c.kind != formulaCell {
		return "", nil
	}
	switch c.kind {
	case textCell:
		if i := firstBad(c.text); i >= 0 {
			return "", invalid("%s", badCharacter(c.text[i:]))
		}
		return c.text, nil
	case formulaCell:
		return "", invalid("is a formula; copy the column and paste its values")
	case errorCell:
		return "", invalid("holds the error %s", short(c.text))
	case flagCell:
		if col.kind != flagKind {
			return "", invalid("is TRUE or FALSE; expected text, format the column as text")
		}
		return map[bool]string{true: "yes", false: "no"}[c.text == "1"], nil
	case dateCell:
		if col.kind != dateKind {
			return "", invalid("is a date; expected something else here, format the column as text and type it again")
		}
		return dayText(c.text)
	case numberCell, shownCell:
		return c.numberFor(col)
	}
	return "", invalid("is of a kind that is not read")
}

// numberFor gives a number as a decimal of the 15 digits that a spreadsheet keeps. The messages do not repeat it where
// it may be an account number of a bank.
func (c cell) numberFor(col *column) (string, error) {
	switch {
	case col.kind == dateKind:
		return "", invalid("the number %s is no date; format the column as a date, or type it as text such as 2026-11-30", short(c.text))
	case col.kind == textKind && c.kind == shownCell && !isAmountText(col):
		return "", invalid("is a number that its format shows otherwise; format the column as text and type it again")
	}
	f, err := strconv.ParseFloat(c.text, 64)
	if err != nil {
		return "", invalid("%q is not a number", short(c.text))
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(f, 'e', 14, 64), 64)
	if err != nil {
		return "", invalid("%q is not a number", short(c.text))
	}
	if math.Abs(rounded) >= 1e15 {
		return "", invalid("is a number of more than 15 digits, which a spreadsheet does not keep; format the column as text and type it again")
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64), nil
}

// isAmountText says whether a text column holds an amount, whose number format does not matter.
func isAmountText(col *column) bool {
	return col.format != nil && reflect.ValueOf(col.format).Pointer() == reflect.ValueOf(checkDecimal).Pointer()
}

// dayText gives the date of a serial number: 61 is 1900-03-01. Earlier ones differ between programs, because one of
// them has a 29 February 1900.
func dayText(serial string) (string, error) {
	f, err := strconv.ParseFloat(serial, 64)
	switch {
	case err != nil || f < 61 || f > 2_958_465:
		return "", invalid("the date number %q is out of range; expected 1900-03-01 to 9999-12-31", short(serial))
	case f != math.Trunc(f):
		return "", invalid("is a date with a time; expected a date, such as 2026-11-30")
	}
	return civil.MustParse("1899-12-30").AddDays(int(f)).String(), nil
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
