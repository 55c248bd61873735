package cli

import (
	"fmt"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/folder"
)

// voucherCmd holds the commands of single vouchers.
type voucherCmd struct {
	New     voucherNewCmd     `cmd:"" help:"Post an invoice, a credit note, a payment or a vendor invoice by its lines; the control lines follow from the posting profile."`
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
		currency, err := a.Currency(e.ctx, call)
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

type voucherNewCmd struct {
	Type           string     `required:"" help:"Type of the document." enum:"invoice,credit_note,payment,vendor_invoice" placeholder:"TYPE"`
	Code           string     `required:"" help:"Customer (of a vendor_invoice: vendor)." placeholder:"CODE"`
	Line           []string   `required:"" sep:"none" help:"A line: ledger account and positive amount, such as 601-44400=12.50; repeat it." placeholder:"ACCOUNT=AMOUNT"`
	Number         string     `help:"Number of the voucher (default: the next of the series)." placeholder:"NUMBER"`
	Date           civil.Date `help:"Date (default: today)." placeholder:"YYYY-MM-DD"`
	Due            civil.Date `help:"Due date (default: the date)." placeholder:"YYYY-MM-DD"`
	Classification string     `help:"Billing classification." placeholder:"CODE"`
	Currency       string     `help:"Currency (default: the company's)." placeholder:"C"`
	Text           string     `help:"Text of the voucher." placeholder:"TEXT"`
}

// Run posts a document.
func (c *voucherNewCmd) Run(e *env) error {
	req := app.DocumentRequest{Type: c.Type, Number: c.Number, Party: c.Code, Date: c.Date, Due: c.Due, Classification: c.Classification, Currency: c.Currency, Text: c.Text}
	for _, l := range c.Line {
		account, amount, ok := strings.Cut(l, "=")
		if !ok {
			return usage("%q is not a line; expected ACCOUNT=AMOUNT, such as 601-44400=12.50", l)
		}
		req.Lines = append(req.Lines, app.DocumentLine{Account: account, Amount: amount})
	}
	return e.with(func(a *app.App, call app.Call) error {
		number, err := a.PostDocument(e.ctx, call, req)
		if err != nil {
			return err
		}
		return e.result(map[string]any{"voucher": number}, "voucher", []string{number}, "Posted %s.", number)
	})
}
