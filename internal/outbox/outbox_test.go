package outbox_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/outbox"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var (
	ctx = context.Background()
	now = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
)

// desk is a company with an outbox.
type desk struct {
	t   *testing.T
	d   *db.DB
	now time.Time
}

func each(t *testing.T, fn func(t *testing.T, k *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		k := &desk{t, d, now}
		k.do(func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "insert into company (id, code, name, country, currency, account_format) values (7, 'CO', 'Company', 'US', 'USD', 'MainAccount')")
			return err
		})
		fn(t, k)
	})
}

// try runs fn as a unit of ann's.
func (k *desk) try(fn func(tx *db.Tx) error) error {
	return k.d.Unit(ctx, db.Scope{Company: 7, Actor: "ann", Command: 3, Now: k.now}, func(_ context.Context, tx *db.Tx) error { return fn(tx) })
}

func (k *desk) do(fn func(tx *db.Tx) error) {
	k.t.Helper()
	if err := k.try(fn); err != nil {
		k.t.Fatal(err)
	}
}

// add tells of a payment that was voided.
func (k *desk) add(subject string, concerns ...string) {
	k.t.Helper()
	k.do(func(tx *db.Tx) error {
		return outbox.Add(tx, outbox.PaymentVoided, subject, map[string]string{"amount": "12.50", "currency": "USD", "payee": "V1", "reason": "lost"}, concerns...)
	})
}

func (k *desk) count(query string, args ...any) (n int64) {
	k.t.Helper()
	k.do(func(tx *db.Tx) error { return tx.Row(ctx, query, args...).Scan(&n) })
	return n
}

func TestEventIsThereIfAndOnlyIfItsChangeIs(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		k.add("CHK-1", "bob", "ann", "bob")
		if n := k.count("select count(*) from event where company = 7 and id like '________-____-7%' and kind = 'payment.voided' and subject = 'CHK-1' and actor = 'ann' and command = 3 and concerns = '[\"ann\",\"bob\"]' and at = $1", now.UnixMicro()); n != 1 {
			t.Errorf("%d events are as they were told", n)
		}
		failed := errors.New("failed")
		if err := k.try(func(tx *db.Tx) error {
			if err := outbox.Add(tx, outbox.PaymentVoided, "CHK-2", map[string]string{}); err != nil {
				return err
			}
			return failed
		}); !errors.Is(err, failed) {
			t.Fatal(err)
		}
		if n := k.count("select count(*) from event"); n != 1 {
			t.Errorf("%d events after a change that failed", n)
		}
	})
}

func TestAddRefuses(t *testing.T) {
	each(t, func(t *testing.T, k *desk) {
		for name, add := range map[string]func(tx *db.Tx) error{
			"unknown kind": func(tx *db.Tx) error { return outbox.Add(tx, "payment.lost", "x", map[string]string{}) },
			"no object":    func(tx *db.Tx) error { return outbox.Add(tx, outbox.PaymentVoided, "x", []int{1}) },
			"too large": func(tx *db.Tx) error {
				return outbox.Add(tx, outbox.PaymentVoided, "x", map[string]string{"a": strings.Repeat("x", 20000)})
			},
			"no company": func(tx *db.Tx) error {
				tx.Company = 0
				return outbox.Add(tx, outbox.PaymentVoided, "x", map[string]string{})
			},
		} {
			if err := k.try(add); fault.CodeOf(err) != fault.Internal {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestCheckKinds(t *testing.T) {
	for pattern, ok := range map[string]bool{"*": true, "payment.*": true, "payment.voided": true, "payment": false, "pay.*": false, "": false, "payment.voided.*": false, ".*": false} {
		if err := outbox.CheckKinds([]string{pattern}); (err == nil) != ok {
			t.Errorf("%q: %v", pattern, err)
		}
	}
}
