package web

import (
	"slices"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
	"quittance/internal/web/ui"
)

func (s *site) routesVouchers() {
	s.in("vouchers", "GET /vouchers", s.vouchers)
	s.in("vouchers", "GET /vouchers/{number}", s.voucher)
	s.in("vouchers", "GET /vouchers/{number}/reverse", needs(identity.PostVoucher, s.reverseVoucherForm))
	s.in("vouchers", "POST /vouchers/{number}/reverse", needs(identity.PostVoucher, s.reverseVoucher))
	s.in("vouchers", "GET /marks", s.allMarks)
	s.in("vouchers", "GET /parties/{party}", s.anyParty)
	s.routesPosting()
}

func (v *visit) typeOptions() (all []ui.Option) {
	for _, name := range ledger.TypeNames() {
		all = append(all, ui.Option{Value: name, Text: v.say("type." + name)})
	}
	return all
}

// vouchers lists the vouchers, the newest first.
func (s *site) vouchers(v *visit) error {
	f := app.VoucherFilter{Number: v.query("q"), Type: v.query("type"), Account: v.query("account")}
	var err error
	if f.From, f.To, err = v.span(); err != nil {
		return err
	}
	cur, err := v.app.Currency(v.ctx, v.call())
	if err != nil {
		return err
	}
	list := func(page app.Page) (app.Part[app.VoucherRow], error) {
		return v.app.Vouchers(v.ctx, v.call(), f, page)
	}
	if v.exported() {
		return export(v, "vouchers", columns([]string{"voucher", "date", "type", "party", "text", "posted_by", "posted_at"}, "total_"+cur.Code), list, func(x app.VoucherRow) []string {
			return []string{x.Number, x.Date.String(), x.Type, x.Party, x.Text, x.PostedBy, x.PostedAt, x.Total}
		})
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	page := ui.Page{Title: v.say("nav.vouchers"), Lead: v.say("vouchers.lead"), Actions: v.exports()}
	if v.may(identity.PostVoucher) {
		page.Actions = append(page.Actions, ui.Action{Text: v.say("posting.document"), Href: v.path("new-document")}, ui.Action{Text: v.say("posting.journal"), Href: v.path("new-journal"), Primary: true})
	}
	return v.show(page, vouchersBody(v.voucherList(part, cur.Code, f != app.VoucherFilter{}), v.typeOptions()))
}

func (v *visit) voucherList(part app.Part[app.VoucherRow], code string, filtered bool) ui.Table {
	t := ui.Table{
		ID: "vouchers", Caption: v.say("nav.vouchers"), Next: part.Next, After: v.query("after") != "",
		Columns: []ui.Column{
			{Title: v.say("items.voucher"), Kind: ui.Code},
			{Title: v.say("items.date"), Kind: ui.Date},
			{Title: v.say("items.type")},
			{Title: v.say("voucher.party"), Kind: ui.Code},
			{Title: v.say("voucher.text"), Wide: true},
			{Title: v.say("voucher.total"), Kind: ui.Amounts, Note: code},
			{Title: v.say("voucher.posted"), Wide: true},
		},
		Empty: ui.Empty{Title: v.say("vouchers.empty"), Lead: v.say("vouchers.empty_lead"), Action: &ui.Action{Text: v.say("customers.empty_action"), Href: v.path("import"), Primary: true}},
	}
	if filtered {
		t.Empty = ui.Empty{Title: v.say("filter.none_match"), Action: &ui.Action{Text: v.say("filter.clear"), Href: v.path("vouchers")}}
	}
	for _, x := range part.Items {
		href := v.path("vouchers", x.Number)
		t.Rows = append(t.Rows, ui.Row{ID: x.Number, Href: href, Cells: []ui.Cell{
			ui.LinkCell(x.Number, href), ui.DayCell(v.with(), x.Date), ui.TextCell(v.say("type." + x.Type)), ui.TextCell(x.Party), ui.TextCell(x.Text),
			ui.AmountCell(x.Total, code),
			{Text: x.PostedBy, Sub: ui.Instant(v.with(), x.PostedAt)},
		}})
	}
	return t
}

// voucher shows one voucher: its entries, what proves that it balances, and what it is joined to.
func (s *site) voucher(v *visit) error {
	x, err := v.app.Voucher(v.ctx, v.call(), v.r.PathValue("number"))
	if err != nil {
		return err
	}
	funds, err := v.fundTable(x)
	if err != nil {
		return err
	}
	page := ui.Page{Title: x.Number, Lead: x.Text, Crumbs: []ui.Link{{Text: v.say("nav.vouchers"), Href: v.path("vouchers")}, {Text: x.Number}}, Badges: []ui.Badge{{Text: v.say("type." + x.Type), Tone: "info"}}}
	if x.ReversedBy != "" {
		page.Badges = append(page.Badges, ui.Badge{Text: v.say("voucher.reversed"), Tone: "warn"})
	}
	if v.may(identity.PostVoucher) && x.ReversedBy == "" && x.Type != "reversal" {
		page.Actions = []ui.Action{{Text: v.say("voucher.reverse"), Href: v.path("vouchers", x.Number, "reverse"), Icon: "undo"}}
	}
	head, err := v.voucherLinks(x.Number)
	if err != nil {
		return err
	}
	return v.showApproved(page, voucherBody(append(v.voucherHead(x), head...), v.voucherTables(x.Lines, "lines"), funds), "reversal", x.Number)
}

// voucherLinks lead to the payment journal and the deductions that a voucher belongs to.
func (v *visit) voucherLinks(number string) (list []ui.Definition, err error) {
	found, err := v.app.VoucherLinks(v.ctx, v.call(), number)
	var deductions []ui.Link
	for _, l := range found {
		if l.Kind == "payment_journal" {
			line := strconv.Itoa(l.Line)
			list = append(list, ui.Definition{Name: v.say("kind.payment_journal"), Value: ui.LinkCell(v.say("payments.line_of", "journal", l.Code, "line", line), v.path("payments", l.Code, "lines", line))})
			continue
		}
		deductions = append(deductions, ui.Link{Text: l.Code, Href: v.path("deductions", l.Code)})
	}
	if len(deductions) > 0 {
		list = append(list, ui.Definition{Name: v.say("nav.deductions"), Value: ui.Cell{Body: codeLinks(deductions)}})
	}
	return list, err
}

func (v *visit) voucherHead(x *app.Voucher) []ui.Definition {
	head := []ui.Definition{
		{Name: v.say("items.date"), Value: ui.DayCell(v.with(), x.Date)},
		{Name: v.say("items.type"), Value: ui.TextCell(v.say("type." + x.Type))},
		{Name: v.say("voucher.posted_by"), Value: ui.TextCell(x.PostedBy)},
		{Name: v.say("voucher.posted_at"), Value: ui.InstantCell(v.with(), x.PostedAt)},
		{Name: v.say("voucher.reverses"), Value: ui.LinkCell(x.Reverses, v.path("vouchers", x.Reverses))},
		{Name: v.say("voucher.reversed_by"), Value: ui.LinkCell(x.ReversedBy, v.path("vouchers", x.ReversedBy))},
		{Name: v.say("voucher.trail"), Value: ui.LinkCell(v.say("voucher.trail_link"), v.path("audit")+"?subject="+escapeQuery(x.Number))},
	}
	if x.Type == "reimbursement" {
		head = append(head, ui.Definition{Name: v.say("kind.reimbursement"), Value: ui.LinkCell(x.Number, v.path("reimbursements", x.Number))})
	}
	for _, l := range x.Lines {
		if !l.DueDate.IsZero() {
			return append(head, ui.Definition{Name: v.say("items.due"), Value: ui.DayCell(v.with(), l.DueDate)})
		}
	}
	return head
}

// voucherTables shows entries, a table a currency, and where a currency is not the accounting one also what it came to in that.
// Where several vouchers stand on a page, of names the one that these are the entries of.
func (v *visit) voucherTables(lines []app.VoucherLine, id string, of ...string) templ.Component {
	var codes []string
	for _, l := range lines {
		if !slices.Contains(codes, l.Currency) {
			codes = append(codes, l.Currency)
		}
	}
	accounting := ""
	if cur, err := v.app.Currency(v.ctx, v.call()); err == nil {
		accounting = cur.Code
	}
	var parts []templ.Component
	for _, code := range codes {
		t := v.entries(lines, code, accounting, id+"-"+code)
		t.Caption = strings.Join(append(slices.Clone(of), t.Caption), ", ")
		parts = append(parts, ui.DataTable(t))
	}
	return templ.Join(parts...)
}

// entries is a table of the entries in a currency.
func (v *visit) entries(lines []app.VoucherLine, code, accounting, id string) ui.Table {
	t := ui.Table{ID: id, Caption: v.say("voucher.entries", "currency", code), Dense: true, Columns: []ui.Column{
		{Title: v.say("voucher.account"), Kind: ui.Code},
		{Title: v.say("voucher.party"), Kind: ui.Code},
		{Title: v.say("voucher.text"), Wide: true},
		{Title: v.say("items.debit"), Kind: ui.Amounts, Note: code},
		{Title: v.say("items.credit"), Kind: ui.Amounts, Note: code},
	}}
	foreign := code != accounting
	if foreign {
		t.Columns = append(t.Columns, ui.Column{Title: v.say("items.debit"), Kind: ui.Amounts, Note: accounting, Wide: true}, ui.Column{Title: v.say("items.credit"), Kind: ui.Amounts, Note: accounting, Wide: true})
	}
	var debits, credits tally
	for _, l := range lines {
		if l.Currency != code {
			continue
		}
		debits.add(l.Debit, code)
		credits.add(l.Credit, code)
		row := ui.Row{Cells: []ui.Cell{
			ui.LinkCell(l.Account, v.path("accounts", l.Account)), v.partyCell(l), ui.TextCell(strings.TrimSpace(l.Text + " " + l.Classification)),
			ui.AmountCell(l.Debit, code, true), ui.AmountCell(l.Credit, code, true),
		}}
		if foreign {
			row.Cells = append(row.Cells, ui.AmountCell(l.AccountingDebit, accounting, true), ui.AmountCell(l.AccountingCredit, accounting, true))
		}
		t.Rows = append(t.Rows, row)
	}
	debit, err := debits.text(code)
	credit, err2 := credits.text(code)
	if err == nil && err2 == nil {
		t.Sums = []ui.Cell{ui.TextCell(v.say("table.sum")), {}, {}, ui.AmountCell(debit, code), ui.AmountCell(credit, code)}
		if foreign {
			t.Sums = append(t.Sums, ui.Cell{}, ui.Cell{})
		}
	}
	return t
}

// partyCell leads to the customer or vendor of an entry. Both have codes of their own; where it is not said which it is, the search does.
func (v *visit) partyCell(l app.VoucherLine) ui.Cell {
	if l.Party == "" {
		return ui.Cell{}
	}
	return ui.LinkCell(l.Party, v.path("parties", l.Party))
}

// fundTable proves that a voucher balances within each value of the balancing dimensions, in accounting currency.
func (v *visit) fundTable(x *app.Voucher) (ui.Table, error) {
	b, err := v.layout()
	if err != nil {
		return ui.Table{}, err
	}
	var funds []string
	sums := map[string]*[2]tally{}
	for _, l := range x.Lines {
		fund := b.fund(l.Account)
		if sums[fund] == nil {
			sums[fund] = &[2]tally{}
			funds = append(funds, fund)
		}
		sums[fund][0].add(l.AccountingDebit, b.currency)
		sums[fund][1].add(l.AccountingCredit, b.currency)
	}
	slices.Sort(funds)
	t := ui.Table{ID: "proof", Caption: v.say("voucher.proof"), Dense: true, Columns: []ui.Column{
		{Title: b.fundTitle(v)}, {Title: v.say("items.debit"), Kind: ui.Amounts, Note: b.currency}, {Title: v.say("items.credit"), Kind: ui.Amounts, Note: b.currency}, {Title: v.say("voucher.balances"), Kind: ui.Status},
	}}
	for _, fund := range funds {
		debit, err := sums[fund][0].text(b.currency)
		if err != nil {
			return t, err
		}
		credit, err := sums[fund][1].text(b.currency)
		if err != nil {
			return t, err
		}
		state := ui.Badge{Text: v.say("voucher.balanced"), Tone: "good"}
		if debit != credit {
			state = ui.Badge{Text: v.say("voucher.unbalanced"), Tone: "bad"}
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []ui.Cell{{Text: fund, Sub: b.names[fund]}, ui.AmountCell(debit, b.currency), ui.AmountCell(credit, b.currency), ui.BadgeCell(state)}})
	}
	return t, nil
}

func (v *visit) reverseStep(number string) step {
	return step{
		title: v.say("undo.title", "voucher", number), lead: v.say("undo.lead"),
		form: ui.Form{Action: v.path("vouchers", number, "reverse"), Submit: v.say("effect.show"), Cancel: v.path("vouchers", number)},
		fields: []ui.Field{
			{Name: "reason", Label: v.say("party.reason"), Hint: v.say("undo.reason_hint"), Required: true},
			{Name: "date", Type: "date", Label: v.say("items.date"), Hint: v.say("settle.date_hint"), Short: true},
		},
	}
}

func (v *visit) voucherPage(number string) ui.Page {
	return ui.Page{Narrow: true, Crumbs: []ui.Link{{Text: v.say("nav.vouchers"), Href: v.path("vouchers")}, {Text: number, Href: v.path("vouchers", number)}}}
}

func (s *site) reverseVoucherForm(v *visit) error {
	number := v.r.PathValue("number")
	return v.showStep(v.voucherPage(number), v.reverseStep(number), nil)
}

func (s *site) reverseVoucher(v *visit) error {
	number := v.r.PathValue("number")
	st := v.reverseStep(number)
	date, err := v.day("date")
	switch {
	case err != nil:
	case v.confirmed():
		reversal, rerr := v.app.ReverseVoucher(v.ctx, v.call(), number, date, v.form("reason"))
		if err = rerr; err == nil {
			return v.done(v.path("vouchers", reversal), v.say("undo.done", "voucher", number, "reversal", reversal))
		}
	default:
		if st.effect, err = v.app.PreviewReverseVoucher(v.ctx, v.call(), number, date, v.form("reason")); err == nil {
			st.do = ui.Form{Action: st.form.Action, Submit: v.say("undo.submit", "voucher", number), Danger: true}
		}
	}
	return v.showStep(v.voucherPage(number), st, err)
}

// anyParty leads from the code of a party, as an entry names it, to its page.
func (s *site) anyParty(v *visit) error {
	code := v.r.PathValue("party")
	for _, p := range bothSides {
		if _, err := v.app.Items(v.ctx, v.call(), app.ItemFilter{Side: p.side, Party: code}, app.Page{Limit: 1}); err == nil {
			p.code = code
			return v.redirect(p.path(v))
		}
	}
	_, err := v.app.Party(v.ctx, v.call(), openitem.Customers, code, false)
	return err
}
