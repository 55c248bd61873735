package db_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"quittance/internal/db"
	"quittance/internal/db/dbtest"
)

// noted is a finisher that writes the companies that units put off.
var noted = &db.Finisher{Last: true, Write: func(ctx context.Context, tx *db.Tx, items []any) error {
	b := tx.Batch("company", "id", "code", "name", "country", "currency", "account_format")
	for _, x := range items {
		n := x.(int64)
		b.Add(n, fmt.Sprint("L", n), "later", "US", "USD", "Main")
	}
	return b.Flush(ctx)
}}

func insertCompany(ctx context.Context, tx *db.Tx, id int64) error {
	_, err := tx.Exec(ctx, "insert into company values ($1, $2, 'at once', 'US', 'USD', 'Main')", id, fmt.Sprint("C", id))
	return err
}

func companies(t *testing.T, d *db.DB) map[int64]string {
	t.Helper()
	all := map[int64]string{}
	err := d.Read(ctx, scope(), func(ctx context.Context, tx *db.Tx) error {
		return tx.Each(ctx, "select id, name from company", nil, func(r *db.Rows) error {
			all[r.Int64(0)] = r.Text(1)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Units that share a commit each have their own result: of those that fail after they wrote nothing stays, neither what they
// wrote nor what they put off, and the others are whole.
func TestTogetherEachHasItsOwnResult(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		boom := errors.New("boom")
		const units = 200
		results := make([]error, units)
		var wg sync.WaitGroup
		for i := range units {
			wg.Go(func() {
				n := int64(i + 1)
				run := d.Together
				if i%7 == 3 {
					run = d.Unit // large ones come between the small ones
				}
				results[i] = run(ctx, scope(), func(ctx context.Context, tx *db.Tx) error {
					if _, err := tx.NewID(ctx); err != nil {
						return err
					}
					if err := insertCompany(ctx, tx, 2*n); err != nil {
						return err
					}
					tx.Later(noted, 2*n+1)
					switch i % 5 {
					case 1:
						return boom
					case 2: // a duplicate, which breaks a transaction on PostgreSQL
						return insertCompany(ctx, tx, 2*n)
					}
					return nil
				})
			})
		}
		wg.Wait()
		got := companies(t, d)
		for i, err := range results {
			n := int64(i + 1)
			want := i%5 != 1 && i%5 != 2
			switch {
			case want && err != nil, i%5 == 1 && !errors.Is(err, boom), i%5 == 2 && !db.IsDuplicate(err):
				t.Errorf("unit %d gives %v", i, err)
			case want != (got[2*n] == "at once") || want != (got[2*n+1] == "later"):
				t.Errorf("unit %d (%v) left %q and %q", i, err, got[2*n], got[2*n+1])
			}
		}
		if len(got) != 2*units*3/5 {
			t.Errorf("%d rows, want %d", len(got), 2*units*3/5)
		}
	})
}

// What a unit puts off may fail when it is written: then only that unit fails.
func TestTogetherFinisherFails(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		company(t, d) // id 1
		results := make([]error, 40)
		var wg sync.WaitGroup
		for i := range results {
			wg.Go(func() {
				results[i] = d.Together(ctx, scope(), func(_ context.Context, tx *db.Tx) error {
					id := int64(i + 10)
					if i == 17 {
						id = 1
					}
					tx.Later(noted, id)
					return nil
				})
			})
		}
		wg.Wait()
		got := companies(t, d)
		for i, err := range results {
			if i == 17 {
				if !db.IsDuplicate(err) || got[1] != "X" {
					t.Errorf("a duplicate that was put off gives %v, and the row is %q", err, got[1])
				}
			} else if err != nil || got[int64(i+10)] != "later" {
				t.Errorf("unit %d gives %v, and its row is %q", i, err, got[int64(i+10)])
			}
		}
	})
}

// A unit whose context ends, or whose goroutine ends, takes nobody with it.
func TestTogetherSurvivesTheDead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		results := make([]error, 60)
		var wg sync.WaitGroup
		for i := range results {
			wg.Go(func() {
				own, cancel := context.WithCancel(ctx)
				defer cancel()
				results[i] = errors.New("ended")
				results[i] = d.Together(own, scope(), func(ctx context.Context, tx *db.Tx) error {
					if err := insertCompany(ctx, tx, int64(i+1)); err != nil {
						return err
					}
					switch i % 6 {
					case 2:
						runtime.Goexit()
					case 4:
						cancel()
						return insertCompany(ctx, tx, int64(i+1001))
					}
					return nil
				})
			})
		}
		wg.Wait()
		got := companies(t, d)
		for i, err := range results {
			dead := i%6 == 2 || i%6 == 4
			if dead != (err != nil) || dead == (got[int64(i+1)] == "at once") || got[int64(i+1001)] != "" {
				t.Errorf("unit %d (dead: %t) gives %v and left %q", i, dead, err, got[int64(i+1)])
			}
			if i%6 == 4 && !errors.Is(err, context.Canceled) {
				t.Errorf("a cancelled unit gives %v", err)
			}
		}
	})
}

// A look whose goroutine ends in it gives its connection back as it was.
func TestReadAtOnceSurvivesTheDead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for range 20 {
			var wg sync.WaitGroup
			wg.Go(func() {
				_ = d.Read(ctx, scope(), func(ctx context.Context, tx *db.Tx) error {
					if err := tx.Row(ctx, "select count(*) from company").Scan(new(int)); err != nil {
						t.Error(err)
					}
					runtime.Goexit()
					return nil
				})
			})
			wg.Wait()
		}
		company(t, d)
		for range 20 {
			if got := companies(t, d); len(got) != 1 {
				t.Fatalf("%d companies are seen, want the one that was made since", len(got))
			}
		}
	})
}
