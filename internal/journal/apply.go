package journal

import (
	"cmp"
	"context"
	"slices"

	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/party"
)

// Request says what a line pays of a document.
type Request struct {
	Customer  int64 // of the document; 0: the payer, else the one of its family who has a document of that number
	Voucher   string
	Amount    *money.Amount // nil: all that is open, less the discount
	Discount  *money.Amount // that the customer took; nil: as the terms say
	LeaveOpen bool
}

// document is an open document that a line is applied to.
type document struct {
	*openitem.Document
	voucher   ledger.Voucher
	available money.Amount // not marked by anything but this line; not negative
}

func (d *document) key() docKey { return docKey{d.Party, d.voucher.ID} }

// Apply applies the line to a document, or changes what it pays of it. What is not paid of the document is a deduction: it takes the
// place of those that the application had, the last of which takes up the difference.
func (x *LineEditor) Apply(ctx context.Context, req Request) (*Application, error) {
	d, err := x.find(ctx, req.Customer, req.Voucher)
	if err != nil {
		return nil, err
	}
	a := x.applicationOf(d.key())
	if a == nil {
		a = &Application{N: 1, Customer: d.Party, Voucher: d.voucher.ID, Number: d.voucher.Number, Credit: d.Open() < 0}
		if n := len(x.Applications); n > 0 {
			a.N = x.Applications[n-1].N + 1
		}
	}
	changed := *a
	unearned, err := x.work(d, &changed, req)
	if err != nil {
		return nil, err
	}
	rest := d.available - changed.Amount - changed.Discount - unearned
	if changed.Credit {
		rest = 0
	} else if changed.LeaveOpen {
		had := money.Amount(0)
		if a.LeaveOpen { // deductions by hand stay, as far as they go
			_, had = x.DeductionsOf(a.N)
		}
		rest = min(rest, max(0, had-x.unearnedOf(a.N)))
	}
	made, err := x.deduct(&changed, unearned, rest)
	if err != nil {
		return nil, err
	}
	if x.applicationOf(d.key()) == nil {
		x.Applications = append(x.Applications, a)
	}
	*a, x.Deductions = changed, made
	return a, nil
}

func (x *LineEditor) applicationOf(k docKey) *Application {
	i := slices.IndexFunc(x.Applications, func(a *Application) bool { return a.Customer == k.customer && a.Voucher == k.voucher })
	if i < 0 {
		return nil
	}
	return x.Applications[i]
}

// work fills in the amounts of an application, and gives the part of the discount that the customer took and did not earn.
func (x *LineEditor) work(d *document, a *Application, req Request) (unearned money.Amount, err error) {
	a.LeaveOpen = req.LeaveOpen && !a.Credit
	if req.Amount != nil && *req.Amount < 0 || req.Discount != nil && *req.Discount < 0 {
		return 0, fault.New(fault.Invalid, "what is paid of %s is not negative, whether it is a debit or a credit", d.Number).In("amount")
	}
	if a.Credit {
		a.Amount, a.Discount = d.available, 0
		if req.Amount != nil {
			a.Amount = *req.Amount
		}
		if a.Amount == 0 || req.Discount != nil && *req.Discount > 0 {
			return 0, fault.New(fault.Invalid, "%s is a credit: give what of it is used up, and no discount", d.Number).In("amount")
		}
		return 0, x.fits(d, a.Amount)
	}
	terms, err := x.terms(d)
	if err != nil {
		return 0, err
	}
	taken := money.Amount(0)
	switch {
	case req.Discount != nil:
		taken = *req.Discount
	case a.LeaveOpen:
	case req.Amount == nil:
		if taken, err = terms.of(d.available); err != nil || !terms.earned(x.Date) {
			taken = 0
		}
	default:
		if taken, err = terms.guess(d.available, d.available-*req.Amount, x.Date); err != nil {
			return 0, err
		}
	}
	if err != nil {
		return 0, err
	}
	a.Amount = max(0, d.available-taken)
	if req.Amount != nil {
		a.Amount = *req.Amount
	}
	if a.Discount, err = x.earned(d, a, taken, terms); err != nil {
		return 0, err
	}
	return taken - a.Discount, x.fits(d, a.Amount+taken)
}

// earned gives what of the discount that the customer took the terms grant: on all of the document when the application closes it,
// else on the part that it pays.
func (x *LineEditor) earned(d *document, a *Application, taken money.Amount, terms discountTerms) (money.Amount, error) {
	if taken == 0 || !terms.earned(x.Date) {
		return 0, nil
	}
	base := d.available
	if a.LeaveOpen {
		base = min(base, a.Amount+taken)
	}
	granted, err := terms.of(base)
	return min(taken, granted), err
}

// fits refuses more than is open of a document and not marked by others.
func (x *LineEditor) fits(d *document, amount money.Amount) error {
	if amount > d.available {
		cur, err := money.CurrencyOf(x.Currency)
		if err != nil {
			return err
		}
		return fault.New(fault.Refused, "%s %s of %s is more than is open and not marked by others, which is %s", cur.Format(amount), cur.Code, d.Number, cur.Format(d.available)).In("amount").ByRule("over_applied")
	}
	return nil
}

// applyAgain looks at the discount of an application anew.
func (x *LineEditor) applyAgain(ctx context.Context, a *Application) error {
	amount := a.Amount
	req := Request{Customer: a.Customer, Voucher: a.Number, Amount: &amount, LeaveOpen: a.LeaveOpen}
	if taken := a.Discount + x.unearnedOf(a.N); taken > 0 {
		req.Discount = &taken
	}
	_, err := x.Apply(ctx, req)
	return err
}

// Unapply takes an application back, with its deductions.
func (x *LineEditor) Unapply(n int) error {
	if x.Application(n) == nil {
		return fault.New(fault.NotFound, "line %d has no application %d", x.Line.Line, n)
	}
	x.Applications = slices.DeleteFunc(x.Applications, func(a *Application) bool { return a.N == n })
	x.Deductions = slices.DeleteFunc(x.Deductions, func(d *Deduction) bool { return d.Application == n })
	return nil
}

// find gives the open document with the number.
func (x *LineEditor) find(ctx context.Context, customer int64, number string) (*document, error) {
	v, err := ledger.Lookup(ctx, x.e.tx, number)
	if err != nil {
		return nil, err
	}
	if d := x.docs[docKey{customer, v.ID}]; d != nil {
		return d, nil
	}
	items, err := openitem.OfVouchers(ctx, x.e.tx, x.e.c, []int64{v.ID})
	if err != nil {
		return nil, err
	}
	items = slices.DeleteFunc(items, func(it *openitem.Item) bool { return it.Side != openitem.Customers })
	if customer == 0 {
		if customer, err = x.whose(ctx, items, number); err != nil {
			return nil, err
		}
	} else if _, err := x.relative(ctx, customer); err != nil {
		return nil, err
	}
	items = slices.DeleteFunc(items, func(it *openitem.Item) bool { return it.Party != customer })
	if len(items) == 0 {
		return nil, fault.New(fault.NotFound, "voucher %s has no items of %s", number, x.family[customer].Code).In("voucher")
	}
	d, err := x.document(v, items)
	if err != nil {
		return nil, err
	}
	x.docs[d.key()] = d
	return d, nil
}

// document makes the document of the items of one customer in a voucher.
func (x *LineEditor) document(v ledger.Voucher, items []*openitem.Item) (*document, error) {
	holding := slices.ContainsFunc(items, func(it *openitem.Item) bool { return it.Held && it.Open != 0 })
	docs := openitem.Documents(slices.DeleteFunc(items, func(it *openitem.Item) bool { return it.Held }))
	switch {
	case len(docs) == 0 && holding:
		return nil, fault.New(fault.Refused, "%s holds a deduction of which something is open; only its resolution touches it: quittance deductions resolve", v.Number).In("voucher").ByRule("holds_deduction")
	case len(docs) == 0:
		return nil, fault.New(fault.Refused, "%s is settled already; nothing of it is open", v.Number).In("voucher").ByRule("nothing_open")
	case len(docs) > 1:
		return nil, fault.New(fault.Refused, "%s is open in several currencies; settle it by itself", v.Number).In("voucher").ByRule("several_currencies")
	case docs[0].Currency != x.Currency:
		return nil, fault.New(fault.Refused, "%s is in %s and the payment in %s; only documents of one currency settle each other", v.Number, docs[0].Currency, x.Currency).In("voucher").ByRule("currencies_differ")
	case docs[0].Date > x.Date:
		return nil, fault.New(fault.Refused, "%s is of %s, after the payment of %s; date the line on that day or later", v.Number, docs[0].Date, x.Date).In("voucher").ByRule("settled_before")
	}
	d := &document{Document: docs[0], voucher: v}
	d.available = d.Available().Abs() + x.before[d.key()]
	return d, nil
}

// whose gives the customer of a document that was named by its number only: the payer, else the one of its family.
func (x *LineEditor) whose(ctx context.Context, items []*openitem.Item, number string) (int64, error) {
	var found []int64
	for _, it := range items {
		if it.Party == x.Customer {
			return it.Party, nil
		}
		if !slices.Contains(found, it.Party) {
			found = append(found, it.Party)
		}
	}
	found = slices.DeleteFunc(found, func(id int64) bool {
		_, err := x.relative(ctx, id)
		return err != nil
	})
	if len(found) != 1 {
		return 0, fault.New(fault.NotFound, "voucher %s has no items of %s or its family", number, x.payer.Code).In("voucher").ByRule("no_family")
	}
	return found[0], nil
}

// openOfFamily gives what is open of the payer and its family in the currency of the line, by due date.
func (x *LineEditor) openOfFamily(ctx context.Context) ([]*document, error) {
	docs, family, err := documentsOf(ctx, x.e.tx, x.e.c, x.Line, func(k docKey) money.Amount { return x.before[k] })
	for id, c := range family {
		x.family[id] = &c
	}
	return docs, err
}

// documentsOf gives the open documents of the payer of a line and its family in the currency of the line, by due date; own is what the
// line itself has marked.
func documentsOf(ctx context.Context, tx *db.Tx, c *ledger.Company, l *Line, own func(docKey) money.Amount) ([]*document, map[int64]party.Customer, error) {
	all, err := familyOf(ctx, tx, l.Customer)
	if err != nil {
		return nil, nil, err
	}
	var items []*openitem.Item
	family := map[int64]party.Customer{}
	for _, p := range all {
		family[p.ID] = p
		some, err := openitem.Open(ctx, tx, c, openitem.Customers, p.ID)
		if err != nil {
			return nil, nil, err
		}
		for _, it := range some {
			if it.Currency == l.Currency {
				items = append(items, it)
			}
		}
	}
	docs := openitem.Documents(items)
	slices.SortStableFunc(docs, func(a, b *openitem.Document) int {
		return cmp.Or(openitem.ByDue(a, b), cmp.Compare(a.Party, b.Party))
	})
	ids := make([]int64, len(docs))
	for i, d := range docs {
		ids[i] = d.Items[0].Voucher
	}
	types, err := ledger.TypesOf(ctx, tx, ids)
	if err != nil {
		return nil, nil, err
	}
	var found []*document
	for i, d := range docs {
		x := &document{Document: d, voucher: ledger.Voucher{ID: ids[i], Number: d.Number, Date: d.Date, Type: types[ids[i]]}}
		x.available = d.Available().Abs() + own(x.key())
		found = append(found, x)
	}
	return found, family, nil
}
