package web_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/format/check"
	"quittance/internal/identity"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
	"quittance/internal/web/webtest"
)

const vendorPaymentsAt = "/c/PSUS/vendor-payments"

// treasury makes the bank account that checks are drawn on, and the methods of payment.
func treasury(t *testing.T, d *apptest.Door) {
	t.Helper()
	bank := app.BankAccountRow{
		Code: "TREASURY", Name: "Treasurer's account", Account: "999-11020", Bank: "First Bank of Lakemont", Address: "1 Main Street\nLakemont, WI 53551", RoutingNumber: "091000019", AccountNumber: "123456789",
		NextCheck: 1001, StaleDays: 180, Settings: payout.Settings{Check: &payout.CheckSettings{Style: check.Top, PayerLines: []string{"2 City Hall Plaza", "Lakemont, WI 53551"}}},
	}
	if err := d.SaveBankAccount(t.Context(), apptest.Call, bank); err != nil {
		t.Fatal(err)
	}
	for _, m := range []app.PaymentMethodRow{{Code: "check", Kind: payout.ByCheck, Bank: "TREASURY"}, {Code: "wire", Kind: payout.ByHand, Bank: "TREASURY"}} {
		if err := d.SavePaymentMethod(t.Context(), apptest.Call, m); err != nil {
			t.Fatal(err)
		}
	}
}

// payables brings the public-sector example in and reimburses what it can: 160.00, all to one vendor.
func payables(t *testing.T, d *apptest.Door) {
	t.Helper()
	d.Import(t, apptest.PublicSector())
	treasury(t, d)
	d.MustPost(t, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: civil.MustParse("2026-11-30"), IncludeDebits: new(true)})
}

// proposed makes the journal VPJ-00000001 of all that is open of the vendors.
func proposed(t *testing.T, d *apptest.Door) {
	t.Helper()
	treasury(t, d)
	j, err := d.ProposeVendorPayments(t.Context(), apptest.Call, app.VendorPaymentSelection{Date: civil.MustParse("2026-12-01")})
	if err != nil || len(j.Sums) == 0 {
		t.Fatalf("proposed %+v, %v", j, err)
	}
}

// The main path without JavaScript: simulated, proposed, approved by another, printed, sent, posted, voided with the cascade.
func TestVendorPaymentsMainPath(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		payables(t, d)
		site := webtest.Serve(t, d, options())
		clerk, approver, treasurer := site.SignedIn(identity.Clerk), site.SignedIn(identity.Approver), site.SignedIn(identity.Treasurer)
		const at, journal, one = vendorPaymentsAt, vendorPaymentsAt + "/VPJ-00000001", vendorPaymentsAt + "/VPJ-00000001/1"
		says(t, clerk.Get(at), http.StatusOK, "No vendor payments yet", "Propose payments")
		a := submit(t, clerk, clerk.Get(at+"/new"), at+"/new", "date", "2026-12-01", "text", "December <b>checks</b>")
		says(t, a, http.StatusOK, "Propose 1 payment, $160.00", "Would be paid", "RB-00000001", "Nothing is left out")
		if part := must(d.VendorPaymentJournals(t.Context(), apptest.Call, "", app.Page{})); len(part.Items) != 0 {
			t.Fatalf("looking made %+v", part.Items)
		}
		f := form(t, a, at+"/new")
		says(t, clerk.Post(at+"/new", f), http.StatusOK, "VPJ-00000001: 1 payment was proposed, $160.00", "December <b>checks</b>", "Created", "160.00")

		says(t, clerk.Get(journal+"/approve"), http.StatusForbidden)
		says(t, submit(t, approver, approver.Get(journal+"/approve"), journal+"/approve", "seen", "2|$9.00"), http.StatusConflict, "Approve 1 payment, $160.00")
		says(t, submit(t, approver, approver.Get(journal+"/approve"), journal+"/approve"), http.StatusOK, "Approved: 1 payment, $160.00")
		says(t, approver.Get(journal+"/approve"), http.StatusOK, "There is no payment that this can be done to")

		says(t, treasurer.Get(journal+"/post"), http.StatusOK, "There is no payment that this can be done to") // checks are printed first
		says(t, submit(t, treasurer, treasurer.Get(journal+"/generate"), journal+"/generate"), http.StatusOK, "Generated: 1 payment, $160.00", "1 file was made")
		says(t, clerk.Get(journal+"?show=files"), http.StatusOK, "Checks", "160.00", "SHA-256")
		files := must(d.PaymentFiles(t.Context(), apptest.Call, app.PaymentFileFilter{Journal: "VPJ-00000001"}, app.Page{}))
		get := "/c/PSUS/payment-files/" + files.Items[0].Code
		page := treasurer.Get(journal + "?show=files")
		if got := treasurer.Post(get, form(t, page, get)); !strings.HasPrefix(got.Body, "%PDF-") || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("the file is %v %.20q", got.Header, got.Body)
		}
		says(t, clerk.Post(get, form(t, page, get)), http.StatusForbidden)
		says(t, submit(t, treasurer, treasurer.Get(journal+"/withdraw"), journal+"/withdraw"), http.StatusUnprocessableEntity, "Withdraw 1 payment, $160.00")
		says(t, submit(t, treasurer, treasurer.Get(journal+"/send"), journal+"/send", "detail", "mailed"), http.StatusOK, "Sent: 1 payment, $160.00")
		says(t, submit(t, treasurer, treasurer.Get(journal+"/post"), journal+"/post", "date", "2026-11-30"), http.StatusOK, "Posted: 0 payments", "1 payment was refused", "VPJ-00000001/1", "2026-12-01")
		says(t, submit(t, treasurer, treasurer.Get(journal+"/post"), journal+"/post", "date", "2026-12-01"), http.StatusOK, "Posted: 1 payment, $160.00")
		d.MustVerify(t)

		p := must(d.VendorPayment(t.Context(), apptest.Call, "VPJ-00000001/1"))
		says(t, clerk.Get(one), http.StatusOK, "Posted", "1001", p.Voucher, "approver", "mailed", "RB-00000001", "Check number")
		says(t, treasurer.Get(one), http.StatusOK, "Stop", "Void", "Return")
		says(t, submit(t, treasurer, treasurer.Get(one+"/fail?as=voided"), one+"/fail", "fate", "reverse"), http.StatusUnprocessableEntity, "reason")
		a = submit(t, treasurer, treasurer.Get(one+"/fail?as=voided"), one+"/fail", "reason", "never <i>owed</i>", "fate", "reverse", "date", "2026-12-02")
		says(t, a, http.StatusOK, "Void VPJ-00000001/1, $160.00", "mirror of voucher "+p.Voucher, "The reimbursements among")
		says(t, treasurer.Post(one+"/fail", form(t, a, one+"/fail")), http.StatusOK, "is now: Voided", "4 reimbursements were reversed", "never <i>owed</i>")
		d.MustVerify(t)
		says(t, treasurer.Get(one+"/fail"), http.StatusOK, "It cannot come back")
		says(t, clerk.Get(at+"?state=posted"), http.StatusOK, "VPJ-00000001", "160.00")
		says(t, clerk.Get(at+"?state=open"), http.StatusOK, "Clear the filter")
		if f := clerk.Get(at + "?as=csv"); !strings.Contains(f.Body, "VPJ-00000001") || !strings.Contains(f.Body, "160.00") {
			t.Errorf("the list is\n%s", f.Body)
		}
	})
}

// A payment is changed before it is made: payee, method, fate, reference; what is wrong stands at its field, and nothing typed is lost.
func TestVendorPaymentIsChanged(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	payables(t, d)
	site := webtest.Serve(t, d, options())
	clerk, treasurer := site.SignedIn(identity.Clerk), site.SignedIn(identity.Treasurer)
	const at, journal, one = vendorPaymentsAt, vendorPaymentsAt + "/VPJ-00000001", vendorPaymentsAt + "/VPJ-00000001/1"
	a := submit(t, clerk, clerk.Get(at+"/new"), at+"/new", "minimum", "ten", "text", hostileText)
	says(t, a, http.StatusUnprocessableEntity, "is not an amount of USD")
	if f := form(t, a, at+"/new"); f.Get("minimum") != "ten" || f.Get("text") != hostileText {
		t.Errorf("what was typed is lost: %v", f)
	}
	says(t, submit(t, clerk, clerk.Get(at+"/new"), at+"/new", "vendors", "NOBODY"), http.StatusNotFound, "NOBODY")
	says(t, submit(t, clerk, clerk.Get(at+"/new"), at+"/new", "minimum", "1000.00", "date", "2026-12-01"), http.StatusOK, "Nothing would be paid", "Below the minimum")
	a = submit(t, clerk, clerk.Get(at+"/new?run=RUN-000001"), at+"/new", "date", "2026-12-01")
	says(t, clerk.Post(at+"/new", form(t, a, at+"/new")), http.StatusOK, "was proposed, $160.00")

	says(t, submit(t, clerk, clerk.Get(one+"/edit"), one+"/edit"), http.StatusOK, "Nothing was changed")
	says(t, submit(t, clerk, clerk.Get(one+"/edit"), one+"/edit", "payee", "C-1001"), http.StatusUnprocessableEntity, "reason")
	says(t, submit(t, clerk, clerk.Get(one+"/edit"), one+"/edit", "payee", "C-1001", "reason", hostileText, "method", "wire", "fate", "reverse"), http.StatusOK, "was changed", "is paid instead of", hostileText, "Reverse the reimbursement")
	says(t, treasurer.Get(journal+"/generate"), http.StatusOK, "There is no payment that this can be done to") // manual ones make no file
	says(t, submit(t, treasurer, treasurer.Get(one+"/reference"), one+"/reference"), http.StatusUnprocessableEntity, "Name the reference")
	says(t, submit(t, treasurer, treasurer.Get(one+"/reference"), one+"/reference", "reference", "FED-77"), http.StatusOK, "has the reference FED-77")
	says(t, clerk.Get(journal+"/cancel?pick=VPJ-00000009/1"), http.StatusUnprocessableEntity)
	says(t, submit(t, clerk, clerk.Get(journal+"/cancel?pick=VPJ-00000001%2F1"), journal+"/cancel", "reason", "again"), http.StatusOK, "Taken out: 1 payment, $160.00", "Cancelled")
	says(t, clerk.Get(vendorPaymentsAt+"/VPJ-00000404"), http.StatusNotFound)
	says(t, clerk.Get(journal+"/9"), http.StatusNotFound)
	german := site.SignedIn(identity.Controller)
	req := must(http.NewRequest(http.MethodGet, german.URL(one), &bytes.Buffer{}))
	req.Header.Set("Accept-Language", "de")
	says(t, german.Do(req), http.StatusOK, "Lieferant", "Verworfen", "160,00")
	d.MustVerify(t)
}

// Bank accounts and methods are made and changed; numbers stand masked and stay; settings that are wrong are told at the field.
func TestPaymentSetup(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	d.Import(t, apptest.PublicSector())
	site := webtest.Serve(t, d, options())
	r := site.SignedIn(identity.Controller)
	const at, banks, methods = "/c/PSUS/payment-setup", "/c/PSUS/payment-setup/banks", "/c/PSUS/payment-setup/methods"
	says(t, r.Get(at), http.StatusOK, "No bank accounts yet", "No methods yet")
	typed := []string{"code", "MAIN", "name", hostileText, "account", "999-11020", "routing_number", "091000019", "account_number", "123456789", "settings", `{"check": {"style": "sideways"}}`}
	a := submit(t, r, r.Get(banks), banks, typed...)
	says(t, a, http.StatusUnprocessableEntity, "sideways", "settings.check.style")
	if f := form(t, a, banks); f.Get("name") != hostileText || !strings.Contains(f.Get("settings"), "sideways") {
		t.Errorf("what was typed is lost: %v", f)
	}
	says(t, submit(t, r, a, banks, "settings", `{"check": {"size": 1}}`), http.StatusUnprocessableEntity, "unknown field")
	says(t, submit(t, r, a, banks, "settings", `{"check": {"style": "top"}}`, "next_check", "first"), http.StatusUnprocessableEntity, "expected a whole number")
	says(t, submit(t, r, a, banks, "settings", `{"check": {"style": "top"}}`, "next_check", "500", "stale_days", "180"), http.StatusOK, "MAIN was saved", hostileText, "6789")
	says(t, submit(t, r, r.Get(banks), banks, "code", "MAIN", "account", "999-11020"), http.StatusUnprocessableEntity, "is there already")
	page := r.Get(banks + "?code=MAIN")
	if f := form(t, page, banks); strings.Contains(page.Body, "123456789") || !strings.Contains(f.Get("settings"), `"top"`) || f.Get("next_check") != "500" {
		t.Errorf("the form has %v", f)
	}
	says(t, submit(t, r, page, banks, "name", "Main account"), http.StatusOK, "MAIN was saved", "Main account")
	rows := must(d.BankAccounts(t.Context(), apptest.Call))
	if len(rows) != 1 || rows[0].AccountNumber == "" || rows[0].NextCheck != 500 || rows[0].StaleDays != 180 || rows[0].Settings.Check == nil {
		t.Errorf("the accounts are %+v", rows)
	}
	says(t, submit(t, r, r.Get(methods), methods, "code", "check", "kind", "check", "bank", "MAIN", "grouping", "vendor"), http.StatusOK, "check was saved", "Vendor")
	says(t, submit(t, r, r.Get(methods), methods, "code", "check", "kind", "check", "bank", "MAIN", "grouping", "vendor"), http.StatusUnprocessableEntity, "is there already")
	says(t, submit(t, r, r.Get(methods+"?code=check"), methods, "kind", "pigeon"), http.StatusUnprocessableEntity, "pigeon")
	says(t, submit(t, r, r.Get(methods+"?code=check"), methods, "grouping", "invoice", "blocked", "yes"), http.StatusOK, "Invoice", "Blocked")
	says(t, r.Get(methods+"?code=none"), http.StatusNotFound)
	says(t, r.Get(banks+"?code=none"), http.StatusNotFound)
}

// Bank details that somebody changed wait for somebody else, who confirms them once.
func TestBankDetailsAreConfirmed(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	d.Import(t, apptest.PublicSector())
	vendors := "vendor,name,group,currency,payment_method,street,city,routing_number,account_number,account_type,bank_verified\nV-2,Second Supply,TRADE,USD,ach,2 Road,Lakemont,091000019,%s,checking,yes\n"
	for _, account := range []string{"55555555", "66666666"} {
		d.Import(t, apptest.PublicSector().With(apptest.Files{"vendors": fmt.Sprintf(vendors, account)}))
	}
	site := webtest.Serve(t, d, options())
	const at = "/c/PSUS/vendors/V-2"
	clerk, approver := site.SignedIn(identity.Clerk), site.SignedIn(identity.Approver)
	a := approver.Get(at)
	says(t, a, http.StatusOK, apptest.Clerk.Name+" changed these details", "Confirm the bank details")
	if b := clerk.Get(at); strings.Contains(b.Body, "confirm-bank") || !strings.Contains(b.Text(), "Somebody else must confirm them") {
		t.Errorf("a clerk sees\n%s", b.Text())
	}
	f := form(t, a, at+"/confirm-bank")
	says(t, clerk.Post(at+"/confirm-bank", f), http.StatusForbidden)
	says(t, approver.Post(at+"/confirm-bank", f), http.StatusOK, "are confirmed", "Confirmed by", "approver")
	f.Set("key", "another")
	says(t, approver.Post(at+"/confirm-bank", f), http.StatusConflict, "no confirmation")
	says(t, approver.Post("/c/PSUS/customers/C-1001/confirm-bank", f), http.StatusConflict)
}
