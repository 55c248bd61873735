package app_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/format/check"
	"quittance/internal/identity"
	"quittance/internal/openitem"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
)

var (
	preparer  = app.Call{Actor: identity.Actor{Name: "pia", Roles: []identity.Role{identity.Clerk}}}
	approver  = app.Call{Actor: identity.Actor{Name: "ada", Roles: []identity.Role{identity.Approver}}}
	treasurer = app.Call{Actor: identity.Actor{Name: "tom", Roles: []identity.Role{identity.Treasurer}}}
)

// openCity brings the public-sector example in, with its treasurer's bank account, and reimburses Brightwater Bakery: 160.00 in four
// funds. It gives the credits of before.
func openCity(t *testing.T, d *apptest.Door) []string {
	t.Helper()
	d.Import(t, apptest.PublicSector())
	before := creditsOf(t, d, "C-1001")
	setCity(t, d)
	reimburseCity(t, d)
	return before
}

// setCity gives the public-sector example its treasurer's bank account.
func setCity(t *testing.T, d *apptest.Door) {
	t.Helper()
	bank := app.BankAccountRow{
		Code: "TREASURY", Name: "Treasurer's account", Account: "999-11020", Bank: "First Bank of Lakemont", Address: "1 Main Street\nLakemont, WI 53551", RoutingNumber: "091000019", AccountNumber: "123456789",
		NextCheck: 1001, StaleDays: 180, Settings: payout.Settings{Check: &payout.CheckSettings{Style: check.Top, PayerLines: []string{"2 City Hall Plaza", "Lakemont, WI 53551"}}},
	}
	if err := d.SaveBankAccount(t.Context(), apptest.Call, bank); err != nil {
		t.Fatal(err)
	}
	if err := d.SavePaymentMethod(t.Context(), apptest.Call, app.PaymentMethodRow{Code: "check", Kind: payout.ByCheck, Bank: "TREASURY"}); err != nil {
		t.Fatal(err)
	}
}

// reimburseCity reimburses all of the public-sector example.
func reimburseCity(t *testing.T, d *apptest.Door) {
	t.Helper()
	d.MustPost(t, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: civil.MustParse("2026-11-30"), IncludeDebits: new(true)})
}

// voucherLines writes a voucher as the ledger rules write their vector.
func voucherLines(t *testing.T, d *apptest.Door, number string) []string {
	t.Helper()
	v, err := d.Voucher(t.Context(), apptest.Call, number)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, l := range v.Lines {
		if l.Debit != "0.00" {
			lines = append(lines, "Dr "+l.Account+" "+l.Debit)
		} else {
			lines = append(lines, "Cr "+l.Account+" "+l.Credit)
		}
	}
	slices.Sort(lines)
	return lines
}

// The worked reimbursements paid with one check of 160.00 from fund 999: the vector of the ledger rules. Then the check is voided, by
// either fate.
func TestVendorPaymentOfTheExample(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		before := openCity(t, d)
		p := paidCheckOn(t, d, "2026-12-01")
		if p.Amount != "160.00" || p.Status != payout.Posted || p.Number != "1001" || len(p.Items) != 4 || p.Bank != "TREASURY" {
			t.Fatalf("the payment is %+v", p)
		}
		want := []string{
			"Cr 101-11010 20.00", "Cr 601-11010 45.00", "Cr 602-11010 45.00", "Cr 999-11020 160.00",
			"Dr 101-24210 20.00", "Dr 601-24210 45.00", "Dr 602-24210 45.00", "Dr 999-24210 50.00", "Dr 999-37001 20.00", "Dr 999-37001 45.00", "Dr 999-37001 45.00",
		}
		if got := voucherLines(t, d, p.Voucher); !slices.Equal(got, want) {
			t.Errorf("posted\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		d.MustVerify(t)
		x, err := d.OpenPaymentFile(t.Context(), treasurer, p.File)
		if err != nil || !bytes.HasPrefix(x.Content, []byte("%PDF-")) || x.Total != "160.00" || x.Copies != 1 {
			t.Errorf("the file is %+v, %v", x, err)
		}

		// Voided to be reissued: the payable is open again, the reimbursements stand.
		call := treasurer
		done, err := d.FailVendorPayments(t.Context(), call, app.VendorPaymentFailure{Choice: app.VendorPaymentChoice{Payments: []string{p.Payment}}, As: payout.Voided, Date: civil.MustParse("2026-12-02"), Reason: "lost in the mail"})
		if err != nil || done.Done != 1 || len(done.Freed) != 4 || len(done.Reversed) != 0 {
			t.Fatalf("voided %+v, %v", done, err)
		}
		d.MustVerify(t)
		again := paidCheckOn(t, d, "2026-12-03")
		if again.Number != "1002" || again.Replaces != p.Payment || again.Amount != "160.00" {
			t.Errorf("paid again by %+v", again)
		}
		if old, err := d.VendorPayment(t.Context(), apptest.Call, p.Payment); err != nil || old.Status != payout.Reissued || old.ReplacedBy != again.Payment {
			t.Errorf("the first is %+v, %v", old, err)
		}

		// Voided with the cascade: the credits are open again on their ledger accounts.
		done, err = d.FailVendorPayments(t.Context(), call, app.VendorPaymentFailure{Choice: app.VendorPaymentChoice{Payments: []string{again.Payment}}, As: payout.Voided, Date: civil.MustParse("2026-12-04"), Reason: "not owed", Fate: payout.Reverse})
		if err != nil || done.Done != 1 || len(done.Reversed) != 4 {
			t.Fatalf("voided %+v, %v", done, err)
		}
		d.MustVerify(t)
		if after := creditsOf(t, d, "C-1001"); !slices.Equal(after, before) {
			t.Errorf("the credits are\n%s\nbefore the run they were\n%s", strings.Join(after, "\n"), strings.Join(before, "\n"))
		}
	})
}

// creditsOf gives the open credits of a customer: voucher, ledger account, open amount.
func creditsOf(t *testing.T, d *apptest.Door, customer string) (all []string) {
	t.Helper()
	items, err := d.OpenItems(t.Context(), apptest.Call, openitem.Customers, customer, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		if strings.HasPrefix(it.Open, "-") {
			all = append(all, it.Voucher+" "+it.Account+" "+it.Open)
		}
	}
	slices.Sort(all)
	return all
}

// paidCheckOn proposes, prints and posts what is open of the vendors, and gives the payment.
func paidCheckOn(t *testing.T, d *apptest.Door, day string) *app.VendorPayment {
	t.Helper()
	on := civil.MustParse(day)
	j, err := d.ProposeVendorPayments(t.Context(), preparer, app.VendorPaymentSelection{Date: on})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: app.VendorPaymentChoice{Journal: j.Code}}); err != nil {
		t.Fatal(err)
	}
	done, err := d.PostVendorPayments(t.Context(), treasurer, app.VendorPaymentChoice{Journal: j.Code}, on)
	if err != nil {
		t.Fatal(err)
	}
	p, err := d.VendorPayment(t.Context(), apptest.Call, done.Payments[0])
	if err != nil {
		t.Fatal(err)
	}
	return p
}
