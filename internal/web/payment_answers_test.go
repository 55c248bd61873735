package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

// A file of answers is sent, read once, and shown with what was done by it.
func TestPaymentAnswersPages(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	payables(t, d)
	r := webtest.Serve(t, d, web.Options{}).SignedIn(identity.Treasurer)
	send := func() *webtest.Answer {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		part, err := w.CreateFormFile("content", "checks.csv")
		if err == nil {
			_, err = part.Write([]byte("check,result,reason\n1001,undeliverable,moved\n"))
		}
		if err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequest(http.MethodPost, r.URL("/c/PSUS/payment-answers/new"), &b)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", w.FormDataContentType())
		return r.Do(req)
	}
	if a := send(); !strings.Contains(a.Text(), "no payment has the number 1001") {
		t.Errorf("the file is shown as %s", a.Text())
	}
	if a := send(); !strings.Contains(a.Text(), "it is read once") {
		t.Errorf("the second time it says %s", a.Text())
	}
	for path, says := range map[string]string{"/c/PSUS/payment-answers": "checks.csv", "/c/PSUS/payment-answers/1": "undeliverable", "/c/PSUS/bank-proposals": "No bank details are proposed"} {
		if a := r.Get(path); !strings.Contains(a.Text(), says) {
			t.Errorf("%s does not say %q: %s", path, says, a.Text())
		}
	}
}
