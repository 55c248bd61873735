package deduction

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

// add adds the voucher of a line: its first items credit the hold, and are linked with it. It gives the other items, and the operation
// for their links.
func (b *builder) add(v *ledger.Voucher, pieces []openitem.Piece) ([]*openitem.Item, *openitem.Operation) {
	items := b.ch.Add(v)
	op := &openitem.Operation{Kind: openitem.Resolved, Date: b.date}
	if b.d.Holder == 0 {
		return items, op
	}
	for i, p := range pieces {
		op.Links = append(op.Links, openitem.Link{Debit: p.Item, Credit: items[i], Amount: p.Amount, Accounting: p.Accounting})
		items[i].Open, items[i].Accounting = 0, 0
	}
	return items[len(pieces):], op
}

// operate adds an operation that links anything.
func (b *builder) operate(op *openitem.Operation) {
	if len(op.Links) > 0 {
		b.ch.Operate(op)
	}
}

// writeOff: Dr the account, Cr the hold.
func (b *builder) writeOff(l *Line, r *Resolution, v *ledger.Voucher, pieces []openitem.Piece) error {
	r.Account = cmp.Or(l.Account, b.d.Account, b.s.Reasons[b.d.Reason].Account)
	if r.Account == "" {
		return fault.New(fault.Invalid, "a write-off needs the account, or a reason that has one").In("account").ByRule("no_account")
	}
	if err := debitBeside(b.c, v, r.Account, pieces); err != nil {
		return err
	}
	_, op := b.add(v, pieces)
	b.operate(op)
	return nil
}

// planOf finds the plan of a line.
func (b *builder) planOf(l *Line) (*Plan, error) {
	code := cmp.Or(l.Plan, b.d.Plan, b.s.Reasons[b.d.Reason].Plan)
	p := b.s.Plans[code]
	if p == nil {
		return nil, fault.New(fault.Invalid, "there is no accrual plan %q; name one that is", code).In("plan").ByRule("no_plan")
	}
	if l.Account != "" && !b.d.isClaim() {
		return nil, fault.New(fault.Refused, "a charge to the plan %s goes to its accrual account %s; leave the account %s out", p.Code, p.Account, l.Account).In("account").ByRule("plan_account")
	}
	return p, nil
}

// chargeTo: Dr the plan's accrual account, Cr the hold.
func (b *builder) chargeTo(l *Line, r *Resolution, v *ledger.Voucher, pieces []openitem.Piece) error {
	p, err := b.planOf(l)
	if err != nil {
		return err
	}
	r.Plan = p.ID
	b.charged[p] += r.Accounting
	if err := debitBeside(b.c, v, p.Account, pieces); err != nil {
		return err
	}
	_, op := b.add(v, pieces)
	b.operate(op)
	return nil
}

// plansByID gives the plans in the order in which they are locked.
func plansByID(charged map[*Plan]money.Amount) []*Plan {
	return slices.SortedFunc(maps.Keys(charged), func(a, b *Plan) int { return cmp.Compare(a.ID, b.ID) })
}

// match: Dr the receivable of an open credit, Cr the hold.
func (b *builder) match(ctx context.Context, tx *db.Tx, l *Line, r *Resolution, v *ledger.Voucher, pieces []openitem.Piece) error {
	doc, err := b.credit(ctx, tx, l)
	if err != nil {
		return err
	}
	taken, err := openitem.Split(doc, l.Amount)
	if err != nil {
		return err
	}
	openitem.Take(taken)
	r.Counterpart = taken[0].Item.Voucher
	for _, p := range taken {
		v.Entries = append(v.Entries, ledger.Entry{Account: p.Item.Account, Party: p.Item.Party, Currency: p.Item.Currency, Amount: p.Amount, Accounting: p.Accounting, Classification: p.Item.Classification})
	}
	if err := b.exchange(v, pieces[0].Item.Account); err != nil {
		return err
	}
	if err := b.c.AddDueLines(v); err != nil {
		return err
	}
	fresh, op := b.add(v, pieces)
	for i, p := range taken {
		op.Links = append(op.Links, openitem.Link{Debit: fresh[i], Credit: p.Item, Amount: p.Amount, Accounting: p.Accounting})
		fresh[i].Open, fresh[i].Accounting = 0, 0
	}
	b.operate(op)
	return nil
}

// credit finds the open credit that a line is matched with.
func (b *builder) credit(ctx context.Context, tx *db.Tx, l *Line) (*openitem.Document, error) {
	if l.Credit == "" {
		return nil, fault.New(fault.Invalid, "a match needs the voucher of the open credit").In("credit").ByRule("no_credit")
	}
	k := creditName{cmp.Or(l.Party, b.d.Customer), l.Credit}
	if k.party == b.c.DeductionCustomer {
		return nil, fault.New(fault.Refused, "the deduction management customer has no credits of its own; name the customer whose credit it is").In("customer").ByRule("deduction_customer")
	}
	doc := b.credits[k]
	if doc == nil {
		var err error
		if doc, err = openitem.Find(ctx, tx, b.c, openitem.Customers, k.party, k.number); err != nil {
			return nil, err
		}
		b.credits[k] = doc
	}
	switch {
	case doc.Currency != b.d.Currency:
		return nil, fault.New(fault.Refused, "%s is in %s and the deduction %s in %s; only documents of one currency are matched", doc.Number, doc.Currency, b.d.Number, b.d.Currency).In("credit").ByRule("currencies_differ")
	case doc.Open() >= 0:
		return nil, fault.New(fault.Refused, "%s is not an open credit: %s %s are open of it", doc.Number, show(doc.Currency, doc.Open()), doc.Currency).In("credit").ByRule("not_a_credit")
	case l.Amount > -doc.Available():
		return nil, fault.New(fault.Refused, "%s has %s %s that are open and not marked; %s are too much", doc.Number, show(doc.Currency, -doc.Available()), doc.Currency, show(doc.Currency, l.Amount)).In("amount").ByRule("over_settlement")
	case b.date < doc.Date:
		return nil, fault.New(fault.Refused, "%s is of %s; it cannot be matched on %s, before that", doc.Number, doc.Date, b.date).In("date").ByRule("settled_before")
	}
	return doc, nil
}

// exchange adds what the lines so far differ by in accounting currency: per balancing value that balances in amounts, and what is left
// beside the account given.
func (b *builder) exchange(v *ledger.Voucher, beside ledger.Account) error {
	type sums struct {
		amount, accounting money.Amount
		account            ledger.Account
	}
	byValue := map[string]*sums{}
	rest := money.Amount(0)
	for _, e := range v.Entries {
		x := byValue[b.c.Balancing(e.Account)]
		if x == nil {
			x = &sums{account: e.Account}
			byValue[b.c.Balancing(e.Account)] = x
		}
		x.amount, x.accounting, rest = x.amount+e.Amount, x.accounting+e.Accounting, rest+e.Accounting
	}
	for _, value := range slices.Sorted(maps.Keys(byValue)) {
		if x := byValue[value]; x.amount == 0 && x.accounting != 0 {
			if err := b.difference(v, x.account, x.accounting); err != nil {
				return err
			}
			rest -= x.accounting
		}
	}
	if rest != 0 {
		return b.difference(v, beside, rest)
	}
	return nil
}

// difference adds the line that takes up an excess of debit (positive) in accounting currency.
func (b *builder) difference(v *ledger.Voucher, beside ledger.Account, excess money.Amount) error {
	name := "exchange_gain_account"
	if excess < 0 {
		name = "exchange_loss_account"
	}
	main := b.c.Parameters[name]
	if main == "" {
		return fault.New(fault.Refused, "resolving %s leaves an exchange difference, but the parameter %s is not set", b.d.Number, name).ByRule("no_exchange_account")
	}
	v.Entries = append(v.Entries, ledger.Entry{Account: b.c.WithMain(beside, main), Currency: b.d.Currency, Accounting: -excess})
	return nil
}

// giveBack: Dr the customer's receivable, Cr the hold: the debt is open again, as it was or on the chargeback account.
func (b *builder) giveBack(l *Line, r *Resolution, v *ledger.Voucher, pieces []openitem.Piece) error {
	v.Number = l.Number
	r.Counterpart = cmp.Or(b.d.Invoice, b.d.Payment)
	main := ""
	if l.Kind == ByChargeback {
		if main = l.Account; main != "" && b.c.Accounts[main].Control != ledger.CustomerControl {
			return fault.New(fault.Refused, "%s is not a customer control account; a chargeback is a new receivable document", main).In("account").ByRule("not_a_control_account")
		}
		r.Account = main
	}
	for _, p := range pieces {
		e := b.beside(p, l)
		if main != "" {
			e.Account = b.c.WithMain(e.Account, main)
		}
		v.Entries = append(v.Entries, e)
	}
	_, op := b.add(v, pieces)
	b.operate(op)
	return nil
}

// beside gives the debit line of the customer beside a piece of the hold.
func (b *builder) beside(p openitem.Piece, l *Line) ledger.Entry {
	was := b.held.beside[p.Item]
	e := ledger.Entry{Account: was.Account, Party: b.d.Customer, Currency: b.d.Currency, Amount: p.Amount, Accounting: p.Accounting, Classification: was.Classification, Due: cmp.Or(l.Due, b.date)}
	if l.KeepDue && !was.Due.IsZero() {
		e.Due = was.Due
	}
	return e
}

// payback: Dr bank, Cr the hold; or the open credit of a payment that came in already, as a match.
func (b *builder) payback(ctx context.Context, tx *db.Tx, l *Line, r *Resolution, v *ledger.Voucher, pieces []openitem.Piece) error {
	if l.Credit != "" {
		return b.match(ctx, tx, l, r, v, pieces)
	}
	r.Account = l.Account
	if l.Account == "" {
		return fault.New(fault.Invalid, "a payback needs the bank account, or the payment whose open credit it is").In("account").ByRule("no_account")
	}
	from := len(v.Entries)
	if err := debits(b.c, v, l.Account, pieces); err != nil {
		return err
	}
	if err := b.c.TakesMoney(v.Entries[from].Account.Main); err != nil {
		return inAccount(err)
	}
	for i, to := from, len(v.Entries); i < to; i++ { // lines of differences are added behind them
		if v.Entries[i].Currency == b.c.Currency.Code {
			continue
		}
		was := v.Entries[i].Accounting
		cur, err := money.CurrencyOf(b.d.Currency)
		if err != nil {
			return err
		}
		rate, err := b.c.Rate(b.d.Currency, b.date)
		if err != nil {
			return err
		}
		if v.Entries[i].Accounting, err = rate.Convert(v.Entries[i].Amount, cur, b.c.Currency); err != nil {
			return err
		}
		if gained := v.Entries[i].Accounting - was; gained != 0 {
			if err := b.difference(v, v.Entries[i].Account, gained); err != nil {
				return err
			}
		}
	}
	if err := b.c.AddDueLines(v); err != nil {
		return err
	}
	_, op := b.add(v, pieces)
	b.operate(op)
	return nil
}

// creditNote: a credit note, Dr revenue and tax, Cr the customer's receivable, and its match: Dr that receivable, Cr the hold. It is
// made at the rates at which the deduction is held, so that no exchange difference arises.
func (b *builder) creditNote(l *Line, v *ledger.Voucher, pieces []openitem.Piece) error {
	note := b.note(l)
	for _, p := range pieces {
		e := b.beside(p, l)
		e.Amount, e.Accounting, e.Due = -e.Amount, -e.Accounting, b.date
		note.Entries = append(note.Entries, e)
	}
	if err := b.noteDebits(note, l, pieces); err != nil {
		return err
	}
	credits := b.ch.Add(note)
	for i := range pieces {
		e := note.Entries[i]
		e.Amount, e.Accounting = -e.Amount, -e.Accounting
		v.Entries = append(v.Entries, e)
	}
	fresh, op := b.add(v, pieces)
	for i, p := range pieces {
		op.Links = append(op.Links, openitem.Link{Debit: fresh[i], Credit: credits[i], Amount: p.Amount, Accounting: p.Accounting})
		fresh[i].Open, fresh[i].Accounting, credits[i].Open, credits[i].Accounting = 0, 0, 0, 0
	}
	b.operate(op)
	b.documents[len(b.documents)-1] = note
	return nil
}

// note starts a credit note.
func (b *builder) note(l *Line) *ledger.Voucher {
	text := "Credit note for the deduction " + b.d.Number
	if l.Basis != "" {
		text += ", by " + l.Basis
	}
	if l.Goods != "" {
		text += ": " + l.Goods
	}
	return &ledger.Voucher{Number: l.Number, Date: b.date, Type: ledger.CreditNote, Customer: b.d.Customer, Text: cmp.Or(l.Text, text)}
}

// noteDebits spreads the lines of a credit note over the pieces by their amounts, the last one taking what is left of each.
func (b *builder) noteDebits(note *ledger.Voucher, l *Line, pieces []openitem.Piece) error {
	lines, err := b.noteLines(l)
	if err != nil {
		return err
	}
	b.resolutions[len(b.resolutions)-1].Account = lines[0].Account
	weights, left := make([]money.Amount, len(pieces)), slices.Clone(pieces)
	for i, p := range pieces {
		weights[i] = p.Amount
	}
	for j, n := range lines {
		parts := slices.Clone(left)
		if j < len(lines)-1 {
			amounts, err := money.Spread(n.Amount, weights)
			if err != nil {
				return err
			}
			for i := range parts {
				parts[i].Amount = amounts[i]
				if parts[i].Accounting, err = money.Part(pieces[i].Accounting, amounts[i], weights[i]); err != nil {
					return err
				}
				left[i].Amount, left[i].Accounting = left[i].Amount-parts[i].Amount, left[i].Accounting-parts[i].Accounting
			}
		}
		if err := debits(b.c, note, n.Account, parts); err != nil {
			return err
		}
	}
	note.Entries = slices.DeleteFunc(note.Entries, func(e ledger.Entry) bool { return e.Amount == 0 && e.Accounting == 0 })
	return b.c.AddDueLines(note)
}

func (b *builder) noteLines(l *Line) ([]NoteLine, error) {
	if l.Basis != "" && l.Basis != "price" && l.Basis != "quantity" {
		return nil, fault.New(fault.Invalid, "%q is no basis of a credit note; expected price, quantity or nothing", l.Basis).In("basis")
	}
	if l.Basis == "quantity" && l.Goods == "" {
		return nil, fault.New(fault.Invalid, "a credit note by quantity names the returned lines").In("goods").ByRule("no_goods")
	}
	lines := l.Notes
	if len(lines) == 0 {
		lines = []NoteLine{{cmp.Or(l.Account, b.d.Account, b.s.Reasons[b.d.Reason].Account), l.Amount}}
	}
	var sum money.Sum
	for _, n := range lines {
		if n.Amount <= 0 || n.Account == "" {
			return nil, fault.New(fault.Invalid, "a line of a credit note needs an account and a positive amount").In("note_lines").ByRule("bad_note_line")
		}
		sum.Add(n.Amount)
	}
	if total, err := sum.Total(); err != nil || total != l.Amount {
		return nil, fault.New(fault.Invalid, "the lines of the credit note come to %s, the resolution line to %s", show(b.d.Currency, total), show(b.d.Currency, l.Amount)).In("note_lines").ByRule("note_sum")
	}
	return lines, nil
}
