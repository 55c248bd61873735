package web

import (
	"errors"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

func (s *site) routesDeductions() {
	s.in("deductions", "GET /deductions", s.deductions)
	s.in("deductions", "POST /deductions/views", s.saveView)
	s.in("deductions", "GET /deductions/mass", s.massForm)
	s.in("deductions", "POST /deductions/mass", s.mass)
	s.in("deductions", "GET /deductions/new-claim", needs(identity.Deduct, s.claimForm))
	s.in("deductions", "POST /deductions/new-claim", needs(identity.Deduct, s.claim))
	s.in("deductions", "GET /deductions/{number}", s.deduction)
	s.routesDeductionWork()
	s.routesResolve()
}

var (
	workStates    = []string{"captured", "coded", "awaiting_evidence", "in_research", "in_review", "decided_valid", "decided_invalid", "decided_partly", "pending_approval", "approval_rejected", "settlement_pending", "closed", "duplicate", "cancelled"}
	disputeStates = []string{"not_disputed", "filed", "customer_researching", "supplier_action_needed", "approved", "partly_approved", "denied", "awaiting_payback", "paid_back", "partly_paid_back", "re_deducted", "expired"}
)

// deductionFilter reads the filter of the worklist from the address.
func (v *visit) deductionFilter() (f app.DeductionFilter, err error) {
	f = app.DeductionFilter{
		Order: v.query("order"), Closed: v.query("closed") == "yes", Owner: v.query("owner"), Team: v.query("team"), Customer: v.query("customer"), Reason: v.query("reason"), Uncoded: v.query("uncoded") == "yes", Type: v.query("type"),
		Work: v.query("work"), Dispute: v.query("dispute"), Financial: v.query("financial"), Hold: v.query("hold"), From: v.query("least"), To: v.query("most"), Currency: v.query("currency"), Text: v.query("q"), Watcher: v.query("watcher"),
	}
	switch v.query("ready") {
	case "yes", "no":
		ready := v.query("ready") == "yes"
		f.Ready = &ready
	}
	if f.Closed && f.Order == "" {
		f.Order = app.ByNumber
	}
	f.Due, err = v.day("due")
	return f, err
}

var deductionColumns = columns([]string{"deduction", "customer", "customer_name", "type", "allowed", "reason", "their_code", "claim", "invoice", "captured", "financial", "work", "substate", "dispute", "owner", "team", "priority", "follow_up", "expires", "ready", "currency"}, "amount", "resolved", "split", "remaining", "expected", "days_left")

func deductionCells(x app.DeductionRow) []string {
	days := ""
	if x.DaysLeft != nil {
		days = strconv.Itoa(*x.DaysLeft)
	}
	return []string{
		x.Number, x.Customer, x.CustomerName, x.Type, yes(x.Allowed), x.Reason, x.TheirCode, x.ClaimNumber, x.Invoice, x.Captured.String(), x.Financial, x.Work, x.Substate, x.Dispute, x.Owner, x.Team, strconv.Itoa(x.Priority), x.FollowUp.String(), x.Expires.String(), yes(x.Ready), x.Currency,
		x.Amount, x.Resolved, x.Split, x.Remaining, x.Expected, days,
	}
}

// worklist is what the page of the worklist shows.
type worklist struct {
	table   ui.Table
	totals  []ui.Stat
	later   string // address of the page with its totals; blank: they are there
	views   []ui.Tab
	own     []savedView
	choices *deductionChoices
	work    bool // the reader may change deductions
	approve bool
	dispute []ui.Option
	states  []ui.Option
}

// deductions is the worklist, by urgency unless the address says otherwise.
func (s *site) deductions(v *visit) error {
	f, err := v.deductionFilter()
	if err != nil {
		return err
	}
	list := func(p app.Page) (app.DeductionPart, error) { return v.app.Deductions(v.ctx, v.call(), f, p) }
	if v.exported() {
		return export(v, "deductions", deductionColumns, list, deductionCells)
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	w := worklist{table: v.deductionTable(part), own: v.ownViews(), work: v.may(identity.Deduct), approve: v.may(identity.Approve), dispute: v.optionsOf("deduction.dispute.", disputeStates), states: v.optionsOf("deduction.work.", workStates)}
	switch {
	case part.Next == "" && v.query("after") == "":
		totals, err := totalsOf(part)
		if err != nil {
			return err
		}
		w.totals = v.deductionTotals(totals)
	case v.query("sums") == "yes":
		totals, err := v.app.DeductionTotals(v.ctx, v.call(), f)
		if err != nil {
			return err
		}
		w.totals = v.deductionTotals(totals)
	default: // adding up a long list takes longer than showing its beginning
		at := v.r.URL.Query()
		at.Set("sums", "yes")
		w.later = v.path("deductions") + "?" + at.Encode()
	}
	w.views = v.deductionViews(w.own)
	if w.choices, err = v.deductionChoices(); err != nil {
		return err
	}
	page := ui.Page{Title: v.say("nav.deductions"), Lead: v.say("deductions.lead"), Actions: append(v.exports(), ui.Action{Text: v.say("dmatch.title"), Href: v.path("deductions", "matches")})}
	if w.work {
		w.table.Select = "number"
		page.Actions = append(page.Actions, ui.Action{Text: v.say("deductions.change_all"), Href: v.path("deductions", "mass") + "?" + v.filterQuery()}, ui.Action{Text: v.say("deductions.new_claim"), Href: v.path("deductions", "new-claim")})
	}
	if w.approve {
		w.table.Select = "number"
	}
	if part.Next == "" && len(part.Items) == 0 && v.query("after") == "" && v.filterQuery() == "" && w.work {
		w.table.Empty.Action = &ui.Action{Text: v.say("nav.payments"), Href: v.path("payments"), Primary: true}
	}
	return v.show(page, worklistBody(w))
}

// filterQuery is the filter of the page as the address has it, without where the list begins.
func (v *visit) filterQuery() string {
	q := v.r.URL.Query()
	for _, name := range []string{"after", "limit", "as", "what"} {
		q.Del(name)
	}
	for name, values := range q {
		if strings.Join(values, "") == "" {
			q.Del(name)
		}
	}
	return q.Encode()
}

// deductionViews are the views that everybody has, and the reader's own.
func (v *visit) deductionViews(own []savedView) (all []ui.Tab) {
	here := v.filterQuery()
	add := func(text string, q url.Values) {
		query := q.Encode()
		href := v.path("deductions")
		if query != "" {
			href += "?" + query
		}
		all = append(all, ui.Tab{Text: text, Href: href, Here: here == query})
	}
	add(v.say("deductions.view.urgent"), nil)
	add(v.say("deductions.view.worth"), url.Values{"order": {app.ByWorth}})
	add(v.say("deductions.view.mine"), url.Values{"owner": {v.user.Name}})
	add(v.say("deductions.view.uncoded"), url.Values{"uncoded": {"yes"}})
	add(v.say("deductions.view.evidence"), url.Values{"ready": {"no"}})
	add(v.say("deductions.view.approval"), url.Values{"work": {"pending_approval"}})
	add(v.say("deductions.view.all"), url.Values{"closed": {"yes"}, "order": {app.ByNumber}})
	for _, x := range own {
		if q, err := url.ParseQuery(x.query); err == nil {
			add(x.name, q)
		}
	}
	return all
}

// totalsOf adds up a list that is one page long.
func totalsOf(part app.DeductionPart) (*app.DeductionTotals, error) {
	t := &app.DeductionTotals{Count: int64(len(part.Items))}
	remaining, expected := map[string]*tally{}, map[string]*tally{}
	for _, x := range part.Items {
		if remaining[x.Currency] == nil {
			remaining[x.Currency], expected[x.Currency] = &tally{}, &tally{}
		}
		remaining[x.Currency].add(x.Remaining, x.Currency)
		expected[x.Currency].add(x.Expected, x.Currency)
		if x.Ready {
			t.Ready++
		}
		if x.DaysLeft != nil && *x.DaysLeft < 0 {
			t.Overdue++
		}
	}
	for _, currency := range slices.Sorted(maps.Keys(remaining)) {
		s := app.DeductionCurrencySum{Currency: currency}
		var err, other error
		s.Remaining, err = remaining[currency].text(currency)
		s.Expected, other = expected[currency].text(currency)
		if err = errors.Join(err, other); err != nil {
			return nil, err
		}
		t.Sums = append(t.Sums, s)
	}
	return t, nil
}

func (v *visit) deductionTotals(t *app.DeductionTotals) (all []ui.Stat) {
	all = append(all, ui.Stat{Name: v.say("deductions.count"), Text: ui.Number(v.with(), t.Count)})
	for _, x := range t.Sums {
		all = append(all, ui.Stat{Name: v.say("deductions.remaining"), Amount: x.Remaining, Currency: x.Currency}, ui.Stat{Name: v.say("deductions.expected"), Amount: x.Expected, Currency: x.Currency})
	}
	if t.Count > 0 {
		all = append(all, ui.Stat{Name: v.say("deductions.ready"), Text: ui.Number(v.with(), t.Ready)})
	}
	if t.Overdue > 0 {
		all = append(all, ui.Stat{Name: v.say("deductions.overdue"), Text: ui.Number(v.with(), t.Overdue)})
	}
	return all
}

func (v *visit) deductionTable(part app.DeductionPart) ui.Table {
	t := ui.Table{
		ID: "deductions", Caption: v.say("nav.deductions"), Next: part.Next, After: v.query("after") != "",
		Columns: []ui.Column{
			{Title: v.say("kind.deduction"), Kind: ui.Code},
			{Title: v.say("kind.customer"), Kind: ui.Code},
			{Title: v.say("deductions.reason"), Wide: true},
			{Title: v.say("deductions.remaining"), Kind: ui.Amounts},
			{Title: v.say("deductions.expected"), Kind: ui.Amounts, Wide: true},
			{Title: v.say("deductions.window"), Kind: ui.Status},
			{Title: v.say("deductions.work"), Kind: ui.Status},
			{Title: v.say("deductions.owner"), Wide: true},
		},
		Empty: ui.Empty{Title: v.say("deductions.empty"), Lead: v.say("deductions.empty_lead")},
	}
	if v.filterQuery() != "" {
		t.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("deductions")}}
	}
	mixed := slices.ContainsFunc(part.Items, func(x app.DeductionRow) bool { return x.Currency != part.Items[0].Currency })
	if len(part.Items) > 0 && !mixed {
		t.Columns[3].Note = part.Items[0].Currency
	}
	for i := range part.Items {
		t.Rows = append(t.Rows, v.deductionRow(&part.Items[i], mixed))
	}
	return t
}

// deductionRow says the currency of the deduction where the head of the table does not.
func (v *visit) deductionRow(x *app.DeductionRow, mixed bool) ui.Row {
	href := v.path("deductions", x.Number)
	number := ui.LinkCell(x.Number, href)
	number.Sub = x.ClaimNumber
	work := ui.BadgeCell(v.workBadge(x), v.disputeBadge(x.Dispute))
	if !x.Ready && x.Financial != "resolved" {
		work.Sub = v.say("deductions.not_ready")
	}
	remaining, window := ui.AmountCell(x.Remaining, x.Currency), ui.BadgeCell(v.windowBadge(x))
	if mixed {
		remaining.Sub = x.Currency
	}
	window.Sub = v.say("deductions.taken_on", "day", ui.Day(v.with(), x.Captured))
	row := ui.Row{ID: x.Number, Name: x.Number, Href: href, Cells: []ui.Cell{
		number,
		{Text: x.Customer, Href: v.path("customers", x.Customer), Sub: x.CustomerName},
		{Text: x.Reason, Sub: x.TheirCode},
		remaining, ui.AmountCell(x.Expected, x.Currency, true), window,
		work,
		{Text: x.Owner, Sub: x.Team},
	}}
	switch x.Financial {
	case "resolved", "reversed", "voided":
		row.Tone = "muted"
	}
	return row
}

// windowBadge says how long the deduction can still be disputed.
func (v *visit) windowBadge(x *app.DeductionRow) ui.Badge {
	const soon = 7 // days
	switch {
	case x.DaysLeft == nil:
		return ui.Badge{}
	case *x.DaysLeft < 0:
		return ui.Badge{Text: v.say("deductions.expired_ago", "n", -*x.DaysLeft), Tone: "bad"}
	case *x.DaysLeft <= soon:
		return ui.Badge{Text: v.say("deductions.days_left", "n", *x.DaysLeft), Tone: "warn"}
	}
	return ui.Badge{Text: v.say("deductions.days_left", "n", *x.DaysLeft)}
}

func (v *visit) financialBadge(state string) ui.Badge {
	return ui.Badge{Text: v.say("deduction.financial." + state), Tone: map[string]string{"draft": "info", "open": "warn", "partly_resolved": "warn", "resolved": "good", "reversed": "bad"}[state]}
}

func (v *visit) workBadge(x *app.DeductionRow) ui.Badge {
	text := v.say("deduction.work." + x.Work)
	if x.Substate != "" {
		text += ": " + x.Substate
	}
	return ui.Badge{Text: text, Tone: map[string]string{"pending_approval": "warn", "approval_rejected": "bad", "awaiting_evidence": "warn", "decided_valid": "info", "decided_invalid": "info", "decided_partly": "info", "closed": "good", "duplicate": "bad"}[x.Work]}
}

func (v *visit) disputeBadge(state string) ui.Badge {
	if state == "" || state == "not_disputed" {
		return ui.Badge{}
	}
	return ui.Badge{Text: v.say("deduction.dispute." + state), Tone: map[string]string{"supplier_action_needed": "warn", "approved": "good", "partly_approved": "good", "denied": "bad", "paid_back": "good", "partly_paid_back": "info", "re_deducted": "bad", "expired": "bad"}[state]}
}

// savedView is a filter of the worklist that the reader gave a name.
type savedView struct{ name, query string }

const viewsMost = 3000 // bytes that a browser keeps of them

// ownViews reads the reader's views, which the browser keeps.
func (v *visit) ownViews() (all []savedView) {
	text, err := url.QueryUnescape(v.cookie("views-" + url.QueryEscape(v.code)))
	if err != nil {
		return nil
	}
	for _, line := range strings.Split(text, "\n") {
		if name, query, found := strings.Cut(line, "\t"); found && name != "" {
			all = append(all, savedView{name, query})
		}
	}
	return all
}

// saveView keeps the filter that the reader looks at under a name, or forgets one.
func (s *site) saveView(v *visit) error {
	clean := func(text string) string { return strings.NewReplacer("\n", " ", "\t", " ", "\r", " ").Replace(text) }
	var lines []string
	query, err := url.ParseQuery(v.form("query"))
	if err != nil {
		query = nil
	}
	name, forget := shortName(clean(v.form("name"))), v.form("forget")
	for _, x := range v.ownViews() {
		if x.name != name && x.name != forget {
			lines = append(lines, x.name+"\t"+x.query)
		}
	}
	to := v.path("deductions")
	if name != "" && forget == "" {
		lines = append(lines, name+"\t"+query.Encode())
		if q := query.Encode(); q != "" {
			to += "?" + q
		}
	}
	value := url.QueryEscape(strings.Join(lines, "\n"))
	if len(value) > viewsMost {
		return v.told(to, "warn", v.say("deductions.views_full"))
	}
	v.setCookie("views-"+url.QueryEscape(v.code), value)
	return v.redirect(to)
}
