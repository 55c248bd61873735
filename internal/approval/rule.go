package approval

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"regexp"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/money"
	"quittance/internal/policy"
)

// Rule says who decides on subjects that fit it.
type Rule struct {
	Name         string
	N            int // version
	Kind         Kind
	Organisation string        // blank: any
	Type         string        // blank: any
	From         money.Amount  // accounting currency
	Below        *money.Amount // nil: without end
	ValidFrom    civil.Date
	Active       bool
	ByName       bool // only where a policy's route names it
	Steps        []Step
	Why          string
	MadeBy       string
	MadeAt       int64 // UTC microseconds
}

const (
	maxSteps     = 10
	maxApprovers = 20
	maxHours     = 24 * 365
)

var ruleName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,39}$`)

// check refuses with [fault.Invalid] what cannot be stored, everything at once.
func (r *Rule) check() error {
	var l fault.List
	add := func(bad bool, field, format string, args ...any) {
		if bad {
			l = append(l, fault.New(fault.Invalid, format, args...).In(field))
		}
	}
	add(!ruleName.MatchString(r.Name), "name", "%q is not a rule's name; expected up to 40 letters, digits, hyphens or underscores, a letter first", r.Name)
	l.Add(policy.CheckKind(r.Kind))
	add(r.From < 0, "from", "the band of amounts begins below zero")
	add(r.Below != nil && *r.Below <= r.From, "below", "the band of amounts ends before it begins")
	add(r.ValidFrom.IsZero(), "valid_from", "an approval rule needs the day from which it holds")
	add(strings.TrimSpace(r.Why) == "", "why", "an approval rule needs a word on why it is made")
	add(r.Active && len(r.Steps) == 0, "steps", "an approval rule needs a step; what nobody needs to approve needs no rule")
	add(len(r.Steps) > maxSteps, "steps", "an approval rule has at most %d steps", maxSteps)
	for i, s := range r.Steps {
		add(len(s.Approvers) == 0 || len(s.Approvers)+len(s.EscalateTo) > maxApprovers, "steps", "step %d has %d approvers; expected 1 to %d", i+1, len(s.Approvers), maxApprovers)
		add(s.RemindAfter < 0 || s.RemindAfter > maxHours || s.EscalateAfter < 0 || s.EscalateAfter > maxHours, "steps", "step %d reminds or escalates after a number of hours that is below 0 or above %d", i+1, maxHours)
		add((s.EscalateAfter > 0) != (len(s.EscalateTo) > 0), "steps", "step %d needs both when it escalates and to whom, or neither", i+1)
		add(s.Need < 1 || s.Need > s.most(), "steps", "step %d needs %d approvers; expected 1 to %d, or a role among its approvers, which stands for several persons", i+1, s.Need, len(s.Approvers))
		for _, w := range slices.Concat(s.Approvers, s.EscalateTo) {
			add(w.Role && !slices.Contains(identity.Roles(), identity.Role(w.Name)), "steps", "step %d: there is no role %q; expected one of %s", i+1, w.Name, strings.Join(identity.Names(identity.Roles()), ", "))
			add(!w.Role && (w.Name == "" || strings.Contains(w.Name, ":")), "steps", "step %d: %q is not a user's name", i+1, w.Name)
		}
		for j, w := range s.Approvers {
			add(slices.Contains(s.Approvers[:j], w), "steps", "step %d names %s twice", i+1, w)
		}
	}
	return l.Err()
}

// most is the largest number of persons that a step can need.
func (s *Step) most() int {
	if slices.ContainsFunc(s.Approvers, func(w Who) bool { return w.Role }) {
		return maxApprovers
	}
	return len(s.Approvers)
}

// SaveRule adds a version of an approval rule, which holds from its day on; one that is not active ends the rule. Users whom it names must
// exist.
func SaveRule(ctx context.Context, tx *db.Tx, r *Rule) error {
	if err := r.check(); err != nil {
		return err
	}
	for i, s := range r.Steps {
		for _, w := range slices.Concat(s.Approvers, s.EscalateTo) {
			if w.Role {
				continue
			}
			if _, err := identity.Find(ctx, tx, w.Name); err != nil {
				return fault.New(fault.CodeOf(err), "step %d: %v", i+1, err).In("steps").Because(err)
			}
		}
	}
	var kind Kind
	err := tx.Row(ctx, "select kind, n + 1 from approval_rule where company = $1 and name = $2 order by n desc limit 1", tx.Company, r.Name).Scan(&kind, &r.N)
	switch {
	case errors.Is(err, db.ErrNoRows):
		r.N = 1
	case err != nil:
		return err
	case kind != r.Kind:
		return fault.New(fault.Refused, "the approval rule %s is about subjects of kind %s, not %s; choose another name", r.Name, kind, r.Kind).ByRule("rule_kind").In("kind")
	}
	steps, err := json.Marshal(r.Steps)
	if err != nil {
		return err
	}
	r.MadeBy, r.MadeAt = tx.Actor, tx.Micros()
	var below any
	if r.Below != nil {
		below = int64(*r.Below)
	}
	n, err := tx.Exec(ctx, "insert into approval_rule (company, name, n, kind, organisation, type, from_amount, below_amount, valid_from, active, by_name, steps, why, made_by, made_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict do nothing",
		tx.Company, r.Name, r.N, string(r.Kind), r.Organisation, r.Type, int64(r.From), below, r.ValidFrom, bit(r.Active), bit(r.ByName), string(steps), r.Why, r.MadeBy, r.MadeAt)
	if err == nil && n == 0 {
		err = db.Again("another version of the rule was saved at the same moment")
	}
	return err
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

const ruleColumns = "r.name, r.n, r.kind, r.organisation, r.type, r.from_amount, r.below_amount, r.valid_from, r.active, r.by_name, r.steps, r.why, r.made_by, r.made_at from approval_rule r where r.company = $1"

func scanRule(row *db.Rows, r *Rule) error {
	var steps string
	if err := row.Scan(&r.Name, &r.N, &r.Kind, &r.Organisation, &r.Type, &r.From, &r.Below, &r.ValidFrom, &r.Active, &r.ByName, &steps, &r.Why, &r.MadeBy, &r.MadeAt); err != nil {
		return err
	}
	return json.Unmarshal([]byte(steps), &r.Steps)
}

// Rules gives the approval rules in force on a day, by name; of a kind, or of all when it is blank.
func Rules(ctx context.Context, tx *db.Tx, k Kind, on civil.Date) ([]Rule, error) {
	return db.List(ctx, tx, scanRule, "select "+ruleColumns+` and r.active = 1 and r.valid_from <= $2 and ($3 = '' or r.kind = $3) and not exists (select 1 from approval_rule w
		where w.company = r.company and w.name = r.name and w.valid_from <= $2 and (w.valid_from > r.valid_from or (w.valid_from = r.valid_from and w.n > r.n))) order by r.name`, tx.Company, on, string(k))
}

// RuleVersions gives all versions of all rules, or of the one with the name, the newest first.
func RuleVersions(ctx context.Context, tx *db.Tx, name string) ([]Rule, error) {
	return db.List(ctx, tx, scanRule, "select "+ruleColumns+" and ($2 = '' or r.name = $2) order by r.name, r.n desc", tx.Company, name)
}

// Ruled says whether any approval rule or policy on subjects of the kind is in force: without, nothing of the kind needs approval.
func Ruled(ctx context.Context, tx *db.Tx, k Kind) (ruled bool, err error) {
	err = tx.Row(ctx, "select exists (select 1 from approval_rule where company = $1 and kind = $2) or exists (select 1 from policy where company = $1 and kind = $2)", tx.Company, string(k)).Scan(&ruled)
	if err != nil || !ruled {
		return false, err
	}
	rules, err := Rules(ctx, tx, k, tx.Today())
	if err != nil || len(rules) > 0 {
		return err == nil, err
	}
	versions, err := policy.InForce(ctx, tx, k, tx.Today())
	return len(versions) > 0, err
}

// fits says whether the rule is about a subject with such facts.
func (r *Rule) fits(k Kind, f *Facts) bool {
	worth := f.Worth.Abs()
	return !r.ByName && r.Kind == k && (r.Organisation == "" || r.Organisation == f.Organisation) && (r.Type == "" || r.Type == f.Type) && worth >= r.From && (r.Below == nil || worth < *r.Below)
}

// Choose gives the rule that a subject goes by: the one that a policy's route names, else the one that fits most closely (organisation
// before type before the higher band); nil when none fits. It is a pure function.
func Choose(rules []Rule, k Kind, f *Facts, route string) (*Rule, error) {
	var best *Rule
	closeness := func(r *Rule) int { return 2*len1(r.Organisation) + len1(r.Type) }
	for i := range rules {
		r := &rules[i]
		if route != "" {
			if r.Name == route && r.Kind == k {
				return r, nil
			}
			continue
		}
		if r.fits(k, f) && (best == nil || cmp.Or(cmp.Compare(closeness(r), closeness(best)), cmp.Compare(r.From, best.From)) > 0) {
			best = r
		}
	}
	if route != "" {
		return nil, fault.New(fault.Refused, "a policy routes this to the approval rule %s, which is not in force for subjects of kind %s; make the rule, or change the policy", route, k).ByRule("no_route")
	}
	return best, nil
}

// gap says whether the amount lies beyond the end of a rule that is otherwise about the subject: smaller ones need approval, so that this one
// cannot do without. Below where the first band begins nobody needs to approve.
func gap(rules []Rule, k Kind, f *Facts) bool {
	return slices.ContainsFunc(rules, func(r Rule) bool {
		ends := r.Below != nil && f.Worth.Abs() >= *r.Below
		r.Below = nil
		return ends && r.fits(k, f)
	})
}

func len1(s string) int { return min(len(s), 1) }
