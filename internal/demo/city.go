package demo

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"quittance/internal/civil"
	"quittance/internal/folder"
	"quittance/internal/money"
)

const (
	companyCode = "LAKEMONT"
	companyName = "City of Lakemont"
	marker      = "LAKEMONT-DEMO" // the number of the opening voucher, by which the sample is known again
	seed        = 2026
)

var (
	runDate = civil.Of(2026, time.November, 30) // the business date of the sample, whatever the clock says
	usd     = money.MustCurrency("USD")
	cad     = money.MustCurrency("CAD")
)

// builder makes the sample city: the same one each time.
type builder struct {
	r         *rand.Rand
	d         folder.Data
	docs      []*doc
	links     []link
	holds     []hold
	withBanks bool       // bank details need a key
	today     civil.Date // when it is made: the calendar goes on beyond it
	first     civil.Date // of the month that the district tells; zero: of the city
}

// link is a settlement to be written when the documents have their numbers.
type link struct {
	date          civil.Date
	debit, credit *doc
	amount        money.Amount
}

// hold is a mark to be written when the documents have their numbers.
type hold struct {
	journal, user string
	line          int
	doc           *doc
	amount        money.Amount // 0: the whole document
}

// city gives the company folder of the sample.
func city(withBanks bool, today civil.Date) *folder.Data {
	b := &builder{r: rand.New(rand.NewPCG(seed, seed)), withBanks: withBanks, today: today}
	b.setUp()
	b.opening()
	b.suppliers()
	b.family()
	var all []scenario
	for _, s := range scenarios {
		for range s.count {
			all = append(all, s)
		}
	}
	b.r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, s := range all {
		s.make(b, b.customer(s))
	}
	b.write()
	return &b.d
}

func (b *builder) setUp() {
	d := &b.d
	d.Company = folder.Company{Company: companyCode, Name: companyName, Country: "US", Currency: usd, AccountFormat: "Fund-Main-Department"}
	for _, p := range [][2]string{
		{"minimum_reimbursement", "5.00"},
		{"minimum_age_days", "10"},
		{"one_time_vendor_template", "ONETIME"},
		{"netting", "gross"},
		{"separate_by_classification", "no"},
		{"exchange_gain_account", "48100"},
		{"exchange_loss_account", "58100"},
		{"penny_difference", "0.05"},
		{"penny_difference_account", "58200"},
	} {
		d.Parameters = append(d.Parameters, folder.Parameter{Parameter: p[0], Value: p[1]})
	}
	d.Dimensions = []folder.Dimension{{Dimension: "Fund", Balancing: true}, {Dimension: "Department"}}
	for _, v := range [][3]string{
		{"Fund", "101", "General fund"},
		{"Fund", "401", "Parks fund"},
		{"Fund", "601", "Water fund"},
		{"Fund", "602", "Sewer fund"},
		{"Fund", "999", "Treasurer's pooled cash"},
		{"Department", "ADM", "Administration"},
		{"Department", "PLN", "Planning and permits"},
		{"Department", "PRK", "Parks and recreation"},
		{"Department", "TAX", "Assessor"},
		{"Department", "UTB", "Utility billing"},
	} {
		d.DimensionValues = append(d.DimensionValues, folder.DimensionValue{Dimension: v[0], Value: v[1], Name: v[2]})
	}
	for _, a := range accounts {
		d.Accounts = append(d.Accounts, folder.Account{Account: a[0], Name: a[1], Type: a[2], Control: a[3]})
	}
	for _, fund := range []string{"101", "401", "601", "602", "999"} {
		due := "11010"
		if fund == "999" {
			due = "37001"
		}
		d.BalancingRules = append(d.BalancingRules, folder.BalancingRule{Dimension: "Fund", Value: fund, DueFromAccount: due, DueToAccount: due})
	}
	for _, c := range [][2]string{{"PARKS", "Parks and recreation"}, {"PERMIT", "Permits and inspections"}, {"TAX", "Property tax"}, {"UTL", "Utilities"}} {
		d.BillingClassifications = append(d.BillingClassifications, folder.BillingClassification{Classification: c[0], Name: c[1]})
	}
	// Vendors of other groups have no posting profile, by intent: the run names one that is missing.
	for _, p := range [][4]string{
		{"customer", "all", "", "11530"},
		{"customer", "group", "TAX", "11540"},
		{"vendor", "group", "REFUND", "24210"},
		{"vendor", "group", "ONETIME", "24220"},
		{"vendor", "group", "SUPPLIER", "24200"},
	} {
		d.PostingProfiles = append(d.PostingProfiles, folder.PostingProfile{Ledger: p[0], Scope: p[1], Code: p[2], SummaryAccount: p[3]})
	}
	d.Vendors = append(d.Vendors, folder.Vendor{Vendor: "ONETIME", Name: "Template of one-time vendors", Group: "ONETIME", Currency: usd, PaymentMethod: "check", OneTime: "template", Country: "US"})
	b.calendar()
}

var accounts = [][4]string{
	{"11010", "Equity in pooled cash", "asset", ""},
	{"11020", "Treasurer's bank account", "asset", "bank"},
	{"11025", "Treasurer's Canadian account", "asset", "bank"},
	{"11530", "Accounts receivable", "asset", "customer"},
	{"11540", "Property taxes receivable", "asset", "customer"},
	{"22510", "Customers' advances", "liability", "customer"},
	{"24200", "Accounts payable", "liability", "vendor"},
	{"24210", "Refunds payable", "liability", "vendor"},
	{"24220", "Refunds payable, one-time", "liability", "vendor"},
	{"31000", "Fund balance", "equity", ""},
	{"37001", "Due to funds", "liability", ""},
	{"41100", "Property tax", "revenue", ""},
	{"44200", "Park fees", "revenue", ""},
	{"44400", "Utility charges", "revenue", ""},
	{"44500", "Permit fees", "revenue", ""},
	{"48100", "Exchange gains", "revenue", ""},
	{"53100", "Supplies and services", "expense", ""},
	{"58100", "Exchange losses", "expense", ""},
	{"58200", "Penny differences", "expense", ""},
	{"58300", "Claims and goodwill", "expense", ""},
}

// calendar makes the periods, and the exchange rates.
func (b *builder) calendar() {
	b.d.Periods = b.periods()
	for i, text := range []string{"0.7215", "0.7248", "0.7190", "0.7222", "0.7291", "0.7318", "0.7304", "0.7266", "0.7231", "0.7179", "0.7142"} {
		rate, err := money.ParseRate(text)
		if err != nil {
			panic(err) // a constant
		}
		b.d.ExchangeRates = append(b.d.ExchangeRates, folder.ExchangeRate{Currency: cad, Date: civil.Of(2026, time.Month(i+1), 1), Rate: rate})
	}
}

// periods gives the months, the older ones closed.
func (b *builder) periods() []folder.Period {
	until := b.today.AddDays(aheadDays)
	if !b.first.IsZero() {
		settled := b.first.AddDays(-60) // before the first of its credits
		return months(b.first.AddDays(-180), until, func(last civil.Date) string {
			if last < settled {
				return "closed"
			}
			return "open"
		})
	}
	return months(civil.Of(2026, 1, 1), max(until, civil.Of(2026, 12, 31)), func(last civil.Date) string {
		switch {
		case last < civil.Of(2026, 10, 1):
			return "closed"
		case last < civil.Of(2026, 11, 1):
			return "on_hold"
		}
		return "open"
	})
}

const aheadDays = 62 // for which the calendars of the samples go on beyond the day on which they are made

// months gives the periods from the month of a day to that of another, with the status by their last days.
func months(from, to civil.Date, status func(last civil.Date) string) (all []folder.Period) {
	for at := civil.Of(year(from), month(from), 1); at <= to; {
		next := civil.Of(year(at), month(at)+1, 1)
		last := next.AddDays(-1)
		all = append(all, folder.Period{Start: at, End: last, Status: status(last)})
		at = next
	}
	return all
}

// write numbers the documents by date and puts them into the folder, with their settlements and marks.
func (b *builder) write() {
	slices.SortStableFunc(b.docs, func(x, y *doc) int { return cmp.Compare(x.date, y.date) })
	count := map[string]int{}
	for _, v := range b.docs {
		if v.number == "" {
			count[v.series]++
			v.number = fmt.Sprintf("%s-26-%04d", v.series, count[v.series])
		}
		b.d.Vouchers = append(b.d.Vouchers, v.voucher())
	}
	slices.SortStableFunc(b.links, func(x, y link) int { return cmp.Compare(x.date, y.date) })
	for _, l := range b.links {
		b.d.Settlements = append(b.d.Settlements, folder.Settlement{Date: l.date, Customer: l.debit.customer, Vendor: l.debit.settlesVendor(), DebitVoucher: l.debit.number, CreditVoucher: l.credit.number, Amount: l.debit.currency.Format(l.amount)})
	}
	for _, h := range b.holds {
		m := folder.Mark{Journal: h.journal, Line: h.line, User: h.user, Customer: h.doc.customer, Voucher: h.doc.number}
		if h.amount != 0 {
			m.Amount = h.doc.currency.Format(h.amount)
		}
		b.d.Marks = append(b.d.Marks, m)
	}
}
