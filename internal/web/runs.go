package web

import (
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
	"quittance/internal/money"
	"quittance/internal/reimbursement"
	"quittance/internal/web/ui"
)

func (s *site) routesRuns() {
	s.in("runs", "GET /runs", s.runs)
	s.routesWizard()
	s.routesRun()
}

// The states of saved runs, in their order, with their tones.
var runStates = []struct {
	state reimbursement.State
	tone  string
}{{reimbursement.Proposed, "info"}, {reimbursement.Posting, "warn"}, {reimbursement.Posted, "good"}, {reimbursement.Cancelled, ""}}

// stateBadge says where a run is.
func (v *visit) stateBadge(state reimbursement.State) ui.Badge {
	b := ui.Badge{Text: v.say("run.state." + string(state))}
	for _, s := range runStates {
		if s.state == state {
			b.Tone = s.tone
		}
	}
	return b
}

// runs lists the saved runs.
func (s *site) runs(v *visit) error {
	list := func(p app.Page) (app.Part[reimbursement.RunView], error) {
		return v.app.RunsPage(v.ctx, v.call(), v.query("state"), p)
	}
	if v.exported() {
		return export(v, "runs", runColumns, list, runCells)
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	page := ui.Page{Title: v.say("nav.runs"), Lead: v.say("runs.lead"), Actions: v.exports()}
	if v.may(identity.Reimburse) {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("runs.new"), Href: v.path("runs", "new"), Icon: "plus", Primary: true})
	}
	var options []ui.Option
	for _, x := range runStates {
		options = append(options, ui.Choice(string(x.state), v.say("run.state."+string(x.state))))
	}
	return v.show(page, runsBody(v.runTable(part), options, v.busy()))
}

var runColumns = append(columns([]string{"run", "date", "state", "created_by", "created_at", "posted_at", "amounts"}), columns(nil, "candidates", "reimbursed", "reimbursements", "excluded")...)

func runCells(r reimbursement.RunView) []string {
	amounts := make([]string, len(r.Totals.Amounts))
	for i, a := range r.Totals.Amounts {
		amounts[i] = a.Amount + " " + a.Currency
	}
	t := r.Totals
	return []string{r.ID, r.Date.String(), string(r.State), r.CreatedBy, r.CreatedAt, r.PostedAt, strings.Join(amounts, ", "), count(t.Candidates), count(t.ReimbursedCustomers), count(t.Reimbursements), count(t.Excluded)}
}

// busy gives links to the reader's tasks that run.
func (v *visit) busy() (links []ui.Link) {
	for _, k := range v.tasks.Of(v.actor.Name, v.code) {
		if k.Kind != "simulate" && k.Kind != "propose" && k.Kind != "reverse" || !k.State().Ended.IsZero() {
			continue
		}
		links = append(links, ui.Link{Text: v.say("task." + k.Kind), Href: v.path("tasks", "runs", k.ID)})
	}
	return links
}

func (v *visit) runTable(part app.Part[reimbursement.RunView]) ui.Table {
	t := ui.Table{
		ID: "runs", Caption: v.say("nav.runs"), Next: part.Next, After: v.query("after") != "",
		Columns: []ui.Column{
			{Title: v.say("run.code"), Kind: ui.Code},
			{Title: v.say("run.state"), Kind: ui.Status},
			{Title: v.say("run.date"), Kind: ui.Date},
			{Title: v.say("run.reimbursements"), Kind: ui.Count},
			{Title: v.say("run.amount"), Kind: ui.Amounts},
			{Title: v.say("run.excluded"), Kind: ui.Count, Wide: true},
			{Title: v.say("run.created"), Kind: ui.Date, Wide: true},
			{Title: v.say("run.by"), Wide: true},
		},
		Empty: ui.Empty{Title: v.say("runs.empty"), Lead: v.say("runs.empty_lead")},
	}
	if v.query("state") != "" {
		t.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("runs")}}
	} else if v.may(identity.Reimburse) {
		t.Empty.Action = &ui.Action{Text: v.say("runs.new"), Href: v.path("runs", "new"), Primary: true}
	}
	ctx := v.with()
	for _, r := range part.Items {
		href := v.path("runs", r.ID)
		t.Rows = append(t.Rows, ui.Row{ID: r.ID, Href: href, Cells: []ui.Cell{
			ui.LinkCell(r.ID, href), ui.BadgeCell(v.stateBadge(r.State)), ui.DayCell(ctx, r.Date), ui.CountCell(ctx, r.Totals.Reimbursements),
			{Body: ui.AmountLines(lines(r.Totals.Amounts))},
			ui.CountCell(ctx, r.Totals.Excluded), ui.InstantCell(ctx, r.CreatedAt), ui.TextCell(r.CreatedBy),
		}})
	}
	return t
}

// lines gives amounts one a line.
func lines(amounts []reimbursement.AmountView) []ui.Line {
	all := make([]ui.Line, len(amounts))
	for i, a := range amounts {
		all[i] = ui.Line{Amount: a.Amount, Currency: a.Currency}
	}
	return all
}

// money says amounts in one text, such as $160.00, €20.00.
func (v *visit) money(amounts []reimbursement.AmountView) string {
	ctx, parts := v.with(), []string{}
	for _, a := range amounts {
		parts = append(parts, ui.Money(ctx, a.Amount, a.Currency))
	}
	if len(parts) == 0 {
		return v.say("run.nothing")
	}
	return strings.Join(parts, ", ")
}

// sums adds exact decimals by currency.
type sums struct{ s reimbursement.Sum }

func (s *sums) add(currency, decimal string) error {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return err
	}
	a, err := cur.Parse(decimal)
	if err != nil {
		return err
	}
	return s.s.Add(currency, a)
}

func (s *sums) cell() ui.Cell { return ui.Cell{Body: ui.AmountLines(lines(s.s.View()))} }

// today gives the day of the program's clock, for dates that are proposed.
func (v *visit) today() civil.Date { return civil.FromTime(v.o.Now().UTC()) }

// count writes a whole number for a file.
func count(n int64) string { return strconv.FormatInt(n, 10) }
