package journal

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// syncMarks brings the marks of a journal on documents in step with the applications of its drafts: one mark for each document, of
// all that the lines take of it, under the name of the first of them.
func syncMarks(ctx context.Context, tx *db.Tx, c *ledger.Company, j *Journal, docs []docKey) error {
	slices.SortFunc(docs, func(a, b docKey) int { // locks are taken in sorted order
		return cmp.Or(cmp.Compare(a.customer, b.customer), cmp.Compare(a.voucher, b.voucher))
	})
	for _, k := range docs {
		if _, err := openitem.Release(ctx, tx, j.Code, k.customer, k.voucher); err != nil {
			return err
		}
		w, err := wanted(ctx, tx, j.ID, k)
		if err != nil || w.amount == 0 {
			if err != nil {
				return err
			}
			continue
		}
		found, err := openDocument(ctx, tx, c, k, w.currency)
		if err != nil {
			return err
		}
		if found == nil {
			return fault.New(fault.Refused, "the document that line %d of the payment journal %s is applied to is settled; nothing of it is open", w.line, j.Code).ByRule("nothing_open")
		}
		m := &openitem.Mark{Journal: j.Code, Line: strconv.Itoa(w.line), Holder: tx.Actor}
		if err := openitem.Place(ctx, tx, c, m, found, w.amount); err != nil {
			return err
		}
	}
	return nil
}

// want is what the drafts of a journal take of a document: the first of them, their currency, and the amount.
type want struct {
	line     int
	currency string
	amount   money.Amount
}

func wanted(ctx context.Context, tx *db.Tx, journal int64, k docKey) (w want, err error) {
	err = tx.Row(ctx, `select min(a.line), min(l.currency), cast(coalesce(sum(a.amount + a.discount + coalesce((select sum(d.amount) from payment_deduction d
			where d.company = a.company and d.journal = a.journal and d.line = a.line and d.application = a.n), 0)), 0) as bigint)
		from payment_application a join payment_line l on l.company = a.company and l.journal = a.journal and l.line = a.line
		where a.company = $1 and a.customer = $2 and a.voucher = $3 and a.journal = $4 and l.state = 'draft' having count(*) > 0`,
		tx.Company, k.customer, k.voucher, journal).Scan(&w.line, &w.currency, &w.amount)
	if errors.Is(err, db.ErrNoRows) {
		return w, nil
	}
	return w, err
}

// openDocument gives what is open of a document of a customer in a currency; nil when nothing is.
func openDocument(ctx context.Context, tx *db.Tx, c *ledger.Company, k docKey, currency string) (*openitem.Document, error) {
	items, err := openitem.OfVouchers(ctx, tx, c, []int64{k.voucher})
	if err != nil {
		return nil, err
	}
	items = slices.DeleteFunc(items, func(it *openitem.Item) bool {
		return it.Held || it.Side != openitem.Customers || it.Party != k.customer || it.Currency != currency
	})
	if docs := openitem.Documents(items); len(docs) == 1 {
		return docs[0], nil
	}
	return nil, nil
}
