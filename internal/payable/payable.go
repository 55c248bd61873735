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
	"context"
	"fmt"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
	"quittance/internal/secret"
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

// OneTimeVendor makes the one-time vendor of a customer from the template, or refreshes the one it has, and gives it.
func OneTimeVendor(ctx context.Context, tx *db.Tx, keys *secret.Keyring, c *party.Customer, has, template *party.Vendor) (*party.Vendor, error) {
	if has != nil {
		fresh := *has
		fresh.Name, fresh.Address = c.Name, c.Address
		if fresh != *has {
			if err := party.UpdateVendor(ctx, tx, fresh); err != nil {
				return nil, err
			}
		}
		return &fresh, copyBank(ctx, tx, keys, c.ID, fresh.ID)
	}
	code, err := freeCode(ctx, tx, template.Code+"-"+c.Code)
	if err != nil {
		return nil, err
	}
	v := &party.Vendor{Code: code, Name: c.Name, Group: template.Group, Currency: c.Currency, PaymentMethod: template.PaymentMethod, OneTime: party.OneTime, Address: c.Address}
	if err := party.InsertVendors(ctx, tx, []*party.Vendor{v}); err != nil {
		if db.IsDuplicate(err) {
			return nil, db.Again("another run made the same one-time vendor")
		}
		return nil, err
	}
	c.Vendor = v.ID
	if err := party.SetVendor(ctx, tx, c.ID, v.ID); err != nil {
		return nil, err
	}
	return v, copyBank(ctx, tx, keys, c.ID, v.ID)
}

// freeCode gives the code, or the first of code-2, code-3 … that no vendor has.
func freeCode(ctx context.Context, tx *db.Tx, code string) (string, error) {
	for n := 1; ; n++ {
		try := code
		if n > 1 {
			try = fmt.Sprintf("%s-%d", code, n)
		}
		_, err := party.FindVendor(ctx, tx, try)
		if fault.CodeOf(err) == fault.NotFound {
			return try, nil
		}
		if err != nil {
			return "", err
		}
	}
}

// copyBank gives the vendor the customer's bank details when they are verified, and takes them away when they no longer are.
func copyBank(ctx context.Context, tx *db.Tx, keys *secret.Keyring, customer, vendor int64) error {
	from, found, err := party.BankOf(ctx, tx, customer)
	if err != nil {
		return err
	}
	if !found || !from.Verified {
		return party.SaveBank(ctx, tx, keys, vendor, party.Bank{}, false)
	}
	bank, err := from.Open(tx.Company, keys)
	if err != nil {
		return err
	}
	return party.SaveBank(ctx, tx, keys, vendor, bank, true)
}
