package web

import (
	"slices"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/payout"
	"quittance/internal/policy"
	"quittance/internal/web/ui"
)

// approvalNote is where the approval of something is, for the page of that thing.
type approvalNote struct {
	text, tone string
	link       ui.Link
	submit     string // what can be submitted; blank: nothing
	again      bool   // it can be submitted anew
}

// approvalOf looks where the approval of a run, payment, deduction or other thing is; nil when none was asked for. kind may be blank.
func (v *visit) approvalOf(kind, subject string) (*approvalNote, error) {
	part, err := v.app.Approvals(v.ctx, v.call(), app.ApprovalFilter{Kind: kind, Subject: subject}, app.Page{Limit: 1})
	if err != nil || len(part.Items) == 0 {
		return nil, err
	}
	x := &part.Items[0]
	n := &approvalNote{tone: approvalTones[x.State], link: ui.Link{Text: x.Code, Href: v.path("approvals", x.Code)}, text: v.say("approvals.note." + x.State)}
	switch x.State {
	case "waiting":
		d, err := v.app.Approval(v.ctx, v.call(), x.Code)
		if err != nil {
			return nil, err
		}
		for _, s := range d.ByStep {
			if s.Step == d.Step {
				n.text = v.say("approvals.note.waits_of", "who", v.whoText(s.Approvers))
			}
		}
	case "approved", "used":
		if x.Automatic {
			n.text = v.say("approvals.automatic")
		}
	}
	n.again = x.State == "void" || x.State == "withdrawn"
	if n.tone == "" {
		n.tone = "info"
	}
	return n, nil
}

// approvalNotes gives the note on something for its page, and offers to submit what needs approval and was not submitted.
func (v *visit) approvalNotes(kind, subject string, open bool, may identity.Permission) (*approvalNote, error) {
	n, err := v.approvalOf(kind, subject)
	if err != nil || !open || !v.may(may) || n != nil && !n.again {
		return n, err
	}
	if n == nil {
		ruled, err := v.app.NeedsApproval(v.ctx, v.call(), kind)
		if err != nil || !ruled {
			return nil, err
		}
		n = &approvalNote{tone: "info", text: v.say("approvals.note.none")}
	}
	n.submit = subject
	return n, nil
}

// showApproved is show with the note on the approval of what the page is about, of which the kind may be blank.
func (v *visit) showApproved(p ui.Page, body templ.Component, kind, subject string) error {
	n, err := v.approvalOf(kind, subject)
	if err != nil {
		return err
	}
	return v.show(p, v.noted(n, body))
}

// noted is a page's body below the note on the approval of what it is about.
func (v *visit) noted(n *approvalNote, body templ.Component) templ.Component {
	if n == nil {
		return body
	}
	return templ.Join(approvalNoteBody(n, v.path("approvals", "submit")), body)
}

// journalNote says of a journal of vendor payments that its payments need approval.
func (v *visit) journalNote(j *app.VendorPaymentJournal) (*approvalNote, error) {
	ruled, err := v.app.NeedsApproval(v.ctx, v.call(), string(policy.Payment))
	open := slices.ContainsFunc(j.Sums, func(s app.VendorPaymentSum) bool { return s.Status == payout.Created && s.Payments > 0 })
	if err != nil || !ruled || !open {
		return nil, err
	}
	n := &approvalNote{tone: "info", text: v.say("approvals.note.journal"), link: ui.Link{Text: v.say("approvals.part.list"), Href: v.path("approvals", "list") + "?kind=payment"}}
	if v.may(identity.Prepare) {
		n.submit = j.Code
	}
	return n, nil
}
