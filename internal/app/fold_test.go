package app_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"quittance/internal/db"
	"quittance/internal/folder"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// journal posts a journal of the amount between two accounts, by a command of its own.
func journal(d *door, number, date, debit, credit string, cents int64) error {
	usd := money.MustCurrency("USD")
	_, err := d.PostVouchers(ctx, d.call, []folder.Voucher{{Number: number, Date: day(date), Type: "journal", Lines: []folder.VoucherLine{
		{Account: debit, Currency: usd, Debit: amount(cents)}, {Account: credit, Currency: usd, Credit: amount(cents)},
	}}})
	return err
}

// fold folds until nothing is left, and says how many rows fewer there are.
func fold(t *testing.T, d *door) (folded int64) {
	t.Helper()
	for {
		var n int64
		err := within(t, d, func(ctx ctxT, tx *db.Tx, _ *ledger.Company) (err error) { n, err = ledger.Fold(ctx, tx); return err })
		if err != nil {
			t.Fatal(err)
		}
		if folded += n; n == 0 {
			return folded
		}
	}
}

// sumsOf counts the rows of sums: all, and those of different ledger accounts and dates.
func sumsOf(t *testing.T, d *door) (rows, days int64) {
	t.Helper()
	err := within(t, d, func(ctx ctxT, tx *db.Tx, c *ledger.Company) error {
		return tx.Row(ctx, "select coalesce(cast(sum(n) as bigint), 0), count(*) from (select count(*) as n from balance where company = $1 group by account, date) x", c.ID).Scan(&rows, &days)
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows, days
}

func balancesUpTo(t *testing.T, d *door, date string) (text string) {
	t.Helper()
	all, _, err := d.TrialBalance(ctx, d.call, day(date))
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range all {
		text += fmt.Sprintln(b.Account, b.Debit, b.Credit, b.Balance)
	}
	return text
}

// The trial balance is that of the vouchers up to the date, however the sums stand.
func TestTrialBalanceFolded(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1))
		for i, date := range []string{"2026-11-10", "2026-11-11", "2026-11-10", "2026-11-12", "2026-11-10"} {
			debit, credit := "101-44200", "101-11010"
			if i == 2 {
				debit, credit = credit, debit
			}
			if err := journal(d, fmt.Sprint("J-", i), date, debit, credit, int64(100+i)); err != nil {
				t.Fatal(err)
			}
		}
		// CN-1 of 2026-11-05 debits 101-44200 with 20.00.
		want := map[string]string{
			"2026-11-01": "",
			"2026-11-10": "101-11010 1.02 2.04 -1.02\n101-11530 0.00 20.00 -20.00\n101-44200 22.04 1.02 21.02\n",
			"2026-11-11": "101-11010 1.02 3.05 -2.03\n101-11530 0.00 20.00 -20.00\n101-44200 23.05 1.02 22.03\n",
			"2026-11-30": "101-11010 1.02 4.08 -3.06\n101-11530 0.00 20.00 -20.00\n101-44200 24.08 1.02 23.06\n",
		}
		for _, when := range []string{"before folding", "after"} {
			for date, text := range want {
				if got := balancesUpTo(t, d, date); got != text {
					t.Errorf("%s, up to %s:\n%swant\n%s", when, date, got, text)
				}
			}
			rows, days := sumsOf(t, d)
			if when == "after" {
				if rows != days || days != 8 {
					t.Errorf("after folding %d rows stand for %d accounts and dates, want 8", rows, days)
				}
			} else if folded := fold(t, d); folded > rows-days {
				t.Errorf("folded %d rows of %d for %d accounts and dates", folded, rows, days)
			}
			d.MustVerify(t)
		}
		if n := fold(t, d); n != 0 {
			t.Errorf("folded %d rows again", n)
		}
	})
}

// Folding at once with postings and with itself waits for nobody, loses nothing and counts nothing twice.
func TestConcurrentFold(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1))
		var posting, folding sync.WaitGroup
		var done atomic.Bool
		for client := range 4 {
			posting.Go(func() {
				for i := range 25 {
					if err := journal(d, fmt.Sprint("J-", client, "-", i), fmt.Sprintf("2026-11-%02d", 10+i%3), "101-44200", "101-11010", 1); err != nil {
						t.Errorf("posting: %v", err)
					}
				}
			})
		}
		for range 3 {
			folding.Go(func() {
				for !done.Load() {
					err := within(t, d, func(ctx ctxT, tx *db.Tx, _ *ledger.Company) error { _, err := ledger.Fold(ctx, tx); return err })
					if err != nil {
						t.Errorf("folding: %v", err)
						return
					}
				}
			})
		}
		posting.Wait()
		done.Store(true)
		folding.Wait()
		fold(t, d)
		if rows, days := sumsOf(t, d); rows != days {
			t.Errorf("%d rows are left for %d accounts and dates", rows, days)
		}
		want := "101-11010 0.00 1.00 -1.00\n101-11530 0.00 20.00 -20.00\n101-44200 21.00 0.00 21.00\n"
		if got := balancesUpTo(t, d, "2026-12-31"); got != want {
			t.Errorf("the trial balance is\n%swant\n%s", got, want)
		}
		d.MustVerify(t)
	})
}

// What is posted stays sums that fit: a day that would hold more than an amount can is kept in several rows.
func TestFoldTooLarge(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1))
		const most = 2_000_000_000_000_000_000 // near what a voucher can hold
		for i := range 5 {
			if err := journal(d, fmt.Sprint("J-", i), "2026-11-10", "101-44200", "101-11010", most); err != nil {
				t.Fatal(err)
			}
		}
		fold(t, d)
		if _, days := sumsOf(t, d); days != 4 {
			t.Errorf("%d accounts and dates, want 4", days)
		}
		if _, _, err := d.TrialBalance(ctx, d.call, day("2026-11-30")); err == nil {
			t.Error("the trial balance of more than an amount can hold gives no error")
		}
		if got := balancesUpTo(t, d, "2026-11-09"); got != "101-11530 0.00 20.00 -20.00\n101-44200 20.00 0.00 20.00\n" {
			t.Errorf("up to the day before it is\n%s", got)
		}
	})
}
