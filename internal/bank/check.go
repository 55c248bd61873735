package bank

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

// checks are the proofs over bank statements. Each query gives the first bad row, as texts for the message.
var checks = []ledger.Proposition{
	{Rule: "bank_statement_sum", Text: "statement %s/%s has %s lines that do not lead from its opening to its closing balance, or not all of them%s", SQL: `
		select b.code, cast(s.n as text), cast(s.lines as text), '' from bank_statement s join bank_account b on b.company = s.company and b.id = s.bank
		left join (select statement, count(*) as n, sum(amount) as amount from bank_line where company = $1 group by statement) l on l.statement = s.id
		where s.company = $1 and (s.opening + coalesce(l.amount, 0) <> s.closing or coalesce(l.n, 0) <> s.lines) order by s.id limit 1`},
	{Rule: "bank_statement_chain", Text: "statement %s/%s opens at %s minor units, but the one before closed at %s", SQL: `
		select b.code, cast(s.n as text), cast(s.opening as text), coalesce(cast(p.closing as text), '(missing)') from bank_statement s join bank_account b on b.company = s.company and b.id = s.bank
		left join bank_statement p on p.company = s.company and p.bank = s.bank and p.n = s.n - 1
		where s.company = $1 and s.n > 1 and (p.id is null or p.closing <> s.opening) order by s.id limit 1`},
	{Rule: "bank_line_reconciliation", Text: "line %s/%s/%s names a reconciliation that does not stand, or is named by none that does%s", SQL: `
		select b.code, cast(s.n as text), cast(l.n as text), '' from bank_line l join bank_statement s on s.company = l.company and s.id = l.statement join bank_account b on b.company = l.company and b.id = l.bank
		left join bank_reconciliation k on k.company = l.company and k.statement = l.statement and k.line = l.n and k.undone_by = ''
		where l.company = $1 and coalesce(l.reconciliation, 0) <> coalesce(k.id, 0) order by l.statement, l.n limit 1`},
	{Rule: "bank_reconciliation_sum", Text: "reconciliation %s of bank account %s is of a line of %s minor units, but its entries make %s", SQL: `
		select cast(k.n as text), b.code, cast(l.amount as text), cast(coalesce(x.amount, 0) as text) from bank_reconciliation k join bank_account b on b.company = k.company and b.id = k.bank
		join bank_line l on l.company = k.company and l.statement = k.statement and l.n = k.line
		left join (select reconciliation, sum(amount) as amount, sum(live) as live, count(*) as n from bank_reconciliation_entry where company = $1 group by reconciliation) x on x.reconciliation = k.id
		where k.company = $1 and (l.amount <> coalesce(x.amount, 0) or x.live <> case when k.undone_by = '' then x.n else 0 end) order by k.id limit 1`},
	{Rule: "bank_reconciliation_entry", Text: "reconciliation %s of bank account %s has line %s of voucher %s, which is no such entry of the bank's ledger account", SQL: `
		select cast(k.n as text), b.code, cast(r.line as text), coalesce(v.number, '(missing)') from bank_reconciliation_entry r join bank_reconciliation k on k.company = r.company and k.id = r.reconciliation
		join bank_account b on b.company = k.company and b.id = k.bank left join voucher v on v.company = r.company and v.id = r.voucher
		left join entry e on e.company = r.company and e.voucher = r.voucher and e.line = r.line left join ledger_account a on a.company = e.company and a.id = e.account
		where r.company = $1 and (e.voucher is null or e.amount <> r.amount or e.currency <> b.currency or a.written <> b.account) order by r.reconciliation, r.voucher, r.line limit 1`},
	{Rule: "bank_payment_cleared", Text: "payment %s/%s is %s, but its bank entry is otherwise reconciled%s", SQL: `
		select j.code, cast(p.line as text), p.status, '' from vendor_payment p join vendor_payment_journal j on j.company = p.company and j.id = p.journal
		left join (select distinct voucher from bank_reconciliation_entry where company = $1 and live = 1) r on r.voucher = p.voucher
		where p.company = $1 and ((p.status = 'cleared' and r.voucher is null) or (p.status = 'posted' and r.voucher is not null)) order by p.id limit 1`},
}

// Check proves the bank statements of the unit's company; findings are of code Violation.
func Check(ctx context.Context, tx *db.Tx) (fault.List, error) { return ledger.Prove(ctx, tx, checks) }
