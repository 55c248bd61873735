package app

import (
	"context"

	"quittance/internal/fault"
)

// CreatePaymentJournal makes an empty customer payment journal.
func (a *App) CreatePaymentJournal(ctx context.Context, call Call, req PaymentJournalRequest) (*PaymentJournal, error) {
	return nil, paymentNotBuilt()
}

// CancelPaymentJournal cancels a draft of which nothing is posted, and releases its marks.
func (a *App) CancelPaymentJournal(ctx context.Context, call Call, journal string) (*PaymentJournal, error) {
	return nil, paymentNotBuilt()
}

// AddPaymentLine adds a line to a draft.
func (a *App) AddPaymentLine(ctx context.Context, call Call, journal string, req PaymentLineRequest) (*PaymentLine, error) {
	return nil, paymentNotBuilt()
}

// ChangePaymentLine changes a line that is not posted. Its customer and currency stay while it is applied to anything; with its date,
// discounts are looked at anew.
func (a *App) ChangePaymentLine(ctx context.Context, call Call, journal string, line int, req PaymentLineRequest) (*PaymentLine, error) {
	return nil, paymentNotBuilt()
}

// RemovePaymentLine takes a line that is not posted out of its journal, with its applications and marks.
func (a *App) RemovePaymentLine(ctx context.Context, call Call, journal string, line int) (*PaymentJournal, error) {
	return nil, paymentNotBuilt()
}

// ApplyPayment applies a line to documents, or changes what it pays of them: all of them or none.
func (a *App) ApplyPayment(ctx context.Context, call Call, journal string, line int, reqs []PaymentApplyRequest) (*PaymentLine, error) {
	return nil, paymentNotBuilt()
}

// UnapplyPayment takes applications of a line back (none named: all of them), with their deductions and marks.
func (a *App) UnapplyPayment(ctx context.Context, call Call, journal string, line int, applications []int) (*PaymentLine, error) {
	return nil, paymentNotBuilt()
}

// ProposePayment applies a line by a rule, and says what could not be applied.
func (a *App) ProposePayment(ctx context.Context, call Call, journal string, line int, req PaymentProposal) (*PaymentProposed, error) {
	return nil, paymentNotBuilt()
}

// AddPaymentDeduction adds a stand-alone deduction to a line, or one of a document that the line leaves open in part.
func (a *App) AddPaymentDeduction(ctx context.Context, call Call, journal string, line int, req PaymentDeductionRequest) (*PaymentLine, error) {
	return nil, paymentNotBuilt()
}

// ChangePaymentDeduction changes what a deduction line says.
func (a *App) ChangePaymentDeduction(ctx context.Context, call Call, journal string, line, n int, req PaymentDeductionRequest) (*PaymentLine, error) {
	return nil, paymentNotBuilt()
}

// RemovePaymentDeduction takes a deduction line out that no application makes.
func (a *App) RemovePaymentDeduction(ctx context.Context, call Call, journal string, line, n int) (*PaymentLine, error) {
	return nil, paymentNotBuilt()
}

// SplitPaymentDeduction splits a deduction line in two: one of the amount (decimal), and what is left.
func (a *App) SplitPaymentDeduction(ctx context.Context, call Call, journal string, line, n int, amount string) (*PaymentLine, error) {
	return nil, paymentNotBuilt()
}

// PostPaymentJournal posts the lines of a journal that are drafts, each by itself. What keeps a line from being posted is no error
// here: the results say it, it stays with the line, and posting again tries it again.
func (a *App) PostPaymentJournal(ctx context.Context, call Call, journal string) (*PaymentPosted, error) {
	return nil, paymentNotBuilt()
}

// PreviewPaymentJournal says what posting a line, or (line 0) all lines that are drafts, would post.
func (a *App) PreviewPaymentJournal(ctx context.Context, call Call, journal string, line int) (*Effect, error) {
	return nil, paymentNotBuilt()
}

// ReversePayment reverses posted lines: their applications are undone, their deductions taken back, their payments mirrored.
func (a *App) ReversePayment(ctx context.Context, call Call, journal string, req PaymentReversal) (*PaymentPosted, error) {
	return nil, paymentNotBuilt()
}

// PreviewReversePayment says what [App.ReversePayment] would post.
func (a *App) PreviewReversePayment(ctx context.Context, call Call, journal string, req PaymentReversal) (*Effect, error) {
	return nil, paymentNotBuilt()
}

// PaymentJournal gives a journal with its lines.
func (a *App) PaymentJournal(ctx context.Context, call Call, code string) (*PaymentJournal, error) {
	return nil, paymentNotBuilt()
}

// PaymentLine gives a line of a journal.
func (a *App) PaymentLine(ctx context.Context, call Call, journal string, line int) (*PaymentLine, error) {
	return nil, paymentNotBuilt()
}

// PaymentJournals gives the journals, the newest first.
func (a *App) PaymentJournals(ctx context.Context, call Call, f PaymentFilter, p Page) (Part[PaymentJournalRow], error) {
	return Part[PaymentJournalRow]{}, paymentNotBuilt()
}

// PaymentCandidates gives the open documents, of the payer and its family, that a line can be applied to, by due date.
func (a *App) PaymentCandidates(ctx context.Context, call Call, journal string, line int, p Page) (Part[PaymentCandidate], error) {
	return Part[PaymentCandidate]{}, paymentNotBuilt()
}

func paymentNotBuilt() error { return fault.New(fault.Internal, "not built yet") }
