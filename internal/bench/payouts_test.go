package bench_test

import (
	"testing"

	"quittance/internal/app"
	"quittance/internal/bench"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
)

// Everybody is paid and every line reconciled; what the floor wrote is the database that the program made, so that its rows are counted.
func TestPayouts(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		const n = 60
		r, err := bench.Payouts(t.Context(), url, bench.PayoutOptions{Customers: n, Seed: 3, Repeat: 1}, t.Logf)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Steps) != 6 || len(r.Looks) != 12 {
			t.Fatalf("%+v", r)
		}
		for i, x := range r.Steps {
			if x.Items < n || x.Step <= 0 || i > 0 && (x.Items != n || x.Rows < n) {
				t.Errorf("%+v", x)
			}
		}
		// A payment has a voucher of two entries with its settlements: two invoices are closed, two marks released.
		if x := r.Steps[3]; x.What != "posting" || x.Rows < n*(1+2+1+2+2+2) {
			t.Errorf("%+v", x)
		}
		a, err := app.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		s, err := a.BankStatement(t.Context(), everybody, "BANK/1")
		if err != nil || s.Lines != n || s.Open != 0 {
			t.Errorf("the statement is %+v, %v", s, err)
		}
		if reports, err := a.Verify(t.Context(), everybody, ""); err != nil || reports[0].Err() != nil {
			t.Error(err, reports[0].Err())
		}
		if _, err := bench.Payouts(t.Context(), url, bench.PayoutOptions{Customers: n, Repeat: 1}, nil); fault.RuleOf(err) != "not_empty" {
			t.Errorf("a database that has a company: %v", err)
		}
	})
}
