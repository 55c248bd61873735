package app_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/bank"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/payout"
)

// A statement is looked at, what it proposes is accepted, searched for, and undone in order.
func TestBankStatementIsWorkedThrough(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openCity(t, d)
		p := paidCheckOn(t, d, "2026-12-01")
		if err := d.SaveBankMap(t.Context(), apptest.Call, "first", []byte(bankMap)); err != nil {
			t.Fatal(err)
		}
		maps, err := d.BankMaps(t.Context(), apptest.Call)
		if err != nil || len(maps) != 1 || maps[0].Map.Account != "TREASURY" {
			t.Fatalf("the maps are %+v, %v; want the account by its code, not its number", maps, err)
		}
		if err := d.SaveBankMap(t.Context(), apptest.Call, "second", []byte(strings.Replace(bankMap, "123456789", "987654321", 1))); err == nil {
			t.Error("a map of an account of somebody else was saved")
		}
		if _, err := importCSV(t, d, "1000.00", "2026-12-02,-160.00,1001,,Check paid,,", "2026-12-03,-1.25,,,Service charge,,"); err != nil {
			t.Fatal(err)
		}
		lines := func(f app.BankLineFilter, p app.Page) app.Part[app.BankLine] {
			t.Helper()
			part, err := d.BankStatementLines(t.Context(), apptest.Call, "TREASURY/1", f, p)
			if err != nil {
				t.Fatal(err)
			}
			return part
		}
		first := lines(app.BankLineFilter{Explain: true}, app.Page{Limit: 1})
		m := first.Items[0].Match
		if first.Next == "" || m == nil || m.Score != 100 || m.Difference != "0.00" || m.Count != 1 || m.Entries[0].Payment != p.Payment {
			t.Fatalf("the first line is %+v, it may be %+v", first, m)
		}
		if rest := lines(app.BankLineFilter{Explain: true}, app.Page{After: first.Next}); len(rest.Items) != 1 || rest.Items[0].Match != nil || rest.Next != "" {
			t.Errorf("the rest is %+v", rest)
		}
		for _, text := range []string{p.Payment, "1001", "lakemont", p.Voucher} {
			if part, err := d.BankEntries(t.Context(), apptest.Call, "TREASURY", app.BankEntrySearch{Text: text, Amount: "-160.00"}, app.Page{}); err != nil || len(part.Items) > 1 || len(part.Items) == 0 && text != "lakemont" {
				t.Errorf("%q finds %+v, %v", text, part.Items, err)
			}
		}
		accept := func(x ...app.BankAccept) *app.BankAccepted {
			t.Helper()
			done, err := d.AcceptBankMatches(t.Context(), treasurer, app.BankAccepting{Statement: "TREASURY/1", Lines: x})
			if err != nil {
				t.Fatal(err)
			}
			return done
		}
		if done := accept(app.BankAccept{Line: "TREASURY/1/1", Match: "another"}, app.BankAccept{Line: "TREASURY/1/2"}, app.BankAccept{Line: "TREASURY/9/9"}); done.Count != 0 || len(done.Refused) != 3 {
			t.Errorf("accepted %+v", done)
		}
		if done := accept(app.BankAccept{Line: "TREASURY/1/1", Match: m.Key}); done.Count != 1 || !slices.Equal(done.Reconciled, []string{"TREASURY/1/1"}) {
			t.Fatalf("accepted %+v", done)
		}
		d.MustVerify(t)
		k := lines(app.BankLineFilter{State: bank.Reconciled, Explain: true}, app.Page{}).Items
		if len(k) != 1 || k[0].Reconciliation == nil || k[0].Reconciliation.Score != 100 || k[0].Reconciliation.Entries[0].Payment != p.Payment {
			t.Errorf("what is reconciled is %+v", k)
		}
		undoBank(t, d, p.Payment)
		for text, want := range map[string]string{"TREASURY/1": "bank_statement", "VPJ-0": "vendor_payment_journal", p.Payment: "vendor_payment", "1001": "vendor_payment"} {
			hits, err := d.Search(t.Context(), apptest.Call, text, 5)
			if err != nil || !slices.ContainsFunc(hits, func(h app.Hit) bool { return h.Kind == want }) {
				t.Errorf("%q finds %+v, %v", text, hits, err)
			}
		}
		if err := d.DeleteBankMap(t.Context(), apptest.Call, "first"); err != nil {
			t.Error(err)
		}
	})
}

// undoBank lets the check come back: the mirror's reconciliation rests on that of the payment, and is undone first.
func undoBank(t *testing.T, d *apptest.Door, payment string) {
	t.Helper()
	if _, err := importCSV(t, d, "838.75", "2026-12-10,160.00,1001,,Return,return,R03"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.FailVendorPayments(t.Context(), treasurer, app.VendorPaymentFailure{Choice: app.VendorPaymentChoice{Payments: []string{payment}}, As: payout.Returned, Date: civil.MustParse("2026-12-10"), Reason: "R03"}); err != nil {
		t.Fatal(err)
	}
	if done, err := d.AcceptBankMatches(t.Context(), treasurer, app.BankAccepting{Statement: "TREASURY/2"}); err != nil || done.Count != 1 {
		t.Fatalf("accepted %+v, %v", done, err)
	}
	part, err := d.BankStatements(t.Context(), apptest.Call, app.BankStatementFilter{Bank: "TREASURY", State: bank.Open, To: civil.MustParse("2026-12-31")}, app.Page{})
	if err != nil || len(part.Items) != 1 || part.Items[0].OpenAmount != "-1.25" {
		t.Errorf("open are %+v, %v", part, err)
	}
	_, err = d.UndoBankLine(t.Context(), treasurer, "TREASURY/1/1")
	wantRule(t, err, "undo_order")
	if !strings.Contains(err.Error(), "quittance banks undo TREASURY/2/1") {
		t.Errorf("it does not say what to undo first: %v", err)
	}
	done, err := d.UndoBankLines(t.Context(), treasurer, []string{"TREASURY/1/1", "TREASURY/2/1"})
	if err != nil || len(done) != 2 || done[0].Line != "TREASURY/2/1" {
		t.Errorf("undone %+v, %v", done, err)
	}
	d.MustVerify(t)
	mustControl(t, d)
}

// Settings that are not given stay; a difference voucher that was reversed by hand is not reversed again.
func TestBankUndoAfterReversalByHand(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	openCity(t, d)
	p := paidCheckOn(t, d, "2026-12-01")
	if err := d.SaveBankMap(t.Context(), apptest.Call, "first", []byte(bankMap)); err != nil {
		t.Fatal(err)
	}
	if err := d.SetParameter(t.Context(), apptest.Call, "bank_difference_limit", "2.00"); err != nil {
		t.Fatal(err)
	}
	if _, err := importCSV(t, d, "1000.00", "2026-12-02,-161.25,1001,,Check and fee,,"); err != nil {
		t.Fatal(err)
	}
	req := app.BankReconciling{Line: "TREASURY/1/1", Payments: []string{p.Payment}, Difference: "999-44200"}
	effect, err := d.PreviewReconcileBankLine(t.Context(), treasurer, req)
	if err != nil || len(effect.Vouchers) != 1 {
		t.Fatalf("the preview is %+v, %v", effect, err)
	}
	x, err := d.ReconcileBankLine(t.Context(), treasurer, req)
	if err != nil || x.Voucher != effect.Vouchers[0].Number {
		t.Fatalf("reconciled %+v, %v, after the preview %+v", x, err, effect)
	}
	mirror, err := d.ReverseVoucher(t.Context(), apptest.Call, x.Voucher, civil.MustParse("2026-12-03"), "wrong account")
	if err != nil {
		t.Fatal(err)
	}
	undone, err := d.UndoBankLine(t.Context(), treasurer, "TREASURY/1/1")
	if err != nil || undone.Voucher != mirror {
		t.Errorf("undone %+v, %v; the mirror is %s", undone, err, mirror)
	}
	d.MustVerify(t)
	mustControl(t, d)
	banks, err := d.BankAccounts(t.Context(), apptest.Call)
	if err != nil {
		t.Fatal(err)
	}
	row := banks[0]
	kept := row.Settings
	row.Settings, row.KeepSettings = payout.Settings{}, true
	if err := d.SaveBankAccount(t.Context(), apptest.Call, row); err != nil {
		t.Fatal(err)
	}
	if banks, err = d.BankAccounts(t.Context(), apptest.Call); err != nil || !reflect.DeepEqual(banks[0].Settings, kept) || kept.Check == nil {
		t.Errorf("the settings became %+v, %v", banks[0].Settings, err)
	}
}
