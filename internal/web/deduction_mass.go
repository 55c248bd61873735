package web

import (
	"net/url"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

const massShown = 200 // deductions of a preview

// massView is a change of many deductions: what is typed, and what it would do to each.
type massView struct {
	what    string
	form    ui.Form
	fields  []ui.Field
	numbers []string // chosen; none: all that pass the filter
	filter  string   // of the address
	says    string
	tabs    []ui.Tab
	do      ui.Form
	result  *ui.Table // nil: not asked for yet
	carry   url.Values
}

var massKinds = []string{"update", "resolve", "approve"}

// massForm is about all that pass the filter of the address.
func (s *site) massForm(v *visit) error {
	what := v.query("what")
	if what == "" {
		what = massKinds[0]
	}
	return v.showMass(massView{what: what, filter: v.filterQuery()}, nil)
}

// mayMass says whether the reader may change many deductions that way.
func (v *visit) mayMass(what string) error {
	p := identity.Deduct
	if what == "approve" {
		p = identity.Approve
	}
	return v.actor.AllowIn(v.code, p)
}

func (v *visit) showMass(w massView, wrong error) error {
	if err := v.mayMass(w.what); err != nil {
		return err
	}
	var err error
	if w.fields, err = v.massFields(w.what); err != nil {
		return err
	}
	w.form = ui.Form{Action: v.path("deductions", "mass"), Submit: v.say("effect.show"), Cancel: v.path("deductions"), Err: wrong}
	if v.form("step") != "" {
		w.form.Typed = v.r.PostForm
	}
	page := ui.Page{Title: v.say("deductions.mass.title." + w.what), Crumbs: []ui.Link{{Text: v.say("nav.deductions"), Href: v.path("deductions")}}}
	if len(w.numbers) > 0 {
		w.says = v.say("deductions.mass.chosen", "n", len(w.numbers))
	} else {
		f, err := v.filterOf(w.filter)
		if err != nil {
			return err
		}
		totals, err := v.app.DeductionTotals(v.ctx, v.call(), f)
		if err != nil {
			return err
		}
		w.says = v.say("deductions.mass.all", "n", totals.Count)
		for _, what := range massKinds {
			if v.mayMass(what) == nil {
				q, _ := url.ParseQuery(w.filter)
				if q == nil {
					q = url.Values{}
				}
				q.Set("what", what)
				w.tabs = append(w.tabs, ui.Tab{Text: v.say("deductions.mass." + what), Href: v.path("deductions", "mass") + "?" + q.Encode(), Here: what == w.what})
			}
		}
	}
	if wrong != nil {
		return v.again(wrong, page, massBody(w))
	}
	return v.show(page, massBody(w))
}

// filterOf reads a filter from a query that a form carries, as the worklist reads it from the address.
func (v *visit) filterOf(query string) (app.DeductionFilter, error) {
	was := v.r.URL.RawQuery
	defer func() { v.r.URL.RawQuery = was }()
	v.r.URL.RawQuery = query
	return v.deductionFilter()
}

func (v *visit) massFields(what string) ([]ui.Field, error) {
	if what == "approve" {
		return []ui.Field{v.dateField()}, nil
	}
	choices, err := v.deductionChoices()
	if err != nil {
		return nil, err
	}
	if what == "resolve" {
		return []ui.Field{
			{Name: "kind", Label: v.say("deductions.kind"), Type: "select", Options: v.optionsOf("deduction.kind.", []string{"write_off", "accrual_plan", "return", "chargeback"}), Required: true},
			{Name: "account", Label: v.say("deductions.account"), Mono: true, Hint: v.say("deductions.mass.account_hint")},
			{Name: "plan", Label: v.say("deductions.plan"), Type: "select", Options: choices.plans, Hint: v.say("deductions.mass.plan_hint")},
			{Name: "reason", Label: v.say("deductions.denial")},
			{Name: "text", Label: v.say("voucher.text")},
			v.dateField(),
		}, nil
	}
	unchanged := []ui.Option{{Text: v.say("deductions.mass.unchanged")}}
	return []ui.Field{
		{Name: "owner", Label: v.say("deductions.owner"), Hint: v.say("deductions.mass.blank")},
		{Name: "team", Label: v.say("deductions.team"), Hint: v.say("deductions.mass.blank")},
		{Name: "reason", Label: v.say("deductions.reason"), Type: "select", Options: append(unchanged, choices.reasons[1:]...)},
		{Name: "work", Label: v.say("deductions.work"), Type: "select", Options: append(unchanged[:1:1], v.optionsOf("deduction.work.", workStates)...)},
		{Name: "priority", Label: v.say("deductions.priority"), Hint: v.say("deductions.priority_hint"), Short: true},
		{Name: "follow_up", Label: v.say("deductions.follow_up"), Type: "date", Short: true},
		{Name: "comment", Label: v.say("deductions.comment"), Type: "textarea"},
	}, nil
}

// massRequest reads what is to be done to many.
func (v *visit) massRequest(w massView) (m app.MassDeductions, err error) {
	m.Numbers = w.numbers
	if len(w.numbers) == 0 {
		f, err := v.filterOf(w.filter)
		if err != nil {
			return m, err
		}
		m.Filter = &f
	}
	switch w.what {
	case "approve":
		m.Approve = true
	case "resolve":
		r := &app.MassResolve{Kind: v.form("kind"), Account: v.form("account"), Plan: v.form("plan"), Reason: v.form("reason"), Text: v.form("text")}
		date, err := v.day("date")
		if err != nil {
			return m, err
		}
		r.Date, m.Resolve = dayOr(date, v.today()), r
	default:
		u := &app.DeductionUpdate{Owner: v.different("owner", ""), Team: v.different("team", ""), Reason: v.different("reason", ""), Work: v.different("work", ""), Comment: v.form("comment")}
		if u.Priority, err = v.priority(v.different("priority", "")); err != nil {
			return m, err
		}
		if v.form("follow_up") != "" {
			day, err := v.day("follow_up")
			if err != nil {
				return m, err
			}
			u.FollowUp = &day
		}
		if *u == (app.DeductionUpdate{}) {
			return m, v.wrong("owner", "deductions.mass.nothing")
		}
		m.Update = u
	}
	return m, nil
}

// mass shows what a change would do to each deduction, then does it.
func (s *site) mass(v *visit) error {
	w := massView{what: v.form("what"), numbers: v.r.PostForm["number"], filter: v.form("filter")}
	if w.what == "" {
		w.what = massKinds[0]
	}
	if err := v.mayMass(w.what); err != nil {
		return err
	}
	if len(w.numbers) == 0 && v.form("all") == "" {
		return v.told(v.path("deductions"), "warn", v.say("deductions.mass.none"))
	}
	if v.form("step") == "" {
		return v.showMass(w, nil)
	}
	m, err := v.massRequest(w)
	if err != nil {
		return v.showMass(w, err)
	}
	if v.confirmed() {
		done, err := v.app.MassDeductions(v.ctx, v.call(), m)
		if err != nil {
			return v.showMass(w, err)
		}
		return v.massDone(done)
	}
	r, err := v.app.PreviewMassDeductions(v.ctx, v.call(), m)
	if err != nil {
		return v.showMass(w, err)
	}
	t := v.massTable(r)
	w.result, w.carry = &t, url.Values{"step": {"do"}}
	for name, values := range v.r.PostForm {
		if name != "key" && name != "step" {
			w.carry[name] = values
		}
	}
	if len(w.numbers) == 0 { // what was seen is what is changed
		w.carry["number"] = nil
		for _, x := range r.Items {
			if x.OK {
				w.carry["number"] = append(w.carry["number"], x.Number)
			}
		}
	}
	w.do = ui.Form{Action: v.path("deductions", "mass"), Submit: v.massText(w.what+"_submit", r)}
	if r.Done == 0 {
		return v.showMass(w, fault.New(fault.Refused, "%s", v.say("deductions.mass.none_can")))
	}
	return v.showMass(w, nil)
}

// massText says how many, and where money moves how much.
func (v *visit) massText(key string, r *app.MassResult) string {
	amount := ""
	for i, s := range r.Sums {
		if i > 0 {
			amount += ", "
		}
		amount += ui.Money(v.with(), s.Remaining, s.Currency)
	}
	return v.say("deductions.mass."+key, "n", r.Done, "amount", amount)
}

func (v *visit) massDone(r *app.MassResult) error {
	text := v.say("deductions.mass.done", "n", r.Done)
	if r.Not == 0 {
		return v.done(v.path("deductions"), text)
	}
	text += " " + v.say("deductions.mass.not", "n", r.Not)
	for _, x := range r.Items {
		if !x.OK {
			text += " " + x.Number + ": " + x.Error
			break
		}
	}
	return v.told(v.path("deductions"), "warn", text)
}

func (v *visit) massTable(r *app.MassResult) ui.Table {
	t := ui.Table{ID: "mass", Caption: v.say("settle.effect"), Dense: true, Columns: []ui.Column{
		{Title: v.say("kind.deduction"), Kind: ui.Code}, {Title: v.say("kind.customer"), Kind: ui.Code}, {Title: v.say("deductions.remaining"), Kind: ui.Amounts}, {Title: v.say("party.currency")}, {Title: v.say("deductions.mass.what"), Kind: ui.Status},
	}}
	for i, x := range r.Items {
		if i == massShown {
			t.Rows = append(t.Rows, ui.Row{Tone: "muted", Cells: []ui.Cell{{}, {}, {}, {}, ui.TextCell(v.say("effect.more", "n", len(r.Items)-i))}})
			break
		}
		what := ui.Cell{Badges: []ui.Badge{{Text: v.say("deductions.mass.ok"), Tone: "good"}}, Sub: x.What}
		row := ui.Row{}
		if !x.OK {
			row.Tone, what = "bad", ui.Cell{Badges: []ui.Badge{{Text: v.say("deductions.mass.refused"), Tone: "bad"}}, Sub: x.Error}
		}
		row.Cells = []ui.Cell{ui.LinkCell(x.Number, v.path("deductions", x.Number)), ui.TextCell(x.Customer), ui.AmountCell(x.Remaining, x.Currency), ui.TextCell(x.Currency), what}
		t.Rows = append(t.Rows, row)
	}
	return t
}
