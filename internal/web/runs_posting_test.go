package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
	"quittance/internal/web/webtest"
)

// A run that is too large for one request is posted in the background; its page and its events tell how far it is.
func TestLargeRunIsPostedInTheBackground(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		const many = 520
		var customers, vouchers []string
		for i := range many {
			customers = append(customers, fmt.Sprintf("D-%04d,Customer %d,RES,USD,,no,no,,,,,US", i, i))
			vouchers = append(vouchers, fmt.Sprintf("DN-%04d,2026-11-05,credit_note,D-%04d,,,,USD,101-44200--,3.00,,x", i, i), fmt.Sprintf("DN-%04d,2026-11-05,credit_note,D-%04d,,,,USD,101-11530,,3.00,x", i, i))
		}
		d.Import(t, apptest.PublicSector().Append("customers", customers...).Append("vouchers", vouchers...))
		r := webtest.Serve(t, d, options()).SignedIn(identity.Clerk)
		at := "/c/PSUS/runs/" + proposedRun(t, d)
		says(t, r.Get(at), http.StatusOK, "Post 524 reimbursements, $1,720.00")
		says(t, r.Post(at+"/post", form(t, r.Get(at+"/post"), at+"/post")), http.StatusOK, "is being posted")
		events := r.Get(at + "/events") // answers until the run is posted
		if events.Header.Get("Content-Type") != "text/event-stream" || !strings.Contains(events.Body, `"end":true`) {
			t.Errorf("the events say %.300s", events.Body)
		}
		says(t, r.Get(at), http.StatusOK, "Posted", "No money has moved yet")
		says(t, r.Get(at+"?show=vouchers"), http.StatusOK, "Next")
		a := r.Get(at + "/reverse")
		says(t, a, http.StatusOK, "Reverse 524 reimbursements, $1,720.00")
		f := form(t, a, at+"/reverse")
		f.Set("reason", "wrong date")
		says(t, r.Post(at+"/reverse", f), http.StatusOK, "524 reimbursements were reversed")
		d.MustVerify(t)
	})
}

// A run whose posting was cut off is gone on with from its page.
func TestGoOnWithPosting(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := city(t, d).SignedIn(identity.Clerk)
		code := proposedRun(t, d)
		if _, err := d.StartRun(t.Context(), apptest.Call, code); err != nil {
			t.Fatal(err)
		}
		at := "/c/PSUS/runs/" + code
		says(t, r.Get(at), http.StatusOK, "Posting", "Go on posting", "0 of 1")
		says(t, r.Get("/c/PSUS/runs?state=posting"), http.StatusOK, code)
		says(t, r.Post(at+"/post", url.Values{}), http.StatusOK, "Posted: 4 reimbursements, $160.00.")
		if run := must(d.RunState(t.Context(), apptest.Call, code)); run.State != reimbursement.Posted {
			t.Errorf("the run is %s", run.State)
		}
	})
}
