package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

// step sends a form that shows what it would do, and then the one that does it.
func step(t *testing.T, r *webtest.Reader, path string, typed url.Values, effect ...string) *webtest.Answer {
	t.Helper()
	seen := r.Post(path, typed)
	says(t, seen, http.StatusOK, append(effect, "Before you confirm")...)
	f := form(t, seen, path)
	if f.Get("step") != "do" {
		t.Fatalf("%s shows no effect to confirm:\n%s", path, seen.Text())
	}
	return r.Post(path, f)
}

// What is posted, settled, undone, marked and reversed by forms, without JavaScript.
func TestPostSettleUndoReverse(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := city(t, d).SignedIn(identity.Clerk)
		const at = "/c/PSUS"
		done := step(t, r, at+"/new-document", url.Values{"type": {"invoice"}, "party": {"C-1001"}, "date": {"2026-11-20"}, "account0": {"601-44400"}, "amount0": {"30.00"}, "rows": {"4"}}, "Post Invoice, $30.00", "601-11530")
		if done.Path != at+"/vouchers/IN-00000001" || !strings.Contains(done.Notice(), "IN-00000001") {
			t.Fatalf("posting the invoice leads to %s: %s", done.Path, done.Text())
		}
		says(t, done, http.StatusOK, "Balances", "601-44400")
		done = step(t, r, at+"/customers/C-1001/settle", url.Values{"debit": {"IN-00000001"}, "credit": {"PAY"}, "amount": {"20.00"}, "date": {"2026-11-21"}}, "Settle $20.00", "10.00")
		says(t, done, http.StatusOK, "IN-00000001", "10.00")
		if !strings.Contains(done.Notice(), "$20.00 of IN-00000001 settled with PAY") {
			t.Errorf("settling says %q", done.Notice())
		}
		says(t, r.Get(at+"/customers/C-1001/settle?item=IN-00000001&item=PAY&item=PAY"), http.StatusOK, "Debit voucher")
		says(t, r.Get(at+"/customers/C-1001/settle?item=PAY"), http.StatusOK, "Choose one debit and one credit")
		says(t, r.Get(at+"/customers/C-1001/settlements"), http.StatusOK, "20.00", "Undo")
		done = step(t, r, at+"/customers/C-1001/unsettle", url.Values{"debit": {"IN-00000001"}, "credit": {"PAY"}, "date": {"2026-11-21"}}, "20.00 USD will be open again")
		says(t, done, http.StatusOK, "Undone")
		done = r.Post(at+"/customers/C-1001/mark", url.Values{"voucher": {"PAY"}, "journal": {"J-1"}, "amount": {"5.00"}})
		says(t, done, http.StatusOK, "J-1", "5.00", "Release")
		done = r.Post(at+"/customers/C-1001/release", url.Values{"journal": {"J-1"}, "voucher": {"PAY"}})
		says(t, done, http.StatusOK, "No pending settlements")
		done = step(t, r, at+"/vouchers/IN-00000001/reverse", url.Values{"reason": {"wrong customer"}, "date": {"2026-11-21"}}, "Reverse IN-00000001")
		says(t, done, http.StatusOK, "wrong customer", "IN-00000001")
		says(t, r.Get(at+"/customers/C-1001/statement"), http.StatusOK, "Brought forward", "30.00", "(160.00)")
		d.MustVerify(t)
	})
}

// What is wrong is said at its field and its row, nothing typed is lost, and a form sent twice posts once.
func TestJournalForm(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := city(t, d).SignedIn(identity.Clerk)
		const path = "/c/PSUS/new-journal"
		typed := url.Values{"rows": {"4"}, "text": {"moved"}, "date": {"2026-11-20"}, "account1": {"101-44200"}, "debit1": {"5.00"}, "account3": {"101-11010"}, "credit3": {"x"}}
		wrong := r.Post(path, typed)
		says(t, wrong, http.StatusUnprocessableEntity, `"x" is not an amount`)
		if v, _ := wrong.Field("credit3"); v != "x" || !strings.Contains(wrong.Body, `href="#f-account3"`) {
			t.Errorf("the error is not at the row where it was typed:\n%s", wrong.Body)
		}
		typed.Set("step", "more")
		if _, ok := r.Post(path, typed).Field("account7"); !ok {
			t.Error("there are no more rows than before")
		}
		typed.Del("step")
		typed.Set("credit3", "5.00")
		seen := r.Post(path, typed)
		says(t, seen, http.StatusOK, "Post Journal, $5.00")
		f := form(t, seen, path)
		first, second := r.Post(path, f), r.Post(path, f)
		if first.Status != http.StatusOK || first.Path != second.Path {
			t.Errorf("sent twice: %d %s, then %d %s", first.Status, first.Path, second.Status, second.Path)
		}
		if rows := r.Get("/c/PSUS/vouchers?type=journal").Rows(); len(rows) != 1 {
			t.Errorf("the journals are %v", rows)
		}
	})
}

// A total leads to what it is made of, down to the voucher, and each list can be had as a file.
func TestDownToTheVoucher(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		r := city(t, d).SignedIn(identity.Viewer)
		a := r.Get("/c/PSUS/trial-balance?date=2026-11-30")
		for _, leads := range []string{"/c/PSUS/accounts/11020", "/c/PSUS/accounts/999-11020/entries", "/c/PSUS/vouchers/PAY"} {
			next := ""
			for _, l := range a.Links() {
				if strings.HasPrefix(l, leads) {
					next = l
				}
			}
			if next == "" {
				t.Fatalf("%s does not lead to %s: %v", a.Path, leads, a.Links())
			}
			a = r.Get(next)
		}
		says(t, a, http.StatusOK, "PAY", "50.00", "Treasurer's fund")
		for path, want := range map[string]string{
			"/customers": "C-1001,Brightwater Bakery", "/customers/C-1001/items": "PAY,payment,", "/customers/C-1001/statement": "2026-11-02,PAY,payment", "/vouchers": "PAY,2026-11-02,payment",
			"/trial-balance": "11020,Treasurer bank account", "/accounts/999-11020": "2026-11-02,999-11020", "/accounts/999-11020/entries": "2026-11-02,PAY,payment,999-11020", "/audit": ",import,",
		} {
			f := r.Get("/c/PSUS" + path + "?as=csv")
			if f.Status != http.StatusOK || !strings.Contains(f.Body, want) || !strings.HasPrefix(f.Header.Get("Content-Disposition"), "attachment") {
				t.Errorf("%s as a file: %d\n%.400s", path, f.Status, f.Body)
			}
			if x := r.Get("/c/PSUS" + path + "?as=xlsx"); !strings.HasPrefix(x.Body, "PK") {
				t.Errorf("%s as a workbook: %d %.100s", path, x.Status, x.Body)
			}
		}
		if a := r.Get("/c/PSUS/customers?as=exe"); a.Status != http.StatusUnprocessableEntity {
			t.Errorf("a kind of file that is none answers %d", a.Status)
		}
	})
}

// Periods, parameters and holds are changed by who may; the others see no button, and are refused when they send the form anyway.
func TestSetUpPages(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		s := city(t, d)
		r, viewer := s.SignedIn(identity.Controller), s.SignedIn(identity.Viewer)
		const at = "/c/PSUS"
		changes := []struct {
			path  string
			typed url.Values
			says  string
		}{
			{"/periods/2026-10-01", url.Values{"status": {"on_hold"}}, "On hold"},
			{"/parameters/minimum_reimbursement", url.Values{"value": {"7.50"}}, "7.50"},
			{"/customers/C-1001/hold", url.Values{"hold": {"yes"}, "reason": {"asked for"}}, "On hold"},
			{"/verify", url.Values{}, "The books are right"},
		}
		says(t, r.Post(at+"/verify", url.Values{"since": {"no seal"}}), http.StatusBadRequest, "no seal")
		for _, c := range changes {
			if a := viewer.Post(at+c.path, c.typed); a.Status != http.StatusForbidden {
				t.Errorf("a viewer's %s answers %d: %s", c.path, a.Status, a.Text())
			}
			says(t, r.Post(at+c.path, c.typed), http.StatusOK, c.says)
		}
		says(t, r.Post(at+"/periods/2026-10-01", url.Values{"status": {"closed"}}), http.StatusUnprocessableEntity, "for good")
		says(t, r.Post(at+"/parameters/minimum_reimbursement", url.Values{"value": {"much"}}), http.StatusUnprocessableEntity, "much")
		says(t, r.Post(at+"/customers/C-1001/hold", url.Values{}), http.StatusUnprocessableEntity, "say why")
		says(t, r.Get(at+"/audit"), http.StatusOK, "asked for", "Changed a period")
		for _, page := range []string{"/", "/customers/C-1001", "/customers/C-1001/items", "/customers/C-1001/marks", "/vouchers", "/vouchers/PAY", "/periods", "/setup/parameters", "/audit"} {
			a := viewer.Get(at + page)
			says(t, a, http.StatusOK)
			for _, link := range a.Links() {
				for _, forbidden := range []string{"/hold", "/settle", "/auto-settle", "/mark", "/new-journal", "/new-document", "/verify", "/reverse"} {
					if strings.HasSuffix(link, forbidden) {
						t.Errorf("a viewer sees %s on %s", link, page)
					}
				}
			}
		}
	})
}

// Nobody's words become code: not in pages, and not in the spreadsheets that lists are opened with.
func TestHostileWords(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		const words = `=cmd|'<script>alert(1)</script>{{x}}<img src=x onerror=alert(2)>`
		quoted := `"` + strings.ReplaceAll(words, `"`, `""`) + `"`
		f := apptest.PublicSector()
		f["customers"] = strings.ReplaceAll(f["customers"], "Brightwater Bakery", quoted)
		f["vendors"] = strings.ReplaceAll(f["vendors"], "Brightwater Bakery", quoted)
		f["vouchers"] = strings.ReplaceAll(f["vouchers"], "Overpayment", quoted)
		f["accounts"] = strings.ReplaceAll(f["accounts"], "Treasurer bank account", quoted)
		f["dimension_values"] = strings.ReplaceAll(f["dimension_values"], "General fund", quoted)
		s := cityOf(t, d, f)
		r := s.SignedIn(identity.Administrator)
		for _, path := range []string{"/", "/customers", "/customers/C-1001", "/customers/C-1001/items", "/customers/C-1001/statement", "/vendors/V-1001", "/vouchers", "/vouchers/PAY", "/trial-balance", "/accounts/11020", "/accounts/11020/entries", "/setup/accounts", "/setup/dimensions", "/audit", "/customers?q=" + url.QueryEscape(words)} {
			a := r.Get("/c/PSUS" + path) // which looks for scripts, handlers and styles
			if a.Status != http.StatusOK || strings.Contains(a.Body, "<script>alert") || strings.Contains(a.Body, "<img src=x") {
				t.Errorf("%s: %d\n%.300s", path, a.Status, a.Body)
			}
		}
		for _, path := range []string{"/customers", "/customers/C-1001/statement", "/vouchers", "/accounts/11020/entries"} {
			if a := r.Get("/c/PSUS" + path + "?as=csv"); !strings.Contains(a.Body, "'=cmd") || strings.Contains(a.Body, ",=cmd") || strings.Contains(a.Body, `,"=cmd`) {
				t.Errorf("%s gives a formula away:\n%s", path, a.Body)
			}
		}
	})
}

// cityOf serves a company at the clock of the tests.
func cityOf(t *testing.T, d *apptest.Door, f apptest.Files) *webtest.Site {
	t.Helper()
	d.Import(t, f)
	return webtest.Serve(t, d, web.Options{Now: func() time.Time { return apptest.Now }})
}
