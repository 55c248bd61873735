package web

import (
	"context"
	"math/big"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"quittance/internal/report"
	"quittance/internal/text"
	"quittance/internal/web/chart"
	"quittance/internal/web/ui"
)

func (s *site) routesDeductionFigures() {
	s.in("deduction_figures", "GET /deduction-figures", s.deductionFigures)
}

const (
	mostBars   = 12 // rows of a picture; the table below it has all
	mostTables = 20 // rows of a table of who owes most
)

// figureFilter reads the filter of the figures from the address.
func (v *visit) figureFilter() (f report.Filter, err error) {
	f = report.Filter{
		Currency: v.query("currency"), Customer: v.query("customer"), Family: v.query("family") == "yes", Reason: v.query("reason"), Owner: v.query("owner"), Type: v.query("type"),
		DaysOutstanding: v.query("days_outstanding"), WinRate: v.query("win_rate"), Rate: v.query("deduction_rate"),
	}
	f.From, f.To, err = v.span()
	return f, err
}

// figuresView is what the page of figures shows.
type figuresView struct {
	f              report.Filter
	wrong          error
	stats          []ui.Stat
	pictures       []pictured
	figures        ui.Table
	tables         []ui.Table
	currencies     []ui.Option
	reasons, types []ui.Option
}

// pictured is a picture with its definition.
type pictured struct {
	title, definition string
	picture           templ.Component
	note              string
}

// deductionFigures shows the figures of the deduction desk, each with its definition.
func (s *site) deductionFigures(v *visit) error {
	f, err := v.figureFilter()
	w := figuresView{f: f, wrong: err}
	var d *report.Deductions
	if err == nil {
		if d, err = v.app.DeductionFigures(v.ctx, v.call(), f); err == nil && v.exported() {
			return export(v, "deduction-figures", report.Columns(), whole(d.Rows()), func(row []string) []string { return row })
		}
	}
	set, serr := v.app.DeductionSetup(v.ctx, v.call())
	if serr != nil {
		return serr
	}
	c := v.setupChoices(set)
	w.reasons, w.types = c.reasons[1:], c.types[1:]
	page := ui.Page{Title: v.say("nav.deduction_figures"), Lead: v.say("dfig.lead")}
	if err != nil {
		w.wrong = err
		return v.again(err, page, figuresBody(w))
	}
	page.Actions = v.exports()
	w.f = d.Filter
	page.Lead = v.say("dfig.span", "from", ui.Day(v.with(), d.Filter.From), "to", ui.Day(v.with(), d.Filter.To), "currency", d.Filter.Currency)
	for _, c := range d.Currencies {
		w.currencies = append(w.currencies, ui.Option{Value: c, Text: c})
	}
	w.stats, w.figures = v.figureStats(d), v.figureTable(d)
	w.pictures, w.tables = v.figurePictures(d), v.figureTables(d)
	return v.show(page, figuresBody(w))
}

// decimals writes a decimal that is no amount, such as a number of days, in the reader's way.
func decimals(ctx context.Context, s string) string {
	if ui.In(ctx).Lang == text.German {
		return strings.ReplaceAll(s, ".", ",")
	}
	return s
}

// figureValue writes a figure with its unit; a figure without a value has nothing to divide by.
func (v *visit) figureValue(f report.Figure, currency string) string {
	switch {
	case f.Value == "":
		return "–"
	case f.Unit == "amount":
		return ui.Amount(v.with(), f.Value, currency)
	case f.Unit == "percent":
		return decimals(v.with(), f.Value) + " %"
	case f.Unit == "days":
		return v.say("dfig.days", "days", decimals(v.with(), f.Value))
	}
	return v.quantity(f.Value, currency)
}

// quantity writes what a figure is made of: an amount, or, without decimals, a number.
func (v *visit) quantity(s, currency string) string {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return ui.Number(v.with(), n)
	}
	return ui.Amount(v.with(), s, currency)
}

// leading are the figures that stand above all others.
var leading = map[string]bool{"open": true, "days_outstanding": true, "win_rate": true, "recovery_rate": true, "expiry_exposure": true}

func (v *visit) figureStats(d *report.Deductions) (all []ui.Stat) {
	var open int64
	for _, r := range breakdown(d, "age").Rows {
		open += r.Count
	}
	for _, f := range d.Figures {
		if !leading[f.Figure] {
			continue
		}
		s := ui.Stat{Name: v.say("dfig.name." + f.Figure), Text: v.figureValue(f, d.Filter.Currency), Href: "#figure-list"}
		if f.Unit == "amount" {
			s.Amount, s.Currency, s.Sub = f.Value, d.Filter.Currency, v.say("dfig.n", "n", open)
		}
		all = append(all, s)
	}
	return all
}

// figureTable is every figure with its definition and what it is made of.
func (v *visit) figureTable(d *report.Deductions) ui.Table {
	t := ui.Table{ID: "figure-list", Caption: v.say("dfig.all"), Columns: []ui.Column{
		{Title: v.say("dfig.figure")}, {Title: v.say("dfig.value"), Kind: ui.Count}, {Title: v.say("dfig.numerator"), Kind: ui.Count}, {Title: v.say("dfig.denominator"), Kind: ui.Count},
	}}
	for _, f := range d.Figures {
		value := v.figureValue(f, d.Filter.Currency)
		if f.Unit == "amount" {
			value += " " + d.Filter.Currency
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: v.say("dfig.name." + f.Figure), Sub: v.definition(f.Definition)}, ui.TextCell(value), ui.TextCell(v.quantity(f.Numerator, d.Filter.Currency)), ui.TextCell(v.quantity(f.Denominator, d.Filter.Currency)),
		}})
	}
	return t
}

// definition says what a figure is, in words.
func (v *visit) definition(key string) string {
	if v.frame.Lang.Has(key) {
		return v.say(key)
	}
	return ""
}

func breakdown(d *report.Deductions, name string) report.Breakdown {
	for _, b := range d.Breakdowns {
		if b.Breakdown == name {
			return b
		}
	}
	return report.Breakdown{}
}

// worklistAt is the address of the worklist with a filter, and the currency and what else the figures are of.
func (v *visit) worklistAt(f report.Filter, name, value string) string {
	q := url.Values{"currency": {f.Currency}}
	for n, x := range map[string]string{"customer": f.Customer, "reason": f.Reason, "owner": f.Owner, "type": f.Type, name: value} {
		if n != "" && x != "" {
			q.Set(n, x)
		}
	}
	return v.path("deductions") + "?" + q.Encode()
}

// figurePictures draws what people would rather look at.
func (v *visit) figurePictures(d *report.Deductions) []pictured {
	age, expiry, causes, months := breakdown(d, "age"), breakdown(d, "expiry"), breakdown(d, "causes"), breakdown(d, "months")
	days := v.daysTrend(d, months)
	all := []pictured{
		{picture: chart.Bar{Head: v.figureHead("age", d), Points: v.bucketPoints(d, age, map[string]string{"91-180": "warn", "181+": "bad"})}, definition: age.Definition},
		{picture: chart.Pareto{Head: v.figureHead("causes", d), Points: v.rankedPoints(d, causes, "reason")}, definition: causes.Definition, note: v.othersNote(causes)},
		{picture: v.openTrend(d, months), definition: months.Definition},
		{picture: days, definition: "dfig.days_trend_def"},
		{picture: chart.Bar{Head: v.figureHead("expiry", d), Points: v.bucketPoints(d, expiry, map[string]string{"expired": "bad", "0-7": "bad", "8-14": "warn", "none": "muted", "disputed": "good"})}, definition: expiry.Definition},
		{picture: v.decidedPicture(d), definition: "dfig.decided_def"},
	}
	for i, name := range []string{"age", "causes", "months", "days_trend", "expiry", "decided"} {
		all[i].title, all[i].definition = v.say("dfig."+name), v.definition(all[i].definition)
	}
	return all
}

func (v *visit) figureHead(name string, d *report.Deductions) chart.Head {
	h := v.chartHead("d-"+strings.ReplaceAll(name, "_", "-"), "dfig."+name, "dfig."+name+"_of", "items.amount")
	if name == "causes" {
		h.Names = append(h.Names, v.say("home.share"))
	}
	if name == "decided" || name == "days_trend" {
		h.Names[1] = v.say("dfig.value")
	}
	h.Title += ", " + d.Filter.Currency
	return h
}

// bucketName names an age or a window.
func (v *visit) bucketName(b, code string) string {
	if key := "dfig." + b + "." + code; v.frame.Lang.Has(key) {
		return v.say(key)
	}
	return strings.Replace(code, "-", "–", 1)
}

func (v *visit) bucketPoints(d *report.Deductions, b report.Breakdown, tones map[string]string) (all []chart.Point) {
	for _, r := range b.Rows {
		text := ui.Money(v.with(), r.Amount, d.Filter.Currency) + " · " + v.say("dfig.n", "n", r.Count)
		all = append(all, chart.Point{Label: v.bucketName(b.Breakdown, r.Code), Text: text, Value: chart.Length(r.Amount), Tone: tones[r.Code]})
	}
	return all
}

// rowName names a row of a breakdown; what has no code is all others, or what has no owner or reason.
func (v *visit) rowName(b report.Breakdown, i int) string {
	r := b.Rows[i]
	switch {
	case r.Code == "" && b.Others > 0 && i == len(b.Rows)-1:
		return v.say("dfig.others", "n", b.Others)
	case r.Code == "":
		return v.say("dfig.without." + b.Breakdown)
	case r.Name == "" || r.Name == r.Code:
		return r.Code
	}
	return r.Code + " " + r.Name
}

func (v *visit) rankedPoints(d *report.Deductions, b report.Breakdown, filter string) (all []chart.Point) {
	for i, r := range b.Rows {
		if i == mostBars {
			break
		}
		p := chart.Point{Label: v.rowName(b, i), Text: ui.Money(v.with(), r.Amount, d.Filter.Currency), Value: chart.Length(r.Amount)}
		if r.Code != "" {
			p.Href = v.worklistAt(d.Filter, filter, r.Code)
		}
		all = append(all, p)
	}
	return all
}

func (v *visit) othersNote(b report.Breakdown) string {
	if n := len(b.Rows) - mostBars; n > 0 {
		return v.say("dfig.more_rows", "n", n)
	}
	return ""
}

func (v *visit) openTrend(d *report.Deductions, b report.Breakdown) templ.Component {
	c := chart.Trend{Head: v.figureHead("months", d)}
	for _, r := range b.Rows {
		text := v.say("dfig.month_text", "open", ui.Money(v.with(), r.Open, d.Filter.Currency), "taken", ui.Money(v.with(), r.Amount, d.Filter.Currency), "resolved", ui.Money(v.with(), r.Resolved, d.Filter.Currency))
		c.Points = append(c.Points, chart.Point{Label: r.Code, Text: text, Value: chart.Length(r.Open)})
	}
	return c
}

// daysTrend draws the days that were outstanding at the end of each month: what was open then, in days of what was taken in the month.
func (v *visit) daysTrend(d *report.Deductions, b report.Breakdown) templ.Component {
	c := chart.Trend{Head: v.figureHead("days_trend", d)}
	for _, r := range b.Rows {
		days := daysIn(r.Code, r.Open, r.Amount)
		if days == "" {
			continue // nothing was taken: there is no value
		}
		c.Points = append(c.Points, chart.Point{Label: r.Code, Text: v.say("dfig.days", "days", decimals(v.with(), days)), Value: chart.Length(days)})
	}
	return c
}

// daysIn gives open ÷ (taken ÷ days of the month), to one decimal; blank when nothing was taken.
func daysIn(month, open, taken string) string {
	first, err := time.Parse("2006-01", month)
	o, ok := new(big.Rat).SetString(open)
	t, ok2 := new(big.Rat).SetString(taken)
	if err != nil || !ok || !ok2 || t.Sign() <= 0 {
		return ""
	}
	n := first.AddDate(0, 1, -1).Day()
	return o.Quo(o.Mul(o, new(big.Rat).SetInt64(int64(n))), t).FloatString(1)
}

// decidedPicture draws what became of what was decided, and what was repaid of what was disputed.
func (v *visit) decidedPicture(d *report.Deductions) templ.Component {
	c := chart.Bar{Head: v.figureHead("decided", d)}
	c.Tick = func(x float64) string { return chart.Compact(x) + " %" }
	tones := map[string]string{"win_rate": "good", "recovery_rate": "good", "invalid_share": "", "valid_share": "muted", "written_off_share": "warn"}
	for _, f := range d.Figures {
		if tone, in := tones[f.Figure]; in && f.Value != "" {
			c.Points = append(c.Points, chart.Point{Label: v.say("dfig.short." + f.Figure), Text: v.figureValue(f, d.Filter.Currency), Value: chart.Length(f.Value), Tone: tone})
		}
	}
	return c
}

// figureTables are who and what most is open of.
func (v *visit) figureTables(d *report.Deductions) (all []ui.Table) {
	for _, x := range []struct{ name, filter string }{{"reason", "reason"}, {"customer", "customer"}, {"owner", "owner"}, {"repeats", "customer"}} {
		b := breakdown(d, x.name)
		t := ui.Table{ID: "by-" + x.name, Caption: v.say("dfig.list." + x.name), Dense: true, Columns: []ui.Column{
			{Title: v.say("dfig." + x.name)}, {Title: v.say("dfig.count"), Kind: ui.Count}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: d.Filter.Currency}, {Title: v.say("dfig.share"), Kind: ui.Count, Note: "%"},
		}, Empty: ui.Empty{Title: v.say("table.nothing")}}
		for i, r := range b.Rows {
			if i == mostTables {
				t.Rows = append(t.Rows, ui.Row{Tone: "muted", Cells: []ui.Cell{ui.TextCell(v.say("dfig.more_rows", "n", len(b.Rows)-mostTables))}})
				break
			}
			name := ui.TextCell(v.rowName(b, i))
			if r.Code != "" {
				name.Href = v.worklistAt(d.Filter, x.filter, r.Code)
			}
			if r.Reason != "" {
				name.Sub = r.Reason
			}
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{name, ui.CountCell(v.with(), r.Count), ui.AmountCell(r.Amount, d.Filter.Currency), ui.TextCell(decimals(v.with(), r.Share))}})
		}
		all = append(all, t)
	}
	return all
}
