package api

import (
	"context"
	"net/http"
	"net/url"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
)

// NewDocument is an invoice, credit note, payment or vendor invoice by its lines; the control lines follow from the posting profile.
type NewDocument struct {
	Type           string         `json:"type" enum:"invoice,credit_note,payment,vendor_invoice"`
	Number         string         `json:"number,omitempty" maxLength:"60" doc:"The next of the series when it is not given."`
	Party          string         `json:"party" minLength:"1" maxLength:"60" doc:"Code of the customer, or of the vendor."`
	Date           civil.Date     `json:"date,omitempty" doc:"Today when it is not given."`
	DueDate        civil.Date     `json:"due_date,omitempty" doc:"The date when it is not given."`
	Classification string         `json:"classification,omitempty" maxLength:"60" doc:"Billing classification."`
	Currency       string         `json:"currency,omitempty" maxLength:"3" doc:"The company's when it is not given."`
	Text           string         `json:"text,omitempty" maxLength:"250"`
	Lines          []DocumentLine `json:"lines" minItems:"1" maxItems:"5000"`
}

// DocumentLine is a line that is not on the control account.
type DocumentLine struct {
	Account string `json:"account" minLength:"1" maxLength:"250" doc:"Ledger account as written." example:"601-44400"`
	Amount  string `json:"amount" pattern:"^[0-9]{1,16}(\\.[0-9]{1,4})?$" doc:"Positive decimal." example:"12.50"`
}

// Posted is the number of what was posted.
type Posted struct {
	Number string `json:"number"`
}

func documents(d *door) {
	add(d, operation{
		id: "post-document", method: http.MethodPost, path: "/companies/{company}/documents", tag: "Vouchers", permission: identity.PostVoucher, status: http.StatusCreated,
		summary: "Post a document", about: "An invoice, a credit note, a payment or a vendor invoice by its lines. What is posted is final; undo is a reversal.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body NewDocument
	},
	) (*made[Posted], error) {
		b := &in.Body
		req := app.DocumentRequest{
			Type: b.Type, Number: b.Number, Party: b.Party, Date: b.Date, Due: b.DueDate, Classification: b.Classification, Currency: b.Currency, Text: b.Text,
			Lines: make([]app.DocumentLine, len(b.Lines)),
		}
		for i, l := range b.Lines {
			req.Lines[i] = app.DocumentLine(l)
		}
		number, err := d.app.PostDocument(ctx, d.call(ctx, in.Company.Company, in.Key), req)
		return postedAt(in.Company.Company, number), err
	})
}

// postedAt is the answer that a voucher was posted.
func postedAt(company, number string) *made[Posted] {
	return &made[Posted]{Location: "/api/v1/companies/" + url.PathEscape(company) + "/vouchers/" + url.PathEscape(number), Body: Posted{number}}
}
