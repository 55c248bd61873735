package app_test

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/format/check"
	"quittance/internal/format/nacha"
	"quittance/internal/money"
	"quittance/internal/openitem"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
	"quittance/internal/unclaimed"
)

// moneyWorld is a company whose money goes all ways: from credits to payments, to the bank and back, or to the state.
type moneyWorld struct {
	*apptest.Door
	t        *rapid.T
	day      civil.Date
	credited money.Amount // all credits of customers
	balance  money.Amount // of the bank's statements
	imported int          // statements
	lines    []string     // of the statements
	n        int
	did      map[string]int
}

// Whatever happens, the control is right: reimbursements are what their credits were, and are paid, settled otherwise or open; the control
// accounts are their open items; the bank account is its statement but for what is named.
func TestControlHistories(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			checks(t, 8)
			did := map[string]int{}
			rapid.Check(t, func(rt *rapid.T) {
				url := dbtest.URL(t, kind)
				if kind == "postgres" {
					url += "?jit=off"
				}
				w := &moneyWorld{Door: apptest.New(t, dbtest.Open(t, url)), t: rt, day: civil.MustParse("2026-12-01"), credited: 16000, balance: 100000, did: did}
				w.open(t)
				w.control(t)
				for range rapid.IntRange(20, 40).Draw(rt, "steps") {
					w.step(t)
					w.control(t)
				}
				for _, what := range []string{"propose", "generate", "post", "statement", "match"} { // whatever was drawn, some of it comes to the bank
					w.do(t, what)
					w.control(t)
				}
				w.MustVerify(t)
			})
			t.Logf("done: %v", did)
			for _, what := range []string{"generate", "post", "statement", "match"} {
				if did[what] == 0 && !testing.Short() { // a single history may do without one
					t.Errorf("nothing was done by %s: %v", what, did)
				}
			}
		})
	}
}

// open sets up the city of the example with a second customer, who is paid by ACH, and reimburses the example.
func (w *moneyWorld) open(t *testing.T) {
	t.Helper()
	f := apptest.PublicSector().Append("accounts", "25100,Unclaimed property,liability,", "58100,Bank charges,expense,").
		Append("customers", "C-2,Second Supply,RES,USD,V-2,no,no,2 Road,Lakemont,WI,53551,US").Append("parameters", "bank_cooling_days,0", "bank_difference_limit,2.00", "unclaimed_property_account,25100")
	w.Import(t, f.With(apptest.Files{"vendors": `vendor,name,group,currency,payment_method,one_time,street,city,state,postal_code,country,routing_number,account_number,account_type,bank_verified
ONETIME,One-time vendor template,ONETIME,USD,check,template,,,,,US,,,,
V-1001,Brightwater Bakery,REFUND,USD,check,no,12 Mill Street,Lakemont,WI,53551,US,,,,
V-2,Second Supply,REFUND,USD,ach,no,2 Road,Lakemont,WI,53551,US,091000019,20002000,checking,yes
`}))
	setCity(t, w.Door)
	account := app.BankAccountRow{Code: "TREASURY", Account: "999-11020", Bank: "First Bank", RoutingNumber: "091000019", AccountNumber: "123456789", NextCheck: 1001, Settings: payout.Settings{
		Check: &payout.CheckSettings{Style: check.Top},
		ACH:   &payout.ACHSettings{Profile: nacha.Profile{Destination: "091000019", DestinationName: "FIRST BANK", Origin: "1234567890", OriginName: "CITY", Company: "CITY", CompanyID: "1234567890", Bank: "091000019", Description: "REFUND"}},
	}}
	if err := w.SaveBankAccount(ctx, apptest.Call, account); err != nil {
		t.Fatal(err)
	}
	if err := w.SavePaymentMethod(ctx, apptest.Call, app.PaymentMethodRow{Code: "ach", Kind: payout.ByACH, Bank: "TREASURY"}); err != nil {
		t.Fatal(err)
	}
	for _, r := range []app.DormancyRule{creditRule, paymentRule} {
		if err := w.SaveDormancyRule(ctx, apptest.Call, r); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.SaveBankMap(ctx, apptest.Call, "first", []byte(bankMap)); err != nil {
		t.Fatal(err)
	}
	reimburseCity(t, w.Door)
}

// step does one thing; what is refused is fine, what fails is not.
func (w *moneyWorld) step(t *testing.T) {
	w.day = min(w.day.AddDays(rapid.IntRange(0, 1).Draw(w.t, "days")), civil.MustParse("2026-12-31"))
	what := rapid.SampledFrom([]string{
		"credit", "reimburse", "reverse", "propose", "propose", "generate", "generate", "post", "post", "post", "withdraw", "cancel", "fail", "fail", "answer", "answer",
		"statement", "statement", "match", "match", "reconcile", "undo", "escheat", "remit", "take back",
	}).Draw(w.t, "what")
	w.do(t, what)
}

// do does one thing; that it is refused is no failure.
func (w *moneyWorld) do(t *testing.T, what string) {
	t.Helper()
	var err error
	switch what {
	case "credit", "reimburse", "reverse":
		err = w.reimburse(t, what)
	case "statement", "match", "reconcile", "undo":
		err = w.bank(t, what)
	case "escheat", "remit", "take back":
		err = w.unclaimed(t, what)
	default:
		err = w.pay(t, what)
	}
	switch code := fault.CodeOf(err); {
	case err == nil:
		w.did[what]++
	case code != fault.Refused && code != fault.NotFound:
		w.t.Fatalf("%s: %v (%v)", what, err, code)
	}
}

// reimburse makes credits, reimburses them, or takes that back.
func (w *moneyWorld) reimburse(t *testing.T, what string) (err error) {
	switch what {
	case "credit":
		w.n++
		amount := money.Amount(rapid.Int64Range(1, 99999).Draw(w.t, "amount"))
		req := app.DocumentRequest{Type: "credit_note", Number: fmt.Sprintf("X-%d", w.n), Party: w.one("customer", "C-1001", "C-2"), Date: w.day, Lines: []app.DocumentLine{
			{Account: w.one("fund", "999-44200", "101-44200", "601-44400"), Amount: money.MustCurrency("USD").Format(amount)},
		}}
		if _, err = w.PostDocument(ctx, apptest.Call, req); err == nil {
			w.credited += amount
		}
	case "reimburse":
		_, _, err = w.PostSelection(ctx, apptest.Call, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: w.day, IncludeDebits: new(true)}, nil)
	case "reverse":
		var all []reimbursement.View
		if all, err = w.ReimbursementsOf(ctx, apptest.Call, w.one("customer", "C-1001", "C-2")); err == nil && len(all) > 0 {
			_, err = w.Reverse(ctx, apptest.Call, []string{rapid.SampledFrom(all).Draw(w.t, "reimbursement").Number}, w.day, "a test")
		}
	}
	return err
}

// pay makes payments, and lets them come back.
func (w *moneyWorld) pay(t *testing.T, what string) (err error) {
	all := w.payments(t)
	if what == "propose" || len(all) == 0 {
		sel := app.VendorPaymentSelection{Date: w.day, Maximum: w.one("maximum", "", "", "300.00")}
		_, err = w.ProposeVendorPayments(ctx, preparer, sel)
		return err
	}
	p := rapid.SampledFrom(all).Draw(w.t, "payment")
	choice := one(p.Payment)
	fate := rapid.SampledFrom([]payout.Fate{"", payout.Reissue, payout.Reverse}).Draw(w.t, "fate")
	switch what {
	case "generate":
		_, err = w.GenerateVendorPayments(ctx, treasurer, app.VendorPaymentMaking{Choice: entire(p.Journal)})
	case "post":
		_, err = w.PostVendorPayments(ctx, treasurer, entire(p.Journal), w.day)
	case "withdraw":
		_, err = w.WithdrawVendorPayments(ctx, treasurer, choice, "jam")
	case "cancel":
		_, err = w.CancelVendorPayments(ctx, preparer, choice, "no")
	case "fail":
		as := rapid.SampledFrom([]payout.Status{payout.Voided, payout.Returned, payout.Stopped, payout.Stale, payout.Rejected}).Draw(w.t, "as")
		_, err = w.FailVendorPayments(ctx, treasurer, app.VendorPaymentFailure{Choice: choice, As: as, Date: w.day, Reason: "came back", Fate: fate})
	case "answer":
		if p.Number == "" {
			return nil
		}
		file := []byte("check,result,amount,reason\n" + p.Number + "," + w.one("result", "undeliverable", "stopped", "stale", "void", "paid") + "," + p.Amount + ",a test\n")
		if p.Kind == payout.ByACH {
			file = ach([]nacha.Return{{Trace: p.Number, Code: "R01", Amount: cents(t, p.Amount)}}, nil)
		}
		_, err = w.ReadPaymentAnswers(ctx, treasurer, app.PaymentAnswersRequest{Name: "answers", Content: file, Date: w.day, Fate: fate, Again: true})
	}
	return err
}

// bank imports a statement that has what the bank paid, what came back, or something else, or reconciles.
func (w *moneyWorld) bank(t *testing.T, what string) (err error) {
	switch what {
	case "statement":
		w.day++
		end := w.balance
		var lines []string
		for range rapid.IntRange(1, 4).Draw(w.t, "lines") {
			amount, number, kind := money.Amount(rapid.Int64Range(-200, 200).Draw(w.t, "amount")), "", ""
			if all := w.payments(t); len(all) > 0 && rapid.IntRange(0, 4).Draw(w.t, "of a payment") > 0 {
				p := rapid.SampledFrom(all).Draw(w.t, "payment")
				amount, number = rapid.SampledFrom([]money.Amount{0, 0, 0, 100}).Draw(w.t, "fee")-cents(t, p.Amount), p.Number
				if p.Status.Failed() && rapid.Bool().Draw(w.t, "back") {
					amount, kind = cents(t, p.Amount), "return"
				}
			}
			lines = append(lines, fmt.Sprintf("%s,%s,%s,,,%s,", w.day, money.MustCurrency("USD").Format(amount), number, kind))
			end += amount
		}
		if _, err = importCSV(t, w.Door, money.MustCurrency("USD").Format(w.balance), lines...); err == nil {
			w.balance, w.imported = end, w.imported+1
			for i := range lines {
				w.lines = append(w.lines, fmt.Sprintf("TREASURY/%d/%d", w.imported, i+1))
			}
		}
	case "match":
		_, err = w.MatchBank(ctx, treasurer, "TREASURY", false)
	case "reconcile":
		all := w.payments(t)
		if len(all) == 0 || len(w.lines) == 0 {
			return nil
		}
		req := app.BankReconciling{Line: rapid.SampledFrom(w.lines).Draw(w.t, "line"), Difference: w.one("difference", "", "999-58100")}
		if rapid.Bool().Draw(w.t, "with a payment") || req.Difference == "" {
			req.Payments = []string{rapid.SampledFrom(all).Draw(w.t, "payment").Payment}
		}
		_, err = w.ReconcileBankLine(ctx, treasurer, req)
	case "undo":
		if len(w.lines) > 0 {
			_, err = w.UndoBankLine(ctx, treasurer, rapid.SampledFrom(w.lines).Draw(w.t, "line"))
		}
	}
	return err
}

// unclaimed escheats a credit or a payment, remits it, or takes that back.
func (w *moneyWorld) unclaimed(t *testing.T, what string) (err error) {
	properties := w.properties(t)
	switch what {
	case "escheat":
		list, err := w.Unclaimed(ctx, apptest.Call, app.UnclaimedSelection{Date: w.day, All: true}, 0)
		if err != nil || len(list.Items) == 0 {
			return err
		}
		document := rapid.SampledFrom(list.Items).Draw(w.t, "document").Document
		_, err = w.Escheat(ctx, treasurer, app.UnclaimedSelection{Date: w.day, Documents: []string{document}}, "a test")
		return err
	case "remit":
		_, err = w.RemitUnclaimed(ctx, treasurer, app.UnclaimedRemitting{Jurisdiction: "US-WI", Bank: "TREASURY", Date: w.day})
	case "take back":
		if len(properties) > 0 {
			p := rapid.SampledFrom(properties).Draw(w.t, "property")
			code := p.Property
			if p.Remittance != "" {
				code = p.Remittance
			}
			_, err = w.ReverseUnclaimed(ctx, treasurer, code, w.day, "a test")
		}
	}
	return err
}

func (w *moneyWorld) one(label string, of ...string) string {
	return rapid.SampledFrom(of).Draw(w.t, label)
}

func (w *moneyWorld) payments(t *testing.T) []app.VendorPayment {
	t.Helper()
	part, err := w.VendorPayments(ctx, apptest.Call, app.VendorPaymentFilter{}, app.Page{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	return part.Items
}

func (w *moneyWorld) properties(t *testing.T) []app.UnclaimedProperty {
	t.Helper()
	part, err := w.UnclaimedProperties(ctx, apptest.Call, app.UnclaimedFilter{}, app.Page{Limit: 500})
	if err != nil {
		t.Fatal(err)
	}
	return part.Items
}

// control holds the control against what the payments, properties and items say each by themselves.
func (w *moneyWorld) control(t *testing.T) {
	t.Helper()
	x, err := w.Control(ctx, apptest.Call, app.ControlFilter{From: civil.MustParse("2026-01-01"), To: civil.MustParse("2027-12-31")})
	if err != nil {
		w.t.Fatal(err)
	}
	var sum struct{ credits, reimbursed, paid, otherwise, open, cameBack money.Amount }
	for _, y := range x.Ways {
		if y.Off != "0.00" {
			w.t.Errorf("the way is off: %+v", y)
		}
		sum.credits, sum.reimbursed, sum.paid = sum.credits+cents(t, y.Credits), sum.reimbursed+cents(t, y.Reimbursed), sum.paid+cents(t, y.Paid)
		sum.otherwise, sum.open, sum.cameBack = sum.otherwise+cents(t, y.Otherwise), sum.open+cents(t, y.Open), sum.cameBack+cents(t, y.CameBack)
	}
	for _, y := range x.Accounts {
		if y.Off != "0.00" || len(y.Parties) != 0 {
			w.t.Errorf("the control account is off: %+v", y)
		}
	}
	if !x.Right || x.NOff != 0 || len(x.Off) != 0 {
		w.t.Errorf("the control is not right: %+v", x)
	}
	var paid, kept, credits money.Amount
	for _, p := range w.payments(t) {
		if p.Status == payout.Posted || p.Status == payout.Cleared {
			paid += cents(t, p.Amount)
		}
	}
	for _, p := range w.properties(t) {
		switch {
		case p.Status == unclaimed.Reversed:
		case p.Kind == unclaimed.Payment:
			kept += cents(t, p.Amount)
		default:
			credits += cents(t, p.Amount)
		}
	}
	if sum.paid != paid || sum.otherwise != kept || sum.open != w.openOf(t, openitem.Vendors) || sum.cameBack > sum.open {
		w.t.Errorf("the control says %+v; %d is paid, %d went to the state and %d is open", sum, paid, kept, w.openOf(t, openitem.Vendors))
	}
	if all := sum.credits + w.openOf(t, openitem.Customers) + credits; all != w.credited {
		w.t.Errorf("%d was credited, of which %d is found: reimbursed %d, open %d, with the state %d", w.credited, all, sum.credits, w.openOf(t, openitem.Customers), credits)
	}
	w.atBank(t, x)
	if w.t.Failed() {
		w.t.FailNow()
	}
}

// openOf gives what is open on a side, credits positive.
func (w *moneyWorld) openOf(t *testing.T, side openitem.Side) (open money.Amount) {
	t.Helper()
	items, err := w.OpenItems(ctx, apptest.Call, side, "", false)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range items {
		open -= cents(t, it.Open)
	}
	return open
}

// atBank tests that the bank account is its statement but for what is named, item by item.
func (w *moneyWorld) atBank(t *testing.T, x *app.Control) {
	t.Helper()
	if w.imported == 0 {
		if strings.Join(x.Without, " ") != "TREASURY" {
			w.t.Errorf("without a statement are %q", x.Without)
		}
		return
	}
	if len(x.Banks) != 1 || x.Banks[0].Off != "0.00" || cents(t, x.Banks[0].Statement) != w.balance {
		w.t.Errorf("the bank accounts are %+v, the statement ends with %d", x.Banks, w.balance)
		return
	}
	b := mustControl(t, w.Door)
	var entries, lines money.Amount
	for _, e := range b.Entries {
		entries += cents(t, e.Amount)
	}
	for _, l := range b.Lines {
		lines += cents(t, l.Amount)
	}
	if entries != cents(t, b.Outstanding) || lines != cents(t, b.Unreconciled) || len(b.Entries) != b.NEntries || len(b.Lines) != b.NLines {
		w.t.Errorf("named are entries of %d and lines of %d: %+v", entries, lines, b)
	}
}
