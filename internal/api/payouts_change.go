package api

import (
	"context"
	"mime"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
	"quittance/internal/payout"
)

// VendorPaymentSelect says what a proposal looks at. What is not given does not limit.
type VendorPaymentSelect struct {
	Date     civil.Date `json:"date,omitempty" doc:"Of the payments; today when it is not given."`
	DueBy    civil.Date `json:"due_by,omitempty" doc:"What is due later is left out."`
	Vendors  []string   `json:"vendors,omitempty" maxItems:"5000" doc:"Codes of vendors."`
	Groups   []string   `json:"groups,omitempty" maxItems:"1000" doc:"Groups of vendors."`
	Method   string     `json:"method,omitempty" maxLength:"30" doc:"The vendor's own when it is not given."`
	Run      string     `json:"run,omitempty" maxLength:"60" doc:"Only what this reimbursement run made."`
	Currency string     `json:"currency,omitempty" pattern:"^([A-Z]{3})?$"`
	Minimum  string     `json:"minimum,omitempty" pattern:"^([0-9]{1,16}(\\.[0-9]{1,4})?)?$" doc:"Of one payment."`
	Maximum  string     `json:"maximum,omitempty" pattern:"^([0-9]{1,16}(\\.[0-9]{1,4})?)?$" doc:"Of one payment."`
	Text     string     `json:"text,omitempty" maxLength:"250" doc:"What it is, for people."`
}

// VendorLines choose payments of the journal.
type VendorLines struct {
	Lines []int `json:"lines,omitempty" maxItems:"5000" doc:"Lines of the journal; all that it can be done to when none is given."`
}

// VendorReason chooses payments and says why.
type VendorReason struct {
	VendorLines
	Reason string `json:"reason" minLength:"1" maxLength:"250"`
}

// VendorSend chooses payments and may say how they went out.
type VendorSend struct {
	VendorLines
	Detail string `json:"detail,omitempty" maxLength:"250" doc:"How, for the history."`
}

// VendorPost chooses payments and says when they are posted.
type VendorPost struct {
	VendorLines
	Date civil.Date `json:"date,omitempty" doc:"Posting date; today when it is not given."`
}

// VendorGenerate chooses payments and says how they are made.
type VendorGenerate struct {
	VendorLines
	SameDay   bool       `json:"same_day,omitempty" doc:"ACH payments settle today."`
	Effective civil.Date `json:"effective,omitempty" doc:"ACH payments settle on this day; the payments' when it is not given, tomorrow at the earliest."`
}

// VendorFail chooses payments that came back.
type VendorFail struct {
	VendorReason
	As   payout.Status `json:"as" enum:"rejected,voided,returned,stopped,stale"`
	Date civil.Date    `json:"date,omitempty" doc:"Of the mirrors; today when it is not given."`
	Fate payout.Fate   `json:"fate,omitempty" enum:"reissue,reverse" doc:"What becomes of reimbursements: they wait to be paid again, or the credits are open again. The payments', else the company's, when it is not given."`
}

// VendorPaymentChange changes a payment before anything is made of it. What is not given stays.
type VendorPaymentChange struct {
	Payee  *string `json:"payee,omitempty" maxLength:"60" doc:"A vendor or customer to pay instead; the vendor's own code takes that back."`
	Reason string  `json:"reason,omitempty" maxLength:"250" doc:"For another payee."`
	Method *string `json:"method,omitempty" maxLength:"30"`
	Fate   *string `json:"fate,omitempty" enum:",reissue,reverse" doc:"Should it fail; blank: the company's."`
}

// VendorReference is the reference of a manual payment.
type VendorReference struct {
	Reference string `json:"reference" minLength:"1" maxLength:"60" doc:"Such as the number of a wire."`
}

func (b *VendorPaymentChange) edit() app.VendorPaymentEdit {
	e := app.VendorPaymentEdit{Payee: b.Payee, Reason: b.Reason, Method: b.Method}
	if b.Fate != nil {
		e.Fate = new(payout.Fate(*b.Fate))
	}
	return e
}

// choose gives the payments of a journal that the lines name.
func (l VendorLines) choose(journal string) app.VendorPaymentChoice {
	if len(l.Lines) == 0 {
		return app.VendorPaymentChoice{Journal: journal}
	}
	var c app.VendorPaymentChoice
	for _, n := range l.Lines {
		c.Payments = append(c.Payments, journal+"/"+strconv.Itoa(n))
	}
	return c
}

// vendorBody is the input of a change to payments of a journal.
type vendorBody[B any] struct {
	VendorJournalOf
	Keyed
	Body B
}

func vendorPaymentJournals(d *door) {
	add(d, operation{
		id: "list-vendor-payment-journals", method: http.MethodGet, path: vendorJournals, tag: payoutTag, permission: identity.Read,
		summary: "Vendor payment journals", about: "The newest first.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		State string `query:"state" enum:"proposing,open,posted,cancelled"`
	},
	) (*page[app.VendorPaymentJournal], error) {
		part, err := d.app.VendorPaymentJournals(ctx, d.call(ctx, in.Company.Company, ""), payout.JournalState(in.State), in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "get-vendor-payment-journal", method: http.MethodGet, path: vendorJournalPath, tag: payoutTag, permission: identity.Read,
		summary: "A vendor payment journal",
	}, func(ctx context.Context, in *struct{ VendorJournalOf }) (*reply[*app.VendorPaymentJournal], error) {
		return answer(d.app.VendorPaymentJournal(ctx, d.call(ctx, in.Company.Company, ""), in.Journal))
	})
	add(d, operation{
		id: "list-vendor-payments-left", method: http.MethodGet, path: vendorJournalPath + "/left-out", tag: payoutTag, permission: identity.Read,
		summary: "What a proposal left out", about: "With the reason.",
	}, func(ctx context.Context, in *struct {
		VendorJournalOf
		Paged
	},
	) (*page[app.VendorPaymentLeft], error) {
		part, err := d.app.VendorPaymentsLeft(ctx, d.call(ctx, in.Company.Company, ""), in.Journal, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "simulate-vendor-payments", method: http.MethodPost, path: vendorJournals + "/simulation", tag: payoutTag, permission: identity.Prepare, status: http.StatusOK,
		summary: "What a proposal would pay and leave out", about: "Nothing is kept.",
	}, func(ctx context.Context, in *struct {
		Company
		Most int `query:"most" minimum:"1" maximum:"5000" default:"1000" doc:"Payments that are shown, and as many of what is left out; the totals are of all."`
		Body VendorPaymentSelect
	},
	) (*reply[*app.VendorPaymentProposal], error) {
		return answer(d.app.SimulateVendorPayments(ctx, d.call(ctx, in.Company.Company, ""), app.VendorPaymentSelection(in.Body), in.Most))
	})
	add(d, operation{
		id: "propose-vendor-payments", method: http.MethodPost, path: vendorJournals, tag: payoutTag, permission: identity.Prepare, status: http.StatusCreated,
		summary: "Propose payments of what is open of vendors",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body VendorPaymentSelect
	},
	) (*reply[*app.VendorPaymentJournal], error) {
		return answer(d.app.ProposeVendorPayments(ctx, d.call(ctx, in.Company.Company, in.Key), app.VendorPaymentSelection(in.Body)))
	})
	add(d, operation{
		id: "abandon-vendor-payments", method: http.MethodPost, path: vendorJournalPath + "/abandonment", tag: payoutTag, permission: identity.Prepare, status: http.StatusOK,
		summary: "Cancel a journal whose proposal did not come to its end",
	}, func(ctx context.Context, in *struct {
		VendorJournalOf
		Keyed
	},
	) (*reply[*app.VendorPaymentJournal], error) {
		return answer(d.app.AbandonVendorPayments(ctx, d.call(ctx, in.Company.Company, in.Key), in.Journal))
	})
}

func vendorPaymentLooks(d *door) {
	add(d, operation{
		id: "list-vendor-payments", method: http.MethodGet, path: "/companies/{company}/vendor-payments", tag: payoutTag, permission: identity.Read,
		summary: "Payments to vendors", about: "The newest first.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		Journal string          `query:"journal" maxLength:"60"`
		Vendor  string          `query:"vendor" maxLength:"60"`
		Bank    string          `query:"bank" maxLength:"30" doc:"From this bank account only."`
		Number  string          `query:"number" maxLength:"60" doc:"Check number, trace number or reference."`
		Status  []payout.Status `query:"status" maxItems:"20" doc:"With one of these, with commas between."`
		Kind    string          `query:"kind" enum:"check,ach,iso20022,manual"`
		Stale   bool            `query:"uncashed" doc:"Posted checks that are older than the stale_days of their bank account."`
	},
	) (*page[app.VendorPayment], error) {
		f := app.VendorPaymentFilter{Journal: in.Journal, Vendor: in.Vendor, Bank: in.Bank, Number: in.Number, Status: in.Status, Kind: payout.Kind(in.Kind), Uncashed: in.Stale}
		part, err := d.app.VendorPayments(ctx, d.call(ctx, in.Company.Company, ""), f, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "get-vendor-payment", method: http.MethodGet, path: vendorPaymentPath, tag: payoutTag, permission: identity.Read,
		summary: "A payment to a vendor", about: "With what it pays, and what happened to it.",
	}, func(ctx context.Context, in *struct{ VendorPaymentOf }) (*reply[*app.VendorPayment], error) {
		return answer(d.app.VendorPayment(ctx, d.call(ctx, in.Company.Company, ""), in.name()))
	})
	add(d, operation{
		id: "change-vendor-payment", method: http.MethodPut, path: vendorPaymentPath, tag: payoutTag, permission: identity.Prepare,
		summary: "Change payee, method or fate of a payment", about: "Before anything is made of it. Its approval is void then, the fate excepted.",
	}, func(ctx context.Context, in *struct {
		VendorPaymentOf
		Keyed
		Body VendorPaymentChange
	},
	) (*reply[*app.VendorPayment], error) {
		return answer(d.app.EditVendorPayment(ctx, d.call(ctx, in.Company.Company, in.Key), in.name(), in.Body.edit()))
	})
	add(d, operation{
		id: "set-vendor-payment-reference", method: http.MethodPut, path: vendorPaymentPath + "/reference", tag: payoutTag, permission: identity.Pay,
		summary: "Give a manual payment its reference",
	}, func(ctx context.Context, in *struct {
		VendorPaymentOf
		Keyed
		Body VendorReference
	},
	) (*reply[*app.VendorPayment], error) {
		return answer(d.app.RecordVendorPayment(ctx, d.call(ctx, in.Company.Company, in.Key), in.name(), in.Body.Reference))
	})
}

// changeVendor adds a change to payments of a journal.
func changeVendor[B, R any](d *door, verb, what, summary, about string, p identity.Permission, do func(context.Context, app.Call, string, *B) (R, error)) {
	add(d, operation{
		id: verb + "-vendor-payments", method: http.MethodPost, path: vendorJournalPath + "/" + what, tag: payoutTag, permission: p, status: http.StatusOK,
		summary: summary, about: about + " What cannot be done to a payment keeps the others from nothing: it is told by payment.",
	}, func(ctx context.Context, in *vendorBody[B]) (*reply[R], error) {
		return answer(do(ctx, d.call(ctx, in.Company.Company, in.Key), in.Journal, &in.Body))
	})
}

func vendorPaymentChanges(d *door) {
	type done = *app.VendorPaymentsDone
	a := d.app
	changeVendor(d, "approve", "approval", "Approve payments", "Who proposed or changed them may not.", identity.Approve, func(ctx context.Context, call app.Call, j string, b *VendorLines) (done, error) {
		return a.ApproveVendorPayments(ctx, call, b.choose(j))
	})
	changeVendor(d, "cancel", "cancellation", "Take payments out", "Before anything was made of them.", identity.Prepare, func(ctx context.Context, call app.Call, j string, b *VendorReason) (done, error) {
		return a.CancelVendorPayments(ctx, call, b.choose(j), b.Reason)
	})
	changeVendor(d, "generate", "generation", "Print checks and make files", "A file for each bank account and kind.", identity.Pay, func(ctx context.Context, call app.Call, j string, b *VendorGenerate) (*app.VendorPaymentsMade, error) {
		return a.GenerateVendorPayments(ctx, call, app.VendorPaymentMaking{Choice: b.choose(j), SameDay: b.SameDay, Effective: b.Effective})
	})
	changeVendor(d, "send", "sending", "Note that what was generated went out", "", identity.Pay, func(ctx context.Context, call app.Call, j string, b *VendorSend) (done, error) {
		return a.SendVendorPayments(ctx, call, b.choose(j), b.Detail)
	})
	changeVendor(d, "withdraw", "withdrawal", "Take back what was generated and not sent", "Check numbers are void.", identity.Pay, func(ctx context.Context, call app.Call, j string, b *VendorReason) (done, error) {
		return a.WithdrawVendorPayments(ctx, call, b.choose(j), b.Reason)
	})
	changeVendor(d, "post", "posting", "Post payments", "Each with its voucher; the invoices are settled.", identity.Pay, func(ctx context.Context, call app.Call, j string, b *VendorPost) (done, error) {
		return a.PostVendorPayments(ctx, call, b.choose(j), b.Date)
	})
	changeVendor(d, "fail", "failure", "Note that payments came back", "Posted ones are mirrored, their invoices open again.", identity.Pay, func(ctx context.Context, call app.Call, j string, b *VendorFail) (done, error) {
		return a.FailVendorPayments(ctx, call, app.VendorPaymentFailure{Choice: b.choose(j), As: b.As, Date: b.Date, Reason: b.Reason, Fate: b.Fate})
	})
}

func paymentFiles(d *door) {
	add(d, operation{
		id: "list-payment-files", method: http.MethodGet, path: "/companies/{company}/payment-files", tag: payoutTag, permission: identity.Read,
		summary: "Payment files", about: "The newest first.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		Journal string `query:"journal" maxLength:"60" doc:"Of this journal only."`
		Bank    string `query:"bank" maxLength:"30" doc:"Of this bank account only."`
		Kind    string `query:"kind" enum:"check,ach,iso20022,positive_pay"`
	},
	) (*page[app.PaymentFile], error) {
		part, err := d.app.PaymentFiles(ctx, d.call(ctx, in.Company.Company, ""), app.PaymentFileFilter{Journal: in.Journal, Bank: in.Bank, Kind: in.Kind}, in.page())
		return pageOf(ctx, part, err)
	})
	o := operation{
		id: "get-payment-file", method: http.MethodGet, path: "/companies/{company}/payment-files/{file}/content", tag: payoutTag, permission: identity.Pay,
		summary: "The content of a payment file", about: "As it was made. Each time is told in the audit trail: a file that a bank gets twice pays twice.",
	}
	op := o.describe(d)
	op.Responses["200"] = &huma.Response{Description: "The file.", Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	huma.Register(d.api, op, func(ctx context.Context, in *struct {
		Company
		File string `path:"file" maxLength:"60" doc:"Code of the payment file."`
	},
	) (*huma.StreamResponse, error) {
		f, err := d.app.OpenPaymentFile(ctx, d.call(ctx, in.Company.Company, ""), in.File)
		if err != nil {
			return nil, problemOf(visitOf(ctx), err)
		}
		return attachment(ctx, f.Name, f.Content), nil
	})
}

// attachment gives a file to keep.
func attachment(ctx context.Context, name string, content []byte) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(huma.Context) {
		w := visitOf(ctx).w
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
		_, _ = w.Write(content)
	}}
}
