package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"quittance/internal/format/sheet"
	"quittance/internal/money"
)

// list shows many things of a kind, in the output that was asked for, as they come.
type list struct {
	e     *env
	table *table
	csv   sheet.Writer
	n     int
}

// list begins a list; spec names the columns of table and CSV as [columnsOf] reads them.
func (e *env) list(spec string) *list {
	l := &list{e: e}
	switch e.Output {
	case "table":
		l.table = newTable(spec)
	case "csv":
		l.csv = newCSV(e.stdout, spec)
	}
	return l
}

// add appends one: v for JSON, cells for table and CSV.
func (l *list) add(v any, cells ...string) error {
	l.n++
	switch {
	case l.table != nil:
		return l.table.add(cells...)
	case l.csv != nil:
		return l.csv.Row(cells...)
	case l.e.Output == "jsonl":
		return writeJSON(l.e.stdout, v)
	}
	begin := "[\n"
	if l.n > 1 {
		begin = ","
	}
	if _, err := io.WriteString(l.e.stdout, begin); err != nil {
		return err
	}
	return writeJSON(l.e.stdout, v)
}

// total adds a row below a table; the other outputs have none.
func (l *list) total(cells ...string) {
	if l.table != nil {
		l.table.foot(cells...)
	}
}

// close ends the list. none is what to say to a person when it is empty.
func (l *list) close(none string) error {
	var err error
	switch {
	case l.csv != nil:
		return l.csv.Close()
	case l.table != nil && l.n == 0:
		_, err = fmt.Fprintln(l.e.stdout, none)
	case l.table != nil:
		return l.table.print(l.e.stdout)
	case l.e.Output == "json" && l.n == 0:
		_, err = io.WriteString(l.e.stdout, "[]\n")
	case l.e.Output == "json":
		_, err = io.WriteString(l.e.stdout, "]\n")
	}
	return err
}

// writeJSON writes v on one line.
func writeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// result shows one thing: v for JSON, cells for CSV, and a sentence to a person.
func (e *env) result(v any, spec string, cells []string, sentence string, args ...any) error {
	switch e.Output {
	case "csv":
		w := newCSV(e.stdout, spec)
		if err := w.Row(cells...); err != nil {
			return err
		}
		return w.Close()
	case "table":
		_, err := fmt.Fprintln(e.stdout, clean(fmt.Sprintf(sentence, args...)))
		return err
	}
	return e.object(v)
}

// object writes one JSON value: indented for json, on a line for jsonl.
func (e *env) object(v any) error {
	enc := json.NewEncoder(e.stdout)
	enc.SetEscapeHTML(false)
	if e.Output == "json" {
		enc.SetIndent("", "  ")
	}
	return enc.Encode(v)
}

// newCSV begins a list as CSV.
func newCSV(w io.Writer, spec string) sheet.Writer {
	var columns []sheet.Column
	for _, c := range columnsOf(spec) {
		columns = append(columns, sheet.Column{Name: c.name, Number: c.number})
	}
	return sheet.NewCSV(w, columns)
}

// sums adds decimals by currency, in the order in which the currencies first come.
type sums struct {
	order  []string
	amount map[string]money.Amount
}

func (s *sums) add(currency, decimal string) error {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return err
	}
	a, err := cur.Parse(decimal)
	if err != nil {
		return err
	}
	return s.addAmount(currency, a)
}

func (s *sums) addAmount(currency string, a money.Amount) error {
	if s.amount == nil {
		s.amount = map[string]money.Amount{}
	}
	if _, known := s.amount[currency]; !known {
		s.order = append(s.order, currency)
	}
	total, err := money.Add(s.amount[currency], a)
	s.amount[currency] = total
	return err
}

// text gives the sum of a currency as a decimal.
func (s *sums) text(currency string) string { return formatAmount(currency, s.amount[currency]) }

// String gives all sums with their currencies.
func (s *sums) String() string {
	all := make([]string, len(s.order))
	for i, currency := range s.order {
		all[i] = s.text(currency) + " " + currency
	}
	return strings.Join(all, ", ")
}

func formatAmount(currency string, a money.Amount) string {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return fmt.Sprint(int64(a))
	}
	return cur.Format(a)
}

// count writes a number with its noun.
func count(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
