package cli

import (
	"fmt"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
)

// vpSelection says what a proposal looks at.
type vpSelection struct {
	Date     civil.Date `help:"Date of the payments (default: today)." placeholder:"YYYY-MM-DD"`
	DueBy    civil.Date `help:"Leave out what is due later." placeholder:"YYYY-MM-DD"`
	Vendors  []string   `help:"These vendors only." placeholder:"V"`
	Groups   []string   `help:"Vendors of these groups only." placeholder:"G"`
	Method   string     `help:"Pay by this method (default: each vendor's own)." placeholder:"CODE"`
	Run      string     `name:"run" help:"Only what this reimbursement run made." placeholder:"RUN"`
	Currency string     `help:"Only what is open in this currency." placeholder:"CUR"`
	Minimum  string     `help:"The smallest payment." placeholder:"A"`
	Maximum  string     `help:"The largest payment." placeholder:"A"`
	Text     string     `help:"What it is, for people." placeholder:"TEXT"`
}

func (s vpSelection) selection() app.VendorPaymentSelection {
	return app.VendorPaymentSelection{Date: s.Date, DueBy: s.DueBy, Vendors: s.Vendors, Groups: s.Groups, Method: s.Method, Run: s.Run, Currency: s.Currency, Minimum: s.Minimum, Maximum: s.Maximum, Text: s.Text}
}

type vpSimulateCmd struct {
	vpSelection
	Limit int `help:"Show at most so many payments and as many of what is left out." default:"1000" placeholder:"N"`
}

// Run shows what a proposal would do.
func (c *vpSimulateCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		p, err := a.SimulateVendorPayments(e.ctx, call, c.selection(), c.Limit)
		if err != nil {
			return err
		}
		if e.Output == "json" || e.Output == "jsonl" {
			return e.object(p)
		}
		l := e.list("vendor name method vouchers reason >amount currency detail")
		for i := range p.Payments {
			x := &p.Payments[i]
			numbers := make([]string, len(x.Items))
			for k, it := range x.Items {
				numbers[k] = it.Voucher
			}
			if err := l.add(x, x.Vendor, x.Name, x.Method, strings.Join(numbers, " "), "", x.Amount, x.Currency, sameBank(x)); err != nil {
				return err
			}
		}
		for _, x := range p.LeftOut {
			if err := l.add(x, x.Vendor, "", "", x.Voucher, string(x.Reason), x.Amount, x.Currency, x.Detail); err != nil {
				return err
			}
		}
		if err := l.close("Nothing is open."); err != nil {
			return err
		}
		return e.hint("%s would be paid.", sumsText(p.Totals))
	})
}

type vpProposeCmd struct{ vpSelection }

// Run makes a journal.
func (c *vpProposeCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		j, err := a.ProposeVendorPayments(e.ctx, call, c.selection())
		if err != nil {
			return err
		}
		said := fmt.Sprintf("Made the vendor payment journal %s: %s; %d left out (quittance vendor-payments left %s).", j.Code, sumsText(j.Sums), j.LeftOut, j.Code)
		switch {
		case len(j.Sums) > 0:
		case j.LeftOut > 0:
			said = fmt.Sprintf("Nothing was proposed: %d left out (quittance vendor-payments left %s).", j.LeftOut, j.Code)
		default:
			said = "Nothing was proposed: the selection has no open vendor invoice."
		}
		return e.result(j, vpjColumns, vpjCells(j), "%s", said)
	})
}
