package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"quittance/internal/app"
	"quittance/internal/file"
	"quittance/internal/identity"
)

const deductionTag = "Deductions"

// DeductionOf names a deduction of a company. The number of a child has a slash, written %2F.
type DeductionOf struct {
	Company
	Deduction string `path:"deduction" maxLength:"60" doc:"Number of the deduction; the slash of a child's number is written %2F." example:"DED-000001"`
}

func (in DeductionOf) path() string {
	return "/api/v1/companies/" + url.PathEscape(in.Company.Company) + "/deductions/" + url.PathEscape(in.Deduction)
}

// DeductionQuery narrows a list of deductions.
type DeductionQuery struct {
	Order     string `query:"order" enum:"urgency,worth,newest" default:"urgency" doc:"urgency: days to the end of the window; worth: expected value; newest."`
	Closed    bool   `query:"closed" doc:"Closed ones too; needs the order newest."`
	Owner     string `query:"owner" maxLength:"60"`
	Team      string `query:"team" maxLength:"60"`
	Customer  string `query:"customer" maxLength:"60"`
	Reason    string `query:"reason" maxLength:"60"`
	Uncoded   bool   `query:"uncoded" doc:"Those without a reason."`
	Type      string `query:"type" maxLength:"60"`
	Work      string `query:"work" maxLength:"60" doc:"State of work."`
	Dispute   string `query:"dispute" maxLength:"60" doc:"State of the dispute."`
	Financial string `query:"financial" maxLength:"60" doc:"Financial state."`
	Hold      string `query:"hold" maxLength:"60" doc:"Where it is held."`
	Ready     string `query:"ready" enum:"yes,no" doc:"Whether all evidence is there."`
	Due       string `query:"due" format:"date" maxLength:"10" doc:"Whose window ends, or which are to be followed up, at the latest on this day."`
	From      string `query:"from" maxLength:"30" doc:"Smallest amount that remains."`
	To        string `query:"to" maxLength:"30" doc:"Largest amount that remains."`
	Currency  string `query:"currency" maxLength:"3"`
	Text      string `query:"text" maxLength:"60" doc:"What the number, the customer's code or name, the claim number or their code begins with."`
	Watcher   string `query:"watcher" maxLength:"60"`
}

func (q DeductionQuery) filter() (app.DeductionFilter, error) {
	due, err := date("due", q.Due)
	f := app.DeductionFilter{
		Order: q.Order, Closed: q.Closed, Owner: q.Owner, Team: q.Team, Customer: q.Customer, Reason: q.Reason, Uncoded: q.Uncoded, Type: q.Type, Work: q.Work, Dispute: q.Dispute,
		Financial: q.Financial, Hold: q.Hold, Due: due, From: q.From, To: q.To, Currency: q.Currency, Text: q.Text, Watcher: q.Watcher,
	}
	if q.Ready != "" {
		ready := q.Ready == "yes"
		f.Ready = &ready
	}
	return f, err
}

func (d *door) deduction(ctx context.Context, in DeductionOf) (*app.DeductionView, error) {
	return d.app.Deduction(ctx, d.call(ctx, in.Company.Company, ""), in.Deduction)
}

// matchingDeduction makes a change of a deduction when it is as If-Match says.
func (d *door) matchingDeduction(ctx context.Context, m Match, in DeductionOf, change func() error) error {
	return matching(d, m, in.Company.Company+" deduction "+in.Deduction, func() (any, error) { return d.deduction(ctx, in) }, change)
}

// DeductionBalances are what a customer owes with and without open deductions.
type DeductionBalances struct {
	Balances []app.DeductionBalance `json:"balances" doc:"By currency."`
}

func deductions(d *door) {
	add(d, operation{
		id: "list-deductions", method: http.MethodGet, path: "/companies/{company}/deductions", tag: deductionTag, permission: identity.Read,
		summary: "The worklist of deductions", about: "Open ones by urgency or expected value; with the order newest, closed ones too when asked for.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		DeductionQuery
	},
	) (*page[app.DeductionRow], error) {
		f, err := in.filter()
		if err != nil {
			return nil, err
		}
		part, err := d.app.Deductions(ctx, d.call(ctx, in.Company.Company, ""), f, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "get-deduction-totals", method: http.MethodGet, path: "/companies/{company}/deduction-totals", tag: deductionTag, permission: identity.Read,
		summary: "Count and sums of deductions", about: "Of all that pass the filter, by currency.",
	}, func(ctx context.Context, in *struct {
		Company
		DeductionQuery
	},
	) (*reply[app.DeductionTotals], error) {
		f, err := in.filter()
		if err != nil {
			return nil, err
		}
		t, err := d.app.DeductionTotals(ctx, d.call(ctx, in.Company.Company, ""), f)
		if err != nil {
			return nil, err
		}
		return &reply[app.DeductionTotals]{*t}, nil
	})
	add(d, operation{
		id: "get-deduction", method: http.MethodGet, path: "/companies/{company}/deductions/{deduction}", tag: deductionTag, permission: identity.Read, tagged: true,
		summary: "A deduction", about: "With its three states, amounts, resolutions, children, evidence, history, marks and proposed matches.",
	}, func(ctx context.Context, in *struct {
		DeductionOf
		NoneMatch
	},
	) (*single[app.DeductionView], error) {
		v, err := d.deduction(ctx, in.DeductionOf)
		if err != nil {
			return nil, err
		}
		return show(in.NoneMatch, *v)
	})
	add(d, operation{
		id: "get-deduction-balances", method: http.MethodGet, path: "/companies/{company}/customers/{code}/deduction-balances", tag: deductionTag, permission: identity.Read,
		summary: "What a customer owes with and without open deductions", about: "Wherever they are held.",
	}, func(ctx context.Context, in *PartyOf) (*reply[DeductionBalances], error) {
		b, err := d.app.DeductionBalances(ctx, d.call(ctx, in.Company.Company, ""), in.Code)
		if err != nil {
			return nil, err
		}
		return &reply[DeductionBalances]{DeductionBalances{b}}, nil
	})
	deductionFiles(d)
	deductionDesk(d)
	deductionMoney(d)
	deductionMass(d)
}

// AttachmentOf names an attachment of a deduction.
type AttachmentOf struct {
	DeductionOf
	ID int64 `path:"id" minimum:"1" doc:"The attachment."`
}

// NewAttachment is a file to attach.
type NewAttachment struct {
	Type    string `json:"type" enum:"claim,proof_of_delivery,bill_of_lading,price_agreement,email,other" doc:"What it proves."`
	Name    string `json:"name" minLength:"1" maxLength:"200" doc:"Name of the file, without folders."`
	Media   string `json:"media,omitempty" maxLength:"120" doc:"Media type; by the ending of the name when it is not given."`
	Content []byte `json:"content" maxLength:"14000000" doc:"The file in base64, at most 10 MB of it."`
}

// WhyDetached says why an attachment is taken off.
type WhyDetached struct {
	Reason string `json:"reason" minLength:"1" maxLength:"4000"`
}

func deductionFiles(d *door) {
	add(d, operation{
		id: "attach-to-deduction", method: http.MethodPost, path: "/companies/{company}/deductions/{deduction}/attachments", tag: deductionTag, permission: identity.Deduct, status: http.StatusCreated, matched: true,
		maxBody: file.MaxSize/3*4 + 64<<10, summary: "Attach evidence to a deduction", about: "PDF, images, mails, texts, CSV, Word and Excel files up to 10 MB; what a browser would run is refused.",
	}, func(ctx context.Context, in *struct {
		DeductionOf
		Keyed
		Match
		Body NewAttachment
	},
	) (out *made[app.DeductionView], err error) {
		err = d.matchingDeduction(ctx, in.Match, in.DeductionOf, func() error {
			v, err := d.app.AttachToDeduction(ctx, d.call(ctx, in.Company.Company, in.Key), in.Deduction, app.Attachment(in.Body))
			if err != nil {
				return err
			}
			out = &made[app.DeductionView]{Location: in.path(), Body: *v}
			if n := len(v.Evidence); n > 0 {
				out.Location += "/attachments/" + strconv.FormatInt(v.Evidence[n-1].ID, 10)
			}
			return nil
		})
		return out, err
	})
	add(d, operation{
		id: "detach-from-deduction", method: http.MethodPost, path: "/companies/{company}/deductions/{deduction}/attachments/{id}/removal", tag: deductionTag, permission: identity.Deduct, matched: true,
		summary: "Take evidence off a deduction", about: "The file stays, and the history says so.",
	}, changeDeduction(d, func(ctx context.Context, call app.Call, in *struct {
		AttachmentOf
		Keyed
		Match
		Body WhyDetached
	},
	) (*app.DeductionView, error) {
		return d.app.DetachFromDeduction(ctx, call, in.Deduction, in.ID, in.Body.Reason)
	}))
	o := operation{
		id: "get-deduction-attachment", method: http.MethodGet, path: "/companies/{company}/deductions/{deduction}/attachments/{id}", tag: deductionTag, permission: identity.Read,
		summary: "An attachment of a deduction", about: "Always to be stored, never shown in place.",
	}
	op := o.describe(d)
	op.Responses["200"] = &huma.Response{Description: "The file.", Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	huma.Register(d.api, op, func(ctx context.Context, in *AttachmentOf) (*huma.StreamResponse, error) {
		e, content, err := d.app.DeductionFile(ctx, d.call(ctx, in.Company.Company, ""), in.Deduction, in.ID)
		if err != nil {
			return nil, problemOf(visitOf(ctx), err)
		}
		return &huma.StreamResponse{Body: func(c huma.Context) {
			f := file.File{Name: e.Name, Media: e.Media}
			for name, value := range f.Headers() {
				c.SetHeader(name, value)
			}
			_, _ = c.BodyWriter().Write(content) // who asked has gone
		}}, nil
	})
}

// aboutDeduction is the input of a change to one deduction.
type aboutDeduction interface {
	About() DeductionOf
	IdempotencyKey() string
	Precondition() Match
}

// deductionBody is the input of a change to one deduction that has a body.
type deductionBody[B any] struct {
	DeductionOf
	Keyed
	Match
	Body B
}

// About gives the deduction that the request is about.
func (in DeductionOf) About() DeductionOf { return in }

// changeDeduction makes the handler of a change that gives the deduction as it is then.
func changeDeduction[I any, R any](d *door, change func(context.Context, app.Call, *I) (*R, error)) func(context.Context, *I) (*reply[R], error) {
	return func(ctx context.Context, in *I) (out *reply[R], err error) {
		x := any(in).(aboutDeduction)
		err = d.matchingDeduction(ctx, x.Precondition(), x.About(), func() error {
			v, err := change(ctx, d.call(ctx, x.About().Company.Company, x.IdempotencyKey()), in)
			if err == nil {
				out = &reply[R]{*v}
			}
			return err
		})
		return out, err
	}
}

// IdempotencyKey gives the key of the request; blank: it has none.
func (k Keyed) IdempotencyKey() string { return k.Key }

// Precondition gives what must still hold.
func (m Match) Precondition() Match { return m }
