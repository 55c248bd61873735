package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/openitem"
	"quittance/internal/request"
	"quittance/internal/web/ui"
)

// requestView is what the page of a request shows.
type requestView struct {
	code            string
	way             []ui.Tab
	stats           []ui.Stat
	warn            []string
	asked           string // what an approver wants to know; blank: nothing
	head, clock     []ui.Definition
	credits, posted ui.Table
	posting         templ.Component // what posting would post; nil: nothing is left to
	refused         string          // why it could not be posted
	files           ui.Table
	approval        []ui.Definition
	policies        ui.Table
	seen            []ui.Definition
	items, others   ui.Table
	itemsAll        string // address of all of them
	othersAll       string
	events          []ui.Event
	may, changeable bool
	types           []ui.Option
	attach, comment ui.Form
}

// request shows a request.
func (s *site) request(v *visit) error { return v.showRequest(nil, "") }

// showRequest shows a request; wrong is what was refused of the form of that name on its page.
func (v *visit) showRequest(wrong error, form string) error {
	x, err := v.app.Request(v.ctx, v.call(), v.r.PathValue("request"))
	if err != nil {
		return err
	}
	w := requestView{
		code: x.Request, way: v.requestWay(x), stats: v.requestStats(x), head: v.requestHead(x), clock: v.requestClock(x), credits: v.requestCreditTable(x), posted: v.requestPosted(x), files: v.requestFileTable(x), events: v.requestHistory(x),
		may: v.may(identity.Reimburse), changeable: slices.Contains([]request.State{request.Draft, request.Submitted, request.MoreInformation, request.InReview, request.Approved}, x.State),
		attach:  ui.Form{Action: v.path("requests", x.Request, "files"), Submit: v.say("requests.attach"), Files: true},
		comment: ui.Form{Action: v.path("requests", x.Request, "comment"), Submit: v.say("deductions.comment_add")},
	}
	for _, kind := range request.FileTypes() {
		w.types = append(w.types, ui.Option{Value: kind, Text: v.fileTypeName(kind)})
	}
	if err := v.fillPosting(&w, x); err != nil {
		return err
	}
	if err := v.fillApproval(&w, x); err != nil {
		return err
	}
	if err := v.fillCustomer(&w, x); err != nil {
		return err
	}
	switch {
	case wrong != nil && form == "comment":
		w.comment.Err, w.comment.Typed = wrong, v.typed()
	case wrong != nil:
		w.attach.Err = wrong
	}
	w.warn = v.requestWarnings(x, "")
	if x.State == request.MoreInformation {
		w.asked = lastDetail(x, request.MoreInformation)
	}
	page := ui.Page{Title: x.Request, Lead: strings.TrimSpace(x.Customer + " " + x.Name), Badges: v.requestBadges(&x.RequestView), Crumbs: v.requestCrumbs(), Actions: v.requestActions(x)}
	if wrong != nil {
		return v.again(wrong, page, requestBody(w))
	}
	return v.show(page, requestBody(w))
}

// lastDetail gives what was said when a request last came to a state.
func lastDetail(x *app.RequestDetail, state request.State) string {
	for _, e := range slices.Backward(x.History) {
		if e.To == state && e.From != state {
			return e.Detail
		}
	}
	return ""
}

// requestWay is the way of a request that goes well, with where it is; what ended otherwise stands at its end.
func (v *visit) requestWay(x *app.RequestDetail) (way []ui.Tab) {
	states := []request.State{request.Draft, request.Submitted, request.InReview, request.Approved, request.Posted, request.InPayment, request.Paid, request.Cleared}
	at := x.State
	if at == request.OnHold {
		at = x.HeldFrom
	}
	if i := slices.Index(states, at); i < 0 { // beside the way: it stands behind the last step that was reached
		last := 0
		for _, e := range x.History {
			last = max(last, slices.Index(states, e.To))
		}
		states = append(states[:last+1:last+1], at)
	}
	for i, s := range states {
		way = append(way, ui.Tab{Text: v.say("request.state." + string(s)), Count: strconv.Itoa(i + 1), Here: s == at})
	}
	return way
}

func (v *visit) requestStats(x *app.RequestDetail) []ui.Stat {
	all := []ui.Stat{{Name: v.say("items.amount"), Text: v.say("requests.no_amount")}}
	if x.Currency != "" && !ui.Zero(x.Amount) {
		all[0] = ui.Stat{Name: v.say("items.amount"), Amount: x.Amount, Currency: x.Currency}
	}
	all = append(all, ui.Stat{Name: v.say("requests.days_in", "state", v.say("request.state."+string(x.State))), Text: ui.Number(v.with(), int64(x.Days)), Sub: ui.Instant(v.with(), x.Since)})
	return append(all, v.dueStats(x)...)
}

// dueStats say by when a request is to be paid, and of which clock.
func (v *visit) dueStats(x *app.RequestDetail) (all []ui.Stat) {
	for _, c := range []struct {
		key, of string
		stat    ui.Stat
	}{{"requests.refund_by", x.Clock.RefundBy.String(), ui.Stat{Text: ui.Day(v.with(), x.Clock.RefundBy), Sub: x.Clock.Jurisdiction}}, {"requests.service_by", x.Clock.ServiceBy.String(), ui.Stat{Text: ui.Day(v.with(), x.Clock.ServiceBy)}}} {
		if c.of != "" {
			c.stat.Name = v.say(c.key)
			all = append(all, c.stat)
		}
	}
	return all
}

// requestWarnings say what a person should look at: twins, debts, and why it cannot be posted.
func (v *visit) requestWarnings(x *app.RequestDetail, refused string) (all []string) {
	if !x.State.Follows() && !x.State.Ended() {
		for _, d := range x.Duplicates {
			all = append(all, v.say("requests.looks_like", "request", d.Request, "state", v.say("request.state."+string(d.State)), "why", v.twinReason(d.Why)))
		}
		if len(x.Debts) > 0 {
			all = append(all, v.say("requests.owes", "what", strings.Join(x.Debts, ", ")))
		}
	}
	if refused != "" {
		all = append(all, v.say("requests.cannot_post", "why", refused))
	}
	return all
}

// twinReason says in the reader's language why a request looks like another.
func (v *visit) twinReason(why string) string {
	for key, x := range map[string]string{"source": "the same customer, amount and source", "credit": "the same customer, amount and credit", "file": "the same attachment"} {
		if x == why {
			return v.say("requests.twin." + key)
		}
	}
	return why
}

func (v *visit) requestHead(x *app.RequestDetail) []ui.Definition {
	by := func(who, when string) ui.Cell { return ui.Cell{Text: who, Sub: ui.Instant(v.with(), when)} }
	list := []ui.Definition{
		{Name: v.say("kind.customer"), Value: ui.Cell{Text: x.Customer, Href: v.path("customers", x.Customer), Sub: x.Name}},
		{Name: v.say("requests.kind"), Value: ui.TextCell(v.say("request.kind." + string(x.Kind)))},
		{Name: v.say("requests.reason"), Value: ui.TextCell(x.Reason)},
		{Name: v.say("requests.source"), Value: ui.TextCell(x.Source)},
		{Name: v.say("requests.payee"), Value: ui.LinkCell(x.Payee, v.path("vendors", x.Payee))},
		{Name: v.say("vpay.method"), Value: ui.TextCell(x.Method)},
		{Name: v.say("requests.classification"), Value: ui.TextCell(x.Classification)},
		{Name: v.say("requests.asked"), Value: ui.DayCell(v.with(), x.Asked)},
		{Name: v.say("requests.key"), Value: ui.TextCell(x.Key)},
		{Name: v.say("requests.created_by"), Value: by(x.CreatedBy, x.CreatedAt)},
	}
	if x.SubmittedBy != "" {
		list = append(list, ui.Definition{Name: v.say("requests.submitted_by"), Value: by(x.SubmittedBy, x.SubmittedAt)})
	}
	if x.ApprovedBy != "" {
		list = append(list, ui.Definition{Name: v.say("requests.approved_by"), Value: by(x.ApprovedBy, x.ApprovedAt)})
	}
	if x.Run != "" {
		list = append(list, ui.Definition{Name: v.say("requests.posted_by"), Value: ui.TextCell(x.PostedBy)}, ui.Definition{Name: v.say("kind.run"), Value: ui.LinkCell(x.Run, v.path("runs", x.Run))})
	}
	return append(list, ui.Definition{Name: v.say("voucher.trail"), Value: ui.LinkCell(v.say("voucher.trail_link"), v.path("audit")+"?subject="+escapeQuery(x.Request))})
}

// requestPosted lists what the request posted, and what paid it.
func (v *visit) requestPosted(x *app.RequestDetail) ui.Table {
	t := ui.Table{ID: "posted", Caption: v.say("requests.posted"), Dense: true, Columns: []ui.Column{{Title: v.say("trace.document"), Kind: ui.Code}, {Title: v.say("items.type")}}}
	for _, number := range x.Reimbursements {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.LinkCell(number, v.path("reimbursements", number)), ui.TextCell(v.say("kind.reimbursement"))}})
	}
	for _, name := range x.Payments {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.LinkCell(name, v.paymentPath(name)), ui.TextCell(v.say("kind.vendor_payment"))}})
	}
	return t
}

func (v *visit) requestClock(x *app.RequestDetail) []ui.Definition {
	c := x.Clock
	list := []ui.Definition{
		{Name: v.say("unclaimed.jurisdiction"), Value: ui.TextCell(c.Jurisdiction)},
		{Name: v.say("requests.arose"), Value: ui.DayCell(v.with(), c.Arose)},
		{Name: v.say("requests.refund_by"), Value: ui.DayCell(v.with(), c.RefundBy)},
		{Name: v.say("requests.service_by"), Value: ui.DayCell(v.with(), c.ServiceBy)},
		{Name: v.say("requests.good_faith"), Value: ui.DayCell(v.with(), c.GoodFaithBy)},
		{Name: v.say("requests.interest_on"), Value: ui.DayCell(v.with(), c.InterestOn)},
	}
	if c.InterestDays > 0 && x.Currency != "" {
		list = append(list, ui.Definition{Name: v.say("requests.interest"), Value: ui.Cell{Text: ui.Money(v.with(), c.Interest, x.Currency), Sub: v.say("requests.interest_days", "n", c.InterestDays)}})
	}
	return append(list, ui.Definition{Name: v.say("requests.barred"), Value: ui.DayCell(v.with(), c.BarredOn)})
}

// requestCreditTable lists what is wanted: credits, or the lines of a new one.
func (v *visit) requestCreditTable(x *app.RequestDetail) ui.Table {
	t := ui.Table{ID: "credits", Dense: true, Caption: v.say("requests.wanted"), Empty: ui.Empty{Title: v.say("requests.wants_nothing"), Lead: v.say("requests.wants_nothing_lead")}, Columns: []ui.Column{
		{Title: v.say("items.voucher"), Kind: ui.Code}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: x.Currency},
	}}
	if len(x.Lines) > 0 {
		t.Columns[0].Title = v.say("items.account")
		for _, l := range x.Lines {
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.LinkCell(l.Account, v.path("accounts", l.Account)), ui.AmountCell(l.Amount, x.Currency)}})
		}
	} else {
		for _, k := range x.Credits {
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{v.voucherLink(k.Credit), ui.AmountCell(k.Amount, x.Currency)}})
		}
	}
	if len(t.Rows) > 0 {
		t.Sums = []ui.Cell{ui.TextCell(v.say("table.sum")), ui.AmountCell(x.Amount, x.Currency)}
	}
	if x.NewCredit != "" {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: x.NewCredit, Href: v.path("vouchers", x.NewCredit), Sub: v.say("requests.new_credit")}, {}}})
	}
	return t
}

// fillPosting shows what posting would post, while it is not posted.
func (v *visit) fillPosting(w *requestView, x *app.RequestDetail) error {
	if x.State.Follows() || x.State.Ended() || (len(x.Lines) > 0 && x.NewCredit == "") || len(x.Credits) == 0 {
		return nil
	}
	p, err := v.app.PreviewRequest(v.ctx, v.call(), x.Request, 0)
	switch fault.CodeOf(err) {
	case "":
		w.posting = v.requestPosting(p)
	case fault.Refused, fault.Invalid, fault.Conflict, fault.NotFound:
		w.refused = err.Error()
	default:
		return err
	}
	return nil
}

// requestPosting shows vouchers that would be posted; nil when there are none.
func (v *visit) requestPosting(p *app.RequestPreview) templ.Component {
	if p == nil {
		return nil
	}
	var parts []templ.Component
	for i, r := range p.Reimbursements {
		t := ui.Table{ID: "posting-" + strconv.Itoa(i), Caption: v.say("type.reimbursement") + " " + strconv.Itoa(i+1), Dense: true, Columns: []ui.Column{
			{Title: v.say("voucher.account"), Kind: ui.Code}, {Title: v.say("voucher.debit"), Kind: ui.Amounts, Note: p.Currency}, {Title: v.say("voucher.credit"), Kind: ui.Amounts, Note: p.Currency},
		}}
		for _, l := range r.Lines {
			t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.LinkCell(l.Account, v.path("accounts", l.Account)), ui.AmountCell(l.Debit, p.Currency, true), ui.AmountCell(l.Credit, p.Currency, true)}})
		}
		var settles []string
		for _, s := range r.Settles {
			settles = append(settles, v.say("requests.settles", "credit", s.Voucher, "amount", ui.Money(v.with(), s.Amount, p.Currency)))
		}
		parts = append(parts, previewVoucher(v.say("type.reimbursement"), ui.DataTable(t)), paragraph(strings.Join(settles, ", ")))
	}
	return templ.Join(parts...)
}

// fillApproval shows how far the approval is, what policies said and the values that they saw.
func (v *visit) fillApproval(w *requestView, x *app.RequestDetail) error {
	if x.Approval == nil {
		return nil
	}
	w.approval = []ui.Definition{{Name: v.say("requests.approvers"), Value: ui.TextCell(strings.Join(x.Approval.Approved, ", "))}}
	if len(x.Accepted) > 0 {
		w.approval = append(w.approval, ui.Definition{Name: v.say("requests.accepted"), Value: ui.TextCell(strings.Join(x.Accepted, ", "))})
	}
	if x.Approval.Approval == "" {
		if x.State != request.Draft {
			w.approval = append(w.approval, ui.Definition{Name: v.say("requests.rule"), Value: ui.TextCell(v.say("requests.one_approver"))})
		}
		return nil
	}
	a, err := v.app.Approval(v.ctx, v.call(), x.Approval.Approval)
	if err != nil {
		return err
	}
	w.approval = append(w.approval, ui.Definition{Name: v.say("requests.approval"), Value: ui.LinkCell(a.Code, v.path("approvals", a.Code))}, ui.Definition{Name: v.say("party.state"), Value: ui.BadgeCell(v.approvalBadge(a.State))})
	if a.Rule != "" {
		w.approval = append(w.approval, ui.Definition{Name: v.say("requests.rule"), Value: ui.TextCell(v.say("requests.rule_version", "rule", a.Rule, "n", a.RuleVersion))})
	}
	for _, st := range a.ByStep {
		value := ui.Cell{Text: v.whoText(st.Approvers), Sub: v.say("requests.step_need", "n", st.Need)}
		w.approval = append(w.approval, ui.Definition{Name: v.say("requests.step", "step", st.Step, "steps", a.Steps), Value: value})
	}
	w.policies, w.seen = v.policyTable(a)
	return nil
}

// policyTable lists what policies decided, with their versions, and the values that the newest decision saw.
func (v *visit) policyTable(a *app.ApprovalDetail) (t ui.Table, seen []ui.Definition) {
	t = ui.Table{ID: "policies", Dense: true, Caption: v.say("requests.policies"), Columns: []ui.Column{{Title: v.say("requests.policy")}, {Title: v.say("requests.outcome")}, {Title: v.say("requests.said")}}}
	for i, p := range a.Policies {
		var said []string
		for _, s := range slices.Concat(p.Refusals, p.Reviews) {
			said = append(said, s.Text)
		}
		if p.Approved.Policy != "" {
			said = append(said, p.Approved.Text)
		}
		var names []string
		for _, n := range p.Versions {
			names = append(names, v.say("requests.rule_version", "rule", n.Policy, "n", n.N))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: strings.Join(names, ", "), Sub: ui.Instant(v.with(), p.At)}, ui.TextCell(v.outcomeName(string(p.Outcome))), ui.TextCell(strings.Join(said, "; "))}})
		if i == 0 {
			for _, pair := range recordPairs(jsonOf(p.Fields)) {
				seen = append(seen, ui.Definition{Name: pair[0], Value: ui.TextCell(pair[1])})
			}
		}
	}
	return t, seen
}

// outcomeName names what a policy decided.
func (v *visit) outcomeName(outcome string) string {
	if key := "requests.outcome." + outcome; v.frame.Lang.Has(key) {
		return v.say(key)
	}
	return outcome
}

const besideMost = 5 // items, and other requests, of the customer that stand beside a request

// fillCustomer shows what is open of the customer, and the customer's other requests.
func (v *visit) fillCustomer(w *requestView, x *app.RequestDetail) error {
	part, err := v.app.Items(v.ctx, v.call(), app.ItemFilter{Side: openitem.Customers, Party: x.Customer}, app.Page{Limit: besideMost})
	if err != nil {
		return err
	}
	all := &ui.Action{Text: v.say("party.tab.items"), Href: v.path("customers", x.Customer, "items")}
	w.items = ui.Table{ID: "open", Caption: v.say("requests.customer_open"), Dense: true, Empty: ui.Empty{Title: v.say("items.empty"), Action: all}, Columns: []ui.Column{
		{Title: v.say("items.voucher"), Kind: ui.Code}, {Title: v.say("items.due"), Kind: ui.Date}, {Title: v.say("items.amount"), Kind: ui.Amounts}, {Title: v.say("party.currency")},
	}}
	for _, it := range part.Items {
		w.items.Rows = append(w.items.Rows, ui.Row{Cells: []ui.Cell{v.voucherLink(it.Voucher), ui.DayCell(v.with(), it.DueDate), ui.AmountCell(it.Open, it.Currency), ui.TextCell(it.Currency)}})
	}
	others, err := v.app.Requests(v.ctx, v.call(), app.RequestFilter{Customer: x.Customer}, app.Page{Limit: besideMost + 1})
	if err != nil {
		return err
	}
	w.others = ui.Table{ID: "others", Caption: v.say("requests.others"), Dense: true, Empty: ui.Empty{Title: v.say("requests.no_others")}, Columns: []ui.Column{
		{Title: v.say("kind.request"), Kind: ui.Code}, {Title: v.say("items.amount"), Kind: ui.Amounts}, {Title: v.say("party.currency")}, {Title: v.say("party.state"), Kind: ui.Status},
	}}
	for _, y := range others.Items {
		if y.Request == x.Request {
			continue
		}
		w.others.Rows = append(w.others.Rows, ui.Row{Cells: []ui.Cell{
			ui.LinkCell(y.Request, v.path("requests", y.Request)), ui.AmountCell(y.Amount, y.Currency), ui.TextCell(y.Currency), ui.BadgeCell(v.requestBadge(y.State)),
		}})
	}
	w.itemsAll, w.othersAll = v.path("customers", x.Customer, "items"), v.path("customers", x.Customer, "requests")
	return nil
}

func (v *visit) requestHistory(x *app.RequestDetail) (events []ui.Event) {
	for _, e := range x.History {
		what := ui.Event{When: ui.Instant(v.with(), e.At), By: e.By, Detail: e.Detail}
		if e.What == request.WasChanged {
			b := v.requestBadge(e.To)
			what.What, what.Tone = ui.TextCell(b.Text), b.Tone
		} else {
			what.What = ui.TextCell(v.say("request.event." + e.What))
		}
		events = append(events, what)
	}
	slices.Reverse(events)
	return events
}
