package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/money"
)

// EntryFilter names the entries of ledger accounts, on dates from and to; blank is no bound.
type EntryFilter struct {
	Accounts []int64
	From, To civil.Date
}

// ListedEntry is an entry in a list, with its voucher.
type ListedEntry struct {
	Entry
	Date    civil.Date
	Voucher int64
	Line    int
	Number  string
	Type    Type
}

// EntryPlace is where a list of entries stands: after that one.
type EntryPlace struct {
	Date    civil.Date `json:"d"`
	Voucher int64      `json:"v"`
	Line    int        `json:"l"`
}

const (
	entryWindow = 6000 // entries that one call goes through at most
	mostQueries = 48   // ranges of vouchers that one call looks into at most
	nearEnough  = 512  // voucher ids between two ranges that are read rather than left out
	daysAtOnce  = 31
)

// ListEntries gives the next entries of ledger accounts after the place (nil: from the beginning), at most limit, and where the list
// goes on; nil at its end. They come the newest date first, and on a date by voucher, in the order in which these were posted, and line.
// Entries are kept by voucher only: they are looked for in the ranges of vouchers that the sums of their account and date name.
func ListEntries(ctx context.Context, tx *db.Tx, c *Company, f EntryFilter, after *EntryPlace, limit int) ([]ListedEntry, *EntryPlace, error) {
	w := &entryWalk{f: f, left: entryWindow, queries: mostQueries, limit: limit}
	below := lastDay
	if !f.To.IsZero() {
		below = f.To.AddDays(1)
	}
	if after != nil && after.Date < below {
		w.at, below = *after, after.Date.AddDays(1)
	}
	for {
		days, err := f.daysBefore(ctx, tx, below)
		if err != nil {
			return nil, nil, err
		}
		if len(days) == 0 {
			break
		}
		for _, d := range days {
			if d.date != w.at.Date {
				w.at = EntryPlace{Date: d.date}
			}
			full, err := w.day(ctx, tx, d.ranges)
			if err != nil {
				return nil, nil, err
			}
			if full {
				all, err := readEntries(ctx, tx, c, w.found)
				return all, &w.at, err
			}
		}
		below = days[len(days)-1].date
	}
	all, err := readEntries(ctx, tx, c, w.found)
	return all, nil, err
}

// dayRanges is where the entries of a date stand.
type dayRanges struct {
	date   civil.Date
	ranges []idRange
}

// daysBefore gives the newest dates before the day, within a month, on which the accounts have entries; none at the end.
func (f EntryFilter) daysBefore(ctx context.Context, tx *db.Tx, below civil.Date) ([]dayRanges, error) {
	newest, err := f.newestBefore(ctx, tx, below)
	if err != nil || newest.IsZero() {
		return nil, err
	}
	those, arg := tx.Among("account", "$2", f.Accounts)
	var days []dayRanges
	err = tx.Each(ctx, "select date, first_voucher, last_voucher from balance where company = $1 and "+those+" and date between $3 and $4 order by date desc",
		[]any{tx.Company, arg, max(newest.AddDays(1-daysAtOnce), f.From), newest}, func(r *db.Rows) error {
			date := r.Date(0)
			if n := len(days); n == 0 || days[n-1].date != date {
				days = append(days, dayRanges{date: date})
			}
			d := &days[len(days)-1]
			d.ranges = append(d.ranges, idRange{r.Int64(1), r.Int64(2)})
			return nil
		})
	for i := range days {
		days[i].ranges = joined(days[i].ranges, nearEnough)
	}
	return days, err
}

// newestBefore gives the newest date before the day on which the accounts have entries; blank when there is none. Each account's is
// looked up by itself, since the key begins with the account.
func (f EntryFilter) newestBefore(ctx context.Context, tx *db.Tx, below civil.Date) (newest civil.Date, err error) {
	err = tx.Row(ctx, `select max(d) from (select (select max(b.date) from balance b where b.company = $1 and b.account = a.value and b.date < $3) as d
		from json_each(cast($2 as text)) a) x`, tx.Company, db.IDs(f.Accounts), below).Scan(&newest)
	if newest < f.From {
		newest = 0
	}
	return newest, err
}

var lastDay = civil.Of(9999, 12, 31)

// entryWalk goes through ranges of entries until it has found enough, or has done enough for one call.
type entryWalk struct {
	f                    EntryFilter
	at                   EntryPlace // after which it goes on
	left, queries, limit int
	found                []entryKey
}

type entryKey struct {
	voucher int64
	line    int
}

// day goes through the ranges of the date at which the walk stands, and says whether it must stop there.
func (w *entryWalk) day(ctx context.Context, tx *db.Tx, ranges []idRange) (full bool, err error) {
	for _, r := range ranges {
		if r.last < w.at.Voucher {
			continue
		}
		if r.first > w.at.Voucher {
			w.at.Voucher, w.at.Line = r.first, 0
		}
		for more := true; more; {
			if w.left <= 0 || w.queries == 0 || len(w.found) == w.limit {
				return true, nil
			}
			found, err := w.sift(ctx, tx, r.last)
			if err != nil {
				return false, err
			}
			w.found = append(w.found, found.Kept...)
			w.left, w.queries, more = w.left-found.Seen, w.queries-1, found.More
			if more {
				w.at.Voucher, w.at.Line = found.Last.voucher, found.Last.line
			}
		}
		w.at.Voucher, w.at.Line = r.last+1, 0
	}
	return false, nil
}

func (w *entryWalk) sift(ctx context.Context, tx *db.Tx, last int64) (db.Sifted[entryKey], error) {
	a := &args{tx.Company, w.at.Voucher, w.at.Line, last, w.at.Date}
	those := a.among(tx, "e.account", w.f.Accounts)
	rows := min(w.left, 10*w.limit+100) // PostgreSQL sends them all, also when there are enough before
	return db.Sift(ctx, tx, rows, w.limit-len(w.found), func(r *db.Rows, k *entryKey) (bool, error) {
		k.voucher, k.line = r.Int64(0), int(r.Int64(1))
		return r.Bool(2), nil
	}, fmt.Sprintf(`select e.voucher, e.line, case when %s then (select v.date from voucher v where v.company = $1 and v.id = e.voucher) = $5 end
		from entry e where e.company = $1 and (e.voucher, e.line) > ($2, $3) and e.voucher <= $4 order by e.voucher, e.line limit %d`, those, rows), *a...)
}

// readEntries reads entries with their vouchers, in the order of the keys.
func readEntries(ctx context.Context, tx *db.Tx, c *Company, keys []entryKey) ([]ListedEntry, error) {
	at, ids := map[entryKey]int{}, []int64{}
	for i, k := range keys {
		if at[k] = i; i == 0 || keys[i-1].voucher != k.voucher {
			ids = append(ids, k.voucher)
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	all := make([]ListedEntry, len(keys))
	those, arg := tx.Among("v.id", "$2", ids)
	err := tx.Each(ctx, `select v.id, e.line, v.date, v.number, v.type, e.account, coalesce(e.party, 0), e.currency, e.amount, e.accounting, coalesce(e.text, v.text)
		from voucher v cross join entry e where v.company = $1 and `+those+" and e.company = $1 and e.voucher = v.id", []any{tx.Company, arg}, func(r *db.Rows) error {
		i, wanted := at[entryKey{r.Int64(0), int(r.Int64(1))}]
		if !wanted {
			return nil
		}
		l := &all[i]
		l.Voucher, l.Line, l.Date, l.Number, l.Type = r.Int64(0), int(r.Int64(1)), r.Date(2), r.Text(3), Type(r.Int64(4))
		l.Account, _ = c.ByID(r.Int64(5))
		l.Party, l.Currency, l.Amount, l.Accounting, l.Text = r.Int64(6), r.Text(7), money.Amount(r.Int64(8)), money.Amount(r.Int64(9)), r.Text(10)
		return nil
	})
	return all, err
}

// DaySum is what a ledger account moved on a date, in accounting currency; both ≥ 0.
type DaySum struct {
	Date          civil.Date
	Account       string
	Debit, Credit money.Amount
}

// DayPlace is where a list of sums stands: after that account of that date.
type DayPlace struct {
	Date    civil.Date `json:"d"`
	Account string     `json:"a"`
}

const monthsAtOnce = 24 // months with entries that one call reads at most

// ListDays gives the next sums of ledger accounts by date after the place (nil: from the beginning), at most limit, and where the list
// goes on; nil at its end. They come the newest date first, and on a date by account.
func ListDays(ctx context.Context, tx *db.Tx, f EntryFilter, after *DayPlace, limit int) ([]DaySum, *DayPlace, error) {
	at, below := DayPlace{}, lastDay
	if !f.To.IsZero() {
		below = f.To.AddDays(1)
	}
	if after != nil && after.Date < below {
		at, below = *after, after.Date.AddDays(1)
	}
	var all []DaySum
	for range monthsAtOnce {
		newest, err := f.newestBefore(ctx, tx, below)
		if err != nil {
			return nil, nil, err
		}
		if newest.IsZero() {
			return all, nil, nil
		}
		from := max(newest.AddDays(1-daysAtOnce), f.From)
		some, err := f.sumsBetween(ctx, tx, from, newest)
		if err != nil {
			return nil, nil, err
		}
		for _, s := range some {
			if s.Date == at.Date && s.Account <= at.Account {
				continue
			}
			if len(all) == limit {
				last := all[limit-1]
				return all, &DayPlace{last.Date, last.Account}, nil
			}
			all = append(all, s)
		}
		below = from
	}
	return all, &DayPlace{Date: below.AddDays(-1)}, nil
}

func (f EntryFilter) sumsBetween(ctx context.Context, tx *db.Tx, from, to civil.Date) ([]DaySum, error) {
	those, arg := tx.Among("b.account", "$2", f.Accounts)
	sums, err := db.List(ctx, tx, func(r *db.Rows, s *DaySum) error { return r.Scan(&s.Date, &s.Account, &s.Debit, &s.Credit) }, `select s.date, a.written, s.debit, s.credit
		from (select b.date, b.account, cast(sum(b.debit) as bigint) as debit, cast(sum(b.credit) as bigint) as credit from balance b
			where b.company = $1 and `+those+` and b.date between $3 and $4 group by b.date, b.account) s
		join ledger_account a on a.company = $1 and a.id = s.account`, tx.Company, arg, from, to)
	slices.SortFunc(sums, func(a, b DaySum) int {
		return cmp.Or(cmp.Compare(b.Date, a.Date), strings.Compare(a.Account, b.Account))
	})
	return sums, err
}
