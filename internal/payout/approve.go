package payout

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// digest is what an approval is bound to: who gets how much, from where, by what way, on which bank details, for what.
func (p *Payment) digest(s *payee) []byte {
	var details []byte
	if s.bank != nil {
		details = s.bank.Fingerprint()
	}
	return p.digestWith(s, details)
}

// digestWith is digest with the fingerprint of the payee's bank details given.
func (p *Payment) digestWith(s *payee, details []byte) []byte {
	type item struct {
		Voucher int64
		Amount  money.Amount
	}
	content := struct {
		Payment, Vendor, Payee, Bank int64
		Note, Method, Currency, Date string
		Amount                       money.Amount
		Name                         string
		Address                      any
		Details                      []byte
		Items                        []item
	}{p.ID, p.Vendor, p.Payee, p.Bank, p.PayeeNote, p.Method, p.Currency, p.Date.String(), p.Amount, s.name, s.address, details, nil}
	for _, x := range p.Items {
		content.Items = append(content.Items, item{x.Voucher, x.Amount})
	}
	text, _ := json.Marshal(content) // of plain values
	sum := sha256.Sum256(text)
	return sum[:]
}

// NeedsApproval says whether a payment is of so much that somebody must approve it; its currency is worth what the rate of its date says.
func (p *Payment) NeedsApproval(c *ledger.Company, from *money.Amount) (bool, error) {
	if from == nil {
		return false, nil
	}
	if p.Currency == c.Currency.Code {
		return p.Amount >= *from, nil
	}
	cur, err := money.CurrencyOf(p.Currency)
	if err != nil {
		return false, err
	}
	rate, err := c.Rate(p.Currency, p.Date)
	if err != nil {
		return false, err
	}
	worth, err := rate.Convert(p.Amount, cur, c.Currency)
	return worth >= *from, err
}

// approved tests the approval of a payment that is about to be paid by the actor.
func (p *Payment) approved(c *ledger.Company, s *payee, policy PostingPolicy, actor string) error {
	needs, err := p.NeedsApproval(c, policy.ApprovalFrom)
	if err != nil {
		return err
	}
	switch {
	case p.ApprovedBy == "" && needs:
		return fault.New(fault.Refused, "payment %s of %s %s needs approval before it is paid", p.Name(), show(p.Currency, p.Amount), p.Currency).ByRule("not_approved")
	case p.ApprovedBy == "":
		return nil
	case !bytes.Equal(p.Digest, p.digest(s)):
		return fault.New(fault.Refused, "payment %s is not what %s approved: the payee, its bank details, the amount or what is paid changed since; let it be approved again", p.Name(), p.ApprovedBy).ByRule("changed_after_approval")
	case p.ApprovedBy == actor:
		return fault.New(fault.Denied, "%s approved payment %s; somebody else must pay it", actor, p.Name()).ByRule("separation_of_duties")
	}
	return nil
}

// Approve approves payments that are not generated yet. Who proposed the journal, or chose another payee, approves nothing of it; nobody
// approves twice.
func Approve(ctx context.Context, tx *db.Tx, payments []*Payment) error {
	subjects, err := payees(ctx, tx, payments)
	if err != nil {
		return err
	}
	steps := make([]change, len(payments))
	for i, p := range payments {
		if err := MayApprove(ctx, tx, p); err != nil {
			return err
		}
		p.ApprovedBy, p.Digest = tx.Actor, p.digest(subjects[p.Payee])
		if _, err := tx.Exec(ctx, "update vendor_payment set approved_by = $1, digest = $2 where company = $3 and id = $4", p.ApprovedBy, p.Digest, tx.Company, p.ID); err != nil {
			return err
		}
		steps[i] = change{payment: p, to: Approved}
	}
	return apply(ctx, tx, steps)
}

// unapprove makes a payment's approval void, since it is changed; why stands in its history.
func unapprove(ctx context.Context, tx *db.Tx, p *Payment, why string) error {
	if p.Status != Created && p.Status != Approved {
		return fault.New(fault.Refused, "payment %s is %s and is not changed any more; void it first", p.Name(), p.Status).ByRule("payment_status")
	}
	by := p.ApprovedBy
	p.ApprovedBy, p.Digest = "", nil
	if _, err := tx.Exec(ctx, "update vendor_payment set approved_by = '', digest = null where company = $1 and id = $2", tx.Company, p.ID); err != nil {
		return err
	}
	if p.Status == Created {
		return note(ctx, tx, []change{{payment: p, to: Created, detail: why}})
	}
	return apply(ctx, tx, []change{{payment: p, to: Created, detail: fmt.Sprintf("%s; the approval of %s is void", why, by)}})
}
