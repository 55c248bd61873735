package reimbursement

import (
	"slices"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// Voucher makes the voucher of a planned reimbursement: per part a debit on the receivable account of the credits and the
// same credit on the payable account with its dimension values. A one-time vendor that is not made yet stands as unmade. Source: reimbursement rules, 4.
func Voucher(l *Line, r *Reimbursement, date civil.Date) *ledger.Voucher {
	v := &ledger.Voucher{Date: date, Type: ledger.Reimbursement, Customer: l.Customer.ID}
	vendor := int64(unmade)
	if l.Vendor != nil {
		vendor = l.Vendor.ID
	}
	v.Vendor = vendor
	for _, p := range r.Parts {
		v.Entries = append(v.Entries,
			ledger.Entry{Account: p.Receivable, Party: l.Customer.ID, Currency: l.Currency, Amount: p.Amount, Accounting: p.Accounting, Classification: r.Classification},
			ledger.Entry{Account: p.Payable, Party: vendor, Currency: l.Currency, Amount: -p.Amount, Accounting: -p.Accounting, Classification: r.Classification})
	}
	return v
}

// Settle adds a reimbursement voucher to the changes and gives the links of its debits with their sources, which it
// closes by the sources' amounts. A voucher that does not balance in every balancing dimension is refused, naming the
// value, whatever due-to and due-from rules exist; so is one that does not equal what it settles on its own ledger
// account. Source: reimbursement rules, 4 and 5.
func Settle(c *ledger.Company, ch *openitem.Changes, v *ledger.Voucher, sources []Source) ([]openitem.Link, error) {
	_, links, err := settle(c, ch, v, sources)
	return links, err
}

// settle is Settle; it gives the items of the voucher too.
func settle(c *ledger.Company, ch *openitem.Changes, v *ledger.Voucher, sources []Source) ([]*openitem.Item, []openitem.Link, error) {
	if err := check(c, v, sources); err != nil {
		return nil, nil, err
	}
	fresh := ch.Add(v)
	links := make([]openitem.Link, 0, len(sources))
	var d *openitem.Item
	for _, s := range sources {
		if d == nil || d.Account.Written != s.Item.Account.Written {
			for _, it := range fresh {
				if it.Side == openitem.Customers && it.Account.Written == s.Item.Account.Written {
					d = it
				}
			}
		}
		links = append(links, openitem.Link{Debit: d, Credit: s.Item, Amount: s.Amount, Accounting: s.Accounting})
		d.Open, d.Accounting = d.Open-s.Amount, d.Accounting-s.Accounting
		s.Item.Open, s.Item.Accounting = s.Item.Open+s.Amount, s.Item.Accounting+s.Accounting
	}
	return fresh, links, nil
}

// settled is what the sources settle on one ledger account.
type settled struct {
	account            string
	amount, accounting money.Amount
	debited            bool
}

func bySettled(sources []Source) []settled {
	all := make([]settled, 0, 4)
	for i := range sources {
		s := &sources[i]
		at := slices.IndexFunc(all, func(x settled) bool { return x.account == s.Item.Account.Written })
		if at < 0 {
			at = len(all)
			all = append(all, settled{account: s.Item.Account.Written})
		}
		all[at].amount += s.Amount
		all[at].accounting += s.Accounting
	}
	return all
}

// check refuses a reimbursement voucher that is not what it must be.
func check(c *ledger.Company, v *ledger.Voucher, sources []Source) error {
	if err := c.CheckVoucher(v); err != nil {
		return err
	}
	for _, s := range sources {
		switch {
		case s.Item.Side != openitem.Customers || s.Item.Open >= 0 || s.Amount <= 0 || s.Amount > -s.Item.Open:
			return fault.New(fault.Refused, "%s has less open on %s than the reimbursement would settle", s.Item.Number, s.Item.Account.Written).ByRule("over_settlement")
		case s.Item.Party != v.Customer:
			return fault.New(fault.Refused, "%s is not a credit of the customer who is reimbursed", s.Item.Number).ByRule("other_customer")
		}
	}
	all := bySettled(sources)
	cur := v.Entries[0].Currency
	for i := range v.Entries {
		e := &v.Entries[i]
		if c.Accounts[e.Account.Main].Control != ledger.CustomerControl {
			continue
		}
		var x settled
		at := slices.IndexFunc(all, func(x settled) bool { return x.account == e.Account.Written })
		if at >= 0 {
			x = all[at]
			all[at].debited = true
		}
		if x.debited || x.amount != e.Amount || x.accounting != e.Accounting || e.Currency != cur {
			shown, _ := money.CurrencyOf(e.Currency)
			return fault.New(fault.Refused, "a reimbursement must equal what it settles on its own ledger account: %s is debited with %s %s, but %s is settled there",
				e.Account.Written, shown.Format(e.Amount), e.Currency, shown.Format(x.amount)).ByRule("not_what_it_settles")
		}
	}
	for _, x := range all {
		if !x.debited {
			shown, _ := money.CurrencyOf(cur)
			return fault.New(fault.Refused, "a reimbursement must equal what it settles on its own ledger account: %s %s is settled on %s, which it does not debit", shown.Format(x.amount), cur, x.account).ByRule("not_what_it_settles")
		}
	}
	_, err := CheckPayable(c, v)
	return err
}

// CheckPayable refuses a reimbursement voucher with a credit line that does not carry the dimension values and the amount of its
// debit line, which stands before it. line is the one that is wrong, from 1.
func CheckPayable(c *ledger.Company, v *ledger.Voucher) (line int, err error) {
	for i := 0; i < len(v.Entries); i += 2 {
		if i+1 == len(v.Entries) || c.Accounts[v.Entries[i+1].Account.Main].Control != ledger.VendorControl {
			return i + 1, fault.New(fault.Refused, "line %d of a reimbursement is not followed by its vendor line", i+1).ByRule("not_what_it_settles")
		}
		d, cr := v.Entries[i], v.Entries[i+1]
		if !c.SameValues(d.Account, cr.Account) || cr.Amount != -d.Amount || cr.Accounting != -d.Accounting {
			return i + 2, fault.New(fault.Refused, "the vendor line on %s does not carry the dimension values and the amount of the debit on %s", cr.Account.Written, d.Account.Written).ByRule("other_dimensions")
		}
	}
	return 0, nil
}
