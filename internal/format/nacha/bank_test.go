package nacha_test

import (
	"strings"
	"testing"
	"time"

	"quittance/internal/format/nacha"
)

// What a bank would write is read as it was meant.
func TestBankFile(t *testing.T) {
	returns := []nacha.Return{{Trace: "091000010000101", Code: "R01", Amount: 12345, ID: "VPJ-1/3", Name: "Payee", Account: "20002000", Text: "NO FUNDS"}, {Trace: "091000010000102", Code: "R03", Amount: 1, ID: "VPJ-1/4"}}
	changes := []nacha.Change{{Trace: "091000010000103", Code: "C01", ID: "VPJ-1/5", OldAccount: "30003000", Corrected: "777777"}}
	data := nacha.BankFile("091000019", "CITY", "1234567890", time.Date(2026, 12, 4, 9, 0, 0, 0, time.UTC), returns, changes)
	for i, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if len(line) != 94 {
			t.Errorf("line %d has %d characters", i+1, len(line))
		}
	}
	a, err := nacha.Read(data)
	if err != nil || len(a.Returns) != 2 || len(a.Changes) != 1 || len(a.Skipped) != 0 {
		t.Fatalf("read %+v, %v from\n%s", a, err, data)
	}
	if r := a.Returns[0]; r.Trace != returns[0].Trace || r.Code != "R01" || r.Amount != 12345 || r.ID != "VPJ-1/3" || r.Text != "NO FUNDS" || r.Kind != nacha.Returned {
		t.Errorf("read %+v", r)
	}
	if c := a.Changes[0]; c.Trace != changes[0].Trace || c.NewAccount != "777777" || strings.TrimSpace(c.OldAccount) != "30003000" {
		t.Errorf("read %+v", c)
	}
}
