package web

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/job"
	"quittance/internal/report"
	"quittance/internal/text"
	"quittance/internal/web/ui"
)

// reportHead says which report a schedule mails, of which days, and to whom.
func (v *visit) reportHead(x *app.ScheduledReport) []ui.Definition {
	word := func(group, value string) ui.Cell {
		if value == "" {
			return ui.Cell{}
		}
		return ui.TextCell(v.say(group + value))
	}
	head := []ui.Definition{
		v.fact("int.report", ui.LinkCell(v.say("report.title."+x.Report), v.path("reports", x.Report))), v.fact("int.span", word("int.span.", x.Period)), v.fact("report.as_at", word("int.mark.", x.AsAt)),
		v.fact("report.view", word("report.view.", x.View)), v.fact("kind.customer", ui.TextCell(x.Customer)), v.fact("report.bank", ui.TextCell(x.Bank)), v.fact("party.currency", ui.TextCell(x.Currency)),
	}
	if x.Days != 0 {
		head = append(head, v.fact("report.days_waiting", ui.CountCell(v.with(), int64(x.Days))))
	}
	empty := v.say("int.empty_mailed")
	if x.SkipEmpty {
		empty = v.say("int.empty_skipped")
	}
	return append(head, v.fact("int.format", ui.TextCell(strings.ToUpper(x.Format))), v.fact("int.language", ui.TextCell(v.say("int.mail_language."+cmp.Or(x.Language, "own")))),
		v.fact("int.when_empty", ui.TextCell(empty)), v.fact("int.recipients", ui.TextCell(strings.Join(x.Recipients, ", "))))
}

// newReportSchedule lets a report be chosen, then shows the form for it.
func (v *visit) newReportSchedule() error {
	if name := v.query("report"); name != "" {
		return v.showReportForm("", url.Values{
			"report": {name}, "cron": {"0 6 1 * *"}, "zone": {"UTC"}, "period": {"last_month"}, "as_at": {"today"}, "format": {"pdf"}, "also_empty": {"yes"},
			"view": {v.query("view")}, "customer": {v.query("customer")}, "bank": {v.query("bank")}, "currency": {v.query("currency")}, "days": {v.query("days")},
		}, nil)
	}
	all, err := v.app.Reports(v.ctx, v.call())
	if err != nil {
		return err
	}
	t := ui.Table{ID: "reports", Caption: v.say("int.choose_report"), Columns: v.columns("int.report", "setup.meaning")}
	for _, d := range all {
		href := v.path("integrations", "schedule") + "?kind=report&report=" + escapeQuery(d.Name)
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{ui.LinkCell(v.say("report.title."+d.Name), href), ui.TextCell(v.say("report.about." + d.Name))}})
	}
	page := v.integrationPage(v.say("int.new_schedule.report"), "schedules")
	page.Lead = v.say("int.schedule_lead.report")
	return v.show(page, ui.DataTable(t))
}

// reportTyped gives what the form of a schedule that is there holds.
func reportTyped(x *app.Schedule) url.Values {
	r := x.Report
	typed := fieldsOf("report", r.Report, "cron", x.Cron, "zone", x.Zone, "period", r.Period, "as_at", r.AsAt, "view", r.View, "customer", r.Customer, "bank", r.Bank, "currency", r.Currency, "format", r.Format, "language", r.Language)
	if r.Days != 0 {
		typed.Set("days", strconv.Itoa(r.Days))
	}
	typed["recipients"] = r.Recipients
	if !r.SkipEmpty {
		typed.Set("also_empty", "yes")
	}
	if x.Paused {
		typed.Set("paused", "yes")
	}
	return typed
}

// reportFields are the fields of a schedule of a report: its times, and what the report takes.
func (v *visit) reportFields(d report.Definition, known bool) (fields []ui.Field) {
	add := func(name, label string, change func(*ui.Field)) {
		f := ui.Field{Name: name, Label: v.say(label)}
		if key := "int.hint." + name; v.frame.Lang.Has(key) {
			f.Hint = v.say(key)
		}
		if change != nil {
			change(&f)
		}
		fields = append(fields, f)
	}
	choice := func(all []ui.Option) func(*ui.Field) {
		return func(f *ui.Field) { f.Type, f.Required, f.Options = "select", true, all }
	}
	short := func(f *ui.Field) { f.Mono, f.Short = true, true }
	if !known {
		add("schedule", "int.schedule", func(f *ui.Field) { short(f); f.Required = true })
	}
	add("cron", "int.cron", func(f *ui.Field) { short(f); f.Required = true })
	add("zone", "int.zone", nil)
	for _, takes := range d.Takes {
		switch takes {
		case "from":
			add("period", "int.span", choice(options(v, "int.span.", report.Spans())))
		case "as_at":
			add("as_at", "report.as_at", choice(options(v, "int.mark.", report.Marks())))
		case "view":
			add("view", "report.view", choice(options(v, "report.view.", d.Views)))
		case "customer":
			add("customer", "kind.customer", short)
		case "bank":
			add("bank", "report.bank", short)
		case "currency":
			add("currency", "party.currency", short)
		case "days":
			add("days", "report.days_waiting", short)
		}
	}
	formats := []ui.Option{}
	for _, f := range report.Formats() {
		formats = append(formats, ui.Option{Value: f, Text: strings.ToUpper(f)})
	}
	slices.Reverse(formats) // a PDF is what most readers want
	languages := []ui.Option{{Value: "", Text: v.say("int.mail_language.own")}}
	for _, l := range text.Languages() {
		languages = append(languages, ui.Option{Value: l.Code, Text: v.say("int.mail_language." + l.Code)})
	}
	add("format", "int.format", choice(formats))
	add("language", "int.language", func(f *ui.Field) { choice(languages)(f); f.Hint = "" })
	add("also_empty", "int.also_empty", func(f *ui.Field) { f.Type = "checkbox" })
	add("paused", "int.paused_field", func(f *ui.Field) { f.Type = "checkbox" })
	return fields
}

// reportReaders are the users who may be mailed a report, and those who are named and may not.
func (v *visit) reportReaders(d report.Definition, named []string) (all []ui.Option, err error) {
	users, err := v.app.Users(v.ctx, v.call())
	for i := range users {
		u := &users[i]
		may := !u.Disabled && u.Email != "" && u.Actor().AllowIn(v.code, d.Needs) == nil
		if may || slices.Contains(named, u.Name) {
			label := u.Name + " (" + cmp.Or(u.Email, v.say("int.no_address")) + ")"
			if !may {
				label += " – " + v.say("int.may_not_read")
			}
			all = append(all, ui.Option{Value: u.Name, Text: label})
		}
	}
	return all, err
}

// showReportForm shows the form of a schedule of a report; a code is that of one that is there.
func (v *visit) showReportForm(code string, typed url.Values, wrong error) error {
	d, err := report.Find(typed.Get("report"))
	if err != nil {
		return err
	}
	readers, err := v.reportReaders(d, typed["recipients"])
	if err != nil {
		return err
	}
	title := v.say("report.title." + d.Name)
	page := v.integrationPage(v.say("int.new_report_schedule", "report", title), "schedules")
	page.Lead, page.Narrow = v.say("int.schedule_lead.report"), true
	form := ui.Form{Action: v.path("integrations", "schedule"), Submit: v.say("form.save"), Cancel: v.path("integrations", "schedules"), Typed: typed, Err: wrong}
	if code != "" {
		page.Title, form.Cancel = v.say("int.change_schedule", "code", code), v.schedulePath(code)
	}
	hint := v.say("int.recipients_hint")
	if len(readers) == 0 {
		hint = v.say("int.no_recipients")
	}
	body := reportScheduleBody(form, v.reportFields(d, code != ""), d.Name, title, code, hint, readers)
	if wrong != nil {
		return v.again(wrong, page, body)
	}
	return v.show(page, body)
}

func (v *visit) saveReportSchedule(there string) error {
	e := app.ScheduleEntry{Code: cmp.Or(there, v.form("schedule")), Kind: job.Report, Cron: v.form("cron"), Zone: v.form("zone"), Paused: v.form("paused") == "yes"}
	e.Report = &app.ScheduledReport{
		Report: v.form("report"), Period: v.form("period"), AsAt: v.form("as_at"), View: v.form("view"), Currency: strings.ToUpper(v.form("currency")), Customer: v.form("customer"), Bank: v.form("bank"),
		Format: v.form("format"), Language: v.form("language"), Recipients: v.r.PostForm["recipients"], SkipEmpty: v.form("also_empty") != "yes",
	}
	days, err := v.wholeNumber("days")
	if e.Report.Days = int(min(days, 1<<20)); err == nil && there == "" {
		err = v.isNew(e.Code)
	}
	if err == nil {
		_, err = v.app.SaveSchedule(v.ctx, v.call(), e)
	}
	if err != nil {
		return v.showReportForm(there, maps.Clone(v.r.PostForm), err)
	}
	return v.done(v.schedulePath(e.Code), v.say("int.schedule_saved", "code", e.Code))
}
