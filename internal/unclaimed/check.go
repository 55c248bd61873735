package unclaimed

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

// checks are the proofs over unclaimed property. Each query gives the first bad row, as texts for the message.
var checks = []ledger.Proposition{
	{Rule: "unclaimed_liability", Text: "on account %s the vouchers of unclaimed property leave a liability of %s minor units, but %s are escheated and not remitted%s", SQL: `
		with ours as (select voucher from unclaimed_property where company = $1 union select voucher from unclaimed_remittance where company = $1),
		those as (select voucher from ours union select v.id from voucher v join ours o on o.voucher = v.reverses where v.company = $1),
		l as (select l.account, sum(case when p.status = 'escheated' then l.accounting else 0 end) as owed from unclaimed_line l join unclaimed_property p on p.company = l.company and p.id = l.property
			where l.company = $1 group by l.account),
		b as (select a.written, -sum(e.accounting) as owed from entry e join those t on t.voucher = e.voucher join ledger_account a on a.company = e.company and a.id = e.account
			where e.company = $1 and a.written in (select account from l) group by a.written)
		select l.account, cast(coalesce(b.owed, 0) as text), cast(l.owed as text), '' from l left join b on b.written = l.account where coalesce(b.owed, 0) <> l.owed order by l.account limit 1`},
	{Rule: "unclaimed_sum", Text: "property %s is of %s minor units, but its liability lines make %s%s", SQL: `
		select p.code, cast(p.amount as text), cast(coalesce(l.amount, 0) as text), '' from unclaimed_property p
		left join (select property, sum(amount) as amount, sum(accounting) as accounting from unclaimed_line where company = $1 group by property) l on l.property = p.id
		where p.company = $1 and (p.amount <> coalesce(l.amount, 0) or p.accounting <> coalesce(l.accounting, 0)) order by p.id limit 1`},
	{Rule: "unclaimed_settled", Text: "property %s of %s minor units is %s, but its settlement makes %s", SQL: `
		with s as (select o.source, sum(l.amount) as amount from settlement_op o join settlement l on l.company = o.company and l.operation = o.id
			where o.company = $1 and o.kind = 1 and o.source is not null group by o.source)
		select p.code, cast(p.amount as text), p.status, cast(coalesce(s.amount, 0) as text) from unclaimed_property p left join s on s.source = p.id
		where p.company = $1 and coalesce(s.amount, 0) <> case when p.status = 'reversed' then 0 else p.amount end order by p.id limit 1`},
	{Rule: "unclaimed_voucher", Text: "property %s is %s, but voucher %s is otherwise%s", SQL: `
		select p.code, p.status, coalesce(v.number, '(missing)'), '' from unclaimed_property p left join voucher v on v.company = p.company and v.id = p.voucher
		left join voucher r on r.company = p.company and r.reverses = p.voucher where p.company = $1 and (v.id is null or (p.status = 'reversed') <> (r.id is not null)) order by p.id limit 1`},
	{Rule: "unclaimed_payment", Text: "payment %s/%s is %s, but its unclaimed property is %s", SQL: `
		select j.code, cast(y.line as text), y.status, coalesce(p.code, '(none)') from vendor_payment y join vendor_payment_journal j on j.company = y.company and j.id = y.journal
		left join unclaimed_property p on p.company = y.company and p.kind = 'payment' and p.target = y.id and p.status <> 'reversed'
		where y.company = $1 and (y.status = 'escheated') <> (p.id is not null) order by y.id limit 1`},
	{Rule: "unclaimed_remittance", Text: "remittance %s is of %s minor units, but its properties make %s%s", SQL: `
		select r.code, cast(r.amount as text), cast(coalesce(p.amount, 0) as text), '' from unclaimed_remittance r
		left join (select remittance, sum(amount) as amount from unclaimed_property where company = $1 and remittance is not null group by remittance) p on p.remittance = r.id
		left join voucher x on x.company = r.company and x.reverses = r.voucher
		where r.company = $1 and (coalesce(p.amount, 0) <> case when r.reversal is null then r.amount else 0 end or coalesce(r.reversal, 0) <> coalesce(x.id, 0)) order by r.id limit 1`},
	{Rule: "unclaimed_report", Text: "report %s has %s properties of %s minor units, but more name it%s", SQL: `
		select r.code, cast(r.properties as text), cast(r.total as text), '' from unclaimed_report r
		left join (select report, count(*) as n, sum(amount) as amount from unclaimed_property where company = $1 and report is not null group by report) p on p.report = r.id
		where r.company = $1 and (coalesce(p.n, 0) > r.properties or coalesce(p.amount, 0) > r.total) order by r.id limit 1`},
}

// Check proves the unclaimed property of the unit's company; findings are of code Violation.
func Check(ctx context.Context, tx *db.Tx) (fault.List, error) { return ledger.Prove(ctx, tx, checks) }
