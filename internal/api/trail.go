package api

import (
	"context"
	"encoding/json"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/identity"
)

// AuditRecord is one command as the audit trail shows it.
type AuditRecord struct {
	ID      int64           `json:"id"`
	At      string          `json:"at"`
	Actor   string          `json:"actor"`
	Command string          `json:"command" doc:"Such as reimburse.post."`
	Subject string          `json:"subject" doc:"What it was about, such as RUN-000001."`
	Detail  json.RawMessage `json:"detail" doc:"Depends on the command."`
}

// AuditAre narrows the audit trail.
type AuditAre struct {
	Actor   string `query:"actor" maxLength:"100"`
	Command string `query:"command" maxLength:"60" doc:"What the command begins with, such as reimburse."`
	Subject string `query:"subject" maxLength:"60"`
	Between
}

func trail(d *door) {
	list := func(ctx context.Context, company string, users bool, are AuditAre, p Paged) (*page[AuditRecord], error) {
		from, to, err := dates(are.From, are.To)
		if err != nil {
			return nil, err
		}
		rows, err := d.app.AuditPage(ctx, d.call(ctx, company, ""), app.AuditFilter{Actor: are.Actor, Command: are.Command, Subject: are.Subject, From: from, To: to, Users: users}, p.page())
		part := app.Part[AuditRecord]{Next: rows.Next, Items: make([]AuditRecord, len(rows.Items))}
		for i, r := range rows.Items {
			part.Items[i] = AuditRecord{r.ID, r.At, r.Actor, r.Command, r.Subject, json.RawMessage(r.Detail)}
			if !json.Valid(part.Items[i].Detail) {
				part.Items[i].Detail, _ = json.Marshal(r.Detail)
			}
		}
		return pageOf(ctx, part, err)
	}
	add(d, operation{
		id: "list-audit", method: http.MethodGet, path: "/companies/{company}/audit", tag: "Access", permission: identity.Read,
		summary: "Audit trail of a company", about: "Who did what, the newest first.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		AuditAre
	},
	) (*page[AuditRecord], error) {
		return list(ctx, in.Company.Company, false, in.AuditAre, in.Paged)
	})
	add(d, operation{
		id: "list-user-audit", method: http.MethodGet, path: "/audit", tag: "Access", permission: identity.Administer,
		summary: "Audit trail of what is about no company", about: "Users, tokens and sign-ins, the newest first.",
	}, func(ctx context.Context, in *struct {
		Paged
		AuditAre
	},
	) (*page[AuditRecord], error) {
		return list(ctx, "", true, in.AuditAre, in.Paged)
	})
}

// Hits are what a search found.
type Hits struct {
	Items []app.Hit `json:"items"`
}

func looks(d *door) {
	add(d, operation{
		id: "get-figures", method: http.MethodGet, path: "/companies/{company}/figures", tag: "Companies", permission: identity.Read,
		summary: "Figures of a company", about: "As of an instant not long ago; pending says that they are being added up for the first time, so ask again in a second.",
	}, func(ctx context.Context, in *Company) (*reply[app.Figures], error) {
		f, err := d.app.Figures(ctx, d.call(ctx, in.Company, ""))
		if err != nil {
			return nil, err
		}
		return &reply[app.Figures]{*f}, nil
	})
	add(d, operation{
		id: "search", method: http.MethodGet, path: "/companies/{company}/search", tag: "Companies", permission: identity.Read,
		summary: "Search", about: "Customers, vendors, vouchers, reimbursements, runs and accounts whose code, number or name begins with the text.",
	}, func(ctx context.Context, in *struct {
		Company
		Text  string `query:"q" required:"true" minLength:"1" maxLength:"250"`
		Limit int    `query:"limit" minimum:"1" maximum:"50" default:"10" doc:"How many of each kind at most."`
	},
	) (*reply[Hits], error) {
		hits, err := d.app.Search(ctx, d.call(ctx, in.Company.Company, ""), in.Text, in.Limit)
		return &reply[Hits]{Hits{hits}}, err
	})
}
