package api

import (
	"context"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/openitem"
)

// CompanyCode is a company in a list.
type CompanyCode struct {
	Company string `json:"company" doc:"Code of the company."`
}

func companies(d *door) {
	add(d, operation{
		id: "list-companies", method: http.MethodGet, path: "/companies", tag: "Companies", permission: identity.Read,
		summary: "Companies", about: "Those in which one may look, by code. An import makes one.",
	}, func(ctx context.Context, in *struct{ Paged }) (*page[CompanyCode], error) {
		codes, err := d.app.Companies(ctx, d.call(ctx, "", ""))
		all := make([]CompanyCode, len(codes))
		for i, code := range codes {
			all[i].Company = code
		}
		return pageOf(ctx, cut(all, func(c *CompanyCode) string { return c.Company }, in.Paged), err)
	})
	add(d, operation{
		id: "get-company", method: http.MethodGet, path: "/companies/{company}", tag: "Companies", permission: identity.Read, tagged: true,
		summary: "Set-up of a company", about: "Parameters, dimensions, main accounts, balancing rules, posting profiles, classifications, rates and number series.",
	}, func(ctx context.Context, in *struct {
		Company
		NoneMatch
	},
	) (*single[app.Setup], error) {
		s, err := d.app.Setup(ctx, d.call(ctx, in.Company.Company, ""))
		if err != nil {
			return nil, err
		}
		return show(in.NoneMatch, *s)
	})
}

// Value is the value of a parameter.
type Value struct {
	Value string `json:"value" maxLength:"250" doc:"Blank takes it back to its default."`
}

func setup(d *door) {
	add(d, operation{
		id: "list-accounts", method: http.MethodGet, path: "/companies/{company}/accounts", tag: "Companies", permission: identity.Read,
		summary: "Main accounts", about: "The chart of accounts, by code.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
	},
	) (*page[app.SetupAccount], error) {
		s, err := d.app.Setup(ctx, d.call(ctx, in.Company.Company, ""))
		if err != nil {
			return nil, err
		}
		return pageOf(ctx, cut(s.Accounts, func(a *app.SetupAccount) string { return a.Account }, in.Paged), nil)
	})
	add(d, operation{
		id: "list-parameters", method: http.MethodGet, path: "/companies/{company}/parameters", tag: "Companies", permission: identity.Read,
		summary: "Parameters", about: "What the company decided, with what it means.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
	},
	) (*page[app.SetupParameter], error) {
		s, err := d.app.Setup(ctx, d.call(ctx, in.Company.Company, ""))
		if err != nil {
			return nil, err
		}
		return pageOf(ctx, cutInOrder(s.Parameters, func(p *app.SetupParameter) string { return p.Name }, in.Paged), nil)
	})
	add(d, operation{
		id: "get-parameter", method: http.MethodGet, path: "/companies/{company}/parameters/{name}", tag: "Companies", permission: identity.Read, tagged: true,
		summary: "A parameter",
	}, func(ctx context.Context, in *struct {
		Parameter
		NoneMatch
	},
	) (*single[app.SetupParameter], error) {
		p, err := d.parameter(ctx, in.Company.Company, in.Name)
		if err != nil {
			return nil, err
		}
		return show(in.NoneMatch, *p)
	})
	add(d, operation{
		id: "set-parameter", method: http.MethodPut, path: "/companies/{company}/parameters/{name}", tag: "Companies", permission: identity.SetUp, status: http.StatusNoContent, matched: true,
		summary: "Set a parameter",
	}, func(ctx context.Context, in *struct {
		Parameter
		Keyed
		Match
		Body Value
	},
	) (*done, error) {
		return nil, matching(d, in.Match, in.Company.Company+" parameter "+in.Name, func() (any, error) { return d.parameter(ctx, in.Company.Company, in.Name) }, func() error {
			return d.app.SetParameter(ctx, d.call(ctx, in.Company.Company, in.Key), in.Name, in.Body.Value)
		})
	})
}

// Parameter names a parameter of a company.
type Parameter struct {
	Company
	Name string `path:"name" maxLength:"60" doc:"The parameter, such as minimum_reimbursement."`
}

func (d *door) parameter(ctx context.Context, company, name string) (*app.SetupParameter, error) {
	s, err := d.app.Setup(ctx, d.call(ctx, company, ""))
	if err != nil {
		return nil, err
	}
	for i := range s.Parameters {
		if s.Parameters[i].Name == name {
			return &s.Parameters[i], nil
		}
	}
	return nil, fault.New(fault.NotFound, "there is no parameter %q", name)
}

// sideOf gives the side that a parameter or member names; customers when it is blank.
func sideOf(text string) openitem.Side {
	if text == openitem.Vendors.String() {
		return openitem.Vendors
	}
	return openitem.Customers
}
