package web

import (
	"strconv"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/identity"
	"quittance/internal/web/ui"
)

const expiringSoon = 7 // days of a window that needs somebody today

// deductionsAtHome adds what of deductions needs somebody today, and how much is open, when there are any.
func (v *visit) deductionsAtHome(h *homeView) error {
	drafts, err := v.app.PaymentJournals(v.ctx, v.call(), app.PaymentFilter{State: "draft"}, app.Page{Limit: runsAtOnce})
	if err != nil {
		return err
	}
	for _, j := range drafts.Items {
		h.todo = append(h.todo, todo{text: j.Code, sub: j.Text, href: v.path("payments", j.Code), badge: ui.Badge{Text: v.say("payments.state.draft"), Tone: "warn"}})
	}
	all, err := v.app.DeductionTotals(v.ctx, v.call(), app.DeductionFilter{})
	if err != nil || all.Count == 0 {
		return err
	}
	for _, x := range all.Sums {
		h.stats = append(h.stats, ui.Stat{Name: v.say("home.stat_deductions"), Amount: x.Remaining, Currency: x.Currency, Sub: v.say("party.deducted_count", "n", x.Count), Href: v.path("deductions")})
	}
	until := civil.FromTime(v.today().Time().AddDate(0, 0, expiringSoon))
	expiring, err := v.app.DeductionTotals(v.ctx, v.call(), app.DeductionFilter{Due: until})
	if err != nil {
		return err
	}
	if expiring.Count > 0 {
		h.todo = append(h.todo, todo{text: v.say("home.expiring", "n", expiring.Count, "days", strconv.Itoa(expiringSoon)), sub: v.sumsText(expiring), href: v.path("deductions") + "?due=" + until.String(), badge: ui.Badge{Text: v.say("home.expiring_badge"), Tone: "bad"}})
	}
	if v.may(identity.Approve) {
		pending, err := v.app.DeductionTotals(v.ctx, v.call(), app.DeductionFilter{Work: "pending_approval"})
		if err != nil {
			return err
		}
		if pending.Count > 0 {
			h.todo = append(h.todo, todo{text: v.say("home.to_approve", "n", pending.Count), sub: v.sumsText(pending), href: v.path("deductions") + "?work=pending_approval", badge: ui.Badge{Text: v.say("home.approve_badge"), Tone: "warn"}})
		}
	}
	return nil
}

func (v *visit) sumsText(t *app.DeductionTotals) string {
	text := ""
	for i, s := range t.Sums {
		if i > 0 {
			text += " · "
		}
		text += ui.Money(v.with(), s.Remaining, s.Currency)
	}
	return text
}
