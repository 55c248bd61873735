package folder_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/folder"
	checkform "quittance/internal/format/check"
	"quittance/internal/format/nacha"
	"quittance/internal/format/pain"
	"quittance/internal/format/pospay"
	"quittance/internal/identity"
	"quittance/internal/money"
	"quittance/internal/payout"
)

var payDay = civil.MustParse("2026-12-01")

func settingsText(t testing.TB, s payout.Settings) string {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// quoted writes a text as it stands within quotes in a CSV file of the folder.
func quoted(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, `\`, `\\`), `"`, `""`)
}

// payer is a city that pays vendors by every method, from a bank account of its own and one in euros.
func payer(t testing.TB) apptest.Files {
	t.Helper()
	settings := settingsText(t, payout.Settings{
		Check:    &payout.CheckSettings{Style: checkform.Middle, SecondOver: "250.00"},
		ACH:      &payout.ACHSettings{Profile: nacha.Profile{Destination: "091000019", DestinationName: "FIRST BANK", Origin: "1234567890", OriginName: "CITY", Company: "CITY", CompanyID: "1234567890", Bank: "091000019", Description: "REFUND", Addenda: true}},
		Transfer: &pain.Profile{Version: pain.V09, Initiator: "City", Debtor: pain.Party{Name: "City"}, Charges: "SHAR"}, PositivePay: pospay.Samples()[0],
	})
	euro := settingsText(t, payout.Settings{Transfer: &pain.Profile{Version: pain.V09, Initiator: "City", Debtor: pain.Party{Name: "City"}, Service: "SEPA", Charges: "SLEV"}})
	invoice := func(number, vendor, currency, account, amount string) string {
		fund := strings.SplitN(account, "-", 2)[0]
		head := fmt.Sprintf("%s,2026-11-20,vendor_invoice,,%s,,2026-12-20,%s,", number, vendor, currency)
		return head + fund + "-44200," + amount + ",,,,,in\n" + head + account + ",," + amount + ",,,,in"
	}
	f := town().Append("accounts", "11025,Euro account,asset,bank").Append("parameters", "payment_approval_from,200.00", "bank_difference_limit,5.00", "bank_cooling_days,3")
	return f.With(apptest.Files{
		"vendors": `vendor,name,group,currency,blocked,payment_method,one_time,street,city,state,postal_code,country,iban,bic,routing_number,account_number,account_type,bank_verified,bank_changed_at,bank_changed_by,bank_confirmed_by
ONETIME,Template,ONETIME,USD,no,check,template,,,,,US,,,,,,,,,
V-1,Ann,REFUND,USD,no,check,no,12 Mill Street,Lakemont,WI,53551,US,,,,,,,,,
V-2,Second,TRADE,USD,no,ach,no,2 Road,Lakemont,WI,53551,US,,,091000019,20002000,checking,yes,,,
V-3,Third,TRADE,USD,no,wire,no,3 Road,Lakemont,WI,53551,US,,,091000019,30003000,savings,yes,2026-11-10T12:00:00.123456Z,eve,ada
V-4,Fourth,TRADE,USD,no,hand,no,4 Road,Lakemont,WI,53551,US,,,,,,,,,
V-5,Cooling,TRADE,USD,no,ach,no,5 Road,Lakemont,WI,53551,US,,,091000019,20002000,checking,yes,2026-11-30T12:00:00Z,eve,
V-6,Euro,TRADE,EUR,no,sepa,no,6 Weg,Mainz,,55116,DE,DE89370400440532013000,COBADEFFXXX,,,,yes,,,
`,
		"customers":       rows(customerHead, "C-1,Ann,RES,USD,,V-1,no,,,no", "C-2,Bob,RES,USD,C-1,V-2,no,,,no"),
		"bank_accounts":   "bank,name,currency,account,bank_name,address,next_check,next_trace,stale_days,settings,iban,bic,routing_number,account_number\nMAIN,Main,USD,999-11020,First Bank,1 Main Street\\nLakemont,501,17,180,\"" + quoted(settings) + "\",,,091000019,123456789\nEURO,Euro,EUR,101-11025,Zweite Bank,,,,,\"" + quoted(euro) + "\",DE02120300000000202051,BYLADEM1001,,\n",
		"payment_methods": "method,name,kind,bank,grouping,blocked\nach,ACH,ach,MAIN,,\ncheck,Check,check,MAIN,date,\nhand,By hand,manual,MAIN,invoice,\nsepa,SEPA,iso20022,EURO,,\nwire,Wire,iso20022,MAIN,vendor,no\n",
		"bank_maps":       "map,columns\nfirst,\"" + quoted(bankMap) + "\"\n",
		"vouchers": rows(voucherHead, credit("CN-1", "2026-11-05", "C-1", "PARKS", "USD", "101-11530", "20.00"), credit("CN-2", "2026-11-05", "C-1", "UTL", "USD", "601-11530", "45.00"), credit("CN-3", "2026-11-05", "C-2", "", "USD", "999-11530", "70.50"),
			invoice("A-1", "V-1", "USD", "999-24210", "100.00"), invoice("A-2", "V-1", "USD", "101-24210", "33.33"), invoice("B-1", "V-2", "USD", "999-24210", "150.00"), invoice("B-2", "V-2", "USD", "601-24210", "50.00"),
			invoice("C-1", "V-3", "USD", "999-24210", "300.00"), invoice("D-1", "V-4", "USD", "101-24210", "7.00"), invoice("D-2", "V-4", "USD", "101-24210", "9.00"), invoice("F-1", "V-5", "USD", "999-24210", "11.00"), invoice("E-1", "V-6", "EUR", "101-24210", "80.00")),
	})
}

const bankMap = `{"columns": {"booked": "Date", "amount": "Amount", "check": "Check", "party": "Payee", "text": "Text", "kind": "Kind", "end_to_end": "Ref"}, "cells": {"opening": "=B1"}, "header": 2, "decimal": "point", "account": "123456789", "currency": "USD", "kinds": {"return": "return"}}`

// cashier does acts with vendor payments at one company.
type cashier struct {
	*desk
	preparer, approver, treasurer app.Call
}

func newCashier(d *apptest.Door, company string) *cashier {
	of := func(name string, role identity.Role) app.Call {
		return app.Call{Actor: identity.Actor{Name: name, Roles: []identity.Role{role}}, Company: company}
	}
	return &cashier{newDesk(d, company), of("pia", identity.Clerk), of("ada", identity.Approver), of("tom", identity.Treasurer)}
}

func drawPayActs(t *rapid.T, label string, most int) []act {
	one := rapid.Custom(func(t *rapid.T) act {
		return act{
			What: rapid.SampledFrom([]string{"propose", "propose", "approve", "approve", "generate", "generate", "generate", "post", "post", "post", "withdraw", "cancel", "send", "fail", "fail", "payee", "method", "fate", "record", "spoil", "tell", "statement", "statement", "match", "match", "reconcile", "undo", "invoice", "details", "confirm", "open", "answer", "change", "change", "decide", "letters", "escheat", "escheat", "remit", "report", "take back", "reclaim"}).Draw(t, "what"),
			A:    rapid.IntRange(0, 99).Draw(t, "a"), B: rapid.IntRange(0, 99).Draw(t, "b"), C: rapid.IntRange(0, 99).Draw(t, "c"), Yes: rapid.Bool().Draw(t, "yes"),
		}
	})
	return rapid.SliceOfN(one, most/2, most).Draw(t, label)
}

func (d *cashier) do(t *rapid.T, acts []act) {
	t.Helper()
	for _, a := range acts {
		d.data = d.export(t)
		err := d.one(a)
		if code := fault.CodeOf(err); err != nil && code != fault.Refused && code != fault.Invalid && code != fault.NotFound && code != fault.Denied {
			t.Fatalf("%+v: %v (%s)", a, err, code)
		}
	}
}

// choice is some payment, or all of its journal.
func (d *cashier) choice(a act) app.VendorPaymentChoice {
	p := pick(d.data.VendorPayments, a.A)
	if a.B%4 == 0 {
		return app.VendorPaymentChoice{Journal: p.Journal}
	}
	return app.VendorPaymentChoice{Payments: []string{fmt.Sprintf("%s/%d", p.Journal, p.Line)}}
}

func (d *cashier) one(a act) (err error) {
	switch a.What {
	case "propose":
		sel := app.VendorPaymentSelection{Date: payDay, Maximum: pick([]string{"", "120.00"}, a.A)}
		if a.Yes {
			sel.Vendors = []string{fmt.Sprintf("V-%d", 1+a.B%6)}
		}
		_, err = d.ProposeVendorPayments(ctx, d.preparer, sel)
		return err
	case "invoice":
		_, err = d.PostDocument(ctx, d.call, app.DocumentRequest{Type: "vendor_invoice", Party: fmt.Sprintf("V-%d", 1+a.A%5), Date: civil.MustParse("2026-11-21"), Lines: []app.DocumentLine{{Account: "601-44400", Amount: fmt.Sprintf("%d.50", a.B+1)}}})
		return err
	case "details":
		changed := *d.data
		changed.Vendors = slices.Clone(changed.Vendors)
		i := slices.IndexFunc(changed.Vendors, func(v folder.Vendor) bool { return v.Vendor == pick([]string{"V-2", "V-3"}, a.A) })
		changed.Vendors[i].AccountNumber = pick([]string{"20002000", "77007700"}, a.B)
		_, err = d.App.Import(ctx, d.call, &changed)
		return err
	case "confirm":
		return d.ConfirmBankDetails(ctx, d.approver, pick([]string{"V-2", "V-3", "V-5"}, a.A))
	case "spoil":
		return d.SpoilChecks(ctx, d.treasurer, "MAIN", d.nextCheck(), d.nextCheck()+int64(a.A%2), "torn")
	case "tell":
		_, err = d.MakePositivePay(ctx, d.treasurer, "MAIN", civil.MustParse("2026-12-31"))
		return err
	case "statement", "match", "reconcile", "undo":
		return d.atBank(a)
	case "letters", "escheat", "remit", "report", "take back", "reclaim":
		return d.atUnclaimed(a)
	case "answer", "change", "decide":
		return d.atAnswers(a)
	case "open":
		if len(d.data.PaymentFiles) > 0 {
			_, err = d.OpenPaymentFile(ctx, d.treasurer, pick(d.data.PaymentFiles, a.A).File)
		}
		return err
	}
	if len(d.data.VendorPayments) == 0 {
		return nil
	}
	return d.atPayments(a)
}

func (d *cashier) nextCheck() int64 {
	i := slices.IndexFunc(d.data.BankAccounts, func(b folder.BankAccount) bool { return b.Bank == "MAIN" })
	return int64(d.data.BankAccounts[i].NextCheck)
}

func (d *cashier) atPayments(a act) (err error) {
	choice := d.choice(a)
	some := pick(d.data.VendorPayments, a.A)
	name := fmt.Sprintf("%s/%d", some.Journal, some.Line)
	switch a.What {
	case "approve":
		_, err = d.ApproveVendorPayments(ctx, d.approver, choice)
	case "generate":
		_, err = d.GenerateVendorPayments(ctx, d.treasurer, app.VendorPaymentMaking{Choice: choice})
	case "post":
		_, err = d.PostVendorPayments(ctx, d.treasurer, choice, payDay)
	case "withdraw":
		_, err = d.WithdrawVendorPayments(ctx, d.treasurer, choice, "jam\nagain")
	case "cancel":
		_, err = d.CancelVendorPayments(ctx, d.preparer, choice, "no")
	case "send":
		_, err = d.SendVendorPayments(ctx, d.treasurer, choice, "by courier")
	case "payee":
		payee, reason := pick([]string{"C-2", "V-1", "V-3"}, a.B), "heirs \\ of"
		_, err = d.EditVendorPayment(ctx, d.preparer, name, app.VendorPaymentEdit{Payee: &payee, Reason: reason})
	case "method":
		_, err = d.EditVendorPayment(ctx, d.preparer, name, app.VendorPaymentEdit{Method: ptr(pick([]string{"hand", "check", "ach"}, a.B))})
	case "fate":
		_, err = d.EditVendorPayment(ctx, d.preparer, name, app.VendorPaymentEdit{Fate: ptr(pick([]payout.Fate{payout.Reverse, payout.Reissue}, a.B))})
	case "record":
		_, err = d.RecordVendorPayment(ctx, d.treasurer, name, fmt.Sprintf("WIRE %d", a.B))
	case "fail":
		_, err = d.FailVendorPayments(ctx, d.treasurer, app.VendorPaymentFailure{Choice: choice, As: pick([]payout.Status{payout.Voided, payout.Returned, payout.Stopped, payout.Stale, payout.Rejected}, a.C), Date: payDay, Reason: "came back"})
	}
	return err
}

// atBank imports a statement of what was posted, matches lines, reconciles one by hand, or undoes that.
func (d *cashier) atBank(a act) (err error) {
	last, lines := 0, ""
	opening := money.Amount(100_000)
	day := civil.MustParse("2026-12-02")
	for _, s := range d.data.BankStatements {
		if s.Bank == "MAIN" {
			last, opening, day = s.Statement, s.Closing, s.To.AddDays(1)
		}
	}
	switch a.What {
	case "match":
		_, err = d.MatchBank(ctx, d.treasurer, "MAIN", a.Yes && a.A%3 == 0)
		return err
	case "statement":
		usd := money.MustCurrency("USD")
		for _, p := range d.data.VendorPayments {
			if p.Status == "posted" && p.Bank == "MAIN" && (p.Line+a.B)%3 > 0 {
				lines += fmt.Sprintf("%s,-%s,%s,%s,%s,,%s\n", day, usd.Format(p.Amount), p.Number, p.Vendor, pick([]string{"paid", "a \\ b"}, a.C), p.Number)
			}
		}
		lines += fmt.Sprintf("%s,-1.%02d,,,Service charge,,\n", day, a.A)
		_, err = d.ImportBankStatements(ctx, d.treasurer, app.BankImport{Name: "b.csv", Data: []byte("Opening," + usd.Format(opening) + ",,,,,\nDate,Amount,Check,Payee,Text,Kind,Ref\n" + lines), Map: "first", Bank: "MAIN"})
		return err
	}
	if last == 0 {
		return nil
	}
	line := pick(d.data.BankLines, a.A)
	name := fmt.Sprintf("%s/%d/%d", line.Bank, line.Statement, line.Line)
	if a.What == "undo" {
		_, err = d.UndoBankLine(ctx, d.treasurer, name)
		return err
	}
	req := app.BankReconciling{Line: name, Difference: "999-44200"}
	if len(d.data.VendorPayments) > 0 && a.Yes {
		p := pick(d.data.VendorPayments, a.B)
		req.Payments = []string{fmt.Sprintf("%s/%d", p.Journal, p.Line)}
	}
	_, err = d.ReconcileBankLine(ctx, d.treasurer, req)
	return err
}

// open is a payment that was paid and cleared, then one of everything.
func (d *cashier) open(t *rapid.T) {
	t.Helper()
	d.do(t, []act{{What: "propose"}, {What: "payee", A: 1, B: 0}, {What: "approve", B: 4}, {What: "generate", B: 4}, {What: "post", B: 4}, {What: "statement"}, {What: "match"}, {What: "letters"}, {What: "escheat"}, {What: "remit"}, {What: "change", A: 1}, {What: "change"}})
}

// Export → import → export gives the same files, byte for byte, whatever was done to vendor payments and bank statements; the books are proved; a second
// import changes nothing; and the copy goes on as the original does.
func TestVendorPaymentsComeBack(t *testing.T) {
	fewChecks(t, "6")
	files := withUnclaimed(t, payer(t))
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			door := apptest.New(t, dbtest.Open(t, dbtest.URL(t, kind)))
			n := 0
			rapid.Check(t, func(rt *rapid.T) {
				n++
				one, two := newCashier(door, fmt.Sprintf("A-%03d", n)), newCashier(door, fmt.Sprintf("B-%03d", n))
				first, err := files.Read()
				if err != nil {
					t.Fatal(err)
				}
				one.bring(rt, first)
				if _, _, err := one.PostSelection(ctx, one.call, app.RunRequest{Selection: everyone, Date: november, IncludeDebits: ptr(true)}, nil); err != nil {
					t.Fatal(err)
				}
				one.open(rt)
				one.do(rt, drawPayActs(rt, "past", 16))
				one.prove(rt)
				data := one.export(rt)
				fromCSV, fromXLSX := throughFiles(t, data)
				equal(rt, "the folder read again", data, fromCSV)
				equal(rt, "the workbook read again", data, fromXLSX)
				fromXLSX.Files = data.Files // which a workbook has none of
				two.bring(rt, fromXLSX)
				two.prove(rt)
				again := two.export(rt)
				sameBytes(t, rt, as(data, ""), as(again, ""))
				equal(rt, "the second export", as(data, ""), as(again, ""))
				before := counts(t, door, "audit", "event")
				if again := two.bring(rt, fromCSV); len(again.Changes) > 0 || fmt.Sprint(before) != fmt.Sprint(counts(t, door, "audit", "event")) {
					rt.Fatalf("importing it again changes %v: %v, before %v", again.Changes, counts(t, door, "audit", "event"), before)
				}
				future := drawPayActs(rt, "future", 10)
				one.do(rt, future)
				two.do(rt, future)
				equal(rt, "the export afterwards", inOrder(as(one.export(rt), "")), inOrder(as(two.export(rt), "")))
				one.prove(rt)
				two.prove(rt)
			})
		})
	}
}

// sameBytes compares two folders as they are written.
func sameBytes(t *testing.T, rt *rapid.T, want, got *folder.Data) {
	t.Helper()
	var archives [2]bytes.Buffer
	for i, d := range []*folder.Data{want, got} {
		if d.Company.Company == "" {
			d.Company.Company = "X"
		}
		if err := folder.WriteZIP(&archives[i], d); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(archives[0].Bytes(), archives[1].Bytes()) {
		for _, text := range differences(want, got) {
			rt.Log(text)
		}
		rt.Fatal("the second export has other bytes")
	}
}
