package api

import (
	"context"
	"maps"
	"net/http"
	"slices"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/policy"
)

const (
	policyTag    = "Policies"
	policiesPath = "/companies/{company}/policies"
	policyPath   = policiesPath + "/{policy}"
)

// PolicyOf names a policy of a company.
type PolicyOf struct {
	Company
	Policy string `path:"policy" maxLength:"40" doc:"Name of the policy." example:"REFUNDS"`
}

// PolicyVersions are the versions of a policy.
type PolicyVersions struct {
	Items []app.PolicyVersion `json:"items" doc:"The newest first."`
}

// PolicyBody is a version of a policy.
type PolicyBody struct {
	Kind      string     `json:"kind,omitempty" enum:"request,run,payment,write_off,resolution,payee_change,reversal" doc:"Of subjects; needed for a new policy."`
	ValidFrom civil.Date `json:"valid_from,omitempty" doc:"Today or later; today when it is not given."`
	Rules     string     `json:"rules" maxLength:"20000" doc:"One a line (see docs/approval.md); blank: the policy says nothing from the day on."`
	Why       string     `json:"why" minLength:"1" maxLength:"500"`
}

// ChangedPolicy is a policy as it would be.
type ChangedPolicy struct {
	Policy string  `json:"policy,omitempty" maxLength:"40" doc:"That is changed; a new one when it is not given."`
	Kind   string  `json:"kind,omitempty" enum:"request,run,payment,write_off,resolution,payee_change,reversal" doc:"Of subjects; that of the policy when it is not given."`
	Rules  *string `json:"rules,omitempty" maxLength:"20000" doc:"In the place of the policy's; the policies as they are when it is not given."`
}

// PolicyTrial describes a subject.
type PolicyTrial struct {
	ChangedPolicy
	Fields map[string]string `json:"fields,omitempty" doc:"Values by name (see get-policy-fields): amounts as decimals, yes or no, lists with commas between; what is not given is not known."`
}

// PolicyPast says which subjects of the past are looked at.
type PolicyPast struct {
	ChangedPolicy
	Since civil.Date `json:"since,omitempty" doc:"From this day on; 365 days ago when it is not given."`
	Most  int        `json:"most,omitempty" minimum:"0" maximum:"1000000" doc:"At most so many; 1,000,000 when it is not given."`
}

// PolicyVerdict is what policies say of a subject.
type PolicyVerdict struct{ policy.Decision }

// PolicyFields are the fields that rules know.
type PolicyFields struct {
	Items []policy.FieldInfo `json:"items"`
}

func policies(d *door) {
	policyVersions(d)
	policyTrials(d)
}

func policyVersions(d *door) {
	add(d, operation{id: "list-policies", method: http.MethodGet, path: policiesPath, tag: policyTag, permission: identity.Read, summary: "Policies", about: "The last saved version of each, by name."},
		func(ctx context.Context, in *struct {
			Company
			Paged
		},
		) (*page[app.PolicyVersion], error) {
			all, err := d.app.Policies(ctx, d.call(ctx, in.Company.Company, ""))
			return pageOf(ctx, cutInOrder(all, func(v *app.PolicyVersion) string { return v.Policy }, in.Paged), err)
		})
	add(d, operation{id: "get-policy", method: http.MethodGet, path: policyPath, tag: policyTag, permission: identity.Read, tagged: true, summary: "The versions of a policy"},
		func(ctx context.Context, in *struct {
			PolicyOf
			NoneMatch
		},
		) (*single[PolicyVersions], error) {
			v, err := d.policy(ctx, in.PolicyOf)
			if err != nil {
				return nil, err
			}
			return show(in.NoneMatch, *v)
		})
	add(d, operation{
		id: "save-policy", method: http.MethodPut, path: policyPath, tag: policyTag, permission: identity.SetUp, matched: true,
		summary: "Save a version of a policy", about: "No version is changed: each save adds one that holds from a day on. Rules that do not compile are refused, each with its place.",
	}, func(ctx context.Context, in *struct {
		PolicyOf
		Keyed
		Match
		Body PolicyBody
	},
	) (out *reply[*app.PolicyVersion], err error) {
		b := in.Body
		err = matching(d, in.Match, in.Company.Company+" policy "+in.Policy, func() (any, error) { return d.policy(ctx, in.PolicyOf) }, func() (err error) {
			out, err = answer(d.app.SavePolicy(ctx, d.call(ctx, in.Company.Company, in.Key), app.PolicySaving{Policy: in.Policy, Kind: b.Kind, ValidFrom: b.ValidFrom, Rules: b.Rules, Why: b.Why}))
			return err
		})
		return out, err
	})
}

func (d *door) policy(ctx context.Context, in PolicyOf) (*PolicyVersions, error) {
	all, err := d.app.Policy(ctx, d.call(ctx, in.Company.Company, ""), in.Policy)
	return &PolicyVersions{all}, err
}

func policyTrials(d *door) {
	add(d, operation{id: "get-policy-fields", method: http.MethodGet, path: "/policy-fields", tag: policyTag, permission: signedIn, summary: "The fields that rules know"},
		func(context.Context, *struct{}) (*reply[PolicyFields], error) {
			return answer(PolicyFields{policy.FieldInfos()}, nil)
		})
	add(d, operation{
		id: "preview-policy-decision", method: http.MethodPost, path: "/companies/{company}/policy-tests", tag: policyTag, permission: identity.Read, status: http.StatusOK,
		summary: "What policies say of a subject that is described", about: "Nothing is kept.",
	}, func(ctx context.Context, in *struct {
		Company
		Body PolicyTrial
	},
	) (*reply[PolicyVerdict], error) {
		f, err := readFields(in.Body.Fields)
		if err != nil {
			return nil, err
		}
		b := in.Body
		x, err := d.app.TestPolicy(ctx, d.call(ctx, in.Company.Company, ""), app.PolicyTesting{Policy: b.Policy, Kind: b.Kind, Rules: b.Rules, Fields: *f})
		if err != nil {
			return nil, err
		}
		return answer(PolicyVerdict{*x}, nil)
	})
	add(d, operation{
		id: "simulate-policy", method: http.MethodPost, path: "/companies/{company}/policy-simulations", tag: policyTag, permission: identity.Read, status: http.StatusOK,
		summary: "What changed policies would have decided", about: "On the subjects of the past: how many go from which outcome to which, what refuses how many, and the first 200 that would be decided otherwise.",
	}, func(ctx context.Context, in *struct {
		Company
		Body PolicyPast
	},
	) (*reply[*app.PolicySimulation], error) {
		b := in.Body
		return answer(d.app.SimulatePolicy(ctx, d.call(ctx, in.Company.Company, ""), app.PolicySimulating{Policy: b.Policy, Kind: b.Kind, Rules: b.Rules, Since: b.Since, Most: b.Most}))
	})
}

// readFields reads what is known of a subject; every value that cannot be read is told.
func readFields(texts map[string]string) (*policy.Fields, error) {
	f := policy.NewFields()
	var wrong fault.List
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		wrong.Add(f.Set(name, texts[name]))
	}
	return &f, wrong.Err()
}
