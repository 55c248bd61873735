package letter

import (
	"slices"

	"quittance/internal/fault"
	"quittance/internal/format/paper"
)

// checker makes texts plain and keeps what is wrong.
type checker struct {
	place string
	wrong fault.List
}

func (c *checker) add(rule, field, format string, args ...any) {
	c.wrong.Add(fault.New(fault.Invalid, format, args...).ByRule(rule).In(field).At(c.place))
}

// text makes a text plain.
func (c *checker) text(field string, s *string, needed bool) {
	plain, r, ok := paper.Plain(*s)
	switch {
	case !ok:
		c.add("unprintable", field, "%q holds the character %q (%U), which cannot be printed; write it in Latin, Greek or Cyrillic letters", shorten(*s), r, r)
	case needed && plain == "":
		c.add("missing", field, "the %s is missing", field)
	case len(plain) > MaxText:
		c.add("too_long", field, "the %s has %d characters; at most %d are printed in one piece", field, len(plain), MaxText)
	}
	*s = plain
}

func shorten(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}

// texts makes texts plain; blank ones are dropped when drop says so.
func (c *checker) texts(field string, all []string, drop bool) []string {
	all = slices.Clone(all)
	for i := range all {
		c.text(field, &all[i], false)
	}
	if drop {
		all = slices.DeleteFunc(all, func(s string) bool { return s == "" })
	}
	return all
}

// checked gives the letter with its texts plain, or what is wrong with it.
func (l Letter) checked() (Letter, error) {
	c := &checker{place: l.what()}
	c.text("sender", &l.Sender.Name, true)
	c.text("recipient", &l.Recipient.Name, true)
	l.Sender.Lines = c.texts("sender", l.Sender.Lines, true)
	l.Recipient.Lines = c.texts("recipient", l.Recipient.Lines, true)
	l.Signature = c.texts("signature", l.Signature, true)
	c.text("reference", &l.Reference, false)
	c.text("subject", &l.Subject, true)
	c.text("closing", &l.Closing, false)
	if l.Date.IsZero() {
		c.add("missing", "date", "the date is missing")
	}
	if n := len(l.Recipient.Lines); n > maxAddress {
		c.add("too_many_lines", "recipient", "the address has %d lines; at most %d fit in the window", n, maxAddress)
	}
	if n := len(l.Sender.Lines); n > maxSender {
		c.add("too_many_lines", "sender", "the address has %d lines; at most %d fit in the head", n, maxSender)
	}
	if len(l.Body) == 0 {
		c.add("missing", "body", "the body is missing")
	}
	l.Body = slices.Clone(l.Body)
	for i := range l.Body {
		b := &l.Body[i]
		if b.Table != nil && b.Text != "" {
			c.add("block", "body", "block %d is a paragraph and a table at once", i+1)
		}
		if b.Table == nil {
			c.text("paragraph", &b.Text, true)
		} else {
			b.Table = c.table(*b.Table)
		}
	}
	return l, c.wrong.Err()
}

// table makes the texts of a table plain, and checks that it is whole.
func (c *checker) table(t Table) *Table {
	n := len(t.Columns)
	switch {
	case n == 0 || n > maxColumns:
		c.add("table", "table", "the table has %d columns; 1 to %d are printed", n, maxColumns)
		return &t
	case len(t.Rows) > MaxRows:
		c.add("table", "table", "the table has %d rows; at most %d are printed", len(t.Rows), MaxRows)
		return &t
	}
	t.Columns = slices.Clone(t.Columns)
	for i := range t.Columns {
		c.text("column", &t.Columns[i].Name, false)
		if s := t.Columns[i].Share; s < 0 || s > 100 {
			c.add("table", "column", "the share %g of the column %q is not between 0 and 100", s, t.Columns[i].Name)
		} else if s == 0 {
			t.Columns[i].Share = 1
		}
	}
	t.Rows = slices.Clone(t.Rows)
	for i := range t.Rows {
		if len(t.Rows[i]) != n {
			c.add("table", "table", "row %d has %d cells; the table has %d columns", i+1, len(t.Rows[i]), n)
			return &t
		}
		t.Rows[i] = c.texts("cell", t.Rows[i], false)
	}
	if t.Total != nil && len(t.Total) != n {
		c.add("table", "table", "the total has %d cells; the table has %d columns", len(t.Total), n)
		return &t
	}
	t.Total = c.texts("cell", t.Total, false)
	return &t
}
