package openitem

import (
	"cmp"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// Link joins a debit item and a credit item of the same party, ledger account and currency. Amount and Accounting are
// not negative (a link that undoes another is the one exception); either may be 0 where only the other moves.
type Link struct {
	Debit, Credit      *Item
	Amount, Accounting money.Amount
}

// LinkLines works out the link of two named items of one party, ledger account and currency for the amount (not
// negative): nothing is spread. Each carries its share of what it has open in the accounting currency; the smaller one
// counts, and the rest is for the exchange line that is linked with amount 0. More than is open, or the wrong side, is
// [fault.Refused]. [Link.Take] takes it from the items.
func LinkLines(debit, credit *Item, amount money.Amount) (Link, error) {
	l := Link{Debit: debit, Credit: credit, Amount: amount}
	if debit.Open < 0 || credit.Open > 0 || debit.Accounting < 0 || credit.Accounting > 0 {
		return l, fault.New(fault.Refused, "line %d of %s must be a debit and line %d of %s a credit", debit.Line, debit.Number, credit.Line, credit.Number).ByRule("wrong_side")
	}
	if amount > debit.Available() || amount > -credit.Available() {
		return l, fault.New(fault.Refused, "%s %s is more than is open: %s of line %d of %s, %s of line %d of %s", show(debit.Currency, amount), debit.Currency,
			show(debit.Currency, debit.Available()), debit.Line, debit.Number, show(debit.Currency, -credit.Available()), credit.Line, credit.Number).ByRule("over_settlement")
	}
	if amount == 0 && debit.Open != 0 && credit.Open != 0 {
		return l, fault.New(fault.Refused, "the amount is zero, which settles nothing").ByRule("zero_settlement")
	}
	share := func(it *Item) (money.Amount, error) {
		if amount == it.Open.Abs() {
			return it.Accounting.Abs(), nil
		}
		if amount == 0 {
			return it.Accounting.Abs(), nil
		}
		return money.Part(it.Accounting.Abs(), amount, it.Open.Abs())
	}
	da, err := share(debit)
	if err != nil {
		return l, err
	}
	ca, err := share(credit)
	l.Accounting = min(da, ca)
	return l, err
}

// Take lowers the items by the link.
func (l Link) Take() {
	l.Debit.Open, l.Debit.Accounting = l.Debit.Open-l.Amount, l.Debit.Accounting-l.Accounting
	l.Credit.Open, l.Credit.Accounting = l.Credit.Open+l.Amount, l.Credit.Accounting+l.Accounting
}

// Application is the settlement of one debit document with one credit document, worked out but not written. Credit is nil when an
// account takes its place; see [Grant].
type Application struct {
	Debit, Credit *Document
	Amount        money.Amount    // positive
	Voucher       *ledger.Voucher // the settlement voucher; nil where a mere link is enough
	Links         []Link

	fresh []*Item // of the voucher's control lines
}

// Piece is a part of an item that is settled; both amounts are positive in the item's own direction, in minor units of the item's
// currency and of the accounting currency.
type Piece struct {
	Item               *Item
	Amount, Accounting money.Amount
}

// Apply settles amount (positive) of a debit document with a credit document of the same currency, on date. It takes the
// amounts from the items in memory and gives what is to be written. Each side's remaining total is spread over its
// items by the proportional rule; what both sides have on the same ledger account of the same party is linked there;
// the rest is paired in byte order of ledger account and moved by one settlement voucher, with due-to and due-from lines
// where a balancing dimension needs them. Exchange differences are posted on the company's exchange accounts.
// Nothing is changed when it fails. Source: ledger rules, "Settlement", "Foreign currency".
func Apply(c *ledger.Company, debit, credit *Document, amount money.Amount, date civil.Date) (*Application, error) {
	d, err := Split(debit, amount)
	if err != nil {
		return nil, err
	}
	cr, err := Split(credit, amount)
	if err != nil {
		return nil, err
	}
	b := newBuilder(c, &Application{Debit: debit, Credit: credit, Amount: amount}, date)
	if err := b.build(slices.Clone(d), slices.Clone(cr)); err != nil {
		return nil, err
	}
	Take(d)
	Take(cr)
	return b.app, nil
}

// Split gives the part of each item when amount (positive) of the document is settled: open less its share of what remains, by the
// proportional rule. Nothing is taken; see [Take]. More than is open, or than is not marked, is [fault.Refused].
func Split(d *Document, amount money.Amount) ([]Piece, error) {
	var sum money.Sum
	weights := make([]money.Amount, len(d.Items))
	for i, it := range d.Items {
		weights[i] = it.Open.Abs()
		sum.Add(weights[i])
	}
	total, err := sum.Total()
	if err != nil {
		return nil, err
	}
	if amount <= 0 || amount > total {
		return nil, fault.New(fault.Refused, "%d minor units of %s cannot be settled: %d are open", amount, d.Number, total).ByRule("over_settlement")
	}
	remaining, err := money.Spread(total-amount, weights)
	if err != nil {
		return nil, err
	}
	var pieces []Piece
	for i, it := range d.Items {
		x := weights[i] - remaining[i]
		if x == 0 {
			continue
		}
		if x > it.Available().Abs() {
			return nil, fault.New(fault.Refused, "%s line %d is marked by a pending settlement for more than would be left; release the mark first", d.Number, it.Line).ByRule("marked")
		}
		acc := it.Accounting.Abs()
		if x != weights[i] {
			if acc, err = money.Part(acc, x, weights[i]); err != nil {
				return nil, err
			}
		}
		pieces = append(pieces, Piece{it, x, acc})
	}
	return pieces, nil
}

// Take lowers the items by their pieces.
func Take(pieces []Piece) {
	for _, p := range pieces {
		sign := money.Amount(1)
		if p.Item.Open < 0 {
			sign = -1
		}
		p.Item.Open -= sign * p.Amount
		p.Item.Accounting -= sign * p.Accounting
	}
}

type builder struct {
	c    *ledger.Company
	app  *Application
	date civil.Date
}

func newBuilder(c *ledger.Company, app *Application, date civil.Date) *builder {
	return &builder{c: c, app: app, date: date}
}

func (b *builder) build(debits, credits []Piece) error {
	// Same party and ledger account first, in byte order of account.
	for i := range debits {
		for j := range credits {
			d, cr := &debits[i], &credits[j]
			if d.Amount > 0 && cr.Amount > 0 && d.Item.Party == cr.Item.Party && d.Item.Account.Written == cr.Item.Account.Written {
				if err := b.link(d, cr); err != nil {
					return err
				}
			}
		}
	}
	for i, j := 0, 0; i < len(debits) && j < len(credits); {
		switch d, cr := &debits[i], &credits[j]; {
		case d.Amount == 0:
			i++
		case cr.Amount == 0:
			j++
		default:
			if err := b.transfer(d, cr); err != nil {
				return err
			}
		}
	}
	if b.app.Voucher == nil {
		return nil
	}
	return b.c.AddDueLines(b.app.Voucher)
}

// cut takes the smaller amount off both pieces, with its share of each accounting amount.
func cut(d, cr *Piece) (x, da, ca money.Amount, err error) {
	x = min(d.Amount, cr.Amount)
	share := func(p *Piece) (money.Amount, error) {
		if x == p.Amount {
			return p.Accounting, nil
		}
		return money.Part(p.Accounting, x, p.Amount)
	}
	if da, err = share(d); err != nil {
		return
	}
	if ca, err = share(cr); err != nil {
		return
	}
	d.Amount, d.Accounting = d.Amount-x, d.Accounting-da
	cr.Amount, cr.Accounting = cr.Amount-x, cr.Accounting-ca
	return
}

// link joins two pieces on the same ledger account. A difference of their accounting amounts is posted there.
func (b *builder) link(d, cr *Piece) error {
	x, da, ca, err := cut(d, cr)
	if err != nil {
		return err
	}
	b.app.Links = append(b.app.Links, Link{d.Item, cr.Item, x, min(da, ca)})
	if da == ca {
		return nil
	}
	diff := b.control(d.Item, 0, ca-da)
	if da > ca {
		b.app.Links = append(b.app.Links, Link{d.Item, diff, 0, da - ca})
	} else {
		b.app.Links = append(b.app.Links, Link{diff, cr.Item, 0, ca - da})
	}
	return b.exchange(d.Item, da-ca)
}

// transfer moves two pieces onto one another through the settlement voucher: Cr the debit's account, Dr the credit's.
func (b *builder) transfer(d, cr *Piece) error {
	x, da, ca, err := cut(d, cr)
	if err != nil {
		return err
	}
	against := b.control(d.Item, -x, -da)
	b.app.Links = append(b.app.Links, Link{d.Item, against, x, da})
	against = b.control(cr.Item, x, ca)
	b.app.Links = append(b.app.Links, Link{against, cr.Item, x, ca})
	if da == ca {
		return nil
	}
	own := d.Item // the document being settled: a customer's debit, a vendor's credit
	if own.Side == Vendors {
		own = cr.Item
	}
	return b.exchange(own, da-ca)
}

func (b *builder) voucher() *ledger.Voucher {
	if b.app.Voucher == nil {
		v := &ledger.Voucher{Date: b.date, Type: ledger.Settlement, Text: "Discount on " + b.app.Debit.Number}
		if b.app.Credit != nil {
			v.Text = "Settlement of " + b.app.Debit.Number + " with " + b.app.Credit.Number
		}
		if b.app.Debit.Items[0].Side == Customers {
			v.Customer = b.app.Debit.Party
		} else {
			v.Vendor = b.app.Debit.Party
		}
		b.app.Voucher = v
	}
	return b.app.Voucher
}

// control adds a control-account line like that of the item and gives its item, which is linked at once.
func (b *builder) control(like *Item, amount, accounting money.Amount) *Item {
	v := b.voucher()
	v.Entries = append(v.Entries, ledger.Entry{Account: like.Account, Party: like.Party, Currency: like.Currency, Amount: amount, Accounting: accounting, Classification: like.Classification})
	it := itemOf(b.c, v, len(v.Entries))
	it.Open, it.Accounting = 0, 0
	b.app.fresh = append(b.app.fresh, it)
	return it
}

// exchange adds the line of an exchange difference (debit, a loss, when positive) with the dimensions of the item.
func (b *builder) exchange(it *Item, difference money.Amount) error {
	name := "exchange_loss_account"
	if difference < 0 {
		name = "exchange_gain_account"
	}
	main := b.c.Parameters[name]
	if main == "" {
		return fault.New(fault.Refused, "settling %s with %s leaves an exchange difference, but the parameter %s is not set", b.app.Debit.Number, b.app.Credit.Number, name).ByRule("no_exchange_account")
	}
	v := b.voucher()
	v.Entries = append(v.Entries, ledger.Entry{Account: b.c.WithMain(it.Account, main), Currency: it.Currency, Accounting: difference})
	return nil
}

// itemOf gives the item of a control line of a voucher that is not posted yet.
func itemOf(c *ledger.Company, v *ledger.Voucher, line int) *Item {
	e := v.Entries[line-1]
	return &Item{
		Side: sideOf(c.Accounts[e.Account.Main].Control), Party: e.Party, Line: line, Number: v.Number, Type: v.Type, Account: e.Account,
		Currency: e.Currency, Classification: e.Classification, Date: v.Date, Due: cmp.Or(e.Due, v.Date),
		Amount: e.Amount, Open: e.Amount, Accounting: e.Accounting, Held: holds(v.Type, e.Amount), from: v,
	}
}

// holds says whether an item of a voucher holds a deduction.
func holds(t ledger.Type, amount money.Amount) bool { return t == ledger.Deduction && amount > 0 }

// ApplyPenny closes what is left of a document, when it is not more than the penny difference of the company, against
// its penny-difference account, as part of the application. What is left must be tested on what is open now, never on
// the original amount. It says whether it did.
func (app *Application) ApplyPenny(c *ledger.Company, left *Document, limit money.Amount, date civil.Date) (bool, error) {
	main := c.Parameters["penny_difference_account"]
	rest := left.Open().Abs()
	if rest == 0 || rest > limit || main == "" {
		return false, nil
	}
	pieces, err := Split(left, rest)
	if err != nil {
		return false, nil // marked: it stays open
	}
	newBuilder(c, app, date).onto(main, pieces)
	return true, nil
}

// Grant settles amount (positive) of a debit document against a main account on date, with the dimension values of its items: a terms
// discount. It takes the amounts from the items in memory; nothing is changed when it fails.
func Grant(c *ledger.Company, debit *Document, amount money.Amount, main string, date civil.Date) (*Application, error) {
	pieces, err := Split(debit, amount)
	if err != nil {
		return nil, err
	}
	app := &Application{Debit: debit, Amount: amount}
	newBuilder(c, app, date).onto(main, pieces)
	return app, nil
}

// onto moves pieces onto a main account, each with the dimension values of its item.
func (b *builder) onto(main string, pieces []Piece) {
	for _, p := range pieces {
		sign := money.Amount(1)
		if p.Item.Open < 0 {
			sign = -1
		}
		against := b.control(p.Item, -sign*p.Amount, -sign*p.Accounting)
		if sign > 0 {
			b.app.Links = append(b.app.Links, Link{p.Item, against, p.Amount, p.Accounting})
		} else {
			b.app.Links = append(b.app.Links, Link{against, p.Item, p.Amount, p.Accounting})
		}
		v := b.voucher()
		v.Entries = append(v.Entries, ledger.Entry{Account: b.c.WithMain(p.Item.Account, main), Currency: p.Item.Currency, Amount: sign * p.Amount, Accounting: sign * p.Accounting})
	}
	Take(pieces)
}

// Match settles debits with credits, both in the given order, until one side is used up: automatic settlement and
// netting. A document with a mark is left alone: somebody means to settle it.
func Match(c *ledger.Company, debits, credits []*Document, date civil.Date) ([]*Application, error) {
	var apps []*Application
	for i, j := 0, 0; i < len(debits) && j < len(credits); {
		d, cr := debits[i].Open(), -credits[j].Open()
		switch {
		case d <= 0 || debits[i].Marked():
			i++
		case cr <= 0 || credits[j].Marked():
			j++
		default:
			app, err := Apply(c, debits[i], credits[j], min(d, cr), date)
			if err != nil {
				return nil, err
			}
			apps = append(apps, app)
		}
	}
	return apps, nil
}
