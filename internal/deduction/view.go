package deduction

import (
	"context"

	"quittance/internal/db"
	"quittance/internal/money"
)

// VoucherNumbers gives the numbers of vouchers by their ids.
func VoucherNumbers(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]string, error) {
	return textByID(ctx, tx, "select id, number from voucher where company = $1 and ", ids)
}

// NumbersByID gives the numbers of deductions by their ids.
func NumbersByID(ctx context.Context, tx *db.Tx, ids []int64) (map[int64]string, error) {
	return textByID(ctx, tx, "select id, number from deduction where company = $1 and ", ids)
}

func textByID(ctx context.Context, tx *db.Tx, query string, ids []int64) (map[int64]string, error) {
	found := map[int64]string{}
	if len(ids) == 0 {
		return found, nil
	}
	those, arg := tx.Among("id", "$2", ids)
	err := tx.Each(ctx, query+those, []any{tx.Company, arg}, func(r *db.Rows) error {
		found[r.Int64(0)] = r.Text(1)
		return nil
	})
	return found, err
}

// JournalCode gives the code of the payment journal that a deduction was captured by; blank when there is none.
func JournalCode(ctx context.Context, tx *db.Tx, d *Deduction) (code string, err error) {
	if d.Journal != 0 {
		err = tx.Row(ctx, "select code from payment_journal where company = $1 and id = $2", tx.Company, d.Journal).Scan(&code)
	}
	return code, err
}

// HeldOpen gives what is open of the items that hold a root with all its children, and where they are held; false when no open item
// does.
func HeldOpen(ctx context.Context, tx *db.Tx, root *Deduction) (open money.Amount, held bool, err error) {
	if root.Holder == 0 {
		return 0, false, nil
	}
	err = tx.Row(ctx, "select cast(coalesce(sum(open), 0) as bigint) from open_item where company = $1 and side = 1 and party = $2 and voucher = $3 and open > 0",
		tx.Company, root.Holder, root.Voucher).Scan(&open)
	return open, true, err
}

// ResolutionLines gives the lines of all resolutions of a deduction, the newest last.
func ResolutionLines(ctx context.Context, tx *db.Tx, d *Deduction) ([]Resolution, error) {
	return db.List(ctx, tx, func(r *db.Rows, x *Resolution) error {
		return r.Scan(&x.ID, &x.Deduction, &x.Batch, &x.Date, &x.Kind, &x.Amount, &x.Accounting, &x.Account, &x.Plan, &x.Counterpart, &x.Reason, &x.Text, &x.State, &x.Voucher, &x.Reversal,
			&x.Automatic, &x.Actor, &x.At, &x.DecidedBy, &x.DecidedAt)
	}, `select id, deduction, batch, date, kind, amount, accounting, account, coalesce(plan, 0), coalesce(counterpart, 0), reason, text, state, coalesce(voucher, 0), coalesce(reversal, 0),
		automatic, actor, at, decided_by, coalesce(decided_at, 0) from resolution where company = $1 and deduction = $2 order by id`, tx.Company, d.ID)
}
