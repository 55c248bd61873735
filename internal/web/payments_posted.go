package web

import (
	"strings"

	"quittance/internal/app"
	"quittance/internal/web/ui"
)

// appliedTable shows what a line paid.
func (v *visit) appliedTable(l *app.PaymentLine) ui.Table {
	t := ui.Table{ID: "applications", Caption: v.say("payments.applied"), Dense: true, Columns: []ui.Column{
		{Title: v.say("items.voucher"), Kind: ui.Code},
		{Title: v.say("kind.customer"), Kind: ui.Code},
		{Title: v.say("items.due"), Kind: ui.Date, Wide: true},
		{Title: v.say("payments.pays"), Kind: ui.Amounts, Note: l.Currency},
		{Title: v.say("payments.discount"), Kind: ui.Amounts, Note: l.Currency, Wide: true},
		{Title: v.say("payments.deducted"), Kind: ui.Amounts, Note: l.Currency},
	}, Empty: ui.Empty{Title: v.say("payments.nothing_applied")}}
	for _, a := range l.Applications {
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			{Text: a.Voucher, Href: v.path("vouchers", a.Voucher), Sub: v.say("type." + a.Type)},
			ui.LinkCell(a.Customer, v.path("customers", a.Customer)), ui.DayCell(v.with(), a.Due),
			ui.AmountCell(a.Amount, l.Currency), ui.AmountCell(a.Discount, l.Currency, true), ui.AmountCell(a.Deducted, l.Currency, true),
		}})
	}
	return t
}

// deductedTable shows what was kept back of a line.
func (v *visit) deductedTable(l *app.PaymentLine) ui.Table {
	t := ui.Table{ID: "deducted", Caption: v.say("nav.deductions"), Dense: true, Columns: []ui.Column{
		{Title: v.say("kind.deduction"), Kind: ui.Code},
		{Title: v.say("payments.taken_from"), Kind: ui.Code},
		{Title: v.say("deductions.type")},
		{Title: v.say("deductions.allowed"), Wide: true},
		{Title: v.say("deductions.reason")},
		{Title: v.say("deductions.charged_to"), Kind: ui.Code, Wide: true},
		{Title: v.say("items.amount"), Kind: ui.Amounts, Note: l.Currency},
	}, Empty: ui.Empty{Title: v.say("payments.nothing_deducted")}}
	for _, d := range l.Deductions {
		from := ui.TextCell(v.say("payments.alone"))
		if d.Voucher != "" {
			from = ui.LinkCell(d.Voucher, v.path("vouchers", d.Voucher))
		}
		allowed := v.say("state.no")
		if d.Allowed {
			allowed = v.say("state.yes")
		}
		number := ui.Cell{}
		if d.Deduction != "" {
			number = ui.LinkCell(d.Deduction, v.path("deductions", d.Deduction))
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{
			number, from, ui.TextCell(d.Type), ui.TextCell(allowed), {Text: d.Reason, Sub: d.TheirCode}, ui.TextCell(strings.TrimSpace(d.Account + " " + d.Plan)), ui.AmountCell(d.Amount, l.Currency),
		}})
	}
	return t
}
