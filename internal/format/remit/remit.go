// Package remit reads remittances from CSV files and XLSX workbooks, by a saved column map.
//
//   - A *column map* says which *field* of a remittance stands in which column, and how dates, decimals and signs are written. A column
//     is named by its header, or by its letter after an equals sign (=C).
//   - A *payment* is the rows of one reference, payer, date and currency; without a column for the reference, all rows are one payment.
//   - A *row* pays a document, or keeps something back, or both; one that does neither says the payment alone.
//
// Invariants: every error is reported with its place (line and column), and nothing is given while there is one; an amount that could be
// read in two ways is refused (1,50 where the point parts the decimals); a formula is refused; sizes are bounded.
//
// Source: deduction rules, 5; RFC 4180; ECMA-376 for workbooks.
package remit

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/sheet"
)

// Limits of what is read.
const (
	MaxBytes   = 16 << 20
	maxUnzip   = 256 << 20 // of a workbook
	maxRows    = 200_000
	maxColumns = 256
	maxText    = 1000 // characters of a cell
	maxWrong   = 100  // errors told one by one
)

// The fields of a remittance.
const (
	Reference = "reference" // of the payment
	Date      = "date"      // of the payment
	Payer     = "payer"     // code or name
	Amount    = "amount"    // of the payment, in each row or in its first; without the column it is the sum of what is paid
	Currency  = "currency"
	Invoice   = "invoice"   // number of the document
	Paid      = "paid"      // of the document, after discount and deductions
	Total     = "total"     // of the document, before them
	Discount  = "discount"  // that was taken
	Deduction = "deduction" // that was taken
	Code      = "code"      // the customer's reason for it
	Claim     = "claim"     // the customer's number of it
	Note      = "note"
)

// Fields gives all fields, in the order of their use.
func Fields() []string {
	return []string{Reference, Date, Payer, Amount, Currency, Invoice, Paid, Total, Discount, Deduction, Code, Claim, Note}
}

// The rules for the sign of what was deducted.
const (
	PositiveReduces = "positive_reduces"
	NegativeReduces = "negative_reduces"
)

// Map is a column map.
type Map struct {
	Columns  map[string]string `json:"columns"`
	Header   int               `json:"header"` // row of the headers, from 1; 0: there is none
	Sheet    string            `json:"sheet"`
	Comma    string            `json:"comma"`
	Decimal  string            `json:"decimal"`
	Date     string            `json:"date"`
	Sign     string            `json:"sign"`
	Encoding string            `json:"encoding"`
}

// Payment is a payment of the file. Amounts are decimals with a point; blank: not said.
type Payment struct {
	Place     string
	Reference string
	Date      civil.Date // blank: not said
	Payer     string
	Currency  string
	Amount    string
	Rows      []Row
}

// Row is a row that pays a document, or keeps something back.
type Row struct {
	Place     string
	Invoice   string
	Paid      string
	Total     string
	Discount  string
	Deduction string // positive: kept back; negative: given back
	Code      string
	Claim     string
	Note      string
}

// Read reads a file by a map.
func Read(data []byte, workbook bool, m Map) ([]Payment, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	if len(data) > MaxBytes {
		return nil, fault.New(fault.Limited, "the file has %d bytes; at most %d are read, split it", len(data), MaxBytes).ByRule("too_large")
	}
	r := &reader{Map: m}
	records := r.csv(data)
	if workbook {
		records = r.book(data)
	}
	for rec := range records {
		if r.count++; r.count > maxRows {
			return nil, fault.New(fault.Limited, "the file has more than %d rows; split it", maxRows).ByRule("too_large")
		}
		r.take(rec)
		if len(r.wrong) >= maxWrong {
			break
		}
	}
	if len(r.wrong) == 0 && len(r.payments) == 0 {
		r.bad("", "the file has no row with a payment; look at the column map's row of headers (%d)", m.Header)
	}
	if err := r.wrong.Err(); err != nil {
		return nil, err
	}
	out := make([]Payment, len(r.payments))
	for i, p := range r.payments {
		out[i] = *p
	}
	return out, nil
}

// reader is the reading of a file.
type reader struct {
	Map
	at       map[string]int // field → index of its column; nil: the header is still to come
	wide     int            // columns of the header; 0: it has none
	count    int
	wrong    fault.List
	payments []*Payment
	byKey    map[string]*Payment
}

func (r *reader) bad(place, format string, args ...any) {
	r.wrong = append(r.wrong, fault.New(fault.Invalid, format, args...).At(place).ByRule("remittance_file"))
}

func place(line, column int) string {
	return fmt.Sprintf("line %d, column %s", line, letters(column))
}

// letters names a column, from 1, as a spreadsheet does.
func letters(n int) string {
	s := ""
	for ; n > 0; n = (n - 1) / 26 {
		s = string(rune('A'+(n-1)%26)) + s
	}
	return cmp.Or(s, "?")
}

// column gives the column, from 1, that letters name; 0 for what is none.
func column(letters string) int {
	n := 0
	for _, c := range strings.ToUpper(letters) {
		if c < 'A' || c > 'Z' || n > maxColumns {
			return 0
		}
		n = n*26 + int(c-'A') + 1
	}
	return n
}

// csv gives the rows of a CSV file that are not blank.
func (r *reader) csv(data []byte) iter.Seq[sheet.Record] {
	return func(yield func(sheet.Record) bool) {
		text, err := r.decode(data)
		if err == nil {
			err = narrow(text, r.comma())
		}
		if err != nil {
			r.wrong.Add(err)
			return
		}
		in := csv.NewReader(bytes.NewReader(text))
		in.Comma, in.FieldsPerRecord, in.ReuseRecord = r.comma(), -1, true
		rec := sheet.Record{}
		for {
			fields, err := in.Read()
			if errors.Is(err, io.EOF) {
				return
			}
			var broken *csv.ParseError
			if errors.As(err, &broken) {
				r.bad(fmt.Sprintf("line %d", broken.Line), "%v; a text with quotes is written as \"…\", and a quote in it is doubled", broken.Err)
				return
			}
			rec.Line, _ = in.FieldPos(0)
			rec.Cells = rec.Cells[:0]
			for _, f := range fields {
				rec.Cells = append(rec.Cells, sheet.Cell{Text: f})
			}
			if !yield(rec) {
				return
			}
		}
	}
}

// narrow refuses a file with a row of too many columns before it is taken apart.
func narrow(text []byte, comma rune) error {
	line, columns, quoted := 1, 1, false
	for _, c := range text {
		switch {
		case c == '"':
			quoted = !quoted
		case c == '\n':
			line++
			if !quoted {
				columns = 1
			}
		case rune(c) == comma && !quoted:
			if columns++; columns > maxColumns {
				return fault.New(fault.Invalid, "the row has more than %d columns", maxColumns).At(fmt.Sprintf("line %d", line)).ByRule("remittance_file")
			}
		}
	}
	return nil
}

func (r *reader) decode(data []byte) ([]byte, error) {
	if r.Encoding == "windows-1252" {
		return charmap.Windows1252.NewDecoder().Bytes(data)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !utf8.Valid(data) {
		return nil, fault.New(fault.Invalid, "the file is not UTF-8; save it so, or say windows-1252 in the column map").ByRule("remittance_file")
	}
	return data, nil
}

func (m Map) comma() rune {
	switch m.Comma {
	case "":
		return ','
	case "tab":
		return '\t'
	}
	c, _ := utf8.DecodeRuneInString(m.Comma)
	return c
}

// book gives the rows of the sheet of a workbook that are not blank.
func (r *reader) book(data []byte) iter.Seq[sheet.Record] {
	return func(yield func(sheet.Record) bool) {
		b, err := sheet.OpenBook(bytes.NewReader(data), int64(len(data)), maxUnzip)
		if err != nil {
			r.bad("", "the file %v", err)
			return
		}
		names := b.Sheets()
		name := r.Sheet
		if name == "" && len(names) > 0 {
			name = names[0]
		}
		if !slices.Contains(names, name) {
			r.bad("", "the workbook has no sheet %q; it has %s", name, strings.Join(names, ", "))
			return
		}
		b.Records(name, func(line, column int, format string, args ...any) {
			r.bad(place(line, column), "the sheet %s "+format, append([]any{name}, args...)...)
		})(yield)
	}
}

// take takes a row: the header, or one with a payment.
func (r *reader) take(rec sheet.Record) {
	if rec.Line < r.Header || !slices.ContainsFunc(rec.Cells, func(c sheet.Cell) bool { return strings.TrimSpace(c.Text) != "" || c.Kind == sheet.FormulaCell }) {
		return
	}
	if r.at == nil {
		r.find(rec)
		if r.Header > 0 {
			return
		}
	}
	if len(r.at) > 0 {
		r.row(rec)
	}
}

// find says where the columns stand.
func (r *reader) find(rec sheet.Record) {
	r.at, r.byKey = map[string]int{}, map[string]*Payment{}
	if r.Header > 0 && rec.Line != r.Header {
		r.bad(fmt.Sprintf("line %d", r.Header), "the row of headers is blank; look at the column map")
		return
	}
	if r.Header > 0 {
		r.wide = len(rec.Cells)
	}
	for _, field := range Fields() {
		name, mapped := r.Columns[field]
		if !mapped {
			continue
		}
		if letter, ok := strings.CutPrefix(name, "="); ok {
			r.at[field] = column(letter) - 1
			continue
		}
		var found []int
		for i, c := range rec.Cells {
			if strings.EqualFold(strings.TrimSpace(c.Text), strings.TrimSpace(name)) {
				found = append(found, i)
			}
		}
		switch len(found) {
		case 0:
			r.bad(fmt.Sprintf("line %d", rec.Line), "there is no column %q, where the column map looks for the %s", name, field)
		case 1:
			r.at[field] = found[0]
		default:
			r.bad(place(rec.Line, found[1]+1), "the column %q is there twice; name the one for the %s by its letter (=%s)", name, field, letters(found[0]+1))
		}
	}
}

// row takes a row with a payment.
func (r *reader) row(rec sheet.Record) {
	if r.wide > 0 && len(rec.Cells) > r.wide {
		if i := slices.IndexFunc(rec.Cells[r.wide:], func(c sheet.Cell) bool { return strings.TrimSpace(c.Text) != "" }); i >= 0 {
			r.bad(place(rec.Line, r.wide+i+1), "the row has more cells than the header, which has %d; a text or amount with a comma stands in quotes", r.wide)
			return
		}
	}
	c := &cells{reader: r, rec: rec}
	x := Row{
		Place: fmt.Sprintf("line %d", rec.Line), Invoice: c.text(Invoice), Paid: c.amount(Paid), Total: c.amount(Total), Discount: c.amount(Discount),
		Deduction: c.amount(Deduction), Code: c.text(Code), Claim: c.text(Claim), Note: c.text(Note),
	}
	if r.Sign == NegativeReduces {
		x.Deduction = negate(x.Deduction)
	}
	p := &Payment{Place: x.Place, Reference: c.text(Reference), Date: c.date(), Payer: c.text(Payer), Currency: strings.ToUpper(c.text(Currency)), Amount: c.amount(Amount)}
	if _, mapped := r.at[Reference]; mapped && p.Reference == "" {
		c.bad(Reference, "is blank; each row names its payment")
	}
	if c.failed {
		return
	}
	key := strings.Join([]string{p.Reference, p.Payer, p.Date.String(), p.Currency}, "\x00")
	if _, mapped := r.at[Reference]; !mapped {
		key = ""
	}
	if first := r.byKey[key]; first != nil {
		first.join(c, p)
		p = first
	} else {
		r.byKey[key] = p
		r.payments = append(r.payments, p)
	}
	if x.Invoice+x.Paid+x.Deduction != "" {
		p.Rows = append(p.Rows, x)
	}
}

// join compares what a further row says of the payment with what the first ones said.
func (p *Payment) join(c *cells, more *Payment) {
	for field, said := range map[string]struct {
		was *string
		is  string
	}{Payer: {&p.Payer, more.Payer}, Currency: {&p.Currency, more.Currency}, Amount: {&p.Amount, more.Amount}} {
		switch {
		case said.is == "":
		case *said.was == "":
			*said.was = said.is
		case *said.was != said.is:
			c.bad(field, "%q differs from %q, which the row of %s says of the same payment", said.is, *said.was, p.Place)
		}
	}
	if p.Date.IsZero() {
		p.Date = more.Date
	}
}

func negate(amount string) string {
	if rest, ok := strings.CutPrefix(amount, "-"); ok || amount == "" {
		return rest
	}
	return "-" + amount
}

// printable takes control characters out of a text that a stranger wrote, and cuts it.
func printable(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case c == '\n' || c == '\t':
			return ' '
		case unicode.IsControl(c):
			return -1
		}
		return c
	}, s)
	n := 0
	for i := range s {
		if n++; n > maxText {
			return s[:i]
		}
	}
	return strings.TrimSpace(s)
}
