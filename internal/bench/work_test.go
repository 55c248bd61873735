package bench_test

import (
	"testing"

	"quittance/internal/bench"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
)

func TestWork(t *testing.T) {
	path := program(t)
	dbtest.EachURL(t, func(t *testing.T, url string) {
		generate(t, url, bench.GenerateOptions{Customers: 200, Seed: 3, Mix: bench.City})
		r, err := bench.Work(t.Context(), url, bench.WorkOptions{Pairs: 1, Program: path}, t.Logf)
		if url[0] == '/' {
			if fault.RuleOf(err) != "postgres_only" {
				t.Errorf("the embedded database: %v", err)
			}
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.One <= 0 || r.Two <= 0 || r.Reimbursements < 250 {
			t.Errorf("%+v", r)
		}
	})
}
