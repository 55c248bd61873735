package web

import (
	"cmp"
	"slices"
	"strings"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
	"quittance/internal/web/ui"
)

func (s *site) routesVendorPayments() {
	const nav = "vendor_payments"
	s.in(nav, "GET /vendor-payments", s.vendorPaymentJournals)
	s.in(nav, "GET /vendor-payments/new", needs(identity.Prepare, s.proposePaymentsForm))
	s.in(nav, "POST /vendor-payments/new", needs(identity.Prepare, s.proposePayments))
	s.in(nav, "GET /vendor-payments/{journal}", s.vendorPaymentJournal)
	for _, x := range vendorSteps {
		s.in(nav, "GET /vendor-payments/{journal}/"+x.what, needs(x.permission, func(v *visit) error { return x.confirm(v, nil) }))
		s.in(nav, "POST /vendor-payments/{journal}/"+x.what, needs(x.permission, x.take))
	}
	s.in(nav, "GET /vendor-payments/{journal}/{line}", s.vendorPayment)
	s.in(nav, "GET /vendor-payments/{journal}/{line}/fail", needs(identity.Pay, func(v *visit) error { return v.failForm(nil) }))
	s.in(nav, "POST /vendor-payments/{journal}/{line}/fail", needs(identity.Pay, s.failPayment))
	s.in(nav, "GET /vendor-payments/{journal}/{line}/edit", needs(identity.Prepare, func(v *visit) error { return v.editPaymentForm(nil) }))
	s.in(nav, "POST /vendor-payments/{journal}/{line}/edit", needs(identity.Prepare, s.editPayment))
	s.in(nav, "GET /vendor-payments/{journal}/{line}/reference", needs(identity.Pay, func(v *visit) error { return v.referenceForm(nil) }))
	s.in(nav, "POST /vendor-payments/{journal}/{line}/reference", needs(identity.Pay, s.recordPayment))
	s.in(nav, "POST /payment-files/{file}", needs(identity.Pay, s.paymentFile))
	s.routesPaymentAnswers()
}

var paymentStates = []payout.JournalState{payout.Proposing, payout.JournalOpen, payout.JournalPosted, payout.JournalVoid}

func (v *visit) paymentStateBadge(state payout.JournalState) ui.Badge {
	tone := map[payout.JournalState]string{payout.Proposing: "warn", payout.JournalOpen: "info", payout.JournalPosted: "good"}[state]
	return ui.Badge{Text: v.say("vpay.state." + string(state)), Tone: tone}
}

func (v *visit) paymentBadge(status payout.Status) ui.Badge {
	tone := "info"
	switch {
	case status == payout.Posted || status == payout.Cleared:
		tone = "good"
	case status == payout.Reissued || status == payout.Escheated:
		tone = "warn"
	case status.Failed():
		tone = "bad"
	case status == payout.Cancelled:
		tone = ""
	}
	return ui.Badge{Text: v.say("vpay.status." + string(status)), Tone: tone}
}

// options are values to choose from, with the words that stand for them.
func options[T ~string](v *visit, group string, values []T) (all []ui.Option) {
	for _, x := range values {
		all = append(all, ui.Option{Value: string(x), Text: v.say(group + string(x))})
	}
	return all
}

// paymentSums counts the payments of some statuses (none: of all that are not cancelled) and adds them up.
func paymentSums(all []app.VendorPaymentSum, statuses ...payout.Status) (n int64, total sums, err error) {
	for _, s := range all {
		if slices.Contains(statuses, s.Status) || len(statuses) == 0 && s.Status != payout.Cancelled {
			n += s.Payments
			if err := total.add(s.Currency, s.Amount); err != nil {
				return 0, total, err
			}
		}
	}
	return n, total, nil
}

var vendorJournalColumns = columns([]string{"journal", "date", "text", "state", "created_by", "created_at", "currency"}, "payments", "amount", "left_out")

// perCurrency gives a row of a file for each currency of a journal.
func perCurrency(list func(app.Page) (app.Part[app.VendorPaymentJournal], error)) func(app.Page) (app.Part[[]string], error) {
	return func(p app.Page) (app.Part[[]string], error) {
		got, err := list(p)
		out := app.Part[[]string]{Next: got.Next}
		for _, j := range got.Items {
			n := map[string]int64{}
			for _, s := range j.Sums {
				if s.Status != payout.Cancelled {
					n[s.Currency] += s.Payments
				}
			}
			_, total, serr := paymentSums(j.Sums)
			views := total.s.View()
			if len(views) == 0 {
				views = []reimbursement.AmountView{{}}
			}
			for _, a := range views {
				out.Items = append(out.Items, []string{j.Code, j.Date.String(), j.Text, string(j.State), j.CreatedBy, j.CreatedAt, a.Currency, count(n[a.Currency]), a.Amount, count(j.LeftOut)})
			}
			err = cmp.Or(err, serr)
		}
		return out, err
	}
}

// vendorPaymentJournals lists the journals of payments to vendors, the newest first.
func (s *site) vendorPaymentJournals(v *visit) error {
	state := payout.JournalState(v.query("state"))
	list := func(p app.Page) (app.Part[app.VendorPaymentJournal], error) {
		return v.app.VendorPaymentJournals(v.ctx, v.call(), state, p)
	}
	if v.exported() {
		return export(v, "vendor-payments", vendorJournalColumns, perCurrency(list), func(x []string) []string { return x })
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	t := ui.Table{
		ID: "vendor-payments", Caption: v.say("nav.vendor_payments"), Next: part.Next, After: v.query("after") != "",
		Columns: []ui.Column{
			{Title: v.say("vpay.journal"), Kind: ui.Code},
			{Title: v.say("items.date"), Kind: ui.Date},
			{Title: v.say("voucher.text"), Wide: true},
			{Title: v.say("party.state"), Kind: ui.Status},
			{Title: v.say("vpay.payments"), Kind: ui.Count},
			{Title: v.say("items.amount"), Kind: ui.Amounts},
			{Title: v.say("vpay.left"), Kind: ui.Count, Wide: true},
			{Title: v.say("payments.made"), Wide: true},
		},
		Empty: ui.Empty{Title: v.say("vpay.empty"), Lead: v.say("vpay.empty_lead")},
	}
	propose := ui.Action{Text: v.say("vpay.propose"), Href: v.path("vendor-payments", "new"), Icon: "plus", Primary: true}
	page := ui.Page{Title: v.say("nav.vendor_payments"), Lead: v.say("vpay.lead"), Actions: v.exports()}
	page.Actions = append(page.Actions, ui.Action{Text: v.say("panswer.title"), Href: v.path("payment-answers")})
	if v.may(identity.Prepare) {
		page.Actions = append(page.Actions, propose)
		t.Empty.Action = &propose
	}
	if state != "" {
		t.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("vendor-payments")}}
	}
	for i := range part.Items {
		row, err := v.vendorJournalRow(&part.Items[i])
		if err != nil {
			return err
		}
		t.Rows = append(t.Rows, row)
	}
	return v.show(page, vendorJournalsBody(t, options(v, "vpay.state.", paymentStates)))
}

func (v *visit) vendorJournalRow(j *app.VendorPaymentJournal) (ui.Row, error) {
	href := v.path("vendor-payments", j.Code)
	n, total, err := paymentSums(j.Sums)
	return ui.Row{ID: j.Code, Href: href, Cells: []ui.Cell{
		ui.LinkCell(j.Code, href), ui.DayCell(v.with(), j.Date), ui.TextCell(j.Text), ui.BadgeCell(v.paymentStateBadge(j.State)), ui.CountCell(v.with(), n), total.cell(),
		ui.CountCell(v.with(), j.LeftOut),
		{Text: j.CreatedBy, Sub: ui.Instant(v.with(), j.CreatedAt)},
	}}, err
}

// methodOptions are the methods of payment that are not blocked.
func (v *visit) methodOptions() (all []ui.Option, err error) {
	methods, err := v.app.PaymentMethods(v.ctx, v.call())
	for _, m := range methods {
		if !m.Blocked {
			all = append(all, ui.Option{Value: m.Code, Text: codeAndName(m.Code, m.Name)})
		}
	}
	return all, err
}

// codesTyped are codes set apart by commas, semicolons or lines.
func codesTyped(text string) (all []string) {
	for _, code := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(",;\n\r", r) }) {
		if code = strings.TrimSpace(code); code != "" {
			all = append(all, code)
		}
	}
	return all
}
