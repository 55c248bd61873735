package deduction

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

// checks are the proofs over deductions and their resolutions. Each query gives the first bad row, as texts for the message.
var checks = []ledger.Proposition{
	{Rule: "deduction_amount", Text: "deduction %s shows %s minor units as resolved and %s as split off, but its posted resolutions and its children come to otherwise (%s)", SQL: `
		select d.number, cast(d.resolved as text), cast(d.split as text), cast(coalesce(r.amount, 0) as text) || ' and ' || cast(coalesce(x.amount, 0) as text) from deduction d
		left join (select deduction, sum(amount) as amount from resolution where company = $1 and state = 'posted' group by deduction) r on r.deduction = d.id
		left join (select parent, sum(amount) as amount from deduction where company = $1 and parent is not null group by parent) x on x.parent = d.id
		where d.company = $1 and (d.resolved <> coalesce(r.amount, 0) or d.split <> coalesce(x.amount, 0)) order by d.id limit 1`},
	{Rule: "deduction_family", Text: "deduction %s is of root id %s, but differs from it in customer, currency, hold or capture%s%s", SQL: `
		select d.number, cast(d.root as text), '', '' from deduction d left join deduction r on r.company = d.company and r.id = d.root
		where d.company = $1 and (r.id is null or r.root <> r.id or r.customer <> d.customer or r.currency <> d.currency or r.hold <> d.hold
			or r.holder is distinct from d.holder or r.voucher is distinct from d.voucher or (d.parent is null) <> (d.id = d.root)) order by d.id limit 1`},
	{Rule: "deduction_hold", Text: "what holds deduction %s has %s minor units open, but %s remain of it and its children%s", SQL: `
		select d.number, cast(coalesce(o.open, 0) as text), cast(f.remaining as text), '' from deduction d
		join (select root, sum(case when state = 'held' then amount - resolved - split else 0 end) as remaining from deduction where company = $1 group by root) f on f.root = d.id
		left join (select party, voucher, sum(open) as open from open_item where company = $1 and held = 1 group by party, voucher) o on o.party = d.holder and o.voucher = d.voucher
		where d.company = $1 and d.id = d.root and d.holder is not null and coalesce(o.open, 0) <> f.remaining order by d.id limit 1`},
	{Rule: "deduction_suspense", Text: "the suspense accounts of deduction %s hold %s minor units for it, but %s remain of it and its children%s", SQL: `
		select d.number, cast(coalesce(h.amount, 0) as text), cast(f.remaining as text), '' from deduction d
		join (select root, sum(amount - resolved - split) as remaining from deduction where company = $1 group by root) f on f.root = d.id
		left join (select k.root, sum(e.amount) as amount from (
				select root, voucher from deduction where company = $1 and id = root and hold = 'suspense' and state <> 'reversed'
				union all select x.root, r.voucher from resolution r join deduction x on x.company = r.company and x.id = r.deduction where r.company = $1 and r.voucher is not null and x.hold = 'suspense' and x.state <> 'reversed'
				union all select x.root, r.reversal from resolution r join deduction x on x.company = r.company and x.id = r.deduction where r.company = $1 and r.reversal is not null and x.hold = 'suspense' and x.state <> 'reversed') k
			join deduction d on d.company = $1 and d.id = k.root
			join entry e on e.company = $1 and e.voucher = k.voucher and e.party is null
				and exists (select 1 from entry c where c.company = $1 and c.voucher = d.voucher and c.account = e.account and c.amount > 0 and c.party is null)
			group by k.root) h on h.root = d.id
		where d.company = $1 and d.id = d.root and d.hold = 'suspense' and d.state <> 'reversed' and coalesce(h.amount, 0) <> f.remaining order by d.id limit 1`},
	{Rule: "resolution_voucher", Text: "a resolution (%s) of deduction %s is %s, but its vouchers are not those of such a line%s", SQL: `
		select r.kind, d.number, r.state, '' from resolution r join deduction d on d.company = r.company and d.id = r.deduction
		left join voucher v on v.company = r.company and v.id = r.voucher left join voucher m on m.company = r.company and m.id = r.reversal
		where r.company = $1 and ((r.state in ('posted', 'reversed')) <> (v.id is not null) or (r.state = 'reversed') <> (m.id is not null) or (m.id is not null and m.reverses is distinct from v.id))
		order by r.id limit 1`},
	{Rule: "deduction_exposure", Text: "%s minor units are exposed for deduction id %s, but it is not held or %s remain of it%s", SQL: `
		select cast(x.amount as text), cast(x.id as text), cast(coalesce(d.amount - d.resolved - d.split, 0) as text), '' from exposure x left join deduction d on d.company = x.company and d.id = x.id
		where x.company = $1 and x.source = 'deduction' and (d.id is null or d.state <> 'held' or d.hold = '' or d.customer <> x.party or x.amount <> d.amount - d.resolved - d.split) order by x.id limit 1`},
}

// Check proves the deductions of the unit's company; findings are of code Violation.
func Check(ctx context.Context, tx *db.Tx) (fault.List, error) { return ledger.Prove(ctx, tx, checks) }
