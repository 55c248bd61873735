package app_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/payout"
)

const bankMap = `{"columns": {"booked": "Date", "amount": "Amount", "check": "Check", "party": "Payee", "text": "Text", "kind": "Kind", "end_to_end": "Ref"}, "cells": {"opening": "=B1"}, "header": 2, "decimal": "point",
	"account": "123456789", "currency": "USD", "kinds": {"return": "return"}}`

// csvOf writes a statement as a CSV file: its lines are date, amount, check, payee, text, kind, reference.
func csvOf(opening string, lines ...string) []byte {
	return []byte("Opening," + opening + ",,,,,\nDate,Amount,Check,Payee,Text,Kind,Ref\n" + strings.Join(lines, "\n") + "\n")
}

func importCSV(t *testing.T, d *apptest.Door, opening string, lines ...string) ([]app.BankStatement, error) {
	t.Helper()
	return d.ImportBankStatements(t.Context(), treasurer, app.BankImport{Name: "bank.csv", Data: csvOf(opening, lines...), Map: "first"})
}

// mustControl proves that the control of the treasurer's account adds up.
func mustControl(t *testing.T, d *apptest.Door) *app.BankControl {
	t.Helper()
	x, err := d.BankControl(t.Context(), apptest.Call, "TREASURY", civil.MustParse("2027-12-31"))
	if err != nil {
		t.Fatal(err)
	}
	usd := money.MustCurrency("USD")
	of := func(s string) money.Amount {
		a, err := usd.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	if x.Off != "0.00" || of(x.Ledger)-of(x.Outstanding)+of(x.Unreconciled)+of(x.Later)+of(x.Opening) != of(x.Statement) {
		t.Errorf("the control does not add up: %+v", x)
	}
	return x
}

// A month of statements: the check is cashed, undone, cashed again, and comes back.
func TestBankStatementsOfAMonth(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openCity(t, d)
		p := paidCheckOn(t, d, "2026-12-01")
		if err := d.SaveBankMap(t.Context(), apptest.Call, "first", []byte(bankMap)); err != nil {
			t.Fatal(err)
		}
		status := func() payout.Status {
			t.Helper()
			p, err := d.VendorPayment(t.Context(), apptest.Call, p.Payment)
			if err != nil {
				t.Fatal(err)
			}
			return p.Status
		}
		first := []string{"2026-12-02,-160.00,1001,,Check paid,,", "2026-12-03,-1.25,,,Service charge,,"}
		if rows, err := d.ImportBankStatements(t.Context(), treasurer, app.BankImport{Name: "bank.csv", Data: csvOf("1000.00", first...), Map: "first", Preview: true}); err != nil || len(rows) != 1 || rows[0].Closing != "838.75" {
			t.Fatalf("the preview is %+v, %v", rows, err)
		}
		rows, err := importCSV(t, d, "1000.00", first...)
		if err != nil || len(rows) != 1 || rows[0].Statement != "TREASURY/1" || rows[0].Closing != "838.75" {
			t.Fatalf("imported %+v, %v", rows, err)
		}
		_, err = importCSV(t, d, "1000.00", first...)
		wantRule(t, err, "statement_twice")
		_, err = importCSV(t, d, "900.00", "2026-12-05,5.00,,,,,")
		wantRule(t, err, "statement_gap")
		_, err = importCSV(t, d, "838.75", "2026-12-01,5.00,,,,,")
		wantRule(t, err, "statement_overlap")
		mustControl(t, d)

		match := func() []app.BankMatch {
			t.Helper()
			all, err := d.MatchBank(t.Context(), treasurer, "TREASURY", false)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		all := match()
		if len(all) != 1 || !all[0].Done || all[0].Score != 100 || all[0].Payments[0] != p.Payment || status() != payout.Cleared {
			t.Fatalf("matched %+v, the payment is %s", all, status())
		}
		d.MustVerify(t)
		mustControl(t, d)
		done, err := d.FailVendorPayments(t.Context(), treasurer, app.VendorPaymentFailure{Choice: app.VendorPaymentChoice{Payments: []string{p.Payment}}, As: payout.Voided, Date: civil.MustParse("2026-12-04"), Reason: "lost"})
		if err == nil {
			t.Errorf("a cleared payment was voided: %+v", done)
		}
		if x, err := d.UndoBankLine(t.Context(), treasurer, "TREASURY/1/1"); err != nil || x.Reconciliation != 1 || status() != payout.Posted {
			t.Fatalf("undone %+v, %v, the payment is %s", x, err, status())
		}
		d.MustVerify(t)
		_, err = d.ReconcileBankLine(t.Context(), treasurer, app.BankReconciling{Line: "TREASURY/1/2", Payments: []string{p.Payment}})
		wantRule(t, err, "reconciliation_difference")
		_, err = d.ReconcileBankLine(t.Context(), treasurer, app.BankReconciling{Line: "TREASURY/1/2", Difference: "999-58100"})
		wantRule(t, err, "bank_difference_limit")
		if x, err := d.ReconcileBankLine(t.Context(), treasurer, app.BankReconciling{Line: "TREASURY/1/1", Payments: []string{p.Payment}}); err != nil || x.Reconciliation != 2 || status() != payout.Cleared {
			t.Fatalf("reconciled %+v, %v", x, err)
		}

		// The bank takes it back: told first, reconciled with the mirror once it is noted.
		if _, err := importCSV(t, d, "838.75", "2026-12-10,160.00,1001,,Return,return,R03"); err != nil {
			t.Fatal(err)
		}
		if all := match(); len(all) != 1 || !all[0].Return || all[0].Done || all[0].Payments[0] != p.Payment {
			t.Fatalf("matched %+v", all)
		}
		if _, err := d.FailVendorPayments(t.Context(), treasurer, app.VendorPaymentFailure{Choice: app.VendorPaymentChoice{Payments: []string{p.Payment}}, As: payout.Returned, Date: civil.MustParse("2026-12-10"), Reason: "R03"}); err != nil {
			t.Fatal(err)
		}
		if all := match(); len(all) != 1 || !all[0].Done {
			t.Errorf("matched %+v", all)
		}
		d.MustVerify(t)
		if x := mustControl(t, d); x.NLines != 1 || x.Unreconciled != "-1.25" || x.Statement != "998.75" {
			t.Errorf("the control is %+v", x)
		}
	})
}

// The control adds up after any history of importing, matching, reconciling and undoing.
func TestBankControlOfRandomHistories(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openCity(t, d)
		paidCheckOn(t, d, "2026-12-01")
		if err := d.SaveBankMap(t.Context(), apptest.Call, "first", []byte(bankMap)); err != nil {
			t.Fatal(err)
		}
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 1))
		balance, day, statements := money.Amount(100000), civil.MustParse("2026-12-01"), 0
		usd := money.MustCurrency("USD")
		for range 15 {
			switch r.IntN(3) {
			case 0:
				opening := usd.Format(balance)
				var lines []string
				for range 1 + r.IntN(3) {
					amount, check := money.Amount(r.IntN(2000)-1000), ""
					if r.IntN(2) == 0 {
						amount, check = -16000, "1001"
					}
					lines = append(lines, fmt.Sprintf("%s,%s,%s,,,,", day, usd.Format(amount), check))
					balance += amount
				}
				if _, err := importCSV(t, d, opening, lines...); err != nil {
					t.Fatal(err)
				}
				day, statements = day.AddDays(1), statements+1
			case 1:
				if _, err := d.MatchBank(t.Context(), treasurer, "TREASURY", false); err != nil {
					t.Fatal(err)
				}
			case 2:
				if statements > 0 {
					_, err := d.UndoBankLine(t.Context(), treasurer, fmt.Sprintf("TREASURY/%d/1", 1+r.IntN(statements)))
					if err != nil && fault.RuleOf(err) != "not_reconciled" {
						t.Fatal(err)
					}
				}
			}
			if statements > 0 {
				mustControl(t, d)
			}
		}
		d.MustVerify(t)
	})
}

// A fee within the limit is posted with the reconciliation, and reversed when that is undone.
func TestBankDifferenceIsPosted(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openCity(t, d)
		p := paidCheckOn(t, d, "2026-12-01")
		if err := d.SaveBankMap(t.Context(), apptest.Call, "first", []byte(bankMap)); err != nil {
			t.Fatal(err)
		}
		if err := d.SetParameter(t.Context(), apptest.Call, "bank_difference_limit", "2.00"); err != nil {
			t.Fatal(err)
		}
		if _, err := importCSV(t, d, "1000.00", "2026-12-02,-161.25,1001,,Check and fee,,", "2026-12-03,-2.01,,,Service charge,,"); err != nil {
			t.Fatal(err)
		}
		before := mustControl(t, d)
		req := app.BankReconciling{Line: "TREASURY/1/1", Payments: []string{p.Payment}, Difference: "999-44200"}
		x, err := d.ReconcileBankLine(t.Context(), treasurer, req)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"Cr 999-11020 1.25", "Dr 999-44200 1.25"}
		if got := voucherLines(t, d, x.Voucher); !slices.Equal(got, want) {
			t.Errorf("posted %v, want %v", got, want)
		}
		if y, err := d.VendorPayment(t.Context(), apptest.Call, p.Payment); err != nil || y.Status != payout.Cleared {
			t.Errorf("the payment is %+v, %v", y, err)
		}
		d.MustVerify(t)
		if x := mustControl(t, d); x.NLines != 1 || x.Unreconciled != "-2.01" {
			t.Errorf("the control is %+v", x)
		}
		_, err = d.ReconcileBankLine(t.Context(), treasurer, app.BankReconciling{Line: "TREASURY/1/2", Difference: "999-44200"})
		wantRule(t, err, "bank_difference_limit")
		undone, err := d.UndoBankLine(t.Context(), treasurer, "TREASURY/1/1")
		if err != nil {
			t.Fatal(err)
		}
		want = []string{"Cr 999-44200 1.25", "Dr 999-11020 1.25"}
		if got := voucherLines(t, d, undone.Voucher); !slices.Equal(got, want) {
			t.Errorf("the undoing posted %v, want %v", got, want)
		}
		d.MustVerify(t)
		if after := mustControl(t, d); after.Ledger != before.Ledger || after.Statement != before.Statement {
			t.Errorf("after the undoing the control is %+v, before it was %+v", after, before)
		}
	})
}
