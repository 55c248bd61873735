package app_test

import (
	"testing"

	"quittance/internal/app"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
)

// What was returned or charged back and is paid, however it is paid, shows in the deduction, and so does what is no longer paid.
func TestDeductionRepaid(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(distributor("deduction_customer"), invoice1000, "PAY,2026-11-14,payment,C-1,,,USD,110-11020 15.00,110-11530 -15.00", "CN,2026-11-15,credit_note,C-1,,,USD,110-44200 90.00,110-11530 -90.00"))
		p := pays(t, d, "2026-11-05", "C-1", "900.00", "")
		p.apply(app.PaymentApplyRequest{Voucher: "INV", Amount: "900.00"})
		number := p.post().Lines[0].Deductions[0]
		out, err := d.ResolveDeduction(ctx, d.call, app.ResolveRequest{Deduction: number, Date: day("2026-11-06"), Lines: []app.ResolveLine{{Kind: "write_off", Amount: "45.00", Account: "65100"}, {Kind: "return", Amount: "40.00"}, {Kind: "chargeback"}}})
		if err != nil {
			t.Fatal(err)
		}
		returned, charged := out.Lines[1].Voucher, out.Lines[2].Voucher
		is := func(after, dispute, paid string) {
			t.Helper()
			v, err := d.Deduction(ctx, d.call, number)
			if err != nil {
				t.Fatal(err)
			}
			if v.Dispute != dispute || v.PaidBack != paid {
				t.Errorf("after %s the dispute is %s with %s paid back, want %s with %s", after, v.Dispute, v.PaidBack, dispute, paid)
			}
		}
		is("the return", "awaiting_payback", "0.00")
		first := pays(t, d, "2026-11-10", "C-1", "15.00", "")
		first.apply(app.PaymentApplyRequest{Voucher: returned, Amount: "15.00", LeaveOpen: true})
		first.post()
		is("a payment", "partly_paid_back", "15.00")
		second := pays(t, d, "2026-11-11", "C-1", "50.00", "")
		second.apply(app.PaymentApplyRequest{Voucher: returned}, app.PaymentApplyRequest{Voucher: charged})
		second.post()
		is("the rest of both documents", "paid_back", "55.00")
		second.reverse("2026-11-12")
		is("its reversal", "partly_paid_back", "15.00")
		settle := app.SettleRequest{Side: openitem.Customers, Party: "C-1", Debit: charged, Credit: "PAY", Date: day("2026-11-16")}
		if _, err := d.Settle(ctx, d.call, settle); err != nil {
			t.Fatal(err)
		}
		is("a settlement by hand", "partly_paid_back", "30.00")
		if _, err := d.Unsettle(ctx, d.call, settle); err != nil {
			t.Fatal(err)
		}
		is("undoing that", "partly_paid_back", "15.00")
		short := pays(t, d, "2026-11-17", "C-1", "20.00", "")
		short.apply(app.PaymentApplyRequest{Voucher: returned, Amount: "20.00"})
		again := short.post().Lines[0].Deductions[0]
		is("a payment that is short again", "re_deducted", "35.00")
		if v, err := d.Deduction(ctx, d.call, again); err != nil || v.DuplicateOf != number {
			t.Errorf("the second deduction is %+v, %v", v, err)
		}
		resolve(t, d, again, app.ResolveLine{Kind: "correct"})
		is("correcting what was taken again", "partly_paid_back", "35.00")
		back, err := d.Deduction(ctx, d.call, again)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.ReverseResolution(ctx, d.call, app.ReverseResolutionRequest{Deduction: again, Resolution: back.Resolutions[0].Voucher, Date: resolved}); err != nil {
			t.Fatal(err)
		}
		is("reversing that correction", "re_deducted", "35.00")
		short.reverse("2026-11-20")
		is("reversing the short payment", "partly_paid_back", "15.00")
		first.reverse("2026-11-20")
		is("reversing the first payment", "awaiting_payback", "0.00")
		netting := "net"
		run := d.MustPost(t, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: day("2026-11-21"), Netting: &netting})
		is("a run that nets", "paid_back", "55.00")
		if _, err := d.ReverseRun(ctx, d.call, run.Run.ID, day("2026-11-21"), "wrong", nil); err != nil {
			t.Fatal(err)
		}
		is("reversing the run", "awaiting_payback", "0.00")
		if _, err := d.AutoSettle(ctx, d.call, openitem.Customers, "C-1", day("2026-11-21")); err != nil {
			t.Fatal(err)
		}
		is("settling automatically", "paid_back", "55.00")
		d.MustVerify(t)
	})
}
