package pospay

import (
	"encoding/csv"
	"fmt"
	"strconv"
	"strings"
	"time"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// reader reads the lines of a file.
type reader struct {
	l    *Layout
	f    *File
	s    sums
	seen map[string]string // values of headers, details and trailers that must agree, by source
	said []said
}

// said is a count or total that the file says.
type said struct {
	of   string
	line int
	n    int64
}

// Read reads a file of a layout, which must be valid, in a currency. What the layout has no field for stays blank.
func (l *Layout) Read(data []byte, currency money.Currency) (*File, error) {
	if len(data) > MaxBytes {
		return nil, fault.New(fault.Limited, "the file has %d bytes; at most %d are read", len(data), MaxBytes).ByRule("too_large")
	}
	rows := strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n"), "\n")
	if len(data) == 0 {
		rows = nil
	}
	first := len(l.Headers)
	if l.Heading {
		first++
	}
	if len(rows) < first+len(l.Trailers) {
		return nil, fault.New(fault.Invalid, "the file has %d lines, fewer than the headers and trailers of the layout %q; it was cut off, or is of another layout", len(rows), l.Name).ByRule("pospay")
	}
	if n := len(rows) - first - len(l.Trailers); n > MaxItems {
		return nil, fault.New(fault.Limited, "the file has %d checks; at most %d are read", n, MaxItems).ByRule("too_large")
	}
	r := &reader{l: l, f: &File{Currency: currency}, seen: map[string]string{}}
	r.s.records = int64(len(rows))
	last := len(rows) - len(l.Trailers)
	for i, row := range rows {
		var err error
		switch line := i + 1; {
		case i == 0 && l.Heading:
		case i < first:
			err = r.record(line, row, &l.Headers[i-(first-len(l.Headers))], nil)
		case i >= last:
			err = r.record(line, row, &l.Trailers[i-last], nil)
		default:
			it := Item{}
			if err = r.record(line, row, &l.Detail, &it); err == nil {
				r.s.add(&it)
				r.f.Items = append(r.f.Items, it)
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return r.f, r.agree()
}

func bad(line int, format string, args ...any) error {
	return fault.New(fault.Invalid, format, args...).ByRule("pospay").At(fmt.Sprintf("line %d", line))
}

// agree compares what headers and trailers say with what is there.
func (r *reader) agree() error {
	for _, s := range r.said {
		n, err := r.s.of(s.of)
		if err != nil {
			return err
		}
		if n != s.n {
			return bad(s.line, "%s is said to be %d, but it is %d; the file is not whole", sources[s.of].what, s.n, n)
		}
	}
	return nil
}

// record reads a line; it is nil for headers and trailers.
func (r *reader) record(line int, row string, record *Record, it *Item) error {
	values, err := r.values(line, row, record)
	if err != nil {
		return err
	}
	for i := range record.Fields {
		if err := r.value(line, &record.Fields[i], values[i], it); err != nil {
			return err
		}
	}
	if it != nil && !it.Void && !it.Voided.IsZero() {
		if r.l.Detail.has("code") {
			return bad(line, "the check %d is issued, but has the date of a void", it.Number)
		}
		it.Void = true
	}
	return nil
}

// values takes a line apart.
func (r *reader) values(line int, row string, record *Record) ([]string, error) {
	if !plain(strings.ReplaceAll(row, "\t", " ")) {
		return nil, bad(line, "holds a control character, or others than ASCII")
	}
	n := len(record.Fields)
	values := make([]string, n)
	if r.l.Kind == Fixed {
		if len(row) != r.l.Width {
			return nil, bad(line, "has %d characters; the lines of the layout %q have %d", len(row), r.l.Name, r.l.Width)
		}
		for i := range record.Fields {
			f := &record.Fields[i]
			values[i] = unpad(f, row[f.Start-1:f.Start-1+f.Width])
		}
		return values, nil
	}
	if r.l.Quote == "never" {
		values = strings.Split(row, r.l.delimiter())
	} else {
		c := csv.NewReader(strings.NewReader(row))
		c.Comma = rune(r.l.delimiter()[0])
		c.FieldsPerRecord = -1
		var err error
		if values, err = c.Read(); err != nil {
			return nil, bad(line, "is not of columns parted by %q: %v", r.l.delimiter(), err)
		}
	}
	if len(values) != n {
		return nil, bad(line, "has %d columns; the layout %q has %d", len(values), r.l.Name, n)
	}
	return values, nil
}

// unpad takes the padding off a field.
func unpad(f *Field, s string) string {
	pad := string(f.pad())
	if f.right() {
		s = strings.TrimLeft(s, pad)
	} else {
		s = strings.TrimRight(s, pad)
	}
	class := sources[f.Of].class
	if s == "" && pad == "0" && (class == number || class == amount) {
		return "0"
	}
	if class == amount && strings.HasPrefix(s, ".") { // 0.50 padded by zeros
		return "0" + s
	}
	return s
}

// value takes what stands in a field.
func (r *reader) value(line int, f *Field, v string, it *Item) error {
	s := sources[f.Of]
	switch s.class {
	case date:
		return r.date(line, f, v, it)
	case number, amount:
		return r.number(line, f, v, it)
	}
	switch f.Of {
	case "blank":
		if v != "" {
			return bad(line, "has %q where the layout %q has nothing", v, r.l.Name)
		}
		return nil
	case "constant":
		if v != f.Value {
			return bad(line, "has %q where the layout %q has %q; the file is of another layout, or was cut off", v, r.l.Name, f.Value)
		}
		return nil
	case "code":
		if v != r.l.Issue && v != r.l.Void {
			return bad(line, "%q is no code of the layout %q; expected %q (issued) or %q (void)", v, r.l.Name, r.l.Issue, r.l.Void)
		}
		it.Void = v == r.l.Void
	case "payee":
		it.Payee = v
	case "reference":
		it.Reference = v
	case "company":
		return r.same(line, f.Of, v, &r.f.Company)
	case "routing":
		return r.same(line, f.Of, v, &r.f.Routing)
	case "account":
		return r.same(line, f.Of, v, &r.f.Account)
	}
	return nil
}

// same takes a value that must be the same wherever it stands in a file; names may be cut to other widths.
func (r *reader) same(line int, of, v string, to *string) error {
	before, known := r.seen[of]
	r.seen[of] = v
	if known && before != v && !sources[of].cut {
		return bad(line, "%s is %q here, but %q before; one file is for one account", sources[of].what, v, before)
	}
	if len(v) > len(*to) {
		*to = v
	}
	return nil
}

// date takes a date.
func (r *reader) date(line int, f *Field, v string, it *Item) error {
	var d civil.Date
	if strings.Trim(v, " ") != "" && (f.pad() != '0' || strings.Trim(v, "0") != "") {
		for len(v) < len(f.Format) && f.pad() == '0' && f.right() { // its own zeros were taken for padding
			v = "0" + v
		}
		t, err := time.Parse(dates[f.Format], v)
		if err != nil || t.Year() < 1 {
			return bad(line, "%q is no date; expected %s", v, f.Format)
		}
		if !strings.Contains(f.Format, "YYYY") && t.Year() < 2000 {
			t = t.AddDate(100, 0, 0)
		}
		d = civil.FromTime(t)
	}
	switch f.Of {
	case "file_date":
		s := d.String()
		if err := r.same(line, f.Of, s, new(string)); err != nil {
			return err
		}
		r.f.Date = d
	case "void_date":
		it.Voided = d
	default:
		it.Date = d
	}
	return nil
}

// number takes a number or an amount.
func (r *reader) number(line int, f *Field, v string, it *Item) error {
	if v == "" && f.pad() == ' ' {
		v = "0"
	}
	var n int64
	var err error
	if sources[f.Of].class == amount && f.Format == "decimal" {
		var a money.Amount
		a, err = r.f.Currency.Parse(v)
		n = int64(a)
	} else {
		n, err = strconv.ParseInt(v, 10, 64)
	}
	if err != nil || n < 0 || strings.HasPrefix(v, "+") || strings.HasPrefix(v, "-") {
		return bad(line, "%q cannot be %s", v, sources[f.Of].what)
	}
	switch f.Of {
	case "number":
		it.Number = n
	case "amount":
		if n > int64(money.MaxAmount) {
			return bad(line, "the amount %q is too large", v)
		}
		it.Amount = money.Amount(n)
	case "file_number":
		if err := r.same(line, f.Of, v, new(string)); err != nil {
			return err
		}
		r.f.Number = n
	case "line":
		if n != r.s.count+1 {
			return bad(line, "is numbered %d; expected %d", n, r.s.count+1)
		}
	default:
		r.said = append(r.said, said{f.Of, line, n})
	}
	return nil
}
