package party

import (
	"context"
	"encoding/json"
	"fmt"

	"quittance/internal/db"
	"quittance/internal/secret"
)

// Rotated is what became of the bank details of a party: their fingerprints under the old key and the new one.
type Rotated struct {
	Party   int64
	Was, Is []byte
}

// RotateBanks seals bank details anew, and makes their fingerprints, with the key for new work: those of at most limit parties that have
// another one, after the party with the id.
func RotateBanks(ctx context.Context, tx *db.Tx, keys *secret.Keyring, after int64, limit int) ([]Rotated, error) {
	all, err := db.List(ctx, tx, func(r *db.Rows, s *StoredBank) (err error) {
		*s, err = scanBank(r)
		return err
	}, "select "+storedBank+" from bank_detail where company = $1 and party > $2 and key_id <> $3 order by party limit $4", tx.Company, after, keys.Current(), limit)
	if err != nil {
		return nil, err
	}
	done := make([]Rotated, len(all))
	for i := range all {
		s := &all[i]
		plain, err := keys.Open(s.keyID, s.sealed, bankContext(tx.Company, s.Party))
		if err != nil {
			return nil, fmt.Errorf("the bank details of the party of id %d: %w", s.Party, err)
		}
		var b Bank
		if err := json.Unmarshal(plain, &b); err != nil {
			return nil, err
		}
		done[i] = Rotated{Party: s.Party, Was: s.fingerprint}
		if done[i].Is, err = b.fingerprint(keys); err != nil {
			return nil, err
		}
		keyID, sealed, err := keys.Seal(plain, bankContext(tx.Company, s.Party))
		if err != nil {
			return nil, err
		}
		n, err := tx.Exec(ctx, "update bank_detail set key_id = $1, sealed = $2, fingerprint = $3 where company = $4 and party = $5 and key_id = $6 and fingerprint = $7",
			keyID, sealed, done[i].Is, tx.Company, s.Party, s.keyID, s.fingerprint)
		if err != nil {
			return nil, err
		}
		if n != 1 {
			return nil, db.Again("bank details were changed by somebody else")
		}
		if _, err := tx.Exec(ctx, "update bank_proposal set base = $1 where company = $2 and party = $3 and base = $4", done[i].Is, tx.Company, s.Party, s.fingerprint); err != nil {
			return nil, err
		}
	}
	return done, nil
}

// RotateProposals does the same to bank details that are, or were, proposed, and says to how many.
func RotateProposals(ctx context.Context, tx *db.Tx, keys *secret.Keyring, limit int) (int, error) {
	all, err := db.List(ctx, tx, func(r *db.Rows, p *BankProposal) error { return scanProposal(r, p) },
		"select "+proposalColumns+" from bank_proposal where company = $1 and key_id <> $2 order by n limit $3", tx.Company, keys.Current(), limit)
	if err != nil {
		return 0, err
	}
	for _, p := range all {
		plain, err := keys.Open(p.keyID, p.sealed, proposalContext(tx.Company, p.N))
		if err != nil {
			return 0, fmt.Errorf("the proposal %d of bank details: %w", p.N, err)
		}
		var b Bank
		if err := json.Unmarshal(plain, &b); err != nil {
			return 0, err
		}
		print, err := b.fingerprint(keys)
		if err != nil {
			return 0, err
		}
		keyID, sealed, err := keys.Seal(plain, proposalContext(tx.Company, p.N))
		if err != nil {
			return 0, err
		}
		if _, err := tx.Exec(ctx, "update bank_proposal set key_id = $1, sealed = $2, fingerprint = $3 where company = $4 and n = $5", keyID, sealed, print, tx.Company, p.N); err != nil {
			return 0, err
		}
	}
	return len(all), nil
}

// TryProposals is [TryKeys] of bank details that are, or were, proposed.
func TryProposals(ctx context.Context, tx *db.Tx, keys *secret.Keyring) (secret.Uses, error) {
	uses := secret.Uses{}
	err := tx.Each(ctx, "select key_id, count(*) from bank_proposal where company = $1 group by key_id", []any{tx.Company}, func(r *db.Rows) error {
		uses[r.Text(0)] = &secret.Use{Values: r.Int64(1)}
		return nil
	})
	for id, u := range uses {
		if err != nil {
			return nil, err
		}
		err = tx.Each(ctx, "select n, sealed from bank_proposal where company = $1 and key_id = $2 order by n limit $3", []any{tx.Company, id, secret.Tries}, func(r *db.Rows) error {
			u.Try(keys, id, r.Bytes(1), proposalContext(tx.Company, r.Int64(0)))
			return nil
		})
	}
	return uses, err
}

// TryKeys opens some bank details of each key, and says how many of each key are there, and of which keys none that was tried opens.
func TryKeys(ctx context.Context, tx *db.Tx, keys *secret.Keyring) (secret.Uses, error) {
	uses := secret.Uses{}
	err := tx.Each(ctx, "select key_id, count(*) from bank_detail where company = $1 group by key_id", []any{tx.Company}, func(r *db.Rows) error {
		uses[r.Text(0)] = &secret.Use{Values: r.Int64(1)}
		return nil
	})
	for id, u := range uses {
		if err != nil {
			return nil, err
		}
		err = tx.Each(ctx, "select party, sealed from bank_detail where company = $1 and key_id = $2 order by party limit $3", []any{tx.Company, id, secret.Tries}, func(r *db.Rows) error {
			u.Try(keys, id, r.Bytes(1), bankContext(tx.Company, r.Int64(0)))
			return nil
		})
	}
	return uses, err
}
