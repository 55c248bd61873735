package report

import (
	"context"
	"fmt"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

// scope is a condition on deductions (d) with its arguments.
type scope struct {
	where     string
	args      []any
	customers []int64 // nil: all
}

// scopeOf makes the condition of a filter: company, currency, and what it names. Claims are left out, approved ones too: nobody kept
// anything back.
func scopeOf(ctx context.Context, tx *db.Tx, f *Filter) (*scope, error) {
	s := &scope{where: "d.company = $1 and d.state = 'held' and d.currency = $2", args: []any{tx.Company, f.Currency}}
	s.where += " and (d.hold <> '' or d.allowed = " + s.add(true) + ")"
	for column, value := range map[string]string{"reason": f.Reason, "owner": f.Owner, "type": f.Type} {
		if value != "" {
			s.where += fmt.Sprintf(" and d.%s = %s", column, s.add(value))
		}
	}
	if f.Customer == "" {
		return s, nil
	}
	c, err := party.FindCustomer(ctx, tx, f.Customer)
	if err != nil {
		if fault.CodeOf(err) == fault.NotFound {
			err = fault.New(fault.NotFound, "there is no customer %q", f.Customer).In("customer")
		}
		return nil, err
	}
	s.customers = []int64{c.ID}
	if f.Family {
		if s.customers, err = deduction.FamilyOf(ctx, tx, c.ID); err != nil {
			return nil, err
		}
	}
	those, arg := tx.Among("d.customer", fmt.Sprintf("$%d", len(s.args)+1), s.customers)
	s.where, s.args = s.where+" and "+those, append(s.args, arg)
	return s, nil
}

// add adds an argument and gives its parameter.
func (s *scope) add(arg any) string {
	s.args = append(s.args, arg)
	return fmt.Sprintf("$%d", len(s.args))
}

// with gives the condition and one more, whose ? stand for the arguments.
func (s *scope) with(more string, args ...any) (string, []any) {
	x := &scope{args: append([]any{}, s.args...)}
	for _, a := range args {
		more = replaceOne(more, x.add(a))
	}
	return s.where + " and " + more, x.args
}

func replaceOne(text, by string) string {
	for i := range len(text) {
		if text[i] == '?' {
			return text[:i] + by + text[i+1:]
		}
	}
	return text
}

// tally is an amount and how many deductions it is of.
type tally struct {
	n      int64
	amount money.Amount
}

func (t *tally) add(n int64, amount money.Amount) { t.n, t.amount = t.n+n, t.amount+amount }

// opened is what is open.
type opened struct {
	all, ready        tally
	exposed           tally // not disputed, and the window ends within exposureDays
	ageDays           money.Amount
	byAge, byExpiry   map[string]*tally
	byReason, byOwner map[string]*tally
	byCustomer        map[int64]*tally
}

const exposureDays = 30

func (s *scope) open(ctx context.Context, tx *db.Tx) (*opened, error) {
	o := &opened{byAge: map[string]*tally{}, byExpiry: map[string]*tally{}, byReason: map[string]*tally{}, byOwner: map[string]*tally{}, byCustomer: map[int64]*tally{}}
	today := tx.Today()
	where, args := s.with("d.closed_at is null and d.amount > d.resolved + d.split")
	err := tx.Each(ctx, "select d.customer, d.reason, d.owner, d.captured, d.expires, d.ready, d.dispute, d.amount - d.resolved - d.split from deduction d where "+where, args, func(r *db.Rows) error {
		left, age, expires := money.Amount(r.Int64(7)), max(0, today.Sub(r.Date(3))), r.Date(4)
		o.all.add(1, left)
		o.ageDays += left * money.Amount(age)
		if r.Bool(5) {
			o.ready.add(1, left)
		}
		count(o.byAge, ageOf(age), left)
		count(o.byReason, r.Text(1), left)
		count(o.byOwner, r.Text(2), left)
		count(o.byCustomer, r.Int64(0), left)
		window := "disputed"
		if d := deduction.Dispute(r.Text(6)); d == deduction.NotDisputed || d == deduction.Denied {
			window = windowOf(expires, today)
			if !expires.IsZero() && expires >= today && expires.Sub(today) <= exposureDays {
				o.exposed.add(1, left)
			}
		}
		count(o.byExpiry, window, left)
		return nil
	})
	return o, err
}

func count[K comparable](by map[K]*tally, key K, amount money.Amount) {
	if by[key] == nil {
		by[key] = &tally{}
	}
	by[key].add(1, amount)
}

// The buckets, in their order.
var (
	ages    = []string{"0-30", "31-60", "61-90", "91-180", "181+"}
	windows = []string{"expired", "0-7", "8-14", "15-30", "31+", "none", "disputed"}
)

func ageOf(days int) string {
	for i, most := range []int{30, 60, 90, 180} {
		if days <= most {
			return ages[i]
		}
	}
	return ages[4]
}

func windowOf(expires, today civil.Date) string {
	if expires.IsZero() {
		return "none"
	}
	left := expires.Sub(today)
	for i, most := range []int{-1, 7, 14, 30} {
		if left <= most {
			return windows[i]
		}
	}
	return windows[4]
}

// flow is what was taken and resolved on a day.
type flow struct {
	taken    tally
	resolved map[deduction.Kind]money.Amount
}

// flows gives what was taken and resolved by day, from the period's first day up to today.
func (s *scope) flows(ctx context.Context, tx *db.Tx, from civil.Date) (map[civil.Date]*flow, error) {
	days := map[civil.Date]*flow{}
	on := func(d civil.Date) *flow {
		if days[d] == nil {
			days[d] = &flow{resolved: map[deduction.Kind]money.Amount{}}
		}
		return days[d]
	}
	where, args := s.with("d.captured >= ?", from)
	err := tx.Each(ctx, "select d.captured, count(*), cast(sum(d.amount - d.split) as bigint) from deduction d where "+where+" group by d.captured", args, func(r *db.Rows) error {
		on(r.Date(0)).taken.add(r.Int64(1), money.Amount(r.Int64(2)))
		return nil
	})
	if err != nil {
		return nil, err
	}
	where, args = s.with("r.company = d.company and r.deduction = d.id and r.state = 'posted' and r.date >= ?", from)
	return days, tx.Each(ctx, "select r.date, r.kind, cast(sum(r.amount) as bigint) from resolution r, deduction d where "+where+" group by r.date, r.kind", args, func(r *db.Rows) error {
		on(r.Date(0)).resolved[deduction.Kind(r.Text(1))] += money.Amount(r.Int64(2))
		return nil
	})
}

// cause is a reason, or a customer's reason, and what was taken for it in the period.
type cause struct {
	customer int64
	reason   string
	tally
}

const mostRepeats = 25

// causes gives what was taken in the period by reason, and the customers' reasons that came more than once, the greatest first.
func (s *scope) causes(ctx context.Context, tx *db.Tx, f *Filter) (byReason, repeats []cause, err error) {
	where, args := s.with("d.captured between ? and ?", f.From, f.To)
	scan := func(r *db.Rows, x *cause) error { return r.Scan(&x.customer, &x.reason, &x.n, &x.amount) }
	const sums = ", d.reason, count(*), cast(sum(d.amount - d.split) as bigint) from deduction d where "
	byReason, err = db.List(ctx, tx, scan, "select 0"+sums+where+" group by d.reason order by 4 desc, d.reason", args...)
	if err != nil {
		return nil, nil, err
	}
	repeats, err = db.List(ctx, tx, scan, "select d.customer"+sums+where+fmt.Sprintf(" group by d.customer, d.reason having count(*) > 1 order by 4 desc, d.customer, d.reason limit %d", mostRepeats), args...)
	return byReason, repeats, err
}

// closed is what was closed in the period.
type closed struct {
	all, automatic int64
	days           map[int]int64 // of those that were held: how many took so many days
	held           int64
}

// closings gives what was closed in the period: of those that were held, how long that took; and how many nobody had to touch.
func (s *scope) closings(ctx context.Context, tx *db.Tx, f *Filter) (*closed, error) {
	c := &closed{days: map[int]int64{}}
	where, args := s.with("d.closed_at >= ? and d.closed_at < ?", f.From.Time().UnixMicro(), f.To.AddDays(1).Time().UnixMicro())
	err := tx.Each(ctx, `select d.captured, d.closed_at, d.hold, not exists (select 1 from resolution r where r.company = d.company and r.deduction = d.id and r.state = 'posted' and not r.automatic)
		from deduction d where `+where+" and d.resolved > 0", args, func(r *db.Rows) error {
		c.all++
		if r.Bool(3) {
			c.automatic++
		}
		if r.Text(2) != "" {
			c.held++
			c.days[max(0, civil.FromTime(time.UnixMicro(r.Int64(1)).UTC()).Sub(r.Date(0)))]++
		}
		return nil
	})
	return c, err
}

// disputes are what was disputed in the period, and what the customers agreed to and have not paid, whenever that was.
type disputes struct {
	won, decided, all tally
	repaid            money.Amount
	unpaid            tally
}

// outcomeOf says whether a dispute is decided, and for whom.
func outcomeOf(d deduction.Dispute) (won, decided bool) {
	switch d {
	case deduction.Approved, deduction.PartlyApproved, deduction.AwaitingPayback, deduction.PaidBack, deduction.PartlyPaidBack, deduction.Rededucted:
		return true, true
	case deduction.Denied, deduction.Expired:
		return false, true
	}
	return false, false
}

func (s *scope) disputes(ctx context.Context, tx *db.Tx, f *Filter) (*disputes, error) {
	x := &disputes{}
	where, args := s.with("d.disputed_at between ? and ?", f.From, f.To)
	err := tx.Each(ctx, "select d.dispute, d.amount - d.split, d.paid_back from deduction d where "+where, args, func(r *db.Rows) error {
		amount := money.Amount(r.Int64(1))
		x.all.add(1, amount)
		x.repaid += money.Amount(r.Int64(2))
		won, decided := outcomeOf(deduction.Dispute(r.Text(0)))
		if decided {
			x.decided.add(1, amount)
		}
		if won {
			x.won.add(1, amount)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	where, args = s.with("d.disputed_at is not null and d.dispute in ('approved', 'partly_approved', 'awaiting_payback', 'partly_paid_back')")
	return x, tx.Each(ctx, `select d.amount - d.resolved - d.split - d.paid_back + coalesce((select cast(sum(r.amount) as bigint) from resolution r
		where r.company = d.company and r.deduction = d.id and r.state = 'posted' and r.kind in ('return', 'chargeback', 'paid_back')), 0) from deduction d where `+where, args, func(r *db.Rows) error {
		if owed := money.Amount(r.Int64(0)); owed > 0 {
			x.unpaid.add(1, owed)
		}
		return nil
	})
}

// turnover gives what was invoiced to the customers in the period, and what they paid. The sums of the accounts say between which
// vouchers the period lies.
func (s *scope) turnover(ctx context.Context, tx *db.Tx, f *Filter) (sales, payments money.Amount, err error) {
	var first, last *int64
	if err := tx.Row(ctx, "select min(first_voucher), max(last_voucher) from balance where company = $1 and date between $2 and $3", tx.Company, f.From, f.To).Scan(&first, &last); err != nil || first == nil {
		return 0, 0, err
	}
	args := []any{tx.Company, *first, *last, f.From, f.To, f.Currency, int16(ledger.Invoice), int16(ledger.Payment)}
	those := "e.party is not null"
	if s.customers != nil {
		var arg any
		those, arg = tx.Among("e.party", "$9", s.customers)
		args = append(args, arg)
	}
	err = tx.Each(ctx, `select v.type, cast(sum(e.amount) as bigint) from voucher v join entry e on e.company = v.company and e.voucher = v.id
		where v.company = $1 and v.id between $2 and $3 and v.date between $4 and $5 and v.type in ($7, $8) and e.currency = $6 and `+those+" group by v.type", args, func(r *db.Rows) error {
		if ledger.Type(r.Int64(0)) == ledger.Invoice {
			sales = money.Amount(r.Int64(1))
		} else {
			payments = -money.Amount(r.Int64(1))
		}
		return nil
	})
	return sales, payments, err
}
