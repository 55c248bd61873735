package api

import (
	"context"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
	"quittance/internal/request"
)

// WantedCredit is how much of an open credit a request wants repaid.
type WantedCredit struct {
	Credit string `json:"credit" minLength:"1" maxLength:"60" doc:"Number of the voucher."`
	Amount string `json:"amount,omitempty" maxLength:"30" doc:"Decimal; what is left of the request's amount, else all that is available, when it is not given."`
}

// WantedLine is a line of the new credit that the approval of a request makes.
type WantedLine struct {
	Account string `json:"account" minLength:"1" maxLength:"250" doc:"What is debited, such as revenue or an expense."`
	Amount  string `json:"amount" minLength:"1" maxLength:"30" doc:"Decimal."`
}

// NewRequest is a request for reimbursement. Either credits or lines are named, or, in a draft, neither.
type NewRequest struct {
	Customer       string         `json:"customer" minLength:"1" maxLength:"60"`
	Kind           string         `json:"kind" enum:"overpayment,return,refund_of_sale,expense,deposit,other"`
	Currency       string         `json:"currency,omitempty" maxLength:"3" doc:"That of the credits, else the customer's, else the company's when it is not given."`
	Amount         string         `json:"amount,omitempty" maxLength:"30" doc:"Decimal; that of the credits or lines when it is not given."`
	Credits        []WantedCredit `json:"credits,omitempty" maxItems:"200" doc:"Open credits of the customer."`
	Lines          []WantedLine   `json:"lines,omitempty" maxItems:"200" doc:"Of a new credit that the approval makes."`
	Classification string         `json:"classification,omitempty" maxLength:"60" doc:"Billing classification of the new credit."`
	Reason         string         `json:"reason,omitempty" maxLength:"2000" doc:"Needed before it is handed in."`
	Source         string         `json:"source,omitempty" maxLength:"100" doc:"What it is about: an invoice, return order or ticket."`
	Method         string         `json:"method,omitempty" maxLength:"60" doc:"Preferred method of payment; the payee's when it is not given."`
	Payee          string         `json:"payee,omitempty" maxLength:"60" doc:"Another vendor than the customer's own."`
	Asked          civil.Date     `json:"asked,omitempty" doc:"When the customer asked in writing: it starts the statutory clocks."`
	Intake         string         `json:"key,omitempty" maxLength:"100" doc:"Of the intake: the same request is never made twice under it."`
}

func (b *NewRequest) entry() app.RequestEntry {
	e := app.RequestEntry{
		Customer: b.Customer, Kind: request.Kind(b.Kind), Currency: b.Currency, Amount: b.Amount, Classification: b.Classification, Reason: b.Reason, Source: b.Source, Method: b.Method, Payee: b.Payee, Asked: b.Asked, Key: b.Intake,
	}
	e.Credits, e.Lines = credits(b.Credits), lines(b.Lines)
	return e
}

func credits(all []WantedCredit) (to []app.RequestCredit) {
	for _, x := range all {
		to = append(to, app.RequestCredit(x))
	}
	return to
}

func lines(all []WantedLine) (to []app.RequestLine) {
	for _, x := range all {
		to = append(to, app.RequestLine(x))
	}
	return to
}

// SubmittedRequest is a request that may be handed in at once.
type SubmittedRequest struct {
	NewRequest
	Submit bool `json:"submit,omitempty" doc:"It is handed in at once: what it wants is marked."`
}

// RequestChange changes a request; what is not given stays as it is. Credits take the place of lines, and lines that of credits.
type RequestChange struct {
	Kind           *string         `json:"kind,omitempty" enum:"overpayment,return,refund_of_sale,expense,deposit,other"`
	Currency       *string         `json:"currency,omitempty" maxLength:"3"`
	Amount         *string         `json:"amount,omitempty" maxLength:"30"`
	Credits        *[]WantedCredit `json:"credits,omitempty" maxItems:"200"`
	Lines          *[]WantedLine   `json:"lines,omitempty" maxItems:"200"`
	Classification *string         `json:"classification,omitempty" maxLength:"60"`
	Reason         *string         `json:"reason,omitempty" maxLength:"2000"`
	Source         *string         `json:"source,omitempty" maxLength:"100"`
	Method         *string         `json:"method,omitempty" maxLength:"60"`
	Payee          *string         `json:"payee,omitempty" maxLength:"60"`
	Asked          *civil.Date     `json:"asked,omitempty"`
}

func (b *RequestChange) edit() app.RequestEdit {
	e := app.RequestEdit{Kind: (*request.Kind)(b.Kind), Currency: b.Currency, Amount: b.Amount, Classification: b.Classification, Reason: b.Reason, Source: b.Source, Method: b.Method, Payee: b.Payee, Asked: b.Asked}
	if b.Credits != nil {
		all := credits(*b.Credits)
		e.Credits = &all
	}
	if b.Lines != nil {
		all := lines(*b.Lines)
		e.Lines = &all
	}
	return e
}

// VersionedRequestChange is a change decided on a version of the request.
type VersionedRequestChange struct {
	RequestChange
	Version int64 `json:"version,omitempty" minimum:"0" doc:"Of the request when it was looked at; when it has another one now, nothing is changed (409)."`
}

// RequestReason says why.
type RequestReason struct {
	Reason string `json:"reason" minLength:"1" maxLength:"2000"`
}

// RequestText says something.
type RequestText struct {
	Text string `json:"text" minLength:"1" maxLength:"2000"`
}

// RequestNote may say something.
type RequestNote struct {
	Note string `json:"note,omitempty" maxLength:"2000" doc:"For the history."`
}

// RequestApproving approves a request.
type RequestApproving struct {
	Debits  bool   `json:"debits,omitempty" doc:"Yes, although the customer owes something."`
	Text    string `json:"text,omitempty" maxLength:"2000" doc:"Comment."`
	Version int64  `json:"version,omitempty" minimum:"0" doc:"Of the request when it was looked at; when it has another one now, nothing is approved (409)."`
}

// RequestReversing reverses what a request posted.
type RequestReversing struct {
	RequestDay
	RequestReason
}

func requestChanges(d *door) {
	add(d, operation{
		id: "create-request", method: http.MethodPost, path: requestsPath, tag: requestTag, permission: identity.Reimburse, status: http.StatusCreated,
		summary: "Ask that a customer be paid back", about: "All or part of open credits, or a new credit that the approval makes. Under an intake's key that is there already the same request is given again, and another one is refused.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body SubmittedRequest
	},
	) (*made[app.RequestView], error) {
		x, err := d.app.CreateRequest(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.entry(), in.Body.Submit)
		if err != nil {
			return nil, err
		}
		return &made[app.RequestView]{Location: RequestOf{in.Company, x.Request}.path(), Body: *x}, nil
	})
	add(d, operation{
		id: "preview-request", method: http.MethodPost, path: requestsPath + "/preview", tag: requestTag, permission: identity.Reimburse, status: http.StatusOK,
		summary: "What a new request would be", about: "With what looks like it, what the customer owes, its clocks, and what posting it would post. Nothing is kept.",
	}, func(ctx context.Context, in *struct {
		Company
		Body SubmittedRequest
	},
	) (*reply[*app.RequestEffect], error) {
		return answer(d.app.PreviewNewRequest(ctx, d.call(ctx, in.Company.Company, ""), in.Body.entry(), in.Body.Submit))
	})
	add(d, operation{
		id: "update-request", method: http.MethodPatch, path: requestPath, tag: requestTag, permission: identity.Reimburse, matched: true,
		summary: "Change a request", about: "What was approved of it is void; one under review or approved is submitted again.",
	}, changeRequest(d, func(ctx context.Context, call app.Call, in *requestBody[VersionedRequestChange]) (*app.RequestView, error) {
		return d.app.EditRequest(ctx, call, in.Request, in.Body.Version, in.Body.edit())
	}))
	add(d, operation{
		id: "preview-update-request", method: http.MethodPost, path: requestPath + "/preview", tag: requestTag, permission: identity.Reimburse, status: http.StatusOK,
		summary: "What a request would be after a change", about: "Nothing is kept.",
	}, func(ctx context.Context, in *struct {
		RequestOf
		Body RequestChange
	},
	) (*reply[*app.RequestEffect], error) {
		return answer(d.app.PreviewEditRequest(ctx, d.call(ctx, in.Company.Company, ""), in.Request, in.Body.edit()))
	})
	requestSteps(d)
	requestPosting(d)
}

// requestSteps adds the steps that need no more than a text.
func requestSteps(d *door) {
	reason := func(id, path, summary, about string, change func(context.Context, app.Call, string, string) (*app.RequestView, error)) {
		add(d, operation{id: id, method: http.MethodPost, path: requestPath + path, tag: requestTag, permission: identity.Reimburse, status: http.StatusOK, matched: true, summary: summary, about: about},
			changeRequest(d, func(ctx context.Context, call app.Call, in *requestBody[RequestReason]) (*app.RequestView, error) {
				return change(ctx, call, in.Request, in.Body.Reason)
			}))
	}
	reason("hold-request", "/hold", "Stop work on a request", "Its mark stays.", d.app.HoldRequest)
	reason("withdraw-request", "/withdrawal", "Take one's own request back", "Only who asked may. Its mark is given back.", d.app.WithdrawRequest)
	reason("cancel-request", "/cancellation", "Give a request up", "Its mark is given back.", d.app.CancelRequest)
	reason("reopen-request", "/reopening", "Make an approval void and ask for it anew", "A credit that the approval made is reversed.", d.app.ReopenRequest)
	text := func(id, path, summary, about string, change func(context.Context, app.Call, string, string) (*app.RequestView, error)) {
		add(d, operation{id: id, method: http.MethodPost, path: requestPath + path, tag: requestTag, permission: identity.Reimburse, status: http.StatusOK, matched: true, summary: summary, about: about},
			changeRequest(d, func(ctx context.Context, call app.Call, in *requestBody[RequestText]) (*app.RequestView, error) {
				return change(ctx, call, in.Request, in.Body.Text)
			}))
	}
	text("answer-request", "/answer", "Answer what was asked about a request", "It is submitted again.", d.app.AnswerRequest)
	text("comment-request", "/comments", "Note something in the history of a request", "", d.app.CommentRequest)
	note := func(id, path, summary, about string, change func(context.Context, app.Call, string, string) (*app.RequestView, error)) {
		add(d, operation{id: id, method: http.MethodPost, path: requestPath + path, tag: requestTag, permission: identity.Reimburse, status: http.StatusOK, matched: true, summary: summary, about: about},
			changeRequest(d, func(ctx context.Context, call app.Call, in *requestBody[RequestNote]) (*app.RequestView, error) {
				return change(ctx, call, in.Request, in.Body.Note)
			}))
	}
	note("submit-request", "/submission", "Hand a draft in", "What it wants is marked; policies and approval rules are asked.", d.app.SubmitRequest)
	note("resume-request", "/resumption", "Take a request off hold", "It goes back to where it was held.", d.app.ResumeRequest)
}

func requestPosting(d *door) {
	add(d, operation{
		id: "post-request", method: http.MethodPost, path: requestPath + "/posting", tag: requestTag, permission: identity.Reimburse, status: http.StatusOK, matched: true,
		summary: "Reimburse an approved request", about: "By a run of one, with what get-request-posting shows. Who approved may not.",
	}, changeRequest(d, func(ctx context.Context, call app.Call, in *requestBody[RequestDay]) (*app.RequestView, error) {
		return d.app.PostRequest(ctx, call, in.Request, in.Body.Date)
	}))
	add(d, operation{
		id: "reverse-request", method: http.MethodPost, path: requestPath + "/reversal", tag: requestTag, permission: identity.Reimburse, status: http.StatusOK, matched: true,
		summary: "Reverse what a request posted", about: "Its credits are open again. What is paid is not reversed.",
	}, changeRequest(d, func(ctx context.Context, call app.Call, in *requestBody[RequestReversing]) (*app.RequestView, error) {
		return d.app.ReverseRequest(ctx, call, in.Request, in.Body.Date, in.Body.Reason)
	}))
}

// RequestLinking says how long a link is valid.
type RequestLinking struct {
	Days int `json:"days,omitempty" minimum:"1" maximum:"365" default:"30"`
}

func requestLinks(d *door) {
	add(d, operation{
		id: "link-request", method: http.MethodPost, path: requestPath + "/links", tag: requestTag, permission: identity.Reimburse, status: http.StatusCreated,
		summary: "Make a link to the status page of a request", about: "For its customer, who needs no account. It is signed and expires; nothing keeps it. The path is below the address of the pages.",
	}, func(ctx context.Context, in *struct {
		RequestOf
		Keyed
		Body RequestLinking
	},
	) (*reply[*app.RequestLink], error) {
		return answer(d.app.MakeRequestLink(ctx, d.call(ctx, in.Company.Company, in.Key), in.Request, in.Body.Days))
	})
	add(d, operation{
		id: "unlink-request", method: http.MethodPost, path: requestPath + "/links/revocation", tag: requestTag, permission: identity.Reimburse, status: http.StatusOK, matched: true,
		summary: "Revoke all links to the status page of a request",
	}, changeRequest(d, func(ctx context.Context, call app.Call, in *requestBody[RequestReason]) (*app.RequestView, error) {
		return d.app.RevokeRequestLinks(ctx, call, in.Request, in.Body.Reason)
	}))
}

func requestDecisions(d *door) {
	decision := func(id, path, summary, about string) operation {
		return operation{id: id, method: http.MethodPost, path: requestPath + path, tag: requestTag, permission: identity.Approve, status: http.StatusOK, matched: true, summary: summary, about: about}
	}
	add(d, decision("approve-request", "/approval", "Approve a request", "As one of those whom its approval asks; who asked may not."),
		changeRequest(d, func(ctx context.Context, call app.Call, in *requestBody[RequestApproving]) (*app.RequestView, error) {
			b := in.Body
			return d.app.ApproveRequest(ctx, call, in.Request, b.Version, app.RequestDecision{Debits: b.Debits, Text: b.Text})
		}))
	add(d, decision("reject-request", "/rejection", "Reject a request", "Its mark is given back. Who asked may not."),
		changeRequest(d, func(ctx context.Context, call app.Call, in *requestBody[RequestReason]) (*app.RequestView, error) {
			return d.app.RejectRequest(ctx, call, in.Request, in.Body.Reason)
		}))
	add(d, decision("ask-about-request", "/question", "Ask who made a request for more", "It waits for the answer."),
		changeRequest(d, func(ctx context.Context, call app.Call, in *requestBody[RequestText]) (*app.RequestView, error) {
			return d.app.AskAboutRequest(ctx, call, in.Request, in.Body.Text)
		}))
}
