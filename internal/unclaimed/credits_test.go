package unclaimed

import (
	"context"
	"slices"
	"testing"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

// The open credits are the same, however many items are read at a time, and wherever the reading begins: documents of several lines and
// currencies are never cut in two.
func TestCreditsAreReadWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		on := civil.Of(2026, time.March, 1)
		err := d.Unit(t.Context(), db.Scope{Company: 7, Actor: "test", Now: time.Now()}, func(ctx context.Context, tx *db.Tx) error {
			items := tx.Batch("open_item", "company", "side", "party", "voucher", "line", "account", "open", "accounting", "classification", "date", "due_date", "number", "currency", "held")
			for party := int64(1); party <= 4; party++ {
				for voucher := int64(1); voucher <= party; voucher++ {
					for line := int64(1); line <= 2*voucher-party%2; line++ {
						amount := 100*voucher - 130*line // documents in debit, in credit and of both
						items.Int(7).Int(1).Int(party).Int(10*party + voucher).Int(line).Int(1).Int(amount).Int(amount).Null().Date(on).Date(on).Text("N").Text([]string{"USD", "EUR"}[line%2]).Int(0)
					}
				}
			}
			if err := items.Flush(ctx); err != nil {
				return err
			}
			var all []openCredit
			if err := tx.Each(ctx, `select party, voucher, currency, cast(sum(open) as bigint) from open_item where company = 7 group by party, voucher, currency having sum(open) < 0 order by 1, 2, 3`, nil, func(r *db.Rows) error {
				x := openCredit{}
				all = append(all, x)
				n := &all[len(all)-1]
				return r.Scan(&n.party, &n.voucher, &n.currency, &n.open)
			}); err != nil {
				return err
			}
			if len(all) < 8 {
				t.Fatalf("%d credits are too few to show anything", len(all))
			}
			for together := 1; together <= 12; together++ {
				for from := -1; from < len(all); from++ {
					l := &looker{tx: tx, s: Selection{On: on}}
					if from >= 0 {
						l.s.After = Cursor{Kind: Credit, Owner: all[from].party, Target: all[from].voucher, Currency: all[from].currency}
					}
					var got []openCredit
					err := l.eachCredits(ctx, together, func(some []openCredit) error {
						for _, x := range some {
							got = append(got, openCredit{party: x.party, voucher: x.voucher, currency: x.currency, open: x.open})
						}
						return nil
					})
					if err != nil {
						return err
					}
					if !slices.Equal(got, all[from+1:]) {
						t.Errorf("%d at a time after credit %d: got %v, want %v", together, from, got, all[from+1:])
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
