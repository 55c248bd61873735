package app

import (
	"context"
	"slices"
	"strconv"
	"time"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/party"
	"quittance/internal/payout"
)

// BankProposal is a change of a payee's bank details that a bank proposes, masked.
type BankProposal struct {
	N             int64               `json:"n"`
	Payee         string              `json:"payee"`
	Payment       string              `json:"payment"` // that the bank answered to
	Code          string              `json:"code"`    // of the notification of change
	RoutingNumber string              `json:"routing_number"`
	AccountNumber string              `json:"account_number"` // masked
	AccountType   string              `json:"account_type"`
	State         party.ProposalState `json:"state"`
	ProposedBy    string              `json:"proposed_by"`
	ProposedAt    string              `json:"proposed_at"`
	DecidedBy     string              `json:"decided_by"`
	Reason        string              `json:"reason"`
}

func viewBankProposals(ctx context.Context, tx *db.Tx, all []party.BankProposal) ([]BankProposal, error) {
	views := []BankProposal{}
	if len(all) == 0 {
		return views, nil
	}
	parties, payments := make([]int64, len(all)), make([]int64, len(all))
	for i, p := range all {
		parties[i], payments[i] = p.Party, p.Payment
	}
	codes, err := party.Codes(ctx, tx, parties)
	if err != nil {
		return nil, err
	}
	paid, err := payout.ByID(ctx, tx, payments)
	if err != nil {
		return nil, err
	}
	names := map[int64]string{}
	for _, p := range paid {
		names[p.ID] = p.Name()
	}
	for _, p := range all {
		views = append(views, BankProposal{
			N: p.N, Payee: codes[p.Party], Payment: names[p.Payment], Code: p.Code, RoutingNumber: p.Masked.RoutingNumber, AccountNumber: p.Masked.AccountNumber, AccountType: p.Masked.AccountType,
			State: p.State, ProposedBy: p.ProposedBy, ProposedAt: time.UnixMicro(p.ProposedAt).UTC().Format(time.RFC3339), DecidedBy: p.DecidedBy, Reason: p.Reason,
		})
	}
	return views, nil
}

// BankProposals gives proposed changes of bank details, the newest first: those in the state, or (blank) all.
func (a *App) BankProposals(ctx context.Context, call Call, state string, p Page) (Part[BankProposal], error) {
	var before struct {
		N int64 `json:"n"`
	}
	part := Part[BankProposal]{Items: []BankProposal{}}
	limit, err := p.open("bank proposals", &before)
	if states := []party.ProposalState{party.ProposalOpen, party.ProposalAccepted, party.ProposalRefused}; err == nil && state != "" && !slices.Contains(states, party.ProposalState(state)) {
		err = oneOf("state", state, states)
	}
	if err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, err := party.BankProposals(ctx, tx, party.ProposalState(state), before.N, limit+1)
		if err != nil {
			return err
		}
		if len(all) > limit {
			all = all[:limit]
			before.N = all[limit-1].N
			part.Next = next("bank proposals", before)
		}
		part.Items, err = viewBankProposals(ctx, tx, all)
		return err
	})
	return part, err
}

// BankProposal gives a proposed change of bank details by its number.
func (a *App) BankProposal(ctx context.Context, call Call, n int64) (*BankProposal, error) {
	var views []BankProposal
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, err := party.BankProposals(ctx, tx, "", n+1, 1)
		if err == nil && (len(all) == 0 || all[0].N != n) {
			err = fault.New(fault.NotFound, "there is no proposal %d of bank details", n)
		}
		if err == nil {
			views, err = viewBankProposals(ctx, tx, all)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &views[0], nil
}

// DecideBankProposal accepts a proposed change of bank details, which is the payee's then, or refuses it with a reason. Who read it from a
// bank's file does not decide.
func (a *App) DecideBankProposal(ctx context.Context, call Call, n int64, accept bool, reason string) (*BankProposal, error) {
	name, to := "bank_proposal.refuse", party.ProposalRefused
	if accept {
		name, to = "bank_proposal.accept", party.ProposalAccepted
	}
	return do(ctx, a, call, command{name: name, permission: identity.Approve, input: []any{n, accept, reason}}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *BankProposal, error) {
		if err := plain("reason", reason); err != nil {
			return "", nil, nil, err
		}
		if accept {
			if err := demandBankProposal(ctx, tx, c, n); err != nil {
				return "", nil, nil, err
			}
		}
		p, err := party.DecideBank(ctx, tx, a.keys, n, to, reason)
		if err != nil {
			return "", nil, nil, err
		}
		views, err := viewBankProposals(ctx, tx, []party.BankProposal{*p})
		if err != nil {
			return "", nil, nil, err
		}
		return views[0].Payee, map[string]string{"proposal": strconv.FormatInt(n, 10), "account": views[0].AccountNumber, "reason": reason}, &views[0], tellDecided(tx, views[0].Payee, accept)
	})
}
