package web

import (
	"net/url"
	"strings"
	"unicode"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/web/chart"
	"quittance/internal/web/ui"
)

func (s *site) routesPlans() {
	const nav = "deduction_setup"
	s.in(nav, "GET /deduction-setup/plans/{plan}/accruals", s.plan)
	s.in(nav, "GET /deduction-setup/plans/{plan}/accrue", needs(accrues, s.accrueForm))
	s.in(nav, "POST /deduction-setup/plans/{plan}/accrue", needs(accrues, s.accrue))
}

// accrues is the permission that app asks for accruing.
const accrues = identity.PostVoucher

var planList = setupList{
	kind: "plans", key: []string{"plan"}, fresh: url.Values{"pay_over": {"no"}, "all": {"yes"}}, names: []string{"plan", "name", "account", "from", "to", "pay_over", "pay_over_limit", "customers", "accrued", "used", "unused"},
	columns: func(v *visit, set *app.DeductionSetup) []ui.Column {
		all := v.heads("plan", ui.Code, "name", ui.Text, "account", ui.Code, "from", ui.Date, "to", ui.Date, "pay_over", ui.Text, "accrued", ui.Amounts, "used", ui.Amounts, "unused", ui.Amounts)
		for i := 6; i < 9; i++ {
			all[i].Note = set.Currency
		}
		return wide(all, 2, 3, 5)
	},
	rows: func(v *visit, set *app.DeductionSetup) (all []setupRow) {
		for i := range set.Plans {
			all = append(all, v.planRow(set, &set.Plans[i]))
		}
		return all
	},
	fields: func(v *visit, c *setupChoices) []ui.Field {
		return v.labels(
			ui.Field{Name: "plan", Required: true, Mono: true}, ui.Field{Name: "name", Required: true}, ui.Field{Name: "account", Required: true, Mono: true, Hint: v.say("dsetup.h.plan_account")},
			ui.Field{Name: "from", Type: "date", Required: true, Short: true}, ui.Field{Name: "to", Type: "date", Required: true, Short: true},
			ui.Field{Name: "pay_over", Type: "select", Required: true, Options: v.optionsOf("dsetup.pay_over.", deduction.PayOvers)},
			ui.Field{Name: "pay_over_limit", Short: true},
			ui.Field{Name: "all", Type: "checkbox"}, ui.Field{Name: "groups"}, ui.Field{Name: "customers", Type: "textarea"},
		)
	},
	read: func(v *visit) (app.DeductionSetupRow, error) {
		p := &app.AccrualPlan{Plan: v.form("plan"), Name: v.form("name"), Account: v.form("account"), PayOver: v.form("pay_over"), PayOverLimit: v.form("pay_over_limit")}
		var err error
		if p.From, err = v.day("from"); err != nil {
			return nil, err
		}
		if p.To, err = v.day("to"); err != nil {
			return nil, err
		}
		if v.form("all") == "yes" {
			p.Customers = append(p.Customers, app.PlanCustomer{Scope: "all"})
		}
		for _, g := range severalOf(v.form("groups")) {
			p.Customers = append(p.Customers, app.PlanCustomer{Scope: "group", Code: g})
		}
		for _, c := range severalOf(v.form("customers")) {
			p.Customers = append(p.Customers, app.PlanCustomer{Scope: "party", Code: c})
		}
		return p, nil
	},
}

// severalOf takes codes apart that stand with commas or spaces between them.
func severalOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || unicode.IsSpace(r) })
}

func (v *visit) planRow(set *app.DeductionSetup, x *app.AccrualPlan) setupRow {
	r := setupRow{
		href:  v.path("deduction-setup", "plans", x.Plan, "accruals"),
		typed: fieldsOf("plan", x.Plan, "name", x.Name, "account", x.Account, "from", x.From.String(), "to", x.To.String(), "pay_over", x.PayOver, "accrued", x.Accrued, "used", x.Used, "unused", x.Unused),
		cells: []ui.Cell{
			ui.TextCell(x.Plan),
			{Text: x.Name, Sub: v.covers(x)},
			ui.TextCell(x.Account), ui.DayCell(v.with(), x.From), ui.DayCell(v.with(), x.To), v.payOver(set, x),
			ui.AmountCell(x.Accrued, set.Currency), ui.AmountCell(x.Used, set.Currency), ui.AmountCell(x.Unused, set.Currency),
		},
	}
	if !ui.Zero(x.PayOverLimit) {
		r.typed.Set("pay_over_limit", x.PayOverLimit)
	}
	var groups, parties []string
	for _, c := range x.Customers {
		switch c.Scope {
		case "all":
			r.typed.Set("all", "yes")
		case "group":
			groups = append(groups, c.Code)
		default:
			parties = append(parties, c.Code)
		}
	}
	r.typed.Set("groups", strings.Join(groups, ", "))
	r.typed.Set("customers", strings.Join(parties, "\n"))
	return r
}

// covers says whom a plan is for.
func (v *visit) covers(x *app.AccrualPlan) string {
	const most = 3 // that are named
	var all []string
	for i, c := range x.Customers {
		if i == most {
			return strings.Join(all, ", ") + " " + v.say("dsetup.and_more", "n", len(x.Customers)-most)
		}
		switch c.Scope {
		case "all":
			all = append(all, v.say("dsetup.all_customers"))
		case "group":
			all = append(all, v.say("dsetup.group_of", "group", c.Code))
		default:
			all = append(all, c.Code)
		}
	}
	return strings.Join(all, ", ")
}

func (v *visit) payOver(set *app.DeductionSetup, x *app.AccrualPlan) ui.Cell {
	c := ui.TextCell(v.say("dsetup.pay_over." + x.PayOver))
	if x.PayOver == "limit" {
		c.Sub = ui.Money(v.with(), x.PayOverLimit, set.Currency)
	}
	return c
}

// findPlan gives the plan of the address.
func (v *visit) findPlan() (*app.DeductionSetup, *app.AccrualPlan, error) {
	set, err := v.app.DeductionSetup(v.ctx, v.call())
	if err != nil {
		return nil, nil, err
	}
	code := v.r.PathValue("plan")
	for i := range set.Plans {
		if set.Plans[i].Plan == code {
			return set, &set.Plans[i], nil
		}
	}
	return nil, nil, fault.New(fault.NotFound, "there is no accrual plan %q", code)
}

// plan shows a plan: what was accrued, used and is left, and every accrual.
func (s *site) plan(v *visit) error {
	set, p, err := v.findPlan()
	if err != nil {
		return err
	}
	list := func(page app.Page) (app.Part[app.Accrual], error) {
		return v.app.Accruals(v.ctx, v.call(), p.Plan, page)
	}
	if v.exported() {
		return export(v, "accruals-"+safeName(p.Plan), columns([]string{"plan", "number", "date", "voucher", "text", "by", "at"}, "amount"), list, func(x app.Accrual) []string {
			return []string{x.Plan, someNumber(x.Number), x.Date.String(), x.Voucher, x.Text, x.Actor, x.At, x.Amount}
		})
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	page := v.planPage(p, p.Plan)
	page.Lead, page.Actions = p.Name, v.exports()
	if v.may(identity.SetUp) {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("dsetup.change"), Href: planList.at(v, "edit", url.Values{"plan": {p.Plan}})})
	}
	accrue := v.path("deduction-setup", "plans", p.Plan, "accrue")
	if v.may(accrues) {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("dsetup.accrue"), Href: accrue, Icon: "plus", Primary: true})
	}
	stats := []ui.Stat{
		{Name: v.say("dsetup.f.accrued"), Amount: p.Accrued, Currency: set.Currency},
		{Name: v.say("dsetup.f.used"), Amount: p.Used, Currency: set.Currency},
		{Name: v.say("dsetup.f.unused"), Amount: p.Unused, Currency: set.Currency},
	}
	t := ui.Table{
		ID: "accruals", Caption: v.say("dsetup.accruals"), Next: part.Next, After: v.query("after") != "",
		Columns: wide([]ui.Column{{Title: v.say("dsetup.f.number"), Kind: ui.Count}, {Title: v.say("items.date"), Kind: ui.Date}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: set.Currency}, {Title: v.say("items.voucher"), Kind: ui.Code}, {Title: v.say("voucher.text")}, {Title: v.say("settlements.by")}}, 4, 5),
		Empty:   ui.Empty{Title: v.say("dsetup.accruals.empty"), Lead: v.say("dsetup.accruals.lead")},
	}
	for _, x := range part.Items {
		voucher := ui.LinkCell(x.Voucher, v.path("vouchers", x.Voucher))
		if x.Voucher == "" {
			voucher = ui.Cell{Sub: v.say("dsetup.noted")}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.CountCell(v.with(), int64(x.Number)), ui.DayCell(v.with(), x.Date), ui.AmountCell(x.Amount, set.Currency), voucher, ui.TextCell(x.Text), {Text: x.Actor, Sub: v.instant(x.At)}}})
	}
	return v.show(page, planBody(stats, v.planPicture(set, p), v.planFacts(set, p), t))
}

func (v *visit) planPage(p *app.AccrualPlan, title string) ui.Page {
	return ui.Page{Title: title, Crumbs: []ui.Link{{Text: v.say("nav.deduction_setup"), Href: v.path("deduction-setup")}, {Text: v.say("dsetup.plans"), Href: planList.page(v)}, {Text: p.Plan, Href: v.path("deduction-setup", "plans", p.Plan, "accruals")}}}
}

// planPicture draws what of the accrual was used and what is left; nil when nothing was accrued, or more was used.
func (v *visit) planPicture(set *app.DeductionSetup, p *app.AccrualPlan) templ.Component {
	if ui.Zero(p.Accrued) || ui.Negative(p.Accrued) || ui.Negative(p.Unused) || ui.Negative(p.Used) {
		return nil
	}
	point := func(name, amount, tone string) chart.Point {
		return chart.Point{Label: v.say(name), Text: ui.Money(v.with(), amount, set.Currency), Value: chart.Length(amount), Tone: tone}
	}
	return chart.Parts{Head: v.chartHead("plan", "dsetup.plan_picture", "dsetup.f.plan", "items.amount"), Points: []chart.Point{point("dsetup.f.used", p.Used, ""), point("dsetup.f.unused", p.Unused, "muted")}}
}

func (v *visit) planFacts(set *app.DeductionSetup, p *app.AccrualPlan) []ui.Definition {
	return []ui.Definition{
		{Name: v.say("dsetup.f.account"), Value: ui.LinkCell(p.Account, v.path("accounts", p.Account))},
		{Name: v.say("dsetup.f.from"), Value: ui.DayCell(v.with(), p.From)},
		{Name: v.say("dsetup.f.to"), Value: ui.DayCell(v.with(), p.To)},
		{Name: v.say("dsetup.f.pay_over"), Value: v.payOver(set, p)},
		{Name: v.say("nav.customers"), Value: ui.TextCell(v.coversAll(p))},
	}
}

// coversAll names everyone whom a plan is for.
func (v *visit) coversAll(p *app.AccrualPlan) string {
	var all []string
	for _, c := range p.Customers {
		all = append(all, v.covers(&app.AccrualPlan{Customers: []app.PlanCustomer{c}}))
	}
	return strings.Join(all, ", ")
}

func (v *visit) accrueStep(set *app.DeductionSetup, p *app.AccrualPlan) step {
	return step{
		title: v.say("dsetup.accrue"), lead: v.say("dsetup.accrue_lead", "account", p.Account),
		form: ui.Form{Action: v.path("deduction-setup", "plans", p.Plan, "accrue"), Submit: v.say("effect.show"), Cancel: v.path("deduction-setup", "plans", p.Plan, "accruals")},
		fields: []ui.Field{
			{Name: "amount", Label: v.say("items.amount"), Hint: v.say("dsetup.h.accrue_amount", "currency", set.Currency), Required: true, Short: true},
			{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true},
			{Name: "expense", Label: v.say("dsetup.f.expense"), Hint: v.say("dsetup.h.expense"), Mono: true},
			{Name: "account", Label: v.say("dsetup.f.accrual_account"), Hint: v.say("dsetup.h.accrual_account"), Mono: true},
			{Name: "text", Label: v.say("voucher.text")},
		},
	}
}

func (s *site) accrueForm(v *visit) error {
	set, p, err := v.findPlan()
	if err != nil {
		return err
	}
	page := v.planPage(p, v.say("dsetup.accrue"))
	page.Narrow = true
	return v.showStep(page, v.accrueStep(set, p), nil)
}

// accrue accrues for a plan, after the voucher was seen.
func (s *site) accrue(v *visit) error {
	set, p, err := v.findPlan()
	if err != nil {
		return err
	}
	st := v.accrueStep(set, p)
	date, err := v.day("date")
	req := app.AccrualRequest{Plan: p.Plan, Date: date, Amount: v.form("amount"), Expense: v.form("expense"), Account: v.form("account"), Text: v.form("text")}
	switch {
	case err != nil:
	case v.confirmed():
		done, derr := v.app.Accrue(v.ctx, v.call(), req)
		if err = derr; err == nil {
			return v.done(v.path("deduction-setup", "plans", p.Plan, "accruals"), v.say("dsetup.accrued", "amount", ui.Money(v.with(), done.Amount, set.Currency), "plan", p.Plan))
		}
	default:
		if st.effect, err = v.app.PreviewAccrue(v.ctx, v.call(), req); err == nil {
			st.do = ui.Form{Action: st.form.Action, Submit: v.say("dsetup.accrue_submit", "amount", ui.Money(v.with(), req.Amount, set.Currency), "plan", p.Plan)}
		}
	}
	page := v.planPage(p, v.say("dsetup.accrue"))
	page.Narrow = true
	return v.showStep(page, st, err)
}
