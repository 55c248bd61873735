// Package journal has customer payment journals: payments as they come in, what they are applied to, and what was deducted.
//
//   - A *journal* has lines and is a draft until it is posted; a *line* is one payment: date, customer, amount, currency, bank
//     account, reference. Each line is posted by itself, all of it or nothing, so that one that is wrong holds up no other.
//   - An *application* says how much of a document a line pays. What it leaves of the document is a deduction, unless it is said to
//     stay open. A terms discount that was earned is neither: it is taken first. A document that is a credit is not paid but pays:
//     the line uses it up for the others.
//   - A *deduction line* is a deduction that will be captured with the line: taken from an application, or stand-alone.
//   - An application *marks* its document as long as the line is a draft, so that runs and other journals leave it alone.
//
// Documents are paid in the order of their applications, from credits first, then stand-alone deductions, then cash.
//
// Invariants: what is applied to a document never exceeds what is open of it; credits + cash + stand-alone deductions − applied =
// what the line leaves, which stays an open credit, and is not negative when it is posted; a draft's marks are just those of its
// applications; a line is posted once, and what it posted is undone as a whole or not at all.
//
// Source: deduction rules, 1 and 2.
package journal

import (
	"quittance/internal/civil"
	"quittance/internal/money"
)

// The states of journals and lines, as stored; only journals are cancelled.
const (
	Draft     = "draft"
	Posted    = "posted"
	Reversed  = "reversed"
	Cancelled = "cancelled"
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
	Number       string // of the payment
	Posting      int64  // what its settlements name as their source
	PostedAt     int64
	Applications []*Application
	Deductions   []*Deduction
}

// Application is what a line pays of a document.
type Application struct {
	N         int
	Customer  int64  // of the document: the payer, or one of its family
	Voucher   int64  // the document
	Number    string // of the document
	Amount    money.Amount
	Discount  money.Amount // terms discount that was earned
	LeaveOpen bool         // what is not paid is no deduction
	Credit    bool         // the document is a credit that the line uses up
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
	Deduction   int64  // the record, once posted
	Number      string // of the record
}

// Balance is where the amounts of a line come from and go to. All but Left are not negative.
type Balance struct {
	Cash, StandAlone, Credits money.Amount
	Applied                   money.Amount
	Left                      money.Amount
	Discount, Deducted        money.Amount // neither is paid by the line
}

// Add adds another balance.
func (b *Balance) Add(o Balance) {
	b.Cash, b.StandAlone, b.Credits, b.Applied = b.Cash+o.Cash, b.StandAlone+o.StandAlone, b.Credits+o.Credits, b.Applied+o.Applied
	b.Left, b.Discount, b.Deducted = b.Left+o.Left, b.Discount+o.Discount, b.Deducted+o.Deducted
}

// Balance adds up the line.
func (l *Line) Balance() Balance {
	b := Balance{Cash: l.Amount}
	for _, a := range l.Applications {
		if a.Credit {
			b.Credits += a.Amount
		} else {
			b.Applied, b.Discount = b.Applied+a.Amount, b.Discount+a.Discount
		}
	}
	for _, d := range l.Deductions {
		if d.Application == 0 {
			b.StandAlone += d.Amount
		} else {
			b.Deducted += d.Amount
		}
	}
	b.Left = b.Cash + b.StandAlone + b.Credits - b.Applied
	return b
}

// Application gives the application with the number; nil when there is none.
func (l *Line) Application(n int) *Application {
	for _, a := range l.Applications {
		if a.N == n {
			return a
		}
	}
	return nil
}

// DeductionsOf gives the deductions of an application, or (0) the stand-alone ones.
func (l *Line) DeductionsOf(application int) (all []*Deduction, sum money.Amount) {
	for _, d := range l.Deductions {
		if d.Application == application {
			all, sum = append(all, d), sum+d.Amount
		}
	}
	return all, sum
}

// Takes gives what an application takes off its document: what is paid, discounted and deducted.
func (l *Line) Takes(a *Application) money.Amount {
	_, deducted := l.DeductionsOf(a.N)
	return a.Amount + a.Discount + deducted
}
