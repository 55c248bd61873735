package web

import (
	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/web/ui"
)

const mostPicked = 500 // approvals that are decided on together

// bulkView is the last look before many approvals are decided on.
type bulkView struct {
	confirm *ui.Form // nil: none of them can be
	picked  []string
	seen    string
	verb    string
	ask     bool // the decision needs a reason
	says    string
	can     ui.Table
	cannot  *ui.Table
	back    string
}

// bulkChoice reads what was chosen, from the address or the form.
func (v *visit) bulkChoice() (x app.ApprovalDeciding, err error) {
	if err := v.r.ParseForm(); err != nil {
		return x, fault.New(fault.Invalid, "the form cannot be read").Because(err)
	}
	x = app.ApprovalDeciding{Approvals: v.r.Form["pick"], Verb: v.r.FormValue("verb"), Reason: v.r.FormValue("reason"), Debits: v.r.FormValue("debits") == "yes"}
	if x.Verb != "reject" {
		x.Verb = "approve"
	}
	if len(x.Approvals) > mostPicked {
		err = fault.New(fault.Limited, "%d approvals are more than the %d that can be chosen together", len(x.Approvals), mostPicked)
	}
	return x, err
}

// bulkLook looks at what deciding would do.
func (v *visit) bulkLook(x app.ApprovalDeciding) (w bulkView, err error) {
	look := x
	if look.Verb == "reject" && look.Reason == "" {
		look.Reason = "…" // it is asked for on this page
	}
	r, err := v.app.DecideApprovals(v.ctx, v.call(), look, true)
	if err != nil {
		return w, err
	}
	cur := v.currencyCode()
	amount := ui.Money(v.with(), r.Worth, cur)
	w = bulkView{picked: x.Approvals, seen: seenJournal(r.Done, amount), verb: x.Verb, ask: x.Verb == "reject", back: v.path("approvals"), says: v.say("approvals.bulk_says."+x.Verb, "n", r.Done, "amount", amount)}
	w.can = ui.Table{ID: "can", Caption: v.say("approvals.bulk_can." + x.Verb), Dense: true, Columns: []ui.Column{
		{Title: v.say("approvals.approval"), Kind: ui.Code}, {Title: v.say("approvals.subject")}, {Title: v.say("items.amount"), Kind: ui.Amounts, Note: cur}, {Title: v.say("approvals.then"), Kind: ui.Status},
	}, Sums: []ui.Cell{ui.TextCell(v.say("table.sum")), {}, ui.AmountCell(r.Worth, cur), {}}}
	cannot := ui.Table{ID: "cannot", Caption: v.say("approvals.bulk_cannot"), Dense: true, Columns: []ui.Column{{Title: v.say("approvals.approval"), Kind: ui.Code}, {Title: v.say("approvals.because")}}}
	for _, y := range r.Items {
		link := ui.LinkCell(y.Code, v.path("approvals", y.Code))
		if y.OK {
			w.can.Rows = append(w.can.Rows, ui.Row{Cells: []ui.Cell{link, {Text: y.Subject, Sub: y.Title}, ui.AmountCell(y.Worth, cur), ui.BadgeCell(v.approvalBadge(y.State))}})
		} else {
			cannot.Rows = append(cannot.Rows, ui.Row{Tone: "warn", Cells: []ui.Cell{link, ui.TextCell(y.Error)}})
		}
	}
	if r.Not > 0 {
		w.cannot = &cannot
	}
	if r.Done > 0 {
		w.confirm = &ui.Form{Action: v.path("approvals", "bulk"), Submit: v.say("approvals.bulk_submit."+x.Verb, "n", r.Done, "amount", amount), Cancel: w.back, Danger: x.Verb == "reject", Typed: v.r.PostForm}
	}
	return w, nil
}

// bulkForm shows what deciding on those that were chosen would do: how many, how much, and each that cannot be decided on, with the reason.
func (v *visit) bulkForm(wrong error) error {
	x, err := v.bulkChoice()
	if err != nil {
		return err
	}
	if len(x.Approvals) == 0 {
		return v.told(v.path("approvals"), "warn", v.say("approvals.none_chosen"))
	}
	w, err := v.bulkLook(x)
	if err != nil {
		return err
	}
	page := ui.Page{Title: v.say("approvals.bulk_title." + x.Verb), Crumbs: v.approvalCrumb()}
	if w.confirm != nil {
		w.confirm.Err = wrong
	}
	if wrong != nil {
		return v.again(wrong, page, bulkBody(w))
	}
	return v.show(page, bulkBody(w))
}

// bulkDecide decides on what was seen, unless it is something else by now.
func (s *site) bulkDecide(v *visit) error {
	x, err := v.bulkChoice()
	if err != nil {
		return err
	}
	if x.Verb == "reject" && x.Reason == "" {
		return v.bulkForm(fault.New(fault.Invalid, "%s", v.say("approvals.reason_needed")).In("reason"))
	}
	if len(x.Approvals) > 0 {
		w, err := v.bulkLook(x)
		if err != nil {
			return err
		}
		if w.confirm != nil { // else it was sent twice
			if err := v.changedSince(v.form("seen"), w.seen); err != nil {
				return v.bulkForm(err)
			}
		}
	}
	r, err := v.app.DecideApprovals(v.ctx, v.call(), x, false)
	if err != nil {
		return v.bulkForm(err)
	}
	tone, text := "good", v.say("approvals.bulk_done."+x.Verb, "n", r.Done, "amount", ui.Money(v.with(), r.Worth, v.currencyCode()))
	if r.Not > 0 {
		tone, text = "warn", text+" "+v.say("approvals.bulk_not", "n", r.Not)
	}
	return v.told(v.path("approvals"), tone, text)
}

// submitForApproval submits a run or vendor payments for approval.
func (s *site) submitForApproval(v *visit) error {
	name := v.r.FormValue("name")
	all, err := v.app.SubmitForApproval(v.ctx, v.call(), name)
	if err != nil {
		return err
	}
	waiting := 0
	for _, x := range all {
		if x.State == "waiting" {
			waiting++
		}
	}
	if len(all) == 1 {
		return v.done(v.path("approvals", all[0].Code), v.say("approvals.submitted_one", "subject", all[0].Subject, "state", v.say("approvals.state."+all[0].State)))
	}
	return v.done(v.path("approvals", "list")+"?kind=payment", v.say("approvals.submitted_many", "n", len(all), "waiting", waiting))
}
