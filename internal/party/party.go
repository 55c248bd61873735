// Package party has the customers and vendors of a legal entity.
//
//   - A *customer* owes and is owed; it may name a *vendor*, who is paid in its stead, and a parent (its family).
//   - A *vendor* is paid. A *one-time vendor* is made from the *template* for a customer who has none, and reused.
//   - *Bank details* (IBAN, BIC, routing and account number) are stored encrypted, shown masked.
//
// Invariants: codes never change; a template is never a payee. Source: reimbursement rules, 4; interchange contract.
package party

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/secret"
)

// Address is where a party lives, and its e-mail.
type Address struct {
	Street, City, State, PostalCode, Country, Email string
}

// Customer is a customer.
type Customer struct {
	ID             int64
	Code, Name     string
	Group          string
	Currency       string
	Parent, Vendor int64 // ids; 0 is none
	Hold           bool
	DoNotReimburse bool
	Terms          string // code of the terms of payment; blank: due at once, no discount
	Address
}

// One-time kinds of a vendor.
const (
	NotOneTime = "no"
	OneTime    = "yes"
	Template   = "template"
)

// Vendor is a vendor.
type Vendor struct {
	ID            int64
	Code, Name    string
	Group         string
	Currency      string
	Blocked       bool
	PaymentMethod string
	OneTime       string // no, yes, template
	Address
}

// Bank holds the bank details of a party.
type Bank struct {
	IBAN          string `json:"iban,omitempty"`
	BIC           string `json:"bic,omitempty"`
	RoutingNumber string `json:"routing_number,omitempty"`
	AccountNumber string `json:"account_number,omitempty"`
	AccountType   string `json:"account_type,omitempty"` // checking, savings
}

// IsZero says whether there are none.
func (b Bank) IsZero() bool { return b == Bank{} }

// Masked shows the last four characters of the account only.
func (b Bank) Masked() Bank {
	return Bank{IBAN: secret.Mask(b.IBAN), BIC: b.BIC, RoutingNumber: b.RoutingNumber, AccountNumber: secret.Mask(b.AccountNumber), AccountType: b.AccountType}
}

const customerColumns = "id, code, name, grp, currency, coalesce(parent, 0), coalesce(vendor, 0), hold, do_not_reimburse, terms, street, city, state, postal_code, country, email"

func scanCustomer(r interface{ Scan(...any) error }, c *Customer) error {
	return r.Scan(&c.ID, &c.Code, &c.Name, &c.Group, &c.Currency, &c.Parent, &c.Vendor, &c.Hold, &c.DoNotReimburse, &c.Terms, &c.Street, &c.City, &c.State, &c.PostalCode, &c.Country, &c.Email)
}

const vendorColumns = "id, code, name, grp, currency, blocked, payment_method, one_time, street, city, state, postal_code, country, email"

func scanVendor(r interface{ Scan(...any) error }, v *Vendor) error {
	return r.Scan(&v.ID, &v.Code, &v.Name, &v.Group, &v.Currency, &v.Blocked, &v.PaymentMethod, &v.OneTime, &v.Street, &v.City, &v.State, &v.PostalCode, &v.Country, &v.Email)
}

// Customers gives all customers, by code in byte order.
func Customers(ctx context.Context, tx *db.Tx) ([]Customer, error) {
	return db.List(ctx, tx, func(r *db.Rows, c *Customer) error { return scanCustomer(r, c) },
		"select "+customerColumns+" from customer where company = $1 order by code", tx.Company)
}

// Vendors gives all vendors, by code in byte order.
func Vendors(ctx context.Context, tx *db.Tx) ([]Vendor, error) {
	return db.List(ctx, tx, func(r *db.Rows, v *Vendor) error { return scanVendor(r, v) },
		"select "+vendorColumns+" from vendor where company = $1 order by code", tx.Company)
}

// FindCustomer gives the customer with the code; none is [fault.NotFound].
func FindCustomer(ctx context.Context, tx *db.Tx, code string) (c Customer, err error) {
	err = scanCustomer(tx.Row(ctx, "select "+customerColumns+" from customer where company = $1 and code = $2", tx.Company, code), &c)
	return c, missing(err, "customer", code)
}

// FindVendor gives the vendor with the code; none is [fault.NotFound].
func FindVendor(ctx context.Context, tx *db.Tx, code string) (v Vendor, err error) {
	err = scanVendor(tx.Row(ctx, "select "+vendorColumns+" from vendor where company = $1 and code = $2", tx.Company, code), &v)
	return v, missing(err, "vendor", code)
}

func missing(err error, kind, code string) error {
	if errors.Is(err, db.ErrNoRows) {
		return fault.New(fault.NotFound, "there is no %s %q", kind, code)
	}
	return err
}

// InsertCustomers makes customers; those whose ID is 0 get one. Vendors and parents may be made in the same unit.
func InsertCustomers(ctx context.Context, tx *db.Tx, customers []*Customer) error {
	b := tx.Batch("customer", "company", "id", "code", "name", "grp", "currency", "parent", "vendor", "hold", "do_not_reimburse", "terms", "street", "city", "state", "postal_code", "country", "email")
	for _, c := range customers {
		if err := giveID(ctx, tx, &c.ID); err != nil {
			return err
		}
		b.Add(tx.Company, c.ID, c.Code, c.Name, c.Group, c.Currency, db.Null(c.Parent), db.Null(c.Vendor), c.Hold, c.DoNotReimburse, c.Terms, c.Street, c.City, c.State, c.PostalCode, c.Country, c.Email)
	}
	return b.Flush(ctx)
}

// UpdateCustomer changes everything of a customer but its code.
func UpdateCustomer(ctx context.Context, tx *db.Tx, c Customer) error {
	_, err := tx.Exec(ctx, `update customer set name = $1, grp = $2, currency = $3, parent = $4, vendor = $5, hold = $6, do_not_reimburse = $7, terms = $8,
		street = $9, city = $10, state = $11, postal_code = $12, country = $13, email = $14 where company = $15 and id = $16`,
		c.Name, c.Group, c.Currency, db.Null(c.Parent), db.Null(c.Vendor), c.Hold, c.DoNotReimburse, c.Terms, c.Street, c.City, c.State, c.PostalCode, c.Country, c.Email, tx.Company, c.ID)
	return err
}

// InsertVendors makes vendors; those whose ID is 0 get one.
func InsertVendors(ctx context.Context, tx *db.Tx, vendors []*Vendor) error {
	b := tx.Batch("vendor", "company", "id", "code", "name", "grp", "currency", "blocked", "payment_method", "one_time", "street", "city", "state", "postal_code", "country", "email")
	for _, v := range vendors {
		if err := giveID(ctx, tx, &v.ID); err != nil {
			return err
		}
		b.Add(tx.Company, v.ID, v.Code, v.Name, v.Group, v.Currency, v.Blocked, v.PaymentMethod, v.OneTime, v.Street, v.City, v.State, v.PostalCode, v.Country, v.Email)
	}
	return b.Flush(ctx)
}

// UpdateVendor changes everything of a vendor but its code.
func UpdateVendor(ctx context.Context, tx *db.Tx, v Vendor) error {
	_, err := tx.Exec(ctx, `update vendor set name = $1, grp = $2, currency = $3, blocked = $4, payment_method = $5, one_time = $6,
		street = $7, city = $8, state = $9, postal_code = $10, country = $11, email = $12 where company = $13 and id = $14`,
		v.Name, v.Group, v.Currency, v.Blocked, v.PaymentMethod, v.OneTime, v.Street, v.City, v.State, v.PostalCode, v.Country, v.Email, tx.Company, v.ID)
	return err
}

// SetHold puts a customer on hold, or out of reimbursement, or takes that away; nil leaves it.
func SetHold(ctx context.Context, tx *db.Tx, id int64, hold, doNotReimburse *bool) error {
	for column, value := range map[string]*bool{"hold": hold, "do_not_reimburse": doNotReimburse} {
		if value == nil {
			continue
		}
		if _, err := tx.Exec(ctx, "update customer set "+column+" = $1 where company = $2 and id = $3", *value, tx.Company, id); err != nil {
			return err
		}
	}
	return nil
}

// SetTerms gives a customer terms of payment, or (blank) none.
func SetTerms(ctx context.Context, tx *db.Tx, id int64, terms string) error {
	_, err := tx.Exec(ctx, "update customer set terms = $1 where company = $2 and id = $3", terms, tx.Company, id)
	return err
}

// Block blocks a vendor, or takes that away.
func Block(ctx context.Context, tx *db.Tx, id int64, blocked bool) error {
	_, err := tx.Exec(ctx, "update vendor set blocked = $1 where company = $2 and id = $3", blocked, tx.Company, id)
	return err
}

func giveID(ctx context.Context, tx *db.Tx, id *int64) (err error) {
	if *id == 0 {
		*id, err = tx.NewID(ctx)
	}
	return err
}

// Trust is how far bank details are to be trusted.
type Trust struct {
	Verified    bool
	ChangedAt   int64 // UTC microseconds; 0: they came with the company
	ChangedBy   string
	ConfirmedBy string // who else looked at the change; blank: nobody
}

// Changed is the trust in details that the unit's actor changes now.
func Changed(tx *db.Tx, verified bool) Trust {
	return Trust{Verified: verified, ChangedAt: tx.Micros(), ChangedBy: tx.Actor}
}

// StoredBank is a party's bank details as the database holds them.
type StoredBank struct {
	Party  int64
	Masked Bank
	Trust
	keyID       string
	sealed      []byte
	fingerprint []byte
}

// CoolingUntil gives the first day on which details that were changed so many days ago are trusted; blank when they never changed.
func (s Trust) CoolingUntil(days int) civil.Date {
	if s.ChangedAt == 0 || days == 0 {
		return 0
	}
	return civil.FromTime(time.UnixMicro(s.ChangedAt).UTC()).AddDays(days)
}

// Fingerprint tells whether details are equal, without telling them.
func (s *StoredBank) Fingerprint() []byte { return s.fingerprint }

const storedBank = "party, verified, masked, key_id, sealed, fingerprint, changed_at, changed_by, confirmed_by"

// Banks gives the bank details of all parties, by party.
func Banks(ctx context.Context, tx *db.Tx) (map[int64]StoredBank, error) {
	all := map[int64]StoredBank{}
	err := tx.Each(ctx, "select "+storedBank+" from bank_detail where company = $1", []any{tx.Company}, func(r *db.Rows) error {
		s, err := scanBank(r)
		all[s.Party] = s
		return err
	})
	return all, err
}

// Open decrypts the details; it needs the key they were sealed with.
func (s StoredBank) Open(company int64, keys *secret.Keyring) (b Bank, err error) {
	plain, err := keys.Open(s.keyID, s.sealed, bankContext(company, s.Party))
	if err != nil {
		return b, err
	}
	return b, json.Unmarshal(plain, &b)
}

func bankContext(company, party int64) string { return fmt.Sprintf("bank %d/%d", company, party) }

// SaveBank makes, changes or (when b is zero) removes the bank details of a party.
func SaveBank(ctx context.Context, tx *db.Tx, keys *secret.Keyring, party int64, b Bank, t Trust) error {
	if b.IsZero() {
		_, err := tx.Exec(ctx, "delete from bank_detail where company = $1 and party = $2", tx.Company, party)
		return err
	}
	plain, err := json.Marshal(b)
	if err != nil {
		return err
	}
	masked, err := json.Marshal(b.Masked())
	if err != nil {
		return err
	}
	keyID, sealed, err := keys.Seal(plain, bankContext(tx.Company, party))
	if err != nil {
		return err
	}
	print, err := b.fingerprint(keys)
	if err != nil {
		return err
	}
	// The conflict is found by the key, whatever the database thinks of the size of a table that is being filled.
	_, err = tx.Exec(ctx, `insert into bank_detail (company, party, key_id, sealed, fingerprint, masked, verified, changed_at, changed_by, confirmed_by) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		on conflict (company, party) do update set key_id = excluded.key_id, sealed = excluded.sealed, fingerprint = excluded.fingerprint, masked = excluded.masked,
			verified = excluded.verified, changed_at = excluded.changed_at, changed_by = excluded.changed_by, confirmed_by = excluded.confirmed_by`,
		tx.Company, party, keyID, sealed, print, string(masked), t.Verified, t.ChangedAt, t.ChangedBy, t.ConfirmedBy)
	return err
}

// ConfirmBank notes that somebody else than who changed the bank details of a party looked at them: they are verified, and hold no payment
// any longer. who names the party for people. Nothing to confirm, and one's own change, are [fault.Refused].
func ConfirmBank(ctx context.Context, tx *db.Tx, party int64, who string) error {
	banks, err := BanksOf(ctx, tx, []int64{party})
	if err != nil {
		return err
	}
	s, has := banks[party]
	switch {
	case !has:
		return fault.New(fault.Refused, "%s has no bank details", who).ByRule("no_bank_details")
	case s.Verified && (s.ChangedAt == 0 || s.ConfirmedBy != ""):
		return fault.New(fault.Refused, "the bank details of %s wait for no confirmation", who).ByRule("nothing_to_confirm")
	case s.ChangedBy == tx.Actor:
		return fault.New(fault.Refused, "%s changed the bank details of %s; somebody else must confirm them", tx.Actor, who).ByRule("own_change")
	}
	n, err := tx.Exec(ctx, "update bank_detail set confirmed_by = $1, verified = $5 where company = $2 and party = $3 and changed_at = $4", tx.Actor, tx.Company, party, s.ChangedAt, true)
	if err == nil && n != 1 {
		err = db.Again("the bank details changed while they were confirmed")
	}
	return err
}

// SameBank gives, of the parties, those whose bank account another party of the company has too, with the ids of those others: one
// account of two payees is a mistake, or a fraud, more often than not. A customer and the vendor who is paid in its stead are one payee.
func SameBank(ctx context.Context, tx *db.Tx, parties []int64) (map[int64][]int64, error) {
	those, arg := tx.Among("x.party", "$2", parties)
	same := map[int64][]int64{}
	err := tx.Each(ctx, `select x.party, o.party from bank_detail x join bank_detail o on o.company = x.company and o.fingerprint = x.fingerprint and o.party <> x.party
		where x.company = $1 and `+those+` and not exists (select 1 from customer c where c.company = x.company and c.vendor in (x.party, o.party) and c.id in (x.party, o.party))
		order by x.party, o.party`, []any{tx.Company, arg}, func(r *db.Rows) error {
		same[r.Int64(0)] = append(same[r.Int64(0)], r.Int64(1))
		return nil
	})
	return same, err
}

// VerifiedBanks gives those of the parties that have verified bank details.
func VerifiedBanks(ctx context.Context, tx *db.Tx, parties []int64) ([]int64, error) {
	those, arg := tx.Among("party", "$2", parties)
	return db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) },
		"select party from bank_detail where company = $1 and verified and "+those+" order by party", tx.Company, arg)
}

// OneFamily says whether two customers are one, or one is the parent of the other, or they share a parent.
func OneFamily(x, y Customer) bool {
	return x.ID == y.ID || x.Parent == y.ID || y.Parent == x.ID || (x.Parent != 0 && x.Parent == y.Parent)
}

// FamilyOf gives the other customers of a customer's family, by code.
func FamilyOf(ctx context.Context, tx *db.Tx, c Customer) ([]Customer, error) {
	return db.List(ctx, tx, func(r *db.Rows, c *Customer) error { return scanCustomer(r, c) },
		"select "+customerColumns+` from customer where company = $1 and id <> $2 and id in (select $3 union select id from customer where company = $1 and parent = $2
			union select id from customer where company = $1 and parent = $3) order by code`, tx.Company, c.ID, c.Parent)
}
