package cli

import (
	"encoding/json"
	"fmt"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/ledger"
)

type trialBalanceCmd struct {
	Date civil.Date `help:"Up to and including this date (default: everything)." placeholder:"YYYY-MM-DD"`
}

// Run prints the trial balance.
func (c *trialBalanceCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		lines, currency, err := a.TrialBalance(e.ctx, call, c.Date)
		if err != nil {
			return err
		}
		l := e.list("account >debit >credit >balance")
		var debit, credit, balance sums
		for _, b := range lines {
			for _, x := range []struct {
				to      *sums
				decimal string
			}{{&debit, b.Debit}, {&credit, b.Credit}, {&balance, b.Balance}} {
				if err := x.to.add(currency, x.decimal); err != nil {
					return err
				}
			}
			if err := l.add(b, b.Account, b.Debit, b.Credit, b.Balance); err != nil {
				return err
			}
		}
		l.total("TOTAL "+currency, debit.text(currency), credit.text(currency), balance.text(currency))
		return l.close("Nothing is posted.")
	})
}

// periodsCmd holds the commands of fiscal periods.
type periodsCmd struct {
	List periodListCmd `cmd:"" help:"List the fiscal periods."`
	Set  periodSetCmd  `cmd:"" help:"Set the status of a period, or what holds for one module in it."`
}

type periodListCmd struct{}

// periodView is a period as programs see it.
type periodView struct {
	Start      civil.Date      `json:"start"`
	End        civil.Date      `json:"end"`
	Status     string          `json:"status"`
	Exceptions []exceptionView `json:"exceptions"`
}

type exceptionView struct {
	Module string `json:"module"`
	Role   string `json:"role"`
	Status string `json:"status"`
}

func viewPeriod(p ledger.Period) periodView {
	v := periodView{Start: p.Start, End: p.End, Status: p.Status, Exceptions: []exceptionView{}}
	for _, x := range p.Excepted() {
		v.Exceptions = append(v.Exceptions, exceptionView{string(x.Module), x.Role, x.Status})
	}
	return v
}

// Run lists the fiscal periods.
func (c *periodListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		periods, err := a.Periods(e.ctx, call)
		if err != nil {
			return err
		}
		l := e.list("start end status exceptions")
		for _, p := range periods {
			v := viewPeriod(p)
			texts := make([]string, len(v.Exceptions))
			for i, x := range v.Exceptions {
				texts[i] = strings.TrimSpace(x.Module+" "+x.Role) + ": " + x.Status
			}
			if err := l.add(v, v.Start.String(), v.End.String(), v.Status, strings.Join(texts, ", ")); err != nil {
				return err
			}
		}
		return l.close("There is no period.")
	})
}

type periodSetCmd struct {
	Start  civil.Date `arg:"" help:"First day of the period."`
	Status string     `arg:"" enum:"open,on_hold,closed" help:"open, on_hold, or closed (for good)."`
	Module string     `help:"For this module only: ledger, receivable or payable." enum:"ledger,receivable,payable," default:"" placeholder:"MODULE"`
	Role   string     `help:"With --module: for this role only." placeholder:"ROLE"`
}

// Run sets the status of a period.
func (c *periodSetCmd) Run(e *env) error {
	if c.Role != "" && c.Module == "" {
		return usage("--role needs --module: an exception is for a module, and then for a role")
	}
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.SetPeriod(e.ctx, call, c.Start, c.Status, ledger.Module(c.Module), c.Role); err != nil {
			return err
		}
		whom := strings.TrimSpace(c.Module + " " + c.Role)
		if whom != "" {
			whom = " for " + whom
		}
		return e.result(map[string]string{"start": c.Start.String(), "status": c.Status, "module": c.Module, "role": c.Role}, "start status module role",
			[]string{c.Start.String(), c.Status, c.Module, c.Role}, "The period from %s is %s%s.", c.Start, c.Status, whom)
	})
}

type auditCmd struct {
	dateFlags
	pageFlags
	Actor   string `help:"By whom." placeholder:"NAME"`
	Command string `help:"Commands that begin so, such as reimburse." placeholder:"C"`
	Subject string `help:"About what, such as RUN-000001." placeholder:"S"`
	Users   bool   `help:"What is about no company: users, tokens, sign-ins."`
}

// recordView is a record of the audit trail as programs see it.
type recordView struct {
	ID      int64           `json:"id"`
	At      string          `json:"at"`
	Actor   string          `json:"actor"`
	Command string          `json:"command"`
	Subject string          `json:"subject"`
	Detail  json.RawMessage `json:"detail"`
}

// Run prints the audit trail.
func (c *auditCmd) Run(e *env) error {
	f := app.AuditFilter{Actor: c.Actor, Command: c.Command, Subject: c.Subject, From: c.From, To: c.To, Users: c.Users}
	return listPart(e, c.pageFlags, "at actor command subject detail", "Nothing has been done yet.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[recordView], error) {
			part, err := a.AuditPage(e.ctx, call, f, p)
			views := app.Part[recordView]{Next: part.Next}
			for _, r := range part.Items {
				v := recordView{r.ID, r.At, r.Actor, r.Command, r.Subject, json.RawMessage(r.Detail)}
				if !json.Valid(v.Detail) {
					v.Detail = json.RawMessage(fmt.Sprintf("%q", r.Detail))
				}
				views.Items = append(views.Items, v)
			}
			return views, err
		},
		func(v *recordView) []string { return []string{v.At, v.Actor, v.Command, v.Subject, string(v.Detail)} })
}
