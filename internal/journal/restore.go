package journal

import (
	"context"
	"strconv"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
)

// All gives every journal of the company with its lines, in the order in which they came to be: to be written down, and brought in
// elsewhere.
func All(ctx context.Context, tx *db.Tx) ([]*Journal, error) {
	all, err := db.List(ctx, tx, func(r *db.Rows, p **Journal) error {
		*p = &Journal{}
		return scanJournal(r, *p)
	}, "select "+journalColumns+" from payment_journal where company = $1 order by id", tx.Company)
	for _, j := range all {
		if err != nil {
			return nil, err
		}
		j.Lines, err = readLines(ctx, tx, j.ID, 0)
	}
	return all, err
}

// Restore writes journals that were brought in, which the caller has tested, with their ids; the records of their deductions are
// named by id. The drafts among them have no marks yet; see [PlaceMark].
func Restore(ctx context.Context, tx *db.Tx, all []*Journal) error {
	heads := tx.Batch("payment_journal", "company", "id", "code", "text", "state", "remittance", "created_by", "created_at", "posted_by", "posted_at")
	lines := tx.Batch("payment_line", "company", "journal", "line", "date", "customer", "amount", "currency", "bank", "reference", "text", "state", "problem", "voucher", "posting", "posted_at")
	apps := tx.Batch("payment_application", "company", "journal", "line", "n", "customer", "voucher", "amount", "discount", "leave_open", "credit")
	ds := tx.Batch("payment_deduction", "company", "journal", "line", "n", "application", "customer", "type", "allowed", "reason", "account", "plan", "amount", "their_code", "claim", "note", "deduction")
	for _, j := range all {
		var by any
		if j.PostedAt != 0 {
			by = j.PostedBy
		}
		heads.Add(tx.Company, j.ID, j.Code, j.Text, j.State, db.Null(j.Remittance), j.CreatedBy, j.CreatedAt, by, db.Null(j.PostedAt))
		for _, l := range j.Lines {
			lines.Add(tx.Company, j.ID, l.Line, l.Date, l.Customer, l.Amount, l.Currency, l.Bank, l.Reference, l.Text, l.State, l.Problem, db.Null(l.Voucher), db.Null(l.Posting), db.Null(l.PostedAt))
			for _, a := range l.Applications {
				apps.Add(tx.Company, j.ID, l.Line, a.N, a.Customer, a.Voucher, a.Amount, a.Discount, a.LeaveOpen, a.Credit)
			}
			for _, d := range l.Deductions {
				ds.Add(tx.Company, j.ID, l.Line, d.N, db.Null(int64(d.Application)), d.Customer, d.Type, d.Allowed, d.Reason, d.Account, d.Plan, d.Amount, d.TheirCode, d.ClaimNumber, d.Note, db.Null(d.Deduction))
			}
		}
	}
	for _, b := range []*db.Batch{heads, lines, apps, ds} {
		if err := b.Flush(ctx); err != nil {
			return err
		}
	}
	return nil
}

// PlaceMark marks a document for the drafts of a restored journal, in somebody's name, with all that they take of it.
func PlaceMark(ctx context.Context, tx *db.Tx, c *ledger.Company, j *Journal, customer, voucher int64, holder string) (*openitem.Mark, error) {
	k := docKey{customer, voucher}
	w, err := wanted(ctx, tx, j.ID, k)
	if err != nil || w.amount == 0 {
		return nil, err
	}
	doc, err := openDocument(ctx, tx, c, k, w.currency)
	if err != nil {
		return nil, err
	}
	if doc == nil {
		return nil, fault.New(fault.Refused, "nothing is open of the document in %s that line %d of the payment journal %s is applied to", w.currency, w.line, j.Code).ByRule("nothing_open")
	}
	m := &openitem.Mark{Journal: j.Code, Line: strconv.Itoa(w.line), Holder: holder}
	return m, openitem.Place(ctx, tx, c, m, doc, w.amount)
}

// Complete fills in what a deduction line that was brought in leaves blank, as for one that is typed, and tests it.
func Complete(c *ledger.Company, s *deduction.Setup, date civil.Date, d *Deduction) error {
	x := &LineEditor{Line: &Line{Date: date}, e: &Editor{Setup: s, c: c}}
	return x.complete(d)
}

// MarkedBy says whether anybody but a payment journal marks in the name of the code.
func MarkedBy(ctx context.Context, tx *db.Tx, code string) (is bool, err error) {
	err = tx.Row(ctx, "select exists (select 1 from mark where company = $1 and journal = $2) and not exists (select 1 from payment_journal where company = $1 and code = $2)", tx.Company, code).Scan(&is)
	return is, err
}
