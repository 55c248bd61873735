package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/policy"
)

// policiesCmd are the rules that say what is eligible, which documents are needed, and what needs nobody's look.
type policiesCmd struct {
	List     policiesListCmd     `cmd:"" default:"withargs" help:"List the policies: the last saved version of each."`
	Show     policiesShowCmd     `cmd:"" help:"Show the versions of a policy, or the rules of one."`
	Save     policiesSaveCmd     `cmd:"" help:"Save a version of a policy."`
	Test     policiesTestCmd     `cmd:"" help:"Say what the policies, or rules of a file, say of a subject that is described."`
	Simulate policiesSimulateCmd `cmd:"" help:"Say what the policies, or rules of a file, would have decided on the subjects of the past."`
	Fields   policiesFieldsCmd   `cmd:"" help:"List the fields that rules know."`
}

const policyColumns = "policy kind >version valid_from in_force why made_by made_at"

func policyCells(v *app.PolicyVersion) []string {
	return []string{v.Policy, v.Kind, strconv.Itoa(v.Version), v.ValidFrom.String(), yesNo(v.InForce), v.Why, v.MadeBy, v.MadeAt}
}

type policiesListCmd struct{}

// Run lists policies.
func (*policiesListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.Policies(e.ctx, call)
		if err != nil {
			return err
		}
		return listAll(e, policyColumns, "There is no policy; see docs/approval.md.", all, policyCells)
	})
}

// listAll prints a whole list.
func listAll[T any](e *env, columns, none string, all []T, cells func(*T) []string) error {
	l := e.list(columns)
	for i := range all {
		if err := l.add(all[i], cells(&all[i])...); err != nil {
			return err
		}
	}
	return l.close(none)
}

type policiesShowCmd struct {
	Policy  string `arg:"" help:"The policy."`
	Version int    `help:"Print the rules of this version." placeholder:"N"`
}

// Run shows a policy.
func (c *policiesShowCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.Policy(e.ctx, call, c.Policy)
		if err != nil {
			return err
		}
		if c.Version == 0 {
			return listAll(e, policyColumns, "", all, policyCells)
		}
		for i := range all {
			if all[i].Version != c.Version {
				continue
			}
			if e.Output != "table" {
				return e.result(all[i], policyColumns, policyCells(&all[i]), "")
			}
			_, err := io.WriteString(e.stdout, cleanLines(all[i].Rules))
			return err
		}
		return fault.New(fault.NotFound, "the policy %s has no version %d", c.Policy, c.Version)
	})
}

// cleanLines cleans a text line by line.
func cleanLines(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = clean(lines[i])
	}
	return strings.Join(lines, "\n")
}

// rulesOf reads the rules of a file, or of standard input when it is a hyphen.
func (e *env) rulesOf(path string) (string, error) {
	var text []byte
	var err error
	if path == "-" {
		text, err = io.ReadAll(io.LimitReader(e.stdin, 1<<20))
	} else {
		text, err = os.ReadFile(path)
	}
	if err != nil {
		return "", fault.New(fault.Refused, "%s cannot be read: %v", path, err).Because(err)
	}
	return string(text), nil
}

type policiesSaveCmd struct {
	Policy string     `arg:"" help:"The policy: a name of letters, digits, hyphens."`
	File   string     `arg:"" optional:"" help:"The rules; - reads them from standard input." placeholder:"FILE"`
	End    bool       `help:"The policy says nothing any longer from the day on."`
	Kind   string     `help:"What it is about (a new policy): request, run, payment, write_off, resolution, payee_change or reversal." placeholder:"KIND"`
	From   civil.Date `help:"The day from which on it holds (default: today)." placeholder:"YYYY-MM-DD"`
	Why    string     `required:"" help:"Why it is made." placeholder:"TEXT"`
}

// Run saves a version.
func (c *policiesSaveCmd) Run(e *env) error {
	if c.End == (c.File != "") {
		return usage("give the file with the rules, or --end")
	}
	x := app.PolicySaving{Policy: c.Policy, Kind: c.Kind, ValidFrom: c.From, Why: c.Why}
	if !c.End {
		var err error
		if x.Rules, err = e.rulesOf(c.File); err != nil {
			return err
		}
		if strings.TrimSpace(x.Rules) == "" {
			return usage("%s has no rules; --end says that the policy says nothing any longer", c.File)
		}
	}
	return e.with(func(a *app.App, call app.Call) error {
		v, err := a.SavePolicy(e.ctx, call, x)
		if err != nil {
			return err
		}
		return e.result(v, policyColumns, policyCells(v), "Saved version %d of the policy %s, which holds from %s on.", v.Version, v.Policy, v.ValidFrom)
	})
}

type policyChange struct {
	Policy string `help:"The policy that is changed (default: a new one)." placeholder:"POLICY"`
	Kind   string `help:"What is looked at: request, run, payment, write_off, resolution, payee_change or reversal (default: as the policy)." placeholder:"KIND"`
	Rules  string `help:"A file with rules in the place of the policy's; - reads standard input (default: the policies as they are)." placeholder:"FILE"`
}

// rules gives the text of the changed rules; nil when nothing is changed.
func (c *policyChange) rules(e *env) (*string, error) {
	if c.Rules == "" {
		return nil, nil
	}
	text, err := e.rulesOf(c.Rules)
	return &text, err
}

type policiesTestCmd struct {
	policyChange
	Fields []string `arg:"" optional:"" help:"What is known of the subject, such as amount=120.00 type=expense documents=receipt,photo; see: quittance policies fields." placeholder:"FIELD=VALUE"`
}

// Run tests policies.
func (c *policiesTestCmd) Run(e *env) error {
	rules, err := c.rules(e)
	if err != nil {
		return err
	}
	f, err := readFields(c.Fields)
	if err != nil {
		return err
	}
	return e.with(func(a *app.App, call app.Call) error {
		d, err := a.TestPolicy(e.ctx, call, app.PolicyTesting{Policy: c.Policy, Kind: c.Kind, Rules: rules, Fields: *f})
		if err != nil {
			return err
		}
		if e.Output == "json" || e.Output == "jsonl" {
			return e.object(d)
		}
		l := e.list("says policy >line text")
		rows := [][]string{{"outcome", "", "", string(d.Outcome)}}
		for _, s := range d.Refusals {
			rows = append(rows, []string{"refuse", s.Policy, strconv.Itoa(s.Line), s.Text})
		}
		for _, s := range d.Reviews {
			rows = append(rows, []string{"review", s.Policy, strconv.Itoa(s.Line), s.Text})
		}
		if len(d.Required) > 0 {
			rows = append(rows, []string{"require", "", "", strings.Join(d.Required, ", ") + joined("; missing: ", strings.Join(d.Missing, ", "))})
		}
		if d.Route != "" {
			rows = append(rows, []string{"route", d.Routed.Policy, strconv.Itoa(d.Routed.Line), d.Route})
		}
		if d.Approved.Policy != "" {
			rows = append(rows, []string{"approve", d.Approved.Policy, strconv.Itoa(d.Approved.Line), ""})
		}
		for _, r := range rows {
			if err := l.add(nil, r...); err != nil {
				return err
			}
		}
		return l.close("")
	})
}

// readFields reads the fields that are given as NAME=VALUE.
func readFields(texts []string) (*policy.Fields, error) {
	f := policy.NewFields()
	for _, text := range texts {
		name, value, both := strings.Cut(text, "=")
		if !both {
			return nil, usage("%q gives no field; write NAME=VALUE, with a name of: quittance policies fields", text)
		}
		if err := f.Set(name, value); err != nil {
			return nil, usage("%v", err)
		}
	}
	return &f, nil
}

type policiesSimulateCmd struct {
	policyChange
	Since civil.Date `help:"Subjects from this day on (default: 365 days ago)." placeholder:"YYYY-MM-DD"`
	Most  int        `help:"At most so many subjects." default:"1000000" placeholder:"N"`
}

// Run simulates policies.
func (c *policiesSimulateCmd) Run(e *env) error {
	rules, err := c.rules(e)
	if err != nil {
		return err
	}
	return e.with(func(a *app.App, call app.Call) error {
		sim, err := a.SimulatePolicy(e.ctx, call, app.PolicySimulating{Policy: c.Policy, Kind: c.Kind, Rules: rules, Since: c.Since, Most: c.Most})
		if err != nil {
			return err
		}
		if e.Output == "json" {
			return e.object(sim)
		}
		if err := listAll(e, "was would_be >subjects >amount examples", "There are no decisions of the past.", sim.Shifts, func(x *policy.Shift) []string {
			return []string{string(x.From), string(x.To), strconv.Itoa(x.Subjects), x.Amount.String(), strings.Join(x.Examples, " ")}
		}); err != nil || e.Output != "table" {
			return err
		}
		fmt.Fprintf(e.stdout, "%d subjects, %d as they were (%d of them by another approval rule), %d that a rule cannot be evaluated for.\n", sim.Subjects, sim.Same, sim.Rerouted, sim.Failed)
		for _, r := range sim.Reasons {
			fmt.Fprintf(e.stdout, "Line %d of %s refuses %d.\n", r.Line, r.Policy, r.Subjects)
		}
		return nil
	})
}

type policiesFieldsCmd struct{}

// Run lists the fields.
func (*policiesFieldsCmd) Run(e *env) error {
	return listAll(e, "field type", "", policy.FieldInfos(), func(x *policy.FieldInfo) []string { return []string{x.Name, x.Type} })
}
