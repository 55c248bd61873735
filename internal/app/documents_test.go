package app_test

import (
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
)

func TestPostDocument(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		post := func(req app.DocumentRequest) string {
			t.Helper()
			n, err := d.PostDocument(ctx, apptest.Call, req)
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		date := civil.MustParse("2026-11-20")
		inv := post(app.DocumentRequest{
			Type: "invoice", Party: "C-1001", Date: date, Due: civil.MustParse("2026-12-20"), Classification: "UTL",
			Lines: []app.DocumentLine{{Account: "601-44400", Amount: "30.00"}, {Account: "602-44400", Amount: "20.00"}, {Account: "601-44400", Amount: "5.00"}},
		})
		pay := post(app.DocumentRequest{Type: "payment", Party: "C-1001", Date: date, Lines: []app.DocumentLine{{Account: "999-11020", Amount: "55.00"}}})
		bill := post(app.DocumentRequest{Type: "vendor_invoice", Number: "BILL-1", Party: "V-1001", Date: date, Lines: []app.DocumentLine{{Account: "101-44200", Amount: "7.00"}}})
		if inv != "IN-00000001" || pay != "PM-00000001" || bill != "BILL-1" {
			t.Errorf("numbers %s, %s, %s", inv, pay, bill)
		}
		v, err := d.Voucher(ctx, apptest.Call, inv)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range v.Lines {
			got = append(got, l.Account+" "+l.Debit+" "+l.Credit+" "+l.Party)
		}
		want := "601-44400 0.00 30.00 |602-44400 0.00 20.00 |601-44400 0.00 5.00 |601-11530 35.00 0.00 C-1001|602-11530 20.00 0.00 C-1001"
		if strings.Join(got, "|") != want {
			t.Errorf("the invoice is\n%s\nwant\n%s", strings.Join(got, "|"), want)
		}
		s, err := d.Settle(ctx, apptest.Call, app.SettleRequest{Side: openitem.Customers, Party: "C-1001", Debit: inv, Credit: pay, Date: date})
		if err != nil || s.Voucher == "" || s.Left != "0.00" || s.Over != "0.00" {
			t.Errorf("settling gives %+v, %v", s, err)
		}
		d.MustVerify(t)
		for _, bad := range []struct {
			req  app.DocumentRequest
			rule string
		}{
			{app.DocumentRequest{Type: "payment", Party: "C-1001", Date: date, Classification: "UTL", Lines: []app.DocumentLine{{Account: "999-11020", Amount: "1"}}}, "payment_classified"},
			{app.DocumentRequest{Type: "invoice", Party: "C-1001", Date: civil.MustParse("2027-01-01"), Lines: []app.DocumentLine{{Account: "601-44400", Amount: "1"}}}, "period_not_open"},
			{app.DocumentRequest{Type: "invoice", Number: "CN-P", Party: "C-1001", Date: date, Lines: []app.DocumentLine{{Account: "601-44400", Amount: "1"}}}, "duplicate_voucher"},
		} {
			if _, err := d.PostDocument(ctx, apptest.Call, bad.req); fault.RuleOf(err) != bad.rule {
				t.Errorf("%+v gives %v, want the rule %s", bad.req, err, bad.rule)
			}
		}
	})
}

func TestPostJournal(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		call := apptest.Call
		call.Key = "journal-1"
		date := civil.MustParse("2026-11-20")
		line := func(account, debit, credit string) app.JournalLine {
			return app.JournalLine{Account: account, Debit: debit, Credit: credit}
		}
		good := app.JournalRequest{Date: date, Text: "rent", Lines: []app.JournalLine{line("101-44200", "12.34", ""), line("101-11010", "", "12.34")}}
		number, err := d.PostJournal(ctx, call, good)
		if err != nil {
			t.Fatal(err)
		}
		v, err := d.Voucher(ctx, apptest.Call, number)
		if err != nil || len(v.Lines) != 2 || v.Lines[0].Debit != "12.34" || v.Lines[1].Credit != "12.34" || v.Lines[1].Account != "101-11010" {
			t.Errorf("the journal is %+v, %v", v, err)
		}
		if again, err := d.PostJournal(ctx, call, good); err != nil || again != number {
			t.Errorf("the same request gives %s, %v; first %s", again, err, number)
		}
		other := good
		other.Text = "another"
		if _, err := d.PostJournal(ctx, call, other); fault.RuleOf(err) != "key_reused" {
			t.Errorf("another request with the same key gives %v", err)
		}
		for _, bad := range []struct {
			lines   []app.JournalLine
			rule    string
			message string
		}{
			{[]app.JournalLine{line("101-44200", "1", ""), line("101-99999", "", "1")}, "", "line 2: "},
			{[]app.JournalLine{line("101-44200", "1", "1"), line("101-11010", "", "1")}, "", "line 1: debit \"1\" and credit \"1\""},
			{[]app.JournalLine{line("101-44200", "1,5", ""), line("101-11010", "", "1.50")}, "", "line 1: \"1,5\" is not an amount"},
			{[]app.JournalLine{line("101-44200", "1", ""), {Account: "101-11010", Credit: "1", Customer: "C-1001"}}, "party_unexpected", "line 2: "},
			{[]app.JournalLine{line("101-44200", "1", ""), {Account: "101-11530", Credit: "1", Customer: "C-9"}}, "", "line 2: "},
			{[]app.JournalLine{line("101-44200", "1", ""), line("101-11010", "", "2")}, "voucher_unbalanced", ""},
		} {
			_, err := d.PostJournal(ctx, apptest.Call, app.JournalRequest{Date: date, Lines: bad.lines})
			if err == nil || bad.rule != "" && fault.RuleOf(err) != bad.rule || !strings.HasPrefix(err.Error(), bad.message) || fault.CodeOf(err) == fault.Internal {
				t.Errorf("%+v gives %v, rule %q", bad.lines, err, fault.RuleOf(err))
			}
		}
		d.MustVerify(t)
	})
}

func TestIdempotencyKey(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		call := apptest.Call
		call.Key = "k-1"
		req := app.DocumentRequest{Type: "payment", Party: "C-1001", Date: runDate, Lines: []app.DocumentLine{{Account: "999-11020", Amount: "5.00"}}}
		first, err := d.PostDocument(ctx, call, req)
		if err != nil {
			t.Fatal(err)
		}
		again, err := d.PostDocument(ctx, call, req)
		if err != nil || again != first {
			t.Errorf("the same request gives %s, %v; first %s", again, err, first)
		}
		req.Lines[0].Amount = "6.00"
		if _, err := d.PostDocument(ctx, call, req); fault.RuleOf(err) != "key_reused" {
			t.Errorf("another request under the key gives %v", err)
		}
		call.Key = "k-2"
		run, _, err := d.PostSelection(ctx, call, app.RunRequest{Selection: all, Date: runDate}, nil)
		if err != nil {
			t.Fatal(err)
		}
		same, _, err := d.PostSelection(ctx, call, app.RunRequest{Selection: all, Date: runDate}, nil)
		if err != nil || same.ID != run.ID {
			t.Errorf("the same run request gives %v, %v; first %s", same, err, run.ID)
		}
		for _, n := range []string{"1.00", "2.00"} {
			if _, err := d.PostDocument(ctx, apptest.Call, app.DocumentRequest{Type: "payment", Party: "C-1001", Date: runDate, Lines: []app.DocumentLine{{Account: "999-11020", Amount: n}}}); err != nil {
				t.Fatal(err)
			}
			call.Key = "k-3-" + n
			few := app.RunRequest{Selection: reimbursement.Selection{Customers: []string{"C-1001"}}, Date: runDate}
			told := 0
			run, _, err := d.PostSelection(ctx, call, few, func(app.RunProgress) { told++ })
			if err != nil || run.State != reimbursement.Posted || run.Totals.Reimbursements != 1 || run.Totals.Amounts[0].Amount != n || told != 1 {
				t.Fatalf("a small run gives %+v, %v, told %d times", run, err, told)
			}
			same, _, err := d.PostSelection(ctx, call, few, nil)
			if err != nil || same.ID != run.ID || same.Totals.Reimbursements != 1 {
				t.Errorf("the same small run request gives %+v, %v; first %s", same, err, run.ID)
			}
		}
		d.MustVerify(t)
	})
}
