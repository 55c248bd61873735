package app_test

import (
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
)

// What is set up for a head office holds for its stores, as far as a store has none of its own: codes, dispute rules, owner, small amount.
func TestStoresFollowTheirHeadOffice(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		books := distributor("deduction_customer").With(apptest.Files{
			"deduction_codes":     "customer,code,from,reason\nHQ,22,2026-01-01,DMG\n",
			"dispute_rules":       "customer,from,window_days,window_from\n,2026-01-01,30,capture\nHQ,2026-01-01,60,capture\n",
			"deduction_customers": "customer,owner,small_amount\nHQ,helen,10.00\n",
		})
		d.Import(t, post(books, "INV,2026-11-02,invoice,BR,,,USD,110-11530 1000.00,110-44200 -1000.00", "OTHER,2026-11-02,invoice,C-1,,,USD,110-11530 500.00,110-44200 -500.00"))
		keepBack := func(customer, voucher, paid string) *app.DeductionView {
			t.Helper()
			p := pays(t, d, "2026-11-05", customer, paid, "")
			l := p.apply(app.PaymentApplyRequest{Voucher: voucher, Amount: paid})
			if _, err := d.ChangePaymentDeduction(ctx, d.call, p.journal, 1, l.Deductions[0].N, app.PaymentDeductionRequest{TheirCode: "22"}); err != nil {
				t.Fatal(err)
			}
			v, err := d.Deduction(ctx, d.call, p.post().Lines[0].Deductions[0])
			if err != nil {
				t.Fatal(err)
			}
			return v
		}
		want := func(v *app.DeductionView, reason, owner, expires string, automatic bool) {
			t.Helper()
			if v.Reason != reason || v.Owner != owner || v.Expires.String() != expires || v.Automatic != automatic {
				t.Errorf("%s is of reason %q, owner %q, until %s, automatic %v; want %q, %q, %s, %v", v.Number, v.Reason, v.Owner, v.Expires, v.Automatic, reason, owner, expires, automatic)
			}
		}
		want(keepBack("BR", "INV", "900.00"), "DMG", "helen", "2027-01-04", false)
		want(keepBack("C-1", "OTHER", "400.00"), "", "", "2026-12-05", false) // of another family
		d.Import(t, post(books.With(apptest.Files{
			"dispute_rules": "customer,from,window_days,window_from\nBR,2026-01-01,7,capture\n", "deduction_customers": "customer,owner,small_amount\nBR,ben,0.00\n",
		}), "INV-2,2026-11-02,invoice,BR,,,USD,110-11530 1000.00,110-44200 -1000.00", "INV-3,2026-11-02,invoice,HQ,,,USD,110-11530 100.00,110-44200 -100.00"))
		want(keepBack("BR", "INV-2", "995.00"), "DMG", "ben", "2026-11-12", false) // its own small amount is none
		want(keepBack("HQ", "INV-3", "95.00"), "DMG", "helen", "2027-01-04", true)
		d.MustVerify(t)
	})
}
