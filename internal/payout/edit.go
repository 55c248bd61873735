package payout

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
)

// Cancel takes payments out of their journals before anything was made of them; their invoices are free again. The reason stands in their
// histories.
func Cancel(ctx context.Context, tx *db.Tx, payments []*Payment, reason string) error {
	if reason == "" {
		return fault.New(fault.Invalid, "a payment that is taken out needs a reason").In("reason")
	}
	if err := release(ctx, tx, payments); err != nil {
		return err
	}
	steps := make([]change, len(payments))
	for i, p := range payments {
		steps[i] = change{payment: p, to: Cancelled, detail: reason}
	}
	if err := apply(ctx, tx, steps); err != nil {
		return err
	}
	return CloseJournals(ctx, tx, payments)
}

// SetPayee pays another party than the vendor, by exception and with a reason: a vendor, or a customer of the company. A blank reason
// with the vendor itself takes the exception back. An approval is void then.
func SetPayee(ctx context.Context, tx *db.Tx, p *Payment, payee int64, code, note string) error {
	switch {
	case payee == p.Vendor && note != "":
		return fault.New(fault.Invalid, "the vendor itself is paid; that needs no reason").In("reason")
	case payee != p.Vendor && note == "":
		return fault.New(fault.Invalid, "another payee than the vendor needs a reason").In("reason")
	}
	if err := unapprove(ctx, tx, p, "payee "+code+": "+note); err != nil {
		return err
	}
	p.Payee, p.PayeeNote = payee, note
	_, err := tx.Exec(ctx, "update vendor_payment set payee = $1, payee_note = $2 where company = $3 and id = $4", payee, note, tx.Company, p.ID)
	return err
}

// SetMethod pays by another method, in the same currency. An approval is void then.
func SetMethod(ctx context.Context, tx *db.Tx, p *Payment, m Method) error {
	if m.Currency != p.Currency {
		return fault.New(fault.Refused, "payment %s is in %s, but bank account %s of method %s is in %s", p.Name(), p.Currency, m.BankCode, m.Code, m.Currency).ByRule(string(OtherCurrency)).In("method")
	}
	if m.Blocked {
		return fault.New(fault.Refused, "method %s, or its bank account %s, is blocked", m.Code, m.BankCode).ByRule(string(MethodBlocked)).In("method")
	}
	if err := unapprove(ctx, tx, p, "method "+m.Code); err != nil {
		return err
	}
	p.Method, p.Kind, p.Bank = m.Code, m.Kind, m.Bank
	_, err := tx.Exec(ctx, "update vendor_payment set method = $1, bank = $2 where company = $3 and id = $4", m.Code, m.Bank, tx.Company, p.ID)
	return err
}

// SetFate says what becomes of the receivable should the payment fail; blank: what the company's parameter says.
func SetFate(ctx context.Context, tx *db.Tx, p *Payment, fate Fate) error {
	if p.Status.Failed() || p.Status == Cancelled {
		return fault.New(fault.Refused, "payment %s is %s; what becomes of it was decided", p.Name(), p.Status).ByRule("payment_status")
	}
	p.Fate = fate
	_, err := tx.Exec(ctx, "update vendor_payment set fate = $1 where company = $2 and id = $3", fate, tx.Company, p.ID)
	return err
}

// Withdraw takes back what was generated of payments and not sent: they are as they were before, and get new numbers when they are
// generated again. The numbers of checks are void.
func Withdraw(ctx context.Context, tx *db.Tx, payments []*Payment, reason string) error {
	if reason == "" {
		return fault.New(fault.Invalid, "what is withdrawn needs a reason").In("reason")
	}
	for _, p := range payments {
		if p.Status != Generated {
			return fault.New(fault.Refused, "payment %s is %s; only what was generated and not sent is withdrawn", p.Name(), p.Status).ByRule("payment_status")
		}
	}
	if err := voidChecks(ctx, tx, payments, reason); err != nil {
		return err
	}
	steps := make([]change, len(payments))
	for i, p := range payments {
		steps[i] = change{payment: p, to: Created, detail: reason}
	}
	if err := apply(ctx, tx, steps); err != nil {
		return err
	}
	those, arg := tx.Among("id", "$2", idsOf(payments))
	_, err := tx.Exec(ctx, "update vendor_payment set number = '', file = null, approved_by = '', digest = null where company = $1 and "+those, tx.Company, arg)
	for _, p := range payments {
		p.Number, p.File, p.ApprovedBy, p.Digest = "", 0, "", nil
	}
	return err
}

// MarkSent notes that what was generated of payments went out.
func MarkSent(ctx context.Context, tx *db.Tx, payments []*Payment, detail string) error {
	steps := make([]change, len(payments))
	for i, p := range payments {
		steps[i] = change{payment: p, to: Sent, detail: detail}
	}
	return apply(ctx, tx, steps)
}

// CloseJournals closes the journals of payments, of which no payment is open any more.
func CloseJournals(ctx context.Context, tx *db.Tx, payments []*Payment) error {
	seen := map[int64]bool{}
	for _, p := range payments {
		if seen[p.Journal] {
			continue
		}
		seen[p.Journal] = true
		_, err := tx.Exec(ctx, `update vendor_payment_journal set state = case when exists (select 1 from vendor_payment p where p.company = $1 and p.journal = $2 and p.status <> 'cancelled') then 'posted' else 'cancelled' end
			where company = $1 and id = $2 and state = 'open' and not exists (select 1 from vendor_payment p where p.company = $1 and p.journal = $2 and p.status in ('created', 'approved', 'generated', 'sent'))`,
			tx.Company, p.Journal)
		if err != nil {
			return err
		}
	}
	return nil
}

// Abandon cancels a journal that is still being proposed, with its payments: who proposed it did not come to the end.
func Abandon(ctx context.Context, tx *db.Tx, code string) (*Journal, error) {
	j, err := lockJournal(ctx, tx, code)
	if err != nil {
		return nil, err
	}
	if j.State != Proposing {
		return nil, fault.New(fault.Refused, "the vendor payment journal %s is %s; only one that is being proposed is abandoned, take the payments out of it instead", code, j.State).ByRule("journal_state")
	}
	j.State = JournalVoid
	if _, err := tx.Exec(ctx, "update vendor_payment_journal set state = $1 where company = $2 and id = $3", j.State, tx.Company, j.ID); err != nil {
		return nil, err
	}
	for {
		some, err := After(ctx, tx, Filter{Journal: j.ID, Status: []Status{Created}}, 0, maxSpoiled)
		if err != nil || len(some) == 0 {
			return j, err
		}
		if err := Cancel(ctx, tx, some, "the proposal was abandoned"); err != nil {
			return nil, err
		}
	}
}
