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
	"fmt"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/sheet"
)

// Limits of what is read.
const (
	MaxBytes = 16 << 20
	maxUnzip = 256 << 20 // of a workbook
	maxRows  = 200_000
	maxWrong = 100 // errors told one by one
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
	for rec := range m.way().Records(data, workbook, maxUnzip, r.bad) {
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

// way is how the table is to be read.
func (m Map) way() sheet.Way {
	return sheet.Way{Sheet: m.Sheet, Comma: m.Comma, Decimal: m.Decimal, Date: m.Date, Encoding: m.Encoding}
}

// take takes a row: the header, or one with a payment.
func (r *reader) take(rec sheet.Record) {
	if rec.Line < r.Header || rec.Empty() {
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
	r.at = sheet.Find(r.Columns, Fields(), rec, r.bad)
}

// row takes a row with a payment.
func (r *reader) row(rec sheet.Record) {
	if r.wide > 0 && len(rec.Cells) > r.wide {
		if i := slices.IndexFunc(rec.Cells[r.wide:], func(c sheet.Cell) bool { return strings.TrimSpace(c.Text) != "" }); i >= 0 {
			r.bad(sheet.Place(rec.Line, r.wide+i+1), "the row has more cells than the header, which has %d; a text or amount with a comma stands in quotes", r.wide)
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
