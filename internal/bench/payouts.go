package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"quittance/internal/app"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/format/nacha"
	"quittance/internal/format/pain"
	"quittance/internal/identity"
	"quittance/internal/party"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
	"quittance/internal/secret"
	"quittance/internal/unclaimed"
)

// PayoutOptions say how many payments are made and measured, one a customer.
type PayoutOptions struct {
	Customers int
	Seed      uint64
	Repeat    int // how often each page is looked at
}

// PayoutStep is how long a step took, beside the database writing the same rows by itself.
type PayoutStep struct {
	What   string  `json:"what"`
	Items  int64   `json:"items"` // payments, lines, properties
	Rows   int64   `json:"rows"`  // that were inserted, changed or deleted
	Step   float64 `json:"seconds"`
	Floor  float64 `json:"floor_seconds"`
	Ratio  float64 `json:"ratio"`
	Second float64 `json:"items_per_second"`
}

// PaidOut is what [Payouts] measured.
type PaidOut struct {
	Database  string       `json:"database"`
	Customers int          `json:"customers"`
	Steps     []PayoutStep `json:"steps"`
	Looks     []Looked     `json:"looks"`
	Machine   Machine      `json:"machine"`
	Versions  Versions     `json:"versions"`
}

// payDesk is one call of [Payouts].
type payDesk struct {
	*workshop
	o    PayoutOptions
	tell Tell
	keys *secret.Keyring
	out  *PaidOut
	file []byte // the bank's statement
}

var (
	payer    = app.Call{Actor: identity.Actor{Name: "operator:treasurer", Roles: []identity.Role{identity.Treasurer}}, Company: Company}
	preparer = app.Call{Actor: identity.Actor{Name: "operator:clerk", Roles: []identity.Role{identity.Clerk}}, Company: Company}
	setter   = app.Call{Actor: maker, Company: Company}
)

const (
	payBank    = "BANK"
	payAccount = "123456789"
	payRouting = "091000019"
)

// Payouts makes a company of customers who were reimbursed by open invoices of their vendors, half of them paid by ACH and half by
// pain.001, and measures how all of them are paid in one journal, and how the bank's statement of it is read and reconciled. The database
// must hold no company; it has paid everything afterwards.
func Payouts(ctx context.Context, url string, o PayoutOptions, tell Tell) (out *PaidOut, err error) {
	if o.Customers < 1 || o.Repeat < 1 {
		return nil, fault.New(fault.Usage, "%d customers, %d repetitions measure nothing", o.Customers, o.Repeat).In("customers")
	}
	keys, err := keyring(url)
	if err != nil {
		return nil, err
	}
	if _, err := Generate(ctx, url, GenerateOptions{Customers: o.Customers, Seed: o.Seed, Mix: Yardstick}, tell); err != nil {
		return nil, err
	}
	d := &payDesk{workshop: newWorkshop(url), o: o, tell: tell, keys: keys, out: &PaidOut{Customers: o.Customers, Machine: thisMachine()}}
	defer func() { err = errors.Join(err, d.close()) }()
	if d.out.Versions, err = versionsOf(ctx, url); err != nil {
		return nil, err
	}
	d.out.Database = d.out.Versions.Database
	for _, do := range []func(context.Context) error{d.set, d.unclaimed, d.reimburse, d.pay, d.reconcile} {
		if err := do(ctx); err != nil {
			return nil, err
		}
	}
	return d.out, nil
}

// door opens the database for a moment: it is copied between the steps, with nobody in it. It is the evening of the day it was made.
func (d *payDesk) door(ctx context.Context, do func(*app.App) error) error {
	opened, err := db.Open(ctx, d.source)
	if err != nil {
		return err
	}
	a := app.New(opened, d.keys, func() time.Time { return made.Add(20 * time.Hour) })
	return errors.Join(do(a), a.Close())
}

// set makes bank account, methods, a rule for unclaimed property, and the vendors' bank details.
func (d *payDesk) set(ctx context.Context) error {
	d.tell.say("bank account, methods, bank details of %d vendors", d.o.Customers)
	err := d.door(ctx, func(a *app.App) error {
		err := a.SaveBankAccount(ctx, setter, app.BankAccountRow{
			Code: payBank, Account: "11020", Bank: "First Bank", RoutingNumber: payRouting, AccountNumber: payAccount,
			Settings: payout.Settings{
				ACH:      &payout.ACHSettings{Profile: nacha.Profile{Destination: payRouting, DestinationName: "FIRST BANK", Origin: "1234567890", OriginName: "CITY", Company: "CITY", CompanyID: "1234567890", Bank: payRouting, Description: "REFUND"}},
				Transfer: &pain.Profile{Version: pain.V09, Initiator: "City", Debtor: pain.Party{Name: "City"}, Charges: "SHAR"},
			},
		})
		for _, m := range []app.PaymentMethodRow{{Code: "ach", Kind: payout.ByACH, Bank: payBank}, {Code: "wire", Kind: payout.ByTransfer, Bank: payBank}} {
			err = errors.Join(err, a.SavePaymentMethod(ctx, setter, m))
		}
		return errors.Join(err, a.SaveDormancyRule(ctx, setter, app.DormancyRule{
			Jurisdiction: "US-OH", Kind: unclaimed.Credit, From: firstDay, Months: 12, Activity: unclaimed.ByContact, CutOff: "06-30", Report: "11-01", LetterFirst: 120, LetterLast: 60, LetterMinimum: "50.00", ReplyDays: 30,
		}))
	})
	if err != nil {
		return err
	}
	s, err := openStore(ctx, d.source)
	if err != nil {
		return err
	}
	defer s.close()
	if err := all(ctx, s, "update vendor set payment_method = case when id % 2 = 0 then 'ach' else 'wire' end where one_time = 'no'"); err != nil {
		return err
	}
	var vendors []int64
	if err := s.each(ctx, "select id from vendor where one_time = 'no' order by id", func(c []string) error { vendors = append(vendors, cellInt(c[0])); return nil }); err != nil {
		return err
	}
	company, err := number(ctx, s, "select id from company where code = '"+Company+"'")
	if err != nil {
		return err
	}
	return d.details(ctx, company, vendors)
}

// details gives the vendors bank details that were verified long ago.
func (d *payDesk) details(ctx context.Context, company int64, vendors []int64) error {
	opened, err := db.Open(ctx, d.source)
	if err != nil {
		return err
	}
	defer opened.Close()
	return opened.Unit(ctx, db.Scope{Company: company, Actor: maker.Name, Now: made}, func(ctx context.Context, tx *db.Tx) error {
		for i, id := range vendors {
			b := party.Bank{RoutingNumber: payRouting, AccountNumber: fmt.Sprintf("4%09d", i), AccountType: "checking"}
			if err := party.SaveBank(ctx, tx, d.keys, id, b, party.Trust{Verified: true}); err != nil {
				return err
			}
		}
		return nil
	})
}

// unclaimed measures the selection of unclaimed property among the open credits, which are all dormant then; its floor reads the same rows.
func (d *payDesk) unclaimed(ctx context.Context) error {
	x := PayoutStep{What: "unclaimed property: all open credits"}
	began := time.Now()
	err := d.door(ctx, func(a *app.App) error {
		began = time.Now()
		f, err := a.UnclaimedFigures(ctx, setter, app.UnclaimedSelection{Date: RunDate.AddDays(500), Kind: unclaimed.Credit, All: true}, 0)
		x.Step = seconds(time.Since(began))
		if err == nil {
			x.Items = f.Looked
		}
		return err
	})
	if err != nil {
		return err
	}
	s, err := openStore(ctx, d.source)
	if err != nil {
		return err
	}
	defer s.close()
	began = time.Now()
	n := int64(0)
	err = s.each(ctx, `select o.*, v.number, v.text, c.code, c.name, c.state from open_item o join voucher v on v.company = o.company and v.id = o.voucher join customer c on c.company = o.company and c.id = o.party
		where o.side = 1 and o.open < 0 order by o.party, o.voucher`, func([]string) error { n++; return nil })
	x.Floor = seconds(time.Since(began))
	if err == nil && (n == 0 || n != x.Items) {
		err = fault.New(fault.Violation, "%d credits are open, %d were looked at", n, x.Items).ByRule("rows_differ")
	}
	d.add(x)
	return err
}

func (d *payDesk) reimburse(ctx context.Context) error {
	d.tell.say("reimbursing")
	return d.door(ctx, func(a *app.App) error {
		r, _, err := a.PostSelection(ctx, setter, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: RunDate}, nil)
		if err == nil && r.Totals.Reimbursements == 0 {
			err = fault.New(fault.Violation, "nothing was reimbursed")
		}
		return err
	})
}

func (d *payDesk) add(x PayoutStep) {
	x.Ratio = ratio(x.Step, x.Floor)
	if x.Step > 0 {
		x.Second = whole(float64(x.Items) / x.Step)
	}
	d.tell.say("%s: %d in %.2f s, floor %.2f s (%.2f times), %d rows", x.What, x.Items, x.Step, x.Floor, x.Ratio, x.Rows)
	d.out.Steps = append(d.out.Steps, x)
}

// step measures one step, and its floor in a copy of the database as it was before.
func (d *payDesk) step(ctx context.Context, what string, do func(*app.App) (int64, error)) error {
	if err := settle(ctx, d.source); err != nil {
		return err
	}
	before, err := d.copy(ctx, d.source)
	if err != nil {
		return err
	}
	x := PayoutStep{What: what}
	err = d.door(ctx, func(a *app.App) (err error) {
		began := time.Now()
		x.Items, err = do(a)
		x.Step = seconds(time.Since(began))
		return err
	})
	if err != nil {
		return err
	}
	if x.Items != int64(d.o.Customers) {
		return fault.New(fault.Violation, "%s: %d of %d were done", what, x.Items, d.o.Customers).ByRule("rows_differ")
	}
	if !isPostgres(d.source) {
		if err := checkpoint(ctx, d.source); err != nil {
			return err
		}
	}
	took, rows, err := rewrite(ctx, before, d.source)
	if err != nil {
		return err
	}
	x.Floor, x.Rows = seconds(took), rows
	d.add(x)
	return d.drop(ctx, before)
}

// pay proposes, makes the files, and posts.
func (d *payDesk) pay(ctx context.Context) error {
	choice := app.VendorPaymentChoice{}
	err := d.step(ctx, "vendor payment proposal", func(a *app.App) (n int64, err error) {
		j, err := a.ProposeVendorPayments(ctx, preparer, app.VendorPaymentSelection{})
		if err != nil {
			return 0, err
		}
		choice.Journal = j.Code
		for _, sum := range j.Sums {
			n += sum.Payments
		}
		return n, nil
	})
	if err != nil {
		return err
	}
	err = d.step(ctx, "files: ACH and pain.001", func(a *app.App) (n int64, err error) {
		out, err := a.GenerateVendorPayments(ctx, payer, app.VendorPaymentMaking{Choice: choice})
		if err != nil {
			return 0, err
		}
		for _, f := range out.Files {
			n += int64(f.Payments)
		}
		return n, nil
	})
	if err != nil {
		return err
	}
	err = d.step(ctx, "posting", func(a *app.App) (int64, error) {
		out, err := a.PostVendorPayments(ctx, payer, choice, 0)
		if err != nil {
			return 0, err
		}
		return int64(out.Done), nil
	})
	if err != nil {
		return err
	}
	s, err := openStore(ctx, d.source)
	if err != nil {
		return err
	}
	defer s.close()
	var lines []statementLine
	err = s.each(ctx, "select number, amount from vendor_payment order by id", func(c []string) error {
		lines = append(lines, statementLine{c[0], cellInt(c[1])})
		return nil
	})
	d.file = camt053(payAccount, made.AddDate(0, 0, 2).Format(time.DateOnly), lines)
	return err
}

// reconcile imports the statement and matches its lines, and looks at it before and after.
func (d *payDesk) reconcile(ctx context.Context) error {
	err := d.step(ctx, "importing the bank statement", func(a *app.App) (int64, error) {
		all, err := a.ImportBankStatements(ctx, payer, app.BankImport{Name: "bench.xml", Data: d.file})
		if err != nil {
			return 0, err
		}
		return int64(all[0].Lines), nil
	})
	if err != nil {
		return err
	}
	if err := d.looks(ctx, "all lines open"); err != nil {
		return err
	}
	err = d.step(ctx, "matching and reconciling", func(a *app.App) (n int64, err error) {
		matches, err := a.MatchBank(ctx, payer, payBank, false)
		for _, m := range matches {
			if m.Done {
				n++
			}
		}
		return n, err
	})
	if err != nil {
		return err
	}
	return d.looks(ctx, "all reconciled")
}

// looks measures what people look at of the statement.
func (d *payDesk) looks(ctx context.Context, when string) error {
	const name = payBank + "/1"
	return d.door(ctx, func(a *app.App) error {
		explained := app.BankLineFilter{Explain: true}
		first, err := a.BankStatementLines(ctx, setter, name, app.BankLineFilter{}, app.Page{Limit: max(1, min(500, d.o.Customers/2))})
		if err != nil {
			return err
		}
		for _, l := range []look{
			{"statement, " + when, func(ctx context.Context, _ int) error { _, err := a.BankStatement(ctx, setter, name); return err }},
			{"its lines, first page, " + when, func(ctx context.Context, _ int) error {
				_, err := a.BankStatementLines(ctx, setter, name, explained, app.Page{Limit: recordsShown})
				return err
			}},
			{"its lines, a later page, " + when, func(ctx context.Context, _ int) error {
				_, err := a.BankStatementLines(ctx, setter, name, explained, app.Page{Limit: recordsShown, After: first.Next})
				return err
			}},
			{"a line, " + when, func(ctx context.Context, i int) error {
				_, err := a.BankLine(ctx, setter, fmt.Sprintf("%s/%d", name, 1+i*7919%d.o.Customers))
				return err
			}},
			{"open entries of the bank account, first page, " + when, func(ctx context.Context, _ int) error {
				_, err := a.BankEntries(ctx, setter, payBank, app.BankEntrySearch{}, app.Page{Limit: recordsShown})
				return err
			}},
			{"control of the bank account, " + when, func(ctx context.Context, _ int) error {
				_, err := a.BankControl(ctx, setter, payBank, RunDate.AddDays(30))
				return err
			}},
		} {
			one, err := l.measure(ctx, d.o.Repeat)
			if err != nil {
				return err
			}
			d.tell.say("%s: %.1f ms", one.What, one.Median)
			d.out.Looks = append(d.out.Looks, one)
		}
		return nil
	})
}
