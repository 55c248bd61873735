package openitem

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

// RefuseHeld refuses to settle a document that holds a deduction: the debit of a voucher of type deduction. What is held is moved by the
// resolutions of the deduction only.
func RefuseHeld(d *Document, t ledger.Type) error {
	if t != ledger.Deduction || d.Open() <= 0 {
		return nil
	}
	return fault.New(fault.Refused, "%s holds a deduction, which is resolved and not settled by hand: quittance deductions resolve", d.Number).ByRule("belongs_to_deduction")
}

// withoutHeld leaves out the documents that hold deductions.
func withoutHeld(ctx context.Context, tx *db.Tx, docs []*Document) ([]*Document, error) {
	var ids []int64
	for _, d := range docs {
		if d.Open() > 0 {
			ids = append(ids, d.Items[0].Voucher)
		}
	}
	types, err := ledger.TypesOf(ctx, tx, ids)
	if err != nil {
		return nil, err
	}
	free := docs[:0:0]
	for _, d := range docs {
		if RefuseHeld(d, types[d.Items[0].Voucher]) == nil {
			free = append(free, d)
		}
	}
	return free, nil
}
