package web

import (
	"cmp"
	"time"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
	"quittance/internal/web/ui"
)

func (s *site) routesRun() {
	s.in("runs", "GET /runs/{code}", s.run)
	s.in("runs", "GET /runs/{code}/events", s.runEvents)
	s.in("runs", "POST /runs/{code}/exclude", s.takeOut)
	s.in("runs", "GET /runs/{code}/post", s.confirmPost)
	s.in("runs", "POST /runs/{code}/post", s.postRun)
	s.in("runs", "GET /runs/{code}/cancel", s.confirmCancel)
	s.in("runs", "POST /runs/{code}/cancel", s.cancelRun)
	s.in("runs", "GET /runs/{code}/reverse", s.confirmReverseRun)
	s.in("runs", "POST /runs/{code}/reverse", s.reverseRun)
}

// run shows a saved run: what it comes to, its lines, its reimbursements, and its trail.
func (s *site) run(v *visit) error {
	code := v.r.PathValue("code")
	run, err := v.app.RunState(v.ctx, v.call(), code)
	if err != nil {
		return err
	}
	part := cmp.Or(v.query("show"), "lines")
	if v.exported() {
		return v.exportRun(code, part)
	}
	href := v.path("runs", code)
	w := runView{
		run: run, stats: v.runStats(run.Totals, href), notes: run.Notes, head: v.runHead(run),
		funnel: v.funnel(run.Totals, func(r reimbursement.Reason) string { return href + "?show=excluded&reason=" + string(r) }),
		tabs: []ui.Tab{
			{Text: v.say("run.lines"), Count: ui.Number(v.with(), run.Totals.Candidates), Href: href, Here: part == "lines"},
			{Text: v.say("run.reimbursed"), Count: ui.Number(v.with(), run.Totals.ReimbursedCustomers), Href: href + "?show=reimbursed", Here: part == "reimbursed"},
			{Text: v.say("simulation.excluded"), Count: ui.Number(v.with(), run.Totals.Excluded), Href: href + "?show=excluded", Here: part == "excluded"},
		},
		part: v.query("show"),
	}
	if run.State == reimbursement.Posted || run.State == reimbursement.Posting {
		w.tabs = append(w.tabs, ui.Tab{Text: v.say("run.vouchers"), Count: ui.Number(v.with(), run.Totals.Reimbursements), Href: href + "?show=vouchers", Here: part == "vouchers"})
	}
	w.tabs = append(w.tabs, ui.Tab{Text: v.say("run.trail"), Href: href + "?show=trail", Here: part == "trail"})
	if err := v.runPart(&w, part); err != nil {
		return err
	}
	if err := v.runPosting(&w); err != nil {
		return err
	}
	page := ui.Page{Title: code, Badges: []ui.Badge{v.stateBadge(run.State)}, Crumbs: []ui.Link{{Text: v.say("nav.runs"), Href: v.path("runs")}}, Actions: v.runActions(run, part)}
	note, err := v.approvalNotes("run", code, run.State == reimbursement.Proposed, identity.Reimburse)
	if err != nil {
		return err
	}
	return v.show(page, v.noted(note, runBody(w)))
}

// runPart fills the part of the run that is looked at.
func (v *visit) runPart(w *runView, part string) error {
	code := w.run.ID
	switch part {
	case "vouchers":
		list, err := v.app.Reimbursements(v.ctx, v.call(), app.ReimbursementFilter{Run: code}, v.part())
		if err != nil {
			return err
		}
		w.table = v.reimbursementTable(list, false)
	case "trail":
		list, err := v.app.AuditPage(v.ctx, v.call(), app.AuditFilter{Subject: code}, v.part())
		if err != nil {
			return err
		}
		w.table = v.runTrail(list)
	default:
		list, err := v.app.RunLinesPage(v.ctx, v.call(), code, v.lineFilter(part), v.part())
		if err != nil {
			return err
		}
		w.filter = true
		w.choosing = w.run.State == reimbursement.Proposed && part != "excluded" && v.may(identity.Reimburse)
		if part != "reimbursed" {
			w.reasons = v.reasonOptions(w.run.Totals)
		}
		if w.table, err = v.lineTable(list, w.run, w.choosing); err != nil {
			return err
		}
	}
	return nil
}

func (v *visit) lineFilter(part string) app.LineFilter {
	f := app.LineFilter{Customer: v.query("q"), Reason: v.query("reason")}
	if part == "excluded" || part == "reimbursed" {
		excluded := part == "excluded"
		f.Excluded = &excluded
	}
	return f
}

var (
	lineColumns = append(columns([]string{"customer", "name", "currency", "vendor", "state", "reason", "detail"}), columns(nil, "amount", "reimbursements")...)
	auditNames  = columns([]string{"at", "actor", "command", "subject", "detail"})
)

// exportRun gives what is shown of the run as a file.
func (v *visit) exportRun(code, part string) error {
	switch part {
	case "vouchers":
		return export(v, code, reimbursementColumns, func(p app.Page) (app.Part[reimbursement.View], error) {
			return v.app.Reimbursements(v.ctx, v.call(), app.ReimbursementFilter{Run: code}, p)
		}, reimbursementCells)
	case "trail":
		return export(v, code+"-trail", auditNames, func(p app.Page) (app.Part[app.AuditRow], error) {
			return v.app.AuditPage(v.ctx, v.call(), app.AuditFilter{Subject: code}, p)
		}, func(x app.AuditRow) []string { return []string{x.At, x.Actor, x.Command, x.Subject, x.Detail} })
	}
	return export(v, code+"-"+part, lineColumns, func(p app.Page) (app.Part[app.RunLine], error) {
		return v.app.RunLinesPage(v.ctx, v.call(), code, v.lineFilter(part), p)
	}, func(l app.RunLine) []string {
		return []string{l.Customer, l.Name, l.Currency, l.Vendor, lineState(l), l.Reason, l.Detail, l.Amount, count(int64(l.Reimbursements))}
	})
}

// lineState says what became of a line.
func lineState(l app.RunLine) string {
	switch {
	case l.Reason != "":
		return "excluded"
	case l.Posted:
		return "posted"
	}
	return "proposed"
}

// lineTable shows lines of a run; with boxes to choose them when some may be taken out.
func (v *visit) lineTable(part app.Part[app.RunLine], run *reimbursement.RunView, choosing bool) (ui.Table, error) {
	t := ui.Table{
		ID: "lines", Caption: v.say("run.lines"), Next: part.Next, After: v.query("after") != "",
		Columns: []ui.Column{
			{Title: v.say("run.customer"), Kind: ui.Code},
			{Title: v.say("customers.name"), Wide: true},
			{Title: v.say("run.payee"), Kind: ui.Code, Wide: true},
			{Title: v.say("run.state"), Kind: ui.Status},
			{Title: v.say("run.reason")},
			{Title: v.say("run.reimbursements"), Kind: ui.Count, Wide: true},
			{Title: v.say("run.amount"), Kind: ui.Amounts},
			{Title: v.say("run.currency")},
		},
		Empty: ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("runs", run.ID)}},
	}
	if run.Totals.Candidates == 0 {
		t.Empty = ui.Empty{Title: v.say("simulation.nobody"), Lead: v.say("simulation.nobody_lead")}
	}
	if choosing {
		t.Select = "line"
	}
	ctx := v.with()
	var total sums
	for _, l := range part.Items {
		state := lineState(l)
		tone := map[string]string{"posted": "good", "proposed": "info"}[state]
		href := v.path("customers", l.Customer)
		row := ui.Row{ID: l.Customer + " " + l.Currency, Name: l.Customer, Href: href, Cells: []ui.Cell{
			ui.LinkCell(l.Customer, href), ui.TextCell(l.Name), ui.LinkCell(l.Vendor, v.path("vendors", l.Vendor)), ui.BadgeCell(ui.Badge{Text: v.say("line." + state), Tone: tone}),
			{},
			ui.CountCell(ctx, int64(l.Reimbursements)), ui.AmountCell(l.Amount, l.Currency, true), ui.TextCell(l.Currency),
		}}
		if l.Reason != "" {
			row.Tone = "muted"
			row.Cells[4] = ui.Cell{Text: v.reasonText(reimbursement.Reason(l.Reason)), Sub: l.Detail}
		} else if err := total.add(l.Currency, l.Amount); err != nil {
			return t, err
		}
		t.Rows = append(t.Rows, row)
	}
	if len(t.Rows) > 0 {
		t.Sums = []ui.Cell{ui.TextCell(v.sumText(part.Next)), {}, {}, {}, {}, {}, total.cell(), {}}
	}
	return t, nil
}

// runHead is how the run was made.
func (v *visit) runHead(run *reimbursement.RunView) []ui.Definition {
	ctx := v.with()
	d := []ui.Definition{
		{Name: v.say("run.date"), Value: ui.DayCell(ctx, run.Date)},
		{Name: v.say("run.created"), Value: ui.InstantCell(ctx, run.CreatedAt)},
		{Name: v.say("run.by"), Value: ui.TextCell(run.CreatedBy)},
		{Name: v.say("run.posted"), Value: ui.InstantCell(ctx, run.PostedAt)},
	}
	if run.Selection != nil {
		s := run.Selection
		if s.All {
			d = append(d, ui.Definition{Name: v.say("wizard.who"), Value: ui.TextCell(v.say("wizard.all"))})
		}
		d = append(d,
			ui.Definition{Name: v.say("wizard.customers"), Value: ui.TextCell(joined(s.Customers))},
			ui.Definition{Name: v.say("wizard.groups"), Value: ui.TextCell(joined(s.Groups))},
			ui.Definition{Name: v.say("wizard.currency"), Value: ui.TextCell(s.Currency)},
			ui.Definition{Name: v.say("wizard.credits"), Value: ui.TextCell(joined(s.Credits))})
	}
	if p := run.Policy; p != nil {
		yes := map[bool]string{true: v.say("state.yes"), false: v.say("state.no")}
		d = append(d,
			ui.Definition{Name: v.say("run.minimum"), Value: ui.TextCell(p.Minimum)},
			ui.Definition{Name: v.say("wizard.age"), Value: ui.CountCell(ctx, int64(p.MinimumAge))},
			ui.Definition{Name: v.say("wizard.debits"), Value: ui.TextCell(yes[p.IncludeDebits])},
			ui.Definition{Name: v.say("wizard.netting"), Value: ui.TextCell(v.say("netting." + string(p.Netting)))},
			ui.Definition{Name: v.say("wizard.separate"), Value: ui.TextCell(yes[p.Separate])},
			ui.Definition{Name: v.say("wizard.summarize"), Value: ui.TextCell(yes[p.Summarize])},
			ui.Definition{Name: v.say("wizard.classifications"), Value: ui.TextCell(joined(p.Classifications))})
	}
	return d
}

// joined writes codes in one text; many are cut.
func joined(codes []string) string {
	const most = 20
	text := ""
	for i, c := range codes {
		switch {
		case i == most:
			return text + " …"
		case i > 0:
			text += ", "
		}
		text += c
	}
	return text
}

// runActions are the buttons of a run's page.
func (v *visit) runActions(run *reimbursement.RunView, part string) []ui.Action {
	actions := v.exports()
	to := func(step string) string { return v.path("runs", run.ID, step) }
	if run.State == reimbursement.Posted {
		actions = append(actions, v.followed("", run.ID)...)
	}
	if !v.may(identity.Reimburse) {
		return actions
	}
	switch run.State {
	case reimbursement.Proposed:
		actions = append(actions, ui.Action{Text: v.say("run.cancel"), Href: to("cancel")})
		if run.Totals.Reimbursements > 0 {
			actions = append(actions, ui.Action{Text: v.postText(run.Totals), Href: to("post"), Primary: true})
		}
	case reimbursement.Posted:
		if run.Totals.Reimbursements > 0 {
			actions = append(actions, ui.Action{Text: v.say("run.reverse"), Href: to("reverse"), Icon: "undo"})
		}
	}
	return actions
}

// postText says what posting will do.
func (v *visit) postText(t reimbursement.TotalsView) string {
	return v.say("run.post", "n", t.Reimbursements, "amount", v.money(t.Amounts))
}

// runPosting fills how far the posting is, and how to go on with one that nobody works on.
func (v *visit) runPosting(w *runView) error {
	if w.run.State != reimbursement.Posting {
		return nil
	}
	p, err := v.app.Posting(v.ctx, v.call(), w.run.ID)
	if err != nil {
		return err
	}
	w.progress = &ui.Progress{Done: p.Done, All: p.All, Events: v.path("runs", w.run.ID, "events"), Label: v.say("run.posting")}
	if v.may(identity.Reimburse) && !v.o.Worker && !v.working("post", w.run.ID) {
		w.goOn = v.path("runs", w.run.ID, "post")
	}
	return nil
}

// working says whether a task of this process, of whomever, does that to a run.
func (v *visit) working(kind, code string) bool {
	for _, k := range v.tasks.Of(poster, v.code) {
		if k.Kind == kind && k.Key == code && k.State().Ended.IsZero() {
			return true
		}
	}
	return false
}

// runEvents tells how far the posting of a run is.
func (s *site) runEvents(v *visit) error {
	code := v.r.PathValue("code")
	began, first := time.Now(), int64(-1)
	return v.events(func() (ui.ProgressEvent, error) {
		p, err := v.app.Posting(v.ctx, v.call(), code)
		if err != nil {
			return ui.ProgressEvent{}, err
		}
		if first < 0 {
			first = p.Done
		}
		e := ui.ProgressEvent{Done: p.Done, All: p.All, End: p.State != reimbursement.Posting, Text: v.say("run.progress", "done", p.Done, "all", p.All, "posted", p.Posted)}
		if elapsed, done := time.Since(began), p.Done-first; elapsed > time.Second && done > 0 {
			rate := float64(done) / elapsed.Seconds()
			e.Rate = v.rate(rate, time.Duration(float64(p.All-p.Done)/rate*float64(time.Second)))
		}
		return e, nil
	})
}

// runTrail shows records of the audit trail.
func (v *visit) runTrail(part app.Part[app.AuditRow]) ui.Table {
	t := ui.Table{
		ID: "lines", Caption: v.say("run.trail"), Next: part.Next, After: v.query("after") != "",
		Columns: []ui.Column{{Title: v.say("trail.at"), Kind: ui.Date}, {Title: v.say("trail.actor")}, {Title: v.say("trail.command"), Kind: ui.Code}, {Title: v.say("trail.detail"), Wide: true}},
		Empty:   ui.Empty{Title: v.say("filter.none_match")},
	}
	for _, r := range part.Items {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.InstantCell(v.with(), r.At), ui.TextCell(r.Actor), ui.TextCell(r.Command), {Body: recordDetail(r.Detail)}}})
	}
	return t
}

// changedSince refuses a step whose effect is not what the reader saw any more.
func (v *visit) changedSince(seen, now string) error {
	if seen == now {
		return nil
	}
	return fault.New(fault.Conflict, "%s", v.say("confirm.changed")).ByRule("changed_since")
}
