package web

import (
	"slices"
	"strings"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/unclaimed"
	"quittance/internal/web/ui"
)

func (s *site) routesUnclaimed() {
	const nav = "unclaimed"
	s.in(nav, "GET /unclaimed", s.unclaimedList)
	s.in(nav, "GET /unclaimed/escheat", needs(identity.Pay, func(v *visit) error { return v.escheatForm(nil) }))
	s.in(nav, "POST /unclaimed/escheat", needs(identity.Pay, s.escheat))
	s.in(nav, "GET /unclaimed/letters", s.unclaimedLetters)
	s.in(nav, "GET /unclaimed/letters/new", needs(identity.Prepare, func(v *visit) error { return v.lettersForm(nil) }))
	s.in(nav, "POST /unclaimed/letters/new", needs(identity.Prepare, s.makeLetters))
	s.in(nav, "POST /unclaimed/letters/{letters}", needs(identity.Prepare, s.lettersFile))
	s.routesProperties()
	s.routesContacts()
	s.routesUnclaimedSetup()
	s.in("credit_ageing", "GET /credit-ageing", s.creditAgeing)
}

// unclaimedParts are the parts of unclaimed property, each a page.
var unclaimedParts = []string{"", "properties", "letters", "remittances", "reports", "contacts", "setup"}

// unclaimedTabs lead from each part to the others.
func (v *visit) unclaimedTabs(here string) (all []ui.Tab) {
	for _, part := range unclaimedParts {
		parts, key := []string{"unclaimed"}, "worklist"
		if part != "" {
			parts, key = append(parts, part), part
		}
		all = append(all, ui.Tab{Text: v.say("unclaimed.part." + key), Href: v.path(parts...), Here: part == here})
	}
	return all
}

func (v *visit) unclaimedCrumb(more ...string) []ui.Link {
	all := []ui.Link{{Text: v.say("nav.unclaimed"), Href: v.path("unclaimed")}}
	for _, part := range more {
		all = append(all, ui.Link{Text: v.say("unclaimed.part." + part), Href: v.path("unclaimed", part)})
	}
	return all
}

// jurisdictions are those that there are rules of, and one that is looked at.
func (v *visit) jurisdictions(one string) (all []ui.Option, err error) {
	rules, err := v.app.DormancyRules(v.ctx, v.call())
	var codes []string
	for _, r := range rules {
		codes = append(codes, r.Jurisdiction)
	}
	if one != "" {
		codes = append(codes, one)
	}
	for _, code := range slices.Compact(sorted(codes)) {
		all = append(all, ui.Option{Value: code, Text: code})
	}
	return all, err
}

// unclaimedShown are the views of the worklist, with the stages of each; the first is what is due.
var unclaimedShown = []struct {
	name   string
	stages []unclaimed.Stage
}{
	{"due", nil},
	{"escheat", []unclaimed.Stage{unclaimed.EscheatDue}},
	{"letter", []unclaimed.Stage{unclaimed.LetterDue}},
	{"reply", []unclaimed.Stage{unclaimed.ReplyOpen}},
	{"later", []unclaimed.Stage{unclaimed.NotDormant, unclaimed.BeforeCutOff, unclaimed.BeforeLetters}},
	{"blocked", []unclaimed.Stage{unclaimed.NoJurisdiction, unclaimed.NoRule, unclaimed.Marked, unclaimed.NothingOpen}},
}

// unclaimedFilter reads from the address what of the worklist is looked at.
func (v *visit) unclaimedFilter() (s app.UnclaimedSelection, show string, err error) {
	s = app.UnclaimedSelection{Kind: unclaimed.Kind(v.query("kind")), Owner: v.query("owner"), Jurisdiction: v.query("jurisdiction")}
	s.Date, err = v.day("date")
	show = "due"
	for _, x := range unclaimedShown {
		if x.name == v.query("show") {
			show, s.Stages = x.name, x.stages
		}
	}
	return s, show, err
}

const unclaimedCounted = 10_000 // properties that the worklist adds up

var unclaimedColumns = columns([]string{"stage", "kind", "document", "check", "owner", "name", "currency", "jurisdiction", "arose", "last_activity", "dormant", "cut_off", "report", "letter_from", "letter_until", "letter", "explanation"}, "amount")

// unclaimedView is what the worklist shows.
type unclaimedView struct {
	parts, tabs          []ui.Tab
	stats                []ui.Stat
	note                 string
	table                ui.Table
	choosing             []ui.Action
	kinds, jurisdictions []ui.Option
	at, show             string
}

// unclaimedList shows what nobody claims: what is due, or what stands at another stage.
func (s *site) unclaimedList(v *visit) error {
	f, show, err := v.unclaimedFilter()
	if err != nil {
		return err
	}
	list := func(p app.Page) (app.Part[app.UnclaimedItem], error) {
		return v.app.UnclaimedItems(v.ctx, v.call(), f, p)
	}
	if v.exported() {
		return export(v, "unclaimed", unclaimedColumns, list, func(y app.UnclaimedItem) []string {
			return []string{
				string(y.Stage), string(y.Kind), y.Document, y.Check, y.Owner, y.Name, y.Currency, y.Jurisdiction, y.Arose.String(), y.LastActivity.String(), y.Dormant.String(), y.CutOff.String(), y.Report.String(),
				y.LetterFrom.String(), y.LetterUntil.String(), y.Letter.String(), y.Explanation, y.Amount,
			}
		})
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	figures, err := v.app.UnclaimedFigures(v.ctx, v.call(), f, unclaimedCounted)
	if err != nil {
		return err
	}
	w := unclaimedView{parts: v.unclaimedTabs(""), at: v.path("unclaimed"), show: show, kinds: options(v, "unclaimed.kind.", unclaimed.Kinds())}
	if w.jurisdictions, err = v.jurisdictions(f.Jurisdiction); err != nil {
		return err
	}
	if err := v.unclaimedFigures(&w, figures); err != nil {
		return err
	}
	w.table = v.unclaimedTable(part.Items)
	w.table.Next, w.table.After = part.Next, v.query("after") != ""
	w.table.Empty = v.unclaimedEmpty(f, show, len(w.jurisdictions) > 0)
	if show == "due" || show == "escheat" || show == "letter" {
		w.choosing = v.unclaimedSteps(show)
	}
	if len(w.table.Rows) > 0 && len(w.choosing) > 0 {
		w.table.Select = "pick"
	} else {
		w.choosing = nil
	}
	page := ui.Page{Title: v.say("nav.unclaimed"), Lead: v.say("unclaimed.lead"), Actions: append(v.exports(), v.dueActions(f, figures)...)}
	return v.show(page, unclaimedBody(w))
}

// unclaimedEmpty says why nothing is listed, and what comes next.
func (v *visit) unclaimedEmpty(f app.UnclaimedSelection, show string, rules bool) ui.Empty {
	switch {
	case !rules && show == "due":
		e := ui.Empty{Title: v.say("unclaimed.no_rules"), Lead: v.say("unclaimed.no_rules_lead")}
		if v.may(identity.SetUp) {
			e.Action = &ui.Action{Text: v.say("unclaimed.part.setup"), Href: v.path("unclaimed", "setup"), Primary: true}
		}
		return e
	case f.Kind != "" || f.Owner != "" || f.Jurisdiction != "" || f.Date != 0:
		return ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("unclaimed")}}
	case show == "due":
		return ui.Empty{Title: v.say("unclaimed.none_due"), Lead: v.say("unclaimed.none_due_lead")}
	}
	return ui.Empty{Title: v.say("unclaimed.none_there")}
}

// unclaimedSteps are the buttons for what was chosen.
func (v *visit) unclaimedSteps(show string) (all []ui.Action) {
	if show != "letter" && v.may(identity.Pay) {
		all = append(all, ui.Action{Text: v.say("unclaimed.escheat"), Href: v.path("unclaimed", "escheat")})
	}
	if show != "escheat" && v.may(identity.Prepare) {
		all = append(all, ui.Action{Text: v.say("unclaimed.write"), Href: v.path("unclaimed", "letters", "new")})
	}
	return all
}

// dueActions lead to what is due, all of it as it is filtered.
func (v *visit) dueActions(f app.UnclaimedSelection, x *app.UnclaimedFigures) (all []ui.Action) {
	n := map[unclaimed.Stage]int64{}
	for _, s := range x.Sums {
		n[s.Stage] += s.Items
	}
	query := unclaimedQuery(f)
	if n[unclaimed.LetterDue] > 0 && v.may(identity.Prepare) {
		all = append(all, ui.Action{Text: v.say("unclaimed.write_all"), Href: v.path("unclaimed", "letters", "new") + query})
	}
	if n[unclaimed.EscheatDue] > 0 && v.may(identity.Pay) {
		all = append(all, ui.Action{Text: v.say("unclaimed.escheat_all"), Href: v.path("unclaimed", "escheat") + query})
	}
	if len(all) > 0 {
		all[len(all)-1].Primary = true
	}
	return all
}

// unclaimedQuery writes a selection into an address.
func unclaimedQuery(f app.UnclaimedSelection) string {
	var parts []string
	for _, x := range [][2]string{{"owner", f.Owner}, {"jurisdiction", f.Jurisdiction}, {"kind", string(f.Kind)}, {"date", f.Date.String()}} {
		if x[1] != "" {
			parts = append(parts, x[0]+"="+escapeQuery(x[1]))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "?" + strings.Join(parts, "&")
}

// unclaimedFigures fills the sums above the list, and how much stands in each of its views.
func (v *visit) unclaimedFigures(w *unclaimedView, x *app.UnclaimedFigures) error {
	counts, amounts := map[string]int64{}, map[string]*sums{}
	late := map[string]int64{}
	for _, s := range x.Sums {
		for _, view := range unclaimedShown {
			due := view.name == "due" && (s.Stage == unclaimed.EscheatDue || s.Stage == unclaimed.LetterDue)
			if !due && !slices.Contains(view.stages, s.Stage) {
				continue
			}
			counts[view.name] += s.Items
			late[view.name] += s.Late
			if amounts[view.name] == nil {
				amounts[view.name] = &sums{}
			}
			if err := amounts[view.name].add(s.Currency, s.Amount); err != nil {
				return err
			}
		}
	}
	href := func(show string) string { return ui.Here(v.with(), "show", show, "after", "") }
	for _, view := range unclaimedShown {
		n := ui.Number(v.with(), counts[view.name])
		if x.More {
			n += "+"
		}
		w.tabs = append(w.tabs, ui.Tab{Text: v.say("unclaimed.show." + view.name), Href: href(view.name), Count: n, Here: view.name == w.show})
	}
	for _, name := range []string{"escheat", "letter", "reply"} {
		if a := amounts[name]; a != nil {
			for _, m := range a.s.View() {
				w.stats = append(w.stats, ui.Stat{Name: v.say("unclaimed.show." + name), Amount: m.Amount, Currency: m.Currency, Sub: v.lateText(late[name]), Href: href(name)})
			}
		}
	}
	for _, o := range x.Owed {
		if !ui.Zero(o.Owed) || !ui.Zero(o.Difference) {
			s := ui.Stat{Name: v.say("unclaimed.owed_on", "account", o.Account), Amount: o.Owed, Currency: v.currencyCode(), Sub: v.say("unclaimed.n_properties", "n", o.Properties), Href: v.path("unclaimed", "properties") + "?status=escheated"}
			if !ui.Zero(o.Difference) {
				s.Sub = v.say("unclaimed.ledger_differs", "amount", ui.Amount(v.with(), o.Difference, s.Currency))
			}
			w.stats = append(w.stats, s)
		}
	}
	if x.More {
		w.note = v.say("unclaimed.counted", "n", x.Looked)
	}
	return nil
}

// lateText says how many are late; blank when none is.
func (v *visit) lateText(n int64) string {
	if n == 0 {
		return ""
	}
	return v.say("unclaimed.n_late", "n", n)
}

// currencyCode gives the accounting currency; blank when it cannot be found out.
func (v *visit) currencyCode() string {
	cur, err := v.app.Currency(v.ctx, v.call())
	if err != nil {
		return ""
	}
	return cur.Code
}

// targetCell is a credit or a payment that leads to its page.
func (v *visit) targetCell(kind unclaimed.Kind, document, check string) ui.Cell {
	c := ui.Cell{Text: document, Href: v.path("vouchers", document), Sub: v.say("unclaimed.kind." + string(kind))}
	if kind == unclaimed.Payment {
		c.Href = v.paymentPath(document)
	}
	if check != "" {
		c.Sub = v.say("unclaimed.check", "check", check)
	}
	return c
}

func (v *visit) ownerCell(owner, name string) ui.Cell {
	return ui.Cell{Text: owner, Href: v.path("parties", owner), Sub: name}
}

// unclaimedTable lists what may be unclaimed.
func (v *visit) unclaimedTable(items []app.UnclaimedItem) ui.Table {
	t := ui.Table{ID: "unclaimed", Caption: v.say("nav.unclaimed"), Columns: wide([]ui.Column{
		{Title: v.say("trace.document"), Kind: ui.Code},
		{Title: v.say("unclaimed.owner"), Kind: ui.Code},
		{Title: v.say("items.amount"), Kind: ui.Amounts},
		{Title: v.say("party.currency")},
		{Title: v.say("unclaimed.jurisdiction")},
		{Title: v.say("unclaimed.last_activity"), Kind: ui.Date},
		{Title: v.say("unclaimed.dormant"), Kind: ui.Date},
		{Title: v.say("unclaimed.report_by"), Kind: ui.Date},
		{Title: v.say("unclaimed.stage"), Kind: ui.Status},
	}, 3, 4, 5, 6, 7)}
	for i := range items {
		y := &items[i]
		state := ui.BadgeCell(v.stageOf(y.Stage, y.Late)...)
		state.Sub = v.why(y)
		last := ui.DayCell(v.with(), y.LastActivity)
		last.Sub = v.activityOf(y.Activity)
		target := v.targetCell(y.Kind, y.Document, y.Check)
		t.Rows = append(t.Rows, ui.Row{ID: y.Document, Name: y.Document, Href: target.Href, Cells: []ui.Cell{
			target, v.ownerCell(y.Owner, y.Name), ui.AmountCell(y.Amount, y.Currency), ui.TextCell(y.Currency), ui.TextCell(y.Jurisdiction), last, ui.DayCell(v.with(), y.Dormant), ui.DayCell(v.with(), y.Report), state,
		}})
	}
	return t
}

// stageOf is a stage in words, and whether it is late.
func (v *visit) stageOf(stage unclaimed.Stage, late bool) []ui.Badge {
	tone := map[unclaimed.Stage]string{unclaimed.EscheatDue: "warn", unclaimed.LetterDue: "info", unclaimed.NoRule: "bad", unclaimed.NoJurisdiction: "bad"}[stage]
	all := []ui.Badge{{Text: v.say("unclaimed.stage." + string(stage)), Tone: tone}}
	if late {
		all = append(all, ui.Badge{Text: v.say("unclaimed.late"), Tone: "bad"})
	}
	return all
}

// activityOf says what the last activity was, as app gives it, in the reader's language.
func (v *visit) activityOf(what string) string {
	if how, ok := strings.CutPrefix(what, "contact: "); ok {
		return v.say("unclaimed.how." + how)
	}
	for key, x := range map[string]string{"arose": "it arose", "paid": "it was paid", "payment": "a payment of the customer", "invoice": "an invoice of the customer"} {
		if x == what {
			return v.say("unclaimed.activity." + key)
		}
	}
	return what
}

// why says in short why an item stands where it does.
func (v *visit) why(y *app.UnclaimedItem) string {
	day := func(key string, pairs ...any) string { return v.say("unclaimed.why."+key, pairs...) }
	switch {
	case y.Stage == unclaimed.LetterDue, y.Stage == unclaimed.BeforeLetters:
		return day("letter", "from", ui.Day(v.with(), y.LetterFrom), "until", ui.Day(v.with(), y.LetterUntil))
	case y.Letter != 0 && y.Stage == unclaimed.ReplyOpen:
		return day("reply", "day", ui.Day(v.with(), y.Letter))
	case y.Letter != 0 && y.Stage == unclaimed.EscheatDue:
		return day("unanswered", "day", ui.Day(v.with(), y.Letter))
	case y.Stage == unclaimed.EscheatDue:
		return day("small")
	case y.Stage == unclaimed.NotDormant, y.Stage == unclaimed.BeforeCutOff:
		return day("cut_off", "day", ui.Day(v.with(), y.CutOff))
	}
	return day(string(y.Stage))
}
