package folder

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/journal"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// checkMarks wants the parties and vouchers of the marks to exist; the amounts are looked at when they are placed.
func (im *importer) checkMarks(context.Context) error {
	for i := range im.d.Marks {
		m := &im.d.Marks[i]
		im.markParty(m)
		if im.typeOf(m.Voucher) == 0 && !im.broken[m.Voucher] {
			im.bad(&m.Row, "voucher", "there is no voucher %q", m.Voucher)
		}
	}
	return nil
}

// marks places the marks that are not known.
func (im *importer) marks(ctx context.Context) error {
	known := map[[3]string]money.Amount{}
	err := im.tx.Each(ctx, `select m.journal, m.party, v.number, m.amount from imported_mark m join voucher v on v.company = m.company and v.id = m.voucher where m.company = $1`, []any{im.tx.Company}, func(r *db.Rows) error {
		var k [3]string
		var party int64
		var a money.Amount
		err := r.Scan(&k[0], &party, &k[2], &a)
		k[1] = im.parties[party]
		known[k] = a
		return err
	})
	if err != nil {
		return err
	}
	held, err := openitem.Marks(ctx, im.tx, 0)
	if err != nil {
		return err
	}
	for _, m := range held {
		k := [3]string{m.Journal, im.parties[m.Party], m.Number}
		if _, ok := known[k]; !ok {
			known[k] = m.Amount
		}
	}
	b := im.tx.Batch("imported_mark", "company", "journal", "party", "voucher", "amount")
	holders, payments := map[[3]string]*Mark{}, map[[3]string]*Mark{}
	for i := range im.d.Marks {
		m := &im.d.Marks[i]
		if im.knownJournals[m.Journal] || im.payouts.known[m.Journal] {
			im.keep("marks", "", true, true)
			continue
		}
		if im.payouts.journals[m.Journal] != nil {
			im.keep("marks", "", false, true)
			payments[[3]string{m.Journal, m.Vendor, m.Voucher}] = m
			continue
		}
		if im.journals[m.Journal] != nil {
			im.keep("marks", "", false, true)
			holders[[3]string{m.Journal, m.Customer, m.Voucher}] = m
			continue
		}
		if err := im.mark(ctx, m, known, b); err != nil {
			return err
		}
	}
	if err := b.Flush(ctx); err != nil {
		return err
	}
	if err := im.draftMarks(ctx, holders); err != nil {
		return err
	}
	return im.paymentMarks(ctx, payments)
}

// draftMarks places the marks of the drafts of new payment journals: just those of what they are applied to, in the name of who has them
// by the rows of marks, where there are such.
func (im *importer) draftMarks(ctx context.Context, holders map[[3]string]*Mark) error {
	docs := im.draftDocuments()
	for _, j := range im.freshJournals {
		for _, x := range docs[j] {
			k := [3]string{j.Code, x.row.Customer, x.row.Voucher}
			row, holder := holders[k], j.CreatedBy
			if delete(holders, k); row != nil && row.User != "" {
				holder = row.User
			}
			m, err := journal.PlaceMark(ctx, im.tx, im.c, j.Journal, x.customer, x.voucher, holder)
			if err != nil && fault.CodeOf(err) == fault.Internal {
				return err
			}
			if err != nil {
				im.because(&x.row.Row, "amount", err)
			} else if row != nil && m != nil {
				im.knownMark(row, m.Amount, &openitem.Document{Currency: im.lines[journalLine{j.Code, x.row.Line}].Currency})
			}
		}
	}
	for _, m := range im.d.Marks {
		if holders[[3]string{m.Journal, m.Customer, m.Voucher}] != nil {
			im.bad(&m.Row, "voucher", "no draft of the payment journal %s is applied to %s, so it marks nothing of it", m.Journal, m.Voucher)
		}
	}
	return nil
}

func (im *importer) mark(ctx context.Context, m *Mark, known map[[3]string]money.Amount, b *db.Batch) error {
	side, party := im.markParty(m)
	if party == 0 {
		return nil
	}
	was, had := known[[3]string{m.Journal, im.parties[party], m.Voucher}]
	im.keep("marks", "", had, true)
	d, err := openitem.Find(ctx, im.tx, im.c, side, party, m.Voucher)
	if had {
		if err == nil {
			im.knownMark(m, was, d)
		}
		return nil
	}
	if fault.CodeOf(err) == fault.Internal {
		return err
	}
	if err != nil {
		im.because(&m.Row, "voucher", err)
		return nil
	}
	cur, err := money.CurrencyOf(d.Currency)
	if err != nil {
		return err
	}
	amount, _, err := m.AmountIn(cur)
	if err != nil {
		im.errs.Add(err)
		return nil
	}
	mark := &openitem.Mark{Journal: m.Journal, Line: lineNumber(m.Line), Holder: m.User}
	if err := openitem.Place(ctx, im.tx, im.c, mark, d, amount); err != nil {
		if fault.CodeOf(err) == fault.Internal {
			return err
		}
		im.because(&m.Row, "amount", err)
		return nil
	}
	b.Add(im.tx.Company, m.Journal, party, mark.Voucher, mark.Amount)
	return nil
}

// markParty gives whose document is marked; 0 when there is no such party, which is then noted.
func (im *importer) markParty(m *Mark) (openitem.Side, int64) {
	if m.Vendor != "" {
		if v := im.vendors[m.Vendor]; v != nil {
			return openitem.Vendors, v.ID
		}
		im.bad(&m.Row, "vendor", "there is no vendor %q", m.Vendor)
		return 0, 0
	}
	if c := im.customers[m.Customer]; c != nil {
		return openitem.Customers, c.ID
	}
	im.bad(&m.Row, "customer", "there is no customer %q", m.Customer)
	return 0, 0
}

func (im *importer) knownMark(m *Mark, was money.Amount, d *openitem.Document) {
	cur, err := money.CurrencyOf(d.Currency)
	if err != nil {
		return
	}
	if a, whole, err := m.AmountIn(cur); err == nil && !whole && a != was {
		im.bad(&m.Row, "amount", "the journal %s marks %s of %s already, not %s; release that mark first", m.Journal, cur.Format(was), m.Voucher, cur.Format(a))
	}
}
