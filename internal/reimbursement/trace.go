package reimbursement

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// What happened to a reimbursement.
const (
	WasPosted    = "posted"
	WasSettled   = "settled" // a source credit with it, or its vendor invoice with something other than a payment
	WasPaid      = "paid"    // its vendor invoice with a payment
	WasUnsettled = "unsettled"
	WasMarked    = "marked" // by a payment that is not posted
	WasReversed  = "reversed"
)

// Step is one thing that happened to a reimbursement.
type Step struct {
	At      int64 // UTC microseconds; 0 when only the date is known
	Date    civil.Date
	What    string
	Voucher string // what it happened with
	By      string
	Amount  money.Amount // positive
	Detail  string
}

// Trace is a posted reimbursement with where its money came from and where it went.
type Trace struct {
	View
	Run     string       // code; blank when no run posted it
	Open    money.Amount // of its vendor invoice, positive
	History []Step       // the oldest first; what is marked last
}

// TraceOf gives the trace of a posted reimbursement; none with the number is [fault.NotFound].
func TraceOf(ctx context.Context, tx *db.Tx, c *ledger.Company, number string) (*Trace, error) {
	v, err := ledger.Find(ctx, tx, c, number)
	if fault.CodeOf(err) == fault.NotFound || (err == nil && v.Type != ledger.Reimbursement) {
		return nil, fault.New(fault.NotFound, "there is no reimbursement %q", number)
	}
	if err != nil {
		return nil, err
	}
	t := &Trace{}
	if t.View, err = Show(ctx, tx, c, number); err != nil {
		return nil, err
	}
	if err := tx.Row(ctx, "select code from run where company = $1 and id = $2", tx.Company, v.Source).Scan(&t.Run); err != nil && !errors.Is(err, db.ErrNoRows) {
		return nil, err
	}
	if err := tx.Row(ctx, "select cast(coalesce(-sum(open), 0) as bigint) from open_item where company = $1 and side = 2 and party = $2 and voucher = $3", tx.Company, v.Vendor, v.ID).Scan(&t.Open); err != nil {
		return nil, err
	}
	t.add(Step{At: v.At, Date: v.Date, What: WasPosted, Voucher: number, By: v.Actor, Amount: total(v)})
	for _, more := range []func(context.Context, *db.Tx, *ledger.Stored) error{t.settlements, t.reversal} {
		if err := more(ctx, tx, v); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(t.History, func(a, b Step) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Date, b.Date)) })
	return t, t.marks(ctx, tx, v)
}

func (t *Trace) add(s Step) { t.History = append(t.History, s) }

func total(v *ledger.Stored) (sum money.Amount) {
	for _, e := range v.Entries {
		sum += max(e.Amount, 0)
	}
	return sum
}

// link is a link of an operation that touches the reimbursement; other is what it is joined with.
type link struct {
	Step
	op      int64
	kind    openitem.Kind
	undoes  int64
	own     bool // of the reimbursement's own lines
	vendors bool // on the vendor's side
	payment bool // joined with a payment
}

// settlements adds what was settled with the reimbursement and with its vendor invoice, a step for each voucher that it was settled with.
func (t *Trace) settlements(ctx context.Context, tx *db.Tx, v *ledger.Stored) error {
	// The operations first, by the party: settlements are kept so. The other links of an operation tell what a settlement voucher
	// between two ledger accounts stands for.
	links, err := db.List(ctx, tx, func(r *db.Rows, l *link) error {
		var other, between int64
		var kind int64
		if err := r.Scan(&l.op, &kind, &l.undoes, &l.Date, &l.By, &l.At, &l.own, &l.vendors, &l.Voucher, &other, &l.Detail, &l.Amount, &between); err != nil {
			return err
		}
		l.kind, l.Amount, l.payment = openitem.Kind(kind), l.Amount.Abs(), between == int64(ledger.VendorPayment)
		if ledger.Type(other) != ledger.Settlement {
			l.Detail = ""
		}
		return nil
	}, `with o as materialized (select distinct party, operation from settlement where company = $1 and party in ($2, $3) and (debit_voucher = $4 or credit_voucher = $4))
		select s.operation, p.kind, coalesce(p.undoes, 0), p.date, coalesce(a.actor, ''), coalesce(a.at, 0), case when s.debit_voucher = $4 or s.credit_voucher = $4 then 1 else 0 end,
			case when s.party = $3 then 1 else 0 end, x.number, x.type, x.text, s.amount, d.type
		from o cross join settlement s join settlement_op p on p.company = s.company and p.id = s.operation
		join voucher d on d.company = s.company and d.id = s.debit_voucher
		join voucher x on x.company = s.company and x.id = case when s.debit_voucher = $4 then s.credit_voucher else s.debit_voucher end
		left join audit a on a.company = p.company and a.id = p.command
		where s.company = $1 and s.party = o.party and s.operation = o.operation order by s.operation, s.n`, tx.Company, v.Customer, v.Vendor, v.ID)
	if err != nil {
		return err
	}
	payments := map[int64]string{} // operation → the payment that it settles with
	for _, l := range links {
		if l.vendors && l.payment {
			payments[l.op] = l.Voucher
		}
	}
	type key struct {
		op      int64
		voucher string
		vendors bool
	}
	at := map[key]int{}
	for _, l := range links {
		if !l.own || l.kind == openitem.Reversed {
			continue
		}
		k := key{l.op, l.Voucher, l.vendors}
		if i, known := at[k]; known {
			t.History[i].Amount += l.Amount
			continue
		}
		s := l.Step
		switch payment := payments[l.op]; {
		case l.undoes != 0:
			s.What = WasUnsettled
		case l.vendors && payment != "":
			s.What, s.Voucher = WasPaid, payment
		default:
			s.What = WasSettled
		}
		at[k] = len(t.History)
		t.add(s)
	}
	return nil
}

// reversal adds that it was reversed.
func (t *Trace) reversal(ctx context.Context, tx *db.Tx, v *ledger.Stored) error {
	s := Step{What: WasReversed, Amount: total(v)}
	err := tx.Row(ctx, `select x.number, x.date, x.text, coalesce(a.actor, ''), coalesce(a.at, 0) from voucher x left join audit a on a.company = x.company and a.id = x.command
		where x.company = $1 and x.reverses = $2`, tx.Company, v.ID).Scan(&s.Voucher, &s.Date, &s.Detail, &s.By, &s.At)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	t.add(s)
	return err
}

// marks adds who means to pay it.
func (t *Trace) marks(ctx context.Context, tx *db.Tx, v *ledger.Stored) error {
	marks, err := openitem.MarksOf(ctx, tx, openitem.PartiesOf([]int64{v.Vendor}))
	for _, m := range marks {
		if m.Voucher == v.ID {
			t.add(Step{What: WasMarked, Voucher: m.Number, By: m.Holder, Amount: m.Amount, Detail: m.Who()})
		}
	}
	return err
}
