package app_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/deduction"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/openitem"
)

// The most restrictive of the four limits holds, on every path, over a deduction and its children.
func TestDeductionLimitsOnEveryPath(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		files := deductionBooks(deduction.OnManagement).Append("write_off_limits", "scope,code,amount", "company,,90.00", "customer,C-1,70.00", "reason,DAMAGE,50.00", "user,operator:test,60.00", "user,dora,40.00")
		invoices := []string{}
		for i := range 6 {
			invoices = append(invoices, fmt.Sprintf("INV%d,2026-11-02,invoice,C-1,,,USD,110-11530 1000.00,110-44200 -1000.00", i))
		}
		d.Import(t, post(files, invoices...))
		of := func(reason string) func(*deduction.Deduction) {
			return func(x *deduction.Deduction) { x.Reason, x.Type = reason, "" }
		}
		numbers := captured(t, d, short{"INV0", 100_00, of("DAMAGE")}, short{"INV1", 100_00, of("SHORT")}, short{"INV2", 100_00, of("SHORT")}, short{"INV3", 100_00, of("DAMAGE")}, short{"INV4", 100_00, of("SHORT")})
		as := func(name string) app.Call {
			return app.Call{Actor: identity.Actor{Name: name, Roles: apptest.Clerk.Roles}, Company: d.call.Company}
		}
		for _, x := range []struct{ by, number, amount, limit string }{
			{"operator:test", numbers[0], "50.00", ""},
			{"operator:test", numbers[0], "0.01", "50.00 USD of the reason DAMAGE"},
			{"operator:test", numbers[1], "60.00", ""},
			{"carol", numbers[1], "10.00", ""},
			{"carol", numbers[1], "0.01", "70.00 USD of the customer C-1"},
			{"operator:test", numbers[2], "60.01", "60.00 USD of the user operator:test"},
		} {
			req := app.ResolveRequest{Deduction: x.number, Date: resolved, Lines: []app.ResolveLine{{Kind: "write_off", Amount: x.amount, Account: "65100"}}}
			look, err := d.PreviewResolveDeduction(ctx, as(x.by), req)
			if err != nil || look.Outcome.Limit != x.limit || look.Outcome.Proposed != (x.limit != "") {
				t.Errorf("%s looks at writing off %s: %+v, %v; want the limit %q", x.by, x.amount, look, err, x.limit)
			}
			out, err := d.ResolveDeduction(ctx, as(x.by), req)
			if err != nil || out.Limit != x.limit || out.Proposed != (x.limit != "") {
				t.Errorf("%s writes off %s: %+v, %v; want the limit %q", x.by, x.amount, out, err, x.limit)
			}
		}
		_, err := capture(t, d, short{"INV5", 50_01, func(x *deduction.Deduction) { x.Reason, x.Type, x.Allowed = "DAMAGE", "WO", true }})
		refused(t, err, fault.Refused, "over_limit", "50.00 USD of the reason DAMAGE")
		mass, err := d.MassDeductions(ctx, d.call, app.MassDeductions{Numbers: numbers[3:], Resolve: &app.MassResolve{Kind: "write_off", Account: "65100", Date: resolved}})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range numbers[3:] {
			if v, err := d.Deduction(ctx, d.call, n); err != nil || v.Work != "pending_approval" || v.Remaining != "100.00" {
				t.Errorf("written off with others, %s is %+v, %v: %+v", n, v, err, mass)
			}
		}
		decider := func(name string) app.Call {
			return app.Call{Actor: identity.Actor{Name: name, Roles: boss.Roles}, Company: d.call.Company}
		}
		decide := app.DecideRequest{Deduction: numbers[3], Date: resolved, Reason: "prove it"}
		_, err = d.ApproveDeduction(ctx, decider("dora"), decide)
		refused(t, err, fault.Refused, "over_limit", "40.00 USD of the user dora")
		look, err := d.PreviewRejectDeduction(ctx, decider("carol"), decide)
		if err != nil || look.Outcome.Work != "approval_rejected" || len(look.Vouchers) != 0 {
			t.Errorf("refusing would do %+v, %v", look, err)
		}
		if out, err := d.ApproveDeduction(ctx, decider("carol"), decide); err != nil || out.Financial != "resolved" {
			t.Errorf("after the look it is approved: %+v, %v", out, err)
		}
		d.MustVerify(t)
	})
}

// A plan is charged no more than its accrual has left, but for its pay-over rule; what is reversed is left again.
func TestPlanPayOver(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		for i, x := range []struct{ rule, limit, most, over string }{{"no", "", "100.00", "0.01"}, {"limit", "20.00", "120.00", "0.01"}, {"yes", "", "300.00", ""}} {
			d := d.company(i)
			files := deductionBooks(deduction.OnSuspense).With(apptest.Files{"accrual_plans": "plan,name,account,from,to,pay_over,pay_over_limit\nSPRING,Spring,23500,2026-10-01,2026-12-31," + x.rule + "," + x.limit + "\n"})
			d.Import(t, post(files, "INV,2026-11-02,invoice,C-1,,,USD,110-11530 1000.00,110-44200 -1000.00", "INV2,2026-11-02,invoice,C-1,,,USD,110-11530 1000.00,110-44200 -1000.00"))
			number := captured(t, d, short{invoice: "INV", amount: 400_00})[0]
			out := resolve(t, d, number, app.ResolveLine{Kind: "accrual_plan", Amount: x.most, Plan: "SPRING"})
			if x.over != "" {
				_, err := d.ResolveDeduction(ctx, d.call, app.ResolveRequest{Deduction: number, Date: resolved, Lines: []app.ResolveLine{{Kind: "accrual_plan", Amount: x.over, Plan: "SPRING"}}})
				refused(t, err, fault.Refused, "plan_used_up", "SPRING")
				_, err = capture(t, d, short{"INV2", 1, func(y *deduction.Deduction) { y.Type, y.Plan, y.Allowed = "PLAN", "SPRING", true }})
				refused(t, err, fault.Refused, "plan_used_up", "SPRING")
			}
			if _, err := d.ReverseResolution(ctx, d.call, app.ReverseResolutionRequest{Deduction: number, Resolution: out.Lines[0].Voucher, Date: resolved}); err != nil {
				t.Fatal(err)
			}
			captured(t, d, short{"INV2", 100_00, func(y *deduction.Deduction) { y.Type, y.Plan, y.Allowed = "PLAN", "SPRING", true }})
			if left := unusedOf(t, d, "SPRING"); left != "0.00" {
				t.Errorf("%s: the plan has %s left", x.rule, left)
			}
			d.MustVerify(t)
		}
	})
}

// A claim becomes money when somebody else approves it: an open credit, which its reversal takes back.
func TestClaims(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(deductionBooks(deduction.OnManagement), "INV,2026-11-02,invoice,C-1,,,USD,110-11530 600.00,210-11530 400.00,110-44200 -600.00,210-44200 -400.00"))
		before := booksNow(t, d)
		other := app.Call{Actor: boss, Company: d.call.Company}
		raise := func(invoice, number string) string {
			t.Helper()
			out, err := d.RaiseClaim(ctx, d.call, app.ClaimRequest{Customer: "C-1", Amount: "50.00", Reason: "DAMAGE", Basis: "quantity", Invoice: invoice, ClaimNumber: number, Date: taken})
			if err != nil || out.Financial != "draft" {
				t.Fatalf("raised: %+v, %v", out, err)
			}
			return out.Deduction
		}
		claim := raise("INV", "K-1")
		out := resolve(t, d, claim, app.ResolveLine{Kind: "credit_note", Account: "44200"})
		if !out.Proposed || booksNow(t, d) != before {
			t.Errorf("nothing is posted before it is approved: %+v", out)
		}
		_, err := d.WithdrawClaim(ctx, d.call, app.DecideRequest{Deduction: claim})
		refused(t, err, fault.Refused, "pending_approval")
		done, err := d.ApproveDeduction(ctx, other, app.DecideRequest{Deduction: claim, Date: resolved})
		if err != nil || done.Financial != "resolved" {
			t.Fatalf("approved: %+v, %v", done, err)
		}
		if got, want := journalOf(t, d, done.Lines[0].Voucher), "110-11530 C-1 -30.00\n210-11530 C-1 -20.00\n110-44200  30.00\n210-44200  20.00\n"; got != want {
			t.Errorf("the claim posted\n%swant\n%s", got, want)
		}
		settle := app.SettleRequest{Side: openitem.Customers, Party: "C-1", Debit: "INV", Credit: done.Lines[0].Voucher, Date: resolved}
		if _, err := d.Settle(ctx, d.call, settle); err != nil {
			t.Fatal(err)
		}
		reverse := app.ReverseResolutionRequest{Deduction: claim, Resolution: done.Lines[0].Voucher, Date: resolved}
		_, err = d.ReverseResolution(ctx, d.call, reverse)
		refused(t, err, fault.Refused, "settled_since", "INV")
		if _, err := d.Unsettle(ctx, d.call, settle); err != nil {
			t.Fatal(err)
		}
		if out, err := d.ReverseResolution(ctx, d.call, reverse); err != nil || out.Financial != "draft" || booksNow(t, d) != before {
			t.Errorf("reversed: %+v, %v", out, err)
		}
		again := raise("INV", "K-2")
		if v, err := d.Deduction(ctx, d.call, again); err != nil || v.DuplicateOf != claim {
			t.Errorf("the same claim again is %+v, %v", v, err)
		}
		alone := raise("", "K-3")
		_, err = d.ResolveDeduction(ctx, d.call, app.ResolveRequest{Deduction: alone, Date: resolved, Lines: []app.ResolveLine{{Kind: "write_off", Account: "65100"}}})
		refused(t, err, fault.Refused, "no_balancing_values", "Fund")
		_, err = d.ResolveDeduction(ctx, d.call, app.ResolveRequest{Deduction: alone, Date: resolved, Lines: []app.ResolveLine{{Kind: "return"}}})
		refused(t, err, fault.Refused, "nothing_held")
		look, err := d.PreviewWithdrawClaim(ctx, d.call, app.DecideRequest{Deduction: alone, Reason: "mistaken"})
		if err != nil || look.Outcome.Financial != "voided" {
			t.Errorf("withdrawing would do %+v, %v", look, err)
		}
		if out, err := d.WithdrawClaim(ctx, d.call, app.DecideRequest{Deduction: alone, Reason: "mistaken"}); err != nil || out.Financial != "voided" {
			t.Errorf("withdrawn: %+v, %v", out, err)
		}
		d.MustVerify(t)
	})
}

// Clerks in two processes resolve the same deduction and its child at once: no more is resolved than there is, none is written off over the
// limit, and nobody's work is lost.
func TestResolveAtOnce(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			url := dbtest.URL(t, kind)
			d := &door{Door: apptest.New(t, dbtest.Open(t, url)), call: apptest.Call}
			second := &door{Door: apptest.Of(t, dbtest.Open(t, url), d.Keys, func() time.Time { return apptest.Now }), call: apptest.Call}
			number := paidShort(t, d, deduction.OnManagement)
			mustSave(t, d.Door, &app.WriteOffLimit{Scope: "company", Amount: "50.00"})
			split, err := d.SplitDeduction(ctx, d.call, app.SplitRequest{Deduction: number, Parts: []app.SplitChild{{Amount: "30.00"}}})
			if err != nil {
				t.Fatal(err)
			}
			var wg sync.WaitGroup
			var mu sync.Mutex
			posted, told := map[string]int{}, []string{}
			for i := range 8 {
				wg.Go(func() {
					who, of, l := []*door{d, second}[i%2], []string{number, split.Children[0]}[i/2%2], []app.ResolveLine{{Kind: "write_off", Amount: "20.00", Account: "65100"}, {Kind: "return", Amount: "20.00"}}[i/4]
					out, err := who.ResolveDeduction(ctx, who.call, app.ResolveRequest{Deduction: of, Date: resolved, Lines: []app.ResolveLine{l}})
					mu.Lock()
					defer mu.Unlock()
					told = append(told, fmt.Sprint(l.Kind, " ", of, ": ", err))
					switch {
					case err == nil && !out.Proposed:
						posted[of]++
						posted[l.Kind]++
					case err != nil && fault.CodeOf(err) != fault.Refused:
						t.Errorf("%s of %s: %v", l.Kind, of, err)
					}
				})
			}
			wg.Wait()
			if posted["write_off"] > 2 || posted[number] > 3 || posted[split.Children[0]] > 1 || len(posted) == 0 {
				t.Errorf("posted were %v\n%s", posted, strings.Join(told, "\n"))
			}
			for _, n := range []string{number, split.Children[0]} {
				v, err := d.Deduction(ctx, d.call, n)
				if want := fmt.Sprintf("%d.00", 20*posted[n]); err != nil || (v.Resolved != want && posted[n] > 0) {
					t.Errorf("%s has %s resolved, want %s: %v", n, v.Resolved, want, err)
				}
			}
			d.MustVerify(t)
		})
	}
}
