package unclaimed

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/secret"
)

// kept is a document that is kept sealed, with its digest.
type kept struct {
	ID     int64
	Code   string
	SHA256 []byte
	keyID  string
	sealed []byte
}

func (k *kept) context(company int64) string {
	return fmt.Sprintf("unclaimed document %d/%d", company, k.ID)
}

func (k *kept) seal(tx *db.Tx, keys *secret.Keyring, content []byte) (err error) {
	sum := sha256.Sum256(content)
	k.SHA256 = sum[:]
	k.keyID, k.sealed, err = keys.Seal(content, k.context(tx.Company))
	return err
}

// Open gives the content; one that was changed behind the program's back is [fault.Violation].
func (k *kept) Open(tx *db.Tx, keys *secret.Keyring) ([]byte, error) {
	content, err := keys.Open(k.keyID, k.sealed, k.context(tx.Company))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(content); !bytes.Equal(sum[:], k.SHA256) {
		return nil, fault.New(fault.Violation, "%s is not what was made", k.Code).ByRule("unclaimed_document")
	}
	return content, nil
}

// keptIn are the tables that keep documents sealed.
var keptIn = []string{"unclaimed_letter", "unclaimed_report"}

// RotateDocument seals the next letters or report that another key than that for new work sealed; false when there are none.
func RotateDocument(ctx context.Context, tx *db.Tx, keys *secret.Keyring) (bool, error) {
	for _, table := range keptIn {
		k := kept{}
		err := tx.Row(ctx, "select id, key_id, sealed from "+table+" where company = $1 and key_id <> $2 order by id limit 1", tx.Company, keys.Current()).Scan(&k.ID, &k.keyID, &k.sealed)
		if errors.Is(err, db.ErrNoRows) {
			continue
		}
		if err != nil {
			return false, err
		}
		id, again, err := keys.Reseal(k.keyID, k.sealed, k.context(tx.Company))
		if err != nil {
			return false, err
		}
		_, err = tx.Exec(ctx, "update "+table+" set key_id = $1, sealed = $2 where company = $3 and id = $4", id, again, tx.Company, k.ID)
		return true, err
	}
	return false, nil
}

// TryKeys opens some documents of each key; see [party.TryKeys].
func TryKeys(ctx context.Context, tx *db.Tx, keys *secret.Keyring) (secret.Uses, error) {
	uses := secret.Uses{}
	for _, table := range keptIn {
		here := map[string]bool{}
		err := tx.Each(ctx, "select key_id, count(*) from "+table+" where company = $1 group by key_id", []any{tx.Company}, func(r *db.Rows) error {
			id := r.Text(0)
			if here[id] = true; uses[id] == nil {
				uses[id] = &secret.Use{}
			}
			uses[id].Values += r.Int64(1)
			return nil
		})
		for id := range here {
			if err != nil {
				return nil, err
			}
			err = tx.Each(ctx, "select id, sealed from "+table+" where company = $1 and key_id = $2 order by id limit $3", []any{tx.Company, id, secret.Tries}, func(r *db.Rows) error {
				k := kept{ID: r.Int64(0)}
				uses[id].Try(keys, id, r.Bytes(1), k.context(tx.Company))
				return nil
			})
		}
		if err != nil {
			return nil, err
		}
	}
	return uses, nil
}
