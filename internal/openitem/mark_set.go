package openitem

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
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
	ids, err := marksOn(ctx, tx, journal, parties, vouchers)
	if err != nil || len(ids) == 0 {
		return err
	}
	those, arg := tx.Among("i.mark", "$2", ids)
	parts, err := db.List(ctx, tx, func(r *db.Rows, x *part) error { return r.Scan(&x.party, &x.voucher, &x.line, &x.amount) },
		"select m.party, i.voucher, i.line, i.amount from mark_item i join mark m on m.company = i.company and m.id = i.mark where i.company = $1 and "+those, tx.Company, arg)
	if err != nil {
		return err
	}
	released, err := lowerMarked(ctx, tx, side, parts)
	if err != nil {
		return err
	}
	if released != int64(len(parts)) {
		return fault.New(fault.Violation, "the marks of journal %s are not what is marked of the items; run quittance verify", journal).ByRule("mark_sum")
	}
	for _, of := range [2][2]string{{"mark_item", "mark"}, {"mark", "id"}} {
		those, arg := tx.Among(of[1], "$2", ids)
		if _, err := tx.Exec(ctx, "delete from "+of[0]+" where company = $1 and "+those, tx.Company, arg); err != nil {
			return err
		}
	}
	return nil
}

// marksOn gives the ids of the marks of a journal on vouchers of parties. The vouchers are sifted here: a database that is given two sets
// tries each of one with each of the other.
func marksOn(ctx context.Context, tx *db.Tx, journal string, parties, vouchers []int64) (ids []int64, err error) {
	wanted := make(map[int64]bool, len(vouchers))
	for _, v := range vouchers {
		wanted[v] = true
	}
	from := "mark"
	if !tx.Postgres() {
		from += " indexed by mark_party" // left to itself, it goes through all marks of the company while it has not counted them
	}
	those, arg := tx.Among("party", "$3", parties)
	err = tx.Each(ctx, "select id, voucher from "+from+" where company = $1 and journal = $2 and "+those+" order by id", []any{tx.Company, journal, arg}, func(r *db.Rows) error {
		if wanted[r.Int64(1)] {
			ids = append(ids, r.Int64(0))
		}
		return nil
	})
	return ids, err
}

// part is what a mark took of an item.
type part struct {
	party, voucher int64
	line           int
	amount         money.Amount
}

// lowerMarked takes parts off what is marked of the items, and says of how many it could.
func lowerMarked(ctx context.Context, tx *db.Tx, side Side, parts []part) (lowered int64, err error) {
	if !tx.Postgres() {
		values := make([]int64, 0, 7*len(parts))
		for _, x := range parts {
			values = append(values, int64(x.amount), tx.Company, int64(side), x.party, x.voucher, int64(x.line), int64(x.amount))
		}
		return tx.ExecInts(ctx, "update open_item set marked = marked - $1 where company = $2 and side = $3 and party = $4 and voucher = $5 and line = $6 and marked >= $7", values)
	}
	var columns [4][]int64
	for _, x := range parts {
		for j, v := range [4]int64{x.party, x.voucher, int64(x.line), int64(x.amount)} {
			columns[j] = append(columns[j], v)
		}
	}
	return tx.Exec(ctx, `update open_item set marked = marked - x.amount from unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) x(party, voucher, line, amount)
		where open_item.company = $1 and open_item.side = $2 and open_item.party = x.party and open_item.voucher = x.voucher and open_item.line = x.line and marked >= x.amount`,
		tx.Company, int16(side), columns[0], columns[1], columns[2], columns[3])
}
