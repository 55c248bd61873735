// Package openitem has the open items of customers and vendors, their marks and their settlement: one mechanism for
// both sides.
//
//   - An *item* is an entry on a control account with its party. What of it is still open stands in a narrow table whose rows
//     leave it when they close; everything there can be derived again from entries and settlements, and [Check] does.
//   - A *document* is all items of one party in one voucher and currency. Open in total below zero it is a *credit*, above
//     zero a *debit*. An item is debit or credit by its sign.
//   - A *settlement* applies debits to credits. Its links join a debit item and a credit item of the same party, ledger
//     account and currency, for the same amount and the same accounting amount; a link is no posting. Where ledger
//     accounts, parties or accounting amounts differ, a *settlement voucher* moves the difference, and its own items are
//     linked at once. See [Apply].
//   - An *operation* is one act of settling or undoing: date, kind, and links, numbered from 1.
//   - A *mark* is a pending settlement: who means to settle what, and how much. It raises the item's marked amount.
//   - An item *holds* a deduction when it is the debit of a capture (voucher type deduction): settlement, netting, runs and
//     payments leave it alone; only resolutions touch it, which read it by its voucher ([OfVouchers]).
//   - An *exposure* is a debit that counts beside the open items (an open deduction, wherever it is held); higher floors write
//     it, the run reads it.
//
// Invariants: open = amount − settled, between 0 and amount, in both currencies; marked is between 0 and open; sums of
// entries on a control account = sums of open amounts, per ledger account and party, at every commit. Guards inside the
// writing statements hold them under concurrency: an item that changed since it was read, or a link that was undone since, rolls
// the unit back to be tried afresh.
//
// Source: ledger rules, "Documents, items, settlement".
package openitem

import (
	"cmp"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// Side is whose items: customers' or vendors'.
type Side int16

// The sides, as stored.
const (
	Customers Side = 1
	Vendors   Side = 2
)

// String gives customer or vendor.
func (s Side) String() string {
	if s == Vendors {
		return "vendor"
	}
	return "customer"
}

// sideOf gives the side of a control account.
func sideOf(c ledger.Control) Side {
	if c == ledger.VendorControl {
		return Vendors
	}
	return Customers
}

// Item is an open item (or a closed one, with Open 0) as a unit of work sees it. Debit amounts are positive, credit
// amounts negative; Marked is never negative.
type Item struct {
	Side           Side
	Party          int64
	Voucher        int64 // 0 until its voucher is posted
	Line           int
	Number         string      // of the voucher
	Type           ledger.Type // of the voucher; 0 when not read
	Account        ledger.Account
	Currency       string
	Classification int64
	Date, Due      civil.Date
	Amount         money.Amount // original; 0 when not read
	Open           money.Amount
	Accounting     money.Amount // what is open, in the accounting currency
	Marked         money.Amount
	Held           bool // it holds a deduction: only resolutions touch it

	was, wasAccounting money.Amount    // as read
	from               *ledger.Voucher // the voucher of an item that is not posted yet
	place              string          // where PostgreSQL keeps the row, when read in bulk: the shortest way back to it
}

// Available gives what is open and not marked, with the sign of the item.
func (it *Item) Available() money.Amount {
	if it.Open < 0 {
		return it.Open + it.Marked
	}
	return it.Open - it.Marked
}

// Document is the items of one party in one voucher and currency that a settlement takes together.
type Document struct {
	Party    int64
	Number   string
	Currency string
	Date     civil.Date
	Due      civil.Date // the earliest of its items
	Items    []*Item    // by ledger account in byte order, then line
}

// Open gives the open total, with its sign.
func (d *Document) Open() money.Amount {
	var t money.Amount
	for _, it := range d.Items {
		t += it.Open
	}
	return t
}

// Available gives the total that is open and not marked, with its sign.
func (d *Document) Available() money.Amount {
	var t money.Amount
	for _, it := range d.Items {
		t += it.Available()
	}
	return t
}

// Marked says whether any of its items is marked.
func (d *Document) Marked() bool {
	return slices.ContainsFunc(d.Items, func(it *Item) bool { return it.Marked > 0 })
}

// Documents groups items into documents, in the order in which the vouchers first appear. An item that closed is left out, and what
// holds a deduction is a document of its own.
func Documents(items []*Item) []*Document {
	type key struct {
		party, voucher int64
		from           *ledger.Voucher
		currency       string
		held           bool
	}
	at := map[key]*Document{}
	var docs []*Document
	for _, it := range items {
		if it.Open == 0 {
			continue
		}
		k := key{it.Party, it.Voucher, it.from, it.Currency, it.Held}
		d := at[k]
		if d == nil {
			d = &Document{Party: it.Party, Number: it.Number, Currency: it.Currency, Date: it.Date, Due: it.Due}
			at[k] = d
			docs = append(docs, d)
		}
		d.Due = min(d.Due, it.Due)
		d.Items = append(d.Items, it)
	}
	for _, d := range docs {
		d.sort()
	}
	return docs
}

func (d *Document) sort() {
	slices.SortFunc(d.Items, func(a, b *Item) int {
		return cmp.Or(cmp.Compare(a.Account.Written, b.Account.Written), cmp.Compare(a.Line, b.Line))
	})
}

// ByDue orders documents by due date, then date, then voucher number in byte order: the priority of settlement.
func ByDue(a, b *Document) int {
	return cmp.Or(cmp.Compare(a.Due, b.Due), ByDate(a, b))
}

// ByDate orders documents by date, then voucher number in byte order.
func ByDate(a, b *Document) int {
	return cmp.Or(cmp.Compare(a.Date, b.Date), cmp.Compare(a.Number, b.Number))
}

// Kind is what an operation was.
type Kind int16

// The kinds of operation, as stored.
const (
	Manual     Kind = iota + 1 // by hand
	Automatic                  // by the priority order
	Imported                   // brought in with a company folder
	OfDocument                 // a document of both signs, settled within itself when posted
	Reimbursed                 // a reimbursement against its source credits
	Netted                     // a run's settlement of debits before reimbursing
	Reversed                   // an item against its mirror
	Applied                    // a payment journal: cash, credits and discounts against documents
	Deducted                   // the credit of a deduction against the document it was taken from
	Resolved                   // a resolution against where the deduction is held
)

var kindNames = [...]string{"", "manual", "automatic", "imported", "document", "reimbursement", "netting", "reversal", "application", "deduction", "resolution"}

// String gives the kind as the interchange contract writes it.
func (k Kind) String() string { return kindNames[k] }

// ParseKind reads what String gives; false for anything else.
func ParseKind(s string) (Kind, bool) {
	i := slices.Index(kindNames[:], s)
	return Kind(i), i > 0
}
