package outbox

import (
	"maps"
	"slices"
	"strings"

	"quittance/internal/fault"
)

// Kind is a kind of event: a noun and what happened to it.
type Kind string

// The kinds, as stored and sent. A kind keeps its meaning; its data may gain fields.
const (
	RunPosted               Kind = "run.posted"
	ReimbursementReversed   Kind = "reimbursement.reversed"
	PaymentPosted           Kind = "payment.posted"
	PaymentReturned         Kind = "payment.returned"
	PaymentVoided           Kind = "payment.voided"
	PayeeBankDetailsChanged Kind = "payee.bank_details_changed"
	DeductionAssigned       Kind = "deduction.assigned"
	ImportDone              Kind = "import.done"

	ApprovalRequested Kind = "approval.requested"
	ApprovalReminded  Kind = "approval.reminded"
	ApprovalEscalated Kind = "approval.escalated"
	ApprovalApproved  Kind = "approval.approved"
	ApprovalRejected  Kind = "approval.rejected"
	ApprovalAsked     Kind = "approval.more_information"
	ApprovalWithdrawn Kind = "approval.withdrawn"
	ApprovalVoided    Kind = "approval.voided"

	RequestSubmitted Kind = "request.submitted"
	RequestApproved  Kind = "request.approved"
	RequestRejected  Kind = "request.rejected"
	RequestAsked     Kind = "request.more_information"
	RequestWithdrawn Kind = "request.withdrawn"
	RequestPosted    Kind = "request.posted"
	RequestPaid      Kind = "request.paid"
	RequestCleared   Kind = "request.cleared"
	RequestReturned  Kind = "request.returned"
	RequestReversed  Kind = "request.reversed"
	RequestCancelled Kind = "request.cancelled"

	DeadlineNear   Kind = "deadline.near"
	DeadlinePassed Kind = "deadline.passed"
)

// The kinds of messages that tell of no event.
const (
	Ping       Kind = "webhook.test"
	Digest     Kind = "digest"
	ReportMail Kind = "report"
)

// KindInfo says what a kind of events is.
type KindInfo struct {
	Kind   Kind
	Means  string // one sentence, for who sets up a webhook
	Fields string // of its data, with spaces between them
}

var kinds = map[Kind]KindInfo{}

func init() {
	for _, k := range []KindInfo{
		{RunPosted, "A reimbursement run was posted; the subject is the run.", "count customers excluded totals"},
		{ReimbursementReversed, "Reimbursements were reversed together, some hundreds at most; the subject is the first one's number.", "count voucher reason"},
		{PaymentPosted, "Payments to vendors were posted together, of a journal and currency; the subject is the journal.", "count total currency"},
		{PaymentReturned, "A payment was returned or rejected by the bank; the subject is the payment.", "amount currency payee how reason"},
		{PaymentVoided, "A payment was voided or stopped, or became stale; the subject is the payment.", "amount currency payee how reason"},
		{PayeeBankDetailsChanged, "Other bank details of a customer or vendor were accepted or confirmed; the subject is its code.", "how"},
		{DeductionAssigned, "Deductions were given to somebody to work on; the subject is the first one's number.", "count assignee"},
		{ImportDone, "A company folder, a remittance or bank statements were brought in; the subject is the company, or what the first one is called.", "source count"},

		{ApprovalRequested, "Something waits for approval; the subject is what is to be approved. Payments of a journal that are submitted together are told once, with their count; the subject is the journal.", "approval what title count step amount currency"},
		{ApprovalReminded, "Something still waits for approval; the subject is what is to be approved.", "approval what title step amount currency"},
		{ApprovalEscalated, "Something waited too long, and others may approve it too; the subject is what is to be approved.", "approval what title step amount currency"},
		{ApprovalApproved, "All approvals of a subject were given.", "approval what title"},
		{ApprovalRejected, "The approval of a subject was refused.", "approval what title reason"},
		{ApprovalAsked, "An approver asks for more information on a subject.", "approval what title reason"},
		{ApprovalWithdrawn, "A subject was withdrawn from approval.", "approval what title"},
		{ApprovalVoided, "A subject changed after it was submitted: approvals of it no longer hold.", "approval what title"},

		{RequestSubmitted, "A request for a reimbursement was submitted, or again after an answer or a change; the subject is its number.", "customer amount currency"},
		{RequestApproved, "A request was approved; the subject is its number.", "customer amount currency"},
		{RequestRejected, "A request was rejected; the subject is its number.", "customer amount currency reason"},
		{RequestAsked, "More information is asked for on a request; the subject is its number.", "customer amount currency reason"},
		{RequestWithdrawn, "A request was withdrawn by who asked; the subject is its number.", "customer amount currency reason"},
		{RequestCancelled, "A request was given up; the subject is its number.", "customer amount currency reason"},
		{RequestPosted, "The reimbursement of a request was posted; the subject is its number.", "customer amount currency"},
		{RequestPaid, "The reimbursement of a request was paid; the subject is its number.", "customer amount currency"},
		{RequestCleared, "The payment of a request is on the bank's statement; the subject is its number.", "customer amount currency"},
		{RequestReturned, "The payment of a request came back; the subject is its number.", "customer amount currency reason"},
		{RequestReversed, "The reimbursement of a request was reversed; the subject is its number.", "customer amount currency reason"},

		{DeadlineNear, "A request is to be paid within the days of notice, by law (clock refund_by) or by the company's service level (service_by), told once for each clock; the subject is its number.", "clock due days customer amount currency state"},
		{DeadlinePassed, "The day by which a request was to be paid has passed, told once for each clock; the subject is its number.", "clock due days customer amount currency state"},
	} {
		kinds[k.Kind] = k
	}
}

// Kinds gives all kinds of events, by name.
func Kinds() []KindInfo {
	all := make([]KindInfo, 0, len(kinds))
	for _, k := range slices.Sorted(maps.Keys(kinds)) {
		all = append(all, kinds[k])
	}
	return all
}

// CheckKinds refuses with [fault.Invalid] what is neither a kind, nor * for all, nor the beginning of some, such as payment.*
func CheckKinds(patterns []string) error {
	for _, p := range patterns {
		known := false
		for k := range kinds {
			known = known || Fits(p, k)
		}
		if !known {
			return fault.New(fault.Invalid, "there is no kind of events %q; see: quittance events kinds", p).In("kinds")
		}
	}
	return nil
}

// Fits says whether a kind is the one that a pattern names, or one of those: *, or a noun such as payment.*
func Fits(pattern string, k Kind) bool {
	noun, all := strings.CutSuffix(pattern, ".*")
	return pattern == "*" || pattern == string(k) || all && strings.HasPrefix(string(k), noun+".")
}
