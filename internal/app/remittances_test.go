package app_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/fault"
)

// Documents of the distributor's customers, as remittances name them.
const (
	inv4711 = "IN-0004711,2026-11-02,invoice,C-1,,2026-12-02,USD,110-11530 1000.00,110-44200 -1000.00"
	inv4712 = "IN-4712,2026-11-02,invoice,C-1,,2026-12-02,USD,110-11530 600.00,110-44200 -600.00"
	inv4713 = "IN-4713,2026-11-02,invoice,C-1,,2026-12-02,USD,110-11530 900.00,110-44200 -900.00"
)

// remits sets a company up whose customer C-1 sends remittances as FRESHMART, with code 04 for damage.
func remits(t *testing.T, d *door, vouchers ...string) {
	t.Helper()
	f := distributor("deduction_customer").Append("parameters", "remittance_bank,110-11020").With(apptest.Files{
		"deduction_codes": "customer,code,from,reason\nC-1,04,2026-01-01,DMG\n",
	})
	d.Import(t, post(f, vouchers...))
	if err := d.SetRemittancePartner(ctx, d.call, app.RemittancePartner{Code: "FRESHMART", Customer: "C-1"}); err != nil {
		t.Fatal(err)
	}
}

func sample(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../format/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func remit(t *testing.T, d *door, req app.RemittanceRequest) *app.Remittance {
	t.Helper()
	seen, err := d.PreviewRemittance(ctx, d.call, req)
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.ImportRemittance(ctx, d.call, req)
	if err != nil {
		t.Fatal(err)
	}
	if seen.Code != "" || len(seen.Payments) != len(r.Payments) || tale(seen) != tale(r) {
		t.Errorf("the preview says\n%s\nthe import\n%s", tale(seen), tale(r))
	}
	return r
}

// tale tells what came of a remittance.
func tale(r *app.Remittance) string {
	var b strings.Builder
	say := func(words ...string) { b.WriteString(strings.Join(words, " ") + "\n") }
	for _, p := range r.Payments {
		say("payment", p.Reference, p.Customer, p.Amount, "applied", p.Applied, "unapplied", p.Unapplied)
		for _, x := range p.Applications {
			say(" pays", x.Voucher, x.Amount, "discount", x.Discount, "deducted", x.Deducted)
		}
		for _, x := range p.Deductions {
			say(strings.TrimRight(strings.Join([]string{" deducts", x.Voucher, x.Amount, "code", x.TheirCode, "reason", x.Reason, "claim", x.Claim, x.DuplicateOf}, " "), " "))
		}
		for _, x := range p.Paybacks {
			say(" pays back", x.Deduction, x.Amount, x.State)
		}
	}
	for _, x := range r.Adjustments {
		say(x.Kind, x.Reference, x.Customer, x.Voucher, x.Amount, "reason", x.Reason+":", x.Outcome, x.Deduction)
	}
	for _, x := range r.Issues {
		say("issue", x.Rule, x.Amount)
	}
	return strings.TrimSpace(b.String())
}

func wantTale(t *testing.T, r *app.Remittance, want string) {
	t.Helper()
	if got := tale(r); got != strings.TrimSpace(want) {
		t.Errorf("the remittance says\n%s\nwant\n%s\n%+v", got, want, r.Issues)
	}
}

// Both conventions for the sign of ADX01, and a bank's file, make the same payment: 900 of 1000, with 100 deducted for damage.
func TestRemittancesShortPaid(t *testing.T) {
	for name, reference := range map[string]string{
		"x12/testdata/820-4010-short.x12": "FM-20261130", "x12/testdata/820-3060-short.x12": "FM-OLD", "x12/testdata/820-3030-short.x12": "FM-OLD", "bai2/testdata/short.bai2": "CHK10231",
	} {
		t.Run(strings.ReplaceAll(name, "/testdata/", " "), func(t *testing.T) {
			each(t, func(t *testing.T, d *door) {
				remits(t, d, inv4711)
				req := app.RemittanceRequest{Name: name, Content: sample(t, name), Customer: "C-1"}
				r := remit(t, d, req)
				wantTale(t, r, "payment "+reference+` C-1 900.00 applied 900.00 unapplied 0.00
 pays IN-0004711 900.00 discount 0.00 deducted 100.00
 deducts IN-0004711 100.00 code 04 reason DMG claim DM-5501`)
				if _, err := d.ImportRemittance(ctx, d.call, req); fault.RuleOf(err) != "remittance_known" || !strings.Contains(err.Error(), r.Code) {
					t.Errorf("the same file again: %v", err)
				}
				p := &payment{t, d, r.Journal, 1}
				p.post()
				if _, content, err := d.RemittanceFile(ctx, d.call, r.Code); err != nil || string(content) != string(req.Content) {
					t.Errorf("the file came back as %q, %v", content, err)
				}
			})
		})
	}
}

// A partner's setting turns the sign round: then the same file gives back what it kept.
func TestRemittancesPartnerOverridesSign(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		remits(t, d, inv4711)
		if err := d.SetRemittancePartner(ctx, d.call, app.RemittancePartner{Code: "FRESHMART", Customer: "C-1", Sign: "negative_reduces"}); err != nil {
			t.Fatal(err)
		}
		r := remit(t, d, app.RemittanceRequest{Name: "r.x12", Content: sample(t, "x12/testdata/820-3030-short.x12")})
		wantTale(t, r, `payment FM-OLD C-1 900.00 applied 800.00 unapplied 100.00
 pays IN-0004711 800.00 discount 0.00 deducted 200.00
 deducts IN-0004711 200.00 code  reason  claim
issue item_differs -200.00
issue unknown_payback 100.00`)
	})
}

const table = `Check,Date,Vendor,Total,Invoice,Paid,Deducted,Code,Memo
881,11/20/2026,FRESHMART,"1,530.00",4711,900.00,100.00,04,DM-1
881,11/20/2026,FRESHMART,,4712,600.00,,,
881,11/20/2026,FRESHMART,,,,20.00,99,DM-2
881,11/20/2026,FRESHMART,,DM-77,-50.00,,04,DM-77
881,11/20/2026,FRESHMART,,5555,100.00,,,
882,11/20/2026,NOBODY,10.00,4713,10.00,,,
`

func setMap(t *testing.T, d *door) {
	t.Helper()
	err := d.SetRemittanceMap(ctx, d.call, app.RemittanceMap{Code: "FM", Header: 1, Date: "MM/DD/YYYY", Columns: map[string]string{
		"reference": "Check", "date": "Date", "payer": "Vendor", "amount": "Total", "invoice": "Invoice", "paid": "Paid", "deduction": "Deducted", "code": "Code", "claim": "=I",
	}})
	if err != nil {
		t.Fatal(err)
	}
}

// workbook gives a CSV table as a workbook of texts.
func workbook(t *testing.T, table string) []byte {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	f := excelize.NewFile()
	for i, row := range rows {
		if err := f.SetSheetRow("Sheet1", fmt.Sprintf("A%d", i+1), &row); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	if err := f.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestRemittancesByColumnMap(t *testing.T) {
	for name, content := range map[string][]byte{"r.csv": []byte(table), "r.xlsx": workbook(t, table)} {
		t.Run(name, func(t *testing.T) { remitsByColumnMap(t, name, content) })
	}
}

func remitsByColumnMap(t *testing.T, name string, content []byte) {
	each(t, func(t *testing.T, d *door) {
		remits(t, d, inv4711, inv4712, inv4713)
		setMap(t, d)
		r := remit(t, d, app.RemittanceRequest{Name: name, Content: content})
		wantTale(t, r, `payment 881 C-1 1530.00 applied 1500.00 unapplied 100.00
 pays IN-0004711 900.00 discount 0.00 deducted 100.00
 pays IN-4712 600.00 discount 0.00 deducted 0.00
 deducts IN-0004711 100.00 code 04 reason DMG claim DM-1
 deducts  50.00 code 04 reason DMG claim DM-77
 deducts  20.00 code 99 reason  claim DM-2
payment 882  10.00 applied 0.00 unapplied 10.00
issue unknown_document 100.00
issue unknown_code 20.00
issue unknown_payer 10.00`)
		list, err := d.Remittances(ctx, d.call, app.RemittanceFilter{Issues: true}, app.Page{})
		if err != nil || len(list.Items) != 1 || list.Items[0].Journal != r.Journal || list.Items[0].IssueCount != 3 || list.Items[0].Totals[0].Amount != "1540.00" {
			t.Errorf("%+v %v", list, err)
		}
	})
}

// What the same customer kept back before is flagged; money with the marker of a payback is paired with the deduction, and posted on demand.
func TestRemittancesDuplicateAndPayback(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		remits(t, d, inv4711, inv4712, inv4713)
		setMap(t, d)
		const head = "Check,Date,Vendor,Total,Invoice,Paid,Deducted,Code,Memo\n"
		first := remit(t, d, app.RemittanceRequest{Name: "1.csv", Content: []byte(head + "1,11/20/2026,FRESHMART,900.00,4711,900.00,100.00,04,DM-1\n")})
		(&payment{t, d, first.Journal, 1}).post()
		second := remit(t, d, app.RemittanceRequest{Name: "2.csv", Content: []byte(head + "2,11/20/2026,FRESHMART,600.00,4712,500.00,,,\n2,11/20/2026,FRESHMART,,4711-PB,100.00,,,\n")})
		number := second.Payments[0].Paybacks[0].Deduction
		again := remit(t, d, app.RemittanceRequest{Name: "3.csv", Content: []byte(head + "3,11/20/2026,FRESHMART,800.00,4713,900.00,,,\n3,11/20/2026,FRESHMART,,,,100.00,04,DM-1\n")})
		wantTale(t, again, `payment 3 C-1 800.00 applied 900.00 unapplied 0.00
 pays IN-4713 900.00 discount 0.00 deducted 0.00
 deducts  100.00 code 04 reason DMG claim DM-1 `+number+"\nissue duplicate 100.00")
		wantTale(t, second, `payment 2 C-1 600.00 applied 500.00 unapplied 100.00
 pays IN-4712 500.00 discount 0.00 deducted 100.00
 deducts IN-4712 100.00 code  reason  claim
 pays back `+number+" 100.00 proposed")
		ask := app.PaybackRequest{Remittance: second.Code, N: 1}
		_, err := d.PostPayback(ctx, d.call, ask)
		wantRule(t, err, "payment_not_posted")
		(&payment{t, d, second.Journal, 1}).post()
		b, err := d.PostPayback(ctx, d.call, ask)
		if err != nil || b.State != "posted" || b.Voucher == "" {
			t.Fatalf("%+v %v", b, err)
		}
		if again, err := d.Remittance(ctx, d.call, second.Code); err != nil || again.Payments[0].Paybacks[0].State != "posted" {
			t.Errorf("%+v %v", again, err)
		}
		_, err = d.PostPayback(ctx, d.call, ask)
		wantRule(t, err, "posted_already")
	})
}

// Another currency is another deduction: of the same claim and number, nothing is flagged.
func TestRemittancesDuplicateIsOfOneCurrency(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		remits(t, d, inv4711, "EU-1,2026-11-16,invoice,C-1,,2026-12-02,EUR,110-11530 1000.00,110-44200 -1000.00")
		err := d.SetRemittanceMap(ctx, d.call, app.RemittanceMap{Code: "FM", Header: 1, Date: "MM/DD/YYYY", Columns: map[string]string{
			"reference": "Check", "date": "Date", "payer": "Vendor", "currency": "Cur", "amount": "Total", "invoice": "Invoice", "paid": "Paid", "deduction": "Deducted", "code": "Code", "claim": "=I",
		}})
		if err != nil {
			t.Fatal(err)
		}
		const head = "Check,Date,Vendor,Cur,Total,Invoice,Paid,Deducted,Memo,Code\n"
		rows := func(currency, invoice string) string {
			return "1,11/20/2026,FRESHMART," + currency + ",850.00," + invoice + ",900.00,100.00,DM-1,04\n1,11/20/2026,FRESHMART," + currency + ",,,,50.00,DM-2,04\n"
		}
		first := remit(t, d, app.RemittanceRequest{Name: "1.csv", Content: []byte(head + rows("USD", "4711"))})
		(&payment{t, d, first.Journal, 1}).post()
		for _, r := range []*app.Remittance{first, remit(t, d, app.RemittanceRequest{Name: "2.csv", Content: []byte(head + rows("EUR", "EU-1"))})} {
			if len(r.Issues) != 0 || len(r.Payments) != 1 || len(r.Payments[0].Deductions) != 2 {
				t.Errorf("%s\n%+v", tale(r), r.Issues)
			}
		}
	})
}

func TestRemittancesOf812(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		remits(t, d, inv4711)
		r := remit(t, d, app.RemittanceRequest{Name: "memo.x12", Content: sample(t, "x12/testdata/812-4010.x12")})
		if len(r.Adjustments) != 3 || r.Journal != "" || r.Adjustments[0].Outcome != "claim" || r.Adjustments[0].Voucher != "IN-0004711" || r.Adjustments[0].Amount != "100.00" || r.Adjustments[0].Reason != "DMG" ||
			r.Adjustments[1].Outcome != "claim" || r.Adjustments[2].Kind != "credit" || r.Adjustments[2].Outcome != "issue" {
			t.Errorf("%s", tale(r))
		}
	})
}

func TestRemittancesDamaged(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		remits(t, d, inv4711)
		for _, name := range []string{"x12/testdata/damaged-cut-off.x12", "x12/testdata/damaged-amount.x12", "bai2/testdata/damaged-total.bai2"} {
			_, err := d.ImportRemittance(ctx, d.call, app.RemittanceRequest{Name: name, Content: sample(t, name)})
			if fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%s: %v", name, err)
			}
		}
		list, err := d.Remittances(ctx, d.call, app.RemittanceFilter{}, app.Page{})
		if err != nil || len(list.Items) != 0 {
			t.Errorf("%+v %v", list, err)
		}
	})
}
