package folder_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/identity"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
)

var (
	november = civil.MustParse("2026-11-30")
	december = civil.MustParse("2026-12-05")
	everyone = reimbursement.Selection{All: true}
)

// life is a company with a past, and what happens afterwards to the original and to its copy alike.
type life struct {
	name  string
	files apptest.Files
	past  func(t *testing.T, d *apptest.Door)
	after func(t *testing.T, d *apptest.Door)
}

func (l life) live(t *testing.T, d *apptest.Door) {
	t.Helper()
	d.Import(t, l.files)
	if l.past != nil {
		l.past(t, d)
	}
	d.MustVerify(t)
}

// townWith is the town with more rows of vouchers.
func townWith(rs ...string) apptest.Files { return town().Append("vouchers", rs...) }

func credit(number, date, customer, class, currency, account, amount string) string {
	fund := strings.SplitN(account, "-", 2)[0]
	head := fmt.Sprintf("%s,%s,credit_note,%s,,%s,,%s,", number, date, customer, class, currency)
	return head + fund + "-44200," + amount + ",,,,,cr\n" + head + account + ",," + amount + ",,,,cr"
}

func debit(number, date, customer, class, currency, account, amount string) string {
	fund := strings.SplitN(account, "-", 2)[0]
	head := fmt.Sprintf("%s,%s,invoice,%s,,%s,,%s,", number, date, customer, class, currency)
	return head + account + "," + amount + ",,,,,dr\n" + head + fund + "-44200,," + amount + ",,,,dr"
}

func netRun(t *testing.T, d *apptest.Door) {
	t.Helper()
	net := "net"
	d.MustPost(t, app.RunRequest{Selection: everyone, Date: november, Netting: &net})
}

func settle(party, creditParty, debit, credit, amount string) func(t *testing.T, d *apptest.Door) {
	return func(t *testing.T, d *apptest.Door) {
		t.Helper()
		req := app.SettleRequest{Side: openitem.Customers, Party: party, CreditParty: creditParty, Debit: debit, Credit: credit, Amount: amount, Date: civil.MustParse("2026-11-20")}
		if _, err := d.Settle(ctx, apptest.Call, req); err != nil {
			t.Fatal(err)
		}
	}
}

func unsettle(party, debit, credit string) func(t *testing.T, d *apptest.Door) {
	return func(t *testing.T, d *apptest.Door) {
		t.Helper()
		if _, err := d.Unsettle(ctx, apptest.Call, app.SettleRequest{Side: openitem.Customers, Party: party, Debit: debit, Credit: credit, Date: civil.MustParse("2026-11-25")}); err != nil {
			t.Fatal(err)
		}
	}
}

func reverseRun(code string) func(t *testing.T, d *apptest.Door) {
	return func(t *testing.T, d *apptest.Door) {
		t.Helper()
		if _, err := d.ReverseRun(ctx, apptest.Call, code, december, "wrong", nil); err != nil {
			t.Fatal(err)
		}
	}
}

func postRun(t *testing.T, d *apptest.Door) {
	t.Helper()
	if _, err := d.PostRun(ctx, apptest.Call, "RUN-000001", nil); err != nil {
		t.Fatal(err)
	}
}

func propose(req app.RunRequest) func(t *testing.T, d *apptest.Door) {
	return func(t *testing.T, d *apptest.Door) {
		t.Helper()
		if _, err := d.Propose(ctx, apptest.Call, req, func(reimbursement.Decisions) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
}

func then(steps ...func(t *testing.T, d *apptest.Door)) func(t *testing.T, d *apptest.Door) {
	return func(t *testing.T, d *apptest.Door) {
		t.Helper()
		for _, s := range steps {
			s(t, d)
		}
	}
}

func grossRun(t *testing.T, d *apptest.Door) {
	t.Helper()
	yes := true
	d.MustPost(t, app.RunRequest{Selection: everyone, Date: november, IncludeDebits: &yes})
}

func lives() []life {
	eur := townWith(debit("INV-E", "2026-11-02", "C-1", "", "EUR", "101-11530", "100.00"), debit("INV-F", "2026-11-02", "C-1", "", "EUR", "601-11530", "0.33"), credit("CN-E", "2026-11-20", "C-1", "", "EUR", "101-11530", "300.00"))
	return []life{
		{"Untouched", known(), nil, nil},
		{"PostedRun", apptest.PublicSector(), grossRun, reverseRun("RUN-000001")},
		{"ReversedAndReimbursedAgain", apptest.PublicSector(), then(grossRun, reverseRun("RUN-000001"), func(t *testing.T, d *apptest.Door) {
			d.MustPost(t, app.RunRequest{Selection: everyone, Date: december})
		}), reverseRun("RUN-000002")},
		{"ReversedOne", apptest.PublicSector(), then(grossRun, func(t *testing.T, d *apptest.Door) {
			if _, err := d.Reverse(ctx, apptest.Call, []string{"RB-00000002"}, december, "wrong"); err != nil {
				t.Fatal(err)
			}
		}), grossAgain},
		{"NetRun", townWith(credit("CN-2", "2026-11-07", "C-1", "UTL", "USD", "999-11530", "50.00"), credit("CN-3", "2026-11-07", "C-2", "", "USD", "601-11530", "7.00"), debit("INV-3", "2026-11-07", "C-2", "", "USD", "101-11530", "3.00")), netRun, reverseRun("RUN-000001")},
		{"NetRunReversed", townWith(credit("CN-2", "2026-11-07", "C-1", "UTL", "USD", "999-11530", "50.00")), then(netRun, reverseRun("RUN-000001")), func(t *testing.T, d *apptest.Door) {
			net := "net"
			d.MustPost(t, app.RunRequest{Selection: everyone, Date: december, Netting: &net})
		}},
		{"SettledAcrossFunds", town(), settle("C-1", "", "INV-1", "CN-1", "19.99"), unsettle("C-1", "INV-1", "CN-1")},
		{"SettledTwiceOnADay", town(), then(settle("C-1", "", "INV-1", "CN-1", "7.00"), settle("C-1", "", "INV-1", "CN-1", "5.01")), unsettle("C-1", "INV-1", "CN-1")},
		{"SettlementUndone", town(), then(settle("C-1", "", "INV-1", "CN-1", ""), unsettle("C-1", "INV-1", "CN-1")), settle("C-1", "", "INV-1", "CN-1", "")},
		{"ExchangeDifferences", eur, then(settle("C-1", "", "INV-E", "CN-E", "33.33"), settle("C-1", "", "INV-F", "CN-E", ""), settle("C-1", "", "INV-E", "CN-E", "")), unsettle("C-1", "INV-F", "CN-E")},
		{"ExchangeDifferencesOfANetRun", eur, netRun, reverseRun("RUN-000001")},
		{"BothSigns", townWith(
			"CN-M,2026-11-05,credit_note,C-2,,PARKS,,USD,101-44200,25.00,,,,,m\nCN-M,2026-11-05,credit_note,C-2,,PARKS,,USD,101-11530,,25.00,,,,m\nCN-M,2026-11-05,credit_note,C-2,,PARKS,,USD,601-11530,5.00,,,,,m\nCN-M,2026-11-05,credit_note,C-2,,PARKS,,USD,601-44400,,5.00,,,,m",
			"TR,2026-11-05,journal,C-2,,,,USD,101-11530,25.00,,,,,t\nTR,2026-11-05,journal,C-2,,,,USD,101-44200,,25.00,,,,t\nTR,2026-11-05,journal,C-2,,,,USD,601-11530,,25.00,,,,t\nTR,2026-11-05,journal,C-2,,,,USD,601-44400,25.00,,,,,t"), nil, grossRun},
		{"Marks", town().With(apptest.Files{"marks": rows(markHead, "PJ-2,,bob,C-1,INV-1,7.01", "PJ-1,4,ann,C-1,CN-1,5.00", "PJ-3,1,eve,C-1,CN-1,")}), nil, func(t *testing.T, d *apptest.Door) {
			if n, err := d.Unmark(ctx, apptest.Call, openitem.Customers, "PJ-1", "", ""); n != 1 || err != nil {
				t.Fatal(n, err)
			}
		}},
		{"ProposedRun", town(), propose(app.RunRequest{Selection: everyone, Date: november, IncludeDebits: ptr(true), Separate: ptr(true)}), postRun},
		{"ProposedNetRunWithNewCredits", townWith(credit("CN-2", "2026-11-07", "C-1", "UTL", "USD", "999-11530", "50.00"), credit("CN-3", "2026-11-07", "C-2", "UTL", "USD", "999-11530", "50.00")), then(propose(app.RunRequest{Selection: everyone, Date: november, Netting: ptr("net")}), func(t *testing.T, d *apptest.Door) {
			f := town().With(apptest.Files{"vouchers": rows(voucherHead, credit("CN-4", "2026-11-08", "C-2", "", "USD", "101-11530", "4.00"))})
			d.Import(t, f)
		}), postRun},
		{"TakenOutAndCancelled", townWith(credit("CN-2", "2026-11-07", "C-2", "UTL", "USD", "999-11530", "50.00")), then(propose(app.RunRequest{Selection: everyone, Date: november, IncludeDebits: ptr(true)}), func(t *testing.T, d *apptest.Door) {
			if err := d.CancelRun(ctx, apptest.Call, "RUN-000001", "no"); err != nil {
				t.Fatal(err)
			}
		}, propose(app.RunRequest{Selection: everyone, Date: november, IncludeDebits: ptr(true)}), func(t *testing.T, d *apptest.Door) {
			if _, err := d.TakeOut(ctx, apptest.Call, "RUN-000002", "C-2", "", "asked"); err != nil {
				t.Fatal(err)
			}
		}), func(t *testing.T, d *apptest.Door) {
			if _, err := d.PostRun(ctx, apptest.Call, "RUN-000002", nil); err != nil {
				t.Fatal(err)
			}
		}},
		{"VoidedNumbers", townWith(credit("CN-2", "2026-11-07", "C-2", "UTL", "USD", "999-11530", "50.00"), credit("CN-3", "2026-11-07", "C-1", "UTL", "USD", "999-11530", "50.00")), then(propose(app.RunRequest{Selection: everyone, Date: november, Netting: ptr("net")}), func(t *testing.T, d *apptest.Door) {
			d.Import(t, swap(town(), "customers", "C-1,Ann,RES,USD,,V-1,no", "C-1,Ann,RES,USD,,V-1,yes"))
		}, postRun), func(t *testing.T, d *apptest.Door) {
			d.Import(t, town())
			netRun(t, d)
		}},
		{"OneTimeVendors", swap(town(), "customers", "C-1,Ann,RES,USD,,V-1,no,,,no", "C-1,Ann,RES,USD,,,no,DE89370400440532013000,COBADEFFXXX,yes"), grossRun, reverseRun("RUN-000001")},
		{"OneTimeVendorsReversed", swap(town(), "customers", "C-1,Ann,RES,USD,,V-1,no", "C-1,Ann,RES,USD,,,no"), then(grossRun, reverseRun("RUN-000001")), grossAgain},
		{"BankDetails", swap(town(), "customers", "V-1,no,,,no", "V-1,no,DE89370400440532013000,COBADEFFXXX,yes"), nil, grossRun},
		// The settlement of a family stands on both members.
		{"Family", townWith(debit("INV-2", "2026-11-07", "C-2", "", "USD", "101-11530", "5.00")), settle("C-2", "C-1", "INV-2", "CN-1", "4.00"), settle("C-2", "C-1", "INV-2", "CN-1", "")},
		{"PennyDifference", townWith(debit("INV-2", "2026-11-07", "C-1", "", "USD", "101-11530", "19.97")).Append("parameters", "penny_difference,0.05", "penny_difference_account,70200"), settle("C-1", "", "INV-2", "CN-1", ""), nil},
		{"DeductionSetup", deductionTown(), nil, accrueMore},
	}
}

func grossAgain(t *testing.T, d *apptest.Door) {
	t.Helper()
	d.MustPost(t, app.RunRequest{Selection: everyone, Date: december, IncludeDebits: ptr(true)})
}

func ptr[T any](v T) *T { return &v }

// onBoth are the lives that are led on PostgreSQL too, where each takes seconds for its two databases: together they have a row of every
// kind that the others have.
var onBoth = []string{
	"ReversedAndReimbursedAgain", "NetRunReversed", "SettlementUndone", "ExchangeDifferencesOfANetRun", "ProposedNetRunWithNewCredits", "TakenOutAndCancelled", "VoidedNumbers", "OneTimeVendorsReversed", "BankDetails", "DeductionSetup",
}

// Export → import → export gives an equal folder, the books are proved, and the copy goes on as the original does.
func TestExportImportGivesTheSameCompany(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		for _, l := range lives() {
			if kind == "postgres" && !slices.Contains(onBoth, l.name) {
				continue
			}
			t.Run(kind+"/"+l.name, func(t *testing.T) {
				original := apptest.New(t, dbtest.Open(t, dbtest.URL(t, kind)))
				l.live(t, original)
				data := mustExport(t, original)
				fromCSV, fromXLSX := throughFiles(t, data)
				same(t, "the folder read again", data, fromCSV)
				same(t, "the workbook read again", data, fromXLSX)

				copied := apptest.New(t, dbtest.Open(t, dbtest.URL(t, kind)))
				if _, err := copied.App.Import(ctx, apptest.Call, fromXLSX); err != nil {
					t.Fatalf("the export is not taken in: %v", err)
				}
				copied.MustVerify(t)
				sameBooks(t, original, copied)
				same(t, "the second export", data, mustExport(t, copied))
				again, err := copied.App.Import(ctx, apptest.Call, fromCSV)
				if err != nil || len(again.Changes) > 0 {
					t.Errorf("importing it again gives %+v, %v", again, err)
				}
				same(t, "the export after importing it again", data, mustExport(t, copied))
				if l.after == nil {
					return
				}
				l.after(t, original)
				l.after(t, copied)
				original.MustVerify(t)
				copied.MustVerify(t)
				sameBooks(t, original, copied)
				same(t, "the export afterwards", sorted(mustExport(t, original)), sorted(mustExport(t, copied)))
			})
		}
	}
}

func mustExport(t *testing.T, d *apptest.Door) *folder.Data {
	t.Helper()
	data, err := d.Export(ctx, apptest.Call, true)
	if err != nil {
		t.Fatalf("export: %v", err)
	}
	return data
}

// sorted brings the settlements into an order that does not hang on ids; within one operation that of the parties does.
func sorted(d *folder.Data) *folder.Data {
	slices.SortFunc(d.Settlements, func(a, b folder.Settlement) int { return strings.Compare(settlementText(a), settlementText(b)) })
	return d
}

func settlementText(s folder.Settlement) string {
	s.Row = folder.Row{}
	return fmt.Sprintf("%+v", s)
}

// throughFiles writes the data as CSV files and as a workbook, and reads both.
func throughFiles(t *testing.T, data *folder.Data) (fromCSV, fromXLSX *folder.Data) {
	t.Helper()
	dir := t.TempDir()
	csv, xlsx := filepath.Join(dir, "csv"), filepath.Join(dir, "book.xlsx")
	if err := folder.Write(csv, data); err != nil {
		t.Fatal(err)
	}
	if err := folder.WriteXLSX(xlsx, data); err != nil {
		t.Fatal(err)
	}
	fromCSV, err := folder.Read(csv)
	if err != nil {
		t.Fatalf("reading the folder: %v", err)
	}
	if fromXLSX, err = folder.Read(xlsx); err != nil {
		t.Fatalf("reading the workbook: %v", err)
	}
	return fromCSV, fromXLSX
}

// same compares two folders without their places, file by file, and tells the first row of each that differs.
func same(t testing.TB, what string, want, got *folder.Data) {
	t.Helper()
	for _, text := range differences(want, got) {
		t.Errorf("%s: %s", what, text)
	}
}

// differences gives the first row of each file that differs.
func differences(want, got *folder.Data) (all []string) {
	forget(want)
	forget(got)
	w, g := reflect.ValueOf(*want), reflect.ValueOf(*got)
	for i := range w.NumField() {
		if w.Field(i).Kind() == reflect.Func {
			continue // the contents, which are not compared here
		}
		name, x, y := w.Type().Field(i).Name, listOf(w.Field(i)), listOf(g.Field(i))
		for k := range max(len(x), len(y)) {
			var a, b any
			if k < len(x) {
				a = x[k]
			}
			if k < len(y) {
				b = y[k]
			}
			if !reflect.DeepEqual(a, b) {
				all = append(all, fmt.Sprintf("%s %d is\n  %s\nwant\n  %s", name, k+1, asText(b), asText(a)))
				break
			}
		}
	}
	return all
}

func listOf(v reflect.Value) []any {
	if v.Kind() != reflect.Slice {
		return []any{v.Interface()}
	}
	list := make([]any, v.Len())
	for i := range list {
		list[i] = v.Index(i).Interface()
	}
	return list
}

func asText(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// sameBooks compares items, balances, and what runs would decide.
func sameBooks(t *testing.T, a, b *apptest.Door) {
	t.Helper()
	if x, y := openItems(t, a), openItems(t, b); x != y {
		t.Errorf("the items of the copy are\n%s\nwant\n%s", y, x)
	}
	if x, y := trial(t, a), trial(t, b); x != y {
		t.Errorf("the trial balance of the copy is\n%s\nwant\n%s", y, x)
	}
	for _, req := range []app.RunRequest{
		{Selection: everyone, Date: civil.MustParse("2026-12-31")},
		{Selection: everyone, Date: civil.MustParse("2026-12-31"), Netting: ptr("net"), Separate: ptr(true)},
		{Selection: everyone, Date: civil.MustParse("2026-12-31"), IncludeDebits: ptr(true), Summarize: ptr(true), Minimum: ptr("5.00")},
	} {
		if x, y := decisions(t, a, req), decisions(t, b, req); x != y {
			t.Errorf("the copy decides\n%s\nwant\n%s", y, x)
		}
	}
}

func decisions(t *testing.T, d *apptest.Door, req app.RunRequest) string {
	t.Helper()
	x := &apptest.Decisions{}
	run, err := d.Simulate(ctx, apptest.Call, req, x.Add)
	if err != nil {
		return err.Error()
	}
	b, err := json.MarshalIndent([]any{run.Totals, x.Reimbursements, x.Nettings, x.Excluded}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func trial(t *testing.T, d *apptest.Door) string {
	t.Helper()
	all, _, err := d.TrialBalance(ctx, apptest.Call, 0)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(all)
}

// A masked export shows no bank details, and is refused on import with the way out.
func TestMaskedExportIsRefused(t *testing.T) {
	f := swap(town(), "customers", "V-1,no,,,no", "V-1,no,DE89370400440532013000,COBADEFFXXX,yes")
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, f)
		masked, err := d.Export(ctx, apptest.Call, false)
		if err != nil {
			t.Fatal(err)
		}
		if iban := masked.Customers[0].IBAN; strings.Contains(iban, "DE893704") || !strings.HasSuffix(iban, "3000") {
			t.Errorf("the masked export shows %q", iban)
		}
		dir := filepath.Join(t.TempDir(), "masked")
		if err := folder.Write(dir, masked); err != nil {
			t.Fatal(err)
		}
		_, err = folder.Read(dir)
		if err == nil {
			t.Fatal("masked bank details are read")
		}
		wantLines(t, err, "customers.csv:2:15: iban: … export --with-bank-details")
		nobody := apptest.Call
		nobody.Actor.Roles = nil
		nobody.Actor.Roles = append(nobody.Actor.Roles, "clerk")
		if _, err := d.Export(ctx, nobody, true); fault.CodeOf(err) != fault.Denied {
			t.Errorf("a clerk's export with bank details gives %v", err)
		}
	})
}

// A run that is being posted must be finished before the company is exported.
func TestExportRefusesUnfinishedRun(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, town())
		propose(app.RunRequest{Selection: everyone, Date: november, IncludeDebits: ptr(true)})(t, d)
		start(t, d, "RUN-000001")
		if _, err := d.Export(ctx, apptest.Call, true); fault.RuleOf(err) != "run_unfinished" || !strings.Contains(err.Error(), "reimburse post --run RUN-000001") {
			t.Errorf("exporting a run that is being posted gives %v", err)
		}
		postRun(t, d)
		mustExport(t, d)
	})
}

// The exceptions of a period, by module and role, are business that decides whether a run is let in.
func TestExportKeepsPeriodExceptions(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			original := apptest.New(t, dbtest.Open(t, dbtest.URL(t, kind)))
			original.Import(t, town())
			for _, m := range []ledger.Module{ledger.ModuleReceivable, ledger.ModulePayable} {
				if err := original.SetPeriod(ctx, apptest.Call, civil.MustParse("2026-12-01"), "on_hold", m, ""); err != nil {
					t.Fatal(err)
				}
			}
			copied := apptest.New(t, dbtest.Open(t, dbtest.URL(t, kind)))
			if _, err := copied.App.Import(ctx, apptest.Call, mustExport(t, original)); err != nil {
				t.Fatal(err)
			}
			sameBooks(t, original, copied)
		})
	}
}

// start begins the posting of a run, as a process does that is then cut off.
func start(t *testing.T, d *apptest.Door, code string) {
	t.Helper()
	err := d.DB.Unit(ctx, db.Scope{Actor: apptest.Clerk.Name, Roles: identity.Names(apptest.Clerk.Roles), Now: apptest.Now}, func(ctx context.Context, tx *db.Tx) (err error) {
		if tx.Company, err = ledger.FindCompany(ctx, tx, ""); err != nil {
			return err
		}
		if tx.Command, err = tx.NewID(ctx); err != nil {
			return err
		}
		c, err := ledger.Load(ctx, tx)
		if err != nil {
			return err
		}
		r, err := reimbursement.FindRun(ctx, tx, code)
		if err != nil {
			return err
		}
		return reimbursement.Start(ctx, tx, c, &r)
	})
	if err != nil {
		t.Fatal(err)
	}
}
