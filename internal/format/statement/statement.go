// Package statement has the one value that bank statements of all formats are read into.
//
//   - A *file* has *statements*, a statement is about one account in one currency. By its *nature* it is final (booked, from an opening to
//     a closing balance), interim (of the day, so far) or a notice (of single lines, without balances).
//   - A *line* is an entry of the account. A line that books several transactions at once (a batch) has them as its *details*.
//   - An amount is signed as the account holder sees it: what comes in is positive. It is in minor units of its currency.
//   - A *control* is what the statement itself says of its lines: their number, their sum.
//   - A *doubt* is something that a person should know, and that does not make the statement wrong.
//
// Invariants, held by [File.Check]: the lines of a final statement lead from its opening to its closing balance; controls agree; a line is in
// the currency of its statement; no statement is in a file twice. What was not told and is computed is marked so, and never checked against itself.
// Sizes are bounded.
//
// Source: payment rules, "What comes back"; the formats are in the packages that read them.
package statement

import (
	"quittance/internal/civil"
	"quittance/internal/money"
)

// Limits of what is read.
const (
	MaxBytes      = 128 << 20
	MaxLines      = 250_000 // of a file, details included
	MaxStatements = 10_000
	MaxText       = 500 // characters of one text
	MaxTexts      = 100 // of one line
)

// The natures of a statement.
const (
	Final   = "statement"
	Interim = "report"
	Notice  = "notice"
)

// The common kinds of a transaction, whatever the format calls them.
const (
	Transfer = "transfer" // credit transfer or direct debit, wire, book transfer
	Check    = "check"    // one that was drawn
	Deposit  = "deposit"  // of checks or cash, lockbox
	ACH      = "ach"
	Card     = "card"
	Fee      = "fee"
	Interest = "interest"
	Return   = "return"   // came back: a payment of ours, or what we had deposited
	Reversal = "reversal" // of a booking of the bank
	Other    = "other"
)

// File is what a file holds. Format is as [Detect] names it, with the version where there is one.
type File struct {
	Format     string
	ID         string
	Statements []Statement
	Doubts     []Doubt
}

// Doubt is something that a person should know.
type Doubt struct {
	Place string
	Text  string
}

// Account is an account as it was written: an IBAN, or a number at a bank.
type Account struct {
	IBAN   string
	Bank   string // BIC, routing number or bank code
	Number string
	Name   string // of its holder
}

// Balance is what the account stood at. The zero value was neither told nor computed.
type Balance struct {
	Amount money.Amount
	Date   civil.Date // blank: not said
	From   string     // Told, Computed; blank: there is none
}

// Where a balance comes from.
const (
	Told     = "told"
	Computed = "computed"
)

// Known says whether there is a balance.
func (b Balance) Known() bool { return b.From != "" }

// Statement is about one account. From and To are blank where they are not said.
type Statement struct {
	Place     string
	Nature    string
	Account   Account
	Currency  string
	ID        string
	Number    string // in sequence, with the page where there are pages
	From, To  civil.Date
	Opening   Balance
	Closing   Balance
	Available Balance // at the end
	Lines     []Line
	Controls  []Control
	Doubts    []Doubt
}

// Control is what the statement says of its lines.
type Control struct {
	Place string
	Of    string // Credits, Debits, All, Net
	Count int64  // -1: not said
	Sum   money.Amount
	Sums  bool // the sum is said; of debits it is without sign, of All it adds amounts without sign
}

// What controls are about.
const (
	Credits = "credits"
	Debits  = "debits"
	All     = "all"
	Net     = "net"
)

// Line is an entry of the account. Pending lines are not booked, and count for no balance.
type Line struct {
	Transaction
	Booked  civil.Date
	Value   civil.Date // blank: not said
	Pending bool
	Funds   []Funds
	Batch   Batch
	Details []Transaction // of a batch; a line of one transaction has none
}

// Funds is when a part of a line is at one's disposal.
type Funds struct {
	Days   int        // after the booking; told where the date is not
	Date   civil.Date // blank: told in days
	Amount money.Amount
}

// Batch is what a line says of the batch that it books.
type Batch struct {
	Message string // id of the message that ordered it
	Payment string // id of the payment information in it
	Count   int64  // of its transactions; 0: not said
}

// Transaction is one movement of money.
type Transaction struct {
	Place    string
	Amount   money.Amount
	Currency string
	Original Original
	Kind     string
	Reversal bool // the bank takes back a booking; the amount has the sign of this one
	Code     Code
	Bank     string // the bank's reference
	EndToEnd string
	Customer string // the account holder's reference
	Order    string // id of the payment information or file that ordered it
	ID       string // the bank's or the clearing's id of the transaction
	Check    string // number of the check
	Mandate  string
	Party    Party
	Return   Reason
	Texts    []string
}

// Original is the amount in another currency that was ordered, without sign. The zero value is not said.
type Original struct {
	Amount   money.Amount
	Currency string
}

// Code is how the format names the kind of a transaction.
type Code struct {
	Domain, Family, Sub string // ISO 20022
	Type                string // BAI, SWIFT or OFX
	Own                 string // the bank's
}

// Party is who paid, or was paid.
type Party struct {
	Name    string
	Account Account
}

// Reason is why a payment came back.
type Reason struct {
	Code string
	Text string
}

// Doubt adds a doubt.
func (s *Statement) Doubt(place, text string) {
	s.Doubts = append(s.Doubts, Doubt{place, text})
}

// String names the account.
func (a Account) String() string {
	switch {
	case a.IBAN != "":
		return a.IBAN
	case a.Bank != "" && a.Number != "":
		return a.Bank + "/" + a.Number
	}
	return a.Number + a.Bank
}

// Sum gives the sum of the booked lines.
func (s *Statement) Sum() (money.Amount, error) {
	var sum money.Sum
	for i := range s.Lines {
		if !s.Lines[i].Pending {
			sum.Add(s.Lines[i].Amount)
		}
	}
	return sum.Total()
}

// Complete computes the balance that a final statement does not tell from the one that it does, and notes what is to be doubted.
func (s *Statement) Complete() {
	sum, err := s.Sum()
	if s.Nature != Final || err != nil { // Check tells the error
		return
	}
	switch {
	case s.Opening.Known() && s.Closing.Known():
	case s.Closing.Known():
		s.Opening = Balance{s.Closing.Amount - sum, s.From, Computed}
		s.Doubt(s.Place, "the opening balance is not told; it is computed from the closing balance and the lines, so that a line that is missing would not be seen")
	case s.Opening.Known():
		s.Closing = Balance{s.Opening.Amount + sum, s.To, Computed}
		s.Doubt(s.Place, "the closing balance is not told; it is computed from the opening balance and the lines, so that a line that is missing would not be seen")
	default:
		s.Doubt(s.Place, "no balance is told, so that a line that is missing would not be seen")
	}
	for i := range s.Lines {
		l := &s.Lines[i]
		if l.Booked != 0 && (s.From != 0 && l.Booked < s.From || s.To != 0 && l.Booked > s.To) {
			s.Doubt(l.Place, "the line is booked on "+l.Booked.String()+", outside of the days of the statement, "+s.From.String()+" to "+s.To.String())
		}
		if d := l.difference(); d != "" {
			s.Doubt(l.Place, d)
		}
	}
}
