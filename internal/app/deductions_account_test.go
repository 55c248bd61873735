package app_test

import (
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/report"
)

// What is resolved leaves where it is held: the suspense account itself is no end, whatever the kind.
func TestResolutionLeavesSuspense(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		number := paidShort(t, d, deduction.OnSuspense)
		for _, l := range []app.ResolveLine{
			{Kind: "write_off", Account: "11536"},
			{Kind: "write_off", Account: "110-11536"},
			{Kind: "paid_back", Account: "11536"},
			{Kind: "credit_note", Account: "11536"},
			{Kind: "credit_note", NoteLines: []app.NoteLine{{Account: "44200", Amount: "60.00"}, {Account: "110-11536", Amount: "40.00"}}},
		} {
			_, err := d.ResolveDeduction(ctx, d.call, app.ResolveRequest{Deduction: number, Date: resolved, Lines: []app.ResolveLine{l}})
			refused(t, err, fault.Refused, "held_there", "11536", number)
		}
		d.MustVerify(t)
	})
}

// Money comes in on an account of the balance sheet: a payback or payment on an expense would be a write-off that no limit sees.
func TestMoneyComesInOnBalanceSheet(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		number := paidShort(t, d, deduction.OnManagement)
		for _, account := range []string{"65100", "110-65100", "110-44200"} {
			_, err := d.ResolveDeduction(ctx, d.call, app.ResolveRequest{Deduction: number, Date: resolved, Lines: []app.ResolveLine{{Kind: "paid_back", Account: account}}})
			refused(t, err, fault.Refused, "not_a_bank", strings.TrimPrefix(account, "110-"))
		}
		j, err := d.CreatePaymentJournal(ctx, d.call, app.PaymentJournalRequest{})
		if err != nil {
			t.Fatal(err)
		}
		for _, account := range []string{"110-65100", "110-11530"} {
			_, err = d.AddPaymentLine(ctx, d.call, j.Code, app.PaymentLineRequest{Date: taken, Customer: "C-1", Amount: "5.00", Bank: account})
			refused(t, err, fault.Refused, "not_a_bank", strings.TrimPrefix(account, "110-"))
		}
		d.MustVerify(t)
	})
}

// What is not approved yet of a claim was kept back by nobody: it counts in no balance, is matched with nothing, and what is split off it
// is a claim too, which can be withdrawn.
func TestClaimApprovedInPart(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(deductionBooks(deduction.OnManagement), "INV,2026-11-02,invoice,C-1,,,USD,110-11530 1000.00,110-44200 -1000.00", "CN,2026-11-03,credit_note,C-1,,,USD,110-44200 60.00,110-11530 -60.00"))
		claim, err := d.RaiseClaim(ctx, d.call, app.ClaimRequest{Customer: "C-1", Amount: "100.00", Reason: "DAMAGE", Date: taken, Invoice: "INV"})
		if err != nil {
			t.Fatal(err)
		}
		resolve(t, d, claim.Deduction, app.ResolveLine{Kind: "write_off", Amount: "40.00", Account: "65100"})
		other := app.Call{Actor: identity.Actor{Name: "bob", Roles: []identity.Role{identity.Controller}}, Company: d.call.Company}
		if _, err := d.ApproveDeduction(ctx, other, app.DecideRequest{Deduction: claim.Deduction, Date: resolved}); err != nil {
			t.Fatal(err)
		}
		balances, err := d.DeductionBalances(ctx, d.call, "C-1")
		if err != nil || len(balances) != 1 || balances[0].With != "900.00" || balances[0].Without != "900.00" || balances[0].Deductions != "0.00" || balances[0].Count != 0 {
			t.Errorf("1000.00 are invoiced, 60.00 and 40.00 credited: %+v, %v", balances, err)
		}
		figures, err := d.DeductionFigures(ctx, d.call, report.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range figures.Figures[:4] { // open, how many, taken, resolved
			if f.Numerator != "0.00" && f.Numerator != "0" {
				t.Errorf("a claim counts in the figures: %+v", f)
			}
		}
		_, err = d.MatchCandidates(ctx, d.call, claim.Deduction)
		refused(t, err, fault.Refused, "nothing_open", claim.Deduction)
		split, err := d.SplitDeduction(ctx, d.call, app.SplitRequest{Deduction: claim.Deduction, Parts: []app.SplitChild{{Amount: "10.00"}}})
		if err != nil {
			t.Fatal(err)
		}
		child, err := d.Deduction(ctx, d.call, split.Children[0])
		if err != nil || child.Financial != "draft" || child.State != "claim" {
			t.Errorf("what was split off a claim is %+v, %v", child, err)
		}
		if out, err := d.WithdrawClaim(ctx, d.call, app.DecideRequest{Deduction: split.Children[0], Reason: "not ours"}); err != nil || out.Financial != "voided" {
			t.Errorf("withdrawn it is %+v, %v", out, err)
		}
		d.MustVerify(t)
	})
}
