package app_test

import (
	"context"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
)

// Property tests: random companies with random histories, on both databases. What must hold is section 8 of the
// reimbursement rules and "Proof" of the ledger rules; the sums are worked out here, from the rows of the database, and
// not by the code that they judge. A failure prints the history as it stands after shrinking.

// userChecks says whether -rapid.checks was given on the command line, which then counts.
var userChecks = sync.OnceValue(func() bool {
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	return given
})

// property checks prop on every kind of database, n random cases each. The cases share a database and have a company each.
func property(t *testing.T, n int, prop func(w *world)) {
	t.Helper()
	checks(t, n)
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			h := newHouse(t, kind)
			rapid.Check(t, func(rt *rapid.T) { prop(h.world(rapidDice{rt}, rt.Fatalf)) })
		})
	}
}

// checks sets the number of random cases, unless the command line does.
func checks(t *testing.T, n int) {
	t.Helper()
	if !userChecks() {
		set := func(name, value string) {
			if err := flag.Set(name, value); err != nil {
				t.Fatal(err)
			}
		}
		set("rapid.checks", fmt.Sprint(n))
		set("rapid.shrinktime", "20s")
		set("rapid.nofailfile", "true")
	}
}

// house is a pair of databases that the companies of many cases live in; the second one is for imports of what the first exports.
type house struct {
	first  *apptest.Door
	second func() *apptest.Door
}

func newHouse(t *testing.T, kind string) *house {
	open := func() *apptest.Door {
		url := dbtest.URL(t, kind)
		if kind == "postgres" {
			url += "?jit=off" // compiling the queries of verify takes fifty times as long as running them
		}
		return apptest.New(t, dbtest.Open(t, url))
	}
	return &house{first: open(), second: sync.OnceValue(open)}
}

// dice give the random choices: shrinkable ones in property tests, plain ones in tests with concurrent clients.
type dice interface{ N(n int) int }

type rapidDice struct{ t *rapid.T }

// roll draws bit by bit: rapid's own integers are mostly small, which would leave most of the actions out.
var roll = rapid.Custom(func(t *rapid.T) int {
	n := 0
	for range 14 {
		n <<= 1
		if rapid.Bool().Draw(t, "bit") {
			n++
		}
	}
	return n
})

func (d rapidDice) N(n int) int { return roll.Draw(d.t, "roll") * n >> 14 }

type plainDice struct{ *rand.Rand }

func (d plainDice) N(n int) int { return d.IntN(n) }

func chance(d dice, percent int) bool { return d.N(100) >= 100-percent }

func oneOf[T any](d dice, of ...T) T { return of[d.N(len(of))] }

var companies atomic.Int64

// world is one company with what the test knows of it.
type world struct {
	house *house
	door  *apptest.Door
	call  app.Call
	dice
	fatalf func(format string, args ...any)

	setup     *folder.Data
	segments  []string // of the account format
	balancing []string // names of the balancing dimensions
	funds     []string
	grants    []string // values of the second dimension; blank is one of them
	money     []string // currencies
	customers []string
	vendors   []string
	kinds     []string // of the documents that are drawn
	seq       int
	history   []string
}

var allKinds = []string{"credit_note", "credit_note", "payment", "payment", "invoice", "journal", "vendor_invoice", "vendor_payment"}

func (h *house) world(d dice, fatalf func(string, ...any)) *world {
	code := fmt.Sprintf("P%04d", companies.Add(1))
	w := &world{house: h, door: h.first, kinds: allKinds, call: app.Call{Actor: apptest.Clerk, Company: code}, dice: d}
	w.fatalf = func(format string, args ...any) {
		fatalf("%s\n%s\nhistory:\n%s", fmt.Sprintf(format, args...), w.describe(), strings.Join(w.history, "\n"))
	}
	files := w.company(code)
	data, err := files.Read()
	if err != nil {
		w.fatalf("reading the folder: %v", err)
	}
	w.setup = data
	if _, err := w.door.App.Import(ctx, w.call, data); err != nil {
		w.fatalf("import of the set-up: %v", err)
	}
	return w
}

func (w *world) describe() string {
	var b strings.Builder
	fmt.Fprintf(&b, "format %s, funds %v, grants %q, currencies %v\n", strings.Join(w.segments, "-"), w.funds, w.grants, w.money)
	if w.setup != nil {
		for _, r := range w.setup.BalancingRules {
			fmt.Fprintf(&b, "rule %s %s against %q: due from %s, due to %s\n", r.Dimension, r.Value, r.CounterValue, r.DueFromAccount, r.DueToAccount)
		}
		for _, p := range w.setup.Parameters {
			fmt.Fprintf(&b, "parameter %s = %s\n", p.Parameter, p.Value)
		}
		for _, c := range w.setup.Customers {
			fmt.Fprintf(&b, "customer %s vendor %q parent %q hold %v do not reimburse %v\n", c.Customer, c.Vendor, c.Parent, c.Hold, c.DoNotReimburse)
		}
	}
	return b.String()
}

func (w *world) note(format string, args ...any) {
	w.history = append(w.history, fmt.Sprintf("%3d  %s", len(w.history)+1, fmt.Sprintf(format, args...)))
}

// company draws the set-up of a company.
func (w *world) company(code string) apptest.Files {
	w.funds = []string{"101", "601", "999"}[:1+w.N(3)]
	w.segments, w.balancing, w.grants = []string{"Fund", "Main"}, []string{"Fund"}, []string{""}
	f := apptest.Files{"dimensions": "dimension,balancing\nFund,yes\n", "dimension_values": "dimension,value\n"}
	if chance(w, 30) {
		w.segments = []string{"Main", "Fund"}
	}
	if chance(w, 40) {
		w.grants = []string{"", "A", "B"}
		w.segments = oneOf(w, []string{"Fund", "Main", "Grant"}, []string{"Main", "Grant", "Fund"}, []string{"Grant", "Main", "Fund"})
		balances := oneOf(w, "no", "yes")
		if balances == "yes" {
			w.balancing = slices.DeleteFunc(slices.Clone(w.segments), func(s string) bool { return s == "Main" })
		}
		f["dimensions"] += "Grant," + balances + "\n"
		f["dimension_values"] += "Grant,A\nGrant,B\n"
	}
	for _, v := range w.funds {
		f["dimension_values"] += "Fund," + v + "\n"
	}
	f["company"] = "company,name,country,currency,account_format\n" + code + ",Property,US,USD," + strings.Join(w.segments, "-") + "\n"
	f["accounts"] = `account,name,type,control
11010,Pooled cash,asset,
11020,Bank,asset,bank
11530,Receivable,asset,customer
11540,Prepayments,asset,customer
24210,Payable,liability,vendor
24220,Other payable,liability,vendor
37001,Due to funds,liability,
44200,Fees,revenue,
66000,Exchange gain,revenue,
67000,Exchange loss,expense,
68000,Pennies,expense,
`
	f["posting_profiles"] = "ledger,scope,code,summary_account\ncustomer,all,,11530\nvendor,all,,24210\nvendor,group,B,24220\n"
	f["billing_classifications"] = "classification\nPARKS\nUTL\n"
	w.rules(f)
	w.parties(f)
	w.parameters(f)
	return f
}

// rules draws balancing rules, some of them missing, periods and currencies.
func (w *world) rules(f apptest.Files) {
	f["balancing_rules"] = "dimension,value,counter_value,due_from_account,due_to_account\n"
	for _, dim := range w.balancing {
		values := w.funds
		if dim == "Grant" {
			values = w.grants[1:]
		}
		for i, v := range values {
			if chance(w, 85) {
				f["balancing_rules"] += dim + "," + v + ",,11010," + oneOf(w, "37001", "11010") + "\n"
			}
			if i > 0 && chance(w, 25) {
				f["balancing_rules"] += dim + "," + v + "," + values[0] + ",37001,11010\n"
			}
		}
	}
	f["periods"] = "start,end,status\n2026-10-01,2026-10-31," + oneOf(w, "open", "open", "on_hold", "closed") + "\n2026-11-01,2026-11-30,open\n2026-12-01,2026-12-31,open\n"
	w.money = []string{"USD"}
	if chance(w, 50) {
		w.money = append(w.money, oneOf(w, "EUR", "JPY"))
		f["exchange_rates"] = "currency,date,rate\nEUR,2026-10-01,1.1034\nEUR,2026-11-15,1.0477\nJPY,2026-10-01,0.00649\nJPY,2026-11-15,0.0071\n"
	}
}

// parties draws vendors and 1 to 6 customers.
func (w *world) parties(f apptest.Files) {
	f["vendors"] = "vendor,name,group,currency,blocked,payment_method,one_time\nONETIME,Template,A,USD,no,check,template\nV-1,One,A,USD,no,check,no\nV-2,Two,B,USD,no,check,no\nV-3,Blocked,A,USD,yes,check,no\n"
	w.vendors = []string{"V-1", "V-2", "V-3"}
	f["customers"] = "customer,name,group,currency,parent,vendor,hold,do_not_reimburse\n"
	for i := range 1 + min(w.N(6), w.N(6)) {
		c := fmt.Sprintf("C-%d", i+1)
		parent := ""
		if i > 0 && chance(w, 30) {
			parent = "C-1"
		}
		yes := func(percent int) string {
			if chance(w, percent) {
				return "yes"
			}
			return "no"
		}
		f["customers"] += strings.Join([]string{c, "Customer " + c, oneOf(w, "RES", "BUS"), "USD", parent, oneOf(w, "V-1", "", "V-2", "V-1", "", "V-2", "V-1", "V-3"), yes(7), yes(5)}, ",") + "\n"
		w.customers = append(w.customers, c)
	}
}

func (w *world) parameters(f apptest.Files) {
	f["parameters"] = "parameter,value\n"
	add := func(percent int, name, value string) {
		if chance(w, percent) {
			f["parameters"] += name + "," + value + "\n"
		}
	}
	add(70, "one_time_vendor_template", "ONETIME")
	add(90, "exchange_gain_account", "66000")
	add(90, "exchange_loss_account", "67000")
	if chance(w, 40) {
		f["parameters"] += "penny_difference,0.05\npenny_difference_account,68000\n"
	}
}

// account writes a ledger account in the company's format.
func (w *world) account(main, fund, grant string) string {
	s := make([]string, len(w.segments))
	for i, name := range w.segments {
		s[i] = map[string]string{"Main": main, "Fund": fund, "Grant": grant}[name]
	}
	return strings.TrimRight(strings.Join(s, "-"), "-")
}

// values gives the key of the balancing dimensions of a written account.
func (w *world) values(written string) string {
	parts := append(strings.Split(written, "-"), make([]string, len(w.segments))...)
	var key []string
	for i, name := range w.segments {
		if slices.Contains(w.balancing, name) {
			key = append(key, parts[i])
		}
	}
	return strings.Join(key, "/")
}

func (w *world) amount() money.Amount {
	return money.Amount(oneOf(w, 1+w.N(3), 1+w.N(100), 100*(1+w.N(90)), 1+w.N(20000)))
}

func (w *world) date() civil.Date {
	return civil.MustParse("2026-11-01").AddDays(oneOf(w, w.N(20), w.N(28), w.N(28), w.N(55), -w.N(20)))
}

// voucher draws a document: line by line on the control account, each with its counter line in the same fund and grant, so that
// it balances by itself; sometimes one line is off, which must be refused.
func (w *world) voucher() folder.Voucher {
	w.seq++
	kind := oneOf(w, w.kinds...)
	v := folder.Voucher{Number: fmt.Sprintf("D%03d", w.seq), Date: w.date(), Type: kind}
	cur := money.MustCurrency(oneOf(w, w.money...))
	control, counter, sign := oneOf(w, "11530", "11530", "11540"), "44200", money.Amount(-1)
	customer, vendor := oneOf(w, w.customers...), ""
	switch kind {
	case "invoice":
		sign = 1
	case "payment":
		counter = "11020"
	case "journal":
		sign = oneOf(w, money.Amount(1), money.Amount(-1))
	case "vendor_invoice", "vendor_payment":
		control, customer, vendor = oneOf(w, "24210", "24220"), "", oneOf(w, w.vendors...)
		if kind == "vendor_payment" {
			counter, sign = "11020", 1
		}
	}
	class := ""
	if kind == "credit_note" || kind == "invoice" {
		class = oneOf(w, "", "PARKS", "UTL")
	}
	both := kind != "payment" && chance(w, 25)
	for range 1 + w.N(4) {
		fund, grant, amount := oneOf(w, w.funds...), oneOf(w, w.grants...), sign*w.amount()
		if both && chance(w, 40) {
			amount = -amount
		}
		item := line(w.account(control, fund, grant), cur, amount)
		item.Customer, item.Vendor, item.Classification = customer, vendor, class
		if chance(w, 30) {
			item.DueDate = v.Date.AddDays(w.N(30))
		}
		against := line(w.account(counter, fund, grant), cur, -amount)
		against.Classification = class
		v.Lines = append(v.Lines, item, against)
	}
	if chance(w, 5) {
		v.Lines[0].Debit += v.Lines[0].Credit
		v.Lines[0].Credit = 0
		v.Lines[0].Debit++
	}
	return v
}

func line(account string, cur money.Currency, amount money.Amount) folder.VoucherLine {
	return folder.VoucherLine{Account: account, Currency: cur, Debit: max(amount, 0), Credit: max(-amount, 0)}
}

func show(v folder.Voucher) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %s", v.Number, v.Type, v.Date)
	for _, l := range v.Lines {
		fmt.Fprintf(&b, " | %s %s%s%s %s %s", l.Account, l.Customer, l.Vendor, l.Classification, l.Currency.Format(l.Debit-l.Credit), l.Currency.Code)
		if l.DueDate != 0 {
			fmt.Fprintf(&b, " due %s", l.DueDate)
		}
	}
	return b.String()
}

// state is what must not change when a command is refused, and what a reversal brings back.
type state struct {
	items    string // open items of both sides
	balances string // every line of the trial balance
	nonzero  string // balances that are not zero
}

func (w *world) state() state {
	var s state
	for _, side := range []openitem.Side{openitem.Customers, openitem.Vendors} {
		for _, it := range w.open(side) {
			s.items += fmt.Sprintf("%+v\n", it)
		}
	}
	lines, _, err := w.door.TrialBalance(ctx, w.call, 0)
	if err != nil {
		w.fatalf("trial balance: %v", err)
	}
	for _, l := range lines {
		s.balances += fmt.Sprintf("%+v\n", l)
		if l.Balance != "0.00" {
			s.nonzero += l.Account + " " + l.Balance + "\n"
		}
	}
	return s
}

func (w *world) open(side openitem.Side) []app.OpenItem {
	items, err := w.door.OpenItems(ctx, w.call, side, "", false)
	if err != nil {
		w.fatalf("open items: %v", err)
	}
	return items
}

// did notes a command and judges its error: a refusal must have changed nothing, and nothing may fail otherwise. It says
// whether the command was done.
func (w *world) did(before state, err error, format string, args ...any) bool {
	what := fmt.Sprintf(format, args...)
	if err == nil {
		w.note("%s", what)
		return true
	}
	w.note("%s: %s %v", what, fault.CodeOf(err), err)
	if !refusal(err) {
		w.fatalf("%s fails: %v", what, err)
	}
	if after := w.state(); after != before {
		w.fatalf("%s is refused, but changed\n%s%s\nto\n%s%s", what, before.items, before.balances, after.items, after.balances)
	}
	return false
}

// refusal says whether the error is one that a rule of the house gives.
func refusal(err error) bool {
	switch fault.CodeOf(err) {
	case fault.Refused, fault.Invalid, fault.NotFound, fault.Conflict:
		return true
	}
	return false
}

// action is one step of a history.
type action struct {
	name string
	do   func(w *world)
}

var documents = []action{{"post", (*world).post}, {"post", (*world).post}}

var settling = []action{{"settle", (*world).settle}, {"auto", (*world).auto}, {"unsettle", (*world).unsettle}, {"reverse voucher", (*world).reverseVoucher}}

var running = []action{
	{"run", (*world).run},
	{"run", (*world).run},
	{"propose", (*world).propose},
	{"take out", (*world).takeOut},
	{"post run", (*world).postSaved},
	{"cancel", (*world).cancel},
	{"reverse run", (*world).reverseRun},
	{"reverse", (*world).reverseSome},
	{"mark", (*world).mark},
	{"unmark", (*world).unmark},
	{"import", (*world).importMore},
}

// live does some actions, and proves the books after each.
func (w *world) live(n int, actions ...[]action) {
	all := slices.Concat(actions...)
	for range n {
		all[w.N(len(all))].do(w)
		w.prove()
	}
}

// begin posts the first documents, and proves the books once.
func (w *world) begin(n int) {
	for range n {
		w.post()
	}
	w.prove()
}

func (w *world) post() {
	before := w.state()
	v := w.voucher()
	_, err := w.door.PostVouchers(ctx, w.call, []folder.Voucher{v})
	w.did(before, err, "post %s", show(v))
}

// pair draws a debit and a credit document of one party, or, sometimes, of two.
func (w *world) pair() (app.SettleRequest, bool) {
	side := oneOf(w, openitem.Customers, openitem.Customers, openitem.Vendors)
	var debits, credits []app.OpenItem
	for _, it := range w.open(side) {
		if strings.HasPrefix(it.Open, "-") {
			credits = append(credits, it)
		} else {
			debits = append(debits, it)
		}
	}
	if len(debits) == 0 || len(credits) == 0 {
		return app.SettleRequest{}, false
	}
	d := oneOf(w, debits...)
	own := slices.DeleteFunc(slices.Clone(credits), func(c app.OpenItem) bool { return c.Party != d.Party || c.Currency != d.Currency })
	if len(own) > 0 && chance(w, 75) {
		credits = own
	}
	c := oneOf(w, credits...)
	return app.SettleRequest{Side: side, Party: d.Party, CreditParty: c.Party, Debit: d.Voucher, Credit: c.Voucher, Date: w.date()}, true
}

func (w *world) settle() {
	req, ok := w.pair()
	if !ok {
		return
	}
	if chance(w, 60) {
		req.Amount = fmt.Sprintf("%d.%02d", w.N(60), w.N(100))
	}
	before := w.state()
	s, err := w.door.Settle(ctx, w.call, req)
	w.did(before, err, "settle %s %s with %s %s for %q on %s → %+v", req.Party, req.Debit, req.CreditParty, req.Credit, req.Amount, req.Date, s)
}

func (w *world) party() (openitem.Side, string) {
	if chance(w, 25) {
		return openitem.Vendors, oneOf(w, w.vendors...)
	}
	return openitem.Customers, oneOf(w, w.customers...)
}

func (w *world) auto() {
	side, code := w.party()
	before, date := w.state(), w.date()
	s, err := w.door.AutoSettle(ctx, w.call, side, code, date)
	w.did(before, err, "settle all of %s on %s → %+v", code, date, s)
}

// linked is a settlement that holds, as two voucher numbers of a party.
type linked struct {
	party, debit, credit string
	side                 openitem.Side
}

// links gives the pairs of vouchers that were ever settled with each other.
func (w *world) links() []linked {
	var all []linked
	w.each(`select distinct coalesce(c.code, n.code), d.number, k.number, n.code is not null from settlement s
		join voucher d on d.company = s.company and d.id = s.debit_voucher join voucher k on k.company = s.company and k.id = s.credit_voucher
		left join customer c on c.company = s.company and c.id = s.party left join vendor n on n.company = s.company and n.id = s.party
		where s.company = $1 order by 1, 2, 3`, func(r scanner) error {
		var l linked
		var vendor bool
		err := r.Scan(&l.party, &l.debit, &l.credit, &vendor)
		if l.side = openitem.Customers; vendor {
			l.side = openitem.Vendors
		}
		all = append(all, l)
		return err
	})
	return all
}

func (w *world) unsettle() {
	links := w.links()
	if len(links) == 0 {
		return
	}
	l, date, before := oneOf(w, links...), w.date(), w.state()
	text, err := w.door.Unsettle(ctx, w.call, app.SettleRequest{Side: l.side, Party: l.party, Debit: l.debit, Credit: l.credit, Date: date})
	w.did(before, err, "unsettle %s %s with %s on %s → %s", l.party, l.debit, l.credit, date, text)
}

func (w *world) reverseVoucher() {
	if w.seq == 0 {
		return
	}
	number, date, before := fmt.Sprintf("D%03d", 1+w.N(w.seq)), w.date(), w.state()
	by, err := w.door.ReverseVoucher(ctx, w.call, number, date, "wrong")
	w.did(before, err, "reverse voucher %s on %s → %s", number, date, by)
}

func (w *world) mark() {
	items := slices.Concat(w.open(openitem.Customers), w.open(openitem.Customers), w.open(openitem.Vendors))
	if len(items) == 0 {
		return
	}
	it := oneOf(w, items...)
	req := app.MarkRequest{Side: openitem.Customers, Party: it.Party, Voucher: it.Voucher, Journal: oneOf(w, "J1", "J2")}
	if !slices.Contains(w.customers, it.Party) {
		req.Side = openitem.Vendors
	}
	if chance(w, 50) {
		req.Amount = fmt.Sprintf("%d.%02d", w.N(10), w.N(100))
	}
	before := w.state()
	text, err := w.door.Mark(ctx, w.call, req)
	w.did(before, err, "mark %s %s by %s for %q → %s", req.Party, req.Voucher, req.Journal, req.Amount, text)
}

func (w *world) unmark() {
	journal, before := oneOf(w, "J1", "J2"), w.state()
	n, err := w.door.Unmark(ctx, w.call, openitem.Customers, journal, "", "")
	w.did(before, err, "unmark all of %s → %d", journal, n)
}

// importMore brings the company's folder in with some vouchers more, or with a customer's hold turned; done again, it changes nothing.
func (w *world) importMore() {
	d := *w.setup
	d.Customers = slices.Clone(d.Customers)
	if c := &d.Customers[w.N(len(d.Customers))]; chance(w, 30) {
		c.Hold = !c.Hold
	}
	var texts []string
	for range w.N(3) {
		v := w.voucher()
		d.Vouchers = append(d.Vouchers, v)
		texts = append(texts, show(v))
	}
	before := w.state()
	_, err := w.door.App.Import(ctx, w.call, &d)
	if !w.did(before, err, "import the set-up and %q", texts) {
		return
	}
	w.setup.Customers = d.Customers
	w.unchangedBy(&d)
}

// unchangedBy brings a folder in that the company knows already.
func (w *world) unchangedBy(d *folder.Data) {
	before := w.state()
	r, err := w.door.App.Import(ctx, w.call, d)
	if err != nil {
		w.fatalf("importing again: %v", err)
	}
	for _, f := range r.Files {
		if f.Created != 0 || f.Updated != 0 {
			w.fatalf("importing again makes %+v, %v", f, r.Changes)
		}
	}
	if after := w.state(); after != before {
		w.fatalf("importing again changes\n%+v\nto\n%+v", before, after)
	}
}

// request draws the options of a run.
func (w *world) request() app.RunRequest {
	yes := func(percent int) *bool { b := chance(w, percent); return &b }
	req := app.RunRequest{Selection: w.selection(), Date: oneOf(w, runDate, runDate, runDate, w.date()), IncludeDebits: yes(40), Separate: yes(40), Summarize: yes(30)}
	netting := oneOf(w, "gross", "net", "net_due")
	req.Netting = &netting
	if chance(w, 40) {
		req.Selection, req.Date = reimbursement.Selection{All: true}, runDate
		return req
	}
	if chance(w, 25) {
		minimum := oneOf(w, "5.00", "20.00", "0.01")
		req.Minimum = &minimum
	}
	if chance(w, 15) {
		req.Classifications, req.IncludeUnclassified = []string{oneOf(w, "PARKS", "UTL")}, chance(w, 50)
	}
	if chance(w, 20) {
		age := w.N(25)
		req.MinimumAge = &age
	}
	return req
}

func (w *world) selection() reimbursement.Selection {
	switch w.N(14) {
	case 1:
		return reimbursement.Selection{Customers: []string{oneOf(w, w.customers...)}}
	case 2:
		return reimbursement.Selection{Customers: []string{"C-2..C-4"}}
	case 3:
		return reimbursement.Selection{Currency: oneOf(w, w.money...)}
	case 4:
		return reimbursement.Selection{Groups: []string{"RES"}}
	case 5:
		var credits []string
		for _, it := range w.open(openitem.Customers) {
			if strings.HasPrefix(it.Open, "-") && chance(w, 50) {
				credits = append(credits, it.Voucher)
			}
		}
		if len(credits) > 0 {
			return reimbursement.Selection{Credits: credits}
		}
	}
	return reimbursement.Selection{All: true}
}

func showRequest(r app.RunRequest) string {
	s := fmt.Sprintf("%+v on %s, netting %s, debits %v, separate %v, summarize %v", r.Selection, r.Date, *r.Netting, *r.IncludeDebits, *r.Separate, *r.Summarize)
	if r.Minimum != nil {
		s += ", minimum " + *r.Minimum
	}
	if r.MinimumAge != nil {
		s += fmt.Sprintf(", age %d", *r.MinimumAge)
	}
	if r.Classifications != nil {
		s += fmt.Sprintf(", classes %v and none %v", r.Classifications, r.IncludeUnclassified)
	}
	return s
}

// simulate gives the plan of a run.
func (w *world) simulate(req app.RunRequest) (*apptest.Decisions, error) {
	x := &apptest.Decisions{}
	var err error
	x.Run, err = w.door.Simulate(ctx, w.call, req, x.Add)
	return x, err
}

func (w *world) decisions(code string) *apptest.Decisions {
	x := &apptest.Decisions{}
	var err error
	if x.Run, err = w.door.Run(ctx, w.call, code, x.Add); err != nil {
		w.fatalf("reading %s: %v", code, err)
	}
	return x
}

// run simulates and posts a run, and proves what section 8 says of it; sometimes it is reversed at once.
func (w *world) run() {
	req := w.request()
	before, items := w.state(), w.open(openitem.Customers)
	plan, planErr := w.simulate(req)
	view, resumed, err := w.door.PostSelection(ctx, w.call, req, nil)
	if !w.did(before, err, "run %s", showRequest(req)) {
		if planErr == nil && !resumed && fault.RuleOf(err) != "overlapping_run" {
			w.fatalf("simulated without complaint, but posting is refused: %v", err)
		}
		return
	}
	posted := w.decisions(view.ID)
	w.note("     = %s: %d reimbursements, %d excluded, resumed %v", view.ID, len(posted.Reimbursements), len(posted.Excluded), resumed)
	w.each4(posted)
	if resumed {
		return
	}
	if planErr != nil {
		w.fatalf("simulating is refused, but it was posted: %v", planErr)
	}
	w.same("simulated", plan, "posted", posted)
	w.lost(req, items, posted)
	w.netted(req, items, posted)
	w.again(req, posted)
	if chance(w, 35) {
		w.undo(before, view.ID, req.Date.AddDays(w.N(5)))
	}
}

// undo reverses a run right after it was posted: everything is as before (invariant 6).
func (w *world) undo(before state, code string, date civil.Date) {
	now := w.state()
	_, err := w.door.ReverseRun(ctx, w.call, code, date, "undone", nil)
	if !w.did(now, err, "reverse %s at once on %s", code, date) {
		return
	}
	after := w.state()
	if after.items != before.items || after.nonzero != before.nonzero {
		w.fatalf("reversing %s does not restore:\nbefore\n%s%s\nafter\n%s%s", code, before.items, before.nonzero, after.items, after.nonzero)
	}
}

// plain takes away what a plan cannot know: numbers, and the codes of one-time vendors.
func plain(d reimbursement.Decisions) (out []string) {
	for _, v := range d.Reimbursements {
		v.Number, v.Voucher.Number, v.ReversedBy = "", "", ""
		if v.OneTimeVendor {
			v.Vendor = ""
		}
		out = append(out, fmt.Sprintf("%+v", v))
	}
	for _, n := range d.Nettings {
		n.Voucher = ""
		out = append(out, fmt.Sprintf("net %+v", n))
	}
	for _, e := range d.Excluded {
		out = append(out, fmt.Sprintf("excluded %+v", e))
	}
	return out
}

// same wants two sets of decisions to be equal (invariant 7).
func (w *world) same(a string, x *apptest.Decisions, b string, y *apptest.Decisions) {
	p, q := plain(x.Decisions), plain(y.Decisions)
	if !slices.Equal(p, q) {
		w.fatalf("%s\n%s\n%s\n%s", a, strings.Join(p, "\n"), b, strings.Join(q, "\n"))
	}
	tx, ty := x.Run.Totals, y.Run.Totals
	if fmt.Sprint(tx) != fmt.Sprint(ty) {
		w.fatalf("%s %+v, %s %+v", a, tx, b, ty)
	}
}

// each4 wants each candidate decided once, and the totals to say so (invariant 4).
func (w *world) each4(d *apptest.Decisions) {
	seen := map[string]string{}
	for _, v := range d.Reimbursements {
		seen[v.Customer+" "+v.Currency] = "reimbursed"
	}
	reimbursed := len(seen)
	for _, e := range d.Excluded {
		k := e.Customer + " " + e.Currency
		if seen[k] != "" {
			w.fatalf("%s is excluded (%s), but %s too", k, e.Reason, seen[k])
		}
		seen[k] = string(e.Reason)
	}
	t := d.Run.Totals
	if t.Candidates != int64(len(seen)) || t.ReimbursedCustomers != int64(reimbursed) || t.Excluded != int64(len(d.Excluded)) || t.Reimbursements != int64(len(d.Reimbursements)) {
		w.fatalf("decided %v, but the totals are %+v", seen, t)
	}
}

// lost compares what credits lost with what was reimbursed and netted, per customer, currency and ledger account (invariants 1
// and 4).
func (w *world) lost(req app.RunRequest, before []app.OpenItem, d *apptest.Decisions) {
	lost, candidates := map[string]money.Amount{}, map[string]bool{}
	add := func(items []app.OpenItem, sign money.Amount) {
		for _, it := range items {
			if a := parse(it.Currency, it.Open); a < 0 {
				lost[it.Party+" "+it.Currency+" "+it.Account] -= sign * a
			}
		}
	}
	add(before, 1)
	add(w.open(openitem.Customers), -1)
	for _, it := range before {
		if strings.HasPrefix(it.Open, "-") && w.selected(req.Selection, it) {
			candidates[it.Party+" "+it.Currency] = true
		}
	}
	if int64(len(candidates)) != d.Run.Totals.Candidates {
		w.fatalf("candidates are %v, but the run has %+v", slices.Sorted(maps.Keys(candidates)), d.Run.Totals)
	}
	whole := map[string]money.Amount{}
	for _, v := range d.Reimbursements {
		for _, l := range v.Voucher.Lines {
			lost[v.Customer+" "+v.Currency+" "+l.Account] -= parse(v.Currency, l.Debit)
		}
	}
	for k, a := range lost {
		party, rest, _ := strings.Cut(k, " ")
		whole[party+" "+rest[:3]] += a
		if a != 0 && *req.Netting == "gross" {
			w.fatalf("%s lost %d more than was reimbursed", k, a)
		}
	}
	for _, n := range d.Nettings {
		for _, it := range before {
			if it.Voucher == n.CreditVoucher {
				whole[n.Customer+" "+it.Currency] -= parse(it.Currency, n.Amount)
				break
			}
		}
	}
	for k, a := range whole {
		if a != 0 {
			w.fatalf("%s lost %d more than was reimbursed and netted", k, a)
		}
	}
}

// netted wants the debits of those who are reimbursed to be closed, by due date, date and number, with credits by date and number.
func (w *world) netted(req app.RunRequest, before []app.OpenItem, d *apptest.Decisions) {
	due, dates, currencies := map[string]string{}, map[string]string{}, map[string]string{}
	for _, it := range before {
		k := it.Party + " " + it.Voucher
		dates[k], currencies[k] = it.Date.String(), it.Currency
		if !strings.HasPrefix(it.Open, "-") && (due[k] == "" || it.DueDate.String() < due[k]) {
			due[k] = it.DueDate.String()
		}
	}
	last := map[string][2]string{}
	for _, n := range d.Nettings {
		debit, credit := n.Customer+" "+n.DebitVoucher, n.Customer+" "+n.CreditVoucher
		k := n.Customer + " " + currencies[credit]
		now := [2]string{due[debit] + dates[debit] + n.DebitVoucher, dates[credit] + n.CreditVoucher}
		if was := last[k]; was[0] > now[0] || was[1] > now[1] {
			w.fatalf("%s: netted %v after %v", k, now, was)
		}
		last[k] = now
	}
	reimbursed := map[string]bool{}
	for _, v := range d.Reimbursements {
		reimbursed[v.Customer+" "+v.Currency] = *req.Netting != "gross"
	}
	for _, it := range w.open(openitem.Customers) {
		late := it.Date > req.Date || (*req.Netting == "net_due" && due[it.Party+" "+it.Voucher] > req.Date.String())
		if reimbursed[it.Party+" "+it.Currency] && !strings.HasPrefix(it.Open, "-") && !late {
			w.fatalf("%s of %s was not netted: %+v", it.Voucher, it.Party, it)
		}
	}
}

func (w *world) selected(s reimbursement.Selection, it app.OpenItem) bool {
	group := ""
	for _, c := range w.setup.Customers {
		if c.Customer == it.Party {
			group = c.Group
		}
	}
	switch {
	case s.All:
		return true
	case s.Currency != "":
		return s.Currency == it.Currency
	case len(s.Groups) > 0:
		return slices.Contains(s.Groups, group)
	case len(s.Credits) > 0:
		return slices.Contains(s.Credits, it.Voucher)
	}
	from, to, isRange := strings.Cut(s.Customers[0], "..")
	if !isRange {
		to = from
	}
	return from <= it.Party && it.Party <= to
}

func parse(currency, text string) money.Amount {
	a, err := money.MustCurrency(currency).Parse(text)
	if err != nil {
		panic(err)
	}
	return a
}

// again wants a second run right after the first to find nothing to reimburse (invariant 5), and what was settled to be closed.
func (w *world) again(req app.RunRequest, d *apptest.Decisions) {
	open := map[string]bool{}
	for _, it := range w.open(openitem.Customers) {
		open[it.Party+" "+it.Voucher+" "+it.Account+" "+it.Classification] = true
	}
	for _, v := range d.Reimbursements {
		for _, s := range v.Settles {
			if req.Classifications == nil && req.Selection.Credits == nil && open[v.Customer+" "+s.Voucher+" "+s.Account+" "+v.Classification] {
				w.fatalf("%s of %s is settled by %s, but open on %s", s.Voucher, v.Customer, v.Number, s.Account)
			}
		}
	}
	next, err := w.simulate(req)
	if err != nil {
		w.fatalf("running again is refused: %v", err)
	}
	if len(next.Reimbursements)+len(next.Nettings) != 0 {
		w.fatalf("running again would reimburse %+v %+v", next.Reimbursements, next.Nettings)
	}
}

func (w *world) propose() {
	before, req := w.state(), w.request()
	view, err := w.door.Propose(ctx, w.call, req, func(reimbursement.Decisions) error { return nil })
	w.did(before, err, "propose %s", showRequest(req))
	if w.state() != before {
		w.fatalf("proposing moves something: %+v", view)
	}
}

// saved draws a run of the company.
func (w *world) saved() (reimbursement.RunView, bool) {
	runs, err := w.door.Runs(ctx, w.call)
	if err != nil {
		w.fatalf("runs: %v", err)
	}
	if len(runs) == 0 {
		return reimbursement.RunView{}, false
	}
	return runs[w.N(len(runs))], true
}

func (w *world) takeOut() {
	if r, ok := w.saved(); ok {
		before, customer := w.state(), oneOf(w, w.customers...)
		_, err := w.door.TakeOut(ctx, w.call, r.ID, customer, "", "by hand")
		w.did(before, err, "take %s out of %s (%s)", customer, r.ID, r.State)
	}
}

func (w *world) cancel() {
	if r, ok := w.saved(); ok {
		before := w.state()
		err := w.door.CancelRun(ctx, w.call, r.ID, "not wanted")
		w.did(before, err, "cancel %s (%s)", r.ID, r.State)
	}
}

func (w *world) postSaved() {
	r, ok := w.saved()
	if !ok {
		return
	}
	before := w.state()
	_, err := w.door.PostRun(ctx, w.call, r.ID, nil)
	if !w.did(before, err, "post %s (%s)", r.ID, r.State) {
		return
	}
	d := w.decisions(r.ID)
	w.note("     = %d reimbursements, excluded %+v", len(d.Reimbursements), d.Excluded)
	w.each4(d)
	if r.State == reimbursement.Posted && w.state() != before {
		w.fatalf("posting %s twice posts twice", r.ID)
	}
}

func (w *world) reverseRun() {
	if r, ok := w.saved(); ok {
		before, date := w.state(), w.date()
		rev, err := w.door.ReverseRun(ctx, w.call, r.ID, date, "wrong", nil)
		w.did(before, err, "reverse %s on %s → %+v", r.ID, date, rev)
	}
}

func (w *world) reverseSome() {
	r, ok := w.saved()
	if !ok {
		return
	}
	var numbers []string
	for _, v := range w.decisions(r.ID).Reimbursements {
		if len(numbers) == 0 || chance(w, 50) {
			numbers = append(numbers, v.Number)
		}
	}
	if len(numbers) == 0 {
		return
	}
	before, date := w.state(), w.date()
	rev, err := w.door.Reverse(ctx, w.call, numbers, date, "wrong")
	w.did(before, err, "reverse %v on %s → %+v", numbers, date, rev)
}

// prove proves the books: verify, and the sums worked out here from the rows.
func (w *world) prove() {
	reports, err := w.door.Verify(ctx, w.call, "")
	if err != nil {
		w.fatalf("verify: %v", err)
	}
	for _, r := range reports {
		if len(r.Findings) > 0 || r.Unsealed != 0 {
			w.fatalf("verify finds %+v, %d unsealed", r.Findings, r.Unsealed)
		}
	}
	w.proveTrialBalance()
	w.proveEntries()
	w.proveNumbers()
}

func (w *world) proveTrialBalance() {
	lines, currency, err := w.door.TrialBalance(ctx, w.call, 0)
	if err != nil {
		w.fatalf("trial balance: %v", err)
	}
	var total money.Amount
	byValue := map[string]money.Amount{}
	for _, l := range lines {
		b := parse(currency, l.Balance)
		total += b
		byValue[w.values(l.Account)] += b
	}
	for v, b := range byValue {
		if b != 0 || total != 0 {
			w.fatalf("the trial balance is out by %d, in %q by %d:\n%+v", total, v, b, lines)
		}
	}
}

// scanner is a row of a query.
type scanner interface{ Scan(dest ...any) error }

// each reads rows; $1 in the query is the company.
func (w *world) each(query string, fn func(scanner) error) {
	err := w.door.DB.Read(ctx, db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
		var id int64
		if err := tx.Row(ctx, "select id from company where code = $1", w.call.Company).Scan(&id); err != nil {
			return err
		}
		return tx.Each(ctx, query, []any{id}, func(r *db.Rows) error { return fn(r) })
	})
	if err != nil {
		w.fatalf("reading rows: %v", err)
	}
}

// sum is an amount in its currency and in the accounting currency.
type sum struct{ amount, accounting int64 }

// proveEntries wants each voucher to balance in total and per balancing value (invariant 2), and each control account to equal
// its open items (invariant 3), in both currencies.
func (w *world) proveEntries() {
	vouchers, control := map[string]sum{}, map[string]sum{}
	w.each(`select v.number, a.written, coalesce(e.party, 0), e.currency, e.amount, e.accounting from entry e join voucher v on v.company = e.company and v.id = e.voucher
		join ledger_account a on a.company = e.company and a.id = e.account where e.company = $1`, func(r scanner) error {
		var number, written, currency string
		var party int64
		var s sum
		if err := r.Scan(&number, &written, &party, &currency, &s.amount, &s.accounting); err != nil {
			return err
		}
		k := number + " " + currency + " " + w.values(written)
		vouchers[k] = sum{vouchers[k].amount + s.amount, vouchers[k].accounting + s.accounting}
		if party != 0 {
			k := fmt.Sprint(written, " ", party, " ", currency)
			control[k] = sum{control[k].amount + s.amount, control[k].accounting + s.accounting}
		}
		return nil
	})
	w.each(`select a.written, o.party, o.currency, o.open, o.accounting from open_item o join ledger_account a on a.company = o.company and a.id = o.account where o.company = $1`, func(r scanner) error {
		var written, currency string
		var party int64
		var s sum
		err := r.Scan(&written, &party, &currency, &s.amount, &s.accounting)
		k := fmt.Sprint(written, " ", party, " ", currency)
		control[k] = sum{control[k].amount - s.amount, control[k].accounting - s.accounting}
		return err
	})
	for k, s := range vouchers {
		if s != (sum{}) {
			w.fatalf("voucher %s is out of balance: %+v", k, s)
		}
	}
	for k, s := range control {
		if s != (sum{}) {
			w.fatalf("control account, party, currency %s differ from their open items: %+v", k, s)
		}
	}
}

// proveNumbers wants the numbers that the house draws to be vouchers or voided, without a gap.
func (w *world) proveNumbers() {
	used := map[string][]int64{}
	w.each("select number from voucher where company = $1 and type in (7, 8, 9)", func(r scanner) error {
		var number string
		err := r.Scan(&number)
		prefix, digits, _ := strings.Cut(number, "-")
		var n int64
		if _, serr := fmt.Sscanf(digits, "%d", &n); serr != nil {
			return serr
		}
		used[prefix] = append(used[prefix], n)
		return err
	})
	prefixes := map[string]string{"reimbursement": "RB", "settlement": "ST", "reversal": "RV"}
	w.each("select series, first, last from voided_number where company = $1", func(r scanner) error {
		var series string
		var first, last int64
		err := r.Scan(&series, &first, &last)
		for n := first; n <= last; n++ {
			used[prefixes[series]] = append(used[prefixes[series]], n)
		}
		return err
	})
	for prefix, numbers := range used {
		slices.Sort(numbers)
		for i, n := range numbers {
			if n != int64(i)+1 {
				w.fatalf("the numbers %s are not gap-free: %v", prefix, numbers)
			}
		}
	}
}

// Section 8 of the reimbursement rules, and the proof of the ledger rules, over random histories.
func TestRandomHistories(t *testing.T) {
	property(t, 18, func(w *world) {
		w.begin(4 + w.N(6))
		w.live(6+w.N(8), documents, settling, running)
	})
}

// Runs over one or two customers with many documents each, so that netting, grouping and reversal have enough to do.
func TestRunsOfFewCustomers(t *testing.T) {
	property(t, 18, func(w *world) {
		w.customers = w.customers[:min(1+w.N(2), len(w.customers))]
		w.kinds = []string{"credit_note", "payment", "invoice", "invoice", "journal"}
		w.begin(8 + w.N(6))
		for range 3 {
			w.run()
			w.prove()
		}
	})
}

// A run that finds nobody in credit is a run like any other: it is posted, and says that there were no candidates.
func TestRunOverNobody(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector().With(apptest.Files{"vouchers": ""}))
		defer func() {
			if p := recover(); p != nil {
				t.Errorf("posting panics: %v", p)
			}
		}()
		x := d.MustPost(t, app.RunRequest{Selection: all, Date: runDate})
		if x.Run.State != reimbursement.Posted || x.Run.Totals.Candidates != 0 {
			t.Errorf("the run is %+v", x.Run)
		}
		d.MustVerify(t)
	})
}

// Undoing a settlement right away restores items and balances.
func TestUnsettleRestores(t *testing.T) {
	property(t, 20, func(w *world) { w.undoing(func(r app.SettleRequest) bool { return r.Party == r.CreditParty }) })
}

// The same between the members of a family.
func TestUnsettleFamilyRestores(t *testing.T) {
	property(t, 20, func(w *world) { w.undoing(func(r app.SettleRequest) bool { return r.Party != r.CreditParty }) })
}

// undoing settles pairs and undoes most of the settlements at once.
func (w *world) undoing(wanted func(app.SettleRequest) bool) {
	w.begin(5 + w.N(5))
	for range 5 {
		req, ok := w.pair()
		if !ok || !wanted(req) {
			continue
		}
		req.Date = civil.MustParse("2026-12-30")
		before := w.state()
		s, err := w.door.Settle(ctx, w.call, req)
		if !w.did(before, err, "settle %+v → %+v", req, s) || chance(w, 30) {
			continue
		}
		if _, err = w.door.Unsettle(ctx, w.call, req); err != nil {
			w.fatalf("%+v was settled just now, but undoing it gives: %v", req, err)
		}
		w.note("unsettle it")
		w.prove()
		if after := w.state(); after.items != before.items || after.nonzero != before.nonzero {
			w.fatalf("undoing does not restore:\nbefore\n%s%s\nafter\n%s%s", before.items, before.nonzero, after.items, after.nonzero)
		}
	}
}

// A run over everybody gives what runs customer by customer give, ignoring numbers. The second company is the first one's export,
// so that it also proves the round trip.
func TestBulkIsSingle(t *testing.T) {
	property(t, 14, func(w *world) {
		w.begin(4 + w.N(6))
		w.live(3+w.N(4), documents, settling)
		other := w.copyOf()
		req := w.request()
		req.Selection = reimbursement.Selection{All: true}
		view, _, err := w.door.PostSelection(ctx, w.call, req, nil)
		if !w.did(w.state(), err, "run %s", showRequest(req)) {
			return
		}
		bulk := w.decisions(view.ID)
		single := &apptest.Decisions{}
		for _, c := range w.customers {
			req.Selection = reimbursement.Selection{Customers: []string{c}}
			one, _, err := other.door.PostSelection(ctx, other.call, req, nil)
			if err != nil {
				w.fatalf("running for %s alone is refused: %v", c, err)
			}
			if err := single.Add(other.decisions(one.ID).Decisions); err != nil {
				w.fatalf("%v", err)
			}
		}
		if p, q := plain(bulk.Decisions), plain(single.Decisions); !slices.Equal(p, q) {
			w.fatalf("together\n%s\none by one\n%s", strings.Join(p, "\n"), strings.Join(q, "\n"))
		}
		other.prove()
		if a, b := w.state().nonzero, other.state().nonzero; a != b {
			w.fatalf("balances together\n%s\none by one\n%s", a, b)
		}
		if a, b := w.withoutNumbers(), other.withoutNumbers(); a != b {
			w.fatalf("items together\n%s\none by one\n%s", a, b)
		}
	})
}

// withoutNumbers gives the open items with the numbers of reimbursements taken away.
func (w *world) withoutNumbers() string {
	var lines []string
	for _, side := range []openitem.Side{openitem.Customers, openitem.Vendors} {
		for _, it := range w.open(side) {
			if it.Type == "reimbursement" {
				it.Voucher = ""
			}
			lines = append(lines, fmt.Sprintf("%+v", it))
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// copyOf exports the company and brings it into the second database.
func (w *world) copyOf() *world {
	d, err := w.door.Export(ctx, w.call, false)
	if err != nil {
		w.fatalf("export: %v", err)
	}
	other := *w
	other.door = w.house.second()
	if _, err := other.door.App.Import(ctx, w.call, d); err != nil {
		w.fatalf("import of the export: %v", err)
	}
	return &other
}

// What was exported is imported whole: items, balances, runs, and the next export equals the first. Bringing it into the company
// that it came from changes nothing.
func TestExportImport(t *testing.T) {
	property(t, 14, func(w *world) {
		w.begin(4 + w.N(5))
		w.live(4+w.N(7), documents, settling, running)
		for range w.N(3) {
			w.markCustomer()
		}
		first, err := w.door.Export(ctx, w.call, false)
		if err != nil {
			w.fatalf("export: %v", err)
		}
		other := w.copyOf()
		other.prove()
		if a, b := w.state(), other.state(); a != b {
			w.fatalf("exported\n%s%s\nimported\n%s%s", a.items, a.balances, b.items, b.balances)
		}
		second, err := other.door.Export(ctx, w.call, false)
		if err != nil {
			w.fatalf("second export: %v", err)
		}
		w.sameData(first, second)
		w.unchangedBy(first)
		w.prove()
	})
}

// markCustomer marks a customer's item.
func (w *world) markCustomer() {
	items := w.open(openitem.Customers)
	if len(items) == 0 {
		return
	}
	it, before := oneOf(w, items...), w.state()
	_, err := w.door.Mark(ctx, w.call, app.MarkRequest{Side: openitem.Customers, Party: it.Party, Voucher: it.Voucher, Journal: "J9"})
	w.did(before, err, "mark %s %s by J9", it.Party, it.Voucher)
}

// sameData compares two exports, file by file; settlements of one day may come in another order.
func (w *world) sameData(a, b *folder.Data) {
	va, vb := reflect.ValueOf(*a), reflect.ValueOf(*b)
	for i := range va.NumField() {
		name := va.Type().Field(i).Name
		x, y := texts(va.Field(i)), texts(vb.Field(i))
		if name == "Settlements" || name == "BalancingRules" || name == "PostingProfiles" {
			slices.Sort(x)
			slices.Sort(y)
		}
		if !slices.Equal(x, y) {
			w.fatalf("%s exported\n%s\nand again, from the copy\n%s", name, strings.Join(x, "\n"), strings.Join(y, "\n"))
		}
	}
}

// texts writes the rows of a file, one text each.
func texts(v reflect.Value) []string {
	if v.Kind() != reflect.Slice {
		return []string{fmt.Sprintf("%+v", v.Interface())}
	}
	var out []string
	for i := range v.Len() {
		row := v.Index(i).Interface()
		if voucher, ok := row.(folder.Voucher); ok {
			for _, l := range voucher.Lines {
				out = append(out, fmt.Sprintf("%s %s %s reverses %q: %s %s %s %s due %s %s %d %d acc %s %s %q", voucher.Number, voucher.Date, voucher.Type, voucher.Reverses,
					l.Account, l.Customer, l.Vendor, l.Classification, l.DueDate, l.Currency.Code, l.Debit, l.Credit, optional(l.AccountingDebit), optional(l.AccountingCredit), l.Text))
			}
			continue
		}
		out = append(out, fmt.Sprintf("%+v", row))
	}
	return out
}

func optional(a *money.Amount) string {
	if a == nil {
		return "-"
	}
	return fmt.Sprint(*a)
}

// Concurrent clients on one company: nothing fails but by a rule, and the books are right afterwards.
func TestConcurrentClients(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			h := newHouse(t, kind)
			for round := range 4 {
				seed := uint64(time.Now().UnixNano()) + uint64(round)
				if text := os.Getenv("QUITTANCE_TEST_SEED"); text != "" {
					if _, err := fmt.Sscan(text, &seed); err != nil {
						t.Fatal(err)
					}
				}
				t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) { concurrent(t, h, seed) })
			}
		})
	}
}

// concurrent lets six clients loose on a random company.
func concurrent(t *testing.T, h *house, seed uint64) {
	w := h.world(plainDice{rand.New(rand.NewPCG(seed, 0))}, t.Fatalf)
	w.begin(14)
	start := w.seq
	var clients sync.WaitGroup
	problems := make(chan string, 1000)
	for n := range 6 {
		client := *w
		client.seq = start
		clients.Go(func() {
			client.dice = plainDice{rand.New(rand.NewPCG(seed, uint64(n)+1))}
			client.fatalf = func(format string, args ...any) { problems <- fmt.Sprintf(format, args...) }
			for range 12 {
				if what, err := client.step(n); err != nil && !refusal(err) {
					problems <- fmt.Sprintf("client %d, %s: %v", n, what, err)
				}
			}
		})
	}
	clients.Wait()
	close(problems)
	for p := range problems {
		t.Error(p)
	}
	w.finish()
	w.prove()
	w.proveSettled()
}

// together calls fn from n clients at the same moment, and gives their errors.
func together(n int, fn func(client int) error) []error {
	errs := make([]error, n)
	var ready, clients sync.WaitGroup
	ready.Add(n)
	for i := range n {
		clients.Go(func() {
			ready.Done()
			ready.Wait()
			errs[i] = fn(i)
		})
	}
	clients.Wait()
	return errs
}

// Clients that release the same journal's mark at once release it once: another journal's mark on the item stays.
func TestConcurrentUnmark(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		for range 10 {
			for _, journal := range []string{"J1", "J2"} {
				if _, err := d.Mark(ctx, apptest.Call, app.MarkRequest{Side: openitem.Customers, Party: "C-1001", Voucher: "PAY", Journal: journal, Amount: "10.00"}); err != nil {
					t.Fatal(err)
				}
			}
			for _, err := range together(4, func(int) error {
				_, err := d.Unmark(ctx, apptest.Call, openitem.Customers, "J1", "", "")
				return err
			}) {
				if err != nil && !refusal(err) {
					t.Errorf("releasing: %v", err)
				}
			}
			items, err := d.OpenItems(ctx, apptest.Call, openitem.Customers, "", false)
			if err != nil || items[0].Voucher != "PAY" || items[0].Marked != "10.00" {
				t.Fatalf("one mark of 10.00 is left, but the items are %+v, %v", items, err)
			}
			if _, err := d.Unmark(ctx, apptest.Call, openitem.Customers, "J2", "", ""); err != nil {
				t.Fatal(err)
			}
		}
		d.MustVerify(t)
	})
}

// Two runs over different currencies of the same customers, who have no vendor, are posted at once: nothing fails, each customer
// gets one one-time vendor, and what one run leaves out as changed is for the next run.
func TestConcurrentOneTimeVendor(t *testing.T) {
	const groups = 25
	f := apptest.PublicSector().With(apptest.Files{"exchange_rates": "currency,date,rate\nEUR,2026-10-01,1.10\n"})
	var customers, vouchers []string
	for n := range 2 * groups {
		c := fmt.Sprintf("C-2%03d", n)
		customers = append(customers, fmt.Sprintf("%s,Nobody,G%d,USD,,no,no,,,,,US", c, n%groups))
		for _, cur := range []string{"USD", "EUR"} {
			for _, l := range []string{"999-11020,5.00,", "999-11530,,5.00"} {
				vouchers = append(vouchers, fmt.Sprintf("PAY-%s-%s,2026-11-02,payment,%s,,,,%s,%s,Overpayment", c, cur, c, cur, l))
			}
		}
	}
	f = f.Append("customers", customers...).Append("vouchers", vouchers...)
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, f)
		for g := range groups {
			var codes []string
			for _, cur := range []string{"USD", "EUR"} {
				req := app.RunRequest{Selection: reimbursement.Selection{Groups: []string{fmt.Sprint("G", g)}, Currency: cur}, Date: runDate}
				view, err := d.Propose(ctx, apptest.Call, req, func(reimbursement.Decisions) error { return nil })
				if err != nil {
					t.Fatal(err)
				}
				codes = append(codes, view.ID)
			}
			for i, err := range together(2, func(i int) error {
				_, err := d.PostRun(ctx, apptest.Call, codes[i], nil)
				return err
			}) {
				if err != nil {
					t.Errorf("posting %s: %v", codes[i], err)
				}
			}
		}
		d.MustPost(t, app.RunRequest{Selection: all, Date: runDate})
		d.MustVerify(t)
		items, err := d.OpenItems(ctx, apptest.Call, openitem.Customers, "", false)
		if err != nil || len(items) != 0 {
			t.Errorf("%d credits are left, %v", len(items), err)
		}
		data, err := d.Export(ctx, apptest.Call, false)
		if err != nil {
			t.Fatal(err)
		}
		if want := 2 + 2*groups; len(data.Vendors) != want {
			t.Errorf("there are %d vendors, want %d", len(data.Vendors), want)
		}
	})
}

// step does one thing without looking at what it did.
func (w *world) step(client int) (string, error) {
	switch w.N(9) {
	case 0:
		v := w.voucher()
		v.Number = fmt.Sprintf("E%d-%s", client, v.Number)
		_, err := w.door.PostVouchers(ctx, w.call, []folder.Voucher{v})
		return "post " + show(v), err
	case 1:
		req, _ := w.pair()
		_, err := w.door.Settle(ctx, w.call, req)
		return fmt.Sprintf("settle %+v", req), err
	case 2:
		side, code := w.party()
		_, err := w.door.AutoSettle(ctx, w.call, side, code, runDate)
		return "auto " + code, err
	case 3:
		l := oneOf(w, append(w.links(), linked{side: openitem.Customers})...)
		_, err := w.door.Unsettle(ctx, w.call, app.SettleRequest{Side: l.side, Party: l.party, Debit: l.debit, Credit: l.credit, Date: civil.MustParse("2026-12-31")})
		return fmt.Sprintf("unsettle %+v", l), err
	case 4:
		it := oneOf(w, append(w.open(openitem.Customers), app.OpenItem{})...)
		_, err := w.door.Mark(ctx, w.call, app.MarkRequest{Side: openitem.Customers, Party: it.Party, Voucher: it.Voucher, Journal: oneOf(w, "J1", "J2"), Amount: "0.01"})
		return "mark " + it.Voucher, err
	case 5:
		journal := oneOf(w, "J1", "J2")
		_, err := w.door.Unmark(ctx, w.call, openitem.Customers, journal, "", "")
		return "unmark " + journal, err
	case 6:
		r, _ := w.saved()
		_, err := w.door.ReverseRun(ctx, w.call, r.ID, civil.MustParse("2026-12-31"), "wrong", nil)
		return "reverse " + r.ID, err
	}
	req := w.request()
	req.Date = runDate
	_, _, err := w.door.PostSelection(ctx, w.call, req, nil)
	return "run " + showRequest(req), err
}

// finish posts the runs that a conflict left half-done.
func (w *world) finish() {
	runs, err := w.door.Runs(ctx, w.call)
	if err != nil {
		w.fatalf("runs: %v", err)
	}
	for _, r := range runs {
		if r.State == reimbursement.Posting {
			if _, err := w.door.PostRun(ctx, w.call, r.ID, nil); err != nil {
				w.fatalf("finishing %s: %v", r.ID, err)
			}
		}
	}
}

// proveSettled wants no item to be settled for more than its amount: no credit is reimbursed twice.
func (w *world) proveSettled() {
	type key struct {
		voucher int64
		line    int
	}
	settled := map[key]int64{}
	w.each("select debit_voucher, debit_line, credit_voucher, credit_line, amount from settlement where company = $1", func(r scanner) error {
		var d, c key
		var amount int64
		err := r.Scan(&d.voucher, &d.line, &c.voucher, &c.line, &amount)
		settled[d] += amount
		settled[c] -= amount
		return err
	})
	w.each("select v.number, e.voucher, e.line, e.amount from entry e join voucher v on v.company = e.company and v.id = e.voucher where e.company = $1 and e.party is not null", func(r scanner) error {
		var number string
		var k key
		var amount int64
		err := r.Scan(&number, &k.voucher, &k.line, &amount)
		if s := settled[k]; s*amount < 0 || max(s, -s) > max(amount, -amount) {
			w.fatalf("line %d of %s is of %d, but settled with %d", k.line, number, amount, s)
		}
		return err
	})
}
