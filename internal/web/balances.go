package web

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/web/ui"
)

func (s *site) routesBalances() {
	s.in("trial_balance", "GET /trial-balance", s.trialBalance)
	s.in("trial_balance", "GET /accounts/{account}", s.account)
	s.in("trial_balance", "GET /accounts/{account}/entries", s.entryList)
}

// layout says what the parts of a ledger account mean.
type layout struct {
	currency  string
	segments  []string
	main      int
	balancing []int
	accounts  map[string]string // names of main accounts
	names     map[string]string // names of values of the first balancing dimension
}

func (v *visit) layout() (layout, error) {
	set, err := v.app.Setup(v.ctx, v.call())
	if err != nil {
		return layout{}, err
	}
	b := layout{currency: set.Currency, segments: strings.Split(set.AccountFormat, "-"), accounts: map[string]string{}, names: map[string]string{}}
	for i, s := range b.segments {
		if s == "Main" {
			b.main = i
		}
		for _, d := range set.Dimensions {
			if d.Name != s || !d.Balancing {
				continue
			}
			if len(b.balancing) == 0 {
				for _, x := range d.Values {
					b.names[x.Code] = x.Name
				}
			}
			b.balancing = append(b.balancing, i)
		}
	}
	for _, a := range set.Accounts {
		b.accounts[a.Account] = a.Name
	}
	return b, nil
}

func segment(account string, at int) string {
	parts := strings.Split(account, "-")
	if at < len(parts) {
		return parts[at]
	}
	return ""
}

// mainOf gives the main account of a ledger account, or of a main account itself.
func (b layout) mainOf(account string) string {
	if !strings.Contains(account, "-") && b.accounts[account] != "" {
		return account
	}
	return segment(account, b.main)
}

// fund gives the values of the balancing dimensions.
func (b layout) fund(account string) string {
	var values []string
	for _, at := range b.balancing {
		values = append(values, segment(account, at))
	}
	return strings.Join(values, "-")
}

// fundTitle names the balancing dimensions.
func (b layout) fundTitle(v *visit) string {
	var names []string
	for _, at := range b.balancing {
		names = append(names, b.segments[at])
	}
	if len(names) == 0 {
		return v.say("balance.company")
	}
	return strings.Join(names, "-")
}

// balanceSums are a debit and a credit that grow.
type balanceSums struct{ debit, credit, balance tally }

func (s *balanceSums) add(x app.Balance, code string) {
	s.debit.add(x.Debit, code)
	s.credit.add(x.Credit, code)
	s.balance.add(x.Balance, code)
}

// row gives the sums as a line of a trial balance.
func (s *balanceSums) row(account, code string) (x app.Balance, err error) {
	x.Account = account
	var errs [3]error
	x.Debit, errs[0] = s.debit.text(code)
	x.Credit, errs[1] = s.credit.text(code)
	x.Balance, errs[2] = s.balance.text(code)
	return x, cmp.Or(errs[:]...)
}

// grouped adds up the lines of a trial balance by a part of their accounts, in order.
func grouped(lines []app.Balance, code string, by func(account string) string) ([]app.Balance, error) {
	all := map[string]*balanceSums{}
	for _, l := range lines {
		k := by(l.Account)
		if all[k] == nil {
			all[k] = &balanceSums{}
		}
		all[k].add(l, code)
	}
	var out []app.Balance
	for _, k := range slices.Sorted(maps.Keys(all)) {
		x, err := all[k].row(k, code)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, nil
}

// trialBalance shows what stands on every account up to a day: by main account, by fund, or by ledger account.
func (s *site) trialBalance(v *visit) error {
	upTo, err := v.day("date")
	if err != nil {
		return err
	}
	b, err := v.layout()
	if err != nil {
		return err
	}
	all, code, err := v.app.TrialBalance(v.ctx, v.call(), upTo)
	if err != nil {
		return err
	}
	if fund := v.query("fund"); fund != "" {
		all = slices.DeleteFunc(all, func(x app.Balance) bool { return b.fund(x.Account) != fund })
	}
	total, err := grouped(all, code, func(string) string { return "" })
	if err != nil {
		return err
	}
	by := v.query("by")
	switch by {
	case "fund":
		all, err = grouped(all, code, b.fund)
	case "account":
	default:
		by = "main"
		all, err = grouped(all, code, b.mainOf)
	}
	if err != nil {
		return err
	}
	if v.exported() {
		return export(v, "trial-balance", columns([]string{"account", "name"}, "debit", "credit", "balance"), whole(all), func(x app.Balance) []string {
			return []string{x.Account, b.nameOf(x.Account, by), x.Debit, x.Credit, x.Balance}
		})
	}
	tabs := []ui.Tab{}
	for _, t := range []string{"main", "fund", "account"} {
		text := v.say("balance.by." + t)
		if t == "fund" {
			text = v.say("balance.by.fund", "fund", b.fundTitle(v))
		}
		tabs = append(tabs, ui.Tab{Text: text, Href: ui.Here(v.with(), "by", t, "fund", ""), Here: t == by})
	}
	page := ui.Page{Title: v.say("nav.trial_balance"), Lead: v.say("balance.lead"), Actions: v.exports()}
	return v.show(page, templ.Join(ui.Tabs(v.say("nav.trial_balance"), tabs), balancesBody(v.balanceTable(b, all, total, by, upTo), b.fundOptions(), b.fundTitle(v), by)))
}

func (b layout) fundOptions() (all []ui.Option) {
	if len(b.balancing) != 1 {
		return nil
	}
	for _, code := range slices.Sorted(maps.Keys(b.names)) {
		all = append(all, ui.Option{Value: code, Text: code + " " + b.names[code]})
	}
	return all
}

func (b layout) nameOf(account, by string) string {
	if by == "fund" {
		return b.names[account]
	}
	return b.accounts[b.mainOf(account)]
}

func (v *visit) balanceTable(b layout, lines, total []app.Balance, by string, upTo civil.Date) ui.Table {
	t := ui.Table{ID: "balances", Caption: v.say("nav.trial_balance"), Columns: []ui.Column{
		{Title: v.say("voucher.account"), Kind: ui.Code},
		{Title: v.say("customers.name")},
		{Title: v.say("items.debit"), Kind: ui.Amounts, Note: b.currency},
		{Title: v.say("items.credit"), Kind: ui.Amounts, Note: b.currency},
		{Title: v.say("statement.balance"), Kind: ui.Amounts, Note: b.currency},
	}, Empty: ui.Empty{Title: v.say("balance.empty"), Lead: v.say("balance.empty_lead")}}
	if by == "fund" {
		t.Columns[0].Title = b.fundTitle(v)
	}
	for _, x := range lines {
		href := v.path("accounts", x.Account)
		if !upTo.IsZero() {
			href += "?to=" + upTo.String()
		}
		if by == "fund" {
			href = ui.Here(v.with(), "by", "main", "fund", x.Account)
		}
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{
			ui.LinkCell(cmp.Or(x.Account, "–"), href), ui.TextCell(b.nameOf(x.Account, by)), linked(ui.AmountCell(x.Debit, b.currency), href), linked(ui.AmountCell(x.Credit, b.currency), href), linked(ui.AmountCell(x.Balance, b.currency), href),
		}})
	}
	for _, x := range total {
		t.Sums = []ui.Cell{ui.TextCell(v.say("table.sum")), {}, ui.AmountCell(x.Debit, b.currency), ui.AmountCell(x.Credit, b.currency), ui.AmountCell(x.Balance, b.currency)}
	}
	return t
}

// accountPage is the head of the pages of an account.
func (v *visit) accountPage(b layout, account, tab string) (ui.Page, templ.Component) {
	title := account
	if name := b.accounts[b.mainOf(account)]; name != "" {
		title += " · " + name
	}
	page := ui.Page{Title: title, Actions: v.exports(), Crumbs: []ui.Link{{Text: v.say("nav.trial_balance"), Href: v.path("trial-balance")}, {Text: account}}}
	query := ""
	if from, to := v.query("from"), v.query("to"); from+to != "" {
		query = "?from=" + escapeQuery(from) + "&to=" + escapeQuery(to)
	}
	return page, ui.Tabs(account, []ui.Tab{
		{Text: v.say("account.days"), Href: v.path("accounts", account) + query, Here: tab == "days"},
		{Text: v.say("account.entries"), Href: v.path("accounts", account, "entries") + query, Here: tab == "entries"},
	})
}

func (v *visit) entryFilter() (f app.EntryFilter, err error) {
	f.Account = v.r.PathValue("account")
	f.From, f.To, err = v.span()
	return f, err
}

// account shows what an account, or all ledger accounts of a main account, moved day by day.
func (s *site) account(v *visit) error {
	f, err := v.entryFilter()
	if err != nil {
		return err
	}
	list := func(page app.Page) (app.Part[app.AccountDay], error) {
		return v.app.AccountDays(v.ctx, v.call(), f, page)
	}
	if v.exported() {
		return export(v, f.Account+"-days", columns([]string{"date", "account"}, "debit", "credit"), list, func(x app.AccountDay) []string {
			return []string{x.Date.String(), x.Account, x.Debit, x.Credit}
		})
	}
	b, err := v.layout()
	if err != nil {
		return err
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	page, tabs := v.accountPage(b, f.Account, "days")
	t := ui.Table{ID: "days", Caption: v.say("account.days"), Next: part.Next, After: v.query("after") != "", Columns: []ui.Column{
		{Title: v.say("items.date"), Kind: ui.Date}, {Title: v.say("voucher.account"), Kind: ui.Code}, {Title: v.say("items.debit"), Kind: ui.Amounts, Note: b.currency}, {Title: v.say("items.credit"), Kind: ui.Amounts, Note: b.currency},
	}, Empty: ui.Empty{Title: v.say("account.empty"), Lead: v.say("account.empty_lead")}}
	for _, x := range part.Items {
		href := v.path("accounts", x.Account, "entries") + "?from=" + x.Date.String() + "&to=" + x.Date.String()
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{
			linked(ui.DayCell(v.with(), x.Date), href), ui.LinkCell(x.Account, v.path("accounts", x.Account)), linked(ui.AmountCell(x.Debit, b.currency, true), href), linked(ui.AmountCell(x.Credit, b.currency, true), href),
		}})
	}
	return v.show(page, templ.Join(tabs, spanBody(t)))
}

// entryList shows the entries of an account, each with its voucher.
func (s *site) entryList(v *visit) error {
	f, err := v.entryFilter()
	if err != nil {
		return err
	}
	list := func(page app.Page) (app.Part[app.EntryRow], error) {
		return v.app.Entries(v.ctx, v.call(), f, page)
	}
	if v.exported() {
		return export(v, f.Account+"-entries", columns([]string{"date", "voucher", "type", "account", "party", "text", "currency"}, "debit", "credit", "accounting_debit", "accounting_credit"), list, func(x app.EntryRow) []string {
			return []string{x.Date.String(), x.Voucher, x.Type, x.Account, x.Party, x.Text, x.Currency, x.Debit, x.Credit, x.AccountingDebit, x.AccountingCredit}
		})
	}
	b, err := v.layout()
	if err != nil {
		return err
	}
	part, err := list(v.part())
	if err != nil {
		return err
	}
	page, tabs := v.accountPage(b, f.Account, "entries")
	t := ui.Table{ID: "entries", Caption: v.say("account.entries"), Next: part.Next, After: v.query("after") != "", Columns: []ui.Column{
		{Title: v.say("items.date"), Kind: ui.Date},
		{Title: v.say("items.voucher"), Kind: ui.Code},
		{Title: v.say("items.type"), Wide: true},
		{Title: v.say("voucher.account"), Kind: ui.Code, Wide: true},
		{Title: v.say("voucher.party"), Kind: ui.Code, Wide: true},
		{Title: v.say("voucher.text"), Wide: true},
		{Title: v.say("items.debit"), Kind: ui.Amounts, Note: b.currency},
		{Title: v.say("items.credit"), Kind: ui.Amounts, Note: b.currency},
	}, Empty: ui.Empty{Title: v.say("account.empty"), Lead: v.say("account.empty_lead")}}
	for _, x := range part.Items {
		href := v.path("vouchers", x.Voucher)
		party := ui.Cell{}
		if x.Party != "" {
			party = ui.LinkCell(x.Party, v.path("parties", x.Party))
		}
		t.Rows = append(t.Rows, ui.Row{Href: href, Cells: []ui.Cell{
			ui.DayCell(v.with(), x.Date), ui.LinkCell(x.Voucher, href), ui.TextCell(v.say("type." + x.Type)), ui.TextCell(x.Account), party, ui.TextCell(x.Text),
			ui.AmountCell(x.AccountingDebit, b.currency, true), ui.AmountCell(x.AccountingCredit, b.currency, true),
		}})
	}
	return v.show(page, templ.Join(tabs, spanBody(t)))
}
