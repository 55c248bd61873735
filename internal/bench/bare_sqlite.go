package bench

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"zombiezen.com/go/sqlite"

	"quittance/internal/civil"
	"quittance/internal/fault"
)

// bareSQLite posts through the one writer with prepared statements; clients queue for it.
type bareSQLite struct {
	mu   sync.Mutex
	s    *sqliteStore
	f    *facts
	days map[civil.Date]string
}

func newBareSQLite(ctx context.Context, s *sqliteStore, f *facts) (*bareSQLite, error) {
	if err := all(ctx, s, sqliteSession...); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return &bareSQLite{s: s, f: f, days: map[civil.Date]string{}}, nil
}

func (b *bareSQLite) close() error { return b.s.close() }

func (b *bareSQLite) post(_ context.Context, kind int, n int64) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := b.do("begin immediate", nil); err != nil {
		return err
	}
	err := b.one(kind, n)
	if err == nil {
		return b.do("commit", nil)
	}
	return errors.Join(err, b.do("rollback", nil))
}

// do executes a statement, prepared once, and gives each row to fn.
func (b *bareSQLite) do(query string, fn func(*sqlite.Stmt), args ...any) error {
	stmt, err := b.s.conn.Prepare(query)
	if err != nil {
		return err
	}
	for i, a := range args {
		if err := bind(stmt, i+1, a, b.days); err != nil {
			return err
		}
	}
	for {
		more, err := stmt.Step()
		if err != nil || !more {
			return errors.Join(err, stmt.Reset())
		}
		if fn != nil {
			fn(stmt)
		}
	}
}

var bareTypes = [...]struct {
	series string
	code   int16
}{{"journal", 4}, {"payment", 3}, {"reimbursement", 7}}

const (
	liteNumber  = "update number_series set next = next + 1 where company = ? and series = ? returning prefix, width, next - 1"
	liteIDs     = "update row_id set next = next + 3 returning next - 3"
	liteVoucher = "insert into voucher (company, id, command, customer, vendor, date, type, number, text, digest) values (?, ?, ?, ?, ?, ?, ?, ?, '', ?)"
	liteEntries = "insert into entry (company, voucher, account, party, amount, accounting, line, currency) values (?1, ?2, ?3, ?4, ?5, ?5, 1, 'USD'), (?1, ?2, ?6, ?7, -?5, -?5, 2, 'USD')"
	liteAudit   = "insert into audit (company, id, at, actor, command, subject, detail) values (?, ?, ?, 'operator:bench', 'bare', '', '{}')"
	liteKey     = "insert into idempotency (company, key, command, input_hash, result, at) values (?, ?, 'bare', ?, '{}', ?)"
	liteOp      = "insert into settlement_op (company, id, command, date, kind) values (?, ?, ?, ?, ?)"
	liteSettle  = "insert into settlement (company, party, operation, credit_voucher, debit_voucher, amount, accounting, credit_line, debit_line, n) values (?, ?, ?, ?, ?, 1, 1, 2, ?, 1)"
	liteLower   = "update open_item set open = open - 1, accounting = accounting - 1 where company = ? and side = 1 and party = ? and voucher = ? and line = ? and open > 1"
	liteClose   = `insert into settlement (company, party, operation, credit_voucher, debit_voucher, amount, accounting, credit_line, debit_line, n)
		select company, party, ?, voucher, ?, -open, -open, line, 1, row_number() over () from open_item where company = ? and side = 1 and party = ?`
	liteGone = "delete from open_item where company = ? and side = 1 and party = ?"
	liteOwed = "insert into open_item (company, side, party, voucher, line, account, open, accounting, date, due_date, number, currency) values (?1, 2, ?2, ?3, 2, ?4, ?5, ?5, ?6, ?6, ?7, 'USD')"
)

// one posts in the transaction that is open.
func (b *bareSQLite) one(kind int, n int64) error {
	var number string
	var id int64
	company, at := b.f.company, time.Now().UnixMicro()
	t := bareTypes[kind]
	err := b.do(liteNumber, func(s *sqlite.Stmt) {
		number = fmt.Sprintf("%s%0*d", s.ColumnText(0), s.ColumnInt(1), s.ColumnInt64(2))
	}, company, t.series)
	if err == nil {
		err = b.do(liteIDs, func(s *sqlite.Stmt) { id = s.ColumnInt64(0) })
	}
	if err == nil && (number == "" || id == 0) {
		err = fault.New(fault.Internal, "the database has no number series %s", t.series)
	}
	if err != nil {
		return err
	}
	if err := b.parts(kind, n, id, number); err != nil {
		return err
	}
	if err := b.do(liteAudit, nil, company, id+1, at); err != nil {
		return err
	}
	return b.do(liteKey, nil, company, bareKey(kind, n), digestless, at)
}

// parts writes voucher, entries, settlement and open items; the ids after the voucher's are those of command and operation.
func (b *bareSQLite) parts(kind int, n, id int64, number string) error {
	type call struct {
		query string
		args  []any
	}
	company, day := b.f.company, RunDate
	voucher := func(customer, vendor any) call {
		return call{liteVoucher, []any{company, id, id + 1, customer, vendor, day, bareTypes[kind].code, number, digestless}}
	}
	var calls []call
	switch kind {
	case kindVoucher:
		calls = []call{voucher(nil, nil), {liteEntries, []any{company, id, b.f.bank.id, nil, 100, b.f.revenue.id, nil}}}
	case kindPayment:
		o, err := b.f.bill(n)
		if err != nil {
			return err
		}
		calls = []call{
			voucher(o.party, nil),
			{liteEntries, []any{company, id, o.bankID, nil, 1, o.account, o.party}},
			{liteOp, []any{company, id + 2, id + 1, day, 1}},
			{liteSettle, []any{company, o.party, id + 2, id, o.voucher, o.line}},
			{liteLower, []any{company, o.party, o.voucher, o.line}},
		}
	default:
		c, err := b.f.credit(n)
		if err != nil {
			return err
		}
		calls = []call{
			voucher(c.party, c.vendor),
			{liteEntries, []any{company, id, c.account, c.party, -c.open, b.f.payable, c.vendor}},
			{liteOp, []any{company, id + 2, id + 1, day, 5}},
			{liteClose, []any{id + 2, id, company, c.party}},
			{liteGone, []any{company, c.party}},
			{liteOwed, []any{company, c.vendor, id, b.f.payable, c.open, day, number}},
		}
	}
	for _, c := range calls {
		if err := b.do(c.query, nil, c.args...); err != nil {
			return err
		}
	}
	return nil
}
