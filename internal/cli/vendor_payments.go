package cli

import (
	"errors"
	"os"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/payout"
)

// vendorPaymentsCmd holds the commands of paying out.
type vendorPaymentsCmd struct {
	List      vpListCmd      `cmd:"" default:"withargs" help:"List payments to vendors, the newest first."`
	Show      vpShowCmd      `cmd:"" help:"Show a payment: what it pays, and all that happened to it."`
	Journals  vpJournalsCmd  `cmd:"" help:"List vendor payment journals, the newest first."`
	Left      vpLeftCmd      `cmd:"" help:"List what the proposal of a journal left out, and why."`
	Simulate  vpSimulateCmd  `cmd:"" help:"Show what a proposal would pay and leave out; nothing is written."`
	Propose   vpProposeCmd   `cmd:"" help:"Make a journal of payments of what is open of vendors."`
	Abandon   vpAbandonCmd   `cmd:"" help:"Cancel a journal whose proposal did not come to its end."`
	Edit      vpEditCmd      `cmd:"" help:"Change payee, method or fate of a payment before anything is made of it."`
	Cancel    vpCancelCmd    `cmd:"" help:"Take payments out of their journal before anything is made of them."`
	Approve   vpApproveCmd   `cmd:"" help:"Approve payments; who proposed them may not."`
	Generate  vpGenerateCmd  `cmd:"" help:"Print the checks and make the files of payments."`
	Reference vpReferenceCmd `cmd:"" help:"Give a manual payment the reference that it was made with."`
	Send      vpSendCmd      `cmd:"" help:"Note that what was generated went out."`
	Withdraw  vpWithdrawCmd  `cmd:"" help:"Take back what was generated and not sent; check numbers are void."`
	Post      vpPostCmd      `cmd:"" help:"Post payments, each with its voucher; the invoices are settled."`
	Void      vpVoidCmd      `cmd:"" help:"Void payments: posted ones are mirrored, their invoices open again."`
	Return    vpReturnCmd    `cmd:"" help:"Note that payments came back: returned by the bank, or undeliverable."`
	Stop      vpStopCmd      `cmd:"" help:"Note that checks were stopped at the bank."`
	Stale     vpStaleCmd     `cmd:"" help:"Note that checks were never cashed and are stale."`
	Reject    vpRejectCmd    `cmd:"" help:"Note that the bank rejected payments."`
	Answers   vpAnswersCmd   `cmd:"" help:"Read a bank's file: returns, notifications of change, a status report, a list of checks."`
	Answered  vpAnsweredCmd  `cmd:"" help:"List the files of answers that were read, or what was done by one."`
	Files     vpFilesCmd     `cmd:"" help:"List payment files, the newest first."`
	File      vpFileCmd      `cmd:"" help:"Write a payment file to a place; each time is told in the audit trail."`
}

const vpColumns = "payment status vendor name method >amount currency date number voucher"

func vpCells(p *app.VendorPayment) []string {
	return []string{p.Payment, string(p.Status), p.Vendor, p.Name, p.Method, p.Amount, p.Currency, p.Date.String(), p.Number, p.Voucher}
}

type vpListCmd struct {
	pageFlags
	Journal string   `help:"Of this journal only." placeholder:"CODE"`
	Vendor  string   `help:"Of this vendor only." placeholder:"CODE"`
	Bank    string   `help:"From this bank account only." placeholder:"CODE"`
	Number  string   `help:"With this check number, trace number or reference." placeholder:"N"`
	Status  []string `help:"With one of these statuses: created, approved, generated, sent, posted, cleared, rejected, voided, returned, stopped, stale, reissued, escheated, cancelled." placeholder:"S"`
}

// Run lists payments.
func (c *vpListCmd) Run(e *env) error {
	f := app.VendorPaymentFilter{Journal: c.Journal, Vendor: c.Vendor, Bank: c.Bank, Number: c.Number}
	for _, s := range c.Status {
		f.Status = append(f.Status, payout.Status(s))
	}
	return listPart(e, c.pageFlags, vpColumns, "There is no payment.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[app.VendorPayment], error) {
			return a.VendorPayments(e.ctx, call, f, p)
		}, vpCells)
}

// vpArg names a payment.
type vpArg struct {
	Payment string `arg:"" help:"The payment: journal and line, such as VPJ-00000001/1."`
}

type vpShowCmd struct{ vpArg }

// Run shows a payment.
func (c *vpShowCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		p, err := a.VendorPayment(e.ctx, call, c.Payment)
		if err != nil {
			return err
		}
		return e.showVendorPayment(p)
	})
}

// sameBank says who else has the payee's bank account; blank: nobody.
func sameBank(p *app.VendorPayment) string {
	if len(p.SameBank) == 0 {
		return ""
	}
	return "the same bank account as " + strings.Join(p.SameBank, ", ")
}

// showVendorPayment prints a payment: its own row, then what it pays, then what happened.
func (e *env) showVendorPayment(p *app.VendorPayment) error {
	if e.Output == "json" || e.Output == "jsonl" {
		return e.object(p)
	}
	l := e.list("what at by >amount voucher detail")
	detail := strings.TrimSpace(p.Name + " " + p.Method + " " + p.Number + " " + p.PayeeNote)
	if same := sameBank(p); same != "" {
		detail += "; " + same
	}
	if err := l.add(p, string(p.Status), p.Date.String(), p.Vendor, p.Amount, p.Voucher, detail); err != nil {
		return err
	}
	for _, x := range p.Items {
		if err := l.add(x, "pays", x.Due.String(), "", x.Amount, x.Voucher, ""); err != nil {
			return err
		}
	}
	for _, x := range p.History {
		if err := l.add(x, string(x.Status), x.At, x.Actor, "", x.Voucher, x.Detail); err != nil {
			return err
		}
	}
	return l.close("")
}

type vpJournalsCmd struct {
	pageFlags
	State string `help:"proposing, open, posted or cancelled." placeholder:"STATE"`
}

// Run lists journals.
func (c *vpJournalsCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, vpjColumns, "There is no vendor payment journal.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[app.VendorPaymentJournal], error) {
			return a.VendorPaymentJournals(e.ctx, call, payout.JournalState(c.State), p)
		}, vpjCells)
}

const vpjColumns = "journal date state payments left text"

func vpjCells(j *app.VendorPaymentJournal) []string {
	return []string{j.Code, j.Date.String(), string(j.State), sumsText(j.Sums), strconv.FormatInt(j.LeftOut, 10), j.Text}
}

// sumsText writes sums of payments on one line.
func sumsText(sums []app.VendorPaymentSum) string {
	texts := make([]string, len(sums))
	for i, s := range sums {
		texts[i] = strconv.FormatInt(s.Payments, 10) + " " + string(s.Status) + " " + s.Amount + " " + s.Currency
	}
	return strings.Join(texts, ", ")
}

type vpLeftCmd struct {
	pageFlags
	journalArg
}

const vplColumns = "vendor voucher reason >amount currency detail"

func vplCells(l *app.VendorPaymentLeft) []string {
	return []string{l.Vendor, l.Voucher, string(l.Reason), l.Amount, l.Currency, l.Detail}
}

// Run lists what was left out.
func (c *vpLeftCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, vplColumns, "Nothing was left out.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[app.VendorPaymentLeft], error) {
			return a.VendorPaymentsLeft(e.ctx, call, c.Journal, p)
		}, vplCells)
}

type vpAbandonCmd struct{ journalArg }

// Run cancels a journal that is being proposed.
func (c *vpAbandonCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		j, err := a.AbandonVendorPayments(e.ctx, call, c.Journal)
		if err != nil {
			return err
		}
		return e.result(j, vpjColumns, vpjCells(j), "Cancelled the vendor payment journal %s.", j.Code)
	})
}

type vpEditCmd struct {
	vpArg
	Payee  *string `help:"Pay this vendor or customer instead, by exception; the vendor's own code takes that back." placeholder:"CODE"`
	Reason string  `help:"Why another payee." placeholder:"TEXT"`
	Method *string `help:"Pay by this method." placeholder:"CODE"`
	Fate   *string `help:"Should the payment fail: reissue, reverse, or blank for the company's." placeholder:"F"`
}

// Run changes a payment.
func (c *vpEditCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		edit := app.VendorPaymentEdit{Payee: c.Payee, Reason: c.Reason, Method: c.Method}
		if c.Fate != nil {
			edit.Fate = new(payout.Fate(*c.Fate))
		}
		p, err := a.EditVendorPayment(e.ctx, call, c.Payment, edit)
		if err != nil {
			return err
		}
		return e.showVendorPayment(p)
	})
}

// vpChoice names payments of a journal, or all of it.
type vpChoice struct {
	Payments []string `arg:"" help:"A journal, or payments such as VPJ-00000001/1."`
}

func (c vpChoice) choice() app.VendorPaymentChoice {
	if len(c.Payments) == 1 && !strings.Contains(c.Payments[0], "/") {
		return app.VendorPaymentChoice{Journal: c.Payments[0]}
	}
	return app.VendorPaymentChoice{Payments: c.Payments}
}

// change prints what a change to payments did. When some were refused it ends with an error, so that scripts notice.
func (e *env) change(do func(*app.App, app.Call) (*app.VendorPaymentsDone, error)) error {
	return e.with(func(a *app.App, call app.Call) error {
		d, err := do(a, call)
		if err != nil {
			return err
		}
		if e.Output == "json" || e.Output == "jsonl" {
			return someRefused(e.object(d), len(d.Refused), "payments")
		}
		l := e.list("what >payments >amount currency detail")
		for _, s := range d.Amounts {
			if err := l.add(s, string(s.Status), strconv.FormatInt(s.Payments, 10), s.Amount, s.Currency, ""); err != nil {
				return err
			}
		}
		for _, x := range []struct {
			what    string
			numbers []string
		}{{"vouchers", d.Vouchers}, {"open again", d.Freed}, {"reversed", d.Reversed}} {
			if n := len(x.numbers); n > 0 {
				if err := l.add(x.numbers, x.what, strconv.Itoa(n), "", "", strings.Join(x.numbers[:min(n, 10)], " ")); err != nil {
					return err
				}
			}
		}
		for _, r := range d.Refused {
			if err := l.add(r, "refused", "1", "", "", r.Payment+": "+r.Problem); err != nil {
				return err
			}
		}
		return someRefused(l.close("Nothing was done."), len(d.Refused), "payments")
	})
}

type vpCancelCmd struct {
	vpChoice
	Reason string `required:"" help:"Why." placeholder:"TEXT"`
}

// Run takes payments out.
func (c *vpCancelCmd) Run(e *env) error {
	return e.change(func(a *app.App, call app.Call) (*app.VendorPaymentsDone, error) {
		return a.CancelVendorPayments(e.ctx, call, c.choice(), c.Reason)
	})
}

type vpApproveCmd struct{ vpChoice }

// Run approves payments.
func (c *vpApproveCmd) Run(e *env) error {
	return e.change(func(a *app.App, call app.Call) (*app.VendorPaymentsDone, error) {
		return a.ApproveVendorPayments(e.ctx, call, c.choice())
	})
}

type vpSendCmd struct {
	vpChoice
	Detail string `help:"How, for the history." placeholder:"TEXT"`
}

// Run notes that payments went out.
func (c *vpSendCmd) Run(e *env) error {
	return e.change(func(a *app.App, call app.Call) (*app.VendorPaymentsDone, error) {
		return a.SendVendorPayments(e.ctx, call, c.choice(), c.Detail)
	})
}

type vpWithdrawCmd struct {
	vpChoice
	Reason string `required:"" help:"Why." placeholder:"TEXT"`
}

// Run takes back what was generated.
func (c *vpWithdrawCmd) Run(e *env) error {
	return e.change(func(a *app.App, call app.Call) (*app.VendorPaymentsDone, error) {
		return a.WithdrawVendorPayments(e.ctx, call, c.choice(), c.Reason)
	})
}

type vpPostCmd struct {
	vpChoice
	Date civil.Date `help:"Posting date (default: today)." placeholder:"YYYY-MM-DD"`
}

// Run posts payments.
func (c *vpPostCmd) Run(e *env) error {
	return e.change(func(a *app.App, call app.Call) (*app.VendorPaymentsDone, error) {
		return a.PostVendorPayments(e.ctx, call, c.choice(), c.Date)
	})
}

// vpFailure says how payments came back.
type vpFailure struct {
	vpChoice
	Date   civil.Date `help:"Date of the mirrors (default: today)." placeholder:"YYYY-MM-DD"`
	Reason string     `required:"" help:"Why." placeholder:"TEXT"`
	Fate   string     `help:"What becomes of reimbursements: reissue (they wait to be paid again) or reverse (the credits are open again)." placeholder:"F"`
}

func (c vpFailure) run(e *env, as payout.Status) error {
	return e.change(func(a *app.App, call app.Call) (*app.VendorPaymentsDone, error) {
		return a.FailVendorPayments(e.ctx, call, app.VendorPaymentFailure{Choice: c.choice(), As: as, Date: c.Date, Reason: c.Reason, Fate: payout.Fate(c.Fate)})
	})
}

type (
	vpVoidCmd   struct{ vpFailure }
	vpReturnCmd struct{ vpFailure }
	vpStopCmd   struct{ vpFailure }
	vpStaleCmd  struct{ vpFailure }
	vpRejectCmd struct{ vpFailure }
)

// Run voids payments.
func (c *vpVoidCmd) Run(e *env) error { return c.run(e, payout.Voided) }

// Run notes returns.
func (c *vpReturnCmd) Run(e *env) error { return c.run(e, payout.Returned) }

// Run notes stop payments.
func (c *vpStopCmd) Run(e *env) error { return c.run(e, payout.Stopped) }

// Run notes stale checks.
func (c *vpStaleCmd) Run(e *env) error { return c.run(e, payout.Stale) }

// Run notes rejections.
func (c *vpRejectCmd) Run(e *env) error { return c.run(e, payout.Rejected) }

type vpGenerateCmd struct {
	vpChoice
	SameDay   bool       `help:"ACH payments settle today."`
	Effective civil.Date `help:"ACH payments settle on this day (default: their date, tomorrow at the earliest)." placeholder:"YYYY-MM-DD"`
}

// Run prints checks and makes files.
func (c *vpGenerateCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		m, err := a.GenerateVendorPayments(e.ctx, call, app.VendorPaymentMaking{Choice: c.choice(), SameDay: c.SameDay, Effective: c.Effective})
		if err != nil {
			return err
		}
		if e.Output == "json" || e.Output == "jsonl" {
			return someRefused(e.object(m), len(m.Refused), "payments")
		}
		l := e.list("file kind bank >payments >total currency detail")
		for i := range m.Files {
			f := &m.Files[i]
			if err := l.add(f, f.Code, f.Kind, f.Bank, strconv.Itoa(f.Payments), f.Total, f.Currency, "quittance vendor-payments file "+f.Code+" "+f.Name); err != nil {
				return err
			}
		}
		for _, r := range m.Refused {
			if err := l.add(r, "refused", "", "", "1", "", "", r.Payment+": "+r.Problem); err != nil {
				return err
			}
		}
		return someRefused(l.close("Nothing was made."), len(m.Refused), "payments")
	})
}

type vpReferenceCmd struct {
	vpArg
	Reference string `arg:"" help:"The reference, such as the number of a wire."`
}

// Run gives a manual payment its reference.
func (c *vpReferenceCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		p, err := a.RecordVendorPayment(e.ctx, call, c.Payment, c.Reference)
		if err != nil {
			return err
		}
		return e.showVendorPayment(p)
	})
}

type vpFilesCmd struct {
	pageFlags
	Journal string `help:"Of this journal only." placeholder:"CODE"`
}

// Run lists payment files.
func (c *vpFilesCmd) Run(e *env) error {
	return listPart(e, c.pageFlags, "file journal kind bank >payments >total currency made_at made_by >copies", "There is no payment file.",
		func(a *app.App, call app.Call, p app.Page) (app.Part[app.PaymentFile], error) {
			return a.PaymentFiles(e.ctx, call, app.PaymentFileFilter{Journal: c.Journal}, p)
		},
		func(f *app.PaymentFile) []string {
			return []string{f.Code, f.Journal, f.Kind, f.Bank, strconv.Itoa(f.Payments), f.Total, f.Currency, f.MadeAt, f.MadeBy, strconv.Itoa(f.Copies)}
		})
}

// writeNew writes a file that is not there yet, for its owner alone.
func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

type vpFileCmd struct {
	File string `arg:"" help:"The payment file."`
	To   string `arg:"" help:"Where to write it." type:"path"`
}

// Run writes a payment file, which nobody else may read.
func (c *vpFileCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		f, err := a.OpenPaymentFile(e.ctx, call, c.File)
		if err != nil {
			return err
		}
		if err := writeNew(c.To, f.Content); err != nil {
			return fault.New(fault.Refused, "%s cannot be written: %v", c.To, err).In("to").Because(err)
		}
		return e.result(f.PaymentFile, "file name >payments >total sha256", []string{f.Code, c.To, strconv.Itoa(f.Payments), f.Total, f.SHA256}, "Wrote payment file %s to %s: %d payments, %s %s, SHA-256 %s.", f.Code, c.To, f.Payments, f.Total, f.Currency, f.SHA256)
	})
}
