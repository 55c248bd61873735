package openitem

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// Operation is one act of settling: its links are written with its date and kind.
type Operation struct {
	Kind   Kind
	Date   civil.Date
	Source int64 // a run, for its reimbursements and nettings; 0 for none
	Undoes int64 // the operation whose links these take back; 0 for none
	Links  []Link

	vouchers []*ledger.Voucher // settlement vouchers, whose source becomes this operation
}

// Changes collects vouchers and settlements and writes them together, by the set: the single case is a set of one.
type Changes struct {
	c         *ledger.Company
	vouchers  []*ledger.Voucher
	fresh     []*Item // of the vouchers, in order
	ops       []*Operation
	AnyPeriod bool // the opening of a new company: periods are not looked at
}

// NewChanges starts a set of changes for the company.
func NewChanges(c *ledger.Company) *Changes { return &Changes{c: c} }

// Vouchers gives the vouchers added so far.
func (ch *Changes) Vouchers() []*ledger.Voucher { return ch.vouchers }

// Add adds a voucher to be posted and gives the items of its control lines. A line whose party is on the other side
// than its control account is for the caller to refuse.
func (ch *Changes) Add(v *ledger.Voucher) []*Item {
	ch.vouchers = append(ch.vouchers, v)
	from := len(ch.fresh)
	for i, e := range v.Entries {
		if e.Party != 0 {
			ch.fresh = append(ch.fresh, itemOf(ch.c, v, i+1))
		}
	}
	return ch.fresh[from:len(ch.fresh):len(ch.fresh)]
}

// Post adds a voucher and settles within itself every document of it that has items of both signs.
func (ch *Changes) Post(v *ledger.Voucher) ([]*Item, error) {
	items := ch.Add(v)
	return items, ch.SettleWithin(items, v.Date)
}

// SettleWithin settles the documents of both signs among the items of a new voucher, each within itself.
func (ch *Changes) SettleWithin(items []*Item, date civil.Date) error {
	for _, d := range Documents(items) {
		pos, neg := *d, *d
		pos.Items, neg.Items = nil, nil
		for _, it := range d.Items {
			if it.Open > 0 {
				pos.Items = append(pos.Items, it)
			} else {
				neg.Items = append(neg.Items, it)
			}
		}
		if len(pos.Items) == 0 || len(neg.Items) == 0 {
			continue
		}
		app, err := Apply(ch.c, &pos, &neg, min(pos.Open(), -neg.Open()), date)
		if err != nil {
			return err
		}
		ch.Settle(OfDocument, date, 0, app)
	}
	return nil
}

// Settle adds applications as operations of the kind, one each, with their settlement vouchers.
func (ch *Changes) Settle(kind Kind, date civil.Date, source int64, apps ...*Application) {
	for _, app := range apps {
		op := &Operation{Kind: kind, Date: date, Source: source, Links: app.Links}
		if app.Voucher != nil {
			op.vouchers = append(op.vouchers, app.Voucher)
			ch.vouchers = append(ch.vouchers, app.Voucher)
			ch.fresh = append(ch.fresh, app.fresh...)
		}
		ch.ops = append(ch.ops, op)
	}
}

// Owns says that the operation made the settlement voucher, which was added to the changes by itself.
func (op *Operation) Owns(v *ledger.Voucher) { op.vouchers = append(op.vouchers, v) }

// Operate adds an operation made elsewhere; its items must already show the amounts after it.
func (ch *Changes) Operate(op *Operation) { ch.ops = append(ch.ops, op) }

// Flush writes everything: vouchers, items, operations and links. An item that changed since it was read makes the unit
// start afresh ([db.Again]).
func (ch *Changes) Flush(ctx context.Context, tx *db.Tx) error {
	if err := ledger.Prepare(ctx, tx, ch.c, ch.vouchers, ch.AnyPeriod); err != nil {
		return err
	}
	if err := ch.writeTouched(ctx, tx); err != nil {
		return err
	}
	return writeAll(ctx, tx, []set{{ch, tx.Scope}})
}

// FlushLater is Flush for changes that touch no item posted before: they are checked now, and written at the end of the
// transaction together with those of the other units that share it. Numbers and ids are known when the unit's finishers run.
func (ch *Changes) FlushLater(ctx context.Context, tx *db.Tx) error {
	if len(ch.touched()) > 0 {
		return ch.Flush(ctx, tx)
	}
	if err := ledger.Prepare(ctx, tx, ch.c, ch.vouchers, ch.AnyPeriod); err != nil {
		return err
	}
	tx.Later(finisher, set{ch, tx.Scope})
	return nil
}

// set is the changes of one command.
type set struct {
	*Changes
	scope db.Scope
}

var finisher = &db.Finisher{Write: func(ctx context.Context, tx *db.Tx, items []any) error {
	sets := make([]set, len(items))
	for i, x := range items {
		sets[i] = x.(set)
	}
	return writeAll(ctx, tx, sets)
}}

// writeAll writes the prepared changes of commands that share a transaction: the single case is a set of one.
func writeAll(ctx context.Context, tx *db.Tx, sets []set) error {
	own := tx.Scope
	defer func() { tx.Scope = own }()
	postings, ops := make([]ledger.Posting, len(sets)), 0
	for i, s := range sets {
		postings[i] = ledger.Posting{Scope: s.scope, Company: s.c, Vouchers: s.vouchers}
		ops += len(s.ops)
	}
	ids, err := tx.NewIDs(ctx, ops) // before the vouchers', whose sources these are
	if err != nil {
		return err
	}
	opIDs := ids
	for _, s := range sets {
		for _, op := range s.ops {
			for _, v := range op.vouchers {
				v.Source = ids[0]
			}
			ids = ids[1:]
		}
	}
	if err := ledger.Post(ctx, tx, postings); err != nil {
		return err
	}
	items := tx.Batch("open_item", openColumns...)
	for _, s := range sets {
		if err := s.addFresh(items); err != nil {
			return err
		}
	}
	if err := items.FlushLater(ctx); err != nil {
		return err
	}
	return writeOperations(ctx, tx, sets, opIDs)
}

var openColumns = []string{"company", "side", "party", "voucher", "line", "account", "open", "accounting", "classification", "date", "due_date", "number", "currency", "held"}

func addOpen(b *db.Batch, company int64, it *Item) {
	b.Int(company).Int(int64(it.Side)).Int(it.Party).Int(it.Voucher).Int(int64(it.Line)).Int(it.Account.ID).Int(int64(it.Open)).Int(int64(it.Accounting)).
		Ref(it.Classification).Date(it.Date).Date(it.Due).Text(it.Number).Text(it.Currency).Int(held(it.Held))
}

func held(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// addFresh adds what is open of the items of the new vouchers.
func (ch *Changes) addFresh(b *db.Batch) error {
	b.Grow(len(ch.fresh) / 2)
	for _, it := range ch.fresh {
		it.Voucher, it.Number, it.Account = it.from.ID, it.from.Number, it.from.Entries[it.Line-1].Account
		if it.Open != 0 {
			addOpen(b, ch.c.ID, it)
		} else if it.Accounting != 0 {
			return fault.New(fault.Internal, "line %d of voucher %s is settled, but not in the accounting currency", it.Line, it.Number)
		}
	}
	return nil
}

// touched gives the items that were read and are linked, each once, in the order of their keys.
func (ch *Changes) touched() []*Item {
	n := 0
	for _, op := range ch.ops {
		n += len(op.Links)
	}
	items := make([]*Item, 0, n)
	for _, op := range ch.ops {
		for _, l := range op.Links {
			if l.Debit.from == nil {
				items = append(items, l.Debit)
			}
			if l.Credit.from == nil {
				items = append(items, l.Credit)
			}
		}
	}
	slices.SortFunc(items, compareKeys)
	return slices.CompactFunc(items, func(a, b *Item) bool { return a == b })
}

func compareKeys(a, b *Item) int {
	for _, x := range [][2]int64{{int64(a.Side), int64(b.Side)}, {a.Party, b.Party}, {a.Voucher, b.Voucher}, {int64(a.Line), int64(b.Line)}} {
		if x[0] != x[1] {
			if x[0] < x[1] {
				return -1
			}
			return 1
		}
	}
	return 0
}

// writeTouched brings the rows of the items that were read to their new amounts, guarded by what was read.
func (ch *Changes) writeTouched(ctx context.Context, tx *db.Tx) error {
	var closed []*Item
	reopened := tx.Batch("open_item", openColumns...)
	for _, it := range ch.touched() {
		switch {
		case it.Open == it.was && it.Accounting == it.wasAccounting:
		case it.Open == 0:
			if it.Accounting != 0 {
				return fault.New(fault.Internal, "%s line %d is settled, but not in the accounting currency", it.Number, it.Line)
			}
			closed = append(closed, it)
		case it.was == 0:
			addOpen(reopened, ch.c.ID, it)
		default:
			n, err := tx.Exec(ctx, `update open_item set open = $1, accounting = $2 where company = $3 and side = $4 and party = $5 and voucher = $6 and line = $7
				and open = $8 and accounting = $9 and marked <= $10`, it.Open, it.Accounting, ch.c.ID, int16(it.Side), it.Party, it.Voucher, it.Line, it.was, it.wasAccounting, it.Open.Abs())
			if err != nil {
				return err
			}
			if n != 1 {
				return db.Again(fmt.Sprintf("%s line %d changed", it.Number, it.Line))
			}
		}
	}
	if err := reopened.Flush(ctx); err != nil {
		if db.IsDuplicate(err) {
			return db.Again("an item was reopened by somebody else")
		}
		return err
	}
	return ch.deleteClosed(ctx, tx, closed)
}

// deleteClosed takes the closed items out of the table of what is open: PostgreSQL by the set, SQLite one by one by their key,
// which it does fastest.
func (ch *Changes) deleteClosed(ctx context.Context, tx *db.Tx, items []*Item) error {
	if len(items) == 0 {
		return nil
	}
	var n int64
	if tx.Postgres() {
		done, err := ch.deletePostgres(ctx, tx, items)
		if err != nil {
			return err
		}
		n = done
	} else {
		keys := make([]int64, 0, 7*len(items))
		for _, it := range items {
			keys = append(keys, ch.c.ID, int64(it.Side), it.Party, it.Voucher, int64(it.Line), int64(it.was), int64(it.wasAccounting))
		}
		done, err := tx.ExecInts(ctx, deleteOne, keys)
		if err != nil {
			return err
		}
		n = done
	}
	if n != int64(len(items)) {
		return db.Again("an open item changed")
	}
	return nil
}

const deleteOne = "delete from open_item where company = $1 and side = $2 and party = $3 and voucher = $4 and line = $5 and open = $6 and accounting = $7 and marked = 0"

// deletePostgres deletes closed items: a set is planned for longer than one by one takes for a few.
func (ch *Changes) deletePostgres(ctx context.Context, tx *db.Tx, items []*Item) (deleted int64, err error) {
	if len(items) > 2 {
		return ch.deleteSet(ctx, tx, items)
	}
	for _, it := range items {
		n, err := tx.Exec(ctx, deleteOne, ch.c.ID, int16(it.Side), it.Party, it.Voucher, it.Line, it.was, it.wasAccounting)
		if err != nil {
			return 0, err
		}
		deleted += n
	}
	return deleted, nil
}

// deleteSet deletes closed items on PostgreSQL: by the place of their rows when every one is known (an item that changed since it
// was read stands elsewhere, and is not found), else by their keys.
func (ch *Changes) deleteSet(ctx context.Context, tx *db.Tx, items []*Item) (int64, error) {
	columns, places := [6][]int64{}, make([]string, 0, len(items))
	for i := range columns {
		columns[i] = make([]int64, len(items))
	}
	for i, it := range items {
		for j, v := range [6]int64{int64(it.Side), it.Party, it.Voucher, int64(it.Line), int64(it.was), int64(it.wasAccounting)} {
			columns[j][i] = v
		}
		if it.place != "" {
			places = append(places, it.place)
		}
	}
	same := `o.company = $1 and o.side = v.side and o.party = v.party and o.voucher = v.voucher and o.line = v.line and o.open = v.open and o.accounting = v.accounting and o.marked = 0`
	const keys = `$2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[]`
	if len(places) < len(items) {
		return tx.Exec(ctx, `delete from open_item o using unnest(`+keys+`) v(side, party, voucher, line, open, accounting) where `+same,
			ch.c.ID, columns[0], columns[1], columns[2], columns[3], columns[4], columns[5])
	}
	return tx.Exec(ctx, `delete from open_item o using unnest($8::text[]::tid[], `+keys+`) v(place, side, party, voucher, line, open, accounting) where o.ctid = v.place and `+same,
		ch.c.ID, columns[0], columns[1], columns[2], columns[3], columns[4], columns[5], places)
}

// writeOperations writes the operations and their links, numbered within each. The rows of the items, written before, are what
// keeps two units from settling the same thing: nothing here can collide.
func writeOperations(ctx context.Context, tx *db.Tx, sets []set, ids []int64) error {
	heads := tx.Batch("settlement_op", "company", "id", "command", "date", "kind", "source", "undoes")
	links := tx.Batch("settlement", "company", "party", "operation", "n", "credit_voucher", "credit_line", "debit_voucher", "debit_line", "amount", "accounting")
	for _, s := range sets {
		tx.Scope = s.scope
		if err := s.stillHold(ctx, tx); err != nil {
			return err
		}
		for _, op := range s.ops {
			id := ids[0]
			ids = ids[1:]
			heads.Int(s.c.ID).Int(id).Int(s.scope.Command).Date(op.Date).Int(int64(op.Kind)).Ref(op.Source).Ref(op.Undoes)
			links.Grow(len(op.Links))
			for n, l := range op.Links {
				d, cr := l.Debit, l.Credit
				if d.Party != cr.Party || d.Account.ID != cr.Account.ID || d.Currency != cr.Currency {
					return fault.New(fault.Internal, "%s and %s cannot be linked: they differ in party, ledger account or currency", d.Number, cr.Number)
				}
				links.Int(s.c.ID).Int(d.Party).Int(id).Int(int64(n + 1)).Int(cr.Voucher).Int(int64(cr.Line)).Int(d.Voucher).Int(int64(d.Line)).Int(int64(l.Amount)).Int(int64(l.Accounting))
			}
		}
	}
	if err := heads.FlushLater(ctx); err != nil {
		return err
	}
	return links.FlushLater(ctx)
}

// stillHold makes sure that nobody undid the links that are taken back here, after they were read. What the items show cannot
// tell: they may have been settled anew since, in the same amounts. It must come after their rows are written: of two units
// that take back one link, the second waits there for the first (or at the mirror of a voucher, which there is one of), and
// so sees its operation.
func (ch *Changes) stillHold(ctx context.Context, tx *db.Tx) error {
	parties, ops, taken := map[int64]bool{}, map[int64]bool{}, map[linkKey]bool{}
	for _, op := range ch.ops {
		if op.Undoes == 0 {
			continue
		}
		ops[op.Undoes] = true
		for _, l := range op.Links {
			parties[l.Debit.Party] = true
			taken[linkKey{op.Undoes, l.Debit.Voucher, l.Credit.Voucher, l.Debit.Line, l.Credit.Line}] = true
		}
	}
	if len(ops) == 0 {
		return nil
	}
	those, ids := tx.Among("party", "$2", slices.Sorted(maps.Keys(parties)))
	undoing, undone := tx.Among("p.undoes", "$3", slices.Sorted(maps.Keys(ops)))
	return tx.Each(ctx, "with s as materialized (select * from settlement where company = $1 and "+those+`)
		select p.undoes, s.debit_voucher, s.credit_voucher, s.debit_line, s.credit_line from s join settlement_op p on p.company = s.company and p.id = s.operation where `+undoing,
		[]any{ch.c.ID, ids, undone}, func(r *db.Rows) error {
			var k linkKey
			if err := r.Scan(&k.operation, &k.debitVoucher, &k.creditVoucher, &k.debitLine, &k.creditLine); err != nil {
				return err
			}
			if taken[k] {
				return db.Again("a settlement was undone by somebody else")
			}
			return nil
		})
}

// linkKey is two items that an operation links.
type linkKey struct {
	operation, debitVoucher, creditVoucher int64
	debitLine, creditLine                  int
}

// idSet writes a set of ids as the list that json_each takes apart.
func idSet(ids map[int64]bool) string { return db.IDs(slices.Sorted(maps.Keys(ids))) }

// read sets the amounts as the database holds them.
func (it *Item) read(open, accounting, marked money.Amount) {
	it.Open, it.Accounting, it.Marked = open, accounting, marked
	it.was, it.wasAccounting = open, accounting
}
