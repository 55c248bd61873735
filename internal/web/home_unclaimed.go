package web

import (
	"quittance/internal/app"
	"quittance/internal/unclaimed"
	"quittance/internal/web/ui"
)

const unclaimedAtHome = 100 // properties that the first page counts; of more it says that there are more

// unclaimedAtHome adds what of unclaimed property is due: owners to be written to, property to be escheated.
func (v *visit) unclaimedAtHome(h *homeView) error {
	part, err := v.app.UnclaimedItems(v.ctx, v.call(), app.UnclaimedSelection{}, app.Page{Limit: unclaimedAtHome})
	if err != nil {
		return err
	}
	for _, x := range []struct {
		stage unclaimed.Stage
		show  string
	}{{unclaimed.EscheatDue, "escheat"}, {unclaimed.LetterDue, "letter"}} {
		var total sums
		n, late := int64(0), int64(0)
		for _, y := range part.Items {
			if y.Stage != x.stage {
				continue
			}
			n++
			if y.Late {
				late++
			}
			if err := total.add(y.Currency, y.Amount); err != nil {
				return err
			}
		}
		if n == 0 {
			continue
		}
		t := todo{text: v.manyOf(part.Next != "", "home.unclaimed_"+x.show, n), href: v.path("unclaimed") + "?show=" + x.show, badge: ui.Badge{Text: v.say("unclaimed.stage." + string(x.stage)), Tone: "warn"}}
		if part.Next == "" {
			t.sub = v.money(total.s.View())
		}
		if late > 0 {
			t.badge = ui.Badge{Text: v.say("unclaimed.late"), Tone: "bad"}
		}
		h.todo = append(h.todo, t)
	}
	return nil
}
