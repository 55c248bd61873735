package api_test

import (
	"context"
	"net/http"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/reimbursement"
)

// The control says what is off, by how much and of whom; it is an answer, not a failure of the request.
func TestControl(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.Import(t, apptest.PublicSector())
		s.MustPost(t, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: civil.MustParse("2026-11-30")})
		token := s.token(t, "vera", "viewer")
		const path = "/api/v1/companies/PSUS/control?from=2026-11-01&to=2026-12-31"
		var x app.Control
		if s.must(t, token, "GET", path, nil, http.StatusOK).into(t, &x); !x.Right || len(x.Ways) != 1 || x.Ways[0].Reimbursed != "160.00" || x.Ways[0].Off != "0.00" {
			t.Errorf("the control is %+v", x)
		}
		err := s.DB.Unit(t.Context(), db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
			_, err := tx.Exec(ctx, "update open_item set open = open + 1, accounting = accounting + 1 where side = 2 and open = -5000")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		x = app.Control{}
		s.must(t, token, "GET", path, nil, http.StatusOK).into(t, &x)
		if x.Right || x.NOff != 1 || len(x.Off) != 1 || x.Off[0].Number != "RB-00000004" || x.Off[0].Off != "0.01" {
			t.Errorf("off are %+v", x.Off)
		}
		for _, a := range x.Accounts {
			if bad := a.Account == "999-24210"; bad != (a.Off != "0.00") || bad != (len(a.Parties) == 1 && a.Parties[0] == "V-1001") {
				t.Errorf("the account is %+v", a)
			}
		}
		if p := s.must(t, token, "GET", "/api/v1/companies/PSUS/control?from=2026-12-31&to=2026-11-01", nil, http.StatusUnprocessableEntity).problem(t); p.Code != "invalid" {
			t.Errorf("no days give %+v", p)
		}
	})
}
