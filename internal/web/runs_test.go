package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

// city serves the company of the worked examples at the clock of the tests.
func city(t *testing.T, d *apptest.Door, more ...string) *webtest.Site {
	t.Helper()
	f := apptest.PublicSector()
	if len(more) > 0 {
		f = f.Append("customers", more...)
	}
	d.Import(t, f)
	return webtest.Serve(t, d, options())
}

// form takes the fields of the form that posts to an address, as they stand.
func form(t *testing.T, a *webtest.Answer, action string) url.Values {
	t.Helper()
	f, ok := a.Form(action)
	if !ok {
		t.Fatalf("%s has no form that goes to %s:\n%s", a.Path, action, a.Text())
	}
	return f
}

// says wants texts in the main part of a page.
func says(t *testing.T, a *webtest.Answer, status int, texts ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("%s answers %d, expected %d:\n%s", a.Path, a.Status, status, a.Text())
		return
	}
	for _, s := range texts {
		if !strings.Contains(a.Text(), s) {
			t.Errorf("%s does not say %q:\n%s", a.Path, s, a.Text())
		}
	}
}

// documents gives the rows of the list of a page, without those of the tables behind its pictures.
func documents(a *webtest.Answer) (rows [][]string) {
	for _, r := range a.Rows() {
		if len(r) > 2 {
			rows = append(rows, r)
		}
	}
	return rows
}

// The main path without JavaScript: the worked example of the reimbursement rules comes to four reimbursements of 160.00.
func TestWizard(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := city(t, d).SignedIn(identity.Clerk)
		says(t, r.Get("/c/PSUS/runs"), http.StatusOK, "No run yet", "New run")
		says(t, r.Get("/c/PSUS/runs/new"), http.StatusOK, "Who is reimbursed", "Everybody in credit", "As set up: 0.00")
		a := r.Get("/c/PSUS/runs/simulate?who=all&date=2026-11-21")
		says(t, a, http.StatusOK, "What a run of Nov 21, 2026 would do", "Propose 4 reimbursements, $160.00", "101-11530", "24210")
		if n := len(a.Rows()); n < 8 {
			t.Errorf("the simulation shows %d lines of vouchers", n)
		}
		a = r.Post("/c/PSUS/runs/propose", form(t, a, "/c/PSUS/runs/propose"))
		says(t, a, http.StatusOK, "RUN-000001", "Proposed", "Post 4 reimbursements, $160.00")
		a = r.Get("/c/PSUS/runs/RUN-000001/post")
		says(t, a, http.StatusOK, "No money moves yet", "Post 4 reimbursements, $160.00")
		f := form(t, a, "/c/PSUS/runs/RUN-000001/post")
		a = r.Post("/c/PSUS/runs/RUN-000001/post", f)
		says(t, a, http.StatusOK, "Posted: 4 reimbursements, $160.00.", "No money has moved yet", "Reverse the run")
		again := r.Post("/c/PSUS/runs/RUN-000001/post", f)
		says(t, again, http.StatusOK, "Posted")
		a = r.Get("/c/PSUS/runs/RUN-000001?show=vouchers")
		if rows := documents(a); len(rows) != 4 {
			t.Errorf("%d reimbursements are shown, posted twice? %v", len(rows), rows)
		}
		says(t, r.Get("/c/PSUS/runs?state=posted"), http.StatusOK, "RUN-000001", "160.00")
		says(t, r.Get("/c/PSUS/runs?state=proposed"), http.StatusOK, "Nothing matches the filter")
		d.MustVerify(t)
	})
}

// options are those of the tests' clock.
func options() web.Options {
	return web.Options{Now: func() time.Time { return apptest.Now }}
}
