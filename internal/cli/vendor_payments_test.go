package cli_test

import (
	"strings"
	"testing"
)

// A proposal that comes to nothing says so, and where the reasons stand.
func TestNothingToPropose(t *testing.T) {
	t.Setenv("QUITTANCE_KEY", testKey)
	h := newHouse(t, "sqlite")
	h.want(0, "banks", "set", "MAIN", "--account", "999-11020", "--bank", "First Bank", "--routing-number", "091000019", "--account-number", "123456789")
	h.want(0, "banks", "method", "check", "--kind", "check", "--bank", "MAIN")
	propose := []string{"vendor-payments", "propose", "--date", "2026-11-30"}
	if out := h.want(0, propose...); !strings.HasPrefix(out, "Nothing was proposed: the selection has no open vendor invoice.") {
		t.Errorf("without an invoice it says %s", out)
	}
	h.want(0, "reimburse", "post", "--all", "--date", "2026-11-30", "--yes")
	if out := h.want(0, append(propose, "--due-by", "2026-11-01")...); !strings.HasPrefix(out, "Nothing was proposed: 4 left out (quittance vendor-payments left VPJ-00000002).") {
		t.Errorf("with invoices that are due later it says %s", out)
	}
	if out := h.want(0, "vendor-payments", "left", "VPJ-00000002"); strings.Count(out, "not_due") != 4 {
		t.Errorf("left out were %s", out)
	}
}
