package journal

import (
	"context"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
)

// ReverseLine reverses a posted line on date: its applications and discounts are undone, its deductions taken back, its payment
// mirrored. It is refused, with what to do first, when anything of the deductions was resolved since, or what the line left open was
// used.
func ReverseLine(ctx context.Context, tx *db.Tx, c *ledger.Company, code string, line int, date civil.Date, reason string) (*Result, error) {
	j, err := lock(ctx, tx, code)
	if err != nil {
		return nil, err
	}
	l, err := readLine(ctx, tx, j, line)
	if err != nil {
		return nil, err
	}
	switch {
	case l.State != Posted:
		return nil, fault.New(fault.Refused, "line %d of the payment journal %s is %s; only a posted line is reversed", line, code, map[string]string{Draft: "a draft", Reversed: "reversed already"}[l.State]).ByRule("not_posted")
	case date < l.Date:
		return nil, fault.New(fault.Refused, "line %d is of %s; it cannot be reversed on %s, before that", line, l.Date, date).ByRule("reversed_before").In("date")
	}
	ds, err := deduction.OfLine(ctx, tx, j.ID, line)
	if err != nil {
		return nil, err
	}
	ops, byOp, err := operationsOf(ctx, tx, l, ds)
	if err != nil {
		return nil, err
	}
	ch := openitem.NewChanges(c)
	u, err := openitem.NewUndoer(ctx, tx, c, ops, byOp)
	if err != nil {
		return nil, err
	}
	for _, op := range slices.Backward(ops) {
		if err := u.Undo(ch, op, byOp[op], date); err != nil {
			return nil, err
		}
	}
	if err := deduction.Uncapture(ctx, tx, c, ch, u, ds, date, reason); err != nil {
		return nil, err
	}
	mirror, err := mirrorPayment(ctx, tx, c, ch, u, l, date, reason)
	if err != nil {
		return nil, err
	}
	if err := ch.Flush(ctx, tx); err != nil {
		return nil, err
	}
	if err := deduction.Repaid(ctx, tx, c, ch.Paid()); err != nil {
		return nil, err
	}
	if _, err := tx.Exec(ctx, "update payment_line set state = $1 where company = $2 and journal = $3 and line = $4", Reversed, tx.Company, j.ID, line); err != nil {
		return nil, err
	}
	l.State = Reversed
	if err := reversed(ctx, tx, j); err != nil {
		return nil, err
	}
	r := l.result()
	if r.Voucher = ""; mirror != nil {
		r.Voucher = mirror.Number
	}
	return r, nil
}

// operationsOf gives the operations by which a line settled, with their links: the applications and discounts, which name the posting as
// their source, and those of the credits of its deductions with the documents that these were taken from.
func operationsOf(ctx context.Context, tx *db.Tx, l *Line, ds []*deduction.Deduction) (ops []int64, byOp map[int64][]openitem.Linked, err error) {
	parties, vouchers := []int64{l.Customer}, map[int64]bool{}
	for _, a := range l.Applications {
		parties = append(parties, a.Customer)
	}
	for _, d := range ds {
		parties, vouchers[d.Voucher] = append(parties, d.Customer), true
	}
	slices.Sort(parties)
	links, err := openitem.LiveLinks(ctx, tx, slices.Compact(parties))
	if err != nil {
		return nil, nil, err
	}
	byOp = map[int64][]openitem.Linked{}
	for _, x := range links {
		ours := x.Kind == openitem.Applied && x.Source == l.Posting || x.Kind == openitem.Deducted && vouchers[x.CreditVoucher]
		if !ours {
			continue
		}
		if byOp[x.Operation] == nil {
			ops = append(ops, x.Operation)
		}
		byOp[x.Operation] = append(byOp[x.Operation], x)
	}
	slices.Sort(ops)
	return ops, byOp, nil
}

// mirrorPayment adds the mirror of the payment of a line, all of which must be open again; nil when it had no cash.
func mirrorPayment(ctx context.Context, tx *db.Tx, c *ledger.Company, ch *openitem.Changes, u *openitem.Undoer, l *Line, date civil.Date, reason string) (*ledger.Voucher, error) {
	if l.Voucher == 0 {
		return nil, nil
	}
	v, err := ledger.Get(ctx, tx, c, l.Voucher)
	if err != nil {
		return nil, err
	}
	items, err := openitem.OfVouchers(ctx, tx, c, []int64{v.ID})
	if err != nil {
		return nil, err
	}
	for i, it := range items {
		if known := u.Item(it); known != nil {
			items[i], it = known, known
		}
		if it.Open != it.Amount {
			return nil, fault.New(fault.Refused, "what line %d left open of its payment %s was used since; undo that first: quittance unsettle, or reverse the reimbursement or the line of a payment journal that used it", l.Line, v.Number).ByRule("settled_since")
		}
		if it.Marked != 0 {
			return nil, fault.New(fault.Refused, "what line %d left open of its payment %s is marked by a pending settlement; release the mark first", l.Line, v.Number).ByRule("marked")
		}
	}
	return ch.Mirror(&v.Voucher, items, date, reason), nil
}

// reversed notes that a journal is reversed when all its lines are.
func reversed(ctx context.Context, tx *db.Tx, j *Journal) error {
	var left int
	if err := tx.Row(ctx, "select count(*) from payment_line where company = $1 and journal = $2 and state <> 'reversed'", tx.Company, j.ID).Scan(&left); err != nil || left > 0 {
		return err
	}
	return setState(ctx, tx, j, Reversed)
}

// LinesIn gives the numbers of the lines of a journal that are in a state.
func LinesIn(ctx context.Context, tx *db.Tx, journal int64, state string) ([]int, error) {
	return db.List(ctx, tx, func(r *db.Rows, n *int) error { return r.Scan(n) },
		"select line from payment_line where company = $1 and journal = $2 and state = $3 order by line", tx.Company, journal, state)
}
