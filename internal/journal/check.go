package journal

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

// checks are the proofs over payment journals. Each query gives the first bad row, as texts for the message.
var checks = []ledger.Proposition{
	{Rule: "payment_marks", Text: "the payment journal %s marks %s minor units of voucher %s, but its drafts take %s of it", SQL: `
		with w as (select j.code, a.customer, a.voucher, sum(a.amount + a.discount + coalesce((select sum(d.amount) from payment_deduction d
				where d.company = a.company and d.journal = a.journal and d.line = a.line and d.application = a.n), 0)) as amount
			from payment_application a join payment_line l on l.company = a.company and l.journal = a.journal and l.line = a.line
			join payment_journal j on j.company = a.company and j.id = a.journal
			where a.company = $1 and l.state = 'draft' and j.state = 'draft' group by j.code, a.customer, a.voucher),
		m as (select k.journal, k.party, k.voucher, sum(i.amount) as amount from mark k join mark_item i on i.company = k.company and i.mark = k.id
			where k.company = $1 and k.journal in (select code from payment_journal where company = $1) group by k.journal, k.party, k.voucher)
		select w.code, cast(coalesce(m.amount, 0) as text), v.number, cast(w.amount as text) from w join voucher v on v.company = $1 and v.id = w.voucher
			left join m on m.journal = w.code and m.party = w.customer and m.voucher = w.voucher where w.amount <> coalesce(m.amount, 0)
		union all
		select m.journal, cast(m.amount as text), v.number, '0' from m join voucher v on v.company = $1 and v.id = m.voucher
			where not exists (select 1 from w where w.code = m.journal and w.customer = m.party and w.voucher = m.voucher)
		limit 1`},
	{Rule: "payment_voucher", Text: "line %s of the payment journal %s is %s, but its payment voucher is not what such a line has%s", SQL: `
		select cast(l.line as text), j.code, l.state, '' from payment_line l join payment_journal j on j.company = l.company and j.id = l.journal
		left join voucher v on v.company = l.company and v.id = l.voucher left join voucher r on r.company = l.company and r.reverses = l.voucher
		where l.company = $1 and ((l.state <> 'draft' and l.amount > 0) <> (v.id is not null) or (l.state = 'draft') <> (l.posting is null) or v.type <> 3 or (v.id is not null and (l.state = 'reversed') <> (r.id is not null)))
		order by l.journal, l.line limit 1`},
	{Rule: "payment_deduction", Text: "deduction %s of line %s of the payment journal %s is not the record that was captured with it%s", SQL: `
		select cast(x.n as text), cast(x.line as text), j.code, '' from payment_deduction x join payment_line l on l.company = x.company and l.journal = x.journal and l.line = x.line
		join payment_journal j on j.company = x.company and j.id = x.journal left join deduction d on d.company = x.company and d.id = x.deduction
		where x.company = $1 and ((l.state = 'draft') <> (x.deduction is null) or (x.deduction is not null and (d.id is null or d.amount <> x.amount or d.customer <> x.customer or d.journal <> x.journal
			or d.journal_line <> x.line or d.journal_n <> x.n or (l.state = 'reversed' and d.state <> 'reversed'))))
		order by x.journal, x.line, x.n limit 1`},
	{Rule: "payment_state", Text: "the payment journal %s is %s, but its lines are otherwise%s%s", SQL: `
		select j.code, j.state, '', '' from payment_journal j where j.company = $1 and (
			(j.state in ('posted', 'reversed') and exists (select 1 from payment_line l where l.company = j.company and l.journal = j.id and l.state = 'draft'))
			or (j.state = 'reversed' and exists (select 1 from payment_line l where l.company = j.company and l.journal = j.id and l.state <> 'reversed'))
			or (j.state = 'cancelled' and exists (select 1 from payment_line l where l.company = j.company and l.journal = j.id and l.state <> 'draft')))
		order by j.id limit 1`},
}

// Check proves the payment journals of the unit's company; findings are of code Violation.
func Check(ctx context.Context, tx *db.Tx) (fault.List, error) { return ledger.Prove(ctx, tx, checks) }
