package openitem

import (
	"context"
	"fmt"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// Filter narrows a list of items.
type Filter struct {
	Party    int64 // 0: all
	Closed   bool  // closed ones too; of one party only
	Credits  *bool // true: credits only, false: debits only
	Currency string
	Account  *ledger.Account // one that is not stored has no items
}

// Spot is where a list of items stands: after that item.
type Spot struct {
	Party   int64      `json:"p,omitempty"`
	Voucher int64      `json:"v,omitempty"`
	Date    civil.Date `json:"d,omitzero"`
	Number  string     `json:"n,omitempty"`
	Line    int        `json:"l"`
}

// window is how many rows a call goes through at most.
const window = 4000

// ListItems gives the next items of a list after the place (nil: from the beginning), at most limit, with their Amount and Type, and
// where the list goes on; nil at its end. The items of one party come by date, voucher number and line; those of all parties party by
// party in the order in which they were made, then by voucher and line.
func ListItems(ctx context.Context, tx *db.Tx, c *ledger.Company, side Side, f Filter, after *Spot, limit int) ([]*Item, *Spot, error) {
	if f.Account != nil && f.Account.ID == 0 {
		return nil, nil, nil
	}
	var items []*Item
	var next *Spot
	var err error
	switch {
	case f.Party == 0:
		items, next, err = listAll(ctx, tx, c, side, f, after, limit)
	case f.Closed:
		items, next, err = listHistory(ctx, tx, c, side, f, after, limit)
		return items, next, err
	default:
		items, next, err = listParty(ctx, tx, c, side, f, after, limit)
	}
	if err != nil || len(items) == 0 {
		return nil, next, err
	}
	return items, next, fillAmounts(ctx, tx, items)
}

// where writes the filter as conditions on columns, with the arguments so far.
func (f Filter) where(args *[]any, amount, currency, account string) string {
	arg := func(v any) string { *args = append(*args, v); return fmt.Sprintf("$%d", len(*args)) }
	var b strings.Builder
	switch {
	case f.Credits == nil:
	case *f.Credits:
		b.WriteString(" and " + amount + " < 0")
	default:
		b.WriteString(" and " + amount + " > 0")
	}
	if f.Currency != "" {
		b.WriteString(" and " + currency + " = " + arg(f.Currency))
	}
	if f.Account != nil {
		b.WriteString(" and " + account + " = " + arg(f.Account.ID))
	}
	return b.String()
}

func listAll(ctx context.Context, tx *db.Tx, c *ledger.Company, side Side, f Filter, after *Spot, limit int) ([]*Item, *Spot, error) {
	if after == nil {
		after = &Spot{}
	}
	args := []any{c.ID, int16(side), after.Party, after.Voucher, after.Line}
	scan := scanItem(c)
	filtered := f.Credits != nil || f.Currency != "" || f.Account != nil
	rows := limit + 1
	if filtered {
		rows = window
	}
	found, err := db.Sift(ctx, tx, rows, limit, func(r *db.Rows, it **Item) (bool, error) {
		err := scan(r, it)
		return err == nil && f.keeps(*it), err
	}, fmt.Sprintf("select %s where o.company = $1 and o.side = $2 and (o.party, o.voucher, o.line) > ($3, $4, $5) order by o.party, o.voucher, o.line limit %d", itemColumns, rows), args...)
	if err != nil || !found.More {
		return found.Kept, nil, err
	}
	return found.Kept, &Spot{Party: found.Last.Party, Voucher: found.Last.Voucher, Line: found.Last.Line}, nil
}

func (f Filter) keeps(it *Item) bool {
	return (f.Credits == nil || *f.Credits == (it.Open < 0)) && (f.Currency == "" || f.Currency == it.Currency) && (f.Account == nil || f.Account.ID == it.Account.ID)
}

// listParty reads what is open of one party from its own table.
func listParty(ctx context.Context, tx *db.Tx, c *ledger.Company, side Side, f Filter, after *Spot, limit int) ([]*Item, *Spot, error) {
	args := []any{c.ID, int16(side), f.Party}
	where := f.where(&args, "o.open", "o.currency", "o.account")
	if after != nil {
		n := len(args)
		where += fmt.Sprintf(" and (o.date, o.number, o.line) > ($%d, $%d, $%d)", n+1, n+2, n+3)
		args = append(args, after.Date, after.Number, after.Line)
	}
	items, err := db.List(ctx, tx, scanItem(c), fmt.Sprintf("select %s where o.company = $1 and o.side = $2 and o.party = $3%s order by o.date, o.number, o.line limit %d", itemColumns, where, limit+1), args...)
	return cutItems(items, limit, err)
}

// listHistory reads what is open or was settled of one party.
func listHistory(ctx context.Context, tx *db.Tx, c *ledger.Company, side Side, f Filter, after *Spot, limit int) ([]*Item, *Spot, error) {
	args := []any{c.ID, int16(side), f.Party}
	where := f.where(&args, "e.amount", "e.currency", "e.account")
	if after != nil {
		n := len(args)
		where += fmt.Sprintf(" and (v.date, v.number, e.line) > ($%d, $%d, $%d)", n+1, n+2, n+3)
		args = append(args, after.Date, after.Number, after.Line)
	}
	items, err := db.List(ctx, tx, scanStored(c), fmt.Sprintf("select %s%s%s order by v.date, v.number, e.line limit %d", storedColumns, fromParty, where, limit+1), args...)
	return cutItems(items, limit, err)
}

func cutItems(items []*Item, limit int, err error) ([]*Item, *Spot, error) {
	if err != nil || len(items) <= limit {
		return items, nil, err
	}
	last := items[limit-1]
	return items[:limit], &Spot{Date: last.Date, Number: last.Number, Line: last.Line}, nil
}

// fillAmounts reads the Amount and Type of items.
func fillAmounts(ctx context.Context, tx *db.Tx, items []*Item) error {
	at := map[[2]int64]*Item{}
	ids := make([]int64, len(items))
	for i, it := range items {
		ids[i] = it.Voucher
		at[[2]int64{it.Voucher, int64(it.Line)}] = it
	}
	those, arg := tx.Among("v.id", "$2", ids)
	return tx.Each(ctx, "select e.voucher, e.line, e.amount, v.type from voucher v cross join entry e where v.company = $1 and "+those+" and e.company = $1 and e.voucher = v.id and e.party is not null", []any{tx.Company, arg}, func(r *db.Rows) error {
		if it := at[[2]int64{r.Int64(0), r.Int64(1)}]; it != nil {
			it.Amount, it.Type = money.Amount(r.Int64(2)), ledger.Type(r.Int64(3))
		}
		return nil
	})
}

// Sums is what is open of a party in one currency: debits ≥ 0, credits ≤ 0, and what pending settlements hold, ≥ 0.
type Sums struct {
	Currency                string
	Debits, Credits, Marked money.Amount
}

// SumsOf gives what is open of parties by currency.
func SumsOf(ctx context.Context, tx *db.Tx, side Side, parties []int64) (map[int64][]Sums, error) {
	all := map[int64][]Sums{}
	if len(parties) == 0 {
		return all, nil
	}
	those, arg := tx.Among("party", "$3", parties)
	err := tx.Each(ctx, `select party, currency, cast(sum(case when open > 0 then open else 0 end) as bigint), cast(sum(case when open < 0 then open else 0 end) as bigint), cast(sum(marked) as bigint)
		from open_item where company = $1 and side = $2 and `+those+" group by party, currency order by party, currency", []any{tx.Company, int16(side), arg}, func(r *db.Rows) error {
		s := Sums{r.Text(1), money.Amount(r.Int64(2)), money.Amount(r.Int64(3)), money.Amount(r.Int64(4))}
		all[r.Int64(0)] = append(all[r.Int64(0)], s)
		return nil
	})
	return all, err
}

// Due is what is open of a party in one currency with one due date: debits ≥ 0, credits ≤ 0.
type Due struct {
	Currency        string
	Date            civil.Date
	Debits, Credits money.Amount
	Items           int64
}

// DuesOf gives what is open of a party by currency and due date.
func DuesOf(ctx context.Context, tx *db.Tx, side Side, party int64) ([]Due, error) {
	return db.List(ctx, tx, func(r *db.Rows, d *Due) error {
		return r.Scan(&d.Currency, &d.Date, &d.Debits, &d.Credits, &d.Items)
	}, `select currency, due_date, cast(sum(case when open > 0 then open else 0 end) as bigint), cast(sum(case when open < 0 then open else 0 end) as bigint), count(*)
		from open_item where company = $1 and side = $2 and party = $3 group by currency, due_date order by currency, due_date`, tx.Company, int16(side), party)
}
