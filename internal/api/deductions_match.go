package api

import (
	"context"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
	"quittance/internal/report"
)

// NewMatches asks for a search.
type NewMatches struct {
	Deductions []string   `json:"deductions,omitempty" maxItems:"500" doc:"Numbers of these deductions."`
	Customer   string     `json:"customer,omitempty" maxLength:"60" doc:"All open ones of this customer's family."`
	All        bool       `json:"all,omitempty" doc:"All open ones."`
	Apply      bool       `json:"apply,omitempty" doc:"Resolve at once by what scores match_apply_score or more, within the rules and the limits."`
	Date       civil.Date `json:"date,omitempty" doc:"Of the resolutions; today when it is not given."`
}

func deductionMatches(d *door) {
	add(d, operation{
		id: "match-deductions", method: http.MethodPost, path: "/companies/{company}/deductions/matches", tag: "Deductions", permission: identity.Deduct, status: http.StatusOK,
		summary: "Search for credits and plans that fit open deductions", about: "What fits is saved as proposals, instead of those that were there. One of deductions, customer and all says what is searched for.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body NewMatches
	},
	) (*reply[app.MatchOutcome], error) {
		b := in.Body
		out, err := d.app.MatchDeductions(ctx, d.call(ctx, in.Company.Company, in.Key), app.MatchRequest{Deductions: b.Deductions, Customer: b.Customer, All: b.All, Apply: b.Apply, Date: b.Date}, nil, nil)
		if err != nil {
			return nil, err
		}
		return &reply[app.MatchOutcome]{*out}, nil
	})
	add(d, operation{
		id: "list-deduction-matches", method: http.MethodGet, path: "/companies/{company}/deductions/matches", tag: "Deductions", permission: identity.Read,
		summary: "What is proposed for open deductions", about: "By deduction; the parts of one are taken together. The reasons say how the score comes about.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		Customer string `query:"customer" maxLength:"60" doc:"Of this customer only."`
		Least    int    `query:"least" minimum:"0" maximum:"100" doc:"With this score or more."`
	},
	) (*page[app.DeductionMatch], error) {
		part, err := d.app.DeductionMatches(ctx, d.call(ctx, in.Company.Company, ""), app.MatchFilter{Customer: in.Customer, Least: in.Least}, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "get-match-candidates", method: http.MethodGet, path: "/companies/{company}/deductions/{deduction}/candidates", tag: "Deductions", permission: identity.Read,
		summary: "What may fit a deduction", about: "The best first, with those below the threshold too; and what is left out, with the reason. Nothing is saved.",
	}, func(ctx context.Context, in *struct {
		Company
		Deduction string `path:"deduction" maxLength:"60" doc:"Number of the deduction; the slash of a child's number is written %2F." example:"DED-000001"`
	},
	) (*reply[app.MatchCandidates], error) {
		found, err := d.app.MatchCandidates(ctx, d.call(ctx, in.Company.Company, ""), in.Deduction)
		if err != nil {
			return nil, err
		}
		return &reply[app.MatchCandidates]{*found}, nil
	})
}

// FiguresOf narrows the figures of deductions.
type FiguresOf struct {
	From            string `query:"from" format:"date" maxLength:"10" doc:"First day of the period; 90 days before its end when it is not given."`
	To              string `query:"to" format:"date" maxLength:"10" doc:"Last day; today when it is not given."`
	Currency        string `query:"currency" maxLength:"3" doc:"The accounting currency when it is not given."`
	Customer        string `query:"customer" maxLength:"60"`
	Family          bool   `query:"family" doc:"With the customer's family."`
	Reason          string `query:"reason" maxLength:"60"`
	Owner           string `query:"owner" maxLength:"60"`
	Type            string `query:"type" maxLength:"60"`
	DaysOutstanding string `query:"days_outstanding" enum:"taken,sales,average_age" default:"taken" doc:"Which definition."`
	WinRate         string `query:"win_rate" enum:"resolved,disputes,disputed_amount" default:"resolved" doc:"Which definition."`
	DeductionRate   string `query:"deduction_rate" enum:"sales,payments" default:"sales" doc:"Which definition."`
}

func (f FiguresOf) filter() (report.Filter, error) {
	from, to, err := dates(f.From, f.To)
	return report.Filter{
		From: from, To: to, Currency: f.Currency, Customer: f.Customer, Family: f.Family, Reason: f.Reason, Owner: f.Owner, Type: f.Type,
		DaysOutstanding: f.DaysOutstanding, WinRate: f.WinRate, Rate: f.DeductionRate,
	}, err
}

func deductionFigures(d *door) {
	add(d, operation{
		id: "get-deduction-figures", method: http.MethodGet, path: "/companies/{company}/deduction-figures", tag: "Deductions", permission: identity.Read,
		summary: "Figures of the deduction desk", about: "Each with its definition, numerator and denominator; then what is open and what was taken, divided.",
	}, func(ctx context.Context, in *struct {
		Company
		FiguresOf
	},
	) (*reply[report.Deductions], error) {
		f, err := in.filter()
		if err != nil {
			return nil, err
		}
		figures, err := d.app.DeductionFigures(ctx, d.call(ctx, in.Company.Company, ""), f)
		if err != nil {
			return nil, err
		}
		return &reply[report.Deductions]{*figures}, nil
	})
}
