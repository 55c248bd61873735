package policy

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/expr-lang/expr/vm"

	"quittance/internal/fault"
)

// maxDocuments bounds what rules go through.
const maxDocuments = 200

// Set are the compiled policies of a kind that are in force together, by name.
type Set []*Compiled

// evaluator holds what evaluating uses again and again.
type evaluator struct{ vm vm.VM }

func (e *evaluator) holds(c *Compiled, r *rule, f *Fields) (bool, error) {
	if r.when == nil {
		return true, nil
	}
	x, err := e.vm.Run(r.when, f)
	if err != nil {
		return false, fault.New(fault.Refused, "line %d of the policy %s cannot be evaluated for this subject: %s; mend the rule", r.line, c.Name.Policy, cut2(err.Error())).ByRule("policy_rule")
	}
	yes, _ := x.(bool) // it was compiled to be one
	return yes, nil
}

// Evaluate says what the policies say of a subject. It reads nothing but the fields.
func (s Set) Evaluate(f *Fields) (*Decision, error) { return s.evaluate(&evaluator{}, f) }

func (s Set) evaluate(e *evaluator, f *Fields) (*Decision, error) {
	if len(f.Documents) > maxDocuments {
		return nil, fault.New(fault.Limited, "%d documents are attached; at most %d", len(f.Documents), maxDocuments).In("documents")
	}
	d := &Decision{Outcome: Review, Refusals: []Said{}, Reviews: []Said{}, Required: []string{}, Missing: []string{}, Versions: make([]VersionName, 0, len(s))}
	for _, c := range s {
		d.Versions = append(d.Versions, c.Name)
		for i := range c.rules {
			r := &c.rules[i]
			yes, err := e.holds(c, r, f)
			if err != nil {
				return nil, err
			}
			if yes {
				d.apply(c, r, f)
			}
		}
	}
	for _, x := range d.Required {
		if !slices.Contains(f.Documents, x) {
			d.Missing = append(d.Missing, x)
		}
	}
	switch {
	case len(d.Refusals) > 0:
		d.Outcome = Refused
	case len(d.Missing) > 0:
		d.Outcome = Incomplete
	case d.Approved.Policy != "" && len(d.Reviews) == 0:
		d.Outcome = Automatic
	}
	return d, nil
}

// apply adds what a rule says whose condition holds.
func (d *Decision) apply(c *Compiled, r *rule, f *Fields) {
	said := Said{Policy: c.Name.Policy, Line: r.line, Text: r.text}
	refuse := func(format string, args ...any) {
		said.Text = fmt.Sprintf(format, args...)
		d.Refusals = append(d.Refusals, said)
	}
	switch r.verb {
	case vRefuse:
		d.Refusals = append(d.Refusals, said)
	case vReview:
		d.Reviews = append(d.Reviews, said)
	case vRequire:
		if !slices.Contains(d.Required, r.text) {
			d.Required = append(d.Required, r.text)
		}
	case vWithin:
		days := map[string]int{"sale": f.SaleDays, "credit": f.CreditDays}[r.text]
		switch {
		case days < 0:
			refuse("it must be within %d days of the %s, and the day of the %s is not known; give it", r.days, r.text, r.text)
		case days > r.days:
			refuse("the %s was %d days ago; at most %d are allowed", r.text, days, r.days)
		}
	case vMinimum:
		if f.Amount.n < r.amount.n {
			refuse("%s is less than the least amount, %s", f.Amount, r.amount)
		}
	case vMaximum:
		if f.Amount.n > r.amount.n {
			refuse("%s is more than the largest amount, %s", f.Amount, r.amount)
		}
	case vRoute:
		if d.Route == "" {
			d.Route, d.Routed = r.text, said
		}
	case vApprove:
		if d.Approved.Policy == "" {
			d.Approved = said
		}
	}
}

// Past is a subject that was decided on.
type Past struct {
	Name    string
	Outcome Outcome // of then
	Route   string
	Fields  Fields
}

// Shift is how many subjects would go from one outcome to another.
type Shift struct {
	From     Outcome  `json:"from"`
	To       Outcome  `json:"to"`
	Subjects int      `json:"subjects"`
	Amount   Amount   `json:"amount"`
	Examples []string `json:"examples"` // names of the first
}

// Simulation is what other policies would have decided on past subjects.
type Simulation struct {
	Subjects int            `json:"subjects"`
	Same     int            `json:"same"`
	Rerouted int            `json:"rerouted"` // same outcome, but another approval rule
	Failed   int            `json:"failed"`   // that a rule cannot be evaluated for
	Shifts   []Shift        `json:"shifts"`   // by outcome of then and now, also where they are the same
	Reasons  []RefusingLine `json:"reasons"`  // that refuse, the most frequent first
	Fails    []string       `json:"failures"` // why, of the first
	Changed  []Redecided    `json:"changed"`  // the first that would be decided otherwise
}

// Redecided is a subject that would be decided otherwise.
type Redecided struct {
	Name    string  `json:"name"`
	From    Outcome `json:"from"`
	To      Outcome `json:"to"`
	Amount  Amount  `json:"amount"`
	Was     string  `json:"route_was"` // approval rule that a policy named; blank: by the band
	Route   string  `json:"route"`
	Because string  `json:"because"` // the first line that refuses or wants a look, or what is missing or approves
}

const mostChanged = 200 // named of a simulation

// because says in short what decides.
func (d *Decision) because() string {
	switch {
	case len(d.Refusals) > 0:
		return d.Refusals[0].Text
	case len(d.Missing) > 0:
		return strings.Join(d.Missing, ", ")
	case len(d.Reviews) > 0:
		return d.Reviews[0].Text
	case d.Approved.Policy != "":
		return fmt.Sprintf("%s, line %d", d.Approved.Policy, d.Approved.Line)
	}
	return ""
}

// RefusingLine is how often a line refuses.
type RefusingLine struct {
	Policy   string `json:"policy"`
	Line     int    `json:"line"`
	Subjects int    `json:"subjects"`
}

const examples = 10 // named of each shift

// Simulate evaluates past subjects by the set. It is a pure function of both, and goes through the subjects once.
func (s Set) Simulate(past iter.Seq2[*Past, error]) (*Simulation, error) {
	type way struct{ from, to Outcome }
	type place struct {
		policy string
		line   int
	}
	sim, e := &Simulation{Shifts: []Shift{}, Reasons: []RefusingLine{}, Fails: []string{}, Changed: []Redecided{}}, &evaluator{}
	shifts, reasons := map[way]*Shift{}, map[place]int{}
	for p, err := range past {
		if err != nil {
			return nil, err
		}
		sim.Subjects++
		d, err := s.evaluate(e, &p.Fields)
		if err != nil {
			if sim.Failed++; len(sim.Fails) < examples {
				sim.Fails = append(sim.Fails, p.Name+": "+err.Error())
			}
			continue
		}
		k := way{p.Outcome, d.Outcome}
		if shifts[k] == nil {
			shifts[k] = &Shift{From: k.from, To: k.to, Examples: []string{}}
		}
		x := shifts[k]
		x.Subjects, x.Amount = x.Subjects+1, x.Amount.add(p.Fields.Amount)
		if len(x.Examples) < examples {
			x.Examples = append(x.Examples, p.Name)
		}
		for _, r := range d.Refusals {
			reasons[place{r.Policy, r.Line}]++
		}
		if k.from == k.to {
			if sim.Same++; p.Route != d.Route {
				sim.Rerouted++
			}
		}
		if (k.from != k.to || p.Route != d.Route) && len(sim.Changed) < mostChanged {
			sim.Changed = append(sim.Changed, Redecided{p.Name, k.from, k.to, p.Fields.Amount, p.Route, d.Route, d.because()})
		}
	}
	for _, x := range shifts {
		sim.Shifts = append(sim.Shifts, *x)
	}
	slices.SortFunc(sim.Shifts, func(a, b Shift) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	for p, n := range reasons {
		sim.Reasons = append(sim.Reasons, RefusingLine{p.policy, p.line, n})
	}
	slices.SortFunc(sim.Reasons, func(a, b RefusingLine) int {
		return cmp.Or(b.Subjects-a.Subjects, cmp.Compare(a.Policy, b.Policy), a.Line-b.Line)
	})
	return sim, nil
}
