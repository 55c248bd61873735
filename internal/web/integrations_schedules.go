package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/job"
	"quittance/internal/web/ui"
)

func (s *site) routesSchedules() {
	at := func(pattern string, show page) { s.in(navIntegrations, pattern, needs(identity.Administer, show)) }
	at("GET /integrations/schedules", s.scheduleList)
	at("GET /integrations/schedule", s.scheduleForm)
	at("POST /integrations/schedule", s.saveSchedule)
	at("GET /integrations/schedules/{schedule}", s.schedulePage)
	at("POST /integrations/schedules/{schedule}/pause", s.pauseSchedule(true))
	at("POST /integrations/schedules/{schedule}/resume", s.pauseSchedule(false))
	at("POST /integrations/schedules/{schedule}/run", s.askSchedule)
	at("GET /integrations/schedules/{schedule}/remove", func(v *visit) error { return v.removeScheduleForm(nil) })
	at("POST /integrations/schedules/{schedule}/remove", s.removeSchedule)
}

func (v *visit) schedulePath(code string, more ...string) string {
	return v.path(append([]string{"integrations", "schedules", code}, more...)...)
}

func (v *visit) scheduleState(s *app.Schedule) []ui.Badge {
	switch {
	case s.Running:
		return []ui.Badge{{Text: v.say("int.running"), Tone: "info"}}
	case s.AskedBy != "":
		return []ui.Badge{{Text: v.say("int.asked"), Tone: "info"}}
	case s.Paused:
		return []ui.Badge{{Text: v.say("int.paused"), Tone: "warn"}}
	}
	return []ui.Badge{{Text: v.say("int.active"), Tone: "good"}}
}

func (v *visit) runBadge(r *app.ScheduleRun) ui.Badge {
	tone := map[job.State]string{job.Done: "good", job.Failed: "bad", job.Interrupted: "warn", job.Running: "info"}[r.State]
	return ui.Badge{Text: v.say("int.run." + string(r.State)), Tone: tone}
}

func (v *visit) newSchedules() (all []ui.Action) {
	for _, k := range job.Kinds() {
		all = append(all, ui.Action{Text: v.say("int.new_schedule." + string(k)), Href: v.path("integrations", "schedule") + "?kind=" + escapeQuery(string(k)), Icon: "plus"})
	}
	return all
}

// scheduleList shows what is done again and again, when next, and what came of it last.
func (s *site) scheduleList(v *visit) error {
	all, err := v.app.Schedules(v.ctx, v.call())
	if err != nil {
		return err
	}
	t := ui.Table{
		ID: "schedules", Caption: v.say("int.part.schedules"), Empty: ui.Empty{Title: v.say("int.no_schedules"), Lead: v.say("int.no_schedules_lead")},
		Columns: wide([]ui.Column{
			{Title: v.say("int.schedule"), Kind: ui.Code},
			{Title: v.say("int.does")},
			{Title: v.say("int.times"), Kind: ui.Code},
			{Title: v.say("int.place")},
			{Title: v.say("int.next_at"), Kind: ui.Date, Note: v.say("time.utc")},
			{Title: v.say("int.last_run"), Kind: ui.Status},
			{Title: v.say("party.state"), Kind: ui.Status},
		}, 2, 3),
	}
	for i := range all {
		x := &all[i]
		last := ui.Cell{}
		runs, err := v.app.ScheduleRuns(v.ctx, v.call(), x.Schedule, app.Page{Limit: 1})
		if err != nil {
			return err
		}
		for i := range runs.Items {
			last = ui.BadgeCell(v.runBadge(&runs.Items[i]))
			last.Sub = ui.Instant(v.with(), runs.Items[i].StartedAt)
		}
		href := v.schedulePath(x.Schedule)
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{
			ui.LinkCell(x.Schedule, href), ui.TextCell(v.say("int.does." + string(x.Kind))), {Text: x.Cron, Sub: x.Zone}, v.scheduleTo(x), ui.InstantCell(v.with(), x.NextAt), last, ui.BadgeCell(v.scheduleState(x)...),
		}})
	}
	page := v.integrationPage(v.say("int.part.schedules"))
	page.Lead, page.Actions = v.say("int.about.schedules"), v.newSchedules()
	return v.show(page, templ.Join(ui.Tabs(v.say("nav.integrations"), v.integrationTabs("schedules")), ui.DataTable(t)))
}

// scheduleTo shows where a schedule looks or writes, or which report it mails to whom.
func (v *visit) scheduleTo(x *app.Schedule) ui.Cell {
	if x.Report != nil {
		return ui.Cell{Text: v.say("report.title." + x.Report.Report), Sub: strings.Join(x.Report.Recipients, ", ")}
	}
	return ui.Cell{Text: x.Place, Sub: x.Target}
}

// resultText writes what came of a run: what was done to which files, or what was mailed to whom.
func (v *visit) resultText(result json.RawMessage) string {
	values := map[string]any{}
	numbers := json.NewDecoder(bytes.NewReader(result))
	numbers.UseNumber()
	if len(result) == 0 || numbers.Decode(&values) != nil {
		return string(result)
	}
	if values["mailed"] != nil { // which report it is stands above
		delete(values, "report")
		delete(values, "bytes")
	}
	first := []string{"skipped", "mailed", "left_out", "too_large", "file", "rows"}
	names := slices.SortedStableFunc(slices.Values(slices.Sorted(maps.Keys(values))), func(a, b string) int {
		return cmp.Compare(uint(slices.Index(first, a)), uint(slices.Index(first, b))) // others come last
	})
	var parts []string
	for _, name := range names {
		text := ""
		switch x := values[name].(type) {
		case []any:
			words := make([]string, len(x))
			for i := range x {
				words[i] = fmt.Sprint(x[i])
			}
			text = strings.Join(words, ", ")
		case bool:
			if x {
				text = v.say("report.yes.yes")
			}
		default:
			text = fmt.Sprint(x)
		}
		if text == "" {
			continue
		}
		if key := "int.result." + name; v.frame.Lang.Has(key) {
			name = v.say(key)
		}
		parts = append(parts, name+": "+text)
	}
	return cmp.Or(strings.Join(parts, "; "), v.say("int.nothing_done"))
}

func (s *site) schedulePage(v *visit) error {
	code := v.r.PathValue("schedule")
	x, err := v.app.Schedule(v.ctx, v.call(), code)
	if err != nil {
		return err
	}
	list := func(p app.Page) (app.Part[app.ScheduleRun], error) {
		return v.app.ScheduleRuns(v.ctx, v.call(), code, p)
	}
	if v.exported() {
		return export(v, "schedule-runs", columns([]string{"state", "due_at", "asked_by", "owner", "started_at", "ended_at", "result", "error"}, "number", "missed"), list, func(r app.ScheduleRun) []string {
			return []string{string(r.State), r.DueAt, r.AskedBy, r.Owner, r.StartedAt, r.EndedAt, string(r.Result), r.Error, count(r.Number), count(r.Missed)}
		})
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	t := ui.Table{
		ID: "runs", Caption: v.say("int.runs"), Next: part.Next, After: v.query("after") != "", Empty: ui.Empty{Title: v.say("int.no_runs"), Lead: v.say("int.no_runs_lead")},
		Columns: wide([]ui.Column{
			{Title: v.say("int.n"), Kind: ui.Count},
			{Title: v.say("int.due_at"), Kind: ui.Date, Note: v.say("time.utc")},
			{Title: v.say("int.ended_at"), Kind: ui.Date, Note: v.say("time.utc")},
			{Title: v.say("int.missed"), Kind: ui.Count},
			{Title: v.say("int.result")},
			{Title: v.say("party.state"), Kind: ui.Status},
		}, 2, 3),
	}
	for i := range part.Items {
		r := &part.Items[i]
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			ui.CountCell(v.with(), r.Number), ui.InstantCell(v.with(), r.DueAt), ui.InstantCell(v.with(), r.EndedAt), ui.CountCell(v.with(), r.Missed), {Text: v.resultText(r.Result), Sub: r.Error}, ui.BadgeCell(v.runBadge(r)),
		}})
	}
	page := v.integrationPage(x.Schedule, "schedules")
	page.Lead, page.Badges = v.say("int.does."+string(x.Kind)), v.scheduleState(x)
	pause := ui.Action{Text: v.say("int.pause"), Href: v.schedulePath(code, "pause"), Post: true}
	if x.Paused {
		pause = ui.Action{Text: v.say("int.resume"), Href: v.schedulePath(code, "resume"), Post: true}
	}
	page.Actions = append(v.exports(), ui.Action{Text: v.say("int.run_now"), Href: v.schedulePath(code, "run"), Post: true, Primary: true}, pause,
		ui.Action{Text: v.say("int.change"), Href: v.path("integrations", "schedule") + "?schedule=" + escapeQuery(code)}, ui.Action{Text: v.say("int.remove"), Href: v.schedulePath(code, "remove"), Danger: true})
	return v.show(page, scheduleBody(v.scheduleHead(x), t))
}

func (v *visit) scheduleHead(x *app.Schedule) []ui.Definition {
	head := []ui.Definition{
		v.fact("int.times", ui.Cell{Text: x.Cron, Sub: x.Zone}), v.fact("int.next_at", ui.InstantCell(v.with(), x.NextAt)), v.fact("int.place", ui.TextCell(x.Place)),
		v.fact("int.host_key", ui.TextCell(x.HostKey)), v.fact("int.target", ui.TextCell(x.Target)), v.fact("int.owner", ui.TextCell(x.Owner)), v.fact("int.asked_by", ui.TextCell(x.AskedBy)),
	}
	if x.Report != nil {
		head = append(head, v.reportHead(x.Report)...)
	}
	return slices.DeleteFunc(head, func(d ui.Definition) bool { return d.Value.Text == "" })
}

// scheduleFields are the fields of a kind of schedule.
func (v *visit) scheduleFields(kind job.Kind, known bool) ([]ui.Field, error) {
	field := func(name string) ui.Field {
		return ui.Field{Name: name, Label: v.say("int." + name), Hint: v.say("int.hint." + name)}
	}
	var fields []ui.Field
	if !known {
		code := field("schedule")
		code.Required, code.Mono, code.Short = true, true, true
		fields = append(fields, code)
	}
	cron, place, settle := field("cron"), field("place"), field("settle")
	cron.Required, cron.Mono, cron.Short, place.Required, place.Mono, settle.Short = true, true, true, true, true, true
	fields = append(fields, cron, field("zone"), place)
	switch kind {
	case job.Import:
		fields = append(fields, settle)
	case job.Export:
		targets, err := v.app.ExportTargets(v.ctx, v.call())
		if err != nil {
			return nil, err
		}
		target := field("target")
		target.Type, target.Required = "select", true
		for _, t := range targets {
			target.Options = append(target.Options, ui.Option{Value: t.Target, Text: t.Target})
		}
		fields = append(fields, target)
	}
	key, secret := field("host_key"), field("secret")
	key.Mono, secret.Type, secret.Mono = true, "textarea", true
	return append(fields, key, secret, ui.Field{Name: "paused", Type: "checkbox", Label: v.say("int.paused_field")}), nil
}

func (s *site) scheduleForm(v *visit) error {
	kind := job.Kind(cmp.Or(v.query("kind"), string(job.Import)))
	code := v.query("schedule")
	typed := url.Values{"cron": {"0 6 * * 1-5"}, "zone": {"UTC"}, "place": {"folder:"}, "settle": {"10"}}
	if kind == job.Report && code == "" {
		return v.newReportSchedule()
	}
	if code != "" {
		x, err := v.app.Schedule(v.ctx, v.call(), code)
		if err != nil {
			return err
		}
		if kind = x.Kind; kind == job.Report {
			return v.showReportForm(code, reportTyped(x), nil)
		}
		typed = fieldsOf("cron", x.Cron, "zone", x.Zone, "place", x.Place, "host_key", x.HostKey, "target", x.Target, "settle", strconv.Itoa(x.Settle))
		if x.Paused {
			typed.Set("paused", "yes")
		}
	}
	return v.showScheduleForm(kind, code, typed, nil)
}

// showScheduleForm shows the form of a schedule; a code is that of one that is there.
func (v *visit) showScheduleForm(kind job.Kind, code string, typed url.Values, wrong error) error {
	if !slices.Contains(job.Kinds(), kind) {
		return fault.New(fault.NotFound, "there is no kind of schedule %q", shortName(string(kind)))
	}
	fields, err := v.scheduleFields(kind, code != "")
	if err != nil {
		return err
	}
	page := v.integrationPage(v.say("int.new_schedule."+string(kind)), "schedules")
	page.Lead, page.Narrow = v.say("int.schedule_lead."+string(kind)), true
	form := ui.Form{Action: v.path("integrations", "schedule"), Submit: v.say("form.save"), Cancel: v.path("integrations", "schedules"), Typed: typed, Err: wrong}
	if code != "" {
		page.Title, form.Cancel = v.say("int.change_schedule", "code", code), v.schedulePath(code)
	}
	body := scheduleFormBody(form, fields, string(kind), code)
	if wrong != nil {
		return v.again(wrong, page, body)
	}
	return v.show(page, body)
}

func (s *site) saveSchedule(v *visit) error {
	kind, there := job.Kind(v.form("kind")), v.form("there")
	if kind == job.Report {
		return v.saveReportSchedule(there)
	}
	e := app.ScheduleEntry{
		Code: cmp.Or(there, v.form("schedule")), Kind: kind, Cron: v.form("cron"), Zone: v.form("zone"), Paused: v.form("paused") == "yes", Secret: v.form("secret"),
		ScheduleSettings: app.ScheduleSettings{Place: v.form("place"), HostKey: v.form("host_key"), Target: v.form("target")},
	}
	if strings.HasPrefix(e.Secret, "-----BEGIN") {
		e.Secret = strings.ReplaceAll(e.Secret, "\r\n", "\n") + "\n"
	}
	settle, err := v.wholeNumber("settle")
	if e.Settle = int(min(settle, 1<<20)); err == nil && there == "" {
		err = v.isNew(e.Code)
	}
	if err == nil {
		_, err = v.app.SaveSchedule(v.ctx, v.call(), e)
	}
	if err != nil {
		typed := maps.Clone(v.r.PostForm)
		typed.Del("secret") // a secret is never shown again
		return v.showScheduleForm(kind, there, typed, err)
	}
	return v.done(v.schedulePath(e.Code), v.say("int.schedule_saved", "code", e.Code))
}

// isNew refuses the code of a schedule that is there: the form of a new one changes none.
func (v *visit) isNew(code string) error {
	_, err := v.app.Schedule(v.ctx, v.call(), code)
	if err == nil {
		return v.wrong("schedule", "int.schedule_there", "code", code)
	}
	if fault.CodeOf(err) == fault.NotFound {
		return nil
	}
	return err
}

func (s *site) pauseSchedule(paused bool) page {
	return func(v *visit) error {
		code := v.r.PathValue("schedule")
		if err := v.app.PauseSchedule(v.ctx, v.call(), code, paused); err != nil {
			return err
		}
		key := "int.schedule_resumed"
		if paused {
			key = "int.schedule_paused"
		}
		return v.done(v.schedulePath(code), v.say(key))
	}
}

func (s *site) askSchedule(v *visit) error {
	code := v.r.PathValue("schedule")
	if err := v.app.AskSchedule(v.ctx, v.call(), code); err != nil {
		return err
	}
	return v.done(v.schedulePath(code), v.say("int.schedule_asked"))
}

func (v *visit) removeScheduleForm(wrong error) error {
	x, err := v.app.Schedule(v.ctx, v.call(), v.r.PathValue("schedule"))
	if err != nil {
		return err
	}
	page := v.integrationPage("", "schedules")
	page.Narrow = true
	return v.showStep(page, step{
		title: v.say("int.remove_schedule", "code", x.Schedule), lead: v.say("int.remove_schedule_lead"),
		form: ui.Form{Action: v.schedulePath(x.Schedule, "remove"), Submit: v.say("int.remove"), Cancel: v.schedulePath(x.Schedule), Danger: true},
	}, wrong)
}

func (s *site) removeSchedule(v *visit) error {
	if err := v.app.RemoveSchedule(v.ctx, v.call(), v.r.PathValue("schedule")); err != nil {
		return v.removeScheduleForm(err)
	}
	return v.done(v.path("integrations", "schedules"), v.say("int.schedule_removed"))
}
