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
	all, many, err := v.totalsOfFew(app.DeductionFilter{})
	if err != nil || all.Count == 0 {
		return err
	}
	if many {
		h.stats = append(h.stats, ui.Stat{Name: v.say("home.stat_deductions"), Text: v.say("home.more_than", "n", all.Count), Href: v.path("deductions")})
	}
	for _, x := range all.Sums {
		h.stats = append(h.stats, ui.Stat{Name: v.say("home.stat_deductions"), Amount: x.Remaining, Currency: x.Currency, Sub: v.say("party.deducted_count", "n", x.Count), Href: v.path("deductions")})
	}
	until := civil.FromTime(v.today().Time().AddDate(0, 0, expiringSoon))
	expiring, many, err := v.totalsOfFew(app.DeductionFilter{Due: until})
	if err != nil {
		return err
	}
	if expiring.Count > 0 {
		h.todo = append(h.todo, todo{text: v.manyOf(many, "home.expiring", expiring.Count, "days", strconv.Itoa(expiringSoon)), sub: v.sumsText(expiring), href: v.path("deductions") + "?due=" + until.String(), badge: ui.Badge{Text: v.say("home.expiring_badge"), Tone: "bad"}})
	}
	if v.may(identity.Approve) {
		pending, many, err := v.totalsOfFew(app.DeductionFilter{Work: "pending_approval"})
		if err != nil {
			return err
		}
		if pending.Count > 0 {
			h.todo = append(h.todo, todo{text: v.manyOf(many, "home.to_approve", pending.Count), sub: v.sumsText(pending), href: v.path("deductions") + "?work=pending_approval", badge: ui.Badge{Text: v.say("home.approve_badge"), Tone: "warn"}})
		}
	}
	return nil
}

// totalsOfFew gives what passes a filter comes to, when it fits one page of the worklist. Of many it gives no sums, which would take longer
// than the rest of the page, and the count of one page.
func (v *visit) totalsOfFew(f app.DeductionFilter) (t *app.DeductionTotals, many bool, err error) {
	part, err := v.app.Deductions(v.ctx, v.call(), f, app.Page{})
	if err != nil || part.Next != "" {
		return &app.DeductionTotals{Count: int64(len(part.Items))}, true, err
	}
	t, err = totalsOf(part)
	return t, false, err
}

// manyOf gives a text with a count, or the one that says that there are more than so many.
func (v *visit) manyOf(many bool, key string, n int64, more ...any) string {
	if many {
		key += "_many"
	}
	return v.say(key, append([]any{"n", n}, more...)...)
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
