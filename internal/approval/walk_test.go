package approval_test

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"quittance/internal/approval"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/money"
	"quittance/internal/policy"
)

// reach brings a new approval of subject id to a state, by the shortest way.
func (k *desk) reach(id int64, to approval.State) *approval.Approval {
	k.t.Helper()
	a := k.submit(subject(id, 500_00, "C-1", "x"))
	switch to {
	case approval.MoreInformation:
		k.ok(k.decide("ann", a, approval.Asking, "why?"))
	case approval.Approved, approval.Used:
		k.ok(k.decide("ann", a, approval.Approving, ""))
		if to == approval.Used {
			k.as("clara", func(tx *db.Tx) error { return approval.Use(ctx, tx, subject(id, 500_00, "C-1", "x")) })
		}
	case approval.Rejected:
		k.ok(k.decide("ann", a, approval.Rejecting, "no"))
	case approval.Withdrawn:
		k.ok(k.decide("clara", a, approval.Withdrawing, "not needed"))
	case approval.Voided:
		k.as("carl", func(tx *db.Tx) error { return approval.Void(ctx, tx, policy.Request, id, "changed") })
	}
	k.as("clara", func(tx *db.Tx) (err error) {
		a, err = approval.Find(ctx, tx, a.ID)
		return err
	})
	if a.State != to {
		k.t.Fatalf("reached %s, want %s", a.State, to)
	}
	return a
}

// do does a verb to an approval, whoever may do it.
func (k *desk) do(a *approval.Approval, v approval.Verb) error {
	switch v {
	case approval.Submitting: // what is live already is given as it is
		return k.try("clara", func(tx *db.Tx) error {
			got, err := approval.Submit(ctx, tx, subject(a.Subject, 500_00, "C-1", "x"))
			if err == nil && got.ID == a.ID {
				return fault.New(fault.Refused, "the same").ByRule("approval_state")
			}
			return err
		})
	case approval.Voiding:
		return k.try("clara", func(tx *db.Tx) error {
			if err := approval.Void(ctx, tx, policy.Request, a.Subject, "changed"); err != nil {
				return err
			}
			if got, err := approval.Find(ctx, tx, a.ID); err != nil || got.State == a.State {
				return fault.New(fault.Refused, "nothing happened").ByRule("approval_state")
			}
			return nil
		})
	case approval.Using:
		return k.try("clara", func(tx *db.Tx) error {
			if err := approval.Use(ctx, tx, subject(a.Subject, 500_00, "C-1", "x")); err != nil {
				return fault.New(fault.Refused, "%v", err).ByRule("approval_state")
			}
			return nil
		})
	case approval.Reminding:
		k.now = k.now.Add(2 * hour)
		return k.try("clara", func(tx *db.Tx) error {
			if len(approval.Next[a.State][approval.Reminding]) == 0 {
				return fault.New(fault.Refused, "not due").ByRule("approval_state")
			}
			_, err := approval.Remind(ctx, tx, a)
			return err
		})
	case approval.Answering, approval.Withdrawing:
		return k.decide("clara", a, v, "because")
	}
	return k.decide("ann", a, v, "because")
}

// Every transition of the table is walked, and every other one is refused and changes nothing. The events that stay have the names of the
// diagram.
func TestEveryTransition(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.rule("R", 0, approval.Step{Approvers: []approval.Who{role(identity.Approver)}, Need: 1, RemindAfter: 1})
		id := int64(0)
		for _, from := range approval.States() {
			for _, v := range approval.Verbs() {
				id++
				name := fmt.Sprintf("%s by %s", from, v)
				a := k.reach(id, from)
				err := k.do(a, v)
				to := approval.Next[from][v]
				ends := !from.Live() && v == approval.Submitting // a new approval, beside the ended one
				if (err == nil) != (len(to) > 0 || ends) {
					t.Errorf("%s: %v", name, err)
				}
				if err != nil && fault.RuleOf(err) != "approval_state" {
					t.Errorf("%s: %v is refused by %q", name, err, fault.RuleOf(err))
				}
				k.as("clara", func(tx *db.Tx) error {
					got, err := approval.Find(ctx, tx, a.ID)
					if err != nil {
						return err
					}
					if len(to) > 0 && !slices.Contains(to, got.State) || len(to) == 0 && got.State != from {
						t.Errorf("%s leads to %s", name, got.State)
					}
					events, err := approval.Events(ctx, tx, a.ID)
					if last := events[len(events)-1]; len(to) > 0 && last.Verb != v || last.State != got.State || string(last.Digest) != string(digest("x")) {
						t.Errorf("%s: the last event is %+v", name, last)
					}
					return err
				})
			}
		}
		k.as("clara", func(tx *db.Tx) error {
			found, err := approval.Check(ctx, tx)
			if len(found) > 0 {
				t.Errorf("found %v", found)
			}
			return err
		})
	})
}

// The database refuses what the table does not know.
func TestTheDatabaseKnowsTheStates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.rule("R", 0, approval.Step{Approvers: []approval.Who{role(identity.Approver)}, Need: 1})
		a := k.reach(1, approval.Waiting)
		for _, sql := range []string{
			"update approval set state = 'perhaps' where id = $1", "update approval set state = 'approved', ended_at = 1 where id = $1", "update approval set state = 'rejected' where id = $1",
			"update approval set automatic = 1 where id = $1", "update approval_event set verb = 'nod' where approval = $1", "update approval_event set state = 'perhaps' where approval = $1",
		} {
			if err := k.try("clara", func(tx *db.Tx) error { _, err := tx.Exec(ctx, sql, a.ID); return err }); err == nil {
				t.Errorf("the database takes %s", sql)
			}
		}
	})
}

// The diagram in the docs has just the transitions of the table.
func TestTheDiagram(t *testing.T) {
	text, err := os.ReadFile("../../docs/approval.md")
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^\s*(\[\*\]|\w+) --> (\w+): (\w+)$`).FindAllStringSubmatch(string(text), -1) {
		drawn[strings.Join([]string{strings.TrimPrefix(m[1], "[*]"), m[3], m[2]}, " ")] = true
	}
	known := map[string]bool{}
	for from, verbs := range approval.Next {
		for v, tos := range verbs {
			for _, to := range tos {
				x := fmt.Sprintf("%s %s %s", from, v, to)
				if known[x] = true; !drawn[x] {
					t.Errorf("docs/approval.md does not draw %s", x)
				}
			}
		}
	}
	for x := range drawn {
		if !known[x] {
			t.Errorf("docs/approval.md draws %s, which there is not", x)
		}
	}
}

// Every shortcut against separation of duties.
func TestShortcuts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.rule("R", 0, approval.Step{Approvers: []approval.Who{role(identity.Approver), role(identity.Clerk), role(identity.Administrator)}, Need: 1}, approval.Step{Approvers: []approval.Who{role(identity.Approver)}, Need: 1})
		delegate := func(from, to string) {
			k.t.Helper()
			k.as(from, func(tx *db.Tx) error {
				return approval.Delegate(ctx, tx, &approval.Delegation{From: from, To: to, First: tx.Today(), Last: tx.Today()}, false)
			})
		}
		link := func(user, party string) {
			k.as("adam", func(tx *db.Tx) error { return approval.Link(ctx, tx, user, party, true) })
		}
		const sod = "separation_of_duties"
		// The requester, and who submits for somebody else, though both are approvers by their role.
		s := subject(1, 100, "C-1", "x")
		s.Facts.Requester = "carl"
		a := k.submit(s)
		k.want(k.decide("clara", a, approval.Approving, ""), sod)
		k.want(k.decide("carl", a, approval.Approving, ""), sod)
		k.want(k.decide("clara", a, approval.Rejecting, "no"), sod)
		// A deputy of the requester.
		delegate("clara", "tess")
		k.want(k.decide("tess", a, approval.Approving, ""), sod)
		// The operator, in person and by name.
		k.want(k.decide("operator:root", a, approval.Approving, ""), sod)
		k.want(k.decide("operator:root", a, approval.Withdrawing, "x"), sod)
		k.want(k.try("operator:root", func(tx *db.Tx) error { return approval.Payer(ctx, tx, policy.Request, 1, "operator:root") }), sod)
		k.want(k.try("clara", func(tx *db.Tx) error {
			return approval.Delegate(ctx, tx, &approval.Delegation{From: "clara", To: "operator:root", First: tx.Today(), Last: tx.Today()}, false)
		}), sod)
		// Who is paid, and a deputy of who is paid.
		link("abe", "C-1")
		k.want(k.decide("abe", a, approval.Approving, ""), sod)
		delegate("abe", "tess")
		k.want(k.decide("tess", a, approval.Approving, ""), sod)
		// An administrator makes himself a deputy of an approver.
		k.want(k.try("adam", func(tx *db.Tx) error {
			return approval.Delegate(ctx, tx, &approval.Delegation{From: "ann", To: "adam", First: tx.Today(), Last: tx.Today()}, true)
		}), sod)
		// Somebody delegates what is not his.
		k.want(k.try("carl", func(tx *db.Tx) error {
			return approval.Delegate(ctx, tx, &approval.Delegation{From: "ann", To: "carl", First: tx.Today(), Last: tx.Today()}, false)
		}), sod)
		// The same person at two steps, in person and as a deputy; and the deputy after who delegated.
		delegate("amy", "ann")
		k.ok(k.decide("ann", a, approval.Approving, ""))
		k.want(k.decide("ann", a, approval.Approving, ""), sod)
		delegate("ann", "tess")
		k.want(k.decide("tess", a, approval.Approving, ""), sod)
		// Of the deputies of two approvers a third person may.
		k.as("amy", func(tx *db.Tx) error {
			return approval.Delegate(ctx, tx, &approval.Delegation{From: "amy", To: "tess", First: tx.Today(), Last: tx.Today(), Kind: policy.Request}, false)
		})
		k.ok(k.decide("tess", a, approval.Approving, ""))
		k.state(a, approval.Approved)
		// Who approved, in person or by a deputy, does not carry it out; nor does who stood in.
		for _, who := range []string{"ann", "tess", "amy"} {
			k.want(k.try(who, func(tx *db.Tx) error { return approval.Payer(ctx, tx, policy.Request, 1, who) }), sod)
			k.want(k.try(who, func(tx *db.Tx) error { return approval.Use(ctx, tx, s) }), sod)
		}
		// Other content, and the same content twice.
		changed := s
		changed.Digest = digest("y")
		k.want(k.try("carl", func(tx *db.Tx) error { return approval.Use(ctx, tx, changed) }), "changed_after_approval")
		k.as("carl", func(tx *db.Tx) error { return approval.Use(ctx, tx, s) })
		k.want(k.try("carl", func(tx *db.Tx) error { return approval.Use(ctx, tx, s) }), "not_approved")
		k.want(k.try("carl", func(tx *db.Tx) error { return approval.Require(ctx, tx, s.Kind, s.ID, s.Digest) }), "approval_used")
		// A stale page.
		b := k.submit(subject(2, 100, "C-2", "x"))
		k.want(k.try("ann", func(tx *db.Tx) error {
			_, err := approval.Decide(ctx, tx, actor("ann"), b.ID, approval.Decision{Verb: approval.Approving, Digest: digest("y")})
			return err
		}), "changed_meanwhile")
		// Somebody else answers or withdraws; a stranger approves; a shut-out approver's deputy.
		k.want(k.decide("carl", b, approval.Withdrawing, "x"), "not_requester")
		k.want(k.decide("cora", b, approval.Approving, ""), "not_approver")
		k.as("adam", func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "update approval_delegation set ended_by = 'adam', ended_at = 1 where from_user <> 'amy'"); err != nil {
				return err
			}
			u, err := identity.Find(ctx, tx, "amy")
			if err != nil {
				return err
			}
			return identity.SetDisabled(ctx, tx, u, true)
		})
		k.want(k.decide("tess", b, approval.Approving, ""), "not_approver")
		k.want(k.decide("ann", b, approval.Rejecting, " "), "")
	})
}

// A changed subject voids its approval, and begins anew.
func TestChangeVoids(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.rule("R", 0, approval.Step{Approvers: []approval.Who{role(identity.Approver)}, Need: 1})
		a := k.reach(1, approval.Approved)
		if b := k.submit(subject(1, 500_00, "C-1", "x")); b.ID != a.ID {
			t.Errorf("submitted again as %s", b.Code())
		}
		b := k.submit(subject(1, 500_00, "C-1", "y"))
		if b.ID == a.ID || b.State != approval.Waiting {
			t.Errorf("%s is %s", b.Code(), b.State)
		}
		k.as("clara", func(tx *db.Tx) error {
			old, err := approval.Find(ctx, tx, a.ID)
			if err == nil && old.State != approval.Voided {
				t.Errorf("the old one is %s", old.State)
			}
			return err
		})
		k.want(k.decide("abe", a, approval.Approving, ""), "approval_state")
	})
}

// Two approvers decide at the same moment: both count once, and a step never has more than it needs.
func TestAtTheSameMoment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.rule("R", 0, approval.Step{Approvers: []approval.Who{role(identity.Approver)}, Need: 2})
		for id := int64(1); id <= 5; id++ {
			a := k.submit(subject(id, 500_00, "C-1", "x"))
			errs := make(chan error)
			for _, who := range []string{"ann", "abe", "amy", "both"} {
				mine := *a
				go func() { errs <- k.decide(who, &mine, approval.Approving, "") }()
			}
			won := 0
			for range 4 {
				if err := <-errs; err == nil {
					won++
				}
			}
			if won != 2 {
				t.Errorf("%d approvals were taken", won)
			}
		}
	})
}

// All of: each approver that the step names, by another person; some of: so many of them.
func TestAllOfAndSomeOf(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.rule("R", 0, approval.Step{Approvers: []approval.Who{role(identity.Approver), role(identity.Controller)}, Need: 2})
		a := k.submit(subject(1, 100, "", "x"))
		k.ok(k.decide("ann", a, approval.Approving, ""))
		k.want(k.decide("abe", a, approval.Approving, ""), "approved_already")
		k.ok(k.decide("cora", a, approval.Approving, ""))
		k.state(a, approval.Approved)
		a = k.submit(subject(2, 100, "", "x")) // both has both roles, and serves as whichever is missing
		k.ok(k.decide("both", a, approval.Approving, ""))
		k.ok(k.decide("ann", a, approval.Approving, ""))
		k.state(a, approval.Approved)
		a = k.submit(subject(3, 100, "", "x"))
		k.ok(k.decide("both", a, approval.Approving, ""))
		k.ok(k.decide("cora", a, approval.Approving, ""))
		k.state(a, approval.Approved)
		k.rule("R", 0, approval.Step{Approvers: users("ann", "abe", "amy"), Need: 2})
		a = k.submit(subject(4, 100, "", "x"))
		k.ok(k.decide("amy", a, approval.Approving, ""))
		k.want(k.decide("both", a, approval.Approving, ""), "not_approver")
		k.ok(k.decide("ann", a, approval.Approving, ""))
		k.state(a, approval.Approved)
	})
}

// The closest rule by band, type and organisation; a route by name.
func TestChoose(t *testing.T) {
	below := money.Amount(100)
	rules := []approval.Rule{
		{Name: "SMALL", Kind: policy.Request, Below: &below},
		{Name: "LARGE", Kind: policy.Request, From: 100},
		{Name: "HUGE", Kind: policy.Request, From: 1000},
		{Name: "EXPENSE", Kind: policy.Request, Type: "expense"},
		{Name: "UTL", Kind: policy.Request, Organisation: "UTL"},
		{Name: "SPECIAL", Kind: policy.Request, ByName: true},
		{Name: "RUN", Kind: policy.Run},
	}
	for _, c := range []struct {
		f           approval.Facts
		route, want string
	}{
		{approval.Facts{Worth: 99}, "", "SMALL"},
		{approval.Facts{Worth: 100}, "", "LARGE"},
		{approval.Facts{Worth: -1000}, "", "HUGE"},
		{approval.Facts{Worth: 1000, Type: "expense"}, "", "EXPENSE"},
		{approval.Facts{Worth: 1000, Type: "expense", Organisation: "UTL"}, "", "UTL"},
		{approval.Facts{Worth: 5}, "SPECIAL", "SPECIAL"},
		{approval.Facts{}, "RUN", ""},
	} {
		r, err := approval.Choose(rules, policy.Request, &c.f, c.route)
		if c.want == "" {
			if fault.RuleOf(err) != "no_route" {
				t.Errorf("%+v: %v", c, err)
			}
		} else if err != nil || r.Name != c.want {
			t.Errorf("%+v goes by %+v, %v", c, r, err)
		}
	}
	if r, err := approval.Choose(rules, policy.Payment, &approval.Facts{}, ""); r != nil || err != nil {
		t.Errorf("got %v %v", r, err)
	}
}

func (k *desk) inbox(who string) string {
	k.t.Helper()
	var names []string
	k.as(who, func(tx *db.Tx) error {
		all, err := approval.Inbox(ctx, tx, actor(who), approval.Filter{}, 0, 100)
		for _, a := range all {
			names = append(names, a.Name)
		}
		return err
	})
	return strings.Join(names, " ")
}

// The inbox has what somebody may decide on now, and nothing else; reminders and escalation come at their time.
func TestInbox(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.rule("R", 0, approval.Step{Approvers: []approval.Who{role(identity.Approver)}, Need: 2, RemindAfter: 24, EscalateAfter: 48, EscalateTo: users("cora")}, approval.Step{Approvers: users("cora", "carl"), Need: 1, RemindAfter: 1})
		a := k.submit(subject(1, 100_00, "C-1", "x"))
		k.submit(subject(2, 100_00, "C-2", "x"))
		k.as("adam", func(tx *db.Tx) error { return approval.Link(ctx, tx, "abe", "C-1", true) })
		k.as("amy", func(tx *db.Tx) error {
			return approval.Delegate(ctx, tx, &approval.Delegation{From: "amy", To: "tess", First: tx.Today().AddDays(1), Last: tx.Today().AddDays(3), Why: "away"}, false)
		})
		check := func(when string, want map[string]string) {
			t.Helper()
			for who, names := range want {
				if got := k.inbox(who); got != names {
					t.Errorf("%s: the inbox of %s has %q, want %q", when, who, got, names)
				}
			}
		}
		check("at once", map[string]string{"ann": "RQ-1 RQ-2", "abe": "RQ-2", "clara": "", "cora": "", "tess": "", "operator:root": ""})
		k.ok(k.decide("ann", a, approval.Approving, ""))
		check("after ann", map[string]string{"ann": "RQ-2", "amy": "RQ-1 RQ-2"})
		due := func(want int) {
			t.Helper()
			k.as("adam", func(tx *db.Tx) error {
				all, err := approval.Due(ctx, tx, approval.Filter{}, 100)
				if len(all) != want {
					t.Errorf("%d are due, want %d", len(all), want)
				}
				for i := range all {
					if did, err := approval.Remind(ctx, tx, &all[i]); err != nil || !did {
						return err
					}
				}
				return err
			})
		}
		due(0)
		k.now = k.now.Add(25 * hour)
		check("the next day", map[string]string{"tess": "RQ-1 RQ-2", "cora": ""})
		due(2)
		due(0)
		k.want(k.decide("cora", a, approval.Approving, ""), "not_approver")
		k.now = k.now.Add(24 * hour)
		check("escalated", map[string]string{"cora": "RQ-1 RQ-2", "ann": "RQ-2"})
		due(2)
		due(0)
		k.ok(k.decide("cora", a, approval.Approving, ""))
		check("the second step", map[string]string{"cora": "RQ-2", "carl": "RQ-1", "tess": "RQ-2"})
		k.now = k.now.Add(72 * hour)
		check("the delegation is over", map[string]string{"tess": ""})
		due(1)
		// Neither tess nor carl has the permission, whatever the rule and the deputy say.
		k.told(
			`approval.requested RQ-1 ["abe","amy","ann","both"]`, `approval.requested RQ-2 ["abe","amy","ann","both"]`, `approval.reminded RQ-1 ["amy","both"]`, `approval.reminded RQ-2 ["abe","amy","ann","both"]`,
			`approval.escalated RQ-1 ["amy","both","cora"]`, `approval.escalated RQ-2 ["abe","amy","ann","both","cora"]`, `approval.requested RQ-1 []`, `approval.reminded RQ-1 []`)
		k.as("amy", func(tx *db.Tx) error {
			all, err := approval.Delegations(ctx, tx, "", civil.MustParse("2026-11-01"))
			if err != nil || len(all) != 1 {
				t.Fatal(all, err)
			}
			return approval.EndDelegation(ctx, tx, all[0].ID, false)
		})
	})
}

// told compares the events of approvals with those that are wanted: kind, subject, and who is told.
func (k *desk) told(want ...string) {
	k.t.Helper()
	k.as("clara", func(tx *db.Tx) error {
		got, err := db.List(ctx, tx, func(r *db.Rows, s *string) error {
			var kind, subject, concerns string
			err := r.Scan(&kind, &subject, &concerns)
			*s = kind + " " + subject + " " + concerns
			return err
		}, "select kind, subject, concerns from event where company = $1 and kind like 'approval.%' order by at, id", tx.Company)
		if a, b := strings.Join(got, "\n"), strings.Join(want, "\n"); a != b {
			k.t.Errorf("told is\n%s\nwant\n%s", a, b)
		}
		return err
	})
}

// Everything that is decided is told, to who asked or who may decide.
func TestEvents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.rule("R", 0, approval.Step{Approvers: users("ann", "abe"), Need: 2}, approval.Step{Approvers: users("cora"), Need: 1})
		a := k.submit(subject(1, 100_00, "C-1", "x"))
		k.ok(k.decide("ann", a, approval.Asking, "which?"))
		k.ok(k.decide("clara", a, approval.Answering, "this"))
		k.ok(k.decide("ann", a, approval.Approving, ""))
		k.ok(k.decide("abe", a, approval.Approving, ""))
		k.ok(k.decide("cora", a, approval.Approving, ""))
		k.as("clara", func(tx *db.Tx) error { return approval.Void(ctx, tx, policy.Request, 1, "changed") })
		k.ok(k.decide("ann", k.submit(subject(2, 100_00, "C-1", "x")), approval.Rejecting, "no"))
		k.ok(k.decide("clara", k.submit(subject(3, 100_00, "C-1", "x")), approval.Withdrawing, "no"))
		k.told(
			`approval.requested RQ-1 ["abe","ann"]`, `approval.more_information RQ-1 ["clara"]`, `approval.requested RQ-1 ["abe","ann"]`, `approval.requested RQ-1 ["cora"]`,
			`approval.approved RQ-1 ["clara"]`, `approval.voided RQ-1 ["abe","ann","clara","cora"]`,
			`approval.requested RQ-2 ["abe","ann"]`, `approval.rejected RQ-2 ["clara"]`, `approval.requested RQ-3 ["abe","ann"]`, `approval.withdrawn RQ-3 ["abe","ann","clara"]`)
	})
}

// An amount beyond the end of all bands is refused: smaller ones need approval.
func TestGap(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		below := money.Amount(500_00)
		k.as("adam", func(tx *db.Tx) error {
			return approval.SaveRule(ctx, tx, &approval.Rule{Name: "SMALL", Kind: policy.Request, From: 100_00, Below: &below, ValidFrom: tx.Today(), Active: true, Why: "test", Steps: []approval.Step{{Approvers: users("ann"), Need: 1}}})
		})
		if a := k.submit(subject(1, 99_99, "C-1", "x")); !a.Automatic {
			t.Errorf("below the first band it is %+v", a)
		}
		if a := k.submit(subject(2, 499_99, "C-1", "x")); a.State != approval.Waiting || a.Rule != "SMALL" {
			t.Errorf("in the band it is %+v", a)
		}
		k.want(k.try("clara", func(tx *db.Tx) error {
			_, err := approval.Submit(ctx, tx, subject(3, 500_00, "C-1", "x"))
			return err
		}), "no_rule")
		one := subject(4, 500_00, "C-1", "x")
		one.Otherwise = []approval.Step{{Approvers: users("abe"), Need: 1}}
		if a := k.submit(one); a.State != approval.Waiting || a.Rule != "" || a.Steps != 1 {
			t.Errorf("with somebody for it, it is %+v", a)
		}
	})
}

// Limits of one subject, of all within days, and to one payee.
func TestLimits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.rule("R", 0, approval.Step{Approvers: []approval.Who{role(identity.Approver)}, Need: 1})
		limit := func(l approval.Limit) {
			t.Helper()
			k.as("adam", func(tx *db.Tx) error { return approval.SaveLimit(ctx, tx, &l, false) })
		}
		cents := func(n money.Amount) *money.Amount { return &n }
		limit(approval.Limit{Who: role(identity.Approver), Single: cents(100_00), Total: cents(250_00), Days: 30})
		limit(approval.Limit{Who: users("amy")[0], Single: cents(1000_00), PayeeTotal: cents(1500_00)})
		id := int64(0)
		one := func(who string, amount money.Amount, payee, rule string) {
			t.Helper()
			id++
			a := k.submit(subject(id, amount, payee, "x"))
			if err := k.decide(who, a, approval.Approving, ""); fault.RuleOf(err) != rule || (err == nil) != (rule == "") {
				t.Errorf("%s approves %d to %s: %v, want the rule %q", who, amount, payee, err, rule)
			}
		}
		one("ann", 100_01, "C-1", "approval_limit")
		one("ann", 100_00, "C-1", "")
		one("ann", 100_00, "C-2", "")
		one("ann", 50_01, "C-3", "approval_limit")
		one("ann", 50_00, "C-3", "")
		one("abe", 100_00, "C-3", "")
		one("amy", 1000_00, "C-4", "")
		one("amy", 500_01, "C-4", "approval_limit")
		one("amy", 500_01, "C-5", "")
		k.now = k.now.AddDate(0, 0, 31)
		one("ann", 100_00, "C-1", "")
		// A deputy has no more than who delegated, nor than himself.
		k.as("ann", func(tx *db.Tx) error {
			return approval.Delegate(ctx, tx, &approval.Delegation{From: "ann", To: "tess", First: tx.Today(), Last: tx.Today()}, false)
		})
		one("tess", 100_01, "C-6", "approval_limit")
		one("tess", 100_00, "C-6", "")
		one("ann", 50_01, "C-6", "approval_limit") // what the deputy approved counts for both
	})
}

// Policies route, refuse, approve by themselves, and see the totals of the payee.
func TestPolicies(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.rule("R", 0, approval.Step{Approvers: []approval.Who{role(identity.Approver)}, Need: 1})
		k.as("adam", func(tx *db.Tx) error {
			err := approval.SaveRule(ctx, tx, &approval.Rule{Name: "CFO", Kind: policy.Request, ByName: true, ValidFrom: civil.MustParse("2026-01-01"), Active: true, Why: "x", Steps: []approval.Step{{Approvers: users("cora"), Need: 1}}})
			if err != nil {
				return err
			}
			return policy.Save(ctx, tx, &policy.Version{Policy: "P", Kind: policy.Request, ValidFrom: civil.MustParse("2026-01-01"), Why: "x", Rules: "approve when amount < 10 && payee_total_30 <= 15\nroute CFO when payee_total_90 > 100\nrefuse \"never\" when type == \"never\"\n"})
		})
		a := k.submit(subject(1, 9_00, "C-1", "x"))
		if k.state(a, approval.Approved); !a.Automatic || a.Decision == 0 {
			t.Errorf("%+v", a)
		}
		b := k.submit(subject(2, 9_00, "C-1", "x"))
		if k.state(b, approval.Waiting); b.Rule != "R" {
			t.Errorf("goes by %s", b.Rule)
		}
		c := k.submit(subject(3, 90_00, "C-1", "x"))
		if k.state(c, approval.Waiting); c.Rule != "CFO" {
			t.Errorf("goes by %s", c.Rule)
		}
		s := subject(4, 90_00, "C-1", "x")
		s.Facts.Type = "never"
		k.want(k.try("clara", func(tx *db.Tx) error { _, err := approval.Submit(ctx, tx, s); return err }), "policy")
	})
}

// A rule that cannot be is refused, everything at once.
func TestMistakesOfRules(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		below := money.Amount(1)
		for _, r := range []approval.Rule{
			{},
			{Name: "R", Kind: "loan"},
			{Name: "R", Kind: policy.Request, From: 5, Below: &below},
			{Name: "R", Kind: policy.Request, Active: true},
			{Name: "R", Kind: policy.Request, Steps: []approval.Step{{Approvers: users("ann"), Need: 2}}},
			{Name: "R", Kind: policy.Request, Steps: []approval.Step{{Approvers: users("nobody"), Need: 1}}, ValidFrom: 1, Why: "x"},
			{Name: "R", Kind: policy.Request, Steps: []approval.Step{{Approvers: []approval.Who{{Role: true, Name: "king"}}, Need: 1}}},
			{Name: "R", Kind: policy.Request, Steps: []approval.Step{{Approvers: users("operator:root"), Need: 1}}},
			{Name: "R", Kind: policy.Request, Steps: []approval.Step{{Approvers: users("ann"), Need: 1, EscalateAfter: 5}}},
			{Name: "R", Kind: policy.Request, Steps: []approval.Step{{Approvers: users("ann", "ann"), Need: 1}}},
		} {
			if err := k.try("adam", func(tx *db.Tx) error { return approval.SaveRule(ctx, tx, &r) }); err == nil || fault.CodeOf(err) == fault.Internal {
				t.Errorf("%+v is saved: %v", r, err)
			}
		}
	})
}

// What is done to approvals behind the program's back is found, each by its own proof.
func TestCheckFindsDamage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := newDesk(t, d)
		k.rule("R", 0, approval.Step{Approvers: []approval.Who{role(identity.Approver)}, Need: 2})
		a := k.submit(subject(1, 500_00, "C-1", "x"))
		k.ok(k.decide("ann", a, approval.Approving, ""))
		k.ok(k.decide("abe", a, approval.Approving, ""))
		k.as("carl", func(tx *db.Tx) error { return approval.Use(ctx, tx, subject(1, 500_00, "C-1", "x")) })
		for _, x := range []struct {
			rules []string
			sql   string
		}{
			{nil, "update approval set title = title"},
			{[]string{"approval_state"}, "update approval set state = 'approved'"},
			{[]string{"approval_decisions"}, "update approval_event set actor = 'ann' where actor = 'abe'"},
			{[]string{"approval_decisions"}, "delete from approval_event where actor = 'abe'"},
			{[]string{"approval_digest"}, "update approval set digest = BYTES"},
			{[]string{"approval_own"}, "update approval_event set actor = 'clara' where actor = 'abe'"},
			{[]string{"approval_own"}, "update approval_event set acting_for = 'clara' where actor = 'abe'"},
			{[]string{"approval_operator"}, "update approval_event set actor = 'operator:root' where actor = 'abe'"},
			{[]string{"approval_carried_out"}, "update approval_event set actor = 'ann' where verb = 'use'"},
			{[]string{"approval_rule"}, "update approval set rule = 'OTHER'"},
			{[]string{"approval_decided"}, "update approval set decision = 77777777"},
			{[]string{"approval_steps"}, "delete from approval_approver; delete from approval_step"},
		} {
			err := k.try("adam", func(tx *db.Tx) error {
				blob := "x'00'"
				if tx.Postgres() {
					blob = `'\x00'::bytea`
				}
				for _, sql := range strings.Split(x.sql, ";") {
					if _, err := tx.Exec(ctx, strings.ReplaceAll(sql, "BYTES", blob)); err != nil {
						return err
					}
				}
				found, err := approval.Check(ctx, tx)
				var rules []string
				for _, f := range found {
					rules = append(rules, f.Rule)
				}
				if err == nil && !slices.Equal(rules, x.rules) {
					t.Errorf("after %q verify finds %v, want %v", x.sql, found, x.rules)
				}
				if err == nil {
					err = errBack
				}
				return err
			})
			if !errors.Is(err, errBack) {
				t.Errorf("%s: %v", x.sql, err)
			}
		}
	})
}

var errBack = errors.New("taken back")
