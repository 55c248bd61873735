package policy

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr/vm"

	"quittance/internal/fault"
)

// What bounds the text of rules.
const (
	maxRules  = 20_000 // bytes of a version
	maxLines  = 300
	maxLine   = 2_000 // bytes
	maxNodes  = 300   // of one condition
	maxSaying = 300   // bytes of what a rule says
)

// verb is what a rule does.
type verb string

const (
	vRefuse  verb = "refuse"
	vReview  verb = "review"
	vRequire verb = "require"
	vWithin  verb = "within"
	vMinimum verb = "minimum"
	vMaximum verb = "maximum"
	vRoute   verb = "route"
	vApprove verb = "approve"
)

// forms says how each verb is written.
var forms = map[verb]string{
	vRefuse: `refuse "TEXT" when CONDITION`, vReview: `review "TEXT" when CONDITION`, vRequire: "require DOCUMENT [when CONDITION]",
	vWithin: "within DAYS days of sale|credit [when CONDITION]", vMinimum: "minimum AMOUNT [when CONDITION]", vMaximum: "maximum AMOUNT [when CONDITION]",
	vRoute: "route RULE [when CONDITION]", vApprove: "approve when CONDITION",
}

// rule is one line.
type rule struct {
	line   int
	verb   verb
	text   string // what it says; the document; the route; sale or credit
	days   int
	amount Amount
	when   *vm.Program // nil: always
}

// Compiled is a version whose rules can be evaluated.
type Compiled struct {
	Name  VersionName
	Kind  Kind
	rules []rule
}

// Parse compiles the rules of a version. Each rule is a line; blank lines and what begins with # say nothing:
//
//	refuse "TEXT" when CONDITION           it is not eligible
//	review "TEXT" when CONDITION           a person must look, and is told why
//	require DOCUMENT [when CONDITION]      a document of the kind must be attached
//	within DAYS days of sale|credit [...]  else it is not eligible; nor when the day is not known
//	minimum AMOUNT [...]                   less is not eligible
//	maximum AMOUNT [...]                   more is not eligible
//	route RULE [when CONDITION]            the approval rule with the name says who approves
//	approve when CONDITION                 nobody needs to
//
// All that is wrong is told at once, each with line and column, what stands there, and what was expected.
func Parse(name string, n int, kind Kind, text string) (*Compiled, error) {
	c := &Compiled{Name: VersionName{name, n}, Kind: kind}
	var wrong fault.List
	wrong.Add(CheckKind(kind))
	if len(text) > maxRules {
		wrong.Add(fault.New(fault.Invalid, "the rules have %d bytes; at most %d, divide them into two policies", len(text), maxRules).In("rules"))
		return nil, wrong
	}
	lines := strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n")
	if len(lines) > maxLines {
		wrong.Add(fault.New(fault.Invalid, "the rules have %d lines; at most %d, divide them into two policies", len(lines), maxLines).In("rules"))
		return nil, wrong
	}
	for i, line := range lines {
		if s := strings.TrimSpace(line); s == "" || strings.HasPrefix(s, "#") {
			continue
		}
		r, err := parseLine(i+1, line)
		if err != nil {
			wrong.Add(err)
			continue
		}
		c.rules = append(c.rules, *r)
	}
	if len(wrong) > 0 {
		return nil, wrong
	}
	return c, nil
}

// heads match a verb with what it needs, up to the condition.
var heads = map[verb]*regexp.Regexp{
	vRefuse:  regexp.MustCompile(`^"([^"]*)"`),
	vReview:  regexp.MustCompile(`^"([^"]*)"`),
	vRequire: regexp.MustCompile(`^([a-z][a-z0-9_]{0,39})\b`),
	vWithin:  regexp.MustCompile(`^([0-9]{1,5}) days of (sale|credit)\b`),
	vMinimum: regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)(?:\s|$)`),
	vMaximum: regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)(?:\s|$)`),
	vRoute:   regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_-]{0,39})(?:\s|$)`),
	vApprove: regexp.MustCompile(`^`),
}

// wrongAt gives an error at a place of the rules, columns counted from 0.
func wrongAt(line, column int, format string, args ...any) *fault.Error {
	return fault.New(fault.Invalid, format, args...).At(fmt.Sprintf("line %d, column %d", line, column+1)).In("rules").ByRule("policy_rule")
}

func parseLine(n int, line string) (*rule, error) {
	if len(line) > maxLine {
		return nil, wrongAt(n, 0, "the line has %d bytes; at most %d, divide it into two", len(line), maxLine)
	}
	at := len(line) - len(strings.TrimLeft(line, " \t"))
	word, _, _ := strings.Cut(strings.TrimRight(line[at:], " \t"), " ")
	r := &rule{line: n, verb: verb(word)}
	head := heads[r.verb]
	if head == nil {
		return nil, wrongAt(n, at, "%q is not what a rule begins with; expected one of %s", cut(word), strings.Join(verbs(), ", "))
	}
	at += len(word)
	at += len(line[at:]) - len(strings.TrimLeft(line[at:], " \t"))
	m := head.FindStringSubmatch(line[at:])
	if m == nil {
		return nil, wrongAt(n, at, "%q cannot be read; expected %s", cut(line[at:]), forms[r.verb])
	}
	if err := r.take(n, at, m); err != nil {
		return nil, err
	}
	at += len(m[0])
	return r, r.condition(n, at, line)
}

// take reads what the verb needs.
func (r *rule) take(n, at int, m []string) (err error) {
	switch r.verb {
	case vRefuse, vReview:
		if r.text = strings.TrimSpace(m[1]); r.text == "" || len(r.text) > maxSaying {
			return wrongAt(n, at, "%q says nothing, or too much; write in 1 to %d bytes what people read", cut(r.text), maxSaying)
		}
	case vRequire, vRoute:
		r.text = m[1]
	case vWithin:
		r.days, _ = strconv.Atoi(m[1])
		r.text = m[2]
	case vMinimum, vMaximum:
		if r.amount, err = ParseAmount(m[1]); err != nil {
			return wrongAt(n, at, "%v; expected %s", err, forms[r.verb])
		}
	}
	return nil
}

// condition reads and compiles what comes after when.
func (r *rule) condition(n, at int, line string) (err error) {
	rest := line[at:]
	at += len(rest) - len(strings.TrimLeft(rest, " \t"))
	rest = strings.TrimSpace(rest)
	if rest == "" {
		if r.verb == vRefuse || r.verb == vReview || r.verb == vApprove {
			return wrongAt(n, at, "the condition is missing; expected %s (when true: always)", forms[r.verb])
		}
		return nil
	}
	source, has := strings.CutPrefix(rest, "when")
	trimmed := strings.TrimLeft(source, " \t")
	if !has || trimmed == source {
		return wrongAt(n, at, "%q cannot be read; expected %s", cut(rest), forms[r.verb])
	}
	if trimmed == "" {
		return wrongAt(n, at, "the condition is missing after when; expected %s", forms[r.verb])
	}
	at += len("when") + len(source) - len(trimmed)
	r.when, err = compile(n, at, trimmed)
	return err
}

func verbs() []string {
	var all []string
	for v := range forms {
		all = append(all, string(v))
	}
	slices.Sort(all)
	return all
}

// cut shortens what stands in a message.
func cut(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
