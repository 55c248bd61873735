package bank

import (
	"context"
	"errors"

	"quittance/internal/db"
	"quittance/internal/secret"
)

// RotateFile seals the next file of statements that another key than that for new work sealed; false when there is none.
func RotateFile(ctx context.Context, tx *db.Tx, keys *secret.Keyring) (bool, error) {
	var id int64
	var keyID string
	var sealed []byte
	err := tx.Row(ctx, "select id, key_id, sealed from bank_file where company = $1 and key_id <> $2 order by id limit 1", tx.Company, keys.Current()).Scan(&id, &keyID, &sealed)
	if errors.Is(err, db.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	newID, again, err := keys.Reseal(keyID, sealed, fileContext(tx.Company, id))
	if err != nil {
		return false, err
	}
	_, err = tx.Exec(ctx, "update bank_file set key_id = $1, sealed = $2 where company = $3 and id = $4", newID, again, tx.Company, id)
	return true, err
}

// TryKeys opens some files of statements of each key; see [party.TryKeys].
func TryKeys(ctx context.Context, tx *db.Tx, keys *secret.Keyring) (secret.Uses, error) {
	uses := secret.Uses{}
	err := tx.Each(ctx, "select key_id, count(*) from bank_file where company = $1 group by key_id", []any{tx.Company}, func(r *db.Rows) error {
		uses[r.Text(0)] = &secret.Use{Values: r.Int64(1)}
		return nil
	})
	for id, u := range uses {
		if err != nil {
			return nil, err
		}
		err = tx.Each(ctx, "select id, sealed from bank_file where company = $1 and key_id = $2 order by id limit $3", []any{tx.Company, id, secret.Tries}, func(r *db.Rows) error {
			u.Try(keys, id, r.Bytes(1), fileContext(tx.Company, r.Int64(0)))
			return nil
		})
	}
	return uses, err
}
