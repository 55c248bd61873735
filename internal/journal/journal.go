// Package journal has customer payment journals: payments as they come in, what they are applied to, and what was deducted.
//
//   - A *journal* has lines and is a draft until it is posted; a *line* is one payment: date, customer, amount, currency, bank
//     account, reference. Each line is posted by itself, all of it or nothing, so that one that is wrong holds up no other.
//   - An *application* says how much of a document a line pays. What it leaves of the document is a deduction, unless it is said to
//     stay open. A terms discount that was earned is neither: it is taken first.
//   - A *deduction line* is a deduction that will be captured with the line: taken from an application, or stand-alone.
//   - An application *marks* its document as long as the line is a draft, so that runs and other journals leave it alone.
//
// Invariants: what is applied to a document never exceeds what is open of it; cash + stand-alone deductions − applied = what the
// line leaves, which stays an open credit of the payer, and is not negative; a draft's marks are just those of its applications.
//
// Source: deduction rules, 1 and 2.
package journal

import (
	"quittance/internal/civil"
	"quittance/internal/money"
)

// Journal is a customer payment journal.
type Journal struct {
	ID         int64
	Code       string
	Text       string
	State      string // draft, posted, reversed, cancelled
	Remittance int64  // that it was made from; 0: none
	CreatedBy  string
	CreatedAt  int64
	PostedBy   string
	PostedAt   int64
	Lines      []*Line // when read
}

// Line is one payment. Amounts are positive, in minor units of Currency.
type Line struct {
	Line         int
	Date         civil.Date
	Customer     int64
	Amount       money.Amount // cash; may be 0 when deductions and credits alone are applied
	Currency     string
	Bank         string // ledger account as written
	Reference    string
	Text         string
	State        string // draft, posted, reversed
	Problem      string // why it was not posted
	Voucher      int64  // the payment
	PostedAt     int64
	Applications []*Application
	Deductions   []*Deduction
}

// Application is what a line pays of a document.
type Application struct {
	N         int
	Customer  int64 // of the document: the payer, or one of its family
	Voucher   int64 // the document
	Amount    money.Amount
	Discount  money.Amount // terms discount that was earned
	LeaveOpen bool         // what is not paid is no deduction
}

// Deduction is a deduction that will be captured with the line.
type Deduction struct {
	N           int
	Application int // 0: stand-alone
	Customer    int64
	Type        string
	Allowed     bool
	Reason      string
	Account     string
	Plan        string
	Amount      money.Amount
	TheirCode   string
	ClaimNumber string
	Note        string
	Deduction   int64 // the record, once posted
}
