package web

import (
	"github.com/a-h/templ"
	"github.com/bojanz/currency"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/web/ui"
)

// partyStatement is the account of a party between two dates, for reading, printing and sending.
func (s *site) partyStatement(v *visit, p party) error {
	from, to, err := v.span()
	if err != nil {
		return err
	}
	st, err := v.app.Statement(v.ctx, v.call(), p.side, p.code, from, to)
	if err != nil {
		return err
	}
	if v.exported() {
		return export(v, p.code+"-statement", columns([]string{"date", "voucher", "type", "text", "currency"}, "debit", "credit", "balance"), whole(st.Lines), func(x app.StatementLine) []string {
			return []string{x.Date.String(), x.Voucher, x.Type, x.Text, x.Currency, x.Debit, x.Credit, x.Balance}
		})
	}
	d, err := v.app.Party(v.ctx, v.call(), p.side, p.code, false)
	if err != nil {
		return err
	}
	page, tabs := v.partyPage(p, d, "statement")
	page.Actions = v.exports()
	var parts []templ.Component
	for _, closing := range st.Closing {
		t, err := v.statementTable(st, closing)
		if err != nil {
			return err
		}
		parts = append(parts, ui.DataTable(t))
	}
	if len(parts) == 0 {
		parts = append(parts, ui.EmptyState(ui.Empty{Title: v.say("statement.empty"), Lead: v.say("statement.empty_lead")}))
	}
	return v.show(page, templ.Join(tabs, statementBody(v.about(p, d)[:6], templ.Join(parts...))))
}

// statementTable is the account in one currency: what it began with, each movement with the balance after it, what it ended with.
func (v *visit) statementTable(st *app.Statement, closing app.AmountIn) (ui.Table, error) {
	code := closing.Currency
	t := ui.Table{ID: "statement-" + code, Caption: v.say("statement.title", "currency", code), Columns: []ui.Column{
		{Title: v.say("items.date"), Kind: ui.Date},
		{Title: v.say("items.voucher"), Kind: ui.Code},
		{Title: v.say("items.type")},
		{Title: v.say("voucher.text"), Wide: true},
		{Title: v.say("items.debit"), Kind: ui.Amounts, Note: code},
		{Title: v.say("items.credit"), Kind: ui.Amounts, Note: code},
		{Title: v.say("statement.balance"), Kind: ui.Amounts, Note: code},
	}}
	opening := "0"
	for _, o := range st.Opening {
		if o.Currency == code {
			opening = o.Amount
		}
	}
	t.Rows = append(t.Rows, ui.Row{Tone: "muted", Cells: []ui.Cell{ui.DayCell(v.with(), st.From), {}, ui.TextCell(v.say("statement.opening")), {}, {}, {}, ui.AmountCell(opening, code)}})
	var debits, credits tally
	for _, l := range st.Lines {
		if l.Currency != code {
			continue
		}
		debits.add(l.Debit, code)
		credits.add(l.Credit, code)
		href := v.path("vouchers", l.Voucher)
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{
			ui.DayCell(v.with(), l.Date), ui.LinkCell(l.Voucher, href), ui.TextCell(v.say("type." + l.Type)), ui.TextCell(l.Text),
			ui.AmountCell(l.Debit, code, true), ui.AmountCell(l.Credit, code, true), ui.AmountCell(l.Balance, code),
		}})
	}
	debit, err := debits.text(code)
	if err != nil {
		return t, err
	}
	credit, err := credits.text(code)
	t.Sums = []ui.Cell{ui.DayCell(v.with(), st.To), {}, ui.TextCell(v.say("statement.closing")), {}, ui.AmountCell(debit, code), ui.AmountCell(credit, code), ui.AmountCell(closing.Amount, code)}
	return t, err
}

// tally adds up exact decimals of one currency; what was wrong is told at the end.
type tally struct {
	sum currency.Amount
	err error
}

func (t *tally) add(decimal, code string) {
	if decimal == "" || t.err != nil {
		return
	}
	x, err := currency.NewAmount(decimal, code)
	if err == nil && t.sum.CurrencyCode() != "" {
		x, err = t.sum.Add(x)
	}
	if err != nil {
		t.err = fault.New(fault.Internal, "%q and the amounts before it in %s cannot be added up", decimal, code).Because(err)
		return
	}
	t.sum = x
}

// text gives the sum as an exact decimal; nothing added up is zero.
func (t *tally) text(code string) (string, error) {
	if t.sum.CurrencyCode() == "" {
		t.add("0", code)
	}
	return t.sum.Round().Number(), t.err
}
