package deduction

import (
	"context"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// Line is a line of a resolution that is asked for.
type Line struct {
	Kind    Kind         `json:"kind"`
	Amount  money.Amount `json:"amount"`             // positive, minor units of the deduction's currency
	Account string       `json:"account,omitempty"`  // to write off to; the bank of a payback; revenue of a credit note; main account of a chargeback
	Plan    string       `json:"plan,omitempty"`     // code; blank: the deduction's own
	Credit  string       `json:"credit,omitempty"`   // voucher of the open credit to match with, or of the payment that repaid it
	Party   int64        `json:"party,omitempty"`    // whose credit it is; 0: the deduction's customer
	Notes   []NoteLine   `json:"notes,omitempty"`    // of a credit note, with its tax; none: all of it on Account
	Basis   string       `json:"basis,omitempty"`    // of a credit note: price, quantity or blank
	Goods   string       `json:"goods,omitempty"`    // of a credit note by quantity: the returned lines
	Number  string       `json:"number,omitempty"`   // of a new document; blank: from its series
	Due     civil.Date   `json:"due,omitzero"`       // of a returned or charged-back item; blank: the date
	KeepDue bool         `json:"keep_due,omitempty"` // a returned item keeps the due date that the document had
	Reason  string       `json:"reason,omitempty"`   // why it is denied, written off …
	Text    string       `json:"text,omitempty"`

	Automatic bool `json:"automatic,omitempty"` // no person chose it
}

// NoteLine is a line of a credit note.
type NoteLine struct {
	Account string       `json:"account"`
	Amount  money.Amount `json:"amount"`
}

// Outcome is what became of a resolution: posted, or proposed because a limit asks for approval.
type Outcome struct {
	Deduction   *Deduction
	Batch       int64
	Proposed    bool
	Limit       *Limit // that was exceeded; nil when none was
	Resolutions []*Resolution
}

// Resolve posts the lines, each a part of what remains, together or not at all, on date. What is over a limit, and every line of a
// claim, is only proposed: see [Approve]. d is brought to its new state.
func Resolve(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction, lines []Line, date civil.Date) (*Outcome, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// Approve posts what is proposed for a deduction, as another person than who asked for it.
func Approve(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction, date civil.Date) (*Outcome, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// Reject ends what is proposed for a deduction, saying why.
func Reject(ctx context.Context, tx *db.Tx, d *Deduction, why string) (*Outcome, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// Reverse posts the mirror of a posted resolution line on date, which reopens the deduction by its amount.
func Reverse(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction, resolution int64, date civil.Date, why string) (*Outcome, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// Repaid notes that the customer paid what was returned or charged back to him: amounts by the voucher of the resolution (positive;
// negative when a payment was reversed). Vouchers that are no such resolutions are passed over.
func Repaid(ctx context.Context, tx *db.Tx, paid map[int64]money.Amount) error {
	return fault.New(fault.Internal, "not built yet")
}
