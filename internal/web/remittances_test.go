package web_test

import (
	"bytes"
	"context"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/web/webtest"
)

const remitAt = "/c/PSUS/remittances"

// openRemits brings in the grocer, whose customer C-2000 sends CSV files in columns of its own.
func openRemits(t *testing.T, d *apptest.Door) {
	t.Helper()
	openGrocer(t, d)
	ctx := context.Background()
	if err := d.SetParameter(ctx, apptest.Call, "remittance_bank", "101-11020"); err != nil {
		t.Fatal(err)
	}
	m := app.RemittanceMap{Code: "HARBOR", Name: "Harbor Foods", Header: 1, Columns: map[string]string{"reference": "Check", "date": "Date", "payer": "Vendor", "invoice": "Invoice", "paid": "Paid", "deduction": "Short", "code": "Why"}}
	if err := d.SetRemittanceMap(ctx, apptest.Call, m); err != nil {
		t.Fatal(err)
	}
	if err := d.SetRemittancePartner(ctx, apptest.Call, app.RemittancePartner{Code: "HARBOR FOODS", Customer: "C-2000", Map: "HARBOR"}); err != nil {
		t.Fatal(err)
	}
}

const harborFile = `Check,Date,Vendor,Invoice,Paid,Short,Why
CHK-7,2026-11-20,HARBOR FOODS,INV-1,900.00,100.00,<b>22</b>
CHK-7,2026-11-20,HARBOR FOODS,INV-2,500.00,,
CHK-7,2026-11-20,HARBOR FOODS,INV-404,10.00,,
`

// sendRemittance sends a file with fields beside it.
func sendRemittance(t *testing.T, r *webtest.Reader, name, content string, pairs ...string) *webtest.Answer {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for i := 0; i+1 < len(pairs); i += 2 {
		if err := w.WriteField(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if name != "" {
		_ = must(must(w.CreateFormFile("content", name)).Write([]byte(content)))
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	req := must(http.NewRequest(http.MethodPost, r.URL(remitAt+"/check"), &b))
	req.Header.Set("Content-Type", w.FormDataContentType())
	return r.Do(req)
}

// A file is looked at, with what did not match in its place; it comes in once, and leads to its journal.
func TestRemittanceChecksThenComesIn(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRemits(t, d)
		r := webtest.Serve(t, d, options()).SignedIn(identity.Clerk)
		says(t, r.Get(remitAt), http.StatusOK, "No remittance came in yet")
		a := sendRemittance(t, r, "<i>harbor</i>.csv", harborFile, "map", "HARBOR")
		says(t, a, http.StatusOK, "What would come of the file", "CHK-7", "INV-1", "INV-404", "<b>22</b>", "What did not match", "Make a draft journal of 1 payment, $1,410.00")
		if part := must(d.Remittances(context.Background(), apptest.Call, app.RemittanceFilter{}, app.Page{})); len(part.Items) != 0 {
			t.Fatalf("looking at the file made %+v", part.Items)
		}
		a = r.Post(remitAt, form(t, a, remitAt))
		says(t, a, http.StatusOK, "came in with 1 payment", "To journal", "INV-404", "100.00")
		code := strings.TrimPrefix(a.Path, remitAt+"/")
		if f := r.Get(remitAt + "/" + code + "/file"); f.Body != harborFile || f.Header.Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(f.Header.Get("Content-Disposition"), "attachment") {
			t.Errorf("the file is %v\n%s", f.Header, f.Body)
		}
		says(t, r.Get(remitAt), http.StatusOK, code, "1,410.00")
		says(t, r.Get(remitAt+"?issues=yes&format=csv"), http.StatusOK, code)
		says(t, r.Get(remitAt+"?format=bai2"), http.StatusOK, "Clear the filter")
		if f := r.Get(remitAt + "?as=csv"); !strings.Contains(f.Body, code) {
			t.Errorf("the list is\n%s", f.Body)
		}
		says(t, sendRemittance(t, r, "again.csv", harborFile, "map", "HARBOR"), http.StatusUnprocessableEntity, code)
		d.MustVerify(t)
	})
}

// What is wrong with a file stands in its place; the file is kept, and can be read in another way.
func TestRemittanceShowsProblems(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	openRemits(t, d)
	r := webtest.Serve(t, d, options()).SignedIn(identity.Clerk)
	a := sendRemittance(t, r, "", "", "customer", "C-2000")
	says(t, a, http.StatusUnprocessableEntity, "Choose a file first")
	if f := form(t, a, remitAt+"/check"); f.Get("customer") != "C-2000" {
		t.Errorf("what was typed is lost: %v", f)
	}
	says(t, sendRemittance(t, r, "x.csv", harborFile, "date", "soon"), http.StatusUnprocessableEntity, "is not a date")
	says(t, sendRemittance(t, r, "x.csv", "Check\n", "map", "NONE"), http.StatusUnprocessableEntity, "NONE")
	a = sendRemittance(t, r, "x.csv", strings.Replace(harborFile, "900.00", "nine", 1), "map", "HARBOR", "bank", "101-11020")
	says(t, a, http.StatusUnprocessableEntity, "problem in the file", "nine", "Read it in another way")
	f := form(t, a, remitAt+"/check")
	if f.Get("bank") != "101-11020" || f.Get("task") == "" {
		t.Errorf("the other reading has %v", f)
	}
	var pairs []string
	for n := range f {
		pairs = append(pairs, n, f.Get(n))
	}
	says(t, sendRemittance(t, r, "", "", pairs...), http.StatusUnprocessableEntity, "nine")
	says(t, sendRemittance(t, r, "big.csv", strings.Repeat("x", 11<<20)), http.StatusUnprocessableEntity, "too large")
	says(t, sendRemittance(t, r, "x.edi", "ISA*00*", "format", "x12_820"), http.StatusUnprocessableEntity, "problem")
	says(t, r.Post(remitAt+"/check", url.Values{"content": {"x"}}), http.StatusUnprocessableEntity, "Choose a file first")
	says(t, r.Get(remitAt+"/NONE"), http.StatusNotFound)
}

// Column maps and partners are made, changed and taken away.
func TestRemittanceSetup(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	openRemits(t, d)
	r := webtest.Serve(t, d, options()).SignedIn(identity.Controller)
	maps, partners := remitAt+"/maps/edit", remitAt+"/partners/edit"
	says(t, submit(t, r, r.Get(maps), maps, "code", "M2", "name", hostileText, "column-invoice", "=B", "column-paid", "=C", "header", "0"), http.StatusOK, "M2 was saved", hostileText)
	says(t, submit(t, r, r.Get(maps), maps, "code", "M2"), http.StatusUnprocessableEntity, "is there already")
	a := submit(t, r, r.Get(maps), maps, "code", "M3", "column-note", "Note")
	says(t, a, http.StatusUnprocessableEntity, "neither")
	if f := form(t, a, maps); f.Get("code") != "M3" || f.Get("column-note") != "Note" {
		t.Errorf("what was typed is lost: %v", f)
	}
	says(t, submit(t, r, r.Get(maps+"?code=M2"), maps, "header", "first"), http.StatusUnprocessableEntity, "expected a whole number")
	says(t, submit(t, r, r.Get(partners), partners, "code", "4711", "customer", "C-2001", "map", "M2", "sign", "negative_reduces"), http.StatusOK, "4711 was saved", "Negative reduces the payment")
	says(t, submit(t, r, r.Get(partners), partners, "code", "4712", "customer", "nobody"), http.StatusUnprocessableEntity, "nobody")
	says(t, submit(t, r, r.Get(maps+"?code=M2"), remitAt+"/maps/remove"), http.StatusConflict, "uses the column map M2")
	says(t, submit(t, r, r.Get(partners+"?code=4711"), remitAt+"/partners/remove"), http.StatusOK, "was taken away")
	says(t, submit(t, r, r.Get(maps+"?code=M2"), remitAt+"/maps/remove"), http.StatusOK, "was taken away")
	says(t, r.Get(maps+"?code=M2"), http.StatusNotFound)
}
