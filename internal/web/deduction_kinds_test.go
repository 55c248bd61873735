package web_test

import (
	"html"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

// resolves posts one resolution line by the page: first its effect is shown, then it is done.
func resolves(t *testing.T, r *webtest.Reader, number string, line url.Values) *webtest.Answer {
	t.Helper()
	at := "/c/PSUS/deductions/" + number + "/resolve"
	line.Set("rows", "1")
	a := r.Post(at, line)
	saw(t, a, "Before you confirm", "$10.00")
	form, ok := a.Form(at)
	if !ok {
		t.Fatalf("%s shows no form: %s", at, a.Text())
	}
	form.Set("step", "do")
	return r.Post(at, form)
}

// Each resolution of the table is chosen on the page, posted, seen on the deduction, and taken back.
func TestEveryResolutionByForms(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, database *db.DB) {
		d := apptest.New(t, database)
		openGrocer(t, d)
		site := webtest.Serve(t, d, web.Options{})
		r := site.SignedIn(identity.Clerk)
		number := heldDeduction(t, d)
		note, err := d.PostDocument(t.Context(), apptest.Call, app.DocumentRequest{Type: "credit_note", Party: "C-2000", Lines: []app.DocumentLine{{Account: "101-44200", Amount: "30.00"}}})
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range []struct {
			name, says string
			line       url.Values
		}{
			{"WriteOff", "Write off", url.Values{"kind0": {"write_off"}, "account0": {"65100"}}},
			{"AccrualPlan", "Accrual plan", url.Values{"kind0": {"accrual_plan"}, "plan0": {"SPRING"}}},
			{"Return", "Return to customer", url.Values{"kind0": {"return"}, "reason0": {"not damaged"}, "keep_due0": {"yes"}}},
			{"Match", "Match", url.Values{"kind0": {"match"}, "credit0": {note}}},
			{"CreditNote", "credit note", url.Values{"kind0": {"credit_note"}, "basis0": {"price"}, "notes0": {"101-44200 10.00"}}},
			{"Chargeback", "Chargeback", url.Values{"kind0": {"chargeback"}, "due0": {"2026-12-31"}, "reason0": {"not damaged"}}},
			{"PaidBack", "Paid back", url.Values{"kind0": {"paid_back"}, "account0": {"101-11020"}}},
			{"Correct", "Correct", url.Values{"kind0": {"correct"}}},
		} {
			t.Run(k.name, func(t *testing.T) {
				k.line.Set("amount0", "10.00")
				a := resolves(t, r, number, k.line)
				if !strings.Contains(a.Notice(), "$10.00 was resolved; $140.00 remains") {
					t.Fatalf("it says %q: %s", a.Notice(), a.Text())
				}
				saw(t, a, k.says, "Partly resolved")
				x, err := d.Deduction(t.Context(), apptest.Call, number)
				if err != nil {
					t.Fatal(err)
				}
				last := x.Resolutions[len(x.Resolutions)-1]
				at := "/c/PSUS/deductions/" + number + "/resolutions/" + strconv.FormatInt(last.ID, 10) + "/reverse"
				saw(t, r.Post(at, url.Values{}), "reason")
				a = r.Post(at, url.Values{"reason": {"test"}, "step": {"do"}})
				if !strings.Contains(a.Notice(), "$150.00 remains") {
					t.Fatalf("reversed, it says %q: %s", a.Notice(), a.Text())
				}
			})
		}
		d.MustVerify(t)
	})
}

// What is over a limit waits for somebody else, who approves or refuses it.
func TestApprovalByForms(t *testing.T) {
	d, _ := fresh(t, identity.Viewer)
	if err := d.SaveDeductionSetup(t.Context(), apptest.Call, &app.WriteOffLimit{Scope: "company", Amount: "5.00"}); err != nil {
		t.Fatal(err)
	}
	site := webtest.Serve(t, d, web.Options{})
	clerk, approver := site.SignedIn(identity.Clerk), site.SignedIn(identity.Approver)
	number := heldDeduction(t, d)
	at := "/c/PSUS/deductions/" + number
	propose := func() {
		t.Helper()
		a := resolves(t, clerk, number, url.Values{"kind0": {"write_off"}, "account0": {"65100"}, "amount0": {"10.00"}})
		saw(t, a, "5.00")
		x, err := d.Deduction(t.Context(), apptest.Call, number)
		if err != nil || x.Remaining != "150.00" || x.Work != "pending_approval" {
			t.Fatalf("after a proposal the record is %s, %s remains: %v", x.Work, x.Remaining, err)
		}
	}
	propose()
	for _, what := range []string{"/approve", "/reject"} {
		if a := clerk.Post(at+what, url.Values{"step": {"do"}, "reason": {"mine"}}); a.Status != http.StatusForbidden {
			t.Errorf("a clerk who decides by %s gets %d", what, a.Status)
		}
	}
	saw(t, approver.Post(at+"/reject", url.Values{}), "reason")
	saw(t, approver.Post(at+"/reject", url.Values{"reason": {"No proof"}}), "No proof")
	if x, err := d.Deduction(t.Context(), apptest.Call, number); err != nil || x.Remaining != "150.00" || x.Work != "approval_rejected" {
		t.Errorf("refused, the record is %+v, %v", x, err)
	}
	propose()
	saw(t, approver.Get(at+"/approve"), "101-65100", "10.00")
	a := approver.Post(at+"/approve", url.Values{"step": {"do"}})
	saw(t, a, "140.00", "Write off")
	d.MustVerify(t)
}

// The pages speak German to who wants it: no key of a text and none of the usual English words are left.
func TestDeductionPagesInGerman(t *testing.T) {
	d, r := fresh(t, identity.Controller)
	number := heldDeduction(t, d)
	r.Post("/preferences", url.Values{"lang": {"de"}, "next": {"/"}})
	for _, path := range []string{
		"/payments", "/payments/new", "/payments/CPJ-00000001", "/payments/CPJ-00000001/lines/1", "/deductions", "/deductions/" + number, "/deductions/" + number + "/resolve", "/deductions/" + number + "/split", "/deductions/" + number + "/dispute",
		"/deductions/" + number + "/edit", "/deductions/" + number + "/candidates", "/deductions/matches", "/deduction-figures", "/deduction-setup", "/deduction-setup/reasons", "/deduction-setup/rules", "/deduction-setup/plans/SPRING/accruals", "/remittances", "/remittances/new", "/customers/C-2000/deductions",
	} {
		a := r.Get("/c/PSUS" + path)
		if a.Status != http.StatusOK || !strings.Contains(a.Body, `lang="de"`) {
			t.Errorf("%s answers %d", path, a.Status)
		}
		text := " " + strings.Join(strings.Fields(a.Text()), " ") + " "
		for _, english := range []string{" the ", " and ", " is ", " what ", " Nothing ", " Open ", " days ", " of the ", " not "} {
			if at := strings.Index(text, english); at >= 0 {
				t.Errorf("%s says in English: …%s…", path, text[max(0, at-40):min(len(text), at+60)])
			}
		}
	}
}

// The sums of a list that goes on are asked for after it is shown; a browser without JavaScript is offered them.
func TestSumsOfALongWorklist(t *testing.T) {
	d, r := fresh(t, identity.Viewer)
	heldDeduction(t, d)
	saw(t, r.Get("/c/PSUS/deductions"), "200.00")
	a := r.Get("/c/PSUS/deductions?limit=1")
	saw(t, a, "being added up")
	_, later, _ := strings.Cut(a.Body, `hx-get="/c/PSUS/deductions?`)
	later, _, _ = strings.Cut(later, `"`)
	later = "/c/PSUS/deductions?" + html.UnescapeString(later)
	if !strings.Contains(later, "sums=yes") || !strings.Contains(a.Body, "hx-trigger=\"load\"") || strings.Contains(a.Text(), "200.00") {
		t.Fatalf("a list that goes on says %s", a.Text())
	}
	saw(t, r.Get(later), "200.00", "Evidence ready")
}
