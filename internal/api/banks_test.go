package api_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"quittance/internal/app"
)

const statementCSV = "Opening,1000.00,,,\nDate,Amount,Check,Text,Kind\n2026-12-02,-160.00,1001,Check paid,\n2026-12-03,-1.25,,Service charge,\n"

// A statement is imported, matched, accepted, reconciled by hand with a difference, undone in order, and held against the ledger.
func TestBankStatements(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		prepare, _, pay := s.payer(t)
		admin := s.token(t, "zoe", "administrator")
		const base = "/api/v1/companies/PSUS"
		var j app.VendorPaymentJournal
		s.must(t, prepare, "POST", base+"/vendor-payment-journals", `{"date":"2026-12-01"}`, http.StatusCreated).into(t, &j)
		s.must(t, pay, "POST", base+"/vendor-payment-journals/"+j.Code+"/generation", `{}`, http.StatusOK)
		s.must(t, pay, "POST", base+"/vendor-payment-journals/"+j.Code+"/posting", `{"date":"2026-12-01"}`, http.StatusOK)

		s.must(t, admin, "PUT", base+"/bank-accounts/TREASURY", `{"account":"999-11020","bank":"Second Bank","stale_days":180}`, http.StatusNoContent)
		if a := s.must(t, admin, "GET", base+"/bank-accounts", nil, http.StatusOK); !bytes.Contains(a.body, []byte(`"style":"top"`)) || !bytes.Contains(a.body, []byte("Second Bank")) {
			t.Errorf("the settings are gone: %s", a.body)
		}
		const columns = `{"columns":{"booked":"Date","amount":"Amount","check":"Check","text":"Text","kind":"Kind"},"cells":{"opening":"=B1"},"header":2,"decimal":"point","account":"123456789","currency":"USD"}`
		s.must(t, pay, "PUT", base+"/bank-maps/first", columns, http.StatusForbidden)
		s.must(t, admin, "PUT", base+"/bank-maps/first", columns, http.StatusNoContent)
		if a := s.must(t, pay, "GET", base+"/bank-maps", nil, http.StatusOK); !bytes.Contains(a.body, []byte(`"account":"TREASURY"`)) || bytes.Contains(a.body, []byte("123456789")) {
			t.Errorf("the maps are %s", a.body)
		}
		s.must(t, admin, "PUT", base+"/parameters/bank_difference_limit", `{"value":"2.00"}`, http.StatusNoContent)

		at := base + "/bank-statements"
		send := func(query string, status int) answer {
			t.Helper()
			a := s.do(t, pay, "POST", at+query, []byte(statementCSV), "Content-Type", "text/csv")
			if a.status != status {
				t.Fatalf("importing answers %d: %s", a.status, a.body)
			}
			return a
		}
		send("", http.StatusUnprocessableEntity)
		send("?map=first&name=december.csv&preview=true", http.StatusOK)
		send("?map=first&name=december.csv", http.StatusOK)
		if p := send("?map=first", http.StatusConflict).problem(t); p.Rule != "statement_twice" {
			t.Errorf("twice is refused by %+v", p)
		}
		one := at + "/TREASURY/1"
		var lines app.Part[app.BankLine]
		s.must(t, prepare, "GET", one+"/lines?state=open&limit=1", nil, http.StatusOK).into(t, &lines)
		if len(lines.Items) != 1 || lines.Next == "" || lines.Items[0].Match == nil || lines.Items[0].Match.Score != 100 {
			t.Fatalf("the lines are %+v", lines)
		}
		s.must(t, prepare, "POST", one+"/acceptance", `{}`, http.StatusForbidden)
		var done app.BankAccepted
		s.must(t, pay, "POST", one+"/acceptance", `{"lines":[{"line":1,"match":"`+lines.Items[0].Match.Key+`"},{"line":2}]}`, http.StatusOK).into(t, &done)
		if done.Count != 1 || len(done.Refused) != 1 {
			t.Errorf("accepted %+v", done)
		}
		hand := one + "/lines/2/reconciliation"
		if p := s.must(t, pay, "POST", hand, `{"vouchers":["JV-404"]}`, http.StatusNotFound).problem(t); p.Detail == "" {
			t.Errorf("refused by %+v", p)
		}
		var effect app.Effect
		s.must(t, pay, "POST", hand+"/preview", `{"difference":"999-44200"}`, http.StatusOK).into(t, &effect)
		if len(effect.Vouchers) != 1 {
			t.Errorf("the preview is %+v", effect)
		}
		var by app.BankReconciled
		for range 2 { // the second time by its key
			s.must(t, pay, "POST", hand, `{"difference":"999-44200"}`, http.StatusOK, "Idempotency-Key", "d1").into(t, &by)
		}
		if by.Voucher != effect.Vouchers[0].Number {
			t.Errorf("reconciled %+v after the preview %+v", by, effect)
		}
		s.MustVerify(t)
		s.lookAtBank(t, pay)
		if a := s.must(t, pay, "POST", one+"/undoing", `{"lines":[1,2]}`, http.StatusOK); strings.Count(string(a.body), `"reconciliation":`) != 2 {
			t.Errorf("undone %s", a.body)
		}
		s.must(t, pay, "POST", base+"/bank-accounts/TREASURY/matching", `{"preview":true}`, http.StatusOK)
		s.must(t, pay, "POST", base+"/bank-accounts/TREASURY/matching", `{}`, http.StatusOK)
		s.must(t, admin, "DELETE", base+"/bank-maps/first", nil, http.StatusNoContent)
		s.MustVerify(t)
	})
}

// lookAtBank looks at everything that is listed after all lines were reconciled.
func (s *server) lookAtBank(t *testing.T, token string) {
	t.Helper()
	const base = "/api/v1/companies/PSUS"
	for path, want := range map[string]string{
		"/bank-statements?bank=TREASURY&state=reconciled": `"statement":"TREASURY/1"`,
		"/bank-statements?state=open":                     `"items":[]`,
		"/bank-statements?from=2027-01-01":                `"items":[]`,
		"/bank-statements/TREASURY/1":                     `"closing":"838.75"`,
		"/bank-statements/TREASURY/1/lines":               `"made_by":"tom"`,
		"/bank-statements/TREASURY/1/file":                "Opening,1000.00",
		"/bank-accounts/TREASURY/control?date=2026-12-31": `"off":"0.00"`,
		"/bank-accounts/TREASURY/entries?amount=-160.00":  `"items":[]`,
		"/vendor-payments?status=cleared":                 `"number":"1001"`,
		"/vendor-payments?uncashed=true":                  `"items":[]`,
		"/payment-files?kind=positive_pay&bank=TREASURY":  `"items":[]`,
	} {
		if a := s.must(t, token, "GET", base+path, nil, http.StatusOK); !bytes.Contains(a.body, []byte(want)) {
			t.Errorf("%s has no %s: %s", path, want, a.body)
		}
	}
	s.must(t, token, "GET", base+"/bank-statements?state=lost", nil, http.StatusUnprocessableEntity)
	s.must(t, token, "GET", base+"/bank-statements/TREASURY/9/lines", nil, http.StatusNotFound)
	s.must(t, token, "GET", base+"/bank-accounts/NONE/control", nil, http.StatusNotFound)
}
