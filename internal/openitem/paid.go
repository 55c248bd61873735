package openitem

import (
	"context"
	"errors"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// Paid is what was settled of a debit document with a credit document, whether a settlement voucher moved it or not.
type Paid struct {
	Debit, Credit int64        // vouchers
	Amount        money.Amount // minor units; negative: the settlement was undone
}

// Paid says what the changes, once they are written, settled and undid: by hand, by the priority order, by an import, by a run or by a
// payment journal.
func (ch *Changes) Paid() []Paid {
	var all []Paid
	for _, op := range ch.ops {
		switch op.Kind {
		case Manual, Automatic, Imported, Netted, Applied:
			all = append(all, paidBy(op.Links)...)
		}
	}
	return all
}

// Paid says what the application, once it is written, settled.
func (app *Application) Paid() []Paid { return paidBy(app.Links) }

// paidBy reads the links of one application: their ends that are no lines of its settlement voucher are what it settled. One without a
// credit (a discount) pays nothing.
func paidBy(links []Link) []Paid {
	var all []Paid
	credit := int64(0)
	for _, l := range links {
		if l.Credit.Type != ledger.Settlement {
			credit = l.Credit.Voucher
		}
		if l.Debit.Type == ledger.Settlement || l.Amount == 0 {
			continue
		}
		if n := len(all); n > 0 && all[n-1].Debit == l.Debit.Voucher {
			all[n-1].Amount += l.Amount
		} else {
			all = append(all, Paid{Debit: l.Debit.Voucher, Amount: l.Amount})
		}
	}
	if credit == 0 {
		return nil
	}
	for i := range all {
		all[i].Credit = credit
	}
	return all
}

// vendorPayment finds a vendor payment by its id or its voucher, and names it.
func vendorPayment(ctx context.Context, tx *db.Tx, by string, id int64) (name string, err error) {
	err = tx.Row(ctx, "select j.code || '/' || cast(p.line as text) from vendor_payment p join vendor_payment_journal j on j.company = p.company and j.id = p.journal where p.company = $1 and p."+by+" = $2", tx.Company, id).Scan(&name)
	return name, err
}

// ofUnclaimed refuses to undo what escheated a property or remitted it, found by its id or its voucher, with the right way.
func ofUnclaimed(ctx context.Context, tx *db.Tx, by string, id int64, number string) error {
	var code string
	err := tx.Row(ctx, "select code from unclaimed_property where company = $1 and "+by+" = $2 union all select code from unclaimed_remittance where company = $1 and "+by+" = $2", tx.Company, id).Scan(&code)
	if errors.Is(err, db.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(fault.Refused, "%s belongs to the unclaimed property %s; take that back instead: quittance unclaimed reverse %s --reason TEXT", number, code, code).ByRule("belongs_to_unclaimed")
}
