package db_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"quittance/internal/db"
	"quittance/internal/db/dbtest"
)

// counted is a unit of the test: it draws a number when the transaction ends.
type counted struct {
	appends bool
	drawn   int
}

// counting draws the numbers from the name of company 1, which may be held.
func counting(held, mixed *int) *db.Finisher {
	return &db.Finisher{Write: func(ctx context.Context, tx *db.Tx, items []any) error {
		next, ok := tx.Held("counter").(*int)
		if ok {
			*held++
		} else {
			var name string
			if err := tx.Row(ctx, "update company set name = name where id = 1 returning name").Scan(&name); err != nil {
				return err
			}
			n, err := strconv.Atoi(name)
			if err != nil {
				return err
			}
			next = &n
		}
		for _, x := range items {
			u := x.(*counted)
			if ok && !u.appends {
				*mixed++
			}
			u.drawn = *next
			*next++
		}
		return tx.Put(ctx, "update company set name = $1 where id = 1", fmt.Sprint(*next))
	}}
}

// Appending units share rows that the first of them holds, with nobody else: numbers drawn from such a row have no gap and no double,
// whatever other units do beside, and those that fail draw none.
func TestAppendHolds(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			d := dbtest.Open(t, dbtest.URL(t, kind))
			if err := d.Unit(ctx, scope(), func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, "insert into company values (1, 'X', '0', 'US', 'USD', 'Main')")
				return err
			}); err != nil {
				t.Fatal(err)
			}
			var held, mixed int
			finisher := counting(&held, &mixed) // one transaction writes at a time: each locks the row
			boom := errors.New("boom")
			units := make([]*counted, 300)
			var wg sync.WaitGroup
			leads := make(chan struct{})
			led := sync.OnceFunc(func() { close(leads) })
			start := func(i int) {
				wg.Go(func() {
					u := &counted{appends: i%4 != 0, drawn: -1}
					units[i] = u
					run := d.Together
					if u.appends {
						run = d.Append
					}
					err := run(ctx, scope(), func(ctx context.Context, tx *db.Tx) error {
						defer led()
						tx.Hold("counter", "select name from company where id = $1 for update", []any{1}, func(r *db.Rows) (any, error) {
							n, err := strconv.Atoi(r.Text(0))
							return &n, err
						})
						if err := tx.Row(ctx, "select count(*) from company").Scan(new(int)); err != nil {
							return err
						}
						if i%10 == 7 {
							return boom
						}
						tx.Later(finisher, u)
						return nil
					})
					if i%10 == 7 != errors.Is(err, boom) || (err != nil && i%10 != 7) {
						t.Errorf("unit %d gives %v", i, err)
					}
				})
			}
			const first = 1 // an appending unit that begins a transaction: whether another one does is chance
			start(first)
			<-leads
			for i := range units {
				if i != first {
					start(i)
				}
			}
			wg.Wait()
			seen := map[int]bool{}
			for i, u := range units {
				if i%10 == 7 {
					continue
				}
				if u.drawn < 0 || u.drawn >= len(units)*9/10 || seen[u.drawn] {
					t.Errorf("unit %d drew %d, which is taken or beyond what was drawn", i, u.drawn)
				}
				seen[u.drawn] = true
			}
			if name := companies(t, d)[1]; name != fmt.Sprint(len(seen)) || len(seen) != len(units)*9/10 {
				t.Errorf("%d numbers were drawn; the row says %s", len(seen), name)
			}
			if mixed > 0 || (held > 0) != (kind == "postgres") {
				t.Errorf("%s: %d transactions held the row, %d units that are not appending shared them", kind, held, mixed)
			}
		})
	}
}
