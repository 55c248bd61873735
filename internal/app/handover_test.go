package app_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/money"
)

func target(t *testing.T, d *apptest.Door, code, layout string) {
	t.Helper()
	if err := d.SaveExportTarget(t.Context(), apptest.Call, app.ExportTarget{Target: code, Layout: json.RawMessage(layout)}); err != nil {
		t.Fatal(err)
	}
}

func file(t *testing.T, d *apptest.Door, code string, n int64) *app.ExportFile {
	t.Helper()
	f, err := d.OpenExport(t.Context(), apptest.Call, code, n)
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(f.Content)
	if f.SHA256 != hex.EncodeToString(sum[:]) {
		t.Fatalf("the file of %s has another digest", f.Batch)
	}
	return f
}

// TestExportGolden writes the public-sector example, with a reimbursement, in the layouts that come with the program.
func TestExportGolden(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		for code, layout := range map[string]string{
			"GEN": `{"base": "general"}`, "FIN": `{"base": "d365-finance", "subledger": true, "display": ["main", "Fund"], "accounts": {"11530": "130100"}}`, "BC": `{"base": "business-central"}`,
		} {
			target(t, d, code, layout)
			b, err := d.MakeExport(t.Context(), apptest.Call, code, 0, 0)
			if err != nil {
				t.Fatal(err)
			}
			f := file(t, d, code, b.Number)
			golden := filepath.Join("testdata", "export", code+".csv")
			if os.Getenv("QUITTANCE_GOLDEN") != "" {
				if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(golden, f.Content, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(f.Content, want) {
				t.Errorf("%s differs from %s:\n%s", code, golden, f.Content)
			}
			if _, err := d.MakeExport(t.Context(), apptest.Call, code, 0, 0); fault.RuleOf(err) != "nothing_to_export" {
				t.Errorf("a second batch for %s: %v", code, err)
			}
		}
	})
}

// sums adds up a file in the general layout, by account and voucher, in accounting currency; each voucher balances.
func sums(t rapid.TB, content []byte, into map[string]money.Amount) {
	rows, err := csv.NewReader(bytes.NewReader(content)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	per := map[string]money.Amount{}
	usd := money.MustCurrency("USD")
	for _, r := range rows[1:] {
		debit, derr := usd.Parse(r[13])
		credit, cerr := usd.Parse(r[14])
		if derr != nil || cerr != nil {
			t.Fatalf("%v has amounts that are none", r)
		}
		into[r[1]+" "+r[5]] += debit - credit
		per[r[1]] += debit - credit
	}
	for v, s := range per {
		if s != 0 {
			t.Fatalf("voucher %s does not balance: %d", v, s)
		}
	}
}

// TestExportOnce makes and voids batches of any sizes and dates, while vouchers are posted between; in the end what is not void is the ledger,
// each voucher once.
func TestExportOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		usd := money.MustCurrency("USD")
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			code := fmt.Sprintf("T%d", n)
			target(t, d, code, fmt.Sprintf(`{"base": "general", "most_lines": %d}`, rapid.IntRange(1, 9).Draw(rt, "most")))
			for range rapid.IntRange(1, 6).Draw(rt, "steps") {
				from, to := civil.Date(0), civil.Date(0)
				if rapid.Bool().Draw(rt, "bounded") {
					from = civil.MustParse("2026-01-01").AddDays(rapid.IntRange(0, 330).Draw(rt, "from"))
					to = from.AddDays(rapid.IntRange(0, 60).Draw(rt, "days"))
				}
				b, err := d.MakeExport(t.Context(), apptest.Call, code, from, to)
				if err != nil && fault.RuleOf(err) != "nothing_to_export" {
					rt.Fatal(err)
				}
				if err == nil && rapid.Bool().Draw(rt, "void") {
					if _, err := d.VoidExport(t.Context(), apptest.Call, code, b.Number, "not taken"); err != nil {
						rt.Fatal(err)
					}
				}
			}
			for {
				if _, err := d.MakeExport(t.Context(), apptest.Call, code, 0, 0); err != nil {
					if fault.RuleOf(err) != "nothing_to_export" {
						rt.Fatal(err)
					}
					break
				}
			}
			got := map[string]money.Amount{}
			part, err := d.Exports(t.Context(), apptest.Call, code, app.Page{Limit: 500})
			if err != nil {
				rt.Fatal(err)
			}
			for _, b := range part.Items {
				if b.VoidedBy == "" {
					sums(rt, file(t, d, code, b.Number).Content, got)
				}
			}
			want := map[string]money.Amount{}
			accounts, _, err := d.TrialBalance(t.Context(), apptest.Call, civil.MustParse("2099-12-31"))
			if err != nil {
				rt.Fatal(err)
			}
			total := map[string]money.Amount{}
			for k, a := range got {
				_, account, _ := strings.Cut(k, " ")
				total[account] += a
			}
			for _, r := range accounts {
				balance, err := usd.Parse(r.Balance)
				if err != nil {
					rt.Fatal(err)
				}
				want[r.Account] = balance
				if total[r.Account] != balance {
					rt.Fatalf("account %s has %d in the batches and %s in the ledger", r.Account, total[r.Account], r.Balance)
				}
			}
			for account, a := range total {
				if a != 0 && want[account] != a {
					rt.Fatalf("account %s has %d in the batches and nothing in the ledger", account, a)
				}
			}
		})
	})
}

// TestExportTogether lets many make batches at once: no voucher is in two.
func TestExportTogether(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		target(t, d, "GEN", `{"base": "general", "most_lines": 2}`)
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				for {
					if _, err := d.MakeExport(t.Context(), apptest.Call, "GEN", 0, 0); err != nil {
						if fault.RuleOf(err) != "nothing_to_export" {
							t.Error(err)
						}
						return
					}
				}
			})
		}
		all.Wait()
		part, err := d.Exports(t.Context(), apptest.Call, "GEN", app.Page{Limit: 500})
		if err != nil {
			t.Fatal(err)
		}
		seen := map[string]bool{}
		for _, b := range part.Items {
			one := map[string]money.Amount{}
			sums(t, file(t, d, "GEN", b.Number).Content, one)
			mine := map[string]bool{}
			for k := range one {
				v, _, _ := strings.Cut(k, " ")
				mine[v] = true
			}
			for v := range mine {
				if seen[v] {
					t.Errorf("voucher %s is in two batches", v)
				}
				seen[v] = true
			}
		}
		if len(seen) != 3 { // those of the example
			t.Errorf("only %d vouchers were handed over", len(seen))
		}
	})
}

func TestExportRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		save := func(layout string) error {
			return d.SaveExportTarget(t.Context(), apptest.Call, app.ExportTarget{Target: "X", Layout: json.RawMessage(layout)})
		}
		for _, layout := range []string{``, `{}`, `{"base": "none"}`, `{"base": "general", "nonsense": 1}`, `{"base": "general", "delimiter": "x"}`, `{"base": "general", "columns": [{"name": "a", "value": "voucher"}]}`, `[]`} {
			if err := save(layout); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("the layout %s: %v", layout, err)
			}
		}
		target(t, d, "GEN", `{"base": "general"}`)
		for role, allowed := range map[identity.Role]bool{identity.Viewer: false, identity.Clerk: false, identity.Treasurer: false, identity.Approver: false, identity.Auditor: true, identity.Controller: true} {
			call := app.Call{Actor: identity.Actor{Name: "x", Roles: []identity.Role{role}}}
			_, err := d.MakeExport(t.Context(), call, "GEN", 0, 0)
			if allowed == (fault.CodeOf(err) == fault.Denied) {
				t.Errorf("%s: %v", role, err)
			}
		}
		if err := d.RemoveExportTarget(t.Context(), apptest.Call, "GEN"); fault.RuleOf(err) != "target_used" {
			t.Errorf("a target with batches was removed: %v", err)
		}
		if _, err := d.VoidExport(t.Context(), apptest.Call, "GEN", 1, " "); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("void without a reason: %v", err)
		}
		if _, err := d.VoidExport(t.Context(), apptest.Call, "GEN", 1, "x"); err != nil {
			t.Error(err)
		}
		if _, err := d.VoidExport(t.Context(), apptest.Call, "GEN", 1, "x"); fault.RuleOf(err) != "export_void" {
			t.Errorf("void twice: %v", err)
		}
	})
}
