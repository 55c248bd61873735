package web

import (
	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/money"
	"quittance/internal/web/ui"
)

// approvalsAtHome adds what waits for the reader's approval.
func (v *visit) approvalsAtHome(h *homeView) error {
	if !v.may(identity.Approve) {
		return nil
	}
	all, err := v.app.InboxFigures(v.ctx, v.call())
	if err != nil || len(all) == 0 {
		return err
	}
	cur, err := money.CurrencyOf(v.currencyCode())
	if err != nil {
		return err
	}
	n, sum := 0, money.Amount(0)
	for _, x := range all {
		worth, err := cur.Parse(x.Worth)
		if err != nil {
			return err
		}
		if sum, err = money.Add(sum, worth); err != nil {
			return err
		}
		n += x.Count
	}
	h.todo = append([]todo{{text: v.say("home.approvals", "n", n), sub: ui.Money(v.with(), cur.Format(sum), cur.Code), href: v.path("approvals"), badge: ui.Badge{Text: v.say("approvals.state.waiting"), Tone: "warn"}}}, h.todo...)
	return nil
}

// approvalNote is where the approval of something is, for the page of that thing.
type approvalNote struct {
	text, tone string
	link       ui.Link
	submit     string // what can be submitted; blank: nothing
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
	if n.tone == "" {
		n.tone = "info"
	}
	return n, nil
}

// approvalNotes gives the note on something for its page, and offers to submit what needs approval and was not submitted.
func (v *visit) approvalNotes(kind, subject string, open bool, may identity.Permission) (*approvalNote, error) {
	n, err := v.approvalOf(kind, subject)
	if err != nil || !open || !v.may(may) {
		return n, err
	}
	if n == nil {
		ruled, err := v.app.NeedsApproval(v.ctx, v.call(), kind)
		if err != nil || !ruled {
			return nil, err
		}
		return &approvalNote{tone: "info", text: v.say("approvals.note.none"), submit: subject}, nil
	}
	if n.text == v.say("approvals.note.void") || n.text == v.say("approvals.note.withdrawn") {
		n.submit = subject
	}
	return n, nil
}
