package app_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/format/check"
	"quittance/internal/format/nacha"
	"quittance/internal/format/pain"
	"quittance/internal/format/pospay"
	"quittance/internal/openitem"
	"quittance/internal/payout"
)

var payDay = civil.MustParse("2026-11-30")

// openVendors makes a company with three vendors who are owed 100.00, 200.00 and 300.00 in fund 999, paid by check, ACH and wire. The
// clock stands on 2026-11-21.
func openVendors(t *testing.T, d *apptest.Door, parameters ...string) {
	t.Helper()
	f := apptest.PublicSector()
	f = f.With(apptest.Files{"vendors": `vendor,name,group,currency,blocked,payment_method,one_time,street,city,state,postal_code,country,iban,bic,routing_number,account_number,account_type,bank_verified
ONETIME,Template,ONETIME,USD,no,check,template,,,,,US,,,,,,
V-1001,Brightwater Bakery,REFUND,USD,no,check,no,12 Mill Street,Lakemont,WI,53551,US,,,,,,
V-2,Second Supply,TRADE,USD,no,ach,no,2 Road,Lakemont,WI,53551,US,,,091000019,20002000,checking,yes
V-3,Third Trading,TRADE,USD,no,wire,no,3 Road,Lakemont,WI,53551,US,,,091000019,30003000,checking,yes
V-4,Fourth Freight,TRADE,USD,no,hand,no,4 Road,Lakemont,WI,53551,US,,,,,,
`})
	f = f.Append("parameters", parameters...)
	d.Import(t, f)
	layout := pospay.Samples()[0]
	bank := app.BankAccountRow{
		Code: "BANK", Account: "999-11020", Bank: "First Bank", RoutingNumber: "091000019", AccountNumber: "123456789", NextCheck: 501,
		Settings: payout.Settings{
			Check:    &payout.CheckSettings{Style: check.Middle},
			ACH:      &payout.ACHSettings{Profile: nacha.Profile{Destination: "091000019", DestinationName: "FIRST BANK", Origin: "1234567890", OriginName: "CITY", Company: "CITY", CompanyID: "1234567890", Bank: "091000019", Description: "REFUND", Addenda: true}},
			Transfer: &pain.Profile{Version: pain.V09, Initiator: "City", Debtor: pain.Party{Name: "City"}, Charges: "SHAR"}, PositivePay: layout,
		},
	}
	if err := d.SaveBankAccount(t.Context(), apptest.Call, bank); err != nil {
		t.Fatal(err)
	}
	for _, m := range []app.PaymentMethodRow{
		{Code: "check", Kind: payout.ByCheck, Bank: "BANK"}, {Code: "ach", Kind: payout.ByACH, Bank: "BANK"}, {Code: "wire", Kind: payout.ByTransfer, Bank: "BANK"}, {Code: "hand", Kind: payout.ByHand, Bank: "BANK", Grouping: payout.PerInvoice},
	} {
		if err := d.SavePaymentMethod(t.Context(), apptest.Call, m); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct{ vendor, number, amount string }{{"V-1001", "A-1", "100.00"}, {"V-2", "B-1", "150.00"}, {"V-2", "B-2", "50.00"}, {"V-3", "C-1", "300.00"}, {"V-4", "D-1", "7.00"}} {
		req := app.DocumentRequest{Type: "vendor_invoice", Number: x.number, Party: x.vendor, Date: civil.MustParse("2026-11-20"), Lines: []app.DocumentLine{{Account: "999-44200", Amount: x.amount}}}
		if _, err := d.PostDocument(t.Context(), apptest.Call, req); err != nil {
			t.Fatal(err)
		}
	}
}

func propose(t *testing.T, d *apptest.Door, sel app.VendorPaymentSelection) string {
	t.Helper()
	sel.Date = payDay
	j, err := d.ProposeVendorPayments(t.Context(), preparer, sel)
	if err != nil || j.State != payout.JournalOpen {
		t.Fatalf("proposed %+v, %v", j, err)
	}
	return j.Code
}

func entire(journal string) app.VendorPaymentChoice { return app.VendorPaymentChoice{Journal: journal} }

func one(payment string) app.VendorPaymentChoice {
	return app.VendorPaymentChoice{Payments: []string{payment}}
}

// refusedBy fails the test unless the error is of the rule and its text has all that must be said.
func refusedBy(t *testing.T, err error, rule string, says ...string) {
	t.Helper()
	if fault.RuleOf(err) != rule {
		t.Errorf("the rule is %q (%v), want %s", fault.RuleOf(err), err, rule)
		return
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("%v does not say %q", err, s)
		}
	}
}

// Three methods in one journal: each makes its file, which is what was written to the bank; all is posted and proved.
func TestVendorPaymentFiles(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		j := propose(t, d, app.VendorPaymentSelection{})
		made, err := d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: entire(j)})
		if err != nil || len(made.Files) != 3 || len(made.Refused) != 0 {
			t.Fatalf("made %+v, %v", made, err)
		}
		begins := map[string]string{"check": "%PDF-", "ach": "101 ", "iso20022": "<?xml"}
		totals := map[string]string{"check": "100.00", "ach": "200.00", "iso20022": "300.00"}
		for _, f := range made.Files {
			x, err := d.OpenPaymentFile(t.Context(), treasurer, f.Code)
			if err != nil || !bytes.HasPrefix(x.Content, []byte(begins[f.Kind])) || f.Total != totals[f.Kind] || f.Payments != 1 || len(f.SHA256) != 64 {
				t.Errorf("file %+v begins %.20q, %v", f, x.Content, err)
			}
			if f.Kind == "ach" && !bytes.Contains(x.Content, []byte("B-1 B-2")) {
				t.Errorf("the ACH file does not say what it pays:\n%s", x.Content)
			}
		}
		if _, err := d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: entire(j)}); err == nil {
			t.Error("the files are made twice")
		} else {
			refusedBy(t, err, "nothing_to_do")
		}
		done, err := d.PostVendorPayments(t.Context(), treasurer, entire(j), payDay)
		if err != nil || done.Done != 4 || len(done.Vouchers) != 4 || len(done.Refused) != 0 {
			t.Fatalf("posted %+v, %v", done, err)
		}
		if view, err := d.VendorPaymentJournal(t.Context(), apptest.Call, j); err != nil || view.State != payout.JournalPosted {
			t.Errorf("the journal is %+v, %v", view, err)
		}
		f, err := d.MakePositivePay(t.Context(), treasurer, "BANK", payDay)
		if err != nil || f.Payments != 1 || f.Total != "100.00" {
			t.Errorf("positive pay is %+v, %v", f, err)
		}
		_, err = d.MakePositivePay(t.Context(), treasurer, "BANK", payDay)
		refusedBy(t, err, "nothing_to_do", "BANK")
		if _, err := d.FailVendorPayments(t.Context(), treasurer, app.VendorPaymentFailure{Choice: one(j + "/1"), As: payout.Stopped, Date: payDay, Reason: "lost"}); err != nil {
			t.Fatal(err)
		}
		if f, err = d.MakePositivePay(t.Context(), treasurer, "BANK", payDay); err != nil || f.Payments != 1 || f.Total != "0.00" {
			t.Errorf("positive pay of the void is %+v, %v", f, err)
		}
		d.MustVerify(t)
	})
}

// Who proposes does not approve, who approves does not pay; what changed since it was approved is not paid.
func TestVendorPaymentApproval(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d, "payment_approval_from,150.00")
		j := propose(t, d, app.VendorPaymentSelection{})
		made, err := d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: entire(j)})
		if err != nil || len(made.Files) != 1 || len(made.Refused) != 2 || !strings.Contains(made.Refused[0].Problem, "needs approval") {
			t.Fatalf("made %+v, %v", made, err)
		}
		both := approver
		both.Actor.Name, both.Actor.Roles = "pia", append(both.Actor.Roles, preparer.Actor.Roles...)
		_, err = d.ApproveVendorPayments(t.Context(), both, one(j+"/2"))
		refusedBy(t, err, "separation_of_duties", "pia proposed")
		done, err := d.ApproveVendorPayments(t.Context(), approver, entire(j))
		if err != nil || done.Done != 3 { // the check is printed already
			t.Fatalf("approved %+v, %v", done, err)
		}
		payer := treasurer
		payer.Actor.Name = "ada"
		_, err = d.GenerateVendorPayments(t.Context(), payer, app.VendorPaymentMaking{Choice: one(j + "/2")})
		refusedBy(t, err, "not_ready", "ada approved", "somebody else")

		// An edit makes the approval void, and who edits does not approve.
		other := "V-4"
		p, err := d.EditVendorPayment(t.Context(), preparer, j+"/3", app.VendorPaymentEdit{Payee: &other, Reason: "assigned its claim", Method: new("hand")})
		if err != nil || p.ApprovedBy != "" || p.Status != payout.Created || p.Payee != "V-4" || p.Method != "hand" {
			t.Fatalf("edited it is %+v, %v", p, err)
		}
		_, err = d.PostVendorPayments(t.Context(), treasurer, one(j+"/3"), payDay)
		refusedBy(t, err, "not_approved", j+"/3", "300.00")
		if _, err := d.ApproveVendorPayments(t.Context(), approver, one(j+"/3")); err != nil {
			t.Fatal(err)
		}

		// Bank details that change behind the approval do too.
		d.Import(t, apptest.PublicSector().With(apptest.Files{"vendors": "vendor,name,group,currency,payment_method,street,city,routing_number,account_number,account_type,bank_verified\nV-2,Second Supply,TRADE,USD,ach,2 Road,Lakemont,091000019,66666666,checking,yes\n"}).Append("parameters", "payment_approval_from,150.00", "bank_cooling_days,0"))
		_, err = d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: one(j + "/2")})
		refusedBy(t, err, "not_ready", "ada approved", "changed since")
		d.MustVerify(t)
	})
}

// Changed bank details hold a payment until somebody else confirms them.
func TestVendorPaymentCooling(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	openVendors(t, d)
	d.Import(t, apptest.PublicSector().With(apptest.Files{"vendors": "vendor,name,group,currency,payment_method,street,city,routing_number,account_number,account_type,bank_verified\nV-2,Second Supply,TRADE,USD,ach,2 Road,Lakemont,091000019,66666666,checking,yes\n"}).Append("parameters", "bank_cooling_days,30"))
	p, err := d.SimulateVendorPayments(t.Context(), preparer, app.VendorPaymentSelection{Date: payDay, Vendors: []string{"V-2"}}, 10)
	if err != nil || len(p.Payments) != 0 || len(p.LeftOut) != 1 || p.LeftOut[0].Reason != payout.BankCooling {
		t.Fatalf("it would pay %+v, %v", p, err)
	}
	own := approver
	own.Actor.Name = apptest.Clerk.Name
	refusedBy(t, d.ConfirmBankDetails(t.Context(), own, "V-2"), "own_change", apptest.Clerk.Name)
	if err := d.ConfirmBankDetails(t.Context(), approver, "V-2"); err != nil {
		t.Fatal(err)
	}
	refusedBy(t, d.ConfirmBankDetails(t.Context(), approver, "V-2"), "nothing_to_confirm")
	if p, err = d.SimulateVendorPayments(t.Context(), preparer, app.VendorPaymentSelection{Date: payDay, Vendors: []string{"V-2"}}, 10); err != nil || len(p.Payments) != 1 {
		t.Errorf("confirmed, it would pay %+v, %v", p, err)
	}
}

// Two payees with one bank account are told of before they are paid, and after; so is a customer who is not paid by that vendor.
func TestVendorPaymentsToOneBankAccount(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		d.Import(t, apptest.PublicSector().With(apptest.Files{"vendors": "vendor,name,group,currency,payment_method,street,city,routing_number,account_number,account_type,bank_verified\nV-3,Third Trading,TRADE,USD,wire,3 Road,Lakemont,091000019,20002000,checking,yes\n"}))
		p, err := d.SimulateVendorPayments(t.Context(), preparer, app.VendorPaymentSelection{Date: payDay}, 10)
		if err != nil {
			t.Fatal(err)
		}
		shared := map[string]string{}
		for _, x := range p.Payments {
			shared[x.Vendor] = strings.Join(x.SameBank, " ")
		}
		if shared["V-2"] != "V-3" || shared["V-3"] != "V-2" || shared["V-1001"] != "" {
			t.Errorf("of one bank account are %v", shared)
		}
		j := propose(t, d, app.VendorPaymentSelection{Vendors: []string{"V-2"}})
		one, err := d.VendorPayment(t.Context(), preparer, j+"/1")
		if err != nil || strings.Join(one.SameBank, " ") != "V-3" {
			t.Errorf("the payment shares its bank account with %v, %v", one, err)
		}
	})
}

// What a journal means to pay is marked; it goes only the journal's own way, and what it posted is not undone beside it.
func TestVendorPaymentGuards(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		j := propose(t, d, app.VendorPaymentSelection{Vendors: []string{"V-4", "V-1001"}})
		p, err := d.SimulateVendorPayments(t.Context(), preparer, app.VendorPaymentSelection{Date: payDay, Vendors: []string{"V-4"}}, 10)
		if err != nil || len(p.Payments) != 0 || len(p.LeftOut) != 1 || p.LeftOut[0].Reason != payout.Marked || !strings.Contains(p.LeftOut[0].Detail, j) {
			t.Errorf("again it would pay %+v, %v", p, err)
		}
		_, err = d.Unmark(t.Context(), apptest.Call, openitem.Vendors, j, "V-4", "D-1")
		refusedBy(t, err, "belongs_to_payment", j)
		_, err = d.PostVendorPayments(t.Context(), treasurer, one(j+"/1"), payDay)
		refusedBy(t, err, "not_generated", j+"/1")
		hand := j + "/2"
		if _, err := d.RecordVendorPayment(t.Context(), treasurer, hand, "WIRE-77"); err != nil {
			t.Fatal(err)
		}
		_, err = d.RecordVendorPayment(t.Context(), treasurer, j+"/1", "X")
		refusedBy(t, err, "no_reference")
		_, err = d.PostVendorPayments(t.Context(), treasurer, one(hand), civil.MustParse("2026-11-29"))
		refusedBy(t, err, "posted_before", "2026-11-30")
		done, err := d.PostVendorPayments(t.Context(), treasurer, entire(j), payDay) // the check is not printed: it stays, the other is posted
		if err != nil || done.Done != 1 || len(done.Refused) != 1 {
			t.Fatalf("posted %+v, %v", done, err)
		}
		_, err = d.ReverseVoucher(t.Context(), apptest.Call, done.Vouchers[0], payDay, "x")
		refusedBy(t, err, "belongs_to_payment", hand)
		_, err = d.Unsettle(t.Context(), apptest.Call, app.SettleRequest{Side: openitem.Vendors, Party: "V-4", Debit: done.Vouchers[0], Credit: "D-1", Date: payDay})
		refusedBy(t, err, "belongs_to_payment", hand)
		_, err = d.CancelVendorPayments(t.Context(), preparer, one(hand), "x")
		refusedBy(t, err, "payment_status", "posted", "cancelled")
		if done, err = d.CancelVendorPayments(t.Context(), preparer, one(j+"/1"), "not now"); err != nil || done.Done != 1 {
			t.Fatalf("cancelled %+v, %v", done, err)
		}
		if view, err := d.VendorPaymentJournal(t.Context(), apptest.Call, j); err != nil || view.State != payout.JournalPosted {
			t.Errorf("the journal is %+v, %v", view, err)
		}
		if p, err = d.SimulateVendorPayments(t.Context(), preparer, app.VendorPaymentSelection{Date: payDay, Vendors: []string{"V-1001"}}, 10); err != nil || len(p.Payments) != 1 {
			t.Errorf("what was cancelled would be paid by %+v, %v", p, err)
		}
		d.MustVerify(t)
	})
}

// A number is given once: what is withdrawn or spoiled is void, and the next number is never one that was used.
func TestCheckNumbersAreGivenOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		j := propose(t, d, app.VendorPaymentSelection{Vendors: []string{"V-1001"}})
		generate := func(want string) {
			t.Helper()
			if _, err := d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: entire(j)}); err != nil {
				t.Fatal(err)
			}
			if p, err := d.VendorPayment(t.Context(), apptest.Call, j+"/1"); err != nil || p.Number != want {
				t.Errorf("the check has %+v, %v, want %s", p, err, want)
			}
		}
		generate("501")
		if _, err := d.WithdrawVendorPayments(t.Context(), treasurer, entire(j), "jammed"); err != nil {
			t.Fatal(err)
		}
		if err := d.SpoilChecks(t.Context(), treasurer, "BANK", 502, 503, "torn"); err != nil {
			t.Fatal(err)
		}
		generate("504")
		refusedBy(t, d.SpoilChecks(t.Context(), treasurer, "BANK", 504, 504, "torn"), "check_number_used")
		refusedBy(t, d.SaveBankAccount(t.Context(), apptest.Call, app.BankAccountRow{Code: "BANK", Account: "999-11020", NextCheck: 503}), "check_number_used", "505")
		d.MustVerify(t)
	})
}

// A check that was rejected before it was posted is not withdrawn any more; it paid nothing, so that the next payment does not stand
// for it.
func TestRejectedBeforeItWasPosted(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		code := propose(t, d, app.VendorPaymentSelection{Vendors: []string{"V-1001"}})
		choice := app.VendorPaymentChoice{Payments: []string{code + "/1"}}
		if _, err := d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: choice}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.FailVendorPayments(t.Context(), treasurer, app.VendorPaymentFailure{Choice: choice, As: payout.Rejected, Date: payDay, Reason: "no signature"}); err != nil {
			t.Fatal(err)
		}
		_, err := d.WithdrawVendorPayments(t.Context(), treasurer, choice, "jam")
		wantRule(t, err, "payment_status")
		again := propose(t, d, app.VendorPaymentSelection{Vendors: []string{"V-1001"}})
		if _, err := d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: app.VendorPaymentChoice{Journal: again}}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.PostVendorPayments(t.Context(), treasurer, app.VendorPaymentChoice{Journal: again}, payDay); err != nil {
			t.Fatal(err)
		}
		if p, err := d.VendorPayment(t.Context(), apptest.Call, code+"/1"); err != nil || p.Status != payout.Rejected || p.ReplacedBy != "" {
			t.Errorf("the first is %+v, %v", p, err)
		}
		d.MustVerify(t)
	})
}

// What a format cannot write of a payee names the payment, the payee, the field and the way out; what it lacks of the bank, the bank account.
func TestFilesSayWhatTheyLack(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	openVendors(t, d)
	d.Import(t, apptest.PublicSector().With(apptest.Files{"vendors": "vendor,name,group,currency,payment_method,street,city,state,postal_code,country,routing_number,account_number,account_type,bank_verified\n" +
		"V-3,Third Trading,TRADE,USD,wire,3 Road,Lakemont,WI,53551,,091000019,30003000,checking,yes\n"}))
	j := propose(t, d, app.VendorPaymentSelection{Vendors: []string{"V-1001", "V-3"}})
	made, err := d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: entire(j)})
	if err != nil || len(made.Files) != 1 || len(made.Refused) != 1 {
		t.Fatalf("made %+v, %v", made, err)
	}
	for _, says := range []string{"payment " + j + "/2 to V-3 (Third Trading): address.country:", "is no country", "quittance vendor-payments cancel " + j + "/2"} {
		if !strings.Contains(made.Refused[0].Problem, says) {
			t.Errorf("%q does not say %q", made.Refused[0].Problem, says)
		}
	}
	_, err = d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: one(j + "/2")})
	refusedBy(t, err, "not_ready", j+"/2", "V-3")
	if fault.CodeOf(err) != fault.Refused {
		t.Errorf("it is %s", fault.CodeOf(err))
	}
	if _, err := d.CancelVendorPayments(t.Context(), preparer, one(j+"/2"), "no country"); err != nil {
		t.Fatal(err)
	}
	if _, err := d.WithdrawVendorPayments(t.Context(), treasurer, one(j+"/1"), "again"); err != nil {
		t.Fatal(err)
	}
	banks, err := d.BankAccounts(t.Context(), apptest.Call)
	if err != nil {
		t.Fatal(err)
	}
	banks[0].Bank = ""
	if err := d.SaveBankAccount(t.Context(), apptest.Call, banks[0]); err != nil {
		t.Fatal(err)
	}
	_, err = d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: one(j + "/1")})
	if says := "quittance banks set BANK"; err == nil || !strings.Contains(err.Error(), says) || fault.CodeOf(err) != fault.Refused {
		t.Errorf("%v does not say %q", err, says)
	}
	d.MustVerify(t)
}

// Wrong routing numbers and IBANs are refused where they come in.
func TestWrongBankDetailsAreRefused(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	d.Import(t, apptest.PublicSector())
	for name, x := range map[string]struct {
		row  app.BankAccountRow
		says string
	}{
		"RoutingCheckDigit": {app.BankAccountRow{RoutingNumber: "091000018", AccountNumber: "1"}, "091000018"},
		"RoutingLength":     {app.BankAccountRow{RoutingNumber: "9100001", AccountNumber: "1"}, "9100001"},
		"IBANCheckDigits":   {app.BankAccountRow{IBAN: "DE89370400440532013001"}, "iban"},
		"IBANLength":        {app.BankAccountRow{IBAN: "DE8937040044053201300"}, "iban"},
		"BIC":               {app.BankAccountRow{IBAN: "DE89370400440532013000", BIC: "COBADE"}, "COBADE"},
	} {
		t.Run(name, func(t *testing.T) {
			x.row.Code, x.row.Account, x.row.NextCheck = "B", "999-11020", 1
			err := d.SaveBankAccount(t.Context(), apptest.Call, x.row)
			if fault.CodeOf(err) != fault.Invalid || !strings.Contains(strings.ToLower(err.Error()+fieldOf(err)), strings.ToLower(x.says)) {
				t.Errorf("the bank account is refused by %v", err)
			}
			files := apptest.PublicSector().With(apptest.Files{"vendors": "vendor,name,group,currency,one_time,iban,bic,routing_number,account_number\nONETIME,Template,ONETIME,USD,template,,,,\nV-1001,Bakery,REFUND,USD,no," +
				strings.Join([]string{x.row.IBAN, x.row.BIC, x.row.RoutingNumber, x.row.AccountNumber}, ",") + "\n"})
			if _, err := files.Read(); fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "vendors.csv:3:") {
				t.Errorf("the vendor is refused by %v", err)
			}
		})
	}
}

func fieldOf(err error) string {
	var e *fault.Error
	if errors.As(err, &e) {
		return " " + e.Field
	}
	return ""
}

// What a bank account lacks for one kind of payment is told before anything is made of another.
func TestNothingIsMadeWhereABankAccountLacksSettings(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		j, err := d.ProposeVendorPayments(t.Context(), apptest.Call, app.VendorPaymentSelection{})
		if err != nil {
			t.Fatal(err)
		}
		all, err := d.BankAccounts(t.Context(), apptest.Call)
		if err != nil || len(all) != 1 {
			t.Fatalf("%+v, %v", all, err)
		}
		bank := all[0]
		set := func(s payout.Settings) {
			t.Helper()
			row := bank
			row.Settings, row.RoutingNumber, row.AccountNumber = s, "091000019", "123456789" // those that are listed are masked
			if err := d.SaveBankAccount(t.Context(), apptest.Call, row); err != nil {
				t.Fatal(err)
			}
		}
		without := bank.Settings
		without.Transfer = nil
		set(without)
		making := app.VendorPaymentMaking{Choice: app.VendorPaymentChoice{Journal: j.Code}}
		if _, err := d.GenerateVendorPayments(t.Context(), treasurer, making); fault.RuleOf(err) != "bank_settings" || !strings.Contains(err.Error(), "settings for ISO 20022 files") || !strings.Contains(err.Error(), "quittance banks set BANK") {
			t.Errorf("got %v", err)
		}
		if files, err := d.PaymentFiles(t.Context(), apptest.Call, app.PaymentFileFilter{}, app.Page{Limit: 10}); err != nil || len(files.Items) != 0 {
			t.Errorf("made: %+v, %v", files.Items, err)
		}
		set(bank.Settings)
		made, err := d.GenerateVendorPayments(t.Context(), treasurer, making)
		if err != nil || len(made.Files) != 3 || len(made.Refused) != 0 {
			t.Errorf("got %+v, %v", made, err)
		}
	})
}
