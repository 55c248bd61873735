package openitem

import (
	"context"
	"fmt"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// itemColumns reads what is open from its own table alone, in which each party's items stand together.
const itemColumns = `o.side, o.party, o.voucher, o.line, o.number, o.account, o.currency, coalesce(o.classification, 0), o.date, o.due_date, o.open, o.accounting, o.marked, o.held from open_item o`

func scanItem(c *ledger.Company) func(*db.Rows, **Item) error {
	return func(r *db.Rows, p **Item) error {
		it := &Item{}
		var account, held int64
		var open, accounting, marked money.Amount
		if err := r.Scan(&it.Side, &it.Party, &it.Voucher, &it.Line, &it.Number, &account, &it.Currency, &it.Classification, &it.Date, &it.Due, &open, &accounting, &marked, &held); err != nil {
			return err
		}
		it.Account, _ = c.ByID(account)
		it.Held = held != 0
		it.read(open, accounting, marked)
		*p = it
		return nil
	}
}

// Open gives the open items of one party, by voucher and line, without their Amount and Type, and without those that hold deductions.
func Open(ctx context.Context, tx *db.Tx, c *ledger.Company, side Side, party int64) ([]*Item, error) {
	return db.List(ctx, tx, scanItem(c), "select "+itemColumns+" where o.company = $1 and o.side = $2 and o.party = $3 and o.held = 0 order by o.voucher, o.line", c.ID, int16(side), party)
}

// Parties names many parties to read by. Ids that lie close together are read as a range, which also gives what belongs
// to the parties between them: callers drop that.
type Parties struct{ ids []int64 }

// PartiesOf names the parties with the ids.
func PartiesOf(ids []int64) Parties { return Parties{slices.Sorted(slices.Values(ids))} }

// Where gives the condition on a column, with arguments from $from.
func (p Parties) Where(tx *db.Tx, column string, from int) (string, []any) {
	n := len(p.ids)
	if n > 0 && p.ids[n-1]-p.ids[0] < int64(4*n+64) {
		return fmt.Sprintf("%s between $%d and $%d", column, from, from+1), []any{p.ids[0], p.ids[n-1]}
	}
	those, ids := tx.Among(column, fmt.Sprintf("$%d", from), p.ids)
	return those, []any{ids}
}

const itemSlab = 512 // items made together

// EachOpen calls fn with the open items of the parties (and perhaps of others, see [Parties]), by party, voucher and line,
// without their Amount and Type, and without those that hold deductions.
func EachOpen(ctx context.Context, tx *db.Tx, c *ledger.Company, side Side, parties Parties, fn func(*Item)) error {
	where, args := parties.Where(tx, "o.party", 3)
	var slab []Item
	made := 0
	currency := ""
	columns := itemColumns
	if tx.Postgres() {
		columns = "o.ctid, " + columns
	}
	return tx.Each(ctx, "select "+columns+" where o.company = $1 and o.side = $2 and o.held = 0 and "+where+" order by o.party, o.voucher, o.line", append([]any{c.ID, int16(side)}, args...), func(r *db.Rows) error {
		if len(slab) == 0 {
			slab = make([]Item, max(1, min(made, itemSlab)))
			made += len(slab)
		}
		it := &slab[0]
		slab = slab[1:]
		at := 0
		if tx.Postgres() {
			it.place, at = r.Place(0), 1
		}
		it.Side, it.Party, it.Voucher, it.Line, it.Number = side, r.Int64(at+1), r.Int64(at+2), int(r.Int64(at+3)), r.Text(at+4)
		it.Account, _ = c.ByID(r.Int64(at + 5))
		if cur := r.Text(at + 6); cur != currency {
			currency = cur
		}
		it.Currency, it.Classification, it.Date, it.Due = currency, r.Int64(at+7), r.Date(at+8), r.Date(at+9)
		it.read(money.Amount(r.Int64(at+10)), money.Amount(r.Int64(at+11)), money.Amount(r.Int64(at+12)))
		fn(it)
		return nil
	})
}

// OfVouchers gives the items, open and closed, of the vouchers, by voucher and line, with their Amount and Type.
func OfVouchers(ctx context.Context, tx *db.Tx, c *ledger.Company, vouchers []int64) ([]*Item, error) {
	those, ids := tx.Among("e.voucher", "$2", vouchers)
	return db.List(ctx, tx, scanStored(c), "select "+storedColumns+` from entry e join voucher v on v.company = e.company and v.id = e.voucher
		left join open_item o on o.company = e.company and o.side in (1, 2) and o.party = e.party and o.voucher = e.voucher and o.line = e.line
		where e.company = $1 and e.party is not null and `+those+" order by e.voucher, e.line", c.ID, ids)
}

// History gives the items of a party, or of every party when it is 0, by date, voucher number and line, with their Amount and
// Type: those that are open, and the closed ones too when asked for.
func History(ctx context.Context, tx *db.Tx, c *ledger.Company, side Side, party int64, closed bool) ([]*Item, error) {
	const order = " order by v.date, v.number, e.line"
	switch {
	case closed && party == 0:
		return historyOfAll(ctx, tx, c, side, order)
	case closed:
		return db.List(ctx, tx, scanStored(c), "select "+storedColumns+fromParty+order, c.ID, int16(side), party)
	case party != 0:
		return db.List(ctx, tx, scanStored(c), "select "+storedColumns+fromOpen+" and o.party = $3"+order, c.ID, int16(side), party)
	}
	return db.List(ctx, tx, scanStored(c), "select "+storedColumns+fromOpen+order, c.ID, int16(side))
}

// Position is where a list of open items stands: after the item of a party, voucher and line.
type Position struct {
	Party, Voucher int64
	Line           int
}

// Page gives the next open items of all parties of a side after the position, at most so many, by party (in the order in which they
// were made), voucher and line, with their Amount and Type.
func Page(ctx context.Context, tx *db.Tx, c *ledger.Company, side Side, after Position, limit int) ([]*Item, error) {
	return db.List(ctx, tx, scanStored(c), "select "+storedColumns+` from (select * from open_item where company = $1 and side = $2 and (party, voucher, line) > ($3, $4, $5) order by party, voucher, line limit $6) o
		cross join entry e cross join voucher v where e.company = $1 and e.voucher = o.voucher and e.line = o.line and v.company = $1 and v.id = o.voucher
		order by o.party, o.voucher, o.line`, c.ID, int16(side), after.Party, after.Voucher, after.Line, limit)
}

const storedColumns = `e.voucher, e.line, e.account, e.party, e.currency, coalesce(e.classification, 0), v.date, coalesce(e.due_date, v.date), e.amount, v.number, v.type,
	coalesce(o.open, 0), coalesce(o.accounting, 0), coalesce(o.marked, 0)`

// Where [History] finds items. Entries are not kept by party: what is open stands in open_item by party, and what is closed, in
// part or whole, in settlement by party.
const (
	fromOpen = ` from open_item o join entry e on e.company = o.company and e.voucher = o.voucher and e.line = o.line
		join voucher v on v.company = o.company and v.id = o.voucher where o.company = $1 and o.side = $2`
	// Cross join, since without statistics SQLite would go through all entries and look each up among the keys.
	fromParty = ` from (select voucher, line from open_item where company = $1 and side = $2 and party = $3
			union select debit_voucher, debit_line from settlement where company = $1 and party = $3
			union select credit_voucher, credit_line from settlement where company = $1 and party = $3) k
		cross join entry e cross join voucher v left join open_item o on o.company = $1 and o.side = $2 and o.party = $3 and o.voucher = e.voucher and o.line = e.line
		where e.company = $1 and e.voucher = k.voucher and e.line = k.line and e.party = $3 and v.company = $1 and v.id = k.voucher`
)

// historyOfAll goes through all entries, and through all that is open beside them: joined by the database they would be gone
// through once for each other where it has no statistics yet.
func historyOfAll(ctx context.Context, tx *db.Tx, c *ledger.Company, side Side, order string) ([]*Item, error) {
	all, err := db.List(ctx, tx, scanStored(c), `select e.voucher, e.line, e.account, e.party, e.currency, coalesce(e.classification, 0), v.date, coalesce(e.due_date, v.date), e.amount, v.number, v.type, 0, 0, 0
		from entry e join voucher v on v.company = e.company and v.id = e.voucher where e.company = $1 and e.party is not null`+order, c.ID)
	if err != nil {
		return nil, err
	}
	open := map[[2]int64]*Item{}
	items, err := db.List(ctx, tx, scanItem(c), "select "+itemColumns+" where o.company = $1 and o.side = $2", c.ID, int16(side))
	for _, it := range items {
		open[[2]int64{it.Voucher, int64(it.Line)}] = it
	}
	all = slices.DeleteFunc(all, func(it *Item) bool { return it.Side != side })
	for _, it := range all {
		if o := open[[2]int64{it.Voucher, int64(it.Line)}]; o != nil {
			it.read(o.Open, o.Accounting, o.Marked)
		}
	}
	return all, err
}

func scanStored(c *ledger.Company) func(*db.Rows, **Item) error {
	return func(r *db.Rows, p **Item) error {
		it := &Item{}
		var account int64
		var open, accounting, marked money.Amount
		if err := r.Scan(&it.Voucher, &it.Line, &account, &it.Party, &it.Currency, &it.Classification, &it.Date, &it.Due, &it.Amount, &it.Number, &it.Type, &open, &accounting, &marked); err != nil {
			return err
		}
		it.Account, _ = c.ByID(account)
		it.Side, it.Held = sideOf(c.Accounts[it.Account.Main].Control), holds(it.Type, it.Amount)
		it.read(open, accounting, marked)
		*p = it
		return nil
	}
}

// Linked is a link as stored, with its operation.
type Linked struct {
	Operation                int64
	Kind                     Kind
	Date                     civil.Date
	Source, Undoes           int64
	Party                    int64
	CreditVoucher            int64
	DebitVoucher             int64
	CreditLine, DebitLine, N int // N counts the links of the operation
	Amount, Accounting       money.Amount
}

const linkedColumns = `s.operation, p.kind, p.date, coalesce(p.source, 0), coalesce(p.undoes, 0), s.party, s.credit_voucher, s.debit_voucher, s.credit_line, s.debit_line, s.n, s.amount, s.accounting`

func scanLinked(r *db.Rows, l *Linked) error {
	return r.Scan(&l.Operation, &l.Kind, &l.Date, &l.Source, &l.Undoes, &l.Party, &l.CreditVoucher, &l.DebitVoucher, &l.CreditLine, &l.DebitLine, &l.N, &l.Amount, &l.Accounting)
}

// LiveLinks gives the links of the parties that hold: those that were not undone. A link is undone when another one of
// the same items belongs to an operation that undoes the first one's.
func LiveLinks(ctx context.Context, tx *db.Tx, parties []int64) ([]Linked, error) {
	// The links first, by their key: by operation they are not found, but without statistics PostgreSQL might go that way.
	those, ids := tx.Among("party", "$2", parties)
	all, err := db.List(ctx, tx, scanLinked, "with s as materialized (select * from settlement where company = $1 and "+those+") select "+linkedColumns+`
		from s join settlement_op p on p.company = s.company and p.id = s.operation
		order by s.party, p.date, s.operation, s.credit_voucher, s.debit_voucher, s.credit_line, s.debit_line, s.n`, tx.Company, ids)
	return live(all), err
}

// AllLinks gives the links of every party of the company, by date and operation: those that hold, and all.
func AllLinks(ctx context.Context, tx *db.Tx) (holding, all []Linked, err error) {
	all, err = db.List(ctx, tx, scanLinked, "select "+linkedColumns+` from settlement s join settlement_op p on p.company = s.company and p.id = s.operation where s.company = $1
		order by p.date, s.operation, s.party, s.credit_voucher, s.debit_voucher, s.credit_line, s.debit_line, s.n`, tx.Company)
	return live(all), all, err
}

func live(all []Linked) []Linked {
	key := func(l Linked, operation int64) linkKey {
		return linkKey{operation, l.DebitVoucher, l.CreditVoucher, l.DebitLine, l.CreditLine}
	}
	undone := map[linkKey]bool{}
	for _, l := range all {
		if l.Undoes != 0 {
			undone[key(l, l.Undoes)] = true
		}
	}
	var live []Linked
	for _, l := range all {
		if l.Undoes == 0 && !undone[key(l, l.Operation)] {
			live = append(live, l)
		}
	}
	return live
}

// LatestSettlement gives the date of the newest operation on any of the company's items, undone ones included.
func LatestSettlement(ctx context.Context, tx *db.Tx) (d civil.Date, err error) {
	err = tx.Row(ctx, "select max(date) from settlement_op where company = $1", tx.Company).Scan(&d)
	return d, err
}

// SettledAfter gives the credits of the parties that an operation settled or undid after the date, as the newest date per voucher and
// line.
func SettledAfter(ctx context.Context, tx *db.Tx, date civil.Date, parties Parties) (map[[2]int64]civil.Date, error) {
	latest := map[[2]int64]civil.Date{}
	where, args := parties.Where(tx, "party", 3)
	err := tx.Each(ctx, "with s as materialized (select operation, credit_voucher, credit_line from settlement where company = $1 and "+where+`)
		select s.credit_voucher, s.credit_line, max(p.date) from s join settlement_op p on p.company = $1 and p.id = s.operation
		where p.date > $2 group by s.credit_voucher, s.credit_line`, append([]any{tx.Company, date}, args...), func(r *db.Rows) error {
		var k [2]int64
		var d civil.Date
		err := r.Scan(&k[0], &k[1], &d)
		latest[k] = d
		return err
	})
	return latest, err
}

// Find gives the open document of the party with the voucher number; none is [fault.NotFound], or [fault.Refused] when it is settled.
func Find(ctx context.Context, tx *db.Tx, c *ledger.Company, side Side, party int64, number string) (*Document, error) {
	docs, err := FindAll(ctx, tx, c, side, party, number)
	if err != nil {
		return nil, err
	}
	return docs[0], nil
}

// FindAll is Find for several documents of one party, in the order of their numbers given.
func FindAll(ctx context.Context, tx *db.Tx, c *ledger.Company, side Side, party int64, numbers ...string) ([]*Document, error) {
	those, args := db.AmongTexts("o.number", 4, numbers)
	items, err := db.List(ctx, tx, scanItem(c), "select "+itemColumns+" where o.company = $1 and o.side = $2 and o.party = $3 and "+those+" order by o.voucher, o.line", append([]any{c.ID, int16(side), party}, args...)...)
	if err != nil {
		return nil, err
	}
	holding := slices.ContainsFunc(items, func(it *Item) bool { return it.Held })
	open := Documents(slices.DeleteFunc(items, func(it *Item) bool { return it.Held }))
	docs := make([]*Document, len(numbers))
	for i, n := range numbers {
		for _, d := range open {
			if d.Number != n {
				continue
			}
			if docs[i] != nil {
				return nil, fault.New(fault.Refused, "%s is open in several currencies; name its lines instead", n).ByRule("several_currencies")
			}
			docs[i] = d
		}
		if docs[i] == nil && holding {
			return nil, fault.New(fault.Refused, "%s holds a deduction of which something is open; only its resolution touches it: quittance deductions resolve", n).ByRule("holds_deduction")
		}
		if docs[i] == nil {
			return nil, notOpen(ctx, tx, c, side, party, n)
		}
	}
	return docs, nil
}

// notOpen says why nothing of a voucher is open for the party.
func notOpen(ctx context.Context, tx *db.Tx, c *ledger.Company, side Side, party int64, number string) error {
	v, err := ledger.Lookup(ctx, tx, number)
	if err != nil {
		return err
	}
	all, err := OfVouchers(ctx, tx, c, []int64{v.ID})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(it *Item) bool { return it.Side == side && it.Party == party }) {
		return fault.New(fault.Refused, "%s is settled already; nothing of it is open", number).ByRule("nothing_open")
	}
	return fault.New(fault.NotFound, "voucher %s has no items of this %s", number, side)
}
