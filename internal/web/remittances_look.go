package web

import (
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

const (
	paymentsShown = 40  // payments of a file on one page
	issuesShown   = 300 // of a file
)

// remittanceView shows what came, or would come, of a file.
func (v *visit) remittanceView(x *app.Remittance) remittanceView {
	w := remittanceView{facts: v.remittanceFacts(x), issues: v.issueTable(x), adjustments: v.adjustmentTable(x)}
	last := max((len(x.Payments)-1)/paymentsShown, 0)
	n, _ := strconv.Atoi(v.query("page"))
	n = min(max(n, 0), last)
	for i := range last + 1 {
		if last > 0 {
			w.pages = append(w.pages, ui.Tab{Text: strconv.Itoa(i*paymentsShown+1) + "–" + strconv.Itoa(min((i+1)*paymentsShown, len(x.Payments))), Href: ui.Here(v.with(), "page", strconv.Itoa(i)), Here: i == n})
		}
	}
	for i := n * paymentsShown; i < min((n+1)*paymentsShown, len(x.Payments)); i++ {
		w.payments = append(w.payments, v.paymentView(x, &x.Payments[i]))
	}
	return w
}

func (v *visit) remittanceFacts(x *app.Remittance) []ui.Definition {
	var totals []string
	for _, t := range x.Totals {
		totals = append(totals, ui.Money(v.with(), t.Amount, t.Currency))
	}
	journal := ui.LinkCell(x.Journal, v.path("payments", x.Journal))
	if x.Journal == "" && x.Code != "" {
		journal = ui.TextCell(v.say("remit.no_journal"))
	}
	by := ui.Cell{}
	if x.ImportedAt != "" {
		by = ui.Cell{Text: x.ImportedBy + " · " + v.instant(x.ImportedAt)}
	}
	return []ui.Definition{
		{Name: v.say("remit.file"), Value: ui.TextCell(x.Name)},
		{Name: v.say("remit.format"), Value: ui.TextCell(v.say("remit.format." + x.Format))},
		{Name: v.say("remit.payments"), Value: ui.TextCell(ui.Number(v.with(), int64(x.Count)))},
		{Name: v.say("remit.total"), Value: ui.TextCell(strings.Join(totals, ", "))},
		{Name: v.say("remit.journal"), Value: journal},
		{Name: v.say("remit.imported"), Value: by},
	}
}

// issueName says what kind of problem an issue is.
func (v *visit) issueName(rule string) string {
	if key := "remit.rule." + rule; v.frame.Lang.Has(key) {
		return v.say(key)
	}
	return strings.ReplaceAll(rule, "_", " ")
}

// issueTable lists what did not match or is to be looked at, in its place.
func (v *visit) issueTable(x *app.Remittance) ui.Table {
	t := ui.Table{ID: "issues", Caption: v.say("remit.issues"), Columns: []ui.Column{{Title: v.say("remit.place"), Kind: ui.Code}, {Title: v.say("remit.what")}, {Title: v.say("items.amount"), Kind: ui.Amounts}, {Title: v.say("party.currency")}}}
	for i, issue := range x.Issues {
		if i == issuesShown {
			break
		}
		what := ui.Cell{Text: v.issueName(issue.Rule), Sub: issue.Text}
		place := ui.Cell{Text: issue.Place}
		if issue.Payment > 0 {
			place.Sub = v.say("remit.payment_n", "n", issue.Payment)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{place, what, ui.AmountCell(issue.Amount, issue.Currency), ui.TextCell(issue.Currency)}})
	}
	return t
}

// paymentView shows a payment: its head, then what it pays, what was kept back, and what was given back.
func (v *visit) paymentView(x *app.Remittance, p *app.RemittancePayment) paymentView {
	w := paymentView{title: v.say("remit.payment_title", "n", p.N, "reference", p.Reference), pays: v.applicationTable(p), keeps: v.keptTable(p), paybacks: v.paybackTable(x, p)}
	switch {
	case p.Line == 0:
		w.badges = append(w.badges, ui.Badge{Text: v.say("remit.no_line"), Tone: "bad"})
	case ui.Zero(p.Unapplied):
		w.badges = append(w.badges, ui.Badge{Text: v.say("remit.applied_whole"), Tone: "good"})
	default:
		w.badges = append(w.badges, ui.Badge{Text: v.say("remit.unapplied_some"), Tone: "warn"})
	}
	customer := ui.Cell{Text: p.Customer, Href: v.path("customers", p.Customer)}
	if p.Customer == "" {
		customer = ui.BadgeCell(ui.Badge{Text: v.say("remit.unknown"), Tone: "warn"})
	}
	w.facts = []ui.Definition{
		{Name: v.say("items.amount"), Value: ui.TextCell(ui.Money(v.with(), p.Amount, p.Currency))},
		{Name: v.say("remit.applied"), Value: ui.TextCell(ui.Money(v.with(), p.Applied, p.Currency))},
		{Name: v.say("remit.unapplied"), Value: ui.TextCell(ui.Money(v.with(), p.Unapplied, p.Currency))},
		{Name: v.say("items.date"), Value: ui.DayCell(v.with(), p.Date)},
		{Name: v.say("kind.customer"), Value: customer},
		{Name: v.say("remit.payer"), Value: ui.TextCell(p.Payer)},
		{Name: v.say("remit.bank"), Value: ui.TextCell(p.Bank)},
		{Name: v.say("remit.place"), Value: ui.TextCell(p.Place)},
	}
	for _, i := range x.Issues {
		if i.Payment == p.N {
			w.issues = append(w.issues, i.Place+": "+i.Text)
		}
	}
	return w
}

func (v *visit) applicationTable(p *app.RemittancePayment) *ui.Table {
	t := ui.Table{Caption: v.say("remit.pays"), Dense: true, Columns: wide([]ui.Column{
		{Title: v.say("remit.document"), Kind: ui.Code},
		{Title: v.say("items.voucher"), Kind: ui.Code},
		{Title: v.say("kind.customer"), Kind: ui.Code},
		{Title: v.say("remit.was_open"), Kind: ui.Amounts, Note: p.Currency},
		{Title: v.say("remit.paid"), Kind: ui.Amounts},
		{Title: v.say("remit.discount"), Kind: ui.Amounts},
		{Title: v.say("remit.kept"), Kind: ui.Amounts},
		{Title: v.say("remit.place"), Kind: ui.Code},
	}, 2, 3, 7)}
	for _, a := range p.Applications {
		number := ui.Cell{Text: a.Number}
		if a.Credit {
			number.Sub = v.say("remit.credit")
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			number, ui.LinkCell(a.Voucher, v.path("vouchers", a.Voucher)), ui.TextCell(a.Customer), ui.AmountCell(a.Open, p.Currency), ui.AmountCell(a.Amount, p.Currency),
			ui.AmountCell(a.Discount, p.Currency, true), ui.AmountCell(a.Deducted, p.Currency, true), ui.TextCell(a.Place),
		}})
	}
	return tableOr(t)
}

// reasonCell says what a customer's code stands for; that it stands for nothing is to be seen.
func (v *visit) reasonCell(reason, theirs string) ui.Cell {
	switch {
	case reason != "":
		return ui.Cell{Text: reason, Sub: theirs}
	case theirs == "":
		return ui.BadgeCell(ui.Badge{Text: v.say("remit.no_code")})
	}
	c := ui.BadgeCell(ui.Badge{Text: v.say("remit.uncoded"), Tone: "warn"})
	c.Sub = theirs
	return c
}

func (v *visit) keptTable(p *app.RemittancePayment) *ui.Table {
	t := ui.Table{Caption: v.say("remit.kept_back"), Dense: true, Columns: wide([]ui.Column{
		{Title: v.say("remit.document"), Kind: ui.Code}, {Title: v.say("dsetup.f.reason")}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: p.Currency}, {Title: v.say("remit.claim")}, {Title: v.say("remit.before"), Kind: ui.Status}, {Title: v.say("kind.customer"), Kind: ui.Code}, {Title: v.say("remit.place"), Kind: ui.Code},
	}, 3, 5, 6)}
	for _, d := range p.Deductions {
		document := ui.Cell{Text: d.Number}
		if d.Voucher != "" {
			document.Href = v.path("vouchers", d.Voucher)
		} else {
			document.Sub = v.say("remit.alone")
		}
		before := ui.Cell{}
		if d.DuplicateOf != "" {
			before = ui.BadgeCell(ui.Badge{Text: v.say("remit.duplicate"), Tone: "bad"})
			before.Text, before.Href = d.DuplicateOf, v.path("deductions", d.DuplicateOf)
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{document, v.reasonCell(d.Reason, d.TheirCode), ui.AmountCell(d.Amount, p.Currency), {Text: d.Claim, Sub: d.Note}, before, ui.TextCell(d.Customer), ui.TextCell(d.Place)}})
	}
	return tableOr(t)
}

func (v *visit) paybackTable(x *app.Remittance, p *app.RemittancePayment) *ui.Table {
	t := ui.Table{Caption: v.say("remit.paybacks"), Dense: true, Columns: []ui.Column{
		{Title: v.say("kind.deduction"), Kind: ui.Code}, {Title: v.say("remit.document"), Kind: ui.Code}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: p.Currency}, {Title: v.say("party.state"), Kind: ui.Status}, {Title: v.say("marks.action")},
	}}
	for _, b := range p.Paybacks {
		state, act := ui.BadgeCell(ui.Badge{Text: v.say("remit.payback.proposed"), Tone: "warn"}), ui.Cell{}
		switch {
		case b.State == "posted":
			state, act = ui.BadgeCell(ui.Badge{Text: v.say("remit.payback.posted"), Tone: "good"}), ui.LinkCell(b.Voucher, v.path("vouchers", b.Voucher))
		case x.Code != "" && v.may(identity.Deduct):
			act = ui.LinkCell(v.say("remit.payback_post"), v.path("remittances", x.Code, "payback")+"?n="+someNumber(b.N))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{ui.LinkCell(b.Deduction, v.path("deductions", b.Deduction)), ui.TextCell(b.Number), ui.AmountCell(b.Amount, b.Currency), state, act}})
	}
	return tableOr(t)
}

// adjustmentTable lists the debits and credits of an 812, and what came of each.
func (v *visit) adjustmentTable(x *app.Remittance) ui.Table {
	t := ui.Table{ID: "adjustments", Caption: v.say("remit.adjustments"), Dense: true, Columns: wide([]ui.Column{
		{Title: v.say("remit.reference"), Kind: ui.Code},
		{Title: v.say("items.date"), Kind: ui.Date},
		{Title: v.say("kind.customer"), Kind: ui.Code},
		{Title: v.say("remit.kind")},
		{Title: v.say("remit.document"), Kind: ui.Code},
		{Title: v.say("dsetup.f.reason")},
		{Title: v.say("items.amount"), Kind: ui.Amounts},
		{Title: v.say("party.currency")},
		{Title: v.say("remit.outcome"), Kind: ui.Status},
	}, 1, 4)}
	for i := range x.Adjustments {
		a := &x.Adjustments[i]
		outcome := ui.BadgeCell(ui.Badge{Text: v.say("remit.outcome." + a.Outcome), Tone: map[string]string{"claim": "good", "match": "info", "issue": "warn"}[a.Outcome]})
		if a.Deduction != "" {
			outcome.Text, outcome.Href = a.Deduction, v.path("deductions", a.Deduction)
		}
		document := ui.LinkCell(a.Number, v.path("vouchers", a.Voucher))
		if a.Voucher == "" {
			document.Href = ""
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: a.Reference, Sub: a.Place},
			ui.DayCell(v.with(), a.Date),
			{Text: a.Customer, Sub: a.Payer},
			ui.TextCell(v.say("remit.kind." + a.Kind)), document,
			v.reasonCell(a.Reason, a.TheirCode), ui.AmountCell(a.Amount, a.Currency), ui.TextCell(a.Currency), outcome,
		}})
	}
	return t
}
