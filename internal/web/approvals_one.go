package web

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/policy"
	"quittance/internal/web/ui"
)

// approvalView is what the page of an approval shows.
type approvalView struct {
	head, evidence                []ui.Definition
	mayNot                        string
	approve, other                *ui.Form // nil: the reader decides nothing
	digest                        string
	debits                        bool // the customer owes something: approving needs a yes
	verbs                         []ui.Option
	steps, policies, seen, others ui.Table
	duplicates, files             *ui.Table
	history                       []ui.Event
	effect                        templ.Component
	more                          string
}

// approval shows an approval with all that its approvers need.
func (s *site) approval(v *visit) error { return v.showApproval(nil) }

func (v *visit) showApproval(wrong error) error {
	x, err := v.app.Approval(v.ctx, v.call(), v.r.PathValue("approval"))
	if err != nil {
		return err
	}
	w := approvalView{head: v.approvalHead(x), digest: x.Digest, history: v.approvalHistory(x), steps: v.approvalSteps(x), others: v.approvalOthers(x)}
	w.policies, w.seen = v.approvalPolicies(x)
	if err := v.approvalEvidence(&w, x); err != nil {
		return err
	}
	v.approvalForms(&w, x, wrong)
	page := ui.Page{Title: x.Code, Lead: x.Title, Crumbs: v.approvalCrumb(), Badges: []ui.Badge{v.approvalBadge(x.State)}}
	if href := v.approvalSubject(&x.Approval); href != "" {
		page.Actions = []ui.Action{{Text: v.say("approvals.open_subject", "subject", x.Subject), Href: href}}
	}
	if wrong != nil {
		return v.again(wrong, page, approvalBody(w))
	}
	return v.show(page, approvalBody(w))
}

func (v *visit) approvalHead(x *app.ApprovalDetail) []ui.Definition {
	who := x.Requester
	if x.SubmittedBy != x.Requester {
		who = v.say("approvals.by_for", "by", x.SubmittedBy, "for", x.Requester)
	}
	rule := ui.Cell{Text: v.say("approvals.no_rule_one")}
	switch {
	case x.Automatic:
		rule.Text = v.say("approvals.automatic")
	case x.Rule != "":
		rule = ui.LinkCell(v.say("approvals.rule_version", "rule", x.Rule, "version", x.RuleVersion), v.path("approvals", "setup"))
	}
	step := ""
	if x.State == "waiting" {
		step = v.say("approvals.step_of", "step", x.Step, "steps", x.Steps)
	}
	worth := ui.Cell{}
	if x.Currency != v.currencyCode() {
		worth = ui.Cell{Amount: x.Worth, Currency: v.currencyCode()}
	}
	return []ui.Definition{
		{Name: v.say("approvals.subject"), Value: ui.LinkCell(v.say("approvals.kind."+x.Kind)+" "+x.Subject, v.approvalSubject(&x.Approval))},
		{Name: v.say("items.amount"), Value: ui.Cell{Text: ui.Money(v.with(), x.Amount, x.Currency)}},
		{Name: v.say("approvals.worth"), Value: worth},
		{Name: v.say("approvals.payee"), Value: v.approvalPayee(x.Payee)},
		{Name: v.say("approvals.requester"), Value: ui.TextCell(who)},
		{Name: v.say("approvals.submitted"), Value: ui.InstantCell(v.with(), x.SubmittedAt)},
		{Name: v.say("approvals.rule"), Value: rule},
		{Name: v.say("approvals.step"), Value: ui.TextCell(step)},
		{Name: v.say("approvals.organisation"), Value: ui.TextCell(x.Organisation)},
		{Name: v.say("approvals.command"), Value: ui.TextCell(v.commandText(x.Command))},
		{Name: v.say("approvals.digest"), Value: ui.TextCell(x.Digest[:16] + "…")},
	}
}

func (v *visit) commandText(name string) string {
	if key := "command." + name; name != "" && v.frame.Lang.Has(key) {
		return v.say(key)
	}
	return name
}

// approvalForms makes the forms by which the reader decides.
func (v *visit) approvalForms(w *approvalView, x *app.ApprovalDetail, wrong error) {
	action := v.path("approvals", x.Code, "decide")
	own := v.actor.Name == x.Requester || v.actor.Name == x.SubmittedBy
	form := func(submit string) *ui.Form { return &ui.Form{Action: action, Submit: submit, Typed: v.r.PostForm} }
	verb := v.form("verb")
	give := func(f *ui.Form, mine bool) {
		if f != nil && mine {
			f.Err = wrong
		}
	}
	switch {
	case x.State == "waiting" && x.May:
		w.approve = form(v.say("approvals.approve_submit", "amount", ui.Money(v.with(), x.Amount, x.Currency)))
		w.other = form(v.say("approvals.decide"))
		w.verbs = []ui.Option{{Value: "reject", Text: v.say("approvals.verb.reject")}, {Value: "ask", Text: v.say("approvals.verb.ask")}}
	case x.State == "waiting" && !own:
		w.mayNot = x.MayNot
	}
	if own && (x.State == "waiting" || x.State == "approved" || x.State == "more_information") {
		w.other = form(v.say("approvals.withdraw"))
		w.verbs = []ui.Option{{Value: "withdraw", Text: v.say("approvals.verb.withdraw")}}
		if x.State == "more_information" {
			w.other.Submit = v.say("approvals.decide")
			w.verbs = []ui.Option{{Value: "answer", Text: v.say("approvals.verb.answer")}, w.verbs[0]}
		}
	}
	if w.other != nil && len(w.verbs) == 1 && w.verbs[0].Value == "withdraw" {
		w.other.Danger = true
	}
	give(w.approve, verb == "approve")
	give(w.other, verb != "approve")
	if w.approve != nil && verb != "approve" {
		w.approve.Typed = nil
	}
}

// decideApproval decides, and shows what came of it.
func (s *site) decideApproval(v *visit) error {
	code, verb := v.r.PathValue("approval"), v.form("verb")
	x := app.ApprovalDeciding{Approvals: []string{code}, Verb: verb, Reason: v.form("reason"), Debits: v.form("debits") == "yes"}
	if verb == "approve" {
		x.Digest = v.form("digest")
	}
	y, err := v.app.DecideApproval(v.ctx, v.call(), x)
	if err != nil {
		if fault.CodeOf(err) == fault.Denied && v.may(identity.Approve) {
			return err
		}
		return v.showApproval(err)
	}
	notice := v.say("approvals.is_now", "subject", y.Subject, "state", v.say("approvals.state."+y.State))
	if y.State == "waiting" && verb == "approve" {
		notice = v.say("approvals.goes_on", "subject", y.Subject, "step", y.Step, "steps", y.Steps)
	}
	return v.done(v.path("approvals", code), notice)
}

func (v *visit) approvalSteps(x *app.ApprovalDetail) ui.Table {
	t := ui.Table{ID: "steps", Caption: v.say("approvals.steps"), Dense: true, Columns: wide([]ui.Column{
		{Title: v.say("approvals.step"), Kind: ui.Count},
		{Title: v.say("approvals.who_may")},
		{Title: v.say("approvals.need"), Kind: ui.Count},
		{Title: v.say("approvals.who_did")},
		{Title: v.say("approvals.began"), Kind: ui.Date},
		{Title: v.say("approvals.remind_at"), Kind: ui.Date},
		{Title: v.say("approvals.escalate_at"), Kind: ui.Date},
	}, 4, 5, 6), Empty: ui.Empty{Title: v.say("approvals.no_steps")}}
	for _, s := range x.ByStep {
		var did []string
		for _, h := range x.History {
			if h.Verb == "approve" && h.Step == s.Step {
				did = append(did, v.actingText(h.Actor, h.ActingFor))
			}
		}
		escalate := ui.InstantCell(v.with(), s.EscalateAt)
		escalate.Sub = v.whoText(s.EscalateTo)
		tone := ""
		if s.Step != x.Step || x.State != "waiting" {
			tone = "muted"
		}
		t.Rows = append(t.Rows, ui.Row{Tone: tone, Cells: []ui.Cell{
			ui.CountCell(v.with(), int64(s.Step)), ui.TextCell(v.whoText(s.Approvers)), ui.CountCell(v.with(), int64(s.Need)), ui.TextCell(strings.Join(did, ", ")),
			ui.InstantCell(v.with(), s.StartedAt), ui.InstantCell(v.with(), s.RemindAt), escalate,
		}})
	}
	return t
}

// whoText writes approvers, such as role:controller, in words.
func (v *visit) whoText(all []string) string {
	texts := make([]string, len(all))
	for i, w := range all {
		if role, is := strings.CutPrefix(w, "role:"); is {
			texts[i] = v.say("role." + role)
		} else {
			texts[i] = strings.TrimPrefix(w, "user:")
		}
	}
	return strings.Join(texts, ", ")
}

func (v *visit) actingText(actor, actingFor string) string {
	if actingFor == "" {
		return actor
	}
	return v.say("approvals.by_for", "by", actor, "for", actingFor)
}

func (v *visit) approvalHistory(x *app.ApprovalDetail) (all []ui.Event) {
	tones := map[string]string{"approve": "good", "reject": "bad", "void": "bad"}
	for i := len(x.History) - 1; i >= 0; i-- {
		h := &x.History[i]
		all = append(all, ui.Event{When: ui.Instant(v.with(), h.At), By: v.actingText(h.Actor, h.ActingFor), What: ui.TextCell(v.say("approvals.did." + h.Verb)), Detail: h.Reason, Tone: tones[h.Verb]})
	}
	return all
}

// approvalPolicies lists what policies said, and the values that the last of them saw.
func (v *visit) approvalPolicies(x *app.ApprovalDetail) (said, seen ui.Table) {
	said = ui.Table{ID: "said", Caption: v.say("approvals.policies"), Dense: true, Columns: wide([]ui.Column{
		{Title: v.say("items.date"), Kind: ui.Date}, {Title: v.say("policies.outcome"), Kind: ui.Status}, {Title: v.say("policies.says")}, {Title: v.say("policies.policy")},
	}, 3), Empty: ui.Empty{Title: v.say("approvals.no_policies")}}
	for _, p := range x.Policies {
		var versions []string
		for _, n := range p.Versions {
			versions = append(versions, fmt.Sprintf("%s/%d", n.Policy, n.N))
		}
		said.Rows = append(said.Rows, ui.Row{Cells: []ui.Cell{
			ui.InstantCell(v.with(), p.At), ui.BadgeCell(v.outcomeBadge(p.Outcome)), ui.TextCell(strings.Join(v.verdict(&p.Decision), " · ")), ui.TextCell(strings.Join(versions, ", ")),
		}})
	}
	seen = ui.Table{ID: "seen", Caption: v.say("approvals.values_seen"), Dense: true, Columns: []ui.Column{{Title: v.say("policies.field"), Kind: ui.Code}, {Title: v.say("policies.value")}}}
	if len(x.Policies) > 0 {
		values := map[string]any{}
		text, err := json.Marshal(x.Policies[0].Fields)
		if err != nil || json.Unmarshal(text, &values) != nil {
			return said, seen
		}
		for _, f := range policy.FieldInfos() {
			if shown := fieldText(values[f.Name]); shown != "" {
				seen.Rows = append(seen.Rows, ui.Row{Cells: []ui.Cell{ui.TextCell(f.Name), ui.TextCell(shown)}})
			}
		}
	}
	return said, seen
}

// fieldText writes the value of a field; blank when it is not known or nothing.
func fieldText(x any) string {
	switch y := x.(type) {
	case string:
		if ui.Zero(y) {
			return ""
		}
		return y
	case float64:
		if y == 0 || y == policy.Unknown {
			return ""
		}
		return fmt.Sprint(int64(y))
	case bool:
		if y {
			return "✓"
		}
	case []any:
		var all []string
		for _, one := range y {
			all = append(all, fmt.Sprint(one))
		}
		return strings.Join(all, ", ")
	}
	return ""
}

func (v *visit) approvalOthers(x *app.ApprovalDetail) ui.Table {
	t := ui.Table{ID: "others", Caption: v.say("approvals.others"), Dense: true, Columns: []ui.Column{
		{Title: v.say("approvals.approval"), Kind: ui.Code}, {Title: v.say("approvals.subject"), Kind: ui.Code}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: v.currencyCode()}, {Title: v.say("approvals.submitted"), Kind: ui.Date}, {Title: v.say("party.state"), Kind: ui.Status},
	}, Empty: ui.Empty{Title: v.say("approvals.no_others")}}
	for _, o := range x.Others {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.LinkCell(o.Code, v.path("approvals", o.Code)), ui.TextCell(o.Subject), ui.AmountCell(o.Worth, v.currencyCode()), ui.InstantCell(v.with(), o.At), ui.BadgeCell(v.approvalBadge(o.State))}})
	}
	return t
}

// approvalEvidence fills what was kept with the approval: vouchers that would be posted, and of a request its documents, debts and duplicates.
func (v *visit) approvalEvidence(w *approvalView, x *app.ApprovalDetail) error {
	if len(x.Vouchers) > 0 {
		w.effect = v.effect(&app.Effect{Vouchers: x.Vouchers})
	}
	if x.More > 0 {
		w.more = v.say("approvals.more_vouchers", "n", x.More)
	}
	if x.Kind != string(policy.Request) {
		return nil
	}
	q, err := v.app.Request(v.ctx, v.call(), x.Subject)
	if fault.CodeOf(err) == fault.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	w.evidence = []ui.Definition{
		{Name: v.say("approvals.customer"), Value: ui.Cell{Text: q.Customer, Href: v.path("parties", q.Customer), Sub: q.Name}},
		{Name: v.say("approvals.reason"), Value: ui.TextCell(q.Reason)},
		{Name: v.say("approvals.source"), Value: ui.TextCell(q.Source)},
		{Name: v.say("approvals.debts"), Value: ui.TextCell(strings.Join(q.Debts, ", "))},
	}
	w.debits = len(q.Debts) > 0
	files := ui.Table{ID: "files", Caption: v.say("approvals.files"), Dense: true, Columns: []ui.Column{{Title: v.say("approvals.file")}, {Title: v.say("policies.type")}}, Empty: ui.Empty{Title: v.say("approvals.no_files")}}
	for _, f := range q.Files {
		files.Rows = append(files.Rows, ui.Row{Cells: []ui.Cell{ui.LinkCell(f.Name, v.path("requests", q.Request, "files", count(int64(f.Attachment)))), ui.TextCell(f.Type)}})
	}
	w.files = &files
	dup := ui.Table{ID: "duplicates", Caption: v.say("approvals.duplicates"), Dense: true, Columns: []ui.Column{{Title: v.say("approvals.subject"), Kind: ui.Code}, {Title: v.say("approvals.because")}}, Empty: ui.Empty{Title: v.say("approvals.no_duplicates")}}
	for _, d := range q.Duplicates {
		dup.Rows = append(dup.Rows, ui.Row{Tone: "warn", Cells: []ui.Cell{ui.LinkCell(d.Request, v.path("requests", d.Request)), ui.TextCell(d.Why)}})
	}
	w.duplicates = &dup
	if x.State != "waiting" && x.State != "approved" {
		return nil
	}
	p, err := v.app.PreviewRequest(v.ctx, v.call(), x.Subject, 0)
	if err == nil && p != nil {
		w.effect = v.approvalPosting(p)
	}
	return nil // what cannot be posted yet, such as a credit that approval makes, has no preview
}

// approvalPosting shows the vouchers that posting a request would post.
func (v *visit) approvalPosting(p *app.RequestPreview) templ.Component {
	var parts []templ.Component
	for i, r := range p.Reimbursements {
		var lines []ui.VoucherLine
		for _, l := range r.Lines {
			lines = append(lines, ui.VoucherLine{Account: l.Account, AccountHref: v.path("accounts", l.Account), Debit: l.Debit, Credit: l.Credit})
		}
		parts = append(parts, previewVoucher(fmt.Sprintf("%s/%d", p.Request, i+1), ui.VoucherTable(fmt.Sprintf("%s/%d", p.Request, i+1), p.Currency, lines, "", "")))
	}
	return templ.Join(parts...)
}
