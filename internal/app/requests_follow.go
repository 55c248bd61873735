package app

import (
	"context"
	"slices"

	"quittance/internal/bank"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
	"quittance/internal/payout"
	"quittance/internal/request"
)

// followPayments brings requests that payments pay to the state that the payments make; every command that changes payments calls it.
func followPayments(ctx context.Context, tx *db.Tx, payments []*payout.Payment, why string) error {
	var vouchers []int64
	for _, p := range payments {
		for _, x := range p.Items {
			vouchers = append(vouchers, x.Voucher)
		}
	}
	return request.Follow(ctx, tx, vouchers, why)
}

// followPaid is followPayments for payments that are known by their ids.
func followPaid(ctx context.Context, tx *db.Tx, ids []int64, why string) error {
	if len(ids) == 0 {
		return nil
	}
	those, arg := tx.Among("payment", "$2", ids)
	vouchers, err := db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) }, "select distinct voucher from vendor_payment_item where company = $1 and "+those, tx.Company, arg)
	if err != nil {
		return err
	}
	return request.Follow(ctx, tx, vouchers, why)
}

// followPairs follows the payments that lines of a bank statement were reconciled with.
func followPairs(ctx context.Context, tx *db.Tx, pairs []bank.Pair, why string) error {
	var ids []int64
	for _, p := range pairs {
		for _, e := range p.Entries {
			if e.Payment != 0 && !slices.Contains(ids, e.Payment) {
				ids = append(ids, e.Payment)
			}
		}
	}
	return followPaid(ctx, tx, ids, why)
}

// undoBankLine takes the reconciliation of a line back; the requests whose payments were on it are paid, and no longer cleared.
func undoBankLine(ctx context.Context, tx *db.Tx, c *ledger.Company, l *bank.Line) (n int64, voucher string, err error) {
	ids, err := bank.PaymentsOn(ctx, tx, l)
	if err != nil {
		return 0, "", err
	}
	if n, voucher, err = bank.Undo(ctx, tx, c, l, tx.Today()); err != nil {
		return n, voucher, err
	}
	return n, voucher, followPaid(ctx, tx, ids, "the reconciliation of line "+l.Name()+" was undone")
}

const numbersAtOnce = 200 // that one query looks for

// followNumbers follows vouchers by their numbers.
func followNumbers(ctx context.Context, tx *db.Tx, numbers []string, why string) error {
	for chunk := range slices.Chunk(numbers, numbersAtOnce) {
		those, args := db.AmongTexts("number", 2, chunk)
		ids, err := db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) }, "select id from voucher where company = $1 and "+those, append([]any{tx.Company}, args...)...)
		if err != nil {
			return err
		}
		if err := request.Follow(ctx, tx, ids, why); err != nil {
			return err
		}
	}
	return nil
}

// notOfRequests refuses the marks of a request, which come and go with its state.
func notOfRequests(ctx context.Context, tx *db.Tx, code string) error {
	_, err := request.Find(ctx, tx, code)
	if fault.CodeOf(err) == fault.NotFound {
		return nil
	}
	if err == nil {
		err = fault.New(fault.Refused, "%s is a request, whose marks go with its state: withdraw or cancel it instead: quittance requests cancel %s --reason TEXT", code, code).In("journal").ByRule("belongs_to_request")
	}
	return err
}

// followJournal follows all payments of a journal.
func followJournal(ctx context.Context, tx *db.Tx, j *payout.Journal) error {
	vouchers, err := db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) },
		"select distinct i.voucher from vendor_payment p join vendor_payment_item i on i.company = p.company and i.payment = p.id where p.company = $1 and p.journal = $2", tx.Company, j.ID)
	if err != nil {
		return err
	}
	return request.Follow(ctx, tx, vouchers, "the vendor payment journal "+j.Code+" was abandoned")
}

// followSettled follows the vendor invoices among what was settled, or unsettled, without a payment.
func followSettled(ctx context.Context, tx *db.Tx, side openitem.Side, paid []openitem.Paid) error {
	if side != openitem.Vendors {
		return nil
	}
	var vouchers []int64
	for _, x := range paid {
		vouchers = append(vouchers, x.Credit)
	}
	return request.Follow(ctx, tx, vouchers, "settled without a payment, or no longer")
}

// mayPay refuses who asked for, or approved, a request that the payments pay.
func mayPay(ctx context.Context, tx *db.Tx, payments []*payout.Payment) error {
	barred, err := barredPayments(ctx, tx, payments)
	if err != nil {
		return err
	}
	for _, p := range payments {
		if code := barred[p.ID]; code != "" {
			return request.SomebodyElse(tx, code)
		}
	}
	return nil
}

// barredPayments gives, of payments, those that the actor may not make, with the code of the request that each pays.
func barredPayments(ctx context.Context, tx *db.Tx, payments []*payout.Payment) (map[int64]string, error) {
	var vouchers []int64
	for _, p := range payments {
		for _, x := range p.Items {
			vouchers = append(vouchers, x.Voucher)
		}
	}
	barred, err := request.Barred(ctx, tx, vouchers)
	all := map[int64]string{}
	for _, p := range payments {
		for _, x := range p.Items {
			if code := barred[x.Voucher]; code != "" {
				all[p.ID] = code
			}
		}
	}
	return all, err
}
