package api_test

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/payout"
	"quittance/internal/reimbursement"
)

// payer sets the worked example up over HTTP so that its vendors can be paid by check, and reimburses its customer. It gives the tokens of
// who proposes, approves and pays.
func (s *server) payer(t *testing.T) (prepare, approve, pay string) {
	t.Helper()
	s.Import(t, apptest.PublicSector())
	admin := s.token(t, "adam", "administrator")
	const base = "/api/v1/companies/PSUS"
	s.must(t, admin, "PUT", base+"/bank-accounts/TREASURY", `{"account":"999-11020","bank":"First Bank","routing_number":"091000019","account_number":"123456789","next_check":1001,"stale_days":180,"settings":{"check":{"style":"top"},"positive_pay":null}}`, http.StatusNoContent)
	s.must(t, admin, "PUT", base+"/payment-methods/check", `{"kind":"check","bank":"TREASURY"}`, http.StatusNoContent)
	if _, err := s.Propose(context.Background(), apptest.Call, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: civil.MustParse("2026-11-30"), IncludeDebits: new(true)}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := s.PostRun(context.Background(), apptest.Call, "RUN-000001", nil); err != nil {
		t.Fatal(err)
	}
	return s.token(t, "pia", "clerk"), s.token(t, "ada", "approver"), s.token(t, "tom", "treasurer")
}

// A check is proposed, approved by another, printed, fetched, posted, and voided with the reimbursements reversed.
func TestPayingOut(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		prepare, approve, pay := s.payer(t)
		const base = "/api/v1/companies/PSUS"
		var proposal app.VendorPaymentProposal
		s.must(t, prepare, "POST", base+"/vendor-payment-journals/simulation", `{"date":"2026-12-01"}`, http.StatusOK).into(t, &proposal)
		if len(proposal.Payments) != 1 || proposal.Payments[0].Amount != "160.00" {
			t.Fatalf("the simulation shows %+v", proposal)
		}
		var j app.VendorPaymentJournal
		for range 2 { // the second time by its key
			s.must(t, prepare, "POST", base+"/vendor-payment-journals", `{"date":"2026-12-01","text":"December"}`, http.StatusCreated, "Idempotency-Key", "p1").into(t, &j)
		}
		journal := base + "/vendor-payment-journals/" + j.Code
		s.must(t, prepare, "POST", journal+"/approval", `{}`, http.StatusForbidden)
		step := func(token, what, body string, status payout.Status) {
			t.Helper()
			var d app.VendorPaymentsDone
			s.must(t, token, "POST", journal+"/"+what, body, http.StatusOK).into(t, &d)
			if d.Done != 1 || len(d.Refused) != 0 || len(d.Amounts) != 1 || d.Amounts[0].Status != status || d.Amounts[0].Amount != "160.00" {
				t.Fatalf("%s gives %+v", what, d)
			}
		}
		step(approve, "approval", `{}`, payout.Approved)
		var made app.VendorPaymentsMade
		s.must(t, pay, "POST", journal+"/generation", `{"lines":[1]}`, http.StatusOK).into(t, &made)
		if len(made.Files) != 1 || made.Files[0].Total != "160.00" {
			t.Fatalf("generated %+v", made)
		}
		content := base + "/payment-files/" + made.Files[0].Code + "/content"
		s.must(t, prepare, "GET", content, nil, http.StatusForbidden)
		file := s.must(t, pay, "GET", content, nil, http.StatusOK)
		if !bytes.HasPrefix(file.body, []byte("%PDF-")) || !strings.HasPrefix(file.header.Get("Content-Disposition"), "attachment;") {
			t.Errorf("the file comes as %v", file.header)
		}
		step(pay, "posting", `{"date":"2026-12-01"}`, payout.Posted)
		s.must(t, pay, "POST", journal+"/withdrawal", `{"lines":[1],"reason":"late"}`, http.StatusConflict)
		step(pay, "failure", `{"as":"voided","date":"2026-12-02","reason":"not owed","fate":"reverse"}`, payout.Voided)
		s.MustVerify(t)
		s.lookAtPayments(t, prepare, j.Code)
	})
}

// lookAtPayments looks at everything that is listed after the check was voided.
func (s *server) lookAtPayments(t *testing.T, token, journal string) {
	t.Helper()
	const base = "/api/v1/companies/PSUS"
	var p app.VendorPayment
	s.must(t, token, "GET", base+"/vendor-payment-journals/"+journal+"/payments/1", nil, http.StatusOK).into(t, &p)
	if p.Status != payout.Voided || p.Number != "1001" || len(p.History) != 5 {
		t.Errorf("the payment is %+v", p)
	}
	for path, want := range map[string]string{
		"/bank-accounts":                                           `"account_number":"***`,
		"/payment-methods":                                         `"grouping":"vendor"`,
		"/vendor-payment-journals?state=posted":                    `"code":"` + journal + `"`,
		"/vendor-payment-journals/" + journal:                      `"text":"December"`,
		"/vendor-payment-journals/" + journal + "/left-out":        `"items":[`,
		"/vendor-payments?status=voided,stale&number=1001&limit=1": `"payment":"` + p.Payment + `"`,
		"/vendor-payments?status=created":                          `"items":[]`,
		"/payment-files?journal=" + journal:                        `"copies":1`,
	} {
		if a := s.must(t, token, "GET", base+path, nil, http.StatusOK); !bytes.Contains(a.body, []byte(want)) {
			t.Errorf("%s has no %s: %s", path, want, a.body)
		}
	}
	s.must(t, token, "GET", base+"/vendor-payments?status=lost", nil, http.StatusUnprocessableEntity)
	s.must(t, token, "GET", base+"/vendor-payment-journals/"+journal+"/payments/2", nil, http.StatusNotFound)
}
