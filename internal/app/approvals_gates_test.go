package app_test

import (
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
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
