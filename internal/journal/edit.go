package journal

import (
	"context"
	"slices"

	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
)

// Editor changes a draft, which stays locked until the unit ends. What is changed of a line is written by [LineEditor.Save].
type Editor struct {
	*Journal
	Setup *deduction.Setup

	tx *db.Tx
	c  *ledger.Company
}

// New makes a journal and gives its editor; remittance is what it is made from, 0 for nothing.
func New(ctx context.Context, tx *db.Tx, c *ledger.Company, text string, remittance int64) (*Editor, error) {
	j, err := Create(ctx, tx, text, remittance)
	if err != nil {
		return nil, err
	}
	s, err := deduction.LoadSetup(ctx, tx, c)
	return &Editor{Journal: j, Setup: s, tx: tx, c: c}, err
}

// Edit gives the editor of a journal; it is refused when the journal is no draft.
func Edit(ctx context.Context, tx *db.Tx, c *ledger.Company, code string) (*Editor, error) {
	j, err := lock(ctx, tx, code)
	if err != nil {
		return nil, err
	}
	if j.State != Draft {
		return nil, fault.New(fault.Refused, "the payment journal %s is %s; only a draft can be changed", code, j.State).ByRule("not_a_draft")
	}
	s, err := deduction.LoadSetup(ctx, tx, c)
	return &Editor{Journal: j, Setup: s, tx: tx, c: c}, err
}

// Cancel cancels the journal and releases its marks; refused when anything of it was posted.
func (e *Editor) Cancel(ctx context.Context) error {
	var posted int
	if err := e.tx.Row(ctx, "select count(*) from payment_line where company = $1 and journal = $2 and state <> 'draft'", e.tx.Company, e.ID).Scan(&posted); err != nil {
		return err
	}
	if posted > 0 {
		return fault.New(fault.Refused, "%d lines of the payment journal %s are posted, so that it cannot be cancelled; remove the other lines, or reverse those", posted, e.Code).ByRule("partly_posted")
	}
	if _, err := openitem.Release(ctx, e.tx, e.Code, 0, 0); err != nil {
		return err
	}
	return setState(ctx, e.tx, e.Journal, Cancelled)
}

// LineEditor changes a line.
type LineEditor struct {
	*Line
	e      *Editor
	payer  *party.Customer
	family map[int64]*party.Customer
	docs   map[docKey]*document
	before map[docKey]money.Amount // what the line took of documents when it was read
}

// docKey names a document: in the currency of the line.
type docKey struct{ customer, voucher int64 }

// Add adds a line with what is given of it: date, customer, amount, currency, bank, reference, text.
func (e *Editor) Add(ctx context.Context, l *Line) (*LineEditor, error) {
	if err := e.check(ctx, l); err != nil {
		return nil, err
	}
	if err := insertLine(ctx, e.tx, e.ID, l); err != nil {
		return nil, err
	}
	return e.open(ctx, l)
}

// Line gives a line that is a draft, to be changed.
func (e *Editor) Line(ctx context.Context, n int) (*LineEditor, error) {
	l, err := readLine(ctx, e.tx, e.Journal, n)
	if err != nil {
		return nil, err
	}
	if l.State != Draft {
		return nil, fault.New(fault.Refused, "line %d of the payment journal %s is %s; only a draft can be changed", n, e.Code, l.State).ByRule("not_a_draft")
	}
	return e.open(ctx, l)
}

func (e *Editor) open(ctx context.Context, l *Line) (*LineEditor, error) {
	x := &LineEditor{Line: l, e: e, family: map[int64]*party.Customer{}, docs: map[docKey]*document{}, before: map[docKey]money.Amount{}}
	for _, a := range l.Applications {
		x.before[docKey{a.Customer, a.Voucher}] = l.Takes(a)
	}
	var err error
	x.payer, err = x.relative(ctx, l.Customer)
	return x, err
}

// check tests a line that is to be written.
func (e *Editor) check(ctx context.Context, l *Line) error {
	if l.Amount < 0 {
		return fault.New(fault.Invalid, "the amount of a payment is not negative; what goes back to a customer is reimbursed").In("amount")
	}
	if l.Date.IsZero() {
		return fault.New(fault.Invalid, "a payment needs its date").In("date")
	}
	if _, err := money.CurrencyOf(l.Currency); err != nil {
		return err
	}
	account, err := e.c.Bank(l.Bank)
	if err != nil {
		return err
	}
	l.Bank = account.Written
	all, err := party.CustomersByID(ctx, e.tx, []int64{l.Customer})
	if err != nil {
		return err
	}
	if x := all[l.Customer]; x != nil && x.ID == e.c.DeductionCustomer {
		return onDeductionCustomer(x)
	}
	return nil
}

func onDeductionCustomer(x *party.Customer) error {
	return fault.New(fault.Refused, "%s is the customer on whom deductions are held; nobody pays there by hand", x.Code).In("customer").ByRule("deduction_customer")
}

// Change gives the line what is given of another one: date, customer, amount, currency, bank, reference, text. Applied to anything or
// with deductions, its customer and currency stay; with another date the discounts are looked at anew.
func (x *LineEditor) Change(ctx context.Context, to *Line) error {
	if err := x.e.check(ctx, to); err != nil {
		return err
	}
	if len(x.Applications)+len(x.Deductions) > 0 && (to.Customer != x.Customer || to.Currency != x.Currency) {
		return fault.New(fault.Refused, "line %d is applied already, so that its customer and currency stay; take its applications and deductions back first", x.Line.Line).In("customer").ByRule("applied_already")
	}
	again := to.Date != x.Date
	l := x.Line
	l.Date, l.Customer, l.Amount, l.Currency, l.Bank, l.Reference, l.Text = to.Date, to.Customer, to.Amount, to.Currency, to.Bank, to.Reference, to.Text
	var err error
	if x.payer, err = x.relative(ctx, l.Customer); err != nil || !again {
		return err
	}
	for _, a := range slices.Clone(l.Applications) {
		if err := x.applyAgain(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// Remove takes the line out of the journal.
func (x *LineEditor) Remove(ctx context.Context) error {
	x.Applications, x.Deductions = nil, nil
	if err := x.Save(ctx); err != nil {
		return err
	}
	_, err := x.e.tx.Exec(ctx, "delete from payment_line where company = $1 and journal = $2 and line = $3", x.e.tx.Company, x.e.ID, x.Line.Line)
	return err
}

// Save writes the line and brings the marks of the journal in step with it.
func (x *LineEditor) Save(ctx context.Context) error {
	if err := updateLine(ctx, x.e.tx, x.e.ID, x.Line); err != nil {
		return err
	}
	if err := writeDetails(ctx, x.e.tx, x.e.ID, x.Line); err != nil {
		return err
	}
	var changed []docKey
	now := map[docKey]money.Amount{}
	for _, a := range x.Applications {
		k := docKey{a.Customer, a.Voucher}
		if now[k] = x.Takes(a); now[k] != x.before[k] {
			changed = append(changed, k)
		}
	}
	for k := range x.before {
		if _, still := now[k]; !still {
			changed = append(changed, k)
		}
	}
	x.before = now
	clear(x.docs)
	return syncMarks(ctx, x.e.tx, x.e.c, x.e.Journal, changed)
}

// relative gives the customer of the id when it is the payer or of its family.
func (x *LineEditor) relative(ctx context.Context, id int64) (*party.Customer, error) {
	if known := x.family[id]; known != nil {
		return known, nil
	}
	all, err := party.CustomersByID(ctx, x.e.tx, []int64{id})
	if err != nil {
		return nil, err
	}
	found := all[id]
	switch {
	case found == nil:
		return nil, fault.New(fault.NotFound, "there is no such customer").In("customer")
	case id == x.e.c.DeductionCustomer:
		return nil, onDeductionCustomer(found)
	case id != x.Customer && !party.OneFamily(*x.payer, *found):
		return nil, fault.New(fault.Refused, "%s and %s are not of one family: neither is the parent of the other, and they share none", x.payer.Code, found.Code).In("customer").ByRule("no_family")
	}
	x.family[id] = found
	return found, nil
}
