package api

import (
	"context"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
	"quittance/internal/payout"
)

// PaymentAnswerFile is a file of a bank's answers. The content is in base64.
type PaymentAnswerFile struct {
	Name    string      `json:"name" minLength:"1" maxLength:"200" doc:"Name of the file."`
	Content []byte      `json:"content" doc:"The file, in base64; at most 10 MB."`
	Date    civil.Date  `json:"date,omitempty" doc:"Of the mirrors of what came back; today when it is not given."`
	Fate    payout.Fate `json:"fate,omitempty" enum:"reissue,reverse" doc:"What becomes of reimbursements that came back; the payments', else the company's, when it is not given."`
	Again   bool        `json:"again,omitempty" doc:"The file was read before, and is read once more."`
}

// BankDecision decides about proposed bank details.
type BankDecision struct {
	Accept bool   `json:"accept" doc:"They are the payee's then; otherwise they are refused."`
	Reason string `json:"reason,omitempty" maxLength:"500" doc:"Needed for a refusal."`
}

func paymentAnswers(d *door) {
	const path = "/companies/{company}/payment-answers"
	add(d, operation{
		id: "read-payment-answers", method: http.MethodPost, path: path, tag: payoutTag, permission: identity.Pay, status: http.StatusCreated, maxBody: 16 << 20,
		summary: "Read a bank's answers", about: "ACH returns and notifications of change, a status report (pain.002), or a list of checks (CSV). What came back fails, what was accepted is sent, all in one transaction; changes of bank details are proposed and never made. Each answer says what was done by it. A file that was read before is refused, unless again is set.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body PaymentAnswerFile
	},
	) (*reply[*app.PaymentAnswers], error) {
		return answer(d.app.ReadPaymentAnswers(ctx, d.call(ctx, in.Company.Company, in.Key), app.PaymentAnswersRequest(in.Body)))
	})
	add(d, operation{
		id: "list-payment-answers", method: http.MethodGet, path: path, tag: payoutTag, permission: identity.Read,
		summary: "Files of banks' answers", about: "The newest first, each with what was done by it.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
	},
	) (*page[app.PaymentAnswers], error) {
		part, err := d.app.PaymentAnswers(ctx, d.call(ctx, in.Company.Company, ""), in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "get-payment-answers", method: http.MethodGet, path: path + "/{n}", tag: payoutTag, permission: identity.Read,
		summary: "A file of a bank's answers", about: "With what was done by it.",
	}, func(ctx context.Context, in *struct {
		Company
		N int64 `path:"n" minimum:"1" doc:"Number of the file."`
	},
	) (*reply[*app.PaymentAnswers], error) {
		return answer(d.app.PaymentAnswersAt(ctx, d.call(ctx, in.Company.Company, ""), in.N))
	})
}

func bankProposals(d *door) {
	const path = "/companies/{company}/bank-proposals"
	add(d, operation{
		id: "list-bank-proposals", method: http.MethodGet, path: path, tag: payoutTag, permission: identity.Read,
		summary: "Bank details that banks propose", about: "From notifications of change, the newest first. Account numbers are masked.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		State string `query:"state" enum:"open,accepted,refused" doc:"Those in this state only."`
	},
	) (*page[app.BankProposal], error) {
		part, err := d.app.BankProposals(ctx, d.call(ctx, in.Company.Company, ""), in.State, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "decide-bank-proposal", method: http.MethodPost, path: path + "/{n}/decision", tag: payoutTag, permission: identity.Approve, status: http.StatusOK,
		summary: "Accept or refuse proposed bank details", about: "Who read them from a bank's file may not, and details that changed since are not overwritten.",
	}, func(ctx context.Context, in *struct {
		Company
		N int64 `path:"n" minimum:"1" doc:"Number of the proposal."`
		Keyed
		Body BankDecision
	},
	) (*reply[*app.BankProposal], error) {
		return answer(d.app.DecideBankProposal(ctx, d.call(ctx, in.Company.Company, in.Key), in.N, in.Body.Accept, in.Body.Reason))
	})
}
