package app_test

import (
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/openitem"
)

// A deduction whose credit fits well enough is resolved at once when that is asked for, one that fits less is proposed, wherever they are held.
func TestMatchApplies(t *testing.T) {
	for _, hold := range []deduction.Hold{deduction.OnManagement, deduction.OnCustomer, deduction.OnSuspense} {
		t.Run(string(hold), func(t *testing.T) {
			each(t, func(t *testing.T, d *door) { applies(t, d, hold) })
		})
	}
}

func applies(t *testing.T, d *door, hold deduction.Hold) {
	d.Import(t, post(deductionBooks(hold), "INV1,2026-11-02,invoice,C-1,,,USD,110-11530 1000.00,110-44200 -1000.00", "INV2,2026-11-02,invoice,C-1,,,USD,110-11530 1000.00,110-44200 -1000.00", "INV3,2026-11-02,invoice,C-1,,,USD,110-11530 1000.00,110-44200 -1000.00",
		"CN-88123,2026-11-12,credit_note,C-1,,,USD,110-44200 100.00,110-11530 -100.00", "CN-2,2026-11-12,credit_note,C-1,,,USD,110-44200 40.00,110-11530 -40.00"))
	numbers := captured(t, d, short{"INV1", 100_00, func(x *deduction.Deduction) { x.ClaimNumber = "88123" }}, short{invoice: "INV2", amount: 40_00},
		short{"INV3", 25_00, func(x *deduction.Deduction) { x.Type, x.Reason = "PLAN", "PROMO" }})
	out, err := d.MatchDeductions(ctx, d.call, app.MatchRequest{All: true, Date: resolved}, nil, nil)
	if err != nil || out.Proposed != 3 || out.Applied != 0 {
		t.Fatalf("nothing is applied unasked: %+v, %v", out, err)
	}
	call := d.call
	call.Key = "search"
	for range 2 { // the second is the first again
		out, err = d.MatchDeductions(ctx, call, app.MatchRequest{All: true, Apply: true, Date: resolved}, nil, nil)
		if err != nil || out.Proposed != 1+1 || out.Applied != 1 || out.Refused != 0 {
			t.Fatalf("%+v, %v", out, err)
		}
	}
	first, err := d.Deduction(ctx, d.call, numbers[0])
	if err != nil || first.Financial != "resolved" {
		t.Errorf("the first is %+v, %v", first, err)
	}
	left, err := d.DeductionMatches(ctx, d.call, app.MatchFilter{}, app.Page{})
	if err != nil || len(left.Items) != 2 {
		t.Fatalf("proposed are %+v, %v", left, err)
	}
	for i, part := range []app.MatchPart{{Kind: "credit", Voucher: "CN-2"}, {Kind: "plan", Plan: "SPRING"}} {
		if m := left.Items[i]; m.Deduction != numbers[i+1] || m.Parts[0].Kind != part.Kind || m.Parts[0].Voucher != part.Voucher || m.Parts[0].Plan != part.Plan {
			t.Errorf("%s is proposed %+v", numbers[i+1], m)
		}
	}
	if _, err := openOf(t, d, "CN-88123"); fault.CodeOf(err) != fault.Refused {
		t.Errorf("the credit is used up: %v", err)
	}
	_, err = d.MatchCandidates(ctx, d.call, numbers[0])
	refused(t, err, fault.Refused, "nothing_open")
	d.MustVerify(t)
}

// openOf asks for a settlement of a credit, which a used-up one refuses.
func openOf(t *testing.T, d *door, credit string) (app.Settled, error) {
	t.Helper()
	return d.Settle(ctx, d.call, app.SettleRequest{Side: openitem.Customers, Party: "C-1", Debit: "INV1", Credit: credit, Date: resolved})
}

// What is small is written off when it is taken, within the limits; over them it is held.
func TestSmallAmountsAtCapture(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		files := deductionBooks(deduction.OnManagement).With(apptest.Files{
			"deduction_reasons": "reason,name,type,account,plan,credit_check,small_amount\nSHORT,Short,OPEN,65100,,yes,10.00\nDAMAGE,Damaged,WO,65100,,yes,10.00\nPROMO,Promotion,PLAN,65100,SPRING,yes,10.00\nQUIET,Counts not,OPEN,65100,,no,\n",
			"write_off_limits":  "scope,code,amount\nreason,DAMAGE,5.00\n",
		})
		d.Import(t, post(files, "INV1,2026-11-02,invoice,C-1,,,USD,110-11530 1000.00,110-44200 -1000.00", "INV2,2026-11-02,invoice,C-1,,,USD,110-11530 1000.00,110-44200 -1000.00", "INV3,2026-11-02,invoice,C-1,,,USD,110-11530 1000.00,110-44200 -1000.00", "INV4,2026-11-02,invoice,C-1,,,USD,110-11530 1000.00,110-44200 -1000.00", "INV5,2026-11-02,invoice,C-1,,,USD,110-11530 1000.00,110-44200 -1000.00"))
		of := func(reason string) func(*deduction.Deduction) {
			return func(x *deduction.Deduction) { x.Reason, x.Type = reason, "" }
		}
		numbers := captured(t, d, short{"INV1", 10_00, of("SHORT")}, short{"INV2", 10_01, of("SHORT")}, short{"INV3", 10_00, of("DAMAGE")}, short{"INV4", 5_00, of("DAMAGE")}, short{"INV5", 5_00, of("PROMO")})
		for i, want := range []string{"resolved", "open", "open", "resolved", "open"} {
			v, err := d.Deduction(ctx, d.call, numbers[i])
			if err != nil || v.Financial != want || v.Automatic != (want == "resolved") {
				t.Errorf("deduction %d is %s, automatic %v, want %s: %v", i+1, v.Financial, v.Automatic, want, err)
			}
		}
		if got, want := journalOf(t, d, "DV-00000001"), "110-11530 C-1 -10.00\n110-65100  10.00\n"; got != want {
			t.Errorf("the capture posted\n%swant\n%s", got, want)
		}
		d.MustVerify(t)
	})
}
