package api

import (
	"context"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/openitem"
)

// side is customers or vendors, and how the document calls them.
type side struct {
	openitem.Side
	noun, plural string
}

func parties(d *door) {
	for _, s := range []side{{openitem.Customers, "customer", "customers"}, {openitem.Vendors, "vendor", "vendors"}} {
		partyList(d, s)
		partyItems(d, s)
		partyHold(d, s)
	}
	customerReimbursements(d)
}

// PartyOf names a customer or vendor of a company.
type PartyOf struct {
	Company
	Code string `path:"code" maxLength:"60" doc:"Code of the customer or vendor." example:"C-1001"`
}

func partyList(d *door, s side) {
	add(d, operation{
		id: "list-" + s.plural, method: http.MethodGet, path: "/companies/{company}/" + s.plural, tag: "Parties", permission: identity.Read,
		summary: "List of " + s.plural, about: "By code, with what is open.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		Search string `query:"search" maxLength:"250" doc:"What the code or the name begins with, whatever the case."`
		Group  string `query:"group" maxLength:"60"`
		Held   string `query:"held" enum:"true,false" doc:"Customers: on hold or not to be reimbursed; vendors: blocked."`
		Credit bool   `query:"credit" doc:"Only those with an open credit."`
	},
	) (*page[app.Party], error) {
		list := d.app.Customers
		if s.Side == openitem.Vendors {
			list = d.app.Vendors
		}
		part, err := list(ctx, d.call(ctx, in.Company.Company, ""), app.PartyFilter{Search: in.Search, Group: in.Group, Held: flag(in.Held), Credit: in.Credit}, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "get-" + s.noun, method: http.MethodGet, path: "/companies/{company}/" + s.plural + "/{code}", tag: "Parties", permission: identity.Read, tagged: true,
		summary: "A " + s.noun, about: "Everything known, with what is open by age. Bank details are masked; with bank=true they are in clear, which needs the permission bank_details.",
	}, func(ctx context.Context, in *struct {
		PartyOf
		NoneMatch
		Bank bool `query:"bank" doc:"Bank details in clear."`
	},
	) (*single[app.PartyDetail], error) {
		p, err := d.app.Party(ctx, d.call(ctx, in.Company.Company, ""), s.Side, in.Code, in.Bank)
		if err != nil {
			return nil, err
		}
		return show(in.NoneMatch, *p)
	})
}

func partyItems(d *door, s side) {
	add(d, operation{
		id: "list-" + s.noun + "-items", method: http.MethodGet, path: "/companies/{company}/" + s.plural + "/{code}/items", tag: "Parties", permission: identity.Read,
		summary: "Items of a " + s.noun, about: "By date, voucher and line; the open ones unless closed ones are asked for too. Debits are positive, credits negative.",
	}, func(ctx context.Context, in *struct {
		PartyOf
		Paged
		ItemsAre
		Closed bool `query:"closed" doc:"Closed ones too."`
	},
	) (*page[app.OpenItem], error) {
		f := in.filter()
		f.Side, f.Party, f.Closed = s.Side, in.Code, in.Closed
		part, err := d.app.Items(ctx, d.call(ctx, in.Company.Company, ""), f, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "get-" + s.noun + "-statement", method: http.MethodGet, path: "/companies/{company}/" + s.plural + "/{code}/statement", tag: "Parties", permission: identity.Read, tagged: true,
		summary: "Statement of a " + s.noun, about: "Opening balance, movements and closing balance, by currency; at most 5,000 lines.",
	}, func(ctx context.Context, in *struct {
		PartyOf
		NoneMatch
		Between
	},
	) (*single[app.Statement], error) {
		from, to, err := dates(in.From, in.To)
		if err != nil {
			return nil, err
		}
		v, err := d.app.Statement(ctx, d.call(ctx, in.Company.Company, ""), s.Side, in.Code, from, to)
		if err != nil {
			return nil, err
		}
		return show(in.NoneMatch, *v)
	})
	add(d, operation{
		id: "list-" + s.noun + "-settlements", method: http.MethodGet, path: "/companies/{company}/" + s.plural + "/{code}/settlements", tag: "Parties", permission: identity.Read,
		summary: "Settlements of a " + s.noun, about: "The newest first, also those that were undone.",
	}, func(ctx context.Context, in *struct {
		PartyOf
		Paged
	},
	) (*page[app.SettlementRow], error) {
		part, err := d.app.Settlements(ctx, d.call(ctx, in.Company.Company, ""), s.Side, in.Code, in.page())
		return pageOf(ctx, part, err)
	})
}

// Hold is what keeps a party from being reimbursed or paid.
type Hold struct {
	Hold           bool `json:"hold" doc:"On hold; vendors: blocked."`
	DoNotReimburse bool `json:"do_not_reimburse" doc:"Customers only."`
}

// HoldChange is a change of it; what is not given stays.
type HoldChange struct {
	Hold           *bool  `json:"hold,omitempty" doc:"On hold; vendors: blocked."`
	DoNotReimburse *bool  `json:"do_not_reimburse,omitempty" doc:"Customers only."`
	Reason         string `json:"reason" minLength:"1" maxLength:"250" doc:"For the audit trail."`
}

func partyHold(d *door, s side) {
	path := "/companies/{company}/" + s.plural + "/{code}/hold"
	look := func(ctx context.Context, in PartyOf) (*Hold, error) {
		p, err := d.app.Party(ctx, d.call(ctx, in.Company.Company, ""), s.Side, in.Code, false)
		if err != nil {
			return nil, err
		}
		return &Hold{p.Hold, p.DoNotReimburse}, nil
	}
	add(d, operation{
		id: "get-" + s.noun + "-hold", method: http.MethodGet, path: path, tag: "Parties", permission: identity.Read, tagged: true,
		summary: "What holds a " + s.noun,
	}, func(ctx context.Context, in *struct {
		PartyOf
		NoneMatch
	},
	) (*single[Hold], error) {
		h, err := look(ctx, in.PartyOf)
		if err != nil {
			return nil, err
		}
		return show(in.NoneMatch, *h)
	})
	add(d, operation{
		id: "set-" + s.noun + "-hold", method: http.MethodPut, path: path, tag: "Parties", permission: identity.SetUp, status: http.StatusNoContent, matched: true,
		summary: "Hold a " + s.noun + ", or release it",
	}, func(ctx context.Context, in *struct {
		PartyOf
		Keyed
		Match
		Body HoldChange
	},
	) (*done, error) {
		return nil, matching(d, in.Match, in.Company.Company+" hold "+s.noun+" "+in.Code, func() (any, error) { return look(ctx, in.PartyOf) }, func() error {
			return d.app.SetHold(ctx, d.call(ctx, in.Company.Company, in.Key), app.HoldRequest{Side: s.Side, Party: in.Code, Hold: in.Body.Hold, DoNotReimburse: in.Body.DoNotReimburse, Reason: in.Body.Reason})
		})
	})
}
