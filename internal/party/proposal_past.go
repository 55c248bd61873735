package party

import (
	"bytes"
	"context"
	"encoding/json"

	"quittance/internal/db"
	"quittance/internal/secret"
)

// AllProposals gives all proposed bank details, the oldest first, and which open ones are outdated: the party's details are others by now
// than those that they are a change of.
func AllProposals(ctx context.Context, tx *db.Tx) (all []BankProposal, outdated map[int64]bool, err error) {
	all, err = db.List(ctx, tx, func(r *db.Rows, p *BankProposal) error { return scanProposal(r, p) }, "select "+proposalColumns+" from bank_proposal where company = $1 order by n", tx.Company)
	if err != nil || len(all) == 0 {
		return all, nil, err
	}
	parties := make([]int64, len(all))
	for i := range all {
		parties[i] = all[i].Party
	}
	banks, err := BanksOf(ctx, tx, parties)
	outdated = map[int64]bool{}
	for i := range all {
		b, has := banks[all[i].Party]
		outdated[all[i].N] = all[i].State == ProposalOpen && (!has || !bytes.Equal(b.fingerprint, all[i].base))
	}
	return all, outdated, err
}

// Open gives the proposed details in clear.
func (p *BankProposal) Open(company int64, keys *secret.Keyring) (b Bank, err error) {
	plain, err := keys.Open(p.keyID, p.sealed, proposalContext(company, p.N))
	if err != nil {
		return b, err
	}
	return b, json.Unmarshal(plain, &b)
}

// RestoreProposal keeps proposed bank details that were brought in, under their number. An open one is a change of the party's details as
// they are now, unless it is outdated: then it is a change of none that the party has.
func RestoreProposal(ctx context.Context, tx *db.Tx, keys *secret.Keyring, p *BankProposal, b Bank, outdated bool) error {
	base := []byte{}
	if p.State == ProposalOpen && !outdated {
		banks, err := BanksOf(ctx, tx, []int64{p.Party})
		if err != nil {
			return err
		}
		if old, has := banks[p.Party]; has {
			base = old.fingerprint
		}
	}
	s, err := sealProposal(tx, keys, p.N, b)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, "insert into bank_proposal (company, "+proposalColumns+", fingerprint) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
		tx.Company, p.N, p.Party, p.Payment, p.Code, base, s.masked, s.keyID, s.sealed, p.State, p.ProposedBy, p.ProposedAt, p.DecidedBy, p.DecidedAt, p.Reason, s.print)
	return err
}

// sealedProposal is how proposed details are stored.
type sealedProposal struct {
	masked, keyID string
	sealed, print []byte
}

func sealProposal(tx *db.Tx, keys *secret.Keyring, n int64, b Bank) (s sealedProposal, err error) {
	if s.print, err = b.fingerprint(keys); err != nil {
		return s, err
	}
	plain, err := json.Marshal(b)
	if err != nil {
		return s, err
	}
	masked, err := json.Marshal(b.Masked())
	if err != nil {
		return s, err
	}
	s.masked = string(masked)
	s.keyID, s.sealed, err = keys.Seal(plain, proposalContext(tx.Company, n))
	return s, err
}
