package party

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/secret"
)

// ProposalState is what became of proposed bank details.
type ProposalState string

// The states, as stored.
const (
	ProposalOpen     ProposalState = "open"
	ProposalAccepted ProposalState = "accepted"
	ProposalRefused  ProposalState = "refused"
)

// BankProposal is a change of a party's bank details that a bank proposes. It changes nothing until somebody else than who brought it in
// accepts it.
type BankProposal struct {
	N          int64
	Party      int64
	Payment    int64  // vendor payment that the bank answered to
	Code       string // of the notification of change, such as C01
	Masked     Bank
	State      ProposalState
	ProposedBy string
	ProposedAt int64 // UTC microseconds
	DecidedBy  string
	DecidedAt  int64
	Reason     string // of the decision

	base, sealed []byte
	keyID        string
}

const proposalColumns = "n, party, payment, code, base, masked, key_id, sealed, state, proposed_by, proposed_at, decided_by, decided_at, reason"

func scanProposal(r interface{ Scan(...any) error }, p *BankProposal) error {
	var masked string
	if err := r.Scan(&p.N, &p.Party, &p.Payment, &p.Code, &p.base, &masked, &p.keyID, &p.sealed, &p.State, &p.ProposedBy, &p.ProposedAt, &p.DecidedBy, &p.DecidedAt, &p.Reason); err != nil {
		return err
	}
	return json.Unmarshal([]byte(masked), &p.Masked)
}

// fingerprint tells whether details are equal, without telling them.
func (b Bank) fingerprint(keys *secret.Keyring) ([]byte, error) {
	return keys.Fingerprint(b.IBAN + "|" + b.RoutingNumber + "|" + b.AccountNumber)
}

// ProposeBank keeps details that a bank proposes instead of the stored ones, and gives the number of the proposal: a new one, or that of an
// open one that proposes the same.
func ProposeBank(ctx context.Context, tx *db.Tx, keys *secret.Keyring, old StoredBank, b Bank, payment int64, code string) (int64, error) {
	print, err := b.fingerprint(keys)
	if err != nil {
		return 0, err
	}
	var n int64
	err = tx.Row(ctx, "select n from bank_proposal where company = $1 and party = $2 and state = 'open' and fingerprint = $3 and code = $4 and base = $5 order by n limit 1", tx.Company, old.Party, print, code, old.fingerprint).Scan(&n)
	if !errors.Is(err, db.ErrNoRows) {
		return n, err
	}
	if err := tx.Row(ctx, "select coalesce(max(n), 0) + 1 from bank_proposal where company = $1", tx.Company).Scan(&n); err != nil {
		return 0, err
	}
	x, err := sealProposal(tx, keys, n, b)
	if err != nil {
		return 0, err
	}
	rows, err := tx.Exec(ctx, "insert into bank_proposal (company, "+proposalColumns+", fingerprint) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $11, '', 0, '', $12) on conflict do nothing",
		tx.Company, n, old.Party, payment, code, old.fingerprint, x.masked, x.keyID, x.sealed, tx.Actor, tx.Micros(), print)
	if err == nil && rows == 0 {
		err = db.Again("another change of bank details was proposed at the same moment")
	}
	return n, err
}

func proposalContext(company, n int64) string { return fmt.Sprintf("bank proposal %d/%d", company, n) }

// BankProposals gives proposed bank details, the newest first: those in the state (blank: all) before the one with the number (0: none), at
// most limit.
func BankProposals(ctx context.Context, tx *db.Tx, state ProposalState, before int64, limit int) ([]BankProposal, error) {
	return db.List(ctx, tx, func(r *db.Rows, p *BankProposal) error { return scanProposal(r, p) }, "select "+proposalColumns+` from bank_proposal
		where company = $1 and ($2 = '' or state = $2) and ($3 = 0 or n < $3) order by n desc limit $4`, tx.Company, state, before, limit)
}

// DecideBank accepts proposed bank details, which then are the party's, or refuses them with a reason. Who brought them in does not
// decide, and details that changed since are not overwritten.
func DecideBank(ctx context.Context, tx *db.Tx, keys *secret.Keyring, n int64, to ProposalState, reason string) (*BankProposal, error) {
	p := &BankProposal{}
	err := scanProposal(tx.Row(ctx, "select "+proposalColumns+" from bank_proposal where company = $1 and n = $2", tx.Company, n), p)
	switch {
	case errors.Is(err, db.ErrNoRows):
		return nil, fault.New(fault.NotFound, "there is no proposal %d of bank details", n)
	case err != nil:
		return nil, err
	case p.State != ProposalOpen:
		return nil, fault.New(fault.Refused, "the proposal %d of bank details was %s by %s", n, p.State, p.DecidedBy).ByRule("proposal_decided")
	case p.ProposedBy == tx.Actor:
		return nil, fault.New(fault.Refused, "%s brought the proposal %d in; somebody else must decide about it", tx.Actor, n).ByRule("own_change")
	case to == ProposalRefused && reason == "":
		return nil, fault.New(fault.Invalid, "a refusal of bank details needs a reason").In("reason")
	}
	if to == ProposalAccepted {
		if err := p.accept(ctx, tx, keys); err != nil {
			return nil, err
		}
	}
	p.State, p.DecidedBy, p.DecidedAt, p.Reason = to, tx.Actor, tx.Micros(), reason
	rows, err := tx.Exec(ctx, "update bank_proposal set state = $1, decided_by = $2, decided_at = $3, reason = $4 where company = $5 and n = $6 and state = 'open'", to, p.DecidedBy, p.DecidedAt, reason, tx.Company, n)
	if err == nil && rows != 1 {
		err = db.Again("the proposal was decided about at the same moment")
	}
	return p, err
}

// accept puts the details in the place of those that they are a change of.
func (p *BankProposal) accept(ctx context.Context, tx *db.Tx, keys *secret.Keyring) error {
	banks, err := BanksOf(ctx, tx, []int64{p.Party})
	if err != nil {
		return err
	}
	if old, has := banks[p.Party]; !has || !bytes.Equal(old.fingerprint, p.base) {
		return fault.New(fault.Refused, "the bank details that proposal %d is about were changed since; refuse it, or change the party's details by hand", p.N).ByRule("proposal_outdated")
	}
	b, err := p.Open(tx.Company, keys)
	if err != nil {
		return err
	}
	return SaveBank(ctx, tx, keys, p.Party, b, Trust{Verified: true, ChangedAt: tx.Micros(), ChangedBy: p.ProposedBy, ConfirmedBy: tx.Actor})
}

// FindBankProposal gives the proposed bank details with the number; none is [fault.NotFound].
func FindBankProposal(ctx context.Context, tx *db.Tx, n int64) (*BankProposal, error) {
	p := &BankProposal{}
	err := scanProposal(tx.Row(ctx, "select "+proposalColumns+" from bank_proposal where company = $1 and n = $2", tx.Company, n), p)
	if errors.Is(err, db.ErrNoRows) {
		return nil, fault.New(fault.NotFound, "there is no proposal %d of bank details", n)
	}
	return p, err
}
