package bench_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/bench"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
)

func TestMain(m *testing.M) {
	code := m.Run()
	dbtest.Cleanup()
	cleanProgram()
	os.Exit(code)
}

var everybody = app.Call{Actor: identity.Actor{Name: "operator:test", Roles: []identity.Role{identity.Administrator}}, Company: bench.Company}

func generate(t *testing.T, url string, o bench.GenerateOptions) *bench.Generated {
	t.Helper()
	g, err := bench.Generate(t.Context(), url, o, nil)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// verified fails the test when the books are not right, or something waits for its seal.
func verified(t *testing.T, a *app.App, vouchers int64) {
	t.Helper()
	reports, err := a.Verify(t.Context(), everybody, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := reports[0].Err(); err != nil {
		t.Fatal(err)
	}
	if r := reports[0]; r.Vouchers != vouchers || r.Unsealed != 0 || r.Seals == 0 {
		t.Errorf("%d vouchers (expected %d), %d seals, %d unsealed", r.Vouchers, vouchers, r.Seals, r.Unsealed)
	}
}

// What is made verifies clean, and so does a run over it.
func TestGenerate(t *testing.T) {
	for _, mix := range []bench.Mix{bench.City, bench.Yardstick} {
		t.Run(string(mix), func(t *testing.T) {
			dbtest.EachURL(t, func(t *testing.T, url string) {
				g := generate(t, url, bench.GenerateOptions{Customers: 2000, Seed: 1, Mix: mix})
				a, err := app.Open(t.Context(), url)
				if err != nil {
					t.Fatal(err)
				}
				verified(t, a, g.Vouchers)
				run, _, err := a.PostSelection(t.Context(), everybody, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: bench.RunDate}, nil)
				if err != nil {
					t.Fatal(err)
				}
				low, high := int64(2900), int64(3150) // about 1.5 a customer
				if mix == bench.Yardstick {
					low, high = 2000, 2000
				}
				if n := run.Totals.Reimbursements; n < low || n > high || run.Totals.Candidates != 2000 {
					t.Errorf("%d reimbursements for %d candidates, expected %d to %d", n, run.Totals.Candidates, low, high)
				}
				if err := a.Close(); err != nil { // the sealer ends
					t.Fatal(err)
				}
				if a, err = app.Open(t.Context(), url); err != nil {
					t.Fatal(err)
				}
				defer a.Close()
				verified(t, a, g.Vouchers+run.Totals.Reimbursements)
			})
		})
	}
}

// content gives every row of every table as text, but for the seals, whose key is the database's own, and the tables' versions.
func content(t *testing.T, url string) map[string][]string {
	t.Helper()
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close() // a database that somebody has open cannot be copied
	rows := map[string][]string{}
	err = d.Read(t.Context(), db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
		for table, columns := range map[string]string{
			"voucher": "id || ' ' || number || ' ' || date || ' ' || customer || ' ' || %s", "entry": "voucher || ' ' || line || ' ' || account || ' ' || amount || ' ' || coalesce(party, 0) || ' ' || coalesce(classification, 0)",
			"customer": "id || ' ' || code || ' ' || name || ' ' || street || ' ' || coalesce(vendor, 0)", "vendor": "id || ' ' || code || ' ' || name",
			"open_item": "voucher || ' ' || line || ' ' || open || ' ' || marked || ' ' || number || ' ' || due_date", "settlement": "operation || ' ' || party || ' ' || credit_voucher || ' ' || debit_voucher || ' ' || amount",
			"settlement_op": "id || ' ' || date", "mark": "id || ' ' || party || ' ' || journal", "mark_item": "mark || ' ' || voucher || ' ' || amount",
			"balance": "account || ' ' || date || ' ' || debit || ' ' || credit || ' ' || batch", "audit": "id || ' ' || at || ' ' || actor || ' ' || command || ' ' || detail", "number_series": "series || ' ' || next",
		} {
			hex := "hex(digest)"
			if tx.Postgres() {
				hex = "encode(digest, 'hex')"
			}
			columns = strings.ReplaceAll(columns, "%s", hex)
			err := tx.Each(ctx, "select "+columns+" as row_text from "+table+" order by row_text", nil, func(r *db.Rows) error {
				var text string
				err := r.Scan(&text)
				rows[table] = append(rows[table], text)
				return err
			})
			if err != nil {
				return fmt.Errorf("%s: %w", table, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// The same seed makes the same rows; another one makes others.
func TestGenerateDeterminism(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			o := bench.GenerateOptions{Customers: 300, Seed: 5, Mix: bench.City}
			first, second, other := dbtest.URL(t, kind), dbtest.URL(t, kind), dbtest.URL(t, kind)
			generate(t, first, o)
			generate(t, second, o)
			o.Seed = 6
			generate(t, other, o)
			a, b, c := content(t, first), content(t, second), content(t, other)
			for table, rows := range a {
				if len(rows) == 0 {
					t.Errorf("%s is empty", table)
				}
				same(t, table, rows, b[table])
			}
			if strings.Join(a["voucher"], "\n") == strings.Join(c["voucher"], "\n") {
				t.Error("another seed makes the same vouchers")
			}
		})
	}
}

// same tells the first row that differs.
func same(t *testing.T, table string, a, b []string) {
	t.Helper()
	if len(a) != len(b) {
		t.Errorf("%s: %d rows and %d", table, len(a), len(b))
		return
	}
	for i := range a {
		if a[i] != b[i] {
			t.Errorf("%s, row %d: %s and %s", table, i, a[i], b[i])
			return
		}
	}
}

func TestGenerateRefuses(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		generate(t, url, bench.GenerateOptions{Customers: 1, Seed: 1, Mix: bench.Yardstick})
		_, err := bench.Generate(t.Context(), url, bench.GenerateOptions{Customers: 1, Seed: 1, Mix: bench.City}, nil)
		if fault.RuleOf(err) != "not_empty" || !strings.Contains(err.Error(), "BENCH") {
			t.Errorf("a database that holds a company: %v", err)
		}
		for _, o := range []bench.GenerateOptions{{Customers: 0, Mix: bench.City}, {Customers: 10_000_001, Mix: bench.City}, {Customers: 1, Mix: "village"}} {
			if _, err := bench.Generate(t.Context(), url, o, nil); fault.CodeOf(err) != fault.Usage {
				t.Errorf("%+v: %v", o, err)
			}
		}
	})
}
