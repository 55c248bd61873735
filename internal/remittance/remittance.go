// Package remittance turns what customers and banks send about payments into draft payment journals.
//
//   - A *remittance* is a file: CSV or XLSX by a column map, X12 820 or 812, or a BAI2 lockbox file. Each is imported once: the same
//     content again is refused, naming the first.
//   - What a file says, whatever its format, is an *advice*: payments with the documents that they pay and what they keep back, and
//     memos (debit and credit adjustments without a payment).
//   - A *partner* is who sends remittances, as files name it: whose payments they are, and how theirs are read.
//   - A payment becomes a line of a journal; a document that is found an application; what was kept back a deduction, coded by the
//     customer's own code. A *payback* is money for a deduction taken before: it is proposed as a resolution of that one.
//   - An *issue* is what did not match, or is to be looked at, with its rule and its place in the file.
//
// Invariants: nothing is guessed in silence: what is not applied, what differs and what was read in one of two ways is an issue;
// what a payment pays back stays an open credit of its line until it is accepted; a line is never applied to more than it has; an import
// changes nothing but its own remittance, journal and claims until the journal is posted.
//
// Source: deduction rules, 5.
package remittance

import (
	"quittance/internal/civil"
	"quittance/internal/fault"
)

// The formats, as stored.
const (
	CSV    = "csv"
	XLSX   = "xlsx"
	X12820 = "x12_820"
	X12812 = "x12_812"
	BAI2   = "bai2"
)

// Formats gives all formats.
func Formats() []string { return []string{CSV, XLSX, X12820, X12812, BAI2} }

// Remittance is an imported file with what came of it.
type Remittance struct {
	ID      int64
	Code    string
	Format  string
	Name    string
	SHA256  []byte
	File    int64
	Journal string // code; blank: it made none
	Detail  Detail
	Actor   string
	At      int64
}

// Detail is what was read of a file, what matched, what did not, and why. Amounts are decimals.
type Detail struct {
	Payments    []Payment    `json:"payments"`
	Adjustments []Adjustment `json:"adjustments"` // of an 812: debits and credits without a payment
	Issues      []Issue      `json:"issues"`
}

// Payment is a payment of the file: a line of the journal, unless an issue says why it is none.
type Payment struct {
	N            int           `json:"n"`
	Place        string        `json:"place"` // in the file
	Reference    string        `json:"reference"`
	Date         civil.Date    `json:"date"`
	Payer        string        `json:"payer"`    // as the file names it
	Customer     string        `json:"customer"` // blank: not known
	Bank         string        `json:"bank"`
	Currency     string        `json:"currency"`
	Amount       string        `json:"amount"`
	Line         int           `json:"line"`    // of the journal; 0: none
	Applied      string        `json:"applied"` // to documents, by cash, credits and stand-alone deductions
	Unapplied    string        `json:"unapplied"`
	Applications []Application `json:"applications"`
	Deductions   []Deduction   `json:"deductions"`
	Paybacks     []Payback     `json:"paybacks"`
}

// Application is what a payment pays of a document.
type Application struct {
	Place    string `json:"place"`
	Number   string `json:"number"` // as the file has it
	Customer string `json:"customer"`
	Voucher  string `json:"voucher"`
	Credit   bool   `json:"credit"`   // the document is a credit that the payment uses up
	Open     string `json:"open"`     // of the document, when it was read
	Amount   string `json:"amount"`   // paid by cash, credits and what was deducted alone
	Discount string `json:"discount"` // terms discount that was earned
	Deducted string `json:"deducted"`
}

// Deduction is what the payer kept back, as the journal has it.
type Deduction struct {
	Place       string `json:"place"`
	Number      string `json:"number"`   // of the document it was taken from, as the file has it; blank: stand-alone
	Voucher     string `json:"voucher"`  // of the document; blank: stand-alone
	Customer    string `json:"customer"` // whose deduction it is
	Amount      string `json:"amount"`
	TheirCode   string `json:"their_code"`
	Reason      string `json:"reason"` // blank: the customer's code is in no map
	Claim       string `json:"claim"`
	Note        string `json:"note"`
	DuplicateOf string `json:"duplicate_of"` // number of a deduction of the same invoice, code and amount taken before
}

// Payback is money that the payer gave back for a deduction taken before. It stays unapplied of the payment's line: accepted, that open
// credit is posted against the deduction, by a resolution of kind paid_back.
type Payback struct {
	N         int    `json:"n"` // in the remittance
	Place     string `json:"place"`
	Number    string `json:"number"`    // of the document, as the file has it
	Deduction string `json:"deduction"` // number of the original
	Currency  string `json:"currency"`
	Amount    string `json:"amount"`
	State     string `json:"state"` // proposed, posted
	Voucher   string `json:"voucher"`
}

// The states of a payback.
const (
	Proposed = "proposed"
	Posted   = "posted"
)

// Adjustment is a debit or credit adjustment without a payment, and what came of it.
type Adjustment struct {
	Place     string     `json:"place"`
	Reference string     `json:"reference"` // the customer's number of it
	Date      civil.Date `json:"date"`
	Payer     string     `json:"payer"`
	Customer  string     `json:"customer"`
	Kind      string     `json:"kind"`   // debit: the customer claims; credit: the customer gives back
	Number    string     `json:"number"` // of the document, as the file has it
	Voucher   string     `json:"voucher"`
	Currency  string     `json:"currency"`
	Amount    string     `json:"amount"`
	TheirCode string     `json:"their_code"`
	Reason    string     `json:"reason"`
	Note      string     `json:"note"`
	Outcome   string     `json:"outcome"`   // claim: a claim was raised; match: of a deduction there is; issue: see the issues
	Deduction string     `json:"deduction"` // number of the claim or deduction
}

// Issue is what of a file did not match, or is to be looked at, with its reason and place.
type Issue struct {
	Place    string `json:"place"`
	Rule     string `json:"rule"` // stable name, such as unknown_document
	Text     string `json:"text"`
	Payment  int    `json:"payment"` // that it is about; 0: none
	Currency string `json:"currency"`
	Amount   string `json:"amount"` // that it is about; blank: none
}

func invalid(field, format string, args ...any) error {
	return fault.New(fault.Invalid, format, args...).In(field)
}
