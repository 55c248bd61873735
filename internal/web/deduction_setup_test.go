package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/web/webtest"
)

const setupAt = "/c/PSUS/deduction-setup"

// submit fills a form of the page in and sends it.
func submit(t *testing.T, r *webtest.Reader, a *webtest.Answer, action string, pairs ...string) *webtest.Answer {
	t.Helper()
	f := form(t, a, action)
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Set(pairs[i], pairs[i+1])
	}
	return r.Post(action, f)
}

// Each list takes a row, shows it, changes it, and lets it go.
func TestDeductionSetupLists(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := city(t, d).SignedIn(identity.Controller)
		for _, c := range []struct {
			list  string
			fresh []string // what a new row has
			shows []string
			key   string // of the row, in an address
			field string // that is changed
			to    string
		}{
			{"types", []string{"type", "WO", "name", "Write it off", "kind", "write_off"}, []string{"Write it off", "As the company's parameter says"}, "type=WO", "name", "Written off"},
			{"plans", []string{"plan", "SPRING", "name", "Spring promotion", "account", "44400", "from", "2026-01-01", "to", "2026-12-31", "pay_over", "no"}, []string{"Spring promotion", "All customers", "0.00"}, "plan=SPRING", "name", "Spring sale"},
			{"reasons", []string{"reason", "DAMAGE", "name", "Damaged goods", "type", "WO", "account", "44400", "small_amount", "5.00"}, []string{"Damaged goods", "In use", "5.00"}, "reason=DAMAGE", "name", "Goods damaged"},
			{"codes", []string{"customer", "C-1001", "code", "22", "from", "2026-01-01", "reason", "DAMAGE"}, []string{"C-1001", "22", "DAMAGE", "Customer's own"}, "customer=C-1001&list=&code=22&from=2026-01-01", "confirmed_by", "A. Buyer"},
			{"limits", []string{"scope", "reason", "code", "DAMAGE", "amount", "250.00"}, []string{"Reason", "DAMAGE", "250.00"}, "scope=reason&code=DAMAGE", "amount", "300.00"},
			{"rules", []string{"reason", "DAMAGE", "from", "2026-01-01", "window_days", "60", "window_from", "invoice", "attempts", "2"}, []string{"Every one", "60", "Date of the invoice"}, "customer=&reason=DAMAGE&from=2026-01-01", "window_days", "90"},
			{"customers", []string{"customer", "C-1001", "owner", "controller"}, []string{"C-1001", "As the reason says"}, "customer=C-1001", "small_amount", "1.50"},
			{"substates", []string{"substate", "CARRIER", "name", "Waits for the carrier", "work", "in_research"}, []string{"Waits for the carrier", "In research"}, "substate=CARRIER", "name", "With the carrier"},
			{"terms", []string{"terms", "2-10-30", "name", "2 % in 10, net 30", "net_days", "30", "discount_days", "10", "discount_rate", "2"}, []string{"2 % in 10, net 30"}, "terms=2-10-30", "discount_rate", "1.5"},
		} {
			t.Run(c.list, func(t *testing.T) {
				edit := setupAt + "/" + c.list + "/edit"
				a := submit(t, r, r.Get(edit), edit, c.fresh...)
				says(t, a, http.StatusOK, append(c.shows, "was saved")...)
				again := submit(t, r, r.Get(edit), edit, c.fresh...)
				says(t, again, http.StatusUnprocessableEntity, "is there already")
				a = submit(t, r, r.Get(edit+"?"+c.key), edit, c.field, c.to)
				says(t, a, http.StatusOK, "was saved")
				says(t, r.Get(edit+"?"+c.key), http.StatusOK)
				if f := form(t, r.Get(edit+"?"+c.key), edit); f.Get(c.field) != c.to {
					t.Errorf("%s is %q, want %q", c.field, f.Get(c.field), c.to)
				}
				for _, kind := range []string{"csv", "xlsx"} {
					if a := r.Get(setupAt + "/" + c.list + "?as=" + kind); a.Status != http.StatusOK || kind == "csv" && !strings.Contains(a.Body, c.to) {
						t.Errorf("as %s: %d\n%s", kind, a.Status, a.Body)
					}
				}
			})
		}
		remove := setupAt + "/reasons/remove"
		says(t, submit(t, r, r.Get(remove+"?reason=DAMAGE"), remove), http.StatusConflict, "DAMAGE")
		for _, x := range []string{"codes?customer=C-1001&list=&code=22&from=2026-01-01", "limits?scope=reason&code=DAMAGE", "rules?customer=&reason=DAMAGE&from=2026-01-01", "reasons?reason=DAMAGE", "types?type=WO", "plans?plan=SPRING", "customers?customer=C-1001", "substates?substate=CARRIER"} {
			list, key, _ := strings.Cut(x, "?")
			remove := setupAt + "/" + list + "/remove"
			says(t, submit(t, r, r.Get(remove+"?"+key), remove), http.StatusOK, "was taken away")
		}
		d.MustVerify(t)
	})
}

// What is wrong is told at its field, and what was typed stays.
func TestDeductionSetupRefuses(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	r := city(t, d).SignedIn(identity.Controller)
	for name, c := range map[string]struct {
		list, field string
		typed       url.Values
		want        string
	}{
		"NoName":        {"types", "name", url.Values{"type": {"X"}, "kind": {"write_off"}}, "name is blank"},
		"Suspense":      {"types", "offset_account", url.Values{"type": {"X"}, "name": {"<b>X</b>"}, "kind": {"write_off"}, "hold": {"suspense"}}, "needs an offset account"},
		"NoType":        {"reasons", "type", url.Values{"reason": {"R"}, "name": {"R"}, "type": {"NONE"}}, "no deduction type"},
		"NoDate":        {"rules", "from", url.Values{"from": {"soon"}, "window_days": {"3"}, "window_from": {"invoice"}}, "is not a date"},
		"NoNumber":      {"rules", "window_days", url.Values{"from": {"2026-01-01"}, "window_days": {"ten"}, "window_from": {"invoice"}}, "expected a whole number"},
		"ScopeCode":     {"limits", "code", url.Values{"scope": {"company"}, "code": {"X"}, "amount": {"1.00"}}, "the company has none"},
		"CoversNobody":  {"plans", "customers", url.Values{"plan": {"P"}, "name": {"P"}, "account": {"44400"}, "from": {"2026-01-01"}, "to": {"2026-12-31"}, "pay_over": {"no"}}, "covers nobody"},
		"SmallAmount":   {"customers", "small_amount", url.Values{"customer": {"C-1001"}, "small_amount": {"many"}}, "many"},
		"DiscountDays":  {"terms", "discount_days", url.Values{"terms": {"T"}, "name": {"T"}, "net_days": {"10"}, "discount_days": {"20"}, "discount_rate": {"2"}}, "do not fit"},
		"NoReason":      {"codes", "reason", url.Values{"list": {"x12_426"}, "code": {"01"}, "from": {"2026-01-01"}, "reason": {"R"}}, "no deduction reason"},
		"NoTerms":       {"customer_terms", "terms", url.Values{"customer": {"C-1001"}, "terms": {"NONE"}}, "no terms of payment"},
		"NoSuchAccount": {"discount_accounts", "discount_account", url.Values{"scope": {"all"}, "discount_account": {"99999"}}, "no main account"},
	} {
		t.Run(name, func(t *testing.T) {
			at := setupAt + "/" + c.list + "/edit"
			a := r.Post(at, c.typed)
			says(t, a, http.StatusUnprocessableEntity, c.want)
			if !strings.Contains(a.Body, `id="f-`+c.field+`-error"`) && !strings.Contains(a.Body, `href="#f-`+c.field+`"`) {
				t.Errorf("the error is not at %s:\n%s", c.field, a.Text())
			}
			f := form(t, a, at)
			for n, want := range c.typed {
				if n != "reason" && n != "type" && n != "terms" && f.Get(n) != want[0] {
					t.Errorf("%s was %q and is %q", n, want[0], f.Get(n))
				}
			}
		})
	}
	says(t, r.Get(setupAt+"/nothing"), http.StatusNotFound)
	says(t, r.Get(setupAt+"/types/edit?type=NONE"), http.StatusNotFound, "There is no NONE")
}

// A plan is accrued for after its voucher was seen; a standard list is taken over by reasons.
func TestPlanIsAccruedForAndListTakenOver(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := city(t, d).SignedIn(identity.Controller)
		r.Post(setupAt+"/types/edit", url.Values{"type": {"WO"}, "name": {"Write off"}, "kind": {"write_off"}})
		r.Post(setupAt+"/reasons/edit", url.Values{"reason": {"PRICE"}, "name": {"Price"}, "type": {"WO"}, "active": {"yes"}})
		r.Post(setupAt+"/plans/edit", url.Values{"plan": {"P1"}, "name": {"Promotion"}, "account": {"44400"}, "from": {"2026-01-01"}, "to": {"2026-12-31"}, "pay_over": {"no"}, "all": {"yes"}})
		at := setupAt + "/plans/P1/accrue"
		a := submit(t, r, r.Get(at), at, "amount", "100.00", "expense", "101-44200", "date", "2026-11-20")
		says(t, a, http.StatusOK, "Before you confirm", "Accrue $100.00 for P1", "101-44200")
		says(t, r.Get(setupAt+"/plans/P1/accruals"), http.StatusOK, "Nothing was accrued yet")
		a = r.Post(at, url.Values{"step": {"do"}, "amount": {"100.00"}, "expense": {"101-44200"}, "date": {"2026-11-20"}})
		says(t, a, http.StatusOK, "$100.00 was accrued for P1", "Unused")
		says(t, submit(t, r, r.Get(at), at, "amount", "0"), http.StatusUnprocessableEntity, "accrual of nothing")
		if a := r.Get(setupAt + "/plans/P1/accruals?as=csv"); !strings.Contains(a.Body, "100.00") {
			t.Errorf("the file is %s", a.Body)
		}
		list := setupAt + "/lists/x12_426/codes"
		says(t, submit(t, r, r.Get(list), list), http.StatusUnprocessableEntity, "No code was given a new reason")
		says(t, submit(t, r, r.Get(list), list, "reason0", "NONE"), http.StatusUnprocessableEntity, "NONE")
		a = submit(t, r, r.Get(list), list, "reason0", "PRICE", "reason3", "PRICE", "from", "2026-01-01")
		says(t, a, http.StatusOK, "2 codes were taken over", "PRICE")
		says(t, r.Get(setupAt+"/codes?reason=PRICE&list=x12_426"), http.StatusOK, "PRICE")
		says(t, r.Get(setupAt+"/codes?q=zzz"), http.StatusOK, "Clear the filter")
		says(t, r.Get(setupAt+"/lists"), http.StatusOK, "X12", "EDIFACT")
		d.MustVerify(t)
	})
}
