package web

import (
	"slices"

	"quittance/internal/app"
	"quittance/internal/web/ui"
)

// choicesOf are what can be chosen in forms about deductions.
type deductionChoices struct {
	setup    *app.DeductionSetup
	types    []ui.Option
	reasons  []ui.Option
	plans    []ui.Option
	accounts []string // main accounts and some ledger accounts, as written
}

// deductionChoices reads what can be chosen; names are read with it.
func (v *visit) deductionChoices() (*deductionChoices, error) {
	set, err := v.app.DeductionSetup(v.ctx, v.call())
	if err != nil {
		return nil, err
	}
	c := &deductionChoices{setup: set, reasons: []ui.Option{{Text: "–"}}, plans: []ui.Option{{Text: "–"}}}
	for _, x := range set.Types {
		c.types = append(c.types, ui.Option{Value: x.Type, Text: codeAndName(x.Type, x.Name)})
	}
	for _, x := range set.Reasons {
		if x.Active {
			c.reasons = append(c.reasons, ui.Option{Value: x.Reason, Text: codeAndName(x.Reason, x.Name)})
		}
	}
	for _, x := range set.Plans {
		c.plans = append(c.plans, ui.Option{Value: x.Plan, Text: codeAndName(x.Plan, x.Name)})
	}
	c.accounts, _, err = v.postingOptions()
	return c, err
}

func codeAndName(code, name string) string {
	if name == "" || name == code {
		return code
	}
	return code + " · " + name
}

// with gives the options with one that stands in a record already, though it cannot be chosen any more.
func with(options []ui.Option, value string) []ui.Option {
	if value == "" || slices.ContainsFunc(options, func(o ui.Option) bool { return o.Value == value }) {
		return options
	}
	return append(slices.Clone(options), ui.Option{Value: value, Text: value})
}

// optional puts a blank choice before the others.
func optional(options []ui.Option) []ui.Option {
	if len(options) > 0 && options[0].Value == "" {
		return options
	}
	return append([]ui.Option{{Text: "–"}}, options...)
}
