package web_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/web/webtest"
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

// focused is what has the focus, as a person would name it.
const focused = `(document.activeElement?.innerText || document.activeElement?.name || document.activeElement?.tagName || "").trim()`

// tabTo presses the tabulator until what is asked for has the focus.
func tabTo(t *testing.T, b *webtest.Browser, condition string) {
	t.Helper()
	for range 80 {
		if webtest.Eval[bool](b, "(e => "+condition+")(document.activeElement)") {
			return
		}
		b.Press(kb.Tab)
	}
	t.Fatalf("no focus where %s at %s, but on %s", condition, b.At(), webtest.Eval[string](b, focused))
}

// The main path by keyboard only: no mouse at all.
func TestWizardByKeyboard(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		b := city(t, d).Browser(identity.Clerk)
		b.Open("/c/PSUS/")
		b.Press("gr")
		b.See("No run yet")
		tabTo(t, b, `e.matches(".actions a.primary")`)
		b.Enter()
		b.See("Who is reimbursed")
		tabTo(t, b, `e.name === "who"`)
		b.Press(" ") // chooses everybody
		tabTo(t, b, `e.matches(".form-buttons .primary")`)
		b.Enter()
		b.See("Propose 4 reimbursements, $160.00")
		tabTo(t, b, `e.matches(".next-step .primary")`)
		b.Enter()
		b.See("RUN-000001 is proposed")
		b.Press("j")
		b.Press("x")
		b.Until(`document.querySelector("td.k-check input").checked`)
		b.Press("x") // not that one after all
		tabTo(t, b, `e.matches('.actions a[href$="/post"]')`)
		b.Enter()
		b.See("No money moves yet")
		tabTo(t, b, `e.matches(".confirm .primary")`)
		b.Enter()
		b.See("Posted: 4 reimbursements, $160.00.")
		b.Press("gb")
		b.See("What was posted for customers")
		b.Press("j")
		b.Enter()
		b.See("The way of the money")
		tabTo(t, b, `e.matches('.actions a[href$="/reverse"]')`)
		b.Enter()
		b.See("Before you confirm")
		tabTo(t, b, `e.name === "reason"`)
		b.Press("paid by mistake")
		tabTo(t, b, `e.matches(".confirm .danger")`)
		b.Enter()
		b.See("1 reimbursement was reversed")
		d.MustVerify(t)
	})
}

// The main path in a browser whose JavaScript is switched off.
func TestWizardWithoutJavaScript(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		b := city(t, d).Browser(identity.Clerk)
		b.NoScript()
		b.Open("/c/PSUS/runs")
		b.Click(`.actions a[href$="/runs/new"]`)
		b.Click(`input[name="who"][value="all"]`)
		b.Click(`.form-buttons .primary`)
		b.Click(`.next-step .primary`)
		b.Click(`.actions a[href$="/post"]`)
		b.Click(`.confirm .primary`)
		b.See("Posted: 4 reimbursements, $160.00.")
		d.MustVerify(t)
	})
}

// A simulation whose form is filled keeps the choice on the way back.
func TestChoiceIsKeptOnTheWayBack(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		b := city(t, d).Browser(identity.Clerk)
		b.Open("/c/PSUS/runs/new")
		b.Click(`input[name="who"][value="some"]`)
		b.Fill(`#f-customers`, "C-1001, C-5..C-7")
		b.Click(`.form-buttons .primary`)
		b.See("Propose 4 reimbursements, $160.00")
		b.Click(`.steps a`)
		b.See("Who is reimbursed")
		if got := webtest.Eval[string](b, `document.querySelector("#f-customers").value`); got != "C-1001, C-5..C-7" {
			t.Errorf("the step back shows %q", got)
		}
		b.Look("wizard-filled")
	})
}

// A broken folder, and a good one, by mouse.
func TestImportByMouse(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		b := city(t, d, "C-1002,Hilltop Cafe,RES,USD,,yes,no,,,,,US").Browser(identity.Administrator)
		broken := apptest.PublicSector().Append("customers", `C-3003,"<script>alert(1)</script>",RES,EURO,,no,maybe,,,,,US`)
		broken["vouchers"] = strings.Replace(broken["vouchers"], "2026-11-05", "2026-13-05", 1)
		good := apptest.PublicSector().Append("customers", "C-2002,Hilltop Cafe,RES,USD,,no,no,,,,,US")
		folder := t.TempDir()
		for name, f := range map[string]apptest.Files{"broken.zip": broken, "good.zip": good} {
			if err := os.WriteFile(filepath.Join(folder, name), zipped(t, f), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		b.Open("/c/PSUS/import")
		b.Look("import")
		b.Upload("#f-files", filepath.Join(folder, "broken.zip"))
		b.Click(".form .primary")
		b.See("things to mend")
		b.Look("import-broken")
		b.Click(".next-step .primary")
		b.Upload("#f-files", filepath.Join(folder, "good.zip"))
		b.Click(".form .primary")
		b.See("Checked: nothing is wrong")
		b.Look("import-checked")
		b.Click(".confirm .primary")
		b.See("PSUS is brought in")
		b.Look("import-done")
		d.MustVerify(t)
	})
}
