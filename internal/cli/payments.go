package cli

import (
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
)

// paymentsCmd holds the commands of customer payment journals.
type paymentsCmd struct {
	List     paymentListCmd     `cmd:"" default:"withargs" help:"List payment journals, the newest first."`
	Show     paymentShowCmd     `cmd:"" help:"Show a journal: its payments, what they are applied to, what was deducted, what is left."`
	Create   paymentCreateCmd   `cmd:"" help:"Make an empty journal."`
	Line     paymentLineCmd     `cmd:"" help:"Add a payment to a journal, or with --line change or remove one."`
	Open     paymentOpenCmd     `cmd:"" help:"List what a payment can be applied to: open documents of the payer and its family, by due date."`
	Apply    paymentApplyCmd    `cmd:"" help:"Apply a payment to documents; what is not paid of them is deducted, unless it is left open."`
	Unapply  paymentUnapplyCmd  `cmd:"" help:"Take applications of a payment back."`
	Deduct   paymentDeductCmd   `cmd:"" help:"Add a deduction to a payment, or with --deduction change or remove one."`
	Split    paymentSplitCmd    `cmd:"" help:"Split a deduction in two."`
	Discount paymentDiscountCmd `cmd:"" help:"Say what terms discount the customer took on a document; what was not earned is deducted."`
	Preview  paymentPreviewCmd  `cmd:"" help:"Print the vouchers that posting would post."`
	Post     paymentPostCmd     `cmd:"" help:"Post a journal, payment by payment; those that cannot be posted stay and say why."`
	Reverse  paymentReverseCmd  `cmd:"" help:"Reverse posted payments with all that they did."`
	Cancel   paymentCancelCmd   `cmd:"" help:"Cancel a journal of which nothing is posted."`
}

type paymentListCmd struct {
	pageFlags
	State    string `help:"draft, posted, reversed or cancelled." placeholder:"STATE"`
	Customer string `help:"With payments of this customer only." placeholder:"CODE"`
}

// Run lists payment journals.
func (c *paymentListCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, "journal state >lines >posted >problems currency >cash >applied >left text", "There is no payment journal.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[app.PaymentJournalRow], error) {
			return a.PaymentJournals(e.ctx, call, app.PaymentFilter{State: c.State, Customer: c.Customer}, p)
		},
		func(j *app.PaymentJournalRow) []string {
			var t app.PaymentTotals
			if len(j.Totals) == 1 { // of several currencies, the journal itself shows the sums
				t = j.Totals[0]
			}
			return []string{j.Code, j.State, strconv.Itoa(j.Lines), strconv.Itoa(j.Posted), strconv.Itoa(j.Problems), t.Currency, t.Cash, t.Applied, t.Left, j.Text}
		})
}

// journalArg names a journal.
type journalArg struct {
	Journal string `arg:"" help:"The journal."`
}

// lineFlag names a payment of a journal.
type lineFlag struct {
	journalArg
	Line int `help:"The payment: its line in the journal." default:"1" placeholder:"N"`
}

type paymentShowCmd struct{ journalArg }

// Run shows a journal.
func (c *paymentShowCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		j, err := a.PaymentJournal(e.ctx, call, c.Journal)
		if err != nil {
			return err
		}
		return e.showPayments(j, j.Lines)
	})
}

const paymentColumns = "line what customer document type date >amount >discount >deducted >left state detail"

// showPayments prints payments: for each its own row, then those of what it is applied to and deducts.
func (e *env) showPayments(v any, lines []app.PaymentLine) error {
	if e.Output == "json" || e.Output == "jsonl" {
		return e.object(v)
	}
	l := e.list(paymentColumns)
	for i := range lines {
		x := &lines[i]
		n := strconv.Itoa(x.Line)
		detail := strings.TrimSpace(x.Reference + " " + x.Voucher + " " + x.Problem)
		if err := l.add(x, n, "payment", x.Customer, "", x.Currency, x.Date.String(), x.Amount, x.Totals.Discount, x.Totals.Deducted, x.Totals.Left, x.State, detail); err != nil {
			return err
		}
		for _, y := range x.Applications {
			what := "application " + strconv.Itoa(y.N)
			if y.Credit {
				what = "credit " + strconv.Itoa(y.N)
			}
			if err := l.add(y, n, what, y.Customer, y.Voucher, y.Type, y.Date.String(), y.Amount, y.Discount, y.Deducted, y.Left, "", ""); err != nil {
				return err
			}
		}
		for _, d := range x.Deductions {
			allowed := ""
			if d.Allowed {
				allowed = "allowed"
			}
			if err := l.add(d, n, "deduction "+strconv.Itoa(d.N), d.Customer, d.Voucher, d.Type, "", "", "", d.Amount, "", allowed, strings.TrimSpace(d.Deduction+" "+d.Reason+" "+d.Account+d.Plan)); err != nil {
				return err
			}
		}
	}
	return l.close("The journal has no payment.")
}

func (e *env) showPayment(l *app.PaymentLine, err error) error {
	if err != nil {
		return err
	}
	return e.showPayments(l, []app.PaymentLine{*l})
}

type paymentCreateCmd struct {
	Text string `help:"What it is, for people." placeholder:"TEXT"`
}

// Run makes a journal.
func (c *paymentCreateCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		j, err := a.CreatePaymentJournal(e.ctx, call, app.PaymentJournalRequest{Text: c.Text})
		if err != nil {
			return err
		}
		return e.result(j, "journal state", []string{j.Code, j.State}, "Made the payment journal %s.", j.Code)
	})
}

type paymentLineCmd struct {
	journalArg
	Line      int        `help:"Change this payment instead of adding one." placeholder:"N"`
	Remove    bool       `help:"Remove it."`
	Customer  string     `help:"Who paid." placeholder:"CODE"`
	Amount    string     `help:"The cash; 0 when credits and deductions alone are applied." placeholder:"A"`
	Date      civil.Date `help:"Date of the payment (default: today)." placeholder:"YYYY-MM-DD"`
	Currency  string     `help:"Currency (default: the customer's)." placeholder:"CUR"`
	Bank      string     `help:"Ledger account of the bank (default: the parameter remittance_bank)." placeholder:"ACCOUNT"`
	Reference string     `help:"Check number or the like." placeholder:"REF"`
	Text      string     `help:"For people." placeholder:"TEXT"`
	Oldest    bool       `help:"Apply it at once to the oldest open documents."`
}

// Run adds, changes or removes a payment.
func (c *paymentLineCmd) Run(e *env) error {
	switch {
	case c.Remove && (c.Line == 0 || c.Customer+c.Amount != ""):
		return usage("--remove takes --line and nothing else")
	case !c.Remove && (c.Customer == "" || c.Amount == ""):
		return usage("a payment needs --customer and --amount")
	}
	return e.with(func(a *app.App, call app.Call) error {
		if c.Remove {
			j, err := a.RemovePaymentLine(e.ctx, call, c.Journal, c.Line)
			if err != nil {
				return err
			}
			return e.showPayments(j, j.Lines)
		}
		req := app.PaymentLineRequest{Date: c.Date, Customer: c.Customer, Amount: c.Amount, Currency: c.Currency, Bank: c.Bank, Reference: c.Reference, Text: c.Text}
		var l *app.PaymentLine
		var err error
		if c.Line != 0 {
			l, err = a.ChangePaymentLine(e.ctx, call, c.Journal, c.Line, req)
		} else {
			l, err = a.AddPaymentLine(e.ctx, call, c.Journal, req)
		}
		if err == nil && c.Oldest {
			var p *app.PaymentProposed
			if p, err = a.ProposePayment(e.ctx, call, c.Journal, l.Line, app.PaymentProposal{OldestFirst: true}); err == nil {
				l = &p.Line
			}
		}
		return e.showPayment(l, err)
	})
}

type paymentOpenCmd struct {
	lineFlag
	pageFlags
}

// Run lists what a payment can be applied to.
func (c *paymentOpenCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, "customer voucher type date due_date >open >available >discount discount_date", "Nothing is open.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[app.PaymentCandidate], error) {
			return a.PaymentCandidates(e.ctx, call, c.Journal, c.Line, p)
		},
		func(x *app.PaymentCandidate) []string {
			return []string{x.Customer, x.Voucher, x.Type, x.Date.String(), x.Due.String(), x.Open, x.Available, x.Discount, x.DiscountDate.String()}
		})
}

type paymentApplyCmd struct {
	lineFlag
	To        []string `help:"A document, and what is paid of it: VOUCHER, or VOUCHER=AMOUNT. Can be given again." placeholder:"V[=A]"`
	Customer  string   `help:"Whose the documents are (default: the payer's, else those of its family)." placeholder:"CODE"`
	LeaveOpen bool     `help:"What is not paid stays open and is no deduction."`
	Oldest    bool     `help:"To the oldest documents first, as far as the payment goes."`
	Remitted  bool     `help:"The documents are what the customer names: those that do not fit are listed, and the others applied."`
}

// Run applies a payment.
func (c *paymentApplyCmd) Run(e *env) error {
	if len(c.To) == 0 && !c.Oldest {
		return usage("say what to apply the payment to: --to VOUCHER[=AMOUNT], or --oldest")
	}
	var reqs []app.PaymentApplyRequest
	for _, to := range c.To {
		voucher, amount, _ := strings.Cut(to, "=")
		reqs = append(reqs, app.PaymentApplyRequest{Customer: c.Customer, Voucher: voucher, Amount: amount, LeaveOpen: c.LeaveOpen})
	}
	return e.with(func(a *app.App, call app.Call) error {
		if !c.Oldest && !c.Remitted {
			return e.showPayment(a.ApplyPayment(e.ctx, call, c.Journal, c.Line, reqs))
		}
		p, err := a.ProposePayment(e.ctx, call, c.Journal, c.Line, app.PaymentProposal{OldestFirst: c.Oldest, References: reqs})
		if err != nil {
			return err
		}
		for _, u := range p.Unmatched {
			if err := e.hint("not applied: %s %s: %s", u.Voucher, u.Amount, u.Reason); err != nil {
				return err
			}
		}
		return e.showPayments(p, []app.PaymentLine{p.Line})
	})
}

type paymentUnapplyCmd struct {
	lineFlag
	Application []int `help:"The application (default: all)." placeholder:"N"`
}

// Run takes applications back.
func (c *paymentUnapplyCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		return e.showPayment(a.UnapplyPayment(e.ctx, call, c.Journal, c.Line, c.Application))
	})
}

type paymentDeductCmd struct {
	lineFlag
	Deduction   int    `help:"Change this deduction instead of adding one." placeholder:"N"`
	Remove      bool   `help:"Remove it."`
	Application int    `help:"The application that leaves it open (default: it stands alone)." placeholder:"N"`
	Customer    string `help:"Whose it is, when it stands alone (default: the payer's)." placeholder:"CODE"`
	Amount      string `help:"The amount." placeholder:"A"`
	Type        string `help:"Type (default: the reason's)." placeholder:"TYPE"`
	Allowed     bool   `help:"It is written off, or charged to its plan, at once."`
	Reason      string `help:"Why it was taken (default: by the customer's code)." placeholder:"REASON"`
	Account     string `help:"Account to write off to." placeholder:"ACCOUNT"`
	Plan        string `help:"Accrual plan." placeholder:"PLAN"`
	TheirCode   string `help:"The customer's own code for the reason." placeholder:"CODE"`
	Claim       string `help:"The customer's number for it." placeholder:"CLAIM"`
	Note        string `help:"For people." placeholder:"TEXT"`
}

// Run adds, changes or removes a deduction.
func (c *paymentDeductCmd) Run(e *env) error {
	if c.Remove && c.Deduction == 0 {
		return usage("--remove takes --deduction")
	}
	return e.with(func(a *app.App, call app.Call) error {
		req := app.PaymentDeductionRequest{
			Application: c.Application, Customer: c.Customer, Type: c.Type, Allowed: c.Allowed, Reason: c.Reason, Account: c.Account, Plan: c.Plan,
			Amount: c.Amount, TheirCode: c.TheirCode, Claim: c.Claim, Note: c.Note,
		}
		switch {
		case c.Remove:
			return e.showPayment(a.RemovePaymentDeduction(e.ctx, call, c.Journal, c.Line, c.Deduction))
		case c.Deduction != 0:
			return e.showPayment(a.ChangePaymentDeduction(e.ctx, call, c.Journal, c.Line, c.Deduction, req))
		}
		return e.showPayment(a.AddPaymentDeduction(e.ctx, call, c.Journal, c.Line, req))
	})
}

type paymentSplitCmd struct {
	lineFlag
	Deduction int    `required:"" help:"The deduction." placeholder:"N"`
	Amount    string `required:"" help:"What becomes one of its own; the rest stays." placeholder:"A"`
}

// Run splits a deduction.
func (c *paymentSplitCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		return e.showPayment(a.SplitPaymentDeduction(e.ctx, call, c.Journal, c.Line, c.Deduction, c.Amount))
	})
}

type paymentDiscountCmd struct {
	lineFlag
	Voucher  string `required:"" help:"The document." placeholder:"V"`
	Amount   string `help:"What is paid of it (default: all that is open, less the discount)." placeholder:"A"`
	Discount string `required:"" help:"The discount that the customer took." placeholder:"A"`
}

// Run says what discount was taken.
func (c *paymentDiscountCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		return e.showPayment(a.ApplyPayment(e.ctx, call, c.Journal, c.Line, []app.PaymentApplyRequest{{Voucher: c.Voucher, Amount: c.Amount, Discount: &c.Discount}}))
	})
}

type paymentPreviewCmd struct {
	journalArg
	Line int `help:"This payment only." placeholder:"N"`
}

// Run prints what would be posted.
func (c *paymentPreviewCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		effect, err := a.PreviewPaymentJournal(e.ctx, call, c.Journal, c.Line)
		if err != nil {
			return err
		}
		if e.Output == "json" || e.Output == "jsonl" {
			return e.object(effect)
		}
		l := e.list("voucher type date account party currency >debit >credit")
		for _, v := range effect.Vouchers {
			for i := range v.Lines {
				x := &v.Lines[i]
				if err := l.add(x, v.Number, v.Type, v.Date.String(), x.Account, x.Party, x.Currency, x.Debit, x.Credit); err != nil {
					return err
				}
			}
		}
		return l.close("Nothing would be posted.")
	})
}

type paymentPostCmd struct{ journalArg }

// Run posts a journal.
func (c *paymentPostCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		return e.showPosted(a.PostPaymentJournal(e.ctx, call, c.Journal))
	})
}

// showPosted prints what came of each payment. When some were refused it ends with an error, so that scripts notice.
func (e *env) showPosted(p *app.PaymentPosted, err error) error {
	if err != nil {
		return err
	}
	refused := 0
	for _, l := range p.Lines {
		if l.Problem != "" {
			refused++
		}
	}
	if e.Output == "json" || e.Output == "jsonl" {
		err = e.object(p)
	} else {
		err = e.listPosted(p)
	}
	return someRefused(err, refused, "payments")
}

// someRefused says that of many changes, each by itself, some were refused.
func someRefused(err error, n int, what string) error {
	if err == nil && n > 0 {
		err = fault.New(fault.Refused, "%d %s were refused, for the reasons above; the others are done", n, what).ByRule("some_refused")
	}
	return err
}

func (e *env) listPosted(p *app.PaymentPosted) error {
	l := e.list("line state voucher deductions problem")
	for _, x := range p.Lines {
		if err := l.add(x, strconv.Itoa(x.Line), x.State, x.Voucher, strings.Join(x.Deductions, " "), x.Problem); err != nil {
			return err
		}
	}
	return l.close("Nothing was left to do: the journal is " + p.State + ".")
}

type paymentReverseCmd struct {
	journalArg
	Line   int        `help:"This payment only (default: all that are posted)." placeholder:"N"`
	Date   civil.Date `required:"" help:"Date of the reversal, in an open period." placeholder:"YYYY-MM-DD"`
	Reason string     `required:"" help:"Why." placeholder:"TEXT"`
}

// Run reverses payments.
func (c *paymentReverseCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		return e.showPosted(a.ReversePayment(e.ctx, call, c.Journal, app.PaymentReversal{Line: c.Line, Date: c.Date, Reason: c.Reason}))
	})
}

type paymentCancelCmd struct{ journalArg }

// Run cancels a journal.
func (c *paymentCancelCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		j, err := a.CancelPaymentJournal(e.ctx, call, c.Journal)
		if err != nil {
			return err
		}
		return e.result(j, "journal state", []string{j.Code, j.State}, "Cancelled the payment journal %s.", j.Code)
	})
}
