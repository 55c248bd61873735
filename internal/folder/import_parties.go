package folder

import (
	"context"
	"time"

	"quittance/internal/fault"
	"quittance/internal/party"
)

func (im *importer) vendorRows(ctx context.Context) error {
	im.vendors, im.parties = map[string]*party.Vendor{}, map[int64]string{}
	known, err := party.Vendors(ctx, im.tx)
	if err != nil {
		return err
	}
	for i := range known {
		im.vendors[known[i].Code], im.parties[known[i].ID] = &known[i], known[i].Code
	}
	var fresh []*party.Vendor
	for i := range im.d.Vendors {
		row := &im.d.Vendors[i]
		v := party.Vendor{
			Code: row.Vendor, Name: row.Name, Group: row.Group, Currency: row.Currency.Code, Blocked: row.Blocked, PaymentMethod: row.PaymentMethod, OneTime: row.OneTime,
			Address: party.Address{Street: row.Street, City: row.City, State: row.State, PostalCode: row.PostalCode, Country: row.Country, Email: row.Email},
		}
		was := im.vendors[v.Code]
		if was == nil {
			fresh = append(fresh, &v)
			im.vendors[v.Code] = &v
			im.keep("vendors", v.Code, false, false)
			continue
		}
		v.ID = was.ID
		same := *was == v
		*was = v
		if err := im.save("vendors", "vendor "+v.Code, true, same, func() error { return party.UpdateVendor(ctx, im.tx, v) }); err != nil {
			return err
		}
	}
	if err := party.InsertVendors(ctx, im.tx, fresh); err != nil {
		return err
	}
	for _, v := range fresh {
		im.parties[v.ID] = v.Code
	}
	banks, err := party.Banks(ctx, im.tx)
	if err != nil {
		return err
	}
	for i := range im.d.Vendors {
		row := &im.d.Vendors[i]
		b := party.Bank{IBAN: row.IBAN, BIC: row.BIC, RoutingNumber: row.RoutingNumber, AccountNumber: row.AccountNumber, AccountType: row.AccountType}
		v := im.vendors[row.Vendor]
		if err := im.bank(ctx, &row.Row, "vendor "+row.Vendor, v.ID, b, trusted{row.BankVerified || v.OneTime == party.OneTime, row.BankChangedAt, row.BankChangedBy, row.BankConfirmedBy}, true, banks); err != nil {
			return err
		}
	}
	return nil
}

func (im *importer) customerRows(ctx context.Context) error {
	im.customers = map[string]*party.Customer{}
	known, err := party.Customers(ctx, im.tx)
	if err != nil {
		return err
	}
	for i := range known {
		im.customers[known[i].Code], im.parties[known[i].ID] = &known[i], known[i].Code
	}
	was := map[string]party.Customer{}
	var fresh []*party.Customer
	for i := range im.d.Customers {
		row := &im.d.Customers[i]
		if c := im.customers[row.Customer]; c != nil {
			was[row.Customer] = *c
			continue
		}
		c := &party.Customer{Code: row.Customer}
		if c.ID, err = im.tx.NewID(ctx); err != nil {
			return err
		}
		im.customers[c.Code], im.parties[c.ID] = c, c.Code
		fresh = append(fresh, c)
	}
	for i := range im.d.Customers {
		row := &im.d.Customers[i]
		im.fillCustomer(row, im.customers[row.Customer])
	}
	if len(im.errs) > 0 {
		return nil // parents and vendors must exist before they are written
	}
	if err := party.InsertCustomers(ctx, im.tx, fresh); err != nil {
		return err
	}
	return im.saveCustomers(ctx, was)
}

func (im *importer) saveCustomers(ctx context.Context, was map[string]party.Customer) error {
	banks, err := party.Banks(ctx, im.tx)
	if err != nil {
		return err
	}
	for i := range im.d.Customers {
		row := &im.d.Customers[i]
		c := im.customers[row.Customer]
		old, had := was[row.Customer]
		if !had {
			im.keep("customers", row.Customer, false, false)
		} else if err := im.save("customers", "customer "+row.Customer, true, old == *c, func() error { return party.UpdateCustomer(ctx, im.tx, *c) }); err != nil {
			return err
		}
		b := party.Bank{IBAN: row.IBAN, BIC: row.BIC, RoutingNumber: row.RoutingNumber, AccountNumber: row.AccountNumber, AccountType: row.AccountType}
		if err := im.bank(ctx, &row.Row, "customer "+row.Customer, c.ID, b, trusted{row.BankVerified, row.BankChangedAt, row.BankChangedBy, row.BankConfirmedBy}, false, banks); err != nil {
			return err
		}
	}
	return nil
}

// fillCustomer sets the customer to its row, with the ids of parent and vendor.
func (im *importer) fillCustomer(row *Customer, c *party.Customer) {
	c.Name, c.Group, c.Currency, c.Hold, c.DoNotReimburse = row.Name, row.Group, row.Currency.Code, row.Hold, row.DoNotReimburse
	c.Address = party.Address{Street: row.Street, City: row.City, State: row.State, PostalCode: row.PostalCode, Country: row.Country, Email: row.Email}
	c.Parent, c.Vendor, c.Terms = 0, 0, row.Terms
	if _, ok := im.deductions.Terms[c.Terms]; !ok && c.Terms != "" {
		im.bad(&row.Row, "terms", "there are no terms of payment %q in payment_terms", c.Terms)
	}
	if row.Parent != "" {
		switch p := im.customers[row.Parent]; {
		case p == nil:
			im.bad(&row.Row, "parent", "there is no customer %q", row.Parent)
		case p == c:
			im.bad(&row.Row, "parent", "%q is its own parent", row.Parent)
		default:
			c.Parent = p.ID
		}
	}
	if row.Vendor != "" {
		if v := im.vendors[row.Vendor]; v == nil {
			im.bad(&row.Row, "vendor", "there is no vendor %q", row.Vendor)
		} else {
			c.Vendor = v.ID
		}
	}
}

// trusted is how far a folder says that bank details are to be trusted. Who changed and confirmed them, and when, counts in a new company
// alone: in one that exists, who imports changes them now.
type trusted struct {
	verified      bool
	at            time.Time
	by, confirmed string
}

// trust gives what is kept of it in a new company.
func (t trusted) trust() party.Trust {
	x := party.Trust{Verified: t.verified, ChangedBy: t.by, ConfirmedBy: t.confirmed}
	if !t.at.IsZero() {
		x.ChangedAt = t.at.UnixMicro()
	}
	return x
}

// bank saves the bank details of a party when they are new or differ. A folder that does not name them takes them away; with keep, one that
// does not say that they are verified leaves that to what is known of the same details.
func (im *importer) bank(ctx context.Context, row *Row, who string, id int64, b party.Bank, t trusted, keep bool, banks map[int64]party.StoredBank) error {
	stored, had := banks[id]
	if b.IsZero() && !had {
		return nil
	}
	if !im.keys.Available() {
		im.bad(row, "iban", "the folder has bank details, or the company has, but no key is given for them; set QUITTANCE_KEY to id:base64 of 32 random bytes")
		return nil
	}
	same, verified := false, t.verified
	if had {
		was, err := stored.Open(im.tx.Company, im.keys)
		if fault.RuleOf(err) == "no_key" {
			im.because(row, "iban", err)
			return nil
		}
		if err != nil {
			return err
		}
		verified = verified || (keep && was == b && stored.Verified)
		if was == b && stored.Verified == verified {
			return nil
		}
		same = was == b
		im.res.Changes = append(im.res.Changes, "bank details of "+who+" updated")
	}
	trust := party.Changed(im.tx, verified)
	if im.isNew {
		trust = t.trust()
	}
	if same {
		trust = stored.Trust
		trust.Verified = verified
	}
	return party.SaveBank(ctx, im.tx, im.keys, id, b, trust)
}
