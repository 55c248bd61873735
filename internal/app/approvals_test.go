package app_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
)

// staff are users with their roles, so that rules can name them and deputies be found.
var staff = map[string]identity.Role{
	"pat": identity.Clerk, "paul": identity.Clerk, "ann": identity.Approver, "abe": identity.Approver, "cora": identity.Controller, "carl": identity.Controller, "tess": identity.Treasurer,
}

// office makes the users, and gives calls in their names.
func office(t *testing.T, d *apptest.Door) func(name string) app.Call {
	t.Helper()
	for name, role := range staff {
		if _, err := d.AddUser(t.Context(), apptest.Call, app.UserRequest{Name: name, Grants: []identity.Grant{{Role: role}}}); err != nil {
			t.Fatal(err)
		}
	}
	return func(name string) app.Call {
		return app.Call{Actor: identity.Actor{Name: name, Roles: []identity.Role{staff[name]}}}
	}
}

// approvalRule sets a rule up.
func approvalRule(t *testing.T, d *apptest.Door, kind string, steps ...app.ApprovalRuleStep) {
	t.Helper()
	if _, err := d.SaveApprovalRule(t.Context(), apptest.Call, app.ApprovalRule{Rule: "R-" + strings.ReplaceAll(kind, "_", "-"), Kind: kind, Steps: steps, Why: "test"}); err != nil {
		t.Fatal(err)
	}
}

func by(approvers ...string) app.ApprovalRuleStep { return app.ApprovalRuleStep{Approvers: approvers} }

// decideAs decides on an approval.
func decideAs(t *testing.T, d *apptest.Door, call app.Call, verb, code string) (*app.Approval, error) {
	t.Helper()
	return d.DecideApproval(t.Context(), call, app.ApprovalDeciding{Approvals: []string{code}, Verb: verb, Reason: "seen"})
}

func mustDecide(t *testing.T, d *apptest.Door, call app.Call, verb, code, state string) {
	t.Helper()
	if x, err := decideAs(t, d, call, verb, code); err != nil || x.State != state {
		t.Fatalf("%s decides %s on %s: %+v, %v", call.Actor.Name, verb, code, x, err)
	}
}

func mustRule(t *testing.T, err error, rule string) {
	t.Helper()
	if err == nil || fault.RuleOf(err) != rule {
		t.Fatalf("got %v (rule %q), want the rule %q", err, fault.RuleOf(err), rule)
	}
}

// A run waits until its steps are through, and is started by nobody who approved it; the shortcuts are refused.
func TestApprovalOfARun(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		call := office(t, d)
		approvalRule(t, d, "run", by("role:approver"), by("role:controller"))
		req := app.RunRequest{Selection: reimbursement.Selection{Customers: []string{"C-1001"}}, Date: payDay}
		_, _, err := d.PostSelection(t.Context(), call("pat"), req, nil)
		mustRule(t, err, "waits_for_approval") // it was proposed and submitted
		all, err := d.Approvals(t.Context(), call("pat"), app.ApprovalFilter{}, app.Page{})
		if err != nil || len(all.Items) != 1 || all.Items[0].Subject != "RUN-000001" || all.Items[0].Steps != 2 || all.Items[0].Requester != "pat" {
			t.Fatalf("submitted %+v, %v", all, err)
		}
		_, _, err = d.PostSelection(t.Context(), call("paul"), req, nil)
		mustRule(t, err, "waits_for_approval")
		if _, err := d.StartRun(t.Context(), call("paul"), "RUN-000001"); fault.RuleOf(err) != "waits_for_approval" {
			t.Errorf("started detached: %v", err)
		}
		const code = "AP-000001"
		_, err = decideAs(t, d, call("pat"), "approve", code)
		mustRule(t, err, "permission")
		_, err = decideAs(t, d, apptest.Call, "approve", code)
		mustRule(t, err, "permission")
		_, err = decideAs(t, d, call("cora"), "approve", code)
		mustRule(t, err, "not_approver")
		mustDecide(t, d, call("ann"), "approve", code, "waiting")
		mustDecide(t, d, call("cora"), "approve", code, "approved")
		// Who approved does not post; taking a customer out makes it another run.
		_, _, err = d.PostSelection(t.Context(), call("cora"), req, nil)
		mustRule(t, err, "separation_of_duties")
		view, _, err := d.PostSelection(t.Context(), call("paul"), req, nil)
		if err != nil || view.State != "posted" {
			t.Fatalf("posted %+v, %v", view, err)
		}
		d.MustVerify(t)
	})
}

// A run that changes after its approval is approved anew.
func TestApprovalOfAChangedRun(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		call := office(t, d)
		approvalRule(t, d, "run", by("role:approver", "role:controller"))
		run, err := d.Propose(t.Context(), call("pat"), app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: payDay}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.SubmitForApproval(t.Context(), call("pat"), run.ID); err != nil {
			t.Fatal(err)
		}
		mustDecide(t, d, call("ann"), "approve", "AP-000001", "approved")
		if _, err := d.TakeOut(t.Context(), call("pat"), run.ID, "C-1001", "", "wait"); err != nil {
			t.Fatal(err)
		}
		_, err = d.PostRun(t.Context(), call("paul"), run.ID, nil)
		mustRule(t, err, "waits_for_approval")
		old, err := d.Approval(t.Context(), call("pat"), "AP-000001")
		if err != nil || old.State != "void" || len(old.History) != 3 {
			t.Errorf("the old approval is %+v, %v", old, err)
		}
		mustDecide(t, d, call("abe"), "approve", "AP-000002", "approved")
		if _, err := d.PostRun(t.Context(), call("paul"), run.ID, nil); err != nil {
			t.Fatal(err)
		}
		d.MustVerify(t)
	})
}

// Vendor payments go through the steps by the button that approves them, and by the inbox; making and posting them waits.
func TestApprovalOfPayments(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		call := office(t, d)
		if _, err := d.SaveApprovalRule(t.Context(), apptest.Call, app.ApprovalRule{Rule: "LARGE", Kind: "payment", From: "150.00", Steps: []app.ApprovalRuleStep{by("role:approver"), by("role:controller")}, Why: "test"}); err != nil {
			t.Fatal(err)
		}
		journal, err := d.ProposeVendorPayments(t.Context(), call("pat"), app.VendorPaymentSelection{Date: payDay})
		if err != nil {
			t.Fatal(err)
		}
		made, err := d.GenerateVendorPayments(t.Context(), call("tess"), app.VendorPaymentMaking{Choice: entire(journal.Code)})
		if err != nil || len(made.Files) != 1 || len(made.Refused) != 2 || !strings.Contains(made.Refused[0].Problem, "needs approval by the rule LARGE; submit it: quittance approvals submit VPJ-00000001/") {
			t.Fatalf("made %+v, %v", made, err)
		}
		sent, err := d.SubmitForApproval(t.Context(), call("paul"), journal.Code)
		if err != nil || len(sent) != 3 { // the small one is approved at once
			t.Fatalf("submitted %+v, %v", sent, err)
		}
		waiting := map[string]string{}
		for _, x := range sent {
			if x.State == "waiting" {
				waiting[x.Payee] = x.Code
			}
		}
		if len(waiting) != 2 {
			t.Fatalf("%v wait", waiting)
		}
		inbox, err := d.Inbox(t.Context(), call("ann"), app.ApprovalFilter{}, app.Page{})
		if err != nil || len(inbox.Items) != 2 {
			t.Fatalf("the inbox has %+v, %v", inbox, err)
		}
		// The proposer, who submitted, and who is paid may not.
		for _, who := range []string{"pat", "paul"} {
			x := call(who)
			x.Actor.Roles = append(x.Actor.Roles, identity.Approver)
			_, err = decideAs(t, d, x, "approve", waiting["V-2"])
			mustRule(t, err, "separation_of_duties")
		}
		if err := d.LinkPerson(t.Context(), apptest.Call, app.ApprovalPerson{User: "abe", Party: "V-2"}, false); err != nil {
			t.Fatal(err)
		}
		_, err = decideAs(t, d, call("abe"), "approve", waiting["V-2"])
		mustRule(t, err, "separation_of_duties")
		// The button of the journal is the first step, the inbox the second.
		done, err := d.ApproveVendorPayments(t.Context(), call("ann"), entire(journal.Code))
		if err != nil || done.Done == 0 {
			t.Fatalf("approved %+v, %v", done, err)
		}
		_, err = decideAs(t, d, call("ann"), "approve", waiting["V-2"])
		mustRule(t, err, "separation_of_duties")
		many := app.ApprovalDeciding{Approvals: []string{waiting["V-2"], waiting["V-3"], "AP-999999"}, Verb: "approve"}
		before, err := d.DecideApprovals(t.Context(), call("cora"), many, true)
		if err != nil || before.Done != 2 || before.Not != 1 || before.Worth != "500.00" {
			t.Fatalf("the preview is %+v, %v", before, err)
		}
		after, err := d.DecideApprovals(t.Context(), call("cora"), many, false)
		if err != nil || after.Done != 2 || after.Not != 1 || after.Items[0].State != "approved" {
			t.Fatalf("approved %+v, %v", after, err)
		}
		// The approver is never the payer, though a treasurer too.
		both := call("cora")
		both.Actor.Roles = append(both.Actor.Roles, identity.Treasurer)
		if made, err = d.GenerateVendorPayments(t.Context(), both, app.VendorPaymentMaking{Choice: entire(journal.Code)}); err == nil && len(made.Files) > 0 {
			t.Fatalf("who approved made %+v", made)
		}
		if made, err = d.GenerateVendorPayments(t.Context(), call("tess"), app.VendorPaymentMaking{Choice: entire(journal.Code)}); err != nil || len(made.Files) != 2 || len(made.Refused) != 0 {
			t.Fatalf("made %+v, %v", made, err)
		}
		posted, err := d.PostVendorPayments(t.Context(), call("tess"), entire(journal.Code), payDay)
		if err != nil || len(posted.Refused) != 0 {
			t.Fatalf("posted %+v, %v", posted, err)
		}
		d.MustVerify(t)
	})
}

// A payment that is changed after its approval needs another one; one posted by hand without is submitted.
func TestApprovalOfAChangedPayment(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		call := office(t, d)
		approvalRule(t, d, "payment", by("role:approver", "role:controller"))
		journal, err := d.ProposeVendorPayments(t.Context(), call("pat"), app.VendorPaymentSelection{Date: payDay, Vendors: []string{"V-4"}})
		if err != nil {
			t.Fatal(err)
		}
		name := journal.Code + "/1"
		_, err = d.PostVendorPayments(t.Context(), call("tess"), one(name), payDay)
		mustRule(t, err, "waits_for_approval")
		mustDecide(t, d, call("ann"), "approve", "AP-000001", "approved")
		payee := "V-1001"
		if _, err := d.EditVendorPayment(t.Context(), call("paul"), name, app.VendorPaymentEdit{Payee: &payee, Reason: "mother"}); err != nil {
			t.Fatal(err)
		}
		_, err = d.PostVendorPayments(t.Context(), call("tess"), one(name), payDay)
		mustRule(t, err, "waits_for_approval")
		// Who changed it does not approve it.
		x := call("paul")
		x.Actor.Roles = append(x.Actor.Roles, identity.Approver)
		_, err = decideAs(t, d, x, "approve", "AP-000002")
		mustRule(t, err, "separation_of_duties")
		mustDecide(t, d, call("cora"), "approve", "AP-000002", "approved")
		if done, err := d.PostVendorPayments(t.Context(), call("tess"), one(name), payDay); err != nil || done.Done != 1 {
			t.Fatalf("posted %+v, %v", done, err)
		}
		d.MustVerify(t)
	})
}

// A reversal waits for its approval, with the voucher that it would post for the approver to see, and serves once.
func TestApprovalOfAReversal(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		call := office(t, d)
		approvalRule(t, d, "reversal", by("role:controller"))
		_, err := d.ReverseVoucher(t.Context(), call("pat"), "D-1", payDay, "wrong")
		mustRule(t, err, "waits_for_approval")
		x, err := d.Approval(t.Context(), call("cora"), "AP-000001")
		if err != nil || len(x.Vouchers) != 1 || x.Worth != "7.00" || x.Command != "voucher.reverse" || !x.May || len(x.ByStep) != 1 {
			t.Fatalf("the approver sees %+v, %v", x, err)
		}
		if x, err := d.Approval(t.Context(), call("pat"), "AP-000001"); err != nil || x.May || x.MayNot == "" {
			t.Errorf("the requester sees %+v, %v", x, err)
		}
		// A stale digest; a question and its answer; a rejection ends it.
		_, err = d.DecideApproval(t.Context(), call("cora"), app.ApprovalDeciding{Approvals: []string{"AP-000001"}, Verb: "approve", Digest: strings.Repeat("00", 32)})
		mustRule(t, err, "changed_meanwhile")
		mustDecide(t, d, call("cora"), "ask", "AP-000001", "more_information")
		mustDecide(t, d, call("pat"), "answer", "AP-000001", "waiting")
		mustDecide(t, d, call("cora"), "reject", "AP-000001", "rejected")
		_, err = d.ReverseVoucher(t.Context(), call("pat"), "D-1", payDay, "wrong")
		mustRule(t, err, "rejected")
		_, err = d.ReverseVoucher(t.Context(), call("pat"), "D-1", payDay, "a better reason")
		mustRule(t, err, "waits_for_approval")
		mustDecide(t, d, call("carl"), "approve", "AP-000002", "approved")
		_, err = d.ReverseVoucher(t.Context(), call("carl"), "D-1", payDay, "a better reason")
		mustRule(t, err, "separation_of_duties")
		// What cannot be done is not submitted.
		_, err = d.ReverseVoucher(t.Context(), call("pat"), "B-1", payDay, "")
		if err == nil || fault.RuleOf(err) == "waits_for_approval" {
			t.Errorf("submitted what cannot be: %v", err)
		}
		if _, err := d.PreviewReverseVoucher(t.Context(), call("pat"), "B-1", payDay, "look"); err != nil {
			t.Errorf("a preview needs approval: %v", err)
		}
		if number, err := d.ReverseVoucher(t.Context(), call("pat"), "D-1", payDay, "a better reason"); err != nil || number == "" {
			t.Fatalf("reversed %s, %v", number, err)
		}
		used, err := d.Approval(t.Context(), call("pat"), "AP-000002")
		if err != nil || used.State != "used" {
			t.Errorf("the approval is %+v, %v", used, err)
		}
		d.MustVerify(t)
	})
}

// Changed bank details are confirmed by the last approval; who changed them does not take part.
func TestApprovalOfBankDetails(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		call := office(t, d)
		approvalRule(t, d, "payee_change", by("role:approver"), by("role:controller"))
		d.Import(t, apptest.PublicSector().With(apptest.Files{"vendors": "vendor,name,group,currency,blocked,payment_method,one_time,street,city,state,postal_code,country,iban,bic,routing_number,account_number,account_type,bank_verified\nV-2,Second Supply,TRADE,USD,no,ach,no,2 Road,Lakemont,WI,53551,US,,,091000019,20009999,checking,no\n"}))
		err := d.ConfirmBankDetails(t.Context(), call("ann"), "V-2")
		mustRule(t, err, "waits_for_approval")
		mustDecide(t, d, call("ann"), "approve", "AP-000001", "waiting")
		if err = d.ConfirmPartyBank(t.Context(), call("abe"), openitem.Vendors, "V-2"); fault.RuleOf(err) != "waits_for_approval" {
			t.Errorf("confirmed after one step: %v", err)
		}
		mustDecide(t, d, call("cora"), "approve", "AP-000001", "approved")
		if err = d.ConfirmBankDetails(t.Context(), call("abe"), "V-2"); fault.RuleOf(err) != "nothing_to_confirm" {
			t.Errorf("after the last step: %v", err)
		}
		d.MustVerify(t)
	})
}

// Policies through the door: mistakes with places, a decision with versions and values, what a change would have decided.
func TestPoliciesThroughTheDoor(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		call := office(t, d)
		approvalRule(t, d, "payment", by("role:approver"))
		_, err := d.SavePolicy(t.Context(), call("cora"), app.PolicySaving{Policy: "PAY", Kind: "payment", Rules: "approve when amout < 5", Why: "x"})
		var l fault.List
		if !errors.As(err, &l) || l[0].Place != "line 1, column 14" {
			t.Errorf("saved: %v", err)
		}
		_, err = d.SavePolicy(t.Context(), call("pat"), app.PolicySaving{Policy: "PAY", Kind: "payment", Rules: "approve when true", Why: "x"})
		mustRule(t, err, "permission")
		if v, err := d.SavePolicy(t.Context(), call("cora"), app.PolicySaving{Policy: "PAY", Kind: "payment", Rules: "approve when amount < 100\nrefuse \"no wires\" when method == \"wire\"", Why: "small ones"}); err != nil || v.Version != 1 || !v.InForce {
			t.Fatalf("saved %+v, %v", v, err)
		}
		_, err = d.SavePolicy(t.Context(), call("cora"), app.PolicySaving{Policy: "PAY", Rules: "", Why: "x", ValidFrom: day("2026-11-01")})
		mustRule(t, err, "policy_past")
		journal, err := d.ProposeVendorPayments(t.Context(), call("pat"), app.VendorPaymentSelection{Date: payDay, Vendors: []string{"V-2", "V-4"}})
		if err != nil {
			t.Fatal(err)
		}
		sent, err := d.SubmitForApproval(t.Context(), call("pat"), journal.Code)
		if err != nil || len(sent) != 2 {
			t.Fatalf("submitted %+v, %v", sent, err)
		}
		for _, x := range sent {
			detail, err := d.Approval(t.Context(), call("ann"), x.Code)
			if err != nil || len(detail.Policies) != 1 || detail.Policies[0].Versions[0].Policy != "PAY" || detail.Policies[0].Fields.Method == "" || (x.State == "approved") != (x.Payee == "V-4") {
				t.Errorf("%+v, %v", detail, err)
			}
		}
		rules := "refuse \"all\" when true"
		sim, err := d.SimulatePolicy(t.Context(), call("cora"), app.PolicySimulating{Policy: "PAY", Rules: &rules})
		if err != nil || sim.Subjects != 2 || len(sim.Shifts) != 2 || sim.Shifts[0].To != "refused" {
			t.Errorf("simulated %+v, %v", sim, err)
		}
		said, err := d.TestPolicy(t.Context(), call("cora"), app.PolicyTesting{Policy: "PAY"})
		if err != nil || said.Outcome != "automatic" {
			t.Errorf("tested %+v, %v", said, err)
		}
		if all, err := d.Policies(t.Context(), call("pat")); err != nil || len(all) != 1 {
			t.Errorf("%+v, %v", all, err)
		}
		// What a policy refuses is not submitted.
		journal, err = d.ProposeVendorPayments(t.Context(), call("pat"), app.VendorPaymentSelection{Date: payDay, Vendors: []string{"V-3"}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = d.SubmitForApproval(t.Context(), call("pat"), journal.Code)
		mustRule(t, err, "policy")
		d.MustVerify(t)
	})
}

// Set-up of approvals: delegations, limits, people, and what is refused about them.
func TestApprovalSetUp(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		call := office(t, d)
		today := apptest.Now.Format(time.DateOnly)
		x, err := d.Delegate(t.Context(), call("ann"), app.Delegation{To: "abe", Last: day(today), Why: "away"})
		if err != nil || x.From != "ann" {
			t.Fatalf("%+v, %v", x, err)
		}
		if _, err := d.Delegate(t.Context(), call("pat"), app.Delegation{From: "ann", To: "pat", Last: day(today)}); fault.CodeOf(err) != fault.Denied {
			t.Errorf("a clerk delegates for an approver: %v", err)
		}
		if all, err := d.Delegations(t.Context(), call("pat")); err != nil || len(all) != 1 {
			t.Errorf("%+v, %v", all, err)
		}
		if err := d.EndDelegation(t.Context(), call("abe"), x.ID); fault.CodeOf(err) != fault.Denied {
			t.Errorf("the deputy ends it: %v", err)
		}
		if err := d.EndDelegation(t.Context(), call("ann"), x.ID); err != nil {
			t.Error(err)
		}
		if err := d.SaveApprovalLimit(t.Context(), call("cora"), app.ApprovalLimit{Who: "user:cora", Single: "9999.00"}, false); fault.RuleOf(err) != "separation_of_duties" {
			t.Errorf("sets the own limit: %v", err)
		}
		if err := d.SaveApprovalLimit(t.Context(), call("cora"), app.ApprovalLimit{Who: "role:approver", Single: "100.00"}, false); err != nil {
			t.Error(err)
		}
		if all, err := d.ApprovalLimits(t.Context(), call("pat")); err != nil || len(all) != 1 || all[0].Days != 30 {
			t.Errorf("%+v, %v", all, err)
		}
		if err := d.LinkPerson(t.Context(), apptest.Call, app.ApprovalPerson{User: "ann", Party: "NOBODY"}, false); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("linked to nobody: %v", err)
		}
		if _, err := d.SaveApprovalRule(t.Context(), apptest.Call, app.ApprovalRule{Rule: "R", Kind: "payment", Steps: []app.ApprovalRuleStep{by("ann")}, Why: "x"}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("saved: %v", err)
		}
		approvalRule(t, d, "payment", app.ApprovalRuleStep{Approvers: []string{"role:approver"}, RemindAfter: 1})
		if all, err := d.ApprovalRules(t.Context(), call("pat"), true); err != nil || len(all) != 1 || !all[0].InForce {
			t.Errorf("%+v, %v", all, err)
		}
		if all, err := d.RemindApprovers(t.Context(), apptest.Call); err != nil || len(all) != 0 {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// A write-off waits wherever it comes from, serves once, and the limits on write-offs stay besides.
func TestApprovalOfAWriteOff(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		number := paidShort(t, d, "customer")
		call := office(t, d.Door)
		approvalRule(t, d.Door, "write_off", by("role:approver"))
		req := app.ResolveRequest{Deduction: number, Date: resolved, Lines: []app.ResolveLine{{Kind: "write_off", Amount: "20.00", Account: "65100", Text: "small"}}}
		_, err := d.ResolveDeduction(t.Context(), call("pat"), req)
		mustRule(t, err, "waits_for_approval")
		mass, err := d.MassDeductions(t.Context(), call("paul"), app.MassDeductions{Numbers: []string{number}, Resolve: &app.MassResolve{Kind: "write_off", Account: "65100", Date: resolved}})
		if err != nil || mass.Done != 0 || mass.Items[0].Rule != "waits_for_approval" { // other lines: the first request is void
			t.Fatalf("written off in the mass: %+v, %v", mass, err)
		}
		_, err = d.ResolveDeduction(t.Context(), call("pat"), req)
		mustRule(t, err, "waits_for_approval")
		x, err := d.Approval(t.Context(), call("ann"), "AP-000003")
		if err != nil || len(x.Vouchers) != 1 || x.Worth != "20.00" || x.Type != "write_off" || !strings.Contains(x.Title, number) || x.Payee != "C-1" {
			t.Fatalf("the approver sees %+v, %v", x, err)
		}
		mustDecide(t, d.Door, call("ann"), "approve", "AP-000003", "approved")
		for range 2 { // the approval serves once
			_, err = d.ResolveDeduction(t.Context(), call("paul"), req)
			if err != nil {
				break
			}
		}
		mustRule(t, err, "waits_for_approval")
		shown, err := d.Deduction(t.Context(), call("pat"), number)
		if err != nil || shown.Resolved != "20.00" {
			t.Errorf("resolved %+v, %v", shown, err)
		}
		// What is no write-off needs no approval.
		req.Lines = []app.ResolveLine{{Kind: "return", Amount: "30.00"}}
		if _, err := d.ResolveDeduction(t.Context(), call("pat"), req); err != nil {
			t.Error(err)
		}
		d.MustVerify(t)
	})
}

// A request on hold is in nobody's inbox until it is resumed.
func TestHeldRequestsWaitForNobody(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		ctx := t.Context()
		held, other := ask(t, d, preparer, partOfUtilities(), true), ask(t, d, preparer, app.RequestEntry{Customer: "C-1001", Kind: "deposit", Credits: []app.RequestCredit{{Credit: "PAY"}}, Reason: "left"}, true)
		inbox := func() (all []string) {
			t.Helper()
			part, err := d.Inbox(ctx, approver, app.ApprovalFilter{}, app.Page{})
			if err != nil {
				t.Fatal(err)
			}
			figures, err := d.InboxFigures(ctx, approver)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, f := range figures {
				n += f.Count
			}
			for _, x := range part.Items {
				all = append(all, x.Subject)
			}
			if n != len(all) {
				t.Errorf("the inbox has %v, and its figures say %d", all, n)
			}
			return all
		}
		if got := inbox(); !slices.Equal(got, []string{held.Request, other.Request}) {
			t.Fatalf("the inbox has %v", got)
		}
		if _, err := d.HoldRequest(ctx, preparer, held.Request, "the court decides"); err != nil {
			t.Fatal(err)
		}
		if got := inbox(); !slices.Equal(got, []string{other.Request}) {
			t.Errorf("with one on hold the inbox has %v", got)
		}
		if _, err := d.ResumeRequest(ctx, preparer, held.Request, "decided"); err != nil {
			t.Fatal(err)
		}
		if got := inbox(); !slices.Equal(got, []string{held.Request, other.Request}) {
			t.Errorf("resumed the inbox has %v", got)
		}
	})
}
