package cli_test

import (
	"os"
	"strings"
	"testing"

	"quittance/internal/db/dbtest"
)

// A write-off over a limit waits for approval, by one command and by many at once; one that is allowed at once is not posted. Whoever
// asked may not approve.
func TestLimitsAtTheCommandLine(t *testing.T) {
	h := &house{t, dbtest.URL(t, "sqlite")}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../docs/examples/distributor")); err != nil {
		t.Fatal(err)
	}
	untilToday(t, dir)
	h.want(0, "import", dir)
	h.want(0, "deduction-setup", "save", "limits", "scope=reason", "code=SHORT", "amount=50.00")
	h.want(0, "payments", "create")
	h.want(0, "payments", "line", "CPJ-00000001", "--customer", "C-1", "--amount", "900.00", "--bank", "110-11020", "--date", "2026-11-10")
	h.want(0, "payments", "apply", "CPJ-00000001", "--to", "INV-1=900.00")
	h.want(0, "payments", "deduct", "CPJ-00000001", "--deduction", "1", "--type", "WO", "--reason", "SHORT", "--allowed")
	if code, out, errs := h.run(t.Context(), "", "payments", "post", "CPJ-00000001"); code != 1 || !strings.Contains(out, "more than the limit: 50.00 USD of the reason SHORT") || !strings.Contains(errs, "1 payments were refused") {
		t.Errorf("an allowed write-off of 100.00 is posted (%d): %s %s", code, out, errs)
	}
	h.want(0, "payments", "deduct", "CPJ-00000001", "--deduction", "1", "--type", "OPEN", "--reason", "SHORT")
	h.want(0, "payments", "post", "CPJ-00000001")
	const number = "D-00000001"
	h.want(0, "deductions", "resolve", number, "--line", "write_off,amount=50.00")
	remains := func(what, work string) {
		t.Helper()
		if out := h.want(0, "deductions", "show", number, "-o", "json"); !strings.Contains(out, `"remaining": "50.00"`) || !strings.Contains(out, `"work": "`+work+`"`) {
			t.Errorf("after %s the record is %s", what, out)
		}
	}
	h.want(0, "deductions", "resolve", number, "--line", "write_off,amount=0.01")
	remains("a line over the limit", "pending_approval")
	if code, _, _ := h.run(t.Context(), "", "deductions", "approve", number); code == 0 {
		t.Error("who asked approves")
	}
	remains("its own approval", "pending_approval")
	h.want(0, "deductions", "mass", "resolve", number, "--kind", "write_off", "--preview")
	if code, out, _ := h.run(t.Context(), "", "deductions", "mass", "resolve", number, "--kind", "write_off"); code != 1 {
		t.Errorf("a mass change of what waits for approval ends with %d: %s", code, out)
	}
	h.want(0, "verify")
}
