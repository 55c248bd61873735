package app

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"quittance/internal/db"
	"quittance/internal/outbox"
	"quittance/internal/party"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
)

// What the commands tell of themselves. Each is told in the unit of the change, at its end.

// tellRun tells of a run that is posted.
func tellRun(tx *db.Tx, v *reimbursement.RunView) error {
	return outbox.Add(tx, outbox.RunPosted, v.ID, map[string]any{"count": v.Totals.Reimbursements, "customers": v.Totals.ReimbursedCustomers, "excluded": v.Totals.Excluded, "totals": v.Totals.Amounts})
}

// tellReversal tells of reimbursements that were reversed together, by the first of them.
func tellReversal(tx *db.Tx, rev *reimbursement.Reversal, reason string) error {
	if len(rev.Reversed) == 0 {
		return nil
	}
	first := rev.Reversed[0]
	return outbox.Add(tx, outbox.ReimbursementReversed, first.Number, map[string]any{"count": len(rev.Reversed), "voucher": first.By, "reason": reason})
}

// paymentTold are the values of an event of a payment.
type paymentTold struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Payee    string `json:"payee"`
	How      string `json:"how"`
	Reason   string `json:"reason"`
}

// tellFailures tells of each payment that came back, or was taken back.
func tellFailures(ctx context.Context, tx *db.Tx, payments []*payout.Payment, f VendorPaymentFailure) error {
	kind := outbox.PaymentVoided
	if f.As == payout.Returned || f.As == payout.Rejected {
		kind = outbox.PaymentReturned
	}
	ids := make([]int64, len(payments))
	for i, p := range payments {
		ids[i] = payeeOf(p)
	}
	codes, err := party.Codes(ctx, tx, ids)
	if err != nil {
		return err
	}
	for _, p := range payments {
		told := paymentTold{amountOf(p.Currency, p.Amount), p.Currency, codes[payeeOf(p)], string(f.As), f.Reason}
		if err := outbox.Add(tx, kind, p.Name(), told); err != nil {
			return err
		}
	}
	return nil
}

func payeeOf(p *payout.Payment) int64 { return cmp.Or(p.Payee, p.Vendor) }

// tellPosted tells of payments that were posted together, by journal and currency.
func tellPosted(tx *db.Tx, payments []*payout.Payment) error {
	type key struct{ journal, currency string }
	counts, sums := map[key]int{}, map[key]reimbursement.Sum{}
	var order []key
	for _, p := range payments {
		k := key{p.Code, p.Currency}
		if counts[k] == 0 {
			order = append(order, k)
		}
		counts[k]++
		s := sums[k]
		if err := s.Add(p.Currency, p.Amount); err != nil {
			return err
		}
		sums[k] = s
	}
	for _, k := range order {
		v := sums[k].View()[0]
		if err := outbox.Add(tx, outbox.PaymentPosted, k.journal, map[string]any{"count": counts[k], "total": v.Amount, "currency": v.Currency}); err != nil {
			return err
		}
	}
	return nil
}

// tellImport tells of a file or folder that was brought in.
func tellImport(tx *db.Tx, subject, source string, count int) error {
	return outbox.Add(tx, outbox.ImportDone, subject, map[string]any{"source": source, "count": count})
}

// tellOwner tells of deductions that somebody got to work on, by the first of them.
func tellOwner(tx *db.Tx, first, owner string, count int) error {
	if owner == "" || count == 0 {
		return nil
	}
	return outbox.Add(tx, outbox.DeductionAssigned, first, map[string]any{"count": count, "assignee": owner}, owner)
}

// tellBankDetails tells that bank details of a party are other ones now, or were looked at, without them.
func tellBankDetails(tx *db.Tx, code, how string) error {
	return outbox.Add(tx, outbox.PayeeBankDetailsChanged, code, map[string]string{"how": how})
}

// tellDecided tells of a proposal of bank details that was accepted; one that was refused changed nothing.
func tellDecided(tx *db.Tx, code string, accepted bool) error {
	if !accepted {
		return nil
	}
	return tellBankDetails(tx, code, "accepted")
}

// owners are the deductions that somebody got to work on, by who did.
type owners map[string]*owned

type owned struct {
	first string
	count int
}

func (o owners) note(x *desk) {
	if x.d.Owner == x.before.Owner {
		return
	}
	if o[x.d.Owner] == nil {
		o[x.d.Owner] = &owned{first: x.d.Number}
	}
	o[x.d.Owner].count++
}

func (o owners) tell(tx *db.Tx) error {
	for _, owner := range slices.Sorted(maps.Keys(o)) {
		if err := tellOwner(tx, o[owner].first, owner, o[owner].count); err != nil {
			return err
		}
	}
	return nil
}
