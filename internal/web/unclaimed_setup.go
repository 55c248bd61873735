package web

import (
	"net/url"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/unclaimed"
	"quittance/internal/web/ui"
)

func (s *site) routesUnclaimedSetup() {
	const nav = "unclaimed"
	s.in(nav, "GET /unclaimed/setup", s.unclaimedSetup)
	s.in(nav, "GET /unclaimed/setup/rules", needs(identity.SetUp, s.ruleForm))
	s.in(nav, "POST /unclaimed/setup/rules", needs(identity.SetUp, s.saveRule))
	s.in(nav, "POST /unclaimed/setup/rules/remove", needs(identity.SetUp, s.removeRule))
	s.in(nav, "GET /unclaimed/setup/clocks", needs(identity.SetUp, s.clockForm))
	s.in(nav, "POST /unclaimed/setup/clocks", needs(identity.SetUp, s.saveClock))
	s.in(nav, "POST /unclaimed/setup/clocks/remove", needs(identity.SetUp, s.removeClock))
	s.in(nav, "POST /unclaimed/setup/samples", needs(identity.SetUp, s.takeSamples))
	s.in(nav, "GET /unclaimed/setup/holder", needs(identity.SetUp, func(v *visit) error { return v.holderForm(nil) }))
	s.in(nav, "POST /unclaimed/setup/holder", needs(identity.SetUp, s.saveHolder))
}

// unclaimedSetupView is what the page of the set-up shows.
type unclaimedSetupView struct {
	parts              []ui.Tab
	parameters, holder []ui.Definition
	rules, clocks      ui.Table
	toRules, toClocks  []ui.Action
	toHolder           []ui.Action
}

// unclaimedSetup shows accounts, rules, clocks and what letters and reports say of the company.
func (s *site) unclaimedSetup(v *visit) error {
	rules, err := v.app.DormancyRules(v.ctx, v.call())
	if err != nil {
		return err
	}
	clocks, err := v.app.CreditClocks(v.ctx, v.call())
	if err != nil {
		return err
	}
	holder, err := v.app.UnclaimedHolder(v.ctx, v.call())
	if err != nil {
		return err
	}
	set, err := v.app.Setup(v.ctx, v.call())
	if err != nil {
		return err
	}
	w := unclaimedSetupView{parts: v.unclaimedTabs("setup"), rules: v.ruleTable(rules, set.Currency), clocks: v.clockTable(clocks), holder: v.holderHead(&holder)}
	for _, p := range set.Parameters {
		if p.Name == "unclaimed_property_account" || p.Name == "unclaimed_holder_state" {
			value := ui.TextCell(p.Value)
			if p.Value == "" {
				value.Text = v.say("unclaimed.not_set")
			}
			if v.may(identity.SetUp) {
				value.Href = v.path("parameters", p.Name)
			}
			w.parameters = append(w.parameters, ui.Definition{Name: v.say("unclaimed.parameter." + p.Name), Value: value})
		}
	}
	page := ui.Page{Title: v.say("unclaimed.part.setup"), Lead: v.say("unclaimed.setup_lead"), Crumbs: v.unclaimedCrumb()}
	if v.may(identity.SetUp) {
		w.toRules = []ui.Action{{Text: v.say("unclaimed.new_rule"), Href: v.path("unclaimed", "setup", "rules"), Icon: "plus"}}
		w.toClocks = []ui.Action{{Text: v.say("unclaimed.new_clock"), Href: v.path("unclaimed", "setup", "clocks"), Icon: "plus"}}
		w.toHolder = []ui.Action{{Text: v.say("unclaimed.edit_holder"), Href: v.path("unclaimed", "setup", "holder")}}
		page.Actions = []ui.Action{{Text: v.say("unclaimed.samples"), Href: v.path("unclaimed", "setup", "samples"), Post: true}}
	}
	return v.show(page, unclaimedSetupBody(w))
}

func (v *visit) sampleBadge(sample bool) ui.Cell {
	if sample {
		return ui.BadgeCell(ui.Badge{Text: v.say("unclaimed.sample"), Tone: "warn"})
	}
	return ui.Cell{}
}

// ruleQuery names a rule in an address.
func ruleQuery(jurisdiction, kind string, from civil.Date) string {
	q := url.Values{"jurisdiction": {jurisdiction}, "from": {from.String()}}
	if kind != "" {
		q.Set("kind", kind)
	}
	return "?" + q.Encode()
}

func (v *visit) ruleTable(rules []app.DormancyRule, currency string) ui.Table {
	t := ui.Table{ID: "rules", Caption: v.say("unclaimed.rules"), Dense: true, Columns: wide([]ui.Column{
		{Title: v.say("unclaimed.jurisdiction"), Kind: ui.Code},
		{Title: v.say("unclaimed.kind")},
		{Title: v.say("unclaimed.from"), Kind: ui.Date},
		{Title: v.say("unclaimed.after")},
		{Title: v.say("unclaimed.cut_off")},
		{Title: v.say("unclaimed.report_by")},
		{Title: v.say("unclaimed.letters_span")},
		{Title: v.say("unclaimed.letter_minimum"), Kind: ui.Amounts, Note: currency},
		{Title: v.say("unclaimed.sample"), Kind: ui.Status, Quiet: true},
	}, 5, 6, 7), Empty: ui.Empty{Title: v.say("unclaimed.no_rules"), Lead: v.say("unclaimed.no_rules_lead")}}
	for _, r := range rules {
		code, href := ui.TextCell(r.Jurisdiction), ""
		if v.may(identity.SetUp) {
			href = v.path("unclaimed", "setup", "rules") + ruleQuery(r.Jurisdiction, string(r.Kind), r.From)
			code.Href = href
		}
		code.Sub = r.Code
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{
			code, ui.TextCell(v.say("unclaimed.kind." + string(r.Kind))), ui.DayCell(v.with(), r.From),
			{Text: v.dormancy(r.Months, r.Days), Sub: v.say("unclaimed.restarts." + string(r.Activity))},
			ui.TextCell(r.CutOff), ui.TextCell(r.Report),
			{Text: v.say("unclaimed.letter_days", "first", r.LetterFirst, "last", r.LetterLast), Sub: v.say("unclaimed.reply_n", "n", r.ReplyDays)},
			ui.AmountCell(r.LetterMinimum, currency), v.sampleBadge(r.Sample),
		}})
	}
	return t
}

// dormancy writes months and days.
func (v *visit) dormancy(months, days int) string {
	switch {
	case days == 0:
		return v.say("unclaimed.n_months", "n", months)
	case months == 0:
		return v.say("unclaimed.n_days", "n", days)
	}
	return v.say("unclaimed.n_months", "n", months) + ", " + v.say("unclaimed.n_days", "n", days)
}

func (v *visit) clockTable(clocks []app.CreditClock) ui.Table {
	t := ui.Table{ID: "clocks", Caption: v.say("unclaimed.clocks"), Dense: true, Columns: wide([]ui.Column{
		{Title: v.say("unclaimed.jurisdiction"), Kind: ui.Code},
		{Title: v.say("unclaimed.from"), Kind: ui.Date},
		{Title: v.say("unclaimed.refund_days"), Kind: ui.Count},
		{Title: v.say("unclaimed.good_faith_months"), Kind: ui.Count},
		{Title: v.say("unclaimed.interest")},
		{Title: v.say("unclaimed.bar_months"), Kind: ui.Count},
		{Title: v.say("unclaimed.sample"), Kind: ui.Status, Quiet: true},
	}, 3, 5), Empty: ui.Empty{Title: v.say("unclaimed.no_clocks"), Lead: v.say("unclaimed.no_clocks_lead")}}
	for _, k := range clocks {
		code, href := ui.TextCell(k.Jurisdiction), ""
		if v.may(identity.SetUp) {
			href = v.path("unclaimed", "setup", "clocks") + ruleQuery(k.Jurisdiction, "", k.From)
			code.Href = href
		}
		interest := ui.TextCell("–")
		if k.InterestRate != "" {
			interest = ui.Cell{Text: v.say("unclaimed.percent", "rate", decimals(v.with(), k.InterestRate), "days", k.YearDays), Sub: v.say("unclaimed.interest_from."+string(k.InterestFrom), "n", k.InterestAfterDays)}
		}
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{
			code, ui.DayCell(v.with(), k.From), ui.TextCell(someNumber(k.RefundDays)), ui.TextCell(someNumber(k.GoodFaithMonths)), interest, ui.TextCell(someNumber(k.BarMonths)), v.sampleBadge(k.Sample),
		}})
	}
	return t
}

func (v *visit) holderHead(h *unclaimed.Holder) []ui.Definition {
	text := func(key, value string) ui.Definition {
		return ui.Definition{Name: v.say("unclaimed.holder." + key), Value: ui.TextCell(value)}
	}
	all := []ui.Definition{
		text("tax_id", h.TaxID), text("industry", h.Industry), text("incorporated", h.Incorporated), text("place", strings.Trim(h.City+", "+h.State, ", ")), text("contact", h.Contact.Name), text("lines", strings.Join(h.Lines, ", ")),
	}
	if h.TaxID == "" && h.Contact.Name == "" && len(h.Lines) == 0 {
		all = []ui.Definition{text("none", v.say("unclaimed.holder_empty"))}
	}
	return all
}

// showUnclaimedSetup shows the form of a rule or a clock; remove is the address that removes it, blank for a new one.
func (v *visit) showUnclaimedSetup(part string, fields []ui.Field, typed url.Values, remove string, wrong error) error {
	home := v.path("unclaimed", "setup")
	form := ui.Form{Action: v.path("unclaimed", "setup", part), Submit: v.say("form.save"), Cancel: home, Typed: typed, Err: wrong}
	page := ui.Page{Title: v.say("unclaimed." + part + "_title"), Lead: v.say("unclaimed." + part + "_lead"), Narrow: true, Crumbs: v.unclaimedCrumb("setup")}
	if remove != "" {
		page.Actions = []ui.Action{{Text: v.say("unclaimed.remove"), Href: home + "/" + part + "/remove" + remove, Post: true, Danger: true}}
	}
	if wrong != nil {
		return v.again(wrong, page, fieldsBody(form, fields))
	}
	return v.show(page, fieldsBody(form, fields))
}

func (v *visit) ruleFields() []ui.Field {
	n := func(name string) ui.Field {
		return ui.Field{Name: name, Label: v.say("unclaimed." + name), Hint: v.say("unclaimed.hint." + name), Short: true}
	}
	return []ui.Field{
		{Name: "jurisdiction", Label: v.say("unclaimed.jurisdiction"), Hint: v.say("unclaimed.hint.jurisdiction"), Required: true, Mono: true, Short: true},
		{Name: "kind", Type: "select", Label: v.say("unclaimed.kind"), Options: options(v, "unclaimed.kind.", unclaimed.Kinds()), Required: true},
		{Name: "from", Type: "date", Label: v.say("unclaimed.from"), Required: true},
		n("months"), n("days"),
		{Name: "activity", Type: "select", Label: v.say("unclaimed.activity_title"), Options: options(v, "unclaimed.restarts.", unclaimed.Activities()), Required: true},
		{Name: "cut_off", Label: v.say("unclaimed.cut_off"), Hint: v.say("unclaimed.hint.cut_off"), Required: true, Short: true},
		{Name: "report", Label: v.say("unclaimed.report_by"), Hint: v.say("unclaimed.hint.report"), Required: true, Short: true},
		n("letter_first"), n("letter_last"), n("letter_minimum"), n("reply_days"), n("code"),
		{Name: "note", Type: "textarea", Label: v.say("unclaimed.note"), Hint: v.say("unclaimed.hint.note")},
	}
}

func (s *site) ruleForm(v *visit) error {
	jurisdiction, kind, from := v.query("jurisdiction"), v.query("kind"), v.query("from")
	if jurisdiction == "" {
		return v.showUnclaimedSetup("rules", v.ruleFields(), fieldsOf("letter_first", "120", "letter_last", "60", "reply_days", "30"), "", nil)
	}
	rules, err := v.app.DormancyRules(v.ctx, v.call())
	if err != nil {
		return err
	}
	for _, r := range rules {
		if r.Jurisdiction == jurisdiction && string(r.Kind) == kind && r.From.String() == from {
			typed := fieldsOf("jurisdiction", r.Jurisdiction, "kind", string(r.Kind), "from", r.From.String(), "months", someNumber(r.Months), "days", someNumber(r.Days), "activity", string(r.Activity), "cut_off", r.CutOff, "report", r.Report,
				"letter_first", strconv.Itoa(r.LetterFirst), "letter_last", strconv.Itoa(r.LetterLast), "letter_minimum", r.LetterMinimum, "reply_days", strconv.Itoa(r.ReplyDays), "code", r.Code, "note", r.Note)
			return v.showUnclaimedSetup("rules", v.ruleFields(), typed, ruleQuery(r.Jurisdiction, kind, r.From), nil)
		}
	}
	return fault.New(fault.NotFound, "%s", v.say("dsetup.gone", "row", shortName(jurisdiction)))
}

// numbers reads fields that are whole numbers; the first that is none is the error.
func (v *visit) numbers(into map[string]*int) (err error) {
	var list fault.List
	for _, name := range keysOf(into) {
		n, nerr := v.number(name)
		list.Add(nerr)
		*into[name] = n
	}
	return list.Err()
}

func keysOf(m map[string]*int) (names []string) {
	for name := range m {
		names = append(names, name)
	}
	return sorted(names)
}

func (s *site) saveRule(v *visit) error {
	r := app.DormancyRule{
		Jurisdiction: strings.ToUpper(v.form("jurisdiction")), Kind: unclaimed.Kind(v.form("kind")), Activity: unclaimed.Activity(v.form("activity")), CutOff: v.form("cut_off"), Report: v.form("report"),
		LetterMinimum: v.form("letter_minimum"), Code: v.form("code"), Note: v.form("note"),
	}
	err := v.numbers(map[string]*int{"months": &r.Months, "days": &r.Days, "letter_first": &r.LetterFirst, "letter_last": &r.LetterLast, "reply_days": &r.ReplyDays})
	if err == nil {
		r.From, err = v.day("from")
	}
	if err == nil {
		err = v.app.SaveDormancyRule(v.ctx, v.call(), r)
	}
	if err != nil {
		return v.showUnclaimedSetup("rules", v.ruleFields(), v.r.PostForm, "", err)
	}
	return v.done(v.path("unclaimed", "setup"), v.say("dsetup.saved", "row", r.Jurisdiction))
}

func (s *site) removeRule(v *visit) error {
	from, err := v.day("from")
	if err == nil {
		err = v.app.RemoveDormancyRule(v.ctx, v.call(), v.query("jurisdiction"), unclaimed.Kind(v.query("kind")), from)
	}
	if err != nil {
		return err
	}
	return v.done(v.path("unclaimed", "setup"), v.say("unclaimed.removed", "row", v.query("jurisdiction")))
}

func (v *visit) clockFields() []ui.Field {
	n := func(name string) ui.Field {
		return ui.Field{Name: name, Label: v.say("unclaimed." + name), Hint: v.say("unclaimed.hint." + name), Short: true}
	}
	return []ui.Field{
		{Name: "jurisdiction", Label: v.say("unclaimed.jurisdiction"), Hint: v.say("unclaimed.hint.jurisdiction"), Required: true, Mono: true, Short: true},
		{Name: "from", Type: "date", Label: v.say("unclaimed.from"), Required: true},
		n("refund_days"), n("good_faith_months"), n("interest_rate"),
		{Name: "interest_from", Type: "select", Label: v.say("unclaimed.interest_from"), Options: options(v, "unclaimed.interest_from_short.", []unclaimed.InterestFrom{unclaimed.FromRequest, unclaimed.FromCredit}), Required: true},
		n("interest_after_days"),
		{Name: "year_days", Type: "select", Label: v.say("unclaimed.year_days"), Options: []ui.Option{{Value: "365", Text: "365"}, {Value: "360", Text: "360"}}, Required: true},
		n("bar_months"),
		{Name: "note", Type: "textarea", Label: v.say("unclaimed.note"), Hint: v.say("unclaimed.hint.note")},
	}
}

func (s *site) clockForm(v *visit) error {
	jurisdiction, from := v.query("jurisdiction"), v.query("from")
	if jurisdiction == "" {
		return v.showUnclaimedSetup("clocks", v.clockFields(), url.Values{}, "", nil)
	}
	clocks, err := v.app.CreditClocks(v.ctx, v.call())
	if err != nil {
		return err
	}
	for _, k := range clocks {
		if k.Jurisdiction == jurisdiction && k.From.String() == from {
			typed := fieldsOf("jurisdiction", k.Jurisdiction, "from", k.From.String(), "refund_days", someNumber(k.RefundDays), "good_faith_months", someNumber(k.GoodFaithMonths), "interest_rate", k.InterestRate,
				"interest_from", string(k.InterestFrom), "interest_after_days", someNumber(k.InterestAfterDays), "year_days", strconv.Itoa(k.YearDays), "bar_months", someNumber(k.BarMonths), "note", k.Note)
			return v.showUnclaimedSetup("clocks", v.clockFields(), typed, ruleQuery(k.Jurisdiction, "", k.From), nil)
		}
	}
	return fault.New(fault.NotFound, "%s", v.say("dsetup.gone", "row", shortName(jurisdiction)))
}

func (s *site) saveClock(v *visit) error {
	k := app.CreditClock{Jurisdiction: strings.ToUpper(v.form("jurisdiction")), InterestFrom: unclaimed.InterestFrom(v.form("interest_from")), InterestRate: v.form("interest_rate"), Note: v.form("note")}
	err := v.numbers(map[string]*int{"refund_days": &k.RefundDays, "good_faith_months": &k.GoodFaithMonths, "interest_after_days": &k.InterestAfterDays, "year_days": &k.YearDays, "bar_months": &k.BarMonths})
	if err == nil {
		k.From, err = v.day("from")
	}
	if err == nil {
		err = v.app.SaveCreditClock(v.ctx, v.call(), k)
	}
	if err != nil {
		return v.showUnclaimedSetup("clocks", v.clockFields(), v.r.PostForm, "", err)
	}
	return v.done(v.path("unclaimed", "setup"), v.say("dsetup.saved", "row", k.Jurisdiction))
}

func (s *site) removeClock(v *visit) error {
	from, err := v.day("from")
	if err == nil {
		err = v.app.RemoveCreditClock(v.ctx, v.call(), v.query("jurisdiction"), from)
	}
	if err != nil {
		return err
	}
	return v.done(v.path("unclaimed", "setup"), v.say("unclaimed.removed", "row", v.query("jurisdiction")))
}

func (s *site) takeSamples(v *visit) error {
	n, err := v.app.TakeUnclaimedSamples(v.ctx, v.call(), 0)
	if err != nil {
		return err
	}
	return v.told(v.path("unclaimed", "setup"), "warn", v.say("unclaimed.samples_taken", "n", n))
}
