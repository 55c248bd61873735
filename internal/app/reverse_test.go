package app_test

import (
	"fmt"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/openitem"
)

var december = day("2026-12-05")

func (d *door) reverse(date civil.Date, numbers ...string) ([]string, error) {
	rev, err := d.Reverse(ctx, d.call, numbers, date, "paid by mistake")
	if err != nil {
		return nil, err
	}
	return rev.Notes, nil
}

// booksNow is what must be restored: open items of both sides and the balances.
func booksNow(t *testing.T, d *door) string {
	t.Helper()
	return "customers\n" + open(t, d, openitem.Customers) + "vendors\n" + open(t, d, openitem.Vendors) + "balances\n" + balances(t, d)
}

// unwritten wants the refused call to leave every table as it was.
func unwritten(t *testing.T, d *door, call func() error, code fault.Code, rule string, says ...string) {
	t.Helper()
	before := rowCounts(t, d)
	refused(t, call(), code, rule, says...)
	if after := rowCounts(t, d); fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("the refused call wrote: before\n%v\nafter\n%v", before, after)
	}
}

// Section 7: one, a selection, the rest of a run; each source is open again with what it had, on its own ledger account.
func TestReverseOneSelectionRun(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1, pay1, cn2, cn3))
		before := booksNow(t, d)
		x := d.MustPost(t, app.RunRequest{Selection: all, Date: runDate})
		if _, err := d.reverse(december, "RB-00000001"); err != nil {
			t.Fatal(err)
		}
		if got, want := open(t, d, openitem.Customers), "C-1 CN-1 101-11530 -20.00\n"; got != want {
			t.Errorf("after one: open are\n%swant\n%s", got, want)
		}
		v, err := d.Reimbursement(ctx, d.call, "RB-00000001")
		if err != nil || v.ReversedBy != "RV-00000001" {
			t.Errorf("the reversed one is %+v, %v", v, err)
		}
		m, err := d.Voucher(ctx, d.call, "RV-00000001")
		if err != nil || m.Type != "reversal" || m.Reverses != "RB-00000001" || m.Date != december || m.Text != "paid by mistake" {
			t.Errorf("the mirror is %+v, %v", m, err)
		}
		if got, want := entries(t, d, "RV-00000001"), "101-11530 -20.00, 101-24210 20.00"; got != want {
			t.Errorf("the mirror posts %s, want %s", got, want)
		}
		d.MustVerify(t)
		if _, err := d.reverse(december, "RB-00000003", "RB-00000002", "RB-00000003"); err != nil {
			t.Fatal(err)
		}
		if got, want := open(t, d, openitem.Vendors), "ONETIME-C-3 RB-00000004 101-24210 -40.00\n"; got != want {
			t.Errorf("after a selection: open are\n%swant\n%s", got, want)
		}
		rev, err := d.ReverseRun(ctx, d.call, x.Run.ID, december, "the rest", nil)
		if err != nil || len(rev.Reversed) != 1 || rev.Reversed[0].Number != "RB-00000004" {
			t.Errorf("the rest of the run: %+v, %v", rev, err)
		}
		if after := booksNow(t, d); after != before {
			t.Errorf("after the reversal\n%swant\n%s", after, before)
		}
		d.MustVerify(t)
		again := d.MustPost(t, app.RunRequest{Selection: all, Date: december})
		if len(again.Reimbursements) != 4 || again.Reimbursements[0].Number != "RB-00000005" {
			t.Errorf("reimbursed again: %s", story(again))
		}
		d.MustVerify(t)
	})
}

// What forbids a reversal, in the order in which it is looked at.
func TestReverseRefused(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1, pay1, cn2))
		run := d.mustPropose(t, app.RunRequest{Selection: all, Date: runDate})
		unwritten(t, d, func() error { _, err := d.ReverseRun(ctx, d.call, run, december, "x", nil); return err }, fault.Refused, "not_posted", run, "proposed")
		d.mustPostRun(t, run)
		try := func(date string, rule string, says ...string) func(numbers ...string) {
			return func(numbers ...string) {
				t.Helper()
				unwritten(t, d, func() error { _, err := d.reverse(day(date), numbers...); return err }, fault.Refused, rule, says...)
			}
		}
		unwritten(t, d, func() error { _, err := d.Reverse(ctx, d.call, []string{"RB-00000001"}, december, ""); return err }, fault.Invalid, "", "reason")
		unwritten(t, d, func() error { _, err := d.reverse(december, "RB-00000099"); return err }, fault.NotFound, "", "RB-00000099")
		try("2026-12-05", "not_a_reimbursement", "CN-1", "credit_note")("CN-1")
		try("2026-11-29", "reversed_before", "RB-00000001", "2026-11-30")("RB-00000001")
		try("2027-01-05", "period_not_open", "2027-01-05")("RB-00000001")
		if err := d.SetPeriod(ctx, d.call, day("2026-12-01"), "on_hold", "", ""); err != nil {
			t.Fatal(err)
		}
		try("2026-12-05", "period_not_open", "on hold")("RB-00000001")

		mark := app.MarkRequest{Side: openitem.Vendors, Party: "V-1", Voucher: "RB-00000001", Journal: "VPJ-3", Line: "7", Holder: "eve"}
		if _, err := d.Mark(ctx, d.call, mark); err != nil {
			t.Fatal(err)
		}
		try("2026-12-05", "in_payment", "RB-00000001", "VPJ-3", "line 7", "eve")("RB-00000001") // before the period
		try("2026-11-29", "reversed_before")("RB-00000001")                                     // after the date
		if err := d.SetPeriod(ctx, d.call, day("2026-12-01"), "open", "", ""); err != nil {
			t.Fatal(err)
		}
		try("2026-12-05", "in_payment", "VPJ-3")("RB-00000002", "RB-00000001", "RB-00000003") // all or none
		unwritten(t, d, func() error { _, err := d.ReverseRun(ctx, d.call, run, december, "x", nil); return err }, fault.Refused, "in_payment", "RB-00000001", "VPJ-3")
		if _, err := d.Unmark(ctx, d.call, openitem.Vendors, "VPJ-3", "", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := d.reverse(december, "RB-00000001"); err != nil {
			t.Fatal(err)
		}
		try("2026-12-06", "already_reversed", "RB-00000001", "RV-00000001")("RB-00000001")
		try("2026-11-01", "already_reversed", "RV-00000001")("RB-00000001") // before the date
		try("2026-12-06", "already_reversed", "RV-00000001")("RB-00000002", "RB-00000001")
		d.MustVerify(t)
	})
}

// A paid vendor invoice is not reversed; the payment is named; once its settlement is undone the reversal goes through.
func TestReversePaid(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1, pay1))
		before := open(t, d, openitem.Customers)
		x := d.MustPost(t, app.RunRequest{Selection: all, Date: runDate})
		d.Import(t, post(only(books()), "VP-1,2026-12-01,vendor_payment,V-1,,,USD,101-24210 20.00,101-11020 -20.00"))
		pay := app.SettleRequest{Side: openitem.Vendors, Party: "V-1", Debit: "VP-1", Credit: "RB-00000001", Date: day("2026-12-01"), Amount: "0.01"}
		if _, err := d.Settle(ctx, d.call, pay); err != nil {
			t.Fatal(err)
		}
		one := func() error { _, err := d.reverse(december, "RB-00000001"); return err }
		unwritten(t, d, one, fault.Refused, "paid", "RB-00000001", "VP-1")
		unwritten(t, d, func() error { _, err := d.ReverseRun(ctx, d.call, x.Run.ID, december, "x", nil); return err }, fault.Refused, "paid", "RB-00000001", "VP-1")
		pay.Amount = ""
		if _, err := d.Settle(ctx, d.call, pay); err != nil { // the rest
			t.Fatal(err)
		}
		unwritten(t, d, one, fault.Refused, "paid", "RB-00000001", "VP-1")
		if got, err := d.Unsettle(ctx, d.call, pay); err != nil || got != "20.00 USD" {
			t.Fatalf("undoing the payment's settlement gives %s, %v", got, err)
		}
		if err := one(); err != nil {
			t.Fatal(err)
		}
		if _, err := d.ReverseRun(ctx, d.call, x.Run.ID, december, "x", nil); err != nil {
			t.Fatal(err)
		}
		if after := open(t, d, openitem.Customers); after != before {
			t.Errorf("open are\n%swant\n%s", after, before)
		}
		if got, want := open(t, d, openitem.Vendors), "V-1 VP-1 101-24210 20.00\n"; got != want {
			t.Errorf("the vendor has\n%swant\n%s", got, want)
		}
		d.MustVerify(t)
	})
}

// The payment is named also when it was made from another fund, so that a settlement voucher stands between.
func TestReversePaidFromAnotherFund(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1))
		d.MustPost(t, app.RunRequest{Selection: all, Date: runDate})
		d.Import(t, post(only(books()), "VP-1,2026-12-01,vendor_payment,V-1,,,USD,999-24210 20.00,999-11020 -20.00"))
		if _, err := d.Settle(ctx, d.call, app.SettleRequest{Side: openitem.Vendors, Party: "V-1", Debit: "VP-1", Credit: "RB-00000001", Date: day("2026-12-01")}); err != nil {
			t.Fatal(err)
		}
		unwritten(t, d, func() error { _, err := d.reverse(december, "RB-00000001"); return err }, fault.Refused, "paid", "RB-00000001", "VP-1")
		d.MustVerify(t)
	})
}

// In a net run the settlements of debits are undone with the last reimbursement of the customer's part, in its currency.
func TestReverseNetRun(t *testing.T) {
	f := post(books(), cn1, pay1, "INV-1,2026-11-03,invoice,C-1,UTL,,USD,601-11530 5.00,601-44400 -5.00", "INV-2,2026-11-03,invoice,C-2,,,USD,601-11530 1.00,601-44400 -1.00", cn2,
		"INV-E,2026-11-02,invoice,C-1,,,EUR,101-11530 100.00,101-44200 -100.00", "CN-E,2026-11-20,credit_note,C-1,,,EUR,101-44200 300.00,101-11530 -300.00")
	each(t, func(t *testing.T, d *door) {
		d.Import(t, f)
		before := booksNow(t, d)
		x := d.MustPost(t, app.RunRequest{Selection: all, Date: runDate, Netting: ptr("net")})
		posted := booksNow(t, d)
		if got, want := story(x), text("net C-1: INV-E with CN-E 100.00", "net C-1: INV-1 with PAY-1 5.00", "net C-2: INV-2 with CN-2 1.00",
			"pay C-1 200.00 EUR to V-1; 101-11530/101-24210 200.00; settles CN-E 200.00", "pay C-1 20.00 USD to V-1; 101-11530/101-24210 20.00; settles CN-1 20.00",
			"pay C-1 45.00 USD to V-1; 999-11530/999-24210 45.00; settles PAY-1 45.00", "pay C-2 29.00 USD to V-2; 101-11530/101-24210 29.00; settles CN-2 29.00"); got != want {
			t.Fatalf("posted\n%swant\n%s", got, want)
		}
		notes, err := d.reverse(december, "RB-00000002")
		if err != nil || len(notes) != 1 || !strings.Contains(notes[0], "RB-00000003") || !strings.Contains(notes[0], "stay") {
			t.Errorf("reversing one of two notes %q, %v", notes, err)
		}
		if got, want := open(t, d, openitem.Customers), "C-1 CN-1 101-11530 -20.00\n"; got != want {
			t.Errorf("open are\n%swant\n%s", got, want)
		}
		d.MustVerify(t)
		notes, err = d.reverse(december, "RB-00000003")
		if err != nil || len(notes) != 0 {
			t.Errorf("reversing the last one notes %q, %v", notes, err)
		}
		if got, want := open(t, d, openitem.Customers), "C-1 PAY-1 999-11530 -50.00\nC-1 INV-1 601-11530 5.00\nC-1 CN-1 101-11530 -20.00\n"; got != want {
			t.Errorf("open are\n%swant\n%s", got, want)
		}
		d.MustVerify(t)
		if _, err := d.ReverseRun(ctx, d.call, x.Run.ID, december, "all wrong", nil); err != nil {
			t.Fatal(err)
		}
		if after := booksNow(t, d); after != before || after == posted {
			t.Errorf("after the reversal\n%swant\n%s", after, before)
		}
		d.MustVerify(t)
	})
	each(t, func(t *testing.T, d *door) { // the whole run at once
		d.Import(t, f)
		before := booksNow(t, d)
		x := d.MustPost(t, app.RunRequest{Selection: all, Date: runDate, Netting: ptr("net"), Summarize: ptr(true)})
		rev, err := d.ReverseRun(ctx, d.call, x.Run.ID, december, "all wrong", nil)
		if err != nil || len(rev.Reversed) != 3 || len(rev.Notes) != 0 {
			t.Errorf("reversed %+v, %v", rev, err)
		}
		if after := booksNow(t, d); after != before {
			t.Errorf("after the reversal\n%swant\n%s", after, before)
		}
		d.MustVerify(t)
	})
}

// The mirror uses the original ledger accounts: today's set-up is not consulted.
func TestReverseIgnoresTodaysSetUp(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1, pay1))
		before := booksNow(t, d)
		x := d.MustPost(t, app.RunRequest{Selection: all, Date: runDate})
		f := only(books()).With(apptest.Files{"customers": books()["customers"], "vendors": books()["vendors"]})
		f = change(f, "posting_profiles", "vendor,all,,24210,", "vendor,all,,24290,")
		f = change(f, "posting_profiles", "customer,all,,11530,", "customer,all,,11540,")
		f = change(f, "vendors", "V-1,Ann Baker,REFUND,USD,no", "V-1,Ann Baker,REFUND,USD,yes")
		f = f.With(apptest.Files{"parameters": "parameter,value\nnetting,net\nsummarize_customer,yes\nminimum_reimbursement,500.00\n"})
		d.Import(t, change(f, "customers", "USD,V-1,no,no", "USD,V-2,yes,no"))
		if _, err := d.ReverseRun(ctx, d.call, x.Run.ID, december, "wrong", nil); err != nil {
			t.Fatal(err)
		}
		if got, want := entries(t, d, "RV-00000001"), "101-11530 -20.00, 101-24210 20.00"; got != want {
			t.Errorf("the mirror posts %s, want %s", got, want)
		}
		if after := booksNow(t, d); after != before {
			t.Errorf("after the reversal\n%swant\n%s", after, before)
		}
		d.MustVerify(t)
	})
}

// Closed-transaction editing and the reversal of vouchers keep off reimbursements and name the right way.
func TestReverseIsTheOnlyWay(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1, pay1, "INV-1,2026-11-03,invoice,C-1,UTL,,USD,999-11530 5.00,999-44400 -5.00"))
		x := d.MustPost(t, app.RunRequest{Selection: all, Date: runDate, Netting: ptr("net")})
		unsettle := func(debit, credit string) func() error {
			return func() error {
				_, err := d.Unsettle(ctx, d.call, app.SettleRequest{Side: openitem.Customers, Party: "C-1", Debit: debit, Credit: credit, Date: december})
				return err
			}
		}
		voucher := func(number string) func() error {
			return func() error { _, err := d.ReverseVoucher(ctx, d.call, number, december, "wrong"); return err }
		}
		unwritten(t, d, unsettle("RB-00000001", "CN-1"), fault.Refused, "belongs_to_reimbursement", "CN-1", "reimburse reverse RB-00000001")
		unwritten(t, d, unsettle("RB-00000002", "PAY-1"), fault.Refused, "belongs_to_reimbursement", "PAY-1", "reimburse reverse RB-00000002")
		unwritten(t, d, unsettle("INV-1", "PAY-1"), fault.Refused, "belongs_to_reimbursement", "INV-1", x.Run.ID, "reimburse reverse")
		unwritten(t, d, voucher("RB-00000001"), fault.Refused, "belongs_to_reimbursement", "reimburse reverse RB-00000001")
		unwritten(t, d, voucher("CN-1"), fault.Refused, "settled_since", "CN-1")
		if _, err := d.ReverseRun(ctx, d.call, x.Run.ID, december, "wrong", nil); err != nil {
			t.Fatal(err)
		}
		unwritten(t, d, voucher("RV-00000001"), fault.Refused, "not_reversible", "RV-00000001")
		unwritten(t, d, unsettle("RB-00000001", "RV-00000001"), fault.Refused, "belongs_to_reimbursement", "RB-00000001")
		if _, err := d.ReverseVoucher(ctx, d.call, "CN-1", december, "wrong"); err != nil {
			t.Errorf("the credit note can be reversed now: %v", err)
		}
		d.MustVerify(t)
	})
}

// A settlement between the members of a family is undone like any other.
func TestUnsettleWithinAFamily(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		f := books().With(apptest.Files{"customers": "customer,name,currency,parent,vendor\nC-1,Head,USD,,V-1\nC-2,Branch,USD,C-1,V-2\n"})
		d.Import(t, post(f, cn1, "INV-2,2026-11-03,invoice,C-2,,,USD,101-11530 5.00,101-44200 -5.00"))
		before := booksNow(t, d)
		req := app.SettleRequest{Side: openitem.Customers, Party: "C-2", CreditParty: "C-1", Debit: "INV-2", Credit: "CN-1", Date: day("2026-11-20")}
		if s, err := d.Settle(ctx, d.call, req); err != nil || s.Voucher == "" || s.Left != "0.00" || s.Over != "-15.00" {
			t.Fatalf("settling gives %+v, %v", s, err)
		}
		d.MustVerify(t)
		if got, err := d.Unsettle(ctx, d.call, req); err != nil || got != "5.00 USD" {
			t.Errorf("undoing gives %q, %v", got, err)
		}
		if after := booksNow(t, d); after != before {
			t.Errorf("after undoing\n%swant\n%s", after, before)
		}
		d.MustVerify(t)
	})
}
