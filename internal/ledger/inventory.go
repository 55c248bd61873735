package ledger

import (
	"context"

	"quittance/internal/db"
)

// Inventory is what there is of a company, for comparing a copy with it.
type Inventory struct {
	Company  string `json:"company"`
	Vouchers int64  `json:"vouchers"`
	Entries  int64  `json:"entries"`
	LastSeal string `json:"last_seal"` // blank: none
}

// Inventories counts what there is of every company.
func Inventories(ctx context.Context, tx *db.Tx) ([]Inventory, error) {
	type one struct {
		id int64
		Inventory
	}
	all, err := db.List(ctx, tx, func(r *db.Rows, c *one) error { return r.Scan(&c.id, &c.Company, &c.Vouchers, &c.Entries) }, `
		select id, code, (select count(*) from voucher v where v.company = c.id), (select count(*) from entry e where e.company = c.id)
		from company c order by code`)
	if err != nil {
		return nil, err
	}
	given := tx.Company
	defer func() { tx.Company = given }()
	inventories := make([]Inventory, len(all))
	for i, c := range all {
		tx.Company = c.id
		if c.LastSeal, err = LastSeal(ctx, tx); err != nil {
			return nil, err
		}
		inventories[i] = c.Inventory
	}
	return inventories, nil
}
