package web_test

import (
	"context"
	"net/http"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
)

// The page of the control says whether everything adds up, and names what does not.
func TestControlPage(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := city(t, d).SignedIn(identity.Viewer)
		d.MustPost(t, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: civil.MustParse("2026-11-30")})
		const path = "/c/PSUS/control?from=2026-11-01&to=2026-12-31"
		says(t, r.Get(path), http.StatusOK, "Everything adds up", "RUN-000001", "160.00")
		err := d.DB.Unit(t.Context(), db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "update open_item set open = open + 1, accounting = accounting + 1 where side = 2 and open = -5000")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		says(t, r.Get(path), http.StatusOK, "The sums differ", "RB-00000004", "0.01", "999-24210", "V-1001")
		says(t, r.Get(path+"&run=RUN-000001"), http.StatusOK, "The sums differ", "RB-00000004")
	})
}
