package api

import (
	"context"
	"net/http"
	"net/url"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
)

// RunRequest asks for a run. What is not given is as the parameters of the company say.
type RunRequest struct {
	Selection           Selection  `json:"selection"`
	Date                civil.Date `json:"date,omitempty" doc:"Date of the vouchers; today when it is not given."`
	Minimum             *string    `json:"minimum,omitempty" pattern:"^[0-9]{1,16}(\\.[0-9]{1,4})?$" doc:"Smallest reimbursement, in accounting currency."`
	IncludeDebits       *bool      `json:"include_outstanding_debits,omitempty" doc:"Reimburse also who has open debits."`
	Separate            *bool      `json:"separate_by_classification,omitempty" doc:"A reimbursement for each billing classification."`
	Classifications     []string   `json:"classifications,omitempty" maxItems:"500" maxLength:"60" doc:"Credits with these billing classifications only."`
	IncludeUnclassified bool       `json:"include_unclassified,omitempty" doc:"With classifications: credits without one too."`
	Netting             *string    `json:"netting,omitempty" enum:"gross,net,net_due" doc:"Whether debits are settled first."`
	Summarize           *bool      `json:"summarize_customer,omitempty" doc:"One reimbursement a customer and currency."`
	MinimumAge          *int       `json:"minimum_age_days,omitempty" minimum:"0" maximum:"3650" doc:"Days that a credit must be old."`
}

// Selection is which customers and credits a run looks at: all, or some.
type Selection struct {
	All       bool     `json:"all,omitempty" doc:"Every customer in credit; nothing else can stand beside it."`
	Customers []string `json:"customers,omitempty" maxItems:"10000" maxLength:"122" doc:"Codes, or ranges A..B in byte order, both ends included."`
	Groups    []string `json:"groups,omitempty" maxItems:"1000" maxLength:"60" doc:"Customer groups."`
	Currency  string   `json:"currency,omitempty" maxLength:"3" doc:"Credits in this currency only."`
	Credits   []string `json:"credits,omitempty" maxItems:"10000" maxLength:"60" doc:"These vouchers only."`
}

// NewRun asks for a run that is saved, and posted if it says so.
type NewRun struct {
	RunRequest
	Post bool `json:"post,omitempty" doc:"Post it too: a selection of few customers or credits at once, by one command; others are saved and started, and posted in the background. An unfinished run with the same selection and options is gone on with."`
}

func (r *RunRequest) request() (app.RunRequest, error) {
	s := r.Selection
	some := len(s.Customers)+len(s.Groups)+len(s.Credits) > 0 || s.Currency != ""
	switch {
	case !some && !s.All:
		return app.RunRequest{}, fault.New(fault.Invalid, "nothing is selected; name customers, groups, a currency or credits, or say all to mean every customer in credit").In("selection").ByRule("nothing_selected")
	case some && s.All:
		return app.RunRequest{}, fault.New(fault.Invalid, "all means every customer in credit, so nothing else can stand beside it").In("selection.all").ByRule("selection_contradicts")
	}
	return app.RunRequest{
		Selection: reimbursement.Selection{All: s.All, Customers: s.Customers, Groups: s.Groups, Currency: s.Currency, Credits: s.Credits}, Date: r.Date, Minimum: r.Minimum, IncludeDebits: r.IncludeDebits, Separate: r.Separate, Classifications: r.Classifications,
		IncludeUnclassified: r.IncludeUnclassified, Netting: r.Netting, Summarize: r.Summarize, MinimumAge: r.MinimumAge,
	}, nil
}

// RunOf names a run of a company.
type RunOf struct {
	Company
	Run string `path:"run" maxLength:"60" doc:"The run." example:"RUN-000001"`
}

func (d *door) runState(ctx context.Context, in RunOf) (*reimbursement.RunView, error) {
	return d.app.RunState(ctx, d.call(ctx, in.Company.Company, ""), in.Run)
}

// matchingRun makes a change of a run when it is as If-Match says.
func (d *door) matchingRun(ctx context.Context, m Match, in RunOf, change func() error) error {
	return matching(d, m, in.Company.Company+" run "+in.Run, func() (any, error) { return d.runState(ctx, in) }, change)
}

func runs(d *door) {
	runLooks(d)
	runSimulations(d)
	add(d, operation{
		id: "create-run", method: http.MethodPost, path: "/companies/{company}/runs", tag: "Runs", permission: identity.Reimburse, status: http.StatusCreated,
		summary: "Propose a run, or post one", about: "Saves who would be reimbursed, and who not and why. Nothing is posted before the run is, unless post says so.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body NewRun
	},
	) (*made[reimbursement.RunView], error) {
		req, err := in.Body.request()
		if err != nil {
			return nil, err
		}
		call := d.call(ctx, in.Company.Company, in.Key)
		var run *reimbursement.RunView
		switch {
		case !in.Body.Post:
			run, err = d.app.Propose(ctx, call, req, nil)
		case req.Selection.Few():
			run, _, err = d.app.PostSelection(ctx, call, req, nil)
		default:
			run, err = d.app.StartSelection(ctx, call, req)
		}
		if err != nil {
			return nil, err
		}
		return &made[reimbursement.RunView]{Location: "/api/v1/companies/" + url.PathEscape(in.Company.Company) + "/runs/" + url.PathEscape(run.ID), Body: *run}, nil
	})
	runChanges(d)
	runReversal(d)
}

// Exclusion takes a customer out of a run.
type Exclusion struct {
	Customer string `json:"customer" minLength:"1" maxLength:"60"`
	Currency string `json:"currency,omitempty" maxLength:"3" doc:"In this currency; in all when it is not given."`
	Reason   string `json:"reason" minLength:"1" maxLength:"250"`
}

// TakenOut says how many lines were taken out.
type TakenOut struct {
	Run   string `json:"run"`
	Lines int64  `json:"lines"`
}

// Reason says why.
type Reason struct {
	Reason string `json:"reason" minLength:"1" maxLength:"250" doc:"For the audit trail."`
}

func runChanges(d *door) {
	add(d, operation{
		id: "exclude-from-run", method: http.MethodPost, path: "/companies/{company}/runs/{run}/exclusions", tag: "Runs", permission: identity.Reimburse, matched: true,
		summary: "Take a customer out of a proposed run",
	}, func(ctx context.Context, in *struct {
		RunOf
		Keyed
		Match
		Body Exclusion
	},
	) (out *reply[TakenOut], err error) {
		err = d.matchingRun(ctx, in.Match, in.RunOf, func() error {
			n, err := d.app.TakeOut(ctx, d.call(ctx, in.Company.Company, in.Key), in.Run, in.Body.Customer, in.Body.Currency, in.Body.Reason)
			out = &reply[TakenOut]{TakenOut{in.Run, n}}
			return err
		})
		return out, err
	})
	add(d, operation{
		id: "post-run", method: http.MethodPost, path: "/companies/{company}/runs/{run}/posting", tag: "Runs", permission: identity.Reimburse, status: http.StatusAccepted, matched: true,
		summary: "Post a run", about: "Reserves its numbers and leaves the posting to the processes that work on the database; its progress says how far they are. A run that is posting or posted is left as it is, so that the request may be sent again, with or without a key.",
	}, func(ctx context.Context, in *struct {
		RunOf
		Keyed
		Match
	},
	) (out *reply[reimbursement.RunView], err error) {
		err = d.matchingRun(ctx, in.Match, in.RunOf, func() error {
			run, err := d.app.StartRun(ctx, d.call(ctx, in.Company.Company, in.Key), in.Run)
			if err == nil {
				out = &reply[reimbursement.RunView]{*run}
			}
			return err
		})
		return out, err
	})
	add(d, operation{
		id: "cancel-run", method: http.MethodPost, path: "/companies/{company}/runs/{run}/cancellation", tag: "Runs", permission: identity.Reimburse, status: http.StatusNoContent, matched: true,
		summary: "Give a proposed run up",
	}, func(ctx context.Context, in *struct {
		RunOf
		Keyed
		Match
		Body Reason
	},
	) (*done, error) {
		return nil, d.matchingRun(ctx, in.Match, in.RunOf, func() error {
			return d.app.CancelRun(ctx, d.call(ctx, in.Company.Company, in.Key), in.Run, in.Body.Reason)
		})
	})
}

func runReversal(d *door) {
	add(d, operation{
		id: "reverse-run", method: http.MethodPost, path: "/companies/{company}/runs/{run}/reversal", tag: "Runs", permission: identity.Reimburse, matched: true,
		summary: "Reverse all reimbursements of a run", about: "Some hundreds at a time; cut off, what was reversed stays reversed, and the same request goes on with the rest. It needs no key: what is reversed is not reversed again.",
	}, func(ctx context.Context, in *struct {
		RunOf
		Keyed
		Match
		Body Reverse
	},
	) (out *reply[Reversal], err error) {
		err = d.matchingRun(ctx, in.Match, in.RunOf, func() error {
			r, err := d.app.ReverseRun(ctx, d.call(ctx, in.Company.Company, in.Key), in.Run, in.Body.Date, in.Body.Reason, nil)
			if err == nil {
				out = &reply[Reversal]{viewReversal(r)}
			}
			return err
		})
		return out, err
	})
}
