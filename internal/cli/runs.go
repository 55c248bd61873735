package cli

import (
	"fmt"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/reimbursement"
)

type runsCmd struct {
	RunID    string `name:"run" help:"The lines of this run." placeholder:"ID"`
	Customer string `help:"The reimbursements of this customer; with --run, its lines." placeholder:"C"`
}

// Run lists runs, the lines of a run, or the reimbursements of a customer.
func (c *runsCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		switch {
		case c.RunID != "":
			return c.lines(e, a, call)
		case c.Customer != "":
			return c.reimbursements(e, a, call)
		}
		return c.runs(e, a, call)
	})
}

func (c *runsCmd) runs(e *env, a *app.App, call app.Call) error {
	runs, err := a.Runs(e.ctx, call)
	if err != nil {
		return err
	}
	l := e.list("run date state >candidates >reimbursed >reimbursements >excluded amounts created_by created_at")
	for i := range runs {
		r, t := &runs[i], runs[i].Totals
		amounts := make([]string, len(t.Amounts))
		for j, x := range t.Amounts {
			amounts[j] = x.Amount + " " + x.Currency
		}
		if err := l.add(r, r.ID, r.Date.String(), string(r.State), fmt.Sprint(t.Candidates), fmt.Sprint(t.ReimbursedCustomers), fmt.Sprint(t.Reimbursements),
			fmt.Sprint(t.Excluded), strings.Join(amounts, ", "), r.CreatedBy, r.CreatedAt); err != nil {
			return err
		}
	}
	return l.close("There is no run yet; look at what one would do with `quittance reimburse simulate --all`.")
}

func (c *runsCmd) lines(e *env, a *app.App, call app.Call) error {
	l := e.list("customer name currency vendor >amount >reimbursements state reason detail")
	var totals sums
	err := a.RunLines(e.ctx, call, c.RunID, func(i reimbursement.LineInfo) error {
		if c.Customer != "" && i.Customer != c.Customer {
			return nil
		}
		v := app.RunLine{
			Customer: i.Customer, Name: i.Name, Currency: i.Currency, Vendor: i.Vendor, Reason: string(i.Reason), Detail: i.Detail,
			Amount: formatAmount(i.Currency, i.Amount), Reimbursements: i.Reimbursements, Posted: i.Posted,
		}
		state := "reimbursed"
		switch {
		case i.Reason != "":
			state = "excluded"
		case !i.Posted:
			state = "proposed"
		}
		if i.Reason == "" {
			if err := totals.addAmount(i.Currency, i.Amount); err != nil {
				return err
			}
		}
		return l.add(v, v.Customer, v.Name, v.Currency, v.Vendor, v.Amount, fmt.Sprint(v.Reimbursements), state, v.Reason, v.Detail)
	})
	if err != nil {
		return err
	}
	for _, currency := range totals.order {
		l.total("TOTAL", "", currency, "", totals.text(currency), "", "", "", "")
	}
	return l.close("The run has no such line.")
}

func (c *runsCmd) reimbursements(e *env, a *app.App, call app.Call) error {
	views, err := a.ReimbursementsOf(e.ctx, call, c.Customer)
	if err != nil {
		return err
	}
	l := e.list("number date customer vendor classification currency >amount reversed_by")
	for i := range views {
		v := &views[i]
		if err := l.add(v, v.Number, v.Voucher.Date.String(), v.Customer, v.Vendor, v.Classification, v.Currency, v.Amount, v.ReversedBy); err != nil {
			return err
		}
	}
	return l.close("The customer has no reimbursement.")
}

type reverseCmd struct {
	Numbers []string   `arg:"" optional:"" name:"number" help:"Numbers of reimbursements."`
	RunID   string     `name:"run" help:"All reimbursements of this run." placeholder:"ID"`
	Date    civil.Date `required:"" help:"Date of the reversal, in an open period." placeholder:"YYYY-MM-DD"`
	Reason  string     `required:"" help:"Why." placeholder:"TEXT"`
}

// reversalView is a reversal as programs see it.
type reversalView struct {
	Reversed []reversedView `json:"reversed"`
	Notes    []string       `json:"notes"`
}

type reversedView struct {
	Number     string `json:"number"`
	ReversedBy string `json:"reversed_by"`
}

// Run reverses reimbursements, or a run.
func (c *reverseCmd) Run(e *env) error {
	if (len(c.Numbers) == 0) == (c.RunID == "") {
		return usage("name either reimbursements by their numbers or a run with --run; see quittance reimburse reverse --help")
	}
	if c.Date.IsZero() {
		return usage("--date is blank; a reversal needs a date in an open period, such as --date 2026-11-30")
	}
	return e.with(func(a *app.App, call app.Call) error {
		r, err := c.reverse(e, a, call)
		if err != nil {
			return err
		}
		return e.showReversal(r)
	})
}

func (c *reverseCmd) reverse(e *env, a *app.App, call app.Call) (*reimbursement.Reversal, error) {
	if c.RunID == "" {
		return a.Reverse(e.ctx, call, c.Numbers, c.Date, c.Reason)
	}
	p := e.progress("reversing")
	r, err := a.ReverseRun(e.ctx, call, c.RunID, c.Date, c.Reason, p.tell)
	p.end()
	if err != nil && p.run != "" {
		fmt.Fprintln(e.stderr, "what was reversed so far stays reversed; the same command goes on with the rest")
	}
	return r, err
}

func (e *env) showReversal(r *reimbursement.Reversal) error {
	v := reversalView{Reversed: []reversedView{}, Notes: append([]string{}, r.Notes...)}
	for _, x := range r.Reversed {
		v.Reversed = append(v.Reversed, reversedView{x.Number, x.By})
	}
	if e.Output == "json" || e.Output == "jsonl" {
		return e.object(v)
	}
	l := e.list("number reversed_by")
	for _, x := range v.Reversed {
		if err := l.add(x, x.Number, x.ReversedBy); err != nil {
			return err
		}
	}
	if err := l.close("Every reimbursement of the run was reversed already."); err != nil {
		return err
	}
	for _, n := range v.Notes {
		fmt.Fprintf(e.stderr, "Note: %s\n", clean(n))
	}
	return nil
}
