package unclaimed

import (
	"context"
	"errors"
	"fmt"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/payout"
)

// Remittance is a payment of escheated property to a jurisdiction.
type Remittance struct {
	ID           int64
	Code         string
	Jurisdiction string
	Date         civil.Date
	Bank         int64
	BankCode     string
	Currency     string
	Amount       money.Amount
	Reference    string
	Voucher      int64
	Number       string // of the voucher
	MadeBy       string
	Reversal     string // number of the voucher that took it back; blank: it stands
	Properties   int
}

// Remit pays properties of one jurisdiction and currency from a bank account: the liability is debited with what it stands at, the bank
// credited, in another currency at the rate of the date with the realised exchange differences, with due-to and due-from lines where they
// are of different balancing values.
func Remit(ctx context.Context, tx *db.Tx, c *ledger.Company, b *payout.BankAccount, all []*Property, date civil.Date, reference string) (*Remittance, error) {
	if len(all) == 0 {
		return nil, fault.New(fault.Refused, "there is no escheated property to remit").ByRule("nothing_to_do")
	}
	r := &Remittance{Jurisdiction: all[0].Place.Jurisdiction, Date: date, Bank: b.ID, BankCode: b.Code, Currency: b.Currency, Reference: reference, MadeBy: tx.Actor, Properties: len(all)}
	ids := make([]int64, len(all))
	for i, p := range all {
		ids[i] = p.ID
		if err := p.remittable(r); err != nil {
			return nil, err
		}
	}
	bank, err := payout.LedgerAccount(c, b.Account)
	if err != nil {
		return nil, err
	}
	lines, err := linesOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	v := &ledger.Voucher{Date: date, Type: ledger.Journal, Text: fmt.Sprintf("Unclaimed property remitted to %s %s", r.Jurisdiction, reference)}
	var sum money.Sum
	for _, x := range lines {
		a, err := c.Parse(x.account)
		if err != nil {
			return nil, err
		}
		v.Entries = append(v.Entries, ledger.Entry{Account: a, Currency: r.Currency, Amount: x.amount, Accounting: x.accounting})
		sum.Add(x.amount)
	}
	if r.Amount, err = sum.Total(); err != nil {
		return nil, err
	}
	if err := payout.PayFrom(c, v, bank, r.Currency); err != nil {
		return nil, err
	}
	if err := openitem.Post(ctx, tx, c, v); err != nil {
		return nil, err
	}
	r.Voucher, r.Number = v.ID, v.Number
	if err := r.save(ctx, tx); err != nil {
		return nil, err
	}
	if err := move(ctx, tx, all, Remitted, r.ID); err != nil {
		return nil, err
	}
	return r, note(ctx, tx, all, v.ID, "remitted with "+r.Code)
}

// remittable refuses a property that cannot be remitted with others.
func (p *Property) remittable(r *Remittance) error {
	if err := p.must(Escheated, "remitted"); err != nil {
		return err
	}
	switch {
	case p.Place.Jurisdiction != r.Jurisdiction:
		return fault.New(fault.Refused, "property %s is of %s, others of %s; remit each jurisdiction by itself", p.Code, p.Place.Jurisdiction, r.Jurisdiction).ByRule("several_jurisdictions")
	case p.Currency != r.Currency:
		return fault.New(fault.Refused, "property %s is in %s, but bank account %s in %s; remit it from another", p.Code, p.Currency, r.BankCode, r.Currency).ByRule("other_currency").In("bank")
	case r.Date < p.On:
		return fault.New(fault.Refused, "property %s was escheated on %s; it cannot be remitted on %s, before that", p.Code, p.On, r.Date).ByRule("remitted_before").In("date")
	}
	return nil
}

func (r *Remittance) save(ctx context.Context, tx *db.Tx) (err error) {
	if r.ID, err = tx.NewID(ctx); err != nil {
		return err
	}
	if r.Code, err = ledger.DrawCode(ctx, tx, ledger.UnclaimedRemittanceSeries); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into unclaimed_remittance (company, id, code, jurisdiction, date, bank, currency, amount, reference, voucher, made_by, made_at, reversal)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, null)`, tx.Company, r.ID, r.Code, r.Jurisdiction, r.Date, r.Bank, r.Currency, r.Amount, r.Reference, r.Voucher, r.MadeBy, tx.Micros())
	return err
}

// ReverseRemittance takes a remittance back, on a day and with the reason: its properties are owed to the jurisdiction again. It is refused
// when an owner reclaimed one since.
func ReverseRemittance(ctx context.Context, tx *db.Tx, c *ledger.Company, r *Remittance, date civil.Date, reason string) (*ledger.Voucher, error) {
	switch {
	case reason == "":
		return nil, fault.New(fault.Invalid, "a remittance is reversed with a reason").In("reason")
	case r.Reversal != "":
		return nil, fault.New(fault.Refused, "remittance %s is reversed already, by %s", r.Code, r.Reversal).ByRule("already_reversed")
	case date < r.Date:
		return nil, fault.New(fault.Refused, "remittance %s is of %s; it cannot be reversed on %s, before that", r.Code, r.Date, date).ByRule("reversed_before").In("date")
	}
	all, err := inRemittance(ctx, tx, r.ID)
	if err != nil {
		return nil, err
	}
	for _, p := range all {
		if err := p.must(Remitted, "taken back from the jurisdiction"); err != nil {
			return nil, err
		}
	}
	stored, err := ledger.Get(ctx, tx, c, r.Voucher)
	if err != nil {
		return nil, err
	}
	ch := openitem.NewChanges(c)
	v := ch.Mirror(&stored.Voucher, nil, date, reason)
	if err := ch.Flush(ctx, tx); err != nil {
		return nil, err
	}
	n, err := tx.Exec(ctx, "update unclaimed_remittance set reversal = $1 where company = $2 and id = $3 and reversal is null", v.ID, tx.Company, r.ID)
	if err != nil {
		return nil, err
	}
	if n != 1 {
		return nil, db.Again("the remittance was reversed by somebody else")
	}
	if err := move(ctx, tx, all, Escheated, 0); err != nil {
		return nil, err
	}
	return v, note(ctx, tx, all, v.ID, "remittance "+r.Code+" reversed: "+reason)
}

func inRemittance(ctx context.Context, tx *db.Tx, id int64) ([]*Property, error) {
	return db.List(ctx, tx, scanProperty, "select "+propertyColumns+" and p.remittance = $2 order by p.id", tx.Company, id)
}

// Open gives what is escheated and not remitted in a jurisdiction and currency, at most limit, the oldest first.
func Open(ctx context.Context, tx *db.Tx, jurisdiction, currency string, limit int) ([]*Property, error) {
	return db.List(ctx, tx, scanProperty, "select "+propertyColumns+" and p.jurisdiction = $2 and p.status = 'escheated' and p.currency = $3 order by p.id limit $4", tx.Company, jurisdiction, currency, limit)
}

// Reclaim notes that the owner had a remitted property from the jurisdiction.
func Reclaim(ctx context.Context, tx *db.Tx, p *Property, date civil.Date, detail string) error {
	if err := p.must(Remitted, "reclaimed from the jurisdiction"); err != nil {
		return err
	}
	if err := move(ctx, tx, []*Property{p}, Reclaimed, p.Remittance); err != nil {
		return err
	}
	return note(ctx, tx, []*Property{p}, 0, fmt.Sprintf("reclaimed by the owner on %s. %s", date, detail))
}

const remittanceColumns = `select r.id, r.code, r.jurisdiction, r.date, r.bank, b.code, r.currency, r.amount, r.reference, r.voucher, v.number, r.made_by, coalesce(x.number, ''),
	(select count(*) from unclaimed_property p where p.company = r.company and p.remittance = r.id)
	from unclaimed_remittance r join bank_account b on b.company = r.company and b.id = r.bank join voucher v on v.company = r.company and v.id = r.voucher
	left join voucher x on x.company = r.company and x.id = r.reversal where r.company = $1`

func scanRemittance(r interface{ Scan(...any) error }, x *Remittance) error {
	return r.Scan(&x.ID, &x.Code, &x.Jurisdiction, &x.Date, &x.Bank, &x.BankCode, &x.Currency, &x.Amount, &x.Reference, &x.Voucher, &x.Number, &x.MadeBy, &x.Reversal, &x.Properties)
}

// Remittances gives remittances, the newest first: those before the one with the id before (0: none), at most limit; next is where the
// list goes on, 0 at its end.
func Remittances(ctx context.Context, tx *db.Tx, before int64, limit int) (all []Remittance, next int64, err error) {
	all, err = db.List(ctx, tx, func(r *db.Rows, x *Remittance) error { return scanRemittance(r, x) },
		remittanceColumns+" and ($2 = 0 or r.id < $2) order by r.id desc limit $3", tx.Company, before, limit+1)
	if err == nil && len(all) > limit {
		all, next = all[:limit], all[limit-1].ID
	}
	return all, next, err
}

// FindRemittance gives the remittance with the code; none is [fault.NotFound].
func FindRemittance(ctx context.Context, tx *db.Tx, code string) (*Remittance, error) {
	x := &Remittance{}
	err := scanRemittance(tx.Row(ctx, remittanceColumns+" and r.code = $2", tx.Company, code), x)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no remittance of unclaimed property %q", code)
	}
	return x, err
}

// Owed is what a liability account owes to jurisdictions, by the properties and by the ledger.
type Owed struct {
	Account    string
	Properties int64
	Items      money.Amount // accounting currency
	Ledger     money.Amount // the same, by the entries of the account; what differs was posted there otherwise
}

// Control holds the liability accounts against what is escheated and not remitted.
func Control(ctx context.Context, tx *db.Tx) ([]Owed, error) {
	return db.List(ctx, tx, func(r *db.Rows, x *Owed) error { return r.Scan(&x.Account, &x.Properties, &x.Items, &x.Ledger) }, `
		select l.account, count(distinct case when p.status = 'escheated' then p.id end), cast(sum(case when p.status = 'escheated' then l.accounting else 0 end) as bigint),
		cast(coalesce((select -sum(e.accounting) from entry e join ledger_account a on a.company = e.company and a.id = e.account where e.company = $1 and a.written = l.account), 0) as bigint)
		from unclaimed_line l join unclaimed_property p on p.company = l.company and p.id = l.property where l.company = $1 group by l.account order by l.account`, tx.Company)
}
