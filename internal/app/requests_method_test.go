package app_test

import (
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/payout"
)

// The preferred method of a request pays it, and it alone; the payer's own choice for a proposal goes before it.
func TestRequestMethodPays(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		if err := d.SavePaymentMethod(ctx, apptest.Call, app.PaymentMethodRow{Code: "byhand", Kind: payout.ByHand, Bank: "TREASURY"}); err != nil {
			t.Fatal(err)
		}
		for _, method := range []string{"byhand", ""} {
			e := partOfUtilities()
			e.Method = method
			code := ask(t, d, preparer, e, true).Request
			for _, verb := range []string{"approve", "post"} {
				if err := requestVerbs[verb](d, code); err != nil {
					t.Fatal(err)
				}
			}
		}
		sel := app.VendorPaymentSelection{Date: civil.MustParse("2026-12-02")}
		methods := func(p *app.VendorPaymentProposal) map[string]string {
			sums := map[string]string{}
			for _, x := range p.Payments {
				sums[x.Method] += x.Amount
			}
			return sums
		}
		p, err := d.SimulateVendorPayments(ctx, preparer, sel, 10)
		if err != nil || len(p.Payments) != 2 || methods(p)["byhand"] != "40.00" || methods(p)["check"] != "40.00" {
			t.Errorf("proposed is %+v, %v", p, err)
		}
		if p, err = d.SimulateVendorPayments(ctx, preparer, app.VendorPaymentSelection{Date: sel.Date, Method: "check"}, 10); err != nil || methods(p)["check"] != "80.00" {
			t.Errorf("by check is %+v, %v", p, err)
		}
		if _, err := d.ProposeVendorPayments(ctx, preparer, sel); err != nil {
			t.Fatal(err)
		}
		wantState(t, d, "RQ-00000001", "in_payment")
		d.MustVerify(t)
	})
}
