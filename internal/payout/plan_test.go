package payout_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/payout"
)

var day = civil.MustParse("2026-12-01")

// doc is a document of the vendor: negative, the vendor is owed.
func doc(number, due string, open money.Amount) *openitem.Document {
	return &openitem.Document{Party: 7, Number: number, Currency: "USD", Date: day, Due: civil.MustParse(due), Items: []*openitem.Item{{
		Side: openitem.Vendors, Party: 7, Voucher: int64(len(number)*1000) + int64(number[len(number)-1]), Number: number, Currency: "USD", Open: open, Due: civil.MustParse(due),
	}}}
}

// subject is a vendor who lacks nothing.
func subject(docs ...*openitem.Document) *payout.Subject {
	return &payout.Subject{
		Vendor:    &party.Vendor{ID: 7, Code: "V-7", Name: "Seven", PaymentMethod: "CHK", Address: party.Address{Street: "1 Road", City: "Town"}},
		Bank:      &party.StoredBank{Masked: party.Bank{RoutingNumber: "091000019", AccountNumber: "••1", IBAN: ""}, Trust: party.Trust{Verified: true}},
		Documents: docs,
	}
}

func policy() payout.Policy {
	return payout.Policy{Date: day, Cooling: 5, Methods: map[string]payout.Method{
		"CHK": {Code: "CHK", Kind: payout.ByCheck, Currency: "USD", Grouping: payout.PerVendor, BankCode: "B"},
		"ONE": {Code: "ONE", Kind: payout.ByCheck, Currency: "USD", Grouping: payout.PerInvoice, BankCode: "B"},
		"DAY": {Code: "DAY", Kind: payout.ByCheck, Currency: "USD", Grouping: payout.PerDate, BankCode: "B"},
		"ACH": {Code: "ACH", Kind: payout.ByACH, Currency: "USD", Grouping: payout.PerVendor, BankCode: "B"},
		"SCT": {Code: "SCT", Kind: payout.ByTransfer, Currency: "EUR", Grouping: payout.PerVendor, BankCode: "E"},
		"WIR": {Code: "WIR", Kind: payout.ByTransfer, Currency: "USD", Grouping: payout.PerVendor, BankCode: "B"},
		"OFF": {Code: "OFF", Kind: payout.ByHand, Currency: "USD", Grouping: payout.PerVendor, BankCode: "B", Blocked: true},
		"MAN": {Code: "MAN", Kind: payout.ByHand, Currency: "USD", Grouping: payout.PerVendor, BankCode: "B"},
	}}
}

// Every reason, by what makes it so; whatever is left out is named with what was owed.
func TestPlanLeavesOut(t *testing.T) {
	changed := time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC).UnixMicro()
	for _, x := range []struct {
		reason payout.Reason
		detail string
		change func(*payout.Subject, *payout.Policy)
	}{
		{payout.VendorBlocked, "V-7 is blocked", func(s *payout.Subject, _ *payout.Policy) { s.Vendor.Blocked = true }},
		{payout.NoMethod, "has no method", func(s *payout.Subject, _ *payout.Policy) { s.Vendor.PaymentMethod = "" }},
		{payout.NoMethod, `no method of payment "X"`, func(s *payout.Subject, _ *payout.Policy) { s.Vendor.PaymentMethod = "X" }},
		{payout.MethodBlocked, "OFF", func(_ *payout.Subject, p *payout.Policy) { p.Method = "OFF" }},
		{payout.OtherCurrency, "EUR", func(_ *payout.Subject, p *payout.Policy) { p.Method = "SCT" }},
		{payout.NoAddress, "street", func(s *payout.Subject, _ *payout.Policy) { s.Vendor.Street = " " }},
		{payout.NoBankDetails, "no bank details", func(s *payout.Subject, p *payout.Policy) { p.Method, s.Bank = "ACH", nil }},
		{payout.NoBankDetails, "routing", func(s *payout.Subject, p *payout.Policy) { p.Method, s.Bank.Masked.RoutingNumber = "ACH", "" }},
		{payout.NoBankDetails, "IBAN", func(s *payout.Subject, p *payout.Policy) { p.Method, s.Bank.Masked.RoutingNumber = "WIR", "" }},
		{payout.BankUnverified, "not verified", func(s *payout.Subject, p *payout.Policy) { p.Method, s.Bank.Verified = "ACH", false }},
		{payout.BankCooling, "eve changed", func(s *payout.Subject, p *payout.Policy) {
			p.Method, s.Bank.ChangedAt, s.Bank.ChangedBy = "ACH", changed, "eve"
		}},
		{payout.VendorInDebit, "settle", func(s *payout.Subject, _ *payout.Policy) {
			s.Documents = append(s.Documents, doc("CR-9", "2026-12-01", 30000))
		}},
		{payout.Marked, "journal J, user ann", func(s *payout.Subject, _ *payout.Policy) {
			it := s.Documents[0].Items[0]
			it.Marked = 100
			s.Marks = []openitem.Mark{{Journal: "J", Holder: "ann", Voucher: it.Voucher}}
		}},
		{payout.NotDue, "2026-12-10", func(_ *payout.Subject, p *payout.Policy) { p.DueBy = day }},
		{payout.NotDue, "after the payment", func(s *payout.Subject, _ *payout.Policy) { s.Documents[0].Date = day.AddDays(1) }},
		{payout.BelowMinimum, "200.00", func(_ *payout.Subject, p *payout.Policy) { p.Minimum = 20001 }},
		{payout.AboveMaximum, "200.00", func(_ *payout.Subject, p *payout.Policy) { p.Maximum = 19999 }},
	} {
		t.Run(string(x.reason)+" "+x.detail, func(t *testing.T) {
			s, p := subject(doc("VI-1", "2026-12-10", -20000)), policy()
			if payments, left := p.Plan(s); len(payments) != 1 || payments[0].Amount != 20000 || len(left) != 0 {
				t.Fatalf("without the cause it gives %+v, %+v", payments, left)
			}
			x.change(s, &p)
			payments, left := p.Plan(s)
			if len(payments) != 0 || len(left) != 1 || left[0].Reason != x.reason || !strings.Contains(left[0].Detail, x.detail) || left[0].Amount != 20000 {
				t.Errorf("it gives %+v, %+v", payments, left)
			}
		})
	}
}

// Changed bank details hold payments until the days are over, or somebody else confirmed them.
func TestPlanCooling(t *testing.T) {
	s, p := subject(doc("VI-1", "2026-12-10", -20000)), policy()
	p.Method, s.Bank.ChangedBy = "ACH", "eve"
	s.Bank.ChangedAt = time.Date(2026, 11, 26, 23, 59, 0, 0, time.UTC).UnixMicro()
	if payments, _ := p.Plan(s); len(payments) != 1 {
		t.Error("on the fifth day after the change nothing is paid")
	}
	s.Bank.ChangedAt = time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC).UnixMicro()
	if payments, _ := p.Plan(s); len(payments) != 0 {
		t.Error("on the fourth day after the change it is paid")
	}
	s.Bank.ConfirmedBy = "ann"
	if payments, _ := p.Plan(s); len(payments) != 1 {
		t.Error("what somebody else confirmed is not paid")
	}
}

func TestPlanGroups(t *testing.T) {
	for method, want := range map[string]string{"ONE": "VI-1|VI-2|VI-3", "DAY": "VI-1 VI-3|VI-2", "CHK": "VI-1 VI-3 VI-2"} {
		s, p := subject(doc("VI-1", "2026-12-10", -20000), doc("VI-2", "2026-12-11", -100), doc("VI-3", "2026-12-10", -300)), policy()
		p.Method = method
		payments, _ := p.Plan(s)
		var got []string
		for _, x := range payments {
			var numbers []string
			for _, d := range x.Documents {
				numbers = append(numbers, d.Number)
			}
			got = append(got, strings.Join(numbers, " "))
		}
		if method == "ONE" {
			slices.Sort(got)
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s groups %v, want %s", method, got, want)
		}
	}
}

// What was asked for with a document pays it, unless the proposal says otherwise.
func TestPlanAskedMethods(t *testing.T) {
	plan := func(change func(*payout.Subject, *payout.Policy)) string {
		s, p := subject(doc("RB-1", "2026-12-01", -100), doc("RB-2", "2026-12-01", -200), doc("RB-3", "2026-12-01", -400)), policy()
		p.Asked = map[int64]string{s.Documents[1].Items[0].Voucher: "ACH"}
		change(s, &p)
		payments, left := p.Plan(s)
		var all []string
		for _, x := range payments {
			all = append(all, fmt.Sprint(x.Method.Code, " ", x.Amount))
		}
		for _, l := range left {
			name := "all"
			if l.Document != nil {
				name = l.Document.Number
			}
			all = append(all, fmt.Sprint(name, " ", l.Amount, " ", l.Reason))
		}
		return strings.Join(all, ", ")
	}
	for name, x := range map[string]struct {
		change func(*payout.Subject, *payout.Policy)
		want   string
	}{
		"beside the vendor's own":    {func(*payout.Subject, *payout.Policy) {}, "ACH 200, CHK 500"},
		"the proposal says another":  {func(_ *payout.Subject, p *payout.Policy) { p.Method = "MAN" }, "MAN 700"},
		"what was asked cannot be":   {func(s *payout.Subject, _ *payout.Policy) { s.Bank = nil }, "CHK 500, RB-2 200 no_bank_details"},
		"the vendor has none":        {func(s *payout.Subject, _ *payout.Policy) { s.Vendor.PaymentMethod = "" }, "ACH 200, RB-1 100 no_method, RB-3 400 no_method"},
		"the vendor is blocked":      {func(s *payout.Subject, _ *payout.Policy) { s.Vendor.Blocked = true }, "RB-1 100 vendor_blocked, RB-3 400 vendor_blocked, RB-2 200 vendor_blocked"},
		"asked for is the vendor's":  {func(s *payout.Subject, _ *payout.Policy) { s.Vendor.PaymentMethod = "ACH" }, "ACH 700"},
		"only what was asked is due": {func(s *payout.Subject, _ *payout.Policy) { s.Documents = s.Documents[1:2]; s.Bank = nil }, "all 200 no_bank_details"},
	} {
		got := strings.Split(plan(x.change), ", ")
		want := strings.Split(x.want, ", ")
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: planned %q, want %q", name, got, want)
		}
	}
}

// Whatever is open: each document is paid once or left out with a reason, nothing else is, and payments add up.
func TestPlanTakesEverythingOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var docs []*openitem.Document
		for i := range rapid.IntRange(1, 8).Draw(t, "documents") {
			open := money.Amount(rapid.Int64Range(-50000, 20000).Filter(func(n int64) bool { return n != 0 }).Draw(t, "open"))
			d := doc(fmt.Sprintf("VI-%d", i), rapid.SampledFrom([]string{"2026-11-01", "2026-12-10", "2027-01-01"}).Draw(t, "due"), open)
			d.Items[0].Voucher = int64(i + 1)
			if open < 0 && rapid.IntRange(0, 5).Draw(t, "marked") == 0 {
				d.Items[0].Marked = 1
			}
			docs = append(docs, d)
		}
		s, p := subject(docs...), policy()
		p.Method = rapid.SampledFrom([]string{"CHK", "ONE", "DAY", "ACH", "MAN"}).Draw(t, "method")
		p.Maximum = money.Amount(rapid.SampledFrom([]int64{0, 30000}).Draw(t, "maximum"))
		p.DueBy = civil.MustParse(rapid.SampledFrom([]string{"2026-12-31", "2027-12-31"}).Draw(t, "due by"))
		payments, left := p.Plan(s)
		times := map[string]int{}
		whole := false
		for _, x := range payments {
			var sum money.Amount
			for _, d := range x.Documents {
				times[d.Number]++
				sum -= d.Open()
				if d.Marked() || d.Due > p.DueBy || d.Open() > 0 {
					t.Fatalf("%s is paid", d.Number)
				}
			}
			if sum != x.Amount || sum <= 0 || (p.Maximum > 0 && sum > p.Maximum) {
				t.Fatalf("a payment of %d pays %d", x.Amount, sum)
			}
		}
		for _, l := range left {
			if l.Reason == "" || l.Amount <= 0 {
				t.Fatalf("left out is %+v", l)
			}
			if l.Document == nil {
				whole = true
			} else {
				times[l.Document.Number]++
			}
		}
		for _, d := range docs {
			want := 1
			if d.Open() > 0 || whole {
				want = 0
			}
			if times[d.Number] != want {
				t.Fatalf("%s of %d is decided %d times", d.Number, d.Open(), times[d.Number])
			}
		}
	})
}

// What the table of statuses says is all that there is: each status is reached, and none that ends goes on.
func TestStatuses(t *testing.T) {
	reached := map[payout.Status]bool{payout.Created: true}
	for range payout.Statuses() {
		for from, all := range payout.Next {
			for _, to := range all {
				reached[to] = reached[to] || reached[from]
			}
		}
	}
	for _, s := range payout.Statuses() {
		if !reached[s] {
			t.Errorf("%s is never reached", s)
		}
		if s.Open() && s.Failed() {
			t.Errorf("%s is open and failed", s)
		}
	}
	for _, s := range []payout.Status{payout.Reissued, payout.Cancelled} {
		if len(payout.Next[s]) != 0 {
			t.Errorf("%s goes on to %v", s, payout.Next[s])
		}
	}
}
