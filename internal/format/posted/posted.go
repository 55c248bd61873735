// Package posted writes posted vouchers as CSV files in the layouts that other ledgers import.
//
//   - A *layout* is data: columns with their names and values, constants, how dates, amounts and accounts are written.
//   - A *value* is a field of a line, such as voucher or debit; or a constant, =TEXT.
//
// Invariants: a file has every line of every voucher once, in order; what is debited in it is what is credited, per voucher and currency;
// amounts are exact. A text is written as it is; only with "spreadsheet": true, for files that people open and nobody imports, one that a
// spreadsheet would take for a formula begins with an apostrophe.
//
// Sources of the layouts that come with the program: docs/connectors.md.
package posted

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// Line is a line of a posted voucher.
type Line struct {
	Voucher, Type, Text          string
	Date, Due                    civil.Date
	Line                         int // of the voucher, from 1
	Account, Main                string
	Dimensions                   map[string]string
	Control                      string // customer, vendor, bank or blank
	Party, Classification        string // codes
	Currency, AccountingCurrency string
	Amount, Accounting           money.Amount // debit positive, minor units
	Reverses                     string
}

// Layout says how a file is written.
type Layout struct {
	Name        string                       `json:"name"`
	Base        string                       `json:"base,omitempty"` // a layout of the program that this one changes; its columns are this one's unless it has some
	Columns     []Column                     `json:"columns,omitempty"`
	Constants   map[string]string            `json:"constants,omitempty"`    // of the columns whose value is const:NAME
	Delimiter   string                       `json:"delimiter,omitempty"`    // , when blank
	Decimal     string                       `json:"decimal,omitempty"`      // . when blank
	DateFormat  string                       `json:"date_format,omitempty"`  // of YYYY, MM, DD; YYYY-MM-DD when blank
	Amounts     string                       `json:"amounts,omitempty"`      // accounting (when blank) or transaction: what amount, debit, credit and currency are
	Subledger   bool                         `json:"subledger,omitempty"`    // lines on control accounts are those of the customer or vendor
	Display     []string                     `json:"display,omitempty"`      // of the value display: main and names of dimensions; main when empty
	DisplayMark string                       `json:"display_mark,omitempty"` // between them; - when blank
	Types       map[string]string            `json:"types,omitempty"`        // what account_type writes for ledger, customer, vendor
	Documents   map[string]string            `json:"documents,omitempty"`    // what document_type writes for a type of voucher; * for the others
	Accounts    map[string]string            `json:"accounts,omitempty"`     // main account here: main account there
	Parties     map[string]string            `json:"parties,omitempty"`      // code here: code there
	Values      map[string]map[string]string `json:"values,omitempty"`       // by dimension: value here: value there
	Spreadsheet bool                         `json:"spreadsheet,omitempty"`
	MostLines   int                          `json:"most_lines,omitempty"` // of a file; 0: 10000. A voucher is never divided
}

// Column is a column of the file.
type Column struct {
	Name  string `json:"name"`
	Value string `json:"value"`
	Max   int    `json:"max,omitempty"` // letters; longer is refused, or cut off when Cut
	Cut   bool   `json:"cut,omitempty"`
}

//go:embed layouts/*.json
var layouts embed.FS

// Names gives the layouts that come with the program.
func Names() []string {
	return []string{"general", "d365-finance", "business-central"}
}

const (
	defaultLines = 10000
	mostColumns  = 100
	mostSize     = 256 << 10
)

// Parse reads a layout, takes over what its base says and it does not, and refuses with [fault.Invalid] what could not be written.
func Parse(text []byte) (*Layout, error) {
	l, err := read(text)
	if err != nil {
		return nil, err
	}
	if l.Base != "" {
		if !slices.Contains(Names(), l.Base) {
			return nil, invalid("base", "there is no layout %q; there are %s", l.Base, strings.Join(Names(), ", "))
		}
		base, err := layouts.ReadFile("layouts/" + l.Base + ".json")
		if err != nil {
			return nil, err
		}
		b, err := read(base)
		if err != nil {
			return nil, err
		}
		l.over(b)
	}
	return l, l.check()
}

func read(text []byte) (*Layout, error) {
	if len(text) > mostSize || !utf8.Valid(text) || bytes.Contains(text, []byte(`\u0000`)) {
		return nil, invalid("layout", "a layout has at most %d bytes of UTF-8, without zero bytes", mostSize)
	}
	l := &Layout{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(l); err != nil {
		return nil, invalid("layout", "the layout is not understood: %v", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, invalid("layout", "there is something after the layout")
	}
	return l, nil
}

func invalid(field, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).In(field).ByRule("layout")
}

// over takes over from the base what the layout does not say itself.
func (l *Layout) over(b *Layout) {
	if len(l.Columns) == 0 {
		l.Columns = b.Columns
	}
	l.Base = ""
	l.Name = cmp.Or(l.Name, b.Name)
	l.Delimiter, l.Decimal, l.DateFormat = cmp.Or(l.Delimiter, b.Delimiter), cmp.Or(l.Decimal, b.Decimal), cmp.Or(l.DateFormat, b.DateFormat)
	l.Amounts, l.DisplayMark, l.MostLines = cmp.Or(l.Amounts, b.Amounts), cmp.Or(l.DisplayMark, b.DisplayMark), cmp.Or(l.MostLines, b.MostLines)
	l.Subledger, l.Spreadsheet = l.Subledger || b.Subledger, l.Spreadsheet || b.Spreadsheet
	if len(l.Display) == 0 {
		l.Display = b.Display
	}
	for _, m := range []struct{ to, from *map[string]string }{{&l.Constants, &b.Constants}, {&l.Types, &b.Types}, {&l.Documents, &b.Documents}, {&l.Accounts, &b.Accounts}, {&l.Parties, &b.Parties}} {
		for k, v := range *m.from {
			if *m.to == nil {
				*m.to = map[string]string{}
			}
			if _, own := (*m.to)[k]; !own {
				(*m.to)[k] = v
			}
		}
	}
}

// check refuses what could not be written.
func (l *Layout) check() error {
	l.Delimiter, l.Decimal, l.DateFormat = cmp.Or(l.Delimiter, ","), cmp.Or(l.Decimal, "."), cmp.Or(l.DateFormat, "YYYY-MM-DD")
	l.Amounts, l.DisplayMark, l.MostLines = cmp.Or(l.Amounts, "accounting"), cmp.Or(l.DisplayMark, "-"), cmp.Or(l.MostLines, defaultLines)
	switch {
	case len(l.Columns) == 0 || len(l.Columns) > mostColumns:
		return invalid("columns", "a layout has 1 to %d columns, or a base", mostColumns)
	case !slices.Contains([]string{",", ";", "\t", "|"}, l.Delimiter):
		return invalid("delimiter", "%q is no delimiter; expected a comma, semicolon, tab or |", l.Delimiter)
	case l.Decimal != "." && l.Decimal != ",":
		return invalid("decimal", "%q is no decimal mark; expected . or ,", l.Decimal)
	case l.Amounts != "accounting" && l.Amounts != "transaction":
		return invalid("amounts", "%q is none of accounting, transaction", l.Amounts)
	case l.MostLines < 1 || l.MostLines > 1_000_000:
		return invalid("most_lines", "%d lines are none for a file; expected 1 to 1000000", l.MostLines)
	}
	if left := strings.NewReplacer("YYYY", "", "MM", "", "DD", "").Replace(l.DateFormat); strings.Count(l.DateFormat, "YYYY") != 1 || strings.Count(l.DateFormat, "MM") != 1 || strings.Count(l.DateFormat, "DD") != 1 || strings.Trim(left, "-/. ") != "" {
		return invalid("date_format", "%q is no way to write dates; expected YYYY, MM and DD with - / . or a blank between them", l.DateFormat)
	}
	names := map[string]bool{}
	for _, c := range l.Columns {
		if c.Name == "" || names[c.Name] || strings.ContainsFunc(c.Name, unicode.IsControl) {
			return invalid("columns", "%q is no name of a column, or there twice", c.Name)
		}
		names[c.Name] = true
		if err := l.known(c); err != nil {
			return err
		}
	}
	return l.whole()
}

func (l *Layout) known(c Column) error {
	kind, name, _ := strings.Cut(c.Value, ":")
	switch {
	case strings.HasPrefix(c.Value, "="), kind == "dimension" && name != "":
		return nil
	case kind == "const":
		if _, ok := l.Constants[name]; !ok {
			return invalid("constants", "the column %s needs the constant %q", c.Name, name)
		}
		return nil
	case slices.Contains(values, c.Value):
		return nil
	}
	return invalid("columns", "the column %s has the value %q, which is none; there are %s, dimension:NAME, const:NAME and =TEXT", c.Name, c.Value, strings.Join(values, ", "))
}

// whole refuses a layout that would lose something: without the voucher, the account, or the amounts.
func (l *Layout) whole() error {
	has := func(names ...string) bool {
		return slices.ContainsFunc(l.Columns, func(c Column) bool { return slices.Contains(names, c.Value) })
	}
	if !has("voucher") || !has("account", "main", "display", "account_number") || !has("date") {
		return invalid("columns", "a file without voucher, date and account is none that a ledger can import")
	}
	if !has("amount", "accounting_amount") && (!has("debit") || !has("credit")) && (!has("accounting_debit") || !has("accounting_credit")) {
		return invalid("columns", "a file needs the amount, or debit and credit")
	}
	return nil
}

// dateOf writes a date.
func (l *Layout) dateOf(d civil.Date) string {
	if d.IsZero() {
		return ""
	}
	t := d.Time()
	return strings.NewReplacer("YYYY", t.Format("2006"), "MM", t.Format("01"), "DD", t.Format("02")).Replace(l.DateFormat)
}

// Write writes the lines of whole vouchers as a file of a batch, in their order.
func (l *Layout) Write(out io.Writer, batch string, lines []Line) error {
	if err := l.balanced(lines); err != nil {
		return err
	}
	w := csv.NewWriter(out)
	w.Comma, _ = utf8.DecodeRuneInString(l.Delimiter)
	w.UseCRLF = true
	row := make([]string, len(l.Columns))
	for i, c := range l.Columns {
		row[i] = c.Name
	}
	if err := w.Write(row); err != nil {
		return err
	}
	for n := range lines {
		for i, c := range l.Columns {
			text, number := l.value(c.Value, batch, n, &lines[n])
			if !number {
				if err := c.fit(&text, &lines[n]); err != nil {
					return err
				}
				text = l.safe(text)
			}
			row[i] = text
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

func (c Column) fit(text *string, x *Line) error {
	if c.Max == 0 || utf8.RuneCountInString(*text) <= c.Max {
		return nil
	}
	if !c.Cut {
		return fault.New(fault.Refused, "the %s %q of voucher %s has more than the %d letters that the layout has room for; map it to a shorter one", c.Name, *text, x.Voucher, c.Max).In(c.Name).ByRule("layout_too_long")
	}
	*text = string([]rune(*text)[:c.Max])
	return nil
}

// safe keeps a spreadsheet from taking a text for a formula.
func (l *Layout) safe(text string) string {
	if l.Spreadsheet && text != "" && strings.ContainsRune("=+-@\t\r\n", rune(text[0])) {
		return "'" + text
	}
	return text
}

// balanced refuses a voucher that does not balance in a currency of the file: it was posted in several, or has differences of exchange.
func (l *Layout) balanced(lines []Line) error {
	if l.Amounts == "accounting" {
		return nil // the ledger keeps that, and verify proves it
	}
	for i := 0; i < len(lines); {
		sums := map[string]money.Amount{}
		j := i
		for ; j < len(lines) && lines[j].Voucher == lines[i].Voucher; j++ {
			sums[lines[j].Currency] += lines[j].Amount
			if lines[j].Amount == 0 && lines[j].Accounting != 0 {
				return unlike(lines[i].Voucher)
			}
		}
		for _, s := range sums {
			if s != 0 {
				return unlike(lines[i].Voucher)
			}
		}
		i = j
	}
	return nil
}

func unlike(voucher string) error {
	return fault.New(fault.Refused, "the voucher %s does not balance in its own currency (it has several, or differences of exchange); hand it over in accounting currency: \"amounts\": \"accounting\"", voucher).ByRule("layout_currency")
}

// number writes an amount with the decimal mark of the layout.
func (l *Layout) number(currency string, a money.Amount) string {
	c, err := money.CurrencyOf(currency)
	if err != nil {
		return strconv.FormatInt(int64(a), 10) // no posted line has such a one
	}
	return strings.Replace(c.Format(a), ".", l.Decimal, 1)
}
