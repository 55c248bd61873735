package web

import (
	"slices"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/payout"
	"quittance/internal/web/ui"
)

var fates = []payout.Fate{payout.Reissue, payout.Reverse}

func (v *visit) paymentPage(p *app.VendorPayment, title string) ui.Page {
	return ui.Page{Title: title, Narrow: true, Crumbs: []ui.Link{{Text: p.Journal, Href: v.path("vendor-payments", p.Journal)}, {Text: p.Payment, Href: v.paymentPath(p.Payment)}}}
}

func (v *visit) fateField(p *app.VendorPayment) ui.Field {
	return ui.Field{Name: "fate", Type: "select", Label: v.say("vpay.fate"), Hint: v.say("vpay.fate_hint"), Options: orNone(v.say("vpay.fate.company"), options(v, "vpay.fate.", fates)), Value: string(p.Fate)}
}

// failStep asks how a payment came back, and what becomes of what it paid.
func (v *visit) failStep(p *app.VendorPayment, as payout.Status) step {
	at := v.paymentPath(p.Payment) + "/fail"
	return step{
		title: v.say("vpay.as."+string(as)) + " " + p.Payment, lead: v.say("vpay.fail_lead." + string(as)), hidden: map[string]string{"as": string(as)},
		form: ui.Form{Action: at, Submit: v.say("effect.show"), Cancel: v.paymentPath(p.Payment)},
		fields: []ui.Field{
			{Name: "reason", Label: v.say("party.reason"), Hint: v.say("undo.reason_hint"), Required: true},
			{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true},
			v.fateField(p),
		},
		do: ui.Form{Action: at, Submit: v.say("vpay.fail_submit."+string(as), "payment", p.Payment, "amount", ui.Money(v.with(), p.Amount, p.Currency)), Danger: true},
	}
}

// failing gives the payment of the address and how it is to fail: as the form or the address says.
func (v *visit) failing() (*app.VendorPayment, payout.Status, error) {
	p, err := v.thisPayment()
	if err != nil {
		return nil, "", err
	}
	as := payout.Status(v.r.FormValue("as"))
	if can := failuresOf(p.Status); !slices.Contains(can, as) {
		as = ""
		if len(can) > 0 {
			as = can[len(can)-1]
		}
	}
	return p, as, nil
}

func (v *visit) failForm(wrong error) error {
	p, as, err := v.failing()
	if err != nil {
		return err
	}
	if as == "" {
		return v.told(v.paymentPath(p.Payment), "warn", v.say("vpay.cannot_fail", "payment", p.Payment, "status", v.say("vpay.status."+string(p.Status))))
	}
	return v.showStep(v.paymentPage(p, ""), v.failStep(p, as), wrong)
}

// failPayment shows what it means that a payment came back; when that was seen and is wanted, it is noted.
func (s *site) failPayment(v *visit) error {
	p, as, err := v.failing()
	if err != nil {
		return err
	}
	if as == "" {
		return v.failForm(nil)
	}
	f := app.VendorPaymentFailure{Choice: app.VendorPaymentChoice{Payments: []string{p.Payment}}, As: as, Reason: v.form("reason"), Fate: payout.Fate(v.form("fate"))}
	f.Date, err = v.day("date")
	switch {
	case err != nil:
	case f.Reason == "":
		err = v.wrong("reason", "party.reason_needed")
	case v.confirmed():
		done, derr := v.app.FailVendorPayments(v.ctx, v.call(), f)
		if err = derr; err == nil {
			text := v.say("vpay.failed", "payment", p.Payment, "status", v.say("vpay.status."+string(as)))
			if len(done.Freed) > 0 {
				text += " " + v.say("vpay.freed", "n", len(done.Freed))
			}
			if len(done.Reversed) > 0 {
				text += " " + v.say("vpay.reversed", "n", len(done.Reversed))
			}
			return v.done(v.paymentPath(p.Payment), text)
		}
	default:
		st := v.failStep(p, as)
		st.shown, err = v.failureShown(p, f.Fate)
		if err == nil {
			return v.showStep(v.paymentPage(p, ""), st, nil)
		}
	}
	return v.failForm(err)
}

// failureShown says in words what it means when the payment comes back.
func (v *visit) failureShown(p *app.VendorPayment, fate payout.Fate) (templ.Component, error) {
	if p.Voucher == "" {
		return effectsBody([]string{v.say("vpay.means_unposted", "n", len(p.Items))}, nil), nil
	}
	if fate == "" {
		fate = p.Fate
	}
	if fate == "" {
		set, err := v.app.Setup(v.ctx, v.call())
		if err != nil {
			return nil, err
		}
		fate = payout.Reissue
		for _, x := range set.Parameters {
			if x.Name == "payment_failed" && x.Value != "" {
				fate = payout.Fate(x.Value)
			}
		}
	}
	says := []string{v.say("vpay.means_posted", "voucher", p.Voucher, "amount", ui.Money(v.with(), p.Amount, p.Currency), "n", len(p.Items))}
	if fate == payout.Reverse {
		says = append(says, v.say("vpay.means_reverse", "items", itemsOf(p.Items)))
	} else {
		says = append(says, v.say("vpay.means_reissue"))
	}
	return effectsBody(says, nil), nil
}

// editPaymentForm asks for another payee, method or fate.
func (v *visit) editPaymentForm(wrong error) error {
	p, err := v.thisPayment()
	if err != nil {
		return err
	}
	methods, err := v.methodOptions()
	if err != nil {
		return err
	}
	st := step{title: v.say("vpay.edit_title", "payment", p.Payment), lead: v.say("vpay.edit_lead"), form: ui.Form{Action: v.paymentPath(p.Payment) + "/edit", Submit: v.say("form.save"), Cancel: v.paymentPath(p.Payment)}}
	if p.Status == payout.Created || p.Status == payout.Approved {
		st.fields = []ui.Field{
			{Name: "payee", Label: v.say("vpay.payee"), Hint: v.say("vpay.payee_hint"), Mono: true, Value: p.Payee, Required: true},
			{Name: "reason", Label: v.say("vpay.payee_note"), Hint: v.say("vpay.payee_note_hint"), Value: p.PayeeNote},
			{Name: "method", Type: "select", Label: v.say("vpay.method"), Options: with(methods, p.Method), Value: p.Method, Required: true},
		}
	} else {
		st.lead = v.say("vpay.edit_fate_only")
	}
	st.fields = append(st.fields, v.fateField(p))
	return v.showStep(v.paymentPage(p, ""), st, wrong)
}

func (s *site) editPayment(v *visit) error {
	p, err := v.thisPayment()
	if err != nil {
		return err
	}
	e := app.VendorPaymentEdit{Payee: v.different("payee", p.Payee), Reason: v.form("reason"), Method: v.different("method", p.Method)}
	if note := v.different("reason", p.PayeeNote); note != nil && e.Payee == nil && *note != "" {
		e.Payee = &p.Payee
	}
	if fate := v.different("fate", string(p.Fate)); fate != nil {
		f := payout.Fate(*fate)
		e.Fate = &f
	}
	if e.Payee == nil && e.Method == nil && e.Fate == nil {
		return v.told(v.paymentPath(p.Payment), "info", v.say("vpay.unchanged"))
	}
	if e.Payee != nil && *e.Payee == p.Vendor {
		e.Reason = "" // the vendor itself is no exception
	}
	if _, err := v.app.EditVendorPayment(v.ctx, v.call(), p.Payment, e); err != nil {
		return v.editPaymentForm(err)
	}
	text := v.say("vpay.edited", "payment", p.Payment)
	if p.ApprovedBy != "" && (e.Payee != nil || e.Method != nil) {
		text += " " + v.say("vpay.approval_void", "user", p.ApprovedBy)
	}
	return v.done(v.paymentPath(p.Payment), text)
}

// referenceForm asks by what a manual payment was made.
func (v *visit) referenceForm(wrong error) error {
	p, err := v.thisPayment()
	if err != nil {
		return err
	}
	return v.showStep(v.paymentPage(p, ""), step{
		title: v.say("vpay.reference"), lead: v.say("vpay.reference_lead", "payment", p.Payment, "amount", ui.Money(v.with(), p.Amount, p.Currency)),
		form:   ui.Form{Action: v.paymentPath(p.Payment) + "/reference", Submit: v.say("form.save"), Cancel: v.paymentPath(p.Payment)},
		fields: []ui.Field{{Name: "reference", Label: v.say("payments.reference"), Hint: v.say("payments.reference_hint"), Required: true, Value: p.Number}},
	}, wrong)
}

func (s *site) recordPayment(v *visit) error {
	p, err := v.thisPayment()
	if err != nil {
		return err
	}
	if v.form("reference") == "" {
		err = v.wrong("reference", "vpay.no_reference")
	} else {
		_, err = v.app.RecordVendorPayment(v.ctx, v.call(), p.Payment, v.form("reference"))
	}
	if err != nil {
		return v.referenceForm(err)
	}
	return v.done(v.paymentPath(p.Payment), v.say("vpay.recorded", "payment", p.Payment, "reference", v.form("reference")))
}
