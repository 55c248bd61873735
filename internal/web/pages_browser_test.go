package web_test

import (
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

// The business pages of the sample company, as people see them.
func TestBusinessPagesInTheBrowser(t *testing.T) {
	s := webtest.Serve(t, lakemont(t), web.Options{})
	b := s.Browser(identity.Administrator)
	const at = "/c/LAKEMONT"
	for _, p := range []struct{ name, path string }{
		{"home", "/"},
		{"customers", "/customers"},
		{"customer", "/customers/C-10024"},
		{"items", "/customers/C-10024/items"},
		{"settle", "/customers/C-10024/settle"},
		{"statement", "/customers/C-10024/statement"},
		{"hold", "/customers/C-10024/hold"},
		{"vendors", "/vendors"},
		{"vouchers", "/vouchers"},
		{"voucher", "/vouchers/RB-00000001"},
		{"new-journal", "/new-journal"},
		{"new-document", "/new-document"},
		{"trial-balance", "/trial-balance"},
		{"trace", "/trace?of=RB-00000001"},
		{"control", "/control?from=2026-01-01&to=2026-12-31"},
		{"account", "/accounts/11530"},
		{"periods", "/periods"},
		{"period", "/periods/2026-11-01"},
		{"setup", "/setup"},
		{"parameters", "/setup/parameters"},
		{"audit", "/audit"},
		{"verify", "/verify"},
	} {
		b.Open(at + p.path)
		b.Look(p.name)
	}
}

// The deduction desk of the sample distributor, as people see it.
func TestDistributorInTheBrowser(t *testing.T) {
	d := lakemont(t)
	call := app.Call{Actor: apptest.Clerk, Company: "TALLGRASS"}
	found := func(claim string) string {
		t.Helper()
		all, err := d.Deductions(t.Context(), call, app.DeductionFilter{Order: app.ByNumber, Closed: true, Text: claim}, app.Page{})
		if err != nil || len(all.Items) == 0 {
			t.Fatalf("the distributor has no deduction of the claim %s: %v", claim, err)
		}
		return all.Items[len(all.Items)-1].Number
	}
	drafts, err := d.PaymentJournals(t.Context(), call, app.PaymentFilter{State: "draft"}, app.Page{})
	if err != nil || len(drafts.Items) < 2 {
		t.Fatalf("the distributor has the drafts %v: %v", drafts.Items, err)
	}
	b := webtest.Serve(t, d, web.Options{}).Browser(identity.Controller)
	const at = "/c/TALLGRASS"
	for _, p := range []struct{ name, path string }{
		{"worklist", "/deductions"},
		{"urgent", "/deductions/" + found("DM-20411")},
		{"three-ways", "/deductions/" + found("DM-20418")},
		{"resolve", "/deductions/" + found("DM-20433") + "/resolve"},
		{"approve", "/deductions/" + found("CM-8170") + "/approve"},
		{"matches", "/deductions/matches"},
		{"candidates", "/deductions/" + found("CM-8177") + "/candidates"},
		{"figures", "/deduction-figures"},
		{"journals", "/payments"},
		{"application", "/payments/" + drafts.Items[0].Code + "/lines/1"},
		{"remittances", "/remittances"},
		{"remittance", "/remittances/RM-00000002"},
		{"plans", "/deduction-setup/plans"},
		{"customer", "/customers/CMG-N"},
		{"home", "/"},
	} {
		b.Open(at + p.path)
		b.Look("distributor-" + p.name)
	}
}

// The month of paying out of the sample district, as people see it: what was paid and came back, the banks' statements and what holds
// them against the books.
func TestDistrictInTheBrowser(t *testing.T) {
	b := webtest.Serve(t, lakemont(t), web.Options{}).Browser(identity.Treasurer)
	const at = "/c/MILLRACE"
	for _, p := range []struct{ name, path string }{
		{"home", "/"},
		{"journals", "/vendor-payments"},
		{"journal", "/vendor-payments/VPJ-00000001"},
		{"payment", "/vendor-payments/VPJ-00000001/4"},
		{"statements", "/bank-statements"},
		{"statement", "/bank-statements/CHECKS/3"},
		{"import", "/bank-statements/import"},
		{"answers", "/payment-answers"},
		{"checks", "/checks"},
		{"bank-control", "/bank-control/CHECKS"},
		{"control", "/control"},
		{"trace", "/trace?of=VPJ-00000001/4"},
	} {
		b.Open(at + p.path)
		b.Look("district-" + p.name)
	}
}

// A total is followed down to a voucher, two items are settled and the settlement is undone, and a journal is posted, by clicking.
func TestClickingThroughTheBooks(t *testing.T) {
	s := webtest.Serve(t, lakemont(t), web.Options{})
	b := s.Browser(identity.Controller)
	const at = "/c/LAKEMONT"
	b.Open(at + "/trial-balance")
	b.Click(`main a[href^="/c/LAKEMONT/accounts/11530"]`)
	b.Click(`main td.k-money a`)
	b.Click(`main td.k-code a[href*="/vouchers/"]`)
	b.See("It balances")

	b.Open(at + "/customers/C-10024/items?sign=debit")
	b.Click(`main tbody tr:first-child input[name="item"]`)
	debit := webtest.Eval[string](b, `document.querySelector('input[name="item"]').value`)
	b.Open(at + "/customers/C-10024/items?sign=credit")
	credit := webtest.Eval[string](b, `document.querySelector('input[name="item"]').value`)
	b.Open(at + "/customers/C-10024/settle?item=" + debit + "&item=" + credit)
	b.Fill("#f-amount", "1.00")
	b.Click("main .form-buttons .primary")
	b.See("Before you confirm")
	b.Audit()
	b.Shot("settle-effect")
	b.Click("main .confirm .primary")
	b.See("settled with")
	b.Open(at + "/customers/C-10024/settlements")
	b.Click(`main a[href*="/unsettle"]`)
	b.Click("main .form-buttons .primary")
	b.See("will be open again")
	b.Audit()
	b.Click("main .confirm .danger")
	b.See("is open again")

	b.Open(at + "/new-journal")
	b.Fill("#f-account0", "101-44200")
	b.Fill("#f-debit0", "5.00")
	b.Fill("#f-account1", "101-11010")
	b.Fill("#f-credit1", "5.00")
	b.Click("main .form-buttons .primary")
	b.See("Before you confirm")
	b.Audit()
	b.Shot("journal-effect")
	b.Click("main .confirm .primary")
	b.See("was posted")
}

// How many rows are chosen, and what they come to, is said while they are chosen.
func TestChosenRows(t *testing.T) {
	shell(t, func(d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		b := webtest.Serve(t, d, web.Options{}).Browser(identity.Clerk)
		b.Open("/c/PSUS/customers/C-1001/items?sign=credit")
		if said := b.Text("[data-chosen]"); said != "" {
			t.Errorf("nothing is chosen, and %q is said", said)
		}
		b.Press("jxjx")
		b.Until(`document.querySelector("[data-chosen]").textContent.startsWith("2 chosen")`)
		said := b.Text("[data-chosen]")
		if !strings.Contains(said, "60.00 USD") {
			t.Errorf("50.00 and 10.00 come to %q", said)
		}
		b.Audit()
		b.Click("[data-select-all]")
		b.Until(`document.querySelector("[data-chosen]").textContent.includes("160.00 USD")`)
	})
}

// A second run of the sample company, from the selection to what was posted, with a customer taken out on the way, and one of its
// reimbursements reversed.
func TestRunOfTheSampleCompany(t *testing.T) {
	d := lakemont(t)
	b := webtest.Serve(t, d, web.Options{}).Browser(identity.Clerk)
	const at = "/c/LAKEMONT"
	b.Open(at + "/runs/new")
	b.Click(`input[name="who"][value="all"]`)
	b.Click("details.more > summary")
	b.Fill("#f-date", "11302026")
	b.Fill("#f-minimum", "0.00")
	b.Fill("#f-age", "0")
	b.Click(`.form-buttons .primary`)
	b.See("Propose")
	b.Look("simulation-of-the-city")
	b.Click(`.next-step .primary`)
	b.See("RUN-000002")
	before, err := d.RunState(t.Context(), app.Call{Actor: apptest.Clerk, Company: "LAKEMONT"}, "RUN-000002")
	if err != nil || before.Totals.Reimbursements < 5 || len(before.Totals.Reasons) < 3 {
		t.Fatalf("the proposal is %+v, %v", before, err)
	}
	b.Open(at + "/runs/RUN-000002?show=reimbursed")
	b.Click(`td.k-check input`)
	b.Click(`.choosing button`)
	b.Fill("#f-reason", "moved away, asks for a check by mail")
	b.Click(`.confirm .primary, .confirm .danger`)
	b.See("1 line was taken out.")
	b.Open(at + "/runs/RUN-000002/post")
	b.Click(`.confirm .primary`)
	b.See("Posted:")
	b.Look("run-of-the-city")
	after, err := d.RunState(t.Context(), app.Call{Actor: apptest.Clerk, Company: "LAKEMONT"}, "RUN-000002")
	if err != nil || after.State != "posted" || after.Totals.Excluded != before.Totals.Excluded+1 || after.Totals.ReimbursedCustomers != before.Totals.ReimbursedCustomers-1 {
		t.Errorf("the run is %+v after %+v, %v", after, before, err)
	}
	b.Open(at + "/runs/RUN-000002?show=vouchers")
	b.Click(`table.data a[href*="/reimbursements/"]`)
	b.Click(`.actions a[href$="/reverse"]`)
	b.Fill(`#f-reason`, "posted to the wrong month")
	b.Click(`.confirm .danger`)
	b.See("1 reimbursement was reversed")
	d.MustVerify(t)
}
