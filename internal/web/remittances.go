package web

import (
	"mime"
	"net/http"
	"strings"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/remittance"
	"quittance/internal/web/ui"
)

func (s *site) routesRemittances() {
	const nav = "remittances"
	s.in(nav, "GET /remittances", s.remittances)
	s.in(nav, "GET /remittances/new", needs(identity.ApplyCash, s.remittanceForm))
	s.files(nav, "POST /remittances/check", remittanceMost+formMost, s.checkRemittance)
	s.in(nav, "POST /remittances", s.importRemittance)
	s.in(nav, "GET /remittances/{code}", s.remittance)
	s.in(nav, "GET /remittances/{code}/file", s.remittanceFile)
	s.in(nav, "GET /remittances/{code}/payback", needs(identity.Deduct, s.paybackForm))
	s.in(nav, "POST /remittances/{code}/payback", needs(identity.Deduct, s.payback))
	s.routesRemittanceSetup()
}

var remittanceColumns = columns([]string{"remittance", "format", "file", "journal", "imported_by", "imported_at", "totals"}, "payments", "issues")

func remittanceCells(x app.RemittanceRow) []string {
	var totals []string
	for _, t := range x.Totals {
		totals = append(totals, t.Amount+" "+t.Currency)
	}
	return []string{x.Code, x.Format, x.Name, x.Journal, x.ImportedBy, x.ImportedAt, strings.Join(totals, "; "), zeroOr(x.Count), zeroOr(x.IssueCount)}
}

// zeroOr writes a number, none as 0.
func zeroOr(n int) string {
	if n == 0 {
		return "0"
	}
	return someNumber(n)
}

// remittances lists the files that came in, the newest first.
func (s *site) remittances(v *visit) error {
	f := app.RemittanceFilter{Format: v.query("format"), Issues: v.query("issues") == "yes"}
	list := func(p app.Page) (app.Part[app.RemittanceRow], error) { return v.app.Remittances(v.ctx, v.call(), f, p) }
	if v.exported() {
		return export(v, "remittances", remittanceColumns, list, remittanceCells)
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	page := ui.Page{Title: v.say("nav.remittances"), Lead: v.say("remit.lead"), Actions: append(v.exports(), v.remittanceActions()...)}
	t := ui.Table{
		ID: "remittances", Caption: v.say("nav.remittances"), Next: part.Next, After: v.query("after") != "",
		Columns: wide([]ui.Column{{Title: v.say("remit.code"), Kind: ui.Code}, {Title: v.say("remit.file")}, {Title: v.say("remit.format")}, {Title: v.say("remit.payments"), Kind: ui.Count}, {Title: v.say("items.amount"), Kind: ui.Amounts}, {Title: v.say("remit.look"), Kind: ui.Status}, {Title: v.say("remit.journal"), Kind: ui.Code}, {Title: v.say("remit.imported"), Kind: ui.Date}}, 2, 3, 7),
		Empty:   ui.Empty{Title: v.say("remit.empty"), Lead: v.say("remit.empty_lead")},
	}
	if f != (app.RemittanceFilter{}) {
		t.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("remittances")}}
	} else if v.may(identity.ApplyCash) {
		t.Empty.Action = &ui.Action{Text: v.say("remit.new"), Href: v.path("remittances", "new"), Primary: true}
	}
	for i := range part.Items {
		t.Rows = append(t.Rows, v.remittanceRow(&part.Items[i]))
	}
	return v.show(page, remittancesBody(t, v.optionsOf("remit.format.", remittance.Formats())))
}

func (v *visit) remittanceActions() (all []ui.Action) {
	all = append(all, ui.Action{Text: v.say("remit.maps"), Href: v.path("remittances", "maps")})
	if v.may(identity.ApplyCash) {
		all = append(all, ui.Action{Text: v.say("remit.new"), Href: v.path("remittances", "new"), Icon: "plus", Primary: true})
	}
	return all
}

func (v *visit) remittanceRow(x *app.RemittanceRow) ui.Row {
	href := v.path("remittances", x.Code)
	var lines []ui.Line
	for _, t := range x.Totals {
		lines = append(lines, ui.Line{Amount: t.Amount, Currency: t.Currency})
	}
	journal := ui.LinkCell(x.Journal, v.path("payments", x.Journal))
	if x.Journal == "" {
		journal = ui.Cell{Sub: v.say("remit.no_journal")}
	}
	return ui.Row{Href: href, Cells: []ui.Cell{
		ui.LinkCell(x.Code, href), ui.TextCell(x.Name), ui.TextCell(v.say("remit.format." + x.Format)), ui.CountCell(v.with(), int64(x.Count)),
		{Body: ui.AmountLines(lines)},
		ui.BadgeCell(v.issuesBadge(x.IssueCount)), journal,
		{Text: v.instant(x.ImportedAt), Machine: x.ImportedAt, Sub: x.ImportedBy},
	}}
}

func (v *visit) issuesBadge(n int) ui.Badge {
	if n == 0 {
		return ui.Badge{Text: v.say("remit.clean"), Tone: "good"}
	}
	return ui.Badge{Text: v.say("remit.issues_n", "n", n), Tone: "warn"}
}

// remittanceView is what came, or would come, of a remittance file.
type remittanceView struct {
	facts       []ui.Definition
	issues      ui.Table
	payments    []paymentView
	adjustments ui.Table
	pages       []ui.Tab
	confirm     *ui.Form // nil: it came in already
	task        string
	options     *remittanceOptions // to look at it in another way; nil: it came in already
}

// paymentView is a payment of a file, with what it pays and what was kept back.
type paymentView struct {
	title    string
	badges   []ui.Badge
	facts    []ui.Definition
	issues   []string
	pays     *ui.Table
	keeps    *ui.Table
	paybacks *ui.Table
}

// remittance shows a file that came in: what matched, what did not, and why.
func (s *site) remittance(v *visit) error {
	x, err := v.app.Remittance(v.ctx, v.call(), v.r.PathValue("code"))
	if err != nil {
		return err
	}
	page := ui.Page{
		Title: x.Code, Lead: x.Name, Badges: []ui.Badge{v.issuesBadge(len(x.Issues))},
		Crumbs:  []ui.Link{{Text: v.say("nav.remittances"), Href: v.path("remittances")}},
		Actions: []ui.Action{{Text: v.say("remit.download"), Href: v.path("remittances", x.Code, "file"), Icon: "download"}},
	}
	if x.Journal != "" {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("remit.to_journal", "journal", x.Journal), Href: v.path("payments", x.Journal), Primary: true})
	}
	return v.show(page, remittanceBody(v.remittanceView(x)))
}

// remittanceFile gives the file as it came; never as something that a browser shows.
func (s *site) remittanceFile(v *visit) error {
	name, content, err := v.app.RemittanceFile(v.ctx, v.call(), v.r.PathValue("code"))
	if err != nil {
		return err
	}
	v.sent = true
	h := v.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": name}))
	h.Set("Cache-Control", "no-store")
	v.w.WriteHeader(http.StatusOK)
	_, _ = v.w.Write(content) // the reader may have gone
	return nil
}

// findPayback gives the payback of the address.
func (v *visit) findPayback(n string) (*app.Remittance, *app.RemittancePayback, error) {
	x, err := v.app.Remittance(v.ctx, v.call(), v.r.PathValue("code"))
	if err != nil {
		return nil, nil, err
	}
	for i := range x.Payments {
		for j := range x.Payments[i].Paybacks {
			if b := &x.Payments[i].Paybacks[j]; someNumber(b.N) == n {
				return x, b, nil
			}
		}
	}
	return nil, nil, v.wrong("n", "remit.no_payback", "n", shortName(n))
}

func (v *visit) paybackStep(x *app.Remittance, b *app.RemittancePayback) step {
	amount := ui.Money(v.with(), b.Amount, b.Currency)
	return step{
		title: v.say("remit.payback"), lead: v.say("remit.payback_lead", "amount", amount, "deduction", b.Deduction),
		form: ui.Form{Action: v.path("remittances", x.Code, "payback"), Submit: v.say("remit.payback_submit", "amount", amount, "deduction", b.Deduction), Cancel: v.path("remittances", x.Code)},
		fields: []ui.Field{
			{Name: "n", Type: "hidden", Value: someNumber(b.N)},
			{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("remit.payback_date"), Short: true},
		},
	}
}

func (v *visit) showPayback(x *app.Remittance, b *app.RemittancePayback, wrong error) error {
	page := ui.Page{Title: v.say("remit.payback"), Narrow: true, Crumbs: []ui.Link{{Text: v.say("nav.remittances"), Href: v.path("remittances")}, {Text: x.Code, Href: v.path("remittances", x.Code)}}}
	st := v.paybackStep(x, b)
	st.form.Typed, st.form.Err = v.r.PostForm, wrong
	body := paybackBody(st, someNumber(b.N), ui.LinkCell(b.Deduction, v.path("deductions", b.Deduction)))
	if wrong != nil {
		return v.again(wrong, page, body)
	}
	return v.show(page, body)
}

func (s *site) paybackForm(v *visit) error {
	x, b, err := v.findPayback(v.query("n"))
	if err != nil {
		return err
	}
	return v.showPayback(x, b, nil)
}

// payback posts what the customer paid back against the deduction.
func (s *site) payback(v *visit) error {
	x, b, err := v.findPayback(v.form("n"))
	if err != nil {
		return err
	}
	date, err := v.day("date")
	if err == nil {
		_, err = v.app.PostPayback(v.ctx, v.call(), app.PaybackRequest{Remittance: x.Code, N: b.N, Date: date})
	}
	if err != nil {
		return v.showPayback(x, b, err)
	}
	return v.done(v.path("remittances", x.Code), v.say("remit.payback_done", "amount", ui.Money(v.with(), b.Amount, b.Currency), "deduction", b.Deduction))
}

// tableOr is a table unless it has no rows.
func tableOr(t ui.Table) *ui.Table {
	if len(t.Rows) == 0 {
		return nil
	}
	return &t
}
