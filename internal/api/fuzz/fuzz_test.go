// Package fuzz_test sends any bytes to the API. It stands by itself, since what a fuzzed package imports is compiled anew for it: the
// validator of the document, which the other tests of the API use, takes minutes.
package fuzz_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"testing"

	"quittance/internal/api"
	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
)

// FuzzPostDocument sends any body to the posting of documents: it is posted, or refused by a problem that says why.
func FuzzPostDocument(f *testing.F) {
	for _, seed := range []string{
		`{"type":"invoice","party":"C-1001","date":"2026-11-30","lines":[{"account":"101-44400","amount":"12.50"}]}`,
		`{"type":"vendor_invoice","party":"V-1001","due_date":"2026-12-30","lines":[{"account":"101-44400","amount":"0.01"}],"text":"\u2028"}`,
		`{"type":"payment","party":"C-1001","lines":[{"account":"999-11020","amount":"9999999999999999.9999"}]}`,
		`{"type":"invoice","party":"C-1001","lines":[]}`, `[]`, `null`, `"x"`, `{"type":1e400}`, "\xff", `{"a":{"a":{"a":{}}}}`,
	} {
		f.Add([]byte(seed))
	}
	d := apptest.New(f, dbtest.Open(f, dbtest.URL(f, "sqlite")))
	d.Import(f, apptest.PublicSector())
	if _, err := d.AddUser(f.Context(), apptest.Call, app.UserRequest{Name: "carl", Grants: []identity.Grant{{Role: identity.Clerk}}}); err != nil {
		f.Fatal(err)
	}
	token, err := d.CreateToken(f.Context(), apptest.Call, app.TokenRequest{User: "carl", Name: "fuzz", Days: 1})
	if err != nil {
		f.Fatal(err)
	}
	door := api.New(d.App, api.Options{Rate: 1e9})
	f.Fuzz(func(t *testing.T, body []byte) {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/companies/PSUS/documents", bytes.NewReader(body))
		r.Header.Set("Authorization", "Bearer "+token.Text)
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		door.ServeHTTP(w, r)
		if w.Code == http.StatusCreated {
			return
		}
		var p api.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code < 400 || w.Code >= 500 || p.Status != w.Code || p.Code == "" || p.Detail == "" {
			t.Fatalf("%q gives %d: %s (%v)", body, w.Code, w.Body, err)
		}
	})
}
