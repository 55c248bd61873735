package party

import (
	"context"
	"encoding/json"
	"slices"

	"quittance/internal/db"
)

// CustomersByID gives the customers with the ids.
func CustomersByID(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]*Customer, error) {
	found := make(map[int64]*Customer, len(ids))
	those, arg := tx.Among("id", "$2", ids)
	err := tx.Each(ctx, "select "+customerColumns+" from customer where company = $1 and "+those, []any{tx.Company, arg}, func(r *db.Rows) error {
		c := &Customer{}
		err := scanCustomer(r, c)
		found[c.ID] = c
		return err
	})
	return found, err
}

const codesTogether = 400 // codes looked up by one query

// CustomersByCode gives those customers who have one of the codes.
func CustomersByCode(ctx context.Context, tx *db.Tx, codes []string) ([]Customer, error) {
	return byCode(ctx, tx, "select "+customerColumns+" from customer", codes, func(r *db.Rows, c *Customer) error { return scanCustomer(r, c) })
}

// VendorsByCode gives those vendors who have one of the codes.
func VendorsByCode(ctx context.Context, tx *db.Tx, codes []string) ([]Vendor, error) {
	return byCode(ctx, tx, "select "+vendorColumns+" from vendor", codes, func(r *db.Rows, v *Vendor) error { return scanVendor(r, v) })
}

func byCode[P any](ctx context.Context, tx *db.Tx, from string, codes []string, scan func(*db.Rows, *P) error) (all []P, err error) {
	for some := range slices.Chunk(codes, codesTogether) {
		those, args := db.AmongTexts("code", 2, some)
		found, err := db.List(ctx, tx, scan, from+" where company = $1 and "+those, append([]any{tx.Company}, args...)...)
		if err != nil {
			return nil, err
		}
		all = append(all, found...)
	}
	return all, nil
}

// VendorsByID gives the vendors with the ids.
func VendorsByID(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]*Vendor, error) {
	found := make(map[int64]*Vendor, len(ids))
	if len(ids) == 0 {
		return found, nil
	}
	those, arg := tx.Among("id", "$2", ids)
	err := tx.Each(ctx, "select "+vendorColumns+" from vendor where company = $1 and "+those, []any{tx.Company, arg}, func(r *db.Rows) error {
		v := &Vendor{}
		err := scanVendor(r, v)
		found[v.ID] = v
		return err
	})
	return found, err
}

// VendorCodes gives those of the codes that vendors have.
func VendorCodes(ctx context.Context, tx *db.Tx, codes []string) (map[string]bool, error) {
	those, args := db.AmongTexts("code", 2, codes)
	taken := map[string]bool{}
	err := tx.Each(ctx, "select code from vendor where company = $1 and "+those, append([]any{tx.Company}, args...), func(r *db.Rows) error {
		taken[r.Text(0)] = true
		return nil
	})
	return taken, err
}

// HasVendor says whether a vendor has the code.
func HasVendor(ctx context.Context, tx *db.Tx, code string) (has bool, err error) {
	err = tx.Row(ctx, "select exists (select 1 from vendor where company = $1 and code = $2)", tx.Company, code).Scan(&has)
	return has, err
}

// VendorOf names the vendor who is paid in a customer's stead.
type VendorOf struct{ Customer, Vendor int64 }

// SetVendors writes vendors into customers that have none. When one of them has got a vendor meanwhile, the unit starts afresh.
func SetVendors(ctx context.Context, tx *db.Tx, links []VendorOf) error {
	var n int64
	if tx.Postgres() {
		customers, vendors := make([]int64, len(links)), make([]int64, len(links))
		for i, l := range links {
			customers[i], vendors[i] = l.Customer, l.Vendor
		}
		done, err := tx.Exec(ctx, "update customer set vendor = x.vendor from unnest($2::bigint[], $3::bigint[]) x(customer, vendor) where customer.company = $1 and customer.id = x.customer and customer.vendor is null",
			tx.Company, customers, vendors)
		if err != nil {
			return err
		}
		n = done
	} else {
		for _, l := range links {
			done, err := tx.Exec(ctx, "update customer set vendor = $1 where company = $2 and id = $3 and vendor is null", l.Vendor, tx.Company, l.Customer)
			if err != nil {
				return err
			}
			n += done
		}
	}
	if n != int64(len(links)) {
		return db.Again("a customer got a vendor from somebody else")
	}
	return nil
}

// BanksOf gives the bank details of the parties that have any.
func BanksOf(ctx context.Context, tx *db.Tx, parties []int64) (map[int64]StoredBank, error) {
	found := map[int64]StoredBank{}
	those, arg := tx.Among("party", "$2", parties)
	err := tx.Each(ctx, "select "+storedBank+" from bank_detail where company = $1 and "+those, []any{tx.Company, arg}, func(r *db.Rows) error {
		s, err := scanBank(r)
		found[s.Party] = s
		return err
	})
	return found, err
}

func scanBank(r *db.Rows) (s StoredBank, err error) {
	var masked string
	if err := r.Scan(&s.Party, &s.Verified, &masked, &s.keyID, &s.sealed, &s.fingerprint, &s.ChangedAt, &s.ChangedBy, &s.ConfirmedBy); err != nil {
		return s, err
	}
	return s, json.Unmarshal([]byte(masked), &s.Masked)
}
