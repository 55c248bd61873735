package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/format/nacha"
	"quittance/internal/payout"
)

// statusReport writes a pain.002: payments by end-to-end id with their status; rest is the status of the whole message, or blank.
func statusReport(file, rest string, payments ...[3]string) []byte {
	group, named := "", ""
	if rest != "" {
		group = "<GrpSts>" + rest + "</GrpSts>"
	}
	for _, p := range payments {
		named += fmt.Sprintf(`<TxInfAndSts><OrgnlEndToEndId>%s</OrgnlEndToEndId><TxSts>%s</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf><OrgnlTxRef><Amt><InstdAmt Ccy="USD">%s</InstdAmt></Amt></OrgnlTxRef></TxInfAndSts>`, p[0], p[1], p[2])
	}
	if named != "" {
		named = "<OrgnlPmtInfAndSts><OrgnlPmtInfId>" + file + "-1</OrgnlPmtInfId>" + named + "</OrgnlPmtInfAndSts>"
	}
	return []byte(`<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>S-1</MsgId><CreDtTm>2026-12-02T10:00:00</CreDtTm></GrpHdr>` +
		`<OrgnlGrpInfAndSts><OrgnlMsgId>` + file + `</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>` + group + `</OrgnlGrpInfAndSts>` + named + `</CstmrPmtStsRpt></Document>`)
}

var answerDay = civil.MustParse("2026-12-04")

func readAnswers(t *testing.T, d *apptest.Door, content []byte, fate payout.Fate) *app.PaymentAnswers {
	t.Helper()
	out, err := d.ReadPaymentAnswers(t.Context(), treasurer, app.PaymentAnswersRequest{Name: "bank.txt", Content: content, Date: answerDay, Fate: fate})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func statusOf(t *testing.T, d *apptest.Door, payment string) payout.Status {
	t.Helper()
	p, err := d.VendorPayment(t.Context(), apptest.Call, payment)
	if err != nil {
		t.Fatal(err)
	}
	return p.Status
}

// results writes what was done by each answer, by payment or else number.
func results(out *app.PaymentAnswers) (all []string) {
	for _, x := range out.Answers {
		who := x.Payment
		if who == "" {
			who = x.Number
		}
		all = append(all, who+" "+x.Result)
	}
	slices.Sort(all)
	return all
}

// sentVendors proposes and generates what the three vendors are owed, and posts all but the last so many payments.
func sentVendors(t *testing.T, d *apptest.Door, unposted int) (journal string, payments map[string]*app.VendorPayment) {
	t.Helper()
	openVendors(t, d)
	journal = propose(t, d, app.VendorPaymentSelection{Vendors: []string{"V-1001", "V-2", "V-3"}})
	if _, err := d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: entire(journal)}); err != nil {
		t.Fatal(err)
	}
	payments = map[string]*app.VendorPayment{}
	for i := range 3 {
		name := fmt.Sprintf("%s/%d", journal, i+1)
		if i < 3-unposted {
			if _, err := d.PostVendorPayments(t.Context(), treasurer, one(name), payDay); err != nil {
				t.Fatal(err)
			}
		}
		p, err := d.VendorPayment(t.Context(), apptest.Call, name)
		if err != nil {
			t.Fatal(err)
		}
		payments[p.Vendor] = p
	}
	return journal, payments
}

func ach(returns []nacha.Return, changes []nacha.Change) []byte {
	return nacha.BankFile("091000019", "CITY", "1234567890", time.Date(2026, 12, 4, 9, 0, 0, 0, time.UTC), returns, changes)
}

// The worked reimbursements are paid by ACH and come back as R01: the mirror is exact, and by the fate the reimbursements wait to be paid
// again, or are reversed, so that the credits are open again where they were.
func TestReturnedPaymentOfTheExample(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		before := openCity(t, d)
		files := apptest.PublicSector()
		d.Import(t, files.With(apptest.Files{"vendors": "vendor,name,group,currency,payment_method,one_time,street,city,routing_number,account_number,account_type,bank_verified\nONETIME,One-time refund payee,ONETIME,USD,,template,,,,,,\nV-1001,Brightwater Bakery,REFUND,USD,ach,no,12 Mill Street,Lakemont,091000019,20002000,checking,yes\n"}).Append("parameters", "bank_cooling_days,0"))
		bank := app.BankAccountRow{Code: "TREASURY", Account: "999-11020", RoutingNumber: "091000019", AccountNumber: "123456789", NextCheck: 1001, Settings: payout.Settings{
			ACH: &payout.ACHSettings{Profile: nacha.Profile{Destination: "091000019", DestinationName: "FIRST BANK", Origin: "1234567890", OriginName: "CITY", Company: "CITY", CompanyID: "1234567890", Bank: "091000019", Description: "REFUND"}},
		}}
		if err := d.SaveBankAccount(t.Context(), apptest.Call, bank); err != nil {
			t.Fatal(err)
		}
		if err := d.SavePaymentMethod(t.Context(), apptest.Call, app.PaymentMethodRow{Code: "ach", Kind: payout.ByACH, Bank: "TREASURY"}); err != nil {
			t.Fatal(err)
		}
		for _, fate := range []payout.Fate{payout.Reissue, payout.Reverse} {
			p := paidCheckOn(t, d, "2026-12-01")
			out := readAnswers(t, d, ach([]nacha.Return{{Trace: p.Number, Code: "R01", Amount: 16000, ID: "VPJ-1/1", Name: string(fate)}}, nil), fate)
			if out.Done != 1 || out.Problems != 0 || len(out.Freed) != 4 || out.Answers[0].Payment != p.Payment || out.Answers[0].Result != "returned" {
				t.Fatalf("read %+v", out)
			}
			after, err := d.VendorPayment(t.Context(), apptest.Call, p.Payment)
			if err != nil || after.Status != payout.Returned {
				t.Fatalf("the payment is %+v, %v", after, err)
			}
			mirror := after.History[len(after.History)-1]
			want := []string{
				"Cr 101-24210 20.00", "Cr 601-24210 45.00", "Cr 602-24210 45.00", "Cr 999-24210 50.00", "Cr 999-37001 20.00", "Cr 999-37001 45.00", "Cr 999-37001 45.00",
				"Dr 101-11010 20.00", "Dr 601-11010 45.00", "Dr 602-11010 45.00", "Dr 999-11020 160.00",
			}
			if got := voucherLines(t, d, mirror.Voucher); !slices.Equal(got, want) || !strings.Contains(mirror.Detail, "R01") {
				t.Errorf("the mirror (%s) is\n%s\nwant\n%s", mirror.Detail, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			if reversed := len(out.Reversed); (fate == payout.Reverse) != (reversed == 4) {
				t.Errorf("%s reversed %v", fate, out.Reversed)
			}
			d.MustVerify(t)
		}
		if after := creditsOf(t, d, "C-1001"); !slices.Equal(after, before) {
			t.Errorf("the credits are\n%s\nbefore they were\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
		}
	})
}

// One file with a return, unknown entries, a wrong amount and the same payment twice: what can be done is done, the rest is told; the file
// is not read twice, and read again it finds everything done.
func TestAnswersToPayments(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		journal, p := sentVendors(t, d, 0)
		list := []nacha.Return{
			{Trace: p["V-2"].Number, Code: "R03", Amount: 20000, ID: "VPJ-1/2"},
			{Trace: p["V-2"].Number, Code: "R03", Amount: 20000, ID: "VPJ-1/2"},
			{Trace: "091000019999999", Code: "R01", Amount: 100},
			{Trace: p["V-2"].Number, Code: "R01", Amount: 19999},
		}
		file := ach(list, nil)
		out := readAnswers(t, d, file, "")
		if want := []string{"091000019999999 nothing", journal + "/2 nothing", journal + "/2 nothing", journal + "/2 returned"}; !slices.Equal(results(out), want) || out.Done != 1 || out.Problems != 3 {
			t.Errorf("done %q, want %q: %+v", results(out), want, out)
		}
		for i, says := range []string{"", "twice", "no payment has the number", "is of 200.00 USD, the answer of 199.99"} {
			if !strings.Contains(out.Answers[i].Problem, says) || (says == "") != (out.Answers[i].Problem == "") {
				t.Errorf("answer %d says %q, want %q", i, out.Answers[i].Problem, says)
			}
		}
		if s := statusOf(t, d, journal+"/2"); s != payout.Returned {
			t.Errorf("the payment is %s", s)
		}
		d.MustVerify(t)
		req := app.PaymentAnswersRequest{Name: "other.txt", Content: file, Date: answerDay}
		_, err := d.ReadPaymentAnswers(t.Context(), treasurer, req)
		refusedBy(t, err, "answers_read", "bank.txt", "tom")
		req.Again = true
		if out, err = d.ReadPaymentAnswers(t.Context(), treasurer, req); err != nil || out.Done != 0 || out.Again != 1 || !strings.Contains(out.Answers[0].Problem, "returned already") {
			t.Errorf("again it did %+v, %v", out, err)
		}
		part, err := d.PaymentAnswers(t.Context(), apptest.Call, app.Page{Limit: 1})
		if err != nil || len(part.Items) != 1 || part.Items[0].N != 2 || part.Next == "" {
			t.Errorf("the files are %+v, %v", part, err)
		}
		if first, err := d.PaymentAnswersAt(t.Context(), apptest.Call, 1); err != nil || first.Done != 1 || first.ReadBy != "tom" {
			t.Errorf("the first is %+v, %v", first, err)
		}
		if _, err := d.PaymentAnswersAt(t.Context(), apptest.Call, 3); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("a third is there: %v", err)
		}
		if _, err := d.ReadPaymentAnswers(t.Context(), approver, req); fault.CodeOf(err) != fault.Denied {
			t.Errorf("who may not pay read it: %v", err)
		}
	})
}

// A payment that cannot come back, as when it would before it was posted, keeps the others from nothing, and nothing of it is done.
func TestAnswersThatAreRefused(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		j := propose(t, d, app.VendorPaymentSelection{Vendors: []string{"V-2"}, Method: "ach"})
		if _, err := d.PostDocument(t.Context(), apptest.Call, app.DocumentRequest{Type: "vendor_invoice", Number: "E-1", Party: "V-3", Date: civil.MustParse("2026-11-20"), Lines: []app.DocumentLine{{Account: "999-44200", Amount: "3.00"}}}); err != nil {
			t.Fatal(err)
		}
		k := propose(t, d, app.VendorPaymentSelection{Vendors: []string{"V-3"}, Method: "ach"})
		list := []nacha.Return{}
		for i, journal := range []string{j, k} {
			if _, err := d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: entire(journal)}); err != nil {
				t.Fatal(err)
			}
			if _, err := d.PostVendorPayments(t.Context(), treasurer, entire(journal), payDay.AddDays(5*i)); err != nil {
				t.Fatal(err)
			}
			p, err := d.VendorPayment(t.Context(), apptest.Call, journal+"/1")
			if err != nil {
				t.Fatal(err)
			}
			list = append(list, nacha.Return{Trace: p.Number, Code: "R02", Amount: cents(t, p.Amount)})
		}
		out := readAnswers(t, d, ach(list, nil), "")
		if want := []string{j + "/1 returned", k + "/1 nothing"}; !slices.Equal(results(out), want) || !strings.Contains(out.Answers[1].Problem, "2026-12-05") {
			t.Errorf("done %q: %+v", results(out), out)
		}
		if a, b := statusOf(t, d, j+"/1"), statusOf(t, d, k+"/1"); a != payout.Returned || b != payout.Posted {
			t.Errorf("the payments are %s and %s", a, b)
		}
		d.MustVerify(t)
	})
}

// A notification of change is noted and proposed; nothing changes until somebody else accepts it, and then no payment waits for it.
func TestNotificationOfChange(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		journal, p := sentVendors(t, d, 0)
		file := ach(nil, []nacha.Change{{Trace: p["V-2"].Number, Code: "C01", ID: "VPJ-1/2", OldAccount: "20002000", Corrected: "77770000"}, {Trace: p["V-2"].Number, Code: "C04", OldAccount: "20002000", Corrected: "SECOND SUPPLY LLC"}})
		out := readAnswers(t, d, file, "")
		if out.Noted != 2 || out.Done != 0 || out.Answers[0].Result != app.AnswerProposed || out.Answers[0].Proposal != 1 || out.Answers[1].Result != app.AnswerNoted {
			t.Fatalf("read %+v", out)
		}
		if text, _ := json.Marshal(out); strings.Contains(string(text), "77770000") {
			t.Errorf("the account number stands in full in %s", text)
		}
		if s := statusOf(t, d, journal+"/2"); s != payout.Posted {
			t.Errorf("the payment is %s", s)
		}
		open, err := d.BankProposals(t.Context(), apptest.Call, "open", app.Page{})
		if err != nil || len(open.Items) != 1 || open.Items[0].Payee != "V-2" || open.Items[0].AccountNumber != "****0000" || open.Items[0].Payment != journal+"/2" {
			t.Fatalf("proposed is %+v, %v", open, err)
		}
		own := approver
		own.Actor.Name = treasurer.Actor.Name
		_, err = d.DecideBankProposal(t.Context(), own, 1, true, "")
		refusedBy(t, err, "own_change", "tom")
		if _, err = d.DecideBankProposal(t.Context(), approver, 1, false, ""); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("refused without a reason: %v", err)
		}
		x, err := d.DecideBankProposal(t.Context(), approver, 1, true, "called the payee")
		if err != nil || x.State != "accepted" || x.DecidedBy != "ada" {
			t.Fatalf("decided %+v, %v", x, err)
		}
		_, err = d.DecideBankProposal(t.Context(), approver, 1, true, "")
		refusedBy(t, err, "proposal_decided", "ada")

		// The next payment goes to the new account.
		if _, err := d.PostDocument(t.Context(), apptest.Call, app.DocumentRequest{Type: "vendor_invoice", Number: "B-9", Party: "V-2", Date: civil.MustParse("2026-11-20"), Lines: []app.DocumentLine{{Account: "999-44200", Amount: "5.00"}}}); err != nil {
			t.Fatal(err)
		}
		j := propose(t, d, app.VendorPaymentSelection{Vendors: []string{"V-2"}})
		made, err := d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: entire(j)})
		if err != nil || len(made.Files) != 1 {
			t.Fatalf("made %+v, %v", made, err)
		}
		if f, err := d.OpenPaymentFile(t.Context(), treasurer, made.Files[0].Code); err != nil || !strings.Contains(string(f.Content), "77770000") {
			t.Errorf("the next file does not go there: %v", err)
		}

		// Details that changed since are not overwritten.
		again := ach(nil, []nacha.Change{{Trace: "091000019999999", Code: "C04"}, {Trace: p["V-2"].Number, Code: "C01", OldAccount: "20002000", Corrected: "88880000"}})
		if out = readAnswers(t, d, again, ""); out.Problems != 1 || out.Answers[1].Proposal != 0 || !strings.Contains(out.Answers[1].Detail, "others by now") {
			t.Errorf("read %+v", out)
		}
		d.MustVerify(t)
	})
}

// A proposal is refused with a reason, or is outdated when the details changed since.
func TestProposedBankDetailsAreRefused(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	_, p := sentVendors(t, d, 0)
	for i, account := range []string{"77770000", "88880000"} {
		out := readAnswers(t, d, ach(nil, []nacha.Change{{Trace: p["V-2"].Number, Code: "C01", OldAccount: "20002000", Corrected: account}}), "")
		if out.Answers[0].Proposal != int64(i+1) {
			t.Fatalf("read %+v", out)
		}
	}
	if x, err := d.DecideBankProposal(t.Context(), approver, 1, false, "the payee knows nothing of it"); err != nil || x.State != "refused" {
		t.Fatalf("decided %+v, %v", x, err)
	}
	d.Import(t, apptest.PublicSector().With(apptest.Files{"vendors": "vendor,name,group,currency,payment_method,street,city,routing_number,account_number,account_type,bank_verified\nV-2,Second Supply,TRADE,USD,ach,2 Road,Lakemont,091000019,66666666,checking,yes\n"}))
	_, err := d.DecideBankProposal(t.Context(), approver, 2, true, "")
	refusedBy(t, err, "proposal_outdated", "proposal 2")
}

// A status report: all of a file, a part of it, accepted before it is posted.
func TestStatusReports(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		for _, v := range []string{"V-2", "V-1001"} { // a file of three transfers
			d.Import(t, apptest.PublicSector().With(apptest.Files{"vendors": "vendor,name,group,currency,payment_method,street,city,country,routing_number,account_number,account_type,bank_verified\n" + v + "," + v + ",TRADE,USD,wire,2 Road,Lakemont,US,091000019,66666" + v[2:] + ",checking,yes\n"}).Append("parameters", "bank_cooling_days,0"))
		}
		j := propose(t, d, app.VendorPaymentSelection{Vendors: []string{"V-1001", "V-2", "V-3"}})
		made, err := d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: entire(j)})
		if err != nil || len(made.Files) != 1 || made.Files[0].Payments != 3 {
			t.Fatalf("made %+v, %v", made, err)
		}
		file := made.Files[0].Code
		id := func(line int) string { return fmt.Sprintf("%s-%d", j, line) }

		out := readAnswers(t, d, statusReport(file, "ACCP"), "")
		if out.Done != 3 || statusOf(t, d, j+"/1") != payout.Sent {
			t.Errorf("accepted %+v", out)
		}
		if _, err := d.PostVendorPayments(t.Context(), treasurer, one(j+"/1"), payDay); err != nil {
			t.Fatal(err)
		}
		out = readAnswers(t, d, statusReport(file, "PART", [3]string{id(1), "RJCT", "100.00"}, [3]string{id(2), "ACSC", "200.00"}, [3]string{"nobody", "RJCT", "1.00"}), "")
		if want := []string{j + "/1 rejected", j + "/2 noted", "nobody nothing"}; !slices.Equal(results(out), want) {
			t.Errorf("done %q, want %q: %+v", results(out), want, out)
		}
		if !strings.Contains(out.Answers[0].Detail, "AC04") || len(out.Freed) != 1 {
			t.Errorf("the rejection is %+v", out)
		}
		out = readAnswers(t, d, statusReport(file, "RJCT", [3]string{id(2), "RJCT", "200.00"}), "")
		if want := []string{j + "/1 nothing", j + "/2 rejected", j + "/3 rejected"}; !slices.Equal(results(out), want) || !strings.Contains(out.Answers[1].Problem+out.Answers[2].Problem, "rejected already") {
			t.Errorf("done %q, want %q: %+v", results(out), want, out)
		}
		_, err = d.ReadPaymentAnswers(t.Context(), treasurer, app.PaymentAnswersRequest{Content: statusReport("PF-99999999", "RJCT")})
		if fault.CodeOf(err) != fault.NotFound {
			t.Errorf("a report about a file that is not there: %v", err)
		}
		d.MustVerify(t)
	})
}

// A list of checks: undeliverable, stopped before it was posted, paid, of another account.
func TestListOfChecks(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		journal, _ := sentVendors(t, d, 0)
		out := readAnswers(t, d, []byte("check,result,account,amount,reason\n501,paid,123456789,100.00,\n501,undeliverable,BANK,100.00,moved\n501,stale,OTHER,,\n502,stopped,,,\n"), "")
		if want := []string{"501 nothing", "502 nothing", journal + "/1 noted", journal + "/1 returned"}; !slices.Equal(results(out), want) {
			t.Errorf("done %q, want %q: %+v", results(out), want, out)
		}
		out = readAnswers(t, d, []byte("check,result\n501,paid\n"), "")
		if out.Problems != 1 || !strings.Contains(out.Answers[0].Problem, "the bank paid it, but payment "+journal+"/1 is returned") {
			t.Errorf("read %+v", out)
		}
		d.MustVerify(t)
	})
}

// Damaged files are refused with the place, and nothing is done.
func TestDamagedAnswers(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	journal, p := sentVendors(t, d, 1)
	good := ach([]nacha.Return{{Trace: p["V-2"].Number, Code: "R01", Amount: 20000}}, nil)
	for _, x := range []struct{ name, content, says string }{
		{"empty", "", "empty"},
		{"prose", "Dear Sirs", "neither an ACH file"},
		{"cut off", string(good[:len(good)/2]), "line "},
		{"a figure changed", strings.Replace(string(good), "0000020000", "0000020001", 1), "line "},
		{"not the report's", `<?xml version="1.0"?><Document xmlns="urn:x"/>`, "pain"},
		{"cut report", string(statusReport("PF-00000001", "RJCT")[:300]), ""},
		{"check", "check,result\n501,burnt\n", "line 2"},
	} {
		t.Run(x.name, func(t *testing.T) {
			_, err := d.ReadPaymentAnswers(t.Context(), treasurer, app.PaymentAnswersRequest{Content: []byte(x.content), Date: answerDay})
			if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), x.says) {
				t.Errorf("%v (%v), want %q", err, fault.CodeOf(err), x.says)
			}
		})
	}
	if s := statusOf(t, d, journal+"/2"); s != payout.Posted {
		t.Errorf("the payment is %s", s)
	}
	// Before it is posted, a return is a rejection: nothing was freed.
	if out := readAnswers(t, d, statusReport(p["V-3"].File, "RJCT"), ""); out.Done != 1 || out.Answers[0].Result != "rejected" || len(out.Freed) != 0 {
		t.Errorf("read %+v", out)
	}
	d.MustVerify(t)
}

// Trace numbers come round: a file that does not fit into the rest begins at 1 as a whole, and a return finds its payment by its id.
func TestTraceNumbersComeRound(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		raw := dbtest.Open(t, url)
		d := apptest.New(t, raw)
		openVendors(t, d)
		pay := func(n int) *app.VendorPayment {
			t.Helper()
			req := app.DocumentRequest{Type: "vendor_invoice", Number: fmt.Sprintf("W-%d", n), Party: "V-2", Date: civil.MustParse("2026-11-20"), Lines: []app.DocumentLine{{Account: "999-44200", Amount: "5.00"}}}
			if _, err := d.PostDocument(t.Context(), apptest.Call, req); err != nil {
				t.Fatal(err)
			}
			j := propose(t, d, app.VendorPaymentSelection{Vendors: []string{"V-2"}})
			if _, err := d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: entire(j)}); err != nil {
				t.Fatal(err)
			}
			if _, err := d.PostVendorPayments(t.Context(), treasurer, entire(j), payDay); err != nil {
				t.Fatal(err)
			}
			p, err := d.VendorPayment(t.Context(), apptest.Call, j+"/1")
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		next := func(to int) {
			t.Helper()
			if err := raw.Unit(t.Context(), db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
				_, err := tx.Exec(ctx, "update bank_account set next_trace = $1", to)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		first := pay(1)
		next(9_999_999)
		last, again := pay(2), pay(3)
		if first.Number != "091000010000001" || last.Number != "091000019999999" || again.Number != first.Number {
			t.Fatalf("the trace numbers are %s, %s, %s", first.Number, last.Number, again.Number)
		}
		for _, p := range []*app.VendorPayment{first, again} {
			code, line, _ := strings.Cut(p.Payment, "/")
			id := "VPJ-" + strings.TrimLeft(strings.TrimPrefix(code, "VPJ-"), "0") + "/" + line
			if out := readAnswers(t, d, ach([]nacha.Return{{Trace: p.Number, Code: "R01", Amount: cents(t, p.Amount), ID: id}}, nil), ""); out.Done != 1 || out.Answers[0].Payment != p.Payment {
				t.Errorf("the return of %s did %+v", p.Payment, out)
			}
		}
		d.MustVerify(t)
	})
}
