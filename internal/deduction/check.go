package deduction

import (
	"bytes"
	"context"
	"crypto/sha256"

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
	{Rule: "resolution_amount", Text: "a resolution (%s) of deduction %s is of %s minor units, but its voucher takes %s off what it resolves, or another accounting amount", SQL: `
		select r.kind, d.number, cast(r.amount as text), cast(coalesce(x.amount, 0) as text) from resolution r join deduction d on d.company = r.company and d.id = r.deduction
		left join (select k.id, -sum(e.amount) as amount, -sum(e.accounting) as accounting from resolution k join deduction y on y.company = k.company and y.id = k.deduction
			join entry e on e.company = k.company and e.voucher = k.voucher and e.party = coalesce(y.holder, y.customer) and e.amount < 0 where k.company = $1 and k.voucher is not null group by k.id) x on x.id = r.id
		where r.company = $1 and r.voucher is not null and d.hold <> 'suspense' and (coalesce(x.amount, 0) <> r.amount or coalesce(x.accounting, 0) <> r.accounting) order by r.id limit 1`},
	{Rule: "resolution_plan", Text: "a resolution (%s) of deduction %s should name the accrual plan that it is charged to, and no other should%s%s", SQL: `
		select r.kind, d.number, '', '' from resolution r join deduction d on d.company = r.company and d.id = r.deduction left join accrual_plan p on p.company = r.company and p.id = r.plan
		where r.company = $1 and ((r.kind = 'accrual_plan') <> (p.id is not null) or (r.plan is null) <> (p.id is null)) order by r.id limit 1`},
	{Rule: "deduction_voucher", Text: "voucher %s is a %s, but there is no such deduction or resolution%s%s", SQL: `
		select v.number, case v.type when 10 then 'deduction' else 'resolution' end, '', '' from voucher v where v.company = $1
			and ((v.type = 10 and not exists (select 1 from deduction d where d.company = v.company and d.voucher = v.id))
			or (v.type = 11 and not exists (select 1 from resolution r where r.company = v.company and r.voucher = v.id))) order by v.id limit 1`},
	{Rule: "deduction_customer_used", Text: "voucher %s is posted on the deduction management customer %s, but is neither a deduction nor of one%s%s", SQL: `
		select v.number, c.code, '', '' from parameter p join customer c on c.company = p.company and c.code = p.value
		join (select party, voucher from open_item where company = $1 and side = 1 union select party, debit_voucher from settlement where company = $1 union select party, credit_voucher from settlement where company = $1) k on k.party = c.id
		join voucher v on v.company = $1 and v.id = k.voucher where p.company = $1 and p.name = 'deduction_customer' and v.type not in (9, 10, 11) order by v.id limit 1`},
	{Rule: "accrual_voucher", Text: "accrual %s of the plan %s was posted by a voucher of id %s that does not exist%s", SQL: `
		select cast(a.id as text), p.code, cast(a.voucher as text), '' from accrual a join accrual_plan p on p.company = a.company and p.id = a.plan left join voucher v on v.company = a.company and v.id = a.voucher
		where a.company = $1 and a.voucher is not null and v.id is null order by a.plan, a.id limit 1`},
	{Rule: "evidence_file", Text: "the evidence (%s) of deduction %s, file id %s, is not there, or not of its size%s", SQL: `
		select x.type, d.number, cast(x.file as text), '' from deduction_evidence x join deduction d on d.company = x.company and d.id = x.deduction
		left join file f on f.company = x.company and f.id = x.file left join file_content c on c.company = f.company and c.sha256 = f.sha256
		where x.company = $1 and (c.content is null or length(c.content) <> f.size) order by x.deduction, x.id limit 1`},
	{Rule: "deduction_exposure", Text: "%s minor units are exposed for deduction id %s, but it is not held or %s remain of it%s", SQL: `
		select cast(x.amount as text), cast(x.id as text), cast(coalesce(d.amount - d.resolved - d.split, 0) as text), '' from exposure x left join deduction d on d.company = x.company and d.id = x.id
		where x.company = $1 and x.source = 'deduction' and (d.id is null or d.state <> 'held' or d.hold = '' or d.customer <> x.party or x.amount <> d.amount - d.resolved - d.split) order by x.id limit 1`},
}

// Check proves the deductions of the unit's company; findings are of code Violation.
func Check(ctx context.Context, tx *db.Tx) (fault.List, error) {
	found, err := ledger.Prove(ctx, tx, checks)
	if err != nil {
		return nil, err
	}
	changed, err := changedFiles(ctx, tx)
	return append(found, changed...), err
}

// changedFiles finds the first file of evidence whose content is not what it was.
func changedFiles(ctx context.Context, tx *db.Tx) (found fault.List, err error) {
	err = tx.Each(ctx, `select f.name, c.sha256, c.content from file_content c join file f on f.company = c.company and f.sha256 = c.sha256
		where c.company = $1 and exists (select 1 from deduction_evidence x where x.company = f.company and x.file = f.id) order by f.id`, []any{tx.Company}, func(r *db.Rows) error {
		if sum := sha256.Sum256(r.Bytes(2)); len(found) == 0 && !bytes.Equal(sum[:], r.Bytes(1)) {
			found = append(found, fault.New(fault.Violation, "the content of the file %s, evidence of a deduction, is not what was attached", r.Text(0)).ByRule("evidence_content"))
		}
		return nil
	})
	return found, err
}
