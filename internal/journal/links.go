package journal

import (
	"context"

	"quittance/internal/db"
)

// Place is a line of a journal.
type Place struct {
	Journal string // code
	Line    int
}

// OfVoucher gives the lines that posted a voucher as their payment.
func OfVoucher(ctx context.Context, tx *db.Tx, voucher int64) ([]Place, error) {
	return db.List(ctx, tx, func(r *db.Rows, p *Place) error { return r.Scan(&p.Journal, &p.Line) },
		"select j.code, l.line from payment_line l join payment_journal j on j.company = l.company and j.id = l.journal where l.company = $1 and l.voucher = $2 order by j.code, l.line", tx.Company, voucher)
}

// Like gives the journals whose code begins so, by code, without their lines.
func Like(ctx context.Context, tx *db.Tx, code string, limit int) ([]Journal, error) {
	return db.List(ctx, tx, func(r *db.Rows, j *Journal) error { return scanJournal(r, j) },
		"select "+journalColumns+" from payment_journal where company = $1 and code >= $2 and code < $3 order by code limit $4", tx.Company, code, code+"\U0010ffff", limit)
}
