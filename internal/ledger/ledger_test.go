package ledger

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// The tests of this file need no database: they are about the pure functions of the package.

var day = civil.MustParse("2026-11-09")

// company makes a company in memory with the funds of the worked examples; more may change it before it is indexed.
func company(t rapid.TB, format string, more func(c *Company)) *Company {
	t.Helper()
	c := &Company{Code: "T", Currency: money.MustCurrency("USD"), Format: format, Dimensions: []Dimension{{"Fund", true}, {"Department", false}, {"Program", false}}}
	c.clear()
	for _, a := range []MainAccount{
		{"11010", "Pooled cash", "asset", NoControl},
		{"11020", "Bank", "asset", BankControl},
		{"11530", "Receivable", "asset", CustomerControl},
		{"24210", "Payable", "liability", VendorControl},
		{"37001", "Due to", "liability", NoControl},
		{"44200", "Fees", "revenue", NoControl},
	} {
		c.Accounts[a.Account] = a
	}
	for _, fund := range []string{"101", "601", "602", "999"} {
		c.AddValue("Fund", fund, "")
	}
	c.AddValue("Department", "D1", "")
	c.AddValue("Program", "P1", "")
	c.Rules = []Rule{
		{"Fund", "999", "", "37001", "37001"}, {"Fund", "101", "", "11010", "11010"}, {"Fund", "601", "", "11010", "11010"}, {"Fund", "602", "", "11010", "11010"},
	}
	if more != nil {
		more(c)
	}
	if err := c.Index(); err != nil {
		t.Fatalf("indexing the company: %v", err)
	}
	return c
}

const fundFormat = "Fund-Main-Department-Program"

// twoBalancing turns the company into one with two balancing dimensions, Fund and Grant.
func twoBalancing(c *Company) {
	c.Dimensions = []Dimension{{"Fund", true}, {"Grant", true}}
	c.AddValue("Grant", "A", "")
	c.AddValue("Grant", "B", "")
	c.Rules = append(c.Rules, Rule{"Grant", "A", "", "11010", "37001"}, Rule{"Grant", "B", "", "11010", "37001"})
}

func parse(t rapid.TB, c *Company, written string) Account {
	t.Helper()
	a, err := c.Parse(written)
	if err != nil {
		t.Fatalf("parsing %s: %v", written, err)
	}
	return a
}

// entries reads lines such as "101-11530 20.00" in USD, debit positive; a party stands behind an @.
func entries(t rapid.TB, c *Company, lines ...string) []Entry {
	t.Helper()
	var all []Entry
	for _, l := range lines {
		var account, amount string
		var party int64
		text, who, found := strings.Cut(l, " @")
		if found {
			if _, err := fmt.Sscan(who, &party); err != nil {
				t.Fatalf("%s: %v", l, err)
			}
		}
		if _, err := fmt.Sscan(text, &account, &amount); err != nil {
			t.Fatalf("%s: %v", l, err)
		}
		a, err := c.Currency.Parse(amount)
		if err != nil {
			t.Fatalf("%s: %v", l, err)
		}
		all = append(all, Entry{Account: parse(t, c, account), Party: party, Currency: "USD", Amount: a, Accounting: a})
	}
	return all
}

func write(c *Company, entries []Entry) string {
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%s %s\n", e.Account.Written, c.Currency.Format(e.Amount))
	}
	return b.String()
}

// refusedBy wants an error of the rule whose message holds each text.
func refusedBy(t *testing.T, err error, rule string, texts ...string) {
	t.Helper()
	if fault.RuleOf(err) != rule {
		t.Errorf("error %v is of the rule %q, want %q", err, fault.RuleOf(err), rule)
	}
	for _, text := range texts {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("error %v does not say %q", err, text)
		}
	}
}

func TestParseFormat(t *testing.T) {
	dims := []Dimension{{"Fund", true}, {"Grant", true}, {"Program", false}}
	f, err := parseFormat("Program-Grant-Main-Fund", dims)
	if err != nil || f.main != 2 || !slices.Equal(f.balancing, []int{1, 3}) {
		t.Errorf("gives %+v, %v", f, err)
	}
	for format, telling := range map[string]string{
		"Fund-Grant-Program":           "does not name Main",
		"Fund-Main-Grant":              `leaves out the dimension "Program"`,
		"Fund-Main-Grant-Program-Fund": `names "Fund"`,
		"Fund-Main-Grant-Program-Main": `names "Main"`,
		"Fund-Main-Grant-Program-Site": `names "Site"`,
		"Fund--Main-Grant-Program":     `names ""`,
		"":                             `names ""`,
		"fund-Main-Grant-Program":      `names "fund"`,
	} {
		if _, err := parseFormat(format, dims); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), telling) {
			t.Errorf("format %q gives %v, want %s", format, err, telling)
		}
	}
}

func TestParseAccount(t *testing.T) {
	middle := company(t, fundFormat, nil)
	first := company(t, "Main-Fund-Department-Program", nil)
	last := company(t, "Fund-Department-Program-Main", nil)
	for _, x := range []struct {
		c                   *Company
		written, want, main string
	}{
		{middle, "101-11530", "101-11530", "11530"},
		{middle, "101-11530-", "101-11530", "11530"},
		{middle, "101-11530--", "101-11530", "11530"},
		{middle, "101-11530--P1", "101-11530--P1", "11530"},
		{middle, "101-11530-D1-", "101-11530-D1", "11530"},
		{middle, "-11530", "-11530", "11530"},
		{middle, "-11530--", "-11530", "11530"},
		{first, "11530", "11530", "11530"},
		{first, "11530-101--", "11530-101", "11530"},
		{first, "11530---P1", "11530---P1", "11530"},
		{last, "---11530", "---11530", "11530"},
		{last, "101--P1-11530", "101--P1-11530", "11530"},
	} {
		a, err := x.c.Parse(x.written)
		if err != nil || a.Written != x.want || a.Main != x.main {
			t.Errorf("%s in %s gives %+v, %v; want %s", x.written, x.c.Format, a, err, x.want)
		}
	}
	for written, telling := range map[string]string{
		"101-11530---":       "more parts than the account format",
		"101-11530-D1-P1-":   "more parts than the account format",
		"777-11530":          `names Fund "777"`,
		"101-99999":          `the main account "99999"`,
		"101":                `the main account ""`,
		"":                   `the main account ""`,
		"101-11530-P1":       `names Department "P1"`,
		" 101-11530":         `names Fund " 101"`,
		"101-11530-D1-P1-X1": "more parts than the account format",
	} {
		_, err := middle.Parse(written)
		refusedBy(t, err, "bad_account", telling)
	}
	if _, err := last.Parse("101-11530"); err == nil {
		t.Error("an account without its main account at the end is taken")
	}
}

// A stored combination is given with its id, however it is written.
func TestParseStored(t *testing.T) {
	c := company(t, fundFormat, nil)
	stored := Account{ID: 7, Written: "101-11530", Main: "11530"}
	c.stored[stored.Written], c.byID[7] = stored, stored
	for _, written := range []string{"101-11530", "101-11530-", "101-11530--"} {
		if a := parse(t, c, written); a != stored {
			t.Errorf("%s gives %+v", written, a)
		}
	}
	if a := c.WithMain(parse(t, c, "101-24210"), "11530"); a != stored {
		t.Errorf("with another main account it is %+v", a)
	}
}

func TestWithMain(t *testing.T) {
	c := company(t, fundFormat, nil)
	for from, want := range map[string]string{"101-11530": "101-24210", "101-11530-D1": "101-24210-D1", "-11530--P1": "-24210--P1"} {
		if a := c.WithMain(parse(t, c, from), "24210"); a.Written != want || a.Main != "24210" {
			t.Errorf("%s becomes %+v, want %s", from, a, want)
		}
	}
}

func TestBalancingKeys(t *testing.T) {
	one := company(t, fundFormat, nil)
	two := company(t, "Grant-Main-Fund", twoBalancing)
	none := company(t, fundFormat, func(c *Company) { c.Dimensions[0].Balancing = false })
	for _, x := range []struct {
		c             *Company
		written, want string
	}{
		{one, "101-11530-D1", "101"}, {one, "-11530", ""}, {two, "A-11530-101", "A-101"}, {two, "-11530-101", "-101"}, {two, "A-11530", "A-"}, {two, "-11530", "-"}, {none, "101-11530", ""},
	} {
		if got := x.c.Balancing(parse(t, x.c, x.written)); got != x.want {
			t.Errorf("%s in %s has the key %q, want %q", x.written, x.c.Format, got, x.want)
		}
	}
	if got := two.BalancingNames(); got != "Grant-Fund" {
		t.Errorf("the names are %s", got)
	}
}

// The vector of the ledger rules.
func TestAddDueLinesVector(t *testing.T) {
	c := company(t, fundFormat, nil)
	v := &Voucher{Type: VendorPayment, Date: day, Entries: entries(t, c, "101-24210 20.00 @9", "601-24210 45.00 @9", "602-24210 45.00 @9", "999-24210 50.00 @9", "999-11020 -160.00")}
	n := len(v.Entries)
	if err := c.AddDueLines(v); err != nil {
		t.Fatal(err)
	}
	want := "101-11010 -20.00\n999-37001 20.00\n601-11010 -45.00\n999-37001 45.00\n602-11010 -45.00\n999-37001 45.00\n"
	if got := write(c, v.Entries[n:]); got != want {
		t.Errorf("adds\n%swant\n%s", got, want)
	}
	if err := c.CheckVoucher(v); err != nil {
		t.Error(err)
	}
}

// Other dimensions of an added line are blank, and the due-to account is that of the value with the excess of debit.
func TestAddDueLinesAccounts(t *testing.T) {
	c := company(t, fundFormat, func(c *Company) {
		c.Rules = []Rule{{"Fund", "101", "", "11020", "11010"}, {"Fund", "999", "", "37001", "44200"}}
	})
	v := &Voucher{Type: Settlement, Date: day, Entries: entries(t, c, "101-44200-D1-P1 7.00", "999-44200-D1 -7.00")}
	if err := c.AddDueLines(v); err != nil {
		t.Fatal(err)
	}
	if got := write(c, v.Entries[2:]); got != "101-11010 -7.00\n999-37001 7.00\n" {
		t.Errorf("adds\n%s", got)
	}
}

// Values are paired in byte order, each pair for the smaller rest.
func TestAddDueLinesPairs(t *testing.T) {
	c := company(t, fundFormat, nil)
	v := &Voucher{Type: Settlement, Date: day, Entries: entries(t, c, "999-44200 5.00", "601-44200 -8.00", "602-44200 -3.00", "101-44200 6.00")}
	if err := c.AddDueLines(v); err != nil {
		t.Fatal(err)
	}
	want := "101-11010 -6.00\n601-11010 6.00\n999-37001 -2.00\n601-11010 2.00\n999-37001 -3.00\n602-11010 3.00\n"
	if got := write(c, v.Entries[4:]); got != want {
		t.Errorf("adds\n%swant\n%s", got, want)
	}
}

func TestAddDueLinesExactPairFirst(t *testing.T) {
	c := company(t, fundFormat, func(c *Company) { c.Rules = append(c.Rules, Rule{"Fund", "101", "999", "37001", "44200"}) })
	v := &Voucher{Type: Settlement, Date: day, Entries: entries(t, c, "101-24210 1.00 @9", "601-24210 1.00 @9", "999-11020 -2.00")}
	if err := c.AddDueLines(v); err != nil {
		t.Fatal(err)
	}
	if got := write(c, v.Entries[3:]); got != "101-44200 -1.00\n999-37001 1.00\n601-11010 -1.00\n999-37001 1.00\n" {
		t.Errorf("adds\n%s", got)
	}
}

func TestAddDueLinesMissingRule(t *testing.T) {
	c := company(t, fundFormat, func(c *Company) {
		c.Rules = []Rule{{"Fund", "999", "", "37001", "37001"}, {"Fund", "601", "602", "11010", "11010"}}
	})
	v := &Voucher{Type: Settlement, Number: "ST-7", Date: day, Entries: entries(t, c, "601-44200 1.00", "999-11020 -1.00")}
	refusedBy(t, c.AddDueLines(v), "no_balancing_rule", "ST-7", `no balancing rule for Fund "601" against "999"`)
	v = &Voucher{Type: Settlement, Date: day, Entries: entries(t, c, "999-11020 1.00", "601-44200 -1.00")}
	refusedBy(t, c.AddDueLines(v), "no_balancing_rule", `no balancing rule for Fund "601" against "999"`)
	v = &Voucher{Type: Settlement, Date: day, Entries: entries(t, c, "999-11020 1.00", "-44200 -1.00")}
	refusedBy(t, c.AddDueLines(v), "no_balancing_rule", `no balancing rule for Fund "" against "999"`)
}

// With two balancing dimensions the rule is that of the first one that differs, and the lines carry the whole combination.
func TestAddDueLinesTwoDimensions(t *testing.T) {
	c := company(t, "Fund-Main-Grant", twoBalancing)
	v := &Voucher{Type: Settlement, Date: day, Entries: entries(t, c, "101-44200-A 4.00", "101-44200-B -1.00", "999-44200-A -3.00")}
	if err := c.AddDueLines(v); err != nil {
		t.Fatal(err)
	}
	want := "101-37001-A -1.00\n101-11010-B 1.00\n101-11010-A -3.00\n999-37001-A 3.00\n"
	if got := write(c, v.Entries[3:]); got != want {
		t.Errorf("adds\n%swant\n%s", got, want)
	}
	if err := c.CheckVoucher(v); err != nil {
		t.Error(err)
	}
}

// A difference that is only in the accounting currency moves between the values with amount 0.
func TestAddDueLinesAccountingOnly(t *testing.T) {
	c := company(t, fundFormat, nil)
	a, b := parse(t, c, "101-44200"), parse(t, c, "999-44200")
	v := &Voucher{Type: Settlement, Date: day, Entries: []Entry{{Account: a, Currency: "EUR", Accounting: 5}, {Account: b, Currency: "EUR", Accounting: -5}}}
	if err := c.AddDueLines(v); err != nil {
		t.Fatal(err)
	}
	if len(v.Entries) != 4 || v.Entries[2].Amount != 0 || v.Entries[2].Accounting != -5 || v.Entries[3].Accounting != 5 || v.Entries[3].Currency != "EUR" {
		t.Errorf("adds %+v", v.Entries[2:])
	}
	if err := c.CheckVoucher(v); err != nil {
		t.Error(err)
	}
}

// Whatever entries balance in total, due lines make them balance in every value, and only in the control of rules.
func TestAddDueLinesBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		two := rapid.Bool().Draw(t, "two dimensions")
		format, more := fundFormat, func(*Company) {}
		if two {
			format, more = "Grant-Main-Fund", twoBalancing
		}
		c := company(t, format, more)
		v := &Voucher{Type: Settlement, Date: day}
		cur := rapid.SampledFrom([]string{"USD", "EUR"}).Draw(t, "currency")
		var rest, restAccounting money.Amount
		account := func() Account {
			fund := rapid.SampledFrom([]string{"101", "601", "602", "999"}).Draw(t, "fund")
			if !two {
				return parse(t, c, fund+"-44200-"+rapid.SampledFrom([]string{"", "D1"}).Draw(t, "department"))
			}
			return parse(t, c, rapid.SampledFrom([]string{"A", "B"}).Draw(t, "grant")+"-44200-"+fund)
		}
		for range rapid.IntRange(1, 6).Draw(t, "lines") {
			x := money.Amount(rapid.IntRange(-10_000, 10_000).Draw(t, "amount"))
			y := x
			if cur == "EUR" {
				y = x + x/10
			}
			rest, restAccounting = rest+x, restAccounting+y
			v.Entries = append(v.Entries, Entry{Account: account(), Currency: cur, Amount: x, Accounting: y})
		}
		v.Entries = append(v.Entries, Entry{Account: account(), Currency: cur, Amount: -rest, Accounting: -restAccounting})
		n := len(v.Entries)
		was := slices.Clone(v.Entries)
		if err := c.AddDueLines(v); err != nil {
			t.Fatal(err)
		}
		if err := c.checkBalance(v); err != nil {
			t.Errorf("%v\n%s", err, write(c, v.Entries))
		}
		if !slices.Equal(was, v.Entries[:n]) {
			t.Errorf("the entries themselves changed: %+v, were %+v", v.Entries[:n], was)
		}
		again := slices.Clone(v.Entries)
		if err := c.AddDueLines(v); err != nil || !slices.Equal(again, v.Entries) {
			t.Errorf("adding due lines to a balanced voucher gives %v\n%s", err, write(c, v.Entries))
		}
	})
}

// rated is a company with rates of the euro and the yen.
func rated(t rapid.TB) *Company {
	t.Helper()
	return company(t, fundFormat, func(c *Company) {
		for _, r := range []struct{ cur, date, rate string }{{"EUR", "2026-11-01", "1.1"}, {"EUR", "2026-11-09", "1.3333"}, {"JPY", "2026-11-01", "0.0067"}} {
			rate, err := money.ParseRate(r.rate)
			if err != nil {
				t.Fatalf("%v", err)
			}
			c.AddRate(r.cur, civil.MustParse(r.date), rate)
		}
	})
}

func TestRate(t *testing.T) {
	c := rated(t)
	for date, want := range map[string]string{"2026-11-01": "1.1", "2026-11-08": "1.1", "2026-11-09": "1.3333", "2027-01-01": "1.3333"} {
		if r, err := c.Rate("EUR", civil.MustParse(date)); err != nil || r.String() != want {
			t.Errorf("on %s it is %s, %v; want %s", date, r, err, want)
		}
	}
	_, err := c.Rate("EUR", civil.MustParse("2026-10-31"))
	refusedBy(t, err, "no_exchange_rate", "EUR", "2026-10-31")
	_, err = c.Rate("GBP", day)
	refusedBy(t, err, "no_exchange_rate", "GBP")
	if r, err := c.Rate("USD", civil.MustParse("1900-01-01")); err != nil || r != money.One {
		t.Errorf("the accounting currency has the rate %s, %v", r, err)
	}
}

// fill computes the accounting amounts of amounts in a currency, on accounts.
func fill(t *testing.T, c *Company, cur string, lines ...any) []money.Amount {
	t.Helper()
	v := &Voucher{Type: Journal, Date: day}
	for i := 0; i < len(lines); i += 2 {
		v.Entries = append(v.Entries, Entry{Account: parse(t, c, lines[i].(string)), Currency: cur, Amount: money.Amount(lines[i+1].(int))})
	}
	if err := c.FillAccounting(v, func(int) bool { return true }); err != nil {
		t.Fatal(err)
	}
	var got []money.Amount
	for _, e := range v.Entries {
		got = append(got, e.Accounting)
	}
	return got
}

// Each row is rounded half away from zero; the difference of a balancing value goes to its largest row, of equals to the first.
func TestFillAccountingRounding(t *testing.T) {
	c := rated(t)
	for _, x := range []struct {
		name  string
		cur   string
		lines []any
		want  []money.Amount
	}{
		{"Exact", "EUR", []any{"101-44200", 3000, "101-11010", -3000}, []money.Amount{4000, -4000}},
		{"LargestRow", "EUR", []any{"101-44200", 1, "101-44200", 1, "101-44200", 1, "101-11010", -3}, []money.Amount{1, 1, 1, -3}},
		{"FirstOfEquals", "EUR", []any{"101-44200", 100, "101-44200", -50, "101-11010", -50}, []money.Amount{134, -67, -67}},
		{"PerValue", "EUR", []any{"101-44200", 100, "101-44200", -50, "101-11010", -50, "999-44200", -100, "999-44200", 50, "999-11010", 50}, []money.Amount{134, -67, -67, -134, 67, 67}},
		{"HalfAway", "EUR", []any{"101-44200", 5000, "101-11010", -5000}, []money.Amount{6667, -6667}},
		{"NoDigits", "JPY", []any{"101-44200", 1000, "101-11010", -999, "101-11010", -1}, []money.Amount{670, -669, -1}},
		{"AccountingCurrency", "USD", []any{"101-44200", 1001, "101-11010", -1001}, []money.Amount{1001, -1001}},
		{"UnbalancedStays", "EUR", []any{"101-44200", 100, "101-11010", -99}, []money.Amount{133, -132}},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := fill(t, c, x.cur, x.lines...); !slices.Equal(got, x.want) {
				t.Errorf("gives %v, want %v", got, x.want)
			}
		})
	}
}

// Amounts that are given stay; only rows that were computed take the difference, and no more than rounding can make.
func TestFillAccountingGiven(t *testing.T) {
	c := rated(t)
	entry := func(account string, amount, accounting money.Amount) Entry {
		return Entry{Account: parse(t, c, account), Currency: "EUR", Amount: amount, Accounting: accounting}
	}
	v := &Voucher{Type: Journal, Date: day, Entries: []Entry{entry("101-44200", 300, 401), entry("101-11010", -300, 0)}}
	if err := c.FillAccounting(v, func(i int) bool { return i == 1 }); err != nil {
		t.Fatal(err)
	}
	if v.Entries[0].Accounting != 401 || v.Entries[1].Accounting != -401 {
		t.Errorf("gives %d and %d", v.Entries[0].Accounting, v.Entries[1].Accounting)
	}
	v = &Voucher{Type: Journal, Date: day, Entries: []Entry{entry("101-44200", 300, 450), entry("101-11010", -300, 0)}}
	if err := c.FillAccounting(v, func(i int) bool { return i == 1 }); err != nil {
		t.Fatal(err)
	}
	refusedBy(t, c.CheckVoucher(v), "voucher_unbalanced", "accounting currency", "0.50 USD")
	v = &Voucher{Type: Journal, Date: civil.MustParse("2026-10-01"), Entries: []Entry{entry("101-44200", 300, 0)}}
	refusedBy(t, c.FillAccounting(v, func(int) bool { return true }), "no_exchange_rate", "EUR")
}

// A voucher of a few foreign rows that balances in its currency balances in the accounting currency too, each row within what
// rounding can move.
func TestFillAccountingBalances(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := rated(t)
		cur := rapid.SampledFrom([]string{"EUR", "JPY"}).Draw(t, "currency")
		v := &Voucher{Type: Journal, Date: day}
		for _, fund := range []string{"101", "999"} {
			var rest money.Amount
			for range rapid.IntRange(1, 4).Draw(t, "lines") {
				x := money.Amount(rapid.IntRange(-100_000, 100_000).Draw(t, "amount"))
				rest += x
				v.Entries = append(v.Entries, Entry{Account: parse(t, c, fund+"-44200"), Currency: cur, Amount: x})
			}
			v.Entries = append(v.Entries, Entry{Account: parse(t, c, fund+"-11010"), Currency: cur, Amount: -rest})
		}
		if err := c.FillAccounting(v, func(int) bool { return true }); err != nil {
			t.Fatal(err)
		}
		if err := c.checkBalance(v); err != nil {
			t.Error(err)
		}
		rate, err := c.Rate(cur, day)
		if err != nil {
			t.Fatal(err)
		}
		for i, e := range v.Entries {
			exact, err := rate.Convert(e.Amount, money.MustCurrency(cur), c.Currency)
			if err != nil {
				t.Fatal(err)
			}
			if d := (e.Accounting - exact).Abs(); d > money.Amount(len(v.Entries)) {
				t.Errorf("row %d is %d, by the rate %d", i, e.Accounting, exact)
			}
		}
	})
}

func TestCheckVoucher(t *testing.T) {
	c := rated(t)
	euro := func(account string, amount, accounting money.Amount) Entry {
		return Entry{Account: parse(t, c, account), Currency: "EUR", Amount: amount, Accounting: accounting}
	}
	usd := func(lines ...string) []Entry { return entries(t, c, lines...) }
	for _, x := range []struct {
		name    string
		kind    Type
		entries []Entry
		rule    string
		telling []string
	}{
		{"Empty", Journal, nil, "voucher_empty", []string{"has no entries"}},
		{"Total", Journal, usd("101-44200 1.00", "101-11010 -0.99"), "voucher_unbalanced", []string{"voucher N-1", "0.01 USD"}},
		{"PerValue", Journal, usd("101-44200 1.00", "601-11010 -1.00"), "value_unbalanced", []string{`Fund "101"`, `1.00 USD`, `Fund "601"`, "-1.00 USD"}},
		{"BlankIsAValue", Journal, usd("101-44200 1.00", "-11010 -1.00"), "value_unbalanced", []string{`Fund ""`}},
		{"PerCurrency", Journal, append(usd("101-44200 1.10"), euro("101-11010", -100, -110)), "voucher_unbalanced", []string{"1.10 USD", "-1.00 EUR"}},
		{"Accounting", Journal, []Entry{euro("101-44200", 100, 110), euro("101-11010", -100, -109)}, "voucher_unbalanced", []string{"accounting currency", "0.01 USD"}},
		{"AccountingPerValue", Journal, []Entry{euro("101-44200", 100, 110), euro("101-11010", -100, -109), euro("601-44200", 100, 109), euro("601-11010", -100, -110)}, "value_unbalanced", []string{`Fund "101" in the accounting currency`, "0.01 USD"}},
		{"PartyMissing", Payment, usd("999-11020 1.00", "999-11530 -1.00"), "party_missing", []string{"line 2", "999-11530", "customer"}},
		{"PartyUnexpected", Payment, usd("999-11020 1.00 @4", "999-11530 -1.00 @4"), "party_unexpected", []string{"line 1", "999-11020"}},
		{"Zero", Journal, usd("101-44200 0.00", "101-11010 0.00"), "entry_zero", []string{"line 1", "101-44200"}},
		{"Sides", Journal, []Entry{euro("101-44200", 100, -110), euro("101-11010", -100, 110)}, "entry_sides", []string{"line 1"}},
		{"SameCurrency", Journal, []Entry{{Account: parse(t, c, "101-44200"), Currency: "USD", Amount: 1, Accounting: 2}, {Account: parse(t, c, "101-11010"), Currency: "USD", Amount: -1, Accounting: -2}}, "entry_accounting", []string{"line 1"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			refusedBy(t, c.CheckVoucher(&Voucher{Number: "N-1", Type: x.kind, Date: day, Entries: x.entries}), x.rule, x.telling...)
		})
	}
	good := usd("999-11020 1.00", "999-11530 -1.00 @4")
	if err := c.CheckVoucher(&Voucher{Number: "N-1", Type: Payment, Date: day, Entries: good}); err != nil {
		t.Error(err)
	}
	refusedBy(t, c.CheckVoucher(&Voucher{Number: "N-1", Type: Payment, Entries: good}), "voucher_undated", "no date")
	crossing := append(usd("101-11020 1.10"), Entry{Account: parse(t, c, "101-11530"), Party: 4, Currency: "EUR", Amount: -100, Accounting: -110})
	if err := c.CheckVoucher(&Voucher{Number: "N-1", Type: Payment, Date: day, Entries: crossing}); err != nil {
		t.Errorf("a payment in another currency than the item: %v", err)
	}
}

// All that is wrong is told at once, and sums that do not fit are an error, not a wrap.
func TestCheckVoucherTellsAll(t *testing.T) {
	c := company(t, fundFormat, nil)
	err := c.CheckVoucher(&Voucher{Type: Payment, Date: day, Entries: entries(t, c, "101-11530 1.00", "101-24210 -2.00")})
	for _, text := range []string{"customer control account", "vendor control account", "-1.00 USD", "voucher payment"} {
		if err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v does not say %s", err, text)
		}
	}
	big := money.Amount(1) << 62
	a := parse(t, c, "101-44200")
	huge := []Entry{{Account: a, Currency: "USD", Amount: big, Accounting: big}, {Account: a, Currency: "USD", Amount: big, Accounting: big}, {Account: a, Currency: "USD", Amount: -big, Accounting: -big}, {Account: a, Currency: "USD", Amount: -big, Accounting: -big}}
	refusedBy(t, c.CheckVoucher(&Voucher{Type: Journal, Date: day, Entries: huge}), "amount_overflow")
}

func TestMirror(t *testing.T) {
	from := []Entry{{Account: Account{ID: 3, Written: "101-11530", Main: "11530"}, Party: 4, Currency: "EUR", Amount: 100, Accounting: 110, Classification: 5, Due: day, Text: "x"}, {Currency: "EUR", Accounting: -7}}
	was := slices.Clone(from)
	m := Mirror(from)
	want := slices.Clone(from)
	want[0].Amount, want[0].Accounting, want[1].Accounting = -100, -110, 7
	if !slices.Equal(m, want) || !slices.Equal(from, was) {
		t.Errorf("gives %+v of %+v", m, from)
	}
	if !slices.Equal(Mirror(m), from) {
		t.Error("the mirror of the mirror is something else")
	}
}

func TestBlock(t *testing.T) {
	b := Block{Prefix: "RB-", Width: 4}
	for n, want := range map[int64]string{1: "RB-0001", 9999: "RB-9999", 10000: "RB-10000", 123456: "RB-123456"} {
		got := b.Number(n)
		back, ok := b.Parse(got)
		if got != want || back != n || !ok {
			t.Errorf("%d is written %s and read %d, %v", n, got, back, ok)
		}
	}
	for _, s := range []string{"", "RB-", "RB-001", "RB-0000", "RB-00001", "RB-00123456", "RB-12a4", "RB-+001", "RB--001", "rb-0001", "XRB-0001", "RB-0001 ", "RB-99999999999999999999"} {
		if n, ok := b.Parse(s); ok {
			t.Errorf("%q is read as %d", s, n)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := Block{Prefix: rapid.SampledFrom([]string{"A", "RB-", "2026/", "1"}).Draw(t, "prefix"), Width: rapid.IntRange(1, 18).Draw(t, "width")}
		n := rapid.Int64Min(1).Draw(t, "n")
		if back, ok := b.Parse(b.Number(n)); !ok || back != n {
			t.Errorf("%d is written %s and read %d, %v", n, b.Number(n), back, ok)
		}
	})
}

func TestRanges(t *testing.T) {
	got, err := readRanges("1-5000,5003,7000-7001")
	if err != nil || !reflect.DeepEqual(got, [][2]int64{{1, 5000}, {5003, 5003}, {7000, 7001}}) {
		t.Errorf("reads %v, %v", got, err)
	}
	for _, s := range []string{"", "a", "1-", "-1", "5-4", "1,,2", "1-2-3", "1;2"} {
		if r, err := readRanges(s); fault.CodeOf(err) != fault.Violation {
			t.Errorf("%q is read as %v, %v", s, r, err)
		}
	}
	if m := mergeRanges([][2]int64{{7, 9}, {1, 2}, {3, 3}, {5, 6}}); !reflect.DeepEqual(m, [][2]int64{{1, 3}, {5, 9}}) {
		t.Errorf("merged %v", m)
	}
	rapid.Check(t, func(t *rapid.T) {
		ids := rapid.SliceOfNDistinct(rapid.Int64Range(1, 60), 1, 30, rapid.ID[int64]).Draw(t, "ids")
		var single [][2]int64
		for _, id := range ids {
			single = append(single, [2]int64{id, id})
		}
		merged := mergeRanges(single)
		back, err := readRanges(writeRanges(merged))
		if err != nil || !reflect.DeepEqual(back, merged) {
			t.Fatalf("%v is read back as %v, %v", merged, back, err)
		}
		var all []int64
		for i, r := range merged {
			if i > 0 && r[0] <= merged[i-1][1]+1 {
				t.Errorf("%v is not merged", merged)
			}
			for id := r[0]; id <= r[1]; id++ {
				all = append(all, id)
			}
		}
		slices.Sort(ids)
		if !slices.Equal(all, ids) {
			t.Errorf("%v covers %v, want %v", merged, all, ids)
		}
	})
}

func TestTypes(t *testing.T) {
	for ty := Invoice; ty <= Reversal; ty++ {
		if back, ok := ParseType(ty.String()); !ok || back != ty {
			t.Errorf("%d is written %s and read %d", ty, ty, back)
		}
	}
	for _, s := range []string{"", "unknown", "Invoice"} {
		if ty, ok := ParseType(s); ok {
			t.Errorf("%q is read as %s", s, ty)
		}
	}
}

// The profile is that of the party, then of its group, then of all.
func TestProfile(t *testing.T) {
	c := company(t, fundFormat, func(c *Company) {
		c.Profiles = []Profile{{VendorControl, "all", "", "1", "", ""}, {VendorControl, "group", "G", "2", "", ""}, {VendorControl, "party", "V", "3", "", ""}, {CustomerControl, "party", "V", "4", "", ""}}
	})
	for _, x := range []struct{ party, group, want string }{{"V", "G", "3"}, {"W", "G", "2"}, {"W", "", "1"}, {"W", "H", "1"}, {"G", "V", "1"}} {
		if p, err := c.Profile(VendorControl, x.party, x.group); err != nil || p.Summary != x.want {
			t.Errorf("%s of %q has %+v, %v; want %s", x.party, x.group, p, err, x.want)
		}
	}
	_, err := c.Profile(CustomerControl, "C", "G")
	refusedBy(t, err, "no_posting_profile", "customer C", `"G"`)
}

// Periods: closed has no exceptions, a module's exception counts, a role's before any role's, and the most generous role.
func TestCheckPeriod(t *testing.T) {
	c := company(t, fundFormat, func(c *Company) {
		date := civil.MustParse
		c.Periods = []Period{
			{date("2026-10-01"), date("2026-10-31"), "closed", map[Exception]string{{ModuleLedger, ""}: "open"}},
			{date("2026-11-01"), date("2026-11-30"), "on_hold", map[Exception]string{{ModuleLedger, ""}: "open", {ModulePayable, "controller"}: "open"}},
			{date("2026-12-01"), date("2026-12-31"), "open", map[Exception]string{{ModulePayable, ""}: "on_hold"}},
		}
	})
	for _, x := range []struct {
		date   string
		module Module
		roles  []string
		open   bool
	}{
		{"2026-10-31", ModuleLedger, nil, false},
		{"2026-11-01", ModuleLedger, nil, true},
		{"2026-11-30", ModuleReceivable, nil, false},
		{"2026-11-30", ModulePayable, []string{"clerk"}, false},
		{"2026-11-30", ModulePayable, []string{"clerk", "controller"}, true},
		{"2026-12-01", ModuleReceivable, nil, true},
		{"2026-12-31", ModulePayable, []string{"controller"}, false},
		{"2026-09-30", ModuleLedger, nil, false},
		{"2027-01-01", ModuleLedger, nil, false},
	} {
		err := c.CheckPeriod(civil.MustParse(x.date), x.module, x.roles)
		if (err == nil) != x.open {
			t.Errorf("%s for %s and %v: %v", x.date, x.module, x.roles, err)
		}
		if err != nil {
			refusedBy(t, err, "period_not_open")
		}
	}
}
