package approval

import (
	"context"
	"slices"
	"strings"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
)

// capacity is as what somebody decides: as which approvers of a step, on whose authority.
type capacity struct {
	authority string // a user: oneself, or who delegated
	entries   []Who  // approvers of the step that the person stands for
	roles     map[string][]identity.Role
}

func (c *capacity) actingFor(actor string) string {
	if c.authority == actor {
		return ""
	}
	return c.authority
}

// text writes the entries as events keep them.
func (c *capacity) text() string {
	all := make([]string, len(c.entries))
	for i, w := range c.entries {
		all[i] = w.String()
	}
	return strings.Join(all, ",")
}

// standing gives as what by may decide on the approval now, on the person's own authority before that of who delegated. Who may not, is
// refused with the reason.
func (a *Approval) standing(ctx context.Context, tx *db.Tx, by identity.Actor) (*Open, *capacity, error) {
	if err := a.barred(ctx, tx, by.Name); err != nil {
		return nil, nil, err
	}
	steps, err := Steps(ctx, tx, a.ID)
	if err != nil {
		return nil, nil, err
	}
	if a.Step > len(steps) {
		return nil, nil, a.cannot(Approving)
	}
	step := &steps[a.Step-1]
	company, err := companyCode(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	c := &capacity{authority: by.Name, roles: map[string][]identity.Role{by.Name: by.RolesIn(company)}}
	if c.entries = step.entriesOf(by.Name, c.roles[by.Name], tx.Micros()); len(c.entries) > 0 {
		return step, c, nil
	}
	stead, err := a.deputised(ctx, tx, by.Name, company, c.roles)
	if err != nil {
		return nil, nil, err
	}
	var why error
	for _, name := range stead {
		entries := step.entriesOf(name, c.roles[name], tx.Micros())
		if len(entries) == 0 {
			continue
		}
		if err := a.barred(ctx, tx, name); err != nil { // nor may who stands in
			why = fault.New(fault.Denied, "%s stands in for %s, but: %v", by.Name, name, err).ByRule("separation_of_duties")
			continue
		}
		c.authority, c.entries = name, entries
		return step, c, nil
	}
	if why == nil {
		why = fault.New(fault.Denied, "%s is no approver of step %d of %s (%s), which waits for: %s", by.Name, a.Step, a.Name, a.Code(), step.names()).ByRule("not_approver")
	}
	return nil, nil, why
}

// barred refuses with [fault.Denied] who may never decide on this, whatever the roles.
func (a *Approval) barred(ctx context.Context, tx *db.Tx, name string) error {
	no := func(format string, args ...any) error {
		return fault.New(fault.Denied, format, args...).ByRule("separation_of_duties")
	}
	if operator(name) {
		return no("%s is the operator, who approves nothing", name)
	}
	if name == a.Facts.Requester || name == a.SubmittedBy {
		return no("%s asked for %s (%s); somebody else must decide on it", name, a.Name, a.Code())
	}
	var paid, did bool
	if err := tx.Row(ctx, `select exists (select 1 from approval_payee y join approval_person p on p.company = y.company and p.party = y.code where y.company = $1 and y.approval = $2 and p.actor = $3),
		exists (select 1 from approval_event where company = $1 and approval = $2 and verb = 'approve' and (actor = $3 or acting_for = $3))`, tx.Company, a.ID, name).Scan(&paid, &did); err != nil {
		return err
	}
	switch {
	case paid:
		return no("%s is paid by %s (%s); nobody approves a payment to oneself", name, a.Name, a.Code())
	case did:
		return no("%s approved %s (%s) already; each approval is by another person", name, a.Name, a.Code())
	}
	return nil
}

// deputised gives for whom a user stands in today, and adds their roles.
func (a *Approval) deputised(ctx context.Context, tx *db.Tx, name, company string, roles map[string][]identity.Role) ([]string, error) {
	stead, err := db.List(ctx, tx, func(r *db.Rows, s *string) error { return r.Scan(s) },
		"select distinct from_user from approval_delegation where company = $1 and to_user = $2 and from_date <= $3 and to_date >= $3 and ended_by = '' and (kind = '' or kind = $4) order by from_user", tx.Company, name, tx.Today(), string(a.Kind))
	if err != nil {
		return nil, err
	}
	for _, s := range stead {
		if roles[s], err = rolesOf(ctx, tx, s, company); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(stead, func(s string) bool { return roles[s] == nil }), nil
}

// rolesOf gives the roles of a user in a company; nil when the user is shut out or not there. Without a role it is empty, not nil.
func rolesOf(ctx context.Context, tx *db.Tx, name, company string) ([]identity.Role, error) {
	u, err := identity.Find(ctx, tx, name)
	if fault.CodeOf(err) == fault.NotFound || (err == nil && u.Disabled) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return append([]identity.Role{}, u.Actor().RolesIn(company)...), nil
}

func companyCode(ctx context.Context, tx *db.Tx) (code string, err error) {
	err = tx.Row(ctx, "select code from company where id = $1", tx.Company).Scan(&code)
	return code, err
}

// entriesOf gives the approvers of the step that a user stands for at an instant. Whom it is escalated to stands for any of them.
func (s *Open) entriesOf(name string, roles []identity.Role, at int64) []Who {
	is := func(w Who) bool {
		return (w.Role && slices.Contains(roles, identity.Role(w.Name))) || (!w.Role && w.Name == name)
	}
	if s.EscalateAt != 0 && s.EscalateAt <= at && slices.ContainsFunc(s.EscalateTo, is) {
		return slices.Clone(s.Approvers)
	}
	var all []Who
	for _, w := range s.Approvers {
		if is(w) {
			all = append(all, w)
		}
	}
	return all
}

// served gives as which approvers each who approved the step did.
func served(events []Event, s *Open) [][]Who {
	var all [][]Who
	for _, e := range events {
		if e.Verb != Approving || e.Step != s.N {
			continue
		}
		var ws []Who
		for _, text := range strings.Split(e.Capacity, ",") {
			if w, ok := ParseWho(text); ok {
				ws = append(ws, w)
			}
		}
		all = append(all, ws)
	}
	return all
}

// covered gives how many approvers of the step the persons make up together: each person stands for one, a user for one person, and a role
// for one person too, unless more persons are needed than there are approvers named.
func (s *Open) covered(persons [][]Who) int {
	var seats []Who
	for _, w := range s.Approvers {
		seats = append(seats, w)
		for i := len(s.Approvers); w.Role && i < s.Need; i++ {
			seats = append(seats, w)
		}
	}
	taken := make([]int, len(seats)) // by which person, from 1
	var seat func(p int, seen []bool) bool
	seat = func(p int, seen []bool) bool { // an augmenting path: who sits may move on
		for i, w := range seats {
			if seen[i] || !slices.Contains(persons[p], w) {
				continue
			}
			seen[i] = true
			if taken[i] == 0 || seat(taken[i]-1, seen) {
				taken[i] = p + 1
				return true
			}
		}
		return false
	}
	n := 0
	for p := range persons {
		if seat(p, make([]bool, len(seats))) {
			n++
		}
	}
	return n
}

// missing names the approvers that would still add to the step.
func (s *Open) missing(had [][]Who) string {
	var all []string
	for _, w := range s.Approvers {
		if s.covered(append(slices.Clone(had), []Who{w})) > s.covered(had) {
			all = append(all, w.String())
		}
	}
	return strings.Join(all, ", ")
}

func (s *Open) names() string { return strings.Join(names(s.Approvers), ", ") }

func names(all []Who) []string {
	texts := make([]string, len(all))
	for i, w := range all {
		texts[i] = w.String()
	}
	return texts
}
