package bench

import (
	"math/rand/v2"
	"time"

	"quittance/internal/civil"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

const (
	roundDays   = 30 // a round is written within so many days
	roundStarts = 36 // days from the start of one round to that of the next
	dueDays     = 30
)

var firstDay = civil.Of(2026, time.January, 5)

// plan says which id, number and date each document gets: known before the first row is written, so that each table can be written in
// the order of its key. It keeps the place of each customer's document in each round, which is all that grows with their number.
type plan struct {
	mix      Mix
	seed     uint64
	n        int             // customers
	places   [rounds][]int32 // place of the customer's document in its round; -1 without one
	sizes    [rounds]int
	vendors  int
	lines    int64
	open     int64
	credits  int64
	settled  int64
	marks    int
	balances map[dayAccount]daySum
	ids
}

// ids are where the ranges of row ids begin.
type ids struct {
	command, batch, accounts, customers, vendorsFrom, marksFrom, ops int64
	vouchers                                                         [rounds]int64
	last                                                             int64
}

type dayAccount struct {
	day     civil.Date
	account int
}

type daySum struct {
	debit, credit money.Amount
	first, last   int64 // vouchers
}

// newPlan goes once through all documents. next is the first row id that is free.
func newPlan(m Mix, seed uint64, n int, next int64) *plan {
	p := &plan{mix: m, seed: seed, n: n, balances: map[dayAccount]daySum{}}
	has := make([]uint8, n)
	for i := range n {
		s := subjectOf(m, seed, i)
		p.count(&s)
		for r := range s.docs {
			if s.docs[r].n > 0 {
				has[i] |= 1 << r
				p.sizes[r]++
			}
		}
	}
	for r := range rounds {
		if p.sizes[r] == 0 {
			continue
		}
		p.places[r] = make([]int32, n)
		for i := range p.places[r] {
			p.places[r][i] = -1
		}
		at := int32(0)
		for _, i := range p.order(r) {
			if has[i]&(1<<r) != 0 {
				p.places[r][i] = at
				at++
			}
		}
	}
	p.giveIDs(next)
	p.sum()
	return p
}

func (p *plan) count(s *subject) {
	if s.vendor {
		p.vendors++
	}
	for r := range s.docs {
		doc := &s.docs[r]
		p.lines += int64(doc.n)
		for _, l := range doc.lines[:doc.n] {
			if l.open != 0 {
				p.open++
			}
			if l.open < 0 {
				p.credits++
			}
		}
		if doc.marked {
			p.marks++
		}
	}
	if s.docs[billing].n > 0 {
		p.settled++
	}
}

func (p *plan) giveIDs(next int64) {
	take := func(n int) int64 {
		first := next
		next += int64(n)
		return first
	}
	p.command, p.batch = take(1), take(1)
	p.accounts = take(len(accountNames(p.mix)))
	p.customers, p.vendorsFrom = take(p.n), take(p.n)
	for r := range rounds {
		p.vouchers[r] = take(p.sizes[r])
	}
	p.ops, p.marksFrom = take(int(p.settled)), take(p.marks)
	p.last = next - 1
}

// order gives the customers in the order in which a round goes through them: shuffled, so that the documents of one customer lie
// scattered among those of others, as time scatters them.
func (p *plan) order(round int) []int32 {
	order := make([]int32, p.n)
	for i := range order {
		order[i] = int32(i)
	}
	r := rand.New(rand.NewPCG(p.seed, uint64(round)))
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}

// sum adds up what each account gets on each day.
func (p *plan) sum() {
	for i := range p.n {
		s := subjectOf(p.mix, p.seed, i)
		for r := range s.docs {
			doc := &s.docs[r]
			if doc.n == 0 {
				continue
			}
			day, id := p.date(r, i), p.voucher(r, i)
			for _, l := range doc.lines[:doc.n] {
				k := dayAccount{day, l.account}
				x, known := p.balances[k]
				if !known {
					x.first, x.last = id, id
				}
				x.first, x.last = min(x.first, id), max(x.last, id)
				if l.amount > 0 {
					x.debit += l.amount
				} else {
					x.credit -= l.amount
				}
				p.balances[k] = x
			}
		}
	}
}

// voucher gives the id of the document of a customer in a round.
func (p *plan) voucher(round, customer int) int64 {
	return p.vouchers[round] + int64(p.places[round][customer])
}

// date gives its date.
func (p *plan) date(round, customer int) civil.Date {
	day := int64(p.places[round][customer]) * roundDays / int64(p.sizes[round])
	return firstDay.AddDays(round*roundStarts + int(day))
}

// due gives its due date; blank for credits.
func (p *plan) due(round, customer int) civil.Date {
	if roundTypes[round] != ledger.Invoice {
		return 0
	}
	return p.date(round, customer).AddDays(dueDays)
}

// series says which number of the series of its type comes before the first of the round.
func (p *plan) series(round int) int64 {
	before := 0
	for r := range round {
		if roundTypes[r] == roundTypes[round] {
			before += p.sizes[r]
		}
	}
	return int64(before)
}

// number gives the number of the document of a customer in a round.
func (p *plan) number(round, customer int) string {
	b := seriesOf(roundTypes[round])
	return b.Number(p.series(round) + int64(p.places[round][customer]) + 1)
}

// seriesOf gives the number series of a document type.
func seriesOf(t ledger.Type) ledger.Block {
	prefix := map[ledger.Type]string{ledger.Invoice: "IN-", ledger.Payment: "PM-", ledger.CreditNote: "CR-"}
	return ledger.Block{Series: t.String(), Prefix: prefix[t], Width: 8, First: 1}
}

// totalVouchers gives the number of all documents.
func (p *plan) totalVouchers() int64 {
	n := 0
	for _, size := range p.sizes {
		n += size
	}
	return int64(n)
}
