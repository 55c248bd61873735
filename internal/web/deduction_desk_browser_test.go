package web_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

// The pages around the desk, as people see them: set-up, remittances, figures, matches.
func TestDeskPagesInTheBrowser(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	openRemits(t, d)
	number := heldDeduction(t, d)
	rebated(t, d, "Rebate for "+number)
	ctx := context.Background()
	for _, r := range []app.DeductionSetupRow{
		&app.WriteOffLimit{Scope: "company", Amount: "1000.00"}, &app.WriteOffLimit{Scope: "reason", Code: "DMG", Amount: "250.00"},
		&app.WorkSubstate{Substate: "CARRIER", Work: "in_research", Name: "Waits for the carrier"}, &app.DeductionCustomer{Customer: "C-2000", Owner: "clerk", Small: "5.00"},
		&app.PaymentTerms{Terms: "2-10-30", Name: "2 % in 10 days, net 30", NetDays: 30, DiscountDays: 10, DiscountRate: "2"},
	} {
		if err := d.SaveDeductionSetup(ctx, apptest.Call, r); err != nil {
			t.Fatal(err)
		}
	}
	b := webtest.Serve(t, d, web.Options{}).Browser(identity.Controller)
	const at = "/c/PSUS"
	for _, p := range []struct{ name, path string }{
		{"setup-types", "/deduction-setup"},
		{"setup-reasons", "/deduction-setup/reasons"},
		{"setup-reason", "/deduction-setup/reasons/edit?reason=DMG"},
		{"setup-codes", "/deduction-setup/codes"},
		{"setup-lists", "/deduction-setup/lists"},
		{"setup-list", "/deduction-setup/lists/edifact_4465/codes"},
		{"setup-plans", "/deduction-setup/plans"},
		{"setup-plan", "/deduction-setup/plans/SPRING/accruals"},
		{"setup-plan-edit", "/deduction-setup/plans/edit?plan=SPRING"},
		{"setup-limits", "/deduction-setup/limits"},
		{"setup-rules", "/deduction-setup/rules"},
		{"setup-rule", "/deduction-setup/rules/edit"},
		{"setup-customers", "/deduction-setup/customers"},
		{"setup-substates", "/deduction-setup/substates"},
		{"setup-terms", "/deduction-setup/terms"},
		{"setup-remove", "/deduction-setup/types/remove?type=WO"},
		{"figures", "/deduction-figures"},
		{"matches-empty", "/deductions/matches"},
		{"match-search", "/deductions/matches/search"},
		{"match-candidates", "/deductions/" + number + "/candidates"},
		{"remittances-empty", "/remittances"},
		{"remittance-new", "/remittances/new"},
		{"remittance-maps", "/remittances/maps"},
		{"remittance-map", "/remittances/maps/edit?code=HARBOR"},
		{"remittance-partner", "/remittances/partners/edit"},
	} {
		b.Open(at + p.path)
		b.Look(p.name)
	}
}

// A code is mapped, an accrual is made and a remittance comes in, by mouse.
func TestDeskByMouse(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	openRemits(t, d)
	b := webtest.Serve(t, d, web.Options{}).Browser(identity.Controller)
	const at = "/c/PSUS"
	b.Open(at + "/deduction-setup/codes")
	b.Click(`.actions a.primary`)
	b.Click(".form-buttons .primary")
	b.See("is blank")
	b.Look("setup-code-refused")
	b.Fill("#f-customer", "C-2000")
	b.Fill("#f-code", "22")
	choose(b, "#f-reason", "DMG")
	b.Fill("#f-from", "01012026")
	b.Click(".form-buttons .primary")
	b.See("was saved")

	b.Open(at + "/deduction-setup/plans/SPRING/accrue")
	b.Fill("#f-amount", "50.00")
	b.Fill("#f-expense", "101-65100")
	b.Click(".form-buttons .primary")
	b.See("Accrue $50.00 for SPRING")
	b.Look("setup-accrue-effect")
	b.Click(".confirm .primary")
	b.See("$50.00 was accrued for SPRING")

	file := filepath.Join(t.TempDir(), "harbor.csv")
	if err := os.WriteFile(file, []byte(harborFile), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Press("gm")
	b.See("No remittance came in yet")
	b.Click(`.actions a.primary`)
	b.Upload("#f-content", file)
	choose(b, "#f-map", "HARBOR")
	b.Click(".form-buttons .primary")
	b.See("What would come of the file")
	b.Look("remittance-checked")
	b.Click(".confirm .primary")
	b.See("came in with 1 payment")
	b.Look("remittance")
	b.Open(at + "/remittances")
	b.Look("remittances")
}

// A search for matches is made by mouse, and what it found is looked at.
func TestMatchesByMouse(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	openGrocer(t, d)
	number := heldDeduction(t, d)
	rebated(t, d, "Rebate for "+number)
	b := webtest.Serve(t, d, web.Options{}).Browser(identity.Controller)
	const at = "/c/PSUS"
	b.Open(at + "/deductions/matches/search")
	b.Click(".form-buttons .primary")
	b.See("What the search found")
	b.Look("matched")
	b.Open(at + "/deductions/matches")
	b.Look("matches")
}
