package db_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/money"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var ctx = context.Background()

func scope() db.Scope { return db.Scope{Company: 1, Actor: "test", Now: time.Now()} }

func company(t *testing.T, d *db.DB) {
	t.Helper()
	err := d.Unit(ctx, scope(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, "insert into company values (1, 'X', 'X', 'US', 'USD', 'Main')")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestBatchAndTypes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		company(t, d)
		for _, n := range []int{1, 7, 8, 1000} {
			err := d.Unit(ctx, scope(), func(ctx context.Context, tx *db.Tx) error {
				b := tx.Batch("entry", "company", "voucher", "line", "account", "party", "amount", "accounting", "classification", "due_date", "currency", "text")
				for i := range n {
					b.Add(int64(1), int64(n), i+1, int64(5), nil, money.Amount(-250), money.Amount(250), nil, civil.MustParse("2026-11-30"), "USD", nil)
				}
				return b.Flush(ctx)
			})
			if err != nil {
				t.Fatal(err)
			}
			err = d.Read(ctx, scope(), func(ctx context.Context, tx *db.Tx) error {
				var rows int
				var sum money.Amount
				var due civil.Date
				if err := tx.Row(ctx, "select count(*), cast(sum(amount) as bigint), max(due_date) from entry where voucher = $1 and company = $2", n, 1).Scan(&rows, &sum, &due); err != nil {
					return err
				}
				if rows != n || sum != money.Amount(-250*n) || due.String() != "2026-11-30" {
					t.Errorf("%d rows, sum %d, due %s", rows, sum, due)
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

// A sum of bigint is numeric on PostgreSQL, of which a whole number is not read by chance.
func TestNumericIsNoWholeNumber(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		company(t, d)
		read := func(query string) error {
			return d.Read(ctx, scope(), func(ctx context.Context, tx *db.Tx) error {
				var n int64
				scanned := tx.Row(ctx, query).Scan(&n)
				each := tx.Each(ctx, query, nil, func(r *db.Rows) error {
					n = r.Int64(0)
					return nil
				})
				if (scanned == nil) != (each == nil) {
					t.Errorf("%s: scanned gives %v, read by the row %v", query, scanned, each)
				}
				return scanned
			})
		}
		if err := read("select sum(id) from company"); (err != nil) != strings.HasPrefix(d.Name(), "postgres") {
			t.Errorf("a sum of bigint gives %v on %s", err, d.Name())
		}
		if err := read("select cast(sum(id) as bigint) from company"); err != nil {
			t.Error(err)
		}
	})
}

func TestUnitRollsBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		boom := errors.New("boom")
		err := d.Unit(ctx, scope(), func(ctx context.Context, tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "insert into company values (1, 'X', 'X', 'US', 'USD', 'Main')"); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		company(t, d) // would be a duplicate
		err = d.Unit(ctx, scope(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "insert into company values (1, 'X', 'X', 'US', 'USD', 'Main')")
			return err
		})
		if !db.IsDuplicate(err) {
			t.Errorf("a duplicate key gives %v", err)
		}
	})
}

func TestReadCannotWrite(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Read(ctx, scope(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "insert into company values (1, 'X', 'X', 'US', 'USD', 'Main')")
			return err
		})
		if err == nil {
			t.Error("a reading unit wrote")
		}
	})
}

func TestAppendOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		company(t, d)
		must := func(q string) error {
			return d.Unit(ctx, scope(), func(ctx context.Context, tx *db.Tx) error { _, err := tx.Exec(ctx, q); return err })
		}
		if err := must("insert into audit values (1, 1, 1, 'a', 'c', 's', '')"); err != nil {
			t.Fatal(err)
		}
		for _, q := range []string{"update audit set actor = 'b'", "delete from audit"} {
			if err := must(q); err == nil || !strings.Contains(err.Error(), "append-only") {
				t.Errorf("%s gives %v", q, err)
			}
		}
	})
}

func TestIdsAreUniqueUnderConcurrency(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		var mu sync.Mutex
		seen := map[int64]bool{}
		var wg sync.WaitGroup
		for w := range 8 {
			wg.Go(func() {
				err := d.Unit(ctx, scope(), func(ctx context.Context, tx *db.Tx) error {
					ids, err := tx.NewIDs(ctx, 50)
					if err != nil {
						return err
					}
					one, err := tx.NewID(ctx)
					mu.Lock()
					defer mu.Unlock()
					for _, id := range append(ids, one) {
						if seen[id] {
							return fmt.Errorf("id %d was given twice (worker %d)", id, w)
						}
						seen[id] = true
					}
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		if len(seen) != 8*51 {
			t.Errorf("%d ids", len(seen))
		}
	})
}

func TestUnitsAreTriedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		tries := 0
		err := d.Unit(ctx, scope(), func(context.Context, *db.Tx) error {
			if tries++; tries < 4 {
				return db.Again("the data changed")
			}
			return nil
		})
		if err != nil || tries != 4 {
			t.Errorf("%d tries, %v", tries, err)
		}
		short, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
		defer cancel()
		err = d.Unit(short, scope(), func(context.Context, *db.Tx) error { return db.Again("always") })
		if fault.CodeOf(err) != fault.Conflict && !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a unit that never succeeds gives %v", err)
		}
	})
}

func TestOpenTwiceAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new.db")
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			d, err := db.Open(ctx, path)
			if err != nil {
				t.Error(err)
				return
			}
			d.Close()
		})
	}
	wg.Wait()
}

func TestNewerDatabaseIsRefused(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		d := dbtest.Open(t, url)
		err := d.Unit(ctx, scope(), func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "insert into goose_db_version (version_id, is_applied) values (9999, true)")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = db.Open(ctx, url)
		if fault.RuleOf(err) != "database_newer" {
			t.Errorf("got %v", err)
		}
	})
}

func TestBadAddresses(t *testing.T) {
	for _, url := range []string{"", "mysql://x", "/nonexistent-folder/x.db", "postgres://nobody@127.0.0.1:1/x"} {
		if d, err := db.Open(ctx, url); err == nil {
			d.Close()
			t.Errorf("%q was opened", url)
		} else if fault.CodeOf(err) == fault.Internal {
			t.Errorf("%q gives the unkind error %v", url, err)
		}
	}
}

func TestSetsOfIds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Read(ctx, scope(), func(ctx context.Context, tx *db.Tx) error {
			got, err := db.List(ctx, tx, func(r *db.Rows, v *int64) error { return r.Scan(v) },
				"select value from json_each(cast($1 as text)) where value <> $2 and '$3' = '$3' -- $4\n order by value", "[3,1,2]", 2)
			if fmt.Sprint(got) != "[1 3]" {
				t.Errorf("got %v", got)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
