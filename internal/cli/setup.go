package cli

import (
	"quittance/internal/app"
)

type setupCmd struct{}

// Run prints the set-up.
func (c *setupCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		s, err := a.Setup(e.ctx, call)
		if err != nil {
			return err
		}
		if e.Output == "json" || e.Output == "jsonl" {
			return e.object(s)
		}
		l := e.list("what code name detail")
		rows := [][4]string{{"company", s.Company, s.Name, s.Country + " " + s.Currency + " " + s.AccountFormat}}
		for _, x := range s.Parameters {
			if x.Value != "" {
				rows = append(rows, [4]string{"parameter", x.Name, x.Value, x.Meaning})
			}
		}
		for _, d := range s.Dimensions {
			for _, v := range d.Values {
				rows = append(rows, [4]string{"dimension", v.Code, v.Name, d.Name})
			}
		}
		for _, x := range s.Accounts {
			rows = append(rows, [4]string{"account", x.Account, x.Name, x.Type + " " + x.Control})
		}
		for _, x := range s.Rules {
			rows = append(rows, [4]string{"balancing_rule", x.Dimension + " " + x.Value, x.Counter, "due from " + x.DueFrom + ", due to " + x.DueTo})
		}
		for _, x := range s.Profiles {
			rows = append(rows, [4]string{"posting_profile", x.Ledger + " " + x.Scope, x.Code, x.Summary})
		}
		for _, x := range s.Classifications {
			rows = append(rows, [4]string{"billing_classification", x.Code, x.Name, ""})
		}
		for _, x := range s.Rates {
			rows = append(rows, [4]string{"exchange_rate", x.Currency, x.Rate, x.Date.String()})
		}
		for _, x := range s.Series {
			rows = append(rows, [4]string{"number_series", x.Series, x.Next, ""})
		}
		for _, x := range rows {
			if err := l.add(x, x[0], x[1], x[2], x[3]); err != nil {
				return err
			}
		}
		return l.close("")
	})
}

// parametersCmd holds the commands of parameters.
type parametersCmd struct {
	List parameterListCmd `cmd:"" help:"List the parameters of the company, with what they mean."`
	Set  parameterSetCmd  `cmd:"" help:"Set a parameter, or take it back to its default."`
}

type parameterListCmd struct{}

// Run lists the parameters.
func (c *parameterListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		s, err := a.Setup(e.ctx, call)
		if err != nil {
			return err
		}
		l := e.list("name value default meaning")
		for _, p := range s.Parameters {
			if err := l.add(p, p.Name, p.Value, p.Default, p.Meaning); err != nil {
				return err
			}
		}
		return l.close("")
	})
}

type parameterSetCmd struct {
	Name  string `arg:"" help:"The parameter."`
	Value string `arg:"" optional:"" help:"Its value; without one it goes back to its default."`
}

// Run sets a parameter.
func (c *parameterSetCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.SetParameter(e.ctx, call, c.Name, c.Value); err != nil {
			return err
		}
		told := "is " + c.Value
		if c.Value == "" {
			told = "is at its default"
		}
		return e.result(map[string]string{"name": c.Name, "value": c.Value}, "name value", []string{c.Name, c.Value}, "The parameter %s %s.", c.Name, told)
	})
}

type figuresCmd struct{}

// Run prints what the home page shows, when it has been added up.
func (c *figuresCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		f, err := a.Figures(e.ctx, call)
		for err == nil && f.Pending {
			f, err = a.Figures(e.ctx, call) // waits a little by itself
		}
		if err != nil {
			return err
		}
		return e.object(f)
	})
}

type traceCmd struct {
	Number string `arg:"" help:"The reimbursement."`
}

// Run prints what happened to a reimbursement.
func (c *traceCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		t, err := a.Trace(e.ctx, call, c.Number)
		if err != nil {
			return err
		}
		if e.Output == "json" {
			return e.object(t)
		}
		l := e.list("date what voucher >amount currency by at detail")
		for _, s := range t.History {
			if err := l.add(s, s.Date.String(), s.What, s.Voucher, s.Amount, s.Currency, s.By, s.At, s.Detail); err != nil {
				return err
			}
		}
		return l.close("")
	})
}
