package api

import (
	"context"
	"net/http"
	"net/url"

	"github.com/danielgtaylor/huma/v2"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/file"
	"quittance/internal/identity"
	"quittance/internal/request"
)

const (
	requestTag   = "Requests"
	requestsPath = "/companies/{company}/requests"
	requestPath  = requestsPath + "/{request}"
)

// RequestOf names a request of a company.
type RequestOf struct {
	Company
	Request string `path:"request" maxLength:"60" doc:"Number of the request." example:"RQ-00000001"`
}

func (in RequestOf) path() string {
	return "/api/v1/companies/" + url.PathEscape(in.Company.Company) + "/requests/" + url.PathEscape(in.Request)
}

// AboutRequest gives the request that the operation is about.
func (in RequestOf) AboutRequest() RequestOf { return in }

// RequestQuery narrows a list of requests. What is not given does not limit.
type RequestQuery struct {
	State    string `query:"state" enum:"draft,submitted,in_review,more_information,on_hold,approved,posted,in_payment,paid,cleared,returned,reversed,rejected,withdrawn,cancelled"`
	Kind     string `query:"kind" enum:"overpayment,return,refund_of_sale,expense,deposit,other"`
	Customer string `query:"customer" maxLength:"60"`
	Currency string `query:"currency" maxLength:"3"`
	Source   string `query:"source" maxLength:"100" doc:"About this invoice, return order or ticket."`
	By       string `query:"by" maxLength:"60" doc:"Made or submitted by this user."`
	Due      string `query:"due" format:"date" maxLength:"10" doc:"Due up to this day."`
	From     string `query:"from" maxLength:"30" doc:"Smallest amount."`
	To       string `query:"to" maxLength:"30" doc:"Largest amount."`
	Open     bool   `query:"open" doc:"Only those that are not ended."`
	Overdue  bool   `query:"overdue" doc:"Only those that were due before today and are not paid."`

	SinceFrom    string `query:"since_from" format:"date" maxLength:"10" doc:"In their state since this day or later."`
	SinceTo      string `query:"since_to" format:"date" maxLength:"10" doc:"In their state since this day or earlier."`
	ApprovedFrom string `query:"approved_from" format:"date" maxLength:"10" doc:"Approved on this day or later."`
	ApprovedTo   string `query:"approved_to" format:"date" maxLength:"10" doc:"Approved on this day or earlier."`
	DueFrom      string `query:"due_from" format:"date" maxLength:"10" doc:"Due on this day or later."`
	Why          string `query:"why" maxLength:"2000" doc:"For this reason in their state, word by word."`
	Service      string `query:"service" enum:"kept,late,overdue,running,ended" doc:"How they stand to the day by which they were to be paid."`
	Clock        string `query:"clock" maxLength:"20" doc:"Which clock set the day that they are due: service_level, or a jurisdiction such as US-CA."`
	WaitsFor     string `query:"waits_for" maxLength:"100" doc:"A step waits for this user, or role:ROLE."`
}

// spans reads the days of the figures into a filter.
func (q RequestQuery) spans(f *app.RequestFilter) error {
	for _, x := range []struct {
		name, text string
		to         *civil.Date
	}{
		{"since_from", q.SinceFrom, &f.SinceFrom}, {"since_to", q.SinceTo, &f.SinceTo}, {"approved_from", q.ApprovedFrom, &f.ApprovedFrom}, {"approved_to", q.ApprovedTo, &f.ApprovedTo}, {"due_from", q.DueFrom, &f.DueFrom},
	} {
		d, err := date(x.name, x.text)
		if err != nil {
			return err
		}
		*x.to = d
	}
	return nil
}

func (q RequestQuery) filter() (app.RequestFilter, error) {
	due, err := date("due", q.Due)
	f := app.RequestFilter{
		Kind: request.Kind(q.Kind), Customer: q.Customer, Currency: q.Currency, Source: q.Source, By: q.By, DueBy: due, From: q.From, To: q.To, Open: q.Open, Overdue: q.Overdue,
		Why: q.Why, Service: request.Service(q.Service), Clock: q.Clock, WaitsFor: q.WaitsFor,
	}
	if err == nil {
		err = q.spans(&f)
	}
	if q.State != "" {
		f.States = []request.State{request.State(q.State)}
	}
	return f, err
}

// RequestSums are requests added up.
type RequestSums struct {
	Sums []app.RequestSum `json:"sums" doc:"By state and currency."`
}

// RequestAges are requests by state and age.
type RequestAges struct {
	Items []app.RequestAge `json:"items" doc:"By state, days in it and currency."`
}

func requests(d *door) {
	requestLooks(d)
	requestDashboard(d)
	requestChanges(d)
	requestDecisions(d)
	requestLinks(d)
	requestFiles(d)
	requestImports(d)
}

func requestLooks(d *door) {
	add(d, operation{
		id: "list-requests", method: http.MethodGet, path: requestsPath, tag: requestTag, permission: identity.Read,
		summary: "Requests for reimbursement", about: "The newest first, without their credits and lines.",
	}, func(ctx context.Context, in *struct {
		Company
		RequestQuery
		Paged
	},
	) (*page[app.RequestView], error) {
		f, err := in.filter()
		if err != nil {
			return nil, err
		}
		part, err := d.app.Requests(ctx, d.call(ctx, in.Company.Company, ""), f, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "get-request-figures", method: http.MethodGet, path: "/companies/{company}/request-figures", tag: requestTag, permission: identity.Read,
		summary: "Requests added up", about: "Those of the filter, by state and currency.",
	}, func(ctx context.Context, in *struct {
		Company
		RequestQuery
	},
	) (*reply[RequestSums], error) {
		f, err := in.filter()
		if err != nil {
			return nil, err
		}
		all, err := d.app.RequestFigures(ctx, d.call(ctx, in.Company.Company, ""), f)
		return &reply[RequestSums]{RequestSums{all}}, err
	})
	add(d, operation{
		id: "get-request-ageing", method: http.MethodGet, path: "/companies/{company}/request-ageing", tag: requestTag, permission: identity.Read,
		summary: "Requests by state and days in it", about: "Those that are not ended, with those that are overdue.",
	}, func(ctx context.Context, in *struct {
		Company
		Date string `query:"date" format:"date" maxLength:"10" doc:"The day looked at; today when it is not given."`
	},
	) (*reply[RequestAges], error) {
		on, err := date("date", in.Date)
		if err != nil {
			return nil, err
		}
		all, err := d.app.RequestAgeing(ctx, d.call(ctx, in.Company.Company, ""), on)
		return &reply[RequestAges]{RequestAges{all}}, err
	})
	requestLook(d)
}

// requestLook adds the looks at one request.
func requestLook(d *door) {
	add(d, operation{
		id: "get-request", method: http.MethodGet, path: requestPath, tag: requestTag, permission: identity.Read, tagged: true,
		summary: "A request", about: "With its clocks, duplicates, attachments, approval, payments and history.",
	}, func(ctx context.Context, in *struct {
		RequestOf
		NoneMatch
	},
	) (*single[app.RequestDetail], error) {
		x, err := d.request(ctx, in.RequestOf)
		if err != nil {
			return nil, err
		}
		return show(in.NoneMatch, *x)
	})
	add(d, operation{
		id: "get-request-posting", method: http.MethodGet, path: requestPath + "/posting", tag: requestTag, permission: identity.Read,
		summary: "What posting a request would post", about: "What could not be posted is refused. Nothing is kept.",
	}, func(ctx context.Context, in *struct {
		RequestOf
		Date string `query:"date" format:"date" maxLength:"10" doc:"Of the vouchers; today when it is not given."`
	},
	) (*reply[*app.RequestPreview], error) {
		on, err := date("date", in.Date)
		if err != nil {
			return nil, err
		}
		return answer(d.app.PreviewRequest(ctx, d.call(ctx, in.Company.Company, ""), in.Request, on))
	})
}

func (d *door) request(ctx context.Context, in RequestOf) (*app.RequestDetail, error) {
	return d.app.Request(ctx, d.call(ctx, in.Company.Company, ""), in.Request)
}

// matchingRequest makes a change of a request when it is as If-Match says.
func (d *door) matchingRequest(ctx context.Context, m Match, in RequestOf, change func() error) error {
	return matching(d, m, in.Company.Company+" request "+in.Request, func() (any, error) { return d.request(ctx, in) }, change)
}

// aboutRequest is the input of a change to one request.
type aboutRequest interface {
	AboutRequest() RequestOf
	IdempotencyKey() string
	Precondition() Match
}

// requestBody is the input of a change to one request that has a body.
type requestBody[B any] struct {
	RequestOf
	Keyed
	Match
	Body B
}

// changeRequest makes the handler of a change that gives the request as it is then.
func changeRequest[I any](d *door, change func(context.Context, app.Call, *I) (*app.RequestView, error)) func(context.Context, *I) (*reply[app.RequestView], error) {
	return func(ctx context.Context, in *I) (out *reply[app.RequestView], err error) {
		x := any(in).(aboutRequest)
		err = d.matchingRequest(ctx, x.Precondition(), x.AboutRequest(), func() error {
			v, err := change(ctx, d.call(ctx, x.AboutRequest().Company.Company, x.IdempotencyKey()), in)
			if err == nil {
				out = &reply[app.RequestView]{*v}
			}
			return err
		})
		return out, err
	}
}

// RequestAttachmentOf names an attachment of a request.
type RequestAttachmentOf struct {
	RequestOf
	N int `path:"n" minimum:"1" maximum:"1000000" doc:"Number of the attachment in the request."`
}

// RequestAttachment is a file to attach to a request.
type RequestAttachment struct {
	Type    string `json:"type" minLength:"1" maxLength:"100" doc:"request_letter, receipt, invoice, proof_of_payment, return_note, identification, email, other, or one that policies ask for."`
	Name    string `json:"name" minLength:"1" maxLength:"200" doc:"Name of the file, without folders."`
	Media   string `json:"media,omitempty" maxLength:"120" doc:"Media type; by the ending of the name when it is not given."`
	Content []byte `json:"content" maxLength:"14000000" doc:"The file in base64, at most 10 MB of it."`
}

func requestFiles(d *door) {
	add(d, operation{
		id: "attach-to-request", method: http.MethodPost, path: requestPath + "/attachments", tag: requestTag, permission: identity.Reimburse, status: http.StatusCreated, matched: true,
		maxBody: file.MaxSize/3*4 + 64<<10, summary: "Attach a file to a request",
		about: "PDF, images, mails, texts, CSV, Word and Excel files up to 10 MB; what a browser would run is refused. What was approved of the request is void.",
	}, changeRequestMade(d, func(ctx context.Context, call app.Call, in *requestBody[RequestAttachment]) (*app.RequestView, error) {
		return d.app.AttachToRequest(ctx, call, in.Request, app.Attachment(in.Body))
	}))
	add(d, operation{
		id: "detach-from-request", method: http.MethodPost, path: requestPath + "/attachments/{n}/removal", tag: requestTag, permission: identity.Reimburse, status: http.StatusOK, matched: true,
		summary: "Take an attachment off a request", about: "The file stays, and the history says so. What was approved of the request is void.",
	}, changeRequest(d, func(ctx context.Context, call app.Call, in *struct {
		RequestAttachmentOf
		Keyed
		Match
		Body RequestReason
	},
	) (*app.RequestView, error) {
		return d.app.DetachFromRequest(ctx, call, in.Request, in.N, in.Body.Reason)
	}))
	o := operation{
		id: "get-request-attachment", method: http.MethodGet, path: requestPath + "/attachments/{n}", tag: requestTag, permission: identity.Read,
		summary: "An attachment of a request", about: "Always to be stored, never shown in place.",
	}
	op := o.describe(d)
	op.Responses["200"] = &huma.Response{Description: "The file, of the type that it was recognised as.", Content: map[string]*huma.MediaType{}}
	for _, media := range file.Media() {
		op.Responses["200"].Content[media] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	}
	huma.Register(d.api, op, func(ctx context.Context, in *RequestAttachmentOf) (*huma.StreamResponse, error) {
		f, content, err := d.app.RequestFileContent(ctx, d.call(ctx, in.Company.Company, ""), in.Request, in.N)
		if err != nil {
			return nil, problemOf(visitOf(ctx), err)
		}
		return &huma.StreamResponse{Body: func(c huma.Context) {
			for name, value := range f.Headers() {
				c.SetHeader(name, value)
			}
			_, _ = c.BodyWriter().Write(content) // who asked has gone
		}}, nil
	})
}

// changeRequestMade is changeRequest for what makes something of the request.
func changeRequestMade[I any](d *door, change func(context.Context, app.Call, *I) (*app.RequestView, error)) func(context.Context, *I) (*made[app.RequestView], error) {
	do := changeRequest(d, change)
	return func(ctx context.Context, in *I) (*made[app.RequestView], error) {
		out, err := do(ctx, in)
		if err != nil {
			return nil, err
		}
		return &made[app.RequestView]{Location: any(in).(aboutRequest).AboutRequest().path(), Body: out.Body}, nil
	}
}

// RequestIntake is a file of requests.
type RequestIntake struct {
	Name    string `json:"name" minLength:"1" maxLength:"200" doc:"What places of errors call the file."`
	Content []byte `json:"content" doc:"The CSV file in base64, at most 16 MB of it."`
	Submit  bool   `json:"submit,omitempty" doc:"They are handed in at once."`
}

func requestImports(d *door) {
	const path, body = "/companies/{company}/request-imports", int64(23 << 20) // base64 of 16 MB
	add(d, operation{
		id: "import-requests", method: http.MethodPost, path: path, tag: requestTag, permission: identity.Reimburse, status: http.StatusCreated, maxBody: body,
		summary: "Make the requests of a CSV file", about: "All or none; every error is told at its place. A row whose key is known and that asks for the same makes nothing.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body RequestIntake
	},
	) (*reply[*app.RequestImport], error) {
		return answer(d.app.ImportRequests(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.Name, in.Body.Content, in.Body.Submit, false))
	})
	add(d, operation{
		id: "preview-import-requests", method: http.MethodPost, path: path + "/preview", tag: requestTag, permission: identity.Reimburse, status: http.StatusOK, maxBody: body,
		summary: "What a CSV file of requests would make", about: "As import-requests, and nothing is kept.",
	}, func(ctx context.Context, in *struct {
		Company
		Body RequestIntake
	},
	) (*reply[*app.RequestImport], error) {
		return answer(d.app.ImportRequests(ctx, d.call(ctx, in.Company.Company, ""), in.Body.Name, in.Body.Content, in.Body.Submit, true))
	})
}

// RequestDay says when something is posted.
type RequestDay struct {
	Date civil.Date `json:"date,omitempty" doc:"Of the vouchers; today when it is not given."`
}
