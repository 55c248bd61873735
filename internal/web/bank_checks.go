package web

import (
	"strconv"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/payout"
	"quittance/internal/web/ui"
)

func (s *site) routesBankChecks() {
	const nav = "payment_setup"
	s.in(nav, "GET /checks", func(v *visit) error { return v.showChecks("", nil) })
	s.in(nav, "POST /checks/spoil", needs(identity.Pay, s.spoilChecks))
	s.in(nav, "POST /checks/positive-pay", needs(identity.Pay, s.makePositivePay))
	s.in("vendor_payments", "POST /vendor-payments/{journal}/abandon", needs(identity.Prepare, s.abandonProposal))
}

// bankChecksView is what the page of checks shows.
type bankChecksView struct {
	spoil, positive             *ui.Form // nil: the reader may not
	spoilFields, positiveFields []ui.Field
	stale, files                ui.Table
}

// showChecks shows checks that were never cashed, positive pay files, and the forms; wrong is what is wrong with one of them.
func (v *visit) showChecks(form string, wrong error) error {
	old, err := v.app.VendorPayments(v.ctx, v.call(), app.VendorPaymentFilter{Uncashed: true}, v.part())
	if err != nil {
		return err
	}
	files, err := v.app.PaymentFiles(v.ctx, v.call(), app.PaymentFileFilter{Kind: "positive_pay"}, app.Page{Limit: 50})
	if err != nil {
		return err
	}
	banks, err := v.bankOptions()
	if err != nil {
		return err
	}
	w := bankChecksView{files: v.fileList(files.Items), stale: ui.Table{ID: "stale", Caption: v.say("checks.stale"), Next: old.Next, After: v.query("after") != "", Columns: wide([]ui.Column{
		{Title: v.say("vpay.number_of.check"), Kind: ui.Code}, {Title: v.say("vpay.payment"), Kind: ui.Code}, {Title: v.say("vpay.payee")}, {Title: v.say("items.date"), Kind: ui.Date}, {Title: v.say("items.amount"), Kind: ui.Amounts}, {Title: v.say("party.currency")}, {Title: v.say("checks.mark_stale"), Quiet: true},
	}, 2, 5), Empty: ui.Empty{Title: v.say("checks.no_stale")}}}
	w.files.Empty = ui.Empty{Title: v.say("checks.no_files")}
	for i := range old.Items {
		p := &old.Items[i]
		var mark ui.Cell
		if v.may(identity.Pay) {
			mark = ui.LinkCell(v.say("checks.mark_stale"), v.paymentPath(p.Payment)+"/fail?as="+string(payout.Stale))
		}
		w.stale.Rows = append(w.stale.Rows, ui.Row{ID: p.Payment, Href: v.paymentPath(p.Payment), Cells: []ui.Cell{
			{Text: p.Number, Sub: p.Bank}, ui.LinkCell(p.Payment, v.paymentPath(p.Payment)), {Text: p.PayeeName, Sub: p.Payee}, ui.DayCell(v.with(), p.Date), ui.AmountCell(p.Amount, p.Currency), ui.TextCell(p.Currency), mark,
		}})
	}
	if v.may(identity.Pay) {
		w.spoil = &ui.Form{Action: v.path("checks", "spoil"), Submit: v.say("checks.spoil_submit"), Danger: true}
		w.positive = &ui.Form{Action: v.path("checks", "positive-pay"), Submit: v.say("checks.positive_pay_submit")}
		if f := map[string]*ui.Form{"spoil": w.spoil, "positive": w.positive}[form]; f != nil {
			f.Typed, f.Err = v.r.PostForm, wrong
		}
		w.spoilFields = []ui.Field{
			{Name: "spoil_bank", Type: "select", Label: v.say("vpay.bank"), Options: banks, Required: true},
			{Name: "from", Label: v.say("checks.from"), Required: true, Short: true},
			{Name: "to", Label: v.say("checks.to"), Hint: v.say("checks.to_hint"), Short: true},
			{Name: "reason", Label: v.say("party.reason"), Required: true},
		}
		w.positiveFields = []ui.Field{
			{Name: "bank", Type: "select", Label: v.say("vpay.bank"), Options: banks, Required: true},
			{Name: "up_to", Type: "date", Label: v.say("checks.up_to"), Hint: v.say("checks.up_to_hint"), Short: true},
		}
	}
	page := ui.Page{Title: v.say("checks.title"), Lead: v.say("checks.lead"), Crumbs: []ui.Link{{Text: v.say("nav.payment_setup"), Href: v.path("payment-setup")}}}
	if wrong != nil {
		return v.again(wrong, page, bankChecksBody(w))
	}
	return v.show(page, bankChecksBody(w))
}

func (s *site) spoilChecks(v *visit) error {
	from, err := strconv.ParseInt(v.form("from"), 10, 64)
	if err != nil {
		return v.showChecks("spoil", v.wrong("from", "dsetup.no_number", "value", shortName(v.form("from"))))
	}
	to := from
	if text := v.form("to"); text != "" {
		if to, err = strconv.ParseInt(text, 10, 64); err != nil {
			return v.showChecks("spoil", v.wrong("to", "dsetup.no_number", "value", shortName(text)))
		}
	}
	if v.form("reason") == "" {
		return v.showChecks("spoil", v.wrong("reason", "party.reason_needed"))
	}
	if err := v.app.SpoilChecks(v.ctx, v.call(), v.form("spoil_bank"), from, to, v.form("reason")); err != nil {
		return v.showChecks("spoil", err)
	}
	return v.done(v.path("checks"), v.say("checks.spoiled", "from", strconv.FormatInt(from, 10), "to", strconv.FormatInt(to, 10)))
}

func (s *site) makePositivePay(v *visit) error {
	upTo, err := v.day("up_to")
	if err != nil {
		return v.showChecks("positive", err)
	}
	f, err := v.app.MakePositivePay(v.ctx, v.call(), v.form("bank"), upTo)
	if err != nil {
		return v.showChecks("positive", err)
	}
	return v.done(v.path("checks"), v.say("checks.positive_pay_made", "file", f.Code, "n", f.Payments))
}

// abandonProposal cancels a journal whose proposal did not come to its end.
func (s *site) abandonProposal(v *visit) error {
	code := v.r.PathValue("journal")
	if _, err := v.app.AbandonVendorPayments(v.ctx, v.call(), code); err != nil {
		return v.told(v.path("vendor-payments", code), "warn", ui.FaultText(v.with(), ui.Faults(err)[0]))
	}
	return v.done(v.path("vendor-payments", code), v.say("vpay.abandoned", "journal", code))
}
