package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"slices"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/payout"
	"quittance/internal/web/webtest"
)

const bankAt = "/c/PSUS/bank-statements"

const bankCSV = "Opening,1000.00,,,\nDate,Amount,Check,Text,Kind\n2026-12-02,-160.00,1001,Check <b>paid</b>,\n2026-12-03,-1.25,,Service charge,\n"

// cashable posts a check of 160.00, number 1001, that the bank may cash.
func cashable(t *testing.T, d *apptest.Door) {
	t.Helper()
	payables(t, d)
	treasurer := app.Call{Actor: identity.Actor{Name: "tess", Roles: []identity.Role{identity.Treasurer}}, Company: "PSUS"}
	j := must(d.ProposeVendorPayments(t.Context(), apptest.Call, app.VendorPaymentSelection{Date: civil.MustParse("2026-12-01")}))
	choice := app.VendorPaymentChoice{Journal: j.Code}
	must(d.GenerateVendorPayments(t.Context(), treasurer, app.VendorPaymentMaking{Choice: choice}))
	if done := must(d.PostVendorPayments(t.Context(), treasurer, choice, civil.MustParse("2026-12-01"))); done.Done != 1 {
		t.Fatalf("posted %+v", done)
	}
	if err := d.SetParameter(t.Context(), apptest.Call, "bank_difference_limit", "2.00"); err != nil {
		t.Fatal(err)
	}
}

// sendBank sends a file of statements as the form does.
func sendBank(t *testing.T, r *webtest.Reader, content string, fields ...string) *webtest.Answer {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		_ = m.WriteField(fields[i], fields[i+1])
	}
	w := must(m.CreateFormFile("content", "december.csv"))
	_, _ = w.Write([]byte(content))
	m.Close()
	req := must(http.NewRequest(http.MethodPost, r.URL(bankAt+"/check"), &b))
	req.Header.Set("Content-Type", m.FormDataContentType())
	return r.Do(req)
}

// The main path without JavaScript: a map is made, a file looked at and imported, a match accepted, the rest reconciled by hand with its
// difference, undone, and held against the ledger.
func TestBankStatementsMainPath(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	cashable(t, d)
	site := webtest.Serve(t, d, options())
	r, clerk, setter := site.SignedIn(identity.Treasurer), site.SignedIn(identity.Clerk), site.SignedIn(identity.Controller)
	says(t, r.Get(bankAt), http.StatusOK, "No bank statements yet", "Import statements")
	says(t, r.Get("/c/PSUS/bank-control/TREASURY"), http.StatusOK, "No bank statements yet")
	edit := bankAt + "/maps/edit"
	says(t, submit(t, setter, setter.Get(edit), edit, "code", "FIRST", "account", "TREASURY", "currency", "USD"), http.StatusUnprocessableEntity, "booking date")
	says(t, submit(t, setter, setter.Get(edit), edit, "code", "FIRST", "account", "TREASURY", "currency", "USD", "header", "2", "decimal", "point", "sign", "positive_in", "order", "oldest_first", "encoding", "utf-8",
		"cell-opening", "=B1", "column-booked", "Date", "column-amount", "Amount", "column-check", "Check", "column-text", "Text", "column-kind", "Kind", "kinds", "return = return"), http.StatusOK, "FIRST was saved", "TREASURY")
	says(t, setter.Get(edit+"?code=FIRST"), http.StatusOK, "Cell of the opening balance", "return = return")

	says(t, sendBank(t, r, bankCSV), http.StatusUnprocessableEntity, "column map")
	says(t, sendBank(t, r, bankCSV+"2026-12-04,much,,,\n", "map", "FIRST"), http.StatusUnprocessableEntity, "line 5")
	a := sendBank(t, r, bankCSV, "map", "FIRST")
	says(t, a, http.StatusOK, "TREASURY/1", "838.75", "Import 1 statement, 2 lines")
	says(t, r.Post(bankAt+"/import", form(t, a, bankAt+"/import")), http.StatusOK, "1 statement was imported", "Check <b>paid</b>", "100 of 100", "check number 1001", "VPJ-00000001/1", "Nothing matches")
	const one = bankAt + "/TREASURY/1"
	says(t, clerk.Get(one), http.StatusOK, "Open lines", "100 of 100")
	says(t, r.Get(bankAt), http.StatusOK, "2 open lines", "(161.25)", "838.75")

	accept := r.Get(one + "/accept")
	says(t, accept, http.StatusOK, "Reconcile 1 line")
	says(t, submit(t, r, accept, one+"/accept", "seen", "9|x"), http.StatusConflict, "Reconcile 1 line")
	says(t, submit(t, r, accept, one+"/accept"), http.StatusOK, "1 line was reconciled", "Reconciled, no. 1")
	if p := must(d.VendorPayment(t.Context(), apptest.Call, "VPJ-00000001/1")); p.Status != payout.Cleared {
		t.Errorf("the payment is %s", p.Status)
	}
	for page, links := range map[string][]string{
		"/c/PSUS/trace?of=VPJ-00000001/1":        {one},
		"/c/PSUS/vendor-payments/VPJ-00000001/1": {"/c/PSUS/trace?of=VPJ-00000001%2F1", "/c/PSUS/control"},
		"/c/PSUS/reimbursements/RB-00000001":     {"/c/PSUS/trace?of=RB-00000001", "/c/PSUS/control?run=RUN-000001"},
		"/c/PSUS/runs/RUN-000001":                {"/c/PSUS/control?run=RUN-000001"},
	} {
		got := clerk.Get(page).Links()
		for _, l := range links {
			if !slices.Contains(got, l) {
				t.Errorf("%s does not lead to %s: %q", page, l, got)
			}
		}
	}
	says(t, r.Get(one+"/2?amount=-1.25"), http.StatusOK, "Service charge", "No open entry is found")
	says(t, r.Get(one+"/2?amount=many"), http.StatusUnprocessableEntity)
	says(t, r.Get(one+"/2/reconcile"), http.StatusUnprocessableEntity, "Choose again")
	a = r.Get(one + "/2/reconcile?difference=999-44200")
	says(t, a, http.StatusOK, "Reconcile line TREASURY/1/2", "999-44200", "1.25")
	says(t, submit(t, r, a, one+"/2/reconcile"), http.StatusOK, "is reconciled", "The difference was posted by")
	says(t, r.Get("/c/PSUS/bank-control/TREASURY?date=2026-12-31"), http.StatusOK, "It adds up", "All lines are reconciled", "838.75")
	a = r.Get(one + "/2/undo")
	says(t, submit(t, r, a, one+"/2/undo"), http.StatusOK, "is open again", "reversed by")
	says(t, r.Get("/c/PSUS/bank-control/TREASURY?date=2026-12-31"), http.StatusOK, "It adds up", "Service charge", "TREASURY/1/2")
	says(t, clerk.Get("/c/PSUS/search?q=TREASURY/1"), http.StatusOK, "Bank statement", "TREASURY/1")
	d.MustVerify(t)
}

// Checks are spoiled, the bank is told, and what was never cashed is listed.
func TestChecksPage(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	cashable(t, d)
	r := webtest.Serve(t, d, options()).SignedIn(identity.Treasurer)
	const at = "/c/PSUS/checks"
	says(t, r.Get(at), http.StatusOK, "No positive pay file yet", "No check is that old")
	says(t, submit(t, r, r.Get(at), at+"/spoil", "spoil_bank", "TREASURY", "from", "one"), http.StatusUnprocessableEntity, "expected a whole number")
	says(t, submit(t, r, r.Get(at), at+"/spoil", "spoil_bank", "TREASURY", "from", "1002", "to", "1003", "reason", "torn"), http.StatusOK, "1002 to 1003 are void")
	says(t, submit(t, r, r.Get(at), at+"/positive-pay", "bank", "TREASURY"), http.StatusConflict, "positive")
	says(t, r.Post("/c/PSUS/vendor-payments/VPJ-00000001/abandon", nil), http.StatusOK, "only one that is being proposed")
}
