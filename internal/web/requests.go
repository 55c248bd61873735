package web

import (
	"slices"
	"strconv"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
	"quittance/internal/openitem"
	"quittance/internal/request"
	"quittance/internal/web/ui"
)

func (s *site) routesRequests() {
	const nav = "requests"
	s.in(nav, "GET /requests", s.requests)
	s.in(nav, "GET /requests/ageing", s.requestAgeing)
	s.in("request_figures", "GET /requests/figures", s.requestFigures)
	s.in(nav, "GET /requests/new", needs(identity.Reimburse, s.newRequestForm))
	s.in(nav, "POST /requests/new", needs(identity.Reimburse, s.newRequest))
	s.in(nav, "GET /requests/import", needs(identity.Reimburse, s.requestIntakeForm))
	s.files(nav, "POST /requests/import", intakeMost, needs(identity.Reimburse, s.requestIntake))
	s.in(nav, "GET /requests/{request}", s.request)
	s.in(nav, "GET /requests/{request}/edit", needs(identity.Reimburse, s.editRequestForm))
	s.in(nav, "POST /requests/{request}/edit", needs(identity.Reimburse, s.editRequest))
	s.in(nav, "POST /requests/{request}/comment", needs(identity.Reimburse, s.commentRequest))
	s.files(nav, "POST /requests/{request}/files", attachMost, needs(identity.Reimburse, s.attachToRequest))
	s.in(nav, "GET /requests/{request}/files/{n}", s.requestFile)
	s.in(nav, "GET /requests/{request}/files/{n}/remove", needs(identity.Reimburse, func(v *visit) error { return v.detachRequestForm(nil) }))
	s.in(nav, "POST /requests/{request}/files/{n}/remove", needs(identity.Reimburse, s.detachFromRequest))
	for _, x := range requestVerbs {
		s.in(nav, "GET /requests/{request}/"+x.what, needs(x.permission, func(v *visit) error { return v.requestStep(x, nil) }))
		s.in(nav, "POST /requests/{request}/"+x.what, needs(x.permission, func(v *visit) error { return v.takeRequestStep(x) }))
	}
}

// requestViews are the views of the list; the first is shown when none is chosen.
var requestViews = []string{"open", "answer", "mine", "post", "overdue", "all"}

// requestFilter reads the filter of the list, and its view, from the address.
func (v *visit) requestFilter() (f app.RequestFilter, show string, err error) {
	f = app.RequestFilter{Kind: request.Kind(v.query("kind")), Customer: v.query("customer"), Currency: v.query("currency"), Source: v.query("source"), By: v.query("by"), From: v.query("least"), To: v.query("most")}
	f.Why, f.Service, f.Clock, f.WaitsFor = v.query("why"), request.Service(v.query("service")), v.query("clock"), v.query("waits_for")
	for name, day := range map[string]*civil.Date{"due": &f.DueBy, "due_from": &f.DueFrom, "since_from": &f.SinceFrom, "since_to": &f.SinceTo, "approved_from": &f.ApprovedFrom, "approved_to": &f.ApprovedTo} {
		if *day, err = v.day(name); err != nil {
			return f, "", err
		}
	}
	if state := v.query("state"); state != "" {
		f.States = []request.State{request.State(state)}
	}
	if show = v.query("show"); !slices.Contains(requestViews, show) {
		show = requestViews[0]
	}
	switch show {
	case "open":
		f.Open = len(f.States) == 0
	case "answer":
		f.States, f.By = []request.State{request.MoreInformation}, v.user.Name
	case "mine":
		f.By = v.user.Name
	case "post":
		f.States = []request.State{request.Approved}
	case "overdue":
		f.Overdue = true
	}
	return f, show, nil
}

var requestColumns = columns([]string{"request", "customer", "name", "kind", "state", "since", "reason", "source", "method", "payee", "asked", "due", "overdue", "created_by", "created_at", "submitted_by", "submitted_at", "approved_by", "approved_at", "run", "posted_by", "currency"}, "amount", "days")

func requestCells(x app.RequestView) []string {
	return []string{
		x.Request, x.Customer, x.Name, string(x.Kind), string(x.State), x.Since, x.Reason, x.Source, x.Method, x.Payee, x.Asked.String(), x.Due.String(), yes(x.Overdue), x.CreatedBy, x.CreatedAt, x.SubmittedBy, x.SubmittedAt,
		x.ApprovedBy, x.ApprovedAt, x.Run, x.PostedBy, x.Currency, x.Amount, strconv.Itoa(x.Days),
	}
}

// requestsView is what the list shows.
type requestsView struct {
	tabs          []ui.Tab
	stats         []ui.Stat
	show          string
	states, kinds []ui.Option
	services      []ui.Option
	table         ui.Table
}

// requests lists requests, the newest first.
func (s *site) requests(v *visit) error {
	f, show, err := v.requestFilter()
	if err != nil {
		return err
	}
	list := func(p app.Page) (app.Part[app.RequestView], error) { return v.app.Requests(v.ctx, v.call(), f, p) }
	if v.exported() {
		return export(v, "requests", requestColumns, list, requestCells)
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	w := requestsView{show: show, states: options(v, "request.state.", request.States()), services: options(v, "rfig.service.", request.Services()), kinds: options(v, "request.kind.", request.Kinds()), table: v.requestTable(part, true)}
	if w.stats, err = v.requestSums(f); err != nil {
		return err
	}
	for _, view := range requestViews {
		w.tabs = append(w.tabs, ui.Tab{Text: v.say("requests.show." + view), Href: ui.Here(v.with(), "show", view, "after", ""), Here: view == show})
	}
	page := ui.Page{Title: v.say("nav.requests"), Lead: v.say("requests.lead"), Actions: append(v.exports(), ui.Action{Text: v.say("rfig.title"), Href: v.path("requests", "figures")}, ui.Action{Text: v.say("requests.ageing"), Href: v.path("requests", "ageing")})}
	make := ui.Action{Text: v.say("requests.new"), Href: v.path("requests", "new"), Icon: "plus", Primary: true}
	if v.may(identity.Reimburse) {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("requests.import"), Href: v.path("requests", "import")}, make)
	}
	w.table.Empty = ui.Empty{Title: v.say("requests.none." + show)}
	switch {
	case v.filtered("kind", "customer", "currency", "source", "by", "state", "due", "least", "most", "due_from", "since_from", "since_to", "approved_from", "approved_to", "why", "service", "clock", "waits_for"):
		w.table.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("requests") + "?show=" + show}}
	case show == "open" || show == "all":
		w.table.Empty.Lead = v.say("requests.none_lead")
		if v.may(identity.Reimburse) {
			w.table.Empty.Action = &make
		}
	}
	return v.show(page, requestsBody(w))
}

// filtered says whether one of the values stands in the address.
func (v *visit) filtered(names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return v.query(name) != "" })
}

// requestSums adds up what is listed, by currency.
func (v *visit) requestSums(f app.RequestFilter) (stats []ui.Stat, err error) {
	all, err := v.app.RequestFigures(v.ctx, v.call(), f)
	if err != nil {
		return nil, err
	}
	var total sums
	counts, late := map[string]int64{}, map[string]int64{}
	for _, x := range all {
		counts[x.Currency] += x.Requests
		late[x.Currency] += x.Overdue
		if err := total.add(x.Currency, x.Amount); err != nil {
			return nil, err
		}
	}
	for _, a := range total.s.View() {
		s := ui.Stat{Name: v.say("requests.n", "n", counts[a.Currency]), Amount: a.Amount, Currency: a.Currency}
		if late[a.Currency] > 0 {
			s.Sub = v.say("requests.n_overdue", "n", late[a.Currency])
		}
		stats = append(stats, s)
	}
	return stats, nil
}

// requestTable lists requests; with their customers where they are of several.
func (v *visit) requestTable(part app.Part[app.RequestView], customers bool) ui.Table {
	t := ui.Table{ID: "requests", Caption: v.say("nav.requests"), Next: part.Next, After: v.query("after") != "", Columns: []ui.Column{
		{Title: v.say("kind.request"), Kind: ui.Code},
		{Title: v.say("kind.customer"), Kind: ui.Code},
		{Title: v.say("requests.kind"), Wide: true},
		{Title: v.say("items.amount"), Kind: ui.Amounts},
		{Title: v.say("party.currency")},
		{Title: v.say("party.state"), Kind: ui.Status},
		{Title: v.say("requests.days"), Kind: ui.Count, Wide: true},
		{Title: v.say("items.due"), Kind: ui.Date, Wide: true},
		{Title: v.say("requests.source"), Wide: true},
		{Title: v.say("requests.created_by"), Wide: true},
	}}
	for i := range part.Items {
		x := &part.Items[i]
		href := v.path("requests", x.Request)
		row := ui.Row{ID: x.Request, Href: href, Cells: []ui.Cell{
			ui.LinkCell(x.Request, href),
			{Text: x.Customer, Href: v.path("customers", x.Customer), Sub: x.Name},
			ui.TextCell(v.say("request.kind." + string(x.Kind))),
			ui.AmountCell(x.Amount, x.Currency), ui.TextCell(x.Currency), ui.BadgeCell(v.requestBadges(x)...), ui.CountCell(v.with(), int64(x.Days)), ui.DayCell(v.with(), x.Due), ui.TextCell(x.Source), ui.TextCell(x.CreatedBy),
		}}
		t.Rows = append(t.Rows, row)
	}
	if !customers {
		t.Columns = slices.Delete(t.Columns, 1, 2)
		for i := range t.Rows {
			t.Rows[i].Cells = slices.Delete(t.Rows[i].Cells, 1, 2)
		}
	}
	return t
}

// requestBadges say where a request is, and whether it is late.
func (v *visit) requestBadges(x *app.RequestView) []ui.Badge {
	all := []ui.Badge{v.requestBadge(x.State)}
	if x.Overdue {
		all = append(all, ui.Badge{Text: v.say("requests.overdue"), Tone: "bad"})
	}
	return all
}

func (v *visit) requestBadge(state request.State) ui.Badge {
	tone := map[request.State]string{
		request.Submitted: "info", request.InReview: "info", request.MoreInformation: "warn", request.OnHold: "warn", request.Approved: "good", request.Posted: "good", request.InPayment: "info", request.Paid: "good",
		request.Cleared: "good", request.Returned: "bad", request.Reversed: "bad", request.Rejected: "bad",
	}[state]
	return ui.Badge{Text: v.say("request.state." + string(state)), Tone: tone}
}

var requestAgeColumns = columns([]string{"state", "days", "currency"}, "requests", "overdue", "amount")

// requestAgeing shows how long requests have been where they are.
func (s *site) requestAgeing(v *visit) error {
	on, err := v.day("date")
	if err != nil {
		return err
	}
	all, err := v.app.RequestAgeing(v.ctx, v.call(), on)
	if err != nil {
		return err
	}
	if v.exported() {
		whole := func(app.Page) (app.Part[app.RequestAge], error) { return app.Part[app.RequestAge]{Items: all}, nil }
		return export(v, "request-ageing", requestAgeColumns, whole, func(x app.RequestAge) []string {
			return []string{string(x.State), x.Bucket, x.Currency, count(x.Requests), count(x.Overdue), x.Amount}
		})
	}
	t := ui.Table{ID: "request-ageing", Caption: v.say("requests.ageing"), Empty: ui.Empty{Title: v.say("requests.none.open"), Lead: v.say("requests.none_lead")}, Columns: []ui.Column{
		{Title: v.say("party.state"), Kind: ui.Status}, {Title: v.say("requests.days")}, {Title: v.say("party.currency")}, {Title: v.say("nav.requests"), Kind: ui.Count}, {Title: v.say("requests.overdue"), Kind: ui.Count}, {Title: v.say("items.amount"), Kind: ui.Amounts},
	}}
	for _, x := range all {
		href := v.path("requests") + "?show=all&state=" + string(x.State)
		days := x.Bucket
		if days == "over 30" {
			days = v.say("requests.over_30")
		}
		row := ui.Row{Href: href, Cells: []ui.Cell{
			ui.BadgeCell(v.requestBadge(x.State)), ui.TextCell(days), ui.TextCell(x.Currency), {Text: ui.Number(v.with(), x.Requests), Href: href}, ui.CountCell(v.with(), x.Overdue), ui.AmountCell(x.Amount, x.Currency),
		}}
		if x.Overdue > 0 {
			row.Tone = "warn"
		}
		t.Rows = append(t.Rows, row)
	}
	page := ui.Page{Title: v.say("requests.ageing"), Lead: v.say("requests.ageing_lead"), Crumbs: v.requestCrumbs(), Actions: v.exports()}
	return v.show(page, requestAgeingBody(t))
}

func (v *visit) requestCrumbs(codes ...string) []ui.Link {
	all := []ui.Link{{Text: v.say("nav.requests"), Href: v.path("requests")}}
	for _, code := range codes {
		all = append(all, ui.Link{Text: code, Href: v.path("requests", code)})
	}
	return all
}

// partyRequests lists the requests of a customer.
func (s *site) partyRequests(v *visit, p party) error {
	d, err := v.app.Party(v.ctx, v.call(), openitem.Customers, p.code, false)
	if err != nil {
		return err
	}
	f := app.RequestFilter{Customer: p.code}
	list := func(page app.Page) (app.Part[app.RequestView], error) {
		return v.app.Requests(v.ctx, v.call(), f, page)
	}
	if v.exported() {
		return export(v, p.code+"-requests", requestColumns, list, requestCells)
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	stats, err := v.requestSums(f)
	if err != nil {
		return err
	}
	page, tabs := v.partyPage(p, d, "requests")
	page.Actions = v.exports()
	t := v.requestTable(part, false)
	t.Empty = ui.Empty{Title: v.say("requests.none_of_customer"), Lead: v.say("requests.none_lead")}
	if v.may(identity.Reimburse) {
		make := ui.Action{Text: v.say("requests.new"), Href: v.path("requests", "new") + "?customer=" + escapeQuery(p.code), Icon: "plus", Primary: true}
		page.Actions, t.Empty.Action = append(page.Actions, make), &make
	}
	return v.show(page, templ.Join(tabs, partyRequestsBody(stats, t)))
}

const requestsAtHomeMost = 100 // that the first page counts; of more it says that there are more

// requestsAtHome adds which requests wait: for the reader's answer, to be posted, and those that are late.
func (v *visit) requestsAtHome(h *homeView) error {
	for _, x := range []struct {
		show, tone string
		filter     app.RequestFilter
		needs      identity.Permission
	}{
		{"overdue", "bad", app.RequestFilter{Overdue: true}, identity.Read},
		{"answer", "warn", app.RequestFilter{States: []request.State{request.MoreInformation}, By: v.user.Name}, identity.Reimburse},
		{"post", "info", app.RequestFilter{States: []request.State{request.Approved}}, identity.Reimburse},
	} {
		if !v.may(x.needs) {
			continue
		}
		part, err := v.app.Requests(v.ctx, v.call(), x.filter, app.Page{Limit: requestsAtHomeMost})
		if err != nil {
			return err
		}
		if len(part.Items) == 0 {
			continue
		}
		var total sums
		for _, y := range part.Items {
			if err := total.add(y.Currency, y.Amount); err != nil {
				return err
			}
		}
		t := todo{text: v.manyOf(part.Next != "", "home.requests_"+x.show, int64(len(part.Items))), href: v.path("requests") + "?show=" + x.show, badge: ui.Badge{Text: v.say("requests.show." + x.show), Tone: x.tone}}
		if part.Next == "" {
			t.sub = v.money(total.s.View())
		}
		h.todo = append(h.todo, t)
	}
	return nil
}
