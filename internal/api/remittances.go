package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
)

// RemittanceOf names a remittance of a company.
type RemittanceOf struct {
	Company
	Code string `path:"code" maxLength:"60" doc:"Code of the remittance."`
}

// RemittanceFile is a file to import. The content is in base64.
type RemittanceFile struct {
	Name     string     `json:"name" minLength:"1" maxLength:"200" doc:"Name of the file."`
	Content  []byte     `json:"content" doc:"The file, in base64; at most 10 MB."`
	Format   string     `json:"format,omitempty" enum:"csv,xlsx,x12_820,x12_812,bai2" doc:"As the file shows, when it is not given."`
	Map      string     `json:"map,omitempty" maxLength:"60" doc:"Column map of a CSV or XLSX file."`
	Customer string     `json:"customer,omitempty" maxLength:"60" doc:"Who pays, where the file does not say."`
	Bank     string     `json:"bank,omitempty" maxLength:"250" doc:"Ledger account that the money is on; the partner's, else the parameter remittance_bank, when it is not given."`
	Date     civil.Date `json:"date,omitempty" doc:"Date of the payments, where the file does not say."`
}

func (f *RemittanceFile) request() app.RemittanceRequest {
	return app.RemittanceRequest{Name: f.Name, Content: f.Content, Format: f.Format, Map: f.Map, Customer: f.Customer, Bank: f.Bank, Date: f.Date}
}

// PaybackDate says when a payback is posted.
type PaybackDate struct {
	Date civil.Date `json:"date,omitempty" doc:"The payment's when it is not given."`
}

// RemittanceMaps are the column maps of a company.
type RemittanceMaps struct {
	Items []app.RemittanceMap `json:"items"`
}

// RemittancePartners are the partners of a company.
type RemittancePartners struct {
	Items []app.RemittancePartner `json:"items"`
}

// RemittanceMapOf names a column map of a company.
type RemittanceMapOf struct {
	Company
	Code string `path:"code" maxLength:"60" doc:"Code of the column map."`
}

// RemittancePartnerOf names a partner of a company.
type RemittancePartnerOf struct {
	Company
	Code string `path:"code" maxLength:"60" doc:"Code of the partner, as files name it."`
}

const remittanceTag = "Remittances"

func remittances(d *door) {
	remittanceLooks(d)
	remittanceSetup(d)
	maxBody := int64(16 << 20) // base64 of 10 MB
	add(d, operation{
		id: "import-remittance", method: http.MethodPost, path: "/companies/{company}/remittances", tag: remittanceTag, permission: identity.ApplyCash, status: http.StatusCreated, maxBody: maxBody,
		summary: "Import a remittance file", about: "CSV, XLSX, X12 820 or 812, BAI2. It makes a draft payment journal; what did not match is among the issues. The same content again is refused, naming the first.",
	}, func(ctx context.Context, in *struct {
		Company
		Keyed
		Body RemittanceFile
	},
	) (*reply[app.Remittance], error) {
		r, err := d.app.ImportRemittance(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body.request())
		if err != nil {
			return nil, err
		}
		return &reply[app.Remittance]{*r}, nil
	})
	add(d, operation{
		id: "preview-remittance", method: http.MethodPost, path: "/companies/{company}/remittances/preview", tag: remittanceTag, permission: identity.ApplyCash, status: http.StatusOK, maxBody: maxBody,
		summary: "What would come of a remittance file", about: "As import-remittance, and nothing is kept.",
	}, func(ctx context.Context, in *struct {
		Company
		Body RemittanceFile
	},
	) (*reply[app.Remittance], error) {
		r, err := d.app.PreviewRemittance(ctx, d.call(ctx, in.Company.Company, ""), in.Body.request())
		if err != nil {
			return nil, err
		}
		return &reply[app.Remittance]{*r}, nil
	})
	add(d, operation{
		id: "post-payback", method: http.MethodPost, path: "/companies/{company}/remittances/{code}/paybacks/{n}", tag: remittanceTag, permission: identity.Deduct, status: http.StatusOK,
		summary: "Post a payback", about: "The open credit that it left of its payment, which must be posted, goes against the deduction.",
	}, func(ctx context.Context, in *struct {
		RemittanceOf
		N int `path:"n" minimum:"1" maximum:"1000000" doc:"Number of the payback in the remittance."`
		Keyed
		Body PaybackDate
	},
	) (*reply[app.RemittancePayback], error) {
		b, err := d.app.PostPayback(ctx, d.call(ctx, in.Company.Company, in.Key), app.PaybackRequest{Remittance: in.Code, N: in.N, Date: in.Body.Date})
		if err != nil {
			return nil, err
		}
		return &reply[app.RemittancePayback]{*b}, nil
	})
}

func remittanceLooks(d *door) {
	add(d, operation{
		id: "list-remittances", method: http.MethodGet, path: "/companies/{company}/remittances", tag: remittanceTag, permission: identity.Read,
		summary: "List of remittances", about: "The newest first.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		Format string `query:"format" enum:"csv,xlsx,x12_820,x12_812,bai2"`
		Issues bool   `query:"issues" doc:"Only those with something to look at."`
	},
	) (*page[app.RemittanceRow], error) {
		part, err := d.app.Remittances(ctx, d.call(ctx, in.Company.Company, ""), app.RemittanceFilter{Format: in.Format, Issues: in.Issues}, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "get-remittance", method: http.MethodGet, path: "/companies/{company}/remittances/{code}", tag: remittanceTag, permission: identity.Read, tagged: true,
		summary: "A remittance", about: "With its payments, what they are applied to, what was deducted and paid back, and its issues.",
	}, func(ctx context.Context, in *struct {
		RemittanceOf
		NoneMatch
	},
	) (*single[app.Remittance], error) {
		r, err := d.app.Remittance(ctx, d.call(ctx, in.Company.Company, ""), in.Code)
		if err != nil {
			return nil, err
		}
		return show(in.NoneMatch, *r)
	})
	o := operation{
		id: "get-remittance-file", method: http.MethodGet, path: "/companies/{company}/remittances/{code}/file", tag: remittanceTag, permission: identity.Read,
		summary: "The file of a remittance", about: "As it came.",
	}
	op := o.describe(d)
	op.Responses["200"] = &huma.Response{Description: "The file.", Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}}
	huma.Register(d.api, op, func(ctx context.Context, in *struct{ RemittanceOf }) (*huma.StreamResponse, error) {
		name, content, err := d.app.RemittanceFile(ctx, d.call(ctx, in.Company.Company, ""), in.Code)
		if err != nil {
			return nil, problemOf(visitOf(ctx), err)
		}
		return attachment(ctx, name, content), nil
	})
}

func remittanceSetup(d *door) {
	add(d, operation{id: "get-remittance-maps", method: http.MethodGet, path: "/companies/{company}/remittance-maps", tag: remittanceTag, permission: identity.Read, summary: "The column maps", about: "By code."},
		func(ctx context.Context, in *struct{ Company }) (*reply[RemittanceMaps], error) {
			all, err := d.app.RemittanceMaps(ctx, d.call(ctx, in.Company.Company, ""))
			return &reply[RemittanceMaps]{RemittanceMaps{all}}, err
		})
	add(d, operation{id: "set-remittance-map", method: http.MethodPut, path: "/companies/{company}/remittance-maps/{code}", tag: remittanceTag, permission: identity.SetUp, summary: "Make or change a column map", about: "The code is that of the path."},
		func(ctx context.Context, in *struct {
			RemittanceMapOf
			Keyed
			Body app.RemittanceMap
		},
		) (*reply[app.RemittanceMap], error) {
			in.Body.Code = in.Code
			err := d.app.SetRemittanceMap(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body)
			return &reply[app.RemittanceMap]{in.Body}, err
		})
	add(d, operation{id: "delete-remittance-map", method: http.MethodDelete, path: "/companies/{company}/remittance-maps/{code}", tag: remittanceTag, permission: identity.SetUp, status: http.StatusNoContent, summary: "Take a column map away", about: "One that no partner uses."},
		func(ctx context.Context, in *struct {
			RemittanceMapOf
			Keyed
		},
		) (*struct{}, error) {
			return nil, d.app.DeleteRemittanceMap(ctx, d.call(ctx, in.Company.Company, in.Key), in.Code)
		})
	add(d, operation{id: "get-remittance-partners", method: http.MethodGet, path: "/companies/{company}/remittance-partners", tag: remittanceTag, permission: identity.Read, summary: "The partners", about: "Who sends remittances, by code."},
		func(ctx context.Context, in *struct{ Company }) (*reply[RemittancePartners], error) {
			all, err := d.app.RemittancePartners(ctx, d.call(ctx, in.Company.Company, ""))
			return &reply[RemittancePartners]{RemittancePartners{all}}, err
		})
	add(d, operation{id: "set-remittance-partner", method: http.MethodPut, path: "/companies/{company}/remittance-partners/{code}", tag: remittanceTag, permission: identity.SetUp, summary: "Make or change a partner", about: "The code is that of the path."},
		func(ctx context.Context, in *struct {
			RemittancePartnerOf
			Keyed
			Body app.RemittancePartner
		},
		) (*reply[app.RemittancePartner], error) {
			in.Body.Code = in.Code
			err := d.app.SetRemittancePartner(ctx, d.call(ctx, in.Company.Company, in.Key), in.Body)
			return &reply[app.RemittancePartner]{in.Body}, err
		})
	add(d, operation{id: "delete-remittance-partner", method: http.MethodDelete, path: "/companies/{company}/remittance-partners/{code}", tag: remittanceTag, permission: identity.SetUp, status: http.StatusNoContent, summary: "Take a partner away", about: "Its remittances stay."},
		func(ctx context.Context, in *struct {
			RemittancePartnerOf
			Keyed
		},
		) (*struct{}, error) {
			return nil, d.app.DeleteRemittancePartner(ctx, d.call(ctx, in.Company.Company, in.Key), in.Code)
		})
}
