// Package report has what is told of many documents together: reports, the control, the figures of the deduction desk and of requests.
//
//   - A *report* ([Make]) is a name, parameters, columns, rows, totals and notes; whatever it is of, one way prints it ([Made.CSV], [Made.XLSX], [Made.PDF]).
//     Its rows are kept in bounded memory, its totals are the sums of its rows, and its notes say whether they tie to the ledger.
//   - A *figure* is a number with the definition that it uses, its numerator and its denominator: whoever doubts it can add it up again.
//     Where the trade knows several definitions, one is chosen and the others can be.
//   - A *breakdown* divides a number by age, reason, customer, owner, window to dispute, cause or month.
//   - What is *taken* is what captures took, apart from claims, reversed captures and those that were voided; children count with their
//     own part. What is *open* is what remains today, whatever the period. What is *resolved* are posted resolutions, by their date.
//
// Invariants: everything is of one currency, in its amounts; a figure whose denominator is nothing has no value; the rows of a breakdown
// of what is open add up to the open amount, also when the smallest are told together.
//
// Source: deduction rules, 6.
package report

import (
	"slices"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/sheet"
	"quittance/internal/money"
)

// Filter says of which deductions the figures are.
type Filter struct {
	From     civil.Date `json:"from"` // the period, both ends in it; blank: the 90 days up to To
	To       civil.Date `json:"to"`   // blank: today
	Currency string     `json:"currency"`
	Customer string     `json:"customer,omitempty"` // code; with its family when Family
	Family   bool       `json:"family,omitempty"`
	Reason   string     `json:"reason,omitempty"`
	Owner    string     `json:"owner,omitempty"`
	Type     string     `json:"type,omitempty"`
	// The definitions chosen where there are several; blank: the first.
	DaysOutstanding string `json:"days_outstanding,omitempty"` // taken, sales, average_age
	WinRate         string `json:"win_rate,omitempty"`         // resolved, disputes, disputed_amount
	Rate            string `json:"deduction_rate,omitempty"`   // sales, payments
}

// The alternative definitions, the one that is taken when none is chosen first.
var (
	DaysOutstandingBy = []string{"taken", "sales", "average_age"}
	WinRateBy         = []string{"resolved", "disputes", "disputed_amount"}
	RateBy            = []string{"sales", "payments"}
)

const defaultDays, mostDays = 90, 3660

// complete fills in what is not said, and refuses what cannot be.
func (f *Filter) complete(today civil.Date, currency string) error {
	if f.To.IsZero() {
		f.To = today
	}
	if f.From.IsZero() {
		f.From = f.To.AddDays(1 - defaultDays)
	}
	if f.Currency == "" {
		f.Currency = currency
	}
	if _, err := money.CurrencyOf(f.Currency); err != nil {
		return fault.New(fault.Invalid, "%v", err).In("currency")
	}
	if days := f.To.Sub(f.From) + 1; days < 1 || days > mostDays {
		return fault.New(fault.Invalid, "a period from %s to %s is none of 1 to %d days", f.From, f.To, mostDays).In("from")
	}
	for _, x := range []struct {
		field string
		value *string
		known []string
	}{{"days_outstanding", &f.DaysOutstanding, DaysOutstandingBy}, {"win_rate", &f.WinRate, WinRateBy}, {"deduction_rate", &f.Rate, RateBy}} {
		if *x.value == "" {
			*x.value = x.known[0]
		}
		if !slices.Contains(x.known, *x.value) {
			return fault.New(fault.Invalid, "%q is no definition; expected one of %v", *x.value, x.known).In(x.field)
		}
	}
	return nil
}

// days gives the days of the period.
func (f *Filter) days() money.Amount { return money.Amount(f.To.Sub(f.From) + 1) }

// Figure is a number and how it is made up.
type Figure struct {
	Figure      string `json:"figure"`      // such as deduction_rate
	Definition  string `json:"definition"`  // key of the text that defines it, such as figure.deduction_rate.sales
	Unit        string `json:"unit"`        // amount, percent, days, count
	Value       string `json:"value"`       // a decimal; blank when there is nothing to divide by
	Numerator   string `json:"numerator"`   // a decimal
	Denominator string `json:"denominator"` // a decimal; blank: it is no quotient
}

// Row is a row of a breakdown.
type Row struct {
	Code       string `json:"code"`                 // of the reason, customer or owner; of the age or window; the month as YYYY-MM; blank: all others
	Name       string `json:"name"`                 // for a person; blank: the code says it, or the page has words for it
	Reason     string `json:"reason,omitempty"`     // of repeats: the reason beside the customer
	Count      int64  `json:"count"`                // deductions
	Amount     string `json:"amount"`               // of them
	Share      string `json:"share"`                // percent of the whole; blank when there is nothing
	Cumulative string `json:"cumulative,omitempty"` // of causes: with those before it
	Resolved   string `json:"resolved,omitempty"`   // by month: resolved in it
	Open       string `json:"open,omitempty"`       // by month: open at its end
}

// Breakdown divides a number.
type Breakdown struct {
	Breakdown  string `json:"breakdown"` // age, expiry, reason, customer, owner, causes, repeats, months
	Definition string `json:"definition"`
	Rows       []Row  `json:"rows"`
	Others     int64  `json:"others,omitempty"` // how many rows the last one, without code, stands for
}

// Deductions are the figures of deductions.
type Deductions struct {
	Filter     Filter      `json:"filter"`
	AsOf       string      `json:"as_of"`
	Currencies []string    `json:"currencies"` // in which there are open deductions
	Figures    []Figure    `json:"figures"`
	Breakdowns []Breakdown `json:"breakdowns"`
}

// Columns are the columns of the figures as one list, for spreadsheet programs.
func Columns() []sheet.Column {
	return []sheet.Column{
		{Name: "kind"},
		{Name: "name"},
		{Name: "code"},
		{Name: "label"},
		{Name: "unit"},
		{Name: "value", Number: true},
		{Name: "count", Number: true},
		{Name: "amount", Number: true},
		{Name: "share", Number: true},
		{Name: "cumulative", Number: true},
		{Name: "resolved", Number: true},
		{Name: "open", Number: true},
		{Name: "numerator", Number: true},
		{Name: "denominator", Number: true},
		{Name: "currency"},
		{Name: "from"},
		{Name: "to"},
		{Name: "definition"},
	}
}

// Rows gives the figures, then the breakdowns, as rows of [Columns].
func (d *Deductions) Rows() [][]string {
	var rows [][]string
	f := d.Filter
	for _, x := range d.Figures {
		rows = append(rows, []string{"figure", x.Figure, "", "", x.Unit, x.Value, "", "", "", "", "", "", x.Numerator, x.Denominator, f.Currency, f.From.String(), f.To.String(), x.Definition})
	}
	for _, b := range d.Breakdowns {
		for _, r := range b.Rows {
			code := r.Code
			if r.Reason != "" {
				code += " " + r.Reason
			}
			rows = append(rows, []string{b.Breakdown, b.Breakdown, code, r.Name, "amount", "", number(r.Count), r.Amount, r.Share, r.Cumulative, r.Resolved, r.Open, "", "", f.Currency, f.From.String(), f.To.String(), b.Definition})
		}
	}
	return rows
}
