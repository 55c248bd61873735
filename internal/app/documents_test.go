package app_test

import (
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/openitem"
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
		d.MustVerify(t)
	})
}
