package openitem

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// The tests of this file need no database: they are about [Apply] and its kin, which are pure.

var applyDay = civil.MustParse("2026-11-30")

// applyCompany makes a company in memory with three funds and rules for all of them but 777.
func applyCompany(t rapid.TB) *ledger.Company {
	t.Helper()
	c := &ledger.Company{
		Code: "T", Currency: money.MustCurrency("USD"), Format: "Fund-Main-Department", Dimensions: []ledger.Dimension{{Name: "Fund", Balancing: true}, {Name: "Department"}},
		Accounts: map[string]ledger.MainAccount{}, Values: map[string]map[string]string{},
		Parameters: map[string]string{"exchange_gain_account": "66000", "exchange_loss_account": "67000", "penny_difference": "0.05", "penny_difference_account": "68000"},
	}
	for _, a := range []ledger.MainAccount{
		{Account: "11010"},
		{Account: "11530", Control: ledger.CustomerControl},
		{Account: "11540", Control: ledger.CustomerControl},
		{Account: "24210", Control: ledger.VendorControl},
		{Account: "37001"},
		{Account: "44200"},
		{Account: "66000"},
		{Account: "67000"},
		{Account: "68000"},
	} {
		c.Accounts[a.Account] = a
	}
	for _, fund := range []string{"101", "601", "602", "777"} {
		c.AddValue("Fund", fund, "")
	}
	c.AddValue("Department", "D", "")
	for _, fund := range []string{"101", "601", "602"} {
		c.Rules = append(c.Rules, ledger.Rule{Dimension: "Fund", Value: fund, DueFrom: "11010", DueTo: "37001"})
	}
	if err := c.Index(); err != nil {
		t.Fatalf("indexing the company: %v", err)
	}
	return c
}

// docOf makes a document of items such as "101-11530 10.00", or "101-11530 10.00/11.00" where the accounting amount differs.
func docOf(t rapid.TB, c *ledger.Company, number, currency string, lines ...string) *Document {
	t.Helper()
	var items []*Item
	for i, l := range lines {
		written, amounts, _ := strings.Cut(l, " ")
		amount, accounting, differs := strings.Cut(amounts, "/")
		if !differs {
			accounting = amount
		}
		account, err := c.Parse(written)
		if err != nil {
			t.Fatalf("%s: %v", l, err)
		}
		open, err := money.MustCurrency(currency).Parse(amount)
		if err != nil {
			t.Fatalf("%s: %v", l, err)
		}
		acc, err := c.Currency.Parse(accounting)
		if err != nil {
			t.Fatalf("%s: %v", l, err)
		}
		it := &Item{Side: sideOf(c.Accounts[account.Main].Control), Party: 7, Voucher: int64(len(number) * 100), Line: i + 1, Number: number, Account: account, Currency: currency, Date: applyDay, Due: applyDay, Amount: open}
		it.read(open, acc, 0)
		items = append(items, it)
	}
	docs := Documents(items)
	if len(docs) != 1 {
		t.Fatalf("%s is %d documents", number, len(docs))
	}
	return docs[0]
}

// shown writes what is open of a document, by ledger account.
func shown(d *Document) string {
	var parts []string
	for _, it := range d.Items {
		s := it.Account.Written + " " + show(it.Currency, it.Open)
		if it.Accounting != it.Open {
			s += "/" + show("USD", it.Accounting)
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, ", ")
}

// posted writes the lines of the settlement voucher.
func posted(v *ledger.Voucher) string {
	if v == nil {
		return ""
	}
	var parts []string
	for _, e := range v.Entries {
		s := e.Account.Written + " " + show(e.Currency, e.Amount)
		if e.Accounting != e.Amount {
			s += "/" + show("USD", e.Accounting)
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, ", ")
}

// amountOf reads an amount in US cents.
func amountOf(t rapid.TB, s string) money.Amount {
	t.Helper()
	a, err := money.MustCurrency("USD").Parse(s)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return a
}

// proved applies and proves what must hold of any application: items tie with the links, and the voucher with all rules.
func proved(t rapid.TB, c *ledger.Company, debit, credit *Document, amount money.Amount) (*Application, error) {
	t.Helper()
	before := slices.Concat(copies(debit), copies(credit))
	app, err := Apply(c, debit, credit, amount, applyDay)
	after := slices.Concat(debit.Items, credit.Items)
	if err != nil {
		for i := range before {
			if before[i] != *after[i] {
				t.Errorf("it failed, but changed %+v to %+v", before[i], *after[i])
			}
		}
		return nil, err
	}
	tie(t, app, before, after)
	if app.Voucher != nil {
		if err := c.CheckVoucher(app.Voucher); err != nil {
			t.Errorf("the settlement voucher: %v\n%s", err, posted(app.Voucher))
		}
	}
	return app, nil
}

func copies(d *Document) []Item {
	all := make([]Item, len(d.Items))
	for i, it := range d.Items {
		all[i] = *it
	}
	return all
}

type moved struct{ amount, accounting money.Amount }

// tie wants each item to be lowered by just its links, in both currencies, never over zero, and each line of the voucher on a
// control account to be settled whole.
func tie(t rapid.TB, app *Application, before []Item, after []*Item) {
	t.Helper()
	links := map[*Item]moved{}
	for _, l := range app.Links {
		if l.Debit.Party != l.Credit.Party || l.Debit.Account.Written != l.Credit.Account.Written || l.Debit.Currency != l.Credit.Currency || l.Amount < 0 || l.Accounting < 0 {
			t.Errorf("a link joins %+v and %+v with %d, %d", l.Debit, l.Credit, l.Amount, l.Accounting)
		}
		links[l.Debit] = moved{links[l.Debit].amount + l.Amount, links[l.Debit].accounting + l.Accounting}
		links[l.Credit] = moved{links[l.Credit].amount - l.Amount, links[l.Credit].accounting - l.Accounting}
	}
	for i, it := range after {
		m := links[it]
		delete(links, it)
		if before[i].Open-it.Open != m.amount || before[i].Accounting-it.Accounting != m.accounting {
			t.Errorf("line %d of %s went from %d/%d to %d/%d, but its links are %+v", it.Line, it.Number, before[i].Open, before[i].Accounting, it.Open, it.Accounting, m)
		}
		if it.Open*before[i].Open < 0 || it.Open.Abs() > before[i].Open.Abs() || (it.Open == 0 && it.Accounting != 0) {
			t.Errorf("line %d of %s is left with %d/%d of %d/%d", it.Line, it.Number, it.Open, it.Accounting, before[i].Open, before[i].Accounting)
		}
	}
	for _, f := range app.fresh {
		e := f.from.Entries[f.Line-1]
		if links[f] != (moved{e.Amount, e.Accounting}) {
			t.Errorf("line %d of the settlement voucher is %d/%d, but its links are %+v", f.Line, e.Amount, e.Accounting, links[f])
		}
		delete(links, f)
	}
	if len(links) != 0 {
		t.Errorf("links join items of neither document nor of the voucher: %+v", links)
	}
}

// The vectors of the reimbursement rules, 2: what stays open of a document after a settlement elsewhere.
func TestApplyProportional(t *testing.T) {
	for left, want := range map[string]string{
		"70.00": "101-11530 -7.00, 601-11530 -31.50, 602-11530 -31.50",
		"66.67": "101-11530 -6.67, 601-11530 -30.00, 602-11530 -30.00",
		"10.01": "101-11530 -1.00, 601-11530 -4.51, 602-11530 -4.50",
		"0.01":  "101-11530 0.00, 601-11530 -0.01, 602-11530 0.00",
		"0.00":  "101-11530 0.00, 601-11530 0.00, 602-11530 0.00",
	} {
		t.Run(left, func(t *testing.T) {
			c := applyCompany(t)
			credit := docOf(t, c, "CN", "USD", "602-11530 -45.00", "101-11530 -10.00", "601-11530 -45.00")
			debit := docOf(t, c, "INV", "USD", "101-11540 500.00")
			if _, err := proved(t, c, debit, credit, amountOf(t, "100.00")-amountOf(t, left)); err != nil {
				t.Fatal(err)
			}
			if got := shown(credit); got != want {
				t.Errorf("leaves %s, want %s", got, want)
			}
		})
	}
}

// What both sides have on the same ledger account is linked there: a link is no posting.
func TestApplySameAccountPostsNothing(t *testing.T) {
	c := applyCompany(t)
	debit := docOf(t, c, "INV", "USD", "101-11530 10.00", "601-11530 30.00")
	credit := docOf(t, c, "CN", "USD", "601-11530 -60.00", "101-11530 -20.00")
	app, err := proved(t, c, debit, credit, amountOf(t, "20.00"))
	if err != nil {
		t.Fatal(err)
	}
	if app.Voucher != nil || len(app.Links) != 2 {
		t.Errorf("posts %s with %d links", posted(app.Voucher), len(app.Links))
	}
	if shown(debit) != "101-11530 5.00, 601-11530 15.00" || shown(credit) != "101-11530 -15.00, 601-11530 -45.00" {
		t.Errorf("leaves %s and %s", shown(debit), shown(credit))
	}
}

// The rest is paired in byte order of ledger account, whatever the order of the lines, with due lines between the funds.
func TestApplyPairsInByteOrder(t *testing.T) {
	c := applyCompany(t)
	debit := docOf(t, c, "INV", "USD", "602-11530 30.00", "101-11540 20.00", "101-11530 10.00")
	credit := docOf(t, c, "CN", "USD", "601-11530 -25.00", "602-11530 -5.00", "101-11530-D -30.00")
	app, err := proved(t, c, debit, credit, amountOf(t, "60.00"))
	if err != nil {
		t.Fatal(err)
	}
	want := "101-11530 -10.00, 101-11530-D 10.00, 101-11540 -20.00, 101-11530-D 20.00, 602-11530 -25.00, 601-11530 25.00, 601-37001 -25.00, 602-11010 25.00"
	if got := posted(app.Voucher); got != want {
		t.Errorf("posts %s\nwant  %s", got, want)
	}
}

// The example of the ledger rules: a credit note of −25 in fund A and +5 in fund B leaves 20 open in A and nothing in B.
func TestSettleWithin(t *testing.T) {
	c := applyCompany(t)
	v := &ledger.Voucher{Number: "CN", Type: ledger.CreditNote, Date: applyDay}
	for _, l := range []struct {
		written string
		party   int64
		amount  money.Amount
	}{{"101-11530", 7, -2500}, {"101-44200", 0, 2500}, {"601-11530", 7, 500}, {"601-44200", 0, -500}} {
		a, err := c.Parse(l.written)
		if err != nil {
			t.Fatal(err)
		}
		v.Entries = append(v.Entries, ledger.Entry{Account: a, Party: l.party, Currency: "USD", Amount: l.amount, Accounting: l.amount})
	}
	ch := NewChanges(c)
	items, err := ch.Post(v)
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != 2 || items[0].Open != -2000 || items[1].Open != 0 {
		t.Errorf("leaves %+v", items)
	}
	vouchers := ch.Vouchers()
	if len(vouchers) != 2 || vouchers[1].Type != ledger.Settlement {
		t.Fatalf("posts %d vouchers", len(vouchers))
	}
	if got := posted(vouchers[1]); got != "601-11530 -5.00, 101-11530 5.00, 101-37001 -5.00, 601-11010 5.00" {
		t.Errorf("posts %s", got)
	}
	if err := c.CheckVoucher(vouchers[1]); err != nil {
		t.Error(err)
	}
	c.Rules = c.Rules[:1]
	if err := c.Index(); err != nil {
		t.Fatal(err)
	}
	again := &ledger.Voucher{Number: "CN2", Type: ledger.CreditNote, Date: applyDay, Entries: slices.Clone(v.Entries)}
	if _, err := NewChanges(c).Post(again); fault.RuleOf(err) != "no_balancing_rule" || !strings.Contains(err.Error(), `Fund "601" against "101"`) {
		t.Errorf("without the rule it gives %v", err)
	}
}

// A document of several majority and minority items: the minority's sum is spread over the majority in proportion.
func TestSettleWithinSpreads(t *testing.T) {
	c := applyCompany(t)
	d := docOf(t, c, "CN", "USD", "101-11530 -30.00", "601-11530 -60.00", "602-11530 9.00", "101-11540 1.00")
	ch := NewChanges(c)
	if err := ch.SettleWithin(d.Items, applyDay); err != nil {
		t.Fatal(err)
	}
	if got := shown(d); got != "101-11530 -26.67, 101-11540 0.00, 601-11530 -53.33, 602-11530 0.00" {
		t.Errorf("leaves %s", got)
	}
	zero := docOf(t, c, "TR", "USD", "101-11530 -30.00", "601-11530 30.00")
	if err := ch.SettleWithin(zero.Items, applyDay); err != nil || zero.Items[0].Open != 0 || zero.Items[1].Open != 0 {
		t.Errorf("a transfer is left with %s, %v", shown(zero), err)
	}
}

// Exchange differences are posted with amount 0 and the item's dimensions, as gain or as loss.
func TestApplyExchange(t *testing.T) {
	for _, x := range []struct{ name, debit, credit, want string }{
		{"LossSameAccount", "101-11530-D 100.00/110.00", "101-11530-D -100.00/-105.00", "101-11530-D 0.00/-5.00, 101-67000-D 0.00/5.00"},
		{"GainSameAccount", "101-11530-D 100.00/105.00", "101-11530-D -100.00/-110.00", "101-11530-D 0.00/5.00, 101-66000-D 0.00/-5.00"},
		{"LossOtherAccount", "101-11530 100.00/110.00", "101-11540 -100.00/-105.00", "101-11530 -100.00/-110.00, 101-11540 100.00/105.00, 101-67000 0.00/5.00"},
		{"GainOtherFund", "101-11530 100.00/105.00", "601-11530 -100.00/-110.00", "101-11530 -100.00/-105.00, 601-11530 100.00/110.00, 101-66000 0.00/-5.00, 601-37001 -100.00/-110.00, 101-11010 100.00/110.00"},
		{"None", "101-11530 100.00/110.00", "101-11530 -100.00/-110.00", ""},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := applyCompany(t)
			app, err := proved(t, c, docOf(t, c, "INV", "EUR", x.debit), docOf(t, c, "PAY1", "EUR", x.credit), 10000)
			if err != nil {
				t.Fatal(err)
			}
			if got := posted(app.Voucher); got != x.want {
				t.Errorf("posts %s\nwant  %s", got, x.want)
			}
		})
	}
	c := applyCompany(t)
	delete(c.Parameters, "exchange_gain_account")
	_, err := proved(t, c, docOf(t, c, "INV", "EUR", "101-11530 100.00/105.00"), docOf(t, c, "PAY1", "EUR", "101-11530 -100.00/-110.00"), 10000)
	if fault.RuleOf(err) != "no_exchange_account" || !strings.Contains(err.Error(), "exchange_gain_account") {
		t.Errorf("without the account it gives %v", err)
	}
}

// A vendor's exchange difference has the dimensions of the invoice, which is a credit.
func TestApplyExchangeVendor(t *testing.T) {
	c := applyCompany(t)
	app, err := proved(t, c, docOf(t, c, "PAY", "EUR", "601-24210 100.00/105.00"), docOf(t, c, "VI", "EUR", "101-24210 -100.00/-110.00"), 10000)
	if err != nil {
		t.Fatal(err)
	}
	want := "601-24210 -100.00/-105.00, 101-24210 100.00/110.00, 101-66000 0.00/-5.00, 101-37001 -100.00/-105.00, 601-11010 100.00/105.00"
	if got := posted(app.Voucher); got != want {
		t.Errorf("posts %s\nwant  %s", got, want)
	}
}

// A part carries accounting amount × part ÷ open; the last part carries the rest.
func TestApplyPartsOfAccounting(t *testing.T) {
	c := applyCompany(t)
	debit := docOf(t, c, "INV", "EUR", "101-11530 0.03/0.05")
	for _, want := range []string{"101-11530 0.02/0.03", "101-11530 0.01", "101-11530 0.00"} {
		credit := docOf(t, c, "PAY1", "EUR", "101-11530 -0.01/-0.02")
		if _, err := proved(t, c, debit, credit, 1); err != nil {
			t.Fatal(err)
		}
		if got := shown(debit); got != want {
			t.Errorf("leaves %s, want %s", got, want)
		}
		if credit.Open() != 0 || credit.Items[0].Accounting != 0 {
			t.Errorf("the credit keeps %s", shown(credit))
		}
	}
}

func TestApplyRefuses(t *testing.T) {
	c := applyCompany(t)
	debit, credit := func() *Document { return docOf(t, c, "INV", "USD", "101-11530 10.00", "777-11530 30.00") }, func() *Document { return docOf(t, c, "PAY1", "USD", "101-11540 -60.00") }
	for name, amount := range map[string]money.Amount{"Zero": 0, "Negative": -1, "MoreThanDebit": 4001} {
		if _, err := proved(t, c, debit(), credit(), amount); fault.RuleOf(err) != "over_settlement" {
			t.Errorf("%s gives %v", name, err)
		}
	}
	if _, err := proved(t, c, docOf(t, c, "INV", "USD", "101-11530 90.00"), credit(), 6001); fault.RuleOf(err) != "over_settlement" {
		t.Errorf("more than the credit gives %v", err)
	}
	if _, err := proved(t, c, debit(), credit(), 4000); fault.RuleOf(err) != "no_balancing_rule" || !strings.Contains(err.Error(), `"777"`) {
		t.Errorf("without a rule it gives %v", err)
	}
	marked := docOf(t, c, "INV", "USD", "101-11530 10.00", "601-11530 30.00")
	marked.Items[1].Marked = 1501
	if _, err := proved(t, c, marked, credit(), 2000); fault.RuleOf(err) != "marked" || !strings.Contains(err.Error(), "INV line 2") {
		t.Errorf("over a mark it gives %v", err)
	}
	marked.Items[1].Marked = 1500
	if _, err := proved(t, c, marked, credit(), 2000); err != nil {
		t.Errorf("up to the mark it gives %v", err)
	}
}

// The penny difference closes what is left when it is within the limit, tested on what is open now.
func TestApplyPenny(t *testing.T) {
	for _, x := range []struct {
		name, debit, credit, settle, limit, want string
		closes                                   bool
	}{
		{"DebitLeft", "101-11530-D 10.03", "101-11530-D -10.00", "10.00", "0.05", "101-11530-D -0.03, 101-68000-D 0.03", true},
		{"AtTheLimit", "101-11530 10.05", "101-11530 -10.00", "10.00", "0.05", "101-11530 -0.05, 101-68000 0.05", true},
		{"OverTheLimit", "101-11530 10.06", "101-11530 -10.00", "10.00", "0.05", "", false},
		{"NothingLeft", "101-11530 10.00", "101-11530 -10.00", "10.00", "0.05", "", false},
		{"NoLimit", "101-11530 10.01", "101-11530 -10.00", "10.00", "0.00", "", false},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := applyCompany(t)
			debit, credit := docOf(t, c, "INV", "USD", x.debit), docOf(t, c, "PAY1", "USD", x.credit)
			app, err := proved(t, c, debit, credit, amountOf(t, x.settle))
			if err != nil {
				t.Fatal(err)
			}
			did, err := app.ApplyPenny(c, debit, amountOf(t, x.limit), applyDay)
			if err != nil || did != x.closes || posted(app.Voucher) != x.want || (did && debit.Open() != 0) {
				t.Errorf("closes %v, %v, posts %s, leaves %s", did, err, posted(app.Voucher), shown(debit))
			}
		})
	}
}

// Of a credit the penny difference is the company's gain, and each part stays in its fund.
func TestApplyPennyOfCredit(t *testing.T) {
	c := applyCompany(t)
	debit, credit := docOf(t, c, "INV", "USD", "101-11530 10.00", "601-11530 10.00"), docOf(t, c, "PAY1", "USD", "101-11530 -10.02", "601-11530 -10.02")
	app, err := proved(t, c, debit, credit, 2000)
	if err != nil {
		t.Fatal(err)
	}
	if err := app.closePennies(c, applyDay); err != nil {
		t.Fatal(err)
	}
	if got := posted(app.Voucher); got != "101-11530 0.02, 101-68000 -0.02, 601-11530 0.02, 601-68000 -0.02" || credit.Open() != 0 {
		t.Errorf("posts %s, leaves %s", got, shown(credit))
	}
	if err := c.CheckVoucher(app.Voucher); err != nil {
		t.Error(err)
	}
}

func TestLinkLines(t *testing.T) {
	c := applyCompany(t)
	item := func(line string) *Item { return docOf(t, c, "D", "EUR", line).Items[0] }
	l, err := LinkLines(item("101-11530 10.00/11.00"), item("101-11530 -20.00/-21.00"), 500)
	if err != nil || l.Accounting != 525 {
		t.Errorf("links %+v, %v", l, err)
	}
	l.Take()
	if l.Debit.Open != 500 || l.Debit.Accounting != 575 || l.Credit.Open != -1500 || l.Credit.Accounting != -1575 {
		t.Errorf("leaves %d/%d and %d/%d", l.Debit.Open, l.Debit.Accounting, l.Credit.Open, l.Credit.Accounting)
	}
	for _, x := range []struct {
		debit, credit string
		amount        money.Amount
		rule          string
	}{
		{"101-11530 10.00", "101-11530 -20.00", 1001, "over_settlement"},
		{"101-11530 30.00", "101-11530 -20.00", 2001, "over_settlement"},
		{"101-11530 -10.00", "101-11530 -20.00", 1, "wrong_side"},
		{"101-11530 10.00", "101-11530 20.00", 1, "wrong_side"},
		{"101-11530 10.00", "101-11530 -20.00", 0, "zero_settlement"},
	} {
		d, cr := item(x.debit), item(x.credit)
		if _, err := LinkLines(d, cr, x.amount); fault.RuleOf(err) != x.rule {
			t.Errorf("%s with %s for %d gives %v, want %s", x.debit, x.credit, x.amount, err, x.rule)
		}
	}
}

// Match settles in the given order and leaves marked documents alone.
func TestMatch(t *testing.T) {
	c := applyCompany(t)
	d1, d2, d3 := docOf(t, c, "D1", "USD", "101-11530 10.00"), docOf(t, c, "D2", "USD", "101-11530 20.00"), docOf(t, c, "D3", "USD", "101-11530 40.00")
	k1, k2, k3 := docOf(t, c, "K1", "USD", "101-11530 -25.00"), docOf(t, c, "K2", "USD", "101-11530 -7.00"), docOf(t, c, "K3", "USD", "101-11530 -30.00")
	d2.Items[0].Marked, k2.Items[0].Marked = 1, 1
	apps, err := Match(c, []*Document{d1, d2, d3}, []*Document{k1, k2, k3}, applyDay)
	if err != nil {
		t.Fatal(err)
	}
	got := ""
	for _, a := range apps {
		got += fmt.Sprintf("%s %s %d, ", a.Debit.Number, a.Credit.Number, a.Amount)
	}
	if want := "D1 K1 1000, D3 K1 1500, D3 K3 2500, "; got != want {
		t.Errorf("matches %s, want %s", got, want)
	}
	if d2.Open() != 2000 || k2.Open() != -700 || k3.Open() != -500 {
		t.Errorf("leaves %s, %s and %s", shown(d2), shown(k2), shown(k3))
	}
}

// drawDoc draws a document of one sign in a currency; its accounting amounts stray from the amounts.
func drawDoc(t *rapid.T, c *ledger.Company, number, currency string, sign money.Amount) *Document {
	var items []*Item
	for i := range rapid.IntRange(1, 4).Draw(t, "items of "+number) {
		fund := rapid.SampledFrom([]string{"101", "601", "602", "101", "601", "777"}).Draw(t, "fund")
		account, err := c.Parse(fund + "-" + rapid.SampledFrom([]string{"11530", "11540"}).Draw(t, "main"))
		if err != nil {
			t.Fatalf("%v", err)
		}
		open := money.Amount(rapid.OneOf(rapid.IntRange(1, 9), rapid.IntRange(1, 100_000)).Draw(t, "open"))
		accounting := open
		if currency != "USD" {
			accounting = open*money.Amount(rapid.IntRange(80, 120).Draw(t, "rate"))/100 + money.Amount(rapid.IntRange(0, 1).Draw(t, "cent"))
		}
		it := &Item{Side: Customers, Party: 7, Voucher: int64(len(number)), Line: i + 1, Number: number, Account: account, Currency: currency, Date: applyDay, Due: applyDay, Amount: sign * open}
		it.read(sign*open, sign*accounting, 0)
		if rapid.IntRange(0, 9).Draw(t, "is marked") == 9 {
			it.Marked = money.Amount(rapid.IntRange(0, int(open)).Draw(t, "marked"))
		}
		items = append(items, it)
	}
	return Documents(items)[0]
}

// Whatever is applied: items tie with the links in both currencies, the voucher balances, and a failure changes nothing. Applied
// in parts up to the end, nothing is left of the smaller side.
func TestApplyAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := applyCompany(t)
		currency := rapid.SampledFrom([]string{"USD", "EUR"}).Draw(t, "currency")
		debit, credit := drawDoc(t, c, "D", currency, 1), drawDoc(t, c, "CC", currency, -1)
		for range 4 {
			most := min(debit.Open(), -credit.Open())
			if most == 0 {
				break
			}
			amount := most
			if rapid.Bool().Draw(t, "in part") {
				amount = money.Amount(rapid.IntRange(1, int(most)).Draw(t, "amount"))
			}
			app, err := proved(t, c, debit, credit, amount)
			if err != nil {
				if code := fault.CodeOf(err); code != fault.Refused {
					t.Errorf("gives %s: %v", code, err)
				}
				return
			}
			if app.Amount != amount {
				t.Errorf("applies %d, not %d", app.Amount, amount)
			}
		}
	})
}
