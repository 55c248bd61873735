package web

import (
	"cmp"
	"context"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
	"quittance/internal/work"
)

func (s *site) routesMatches() {
	const nav = "deductions"
	s.in(nav, "GET /deductions/matches", s.matches)
	s.in(nav, "GET /deductions/matches/search", needs(identity.Deduct, s.matchForm))
	s.in(nav, "POST /deductions/matches/search", needs(identity.Deduct, s.searchAll))
	s.in(nav, "POST /deductions/matches/apply", needs(identity.Deduct, s.applyMatches))
	s.in(nav, "GET /deductions/{number}/candidates", s.candidates)
}

const matchesMost = 500 // that are applied at once, or shown of a search

// matches lists what searches have proposed.
func (s *site) matches(v *visit) error {
	f := app.MatchFilter{Customer: v.query("customer")}
	if text := v.query("least"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > 100 {
			return v.told(v.path("deductions", "matches"), "warn", v.say("dmatch.no_score", "value", shortName(text)))
		}
		f.Least = n
	}
	list := func(p app.Page) (app.Part[app.DeductionMatch], error) {
		return v.app.DeductionMatches(v.ctx, v.call(), f, p)
	}
	if v.exported() {
		return export(v, "matches", columns([]string{"deduction", "customer", "reason", "currency", "kind", "credit_of", "voucher", "plan", "why"}, "remaining", "score", "amount"), v.matchLines(list), func(x []string) []string { return x })
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	apply, err := v.applyScore()
	if err != nil {
		return err
	}
	w := matchesView{table: v.matchesTable(part.Items), apply: apply, may: v.may(identity.Deduct), least: []ui.Option{{Value: strconv.Itoa(apply), Text: v.say("dmatch.safe", "score", apply)}}}
	w.table.Next, w.table.After = part.Next, v.query("after") != ""
	page := ui.Page{Title: v.say("dmatch.title"), Lead: v.say("dmatch.lead"), Crumbs: v.matchCrumbs(), Actions: v.exports()}
	if w.may {
		search := ui.Action{Text: v.say("dmatch.search"), Href: v.path("deductions", "matches", "search"), Icon: "search", Primary: true}
		page.Actions = append(page.Actions, search)
		w.table.Select, w.table.Empty.Action = "number", &search
	}
	return v.show(page, matchesBody(w))
}

// matchesView is the list of proposals.
type matchesView struct {
	table ui.Table
	least []ui.Option
	apply int // score from which a match is applied
	may   bool
}

func (v *visit) matchCrumbs(more ...ui.Link) []ui.Link {
	return append([]ui.Link{{Text: v.say("nav.deductions"), Href: v.path("deductions")}}, more...)
}

// applyScore gives the score from which matches are applied at once.
func (v *visit) applyScore() (int, error) {
	set, err := v.app.Setup(v.ctx, v.call())
	if err != nil {
		return 0, err
	}
	for _, p := range set.Parameters {
		if p.Name == "match_apply_score" {
			return strconv.Atoi(cmp.Or(p.Value, p.Default))
		}
	}
	return 0, fault.New(fault.Internal, "there is no parameter match_apply_score")
}

// matchLines takes proposals apart into the lines of a file.
func (v *visit) matchLines(list func(app.Page) (app.Part[app.DeductionMatch], error)) func(app.Page) (app.Part[[]string], error) {
	return func(p app.Page) (app.Part[[]string], error) {
		part, err := list(p)
		lines := app.Part[[]string]{Next: part.Next}
		for _, m := range part.Items {
			for _, x := range m.Parts {
				lines.Items = append(lines.Items, []string{m.Deduction, m.Customer, m.Reason, m.Currency, x.Kind, x.Party, x.Voucher, x.Plan, strings.Join(v.whyTexts(x.Reasons), "; "), m.Amount, strconv.Itoa(m.Score), x.Amount})
			}
		}
		return lines, err
	}
}

// whyTexts say what a score is made of.
func (v *visit) whyTexts(reasons []app.MatchReason) (all []string) {
	for _, r := range reasons {
		text := strings.ReplaceAll(strings.TrimSpace(r.Reason+" "+r.Detail+" "+r.Value), "_", " ")
		if key := "match." + r.Reason + "." + r.Detail; v.frame.Lang.Has(key) {
			text = v.say(key, "value", r.Value)
		}
		all = append(all, text+" ("+strconv.Itoa(r.Points)+")")
	}
	return all
}

// partCell says what a deduction is resolved by, how much of it, and why.
func (v *visit) partsCell(m *app.DeductionMatch) ui.Cell {
	var lines []matchPart
	for _, x := range m.Parts {
		p := matchPart{amount: ui.Money(v.with(), x.Amount, m.Currency), why: v.whyTexts(x.Reasons)}
		if x.Kind == "plan" {
			p.name, p.href = v.say("dsetup.plan_of", "plan", x.Plan), v.path("deduction-setup", "plans", x.Plan, "accruals")
		} else {
			p.name, p.href = x.Voucher, v.path("vouchers", x.Voucher)
			if x.Type != "" {
				p.name = v.say("type."+x.Type) + " " + x.Voucher
			}
			if x.Party != m.Customer {
				p.of = x.Party
			}
		}
		lines = append(lines, p)
	}
	return ui.Cell{Body: matchParts(lines)}
}

// matchPart is a credit or plan of a match.
type matchPart struct {
	name, href, of, amount string
	why                    []string
}

func (v *visit) matchesTable(items []app.DeductionMatch) ui.Table {
	t := ui.Table{ID: "matches", Caption: v.say("dmatch.title"), Columns: []ui.Column{
		{Title: v.say("kind.deduction"), Kind: ui.Code}, {Title: v.say("kind.customer"), Kind: ui.Code, Wide: true}, {Title: v.say("dmatch.remaining"), Kind: ui.Amounts}, {Title: v.say("party.currency")}, {Title: v.say("dmatch.score"), Kind: ui.Count}, {Title: v.say("dmatch.by")}, {Title: v.say("party.state"), Kind: ui.Status},
	}, Empty: ui.Empty{Title: v.say("dmatch.empty"), Lead: v.say("dmatch.empty_lead")}}
	for i := range items {
		m := &items[i]
		state := ui.BadgeCell(ui.Badge{Text: v.say("dmatch.outcome." + m.Outcome), Tone: map[string]string{"proposed": "info", "applied": "good", "pending": "warn", "refused": "bad"}[m.Outcome]})
		state.Sub = v.whyNot(m.Why)
		switch {
		case m.Outcome == "refused":
			state.Sub = m.Why
		case m.Outcome == "nothing" && m.Why == "below":
			state = ui.BadgeCell(ui.Badge{Text: v.say("dmatch.outcome.below")})
		}
		t.Rows = append(t.Rows, ui.Row{ID: m.Deduction, Name: m.Deduction, Href: v.path("deductions", m.Deduction), Cells: []ui.Cell{
			{Text: m.Deduction, Href: v.path("deductions", m.Deduction), Sub: m.Reason}, ui.LinkCell(m.Customer, v.path("customers", m.Customer)), ui.AmountCell(m.Amount, m.Currency), ui.TextCell(m.Currency), ui.CountCell(v.with(), int64(m.Score)), v.partsCell(m), state,
		}})
	}
	return t
}

// whyNot says why nothing was found, or a credit was left out.
func (v *visit) whyNot(why string) string {
	if why == "" {
		return ""
	}
	if key := "dmatch.why." + why; v.frame.Lang.Has(key) {
		return v.say(key)
	}
	return strings.ReplaceAll(why, "_", " ")
}

// candidates shows what may fit a deduction, below the threshold too, and what was left out.
func (s *site) candidates(v *visit) error {
	number := v.r.PathValue("number")
	c, err := v.app.MatchCandidates(v.ctx, v.call(), number)
	if err != nil {
		return err
	}
	t := v.matchesTable(c.Candidates)
	t.ID, t.Empty = "candidates", ui.Empty{Title: v.say("dmatch.nothing"), Lead: v.whyNot(c.Best.Why)}
	best := v.matchesTable([]app.DeductionMatch{c.Best})
	best.Caption = v.say("dmatch.best")
	best.ID = "best"
	if len(c.Best.Parts) == 0 {
		best.Rows, best.Empty = nil, t.Empty
	}
	left := ui.Table{ID: "left-out", Caption: v.say("dmatch.left_out"), Dense: true, Columns: []ui.Column{{Title: v.say("items.voucher"), Kind: ui.Code}, {Title: v.say("kind.customer"), Kind: ui.Code}, {Title: v.say("items.amount"), Kind: ui.Amounts}, {Title: v.say("dmatch.because")}}, Empty: ui.Empty{Title: v.say("dmatch.none_left_out")}}
	for _, l := range c.LeftOut {
		left.Rows = append(left.Rows, ui.Row{Cells: []ui.Cell{ui.LinkCell(l.Voucher, v.path("vouchers", l.Voucher)), ui.LinkCell(l.Party, v.path("customers", l.Party)), ui.AmountCell(l.Amount, c.Currency), {Text: v.whyNot(l.Why), Sub: l.Detail}}})
	}
	page := ui.Page{
		Title: v.say("dmatch.candidates", "deduction", number), Lead: v.say("dmatch.candidates_lead", "amount", ui.Money(v.with(), c.Amount, c.Currency), "propose", c.ProposeScore, "apply", c.ApplyScore),
		Crumbs: v.matchCrumbs(ui.Link{Text: number, Href: v.path("deductions", number)}),
	}
	return v.show(page, candidatesBody(best, t, left))
}

func (v *visit) matchStep() step {
	return step{
		title: v.say("dmatch.search"), lead: v.say("dmatch.search_lead"),
		form:   ui.Form{Action: v.path("deductions", "matches", "search"), Submit: v.say("dmatch.search_submit"), Cancel: v.path("deductions", "matches")},
		fields: []ui.Field{{Name: "customer", Label: v.say("kind.customer"), Hint: v.say("dmatch.customer_hint"), Value: v.query("customer"), Mono: true}},
	}
}

func (v *visit) matchPage() ui.Page {
	return ui.Page{Narrow: true, Crumbs: v.matchCrumbs(ui.Link{Text: v.say("dmatch.title"), Href: v.path("deductions", "matches")})}
}

func (s *site) matchForm(v *visit) error { return v.showStep(v.matchPage(), v.matchStep(), nil) }

// searchAll searches for what fits, and proposes it. Nothing is resolved.
func (s *site) searchAll(v *visit) error {
	customer := v.form("customer")
	if customer != "" { // told at its field, before the search begins
		if _, err := v.app.DeductionMatches(v.ctx, v.call(), app.MatchFilter{Customer: customer}, app.Page{Limit: 1}); err != nil {
			return v.showStep(v.matchPage(), v.matchStep(), err)
		}
	}
	return v.match("match", app.MatchRequest{Customer: customer, All: customer == ""})
}

// match begins a search.
func (v *visit) match(kind string, req app.MatchRequest) error {
	call := v.call()
	return v.begin(kind, call.Key, identity.Deduct, func(ctx context.Context, tell func(work.TaskProgress)) (any, error) {
		r := &matched{}
		each := func(found []app.DeductionMatch) error {
			found = slices.DeleteFunc(slices.Clone(found), func(m app.DeductionMatch) bool { return m.Outcome == "nothing" })
			r.found = append(r.found, found[:min(len(found), matchesMost-len(r.found))]...)
			return nil
		}
		var err error
		r.out, err = v.site.app.MatchDeductions(ctx, call, req, each, func(p app.MatchProgress) { tell(work.TaskProgress{Done: p.Done, All: p.All}) })
		return r, err
	})
}

// matched is what a search came to.
type matched struct {
	out   *app.MatchOutcome
	found []app.DeductionMatch
}

// Size counts what was found.
func (m *matched) Size() int64 { return 4096 + 2048*int64(len(m.found)) }

func (m *matched) show(v *visit, _ *work.Task) error {
	number := func(key string, n int64) ui.Stat { return ui.Stat{Name: v.say(key), Text: ui.Number(v.with(), n)} }
	stats := []ui.Stat{number("dmatch.searched", m.out.Deductions), number("dmatch.credits", m.out.Credits), number("dmatch.outcome.proposed", m.out.Proposed), number("dmatch.outcome.applied", m.out.Applied)}
	if m.out.Pending > 0 {
		stats = append(stats, number("dmatch.outcome.pending", m.out.Pending))
	}
	if m.out.Refused > 0 {
		stats = append(stats, number("dmatch.outcome.refused", m.out.Refused))
	}
	nothing := number("dmatch.outcome.nothing", m.out.Nothing)
	var why []string
	for _, w := range slices.Sorted(maps.Keys(m.out.Why)) {
		why = append(why, ui.Number(v.with(), m.out.Why[w])+" "+v.whyNot(w))
	}
	nothing.Sub = strings.Join(why, ", ")
	page := ui.Page{Title: v.say("dmatch.ended"), Crumbs: v.matchPage().Crumbs, Actions: []ui.Action{{Text: v.say("dmatch.title"), Href: v.path("deductions", "matches"), Primary: true}}}
	return v.show(page, matchedBody(append(stats, nothing), v.matchesTable(m.found)))
}

// applyMatches shows which of the chosen proposals are good enough to be applied, then applies them.
func (s *site) applyMatches(v *visit) error {
	chosen := v.r.PostForm["number"]
	slices.Sort(chosen)
	chosen = slices.Compact(chosen)
	back := v.path("deductions", "matches")
	all := v.form("what") == "safe"
	switch {
	case len(chosen) == 0 && !all:
		return v.told(back, "warn", v.say("dmatch.choose"))
	case len(chosen) > matchesMost:
		return v.told(back, "warn", v.say("dmatch.too_many", "n", matchesMost))
	}
	if v.confirmed() {
		return v.match("match_apply", app.MatchRequest{Deductions: chosen, Apply: true})
	}
	least, err := v.applyScore()
	if err != nil {
		return err
	}
	good, err := v.proposals(least, func(m *app.DeductionMatch) bool { return all || slices.Contains(chosen, m.Deduction) })
	if err != nil {
		return err
	}
	if len(good) == 0 {
		return v.told(back, "info", v.say("dmatch.none_safe", "score", least))
	}
	carry := url.Values{"step": {"do"}}
	sums := map[string]*tally{}
	for _, m := range good {
		carry.Add("number", m.Deduction)
		if sums[m.Currency] == nil {
			sums[m.Currency] = &tally{}
		}
		for _, x := range m.Parts {
			sums[m.Currency].add(x.Amount, m.Currency)
		}
	}
	submit := v.say("dmatch.apply_submit", "n", len(good))
	for _, c := range slices.Sorted(maps.Keys(sums)) {
		total, err := sums[c].text(c)
		if err != nil {
			return err
		}
		submit += ", " + ui.Money(v.with(), total, c)
	}
	f := ui.Form{Action: v.path("deductions", "matches", "apply"), Submit: submit, Cancel: back}
	left := max(len(chosen)-len(good), 0)
	return v.show(ui.Page{Title: v.say("dmatch.apply"), Lead: v.say("dmatch.apply_lead", "score", least), Crumbs: v.matchPage().Crumbs}, applyMatchesBody(f, carry, v.matchesTable(good), left))
}

// proposals gives those with at least the score that are wanted, as many as are applied at once.
func (v *visit) proposals(least int, wanted func(*app.DeductionMatch) bool) (all []app.DeductionMatch, err error) {
	for page := (app.Page{Limit: 500}); ; {
		part, err := v.app.DeductionMatches(v.ctx, v.call(), app.MatchFilter{Least: least, Customer: v.form("customer")}, page)
		if err != nil {
			return nil, err
		}
		for i := range part.Items {
			if len(all) == matchesMost {
				return all, nil
			}
			if wanted(&part.Items[i]) {
				all = append(all, part.Items[i])
			}
		}
		if part.Next == "" {
			return all, nil
		}
		page.After = part.Next
	}
}
