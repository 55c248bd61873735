package server_test

import (
	"bytes"
	"encoding/json"
	"html"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/cli"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/format/check"
	"quittance/internal/format/nacha"
	"quittance/internal/identity"
	"quittance/internal/payout"
	"quittance/internal/request"
)

const password = "four short words here"

// hall is a town hall with a few requests, each about to be cut short.
type hall struct {
	a      *app.App
	tokens map[string]string
	grants map[string][]identity.Role
}

// who gives the call of a person, with all its roles.
func (h *hall) who(name string) app.Call {
	return app.Call{Actor: identity.Actor{Name: name, Roles: h.grants[name]}, Company: "PSUS"}
}

func openHall(t *testing.T, url string) *hall {
	t.Helper()
	books(t, url)
	a, err := app.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	all := []identity.Role{identity.Clerk, identity.Approver, identity.Treasurer, identity.Controller}
	h := &hall{a: a, tokens: map[string]string{}, grants: map[string][]identity.Role{
		"max": all, "paul": all, "dora": {identity.Clerk, identity.Controller}, // the rule names approvers: she may decide in max's stead alone
		"rosa": {identity.Clerk}, "ada": {identity.Approver}, "theo": {identity.Treasurer}, "helen": {identity.Controller, identity.Administrator},
	}}
	for name, roles := range h.grants {
		req := app.UserRequest{Name: name, Password: password, Email: name + "@example.org"}
		for _, r := range roles {
			req.Grants = append(req.Grants, identity.Grant{Role: r})
		}
		if _, err := a.AddUser(t.Context(), operator, req); err != nil {
			t.Fatal(err)
		}
		made, err := a.CreateToken(t.Context(), operator, app.TokenRequest{User: name, Name: "t", Days: 1})
		if err != nil {
			t.Fatal(err)
		}
		h.tokens[name] = made.Text
	}
	later, err := apptest.PublicSector().Append("periods", "2027-01-01,2099-12-31,open").Read() // the server goes by the clock on the wall
	if err == nil {
		_, err = a.Import(t.Context(), operator, later)
	}
	if err != nil {
		t.Fatal(err)
	}
	helen := h.who("helen")
	bank := app.BankAccountRow{Code: "TREASURY", Account: "999-11020", Bank: "First Bank", RoutingNumber: "091000019", AccountNumber: "123456789", NextCheck: 1001, Settings: payout.Settings{Check: &payout.CheckSettings{Style: check.Top, PayerLines: []string{"2 City Hall Plaza"}}}}
	rule := app.ApprovalRule{Rule: "REQUESTS", Kind: "request", Steps: []app.ApprovalRuleStep{{Approvers: []string{"role:approver"}}}, Why: "four eyes"}
	away := app.Delegation{From: "max", To: "dora", First: civil.FromTime(time.Now().UTC()), Last: civil.FromTime(time.Now().UTC()).AddDays(9), Why: "away"}
	for _, err := range []error{
		a.SaveBankAccount(t.Context(), helen, bank),
		a.SavePaymentMethod(t.Context(), helen, app.PaymentMethodRow{Code: "check", Kind: payout.ByCheck, Bank: "TREASURY"}),
		second(a.SaveApprovalRule(t.Context(), helen, rule)),
		second(a.Delegate(t.Context(), h.who("max"), away)),
		a.LinkPerson(t.Context(), helen, app.ApprovalPerson{User: "paul", Party: "V-1001"}, false),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return h
}

func second[T any](_ T, err error) error { return err }

// asked makes a request for an amount of the utility credit, and brings it as far as somebody's approval, posting and proposal lead.
func (h *hall) asked(t *testing.T, amount, by, approver, poster string) string {
	t.Helper()
	x, err := h.a.CreateRequest(t.Context(), h.who(by), app.RequestEntry{Customer: "C-1001", Kind: request.Other, Credits: []app.RequestCredit{{Credit: "CN-U", Amount: amount}}, Reason: "billed twice", Source: "T" + amount}, true)
	if err == nil && approver != "" {
		x, err = h.a.ApproveRequest(t.Context(), h.who(approver), x.Request, 0, app.RequestDecision{})
	}
	if err == nil && poster != "" {
		if x, err = h.a.PostRequest(t.Context(), h.who(poster), x.Request, 0); err == nil {
			_, err = h.a.ProposeVendorPayments(t.Context(), h.who(poster), app.VendorPaymentSelection{})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	return x.Request
}

// Every shortcut against the separation of duties is refused at each door: page, API and command line, whatever roles a person has.
func TestNoShortcutAtAnyDoor(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, u string) {
		h := openHall(t, u)
		own := h.asked(t, "10.00", "max", "", "")
		approved := h.asked(t, "11.00", "rosa", "max", "")
		h.asked(t, "12.00", "rosa", "max", "rosa")
		h.asked(t, "13.00", "max", "ada", "rosa")
		h.asked(t, "14.00", "rosa", "ada", "rosa")
		if _, err := h.a.ApproveVendorPayments(t.Context(), h.who("max"), app.VendorPaymentChoice{Journal: "VPJ-00000003"}); err != nil {
			t.Fatal(err)
		}
		h.bankFile(t, "max")
		h.otherPayee(t, "max")
		payee, details := h.waiting(t, "V-1001"), h.waiting(t, "V-2")
		before := h.states(t)
		if err := h.a.Close(); err != nil {
			t.Fatal(err)
		}
		ap := "AP-000001"
		shortcuts := []struct {
			name, who, page, path, body, command, says string
			form                                       url.Values
		}{
			{"WhoAskedApproves", "max", "/requests/" + own + "/approve", "/requests/" + own + "/approval", `{}`, "requests approve " + own, `asked for|made, changed or submitted`, nil},
			{"WhoAskedApprovesInTheInbox", "max", "/approvals/" + ap + "/decide", "/approvals/" + ap + "/approval", `{}`, "approvals approve " + ap, `asked for|made, changed or submitted`, url.Values{"verb": {"approve"}}},
			{"TheDeputyOfWhoAsked", "dora", "/requests/" + own + "/approve", "/requests/" + own + "/approval", `{}`, "requests approve " + own, `deputy|stands in`, nil},
			{"WhoIsPaidApproves", "paul", "/requests/" + own + "/approve", "/requests/" + own + "/approval", `{}`, "requests approve " + own, `paid`, nil},
			{"WhoApprovedPosts", "max", "/requests/" + approved + "/post", "/requests/" + approved + "/posting", `{}`, "requests post " + approved, `approved`, nil},
			{"WhoApprovedTheRequestPays", "max", "/vendor-payments/VPJ-00000001/generate", "/vendor-payment-journals/VPJ-00000001/generation", `{}`, "vendor-payments generate VPJ-00000001", `max`, nil},
			{"WhoAskedPays", "max", "/vendor-payments/VPJ-00000002/generate", "/vendor-payment-journals/VPJ-00000002/generation", `{}`, "vendor-payments generate VPJ-00000002", `max`, nil},
			{"WhoApprovedThePaymentPays", "max", "/vendor-payments/VPJ-00000003/generate", "/vendor-payment-journals/VPJ-00000003/generation", `{}`, "vendor-payments generate VPJ-00000003", `max`, nil},
			{"WhoWantsAnotherPayeeApproves", "max", "/approvals/" + payee + "/decide", "/approvals/" + payee + "/approval", `{}`, "approvals approve " + payee, `asked for|made, changed or submitted`, url.Values{"verb": {"approve"}}},
			{"WhoReadTheBanksFileApproves", "max", "/approvals/" + details + "/decide", "/approvals/" + details + "/approval", `{}`, "approvals approve " + details, `asked for|made, changed or submitted`, url.Values{"verb": {"approve"}}},
			{"WhoReadTheBanksFileAccepts", "max", "/bank-proposals/1", "/bank-proposals/1/decision", `{"accept": true}`, "payees accept 1", `waits for approval`, url.Values{"decision": {"accept"}}},
		}
		s := serve(t, u, nil)
		for _, x := range shortcuts {
			says := regexp.MustCompile(x.says)
			t.Run("Page/"+x.name, func(t *testing.T) {
				if status, text := s.try(t, x.who, "/c/PSUS"+x.page, x.form); (status < 400 && !strings.Contains(text, "Generated: 0 payments")) || !says.MatchString(text) {
					t.Errorf("the page answers %d:\n%s", status, text)
				}
			})
			t.Run("API/"+x.name, func(t *testing.T) {
				s.client.Jar = nil
				status, text := s.ask(t, http.MethodPost, "/api/v1/companies/PSUS"+x.path, x.body, "Authorization", "Bearer "+h.tokens[x.who], "Idempotency-Key", x.name)
				if !refusal(status, text) || !says.MatchString(text) {
					t.Errorf("the API answers %d %s", status, text)
				}
			})
		}
		s.stop()
		s.wait(t)
		t.Setenv("QUITTANCE_DB", u)
		for _, x := range shortcuts {
			t.Run("CommandLine/"+x.name, func(t *testing.T) {
				t.Setenv("QUITTANCE_TOKEN", h.tokens[x.who])
				if code, text := run(t, x.command); code == 0 || !regexp.MustCompile(x.says).MatchString(text) {
					t.Errorf("%s exits with %d:\n%s", x.command, code, text)
				}
			})
		}
		t.Run("CommandLine/TheOperatorApproves", func(t *testing.T) {
			if code, text := run(t, "requests approve "+own); code == 0 || !strings.Contains(text, "approve") {
				t.Errorf("the operator approves: %d\n%s", code, text)
			}
		})
		var err error
		if h.a, err = app.Open(t.Context(), u); err != nil {
			t.Fatal(err)
		}
		defer h.a.Close()
		if after := h.states(t); after != before {
			t.Errorf("what was refused changed something:\n%s\nand before\n%s", after, before)
		}
		(&apptest.Door{App: h.a}).MustVerify(t)
	})
}

// bankFile pays a vendor by ACH and lets somebody read the bank's answer, which proposes another account for it; what is proposed waits for its approval.
func (h *hall) bankFile(t *testing.T, reader string) {
	t.Helper()
	ctx, helen, theo := t.Context(), h.who("helen"), h.who("theo")
	data, err := apptest.PublicSector().With(apptest.Files{"vendors": "vendor,name,group,currency,payment_method,street,city,routing_number,account_number,account_type,bank_verified\nV-2,Second Supply,TRADE,USD,ach,2 Road,Lakemont,091000019,20002000,checking,yes\n"}).
		Append("parameters", "bank_cooling_days,0").Append("periods", "2027-01-01,2099-12-31,open").Read()
	if err == nil {
		_, err = h.a.Import(ctx, operator, data)
	}
	profile := nacha.Profile{Destination: "091000019", DestinationName: "FIRST BANK", Origin: "1234567890", OriginName: "CITY", Company: "CITY", CompanyID: "1234567890", Bank: "091000019", Description: "REFUND"}
	bank := app.BankAccountRow{Code: "ACH", Account: "999-11020", Bank: "First Bank", RoutingNumber: "091000019", AccountNumber: "123456789", NextCheck: 1, Settings: payout.Settings{ACH: &payout.ACHSettings{Profile: profile}}}
	for _, err := range []error{err, h.a.SaveBankAccount(ctx, helen, bank), h.a.SavePaymentMethod(ctx, helen, app.PaymentMethodRow{Code: "ach", Kind: payout.ByACH, Bank: "ACH"})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	journal := h.invoice(t, "B-1")
	_, err = h.a.GenerateVendorPayments(ctx, theo, app.VendorPaymentMaking{Choice: app.VendorPaymentChoice{Journal: journal}})
	if err == nil {
		_, err = h.a.PostVendorPayments(ctx, theo, app.VendorPaymentChoice{Journal: journal}, civil.Date(0))
	}
	paid, perr := h.a.VendorPayment(ctx, theo, journal+"/1")
	if err != nil || perr != nil {
		t.Fatal(err, perr)
	}
	answer := nacha.BankFile("091000019", "CITY", "1234567890", time.Now(), nil, []nacha.Change{{Trace: paid.Number, Code: "C01", OldAccount: "20002000", Corrected: "77770000"}})
	if out, err := h.a.ReadPaymentAnswers(ctx, h.who(reader), app.PaymentAnswersRequest{Name: "bank.txt", Content: answer}); err != nil || out.Problems != 0 {
		t.Fatal(out, err)
	}
	if _, err := h.a.SaveApprovalRule(ctx, helen, app.ApprovalRule{Rule: "PAYEES", Kind: "payee_change", Steps: []app.ApprovalRuleStep{{Approvers: []string{"role:controller"}}}, Why: "four eyes"}); err != nil {
		t.Fatal(err)
	}
	if _, err := h.a.DecideBankProposal(ctx, h.who("ada"), 1, true, ""); fault.RuleOf(err) != "waits_for_approval" {
		t.Fatal(err)
	}
}

// otherPayee lets somebody ask for another payee of a payment, which waits for its approval.
func (h *hall) otherPayee(t *testing.T, who string) {
	t.Helper()
	name, payee := h.invoice(t, "B-2")+"/1", "V-1001"
	if _, err := h.a.EditVendorPayment(t.Context(), h.who(who), name, app.VendorPaymentEdit{Payee: &payee, Reason: "mother"}); fault.RuleOf(err) != "waits_for_approval" {
		t.Fatal(err)
	}
}

// invoice posts an invoice of the second vendor and proposes its payment; it gives the journal.
func (h *hall) invoice(t *testing.T, number string) string {
	t.Helper()
	rosa := h.who("rosa")
	_, err := h.a.PostDocument(t.Context(), operator, app.DocumentRequest{Type: "vendor_invoice", Number: number, Party: "V-2", Date: civil.FromTime(time.Now().UTC()), Lines: []app.DocumentLine{{Account: "999-44200", Amount: "15.00"}}})
	j, perr := h.a.ProposeVendorPayments(t.Context(), rosa, app.VendorPaymentSelection{Vendors: []string{"V-2"}})
	if err != nil || perr != nil {
		t.Fatal(err, perr)
	}
	return j.Code
}

// waiting gives the approval that waits for a change of a payee.
func (h *hall) waiting(t *testing.T, payee string) string {
	t.Helper()
	all, err := h.a.Approvals(t.Context(), h.who("helen"), app.ApprovalFilter{State: "waiting"}, app.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range all.Items {
		if x.Kind == "payee_change" && strings.Contains(x.Title, payee) {
			return x.Code
		}
	}
	t.Fatalf("no change of %s waits: %+v", payee, all.Items)
	return ""
}

// refusal says whether the API did not do it: an answer of refusal, or one that lists each payment as refused.
func refusal(status int, text string) bool {
	var x struct {
		Done    *int              `json:"done"`
		Refused []json.RawMessage `json:"refused"`
	}
	if status >= 400 {
		return true
	}
	return json.Unmarshal([]byte(text), &x) == nil && len(x.Refused) > 0 && (x.Done == nil || *x.Done == 0)
}

// states writes down where all requests, payments and proposed bank details are.
func (h *hall) states(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	requests, err := h.a.Requests(t.Context(), h.who("helen"), app.RequestFilter{}, app.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range requests.Items {
		b.WriteString(x.Request + " " + string(x.State) + " " + x.ApprovedBy + "\n")
	}
	payments, err := h.a.VendorPayments(t.Context(), h.who("helen"), app.VendorPaymentFilter{}, app.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range payments.Items {
		b.WriteString(x.Payment + " " + string(x.Status) + " " + x.Number + " " + x.Payee + "\n")
	}
	proposals, err := h.a.BankProposals(t.Context(), h.who("helen"), "", app.Page{})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range proposals.Items {
		b.WriteString(x.Payee + " " + string(x.State) + "\n")
	}
	return b.String()
}

// try signs somebody in and sends a form of a page, confirmed.
func (s *service) try(t *testing.T, who, path string, more url.Values) (int, string) {
	t.Helper()
	s.client.Jar, _ = cookiejar.New(nil) // never fails without options
	if _, err := s.client.PostForm(s.base+"/sign-in", url.Values{"name": {who}, "password": {password}}); err != nil {
		t.Fatal(err)
	}
	_, page := s.get(t, regexp.MustCompile(`/decide$`).ReplaceAllString(path, "")) // what the form holds: that it was seen, the digest
	form := url.Values{}
	if at := strings.Index(page, `action="`+path+`"`); at >= 0 {
		page = page[at:]
		for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)"`).FindAllStringSubmatch(page[:strings.Index(page, "</form>")], -1) {
			form.Set(m[1], html.UnescapeString(m[2]))
		}
	}
	for k, v := range more {
		form[k] = v
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	answer, err := s.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(answer.Body); err != nil {
		t.Fatal(err)
	}
	text := regexp.MustCompile(`(?s)<(script|style|nav|header)\b.*?</(script|style|nav|header)>|<[^>]*>`).ReplaceAllString(b.String(), " ")
	return answer.StatusCode, regexp.MustCompile(`\s+`).ReplaceAllString(text, " ")
}

// run runs a command line.
func run(t *testing.T, command string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	code := cli.Run(t.Context(), strings.Fields(command), strings.NewReader(""), &out, &out, cli.Hooks{})
	return code, out.String()
}
