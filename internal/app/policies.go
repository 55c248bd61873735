package app

import (
	"cmp"
	"context"
	"strings"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/policy"
)

// PolicyVersion is a version of a policy as people see it.
type PolicyVersion struct {
	Policy    string     `json:"policy"`
	Kind      string     `json:"kind"`
	Version   int        `json:"version"`
	ValidFrom civil.Date `json:"valid_from"`
	Rules     string     `json:"rules"` // blank: from then on it says nothing
	InForce   bool       `json:"in_force"`
	Why       string     `json:"why"`
	MadeBy    string     `json:"made_by"`
	MadeAt    string     `json:"made_at"`
}

// PolicyDecision is what policies said of a subject, and the values that they saw.
type PolicyDecision struct {
	At     string        `json:"at"`
	Actor  string        `json:"actor"`
	Fields policy.Fields `json:"fields"`
	policy.Decision
}

func viewDecision(k *policy.Kept) PolicyDecision {
	return PolicyDecision{At: instant(k.At), Actor: k.Actor, Fields: k.Fields, Decision: k.Decision}
}

func viewPolicies(ctx context.Context, tx *db.Tx, versions []policy.Version) ([]PolicyVersion, error) {
	in, err := policy.InForce(ctx, tx, "", tx.Today())
	if err != nil {
		return nil, err
	}
	force := map[policy.VersionName]bool{}
	for _, v := range in {
		force[policy.VersionName{Policy: v.Policy, N: v.N}] = true
	}
	views := []PolicyVersion{}
	for _, v := range versions {
		views = append(views, PolicyVersion{v.Policy, string(v.Kind), v.N, v.ValidFrom, v.Rules, force[policy.VersionName{Policy: v.Policy, N: v.N}], v.Why, v.MadeBy, instant(v.MadeAt)})
	}
	return views, nil
}

// Policies gives the last saved version of each policy, by name.
func (a *App) Policies(ctx context.Context, call Call) (views []PolicyVersion, err error) {
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, err := policy.Latest(ctx, tx)
		if err == nil {
			views, err = viewPolicies(ctx, tx, all)
		}
		return err
	})
	return views, err
}

// Policy gives all versions of a policy, the newest first.
func (a *App) Policy(ctx context.Context, call Call, name string) (views []PolicyVersion, err error) {
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		if err := plain("policy", name); err != nil {
			return err
		}
		all, err := policy.Versions(ctx, tx, name)
		if err == nil {
			views, err = viewPolicies(ctx, tx, all)
		}
		return err
	})
	return views, err
}

// PolicySaving is a version of a policy to save.
type PolicySaving struct {
	Policy    string     `json:"policy"`
	Kind      string     `json:"kind"`       // blank: as the policy is
	ValidFrom civil.Date `json:"valid_from"` // blank: today
	Rules     string     `json:"rules"`      // blank: from then on it says nothing
	Why       string     `json:"why"`
}

// SavePolicy adds a version of a policy: policy.save. Rules that do not compile are refused, each with its place.
func (a *App) SavePolicy(ctx context.Context, call Call, x PolicySaving) (*PolicyVersion, error) {
	return do(ctx, a, call, command{name: "policy.save", permission: identity.SetUp, input: x}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *PolicyVersion, error) {
		if err := plainFields(&x); err != nil {
			return "", nil, nil, err
		}
		kind, err := kindOfPolicy(ctx, tx, x.Policy, x.Kind)
		if err != nil {
			return "", nil, nil, err
		}
		v := &policy.Version{Policy: x.Policy, Kind: kind, ValidFrom: orToday(x.ValidFrom, tx), Rules: strings.TrimSpace(x.Rules), Why: x.Why}
		if v.Rules != "" {
			v.Rules += "\n"
		}
		if v.ValidFrom < tx.Today() {
			return "", nil, nil, fault.New(fault.Refused, "%s is past; a version of a policy holds from today on, or later", v.ValidFrom).In("valid_from").ByRule("policy_past")
		}
		if err := policy.Save(ctx, tx, v); err != nil {
			return "", nil, nil, err
		}
		views, err := viewPolicies(ctx, tx, []policy.Version{*v})
		if err != nil {
			return "", nil, nil, err
		}
		return v.Policy, map[string]any{"version": v.N, "valid_from": v.ValidFrom, "why": v.Why}, &views[0], nil
	})
}

// kindOfPolicy gives the kind that is named, else that of the policy.
func kindOfPolicy(ctx context.Context, tx *db.Tx, name, kind string) (policy.Kind, error) {
	if kind != "" {
		return policy.Kind(kind), policy.CheckKind(policy.Kind(kind))
	}
	all, err := policy.Versions(ctx, tx, name)
	if fault.CodeOf(err) == fault.NotFound {
		return "", fault.New(fault.Invalid, "a new policy needs the kind of subject that it is about").In("kind")
	}
	if err != nil {
		return "", err
	}
	return all[0].Kind, nil
}

// PolicyTesting asks what policies say of a subject that is made up, or was decided on.
type PolicyTesting struct {
	Policy string        `json:"policy"`
	Kind   string        `json:"kind"`
	Rules  *string       `json:"rules"` // in the place of the policy's; nil: as they are
	Fields policy.Fields `json:"fields"`
}

// TestPolicy says what the policies of a kind say of a subject, and writes nothing.
func (a *App) TestPolicy(ctx context.Context, call Call, x PolicyTesting) (d *policy.Decision, err error) {
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		set, kind, err := changedPolicies(ctx, tx, x.Policy, x.Kind, x.Rules)
		if err != nil {
			return err
		}
		x.Fields.Kind, x.Fields.Today = string(kind), tx.Today().String()
		d, err = set.Evaluate(&x.Fields)
		return err
	})
	return d, err
}

// changedPolicies gives the policies of a kind as they would be with other rules for one of them.
func changedPolicies(ctx context.Context, tx *db.Tx, name, kind string, rules *string) (policy.Set, policy.Kind, error) {
	k := policy.Kind(kind)
	var err error
	if name != "" || kind == "" {
		k, err = kindOfPolicy(ctx, tx, name, kind)
	}
	if err = cmp.Or(err, plain("policy", name)); err != nil {
		return nil, k, err
	}
	if err := policy.CheckKind(k); err != nil {
		return nil, k, err
	}
	if rules == nil {
		set, err := policy.Load(ctx, tx, k, tx.Today())
		return set, k, err
	}
	set, err := policy.With(ctx, tx, cmp.Or(name, "NEW"), k, *rules, tx.Today())
	return set, k, err
}

// PolicySimulating asks what changed policies would have decided on the subjects of the past.
type PolicySimulating struct {
	Policy string     `json:"policy"`
	Kind   string     `json:"kind"`  // blank: as the policy is
	Rules  *string    `json:"rules"` // in the place of the policy's; nil: as they are now
	Since  civil.Date `json:"since"` // blank: 365 days ago
	Most   int        `json:"most"`  // subjects; 0: 1,000,000
}

const mostSimulated = 1_000_000

// PolicySimulation is what changed policies would have decided, and how long finding it out took.
type PolicySimulation struct {
	policy.Simulation
	Kind         string     `json:"kind"`
	Since        civil.Date `json:"since"`
	Milliseconds int64      `json:"milliseconds"`
}

// SimulatePolicy says what changed policies would have decided on the subjects of the past, and writes nothing.
func (a *App) SimulatePolicy(ctx context.Context, call Call, x PolicySimulating) (sim *PolicySimulation, err error) {
	began := time.Now()
	if x.Most <= 0 || x.Most > mostSimulated {
		x.Most = mostSimulated
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		set, kind, err := changedPolicies(ctx, tx, x.Policy, x.Kind, x.Rules)
		if err != nil {
			return err
		}
		since := tx.Now.Add(-365 * 24 * time.Hour)
		if !x.Since.IsZero() {
			since = x.Since.Time()
		}
		s, err := set.Simulate(policy.PastDecisions(ctx, tx, kind, since.UnixMicro(), x.Most))
		if err == nil {
			sim = &PolicySimulation{Simulation: *s, Kind: string(kind), Since: civil.FromTime(since), Milliseconds: time.Since(began).Milliseconds()}
		}
		return err
	})
	return sim, err
}
