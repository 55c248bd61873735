package api_test

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
)

const newRequest = `{"customer":"C-1001","kind":"overpayment","credits":[{"credit":"CN-U","amount":"40.00"}],"reason":"billed twice","source":"T-17","key":"K-1"}`

// A request goes its way over HTTP: drafted, changed, with evidence, questions and answers, approved, posted and reversed.
func TestRequests(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.Import(t, apptest.PublicSector())
		clerk, approver, other := s.token(t, "pia", "clerk"), s.token(t, "ada", "approver"), s.token(t, "cleo", "clerk")

		var effect app.RequestEffect
		s.must(t, clerk, "POST", psus+"/requests/preview", newRequest, http.StatusOK).into(t, &effect)
		if effect.Amount != "40.00" || effect.Posting == nil || len(effect.Posting.Reimbursements) != 3 || effect.Refused != "" {
			t.Errorf("the preview is %+v", effect)
		}
		var x app.RequestView
		for range 2 { // the second time by its key
			a := s.must(t, clerk, "POST", psus+"/requests", newRequest, http.StatusCreated, "Idempotency-Key", "r1")
			if a.into(t, &x); a.header.Get("Location") != psus+"/requests/"+x.Request || x.State != "draft" || x.Request != "RQ-00000001" {
				t.Fatalf("made %+v at %s", x, a.header.Get("Location"))
			}
		}
		one := psus + "/requests/" + x.Request
		s.must(t, clerk, "POST", psus+"/requests", strings.Replace(newRequest, "40.00", "41.00", 1), http.StatusConflict)

		s.changeOnTag(t, clerk, one)
		s.evidence(t, clerk, one)
		s.must(t, clerk, "POST", one+"/submission", `{"note":"please"}`, http.StatusOK).into(t, &x)
		if x.State != "in_review" {
			t.Fatalf("submitted it is %s", x.State)
		}
		s.must(t, approver, "POST", one+"/question", `{"text":"which bill?"}`, http.StatusOK)
		s.must(t, clerk, "POST", one+"/answer", `{"text":"the one of May"}`, http.StatusOK)
		s.must(t, clerk, "POST", one+"/comments", `{"text":"they called"}`, http.StatusOK)
		s.must(t, clerk, "POST", one+"/hold", `{"reason":"holiday"}`, http.StatusOK)
		s.must(t, clerk, "POST", one+"/resumption", `{}`, http.StatusOK).into(t, &x)
		s.must(t, approver, "POST", one+"/approval", fmt.Sprintf(`{"version":%d}`, x.Version-1), http.StatusConflict)
		s.must(t, approver, "POST", one+"/approval", fmt.Sprintf(`{"version":%d}`, x.Version), http.StatusOK).into(t, &x)
		s.must(t, clerk, "POST", one+"/reopening", `{"reason":"again"}`, http.StatusOK)
		s.must(t, approver, "POST", one+"/approval", `{}`, http.StatusOK)
		var p app.RequestPreview
		s.must(t, approver, "GET", one+"/posting?date=2026-11-30", nil, http.StatusOK).into(t, &p)
		s.must(t, approver, "POST", one+"/posting", `{}`, http.StatusForbidden)
		s.must(t, other, "POST", one+"/posting", `{}`, http.StatusOK).into(t, &x)
		if p.Amount != "45.00" || x.State != "posted" || x.Run == "" {
			t.Errorf("posted %+v after the preview %+v", x, p)
		}
		s.must(t, other, "POST", one+"/reversal", `{"reason":"wrong customer"}`, http.StatusOK).into(t, &x)
		if x.State != "reversed" {
			t.Errorf("reversed it is %s", x.State)
		}
		s.otherEnds(t, clerk, approver, other)
		s.MustVerify(t)
	})
}

// changeOnTag changes the request on what it was when it was looked at.
func (s *server) changeOnTag(t *testing.T, clerk, one string) {
	t.Helper()
	tag := s.must(t, clerk, "GET", one, nil, http.StatusOK).header.Get("ETag")
	s.must(t, clerk, "GET", one, nil, http.StatusNotModified, "If-None-Match", tag)
	var effect app.RequestEffect
	s.must(t, clerk, "POST", one+"/preview", `{"amount":"45.00"}`, http.StatusOK).into(t, &effect)
	s.must(t, clerk, "PATCH", one, `{"amount":"45.00"}`, http.StatusPreconditionFailed, "If-Match", `"other"`)
	var x app.RequestView
	s.must(t, clerk, "PATCH", one, `{"amount":"45.00"}`, http.StatusOK, "If-Match", tag).into(t, &x)
	if effect.Amount != "45.00" || x.Amount != "45.00" {
		t.Errorf("the change makes %s after the preview %s", x.Amount, effect.Amount)
	}
	s.must(t, clerk, "PATCH", one, `{"amount":"46.00","version":1}`, http.StatusConflict)
}

// evidence attaches, hands out and takes off.
func (s *server) evidence(t *testing.T, clerk, one string) {
	t.Helper()
	pdf := []byte("%PDF-1.7\n1 0 obj")
	for i, kind := range []string{"receipt", "email"} {
		a := s.must(t, clerk, "POST", one+"/attachments", map[string]any{"type": kind, "name": fmt.Sprintf("%d.pdf", i), "content": pdf}, http.StatusCreated)
		if a.header.Get("Location") != one {
			t.Errorf("it is at %s", a.header.Get("Location"))
		}
	}
	a := s.must(t, clerk, "GET", one+"/attachments/1", nil, http.StatusOK)
	if !bytes.Equal(a.body, pdf) || a.header.Get("Content-Disposition") != "attachment; filename=0.pdf" {
		t.Errorf("it is %q by %v", a.body, a.header)
	}
	s.must(t, clerk, "GET", one+"/attachments/9", nil, http.StatusNotFound)
	s.must(t, clerk, "POST", one+"/attachments/2/removal", `{"reason":"not it"}`, http.StatusOK)
	var x app.RequestDetail
	s.must(t, clerk, "GET", one, nil, http.StatusOK).into(t, &x)
	if len(x.Files) != 1 || x.Files[0].Type != "receipt" || x.Files[0].Size != int64(len(pdf)) {
		t.Errorf("it has %+v", x.Files)
	}
}

// otherEnds rejects, withdraws and cancels, by a file that was looked at first, and adds up.
func (s *server) otherEnds(t *testing.T, clerk, approver, other string) {
	t.Helper()
	file := map[string]any{"name": "r.csv", "submit": true, "content": []byte("customer,kind,credits,reason\nC-1001,overpayment,CN-U=1.00,a\nC-1001,overpayment,CN-U=2.00,b\nC-1001,overpayment,CN-U=3.00,c\n")}
	var look, done app.RequestImport
	s.must(t, clerk, "POST", psus+"/request-imports/preview", file, http.StatusOK).into(t, &look)
	s.must(t, clerk, "POST", psus+"/request-imports", file, http.StatusCreated, "Idempotency-Key", "i1").into(t, &done)
	if len(look.Made) != 3 || len(done.Made) != 3 || look.Made[2].Amount != done.Made[2].Amount {
		t.Fatalf("the file makes %+v after the preview %+v", done, look)
	}
	bad := map[string]any{"name": "r.csv", "content": []byte("customer,kind\nC-1001,nothing\n")}
	if p := s.must(t, clerk, "POST", psus+"/request-imports", bad, http.StatusUnprocessableEntity).problem(t); len(p.Errors) != 1 || p.Errors[0].Place != "r.csv:2:8" {
		t.Errorf("refused by %+v", p)
	}
	at := func(i int) string { return psus + "/requests/" + done.Made[i].Request }
	s.must(t, approver, "POST", at(0)+"/rejection", `{"reason":"no"}`, http.StatusOK)
	s.must(t, other, "POST", at(1)+"/withdrawal", `{"reason":"no"}`, http.StatusForbidden)
	s.must(t, clerk, "POST", at(1)+"/withdrawal", `{"reason":"no"}`, http.StatusOK)
	var ages struct{ Items []app.RequestAge }
	s.must(t, clerk, "GET", psus+"/request-ageing", nil, http.StatusOK).into(t, &ages)
	if len(ages.Items) != 1 || ages.Items[0].Requests != 1 || ages.Items[0].Amount != "3.00" {
		t.Errorf("the ages are %+v", ages)
	}
	s.must(t, other, "POST", at(2)+"/cancellation", `{"reason":"no"}`, http.StatusOK)
	var sums struct{ Sums []app.RequestSum }
	s.must(t, clerk, "GET", psus+"/request-figures?customer=C-1001", nil, http.StatusOK).into(t, &sums)
	if got := fmt.Sprint(sums.Sums); got != "[{reversed USD 1 0 45.00} {rejected USD 1 0 1.00} {withdrawn USD 1 0 2.00} {cancelled USD 1 0 3.00}]" {
		t.Errorf("the sums are %s", got)
	}
	var part app.Part[app.RequestView]
	s.must(t, clerk, "GET", psus+"/requests?by=pia&state=rejected&kind=overpayment&from=1.00&to=1.00&currency=USD", nil, http.StatusOK).into(t, &part)
	if len(part.Items) != 1 || part.Items[0].Request != done.Made[0].Request {
		t.Errorf("the list is %+v", part.Items)
	}
	s.must(t, clerk, "GET", psus+"/requests?overdue=true", nil, http.StatusOK).into(t, &part)
	if len(part.Items) != 0 {
		t.Errorf("overdue are %+v", part.Items)
	}
}
