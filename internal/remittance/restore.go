package remittance

import (
	"context"

	"quittance/internal/db"
)

// All gives every remittance of the company, in the order in which they came to be: to be written down, and brought in elsewhere.
func All(ctx context.Context, tx *db.Tx) ([]*Remittance, error) {
	return db.List(ctx, tx, func(r *db.Rows, p **Remittance) error {
		*p = &Remittance{}
		return scan(r, *p)
	}, "select "+columns+" where r.company = $1 order by r.id", tx.Company)
}

// Restore writes remittances that were brought in, which the caller has tested, with their ids and files; journals gives the journal
// that each made, by code.
func Restore(ctx context.Context, tx *db.Tx, all []*Remittance, journals map[string]int64) error {
	for _, r := range all {
		if err := r.insert(ctx, tx, journals[r.Code]); err != nil {
			return err
		}
	}
	return nil
}
