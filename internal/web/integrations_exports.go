package web

import (
	"bytes"
	"encoding/json"
	"maps"
	"mime"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

func (s *site) routesExports() {
	at := func(p identity.Permission, pattern string, show page) {
		s.in(navIntegrations, pattern, needs(p, show))
	}
	at(identity.Read, "GET /integrations/exports", s.targetList)
	at(identity.SetUp, "GET /integrations/export-target", s.targetForm)
	at(identity.SetUp, "POST /integrations/export-target", s.saveTarget)
	at(identity.Read, "GET /integrations/exports/{target}", s.targetPage)
	at(identity.SetUp, "GET /integrations/exports/{target}/remove", func(v *visit) error { return v.removeTargetForm(nil) })
	at(identity.SetUp, "POST /integrations/exports/{target}/remove", s.removeTarget)
	at(identity.HandOver, "GET /integrations/exports/{target}/make", func(v *visit) error { return v.makeForm(nil, nil) })
	at(identity.HandOver, "POST /integrations/exports/{target}/make", s.makeExport)
	at(identity.HandOver, "GET /integrations/exports/{target}/{n}/file", s.exportFile)
	at(identity.HandOver, "GET /integrations/exports/{target}/{n}/void", func(v *visit) error { return v.voidForm(nil) })
	at(identity.HandOver, "POST /integrations/exports/{target}/{n}/void", s.voidExport)
}

func (v *visit) targetPath(code string, more ...string) string {
	return v.path(append([]string{"integrations", "exports", code}, more...)...)
}

// targetList names the ledgers that posted vouchers are handed over to.
func (s *site) targetList(v *visit) error {
	all, err := v.app.ExportTargets(v.ctx, v.call())
	if err != nil {
		return err
	}
	t := ui.Table{
		ID: "targets", Caption: v.say("int.part.exports"), Empty: ui.Empty{Title: v.say("int.no_targets"), Lead: v.say("int.no_targets_lead")},
		Columns: []ui.Column{{Title: v.say("int.target"), Kind: ui.Code}, {Title: v.say("int.layout")}, {Title: v.say("int.since"), Kind: ui.Date}, {Title: v.say("int.batches"), Kind: ui.Count}},
	}
	for i := range all {
		x := &all[i]
		href := v.targetPath(x.Target)
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{ui.LinkCell(x.Target, href), ui.TextCell(v.layoutName(x.Layout)), ui.DayCell(v.with(), x.From), ui.CountCell(v.with(), x.Last)}})
	}
	page := v.integrationPage(v.say("int.part.exports"))
	page.Lead = v.say("int.about.exports")
	if v.may(identity.SetUp) {
		add := ui.Action{Text: v.say("int.new_target"), Href: v.path("integrations", "export-target"), Icon: "plus", Primary: true}
		page.Actions, t.Empty.Action = []ui.Action{add}, &add
	}
	return v.show(page, templ.Join(ui.Tabs(v.say("nav.integrations"), v.integrationTabs("exports")), ui.DataTable(t)))
}

// layoutName says what a layout is based on.
func (v *visit) layoutName(layout json.RawMessage) string {
	var x map[string]any
	if json.Unmarshal(layout, &x) != nil {
		return ""
	}
	base, _ := x["base"].(string)
	switch {
	case base == "":
		return v.say("int.own_layout")
	case len(x) > 1:
		return v.say("int.changed_layout", "base", base)
	}
	return base
}

func (s *site) targetForm(v *visit) error {
	code := v.query("target")
	if code == "" {
		return v.showTargetForm("", url.Values{"layout": {`{"base": "general"}`}}, nil)
	}
	x, err := v.app.ExportTarget(v.ctx, v.call(), code)
	if err != nil {
		return err
	}
	var layout bytes.Buffer
	if err := json.Indent(&layout, x.Layout, "", "  "); err != nil {
		return err
	}
	return v.showTargetForm(code, fieldsOf("layout", layout.String(), "from", x.From.String()), nil)
}

func (v *visit) showTargetForm(code string, typed url.Values, wrong error) error {
	fields := []ui.Field{
		{Name: "layout", Type: "textarea", Rows: 12, Label: v.say("int.layout"), Hint: v.say("int.hint.layout"), Mono: true, Required: true},
		{Name: "from", Type: "date", Label: v.say("int.since"), Hint: v.say("int.hint.since")},
	}
	page := v.integrationPage(v.say("int.new_target"), "exports")
	page.Lead, page.Narrow = v.say("int.target_lead"), true
	form := ui.Form{Action: v.path("integrations", "export-target"), Submit: v.say("form.save"), Cancel: v.path("integrations", "exports"), Typed: typed, Err: wrong}
	if code == "" {
		fields = slices.Insert(fields, 0, ui.Field{Name: "target", Label: v.say("int.target"), Hint: v.say("int.hint.code"), Required: true, Mono: true, Short: true})
	} else {
		page.Title, form.Cancel = v.say("int.change_target", "code", code), v.targetPath(code)
	}
	body := scheduleFormBody(form, fields, "", code)
	if wrong != nil {
		return v.again(wrong, page, body)
	}
	return v.show(page, body)
}

func (s *site) saveTarget(v *visit) error {
	there := v.form("there")
	x := app.ExportTarget{Target: there, Layout: json.RawMessage(v.form("layout"))}
	from, err := v.day("from")
	x.From = from
	switch {
	case err != nil:
	case !json.Valid(x.Layout):
		err = v.wrong("layout", "int.no_json")
	case there == "":
		x.Target = v.form("target")
		if _, found := v.app.ExportTarget(v.ctx, v.call(), x.Target); found == nil {
			err = v.wrong("target", "int.target_there", "code", x.Target)
		}
	}
	if err == nil {
		err = v.app.SaveExportTarget(v.ctx, v.call(), x)
	}
	if err != nil {
		return v.showTargetForm(there, v.r.PostForm, err)
	}
	return v.done(v.targetPath(x.Target), v.say("int.target_saved", "code", x.Target))
}

// totalsText writes sums by currency.
func (v *visit) totalsText(totals map[string]string) string {
	var parts []string
	for _, currency := range slices.Sorted(maps.Keys(totals)) {
		parts = append(parts, ui.Money(v.with(), totals[currency], currency))
	}
	return strings.Join(parts, ", ")
}

// targetPage lists the batches of a ledger, the newest first.
func (s *site) targetPage(v *visit) error {
	code := v.r.PathValue("target")
	x, err := v.app.ExportTarget(v.ctx, v.call(), code)
	if err != nil {
		return err
	}
	list := func(p app.Page) (app.Part[app.ExportBatch], error) {
		return v.app.Exports(v.ctx, v.call(), code, p)
	}
	if v.exported() {
		return export(v, "batches-"+safeName(code), columns([]string{"batch", "first", "last", "totals", "made_by", "made_at", "sent_at", "voided_by", "voided_at", "void_reason", "sha256"}, "vouchers", "lines"), list, func(b app.ExportBatch) []string {
			totals := []string{}
			for _, c := range slices.Sorted(maps.Keys(b.Totals)) {
				totals = append(totals, b.Totals[c]+" "+c)
			}
			return []string{b.Batch, b.First.String(), b.Last.String(), strings.Join(totals, ", "), b.MadeBy, b.MadeAt, b.SentAt, b.VoidedBy, b.VoidedAt, b.VoidReason, b.SHA256, count(b.Vouchers), count(b.Lines)}
		})
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	t := v.batchTable(part.Items)
	t.Next, t.After = part.Next, v.query("after") != ""
	page := v.integrationPage(x.Target, "exports")
	page.Lead, page.Actions = v.layoutName(x.Layout), v.exports()
	if v.may(identity.SetUp) {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("int.change"), Href: v.path("integrations", "export-target") + "?target=" + escapeQuery(code)})
		if x.Last == 0 {
			page.Actions = append(page.Actions, ui.Action{Text: v.say("int.remove"), Href: v.targetPath(code, "remove"), Danger: true})
		}
	}
	if v.may(identity.HandOver) {
		make := ui.Action{Text: v.say("int.make"), Href: v.targetPath(code, "make"), Primary: true}
		page.Actions, t.Empty.Action = append(page.Actions, make), &make
	}
	return v.show(page, ui.DataTable(t))
}

func (v *visit) batchTable(all []app.ExportBatch) ui.Table {
	t := ui.Table{
		ID: "batches", Caption: v.say("int.batches"), Empty: ui.Empty{Title: v.say("int.no_batches"), Lead: v.say("int.no_batches_lead")},
		Columns: wide([]ui.Column{
			{Title: v.say("int.batch"), Kind: ui.Code},
			{Title: v.say("int.first"), Kind: ui.Date},
			{Title: v.say("int.last"), Kind: ui.Date},
			{Title: v.say("int.vouchers"), Kind: ui.Count},
			{Title: v.say("int.debits"), Kind: ui.Count},
			{Title: v.say("int.made_by")},
			{Title: v.say("party.state"), Kind: ui.Status},
			{Title: v.say("int.void"), Quiet: true},
		}, 1, 2, 5),
	}
	for i := range all {
		b := &all[i]
		name := ui.TextCell(b.Batch)
		if v.may(identity.HandOver) {
			name = ui.Cell{Body: ui.ActionButton(ui.Action{Text: b.Batch + ".csv", Href: v.targetPath(b.Target, count(b.Number), "file"), Icon: "download"})}
		}
		state, undo := ui.BadgeCell(ui.Badge{Text: v.say("int.made"), Tone: "good"}), ui.Cell{}
		switch {
		case b.VoidedBy != "":
			state = ui.BadgeCell(ui.Badge{Text: v.say("int.voided")})
			state.Sub = b.VoidReason
		case b.Schedule != "" && b.SentAt == "":
			state = ui.BadgeCell(ui.Badge{Text: v.say("int.unsent"), Tone: "warn"})
		case b.SentAt != "":
			state = ui.BadgeCell(ui.Badge{Text: v.say("int.sent"), Tone: "good"})
		}
		if b.VoidedBy == "" && v.may(identity.HandOver) {
			undo.Body = ui.ActionButton(ui.Action{Text: v.say("int.void"), For: b.Batch, Href: v.targetPath(b.Target, count(b.Number), "void")})
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			name, ui.DayCell(v.with(), b.First), ui.DayCell(v.with(), b.Last), ui.CountCell(v.with(), b.Vouchers), ui.TextCell(v.totalsText(b.Totals)), {Text: b.MadeBy, Sub: ui.Instant(v.with(), b.MadeAt)}, state, undo,
		}})
	}
	return t
}

func (v *visit) removeTargetForm(wrong error) error {
	x, err := v.app.ExportTarget(v.ctx, v.call(), v.r.PathValue("target"))
	if err != nil {
		return err
	}
	page := v.integrationPage("", "exports")
	page.Narrow = true
	return v.showStep(page, step{
		title: v.say("int.remove_target", "code", x.Target), lead: v.say("int.remove_target_lead"),
		form: ui.Form{Action: v.targetPath(x.Target, "remove"), Submit: v.say("int.remove"), Cancel: v.targetPath(x.Target), Danger: true},
	}, wrong)
}

func (s *site) removeTarget(v *visit) error {
	if err := v.app.RemoveExportTarget(v.ctx, v.call(), v.r.PathValue("target")); err != nil {
		return v.removeTargetForm(err)
	}
	return v.done(v.path("integrations", "exports"), v.say("int.target_removed"))
}

// makeForm asks of which dates vouchers are handed over; b is what the batch would be.
func (v *visit) makeForm(b *app.ExportBatch, wrong error) error {
	x, err := v.app.ExportTarget(v.ctx, v.call(), v.r.PathValue("target"))
	if err != nil {
		return err
	}
	at := v.targetPath(x.Target, "make")
	st := step{
		title: v.say("int.make"), lead: v.say("int.make_lead"), form: ui.Form{Action: at, Submit: v.say("effect.show"), Cancel: v.targetPath(x.Target)},
		fields: []ui.Field{{Name: "from", Type: "date", Label: v.say("int.first")}, {Name: "to", Type: "date", Label: v.say("int.last")}},
	}
	if b != nil {
		st.shown = ui.Definitions([]ui.Definition{
			v.fact("int.batch", ui.TextCell(b.Batch)), v.fact("int.vouchers", ui.CountCell(v.with(), b.Vouchers)), v.fact("int.lines", ui.CountCell(v.with(), b.Lines)),
			v.fact("int.debits", ui.TextCell(v.totalsText(b.Totals))), v.fact("int.first", ui.DayCell(v.with(), b.First)), v.fact("int.last", ui.DayCell(v.with(), b.Last)),
		})
		st.hidden = map[string]string{"seen": b.SHA256}
		st.do = ui.Form{Action: at, Submit: v.say("int.make_submit", "n", b.Vouchers, "amount", v.totalsText(b.Totals)), Cancel: v.targetPath(x.Target)}
	}
	page := v.integrationPage("", "exports")
	page.Narrow = true
	return v.showStep(page, st, wrong)
}

func (s *site) makeExport(v *visit) error {
	target := v.r.PathValue("target")
	from, to, err := v.span()
	if err != nil {
		return v.makeForm(nil, err)
	}
	seen, err := v.app.PreviewExport(v.ctx, v.call(), target, from, to)
	if err != nil || !v.confirmed() {
		return v.makeForm(seen, err)
	}
	if seen.SHA256 != v.form("seen") {
		return v.makeForm(seen, fault.New(fault.Conflict, "%s", v.say("int.other_batch")))
	}
	b, err := v.app.MakeExport(v.ctx, v.call(), target, from, to)
	if err != nil {
		return v.makeForm(nil, err)
	}
	return v.done(v.targetPath(target), v.say("int.batch_made", "batch", b.Batch, "n", b.Vouchers))
}

func (s *site) exportFile(v *visit) error {
	n, err := v.numbered()
	if err != nil {
		return err
	}
	f, err := v.app.OpenExport(v.ctx, v.call(), v.r.PathValue("target"), n)
	if err != nil {
		return err
	}
	v.sent = true
	h := v.w.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.Name}))
	h.Set("Cache-Control", "no-store")
	_, _ = v.w.Write(f.Content) // the reader may have gone
	return nil
}

func (v *visit) voidForm(wrong error) error {
	n, err := v.numbered()
	if err != nil {
		return err
	}
	b, err := v.app.ExportBatch(v.ctx, v.call(), v.r.PathValue("target"), n)
	if err != nil {
		return err
	}
	page := v.integrationPage("", "exports")
	page.Narrow = true
	return v.showStep(page, step{
		title: v.say("int.void_title", "batch", b.Batch), lead: v.say("int.void_lead", "n", b.Vouchers, "amount", v.totalsText(b.Totals)),
		form:   ui.Form{Action: v.targetPath(b.Target, count(n), "void"), Submit: v.say("int.void_submit", "n", b.Vouchers, "amount", v.totalsText(b.Totals)), Cancel: v.targetPath(b.Target), Danger: true},
		fields: []ui.Field{{Name: "reason", Label: v.say("party.reason"), Required: true}},
	}, wrong)
}

func (s *site) voidExport(v *visit) error {
	n, err := v.numbered()
	if err != nil {
		return err
	}
	b, err := v.app.VoidExport(v.ctx, v.call(), v.r.PathValue("target"), n, v.form("reason"))
	if err != nil {
		return v.voidForm(err)
	}
	return v.done(v.targetPath(b.Target), v.say("int.batch_voided", "batch", b.Batch))
}
