package app_test

import (
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
)

// What a page says that its lines may be, found by amount, number, name and file, is what matching everything says, however short the
// page is.
func TestBankPageIsTheWhole(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		j := propose(t, d, app.VendorPaymentSelection{})
		if _, err := d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: entire(j)}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.PostVendorPayments(t.Context(), treasurer, entire(j), payDay); err != nil {
			t.Fatal(err)
		}
		if err := d.SaveBankMap(t.Context(), apptest.Call, "first", []byte(bankMap)); err != nil {
			t.Fatal(err)
		}
		part, err := d.VendorPayments(t.Context(), apptest.Call, app.VendorPaymentFilter{Journal: j}, app.Page{})
		if err != nil {
			t.Fatal(err)
		}
		lines := []string{
			"2026-12-01,-200.00,,,,,", "2026-12-01,-300.00,,Third Trading,,,", "2026-12-01,-100.00,,,,,", "2026-12-02,-100.00,000501,,Check paid,,", "2026-12-02,-1.25,,,Service charge,,", "2026-12-02,-7.00,,,,,",
		}
		for _, p := range part.Items {
			lines = append(lines, "2026-12-03,-"+p.Amount+",,,Payment "+p.Payment+",,", "2026-12-03,-9.99,,,,,"+p.Number, "2026-12-03,-"+p.Amount+",,,,,"+p.Voucher)
		}
		if _, err := importCSV(t, d, "9000.00", lines...); err != nil {
			t.Fatal(err)
		}
		all, err := d.MatchBank(t.Context(), treasurer, "BANK", true)
		if err != nil || len(all) < 4 {
			t.Fatalf("matched %+v, %v", all, err)
		}
		want := map[string]app.BankMatch{}
		for _, m := range all {
			want[m.Line] = m
		}
		for _, limit := range []int{1, 4, 100} {
			p := app.Page{Limit: limit}
			for {
				part, err := d.BankStatementLines(t.Context(), apptest.Call, "BANK/1", app.BankLineFilter{Explain: true}, p)
				if err != nil {
					t.Fatal(err)
				}
				for _, l := range part.Items {
					w, has := want[l.Line]
					if has != (l.Match != nil) || has && (w.Key != l.Match.Key || w.Score != l.Match.Score) {
						t.Errorf("by pages of %d, line %s may be %+v; among everything it may be %+v", limit, l.Line, l.Match, w)
					}
				}
				if p.After = part.Next; p.After == "" {
					break
				}
			}
		}
	})
}
