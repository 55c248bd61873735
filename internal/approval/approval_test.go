package approval_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"testing"
	"time"

	"quittance/internal/approval"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/money"
	"quittance/internal/policy"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var (
	ctx = context.Background()
	usd = money.MustCurrency("USD")
)

// desk is a company with people who ask and approve.
type desk struct {
	t   *testing.T
	d   *db.DB
	now time.Time
}

const hour = time.Hour

// people are the users, by their roles in the company.
var people = map[string][]identity.Role{
	"clara": {identity.Clerk}, "carl": {identity.Clerk}, "ann": {identity.Approver}, "abe": {identity.Approver}, "amy": {identity.Approver},
	"cora": {identity.Controller}, "both": {identity.Approver, identity.Controller}, "tess": {identity.Treasurer}, "adam": {identity.Administrator},
}

func newDesk(t *testing.T, d *db.DB) *desk {
	k := &desk{t: t, d: d, now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	k.as("adam", func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, "insert into company (id, code, name, country, currency, account_format) values (7, 'CO', 'Company', 'US', 'USD', 'MainAccount')"); err != nil {
			return err
		}
		for name, roles := range people {
			u := &identity.User{Name: name}
			for _, r := range roles {
				u.Grants = append(u.Grants, identity.Grant{Company: "CO", Role: r})
			}
			if err := identity.Add(ctx, tx, u, ""); err != nil {
				return err
			}
		}
		return nil
	})
	return k
}

// try runs fn as somebody.
func (k *desk) try(who string, fn func(tx *db.Tx) error) error {
	return k.d.Unit(ctx, db.Scope{Company: 7, Actor: who, Now: k.now}, func(ctx context.Context, tx *db.Tx) error { return fn(tx) })
}

func (k *desk) as(who string, fn func(tx *db.Tx) error) {
	k.t.Helper()
	if err := k.try(who, fn); err != nil {
		k.t.Fatalf("as %s: %v", who, err)
	}
}

func actor(name string) identity.Actor {
	return identity.Actor{Name: name, In: map[string][]identity.Role{"CO": people[name]}}
}

func digest(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// subject is a request of an amount in cents.
func subject(id int64, cents money.Amount, payee, content string) approval.Subject {
	return approval.Subject{
		Kind: policy.Request, ID: id, Name: fmt.Sprintf("RQ-%d", id), Title: "Refund", Digest: digest(content),
		Facts: approval.Facts{Type: "overpayment", Currency: "USD", Amount: cents, Worth: cents, Accounting: usd, Payee: payee},
	}
}

func users(names ...string) (all []approval.Who) {
	for _, n := range names {
		all = append(all, approval.Who{Name: n})
	}
	return all
}

func role(r identity.Role) approval.Who { return approval.Who{Role: true, Name: string(r)} }

// rule saves a rule on requests.
func (k *desk) rule(name string, from money.Amount, steps ...approval.Step) {
	k.t.Helper()
	k.as("adam", func(tx *db.Tx) error {
		return approval.SaveRule(ctx, tx, &approval.Rule{Name: name, Kind: policy.Request, From: from, ValidFrom: civil.MustParse("2026-01-01"), Active: true, Steps: steps, Why: "test"})
	})
}

// submit submits as clara.
func (k *desk) submit(s approval.Subject) (a *approval.Approval) {
	k.t.Helper()
	k.as("clara", func(tx *db.Tx) (err error) {
		a, err = approval.Submit(ctx, tx, s)
		return err
	})
	return a
}

func (k *desk) decide(who string, a *approval.Approval, v approval.Verb, reason string) error {
	return k.try(who, func(tx *db.Tx) error {
		got, err := approval.Decide(ctx, tx, actor(who), a.ID, approval.Decision{Verb: v, Reason: reason})
		if err == nil {
			*a = *got
		}
		return err
	})
}

func (k *desk) want(err error, rule string) {
	k.t.Helper()
	if got := fault.RuleOf(err); err == nil || got != rule {
		k.t.Errorf("got %v (rule %q), want the rule %q", err, got, rule)
	}
}

func (k *desk) ok(err error) {
	k.t.Helper()
	if err != nil {
		k.t.Error(err)
	}
}

func (k *desk) state(a *approval.Approval, want approval.State) {
	k.t.Helper()
	if a.State != want {
		k.t.Errorf("%s is %s, want %s", a.Code(), a.State, want)
	}
}

func TestNoRuleNeedsNoApproval(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.as("clara", func(tx *db.Tx) error {
			if err := approval.Require(ctx, tx, policy.Request, 1, digest("x")); err != nil {
				return err
			}
			return approval.Use(ctx, tx, subject(1, 100, "C-1", "x"))
		})
		a := k.submit(subject(1, 100, "C-1", "x"))
		if k.state(a, approval.Approved); !a.Automatic || a.Rule != "" {
			t.Errorf("approved by %+v", a)
		}
	})
}

func TestTwoSteps(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.rule("LARGE", 100_00, approval.Step{Approvers: []approval.Who{role(identity.Approver)}, Need: 2}, approval.Step{Approvers: []approval.Who{role(identity.Controller)}, Need: 1})
		a := k.submit(subject(1, 500_00, "C-1", "x"))
		k.state(a, approval.Waiting)
		k.want(k.try("tess", func(tx *db.Tx) error { return approval.Require(ctx, tx, policy.Request, 1, digest("x")) }), "waits_for_approval")
		k.ok(k.decide("ann", a, approval.Approving, ""))
		k.want(k.decide("cora", a, approval.Approving, ""), "not_approver")
		k.want(k.decide("ann", a, approval.Approving, ""), "separation_of_duties")
		k.ok(k.decide("both", a, approval.Approving, ""))
		if a.Step != 2 {
			t.Errorf("at step %d", a.Step)
		}
		k.want(k.decide("both", a, approval.Approving, ""), "separation_of_duties") // has the role, but was at step 1
		k.ok(k.decide("cora", a, approval.Approving, ""))
		k.state(a, approval.Approved)
		k.as("tess", func(tx *db.Tx) error { return approval.Require(ctx, tx, policy.Request, 1, digest("x")) })
		k.want(k.try("tess", func(tx *db.Tx) error { return approval.Require(ctx, tx, policy.Request, 1, digest("y")) }), "changed_after_approval")
		k.want(k.try("cora", func(tx *db.Tx) error { return approval.Payer(ctx, tx, policy.Request, 1, "cora") }), "separation_of_duties")
		k.as("tess", func(tx *db.Tx) error { return approval.Payer(ctx, tx, policy.Request, 1, "tess") })
	})
}
