package ledger

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/money"
)

// VoucherFilter narrows a list of vouchers; blank is no bound.
type VoucherFilter struct {
	Number   string // what the number begins with
	Type     Type
	From, To civil.Date
	Accounts []int64 // those with an entry on one of the ledger accounts; nil: no bound
}

// Listed is a voucher in a list.
type Listed struct {
	Voucher
	Total money.Amount // of its debits, in accounting currency
	Actor string
	At    int64 // UTC microseconds
}

// Place is where a list of vouchers stands: after that one.
type Place struct {
	ID     int64  `json:"i,omitempty"`
	Number string `json:"n,omitempty"`
}

// rows that one call goes through at most.
const (
	window        = 4000
	accountWindow = 2000 // whose entries are looked at too
)

// ListVouchers gives the next vouchers after the place (nil: from the beginning), at most limit, without their entries, and where the
// list goes on; nil at its end. They come the newest first, or by number when a beginning of it is asked for.
func ListVouchers(ctx context.Context, tx *db.Tx, f VoucherFilter, after *Place, limit int) ([]Listed, *Place, error) {
	if f.Accounts != nil && len(f.Accounts) == 0 {
		return nil, nil, nil
	}
	ids, next, err := f.sift(ctx, tx, after, limit)
	if err != nil || len(ids) == 0 {
		return nil, next, err
	}
	all, err := listed(ctx, tx, ids)
	return all, next, err
}

// sift gives the ids of the next vouchers.
func (f VoucherFilter) sift(ctx context.Context, tx *db.Tx, after *Place, limit int) ([]int64, *Place, error) {
	within, err := f.ranges(ctx, tx)
	if err != nil {
		return nil, nil, err
	}
	at := Place{ID: math.MaxInt64}
	if after != nil {
		at = *after
	}
	var ids []int64
	left, queries := window, mostQueries
	if f.Accounts != nil {
		left = accountWindow
	}
	for _, r := range within {
		if r.first >= at.ID && f.Number == "" {
			continue
		}
		if left <= 0 || queries == 0 || len(ids) == limit {
			at.ID = min(at.ID, r.last+1)
			return ids, &at, nil
		}
		found, err := f.siftRange(ctx, tx, r, at, after == nil, left, limit-len(ids))
		if err != nil {
			return nil, nil, err
		}
		for _, p := range found.Kept {
			ids = append(ids, p.ID)
		}
		if found.More {
			return ids, &found.Last, nil
		}
		left, queries = left-found.Seen, queries-1
	}
	return ids, nil, nil
}

// everywhere is the range of all ids.
var everywhere = []idRange{{0, math.MaxInt64}}

const mostRanges = 30_000 // sums that are looked at for the ranges of vouchers

// ranges gives the ranges of ids in which the vouchers stand, the newest first: those that the sums of their accounts and dates name.
func (f VoucherFilter) ranges(ctx context.Context, tx *db.Tx) ([]idRange, error) {
	if f.Number != "" || (f.Accounts == nil && f.From.IsZero() && f.To.IsZero()) {
		return everywhere, nil
	}
	accounts := f.Accounts
	if accounts == nil {
		var err error
		if accounts, err = db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) }, "select id from ledger_account where company = $1", tx.Company); err != nil {
			return nil, err
		}
	}
	a := &args{tx.Company}
	those, to := a.among(tx, "account", accounts), f.To
	if to.IsZero() {
		to = lastDay
	}
	all, err := db.List(ctx, tx, func(r *db.Rows, x *idRange) error { return r.Scan(&x.first, &x.last) },
		fmt.Sprintf("select first_voucher, last_voucher from balance where company = $1 and %s and date between %s and %s limit %d", those, a.add(max(f.From, firstDay)), a.add(to), mostRanges), *a...)
	if err != nil || len(all) == mostRanges {
		return everywhere, err
	}
	all = joined(all, nearEnough)
	slices.Reverse(all)
	return all, nil
}

var firstDay = civil.Of(1, 1, 1)

// siftRange goes through the vouchers of a range of ids, or of numbers.
func (f VoucherFilter) siftRange(ctx context.Context, tx *db.Tx, in idRange, at Place, first bool, rows, limit int) (db.Sifted[Place], error) {
	a := &args{tx.Company}
	where, order := "v.id between "+a.add(in.first)+" and "+a.add(min(at.ID-1, in.last)), "v.id desc"
	if f.Number != "" {
		a, order = &args{tx.Company}, "v.number"
		if first {
			where = "v.number >= " + a.add(f.Number)
		} else {
			where = "v.number > " + a.add(at.Number)
		}
		where += " and v.number < " + a.add(f.Number+"\U0010ffff")
	}
	keep := f.keep(tx, a)
	if len(keep) == 0 {
		keep, rows = []string{"1 = 1"}, min(rows, limit+1)
	}
	return db.Sift(ctx, tx, rows, limit, func(r *db.Rows, p *Place) (bool, error) {
		p.ID, p.Number = r.Int64(0), r.Text(1)
		return r.Bool(2), nil
	}, fmt.Sprintf("select v.id, v.number, %s from voucher v where v.company = $1 and %s order by %s limit %d", strings.Join(keep, " and "), where, order, rows), *a...)
}

// args are the arguments of a statement that is put together.
type args []any

// add gives the parameter of one more argument.
func (a *args) add(v any) string {
	*a = append(*a, v)
	return fmt.Sprintf("$%d", len(*a))
}

// among writes that a column is one of the ids.
func (a *args) among(tx *db.Tx, column string, ids []int64) string {
	condition, arg := tx.Among(column, fmt.Sprintf("$%d", len(*a)+1), ids)
	*a = append(*a, arg)
	return condition
}

// keep writes what no order serves.
func (f VoucherFilter) keep(tx *db.Tx, a *args) (keep []string) {
	if f.Type != 0 {
		keep = append(keep, "v.type = "+a.add(int16(f.Type)))
	}
	if !f.From.IsZero() {
		keep = append(keep, "v.date >= "+a.add(f.From))
	}
	if !f.To.IsZero() {
		keep = append(keep, "v.date <= "+a.add(f.To))
	}
	if f.Accounts != nil { // not exists: PostgreSQL would go through all entries once, for the sake of a few rows
		keep = append(keep, "(select 1 from entry e where e.company = $1 and e.voucher = v.id and "+a.among(tx, "e.account", f.Accounts)+" limit 1) is not null")
	}
	return keep
}

// listed reads vouchers of a list, in the order of the ids.
func listed(ctx context.Context, tx *db.Tx, ids []int64) ([]Listed, error) {
	those, arg := tx.Among("v.id", "$2", ids)
	all, err := db.List(ctx, tx, func(r *db.Rows, l *Listed) error {
		return r.Scan(&l.ID, &l.Number, &l.Date, &l.Type, &l.Customer, &l.Vendor, &l.Reverses, &l.Source, &l.Text, &l.Actor, &l.At)
	}, `select v.id, v.number, v.date, v.type, coalesce(v.customer, 0), coalesce(v.vendor, 0), coalesce(v.reverses, 0), coalesce(v.source, 0), v.text, coalesce(a.actor, ''), coalesce(a.at, 0)
		from voucher v left join audit a on a.company = v.company and a.id = v.command where v.company = $1 and `+those, tx.Company, arg)
	if err != nil {
		return nil, err
	}
	at := map[int64]int{}
	for i, id := range ids {
		at[id] = i
	}
	slices.SortFunc(all, func(a, b Listed) int { return at[a.ID] - at[b.ID] })
	for i := range all {
		at[all[i].ID] = i
	}
	those, arg = tx.Among("voucher", "$2", ids)
	err = tx.Each(ctx, "select voucher, cast(sum(case when accounting > 0 then accounting else 0 end) as bigint) from entry where company = $1 and "+those+" group by voucher", []any{tx.Company, arg}, func(r *db.Rows) error {
		all[at[r.Int64(0)]].Total = money.Amount(r.Int64(1))
		return nil
	})
	return all, err
}

// AccountsLike gives the ids of the ledger accounts that are named: one as written, or all of a main account; none when no entry stands
// on it yet. Neither in the format nor in the chart is [fault.Invalid].
func (c *Company) AccountsLike(text string) ([]int64, error) {
	if a, ok := c.account(text); ok {
		return []int64{a.ID}, nil
	}
	ids := []int64{}
	if _, ok := c.Accounts[text]; ok {
		for _, a := range c.allStored() {
			if a.Main == text {
				ids = append(ids, a.ID)
			}
		}
		slices.Sort(ids)
		return ids, nil
	}
	a, err := c.Parse(text)
	if err == nil && a.ID != 0 {
		ids = append(ids, a.ID)
	}
	return ids, err
}

// LedgerAccounts gives the stored ledger accounts, as written, in byte order.
func (c *Company) LedgerAccounts() []Account {
	stored := c.allStored()
	all := make([]Account, 0, len(stored))
	for _, written := range slices.Sorted(maps.Keys(stored)) {
		all = append(all, stored[written])
	}
	return all
}
