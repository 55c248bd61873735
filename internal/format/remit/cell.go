package remit

import (
	"slices"
	"strings"

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
	c.reader.bad(sheet.Place(c.rec.Line, c.at[field]+1), field+": "+format, args...)
}

// of gives the cell of a field; blank when it has no column, or the row is shorter.
func (c *cells) of(field string) sheet.Cell {
	i, mapped := c.at[field]
	if !mapped || i >= len(c.rec.Cells) {
		return sheet.Cell{}
	}
	cell, err := c.rec.Cells[i].Value()
	if err != nil {
		c.bad(field, "%v", err)
	}
	return cell
}

// text reads a text; a number is written with the digits that it has.
func (c *cells) text(field string) string {
	text, err := c.way().Text(c.of(field))
	if err != nil {
		c.bad(field, "%v", err)
	}
	return text
}

// amount reads a decimal and writes it with a point and without zeros at its end.
func (c *cells) amount(field string) string {
	text, err := c.way().Amount(c.of(field))
	if err != nil {
		c.bad(field, "%v", err)
	}
	return text
}

// date reads the date of the payment.
func (c *cells) date() civil.Date {
	d, err := c.way().Day(c.of(Date))
	if err != nil {
		c.bad(Date, "%v", err)
	}
	return d
}

// Check refuses a map that could not be used.
func (m Map) Check() error {
	var wrong fault.List
	bad := func(field, format string, args ...any) {
		wrong = append(wrong, fault.New(fault.Invalid, format, args...).In(field).ByRule("column_map"))
	}
	for field, name := range m.Columns {
		if !slices.Contains(Fields(), field) {
			bad("columns", "%q is nothing that a remittance has; expected one of %s", short(field), strings.Join(Fields(), ", "))
			continue
		}
		sheet.CheckColumn(field, name, m.Header > 0, bad)
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
	m.way().Check(bad)
	sheet.OneOf("sign", m.Sign, bad, PositiveReduces, NegativeReduces)
	sheet.SortProblems(wrong)
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
