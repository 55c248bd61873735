package web

import (
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
