package web

import (
	"quittance/internal/app"
	"quittance/internal/web/ui"
)

func (s *site) routesCustomers() {
	s.in("customers", "GET /customers", s.customers)
}

// customers lists the customers with what is open.
func (s *site) customers(v *visit) error {
	f := app.PartyFilter{Search: v.query("q"), Group: v.query("group"), Credit: v.query("credit") == "yes"}
	switch v.query("held") {
	case "yes", "no":
		held := v.query("held") == "yes"
		f.Held = &held
	}
	part, err := v.app.Customers(v.ctx, v.call(), f, v.part())
	if err != nil {
		return err
	}
	filtered := f != app.PartyFilter{}
	return v.show(ui.Page{Title: v.say("customers.title"), Lead: v.say("customers.lead")}, customersBody(v.customerTable(part, filtered)))
}

func (v *visit) customerTable(part app.Part[app.Party], filtered bool) ui.Table {
	t := ui.Table{
		ID: "customers", Caption: v.say("customers.title"), Next: part.Next, After: v.query("after") != "",
		Columns: []ui.Column{
			{Title: v.say("customers.code"), Kind: ui.Code},
			{Title: v.say("customers.name")},
			{Title: v.say("customers.group"), Wide: true},
			{Title: v.say("customers.place"), Wide: true},
			{Title: v.say("customers.state"), Kind: ui.Status},
			{Title: v.say("customers.debits"), Kind: ui.Amounts, Wide: true},
			{Title: v.say("customers.credits"), Kind: ui.Amounts},
			{Title: v.say("customers.currency"), Kind: ui.Text},
		},
		Empty: ui.Empty{Title: v.say("customers.empty"), Lead: v.say("customers.empty_lead"), Action: &ui.Action{Text: v.say("customers.empty_action"), Href: v.path("import"), Primary: true}},
	}
	if filtered {
		t.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("customers")}}
	}
	for _, p := range part.Items {
		open := p.Open
		if len(open) == 0 {
			open = []app.OpenBalance{{}}
		}
		for i, o := range open { // a row a currency; the party is named in the first
			row := ui.Row{Href: v.path("customers", p.Code), Cells: make([]ui.Cell, len(t.Columns))}
			if i == 0 {
				row.ID, row.Name = p.Code, p.Name
				row.Cells[0] = ui.LinkCell(p.Code, row.Href)
				row.Cells[1], row.Cells[2], row.Cells[3] = ui.TextCell(p.Name), ui.TextCell(p.Group), ui.TextCell(p.City)
				row.Cells[4] = ui.BadgeCell(v.holdBadges(p)...)
			}
			row.Cells[5], row.Cells[6] = ui.AmountCell(o.Debits, o.Currency, true), ui.AmountCell(o.Credits, o.Currency, true)
			row.Cells[7] = ui.TextCell(o.Currency)
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// holdBadges says what keeps a customer from being reimbursed.
func (v *visit) holdBadges(p app.Party) (b []ui.Badge) {
	if p.Hold {
		b = append(b, ui.Badge{Text: v.say("customers.hold"), Tone: "warn"})
	}
	if p.DoNotReimburse {
		b = append(b, ui.Badge{Text: v.say("customers.no_reimburse"), Tone: "warn"})
	}
	return b
}
