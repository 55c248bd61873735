// Package receivable has the customers' documents: invoices, credit notes and payments.
//
// A *document* names the lines that are not receivable (revenue, bank) with positive amounts; its control lines follow
// from the posting profile of the customer (its own, else its group's, else that for all), one for each combination of
// dimension values, so that the voucher balances by fund. Posting it makes the open item (package openitem).
//
// Source: ledger rules, "Posting profile" and "Documents, items, settlement".
package receivable

import (
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

// Line is a line that is not receivable: revenue of an invoice or credit note, the bank of a payment.
type Line struct {
	Account ledger.Account
	Amount  money.Amount // positive, minor units of the document's currency
}

// Document is an invoice, a credit note or a payment of a customer.
type Document struct {
	Type           ledger.Type
	Number         string // blank: from the number series of the type
	Customer       party.Customer
	Date, Due      civil.Date // a blank due date is the date
	Classification int64      // billing classification; never of a payment
	Currency       string
	Text           string
	Lines          []Line
}

// Voucher makes the voucher of a document, not yet posted. A customer without a posting profile, a classification on a
// payment, an amount that is not positive, or a type that is no customer's document is [fault.Refused].
func Voucher(c *ledger.Company, d Document) (*ledger.Voucher, error) {
	sign := money.Amount(1)
	switch d.Type {
	case ledger.Invoice:
		sign = -1
	case ledger.CreditNote:
	case ledger.Payment:
		if d.Classification != 0 {
			return nil, fault.New(fault.Refused, "a payment never carries a billing classification").In("classification").ByRule("payment_classified")
		}
	default:
		return nil, fault.New(fault.Refused, "a %s is not a customer's document; expected invoice, credit_note or payment", d.Type).In("type")
	}
	profile, err := c.Profile(ledger.CustomerControl, d.Customer.Code, d.Customer.Group)
	if err != nil {
		return nil, err
	}
	v := &ledger.Voucher{Number: d.Number, Date: d.Date, Type: d.Type, Customer: d.Customer.ID, Text: d.Text}
	for _, l := range d.Lines {
		if l.Amount <= 0 {
			return nil, fault.New(fault.Refused, "the amount on %s is not positive; a %s says its direction by its type", l.Account.Written, d.Type).In("lines")
		}
		v.Entries = append(v.Entries, ledger.Entry{Account: l.Account, Currency: d.Currency, Amount: sign * l.Amount, Classification: d.Classification})
	}
	return v, c.AddControl(v, profile.Summary, d.Customer.ID, d.Classification, d.Due)
}
