package pospay

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"quittance/internal/fault"
)

func wrong(place, format string, args ...any) error {
	return fault.New(fault.Invalid, format, args...).ByRule("layout").At(place)
}

// Validate says everything that is wrong with a layout.
func (l *Layout) Validate() error {
	var all fault.List
	one := func(field, value string, choices ...string) {
		if !slices.Contains(choices, value) {
			all.Add(wrong(field, "%q is none of %s", value, strings.Join(choices, ", ")))
		}
	}
	if strings.TrimSpace(l.Name) == "" {
		all.Add(wrong("name", "a layout needs a name"))
	}
	one("kind", string(l.Kind), string(Delimited), string(Fixed))
	one("ending", or(l.Ending, "crlf"), "crlf", "lf")
	one("quote", or(l.Quote, "needed"), "needed", "always", "never")
	if d := l.delimiter(); len(d) != 1 || d[0] != '\t' && (d[0] < ' ' || d[0] > '~') || strings.ContainsAny(d, `"-.0123456789`) || letter(d[0]) {
		all.Add(wrong("delimiter", "%q cannot part columns; choose one sign such as a comma, a semicolon, a bar or a tab", d))
	}
	switch {
	case l.Kind == Fixed && (l.Width < 1 || l.Width > maxWidth):
		all.Add(wrong("width", "a fixed layout needs the width of its lines, 1 to %d", maxWidth))
	case l.Kind == Fixed && (l.Heading || l.Delimiter != "" || l.Quote != ""):
		all.Add(wrong("kind", "heading, delimiter and quote are for delimited layouts"))
	case l.Kind == Delimited && l.Width != 0:
		all.Add(wrong("width", "a width of lines is for fixed layouts"))
	}
	all.Add(l.validCodes())
	for i := range l.Headers {
		all.Add(l.validRecord(fmt.Sprintf("headers[%d]", i), "h", &l.Headers[i]))
	}
	all.Add(l.validRecord("detail", "d", &l.Detail))
	for i := range l.Trailers {
		all.Add(l.validRecord(fmt.Sprintf("trailers[%d]", i), "t", &l.Trailers[i]))
	}
	for _, needed := range []string{"number", "amount"} {
		if !l.Detail.has(needed) {
			all.Add(wrong("detail", "no field has the %s; a bank cannot compare checks without it", sources[needed].what[4:]))
		}
	}
	return all.Err()
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func (l *Layout) delimiter() string { return or(l.Delimiter, ",") }

func (r *Record) has(of string) bool {
	return slices.ContainsFunc(r.Fields, func(f Field) bool { return f.Of == of })
}

// validCodes checks the codes of issued and voided checks: they differ, one at most is blank, and are there when a field wants them.
func (l *Layout) validCodes() error {
	switch wanted := l.Detail.has("code"); {
	case wanted && l.Issue == l.Void:
		return wrong("issue", "the codes for issued and void are both %q; they must differ", l.Issue)
	case !wanted && (l.Issue != "" || l.Void != ""):
		return wrong("detail", "the layout has codes for issued and void, but no field of the detail has the code")
	}
	for _, c := range []string{l.Issue, l.Void} {
		if c != strings.TrimSpace(c) || !plain(c) {
			return wrong("issue", "the code %q holds spaces around it or other than ASCII characters", c)
		}
	}
	return nil
}

// plain says whether a text is printable ASCII.
func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
}

// validRecord checks the fields of a record, and, in a fixed layout, that they do not overlap.
func (l *Layout) validRecord(place, kind string, r *Record) error {
	if n := len(r.Fields); n == 0 || n > maxFields {
		return wrong(place, "a record has 1 to %d fields, this one %d", maxFields, n)
	}
	var all fault.List
	seen := map[string]bool{}
	for i := range r.Fields {
		f := &r.Fields[i]
		at := fmt.Sprintf("%s.fields[%d]", place, i)
		s, known := sources[f.Of]
		switch {
		case !known:
			all.Add(wrong(at, "%q can stand in no field; choose of %s", f.Of, strings.Join(slices.Sorted(maps.Keys(sources)), ", ")))
			continue
		case !strings.Contains(s.records, kind):
			all.Add(wrong(at, "%q cannot stand in this record", f.Of))
		case seen[f.Of] && s.class != text:
			all.Add(wrong(at, "%q stands in two fields of the record", f.Of))
		}
		seen[f.Of] = true
		all.Add(l.validField(at, f, s))
	}
	if l.Kind == Fixed && len(all) == 0 {
		all.Add(l.overlaps(place, r))
	}
	return all.Err()
}

// validField checks how a field is written.
func (l *Layout) validField(at string, f *Field, s source) error {
	switch {
	case l.Kind == Fixed && (f.Start < 1 || f.Width < 1 || f.Start+f.Width-1 > l.Width):
		return wrong(at, "a field of a fixed record needs start and width within 1 to %d, this one has %d and %d", l.Width, f.Start, f.Width)
	case l.Kind == Delimited && (f.Start != 0 || f.Width < 0 || f.Width > maxWidth):
		return wrong(at, "a field of a delimited record has no start, and a width of at most %d", maxWidth)
	case f.Of == "constant" && (f.Value == "" || !plain(f.Value) || f.Value != strings.TrimSpace(f.Value)):
		return wrong(at, "a constant needs a value of printable ASCII without spaces around it, this one has %q", f.Value)
	case f.Of != "constant" && f.Value != "":
		return wrong(at, "only a constant has a value")
	case f.Width > 0 && len(f.Value) > f.Width:
		return wrong(at, "the constant %q is wider than its field of %d", f.Value, f.Width)
	case f.Of == "code" && f.Width > 0 && max(len(l.Issue), len(l.Void)) > f.Width:
		return wrong(at, "the codes %q and %q are wider than their field of %d", l.Issue, l.Void, f.Width)
	case f.Justify != "" && f.Justify != "left" && f.Justify != "right":
		return wrong(at, "justify is %q; choose left or right", f.Justify)
	case len(f.Pad) > 1 || !plain(f.Pad):
		return wrong(at, "pad is %q; expected one printable ASCII character", f.Pad)
	case f.Truncate && (!s.cut || f.Width == 0):
		return wrong(at, "%q may not be cut; only names and references with a width may", f.Of)
	case f.Required && (f.Of == "blank" || f.Of == "void_date"):
		return wrong(at, "%q may be blank", f.Of)
	case s.class != text && f.Pad != "" && strings.Trim(f.Pad, " 0") != "":
		return wrong(at, "a number, an amount or a date is padded by a space or a zero, not by %q", f.Pad)
	case s.class != text && f.pad() == '0' && !f.right():
		return wrong(at, "a number padded by zeros on its right would be another number")
	}
	return f.validFormat(at, s)
}

// validFormat checks the format of a date or an amount, and that it fits.
func (f *Field) validFormat(at string, s source) error {
	switch s.class {
	case date:
		if _, ok := dates[f.Format]; !ok {
			return wrong(at, "a date needs a format, one of %s", strings.Join(slices.Sorted(maps.Keys(dates)), ", "))
		}
		if f.Width > 0 && f.Width < len(f.Format) {
			return wrong(at, "a date as %s is wider than its field of %d", f.Format, f.Width)
		}
	case amount:
		if f.Format != "decimal" && f.Format != "implied" {
			return wrong(at, "an amount needs the format decimal (160.00) or implied (16000)")
		}
	default:
		if f.Format != "" {
			return wrong(at, "only dates and amounts have a format")
		}
	}
	return nil
}

// overlaps checks that no two fields of a fixed record share a place.
func (l *Layout) overlaps(place string, r *Record) error {
	fields := slices.Clone(r.Fields)
	slices.SortFunc(fields, func(a, b Field) int { return a.Start - b.Start })
	for i := 1; i < len(fields); i++ {
		if before := fields[i-1]; before.Start+before.Width > fields[i].Start {
			return wrong(place, "the fields %q (%d to %d) and %q (from %d) overlap", before.Of, before.Start, before.Start+before.Width-1, fields[i].Of, fields[i].Start)
		}
	}
	return nil
}

// right says whether a field is justified to the right.
func (f *Field) right() bool {
	if f.Justify != "" {
		return f.Justify == "right"
	}
	c := sources[f.Of].class
	return c == number || c == amount
}

// pad gives the character that fills a field.
func (f *Field) pad() byte {
	if f.Pad != "" {
		return f.Pad[0]
	}
	if c := sources[f.Of].class; c == number || c == amount {
		return '0'
	}
	return ' '
}
