package web_test

import (
	"net/http"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/web/webtest"
)

// The reports by mouse: the list, a register that ties, a request by its age, who did what; files; what is asked for wrongly stays and says so.
func TestReportsByMouse(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	d.Import(t, apptest.PublicSector())
	treasury(t, d)
	if _, err := d.CreateRequest(t.Context(), apptest.Call, app.RequestEntry{Customer: "C-1001", Kind: "deposit", Credits: []app.RequestCredit{{Credit: "CN-U", Amount: "40.00"}}, Reason: "moved away"}, true); err != nil {
		t.Fatal(err)
	}
	site := webtest.Serve(t, d, options())
	b := site.Browser(identity.Controller)
	b.Open("/c/PSUS/")
	b.Click(`a[href="/c/PSUS/reports"]`)
	b.See("Reimbursement register")
	b.Look("reports")
	b.Open("/c/PSUS/reports/request-ageing")
	b.See("RQ-00000001")
	b.See("40.00")
	b.Look("report-requests")
	b.Open("/c/PSUS/reports/separation?view=people")
	b.See("No violation")
	b.Look("report-separation")
	b.Open("/c/PSUS/reports/reimbursements?from=2026-11-30&to=2026-11-01")
	b.See("a period from 2026-11-30 to 2026-11-01")
	b.Look("report-wrong")

	r := site.SignedIn(identity.Viewer)
	for as, begins := range map[string]string{"csv": "request,customer,", "xlsx": "PK", "pdf": "%PDF-"} {
		got := r.Get("/c/PSUS/reports/request-ageing?as=" + as)
		if got.Status != http.StatusOK || !strings.HasPrefix(got.Body, begins) || !strings.Contains(got.Header.Get("Content-Disposition"), "PSUS-request-ageing-2026-11-21."+as) {
			t.Errorf("as %s it gives %d %q %v", as, got.Status, got.Body[:min(40, len(got.Body))], got.Header)
		}
	}
	if got := r.Get("/c/PSUS/reports/separation"); got.Status != http.StatusForbidden {
		t.Errorf("a viewer sees who may do what: %d", got.Status)
	}
	if got := r.Get("/c/PSUS/reports/profits"); got.Status != http.StatusNotFound {
		t.Errorf("a report that is not there gives %d", got.Status)
	}
}
