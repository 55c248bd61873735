package payout

import (
	"cmp"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// Voucher makes the voucher of a payment on date: it debits the very ledger accounts of the items that it pays, credits the bank's, and
// has the due-to and due-from lines where a balancing dimension needs them. pieces are the parts of the items that are paid. In another
// currency than the accounting currency the bank's line is worth the date's rate, and what differs is posted as exchange differences with
// the dimensions of the items. Source: ledger rules, "Balancing" and its vector, "Foreign currency"; payments rules, "Posting".
func Voucher(c *ledger.Company, p *Payment, bank ledger.Account, pieces []openitem.Piece, date civil.Date, text string) (*ledger.Voucher, error) {
	v := &ledger.Voucher{Date: date, Type: ledger.VendorPayment, Vendor: p.Vendor, Source: p.ID, Text: text}
	v.Entries = controls(p.Vendor, p.Currency, pieces)
	n := len(v.Entries)
	worth := make([]money.Amount, n)
	for i, e := range v.Entries {
		worth[i] = e.Accounting
	}
	if p.Currency != c.Currency.Code {
		var err error
		if worth, err = atRate(c, p, v.Entries, date); err != nil {
			return nil, err
		}
	}
	var total money.Sum
	for _, w := range worth {
		total.Add(w)
	}
	sum, err := total.Total()
	if err != nil {
		return nil, err
	}
	v.Entries = append(v.Entries, ledger.Entry{Account: bank, Currency: p.Currency, Amount: -p.Amount, Accounting: -sum})
	for i := range n {
		if err := addExchange(c, v, &v.Entries[i], worth[i]); err != nil {
			return nil, err
		}
	}
	return v, c.AddDueLines(v)
}

// controls gives a debit line for each ledger account and classification that the pieces stand on, in byte order.
func controls(vendor int64, currency string, pieces []openitem.Piece) []ledger.Entry {
	var all []ledger.Entry
	for _, x := range pieces {
		at := slices.IndexFunc(all, func(e ledger.Entry) bool {
			return e.Account.Written == x.Item.Account.Written && e.Classification == x.Item.Classification
		})
		if at < 0 {
			at = len(all)
			all = append(all, ledger.Entry{Account: x.Item.Account, Party: vendor, Currency: currency, Classification: x.Item.Classification})
		}
		all[at].Amount += x.Amount
		all[at].Accounting += x.Accounting
	}
	slices.SortStableFunc(all, func(a, b ledger.Entry) int {
		return cmp.Or(cmp.Compare(a.Account.Written, b.Account.Written), cmp.Compare(a.Classification, b.Classification))
	})
	return all
}

// atRate gives what the lines are worth at the rate of the date; together what the whole payment is worth.
func atRate(c *ledger.Company, p *Payment, lines []ledger.Entry, date civil.Date) ([]money.Amount, error) {
	cur, err := money.CurrencyOf(p.Currency)
	if err != nil {
		return nil, err
	}
	rate, err := c.Rate(p.Currency, date)
	if err != nil {
		return nil, err
	}
	total, err := rate.Convert(p.Amount, cur, c.Currency)
	if err != nil {
		return nil, err
	}
	weights := make([]money.Amount, len(lines))
	for i, e := range lines {
		weights[i] = e.Amount
	}
	return money.Spread(total, weights)
}

// addExchange adds the exchange difference of a line: a loss, debit, when the bank pays more than the item was worth.
func addExchange(c *ledger.Company, v *ledger.Voucher, e *ledger.Entry, worth money.Amount) error {
	difference := worth - e.Accounting
	if difference == 0 {
		return nil
	}
	name := "exchange_loss_account"
	if difference < 0 {
		name = "exchange_gain_account"
	}
	main := c.Parameters[name]
	if main == "" {
		return fault.New(fault.Refused, "paying on %s in %s leaves an exchange difference, but the parameter %s is not set", v.Date, e.Currency, name).ByRule("no_exchange_account")
	}
	v.Entries = append(v.Entries, ledger.Entry{Account: c.WithMain(e.Account, main), Currency: e.Currency, Accounting: difference})
	return nil
}

// link joins the payment's lines with the items that they pay; both lose what is settled.
func link(fresh []*openitem.Item, pieces []openitem.Piece) []openitem.Link {
	links := make([]openitem.Link, 0, len(pieces))
	for _, x := range pieces {
		d := fresh[slices.IndexFunc(fresh, func(it *openitem.Item) bool {
			return it.Account.Written == x.Item.Account.Written && it.Classification == x.Item.Classification
		})]
		links = append(links, openitem.Link{Debit: d, Credit: x.Item, Amount: x.Amount, Accounting: x.Accounting})
		d.Open, d.Accounting = d.Open-x.Amount, d.Accounting-x.Accounting
	}
	openitem.Take(pieces)
	return links
}
