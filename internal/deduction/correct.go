package deduction

import (
	"context"
	"maps"
	"slices"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// correct: Dr the customer's receivable, Cr the hold, the mirror of a part of the capture. The customer's credit from then is settled
// with it, so that its document is open again by that amount; the cash stays applied. What was applied through a settlement voucher is
// undone, and applied anew without that amount.
func (b *builder) correct(ctx context.Context, tx *db.Tx, v *ledger.Voucher, pieces []openitem.Piece) error {
	for _, p := range pieces {
		v.Entries = append(v.Entries, b.beside(p, &Line{KeepDue: true}))
	}
	fresh, resolved := b.add(v, pieces)
	ops, byOp, err := b.captureLinks(ctx, tx)
	if err != nil {
		return err
	}
	u, err := openitem.NewUndoer(ctx, tx, b.c, ops, byOp)
	if err != nil {
		return err
	}
	x := &correction{b: b, u: u, pieces: slices.Clone(pieces), fresh: fresh, op: resolved}
	if err := x.unapplied(ctx, tx); err != nil {
		return err
	}
	for _, op := range slices.Backward(ops) { // the newest application is opened first
		if err := u.Undo(b.ch, op, byOp[op], b.date); err != nil {
			return err
		}
	}
	kept := map[int64]*openitem.Operation{}
	for _, op := range slices.Backward(ops) {
		if kept[op], err = x.keep(byOp[op]); err != nil {
			return err
		}
	}
	for _, f := range fresh {
		if f.Open != 0 || f.Accounting != 0 {
			return b.usedElsewhere(ctx, tx)
		}
	}
	b.operate(resolved)
	for _, op := range ops {
		if kept[op] != nil {
			b.operate(kept[op])
		}
	}
	for _, again := range x.again {
		b.ch.Settle(again.kind, b.date, again.source, again.app)
	}
	return nil
}

// captureLinks gives the live operations that apply the credit of the capture, each with all its links, those of its settlement voucher
// included, by the order in which they were made.
func (b *builder) captureLinks(ctx context.Context, tx *db.Tx) (ops []int64, byOp map[int64][]openitem.Linked, err error) {
	links, err := openitem.LiveLinks(ctx, tx, []int64{b.d.Customer})
	if err != nil {
		return nil, nil, err
	}
	byOp = map[int64][]openitem.Linked{}
	parties := map[int64]bool{b.d.Customer: true}
	for _, l := range links {
		if l.CreditVoucher != b.d.Voucher || (l.Kind != openitem.Deducted && l.Kind != openitem.Applied) {
			continue
		}
		if byOp[l.Operation] == nil {
			byOp[l.Operation] = []openitem.Linked{}
			ops = append(ops, l.Operation)
		}
		v, err := ledger.Get(ctx, tx, b.c, l.DebitVoucher)
		if err != nil {
			return nil, nil, err
		}
		for _, e := range v.Entries {
			if v.Type == ledger.Settlement && e.Party != 0 {
				parties[e.Party] = true
			}
		}
	}
	if len(parties) > 1 {
		if links, err = openitem.LiveLinks(ctx, tx, slices.Sorted(maps.Keys(parties))); err != nil {
			return nil, nil, err
		}
	}
	for _, l := range links {
		if _, touched := byOp[l.Operation]; touched {
			byOp[l.Operation] = append(byOp[l.Operation], l)
		}
	}
	slices.Sort(ops)
	return ops, byOp, nil
}

// usedElsewhere says what the credit of the capture was settled with since, which stands in the way of its correction.
func (b *builder) usedElsewhere(ctx context.Context, tx *db.Tx) error {
	links, err := openitem.LiveLinks(ctx, tx, []int64{b.d.Customer})
	if err != nil {
		return err
	}
	for _, l := range links {
		if l.CreditVoucher == b.d.Voucher && l.Kind != openitem.Deducted && l.Kind != openitem.Applied && l.Kind != openitem.Resolved {
			return settledSince(ctx, tx, b.c, b.d, l, []int64{b.d.Voucher})
		}
	}
	return fault.New(fault.Refused, "the credit of the deduction %s is not applied as it was captured; reverse the payment that it came with instead", b.d.Number).ByRule("not_as_captured")
}

// correction links what is corrected with the credits of the capture, and keeps the rest as it was.
type correction struct {
	b      *builder
	u      *openitem.Undoer
	pieces []openitem.Piece // what is still to be linked of each
	fresh  []*openitem.Item
	op     *openitem.Operation
	again  []applied // what went through a settlement voucher, without what is corrected
}

// applied is an application that is made anew.
type applied struct {
	kind   openitem.Kind
	source int64
	app    *openitem.Application
}

// unapplied takes what is corrected out of what is open of the credits of the capture: it was never applied.
func (x *correction) unapplied(ctx context.Context, tx *db.Tx) error {
	items, err := openitem.OfVouchers(ctx, tx, x.b.c, []int64{x.b.d.Voucher})
	for _, it := range items {
		if it = known(x.u, it); it.Party == x.b.d.Customer && it.Open < 0 && it.Marked == 0 {
			x.take(it, -it.Open, -it.Accounting)
		}
	}
	return err
}

// take links what is corrected with a credit of the capture, of which no more than the amounts is to be taken, and gives what is left.
func (x *correction) take(credit *openitem.Item, amount, accounting money.Amount) (money.Amount, money.Amount) {
	for i := range x.pieces {
		p, f := &x.pieces[i], x.fresh[i]
		if f.Account.Written != credit.Account.Written || f.Open == 0 && f.Accounting == 0 || x.elsewhere(p, credit.Line) {
			continue
		}
		t := openitem.Link{Debit: f, Credit: credit, Amount: min(amount, p.Amount), Accounting: min(accounting, p.Accounting)}
		if t.Amount == 0 && t.Accounting == 0 {
			continue
		}
		t.Take()
		x.op.Links = append(x.op.Links, t)
		amount, accounting = amount-t.Amount, accounting-t.Accounting
		p.Amount, p.Accounting = p.Amount-t.Amount, p.Accounting-t.Accounting
	}
	return amount, accounting
}

// keep takes what is corrected out of the links of an operation, and gives the operation that keeps the others; nil when they are applied
// anew through a settlement voucher.
func (x *correction) keep(links []openitem.Linked) (*openitem.Operation, error) {
	if through := slices.ContainsFunc(links, func(l openitem.Linked) bool { return l.CreditVoucher != x.b.d.Voucher }); through {
		return nil, x.reapply(links)
	}
	op := &openitem.Operation{Kind: links[0].Kind, Date: x.b.date, Source: links[0].Source}
	for _, l := range slices.Backward(links) {
		debit, credit := x.ends(l)
		amount, accounting := x.take(credit, l.Amount, l.Accounting)
		if amount == 0 && accounting == 0 {
			continue
		}
		k := openitem.Link{Debit: debit, Credit: credit, Amount: amount, Accounting: accounting}
		k.Take()
		op.Links = append(op.Links, k)
	}
	return op, nil
}

// ends gives the items that a link joined.
func (x *correction) ends(l openitem.Linked) (debit, credit *openitem.Item) {
	return x.u.Item(&openitem.Item{Voucher: l.DebitVoucher, Line: l.DebitLine}), x.u.Item(&openitem.Item{Voucher: l.CreditVoucher, Line: l.CreditLine})
}

// reapply takes what is corrected out of the links of an operation that has a settlement voucher, and applies the rest anew.
func (x *correction) reapply(links []openitem.Linked) error {
	var debits, credits []*openitem.Item
	rest := money.Amount(0)
	add := func(to *[]*openitem.Item, it *openitem.Item) {
		if !slices.Contains(*to, it) {
			*to = append(*to, it)
		}
	}
	for _, l := range slices.Backward(links) {
		debit, credit := x.ends(l)
		if debit.Type != ledger.Settlement {
			add(&debits, debit)
		}
		if l.CreditVoucher != x.b.d.Voucher {
			continue
		}
		add(&credits, credit)
		amount, _ := x.take(credit, l.Amount, l.Accounting)
		rest += amount
	}
	if rest == 0 {
		return nil
	}
	debit, credit := openitem.Documents(debits), openitem.Documents(credits)
	if len(debit) != 1 || len(credit) != 1 {
		return fault.New(fault.Refused, "the credit of the deduction %s was applied to several documents at once; reverse the payment that it came with instead", x.b.d.Number).ByRule("not_as_captured")
	}
	app, err := openitem.Apply(x.b.c, debit[0], credit[0], rest, x.b.date)
	if err == nil {
		x.again = append(x.again, applied{links[0].Kind, links[0].Source, app})
	}
	return err
}

// elsewhere says that the piece of a held item belongs to another line of the capture. Lines in suspense are told apart by account only.
func (x *correction) elsewhere(p *openitem.Piece, creditLine int) bool {
	return x.b.d.Holder != 0 && x.b.held.line[p.Item] != creditLine
}

// recloseCapture settles the credits of the capture, opened by the reversal of a correction, with the document again.
func recloseCapture(ctx context.Context, tx *db.Tx, c *ledger.Company, ch *openitem.Changes, u *openitem.Undoer, d *Deduction, op *openitem.Operation) error {
	if d.Invoice == 0 {
		return nil // a stand-alone credit is open again, to be applied
	}
	debits, err := openitem.OfVouchers(ctx, tx, c, []int64{d.Invoice})
	if err != nil {
		return err
	}
	credits, err := openitem.OfVouchers(ctx, tx, c, []int64{d.Voucher})
	if err != nil {
		return err
	}
	for _, cr := range credits {
		cr = known(u, cr)
		if cr.Party != d.Customer || cr.Open >= 0 {
			continue
		}
		for i := range debits {
			debits[i] = known(u, debits[i])
			it := debits[i]
			if it.Party != d.Customer || it.Account.Written != cr.Account.Written || it.Available() <= 0 || cr.Open == 0 {
				continue
			}
			l := openitem.Link{Debit: it, Credit: cr, Amount: min(it.Available(), -cr.Open)}
			l.Accounting = money.Amount(min(it.Accounting, -cr.Accounting))
			l.Take()
			op.Links = append(op.Links, l)
		}
		if cr.Open != 0 || cr.Accounting != 0 {
			return fault.New(fault.Refused, "the document that the deduction %s was taken from was settled since, so that its correction cannot be reversed; undo that settlement first", d.Number).ByRule("settled_since")
		}
	}
	if len(op.Links) > 0 {
		ch.Operate(op)
	}
	return nil
}

// known gives the undoer's own view of an item where it has one.
func known(u *openitem.Undoer, it *openitem.Item) *openitem.Item {
	if own := u.Item(it); own != nil {
		return own
	}
	return it
}
