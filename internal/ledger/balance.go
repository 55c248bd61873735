package ledger

import (
	"maps"
	"slices"

	"quittance/internal/fault"
	"quittance/internal/money"
)

// imbalance is what a voucher lacks in one balancing value: sums of amounts (one currency) and of accounting amounts.
type imbalance struct{ amount, accounting money.Amount }

type balanceKey struct{ currency, value string }

// CheckVoucher says everything that forbids posting the voucher, but for its period: entries that are missing or name
// no party where one is needed, and the four ways in which it must balance. The error is a [fault.List].
func (c *Company) CheckVoucher(v *Voucher) error {
	var errs fault.List
	if len(v.Entries) == 0 {
		errs = append(errs, refuse(v, "voucher_empty", "has no entries"))
	}
	if v.Date.IsZero() {
		errs = append(errs, refuse(v, "voucher_undated", "has no date"))
	}
	for i, e := range v.Entries {
		control := c.Accounts[e.Account.Main].Control
		switch {
		case control.OfParty() && e.Party == 0:
			errs = append(errs, refuse(v, "party_missing", "line %d is on the %s control account %s without its %s", i+1, control, e.Account.Written, control))
		case !control.OfParty() && e.Party != 0:
			errs = append(errs, refuse(v, "party_unexpected", "line %d names a party on %s, which is no control account", i+1, e.Account.Written))
		case e.Party == c.DeductionCustomer && e.Party != 0 && !v.Type.ofDeductions():
			errs = append(errs, refuse(v, "deduction_customer", "line %d is on %s, the customer on whom deductions are held; nothing is posted there but deductions and what resolves them", i+1, c.Parameters["deduction_customer"]))
		case e.Amount == 0 && e.Accounting == 0:
			errs = append(errs, refuse(v, "entry_zero", "line %d on %s is zero", i+1, e.Account.Written))
		case e.Amount != 0 && e.Accounting != 0 && (e.Amount > 0) != (e.Accounting > 0):
			errs = append(errs, refuse(v, "entry_sides", "line %d on %s is debit in one currency and credit in the other", i+1, e.Account.Written))
		case e.Currency == c.Currency.Code && e.Amount != e.Accounting && e.Amount != 0:
			errs = append(errs, refuse(v, "entry_accounting", "line %d on %s is in the accounting currency, but its accounting amount differs", i+1, e.Account.Written))
		}
	}
	errs.Add(c.checkBalance(v))
	return errs.Err()
}

// checkBalance tests the four ways: total and per currency, accounting currency, and each per balancing value.
func (c *Company) checkBalance(v *Voucher) error {
	if c.balances(v) {
		return nil
	}
	byCurrency, byValue, err := c.sums(v)
	if err != nil {
		return err
	}
	var errs fault.List
	var total money.Amount
	for _, s := range byValue {
		total += s.accounting
	}
	currencies := map[string]money.Amount{}
	for k, s := range byCurrency {
		currencies[k.currency] += s.amount
	}
	crossing := len(currencies) > 1 && (v.Type == Payment || v.Type == VendorPayment)
	for _, cur := range slices.Sorted(maps.Keys(currencies)) {
		if d := currencies[cur]; d != 0 && !crossing {
			errs = append(errs, refuse(v, "voucher_unbalanced", "does not balance: debit less credit is %s %s", c.show(cur, d), cur))
		}
	}
	if total != 0 && len(errs) == 0 {
		errs = append(errs, refuse(v, "voucher_unbalanced", "does not balance in the accounting currency: debit less credit is %s %s", c.Currency.Format(total), c.Currency.Code))
	}
	if len(errs) > 0 || len(c.format.balancing) == 0 {
		return errs.Err()
	}
	if !crossing {
		for _, k := range slices.SortedFunc(maps.Keys(byCurrency), compareKeys) {
			if d := byCurrency[k].amount; d != 0 {
				errs = append(errs, refuse(v, "value_unbalanced", "does not balance in %s %q: debit less credit is %s %s", c.BalancingNames(), k.value, c.show(k.currency, d), k.currency))
			}
		}
	}
	for _, value := range slices.Sorted(maps.Keys(byValue)) {
		if d := byValue[value].accounting; d != 0 && len(errs) == 0 {
			errs = append(errs, refuse(v, "value_unbalanced", "does not balance in %s %q in the accounting currency: debit less credit is %s %s", c.BalancingNames(), value, c.Currency.Format(d), c.Currency.Code))
		}
	}
	return errs.Err()
}

const simpleEntries = 16 // of a voucher that is tested without maps

// balances says that a simple voucher (few entries in one currency, no sum near the limits) balances in each balancing value, and
// so in all four ways. False says nothing.
func (c *Company) balances(v *Voucher) bool {
	if len(v.Entries) > simpleEntries {
		return false
	}
	var values [simpleEntries]string
	var sums [simpleEntries]imbalance
	n := 0
	for i := range v.Entries {
		e := &v.Entries[i]
		if e.Currency != v.Entries[0].Currency || e.Amount.Abs() > simpleAmount || e.Accounting.Abs() > simpleAmount {
			return false
		}
		value := c.Balancing(e.Account)
		at := 0
		for at < n && values[at] != value {
			at++
		}
		if at == n {
			values[n] = value
			n++
		}
		sums[at].amount += e.Amount
		sums[at].accounting += e.Accounting
	}
	for _, s := range sums[:n] {
		if s != (imbalance{}) {
			return false
		}
	}
	return true
}

const simpleAmount = money.Amount(1) << 56 // simpleEntries of it cannot overflow

func compareKeys(a, b balanceKey) int {
	if a.currency != b.currency {
		if a.currency < b.currency {
			return -1
		}
		return 1
	}
	switch {
	case a.value < b.value:
		return -1
	case a.value > b.value:
		return 1
	}
	return 0
}

// sums adds up the entries, per currency and balancing value, and in accounting currency per balancing value.
func (c *Company) sums(v *Voucher) (map[balanceKey]imbalance, map[string]imbalance, error) {
	byCurrency, byValue := map[balanceKey]imbalance{}, map[string]imbalance{}
	var size money.Sum // the sum of absolute values bounds every other sum
	for _, e := range v.Entries {
		size.Add(e.Amount.Abs())
		size.Add(e.Accounting.Abs())
		value := c.Balancing(e.Account)
		k := balanceKey{e.Currency, value}
		s := byCurrency[k]
		s.amount += e.Amount
		byCurrency[k] = s
		t := byValue[value]
		t.accounting += e.Accounting
		byValue[value] = t
	}
	_, err := size.Total()
	return byCurrency, byValue, err
}

func refuse(v *Voucher, rule, format string, args ...any) *fault.Error {
	name := v.Number
	if name == "" {
		name = v.Type.String()
	}
	return fault.New(fault.Refused, "voucher %s "+format, append([]any{name}, args...)...).ByRule(rule)
}

func (c *Company) show(currency string, a money.Amount) string {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		cur = c.Currency
	}
	return cur.Format(a)
}

// AddDueLines appends the due-to and due-from lines that make the voucher balance per balancing value: values with an
// excess of debit and values with an excess of credit, each in byte order, are paired, each pair for the smaller rest.
// Only settlement, resolution and vendor-payment vouchers, and those of a deduction that is allowed or credited to a full ledger account,
// may have them. A missing rule is [fault.Refused], named.
// Source: ledger rules, "Due-to and due-from lines".
func (c *Company) AddDueLines(v *Voucher) error {
	if len(c.format.balancing) == 0 {
		return nil
	}
	byCurrency, byValue, err := c.sums(v)
	if err != nil {
		return err
	}
	currencies := map[string]bool{}
	for k := range byCurrency {
		currencies[k.currency] = true
	}
	accounting := map[string]money.Amount{}
	for value, s := range byValue {
		accounting[value] = s.accounting
	}
	last := c.Currency.Code
	for _, cur := range slices.Sorted(maps.Keys(currencies)) {
		amounts := map[string]money.Amount{}
		for k, s := range byCurrency {
			if k.currency == cur {
				amounts[k.value] = s.amount
			}
		}
		last = cur
		if err := c.pair(v, cur, amounts, accounting, func(x, rest, acc money.Amount) (money.Amount, money.Amount, error) {
			switch {
			case cur == c.Currency.Code:
				return x, x, nil
			case acc < 0: // exchange differences weigh more than the amounts: they are left to the last lines
				return x, 0, nil
			}
			part, err := money.Part(acc, x, rest)
			return x, part, err
		}); err != nil {
			return err
		}
	}
	// What is left is a difference in accounting currency alone.
	return c.pair(v, last, accounting, nil, func(x, _, _ money.Amount) (money.Amount, money.Amount, error) { return 0, x, nil })
}

// pair matches the values of excess debit with those of excess credit and appends the lines of each pair. What a pair
// takes is taken from left, and its accounting part from accounting.
func (c *Company) pair(v *Voucher, currency string, left, accounting map[string]money.Amount, split func(x, rest, acc money.Amount) (amount, acct money.Amount, err error)) error {
	var debits, credits []string
	for _, value := range slices.Sorted(maps.Keys(left)) {
		switch {
		case left[value] > 0:
			debits = append(debits, value)
		case left[value] < 0:
			credits = append(credits, value)
		}
	}
	for len(debits) > 0 && len(credits) > 0 {
		a, b := debits[0], credits[0]
		x := min(left[a], -left[b])
		amount, acct, err := split(x, left[a], accounting[a])
		if err != nil {
			return err
		}
		ruleA, err := c.rule(v, a, b)
		if err != nil {
			return err
		}
		ruleB, err := c.rule(v, b, a)
		if err != nil {
			return err
		}
		v.Entries = append(v.Entries,
			Entry{Account: c.balanced(ruleA.DueTo, a), Currency: currency, Amount: -amount, Accounting: -acct},
			Entry{Account: c.balanced(ruleB.DueFrom, b), Currency: currency, Amount: amount, Accounting: acct})
		left[a] -= x
		left[b] += x
		if accounting != nil {
			accounting[a] -= acct
			accounting[b] += acct
		}
		if left[a] == 0 {
			debits = debits[1:]
		}
		if left[b] == 0 {
			credits = credits[1:]
		}
	}
	return nil
}

// rule finds the balancing rule of value against counter: the exact pair before the blank counter. With several
// balancing dimensions the rule is that of the first one in which the two combinations differ.
func (c *Company) rule(v *Voucher, value, counter string) (Rule, error) {
	name, a, b := c.differing(value, counter)
	for _, k := range []Rule{{Dimension: name, Value: a, Counter: b}, {Dimension: name, Value: a}} {
		if r, ok := c.rules[k]; ok {
			return r, nil
		}
	}
	return Rule{}, refuse(v, "no_balancing_rule", "needs due-to and due-from lines between %s %q and %q, but there is no balancing rule for %s %q against %q; add one to balancing_rules", name, a, b, name, a, b)
}

func (c *Company) differing(value, counter string) (dimension, a, b string) {
	if len(c.format.balancing) == 1 {
		return c.format.segments[c.format.balancing[0]], value, counter
	}
	as, bs := splitKey(value), splitKey(counter)
	for i, at := range c.format.balancing {
		if as[i] != bs[i] {
			return c.format.segments[at], as[i], bs[i]
		}
	}
	return c.BalancingNames(), value, counter
}

// FillAccounting computes the accounting amounts of entries that have none (where need says so) from the rate of the
// voucher's date: each row rounded half away from zero; per balancing value the difference goes to the largest row of
// those computed (the first of equals). Source: ledger rules, "Foreign currency".
func (c *Company) FillAccounting(v *Voucher, need func(line int) bool) error {
	for i := range v.Entries {
		e := &v.Entries[i]
		if !need(i) {
			continue
		}
		if e.Currency == c.Currency.Code {
			e.Accounting = e.Amount
			continue
		}
		rate, err := c.Rate(e.Currency, v.Date)
		if err != nil {
			return err
		}
		cur, err := money.CurrencyOf(e.Currency)
		if err != nil {
			return err
		}
		if e.Accounting, err = rate.Convert(e.Amount, cur, c.Currency); err != nil {
			return err
		}
	}
	return c.absorbRounding(v, need)
}

// absorbRounding gives the rounding difference of each balancing value whose amounts balance to its largest computed row.
func (c *Company) absorbRounding(v *Voucher, need func(line int) bool) error {
	byCurrency, byValue, err := c.sums(v)
	if err != nil {
		return err
	}
	open := map[string]bool{}
	for k, s := range byCurrency {
		if s.amount != 0 {
			open[k.value] = true
		}
	}
	for value, s := range byValue {
		if s.accounting == 0 || open[value] {
			continue
		}
		best, computed := -1, money.Amount(0)
		for i, e := range v.Entries {
			if !need(i) || e.Currency == c.Currency.Code || c.Balancing(e.Account) != value {
				continue
			}
			computed++
			if best < 0 || e.Accounting.Abs() > v.Entries[best].Accounting.Abs() {
				best = i
			}
		}
		if best >= 0 && s.accounting.Abs() <= computed { // more than rounding can make is a mistake, and stays one
			v.Entries[best].Accounting -= s.accounting
		}
	}
	return nil
}
