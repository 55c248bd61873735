package web

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/policy"
	"quittance/internal/web/ui"
)

func (s *site) routesPolicies() {
	const nav = "approvals"
	s.in(nav, "GET /policies", s.policies)
	s.in(nav, "GET /policies/edit", s.policyForm)
	s.in(nav, "POST /policies/edit", s.editPolicy)
	s.in(nav, "GET /policies/{policy}", s.policy)
}

var outcomeTones = map[policy.Outcome]string{policy.Refused: "bad", policy.Incomplete: "warn", policy.Automatic: "good", policy.Review: "info"}

func (v *visit) outcomeBadge(o policy.Outcome) ui.Badge {
	return ui.Badge{Text: v.say("policies.outcome." + string(o)), Tone: outcomeTones[o]}
}

// verdict says what policies say of a subject, each in a sentence.
func (v *visit) verdict(d *policy.Decision) (all []string) {
	said := func(key string, s policy.Said) {
		all = append(all, v.say("policies.said."+key, "policy", s.Policy, "line", s.Line, "text", s.Text))
	}
	for _, s := range d.Refusals {
		said("refuse", s)
	}
	if len(d.Missing) > 0 {
		all = append(all, v.say("policies.said.missing", "documents", strings.Join(d.Missing, ", ")))
	} else if len(d.Required) > 0 {
		all = append(all, v.say("policies.said.required", "documents", strings.Join(d.Required, ", ")))
	}
	for _, s := range d.Reviews {
		said("review", s)
	}
	if d.Route != "" {
		said("route", policy.Said{Policy: d.Routed.Policy, Line: d.Routed.Line, Text: d.Route})
	}
	if d.Approved.Policy != "" {
		said("approve", d.Approved)
	}
	return all
}

// policies lists the policies.
func (s *site) policies(v *visit) error {
	all, err := v.app.Policies(v.ctx, v.call())
	if err != nil {
		return err
	}
	t := v.versionTable(all, true)
	page := ui.Page{Title: v.say("approvals.part.policies"), Lead: v.say("policies.lead"), Crumbs: v.approvalCrumb(), Actions: []ui.Action{{Text: v.say("policies.new"), Href: v.path("policies", "edit"), Icon: "plus"}}}
	return v.show(page, unclaimedPartBody(v.approvalTabs("policies"), t))
}

func (v *visit) versionTable(all []app.PolicyVersion, list bool) ui.Table {
	t := ui.Table{ID: "policies", Caption: v.say("approvals.part.policies"), Columns: wide([]ui.Column{
		{Title: v.say("policies.policy"), Kind: ui.Code}, {Title: v.say("approvals.kind_of")}, {Title: v.say("policies.version"), Kind: ui.Count}, {Title: v.say("approvals.valid_from"), Kind: ui.Date}, {Title: v.say("approvals.why")}, {Title: v.say("policies.saved"), Kind: ui.Date}, {Title: v.say("party.state"), Kind: ui.Status},
	}, 4, 5), Empty: ui.Empty{Title: v.say("policies.none"), Lead: v.say("policies.none_lead"), Action: &ui.Action{Text: v.say("policies.new"), Href: v.path("policies", "edit")}}}
	for _, p := range all {
		name := ui.LinkCell(p.Policy, v.path("policies", p.Policy))
		if !list {
			name.Href = v.path("policies", p.Policy) + fmt.Sprintf("#version-%d", p.Version)
		}
		state := ui.Badge{Text: v.say("policies.not_in_force")}
		switch {
		case p.InForce && p.Rules == "":
			state.Text = v.say("policies.ended")
		case p.InForce:
			state = ui.Badge{Text: v.say("policies.in_force"), Tone: "good"}
		}
		saved := ui.InstantCell(v.with(), p.MadeAt)
		saved.Sub = p.MadeBy
		t.Rows = append(t.Rows, ui.Row{Href: name.Href, Cells: []ui.Cell{name, ui.TextCell(v.say("approvals.kind." + p.Kind)), ui.CountCell(v.with(), int64(p.Version)), ui.DayCell(v.with(), p.ValidFrom), ui.TextCell(p.Why), saved, ui.BadgeCell(state)}})
	}
	return t
}

// policy shows the versions of a policy with their rules.
func (s *site) policy(v *visit) error {
	name := v.r.PathValue("policy")
	all, err := v.app.Policy(v.ctx, v.call(), name)
	if err != nil {
		return err
	}
	page := ui.Page{Title: name, Lead: v.say("approvals.kind." + all[0].Kind), Crumbs: v.approvalCrumb(ui.Link{Text: v.say("approvals.part.policies"), Href: v.path("policies")})}
	page.Actions = []ui.Action{{Text: v.say("policies.edit"), Href: v.path("policies", "edit") + "?policy=" + escapeQuery(name), Primary: true}}
	return v.show(page, policyBody(v.versionTable(all, false), all))
}

// policyView is what the editor shows.
type policyView struct {
	form   ui.Form
	fields []ui.Field
	save   bool // the reader may
	known  ui.Table
	test   []string // what the policies say of the sample
	tested *ui.Badge
	sim    *policySimulated
}

// policySimulated is what a changed policy would have decided on the subjects of the past.
type policySimulated struct {
	stats           []ui.Stat
	shifts, changed ui.Table
	reasons         ui.Table
	fails           []string
}

func (v *visit) policyFields(isNew bool) []ui.Field {
	fields := []ui.Field{{Name: "policy", Label: v.say("policies.policy"), Hint: v.say("policies.hint.policy"), Required: true, Mono: true}}
	if isNew {
		fields = append(fields, ui.Field{Name: "kind", Type: "select", Label: v.say("approvals.kind_of"), Options: options(v, "approvals.kind.", policy.Kinds()), Required: true})
	}
	return append(fields,
		ui.Field{Name: "rules", Type: "textarea", Label: v.say("policies.rules"), Hint: v.say("policies.hint.rules"), Mono: true, Rows: 14},
		ui.Field{Name: "sample", Type: "textarea", Label: v.say("policies.sample"), Hint: v.say("policies.hint.sample"), Mono: true, Rows: 4},
		ui.Field{Name: "since", Type: "date", Label: v.say("policies.since"), Hint: v.say("policies.hint.since")},
		ui.Field{Name: "valid_from", Type: "date", Label: v.say("approvals.valid_from"), Hint: v.say("approvals.hint.valid_from")},
		ui.Field{Name: "why", Label: v.say("approvals.why"), Hint: v.say("policies.hint.why")})
}

func (v *visit) showPolicy(typed url.Values, fill func(*policyView), wrong error) error {
	name := typed.Get("existing")
	w := policyView{form: ui.Form{Action: v.path("policies", "edit"), Typed: typed, Err: wrong, Cancel: v.path("policies")}, fields: v.policyFields(name == ""), save: v.may(identity.SetUp)}
	w.known = ui.Table{ID: "fields", Caption: v.say("policies.fields"), Dense: true, Columns: []ui.Column{{Title: v.say("policies.field"), Kind: ui.Code}, {Title: v.say("policies.type")}}}
	for _, f := range policy.FieldInfos() {
		w.known.Rows = append(w.known.Rows, ui.Row{Cells: []ui.Cell{ui.TextCell(f.Name), ui.TextCell(v.say("policies.type." + strings.ReplaceAll(f.Type, " ", "_")))}})
	}
	if fill != nil {
		fill(&w)
	}
	page := ui.Page{Title: cmp.Or(name, v.say("policies.new")), Lead: v.say("policies.edit_lead"), Crumbs: v.approvalCrumb(ui.Link{Text: v.say("approvals.part.policies"), Href: v.path("policies")})}
	if wrong != nil {
		return v.again(wrong, page, policyFormBody(w))
	}
	return v.show(page, policyFormBody(w))
}

// policyForm shows the editor, with the last version of the policy.
func (s *site) policyForm(v *visit) error {
	typed := url.Values{}
	if name := v.query("policy"); name != "" {
		all, err := v.app.Policy(v.ctx, v.call(), name)
		if err != nil {
			return err
		}
		typed = fieldsOf("policy", name, "existing", name, "kind", all[0].Kind, "rules", all[0].Rules, "sample", "amount=100.00")
	}
	return v.showPolicy(typed, nil, nil)
}

// editPolicy tests what was typed on the sample, or on the past, or saves it.
func (s *site) editPolicy(v *visit) error {
	typed := v.r.PostForm
	name, kind, rules := v.form("policy"), v.form("kind"), typed.Get("rules")
	if v.form("existing") != name {
		typed.Del("existing") // it is another policy now
	}
	switch v.form("do") {
	case "save":
		return v.savePolicy(typed, name, kind, rules)
	case "simulate":
		since, err := v.day("since")
		if err != nil {
			return v.showPolicy(typed, nil, err)
		}
		sim, err := v.app.SimulatePolicy(v.ctx, v.call(), app.PolicySimulating{Policy: name, Kind: kind, Rules: &rules, Since: since})
		if err != nil {
			return v.showPolicy(typed, nil, err)
		}
		return v.showPolicy(typed, func(w *policyView) { w.sim = v.simulated(sim) }, nil)
	}
	f, err := readSample(typed.Get("sample"))
	if err != nil {
		return v.showPolicy(typed, nil, err)
	}
	d, err := v.app.TestPolicy(v.ctx, v.call(), app.PolicyTesting{Policy: name, Kind: kind, Rules: &rules, Fields: *f})
	if err != nil {
		return v.showPolicy(typed, nil, err)
	}
	return v.showPolicy(typed, func(w *policyView) {
		b := v.outcomeBadge(d.Outcome)
		w.tested, w.test = &b, v.verdict(d)
	}, nil)
}

func (v *visit) savePolicy(typed url.Values, name, kind, rules string) error {
	x := app.PolicySaving{Policy: name, Kind: kind, Rules: rules, Why: v.form("why")}
	var err error
	if x.ValidFrom, err = v.day("valid_from"); err == nil {
		_, err = v.app.SavePolicy(v.ctx, v.call(), x)
	}
	if err != nil {
		return v.showPolicy(typed, nil, err)
	}
	return v.done(v.path("policies", name), v.say("dsetup.saved", "row", name))
}

// readSample reads a subject that is described by lines of NAME=VALUE.
func readSample(text string) (*policy.Fields, error) {
	f := policy.NewFields()
	var wrong fault.List
	for i, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, value, both := strings.Cut(line, "=")
		if !both {
			wrong.Add(fault.New(fault.Invalid, "%q gives no field; write NAME=VALUE", shortName(line)).In("sample").At(fmt.Sprintf("line %d", i+1)))
			continue
		}
		if err := f.Set(strings.TrimSpace(name), value); err != nil {
			wrong.Add(fault.New(fault.Invalid, "%v", err).In("sample").At(fmt.Sprintf("line %d", i+1)))
		}
	}
	return &f, wrong.Err()
}

// simulated shows a simulation: what goes from which outcome to which, what refuses, and the first that would be decided otherwise.
func (v *visit) simulated(sim *app.PolicySimulation) *policySimulated {
	n := func(x int) string { return ui.Number(v.with(), int64(x)) }
	w := &policySimulated{stats: []ui.Stat{
		{Name: v.say("policies.sim.subjects"), Text: n(sim.Subjects), Sub: v.say("policies.sim.took", "ms", sim.Milliseconds, "day", ui.Day(v.with(), sim.Since))},
		{Name: v.say("policies.sim.same"), Text: n(sim.Same), Sub: v.say("policies.sim.rerouted", "n", sim.Rerouted)},
		{Name: v.say("policies.sim.otherwise"), Text: n(sim.Subjects - sim.Same - sim.Failed)},
		{Name: v.say("policies.sim.failed"), Text: n(sim.Failed)},
	}, fails: sim.Fails}
	cur := v.currencyCode()
	w.shifts = ui.Table{ID: "shifts", Caption: v.say("policies.sim.shifts"), Dense: true, Columns: []ui.Column{{Title: v.say("policies.sim.was"), Kind: ui.Status}, {Title: v.say("policies.sim.would_be"), Kind: ui.Status}, {Title: v.say("policies.sim.subjects"), Kind: ui.Count}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: cur}}, Empty: ui.Empty{Title: v.say("policies.sim.none"), Lead: v.say("policies.sim.none_lead")}}
	for _, x := range sim.Shifts {
		w.shifts.Rows = append(w.shifts.Rows, ui.Row{Cells: []ui.Cell{ui.BadgeCell(v.outcomeBadge(x.From)), ui.BadgeCell(v.outcomeBadge(x.To)), ui.CountCell(v.with(), int64(x.Subjects)), ui.AmountCell(x.Amount.String(), cur)}})
	}
	w.reasons = ui.Table{ID: "reasons", Caption: v.say("policies.sim.reasons"), Dense: true, Columns: []ui.Column{{Title: v.say("policies.policy"), Kind: ui.Code}, {Title: v.say("policies.line"), Kind: ui.Count}, {Title: v.say("policies.sim.subjects"), Kind: ui.Count}}}
	for _, x := range sim.Reasons {
		w.reasons.Rows = append(w.reasons.Rows, ui.Row{Cells: []ui.Cell{ui.TextCell(x.Policy), ui.CountCell(v.with(), int64(x.Line)), ui.CountCell(v.with(), int64(x.Subjects))}})
	}
	w.changed = ui.Table{ID: "changed", Caption: v.say("policies.sim.changed", "n", len(sim.Changed)), Dense: true, Columns: wide([]ui.Column{
		{Title: v.say("approvals.subject"), Kind: ui.Code}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: cur}, {Title: v.say("policies.sim.was"), Kind: ui.Status}, {Title: v.say("policies.sim.would_be"), Kind: ui.Status}, {Title: v.say("approvals.because")},
	}, 4), Empty: ui.Empty{Title: v.say("policies.sim.nothing_changes")}}
	for _, x := range sim.Changed {
		was, now := ui.BadgeCell(v.outcomeBadge(x.From)), ui.BadgeCell(v.outcomeBadge(x.To))
		if was.Sub, now.Sub = x.Was, x.Route; was.Sub == now.Sub {
			was.Sub, now.Sub = "", ""
		}
		w.changed.Rows = append(w.changed.Rows, ui.Row{Cells: []ui.Cell{ui.LinkCell(x.Name, v.approvalSubject(&app.Approval{Kind: sim.Kind, Subject: x.Name})), ui.AmountCell(x.Amount.String(), cur), was, now, ui.TextCell(x.Because)}})
	}
	return w
}
