package web

import (
	"net/url"

	"quittance/internal/app"
	"quittance/internal/web/ui"
)

const simulatedShown = 200 // payments, and things left out, that a simulation shows

func (v *visit) vendorPaymentsCrumb() ui.Link {
	return ui.Link{Text: v.say("nav.vendor_payments"), Href: v.path("vendor-payments")}
}

// proposalFields are what a proposal looks at.
func (v *visit) proposalFields() ([]ui.Field, error) {
	methods, err := v.methodOptions()
	return []ui.Field{
		{Name: "date", Type: "date", Label: v.say("vpay.date"), Hint: v.say("vpay.date_hint"), Short: true},
		{Name: "due_by", Type: "date", Label: v.say("vpay.due_by"), Hint: v.say("vpay.due_by_hint"), Short: true},
		{Name: "vendors", Label: v.say("nav.vendors"), Hint: v.say("vpay.codes_hint"), Mono: true, Value: v.query("vendors")},
		{Name: "groups", Label: v.say("vpay.groups"), Hint: v.say("vpay.codes_hint"), Mono: true},
		{Name: "method", Type: "select", Label: v.say("vpay.method"), Options: orNone(v.say("vpay.method_own"), methods)},
		{Name: "run", Label: v.say("kind.run"), Hint: v.say("vpay.run_hint"), Mono: true, Short: true, Value: v.query("run")},
		{Name: "currency", Label: v.say("party.currency"), Hint: v.say("vpay.currency_hint"), Short: true},
		{Name: "minimum", Label: v.say("vpay.minimum"), Hint: v.say("vpay.limit_hint"), Short: true},
		{Name: "maximum", Label: v.say("vpay.maximum"), Hint: v.say("vpay.limit_hint"), Short: true},
		{Name: "text", Label: v.say("voucher.text"), Hint: v.say("vpay.text_hint")},
	}, err
}

func (v *visit) proposal() (sel app.VendorPaymentSelection, err error) {
	sel = app.VendorPaymentSelection{
		Vendors: codesTyped(v.form("vendors")), Groups: codesTyped(v.form("groups")), Method: v.form("method"), Run: v.form("run"), Currency: v.form("currency"),
		Minimum: v.form("minimum"), Maximum: v.form("maximum"), Text: v.form("text"),
	}
	if sel.Date, err = v.day("date"); err == nil {
		sel.DueBy, err = v.day("due_by")
	}
	return sel, err
}

// proposalView is the form of a proposal, with what would come of it when that was asked for.
type proposalView struct {
	form   ui.Form
	fields []ui.Field
	shown  bool
	do     *ui.Form // nil: there is nothing to propose
	carry  url.Values
	stats  []ui.Stat
	pays   ui.Table
	left   ui.Table
	cut    bool // there is more than is shown
}

func (s *site) proposePaymentsForm(v *visit) error { return v.showProposal(proposalView{}, nil) }

func (v *visit) showProposal(w proposalView, wrong error) error {
	var err error
	if w.fields, err = v.proposalFields(); err != nil {
		return err
	}
	w.form = ui.Form{Action: v.path("vendor-payments", "new"), Submit: v.say("vpay.simulate"), Cancel: v.path("vendor-payments"), Typed: v.typed(), Err: wrong}
	page := ui.Page{Title: v.say("vpay.propose"), Lead: v.say("vpay.propose_lead"), Crumbs: []ui.Link{v.vendorPaymentsCrumb()}, Narrow: !w.shown}
	if wrong != nil {
		return v.again(wrong, page, proposalBody(w))
	}
	return v.show(page, proposalBody(w))
}

// proposePayments shows what would come of a proposal; when that was seen and is wanted, it is made.
func (s *site) proposePayments(v *visit) error {
	sel, err := v.proposal()
	if err != nil {
		return v.showProposal(proposalView{}, err)
	}
	if v.confirmed() {
		j, err := v.app.ProposeVendorPayments(v.ctx, v.call(), sel)
		if err != nil {
			return v.showProposal(proposalView{}, err)
		}
		n, total, err := paymentSums(j.Sums)
		if err != nil {
			return err
		}
		return v.done(v.path("vendor-payments", j.Code), v.say("vpay.proposed", "n", n, "amount", v.money(total.s.View()), "journal", j.Code))
	}
	p, err := v.app.SimulateVendorPayments(v.ctx, v.call(), sel, simulatedShown+1)
	if err != nil {
		return v.showProposal(proposalView{}, err)
	}
	n, total, err := paymentSums(p.Totals)
	if err != nil {
		return err
	}
	w := proposalView{shown: true, stats: []ui.Stat{{Name: v.say("vpay.payments"), Text: ui.Number(v.with(), n)}}, cut: len(p.Payments) > simulatedShown || len(p.LeftOut) > simulatedShown}
	for _, a := range total.s.View() {
		w.stats = append(w.stats, ui.Stat{Name: v.say("items.amount"), Amount: a.Amount, Currency: a.Currency})
	}
	w.pays = v.plannedTable(p.Payments[:min(len(p.Payments), simulatedShown)])
	w.left = v.leftTable(p.LeftOut[:min(len(p.LeftOut), simulatedShown)])
	if n > 0 {
		w.carry = url.Values{"step": {"do"}}
		for name, values := range v.r.PostForm {
			if name != "key" && name != "step" {
				w.carry[name] = values
			}
		}
		w.do = &ui.Form{Action: v.path("vendor-payments", "new"), Submit: v.say("vpay.propose_submit", "n", n, "amount", v.money(total.s.View()))}
	}
	return v.showProposal(w, nil)
}

func (v *visit) plannedTable(list []app.VendorPayment) ui.Table {
	t := ui.Table{ID: "planned", Caption: v.say("vpay.would_pay"), Dense: true, Columns: []ui.Column{
		{Title: v.say("kind.vendor"), Kind: ui.Code},
		{Title: v.say("customers.name")},
		{Title: v.say("vpay.method"), Kind: ui.Code},
		{Title: v.say("vpay.pays"), Wide: true},
		{Title: v.say("items.amount"), Kind: ui.Amounts},
		{Title: v.say("party.currency")},
	}, Empty: ui.Empty{Title: v.say("vpay.nothing"), Lead: v.say("vpay.nothing_lead")}}
	for _, x := range list {
		name := ui.TextCell(x.Name)
		if len(x.SameBank) > 0 {
			name.Badges = append(name.Badges, ui.Badge{Text: v.say("vpay.same_bank_as", "who", joined(x.SameBank)), Tone: "warn"})
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			ui.LinkCell(x.Vendor, v.path("vendors", x.Vendor)), name,
			{Text: x.Method, Sub: v.say("vpay.kind." + string(x.Kind))},
			ui.TextCell(itemsOf(x.Items)),
			ui.AmountCell(x.Amount, x.Currency), ui.TextCell(x.Currency),
		}})
	}
	return t
}

// itemsOf names the first invoices of a payment.
func itemsOf(items []app.VendorPaymentItem) string {
	var numbers []string
	for _, x := range items {
		numbers = append(numbers, x.Voucher)
	}
	return joined(numbers)
}

// leftTable shows what is not paid, and why.
func (v *visit) leftTable(list []app.VendorPaymentLeft) ui.Table {
	t := ui.Table{ID: "left", Caption: v.say("vpay.left_out"), Dense: true, Columns: []ui.Column{
		{Title: v.say("kind.vendor"), Kind: ui.Code}, {Title: v.say("items.voucher"), Kind: ui.Code}, {Title: v.say("vpay.why")}, {Title: v.say("items.amount"), Kind: ui.Amounts}, {Title: v.say("party.currency")},
	}, Empty: ui.Empty{Title: v.say("vpay.nothing_left")}}
	for _, x := range list {
		voucher := ui.Cell{Sub: v.say("vpay.all_of_it")}
		if x.Voucher != "" {
			voucher = ui.LinkCell(x.Voucher, v.path("vouchers", x.Voucher))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			ui.LinkCell(x.Vendor, v.path("vendors", x.Vendor)), voucher, {Text: v.say("vpay.reason." + string(x.Reason)), Sub: x.Detail}, ui.AmountCell(x.Amount, x.Currency), ui.TextCell(x.Currency),
		}})
	}
	return t
}
