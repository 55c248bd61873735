// Package deduction has what customers owe but do not pay, from capture to its end.
//
//   - A *deduction* is an amount that a customer kept back. Captured, it is a credit of the customer that closes the document it was
//     taken from; what balances that credit is the *hold*: an open item of the deduction management customer, an open item of the
//     same customer, or a suspense account. A deduction that is *allowed* at capture is not held: it is written off at once, to an
//     account or to an accrual plan.
//   - A *type* says how a deduction is treated (unresolved, write-off, accrual plan), a *reason* why it was taken; a *code* is how the
//     customer calls the reason. A *plan* (program) is an accrual that deductions are charged to. A *limit* is the most that may be
//     written off on one deduction and all its children, the most restrictive of those of the company, customer, reason and user.
//   - A deduction has three states: *financial*, derived from its amounts and never set; *work*, what is done about it; *dispute*,
//     how it stands with the customer.
//   - A *resolution* moves a part of what remains from where it is held to where it belongs: written off, charged to a plan, matched
//     with a credit, returned to the customer, and so on. Each line has a voucher of its own, and can be reversed by its mirror.
//   - A deduction can be *split* into children, which share the hold of their *root*.
//   - A *claim* is a deduction that is raised before a payment: it becomes money when it is approved.
//
// Invariants: amount = posted resolutions + children split off + remaining, for each deduction; what its root's hold has open = what
// remains of the root and all its children; nothing is written off over the limits, whatever the path; every capture and resolution
// balances by the balancing dimensions, since it keeps the dimension values of the receivable entries it was taken from.
//
// Source: deduction rules.
package deduction

import (
	"quittance/internal/civil"
	"quittance/internal/money"
)

// Hold is where a deduction is held that is not allowed.
type Hold string

// The holds, as stored. Source: deduction rules, 2.
const (
	NoHold       Hold = ""                   // nothing is held: a claim, or allowed at capture
	OnManagement Hold = "deduction_customer" // an open item of the deduction management customer
	OnCustomer   Hold = "customer"           // an open item of the same customer
	OnSuspense   Hold = "suspense"           // the type's offset account
)

// TypeKind is how deductions of a type are treated.
type TypeKind string

// The kinds of type.
const (
	Unresolved  TypeKind = "unresolved" // cannot be allowed
	WriteOff    TypeKind = "write_off"
	AccrualPlan TypeKind = "accrual_plan"
)

// State is what a deduction is, apart from how much of it is resolved.
type State string

// The states, as stored.
const (
	Claim    State = "claim"    // raised before a payment: no money yet
	Held     State = "held"     // captured, or a claim of which something was approved
	Reversed State = "reversed" // the capture was reversed with its payment
	Voided   State = "voided"   // a claim that was withdrawn, or an error that was corrected
)

// Financial is the financial state, derived from the amounts. Source: deduction rules, 3.
type Financial string

// The financial states.
const (
	Draft           Financial = "draft"
	Open            Financial = "open"
	PartlyResolved  Financial = "partly_resolved"
	FullyResolved   Financial = "resolved"
	ReversedCapture Financial = "reversed"
	VoidedCapture   Financial = "voided"
)

// Work is what is being done about a deduction.
type Work string

// The states of work. Source: deduction rules, 3.
const (
	Captured          Work = "captured"
	Coded             Work = "coded"
	AwaitingEvidence  Work = "awaiting_evidence"
	InResearch        Work = "in_research"
	InReview          Work = "in_review"
	DecidedValid      Work = "decided_valid"
	DecidedInvalid    Work = "decided_invalid"
	DecidedPartly     Work = "decided_partly"
	PendingApproval   Work = "pending_approval"
	ApprovalRejected  Work = "approval_rejected"
	SettlementPending Work = "settlement_pending"
	Closed            Work = "closed"
	Duplicate         Work = "duplicate"
	Cancelled         Work = "cancelled"
)

// Dispute is how a deduction stands with the customer.
type Dispute string

// The states of a dispute. Source: deduction rules, 3.
const (
	NotDisputed         Dispute = "not_disputed"
	Filed               Dispute = "filed"
	CustomerResearching Dispute = "customer_researching"
	ActionNeeded        Dispute = "supplier_action_needed"
	Approved            Dispute = "approved"
	PartlyApproved      Dispute = "partly_approved"
	Denied              Dispute = "denied"
	AwaitingPayback     Dispute = "awaiting_payback"
	PaidBack            Dispute = "paid_back"
	PartlyPaidBack      Dispute = "partly_paid_back"
	Rededucted          Dispute = "re_deducted"
	Expired             Dispute = "expired"
)

// Kind is what a resolution does.
type Kind string

// The kinds of resolution. Source: deduction rules, 4.
const (
	ByWriteOff   Kind = "write_off"
	ByPlan       Kind = "accrual_plan"
	ByMatch      Kind = "match"
	ByCreditNote Kind = "credit_note"
	ByReturn     Kind = "return"
	ByChargeback Kind = "chargeback"
	ByPayback    Kind = "paid_back"
	ByCorrection Kind = "correct"
)

// Deduction is a deduction. Amounts are positive, in minor units of Currency.
type Deduction struct {
	ID           int64
	Number       string
	Root, Parent int64 // ids; the root of one that was captured is itself; parent 0: not split off
	Customer     int64
	Currency     string
	Amount       money.Amount
	Resolved     money.Amount // by posted resolutions
	Split        money.Amount // by children
	State        State
	Type         string // code of the type
	Allowed      bool
	Reason       string // code; blank: not coded yet
	Account      string // to write off to, as written; a main account takes the dimension values of what is held
	Plan         string // code of the accrual plan
	Hold         Hold
	Holder       int64 // party whose open items hold it; 0: suspense, or nothing is held
	Voucher      int64 // of the capture
	Invoice      int64 // voucher that it was taken from; 0: stand-alone
	Payment      int64 // voucher of the payment
	Journal      int64 // and line and place in it, of the capture
	JournalLine  int
	JournalN     int
	Captured     civil.Date
	TheirCode    string // the customer's own reason code
	ClaimNumber  string // the customer's number for it
	Note         string
	Basis        string // of a claim: price, quantity or blank
	Work         Work
	Substate     string
	Dispute      Dispute
	Attempts     int
	DisputedAt   civil.Date
	AnswerDue    civil.Date
	PaidBack     money.Amount
	Owner, Team  string
	Priority     int
	FollowUp     civil.Date
	Expires      civil.Date   // last day on which it can be disputed; blank: no rule says
	Expected     money.Amount // amount × win rate − handling cost; see [Expect]
	Ready        bool         // all evidence that is needed is there
	Automatic    bool         // written off at capture for its small amount
	DuplicateOf  int64
	Version      int64 // changes with each change, for optimistic locking
	CreatedBy    string
	CreatedAt    int64 // microseconds
	ClosedAt     int64 // microseconds; 0: not closed

	conceded money.Amount // how much of it is not to be repaid, once it was read
}

// Remaining gives what is neither resolved nor split off.
func (d *Deduction) Remaining() money.Amount { return d.Amount - d.Resolved - d.Split }

// Financial gives the financial state.
func (d *Deduction) Financial() Financial {
	switch {
	case d.State == Claim:
		return Draft
	case d.State == Reversed:
		return ReversedCapture
	case d.State == Voided:
		return VoidedCapture
	case d.Remaining() == 0:
		return FullyResolved
	case d.Resolved > 0:
		return PartlyResolved
	}
	return Open
}

// Resolution is a line of a resolution: a part of what remained, and where it went.
type Resolution struct {
	ID          int64
	Deduction   int64
	Batch       int64 // of the lines that were posted together
	Date        civil.Date
	Kind        Kind
	Amount      money.Amount // positive, minor units of the deduction's currency
	Accounting  money.Amount // the same in accounting currency
	Account     string
	Plan        int64
	Counterpart int64 // the credit it was matched with, the new document, the payment that repaid it
	Reason      string
	Text        string
	State       string // proposed, posted, rejected, reversed
	Voucher     int64
	Reversal    int64
	Automatic   bool
	Request     string // of a proposed one: what is to be posted
	Actor       string
	At          int64
	DecidedBy   string
	DecidedAt   int64
}
