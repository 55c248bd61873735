package cli

import (
	"os"
	"strconv"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/payout"
)

// banksCmd holds the commands of the company's bank accounts and methods of payment.
type banksCmd struct {
	List        bankListCmd        `cmd:"" default:"withargs" help:"List the bank accounts of the company."`
	Set         bankSetCmd         `cmd:"" help:"Add a bank account, or change one."`
	Methods     bankMethodsCmd     `cmd:"" help:"List the methods of payment."`
	Method      bankMethodCmd      `cmd:"" help:"Add a method of payment, or change one."`
	PositivePay bankPositivePayCmd `cmd:"" help:"Make the file that tells the bank which checks were issued or voided."`
	Spoil       bankSpoilCmd       `cmd:"" help:"Note that check numbers were spoiled before they paid anything."`
	Statements  bankStatementsCmd  `cmd:"" help:"Bank statements."`
	Match       bankMatchCmd       `cmd:"" help:"Match the open lines of a bank account; what is sure is reconciled."`
	Reconcile   bankReconcileCmd   `cmd:"" help:"Reconcile a line of a statement by hand."`
	Undo        bankUndoCmd        `cmd:"" help:"Undo the reconciliation of a line."`
	Control     bankControlCmd     `cmd:"" help:"Hold the statements of a bank account against its ledger account."`
}

type bankListCmd struct{}

// Run lists bank accounts.
func (*bankListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.BankAccounts(e.ctx, call)
		if err != nil {
			return err
		}
		l := e.list("bank name currency account iban routing number >next_check state")
		for _, b := range all {
			state := "in use"
			if b.Blocked {
				state = "blocked"
			}
			if err := l.add(b, b.Code, b.Name, b.Currency, b.Account, b.IBAN, b.RoutingNumber, b.AccountNumber, strconv.FormatInt(b.NextCheck, 10), state); err != nil {
				return err
			}
		}
		return l.close("There is no bank account; add one with: quittance banks set.")
	})
}

type bankSetCmd struct {
	Code          string  `arg:"" help:"Code of the bank account."`
	Name          *string `help:"Its name." placeholder:"TEXT"`
	Currency      *string `help:"Its currency (default: the company's)." placeholder:"CUR"`
	Account       *string `help:"Its ledger account, whose control is bank." placeholder:"ACCOUNT"`
	Bank          *string `help:"Name of the bank." placeholder:"TEXT"`
	Address       *string `help:"Address of the bank, lines." placeholder:"TEXT"`
	IBAN          string  `name:"iban" help:"IBAN of the account." placeholder:"IBAN"`
	BIC           string  `name:"bic" help:"BIC of the bank." placeholder:"BIC"`
	RoutingNumber string  `help:"Routing number of the bank." placeholder:"N"`
	AccountNumber string  `help:"Number of the account." placeholder:"N"`
	NextCheck     *int64  `help:"Number of the next check." placeholder:"N"`
	StaleDays     *int    `help:"Days after which an uncashed check is stale; 0: never." placeholder:"N"`
	Blocked       *bool   `help:"Nothing is paid from it." negatable:""`
	Settings      string  `help:"File with how checks look and what the bank's files want, as JSON." type:"path" placeholder:"FILE"`
}

// Run adds or changes a bank account.
func (c *bankSetCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		row, err := e.bankAccount(a, call, c.Code)
		if err != nil {
			return err
		}
		for _, x := range []struct{ to, from *string }{{&row.Name, c.Name}, {&row.Currency, c.Currency}, {&row.Account, c.Account}, {&row.Bank, c.Bank}, {&row.Address, c.Address}} {
			if x.from != nil {
				*x.to = *x.from
			}
		}
		row.IBAN, row.BIC, row.RoutingNumber, row.AccountNumber = c.IBAN, c.BIC, c.RoutingNumber, c.AccountNumber
		if c.NextCheck != nil {
			row.NextCheck = *c.NextCheck
		}
		if c.StaleDays != nil {
			row.StaleDays = *c.StaleDays
		}
		if c.Blocked != nil {
			row.Blocked = *c.Blocked
		}
		if c.Settings != "" {
			if row.Settings, err = readSettings(c.Settings, row.Currency); err != nil {
				return err
			}
		}
		if err := a.SaveBankAccount(e.ctx, call, row); err != nil {
			return err
		}
		return e.result(row, "bank name account", []string{row.Code, row.Name, row.Account}, "Saved the bank account %s.", row.Code)
	})
}

// bankAccount gives the bank account with the code as it is, or a new one.
func (e *env) bankAccount(a *app.App, call app.Call, code string) (app.BankAccountRow, error) {
	all, err := a.BankAccounts(e.ctx, call)
	for _, b := range all {
		if b.Code == code {
			return b, nil
		}
	}
	return app.BankAccountRow{Code: code, StaleDays: 180}, err
}

func readSettings(path, currency string) (payout.Settings, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return payout.Settings{}, fault.New(fault.Refused, "%s cannot be read: %v", path, err).In("settings").Because(err)
	}
	cur, err := money.CurrencyOf(currency)
	if currency == "" {
		cur, err = money.CurrencyOf("USD") // the company's currency is looked at when the row is saved
	}
	if err != nil {
		return payout.Settings{}, err
	}
	return payout.ParseSettings(text, cur)
}

type bankMethodsCmd struct{}

// Run lists methods of payment.
func (*bankMethodsCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.PaymentMethods(e.ctx, call)
		if err != nil {
			return err
		}
		l := e.list("method name kind bank grouping state")
		for _, m := range all {
			state := "in use"
			if m.Blocked {
				state = "blocked"
			}
			if err := l.add(m, m.Code, m.Name, string(m.Kind), m.Bank, string(m.Grouping), state); err != nil {
				return err
			}
		}
		return l.close("There is no method of payment; add one with: quittance banks method.")
	})
}

type bankMethodCmd struct {
	Code     string `arg:"" help:"Code of the method; vendors name it."`
	Name     string `help:"Its name." placeholder:"TEXT"`
	Kind     string `required:"" help:"check, ach, iso20022 or manual." placeholder:"KIND"`
	Bank     string `required:"" help:"The bank account that pays." placeholder:"CODE"`
	Grouping string `help:"Which invoices of a vendor share a payment: vendor (all), invoice (none), date (those of one due date)." default:"vendor" placeholder:"G"`
	Blocked  bool   `help:"Nothing is paid by it."`
}

// Run adds or changes a method of payment.
func (c *bankMethodCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		row := app.PaymentMethodRow{Code: c.Code, Name: c.Name, Kind: payout.Kind(c.Kind), Bank: c.Bank, Grouping: payout.Grouping(c.Grouping), Blocked: c.Blocked}
		if err := a.SavePaymentMethod(e.ctx, call, row); err != nil {
			return err
		}
		return e.result(row, "method kind bank grouping", []string{row.Code, c.Kind, row.Bank, c.Grouping}, "Saved the method of payment %s.", row.Code)
	})
}

type bankSpoilCmd struct {
	Bank   string `arg:"" help:"The bank account."`
	From   int64  `arg:"" help:"The first number."`
	To     int64  `help:"The last number (default: the first)." placeholder:"N"`
	Reason string `required:"" help:"Why." placeholder:"TEXT"`
}

// Run notes spoiled check numbers.
func (c *bankSpoilCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if c.To == 0 {
			c.To = c.From
		}
		if err := a.SpoilChecks(e.ctx, call, c.Bank, c.From, c.To, c.Reason); err != nil {
			return err
		}
		return e.result(map[string]any{"bank": c.Bank, "from": c.From, "to": c.To}, "bank >from >to", []string{c.Bank, strconv.FormatInt(c.From, 10), strconv.FormatInt(c.To, 10)}, "Check numbers %d to %d of bank account %s are void.", c.From, c.To, c.Bank)
	})
}

type bankPositivePayCmd struct {
	Bank string     `arg:"" help:"The bank account."`
	UpTo civil.Date `help:"Checks up to this day (default: today)." placeholder:"YYYY-MM-DD"`
}

// Run makes a positive pay file.
func (c *bankPositivePayCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		f, err := a.MakePositivePay(e.ctx, call, c.Bank, c.UpTo)
		if err != nil {
			return err
		}
		return e.result(f, "file bank >payments >total currency", []string{f.Code, f.Bank, strconv.Itoa(f.Payments), f.Total, f.Currency}, "Made the positive pay file %s of %d checks: quittance vendor-payments file %s %s.", f.Code, f.Payments, f.Code, f.Name)
	})
}

// payeesCmd holds the commands of who is paid.
type payeesCmd struct {
	Confirm   payeeConfirmCmd   `cmd:"" help:"Confirm changed bank details of a vendor or customer, so that they hold no payment; who changed them may not."`
	Proposals payeeProposalsCmd `cmd:"" help:"List changes of bank details that banks proposed, the newest first."`
	Accept    payeeAcceptCmd    `cmd:"" help:"Accept proposed bank details, which are the payee's then; who read them from a file may not."`
	Refuse    payeeRefuseCmd    `cmd:"" help:"Refuse proposed bank details."`
}

type payeeConfirmCmd struct {
	Code string `arg:"" help:"The vendor or customer."`
}

// Run confirms bank details.
func (c *payeeConfirmCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.ConfirmBankDetails(e.ctx, call, c.Code); err != nil {
			return err
		}
		return e.result(map[string]string{"payee": c.Code}, "payee", []string{c.Code}, "The bank details of %s are confirmed.", c.Code)
	})
}
