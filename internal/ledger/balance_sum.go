package ledger

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// Sums of entries stand in the table balance: for each ledger account and voucher date, debit and credit in minor units of the
// accounting currency, both ≥ 0, one row for each *batch* of vouchers that were posted together. Posting only inserts, so that
// no two postings wait for each other; [Fold] merges the rows of one account and date from time to time. A row names the range of the
// voucher ids that its sums come from, by which the entries are found. [Check] proves that they are the sums of the entries, and that
// every entry stands in the range of such a row.

// AccountBalance is the debit and credit of a ledger account, in minor units of the accounting currency, both ≥ 0.
type AccountBalance struct {
	Account       string
	Debit, Credit money.Amount
}

// TrialBalance gives the sums of every ledger account up to and including the date (blank: all), in accounting
// currency, by account in byte order. It reads the sums, not the entries.
func TrialBalance(ctx context.Context, tx *db.Tx, upTo civil.Date) ([]AccountBalance, error) {
	until, args := "", []any{tx.Company}
	if !upTo.IsZero() {
		until, args = " and date <= $2", append(args, upTo)
	}
	return db.List(ctx, tx, func(r *db.Rows, b *AccountBalance) error { return r.Scan(&b.Account, &b.Debit, &b.Credit) }, `select a.written, s.debit, s.credit
		from (select account, cast(sum(debit) as bigint) as debit, cast(sum(credit) as bigint) as credit from balance where company = $1`+until+` group by account) s
		join ledger_account a on a.company = $1 and a.id = s.account order by a.written`, args...)
}

// accountDay is a ledger account on a date, by which entries are summed.
type accountDay struct {
	company, account int64
	date             civil.Date
}

func compareDays(a, b accountDay) int {
	return cmp.Or(cmp.Compare(a.company, b.company), cmp.Compare(a.account, b.account), cmp.Compare(a.date, b.date))
}

var balanceColumns = []string{"company", "account", "date", "batch", "debit", "credit", "first_voucher", "last_voucher"}

// addBalances adds the sums of the vouchers that are written together, as one batch. A sum that does not fit is [fault.Refused].
func (w *writer) addBalances(ctx context.Context) error {
	type sums struct {
		debit, credit money.Sum
		first, last   int64
	}
	all := map[accountDay]*sums{}
	for _, v := range w.all {
		for i := range v.Entries {
			e := &v.Entries[i]
			k := accountDay{v.by.Company.ID, e.Account.ID, v.Date}
			s := all[k]
			if s == nil {
				s = &sums{first: v.ID, last: v.ID}
				all[k] = s
			}
			s.first, s.last = min(s.first, v.ID), max(s.last, v.ID)
			if e.Accounting > 0 {
				s.debit.Add(e.Accounting)
			} else {
				s.credit.Add(-e.Accounting)
			}
		}
	}
	rows := w.tx.Batch("balance", balanceColumns...)
	for _, k := range slices.SortedFunc(maps.Keys(all), compareDays) {
		debit, err := all[k].debit.Total()
		if err != nil {
			return err
		}
		credit, err := all[k].credit.Total()
		if err != nil {
			return err
		}
		rows.Int(k.company).Int(k.account).Date(k.date).Int(w.batch).Int(int64(debit)).Int(int64(credit)).Int(all[k].first).Int(all[k].last)
	}
	return rows.FlushLater(ctx)
}

const (
	foldVouchers = 4096   // newest vouchers whose ledger accounts and dates one call looks at
	foldIDs      = 65_536 // ids, of vouchers and all else, that they are looked for among
	foldDays     = 250    // ledger accounts and dates folded by one call
	foldRows     = 2000   // rows folded by one call, so that its unit stays short

	// foldSpan is the neighbourhoods of voucher ids within which rows are folded, so that a voucher that is posted long after its date
	// does not widen the range in which the entries of that date are looked for.
	foldSpan = 262_144
)

// Fold merges the sums of the same ledger account and date, and of neighbouring vouchers, into one row each, and says how many rows fewer there are; 0 when
// nothing is left to do. One call does a bounded part: it looks where the newest vouchers stand, since going through all sums would
// take the longer the older the books are. It may run at any time, beside postings and other calls of itself: it sums only the
// rows that it deleted itself, and passes by those that another one is folding.
func Fold(ctx context.Context, tx *db.Tx) (folded int64, err error) {
	days, err := daysToFold(ctx, tx)
	if err != nil {
		return 0, err
	}
	left := tx.Batch("balance", balanceColumns...)
	for rows := 0; len(days) > 0 && rows < foldRows; days = days[1:] {
		taken, err := takeBatches(ctx, tx, days[0], foldRows-rows)
		if err != nil {
			return 0, err
		}
		rows += len(taken)
		merged := merge(taken)
		folded += int64(len(taken) - len(merged))
		for _, b := range merged {
			left.Add(tx.Company, days[0].account, days[0].date, b.id, b.debit, b.credit, b.first, b.last)
		}
	}
	return folded, left.Flush(ctx)
}

// daysToFold gives the ledger accounts and dates of the newest vouchers that have rows to fold. The range of ids and the cross
// join keep both databases, when they have no statistics, from going through all vouchers or entries.
func daysToFold(ctx context.Context, tx *db.Tx) ([]accountDay, error) {
	var newest int64
	if err := tx.Row(ctx, "select coalesce(max(id), 0) from voucher where company = $1", tx.Company).Scan(&newest); err != nil {
		return nil, err
	}
	return db.List(ctx, tx, func(r *db.Rows, k *accountDay) error { return r.Scan(&k.account, &k.date) }, `select k.account, k.date from
		(select distinct e.account, v.date from (select id, date from voucher where company = $1 and id > $2 order by id desc limit $3) v cross join entry e where e.company = $1 and e.voucher = v.id) k
		where exists (select 1 from balance b where b.company = $1 and b.account = k.account and b.date = k.date group by b.first_voucher / $4 having count(*) > 1)
		order by k.account, k.date limit $5`, tx.Company, newest-foldIDs, foldVouchers, foldSpan, foldDays)
}

// batch is the sums of one batch on one account and date.
type batch struct {
	id            int64
	debit, credit money.Amount
	first, last   int64 // voucher ids
}

// takeBatches deletes at most limit rows of an account and date and gives them, the oldest first.
func takeBatches(ctx context.Context, tx *db.Tx, k accountDay, limit int) ([]batch, error) {
	query := `delete from balance where company = $1 and account = $2 and date = $3 and batch in
		(select batch from balance where company = $1 and account = $2 and date = $3 order by batch limit $4) returning batch, debit, credit, first_voucher, last_voucher`
	if tx.Postgres() { // SQLite has one writer. By ctid, so that each row is locked and found once, whatever the statistics say.
		query = `delete from balance where ctid = any(array
			(select ctid from balance where company = $1 and account = $2 and date = $3 order by batch limit $4 for update skip locked)) returning batch, debit, credit, first_voucher, last_voucher`
	}
	taken, err := db.List(ctx, tx, func(r *db.Rows, b *batch) error { return r.Scan(&b.id, &b.debit, &b.credit, &b.first, &b.last) }, query, tx.Company, k.account, k.date, limit)
	slices.SortFunc(taken, func(a, b batch) int { return cmp.Compare(a.id, b.id) })
	return taken, err
}

// merge sums batches of neighbouring vouchers into one, under the id of the first, which nobody else can write while its row is
// deleted here. Where a sum would not fit, another one is begun: what was posted must stay.
func merge(batches []batch) []batch {
	var merged []batch
	at := map[int64]int{} // neighbourhood → its newest batch
	for _, b := range batches {
		near := b.first / foldSpan
		if n, known := at[near]; known {
			into := &merged[n]
			debit, err := money.Add(into.debit, b.debit)
			credit, err2 := money.Add(into.credit, b.credit)
			if err == nil && err2 == nil {
				into.debit, into.credit, into.first, into.last = debit, credit, min(into.first, b.first), max(into.last, b.last)
				continue
			}
		}
		at[near] = len(merged)
		merged = append(merged, b)
	}
	return merged
}

// balanceSum is what [Check] proves of the sums. Entries of no voucher have no date; they are found otherwise.
var balanceSum = Proposition{Rule: "balance_sum", Text: "ledger account %s on %s: its sums in the trial balance differ from its entries by %s debit and %s credit, in minor units of the accounting currency", SQL: `
	select coalesce(a.written, 'of id ' || cast(x.account as text)), cast(x.date as text), cast(sum(x.debit) as text), cast(sum(x.credit) as text) from (
		select account, date, debit, credit from balance where company = $1
		union all select e.account, v.date, case when e.accounting > 0 then -e.accounting else 0 end, case when e.accounting < 0 then e.accounting else 0 end
			from entry e join voucher v on v.company = e.company and v.id = e.voucher where e.company = $1) x
	left join ledger_account a on a.company = $1 and a.id = x.account
	group by x.account, x.date, a.written having sum(x.debit) <> 0 or sum(x.credit) <> 0 order by a.written, x.date limit 1`}

// checkBalances proves that the sums are those of the entries, per ledger account and date, and that they name their vouchers.
func (p *Proof) checkBalances(ctx context.Context, tx *db.Tx) error {
	found, err := Prove(ctx, tx, []Proposition{balanceSum})
	p.Findings = append(p.Findings, found...)
	if len(found) == 0 && p.outside != nil {
		p.Findings = append(p.Findings, p.outside)
	}
	return err
}

// idRange is a range of voucher ids.
type idRange struct{ first, last int64 }

// joined merges ranges that overlap, or lie so near to each other that reading what is between them costs less than leaving it out.
func joined(ranges []idRange, near int64) []idRange {
	slices.SortFunc(ranges, func(a, b idRange) int { return cmp.Compare(a.first, b.first) })
	var all []idRange
	for _, r := range ranges {
		if n := len(all); n > 0 && r.first <= all[n-1].last+near {
			all[n-1].last = max(all[n-1].last, r.last)
		} else {
			all = append(all, r)
		}
	}
	return all
}

// sumRanges gives the ranges of vouchers that the sums of each ledger account and date name.
func sumRanges(ctx context.Context, tx *db.Tx) (map[accountDay][]idRange, error) {
	all := map[accountDay][]idRange{}
	err := tx.Each(ctx, "select account, date, first_voucher, last_voucher from balance where company = $1", []any{tx.Company}, func(r *db.Rows) error {
		k := accountDay{tx.Company, r.Int64(0), r.Date(1)}
		all[k] = append(all[k], idRange{r.Int64(2), r.Int64(3)})
		return nil
	})
	for k, ranges := range all {
		all[k] = joined(ranges, 1)
	}
	return all, err
}

// checkRange proves that the entries of a voucher stand in the ranges that the sums name; it keeps the first that does not.
func (p *Proof) checkRange(ranges map[accountDay][]idRange, s *Stored, company int64) {
	if p.outside != nil {
		return
	}
	for i := range s.Entries {
		e := &s.Entries[i]
		of := ranges[accountDay{company, e.Account.ID, s.Date}]
		n, found := slices.BinarySearchFunc(of, s.ID, func(r idRange, id int64) int { return cmp.Compare(r.first, id) })
		if !found && (n == 0 || of[n-1].last < s.ID) {
			p.outside = fault.New(fault.Violation, "ledger account %s on %s: its sums in the trial balance do not name voucher %s, which has an entry there, among those that they come from", e.Account.Written, s.Date, s.Number).ByRule(balanceSum.Rule)
			return
		}
	}
}
