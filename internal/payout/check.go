package payout

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

// checks are the proofs over vendor payments. Each query gives the first bad row, as texts for the message.
var checks = []ledger.Proposition{
	{Rule: "vendor_payment_sum", Text: "payment %s/%s is of %s minor units, but pays invoices of %s", SQL: `
		select j.code, cast(p.line as text), cast(p.amount as text), cast(coalesce(x.amount, 0) as text) from vendor_payment p join vendor_payment_journal j on j.company = p.company and j.id = p.journal
		left join (select payment, sum(amount) as amount from vendor_payment_item where company = $1 group by payment) x on x.payment = p.id
		where p.company = $1 and p.amount <> coalesce(x.amount, 0) order by p.id limit 1`},
	{Rule: "vendor_payment_marks", Text: "the vendor payment journal %s marks %s minor units of voucher %s, but its open payments pay %s of it", SQL: `
		with w as (select j.code, p.vendor, i.voucher, sum(i.amount) as amount from vendor_payment_item i join vendor_payment p on p.company = i.company and p.id = i.payment
			join vendor_payment_journal j on j.company = p.company and j.id = p.journal
			where i.company = $1 and p.status in ('created', 'approved', 'generated', 'sent') group by j.code, p.vendor, i.voucher),
		m as (select k.journal, k.party, k.voucher, sum(i.amount) as amount from mark k join mark_item i on i.company = k.company and i.mark = k.id
			where k.company = $1 and k.journal in (select code from vendor_payment_journal where company = $1) group by k.journal, k.party, k.voucher)
		select w.code, cast(coalesce(m.amount, 0) as text), v.number, cast(w.amount as text) from w join voucher v on v.company = $1 and v.id = w.voucher
			left join m on m.journal = w.code and m.party = w.vendor and m.voucher = w.voucher where w.amount <> coalesce(m.amount, 0)
		union all
		select m.journal, cast(m.amount as text), v.number, '0' from m join voucher v on v.company = $1 and v.id = m.voucher
			where not exists (select 1 from w where w.code = m.journal and w.vendor = m.party and w.voucher = m.voucher)
		limit 1`},
	{Rule: "vendor_payment_voucher", Text: "payment %s/%s is %s, but its voucher is not what such a payment has%s", SQL: `
		select j.code, cast(p.line as text), p.status, '' from vendor_payment p join vendor_payment_journal j on j.company = p.company and j.id = p.journal
		left join voucher v on v.company = p.company and v.id = p.voucher left join voucher r on r.company = p.company and r.reverses = p.voucher
		where p.company = $1 and p.voucher is not null and (v.id is null or v.type <> 6 or (p.status in ('posted', 'cleared')) <> (r.id is null)
			or (select -sum(e.amount) from entry e where e.company = p.company and e.voucher = p.voucher and e.party is null and e.amount < 0
				and e.account in (select a.id from ledger_account a join bank_account b on b.company = a.company and b.account = a.written where a.company = p.company and b.id = p.bank)) < p.amount)
		order by p.id limit 1`},
	{Rule: "vendor_payment_settled", Text: "payment %s/%s paid %s minor units of voucher %s, but its settlement is not there, or of another amount", SQL: `
		with s as (select o.source, l.credit_voucher, sum(l.amount) as amount from settlement_op o join settlement l on l.company = o.company and l.operation = o.id
			where o.company = $1 and o.kind = 8 group by o.source, l.credit_voucher)
		select j.code, cast(p.line as text), cast(i.amount as text), v.number from vendor_payment_item i join vendor_payment p on p.company = i.company and p.id = i.payment
		join vendor_payment_journal j on j.company = p.company and j.id = p.journal join voucher v on v.company = i.company and v.id = i.voucher
		left join s on s.source = p.id and s.credit_voucher = i.voucher
		where i.company = $1 and coalesce(s.amount, 0) <> case when p.status in ('posted', 'cleared') then i.amount else 0 end order by i.payment, i.n limit 1`},
	{Rule: "check_number", Text: "check %s of bank account %s is %s, but payment %s is otherwise", SQL: `
		select cast(k.number as text), b.code, k.state, coalesce(j.code || '/' || cast(p.line as text), '(none)') from check_number k join bank_account b on b.company = k.company and b.id = k.bank
		left join vendor_payment p on p.company = k.company and p.id = k.payment left join vendor_payment_journal j on j.company = p.company and j.id = p.journal
		where k.company = $1 and ((k.state = 'issued' and (p.id is null or p.bank <> k.bank or p.number <> cast(k.number as text) or p.amount <> k.amount or p.status not in ('generated', 'sent', 'posted', 'cleared')))
			or (k.state = 'void' and p.number = cast(k.number as text) and p.status in ('generated', 'sent', 'posted', 'cleared')))
		order by k.bank, k.number limit 1`},
	{Rule: "vendor_payment_journal", Text: "the vendor payment journal %s is %s, but its payments are otherwise%s%s", SQL: `
		select j.code, j.state, '', '' from vendor_payment_journal j where j.company = $1 and j.state in ('posted', 'cancelled')
		and exists (select 1 from vendor_payment p where p.company = j.company and p.journal = j.id and (p.status in ('created', 'approved', 'generated', 'sent') or (j.state = 'cancelled' and p.status <> 'cancelled')))
		order by j.id limit 1`},
	{Rule: "payment_file", Text: "payment file %s has %s payments of %s minor units%s, but other payments name it", SQL: `
		select f.code, cast(f.payments as text), cast(f.total as text), '' from payment_file f left join (select file, count(*) as n, sum(amount) as amount from vendor_payment where company = $1 and file is not null group by file) p on p.file = f.id
		where f.company = $1 and f.kind <> 'positive_pay' and (coalesce(p.n, 0) > f.payments or coalesce(p.amount, 0) > f.total) order by f.id limit 1`},
}

// Check proves the vendor payments of the unit's company; findings are of code Violation.
func Check(ctx context.Context, tx *db.Tx) (fault.List, error) { return ledger.Prove(ctx, tx, checks) }
