package docs_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"quittance/internal/payout"
)

// The diagram of the statuses of payments is the table that the program goes by.
func TestVendorPaymentStatuses(t *testing.T) {
	text, err := os.ReadFile("vendor-payments.md")
	if err != nil {
		t.Fatal(err)
	}
	drawn := map[payout.Status][]payout.Status{}
	for _, m := range regexp.MustCompile(`(?m)^    (\w+) --> (\w+)$`).FindAllStringSubmatch(string(text), -1) {
		drawn[payout.Status(m[1])] = append(drawn[payout.Status(m[1])], payout.Status(m[2]))
	}
	for _, from := range payout.Statuses() {
		want, got := slices.Clone(payout.Next[from]), drawn[from]
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			t.Errorf("from %s the diagram goes to %v, the program to %v", from, got, want)
		}
	}
	for _, r := range payout.Reasons() {
		if !regexp.MustCompile("`" + string(r) + "`").Match(text) {
			t.Errorf("the reason %s is not explained", r)
		}
	}
}
