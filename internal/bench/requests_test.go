package bench_test

import (
	"testing"

	"quittance/internal/app"
	"quittance/internal/bench"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
)

// As many requests are there as were asked for, each with what a policy decided of it, and the program reads the copies like any other.
func TestRequests(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		const n = 80
		o := bench.RequestOptions{Requests: n, Customers: 20, Seed: 3, Repeat: 1}
		r, err := bench.Requests(t.Context(), url, o, t.Logf)
		if err != nil {
			t.Fatal(err)
		}
		if r.Requests != n || r.Decisions != n || r.Otherwise == 0 || r.Otherwise == n || r.Simulate <= 0 || len(r.Results) < 9 {
			t.Errorf("%+v", r)
		}
		a, err := app.Open(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		defer a.Close()
		states := map[string]int64{}
		sums, err := a.RequestFigures(t.Context(), everybody, app.RequestFilter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range sums {
			states[string(x.State)] += x.Requests
		}
		if len(states) < 5 || states["approved"] < n/3 || states["rejected"] < n/10 {
			t.Errorf("by state: %v", states)
		}
		some, err := a.Requests(t.Context(), everybody, app.RequestFilter{}, app.Page{Limit: n})
		if err != nil || len(some.Items) != n {
			t.Fatalf("%d requests, %v", len(some.Items), err)
		}
		for _, x := range []string{some.Items[0].Request, some.Items[n-1].Request} { // a copy, and what it is of
			if d, err := a.Request(t.Context(), everybody, x); err != nil || len(d.History) < 2 || d.Approval == nil || d.Approval.Approval == "" {
				t.Errorf("%s: %+v, %v", x, d, err)
			}
		}
		if _, err := bench.Requests(t.Context(), url, o, nil); fault.RuleOf(err) != "not_empty" {
			t.Errorf("a database that has a company: %v", err)
		}
	})
}
