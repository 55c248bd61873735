package app_test

import (
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/openitem"
)

// What was taken in error is taken back in part and whole, also when its credit went through a settlement voucher or was never applied, and
// each correction is reversed.
func TestCorrectStandAlone(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		for i, hold := range []string{"deduction_customer", "customer", "suspense"} {
			d := d.company(i)
			t.Run(hold, func(t *testing.T) { correctStandAlone(t, d, hold) })
		}
	})
}

func correctStandAlone(t *testing.T, d *door, hold string) {
	d.Import(t, post(distributor(hold), "INV,2026-11-02,invoice,BR,,,USD,110-11530 600.00,120-11530 400.00,110-44200 -600.00,120-44200 -400.00", "LATE,2026-11-08,invoice,HQ,,,USD,110-11530 12.00,110-44200 -12.00"))
	before := booksNow(t, d)
	p := pays(t, d, "2026-11-05", "HQ", "0.00", "")
	p.apply(app.PaymentApplyRequest{Customer: "BR", Voucher: "INV", Amount: "100.00", LeaveOpen: true})
	if _, err := d.AddPaymentDeduction(ctx, d.call, p.journal, 1, app.PaymentDeductionRequest{Amount: "130.00", Type: "unresolved", Claim: "K-9"}); err != nil {
		t.Fatal(err)
	}
	number := p.post().Lines[0].Deductions[0]
	owes := func(who, when, want string) {
		t.Helper()
		got := ""
		for _, l := range strings.Split(open(t, d, openitem.Customers), "\n") {
			if f := strings.Fields(l); len(f) == 4 && f[0] == who && f[2] != "110-11535" {
				got += f[1] + " " + f[2] + " " + f[3] + ", "
			}
		}
		if got != want {
			t.Errorf("%s, open of %s is %s, want %s", when, who, got, want)
		}
		d.MustVerify(t)
	}
	correct := func(amount string) string {
		t.Helper()
		return resolve(t, d, number, app.ResolveLine{Kind: "correct", Amount: amount}).Lines[0].Voucher
	}
	back := func(voucher string) {
		t.Helper()
		if _, err := d.ReverseResolution(ctx, d.call, app.ReverseResolutionRequest{Deduction: number, Resolution: voucher, Date: resolved}); err != nil {
			t.Fatal(err)
		}
	}
	owes("BR", "captured", "INV 110-11530 540.00, INV 120-11530 360.00, ")
	part := correct("70.00") // of 130.00, of which 30.00 were never applied
	owes("BR", "corrected in part", map[string]string{
		"deduction_customer": "INV 110-11530 572.31, INV 120-11530 381.54, ", "customer": "INV 110-11530 572.31, INV 120-11530 381.54, ", // line by line
		"suspense": "INV 110-11530 564.00, INV 120-11530 376.00, ", // the account does not tell the lines apart: what was never applied goes first
	}[hold])
	rest := correct("")
	owes("BR", "corrected", "INV 110-11530 600.00, INV 120-11530 400.00, ")
	back(rest)
	back(part)
	d.MustVerify(t)
	p.reverse("2026-11-20")
	if after := booksNow(t, d); after != before {
		t.Errorf("with everything reversed the books are\n%swant\n%s", after, before)
	}
	again := pays(t, d, "2026-11-08", "HQ", "0.00", "")
	if _, err := d.AddPaymentDeduction(ctx, d.call, again.journal, 1, app.PaymentDeductionRequest{Amount: "50.00", Type: "unresolved", Claim: "K-10"}); err != nil {
		t.Fatal(err)
	}
	number = again.post().Lines[0].Deductions[0]
	v, err := d.Deduction(ctx, d.call, number)
	if err != nil {
		t.Fatal(err)
	}
	settle := app.SettleRequest{Side: openitem.Customers, Party: "HQ", Debit: "LATE", Credit: v.Voucher, Date: resolved}
	if _, err := d.Settle(ctx, d.call, settle); err != nil {
		t.Fatal(err)
	}
	correct("38.00")
	_, err = d.ResolveDeduction(ctx, d.call, app.ResolveRequest{Deduction: number, Date: resolved, Lines: []app.ResolveLine{{Kind: "correct"}}})
	refused(t, err, fault.Refused, "settled_since", "LATE")
	if _, err := d.Unsettle(ctx, d.call, settle); err != nil {
		t.Fatal(err)
	}
	correct("")
	owes("HQ", "with the settlement undone and all corrected", "LATE 110-11530 12.00, ")
}

// An allowed deduction whose credit went through a settlement voucher is reversed by itself, and its payment then too.
func TestReverseAllowedStandAlone(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(distributor("customer"), "INV,2026-11-02,invoice,BR,,,USD,110-11530 100.00,110-44200 -100.00"))
		before := booksNow(t, d)
		p := pays(t, d, "2026-11-05", "HQ", "90.00", "")
		p.apply(app.PaymentApplyRequest{Customer: "BR", Voucher: "INV", Amount: "100.00"})
		if _, err := d.AddPaymentDeduction(ctx, d.call, p.journal, 1, app.PaymentDeductionRequest{Amount: "10.00", Reason: "DMG", Allowed: true}); err != nil {
			t.Fatal(err)
		}
		number := p.post().Lines[0].Deductions[0]
		v, err := d.Deduction(ctx, d.call, number)
		if err != nil {
			t.Fatal(err)
		}
		out, err := d.ReverseResolution(ctx, d.call, app.ReverseResolutionRequest{Deduction: number, Resolution: v.Voucher, Date: resolved})
		if err != nil || out.Financial != "reversed" {
			t.Fatalf("reversed it is %+v, %v", out, err)
		}
		if got, want := open(t, d, openitem.Customers), "BR INV 110-11530 10.00\n"; got != want {
			t.Errorf("open are\n%swant\n%s", got, want)
		}
		d.MustVerify(t)
		p.reverse("2026-11-20")
		if after := booksNow(t, d); after != before {
			t.Errorf("with the payment reversed too the books are\n%swant\n%s", after, before)
		}
		d.MustVerify(t)
	})
}

// A payment whose deduction was split is reversed with the children, unless one of them is resolved.
func TestReversePaymentOfSplit(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(distributor("suspense"), invoice1000))
		before := booksNow(t, d)
		p := pays(t, d, "2026-11-05", "C-1", "900.00", "")
		p.apply(app.PaymentApplyRequest{Voucher: "INV", Amount: "900.00"})
		number := p.post().Lines[0].Deductions[0]
		if _, err := d.SplitDeduction(ctx, d.call, app.SplitRequest{Deduction: number, Parts: []app.SplitChild{{Amount: "30.00"}, {Amount: "20.00"}}}); err != nil {
			t.Fatal(err)
		}
		out := resolve(t, d, number+"/2", app.ResolveLine{Kind: "write_off", Account: "65100"})
		_, err := d.ReversePayment(ctx, d.call, p.journal, app.PaymentReversal{Line: 1, Date: resolved, Reason: "x"})
		refused(t, err, fault.Refused, "resolved_since", number+"/2")
		if _, err := d.ReverseResolution(ctx, d.call, app.ReverseResolutionRequest{Deduction: number + "/2", Resolution: out.Lines[0].Voucher, Date: resolved}); err != nil {
			t.Fatal(err)
		}
		p.reverse("2026-11-20")
		for _, n := range []string{number, number + "/1", number + "/2"} {
			if v, err := d.Deduction(ctx, d.call, n); err != nil || v.Financial != "reversed" {
				t.Errorf("%s is %+v, %v", n, v, err)
			}
		}
		if after := booksNow(t, d); after != before {
			t.Errorf("the books are\n%swant\n%s", after, before)
		}
		d.MustVerify(t)
	})
}
