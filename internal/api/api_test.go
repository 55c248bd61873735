package api_test

import (
	"net/http"
	"testing"

	"quittance/internal/app/apptest"
)

const psus = "/api/v1/companies/PSUS"

func TestRun(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.Import(t, apptest.PublicSector())
		clerk := s.token(t, "carl", "clerk")
		run := map[string]any{"selection": map[string]any{"customers": []string{"C-1001"}}, "date": "2026-11-30"}

		var simulated struct {
			Run struct {
				State  string
				Totals struct{ Reimbursements int }
			}
			Reimbursements []map[string]any
		}
		s.must(t, clerk, http.MethodPost, psus+"/runs/simulations", run, http.StatusOK).into(t, &simulated)
		if simulated.Run.State != "simulated" || simulated.Run.Totals.Reimbursements != len(simulated.Reimbursements) || len(simulated.Reimbursements) == 0 {
			t.Errorf("the simulation shows %+v", simulated)
		}
		run["post"] = true
		a := s.must(t, clerk, http.MethodPost, psus+"/runs", run, http.StatusCreated, "Idempotency-Key", "one")
		if b := s.must(t, clerk, http.MethodPost, psus+"/runs", run, http.StatusCreated, "Idempotency-Key", "one"); string(a.body) != string(b.body) {
			t.Errorf("the replay answers\n%s, the first answered\n%s", b.body, a.body)
		}
		s.MustVerify(t)
	})
}

func TestPostDocument(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.Import(t, apptest.PublicSector())
		clerk := s.token(t, "carl", "clerk")
		doc := `{"type":"invoice","party":"C-1001","date":"2026-11-30","lines":[{"account":"101-44400","amount":"12.50"}]}`
		var made struct{ Number string }
		a := s.must(t, clerk, http.MethodPost, psus+"/documents", doc, http.StatusCreated)
		a.into(t, &made)
		var v struct {
			Lines []struct{ Debit, Credit string }
		}
		s.must(t, clerk, http.MethodGet, a.header.Get("Location"), nil, http.StatusOK).into(t, &v)
		if len(v.Lines) != 2 || v.Lines[0].Debit != "12.50" && v.Lines[1].Debit != "12.50" {
			t.Errorf("voucher %s has the lines %+v", made.Number, v.Lines)
		}
		p := s.must(t, clerk, http.MethodPost, psus+"/documents", `{"type":"invoice","party":"C-1001","colour":"red","lines":[{"account":"x","amount":"1,5"}]}`, http.StatusUnprocessableEntity).problem(t)
		if p.Code != "invalid" || p.Rule != "schema" || len(p.Errors) != 2 {
			t.Errorf("the problem is %+v", p)
		}
	})
}
