package deduction

import (
	"context"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
)

// Part is what a deduction takes from one receivable entry: a part of an open item of the document it is taken from. Item is nil for a
// stand-alone deduction; then Account is the receivable ledger account that its credit stands on, and Amount and Accounting are
// given. The accounting amount is that of the item; nothing is gained or lost by holding it.
type Part struct {
	openitem.Piece
	Account        ledger.Account // of the receivable
	Due            civil.Date     // of the item; a return may keep it
	Classification int64
}

// Taken is a captured deduction: its voucher is among the changes, its record is yet to be saved.
type Taken struct {
	Deduction *Deduction
	Voucher   *ledger.Voucher
	Credits   []*openitem.Item // of stand-alone parts: open credits of the customer, to be applied before cash is
}

// Capture adds the voucher of a deduction to the changes, dated Captured: the credit of the customer, and what balances it (where it is
// held, or what it is written off to when it is allowed). The credits of parts with an item are linked with them, and the items
// lowered; those of stand-alone parts are given for the caller to apply. The deduction gets its hold. An allowed one of a type that is
// unresolved is refused, and so is one that lacks what its type needs. CreatedBy must be set: limits are tested in [SaveCaptured].
func Capture(c *ledger.Company, s *Setup, ch *openitem.Changes, d *Deduction, parts []Part) (*Taken, error) {
	return nil, fault.New(fault.Internal, "not built yet")
}

// SaveCaptured writes the records of captured deductions, after the changes were flushed: number, owner, window to dispute, flag of a
// duplicate, event, exposure, and of allowed ones the resolution that was posted with them. It refuses an allowed write-off over the
// limits, and a plan that does not cover the customer and the date or has not enough left.
func SaveCaptured(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, taken []*Taken) error {
	return fault.New(fault.Internal, "not built yet")
}

// Uncapture mirrors the vouchers of captured deductions on date, and notes that they were reversed. The caller has undone, by the
// undoer, every operation that links their items (those of the kind Deducted, and the applications of stand-alone credits). It is
// refused, naming the deduction and what to do, when anything of it was resolved since, is proposed to be, or was split off.
func Uncapture(ctx context.Context, tx *db.Tx, c *ledger.Company, ch *openitem.Changes, u *openitem.Undoer, ds []*Deduction, date civil.Date, text string) error {
	return fault.New(fault.Internal, "not built yet")
}
