package web

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/money"
	"quittance/internal/payout"
	"quittance/internal/web/ui"
)

func (s *site) routesPaymentSetup() {
	const nav = "payment_setup"
	s.in(nav, "GET /payment-setup", s.paymentSetup)
	s.in(nav, "GET /payment-setup/banks", needs(identity.SetUp, s.bankForm))
	s.in(nav, "POST /payment-setup/banks", needs(identity.SetUp, s.saveBank))
	s.in(nav, "GET /payment-setup/methods", needs(identity.SetUp, s.methodForm))
	s.in(nav, "POST /payment-setup/methods", needs(identity.SetUp, s.saveMethod))
}

// paymentSetup lists the company's bank accounts and the methods of payment.
func (s *site) paymentSetup(v *visit) error {
	banks, err := v.app.BankAccounts(v.ctx, v.call())
	if err != nil {
		return err
	}
	methods, err := v.app.PaymentMethods(v.ctx, v.call())
	if err != nil {
		return err
	}
	adds := func(part string) []ui.Action {
		if !v.may(identity.SetUp) {
			return nil
		}
		return []ui.Action{{Text: v.say("psetup." + part + ".new"), Href: v.path("payment-setup", part), Icon: "plus"}}
	}
	checks := []ui.Action{{Text: v.say("checks.title"), Href: v.path("checks")}}
	return v.show(ui.Page{Title: v.say("nav.payment_setup"), Lead: v.say("psetup.lead"), Actions: checks}, paymentSetupBody(v.bankTable(banks), v.methodTable(methods), adds("banks"), adds("methods")))
}

// setupCode is a code that leads to its form, for those who may change it.
func (v *visit) setupCode(part, code string) (cell ui.Cell, href string) {
	if !v.may(identity.SetUp) {
		return ui.TextCell(code), ""
	}
	href = v.path("payment-setup", part) + "?code=" + escapeQuery(code)
	return ui.LinkCell(code, href), href
}

func (v *visit) blockedBadge(blocked bool) ui.Cell {
	if blocked {
		return ui.BadgeCell(ui.Badge{Text: v.say("vendors.blocked"), Tone: "warn"})
	}
	return ui.BadgeCell(ui.Badge{Text: v.say("psetup.in_use"), Tone: "good"})
}

func (v *visit) bankTable(banks []app.BankAccountRow) ui.Table {
	t := ui.Table{ID: "banks", Caption: v.say("psetup.banks"), Columns: wide([]ui.Column{
		{Title: v.say("setup.code"), Kind: ui.Code},
		{Title: v.say("customers.name")},
		{Title: v.say("party.currency")},
		{Title: v.say("psetup.account"), Kind: ui.Code},
		{Title: v.say("psetup.number"), Kind: ui.Code},
		{Title: v.say("psetup.next_check"), Kind: ui.Count},
		{Title: v.say("party.state"), Kind: ui.Status},
	}, 3, 5), Empty: ui.Empty{Title: v.say("psetup.banks.empty"), Lead: v.say("psetup.banks.empty_lead")}}
	for _, b := range banks {
		code, href := v.setupCode("banks", b.Code)
		number := ui.TextCell(b.IBAN)
		if b.IBAN == "" {
			number = ui.Cell{Text: b.AccountNumber, Sub: b.RoutingNumber}
		}
		t.Rows = append(t.Rows, ui.Row{ID: b.Code, Href: href, Cells: []ui.Cell{
			code, {Text: b.Name, Sub: b.Bank}, ui.TextCell(b.Currency), ui.TextCell(b.Account), number, ui.TextCell(count(b.NextCheck)), v.blockedBadge(b.Blocked),
		}})
	}
	return t
}

func (v *visit) methodTable(methods []app.PaymentMethodRow) ui.Table {
	t := ui.Table{ID: "methods", Caption: v.say("psetup.methods"), Columns: wide([]ui.Column{
		{Title: v.say("setup.code"), Kind: ui.Code}, {Title: v.say("customers.name")}, {Title: v.say("psetup.kind")}, {Title: v.say("vpay.bank"), Kind: ui.Code}, {Title: v.say("psetup.grouping")}, {Title: v.say("party.state"), Kind: ui.Status},
	}, 1, 4), Empty: ui.Empty{Title: v.say("psetup.methods.empty"), Lead: v.say("psetup.methods.empty_lead")}}
	for _, m := range methods {
		code, href := v.setupCode("methods", m.Code)
		t.Rows = append(t.Rows, ui.Row{ID: m.Code, Href: href, Cells: []ui.Cell{
			code, ui.TextCell(m.Name), ui.TextCell(v.say("vpay.kind." + string(m.Kind))), ui.TextCell(m.Bank), ui.TextCell(v.say("psetup.grouping." + string(m.Grouping))), v.blockedBadge(m.Blocked),
		}})
	}
	return t
}

// showPaymentSetup shows the form of a bank account or a method.
func (v *visit) showPaymentSetup(part string, fields []ui.Field, typed url.Values, was bool, wrong error) error {
	home := v.path("payment-setup")
	w := remittanceThingView{was: was, code: typed.Get("code"), form: ui.Form{Action: v.path("payment-setup", part), Submit: v.say("form.save"), Cancel: home, Typed: typed, Err: wrong}}
	title := v.say("psetup." + part + ".new")
	if was {
		title = w.code
		fields = fields[1:] // the code stays
	}
	w.fields = fields
	page := ui.Page{Title: title, Lead: v.say("psetup." + part + ".lead"), Narrow: true, Crumbs: []ui.Link{{Text: v.say("nav.payment_setup"), Href: home}}}
	if wrong != nil {
		return v.again(wrong, page, paymentSetupForm(w))
	}
	return v.show(page, paymentSetupForm(w))
}

func (v *visit) bankFields() []ui.Field {
	return []ui.Field{
		{Name: "code", Label: v.say("setup.code"), Required: true, Mono: true, Short: true},
		{Name: "name", Label: v.say("customers.name")},
		{Name: "currency", Label: v.say("party.currency"), Hint: v.say("psetup.currency_hint"), Short: true},
		{Name: "account", Label: v.say("psetup.account"), Hint: v.say("psetup.account_hint"), Required: true, Mono: true},
		{Name: "bank", Label: v.say("psetup.bank_name")},
		{Name: "address", Type: "textarea", Label: v.say("psetup.bank_address")},
		{Name: "iban", Label: "IBAN", Hint: v.say("psetup.masked_hint"), Mono: true, Autocomplete: "off"},
		{Name: "bic", Label: "BIC", Mono: true},
		{Name: "routing_number", Label: v.say("party.routing"), Mono: true},
		{Name: "account_number", Label: v.say("party.account"), Hint: v.say("psetup.masked_hint"), Mono: true, Autocomplete: "off"},
		{Name: "next_check", Label: v.say("psetup.next_check"), Hint: v.say("psetup.next_check_hint"), Short: true},
		{Name: "stale_days", Label: v.say("psetup.stale_days"), Hint: v.say("psetup.stale_days_hint"), Short: true},
		{Name: "settings", Type: "textarea", Rows: 14, Mono: true, Label: v.say("psetup.settings"), Hint: v.say("psetup.settings_hint")},
		{Name: "blocked", Type: "checkbox", Label: v.say("vendors.blocked"), Hint: v.say("psetup.blocked_hint")},
	}
}

func (s *site) bankForm(v *visit) error {
	code := v.query("code")
	if code == "" {
		return v.showPaymentSetup("banks", v.bankFields(), url.Values{}, false, nil)
	}
	banks, err := v.app.BankAccounts(v.ctx, v.call())
	if err != nil {
		return err
	}
	for _, b := range banks {
		if b.Code != code {
			continue
		}
		settings := ""
		if b.Settings != (payout.Settings{}) {
			text, err := json.MarshalIndent(b.Settings, "", "  ")
			if err != nil {
				return err
			}
			settings = string(text)
		}
		typed := fieldsOf("code", b.Code, "name", b.Name, "currency", b.Currency, "account", b.Account, "bank", b.Bank, "address", b.Address, "iban", b.IBAN, "bic", b.BIC, "routing_number", b.RoutingNumber,
			"account_number", b.AccountNumber, "next_check", count(b.NextCheck), "stale_days", strconv.Itoa(b.StaleDays), "settings", settings, "blocked", on(b.Blocked))
		return v.showPaymentSetup("banks", v.bankFields(), typed, true, nil)
	}
	return fault.New(fault.NotFound, "%s", v.say("dsetup.gone", "row", shortName(code)))
}

// bankTyped reads the form of a bank account.
func (v *visit) bankTyped() (b app.BankAccountRow, err error) {
	b = app.BankAccountRow{
		Code: v.form("code"), Name: v.form("name"), Currency: strings.ToUpper(v.form("currency")), Account: v.form("account"), Bank: v.form("bank"), Address: strings.ReplaceAll(v.form("address"), "\r\n", "\n"),
		IBAN: v.form("iban"), BIC: v.form("bic"), RoutingNumber: v.form("routing_number"), AccountNumber: v.form("account_number"), Blocked: v.form("blocked") == "yes",
	}
	next, err := v.number("next_check")
	if err != nil {
		return b, err
	}
	b.NextCheck = int64(next)
	if b.StaleDays, err = v.number("stale_days"); err != nil {
		return b, err
	}
	text := v.form("settings")
	if text == "" {
		return b, nil
	}
	code := b.Currency
	if code == "" {
		set, err := v.app.Setup(v.ctx, v.call())
		if err != nil {
			return b, err
		}
		code = set.Currency
	}
	cur, err := money.CurrencyOf(code)
	if err != nil {
		return b, v.wrong("currency", "psetup.no_currency", "currency", shortName(code))
	}
	b.Settings, err = payout.ParseSettings([]byte(text), cur)
	return b, allAtField("settings", err)
}

// allAtField puts all that is wrong at one field; where in it, stands in the message.
func allAtField(name string, err error) error {
	if err == nil {
		return nil
	}
	var list fault.List
	for _, e := range ui.Faults(err) {
		one := *e
		if one.Field != "" && one.Field != name {
			one.Message = one.Field + ": " + one.Message
		}
		one.Field = name
		list = append(list, &one)
	}
	return list.Err()
}

// knownCode refuses a new row with a code that is there already.
func (v *visit) knownCode(was bool, code string, known bool) error {
	if !was && known {
		return v.wrong("code", "dsetup.known", "row", shortName(code))
	}
	return nil
}

func (s *site) saveBank(v *visit) error {
	was, code := v.form("was") == "yes", v.form("code")
	banks, err := v.app.BankAccounts(v.ctx, v.call())
	if err != nil {
		return err
	}
	b, err := v.bankTyped()
	if err == nil {
		err = v.knownCode(was, code, slices.ContainsFunc(banks, func(x app.BankAccountRow) bool { return x.Code == code }))
	}
	if err == nil {
		err = v.app.SaveBankAccount(v.ctx, v.call(), b)
	}
	if err != nil {
		return v.showPaymentSetup("banks", v.bankFields(), v.r.PostForm, was, err)
	}
	return v.done(v.path("payment-setup"), v.say("dsetup.saved", "row", code))
}

func (v *visit) methodFields(banks []app.BankAccountRow) []ui.Field {
	var accounts []ui.Option
	for _, b := range banks {
		accounts = append(accounts, ui.Option{Value: b.Code, Text: codeAndName(b.Code, b.Name) + " · " + b.Currency})
	}
	return []ui.Field{
		{Name: "code", Label: v.say("setup.code"), Hint: v.say("psetup.method_code_hint"), Required: true, Mono: true, Short: true},
		{Name: "name", Label: v.say("customers.name")},
		{Name: "kind", Type: "select", Label: v.say("psetup.kind"), Required: true, Options: options(v, "vpay.kind.", payout.Kinds())},
		{Name: "bank", Type: "select", Label: v.say("vpay.bank"), Required: true, Options: accounts},
		{Name: "grouping", Type: "select", Label: v.say("psetup.grouping"), Required: true, Options: options(v, "psetup.grouping.", []payout.Grouping{payout.PerVendor, payout.PerInvoice, payout.PerDate})},
		{Name: "blocked", Type: "checkbox", Label: v.say("vendors.blocked"), Hint: v.say("psetup.blocked_hint")},
	}
}

func (s *site) methodForm(v *visit) error {
	code := v.query("code")
	banks, err := v.app.BankAccounts(v.ctx, v.call())
	if err != nil {
		return err
	}
	if code == "" {
		return v.showPaymentSetup("methods", v.methodFields(banks), url.Values{}, false, nil)
	}
	methods, err := v.app.PaymentMethods(v.ctx, v.call())
	if err != nil {
		return err
	}
	for _, m := range methods {
		if m.Code == code {
			typed := fieldsOf("code", m.Code, "name", m.Name, "kind", string(m.Kind), "bank", m.Bank, "grouping", string(m.Grouping), "blocked", on(m.Blocked))
			return v.showPaymentSetup("methods", v.methodFields(banks), typed, true, nil)
		}
	}
	return fault.New(fault.NotFound, "%s", v.say("dsetup.gone", "row", shortName(code)))
}

func (s *site) saveMethod(v *visit) error {
	was := v.form("was") == "yes"
	m := app.PaymentMethodRow{Code: v.form("code"), Name: v.form("name"), Kind: payout.Kind(v.form("kind")), Bank: v.form("bank"), Grouping: payout.Grouping(v.form("grouping")), Blocked: v.form("blocked") == "yes"}
	methods, err := v.app.PaymentMethods(v.ctx, v.call())
	if err != nil {
		return err
	}
	err = v.knownCode(was, m.Code, slices.ContainsFunc(methods, func(x app.PaymentMethodRow) bool { return x.Code == m.Code }))
	if err == nil {
		err = v.app.SavePaymentMethod(v.ctx, v.call(), m)
	}
	if err != nil {
		banks, berr := v.app.BankAccounts(v.ctx, v.call())
		if berr != nil {
			return berr
		}
		return v.showPaymentSetup("methods", v.methodFields(banks), v.r.PostForm, was, err)
	}
	return v.done(v.path("payment-setup"), v.say("dsetup.saved", "row", m.Code))
}
