// Package payable has the vendors' documents: vendor invoices, and the one-time vendors that a reimbursement makes.
//
// A *vendor invoice* names its expense lines; its control lines follow from the posting profile of the vendor, one for each
// combination of dimension values. (The vendor invoice of a reimbursement is the reimbursement's own voucher.)
//
// A *one-time vendor* stands for a customer who has no vendor. It is made from the template (group, payment method and so
// profile) with the customer's name, address and, when verified, bank account; it is written into the customer's vendor
// field and reused, its data refreshed from the customer.
//
// Source: reimbursement rules, 4; payments rules, "Payee".
package payable

import (
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

// Line is an expense line of a vendor invoice.
type Line struct {
	Account ledger.Account
	Amount  money.Amount // positive, minor units of the invoice's currency
}

// Invoice is a vendor invoice.
type Invoice struct {
	Number    string // blank: from the number series
	Vendor    party.Vendor
	Date, Due civil.Date // a blank due date is the date
	Currency  string
	Text      string
	Lines     []Line
}

// Voucher makes the voucher of a vendor invoice, not yet posted. A vendor without a posting profile, the one-time template,
// or an amount that is not positive is [fault.Refused].
func Voucher(c *ledger.Company, d Invoice) (*ledger.Voucher, error) {
	if d.Vendor.OneTime == party.Template {
		return nil, fault.New(fault.Refused, "vendor %s is the one-time template, which takes no invoices", d.Vendor.Code).In("vendor")
	}
	profile, err := c.Profile(ledger.VendorControl, d.Vendor.Code, d.Vendor.Group)
	if err != nil {
		return nil, err
	}
	v := &ledger.Voucher{Number: d.Number, Date: d.Date, Type: ledger.VendorInvoice, Vendor: d.Vendor.ID, Text: d.Text}
	for _, l := range d.Lines {
		if l.Amount <= 0 {
			return nil, fault.New(fault.Refused, "the amount on %s is not positive", l.Account.Written).In("lines")
		}
		v.Entries = append(v.Entries, ledger.Entry{Account: l.Account, Currency: d.Currency, Amount: l.Amount})
	}
	return v, c.AddControl(v, profile.Summary, d.Vendor.ID, 0, d.Due)
}
