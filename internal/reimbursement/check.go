package reimbursement

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

var checks = []ledger.Proposition{
	{Rule: "reimbursement_settles", Text: "the reimbursement %s debits %s with %s minor units, but settles %s there", SQL: `
		select v.number, a.written, cast(e.amount as text), cast(coalesce(sum(s.amount), 0) as text)
		from voucher v join entry e on e.company = v.company and e.voucher = v.id and e.party = v.customer
		join ledger_account a on a.company = e.company and a.id = e.account
		left join settlement s on s.company = e.company and s.party = e.party and s.debit_voucher = e.voucher and s.debit_line = e.line
		where v.company = $1 and v.type = 7 group by v.id, v.number, a.written, e.line, e.amount having coalesce(sum(s.amount), 0) <> e.amount order by v.id limit 1`},
	{Rule: "run_counts", Text: "run %s says %s candidates of which %s are excluded, but its lines say otherwise%s", SQL: `
		select r.code, cast(r.candidates as text), cast(r.excluded as text), '' from run r
		left join (select run, count(*) as n, sum(case when reason <> '' then 1 else 0 end) as excluded from run_line where company = $1 group by run) l on l.run = r.id
		where r.company = $1 and r.state <> 'proposing' and (r.candidates <> coalesce(l.n, 0) or r.excluded <> coalesce(l.excluded, 0)) order by r.id limit 1`},
	{Rule: "run_twice", Text: "run %s decides on customer id %s in %s more than once%s", SQL: `
		select r.code, cast(l.customer as text), l.currency, '' from run_line l join run r on r.company = l.company and r.id = l.run
		where l.company = $1 group by r.code, l.customer, l.currency having count(*) > 1 order by r.code limit 1`},
	{Rule: "run_posted", Text: "run %s posted reimbursements to customer id %s of %s minor units, but its line says %s", SQL: `
		select r.code, cast(l.customer as text), cast(coalesce(p.amount, 0) as text), cast(l.amount as text)
		from run r join run_line l on l.company = r.company and l.run = r.id
		left join (select v.source, v.customer, e.currency, sum(e.amount) as amount from voucher v join entry e on e.company = v.company and e.voucher = v.id and e.party = v.customer
			where v.company = $1 and v.type = 7 group by v.source, v.customer, e.currency) p on p.source = r.id and p.customer = l.customer and p.currency = l.currency
		where r.company = $1 and r.state = 'posted' and (case when l.reason = '' then l.amount else 0 end) <> coalesce(p.amount, 0) order by r.id, l.line limit 1`},
}

// Check proves the runs and reimbursements of the unit's company; findings are of code Violation.
func Check(ctx context.Context, tx *db.Tx) (fault.List, error) {
	found, err := ledger.Prove(ctx, tx, checks)
	if err != nil {
		return nil, err
	}
	runs, err := Runs(ctx, tx)
	if err != nil {
		return nil, err
	}
	for i := range runs {
		bad, err := checkSummaries(ctx, tx, &runs[i])
		if err != nil {
			return nil, err
		}
		found = append(found, bad...)
	}
	return found, nil
}

// checkSummaries proves that the sums kept with the chunks of a run are those of its lines, and those kept with the run those of the
// chunks; it names the first that is not.
func checkSummaries(ctx context.Context, tx *db.Tx, r *Run) (fault.List, error) {
	type kept struct {
		n       int
		summary string
	}
	chunks, err := db.List(ctx, tx, func(row *db.Rows, k *kept) error { return row.Scan(&k.n, &k.summary) },
		"select n, summary from run_chunk where company = $1 and run = $2 order by n", tx.Company, r.ID)
	if err != nil {
		return nil, err
	}
	for _, k := range chunks {
		s, err := sumLines(ctx, tx, r.ID, k.n)
		if err != nil {
			return nil, err
		}
		if s.text() != k.summary {
			return fault.List{fault.New(fault.Violation, "chunk %d of run %s keeps other sums than its lines have", k.n, r.Code).ByRule("chunk_summary")}, nil
		}
	}
	if r.summary == "" {
		return nil, nil
	}
	s, err := sumChunks(ctx, tx, r.ID)
	if err != nil || s.text() == r.summary {
		return nil, err
	}
	return fault.List{fault.New(fault.Violation, "run %s keeps other sums than its chunks have", r.Code).ByRule("run_summary")}, nil
}
