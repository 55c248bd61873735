package app

import (
	"context"

	"quittance/internal/civil"
	"quittance/internal/fault"
)

// DeductionUpdate changes a deduction; what is nil stays as it is. A new reason may re-route it: unless Owner is given, it gets the owner
// of the chain customer, reason, company, and the reason's team. A reason moves what is captured on to coded.
type DeductionUpdate struct {
	Reason      *string     `json:"reason,omitempty"`
	Type        *string     `json:"type,omitempty"`
	Account     *string     `json:"account,omitempty"`
	Plan        *string     `json:"plan,omitempty"`
	TheirCode   *string     `json:"their_code,omitempty"` // names the reason by the customer's codes, unless Reason is given
	ClaimNumber *string     `json:"claim_number,omitempty"`
	Note        *string     `json:"note,omitempty"`
	Owner       *string     `json:"owner,omitempty"`
	Team        *string     `json:"team,omitempty"`
	Priority    *int        `json:"priority,omitempty"` // 0 to 9, 9 is the highest
	FollowUp    *civil.Date `json:"follow_up,omitempty"`
	Work        *string     `json:"work,omitempty"`
	Substate    *string     `json:"substate,omitempty"`     // of the state of work; a move of work clears it
	DuplicateOf *string     `json:"duplicate_of,omitempty"` // number; with work duplicate
	Comment     string      `json:"comment,omitempty"`
}

// UpdateDeduction changes a deduction. Version is that of the deduction when it was looked at; 0: whatever it is now.
func (a *App) UpdateDeduction(ctx context.Context, call Call, number string, version int64, u DeductionUpdate) (*DeductionView, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// DisputeMove moves the dispute with the customer. Money is not touched: what is paid back is posted by a resolution.
type DisputeMove struct {
	To       string     `json:"to"`                  // state of the dispute
	Date     civil.Date `json:"date,omitempty"`      // on which it happened; blank: today
	PaidBack string     `json:"paid_back,omitempty"` // what the customer repaid by this; decimal, with paid_back and partly_paid_back
	Text     string     `json:"text,omitempty"`
}

// DisputeDeduction moves the dispute of a deduction.
func (a *App) DisputeDeduction(ctx context.Context, call Call, number string, version int64, m DisputeMove) (*DeductionView, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// ExpireDeductions marks as expired the open deductions whose window ended before today and that were not disputed in time, and says how many.
func (a *App) ExpireDeductions(ctx context.Context, call Call) (int, error) {
	return 0, fault.New(fault.Internal, "not built yet")
}

// CommentDeduction adds a comment to a deduction.
func (a *App) CommentDeduction(ctx context.Context, call Call, number, text string) (*DeductionView, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// WatchDeduction makes somebody (blank: who calls) watch a deduction, or no longer.
func (a *App) WatchDeduction(ctx context.Context, call Call, number, watcher string, on bool) (*DeductionView, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// Attachment is a file to attach as evidence.
type Attachment struct {
	Type    string `json:"type"` // claim, proof_of_delivery, bill_of_lading, price_agreement, email, other
	Name    string `json:"name"`
	Media   string `json:"media"` // blank: by what the content is
	Content []byte `json:"content"`
}

// AttachToDeduction attaches a file to a deduction.
func (a *App) AttachToDeduction(ctx context.Context, call Call, number string, at Attachment) (*DeductionView, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// DetachFromDeduction takes an attachment off a deduction; the file stays, and the history says so.
func (a *App) DetachFromDeduction(ctx context.Context, call Call, number string, id int64, reason string) (*DeductionView, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// MassDeductions is a change of many deductions: those named, or those that pass the filter; with exactly one of what to do.
type MassDeductions struct {
	Numbers []string         `json:"numbers,omitempty"`
	Filter  *DeductionFilter `json:"filter,omitempty"`
	Update  *DeductionUpdate `json:"update,omitempty"`  // owner, reason, work, follow-up, priority, team, comment
	Approve bool             `json:"approve,omitempty"` // what is proposed and awaits approval
	Resolve *MassResolve     `json:"resolve,omitempty"`
}

// MassResolve resolves all that remains of each deduction by one line.
type MassResolve struct {
	Kind    string     `json:"kind"`              // write_off, accrual_plan, return, chargeback
	Account string     `json:"account,omitempty"` // blank: the deduction's, else the reason's
	Plan    string     `json:"plan,omitempty"`    // blank: the deduction's, else the reason's
	Reason  string     `json:"reason,omitempty"`
	Text    string     `json:"text,omitempty"`
	Date    civil.Date `json:"date"` // of posting
}

// MassItem is what a mass change does, would do or did to one deduction.
type MassItem struct {
	Number    string `json:"number"`
	Customer  string `json:"customer"`
	Currency  string `json:"currency"`
	Remaining string `json:"remaining"` // before
	OK        bool   `json:"ok"`
	What      string `json:"what"` // what happens to it, for a person
	Rule      string `json:"rule"` // that forbids it
	Error     string `json:"error"`
}

// MassResult is the result of a mass change, or of its preview.
type MassResult struct {
	Items []MassItem             `json:"items"`
	Done  int                    `json:"done"`
	Not   int                    `json:"not"`
	Sums  []DeductionCurrencySum `json:"sums"` // of what is done
}

// PreviewMassDeductions says of each deduction what [App.MassDeductions] would do, or why not.
func (a *App) PreviewMassDeductions(ctx context.Context, call Call, m MassDeductions) (*MassResult, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// MassDeductions changes many deductions, each by itself: one that is refused holds up no other.
func (a *App) MassDeductions(ctx context.Context, call Call, m MassDeductions) (*MassResult, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}
