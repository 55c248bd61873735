package bench

import (
	"quittance/internal/ledger"
	"quittance/internal/money"
)

// The rounds in which the documents of the customers are written: each goes once through all customers, in another order.
const (
	billing     = iota // an invoice, settled
	paying             // its payment, which may be too much
	crediting          // a credit note
	recrediting        // another one
	rebilling          // an invoice that stays open
	rounds
)

// roundTypes are the document types of the rounds.
var roundTypes = [rounds]ledger.Type{ledger.Invoice, ledger.Payment, ledger.CreditNote, ledger.CreditNote, ledger.Invoice}

var roundTexts = [rounds]string{"Bill", "Payment received", "Correction of a bill", "Correction of a bill", "Bill"}

// The funds of the city by their place, and the kinds of account in each.
const (
	general = iota
	parks
	water
	sewer
	funds
)

const (
	receivable = iota
	revenue
	bank
	kinds
)

// account gives the place of a ledger account among those of the books.
func account(fund, kind int) int { return fund*kinds + kind }

// The billing classifications by their place; 0 is none.
const (
	unclassified = iota
	classParks
	classPermit
	classUtility
	classes
)

// line is one entry of a document. open is what is still open of it, 0 when it is not on the receivable account.
type line struct {
	account int
	amount  money.Amount
	open    money.Amount
}

// document is one document of a customer; n is the number of its lines, 0 when the customer has none in that round.
type document struct {
	class  int
	lines  [4]line
	n      int
	marked bool
}

// subject is a customer of a mix.
type subject struct {
	docs           [rounds]document
	vendor         bool
	hold           bool
	doNotReimburse bool
}

// dice is a stream of made-up numbers (splitmix64): cheap to start for each customer.
type dice uint64

func (d *dice) roll() uint64 {
	*d += 0x9e3779b97f4a7c15
	z := uint64(*d)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// below gives a number from 0 to n-1.
func (d *dice) below(n int) int { return int(d.roll() % uint64(n)) }

// cents gives an amount from low to high, in minor units.
func (d *dice) cents(low, high int) money.Amount { return money.Amount(low + d.below(high-low+1)) }

// diceOf gives the dice of a customer.
func diceOf(seed uint64, i int) dice {
	d := dice(seed*0x9e3779b97f4a7c15 + uint64(i)*0xd1342543de82ef95)
	d.roll()
	return d
}

// subjectOf gives the customer at place i of a mix: a pure function, so that each pass makes it anew and nothing is kept.
func subjectOf(m Mix, seed uint64, i int) subject {
	d := diceOf(seed, i)
	if m == Yardstick {
		s := subject{vendor: true}
		s.docs[crediting] = credit(classParks, [2]int{general, -1}, &d)
		s.docs[recrediting] = credit(classParks, [2]int{general, -1}, &d)
		return s
	}
	return citizen(&d)
}

// citizen makes a customer of the city. Of a hundred customers, 45 have credits on one receivable account, 40 on two and 15 on
// three, which is 1.7 reimbursements each; since eleven in a hundred are left out (ten have open debits, one is held or marked), that is
// about 1.5 for each customer.
func citizen(d *dice) subject {
	s := subject{vendor: d.below(100) >= 2}
	home, class := general, classParks
	if d.below(2) == 0 {
		home, class = water, classUtility
	}
	over := money.Amount(0)
	spread, kind := d.below(100), d.below(100)
	switch {
	case spread < 45 && kind < 50:
		over = d.cents(500, 9000)
	case spread < 45:
		s.docs[crediting] = credit(classParks, [2]int{general, -1}, d)
		if kind >= 80 {
			s.docs[recrediting] = credit(classPermit, [2]int{general, -1}, d)
		}
	case spread < 85 && kind < 60:
		s.docs[crediting] = credit(classUtility, [2]int{water, sewer}, d)
	case spread < 85:
		over = d.cents(500, 9000)
		s.docs[crediting] = credit(classParks, [2]int{parks, -1}, d)
	default:
		s.docs[crediting] = credit(classUtility, [2]int{water, sewer}, d)
		s.docs[recrediting] = credit(classParks, [2]int{general, -1}, d)
		if kind < 50 {
			over = d.cents(500, 9000)
		}
	}
	bill := d.cents(2000, 30000)
	s.docs[billing] = invoice(home, class, bill, 0)
	s.docs[paying] = payment(home, bill+over, over)
	switch lot := d.below(1000); {
	case lot < 100:
		open := d.cents(2000, 30000)
		s.docs[rebilling] = invoice(home, class, open, open)
	case lot < 104:
		s.hold = true
	case lot < 105:
		s.doNotReimburse = true
	case lot < 110:
		s.mark()
	}
	return s
}

// mark marks the first credit that is open, whole.
func (s *subject) mark() {
	for r := range s.docs {
		if doc := &s.docs[r]; doc.lines[max(doc.n-1, 0)].open < 0 {
			doc.marked = true
			return
		}
	}
}

func invoice(fund, class int, amount, open money.Amount) document {
	return document{class: class, n: 2, lines: [4]line{
		{account: account(fund, revenue), amount: -amount}, {account: account(fund, receivable), amount: amount, open: open},
	}}
}

func payment(fund int, amount, over money.Amount) document {
	return document{n: 2, lines: [4]line{
		{account: account(fund, bank), amount: amount}, {account: account(fund, receivable), amount: -amount, open: -over},
	}}
}

// credit makes a credit note, open, in one fund or two (-1 is none): its revenue lines, then its receivable ones.
func credit(class int, in [2]int, d *dice) document {
	doc := document{class: class}
	var amounts [2]money.Amount
	for i, fund := range in {
		if fund >= 0 {
			amounts[i] = d.cents(500, 9000)
			doc.lines[doc.n] = line{account: account(fund, revenue), amount: amounts[i]}
			doc.n++
		}
	}
	for i, fund := range in {
		if fund >= 0 {
			doc.lines[doc.n] = line{account: account(fund, receivable), amount: -amounts[i], open: -amounts[i]}
			doc.n++
		}
	}
	return doc
}
