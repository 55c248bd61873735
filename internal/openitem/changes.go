package openitem

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

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
	opIDs, err := tx.NewIDs(ctx, len(ch.ops))
	if err != nil {
		return err
	}
	for i, op := range ch.ops {
		for _, v := range op.vouchers {
			v.Source = opIDs[i]
		}
	}
	if err := ledger.Post(ctx, tx, ch.c, ch.vouchers, ch.AnyPeriod); err != nil {
		return err
	}
	if err := ch.writeFresh(ctx, tx); err != nil {
		return err
	}
	if err := ch.writeTouched(ctx, tx); err != nil {
		return err
	}
	return ch.writeOperations(ctx, tx, opIDs)
}

var openColumns = []string{"company", "side", "party", "voucher", "line", "account", "open", "accounting", "classification", "date", "due_date", "number", "currency"}

func addOpen(b *db.Batch, company int64, it *Item) {
	var class any
	if it.Classification != 0 {
		class = it.Classification
	}
	b.Add(company, int16(it.Side), it.Party, it.Voucher, it.Line, it.Account.ID, it.Open, it.Accounting, class, it.Date, it.Due, it.Number, it.Currency)
}

// writeFresh inserts what is open of the items of the new vouchers.
func (ch *Changes) writeFresh(ctx context.Context, tx *db.Tx) error {
	b := tx.Batch("open_item", openColumns...)
	for _, it := range ch.fresh {
		it.Voucher, it.Number, it.Account = it.from.ID, it.from.Number, it.from.Entries[it.Line-1].Account
		if it.Open != 0 {
			addOpen(b, ch.c.ID, it)
		} else if it.Accounting != 0 {
			return fault.New(fault.Internal, "line %d of voucher %s is settled, but not in the accounting currency", it.Line, it.Number)
		}
	}
	return b.Flush(ctx)
}

// touched gives the items that were read and are linked, each once, in the order of their keys.
func (ch *Changes) touched() []*Item {
	seen := map[*Item]bool{}
	var items []*Item
	for _, op := range ch.ops {
		for _, l := range op.Links {
			for _, it := range []*Item{l.Debit, l.Credit} {
				if it.from == nil && !seen[it] {
					seen[it] = true
					items = append(items, it)
				}
			}
		}
	}
	slices.SortFunc(items, func(a, b *Item) int { return compareKeys(a, b) })
	return items
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

const deleteRows = 400 // closed items deleted by one statement

// deleteClosed takes the closed items out of the table of what is open, in sets.
func (ch *Changes) deleteClosed(ctx context.Context, tx *db.Tx, items []*Item) error {
	for chunk := range slices.Chunk(items, deleteRows) {
		var values strings.Builder
		for i, it := range chunk {
			if i > 0 {
				values.WriteByte(',')
			}
			fmt.Fprintf(&values, "(%d,%d,%d,%d,%d,%d)", it.Side, it.Party, it.Voucher, it.Line, it.was, it.wasAccounting)
		}
		// Numbers only, so they stand in the text. PostgreSQL joins; SQLite looks each row up by its key.
		query := `delete from open_item where company = $1 and (side, party, voucher, line, open, accounting) in (values ` + values.String() + `) and marked = 0`
		if tx.Postgres() {
			query = `delete from open_item o using (values ` + values.String() + `) v(side, party, voucher, line, open, accounting)
				where o.company = $1 and o.side = v.side and o.party = v.party and o.voucher = v.voucher and o.line = v.line and o.open = v.open and o.accounting = v.accounting and o.marked = 0`
		}
		n, err := tx.Exec(ctx, query, ch.c.ID)
		if err != nil {
			return err
		}
		if n != int64(len(chunk)) {
			return db.Again("an open item changed")
		}
	}
	return nil
}

// writeOperations writes the operations and their links, numbered within each. The rows of the items, written before, are what
// keeps two units from settling the same thing: nothing here can collide.
func (ch *Changes) writeOperations(ctx context.Context, tx *db.Tx, ids []int64) error {
	if err := ch.stillHold(ctx, tx); err != nil {
		return err
	}
	heads := tx.Batch("settlement_op", "company", "id", "command", "date", "kind", "source", "undoes")
	links := tx.Batch("settlement", "company", "party", "operation", "n", "credit_voucher", "credit_line", "debit_voucher", "debit_line", "amount", "accounting")
	for i, op := range ch.ops {
		heads.Add(ch.c.ID, ids[i], tx.Command, op.Date, int16(op.Kind), db.Null(op.Source), db.Null(op.Undoes))
		for n, l := range op.Links {
			d, cr := l.Debit, l.Credit
			if d.Party != cr.Party || d.Account.ID != cr.Account.ID || d.Currency != cr.Currency {
				return fault.New(fault.Internal, "%s and %s cannot be linked: they differ in party, ledger account or currency", d.Number, cr.Number)
			}
			links.Add(ch.c.ID, d.Party, ids[i], n+1, cr.Voucher, cr.Line, d.Voucher, d.Line, l.Amount, l.Accounting)
		}
	}
	if err := heads.Flush(ctx); err != nil {
		return err
	}
	return links.Flush(ctx)
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
	return tx.Each(ctx, `select p.undoes, s.debit_voucher, s.credit_voucher, s.debit_line, s.credit_line from settlement s
		join settlement_op p on p.company = s.company and p.id = s.operation
		where s.company = $1 and s.party in (select value from json_each(cast($2 as text))) and p.undoes in (select value from json_each(cast($3 as text)))`,
		[]any{ch.c.ID, idSet(parties), idSet(ops)}, func(r *db.Rows) error {
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
