package cli

import (
	"reflect"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
)

// deductionSetupCmd holds the commands of the set-up of deductions.
type deductionSetupCmd struct {
	Show     deductionShowSetupCmd `cmd:"" default:"withargs" help:"Show the set-up of deductions, or one of its lists."`
	Codes    deductionCodesCmd     `cmd:"" help:"List customers' own reason codes, and those of standard lists that were taken over."`
	Save     deductionSaveCmd      `cmd:"" help:"Make or change a row of the set-up of deductions; what is not named stays as it is."`
	Remove   deductionRemoveCmd    `cmd:"" help:"Take a row of the set-up of deductions away, named by what is part of its key."`
	List     deductionListCmd      `cmd:"" help:"List the codes of a standard list: x12_426 or edifact_4465."`
	Take     deductionTakeCmd      `cmd:"" help:"Take codes of a standard list over as codes for all customers."`
	Accrue   deductionAccrueCmd    `cmd:"" help:"Accrue for a plan: debit the expense, credit the plan's account."`
	Accruals deductionAccrualsCmd  `cmd:"" help:"List what was accrued for plans, the newest first."`
}

type deductionShowSetupCmd struct {
	Kind string `arg:"" optional:"" help:"types, reasons, plans, limits, rules, customers, substates, terms, discount_accounts, lists." placeholder:"LIST"`
}

// Run shows the set-up.
func (c *deductionShowSetupCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		s, err := a.DeductionSetup(e.ctx, call)
		if err != nil {
			return err
		}
		if c.Kind == "" && (e.Output == "json" || e.Output == "jsonl") {
			return e.object(s)
		}
		l := e.list("list key detail")
		v, found := reflect.ValueOf(s).Elem(), c.Kind == ""
		for i := range v.NumField() {
			kind, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if v.Field(i).Kind() != reflect.Slice || c.Kind != "" && c.Kind != kind {
				continue
			}
			found = true
			for j := range v.Field(i).Len() {
				row := v.Field(i).Index(j)
				key, detail := fieldTexts(row)
				if err := l.add(row.Interface(), kind, key, detail); err != nil {
					return err
				}
			}
		}
		if !found {
			return usage("%q is no list that is shown here; see quittance deduction-setup --help", c.Kind)
		}
		return l.close("Nothing is set up.")
	})
}

// fieldTexts writes the first field of a row, and the others that are not blank as field=value.
func fieldTexts(row reflect.Value) (first, rest string) {
	var all []string
	for i := range row.NumField() {
		name, _, _ := strings.Cut(row.Type().Field(i).Tag.Get("json"), ",")
		text := fieldText(row.Field(i))
		if i == 0 {
			first = text
		} else if text != "" {
			all = append(all, name+"="+text)
		}
	}
	return first, strings.Join(all, " ")
}

func fieldText(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case string:
		return x
	case bool:
		return yesNo(x)
	case int:
		return strconv.Itoa(x)
	case civil.Date:
		return x.String()
	case []string:
		return strings.Join(x, ",")
	case []app.PlanCustomer:
		return planCustomersText(x)
	}
	return ""
}

// planCustomersText writes whom a plan covers: all, group:G, party:C-1.
func planCustomersText(all []app.PlanCustomer) string {
	texts := make([]string, len(all))
	for i, x := range all {
		texts[i] = strings.TrimSuffix(x.Scope+":"+x.Code, ":")
	}
	return strings.Join(texts, ",")
}

type deductionCodesCmd struct {
	pageFlags
	Customer string `help:"Of this customer." placeholder:"C"`
	List     string `help:"Of this standard list." placeholder:"LIST"`
	Reason   string `help:"That stand for this reason." placeholder:"R"`
	Search   string `help:"That begin so." placeholder:"TEXT"`
}

// Run lists codes.
func (c *deductionCodesCmd) Run(e *env) error {
	by := app.CodeFilter{Customer: c.Customer, List: c.List, Reason: c.Reason, Search: c.Search}
	return listPart(e, c.pageFlags, "customer list code from to reason confirmed_by confirmed_at", "There is no such code.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[app.DeductionCode], error) {
			return a.DeductionCodes(e.ctx, call, by, p)
		},
		func(x *app.DeductionCode) []string {
			return []string{x.Customer, x.List, x.Code, x.From.String(), x.To.String(), x.Reason, x.ConfirmedBy, x.ConfirmedAt}
		})
}

type deductionSaveCmd struct {
	Kind   string   `arg:"" help:"types, reasons, codes, plans, limits, rules, customers, substates, terms, customer_terms, discount_accounts." placeholder:"LIST"`
	Fields []string `arg:"" help:"What it says, as field=value; customers of a plan as all, group:G, party:C." placeholder:"FIELD=VALUE"`
}

// Run saves a row.
func (c *deductionSaveCmd) Run(e *env) error {
	row, err := app.DeductionSetupKey{Kind: c.Kind}.Row()
	if err != nil {
		return err
	}
	if err := setFields(row, c.Fields); err != nil {
		return err
	}
	return e.with(func(a *app.App, call app.Call) error {
		known, err := knownRow(e, a, call, row)
		if err != nil {
			return err
		}
		if known == nil {
			if known, err = newRow(c.Kind); err != nil {
				return err
			}
		}
		if err := setFields(known, c.Fields); err != nil {
			return err
		}
		if err := a.SaveDeductionSetup(e.ctx, call, known); err != nil {
			return err
		}
		first, rest := fieldTexts(reflect.ValueOf(known).Elem())
		return e.result(known, "list key detail", []string{c.Kind, first, rest}, "Saved %s %s.", c.Kind, first)
	})
}

// newRow gives a row that is new, with what it says when nothing is said.
func newRow(kind string) (app.DeductionSetupRow, error) {
	row, err := app.DeductionSetupKey{Kind: kind}.Row()
	switch x := row.(type) {
	case *app.DeductionReason:
		x.Active, x.CreditCheck = true, true
	case *app.AccrualPlan:
		x.PayOver = "no"
	case *app.DisputeRule:
		x.WindowFrom = "payment"
	}
	return row, err
}

// knownRow gives the row that has the key of the given one already; nil when it is new.
func knownRow(e *env, a *app.App, call app.Call, row app.DeductionSetupRow) (app.DeductionSetupRow, error) {
	if x, ok := row.(*app.DeductionCode); ok {
		part, err := a.DeductionCodes(e.ctx, call, app.CodeFilter{Customer: x.Customer, List: x.List, Search: x.Code}, app.Page{Limit: 500})
		for i := range part.Items {
			y := &part.Items[i]
			if y.Customer == x.Customer && y.List == x.List && y.Code == x.Code && y.From == x.From {
				y.ConfirmedBy = "" // who changes it confirms it
				return y, err
			}
		}
		return nil, err
	}
	s, err := a.DeductionSetup(e.ctx, call)
	if err != nil {
		return nil, err
	}
	return s.Find(row), nil
}

// setFields sets fields of a row that are written field=value, by the names that they have in JSON.
func setFields(row any, fields []string) error {
	v := reflect.ValueOf(row).Elem()
	for _, text := range fields {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return usage("%q says nothing; write field=value", text)
		}
		var known []string
		at := -1
		for i := range v.NumField() {
			column, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			if slices.Contains([]string{"accrued", "used", "unused", "confirmed_at"}, column) {
				continue // shown only
			}
			if known = append(known, column); column == name {
				at = i
			}
		}
		if at < 0 {
			return usage("there is no field %q; expected one of %s", name, strings.Join(known, ", "))
		}
		if err := setField(v.Field(at), name, value); err != nil {
			return err
		}
	}
	return nil
}

func setField(v reflect.Value, name, value string) error {
	switch x := v.Addr().Interface().(type) {
	case *string:
		*x = value
	case *bool:
		if value != "yes" && value != "no" {
			return usage("%s is yes or no, not %q", name, value)
		}
		*x = value == "yes"
	case *int:
		n, err := strconv.Atoi(value)
		if err != nil {
			return usage("%s is a whole number, not %q", name, value)
		}
		*x = n
	case *civil.Date:
		*x = 0
		if value != "" {
			d, err := civil.Parse(value)
			if err != nil {
				return usage("%s: %v", name, err)
			}
			*x = d
		}
	case *[]string:
		*x = nil
		if value != "" {
			*x = strings.Split(value, ",")
		}
	case *[]app.PlanCustomer:
		*x = nil
		for part := range strings.SplitSeq(value, ",") {
			scope, code, _ := strings.Cut(part, ":")
			*x = append(*x, app.PlanCustomer{Scope: scope, Code: code})
		}
	}
	return nil
}

type deductionRemoveCmd struct {
	Kind     string     `arg:"" help:"The list, as with save." placeholder:"LIST"`
	Code     string     `arg:"" optional:"" help:"The code of the type, reason, plan, state of work or terms; the customer's code; what a limit or discount account is of." placeholder:"CODE"`
	Customer string     `help:"The customer of a code, rule or treatment." placeholder:"C"`
	List     string     `help:"The standard list of a code." placeholder:"LIST"`
	Reason   string     `help:"The reason of a rule." placeholder:"R"`
	Scope    string     `help:"The scope of a limit or discount account." placeholder:"SCOPE"`
	From     civil.Date `help:"The first day of a code or rule." placeholder:"YYYY-MM-DD"`
}

// Run removes a row.
func (c *deductionRemoveCmd) Run(e *env) error {
	row, err := app.DeductionSetupKey{Kind: c.Kind, Code: c.Code, Customer: c.Customer, List: c.List, Reason: c.Reason, Scope: c.Scope, From: c.From}.Row()
	if err != nil {
		return err
	}
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.RemoveDeductionSetup(e.ctx, call, row); err != nil {
			return err
		}
		first, _ := fieldTexts(reflect.ValueOf(row).Elem())
		return e.result(row, "list key", []string{c.Kind, first}, "Took %s %s away.", c.Kind, first)
	})
}

type deductionListCmd struct {
	List string `arg:"" help:"x12_426 or edifact_4465." placeholder:"LIST"`
}

// Run lists a standard list.
func (c *deductionListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		codes, err := a.StandardCodes(e.ctx, call, c.List)
		if err != nil {
			return err
		}
		l := e.list("code group name reason")
		for _, x := range codes {
			if err := l.add(x, x.Code, x.Group, x.Name, x.Reason); err != nil {
				return err
			}
		}
		return l.close("")
	})
}

type deductionTakeCmd struct {
	List  string     `arg:"" help:"x12_426 or edifact_4465." placeholder:"LIST"`
	Codes []string   `arg:"" help:"Which code stands for which reason, as code=reason." placeholder:"CODE=REASON"`
	From  civil.Date `help:"From this day on; today when it is not said." placeholder:"YYYY-MM-DD"`
}

// Run takes codes over.
func (c *deductionTakeCmd) Run(e *env) error {
	req := app.TakeListRequest{List: c.List, From: c.From, Reasons: map[string]string{}}
	for _, text := range c.Codes {
		code, reason, ok := strings.Cut(text, "=")
		if !ok {
			return usage("%q says nothing; write code=reason", text)
		}
		req.Reasons[code] = reason
	}
	return e.with(func(a *app.App, call app.Call) error {
		n, err := a.TakeStandardList(e.ctx, call, req)
		if err != nil {
			return err
		}
		return e.result(map[string]int{"changed": n}, "changed", []string{strconv.Itoa(n)}, "%s new or changed.", count(int64(n), "code is", "codes are"))
	})
}

type deductionAccrueCmd struct {
	Plan    string     `arg:"" help:"The accrual plan." placeholder:"PLAN"`
	Amount  string     `arg:"" help:"How much, in accounting currency; a negative amount (after --) takes back." placeholder:"AMOUNT"`
	Expense string     `help:"Ledger account of the expense; without one nothing is posted, since it is in the books already." placeholder:"A"`
	Account string     `help:"Ledger account of the accrual, when its dimension values are not those of the expense." placeholder:"A"`
	Date    civil.Date `help:"Date; today when it is not said." placeholder:"YYYY-MM-DD"`
	Text    string     `help:"What it is for." placeholder:"TEXT"`
}

// Run accrues.
func (c *deductionAccrueCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.Accrue(e.ctx, call, app.AccrualRequest{Plan: c.Plan, Date: c.Date, Amount: c.Amount, Expense: c.Expense, Account: c.Account, Text: c.Text})
		if err != nil {
			return err
		}
		told := "Accrued %s for %s, number %d."
		if x.Voucher != "" {
			told = "Accrued %s for %s, number %d, by voucher " + strings.ReplaceAll(x.Voucher, "%", "%%") + "."
		}
		return e.result(x, accrualColumns, accrualCells(x), told, x.Amount, x.Plan, x.Number)
	})
}

const accrualColumns = "plan >number date >amount voucher text actor at"

func accrualCells(x *app.Accrual) []string {
	return []string{x.Plan, strconv.Itoa(x.Number), x.Date.String(), x.Amount, x.Voucher, x.Text, x.Actor, x.At}
}

type deductionAccrualsCmd struct {
	pageFlags
	Plan string `help:"Of this plan." placeholder:"PLAN"`
}

// Run lists accruals.
func (c *deductionAccrualsCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, accrualColumns, "Nothing was accrued.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[app.Accrual], error) {
			return a.Accruals(e.ctx, call, c.Plan, p)
		}, accrualCells)
}
