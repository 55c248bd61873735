package folder

import (
	"reflect"

	"quittance/internal/format/sheet"
)

// cell is one field as it was stored.
type cell = sheet.Cell

// textFor gives the text of a cell as the column takes it, or says why the cell cannot stand there.
func textFor(c cell, col *column) (string, error) {
	if c.Blank() {
		return "", nil
	}
	switch c.Kind {
	case sheet.TextCell:
		if i := firstBad(c.Text); i >= 0 {
			return "", invalid("%s", badCharacter(c.Text[i:]))
		}
		return c.Text, nil
	case sheet.FormulaCell:
		return "", invalid("is a formula; copy the column and paste its values")
	case sheet.ErrorCell:
		return "", invalid("holds the error %s", short(c.Text))
	case sheet.FlagCell:
		if col.kind != flagKind {
			return "", invalid("is TRUE or FALSE; expected text, format the column as text")
		}
		return map[bool]string{true: "yes", false: "no"}[c.Text == "1"], nil
	case sheet.DateCell:
		if col.kind != dateKind {
			return "", invalid("is a date; expected something else here, format the column as text and type it again")
		}
		return dayText(c)
	case sheet.NumberCell, sheet.ShownCell:
		return numberFor(c, col)
	}
	return "", invalid("is of a kind that is not read")
}

// numberFor gives a number as the column takes it.
func numberFor(c cell, col *column) (string, error) {
	switch {
	case col.kind == dateKind:
		return "", invalid("the number %s is no date; format the column as a date, or type it as text such as 2026-11-30", short(c.Text))
	case col.kind == textKind && c.Kind == sheet.ShownCell && !isAmountText(col):
		return "", invalid("is a number that its format shows otherwise; format the column as text and type it again")
	}
	return c.Decimal()
}

// isAmountText says whether a text column holds an amount, whose number format does not matter.
func isAmountText(col *column) bool {
	return col.format != nil && reflect.ValueOf(col.format).Pointer() == reflect.ValueOf(checkDecimal).Pointer()
}

func dayText(c cell) (string, error) {
	d, err := c.Date()
	return d.String(), err
}
