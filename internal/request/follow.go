package request

import (
	"context"
	"slices"

	"quittance/internal/db"
	"quittance/internal/payout"
)

// fact is what became of one reimbursement of a request.
type fact struct {
	request  int64
	voucher  int64
	reversed bool
	open     bool // something of its vendor invoice is open
	payments []payout.Status
}

// state gives the state that a fact makes. Where an invoice was paid more than once, since a payment came back, the newest payment counts.
func (f *fact) state() State {
	if f.reversed {
		return Reversed
	}
	for _, s := range slices.Backward(f.payments) {
		switch {
		case s == payout.Cancelled:
		case s.Open():
			return InPayment
		case s == payout.Posted:
			return Paid
		case s == payout.Cleared:
			return Cleared
		default:
			return Returned
		}
	}
	if !f.open { // settled otherwise, such as with a payment that was brought in
		return Paid
	}
	return Posted
}

// order is how far a state is, for requests with several reimbursements: the one that is least far counts; one that came back counts first.
var order = []State{Returned, Posted, InPayment, Paid, Cleared, Reversed}

// stateOf gives the state that the facts of one request make.
func stateOf(facts []fact) State {
	least := Reversed
	for i := range facts {
		if s := facts[i].state(); slices.Index(order, s) < slices.Index(order, least) {
			least = s
		}
	}
	return least
}

// factsOf reads what became of the reimbursements of requests, by request.
func factsOf(ctx context.Context, tx *db.Tx, those string, args []any) (map[int64][]fact, error) {
	all, err := db.List(ctx, tx, func(r *db.Rows, f *fact) error { return r.Scan(&f.request, &f.voucher, &f.reversed, &f.open) }, `select k.request, k.voucher,
			case when exists (select 1 from voucher x where x.company = k.company and x.reverses = k.voucher) then 1 else 0 end,
			case when exists (select 1 from voucher v join open_item o on o.company = v.company and o.side = 2 and o.party = v.vendor and o.voucher = v.id where v.company = k.company and v.id = k.voucher) then 1 else 0 end
		from request_reimbursement k where k.company = $1 and `+those+" order by k.request, k.voucher", append([]any{tx.Company}, args...)...)
	if err != nil || len(all) == 0 {
		return nil, err
	}
	payments := map[int64][]payout.Status{}
	err = tx.Each(ctx, `select k.voucher, p.status from request_reimbursement k join vendor_payment_item i on i.company = k.company and i.voucher = k.voucher
		join vendor_payment p on p.company = i.company and p.id = i.payment where k.company = $1 and `+those+" order by k.voucher, p.id", append([]any{tx.Company}, args...), func(r *db.Rows) error {
		payments[r.Int64(0)] = append(payments[r.Int64(0)], payout.Status(r.Text(1)))
		return nil
	})
	facts := map[int64][]fact{}
	for _, f := range all {
		f.payments = payments[f.voucher]
		facts[f.request] = append(facts[f.request], f)
	}
	return facts, err
}

// Follow brings the requests whose reimbursements are among the vouchers to the state that payments and reversals make; why is told in
// their histories. Commands that pay, that hear of payments, or that reverse reimbursements call it.
func Follow(ctx context.Context, tx *db.Tx, vouchers []int64, why string) error {
	if len(vouchers) == 0 {
		return nil
	}
	those, arg := tx.Among("voucher", "$2", vouchers)
	ids, err := db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) }, "select distinct request from request_reimbursement where company = $1 and "+those+" order by request", tx.Company, arg)
	if err != nil {
		return err
	}
	for _, id := range ids {
		x, err := ByID(ctx, tx, id)
		if err != nil {
			return err
		}
		if err := FollowOne(ctx, tx, x, why); err != nil {
			return err
		}
	}
	return nil
}

// FollowAll is Follow for every request that follows a payment, for commands that may have changed any.
func FollowAll(ctx context.Context, tx *db.Tx, why string) error {
	vouchers, err := db.List(ctx, tx, func(r *db.Rows, id *int64) error { return r.Scan(id) }, `select k.voucher from request r join request_reimbursement k on k.company = r.company and k.request = r.id
		where r.company = $1 and r.state in ('posted', 'in_payment', 'paid', 'cleared', 'returned') order by k.voucher`, tx.Company)
	if err != nil {
		return err
	}
	return Follow(ctx, tx, vouchers, why)
}

// FollowOne is Follow for one request.
func FollowOne(ctx context.Context, tx *db.Tx, x *Request, why string) error {
	if !x.State.Follows() {
		return nil
	}
	facts, err := factsOf(ctx, tx, "k.request = $2", []any{x.ID})
	if err != nil {
		return err
	}
	to := stateOf(facts[x.ID])
	if to == x.State {
		return nil
	}
	for _, s := range Path(x.State, to) {
		if err := x.move(ctx, tx, s, why); err != nil {
			return err
		}
	}
	return nil
}

// Payments gives the names of the payments that pay a request, the oldest first.
func (x *Request) Payments(ctx context.Context, tx *db.Tx) ([]string, error) {
	return db.List(ctx, tx, func(r *db.Rows, s *string) error { var id int64; return r.Scan(s, &id) }, `select distinct j.code || '/' || cast(p.line as text) as name, p.id from request_reimbursement k
		join vendor_payment_item i on i.company = k.company and i.voucher = k.voucher join vendor_payment p on p.company = i.company and p.id = i.payment
		join vendor_payment_journal j on j.company = p.company and j.id = p.journal where k.company = $1 and k.request = $2 order by p.id`, tx.Company, x.ID)
}

// AskedMethods gives the preferred methods of payment of requests whose reimbursements may wait to be paid, by the vouchers of the reimbursements.
func AskedMethods(ctx context.Context, tx *db.Tx) (map[int64]string, error) {
	all := map[int64]string{}
	err := tx.Each(ctx, `select k.voucher, r.method from request r join request_reimbursement k on k.company = r.company and k.request = r.id
		where r.company = $1 and r.state in ('posted', 'in_payment', 'returned') and r.method <> ''`, []any{tx.Company}, func(r *db.Rows) error {
		all[r.Int64(0)] = r.Text(1)
		return nil
	})
	return all, err
}
