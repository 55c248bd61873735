package payout

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// Approvable is what an approval of a payment is about.
type Approvable struct {
	Digest      []byte // as approvals of the payment are bound to
	Payee       string // code
	BankChanged int64  // when the payee's bank details changed, UTC microseconds; 0: never
}

// Approvables gives what approvals of payments are about, by payment.
func Approvables(ctx context.Context, tx *db.Tx, payments []*Payment) (map[int64]Approvable, error) {
	subjects, err := payees(ctx, tx, payments)
	if err != nil {
		return nil, err
	}
	all := make(map[int64]Approvable, len(payments))
	for _, p := range payments {
		s := subjects[p.Payee]
		if s == nil {
			return nil, fault.New(fault.NotFound, "the payee of payment %s does not exist; run quittance verify", p.Name())
		}
		x := Approvable{Digest: p.digest(s), Payee: s.code}
		if s.bank != nil {
			x.BankChanged = s.bank.ChangedAt
		}
		all[p.ID] = x
	}
	return all, nil
}

// MayApprove refuses who proposed the payment's journal, or changed the payment.
func MayApprove(ctx context.Context, tx *db.Tx, p *Payment) error {
	if p.CreatedBy == tx.Actor {
		return fault.New(fault.Denied, "%s proposed the journal %s; somebody else must approve its payments", tx.Actor, p.Code).ByRule("separation_of_duties")
	}
	var changed bool
	if err := tx.Row(ctx, "select exists (select 1 from vendor_payment_event where company = $1 and payment = $2 and actor = $3 and detail <> '' and status = 'created')", tx.Company, p.ID, tx.Actor).Scan(&changed); err != nil {
		return err
	}
	if changed {
		return fault.New(fault.Denied, "%s changed payment %s; somebody else must approve it", tx.Actor, p.Name()).ByRule("separation_of_duties")
	}
	return nil
}
