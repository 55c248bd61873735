package app_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/ledger"
	"quittance/internal/reimbursement"
)

// E2: who is looked at.
func TestRuleSelection(t *testing.T) {
	type sel = reimbursement.Selection
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1, pay1, cnE, cn2, cn3, owes))
		for _, c := range []struct {
			name string
			sel  sel
			want string
		}{
			{"All", sel{All: true}, "C-1 EUR, C-1 USD, C-2 USD, C-3 USD"},
			{"List", sel{Customers: []string{"C-3", "C-1"}}, "C-1 EUR, C-1 USD, C-3 USD"},
			{"Range", sel{Customers: []string{"C-1..C-2"}}, "C-1 EUR, C-1 USD, C-2 USD"},
			{"RangeOfNamesThatNobodyHas", sel{Customers: []string{"C-11..C-2Z"}}, "C-2 USD"},
			{"ListAndRange", sel{Customers: []string{"C-1", "C-3..C-4"}}, "C-1 EUR, C-1 USD, C-3 USD"},
			{"Group", sel{Groups: []string{"RES"}}, "C-1 EUR, C-1 USD, C-3 USD"},
			{"Groups", sel{Groups: []string{"RES", "COM"}}, "C-1 EUR, C-1 USD, C-2 USD, C-3 USD"},
			{"GroupAndCustomers", sel{Groups: []string{"RES"}, Customers: []string{"C-2..C-3"}}, "C-3 USD"},
			{"Currency", sel{Currency: "EUR"}, "C-1 EUR"},
			{"CurrencyOfCustomers", sel{Currency: "USD", Customers: []string{"C-1"}}, "C-1 USD"},
			{"Credits", sel{Credits: []string{"PAY-1", "CN-2"}}, "C-1 USD, C-2 USD"},
		} {
			x := d.MustSimulate(t, app.RunRequest{Selection: c.sel, Date: runDate, IncludeDebits: ptr(true)})
			var got []string
			for _, r := range x.Reimbursements {
				got = append(got, r.Customer+" "+r.Currency)
			}
			slices.Sort(got)
			if g := strings.Join(slices.Compact(got), ", "); g != c.want || x.Run.Totals.Excluded != 0 {
				t.Errorf("%s: got %s, want %s", c.name, g, c.want)
			}
		}
		one := d.MustSimulate(t, app.RunRequest{Selection: sel{Credits: []string{"PAY-1"}}, Date: runDate, IncludeDebits: ptr(true)})
		if got := story(one); got != text(paysPay) {
			t.Errorf("one credit selected gives\n%s", got)
		}
		for _, c := range []struct {
			name string
			req  app.RunRequest
			code fault.Code
			rule string
			says string
		}{
			{"Nothing", app.RunRequest{}, fault.Usage, "nothing_selected", "--all"},
			{"ClassificationIsNoSelection", app.RunRequest{Classifications: []string{"PARKS"}}, fault.Usage, "nothing_selected", "--all"},
			{"AllWithCustomers", app.RunRequest{Selection: sel{All: true, Customers: []string{"C-1"}}}, fault.Usage, "selection_contradicts", "--all"},
			{"AllWithGroup", app.RunRequest{Selection: sel{All: true, Groups: []string{"RES"}}}, fault.Usage, "selection_contradicts", "--all"},
			{"AllWithCurrency", app.RunRequest{Selection: sel{All: true, Currency: "USD"}}, fault.Usage, "selection_contradicts", "--all"},
			{"AllWithCredits", app.RunRequest{Selection: sel{All: true, Credits: []string{"CN-1"}}}, fault.Usage, "selection_contradicts", "--all"},
			{"BackwardRange", app.RunRequest{Selection: picked("C-2..C-1")}, fault.Usage, "bad_range", "C-2..C-1"},
			{"HalfRange", app.RunRequest{Selection: picked("C-2..")}, fault.Usage, "bad_range", "C-2.."},
			{"UnknownCustomer", app.RunRequest{Selection: picked("C-9")}, fault.NotFound, "", `"C-9"`},
			{"UnknownGroup", app.RunRequest{Selection: sel{Groups: []string{"NOBODY"}}}, fault.NotFound, "", `"NOBODY"`},
			{"UnknownCredit", app.RunRequest{Selection: sel{Credits: []string{"CN-77"}}}, fault.NotFound, "", `"CN-77"`},
			{"ADebitIsNoCredit", app.RunRequest{Selection: sel{Credits: []string{"INV-1"}}}, fault.Refused, "not_a_credit", "INV-1"},
			{"UnknownClassification", app.RunRequest{Selection: all, Classifications: []string{"GOLD"}}, fault.Invalid, "", `"GOLD"`},
			{"UnknownNetting", app.RunRequest{Selection: all, Netting: ptr("some")}, fault.Invalid, "", `"some"`},
			{"NegativeMinimum", app.RunRequest{Selection: all, Minimum: ptr("-1.00")}, fault.Invalid, "", "negative"},
			{"NegativeAge", app.RunRequest{Selection: all, MinimumAge: ptr(-1)}, fault.Invalid, "", "negative"},
		} {
			c.req.Date = runDate
			refusedUnwritten(t, d, c.name, c.req, c.code, c.rule, c.says)
		}
	})
}

// refusedUnwritten wants simulation, proposal and posting refused alike, with nothing written.
func refusedUnwritten(t *testing.T, d *door, name string, req app.RunRequest, code fault.Code, rule string, says ...string) {
	t.Helper()
	before := rowCounts(t, d)
	ignore := func(reimbursement.Decisions) error { return nil }
	_, simulated := d.Simulate(ctx, d.call, req, ignore)
	_, proposed := d.Propose(ctx, d.call, req, ignore)
	_, _, posted := d.PostSelection(ctx, d.call, req, nil)
	for what, err := range map[string]error{"simulate": simulated, "propose": proposed, "post": posted} {
		if err == nil {
			t.Errorf("%s: %s is not refused", name, what)
			continue
		}
		refused(t, err, code, rule, says...)
	}
	if after := rowCounts(t, d); fmt.Sprint(before) != fmt.Sprint(after) {
		t.Errorf("%s: the refused run wrote: before\n%v\nafter\n%v", name, before, after)
	}
}

// E8: the period of the run date must be open, for receivables and payables; the run refuses before it writes anything.
func TestRulePeriod(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		f := post(books(), cn1, cn2)
		f = change(f, "periods", "2026-12-01,2026-12-31,open", "2026-12-01,2026-12-31,on_hold")
		d.Import(t, change(f, "periods", "2026-10-01,2026-10-31,open", "2026-10-01,2026-10-31,closed"))
		at := func(date string) app.RunRequest { return app.RunRequest{Selection: all, Date: day(date)} }
		refusedUnwritten(t, d, "OnHold", at("2026-12-01"), fault.Refused, "period_not_open", "on hold")
		refusedUnwritten(t, d, "Closed", at("2026-10-31"), fault.Refused, "period_not_open", "closed")
		refusedUnwritten(t, d, "None", at("2027-01-01"), fault.Refused, "period_not_open", "2027-01-01 is in no period")
		view, err := d.Propose(ctx, d.call, at("2026-11-30"), func(reimbursement.Decisions) error { return nil })
		if err != nil {
			t.Fatal(err)
		}
		if err := d.SetPeriod(ctx, d.call, day("2026-11-01"), "on_hold", "", ""); err != nil {
			t.Fatal(err)
		}
		before := rowCounts(t, d)
		_, err = d.PostRun(ctx, d.call, view.ID, nil)
		refused(t, err, fault.Refused, "period_not_open", "on hold")
		if after := rowCounts(t, d); fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("posting into a period on hold wrote: before\n%v\nafter\n%v", before, after)
		}
		if err := d.SetPeriod(ctx, d.call, day("2026-11-01"), "open", "", ""); err != nil {
			t.Fatal(err)
		}
		for _, m := range []string{"receivable", "payable"} {
			if err := d.SetPeriod(ctx, d.call, day("2026-11-01"), "on_hold", ledger.Module(m), ""); err != nil {
				t.Fatal(err)
			}
			refusedUnwritten(t, d, m, at("2026-11-30"), fault.Refused, "period_not_open", m)
			if err := d.SetPeriod(ctx, d.call, day("2026-11-01"), "open", ledger.Module(m), ""); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// E8: open amounts are those of now, so a run may not be dated before the latest settlement of a selected credit.
func TestRuleDateBeforeSettlement(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, settlements(post(books(), cn1, pay1, cn2, owes), "2026-12-05,C-1,INV-1,PAY-1,7.00"))
		at := func(date string, s reimbursement.Selection) app.RunRequest {
			return app.RunRequest{Selection: s, Date: day(date)}
		}
		refusedUnwritten(t, d, "Before", at("2026-12-04", all), fault.Refused, "settled_later", "PAY-1", "C-1", "2026-12-05")
		refusedUnwritten(t, d, "BeforeInOneCredit", at("2026-12-04", reimbursement.Selection{Credits: []string{"PAY-1"}}), fault.Refused, "settled_later", "PAY-1")
		if got := story(d.MustSimulate(t, at("2026-12-04", picked("C-2")))); got != text(paysCN2) {
			t.Errorf("another customer: %s", got)
		}
		if got := story(d.MustSimulate(t, at("2026-12-04", reimbursement.Selection{Credits: []string{"CN-1"}}))); got != text(paysCN1) {
			t.Errorf("another credit: %s", got)
		}
		want := text(paysCN1, "pay C-1 43.00 USD to V-1; 999-11530/999-24210 43.00; settles PAY-1 43.00", paysCN2)
		if got := story(d.MustPost(t, at("2026-12-05", all))); got != want {
			t.Errorf("on that day: %s", got)
		}
		d.MustVerify(t)
	})
}

// Section 8.5: running again right away finds nothing, and posting nothing is no failure.
func TestRuleRunAgain(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1, cn2))
		req := app.RunRequest{Selection: all, Date: runDate}
		d.MustPost(t, req)
		x := d.MustPost(t, req)
		if n := x.Run.Totals; n.Candidates != 0 || n.Reimbursements != 0 || x.Run.State != reimbursement.Posted {
			t.Errorf("the second run is %+v", x.Run)
		}
		d.MustVerify(t)
	})
}

// Section 4: the one-time vendor is made once, written into the customer, reused and refreshed.
func TestRuleOneTimeVendor(t *testing.T) {
	const header = "customer,name,currency,vendor,street,city,state,postal_code,country,email,iban,bic,bank_verified\n"
	const iban = "DE89370400440532013000"
	each(t, func(t *testing.T, d *door) {
		f := books().With(apptest.Files{"customers": header + "C-3,Cid Dean,USD,,1 Elm,Lakemont,WI,53551,US,cid@example.com," + iban + ",COBADEFFXXX,yes\n"})
		d.Import(t, post(f, cn3, "CN-3E,2026-11-05,credit_note,C-3,,,EUR,101-44200 5.00,101-11530 -5.00"))
		x := d.MustPost(t, app.RunRequest{Selection: all, Date: runDate})
		if len(x.Reimbursements) != 2 || x.Reimbursements[0].Vendor != x.Reimbursements[1].Vendor || x.Reimbursements[0].Vendor == "" {
			t.Fatalf("two currencies are paid to %+v", x.Reimbursements)
		}
		code := x.Reimbursements[0].Vendor
		c, v := exported(t, d, "C-3", code)
		if c.Vendor != code || v.OneTime != "yes" || v.Group != "ONETIME" || v.PaymentMethod != "check" || v.Name != "Cid Dean" || v.Street != "1 Elm" || v.PostalCode != "53551" || v.Email != "cid@example.com" || v.IBAN != iban || v.BIC != "COBADEFFXXX" {
			t.Errorf("the customer %+v has the vendor %+v", c, v)
		}
		// The customer moves, is no longer verified, and is in credit again.
		d.Import(t, f.With(apptest.Files{"customers": header + "C-3,Cid Dean-Moore,USD," + code + ",2 Oak,Lakemont,WI,53551,US,cid@example.org," + iban + ",COBADEFFXXX,no\n"}))
		d.Import(t, post(f.With(apptest.Files{"customers": "", "vendors": "", "parameters": "", "exchange_rates": ""}), "CN-4,2026-11-29,credit_note,C-3,,,USD,101-44200 1.00,101-11530 -1.00"))
		before := rowCounts(t, d)["vendor"]
		x = d.MustPost(t, app.RunRequest{Selection: all, Date: runDate})
		if got := story(x); got != text("pay C-3 1.00 USD to one-time vendor; 101-11530/101-24210 1.00; settles CN-4 1.00") || x.Reimbursements[0].Vendor != code {
			t.Errorf("reused: %s", got)
		}
		if after := rowCounts(t, d)["vendor"]; after != before {
			t.Errorf("%d vendors became %d", before, after)
		}
		_, v = exported(t, d, "C-3", code)
		if v.Name != "Cid Dean-Moore" || v.Street != "2 Oak" || v.Email != "cid@example.org" || v.IBAN != "" || v.BIC != "" {
			t.Errorf("the vendor was not refreshed: %+v", v)
		}
		d.MustVerify(t)
	})
}

// A simulation makes no vendor and shows none.
func TestRuleOneTimeVendorSimulated(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn3))
		before := rowCounts(t, d)
		x := d.MustSimulate(t, app.RunRequest{Selection: all, Date: runDate})
		if r := x.Reimbursements[0]; r.Vendor != "" || !r.OneTimeVendor || r.Number != "" || r.Voucher.Number != "" {
			t.Errorf("simulated %+v", r)
		}
		if after := rowCounts(t, d); fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("the simulation wrote: before\n%v\nafter\n%v", before, after)
		}
	})
}

// Section 4: the one-time vendor has the template's profile, in later runs too.
func TestRuleOneTimeVendorKeepsTheTemplatesProfile(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		f := books().Append("posting_profiles", "vendor,party,ONETIME,24290,")
		d.Import(t, post(f, cn3))
		want := text("pay C-3 40.00 USD to one-time vendor; 101-11530/101-24290 40.00; settles CN-3 40.00")
		if got := story(d.MustPost(t, app.RunRequest{Selection: all, Date: runDate})); got != want {
			t.Errorf("the first run\n%swant\n%s", got, want)
		}
		d.Import(t, post(f.With(apptest.Files{"customers": "", "vendors": "", "parameters": ""}), "CN-4,2026-11-29,credit_note,C-3,,,USD,101-44200 1.00,101-11530 -1.00"))
		want = text("pay C-3 1.00 USD to one-time vendor; 101-11530/101-24290 1.00; settles CN-4 1.00")
		if got := story(d.MustPost(t, app.RunRequest{Selection: all, Date: runDate})); got != want {
			t.Errorf("the next run\n%swant\n%s", got, want)
		}
	})
}

// exported gives a customer and a vendor as an export with bank details writes them.
func exported(t *testing.T, d *door, customer, vendor string) (c folder.Customer, v folder.Vendor) {
	t.Helper()
	data, err := d.Export(ctx, d.call, true)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(data.Customers, func(c folder.Customer) bool { return c.Customer == customer })
	j := slices.IndexFunc(data.Vendors, func(v folder.Vendor) bool { return v.Vendor == vendor })
	if i < 0 || j < 0 {
		t.Fatalf("there is no customer %s or no vendor %s", customer, vendor)
	}
	return data.Customers[i], data.Vendors[j]
}
