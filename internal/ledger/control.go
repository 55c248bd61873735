package ledger

import (
	"cmp"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// AddControl appends the lines on a control account that balance the voucher: one for each combination of dimension values
// of its other lines, in byte order, on the main account given, for the party. It is how a document becomes an open item.
func (c *Company) AddControl(v *Voucher, main string, party, classification int64, due civil.Date) error {
	if !c.Accounts[main].Control.OfParty() {
		return fault.New(fault.Refused, "the summary account %s is not a control account", main).ByRule("not_a_control_account")
	}
	sums := map[Account]money.Amount{}
	currency := ""
	for _, e := range v.Entries {
		if currency = cmp.Or(currency, e.Currency); currency != e.Currency {
			return fault.New(fault.Refused, "a document is in one currency, not %s and %s", currency, e.Currency).ByRule("several_currencies")
		}
		a := c.WithMain(e.Account, main)
		sum, err := money.Add(sums[a], e.Amount)
		if err != nil {
			return err
		}
		sums[a] = sum
	}
	var accounts []Account
	for a, sum := range sums {
		if sum != 0 {
			accounts = append(accounts, a)
		}
	}
	slices.SortFunc(accounts, func(a, b Account) int { return cmp.Compare(a.Written, b.Written) })
	for _, a := range accounts {
		v.Entries = append(v.Entries, Entry{Account: a, Party: party, Currency: currency, Amount: -sums[a], Classification: classification, Due: due})
	}
	return c.FillAccounting(v, func(int) bool { return true })
}
