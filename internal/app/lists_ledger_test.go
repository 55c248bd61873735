package app_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/openitem"
)

func cents(t testing.TB, text string) money.Amount {
	t.Helper()
	a, err := money.MustCurrency("USD").Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// late posts journals whose dates go to and fro, so that the sums of a day name many ranges.
func late(t *testing.T, d *apptest.Door) {
	t.Helper()
	r := rand.New(rand.NewPCG(1, 2))
	for range 60 {
		day := civil.MustParse("2026-11-01").AddDays(r.IntN(60))
		amount := fmt.Sprintf("%d.25", 1+r.IntN(9))
		if _, err := d.PostJournal(ctx, apptest.Call, app.JournalRequest{Date: day, Text: "Late", Lines: []app.JournalLine{
			{Account: "101-44200", Debit: amount}, {Account: "101-11010", Credit: amount},
		}}); err != nil {
			t.Fatal(err)
		}
	}
}

// foldAll folds the sums until nothing is left.
func foldAll(t *testing.T, d *apptest.Door) {
	t.Helper()
	for {
		var n int64
		err := d.DB.Unit(ctx, db.Scope{Now: apptest.Now}, func(ctx ctxT, tx *db.Tx) (err error) {
			if tx.Company, err = ledger.FindCompany(ctx, tx, ""); err != nil {
				return err
			}
			n, err = ledger.Fold(ctx, tx)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// The entries of each account add up to the trial balance, and come the newest date first, whether the sums were folded or not; so do
// the days.
func TestListsOfEntries(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		posted(t, d)
		late(t, d)
		for _, when := range []string{"before folding", "after"} {
			balances, _, err := d.TrialBalance(ctx, apptest.Call, 0)
			if err != nil || len(balances) < 6 {
				t.Fatal(balances, err)
			}
			for _, b := range balances {
				f := app.EntryFilter{Account: b.Account}
				entries := func(f app.EntryFilter) func(app.Page) (app.Part[app.EntryRow], error) {
					return func(p app.Page) (app.Part[app.EntryRow], error) { return d.Entries(ctx, apptest.Call, f, p) }
				}
				all := whole(t, 500, entries(f))
				sameInPages(t, when, all, entries(f))
				var debit, credit money.Amount
				byDay := map[civil.Date][2]money.Amount{}
				for i, e := range all {
					if i > 0 && e.Date > all[i-1].Date || e.Account != b.Account {
						t.Fatalf("%s: %+v after %+v", b.Account, e, all[i-1])
					}
					x, y := cents(t, e.AccountingDebit), cents(t, e.AccountingCredit)
					debit, credit = debit+x, credit+y
					was := byDay[e.Date]
					byDay[e.Date] = [2]money.Amount{was[0] + x, was[1] + y}
				}
				if debit != cents(t, b.Debit) || credit != cents(t, b.Credit) {
					t.Errorf("%s: the entries of %s sum to %d and %d, the trial balance says %s and %s", when, b.Account, debit, credit, b.Debit, b.Credit)
				}
				days := func(f app.EntryFilter) func(app.Page) (app.Part[app.AccountDay], error) {
					return func(p app.Page) (app.Part[app.AccountDay], error) { return d.AccountDays(ctx, apptest.Call, f, p) }
				}
				each := whole(t, 500, days(f))
				sameInPages(t, when, each, days(f))
				for _, x := range each {
					if byDay[x.Date] != [2]money.Amount{cents(t, x.Debit), cents(t, x.Credit)} {
						t.Errorf("%s: %+v, but the entries sum to %v", when, x, byDay[x.Date])
					}
				}
				if len(each) != len(byDay) {
					t.Errorf("%s: %d days of %s, want %d", when, len(each), b.Account, len(byDay))
				}
				f.From, f.To = civil.MustParse("2026-11-05"), civil.MustParse("2026-12-10")
				within := func(date civil.Date) bool { return date >= f.From && date <= f.To }
				sameInPages(t, "within dates", slices.DeleteFunc(slices.Clone(all), func(e app.EntryRow) bool { return !within(e.Date) }), entries(f))
				sameInPages(t, "days within dates", slices.DeleteFunc(slices.Clone(each), func(x app.AccountDay) bool { return !within(x.Date) }), days(f))
			}
			foldAll(t, d)
		}
		d.MustVerify(t)
		main := whole(t, 7, func(p app.Page) (app.Part[app.EntryRow], error) {
			return d.Entries(ctx, apptest.Call, app.EntryFilter{Account: "11530"}, p)
		})
		accounts := map[string]bool{}
		for _, e := range main {
			accounts[e.Account] = true
		}
		if len(accounts) < 3 || !accounts["101-11530"] || !accounts["999-11530"] {
			t.Errorf("the main account has entries on %v", accounts)
		}
		for name, f := range map[string]app.EntryFilter{"account": {}, "account ": {Account: "1-2-3-4-5-6"}, "from": {Account: "11530", From: 738000, To: 737000}} {
			if _, err := d.Entries(ctx, apptest.Call, f, app.Page{}); fault.CodeOf(err) != fault.Invalid || !slices.Equal(fieldsOf(err), []string{strings.TrimSpace(name)}) {
				t.Errorf("%+v gives %v in %v", f, err, fieldsOf(err))
			}
		}
	})
}

// Vouchers of dates are found whatever the order in which they were posted.
func TestListsOfVouchersByDate(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		posted(t, d)
		late(t, d)
		list := func(f app.VoucherFilter) func(app.Page) (app.Part[app.VoucherRow], error) {
			return func(p app.Page) (app.Part[app.VoucherRow], error) { return d.Vouchers(ctx, apptest.Call, f, p) }
		}
		all := whole(t, 500, list(app.VoucherFilter{}))
		for _, f := range []app.VoucherFilter{
			{From: civil.MustParse("2026-11-03"), To: civil.MustParse("2026-11-03")},
			{From: civil.MustParse("2026-12-01")},
			{To: civil.MustParse("2026-11-02")},
			{From: civil.MustParse("2026-11-03"), To: civil.MustParse("2026-11-20"), Type: "journal"},
			{From: civil.MustParse("2027-01-03")},
		} {
			sameInPages(t, fmt.Sprint(f), slices.DeleteFunc(slices.Clone(all), func(v app.VoucherRow) bool {
				return v.Date < f.From || (!f.To.IsZero() && v.Date > f.To) || (f.Type != "" && f.Type != v.Type)
			}), list(f))
		}
	})
}

// A statement reconciles with the items: what it closes with is what is open, and every part begins where the one before ends.
func TestStatement(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		posted(t, d)
		parties := map[openitem.Side][]app.Party{
			openitem.Customers: whole(t, 500, func(p app.Page) (app.Part[app.Party], error) {
				return d.Customers(ctx, apptest.Call, app.PartyFilter{}, p)
			}),
			openitem.Vendors: whole(t, 500, func(p app.Page) (app.Part[app.Party], error) {
				return d.Vendors(ctx, apptest.Call, app.PartyFilter{}, p)
			}),
		}
		lines := 0
		for side, all := range parties {
			for _, p := range all {
				s, err := d.Statement(ctx, apptest.Call, side, p.Code, 0, 0)
				if err != nil {
					t.Fatal(err)
				}
				lines += len(s.Lines)
				closing := map[string]string{}
				for _, c := range s.Closing {
					closing[c.Currency] = c.Amount
				}
				for _, o := range p.Open {
					if closing[o.Currency] != o.Balance {
						t.Errorf("%s closes with %v, but %+v is open", p.Code, s.Closing, o)
					}
					delete(closing, o.Currency)
				}
				for cur, amount := range closing {
					if amount != "0.00" {
						t.Errorf("%s closes with %s %s, but nothing is open", p.Code, amount, cur)
					}
				}
				cut := civil.MustParse("2026-11-06")
				early, err := d.Statement(ctx, apptest.Call, side, p.Code, 0, cut)
				if err != nil {
					t.Fatal(err)
				}
				rest, err := d.Statement(ctx, apptest.Call, side, p.Code, cut.AddDays(1), 0)
				if err != nil {
					t.Fatal(err)
				}
				if joined := append(slices.Clone(early.Lines), rest.Lines...); !reflect.DeepEqual(joined, s.Lines) || !reflect.DeepEqual(rest.Closing, s.Closing) {
					t.Errorf("%s in two parts gives\n%+v\nwant\n%+v", p.Code, joined, s.Lines)
				}
				for _, o := range early.Closing {
					if !slices.Contains(rest.Opening, o) && o.Amount != "0.00" {
						t.Errorf("%s closes with %+v and opens with %+v", p.Code, o, rest.Opening)
					}
				}
			}
		}
		if lines < 40 {
			t.Errorf("%d lines show too little", lines)
		}
	})
}

// Settlements of a party come whole, the newest first, and say which were undone.
func TestListsOfSettlements(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		x := posted(t, d)
		of := func(code string) func(app.Page) (app.Part[app.SettlementRow], error) {
			return func(p app.Page) (app.Part[app.SettlementRow], error) {
				return d.Settlements(ctx, apptest.Call, openitem.Customers, code, p)
			}
		}
		rows := whole(t, 500, of("D-15"))
		sameInPages(t, "settled by hand", rows, of("D-15"))
		if len(rows) != 1 || rows[0].Kind != "automatic" || rows[0].Undone || rows[0].By != "operator:test" || rows[0].At == "" {
			t.Fatalf("%+v", rows)
		}
		if _, err := d.Unsettle(ctx, apptest.Call, app.SettleRequest{Side: openitem.Customers, Party: "D-15", Debit: rows[0].Debit, Credit: rows[0].Credit, Date: runDate}); err != nil {
			t.Fatal(err)
		}
		after := whole(t, 1, of("D-15"))
		if len(after) != 2 || !after[1].Undone || after[0].Undone || after[0].Undoes != after[1].ID || after[0].Amount != "-"+after[1].Amount {
			t.Errorf("%+v", after)
		}
		reversed := whole(t, 500, of(x.Reimbursements[1].Customer))
		sameInPages(t, "reversed", reversed, of(x.Reimbursements[1].Customer))
		if len(reversed) < 3 || !slices.ContainsFunc(reversed, func(r app.SettlementRow) bool { return r.Undone && r.Kind == "reimbursement" }) {
			t.Errorf("%+v", reversed)
		}
		for i := 1; i < len(reversed); i++ {
			if reversed[i].ID > reversed[i-1].ID {
				t.Errorf("%d comes after %d", reversed[i].ID, reversed[i-1].ID)
			}
		}
	})
}

// Marks come whole, by journal, of one party or of all.
func TestListsOfMarks(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		x := posted(t, d)
		for i, party := range []string{"D-13", "D-13", "D-14", "D-16"} {
			items, err := d.OpenItems(ctx, apptest.Call, openitem.Customers, party, false)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := d.Mark(ctx, apptest.Call, app.MarkRequest{Side: openitem.Customers, Party: party, Voucher: items[0].Voucher, Journal: fmt.Sprintf("J-%d", i%3), Line: "2", Amount: "1.00"}); err != nil {
				t.Fatal(err)
			}
		}
		of := func(side openitem.Side, party string) func(app.Page) (app.Part[app.MarkRow], error) {
			return func(p app.Page) (app.Part[app.MarkRow], error) { return d.Marks(ctx, apptest.Call, side, party, p) }
		}
		all := whole(t, 500, of(openitem.Customers, ""))
		sameInPages(t, "all", all, of(openitem.Customers, ""))
		if len(all) != 5 || all[0].Journal != "J-0" || all[4].Journal != "PAY-1" || all[4].Side != "vendor" || all[4].Party != x.Reimbursements[2].Vendor || all[0].Amount != "1.00" || all[0].Currency != "USD" {
			t.Errorf("%+v", all)
		}
		sameInPages(t, "of one", slices.DeleteFunc(slices.Clone(all), func(m app.MarkRow) bool { return m.Party != "D-13" }), of(openitem.Customers, "D-13"))
	})
}

// The trail comes whole, the newest first; what is about users is for who administers them.
func TestListsOfTheTrail(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		x := posted(t, d)
		of := func(f app.AuditFilter) func(app.Page) (app.Part[app.AuditRow], error) {
			return func(p app.Page) (app.Part[app.AuditRow], error) { return d.AuditPage(ctx, apptest.Call, f, p) }
		}
		all := whole(t, 500, of(app.AuditFilter{}))
		today, tomorrow := civil.FromTime(apptest.Now), civil.FromTime(apptest.Now).AddDays(1)
		for name, y := range map[string]struct {
			f    app.AuditFilter
			keep func(app.AuditRow) bool
		}{
			"all":      {app.AuditFilter{}, func(app.AuditRow) bool { return true }},
			"command":  {app.AuditFilter{Command: "reimburse"}, func(r app.AuditRow) bool { return strings.HasPrefix(r.Command, "reimburse") }},
			"subject":  {app.AuditFilter{Subject: x.Run.ID}, func(r app.AuditRow) bool { return r.Subject == x.Run.ID }},
			"actor":    {app.AuditFilter{Actor: "nobody"}, func(r app.AuditRow) bool { return false }},
			"today":    {app.AuditFilter{From: today, To: today}, func(app.AuditRow) bool { return true }},
			"tomorrow": {app.AuditFilter{From: tomorrow}, func(app.AuditRow) bool { return false }},
		} {
			sameInPages(t, name, slices.DeleteFunc(slices.Clone(all), func(r app.AuditRow) bool { return !y.keep(r) }), of(y.f))
		}
		if len(all) < 6 || all[len(all)-1].Command != "import" || !strings.HasPrefix(all[0].Detail, "{") {
			t.Errorf("%+v", all)
		}
		if _, err := d.AddUser(ctx, apptest.Call, app.UserRequest{Name: "ann", Password: annsPassword}); err != nil {
			t.Fatal(err)
		}
		users := whole(t, 500, of(app.AuditFilter{Users: true}))
		if len(users) == 0 || users[0].Command != "user.add" || users[0].Subject != "ann" {
			t.Errorf("%+v", users)
		}
	})
}

// The set-up shows what the folder brought, every parameter with its meaning.
func TestSetup(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		s, err := d.Setup(ctx, apptest.Call)
		if err != nil || s.Company != "PSUS" || s.Currency != "USD" || len(s.Dimensions) != 3 || !s.Dimensions[0].Balancing || len(s.Dimensions[0].Values) != 4 || len(s.Accounts) < 4 ||
			len(s.Rules) != 4 || len(s.Profiles) != 2 || len(s.Classifications) != 2 || len(s.Series) < 4 {
			t.Fatalf("%+v, %v", s, err)
		}
		for _, p := range s.Parameters {
			if p.Meaning == "" || (p.Name == "one_time_vendor_template") != (p.Value == "ONETIME") {
				t.Errorf("%+v", p)
			}
		}
	})
}

// What is looked for is found by code, number and name, of every kind.
func TestSearch(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		x := posted(t, d)
		for text, want := range map[string]app.Hit{
			"d-1": {Kind: "customer", Code: "D-10"}, "ash": {Kind: "customer", Code: "D-00"}, "onetime": {Kind: "vendor", Code: "ONETIME"}, "cm-0": {Kind: "voucher", Code: "CM-00"},
			"rb-": {Kind: "reimbursement", Code: x.Reimbursements[0].Number}, "run-": {Kind: "run", Code: x.Run.ID}, "equity": {Kind: "account", Code: "11010"},
			"101-115": {Kind: "account", Code: "101-11530"}, "bright": {Kind: "vendor", Code: "V-1001"},
		} {
			hits, err := d.Search(ctx, apptest.Call, text, 3)
			if err != nil || !slices.ContainsFunc(hits, func(h app.Hit) bool { return h.Kind == want.Kind && h.Code == want.Code && h.Name != "" }) {
				t.Errorf("%q gives %+v, %v", text, hits, err)
			}
			kinds := map[string]int{}
			for _, h := range hits {
				if kinds[h.Kind]++; kinds[h.Kind] > 3 {
					t.Errorf("%q gives %+v", text, hits)
				}
			}
		}
		if hits, err := d.Search(ctx, apptest.Call, " ", 0); err != nil || len(hits) != 0 {
			t.Errorf("nothing gives %+v, %v", hits, err)
		}
		if _, err := d.Search(ctx, apptest.Call, "a", 51); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("too many give %v", err)
		}
	})
}

// The figures agree with the items, the customers, the marks and the runs; while they are made for the first time, the page says so.
func TestFigures(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		posted(t, d)
		var f *app.Figures
		for deadline := time.Now().Add(time.Minute); f == nil || f.Pending; {
			var err error
			if f, err = d.Figures(ctx, apptest.Call); err != nil || time.Now().After(deadline) {
				t.Fatal(f, err)
			}
		}
		customers := whole(t, 500, func(p app.Page) (app.Part[app.Party], error) {
			return d.Customers(ctx, apptest.Call, app.PartyFilter{}, p)
		})
		inCredit := 0
		for _, c := range customers {
			if slices.ContainsFunc(c.Open, func(o app.OpenBalance) bool { return o.Credits != "0.00" }) {
				inCredit++
			}
		}
		if f.Customers != int64(len(customers)) || f.InCredit != int64(inCredit) || f.Marks != 1 || f.Runs["posted"] != 1 || f.AsOf != "2026-11-21T12:00:00Z" {
			t.Errorf("%+v; %d customers, %d in credit", f, len(customers), inCredit)
		}
		byFund, both, payable, items := map[string]money.Amount{}, map[string]money.Amount{}, money.Amount(0), int64(0)
		for _, side := range []openitem.Side{openitem.Customers, openitem.Vendors} {
			open, err := d.OpenItems(ctx, apptest.Call, side, "", false)
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range open {
				amount := cents(t, it.Open)
				if fund := it.Account[:3]; side == openitem.Customers {
					both[fund] += amount
					if amount < 0 {
						byFund[fund] -= amount
						items++
					}
				} else if amount < 0 {
					payable -= amount
				}
			}
		}
		for _, x := range f.CreditsByFund {
			if cents(t, x.Credit) != byFund[x.Fund] || x.Debit != "0.00" || x.Name == "" {
				t.Errorf("%+v, want %d", x, byFund[x.Fund])
			}
			delete(byFund, x.Fund)
			items -= x.Items
		}
		for _, x := range f.BalancesByFund {
			if cents(t, x.Debit)-cents(t, x.Credit) != both[x.Fund] {
				t.Errorf("%+v, want %d", x, both[x.Fund])
			}
			delete(both, x.Fund)
		}
		for _, band := range f.CreditsByAge {
			items += band.Items
		}
		for _, x := range f.CreditsByFund {
			items -= x.Items
		}
		if len(byFund)+len(both) != 0 || items != 0 || len(f.PayableOpen) != 1 || cents(t, f.PayableOpen[0].Amount) != payable {
			t.Errorf("%+v; left %v %v %d", f, byFund, both, items)
		}
	})
}
