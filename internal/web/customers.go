package web

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/web/ui"
)

func (s *site) routesCustomers() {
	s.in("customers", "GET /customers", s.customers)
	s.routesParties()
}

// customers lists the customers with what is open.
func (s *site) customers(v *visit) error {
	f := v.partyFilter()
	if v.exported() {
		return v.exportParties("customers", f, v.app.Customers)
	}
	part, err := v.app.Customers(v.ctx, v.call(), f, v.part())
	if err != nil {
		return err
	}
	return v.showParties(bothSides[0], v.partyTable(bothSides[0], part, f != app.PartyFilter{}))
}

func (v *visit) showParties(of party, t ui.Table) error {
	return v.show(ui.Page{Title: of.say(v, "title"), Lead: of.say(v, "lead"), Actions: v.exports()}, partiesBody(of, v.chosen(t), v.choices(t)))
}

// partyTable is a list of customers or vendors: a row a currency; the party is named in the first.
func (v *visit) partyTable(of party, part app.Part[app.Party], filtered bool) ui.Table {
	t := ui.Table{
		ID: of.key, Caption: of.say(v, "title"), Next: part.Next, After: v.query("after") != "",
		Columns: []ui.Column{
			{Title: of.say(v, "code"), Kind: ui.Code},
			{Title: v.say("customers.name")},
			{Title: v.say("customers.group"), Wide: true},
			{Title: v.say("customers.place"), Wide: true},
			{Title: v.say("customers.state"), Kind: ui.Status},
			{Title: v.say("customers.debits"), Kind: ui.Amounts, Wide: true},
			{Title: v.say("customers.credits"), Kind: ui.Amounts},
			{Title: v.say("party.marked"), Kind: ui.Amounts, Wide: true},
			{Title: v.say("customers.balance"), Kind: ui.Amounts, Wide: true},
			{Title: v.say("customers.currency"), Kind: ui.Text},
		},
		Empty: ui.Empty{Title: of.say(v, "empty"), Lead: of.say(v, "empty_lead"), Action: &ui.Action{Text: v.say("customers.empty_action"), Href: v.path("import"), Primary: true}},
	}
	if filtered {
		t.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path(of.key)}}
	}
	for _, p := range part.Items {
		open := p.Open
		if len(open) == 0 {
			open = []app.OpenBalance{{}}
		}
		for i, o := range open {
			row := ui.Row{Href: v.path(of.key, p.Code), Cells: make([]ui.Cell, len(t.Columns))}
			if i == 0 {
				row.ID, row.Name = p.Code, p.Name
				row.Cells[0] = ui.LinkCell(p.Code, row.Href)
				row.Cells[1], row.Cells[2], row.Cells[3] = ui.TextCell(p.Name), ui.TextCell(p.Group), ui.TextCell(p.City)
				row.Cells[4] = ui.BadgeCell(v.stateBadges(of, p)...)
			}
			items := row.Href + "/items?currency=" + escapeQuery(o.Currency)
			row.Cells[5], row.Cells[6] = linked(ui.AmountCell(o.Debits, o.Currency, true), items+"&sign=debit"), linked(ui.AmountCell(o.Credits, o.Currency, true), items+"&sign=credit")
			row.Cells[7] = linked(ui.AmountCell(o.Marked, o.Currency, true), row.Href+"/marks")
			row.Cells[8], row.Cells[9] = linked(ui.AmountCell(o.Balance, o.Currency, true), items), ui.TextCell(o.Currency)
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// linked makes a cell lead to what it is made of.
func linked(c ui.Cell, href string) ui.Cell {
	c.Href = href
	return c
}

// choices are the columns that can be chosen.
func (v *visit) choices(t ui.Table) (all []columnOption) {
	picked := v.r.URL.Query()["col"]
	for i, c := range t.Columns {
		if i > 0 {
			n := strconv.Itoa(i)
			all = append(all, columnOption{ui.Option{Value: n, Text: c.Title}, len(picked) == 0 || slices.Contains(picked, n)})
		}
	}
	return all
}

type columnOption struct {
	ui.Option
	on bool
}

// chosen leaves in a table the columns that the reader chose, in the address, by their places; the first one always stays.
func (v *visit) chosen(t ui.Table) ui.Table {
	picked := v.r.URL.Query()["col"]
	if len(picked) == 0 {
		return t
	}
	keep := map[int]bool{0: true}
	for _, p := range picked {
		if n, err := strconv.Atoi(p); err == nil {
			keep[n] = true
		}
	}
	out := t
	out.Columns = nil
	for i, c := range t.Columns {
		if keep[i] {
			c.Wide = false
			out.Columns = append(out.Columns, c)
		}
	}
	out.Rows = nil
	for _, r := range t.Rows {
		cells := r.Cells
		r.Cells = nil
		for i, c := range cells {
			if keep[i] {
				r.Cells = append(r.Cells, c)
			}
		}
		out.Rows = append(out.Rows, r)
	}
	return out
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

// balanceOf is a row of a file of parties: a party in a currency.
type balanceOf struct {
	p app.Party
	o app.OpenBalance
}

// exportParties gives a list of parties as a file.
func (v *visit) exportParties(name string, f app.PartyFilter, list func(context.Context, app.Call, app.PartyFilter, app.Page) (app.Part[app.Party], error)) error {
	part := func(p app.Page) (app.Part[balanceOf], error) {
		got, err := list(v.ctx, v.call(), f, p)
		out := app.Part[balanceOf]{Next: got.Next}
		for _, x := range got.Items {
			open := x.Open
			if len(open) == 0 {
				open = []app.OpenBalance{{}}
			}
			for _, o := range open {
				out.Items = append(out.Items, balanceOf{x, o})
			}
		}
		return out, err
	}
	one := strings.TrimSuffix(name, "s")
	return export(v, name, columns([]string{one, "name", "group", "city", "country", "hold", "do_not_reimburse", "one_time", "currency"}, "open_debits", "open_credits", "marked", "balance"), part, func(x balanceOf) []string {
		return []string{x.p.Code, x.p.Name, x.p.Group, x.p.City, x.p.Country, yes(x.p.Hold), yes(x.p.DoNotReimburse), x.p.OneTime, x.o.Currency, x.o.Debits, x.o.Credits, x.o.Marked, x.o.Balance}
	})
}

func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
