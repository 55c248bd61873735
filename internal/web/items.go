package web

import (
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/openitem"
	"quittance/internal/web/chart"
	"quittance/internal/web/ui"
)

func escapeQuery(s string) string { return url.QueryEscape(s) }

// on is the value of a check box.
func on(set bool) string {
	if set {
		return "yes"
	}
	return ""
}

// agesChart draws what is open by age, a picture a currency.
func (v *visit) agesChart(id string, bands []app.AgeBand, href string) (all []templ.Component) {
	var c *chart.Stacked
	for i, b := range bands {
		if i == 0 || b.Currency != bands[i-1].Currency {
			c = &chart.Stacked{
				Head:   chart.Head{ID: id + "-" + b.Currency, Title: v.say("ages.title", "currency", b.Currency), Desc: v.say("ages.desc", "currency", b.Currency), Table: v.say("table.as_table"), Names: []string{v.say("ages.age"), v.say("party.debits"), v.say("party.credits")}},
				Series: []string{v.say("party.debits"), v.say("party.credits")},
			}
			all = append(all, c)
		}
		label := v.band(b)
		at := href + "?currency=" + escapeQuery(b.Currency)
		c.Stacks = append(c.Stacks, []chart.Point{
			{Label: label, Text: ui.Amount(v.with(), b.Debits, b.Currency), Value: chart.Length(b.Debits), Href: at + "&sign=debit"},
			{Label: label, Text: ui.Amount(v.with(), b.Credits, b.Currency), Value: chart.Length(b.Credits), Href: at + "&sign=credit"},
		})
	}
	return all
}

// band names an age.
func (v *visit) band(b app.AgeBand) string {
	switch {
	case b.From < 0:
		return v.say("ages.not_due")
	case b.To == 0:
		return v.say("ages.older", "days", strconv.Itoa(b.From-1))
	}
	return strconv.Itoa(b.From) + "–" + strconv.Itoa(b.To)
}

// partyItems lists the items of a party; two of them that are chosen can be settled.
func (s *site) partyItems(v *visit, p party) error {
	f := app.ItemFilter{Side: p.side, Party: p.code, Closed: v.query("closed") == "yes", Currency: v.query("currency")}
	switch v.query("sign") {
	case "credit", "debit":
		credits := v.query("sign") == "credit"
		f.Credits = &credits
	}
	if v.exported() {
		return export(v, p.code+"-items", columns([]string{"voucher", "type", "account", "classification", "date", "due_date", "currency"}, "amount", "open", "marked"),
			func(page app.Page) (app.Part[app.OpenItem], error) { return v.app.Items(v.ctx, v.call(), f, page) }, func(x app.OpenItem) []string {
				return []string{x.Voucher, x.Type, x.Account, x.Classification, x.Date.String(), x.DueDate.String(), x.Currency, x.Amount, x.Open, x.Marked}
			})
	}
	d, err := v.app.Party(v.ctx, v.call(), p.side, p.code, false)
	if err != nil {
		return err
	}
	part, err := v.app.Items(v.ctx, v.call(), f, v.part())
	if err != nil {
		return err
	}
	page, tabs := v.partyPage(p, d, "items")
	page.Actions = v.exports()
	t := v.itemTable(p, part)
	settle := ""
	if v.may(identity.PostVoucher) {
		t.Select, settle = "item", p.path(v, "settle")
		page.Actions = append(page.Actions, ui.Action{Text: v.say("settle.auto"), Href: p.path(v, "auto-settle")})
	}
	return v.show(page, templ.Join(tabs, itemsBody(t, settle, currencies(d))))
}

// currencies are those in which something of a party is open.
func currencies(d *app.PartyDetail) (all []ui.Option) {
	for _, o := range d.Open {
		all = append(all, ui.Option{Value: o.Currency, Text: o.Currency})
	}
	return all
}

func (v *visit) itemTable(p party, part app.Part[app.OpenItem]) ui.Table {
	t := ui.Table{
		ID: "items", Caption: v.say("items.title"), Next: part.Next, After: v.query("after") != "",
		Columns: []ui.Column{
			{Title: v.say("items.voucher"), Kind: ui.Code},
			{Title: v.say("items.type")},
			{Title: v.say("items.date"), Kind: ui.Date, Wide: true},
			{Title: v.say("items.due"), Kind: ui.Date},
			{Title: v.say("items.account"), Kind: ui.Code, Wide: true},
			{Title: v.say("items.amount"), Kind: ui.Amounts, Wide: true},
			{Title: v.say("items.debit"), Kind: ui.Amounts},
			{Title: v.say("items.credit"), Kind: ui.Amounts},
			{Title: v.say("party.marked"), Kind: ui.Amounts, Wide: true},
			{Title: v.say("party.currency")},
		},
		Empty: ui.Empty{Title: v.say("items.empty"), Lead: v.say("items.empty_lead"), Action: &ui.Action{Text: v.say("items.empty_action"), Href: p.path(v, "items") + "?closed=yes"}},
	}
	if v.query("closed") == "yes" {
		t.Empty.Action = nil
	}
	for _, x := range part.Items {
		debit, credit := bySides(x.Open)
		row := ui.Row{ID: x.Voucher, Name: x.Voucher, Href: v.path("vouchers", x.Voucher), Cells: []ui.Cell{
			ui.LinkCell(x.Voucher, v.path("vouchers", x.Voucher)), ui.TextCell(v.say("type." + x.Type)), ui.DayCell(v.with(), x.Date), ui.DayCell(v.with(), x.DueDate),
			ui.TextCell(x.Account), ui.AmountCell(x.Amount, x.Currency), ui.AmountCell(debit, x.Currency, true), ui.AmountCell(credit, x.Currency, true),
			linked(ui.AmountCell(x.Marked, x.Currency, true), p.path(v, "marks")), ui.TextCell(x.Currency),
		}}
		if ui.Zero(x.Open) {
			row.Tone = "muted"
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// bySides writes an amount, debit positive, in one of two columns; both are positive then.
func bySides(amount string) (debit, credit string) {
	if ui.Negative(amount) {
		return "", amount[1:]
	}
	return amount, ""
}

// partySettlements lists what was settled with what, and lets it be undone.
func (s *site) partySettlements(v *visit, p party) error {
	d, err := v.app.Party(v.ctx, v.call(), p.side, p.code, false)
	if err != nil {
		return err
	}
	list := func(page app.Page) (app.Part[app.SettlementRow], error) {
		return v.app.Settlements(v.ctx, v.call(), p.side, p.code, page)
	}
	if v.exported() {
		return export(v, p.code+"-settlements", columns([]string{"id", "date", "kind", "debit_voucher", "credit_voucher", "currency", "by", "at", "undone"}, "amount"), list, func(x app.SettlementRow) []string {
			return []string{strconv.FormatInt(x.ID, 10), x.Date.String(), x.Kind, x.Debit, x.Credit, x.Currency, x.By, x.At, yes(x.Undone), x.Amount}
		})
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	page, tabs := v.partyPage(p, d, "settlements")
	page.Actions = v.exports()
	t := ui.Table{
		ID: "settlements", Caption: v.say("settlements.title"), Next: part.Next, After: v.query("after") != "",
		Columns: []ui.Column{{Title: v.say("items.date"), Kind: ui.Date}, {Title: v.say("settlements.kind"), Wide: true}, {Title: v.say("items.debit"), Kind: ui.Code}, {Title: v.say("items.credit"), Kind: ui.Code}, {Title: v.say("items.amount"), Kind: ui.Amounts}, {Title: v.say("party.currency")}, {Title: v.say("settlements.by"), Wide: true}, {Title: v.say("party.state"), Kind: ui.Status}},
		Empty:   ui.Empty{Title: v.say("settlements.empty"), Lead: v.say("settlements.empty_lead")},
	}
	for _, x := range part.Items {
		row := ui.Row{Cells: []ui.Cell{
			ui.DayCell(v.with(), x.Date), ui.TextCell(v.say("kind_of." + x.Kind)), ui.LinkCell(x.Debit, v.path("vouchers", x.Debit)), ui.LinkCell(x.Credit, v.path("vouchers", x.Credit)),
			ui.AmountCell(x.Amount, x.Currency), ui.TextCell(x.Currency),
			{Text: x.By, Sub: ui.Instant(v.with(), x.At)},
			v.undoCell(p, x),
		}}
		if x.Undone || x.Undoes != 0 {
			row.Tone = "muted"
		}
		t.Rows = append(t.Rows, row)
	}
	return v.show(page, templ.Join(tabs, ui.DataTable(t)))
}

// undoCell says whether a settlement still holds, and leads to its undoing where that is not the reversal of a reimbursement.
func (v *visit) undoCell(p party, x app.SettlementRow) ui.Cell {
	switch {
	case x.Undoes != 0:
		return ui.BadgeCell(ui.Badge{Text: v.say("settlements.undoing")})
	case x.Undone:
		return ui.BadgeCell(ui.Badge{Text: v.say("settlements.undone")})
	case x.Kind == "reimbursement":
		return ui.LinkCell(v.say("settlements.see_reimbursement"), v.path("reimbursements", x.Debit))
	case !v.may(identity.PostVoucher):
		return ui.BadgeCell(ui.Badge{Text: v.say("settlements.holds"), Tone: "good"})
	}
	return ui.LinkCell(v.say("settlements.undo"), p.path(v, "unsettle")+"?debit="+escapeQuery(x.Debit)+"&credit="+escapeQuery(x.Credit))
}

// partyMarks lists the pending settlements of a party.
func (s *site) partyMarks(v *visit, p party) error {
	d, err := v.app.Party(v.ctx, v.call(), p.side, p.code, false)
	if err != nil {
		return err
	}
	part, err := v.app.Marks(v.ctx, v.call(), p.side, p.code, v.part())
	if err != nil {
		return err
	}
	page, tabs := v.partyPage(p, d, "marks")
	page.Actions = nil
	t := v.markTable(part)
	if v.may(identity.PostVoucher) {
		page.Actions = []ui.Action{{Text: v.say("marks.place"), Href: p.path(v, "mark"), Primary: true}}
	}
	return v.show(page, templ.Join(tabs, ui.DataTable(t)))
}

func (v *visit) markTable(part app.Part[app.MarkRow]) ui.Table {
	t := ui.Table{
		ID: "marks", Caption: v.say("marks.title"), Next: part.Next, After: v.query("after") != "",
		Columns: []ui.Column{{Title: v.say("marks.journal"), Kind: ui.Code}, {Title: v.say("marks.line"), Wide: true}, {Title: v.say("marks.holder")}, {Title: v.say("marks.party"), Kind: ui.Code, Wide: true}, {Title: v.say("items.voucher"), Kind: ui.Code}, {Title: v.say("items.amount"), Kind: ui.Amounts}, {Title: v.say("party.currency")}, {Title: v.say("marks.action")}},
		Empty:   ui.Empty{Title: v.say("marks.empty"), Lead: v.say("marks.empty_lead")},
	}
	for _, x := range part.Items {
		p := bothSides[0]
		if x.Side == openitem.Vendors.String() {
			p = bothSides[1]
		}
		p.code = x.Party
		release := ui.Cell{}
		if v.may(identity.PostVoucher) {
			release = ui.LinkCell(v.say("marks.release"), p.path(v, "release")+"?journal="+escapeQuery(x.Journal)+"&voucher="+escapeQuery(x.Voucher))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			ui.TextCell(x.Journal), ui.TextCell(x.Line), ui.TextCell(x.Holder), ui.LinkCell(x.Party, p.path(v)), ui.LinkCell(x.Voucher, v.path("vouchers", x.Voucher)),
			ui.AmountCell(x.Amount, x.Currency), ui.TextCell(x.Currency), release,
		}})
	}
	return t
}

// allMarks lists the pending settlements of everybody on a side.
func (s *site) allMarks(v *visit) error {
	p := bothSides[0]
	if v.query("side") == openitem.Vendors.String() {
		p = bothSides[1]
	}
	part, err := v.app.Marks(v.ctx, v.call(), p.side, "", v.part())
	if err != nil {
		return err
	}
	tabs := ui.Tabs(v.say("marks.title"), []ui.Tab{
		{Text: v.say("nav.customers"), Href: v.path("marks"), Here: p.side == openitem.Customers},
		{Text: v.say("nav.vendors"), Href: v.path("marks") + "?side=vendor", Here: p.side == openitem.Vendors},
	})
	return v.show(ui.Page{Title: v.say("marks.title"), Lead: v.say("marks.lead")}, templ.Join(tabs, ui.DataTable(v.markTable(part))))
}

// partyReimbursements lists the reimbursements of a customer.
func (s *site) partyReimbursements(v *visit, p party) error {
	d, err := v.app.Party(v.ctx, v.call(), p.side, p.code, false)
	if err != nil {
		return err
	}
	part, err := v.app.Reimbursements(v.ctx, v.call(), app.ReimbursementFilter{Customer: p.code}, v.part())
	if err != nil {
		return err
	}
	page, tabs := v.partyPage(p, d, "reimbursements")
	t := ui.Table{
		ID: "reimbursements", Caption: v.say("nav.reimbursements"), Next: part.Next, After: v.query("after") != "",
		Columns: []ui.Column{{Title: v.say("reimbursed.number"), Kind: ui.Code}, {Title: v.say("items.date"), Kind: ui.Date}, {Title: v.say("reimbursed.vendor"), Kind: ui.Code}, {Title: v.say("reimbursed.credits"), Kind: ui.Count, Wide: true}, {Title: v.say("items.amount"), Kind: ui.Amounts}, {Title: v.say("party.currency")}, {Title: v.say("party.state"), Kind: ui.Status}},
		Empty:   ui.Empty{Title: v.say("reimbursed.empty"), Lead: v.say("reimbursed.empty_lead")},
	}
	for _, x := range part.Items {
		href := v.path("reimbursements", x.Number)
		state := ui.Badge{Text: v.say("reimbursed.posted"), Tone: "good"}
		if x.ReversedBy != "" {
			state = ui.Badge{Text: v.say("reimbursed.reversed"), Tone: "warn"}
		}
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{
			ui.LinkCell(x.Number, href), ui.DayCell(v.with(), x.Voucher.Date), ui.LinkCell(x.Vendor, v.path("vendors", x.Vendor)), ui.CountCell(v.with(), int64(len(x.Settles))),
			ui.AmountCell(x.Amount, x.Currency), ui.TextCell(x.Currency), ui.BadgeCell(state),
		}})
	}
	return v.show(page, templ.Join(tabs, ui.DataTable(t)))
}

// wrong is a fault of a field that the page itself finds, in the reader's words.
func (v *visit) wrong(field, key string, pairs ...any) error {
	return fault.New(fault.Invalid, "%s", v.say(key, pairs...)).In(field)
}
