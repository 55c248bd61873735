package app_test

import (
	"fmt"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/fault"
	"quittance/internal/openitem"
)

// E1: the account of the entry counts, never today's posting profile; own currency, own dimension values.
func TestRuleAccounts(t *testing.T) {
	prepaid := "PRE,2026-11-02,payment,C-1,,,USD,999-11020 15.00,999-11540 -15.00"
	run(t, []scenario{
		{"PrepaymentAccount", post(books(), cn1, prepaid), app.RunRequest{}, text(paysCN1, "pay C-1 15.00 USD to V-1; 999-11540/999-24210 15.00; settles PRE 15.00")},
		{
			"ProfileChangedSince", change(post(books(), cn1, prepaid), "posting_profiles", "customer,all,,11530,", "customer,all,,11540,"),
			app.RunRequest{},
			text(paysCN1, "pay C-1 15.00 USD to V-1; 999-11540/999-24210 15.00; settles PRE 15.00"),
		},
		{
			"JournalCredit", post(books(), "J-1,2026-11-02,journal,C-1,,,USD,101-44200 15.00,101-11530 -15.00"),
			app.RunRequest{},
			text("pay C-1 15.00 USD to V-1; 101-11530/101-24210 15.00; settles J-1 15.00"),
		},
		{
			"BlankDimensionsAreSignificant", post(books(), cn1, "CN-D,2026-11-05,credit_note,C-1,,,USD,101-44200 3.00,101-11530-A1 -3.00",
				"CN-B,2026-11-05,credit_note,C-1,,,USD,101-44200 4.00,101-11530-- -4.00"),
			app.RunRequest{},
			text("pay C-1 24.00 USD to V-1; 101-11530/101-24210 24.00; settles CN-1 20.00, CN-B 4.00", "pay C-1 3.00 USD to V-1; 101-11530-A1/101-24210-A1 3.00; settles CN-D 3.00"),
		},
	})
}

// Posting profile of the payable side: by vendor, then group, then all.
func TestRulePostingProfile(t *testing.T) {
	to := func(account string) string {
		return text("pay C-1 20.00 USD to V-1; 101-11530/101-" + account + " 20.00; settles CN-1 20.00")
	}
	run(t, []scenario{
		{"All", post(books(), cn1), app.RunRequest{}, to("24210")},
		{"Group", post(books(), cn1).Append("posting_profiles", "vendor,group,REFUND,24280,", "vendor,group,OTHER,24290,"), app.RunRequest{}, to("24280")},
		{"Vendor", post(books(), cn1).Append("posting_profiles", "vendor,group,REFUND,24280,", "vendor,party,V-1,24290,", "vendor,party,V-2,24210,"), app.RunRequest{}, to("24290")},
	})
}

// Section 2: a credit that is partly settled contributes what is open, spread by the largest remainder.
func TestRulePartlySettledCredit(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		for i, c := range []struct{ open, settled, f101, f601, f602 string }{
			{"100.00", "", "10.00", "45.00", "45.00"},
			{"70.00", "30.00", "7.00", "31.50", "31.50"},
			{"66.67", "33.33", "6.67", "30.00", "30.00"},
			{"10.01", "89.99", "1.00", "4.51", "4.50"},
			{"0.01", "99.99", "0.00", "0.01", "0.00"},
		} {
			t.Run(c.open, func(t *testing.T) {
				f := post(books(), "CN-U,2026-11-09,credit_note,C-1,UTL,,USD,101-44400 10.00,601-44400 45.00,602-44400 45.00,101-11530 -10.00,601-11530 -45.00,602-11530 -45.00")
				if c.settled != "" {
					f = settlements(post(f, "INV-1,2026-11-09,invoice,C-1,UTL,,USD,999-11530 "+c.settled+",999-44400 -"+c.settled), "2026-11-10,C-1,INV-1,CN-U,"+c.settled)
				}
				var left, want string
				for _, x := range []struct{ fund, amount string }{{"101", c.f101}, {"601", c.f601}, {"602", c.f602}} {
					if x.amount != "0.00" {
						left += fmt.Sprintf("C-1 CN-U %s-11530 -%s\n", x.fund, x.amount)
						want += fmt.Sprintf("pay C-1 %s USD to V-1; %s-11530/%s-24210 %s; settles CN-U %s\n", x.amount, x.fund, x.fund, x.amount, x.amount)
					}
				}
				d := d.company(i)
				d.Import(t, f)
				if got := open(t, d, openitem.Customers); got != left {
					t.Errorf("open are\n%swant\n%s", got, left)
				}
				req := scenario{}.request()
				if got := story(d.MustPost(t, req)); got != want {
					t.Errorf("posted\n%swant\n%s", got, want)
				}
				if got := open(t, d, openitem.Customers); got != "" {
					t.Errorf("left open:\n%s", got)
				}
				d.MustVerify(t)
			})
		}
	})
}

// A document with items of both signs is settled within itself when it is posted; one that totals zero is no credit.
func TestRuleDocumentOfBothSigns(t *testing.T) {
	mixed := "CN-M,2026-11-05,credit_note,C-1,PARKS,,USD,101-44200 25.00,101-11530 -25.00,601-11530 5.00,601-44400 -5.00"
	transfer := "TR,2026-11-05,journal,C-1,,,USD,101-11530 25.00,101-44200 -25.00,601-11530 -25.00,601-44400 25.00"
	each(t, func(t *testing.T, d *door) {
		s := scenario{files: post(books(), mixed), want: text("pay C-1 20.00 USD to V-1; 101-11530/101-24210 20.00; settles CN-M 20.00")}
		s.holds(t, d.company(0))
		if got, want := entries(t, d.company(0), "ST-00000001"), "601-11530 -5.00, 101-11530 5.00, 101-11010 -5.00, 601-11010 5.00"; got != want {
			t.Errorf("the settlement within is %s, want %s", got, want)
		}
		s = scenario{files: post(books(), transfer, cn2), want: text(paysCN2)}
		s.holds(t, d.company(1))
		if got := open(t, d.company(1), openitem.Customers); got != "" {
			t.Errorf("the transfer leaves open\n%s", got)
		}
	})
	each(t, func(t *testing.T, d *door) {
		data, err := post(books().With(apptest.Files{"balancing_rules": ""}), mixed).Read()
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.App.Import(ctx, d.call, data)
		refused(t, err, fault.Invalid, "no_balancing_rule", "vouchers.csv:2:1: ", `between Fund "101" and "601"`)
		if n := rowCounts(t, d)["company"]; n != 0 {
			t.Errorf("the refused import left %d companies", n)
		}
	})
}

// Section 4: own currency, at the accounting amount at which the credit was booked; no gain or loss arises.
func TestRuleForeignCurrency(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		third := "CN-F,2026-11-16,credit_note,C-1,PARKS,,EUR,101-44200 0.10,101-11530 -0.10"
		posted := scenario{
			files: settlements(post(books(), cn1, cnE, third, "INV-E,2026-11-05,invoice,C-1,,,EUR,101-11530 33.33,101-44200 -33.33"), "2026-11-06,C-1,INV-E,CN-E,33.33"),
			want:  text("pay C-1 66.77 EUR to V-1; 101-11530/101-24210 66.77; settles CN-E 66.67, CN-F 0.10", paysCN1),
		}.holds(t, d)
		// CN-E was booked at 1.10: 110.00 less 36.66; CN-F at 1.20: 0.12. The rate of the run date is 1.20.
		if got, want := entries(t, d, posted.Reimbursements[0].Number), "101-11530 66.77/73.46, 101-24210 -66.77/-73.46"; got != want {
			t.Errorf("the voucher is %s, want %s", got, want)
		}
		if b := balances(t, d); strings.Contains(b, "70100") || strings.Contains(b, "70200") || strings.Contains(b, "11530") {
			t.Errorf("the balances are\n%s", b)
		}
	})
}

func netting(kind string) app.RunRequest { return app.RunRequest{Netting: &kind} }

// Section 2: net and net_due settle debits of that currency first.
func TestRuleNetting(t *testing.T) {
	big := "CN-9,2026-11-05,credit_note,C-1,PARKS,,USD,101-44200 100.00,101-11530 -100.00"
	debit := func(number, date, due, amount string) string {
		return fmt.Sprintf("%s,%s,invoice,C-1,UTL,%s,USD,101-11530 %s,101-44200 -%s", number, date, due, amount, amount)
	}
	journal := "J-1,2026-11-10,journal,C-1,,,USD,101-11530 10.00,101-44200 -10.00"
	credit := func(number, date, amount string) string {
		return fmt.Sprintf("%s,%s,credit_note,C-1,,,USD,101-44200 %s,101-11530 -%s", number, date, amount, amount)
	}
	run(t, []scenario{
		{
			"Simple", post(books(), big, debit("INV-1", "2026-11-03", "2026-12-31", "30.00")), netting("net"),
			text("net C-1: INV-1 with CN-9 30.00", "pay C-1 70.00 USD to V-1; 101-11530/101-24210 70.00; settles CN-9 70.00"),
		},
		{
			"WhateverTheClassification", post(books(), big, debit("INV-1", "2026-11-03", "", "30.00")),
			app.RunRequest{Netting: ptr("net"), Classifications: []string{"PARKS"}},
			text("net C-1: INV-1 with CN-9 30.00", "pay C-1 70.00 USD to V-1; 101-11530/101-24210 70.00; settles CN-9 70.00"),
		},
		{
			"OnlyCreditsThatTheFilterLeft", post(books(), cn1, pay1, debit("INV-1", "2026-11-03", "", "5.00")),
			app.RunRequest{Netting: ptr("net"), Classifications: []string{"PARKS"}},
			text("net C-1: INV-1 with CN-1 5.00", "pay C-1 15.00 USD to V-1; 101-11530/101-24210 15.00; settles CN-1 15.00"),
		},
		{"OnlyThatCurrency", post(books(), cn1, "INV-E,2026-11-03,invoice,C-1,,,EUR,101-11530 5.00,101-44200 -5.00"), netting("net"), text(paysCN1)},
		{
			"DueOnly", post(books(), big, debit("INV-1", "2026-11-03", "2026-11-30", "30.00"), debit("INV-2", "2026-11-03", "2026-12-01", "40.00")), netting("net_due"),
			text("net C-1: INV-1 with CN-9 30.00", "pay C-1 70.00 USD to V-1; 101-11530/101-24210 70.00; settles CN-9 70.00"),
		},
		{
			"DueOnlyLetsTheOthersIn", post(books(), big, debit("INV-2", "2026-11-03", "2026-12-01", "400.00")), netting("net_due"),
			text("pay C-1 100.00 USD to V-1; 101-11530/101-24210 100.00; settles CN-9 100.00"),
		},
		{
			"ParameterNets", post(books(), big, debit("INV-1", "2026-11-03", "", "30.00")).Append("parameters", "netting,net"),
			app.RunRequest{},
			text("net C-1: INV-1 with CN-9 30.00", "pay C-1 70.00 USD to V-1; 101-11530/101-24210 70.00; settles CN-9 70.00"),
		},
		{
			"OwesMore", post(books(), cn1, debit("INV-1", "2026-11-03", "2026-12-31", "30.00"), cn2), netting("net"),
			text(paysCN2, "not C-1 USD: net_debit: owes as much or more: INV-1 30.00 USD due 2026-12-31"),
		},
		{
			"OwesAsMuch", post(books(), cn1, debit("INV-1", "2026-11-03", "2026-12-31", "20.00"), cn2),
			app.RunRequest{Netting: ptr("net"), Minimum: ptr("1.00")},
			text(paysCN2, "not C-1 USD: net_debit: owes as much or more: INV-1 20.00 USD due 2026-12-31"),
		},
		{
			"Order", post(books(), credit("CN-1", "2026-11-05", "100.00"), credit("CN-0", "2026-11-05", "15.00"), credit("CN-2", "2026-11-04", "15.00"),
				debit("INV-B", "2026-11-01", "2026-11-20", "10.00"), debit("INV-A", "2026-11-01", "2026-11-20", "10.00"), debit("INV-C", "2026-10-31", "2026-11-20", "10.00"),
				debit("INV-D", "2026-11-02", "2026-11-15", "10.00"), journal), netting("net"),
			text("net C-1: J-1 with CN-2 10.00", "net C-1: INV-D with CN-2 5.00", "net C-1: INV-D with CN-0 5.00", "net C-1: INV-C with CN-0 10.00", "net C-1: INV-A with CN-1 10.00", "net C-1: INV-B with CN-1 10.00",
				"pay C-1 80.00 USD to V-1; 101-11530/101-24210 80.00; settles CN-1 80.00"),
		},
	})
}

// An excluded customer's items are not touched; an included one's debits really are settled, at the run date.
func TestRuleNettingSettles(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d = d.company(0)
		d.Import(t, post(books(), cn1, owes, "INV-2,2026-11-03,invoice,C-2,,,USD,101-11530 29.00,101-44200 -29.00", cn2))
		x := d.MustPost(t, app.RunRequest{Selection: all, Date: runDate, Netting: ptr("net"), Minimum: ptr("2.00")})
		if got, want := open(t, d, openitem.Customers), "C-2 INV-2 101-11530 29.00\nC-2 CN-2 101-11530 -30.00\n"; got != want {
			t.Errorf("open are\n%swant\n%s", got, want)
		}
		if len(x.Nettings) != 1 || x.Nettings[0].Voucher != "ST-00000001" {
			t.Errorf("the nettings are %+v", x.Nettings)
		}
		v, err := d.Voucher(ctx, d.call, "ST-00000001")
		if err != nil || v.Date != runDate || v.Type != "settlement" {
			t.Errorf("the settlement voucher is %+v, %v", v, err)
		}
		d.MustVerify(t)
	})
}

// Net across funds: the settlement voucher moves what the proportional rule gives, with due-to and due-from lines.
func TestRuleNettingAcrossFunds(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		posted := scenario{
			files: post(books(), "INV-1,2026-11-03,invoice,C-1,,,USD,999-11530 30.00,999-44200 -30.00",
				"CN-U,2026-11-09,credit_note,C-1,UTL,,USD,101-44400 10.00,601-44400 45.00,602-44400 45.00,101-11530 -10.00,601-11530 -45.00,602-11530 -45.00"), req: netting("net"),
			want: text("net C-1: INV-1 with CN-U 30.00", "pay C-1 7.00 USD to V-1; 101-11530/101-24210 7.00; settles CN-U 7.00",
				"pay C-1 31.50 USD to V-1; 601-11530/601-24210 31.50; settles CN-U 31.50", "pay C-1 31.50 USD to V-1; 602-11530/602-24210 31.50; settles CN-U 31.50"),
		}.holds(t, d)
		want := "999-11530 -3.00, 101-11530 3.00, 999-11530 -13.50, 601-11530 13.50, 999-11530 -13.50, 602-11530 13.50, " +
			"101-11010 -3.00, 999-37001 3.00, 601-11010 -13.50, 999-37001 13.50, 602-11010 -13.50, 999-37001 13.50"
		if got := entries(t, d, posted.Nettings[0].Voucher); got != want {
			t.Errorf("the settlement voucher is\n%s, want\n%s", got, want)
		}
	})
}

// Exchange differences of a netting are posted on their accounts; without the account the customer is left out and the run goes on.
func TestRuleNettingExchange(t *testing.T) {
	cheap := "INV-E,2026-11-02,invoice,C-1,,,EUR,101-11530 100.00,101-44200 -100.00"               // at 1.10
	dear := "CN-E,2026-11-20,credit_note,C-1,PARKS,,EUR,101-44200 300.00,101-11530 -300.00"        // at 1.20
	dearDebit := "INV-E,2026-11-20,invoice,C-1,,,EUR,101-11530 100.00,101-44200 -100.00"           // at 1.20
	cheapCredit := "CN-E,2026-11-05,credit_note,C-1,PARKS,,EUR,101-44200 300.00,101-11530 -300.00" // at 1.10
	other := strings.NewReplacer("101-11530 100", "601-11530 100", "101-44200 -100", "601-44200 -100").Replace(cheap)
	want := text("net C-1: INV-E with CN-E 100.00", "pay C-1 200.00 EUR to V-1; 101-11530/101-24210 200.00; settles CN-E 200.00")
	each(t, func(t *testing.T, d *door) {
		for i, c := range []struct {
			name, debit, credit string
			settles, pays       string
		}{
			{"Gain", cheap, dear, "101-11530 0.00/10.00, 101-70100 0.00/-10.00", "101-11530 200.00/240.00, 101-24210 -200.00/-240.00"},
			{"Loss", dearDebit, cheapCredit, "101-11530 0.00/-10.00, 101-70200 0.00/10.00", "101-11530 200.00/220.00, 101-24210 -200.00/-220.00"},
			{
				"GainAcrossFunds", other, dear, "601-11530 -100.00/-110.00, 101-11530 100.00/120.00, 601-70100 0.00/-10.00, 101-11010 -100.00/-120.00, 601-11010 100.00/120.00",
				"101-11530 200.00/240.00, 101-24210 -200.00/-240.00",
			},
		} {
			t.Run(c.name, func(t *testing.T) {
				d := d.company(i)
				x := scenario{files: post(books(), c.debit, c.credit), req: netting("net"), want: want}.holds(t, d)
				if got := entries(t, d, x.Nettings[0].Voucher); got != c.settles {
					t.Errorf("the settlement voucher is %s, want %s", got, c.settles)
				}
				if got := entries(t, d, x.Reimbursements[0].Number); got != c.pays {
					t.Errorf("the reimbursement is %s, want %s", got, c.pays)
				}
			})
		}
		for i, c := range []struct{ parameter, debit, credit string }{{"exchange_gain_account", cheap, dear}, {"exchange_loss_account", dearDebit, cheapCredit}} {
			t.Run("No_"+c.parameter, func(t *testing.T) {
				f := post(books(), c.debit, c.credit, cn2)
				f = f.With(apptest.Files{"parameters": strings.Replace(f["parameters"], c.parameter+",70100\n", "", 1)})
				f = f.With(apptest.Files{"parameters": strings.Replace(f["parameters"], c.parameter+",70200\n", "", 1)})
				scenario{files: f, req: netting("net"), want: text(paysCN2,
					"not C-1 EUR: cannot_post: settling INV-E with CN-E leaves an exchange difference, but the parameter "+c.parameter+" is not set")}.holds(t, d.company(10+i))
			})
		}
	})
}

// Section 3: separation, summarizing, and both.
func TestRuleGrouping(t *testing.T) {
	f := post(books(), pay1, "CN-P,2026-11-05,credit_note,C-1,PARKS,,USD,101-44200 10.00,101-11530 -10.00",
		"CN-U,2026-11-09,credit_note,C-1,UTL,,USD,101-44400 10.00,601-44400 45.00,101-11530 -10.00,601-11530 -45.00", cn2)
	apart := []string{
		paysPay, "pay C-1 10.00 USD to V-1 for PARKS; 101-11530/101-24210 10.00; settles CN-P 10.00",
		"pay C-1 10.00 USD to V-1 for UTL; 101-11530/101-24210 10.00; settles CN-U 10.00", "pay C-1 45.00 USD to V-1 for UTL; 601-11530/601-24210 45.00; settles CN-U 45.00",
		"pay C-2 30.00 USD to V-2 for PARKS; 101-11530/101-24210 30.00; settles CN-2 30.00",
	}
	yes := ptr(true)
	run(t, []scenario{
		{"Neither", f, app.RunRequest{}, text("pay C-1 20.00 USD to V-1; 101-11530/101-24210 20.00; settles CN-P 10.00, CN-U 10.00",
			"pay C-1 45.00 USD to V-1; 601-11530/601-24210 45.00; settles CN-U 45.00", paysPay, paysCN2)},
		{"Separate", f, app.RunRequest{Separate: yes}, text(apart...)},
		{"ParameterSeparates", f.Append("parameters", "separate_by_classification,yes"), app.RunRequest{}, text(apart...)},
		{"Summarize", f, app.RunRequest{Summarize: yes}, text(
			"pay C-1 115.00 USD to V-1; 101-11530/101-24210 20.00; 601-11530/601-24210 45.00; 999-11530/999-24210 50.00; settles CN-P 10.00, CN-U 10.00, CN-U 45.00, PAY-1 50.00", paysCN2)},
		{"ParameterSummarizes", post(books(), cn1, pay1).Append("parameters", "summarize_customer,yes"), app.RunRequest{}, text(
			"pay C-1 70.00 USD to V-1; 101-11530/101-24210 20.00; 999-11530/999-24210 50.00; settles CN-1 20.00, PAY-1 50.00")},
		{"SummarizePerCurrency", post(books(), cn1, pay1, cnE), app.RunRequest{Summarize: yes}, text(paysCNE,
			"pay C-1 70.00 USD to V-1; 101-11530/101-24210 20.00; 999-11530/999-24210 50.00; settles CN-1 20.00, PAY-1 50.00")},
		{"SummarizeAndSeparate", f, app.RunRequest{Summarize: yes, Separate: yes}, text(paysPay,
			"pay C-1 10.00 USD to V-1 for PARKS; 101-11530/101-24210 10.00; settles CN-P 10.00",
			"pay C-1 55.00 USD to V-1 for UTL; 101-11530/101-24210 10.00; 601-11530/601-24210 45.00; settles CN-U 10.00, CN-U 45.00",
			"pay C-2 30.00 USD to V-2 for PARKS; 101-11530/101-24210 30.00; settles CN-2 30.00")},
	})
}

// Section 3: numbering follows customer, currency, classification, ledger account without trailing blanks, in byte order.
func TestRuleNumbering(t *testing.T) {
	f := books().With(apptest.Files{"customers": "customer,name,currency,vendor\nc-1,d,USD,V-1\nC-2,c,USD,V-1\nC-10,b,USD,V-1\nC-1,a,USD,V-1\n"})
	credit := func(number, customer, class, currency, account, amount string) string {
		fund, _, _ := strings.Cut(account, "-")
		return fmt.Sprintf("%s,2026-11-05,credit_note,%s,%s,,%s,%s-44200 %s,%s -%s", number, customer, class, currency, fund, amount, account, amount)
	}
	f = post(f, credit("A", "c-1", "", "USD", "101-11530", "1.00"), credit("B", "C-2", "", "USD", "101-11530", "2.00"), credit("C", "C-10", "", "USD", "101-11530", "3.00"),
		credit("D", "C-1", "UTL", "USD", "101-11530", "4.00"), credit("E", "C-1", "PARKS", "USD", "601-11530-A1", "5.00"), credit("F", "C-1", "PARKS", "USD", "101-11540", "6.00"),
		credit("G", "C-1", "PARKS", "USD", "601-11530--", "7.00"), credit("H", "C-1", "PARKS", "USD", "601-11530", "8.00"), credit("I", "C-1", "PARKS", "USD", "601-11530-B1", "9.00"),
		credit("J", "C-1", "", "USD", "999-11530", "10.00"), credit("K", "C-1", "UTL", "EUR", "999-11530", "11.00"))
	each(t, func(t *testing.T, d *door) {
		d.Import(t, f)
		x := d.MustPost(t, app.RunRequest{Selection: all, Date: runDate, Separate: ptr(true)})
		var got []string
		for i, r := range x.Reimbursements {
			if want := fmt.Sprintf("RB-%08d", i+1); r.Number != want || r.Voucher.Number != want {
				t.Errorf("number %s (voucher %s), want %s", r.Number, r.Voucher.Number, want)
			}
			var settles []string
			for _, s := range r.Settles {
				settles = append(settles, s.Voucher)
			}
			got = append(got, strings.Join(settles, "+"))
		}
		if got, want := strings.Join(got, " "), "K J F G+H E I D C B A"; got != want {
			t.Errorf("the order is %s, want %s", got, want)
		}
		d.MustVerify(t)
	})
}

// Section 4: the vendor invoice is due on the run date, and its number is that of the reimbursement.
func TestRuleVendorInvoice(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1, pay1))
		d.MustPost(t, app.RunRequest{Selection: all, Date: day("2026-11-25")})
		got := items(t, d, openitem.Vendors)
		want := []app.OpenItem{
			{Party: "V-1", Voucher: "RB-00000001", Type: "reimbursement", Account: "101-24210", Currency: "USD", Date: day("2026-11-25"), DueDate: day("2026-11-25"), Amount: "-20.00", Open: "-20.00"},
			{Party: "V-1", Voucher: "RB-00000002", Type: "reimbursement", Account: "999-24210", Currency: "USD", Date: day("2026-11-25"), DueDate: day("2026-11-25"), Amount: "-50.00", Open: "-50.00"},
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("the vendor items are\n%+v\nwant\n%+v", got, want)
		}
	})
}
