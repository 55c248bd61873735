package web_test

import (
	"fmt"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

// choose chooses an option of a select.
func choose(b *webtest.Browser, selector, value string) {
	webtest.Eval[bool](b, fmt.Sprintf(`(s => { s.value = %q; s.dispatchEvent(new Event("input", {bubbles: true})); s.dispatchEvent(new Event("change", {bubbles: true})); return s.value === %q })(document.querySelector(%q))`, value, value, selector))
}

// The main path by mouse: a payment is applied with deductions, one allowed and one not, one is split, all is posted; a deduction is
// resolved into a write-off, a plan and a return, and the write-off is reversed.
func TestDeductionsByMouse(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	openGrocer(t, d)
	b := webtest.Serve(t, d, web.Options{}).Browser(identity.Clerk)
	b.Open("/c/PSUS/")
	b.Press("gy")
	b.See("No payment journals yet")
	b.Look("payments-empty")
	b.Click(`.actions a.primary`)
	b.Fill("#f-text", "Bank deposit of November 20")
	b.Look("payment-journal-new")
	b.Click(".form-buttons .primary")
	b.See("Who paid; also for its branches.")
	b.Fill("#f-customer", "C-2000")
	b.Fill("#f-amount", "1300.00")
	b.Fill("#f-bank", "101-11020")
	b.Fill("#f-reference", "CHK 1007")
	b.Look("payment-line-new")
	b.Click(".form-buttons .primary")
	b.See("Open items")
	b.Fill(`input[name="pay.C-2000|INV-1"]`, "850.00")
	b.Until(`document.querySelector('[data-sum="deducted"]').textContent === "150.00" && document.querySelector('[data-sum="left"]').textContent === "450.00"`)
	b.Fill(`input[name="pay.C-2000|INV-2"]`, "450.00")
	b.Until(`document.querySelector('[data-sum="deducted"]').textContent === "200.00" && document.querySelector('[data-sum="left"]').textContent === "0.00"`)
	b.Click(".form-buttons .primary")
	b.See("Deduction line 2")
	choose(b, `select[name="type.1"]`, "UNR")
	choose(b, `select[name="type.2"]`, "WO")
	choose(b, `select[name="reason.2"]`, "DMG")
	b.Fill(`input[name="account.2"]`, "65100")
	b.Click(`input[name="allowed.2"]`)
	b.Fill(`input[name="split.1"]`, "50.00")
	b.See("leaves 100.00")
	b.Look("payment-application-typed")
	b.Click(`button[value="split.1"]`)
	b.See("Deduction line 3")
	b.Click(`button[value="preview"]`)
	b.See("What would be posted")
	b.Look("payment-application")
	b.Click(`.actions a.primary`)
	b.See("Post 1 payment, $1,300.00")
	b.Look("payment-post")
	b.Click(".confirm .primary")
	b.See("3 deductions were captured")
	b.Look("payment-journal-posted")
	b.Click(`main table.data a[href$="/lines/1"]`)
	b.Look("payment-line-posted")
	b.Open("/c/PSUS/payments")
	b.Look("payments")

	b.Press("gd")
	b.See("What customers kept back")
	b.Look("deductions")
	part, err := d.Deductions(t.Context(), apptest.Call, app.DeductionFilter{}, app.Page{})
	if err != nil || len(part.Items) != 2 {
		t.Fatalf("open are %+v, %v", part.Items, err)
	}
	number := ""
	for _, x := range part.Items {
		if x.Remaining == "100.00" {
			number = x.Number
		}
	}
	at := "/c/PSUS/deductions/" + number
	b.Open(at)
	b.Look("deduction")
	b.Click(`.actions a[href$="/resolve"]`)
	b.See("Each line is a part of what remains")
	choose(b, "#f-kind0", "write_off")
	b.Fill("#f-amount0", "60.00")
	b.Fill("#f-account0", "65100")
	choose(b, "#f-kind1", "accrual_plan")
	b.Fill("#f-amount1", "25.00")
	choose(b, "#f-plan1", "SPRING")
	b.Until(`document.querySelector('[data-sum="left"]').textContent === "15.00"`)
	b.Click(`button[value="more"]`)
	choose(b, "#f-kind2", "return")
	b.Fill("#f-amount2", "15.00")
	b.Fill("#f-reason2", "invalid")
	b.Look("deduction-resolve")
	b.Click(".form-buttons .primary")
	b.See("Post 3 resolutions, $100.00")
	b.Look("deduction-resolve-effect")
	b.Click(".confirm .primary")
	b.See("$100.00 was resolved; $0.00 remains")
	b.Look("deduction-resolved")
	x, err := d.Deduction(t.Context(), apptest.Call, number)
	if err != nil || x.Financial != "resolved" {
		t.Fatalf("the record is %+v, %v", x, err)
	}
	for _, r := range x.Resolutions {
		if r.Kind == "write_off" {
			b.Click(fmt.Sprintf(`main a[href$="/resolutions/%d/reverse"]`, r.ID))
		}
	}
	b.Fill("#f-reason", "approved by mistake")
	b.Click(".form-buttons .primary")
	b.See("Reverse $60.00")
	b.Look("deduction-reverse")
	b.Click(".confirm .danger")
	b.See("$60.00 was reversed; $60.00 remains")
	b.Look("deduction-reversed")
	if x, err = d.Deduction(t.Context(), apptest.Call, number); err != nil || x.Remaining != "60.00" || x.Financial != "partly_resolved" {
		t.Errorf("the record is %+v, %v", x, err)
	}
	d.MustVerify(t)
}

// The other pages, as people see them.
func TestDeductionPagesInTheBrowser(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	openGrocer(t, d)
	number := heldDeduction(t, d)
	payment(t, d, "200.00", app.PaymentApplyRequest{Voucher: "INV-3", Amount: "200.00"})
	b := webtest.Serve(t, d, web.Options{}).Browser(identity.Controller)
	at := "/deductions/" + number
	for _, p := range []struct{ name, path string }{
		{"deductions-home", "/"},
		{"deduction-edit", at + "/edit"},
		{"deduction-dispute", at + "/dispute"},
		{"deduction-split", at + "/split"},
		{"deduction-claim", "/deductions/new-claim"},
		{"deductions-mass", "/deductions/mass?what=resolve&customer=C-2000"},
		{"customer-deductions", "/customers/C-2000/deductions"},
		{"customer-with-deductions", "/customers/C-2000"},
		{"payment-cancel", "/payments/CPJ-00000002/cancel"},
		{"payment-reverse", "/payments/CPJ-00000001/reverse"},
	} {
		b.Open("/c/PSUS" + p.path)
		b.Look(p.name)
	}
	b.Open("/c/PSUS/deductions")
	b.Press("jx")
	b.Until(`document.querySelector("[data-chosen]").textContent.startsWith("1 chosen")`)
	b.Click(`button[value="update"]`)
	b.Fill("#f-owner", "controller")
	b.Click(".form-buttons .primary")
	b.See("Change 1 deduction")
	b.Look("deductions-mass-effect")
	b.Click(".confirm .primary")
	b.See("1 deduction was changed")
	b.Open("/c/PSUS/deductions")
	b.Fill("#q-q", strings.ToLower(number))
	b.Open("/c/PSUS/search?q=" + number)
	b.See(number)
}
