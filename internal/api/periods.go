package api

import (
	"context"
	"net/http"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
)

// Period is a fiscal period.
type Period struct {
	Start      civil.Date        `json:"start"`
	End        civil.Date        `json:"end"`
	Status     string            `json:"status" enum:"open,on_hold,closed"`
	Exceptions []PeriodException `json:"exceptions"`
}

// PeriodException is what holds for a module, and a role or (blank) any, instead of the status of the period.
type PeriodException struct {
	Module string `json:"module" enum:"ledger,receivable,payable"`
	Role   string `json:"role"`
	Status string `json:"status"`
}

func viewPeriod(p ledger.Period) Period {
	v := Period{Start: p.Start, End: p.End, Status: p.Status, Exceptions: []PeriodException{}}
	for _, x := range p.Excepted() {
		v.Exceptions = append(v.Exceptions, PeriodException{string(x.Module), x.Role, x.Status})
	}
	return v
}

// PeriodOf names a period of a company.
type PeriodOf struct {
	Company
	Start string `path:"start" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"First day of the period." example:"2026-11-01"`
}

// PeriodChange is another status of a period.
type PeriodChange struct {
	Status string `json:"status" enum:"open,on_hold,closed" doc:"closed is for good."`
	Module string `json:"module,omitempty" enum:"ledger,receivable,payable" doc:"What holds for this module only."`
	Role   string `json:"role,omitempty" maxLength:"60" doc:"With a module: what holds for this role only."`
}

func periods(d *door) {
	add(d, operation{
		id: "list-periods", method: http.MethodGet, path: "/companies/{company}/periods", tag: "Companies", permission: identity.Read,
		summary: "Fiscal periods", about: "By their first day.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
	},
	) (*page[Period], error) {
		all, err := d.periods(ctx, in.Company.Company)
		return pageOf(ctx, cut(all, func(p *Period) string { return p.Start.String() }, in.Paged), err)
	})
	add(d, operation{
		id: "get-period", method: http.MethodGet, path: "/companies/{company}/periods/{start}", tag: "Companies", permission: identity.Read, tagged: true,
		summary: "A fiscal period",
	}, func(ctx context.Context, in *struct {
		PeriodOf
		NoneMatch
	},
	) (*single[Period], error) {
		p, err := d.period(ctx, in.PeriodOf)
		if err != nil {
			return nil, err
		}
		return show(in.NoneMatch, *p)
	})
	add(d, operation{
		id: "set-period", method: http.MethodPut, path: "/companies/{company}/periods/{start}", tag: "Companies", permission: identity.SetUp, status: http.StatusNoContent, matched: true,
		summary: "Set the status of a period", about: "With a module, of that module's exception only.",
	}, func(ctx context.Context, in *struct {
		PeriodOf
		Keyed
		Match
		Body PeriodChange
	},
	) (*done, error) {
		start, err := civil.Parse(in.Start)
		if err != nil {
			return nil, err
		}
		if in.Body.Role != "" && in.Body.Module == "" {
			return nil, fault.New(fault.Invalid, "a role needs a module: an exception is for a module, and then for a role").In("role")
		}
		return nil, matching(d, in.Match, in.Company.Company+" period "+in.Start, func() (any, error) { return d.period(ctx, in.PeriodOf) }, func() error {
			return d.app.SetPeriod(ctx, d.call(ctx, in.Company.Company, in.Key), start, in.Body.Status, ledger.Module(in.Body.Module), in.Body.Role)
		})
	})
}

func (d *door) periods(ctx context.Context, company string) ([]Period, error) {
	all, err := d.app.Periods(ctx, d.call(ctx, company, ""))
	views := make([]Period, len(all))
	for i, p := range all {
		views[i] = viewPeriod(p)
	}
	return views, err
}

func (d *door) period(ctx context.Context, in PeriodOf) (*Period, error) {
	all, err := d.periods(ctx, in.Company.Company)
	if err != nil {
		return nil, err
	}
	for i := range all {
		if all[i].Start.String() == in.Start {
			return &all[i], nil
		}
	}
	return nil, fault.New(fault.NotFound, "no period begins on %s", in.Start)
}
