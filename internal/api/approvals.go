package api

import (
	"context"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/approval"
	"quittance/internal/identity"
)

const (
	approvalTag   = "Approvals"
	approvalsPath = "/companies/{company}/approvals"
	approvalPath  = approvalsPath + "/{approval}"
)

// ApprovalOf names an approval of a company.
type ApprovalOf struct {
	Company
	Approval string `path:"approval" maxLength:"30" doc:"Code of the approval." example:"AP-000001"`
}

// ApprovalQuery narrows a list of approvals. What is not given does not limit.
type ApprovalQuery struct {
	Kind      string `query:"kind" enum:"request,run,payment,write_off,resolution,payee_change,reversal"`
	Requester string `query:"requester" maxLength:"60" doc:"Asked for by this user."`
	Subject   string `query:"subject" maxLength:"100" doc:"About this, such as RUN-000001."`
	Payee     string `query:"payee" maxLength:"60" doc:"Which pays this customer or vendor."`
	Rule      string `query:"rule" maxLength:"40" doc:"By this approval rule."`
	From      string `query:"from" maxLength:"30" doc:"Smallest amount, accounting currency."`
	To        string `query:"to" maxLength:"30" doc:"Largest amount, accounting currency."`
	Since     string `query:"since" format:"date" maxLength:"10" doc:"Submitted on this day or later."`
	Until     string `query:"until" format:"date" maxLength:"10" doc:"Submitted on this day or before."`
}

func (q ApprovalQuery) filter() (f app.ApprovalFilter, err error) {
	f = app.ApprovalFilter{Kind: q.Kind, Requester: q.Requester, Subject: q.Subject, Payee: q.Payee, Rule: q.Rule, From: q.From, To: q.To}
	if f.Since, err = date("since", q.Since); err == nil {
		f.Until, err = date("until", q.Until)
	}
	return f, err
}

// InboxFigures is what waits for the caller, added up.
type InboxFigures struct {
	Items []app.InboxFigure `json:"items" doc:"By kind."`
}

// ApprovalYes approves.
type ApprovalYes struct {
	Reason string `json:"reason,omitempty" maxLength:"2000" doc:"A word on it."`
	Digest string `json:"digest,omitempty" maxLength:"64" doc:"Of what was looked at: when it is another now, nothing is decided (409)."`
	Debits bool   `json:"debits,omitempty" doc:"Approve a request although its customer owes something."`
}

// ApprovalWord decides or says something with words.
type ApprovalWord struct {
	Reason string `json:"reason" minLength:"1" maxLength:"2000"`
}

// ApprovalDecisions is a decision on many approvals.
type ApprovalDecisions struct {
	Approvals []string `json:"approvals" minItems:"1" maxItems:"500" doc:"Codes."`
	Verb      string   `json:"verb" enum:"approve,reject,ask"`
	Reason    string   `json:"reason,omitempty" maxLength:"2000" doc:"Needed but to approve."`
	Debits    bool     `json:"debits,omitempty" doc:"Approve requests although their customers owe something."`
}

func (b *ApprovalDecisions) deciding() app.ApprovalDeciding {
	return app.ApprovalDeciding{Approvals: b.Approvals, Verb: b.Verb, Reason: b.Reason, Debits: b.Debits}
}

// PaymentSubmission names what is submitted.
type PaymentSubmission struct {
	Name string `json:"name" minLength:"1" maxLength:"60" doc:"A vendor payment (VPJ-00000001/1), or a journal of them (VPJ-00000001)."`
}

// ApprovalsGiven are approvals.
type ApprovalsGiven struct {
	Items []app.Approval `json:"items"`
}

func approvals(d *door) {
	approvalLooks(d)
	approvalDecisions(d)
	approvalRules(d)
	delegations(d)
	approvalLimits(d)
	approvalPeople(d)
}

func approvalLooks(d *door) {
	add(d, operation{id: "list-approvals", method: http.MethodGet, path: approvalsPath, tag: approvalTag, permission: identity.Read, summary: "Approvals", about: "The newest first."},
		func(ctx context.Context, in *struct {
			Company
			ApprovalQuery
			State   string `query:"state" enum:"waiting,more_information,approved,rejected,withdrawn,void,used"`
			Decider string `query:"decider" maxLength:"60" doc:"Approved, rejected or asked about by this user."`
			Paged
		},
		) (*page[app.Approval], error) {
			f, err := in.filter()
			if err != nil {
				return nil, err
			}
			f.State, f.Decider = in.State, in.Decider
			part, err := d.app.Approvals(ctx, d.call(ctx, in.Company.Company, ""), f, in.page())
			return pageOf(ctx, part, err)
		})
	add(d, operation{id: "list-approval-inbox", method: http.MethodGet, path: "/companies/{company}/approval-inbox", tag: approvalTag, permission: identity.Approve, summary: "What waits for the caller", about: "Also as a deputy and by escalation, the oldest first."},
		func(ctx context.Context, in *struct {
			Company
			ApprovalQuery
			Paged
		},
		) (*page[app.Approval], error) {
			f, err := in.filter()
			if err != nil {
				return nil, err
			}
			part, err := d.app.Inbox(ctx, d.call(ctx, in.Company.Company, ""), f, in.page())
			return pageOf(ctx, part, err)
		})
	add(d, operation{id: "get-approval-inbox-figures", method: http.MethodGet, path: "/companies/{company}/approval-inbox-figures", tag: approvalTag, permission: identity.Approve, summary: "What waits for the caller, added up", about: "By kind."},
		func(ctx context.Context, in *Company) (*reply[InboxFigures], error) {
			all, err := d.app.InboxFigures(ctx, d.call(ctx, in.Company, ""))
			return answer(InboxFigures{all}, err)
		})
	add(d, operation{id: "get-approval", method: http.MethodGet, path: approvalPath, tag: approvalTag, permission: identity.Read, tagged: true, summary: "An approval", about: "With its steps, history, what policies said and saw, the vouchers that would be posted, other approvals of the payee, and whether the caller may decide."},
		func(ctx context.Context, in *struct {
			ApprovalOf
			NoneMatch
		},
		) (*single[app.ApprovalDetail], error) {
			x, err := d.approval(ctx, in.ApprovalOf)
			if err != nil {
				return nil, err
			}
			return show(in.NoneMatch, *x)
		})
}

func (d *door) approval(ctx context.Context, in ApprovalOf) (*app.ApprovalDetail, error) {
	return d.app.Approval(ctx, d.call(ctx, in.Company.Company, ""), in.Approval)
}

func approvalDecisions(d *door) {
	add(d, operation{
		id: "approve-approval", method: http.MethodPost, path: approvalPath + "/approval", tag: approvalTag, permission: identity.Approve, status: http.StatusOK, matched: true,
		summary: "Approve", about: "What follows from the last approval follows at once.",
	}, decideApproval(d, approval.Approving, func(in *struct {
		ApprovalOf
		Keyed
		Match
		Body ApprovalYes
	},
	) app.ApprovalDeciding {
		return app.ApprovalDeciding{Reason: in.Body.Reason, Digest: in.Body.Digest, Debits: in.Body.Debits}
	}))
	for _, o := range []struct {
		id, path, summary, about string
		permission               identity.Permission
		verb                     approval.Verb
	}{
		{"reject-approval", "rejection", "Reject", "The reason is read by who asked.", identity.Approve, approval.Rejecting},
		{"ask-about-approval", "question", "Ask for more", "It waits for who asked until that is answered.", identity.Approve, approval.Asking},
		{"answer-approval", "answer", "Answer what approvers asked", "Only who asked for it may.", identity.Read, approval.Answering},
		{"withdraw-approval", "withdrawal", "Withdraw what was asked for", "Only who asked for it may.", identity.Read, approval.Withdrawing},
	} {
		add(d, operation{id: o.id, method: http.MethodPost, path: approvalPath + "/" + o.path, tag: approvalTag, permission: o.permission, status: http.StatusOK, matched: true, summary: o.summary, about: o.about},
			decideApproval(d, o.verb, func(in *struct {
				ApprovalOf
				Keyed
				Match
				Body ApprovalWord
			},
			) app.ApprovalDeciding {
				return app.ApprovalDeciding{Reason: in.Body.Reason}
			}))
	}
	approvalMany(d)
}

// aboutApproval is the input of a decision on one approval.
type aboutApproval interface {
	AboutApproval() ApprovalOf
	IdempotencyKey() string
	Precondition() Match
}

// AboutApproval gives the approval that the operation is about.
func (in ApprovalOf) AboutApproval() ApprovalOf { return in }

// decideApproval makes the handler of a decision on one approval.
func decideApproval[I any](d *door, v approval.Verb, read func(*I) app.ApprovalDeciding) func(context.Context, *I) (*reply[app.Approval], error) {
	return func(ctx context.Context, in *I) (out *reply[app.Approval], err error) {
		about := any(in).(aboutApproval)
		of, x := about.AboutApproval(), read(in)
		x.Approvals, x.Verb = []string{of.Approval}, string(v)
		err = matching(d, about.Precondition(), of.Company.Company+" approval "+of.Approval, func() (any, error) { return d.approval(ctx, of) }, func() error {
			y, err := d.app.DecideApproval(ctx, d.call(ctx, of.Company.Company, about.IdempotencyKey()), x)
			if err == nil {
				out = &reply[app.Approval]{*y}
			}
			return err
		})
		return out, err
	}
}

func approvalMany(d *door) {
	const many = "/companies/{company}/approval-decisions"
	add(d, operation{
		id: "decide-approvals", method: http.MethodPost, path: many, tag: approvalTag, permission: identity.Approve, status: http.StatusOK,
		summary: "Decide on many approvals", about: "Each by itself: one that is refused holds up no other, and is named with the reason.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body ApprovalDecisions
	},
	) (*reply[*app.ApprovalsDecided], error) {
		return answer(d.app.DecideApprovals(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.deciding(), false))
	})
	add(d, operation{
		id: "preview-approval-decisions", method: http.MethodPost, path: many + "/preview", tag: approvalTag, permission: identity.Approve, status: http.StatusOK,
		summary: "What deciding on many approvals would do", about: "As decide-approvals, and nothing is kept.",
	}, func(ctx context.Context, in *struct {
		Company
		Body ApprovalDecisions
	},
	) (*reply[*app.ApprovalsDecided], error) {
		return answer(d.app.DecideApprovals(ctx, d.call(ctx, in.Company.Company, ""), in.Body.deciding(), true))
	})
	add(d, operation{
		id: "submit-run-for-approval", method: http.MethodPost, path: "/companies/{company}/runs/{run}/approval-submission", tag: approvalTag, permission: identity.Reimburse, status: http.StatusOK,
		summary: "Submit a proposed run for approval", about: "What is submitted already stays as it is.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Run string `path:"run" maxLength:"60"`
	},
	) (*reply[ApprovalsGiven], error) {
		all, err := d.app.SubmitRunForApproval(ctx, d.call(ctx, in.Company.Company, in.Key), in.Run)
		return answer(ApprovalsGiven{all}, err)
	})
	add(d, operation{
		id: "submit-vendor-payments-for-approval", method: http.MethodPost, path: "/companies/{company}/vendor-payment-submissions", tag: approvalTag, permission: identity.Prepare, status: http.StatusOK,
		summary: "Submit vendor payments for approval", about: "What is submitted already stays as it is. Other kinds are submitted by the command that needs them approved.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body PaymentSubmission
	},
	) (*reply[ApprovalsGiven], error) {
		all, err := d.app.SubmitPaymentsForApproval(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.Name)
		return answer(ApprovalsGiven{all}, err)
	})
	add(d, operation{
		id: "remind-approvers", method: http.MethodPost, path: "/companies/{company}/approval-reminders", tag: approvalTag, permission: identity.SetUp, status: http.StatusOK,
		summary: "Remind approvers now", about: "Of what is due, each once, as the server does by itself within a minute.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
	},
	) (*reply[ApprovalsGiven], error) {
		all, err := d.app.RemindApprovers(ctx, d.call(ctx, in.Company.Company, in.Key))
		return answer(ApprovalsGiven{all}, err)
	})
}
