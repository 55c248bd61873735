// Package ledger is the ground floor: everything that moves money is a voucher.
//
//   - A *voucher* is an immutable, balanced set of *entries* of one legal entity, with a number, a posting date in an
//     open period, a document type, a text, who posted it, and what it came from.
//   - An *entry* is an amount on a *ledger account*: debit positive, credit negative, in minor units of its currency,
//     and the same in the accounting currency of the legal entity.
//   - A *ledger account* is a main account with the values of the financial dimensions, written in the legal entity's
//     account format: 101-44200 is fund 101, main account 44200. Blank dimension values are significant.
//   - A *control account* takes entries only with their party; the open item is made in the same posting, one floor
//     above (package openitem), which is the only door to [Post].
//   - A *balancing dimension* (a fund, say) is one within which each voucher must balance by itself. *Due-to and
//     due-from lines* restore that where a rule allows it; see [Company.AddDueLines].
//   - *Sums* of entries per ledger account and date stand beside them, in batches, and give the trial balance; see [Fold].
//   - A *number series* gives gap-free numbers; a *seal* chains the digests of vouchers under a key kept elsewhere.
//
// Invariants: a posted voucher balances in total, per currency, in accounting currency and per combination of values
// of the balancing dimensions. Vouchers and entries are never changed or deleted. The sums per ledger account and date
// are those of the entries at every commit. Every number of a series is a voucher, belongs to a reservation of an
// unfinished run, or is voided with its reason. See [Check].
//
// Source: ledger rules.
package ledger

import (
	"slices"

	"quittance/internal/civil"
	"quittance/internal/money"
)

// Type is the document type of a voucher.
type Type int16

// The document types, as stored and as the interchange contract writes them.
const (
	Invoice Type = iota + 1
	CreditNote
	Payment
	Journal
	VendorInvoice
	VendorPayment
	Reimbursement
	Settlement
	Reversal
	Deduction  // the capture of a deduction: where it is held, and the customer's credit
	Resolution // what became of a part of a deduction
)

var typeNames = [...]string{"", "invoice", "credit_note", "payment", "journal", "vendor_invoice", "vendor_payment", "reimbursement", "settlement", "reversal", "deduction", "resolution"}

// String gives the type as the interchange contract writes it.
func (t Type) String() string {
	if t < 1 || int(t) >= len(typeNames) {
		return "unknown"
	}
	return typeNames[t]
}

// ParseType reads what String gives; false for anything else.
func ParseType(s string) (Type, bool) {
	for i, n := range typeNames {
		if i > 0 && n == s {
			return Type(i), true
		}
	}
	return 0, false
}

// TypeNames gives all types as the interchange contract writes them.
func TypeNames() []string { return slices.Clone(typeNames[1:]) }

// Module is a part of the house that periods are opened for.
type Module string

// The modules.
const (
	ModuleLedger     Module = "ledger"
	ModuleReceivable Module = "receivable"
	ModulePayable    Module = "payable"
)

// Module gives the module whose period a voucher of the type needs.
func (t Type) Module() Module {
	switch t {
	case VendorInvoice, VendorPayment:
		return ModulePayable
	case Journal:
		return ModuleLedger
	}
	return ModuleReceivable
}

// ofDeductions says whether a voucher of the type may be posted on the deduction management customer.
func (t Type) ofDeductions() bool { return t == Deduction || t == Resolution || t == Reversal }

// Account is a ledger account. ID is 0 until the combination is stored; see [Company.Store].
type Account struct {
	ID      int64
	Written string // in the account format, without trailing blanks
	Main    string // the main account
}

// Entry is one line of a voucher.
type Entry struct {
	Account        Account
	Party          int64        // customer or vendor, on its control account only; 0 elsewhere
	Currency       string       // ISO 4217 code of Amount
	Amount         money.Amount // debit positive, credit negative, minor units of Currency
	Accounting     money.Amount // the same in minor units of the accounting currency
	Classification int64        // billing classification; 0 is none
	Due            civil.Date   // due date of the open item; blank means the voucher's date
	Text           string       // blank means the voucher's text
}

// Voucher is a voucher, posted or about to be. Entries are numbered from 1 by their place.
type Voucher struct {
	ID       int64
	Number   string // drawn from the type's series when blank
	Date     civil.Date
	Type     Type
	Customer int64 // for information; entries name their party themselves
	Vendor   int64
	Reverses int64 // the voucher that this one mirrors; 0 for none
	Source   int64 // what it came from: a run for reimbursements, an operation for settlements; 0 for none
	Text     string
	Entries  []Entry
}

// Mirror gives the entries swapped: the same ledger accounts, parties, currencies, classifications and due dates, with
// debit and credit exchanged. Today's set-up is not consulted.
func Mirror(entries []Entry) []Entry {
	m := make([]Entry, len(entries))
	for i, e := range entries {
		e.Amount, e.Accounting = -e.Amount, -e.Accounting
		m[i] = e
	}
	return m
}
