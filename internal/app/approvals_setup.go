package app

import (
	"context"
	"strconv"
	"strings"

	"quittance/internal/approval"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/policy"
	"quittance/internal/request"
)

// ApprovalRule says who approves subjects of a kind, as people set it up.
type ApprovalRule struct {
	Rule         string             `json:"rule"`
	Version      int                `json:"version"`
	Kind         string             `json:"kind"`
	Organisation string             `json:"organisation"` // blank: any
	Type         string             `json:"type"`         // blank: any
	From         string             `json:"from"`         // accounting currency; blank: 0
	Below        string             `json:"below"`        // blank: without end
	ValidFrom    civil.Date         `json:"valid_from"`   // blank: today
	Ended        bool               `json:"ended"`        // from that day on there is no such rule
	ByName       bool               `json:"by_name"`      // only where a policy routes to it
	Steps        []ApprovalRuleStep `json:"steps"`
	Why          string             `json:"why"`
	MadeBy       string             `json:"made_by"`
	MadeAt       string             `json:"made_at"`
	InForce      bool               `json:"in_force"`
}

// ApprovalRuleStep is one step of a rule.
type ApprovalRuleStep struct {
	Approvers     []string `json:"approvers"`      // user:NAME or role:NAME
	Need          int      `json:"need"`           // persons; 0: one
	RemindAfter   int      `json:"remind_after"`   // hours; 0: never
	EscalateAfter int      `json:"escalate_after"` // hours; 0: never
	EscalateTo    []string `json:"escalate_to"`
}

func (x *ApprovalRule) rule(c *ledger.Company, tx *db.Tx) (*approval.Rule, error) {
	r := &approval.Rule{Name: x.Rule, Kind: policy.Kind(x.Kind), Organisation: x.Organisation, Type: x.Type, ValidFrom: orToday(x.ValidFrom, tx), Active: !x.Ended, ByName: x.ByName, Why: x.Why}
	if r.ValidFrom < tx.Today() {
		return nil, fault.New(fault.Refused, "%s is past; a version of a rule holds from today on, or later", r.ValidFrom).In("valid_from").ByRule("rule_past")
	}
	var err error
	if x.From != "" {
		if r.From, err = c.Currency.Parse(x.From); err != nil {
			return nil, inField(err, "from")
		}
	}
	if r.Below, err = amountOrNil(c, x.Below, "below"); err != nil {
		return nil, err
	}
	for i, s := range x.Steps {
		to := approval.Step{Need: max(s.Need, 1), RemindAfter: s.RemindAfter, EscalateAfter: s.EscalateAfter}
		if to.Approvers, err = readWho(s.Approvers, i); err != nil {
			return nil, err
		}
		if to.EscalateTo, err = readWho(s.EscalateTo, i); err != nil {
			return nil, err
		}
		r.Steps = append(r.Steps, to)
	}
	return r, nil
}

func amountOrNil(c *ledger.Company, text, field string) (*money.Amount, error) {
	if text == "" {
		return nil, nil
	}
	amount, err := c.Currency.Parse(text)
	return &amount, inField(err, field)
}

func readWho(texts []string, step int) (all []approval.Who, err error) {
	for _, t := range texts {
		w, ok := approval.ParseWho(t)
		if !ok {
			return nil, fault.New(fault.Invalid, "step %d: %q is no approver; expected user:NAME or role:NAME", step+1, shortened(t)).In("steps")
		}
		all = append(all, w)
	}
	return all, nil
}

func viewApprovalRule(c *ledger.Company, r *approval.Rule) ApprovalRule {
	x := ApprovalRule{
		Rule: r.Name, Version: r.N, Kind: string(r.Kind), Organisation: r.Organisation, Type: r.Type, From: c.Currency.Format(r.From), Below: textOrBlank(c, r.Below), ValidFrom: r.ValidFrom, Ended: !r.Active, ByName: r.ByName,
		Steps: []ApprovalRuleStep{}, Why: r.Why, MadeBy: r.MadeBy, MadeAt: instant(r.MadeAt),
	}
	for _, s := range r.Steps {
		x.Steps = append(x.Steps, ApprovalRuleStep{whoTexts(s.Approvers), s.Need, s.RemindAfter, s.EscalateAfter, whoTexts(s.EscalateTo)})
	}
	return x
}

func textOrBlank(c *ledger.Company, a *money.Amount) string {
	if a == nil {
		return ""
	}
	return c.Currency.Format(*a)
}

// ApprovalRules gives the versions of approval rules, by name, the newest first; those in force only, unless all are asked for.
func (a *App) ApprovalRules(ctx context.Context, call Call, all bool) ([]ApprovalRule, error) {
	views := []ApprovalRule{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		in, err := approval.Rules(ctx, tx, "", tx.Today())
		if err != nil {
			return err
		}
		versions := in
		if all {
			if versions, err = approval.RuleVersions(ctx, tx, ""); err != nil {
				return err
			}
		}
		for i := range versions {
			v := viewApprovalRule(c, &versions[i])
			for _, r := range in {
				v.InForce = v.InForce || r.Name == v.Rule && r.N == v.Version
			}
			views = append(views, v)
		}
		return nil
	})
	return views, err
}

// SaveApprovalRule adds a version of an approval rule: approval_rule.save.
func (a *App) SaveApprovalRule(ctx context.Context, call Call, x ApprovalRule) (*ApprovalRule, error) {
	return do(ctx, a, call, command{name: "approval_rule.save", permission: identity.SetUp, input: x}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *ApprovalRule, error) {
		if err := plainFields(&x); err != nil {
			return "", nil, nil, err
		}
		r, err := x.rule(c, tx)
		if err != nil {
			return "", nil, nil, err
		}
		if err := approval.SaveRule(ctx, tx, r); err != nil {
			return "", nil, nil, err
		}
		view := viewApprovalRule(c, r)
		return r.Name, view, &view, nil
	})
}

// Delegation lets a user stand in for another one for some days.
type Delegation struct {
	ID     string     `json:"id"`
	From   string     `json:"from"` // user; blank: the caller
	To     string     `json:"to"`   // user
	First  civil.Date `json:"first_day"`
	Last   civil.Date `json:"last_day"`
	Kind   string     `json:"kind"` // of subjects; blank: all
	Why    string     `json:"why"`
	MadeBy string     `json:"made_by"`
	MadeAt string     `json:"made_at"`
	Ended  string     `json:"ended_by"` // blank: not before its time
}

func viewDelegation(d *approval.Delegation) Delegation {
	return Delegation{strconv.FormatInt(d.ID, 10), d.From, d.To, d.First, d.Last, string(d.Kind), d.Why, d.MadeBy, instant(d.MadeAt), d.EndedBy}
}

// Delegate makes a delegation: approval.delegate. Approvers delegate what is theirs; administrators also for others.
func (a *App) Delegate(ctx context.Context, call Call, x Delegation) (*Delegation, error) {
	if x.From == "" {
		x.From = call.Actor.Name
	}
	admin := x.From != call.Actor.Name
	cmd := command{name: "approval.delegate", permission: identity.Approve, input: x}
	if admin {
		cmd.permission = identity.Administer
	}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, *Delegation, error) {
		if err := plainFields(&x); err != nil {
			return "", nil, nil, err
		}
		d := &approval.Delegation{From: x.From, To: x.To, First: orToday(x.First, tx), Last: x.Last, Kind: policy.Kind(x.Kind), Why: x.Why}
		if err := approval.Delegate(ctx, tx, d, admin); err != nil {
			return "", nil, nil, err
		}
		view := viewDelegation(d)
		return d.From, view, &view, nil
	})
}

// EndDelegation ends a delegation before its time: approval.delegate_end.
func (a *App) EndDelegation(ctx context.Context, call Call, id string) error {
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return fault.New(fault.NotFound, "there is no delegation %q; see: quittance approvals delegations", shortened(id))
	}
	_, err = do(ctx, a, call, command{name: "approval.delegate_end", permission: identity.Read, input: id}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, bool, error) {
		admin := call.Actor.AllowIn(c.Code, identity.Administer) == nil
		return id, nil, true, approval.EndDelegation(ctx, tx, n, admin)
	})
	return err
}

// Delegations gives the delegations that hold today or later, the last first.
func (a *App) Delegations(ctx context.Context, call Call) ([]Delegation, error) {
	views := []Delegation{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, err := approval.Delegations(ctx, tx, "", tx.Today())
		for i := range all {
			views = append(views, viewDelegation(&all[i]))
		}
		return err
	})
	return views, err
}

// ApprovalLimit is how much one person may approve; amounts of the accounting currency, blank: any.
type ApprovalLimit struct {
	Who        string `json:"who"`         // user:NAME or role:NAME
	Kind       string `json:"kind"`        // of subjects; blank: all
	Single     string `json:"single"`      // of one subject
	Days       int    `json:"days"`        // for the totals; 0: 30
	Total      string `json:"total"`       // of all that one person approves within so many days
	PayeeTotal string `json:"payee_total"` // the same, to one payee
}

// ApprovalLimits gives the limits of approvers.
func (a *App) ApprovalLimits(ctx context.Context, call Call) ([]ApprovalLimit, error) {
	views := []ApprovalLimit{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		all, err := approval.Limits(ctx, tx)
		for _, l := range all {
			views = append(views, ApprovalLimit{l.Who.String(), string(l.Kind), textOrBlank(c, l.Single), l.Days, textOrBlank(c, l.Total), textOrBlank(c, l.PayeeTotal)})
		}
		return err
	})
	return views, err
}

// SaveApprovalLimit makes a limit, or changes the one of the same approver and kind; remove takes it away: approval_limit.save.
func (a *App) SaveApprovalLimit(ctx context.Context, call Call, x ApprovalLimit, remove bool) error {
	_, err := do(ctx, a, call, command{name: "approval_limit.save", permission: identity.SetUp, input: []any{x, remove}}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, bool, error) {
		if err := plainFields(&x); err != nil {
			return "", nil, false, err
		}
		w, ok := approval.ParseWho(x.Who)
		if !ok {
			return "", nil, false, fault.New(fault.Invalid, "%q is no approver; expected user:NAME or role:NAME", shortened(x.Who)).In("who")
		}
		if !w.Role && w.Name == call.Actor.Name {
			return "", nil, false, fault.New(fault.Denied, "%s cannot set one's own limit", w.Name).ByRule("separation_of_duties")
		}
		l := &approval.Limit{Who: w, Kind: policy.Kind(x.Kind), Days: x.Days}
		var err error
		if l.Single, err = amountOrNil(c, x.Single, "single"); err == nil {
			l.Total, err = amountOrNil(c, x.Total, "total")
		}
		if err == nil {
			l.PayeeTotal, err = amountOrNil(c, x.PayeeTotal, "payee_total")
		}
		if err != nil {
			return "", nil, false, err
		}
		return x.Who, map[string]any{"limit": x, "removed": remove}, true, approval.SaveLimit(ctx, tx, l, remove)
	})
	return err
}

// ApprovalPerson is a user who is also a customer or vendor.
type ApprovalPerson struct {
	User  string `json:"user"`
	Party string `json:"party"`
}

// LinkPerson says that a user is also the customer or vendor with the code, so that the user approves no payment to it; remove takes that back:
// approval.link. Nobody takes one's own link away.
func (a *App) LinkPerson(ctx context.Context, call Call, x ApprovalPerson, remove bool) error {
	_, err := do(ctx, a, call, command{name: "approval.link", permission: identity.Administer, input: []any{x, remove}}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		if err := plainFields(&x); err != nil {
			return "", nil, false, err
		}
		if !remove {
			if _, err := payeeByCode(ctx, tx, x.Party); err != nil {
				return "", nil, false, err
			}
		} else if x.User == call.Actor.Name {
			return "", nil, false, fault.New(fault.Denied, "%s cannot take one's own link away", x.User).ByRule("separation_of_duties")
		}
		return x.User, map[string]any{"party": x.Party, "removed": remove}, true, approval.Link(ctx, tx, x.User, x.Party, !remove)
	})
	return err
}

// People gives the users who are also customers or vendors.
func (a *App) People(ctx context.Context, call Call) ([]ApprovalPerson, error) {
	views := []ApprovalPerson{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, err := approval.People(ctx, tx)
		for _, p := range all {
			views = append(views, ApprovalPerson(p))
		}
		return err
	})
	return views, err
}

// RemindApprovers tells those of the approvals whose time has come: approvers are reminded, and others told that it is escalated to them. It
// gives those approvals, each once: approval.remind. Nobody is told of a request on hold, on which nobody may decide.
func (a *App) RemindApprovers(ctx context.Context, call Call) ([]Approval, error) {
	return do(ctx, a, call, command{name: "approval.remind", permission: identity.SetUp}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, []Approval, error) {
		views, codes := []Approval{}, []string{}
		due, err := remindable(ctx, tx, mostDecided)
		if err != nil {
			return "", nil, nil, err
		}
		for i := range due {
			did, err := approval.Remind(ctx, tx, &due[i])
			if err != nil {
				return "", nil, nil, err
			}
			if did {
				views, codes = append(views, viewApproval(c, &due[i])), append(codes, due[i].Code())
			}
		}
		return "reminders", map[string]any{"approvals": strings.Join(codes, " ")}, views, nil
	})
}

// remindable gives approvals whose time to tell of has come, and on which somebody may decide.
func remindable(ctx context.Context, tx *db.Tx, limit int) ([]approval.Approval, error) {
	held, err := request.Held(ctx, tx)
	if err != nil {
		return nil, err
	}
	return approval.Due(ctx, tx, approval.Filter{Held: held}, limit)
}

// RemindDue does [App.RemindApprovers] in the companies in which something is due, on behalf of by, who need not be a user; it says how many
// approvals it told of. Several processes may do so at once: each is told of once.
func (a *App) RemindDue(ctx context.Context, by identity.Actor) (n int, err error) {
	if by.Allow(identity.Administer) != nil {
		return 0, nil // who may post runs only leaves reminders to others
	}
	var companies []string
	if err := plainer(a.db.Read(ctx, a.scope(Call{Actor: by}), func(ctx context.Context, tx *db.Tx) (err error) {
		companies, err = approval.AllDue(ctx, tx)
		return err
	})); err != nil {
		return 0, err
	}
	for _, company := range companies {
		call, some := Call{Actor: by, Company: company}, false
		if err := query(ctx, a, call, identity.SetUp, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
			due, err := remindable(ctx, tx, 1)
			some = len(due) > 0
			return err
		}); err != nil {
			return n, err
		}
		if !some {
			continue // what is due is on hold
		}
		all, err := a.RemindApprovers(ctx, call)
		n += len(all)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}
