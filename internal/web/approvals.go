package web

import (
	"strings"
	"time"

	"quittance/internal/app"
	"quittance/internal/approval"
	"quittance/internal/identity"
	"quittance/internal/policy"
	"quittance/internal/web/ui"
)

func (s *site) routesApprovals() {
	const nav = "approvals"
	s.in(nav, "GET /approvals", s.approvalInbox)
	s.in(nav, "GET /approvals/list", s.approvalList)
	s.in(nav, "GET /approvals/bulk", needs(identity.Approve, func(v *visit) error { return v.bulkForm(nil) }))
	s.in(nav, "POST /approvals/bulk", needs(identity.Approve, s.bulkDecide))
	s.in(nav, "POST /approvals/submit", s.submitForApproval)
	s.in(nav, "GET /approvals/{approval}", s.approval)
	s.in(nav, "POST /approvals/{approval}/decide", s.decideApproval)
	s.routesApprovalSetup()
	s.routesPolicies()
}

// approvalParts are the parts of approvals, each a page.
func (v *visit) approvalTabs(here string) (all []ui.Tab) {
	for _, x := range []struct {
		key   string
		parts []string
	}{{"inbox", []string{"approvals"}}, {"list", []string{"approvals", "list"}}, {"setup", []string{"approvals", "setup"}}, {"policies", []string{"policies"}}} {
		all = append(all, ui.Tab{Text: v.say("approvals.part." + x.key), Href: v.path(x.parts...), Here: x.key == here})
	}
	return all
}

func (v *visit) approvalCrumb(more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Text: v.say("nav.approvals"), Href: v.path("approvals")}}, more...)
}

// approvalFilter reads from the address what is looked at.
func (v *visit) approvalFilter() (f app.ApprovalFilter, err error) {
	f = app.ApprovalFilter{
		Kind: v.query("kind"), State: v.query("state"), Requester: v.query("requester"), Decider: v.query("decider"), Subject: v.query("subject"), Payee: v.query("payee"), Rule: v.query("rule"), From: v.query("from"), To: v.query("to"),
	}
	if f.Since, err = v.day("since"); err == nil {
		f.Until, err = v.day("until")
	}
	return f, err
}

var approvalColumns = columns([]string{"approval", "kind", "subject", "title", "state", "currency", "payee", "requester", "submitted_by", "submitted_at", "rule", "step", "steps", "due_at", "ended_at"}, "amount", "worth")

func approvalRow(x app.Approval) []string {
	return []string{x.Code, x.Kind, x.Subject, x.Title, x.State, x.Currency, x.Payee, x.Requester, x.SubmittedBy, x.SubmittedAt, x.Rule, count(int64(x.Step)), count(int64(x.Steps)), x.DueAt, x.EndedAt, x.Amount, x.Worth}
}

// approvalsView is what the inbox and the list show.
type approvalsView struct {
	parts  []ui.Tab
	stats  []ui.Stat
	table  ui.Table
	kinds  []ui.Option
	states []ui.Option
	bulk   string // address of the bulk page; blank: nothing is chosen here
	inbox  bool
}

// approvalInbox shows what waits for the reader.
func (s *site) approvalInbox(v *visit) error {
	page := ui.Page{Title: v.say("nav.approvals"), Lead: v.say("approvals.inbox_lead")}
	w := approvalsView{parts: v.approvalTabs("inbox"), inbox: true, kinds: options(v, "approvals.kind.", policy.Kinds())}
	if !v.may(identity.Approve) {
		w.table = ui.Table{ID: "approvals", Empty: ui.Empty{Title: v.say("approvals.not_approver"), Lead: v.say("approvals.not_approver_lead"), Action: &ui.Action{Text: v.say("approvals.part.list"), Href: v.path("approvals", "list")}}}
		return v.show(page, approvalsBody(w))
	}
	f, err := v.approvalFilter()
	if err != nil {
		return err
	}
	list := func(p app.Page) (app.Part[app.Approval], error) { return v.app.Inbox(v.ctx, v.call(), f, p) }
	if v.exported() {
		return export(v, "approval-inbox", approvalColumns, list, approvalRow)
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	figures, err := v.app.InboxFigures(v.ctx, v.call())
	if err != nil {
		return err
	}
	for _, x := range figures {
		w.stats = append(w.stats, ui.Stat{Name: v.say("approvals.kinds." + x.Kind), Text: ui.Number(v.with(), int64(x.Count)), Sub: v.say("approvals.worth_since", "amount", ui.Money(v.with(), x.Worth, v.currencyCode()), "day", ui.Instant(v.with(), x.Oldest)), Href: ui.Here(v.with(), "kind", x.Kind)})
	}
	w.table = v.approvalTable(part.Items, true)
	w.table.Next, w.table.After = part.Next, v.query("after") != ""
	w.table.Empty = ui.Empty{Title: v.say("approvals.none_wait"), Lead: v.say("approvals.none_wait_lead")}
	if f != (app.ApprovalFilter{}) {
		w.table.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("approvals")}}
	}
	if len(w.table.Rows) > 0 {
		w.table.Select, w.bulk = "pick", v.path("approvals", "bulk")
	}
	page.Actions = v.exports()
	return v.show(page, approvalsBody(w))
}

// approvalList shows all approvals.
func (s *site) approvalList(v *visit) error {
	f, err := v.approvalFilter()
	if err != nil {
		return err
	}
	list := func(p app.Page) (app.Part[app.Approval], error) { return v.app.Approvals(v.ctx, v.call(), f, p) }
	if v.exported() {
		return export(v, "approvals", approvalColumns, list, approvalRow)
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	w := approvalsView{parts: v.approvalTabs("list"), kinds: options(v, "approvals.kind.", policy.Kinds()), states: options(v, "approvals.state.", approval.States()), table: v.approvalTable(part.Items, false)}
	w.table.Next, w.table.After = part.Next, v.query("after") != ""
	w.table.Empty = ui.Empty{Title: v.say("approvals.none"), Lead: v.say("approvals.none_lead")}
	if f != (app.ApprovalFilter{}) {
		w.table.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("approvals", "list")}}
	}
	return v.show(ui.Page{Title: v.say("approvals.part.list"), Crumbs: v.approvalCrumb(), Actions: v.exports()}, approvalsBody(w))
}

var approvalTones = map[string]string{"waiting": "warn", "more_information": "info", "approved": "good", "rejected": "bad", "withdrawn": "", "void": "bad", "used": "good"}

func (v *visit) approvalBadge(state string) ui.Badge {
	return ui.Badge{Text: v.say("approvals.state." + state), Tone: approvalTones[state]}
}

// approvalTable lists approvals; in the inbox with their age instead of their state.
func (v *visit) approvalTable(items []app.Approval, inbox bool) ui.Table {
	t := ui.Table{ID: "approvals", Caption: v.say("nav.approvals"), Columns: wide([]ui.Column{
		{Title: v.say("approvals.approval"), Kind: ui.Code},
		{Title: v.say("approvals.subject")},
		{Title: v.say("items.amount"), Kind: ui.Amounts},
		{Title: v.say("party.currency")},
		{Title: v.say("approvals.payee"), Kind: ui.Code},
		{Title: v.say("approvals.requester")},
		{Title: v.say("approvals.submitted"), Kind: ui.Date},
		{Title: v.say("approvals.due"), Kind: ui.Date},
		{Title: v.say("party.state"), Kind: ui.Status},
	}, 3, 4, 5, 6, 7)}
	for i := range items {
		x := &items[i]
		href := v.path("approvals", x.Code)
		state := ui.BadgeCell(v.approvalBadge(x.State))
		if x.State == "waiting" && x.Steps > 1 {
			state.Sub = v.say("approvals.step_of", "step", x.Step, "steps", x.Steps)
		}
		at := ui.InstantCell(v.with(), x.SubmittedAt)
		if inbox {
			at.Sub = v.age(x.SubmittedAt)
			if v.late(x.DueAt) {
				state.Badges = append(state.Badges, ui.Badge{Text: v.say("approvals.overdue"), Tone: "bad"})
			}
		}
		t.Rows = append(t.Rows, ui.Row{ID: x.Code, Name: x.Code, Href: href, Cells: []ui.Cell{
			ui.LinkCell(x.Code, href),
			{Text: v.say("approvals.kind."+x.Kind) + " " + x.Subject, Href: v.approvalSubject(x), Sub: x.Title},
			ui.AmountCell(x.Amount, x.Currency), ui.TextCell(x.Currency), v.approvalPayee(x.Payee),
			ui.TextCell(x.Requester), at, ui.InstantCell(v.with(), x.DueAt), state,
		}})
	}
	return t
}

func (v *visit) approvalPayee(code string) ui.Cell {
	if code == "" {
		return ui.Cell{}
	}
	return ui.LinkCell(code, v.path("parties", code))
}

// age says how many days ago something was.
func (v *visit) age(at string) string {
	t, err := time.Parse(time.RFC3339Nano, at)
	if err != nil {
		return ""
	}
	if n := int(v.app.Now().Sub(t).Hours() / 24); n > 0 {
		return v.say("approvals.days_ago", "n", n)
	}
	return v.say("approvals.today")
}

// late says whether an instant is past.
func (v *visit) late(at string) bool {
	t, err := time.Parse(time.RFC3339Nano, at)
	return err == nil && t.Before(v.app.Now())
}

// subjectPath gives the page of what an approval is about; blank when it has none.
func (v *visit) approvalSubject(x *app.Approval) string {
	first, _, _ := strings.Cut(x.Subject, " ")
	switch policy.Kind(x.Kind) {
	case policy.Request:
		return v.path("requests", x.Subject)
	case policy.Run:
		return v.path("runs", x.Subject)
	case policy.Payment:
		return v.paymentPath(x.Subject)
	case policy.WriteOff, policy.Resolution:
		return v.path("deductions", x.Subject)
	case policy.PayeeChange:
		if x.Type == "other_payee" {
			return v.paymentPath(first)
		}
		return v.path("parties", x.Payee)
	}
	switch x.Type {
	case "run":
		return v.path("runs", first)
	case "reimbursement":
		return v.path("reimbursements", first)
	case "voucher":
		return v.path("vouchers", first)
	}
	return ""
}
