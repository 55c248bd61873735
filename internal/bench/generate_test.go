package bench_test

import (
	"context"
	"testing"

	"quittance/internal/app"
	"quittance/internal/bench"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var everybody = app.Call{Actor: identity.Actor{Name: "operator:test", Roles: []identity.Role{identity.Administrator}}, Company: bench.Company}

func generate(t *testing.T, url string, o bench.GenerateOptions) *bench.Generated {
	t.Helper()
	g, err := bench.Generate(context.Background(), url, o, t.Logf)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func TestGenerateVerifies(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		for _, mix := range []bench.Mix{bench.City} {
			g := generate(t, url, bench.GenerateOptions{Customers: 2000, Seed: 1, Mix: mix})
			t.Logf("%+v", g)
			a, err := app.Open(context.Background(), url)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			reports, err := a.Verify(context.Background(), everybody, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range reports {
				t.Logf("%+v", r)
				if err := r.Err(); err != nil {
					t.Error(err)
				}
			}
		}
	})
}
