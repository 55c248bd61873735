package app

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"

	"quittance/internal/approval"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/party"
	"quittance/internal/payout"
	"quittance/internal/policy"
	"quittance/internal/reimbursement"
	"quittance/internal/request"
)

// ruled says whether anything asks for approval of subjects of a kind.
func (a *App) ruled(ctx context.Context, call Call, k policy.Kind) (ruled bool, err error) {
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		ruled, err = approval.Ruled(ctx, tx, k)
		return err
	})
	return ruled, err
}

// unapproved adds to the problems of payments what keeps them for want of an approval.
func unapproved(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*payout.Payment, problems map[int64]error) error {
	_, err := eachPayment(ctx, tx, c, payments, func(p *payout.Payment, s approval.Subject) error {
		if problems[p.ID] != nil {
			return nil
		}
		x, err := approval.Of(ctx, tx, s.Kind, s.ID)
		if err != nil {
			return err
		}
		if x == nil || !x.State.Live() {
			rule, aerr := approval.Asked(ctx, tx, s)
			if err = aerr; err == nil && rule != "" {
				err = fault.New(fault.Refused, "payment %s needs approval by the rule %s; submit it: quittance approvals submit %s", p.Name(), rule, p.Name()).ByRule("not_approved")
			}
		} else if err = approval.Require(ctx, tx, s.Kind, s.ID, s.Digest); err == nil {
			err = approval.Payer(ctx, tx, s.Kind, s.ID, tx.Actor)
		}
		if ours(err) {
			problems[p.ID], err = err, nil
		}
		return err
	})
	return err
}

// demandReimbursementReversal asks for the approval of a reversal of reimbursements that are named.
func demandReimbursementReversal(ctx context.Context, tx *db.Tx, c *ledger.Company, numbers []string, date civil.Date, reason string) error {
	if len(numbers) == 0 {
		return nil // which is refused for itself
	}
	v, err := ledger.Lookup(ctx, tx, numbers[0])
	if err != nil {
		return err
	}
	name := numbers[0]
	if len(numbers) > 1 {
		name = fmt.Sprintf("%s and %d more", name, len(numbers)-1)
	}
	return demandReversal(ctx, tx, c, "reimbursement", v.ID, name, numbers, []any{date, reason})
}

// demandRunReversal asks for the approval of a reversal of a run as a whole. Its approval is not used up: cut off, the reversal goes on with
// it, and what is reversed is not reversed again.
func (a *App) demandRunReversal(ctx context.Context, call Call, r *reimbursement.Run, date civil.Date, reason string) error {
	ruled, err := a.ruled(ctx, call, policy.Reversal)
	if err != nil || !ruled {
		return err
	}
	call.Key = ""
	_, err = do(ctx, a, call, command{name: "reimburse.reverse.begin", permission: identity.Reimburse}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, bool, error) {
		s, err := runSubject(ctx, tx, c, r)
		if err != nil {
			return "", nil, false, err
		}
		s.Kind, s.Title, s.Facts.Type, s.Facts.Requester, s.Submitter = policy.Reversal, "Reversal of "+s.Title, "run", "", ""
		s.Digest = digestOf([]any{"run", r.ID, date, reason})
		return r.Code, map[string]any{"date": date, "reason": reason}, true, approval.Demand(ctx, tx, *s)
	})
	return err
}

// partySubject is a change of who is paid, or where, as what is to be approved.
func partySubject(c *ledger.Company, kind string, id int64, code, name, title string, content any) approval.Subject {
	return approval.Subject{
		Kind: policy.PayeeChange, ID: id, Name: name, Title: title, Digest: digestOf([]any{kind, id, content}),
		Facts: approval.Facts{Type: kind, Currency: c.Currency.Code, Accounting: c.Currency, Payee: code},
	}
}

// bankChange is a party's changed bank details as what is to be approved; asked for by who changed them.
func bankChange(ctx context.Context, tx *db.Tx, c *ledger.Company, id int64, code string) (*approval.Subject, error) {
	banks, err := party.BanksOf(ctx, tx, []int64{id})
	if err != nil {
		return nil, err
	}
	b, has := banks[id]
	if !has {
		return nil, fault.New(fault.Refused, "%s has no bank details", code).ByRule("no_bank_details")
	}
	s := partySubject(c, "bank_details", id, code, code, "Changed bank details of "+code, hex.EncodeToString(b.Fingerprint()))
	s.Facts.Requester = b.ChangedBy
	return &s, nil
}

// demandBankChange refuses to confirm bank details that must be approved first. The last approval confirms them.
func demandBankChange(ctx context.Context, tx *db.Tx, c *ledger.Company, id int64, code string) error {
	ruled, err := approval.Ruled(ctx, tx, policy.PayeeChange)
	if err != nil || !ruled {
		return err
	}
	s, err := bankChange(ctx, tx, c, id, code)
	if err != nil {
		return err
	}
	s.Submitter = s.Facts.Requester
	return approval.Demand(ctx, tx, *s)
}

// demandBankProposal refuses to accept bank details that a bank proposes and that must be approved first. The last approval accepts them.
func demandBankProposal(ctx context.Context, tx *db.Tx, c *ledger.Company, n int64) error {
	ruled, err := approval.Ruled(ctx, tx, policy.PayeeChange)
	if err != nil || !ruled {
		return err
	}
	p, err := party.FindBankProposal(ctx, tx, n)
	if err != nil {
		return err
	}
	code, err := partyCode(ctx, tx, p.Party)
	if err != nil {
		return err
	}
	// Proposals are counted, so that their numbers might be ids of parties.
	s := partySubject(c, "bank_proposal", -n, code, fmt.Sprintf("proposal %d", n), "Bank details of "+code+" that a bank proposes", p.Masked)
	s.Facts.Requester, s.Submitter = p.ProposedBy, p.ProposedBy
	return approval.Demand(ctx, tx, s)
}

// demandPayee refuses to pay somebody else than the vendor when that must be approved first.
func demandPayee(ctx context.Context, tx *db.Tx, c *ledger.Company, p *payout.Payment, payee, reason string) error {
	ruled, err := approval.Ruled(ctx, tx, policy.PayeeChange)
	if err != nil || !ruled {
		return err
	}
	s := partySubject(c, "other_payee", p.ID, payee, p.Name()+" to "+payee, fmt.Sprintf("Payment %s goes to %s: %s", p.Name(), payee, reason), []string{payee, reason})
	s.Facts.Currency, s.Facts.Amount = p.Currency, p.Amount
	if s.Facts.Worth, err = inAccounting(tx, c, p.Currency, p.Amount); err != nil {
		return err
	}
	return approval.Use(ctx, tx, s)
}

// carried is what follows at once from the last approval, where nobody else needs to do anything: a payment is approved, changed bank details
// are confirmed, proposed ones accepted.
func (a *App) carried(ctx context.Context, tx *db.Tx, x *approval.Approval) error {
	switch {
	case x.State != approval.Approved:
		return nil
	case x.Kind == policy.Payment:
		payments, err := payout.ByID(ctx, tx, []int64{x.Subject})
		if err != nil || len(payments) == 0 || payments[0].Status != payout.Created {
			return err
		}
		return payout.Approve(ctx, tx, payments)
	case x.Kind == policy.PayeeChange && x.Facts.Type == "bank_details":
		err := party.ConfirmBank(ctx, tx, x.Subject, x.Name)
		if fault.RuleOf(err) == "nothing_to_confirm" {
			return nil
		}
		return err
	case x.Kind == policy.PayeeChange && x.Facts.Type == "bank_proposal":
		_, err := party.DecideBank(ctx, tx, a.keys, -x.Subject, party.ProposalAccepted, "approved as "+x.Code())
		return err
	}
	return nil
}

// decideRequest decides on the approval of a request by the way that requests take, so that the request goes where its approval goes.
func (a *App) decideRequest(ctx context.Context, tx *db.Tx, c *ledger.Company, call Call, code string, d approval.Decision, debits bool) error {
	x, err := request.Find(ctx, tx, code)
	if err != nil {
		return err
	}
	switch d.Verb {
	case approval.Answering:
		return a.answerRequest(ctx, tx, c, x, d.Reason)
	case approval.Withdrawing:
		return a.endRequest(ctx, tx, x, d.Reason, func() error { return x.Withdraw(ctx, tx, c, d.Reason) })
	}
	return a.decideOn(ctx, tx, c, call.Actor, x, d.Verb, RequestDecision{Text: d.Reason, Debits: debits})
}

// current refuses to decide on what is not any longer what was submitted.
func current(ctx context.Context, tx *db.Tx, c *ledger.Company, x *approval.Approval) error {
	var now []byte
	switch {
	case x.Kind == policy.Payment:
		payments, err := payout.ByID(ctx, tx, []int64{x.Subject})
		if err != nil || len(payments) == 0 {
			return errors.Join(err, fault.New(fault.NotFound, "the payment %s is not there any more", x.Name))
		}
		if err := payout.MayApprove(ctx, tx, payments[0]); err != nil {
			return err
		}
		contents, err := payout.Approvables(ctx, tx, payments)
		if err != nil {
			return err
		}
		now = contents[x.Subject].Digest
	case x.Kind == policy.Run:
		r, err := reimbursement.FindRun(ctx, tx, x.Name)
		if err != nil {
			return err
		}
		s, err := runSubject(ctx, tx, c, &r)
		if err != nil {
			return err
		}
		if r.CreatedBy == tx.Actor {
			return fault.New(fault.Denied, "%s proposed the run %s; somebody else must approve it", tx.Actor, r.Code).ByRule("separation_of_duties")
		}
		mine, err := approval.PartiesOf(ctx, tx, tx.Actor)
		for _, code := range mine {
			for _, paid := range s.Facts.Payees {
				if code == paid {
					return fault.New(fault.Denied, "%s is paid by the run %s; nobody approves a payment to oneself", tx.Actor, r.Code).ByRule("separation_of_duties")
				}
			}
		}
		if err != nil {
			return err
		}
		now = s.Digest
	case x.Kind == policy.PayeeChange && x.Facts.Type == "bank_details":
		s, err := bankChange(ctx, tx, c, x.Subject, x.Name)
		if err != nil {
			return err
		}
		now = s.Digest
	default:
		return nil // what was submitted is tested when it is carried out
	}
	if string(now) != string(x.Digest) {
		return fault.New(fault.Conflict, "%s is not any longer what was submitted as %s; it must be submitted again", x.Name, x.Code()).ByRule("changed_after_submission")
	}
	return nil
}

// NeedsApproval says whether an approval rule or policy on subjects of a kind is in force.
func (a *App) NeedsApproval(ctx context.Context, call Call, kind string) (bool, error) {
	if err := policy.CheckKind(policy.Kind(kind)); err != nil {
		return false, err
	}
	return a.ruled(ctx, call, policy.Kind(kind))
}
