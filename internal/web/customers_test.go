package web_test

import (
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

func TestListOfCustomers(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		r := webtest.Serve(t, d, web.Options{}).SignedIn(identity.Viewer)
		rows := r.Get("/c/PSUS/customers").Rows()
		if len(rows) != 1 || rows[0][0] != "C-1001" || rows[0][6] != "(160.00)" || rows[0][9] != "USD" {
			t.Errorf("the customers are %v", rows)
		}
		if rows := r.Get("/c/PSUS/customers?q=bright&credit=yes&held=no").Rows(); len(rows) != 1 {
			t.Errorf("filtered to what fits: %v", rows)
		}
		if a := r.Get("/c/PSUS/customers?q=zzz"); len(a.Rows()) != 0 || a.Text() == "" {
			t.Errorf("filtered to nothing: %s", a.Text())
		}
	})
}
