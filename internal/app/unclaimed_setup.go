package app

import (
	"context"
	"encoding/json"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/party"
	"quittance/internal/payout"
	"quittance/internal/unclaimed"
)

// DormancyRules gives the dormancy rules, by jurisdiction, kind and day.
func (a *App) DormancyRules(ctx context.Context, call Call) ([]DormancyRule, error) {
	rows := []DormancyRule{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, c *ledger.Company) error {
		all, err := unclaimed.Rules(ctx, tx)
		for _, r := range all {
			rows = append(rows, viewRule(c, r))
		}
		return err
	})
	return rows, err
}

// SaveDormancyRule makes a dormancy rule, or changes the one of its jurisdiction, kind and day. What people save is no sample any longer.
func (a *App) SaveDormancyRule(ctx context.Context, call Call, row DormancyRule) error {
	row.Sample = false
	_, err := do(ctx, a, call, command{name: "dormancy_rule.save", permission: identity.SetUp, input: row}, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, bool, error) {
		if err := plainFields(&row); err != nil {
			return "", nil, false, err
		}
		r, err := row.rule(c)
		if err != nil {
			return "", nil, false, err
		}
		return "dormancy rule " + row.Jurisdiction, row, true, unclaimed.SaveRule(ctx, tx, r)
	})
	return err
}

// RemoveDormancyRule removes a dormancy rule.
func (a *App) RemoveDormancyRule(ctx context.Context, call Call, jurisdiction string, kind unclaimed.Kind, from civil.Date) error {
	_, err := do(ctx, a, call, command{name: "dormancy_rule.remove", permission: identity.SetUp, input: []any{jurisdiction, kind, from}}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		if err := plain("jurisdiction", jurisdiction+string(kind)); err != nil {
			return "", nil, false, err
		}
		return "dormancy rule " + jurisdiction, map[string]any{"kind": kind, "from": from}, true, unclaimed.RemoveRule(ctx, tx, jurisdiction, kind, from)
	})
	return err
}

// CreditClocks gives the clocks on credits, by jurisdiction and day.
func (a *App) CreditClocks(ctx context.Context, call Call) ([]CreditClock, error) {
	rows := []CreditClock{}
	err := query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		all, err := unclaimed.Clocks(ctx, tx)
		for _, k := range all {
			rows = append(rows, CreditClock(k))
		}
		return err
	})
	return rows, err
}

// SaveCreditClock makes a clock on credits, or changes the one of its jurisdiction and day. What people save is no sample any longer.
func (a *App) SaveCreditClock(ctx context.Context, call Call, row CreditClock) error {
	row.Sample = false
	_, err := do(ctx, a, call, command{name: "credit_clock.save", permission: identity.SetUp, input: row}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		if err := plainFields(&row); err != nil {
			return "", nil, false, err
		}
		return "credit clock " + row.Jurisdiction, row, true, unclaimed.SaveClock(ctx, tx, unclaimed.Clock(row))
	})
	return err
}

// RemoveCreditClock removes a clock on credits.
func (a *App) RemoveCreditClock(ctx context.Context, call Call, jurisdiction string, from civil.Date) error {
	_, err := do(ctx, a, call, command{name: "credit_clock.remove", permission: identity.SetUp, input: []any{jurisdiction, from}}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		if err := plain("jurisdiction", jurisdiction); err != nil {
			return "", nil, false, err
		}
		return "credit clock " + jurisdiction, map[string]any{"from": from}, true, unclaimed.RemoveClock(ctx, tx, jurisdiction, from)
	})
	return err
}

// TakeUnclaimedSamples adds the sample rules and clocks, from a day on (blank: the first day of this year), where the company has none of
// the jurisdiction yet. They are no law.
func (a *App) TakeUnclaimedSamples(ctx context.Context, call Call, from civil.Date) (int, error) {
	return do(ctx, a, call, command{name: "unclaimed.samples", permission: identity.SetUp, input: from}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, int, error) {
		if from.IsZero() {
			from = civil.Of(tx.Today().Time().Year(), 1, 1)
		}
		rules, clocks := unclaimed.Samples(from)
		haveRules, err := unclaimed.Rules(ctx, tx)
		if err != nil {
			return "", nil, 0, err
		}
		haveClocks, err := unclaimed.Clocks(ctx, tx)
		if err != nil {
			return "", nil, 0, err
		}
		had, n := map[string]bool{}, 0
		for _, r := range haveRules {
			had["rule "+r.Jurisdiction+string(r.Kind)] = true
		}
		for _, k := range haveClocks {
			had["clock "+k.Jurisdiction] = true
		}
		for _, r := range rules {
			if !had["rule "+r.Jurisdiction+string(r.Kind)] {
				if err := unclaimed.SaveRule(ctx, tx, r); err != nil {
					return "", nil, 0, err
				}
				n++
			}
		}
		for _, k := range clocks {
			if !had["clock "+k.Jurisdiction] {
				if err := unclaimed.SaveClock(ctx, tx, k); err != nil {
					return "", nil, 0, err
				}
				n++
			}
		}
		return "sample rules", map[string]any{"added": n, "from": from}, n, nil
	})
}

// UnclaimedHolder gives what letters and reports say of the company.
func (a *App) UnclaimedHolder(ctx context.Context, call Call) (h unclaimed.Holder, err error) {
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		h, err = unclaimed.FindHolder(ctx, tx)
		return err
	})
	return h, err
}

// SaveUnclaimedHolder keeps what letters and reports say of the company.
func (a *App) SaveUnclaimedHolder(ctx context.Context, call Call, h unclaimed.Holder) error {
	_, err := do(ctx, a, call, command{name: "unclaimed.holder", permission: identity.SetUp, input: h}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		text, err := json.Marshal(h)
		if err != nil {
			return "", nil, false, err
		}
		if err := plain("holder", string(text)); err != nil {
			return "", nil, false, err
		}
		return "unclaimed property", nil, true, unclaimed.SaveHolder(ctx, tx, h)
	})
	return err
}

// ContactEntry is a contact to log.
type ContactEntry struct {
	Owner    string        `json:"owner"`    // code of a customer or vendor
	Document string        `json:"document"` // the credit that it is about; blank: all
	Date     civil.Date    `json:"date"`     // blank: today
	How      unclaimed.How `json:"how"`
	Note     string        `json:"note"`
	Reissue  string        `json:"reissue"` // a payment that is to be made again: it becomes stale, and the next proposal takes its invoices
}

// LogContact notes that an owner was in contact, which restarts dormancy. A request in writing starts the clocks of the refund.
func (a *App) LogContact(ctx context.Context, call Call, x ContactEntry) (*OwnerContact, error) {
	cmd := command{name: "owner_contact.log", permission: identity.Prepare, input: x}
	if x.Reissue != "" {
		cmd.permission = identity.Pay
	}
	return do(ctx, a, call, cmd, func(ctx context.Context, tx *db.Tx, c *ledger.Company) (string, any, *OwnerContact, error) {
		if err := plainFields(&x); err != nil {
			return "", nil, nil, err
		}
		id, err := ownerByCode(ctx, tx, x.Owner)
		if err == nil && id == 0 {
			err = fault.New(fault.Invalid, "a contact needs its owner").In("owner")
		}
		if err != nil {
			return "", nil, nil, err
		}
		k := &unclaimed.Contact{Party: id, Date: orToday(x.Date, tx), How: x.How, Note: x.Note}
		if x.Document != "" {
			v, err := ledger.Lookup(ctx, tx, x.Document)
			if err != nil {
				return "", nil, nil, inField(err, "document")
			}
			k.Voucher, k.Number = v.ID, x.Document
		}
		if err := k.Log(ctx, tx); err != nil {
			return "", nil, nil, err
		}
		if x.Reissue != "" {
			if err := payAgain(ctx, tx, c, x.Reissue, id, k.Date); err != nil {
				return "", nil, nil, err
			}
		}
		v := viewContact(*k, x.Owner)
		return x.Owner, x, &v, nil
	})
}

// payAgain makes a payment stale, so that the next proposal takes its invoices.
func payAgain(ctx context.Context, tx *db.Tx, c *ledger.Company, name string, owner int64, date civil.Date) error {
	p, err := payout.Find(ctx, tx, name)
	if err != nil {
		return inField(err, "reissue")
	}
	if p.Vendor != owner {
		return fault.New(fault.Refused, "payment %s is not of that vendor", name).ByRule("other_owner").In("reissue")
	}
	f := VendorPaymentFailure{As: payout.Stale, Date: max(date, p.PostedOn), Reason: "the owner answered: it is paid again", Fate: payout.Reissue}
	return failVendorPayments(ctx, tx, c, []*payout.Payment{p}, f, newVendorDone())
}

func viewContact(k unclaimed.Contact, owner string) OwnerContact {
	return OwnerContact{ID: k.ID, Owner: owner, Document: k.Number, Date: k.Date, How: k.How, Note: k.Note, Actor: k.Actor, At: at(k.At), WithdrawnBy: k.WithdrawnBy, Why: k.Why}
}

// WithdrawContact takes back a contact that was logged by mistake; it stays in the log.
func (a *App) WithdrawContact(ctx context.Context, call Call, id int64, reason string) error {
	_, err := do(ctx, a, call, command{name: "owner_contact.withdraw", permission: identity.Prepare, input: []any{id, reason}}, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) (string, any, bool, error) {
		if err := plain("reason", reason); err != nil {
			return "", nil, false, err
		}
		return "contact", map[string]any{"id": id, "reason": reason}, true, unclaimed.Withdraw(ctx, tx, id, reason)
	})
	return err
}

// OwnerContacts gives contacts, the newest first, of an owner or (blank) of all.
func (a *App) OwnerContacts(ctx context.Context, call Call, owner string, p Page) (Part[OwnerContact], error) {
	const list = "owner contacts"
	var before struct {
		ID int64 `json:"i"`
	}
	part := Part[OwnerContact]{Items: []OwnerContact{}}
	limit, err := p.open(list, &before)
	if err != nil {
		return part, err
	}
	err = query(ctx, a, call, identity.Read, func(ctx context.Context, tx *db.Tx, _ *ledger.Company) error {
		id, err := ownerByCode(ctx, tx, owner)
		if err != nil {
			return err
		}
		all, at, err := unclaimed.Contacts(ctx, tx, id, before.ID, limit)
		if err != nil {
			return err
		}
		ids := make([]int64, len(all))
		for i, k := range all {
			ids[i] = k.Party
		}
		codes, err := party.Codes(ctx, tx, ids)
		if err != nil {
			return err
		}
		for _, k := range all {
			part.Items = append(part.Items, viewContact(k, codes[k.Party]))
		}
		if before.ID = at; at != 0 {
			part.Next = next(list, before)
		}
		return nil
	})
	return part, err
}

// ownerByCode gives the id of a customer or vendor, 0 for a blank code.
func ownerByCode(ctx context.Context, tx *db.Tx, code string) (int64, error) {
	if err := plain("owner", code); err != nil || code == "" {
		return 0, err
	}
	customer, err := party.FindCustomer(ctx, tx, code)
	if err == nil {
		return customer.ID, nil
	}
	v, err := party.FindVendor(ctx, tx, code)
	if fault.CodeOf(err) == fault.NotFound {
		err = fault.New(fault.NotFound, "there is neither a customer nor a vendor %q", code).In("owner")
	}
	return v.ID, err
}
