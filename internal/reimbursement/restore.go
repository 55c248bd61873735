package reimbursement

import (
	"context"
	"strings"

	"quittance/internal/db"
)

// Restore saves a run as it is: as it was in another database, when a company folder brings it in, or as it was posted at once. Its
// ID is given already. The lines of a folder have no fingerprint: when a proposed one is posted, amounts and counts are compared.
func Restore(ctx context.Context, tx *db.Tx, r *Run, lines []LineInfo) error {
	var startedBy, roles any
	if r.StartedBy != "" {
		startedBy, roles = r.StartedBy, strings.Join(r.StartedRoles, ",")
	}
	horizon := r.Horizon
	if horizon == 0 {
		horizon = r.ID
	}
	b := tx.Batch("run_line", "company", "run", "line", "customer", "vendor", "amount", "fingerprint", "reimbursements", "transfers", "currency", "reason", "detail")
	for _, l := range lines {
		b.Add(tx.Company, r.ID, l.Line, l.CustomerID, db.Null(l.VendorID), l.Amount, l.Fingerprint, l.Reimbursements, l.Transfers, l.Currency, string(l.Reason), l.Detail)
	}
	state := "planned"
	if r.State == Posted {
		state = "posted"
	}
	k := tx.Batch("run_chunk", "company", "run", "n", "first_line", "last_line", "first_customer", "last_customer", "state", "summary", "reimbursements", "transfers")
	all := newSummary()
	for from, n := 0, 1; from < len(lines); n++ {
		to := min(from+chunkLines, len(lines))
		for to < len(lines) && lines[to].CustomerID == lines[to-1].CustomerID { // a customer stands in one chunk
			to++
		}
		s := newSummary()
		first, last := lines[from].Customer, lines[from].Customer
		for _, l := range lines[from:to] {
			first, last = min(first, l.Customer), max(last, l.Customer) // a folder's lines may stand in any order
			if err := s.count(1, l.Reason, int64(l.Reimbursements), int64(l.Transfers), l.Currency, l.Amount); err != nil {
				return err
			}
		}
		if err := all.merge(s); err != nil {
			return err
		}
		k.Add(tx.Company, r.ID, n, lines[from].Line, lines[to-1].Line, first, last, state, s.text(), s.Reimbursements, s.Transfers)
		from = to
	}
	r.Candidates, r.Excluded, r.Reimbursements, r.Transfers = all.Candidates, all.Excluded, all.Reimbursements, all.Transfers
	var summary any
	if r.State == Posted || r.State == Cancelled {
		summary = all.text()
	}
	_, err := tx.Exec(ctx, `insert into run (company, id, code, date, state, selection, policy, created_by, created_at, posted_at, candidates, excluded, reimbursements, transfers, first_number, last_number, first_transfer, horizon, started_by, started_roles, started_at, summary)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)`,
		tx.Company, r.ID, r.Code, r.Policy.Date, string(r.State), r.Selection.canonical(), r.Policy.canonical(), r.CreatedBy, r.CreatedAt, db.Null(r.PostedAt),
		r.Candidates, r.Excluded, r.Reimbursements, r.Transfers, db.Null(r.FirstNumber), db.Null(r.LastNumber), db.Null(r.FirstTransfer), horizon, startedBy, roles, db.Null(r.StartedAt), summary)
	if err != nil {
		return err
	}
	if err := b.FlushLater(ctx); err != nil {
		return err
	}
	return k.FlushLater(ctx)
}
