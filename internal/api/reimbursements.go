package api

import (
	"context"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
)

// Reversal is what was reversed.
type Reversal struct {
	Count    int               `json:"count" doc:"How many reimbursements were reversed."`
	Reversed []VoucherReversed `json:"reversed" doc:"The first 500 of them."`
	Notes    []string          `json:"notes" doc:"Such as settlements of debits that stay."`
}

const reversedShown = 500

func viewReversal(r *reimbursement.Reversal) Reversal {
	v := Reversal{Count: len(r.Reversed), Notes: r.Notes}
	for _, x := range r.Reversed[:min(len(r.Reversed), reversedShown)] {
		v.Reversed = append(v.Reversed, VoucherReversed{x.Number, x.By})
	}
	return v
}

// ReverseReimbursements asks for the reversal of reimbursements.
type ReverseReimbursements struct {
	Numbers []string   `json:"numbers" minItems:"1" maxItems:"1000" maxLength:"60"`
	Date    civil.Date `json:"date" minLength:"10" doc:"Date of the reversal, in an open period."`
	Reason  string     `json:"reason" minLength:"1" maxLength:"250"`
}

func reimbursements(d *door) {
	add(d, operation{
		id: "list-reimbursements", method: http.MethodGet, path: "/companies/{company}/reimbursements", tag: "Reimbursements", permission: identity.Read,
		summary: "List of reimbursements", about: "By number; those of a customer the newest first.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		Run      string `query:"run" maxLength:"60" doc:"Those of this run."`
		Customer string `query:"customer" maxLength:"60" doc:"Those of this customer."`
		Number   string `query:"number" maxLength:"60" doc:"What the number begins with."`
	},
	) (*page[reimbursement.View], error) {
		part, err := d.app.Reimbursements(ctx, d.call(ctx, in.Company.Company, ""), app.ReimbursementFilter{Run: in.Run, Customer: in.Customer, Number: in.Number}, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "get-reimbursement", method: http.MethodGet, path: "/companies/{company}/reimbursements/{number}", tag: "Reimbursements", permission: identity.Read, tagged: true,
		summary: "A reimbursement", about: "With where its money came from, where it went, and what happened since.",
	}, func(ctx context.Context, in *struct {
		VoucherOf
		NoneMatch
	},
	) (*single[app.Trace], error) {
		t, err := d.app.Trace(ctx, d.call(ctx, in.Company.Company, ""), in.Number)
		if err != nil {
			return nil, err
		}
		return show(in.NoneMatch, *t)
	})
	add(d, operation{
		id: "reverse-reimbursements", method: http.MethodPost, path: "/companies/{company}/reimbursements/reversals", tag: "Reimbursements", permission: identity.Reimburse, status: http.StatusCreated,
		summary: "Reverse reimbursements", about: "All or none; their credits are open again.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body ReverseReimbursements
	},
	) (*reply[Reversal], error) {
		r, err := d.app.Reverse(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.Numbers, in.Body.Date, in.Body.Reason)
		if err != nil {
			return nil, err
		}
		return &reply[Reversal]{viewReversal(r)}, nil
	})
}

func customerReimbursements(d *door) {
	add(d, operation{
		id: "list-customer-reimbursements", method: http.MethodGet, path: "/companies/{company}/customers/{code}/reimbursements", tag: "Parties", permission: identity.Read,
		summary: "Reimbursements of a customer", about: "The newest first.",
	}, func(ctx context.Context, in *struct {
		PartyOf
		Paged
	},
	) (*page[reimbursement.View], error) {
		part, err := d.app.Reimbursements(ctx, d.call(ctx, in.Company.Company, ""), app.ReimbursementFilter{Customer: in.Code}, in.page())
		return pageOf(ctx, part, err)
	})
}
