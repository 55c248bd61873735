package pospay

import (
	"fmt"
	"strconv"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/latin"
	"quittance/internal/money"
)

// sums are the counts and totals of a file.
type sums struct {
	records, count, issued, voided  int64
	total, totalIssued, totalVoided money.Sum
}

// add counts an item.
func (s *sums) add(it *Item) {
	s.count++
	s.total.Add(it.Amount)
	if it.Void {
		s.voided++
		s.totalVoided.Add(it.Amount)
	} else {
		s.issued++
		s.totalIssued.Add(it.Amount)
	}
}

// of gives the count or the total of the name.
func (s *sums) of(name string) (int64, error) {
	switch name {
	case "records":
		return s.records, nil
	case "count":
		return s.count, nil
	case "count_issued":
		return s.issued, nil
	case "count_voided":
		return s.voided, nil
	}
	total := map[string]*money.Sum{"total": &s.total, "total_issued": &s.totalIssued, "total_voided": &s.totalVoided}[name]
	a, err := total.Total()
	return int64(a), err
}

// Write writes a file in a layout, which must be valid (see [Layout.Validate]).
func (l *Layout) Write(f File) ([]byte, error) {
	if err := l.takes(&f); err != nil {
		return nil, err
	}
	s := sums{records: int64(len(l.Headers) + len(f.Items) + len(l.Trailers))}
	if l.Heading {
		s.records++
	}
	for i := range f.Items {
		s.add(&f.Items[i])
	}
	w := writer{l: l, f: &f, s: &s}
	if l.Heading {
		w.heading()
	}
	for i := range l.Headers {
		w.record(&l.Headers[i], nil, 0)
	}
	for i := range f.Items {
		w.record(&l.Detail, &f.Items[i], i+1)
		if len(w.wrong) >= 50 {
			break
		}
	}
	for i := range l.Trailers {
		w.record(&l.Trailers[i], nil, 0)
	}
	if len(w.wrong) > 0 {
		return nil, w.wrong
	}
	return w.out, nil
}

// takes checks the items that a layout can tell of.
func (l *Layout) takes(f *File) error {
	if len(f.Items) > MaxItems {
		return fault.New(fault.Limited, "%d checks are more than a file takes (%d); make several", len(f.Items), MaxItems).ByRule("too_many")
	}
	if f.Currency.Code == "" {
		return fault.New(fault.Invalid, "the currency of the account is missing").ByRule("currency").In("currency")
	}
	var all fault.List
	numbers := make(map[int64]bool, len(f.Items))
	for i := range f.Items {
		it := &f.Items[i]
		bad := func(field, format string, args ...any) {
			all.Add(fault.New(fault.Invalid, format, args...).ByRule("item").In(field).At(it.what()))
		}
		switch {
		case it.Number < 1:
			bad("number", "%d is no number of a check", it.Number)
		case it.Date.IsZero():
			bad("date", "the date of issue is missing")
		case it.Amount < 0 || it.Amount == 0 && !it.Void:
			bad("amount", "the amount %s is not positive", f.Currency.Format(it.Amount))
		case it.Void != !it.Voided.IsZero():
			bad("voided", "a voided check has the date of its void, an issued one has none")
		case it.Void && !l.Detail.has("code") && !l.Detail.has("void_date"):
			bad("void", "the layout %q cannot tell that a check is void; it has no field for the code or the date", l.Name)
		case numbers[it.Number]:
			bad("number", "the number %d stands twice in the file", it.Number)
		}
		numbers[it.Number] = true
		if len(all) >= 50 {
			break
		}
	}
	return all.Err()
}

func (it *Item) what() string {
	if it == nil {
		return "the header or trailer"
	}
	return fmt.Sprintf("check %d", it.Number)
}

// writer writes the lines of a file.
type writer struct {
	l     *Layout
	f     *File
	s     *sums
	out   []byte
	wrong fault.List
}

func (w *writer) heading() {
	row := make([]string, len(w.l.Detail.Fields))
	for i := range w.l.Detail.Fields {
		row[i] = or(w.l.Detail.Fields[i].Label, w.l.Detail.Fields[i].Of)
		if w.l.Quote == "never" && strings.ContainsAny(row[i], w.l.delimiter()+`"`) {
			w.wrong.Add(wrong("detail", "the label %q holds the delimiter or a quote, and the layout quotes nothing", row[i]))
		}
	}
	w.delimited(row, nil)
}

// record writes a line; it is nil for headers and trailers.
func (w *writer) record(r *Record, it *Item, line int) {
	values := make([]string, len(r.Fields))
	for i := range r.Fields {
		v, err := w.value(&r.Fields[i], it, line)
		if err != nil {
			w.wrong.Add(err)
		}
		values[i] = v
	}
	if w.l.Kind == Delimited {
		w.delimited(values, r)
		return
	}
	row := []byte(strings.Repeat(" ", w.l.Width))
	for i := range r.Fields {
		copy(row[r.Fields[i].Start-1:], values[i])
	}
	w.end(row)
}

func (w *writer) end(row []byte) {
	w.out = append(w.out, row...)
	if w.l.Ending == "lf" {
		w.out = append(w.out, '\n')
	} else {
		w.out = append(w.out, '\r', '\n')
	}
}

// delimited writes a line of columns; r is nil for the heading.
func (w *writer) delimited(values []string, r *Record) {
	var row []byte
	for i, v := range values {
		if i > 0 {
			row = append(row, w.l.delimiter()...)
		}
		always := w.l.Quote == "always" && (r == nil || sources[r.Fields[i].Of].class == text)
		if always || w.l.Quote != "never" && (strings.ContainsAny(v, w.l.delimiter()+`"`) || len(values) == 1 && v == "") {
			v = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
		}
		row = append(row, v...)
	}
	w.end(row)
}

// value gives what stands in a field, padded in a fixed layout.
func (w *writer) value(f *Field, it *Item, line int) (string, error) {
	v, err := w.plain(f, it, line)
	if err != nil {
		return "", err
	}
	bad := func(rule, format string, args ...any) error {
		return fault.New(fault.Invalid, format, args...).ByRule(rule).In(f.Of).At(it.what())
	}
	cut := false
	if f.Width > 0 && len(v) > f.Width && f.Truncate {
		v, cut = strings.TrimRight(v[:f.Width], " "), true
	}
	switch {
	case f.Required && v == "":
		return "", bad("blank", "%s is blank, but the layout %q requires it", sources[f.Of].what, w.l.Name)
	case f.Width > 0 && len(v) > f.Width:
		return "", bad("too_long", "%s, %q, has %d characters; the field of the layout %q takes %d", sources[f.Of].what, v, len(v), w.l.Name, f.Width)
	case w.l.Kind == Delimited && w.l.Quote == "never" && strings.ContainsAny(v, w.l.delimiter()+`"`):
		return "", bad("delimiter", "%s, %q, holds the delimiter or a quote, and the layout %q quotes nothing", sources[f.Of].what, v, w.l.Name)
	case w.l.Kind == Delimited:
		return v, nil
	}
	pad := string(f.pad())
	if class := sources[f.Of].class; class == text && pad != " " && (pad != "0" || !f.right()) {
		edge := strings.HasSuffix(v, pad) && !f.right() || strings.HasPrefix(v, pad) && f.right()
		if edge && !cut {
			return "", bad("padding", "%s, %q, has the padding %q at its edge, and could not be read back", sources[f.Of].what, v, pad)
		}
	}
	fill := strings.Repeat(pad, f.Width-len(v))
	if f.right() {
		return fill + v, nil
	}
	return v + fill, nil
}

// plain gives what stands in a field, not yet fitted to it.
func (w *writer) plain(f *Field, it *Item, line int) (string, error) {
	switch f.Of {
	case "blank":
		return "", nil
	case "constant":
		return f.Value, nil
	case "company":
		return w.text(f, it, w.f.Company)
	case "routing":
		return w.text(f, it, w.f.Routing)
	case "account":
		return w.text(f, it, w.f.Account)
	case "payee":
		return w.text(f, it, it.Payee)
	case "reference":
		return w.text(f, it, it.Reference)
	case "code":
		if it.Void {
			return w.l.Void, nil
		}
		return w.l.Issue, nil
	case "file_number":
		return strconv.FormatInt(w.f.Number, 10), nil
	case "number":
		return strconv.FormatInt(it.Number, 10), nil
	case "line":
		return strconv.Itoa(line), nil
	case "amount":
		return w.amount(f, it.Amount), nil
	case "file_date":
		return w.day(f, it, w.f.Date)
	case "date":
		return w.day(f, it, it.Date)
	case "void_date":
		return w.day(f, it, it.Voided)
	}
	n, err := w.s.of(f.Of)
	if err == nil && sources[f.Of].class == amount {
		return w.amount(f, money.Amount(n)), nil
	}
	return strconv.FormatInt(n, 10), err
}

// text gives a text as the bank takes it.
func (w *writer) text(f *Field, it *Item, s string) (string, error) {
	folded, lost := latin.Fold(s, latin.ASCII)
	if lost != "" {
		return "", fault.New(fault.Invalid, "%s, %q, holds characters that banks do not take: %s; write it in Latin letters", sources[f.Of].what, s, strconv.Quote(lost)).ByRule("characters").In(f.Of).At(it.what())
	}
	if w.l.Upper {
		folded = strings.ToUpper(folded)
	}
	return folded, nil
}

// day writes a date; a blank one is blank.
func (w *writer) day(f *Field, it *Item, d civil.Date) (string, error) {
	if d.IsZero() {
		return "", nil
	}
	if !strings.Contains(f.Format, "YYYY") && (d.Time().Year() < 2000 || d.Time().Year() > 2099) {
		return "", fault.New(fault.Invalid, "%s, %s, cannot be written as %s, which has two digits of the year", sources[f.Of].what, d, f.Format).ByRule("date").In(f.Of).At(it.what())
	}
	return d.Time().Format(dates[f.Format]), nil
}

func (w *writer) amount(f *Field, a money.Amount) string {
	if f.Format == "implied" {
		return strconv.FormatInt(int64(a), 10)
	}
	return w.f.Currency.Format(a)
}
