package web_test

import (
	"os"
	"path/filepath"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/web/webtest"
)

// The main path by mouse: a request is asked for with a part of a credit, evidence attached, approved, posted; a file is brought in.
func TestRequestsByMouse(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	d.Import(t, apptest.PublicSector())
	treasury(t, d)
	if _, err := d.CreateRequest(t.Context(), apptest.Call, app.RequestEntry{Customer: "C-1001", Kind: "deposit", Credits: []app.RequestCredit{{Credit: "CN-U", Amount: "40.00"}}, Reason: "moved away", Source: "T-17"}, true); err != nil {
		t.Fatal(err)
	}
	site := webtest.Serve(t, d, options())
	b := site.Browser(identity.Clerk)
	readers := map[identity.Role]*webtest.Reader{identity.Approver: site.SignedIn(identity.Approver), identity.Clerk: site.Reader()}
	readers[identity.Clerk].SignIn("clerk")
	b.Open("/c/PSUS/")
	b.Press("gg")
	b.See("Somebody asks that a customer be paid back")
	b.Look("requests")
	b.Click(".actions a.primary")
	b.Fill("#f-customer", "C-1001")
	b.Look("requests-new-customer")
	b.Click(".form-buttons .primary")
	b.See("Brightwater Bakery")
	b.Click(`input[name="pick"][value="CN-U"]`)
	b.Fill(`input[name="take.CN-U"]`, "40.00")
	choose(b, "#f-reason", "billed twice in May")
	b.Fill("#f-source", "T-17")
	b.Click("#f-submit")
	b.Click(".form-buttons .primary")
	b.See("Submit the request for $40.00")
	b.See("It looks like RQ-00000001")
	b.Look("requests-new")
	b.Click(".confirm .primary")
	b.See("RQ-00000002 was made")
	file := filepath.Join(t.TempDir(), "receipt.pdf")
	if err := os.WriteFile(file, []byte("%PDF-1.7\n1 0 obj"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Upload("#f-file", file)
	b.Click("#files-card .form-buttons .primary")
	b.See("Attached: receipt.pdf")
	b.Look("request")

	b.Become(readers[identity.Approver])
	b.Open("/c/PSUS/requests/RQ-00000002/ask")
	choose(b, "#f-text", "Which bill?")
	b.Look("request-ask")
	b.Click(".confirm .primary")
	b.See("RQ-00000002: More information")

	b.Become(readers[identity.Clerk])
	b.Open("/c/PSUS/")
	b.See("1 request waits for your answer")
	b.Look("requests-home")
	b.Open("/c/PSUS/requests/RQ-00000002/answer")
	b.See("Which bill?")
	choose(b, "#f-text", "The one of May 3")
	b.Click(".confirm .primary")
	b.See("RQ-00000002: In review")

	b.Become(readers[identity.Approver])
	b.Open("/c/PSUS/requests/RQ-00000002")
	b.Click(".actions a.primary")
	b.See("Approve RQ-00000002, $40.00 to C-1001")
	b.Look("request-approve")
	b.Click(".confirm .primary")
	b.See("RQ-00000002: Approved")

	b.Become(readers[identity.Clerk])
	b.Open("/c/PSUS/requests/RQ-00000002")
	b.Click(".actions a.primary")
	b.See("Post 3 reimbursements, $40.00")
	b.Look("request-post")
	b.Click(".confirm .primary")
	b.See("RQ-00000002: Posted")
	b.Look("request-posted")
	b.Open("/c/PSUS/requests/ageing")
	b.Look("requests-ageing")
	b.Open("/c/PSUS/requests/figures")
	b.See("Time in each state")
	b.Look("request-figures")
	b.Open("/c/PSUS/customers/C-1001/requests")
	b.Look("requests-of-customer")
	b.Open("/c/PSUS/requests/import")
	choose(b, "#f-text", "customer,kind,credits,reason\nC-1001,other,CN-U=1.00,a\n")
	b.Click(".form-buttons .primary")
	b.See("Make 1 request, $1.00")
	b.Look("requests-import")
	b.Click(".confirm .primary")
	b.See("1 request was made.")
	d.MustVerify(t)
}
