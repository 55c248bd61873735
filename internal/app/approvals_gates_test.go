package app_test

import (
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/format/nacha"
	"quittance/internal/party"
	"quittance/internal/reimbursement"
	"quittance/internal/request"
)

// gated does what needs approval: it is submitted, approved by a controller, refused to who approved, and then done. ends is what becomes of the approval:
// a run is not reversed twice by its own state, so it stays approved.
func gated(t *testing.T, d *apptest.Door, call func(string) app.Call, ends string, what func(call app.Call) error) {
	t.Helper()
	mustRule(t, what(call("pat")), "waits_for_approval")
	mustRule(t, what(call("paul")), "waits_for_approval")
	all, err := d.Approvals(t.Context(), call("pat"), app.ApprovalFilter{State: "waiting"}, app.Page{})
	if err != nil || len(all.Items) != 1 {
		t.Fatalf("submitted is %+v, %v", all, err)
	}
	code := all.Items[0].Code
	mustDecide(t, d, call("cora"), "approve", code, "approved")
	mustRule(t, what(call("cora")), "separation_of_duties")
	if err := what(call("pat")); err != nil {
		t.Fatal(err)
	}
	if x, err := d.Approval(t.Context(), call("pat"), code); err != nil || x.State != ends {
		t.Errorf("afterwards the approval is %+v, %v", x, err)
	}
	d.MustVerify(t)
}

// Each kind of reversal goes through the gate.
func TestReversalsAreGated(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d)
		ctx := t.Context()
		call := office(t, d)
		x := ask(t, d, call("paul"), partOfUtilities(), true)
		if _, err := d.ApproveRequest(ctx, call("ann"), x.Request, 0, app.RequestDecision{}); err != nil {
			t.Fatal(err)
		}
		if x, err := d.PostRequest(ctx, call("paul"), x.Request, 0); err != nil || x.State != request.Posted {
			t.Fatal(x, err)
		}
		posted := d.MustPost(t, app.RunRequest{Selection: reimbursement.Selection{All: true}, Date: payDay, IncludeDebits: new(true)})
		approvalRule(t, d, "reversal", by("role:controller"))
		numbers := []string{posted.Reimbursements[0].Number}
		gated(t, d, call, "used", func(call app.Call) error {
			_, err := d.ReverseRequest(ctx, call, x.Request, payDay, "asked by mistake")
			return err
		})
		gated(t, d, call, "used", func(call app.Call) error {
			_, err := d.Reverse(ctx, call, numbers, payDay, "wrong customer")
			return err
		})
		gated(t, d, call, "approved", func(call app.Call) error {
			_, err := d.ReverseRun(ctx, call, posted.Run.ID, payDay, "wrong run", nil)
			return err
		})
	})
}

// So do the reversals of customer payments and of resolutions of deductions.
func TestDeskReversalsAreGated(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(distributor("suspense"), invoice1000))
		call := office(t, d.Door)
		p := pays(t, d, "2026-11-05", "C-1", "900.00", "")
		p.apply(app.PaymentApplyRequest{Voucher: "INV", Amount: "900.00"})
		number := p.post().Lines[0].Deductions[0]
		out := resolve(t, d, number, app.ResolveLine{Kind: "write_off", Account: "65100"})
		approvalRule(t, d.Door, "reversal", by("role:controller"))
		gated(t, d.Door, call, "used", func(call app.Call) error {
			_, err := d.ReverseResolution(ctx, call, app.ReverseResolutionRequest{Deduction: number, Resolution: out.Lines[0].Voucher, Date: resolved, Reason: "not theirs"})
			return err
		})
		gated(t, d.Door, call, "used", func(call app.Call) error {
			_, err := d.ReversePayment(ctx, call, p.journal, app.PaymentReversal{Line: 1, Date: civil.MustParse("2026-11-20"), Reason: "bounced"})
			return err
		})
	})
}

// So does another payee of a payment: with other words, or for somebody else, it is another change, which waits anew.
func TestAnotherPayeeIsGated(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openVendors(t, d)
		call := office(t, d)
		approvalRule(t, d, "payee_change", by("role:controller"))
		name := propose(t, d, app.VendorPaymentSelection{Vendors: []string{"V-4"}}) + "/1"
		to := func(payee, reason string) func(app.Call) error {
			return func(call app.Call) error {
				_, err := d.EditVendorPayment(t.Context(), call, name, app.VendorPaymentEdit{Payee: &payee, Reason: reason})
				return err
			}
		}
		payee := func(want string) {
			t.Helper()
			if p, err := d.VendorPayment(t.Context(), apptest.Call, name); err != nil || p.Payee != want {
				t.Errorf("the payment goes to %+v, %v; want %s", p, err, want)
			}
		}
		mustRule(t, to("V-1001", "mother")(call("pat")), "waits_for_approval")
		payee("V-4")
		mustRule(t, decideErr(d, t, call("ann"), "AP-000001"), "not_approver")
		mustDecide(t, d, call("cora"), "approve", "AP-000001", "approved")
		payee("V-4") // nobody changed it yet
		mustRule(t, to("V-1001", "father")(call("pat")), "waits_for_approval")
		payee("V-4")
		mustDecide(t, d, call("cora"), "approve", "AP-000002", "approved")
		if err := to("V-1001", "father")(call("pat")); err != nil {
			t.Fatal(err)
		}
		payee("V-1001")
		d.MustVerify(t)
	})
}

// So do the bank details that a bank proposes: nobody takes them over alone, least of all who read the bank's file; the last approval does.
func TestProposedBankDetailsAreGated(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		_, p := sentVendors(t, d, 0)
		call := office(t, d)
		approvalRule(t, d, "payee_change", by("role:controller"))
		readAnswers(t, d, ach(nil, []nacha.Change{{Trace: p["V-2"].Number, Code: "C01", OldAccount: "20002000", Corrected: "77770000"}}), "")
		stands := func(state party.ProposalState, account string) {
			t.Helper()
			x, err := d.BankProposal(t.Context(), apptest.Call, 1)
			data, xerr := d.Export(t.Context(), apptest.Call, true)
			if err != nil || xerr != nil || x.State != state {
				t.Fatalf("the proposal is %+v, %v, %v", x, err, xerr)
			}
			for _, v := range data.Vendors {
				if v.Vendor == "V-2" && v.AccountNumber != account {
					t.Errorf("V-2 has the account %s, want %s", v.AccountNumber, account)
				}
			}
		}
		accept := func(call app.Call) error {
			_, err := d.DecideBankProposal(t.Context(), call, 1, true, "")
			return err
		}
		mustRule(t, accept(call("ann")), "waits_for_approval")
		stands(party.ProposalOpen, "20002000")
		reader := call("cora")
		reader.Actor.Name = treasurer.Actor.Name
		mustRule(t, decideErr(d, t, reader, "AP-000001"), "separation_of_duties")
		mustRule(t, decideErr(d, t, call("ann"), "AP-000001"), "not_approver")
		stands(party.ProposalOpen, "20002000")
		mustDecide(t, d, call("cora"), "approve", "AP-000001", "approved") // which accepts it
		stands(party.ProposalAccepted, "77770000")
		d.MustVerify(t)
	})
}

func decideErr(d *apptest.Door, t *testing.T, call app.Call, code string) error {
	t.Helper()
	_, err := decideAs(t, d, call, "approve", code)
	return err
}
