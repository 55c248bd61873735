package app_test

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
)

// settled brings in an invoice of 100.00 and a larger credit note and settles them: by a mere link in dollars, and in euros at two
// rates, so that a part with amount 0 is linked too.
func settled(t *testing.T, d *door, currency string) app.SettleRequest {
	t.Helper()
	d.Import(t, post(books(), "INV,2026-11-02,invoice,C-1,,,"+currency+",101-11530 100.00,101-44200 -100.00",
		"CN,2026-11-20,credit_note,C-1,,,"+currency+",101-44200 300.00,101-11530 -300.00"))
	req := app.SettleRequest{Side: openitem.Customers, Party: "C-1", Debit: "INV", Credit: "CN", Amount: "100.00", Date: day("2026-11-21")}
	if _, err := d.Settle(ctx, d.call, req); err != nil {
		t.Fatal(err)
	}
	return req
}

// A unit that takes back a settlement finds it taken back by somebody else after it had read it, and perhaps settled again in the
// same amounts, so that the items show nothing: it must not be taken back twice. SQLite has one writer, where this cannot be.
func TestUndoneMeanwhile(t *testing.T) {
	if !slices.Contains(dbtest.Kinds(), "postgres") {
		t.Skip("needs PostgreSQL")
	}
	d := &door{Door: apptest.New(t, dbtest.Open(t, dbtest.URL(t, "postgres"))), call: apptest.Call}
	i := 0
	for _, currency := range []string{"USD", "EUR"} {
		for _, again := range []bool{false, true} {
			for _, itemsRead := range []bool{false, true} {
				name := currency + map[bool]string{false: " undone", true: " settled again"}[again] + map[bool]string{false: " before", true: " after"}[itemsRead] + " the items are read"
				t.Run(name, func(t *testing.T) { undoneMeanwhile(t, d.company(i), currency, again, itemsRead) })
				i++
			}
		}
	}
}

func undoneMeanwhile(t *testing.T, d *door, currency string, again, itemsRead bool) {
	req := settled(t, d, currency)
	meanwhile := func() error {
		_, err := d.Unsettle(ctx, d.call, req)
		if err == nil && again {
			_, err = d.Settle(ctx, d.call, req)
		}
		return err
	}
	attempts, errStop := 0, errors.New("the unit was tried again")
	want := ""
	err := within(t, d, func(ctx ctxT, tx *db.Tx, c *ledger.Company) error {
		if attempts++; attempts > 1 {
			return errStop
		}
		var customer int64
		if err := tx.Row(ctx, "select id from customer where company = $1 and code = 'C-1'", c.ID).Scan(&customer); err != nil {
			return err
		}
		links, err := openitem.LiveLinks(ctx, tx, []int64{customer})
		if err != nil {
			return err
		}
		byOp := map[int64][]openitem.Linked{}
		for _, l := range links {
			byOp[l.Operation] = append(byOp[l.Operation], l)
		}
		ops := slices.Sorted(maps.Keys(byOp))
		if len(ops) != 1 {
			t.Errorf("the links are %+v, want one operation", links)
		}
		if !itemsRead {
			err = meanwhile()
		}
		u, err2 := openitem.NewUndoer(ctx, tx, c, ops, byOp)
		if err := errors.Join(err, err2); err != nil {
			return err
		}
		if itemsRead {
			if err := meanwhile(); err != nil {
				return err
			}
		}
		want = open(t, d, openitem.Customers)
		ch := openitem.NewChanges(c)
		if err := u.Undo(ch, ops[0], byOp[ops[0]], day("2026-11-21")); err != nil {
			return err
		}
		return ch.Flush(ctx, tx)
	})
	// In euros the settlement voucher is mirrored, of which there is one mirror.
	if !errors.Is(err, errStop) && fault.RuleOf(err) != "duplicate_voucher" {
		t.Errorf("taking back what does not hold any more gives %v", err)
	}
	if got := open(t, d, openitem.Customers); got != want {
		t.Errorf("open are\n%swant\n%s", got, want)
	}
	d.MustVerify(t)
}

// Clients that settle and take back the same two documents at once: nothing fails but by a rule, and one of each does it.
func TestConcurrentSettleAndUnsettle(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		for i, currency := range []string{"USD", "EUR"} {
			d := d.company(i)
			req := settled(t, d, currency)
			for range 5 {
				count := func(errs []error) (done int) {
					for _, err := range errs {
						if err == nil {
							done++
						} else if !refusal(err) {
							t.Errorf("%s: %v", currency, err)
						}
					}
					return done
				}
				if n := count(together(4, func(int) error { _, err := d.Unsettle(ctx, d.call, req); return err })); n != 1 {
					t.Fatalf("%s: taken back %d times", currency, n)
				}
				if n := count(together(4, func(int) error { _, err := d.Settle(ctx, d.call, req); return err })); n != 1 {
					t.Fatalf("%s: settled %d times", currency, n)
				}
				count(together(6, func(client int) error {
					if client%2 == 0 {
						_, err := d.Unsettle(ctx, d.call, req)
						return err
					}
					_, err := d.Settle(ctx, d.call, req)
					return err
				}))
				if _, err := d.Settle(ctx, d.call, req); err != nil && !refusal(err) {
					t.Fatal(err)
				}
			}
			d.MustVerify(t)
		}
	})
}
