package cli_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quittance/internal/db/dbtest"
)

// What a command stores is named behind it or by a flag, for deductions and remittances alike; what is there already stays as it is.
func TestFilesAreNamedBothWays(t *testing.T) {
	h := &house{t, dbtest.URL(t, "sqlite")}
	folder := t.TempDir()
	remittance := filepath.Join(folder, "r.csv")
	content := "Check,Date,Total,Invoice,Paid\n1,2026-11-10,900.00,INV-1,900.00\n"
	if err := os.WriteFile(remittance, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	h.want(0, "import", "../../docs/examples/distributor")
	h.want(0, "remittances", "maps", "set", "M", "--column", "reference=Check", "--column", "date=Date", "--column", "amount=Total", "--column", "invoice=Invoice", "--column", "paid=Paid")
	h.want(0, "remittances", "import", remittance, "--customer", "C-1", "--bank", "110-11020", "--map", "M")
	h.want(0, "payments", "post", "CPJ-00000001")
	h.want(0, "deductions", "attach", "D-00000001", remittance, "--type", "claim")
	show := h.want(0, "deductions", "show", "D-00000001", "-o", "json")
	_, id, _ := strings.Cut(show, `"evidence": [`)
	_, id, _ = strings.Cut(id, `"id": `)
	id, _, _ = strings.Cut(id, ",")
	for i, words := range [][]string{{"remittances", "file", "RM-00000001"}, {"deductions", "file", "D-00000001", id}} {
		behind, flag := filepath.Join(folder, "behind"+words[0]), filepath.Join(folder, "flag"+words[0])
		h.want(0, append(words, behind)...)
		h.want(0, append(words, "--to", flag)...)
		for _, path := range []string{behind, flag} {
			if got, err := os.ReadFile(path); err != nil || string(got) != content {
				t.Errorf("%v stores %q, %v", words, got, err)
			}
		}
		for _, wrong := range [][]string{words, append(words, behind, "--to", flag), append(words, flag)} {
			if code, _, errs := h.run(t.Context(), "", wrong...); code == 0 || errs == "" {
				t.Errorf("%d: %v ends with %d: %s", i, wrong, code, errs)
			}
		}
		if got, err := os.ReadFile(flag); err != nil || string(got) != content {
			t.Errorf("what was there is %q, %v", got, err)
		}
	}
}
