package web_test

import (
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/web/webtest"
)

// asked hands requests in, as a clerk.
func asked(t *testing.T, d *apptest.Door, amounts ...string) {
	t.Helper()
	for _, amount := range amounts {
		_, err := d.CreateRequest(t.Context(), app.Call{Actor: apptest.Clerk, Company: apptest.Call.Company}, app.RequestEntry{Customer: "C-1001", Kind: "overpayment", Credits: []app.RequestCredit{{Credit: "CN-U", Amount: amount}}, Reason: "billed twice, asked by letter", Source: "T-" + amount}, true)
		if err != nil {
			t.Fatal(err)
		}
	}
}

// The main path by mouse: a policy is tried, simulated and saved, a rule made; one approval is looked at and given, several together, one is
// asked about.
func TestApprovalsByMouse(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	d.Import(t, apptest.PublicSector())
	site := webtest.Serve(t, d, options())
	boss := site.SignedIn(identity.Controller)
	b := site.Browser(identity.Viewer)
	b.Become(boss)
	b.Open("/c/PSUS/")
	b.Press("gj")
	b.See("Nothing waits for you.")
	b.Look("approvals-empty")
	b.Click(`.tabs a[href$="/policies"]`)
	b.See("There are no policies.")
	b.Click(`.empty a`)
	b.Fill("#f-policy", "REFUNDS")
	choose(b, "#f-rules", "approve when amuont < 5\n")
	choose(b, "#f-sample", "amount=4.00")
	b.Click(`button[value="test"]`)
	b.See("did you mean amount?")
	b.Look("policy-error")
	choose(b, "#f-rules", "approve when amount < 5\nreview \"large\" when amount > 20\n")
	b.Click(`button[value="test"]`)
	b.See("Approved by REFUNDS, line 1")
	b.Fill("#f-why", "Board decision 12")
	b.Click(`button[value="save"]`)
	b.See("Version 1, from")
	b.Look("policy")
	b.Open("/c/PSUS/approvals/setup")
	b.See("There are no approval rules.")
	b.Click(`a[href$="/approvals/setup/rules"]`)
	b.Fill("#f-rule", "LARGE")
	b.Fill("#f-from", "20.00")
	b.Fill("#f-step1", "role:approver")
	b.Fill("#f-remind1", "24")
	b.Fill("#f-step2", "role:controller")
	b.Fill("#f-why", "Board decision 12")
	b.Look("approval-rule")
	b.Click(".form-buttons .primary")
	b.See("LARGE was saved")
	b.Look("approval-setup")

	asked(t, d, "4.00", "10.00", "11.00", "25.00", "12.00")
	b.Open("/c/PSUS/policies/edit?policy=REFUNDS")
	choose(b, "#f-rules", "approve when amount < 11\n")
	b.Click(`button[value="simulate"]`)
	b.See("Decided otherwise")
	b.Look("policy-simulated")

	b.Become(site.SignedIn(identity.Approver))
	b.Open("/c/PSUS/")
	b.See("4 approvals wait for you")
	b.Press("gj")
	b.See("Request RQ-00000004")
	b.Look("approvals")
	b.Click(`main table.data a[href$="/approvals/AP-000004"]`)
	b.See("What would be posted")
	b.Look("approval")
	b.Fill(`input[name="reason"]`, "seen")
	b.Click(`.primary[type="submit"]`)
	b.See("it waits at step 2 of 2")
	b.Open("/c/PSUS/approvals")
	b.Click(`input[name="pick"][value="AP-000002"]`)
	b.Click(`input[name="pick"][value="AP-000003"]`)
	b.Click(`.choosing button[value="approve"]`)
	b.See("Approve 2, $21.00")
	b.Look("approvals-bulk")
	b.Click(".confirm .primary")
	b.See("2 were approved, $21.00.")
	b.Open("/c/PSUS/approvals/AP-000005")
	b.Click(`input[name="verb"][value="ask"]`)
	choose(b, "#o-reason", "Which letter?")
	b.Click(`.columns .card:last-of-type button[type="submit"]`)
	b.See("More information")
	b.Open("/c/PSUS/approvals/list")
	b.Look("approvals-list")
	b.Become(boss)
	b.Open("/c/PSUS/approvals/AP-000004")
	b.Click(`.primary[type="submit"]`)
	b.See("RQ-00000004: Approved.")
	b.Look("approval-done")
	d.MustVerify(t)
}
