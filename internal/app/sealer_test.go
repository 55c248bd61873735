package app_test

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/money"
)

// Of two sealers that read at the same moment what waits, the one that comes second seals what the first did not cover.
func TestSealAtOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		for try := range 20 {
			if sealedBeside(t, d, fmt.Sprintf("FIRST-%d", try), fmt.Sprintf("SECOND-%d", try)) {
				return
			}
		}
		t.Error("the other sealer was always earlier")
	})
}

// sealedBeside posts two vouchers and takes the first out of the queue, as another process would that sealed it, while the sealer of
// this one is about to seal both. It is false when the sealer was earlier: its time had come, or the unit was tried a second time.
func sealedBeside(t *testing.T, d *apptest.Door, first, second string) (beside bool) {
	d.SealNow()
	line := folder.VoucherLine{Account: "101-44200", Currency: money.MustCurrency("USD"), Debit: 100}
	back := folder.VoucherLine{Account: "101-11010", Currency: line.Currency, Credit: 100}
	for _, number := range []string{first, second} {
		_, err := d.PostVouchers(ctx, apptest.Call, []folder.Voucher{{Number: number, Date: civil.MustParse("2026-12-04"), Type: "journal", Lines: []folder.VoucherLine{line, back}}})
		if err != nil {
			t.Fatal(err)
		}
	}
	const those = " from unsealed where exists (select 1 from voucher v where v.company = unsealed.company and v.id between unsealed.first and unsealed.last and v.number = $1)"
	var wg sync.WaitGroup
	err := d.DB.Unit(ctx, db.Scope{Now: apptest.Now}, func(ctx context.Context, tx *db.Tx) error {
		n, err := tx.Exec(ctx, "delete"+those, first)
		if beside = n == 1; beside {
			wg.Go(d.SealNow)
			time.Sleep(300 * time.Millisecond) // it has read both, and waits for this unit
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	d.SealNow() // which also waits for a round that began by itself
	var waiting int
	err = d.DB.Read(ctx, db.Scope{Now: apptest.Now}, func(ctx context.Context, tx *db.Tx) error {
		return tx.Row(ctx, "select count(*)"+those, second).Scan(&waiting)
	})
	if err != nil || waiting != 0 {
		t.Errorf("the second voucher is left: %d, %v", waiting, err)
	}
	return beside
}

// A closed database refuses who comes late, and may be closed again.
func TestClosedDatabaseRefuses(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		d := apptest.New(t, dbtest.Open(t, url))
		for range 2 {
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Ready(ctx); fault.CodeOf(err) != fault.Unavailable {
			t.Errorf("a closed database says %v", err)
		}
	})
}
