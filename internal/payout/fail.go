package payout

import (
	"cmp"
	"context"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// Freed is an invoice that is open again, since its payment failed.
type Freed struct {
	Payment *Payment
	Voucher int64
	Number  string
	Amount  money.Amount // positive
	Fate    Fate         // of the payment, else the company's
}

// Fail notes that payments came back: rejected, voided, returned, stopped or stale, on date, with the reason. One that is posted gets its
// exact mirror, and its invoices are open again; of one that is not, the marks are released. All fail or none. The number of a check that
// was printed is void, and the bank is told with the next positive pay file. What is freed is for the caller to hand to the receivable.
// Source: payments rules, "What comes back".
func Fail(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*Payment, to Status, date civil.Date, reason string) ([]Freed, error) {
	if reason == "" {
		return nil, fault.New(fault.Invalid, "a payment that came back needs a reason").In("reason")
	}
	var open, posted []*Payment
	for _, p := range payments {
		if !p.Status.MayFail(to) {
			return nil, fault.New(fault.Refused, "payment %s is %s and cannot become %s", p.Name(), p.Status, to).ByRule("payment_status")
		}
		if p.Voucher == 0 {
			open = append(open, p)
			continue
		}
		if date < p.PostedOn {
			return nil, fault.New(fault.Refused, "payment %s was posted on %s; it cannot come back on %s, before that", p.Name(), p.PostedOn, date).ByRule("reversed_before").In("date")
		}
		posted = append(posted, p)
	}
	if err := release(ctx, tx, open); err != nil {
		return nil, err
	}
	mirrors, err := mirror(ctx, tx, c, posted, date, reason)
	if err != nil {
		return nil, err
	}
	if err := voidChecks(ctx, tx, payments, reason); err != nil {
		return nil, err
	}
	steps := make([]change, len(payments))
	var freed []Freed
	for i, p := range payments {
		steps[i] = change{payment: p, to: to, voucher: mirrors[p.ID], detail: reason}
		if p.Voucher == 0 {
			continue // nothing was paid: its invoices never closed
		}
		for _, x := range p.Items {
			freed = append(freed, Freed{p, x.Voucher, x.Number, x.Amount, cmp.Or(p.Fate, Fate(c.Parameters["payment_failed"]), Reissue)})
		}
	}
	return freed, apply(ctx, tx, steps)
}

// mirror posts the mirrors of payments and opens their invoices again; it gives the mirrors' ids by payment.
func mirror(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*Payment, date civil.Date, reason string) (map[int64]int64, error) {
	mirrors := map[int64]int64{}
	if len(payments) == 0 {
		return mirrors, nil
	}
	vendors, of := map[int64]bool{}, map[int64]*Payment{}
	for _, p := range payments {
		vendors[p.Vendor], of[p.ID] = true, p
	}
	links, err := openitem.LiveLinks(ctx, tx, keys(vendors))
	if err != nil {
		return nil, err
	}
	byOp, opOf := map[int64][]openitem.Linked{}, map[int64]int64{}
	for _, l := range links {
		if l.Kind == openitem.Applied && of[l.Source] != nil {
			byOp[l.Operation] = append(byOp[l.Operation], l)
			opOf[l.Source] = l.Operation
		}
	}
	u, err := openitem.NewUndoer(ctx, tx, c, keys(byOp), byOp)
	if err != nil {
		return nil, err
	}
	ch := openitem.NewChanges(c)
	made := map[int64]*ledger.Voucher{}
	posted, err := postedBy(ctx, tx, c, payments)
	if err != nil {
		return nil, err
	}
	for _, p := range payments {
		op := opOf[p.ID]
		if op == 0 || posted[p.Voucher] == nil {
			return nil, fault.New(fault.Violation, "the voucher or the settlement of payment %s is not there; run quittance verify", p.Name()).ByRule("payment_settlement")
		}
		if err := u.Undo(ch, op, byOp[op], date); err != nil {
			return nil, err
		}
		if made[p.ID], err = posted[p.Voucher].mirror(ch, u, p, date, reason); err != nil {
			return nil, err
		}
	}
	if err := ch.Flush(ctx, tx); err != nil {
		return nil, err
	}
	for id, v := range made {
		mirrors[id] = v.ID
	}
	return mirrors, nil
}

// voucher is what a payment posted.
type voucher struct {
	*ledger.Stored
	items []*openitem.Item
}

// postedBy reads what payments posted, by the voucher's id.
func postedBy(ctx context.Context, tx *db.Tx, c *ledger.Company, payments []*Payment) (map[int64]*voucher, error) {
	ids := make([]int64, len(payments))
	for i, p := range payments {
		ids[i] = p.Voucher
	}
	all := make(map[int64]*voucher, len(ids))
	if err := ledger.EachOf(ctx, tx, c, ids, ledger.VendorPayment, func(v *ledger.Stored) error {
		all[v.ID] = &voucher{Stored: v}
		return nil
	}); err != nil {
		return nil, err
	}
	items, err := openitem.OfVouchers(ctx, tx, c, ids)
	for _, it := range items {
		all[it.Voucher].items = append(all[it.Voucher].items, it)
	}
	return all, err
}

// mirror adds the mirror of what a payment posted to the changes; what it settled is undone before.
func (v *voucher) mirror(ch *openitem.Changes, u *openitem.Undoer, p *Payment, date civil.Date, reason string) (*ledger.Voucher, error) {
	for i, it := range v.items {
		if known := u.Item(it); known != nil {
			v.items[i] = known
		}
		if v.items[i].Open != v.items[i].Amount {
			return nil, fault.New(fault.Refused, "line %d of %s, the voucher of payment %s, is settled by something else; undo that settlement first", it.Line, v.Number, p.Name()).ByRule("settled_since")
		}
	}
	return ch.Mirror(&v.Voucher, v.items, date, reason), nil
}

func keys[V any](m map[int64]V) []int64 {
	all := make([]int64, 0, len(m))
	for k := range m {
		all = append(all, k)
	}
	slices.Sort(all)
	return all
}
