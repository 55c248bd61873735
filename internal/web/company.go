package web

import (
	"cmp"
	"slices"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

func (s *site) routesCompany() {
	s.in("setup", "GET /setup", s.company)
	s.in("setup", "GET /setup/{part}", s.company)
	s.in("setup", "GET /parameters/{name}", needs(identity.SetUp, s.parameterForm))
	s.in("setup", "POST /parameters/{name}", needs(identity.SetUp, s.setParameter))
}

// setupParts are the pages of the set-up, with what each shows.
var setupParts = []struct {
	key  string
	show func(*visit, *app.Setup) templ.Component
}{
	{"company", setupCompany},
	{"parameters", setupParameters},
	{"accounts", setupAccounts},
	{"dimensions", setupDimensions},
	{"rules", setupRules},
	{"profiles", setupProfiles},
	{"classifications", setupClassifications},
	{"rates", setupRates},
	{"series", setupSeries},
}

// company shows the set-up of a company, a part a page.
func (s *site) company(v *visit) error {
	set, err := v.app.Setup(v.ctx, v.call())
	if err != nil {
		return err
	}
	here := cmp.Or(v.r.PathValue("part"), "company")
	var body templ.Component
	var tabs []ui.Tab
	for _, p := range setupParts {
		href := v.path("setup", p.key)
		if p.key == "company" {
			href = v.path("setup")
		}
		tabs = append(tabs, ui.Tab{Text: v.say("setup." + p.key), Href: href, Here: p.key == here})
		if p.key == here {
			body = p.show(v, set)
		}
	}
	if body == nil {
		return v.notFound()
	}
	return v.show(ui.Page{Title: v.say("nav.setup"), Lead: v.say("setup.lead")}, templ.Join(ui.Tabs(v.say("nav.setup"), tabs), body))
}

func setupCompany(v *visit, set *app.Setup) templ.Component {
	return setupCompanyBody([]ui.Definition{
		{Name: v.say("setup.code"), Value: ui.TextCell(set.Company)},
		{Name: v.say("customers.name"), Value: ui.TextCell(set.Name)},
		{Name: v.say("party.country"), Value: ui.TextCell(set.Country)},
		{Name: v.say("setup.currency"), Value: ui.TextCell(set.Currency)},
		{Name: v.say("setup.format"), Value: ui.TextCell(set.AccountFormat)},
	})
}

// list is a table of a part of the set-up.
func (v *visit) list(id string, columns []ui.Column, rows []ui.Row) templ.Component {
	return ui.DataTable(ui.Table{ID: id, Caption: v.say("setup." + id), Columns: columns, Rows: rows, Empty: ui.Empty{Title: v.say("setup.none"), Lead: v.say("setup.none_lead")}})
}

func row(texts ...string) ui.Row {
	var r ui.Row
	for _, t := range texts {
		r.Cells = append(r.Cells, ui.TextCell(t))
	}
	return r
}

func (v *visit) columns(keys ...string) (all []ui.Column) {
	for _, k := range keys {
		all = append(all, ui.Column{Title: v.say(k)})
	}
	return all
}

func setupParameters(v *visit, set *app.Setup) templ.Component {
	var rows []ui.Row
	for _, p := range set.Parameters {
		state := ui.Badge{Text: v.say("setup.is_default")}
		if p.Value != "" {
			state = ui.Badge{Text: v.say("setup.is_set"), Tone: "info"}
		}
		r := ui.Row{Cells: []ui.Cell{{Text: p.Name}, {Text: v.meaning(p)}, {Text: cmp.Or(p.Value, p.Default, "–")}, ui.BadgeCell(state)}}
		if v.may(identity.SetUp) {
			r.Href = v.path("parameters", p.Name)
			r.Cells[0].Href = r.Href
		}
		rows = append(rows, r)
	}
	columns := v.columns("setup.parameter", "setup.meaning", "setup.value", "party.state")
	columns[0].Kind, columns[3].Kind = ui.Code, ui.Status
	return v.list("parameters", columns, rows)
}

// meaning says what a parameter does, in the reader's language where there is a text for it.
func (v *visit) meaning(p app.SetupParameter) string {
	if key := "parameter." + p.Name; v.frame.Lang.Has(key) {
		return v.say(key)
	}
	return p.Meaning
}

func setupAccounts(v *visit, set *app.Setup) templ.Component {
	var rows []ui.Row
	for _, a := range set.Accounts {
		href := v.path("accounts", a.Account)
		control := ""
		if a.Control != "" {
			control = v.say("control." + a.Control)
		}
		rows = append(rows, ui.Row{Href: href, Cells: []ui.Cell{ui.LinkCell(a.Account, href), ui.TextCell(a.Name), ui.TextCell(v.say("account_type." + a.Type)), ui.TextCell(control)}})
	}
	columns := v.columns("voucher.account", "customers.name", "items.type", "setup.control")
	columns[0].Kind = ui.Code
	return v.list("accounts", columns, rows)
}

func setupDimensions(v *visit, set *app.Setup) templ.Component {
	var rows []ui.Row
	for _, d := range set.Dimensions {
		for i, x := range d.Values {
			r := row("", x.Code, x.Name)
			if i == 0 {
				r.Cells[0] = ui.Cell{Text: d.Name}
				if d.Balancing {
					r.Cells[0].Sub = v.say("setup.balancing")
				}
			}
			rows = append(rows, r)
		}
		if len(d.Values) == 0 {
			rows = append(rows, row(d.Name, "–", ""))
		}
	}
	return v.list("dimensions", v.columns("setup.dimension", "setup.value", "customers.name"), rows)
}

func setupRules(v *visit, set *app.Setup) templ.Component {
	var rows []ui.Row
	for _, x := range set.Rules {
		rows = append(rows, row(x.Dimension, x.Value, cmp.Or(x.Counter, v.say("setup.any")), x.DueFrom, x.DueTo))
	}
	return v.list("rules", v.columns("setup.dimension", "setup.value", "setup.counter", "setup.due_from", "setup.due_to"), rows)
}

func setupProfiles(v *visit, set *app.Setup) templ.Component {
	var rows []ui.Row
	for _, x := range set.Profiles {
		rows = append(rows, row(v.say("control."+x.Ledger), v.say("scope."+x.Scope), x.Code, x.Summary, x.WriteOff))
	}
	return v.list("profiles", v.columns("setup.ledger", "setup.scope", "setup.code", "setup.summary", "setup.write_off"), rows)
}

func setupClassifications(v *visit, set *app.Setup) templ.Component {
	var rows []ui.Row
	for _, x := range set.Classifications {
		rows = append(rows, row(x.Code, x.Name))
	}
	return v.list("classifications", v.columns("setup.code", "customers.name"), rows)
}

func setupRates(v *visit, set *app.Setup) templ.Component {
	var rows []ui.Row
	for _, x := range set.Rates {
		rows = append(rows, ui.Row{Cells: []ui.Cell{ui.TextCell(x.Currency), ui.DayCell(v.with(), x.Date), ui.TextCell(x.Rate)}})
	}
	columns := v.columns("party.currency", "items.date", "setup.rate")
	columns[1].Kind, columns[2].Kind, columns[2].Note = ui.Date, ui.Count, set.Currency
	return v.list("rates", columns, rows)
}

func setupSeries(v *visit, set *app.Setup) templ.Component {
	var rows []ui.Row
	for _, x := range set.Series {
		rows = append(rows, row(x.Series, x.Next))
	}
	return v.list("series", v.columns("setup.a_series", "setup.next"), rows)
}

func (s *site) parameterForm(v *visit) error { return v.showParameter(nil) }

func (v *visit) showParameter(err error) error {
	set, serr := v.app.Setup(v.ctx, v.call())
	if serr != nil {
		return serr
	}
	name := v.r.PathValue("name")
	at := slices.IndexFunc(set.Parameters, func(p app.SetupParameter) bool { return p.Name == name })
	if at < 0 {
		return fault.New(fault.NotFound, "there is no parameter %q", name)
	}
	p := set.Parameters[at]
	page := ui.Page{Title: name, Lead: v.meaning(p), Narrow: true, Crumbs: []ui.Link{{Text: v.say("nav.setup"), Href: v.path("setup")}, {Text: v.say("setup.parameters"), Href: v.path("setup", "parameters")}, {Text: name}}}
	f := ui.Form{Action: v.path("parameters", name), Submit: v.say("form.save"), Cancel: v.path("setup", "parameters"), Typed: v.r.PostForm, Err: err}
	body := parameterBody(f, ui.Field{Name: "value", Label: v.say("setup.value"), Hint: v.say("setup.default", "value", cmp.Or(p.Default, "–")), Value: p.Value})
	if err != nil {
		return v.again(err, page, body)
	}
	return v.show(page, body)
}

func (s *site) setParameter(v *visit) error {
	name := v.r.PathValue("name")
	if err := v.app.SetParameter(v.ctx, v.call(), name, v.form("value")); err != nil {
		return v.showParameter(err)
	}
	return v.done(v.path("setup", "parameters"), v.say("setup.parameter_done", "name", name))
}
