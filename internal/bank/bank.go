// Package bank knows what the banks say of the company's bank accounts, and holds it against the ledger.
//
//   - A *statement* of a bank account has *lines* and leads from an opening to a closing balance. Statements follow each other: each opens
//     where the one before closed. It is imported once, told by its digest; the file that it came in is kept sealed.
//   - A *bank entry* is a ledger entry on the ledger account of a bank account, in its currency: a payment, its mirror, a receipt, a journal.
//   - A *match* is a line and the bank entries that it may be, with a *score* of 0 to 100 and the reasons. See [Match], which is pure.
//   - A *reconciliation* says that a line is these bank entries, which together have its amount; what is missing is posted by a journal
//     voucher, the *difference*, that is one of them. It makes payments cleared. Undone, it stays, and the line and the entries are open again.
//   - The *control* of a bank account holds the statement's balance against the ledger's, and names what is between them.
//
// Invariants: opening and lines make the closing balance; a line has at most one reconciliation that stands, a bank entry too; a cleared
// payment's entry is reconciled. [Check] proves them.
//
// Source: payments rules, "What comes back", "Tracing and reconciling".
package bank

import (
	"fmt"
	"strconv"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/payout"
)

// Statement is an imported statement of a bank account. Amounts are in minor units of the bank account's currency.
type Statement struct {
	ID         int64
	Bank       int64
	BankCode   string
	Currency   string
	N          int64 // place in the row of statements of the bank account
	Digest     string
	File       int64
	Format     string
	Number     string // as the bank numbers it
	From, To   civil.Date
	Opening    money.Amount
	Closing    money.Amount
	Lines      int
	Open       int          // lines that are not reconciled
	OpenAmount money.Amount // of those
	ImportedBy string
	ImportedAt int64 // UTC microseconds
}

// Name names a statement for people and programs: bank account and place, such as MAIN/3.
func (s *Statement) Name() string { return fmt.Sprintf("%s/%d", s.BankCode, s.N) }

// Line is a line of a statement.
type Line struct {
	Statement      int64
	BankCode       string
	StatementN     int64
	N              int64
	Booked         civil.Date
	Value          civil.Date   // blank: not said
	Amount         money.Amount // what came in is positive
	Kind           string       // as package statement names it
	Detail         Detail
	Reconciliation int64 // 0: open
}

// Name names a line: statement and place, such as MAIN/3/12.
func (l *Line) Name() string { return fmt.Sprintf("%s/%d/%d", l.BankCode, l.StatementN, l.N) }

// Detail is what the bank says of a line. No account of anybody is kept in it.
type Detail struct {
	Check      string   `json:"check,omitempty"`
	References []string `json:"references,omitempty"` // of the line and its transactions
	Party      string   `json:"party,omitempty"`
	Texts      []string `json:"texts,omitempty"`
	Return     string   `json:"return,omitempty"` // why a payment came back
	Count      int64    `json:"count,omitempty"`  // of the transactions that it books
}

// ParseName reads the name of a statement (line 0) or of a line.
func ParseName(name string) (bank string, n, line int64, err error) {
	parts := strings.Split(name, "/")
	bad := fault.New(fault.Invalid, "%q names no statement or line of one; expected the bank account and numbers, such as MAIN/3 or MAIN/3/12", name).In("line")
	if len(parts) < 2 || len(parts) > 3 || parts[0] == "" {
		return "", 0, 0, bad
	}
	if n, err = strconv.ParseInt(parts[1], 10, 64); err != nil || n < 1 {
		return "", 0, 0, bad
	}
	if len(parts) == 3 {
		if line, err = strconv.ParseInt(parts[2], 10, 64); err != nil || line < 1 {
			return "", 0, 0, bad
		}
	}
	return parts[0], n, line, nil
}

// Entry is a bank entry.
type Entry struct {
	Voucher  int64
	Line     int
	Number   string // of the voucher
	Text     string // of the voucher
	Date     civil.Date
	Amount   money.Amount  // what came in is positive, as debits are
	Reverses int64         // the voucher that it mirrors; 0: none
	Payment  int64         // vendor payment that it is of, or that it takes back; 0: none
	Name     string        // of the payment
	Status   payout.Status // of the payment
	Check    string        // its number, when it is a check
	Ref      string        // its number, when it is none
	Payee    string
	File     int64 // payment file that it is in; 0: none
	FileCode string
}
