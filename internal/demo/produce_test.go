package demo

import (
	"context"
	"io"
	"os"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/folder"
	"quittance/internal/identity"
	"quittance/internal/secret"
)

// The distributor too is a folder that a user could have written, the same each time.
func TestProduceIsAFolder(t *testing.T) {
	today := civil.MustParse("2027-02-28")
	data := &produce(today).d
	dir := t.TempDir()
	if err := folder.Write(dir, data); err != nil {
		t.Fatal(err)
	}
	if _, err := folder.ReadFS(os.DirFS(dir)); err != nil {
		t.Fatalf("the distributor is no company folder: %v", err)
	}
	if !reflect.DeepEqual(&produce(today).d, data) {
		t.Error("the distributor is not the same each time")
	}
}

// A history that is cut off is gone on with, and ends as if it had not been. It can be told on any day.
func TestCutOffHistoryGoesOn(t *testing.T) {
	ctx := t.Context()
	tell := func(cut int64) []app.DeductionRow {
		t.Helper()
		d, err := db.Open(ctx, dbtest.URL(t, "sqlite"))
		if err != nil {
			t.Fatal(err)
		}
		c := &clock{now: func() time.Time { return time.Date(2028, time.March, 1, 5, 0, 0, 0, time.UTC) }}
		cutOff, cancel := context.WithCancel(ctx)
		defer cancel()
		var calls atomic.Int64
		a := app.New(d, &secret.Keyring{}, func() time.Time {
			if calls.Add(1) == cut {
				cancel()
			}
			return c.time()
		})
		t.Cleanup(func() { a.Close() })
		s, err := newShow(ctx, a, app.Call{Actor: identity.Operator(), Company: companyCode}, "", false, c.today())
		if err != nil {
			t.Fatal(err)
		}
		s.clock = c
		if err := s.distributor(cutOff, io.Discard); cut > 0 {
			if err == nil {
				t.Fatal("the history was not cut off")
			}
			if s, err = newShow(ctx, a, s.call, "", false, c.today()); err != nil {
				t.Fatal(err)
			}
			s.clock = c
			if err := s.distributor(ctx, io.Discard); err != nil {
				t.Fatalf("gone on with: %v", err)
			}
		} else if err != nil {
			t.Fatal(err)
		}
		part, err := a.Deductions(ctx, app.Call{Actor: identity.Operator(), Company: produceCode}, app.DeductionFilter{Order: app.ByNumber, Closed: true}, app.Page{Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		return part.Items
	}
	whole := tell(0)
	if again := tell(200); !reflect.DeepEqual(whole, again) {
		t.Errorf("the history that was cut off has %d deductions, the whole one %d, or they differ", len(again), len(whole))
	}
}
