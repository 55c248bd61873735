package web

import (
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
	"quittance/internal/web/chart"
	"quittance/internal/web/ui"
)

func (s *site) routesReimbursements() {
	s.in("reimbursements", "GET /reimbursements", s.reimbursements)
	s.in("reimbursements", "GET /reimbursements/{number}", s.reimbursement)
	s.in("reimbursements", "GET /reimbursements/{number}/reverse", s.confirmReverse)
	s.in("reimbursements", "POST /reimbursements/{number}/reverse", s.reverse)
}

var reimbursementColumns = append(columns([]string{"number", "date", "customer", "vendor", "classification", "currency", "settles", "reversed_by"}), columns(nil, "amount")...)

func reimbursementCells(x reimbursement.View) []string {
	return []string{x.Number, x.Voucher.Date.String(), x.Customer, x.Vendor, x.Classification, x.Currency, settles(&x), x.ReversedBy, x.Amount}
}

// reimbursements lists what was posted.
func (s *site) reimbursements(v *visit) error {
	f := app.ReimbursementFilter{Number: v.query("q"), Customer: v.query("customer"), Run: v.query("run")}
	list := func(p app.Page) (app.Part[reimbursement.View], error) {
		return v.app.Reimbursements(v.ctx, v.call(), f, p)
	}
	if v.exported() {
		return export(v, "reimbursements", reimbursementColumns, list, reimbursementCells)
	}
	part, err := list(v.part())
	if fault.CodeOf(err) == fault.NotFound && (f.Customer != "" || f.Run != "") {
		part, err = app.Part[reimbursement.View]{}, nil // there is no such customer or run, so that none of its
	}
	if err != nil {
		return err
	}
	t := v.reimbursementTable(part, f != app.ReimbursementFilter{})
	return v.show(ui.Page{Title: v.say("nav.reimbursements"), Lead: v.say("reimbursements.lead"), Actions: v.exports()}, reimbursementsBody(t))
}

func (v *visit) reimbursementTable(part app.Part[reimbursement.View], filtered bool) ui.Table {
	t := ui.Table{
		ID: "reimbursements", Caption: v.say("nav.reimbursements"), Next: part.Next, After: v.query("after") != "",
		Columns: []ui.Column{
			{Title: v.say("reimbursement.number"), Kind: ui.Code},
			{Title: v.say("run.date"), Kind: ui.Date},
			{Title: v.say("run.customer"), Kind: ui.Code},
			{Title: v.say("run.payee"), Kind: ui.Code, Wide: true},
			{Title: v.say("reimbursement.classification"), Wide: true},
			{Title: v.say("run.settles"), Wide: true},
			{Title: v.say("run.state"), Kind: ui.Status},
			{Title: v.say("run.amount"), Kind: ui.Amounts},
			{Title: v.say("run.currency")},
		},
		Empty: ui.Empty{Title: v.say("reimbursements.empty"), Lead: v.say("reimbursements.empty_lead")},
	}
	switch {
	case filtered:
		t.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("reimbursements")}}
	case v.may(identity.Reimburse):
		t.Empty.Action = &ui.Action{Text: v.say("runs.new"), Href: v.path("runs", "new"), Primary: true}
	}
	for i := range part.Items {
		x := &part.Items[i]
		href := v.path("reimbursements", x.Number)
		row := ui.Row{ID: x.Number, Name: x.Number, Href: href, Cells: []ui.Cell{
			ui.LinkCell(x.Number, href), ui.DayCell(v.with(), x.Voucher.Date), ui.LinkCell(x.Customer, v.path("customers", x.Customer)), v.payeeCell(x), ui.TextCell(x.Classification),
			ui.TextCell(settles(x)), ui.BadgeCell(v.reversedBadge(x)), ui.AmountCell(x.Amount, x.Currency), ui.TextCell(x.Currency),
		}}
		if x.ReversedBy != "" {
			row.Tone = "muted"
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func (v *visit) reversedBadge(x *reimbursement.View) ui.Badge {
	if x.ReversedBy == "" {
		return ui.Badge{Text: v.say("reimbursement.posted"), Tone: "good"}
	}
	return ui.Badge{Text: v.say("reimbursement.reversed"), Tone: "bad"}
}

// reimbursement shows one reimbursement: its voucher, what it settles, where its money came from and goes, and what happened.
func (s *site) reimbursement(v *visit) error {
	x, err := v.app.Trace(v.ctx, v.call(), v.r.PathValue("number"))
	if err != nil {
		return err
	}
	w := reimbursementView{x: x, head: v.reimbursementHead(x), events: v.history(x)}
	if w.voucher, err = v.linesTable(x.Voucher.Lines, x.Currency); err != nil {
		return err
	}
	w.settles = v.settlesTable(x)
	payments, err := v.app.VendorPaymentsOf(v.ctx, v.call(), x.Number)
	if err != nil {
		return err
	}
	w.trace = v.trace(x, payments)
	if len(payments) > 0 {
		t := v.vendorPaymentTable(payments)
		t.Dense, w.payments = true, &t
	}
	page := ui.Page{Title: x.Number, Badges: []ui.Badge{v.reversedBadge(&x.View)}, Crumbs: []ui.Link{{Text: v.say("nav.reimbursements"), Href: v.path("reimbursements")}}}
	page.Actions = v.followed(x.Number, x.Run)
	if x.ReversedBy == "" && v.may(identity.Reimburse) {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("reverse.button"), Href: v.path("reimbursements", x.Number, "reverse"), Icon: "undo"})
	}
	return v.show(page, reimbursementBody(w))
}

func (v *visit) reimbursementHead(x *app.Trace) []ui.Definition {
	d := []ui.Definition{
		{Name: v.say("run.date"), Value: ui.DayCell(v.with(), x.Voucher.Date)},
		{Name: v.say("run.customer"), Value: ui.LinkCell(x.Customer, v.path("customers", x.Customer))},
		{Name: v.say("run.payee"), Value: v.payeeCell(&x.View)},
		{Name: v.say("reimbursement.classification"), Value: ui.TextCell(x.Classification)},
		{Name: v.say("kind.run"), Value: ui.LinkCell(x.Run, v.path("runs", x.Run))},
		{Name: v.say("kind.voucher"), Value: ui.LinkCell(x.Voucher.Number, v.path("vouchers", x.Voucher.Number))},
	}
	if x.ReversedBy != "" {
		d = append(d, ui.Definition{Name: v.say("reimbursement.reversed_by"), Value: ui.LinkCell(x.ReversedBy, v.path("vouchers", x.ReversedBy))})
	}
	return d
}

// linesTable shows the lines of a voucher, with the sums of both sides.
func (v *visit) linesTable(list []reimbursement.LineView, currency string) (ui.Table, error) {
	t := ui.Table{ID: "voucher-lines", Caption: v.say("reimbursement.voucher"), Dense: true, Columns: []ui.Column{
		{Title: v.say("voucher.account"), Kind: ui.Code}, {Title: v.say("voucher.debit"), Kind: ui.Amounts, Note: currency}, {Title: v.say("voucher.credit"), Kind: ui.Amounts, Note: currency},
	}}
	var debit, credit sums
	for _, l := range list {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.TextCell(l.Account), ui.AmountCell(l.Debit, currency, true), ui.AmountCell(l.Credit, currency, true)}})
		if err := debit.add(currency, l.Debit); err != nil {
			return t, err
		}
		if err := credit.add(currency, l.Credit); err != nil {
			return t, err
		}
	}
	t.Sums = []ui.Cell{ui.TextCell(v.say("table.sum")), debit.amount(), credit.amount()}
	return t, nil
}

// amount gives the sum of a single currency.
func (s *sums) amount() ui.Cell {
	for _, x := range s.s.View() {
		return ui.AmountCell(x.Amount, x.Currency)
	}
	return ui.Cell{}
}

func (v *visit) settlesTable(x *app.Trace) ui.Table {
	t := ui.Table{ID: "settles", Caption: v.say("run.settles"), Dense: true, Columns: []ui.Column{{Title: v.say("reimbursement.credit"), Kind: ui.Code}, {Title: v.say("voucher.account"), Kind: ui.Code}, {Title: v.say("run.amount"), Kind: ui.Amounts, Note: x.Currency}}, Empty: ui.Empty{Title: v.say("reimbursement.settles_none")}}
	for _, s := range x.Settles {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.LinkCell(s.Voucher, v.path("vouchers", s.Voucher)), ui.TextCell(s.Account), ui.AmountCell(s.Amount, x.Currency)}})
	}
	return t
}

const tracedCredits = 8 // that the picture shows one by one

// trace is the picture of the money's way: credit, reimbursement, vendor invoice, the newest payment, bank line. Bank lines do not exist
// yet; their place says so.
func (v *visit) trace(x *app.Trace, payments []app.VendorPayment) chart.Trace {
	ctx := v.with()
	money := func(amount string) string { return ui.Money(ctx, amount, x.Currency) }
	c := chart.Trace{Head: chart.Head{ID: "trace", Title: v.say("trace.title"), Desc: v.say("trace.desc"), Table: v.say("chart.table"), Names: []string{v.say("trace.from"), v.say("trace.to"), v.say("run.amount")}}}
	c.Nodes = append(c.Nodes, chart.Node{ID: "r", Column: 1, Kind: v.say("kind.reimbursement"), Name: x.Number, Text: money(x.Amount), Here: true})
	for i, s := range x.Settles {
		if i == tracedCredits && len(x.Settles) > tracedCredits+1 {
			c.Nodes = append(c.Nodes, chart.Node{ID: "more", Kind: v.say("reimbursement.credit"), Name: v.say("trace.more", "n", len(x.Settles)-tracedCredits), Tone: "muted"})
			c.Edges = append(c.Edges, chart.Edge{From: "more", To: "r"})
			break
		}
		id := "c" + count(int64(i))
		c.Nodes = append(c.Nodes, chart.Node{ID: id, Kind: v.say("reimbursement.credit"), Name: s.Voucher, Text: s.Account, Href: v.path("vouchers", s.Voucher)})
		c.Edges = append(c.Edges, chart.Edge{From: id, To: "r", Text: money(s.Amount)})
	}
	invoice := chart.Node{ID: "v", Column: 2, Kind: v.say("trace.invoice"), Name: x.Number, Href: v.path("vendors", x.Vendor), Text: v.say("trace.open", "amount", money(x.PayeeOpen)), Tone: "warn"}
	switch {
	case x.ReversedBy != "":
		invoice.Text, invoice.Tone = v.say("trace.reversed"), "bad"
	case ui.Zero(x.PayeeOpen):
		invoice.Text, invoice.Tone = v.say("trace.paid"), "good"
	}
	payment := chart.Node{ID: "p", Column: 3, Kind: v.say("trace.payment"), Name: v.say("trace.none_yet"), Tone: "muted"}
	for _, h := range x.History {
		if h.What == "paid" {
			payment.Name, payment.Text, payment.Href, payment.Tone = h.Voucher, money(h.Amount), v.path("vouchers", h.Voucher), "good"
		}
	}
	if n := len(payments); n > 0 {
		p := &payments[n-1]
		badge := v.paymentBadge(p.Status)
		payment.Name, payment.Text, payment.Href, payment.Tone = p.Payment, badge.Text, v.paymentPath(p.Payment), strings.TrimPrefix(badge.Tone, "info")
	}
	c.Nodes = append(c.Nodes, invoice, payment, chart.Node{ID: "b", Column: 4, Kind: v.say("trace.bank"), Name: v.say("trace.none_yet"), Tone: "muted"})
	c.Edges = append(c.Edges, chart.Edge{From: "r", To: "v", Text: money(x.Amount)}, chart.Edge{From: "v", To: "p"}, chart.Edge{From: "p", To: "b"})
	return c
}

// history is what happened to the reimbursement, in the reader's words.
func (v *visit) history(x *app.Trace) (events []ui.Event) {
	for _, s := range x.History {
		what := v.say("step." + s.What)
		e := ui.Event{By: s.By, Detail: s.Detail, What: ui.Cell{Text: what + " " + s.Voucher}, Amount: ui.AmountCell(s.Amount, s.Currency, true)}
		if s.Voucher != "" {
			e.What.Href = v.path("vouchers", s.Voucher)
		}
		e.When = ui.Instant(v.with(), s.At)
		if s.At == "" {
			e.When = ui.Day(v.with(), s.Date)
		}
		e.Tone = map[string]string{"posted": "good", "paid": "good", "reversed": "bad", "unsettled": "warn", "marked": "warn"}[s.What]
		events = append(events, e)
	}
	return events
}

// confirmReverse shows the mirror that a reversal would post.
func (s *site) confirmReverse(v *visit) error {
	date, err := v.day("date")
	if err != nil {
		date = 0
	}
	return v.reverseOneStep(date, nil)
}

// notBefore gives the date that a step is offered for when none was typed: today, but not before what it takes back.
func (v *visit) notBefore(typed, posted civil.Date) civil.Date {
	if !typed.IsZero() {
		return typed
	}
	return max(v.today(), posted)
}

func (v *visit) reverseOneStep(date civil.Date, wrong error) error {
	number := v.r.PathValue("number")
	x, err := v.app.Reimbursement(v.ctx, v.call(), number)
	if err != nil {
		return err
	}
	date = v.notBefore(date, x.Voucher.Date)
	page := ui.Page{Title: v.say("reverse.title", "number", number), Crumbs: []ui.Link{{Text: v.say("nav.reimbursements"), Href: v.path("reimbursements")}, {Text: number, Href: v.path("reimbursements", number)}}}
	if x.ReversedBy != "" && wrong == nil {
		return v.redirect(v.path("reimbursements", number))
	}
	f := ui.Form{Action: v.path("reimbursements", number, "reverse"), Cancel: v.path("reimbursements", number), Danger: true, Typed: v.typed(), Err: wrong, Submit: v.say("reverse.one", "number", number, "amount", ui.Money(v.with(), x.Amount, x.Currency))}
	w := confirmView{form: f, reason: true, date: date.String(), says: []string{v.say("reverse.what"), v.say("reverse.stays")}}
	p, err := v.app.PreviewReverse(v.ctx, v.call(), []string{number}, date, "preview")
	switch {
	case err != nil && fault.CodeOf(err) == fault.Denied:
		return err
	case err != nil && wrong == nil && fault.RuleOf(err) != "reversed_before" && fault.RuleOf(err) != "period_not_open":
		return v.blocked(err, page)
	case err != nil && wrong == nil:
		w.form.Err = mendDate(err)
	case err == nil && len(p.Mirrors) > 0:
		m := p.Mirrors[0]
		list := make([]reimbursement.LineView, len(m.Lines))
		for i, l := range m.Lines {
			list[i] = reimbursement.LineView{Account: l.Account, Debit: l.Debit, Credit: l.Credit}
		}
		t, err := v.linesTable(list, x.Currency)
		if err != nil {
			return err
		}
		t.Caption = v.say("reverse.mirror", "number", m.Number)
		w.mirror, w.says = &t, append(w.says, p.Notes...)
	}
	if w.form.Err != nil {
		return v.again(w.form.Err, page, reverseBody(w))
	}
	return v.show(page, reverseBody(w))
}

// mendDate puts what is wrong with the date at its field.
func mendDate(err error) error {
	faults := ui.Faults(err)
	for _, e := range faults {
		e.Field = "date"
	}
	return fault.List(faults)
}

func (s *site) reverse(v *visit) error {
	number := v.r.PathValue("number")
	date, err := v.typedDate()
	if err != nil {
		return v.reverseOneStep(0, err)
	}
	reason := v.form("reason")
	if reason == "" {
		return v.reverseOneStep(date, fault.New(fault.Invalid, "%s", v.say("reverse.no_reason")).In("reason"))
	}
	rev, err := v.app.Reverse(v.ctx, v.call(), []string{number}, date, reason)
	if err != nil {
		return v.reverseOneStep(date, err)
	}
	return v.done(v.path("reimbursements", number), v.reversedText(rev))
}
