package demo

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"quittance/internal/civil"
	"quittance/internal/folder"
	"quittance/internal/money"
)

const (
	produceCode   = "TALLGRASS"
	produceName   = "Tallgrass Produce Company"
	produceMarker = "TALLGRASS-DEMO" // the number of the opening voucher, by which the distributor is known again
	span          = 182              // days of business, the last of which is the day on which the distributor was made
)

// market makes the distributor: the same one each time, but for the day on which it stands.
type market struct {
	builder
	today    civil.Date
	invoices map[*story]*doc   // of the stories
	weekly   map[string][]bill // deliveries that are no story's, by the customer who pays
}

// bill is a delivery, and how many days ago it was paid in full; -1: it is open.
type bill struct {
	doc  *doc
	paid int
}

// ago gives a day so many days before the last one.
func (m *market) ago(days int) civil.Date { return m.today.AddDays(-days) }

// produce gives the company folder of the distributor as it stood before anybody worked on a deduction, and its documents.
func produce(today civil.Date) *market {
	m := &market{builder: builder{r: rand.New(rand.NewPCG(seed, seed+1))}, today: today, invoices: map[*story]*doc{}, weekly: map[string][]bill{}}
	m.company()
	m.treatment()
	m.capital()
	m.deliveries()
	for i := range stories {
		m.bill(&stories[i])
	}
	m.credits()
	m.number()
	m.write()
	return m
}

func (m *market) company() {
	d := &m.d
	d.Company = folder.Company{Company: produceCode, Name: produceName, Country: "US", Currency: usd, AccountFormat: "Division-Main"}
	for _, p := range [][2]string{
		{"deduction_hold", "deduction_customer"},
		{"deduction_customer", "DEDUCT"},
		{"deduction_owner", "dana"},
		{"deduction_handling_cost", "12.00"},
		{"unearned_discount_reason", "DISC"},
		{"discount_grace_days", "2"},
		{"remittance_bank", "10-11000"},
		{"penny_difference", "0.05"},
		{"penny_difference_account", "65900"},
	} {
		d.Parameters = append(d.Parameters, folder.Parameter{Parameter: p[0], Value: p[1]})
	}
	d.Dimensions = []folder.Dimension{{Dimension: "Division", Balancing: true}}
	d.DimensionValues = []folder.DimensionValue{{Dimension: "Division", Value: "10", Name: "Produce"}, {Dimension: "Division", Value: "20", Name: "Dairy and deli"}}
	for _, a := range produceAccounts {
		d.Accounts = append(d.Accounts, folder.Account{Account: a[0], Name: a[1], Type: a[2], Control: a[3]})
	}
	for _, v := range []string{"10", "20"} {
		d.BalancingRules = append(d.BalancingRules, folder.BalancingRule{Dimension: "Division", Value: v, DueFromAccount: "19900", DueToAccount: "19900"})
	}
	d.Periods = months(m.ago(span), m.today.AddDays(aheadDays), func(civil.Date) string { return "open" })
	d.PostingProfiles = []folder.PostingProfile{
		{Ledger: "customer", Scope: "all", SummaryAccount: "12000", DiscountAccount: "65500"},
		{Ledger: "customer", Scope: "party", Code: "DEDUCT", SummaryAccount: "12100"},
	}
	d.PaymentTerms = []folder.PaymentTerms{
		{Terms: "N30", Name: "30 days net", NetDays: 30},
		{Terms: "PACA", Name: "10 days net, as for perishable produce", NetDays: 10},
		{Terms: "1IN7", Name: "1 % in 7 days, 21 days net", NetDays: 21, DiscountDays: 7, DiscountRate: "1"},
	}
	for _, c := range shoppers {
		d.Customers = append(d.Customers, folder.Customer{
			Customer: c.code, Name: c.name, Group: c.group, Parent: c.parent, Terms: c.terms, Currency: usd, Country: "US", City: c.city, State: "WI", DoNotReimburse: c.code == "DEDUCT",
			Email: "payables." + strings.ToLower(strings.ReplaceAll(c.code, "-", ".")) + "@example.com",
		})
	}
}

func year(d civil.Date) int { return d.Time().Year() }

var produceAccounts = [][4]string{
	{"11000", "Bank, operating account", "asset", "bank"},
	{"11050", "Bank, lockbox", "asset", "bank"},
	{"12000", "Trade receivables", "asset", "customer"},
	{"12100", "Deductions under review", "asset", "customer"},
	{"12200", "Chargebacks receivable", "asset", "customer"},
	{"12900", "Freight deductions in suspense", "asset", ""},
	{"19900", "Due between divisions", "asset", ""},
	{"23500", "Accrued promotions", "liability", ""},
	{"23600", "Accrued spoils allowances", "liability", ""},
	{"23700", "Accrued volume rebates", "liability", ""},
	{"30000", "Capital", "equity", ""},
	{"40000", "Sales", "revenue", ""},
	{"41000", "Returns and credits", "revenue", ""},
	{"65000", "Spoilage and short weight", "expense", ""},
	{"65100", "Price adjustments", "expense", ""},
	{"65200", "Promotions", "expense", ""},
	{"65300", "Freight claims", "expense", ""},
	{"65500", "Terms discounts", "expense", ""},
	{"65900", "Small differences", "expense", ""},
}

// shopper is a customer of the distributor.
type shopper struct{ code, name, group, parent, terms, city string }

// Two chains whose head offices pay for their stores, five who pay for themselves, and the one who holds deductions. All are made up.
var shoppers = []shopper{
	{"HLM", "Harvest Lane Markets, head office", "CHAIN", "", "N30", "Drumlin Heights"},
	{"HLM-14", "Harvest Lane Market, Maple Street", "CHAIN", "HLM", "N30", "Lakemont"},
	{"HLM-22", "Harvest Lane Market, Depot Road", "CHAIN", "HLM", "N30", "Mill Prairie"},
	{"HLM-31", "Harvest Lane Market, North Shore", "CHAIN", "HLM", "N30", "North Lakemont"},
	{"CMG", "Cedar & Main Grocers, accounting", "CHAIN", "", "N30", "Flint Creek"},
	{"CMG-N", "Cedar & Main Grocers, Northside", "CHAIN", "CMG", "N30", "Flint Creek"},
	{"CMG-S", "Cedar & Main Grocers, Southgate", "CHAIN", "CMG", "N30", "Quarry Bend"},
	{"LLF", "Loon Lake Foods Co-op", "INDEPENDENT", "", "1IN7", "Loon Lake"},
	{"GEG", "Golden Elm Grocery", "INDEPENDENT", "", "PACA", "Lakemont"},
	{"BHB", "Blue Heron Bistros", "FOODSERVICE", "", "PACA", "Lakemont"},
	{"SSM", "Sandpiper School Meals", "FOODSERVICE", "", "N30", "Drumlin Heights"},
	{"RBS", "Red Barn Farm Stands", "INDEPENDENT", "", "PACA", "Mill Prairie"},
	{"DEDUCT", "Deductions under review", "INTERNAL", "", "", "Lakemont"},
}

func shopperOf(code string) shopper {
	return shoppers[slices.IndexFunc(shoppers, func(s shopper) bool { return s.code == code })]
}

// payer gives who pays for a customer: its head office, if it has one.
func payer(code string) string { return cmp.Or(shopperOf(code).parent, code) }

// stores gives those to whom goods are delivered.
func stores() (codes []string) {
	for _, s := range shoppers {
		if s.parent != "" || (s.group != "CHAIN" && s.group != "INTERNAL") {
			codes = append(codes, s.code)
		}
	}
	return codes
}

// capital brings money in; its number marks the distributor.
func (m *market) capital() {
	m.add(&doc{
		number: produceMarker, kind: "journal", date: m.ago(span), text: "Opening balances of the sample distributor", currency: usd,
		lines: []entry{{"10-11000", 38_000_000}, {"10-30000", -38_000_000}, {"20-11000", 6_000_000}, {"20-30000", -6_000_000}},
	})
}

var loads = map[string][]string{
	"10": {"Romaine and leaf lettuce", "Russet potatoes, 50 lb", "Gala apples", "Vine tomatoes", "Sweet corn", "Yellow onions", "Strawberries, flats", "Broccoli crowns", "Bananas", "Watermelons"},
	"20": {"Milk and cream", "Cheese curds", "Deli trays", "Butter"},
}

// deliver bills a delivery, due by the terms of the customer.
func (m *market) deliver(store string, ago int, goods string, amounts map[string]money.Amount) *doc {
	net := 0
	for _, t := range m.d.PaymentTerms {
		if t.Terms == shopperOf(store).terms {
			net = t.NetDays
		}
	}
	v := &doc{series: "INV", kind: "invoice", date: m.ago(ago), due: m.ago(ago - net), customer: store, text: goods, currency: usd}
	for _, side := range []struct {
		main string
		sign money.Amount
	}{{"12000", 1}, {"40000", -1}} {
		for _, division := range []string{"10", "20"} {
			if a := amounts[division]; a != 0 {
				v.lines = append(v.lines, entry{division + "-" + side.main, side.sign * a})
			}
		}
	}
	return m.add(v)
}

// deliveries bills every store every week. What is old was paid by receipts; the rest waits for the days on which its payer pays.
func (m *market) deliveries() {
	for i, store := range stores() {
		who := payer(store)
		for ago := span - 2 - i%5; ago > 0; ago -= 7 {
			division := "10"
			if m.chance(18) {
				division = "20"
			}
			v := m.deliver(store, ago, pick(&m.builder, loads[division]), map[string]money.Amount{division: 5 * m.cents(9_000, 88_000)})
			if ago-14 > payDays(who)[0] {
				m.receipt(v, ago-14)
				continue
			}
			m.weekly[who] = append(m.weekly[who], bill{v, paidOn(who, ago-14)})
		}
	}
}

// paidOn gives the first day, in days ago, from the one given on which a customer pays; -1 when that is still to come.
func paidOn(who string, from int) int {
	for _, day := range payDays(who) {
		if day <= from {
			return day
		}
	}
	return -1
}

// receipt is a payment in full.
func (m *market) receipt(v *doc, ago int) {
	r := &doc{series: "RCT", kind: "payment", date: m.ago(ago), customer: v.customer, text: "Payment, thank you", currency: usd}
	for _, l := range v.lines {
		if l.amount > 0 {
			division, _, _ := strings.Cut(l.account, "-")
			r.lines = append(r.lines, entry{division + "-11000", l.amount}, entry{l.account, -l.amount})
		}
	}
	m.settle(v, m.add(r), v.total())
}

// bill bills the delivery that a story is about; a part of it is of the other division, when the story says so.
func (m *market) bill(s *story) {
	if s.billed == 0 {
		return
	}
	amounts := map[string]money.Amount{"10": dollars(s.amount)}
	if s.dairy != "" {
		amounts = map[string]money.Amount{"10": dollars(s.amount) - dollars(s.dairy), "20": dollars(s.dairy)}
	}
	m.invoices[s] = m.deliver(s.who, s.billed, s.goods, amounts)
}

// credits writes the credit notes that wait to be matched.
func (m *market) credits() {
	for _, c := range creditNotes {
		a := dollars(c.amount)
		m.add(&doc{series: "CN", kind: "credit_note", date: m.ago(c.ago), customer: c.who, text: c.text, currency: usd, lines: []entry{{"10-12000", -a}, {"10-41000", a}}})
	}
}

// number numbers the documents of each kind by date, as the distributor's own programs did.
func (m *market) number() {
	next := map[string]int{"INV": 48101, "CN": 7301, "RCT": 3001}
	slices.SortStableFunc(m.docs, func(x, y *doc) int { return cmp.Compare(x.date, y.date) })
	for _, v := range m.docs {
		if v.number == "" {
			v.number = fmt.Sprintf("%s-%d", v.series, next[v.series])
			next[v.series]++
		}
	}
}

// dollars reads an amount of the tables of the sample.
func dollars(text string) money.Amount {
	a, err := usd.Parse(strings.ReplaceAll(text, ",", ""))
	if err != nil {
		panic(err) // a constant
	}
	return a
}

// storyOf gives the story of a name.
func storyOf(name string) *story {
	return &stories[slices.IndexFunc(stories, func(s story) bool { return s.name == name })]
}
