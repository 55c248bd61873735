package deduction

import (
	"context"
	"fmt"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/money"
)

// Order is the order of a list of deductions.
type Order string

// The orders.
const (
	ByUrgency Order = "urgency" // the end of the window, the earliest first; then those without one
	ByWorth   Order = "worth"   // the expected value, the highest first
	Newest    Order = "newest"  // the newest first
)

// Orders are the orders of a list.
var Orders = []string{string(ByUrgency), string(ByWorth), string(Newest)}

// Financials are the financial states.
var Financials = []string{string(Draft), string(Open), string(PartlyResolved), string(FullyResolved), string(ReversedCapture), string(VoidedCapture)}

// Filter narrows a list of deductions; blank is no bound. By urgency and worth it has open deductions only.
type Filter struct {
	Order         Order
	Closed        bool    // with Newest: closed ones too
	Customers     []int64 // one of them; nil: no bound
	Owner, Team   string
	Reason        string
	Uncoded       bool
	Type          string
	Work          Work
	Dispute       Dispute
	Financial     Financial
	Hold          Hold
	Ready         *bool
	Due           civil.Date // whose window ends, or which are to be followed up, at the latest on that day
	Least, Most   *money.Amount
	Currency      string
	Watcher       string
	Text          string  // what the number, the claim number or their code begins with
	TextCustomers []int64 // or whose customer is one of these
}

// Place is where a list stands: after that deduction.
type Place struct {
	Expires  string `json:"e,omitempty"`
	Expected int64  `json:"x,omitempty"`
	ID       int64  `json:"i"`
}

const (
	worklistWindow = 4_000 // rows that one call goes through at most
	endless        = "9999-12-31"
)

// expires is the end of the window as the indexes have it.
func expires(tx *db.Tx) string {
	if tx.Postgres() {
		return "coalesce(expires, date '" + endless + "')"
	}
	return "coalesce(expires, '" + endless + "')"
}

// conditions are the conditions of a filter with their arguments.
type conditions struct {
	tx   *db.Tx
	text string
	args []any
}

func (q *conditions) arg(v any) string {
	q.args = append(q.args, v)
	return fmt.Sprintf("$%d", len(q.args))
}

func (q *conditions) and(text string) { q.text += " and " + text }

func (q *conditions) equal(column, value string) {
	if value != "" {
		q.and(column + " = " + q.arg(value))
	}
}

func (q *conditions) among(column string, ids []int64) string {
	if len(ids) == 1 {
		return column + " = " + q.arg(ids[0])
	}
	text, arg := q.tx.Among(column, fmt.Sprintf("$%d", len(q.args)+1), ids)
	q.args = append(q.args, arg)
	return text
}

// rest adds the conditions that no index serves.
func (q *conditions) rest(f *Filter) {
	q.equal("team", f.Team)
	q.equal("reason", f.Reason)
	q.equal("type", f.Type)
	q.equal("work", string(f.Work))
	q.equal("dispute", string(f.Dispute))
	q.equal("hold", string(f.Hold))
	q.equal("currency", f.Currency)
	if f.Uncoded {
		q.and("reason = ''")
	}
	if financial := financialIs[f.Financial]; financial != "" {
		q.and(financial)
	}
	if f.Ready != nil {
		q.and("ready = " + q.arg(*f.Ready))
	}
	if !f.Due.IsZero() {
		due := q.arg(f.Due)
		q.and("(expires <= " + due + " or follow_up <= " + due + ")")
	}
	if f.Least != nil {
		q.and("amount - resolved - split >= " + q.arg(int64(*f.Least)))
	}
	if f.Most != nil {
		q.and("amount - resolved - split <= " + q.arg(int64(*f.Most)))
	}
	if f.Watcher != "" {
		q.and("exists (select 1 from deduction_watcher w where w.company = deduction.company and w.deduction = deduction.id and w.watcher = " + q.arg(f.Watcher) + ")")
	}
	if f.Text != "" {
		from, below := q.arg(f.Text), q.arg(f.Text+"\U0010ffff")
		like := func(column string) string { return column + " >= " + from + " and " + column + " < " + below }
		text := "(" + like("number") + " or " + like("claim") + " or " + like("their_code")
		if len(f.TextCustomers) > 0 {
			text += " or " + q.among("customer", f.TextCustomers)
		}
		q.and(text + ")")
	}
}

// financialIs says which rows are in a financial state.
var financialIs = map[Financial]string{
	Draft:           "state = 'claim'",
	Open:            "state = 'held' and resolved = 0 and split < amount",
	PartlyResolved:  "state = 'held' and resolved > 0 and resolved + split < amount",
	FullyResolved:   "state = 'held' and resolved + split = amount",
	ReversedCapture: "state = 'reversed'",
	VoidedCapture:   "state = 'voided'",
}

// indexed adds the conditions that indexes serve.
func (q *conditions) indexed(f *Filter) {
	if f.Order != Newest || !f.Closed {
		q.and("closed_at is null")
	}
	q.equal("owner", f.Owner)
	if f.Customers != nil {
		q.and(q.among("customer", f.Customers))
	}
}

// order gives the columns of an order with their direction, and the condition that a row comes after the place.
func (q *conditions) order(f *Filter, after *Place) (by string) {
	switch f.Order {
	case ByWorth:
		if after != nil {
			q.and("(expected, id) < (" + q.arg(after.Expected) + ", " + q.arg(after.ID) + ")")
		}
		return "expected desc, id desc"
	case Newest:
		if after != nil {
			q.and("id < " + q.arg(after.ID))
		}
		return "id desc"
	}
	if after != nil {
		date := q.arg(after.Expires)
		if q.tx.Postgres() {
			date = "cast(" + date + " as date)"
		}
		q.and("(" + expires(q.tx) + ", id) > (" + date + ", " + q.arg(after.ID) + ")")
	}
	return expires(q.tx) + ", id"
}

// Worklist gives the next deductions of a list after the place (nil: from the beginning), at most limit, and where the list goes on; nil
// at its end. What no index serves is looked for a bounded way at a time, so that there may be fewer than limit and still more to come.
func Worklist(ctx context.Context, tx *db.Tx, f *Filter, after *Place, limit int) ([]*Deduction, *Place, error) {
	q := &conditions{tx: tx, args: []any{tx.Company}}
	q.indexed(f)
	by := q.order(f, after)
	served := q.text
	q.text = ""
	q.rest(f)
	rows := worklistWindow
	keep := "1 = 1" + q.text
	if q.text == "" {
		rows = limit + 1
	}
	found, err := db.Sift(ctx, tx, rows, limit, func(r *db.Rows, p *Place) (bool, error) {
		*p = Place{Expires: r.Date(0).String(), Expected: r.Int64(1), ID: r.Int64(2)}
		return r.Bool(3), nil
	}, fmt.Sprintf("select %s, expected, id, %s from deduction where company = $1%s order by %s limit %d", expires(tx), keep, served, by, rows), q.args...)
	if err != nil {
		return nil, nil, err
	}
	ds, err := inPlaces(ctx, tx, found.Kept)
	if err != nil || !found.More {
		return ds, nil, err
	}
	return ds, &found.Last, nil
}

// inPlaces reads deductions, in the order of their places.
func inPlaces(ctx context.Context, tx *db.Tx, places []Place) ([]*Deduction, error) {
	ids := make([]int64, len(places))
	for i, p := range places {
		ids[i] = p.ID
	}
	found, err := ByID(ctx, tx, ids)
	ds := make([]*Deduction, 0, len(ids))
	for _, id := range ids {
		if d := found[id]; d != nil {
			ds = append(ds, d)
		}
	}
	return ds, err
}

// ByID gives deductions by their ids; those that are not there are left out.
func ByID(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]*Deduction, error) {
	found := map[int64]*Deduction{}
	if len(ids) == 0 {
		return found, nil
	}
	those, arg := tx.Among("id", "$2", ids)
	ds, err := list(ctx, tx, those, arg)
	for _, d := range ds {
		found[d.ID] = d
	}
	return found, err
}

// ByNumber gives deductions by their numbers; those that are not there are left out.
func ByNumber(ctx context.Context, tx *db.Tx, numbers []string) (map[string]*Deduction, error) {
	found := map[string]*Deduction{}
	for some := range slices.Chunk(numbers, 400) {
		those, args := db.AmongTexts("number", 2, some)
		ds, err := list(ctx, tx, those, args...)
		if err != nil {
			return nil, err
		}
		for _, d := range ds {
			found[d.Number] = d
		}
	}
	return found, nil
}

// ListSum is what a list of deductions comes to in one currency.
type ListSum struct {
	Currency                           string
	Count, Ready, Overdue              int64
	Amount, Remaining, Expected, Worth money.Amount // Worth: of the expected values, those above 0
}

// Sums adds up all deductions that pass the filter, by currency.
func Sums(ctx context.Context, tx *db.Tx, f *Filter, today civil.Date) ([]ListSum, error) {
	q := &conditions{tx: tx, args: []any{tx.Company}}
	q.indexed(f)
	q.rest(f)
	on := q.arg(today)
	return db.List(ctx, tx, func(r *db.Rows, s *ListSum) error {
		return r.Scan(&s.Currency, &s.Count, &s.Ready, &s.Overdue, &s.Amount, &s.Remaining, &s.Expected, &s.Worth)
	}, `select currency, count(*), sum(case when ready = `+q.arg(true)+` then 1 else 0 end), sum(case when expires < `+on+` then 1 else 0 end),
		cast(sum(amount) as bigint), cast(sum(amount - resolved - split) as bigint), cast(sum(expected) as bigint), cast(sum(case when expected > 0 then expected else 0 end) as bigint)
		from deduction where company = $1`+q.text+" group by currency order by currency", q.args...)
}

// Numbers gives the numbers of all deductions that pass the filter, in its order, at most limit and one more.
func Numbers(ctx context.Context, tx *db.Tx, f *Filter, limit int) ([]string, error) {
	q := &conditions{tx: tx, args: []any{tx.Company}}
	q.indexed(f)
	by := q.order(f, nil)
	q.rest(f)
	return db.List(ctx, tx, func(r *db.Rows, n *string) error { return r.Scan(n) },
		fmt.Sprintf("select number from deduction where company = $1%s order by %s limit %d", q.text, by, limit+1), q.args...)
}

// OpenOf gives what the open deductions of a customer come to, by currency, and how much of it counts in the credit check: all but what a
// reason says that it counts not.
func OpenOf(ctx context.Context, tx *db.Tx, customer int64) ([]OpenSum, error) {
	return db.List(ctx, tx, func(r *db.Rows, s *OpenSum) error {
		return r.Scan(&s.Currency, &s.Count, &s.Remaining, &s.Elsewhere, &s.Counting)
	}, `
		select d.currency, count(*), cast(sum(d.amount - d.resolved - d.split) as bigint),
			cast(sum(case when d.hold = 'customer' then 0 else d.amount - d.resolved - d.split end) as bigint),
			cast(sum(case when r.code is null or r.credit_check = $3 then d.amount - d.resolved - d.split else 0 end) as bigint)
		from deduction d left join deduction_reason r on r.company = d.company and r.code = d.reason
		where d.company = $1 and d.customer = $2 and d.closed_at is null and d.state = 'held' and d.hold <> '' group by d.currency order by d.currency`, tx.Company, customer, true)
}

// OpenSum is what open deductions of a customer come to in one currency.
type OpenSum struct {
	Currency  string
	Count     int64
	Remaining money.Amount
	Elsewhere money.Amount // of it, what is not held by an open item of the customer
	Counting  money.Amount // of it, what counts in the credit check
}

// Expire marks as expired, at most limit at a time, the open deductions whose window has ended before today and whose dispute is not under
// way, and gives them.
func Expire(ctx context.Context, tx *db.Tx, limit int) ([]*Deduction, error) {
	ds, err := list(ctx, tx, "id in (select id from deduction where company = $1 and closed_at is null and "+
		expires(tx)+" < $2 and dispute in ('not_disputed', 'denied', 'supplier_action_needed', 're_deducted') order by "+expires(tx)+", id limit $3)", tx.Today(), limit)
	for _, d := range ds {
		if err != nil {
			return nil, err
		}
		before := *d
		if err = d.MoveDispute(Expired, Span{Expires: d.Expires}, tx.Today(), tx.Today(), 0); err != nil {
			return nil, err
		}
		if err = Update(ctx, tx, d); err != nil {
			return nil, err
		}
		err = AddEvent(ctx, tx, d.ID, EventDispute, differences(&before, d)[0])
	}
	return ds, err
}
