package deduction

import (
	"context"
	"maps"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// Reverse posts the mirror of a posted resolution line on date, which reopens the deduction by its amount. Of a deduction that was
// allowed at capture the line is the capture itself: its mirror opens the document again, and the deduction is reversed.
func Reverse(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction, resolution int64, date civil.Date, why string) (*Outcome, error) {
	if err := lockRoot(ctx, tx, d); err != nil {
		return nil, err
	}
	r, err := canReverse(ctx, tx, d, resolution, date)
	if err != nil {
		return nil, err
	}
	if why == "" {
		why = "Reverses a resolution of the deduction " + d.Number
	}
	ch := openitem.NewChanges(c)
	out := &Outcome{Deduction: d, Batch: r.Batch, Resolutions: []*Resolution{r}}
	if d.Allowed {
		return out, reverseCapture(ctx, tx, c, ch, d, r, date, why)
	}
	mirror, err := mirrorLine(ctx, tx, c, ch, d, r, date, why)
	if err != nil {
		return nil, err
	}
	if err := ch.Flush(ctx, tx); err != nil {
		return nil, err
	}
	r.State, r.Reversal, r.DecidedBy, r.DecidedAt = "reversed", mirror.ID, tx.Actor, tx.Micros()
	if err := decide(ctx, tx, r, "posted"); err != nil {
		return nil, err
	}
	return out, reopen(ctx, tx, c, s, d, r)
}

func canReverse(ctx context.Context, tx *db.Tx, d *Deduction, resolution int64, date civil.Date) (*Resolution, error) {
	all, err := Resolutions(ctx, tx, d.ID)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(r *Resolution) bool { return r.ID == resolution })
	switch {
	case i < 0:
		return nil, fault.New(fault.NotFound, "the deduction %s has no resolution of id %d", d.Number, resolution).In("resolution")
	case all[i].State != "posted":
		return nil, fault.New(fault.Refused, "that resolution of the deduction %s is %s; only a posted one is reversed", d.Number, all[i].State).In("resolution").ByRule("not_posted")
	case date < all[i].Date:
		return nil, fault.New(fault.Refused, "that resolution is of %s; it cannot be reversed on %s, before that", all[i].Date, date).In("date").ByRule("reversed_before")
	case slices.ContainsFunc(all, func(r *Resolution) bool { return r.State == "proposed" }):
		return nil, fault.New(fault.Refused, "a resolution of the deduction %s waits for approval; it is approved or rejected first", d.Number).ByRule("pending_approval")
	}
	return all[i], nil
}

// mirrorLine undoes what the vouchers of a line settled, and mirrors them.
func mirrorLine(ctx context.Context, tx *db.Tx, c *ledger.Company, ch *openitem.Changes, d *Deduction, r *Resolution, date civil.Date, why string) (*ledger.Voucher, error) {
	vouchers := []int64{r.Voucher}
	if r.Kind == ByCreditNote && r.Counterpart != r.Voucher {
		vouchers = append(vouchers, r.Counterpart)
	}
	u, err := undoLine(ctx, tx, c, ch, d, vouchers, date)
	if err != nil {
		return nil, err
	}
	var first *ledger.Voucher
	for _, id := range vouchers {
		m, err := mirrorVoucher(ctx, tx, c, ch, u, id, date, why)
		if err != nil {
			return nil, err
		}
		if first == nil {
			first = m
		}
	}
	if r.Kind == ByCorrection {
		op := &openitem.Operation{Kind: openitem.Deducted, Date: date}
		if err := recloseCapture(ctx, tx, c, ch, u, d, op); err != nil {
			return nil, err
		}
	}
	return first, nil
}

// undoLine undoes the operations by which the vouchers of a line were settled when it was posted. What was settled since is refused.
func undoLine(ctx context.Context, tx *db.Tx, c *ledger.Company, ch *openitem.Changes, d *Deduction, vouchers []int64, date civil.Date) (*openitem.Undoer, error) {
	links, err := linksOf(ctx, tx, c, vouchers)
	if err != nil {
		return nil, err
	}
	byOp := map[int64][]openitem.Linked{}
	for _, l := range links {
		if slices.Contains(vouchers, l.DebitVoucher) || slices.Contains(vouchers, l.CreditVoucher) {
			if l.Kind != openitem.Resolved {
				return nil, settledSince(ctx, tx, c, d, l, vouchers)
			}
			byOp[l.Operation] = nil
		}
	}
	for _, l := range links {
		if _, touched := byOp[l.Operation]; touched {
			byOp[l.Operation] = append(byOp[l.Operation], l)
		}
	}
	ops := slices.Sorted(maps.Keys(byOp))
	u, err := openitem.NewUndoer(ctx, tx, c, ops, byOp)
	if err != nil {
		return nil, err
	}
	for _, op := range ops {
		if err := u.Undo(ch, op, byOp[op], date); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// linksOf gives the live links of the parties that have items in the vouchers.
func linksOf(ctx context.Context, tx *db.Tx, c *ledger.Company, vouchers []int64) ([]openitem.Linked, error) {
	items, err := openitem.OfVouchers(ctx, tx, c, vouchers)
	if err != nil || len(items) == 0 {
		return nil, err
	}
	parties := map[int64]bool{}
	for _, it := range items {
		parties[it.Party] = true
	}
	return openitem.LiveLinks(ctx, tx, slices.Sorted(maps.Keys(parties)))
}

// settledSince says what settled what a line posted.
func settledSince(ctx context.Context, tx *db.Tx, c *ledger.Company, d *Deduction, l openitem.Linked, vouchers []int64) error {
	other := l.DebitVoucher
	if slices.Contains(vouchers, other) {
		other = l.CreditVoucher
	}
	v, err := ledger.Get(ctx, tx, c, other)
	if err != nil {
		return err
	}
	return fault.New(fault.Refused, "what that resolution of the deduction %s posted was settled since, with %s (%s); undo that first", d.Number, v.Number, l.Kind).ByRule("settled_since")
}

// reverseCapture mirrors the capture of an allowed deduction.
func reverseCapture(ctx context.Context, tx *db.Tx, c *ledger.Company, ch *openitem.Changes, d *Deduction, r *Resolution, date civil.Date, why string) error {
	b := &builder{c: c, d: d}
	ops, byOp, err := b.captureLinks(ctx, tx)
	if err != nil {
		return err
	}
	u, err := openitem.NewUndoer(ctx, tx, c, ops, byOp)
	if err != nil {
		return err
	}
	for _, op := range ops {
		if err := u.Undo(ch, op, byOp[op], date); err != nil {
			return err
		}
	}
	if err := Uncapture(ctx, tx, c, ch, u, []*Deduction{d}, date, why); err != nil {
		return err
	}
	if err := ch.Flush(ctx, tx); err != nil {
		return err
	}
	r.State = "reversed"
	return tx.Row(ctx, "select coalesce(reversal, 0) from resolution where company = $1 and id = $2", tx.Company, r.ID).Scan(&r.Reversal)
}

// reopen brings a deduction back to work after a line was reversed.
func reopen(ctx context.Context, tx *db.Tx, c *ledger.Company, s *Setup, d *Deduction, r *Resolution) error {
	d.Resolved -= r.Amount
	back := money.Amount(0)
	switch r.Kind {
	case ByPayback:
		back = -r.Amount
	case ByReturn, ByChargeback:
		if d.Dispute == AwaitingPayback {
			d.Dispute = NotDisputed
		}
	}
	if err := settleState(ctx, tx, d, back); err != nil {
		return err
	}
	if d.Work == Closed {
		if err := d.PostedWork(InResearch); err != nil {
			return err
		}
	}
	d.ClosedAt = 0
	if err := s.save(ctx, tx, c, d); err != nil {
		return err
	}
	return AddEvent(ctx, tx, d.ID, "resolution_reversed", amounts(d, []*Resolution{r}))
}

// settleState follows from what is posted: a claim is one until something is approved; what was taken in error altogether is void. repaid
// is what a payback brought, negative when it was reversed.
func settleState(ctx context.Context, tx *db.Tx, d *Deduction, repaid money.Amount) error {
	if d.isClaim() {
		d.State = Claim
		if d.Resolved > 0 {
			d.State = Held
		}
		return nil
	}
	corrected, err := d.readConceded(ctx, tx)
	if err != nil {
		return err
	}
	if repaid != 0 || d.Dispute == PaidBack || d.Dispute == PartlyPaidBack {
		d.Repay(repaid)
	}
	was := d.State
	if d.State = Held; corrected == d.Amount {
		d.State = Voided
	}
	if was == d.State {
		return nil
	}
	return rededuct(ctx, tx, d)
}
