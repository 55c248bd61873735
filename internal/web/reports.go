package web

import (
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/report"
	"quittance/internal/web/ui"
)

func (s *site) routesReports() {
	const nav = "reports"
	s.in(nav, "GET /reports", s.reports)
	s.in(nav, "GET /reports/{report_name}", s.report)
}

const reportRows = 200 // of a page

// reports lists the reports that the reader may see.
func (s *site) reports(v *visit) error {
	all, err := v.app.Reports(v.ctx, v.call())
	if err != nil {
		return err
	}
	var list []ui.Link
	about := map[string]string{}
	for _, d := range all {
		href := v.path("reports", d.Name)
		list = append(list, ui.Link{Text: v.say("report.title." + d.Name), Href: href})
		about[href] = v.say("report.about." + d.Name)
	}
	return v.show(ui.Page{Title: v.say("nav.reports"), Lead: v.say("report.lead")}, reportsBody(list, about))
}

// reportView is what the page of a report shows.
type reportView struct {
	takes  map[string]bool
	views  []ui.Option
	wrong  error
	facts  []string
	notes  []ui.Notice
	table  ui.Table
	totals ui.Table
	rows   string
	before string // where the rows before are; blank: these are the first
	next   string
}

func (v *visit) reportParams() (p report.Params, err error) {
	p = report.Params{View: v.query("view"), Currency: strings.ToUpper(v.query("currency")), Customer: v.query("customer"), Bank: v.query("bank")}
	if text := v.query("days"); text != "" {
		if p.Days, err = strconv.Atoi(text); err != nil {
			return p, fault.New(fault.Invalid, "%q is no number of days", text).In("days")
		}
	}
	if p.From, p.To, err = v.span(); err != nil {
		return p, err
	}
	p.AsAt, err = v.day("as_at")
	return p, err
}

// report shows a report, or gives it as a file.
func (s *site) report(v *visit) error {
	name := v.r.PathValue("report_name")
	d, err := report.Find(name)
	if err != nil {
		return err
	}
	w := reportView{takes: map[string]bool{}}
	for _, t := range d.Takes {
		w.takes[t] = true
	}
	for _, view := range d.Views {
		w.views = append(w.views, ui.Option{Value: view, Text: v.say("report.view." + view)})
	}
	page := ui.Page{Title: v.say("report.title." + name), Lead: v.say("report.about." + name), Crumbs: []ui.Link{{Text: v.say("nav.reports"), Href: v.path("reports")}}}
	p, err := v.reportParams()
	var x *report.Made
	if err == nil {
		x, err = v.app.Report(v.ctx, v.call(), name, p)
	}
	if err != nil {
		if code := fault.CodeOf(err); code != fault.Invalid && code != fault.NotFound {
			return err
		}
		w.wrong = err
		return v.again(err, page, reportBody(w))
	}
	defer x.Close()
	if v.exported() {
		return v.reportFile(x)
	}
	for _, as := range report.Formats() {
		page.Actions = append(page.Actions, ui.Action{Text: strings.ToUpper(as), Href: ui.Here(v.with(), "as", as, "row", ""), Icon: "download"})
	}
	if v.may(identity.Administer) {
		q := fieldsOf("kind", "report", "report", name, "view", x.Params.View, "customer", x.Params.Customer, "bank", x.Params.Bank, "currency", x.Params.Currency, "days", v.query("days"))
		page.Actions = append(page.Actions, ui.Action{Text: v.say("int.mail_report"), Href: v.path("integrations", "schedule") + "?" + q.Encode()})
	}
	page.Title = x.Title(v.frame.Lang)
	if err := v.fillReport(&w, x); err != nil {
		return err
	}
	return v.show(page, reportBody(w))
}

// reportFile answers with the report as a file. One that breaks off on the way is not mistaken for the whole: the connection breaks off with it.
func (v *visit) reportFile(x *report.Made) error {
	format := v.query("as")
	if err := x.Fits(format); err != nil {
		return err
	}
	v.sent = true
	h := v.w.Header()
	h.Set("Content-Type", map[string]string{"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "pdf": "application/pdf"}[format])
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": x.FileName(format)}))
	h.Set("Cache-Control", "no-store")
	if err := x.Write(patient{v.w}, format, v.frame.Lang); err != nil {
		v.o.Log.ErrorContext(v.r.Context(), "a report broke off", "path", v.r.URL.Path, "error", err)
		panic(http.ErrAbortHandler)
	}
	return nil
}

// patient gives each write its time, so that a long file is not cut off by the server's.
type patient struct{ w http.ResponseWriter }

func (p patient) Write(b []byte) (int, error) {
	_ = http.NewResponseController(p.w).SetWriteDeadline(time.Now().Add(exportTime))
	return p.w.Write(b)
}

// fillReport fills in the rows of the page, the totals and the notes.
func (v *visit) fillReport(w *reportView, x *report.Made) error {
	w.facts = x.Facts(v.frame.Lang)
	for i := range x.Notes {
		tone := map[string]string{"good": "good", "bad": "bad"}[x.Notes[i].Tone]
		w.notes = append(w.notes, ui.Notice{Tone: tone, Text: x.Notes[i].Say(v.frame.Lang)})
	}
	w.totals = ui.Table{ID: "report-totals", Caption: v.say("report.totals"), Dense: true, Columns: []ui.Column{
		{Title: v.say("report.total_name")},
		{Title: v.say("report.total_count"), Kind: ui.Count},
		{Title: v.say("report.total_amount"), Kind: ui.Amounts},
		{Title: v.say("report.column.currency")},
	}}
	for i := range x.Totals {
		t := &x.Totals[i]
		w.totals.Rows = append(w.totals.Rows, ui.Row{Cells: []ui.Cell{ui.TextCell(t.Say(v.frame.Lang)), ui.CountCell(v.with(), t.Count), ui.AmountCell(t.Amount, t.Currency), ui.TextCell(t.Currency)}})
	}
	first, _ := strconv.ParseInt(v.query("row"), 10, 64)
	first = min(max(first, 0), max(x.Count-1, 0))
	shown := v.reportColumns(x, w)
	for row, err := range x.Rows(first) {
		if err != nil {
			return err
		}
		if len(w.table.Rows) == reportRows {
			w.next = ui.Here(v.with(), "row", fmt.Sprint(first+reportRows))
			break
		}
		w.table.Rows = append(w.table.Rows, ui.Row{Cells: v.reportCells(x, row, shown)})
	}
	dropBlank(&w.table)
	if first > 0 {
		w.before = ui.Here(v.with(), "row", fmt.Sprint(max(first-reportRows, 0)))
	}
	if w.before != "" || w.next != "" {
		w.rows = v.say("report.rows_of", "from", ui.Number(v.with(), first+1), "to", ui.Number(v.with(), first+int64(len(w.table.Rows))), "all", ui.Number(v.with(), x.Count))
	}
	return nil
}

// dropBlank leaves out the columns in which no row says anything, so that the others have room; files have them all.
func dropBlank(t *ui.Table) {
	if len(t.Rows) == 0 {
		return
	}
	blank := func(i int) bool {
		return !slices.ContainsFunc(t.Rows, func(r ui.Row) bool { return r.Cells[i].Text != "" || r.Cells[i].Amount != "" })
	}
	for i := len(t.Columns) - 1; i >= 0; i-- {
		if !blank(i) {
			continue
		}
		t.Columns = slices.Delete(t.Columns, i, i+1)
		for n := range t.Rows {
			t.Rows[n].Cells = slices.Delete(t.Rows[n].Cells, i, i+1)
		}
	}
}

// reportColumns makes the columns of the table, and gives which of the report's they are.
func (v *visit) reportColumns(x *report.Made, w *reportView) (shown []int) {
	w.table = ui.Table{ID: "report-rows", Caption: x.Title(v.frame.Lang), Dense: true, Empty: ui.Empty{Title: v.say("report.empty"), Lead: v.say("report.empty_lead")}}
	for i, c := range x.Columns {
		if c.Quiet {
			continue
		}
		shown = append(shown, i)
		kind := map[report.Type]ui.Kind{report.Amount: ui.Amounts, report.Count: ui.Count, report.Day: ui.Date, report.Word: ui.Text}[c.Type]
		switch {
		case c.Ref != "" || c.Name == "age" || c.Name == "bucket": // they are not broken at their hyphens
			kind = ui.Code
		case kind == "":
			kind = ui.Text
		}
		narrow := len(shown) == 1 || c.Type == report.Amount || c.Name == "state" || c.Name == "document" || c.Name == "currency"
		w.table.Columns = append(w.table.Columns, ui.Column{Title: v.say("report.column." + c.Name), Kind: kind, Wide: !narrow})
	}
	return shown
}

// reportCells shows a row; what names a document leads to it.
func (v *visit) reportCells(x *report.Made, row []string, shown []int) []ui.Cell {
	currency := ""
	if i := slices.IndexFunc(x.Columns, func(c report.Column) bool { return c.Name == "currency" }); i >= 0 {
		currency = row[i]
	}
	cells := make([]ui.Cell, len(shown))
	for n, i := range shown {
		c := &x.Columns[i]
		switch {
		case c.Type == report.Amount:
			cells[n] = ui.AmountCell(row[i], currency)
		case c.Type == report.Day && row[i] != "":
			cells[n] = ui.Cell{Text: c.Show(v.frame.Lang, row[i]), Machine: row[i]}
		default:
			cells[n] = ui.TextCell(c.Show(v.frame.Lang, row[i]))
		}
		kind := c.Ref
		if by, ok := strings.CutPrefix(kind, "*"); ok {
			kind = row[slices.IndexFunc(x.Columns, func(c report.Column) bool { return c.Name == by })]
		}
		if kind != "" && row[i] != "" {
			cells[n].Href = v.documentPath(kind, row[i])
		}
	}
	return cells
}

// documentPath gives where a document is; blank: nowhere.
func (v *visit) documentPath(kind, name string) string {
	folder := map[string]string{
		"request": "requests", "customer": "customers", "vendor": "vendors", "voucher": "vouchers", "reimbursement": "reimbursements", "run": "runs", "account": "accounts",
		"deduction": "deductions", "payment": "vendor-payments", "line": "bank-statements", "approval": "approvals",
	}[kind]
	if folder == "" {
		return ""
	}
	parts := []string{folder}
	if kind == "payment" || kind == "line" {
		return v.path(append(parts, strings.Split(name, "/")...)...)
	}
	return v.path(append(parts, name)...)
}
