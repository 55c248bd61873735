package deduction

import (
	"context"
	"crypto/sha256"
	"encoding/json"

	"quittance/internal/approval"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
	"quittance/internal/policy"
)

// demand refuses lines that approval rules want somebody else to look at first, and uses their approval up. It is asked wherever a
// resolution is posted, whatever path led there. Lines that no person chose are not asked about: their set-up was.
func (b *builder) demand(ctx context.Context, tx *db.Tx, requester string) error {
	chosen := false
	for _, l := range b.lines {
		chosen = chosen || !l.Automatic
	}
	if !chosen {
		return nil
	}
	var kind approval.Kind = policy.Resolution
	var amount, worth money.Amount
	for _, r := range b.resolutions {
		if r.Kind == ByWriteOff {
			kind = policy.WriteOff
		}
		amount, worth = amount+r.Amount, worth+r.Accounting
	}
	ruled, err := approval.Ruled(ctx, tx, kind)
	if err != nil || !ruled {
		return err
	}
	s, err := b.d.subject(ctx, tx, b.c, kind, amount, worth)
	if err != nil {
		return err
	}
	s.Facts.Type, s.Facts.Requester = string(b.resolutions[0].Kind), requester
	content, err := json.Marshal(struct {
		Deduction int64
		Lines     []Line
	}{b.d.ID, b.asked})
	if err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	s.Digest, s.Title = sum[:], "Resolution of "+b.d.Number+": "+amounts(b.d, b.resolutions)
	return approval.Use(ctx, tx, *s)
}

// subject gives what an approval on a deduction is about, but for type and digest.
func (d *Deduction) subject(ctx context.Context, tx *db.Tx, c *ledger.Company, kind approval.Kind, amount, worth money.Amount) (*approval.Subject, error) {
	customers, err := party.CustomersByID(ctx, tx, []int64{d.Customer})
	if err != nil {
		return nil, err
	}
	s := &approval.Subject{Kind: kind, ID: d.ID, Name: d.Number, Facts: approval.Facts{Currency: d.Currency, Amount: amount, Worth: worth, Accounting: c.Currency}}
	f := &policy.Fields{Reason: d.Reason, SaleDays: policy.Unknown, CreditDays: policy.Unknown, DetailsDays: policy.Unknown}
	if x := customers[d.Customer]; x != nil {
		f.Customer, f.CustomerGroup, s.Facts.Payee = x.Code, x.Group, x.Code
	}
	cur, err := money.CurrencyOf(d.Currency)
	f.CurrencyAmount, s.Fields = policy.AmountOf(cur, amount), f
	return s, err
}

// allowedAtOnce refuses to write a deduction off while it is captured when somebody else must approve that: there is no time to ask.
func allowedAtOnce(ctx context.Context, tx *db.Tx, c *ledger.Company, d *Deduction, worth money.Amount) error {
	ruled, err := approval.Ruled(ctx, tx, policy.WriteOff)
	if err != nil || !ruled {
		return err
	}
	s, err := d.subject(ctx, tx, c, policy.WriteOff, d.Amount, worth)
	if err != nil {
		return err
	}
	s.Facts.Type = string(ByWriteOff)
	rule, err := approval.Asked(ctx, tx, *s)
	if err == nil && rule != "" {
		err = fault.New(fault.Refused, "writing off %s %s needs approval by the rule %s; take it as not allowed, and resolve it with an approval", show(d.Currency, d.Amount), d.Currency, rule).In("allowed").ByRule("not_approved")
	}
	return err
}
