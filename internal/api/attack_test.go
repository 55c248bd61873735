package api_test

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/civil"
)

// hostile are what an attacker sends as a filter or a name.
var hostile = []string{
	`' or '1'='1`, `'; drop table voucher; --`, `" or ""="`, `\'; select pg_sleep(9); --`, `%' union select password from app_user --`, `1); delete from entry; --`,
	"%", "_", "\x00", "\xff\xfe", strings.Repeat("9", 400), "-1", "$1", "?1", ":a", "../../etc/passwd", "\u202e",
}

// unnamed is a part of a path that nothing was put in for.
var unnamed = regexp.MustCompile(`\{[^}]*\}`)

// What is sent as a filter, or as a name in an address, is looked for, or refused; it is never run.
func TestSQLInEveryFilter(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.company(t, "PSUS")
		token := s.token(t, "root", "administrator")
		before, _, err := s.TrialBalance(t.Context(), apptest.Call, civil.Date(0))
		if err != nil {
			t.Fatal(err)
		}
		doc, all := readDocument(t)
		asked := 0
		for _, op := range all {
			if op.method != http.MethodGet || strings.Contains(op.ID, "events") {
				continue
			}
			plain, _, _ := op.request(t, doc, "PSUS", 0)
			plain, _, _ = strings.Cut(plain, "?")
			for _, p := range op.Parameters {
				if p.In == "header" {
					continue
				}
				for range 3 {
					value := hostile[asked%len(hostile)]
					asked++
					path := plain + "?" + url.Values{p.Name: {value}}.Encode()
					if p.In == "path" {
						path = strings.ReplaceAll(op.path, "{"+p.Name+"}", url.PathEscape(value))
						path = strings.NewReplacer("{company}", "PSUS", "{code}", "C-1001", "{run}", "RUN-000001", "{number}", "CN-P", "{account}", "101-11530", "{name}", "root", "{start}", "2026-11-01", "{journal}", "J1", "{id}", "1").Replace(path)
						path = unnamed.ReplaceAllString(path, "x") // a brace would make the client forget how the rest was written
					}
					a := s.do(t, token, op.method, path, nil)
					if a.status >= 500 || strings.Contains(string(a.body), "SQLSTATE") || strings.Contains(string(a.body), "sqlite:") {
						t.Errorf("%s answers %d: %s", path, a.status, a.body)
					}
				}
			}
		}
		if asked < 200 {
			t.Errorf("%d times was asked", asked)
		}
		var found struct{ Items []any }
		s.must(t, token, http.MethodGet, "/api/v1/companies/PSUS/customers?"+url.Values{"search": {`' or '1'='1`}}.Encode(), nil, http.StatusOK).into(t, &found)
		if len(found.Items) > 0 {
			t.Errorf("a condition in a filter finds %d customers", len(found.Items))
		}
		after, _, err := s.TrialBalance(t.Context(), apptest.Call, civil.Date(0))
		if err != nil || !slices.Equal(before, after) {
			t.Errorf("the books changed (%v)", err)
		}
		s.MustVerify(t)
	})
}
