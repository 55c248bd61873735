package web

import (
	"cmp"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
	"quittance/internal/web/chart"
	"quittance/internal/web/ui"
)

func (s *site) routesHome() {
	s.signed("home", "GET /{$}", s.start)
	s.in("home", "GET /{$}", s.home)
	s.mux.HandleFunc("GET /c/{company}", func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, ui.CompanyPath(r.PathValue("company"))+"/", http.StatusMovedPermanently)
	})
}

// start leads to the company looked at last, lets the reader choose one, or says how to get one.
func (s *site) start(v *visit) error {
	if len(v.frame.Companies) > 1 && !slices.Contains(v.frame.Companies, v.cookie("company")) {
		var links []ui.Link
		for _, c := range v.frame.Companies {
			links = append(links, ui.Link{Text: c, Href: ui.CompanyPath(c) + "/"})
		}
		return v.show(ui.Page{Title: v.say("company.choose"), Narrow: true}, chooseBody(links))
	}
	if v.code != "" {
		return v.redirect(v.path() + "/")
	}
	e := ui.Empty{Title: v.say("company.none"), Lead: v.say("company.none_lead")}
	if v.actor.Allow(identity.Read) != nil {
		e = ui.Empty{Title: v.say("company.none_role"), Lead: v.say("company.none_role_lead")}
	}
	return v.show(ui.Page{Title: v.say("nav.home"), Narrow: true}, ui.EmptyState(e))
}

const (
	oldCredit  = 91 // days from which a credit needs somebody to look
	newRecords = 8
	runsAtOnce = 5
	mostFunds  = 12
)

// homeView is what the first page shows.
type homeView struct {
	figures *app.Figures
	stats   []ui.Stat
	todo    []todo
	ages    []ages
	funds   ui.Table
	byFund  templ.Component
	run     templ.Component // the newest run; nil: there is none
	runLink ui.Link
	trail   []ui.Event
	again   string // address of the fragment while the figures are being added up
}

// ages is a picture of credits by age, in one currency.
type ages struct {
	title    string
	currency string
	picture  *chart.Bar
}

// todo is something that waits for the reader.
type todo struct {
	text, sub, href string
	badge           ui.Badge
}

// home is the company's first page: what waits for the reader, and how things stand.
func (s *site) home(v *visit) error {
	f, err := v.app.Figures(v.ctx, v.call())
	if err != nil {
		return err
	}
	h := homeView{figures: f, again: v.path() + "/"}
	if h.todo, err = v.waiting(f); err != nil {
		return err
	}
	if err := v.requestsAtHome(&h); err != nil {
		return err
	}
	if err := v.approvalsAtHome(&h); err != nil {
		return err
	}
	if err := v.deductionsAtHome(&h); err != nil {
		return err
	}
	if err := v.unclaimedAtHome(&h); err != nil {
		return err
	}
	if err := v.newestRun(&h); err != nil {
		return err
	}
	recent, err := v.app.AuditPage(v.ctx, v.call(), app.AuditFilter{}, app.Page{Limit: newRecords})
	if err != nil {
		return err
	}
	h.trail = v.recent(recent)
	if !f.Pending {
		if err := v.fillFigures(&h, f); err != nil {
			return err
		}
	}
	return v.show(ui.Page{Title: v.say("nav.home"), Lead: v.code}, homeBody(h))
}

// waiting gathers what needs somebody today.
func (v *visit) waiting(f *app.Figures) (list []todo, err error) {
	for _, state := range []reimbursement.State{reimbursement.Posting, reimbursement.Proposed} {
		runs, err := v.app.RunsPage(v.ctx, v.call(), string(state), app.Page{Limit: runsAtOnce})
		if err != nil {
			return nil, err
		}
		for _, r := range runs.Items {
			badge := ui.Badge{Text: v.say("home.state." + string(state)), Tone: "warn"}
			if state != reimbursement.Proposed {
				badge.Tone = "info"
			}
			list = append(list, todo{text: v.say("home.run", "run", r.ID), sub: v.runSums(r), href: v.path("runs", r.ID), badge: badge})
		}
	}
	var old int64
	for _, b := range f.CreditsByAge {
		if b.From >= oldCredit {
			old += b.Items
		}
	}
	if old > 0 {
		list = append(list, todo{text: v.say("home.old_credits", "n", old, "days", strconv.Itoa(oldCredit-1)), href: v.path("customers") + "?credit=yes", badge: ui.Badge{Text: v.say("home.look"), Tone: "warn"}})
	}
	if f.Marks > 0 {
		list = append(list, todo{text: v.say("home.marks", "n", f.Marks), sub: v.say("home.marks_sub"), href: v.path("marks"), badge: ui.Badge{Text: v.say("home.held")}})
	}
	return list, nil
}

// runSums says what a run comes to.
func (v *visit) runSums(r reimbursement.RunView) string {
	text := v.say("home.reimbursements", "n", r.Totals.Reimbursements)
	for _, a := range r.Totals.Amounts {
		text += " · " + ui.Money(v.with(), a.Amount, a.Currency)
	}
	return text
}

// newestRun draws what became of the candidates of the newest run.
func (v *visit) newestRun(h *homeView) error {
	runs, err := v.app.RunsPage(v.ctx, v.call(), "", app.Page{Limit: 1})
	if err != nil || len(runs.Items) == 0 {
		return err
	}
	r, err := v.app.RunState(v.ctx, v.call(), runs.Items[0].ID)
	if err != nil {
		return err
	}
	href := v.path("runs", r.ID)
	h.runLink = ui.Link{Text: v.say("home.run", "run", r.ID), Href: href}
	number := func(n int64) (string, float64) { return ui.Number(v.with(), n), float64(n) }
	first := chart.Stage{Point: chart.Point{Label: v.say("home.candidates"), Href: href}}
	first.Text, first.Value = number(r.Totals.Candidates)
	for _, reason := range slices.SortedFunc(maps.Keys(r.Totals.Reasons), func(a, b reimbursement.Reason) int { return int(r.Totals.Reasons[b] - r.Totals.Reasons[a]) }) {
		p := chart.Point{Label: v.say("reason." + string(reason)), Href: href + "?reason=" + escapeQuery(string(reason))}
		p.Text, p.Value = number(r.Totals.Reasons[reason])
		first.Lost = append(first.Lost, p)
	}
	last := chart.Stage{Point: chart.Point{Label: v.say("home.reimbursed_customers"), Href: href, Tone: "good"}}
	last.Text, last.Value = number(r.Totals.ReimbursedCustomers)
	h.run = chart.Funnel{Head: v.chartHead("run", "home.funnel", "home.stage", "home.customers"), Stages: []chart.Stage{first, last}}
	return nil
}

// chartHead names a picture and the columns of its table.
func (v *visit) chartHead(id, key string, names ...string) chart.Head {
	h := chart.Head{ID: "chart-" + id, Title: v.say(key), Desc: v.say(key + "_desc"), Table: v.say("table.as_table"), Empty: v.say("table.nothing")}
	for _, n := range names {
		h.Names = append(h.Names, v.say(n))
	}
	return h
}

// fillFigures shows how things stand.
func (v *visit) fillFigures(h *homeView, f *app.Figures) error {
	cur, err := v.app.Currency(v.ctx, v.call())
	if err != nil {
		return err
	}
	var bands []app.AmountIn
	for _, b := range f.CreditsByAge {
		bands = append(bands, app.AmountIn{Currency: b.Currency, Amount: b.Credits})
	}
	credits, err := v.amountStat("home.stat_credits", v.path("customers")+"?credit=yes", cur.Code, bands)
	if err != nil {
		return err
	}
	payable, err := v.amountStat("home.stat_payable", v.path("vendors")+"?credit=yes", cur.Code, f.PayableOpen)
	if err != nil {
		return err
	}
	h.stats = append([]ui.Stat{
		{Name: v.say("home.stat_customers"), Text: ui.Number(v.with(), f.Customers), Href: v.path("customers")},
		{Name: v.say("home.stat_in_credit"), Text: ui.Number(v.with(), f.InCredit), Href: v.path("customers") + "?credit=yes"},
		credits, payable,
	}, h.stats...)
	h.ages = v.creditAges(f.CreditsByAge)
	slices.SortStableFunc(h.ages, func(a, b ages) int { return cmp.Compare(yes(b.currency == cur.Code), yes(a.currency == cur.Code)) })
	h.byFund = v.creditFunds(f, cur.Code)
	h.funds = v.fundBalances(f, cur.Code)
	return nil
}

// amountStat is a figure in accounting currency, with those in other currencies below it.
func (v *visit) amountStat(key, href, code string, amounts []app.AmountIn) (ui.Stat, error) {
	byCurrency := map[string]*tally{code: {}}
	for _, a := range amounts {
		if byCurrency[a.Currency] == nil {
			byCurrency[a.Currency] = &tally{}
		}
		byCurrency[a.Currency].add(a.Amount, a.Currency)
	}
	s := ui.Stat{Name: v.say(key), Currency: code, Href: href}
	for _, c := range slices.Sorted(maps.Keys(byCurrency)) {
		total, err := byCurrency[c].text(c)
		switch {
		case err != nil:
			return s, err
		case c == code:
			s.Amount = total
		default:
			s.Sub = strings.TrimSpace(s.Sub + "  " + ui.Amount(v.with(), total, c) + " " + c)
		}
	}
	return s, nil
}

// creditAges draws open credits by age, a picture a currency.
func (v *visit) creditAges(bands []app.AgeBand) (all []ages) {
	var c *chart.Bar
	for i, b := range bands {
		if i == 0 || b.Currency != bands[i-1].Currency {
			c = &chart.Bar{Head: v.chartHead("ages-"+b.Currency, "home.ages", "ages.age", "party.credits")}
			c.Title = v.say("home.ages") + ", " + b.Currency
			all = append(all, ages{c.Title, b.Currency, c})
		}
		_, credits := bySides(b.Credits)
		c.Points = append(c.Points, chart.Point{Label: v.band(b), Text: ui.Amount(v.with(), credits, b.Currency), Value: chart.Length(credits), Href: v.path("customers") + "?credit=yes"})
		if b.From >= oldCredit {
			c.Points[len(c.Points)-1].Tone = "warn"
		}
	}
	return all
}

// creditFunds draws open credits by fund, the largest first.
func (v *visit) creditFunds(f *app.Figures, code string) templ.Component {
	c := chart.Pareto{Head: v.chartHead("funds", "home.funds", "home.fund", "party.credits", "home.share")}
	for i, x := range f.CreditsByFund {
		if i == mostFunds {
			break
		}
		c.Points = append(c.Points, chart.Point{Label: x.Fund + " " + x.Name, Text: ui.Amount(v.with(), x.Credit, code), Value: chart.Length(x.Credit), Href: v.path("trial-balance") + "?fund=" + escapeQuery(x.Fund)})
	}
	return c
}

// fundBalances are the sums of each fund, each a link to its trial balance.
func (v *visit) fundBalances(f *app.Figures, code string) ui.Table {
	t := ui.Table{ID: "funds", Caption: v.say("home.balances"), Dense: true, Columns: []ui.Column{
		{Title: v.say("home.fund")}, {Title: v.say("items.debit"), Kind: ui.Amounts, Note: code}, {Title: v.say("items.credit"), Kind: ui.Amounts, Note: code},
	}, Empty: ui.Empty{Title: v.say("balance.empty"), Lead: v.say("balance.empty_lead")}}
	var debits, credits tally
	for _, x := range f.BalancesByFund {
		href := v.path("trial-balance") + "?fund=" + escapeQuery(x.Fund)
		debits.add(x.Debit, code)
		credits.add(x.Credit, code)
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{{Text: x.Fund, Href: href, Sub: x.Name}, linked(ui.AmountCell(x.Debit, code), href), linked(ui.AmountCell(x.Credit, code), href)}})
	}
	if len(t.Rows) > 0 {
		debit, err := debits.text(code)
		credit, err2 := credits.text(code)
		if err == nil && err2 == nil {
			all := v.path("trial-balance")
			t.Sums = []ui.Cell{ui.LinkCell(v.say("table.sum"), all), ui.AmountCell(debit, code), ui.AmountCell(credit, code)}
		}
	}
	return t
}

// recent is the newest of the audit trail.
func (v *visit) recent(part app.Part[app.AuditRow]) (events []ui.Event) {
	for _, x := range part.Items {
		events = append(events, ui.Event{When: ui.Instant(v.with(), x.At), By: x.Actor, What: ui.LinkCell(v.commandName(x.Command), v.subjectPath(x)), Detail: x.Subject})
	}
	return events
}
