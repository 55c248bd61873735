package policy

import (
	"context"
	"encoding/json"
	"errors"
	"iter"
	"regexp"
	"strings"

	jsonfast "github.com/go-json-experiment/json"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
)

var policyName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,39}$`)

// Save adds a version of a policy, and makes the policy when there is none with the name. Rules that do not compile are [fault.Invalid], with
// the place of each mistake. Blank rules end what the policy says from their day on.
func Save(ctx context.Context, tx *db.Tx, v *Version) error {
	if !policyName.MatchString(v.Policy) {
		return fault.New(fault.Invalid, "%q is not a policy's name; expected up to 40 letters, digits, hyphens or underscores, a letter first", v.Policy).In("policy")
	}
	if strings.TrimSpace(v.Why) == "" {
		return fault.New(fault.Invalid, "a version of a policy needs a word on why it is made").In("why")
	}
	if v.ValidFrom.IsZero() {
		return fault.New(fault.Invalid, "a version of a policy needs the day from which it holds").In("valid_from")
	}
	if _, err := Parse(v.Policy, 0, v.Kind, v.Rules); err != nil {
		return err
	}
	id, had, err := find(ctx, tx, v.Policy)
	switch {
	case err == nil && had != v.Kind:
		return fault.New(fault.Refused, "the policy %s is about subjects of kind %s, not %s; choose another name", v.Policy, had, v.Kind).ByRule("policy_kind").In("kind")
	case fault.CodeOf(err) == fault.NotFound:
		if id, err = tx.NewID(ctx); err == nil {
			_, err = tx.Exec(ctx, "insert into policy (company, id, name, kind) values ($1, $2, $3, $4)", tx.Company, id, v.Policy, string(v.Kind))
		}
	}
	if err != nil {
		return err
	}
	if err := tx.Row(ctx, "select coalesce(max(n), 0) + 1 from policy_version where company = $1 and policy = $2", tx.Company, id).Scan(&v.N); err != nil {
		return err
	}
	v.MadeBy, v.MadeAt, v.sha256 = tx.Actor, tx.Micros(), digest(v.Rules)
	n, err := tx.Exec(ctx, "insert into policy_version (company, policy, n, valid_from, rules, sha256, why, made_by, made_at) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
		tx.Company, id, v.N, v.ValidFrom, v.Rules, v.sha256, v.Why, v.MadeBy, v.MadeAt)
	if err == nil && n == 0 {
		err = db.Again("another version of the policy was saved at the same moment")
	}
	return err
}

// find gives the id and kind of the policy with the name; none is [fault.NotFound].
func find(ctx context.Context, tx *db.Tx, name string) (id int64, k Kind, err error) {
	err = tx.Row(ctx, "select id, kind from policy where company = $1 and name = $2", tx.Company, name).Scan(&id, &k)
	if errors.Is(err, db.ErrNoRows) {
		err = fault.New(fault.NotFound, "there is no policy %q; see: quittance policies list", name)
	}
	return id, k, err
}

const versionColumns = "p.name, p.kind, v.n, v.valid_from, v.rules, v.why, v.made_by, v.made_at, v.sha256 from policy_version v join policy p on p.company = v.company and p.id = v.policy where v.company = $1"

func scanVersion(r *db.Rows, v *Version) error {
	return r.Scan(&v.Policy, &v.Kind, &v.N, &v.ValidFrom, &v.Rules, &v.Why, &v.MadeBy, &v.MadeAt, &v.sha256)
}

// inForce is the condition of the one version of each policy that holds on the day $2: of those whose day has come the latest day, and of one
// day the last saved.
const inForce = ` and not exists (select 1 from policy_version w where w.company = v.company and w.policy = v.policy and w.valid_from <= $2
	and (w.valid_from > v.valid_from or (w.valid_from = v.valid_from and w.n > v.n))) and v.valid_from <= $2`

// InForce gives the versions that hold on a day, by name of their policies; of a kind, or of all when it is blank.
func InForce(ctx context.Context, tx *db.Tx, k Kind, on civil.Date) ([]Version, error) {
	return db.List(ctx, tx, scanVersion, "select "+versionColumns+inForce+" and ($3 = '' or p.kind = $3) and v.rules <> '' order by p.name", tx.Company, on, string(k))
}

// Versions gives all versions of a policy, the newest first; none is [fault.NotFound].
func Versions(ctx context.Context, tx *db.Tx, name string) ([]Version, error) {
	if _, _, err := find(ctx, tx, name); err != nil {
		return nil, err
	}
	return db.List(ctx, tx, scanVersion, "select "+versionColumns+" and p.name = $2 order by v.n desc", tx.Company, name)
}

// Latest gives the last saved version of each policy, by name.
func Latest(ctx context.Context, tx *db.Tx) ([]Version, error) {
	return db.List(ctx, tx, scanVersion, "select "+versionColumns+" and v.n = (select max(w.n) from policy_version w where w.company = v.company and w.policy = v.policy) order by p.name", tx.Company)
}

// Load compiles the policies of a kind that are in force on a day.
func Load(ctx context.Context, tx *db.Tx, k Kind, on civil.Date) (Set, error) {
	versions, err := InForce(ctx, tx, k, on)
	if err != nil {
		return nil, err
	}
	return compileAll(versions)
}

func compileAll(versions []Version) (Set, error) {
	set := make(Set, len(versions))
	for i, v := range versions {
		c, err := Parse(v.Policy, v.N, v.Kind, v.Rules)
		if err != nil {
			return nil, fault.New(fault.Internal, "version %d of the policy %s does not compile any more; save it anew", v.N, v.Policy).Because(err)
		}
		set[i] = c
	}
	return set, nil
}

// With gives the policies of a kind in force on a day as they would be with another text of rules for one of them.
func With(ctx context.Context, tx *db.Tx, name string, k Kind, rules string, on civil.Date) (Set, error) {
	changed, err := Parse(name, 0, k, rules)
	if err != nil {
		return nil, err
	}
	versions, err := InForce(ctx, tx, k, on)
	if err != nil {
		return nil, err
	}
	var others []Version
	for _, v := range versions {
		if v.Policy != name {
			others = append(others, v)
		}
	}
	set, err := compileAll(others)
	return append(set, changed), err
}

// Decide evaluates the policies in force on a subject and keeps the decision with the versions and the values that they saw. With no policy
// in force nothing is kept, and the decision says nothing.
func Decide(ctx context.Context, tx *db.Tx, k Kind, subject int64, name string, f *Fields) (*Decision, error) {
	set, err := Load(ctx, tx, k, tx.Today())
	if err != nil {
		return nil, err
	}
	return set.Decide(ctx, tx, k, subject, name, f)
}

// Decide is [Decide] for policies that are loaded already.
func (s Set) Decide(ctx context.Context, tx *db.Tx, k Kind, subject int64, name string, f *Fields) (*Decision, error) {
	f.Kind, f.Today = string(k), tx.Today().String()
	d, err := s.Evaluate(f)
	if err != nil || len(s) == 0 {
		return d, err
	}
	if d.ID, err = tx.NewID(ctx); err != nil {
		return nil, err
	}
	fields, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	versions, err := json.Marshal(d.Versions)
	if err != nil {
		return nil, err
	}
	result, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	_, err = tx.Exec(ctx, "insert into policy_decision (company, id, kind, subject, name, at, actor, outcome, versions, fields, result) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
		tx.Company, d.ID, string(k), subject, name, tx.Micros(), tx.Actor, string(d.Outcome), string(versions), string(fields), string(result))
	return d, err
}

// Kept is a decision as it is kept.
type Kept struct {
	ID      int64
	Kind    Kind
	Subject int64
	Name    string
	At      int64 // UTC microseconds
	Actor   string
	Fields  Fields
	Decision
}

const keptColumns = "id, kind, subject, name, at, actor, fields, result from policy_decision where company = $1"

func scanKept(r *db.Rows, k *Kept) error {
	var fields, result string
	if err := r.Scan(&k.ID, &k.Kind, &k.Subject, &k.Name, &k.At, &k.Actor, &fields, &result); err != nil {
		return err
	}
	return errors.Join(json.Unmarshal([]byte(fields), &k.Fields), json.Unmarshal([]byte(result), &k.Decision))
}

// Decisions gives those on a subject, the newest first.
func Decisions(ctx context.Context, tx *db.Tx, k Kind, subject int64) ([]Kept, error) {
	return db.List(ctx, tx, scanKept, "select "+keptColumns+" and kind = $2 and subject = $3 order by id desc", tx.Company, string(k), subject)
}

// errEnough ends going through decisions.
var errEnough = errors.New("policy: enough")

// PastDecisions goes through the decisions on subjects of a kind since an instant (UTC microseconds), at most limit of them, oldest first, for
// a simulation. Nothing else may be asked of the unit meanwhile, and what is given is overwritten by the next.
func PastDecisions(ctx context.Context, tx *db.Tx, k Kind, since int64, limit int) iter.Seq2[*Past, error] {
	return func(yield func(*Past, error) bool) {
		p := &Past{}
		// In the order of the ids, so that no index by kind serves, after which everything would be sorted.
		err := tx.Each(ctx, "select name, outcome, fields, result from policy_decision where company = $1 and kind || '' = $2 and at >= $3 order by id limit $4", []any{tx.Company, string(k), since, limit}, func(r *db.Rows) error {
			*p = Past{Name: r.Text(0), Outcome: Outcome(r.Text(1))}
			var d struct {
				Route string `json:"route"`
			}
			if err := errors.Join(jsonfast.Unmarshal(r.Bytes(2), &p.Fields), jsonfast.Unmarshal(r.Bytes(3), &d)); err != nil {
				return err
			}
			if p.Route = d.Route; !yield(p, nil) {
				return errEnough
			}
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			yield(nil, err)
		}
	}
}
