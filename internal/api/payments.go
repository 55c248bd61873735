package api

import (
	"context"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
)

// PaymentJournalOf names a payment journal.
type PaymentJournalOf struct {
	Company
	Journal string `path:"journal" maxLength:"60" doc:"Code of the payment journal."`
}

// PaymentOf names a payment of a journal.
type PaymentOf struct {
	PaymentJournalOf
	Line int `path:"line" minimum:"1" maximum:"1000000" doc:"Line of the journal."`
}

// PaymentDeductionOf names a deduction of a payment.
type PaymentDeductionOf struct {
	PaymentOf
	Deduction int `path:"deduction" minimum:"1" maximum:"1000000" doc:"Number of the deduction in its line."`
}

// NewPaymentJournal asks for a payment journal.
type NewPaymentJournal struct {
	Text string `json:"text,omitempty" maxLength:"250" doc:"What it is, for people."`
}

// PaymentEntry is a payment as it came in.
type PaymentEntry struct {
	Date      civil.Date `json:"date,omitempty" doc:"Date of the payment; today when it is not given."`
	Customer  string     `json:"customer" minLength:"1" maxLength:"60" doc:"Who paid."`
	Amount    string     `json:"amount" pattern:"^[0-9]{1,16}(\\.[0-9]{1,4})?$" doc:"The cash; 0 when credits and deductions alone are applied."`
	Currency  string     `json:"currency,omitempty" pattern:"^([A-Z]{3})?$" doc:"The customer's when it is not given, else the company's."`
	Bank      string     `json:"bank,omitempty" maxLength:"250" doc:"Ledger account of the bank; that of the parameter remittance_bank when it is not given."`
	Reference string     `json:"reference,omitempty" maxLength:"250" doc:"Check number or the like."`
	Text      string     `json:"text,omitempty" maxLength:"250"`
}

// PaymentApply says what of a document a payment pays.
type PaymentApply struct {
	Customer  string  `json:"customer,omitempty" maxLength:"60" doc:"Of the document; the payer when it is not given, else the one of its family who has a document of that number."`
	Voucher   string  `json:"voucher" minLength:"1" maxLength:"60" doc:"The document. One that is a credit is used up by the payment and pays the others."`
	Amount    string  `json:"amount,omitempty" pattern:"^([0-9]{1,16}(\\.[0-9]{1,4})?)?$" doc:"What is paid of it; all that is open, less the discount that was earned, when it is not given."`
	Discount  *string `json:"discount,omitempty" pattern:"^[0-9]{1,16}(\\.[0-9]{1,4})?$" doc:"Terms discount that the customer took; as the terms say when it is not given. What was not earned is deducted."`
	LeaveOpen bool    `json:"leave_open,omitempty" doc:"What is not paid stays open and is no deduction."`
}

// PaymentApplications are documents to apply a payment to.
type PaymentApplications struct {
	Applications []PaymentApply `json:"applications" minItems:"1" maxItems:"1000" doc:"All of them or none."`
}

// PaymentPropose asks for applications by a rule.
type PaymentPropose struct {
	OldestFirst bool           `json:"oldest_first,omitempty" doc:"To the oldest documents first, as far as the payment goes."`
	References  []PaymentApply `json:"references,omitempty" maxItems:"1000" doc:"The documents that the customer names. Those that do not fit are given back with the reason."`
}

// PaymentUnapply names applications to take back.
type PaymentUnapply struct {
	Applications []int `json:"applications,omitempty" maxItems:"1000" doc:"Numbers of applications; all of the line when none is given."`
}

// PaymentDeduct is a deduction of a payment.
type PaymentDeduct struct {
	Application int    `json:"application,omitempty" minimum:"0" doc:"The application that leaves it open; without it, it stands alone."`
	Customer    string `json:"customer,omitempty" maxLength:"60" doc:"Whose it is when it stands alone; the payer's when it is not given."`
	Type        string `json:"type,omitempty" maxLength:"60" doc:"The reason's when it is not given, else one that is unresolved."`
	Allowed     bool   `json:"allowed,omitempty" doc:"It is written off, or charged to its plan, when it is posted."`
	Reason      string `json:"reason,omitempty" maxLength:"60" doc:"By the customer's code when it is not given."`
	Account     string `json:"account,omitempty" maxLength:"250" doc:"Account to write off to."`
	Plan        string `json:"plan,omitempty" maxLength:"60" doc:"Accrual plan."`
	Amount      string `json:"amount,omitempty" pattern:"^([0-9]{1,16}(\\.[0-9]{1,4})?)?$" doc:"As it is when a change does not give it."`
	TheirCode   string `json:"their_code,omitempty" maxLength:"60" doc:"The customer's own code for the reason."`
	Claim       string `json:"claim,omitempty" maxLength:"60" doc:"The customer's number for it."`
	Note        string `json:"note,omitempty" maxLength:"2000"`
}

// PaymentSplit says what of a deduction becomes one of its own.
type PaymentSplit struct {
	Amount string `json:"amount" pattern:"^[0-9]{1,16}(\\.[0-9]{1,4})?$" doc:"The rest stays."`
}

// PaymentReverse asks for the reversal of payments.
type PaymentReverse struct {
	Line   int        `json:"line,omitempty" minimum:"0" doc:"The payment; all that are posted when it is not given."`
	Date   civil.Date `json:"date" minLength:"10" doc:"Date of the reversal, in an open period."`
	Reason string     `json:"reason" minLength:"1" maxLength:"250"`
}

func (b PaymentEntry) request() app.PaymentLineRequest { return app.PaymentLineRequest(b) }

func (b PaymentDeduct) request() app.PaymentDeductionRequest { return app.PaymentDeductionRequest(b) }

func applyRequests(all []PaymentApply) []app.PaymentApplyRequest {
	reqs := make([]app.PaymentApplyRequest, len(all))
	for i, b := range all {
		reqs[i] = app.PaymentApplyRequest(b)
	}
	return reqs
}

const (
	journalsPath   = "/companies/{company}/payment-journals"
	journalPath    = journalsPath + "/{journal}"
	linePath       = journalPath + "/lines/{line}"
	deductionsPath = linePath + "/deductions"
	paymentsTag    = "Payments"
)

// journalBody, paymentBody and paymentDeductionBody are the inputs of changes that have a body.
type (
	journalBody[B any] struct {
		PaymentJournalOf
		Keyed
		Body B
	}
	paymentBody[B any] struct {
		PaymentOf
		Keyed
		Body B
	}
	paymentDeductionBody[B any] struct {
		PaymentDeductionOf
		Keyed
		Body B
	}
)

func payments(d *door) {
	paymentJournals(d)
	paymentPosting(d)
	paymentLines(d)
	paymentApplications(d)
	paymentDeductions(d)
}

func paymentJournals(d *door) {
	add(d, operation{
		id: "list-payment-journals", method: http.MethodGet, path: journalsPath, tag: paymentsTag, permission: identity.Read,
		summary: "Payment journals", about: "The newest first.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		State    string `query:"state" enum:"draft,posted,reversed,cancelled"`
		Customer string `query:"customer" maxLength:"60" doc:"With payments of this customer only."`
	},
	) (*page[app.PaymentJournalRow], error) {
		part, err := d.app.PaymentJournals(ctx, d.call(ctx, in.Company.Company, ""), app.PaymentFilter{State: in.State, Customer: in.Customer}, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "create-payment-journal", method: http.MethodPost, path: journalsPath, tag: paymentsTag, permission: identity.ApplyCash, status: http.StatusCreated,
		summary: "Make an empty payment journal",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body NewPaymentJournal
	},
	) (*reply[*app.PaymentJournal], error) {
		return answer(d.app.CreatePaymentJournal(ctx, d.call(ctx, in.Company.Company, in.Key), app.PaymentJournalRequest{Text: in.Body.Text}))
	})
	add(d, operation{
		id: "get-payment-journal", method: http.MethodGet, path: journalPath, tag: paymentsTag, permission: identity.Read,
		summary: "A payment journal with its lines",
	}, func(ctx context.Context, in *struct{ PaymentJournalOf }) (*reply[*app.PaymentJournal], error) {
		return answer(d.app.PaymentJournal(ctx, d.call(ctx, in.Company.Company, ""), in.Journal))
	})
	add(d, operation{
		id: "cancel-payment-journal", method: http.MethodDelete, path: journalPath, tag: paymentsTag, permission: identity.ApplyCash,
		summary: "Cancel a payment journal", about: "Of which nothing is posted; its marks are released.",
	}, func(ctx context.Context, in *struct {
		PaymentJournalOf
		Keyed
	},
	) (*reply[*app.PaymentJournal], error) {
		return answer(d.app.CancelPaymentJournal(ctx, d.call(ctx, in.Company.Company, in.Key), in.Journal))
	})
}

func paymentPosting(d *door) {
	add(d, operation{
		id: "post-payment-journal", method: http.MethodPost, path: journalPath + "/posting", tag: paymentsTag, permission: identity.ApplyCash,
		summary: "Post a payment journal", about: "Line by line, each by itself. One that cannot be posted stays a draft and says why; posting again tries it again.",
	}, func(ctx context.Context, in *struct {
		PaymentJournalOf
		Keyed
	},
	) (*reply[*app.PaymentPosted], error) {
		return answer(d.app.PostPaymentJournal(ctx, d.call(ctx, in.Company.Company, in.Key), in.Journal))
	})
	add(d, operation{
		id: "preview-payment-journal", method: http.MethodPost, path: journalPath + "/preview", tag: paymentsTag, permission: identity.ApplyCash,
		summary: "The vouchers that posting would post", about: "Nothing is kept of it.",
	}, func(ctx context.Context, in *struct {
		PaymentJournalOf
		Line int `query:"line" minimum:"0" doc:"Of this line only."`
	},
	) (*reply[*app.Effect], error) {
		return answer(d.app.PreviewPaymentJournal(ctx, d.call(ctx, in.Company.Company, ""), in.Journal, in.Line))
	})
	add(d, operation{
		id: "reverse-payments", method: http.MethodPost, path: journalPath + "/reversal", tag: paymentsTag, permission: identity.ApplyCash,
		summary: "Reverse posted payments", about: "Applications are undone, deductions taken back, payments mirrored.",
	}, func(ctx context.Context, in *journalBody[PaymentReverse]) (*reply[*app.PaymentPosted], error) {
		return answer(d.app.ReversePayment(ctx, d.call(ctx, in.Company.Company, in.Key), in.Journal, app.PaymentReversal(in.Body)))
	})
}

func paymentLines(d *door) {
	add(d, operation{
		id: "add-payment", method: http.MethodPost, path: journalPath + "/lines", tag: paymentsTag, permission: identity.ApplyCash, status: http.StatusCreated,
		summary: "Add a payment to a journal",
	}, func(ctx context.Context, in *journalBody[PaymentEntry]) (*reply[*app.PaymentLine], error) {
		return answer(d.app.AddPaymentLine(ctx, d.call(ctx, in.Company.Company, in.Key), in.Journal, in.Body.request()))
	})
	add(d, operation{
		id: "get-payment", method: http.MethodGet, path: linePath, tag: paymentsTag, permission: identity.Read,
		summary: "A payment of a journal",
	}, func(ctx context.Context, in *struct{ PaymentOf }) (*reply[*app.PaymentLine], error) {
		return answer(d.app.PaymentLine(ctx, d.call(ctx, in.Company.Company, ""), in.Journal, in.Line))
	})
	add(d, operation{
		id: "change-payment", method: http.MethodPut, path: linePath, tag: paymentsTag, permission: identity.ApplyCash,
		summary: "Change a payment", about: "Its customer and currency stay while it is applied to anything.",
	}, func(ctx context.Context, in *paymentBody[PaymentEntry]) (*reply[*app.PaymentLine], error) {
		return answer(d.app.ChangePaymentLine(ctx, d.call(ctx, in.Company.Company, in.Key), in.Journal, in.Line, in.Body.request()))
	})
	add(d, operation{
		id: "remove-payment", method: http.MethodDelete, path: linePath, tag: paymentsTag, permission: identity.ApplyCash,
		summary: "Remove a payment", about: "With its applications and marks.",
	}, func(ctx context.Context, in *struct {
		PaymentOf
		Keyed
	},
	) (*reply[*app.PaymentJournal], error) {
		return answer(d.app.RemovePaymentLine(ctx, d.call(ctx, in.Company.Company, in.Key), in.Journal, in.Line))
	})
}

func paymentApplications(d *door) {
	add(d, operation{
		id: "list-payment-candidates", method: http.MethodGet, path: linePath + "/candidates", tag: paymentsTag, permission: identity.Read,
		summary: "What a payment can be applied to", about: "Open documents of the payer and its family, by due date.",
	}, func(ctx context.Context, in *struct {
		PaymentOf
		Paged
	},
	) (*page[app.PaymentCandidate], error) {
		part, err := d.app.PaymentCandidates(ctx, d.call(ctx, in.Company.Company, ""), in.Journal, in.Line, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "apply-payment", method: http.MethodPost, path: linePath + "/applications", tag: paymentsTag, permission: identity.ApplyCash,
		summary: "Apply a payment to documents", about: "What is not paid of a document is deducted, unless it is left open.",
	}, func(ctx context.Context, in *paymentBody[PaymentApplications]) (*reply[*app.PaymentLine], error) {
		return answer(d.app.ApplyPayment(ctx, d.call(ctx, in.Company.Company, in.Key), in.Journal, in.Line, applyRequests(in.Body.Applications)))
	})
	add(d, operation{
		id: "propose-payment", method: http.MethodPost, path: linePath + "/proposal", tag: paymentsTag, permission: identity.ApplyCash,
		summary: "Have a payment applied", about: "To the documents that the customer names, or to the oldest ones.",
	}, func(ctx context.Context, in *paymentBody[PaymentPropose]) (*reply[*app.PaymentProposed], error) {
		req := app.PaymentProposal{OldestFirst: in.Body.OldestFirst, References: applyRequests(in.Body.References)}
		return answer(d.app.ProposePayment(ctx, d.call(ctx, in.Company.Company, in.Key), in.Journal, in.Line, req))
	})
	add(d, operation{
		id: "unapply-payment", method: http.MethodPost, path: linePath + "/unapplied", tag: paymentsTag, permission: identity.ApplyCash,
		summary: "Take applications of a payment back", about: "With their deductions and marks.",
	}, func(ctx context.Context, in *paymentBody[PaymentUnapply]) (*reply[*app.PaymentLine], error) {
		return answer(d.app.UnapplyPayment(ctx, d.call(ctx, in.Company.Company, in.Key), in.Journal, in.Line, in.Body.Applications))
	})
}

func paymentDeductions(d *door) {
	add(d, operation{
		id: "add-payment-deduction", method: http.MethodPost, path: deductionsPath, tag: paymentsTag, permission: identity.ApplyCash,
		summary: "Add a deduction to a payment", about: "One that stands alone, or one of a document that is left open in part.",
	}, func(ctx context.Context, in *paymentBody[PaymentDeduct]) (*reply[*app.PaymentLine], error) {
		return answer(d.app.AddPaymentDeduction(ctx, d.call(ctx, in.Company.Company, in.Key), in.Journal, in.Line, in.Body.request()))
	})
	add(d, operation{
		id: "change-payment-deduction", method: http.MethodPut, path: deductionsPath + "/{deduction}", tag: paymentsTag, permission: identity.ApplyCash,
		summary: "Change what a deduction says",
	}, func(ctx context.Context, in *paymentDeductionBody[PaymentDeduct]) (*reply[*app.PaymentLine], error) {
		return answer(d.app.ChangePaymentDeduction(ctx, d.call(ctx, in.Company.Company, in.Key), in.Journal, in.Line, in.Deduction, in.Body.request()))
	})
	add(d, operation{
		id: "remove-payment-deduction", method: http.MethodDelete, path: deductionsPath + "/{deduction}", tag: paymentsTag, permission: identity.ApplyCash,
		summary: "Remove a deduction of a payment",
	}, func(ctx context.Context, in *struct {
		PaymentDeductionOf
		Keyed
	},
	) (*reply[*app.PaymentLine], error) {
		return answer(d.app.RemovePaymentDeduction(ctx, d.call(ctx, in.Company.Company, in.Key), in.Journal, in.Line, in.Deduction))
	})
	add(d, operation{
		id: "split-payment-deduction", method: http.MethodPost, path: deductionsPath + "/{deduction}/split", tag: paymentsTag, permission: identity.ApplyCash,
		summary: "Split a deduction in two", about: "Both say the same, and their sum stays.",
	}, func(ctx context.Context, in *paymentDeductionBody[PaymentSplit]) (*reply[*app.PaymentLine], error) {
		return answer(d.app.SplitPaymentDeduction(ctx, d.call(ctx, in.Company.Company, in.Key), in.Journal, in.Line, in.Deduction, in.Body.Amount))
	})
}
