package web

import (
	"strconv"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/web/ui"

	"github.com/a-h/templ"
)

const vouchersShown = 12 // of a preview

func (v *visit) journalCrumbs(code string) []ui.Link {
	return []ui.Link{{Text: v.say("nav.payments"), Href: v.path("payments")}, {Text: code, Href: v.path("payments", code)}}
}

// vouchersToCome shows vouchers that would be posted, the first ones when they are many.
func (v *visit) vouchersToCome(list []app.Voucher) templ.Component {
	var parts []templ.Component
	for i, x := range list {
		if i == vouchersShown {
			parts = append(parts, paragraph(v.say("effect.more", "n", len(list)-i)))
			break
		}
		name := v.say("type."+x.Type) + " " + x.Number
		parts = append(parts, previewVoucher(name, v.voucherTables(x.Lines, "preview-"+strconv.Itoa(i), name)))
	}
	return templ.Join(parts...)
}

// sumOf adds up lines of a journal by currency, for buttons.
func (v *visit) sumOf(j *app.PaymentJournal, state string, line int) (n int, amount string, err error) {
	var total sums
	for i := range j.Lines {
		if l := &j.Lines[i]; l.State == state && (line == 0 || line == l.Line) {
			n++
			if err := total.add(l.Currency, l.Amount); err != nil {
				return n, "", err
			}
		}
	}
	return n, v.money(total.s.View()), nil
}

// postJournalForm shows what posting would do: the vouchers, or what stands in the way of each line.
func (s *site) postJournalForm(v *visit) error { return v.postJournalStep(nil) }

func (v *visit) postJournalStep(wrong error) error {
	code := v.r.PathValue("code")
	j, err := v.app.PaymentJournal(v.ctx, v.call(), code)
	if err != nil {
		return err
	}
	n, amount, err := v.sumOf(j, "draft", 0)
	if err != nil {
		return err
	}
	if n == 0 {
		return v.told(v.path("payments", code), "warn", v.say("payments.nothing_to_post"))
	}
	page := ui.Page{Title: v.say("payments.post_title", "journal", code), Crumbs: v.journalCrumbs(code)}
	f := ui.Form{Action: v.path("payments", code, "post"), Submit: v.say("payments.post_submit", "n", n, "amount", amount), Cancel: v.path("payments", code), Err: wrong}
	says := []string{v.say("payments.post_what")}
	effect, err := v.app.PreviewPaymentJournal(v.ctx, v.call(), code, 0)
	switch fault.CodeOf(err) {
	case fault.Denied, fault.Internal, fault.Unavailable:
		return err
	}
	var shown templ.Component
	if err != nil {
		says = append(says, v.say("payments.post_some"))
		if f.Err == nil {
			f.Err = err
		}
	} else {
		shown = v.vouchersToCome(effect.Vouchers)
	}
	body := paymentStepBody(f, seenJournal(n, amount), says, shown)
	if f.Err != nil {
		return v.again(f.Err, page, body)
	}
	return v.show(page, body)
}

// seenJournal is what the reader was shown of a journal.
func seenJournal(n int, amount string) string { return strconv.Itoa(n) + "|" + amount }

func (s *site) postPaymentJournal(v *visit) error {
	code := v.r.PathValue("code")
	j, err := v.app.PaymentJournal(v.ctx, v.call(), code)
	if err != nil {
		return err
	}
	n, amount, err := v.sumOf(j, "draft", 0)
	if err != nil {
		return err
	}
	if n > 0 { // else it was sent twice
		if err := v.changedSince(v.form("seen"), seenJournal(n, amount)); err != nil {
			return v.postJournalStep(err)
		}
	}
	done, err := v.app.PostPaymentJournal(v.ctx, v.call(), code)
	if err != nil {
		return v.postJournalStep(err)
	}
	posted, not, deductions := 0, 0, 0
	for _, l := range done.Lines {
		if l.Problem != "" {
			not++
			continue
		}
		posted++
		deductions += len(l.Deductions)
	}
	text := v.say("payments.posted", "n", posted)
	if deductions > 0 {
		text += " " + v.say("payments.posted_deductions", "n", deductions)
	}
	if not > 0 {
		return v.told(v.path("payments", code), "warn", text+" "+v.say("payments.posted_not", "n", not))
	}
	return v.done(v.path("payments", code), text)
}

func (s *site) cancelJournalForm(v *visit) error { return v.cancelJournalStep(nil) }

func (v *visit) cancelJournalStep(wrong error) error {
	code := v.r.PathValue("code")
	j, err := v.app.PaymentJournal(v.ctx, v.call(), code)
	if err != nil {
		return err
	}
	n, amount, err := v.sumOf(j, "draft", 0)
	if err != nil {
		return err
	}
	page := ui.Page{Title: v.say("payments.cancel_title", "journal", code), Crumbs: v.journalCrumbs(code), Narrow: true}
	f := ui.Form{Action: v.path("payments", code, "cancel"), Submit: v.say("payments.cancel_submit", "n", n, "amount", amount), Cancel: v.path("payments", code), Danger: true, Err: wrong}
	if n == 0 {
		f.Submit = v.say("payments.cancel_empty")
	}
	body := paymentStepBody(f, "", []string{v.say("payments.cancel_what")}, nil)
	if wrong != nil {
		return v.again(wrong, page, body)
	}
	return v.show(page, body)
}

func (s *site) cancelJournal(v *visit) error {
	code := v.r.PathValue("code")
	if _, err := v.app.CancelPaymentJournal(v.ctx, v.call(), code); err != nil {
		return v.cancelJournalStep(err)
	}
	return v.done(v.path("payments", code), v.say("payments.cancelled", "journal", code))
}

// reversePaymentStep asks for the reversal of a line, or of all posted ones.
func (v *visit) reversePaymentStep(code string, line int) step {
	title := v.say("payments.reverse_title", "journal", code)
	if line > 0 {
		title = v.say("payments.reverse_line", "journal", code, "line", strconv.Itoa(line))
	}
	st := step{
		title: title, lead: v.say("payments.reverse_lead"),
		form: ui.Form{Action: v.path("payments", code, "reverse"), Submit: v.say("effect.show"), Cancel: v.path("payments", code)},
		fields: []ui.Field{
			{Name: "reason", Label: v.say("party.reason"), Hint: v.say("undo.reason_hint"), Required: true},
			{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true},
		},
	}
	if line > 0 {
		st.hidden = map[string]string{"line": strconv.Itoa(line)}
	}
	return st
}

func (s *site) reversePaymentForm(v *visit) error {
	code := v.r.PathValue("code")
	if _, err := v.app.PaymentJournal(v.ctx, v.call(), code); err != nil {
		return err
	}
	line, _ := strconv.Atoi(v.query("line"))
	return v.showStep(ui.Page{Narrow: true, Crumbs: v.journalCrumbs(code)}, v.reversePaymentStep(code, line), nil)
}

func (s *site) reversePayment(v *visit) error {
	code := v.r.PathValue("code")
	line, _ := strconv.Atoi(v.form("line"))
	st := v.reversePaymentStep(code, line)
	date, err := v.day("date")
	req := app.PaymentReversal{Line: line, Date: date, Reason: v.form("reason")}
	switch {
	case err != nil:
	case req.Reason == "":
		err = v.wrong("reason", "party.reason_needed")
	case v.confirmed():
		done, rerr := v.app.ReversePayment(v.ctx, v.call(), code, req)
		if err = rerr; err == nil {
			return v.reversedPayments(code, done)
		}
	default:
		if st.effect, err = v.app.PreviewReversePayment(v.ctx, v.call(), code, req); err == nil {
			j, jerr := v.app.PaymentJournal(v.ctx, v.call(), code)
			if jerr != nil {
				return jerr
			}
			n, amount, serr := v.sumOf(j, "posted", line)
			if serr != nil {
				return serr
			}
			st.do = ui.Form{Action: st.form.Action, Submit: v.say("payments.reverse_submit", "n", n, "amount", amount), Danger: true}
		}
	}
	return v.showStep(ui.Page{Crumbs: v.journalCrumbs(code)}, st, err)
}

func (v *visit) reversedPayments(code string, done *app.PaymentPosted) error {
	reversed, problem := 0, ""
	for _, l := range done.Lines {
		if l.Problem != "" {
			problem = l.Problem
			continue
		}
		reversed++
	}
	if problem != "" {
		return v.told(v.path("payments", code), "warn", v.say("payments.reversed", "n", reversed)+" "+problem)
	}
	return v.done(v.path("payments", code), v.say("payments.reversed", "n", reversed))
}
