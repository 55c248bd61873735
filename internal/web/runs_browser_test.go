package web_test

import (
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/identity"
)

// The main path by mouse, with JavaScript.
func TestWizardByMouse(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		b := city(t, d).Browser(identity.Clerk)
		b.Open("/c/PSUS/runs")
		b.Look("runs-empty")
		b.Click(`.actions a[href$="/runs/new"]`)
		b.Look("wizard")
		b.Click(`input[name="who"][value="all"]`)
		b.Click(`.form-buttons .primary`)
		b.See("Propose 4 reimbursements, $160.00")
		b.Look("simulation")
		b.Click(`.tabs a[href*="show=excluded"]`)
		b.See("Nobody is left out.")
		b.Click(`.next-step .primary`)
		b.See("RUN-000001")
		b.Look("run-proposed")
		b.Click(`td.k-check input`)
		b.Click(`.choosing button`)
		b.See("The run without them")
		b.Look("take-out")
		b.Open("/c/PSUS/runs/RUN-000001")
		b.Click(`.actions a[href$="/post"]`)
		b.See("No money moves yet")
		b.Look("post")
		b.Click(`.confirm .primary`)
		b.See("Posted: 4 reimbursements, $160.00.")
		b.Look("run-posted")
		b.Click(`.tabs a[href*="show=vouchers"]`)
		b.Look("run-vouchers")
		b.Click(`.tabs a[href*="show=trail"]`)
		b.Look("run-trail")
		b.Open("/c/PSUS/reimbursements")
		b.Look("reimbursements")
		b.Click(`a[href$="RB-00000001"]`)
		b.See("The way of the money")
		b.Look("reimbursement")
		b.Click(`.actions a[href$="/reverse"]`)
		b.Look("reverse")
		b.Fill(`#f-reason`, "paid by mistake")
		b.Click(`.confirm .danger`)
		b.See("1 reimbursement was reversed")
		b.Look("reversed")
		b.Open("/c/PSUS/runs/RUN-000001/reverse")
		b.See("Reverse 3 reimbursements, $140.00")
		b.Look("reverse-run")
		b.Open("/c/PSUS/import")
		b.Look("import-clerk")
		d.MustVerify(t)
	})
}
