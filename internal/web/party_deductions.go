package web

import (
	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/openitem"
	"quittance/internal/web/ui"
)

// deductedStats are a customer's balances with and without open deductions, by currency, where there are any.
func (v *visit) deductedStats(p party) (all []ui.Stat, err error) {
	if p.side != openitem.Customers {
		return nil, nil
	}
	balances, err := v.app.DeductionBalances(v.ctx, v.call(), p.code)
	if err != nil {
		return nil, err
	}
	for _, b := range balances {
		if b.Count > 0 {
			all = append(all,
				ui.Stat{Name: v.say("party.deducted"), Amount: b.Deductions, Currency: b.Currency, Sub: v.say("party.deducted_count", "n", b.Count), Href: p.path(v, "deductions")},
				ui.Stat{Name: v.say("party.with_deductions"), Amount: b.With, Currency: b.Currency}, ui.Stat{Name: v.say("party.without_deductions"), Amount: b.Without, Currency: b.Currency})
		}
	}
	return all, nil
}

// partyDeductions lists what a customer kept back, with the balance with and without it.
func (s *site) partyDeductions(v *visit, p party) error {
	d, err := v.app.Party(v.ctx, v.call(), p.side, p.code, false)
	if err != nil {
		return err
	}
	f := app.DeductionFilter{Customer: p.code, Order: app.ByNumber, Closed: v.query("closed") == "yes"}
	list := func(page app.Page) (app.DeductionPart, error) { return v.app.Deductions(v.ctx, v.call(), f, page) }
	if v.exported() {
		return export(v, p.code+"-deductions", deductionColumns, list, deductionCells)
	}
	stats, err := v.deductedStats(p)
	if err != nil {
		return err
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	page, tabs := v.partyPage(p, d, "deductions")
	page.Actions = v.exports()
	if v.may(identity.Deduct) {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("deductions.new_claim"), Href: v.path("deductions", "new-claim") + "?customer=" + escapeQuery(p.code)})
	}
	t := v.deductionTable(part)
	t.Empty = ui.Empty{Title: v.say("party.no_deductions"), Lead: v.say("party.no_deductions_lead"), Action: &ui.Action{Text: v.say("deductions.closed_too"), Href: p.path(v, "deductions") + "?closed=yes"}}
	if f.Closed {
		t.Empty.Action = nil
	}
	return v.show(page, templ.Join(tabs, partyDeductionsBody(stats, t)))
}
