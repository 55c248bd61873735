package app_test

import (
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/openitem"
)

// What a person splits before posting is one deduction to the limits, and to the small amount that is written off by itself.
func TestLimitsOfLinesThatWereSplit(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		files := distributor("deduction_customer").With(apptest.Files{"write_off_limits": "scope,code,amount\ncompany,,60.00\n"})
		d.Import(t, post(files, invoice1000, "INV2,2026-11-02,invoice,C-1,,2026-12-02,USD,110-11530 500.00,110-44200 -500.00"))
		p := pays(t, d, "2026-11-05", "C-1", "1400.00", "")
		p.apply(app.PaymentApplyRequest{Voucher: "INV", Amount: "900.00"})
		if _, err := d.SplitPaymentDeduction(ctx, d.call, p.journal, 1, 1, "50.00"); err != nil {
			t.Fatal(err)
		}
		for n := 1; n <= 2; n++ {
			if _, err := d.ChangePaymentDeduction(ctx, d.call, p.journal, 1, n, app.PaymentDeductionRequest{Reason: "DMG", Account: "65100", Allowed: true}); err != nil {
				t.Fatal(err)
			}
		}
		_, err := d.PreviewPaymentJournal(ctx, d.call, p.journal, 1)
		wantRule(t, err, "over_limit")
		r, err := d.PostPaymentJournal(ctx, d.call, p.journal)
		if err != nil || r.Lines[0].Voucher != "" || r.Lines[0].Problem == "" {
			t.Fatalf("two halves of 100.00, with a limit of 60.00, are posted: %+v, %v", r, err)
		}
		p.apply(app.PaymentApplyRequest{Voucher: "INV", Amount: "950.00"}, app.PaymentApplyRequest{Voucher: "INV2", Amount: "450.00"})
		l, err := d.PaymentLine(ctx, d.call, p.journal, 1)
		if err != nil || len(l.Deductions) != 2 {
			t.Fatalf("the line is %+v, %v", l, err)
		}
		for _, x := range l.Deductions {
			if _, err := d.ChangePaymentDeduction(ctx, d.call, p.journal, 1, x.N, app.PaymentDeductionRequest{Application: x.Application, Reason: "DMG", Account: "65100", Allowed: true}); err != nil {
				t.Fatal(err)
			}
		}
		p.post() // each of another invoice, and within the limit
		d.MustVerify(t)
	})
}

// Stand-alone deductions pay before cash does: what is left of a line is money, which a payback can be taken from.
func TestWhatIsLeftIsMoney(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(distributor("deduction_customer"), invoice1000))
		p := pays(t, d, "2026-11-05", "C-1", "980.00", "")
		p.apply(app.PaymentApplyRequest{Voucher: "INV"})
		if _, err := d.AddPaymentDeduction(ctx, d.call, p.journal, 1, app.PaymentDeductionRequest{Amount: "60.00", Type: "unresolved", Claim: "K-9"}); err != nil {
			t.Fatal(err)
		}
		payment := p.post().Lines[0].Voucher
		if items := open(t, d, openitem.Customers); !strings.Contains(items, payment+" 110-11530 -40.00") || strings.Contains(items, "INV ") {
			t.Errorf("open is\n%s", items)
		}
		d.MustVerify(t)
	})
}
