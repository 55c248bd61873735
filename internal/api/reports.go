package api

import (
	"context"
	"mime"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"quittance/internal/civil"
	"quittance/internal/identity"
	"quittance/internal/report"
	"quittance/internal/text"
)

const (
	reportTag   = "Reports"
	reportsPath = "/companies/{company}/reports"
	reportPath  = reportsPath + "/{report_name}"
)

// ReportQuery says which report is asked for.
type ReportQuery struct {
	Company
	Report   string `path:"report_name" maxLength:"60" doc:"Name of the report." example:"reimbursements"`
	From     string `query:"from" format:"date" maxLength:"10" doc:"First day of the period; the first of the month when it is not given."`
	To       string `query:"to" format:"date" maxLength:"10" doc:"Last day of the period; today when it is not given."`
	AsAt     string `query:"as_at" format:"date" maxLength:"10" doc:"As it was at the end of this day (UTC); today when it is not given."`
	View     string `query:"view" maxLength:"30" doc:"Which view, where a report has several; the first when it is not given."`
	Currency string `query:"currency" maxLength:"3" doc:"In this currency only."`
	Customer string `query:"customer" maxLength:"60" doc:"Of this customer only."`
	Bank     string `query:"bank" maxLength:"60" doc:"Of this bank account only."`
	Days     int    `query:"days" minimum:"0" maximum:"3660" doc:"Days after which something waits too long; 5 when it is not given."`
}

func (in ReportQuery) params() (p report.Params, err error) {
	p = report.Params{View: in.View, Currency: in.Currency, Customer: in.Customer, Bank: in.Bank, Days: in.Days}
	if p.From, err = date("from", in.From); err != nil {
		return p, err
	}
	if p.To, err = date("to", in.To); err != nil {
		return p, err
	}
	p.AsAt, err = date("as_at", in.AsAt)
	return p, err
}

// ReportList are reports.
type ReportList struct {
	Reports []ReportInfo `json:"reports" doc:"Those that the caller may see."`
}

// ReportInfo says what a report is.
type ReportInfo struct {
	Report string   `json:"report" example:"reimbursements"`
	Takes  []string `json:"takes" doc:"Its parameters."`
	Views  []string `json:"views" doc:"The first is taken when none is named."`
	Title  string   `json:"title"`
	About  string   `json:"about"`
}

// ReportColumn is a column of a report.
type ReportColumn struct {
	Name  string      `json:"name" example:"amount"`
	Type  report.Type `json:"type" enum:"text,word,day,instant,amount,count"`
	Title string      `json:"title"`
}

// ReportTotal is a sum of a report.
type ReportTotal struct {
	Total    string `json:"total" example:"by_state"`
	Of       string `json:"of" doc:"Of what, such as the state; blank: of all."`
	Part     string `json:"part" doc:"Of which part of it, such as an age."`
	Currency string `json:"currency"`
	Count    int64  `json:"count"`
	Amount   string `json:"amount" doc:"Blank where only things are counted."`
}

// ReportNote is what a report says of itself.
type ReportNote struct {
	Note   string            `json:"note" example:"register_ties"`
	Tone   string            `json:"tone" enum:"good,bad,info" doc:"bad: something is wrong."`
	Values map[string]string `json:"values"`
	Text   string            `json:"text"`
}

// ReportAsked is what a report was asked for, with what was not given filled in.
type ReportAsked struct {
	From     civil.Date `json:"from"`
	To       civil.Date `json:"to"`
	AsAt     civil.Date `json:"as_at"`
	View     string     `json:"view"`
	Currency string     `json:"currency"`
	Customer string     `json:"customer"`
	Bank     string     `json:"bank"`
	Days     int        `json:"days"`
}

// ReportRows are a part of a report, with its totals and notes, which are of all of it.
type ReportRows struct {
	Report     string         `json:"report"`
	Title      string         `json:"title"`
	Company    string         `json:"company"`
	Parameters ReportAsked    `json:"parameters"`
	MadeAt     time.Time      `json:"made_at"`
	MadeBy     string         `json:"made_by"`
	Columns    []ReportColumn `json:"columns"`
	Count      int64          `json:"count" doc:"Rows in all."`
	Rows       [][]string     `json:"rows" doc:"A cell for each column; amounts and counts are decimals, blank is nothing."`
	Next       int64          `json:"next_offset" doc:"The offset at which the next rows begin; 0: these were the last."`
	Totals     []ReportTotal  `json:"totals"`
	Notes      []ReportNote   `json:"notes"`
}

// rowsOf gives a part of a report.
func rowsOf(x *report.Made, offset, limit int64) (*ReportRows, error) {
	v := &ReportRows{Report: x.Report, Title: x.Title(text.English), Company: x.Company, Parameters: ReportAsked(x.Params), MadeAt: x.MadeAt, MadeBy: x.MadeBy, Count: x.Count}
	for _, c := range x.Columns {
		v.Columns = append(v.Columns, ReportColumn{c.Name, c.Type, text.English.Say("report.column." + c.Name)})
	}
	for _, t := range x.Totals {
		v.Totals = append(v.Totals, ReportTotal{t.Total, t.Of, t.Part, t.Currency, t.Count, t.Amount})
	}
	for _, n := range x.Notes {
		v.Notes = append(v.Notes, ReportNote{n.Note, n.Tone, n.Values, n.Say(text.English)})
	}
	for row, err := range x.Rows(offset) {
		if err != nil {
			return nil, err
		}
		if int64(len(v.Rows)) == limit {
			v.Next = offset + limit
			break
		}
		v.Rows = append(v.Rows, row)
	}
	return v, nil
}

func reports(d *door) {
	add(d, operation{
		id: "get-reports", method: http.MethodGet, path: reportsPath, tag: reportTag, permission: identity.Read,
		summary: "Reports", about: "Those that the caller may see, with what they take.",
	}, func(ctx context.Context, in *struct{ Company }) (*reply[ReportList], error) {
		all, err := d.app.Reports(ctx, d.call(ctx, in.Company.Company, ""))
		list := ReportList{}
		for _, x := range all {
			list.Reports = append(list.Reports, ReportInfo{x.Name, x.Takes, x.Views, text.English.Say("report.title." + x.Name), text.English.Say("report.about." + x.Name)})
		}
		return answer(list, err)
	})
	add(d, operation{
		id: "get-report", method: http.MethodGet, path: reportPath, tag: reportTag, permission: identity.Read,
		summary: "A report", about: "Its columns, rows, totals and notes. A report is made anew with each call; the file operation gives all of it in one. The report separation needs the permission prove.",
	}, func(ctx context.Context, in *struct {
		ReportQuery
		Offset int64 `query:"offset" minimum:"0" doc:"Rows to pass over."`
		Limit  int64 `query:"limit" minimum:"0" maximum:"500" default:"100" doc:"Rows at most."`
	},
	) (*reply[*ReportRows], error) {
		x, err := d.report(ctx, in.ReportQuery)
		if err != nil {
			return nil, err
		}
		defer x.Close()
		return answer(rowsOf(x, in.Offset, in.Limit))
	})
	reportFile(d)
}

func (d *door) report(ctx context.Context, in ReportQuery) (*report.Made, error) {
	p, err := in.params()
	if err != nil {
		return nil, err
	}
	return d.app.Report(ctx, d.call(ctx, in.Company.Company, ""), in.Report, p)
}

const reportPartTime = time.Minute // for each write of a file

// reportFile adds the files of reports.
func reportFile(d *door) {
	o := operation{
		id: "get-report-file", method: http.MethodGet, path: reportPath + "/file", tag: reportTag, permission: identity.Read,
		summary: "A report as a file", about: "CSV and XLSX have every row; a PDF is for people and has at most 5,000 rows. The report separation needs the permission prove.",
	}
	op := o.describe(d)
	file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}
	op.Responses["200"] = &huma.Response{Description: "The report.", Content: map[string]*huma.MediaType{"text/csv": file, xlsxType: file, "application/pdf": file}}
	huma.Register(d.api, op, func(ctx context.Context, in *struct {
		ReportQuery
		Format   string `query:"format" enum:"csv,xlsx,pdf" default:"csv"`
		Language string `query:"language" enum:"en,de" default:"en" doc:"Language of a PDF."`
	},
	) (*huma.StreamResponse, error) {
		x, err := d.report(ctx, in.ReportQuery)
		if err == nil {
			if err = x.Fits(in.Format); err != nil {
				_ = x.Close()
			}
		}
		if err != nil {
			return nil, problemOf(visitOf(ctx), err)
		}
		return &huma.StreamResponse{Body: func(huma.Context) {
			defer x.Close()
			w := visitOf(ctx).w
			w.Header().Set("Content-Type", map[string]string{"csv": "text/csv; charset=utf-8", "xlsx": xlsxType, "pdf": "application/pdf"}[in.Format])
			w.Header().Set("X-Content-Type-Options", "nosniff")
			w.Header().Set("Cache-Control", "no-store")
			w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": x.FileName(in.Format)}))
			if err := x.Write(&slow{w}, in.Format, text.Choose(in.Language, "")); err != nil {
				panic(http.ErrAbortHandler) // what is cut off is not mistaken for the whole
			}
		}}, nil
	})
}

// slow gives each write its time, so that a long file is not cut off by the server's.
type slow struct{ w http.ResponseWriter }

func (s *slow) Write(p []byte) (int, error) {
	_ = http.NewResponseController(s.w).SetWriteDeadline(time.Now().Add(reportPartTime))
	return s.w.Write(p)
}
