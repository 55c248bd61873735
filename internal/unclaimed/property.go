package unclaimed

import (
	"context"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// Property is what was escheated. Amounts are positive, in minor units of Currency.
type Property struct {
	ID           int64
	Code         string
	Kind         Kind
	Owner        int64 // customer of a credit, vendor of a payment
	Target       int64 // the voucher of a credit, or the payment
	Place        Place
	Currency     string
	Amount       money.Amount
	Accounting   money.Amount // the same in accounting currency
	Arose        civil.Date
	Activity     civil.Date // of the owner, the last
	Deadlines    Deadlines  // without the letters'
	LetterOn     civil.Date // zero: none
	Exception    string     // why it was escheated against its stage; blank: it was due
	PropertyCode string     // of reports
	Status       Status
	On           civil.Date // it was escheated
	Voucher      int64
	Remittance   int64 // 0: none
	Report       int64 // the last that has it; 0: none
	Names
}

// Names are the codes and names of what a property refers to.
type Names struct {
	OwnerCode, OwnerName string
	Document, Check      string
	Number               string // of the voucher
	RemittanceCode       string
	ReportCode           string
}

const propertyColumns = `p.id, p.code, p.kind, p.party, p.target, p.jurisdiction, p.why, p.currency, p.amount, p.accounting, p.arose, p.last_activity, p.dormant_on, p.cut_off, p.report_on, p.letter_on,
	p.exception, p.property_code, p.status, p.escheated_on, p.voucher, coalesce(p.remittance, 0), coalesce(p.report, 0),
	coalesce(c.code, e.code, ''), coalesce(c.name, e.name, ''), coalesce(d.number, j.code || '/' || cast(y.line as text), ''), case when m.kind = 'check' then y.number else '' end, v.number, coalesce(r.code, ''), coalesce(o.code, '')
	from unclaimed_property p join voucher v on v.company = p.company and v.id = p.voucher
	left join customer c on p.kind = 'credit' and c.company = p.company and c.id = p.party left join vendor e on p.kind = 'payment' and e.company = p.company and e.id = p.party
	left join voucher d on p.kind = 'credit' and d.company = p.company and d.id = p.target
	left join vendor_payment y on p.kind = 'payment' and y.company = p.company and y.id = p.target left join vendor_payment_journal j on j.company = y.company and j.id = y.journal
	left join payment_method m on m.company = y.company and m.code = y.method
	left join unclaimed_remittance r on r.company = p.company and r.id = p.remittance left join unclaimed_report o on o.company = p.company and o.id = p.report
	where p.company = $1`

func scanProperty(r *db.Rows, x **Property) error {
	p := &Property{}
	*x = p
	return r.Scan(&p.ID, &p.Code, &p.Kind, &p.Owner, &p.Target, &p.Place.Jurisdiction, &p.Place.Why, &p.Currency, &p.Amount, &p.Accounting, &p.Arose, &p.Activity, &p.Deadlines.Dormant, &p.Deadlines.CutOff,
		&p.Deadlines.Report, &p.LetterOn, &p.Exception, &p.PropertyCode, &p.Status, &p.On, &p.Voucher, &p.Remittance, &p.Report, &p.OwnerCode, &p.OwnerName, &p.Document, &p.Check, &p.Number,
		&p.RemittanceCode, &p.ReportCode)
}

// Filter says which properties are looked at; what is blank or 0 is not looked at.
type Filter struct {
	Jurisdiction string
	Status       Status
	Owner        int64
	Remittance   int64
	Year         int // of the report day
}

// List gives properties, the newest first: those before the one with the id before (0: none), at most limit; next is where the list goes
// on, 0 at its end.
func List(ctx context.Context, tx *db.Tx, f Filter, before int64, limit int) (all []*Property, next int64, err error) {
	from, below := civil.Date(0), civil.Date(0)
	if f.Year != 0 {
		from, below = civil.Of(f.Year, 1, 1), civil.Of(f.Year+1, 1, 1)
	}
	all, err = db.List(ctx, tx, scanProperty, "select "+propertyColumns+` and ($2 = '' or p.jurisdiction = $2) and ($3 = '' or p.status = $3) and ($4 = 0 or p.party = $4) and ($5 = 0 or p.remittance = $5)
		and ($6 = 0 or (p.report_on >= $7 and p.report_on < $8)) and ($9 = 0 or p.id < $9) order by p.id desc limit $10`,
		tx.Company, f.Jurisdiction, f.Status, f.Owner, f.Remittance, f.Year, from, below, before, limit+1)
	if err == nil && len(all) > limit {
		all, next = all[:limit], all[limit-1].ID
	}
	return all, next, err
}

// Find gives the property with the code; none is [fault.NotFound].
func Find(ctx context.Context, tx *db.Tx, code string) (*Property, error) {
	all, err := db.List(ctx, tx, scanProperty, "select "+propertyColumns+" and p.code = $2", tx.Company, code)
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "there is no unclaimed property %q", code)
	}
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// Event is something that happened to a property.
type Event struct {
	At      int64 // UTC microseconds
	Actor   string
	Status  Status // after it
	Voucher string // that was posted, its number; blank: none
	Detail  string
}

// Events gives what happened to a property, the oldest first.
func Events(ctx context.Context, tx *db.Tx, property int64) ([]Event, error) {
	return db.List(ctx, tx, func(r *db.Rows, e *Event) error { return r.Scan(&e.At, &e.Actor, &e.Status, &e.Voucher, &e.Detail) },
		`select e.at, e.actor, e.status, coalesce(v.number, ''), e.detail from unclaimed_event e left join voucher v on v.company = e.company and v.id = e.voucher
		where e.company = $1 and e.property = $2 order by e.n`, tx.Company, property)
}

// note keeps what happened to properties.
func note(ctx context.Context, tx *db.Tx, all []*Property, voucher int64, detail string) error {
	for _, p := range all {
		if _, err := tx.Exec(ctx, `insert into unclaimed_event (company, property, n, at, actor, status, voucher, detail)
			values ($1, $2, (select coalesce(max(n), 0) + 1 from unclaimed_event where company = $1 and property = $2), $3, $4, $5, $6, $7)`,
			tx.Company, p.ID, tx.Micros(), tx.Actor, p.Status, db.Null(voucher), detail); err != nil {
			return err
		}
	}
	return nil
}

// line is a part of the liability of a property.
type line struct {
	account            string
	amount, accounting money.Amount
}

func linesOf(ctx context.Context, tx *db.Tx, properties []int64) ([]line, error) {
	those, arg := tx.Among("property", "$2", properties)
	return db.List(ctx, tx, func(r *db.Rows, x *line) error { return r.Scan(&x.account, &x.amount, &x.accounting) },
		"select account, cast(sum(amount) as bigint), cast(sum(accounting) as bigint) from unclaimed_line where company = $1 and "+those+" group by account order by account", tx.Company, arg)
}

// move changes the status of properties, each of which must still be what it was.
func move(ctx context.Context, tx *db.Tx, all []*Property, to Status, remittance int64) error {
	for _, p := range all {
		n, err := tx.Exec(ctx, "update unclaimed_property set status = $1, remittance = $2 where company = $3 and id = $4 and status = $5", to, db.Null(remittance), tx.Company, p.ID, p.Status)
		if err != nil {
			return err
		}
		if n != 1 {
			return db.Again("a property was changed by somebody else")
		}
		p.Status, p.Remittance = to, remittance
	}
	return nil
}

func (p *Property) must(s Status, what string) error {
	if p.Status == s {
		return nil
	}
	return fault.New(fault.Refused, "property %s is %s; only what is %s can be %s", p.Code, p.Status, s, what).ByRule("property_status")
}
