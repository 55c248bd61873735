package folder_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/format/nacha"
	"quittance/internal/format/naupa"
	"quittance/internal/payout"
	"quittance/internal/unclaimed"
)

// withUnclaimed adds what a state wants to be told of, and two credits that nobody reimburses.
func withUnclaimed(t testing.TB, f apptest.Files) apptest.Files {
	t.Helper()
	holder, err := json.Marshal(unclaimed.Holder{
		TaxID: "391234567", City: "Lakemont", State: "WI", Lines: []string{"2 City Hall Plaza", "Lakemont \\ WI"},
		Contact: naupa.Contact{Name: "Tom Treasurer", Lines: [3]string{"2 City Hall Plaza"}, City: "Lakemont", State: "WI", Zip: "53551", Country: "USA", Phone: "6085550100"},
	})
	if err != nil {
		t.Fatal(err)
	}
	return f.Append("accounts", "25100,Unclaimed property,liability,").Append("parameters", "unclaimed_property_account,25100", "unclaimed_holder_state,US-WI").
		Append("customers", "C-9,Nina,RES,USD,,V-1,yes,,,no").
		Append("vouchers", credit("CN-8", "2026-11-05", "C-9", "PARKS", "USD", "101-11530", "40.00"), credit("CN-9", "2026-11-06", "C-9", "", "USD", "601-11530", "25.00")).
		With(apptest.Files{
			"dormancy_rules": "jurisdiction,kind,from,days,activity,cut_off,report,letter_first,letter_last,letter_minimum,reply_days,code,note\n" +
				"US-WI,credit,2026-01-01,5,contact,11-15,12-31,45,30,20.00,5,MS09,\"a \\\\ b\"\nUS-WI,payment,2026-01-01,5,contact,12-15,12-31,45,30,20.00,5,,\n",
			"unclaimed_holder": "part,holder\n1,\"" + quoted(string(holder)) + "\"\n",
		})
}

var writtenOn = civil.MustParse("2026-11-21")

// atUnclaimed escheats, remits, writes letters and reports, or takes something back.
func (d *cashier) atUnclaimed(a act) (err error) {
	switch a.What {
	case "letters":
		_, err = d.MakeUnclaimedLetters(ctx, d.preparer, app.UnclaimedSelection{Date: writtenOn})
		return err
	case "escheat":
		list, err := d.Unclaimed(ctx, d.call, app.UnclaimedSelection{Date: payDay, All: true}, 0)
		if err != nil || len(list.Items) == 0 {
			return err
		}
		_, err = d.Escheat(ctx, d.treasurer, app.UnclaimedSelection{Date: payDay, Documents: []string{pick(list.Items, a.A).Document}}, "why \\ not")
		return err
	case "report":
		_, err = d.MakeUnclaimedReport(ctx, d.treasurer, "US-WI", 2026, a.Yes)
		return err
	}
	if len(d.data.UnclaimedProperties) == 0 {
		return nil
	}
	p := pick(d.data.UnclaimedProperties, a.A)
	switch a.What {
	case "remit":
		x := app.UnclaimedRemitting{Jurisdiction: "US-WI", Bank: "MAIN", Date: payDay, Reference: "WI \\ 2026"}
		if a.Yes {
			x.Properties = []string{p.Property}
		}
		_, err = d.RemitUnclaimed(ctx, d.treasurer, x)
	case "take back":
		code := p.Property
		if p.Remittance != "" {
			code = p.Remittance
		}
		_, err = d.ReverseUnclaimed(ctx, d.treasurer, code, payDay, "sent back")
	case "reclaim":
		_, err = d.ReclaimUnclaimed(ctx, d.preparer, p.Property, payDay, "claim 17")
	}
	return err
}

// atAnswers reads what a bank answers to some payment, or decides about what it proposed.
func (d *cashier) atAnswers(a act) (err error) {
	if a.What == "decide" {
		_, err = d.DecideBankProposal(ctx, d.approver, int64(1+a.A%3), a.Yes, "called \\ them")
		return err
	}
	for _, p := range d.data.VendorPayments {
		if p.Number == "" || p.Method == "wire" || p.Method == "hand" || (p.Line+a.A)%2 > 0 {
			continue
		}
		amount := p.Currency.Format(p.Amount)
		file := []byte("check,result,amount,reason\n" + p.Number + ",undeliverable," + amount + ",moved\n")
		if p.Method == "ach" {
			returns, changes := []nacha.Return{{Trace: p.Number, Code: "R01", Amount: p.Amount}}, []nacha.Change(nil)
			if a.What == "change" {
				returns, changes = nil, []nacha.Change{{Trace: p.Number, Code: "C01", OldAccount: "20002000", Corrected: fmt.Sprintf("8888%04d", a.B)}}
			}
			file = nacha.BankFile("091000019", "CITY", "1234567890", time.Date(2026, 12, 4, 9, 0, 0, 0, time.UTC), returns, changes)
		}
		_, err = d.ReadPaymentAnswers(ctx, d.treasurer, app.PaymentAnswersRequest{Name: "back \\ 1.txt", Content: file, Date: payDay, Again: a.Yes})
		return err
	}
	return nil
}

// A check that was never cashed is escheated, and comes with the folder: the copy takes it back as the original could.
func TestEscheatedPaymentComesBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		files := withUnclaimed(t, payer(t))
		first, err := files.Read()
		if err != nil {
			t.Fatal(err)
		}
		one, two := newCashier(d, "A-1"), newCashier(d, "B-1")
		first.Company.Company = "A-1"
		if _, err := d.App.Import(ctx, one.call, first); err != nil {
			t.Fatal(err)
		}
		must := func(_ any, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(d.ProposeVendorPayments(ctx, one.preparer, app.VendorPaymentSelection{Date: payDay, Vendors: []string{"V-1"}, Maximum: "150.00"}))
		must(d.GenerateVendorPayments(ctx, one.treasurer, app.VendorPaymentMaking{Choice: app.VendorPaymentChoice{Journal: "VPJ-00000001"}}))
		must(d.PostVendorPayments(ctx, one.treasurer, app.VendorPaymentChoice{Journal: "VPJ-00000001"}, payDay))
		must(d.MakeUnclaimedLetters(ctx, one.preparer, app.UnclaimedSelection{Date: writtenOn}))
		must(d.Escheat(ctx, one.treasurer, app.UnclaimedSelection{Date: payDay, Documents: []string{"VPJ-00000001/1"}}, "a test"))
		must(d.Escheat(ctx, one.treasurer, app.UnclaimedSelection{Date: payDay, Documents: []string{"CN-8"}}, "a test"))
		must(d.RemitUnclaimed(ctx, one.treasurer, app.UnclaimedRemitting{Jurisdiction: "US-WI", Bank: "MAIN", Date: payDay, Properties: []string{"UP-00000002"}}))
		must(d.MakeUnclaimedReport(ctx, one.treasurer, "US-WI", 2026, false))
		data, err := d.Export(ctx, one.call, true)
		if err != nil {
			t.Fatal(err)
		}
		if len(data.UnclaimedProperties) != 2 || len(data.UnclaimedLetters) != 1 || len(data.UnclaimedRemittances) != 1 || len(data.UnclaimedReports) != 1 || data.UnclaimedProperties[0].Status != "escheated" {
			t.Fatalf("exported %+v, %+v", data.UnclaimedProperties, data.UnclaimedReports)
		}
		without := *as(data, "C-1")
		without.UnclaimedProperties, without.UnclaimedLines, without.UnclaimedHistory = nil, nil, nil
		if _, err := d.App.Import(ctx, app.Call{Actor: one.call.Actor, Company: "C-1"}, &without); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("escheated payments came without their property: %v", err)
		}
		if _, err := d.App.Import(ctx, two.call, as(data, "B-1")); err != nil {
			t.Fatal(err)
		}
		for _, f := range []string{"UL-00000001", "UF-00000001"} {
			open := d.OpenUnclaimedLetters
			if f[1] == 'F' {
				open = d.OpenUnclaimedReport
			}
			a, err := open(ctx, one.treasurer, f)
			must(a, err)
			b, err := open(ctx, two.treasurer, f)
			must(b, err)
			if a.SHA256 != b.SHA256 || string(a.Content) != string(b.Content) || len(a.Content) == 0 {
				t.Errorf("%s is another document at the copy", f)
			}
		}
		for _, c := range []*cashier{one, two} {
			must(d.ReverseUnclaimed(ctx, c.treasurer, "UR-00000001", payDay, "sent back"))
			must(d.ReverseUnclaimed(ctx, c.treasurer, "UP-00000001", payDay, "the owner came"))
			must(d.ReverseUnclaimed(ctx, c.treasurer, "UP-00000002", payDay, "the owner came"))
			p, err := d.VendorPayment(ctx, c.call, "VPJ-00000001/1")
			if err != nil || p.Status != payout.Stale {
				t.Errorf("at %s the payment is %+v, %v", c.call.Company, p, err)
			}
		}
		d.MustVerify(t)
	})
}
