package report

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/spool"
)

// Type is what the cells of a column hold.
type Type string

// The types. Cells are texts, whatever the type: amounts and numbers are decimals with a point, days YYYY-MM-DD, instants RFC 3339 in UTC.
const (
	Text    Type = "text"
	Word    Type = "word" // a word of the program, such as a state; doors translate it
	Day     Type = "day"
	Instant Type = "instant"
	Amount  Type = "amount" // of the currency in the column currency
	Count   Type = "count"
)

// Column is a column of a report.
type Column struct {
	Name  string `json:"name"`
	Type  Type   `json:"type" enum:"text,word,day,instant,amount,count"`
	Words string `json:"-"` // prefix of the keys of texts for a Word
	Quiet bool   `json:"-"` // in files for programs only: another column says the same to people
	Ref   string `json:"-"` // kind of document that the cell names, such as request; with a star before it: the column that says the kind
}

// Total is a sum of a report. Amount is blank where only things are counted.
type Total struct {
	Total    string `json:"total"`              // its name, such as sum or by_state
	Of       string `json:"of,omitempty"`       // of what, such as the state
	Part     string `json:"part,omitempty"`     // and of which part of it, such as days 8-14
	Currency string `json:"currency,omitempty"` // of Amount
	Count    int64  `json:"count"`
	Amount   string `json:"amount,omitempty"`
	words    string // prefix of the keys of texts for Of
}

// Note is something that a report says of itself, such as that it ties to the ledger.
type Note struct {
	Note   string            `json:"note"` // its name
	Tone   string            `json:"tone" enum:"good,bad,info"`
	Values map[string]string `json:"values"` // of the placeholders of its text
	Text   string            `json:"text"`   // in the reader's language; English where that is not known
}

// Params are what a report is asked for. What a report does not take must be blank.
type Params struct {
	From     civil.Date `json:"from,omitempty"` // first day of the period; blank: of this month
	To       civil.Date `json:"to,omitempty"`   // last day; blank: today
	AsAt     civil.Date `json:"as_at,omitempty"`
	View     string     `json:"view,omitempty"`
	Currency string     `json:"currency,omitempty"`
	Customer string     `json:"customer,omitempty"`
	Bank     string     `json:"bank,omitempty"`
	Days     int        `json:"days,omitempty"`
}

// Definition says what a report is.
type Definition struct {
	Name  string              `json:"report"`
	Takes []string            `json:"takes"` // its parameters, by the names of [Params]
	Views []string            `json:"views"` // the first is taken when none is named
	Needs identity.Permission `json:"permission"`
	make  func(m *maker, ctx context.Context) error
}

// Definitions gives all reports, in the order in which doors show them.
func Definitions() []Definition {
	return []Definition{
		{"reimbursements", []string{"from", "to", "as_at", "currency", "customer"}, []string{}, identity.Read, (*maker).reimbursements},
		{"credit-ageing", []string{"as_at", "customer"}, []string{}, identity.Read, (*maker).creditAgeing},
		{"request-ageing", []string{"as_at", "currency", "customer"}, []string{}, identity.Read, (*maker).requestAgeing},
		{"exceptions", []string{"from", "to", "days"}, []string{}, identity.Read, (*maker).exceptions},
		{"separation", []string{"from", "to", "view"}, []string{"documents", "people", "delegations"}, identity.Prove, (*maker).separation},
		{"unreconciled", []string{"as_at", "bank"}, []string{}, identity.Read, (*maker).unreconciled},
	}
}

// Find gives the report of a name; none is [fault.NotFound].
func Find(name string) (Definition, error) {
	var known []string
	for _, d := range Definitions() {
		if d.Name == name {
			return d, nil
		}
		known = append(known, d.Name)
	}
	return Definition{}, fault.New(fault.NotFound, "there is no report %q; there are %s", name, strings.Join(known, ", ")).In("report")
}

// complete fills in what is not said, and refuses what the report does not take.
func (d *Definition) complete(p Params, today civil.Date) (Params, error) {
	given := map[string]bool{"from": p.From != 0, "to": p.To != 0, "as_at": p.AsAt != 0, "view": p.View != "", "currency": p.Currency != "", "customer": p.Customer != "", "bank": p.Bank != "", "days": p.Days != 0}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if given[name] && !slices.Contains(d.Takes, name) {
			return p, fault.New(fault.Invalid, "the report %s takes no %s; it takes %s", d.Name, name, strings.Join(d.Takes, ", ")).In(name)
		}
	}
	if slices.Contains(d.Takes, "from") {
		if p.To == 0 {
			p.To = max(today, p.From)
		}
		if p.From == 0 {
			p.From = civil.Of(p.To.Time().Year(), p.To.Time().Month(), 1)
		}
		if days := p.To.Sub(p.From) + 1; days < 1 || days > mostDays {
			return p, fault.New(fault.Invalid, "a period from %s to %s is none of 1 to %d days", p.From, p.To, mostDays).In("from")
		}
	}
	if slices.Contains(d.Takes, "as_at") && p.AsAt == 0 {
		p.AsAt = today
	}
	if len(d.Views) > 0 && p.View == "" {
		p.View = d.Views[0]
	}
	if p.View != "" && !slices.Contains(d.Views, p.View) {
		return p, fault.New(fault.Invalid, "the report %s has no view %q; expected %s", d.Name, p.View, strings.Join(d.Views, ", ")).In("view")
	}
	if slices.Contains(d.Takes, "days") && p.Days == 0 {
		p.Days = defaultWait
	}
	if p.Days < 0 || p.Days > mostDays {
		return p, fault.New(fault.Invalid, "%d days are none; expected 1 to %d", p.Days, mostDays).In("days")
	}
	if p.Currency != "" {
		if _, err := money.CurrencyOf(p.Currency); err != nil {
			return p, fault.New(fault.Invalid, "%v", err).In("currency")
		}
	}
	return p, nil
}

const defaultWait = 5 // days after which something waits too long

// Made is a report that is made. Its rows are kept in bounded memory; who has it closes it.
type Made struct {
	Report  string    `json:"report"`
	Company string    `json:"company"`
	Name    string    `json:"company_name"`
	Params  Params    `json:"parameters"`
	MadeAt  time.Time `json:"made_at"`
	MadeBy  string    `json:"made_by"`
	Columns []Column  `json:"columns"`
	Count   int64     `json:"count"` // of rows
	Totals  []Total   `json:"totals"`
	Notes   []Note    `json:"notes"`

	rows spool.Spool
}

// Make makes a report of the unit's company. Figures as at a day are those that were known at its end (UTC): what is recorded later, even with an
// earlier date, does not change them.
func Make(ctx context.Context, tx *db.Tx, c *ledger.Company, d Definition, p Params) (*Made, error) {
	p, err := d.complete(p, tx.Today())
	if err != nil {
		return nil, err
	}
	m := &maker{tx: tx, c: c, p: p, sums: map[sumKey]*sum{}, made: &Made{
		Report: d.Name, Company: c.Code, Name: c.Name, Params: p, MadeAt: tx.Now.UTC().Truncate(time.Second), MadeBy: tx.Actor, Totals: []Total{}, Notes: []Note{},
	}}
	if err := d.make(m, ctx); err != nil {
		return nil, errors.Join(err, m.made.Close())
	}
	if err := m.total(); err != nil {
		return nil, errors.Join(err, m.made.Close())
	}
	return m.made, nil
}

// Close lets go of the rows.
func (x *Made) Close() error { return x.rows.Close() }

// Rows gives the rows from a place (0: the first) on. They can be gone through again and again, one after the other.
func (x *Made) Rows(from int64) iter.Seq2[[]string, error] {
	return func(yield func([]string, error) bool) {
		src, err := x.rows.Reader()
		if err != nil {
			yield(nil, err)
			return
		}
		r := bufio.NewReaderSize(src, 64<<10)
		for n := int64(0); n < x.Count; n++ {
			row, err := readRow(r, len(x.Columns))
			if n < from && err == nil {
				continue
			}
			if !yield(row, err) || err != nil {
				return
			}
		}
	}
}

func readRow(r *bufio.Reader, n int) ([]string, error) {
	row := make([]string, n)
	for i := range row {
		head, err := r.ReadString(':')
		if err != nil {
			return nil, fmt.Errorf("report: the rows end early: %w", err)
		}
		size, err := strconv.Atoi(strings.TrimSuffix(head, ":"))
		if err != nil {
			return nil, fmt.Errorf("report: the rows are damaged: %w", err)
		}
		text := make([]byte, size)
		if _, err := io.ReadFull(r, text); err != nil {
			return nil, fmt.Errorf("report: the rows end early: %w", err)
		}
		row[i] = string(text)
	}
	return row, nil
}

// maker makes one report.
type maker struct {
	tx   *db.Tx
	c    *ledger.Company
	p    Params
	made *Made
	sums map[sumKey]*sum
	keys []sumKey // in the order in which they came
}

type sumKey struct{ name, of, part, currency string }

type sum struct {
	count  int64
	amount money.Sum
	words  string
	plain  bool // nothing but a count
}

// row adds a row: a cell for each column.
func (m *maker) row(cells ...string) error {
	if len(cells) != len(m.made.Columns) {
		return fmt.Errorf("report: %d cells for %d columns of %s", len(cells), len(m.made.Columns), m.made.Report)
	}
	m.made.Count++
	var b strings.Builder
	for _, c := range cells {
		b.WriteString(strconv.Itoa(len(c)))
		b.WriteByte(':')
		b.WriteString(c)
	}
	_, err := io.WriteString(&m.made.rows, b.String())
	return err
}

// add adds to a total.
func (m *maker) add(k sumKey, words string, amount money.Amount) { m.addMany(k, words, 1, amount) }

func (m *maker) addMany(k sumKey, words string, count int64, amount money.Amount) {
	s := m.at(k, words)
	s.count += count
	s.amount.Add(amount)
}

// count adds to a total that has no amount.
func (m *maker) count(k sumKey, words string, n int64) {
	s := m.at(k, words)
	s.plain = true
	s.count += n
}

func (m *maker) at(k sumKey, words string) *sum {
	s := m.sums[k]
	if s == nil {
		s = &sum{words: words}
		m.sums[k], m.keys = s, append(m.keys, k)
	}
	return s
}

// total writes the totals, by name in the order in which they came, then by currency.
func (m *maker) total() error {
	for _, k := range m.keys {
		s := m.sums[k]
		t := Total{Total: k.name, Of: k.of, Part: k.part, Currency: k.currency, Count: s.count, words: s.words}
		if !s.plain {
			amount, err := s.amount.Total()
			if err != nil {
				return err
			}
			t.Amount = show(k.currency, amount)
		}
		m.made.Totals = append(m.made.Totals, t)
	}
	return nil
}

// note adds a note with the values of its text, pairs of name and value.
func (m *maker) note(tone, name string, pairs ...string) {
	n := Note{Note: name, Tone: tone, Values: map[string]string{}}
	for i := 0; i+1 < len(pairs); i += 2 {
		n.Values[pairs[i]] = pairs[i+1]
	}
	m.made.Notes = append(m.made.Notes, n)
}

// show writes an amount as a decimal.
func show(currency string, a money.Amount) string {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return strconv.FormatInt(int64(a), 10)
	}
	return cur.Format(a)
}

// end gives the first instant after a day, in UTC microseconds.
func end(day civil.Date) int64 { return day.AddDays(1).Time().UnixMicro() }

// begin gives the first instant of a day.
func begin(day civil.Date) int64 { return day.Time().UnixMicro() }

// dayOf gives the day of an instant; zero for none.
func dayOf(micros int64) civil.Date {
	if micros == 0 {
		return 0
	}
	return civil.FromTime(time.UnixMicro(micros).UTC())
}

// digits writes a whole number.
func digits(n int) string { return strconv.Itoa(n) }
