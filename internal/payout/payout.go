// Package payout pays vendors, and knows what became of each payment.
//
//   - A *bank account* is the company's own: a ledger account, the bank's data, the number of the next check, and how its files look.
//   - A *method of payment* says how vendors are paid: kind (check, ach, iso20022, manual), bank account, and how invoices are grouped.
//   - A *proposal* takes what is open of vendors and makes payments of it; what it leaves out stands beside it with the reason.
//   - A *vendor payment journal* holds the payments of a proposal. While a payment is not posted, its invoices are *marked*.
//   - A *payment* pays *items*, the invoices of one vendor, by one method, in one currency. Its *payee* is the vendor, or by exception
//     another party, with a reason.
//   - A *failed* payment came back: rejected, voided, returned, stopped or stale. If it was posted, its exact mirror was posted, and its
//     invoices are open again; a later payment of them *replaces* it. What becomes of the receivable is its *fate*: reissue or reverse.
//   - A *payment file* is what a bank or a printer was given: made once, kept sealed with its digest and totals.
//
// Statuses, and who may follow whom, stand in [Next]. Invariants: the amount of a payment is the sum of its items; a payment that is not
// posted marks exactly its items, a posted one settled them, a failed one neither; a number (of a check, a trace) is given once a bank
// account; what was approved is what is paid, by its digest. [Check] proves those that a database can show.
//
// Source: payments rules, "Payee", "Vendor payment journal", "What comes back".
package payout

import (
	"slices"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// Kind is how money leaves.
type Kind string

// The kinds of method, as stored.
const (
	ByCheck    Kind = "check"    // printed
	ByACH      Kind = "ach"      // NACHA file
	ByTransfer Kind = "iso20022" // pain.001 file
	ByHand     Kind = "manual"   // paid elsewhere, recorded with its reference
)

// Kinds gives all kinds, in the order of the code.
func Kinds() []Kind { return []Kind{ByCheck, ByACH, ByTransfer, ByHand} }

// Grouping says which invoices of a vendor share a payment.
type Grouping string

// The groupings, as stored.
const (
	PerInvoice Grouping = "invoice"
	PerVendor  Grouping = "vendor"
	PerDate    Grouping = "date" // those of one due date
)

// Groupings gives all groupings, in the order of the code.
func Groupings() []Grouping { return []Grouping{PerInvoice, PerVendor, PerDate} }

// Status is how far a payment is.
type Status string

// The statuses, as stored.
const (
	Created   Status = "created"
	Approved  Status = "approved"
	Generated Status = "generated" // printed, or in a file
	Sent      Status = "sent"      // to the bank, or to the payee
	Posted    Status = "posted"
	Cleared   Status = "cleared"  // on a bank statement
	Rejected  Status = "rejected" // by the bank
	Voided    Status = "voided"
	Returned  Status = "returned"
	Stopped   Status = "stopped"
	Stale     Status = "stale"     // never cashed
	Reissued  Status = "reissued"  // failed, and paid again by another payment
	Escheated Status = "escheated" // failed, and its money went to the state
	Cancelled Status = "cancelled" // taken out before anything was made of it
)

// Statuses gives all statuses, in the order of the code.
func Statuses() []Status {
	return []Status{Created, Approved, Generated, Sent, Posted, Cleared, Rejected, Voided, Returned, Stopped, Stale, Reissued, Escheated, Cancelled}
}

// Next gives the statuses that may follow each.
var Next = map[Status][]Status{
	Created:   {Approved, Generated, Posted, Cancelled},
	Approved:  {Created, Generated, Posted, Cancelled},
	Generated: {Created, Sent, Posted, Rejected, Voided},
	Sent:      {Posted, Rejected, Voided},
	Posted:    {Cleared, Rejected, Voided, Returned, Stopped, Stale},
	Cleared:   {Posted, Returned},
	Rejected:  {Reissued, Escheated},
	Voided:    {Reissued, Escheated},
	Returned:  {Reissued, Escheated},
	Stopped:   {Reissued, Escheated},
	Stale:     {Reissued, Escheated},
	Escheated: {Rejected, Voided, Returned, Stopped, Stale}, // as it was before
}

// Open says whether a payment of the status is not posted yet, and so marks its invoices.
func (s Status) Open() bool { return slices.Contains([]Status{Created, Approved, Generated, Sent}, s) }

// Failed says whether a payment of the status came back.
func (s Status) Failed() bool {
	return slices.Contains([]Status{Rejected, Voided, Returned, Stopped, Stale, Reissued, Escheated}, s)
}

// MayFail says whether a payment of the status can come back as as. One that came back already cannot, though [Next] leads there: what was
// escheated is as it was before once the escheat is reversed, which the money has to follow.
func (s Status) MayFail(as Status) bool { return !s.Failed() && slices.Contains(Next[s], as) }

// may refuses a change of status that [Next] does not have.
func (p *Payment) may(to Status) error {
	if slices.Contains(Next[p.Status], to) {
		return nil
	}
	return fault.New(fault.Refused, "payment %s is %s and cannot become %s", p.Name(), p.Status, to).ByRule("payment_status")
}

// Fate is what becomes of the receivable when a payment fails.
type Fate string

// The fates, as stored; blank means the company's parameter payment_failed.
const (
	Reissue Fate = "reissue" // the reimbursement waits to be paid again
	Reverse Fate = "reverse" // it is reversed: the customer's credit is open again
)

// JournalState is the state of a vendor payment journal.
type JournalState string

// The states, as stored.
const (
	Proposing     JournalState = "proposing" // being made; nobody changes it
	JournalOpen   JournalState = "open"
	JournalPosted JournalState = "posted" // no payment of it is open any more
	JournalVoid   JournalState = "cancelled"
)

// Journal is a vendor payment journal.
type Journal struct {
	ID        int64
	Code      string
	Date      civil.Date
	Text      string
	State     JournalState
	Selection string // JSON of the [Selection] that it was proposed by
	CreatedBy string
	CreatedAt int64 // UTC microseconds
}

// Payment is a payment to a vendor. Amounts are in minor units of Currency, positive.
type Payment struct {
	ID         int64
	Journal    int64
	Code       string // of the journal
	CreatedBy  string // who proposed the journal
	Line       int
	Vendor     int64
	Payee      int64  // the vendor, or another party by exception
	PayeeNote  string // why another; blank when it is the vendor
	Method     string
	Kind       Kind // of the method
	Bank       int64
	Currency   string
	Amount     money.Amount
	Date       civil.Date
	Status     Status
	ApprovedBy string // blank: nobody, or approval is void
	Digest     []byte // of what was approved
	Number     string // check number, trace number, end-to-end reference, or a manual payment's reference
	File       int64  // 0: none
	Voucher    int64  // 0: not posted
	PostedBy   string
	PostedOn   civil.Date
	Replaces   int64 // the failed payment that this one stands for; 0: none
	Fate       Fate  // blank: the parameter's
	Items      []Item
}

// Item is an invoice that a payment pays, and how much of it.
type Item struct {
	Voucher int64
	Number  string // of the voucher
	Due     civil.Date
	Amount  money.Amount // positive
}
