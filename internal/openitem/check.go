package openitem

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

// checks are the proofs over items, settlements and marks. Each query gives the first bad row, as texts for the message.
// Source: ledger rules, "Proof".
var checks = []ledger.Proposition{
	{Rule: "item_open", Text: "line %s of voucher %s is open with %s (accounting %s) minor units, but its entry less its settlements is otherwise", SQL: `
		with applied as (
			select party, voucher, line, sum(amount) as amount, sum(accounting) as accounting from (
				select party, debit_voucher as voucher, debit_line as line, amount, accounting from settlement where company = $1
				union all select party, credit_voucher, credit_line, -amount, -accounting from settlement where company = $1) x
			group by party, voucher, line)
		select cast(e.line as text), v.number, cast(coalesce(o.open, 0) as text), cast(coalesce(o.accounting, 0) as text)
		from entry e join voucher v on v.company = e.company and v.id = e.voucher
		left join applied a on a.party = e.party and a.voucher = e.voucher and a.line = e.line
		left join (select party, voucher, line, sum(open) as open, sum(accounting) as accounting from open_item where company = $1 group by party, voucher, line) o
			on o.party = e.party and o.voucher = e.voucher and o.line = e.line
		where e.company = $1 and e.party is not null
			and (e.amount <> coalesce(a.amount, 0) + coalesce(o.open, 0) or e.accounting <> coalesce(a.accounting, 0) + coalesce(o.accounting, 0))
		order by e.voucher, e.line limit 1`},
	{Rule: "item_orphan", Text: "the open item of voucher id %s line %s does not stand on an entry of that party, ledger account, currency, classification, number, date and due date%s%s", SQL: `
		select cast(o.voucher as text), cast(o.line as text), '', '' from open_item o
		left join entry e on e.company = o.company and e.voucher = o.voucher and e.line = o.line
		left join voucher v on v.company = e.company and v.id = e.voucher
		left join ledger_account a on a.company = e.company and a.id = e.account
		left join main_account m on m.company = a.company and m.account = a.main_account
		where o.company = $1 and (v.id is null or e.party is distinct from o.party or e.account <> o.account or e.currency <> o.currency
			or e.classification is distinct from o.classification or v.number <> o.number or v.date <> o.date or coalesce(e.due_date, v.date) <> o.due_date
			or m.control <> case o.side when 1 then 'customer' else 'vendor' end
			or (o.held <> 0) <> (v.type = 10 and e.amount > 0))
		order by o.voucher, o.line limit 1`},
	{Rule: "item_range", Text: "line %s of voucher %s is open with %s of its %s minor units: open must lie between 0 and the amount", SQL: `
		select cast(o.line as text), v.number, cast(o.open as text), cast(e.amount as text)
		from open_item o join entry e on e.company = o.company and e.voucher = o.voucher and e.line = o.line join voucher v on v.company = o.company and v.id = o.voucher
		where o.company = $1 and (abs(o.open) > abs(e.amount) or (o.open > 0) <> (e.amount > 0)) order by o.voucher, o.line limit 1`},
	{Rule: "settlement_orphan", Text: "operation %s settles line %s of voucher id %s with voucher id %s, which are not a debit and a credit of one party, ledger account and currency", SQL: `
		select cast(s.operation as text), cast(s.debit_line as text), cast(s.debit_voucher as text), cast(s.credit_voucher as text) from settlement s
		left join entry d on d.company = s.company and d.voucher = s.debit_voucher and d.line = s.debit_line
		left join entry c on c.company = s.company and c.voucher = s.credit_voucher and c.line = s.credit_line
		where s.company = $1 and (d.party is distinct from s.party or c.party is distinct from s.party or d.account is distinct from c.account or d.currency is distinct from c.currency
			or d.amount < 0 or c.amount > 0 or not exists (select 1 from settlement_op p where p.company = s.company and p.id = s.operation))
		order by s.operation limit 1`},
	{Rule: "undone_otherwise", Text: "operation %s, which links line %s of voucher id %s with voucher id %s, was taken back otherwise than once and as it was", SQL: `
		select cast(u.undoes as text), cast(u.debit_line as text), cast(u.debit_voucher as text), cast(u.credit_voucher as text) from (
			select p.undoes, s.debit_voucher, s.debit_line, s.credit_voucher, s.credit_line, sum(s.amount) as amount, sum(s.accounting) as accounting
			from settlement_op p join settlement s on s.company = p.company and s.operation = p.id where p.company = $1 and p.undoes is not null
			group by p.undoes, s.debit_voucher, s.debit_line, s.credit_voucher, s.credit_line) u
		left join (select operation, debit_voucher, debit_line, credit_voucher, credit_line, sum(amount) as amount, sum(accounting) as accounting from settlement
			where company = $1 and operation in (select undoes from settlement_op where company = $1 and undoes is not null)
			group by operation, debit_voucher, debit_line, credit_voucher, credit_line) s
			on s.operation = u.undoes and s.debit_voucher = u.debit_voucher and s.debit_line = u.debit_line and s.credit_voucher = u.credit_voucher and s.credit_line = u.credit_line
		where s.operation is null or s.amount <> -u.amount or s.accounting <> -u.accounting order by u.undoes, u.debit_voucher, u.debit_line limit 1`},
	{Rule: "control_account", Text: "ledger account %s, party id %s: entries sum to %s, open items to %s minor units of the accounting currency", SQL: `
		select a.written, cast(x.party as text), cast(sum(x.entries) as text), cast(sum(x.items) as text) from (
			select account, party, accounting as entries, 0 as items from entry where company = $1 and party is not null
			union all select account, party, 0, accounting from open_item where company = $1) x
		join ledger_account a on a.company = $1 and a.id = x.account
		group by a.written, x.party having sum(x.entries) <> sum(x.items) order by a.written, x.party limit 1`},
	{Rule: "mark_sum", Text: "line %s of voucher %s shows %s minor units as marked, but its marks sum to %s", SQL: `
		select cast(o.line as text), v.number, cast(o.marked as text), cast(coalesce(m.amount, 0) as text)
		from open_item o join voucher v on v.company = o.company and v.id = o.voucher
		left join (select voucher, line, sum(amount) as amount from mark_item where company = $1 group by voucher, line) m on m.voucher = o.voucher and m.line = o.line
		where o.company = $1 and o.marked <> coalesce(m.amount, 0) order by o.voucher, o.line limit 1`},
	{Rule: "mark_orphan", Text: "a mark (%s) of %s minor units stands on voucher id %s line %s, of which nothing is open", SQL: `
		select m.journal, cast(i.amount as text), cast(i.voucher as text), cast(i.line as text) from mark_item i join mark m on m.company = i.company and m.id = i.mark
		where i.company = $1 and not exists (select 1 from open_item o where o.company = i.company and o.party = m.party and o.voucher = i.voucher and o.line = i.line)
		order by i.voucher, i.line limit 1`},
	{Rule: "settled_before", Text: "operation %s of %s settles voucher %s, which is of %s, later", SQL: `
		select cast(p.id as text), cast(p.date as text), v.number, cast(v.date as text) from settlement_op p join settlement s on s.company = p.company and s.operation = p.id
		join voucher v on v.company = s.company and v.id in (s.debit_voucher, s.credit_voucher)
		where p.company = $1 and v.date > p.date order by p.id limit 1`},
}

// Check proves items, settlements and marks of the unit's company; findings are of code Violation.
func Check(ctx context.Context, tx *db.Tx) (fault.List, error) { return ledger.Prove(ctx, tx, checks) }
