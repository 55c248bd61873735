package deduction_test

import (
	"testing"

	"quittance/internal/deduction"
	"quittance/internal/money"
)

func TestSmall(t *testing.T) {
	none, ten := money.Amount(0), money.Amount(10_00)
	for _, c := range []struct {
		name   string
		amount money.Amount
		change func(s *deduction.Setup, d *deduction.Deduction)
		want   string // type and account; blank: held
	}{
		{"up to the reason's threshold", 5_00, nil, "WO 65100"},
		{"a cent more", 5_01, nil, ""},
		{"the customer's threshold is higher", 10_00, func(s *deduction.Setup, _ *deduction.Deduction) {
			s.Parties[7] = deduction.Party{Customer: 7, Small: &ten}
		}, "WO 65100"},
		{"the customer's threshold is nothing", 1, func(s *deduction.Setup, _ *deduction.Deduction) {
			s.Parties[7] = deduction.Party{Customer: 7, Small: &none}
		}, ""},
		{"the head office's threshold", 10_00, func(s *deduction.Setup, _ *deduction.Deduction) {
			s.Parties[8] = deduction.Party{Customer: 8, Small: &ten}
			s.Head(7, 8)
		}, "WO 65100"},
		{"its own before the head office's", 1, func(s *deduction.Setup, _ *deduction.Deduction) {
			s.Parties[7], s.Parties[8] = deduction.Party{Customer: 7, Small: &none}, deduction.Party{Customer: 8, Small: &ten}
			s.Head(7, 8)
		}, ""},
		{"its own account", 5_00, func(_ *deduction.Setup, d *deduction.Deduction) { d.Account = "65200" }, "WO 65200"},
		{"no account", 5_00, func(s *deduction.Setup, _ *deduction.Deduction) {
			s.Reasons["DMG"] = deduction.Reason{Code: "DMG", Active: true, Small: 5_00}
		}, ""},
		{"no type of write-off", 5_00, func(s *deduction.Setup, _ *deduction.Deduction) { delete(s.Types, "WO") }, ""},
		{"no reason", 5_00, func(_ *deduction.Setup, d *deduction.Deduction) { d.Reason = "" }, ""},
		{"a plan", 5_00, func(_ *deduction.Setup, d *deduction.Deduction) { d.Type = "PL" }, ""},
		{"allowed already", 5_00, func(_ *deduction.Setup, d *deduction.Deduction) { d.Allowed = true }, ""},
		{"a claim", 5_00, func(_ *deduction.Setup, d *deduction.Deduction) { d.State = deduction.Claim }, ""},
		{"over the company's limit", 5_00, limited("company", "", 4_99), ""},
		{"within the company's limit", 5_00, limited("company", "", 5_00), "WO 65100"},
		{"over the customer's limit", 5_00, limited("customer", "C-7", 4_99), ""},
		{"over another customer's limit", 5_00, limited("customer", "C-8", 4_99), "WO 65100"},
		{"over the reason's limit", 5_00, limited("reason", "DMG", 0), ""},
		{"over the user's limit", 5_00, limited("user", "ann", 1_00), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &deduction.Setup{
				Types:   map[string]deduction.Type{"UN": {Code: "UN", Kind: deduction.Unresolved}, "WO": {Code: "WO", Kind: deduction.WriteOff}, "PL": {Code: "PL", Kind: deduction.AccrualPlan}},
				Reasons: map[string]deduction.Reason{"DMG": {Code: "DMG", Type: "UN", Account: "65100", Small: 5_00, Active: true}},
				Parties: map[int64]deduction.Party{}, Limits: map[deduction.Limit]money.Amount{},
			}
			s.LimitCustomer(7, "C-7")
			d := &deduction.Deduction{Customer: 7, Type: "UN", Reason: "DMG", State: deduction.Held, CreatedBy: "ann"}
			if c.change != nil {
				c.change(s, d)
			}
			typ, account, small := s.Small(d, c.amount, 0)
			if got := typ + " " + account; small != (c.want != "") || small && got != c.want {
				t.Errorf("got %q %v, want %q", got, small, c.want)
			}
		})
	}
}

func limited(scope, code string, amount money.Amount) func(*deduction.Setup, *deduction.Deduction) {
	return func(s *deduction.Setup, _ *deduction.Deduction) {
		s.Limits[deduction.Limit{Scope: scope, Code: code}] = amount
	}
}
