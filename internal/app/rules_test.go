package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
)

// The rules of the reimbursement run, one scenario a rule. A scenario is a company folder, a request and the decisions
// that an accountant expects, simulated and posted alike; after posting the books are proved.

// books is the city of the worked examples without business: three customers, of whom C-3 has no vendor, and a few more
// accounts.
func books() apptest.Files {
	return apptest.PublicSector().
		Append("accounts", "11540,Customer prepayments,asset,customer", "24290,Refunds payable,liability,vendor", "24280,Refunds payable to residents,liability,vendor",
			"70100,Exchange gain,revenue,", "70200,Exchange loss,expense,").
		Append("parameters", "exchange_gain_account,70100", "exchange_loss_account,70200").
		Append("dimension_values", "Department,A1,Works", "Department,B1,Parks").
		With(apptest.Files{
			"vouchers": "", "exchange_rates": "currency,date,rate\nEUR,2026-10-01,1.10\nEUR,2026-11-15,1.20\n",
			"customers": `customer,name,group,currency,vendor,hold,do_not_reimburse
C-1,Ann Baker,RES,USD,V-1,no,no
C-2,Bob Cook,COM,USD,V-2,no,no
C-3,Cid Dean,RES,USD,,no,no
`,
			"vendors": `vendor,name,group,currency,blocked,payment_method,one_time
ONETIME,One-time vendor template,ONETIME,USD,no,check,template
V-1,Ann Baker,REFUND,USD,no,check,no
V-2,Bob Cook,REFUND,USD,no,check,no
`,
		})
}

// change replaces a text in one file of the folder, and panics when it is not there.
func change(f apptest.Files, file, from, to string) apptest.Files {
	if !strings.Contains(f[file], from) {
		panic(fmt.Sprintf("%s.csv does not hold %q", file, from))
	}
	return f.With(apptest.Files{file: strings.Replace(f[file], from, to, 1)})
}

const voucherColumns = "voucher,date,type,customer,vendor,classification,due_date,currency,account,debit,credit,accounting_debit,accounting_credit,text"

// post adds vouchers to the folder. Each is written on one line: number,date,type,party,classification,due date,currency
// and then its entries as account and amount, a debit positive, with the accounting amount after a slash where it is given.
func post(f apptest.Files, vouchers ...string) apptest.Files {
	if f["vouchers"] == "" {
		f = f.With(apptest.Files{"vouchers": voucherColumns})
	}
	var lines []string
	for _, v := range vouchers {
		p := strings.Split(v, ",")
		customer, vendor := p[3], ""
		if strings.HasPrefix(p[2], "vendor_") {
			customer, vendor = "", p[3]
		}
		for _, e := range p[7:] {
			account, amount, _ := strings.Cut(strings.TrimSpace(e), " ")
			amount, accounting, _ := strings.Cut(amount, "/")
			debit, credit := bothSides(amount)
			accDebit, accCredit := bothSides(accounting)
			lines = append(lines, strings.Join([]string{p[0], p[1], p[2], customer, vendor, p[4], p[5], p[6], account, debit, credit, accDebit, accCredit, "as told"}, ","))
		}
	}
	return f.Append("vouchers", lines...)
}

func bothSides(amount string) (debit, credit string) {
	if c, ok := strings.CutPrefix(amount, "-"); ok {
		return "", c
	}
	return amount, ""
}

func marks(f apptest.Files, rows ...string) apptest.Files {
	return f.With(apptest.Files{"marks": "journal,line,user,customer,voucher,amount\n" + strings.Join(rows, "\n") + "\n"})
}

func settlements(f apptest.Files, rows ...string) apptest.Files {
	return f.With(apptest.Files{"settlements": "date,customer,debit_voucher,credit_voucher,amount\n" + strings.Join(rows, "\n") + "\n"})
}

// story writes decisions as the rules below do: first the nettings, then the reimbursements, then the excluded.
func story(x *apptest.Decisions) string {
	var b strings.Builder
	for _, n := range x.Nettings {
		fmt.Fprintf(&b, "net %s: %s with %s %s\n", n.Customer, n.DebitVoucher, n.CreditVoucher, n.Amount)
	}
	for _, r := range x.Reimbursements {
		vendor := r.Vendor
		if r.OneTimeVendor {
			vendor = "one-time vendor"
		}
		fmt.Fprintf(&b, "pay %s %s %s to %s", r.Customer, r.Amount, r.Currency, vendor)
		if r.Classification != "" {
			fmt.Fprintf(&b, " for %s", r.Classification)
		}
		for i := 0; i < len(r.Voucher.Lines); i += 2 {
			d, c := r.Voucher.Lines[i], r.Voucher.Lines[i+1]
			fmt.Fprintf(&b, "; %s/%s %s", d.Account, c.Account, d.Debit)
			if d.Debit != c.Credit || d.Credit != "0.00" || c.Debit != "0.00" {
				fmt.Fprintf(&b, " BUT %+v %+v", d, c)
			}
		}
		var settles []string
		for _, s := range r.Settles {
			settles = append(settles, s.Voucher+" "+s.Amount)
		}
		fmt.Fprintf(&b, "; settles %s\n", strings.Join(settles, ", "))
	}
	for _, e := range x.Excluded {
		fmt.Fprintf(&b, "not %s %s: %s: %s\n", e.Customer, e.Currency, e.Reason, e.Detail)
	}
	return b.String()
}

func text(lines ...string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

// scenario is one rule at work.
type scenario struct {
	name  string
	files apptest.Files
	req   app.RunRequest // everything on 2026-11-30 unless it says otherwise
	want  string
}

func (s scenario) request() app.RunRequest {
	r := s.req
	if r.Date.IsZero() {
		r.Date = runDate
	}
	if sel := r.Selection; !sel.All && sel.Currency == "" && len(sel.Customers)+len(sel.Groups)+len(sel.Credits) == 0 {
		r.Selection.All = true
	}
	return r
}

// holds simulates and posts the scenario, and wants both to tell the same story.
func (s scenario) holds(t *testing.T, d *door) *apptest.Decisions {
	t.Helper()
	d.Import(t, s.files)
	req := s.request()
	want := candidates(t, d, req)
	simulated := d.MustSimulate(t, req)
	if got := story(simulated); got != s.want {
		t.Errorf("simulated\n%swant\n%s", got, s.want)
	}
	oncePerCandidate(t, simulated, want)
	posted := d.MustPost(t, req)
	if got := story(posted); got != s.want {
		t.Errorf("posted\n%swant\n%s", got, s.want)
	}
	oncePerCandidate(t, posted, want)
	d.MustVerify(t)
	return posted
}

// run lets every scenario happen in a company of its own, in one database.
func run(t *testing.T, scenarios []scenario) {
	t.Helper()
	each(t, func(t *testing.T, d *door) {
		for i, s := range scenarios {
			t.Run(s.name, func(t *testing.T) { s.holds(t, d.company(i)) })
		}
	})
}

// door is a test's door with the company that it calls.
type door struct {
	*apptest.Door
	call app.Call
	code string // of the company; blank leaves that of the folder
}

func each(t *testing.T, fn func(t *testing.T, d *door)) {
	t.Helper()
	apptest.Each(t, func(t *testing.T, d *apptest.Door) { fn(t, &door{Door: d, call: apptest.Call}) })
}

// company gives the same door to the company with the number.
func (d *door) company(i int) *door {
	code := fmt.Sprintf("P-%03d", i)
	return &door{d.Door, app.Call{Actor: d.call.Actor, Company: code}, code}
}

func (d *door) Import(t *testing.T, f apptest.Files) *folder.Result {
	t.Helper()
	if d.code != "" {
		f = change(f, "company", "PSUS,", d.code+",")
	}
	return d.Door.Import(t, f)
}

func (d *door) MustSimulate(t *testing.T, req app.RunRequest) *apptest.Decisions {
	t.Helper()
	x := &apptest.Decisions{}
	var err error
	if x.Run, err = d.Simulate(ctx, d.call, req, x.Add); err != nil {
		t.Fatalf("simulate: %v", err)
	}
	return x
}

func (d *door) MustPost(t *testing.T, req app.RunRequest) *apptest.Decisions {
	t.Helper()
	view, _, err := d.PostSelection(ctx, d.call, req, nil)
	if err != nil {
		t.Fatalf("post: %v", err)
	}
	return d.decisions(t, view.ID)
}

// decisions gives what a saved run decided.
func (d *door) decisions(t *testing.T, run string) *apptest.Decisions {
	t.Helper()
	x := &apptest.Decisions{}
	var err error
	if x.Run, err = d.Run(ctx, d.call, run, x.Add); err != nil {
		t.Fatalf("reading the run: %v", err)
	}
	return x
}

func (d *door) MustVerify(t *testing.T) {
	t.Helper()
	if err := d.SealLeft(ctx); err != nil { // other doors may have posted, too
		t.Fatalf("sealing: %v", err)
	}
	reports, err := d.Verify(ctx, d.call, "")
	if err != nil {
		t.Fatalf("verify: %v", err)
	}
	for _, r := range reports {
		for _, f := range r.Findings {
			t.Errorf("verify finds %s: %s", f.Rule, f.Message)
		}
		if r.Vouchers == 0 || r.Unsealed != 0 {
			t.Errorf("of %d vouchers %d are unsealed", r.Vouchers, r.Unsealed)
		}
	}
}

// candidates gives the customers and currencies with an open credit, of the selection where it is everything.
func candidates(t *testing.T, d *door, req app.RunRequest) []string {
	t.Helper()
	if !req.Selection.All {
		return nil
	}
	var all []string
	for _, it := range items(t, d, openitem.Customers) {
		if strings.HasPrefix(it.Open, "-") {
			all = append(all, it.Party+" "+it.Currency)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// oncePerCandidate wants every candidate exactly once: reimbursed or excluded.
func oncePerCandidate(t *testing.T, x *apptest.Decisions, want []string) {
	t.Helper()
	reimbursed := map[string]bool{}
	for _, r := range x.Reimbursements {
		reimbursed[r.Customer+" "+r.Currency] = true
	}
	var got []string
	for k := range reimbursed {
		got = append(got, k)
	}
	for _, e := range x.Excluded {
		got = append(got, e.Customer+" "+e.Currency)
	}
	slices.Sort(got)
	n := x.Run.Totals
	if n.Candidates != int64(len(got)) || n.ReimbursedCustomers != int64(len(reimbursed)) || n.Excluded != int64(len(x.Excluded)) || n.Reimbursements != int64(len(x.Reimbursements)) {
		t.Errorf("the totals are %+v, but the decisions are on %v", n, got)
	}
	if want != nil && !slices.Equal(got, want) {
		t.Errorf("decided on %v, but the candidates are %v", got, want)
	}
	if len(slices.Compact(slices.Clone(got))) != len(got) {
		t.Errorf("a candidate appears twice in %v", got)
	}
}

func items(t *testing.T, d *door, side openitem.Side) []app.OpenItem {
	t.Helper()
	all, err := d.OpenItems(ctx, d.call, side, "", false)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// open writes the open items of a side: voucher account open.
func open(t *testing.T, d *door, side openitem.Side) string {
	t.Helper()
	var b strings.Builder
	for _, it := range items(t, d, side) {
		fmt.Fprintf(&b, "%s %s %s %s\n", it.Party, it.Voucher, it.Account, it.Open)
	}
	return b.String()
}

// balances writes the trial balance, without the accounts that are at zero.
func balances(t *testing.T, d *door) string {
	t.Helper()
	all, _, err := d.TrialBalance(ctx, d.call, 0)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, l := range all {
		if l.Balance != "0.00" {
			fmt.Fprintf(&b, "%s %s\n", l.Account, l.Balance)
		}
	}
	return b.String()
}

// entries writes the lines of a posted voucher: account and amount, a debit positive, with the accounting amount where it differs.
func entries(t *testing.T, d *door, number string) string {
	t.Helper()
	v, err := d.Voucher(ctx, d.call, number)
	if err != nil {
		t.Fatal(err)
	}
	signed := func(debit, credit string) string {
		if strings.Trim(credit, "0.") != "" {
			return "-" + credit
		}
		return debit
	}
	var lines []string
	for _, l := range v.Lines {
		s := l.Account + " " + signed(l.Debit, l.Credit)
		if acc := signed(l.AccountingDebit, l.AccountingCredit); acc != signed(l.Debit, l.Credit) {
			s += "/" + acc
		}
		lines = append(lines, s)
	}
	return strings.Join(lines, ", ")
}

// rowCounts gives the number of rows of every table, but for those that grow and shrink in the background.
func rowCounts(t *testing.T, d *door, except ...string) map[string]int64 {
	t.Helper()
	counts := map[string]int64{}
	err := d.DB.Read(ctx, db.Scope{}, func(ctx ctxT, tx *db.Tx) error {
		query := "select name from sqlite_master where type = 'table' and name not like 'sqlite_%'"
		if tx.Postgres() {
			query = "select table_name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE'"
		}
		names, err := db.List(ctx, tx, func(r *db.Rows, n *string) error { return r.Scan(n) }, query)
		if err != nil {
			return err
		}
		for _, n := range names {
			if slices.Contains(append(except, "row_id", "seal", "unsealed", "balance"), n) {
				continue
			}
			var rows int64
			if err := tx.Row(ctx, "select count(*) from "+n).Scan(&rows); err != nil {
				return err
			}
			counts[n] = rows
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(counts) < 30 {
		t.Fatalf("only %d tables were found", len(counts))
	}
	return counts
}

// within runs fn in a unit on the company, as a command does.
func within(t *testing.T, d *door, fn func(ctx ctxT, tx *db.Tx, c *ledger.Company) error) error {
	t.Helper()
	scope := db.Scope{Actor: apptest.Clerk.Name, Roles: identity.Names(apptest.Clerk.Roles), Now: apptest.Now}
	return d.DB.Unit(ctx, scope, func(ctx ctxT, tx *db.Tx) (err error) {
		if tx.Company, err = ledger.FindCompany(ctx, tx, d.call.Company); err != nil {
			return err
		}
		if tx.Command, err = tx.NewID(ctx); err != nil {
			return err
		}
		c, err := ledger.Load(ctx, tx)
		if err != nil {
			return err
		}
		return fn(ctx, tx, c)
	})
}

// refused wants an error of the code and rule whose message holds every one of the texts.
func refused(t *testing.T, err error, code fault.Code, rule string, texts ...string) {
	t.Helper()
	if fault.CodeOf(err) != code || fault.RuleOf(err) != rule {
		t.Errorf("got %v (%s, rule %q), want %s, rule %q", err, fault.CodeOf(err), fault.RuleOf(err), code, rule)
		return
	}
	for _, s := range texts {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("the message %q does not say %q", err, s)
		}
	}
}

func day(s string) civil.Date { return civil.MustParse(s) }

func ptr[T any](v T) *T { return &v }

func picked(customers ...string) reimbursement.Selection {
	return reimbursement.Selection{Customers: customers}
}

type ctxT = context.Context

func amount(cents int64) money.Amount { return money.Amount(cents) }
