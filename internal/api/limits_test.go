package api_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
)

// exampleFolder reads an example folder of the guides.
func exampleFolder(t *testing.T, name string) apptest.Files {
	t.Helper()
	paths, err := filepath.Glob("../../docs/examples/" + name + "/*.csv")
	if err != nil || len(paths) < 5 {
		t.Fatalf("the example folder %s is not there: %v", name, err)
	}
	files := apptest.Files{}
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.TrimSuffix(filepath.Base(p), ".csv")] = string(text)
	}
	return files
}

// A write-off over the limit of its reason waits for somebody else, by one resolution and by many at once.
func TestLimitsAtTheAPI(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.Import(t, exampleFolder(t, "distributor").With(apptest.Files{"write_off_limits": "scope,code,amount\nreason,SHORT,50.00\n"}))
		companies, err := s.Companies(t.Context(), apptest.Call)
		if err != nil || len(companies) != 1 {
			t.Fatal(companies, err)
		}
		at := "/api/v1/companies/" + companies[0]
		clerk, approver := s.token(t, "carl", "clerk"), s.token(t, "anna", "approver")
		j, err := s.CreatePaymentJournal(t.Context(), apptest.Call, app.PaymentJournalRequest{})
		if err == nil {
			_, err = s.AddPaymentLine(t.Context(), apptest.Call, j.Code, app.PaymentLineRequest{Date: civil.MustParse("2026-11-10"), Customer: "C-1", Amount: "900.00", Bank: "110-11020"})
		}
		if err == nil {
			_, err = s.ApplyPayment(t.Context(), apptest.Call, j.Code, 1, []app.PaymentApplyRequest{{Voucher: "INV-1", Amount: "900.00"}})
		}
		if err == nil {
			_, err = s.ChangePaymentDeduction(t.Context(), apptest.Call, j.Code, 1, 1, app.PaymentDeductionRequest{Application: 1, Reason: "SHORT", Type: "OPEN"})
		}
		posted, perr := s.PostPaymentJournal(t.Context(), apptest.Call, j.Code)
		if err != nil || perr != nil || len(posted.Lines[0].Deductions) != 1 {
			t.Fatal(posted, err, perr)
		}
		number := posted.Lines[0].Deductions[0]
		one := at + "/deductions/" + number
		var out app.DeductionOutcome
		resolve := func(amount string) app.DeductionOutcome {
			t.Helper()
			out = app.DeductionOutcome{}
			s.must(t, clerk, http.MethodPost, one+"/resolutions", `{"lines":[{"kind":"write_off","amount":"`+amount+`"}]}`, 200, "Idempotency-Key", "r"+amount).into(t, &out)
			return out
		}
		if o := resolve("50.00"); o.Proposed || o.Remaining != "50.00" {
			t.Errorf("within the limit it says %+v", o)
		}
		if o := resolve("0.01"); !o.Proposed || o.Remaining != "50.00" {
			t.Errorf("over the limit with what was written off before it says %+v", o)
		}
		s.must(t, clerk, http.MethodPost, one+"/approval", `{}`, http.StatusForbidden, "Idempotency-Key", "a")
		s.must(t, approver, http.MethodPost, one+"/rejection", `{"reason":"no proof"}`, 200, "Idempotency-Key", "b")
		a := s.must(t, clerk, http.MethodPost, at+"/deductions-mass-resolution", `{"numbers":["`+number+`"],"kind":"write_off"}`, 200, "Idempotency-Key", "m")
		x, err := s.Deduction(t.Context(), apptest.Call, number)
		if err != nil || x.Remaining != "50.00" || x.Work != "pending_approval" {
			t.Errorf("resolved among many, %s remains and the work is %s (%v): %s", x.Remaining, x.Work, err, a.body)
		}
		s.MustVerify(t)
	})
}
