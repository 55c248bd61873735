package app

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"slices"

	"quittance/internal/approval"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/policy"
	"quittance/internal/request"
)

// Approval is an approval as people and programs see it.
type Approval struct {
	Code         string `json:"approval"`
	Kind         string `json:"kind"`
	Subject      string `json:"subject"`
	Title        string `json:"title"`
	State        string `json:"state"`
	Type         string `json:"type"`
	Organisation string `json:"organisation"`
	Currency     string `json:"currency"`
	Amount       string `json:"amount"`
	Worth        string `json:"worth"` // accounting currency
	Payee        string `json:"payee"`
	Requester    string `json:"requester"`
	SubmittedBy  string `json:"submitted_by"`
	SubmittedAt  string `json:"submitted_at"`
	Rule         string `json:"rule"` // blank: nothing asked for approval, or a policy approved
	RuleVersion  int    `json:"rule_version"`
	Automatic    bool   `json:"automatic"`
	Step         int    `json:"step"`
	Steps        int    `json:"steps"`
	EndedAt      string `json:"ended_at"`
	Digest       string `json:"digest"`
	WaitsSince   string `json:"waits_since"` // when its step began; blank: it does not wait for approvers, or this is not a list
	DueAt        string `json:"due_at"`      // when its approvers are reminded, or it is escalated, whatever is next; blank: never
}

func viewApproval(c *ledger.Company, x *approval.Approval) Approval {
	f := &x.Facts
	return Approval{
		Code: x.Code(), Kind: string(x.Kind), Subject: x.Name, Title: x.Title, State: string(x.State), Type: f.Type, Organisation: f.Organisation, Currency: f.Currency, Amount: amountOf(f.Currency, f.Amount), Worth: c.Currency.Format(f.Worth),
		Payee: f.Payee, Requester: f.Requester, SubmittedBy: x.SubmittedBy, SubmittedAt: instant(x.SubmittedAt), Rule: x.Rule, RuleVersion: x.RuleN, Automatic: x.Automatic, Step: x.Step, Steps: x.Steps, EndedAt: instant(x.EndedAt), Digest: hex.EncodeToString(x.Digest),
	}
}

// ApprovalStep is one step of an approval.
type ApprovalStep struct {
	Step       int      `json:"step"`
	Need       int      `json:"need"`
	Approvers  []string `json:"approvers"`
	StartedAt  string   `json:"started_at"`
	RemindAt   string   `json:"remind_at"`
	RemindedAt string   `json:"reminded_at"`
	EscalateAt string   `json:"escalate_at"`
	EscalateTo []string `json:"escalate_to"`
}

// ApprovalEvent is something that happened to an approval.
type ApprovalEvent struct {
	At        string `json:"at"`
	Actor     string `json:"actor"`
	Verb      string `json:"verb"`
	State     string `json:"state"` // after it
	Step      int    `json:"step"`
	ActingFor string `json:"acting_for"`
	Capacity  string `json:"capacity"`
	Reason    string `json:"reason"`
}

// ApprovalDetail is an approval with what its approvers are shown: steps, history, what policies said and saw, the vouchers that would be
// posted, and what else was approved to the payee.
type ApprovalDetail struct {
	Approval
	ByStep   []ApprovalStep    `json:"by_step"`
	History  []ApprovalEvent   `json:"history"`
	Policies []PolicyDecision  `json:"policies"`
	Command  string            `json:"command"`  // that was refused for want of this approval; blank: none
	Vouchers []Voucher         `json:"vouchers"` // that it would post: the first
	More     int               `json:"more_vouchers"`
	Evidence json.RawMessage   `json:"evidence,omitempty" format:"json"` // what else the subject shows
	Others   []ApprovalOfPayee `json:"payee_history"`                    // approvals of the same payee, the newest first
	May      bool              `json:"may"`                              // the caller may approve it now
	MayNot   string            `json:"may_not"`                          // why not; blank when it may
}

// ApprovalOfPayee is another approval of the same payee.
type ApprovalOfPayee struct {
	Code    string `json:"approval"`
	Subject string `json:"subject"`
	State   string `json:"state"`
	Worth   string `json:"worth"`
	At      string `json:"submitted_at"`
}

// ApprovalFilter narrows a list of approvals; what is blank does not.
type ApprovalFilter struct {
	Kind      string
	State     string
	Requester string
	Subject   string // name of what is to be approved
	Payee     string
	Rule      string
	Decider   string     // who approved, rejected or asked
	From, To  string     // amounts in the accounting currency
	Since     civil.Date // submitted on or after
	Until     civil.Date // submitted on or before
}

func (f ApprovalFilter) check() error {
	if f.Kind != "" {
		if err := policy.CheckKind(policy.Kind(f.Kind)); err != nil {
			return err
		}
	}
	if f.State != "" && !slices.Contains(approval.States(), approval.State(f.State)) {
		return oneOf("state", f.State, approval.States())
	}
	return plain("requester", f.Requester+f.Subject+f.Payee+f.Rule+f.Decider)
}

func (f ApprovalFilter) read(c *ledger.Company) (g approval.Filter, err error) {
	g = approval.Filter{Kind: policy.Kind(f.Kind), State: approval.State(f.State), Requester: f.Requester, Name: f.Subject, Payee: f.Payee, Rule: f.Rule, Decider: f.Decider}
	if g.From, err = amountOrNil(c, f.From, "from"); err == nil {
		g.To, err = amountOrNil(c, f.To, "to")
	}
	if !f.Since.IsZero() {
		g.Since = f.Since.Time().UnixMicro()
	}
	if !f.Until.IsZero() {
		g.Until = f.Until.AddDays(1).Time().UnixMicro()
	}
	return g, err
}

// Approvals gives approvals, the newest first.
func (a *App) Approvals(ctx context.Context, call Call, f ApprovalFilter, p Page) (Part[Approval], error) {
	return a.listApprovals(ctx, call, f, p, "approvals", identity.Read, func(ctx context.Context, tx *db.Tx, g approval.Filter, at int64, limit int) ([]approval.Approval, error) {
		g.Before = at
		return approval.List(ctx, tx, g, limit)
	})
}

// Inbox gives the approvals that wait for the caller, also as a deputy and by escalation, the oldest first. A request on hold waits for nobody.
func (a *App) Inbox(ctx context.Context, call Call, f ApprovalFilter, p Page) (Part[Approval], error) {
	return a.listApprovals(ctx, call, f, p, "inbox", identity.Approve, func(ctx context.Context, tx *db.Tx, g approval.Filter, at int64, limit int) ([]approval.Approval, error) {
		var err error
		if g.Held, err = request.Held(ctx, tx); err != nil {
			return nil, err
		}
		return approval.Inbox(ctx, tx, call.Actor, g, at, limit)
	})
}

func (a *App) listApprovals(ctx context.Context, call Call, f ApprovalFilter, p Page, list string, needs identity.Permission, find func(context.Context, *db.Tx, approval.Filter, int64, int) ([]approval.Approval, error)) (Part[Approval], error) {
	part := Part[Approval]{Items: []Approval{}}
	var at struct {
		ID int64 `json:"i"`
	}
	limit, err := p.open(list, &at)
	if err == nil {
		err = f.check()
	}
	if err != nil {
		return part, err
	}
	err = query(ctx, a, call, needs, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		g, err := f.read(c)
		if err != nil {
			return err
		}
		all, err := find(ctx, tx, g, at.ID, limit+1)
		if err != nil {
			return err
		}
		if len(all) > limit {
			part.Next, at.ID = "", all[limit-1].ID
			part.Next = next(list, at)
			all = all[:limit]
		}
		part.Items, err = viewApprovals(ctx, tx, c, all)
		return err
	})
	return part, err
}

// viewApprovals gives approvals with when they are due.
func viewApprovals(ctx context.Context, tx *db.Tx, c *ledger.Company, all []approval.Approval) ([]Approval, error) {
	ids := make([]int64, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	clocks, err := approval.Clocks(ctx, tx, ids)
	views := make([]Approval, len(all))
	for i := range all {
		views[i] = viewApproval(c, &all[i])
		if x, waits := clocks[all[i].ID]; waits {
			views[i].WaitsSince, views[i].DueAt = instant(x.Since), instant(nextOf(tx.Micros(), x.RemindAt, x.EscalateAt))
		}
	}
	return views, err
}

// nextOf gives the first of some instants that is not past, else the last of them; 0 stands for never.
func nextOf(now int64, all ...int64) (at int64) {
	for _, x := range all {
		switch {
		case x == 0:
		case at == 0, at < now && x > at, x >= now && x < at:
			at = x
		}
	}
	return at
}

// InboxFigure is how much of a kind waits for the caller.
type InboxFigure struct {
	Kind   string `json:"kind"`
	Count  int    `json:"count"`
	Worth  string `json:"worth"`        // accounting currency
	Oldest string `json:"oldest_since"` // when the oldest was submitted
}

// InboxFigures adds up what waits for the caller, by kind.
func (a *App) InboxFigures(ctx context.Context, call Call) ([]InboxFigure, error) {
	views := []InboxFigure{}
	err := query(ctx, a, call, identity.Approve, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		held, err := request.Held(ctx, tx)
		if err != nil {
			return err
		}
		all, err := approval.InboxFigures(ctx, tx, call.Actor, approval.Filter{Held: held})
		for _, m := range all {
			views = append(views, InboxFigure{string(m.Kind), m.Count, c.Currency.Format(m.Worth), instant(m.Oldest)})
		}
		return err
	})
	return views, err
}

// Approval gives one approval with what its approvers are shown.
func (a *App) Approval(ctx context.Context, call Call, code string) (d *ApprovalDetail, err error) {
	if err := plain("approval", code); err != nil {
		return nil, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		d, err = showApproval(ctx, tx, c, call.Actor, code)
		return err
	})
	return d, err
}

const payeeHistory = 10 // approvals of the same payee that an approver is shown

func showApproval(ctx context.Context, tx *db.Tx, c *ledger.Company, by identity.Actor, code string) (*ApprovalDetail, error) {
	x, err := approval.FindCode(ctx, tx, code)
	if err != nil {
		return nil, err
	}
	d := &ApprovalDetail{Approval: viewApproval(c, x), ByStep: []ApprovalStep{}, History: []ApprovalEvent{}, Policies: []PolicyDecision{}, Vouchers: []Voucher{}, Others: []ApprovalOfPayee{}}
	steps, err := approval.Steps(ctx, tx, x.ID)
	if err != nil {
		return nil, err
	}
	for _, s := range steps {
		d.ByStep = append(d.ByStep, ApprovalStep{Step: s.N, Need: s.Need, Approvers: whoTexts(s.Approvers), StartedAt: instant(s.StartedAt), RemindAt: instant(s.RemindAt), RemindedAt: instant(s.RemindedAt), EscalateAt: instant(s.EscalateAt), EscalateTo: whoTexts(s.EscalateTo)})
	}
	events, err := approval.Events(ctx, tx, x.ID)
	if err != nil {
		return nil, err
	}
	for _, e := range events {
		d.History = append(d.History, ApprovalEvent{At: instant(e.At), Actor: e.Actor, Verb: string(e.Verb), State: string(e.State), Step: e.Step, ActingFor: e.ActingFor, Capacity: e.Capacity, Reason: e.Reason})
	}
	kept, err := policy.Decisions(ctx, tx, x.Kind, x.Subject)
	if err != nil {
		return nil, err
	}
	for i := range kept {
		d.Policies = append(d.Policies, viewDecision(&kept[i]))
	}
	if err := d.showEvidence(x.Evidence); err != nil {
		return nil, err
	}
	if x.Facts.Payee != "" {
		if err := d.showPayee(ctx, tx, c, x); err != nil {
			return nil, err
		}
	}
	if why := mayApprove(ctx, tx, c, by, x); why != nil {
		d.MayNot = why.Error()
	} else {
		d.May = true
	}
	return d, nil
}

func mayApprove(ctx context.Context, tx *db.Tx, c *ledger.Company, by identity.Actor, x *approval.Approval) error {
	if err := by.AllowIn(c.Code, identity.Approve); err != nil {
		return err
	}
	return approval.May(ctx, tx, by, x)
}

func whoTexts(all []approval.Who) []string {
	texts := make([]string, len(all))
	for i, w := range all {
		texts[i] = w.String()
	}
	return texts
}

// showEvidence takes the preview out of what was kept with the approval; what is of another kind is shown as it is.
func (d *ApprovalDetail) showEvidence(text string) error {
	var e evidence
	if text == "" || text == "null" {
		return nil
	}
	if err := json.Unmarshal([]byte(text), &e); err != nil || e.Command == "" {
		d.Evidence = json.RawMessage(text)
		return nil
	}
	if d.Command, d.More = e.Command, e.More; e.Vouchers != nil {
		d.Vouchers = e.Vouchers
	}
	return nil
}

func (d *ApprovalDetail) showPayee(ctx context.Context, tx *db.Tx, c *ledger.Company, x *approval.Approval) error {
	all, err := approval.List(ctx, tx, approval.Filter{Payee: x.Facts.Payee}, payeeHistory+1)
	for i := range all {
		if y := &all[i]; y.ID != x.ID && len(d.Others) < payeeHistory {
			d.Others = append(d.Others, ApprovalOfPayee{Code: y.Code(), Subject: y.Name, State: string(y.State), Worth: c.Currency.Format(y.Facts.Worth), At: instant(y.SubmittedAt)})
		}
	}
	return err
}
