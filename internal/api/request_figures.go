package api

import (
	"context"
	"net/http"

	"quittance/internal/identity"
	"quittance/internal/report"
	"quittance/internal/request"
)

// RequestFiguresOf narrows the figures of requests.
type RequestFiguresOf struct {
	From     string `query:"from" format:"date" maxLength:"10" doc:"First day of the period; 90 days before its end when it is not given."`
	To       string `query:"to" format:"date" maxLength:"10" doc:"Last day; today when it is not given."`
	Kind     string `query:"kind" enum:"overpayment,return,refund_of_sale,expense,deposit,other" doc:"Of this kind only."`
	Currency string `query:"currency" maxLength:"3" doc:"The accounting currency when it is not given."`
}

func requestDashboard(d *door) {
	add(d, operation{
		id: "get-request-dashboard", method: http.MethodGet, path: requestsPath + "/figures", tag: requestTag, permission: identity.Read,
		summary: "Figures of requests", about: "What is open, the time in each state, approvers, outcomes of policies, reasons, service levels, and where the money is. All of one snapshot, and of one currency.",
	}, func(ctx context.Context, in *struct {
		Company
		RequestFiguresOf
	},
	) (*reply[report.Requests], error) {
		from, to, err := dates(in.From, in.To)
		if err != nil {
			return nil, err
		}
		figures, err := d.app.RequestDashboard(ctx, d.call(ctx, in.Company.Company, ""), report.RequestFilter{From: from, To: to, Kind: request.Kind(in.Kind), Currency: in.Currency})
		if err != nil {
			return nil, err
		}
		return &reply[report.Requests]{*figures}, nil
	})
}
