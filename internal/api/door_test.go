package api_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"quittance/internal/api"
	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/payout"
)

// one gives a server with the public sector's company on one database, for what is the same on each.
func one(t *testing.T, o api.Options) *server {
	t.Helper()
	s := serve(t, dbtest.Open(t, dbtest.URL(t, dbtest.Kinds()[0])), o)
	s.Import(t, apptest.PublicSector())
	return s
}

func TestWhoActs(t *testing.T) {
	s := one(t, api.Options{})
	token := s.token(t, "vera", "viewer")
	for name, c := range map[string]struct {
		path   string
		header string
		status int
		rule   string
	}{
		"NoToken":      {"/api/v1/me", "", 401, "no_token"},
		"UnknownToken": {"/api/v1/me", "Bearer qtk_unknown", 401, "bad_token"},
		"OtherScheme":  {"/api/v1/me", "Basic dmVyYTp2ZXJh", 401, "bad_token"},
		"TokenInURL":   {"/api/v1/me?access_token=" + token, "", 400, "token_in_url"},
		"TokenTwice":   {"/api/v1/me?Token=x", "Bearer " + token, 400, "token_in_url"},
		"NoPath":       {"/api/v1/nothing", "Bearer " + token, 404, "no_such_path"},
		"ZeroByte":     {psus + "/customers/a%00b", "Bearer " + token, 400, "malformed"},
		"NoUTF8":       {psus + "/customers?search=%ff", "Bearer " + token, 400, "malformed"},
		"TwoValues":    {psus + "/customers?search=a&search=b", "Bearer " + token, 400, "malformed"},
		"UnknownParam": {psus + "/customers?colour=red", "Bearer " + token, 422, "schema"},
		"BadCursor":    {psus + "/customers?after=x", "Bearer " + token, 422, ""},
		"BadLimit":     {psus + "/customers?limit=501", "Bearer " + token, 422, "schema"},
	} {
		t.Run(name, func(t *testing.T) {
			a := s.must(t, "", http.MethodGet, c.path, nil, c.status, "Authorization", c.header)
			if p := a.problem(t); p.Rule != c.rule {
				t.Errorf("the problem is %+v, want the rule %q", p, c.rule)
			}
			if got := a.header.Get("WWW-Authenticate"); (got != "") != (c.status == 401) {
				t.Errorf("WWW-Authenticate is %q", got)
			}
		})
	}
	a := s.must(t, token, http.MethodPatch, "/api/v1/me", nil, 405)
	if p := a.problem(t); p.Rule != "method_not_allowed" || a.header.Get("Allow") != "GET" {
		t.Errorf("another method gives %+v, Allow %q", p, a.header.Get("Allow"))
	}
}

func TestTokenEnds(t *testing.T) {
	for name, end := range map[string]func(s *server, admin string) (method, path string, body any){
		"Revoked": func(s *server, _ string) (string, string, any) {
			tokens, err := s.Tokens(context.Background(), apptest.Call, "vera")
			if err != nil || len(tokens) != 1 {
				t.Fatal(tokens, err)
			}
			return http.MethodDelete, fmt.Sprintf("/api/v1/tokens/%d", tokens[0].ID), nil
		},
		"Disabled": func(*server, string) (string, string, any) {
			return http.MethodPut, "/api/v1/users/vera/disabled", map[string]bool{"disabled": true}
		},
		"Password": func(*server, string) (string, string, any) {
			return http.MethodPut, "/api/v1/users/vera/password", map[string]string{"password": "correct horse battery staple"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := one(t, api.Options{})
			token, admin := s.token(t, "vera", "viewer"), s.token(t, "adam", "administrator")
			s.must(t, token, http.MethodGet, "/api/v1/me", nil, 200)
			method, path, body := end(s, admin)
			if a := s.do(t, admin, method, path, body); a.status >= 300 {
				t.Fatalf("%d: %s", a.status, a.body)
			}
			s.must(t, token, http.MethodGet, "/api/v1/me", nil, 401)
		})
	}
}

func TestSession(t *testing.T) {
	o := api.Options{Actor: func(r *http.Request) (identity.Actor, bool) {
		c, err := r.Cookie("session")
		return identity.Actor{Name: "sina", Roles: []identity.Role{identity.Viewer}}, err == nil && c.Value == "sina"
	}}
	s := one(t, o)
	var who struct{ Name string }
	s.must(t, "", http.MethodGet, "/api/v1/me", nil, 200, "Cookie", "session=sina").into(t, &who)
	if who.Name != "sina" {
		t.Errorf("who acts is %q", who.Name)
	}
	s.must(t, "", http.MethodGet, "/api/v1/me", nil, 401, "Cookie", "session=nobody")
	s.must(t, "qtk_wrong", http.MethodGet, "/api/v1/me", nil, 401, "Cookie", "session=sina")
}

func TestRate(t *testing.T) {
	s := one(t, api.Options{Rate: 3})
	vera, vito := s.token(t, "vera", "viewer"), s.token(t, "vito", "viewer")
	limited := false
	for range 20 {
		if a := s.do(t, vera, http.MethodGet, "/api/v1/me", nil); a.status == http.StatusTooManyRequests {
			limited = true
			if p := a.problem(t); p.Rule != "rate_limit" || a.header.Get("Retry-After") == "" {
				t.Errorf("the problem is %+v, Retry-After %q", p, a.header.Get("Retry-After"))
			}
		}
	}
	if !limited {
		t.Error("20 requests at once pass a rate of 3 a second")
	}
	s.must(t, vito, http.MethodGet, "/api/v1/me", nil, 200)
}

func TestBodies(t *testing.T) {
	s := one(t, api.Options{MaxBody: 2000, MaxImport: 4000})
	clerk := s.token(t, "carl", "controller")
	for name, c := range map[string]struct {
		path, media, body string
		status            int
		rule              string
	}{
		"TooLarge":       {"/documents", "application/json", `{"type":"` + strings.Repeat("x", 3000) + `"}`, 413, "body_too_large"},
		"NoJSON":         {"/documents", "application/json", `{"type":`, 400, "malformed"},
		"Empty":          {"/documents", "application/json", ``, 400, "malformed"},
		"OtherMedia":     {"/documents", "text/plain", `{}`, 415, "media_type"},
		"Form":           {"/documents", "application/x-www-form-urlencoded", `type=invoice`, 415, "media_type"},
		"UnknownMember":  {"/documents", "application/json", `{"type":"invoice","party":"C-1001","lines":[{"account":"a","amount":"1"}],"x":1}`, 422, "schema"},
		"Number":         {"/documents", "application/json", `{"type":"invoice","party":"C-1001","lines":[{"account":"a","amount":1.5}]}`, 422, "schema"},
		"ZeroCharacter":  {"/documents", "application/json", `{"type":"invoice","party":"C\u0000","lines":[{"account":"a","amount":"1"}]}`, 400, "malformed"},
		"NoUTF8":         {"/documents", "application/json", "{\"type\":\"invoice\",\"party\":\"C\xff\",\"lines\":[]}", 400, "malformed"},
		"NoDate":         {"/documents", "application/json", `{"type":"invoice","party":"C-1001","date":"2026-02-30","lines":[{"account":"a","amount":"1"}]}`, 422, "schema"},
		"NoSuchCustomer": {"/documents", "application/json", `{"type":"invoice","party":"C-9","lines":[{"account":"101-44400","amount":"1"}]}`, 404, ""},
		"Slashes":        {"/documents", "application/json", `{"type":"invoice","party":"C\\u0000","lines":[{"account":"101-44400","amount":"1"}]}`, 404, ""},
		"NothingChosen":  {"/runs", "application/json", `{"selection":{}}`, 422, "nothing_selected"},
		"RowsPlaced":     {"/vouchers/rows", "application/json", `{"rows":[{"voucher":"X","date":"2026-11-30","type":"journal","account":"101-44400","debit":"1"},{"voucher":"X","date":"30.11.2026","type":"journal","account":"101-44400","credit":"1"}]}`, 422, ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := s.must(t, clerk, http.MethodPost, psus+c.path, []byte(c.body), c.status, "Content-Type", c.media).problem(t)
			if p.Rule != c.rule {
				t.Errorf("the problem is %+v, want the rule %q", p, c.rule)
			}
			if name == "RowsPlaced" && (len(p.Errors) == 0 || p.Errors[0].Place != "vouchers.csv:3:2") {
				t.Errorf("the problem is %+v, want the place vouchers.csv:3:2", p)
			}
		})
	}
}

func TestEntityTag(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.Import(t, apptest.PublicSector())
		boss := s.token(t, "cora", "controller")
		path := psus + "/periods/2026-11-01"
		a := s.must(t, boss, http.MethodGet, path, nil, 200)
		tag := a.header.Get("ETag")
		if b := s.must(t, boss, http.MethodGet, path, nil, 304, "If-None-Match", tag); len(b.body) != 0 || b.header.Get("ETag") != tag {
			t.Errorf("304 has the tag %q and the body %q", b.header.Get("ETag"), b.body)
		}
		s.must(t, boss, http.MethodGet, path, nil, 200, "If-None-Match", `"other"`)
		if p := s.must(t, boss, http.MethodPut, path, `{"status":"on_hold"}`, 412, "If-Match", `"other"`).problem(t); p.Rule != "etag_differs" || p.Code != "conflict" {
			t.Errorf("the problem is %+v", p)
		}
		s.must(t, boss, http.MethodPut, path, `{"status":"on_hold"}`, 204, "If-Match", tag)
		s.must(t, boss, http.MethodPut, path, `{"status":"open"}`, 412, "If-Match", tag)
		s.must(t, boss, http.MethodPut, path, `{"status":"open"}`, 204)
		if got := s.must(t, boss, http.MethodGet, path, nil, 200).header.Get("ETag"); got != tag {
			t.Errorf("the same period has the tags %s and %s", tag, got)
		}
	})
}

// TestEntityTagRace lets many decide on the same look: one of them succeeds.
func TestEntityTagRace(t *testing.T) {
	s := one(t, api.Options{})
	boss := s.token(t, "cora", "controller")
	path := psus + "/periods/2026-11-01"
	tag := s.must(t, boss, http.MethodGet, path, nil, 200).header.Get("ETag")
	results := make(chan int)
	for range 8 {
		go func() {
			results <- s.do(t, boss, http.MethodPut, path, `{"status":"on_hold"}`, "If-Match", tag).status
		}()
	}
	count := map[int]int{}
	for range 8 {
		count[<-results]++
	}
	if count[204] != 1 || count[412] != 7 {
		t.Errorf("eight changes on one look give %v", count)
	}
}

func TestIdempotency(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.Import(t, apptest.PublicSector())
		carl, cora := s.token(t, "carl", "clerk"), s.token(t, "cora", "controller")
		doc := `{"type":"invoice","party":"C-1001","date":"2026-11-30","lines":[{"account":"101-44400","amount":"12.50"}]}`
		results := make(chan answer)
		for i := range 8 {
			go func() {
				results <- s.do(t, []string{carl, cora}[i%2], http.MethodPost, psus+"/documents", doc, "Idempotency-Key", "k1")
			}()
		}
		first := <-results
		for range 7 {
			if a := <-results; a.status != 201 || !bytes.Equal(a.body, first.body) {
				t.Errorf("the same request gives %d %s and %d %s", first.status, first.body, a.status, a.body)
			}
		}
		other := strings.ReplaceAll(doc, "12.50", "12.51")
		if p := s.must(t, carl, http.MethodPost, psus+"/documents", other, 409, "Idempotency-Key", "k1").problem(t); p.Rule != "key_reused" {
			t.Errorf("the problem is %+v", p)
		}
		s.must(t, carl, http.MethodPost, psus+"/documents", doc, 422, "Idempotency-Key", strings.Repeat("k", 201))
		s.MustVerify(t)
	})
}

// vendorJournal proposes a vendor payment journal, and gives its code; the bank account has a statement.
func vendorJournal(t *testing.T, s *server, call app.Call) string {
	t.Helper()
	err := s.SaveBankAccount(t.Context(), call, app.BankAccountRow{Code: "TREASURY", Account: "101-11020", AccountNumber: "123456789", RoutingNumber: "091000019"})
	if err == nil {
		err = s.SavePaymentMethod(t.Context(), call, app.PaymentMethodRow{Code: "hand", Kind: payout.ByHand, Bank: "TREASURY"})
	}
	if err == nil {
		err = s.SaveBankMap(t.Context(), call, "first", []byte(`{"columns": {"booked": "Date", "amount": "Amount"}, "cells": {"opening": "=B1"}, "header": 2, "decimal": "point", "account": "123456789", "currency": "USD"}`))
	}
	if err == nil {
		tom := app.Call{Company: call.Company, Actor: identity.Actor{Name: "tom", Roles: []identity.Role{identity.Treasurer}}}
		_, err = s.ImportBankStatements(t.Context(), tom, app.BankImport{Name: "bank.csv", Map: "first", Data: []byte("Opening,10.00\nDate,Amount\n2026-11-02,-1.00\n2026-11-03,-2.00\n2026-11-04,5.00\n")})
	}
	if err != nil {
		t.Fatal(err)
	}
	j, err := s.ProposeVendorPayments(t.Context(), call, app.VendorPaymentSelection{Date: civil.MustParse("2026-11-30")})
	if err != nil {
		t.Fatal(err)
	}
	return j.Code
}

// TestPages goes through every list of the document by pages of two: all pages together are the list, without anything twice.
func TestPages(t *testing.T) {
	s := walkable(t)
	token := s.token(t, "adam", "administrator", "approver")
	call := apptest.Call
	call.Company = "PSUS"
	j, err := s.CreatePaymentJournal(context.Background(), call, app.PaymentJournalRequest{})
	if err == nil {
		_, err = s.AddPaymentLine(context.Background(), call, j.Code, app.PaymentLineRequest{Date: civil.MustParse("2026-11-30"), Customer: "C-1001", Amount: "1.00", Bank: "101-11020"})
	}
	if err != nil {
		t.Fatal(err)
	}
	v := vendorJournal(t, s, call)
	escheatedRows(t, s, call)
	for _, amount := range []string{"1.00", "2.00", "3.00"} {
		if _, err := s.CreateRequest(context.Background(), call, app.RequestEntry{Customer: "C-1001", Kind: "other", Amount: amount}, false); err != nil {
			t.Fatal(err)
		}
	}
	approvalRows(t, s, call)
	handedOver(t, s, call)
	doc, all := readDocument(t)
	for _, op := range all {
		paged := slices.ContainsFunc(op.Parameters, func(p parameter) bool { return p.Name == "after" })
		if !paged {
			continue
		}
		path, _, _ := op.request(t, doc, "PSUS", 1)
		path = strings.ReplaceAll(path, "/payment-journals/J1/", "/payment-journals/"+j.Code+"/")
		path = strings.ReplaceAll(path, "/vendor-payment-journals/J1/", "/vendor-payment-journals/"+v+"/")
		var whole, page struct {
			Items []json.RawMessage
			Next  string
		}
		s.must(t, token, http.MethodGet, path+"?limit=500", nil, 200).into(t, &whole)
		var pages []json.RawMessage
		for next := path + "?limit=2"; next != ""; {
			page.Items, page.Next = nil, ""
			a := s.must(t, token, http.MethodGet, next, nil, 200)
			a.into(t, &page)
			if len(page.Items) > 2 {
				t.Fatalf("%s gives a page of %d", op.ID, len(page.Items))
			}
			pages = append(pages, page.Items...)
			link := a.header.Get("Link")
			if (link == "") != (page.Next == "") {
				t.Fatalf("%s gives the link %q and the next %q", op.ID, link, page.Next)
			}
			next = strings.TrimSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`)
		}
		if fmt.Sprintf("%s", pages) != fmt.Sprintf("%s", whole.Items) || whole.Next != "" {
			t.Errorf("%s: the pages are\n%s, the whole is\n%s", op.ID, pages, whole.Items)
		}
	}
}

func TestImportAndExport(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		boss := s.token(t, "adam", "administrator")
		s.must(t, boss, http.MethodPost, "/api/v1/imports", folderZip(t, "NEWC"), 200, "Content-Type", "application/zip")
		s.Import(t, apptest.PublicSector())
		for _, format := range []string{"zip", "xlsx"} {
			a := s.must(t, boss, http.MethodGet, psus+"/export?bank=true&format="+format, nil, 200)
			var form bytes.Buffer
			w := multipart.NewWriter(&form)
			part, err := w.CreateFormFile("file", "folder."+format)
			if err == nil {
				_, err = part.Write(a.body)
			}
			if err != nil {
				t.Fatal(err)
			}
			w.Close()
			var r struct {
				Company string
				Created bool
				Files   []struct{ Created, Updated int }
			}
			s.must(t, boss, http.MethodPost, "/api/v1/imports", form.Bytes(), 200, "Content-Type", w.FormDataContentType()).into(t, &r)
			if r.Company != "PSUS" || r.Created || len(r.Files) == 0 || slices.ContainsFunc(r.Files, func(f struct{ Created, Updated int }) bool { return f.Created+f.Updated > 0 }) {
				t.Errorf("importing the export (%s) changes something: %+v", format, r)
			}
		}
		broken := bytes.ReplaceAll(folderZip(t, "NEWC"), []byte("dimensions.csv"), []byte("dimensionz.csv"))
		p := s.must(t, boss, http.MethodPost, "/api/v1/imports", broken, 422, "Content-Type", "application/zip").problem(t)
		if len(p.Errors) == 0 || !strings.HasPrefix(p.Errors[0].Place, "dimensionz.csv:1:1") {
			t.Errorf("the problem is %+v", p)
		}
		s.must(t, boss, http.MethodPost, "/api/v1/imports", []byte("no zip"), 422, "Content-Type", "application/zip")
		s.must(t, boss, http.MethodPost, "/api/v1/imports", []byte("--x\r\n\r\n--x--"), 422, "Content-Type", "multipart/form-data; boundary=x")
	})
}

func TestEvents(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.company(t, "PSUS")
		token := s.token(t, "carl", "clerk")
		s.must(t, token, http.MethodPost, psus+"/runs/RUN-000001/posting", nil, 202)
		req, err := http.NewRequest(http.MethodGet, s.url+psus+"/runs/RUN-000001/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		resp, err := s.client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var last string
		events := []string{}
		lines := bufio.NewScanner(resp.Body)
		for lines.Scan() {
			if name, ok := strings.CutPrefix(lines.Text(), "event: "); ok {
				if events = append(events, name); len(events) == 1 {
					s.work(t) // what the first event told was before it
				}
			}
			if data, ok := strings.CutPrefix(lines.Text(), "data: "); ok {
				last = data
			}
		}
		var p app.RunPosting
		if err := json.Unmarshal([]byte(last), &p); err != nil || p.State != "posted" || p.Done != p.All || p.All == 0 || events[0] != "progress" || events[len(events)-1] != "done" {
			t.Errorf("the events are %v, the last is %s", events, last)
		}
		s.must(t, token, http.MethodGet, psus+"/runs/RUN-000009/events", nil, 404)
		if a := s.must(t, token, http.MethodGet, psus+"/runs/RUN-000001/decisions", nil, 200); !bytes.Contains(a.body, []byte(`{"reimbursement":`)) || !bytes.Contains(a.body, []byte("\n{\"run\":")) {
			t.Errorf("the decisions are %s", a.body)
		}
	})
}

// TestReference holds the reference page to the policy that it is served with.
func TestReference(t *testing.T) {
	h := api.New(nil, api.Options{})
	for _, path := range []string{"/api/docs", "/api/problems/conflict"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Code != 200 || w.Header().Get("Content-Security-Policy") != "default-src 'self'" {
			t.Errorf("%s gives %d with the policy %q", path, w.Code, w.Header().Get("Content-Security-Policy"))
		}
		for z := html.NewTokenizer(w.Body); ; {
			kind := z.Next()
			if kind == html.ErrorToken {
				if z.Err() != io.EOF {
					t.Error(z.Err())
				}
				break
			}
			tok := z.Token()
			if kind != html.TextToken && (tok.Data == "script" || tok.Data == "style") || slices.ContainsFunc(tok.Attr, func(a html.Attribute) bool { return a.Key == "style" || strings.HasPrefix(a.Key, "on") }) {
				t.Errorf("%s has %s", path, tok)
			}
		}
	}
	for _, path := range []string{"/api/openapi.json", "/api/openapi-3.0.json", "/api/docs/reference.css"} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		again := httptest.NewRequest(http.MethodGet, path, nil)
		again.Header.Set("If-None-Match", w.Header().Get("ETag"))
		x := httptest.NewRecorder()
		if h.ServeHTTP(x, again); w.Code != 200 || x.Code != 304 {
			t.Errorf("%s gives %d, then %d", path, w.Code, x.Code)
		}
	}
}
