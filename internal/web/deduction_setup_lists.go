package web

import (
	"context"
	"net/url"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/deduction"
	"quittance/internal/web/ui"
)

// words are options whose texts stand in a group of the catalogue.
func words(ctx context.Context, group string, values []string) (all []ui.Option) {
	for _, x := range values {
		all = append(all, ui.Option{Value: x, Text: ui.T(ctx, group+x)})
	}
	return all
}

// orNone is options with one that chooses nothing before them.
func orNone(text string, options []ui.Option) []ui.Option {
	return append([]ui.Option{{Text: text}}, options...)
}

// heads are the columns of a list by the names of its fields, each of a kind.
func (v *visit) heads(pairs ...any) (all []ui.Column) {
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, ui.Column{Title: v.say("dsetup.f." + pairs[i].(string)), Kind: pairs[i+1].(ui.Kind)})
	}
	return all
}

// wide leaves columns out on narrow screens.
func wide(columns []ui.Column, at ...int) []ui.Column {
	for _, i := range at {
		columns[i].Wide = true
	}
	return columns
}

// label is a field with its label, and its hint where there is one.
func (v *visit) label(f ui.Field) ui.Field {
	f.Label = v.say("dsetup.f." + f.Name)
	if key := "dsetup.h." + f.Name; v.frame.Lang.Has(key) && f.Hint == "" {
		f.Hint = v.say(key)
	}
	return f
}

func (v *visit) labels(fields ...ui.Field) []ui.Field {
	for i, f := range fields {
		fields[i] = v.label(f)
	}
	return fields
}

// fieldsOf makes the fields of a row: pairs of name and value, those without a value left out.
func fieldsOf(pairs ...string) url.Values {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			values.Set(pairs[i], pairs[i+1])
		}
	}
	return values
}

// stateBadge is a word for a choice; the blank one is what holds elsewhere.
func (v *visit) holdWord(hold, otherwise string) ui.Cell {
	if hold == "" {
		return ui.Cell{Sub: v.say(otherwise)}
	}
	return ui.TextCell(v.say("deduction.hold." + hold))
}

func (v *visit) evidenceWords(types []string) ui.Cell {
	var all []string
	for _, t := range types {
		all = append(all, v.say("deduction.evidence."+t))
	}
	return ui.TextCell(strings.Join(all, ", "))
}

// anyone is a code, or that everyone is meant.
func (v *visit) anyone(code string) ui.Cell {
	if code == "" {
		return ui.TextCell(v.say("dsetup.everyone"))
	}
	return ui.TextCell(code)
}

var typeList = setupList{
	kind: "types", key: []string{"type"}, names: []string{"type", "name", "kind", "hold", "offset_account"},
	columns: func(v *visit, _ *app.DeductionSetup) []ui.Column {
		return v.heads("type", ui.Code, "name", ui.Text, "kind", ui.Text, "hold", ui.Text, "offset_account", ui.Code)
	},
	rows: func(v *visit, set *app.DeductionSetup) (all []setupRow) {
		for _, x := range set.Types {
			all = append(all, setupRow{
				typed: fieldsOf("type", x.Type, "name", x.Name, "kind", x.Treat, "hold", x.Hold, "offset_account", x.Offset),
				cells: []ui.Cell{ui.TextCell(x.Type), ui.TextCell(x.Name), ui.TextCell(v.say("deduction.type_kind." + x.Treat)), v.holdWord(x.Hold, "dsetup.hold_company"), ui.TextCell(x.Offset)},
			})
		}
		return all
	},
	fields: func(v *visit, _ *setupChoices) []ui.Field {
		return v.labels(
			ui.Field{Name: "type", Required: true, Mono: true}, ui.Field{Name: "name", Required: true},
			ui.Field{Name: "kind", Type: "select", Required: true, Options: v.optionsOf("deduction.type_kind.", deduction.TypeKinds)},
			ui.Field{Name: "hold", Type: "select", Hint: v.say("dsetup.h.type_hold"), Options: orNone(v.say("dsetup.hold_company"), v.optionsOf("deduction.hold.", deduction.Holds))},
			ui.Field{Name: "offset_account", Mono: true},
		)
	},
	read: func(v *visit) (app.DeductionSetupRow, error) {
		return &app.DeductionType{Type: v.form("type"), Name: v.form("name"), Treat: v.form("kind"), Hold: v.form("hold"), Offset: v.form("offset_account")}, nil
	},
}

var reasonList = setupList{
	kind: "reasons", key: []string{"reason"}, fresh: url.Values{"active": {"yes"}},
	names: []string{"reason", "name", "group", "type", "account", "plan", "hold", "evidence", "owner", "team", "small_amount", "credit_check", "active"},
	columns: func(v *visit, set *app.DeductionSetup) []ui.Column {
		all := v.heads("reason", ui.Code, "name", ui.Text, "group", ui.Text, "type", ui.Text, "account", ui.Text, "hold", ui.Text, "evidence", ui.Text, "owner", ui.Text, "small_amount", ui.Amounts, "active", ui.Status)
		all[8].Note = set.Currency
		return wide(all, 5, 6, 7)
	},
	rows: func(v *visit, set *app.DeductionSetup) (all []setupRow) {
		for i := range set.Reasons {
			all = append(all, v.reasonRow(set, &set.Reasons[i]))
		}
		return all
	},
	fields: func(v *visit, c *setupChoices) []ui.Field {
		return v.labels(
			ui.Field{Name: "reason", Required: true, Mono: true}, ui.Field{Name: "name", Required: true}, ui.Field{Name: "group"},
			ui.Field{Name: "type", Type: "select", Hint: v.say("dsetup.h.reason_type"), Options: c.types},
			ui.Field{Name: "account", Mono: true}, ui.Field{Name: "plan", Type: "select", Options: c.plans},
			ui.Field{Name: "hold", Type: "select", Options: orNone(v.say("dsetup.hold_type"), v.optionsOf("deduction.hold.", deduction.Holds))},
			ui.Field{Name: "owner"}, ui.Field{Name: "team"}, ui.Field{Name: "small_amount", Short: true},
			ui.Field{Name: "credit_check", Type: "checkbox"}, ui.Field{Name: "active", Type: "checkbox"}, ui.Field{Name: "evidence"},
		)
	},
	read: func(v *visit) (app.DeductionSetupRow, error) {
		return &app.DeductionReason{
			Reason: v.form("reason"), Name: v.form("name"), Group: v.form("group"), Type: v.form("type"), Account: v.form("account"), Plan: v.form("plan"), Hold: v.form("hold"), Evidence: v.r.PostForm["evidence"],
			Owner: v.form("owner"), Team: v.form("team"), Small: v.form("small_amount"), CreditCheck: v.form("credit_check") == "yes", Active: v.form("active") == "yes",
		}, nil
	},
}

func (v *visit) reasonRow(set *app.DeductionSetup, x *app.DeductionReason) setupRow {
	r := setupRow{typed: fieldsOf("reason", x.Reason, "name", x.Name, "group", x.Group, "type", x.Type, "account", x.Account, "plan", x.Plan, "hold", x.Hold, "owner", x.Owner, "team", x.Team, "small_amount", x.Small, "credit_check", on(x.CreditCheck), "active", on(x.Active))}
	r.typed["evidence"] = x.Evidence
	if ui.Zero(x.Small) {
		r.typed.Del("small_amount")
	}
	state := ui.Badge{Text: v.say("dsetup.in_use"), Tone: "good"}
	if !x.Active {
		state, r.tone = ui.Badge{Text: v.say("dsetup.out_of_use")}, "muted"
	}
	account := ui.TextCell(x.Account)
	if x.Plan != "" {
		account.Sub = v.say("dsetup.plan_of", "plan", x.Plan)
	}
	r.cells = []ui.Cell{
		ui.TextCell(x.Reason), ui.TextCell(x.Name), ui.TextCell(x.Group), ui.TextCell(x.Type), account, v.holdWord(x.Hold, "dsetup.hold_type"), v.evidenceWords(x.Evidence),
		{Text: x.Owner, Sub: x.Team},
		ui.AmountCell(x.Small, set.Currency, true), ui.BadgeCell(state),
	}
	return r
}

var limitList = setupList{
	kind: "limits", key: []string{"scope", "code"}, names: []string{"scope", "code", "amount"},
	columns: func(v *visit, set *app.DeductionSetup) []ui.Column {
		all := v.heads("scope", ui.Text, "limit_code", ui.Code, "amount", ui.Amounts)
		all[2].Note = set.Currency
		return all
	},
	rows: func(v *visit, set *app.DeductionSetup) (all []setupRow) {
		for _, x := range set.Limits {
			all = append(all, setupRow{
				typed: fieldsOf("scope", x.Scope, "code", x.Code, "amount", x.Amount),
				cells: []ui.Cell{ui.TextCell(v.say("dsetup.scope." + x.Scope)), ui.TextCell(x.Code), ui.AmountCell(x.Amount, set.Currency)},
			})
		}
		return all
	},
	fields: func(v *visit, c *setupChoices) []ui.Field {
		return []ui.Field{
			v.label(ui.Field{Name: "scope", Type: "select", Required: true, Options: v.optionsOf("dsetup.scope.", deduction.LimitScopes)}),
			{Name: "code", Label: v.say("dsetup.f.limit_code"), Hint: v.say("dsetup.h.limit_code"), Mono: true},
			{Name: "amount", Label: v.say("dsetup.f.amount"), Hint: v.say("dsetup.h.limit_amount", "currency", c.set.Currency), Required: true, Short: true},
		}
	},
	read: func(v *visit) (app.DeductionSetupRow, error) {
		return &app.WriteOffLimit{Scope: v.form("scope"), Code: v.form("code"), Amount: v.form("amount")}, nil
	},
}

var ruleList = setupList{
	kind: "rules", key: []string{"customer", "reason", "from"}, fresh: url.Values{"window_from": {"invoice"}},
	names: []string{"customer", "reason", "from", "to", "window_days", "window_from", "earliest_days", "attempts", "answer_days", "evidence"},
	columns: func(v *visit, _ *app.DeductionSetup) []ui.Column {
		return wide(v.heads("customer", ui.Code, "reason", ui.Code, "from", ui.Date, "to", ui.Date, "window_days", ui.Count, "window_from", ui.Text, "earliest_days", ui.Count, "attempts", ui.Count, "answer_days", ui.Count, "evidence", ui.Text), 6, 7, 8, 9)
	},
	rows: func(v *visit, set *app.DeductionSetup) (all []setupRow) {
		for i := range set.Rules {
			all = append(all, v.ruleRow(&set.Rules[i]))
		}
		return all
	},
	fields: func(v *visit, c *setupChoices) []ui.Field {
		return v.labels(
			ui.Field{Name: "customer", Mono: true, Hint: v.say("dsetup.h.rule_customer")}, ui.Field{Name: "reason", Type: "select", Hint: v.say("dsetup.h.rule_reason"), Options: orNone(v.say("dsetup.everyone"), c.reasons[1:])},
			ui.Field{Name: "from", Type: "date", Required: true, Short: true}, ui.Field{Name: "to", Type: "date", Short: true, Hint: v.say("dsetup.h.until")},
			ui.Field{Name: "window_days", Required: true, Short: true}, ui.Field{Name: "window_from", Type: "select", Required: true, Options: v.optionsOf("dsetup.window.", deduction.WindowFroms)},
			ui.Field{Name: "earliest_days", Short: true}, ui.Field{Name: "attempts", Short: true}, ui.Field{Name: "answer_days", Short: true}, ui.Field{Name: "evidence"},
		)
	},
	read: readRule,
}

func (v *visit) ruleRow(x *app.DisputeRule) setupRow {
	r := setupRow{typed: fieldsOf("customer", x.Customer, "reason", x.Reason, "from", x.From.String(), "to", x.To.String(), "window_days", strconv.Itoa(x.Window), "window_from", x.WindowFrom, "earliest_days", someNumber(x.Earliest), "attempts", someNumber(x.Attempts), "answer_days", someNumber(x.Answer))}
	r.typed["evidence"] = x.Evidence
	number := func(n int) ui.Cell { return ui.CountCell(v.with(), int64(n)) }
	attempts := number(x.Attempts)
	if x.Attempts == 0 {
		attempts = ui.TextCell(v.say("dsetup.any_number"))
	}
	r.cells = []ui.Cell{
		v.anyone(x.Customer), v.anyone(x.Reason), ui.DayCell(v.with(), x.From), ui.DayCell(v.with(), x.To), number(x.Window), ui.TextCell(v.say("dsetup.window." + x.WindowFrom)),
		number(x.Earliest), attempts, number(x.Answer), v.evidenceWords(x.Evidence),
	}
	return r
}

func readRule(v *visit) (app.DeductionSetupRow, error) {
	r := &app.DisputeRule{Customer: v.form("customer"), Reason: v.form("reason"), WindowFrom: v.form("window_from"), Evidence: v.r.PostForm["evidence"]}
	var err error
	if r.From, err = v.day("from"); err != nil {
		return nil, err
	}
	if r.To, err = v.day("to"); err != nil {
		return nil, err
	}
	for name, to := range map[string]*int{"window_days": &r.Window, "earliest_days": &r.Earliest, "attempts": &r.Attempts, "answer_days": &r.Answer} {
		if *to, err = v.number(name); err != nil {
			return nil, err
		}
	}
	return r, nil
}

var setupCustomerList = setupList{
	kind: "customers", key: []string{"customer"}, names: []string{"customer", "owner", "small_amount"},
	columns: func(v *visit, set *app.DeductionSetup) []ui.Column {
		all := v.heads("customer", ui.Code, "owner", ui.Text, "small_amount", ui.Amounts)
		all[2].Note = set.Currency
		return all
	},
	rows: func(v *visit, set *app.DeductionSetup) (all []setupRow) {
		for _, x := range set.Customers {
			small := ui.AmountCell(x.Small, set.Currency)
			if x.Small == "" {
				small = ui.Cell{Sub: v.say("dsetup.small_reason")}
			}
			all = append(all, setupRow{typed: fieldsOf("customer", x.Customer, "owner", x.Owner, "small_amount", x.Small), cells: []ui.Cell{ui.TextCell(x.Customer), ui.TextCell(x.Owner), small}})
		}
		return all
	},
	fields: func(v *visit, _ *setupChoices) []ui.Field {
		return v.labels(ui.Field{Name: "customer", Required: true, Mono: true}, ui.Field{Name: "owner"}, ui.Field{Name: "small_amount", Short: true, Hint: v.say("dsetup.h.customer_small")})
	},
	read: func(v *visit) (app.DeductionSetupRow, error) {
		return &app.DeductionCustomer{Customer: v.form("customer"), Owner: v.form("owner"), Small: v.form("small_amount")}, nil
	},
}

var substateList = setupList{
	kind: "substates", key: []string{"substate"}, names: []string{"substate", "work", "name"},
	columns: func(v *visit, _ *app.DeductionSetup) []ui.Column {
		return v.heads("substate", ui.Code, "name", ui.Text, "work", ui.Text)
	},
	rows: func(v *visit, set *app.DeductionSetup) (all []setupRow) {
		for _, x := range set.Substates {
			all = append(all, setupRow{typed: fieldsOf("substate", x.Substate, "work", x.Work, "name", x.Name), cells: []ui.Cell{ui.TextCell(x.Substate), ui.TextCell(x.Name), ui.TextCell(v.say("deduction.work." + x.Work))}})
		}
		return all
	},
	fields: func(v *visit, _ *setupChoices) []ui.Field {
		return v.labels(ui.Field{Name: "substate", Required: true, Mono: true}, ui.Field{Name: "name", Required: true}, ui.Field{Name: "work", Type: "select", Required: true, Options: v.optionsOf("deduction.work.", deduction.Works)})
	},
	read: func(v *visit) (app.DeductionSetupRow, error) {
		return &app.WorkSubstate{Substate: v.form("substate"), Work: v.form("work"), Name: v.form("name")}, nil
	},
}
