package app_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/format/naupa"
	"quittance/internal/payout"
	"quittance/internal/unclaimed"
)

var (
	creditRule = app.DormancyRule{
		Jurisdiction: "US-WI", Kind: unclaimed.Credit, From: civil.MustParse("2026-01-01"), Days: 5, Activity: unclaimed.ByContact, CutOff: "11-15", Report: "12-31", LetterFirst: 45, LetterLast: 30,
		LetterMinimum: "20.00", ReplyDays: 5, Code: "MS09",
	}
	paymentRule = app.DormancyRule{
		Jurisdiction: "US-WI", Kind: unclaimed.Payment, From: civil.MustParse("2026-01-01"), Days: 5, Activity: unclaimed.ByContact, CutOff: "12-15", Report: "12-31", LetterFirst: 45, LetterLast: 30,
		LetterMinimum: "1000.00", ReplyDays: 5,
	}
)

// openUnclaimed brings the public-sector example in, pays what is asked for, and sets the rules up; account is the liability account.
func openUnclaimed(t *testing.T, d *apptest.Door, account string, paid bool) {
	t.Helper()
	files := apptest.PublicSector().Append("accounts", "25100,Unclaimed property,liability,")
	d.Import(t, files)
	setCity(t, d)
	if paid {
		reimburseCity(t, d)
	}
	if err := d.SetParameter(t.Context(), apptest.Call, "unclaimed_property_account", account); err != nil {
		t.Fatal(err)
	}
	for _, r := range []app.DormancyRule{creditRule, paymentRule} {
		if err := d.SaveDormancyRule(t.Context(), apptest.Call, r); err != nil {
			t.Fatal(err)
		}
	}
}

func on(day string) app.UnclaimedSelection {
	return app.UnclaimedSelection{Date: civil.MustParse(day)}
}

// stages gives document and stage of everything that may be unclaimed on a day.
func stages(t *testing.T, d *apptest.Door, day string) []string {
	t.Helper()
	s := on(day)
	s.All = true
	x, err := d.Unclaimed(t.Context(), apptest.Call, s, 0)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, it := range x.Items {
		if it.Explanation == "" {
			t.Errorf("%s is not explained", it.Document)
		}
		all = append(all, it.Document+" "+string(it.Stage))
	}
	return all
}

func wantStages(t *testing.T, d *apptest.Door, day string, want ...string) {
	t.Helper()
	if got := stages(t, d, day); !slices.Equal(got, want) {
		t.Errorf("on %s there is %q, want %q", day, got, want)
	}
}

// Credits that nobody claims: the letter, the escheat, the remittance, the report, and each taken back in order.
func TestUnclaimedCredits(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openUnclaimed(t, d, "25100", false)
		before := creditsOf(t, d, "C-1001")
		wantStages(t, d, "2026-11-08", "PAY not_dormant", "CN-P not_dormant")
		wantStages(t, d, "2026-11-20", "PAY letter_due", "CN-P escheat_due", "CN-U letter_due")
		letters, err := d.MakeUnclaimedLetters(t.Context(), preparer, on("2026-11-20"))
		if err != nil || letters.Count != 1 || letters.Items != 2 {
			t.Fatalf("the letters are %+v, %v", letters, err)
		}
		f, err := d.OpenUnclaimedLetters(t.Context(), preparer, letters.Letters)
		if err != nil || !bytes.HasPrefix(f.Content, []byte("%PDF-")) {
			t.Fatalf("the letters cannot be opened: %v", err)
		}
		if to := os.Getenv("QUITTANCE_TEST_LETTER"); to != "" {
			if err := os.WriteFile(to, f.Content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		_, err = d.MakeUnclaimedLetters(t.Context(), preparer, on("2026-11-20"))
		wantRule(t, err, "nothing_to_do")
		wantStages(t, d, "2026-11-20", "PAY reply_open", "CN-P escheat_due", "CN-U reply_open")
		_, err = d.Escheat(t.Context(), treasurer, app.UnclaimedSelection{Date: civil.MustParse("2026-11-20"), Documents: []string{"CN-U"}}, "")
		wantRule(t, err, "reply_open")
		_, err = d.Escheat(t.Context(), preparer, app.UnclaimedSelection{All: true}, "")
		if fault.CodeOf(err) != fault.Denied {
			t.Errorf("a clerk may escheat: %v", err)
		}

		// The owner answers about the payment: it is the owner's again for the days of the rule.
		k, err := d.LogContact(t.Context(), preparer, app.ContactEntry{Owner: "C-1001", Document: "PAY", Date: civil.MustParse("2026-11-21"), How: unclaimed.ByResponse, Note: "wants to keep it"})
		if err != nil {
			t.Fatal(err)
		}
		wantStages(t, d, "2026-11-25", "PAY not_dormant", "CN-P escheat_due", "CN-U escheat_due")
		if err := d.WithdrawContact(t.Context(), preparer, k.ID, "another customer"); err != nil {
			t.Fatal(err)
		}
		wantStages(t, d, "2026-11-25", "PAY escheat_due", "CN-P escheat_due", "CN-U escheat_due")

		done, err := d.Escheat(t.Context(), treasurer, app.UnclaimedSelection{Date: civil.MustParse("2026-11-25"), Jurisdiction: "US-WI"}, "")
		if err != nil || len(done.Done) != 3 || len(done.Refused) != 0 {
			t.Fatalf("escheated %+v, %v", done, err)
		}
		want := []string{"Cr 101-25100 10.00", "Cr 601-25100 45.00", "Cr 602-25100 45.00", "Dr 101-11530 10.00", "Dr 601-11530 45.00", "Dr 602-11530 45.00"}
		if got := voucherLines(t, d, done.Vouchers[2]); !slices.Equal(got, want) {
			t.Errorf("posted\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if left := creditsOf(t, d, "C-1001"); len(left) != 0 {
			t.Errorf("still open: %q", left)
		}
		d.MustVerify(t)
		_, err = d.ReverseVoucher(t.Context(), apptest.Call, done.Vouchers[2], civil.MustParse("2026-11-25"), "by hand")
		wantRule(t, err, "belongs_to_unclaimed")

		remitAndReport(t, d, done)
		for _, p := range done.Done {
			if _, err := d.ReverseUnclaimed(t.Context(), treasurer, p.Property, civil.MustParse("2026-12-02"), "the owner came"); err != nil {
				t.Fatal(err)
			}
		}
		d.MustVerify(t)
		if after := creditsOf(t, d, "C-1001"); !slices.Equal(after, before) {
			t.Errorf("the credits are %q, before they were %q", after, before)
		}
		if p, err := d.UnclaimedProperty(t.Context(), apptest.Call, done.Done[2].Property); err != nil || p.Status != unclaimed.Reversed || len(p.History) < 4 {
			t.Errorf("the property is %+v, %v", p, err)
		}
		reclaimOne(t, d)
	})
}

// remitAndReport pays what was escheated to the state, reports it, and takes the remittance back.
func remitAndReport(t *testing.T, d *apptest.Door, done *app.UnclaimedDone) {
	t.Helper()
	ctx := t.Context()
	r, err := d.RemitUnclaimed(ctx, treasurer, app.UnclaimedRemitting{Jurisdiction: "US-WI", Bank: "TREASURY", Date: civil.MustParse("2026-12-01"), Reference: "WI 2026"})
	if err != nil || r.Amount != "160.00" || r.Properties != 3 {
		t.Fatalf("remitted %+v, %v", r, err)
	}
	want := []string{
		"Cr 101-11010 20.00", "Cr 601-11010 45.00", "Cr 602-11010 45.00", "Cr 999-11020 160.00",
		"Dr 101-25100 20.00", "Dr 601-25100 45.00", "Dr 602-25100 45.00", "Dr 999-25100 50.00", "Dr 999-37001 20.00", "Dr 999-37001 45.00", "Dr 999-37001 45.00",
	}
	if got := voucherLines(t, d, r.Voucher); !slices.Equal(got, want) {
		t.Errorf("posted\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	d.MustVerify(t)
	_, err = d.MakeUnclaimedReport(ctx, treasurer, "US-WI", 2026, false)
	wantRule(t, err, "report_data")
	if err := d.SaveUnclaimedHolder(ctx, apptest.Call, unclaimed.Holder{
		TaxID: "391234567", City: "Lakemont", State: "WI", Contact: naupa.Contact{Name: "Tom Treasurer", Lines: [3]string{"2 City Hall Plaza"}, City: "Lakemont", State: "WI", Zip: "53551", Country: "USA", Phone: "6085550100"},
	}); err != nil {
		t.Fatal(err)
	}
	report, err := d.MakeUnclaimedReport(ctx, treasurer, "US-WI", 2026, false)
	if err != nil || report.Total != "160.00" || report.Properties != 3 {
		t.Fatalf("the report is %+v, %v", report, err)
	}
	_, err = d.MakeUnclaimedReport(ctx, treasurer, "US-WI", 2026, false)
	wantRule(t, err, "report_made")
	if again, err := d.MakeUnclaimedReport(ctx, treasurer, "US-WI", 2026, true); err != nil || again.Number != 2 {
		t.Errorf("made again %+v, %v", again, err)
	}
	f, err := d.OpenUnclaimedReport(ctx, treasurer, report.Report)
	if err != nil {
		t.Fatal(err)
	}
	read, err := naupa.Read(f.Content)
	if err != nil || len(read.Properties) != 3 || read.Properties[2].Reported != 10000 || read.Properties[0].Account != "C-1001" {
		t.Errorf("the report reads %+v, %v", read, err)
	}
	_, err = d.ReverseUnclaimed(ctx, treasurer, done.Done[0].Property, civil.MustParse("2026-12-02"), "too soon")
	wantRule(t, err, "property_status")
	if _, err := d.ReverseUnclaimed(ctx, treasurer, r.Remittance, civil.MustParse("2026-12-02"), "sent back by the state"); err != nil {
		t.Fatal(err)
	}
	d.MustVerify(t)
}

// What was escheated in another currency is remitted at the rate of the day from a bank account in that currency: the liability goes with what it
// stood at, and what the dollar lost since is an exchange loss of the liability's fund. Taken back, everything is as before.
func TestRemittanceInAnotherCurrency(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		ctx := t.Context()
		d.Import(t, apptest.PublicSector().Append("accounts", "25100,Unclaimed property,liability,", "70100,Exchange gain,revenue,", "70200,Exchange loss,expense,").
			Append("parameters", "exchange_gain_account,70100").
			With(apptest.Files{"exchange_rates": "currency,date,rate\nEUR,2026-10-01,1.10\nEUR,2026-12-01,1.25\n"}))
		if err := d.SaveBankAccount(ctx, apptest.Call, app.BankAccountRow{Code: "EUROS", Account: "999-11020", Currency: "EUR", IBAN: "DE89370400440532013000"}); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{
			d.SetParameter(ctx, apptest.Call, "unclaimed_property_account", "25100"),
			d.SaveDormancyRule(ctx, apptest.Call, creditRule),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		if _, err := d.PostDocument(ctx, apptest.Call, app.DocumentRequest{
			Type: "credit_note", Number: "CN-EUR", Party: "C-1001", Date: civil.MustParse("2026-11-01"), Currency: "EUR", Lines: []app.DocumentLine{{Account: "602-44200", Amount: "15.00"}},
		}); err != nil {
			t.Fatal(err)
		}
		day := civil.MustParse("2026-11-25")
		done, err := d.Escheat(ctx, treasurer, app.UnclaimedSelection{Date: day, Documents: []string{"CN-EUR"}}, "")
		if err != nil || len(done.Done) != 1 {
			t.Fatalf("escheated %+v, %v", done, err)
		}
		remitting := app.UnclaimedRemitting{Jurisdiction: "US-WI", Bank: "EUROS", Date: civil.MustParse("2026-12-01"), Properties: []string{done.Done[0].Property}}
		_, err = d.RemitUnclaimed(ctx, treasurer, remitting)
		wantRule(t, err, "no_exchange_account")
		if err := d.SetParameter(ctx, apptest.Call, "exchange_loss_account", "70200"); err != nil {
			t.Fatal(err)
		}
		r, err := d.RemitUnclaimed(ctx, treasurer, remitting)
		if err != nil || r.Amount != "15.00" || r.Currency != "EUR" {
			t.Fatalf("remitted %+v, %v", r, err)
		}
		v, err := d.Voucher(ctx, apptest.Call, r.Voucher)
		if err != nil {
			t.Fatal(err)
		}
		worth := map[string]string{} // in the accounting currency, by account: 16.50 when it came, 18.75 when it went
		for _, l := range v.Lines {
			worth[l.Account] = "Dr " + l.AccountingDebit
			if l.AccountingDebit == "0.00" {
				worth[l.Account] = "Cr " + l.AccountingCredit
			}
		}
		want := map[string]string{"602-25100": "Dr 16.50", "602-70200": "Dr 2.25", "602-11010": "Cr 18.75", "999-11020": "Cr 18.75", "999-37001": "Dr 18.75"}
		if !reflect.DeepEqual(worth, want) {
			t.Errorf("posted %v, want %v", worth, want)
		}
		d.MustVerify(t)
		if _, err := d.ReverseUnclaimed(ctx, treasurer, r.Remittance, civil.MustParse("2026-12-02"), "sent back by the state"); err != nil {
			t.Fatal(err)
		}
		if _, err := d.ReverseUnclaimed(ctx, treasurer, done.Done[0].Property, civil.MustParse("2026-12-02"), "the owner came"); err != nil {
			t.Fatal(err)
		}
		d.MustVerify(t)
	})
}

// reclaimOne escheats a credit again, and remits it; its owner has it from the state, which is the end of it.
func reclaimOne(t *testing.T, d *apptest.Door) {
	t.Helper()
	ctx := t.Context()
	done, err := d.Escheat(ctx, treasurer, app.UnclaimedSelection{Date: civil.MustParse("2026-12-03"), Documents: []string{"CN-P"}}, "")
	if err != nil {
		t.Fatal(err)
	}
	p := done.Done[0]
	r, err := d.RemitUnclaimed(ctx, treasurer, app.UnclaimedRemitting{Bank: "TREASURY", Date: civil.MustParse("2026-12-03"), Properties: []string{p.Property}})
	if err != nil || r.Amount != "10.00" {
		t.Fatalf("remitted %+v, %v", r, err)
	}
	if x, err := d.ReclaimUnclaimed(ctx, preparer, p.Property, civil.MustParse("2026-12-03"), "claim 17"); err != nil || x.Status != unclaimed.Reclaimed {
		t.Fatalf("reclaimed %+v, %v", x, err)
	}
	_, err = d.ReverseUnclaimed(ctx, treasurer, r.Remittance, civil.MustParse("2026-12-04"), "no")
	wantRule(t, err, "property_status")
	d.MustVerify(t)
}

// A check that was never cashed: it becomes stale and is escheated on one liability account, with due-to and due-from lines; then the owner
// comes, and it is paid again.
func TestUnclaimedPayment(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openUnclaimed(t, d, "999-25100", true)
		p := paidCheckOn(t, d, "2026-12-01")
		wantStages(t, d, "2026-12-14", p.Payment+" before_cut_off")
		done, err := d.Escheat(t.Context(), treasurer, app.UnclaimedSelection{Date: civil.MustParse("2026-12-20"), All: true}, "")
		if err != nil || len(done.Done) != 1 || done.Done[0].Check != "1001" || done.Done[0].Amount != "160.00" {
			t.Fatalf("escheated %+v, %v", done, err)
		}
		want := []string{
			"Cr 101-11010 20.00", "Cr 601-11010 45.00", "Cr 602-11010 45.00", "Cr 999-25100 160.00",
			"Dr 101-24210 20.00", "Dr 601-24210 45.00", "Dr 602-24210 45.00", "Dr 999-24210 50.00", "Dr 999-37001 20.00", "Dr 999-37001 45.00", "Dr 999-37001 45.00",
		}
		if got := voucherLines(t, d, done.Vouchers[0]); !slices.Equal(got, want) {
			t.Errorf("posted\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		d.MustVerify(t)
		status := func() string {
			x, err := d.VendorPayment(t.Context(), apptest.Call, p.Payment)
			if err != nil {
				t.Fatal(err)
			}
			return string(x.Status)
		}
		if status() != "escheated" {
			t.Errorf("the payment is %s", status())
		}
		_, err = d.FailVendorPayments(t.Context(), treasurer, app.VendorPaymentFailure{Choice: one(p.Payment), As: payout.Voided, Date: civil.MustParse("2026-12-20"), Reason: "too late"})
		refusedBy(t, err, "payment_status", p.Payment, "escheated")
		list, err := d.Unclaimed(t.Context(), apptest.Call, on("2026-12-20"), 0)
		if err != nil || len(list.Items) != 0 || len(list.Owed) != 1 || list.Owed[0] != (app.UnclaimedLiability{"999-25100", 1, "160.00", "160.00", "0.00"}) {
			t.Errorf("there is %+v, %v", list, err)
		}
		if _, err := d.ReverseUnclaimed(t.Context(), treasurer, done.Done[0].Property, civil.MustParse("2026-12-21"), "the owner came"); err != nil {
			t.Fatal(err)
		}
		d.MustVerify(t)
		if status() != "stale" {
			t.Errorf("the payment is %s", status())
		}
		if again := paidCheckOn(t, d, "2026-12-22"); again.Amount != "160.00" || again.Replaces != p.Payment {
			t.Errorf("paid again by %+v", again)
		}
		d.MustVerify(t)
	})
}

// The owner of a check answers: the check becomes stale, and the next proposal pays again.
func TestContactReissuesAPayment(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openUnclaimed(t, d, "25100", true)
		p := paidCheckOn(t, d, "2026-12-01")
		x := app.ContactEntry{Owner: "V-1001", Date: civil.MustParse("2026-11-21"), How: unclaimed.ByResponse, Reissue: p.Payment}
		if _, err := d.LogContact(t.Context(), preparer, x); fault.CodeOf(err) != fault.Denied {
			t.Errorf("a clerk made a check stale: %v", err)
		}
		if _, err := d.LogContact(t.Context(), treasurer, x); err != nil {
			t.Fatal(err)
		}
		if again := paidCheckOn(t, d, "2026-12-03"); again.Replaces != p.Payment {
			t.Errorf("paid again by %+v", again)
		}
		d.MustVerify(t)
		x.Reissue, x.Date = "", civil.MustParse("2026-11-22")
		_, err := d.LogContact(t.Context(), treasurer, x)
		wantRule(t, err, "contact_later")
	})
}

// The ageing shows the clocks to the cent, overdue first.
func TestCreditAgeing(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openUnclaimed(t, d, "25100", false)
		clock := app.CreditClock{
			Jurisdiction: "US", From: civil.MustParse("2026-01-01"), RefundDays: 7, GoodFaithMonths: 6, InterestFrom: unclaimed.FromRequest, InterestAfterDays: 7, InterestRate: "12", YearDays: 360, BarMonths: 72,
		}
		if err := d.SaveCreditClock(t.Context(), apptest.Call, clock); err != nil {
			t.Fatal(err)
		}
		if _, err := d.LogContact(t.Context(), preparer, app.ContactEntry{Owner: "C-1001", Document: "CN-U", Date: civil.MustParse("2026-11-11"), How: unclaimed.ByRequest}); err != nil {
			t.Fatal(err)
		}
		x, err := d.CreditAgeing(t.Context(), apptest.Call, "", civil.MustParse("2026-12-18"), 2)
		if err != nil || len(x.Credits) != 2 || !x.More {
			t.Fatalf("the ageing is %+v, %v", x, err)
		}
		// 100.00 asked for on 11 November: due on the 18th, interest from the 19th to 18 December, 30 days of 360 at 12 %: 1.00.
		first := x.Credits[0]
		if first.Document != "CN-U" || !first.Overdue || first.Due.String() != "2026-11-18" || first.InterestOn.String() != "2026-11-19" || first.InterestDays != 30 || first.Interest != "1.00" || first.Bucket != "31-60" {
			t.Errorf("the first is %+v", first)
		}
		want := []app.AgeingBucket{{"31-60", "USD", 3, 1, "160.00"}}
		if !slices.Equal(x.Buckets, want) {
			t.Errorf("the buckets are %+v", x.Buckets)
		}
		if _, err := d.CreditAgeing(t.Context(), apptest.Call, "nobody", 0, 0); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("nobody's credits: %v", err)
		}
	})
}

// Whatever is escheated, remitted, reclaimed and taken back, in whatever order: the liability is what is escheated and not remitted.
func TestUnclaimedRandomHistories(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openUnclaimed(t, d, []string{"25100", "999-25100"}[rand.IntN(2)], false)
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		r := rand.New(rand.NewPCG(seed, 1))
		day := civil.MustParse("2026-11-25")
		documents := []string{"PAY", "CN-P", "CN-U"}
		var properties, remittances []string
		pick := func(all []string) string {
			if len(all) == 0 {
				return "UP-99999999"
			}
			return all[r.IntN(len(all))]
		}
		did := 0
		for range 30 {
			var err error
			switch r.IntN(5) {
			case 0, 1:
				var done *app.UnclaimedDone
				if done, err = d.Escheat(t.Context(), treasurer, app.UnclaimedSelection{Date: day, Documents: []string{pick(documents)}}, "a test"); err == nil {
					properties = append(properties, done.Done[0].Property)
				}
			case 2:
				var x *app.UnclaimedRemittance
				if x, err = d.RemitUnclaimed(t.Context(), treasurer, app.UnclaimedRemitting{Jurisdiction: "US-WI", Bank: "TREASURY", Date: day}); err == nil {
					remittances = append(remittances, x.Remittance)
				}
			case 3:
				_, err = d.ReverseUnclaimed(t.Context(), treasurer, pick(append(remittances, properties...)), day, "a test")
			case 4:
				if r.IntN(4) == 0 {
					_, err = d.ReclaimUnclaimed(t.Context(), preparer, pick(properties), day, "")
				}
			}
			if err == nil {
				did++
			} else if code := fault.CodeOf(err); code != fault.Refused && code != fault.NotFound {
				t.Fatal(err)
			}
			list, err := d.Unclaimed(t.Context(), apptest.Call, app.UnclaimedSelection{Date: day}, 0)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range list.Owed {
				if x.Difference != "0.00" {
					t.Fatalf("the liability is off: %+v", x)
				}
			}
		}
		d.MustVerify(t)
		if did == 0 {
			t.Error("nothing could be done")
		}
	})
}

func TestUnclaimedIsRefused(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	openUnclaimed(t, d, "25100", false)
	ctx := t.Context()
	for rule, try := range map[string]func() error{
		"not_unclaimed": func() error {
			_, err := d.Escheat(ctx, treasurer, app.UnclaimedSelection{Date: civil.MustParse("2026-10-01"), Documents: []string{"PAY"}}, "")
			return err
		},
		"nothing_to_do": func() error {
			_, err := d.Escheat(ctx, treasurer, app.UnclaimedSelection{Date: civil.MustParse("2026-11-01"), All: true}, "")
			return err
		},
		"no_report_format": func() error { _, err := d.MakeUnclaimedReport(ctx, treasurer, "DE", 2026, false); return err },
		"letter_later":     func() error { _, err := d.MakeUnclaimedLetters(ctx, preparer, on("2026-11-22")); return err },
	} {
		t.Run(rule, func(t *testing.T) { wantRule(t, try(), rule) })
	}
	if _, err := d.Escheat(ctx, treasurer, app.UnclaimedSelection{}, ""); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("everything is escheated without being asked for: %v", err)
	}
	for name, value := range map[string]string{"unclaimed_property_account": "11530", "unclaimed_holder_state": "Wisconsin"} {
		if err := d.SetParameter(ctx, apptest.Call, name, value); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%s may be %s: %v", name, value, err)
		}
	}
	bad := creditRule
	bad.CutOff, bad.LetterMinimum = "02-30", "-1.00"
	if err := d.SaveDormancyRule(ctx, apptest.Call, bad); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("the rule is taken: %v", err)
	}
	if n, err := d.TakeUnclaimedSamples(ctx, apptest.Call, 0); err != nil || n != 8+3 {
		t.Errorf("%d samples came beside the rules of Wisconsin, %v", n, err)
	}
}

// Rules, clocks, holder and contacts go out with the company folder and come in again, the same.
func TestUnclaimedRulesGoWithTheFolder(t *testing.T) {
	from := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	openUnclaimed(t, from, "25100", false)
	ctx := t.Context()
	if _, err := from.TakeUnclaimedSamples(ctx, apptest.Call, 0); err != nil {
		t.Fatal(err)
	}
	if err := from.SaveUnclaimedHolder(ctx, apptest.Call, unclaimed.Holder{TaxID: "391234567", Lines: []string{"2 City Hall Plaza", "Lakemont"}}); err != nil {
		t.Fatal(err)
	}
	for _, x := range []app.ContactEntry{{Owner: "C-1001", Document: "PAY", How: unclaimed.ByPhone, Note: "called,\nthen wrote"}, {Owner: "V-1001", How: unclaimed.ByRequest}} {
		if _, err := from.LogContact(ctx, preparer, x); err != nil {
			t.Fatal(err)
		}
	}
	folderOf := func(d *apptest.Door) *folder.Data {
		data, err := d.Export(ctx, apptest.Call, false)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	first := folderOf(from)
	to := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	for range 2 {
		if _, err := to.App.Import(ctx, apptest.Call, first); err != nil {
			t.Fatal(err)
		}
	}
	second := folderOf(to)
	for name, pair := range map[string][2]any{
		"rules": {first.DormancyRules, second.DormancyRules}, "clocks": {first.CreditClocks, second.CreditClocks}, "holder": {first.UnclaimedHolder, second.UnclaimedHolder}, "contacts": {first.OwnerContacts, second.OwnerContacts},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) || reflect.ValueOf(pair[0]).Len() == 0 {
			t.Errorf("the %s went out as %+v and came back as %+v", name, pair[0], pair[1])
		}
	}
}
