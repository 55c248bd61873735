package cli

import (
	"fmt"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/folder"
	"quittance/internal/money"
)

// voucherCmd holds the commands of single vouchers.
type voucherCmd struct {
	Post    voucherPostCmd    `cmd:"" help:"Post the vouchers of a CSV file in the form of vouchers.csv: all or none."`
	Show    voucherShowCmd    `cmd:"" help:"Show a voucher."`
	Reverse voucherReverseCmd `cmd:"" help:"Post the mirror of a voucher. A reimbursement is reversed by reimburse reverse."`
}

type voucherPostCmd struct {
	File string `arg:"" help:"A file in the form of vouchers.csv."`
}

// Run posts vouchers.
func (c *voucherPostCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		_, code, err := a.TrialBalance(e.ctx, call, civil.Of(1, 1, 1)) // the cheapest way to the company's currency
		if err != nil {
			return err
		}
		currency, err := money.CurrencyOf(code)
		if err != nil {
			return err
		}
		vouchers, err := folder.ReadVouchers(c.File, currency)
		if err != nil {
			return err
		}
		numbers, err := a.PostVouchers(e.ctx, call, vouchers)
		if err != nil {
			return err
		}
		if numbers == nil {
			numbers = []string{}
		}
		return e.result(map[string]any{"vouchers": numbers}, "vouchers", []string{strings.Join(numbers, " ")},
			"Posted %s: %s.", count(int64(len(numbers)), "voucher", "vouchers"), strings.Join(numbers, ", "))
	})
}

type voucherShowCmd struct {
	Number string `arg:"" help:"Number of the voucher."`
}

// Run shows a voucher.
func (c *voucherShowCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		v, err := a.Voucher(e.ctx, call, c.Number)
		if err != nil {
			return err
		}
		if e.Output == "json" || e.Output == "jsonl" {
			return e.object(v)
		}
		if e.Output == "table" {
			e.voucherHead(v)
		}
		l := e.list("account party classification due_date currency >debit >credit >accounting_debit >accounting_credit text")
		for i := range v.Lines {
			x := &v.Lines[i]
			debit, credit, accountingDebit, accountingCredit := x.Debit, x.Credit, x.AccountingDebit, x.AccountingCredit
			if e.Output == "table" {
				debit, credit, accountingDebit, accountingCredit = blankZero(debit), blankZero(credit), blankZero(accountingDebit), blankZero(accountingCredit)
			}
			if err := l.add(x, x.Account, x.Party, x.Classification, x.DueDate.String(), x.Currency, debit, credit, accountingDebit, accountingCredit, x.Text); err != nil {
				return err
			}
		}
		return l.close("The voucher has no line.")
	})
}

func (e *env) voucherHead(v *app.Voucher) {
	fmt.Fprintf(e.stdout, "Voucher   %s\nType      %s\nDate      %s\nPosted    %s by %s\n", v.Number, v.Type, v.Date, v.PostedAt, clean(v.PostedBy))
	for _, x := range []struct{ label, text string }{{"Reverses  ", v.Reverses}, {"Reversed  by ", v.ReversedBy}, {"Text      ", v.Text}} {
		if x.text != "" {
			fmt.Fprintln(e.stdout, x.label+clean(x.text))
		}
	}
	fmt.Fprintln(e.stdout)
}

type voucherReverseCmd struct {
	Number string     `arg:"" help:"Number of the voucher."`
	Date   civil.Date `required:"" help:"Date of the reversal, in an open period." placeholder:"YYYY-MM-DD"`
	Reason string     `required:"" help:"Why." placeholder:"TEXT"`
}

// Run posts the mirror of a voucher.
func (c *voucherReverseCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		by, err := a.ReverseVoucher(e.ctx, call, c.Number, c.Date, c.Reason)
		if err != nil {
			return err
		}
		return e.result(reversedView{c.Number, by}, "number reversed_by", []string{c.Number, by}, "Reversed %s by %s.", c.Number, by)
	})
}
