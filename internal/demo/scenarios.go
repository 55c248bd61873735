package demo

import (
	"time"

	"quittance/internal/civil"
	"quittance/internal/folder"
	"quittance/internal/money"
)

// scenario is a kind of customer, and how many there are.
type scenario struct {
	count  int
	abroad bool // pays in Canadian dollars
	make   func(b *builder, c *folder.Customer)
}

var scenarios = []scenario{
	// Nothing to get back.
	{count: 148, make: (*builder).quiet},
	{count: 46, make: (*builder).owing},
	{count: 7, abroad: true, make: (*builder).abroadPaid},
	// Money to get back, and nothing in the way.
	{count: 38, make: (*builder).overpaid},
	{count: 12, make: (*builder).inAdvance},
	{count: 28, make: (*builder).utilityCredit},
	{count: 18, make: (*builder).otherCredit},
	{count: 7, make: (*builder).bothSigns},
	{count: 9, make: (*builder).partlySettled},
	{count: 6, make: (*builder).byJournal},
	{count: 8, make: (*builder).several},
	{count: 8, abroad: true, make: (*builder).abroadCredit},
	// Money to get back, but a rule says no.
	{count: 5, make: (*builder).held},
	{count: 3, make: (*builder).unwanted},
	{count: 3, make: (*builder).blocked},
	{count: 1, make: (*builder).templatePayee},
	{count: 6, make: (*builder).marked},
	{count: 7, make: (*builder).young},
	{count: 17, make: (*builder).withDebit},
	{count: 9, make: (*builder).small},
	{count: 1, abroad: true, make: (*builder).smallAbroad},
	{count: 2, make: (*builder).noProfile},
}

// day gives a day between the first of one month and the end of another.
func (b *builder) day(from, to time.Month) civil.Date {
	first, last := civil.Of(2026, from, 1), civil.Of(2026, to+1, 1).AddDays(-1)
	return first.AddDays(b.r.IntN(last.Sub(first) + 1))
}

// refundable is a day that makes a credit old enough for the run.
func (b *builder) refundable() civil.Date { return b.day(time.August, time.October).AddDays(19) }

// history gives the customer a past: an invoice or two, paid; and to half of them a vendor of their own.
func (b *builder) history(c *folder.Customer) {
	b.paid(c, time.January+time.Month(b.r.IntN(4)), b.anyCharge())
	if b.chance(45) {
		b.paid(c, time.May+time.Month(b.r.IntN(3)), b.utilities())
	}
	if c.Vendor == "" && b.chance(50) {
		b.payee(c, "REFUND")
	}
}

func (b *builder) quiet(c *folder.Customer) {
	b.paid(c, time.February+time.Month(b.r.IntN(4)), b.anyCharge())
	b.paid(c, time.July+time.Month(b.r.IntN(3)), b.utilities())
}

func (b *builder) owing(c *folder.Customer) {
	b.paid(c, time.March, b.utilities())
	b.invoice(c, b.day(time.September, time.October), b.anyCharge())
	if b.chance(30) {
		b.invoice(c, civil.Of(2026, time.November, 3), b.utilities())
	}
}

func (b *builder) overpaid(c *folder.Customer) {
	b.history(c)
	inv := b.invoice(c, b.day(time.July, time.September), b.utilities())
	over := b.cents(900, 9500)
	text := "Overpayment"
	if b.chance(30) {
		over, text = inv.total(), "Paid twice"
	}
	pay := b.payment(c, inv.date.AddDays(14+b.r.IntN(20)), inv.total()+over, "11530", text)
	b.settle(inv, pay, inv.total())
}

func (b *builder) inAdvance(c *folder.Customer) {
	b.history(c)
	b.payment(c, b.refundable(), 500*b.cents(6, 60), "22510", "Deposit in advance, account closed")
}

func (b *builder) utilityCredit(c *folder.Customer) {
	b.history(c)
	why := pick(b, []string{"Meter misread", "Leak adjustment", "Final bill corrected", "Billed after move-out"})
	b.creditNote(c, b.refundable(), b.utilities().scaled(3, 4), why)
}

func (b *builder) otherCredit(c *folder.Customer) {
	b.history(c)
	switch n := b.r.IntN(10); {
	case n < 5:
		b.creditNote(c, b.refundable(), b.parks(), "Class cancelled")
	case n < 8:
		b.creditNote(c, b.refundable(), b.permit(), "Permit withdrawn")
	default:
		b.creditNote(c, b.refundable(), b.tax().scaled(1, 12), "Assessment lowered")
	}
}

// bothSigns corrects a bill: less water, a little more refuse. The document is settled within itself when it is posted.
func (b *builder) bothSigns(c *folder.Customer) {
	b.history(c)
	water, refuse := b.cents(2500, 6000), b.cents(300, 700)
	b.add(&doc{
		series: "CN", kind: "credit_note", date: b.refundable(), customer: c.Customer, class: "UTL", text: "Rate class corrected", currency: usd,
		lines: []entry{{"601-11530", -water}, {"601-44400-UTB", water}, {"101-11530", refuse}, {"101-44400-UTB", -refuse}},
	})
}

func (b *builder) partlySettled(c *folder.Customer) {
	b.history(c)
	cn := b.creditNote(c, b.day(time.August, time.September), b.utilities(), "Leak adjustment")
	inv := b.invoice(c, b.day(time.October, time.October), b.utilities().scaled(1, 3))
	b.settle(inv, cn, min(inv.total(), cn.total()*3/4))
	if left := inv.total() - min(inv.total(), cn.total()*3/4); left > 0 {
		b.settle(inv, b.payment(c, civil.Of(2026, time.November, 6), left, "11530", "Rest of the bill"), left)
	}
}

func (b *builder) byJournal(c *folder.Customer) {
	b.history(c)
	amount := 500 * b.cents(4, 50)
	b.add(&doc{
		series: "JV", kind: "journal", date: b.refundable(), customer: c.Customer, text: pick(b, []string{"Claim settled: mailbox damaged by plow", "Goodwill, water outage", "Court-ordered refund"}), currency: usd,
		lines: []entry{{"101-58300-ADM", amount}, {"101-11530", -amount}},
	})
}

// several is the customer of the worked examples: an overpayment and two credit notes.
func (b *builder) several(c *folder.Customer) {
	b.overpaid(c)
	b.creditNote(c, b.refundable(), b.parks().scaled(1, 4), "Class cancelled")
	b.creditNote(c, b.refundable(), b.utilities().scaled(2, 3), "Meter misread")
	if b.chance(40) { // stays open, being too young, while the others are reimbursed
		b.creditNote(c, civil.Of(2026, time.November, 25), b.utilities().scaled(1, 5), "Leak adjustment")
	}
}

// abroadPaid has a bill that was paid a month later, at another rate: a gain from May to June, a loss from August to September.
func (b *builder) abroadPaid(c *folder.Customer) {
	month := pick(b, []time.Month{time.May, time.August})
	inv := b.invoice(c, civil.Of(2026, month, 8), b.permit())
	b.settle(inv, b.payment(c, civil.Of(2026, month+1, 6), inv.total(), "11530", "Payment, thank you"), inv.total())
}

func (b *builder) abroadCredit(c *folder.Customer) {
	b.abroadPaid(c)
	if b.chance(50) {
		b.payee(c, "REFUND")
	}
	if b.chance(50) {
		b.payment(c, b.refundable(), b.cents(2000, 24000), "11530", "Paid twice")
		return
	}
	b.creditNote(c, b.refundable(), b.permit(), "Permit withdrawn")
}

func (b *builder) held(c *folder.Customer) {
	b.overpaid(c)
	c.Hold = true
}

func (b *builder) unwanted(c *folder.Customer) {
	b.inAdvance(c)
	c.DoNotReimburse = true
}

func (b *builder) blocked(c *folder.Customer) {
	v := b.payee(c, "REFUND")
	v.Blocked = true
	b.overpaid(c)
}

// templatePayee has the template where a payee should stand: a slip in the customer's record.
func (b *builder) templatePayee(c *folder.Customer) {
	c.Vendor = "ONETIME"
	b.utilityCredit(c)
}

func (b *builder) noProfile(c *folder.Customer) {
	b.payee(c, "GRANT")
	b.utilityCredit(c)
}

// marked has a document that somebody means to settle in a journal that is not posted.
func (b *builder) marked(c *folder.Customer) {
	b.history(c)
	n := len(b.holds)
	h := hold{journal: []string{"PJ-1147", "PJ-1152", "CR-0881"}[n%3], user: []string{"d.ortiz", "m.chen"}[n%2], line: 1 + b.r.IntN(40)}
	h.doc = b.creditNote(c, b.refundable(), b.utilities(), "Final bill corrected")
	if n%3 == 1 {
		h.amount = h.doc.total() / 2
	}
	b.holds = append(b.holds, h)
}

func (b *builder) young(c *folder.Customer) {
	b.history(c)
	date := civil.Of(2026, time.November, 21+b.r.IntN(9))
	if b.chance(50) {
		b.payment(c, date, b.cents(2500, 16000), "11530", "Paid twice")
		return
	}
	b.creditNote(c, date, b.utilities(), "Leak adjustment")
}

// withDebit has a credit and an open bill; of some the bill is more than the credit.
func (b *builder) withDebit(c *folder.Customer) {
	b.history(c)
	cn := b.creditNote(c, b.refundable(), b.utilities(), "Meter misread")
	part := pick(b, []int64{1, 2, 3, 6})
	bill := b.utilities()
	bill.funds = []entry{{"601", max(100, cn.total()*money.Amount(part)/8)}, {"602", max(100, cn.total()*money.Amount(part)/6)}}
	b.invoice(c, b.day(time.October, time.November).AddDays(-2), bill)
}

func (b *builder) small(c *folder.Customer) {
	b.history(c)
	if b.chance(50) {
		b.payment(c, b.refundable(), b.cents(3, 480), "11530", "Overpayment")
		return
	}
	b.creditNote(c, b.refundable(), b.utilities().scaled(1, 100), "Rounding of the final bill")
}

func (b *builder) smallAbroad(c *folder.Customer) {
	b.abroadPaid(c)
	b.payment(c, b.refundable(), 640, "11530", "Overpayment") // more than five Canadian dollars, but less than five US dollars
}

// family is a parent with three children: the parent pays for all, and its credit waits for a child's bill.
func (b *builder) family() {
	parent := *b.customer(scenario{})
	b.rename(&parent, "Loon Bay Lodging Group", "COM", "")
	parent.DoNotReimburse = true // its credits are settled with the children's bills
	b.d.Customers[len(b.d.Customers)-1] = parent
	b.payment(&parent, civil.Of(2026, time.October, 12), 48_500, "11530", "Group payment, third quarter")
	for i, name := range []string{"Loon Bay Inn", "Loon Bay Suites", "Loon Bay Campground"} {
		child := *b.customer(scenario{})
		b.rename(&child, name, "COM", parent.Customer)
		b.d.Customers[len(b.d.Customers)-1] = child
		b.paid(&child, time.April, b.utilities())
		if i == 0 {
			b.invoice(&child, civil.Of(2026, time.October, 5), b.utilities().scaled(3, 1))
		}
		if i == 1 {
			b.creditNote(&child, civil.Of(2026, time.October, 20), b.utilities(), "Leak adjustment")
		}
	}
}

func (b *builder) rename(c *folder.Customer, name, group, parent string) {
	c.Name, c.Group, c.Parent = name, group, parent
	c.Email = "accounts.loonbay@example.com"
}
