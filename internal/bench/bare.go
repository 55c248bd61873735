package bench

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// bare posts by the least SQL that leaves the same traces: the number drawn, voucher, two entries, settlement and open items, audit
// record, idempotency key, in one durable transaction. It checks nothing.
type bare interface {
	post(ctx context.Context, kind int, n int64) error
	close() error
}

// The kinds of posting, as [desk.kinds] counts them.
const (
	kindVoucher = iota
	kindPayment
	kindReimbursement
)

func openBare(ctx context.Context, address string, f *facts) (bare, error) {
	s, err := openStore(ctx, address)
	if err != nil {
		return nil, err
	}
	if err := f.readPayable(ctx, s); err != nil {
		s.close()
		return nil, err
	}
	if lite, ok := s.(*sqliteStore); ok {
		return newBareSQLite(ctx, lite, f)
	}
	if err := s.close(); err != nil {
		return nil, err
	}
	cfg, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = max(cfg.MaxConns, bareConnections)
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	return &barePostgres{pool, f}, err
}

const bareConnections = 40 // more than clients are usually measured

// digestless stands where a digest or a hash would: bare SQL works none out.
var digestless = make([]byte, 32)

// barePostgres posts with one statement, which is one round trip and one transaction.
type barePostgres struct {
	pool *pgxpool.Pool
	f    *facts
}

func (b *barePostgres) close() error { b.pool.Close(); return nil }

// bareHead and bareTail are the same for every kind: $1 company, $2 date, $3 digest, $4 instant, $5 idempotency key.
const (
	bareHead = `with n as (update number_series set next = next + 1 where company = $1 and series = '%s' returning prefix || lpad((next - 1)::text, width, '0') as number),
		ids as (select nextval('row_id') as voucher, nextval('row_id') as command, nextval('row_id') as op),
		a as (insert into audit (company, id, at, actor, command, subject, detail) select $1, command, $4, 'operator:bench', 'bare', '', '{}' from ids),
		i as (insert into idempotency (company, key, command, input_hash, result, at) values ($1, $5, 'bare', $3, '{}', $4)),`
	bareVoucher = bareHead + `
		v as (insert into voucher (company, id, command, date, type, number, text, digest) select $1, voucher, command, $2, 4, number, '', $3 from ids, n)
		insert into entry (company, voucher, account, amount, accounting, line, currency)
			select $1, voucher, x.account, x.amount, x.amount, x.line, 'USD' from ids, (values (1, $6::bigint, 100), (2, $7::bigint, -100)) x(line, account, amount)`
	barePayment = bareHead + `
		v as (insert into voucher (company, id, command, customer, date, type, number, text, digest) select $1, voucher, command, $6, $2, 3, number, '', $3 from ids, n),
		e as (insert into entry (company, voucher, account, party, amount, accounting, line, currency)
			select $1, voucher, x.account, x.party, x.amount, x.amount, x.line, 'USD' from ids, (values (1, $7::bigint, null, 1), (2, $8::bigint, $6::bigint, -1)) x(line, account, party, amount)),
		o as (insert into settlement_op (company, id, command, date, kind) select $1, op, command, $2, 1 from ids),
		s as (insert into settlement (company, party, operation, credit_voucher, debit_voucher, amount, accounting, credit_line, debit_line, n)
			select $1, $6, op, voucher, $9, 1, 1, 2, $10, 1 from ids)
		update open_item set open = open - 1, accounting = accounting - 1 where company = $1 and side = 1 and party = $6 and voucher = $9 and line = $10 and open > 1`
	bareReimbursement = bareHead + `
		gone as (delete from open_item where company = $1 and side = 1 and party = $6 returning voucher as credit, line, open),
		v as (insert into voucher (company, id, command, customer, vendor, date, type, number, text, digest) select $1, voucher, command, $6, $7, $2, 7, number, '', $3 from ids, n),
		e as (insert into entry (company, voucher, account, party, amount, accounting, line, currency)
			select $1, voucher, x.account, x.party, x.amount, x.amount, x.line, 'USD' from ids, (values (1, $8::bigint, $6::bigint, -$10::bigint), (2, $9::bigint, $7::bigint, $10::bigint)) x(line, account, party, amount)),
		o as (insert into settlement_op (company, id, command, date, kind) select $1, op, command, $2, 5 from ids),
		s as (insert into settlement (company, party, operation, credit_voucher, debit_voucher, amount, accounting, credit_line, debit_line, n)
			select $1, $6, op, credit, voucher, -open, -open, line, 1, row_number() over () from ids, gone)
		insert into open_item (company, side, party, voucher, line, account, open, accounting, date, due_date, number, currency)
			select $1, 2, $7, voucher, 2, $9, $10, $10, $2, $2, number, 'USD' from ids, n`
)

func (b *barePostgres) post(ctx context.Context, kind int, n int64) error {
	args := []any{b.f.company, RunDate.Time(), digestless, time.Now().UnixMicro(), bareKey(kind, n)}
	var query, series string
	switch kind {
	case kindVoucher:
		query, series = bareVoucher, "journal"
		args = append(args, b.f.bank.id, b.f.revenue.id)
	case kindPayment:
		o, err := b.f.bill(n)
		if err != nil {
			return err
		}
		query, series = barePayment, "payment"
		args = append(args, o.party, o.bankID, o.account, o.voucher, o.line)
	default:
		c, err := b.f.credit(n)
		if err != nil {
			return err
		}
		query, series = bareReimbursement, "reimbursement"
		args = append(args, c.party, c.vendor, c.account, b.f.payable, c.open)
	}
	_, err := b.pool.Exec(ctx, fmt.Sprintf(query, series), args...)
	return err
}

func bareKey(kind int, n int64) string { return fmt.Sprintf("bare-%d-%d", kind, n) }
