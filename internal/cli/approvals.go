package cli

import (
	"fmt"
	"strconv"
	"strings"

	"quittance/internal/app"
)

// approvalsCmd are the approvals: what waits for whom, and who may decide.
type approvalsCmd struct {
	Inbox         approvalsInboxCmd    `cmd:"" default:"withargs" help:"List what waits for you, also as a deputy and by escalation, the oldest first."`
	List          approvalsListCmd     `cmd:"" help:"List approvals, the newest first."`
	Show          approvalsShowCmd     `cmd:"" help:"Show an approval: steps, history, what policies said, the vouchers that would be posted, what else the payee had."`
	Submit        approvalsSubmitCmd   `cmd:"" help:"Submit a proposed run, a vendor payment, or the payments of a journal for approval."`
	Approve       approvalsApproveCmd  `cmd:"" help:"Approve one or many; --preview says what would become of each."`
	Reject        approvalsRejectCmd   `cmd:"" help:"Reject, with a reason."`
	Ask           approvalsAskCmd      `cmd:"" help:"Ask who asked for it for more."`
	Answer        approvalsAnswerCmd   `cmd:"" help:"Answer what approvers asked."`
	Withdraw      approvalsWithdrawCmd `cmd:"" help:"Take back what you asked for."`
	Rules         approvalRulesCmd     `cmd:"" help:"Who approves what: list, set, end."`
	Limits        approvalLimitsCmd    `cmd:"" help:"How much one person may approve: list, set, remove."`
	Delegate      delegateCmd          `cmd:"" help:"Let somebody stand in for you for some days; an administrator for others."`
	Delegations   delegationsCmd       `cmd:"" help:"List who stands in for whom."`
	EndDelegation endDelegationCmd     `cmd:"" help:"End a delegation before its time."`
	People        peopleCmd            `cmd:"" help:"List the users who are also customers or vendors."`
	Link          linkCmd              `cmd:"" help:"Say that a user is also a customer or vendor, so that the user approves no payment to it."`
	Remind        remindCmd            `cmd:"" help:"List approvals whose time to remind has come, and note that they are reminded of."`
}

const approvalColumns = "approval kind subject state >amount currency payee requester rule step submitted_at title"

func approvalCells(x *app.Approval) []string {
	step := ""
	if x.State == "waiting" || x.State == "more_information" {
		step = fmt.Sprintf("%d of %d", x.Step, x.Steps)
	}
	return []string{x.Code, x.Kind, x.Subject, x.State, x.Amount, x.Currency, x.Payee, x.Requester, x.Rule, step, x.SubmittedAt, x.Title}
}

type approvalsInboxCmd struct {
	pageFlags
	Kind string `help:"request, run, payment, write_off, resolution, payee_change or reversal." placeholder:"KIND"`
	From string `help:"From this amount on, accounting currency." placeholder:"AMOUNT"`
	To   string `help:"Up to this amount." placeholder:"AMOUNT"`
}

func (c *approvalsInboxCmd) filter() app.ApprovalFilter {
	return app.ApprovalFilter{Kind: c.Kind, From: c.From, To: c.To}
}

// Run lists the inbox.
func (c *approvalsInboxCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, approvalColumns, "Nothing waits for you.", func(a *app.App, call app.Call, p app.Page) (app.Part[app.Approval], error) {
		return a.Inbox(e.ctx, call, c.filter(), p)
	}, approvalCells)
}

type approvalsListCmd struct {
	pageFlags
	Kind      string `help:"request, run, payment, write_off, resolution, payee_change or reversal." placeholder:"KIND"`
	State     string `help:"waiting, more_information, approved, rejected, withdrawn, void or used." placeholder:"STATE"`
	Requester string `help:"Asked for by this user." placeholder:"USER"`
	Decider   string `help:"Approved, rejected or asked about by this user." placeholder:"USER"`
	Subject   string `help:"About this, such as RUN-000001." placeholder:"NAME"`
	Payee     string `help:"Which pays this customer or vendor." placeholder:"CODE"`
}

// Run lists approvals.
func (c *approvalsListCmd) Run(e *env) error {
	f := app.ApprovalFilter{Kind: c.Kind, State: c.State, Requester: c.Requester, Decider: c.Decider, Subject: c.Subject, Payee: c.Payee}
	return listPart(e, c.pageFlags, approvalColumns, "There is no such approval.", func(a *app.App, call app.Call, p app.Page) (app.Part[app.Approval], error) {
		return a.Approvals(e.ctx, call, f, p)
	}, approvalCells)
}

type approvalCode struct {
	Approval string `arg:"" help:"The approval, such as AP-000001."`
}

type approvalsShowCmd struct{ approvalCode }

// Run shows an approval.
func (c *approvalsShowCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.Approval(e.ctx, call, c.Approval)
		if err != nil {
			return err
		}
		if e.Output != "table" {
			return e.result(x, approvalColumns, approvalCells(&x.Approval), "")
		}
		return e.showApproval(x)
	})
}

// showApproval prints an approval for a person.
func (e *env) showApproval(x *app.ApprovalDetail) error {
	for _, line := range [][2]string{
		{"approval", x.Code + " " + strings.ReplaceAll(x.State, "_", " ")},
		{"about", x.Kind + " " + x.Subject + ": " + x.Title},
		{"amount", x.Amount + " " + x.Currency},
		{"payee", x.Payee},
		{"asked by", x.Requester + joined(", submitted by ", differing(x.SubmittedBy, x.Requester)) + " at " + x.SubmittedAt},
		{"rule", x.Rule + joined(" version ", numberOrBlank(x.RuleVersion))},
		{"you", mayText(x)},
		{"content", x.Digest},
	} {
		if strings.TrimSpace(line[1]) != "" {
			fmt.Fprintln(e.stdout, clean(fmt.Sprintf("%-9s %s", line[0], line[1])))
		}
	}
	steps := newTable(">step >need approvers started_at remind_at escalate_at escalate_to")
	for _, s := range x.ByStep {
		if err := steps.add(strconv.Itoa(s.Step), strconv.Itoa(s.Need), strings.Join(s.Approvers, " "), s.StartedAt, s.RemindAt, s.EscalateAt, strings.Join(s.EscalateTo, " ")); err != nil {
			return err
		}
	}
	history := newTable("at by for verb state >step reason")
	for _, h := range x.History {
		if err := history.add(h.At, h.Actor, h.ActingFor, h.Verb, h.State, strconv.Itoa(h.Step), h.Reason); err != nil {
			return err
		}
	}
	said := newTable("at outcome policies route")
	for _, p := range x.Policies {
		var versions []string
		for _, v := range p.Versions {
			versions = append(versions, fmt.Sprintf("%s/%d", v.Policy, v.N))
		}
		if err := said.add(p.At, string(p.Outcome), strings.Join(versions, " "), p.Route); err != nil {
			return err
		}
	}
	lines := newTable("voucher date account party >debit >credit currency text")
	for _, v := range x.Vouchers {
		for _, l := range v.Lines {
			if err := lines.add(v.Number, v.Date.String(), l.Account, l.Party, l.Debit, l.Credit, l.Currency, l.Text); err != nil {
				return err
			}
		}
	}
	others := newTable("approval subject state >worth submitted_at")
	for _, o := range x.Others {
		if err := others.add(o.Code, o.Subject, o.State, o.Worth, o.At); err != nil {
			return err
		}
	}
	for _, part := range []struct {
		title string
		table *table
	}{{"Steps", steps}, {"History", history}, {"Policies", said}, {"Would be posted", lines}, {"To the same payee", others}} {
		if err := section(e.stdout, part.title, part.table); err != nil {
			return err
		}
	}
	return nil
}

func differing(a, b string) string {
	if a == b {
		return ""
	}
	return a
}

func numberOrBlank(n int) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(n)
}

func mayText(x *app.ApprovalDetail) string {
	if x.May {
		return "may approve it: quittance approvals approve " + x.Code
	}
	return "may not approve it: " + x.MayNot
}

type approvalsSubmitCmd struct {
	Name string `arg:"" help:"A proposed run (RUN-…), a vendor payment (VPJ-…/1), or a journal of them (VPJ-…)."`
}

// Run submits.
func (c *approvalsSubmitCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.SubmitForApproval(e.ctx, call, c.Name)
		if err != nil {
			return err
		}
		return listAll(e, approvalColumns, "There is nothing of it left to approve.", all, approvalCells)
	})
}

type approvalsApproveCmd struct {
	Approvals []string `arg:"" help:"The approvals."`
	Preview   bool     `help:"Look only: what would become of each."`
	Reason    string   `help:"A word on it." placeholder:"TEXT"`
	Debits    bool     `help:"Approve requests although their customers owe something."`
	Digest    string   `help:"Of what you looked at, as show prints it: refused when it changed since (one approval)." placeholder:"HEX"`
}

// Run approves.
func (c *approvalsApproveCmd) Run(e *env) error {
	x := app.ApprovalDeciding{Approvals: c.Approvals, Verb: "approve", Reason: c.Reason, Digest: c.Digest, Debits: c.Debits}
	if len(c.Approvals) == 1 && !c.Preview {
		return e.decide(x)
	}
	return e.with(func(a *app.App, call app.Call) error {
		r, err := a.DecideApprovals(e.ctx, call, x, c.Preview)
		if err != nil {
			return err
		}
		if e.Output == "json" {
			err = e.object(r)
		} else {
			err = listAll(e, "approval subject state >worth ok why title", "There is no such approval.", r.Items, func(y *app.ApprovalDecided) []string {
				return []string{y.Code, y.Subject, y.State, y.Worth, yesNo(y.OK), y.Error, y.Title}
			})
		}
		if err == nil && e.Output == "table" {
			done := "approved"
			if c.Preview {
				done = "would be approved"
			}
			fmt.Fprintf(e.stdout, "%d %s, worth %s; %d not.\n", r.Done, done, r.Worth, r.Not)
		}
		if err == nil && !c.Preview {
			err = someRefused(nil, r.Not, "approvals")
		}
		return err
	})
}

// decide decides on one approval.
func (e *env) decide(x app.ApprovalDeciding) error {
	return e.with(func(a *app.App, call app.Call) error {
		y, err := a.DecideApproval(e.ctx, call, x)
		if err != nil {
			return err
		}
		sentence := "%s (%s) is %s."
		if y.State == "waiting" {
			return e.result(y, approvalColumns, approvalCells(y), "%s (%s) waits at step %d of %d.", y.Code, y.Subject, y.Step, y.Steps)
		}
		return e.result(y, approvalColumns, approvalCells(y), sentence, y.Code, y.Subject, strings.ReplaceAll(y.State, "_", " "))
	})
}

type approvalsRejectCmd struct {
	approvalCode
	Reason string `required:"" help:"Why; the requester reads it." placeholder:"TEXT"`
}

// Run rejects.
func (c *approvalsRejectCmd) Run(e *env) error {
	return e.decide(app.ApprovalDeciding{Approvals: []string{c.Approval}, Verb: "reject", Reason: c.Reason})
}

type approvalsAskCmd struct {
	approvalCode
	Text string `arg:"" help:"What more is needed."`
}

// Run asks.
func (c *approvalsAskCmd) Run(e *env) error {
	return e.decide(app.ApprovalDeciding{Approvals: []string{c.Approval}, Verb: "ask", Reason: c.Text})
}

type approvalsAnswerCmd struct {
	approvalCode
	Text string `arg:"" help:"The answer."`
}

// Run answers.
func (c *approvalsAnswerCmd) Run(e *env) error {
	return e.decide(app.ApprovalDeciding{Approvals: []string{c.Approval}, Verb: "answer", Reason: c.Text})
}

type approvalsWithdrawCmd struct {
	approvalCode
	Reason string `required:"" help:"Why." placeholder:"TEXT"`
}

// Run withdraws.
func (c *approvalsWithdrawCmd) Run(e *env) error {
	return e.decide(app.ApprovalDeciding{Approvals: []string{c.Approval}, Verb: "withdraw", Reason: c.Reason})
}
