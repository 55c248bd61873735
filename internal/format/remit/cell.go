package remit

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/sheet"
)

// cells reads the cells of a row by field.
type cells struct {
	*reader
	rec    sheet.Record
	failed bool
}

// bad reports what is wrong with the cell of a field.
func (c *cells) bad(field, format string, args ...any) {
	c.failed = true
	c.reader.bad(place(c.rec.Line, c.at[field]+1), field+": "+format, args...)
}

// of gives the cell of a field; blank when it has no column, or the row is shorter.
func (c *cells) of(field string) sheet.Cell {
	i, mapped := c.at[field]
	if !mapped || i >= len(c.rec.Cells) {
		return sheet.Cell{}
	}
	cell := c.rec.Cells[i]
	switch cell.Kind {
	case sheet.FormulaCell:
		c.bad(field, "is a formula; copy the column and paste its values")
		return sheet.Cell{}
	case sheet.ErrorCell, sheet.FlagCell:
		c.bad(field, "holds %s; expected a text, a number or a date", short(cell.Text))
		return sheet.Cell{}
	}
	cell.Text = strings.TrimSpace(cell.Text)
	return cell
}

// text reads a text; a number is written with the digits that it has.
func (c *cells) text(field string) string {
	cell := c.of(field)
	switch {
	case cell.Text == "" || cell.Kind == sheet.TextCell:
		return printable(cell.Text)
	case cell.Kind == sheet.DateCell:
		c.bad(field, "is a date; expected a text")
		return ""
	}
	text, err := cell.Decimal()
	if err != nil {
		c.bad(field, "%v", err)
	}
	return text
}

// amount reads a decimal and writes it with a point and without zeros at its end.
func (c *cells) amount(field string) string {
	cell := c.of(field)
	text := cell.Text
	var err error
	switch {
	case text == "":
		return ""
	case cell.Kind == sheet.DateCell:
		c.bad(field, "is a date; expected an amount")
		return ""
	case cell.Kind == sheet.TextCell:
		text, err = c.decimal(text)
	default:
		text, err = cell.Decimal()
	}
	if err != nil {
		c.bad(field, "%v", err)
		return ""
	}
	return text
}

// The ways to write a decimal: groups of three digits or none, and at most one sign that parts the decimals.
var (
	pointed = regexp.MustCompile(`^([0-9]{1,3}(,[0-9]{3})+|[0-9]{1,18})(\.[0-9]{1,18})?$`)
	commaed = regexp.MustCompile(`^([0-9]{1,3}([. ][0-9]{3})+|[0-9]{1,18})(,[0-9]{1,18})?$`)
)

// decimal reads an amount as the map writes it: with a minus before or after it, or in parentheses.
func (m Map) decimal(text string) (string, error) {
	digits, negative := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(text), false
	if inner, ok := strings.CutPrefix(digits, "("); ok && strings.HasSuffix(inner, ")") {
		digits, negative = strings.TrimSuffix(inner, ")"), true
	} else if rest, ok := strings.CutPrefix(digits, "-"); ok {
		digits, negative = rest, true
	} else if rest, ok := strings.CutSuffix(digits, "-"); ok {
		digits, negative = rest, true
	}
	digits = strings.TrimSpace(strings.TrimLeft(digits, "$€£+ "))
	way, groups, example := pointed, ",", "1,234.50"
	if m.Decimal == "comma" {
		way, groups, example = commaed, ". ", "1.234,50"
	}
	if !way.MatchString(digits) {
		return "", fault.New(fault.Invalid, "%q is not an amount; the column map expects one such as %s", short(text), example)
	}
	digits = strings.ReplaceAll(strings.Map(func(c rune) rune {
		if strings.ContainsRune(groups, c) {
			return -1
		}
		return c
	}, digits), ",", ".")
	if strings.Contains(digits, ".") {
		digits = strings.TrimRight(strings.TrimRight(digits, "0"), ".")
	}
	if negative && strings.Trim(digits, "0.") != "" {
		digits = "-" + digits
	}
	return digits, nil
}

// date reads the date of the payment.
func (c *cells) date() civil.Date {
	cell := c.of(Date)
	if cell.Text == "" {
		return 0
	}
	var d civil.Date
	var err error
	switch cell.Kind {
	case sheet.DateCell:
		d, err = cell.Date()
	case sheet.TextCell:
		d, err = c.day(cell.Text)
	default:
		if text, derr := cell.Decimal(); derr == nil { // 20261130, as a number
			d, err = c.day(text)
		} else {
			err = derr
		}
	}
	if err != nil {
		c.bad(Date, "%v", err)
	}
	return d
}

// layouts of dates, from how people write them to how Go does.
var layouts = strings.NewReplacer("YYYY", "2006", "YY", "06", "MMM", "Jan", "MM", "01", "DD", "02", "M", "1", "D", "2")

func (m Map) pattern() string {
	if m.Date == "" {
		return "YYYY-MM-DD"
	}
	return m.Date
}

func (m Map) day(text string) (civil.Date, error) {
	t, err := time.Parse(layouts.Replace(m.pattern()), text)
	if err != nil || t.Year() < 1900 || t.Year() > 2999 {
		return 0, fault.New(fault.Invalid, "%q is not a date; the column map expects %s", short(text), m.pattern())
	}
	return civil.FromTime(t), nil
}

var patternForm = regexp.MustCompile(`^(YYYY|YY|MMM|MM|M|DD|D|[-./ ])+$`)

// Check refuses a map that could not be used.
func (m Map) Check() error {
	var wrong fault.List
	bad := func(field, format string, args ...any) {
		wrong = append(wrong, fault.New(fault.Invalid, format, args...).In(field).ByRule("column_map"))
	}
	for field, name := range m.Columns {
		letter, byLetter := strings.CutPrefix(name, "=")
		switch {
		case !slices.Contains(Fields(), field):
			bad("columns", "%q is nothing that a remittance has; expected one of %s", short(field), strings.Join(Fields(), ", "))
		case byLetter && (column(letter) == 0 || column(letter) > maxColumns):
			bad("columns", "%q, for the %s, is no column; expected a letter after the equals sign, such as =C", short(name), field)
		case !byLetter && m.Header == 0:
			bad("columns", "%q, for the %s, is the header of a column, but the map has no row of headers; name the column by its letter (=C), or set the header", short(name), field)
		case strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > maxText:
			bad("columns", "the column of the %s is blank or too long; leave it out when there is none", field)
		}
	}
	if m.Columns[Paid] == "" && m.Columns[Amount] == "" {
		bad("columns", "neither %s nor %s has a column; a remittance says what was paid", Paid, Amount)
	}
	if m.Columns[Invoice] == "" && m.Columns[Reference] == "" {
		bad("columns", "neither %s nor %s has a column; a remittance says which document or payment it is about", Invoice, Reference)
	}
	if m.Header < 0 || m.Header > 1000 {
		bad("header", "%d is no row of headers; expected 1 to 1000, or 0 when there is none", m.Header)
	}
	if c := m.comma(); m.Comma != "" && m.Comma != "tab" && (utf8.RuneCountInString(m.Comma) != 1 || c >= utf8.RuneSelf || c < ' ' || c == '"') {
		bad("comma", "%q cannot part columns; expected one character, or tab", short(m.Comma))
	}
	for field, x := range map[string]struct {
		is  string
		may []string
	}{
		"decimal": {m.Decimal, []string{"", "point", "comma"}}, "sign": {m.Sign, []string{"", PositiveReduces, NegativeReduces}}, "encoding": {m.Encoding, []string{"", "utf-8", "windows-1252"}},
	} {
		if !slices.Contains(x.may, x.is) {
			bad(field, "%q is unknown; expected %s", short(x.is), strings.Join(x.may[1:], " or "))
		}
	}
	if m.Date != "" && !(patternForm.MatchString(m.Date) && strings.Contains(m.Date, "YY") && strings.Contains(m.Date, "M") && strings.Contains(m.Date, "D")) {
		bad("date", "%q is no way to write a date; expected one such as YYYY-MM-DD, MM/DD/YYYY or DD.MM.YY", short(m.Date))
	}
	slices.SortFunc(wrong, func(a, b *fault.Error) int {
		return strings.Compare(fmt.Sprint(a.Field, a.Message), fmt.Sprint(b.Field, b.Message))
	})
	return wrong.Err()
}

func short(s string) string {
	const most = 60
	for i := range s {
		if i >= most {
			return s[:i] + "…"
		}
	}
	return s
}
