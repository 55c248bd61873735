package app_test

import (
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
	"quittance/internal/party"
	"quittance/internal/reimbursement"
)

// Short vouchers that many rules begin with: a credit note and an overpayment of C-1, a credit note of C-2.
const (
	cn1  = "CN-1,2026-11-05,credit_note,C-1,PARKS,,USD,101-44200 20.00,101-11530 -20.00"
	pay1 = "PAY-1,2026-11-02,payment,C-1,,,USD,999-11020 50.00,999-11530 -50.00"
	cn2  = "CN-2,2026-11-06,credit_note,C-2,PARKS,,USD,101-44200 30.00,101-11530 -30.00"
	cnE  = "CN-E,2026-11-05,credit_note,C-1,PARKS,,EUR,101-44200 100.00,101-11530 -100.00"
	cn3  = "CN-3,2026-11-05,credit_note,C-3,PARKS,,USD,101-44200 40.00,101-11530 -40.00"

	paysCN1 = "pay C-1 20.00 USD to V-1; 101-11530/101-24210 20.00; settles CN-1 20.00"
	paysPay = "pay C-1 50.00 USD to V-1; 999-11530/999-24210 50.00; settles PAY-1 50.00"
	paysCN2 = "pay C-2 30.00 USD to V-2; 101-11530/101-24210 30.00; settles CN-2 30.00"
	paysCNE = "pay C-1 100.00 EUR to V-1; 101-11530/101-24210 100.00; settles CN-E 100.00"
	paysCN3 = "pay C-3 40.00 USD to one-time vendor; 101-11530/101-24210 40.00; settles CN-3 40.00"

	owes = "INV-1,2026-11-03,invoice,C-1,UTL,2026-12-15,USD,601-11530 7.00,601-44400 -7.00"
)

var include = app.RunRequest{IncludeDebits: ptr(true)}

// E5: a pending settlement anywhere leaves the whole customer out, and says who holds it.
func TestRuleMarks(t *testing.T) {
	run(t, []scenario{
		{
			"OnOneCredit", marks(post(books(), cn1, pay1, cn2), "PJ-7,3,ann,C-1,CN-1,"),
			app.RunRequest{},
			text(paysCN2, "not C-1 USD: pending_settlement: journal PJ-7 line 3, user ann"),
		},
		{
			"OnAPartOfACredit", marks(post(books(), cn1, pay1, cn2), "PJ-7,,ann,C-1,CN-1,0.01"),
			app.RunRequest{},
			text(paysCN2, "not C-1 USD: pending_settlement: journal PJ-7, user ann"),
		},
		{
			"OnADebit", marks(post(books(), cn1, owes, cn2), "PJ-8,1,bob,C-1,INV-1,"), include,
			text(paysCN2, "not C-1 USD: pending_settlement: journal PJ-8 line 1, user bob"),
		},
		{
			"OnAnotherCurrency", marks(post(books(), cn1, cnE, cn2), "PJ-9,2,eve,C-1,CN-E,60.00"),
			app.RunRequest{},
			text(paysCN2, "not C-1 EUR: pending_settlement: journal PJ-9 line 2, user eve", "not C-1 USD: pending_settlement: journal PJ-9 line 2, user eve"),
		},
		{
			"SelectedByAnotherCredit", marks(post(books(), cn1, pay1), "PJ-7,3,ann,C-1,CN-1,"),
			app.RunRequest{Selection: reimbursement.Selection{Credits: []string{"PAY-1"}}},
			text("not C-1 USD: pending_settlement: journal PJ-7 line 3, user ann"),
		},
		{
			"TwoHolders", marks(post(books(), cn1, pay1), "PJ-7,3,ann,C-1,CN-1,", "PJ-8,1,bob,C-1,PAY-1,1.00"),
			app.RunRequest{},
			text("not C-1 USD: pending_settlement: journal PJ-7 line 3, user ann; journal PJ-8 line 1, user bob"),
		},
	})
}

// E4: any open debit counts, whatever its currency, classification or date; the switch lets the customer in.
func TestRuleOpenDebit(t *testing.T) {
	inEUR := "INV-E,2026-11-03,invoice,C-1,PARKS,2026-12-15,EUR,101-11530 5.00,101-44200 -5.00"
	later := "INV-L,2026-12-20,invoice,C-1,PARKS,,USD,101-11530 5.00,101-44200 -5.00"
	parks := app.RunRequest{Classifications: []string{"PARKS"}}
	run(t, []scenario{
		{"OtherClassification", post(books(), cn1, owes, cn2), parks, text(paysCN2, "not C-1 USD: open_debit: INV-1 7.00 USD due 2026-12-15")},
		{"OtherCurrency", post(books(), cn1, inEUR, cn2), app.RunRequest{}, text(paysCN2, "not C-1 USD: open_debit: INV-E 5.00 EUR due 2026-12-15")},
		{"FutureDate", post(books(), cn1, later, cn2), app.RunRequest{}, text(paysCN2, "not C-1 USD: open_debit: INV-L 5.00 USD due 2026-12-20")},
		{
			"EveryCurrencyOfTheCustomer", post(books(), cn1, cnE, owes),
			app.RunRequest{},
			text("not C-1 EUR: open_debit: INV-1 7.00 USD due 2026-12-15", "not C-1 USD: open_debit: INV-1 7.00 USD due 2026-12-15"),
		},
		{"SwitchLetsIn", post(books(), cn1, owes, inEUR, later), include, text(paysCN1)},
		{"ParameterLetsIn", post(books(), cn1, owes).Append("parameters", "include_outstanding_debits,yes"), app.RunRequest{}, text(paysCN1)},
		{
			"SwitchOverridesParameter", post(books(), cn1, owes).Append("parameters", "include_outstanding_debits,yes"),
			app.RunRequest{IncludeDebits: ptr(false)},
			text("not C-1 USD: open_debit: INV-1 7.00 USD due 2026-12-15"),
		},
		{"GrossPaysInFullEvenWhenMoreIsOwed", post(books(), cn1, "INV-9,2026-11-03,invoice,C-1,,,USD,101-11530 900.00,101-44200 -900.00"), include, text(paysCN1)},
		{
			"SettledDebitDoesNotCount", settlements(post(books(), cn1, pay1, owes), "2026-11-10,C-1,INV-1,PAY-1,7.00"),
			app.RunRequest{},
			text(paysCN1, "pay C-1 43.00 USD to V-1; 999-11530/999-24210 43.00; settles PAY-1 43.00"),
		},
		{
			"PartlySettledDebitCounts", settlements(post(books(), cn1, pay1, owes), "2026-11-10,C-1,INV-1,PAY-1,6.99"),
			app.RunRequest{},
			text("not C-1 USD: open_debit: INV-1 0.01 USD due 2026-12-15"),
		},
	})
}

// E7: hold, do not reimburse, blocked vendor, no payee.
func TestRuleHoldAndPayee(t *testing.T) {
	noTemplate := books().With(apptest.Files{"parameters": "parameter,value\nminimum_reimbursement,0.00\n"})
	run(t, []scenario{
		{"CustomerOnHold", change(post(books(), cn1, cn2), "customers", "V-1,no,no", "V-1,yes,no"), app.RunRequest{}, text(paysCN2, "not C-1 USD: on_hold: customer on hold")},
		{"DoNotReimburse", change(post(books(), cn1, cn2), "customers", "V-1,no,no", "V-1,no,yes"), app.RunRequest{}, text(paysCN2, "not C-1 USD: on_hold: customer marked do not reimburse")},
		{
			"VendorBlocked", change(post(books(), cn1, cn2), "vendors", "V-1,Ann Baker,REFUND,USD,no", "V-1,Ann Baker,REFUND,USD,yes"),
			app.RunRequest{},
			text(paysCN2, "not C-1 USD: vendor_blocked: vendor V-1 is blocked"),
		},
		{"TemplateMakesThePayee", post(books(), cn3), app.RunRequest{}, text(paysCN3)},
		{"NoTemplate", post(noTemplate, cn3, cn2), app.RunRequest{}, text(paysCN2, "not C-3 USD: no_payee: no vendor on the customer, and no usable one-time vendor template")},
		{
			"TemplateBlocked", change(post(books(), cn3, cn2), "vendors", "ONETIME,USD,no", "ONETIME,USD,yes"),
			app.RunRequest{},
			text(paysCN2, "not C-3 USD: no_payee: no vendor on the customer, and no usable one-time vendor template"),
		},
		{
			"VendorIsTheTemplate", change(post(books(), cn1, cn2), "customers", "USD,V-1,", "USD,ONETIME,"),
			app.RunRequest{},
			text(paysCN2, "not C-1 USD: no_payee: vendor ONETIME is the one-time template, not a payee"),
		},
	})
}

// E7: the age of a credit is the run date less its own date.
func TestRuleAge(t *testing.T) {
	aged := func(days int) app.RunRequest { return app.RunRequest{MinimumAge: ptr(days)} }
	later := "CN-L,2026-12-05,credit_note,C-2,PARKS,,USD,101-44200 3.00,101-11530 -3.00"
	run(t, []scenario{
		{"ExactlyTheMinimumPasses", post(books(), cn1), aged(25), text(paysCN1)},
		{"OneDayLessDoesNot", post(books(), cn1), aged(26), text("not C-1 USD: too_recent: CN-1 is of 2026-11-05, younger than the minimum age")},
		{"OnlyTheOldOne", post(books(), cn1, pay1), aged(26), text(paysPay)},
		{"ParameterSaysHowOld", post(books(), cn1, pay1).Append("parameters", "minimum_age_days,26"), app.RunRequest{}, text(paysPay)},
		{"AfterTheRunDate", post(books(), cn1, later), app.RunRequest{}, text(paysCN1, "not C-2 USD: too_recent: CN-L is of 2026-12-05, after the run date")},
		{"OnTheRunDate", post(books(), cn1, strings.Replace(cn2, "2026-11-06", "2026-11-30", 1)), app.RunRequest{}, text(paysCN1, paysCN2)},
	})
}

// E6: the filter works credit by credit; payments have no classification.
func TestRuleClassification(t *testing.T) {
	utl := "CN-U,2026-11-09,credit_note,C-1,UTL,,USD,601-44400 45.00,601-11530 -45.00"
	paysUTL := "pay C-1 45.00 USD to V-1; 601-11530/601-24210 45.00; settles CN-U 45.00"
	of := func(unclassified bool, codes ...string) app.RunRequest {
		return app.RunRequest{Classifications: codes, IncludeUnclassified: unclassified}
	}
	files := post(books(), cn1, pay1, utl)
	run(t, []scenario{
		{"None", files, app.RunRequest{}, text(paysCN1, paysUTL, paysPay)},
		{"One", files, of(false, "PARKS"), text(paysCN1)},
		{"OneWithUnclassified", files, of(true, "PARKS"), text(paysCN1, paysPay)},
		{"Several", files, of(false, "PARKS", "UTL"), text(paysCN1, paysUTL)},
		{"SeveralWithUnclassified", files, of(true, "UTL", "PARKS"), text(paysCN1, paysUTL, paysPay)},
		{
			"NoneMatches", post(books(), cn1, pay1, cn2), of(false, "UTL"),
			text("not C-1 USD: no_classification_match: no credit of the classifications UTL", "not C-2 USD: no_classification_match: no credit of the classifications UTL"),
		},
	})
	each(t, func(t *testing.T, d *door) {
		d.Import(t, files)
		for name, c := range map[string]struct {
			req  app.RunRequest
			said bool
		}{"Note": {of(false, "PARKS"), true}, "NoNoteWithTheBox": {of(true, "PARKS"), false}, "NoNoteWithoutFilter": {app.RunRequest{}, false}} {
			notes := d.MustSimulate(t, scenario{req: c.req}.request()).Run.Notes
			if said := len(notes) == 1 && strings.Contains(notes[0], "payment"); said != c.said || (!c.said && len(notes) > 0) {
				t.Errorf("%s: the notes are %q", name, notes)
			}
		}
	})
}

// E3: ≥ passes; per customer and currency; on what would be paid; unrounded.
func TestRuleMinimum(t *testing.T) {
	least := func(amount string) app.RunRequest { return app.RunRequest{Minimum: &amount} }
	ten := "CN-E,2026-11-05,credit_note,C-1,PARKS,,EUR,101-44200 10.00,101-11530 -10.00"
	euro := post(books().With(apptest.Files{"exchange_rates": "currency,date,rate\nEUR,2026-10-01,1.10\nEUR,2026-11-30,1.2005\nEUR,2026-12-01,9.99\n"}), ten)
	owed := "INV-2,2026-11-03,invoice,C-1,,2026-11-10,USD,101-11530 8.00,101-44200 -8.00"
	net := func(least string) app.RunRequest { return app.RunRequest{Minimum: &least, Netting: ptr("net")} }
	run(t, []scenario{
		{"JustMet", post(books(), cn1), least("20.00"), text(paysCN1)},
		{"JustMissed", post(books(), cn1), least("20.01"), text("not C-1 USD: below_minimum: 20.00 USD is less than 20.01 USD")},
		{
			"ParameterSaysHowMuch", change(post(books(), cn1), "parameters", "minimum_reimbursement,0.00", "minimum_reimbursement,20.01"),
			app.RunRequest{},
			text("not C-1 USD: below_minimum: 20.00 USD is less than 20.01 USD"),
		},
		{"RunOverridesParameter", change(post(books(), cn1), "parameters", "minimum_reimbursement,0.00", "minimum_reimbursement,20.01"), least("0"), text(paysCN1)},
		{"ForeignJustMet", euro, least("12.00"), text("pay C-1 10.00 EUR to V-1; 101-11530/101-24210 10.00; settles CN-E 10.00")},
		{"ForeignUnrounded", euro, least("12.01"), text("not C-1 EUR: below_minimum: 10.00 EUR is less than 12.01 USD")}, // 12.005 would round up to it
		{"SumOfTheCustomersCredits", post(books(), cn1, pay1), least("70.00"), text(paysCN1, paysPay)},
		{"PerCurrency", post(books(), cn1, cnE), least("100.00"), text(paysCNE, "not C-1 USD: below_minimum: 20.00 USD is less than 100.00 USD")},
		{"AfterNettingJustMet", post(books(), cn1, owed), net("12.00"), text("net C-1: INV-2 with CN-1 8.00", "pay C-1 12.00 USD to V-1; 101-11530/101-24210 12.00; settles CN-1 12.00")},
		{"AfterNettingMissed", post(books(), cn1, owed), net("12.01"), text("not C-1 USD: below_minimum: 12.00 USD is less than 12.01 USD")},
	})
}

// Missing rates matter only where a rate is needed: for the minimum.
func TestRuleMissingRate(t *testing.T) {
	sek := post(books(), "CN-S,2026-11-05,credit_note,C-1,PARKS,,SEK,101-44200 100.00/9.50,101-11530 -100.00/-9.50", cn2)
	run(t, []scenario{
		{"NotNeeded", sek, app.RunRequest{}, text("pay C-1 100.00 SEK to V-1; 101-11530/101-24210 100.00; settles CN-S 100.00", paysCN2)},
		{
			"Needed", sek,
			app.RunRequest{Minimum: ptr("1.00")},
			text(paysCN2, "not C-1 SEK: cannot_post: there is no exchange rate for SEK on or before 2026-11-30; add one to exchange_rates"),
		},
	})
}

// cannot_post names what is missing, and the run goes on.
func TestRuleCannotPost(t *testing.T) {
	onlyRefunds := change(books(), "posting_profiles", "vendor,all,,24210,", "vendor,party,V-2,24210,")
	run(t, []scenario{
		{
			"NoVendorProfile", post(onlyRefunds, cn1, cn2),
			app.RunRequest{},
			text(paysCN2, `not C-1 USD: cannot_post: there is no posting profile for the vendor V-1, its group "REFUND" or all; add one to posting_profiles`),
		},
		{
			"NoBalancingRule", post(books().With(apptest.Files{"balancing_rules": ""}), cn1, cn2, "INV-1,2026-11-03,invoice,C-1,,,USD,601-11530 7.00,601-44400 -7.00"),
			app.RunRequest{Netting: ptr("net")},
			text(paysCN2, `not C-1 USD: cannot_post: voucher settlement needs due-to and due-from lines between Fund "101" and "601", but there is no balancing rule for Fund "101" against "601"; add one to balancing_rules`),
		},
	})
}

// E9: an unresolved deduction counts as an open debit, unless the parameter says otherwise.
func TestRuleDeduction(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		for i, c := range []scenario{
			{"Blocks", books(), app.RunRequest{}, text(paysCN2, "not C-1 USD: open_deduction: deduction D-1 of 5.00 USD")},
			{"IncludedLikeADebit", books(), include, text(paysCN1, paysCN2)},
			{"ParameterOff", books().Append("parameters", "deductions_block,no"), app.RunRequest{}, text(paysCN1, paysCN2)},
		} {
			t.Run(c.name, func(t *testing.T) {
				d := d.company(i)
				d.Import(t, post(c.files, cn1, cn2))
				expose(t, d, "C-1", 500)
				if got := story(d.MustSimulate(t, c.request())); got != c.want {
					t.Errorf("simulated\n%swant\n%s", got, c.want)
				}
				if got := story(d.MustPost(t, c.request())); got != c.want {
					t.Errorf("posted\n%swant\n%s", got, c.want)
				}
				d.MustVerify(t)
			})
		}
	})
}

// expose sets what a customer has as an unresolved deduction, in cents; 0 resolves it.
func expose(t *testing.T, d *door, customer string, cents int64) {
	t.Helper()
	err := within(t, d, func(ctx ctxT, tx *db.Tx, _ *ledger.Company) error {
		c, err := party.FindCustomer(ctx, tx, customer)
		if err != nil {
			return err
		}
		x := openitem.Exposure{Party: c.ID, Source: "test", ID: 1, Currency: "USD", Text: "deduction D-1 of 5.00 USD"}
		x.Amount = amount(cents)
		return openitem.SetExposure(ctx, tx, x)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The first reason that holds is given: everything is wrong with this customer, and it is mended one by one.
func TestRuleOrderOfReasons(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		f := post(books(), cn1, owes)
		f = change(f, "customers", "C-1,Ann Baker,RES,USD,V-1,no,no", "C-1,Ann Baker,RES,USD,ONETIME,yes,yes")
		f = change(f, "vendors", "ONETIME,USD,no", "ONETIME,USD,yes")
		f = change(f, "posting_profiles", "vendor,all,,24210,\n", "")
		d.Import(t, marks(f, "PJ-7,3,ann,C-1,CN-1,"))
		expose(t, d, "C-1", 500)
		f = f.With(apptest.Files{"vouchers": "", "marks": ""})
		req := app.RunRequest{Selection: picked("C-1"), Date: runDate, Classifications: []string{"UTL"}, Minimum: ptr("20.01"), MinimumAge: ptr(26)}
		set := func(file, from, to string) func() {
			return func() { f = change(f, file, from, to); d.Import(t, f) }
		}
		for _, step := range []struct {
			reason reimbursement.Reason
			mend   func()
		}{
			{"on_hold", set("customers", "ONETIME,yes,yes", "ONETIME,no,yes")},
			{"on_hold", set("customers", "ONETIME,no,yes", "ONETIME,no,no")},
			{"vendor_blocked", set("vendors", "ONETIME,USD,yes", "ONETIME,USD,no")},
			{"no_payee", set("customers", "USD,ONETIME,", "USD,V-1,")},
			{"pending_settlement", func() {
				if _, err := d.Unmark(ctx, d.call, openitem.Customers, "PJ-7", "", ""); err != nil {
					t.Fatal(err)
				}
			}},
			{"no_classification_match", func() { req.Classifications = []string{"PARKS"} }},
			{"too_recent", func() { req.MinimumAge = nil }},
			{"open_debit", func() { mustReverseVoucher(t, d, "INV-1") }},
			{"open_deduction", func() { expose(t, d, "C-1", 0) }},
			{"below_minimum", func() { req.Minimum = nil }},
			{"cannot_post", set("posting_profiles", "customer,all,,11530,\n", "customer,all,,11530,\nvendor,all,,24210,\n")},
			{"", nil},
		} {
			x := d.MustSimulate(t, req)
			var got reimbursement.Reason
			if len(x.Excluded) == 1 {
				got = x.Excluded[0].Reason
			}
			if got != step.reason || x.Run.Totals.Candidates != 1 {
				t.Fatalf("got %q, want %q: %s", got, step.reason, story(x))
			}
			if step.mend != nil {
				step.mend()
			}
		}
		if got := story(d.MustPost(t, req)); got != text(paysCN1) {
			t.Errorf("posted\n%s", got)
		}
		d.MustVerify(t)
	})
}

func mustReverseVoucher(t *testing.T, d *door, number string) {
	t.Helper()
	if _, err := d.ReverseVoucher(ctx, d.call, number, day("2026-11-21"), "wrong"); err != nil {
		t.Fatal(err)
	}
}

// Every kind of candidate at once: each is decided on exactly once, in order.
func TestRuleEveryCandidateOnce(t *testing.T) {
	run(t, []scenario{{
		"Mixed", settlements(marks(change(post(books(), cn1, cnE, pay1, cn2, cn3,
			"CN-S,2026-11-05,credit_note,C-2,,,SEK,101-44200 1.00/0.10,101-11530 -1.00/-0.10",
			"CN-3E,2026-11-06,credit_note,C-3,,,EUR,101-44200 1.00,101-11530 -1.00",
			"INV-Z,2026-11-06,invoice,C-3,,,EUR,101-11530 1.00,101-44200 -1.00"),
			"customers", "C-2,Bob Cook,COM,USD,V-2,no,no", "C-2,Bob Cook,COM,USD,V-2,no,yes"), "PJ-1,,ann,C-1,PAY-1,1.00"),
			"2026-11-07,C-3,INV-Z,CN-3E,1.00"),
		app.RunRequest{},
		text(paysCN3,
			"not C-1 EUR: pending_settlement: journal PJ-1, user ann", "not C-1 USD: pending_settlement: journal PJ-1, user ann",
			"not C-2 SEK: on_hold: customer marked do not reimburse", "not C-2 USD: on_hold: customer marked do not reimburse"),
	}})
}
