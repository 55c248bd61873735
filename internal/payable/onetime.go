package payable

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/party"
	"quittance/internal/secret"
)

// OneTime asks for the one-time vendor of a customer; Vendor is the one it has, 0 for none.
type OneTime struct{ Customer, Vendor int64 }

// OneTimeVendors makes the one-time vendors of customers from the company's template, or refreshes those they have, and gives
// them by customer. Source: reimbursement rules, 4, "Payee".
func OneTimeVendors(ctx context.Context, tx *db.Tx, c *ledger.Company, keys *secret.Keyring, needs []OneTime) (map[int64]*party.Vendor, error) {
	ids, had := make([]int64, len(needs)), make([]int64, 0, len(needs))
	for i, n := range needs {
		if ids[i] = n.Customer; n.Vendor != 0 {
			had = append(had, n.Vendor)
		}
	}
	customers, err := party.CustomersByID(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	vendors, err := party.VendorsByID(ctx, tx, had)
	if err != nil {
		return nil, err
	}
	made, fresh := map[int64]*party.Vendor{}, []*party.Customer{}
	for _, n := range needs {
		customer := customers[n.Customer]
		if n.Vendor == 0 {
			fresh = append(fresh, customer)
			continue
		}
		v := *vendors[n.Vendor]
		v.Name, v.Address = customer.Name, customer.Address
		if v != *vendors[n.Vendor] {
			if err := party.UpdateVendor(ctx, tx, v); err != nil {
				return nil, err
			}
		}
		made[n.Customer] = &v
	}
	if err := makeVendors(ctx, tx, c, fresh, made); err != nil {
		return nil, err
	}
	return made, copyBanks(ctx, tx, keys, made)
}

// makeVendors makes the vendors of customers who have none, in the order of their codes.
func makeVendors(ctx context.Context, tx *db.Tx, c *ledger.Company, customers []*party.Customer, made map[int64]*party.Vendor) error {
	if len(customers) == 0 {
		return nil
	}
	template, err := party.FindVendor(ctx, tx, c.Parameters["one_time_vendor_template"])
	if err != nil {
		return err
	}
	slices.SortFunc(customers, func(a, b *party.Customer) int { return cmp.Compare(a.Code, b.Code) })
	codes := make([]string, len(customers))
	for i, customer := range customers {
		codes[i] = template.Code + "-" + customer.Code
	}
	taken, err := party.VendorCodes(ctx, tx, codes)
	if err != nil {
		return err
	}
	vendors := make([]*party.Vendor, len(customers))
	links := make([]party.VendorOf, len(customers))
	for i, customer := range customers {
		code := codes[i]
		for n := 2; taken[code]; n++ {
			code = fmt.Sprintf("%s-%d", codes[i], n)
			if taken[code], err = party.HasVendor(ctx, tx, code); err != nil {
				return err
			}
		}
		taken[code] = true
		vendors[i] = &party.Vendor{Code: code, Name: customer.Name, Group: template.Group, Currency: customer.Currency, PaymentMethod: template.PaymentMethod, OneTime: party.OneTime, Address: customer.Address}
		made[customer.ID] = vendors[i]
	}
	if err := party.InsertVendors(ctx, tx, vendors); err != nil {
		if db.IsDuplicate(err) {
			return db.Again("another run made the same one-time vendor")
		}
		return err
	}
	for i, v := range vendors {
		links[i] = party.VendorOf{Customer: customers[i].ID, Vendor: v.ID}
	}
	return party.SetVendors(ctx, tx, links)
}

// copyBanks gives the vendors their customers' bank details where these are verified, and takes them away where not.
func copyBanks(ctx context.Context, tx *db.Tx, keys *secret.Keyring, vendors map[int64]*party.Vendor) error {
	ids := make([]int64, 0, 2*len(vendors))
	for customer, v := range vendors {
		ids = append(ids, customer, v.ID)
	}
	banks, err := party.BanksOf(ctx, tx, ids)
	if err != nil {
		return err
	}
	for customer, v := range vendors {
		from, found := banks[customer]
		_, has := banks[v.ID]
		var bank party.Bank
		var trust party.Trust
		if found && from.Verified {
			if bank, err = from.Open(tx.Company, keys); err != nil {
				return err
			}
			trust = from.Trust
		}
		if bank.IsZero() && !has {
			continue
		}
		if err := party.SaveBank(ctx, tx, keys, v.ID, bank, trust); err != nil {
			return err
		}
	}
	return nil
}
