package openitem

import (
	"context"
	"fmt"
	"slices"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

// Whole is a mark on all that is available of a document.
type Whole struct {
	Line     string // of the journal
	Document *Document
}

// PlaceWhole marks documents of a side for a journal, each of which nothing is marked yet, by the set. A document that changed since it
// was read makes the unit start afresh ([db.Again]).
func PlaceWhole(ctx context.Context, tx *db.Tx, c *ledger.Company, side Side, journal, holder string, all []Whole) error {
	if len(all) == 0 {
		return nil
	}
	ids, err := tx.NewIDs(ctx, len(all))
	if err != nil {
		return err
	}
	marks := tx.Batch("mark", "company", "id", "party", "voucher", "line", "journal", "holder")
	parts := tx.Batch("mark_item", "company", "mark", "voucher", "line", "amount")
	n := int64(0)
	for i, w := range all {
		d := w.Document
		marks.Add(c.ID, ids[i], d.Party, d.Items[0].Voucher, w.Line, journal, holder)
		for _, it := range d.Items {
			parts.Add(c.ID, ids[i], it.Voucher, it.Line, it.Open.Abs())
			it.Marked = it.Open.Abs()
			n++
		}
	}
	if err := marks.Flush(ctx); err != nil {
		if db.IsDuplicate(err) {
			return fault.New(fault.Refused, "the journal %s marks one of these documents already", journal).ByRule("duplicate_mark").Because(err)
		}
		return err
	}
	if err := parts.Flush(ctx); err != nil {
		return err
	}
	marked, err := setMarked(ctx, tx, side, journal, ids, all)
	if err == nil && marked != n {
		err = db.Again("an item changed while it was marked")
	}
	return err
}

// setMarked writes what the marks of these ids took of the items, and says of how many. PostgreSQL is told the items once more: it knows
// nothing yet of marks that were made just now, and goes the wrong way from them to the items.
func setMarked(ctx context.Context, tx *db.Tx, side Side, journal string, ids []int64, all []Whole) (int64, error) {
	const still = " and open_item.voucher = i.voucher and open_item.line = i.line and open_item.marked = 0 and abs(open_item.open) = i.amount"
	if !tx.Postgres() {
		return tx.Exec(ctx, `update open_item set marked = i.amount from mark m join mark_item i on i.company = m.company and i.mark = m.id
			where m.company = $1 and m.journal = $2 and m.id between $3 and $4 and open_item.company = $1 and open_item.side = $5 and open_item.party = m.party`+still,
			tx.Company, journal, ids[0], ids[len(ids)-1], int16(side))
	}
	var columns [4][]int64
	for _, w := range all {
		for _, it := range w.Document.Items {
			for j, v := range [4]int64{w.Document.Party, it.Voucher, int64(it.Line), int64(it.Open.Abs())} {
				columns[j] = append(columns[j], v)
			}
		}
	}
	return tx.Exec(ctx, `update open_item set marked = i.amount from unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) i(party, voucher, line, amount)
		where open_item.company = $1 and open_item.side = $2 and open_item.party = i.party`+still, tx.Company, int16(side), columns[0], columns[1], columns[2], columns[3])
}

// ReleaseAll takes the marks of a journal off vouchers of parties of a side, by the set.
func ReleaseAll(ctx context.Context, tx *db.Tx, side Side, journal string, parties, vouchers []int64) error {
	args := []any{tx.Company, journal, nil, nil}
	those, theirs := "", ""
	for i, x := range []struct {
		column string
		ids    []int64
	}{{"party", parties}, {"voucher", vouchers}} { // marks are kept by journal and party
		var condition string
		condition, args[2+i] = tx.Among(x.column, fmt.Sprintf("$%d", 3+i), x.ids)
		those += " and " + condition
		condition, _ = tx.Among("m."+x.column, fmt.Sprintf("$%d", 3+i), x.ids)
		theirs += " and " + condition
	}
	ofThem := "(select id from mark where company = $1 and journal = $2" + those + ")"
	var n int64
	if err := tx.Row(ctx, "select count(*) from mark_item where company = $1 and mark in "+ofThem, args...).Scan(&n); err != nil {
		return err
	}
	released, err := tx.Exec(ctx, `update open_item set marked = marked - i.amount from mark m join mark_item i on i.company = m.company and i.mark = m.id
		where m.company = $1 and m.journal = $2`+theirs+` and open_item.company = $1 and open_item.side = $5 and open_item.party = m.party
		and open_item.voucher = i.voucher and open_item.line = i.line and open_item.marked >= i.amount`, append(slices.Clone(args), int16(side))...)
	if err != nil {
		return err
	}
	if released != n {
		return fault.New(fault.Violation, "the marks of journal %s are not what is marked of the items; run quittance verify", journal).ByRule("mark_sum")
	}
	for _, table := range []string{"mark_item where company = $1 and mark in " + ofThem, "mark where company = $1 and journal = $2" + those} {
		if _, err := tx.Exec(ctx, "delete from "+table, args...); err != nil {
			return err
		}
	}
	return nil
}
