package web

import (
	"strconv"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

func (s *site) routesPayments() {
	s.in("payments", "GET /payments", s.payments)
	s.in("payments", "GET /payments/new", needs(identity.ApplyCash, s.newJournalForm))
	s.in("payments", "POST /payments/new", needs(identity.ApplyCash, s.newJournal))
	s.in("payments", "GET /payments/{code}", s.paymentJournal)
	s.in("payments", "GET /payments/{code}/post", needs(identity.ApplyCash, s.postJournalForm))
	s.in("payments", "POST /payments/{code}/post", needs(identity.ApplyCash, s.postPaymentJournal))
	s.in("payments", "GET /payments/{code}/cancel", needs(identity.ApplyCash, s.cancelJournalForm))
	s.in("payments", "POST /payments/{code}/cancel", needs(identity.ApplyCash, s.cancelJournal))
	s.in("payments", "GET /payments/{code}/reverse", needs(identity.ApplyCash, s.reversePaymentForm))
	s.in("payments", "POST /payments/{code}/reverse", needs(identity.ApplyCash, s.reversePayment))
	s.in("payments", "GET /payments/{code}/lines/new", needs(identity.ApplyCash, s.newLineForm))
	s.in("payments", "POST /payments/{code}/lines/new", needs(identity.ApplyCash, s.newLine))
	s.in("payments", "GET /payments/{code}/lines/{line}", s.paymentLine)
	s.in("payments", "POST /payments/{code}/lines/{line}", needs(identity.ApplyCash, s.applyPayment))
	s.in("payments", "GET /payments/{code}/lines/{line}/edit", needs(identity.ApplyCash, s.editLineForm))
	s.in("payments", "POST /payments/{code}/lines/{line}/edit", needs(identity.ApplyCash, s.editLine))
	s.in("payments", "GET /payments/{code}/lines/{line}/remove", needs(identity.ApplyCash, s.removeLineForm))
	s.in("payments", "POST /payments/{code}/lines/{line}/remove", needs(identity.ApplyCash, s.removeLine))
}

var journalStates = []string{"draft", "posted", "reversed", "cancelled"}

// journalTone is the tone of a state of a journal or a line.
func journalTone(state string) string {
	return map[string]string{"draft": "info", "posted": "good", "reversed": "warn"}[state]
}

func (v *visit) journalBadge(state string) ui.Badge {
	return ui.Badge{Text: v.say("payments.state." + state), Tone: journalTone(state)}
}

// optionsOf are states to choose from, with the words that stand for them.
func (v *visit) optionsOf(group string, values []string) (all []ui.Option) {
	for _, x := range values {
		all = append(all, ui.Option{Value: x, Text: v.say(group + x)})
	}
	return all
}

// payments lists the payment journals, the newest first.
func (s *site) payments(v *visit) error {
	f := app.PaymentFilter{State: v.query("state"), Customer: v.query("customer")}
	list := func(p app.Page) (app.Part[app.PaymentJournalRow], error) {
		return v.app.PaymentJournals(v.ctx, v.call(), f, p)
	}
	if v.exported() {
		return export(v, "payment-journals", columns([]string{"journal", "text", "state", "created_by", "created_at", "posted_at", "lines", "posted", "problems", "currency"}, "amount", "applied", "deducted", "left"), byTotals(list), journalCells)
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	page := ui.Page{Title: v.say("nav.payments"), Lead: v.say("payments.lead"), Actions: v.exports()}
	if v.may(identity.ApplyCash) {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("payments.new"), Href: v.path("payments", "new"), Primary: true})
	}
	return v.show(page, paymentsBody(v.journalList(part, f != app.PaymentFilter{}), v.optionsOf("payments.state.", journalStates)))
}

// journalIn is a row of a file of journals: a journal in a currency.
type journalIn struct {
	app.PaymentJournalRow
	t app.PaymentTotals
}

func byTotals(list func(app.Page) (app.Part[app.PaymentJournalRow], error)) func(app.Page) (app.Part[journalIn], error) {
	return func(p app.Page) (app.Part[journalIn], error) {
		got, err := list(p)
		out := app.Part[journalIn]{Next: got.Next}
		for _, x := range got.Items {
			if len(x.Totals) == 0 {
				out.Items = append(out.Items, journalIn{x, app.PaymentTotals{}})
			}
			for _, t := range x.Totals {
				out.Items = append(out.Items, journalIn{x, t})
			}
		}
		return out, err
	}
}

func journalCells(x journalIn) []string {
	return []string{x.Code, x.Text, x.State, x.CreatedBy, x.CreatedAt, x.PostedAt, strconv.Itoa(x.Lines), strconv.Itoa(x.Posted), strconv.Itoa(x.Problems), x.t.Currency, x.t.Cash, x.t.Applied, x.t.Deducted, x.t.Left}
}

func (v *visit) journalList(part app.Part[app.PaymentJournalRow], filtered bool) ui.Table {
	t := ui.Table{
		ID: "journals", Caption: v.say("nav.payments"), Next: part.Next, After: v.query("after") != "",
		Columns: []ui.Column{
			{Title: v.say("payments.journal"), Kind: ui.Code},
			{Title: v.say("voucher.text")},
			{Title: v.say("party.state"), Kind: ui.Status},
			{Title: v.say("payments.lines"), Kind: ui.Count},
			{Title: v.say("payments.cash"), Kind: ui.Amounts},
			{Title: v.say("payments.deducted"), Kind: ui.Amounts, Wide: true},
			{Title: v.say("payments.left"), Kind: ui.Amounts, Wide: true},
			{Title: v.say("payments.made"), Wide: true},
		},
		Empty: ui.Empty{Title: v.say("payments.empty"), Lead: v.say("payments.empty_lead")},
	}
	switch {
	case filtered:
		t.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("payments")}}
	case v.may(identity.ApplyCash):
		t.Empty.Action = &ui.Action{Text: v.say("payments.new"), Href: v.path("payments", "new"), Primary: true}
	}
	for _, x := range part.Items {
		href := v.path("payments", x.Code)
		amounts := func(of func(app.PaymentTotals) string) ui.Cell {
			var lines []ui.Line
			for _, t := range x.Totals {
				lines = append(lines, ui.Line{Amount: of(t), Currency: t.Currency})
			}
			return ui.Cell{Body: ui.AmountLines(lines)}
		}
		state := ui.BadgeCell(v.journalBadge(x.State))
		if x.Problems > 0 && x.State == "draft" {
			state.Badges = append(state.Badges, ui.Badge{Text: v.say("payments.problems", "n", x.Problems), Tone: "bad"})
		}
		t.Rows = append(t.Rows, ui.Row{ID: x.Code, Href: href, Cells: []ui.Cell{
			ui.LinkCell(x.Code, href), ui.TextCell(x.Text), state, ui.CountCell(v.with(), int64(x.Lines)),
			amounts(func(t app.PaymentTotals) string { return t.Cash }), amounts(func(t app.PaymentTotals) string { return t.Deducted }), amounts(func(t app.PaymentTotals) string { return t.Left }),
			{Text: x.CreatedBy, Sub: ui.Instant(v.with(), x.CreatedAt)},
		}})
	}
	return t
}

// newJournalForm asks what a new journal is about.
func (s *site) newJournalForm(v *visit) error { return v.showNewJournal(nil) }

func (v *visit) showNewJournal(err error) error {
	page := ui.Page{Title: v.say("payments.new"), Lead: v.say("payments.new_lead"), Narrow: true, Crumbs: []ui.Link{{Text: v.say("nav.payments"), Href: v.path("payments")}}}
	st := step{
		form:   ui.Form{Action: v.path("payments", "new"), Submit: v.say("payments.create"), Cancel: v.path("payments"), Typed: v.typed(), Err: err},
		fields: []ui.Field{{Name: "text", Label: v.say("voucher.text"), Hint: v.say("payments.text_hint")}},
	}
	if err != nil {
		return v.again(err, page, stepBody(st, nil))
	}
	return v.show(page, stepBody(st, nil))
}

func (s *site) newJournal(v *visit) error {
	j, err := v.app.CreatePaymentJournal(v.ctx, v.call(), app.PaymentJournalRequest{Text: v.form("text")})
	if err != nil {
		return v.showNewJournal(err)
	}
	return v.redirect(v.path("payments", j.Code, "lines", "new"))
}

// journalView is what the page of a journal shows.
type journalView struct {
	j     *app.PaymentJournal
	stats []ui.Stat
	head  []ui.Definition
	lines ui.Table
}

// paymentJournal shows a journal with its lines.
func (s *site) paymentJournal(v *visit) error {
	j, err := v.app.PaymentJournal(v.ctx, v.call(), v.r.PathValue("code"))
	if err != nil {
		return err
	}
	w := journalView{j: j, stats: v.journalStats(j), lines: v.lineList(j), head: []ui.Definition{
		{Name: v.say("payments.created"), Value: ui.Cell{Text: j.CreatedBy, Sub: ui.Instant(v.with(), j.CreatedAt)}},
		{Name: v.say("payments.posted_by"), Value: ui.Cell{Text: j.PostedBy, Sub: ui.Instant(v.with(), j.PostedAt)}},
		{Name: v.say("payments.remittance"), Value: ui.LinkCell(j.Remittance, v.path("remittances", j.Remittance))},
		{Name: v.say("voucher.trail"), Value: ui.LinkCell(v.say("voucher.trail_link"), v.path("audit")+"?subject="+escapeQuery(j.Code))},
	}}
	page := ui.Page{Title: j.Code, Lead: j.Text, Badges: []ui.Badge{v.journalBadge(j.State)}, Crumbs: []ui.Link{{Text: v.say("nav.payments"), Href: v.path("payments")}}, Actions: v.journalActions(j)}
	return v.show(page, journalBody(w))
}

// in counts the lines of a state.
func linesIn(j *app.PaymentJournal, state string) (n int) {
	for i := range j.Lines {
		if j.Lines[i].State == state {
			n++
		}
	}
	return n
}

func (v *visit) journalActions(j *app.PaymentJournal) (all []ui.Action) {
	if !v.may(identity.ApplyCash) {
		return nil
	}
	at := func(part ...string) string { return v.path(append([]string{"payments", j.Code}, part...)...) }
	drafts, posted := linesIn(j, "draft"), linesIn(j, "posted")
	if j.State == "draft" && posted == 0 {
		all = append(all, ui.Action{Text: v.say("payments.cancel"), Href: at("cancel")})
	}
	if posted > 0 {
		all = append(all, ui.Action{Text: v.say("payments.reverse"), Href: at("reverse"), Icon: "undo"})
	}
	if j.State == "draft" {
		all = append(all, ui.Action{Text: v.say("payments.add_line"), Href: at("lines", "new"), Icon: "plus", Primary: drafts == 0})
		if drafts > 0 {
			all = append(all, ui.Action{Text: v.say("payments.post"), Href: at("post"), Primary: true})
		}
	}
	return all
}

func (v *visit) journalStats(j *app.PaymentJournal) (all []ui.Stat) {
	for _, t := range j.Totals {
		all = append(all, v.totalStats(t)...)
	}
	return all
}

// totalStats are the figures of a line or a journal in one currency.
func (v *visit) totalStats(t app.PaymentTotals) []ui.Stat {
	all := []ui.Stat{{Name: v.say("payments.cash"), Amount: t.Cash, Currency: t.Currency}}
	optional := func(key, amount string) {
		if !ui.Zero(amount) {
			all = append(all, ui.Stat{Name: v.say(key), Amount: amount, Currency: t.Currency})
		}
	}
	optional("payments.credits_used", t.Credits)
	optional("payments.stand_alone", t.StandAlone)
	all = append(all, ui.Stat{Name: v.say("payments.applied"), Amount: t.Applied, Currency: t.Currency}, ui.Stat{Name: v.say("payments.deducted"), Amount: t.Deducted, Currency: t.Currency})
	optional("payments.discount", t.Discount)
	return append(all, ui.Stat{Name: v.say("payments.left"), Amount: t.Left, Currency: t.Currency, Sub: v.leftSays(t.Left)})
}

// leftSays is what becomes of what a payment leaves.
func (v *visit) leftSays(left string) string {
	switch {
	case ui.Zero(left):
		return ""
	case ui.Negative(left):
		return v.say("payments.left_negative")
	}
	return v.say("payments.left_positive")
}

func (v *visit) lineList(j *app.PaymentJournal) ui.Table {
	t := ui.Table{
		ID: "lines", Caption: v.say("payments.lines"),
		Columns: []ui.Column{
			{Title: v.say("payments.line"), Kind: ui.Count},
			{Title: v.say("kind.customer"), Kind: ui.Code},
			{Title: v.say("items.date"), Kind: ui.Date, Wide: true},
			{Title: v.say("payments.reference"), Wide: true},
			{Title: v.say("party.state"), Kind: ui.Status},
			{Title: v.say("payments.cash"), Kind: ui.Amounts},
			{Title: v.say("payments.applied"), Kind: ui.Amounts, Wide: true},
			{Title: v.say("payments.deducted"), Kind: ui.Amounts, Wide: true},
			{Title: v.say("payments.left"), Kind: ui.Amounts, Wide: true},
			{Title: v.say("party.currency")},
			{Title: v.say("items.voucher"), Kind: ui.Code, Wide: true},
		},
		Empty: ui.Empty{Title: v.say("payments.no_lines"), Lead: v.say("payments.no_lines_lead")},
	}
	if j.State == "draft" && v.may(identity.ApplyCash) {
		t.Empty.Action = &ui.Action{Text: v.say("payments.add_line"), Href: v.path("payments", j.Code, "lines", "new"), Primary: true}
	}
	for i := range j.Lines {
		t.Rows = append(t.Rows, v.lineRow(j, &j.Lines[i]))
	}
	return t
}

func (v *visit) lineRow(j *app.PaymentJournal, l *app.PaymentLine) ui.Row {
	n := strconv.Itoa(l.Line)
	href := v.path("payments", j.Code, "lines", n)
	state := ui.BadgeCell(v.journalBadge(l.State))
	row := ui.Row{ID: n, Name: v.say("payments.line_n", "line", n), Href: href}
	if l.Problem != "" {
		state.Sub, row.Tone = l.Problem, "bad"
	}
	var voucher ui.Cell
	if l.Voucher != "" {
		voucher = ui.LinkCell(l.Voucher, v.path("vouchers", l.Voucher))
	}
	row.Cells = []ui.Cell{
		ui.LinkCell(n, href),
		{Text: l.Customer, Href: v.path("customers", l.Customer), Sub: l.CustomerName},
		ui.DayCell(v.with(), l.Date), ui.TextCell(l.Reference), state,
		ui.AmountCell(l.Amount, l.Currency), ui.AmountCell(l.Totals.Applied, l.Currency, true), ui.AmountCell(l.Totals.Deducted, l.Currency, true), ui.AmountCell(l.Totals.Left, l.Currency, true), ui.TextCell(l.Currency), voucher,
	}
	return row
}
