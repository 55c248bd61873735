package web

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/payout"
	"quittance/internal/web/ui"
)

const paymentsCounted = 500 // payments that are looked at one by one before a step; of more, the sums of the journal are told

// vendorStep is a step that payments of a journal take together: all of them that can, or those that were chosen.
type vendorStep struct {
	what       string // of the address, and vpay.WHAT among the texts
	permission identity.Permission
	statuses   []payout.Status // of the payments that it is for
	danger     bool
	reason     bool // asks why
	do         func(v *visit, choice app.VendorPaymentChoice) (*vendorDone, error)
}

// vendorDone is what a step did, and what it was not done to.
type vendorDone struct {
	n       int64
	total   sums
	more    string // besides
	refused []app.VendorPaymentProblem
}

// vendorSteps are the steps, the last one first in the life of a payment.
var vendorSteps = []*vendorStep{
	{what: "cancel", permission: identity.Prepare, statuses: []payout.Status{payout.Created, payout.Approved}, danger: true, reason: true, do: changing(func(v *visit, choice app.VendorPaymentChoice) (*app.VendorPaymentsDone, error) {
		return v.app.CancelVendorPayments(v.ctx, v.call(), choice, v.form("reason"))
	})},
	{what: "withdraw", permission: identity.Pay, statuses: []payout.Status{payout.Generated}, danger: true, reason: true, do: changing(func(v *visit, choice app.VendorPaymentChoice) (*app.VendorPaymentsDone, error) {
		return v.app.WithdrawVendorPayments(v.ctx, v.call(), choice, v.form("reason"))
	})},
	{what: "post", permission: identity.Pay, statuses: []payout.Status{payout.Created, payout.Approved, payout.Generated, payout.Sent}, do: changing(func(v *visit, choice app.VendorPaymentChoice) (*app.VendorPaymentsDone, error) {
		date, err := v.day("date")
		if err != nil {
			return nil, err
		}
		return v.app.PostVendorPayments(v.ctx, v.call(), choice, date)
	})},
	{what: "send", permission: identity.Pay, statuses: []payout.Status{payout.Generated}, do: changing(func(v *visit, choice app.VendorPaymentChoice) (*app.VendorPaymentsDone, error) {
		return v.app.SendVendorPayments(v.ctx, v.call(), choice, v.form("detail"))
	})},
	{what: "generate", permission: identity.Pay, statuses: []payout.Status{payout.Created, payout.Approved}, do: generating},
	{what: "approve", permission: identity.Approve, statuses: []payout.Status{payout.Created}, do: changing(func(v *visit, choice app.VendorPaymentChoice) (*app.VendorPaymentsDone, error) {
		return v.app.ApproveVendorPayments(v.ctx, v.call(), choice)
	})},
}

// changing makes a step of a change.
func changing(change func(*visit, app.VendorPaymentChoice) (*app.VendorPaymentsDone, error)) func(*visit, app.VendorPaymentChoice) (*vendorDone, error) {
	return func(v *visit, choice app.VendorPaymentChoice) (*vendorDone, error) {
		done, err := change(v, choice)
		if err != nil {
			return nil, err
		}
		out := &vendorDone{refused: done.Refused}
		for _, s := range done.Amounts {
			out.n += s.Payments
			if err := out.total.add(s.Currency, s.Amount); err != nil {
				return nil, err
			}
		}
		return out, nil
	}
}

// generating prints checks and makes files.
func generating(v *visit, choice app.VendorPaymentChoice) (*vendorDone, error) {
	req := app.VendorPaymentMaking{Choice: choice, SameDay: v.form("same_day") == "yes"}
	var err error
	if req.Effective, err = v.day("effective"); err != nil {
		return nil, err
	}
	made, err := v.app.GenerateVendorPayments(v.ctx, v.call(), req)
	if err != nil {
		return nil, err
	}
	out := &vendorDone{refused: made.Refused}
	for _, f := range made.Files {
		out.n += int64(f.Payments)
		if err := out.total.add(f.Currency, f.Total); err != nil {
			return nil, err
		}
	}
	out.more = v.say("vpay.files_made", "n", len(made.Files))
	return out, nil
}

// fits says whether the step can be taken with a payment as it stands.
func (x *vendorStep) fits(p *app.VendorPayment) bool {
	ready := p.Status == payout.Generated || p.Status == payout.Sent
	switch {
	case !slices.Contains(x.statuses, p.Status):
		return false
	case x.what == "generate":
		return p.Kind != payout.ByHand
	case x.what == "post":
		return ready || p.Kind == payout.ByHand
	}
	return true
}

// vendorSteps gives the buttons of the steps that payments of a journal can take; of a single payment, when there is one.
func (v *visit) vendorSteps(j *app.VendorPaymentJournal, one *app.VendorPayment) (all []ui.Action) {
	for _, x := range vendorSteps {
		fits := one != nil && x.fits(one)
		for _, s := range j.Sums {
			fits = fits || one == nil && j.State == payout.JournalOpen && s.Payments > 0 && slices.Contains(x.statuses, s.Status)
		}
		if !fits || !v.may(x.permission) {
			continue
		}
		a := ui.Action{Text: v.say("vpay." + x.what), Href: v.path("vendor-payments", j.Code, x.what)}
		if one != nil {
			a.Href += "?pick=" + escapeQuery(one.Payment)
		}
		all = append(all, a)
	}
	return all
}

// vendorJournalActions are the steps for all payments of a journal; the one that comes next is the main one.
func (v *visit) vendorJournalActions(j *app.VendorPaymentJournal) []ui.Action {
	all := v.vendorSteps(j, nil)
	if j.State == payout.Proposing && v.may(identity.Prepare) {
		all = append(all, ui.Action{Text: v.say("vpay.abandon"), Href: v.path("vendor-payments", j.Code, "abandon"), Post: true, Danger: true})
	}
	if n := len(all); n > 0 && !all[n-1].Danger && !strings.HasSuffix(all[n-1].Href, "/cancel") && !strings.HasSuffix(all[n-1].Href, "/withdraw") {
		all[n-1].Primary = true
	}
	return all
}

// vendorStepView is the last look before a step.
type vendorStepView struct {
	form   ui.Form
	says   []string
	fields []ui.Field
	picks  []string
	seen   string
	table  *ui.Table // nil: there are too many
}

// picks are the payments of the journal that were chosen; none: all of it.
func (v *visit) picks(journal string) ([]string, error) {
	all := v.r.URL.Query()["pick"]
	if v.r.Method == http.MethodPost {
		all = v.r.PostForm["pick"]
	}
	if len(all) > paymentsCounted {
		return nil, fault.New(fault.Limited, "%d payments are more than the %d that can be chosen together", len(all), paymentsCounted)
	}
	for _, name := range all {
		if !strings.HasPrefix(name, journal+"/") {
			return nil, v.wrong("pick", "vpay.not_in_journal", "payment", shortName(name), "journal", journal)
		}
	}
	return all, nil
}

// meant gives what a step is about to be taken with: how many payments, of how much, and which when they are few.
func (x *vendorStep) meant(v *visit, j *app.VendorPaymentJournal, picks []string) (n int64, total sums, list []app.VendorPayment, err error) {
	var some []app.VendorPayment
	for _, name := range picks {
		p, err := v.app.VendorPayment(v.ctx, v.call(), name)
		if err != nil {
			return 0, total, nil, err
		}
		some = append(some, *p)
	}
	if len(picks) == 0 {
		part, err := v.app.VendorPayments(v.ctx, v.call(), app.VendorPaymentFilter{Journal: j.Code, Status: x.statuses}, app.Page{Limit: paymentsCounted})
		if err != nil {
			return 0, total, nil, err
		}
		if part.Next != "" {
			n, total, err = paymentSums(j.Sums, x.statuses...)
			return n, total, nil, err
		}
		some = part.Items
	}
	for i := range some {
		if p := &some[i]; x.fits(p) {
			n++
			list = append(list, *p)
			if err := total.add(p.Currency, p.Amount); err != nil {
				return 0, total, nil, err
			}
		}
	}
	return n, total, list, nil
}

// fields are what the step asks for; list is what it is taken with, nil when that is much.
func (x *vendorStep) fields(v *visit, list []app.VendorPayment) (all []ui.Field) {
	if x.reason {
		all = append(all, ui.Field{Name: "reason", Label: v.say("party.reason"), Hint: v.say("undo.reason_hint"), Required: true})
	}
	switch x.what {
	case "post":
		all = append(all, ui.Field{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true})
	case "send":
		all = append(all, ui.Field{Name: "detail", Label: v.say("vpay.how_sent"), Hint: v.say("vpay.how_sent_hint")})
	case "generate":
		if list != nil && !slices.ContainsFunc(list, func(p app.VendorPayment) bool { return p.Kind == payout.ByACH }) {
			break
		}
		all = append(all, ui.Field{Name: "effective", Type: "date", Label: v.say("vpay.effective"), Hint: v.say("vpay.effective_hint"), Short: true},
			ui.Field{Name: "same_day", Type: "checkbox", Label: v.say("vpay.same_day"), Hint: v.say("vpay.same_day_hint")})
	}
	return all
}

// confirm shows what the step is about to do, with how many payments and of how much.
func (x *vendorStep) confirm(v *visit, wrong error) error {
	j, err := v.app.VendorPaymentJournal(v.ctx, v.call(), v.r.PathValue("journal"))
	if err != nil {
		return err
	}
	picks, err := v.picks(j.Code)
	if err != nil {
		return err
	}
	n, total, list, err := x.meant(v, j, picks)
	if err != nil {
		return err
	}
	at := v.path("vendor-payments", j.Code)
	if n == 0 && wrong == nil {
		return v.told(at, "warn", v.say("vpay.nothing_to_do"))
	}
	amount := v.money(total.s.View())
	w := vendorStepView{
		form:   ui.Form{Action: at + "/" + x.what, Submit: v.say("vpay."+x.what+"_submit", "n", n, "amount", amount), Cancel: at, Danger: x.danger, Typed: v.typed(), Err: wrong},
		fields: x.fields(v, list), picks: picks, seen: seenJournal(int(n), amount), says: []string{v.say("vpay." + x.what + "_what")},
	}
	if list != nil {
		t := v.vendorPaymentTable(list)
		t.Dense = true
		w.table = &t
	}
	page := ui.Page{Title: v.say("vpay." + x.what), Crumbs: []ui.Link{v.vendorPaymentsCrumb(), {Text: j.Code, Href: at}}}
	switch {
	case wrong == nil:
		return v.show(page, vendorStepBody(w))
	case fault.CodeOf(wrong) == fault.Denied && fault.RuleOf(wrong) == "separation_of_duties": // somebody else may, so the page stays
		return v.send(http.StatusForbidden, page, vendorStepBody(w))
	}
	return v.again(wrong, page, vendorStepBody(w))
}

// take takes the step, unless the payments are not those that were seen.
func (x *vendorStep) take(v *visit) error {
	code := v.r.PathValue("journal")
	j, err := v.app.VendorPaymentJournal(v.ctx, v.call(), code)
	if err != nil {
		return err
	}
	picks, err := v.picks(code)
	if err != nil {
		return err
	}
	n, total, _, err := x.meant(v, j, picks)
	if err != nil {
		return err
	}
	choice := app.VendorPaymentChoice{Payments: picks}
	if len(picks) == 0 {
		choice.Journal = code
	}
	if n > 0 { // else it was sent twice
		err = v.changedSince(v.form("seen"), seenJournal(int(n), v.money(total.s.View())))
	}
	if err == nil && x.reason && v.form("reason") == "" {
		err = v.wrong("reason", "party.reason_needed")
	}
	if err != nil {
		return x.confirm(v, err)
	}
	done, err := x.do(v, choice)
	if err != nil {
		return x.confirm(v, err)
	}
	text := v.say("vpay."+x.what+"_done", "n", done.n, "amount", v.money(done.total.s.View()))
	text = strings.TrimSpace(text + " " + done.more)
	at := v.path("vendor-payments", code)
	if len(done.refused) == 0 {
		if len(picks) == 1 {
			at = v.paymentPath(picks[0])
		}
		return v.done(at, text)
	}
	page := ui.Page{Title: v.say("vpay." + x.what), Crumbs: []ui.Link{v.vendorPaymentsCrumb(), {Text: code, Href: at}}}
	return v.show(page, vendorRefusedBody(text, v.refusedTable(done.refused), at))
}

// refusedTable names the payments that a step was not taken with, and why.
func (v *visit) refusedTable(list []app.VendorPaymentProblem) ui.Table {
	t := ui.Table{ID: "refused", Caption: v.say("vpay.refused"), Columns: []ui.Column{{Title: v.say("vpay.payment"), Kind: ui.Code}, {Title: v.say("vpay.why")}}}
	for _, p := range list {
		t.Rows = append(t.Rows, ui.Row{ID: p.Payment, Cells: []ui.Cell{ui.LinkCell(cmp.Or(p.Payment, "–"), v.paymentPath(p.Payment)), ui.TextCell(p.Problem)}})
	}
	return t
}
