package payout

import (
	"bytes"
	"context"

	"quittance/internal/db"
	"quittance/internal/party"
	"quittance/internal/secret"
)

// FollowKeys makes approvals hold whose payees' bank details got a new fingerprint, since their key was changed: those that held before, and
// no other. It says how many those are.
func FollowKeys(ctx context.Context, tx *db.Tx, changed []party.Rotated) (followed int, err error) {
	of := make(map[int64]party.Rotated, len(changed))
	ids := make([]int64, len(changed))
	for i, x := range changed {
		of[x.Party], ids[i] = x, x.Party
	}
	those, arg := tx.Among("p.payee", "$2", ids)
	approved, err := db.List(ctx, tx, scanPayment, "select "+paymentColumns+" where p.company = $1 and p.status in ('created', 'approved', 'generated', 'sent') and p.approved_by <> '' and "+those+" order by p.id", tx.Company, arg)
	if err != nil || len(approved) == 0 {
		return 0, err
	}
	if err := fillItems(ctx, tx, approved); err != nil {
		return 0, err
	}
	all, err := payees(ctx, tx, approved)
	if err != nil {
		return 0, err
	}
	for _, p := range approved {
		s, x := all[p.Payee], of[p.Payee]
		if s == nil || !bytes.Equal(p.Digest, p.digestWith(s, x.Was)) {
			continue // it did not hold before
		}
		n, err := tx.Exec(ctx, "update vendor_payment set digest = $1 where company = $2 and id = $3 and digest = $4", p.digestWith(s, x.Is), tx.Company, p.ID, p.Digest)
		if err != nil {
			return 0, err
		}
		if n != 1 {
			return 0, db.Again("a payment was changed by somebody else")
		}
		followed++
	}
	return followed, nil
}

// RotateFile seals the next payment file that another key than that for new work sealed; false when there is none.
func RotateFile(ctx context.Context, tx *db.Tx, keys *secret.Keyring) (bool, error) {
	all, err := db.List(ctx, tx, func(r *db.Rows, f *File) error { return scanFile(r, f, &f.keyID, &f.sealed) },
		"select "+fileColumns+", key_id, sealed from payment_file where company = $1 and key_id <> $2 order by id limit 1", tx.Company, keys.Current())
	if err != nil || len(all) == 0 {
		return false, err
	}
	f := &all[0]
	keyID, sealed, err := keys.Reseal(f.keyID, f.sealed, f.context(tx.Company))
	if err != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, "update payment_file set key_id = $1, sealed = $2 where company = $3 and id = $4", keyID, sealed, tx.Company, f.ID)
	return true, err
}

// TryKeys opens some payment files of each key; see [party.TryKeys].
func TryKeys(ctx context.Context, tx *db.Tx, keys *secret.Keyring) (secret.Uses, error) {
	uses := secret.Uses{}
	err := tx.Each(ctx, "select key_id, count(*) from payment_file where company = $1 group by key_id", []any{tx.Company}, func(r *db.Rows) error {
		uses[r.Text(0)] = &secret.Use{Values: r.Int64(1)}
		return nil
	})
	for id, u := range uses {
		if err != nil {
			return nil, err
		}
		err = tx.Each(ctx, "select id, sealed from payment_file where company = $1 and key_id = $2 order by id limit $3", []any{tx.Company, id, secret.Tries}, func(r *db.Rows) error {
			u.Try(keys, id, r.Bytes(1), (&File{ID: r.Int64(0)}).context(tx.Company))
			return nil
		})
	}
	return uses, err
}
