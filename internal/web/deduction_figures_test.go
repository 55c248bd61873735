package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/identity"
	"quittance/internal/web/webtest"
)

// rebated posts a rebate of 150.00 to the grocer, which fits the deduction that is held.
func rebated(t *testing.T, d *apptest.Door, text string) {
	t.Helper()
	req := app.DocumentRequest{Type: "credit_note", Party: "C-2000", Date: civil.MustParse("2026-11-20"), Text: text, Lines: []app.DocumentLine{{Account: "101-44200", Amount: "150.00"}}}
	if _, err := d.PostDocument(context.Background(), apptest.Call, req); err != nil {
		t.Fatal(err)
	}
}

// The figures stand with their definitions, others can be chosen, a filter narrows them, and they go out as a file.
func TestDeductionFigures(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openGrocer(t, d)
		heldDeduction(t, d)
		r := webtest.Serve(t, d, options()).SignedIn(identity.Viewer)
		const at = "/c/PSUS/deduction-figures"
		a := r.Get(at)
		says(t, a, http.StatusOK, "Open by age", "Days deductions outstanding", "What is open, divided by the deductions taken a day in the period", "200.00", "Numerator")
		says(t, r.Get(at+"?days_outstanding=sales"), http.StatusOK, "What is open, divided by the sales a day in the period")
		says(t, r.Get(at+"?customer=C-1001"), http.StatusOK, "0.00")
		says(t, r.Get(at+"?win_rate=nothing"), http.StatusUnprocessableEntity, "is no definition")
		says(t, r.Get(at+"?from=soon"), http.StatusUnprocessableEntity, "is not a date")
		if a := r.Get(at + "?as=csv"); a.Status != http.StatusOK || !strings.Contains(a.Body, "figure,open,") || !strings.Contains(a.Body, "200.00") {
			t.Errorf("the file is %d\n%s", a.Status, a.Body)
		}
		if a := r.Get(at + "?as=xlsx"); a.Status != http.StatusOK {
			t.Errorf("the workbook is %d", a.Status)
		}
	})
}

// A search proposes, the reasons are told, and those above the threshold are applied after they were seen.
func TestMatchesAreSearchedForAndApplied(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openGrocer(t, d)
		number := heldDeduction(t, d)
		rebated(t, d, "Rebate for "+number)
		if err := d.SetParameter(context.Background(), apptest.Call, "match_apply_score", "80"); err != nil {
			t.Fatal(err)
		}
		r := webtest.Serve(t, d, options()).SignedIn(identity.Clerk)
		const at = "/c/PSUS/deductions/matches"
		says(t, r.Get(at), http.StatusOK, "Nothing is proposed", "Search for matches")
		says(t, r.Get("/c/PSUS/deductions/"+number+"/candidates"), http.StatusOK, "Same customer", "Same amount", "What the search would propose")
		says(t, submit(t, r, r.Get(at+"/search"), at+"/search", "customer", "nobody"), http.StatusNotFound, "nobody")
		a := submit(t, r, r.Get(at+"/search"), at+"/search")
		says(t, a, http.StatusOK, "What the search found", number, "Same amount")
		says(t, r.Get(at), http.StatusOK, number, "Same customer", "Proposed")
		if a := r.Get(at + "?as=csv"); !strings.Contains(a.Body, number) {
			t.Errorf("the file is\n%s", a.Body)
		}
		says(t, r.Post(at+"/apply", url.Values{"what": {"chosen"}}), http.StatusOK, "Choose proposals first")
		a = r.Post(at+"/apply", url.Values{"what": {"chosen"}, "number": {number}})
		says(t, a, http.StatusOK, "Apply 1 match, $150.00", number)
		if x, err := d.Deduction(context.Background(), apptest.Call, number); err != nil || x.Remaining != "150.00" {
			t.Fatalf("the preview changed the deduction: %+v, %v", x, err)
		}
		a = r.Post(at+"/apply", form(t, a, at+"/apply"))
		says(t, a, http.StatusOK, "What the search found", "Applied")
		if x, err := d.Deduction(context.Background(), apptest.Call, number); err != nil || x.Remaining != "0.00" {
			t.Errorf("the deduction has %+v, %v", x, err)
		}
		says(t, r.Get(at+"?least=101"), http.StatusOK, "is no score")
		d.MustVerify(t)
	})
}
