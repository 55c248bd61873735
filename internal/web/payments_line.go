package web

import (
	"strconv"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/web/ui"
)

// lineNumber reads which line of a journal the address means.
func (v *visit) lineNumber() (int, error) {
	n, err := strconv.Atoi(v.r.PathValue("line"))
	if err != nil || n < 1 {
		return 0, fault.New(fault.NotFound, "%q is no line of a payment journal", v.r.PathValue("line"))
	}
	return n, nil
}

// lineFields are what is typed of a payment.
func (v *visit) lineFields(l app.PaymentLineRequest) []ui.Field {
	return []ui.Field{
		{Name: "customer", Label: v.say("kind.customer"), Hint: v.say("payments.customer_hint"), Value: l.Customer, Required: true, Mono: true},
		{Name: "amount", Label: v.say("items.amount"), Hint: v.say("payments.amount_hint"), Value: l.Amount, Required: true, Short: true},
		{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Value: l.Date.String(), Short: true},
		{Name: "reference", Label: v.say("payments.reference"), Hint: v.say("payments.reference_hint"), Value: l.Reference},
		{Name: "bank", Label: v.say("payments.bank"), Hint: v.say("payments.bank_hint"), Value: l.Bank, Mono: true},
		{Name: "currency", Label: v.say("party.currency"), Hint: v.say("payments.currency_hint"), Value: l.Currency, Short: true},
		{Name: "text", Label: v.say("voucher.text"), Value: l.Text},
	}
}

func (v *visit) lineRequest() (req app.PaymentLineRequest, err error) {
	req = app.PaymentLineRequest{Customer: v.form("customer"), Amount: v.form("amount"), Currency: v.form("currency"), Bank: v.form("bank"), Reference: v.form("reference"), Text: v.form("text")}
	req.Date, err = v.day("date")
	return req, err
}

// newLineForm asks for a payment; of a customer when the address says so.
func (s *site) newLineForm(v *visit) error {
	if _, err := v.app.PaymentJournal(v.ctx, v.call(), v.r.PathValue("code")); err != nil {
		return err
	}
	return v.showLineForm(v.say("payments.add_line"), v.path("payments", v.r.PathValue("code"), "lines", "new"), app.PaymentLineRequest{Customer: v.query("customer")}, true, nil)
}

func (v *visit) showLineForm(title, action string, l app.PaymentLineRequest, another bool, err error) error {
	code := v.r.PathValue("code")
	page := ui.Page{Title: title, Narrow: true, Crumbs: v.journalCrumbs(code)}
	f := ui.Form{Action: action, Submit: v.say("payments.save_line"), Cancel: v.path("payments", code), Typed: v.typed(), Err: err}
	body := lineFormBody(f, v.lineFields(l), another)
	if err != nil {
		return v.again(err, page, body)
	}
	return v.show(page, body)
}

func (s *site) newLine(v *visit) error {
	code := v.r.PathValue("code")
	req, err := v.lineRequest()
	var l *app.PaymentLine
	if err == nil {
		l, err = v.app.AddPaymentLine(v.ctx, v.call(), code, req)
	}
	if err != nil {
		return v.showLineForm(v.say("payments.add_line"), v.path("payments", code, "lines", "new"), req, true, err)
	}
	if v.form("step") == "another" {
		return v.done(v.path("payments", code, "lines", "new"), v.say("payments.line_added", "line", strconv.Itoa(l.Line), "amount", ui.Money(v.with(), l.Amount, l.Currency)))
	}
	return v.redirect(v.path("payments", code, "lines", strconv.Itoa(l.Line)))
}

func (s *site) editLineForm(v *visit) error {
	n, err := v.lineNumber()
	if err != nil {
		return err
	}
	l, err := v.app.PaymentLine(v.ctx, v.call(), v.r.PathValue("code"), n)
	if err != nil {
		return err
	}
	return v.showEditLine(n, app.PaymentLineRequest{Date: l.Date, Customer: l.Customer, Amount: l.Amount, Currency: l.Currency, Bank: l.Bank, Reference: l.Reference, Text: l.Text}, nil)
}

func (v *visit) showEditLine(n int, l app.PaymentLineRequest, err error) error {
	line := strconv.Itoa(n)
	return v.showLineForm(v.say("payments.edit_line", "line", line), v.path("payments", v.r.PathValue("code"), "lines", line, "edit"), l, false, err)
}

func (s *site) editLine(v *visit) error {
	code := v.r.PathValue("code")
	n, err := v.lineNumber()
	if err != nil {
		return err
	}
	req, err := v.lineRequest()
	if err == nil {
		_, err = v.app.ChangePaymentLine(v.ctx, v.call(), code, n, req)
	}
	if err != nil {
		return v.showEditLine(n, req, err)
	}
	return v.redirect(v.path("payments", code, "lines", strconv.Itoa(n)))
}

func (s *site) removeLineForm(v *visit) error { return v.removeLineStep(nil) }

func (v *visit) removeLineStep(wrong error) error {
	code := v.r.PathValue("code")
	n, err := v.lineNumber()
	if err != nil {
		return err
	}
	l, err := v.app.PaymentLine(v.ctx, v.call(), code, n)
	if err != nil {
		return err
	}
	line := strconv.Itoa(n)
	page := ui.Page{Title: v.say("payments.remove_line", "line", line), Crumbs: v.journalCrumbs(code), Narrow: true}
	f := ui.Form{Action: v.path("payments", code, "lines", line, "remove"), Submit: v.say("payments.remove_submit", "line", line, "amount", ui.Money(v.with(), l.Amount, l.Currency)), Cancel: v.path("payments", code, "lines", line), Danger: true, Err: wrong}
	body := paymentStepBody(f, "", []string{v.say("payments.remove_what")}, nil)
	if wrong != nil {
		return v.again(wrong, page, body)
	}
	return v.show(page, body)
}

func (s *site) removeLine(v *visit) error {
	code := v.r.PathValue("code")
	n, err := v.lineNumber()
	if err != nil {
		return err
	}
	if _, err := v.app.RemovePaymentLine(v.ctx, v.call(), code, n); err != nil {
		return v.removeLineStep(err)
	}
	return v.done(v.path("payments", code), v.say("payments.line_removed", "line", strconv.Itoa(n)))
}
