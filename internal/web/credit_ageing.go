package web

import (
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/unclaimed"
	"quittance/internal/web/chart"
	"quittance/internal/web/ui"
)

const agedShown = 200 // credits that the page names

// ageingView is what the page of the ageing shows.
type ageingView struct {
	stats    []ui.Stat
	pictures []pictured
	table    ui.Table
	note     string
}

var ageingColumns = columns([]string{"customer", "name", "document", "currency", "date", "bucket", "jurisdiction", "requested", "refund_by", "good_faith_by", "interest_from", "interest_rate", "barred_on", "dormant", "report", "due", "overdue"}, "amount", "days", "interest_days", "interest")

// creditAgeing shows the open credits of customers by age, those whose clocks press most first.
func (s *site) creditAgeing(v *visit) error {
	date, err := v.day("date")
	if err != nil {
		return err
	}
	owner := v.query("customer")
	if v.exported() {
		return export(v, "credit-ageing", ageingColumns, func(p app.Page) (app.Part[app.AgedCredit], error) {
			return v.app.AgedCredits(v.ctx, v.call(), owner, date, p)
		}, func(x app.AgedCredit) []string {
			return []string{
				x.Customer, x.Name, x.Document, x.Currency, x.Date.String(), string(x.Bucket), x.Jurisdiction, x.Requested.String(), x.RefundBy.String(), x.GoodFaithBy.String(), x.InterestOn.String(), x.InterestRate,
				x.BarredOn.String(), x.Dormant.String(), x.Report.String(), x.Due.String(), on(x.Overdue), x.Amount, strconv.Itoa(x.Days), strconv.Itoa(x.InterestDays), x.Interest,
			}
		})
	}
	x, err := v.app.CreditAgeing(v.ctx, v.call(), owner, date, agedShown)
	if err != nil {
		return err
	}
	w := ageingView{table: v.agedTable(x.Credits)}
	if x.More {
		w.note = v.say("ageing.more", "n", len(x.Credits))
	}
	if err := v.ageingSums(&w, x); err != nil {
		return err
	}
	page := ui.Page{Title: v.say("nav.credit_ageing"), Lead: v.say("ageing.lead", "day", ui.Day(v.with(), x.Date)), Actions: append(v.exports(), ui.Action{Text: v.say("unclaimed.clocks"), Href: v.path("unclaimed", "setup") + "#clocks"})}
	return v.show(page, ageingBody(w))
}

// ageingSums fills the sums and the pictures, one a currency.
func (v *visit) ageingSums(w *ageingView, x *app.CreditAgeing) error {
	var codes []string
	totals, credits, overdue := map[string]*sums{}, map[string]int64{}, map[string]int64{}
	for _, b := range x.Buckets {
		if totals[b.Currency] == nil {
			totals[b.Currency], codes = &sums{}, append(codes, b.Currency)
		}
		if err := totals[b.Currency].add(b.Currency, b.Amount); err != nil {
			return err
		}
		credits[b.Currency] += b.Credits
		overdue[b.Currency] += b.Overdue
	}
	for _, code := range sorted(codes) {
		total := totals[code].amount()
		late := ui.Stat{Name: v.say("ageing.overdue"), Text: ui.Number(v.with(), overdue[code])}
		if len(codes) > 1 {
			late.Sub = code
		}
		w.stats = append(w.stats, ui.Stat{Name: v.say("ageing.open"), Amount: total.Amount, Currency: code, Sub: v.say("ageing.n_credits", "n", credits[code])}, late)
		c := chart.Bar{Head: v.chartHead("ageing-"+code, "ageing.picture", "ageing.age", "items.amount")}
		c.Title += ", " + code
		for _, bucket := range unclaimed.Buckets() {
			p := chart.Point{Label: v.bucketOf(bucket), Text: v.say("ageing.n_credits", "n", 0)}
			for _, b := range x.Buckets {
				if b.Bucket == bucket && b.Currency == code {
					p.Text, p.Value = ui.Money(v.with(), b.Amount, code)+" · "+v.say("ageing.n_credits", "n", b.Credits), chart.Length(b.Amount)
					if b.Overdue > 0 {
						p.Text += " · " + v.say("ageing.n_overdue", "n", b.Overdue)
						p.Tone = "warn"
					}
				}
			}
			c.Points = append(c.Points, p)
		}
		w.pictures = append(w.pictures, pictured{title: c.Title, picture: c})
	}
	return nil
}

func (v *visit) bucketOf(b unclaimed.Bucket) string {
	if b == "over 365" {
		return v.say("ageing.over", "days", "365")
	}
	return v.say("ageing.days", "days", strings.Replace(string(b), "-", "–", 1))
}

func (v *visit) agedTable(list []app.AgedCredit) ui.Table {
	t := ui.Table{ID: "aged", Caption: v.say("nav.credit_ageing"), Dense: true, Columns: wide([]ui.Column{
		{Title: v.say("trace.document"), Kind: ui.Code},
		{Title: v.say("kind.customer"), Kind: ui.Code},
		{Title: v.say("items.amount"), Kind: ui.Amounts},
		{Title: v.say("party.currency")},
		{Title: v.say("ageing.age"), Kind: ui.Count},
		{Title: v.say("ageing.due"), Kind: ui.Date},
		{Title: v.say("ageing.refund_by"), Kind: ui.Date},
		{Title: v.say("ageing.good_faith_by"), Kind: ui.Date},
		{Title: v.say("unclaimed.interest"), Kind: ui.Amounts},
		{Title: v.say("unclaimed.report_by"), Kind: ui.Date},
	}, 3, 4, 6, 7, 8, 9), Empty: ui.Empty{Title: v.say("ageing.none"), Lead: v.say("ageing.none_lead")}}
	for i := range list {
		x := &list[i]
		due := ui.DayCell(v.with(), x.Due)
		row := ui.Row{Href: v.path("vouchers", x.Document)}
		if x.Overdue {
			due.Badges = []ui.Badge{{Text: v.say("ageing.is_overdue"), Tone: "bad"}}
		}
		asked := ui.DayCell(v.with(), x.RefundBy)
		if x.Requested != 0 {
			asked.Sub = v.say("ageing.requested", "day", ui.Day(v.with(), x.Requested))
		}
		faith := ui.DayCell(v.with(), x.GoodFaithBy)
		if x.BarredOn != 0 {
			faith.Sub = v.say("ageing.barred", "day", ui.Day(v.with(), x.BarredOn))
		}
		report := ui.DayCell(v.with(), x.Report)
		report.Sub = x.Jurisdiction
		row.Cells = []ui.Cell{
			{Text: x.Document, Href: row.Href, Sub: ui.Day(v.with(), x.Date)},
			{Text: x.Customer, Href: v.path("customers", x.Customer), Sub: x.Name},
			ui.AmountCell(x.Amount, x.Currency), ui.TextCell(x.Currency),
			ui.CountCell(v.with(), int64(x.Days)), due, asked, faith, ui.AmountCell(x.Interest, x.Currency, true), report,
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
