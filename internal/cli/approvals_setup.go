package cli

import (
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
)

type approvalRulesCmd struct {
	List approvalRulesListCmd `cmd:"" default:"withargs" help:"List the approval rules."`
	Set  approvalRulesSetCmd  `cmd:"" help:"Save a version of an approval rule."`
	End  approvalRulesEndCmd  `cmd:"" help:"End an approval rule from a day on."`
}

const approvalRuleColumns = "rule kind >version valid_from in_force organisation type >from >below by_name steps why"

func approvalRuleCells(r *app.ApprovalRule) []string {
	steps := make([]string, len(r.Steps))
	for i, s := range r.Steps {
		steps[i] = stepText(s)
	}
	return []string{r.Rule, r.Kind, strconv.Itoa(r.Version), r.ValidFrom.String(), yesNo(r.InForce), r.Organisation, r.Type, r.From, r.Below, yesNo(r.ByName), strings.Join(steps, "; "), r.Why}
}

// stepText writes a step as --step reads it.
func stepText(s app.ApprovalRuleStep) string {
	text := strings.Join(s.Approvers, ",")
	switch {
	case s.Need > 1 && s.Need == len(s.Approvers):
		text = "all of " + text
	case s.Need > 1:
		text = strconv.Itoa(s.Need) + " of " + text
	}
	if s.RemindAfter > 0 {
		text += " remind=" + strconv.Itoa(s.RemindAfter)
	}
	if s.EscalateAfter > 0 {
		text += " escalate=" + strconv.Itoa(s.EscalateAfter) + ":" + strings.Join(s.EscalateTo, ",")
	}
	return text
}

const stepForm = `expected WHO,WHO… with "all of" or "N of" before it and remind=HOURS and escalate=HOURS:WHO,… after it, WHO being user:NAME or role:NAME`

// readStep reads a step such as: 2 of role:approver,user:cfo remind=24 escalate=72:role:administrator.
func readStep(text string) (s app.ApprovalRuleStep, err error) {
	wrong := func() error { return usage("--step: %q cannot be read; %s", text, stepForm) }
	words := strings.Fields(text)
	every := false
	if len(words) > 2 && words[1] == "of" {
		if every = words[0] == "all"; !every {
			if s.Need, err = strconv.Atoi(words[0]); err != nil || s.Need < 1 {
				return s, wrong()
			}
		}
		words = words[2:]
	}
	if len(words) == 0 || strings.Contains(words[0], "=") {
		return s, wrong()
	}
	s.Approvers = strings.Split(words[0], ",")
	if every {
		s.Need = len(s.Approvers)
	}
	for _, w := range words[1:] {
		name, value, _ := strings.Cut(w, "=")
		hours, who, _ := strings.Cut(value, ":")
		n, nerr := strconv.Atoi(hours)
		switch {
		case nerr != nil || n < 1:
			return s, wrong()
		case name == "remind" && who == "":
			s.RemindAfter = n
		case name == "escalate" && who != "":
			s.EscalateAfter, s.EscalateTo = n, strings.Split(who, ",")
		default:
			return s, wrong()
		}
	}
	s.Need = max(s.Need, 1)
	return s, nil
}

type approvalRulesListCmd struct {
	All bool `help:"All versions, not those in force only."`
}

// Run lists rules.
func (c *approvalRulesListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.ApprovalRules(e.ctx, call, c.All)
		if err != nil {
			return err
		}
		return listAll(e, approvalRuleColumns, "There is no approval rule: nothing needs approval by steps; see docs/approval.md.", all, approvalRuleCells)
	})
}

type approvalRulesSetCmd struct {
	Rule         string     `arg:"" help:"The rule: a name of letters, digits, hyphens."`
	Kind         string     `required:"" help:"What it is about: request, run, payment, write_off, resolution, payee_change or reversal." placeholder:"KIND"`
	Step         []string   `required:"" sep:"none" help:"A step; several in their order. Such as: role:approver — 2 of role:approver — all of user:ann,role:controller remind=24 escalate=72:role:administrator." placeholder:"STEP"`
	Organisation string     `help:"Only of this organisation." placeholder:"CODE"`
	Type         string     `help:"Only of this type within the kind." placeholder:"TYPE"`
	FromAmount   string     `help:"Only from this amount on (accounting currency)." placeholder:"AMOUNT"`
	Below        string     `help:"Only below this amount." placeholder:"AMOUNT"`
	ByName       bool       `help:"Only where a policy routes to it."`
	From         civil.Date `help:"The day from which on it holds (default: today)." placeholder:"YYYY-MM-DD"`
	Why          string     `required:"" help:"Why it is made." placeholder:"TEXT"`
}

// Run saves a rule.
func (c *approvalRulesSetCmd) Run(e *env) error {
	x := app.ApprovalRule{Rule: c.Rule, Kind: c.Kind, Organisation: c.Organisation, Type: c.Type, From: c.FromAmount, Below: c.Below, ByName: c.ByName, ValidFrom: c.From, Why: c.Why}
	for _, text := range c.Step {
		s, err := readStep(text)
		if err != nil {
			return err
		}
		x.Steps = append(x.Steps, s)
	}
	return e.saveRule(x)
}

func (e *env) saveRule(x app.ApprovalRule) error {
	return e.with(func(a *app.App, call app.Call) error {
		r, err := a.SaveApprovalRule(e.ctx, call, x)
		if err != nil {
			return err
		}
		return e.result(r, approvalRuleColumns, approvalRuleCells(r), "Saved version %d of the approval rule %s, from %s on.", r.Version, r.Rule, r.ValidFrom)
	})
}

type approvalRulesEndCmd struct {
	Rule string     `arg:"" help:"The rule."`
	From civil.Date `help:"The day from which on it does not hold any longer (default: today)." placeholder:"YYYY-MM-DD"`
	Why  string     `required:"" help:"Why." placeholder:"TEXT"`
}

// Run ends a rule.
func (c *approvalRulesEndCmd) Run(e *env) error {
	x := app.ApprovalRule{Rule: c.Rule, ValidFrom: c.From, Why: c.Why, Ended: true}
	err := e.with(func(a *app.App, call app.Call) error {
		all, err := a.ApprovalRules(e.ctx, call, true)
		for _, r := range all {
			if r.Rule == c.Rule && x.Kind == "" {
				x.Kind, x.Organisation, x.Type, x.From, x.Below, x.ByName, x.Steps = r.Kind, r.Organisation, r.Type, r.From, r.Below, r.ByName, r.Steps
			}
		}
		if err == nil && x.Kind == "" {
			err = fault.New(fault.NotFound, "there is no approval rule %q; see: quittance approvals rules --all", c.Rule)
		}
		return err
	})
	if err != nil {
		return err
	}
	return e.saveRule(x)
}

type approvalLimitsCmd struct {
	List   approvalLimitsListCmd   `cmd:"" default:"withargs" help:"List the limits."`
	Set    approvalLimitsSetCmd    `cmd:"" help:"Add a limit, or change the one of the same approver and kind."`
	Remove approvalLimitsRemoveCmd `cmd:"" help:"Remove a limit."`
}

type approvalLimitsListCmd struct{}

// Run lists limits.
func (*approvalLimitsListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.ApprovalLimits(e.ctx, call)
		if err != nil {
			return err
		}
		return listAll(e, "who kind >single >days >total >payee_total", "No approver has a limit.", all, func(l *app.ApprovalLimit) []string {
			return []string{l.Who, l.Kind, l.Single, strconv.Itoa(l.Days), l.Total, l.PayeeTotal}
		})
	})
}

type limitKey struct {
	Who  string `arg:"" help:"user:NAME or role:NAME."`
	Kind string `help:"Of these subjects only: request, run, payment, write_off, resolution, payee_change or reversal." placeholder:"KIND"`
}

type approvalLimitsSetCmd struct {
	limitKey
	Single     string `help:"Most of one subject (accounting currency)." placeholder:"AMOUNT"`
	Total      string `help:"Most of all that one person approves within the days." placeholder:"AMOUNT"`
	PayeeTotal string `help:"The same, to one payee." placeholder:"AMOUNT"`
	Days       int    `help:"The days." default:"30" placeholder:"N"`
}

// Run sets a limit.
func (c *approvalLimitsSetCmd) Run(e *env) error {
	l := app.ApprovalLimit{Who: c.Who, Kind: c.Kind, Single: c.Single, Days: c.Days, Total: c.Total, PayeeTotal: c.PayeeTotal}
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.SaveApprovalLimit(e.ctx, call, l, false); err != nil {
			return err
		}
		return e.result(l, "who", []string{l.Who}, "Saved the limit of %s.", l.Who)
	})
}

type approvalLimitsRemoveCmd struct{ limitKey }

// Run removes a limit.
func (c *approvalLimitsRemoveCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.SaveApprovalLimit(e.ctx, call, app.ApprovalLimit{Who: c.Who, Kind: c.Kind}, true); err != nil {
			return err
		}
		return e.result(map[string]string{"who": c.Who}, "who", []string{c.Who}, "Removed the limit of %s.", c.Who)
	})
}

type delegateCmd struct {
	To    string     `arg:"" help:"The user who stands in."`
	For   string     `help:"For this user, by an administrator (default: yourself)." placeholder:"USER"`
	First civil.Date `help:"The first day (default: today)." placeholder:"YYYY-MM-DD"`
	Last  civil.Date `required:"" help:"The last day." placeholder:"YYYY-MM-DD"`
	Kind  string     `help:"For these subjects only: request, run, payment, write_off, resolution, payee_change or reversal." placeholder:"KIND"`
	Why   string     `help:"Such as: on holiday." placeholder:"TEXT"`
}

// Run delegates.
func (c *delegateCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		d, err := a.Delegate(e.ctx, call, app.Delegation{From: c.For, To: c.To, First: c.First, Last: c.Last, Kind: c.Kind, Why: c.Why})
		if err != nil {
			return err
		}
		return e.result(d, delegationColumns, delegationCells(d), "%s stands in for %s from %s to %s (%s).", d.To, d.From, d.First, d.Last, d.ID)
	})
}

const delegationColumns = "id from to first_day last_day kind why made_by ended_by"

func delegationCells(d *app.Delegation) []string {
	return []string{d.ID, d.From, d.To, d.First.String(), d.Last.String(), d.Kind, d.Why, d.MadeBy, d.Ended}
}

type delegationsCmd struct{}

// Run lists delegations.
func (*delegationsCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.Delegations(e.ctx, call)
		if err != nil {
			return err
		}
		return listAll(e, delegationColumns, "Nobody stands in for anybody.", all, delegationCells)
	})
}

type endDelegationCmd struct {
	ID string `arg:"" help:"The delegation."`
}

// Run ends a delegation.
func (c *endDelegationCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.EndDelegation(e.ctx, call, c.ID); err != nil {
			return err
		}
		return e.result(map[string]string{"id": c.ID}, "id", []string{c.ID}, "The delegation %s has ended.", c.ID)
	})
}

type peopleCmd struct{}

// Run lists users who are customers or vendors.
func (*peopleCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.People(e.ctx, call)
		if err != nil {
			return err
		}
		return listAll(e, "user party", "No user is known to be a customer or vendor.", all, func(p *app.ApprovalPerson) []string { return []string{p.User, p.Party} })
	})
}

type linkCmd struct {
	User   string `arg:"" help:"The user."`
	Party  string `arg:"" help:"The customer or vendor."`
	Remove bool   `help:"Take it back."`
}

// Run links a user with a customer or vendor.
func (c *linkCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x := app.ApprovalPerson{User: c.User, Party: c.Party}
		if err := a.LinkPerson(e.ctx, call, x, c.Remove); err != nil {
			return err
		}
		sentence := "%s is also %s, and approves no payment to it."
		if c.Remove {
			sentence = "%s is not %s any longer."
		}
		return e.result(x, "user party", []string{x.User, x.Party}, sentence, x.User, x.Party)
	})
}

type remindCmd struct{}

// Run reminds.
func (*remindCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.RemindApprovers(e.ctx, call)
		if err != nil {
			return err
		}
		return listAll(e, approvalColumns, "Nobody needs to be reminded.", all, approvalCells)
	})
}
