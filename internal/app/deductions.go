package app

import (
	"quittance/internal/civil"
)

// ResolveRequest asks for the resolution of a deduction: its lines are posted together or not at all.
type ResolveRequest struct {
	Deduction string        `json:"deduction"` // number
	Date      civil.Date    `json:"date"`      // blank: today
	Lines     []ResolveLine `json:"lines"`
}

// ResolveLine is a part of what remains of a deduction, and what becomes of it.
type ResolveLine struct {
	Kind      string     `json:"kind"`   // write_off, accrual_plan, match, credit_note, return, chargeback, paid_back, correct
	Amount    string     `json:"amount"` // decimal; blank: all that the other lines leave (one line at most)
	Account   string     `json:"account"`
	Plan      string     `json:"plan"`
	Credit    string     `json:"credit"`   // voucher number of the open credit, or of the payment that repaid it
	Customer  string     `json:"customer"` // whose credit it is; blank: the deduction's customer
	NoteLines []NoteLine `json:"note_lines"`
	Basis     string     `json:"basis"` // of a credit note: price, quantity or blank
	Goods     string     `json:"goods"` // of a credit note by quantity: the returned lines
	Number    string     `json:"number"`
	Due       civil.Date `json:"due_date"`
	KeepDue   bool       `json:"keep_due_date"`
	Reason    string     `json:"reason"`
	Text      string     `json:"text"`
}

// NoteLine is a line of a credit note that a resolution makes.
type NoteLine struct {
	Account string `json:"account"`
	Amount  string `json:"amount"`
}

// DeductionOutcome says how a deduction stands after a command.
type DeductionOutcome struct {
	Deduction string           `json:"deduction"`
	Currency  string           `json:"currency"`
	Amount    string           `json:"amount"`
	Resolved  string           `json:"resolved"`
	Split     string           `json:"split"`
	Remaining string           `json:"remaining"`
	Financial string           `json:"financial"`
	Work      string           `json:"work"`
	Dispute   string           `json:"dispute"`
	Version   int64            `json:"version"`
	Proposed  bool             `json:"proposed"` // nothing is posted yet: somebody else must approve it
	Limit     string           `json:"limit"`    // that was exceeded, for a person; blank: none was
	Lines     []ResolutionView `json:"lines"`    // that the command posted, proposed, rejected or reversed
	Children  []string         `json:"children"` // numbers of those that the command split off
}

// ResolutionView is a resolution line as people and programs see it.
type ResolutionView struct {
	ID          string     `json:"id"`
	Deduction   string     `json:"deduction"`
	Date        civil.Date `json:"date"`
	Kind        string     `json:"kind"`
	Currency    string     `json:"currency"`
	Amount      string     `json:"amount"`
	Account     string     `json:"account"`
	Plan        string     `json:"plan"`
	Counterpart string     `json:"counterpart"` // voucher number: the credit it was matched with, the new document, the payment that repaid it
	Reason      string     `json:"reason"`
	Text        string     `json:"text"`
	State       string     `json:"state"` // proposed, posted, rejected, reversed
	Voucher     string     `json:"voucher"`
	Reversal    string     `json:"reversal"`
	Automatic   bool       `json:"automatic"`
	Actor       string     `json:"actor"`
	At          string     `json:"at"`
	DecidedBy   string     `json:"decided_by"`
	DecidedAt   string     `json:"decided_at"`
}

// SplitRequest asks to split children off a deduction.
type SplitRequest struct {
	Deduction string       `json:"deduction"`
	Parts     []SplitChild `json:"parts"`
}

// SplitChild is a part to be split off; type and reason are the parent's when blank.
type SplitChild struct {
	Amount string `json:"amount"`
	Type   string `json:"type"`
	Reason string `json:"reason"`
	Note   string `json:"note"`
}

// ClaimRequest raises a claim before there is a payment.
type ClaimRequest struct {
	Customer    string     `json:"customer"`
	Amount      string     `json:"amount"`
	Currency    string     `json:"currency"` // blank: the company's
	Date        civil.Date `json:"date"`     // blank: today
	Type        string     `json:"type"`
	Reason      string     `json:"reason"`
	Basis       string     `json:"basis"` // price, quantity or blank
	Invoice     string     `json:"invoice"`
	ClaimNumber string     `json:"claim_number"`
	TheirCode   string     `json:"their_code"`
	Note        string     `json:"note"`
}

// DecideRequest approves or rejects what is proposed for a deduction.
type DecideRequest struct {
	Deduction string     `json:"deduction"`
	Date      civil.Date `json:"date"` // of the vouchers; blank: today
	Reason    string     `json:"reason"`
}

// ReverseResolutionRequest asks for the mirror of a resolution line.
type ReverseResolutionRequest struct {
	Deduction  string     `json:"deduction"`
	Resolution string     `json:"resolution"` // its id or the number of its voucher
	Date       civil.Date `json:"date"`       // blank: today
	Reason     string     `json:"reason"`
}

// DeductionEffect is what a command on a deduction would do.
type DeductionEffect struct {
	Outcome  *DeductionOutcome `json:"outcome"`
	Vouchers []Voucher         `json:"vouchers"`
}
