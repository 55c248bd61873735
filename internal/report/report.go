// Package report has the figures of the deduction desk.
//
//   - A *figure* is a number with the definition that it uses, its numerator and its denominator: whoever doubts it can add it up again.
//     Where the trade knows several definitions, one is chosen and the others can be.
//   - A *breakdown* divides a number by age, reason, customer, owner, cause or month.
//
// Invariants: everything is of one currency; a figure whose denominator is nothing has no value; the rows of a breakdown of what is
// open add up to the open amount.
//
// Source: deduction rules, 6.
package report

import (
	"quittance/internal/civil"
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
	WinRate         string `json:"win_rate,omitempty"`         // amount, disputes
	Rate            string `json:"deduction_rate,omitempty"`   // sales, payments
}

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
	Code       string `json:"code"`   // of the reason, customer or owner; of the age bucket; the month as YYYY-MM
	Name       string `json:"name"`   // for a person; blank: the code says it, or the page has words for it
	Count      int64  `json:"count"`  // deductions
	Amount     string `json:"amount"` // of them
	Share      string `json:"share"`  // percent of the whole
	Cumulative string `json:"cumulative,omitempty"`
	Resolved   string `json:"resolved,omitempty"` // by month: resolved in it
	Open       string `json:"open,omitempty"`     // by month: open at its end
}

// Breakdown divides a number.
type Breakdown struct {
	Breakdown  string `json:"breakdown"` // age, reason, customer, owner, expiry, causes, months
	Definition string `json:"definition"`
	Rows       []Row  `json:"rows"`
	Others     int64  `json:"others,omitempty"` // rows that are left out, the smallest: their sum is the last row, without code
}

// Deductions are the figures of deductions.
type Deductions struct {
	Filter     Filter      `json:"filter"`
	AsOf       string      `json:"as_of"`
	Currencies []string    `json:"currencies"` // in which there are deductions
	Figures    []Figure    `json:"figures"`
	Breakdowns []Breakdown `json:"breakdowns"`
}
