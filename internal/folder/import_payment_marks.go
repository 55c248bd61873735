package folder

import (
	"cmp"
	"context"
	"slices"

	"quittance/internal/fault"
	"quittance/internal/openitem"
)

// holding is whose marks are placed together: those of a journal, in somebody's name.
type holding struct{ journal, holder string }

// paymentMarks places the marks of the open payments of new vendor payment journals: just those of what they pay, in the name of who has
// them by the rows of marks, where there are such.
func (im *importer) paymentMarks(ctx context.Context, rows map[[3]string]*Mark) error {
	docs, err := im.markedDocuments(ctx)
	if err != nil {
		return err
	}
	whole := map[holding][]openitem.Whole{}
	var order []holding
	for _, p := range im.payouts.all {
		if !p.Status.Open() {
			continue
		}
		for i, it := range p.Items {
			k := [3]string{p.Code, p.row.Vendor, it.Number}
			h := holding{p.Code, p.CreatedBy}
			if row := rows[k]; row != nil {
				h.holder = cmp.Or(row.User, p.CreatedBy)
				delete(rows, k)
			}
			d := docs[paidBy{p.Vendor, it.Voucher, p.Currency}]
			switch {
			case d != nil && -d.Open() == it.Amount && !d.Marked():
				if whole[h] == nil {
					order = append(order, h)
				}
				whole[h] = append(whole[h], openitem.Whole{Line: lineNumber(p.Line), Document: d})
			case d == nil || -d.Available() < it.Amount:
				im.bad(&p.items[i].Row, "amount", "payment %s is %s and pays %s of %s, of which less is open and not marked by others", p.Name(), p.Status, p.row.Currency.Format(it.Amount), it.Number)
			default:
				m := &openitem.Mark{Journal: h.journal, Line: lineNumber(p.Line), Holder: h.holder}
				if err := openitem.Place(ctx, im.tx, im.c, m, d, it.Amount); err != nil {
					if fault.CodeOf(err) == fault.Internal {
						return err
					}
					im.because(&p.items[i].Row, "amount", err)
				}
			}
		}
	}
	for i := range im.d.Marks {
		if m := &im.d.Marks[i]; rows[[3]string{m.Journal, m.Vendor, m.Voucher}] != nil {
			im.bad(&m.Row, "voucher", "no open payment of the journal %s pays %s of %s, so it marks nothing of it", m.Journal, m.Voucher, cmp.Or(m.Vendor, "a vendor"))
		}
	}
	if len(im.errs) > 0 {
		return nil
	}
	for _, h := range order {
		if err := openitem.PlaceWhole(ctx, im.tx, im.c, openitem.Vendors, h.journal, h.holder, whole[h]); err != nil {
			return err
		}
	}
	return nil
}

// paidBy is a document of a vendor in a currency.
type paidBy struct {
	vendor, voucher int64
	currency        string
}

// markedDocuments reads what is open of what the new open payments pay.
func (im *importer) markedDocuments(ctx context.Context) (map[paidBy]*openitem.Document, error) {
	var ids []int64
	for _, p := range im.payouts.all {
		for _, it := range p.Items {
			if p.Status.Open() {
				ids = append(ids, it.Voucher)
			}
		}
	}
	docs := map[paidBy]*openitem.Document{}
	if len(ids) == 0 {
		return docs, nil
	}
	slices.Sort(ids)
	items, err := openitem.OfVouchers(ctx, im.tx, im.c, slices.Compact(ids))
	if err != nil {
		return nil, err
	}
	items = slices.DeleteFunc(items, func(it *openitem.Item) bool { return it.Side != openitem.Vendors || it.Open == 0 })
	for _, d := range openitem.Documents(items) {
		docs[paidBy{d.Party, d.Items[0].Voucher, d.Currency}] = d
	}
	return docs, nil
}
