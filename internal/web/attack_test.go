package web_test

import (
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

// hostile are what an attacker types into a filter.
var hostile = []string{
	`' or '1'='1`, `'; drop table voucher; --`, `" or ""="`, `\'; select pg_sleep(9); --`, `%' union select password from app_user --`, `1); delete from entry; --`,
	"%", "_", "\x00", "\xff\xfe", strings.Repeat("9", 400), "-1", "$1", "?1", ":a", "\u202e",
}

var reads = regexp.MustCompile(`v\.(?:query|date|queries|filter|choice)\("([a-z_]+)"`)

// filters gives the names of the values that the pages read from an address.
func filters(t *testing.T) []string {
	t.Helper()
	names := []string{"after"}
	for _, file := range sources(t, ".go") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range reads.FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// What is typed into a filter is looked for, or refused; it is never run, and never makes the page fail.
func TestSQLInEveryFilter(t *testing.T) {
	names := filters(t)
	if len(names) < 8 {
		t.Fatalf("the names of filters are not found in the source: %v", names)
	}
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := apptest.New(t, database)
		d.Import(t, apptest.PublicSector())
		before, _, err := d.TrialBalance(t.Context(), apptest.Call, civil.Date(0))
		if err != nil {
			t.Fatal(err)
		}
		reader := webtest.Serve(t, d, web.Options{}).SignedIn(identity.Administrator)
		asked, turn := 0, 0
		for p, a := range addresses {
			method, path, _ := strings.Cut(p, " ")
			if method != http.MethodGet || a.permission == everybody || strings.HasSuffix(path, "/events") {
				continue
			}
			if a.path != "" {
				path = a.path
			}
			path, _, _ = strings.Cut(strings.NewReplacer("{company}", "PSUS", "{$}", "").Replace(path), "?")
			page := reader.Get(path).Body
			for _, name := range names {
				turn++
				its := strings.Contains(page, `name="`+name+`"`) || strings.Contains(page, "?"+name+"=") || strings.Contains(page, ";"+name+"=")
				if !its && turn%7 != 0 { // a value that the page does not speak of is tried on every seventh
					continue
				}
				value := hostile[asked%len(hostile)]
				asked++
				if got := reader.Get(path + "?" + url.Values{name: {value}}.Encode()); got.Status >= 500 || strings.Contains(got.Body, "SQLSTATE") || strings.Contains(got.Body, "sqlite:") {
					t.Errorf("%s with %s=%q answers %d", path, name, value, got.Status)
				}
			}
		}
		if asked < 100 {
			t.Errorf("%d pages were asked for", asked)
		}
		after, _, err := d.TrialBalance(t.Context(), apptest.Call, civil.Date(0))
		if err != nil || !slices.Equal(before, after) {
			t.Errorf("the books changed (%v)", err)
		}
		if hits, err := d.Customers(t.Context(), apptest.Call, app.PartyFilter{Search: `' or '1'='1`}, app.Page{}); err != nil || len(hits.Items) > 0 {
			t.Errorf("a condition in a filter finds %d customers (%v)", len(hits.Items), err)
		}
		d.MustVerify(t)
	})
}
