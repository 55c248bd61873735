// Package request has the requests for reimbursement: somebody asks that a customer be paid back, others look at it, and it is followed
// until the money is on the bank's statement.
//
//   - A *request* is of one customer, kind and currency. It wants *credits* repaid, all or part of each; or its approval makes a *new
//     credit* (a return, an allowance, an expense on an account), which is then repaid.
//   - Its *state* changes by [Next] alone; each change is an *event* with who, when and why, and events are never changed.
//   - From submission on it *marks* what it wants of its credits, so that runs leave the customer out and nobody else settles it; whatever
//     ends the request gives the mark back, and posting uses it.
//   - *Posting* makes the reimbursement by the code of runs: a run of one, of just what is marked. From then on the state *follows* the
//     payment ([Follow]): what happened to the vendor invoice is looked up, never told.
//   - The *requesters* are all who made, changed or submitted it. None of them approves it, and neither they nor who approved pay it; who
//     approved does not post it.
//
// Invariants: [Check] proves marks, amounts, states against history and against payments, and who did what.
//
// Source: requests, policies, approval: the rules.
package request

import (
	"fmt"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// Kind is what a request is about.
type Kind string

// The kinds, as stored.
const (
	Overpayment  Kind = "overpayment"
	Return       Kind = "return" // of goods
	RefundOfSale Kind = "refund_of_sale"
	Expense      Kind = "expense" // of the customer's, on one of our accounts
	Deposit      Kind = "deposit"
	Other        Kind = "other"
)

// Kinds gives all kinds, in the order of the code.
func Kinds() []Kind { return []Kind{Overpayment, Return, RefundOfSale, Expense, Deposit, Other} }

// NoKind is the refusal of what is no kind.
func NoKind(k Kind) error {
	return fault.New(fault.Invalid, "%q is no kind of request; expected one of %s", string(k), strings.Trim(fmt.Sprint(Kinds()), "[]")).In("kind")
}

// State is where a request is.
type State string

// The states, as stored.
const (
	Draft           State = "draft"
	Submitted       State = "submitted"
	InReview        State = "in_review"
	MoreInformation State = "more_information" // the requester is asked
	OnHold          State = "on_hold"
	Approved        State = "approved"
	Posted          State = "posted" // reimbursed: a vendor invoice waits to be paid
	InPayment       State = "in_payment"
	Paid            State = "paid"
	Cleared         State = "cleared"  // on a bank statement
	Returned        State = "returned" // the payment came back
	Reversed        State = "reversed" // the reimbursement was: the credit is open again
	Rejected        State = "rejected"
	Withdrawn       State = "withdrawn" // by a requester
	Cancelled       State = "cancelled"
)

// States gives all states, in the order of the code.
func States() []State {
	return []State{Draft, Submitted, InReview, MoreInformation, OnHold, Approved, Posted, InPayment, Paid, Cleared, Returned, Reversed, Rejected, Withdrawn, Cancelled}
}

// Next says to which states each may change. The diagram in docs/requests.md shows the same.
var Next = map[State][]State{
	Draft:           {Submitted, Cancelled},
	Submitted:       {InReview, Approved, Rejected, MoreInformation, OnHold, Withdrawn, Cancelled},
	InReview:        {Approved, Rejected, MoreInformation, OnHold, Withdrawn, Cancelled, Submitted},
	MoreInformation: {Submitted, OnHold, Rejected, Withdrawn, Cancelled},
	OnHold:          {Submitted, InReview, MoreInformation, Approved, Rejected, Withdrawn, Cancelled},
	Approved:        {Posted, Submitted, OnHold, Withdrawn, Cancelled},
	Posted:          {InPayment, Reversed},
	InPayment:       {Posted, Paid, Returned},
	Paid:            {InPayment, Cleared, Returned},
	Cleared:         {Paid, Returned},
	Returned:        {InPayment, Reversed},
}

// May says whether a state may change to another.
func (s State) May(to State) bool { return slices.Contains(Next[s], to) }

// Marks says whether a request in the state marks what it wants of its credits.
func (s State) Marks() bool {
	return slices.Contains([]State{Submitted, InReview, MoreInformation, OnHold, Approved}, s)
}

// Follows says whether the state follows the payment.
func (s State) Follows() bool {
	return slices.Contains([]State{Posted, InPayment, Paid, Cleared, Returned}, s)
}

// Ended says whether nothing comes after the state.
func (s State) Ended() bool { return len(Next[s]) == 0 }

// Path gives the shortest way from a state to another among those that follow the payment, without the first; nil when there is none.
func Path(from, to State) []State {
	type way struct {
		at    State
		steps []State
	}
	seen := map[State]bool{from: true}
	for waiting := []way{{at: from}}; len(waiting) > 0; waiting = waiting[1:] {
		w := waiting[0]
		for _, next := range Next[w.at] {
			if seen[next] || (!next.Follows() && next != Reversed) {
				continue
			}
			seen[next] = true
			steps := append(slices.Clone(w.steps), next)
			if next == to {
				return steps
			}
			waiting = append(waiting, way{next, steps})
		}
	}
	return nil
}

// Request is a request.
type Request struct {
	ID             int64
	Code           string // such as RQ-00000001
	Customer       int64
	CustomerCode   string
	CustomerName   string
	Kind           Kind
	State          State
	HeldFrom       State // of one on hold
	Fresh          bool  // its approval makes a new credit
	Currency       string
	Amount         money.Amount // minor units of the currency; 0: not said yet
	Classification int64        // of the new credit
	Reason         string
	Source         string // what it is about: invoice, return order, ticket
	Method         string // preferred method of payment; blank: the payee's
	Payee          int64  // vendor; 0: the customer's own
	PayeeCode      string
	Asked          civil.Date // when the customer asked in writing; zero: not known
	Due            civil.Date // by the clock of the customer's jurisdiction; zero: none
	Key            string     // of the intake
	CreatedBy      string
	CreatedAt      int64 // UTC microseconds
	SubmittedBy    string
	SubmittedAt    int64 // 0: never
	Since          int64
	ApprovedBy     string // blank: not, or no longer
	ApprovedAt     int64
	ApprovedDigest []byte // of what was approved
	Debits         string // open debits that the approver said yes to, as [Debts] writes them
	Credit         int64  // the voucher that the approval made; 0: none
	CreditNumber   string
	Run            int64 // that posted it
	RunCode        string
	PostedBy       string
	Events         int64 // how many there are: it changes with every change

	Credits []Credit
	Lines   []Line
	Files   []File
}

// Credit is how much of a credit a request wants repaid.
type Credit struct {
	Voucher int64
	Number  string
	Amount  money.Amount // positive
}

// Line is a line of a new credit: what is debited.
type Line struct {
	Account string // as written
	Amount  money.Amount
}

// File is an attachment.
type File struct {
	N      int
	Type   string // such as receipt
	File   int64
	SHA256 []byte
}

const (
	maxText    = 2000 // letters of a reason
	maxShort   = 100  // letters of a source or key
	maxCredits = 200
	maxFiles   = 50
)

// FileTypes gives the types of attachments that the program knows; others are taken as well.
func FileTypes() []string {
	return []string{"request_letter", "receipt", "invoice", "proof_of_payment", "return_note", "identification", "email", "other"}
}

func refused(rule, format string, args ...any) *fault.Error {
	return fault.New(fault.Refused, format, args...).ByRule(rule)
}

// show writes an amount of a currency for a message.
func show(currency string, a money.Amount) string {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return "?"
	}
	return cur.Format(a) + " " + currency
}
