package app_test

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
)

// cashier is a company with journals, as random steps change it.
type cashier struct {
	*door
	journals []*app.PaymentJournal
}

// TestRandomPayments does what people do with payment journals, in any order: the books are right after each history, and when all that
// was posted is reversed and every draft is cancelled, they are what they were.
func TestRandomPayments(t *testing.T) {
	checks(t, 16)
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			base := &door{Door: apptest.New(t, dbtest.Open(t, dbtest.URL(t, kind))), call: apptest.Call}
			company := 0
			rapid.Check(t, func(rt *rapid.T) {
				d := base.company(company)
				company++
				hold := rapid.SampledFrom([]string{"deduction_customer", "customer", "suspense"}).Draw(rt, "hold")
				d.Import(t, post(distributor(hold), invoice1000,
					"TWO,2026-11-03,invoice,C-1,,,USD,110-11530 333.34,120-11530 166.67,110-44200 -333.34,120-44200 -166.67", "CN,2026-11-03,credit_note,C-1,,,USD,110-44200 75.01,110-11530 -75.01",
					"EUR,2026-11-02,invoice,C-1,,,EUR,110-11530 700.07,110-44200 -700.07", "BR1,2026-11-04,invoice,BR,,,USD,120-11530 250.00,120-44200 -250.00",
					"T,2026-11-05,invoice,T-1,,,USD,110-11530 400.00,120-11530 99.99,110-44200 -400.00,120-44200 -99.99"))
				before := booksNow(t, d)
				x := &cashier{door: d}
				for range rapid.IntRange(3, 14).Draw(rt, "steps") {
					x.step(t, rt)
				}
				d.MustVerify(t)
				x.undo(t)
				d.MustVerify(t)
				if after := booksNow(t, d); after != before {
					rt.Fatalf("with everything undone the books are\n%s, and were\n%s", after, before)
				}
			})
		})
	}
}

// step does one thing; what is refused is fine, what fails is not.
func (x *cashier) step(t *testing.T, rt *rapid.T) {
	what := rapid.SampledFrom([]string{"new", "new", "apply", "apply", "apply", "oldest", "deduct", "split", "unapply", "post", "reverse"}).Draw(rt, "what")
	if what == "new" || len(x.journals) == 0 {
		x.add(t, rt)
		return
	}
	j := rapid.SampledFrom(x.journals).Draw(rt, "journal")
	var err error
	amount := fmt.Sprintf("%d.%02d", rapid.IntRange(0, 600).Draw(rt, "whole"), rapid.IntRange(0, 99).Draw(rt, "cents"))
	switch what {
	case "apply":
		req := app.PaymentApplyRequest{Voucher: rapid.SampledFrom([]string{"INV", "TWO", "CN", "EUR", "BR1", "T"}).Draw(rt, "voucher"), LeaveOpen: rapid.Bool().Draw(rt, "open")}
		if rapid.Bool().Draw(rt, "some") {
			req.Amount = amount
		}
		_, err = x.ApplyPayment(ctx, x.call, j.Code, 1, []app.PaymentApplyRequest{req})
	case "oldest":
		_, err = x.ProposePayment(ctx, x.call, j.Code, 1, app.PaymentProposal{OldestFirst: true})
	case "deduct":
		_, err = x.AddPaymentDeduction(ctx, x.call, j.Code, 1, app.PaymentDeductionRequest{Amount: amount, Reason: "DMG", Allowed: rapid.Bool().Draw(rt, "allowed")})
	case "split":
		_, err = x.SplitPaymentDeduction(ctx, x.call, j.Code, 1, rapid.IntRange(1, 3).Draw(rt, "n"), amount)
	case "unapply":
		_, err = x.UnapplyPayment(ctx, x.call, j.Code, 1, nil)
	case "post":
		_, err = x.PostPaymentJournal(ctx, x.call, j.Code)
	case "reverse":
		_, err = x.ReversePayment(ctx, x.call, j.Code, app.PaymentReversal{Line: 1, Date: day("2026-11-21"), Reason: "random"})
	}
	if code := fault.CodeOf(err); err != nil && code != fault.Refused && code != fault.Invalid && code != fault.NotFound {
		rt.Fatalf("%s: %v", what, err)
	}
}

func (x *cashier) add(t *testing.T, rt *rapid.T) {
	t.Helper()
	who := rapid.SampledFrom([]string{"C-1", "C-1", "HQ", "T-1"}).Draw(rt, "who")
	cash := fmt.Sprintf("%d.%02d", rapid.SampledFrom([]int{0, 80, 500, 1000, 1600}).Draw(rt, "cash"), rapid.IntRange(0, 99).Draw(rt, "cents"))
	date := rapid.SampledFrom([]string{"2026-11-06", "2026-11-16", "2026-11-20"}).Draw(rt, "date")
	p := pays(t, x.door, date, who, cash, rapid.SampledFrom([]string{"USD", "USD", "EUR"}).Draw(rt, "currency"))
	x.journals = append(x.journals, &app.PaymentJournal{Code: p.journal})
}

// undo reverses what is posted and cancels the rest.
func (x *cashier) undo(t *testing.T) {
	t.Helper()
	for more := true; more; { // what one line left open another may have used
		more = false
		for i := len(x.journals) - 1; i >= 0; i-- {
			j, err := x.PaymentJournal(ctx, x.call, x.journals[i].Code)
			if err != nil {
				t.Fatal(err)
			}
			switch j.State {
			case "draft":
				_, err = x.CancelPaymentJournal(ctx, x.call, j.Code)
			case "posted":
				_, err = x.ReversePayment(ctx, x.call, j.Code, app.PaymentReversal{Line: 1, Date: day("2026-11-21"), Reason: "undo"})
				more = true
			}
			if err != nil {
				t.Fatalf("%s: %v", j.Code, err)
			}
		}
	}
}
