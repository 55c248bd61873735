package web

import (
	"cmp"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/web/ui"
)

func (s *site) routesPeriods() {
	s.in("periods", "GET /periods", s.periods)
	s.in("periods", "GET /periods/{start}", needs(identity.SetUp, s.periodForm))
	s.in("periods", "POST /periods/{start}", needs(identity.SetUp, s.setPeriod))
}

var (
	periodStates = []string{"open", "on_hold", "closed"}
	modules      = []ledger.Module{ledger.ModuleLedger, ledger.ModuleReceivable, ledger.ModulePayable}
)

func (v *visit) periodBadge(status string) ui.Badge {
	tone := map[string]string{"open": "good", "on_hold": "warn"}[status]
	return ui.Badge{Text: v.say("period." + status), Tone: tone}
}

// periods lists the fiscal periods with their exceptions.
func (s *site) periods(v *visit) error {
	all, err := v.app.Periods(v.ctx, v.call())
	if err != nil {
		return err
	}
	t := ui.Table{ID: "periods", Caption: v.say("nav.periods"), Columns: []ui.Column{
		{Title: v.say("period.start"), Kind: ui.Date}, {Title: v.say("period.end"), Kind: ui.Date}, {Title: v.say("party.state"), Kind: ui.Status}, {Title: v.say("period.exceptions")},
	}, Empty: ui.Empty{Title: v.say("period.empty"), Lead: v.say("period.empty_lead")}}
	for _, p := range slices.Backward(all) {
		row := ui.Row{Cells: []ui.Cell{ui.DayCell(v.with(), p.Start), ui.DayCell(v.with(), p.End), ui.BadgeCell(v.periodBadge(p.Status)), ui.TextCell(v.exceptions(p))}}
		if v.may(identity.SetUp) {
			row.Href = v.path("periods", p.Start.String())
			row.Cells[0].Href = row.Href
		}
		t.Rows = append(t.Rows, row)
	}
	return v.show(ui.Page{Title: v.say("nav.periods"), Lead: v.say("period.lead")}, ui.DataTable(t))
}

// exceptions says whom the state of a period does not hold for.
func (v *visit) exceptions(p ledger.Period) string {
	var all []string
	for _, x := range p.Excepted() {
		all = append(all, v.say("period.exception", "module", v.say("module."+string(x.Module)), "role", cmp.Or(v.roleName(x.Role), v.say("period.all_roles")), "status", v.say("period."+x.Status)))
	}
	text := ""
	for i, x := range all {
		if i > 0 {
			text += "; "
		}
		text += x
	}
	return text
}

func (v *visit) roleName(role string) string {
	if role == "" {
		return ""
	}
	return v.say("role." + role)
}

func (v *visit) period() (ledger.Period, error) {
	start, err := civil.Parse(v.r.PathValue("start"))
	if err != nil {
		return ledger.Period{}, fault.New(fault.NotFound, "there is no period that begins on %q", v.r.PathValue("start"))
	}
	all, err := v.app.Periods(v.ctx, v.call())
	if err != nil {
		return ledger.Period{}, err
	}
	for _, p := range all {
		if p.Start == start {
			return p, nil
		}
	}
	return ledger.Period{}, fault.New(fault.NotFound, "there is no period that begins on %s", start)
}

func (s *site) periodForm(v *visit) error { return v.showPeriod(nil) }

func (v *visit) showPeriod(err error) error {
	p, perr := v.period()
	if perr != nil {
		return perr
	}
	var states, mods, roles []ui.Option
	for _, x := range periodStates {
		states = append(states, ui.Option{Value: x, Text: v.say("period." + x)})
	}
	mods = append(mods, ui.Option{Text: v.say("period.whole")})
	for _, x := range modules {
		mods = append(mods, ui.Option{Value: string(x), Text: v.say("module." + string(x))})
	}
	roles = append(roles, ui.Option{Text: v.say("period.all_roles")})
	for _, x := range identity.Roles() {
		roles = append(roles, ui.Option{Value: string(x), Text: v.say("role." + string(x))})
	}
	title := ui.Day(v.with(), p.Start) + " – " + ui.Day(v.with(), p.End)
	page := ui.Page{Title: title, Lead: v.exceptions(p), Narrow: true, Badges: []ui.Badge{v.periodBadge(p.Status)}, Crumbs: []ui.Link{{Text: v.say("nav.periods"), Href: v.path("periods")}, {Text: title}}}
	f := ui.Form{Action: v.path("periods", p.Start.String()), Submit: v.say("period.submit"), Cancel: v.path("periods"), Typed: v.r.PostForm, Err: err, Danger: true}
	body := periodBody(f, []ui.Field{
		{Name: "status", Type: "select", Label: v.say("period.new_state"), Options: states, Value: p.Status, Required: true},
		{Name: "module", Type: "select", Label: v.say("period.module"), Hint: v.say("period.module_hint"), Options: mods, Required: true},
		{Name: "role", Type: "select", Label: v.say("period.role"), Hint: v.say("period.role_hint"), Options: roles, Required: true},
		{Name: "sure", Type: "checkbox", Label: v.say("period.sure")},
	})
	if err != nil {
		return v.again(err, page, body)
	}
	return v.show(page, body)
}

func (s *site) setPeriod(v *visit) error {
	start, err := civil.Parse(v.r.PathValue("start"))
	if err != nil {
		return fault.New(fault.NotFound, "there is no period that begins on %q", v.r.PathValue("start"))
	}
	status, module, role := v.form("status"), ledger.Module(v.form("module")), v.form("role")
	switch {
	case !slices.Contains(periodStates, status):
		return v.showPeriod(v.wrong("status", "period.bad_state"))
	case module == "" && role != "":
		return v.showPeriod(v.wrong("module", "period.role_needs_module"))
	case status == "closed" && module == "" && v.form("sure") != "yes":
		return v.showPeriod(v.wrong("sure", "period.be_sure"))
	}
	if err := v.app.SetPeriod(v.ctx, v.call(), start, status, module, role); err != nil {
		return v.showPeriod(err)
	}
	return v.done(v.path("periods"), v.say("period.done", "start", ui.Day(v.with(), start), "status", v.say("period."+status)))
}
