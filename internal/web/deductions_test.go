package web_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/web/webtest"
)

const hostileText = `"><script>alert(1)</script>`

// grocer is the public sector example with a shop, its branch, their invoices, and what deductions need.
func grocer() apptest.Files {
	return apptest.PublicSector().
		Append("accounts", "11535,Deductions held,asset,customer", "65100,Allowances,expense,", "23500,Accrued promotions,liability,", "70100,Discounts,expense,").
		Append("posting_profiles", "customer,party,DED,11535,").
		Append("parameters", "deduction_customer,DED", "deduction_hold,deduction_customer").
		Append("vouchers",
			"INV-1,2026-11-02,invoice,C-2000,,,2026-11-30,USD,101-11530,1000.00,,Vegetables", "INV-1,2026-11-02,invoice,C-2000,,,2026-11-30,USD,101-44200,,1000.00,Vegetables",
			"INV-2,2026-11-03,invoice,C-2000,,,2026-12-01,USD,101-11530,500.00,,Fruit", "INV-2,2026-11-03,invoice,C-2000,,,2026-12-01,USD,101-44200,,500.00,Fruit",
			"INV-3,2026-11-04,invoice,C-2001,,,2026-12-02,USD,101-11530,250.00,,Fruit", "INV-3,2026-11-04,invoice,C-2001,,,2026-12-02,USD,101-44200,,250.00,Fruit").
		With(apptest.Files{"customers": `customer,name,group,currency,parent,vendor,hold,do_not_reimburse,street,city,state,postal_code,country
C-1001,Brightwater Bakery,RES,USD,,V-1001,no,no,12 Mill Street,Lakemont,WI,53551,US
DED,Deductions,,USD,,,no,no,,,,,US
C-2000,Harbor Foods,SHOP,USD,,,no,no,1 Quay,Lakemont,WI,53551,US
C-2001,Harbor Foods North,SHOP,USD,C-2000,,no,no,2 Quay,Lakemont,WI,53551,US
`})
}

// openGrocer brings the grocer in, with types, reasons, a plan of 200.00 and a dispute rule.
func openGrocer(t *testing.T, d *apptest.Door) {
	t.Helper()
	d.Import(t, grocer())
	ctx := context.Background()
	year := func(text string) civil.Date { return civil.MustParse(text) }
	for _, r := range []app.DeductionSetupRow{
		&app.DeductionType{Type: "UNR", Name: "Unresolved", Treat: "unresolved"},
		&app.DeductionType{Type: "WO", Name: "Write-off", Treat: "write_off"},
		&app.DeductionType{Type: "PLAN", Name: "Promotion", Treat: "accrual_plan"},
		&app.AccrualPlan{Plan: "SPRING", Name: "Spring", Account: "23500", From: year("2026-01-01"), To: year("2026-12-31"), PayOver: "no", Customers: []app.PlanCustomer{{Scope: "all"}}},
		&app.DeductionReason{Reason: "DMG", Name: "Damaged", Type: "WO", Account: "65100", Evidence: []string{"claim"}, Owner: "clerk", Active: true},
		&app.DeductionReason{Reason: "PROMO", Name: "Promotion", Type: "PLAN", Plan: "SPRING", Active: true},
		&app.DisputeRule{From: year("2026-01-01"), Window: 60, WindowFrom: "capture"},
	} {
		if err := d.SaveDeductionSetup(ctx, apptest.Call, r); err != nil {
			t.Fatalf("saving %s: %v", r.Kind(), err)
		}
	}
	if _, err := d.Accrue(ctx, apptest.Call, app.AccrualRequest{Plan: "SPRING", Date: year("2026-11-01"), Amount: "200.00"}); err != nil {
		t.Fatal(err)
	}
}

// shortPayment makes a journal with a line that pays 850 of INV-1 and 450 of INV-2: not posted yet.
func shortPayment(t *testing.T, d *apptest.Door) string {
	t.Helper()
	return payment(t, d, "1300.00", app.PaymentApplyRequest{Voucher: "INV-1", Amount: "850.00"}, app.PaymentApplyRequest{Voucher: "INV-2", Amount: "450.00"})
}

// payment makes a journal with a line that is applied so: not posted yet.
func payment(t *testing.T, d *apptest.Door, amount string, to ...app.PaymentApplyRequest) string {
	t.Helper()
	ctx := context.Background()
	j, err := d.CreatePaymentJournal(ctx, apptest.Call, app.PaymentJournalRequest{Text: hostileText})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.AddPaymentLine(ctx, apptest.Call, j.Code, app.PaymentLineRequest{Date: civil.MustParse("2026-11-20"), Customer: "C-2000", Amount: amount, Bank: "101-11020", Reference: hostileText, Text: hostileText}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.ApplyPayment(ctx, apptest.Call, j.Code, 1, to); err != nil {
		t.Fatal(err)
	}
	return j.Code
}

// heldDeduction posts the short payment, and gives the number of its first deduction, which is held with 150.00.
func heldDeduction(t *testing.T, d *apptest.Door) string {
	t.Helper()
	ctx := context.Background()
	code := shortPayment(t, d)
	l, err := d.PaymentLine(ctx, apptest.Call, code, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range l.Deductions {
		req := app.PaymentDeductionRequest{Application: x.Application, Type: "UNR", TheirCode: hostileText, Claim: hostileText, Note: hostileText}
		if _, err := d.ChangePaymentDeduction(ctx, apptest.Call, code, 1, x.N, req); err != nil {
			t.Fatal(err)
		}
	}
	done, err := d.PostPaymentJournal(ctx, apptest.Call, code)
	if err != nil || len(done.Lines) != 1 || done.Lines[0].Problem != "" || len(done.Lines[0].Deductions) != 2 {
		t.Fatalf("posting: %+v, %v", done, err)
	}
	return done.Lines[0].Deductions[0]
}

// fresh serves the grocer to a clerk without JavaScript, on SQLite.
func fresh(t *testing.T, role identity.Role) (*apptest.Door, *webtest.Reader) {
	t.Helper()
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	openGrocer(t, d)
	return d, webtest.Serve(t, d, options()).SignedIn(role)
}

// saw fails the test when the page does not say something.
func saw(t *testing.T, a *webtest.Answer, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(a.Text(), text) {
			t.Errorf("%s (%d) does not say %q:\n%s", a.Path, a.Status, text, a.Text())
		}
	}
}

// A payment is entered, applied and posted by plain forms; what is wrong is said at its field, and nothing typed is lost.
func TestPaymentByForms(t *testing.T) {
	d, r := fresh(t, identity.Clerk)
	a := r.Post("/c/PSUS/payments/new", url.Values{"text": {"Deposit"}})
	if !strings.HasSuffix(a.Path, "/lines/new") {
		t.Fatalf("a new journal leads to %s (%d): %s", a.Path, a.Status, a.Text())
	}
	code := strings.Split(a.Path, "/")[4]
	base := "/c/PSUS/payments/" + code
	a = r.Post(base+"/lines/new", url.Values{"customer": {"C-2000"}, "amount": {"12x"}, "bank": {"101-11020"}, "reference": {"CHK 7"}})
	if v, _ := a.Field("reference"); a.Status < 400 || v != "CHK 7" {
		t.Errorf("a wrong amount answers %d and keeps %q", a.Status, v)
	}
	a = r.Post(base+"/lines/new", url.Values{"customer": {"C-2000"}, "amount": {"1300.00"}, "date": {"2026-11-20"}, "bank": {"101-11020"}, "reference": {"CHK 7"}})
	saw(t, a, "INV-1", "INV-2", "INV-3", "Left")
	line := base + "/lines/1"
	docs := []string{"C-2000|INV-1", "C-2000|INV-2", "C-2001|INV-3"}
	a = r.Post(line, url.Values{"doc": docs, "pay.C-2000|INV-1": {"2000.00"}, "pay.C-2000|INV-2": {"450.00"}})
	if v, _ := a.Field("pay.C-2000|INV-1"); a.Status < 400 || v != "2000.00" {
		t.Errorf("more than is open answers %d and keeps %q", a.Status, v)
	}
	a = r.Post(line, url.Values{"doc": docs, "pay.C-2000|INV-1": {"850.00"}, "pay.C-2000|INV-2": {"450.00"}})
	saw(t, a, "Deduction line 1", "$150.00", "$50.00")
	form, ok := a.Form(line)
	if !ok {
		t.Fatal("there is no form to apply the payment by")
	}
	t.Run("UnresolvedAndAllowed", func(t *testing.T) {
		wrong := clone(form)
		wrong.Set("type.1", "UNR")
		wrong.Set("allowed.1", "yes")
		wrong.Set("note.1", "kept")
		a := r.Post(line, wrong)
		if v, _ := a.Field("note.1"); a.Status < 400 || v != "kept" {
			t.Errorf("an unresolved one that is allowed answers %d and keeps %q: %s", a.Status, v, a.Text())
		}
	})
	form.Set("type.1", "UNR")
	form.Set("type.2", "WO")
	form.Set("account.2", "65100")
	form.Set("reason.2", "DMG")
	form.Set("allowed.2", "yes")
	form.Set("split.1", "50.00")
	form.Set("step", "split.1")
	a = r.Post(line, form)
	saw(t, a, "Deduction line 3", "$100.00", "Allowed")
	saw(t, r.Get(line+"?show=vouchers"), "What would be posted", "101-11535", "101-65100")
	a = r.Get(base + "/post")
	saw(t, a, "Post 1 payment, $1,300.00")
	form, _ = a.Form(base + "/post")
	a = r.Post(base+"/post", form)
	if !strings.Contains(a.Notice(), "3 deductions were captured") {
		t.Fatalf("posting says %q: %s", a.Notice(), a.Text())
	}
	saw(t, r.Get(line), "Posted", "C-2000")
	part, err := d.Deductions(t.Context(), apptest.Call, app.DeductionFilter{}, app.Page{})
	if err != nil || len(part.Items) != 2 {
		t.Fatalf("open are %+v, %v", part.Items, err)
	}
	a = r.Post(base+"/reverse", url.Values{"reason": {"wrong day"}})
	saw(t, a, "Before you confirm", "Reverse 1 payment, $1,300.00")
	form, _ = a.Form(base + "/reverse")
	if a = r.Post(base+"/reverse", url.Values{"reason": {"wrong day"}, "step": {"do"}}); !strings.Contains(a.Notice(), "1 payment was reversed") {
		t.Errorf("the reversal says %q: %s (%v)", a.Notice(), a.Text(), form)
	}
	d.MustVerify(t)
}

func clone(v url.Values) url.Values {
	c, _ := url.ParseQuery(v.Encode())
	return c
}

// A deduction is worked on and resolved by plain forms.
func TestDeductionByForms(t *testing.T) {
	d, r := fresh(t, identity.Clerk)
	number := heldDeduction(t, d)
	at := "/c/PSUS/deductions/" + number
	saw(t, r.Get("/c/PSUS/deductions"), number, "150.00", "Harbor Foods")
	saw(t, r.Get(at), "INV-1", "On the deduction customer", "Not disputed")
	a := r.Post(at+"/edit", url.Values{"reason": {"DMG"}, "comment": {hostileText}, "follow_up": {"2026-12-01"}})
	saw(t, a, "was changed", "Still missing: Claim")
	t.Run("SomebodyWasFaster", func(t *testing.T) {
		if a := r.Post(at+"/edit", url.Values{"version": {"1"}, "note": {"mine"}}); a.Status != http.StatusConflict {
			t.Errorf("an old version answers %d", a.Status)
		}
	})
	t.Run("Evidence", func(t *testing.T) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		_ = w.WriteField("type", "claim")
		f, _ := w.CreateFormFile("file", `cla"im<b>.txt`)
		_, _ = f.Write([]byte("Two crates were broken."))
		_ = w.Close()
		req, _ := http.NewRequest(http.MethodPost, r.URL(at+"/evidence"), &b)
		req.Header.Set("Content-Type", w.FormDataContentType())
		saw(t, r.Do(req), "Ready", "was attached")
		x, err := d.Deduction(t.Context(), apptest.Call, number)
		if err != nil || len(x.Evidence) != 1 {
			t.Fatalf("the evidence is %+v, %v", x, err)
		}
		got := r.Get(fmt.Sprintf("%s/evidence/%d", at, x.Evidence[0].ID))
		if got.Status != http.StatusOK || got.Header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(got.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("the file comes as %d %v", got.Status, got.Header)
		}
	})
	t.Run("ReturnHasNoAccount", func(t *testing.T) {
		a := r.Post(at+"/resolve", url.Values{"rows": {"2"}, "kind0": {"return"}, "amount0": {"15.00"}, "account0": {"65100"}, "reason0": {"invalid"}})
		if v, _ := a.Field("account0"); a.Status < 400 || v != "65100" {
			t.Errorf("an account on a return answers %d and keeps %q: %s", a.Status, v, a.Text())
		}
	})
	lines := url.Values{
		"rows": {"3"}, "kind0": {"write_off"}, "amount0": {"60.00"}, "account0": {"65100"}, "kind1": {"accrual_plan"}, "amount1": {"25.00"}, "plan1": {"SPRING"}, "kind2": {"return"}, "amount2": {"15.00"}, "reason2": {"DMG"},
	}
	a = r.Post(at+"/resolve", lines)
	saw(t, a, "Before you confirm", "Post 3 resolutions, $100.00", "101-65100", "101-23500", "50.00")
	form, _ := a.Form(at + "/resolve")
	form.Set("step", "do")
	a = r.Post(at+"/resolve", form)
	if !strings.Contains(a.Notice(), "$100.00 was resolved; $50.00 remains") {
		t.Fatalf("the resolution says %q: %s", a.Notice(), a.Text())
	}
	saw(t, a, "Write off", "Accrual plan", "Return to customer", "Partly resolved")
	t.Run("HistoryInWords", func(t *testing.T) {
		saw(t, a, "Write off 60.00 USD, Accrual plan 25.00 USD, Return to customer 15.00 USD", "Work: Captured → Coded", "Reason: – → DMG", "Evidence: – → Claim cla", "Evidence ready: no → yes")
		r.Post("/preferences", url.Values{"lang": {"de"}, "next": {"/"}})
		saw(t, r.Get(at), "An den Kunden zurück 15.00 USD", "Bearbeitung: Erfasst → Kodiert")
		r.Post("/preferences", url.Values{"lang": {"en"}, "next": {"/"}})
	})
	x, err := d.Deduction(t.Context(), apptest.Call, number)
	if err != nil || len(x.Resolutions) != 3 {
		t.Fatalf("the record is %+v, %v", x, err)
	}
	saw(t, r.Get("/c/PSUS/vouchers/"+x.Resolutions[0].Voucher), number)
	saw(t, r.Get("/c/PSUS/search?q="+number), number)
	saw(t, r.Get("/c/PSUS/customers/C-2000/deductions"), "Balance without deductions", number)
	saw(t, r.Get("/c/PSUS/"), "Open deductions")
	a = r.Post(at+"/split", url.Values{"amount0": {"20.00"}, "note0": {"half"}, "step": {"do"}})
	saw(t, a, number+"/1")
	saw(t, r.Get("/c/PSUS/deductions/"+url.PathEscape(number+"/1")), "Split off from")
	d.MustVerify(t)
}

// Many are changed at once, after a look at what would happen to each.
func TestMassChange(t *testing.T) {
	d, r := fresh(t, identity.Clerk)
	number := heldDeduction(t, d)
	a := r.Post("/c/PSUS/deductions/mass", url.Values{"number": {number}, "what": {"update"}})
	saw(t, a, "1 deduction is chosen")
	a = r.Post("/c/PSUS/deductions/mass", url.Values{"number": {number}, "what": {"update"}, "step": {"show"}, "owner": {"clerk"}, "comment": {"look"}})
	saw(t, a, "Change 1 deduction")
	a = r.Post("/c/PSUS/deductions/mass", url.Values{"number": {number}, "what": {"update"}, "step": {"do"}, "owner": {"clerk"}, "comment": {"look"}})
	if !strings.Contains(a.Notice(), "1 deduction was changed") {
		t.Errorf("it says %q", a.Notice())
	}
	saw(t, r.Get("/c/PSUS/deductions/mass?what=resolve&customer=C-2000"), "All 2 deductions of the list")
	a = r.Post("/c/PSUS/deductions/mass", url.Values{"all": {"yes"}, "filter": {"customer=C-2000"}, "what": {"resolve"}, "step": {"show"}, "kind": {"write_off"}, "account": {"65100"}})
	saw(t, a, "Resolve 2 deductions, $200.00")
	if a := r.Post("/c/PSUS/deductions/mass", url.Values{"number": {number}, "what": {"approve"}}); a.Status != http.StatusForbidden {
		t.Errorf("a clerk who approves gets %d", a.Status)
	}
	d.MustVerify(t)
}

// A view that is kept under a name is offered again, and can be forgotten.
func TestSavedViews(t *testing.T) {
	_, r := fresh(t, identity.Viewer)
	a := r.Post("/c/PSUS/deductions/views", url.Values{"name": {"Harbor, damaged " + hostileText}, "query": {"customer=C-2000&reason=DMG"}})
	if !strings.Contains(a.Path, "customer=C-2000") {
		t.Errorf("keeping a view leads to %s", a.Path)
	}
	saw(t, r.Get("/c/PSUS/deductions"), "Harbor, damaged")
	r.Post("/c/PSUS/deductions/views", url.Values{"forget": {"Harbor, damaged " + hostileText}})
	if a := r.Get("/c/PSUS/deductions"); strings.Contains(a.Text(), "Harbor, damaged") {
		t.Error("a forgotten view is still there")
	}
}

// Who may only look is offered nothing else, and finds every text that strangers wrote written as text.
func TestLookingAtDeductions(t *testing.T) {
	d, r := fresh(t, identity.Viewer)
	number := heldDeduction(t, d)
	for _, path := range []string{"/payments", "/payments/CPJ-00000001", "/payments/CPJ-00000001/lines/1", "/deductions", "/deductions/" + number, "/customers/C-2000/deductions", "/customers/C-2000", "/"} {
		a := r.Get("/c/PSUS" + path)
		if a.Status != http.StatusOK || strings.Contains(a.Body, "<script>alert") {
			t.Errorf("%s answers %d, or holds what a stranger wrote", path, a.Status)
		}
		for _, link := range a.Links() {
			if strings.HasSuffix(link, "/resolve") || strings.HasSuffix(link, "/post") || strings.HasSuffix(link, "/payments/new") || strings.HasSuffix(link, "/edit") {
				t.Errorf("%s offers %s to who may only look", path, link)
			}
		}
	}
	for _, path := range []string{"/payments?as=csv", "/deductions?as=csv", "/deductions?as=xlsx", "/customers/C-2000/deductions?as=csv"} {
		if a := r.Get("/c/PSUS" + path); a.Status != http.StatusOK || len(a.Body) == 0 {
			t.Errorf("%s answers %d", path, a.Status)
		}
	}
}
