package web

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/policy"
	"quittance/internal/web/ui"
)

func (s *site) routesApprovalSetup() {
	const nav = "approvals"
	s.in(nav, "GET /approvals/setup", s.approvalSetup)
	s.in(nav, "GET /approvals/setup/rules", needs(identity.SetUp, s.approvalRuleForm))
	s.in(nav, "POST /approvals/setup/rules", needs(identity.SetUp, s.saveApprovalRule))
	s.in(nav, "GET /approvals/setup/limits", needs(identity.SetUp, func(v *visit) error { return v.limitForm(url.Values{}, nil) }))
	s.in(nav, "POST /approvals/setup/limits", needs(identity.SetUp, s.saveLimit))
	s.in(nav, "POST /approvals/setup/limits/remove", needs(identity.SetUp, s.removeLimit))
	s.in(nav, "GET /approvals/setup/delegations", needs(identity.Approve, s.delegationForm))
	s.in(nav, "GET /approvals/setup/delegations/other", needs(identity.Administer, s.delegationForm))
	s.in(nav, "POST /approvals/setup/delegations", s.delegate)
	s.in(nav, "POST /approvals/setup/delegations/end", s.endDelegation)
	s.in(nav, "GET /approvals/setup/people", needs(identity.Administer, func(v *visit) error { return v.personForm(nil) }))
	s.in(nav, "POST /approvals/setup/people", needs(identity.Administer, s.linkPerson))
	s.in(nav, "POST /approvals/setup/people/remove", needs(identity.Administer, s.unlinkPerson))
}

// approvalSetupView is what the page of the set-up shows.
type approvalSetupView struct {
	parts                                      []ui.Tab
	rules, limits, delegations, people         ui.Table
	toRules, toLimits, toDelegations, toPeople []ui.Action
}

// approvalSetup shows who approves what: rules, limits, delegations, and who is whom.
func (s *site) approvalSetup(v *visit) error {
	all := v.query("all") == "yes"
	rules, err := v.app.ApprovalRules(v.ctx, v.call(), all)
	if err != nil {
		return err
	}
	limits, err := v.app.ApprovalLimits(v.ctx, v.call())
	if err != nil {
		return err
	}
	delegations, err := v.app.Delegations(v.ctx, v.call())
	if err != nil {
		return err
	}
	people, err := v.app.People(v.ctx, v.call())
	if err != nil {
		return err
	}
	w := approvalSetupView{parts: v.approvalTabs("setup"), rules: v.approvalRuleTable(rules), limits: v.limitTable(limits), delegations: v.delegationTable(delegations), people: v.peopleTable(people)}
	add := func(text string, part ...string) []ui.Action {
		return []ui.Action{{Text: text, Href: v.path(append([]string{"approvals", "setup"}, part...)...), Icon: "plus"}}
	}
	if v.may(identity.SetUp) {
		w.toRules, w.toLimits = add(v.say("approvals.new_rule"), "rules"), add(v.say("approvals.new_limit"), "limits")
	}
	switch {
	case v.may(identity.Administer):
		w.toDelegations = add(v.say("approvals.new_delegation"), "delegations", "other")
	case v.may(identity.Approve):
		w.toDelegations = add(v.say("approvals.new_delegation"), "delegations")
	}
	if v.may(identity.Administer) {
		w.toPeople = add(v.say("approvals.new_person"), "people")
	}
	if all {
		w.toRules = append(w.toRules, ui.Action{Text: v.say("approvals.rules_in_force"), Href: v.path("approvals", "setup")})
	} else {
		w.toRules = append(w.toRules, ui.Action{Text: v.say("approvals.rules_all"), Href: v.path("approvals", "setup") + "?all=yes"})
	}
	return v.show(ui.Page{Title: v.say("approvals.part.setup"), Lead: v.say("approvals.setup_lead"), Crumbs: v.approvalCrumb()}, approvalSetupBody(w))
}

func (v *visit) approvalRuleTable(rules []app.ApprovalRule) ui.Table {
	t := ui.Table{ID: "rules", Caption: v.say("approvals.rules"), Dense: true, Columns: wide([]ui.Column{
		{Title: v.say("approvals.rule"), Kind: ui.Code},
		{Title: v.say("approvals.kind_of")},
		{Title: v.say("approvals.from"), Kind: ui.Amounts, Note: v.currencyCode()},
		{Title: v.say("approvals.below"), Kind: ui.Amounts, Note: v.currencyCode()},
		{Title: v.say("approvals.steps")},
		{Title: v.say("approvals.valid_from"), Kind: ui.Date},
		{Title: v.say("approvals.why")},
		{Title: v.say("party.state"), Kind: ui.Status},
	}, 2, 3, 5, 6), Empty: ui.Empty{Title: v.say("approvals.no_rules"), Lead: v.say("approvals.no_rules_lead")}}
	for _, r := range rules {
		name := ui.Cell{Text: r.Rule, Sub: v.say("approvals.version", "n", r.Version)}
		if v.may(identity.SetUp) {
			name.Href = v.path("approvals", "setup", "rules") + "?rule=" + escapeQuery(r.Rule)
		}
		var steps []string
		for _, s := range r.Steps {
			steps = append(steps, v.stepText(s))
		}
		kind := ui.Cell{Text: v.say("approvals.kind." + r.Kind), Sub: strings.Trim(r.Organisation+" "+r.Type, " ")}
		state := ui.Badge{Text: v.say("approvals.rule_old")}
		switch {
		case r.Ended:
			state = ui.Badge{Text: v.say("approvals.rule_ended"), Tone: "warn"}
		case r.InForce && r.ByName:
			state = ui.Badge{Text: v.say("approvals.rule_by_name"), Tone: "info"}
		case r.InForce:
			state = ui.Badge{Text: v.say("approvals.rule_in_force"), Tone: "good"}
		}
		t.Rows = append(t.Rows, ui.Row{Href: name.Href, Cells: []ui.Cell{name, kind, ui.AmountCell(r.From, v.currencyCode()), ui.AmountCell(r.Below, v.currencyCode()), ui.TextCell(strings.Join(steps, " → ")), ui.DayCell(v.with(), r.ValidFrom), {Text: r.Why, Sub: r.MadeBy}, ui.BadgeCell(state)}})
	}
	return t
}

// stepText writes a step of a rule in words.
func (v *visit) stepText(s app.ApprovalRuleStep) string {
	text := v.whoText(s.Approvers)
	if len(s.Approvers) > 1 || s.Need > 1 {
		text = v.say("approvals.n_of", "n", max(s.Need, 1), "who", text)
	}
	if s.EscalateAfter > 0 {
		text += ", " + v.say("approvals.escalates", "n", s.EscalateAfter, "who", v.whoText(s.EscalateTo))
	}
	return text
}

const ruleStepsMost = 4 // steps that the form asks for

func (v *visit) approvalRuleFields() []ui.Field {
	fields := []ui.Field{
		{Name: "rule", Label: v.say("approvals.rule"), Hint: v.say("approvals.hint.rule"), Required: true, Mono: true},
		{Name: "kind", Type: "select", Label: v.say("approvals.kind_of"), Options: options(v, "approvals.kind.", policy.Kinds()), Required: true},
		{Name: "from", Label: v.say("approvals.from"), Hint: v.say("approvals.hint.from"), Short: true},
		{Name: "below", Label: v.say("approvals.below"), Hint: v.say("approvals.hint.below"), Short: true},
		{Name: "organisation", Label: v.say("approvals.organisation"), Hint: v.say("approvals.hint.organisation"), Short: true},
		{Name: "type", Label: v.say("policies.type"), Hint: v.say("approvals.hint.type"), Short: true},
		{Name: "valid_from", Type: "date", Label: v.say("approvals.valid_from"), Hint: v.say("approvals.hint.valid_from")},
		{Name: "by_name", Type: "checkbox", Label: v.say("approvals.by_name")},
		{Name: "ended", Type: "checkbox", Label: v.say("approvals.end_rule")},
	}
	for i := 1; i <= ruleStepsMost; i++ {
		n := strconv.Itoa(i)
		fields = append(fields,
			ui.Field{Name: "step" + n, Label: v.say("approvals.step_n", "n", i), Hint: v.say("approvals.hint.step"), Mono: true, Quiet: i > 1},
			ui.Field{Name: "need" + n, Label: v.say("approvals.need_n", "n", i), Short: true, Quiet: true},
			ui.Field{Name: "remind" + n, Label: v.say("approvals.remind_n", "n", i), Short: true, Quiet: true},
			ui.Field{Name: "escalate" + n, Label: v.say("approvals.escalate_n", "n", i), Short: true, Quiet: true},
			ui.Field{Name: "to" + n, Label: v.say("approvals.to_n", "n", i), Mono: true, Quiet: true})
	}
	return append(fields, ui.Field{Name: "why", Label: v.say("approvals.why"), Hint: v.say("approvals.hint.why"), Required: true})
}

func (v *visit) showApprovalSetup(part string, fields []ui.Field, typed url.Values, wrong error) error {
	form := ui.Form{Action: v.path("approvals", "setup", part), Submit: v.say("form.save"), Cancel: v.path("approvals", "setup"), Typed: typed, Err: wrong}
	page := ui.Page{Title: v.say("approvals." + part + "_title"), Lead: v.say("approvals." + part + "_form_lead"), Narrow: true, Crumbs: v.approvalCrumb(ui.Link{Text: v.say("approvals.part.setup"), Href: v.path("approvals", "setup")})}
	if wrong != nil {
		return v.again(wrong, page, fieldsBody(form, fields))
	}
	return v.show(page, fieldsBody(form, fields))
}

func (s *site) approvalRuleForm(v *visit) error {
	typed := url.Values{}
	name := v.query("rule")
	if name == "" {
		return v.showApprovalSetup("rules", v.approvalRuleFields(), typed, nil)
	}
	all, err := v.app.ApprovalRules(v.ctx, v.call(), true)
	if err != nil {
		return err
	}
	for _, r := range all {
		if r.Rule != name {
			continue
		}
		typed = fieldsOf("rule", r.Rule, "kind", r.Kind, "from", r.From, "below", r.Below, "organisation", r.Organisation, "type", r.Type)
		if r.ByName {
			typed.Set("by_name", "yes")
		}
		for i, st := range r.Steps {
			n := strconv.Itoa(i + 1)
			typed.Set("step"+n, strings.Join(st.Approvers, " "))
			typed.Set("need"+n, someNumber(st.Need))
			typed.Set("remind"+n, someNumber(st.RemindAfter))
			typed.Set("escalate"+n, someNumber(st.EscalateAfter))
			typed.Set("to"+n, strings.Join(st.EscalateTo, " "))
		}
		return v.showApprovalSetup("rules", v.approvalRuleFields(), typed, nil)
	}
	return fault.New(fault.NotFound, "there is no approval rule %q", shortName(name))
}

func (s *site) saveApprovalRule(v *visit) error {
	x, err := v.typedRule()
	if err == nil {
		_, err = v.app.SaveApprovalRule(v.ctx, v.call(), x)
	}
	if err != nil {
		return v.showApprovalSetup("rules", v.approvalRuleFields(), v.r.PostForm, atFields(err, map[string]string{"name": "rule", "steps": "step1"}))
	}
	return v.done(v.path("approvals", "setup"), v.say("dsetup.saved", "row", x.Rule))
}

// atFields leads errors to the fields that the form has for theirs.
func atFields(err error, names map[string]string) error {
	for _, e := range ui.Faults(err) {
		if to, is := names[e.Field]; is {
			e.Field = to
		}
	}
	return err
}

func (v *visit) typedRule() (x app.ApprovalRule, err error) {
	x = app.ApprovalRule{
		Rule: v.form("rule"), Kind: v.form("kind"), From: v.form("from"), Below: v.form("below"), Organisation: v.form("organisation"), Type: v.form("type"), ByName: v.form("by_name") == "yes", Ended: v.form("ended") == "yes", Why: v.form("why"),
	}
	if x.ValidFrom, err = v.day("valid_from"); err != nil {
		return x, err
	}
	for i := 1; i <= ruleStepsMost; i++ {
		n := strconv.Itoa(i)
		st := app.ApprovalRuleStep{Approvers: whoWords(v.form("step" + n)), EscalateTo: whoWords(v.form("to" + n))}
		if err = v.numbers(map[string]*int{"need" + n: &st.Need, "remind" + n: &st.RemindAfter, "escalate" + n: &st.EscalateAfter}); err != nil {
			return x, err
		}
		if len(st.Approvers) > 0 {
			x.Steps = append(x.Steps, st)
		} else if len(st.EscalateTo) > 0 || st.Need+st.RemindAfter+st.EscalateAfter > 0 {
			return x, fault.New(fault.Invalid, "%s", v.say("approvals.step_empty", "n", i)).In("step" + n)
		}
	}
	return x, nil
}

// whoWords reads approvers with spaces or commas between them.
func whoWords(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == ';' })
}

func (v *visit) limitTable(limits []app.ApprovalLimit) ui.Table {
	cur := v.currencyCode()
	t := ui.Table{ID: "limits", Caption: v.say("approvals.limits"), Dense: true, Columns: wide([]ui.Column{
		{Title: v.say("approvals.who")}, {Title: v.say("approvals.kind_of")}, {Title: v.say("approvals.single"), Kind: ui.Amounts, Note: cur}, {Title: v.say("approvals.total"), Kind: ui.Amounts, Note: cur}, {Title: v.say("approvals.payee_total"), Kind: ui.Amounts, Note: cur}, {Title: v.say("approvals.days"), Kind: ui.Count}, {Title: v.say("approvals.remove"), Quiet: true},
	}, 4, 5), Empty: ui.Empty{Title: v.say("approvals.no_limits"), Lead: v.say("approvals.no_limits_lead")}}
	for _, l := range limits {
		kind := v.say("approvals.all_kinds")
		if l.Kind != "" {
			kind = v.say("approvals.kind." + l.Kind)
		}
		var remove ui.Cell
		if v.may(identity.SetUp) {
			remove.Body = postButton(v.path("approvals", "setup", "limits", "remove"), v.say("approvals.remove"), l.Who+" "+kind, "who", l.Who, "kind", l.Kind)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.TextCell(v.whoText([]string{l.Who})), ui.TextCell(kind), ui.AmountCell(l.Single, cur), ui.AmountCell(l.Total, cur), ui.AmountCell(l.PayeeTotal, cur), ui.CountCell(v.with(), int64(l.Days)), remove}})
	}
	return t
}

func (v *visit) limitForm(typed url.Values, wrong error) error {
	kinds := append([]ui.Option{{Text: v.say("approvals.all_kinds")}}, options(v, "approvals.kind.", policy.Kinds())...)
	amount := func(name string) ui.Field {
		return ui.Field{Name: name, Label: v.say("approvals." + name), Hint: v.say("approvals.hint." + name), Short: true}
	}
	return v.showApprovalSetup("limits", []ui.Field{
		{Name: "who", Label: v.say("approvals.who"), Hint: v.say("approvals.hint.who"), Required: true, Mono: true},
		{Name: "kind", Type: "select", Label: v.say("approvals.kind_of"), Options: kinds, Required: true},
		amount("single"), amount("total"), amount("payee_total"),
		{Name: "days", Label: v.say("approvals.days"), Hint: v.say("approvals.hint.days"), Short: true},
	}, typed, wrong)
}

func (s *site) saveLimit(v *visit) error {
	x := app.ApprovalLimit{Who: v.form("who"), Kind: v.form("kind"), Single: v.form("single"), Total: v.form("total"), PayeeTotal: v.form("payee_total")}
	err := v.numbers(map[string]*int{"days": &x.Days})
	if err == nil {
		err = v.app.SaveApprovalLimit(v.ctx, v.call(), x, false)
	}
	if err != nil {
		return v.limitForm(v.r.PostForm, err)
	}
	return v.done(v.path("approvals", "setup"), v.say("dsetup.saved", "row", x.Who))
}

func (s *site) removeLimit(v *visit) error {
	if err := v.app.SaveApprovalLimit(v.ctx, v.call(), app.ApprovalLimit{Who: v.form("who"), Kind: v.form("kind")}, true); err != nil {
		return err
	}
	return v.done(v.path("approvals", "setup"), v.say("approvals.removed", "row", v.form("who")))
}

func (v *visit) delegationTable(all []app.Delegation) ui.Table {
	t := ui.Table{ID: "delegations", Caption: v.say("approvals.delegations"), Dense: true, Columns: wide([]ui.Column{
		{Title: v.say("approvals.delegator")}, {Title: v.say("approvals.deputy")}, {Title: v.say("approvals.first_day"), Kind: ui.Date}, {Title: v.say("approvals.last_day"), Kind: ui.Date}, {Title: v.say("approvals.kind_of")}, {Title: v.say("approvals.why")}, {Title: v.say("approvals.end"), Quiet: true},
	}, 4, 5), Empty: ui.Empty{Title: v.say("approvals.no_delegations"), Lead: v.say("approvals.no_delegations_lead")}}
	for _, d := range all {
		kind := v.say("approvals.all_kinds")
		if d.Kind != "" {
			kind = v.say("approvals.kind." + d.Kind)
		}
		end := ui.TextCell("")
		switch {
		case d.Ended != "":
			end.Text = v.say("approvals.ended_by", "by", d.Ended)
		case d.From == v.actor.Name || v.may(identity.Administer):
			end.Body = postButton(v.path("approvals", "setup", "delegations", "end"), v.say("approvals.end"), fmt.Sprintf("%s → %s", d.From, d.To), "id", d.ID)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.TextCell(d.From), ui.TextCell(d.To), ui.DayCell(v.with(), d.First), ui.DayCell(v.with(), d.Last), ui.TextCell(kind), {Text: d.Why, Sub: d.MadeBy}, end}})
	}
	return t
}

func (s *site) delegationForm(v *visit) error { return v.showDelegation(url.Values{}, nil) }

func (v *visit) showDelegation(typed url.Values, wrong error) error {
	kinds := append([]ui.Option{{Text: v.say("approvals.all_kinds")}}, options(v, "approvals.kind.", policy.Kinds())...)
	fields := []ui.Field{
		{Name: "to", Label: v.say("approvals.deputy"), Required: true, Mono: true},
		{Name: "first", Type: "date", Label: v.say("approvals.first_day"), Hint: v.say("approvals.hint.valid_from")},
		{Name: "last", Type: "date", Label: v.say("approvals.last_day"), Required: true},
		{Name: "kind", Type: "select", Label: v.say("approvals.kind_of"), Options: kinds, Required: true},
		{Name: "why", Label: v.say("approvals.why")},
	}
	if v.may(identity.Administer) {
		fields = append([]ui.Field{{Name: "from", Label: v.say("approvals.delegator"), Hint: v.say("approvals.hint.delegator"), Mono: true}}, fields...)
	}
	return v.showApprovalSetup("delegations", fields, typed, wrong)
}

func (s *site) delegate(v *visit) error {
	x := app.Delegation{From: v.form("from"), To: v.form("to"), Kind: v.form("kind"), Why: v.form("why")}
	var err error
	if x.First, err = v.day("first"); err == nil {
		x.Last, err = v.day("last")
	}
	if err == nil {
		_, err = v.app.Delegate(v.ctx, v.call(), x)
	}
	if err != nil {
		return v.showDelegation(v.r.PostForm, err)
	}
	return v.done(v.path("approvals", "setup"), v.say("dsetup.saved", "row", x.To))
}

func (s *site) endDelegation(v *visit) error {
	if err := v.app.EndDelegation(v.ctx, v.call(), v.form("id")); err != nil {
		return err
	}
	return v.done(v.path("approvals", "setup"), v.say("approvals.delegation_ended"))
}

func (v *visit) peopleTable(all []app.ApprovalPerson) ui.Table {
	t := ui.Table{ID: "people", Caption: v.say("approvals.people"), Dense: true, Columns: []ui.Column{{Title: v.say("approvals.user")}, {Title: v.say("approvals.party"), Kind: ui.Code}, {Title: v.say("approvals.remove"), Quiet: true}}, Empty: ui.Empty{Title: v.say("approvals.no_people"), Lead: v.say("approvals.no_people_lead")}}
	for _, p := range all {
		var remove ui.Cell
		if v.may(identity.Administer) {
			remove.Body = postButton(v.path("approvals", "setup", "people", "remove"), v.say("approvals.remove"), p.User+" "+p.Party, "user", p.User, "party", p.Party)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.TextCell(p.User), ui.LinkCell(p.Party, v.path("parties", p.Party)), remove}})
	}
	return t
}

func (v *visit) personForm(wrong error) error {
	return v.showApprovalSetup("people", []ui.Field{
		{Name: "user", Label: v.say("approvals.user"), Required: true, Mono: true},
		{Name: "party", Label: v.say("approvals.party"), Hint: v.say("approvals.hint.party"), Required: true, Mono: true},
	}, v.r.PostForm, wrong)
}

func (s *site) linkPerson(v *visit) error {
	x := app.ApprovalPerson{User: v.form("user"), Party: v.form("party")}
	if err := v.app.LinkPerson(v.ctx, v.call(), x, false); err != nil {
		return v.personForm(err)
	}
	return v.done(v.path("approvals", "setup"), v.say("dsetup.saved", "row", x.User+" "+x.Party))
}

func (s *site) unlinkPerson(v *visit) error {
	x := app.ApprovalPerson{User: v.form("user"), Party: v.form("party")}
	if err := v.app.LinkPerson(v.ctx, v.call(), x, true); err != nil {
		return err
	}
	return v.done(v.path("approvals", "setup"), v.say("approvals.removed", "row", x.User+" "+x.Party))
}
