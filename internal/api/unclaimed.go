package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/unclaimed"
)

const (
	unclaimedTag      = "Unclaimed property"
	unclaimedPath     = "/companies/{company}/unclaimed"
	unclaimedItems    = unclaimedPath + "/items"
	unclaimedLetters  = unclaimedPath + "/letters"
	propertiesPath    = unclaimedPath + "/properties"
	propertyPath      = propertiesPath + "/{property}"
	uRemittancesPath  = unclaimedPath + "/remittances"
	uRemittancePath   = uRemittancesPath + "/{remittance}"
	unclaimedReports  = unclaimedPath + "/reports"
	ownerContactsPath = "/companies/{company}/owner-contacts"
	ageingPath        = "/companies/{company}/credit-ageing"
)

// UnclaimedQuery says what may be unclaimed is looked at. What is not given does not limit.
type UnclaimedQuery struct {
	Date         string `query:"date" format:"date" maxLength:"10" doc:"The day looked at; today when it is not given."`
	Kind         string `query:"kind" enum:"credit,payment" doc:"An open credit of a customer, or a payment that was never cashed or came back."`
	Owner        string `query:"owner" maxLength:"60" doc:"Of this customer or vendor only."`
	Jurisdiction string `query:"jurisdiction" maxLength:"10" doc:"Such as US-WI."`
}

func (q UnclaimedQuery) selection() (app.UnclaimedSelection, error) {
	on, err := date("date", q.Date)
	return app.UnclaimedSelection{Date: on, Kind: unclaimed.Kind(q.Kind), Owner: q.Owner, Jurisdiction: q.Jurisdiction}, err
}

// PropertyOf names a property that was escheated.
type PropertyOf struct {
	Company
	Property string `path:"property" maxLength:"60" doc:"Code of the property, such as UP-00000001."`
}

// PropertyRemittanceOf names a remittance of unclaimed property.
type PropertyRemittanceOf struct {
	Company
	Remittance string `path:"remittance" maxLength:"60" doc:"Code of the remittance, such as UR-00000001."`
}

// AgeingQuery says whose credits are looked at, and when.
type AgeingQuery struct {
	Date  string `query:"date" format:"date" maxLength:"10" doc:"The day looked at; today when it is not given."`
	Owner string `query:"owner" maxLength:"60" doc:"Of this customer only."`
}

func unclaimedProperty(d *door) {
	unclaimedLooks(d)
	unclaimedKept(d)
	unclaimedFiles(d)
	creditAgeing(d)
	unclaimedChanges(d)
	unclaimedRemitting(d)
	ownerContacts(d)
	unclaimedSetup(d)
}

func unclaimedLooks(d *door) {
	add(d, operation{
		id: "get-unclaimed-figures", method: http.MethodGet, path: unclaimedPath, tag: unclaimedTag, permission: identity.Read,
		summary: "How much may be unclaimed", about: "By stage, jurisdiction and currency, with what each liability account owes by the properties and by the ledger.",
	}, func(ctx context.Context, in *struct {
		Company
		UnclaimedQuery
	},
	) (*reply[*app.UnclaimedFigures], error) {
		s, err := in.selection()
		if err != nil {
			return nil, err
		}
		return answer(d.app.UnclaimedFigures(ctx, d.call(ctx, in.Company.Company, ""), s, 0))
	})
	add(d, operation{
		id: "list-unclaimed-items", method: http.MethodGet, path: unclaimedItems, tag: unclaimedTag, permission: identity.Read,
		summary: "What may be unclaimed", about: "By owner, payments after credits: what is due for a letter or to be escheated, unless a stage or everything is asked for; each with its days and the reason.",
	}, func(ctx context.Context, in *struct {
		Company
		UnclaimedQuery
		Paged
		Stage string `query:"stage" enum:"escheat_due,letter_due,no_jurisdiction,no_rule,not_dormant,before_cut_off,before_letters,reply_open,marked,nothing_open" doc:"What stands at this stage only."`
		All   bool   `query:"all" doc:"What is left out, too, with why."`
	},
	) (*page[app.UnclaimedItem], error) {
		s, err := in.selection()
		if err != nil {
			return nil, err
		}
		s.All = in.All
		if in.Stage != "" {
			s.Stages = []unclaimed.Stage{unclaimed.Stage(in.Stage)}
		}
		part, err := d.app.UnclaimedItems(ctx, d.call(ctx, in.Company.Company, ""), s, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "list-unclaimed-properties", method: http.MethodGet, path: propertiesPath, tag: unclaimedTag, permission: identity.Read,
		summary: "What was escheated", about: "The newest first.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		Jurisdiction string `query:"jurisdiction" maxLength:"10"`
		Status       string `query:"status" enum:"escheated,remitted,reclaimed,reversed"`
		Owner        string `query:"owner" maxLength:"60" doc:"Of this customer or vendor only."`
		Year         int    `query:"year" minimum:"1990" maximum:"2100" doc:"To be reported in this year."`
	},
	) (*page[app.UnclaimedProperty], error) {
		f := app.UnclaimedFilter{Jurisdiction: in.Jurisdiction, Status: unclaimed.Status(in.Status), Owner: in.Owner, Year: in.Year}
		part, err := d.app.UnclaimedProperties(ctx, d.call(ctx, in.Company.Company, ""), f, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "get-unclaimed-property", method: http.MethodGet, path: propertyPath, tag: unclaimedTag, permission: identity.Read, tagged: true,
		summary: "A property that was escheated", about: "With all that happened to it.",
	}, func(ctx context.Context, in *struct {
		PropertyOf
		NoneMatch
	},
	) (*single[app.UnclaimedProperty], error) {
		p, err := d.property(ctx, in.PropertyOf)
		if err != nil {
			return nil, err
		}
		return show(in.NoneMatch, *p)
	})
}

func (d *door) property(ctx context.Context, in PropertyOf) (*app.UnclaimedProperty, error) {
	return d.app.UnclaimedProperty(ctx, d.call(ctx, in.Company.Company, ""), in.Property)
}

func (d *door) unclaimedRemittance(ctx context.Context, in PropertyRemittanceOf) (*app.UnclaimedRemittance, error) {
	return d.app.UnclaimedRemittance(ctx, d.call(ctx, in.Company.Company, ""), in.Remittance)
}

// unclaimedKept adds the lists of what was made.
func unclaimedKept(d *door) {
	type in = struct {
		Company
		Paged
	}
	add(d, operation{
		id: "list-unclaimed-letters", method: http.MethodGet, path: unclaimedLetters, tag: unclaimedTag, permission: identity.Read,
		summary: "Letters to owners", about: "By batch, the newest first.",
	}, func(ctx context.Context, in *in) (*page[app.UnclaimedLetters], error) {
		part, err := d.app.UnclaimedLetters(ctx, d.call(ctx, in.Company.Company, ""), in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "list-unclaimed-remittances", method: http.MethodGet, path: uRemittancesPath, tag: unclaimedTag, permission: identity.Read,
		summary: "What was paid to jurisdictions", about: "The newest first.",
	}, func(ctx context.Context, in *in) (*page[app.UnclaimedRemittance], error) {
		part, err := d.app.UnclaimedRemittances(ctx, d.call(ctx, in.Company.Company, ""), in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "get-unclaimed-remittance", method: http.MethodGet, path: uRemittancePath, tag: unclaimedTag, permission: identity.Read, tagged: true,
		summary: "A remittance of unclaimed property",
	}, func(ctx context.Context, in *struct {
		PropertyRemittanceOf
		NoneMatch
	},
	) (*single[app.UnclaimedRemittance], error) {
		r, err := d.unclaimedRemittance(ctx, in.PropertyRemittanceOf)
		if err != nil {
			return nil, err
		}
		return show(in.NoneMatch, *r)
	})
	add(d, operation{
		id: "list-unclaimed-reports", method: http.MethodGet, path: unclaimedReports, tag: unclaimedTag, permission: identity.Read,
		summary: "Reports to jurisdictions", about: "The newest first.",
	}, func(ctx context.Context, in *in) (*page[app.UnclaimedReport], error) {
		part, err := d.app.UnclaimedReports(ctx, d.call(ctx, in.Company.Company, ""), in.page())
		return pageOf(ctx, part, err)
	})
}

// fileOf adds an operation that hands a file out.
func fileOf[I any](d *door, o operation, media string, open func(context.Context, *I) (*app.UnclaimedFile, error)) {
	op := o.describe(d)
	op.Responses["200"] = &huma.Response{Description: "The file.", Content: map[string]*huma.MediaType{media: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	huma.Register(d.api, op, func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		f, err := open(ctx, in)
		if err != nil {
			return nil, problemOf(visitOf(ctx), err)
		}
		return attachment(ctx, f.Name, f.Content), nil
	})
}

func unclaimedFiles(d *door) {
	const media = "application/octet-stream"
	fileOf(d, operation{
		id: "get-unclaimed-letters-file", method: http.MethodGet, path: unclaimedLetters + "/{letters}/file", tag: unclaimedTag, permission: identity.Prepare,
		summary: "Letters to owners, as PDF", about: "Each time is told in the audit trail.",
	}, media, func(ctx context.Context, in *struct {
		Company
		Letters string `path:"letters" maxLength:"60" doc:"Code of the batch, such as UL-00000001."`
	},
	) (*app.UnclaimedFile, error) {
		return d.app.OpenUnclaimedLetters(ctx, d.call(ctx, in.Company.Company, ""), in.Letters)
	})
	fileOf(d, operation{
		id: "get-unclaimed-report-file", method: http.MethodGet, path: unclaimedReports + "/{report}/file", tag: unclaimedTag, permission: identity.Pay,
		summary: "A report to a jurisdiction, in NAUPA II", about: "As it was made. Each time is told in the audit trail.",
	}, media, func(ctx context.Context, in *struct {
		Company
		Report string `path:"report" maxLength:"60" doc:"Code of the report, such as UF-00000001."`
	},
	) (*app.UnclaimedFile, error) {
		return d.app.OpenUnclaimedReport(ctx, d.call(ctx, in.Company.Company, ""), in.Report)
	})
}

func creditAgeing(d *door) {
	add(d, operation{
		id: "get-credit-ageing", method: http.MethodGet, path: ageingPath, tag: unclaimedTag, permission: identity.Read,
		summary: "Open credits of customers by age", about: "The sums by age and currency, and the credits whose clocks press most: overdue first. Interest is shown, and posted by nobody.",
	}, func(ctx context.Context, in *struct {
		Company
		AgeingQuery
		Limit int `query:"limit" minimum:"1" maximum:"5000" default:"50" doc:"How many credits at most."`
	},
	) (*reply[*app.CreditAgeing], error) {
		on, err := date("date", in.Date)
		if err != nil {
			return nil, err
		}
		return answer(d.app.CreditAgeing(ctx, d.call(ctx, in.Company.Company, ""), in.Owner, on, in.Limit))
	})
	add(d, operation{
		id: "list-aged-credits", method: http.MethodGet, path: ageingPath + "/credits", tag: unclaimedTag, permission: identity.Read,
		summary: "Open credits of customers with their clocks", about: "All of them, in the order of customers.",
	}, func(ctx context.Context, in *struct {
		Company
		AgeingQuery
		Paged
	},
	) (*page[app.AgedCredit], error) {
		on, err := date("date", in.Date)
		if err != nil {
			return nil, err
		}
		part, err := d.app.AgedCredits(ctx, d.call(ctx, in.Company.Company, ""), in.Owner, on, in.page())
		return pageOf(ctx, part, err)
	})
}
