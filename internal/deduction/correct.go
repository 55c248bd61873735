package deduction

import (
	"context"
	"slices"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// correct: Dr the customer's receivable, Cr the hold, the mirror of a part of the capture. The customer's credit from then is settled
// with it, so that its document is open again by that amount; the cash stays applied.
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
	for _, op := range slices.Backward(ops) { // the newest application is opened first
		if err := u.Undo(b.ch, op, byOp[op], b.date); err != nil {
			return err
		}
	}
	var kept []*openitem.Operation
	for _, op := range slices.Backward(ops) {
		kept = append(kept, x.keep(byOp[op]))
	}
	for _, f := range fresh {
		if f.Open != 0 || f.Accounting != 0 {
			return fault.New(fault.Refused, "the credit of the deduction %s is not applied as it was captured; reverse the payment that it came with instead", b.d.Number).ByRule("not_as_captured")
		}
	}
	b.operate(resolved)
	for _, op := range slices.Backward(kept) {
		b.operate(op)
	}
	return nil
}

// captureLinks gives the live operations that apply the credit of the capture, each with all its links, by the order in which they were
// made. What went through a settlement voucher is not taken apart here.
func (b *builder) captureLinks(ctx context.Context, tx *db.Tx) (ops []int64, byOp map[int64][]openitem.Linked, err error) {
	links, err := openitem.LiveLinks(ctx, tx, []int64{b.d.Customer})
	if err != nil {
		return nil, nil, err
	}
	ours := func(l openitem.Linked) bool {
		return l.CreditVoucher == b.d.Voucher && (l.Kind == openitem.Deducted || l.Kind == openitem.Applied)
	}
	byOp = map[int64][]openitem.Linked{}
	for _, l := range links {
		if ours(l) && byOp[l.Operation] == nil {
			byOp[l.Operation] = []openitem.Linked{}
			ops = append(ops, l.Operation)
		}
	}
	for _, l := range links {
		if _, touched := byOp[l.Operation]; !touched {
			continue
		}
		if !ours(l) {
			return nil, nil, throughSettlement(b.d)
		}
		byOp[l.Operation] = append(byOp[l.Operation], l)
	}
	for _, op := range ops {
		for _, l := range byOp[op] {
			v, err := ledger.Get(ctx, tx, b.c, l.DebitVoucher)
			if err != nil {
				return nil, nil, err
			}
			if v.Type == ledger.Settlement {
				return nil, nil, throughSettlement(b.d)
			}
		}
	}
	slices.Sort(ops)
	return ops, byOp, nil
}

func throughSettlement(d *Deduction) error {
	return fault.New(fault.Refused, "the credit of the deduction %s was applied through a settlement voucher, which is not taken back in part; reverse the payment that it came with instead", d.Number).ByRule("not_as_captured")
}

// correction links what is corrected with the credits of the capture, and keeps the rest as it was.
type correction struct {
	b      *builder
	u      *openitem.Undoer
	pieces []openitem.Piece // what is still to be linked of each
	fresh  []*openitem.Item
	op     *openitem.Operation
}

// keep takes what is corrected out of the links of an operation, and gives the operation that keeps the others.
func (x *correction) keep(links []openitem.Linked) *openitem.Operation {
	op := &openitem.Operation{Kind: links[0].Kind, Date: x.b.date, Source: links[0].Source}
	for _, l := range slices.Backward(links) {
		debit := x.u.Item(&openitem.Item{Voucher: l.DebitVoucher, Line: l.DebitLine})
		credit := x.u.Item(&openitem.Item{Voucher: l.CreditVoucher, Line: l.CreditLine})
		amount, accounting := l.Amount, l.Accounting
		for i := range x.pieces {
			p, f := &x.pieces[i], x.fresh[i]
			if f.Account.Written != credit.Account.Written || f.Open == 0 && f.Accounting == 0 || x.elsewhere(p, l.CreditLine) {
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
		if amount == 0 && accounting == 0 {
			continue
		}
		k := openitem.Link{Debit: debit, Credit: credit, Amount: amount, Accounting: accounting}
		k.Take()
		op.Links = append(op.Links, k)
	}
	return op
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
