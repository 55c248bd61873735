package demo

import (
	"fmt"
	"time"

	"quittance/internal/civil"
	"quittance/internal/folder"
	"quittance/internal/money"
)

// doc is a document before it has its number.
type doc struct {
	series, kind, number string
	date, due            civil.Date
	customer, vendor     string
	class, text          string
	currency             money.Currency
	lines                []entry
}

// entry is a line of a document: debit positive, credit negative, in minor units.
type entry struct {
	account string
	amount  money.Amount
}

// settlesVendor names the vendor of a settlement of this document, blank when it is a customer's.
func (v *doc) settlesVendor() string {
	if v.customer != "" {
		return ""
	}
	return v.vendor
}

// total gives the sum of the debit lines.
func (v *doc) total() money.Amount {
	var t money.Amount
	for _, l := range v.lines {
		t += max(l.amount, 0)
	}
	return t
}

func (v *doc) voucher() folder.Voucher {
	out := folder.Voucher{Number: v.number, Date: v.date, Type: v.kind}
	for _, l := range v.lines {
		out.Lines = append(out.Lines, folder.VoucherLine{
			Customer: v.customer, Vendor: v.vendor, Classification: v.class, DueDate: v.due, Currency: v.currency, Account: l.account,
			Debit: max(l.amount, 0), Credit: max(-l.amount, 0), Text: v.text,
		})
	}
	return out
}

func (b *builder) add(v *doc) *doc {
	b.docs = append(b.docs, v)
	return v
}

// charge is what a department bills: amounts by fund.
type charge struct {
	class, revenue, department, receivable, text string
	funds                                        []entry // fund and amount
}

func (b *builder) utilities() charge {
	return charge{"UTL", "44400", "UTB", "11530", "Water, sewer and refuse", []entry{{"101", b.cents(1200, 2600)}, {"601", b.cents(1800, 8200)}, {"602", b.cents(2100, 9100)}}}
}

func (b *builder) parks() charge {
	text := pick(b, []string{"Pavilion rental", "Youth soccer", "Swimming lessons", "Boat launch permit", "Community garden plot"})
	return charge{"PARKS", "44200", "PRK", "11530", text, []entry{{"401", 500 * b.cents(5, 40)}}}
}

func (b *builder) permit() charge {
	text := pick(b, []string{"Building permit", "Sign permit", "Electrical inspection", "Right-of-way permit"})
	return charge{"PERMIT", "44500", "PLN", "11530", text, []entry{{"101", 500 * b.cents(8, 90)}}}
}

func (b *builder) tax() charge {
	return charge{"TAX", "41100", "TAX", "11540", "Property tax, second half", []entry{{"101", b.cents(41000, 214000)}}}
}

func (b *builder) anyCharge() charge {
	switch n := b.r.IntN(100); {
	case n < 62:
		return b.utilities()
	case n < 82:
		return b.parks()
	case n < 94:
		return b.permit()
	}
	return b.tax()
}

// scaled gives the charge with its amounts in the proportion part ÷ whole, at least a minor unit each.
func (c charge) scaled(part, whole int64) charge {
	funds := make([]entry, len(c.funds))
	for i, f := range c.funds {
		funds[i] = entry{f.account, max(1, f.amount*money.Amount(part)/money.Amount(whole))}
	}
	c.funds = funds
	return c
}

func (c charge) lines(sign money.Amount) []entry {
	var lines []entry
	for _, f := range c.funds {
		lines = append(lines, entry{f.account + "-" + c.receivable, sign * f.amount})
	}
	for _, f := range c.funds {
		lines = append(lines, entry{f.account + "-" + c.revenue + "-" + c.department, -sign * f.amount})
	}
	return lines
}

// invoice bills the charge, due in thirty days.
func (b *builder) invoice(c *folder.Customer, date civil.Date, ch charge) *doc {
	return b.add(&doc{series: "INV", kind: "invoice", date: date, due: date.AddDays(30), customer: c.Customer, class: ch.class, text: ch.text, currency: c.Currency, lines: ch.lines(1)})
}

// creditNote takes the charge back.
func (b *builder) creditNote(c *folder.Customer, date civil.Date, ch charge, why string) *doc {
	return b.add(&doc{series: "CN", kind: "credit_note", date: date, customer: c.Customer, class: ch.class, text: why, currency: c.Currency, lines: ch.lines(-1)})
}

// payment is money received, on a receivable account of the treasurer's fund.
func (b *builder) payment(c *folder.Customer, date civil.Date, amount money.Amount, receivable, text string) *doc {
	bank := "999-11020"
	if c.Currency == cad {
		bank = "999-11025"
	}
	return b.add(&doc{series: "PMT", kind: "payment", date: date, customer: c.Customer, text: text, currency: c.Currency, lines: []entry{{bank, amount}, {"999-" + receivable, -amount}}})
}

// settle applies a credit to a debit on the date of the later one.
func (b *builder) settle(debit, credit *doc, amount money.Amount) {
	b.links = append(b.links, link{max(debit.date, credit.date), debit, credit, amount})
}

// paid is an invoice of the month that was paid in time.
func (b *builder) paid(c *folder.Customer, month time.Month, ch charge) {
	inv := b.invoice(c, civil.Of(2026, month, 1+b.r.IntN(9)), ch)
	pay := b.payment(c, inv.date.AddDays(9+b.r.IntN(20)), inv.total(), "11530", "Payment, thank you")
	b.settle(inv, pay, inv.total())
}

// opening brings the funds' cash and balances in; its number marks the sample.
func (b *builder) opening() {
	v := &doc{number: marker, kind: "journal", date: civil.Of(2026, time.January, 1), text: "Opening balances of the sample city", currency: usd}
	for _, f := range []entry{{"101", 124_000_000}, {"401", 21_000_000}, {"601", 87_500_000}, {"602", 93_250_000}} {
		v.lines = append(v.lines, entry{f.account + "-11010", f.amount}, entry{f.account + "-31000", -f.amount}, entry{"999-37001", -f.amount}, entry{"999-11020", f.amount})
	}
	b.add(v)
}

// suppliers make vendors who are no customers, with invoices of which the older ones are paid.
func (b *builder) suppliers() {
	for i, name := range []string{"Drumlin Paving", "Great Pines Power", "Heron Office Supply", "Lakeshore Chemical", "Prairie Fleet Service", "Sturgeon Pump and Valve", "Tamarack Software", "Union Uniform"} {
		v := folder.Vendor{Vendor: fmt.Sprintf("V-9%03d", i+1), Name: name, Group: "SUPPLIER", Currency: usd, PaymentMethod: "check", OneTime: "no", Street: fmt.Sprintf("%d %s", 100+b.r.IntN(800), pick(b, streets)), City: "Lakemont", State: "WI", PostalCode: "53551", Country: "US"}
		b.d.Vendors = append(b.d.Vendors, v)
		for _, month := range []time.Month{time.July, time.October, time.November} {
			fund := pick(b, []string{"101", "401", "601", "602"})
			amount := b.cents(18_000, 640_000)
			inv := b.add(&doc{
				series: "SI", kind: "vendor_invoice", date: civil.Of(2026, month, 4+b.r.IntN(12)), vendor: v.Vendor, text: "Supplies", currency: usd,
				lines: []entry{{fund + "-53100-ADM", amount}, {fund + "-24200", -amount}},
			})
			inv.due = inv.date.AddDays(30)
			if month == time.November {
				continue
			}
			pay := b.add(&doc{
				series: "SP", kind: "vendor_payment", date: inv.date.AddDays(12), vendor: v.Vendor, text: "Payment run", currency: usd,
				lines: []entry{{fund + "-24200", amount}, {fund + "-11010", -amount}, {"999-37001", amount}, {"999-11020", -amount}},
			})
			b.settle(pay, inv, amount)
		}
	}
}
