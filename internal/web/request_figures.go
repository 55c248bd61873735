package web

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/report"
	"quittance/internal/request"
	"quittance/internal/web/chart"
	"quittance/internal/web/ui"
)

// requestFiguresView is what the page of the figures of requests shows.
type requestFiguresView struct {
	wrong      error
	stats      []ui.Stat
	parts      []figuresPart
	kinds      []ui.Option
	currencies []ui.Option
}

// figuresPart is a picture with the table that it is drawn from, which is the truth of the two.
type figuresPart struct {
	title, lead string
	picture     templ.Component
	table       ui.Table
	more        *ui.Table // behind something to open; nil: none
	moreTitle   string
}

// requestFigures shows how requests stand and how long they take.
func (s *site) requestFigures(v *visit) error {
	f := report.RequestFilter{Kind: request.Kind(v.query("kind")), Currency: v.query("currency")}
	var d *report.Requests
	var err error
	if f.From, f.To, err = v.span(); err == nil {
		if d, err = v.app.RequestDashboard(v.ctx, v.call(), f); err == nil && v.exported() {
			return export(v, "request-figures", report.RequestFigureColumns(), whole(d.Rows()), func(row []string) []string { return row })
		}
	}
	w := requestFiguresView{wrong: err, kinds: options(v, "request.kind.", request.Kinds())}
	page := ui.Page{Title: v.say("rfig.title"), Lead: v.say("rfig.lead"), Crumbs: v.requestCrumbs()}
	if err != nil {
		return v.again(err, page, requestFiguresBody(w))
	}
	page.Actions = v.exports()
	page.Lead = v.say("rfig.span", "from", ui.Day(v.with(), d.Filter.From), "to", ui.Day(v.with(), d.Filter.To), "currency", d.Filter.Currency)
	for _, c := range d.Currencies {
		w.currencies = append(w.currencies, ui.Option{Value: c, Text: c})
	}
	w.stats = v.requestFigureStats(d)
	w.parts = []figuresPart{v.openFigures(d), v.stayFigures(d), v.serviceFigures(d), v.approverFigures(d), v.policyFigures(d), v.endedFigures(d), v.flowFigures(d)}
	return v.show(page, requestFiguresBody(w))
}

// requestsAt is the address of the list of the requests that a figure counts; pairs are names and values.
func (v *visit) requestsAt(f report.RequestFilter, show string, pairs ...string) string {
	q := url.Values{"show": {show}, "currency": {f.Currency}}
	if f.Kind != "" {
		q.Set("kind", string(f.Kind))
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	return v.path("requests") + "?" + q.Encode()
}

// counted is a number that leads to the list of what it counts; of nothing there is no list.
func (v *visit) counted(n int64, href string) ui.Cell {
	c := ui.CountCell(v.with(), n)
	if n > 0 {
		c.Href = href
	}
	return c
}

// took writes a time for people: minutes, hours or days, in the greatest of which there is enough to tell.
func (v *visit) took(seconds int64) string {
	const hour, day = 3600, 24 * 3600
	switch {
	case seconds < hour:
		return v.say("rfig.minutes", "n", seconds/60)
	case seconds < 2*day:
		return v.say("rfig.hours", "hours", decimals(v.with(), tenth(seconds, hour)))
	}
	return v.say("rfig.days", "days", decimals(v.with(), tenth(seconds, day)))
}

// tenth divides, to one decimal, which is cut off.
func tenth(n, by int64) string {
	return strconv.FormatInt(n/by, 10) + "." + strconv.FormatInt(n%by*10/by, 10)
}

// times are the cells of a timing: median, 90th percentile, mean, longest; blank when nothing took any.
func (v *visit) times(t report.Timing) []ui.Cell {
	if t.Number == 0 {
		return []ui.Cell{{}, {}, {}, {}}
	}
	return []ui.Cell{ui.TextCell(v.took(t.Median)), ui.TextCell(v.took(t.P90)), ui.TextCell(v.took(t.Mean)), ui.TextCell(v.took(t.Longest))}
}

func (v *visit) requestFigureHead(name string, names ...string) chart.Head {
	return v.chartHead("r-"+name, "rfig."+name, append([]string{"rfig." + name + "_of"}, names...)...)
}

// hours is the axis of a picture of times.
func (v *visit) hours(x float64) string {
	return v.say("rfig.hours", "hours", decimals(v.with(), chart.Compact(x)))
}

func (v *visit) figuresPart(name string, picture templ.Component, t ui.Table) figuresPart {
	t.ID, t.Caption, t.Dense, t.Empty = "rfig-"+name, v.say("rfig."+name), true, ui.Empty{Title: v.say("rfig.none")}
	return figuresPart{title: t.Caption, lead: v.say("rfig." + name + "_def"), picture: picture, table: t}
}

func (v *visit) requestFigureStats(d *report.Requests) (all []ui.Stat) {
	var open, late, kept, day int64
	var total sums
	for _, x := range d.Open {
		open, late = open+x.Requests, late+x.Overdue
		_ = total.add(d.Filter.Currency, x.Amount) // its own figures are amounts of the currency
	}
	for _, x := range d.Service {
		kept, day = kept+x.Kept, day+x.Kept+x.Late+x.Overdue
	}
	s := ui.Stat{Name: v.say("rfig.stat.open"), Text: ui.Number(v.with(), open), Href: v.requestsAt(d.Filter, "open")}
	if open > 0 {
		s.Sub = v.money(total.s.View())
	}
	all = append(all, s, ui.Stat{Name: v.say("rfig.stat.overdue"), Text: ui.Number(v.with(), late), Href: v.requestsAt(d.Filter, "overdue")})
	if day > 0 {
		all = append(all, ui.Stat{Name: v.say("rfig.stat.kept"), Text: decimals(v.with(), tenth(kept*1000/day, 10)) + " %", Sub: v.say("rfig.stat.of", "n", day), Href: "#rfig-service"})
	}
	for _, x := range d.Stays {
		if x.State == request.InReview && x.Kind == "" && x.Left.Number > 0 {
			all = append(all, ui.Stat{Name: v.say("rfig.stat.review"), Text: v.took(x.Left.Median), Sub: v.say("rfig.stat.of", "n", x.Left.Number), Href: "#rfig-stays"})
		}
	}
	return all
}

func (v *visit) state(s request.State) string { return v.say("request.state." + string(s)) }

// openFigures is what is open by state and age.
func (v *visit) openFigures(d *report.Requests) figuresPart {
	c := chart.Stacked{Head: v.requestFigureHead("open")}
	for _, a := range report.RequestAges {
		name := v.stateAge(a.Name)
		c.Series, c.Names = append(c.Series, name), append(c.Names, name)
	}
	t := ui.Table{Columns: []ui.Column{
		{Title: v.say("party.state"), Kind: ui.Status}, {Title: v.say("requests.days")}, {Title: v.say("nav.requests"), Kind: ui.Count}, {Title: v.say("requests.overdue"), Kind: ui.Count}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: d.Filter.Currency},
	}}
	var stack []chart.Point
	for i, x := range d.Open {
		since := []string{"state", string(x.State), "since_from", x.From.String(), "since_to", x.To.String()}
		href := v.requestsAt(d.Filter, "all", since...)
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			ui.BadgeCell(v.requestBadge(x.State)), ui.TextCell(v.stateAge(x.Age)), v.counted(x.Requests, href), v.counted(x.Overdue, v.requestsAt(d.Filter, "overdue", since...)), ui.AmountCell(x.Amount, d.Filter.Currency),
		}})
		if i == 0 || d.Open[i-1].State != x.State {
			stack = make([]chart.Point, len(report.RequestAges))
			for n := range stack {
				stack[n].Text = ui.Number(v.with(), 0)
			}
			stack[0].Label = v.state(x.State)
			c.Stacks = append(c.Stacks, stack)
		}
		for n, a := range report.RequestAges {
			if a.Name == x.Age {
				stack[n].Text, stack[n].Value, stack[n].Href = ui.Number(v.with(), x.Requests), float64(x.Requests), href
			}
		}
	}
	return v.figuresPart("open", c, t)
}

// stateAge writes an age for people.
func (v *visit) stateAge(name string) string {
	if name == "31+" {
		return v.say("requests.over_30")
	}
	return name
}

// stayFigures is the time in each state, then by kind.
func (v *visit) stayFigures(d *report.Requests) figuresPart {
	c := chart.Bar{Head: v.requestFigureHead("stays", "rfig.median")}
	c.Tick = v.hours
	head := []ui.Column{
		{Title: v.say("party.state"), Kind: ui.Status},
		{Title: v.say("requests.kind")},
		{Title: v.say("rfig.left"), Kind: ui.Count},
		{Title: v.say("rfig.median"), Kind: ui.Count},
		{Title: v.say("rfig.p90"), Kind: ui.Count},
		{Title: v.say("rfig.mean"), Kind: ui.Count},
		{Title: v.say("rfig.longest"), Kind: ui.Count},
		{Title: v.say("rfig.still"), Kind: ui.Count},
		{Title: v.say("rfig.still_median"), Kind: ui.Count},
		{Title: v.say("rfig.still_longest"), Kind: ui.Count},
	}
	whole, byKind := ui.Table{Columns: append(append([]ui.Column{}, head[:1]...), head[2:]...)}, ui.Table{ID: "rfig-stays-kinds", Caption: v.say("rfig.by_kind"), Dense: true, Columns: head}
	for _, x := range d.Stays {
		still := []string{"state", string(x.State), "kind", string(x.Kind)}
		cells := append([]ui.Cell{ui.CountCell(v.with(), x.Left.Number)}, v.times(x.Left)...)
		cells = append(cells, v.counted(x.Still.Number, v.requestsAt(d.Filter, "all", still...)))
		now := v.times(x.Still)
		cells = append(cells, now[0], now[3])
		state := ui.BadgeCell(v.requestBadge(x.State))
		if x.Kind != "" {
			byKind.Rows = append(byKind.Rows, ui.Row{Cells: append([]ui.Cell{state, ui.TextCell(v.say("request.kind." + string(x.Kind)))}, cells...)})
			continue
		}
		whole.Rows = append(whole.Rows, ui.Row{Cells: append([]ui.Cell{state}, cells...)})
		if x.Left.Number > 0 {
			c.Points = append(c.Points, chart.Point{Label: v.state(x.State), Text: v.took(x.Left.Median), Value: float64(x.Left.Median) / 3600})
		}
	}
	p := v.figuresPart("stays", c, whole)
	if len(byKind.Rows) > 0 {
		p.more, p.moreTitle = &byKind, byKind.Caption
	}
	return p
}

// serviceFigures is what became of the days by which requests were to be paid.
func (v *visit) serviceFigures(d *report.Requests) figuresPart {
	c := chart.Stacked{Head: v.requestFigureHead("service"), Series: []string{v.say("rfig.kept"), v.say("rfig.late"), v.say("requests.overdue")}}
	c.Names = append(c.Names, c.Series...)
	t := ui.Table{Columns: []ui.Column{
		{Title: v.say("requests.kind")},
		{Title: v.say("rfig.clock")},
		{Title: v.say("rfig.kept"), Kind: ui.Count},
		{Title: v.say("rfig.late"), Kind: ui.Count},
		{Title: v.say("requests.overdue"), Kind: ui.Count},
		{Title: v.say("rfig.running"), Kind: ui.Count},
		{Title: v.say("rfig.not_paid"), Kind: ui.Count},
		{Title: v.say("rfig.percent"), Kind: ui.Count, Note: "%"},
	}}
	for i, x := range d.Service {
		clock := x.Clock
		if clock == "service_level" {
			clock = v.say("rfig.service_level")
		}
		row := []ui.Cell{ui.TextCell(v.say("request.kind." + string(x.Kind))), ui.TextCell(clock)}
		for _, s := range []struct {
			stands request.Service
			n      int64
		}{{request.Kept, x.Kept}, {request.Late, x.Late}, {request.Missed, x.Overdue}, {request.Running, x.Running}, {request.NotPaid, x.Ended}} {
			href := v.requestsAt(d.Filter, "all", "kind", string(x.Kind), "service", string(s.stands), "clock", x.Clock, "due_from", d.Filter.From.String(), "due", d.Filter.To.String())
			row = append(row, v.counted(s.n, href))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: append(row, ui.TextCell(decimals(v.with(), x.Percent)))})
		if i == 0 || d.Service[i-1].Kind != x.Kind {
			c.Stacks = append(c.Stacks, []chart.Point{{Label: v.say("request.kind." + string(x.Kind))}, {}, {}})
		}
		stack := c.Stacks[len(c.Stacks)-1]
		for n, y := range []int64{x.Kept, x.Late, x.Overdue} {
			stack[n].Value += float64(y)
			stack[n].Text = ui.Number(v.with(), int64(stack[n].Value))
		}
	}
	return v.figuresPart("service", c, t)
}

// approverFigures is who decided what, and what waits for whom.
func (v *visit) approverFigures(d *report.Requests) figuresPart {
	c := chart.Stacked{Head: v.requestFigureHead("approvers"), Series: []string{v.say("rfig.approved"), v.say("rfig.rejected"), v.say("rfig.returned"), v.say("rfig.waiting")}}
	c.Names = append(c.Names, c.Series...)
	t := ui.Table{Columns: []ui.Column{
		{Title: v.say("rfig.approver")},
		{Title: v.say("rfig.approved"), Kind: ui.Count},
		{Title: v.say("rfig.rejected"), Kind: ui.Count},
		{Title: v.say("rfig.returned"), Kind: ui.Count},
		{Title: v.say("rfig.deputy"), Kind: ui.Count},
		{Title: v.say("rfig.median"), Kind: ui.Count},
		{Title: v.say("rfig.p90"), Kind: ui.Count},
		{Title: v.say("rfig.waiting"), Kind: ui.Count},
		{Title: v.say("requests.overdue"), Kind: ui.Count},
	}}
	for i, x := range d.Approvers {
		took := v.times(x.Time)
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			ui.TextCell(v.approverName(x.Approver)), ui.CountCell(v.with(), x.Approved), ui.CountCell(v.with(), x.Rejected), ui.CountCell(v.with(), x.Returned), ui.CountCell(v.with(), x.Deputy), took[0], took[1],
			v.counted(x.Waiting, v.requestsAt(d.Filter, "all", "waits_for", x.Approver)), v.counted(x.Overdue, v.requestsAt(d.Filter, "overdue", "waits_for", x.Approver)),
		}})
		if i < mostBars {
			c.Stacks = append(c.Stacks, v.stack(v.approverName(x.Approver), x.Approved, x.Rejected, x.Returned, x.Waiting))
		}
	}
	return v.figuresPart("approvers", c, t)
}

// stack is a bar of numbers one after the other.
func (v *visit) stack(label string, numbers ...int64) []chart.Point {
	points := make([]chart.Point, len(numbers))
	for i, n := range numbers {
		points[i].Value, points[i].Text = float64(n), ui.Number(v.with(), n)
	}
	points[0].Label = label
	return points
}

// approverName names an approver; a role by its words.
func (v *visit) approverName(name string) string {
	if role, is := strings.CutPrefix(name, "role:"); is {
		return v.say("rfig.role", "role", v.say("role."+role))
	}
	return name
}

// policyFigures is what the versions of policies said.
func (v *visit) policyFigures(d *report.Requests) figuresPart {
	c := chart.Stacked{Head: v.requestFigureHead("policies"), Series: []string{v.say("rfig.automatic"), v.say("rfig.review"), v.say("rfig.blocked"), v.say("rfig.overridden")}}
	c.Names = append(c.Names, c.Series...)
	t := ui.Table{Columns: []ui.Column{
		{Title: v.say("rfig.policy")},
		{Title: v.say("rfig.version"), Kind: ui.Count},
		{Title: v.say("nav.requests"), Kind: ui.Count},
		{Title: v.say("rfig.automatic"), Kind: ui.Count},
		{Title: v.say("rfig.review"), Kind: ui.Count},
		{Title: v.say("rfig.blocked"), Kind: ui.Count},
		{Title: v.say("rfig.overridden"), Kind: ui.Count},
		{Title: v.say("rfig.rejected_later"), Kind: ui.Count},
	}}
	for i, x := range d.Policies {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			ui.LinkCell(x.Policy, v.path("policies", x.Policy)), ui.CountCell(v.with(), int64(x.Version)), ui.CountCell(v.with(), x.Requests), ui.CountCell(v.with(), x.Automatic), ui.CountCell(v.with(), x.Review),
			ui.CountCell(v.with(), x.Blocked), ui.CountCell(v.with(), x.Overridden), ui.CountCell(v.with(), x.Rejected),
		}})
		if i < mostBars {
			c.Stacks = append(c.Stacks, v.stack(fmt.Sprintf("%s %d", x.Policy, x.Version), x.Automatic, x.Review, x.Blocked, x.Overridden))
		}
	}
	return v.figuresPart("policies", c, t)
}

// endedFigures is what ended without money, by reason.
func (v *visit) endedFigures(d *report.Requests) figuresPart {
	c := chart.Pareto{Head: v.requestFigureHead("ended", "nav.requests", "home.share")}
	t := ui.Table{Columns: []ui.Column{{Title: v.say("party.state"), Kind: ui.Status}, {Title: v.say("requests.reason")}, {Title: v.say("nav.requests"), Kind: ui.Count}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: d.Filter.Currency}}}
	for _, x := range d.Ended {
		reason, href := x.Reason, v.requestsAt(d.Filter, "all", "state", string(x.State), "why", x.Reason, "since_from", d.Filter.From.String(), "since_to", d.Filter.To.String())
		if x.Others > 0 {
			reason, href = v.say("rfig.others", "n", x.Others), ""
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.BadgeCell(v.requestBadge(x.State)), ui.TextCell(reason), v.counted(x.Requests, href), ui.AmountCell(x.Amount, d.Filter.Currency)}})
		if x.State == request.Rejected && len(c.Points) < mostBars {
			c.Points = append(c.Points, chart.Point{Label: reason, Text: ui.Number(v.with(), x.Requests), Value: float64(x.Requests), Href: href})
		}
	}
	return v.figuresPart("ended", c, t)
}

// flowFigures is where the money is of what was approved, and how long each way took.
func (v *visit) flowFigures(d *report.Requests) figuresPart {
	c := chart.Bar{Head: v.requestFigureHead("flow", "items.amount")}
	t := ui.Table{Columns: []ui.Column{
		{Title: v.say("party.state"), Kind: ui.Status}, {Title: v.say("nav.requests"), Kind: ui.Count}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: d.Filter.Currency}, {Title: v.say("rfig.until_next"), Kind: ui.Count}, {Title: v.say("rfig.p90"), Kind: ui.Count},
	}}
	took := map[request.State]report.Timing{}
	for _, x := range d.Stays {
		if x.Kind == "" {
			took[x.State] = x.Left
		}
	}
	for _, x := range d.Flow {
		href := v.requestsAt(d.Filter, "all", "state", string(x.State), "approved_from", d.Filter.From.String(), "approved_to", d.Filter.To.String())
		next := v.times(took[x.State])
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.BadgeCell(v.requestBadge(x.State)), v.counted(x.Requests, href), ui.AmountCell(x.Amount, d.Filter.Currency), next[0], next[1]}})
		tone := map[request.State]string{request.Returned: "bad", request.Reversed: "bad", request.Cleared: "good", request.Paid: "good"}[x.State]
		c.Points = append(c.Points, chart.Point{Label: v.state(x.State), Text: ui.Money(v.with(), x.Amount, d.Filter.Currency), Value: chart.Length(x.Amount), Tone: tone, Href: href})
	}
	p := v.figuresPart("flow", c, t)
	p.lead += " " + v.say("rfig.failed", "n", d.Failed)
	return p
}
