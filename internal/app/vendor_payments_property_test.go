package app_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/payout"
)

// payWorld is a company whose payments live through a random history, and what must be true of it.
type payWorld struct {
	*apptest.Door
	t    *rapid.T
	day  civil.Date
	owed money.Amount // of all invoices
	n    int
}

// Whatever happens to payments, the books are right: what is paid and what is open add up to what was owed, each invoice is paid once at
// most, and nothing is marked but by open payments.
func TestVendorPaymentHistories(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			checks(t, 10)
			rapid.Check(t, func(rt *rapid.T) {
				d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, kind)))
				openVendors(t, d)
				w := &payWorld{Door: d, t: rt, day: payDay, owed: 60700}
				for range rapid.IntRange(8, 20).Draw(rt, "steps") {
					w.step(t)
				}
				w.check(t)
			})
		})
	}
}

// step does one thing; what is refused is fine, what fails is not.
func (w *payWorld) step(t *testing.T) {
	choice := app.VendorPaymentChoice{Payments: []string{"VPJ-00000001/1"}}
	if all := w.payments(t); len(all) > 0 {
		choice.Payments = []string{rapid.SampledFrom(all).Draw(w.t, "payment").Payment}
	}
	var err error
	switch what := rapid.SampledFrom([]string{"invoice", "propose", "propose", "generate", "generate", "post", "post", "withdraw", "cancel", "send", "fail", "fail", "edit"}).Draw(w.t, "what"); what {
	case "invoice":
		w.n++
		amount := money.Amount(rapid.Int64Range(1, 99999).Draw(w.t, "amount"))
		req := app.DocumentRequest{Type: "vendor_invoice", Number: fmt.Sprintf("X-%d", w.n), Party: rapid.SampledFrom([]string{"V-1001", "V-2", "V-3", "V-4"}).Draw(w.t, "vendor"), Date: civil.MustParse("2026-11-20"), Lines: []app.DocumentLine{{Account: rapid.SampledFrom([]string{"999-44200", "101-44200", "601-44400"}).Draw(w.t, "fund"), Amount: fmt.Sprintf("%d.%02d", amount/100, amount%100)}}}
		if _, err = w.PostDocument(ctx, apptest.Call, req); err == nil {
			w.owed += amount
		}
	case "propose":
		sel := app.VendorPaymentSelection{Date: w.day, Maximum: rapid.SampledFrom([]string{"", "300.00"}).Draw(w.t, "maximum")}
		if rapid.Bool().Draw(w.t, "some") {
			sel.Vendors = []string{rapid.SampledFrom([]string{"V-1001", "V-2", "V-3", "V-4"}).Draw(w.t, "of")}
		}
		_, err = w.ProposeVendorPayments(ctx, preparer, sel)
	case "generate":
		_, err = w.GenerateVendorPayments(ctx, treasurer, app.VendorPaymentMaking{Choice: choice})
	case "post":
		_, err = w.PostVendorPayments(ctx, treasurer, choice, w.day)
	case "withdraw":
		_, err = w.WithdrawVendorPayments(ctx, treasurer, choice, "jam")
	case "cancel":
		_, err = w.CancelVendorPayments(ctx, preparer, choice, "no")
	case "send":
		_, err = w.SendVendorPayments(ctx, treasurer, choice, "")
	case "edit":
		_, err = w.EditVendorPayment(ctx, preparer, choice.Payments[0], app.VendorPaymentEdit{Method: new(rapid.SampledFrom([]string{"hand", "check"}).Draw(w.t, "method"))})
	case "fail":
		f := app.VendorPaymentFailure{Choice: choice, As: rapid.SampledFrom([]payout.Status{payout.Voided, payout.Returned, payout.Stopped, payout.Stale, payout.Rejected}).Draw(w.t, "as"), Date: w.day, Reason: "came back"}
		_, err = w.FailVendorPayments(ctx, treasurer, f)
	}
	if code := fault.CodeOf(err); err != nil && code != fault.Refused && code != fault.NotFound {
		w.t.Fatalf("%v (%v)", err, code)
	}
}

// payments gives all payments.
func (w *payWorld) payments(t *testing.T) []app.VendorPayment {
	t.Helper()
	part, err := w.VendorPayments(ctx, apptest.Call, app.VendorPaymentFilter{}, app.Page{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	return part.Items
}

// check tests what must be true after any history.
func (w *payWorld) check(t *testing.T) {
	t.Helper()
	w.MustVerify(t)
	var paid, pending money.Amount
	times := map[string]int{} // how often an invoice is paid, or about to be
	checks := map[string]int{}
	for _, p := range w.payments(t) {
		amount := cents(t, p.Amount)
		switch {
		case p.Status == payout.Posted:
			paid += amount
		case p.Status.Open():
			pending += amount
		}
		if p.Status == payout.Posted || p.Status.Open() {
			for _, x := range p.Items {
				times[x.Voucher]++
			}
		}
		if p.Kind == payout.ByCheck && p.Number != "" {
			checks[p.Number]++
		}
	}
	for voucher, n := range times {
		if n > 1 {
			w.t.Errorf("%s is paid %d times", voucher, n)
		}
	}
	for number, n := range checks {
		if n > 1 {
			w.t.Errorf("check %s was given %d times", number, n)
		}
	}
	items, err := w.OpenItems(ctx, apptest.Call, openitem.Vendors, "", false)
	if err != nil {
		t.Fatal(err)
	}
	var open money.Amount
	for _, it := range items {
		open -= cents(t, it.Open)
	}
	if open+paid != w.owed {
		w.t.Errorf("%d is open and %d paid, but %d was owed", open, paid, w.owed)
	}
	var marked money.Amount
	marks, err := w.Marks(ctx, apptest.Call, openitem.Vendors, "", app.Page{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range marks.Items {
		marked += cents(t, m.Amount)
	}
	if marked != pending {
		w.t.Errorf("%d is marked, but open payments pay %d", marked, pending)
	}
}
