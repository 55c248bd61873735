package web_test

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/web/webtest"
)

const requestsAt = "/c/PSUS/requests"

// aRequest makes a request with an attachment, which the walker of all addresses looks for: RQ-00000001, of C-1001 over 5.00 of PAY.
func aRequest(t *testing.T, d *apptest.Door) {
	t.Helper()
	x, err := d.CreateRequest(t.Context(), apptest.Call, app.RequestEntry{Customer: "C-1001", Kind: "other", Amount: "5.00", Reason: "walk"}, false)
	if err == nil {
		_, err = d.AttachToRequest(t.Context(), apptest.Call, x.Request, app.Attachment{Type: "receipt", Name: "receipt.pdf", Content: []byte("%PDF-1.7\n1 0 obj")})
	}
	if err != nil {
		t.Fatal(err)
	}
}

// send posts a form with files; fields are names and values in turn, sent files have the name of their field "file".
func sendFiles(t *testing.T, r *webtest.Reader, at string, files []sent, fields ...string) *webtest.Answer {
	t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for i := 0; i+1 < len(fields); i += 2 {
		_ = m.WriteField(fields[i], fields[i+1])
	}
	for _, f := range files {
		h := textproto.MIMEHeader{"Content-Disposition": {`form-data; name="file"; filename="` + f.name + `"`}, "Content-Type": {"application/octet-stream"}}
		_ = must(must(m.CreatePart(h)).Write(f.body))
	}
	m.Close()
	req := must(http.NewRequest(http.MethodPost, r.URL(at), &b))
	req.Header.Set("Content-Type", m.FormDataContentType())
	return r.Do(req)
}

// asked fills the form of a new request for a part of CN-U.
func askedFor(t *testing.T, a *webtest.Answer, amount string, pairs ...string) url.Values {
	t.Helper()
	f := form(t, a, requestsAt+"/new")
	f.Set("pick", "CN-U")
	f.Set("take.CN-U", amount)
	f.Set("reason", "billed twice")
	f.Set("source", "T-17")
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return f
}

// The main path without JavaScript, by four who each have their part: asked for after a look at the effect, with evidence, a question and its
// answer, approved, posted, reversed.
func TestRequestsMainPath(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		treasury(t, d)
		site := webtest.Serve(t, d, options())
		clerk, approver, viewer := site.SignedIn(identity.Clerk), site.SignedIn(identity.Approver), site.SignedIn(identity.Viewer)
		says(t, viewer.Get(requestsAt), http.StatusOK, "No request is open")
		says(t, viewer.Get(requestsAt+"/new"), http.StatusForbidden)
		says(t, clerk.Get(requestsAt+"/new"), http.StatusOK, "Code of the customer")
		says(t, clerk.Get(requestsAt+"/new?customer=NOBODY"), http.StatusUnprocessableEntity, "There is no customer “NOBODY”")
		a := clerk.Get(requestsAt + "/new?customer=C-1001")
		says(t, a, http.StatusOK, "Brightwater Bakery", "CN-U", "100.00", "Submit it at once")
		wrong := clerk.Post(requestsAt+"/new", askedFor(t, a, "400.00", "submit", "yes"))
		says(t, wrong, http.StatusConflict, "400.00")
		if v, _ := wrong.Field("source"); v != "T-17" {
			t.Errorf("what was typed is lost: %q", v)
		}
		a = clerk.Post(requestsAt+"/new", askedFor(t, a, "40.00", "submit", "yes"))
		says(t, a, http.StatusOK, "Submit the request for $40.00", "601-11530", "settles CN-U")
		a = clerk.Post(requestsAt+"/new", form(t, a, requestsAt+"/new"))
		says(t, a, http.StatusOK, "RQ-00000001 was made. State: In review.", "T-17", "What will be posted", "Step 1 of 1")
		evidenceOf(t, clerk)
		says(t, clerk.Get(oneRequest+"/approve"), http.StatusForbidden)
		says(t, approver.Get(oneRequest+"/reject"), http.StatusOK, "What was held is free again")
		says(t, submit(t, approver, approver.Get(oneRequest+"/ask"), oneRequest+"/ask"), http.StatusUnprocessableEntity, "say what more is needed")
		says(t, submit(t, approver, approver.Get(oneRequest+"/ask"), oneRequest+"/ask", "text", "Which bill <b>?"), http.StatusOK, "RQ-00000001: More information", "An approver asks: Which bill <b>?")
		says(t, clerk.Get("/c/PSUS/"), http.StatusOK, "1 request waits for your answer")
		says(t, clerk.Get(requestsAt+"?show=answer"), http.StatusOK, "RQ-00000001", "40.00 USD", "1 request")
		says(t, submit(t, clerk, clerk.Get(oneRequest+"/answer"), oneRequest+"/answer", "text", "the one of May"), http.StatusOK, "In review", "the one of May")
		says(t, approver.Get(oneRequest+"/post"), http.StatusForbidden)
		says(t, clerk.Get(oneRequest+"/post"), http.StatusOK, "that step cannot be done")
		stale := approver.Get(oneRequest + "/approve")
		says(t, stale, http.StatusOK, "Approve RQ-00000001, $40.00 to C-1001", "will be posted")
		says(t, submit(t, clerk, clerk.Get(oneRequest), oneRequest+"/comment", "text", "they called"), http.StatusOK, "they called")
		says(t, submit(t, approver, stale, oneRequest+"/approve"), http.StatusConflict, "was changed since you looked at it")
		says(t, submit(t, approver, approver.Get(oneRequest+"/approve"), oneRequest+"/approve"), http.StatusOK, "RQ-00000001: Approved")
		says(t, clerk.Get("/c/PSUS/"), http.StatusOK, "1 approved request is to be posted")
		a = clerk.Get(oneRequest + "/post")
		says(t, a, http.StatusOK, "Post 3 reimbursements, $40.00")
		says(t, submit(t, clerk, a, oneRequest+"/post"), http.StatusOK, "RQ-00000001: Posted", "RB-00000003", "Follow the money")
		says(t, submit(t, clerk, clerk.Get(oneRequest+"/reverse"), oneRequest+"/reverse", "text", "wrong one"), http.StatusOK, "RQ-00000001: Reversed")
		says(t, viewer.Get("/c/PSUS/customers/C-1001/requests"), http.StatusOK, "RQ-00000001", "Reversed")
		says(t, viewer.Get("/c/PSUS/search?q=rq-0"), http.StatusOK, "RQ-00000001", "Request")
		says(t, viewer.Get("/c/PSUS/search?q=T-17"), http.StatusOK, "RQ-00000001")
		if a := viewer.Get(requestsAt + "?show=all&as=csv"); !strings.Contains(a.Body, "RQ-00000001,C-1001,") || !strings.Contains(a.Body, ",40.00,") {
			t.Errorf("the file is %q", a.Body)
		}
		d.MustVerify(t)
	})
}

// evidenceOf attaches two files at once of which one is refused, hands the other out and takes it off.
func evidenceOf(t *testing.T, clerk *webtest.Reader) {
	t.Helper()
	pdf := []byte("%PDF-1.7\n1 0 obj")
	says(t, sendFiles(t, clerk, oneRequest+"/files", nil, "type", "receipt"), http.StatusUnprocessableEntity, "file")
	a := sendFiles(t, clerk, oneRequest+"/files", []sent{{"a.pdf", pdf}, {"b.html", []byte("<html>")}}, "type", "receipt", "key", "k1")
	says(t, a, http.StatusUnprocessableEntity, "Attached were: a.pdf", "files that end in .html are not kept", "application/pdf")
	says(t, sendFiles(t, clerk, oneRequest+"/files", []sent{{"c.pdf", append(pdf, 'c')}, {"d.pdf", append(pdf, 'd')}}, "type", "email"), http.StatusOK, "Attached 2 files: c.pdf, d.pdf")
	got := clerk.Get(oneRequest + "/files/1")
	if got.Body != string(pdf) || got.Header.Get("Content-Disposition") != "attachment; filename=a.pdf" || !strings.Contains(got.Header.Get("Content-Security-Policy"), "sandbox") || got.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("it is handed out as %q by %v", got.Body, got.Header)
	}
	says(t, clerk.Get(oneRequest+"/files/x"), http.StatusNotFound)
	at := oneRequest + "/files/2/remove"
	says(t, submit(t, clerk, clerk.Get(at), at), http.StatusUnprocessableEntity, "needs a reason")
	says(t, submit(t, clerk, clerk.Get(at), at, "text", "not it"), http.StatusOK, "The file was taken off")
}

// A draft is changed after a look, lines of a new credit take the place of credits, and a file of requests is mended where it is wrong.
func TestRequestForms(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	d.Import(t, apptest.PublicSector())
	treasury(t, d)
	site := webtest.Serve(t, d, options())
	clerk := site.SignedIn(identity.Clerk)
	a := clerk.Get(requestsAt + "/new?customer=C-1001")
	f := askedFor(t, a, "", "kind", "return")
	f["line_account"], f["line_amount"] = []string{"101-44200"}, []string{"10.00"}
	says(t, clerk.Post(requestsAt+"/new", f), http.StatusUnprocessableEntity, "not both")
	f.Del("pick")
	a = clerk.Post(requestsAt+"/new", f)
	says(t, a, http.StatusOK, "Keep the draft, $10.00", "The approval makes the new credit first")
	says(t, clerk.Post(requestsAt+"/new", form(t, a, requestsAt+"/new")), http.StatusOK, "RQ-00000001 was made. State: Draft.", "101-44200")
	edit := oneRequest + "/edit"
	a = clerk.Get(edit)
	says(t, a, http.StatusOK, "billed twice")
	f = form(t, a, edit)
	f.Set("pick", "CN-P")
	says(t, clerk.Post(edit, f), http.StatusUnprocessableEntity, "not both")
	f["line_account"], f["line_amount"] = nil, nil
	f.Set("method", "wire")
	a = clerk.Post(edit, f)
	says(t, a, http.StatusOK, "Change the request to $10.00", "settles CN-P")
	g := form(t, a, edit)
	says(t, clerk.Post(edit, g), http.StatusOK, "RQ-00000001 was changed", "wire", "CN-P")
	says(t, clerk.Post(edit, g), http.StatusOK, "RQ-00000001 was changed") // the same once more
	g.Del("key")
	says(t, clerk.Post(edit, g), http.StatusConflict, "was changed since you looked at it")
	says(t, submit(t, clerk, clerk.Get(oneRequest+"/submit"), oneRequest+"/submit"), http.StatusOK, "In review")
	says(t, clerk.Get(requestsAt+"/ageing"), http.StatusOK, "In review", "0-2", "10.00")

	at := requestsAt + "/import"
	a = sendFiles(t, clerk, at, []sent{{"r.csv", []byte("customer,kind,credits,reason\nC-1001,nothing,CN-U=1.00,a\n")}})
	says(t, a, http.StatusUnprocessableEntity, "r.csv:2:8")
	text := "customer,kind,credits,reason,key\nC-1001,other,CN-U=1.00,a,K1\nC-1001,other,CN-U=2.00,b,K2\n"
	a = sendFiles(t, clerk, at, nil, "text", text, "submit", "yes")
	says(t, a, http.StatusOK, "Make 2 requests, $3.00")
	fields := []string{}
	for name, values := range form(t, a, at) {
		fields = append(fields, name, values[0])
	}
	says(t, sendFiles(t, clerk, at, nil, fields...), http.StatusOK, "2 requests were made.", "RQ-00000003")
	says(t, sendFiles(t, clerk, at, nil, "text", text), http.StatusOK, "There already", "Nothing new is in the file")
	d.MustVerify(t)
}
