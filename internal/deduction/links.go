package deduction

import (
	"context"

	"quittance/internal/db"
)

// OfVoucher gives the numbers of the deductions that a voucher is about: captured, resolved or reversed by it, or taken from it.
func OfVoucher(ctx context.Context, tx *db.Tx, voucher int64) ([]string, error) {
	return db.List(ctx, tx, func(r *db.Rows, number *string) error { return r.Scan(number) }, `
		select number from deduction where company = $1 and voucher = $2
		union select d.number from resolution r join deduction d on d.company = r.company and d.id = r.deduction where r.company = $1 and r.voucher = $2
		union select d.number from resolution r join deduction d on d.company = r.company and d.id = r.deduction
			where r.company = $1 and r.voucher = (select reverses from voucher where company = $1 and id = $2)
		union select d.number from deduction d where d.company = $1 and d.invoice = $2
			and d.customer in (select e.party from entry e where e.company = $1 and e.voucher = $2 and e.party is not null)
		order by 1`, tx.Company, voucher)
}

// Like gives the deductions whose number begins so, by number.
func Like(ctx context.Context, tx *db.Tx, number string, limit int) ([]*Deduction, error) {
	return db.List(ctx, tx, func(r *db.Rows, p **Deduction) error {
		*p = &Deduction{}
		return Scan(r, *p)
	}, "select "+columns+" from deduction where company = $1 and number >= $2 and number < $3 order by number limit $4", tx.Company, number, number+"\U0010ffff", limit)
}
