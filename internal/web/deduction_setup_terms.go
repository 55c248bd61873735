package web

import (
	"strconv"

	"quittance/internal/app"
	"quittance/internal/deduction"
	"quittance/internal/web/ui"
)

var termsList = setupList{
	kind: "terms", key: []string{"terms"}, names: []string{"terms", "name", "net_days", "discount_days", "discount_rate"},
	columns: func(v *visit, _ *app.DeductionSetup) []ui.Column {
		all := v.heads("terms", ui.Code, "name", ui.Text, "net_days", ui.Count, "discount_days", ui.Count, "discount_rate", ui.Count)
		all[4].Note = "%"
		return all
	},
	rows: func(v *visit, set *app.DeductionSetup) (all []setupRow) {
		for _, x := range set.Terms {
			r := setupRow{typed: fieldsOf("terms", x.Terms, "name", x.Name, "net_days", strconv.Itoa(x.NetDays), "discount_days", someNumber(x.DiscountDays), "discount_rate", x.DiscountRate)}
			r.cells = []ui.Cell{ui.TextCell(x.Terms), ui.TextCell(x.Name), ui.CountCell(v.with(), int64(x.NetDays)), ui.TextCell(someNumber(x.DiscountDays)), {}}
			if !ui.Zero(x.DiscountRate) {
				r.cells[4] = ui.TextCell(x.DiscountRate)
			}
			all = append(all, r)
		}
		return all
	},
	fields: func(v *visit, _ *setupChoices) []ui.Field {
		return v.labels(ui.Field{Name: "terms", Required: true, Mono: true}, ui.Field{Name: "name", Required: true}, ui.Field{Name: "net_days", Required: true, Short: true}, ui.Field{Name: "discount_days", Short: true}, ui.Field{Name: "discount_rate", Short: true})
	},
	read: func(v *visit) (app.DeductionSetupRow, error) {
		net, err := v.number("net_days")
		if err != nil {
			return nil, err
		}
		days, err := v.number("discount_days")
		return &app.PaymentTerms{Terms: v.form("terms"), Name: v.form("name"), NetDays: net, DiscountDays: days, DiscountRate: v.form("discount_rate")}, err
	},
}

// customerTermsList has no table: a customer has its terms, and the list of customers is long.
var customerTermsList = setupList{
	kind: "customer_terms", inside: "terms", key: []string{"customer"}, names: []string{"customer", "terms"},
	fields: func(v *visit, c *setupChoices) []ui.Field {
		terms := []ui.Option{{Text: "–"}}
		for _, x := range c.set.Terms {
			terms = append(terms, ui.Option{Value: x.Terms, Text: codeAndName(x.Terms, x.Name)})
		}
		return v.labels(ui.Field{Name: "customer", Required: true, Mono: true}, ui.Field{Name: "terms", Type: "select", Required: true, Options: terms})
	},
	read: func(v *visit) (app.DeductionSetupRow, error) {
		return &app.CustomerTerms{Customer: v.form("customer"), Terms: v.form("terms")}, nil
	},
}

var discountList = setupList{
	kind: "discount_accounts", inside: "terms", key: []string{"scope", "code"}, names: []string{"scope", "code", "discount_account"},
	columns: func(v *visit, _ *app.DeductionSetup) []ui.Column {
		return v.heads("profile_scope", ui.Text, "profile_code", ui.Code, "discount_account", ui.Code)
	},
	rows: func(v *visit, set *app.DeductionSetup) (all []setupRow) {
		for _, x := range set.Discounts {
			all = append(all, setupRow{typed: fieldsOf("scope", x.Scope, "code", x.Code, "discount_account", x.Account), cells: []ui.Cell{ui.TextCell(v.say("scope." + x.Scope)), ui.TextCell(x.Code), ui.TextCell(x.Account)}})
		}
		return all
	},
	fields: func(v *visit, _ *setupChoices) []ui.Field {
		return []ui.Field{
			{Name: "scope", Label: v.say("dsetup.f.profile_scope"), Type: "select", Required: true, Options: v.optionsOf("scope.", deduction.PlanScopes)},
			{Name: "code", Label: v.say("dsetup.f.profile_code"), Hint: v.say("dsetup.h.profile_code"), Mono: true},
			v.label(ui.Field{Name: "discount_account", Required: true, Mono: true}),
		}
	},
	read: func(v *visit) (app.DeductionSetupRow, error) {
		return &app.DiscountAccount{Scope: v.form("scope"), Code: v.form("code"), Account: v.form("discount_account")}, nil
	},
}
