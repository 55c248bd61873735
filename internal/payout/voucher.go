package payout

import (
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
	v.Entries = openitem.Controls(p.Vendor, p.Currency, pieces)
	return v, PayFrom(c, v, bank, p.Currency)
}

// PayFrom adds to a voucher, whose debits in the currency pay something off, what pays them: the bank's line, worth the date's rate where the
// currency is another than the accounting currency; the realised exchange differences with the dimensions of the debits; and the due-to and
// due-from lines. Source: ledger rules, "Foreign currency", "Balancing".
func PayFrom(c *ledger.Company, v *ledger.Voucher, bank ledger.Account, currency string) error {
	n := len(v.Entries)
	var paid, total money.Sum
	worth := make([]money.Amount, n)
	for i, e := range v.Entries {
		worth[i] = e.Accounting
		paid.Add(e.Amount)
	}
	amount, err := paid.Total()
	if err != nil {
		return err
	}
	if currency != c.Currency.Code {
		if worth, err = atRate(c, currency, amount, v.Entries, v.Date); err != nil {
			return err
		}
	}
	for _, w := range worth {
		total.Add(w)
	}
	sum, err := total.Total()
	if err != nil {
		return err
	}
	v.Entries = append(v.Entries, ledger.Entry{Account: bank, Currency: currency, Amount: -amount, Accounting: -sum})
	for i := range n {
		if err := addExchange(c, v, &v.Entries[i], worth[i]); err != nil {
			return err
		}
	}
	return c.AddDueLines(v)
}

// atRate gives what the lines are worth at the rate of the date; together what the whole amount is worth.
func atRate(c *ledger.Company, currency string, amount money.Amount, lines []ledger.Entry, date civil.Date) ([]money.Amount, error) {
	cur, err := money.CurrencyOf(currency)
	if err != nil {
		return nil, err
	}
	rate, err := c.Rate(currency, date)
	if err != nil {
		return nil, err
	}
	total, err := rate.Convert(amount, cur, c.Currency)
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
