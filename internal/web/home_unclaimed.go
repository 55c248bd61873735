package web

import (
	"quittance/internal/app"
	"quittance/internal/unclaimed"
	"quittance/internal/web/ui"
)

const unclaimedAtHome = 100 // properties that the first page counts; of more it says that there are more

// unclaimedAtHome adds what of unclaimed property is due: owners to be written to, property to be escheated.
func (v *visit) unclaimedAtHome(h *homeView) error {
	for _, x := range []struct {
		stage unclaimed.Stage
		show  string
	}{{unclaimed.EscheatDue, "escheat"}, {unclaimed.LetterDue, "letter"}} {
		part, err := v.app.UnclaimedItems(v.ctx, v.call(), app.UnclaimedSelection{Stages: []unclaimed.Stage{x.stage}}, app.Page{Limit: unclaimedAtHome})
		if err != nil {
			return err
		}
		if len(part.Items) == 0 {
			continue
		}
		var total sums
		late := int64(0)
		for _, y := range part.Items {
			if err := total.add(y.Currency, y.Amount); err != nil {
				return err
			}
			if y.Late {
				late++
			}
		}
		t := todo{text: v.manyOf(part.Next != "", "home.unclaimed_"+x.show, int64(len(part.Items))), sub: v.money(total.s.View()), href: v.path("unclaimed") + "?show=" + x.show, badge: ui.Badge{Text: v.say("unclaimed.stage." + string(x.stage)), Tone: "warn"}}
		if part.Next != "" {
			t.sub = ""
		}
		if late > 0 {
			t.badge = ui.Badge{Text: v.say("unclaimed.late"), Tone: "bad"}
		}
		h.todo = append(h.todo, t)
	}
	return nil
}
