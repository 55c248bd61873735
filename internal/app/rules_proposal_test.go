package app_test

import (
	"fmt"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/ledger"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
)

func (d *door) mustPropose(t *testing.T, req app.RunRequest) string {
	t.Helper()
	view, err := d.Propose(ctx, d.call, req, func(reimbursement.Decisions) error { return nil })
	if err != nil {
		t.Fatal(err)
	}
	if view.State != reimbursement.Proposed {
		t.Errorf("the proposed run is %s", view.State)
	}
	return view.ID
}

func (d *door) mustPostRun(t *testing.T, run string) *apptest.Decisions {
	t.Helper()
	if _, err := d.PostRun(ctx, d.call, run, nil); err != nil {
		t.Fatal(err)
	}
	return d.decisions(t, run)
}

// voided gives the voided numbers: series first-last.
func voided(t *testing.T, d *door) string {
	t.Helper()
	var all []string
	err := within(t, d, func(ctx ctxT, tx *db.Tx, _ *ledger.Company) error {
		all = nil // the unit may be tried again
		v, err := ledger.Voided(ctx, tx)
		for _, x := range v {
			all = append(all, fmt.Sprintf("%s %d-%d", x.Series, x.First, x.Last))
			if !strings.Contains(x.Reason, "changed") {
				t.Errorf("the numbers are voided because %q", x.Reason)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(all, ", ")
}

// only gives the files with nothing to bring in but the vouchers and settlements that are added afterwards.
func only(f apptest.Files) apptest.Files {
	return f.With(apptest.Files{"vouchers": "", "marks": "", "settlements": "", "customers": "", "vendors": "", "parameters": ""})
}

// Section 6: a line whose customer changed since the proposal is left out whole, with what changed; its numbers are voided.
func TestRuleChangedSince(t *testing.T) {
	f := books()
	inv := "INV-1,2026-11-20,invoice,C-1,,,USD,601-11530 %s,601-44400 -%s"
	invoice := func(amount string) string { return strings.ReplaceAll(inv, "%s", amount) }
	cases := []struct {
		name, detail string
		req          app.RunRequest
		change       func(t *testing.T, d *door)
	}{
		{"NewMark", "now pending_settlement: journal PJ-1, user ann", app.RunRequest{}, func(t *testing.T, d *door) {
			if _, err := d.Mark(ctx, d.call, app.MarkRequest{Side: openitem.Customers, Party: "C-1", Voucher: "PAY-1", Journal: "PJ-1", Holder: "ann", Amount: "1.00"}); err != nil {
				t.Fatal(err)
			}
		}},
		{"Hold", "now on_hold: customer on hold", app.RunRequest{}, func(t *testing.T, d *door) {
			d.Import(t, change(f, "customers", "V-1,no,no", "V-1,yes,no"))
		}},
		{"NewOpenDebit", "now open_debit: INV-1 5.00 USD due 2026-11-20", app.RunRequest{}, func(t *testing.T, d *door) {
			d.Import(t, post(only(f), invoice("5.00")))
		}},
		{"NewOpenDebitToBeNetted", "planned 70.00 USD, now 65.00", app.RunRequest{Netting: ptr("net")}, func(t *testing.T, d *door) {
			d.Import(t, post(only(f), invoice("5.00")))
		}},
		{"CreditPartlySettled", "planned 70.00 USD, now 65.00", app.RunRequest{}, func(t *testing.T, d *door) {
			d.Import(t, settlements(post(only(f), invoice("5.00")), "2026-11-20,C-1,INV-1,PAY-1,5.00"))
		}},
		{"CreditSettledWhole", "planned 70.00 USD, now 50.00", app.RunRequest{}, func(t *testing.T, d *door) {
			d.Import(t, settlements(post(only(f), invoice("20.00")), "2026-11-20,C-1,INV-1,CN-1,20.00"))
		}},
		{"EveryCreditSettled", "none of its credits is open any more", app.RunRequest{}, func(t *testing.T, d *door) {
			d.Import(t, settlements(post(only(f), invoice("70.00")), "2026-11-20,C-1,INV-1,CN-1,20.00", "2026-11-20,C-1,INV-1,PAY-1,50.00"))
		}},
		{"VendorChanged", "its payee, ledger accounts or open items are others than planned", app.RunRequest{}, func(t *testing.T, d *door) {
			d.Import(t, change(f, "customers", "C-1,Ann Baker,RES,USD,V-1", "C-1,Ann Baker,RES,USD,V-2"))
		}},
		{"VendorBlocked", "now vendor_blocked: vendor V-1 is blocked", app.RunRequest{}, func(t *testing.T, d *door) {
			d.Import(t, change(f, "vendors", "V-1,Ann Baker,REFUND,USD,no", "V-1,Ann Baker,REFUND,USD,yes"))
		}},
	}
	each(t, func(t *testing.T, d *door) {
		for i, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				d := d.company(i)
				d.Import(t, post(f, cn1, pay1, cn2))
				c.req.Selection, c.req.Date = all, runDate
				run := d.mustPropose(t, c.req)
				c.change(t, d)
				before := open(t, d, openitem.Customers)
				x := d.mustPostRun(t, run)
				if got, want := story(x), text(paysCN2, "not C-1 USD: changed: "+c.detail); got != want {
					t.Errorf("posted\n%swant\n%s", got, want)
				}
				if n := x.Run.Totals; n.Candidates != 2 || n.Excluded != 1 || n.Reimbursements != 1 || n.Reasons["changed"] != 1 {
					t.Errorf("the totals are %+v", n)
				}
				if len(x.Reimbursements) == 1 && x.Reimbursements[0].Number != "RB-00000003" {
					t.Errorf("the number moved to %s", x.Reimbursements[0].Number)
				}
				if got, want := open(t, d, openitem.Customers), strings.Replace(before, "C-2 CN-2 101-11530 -30.00\n", "", 1); got != want {
					t.Errorf("open are\n%swant\n%s", got, want)
				}
				if got, want := voided(t, d), "reimbursement 1-2"; got != want {
					t.Errorf("voided are %s, want %s", got, want)
				}
				d.MustVerify(t)
			})
		}
	})
}

// The numbers of settlement vouchers that were planned are voided too.
func TestRuleChangedVoidsSettlementNumbers(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1, "INV-1,2026-11-20,invoice,C-1,,,USD,601-11530 5.00,601-44400 -5.00", cn2, "INV-2,2026-11-20,invoice,C-2,,,USD,601-11530 5.00,601-44400 -5.00"))
		run := d.mustPropose(t, app.RunRequest{Selection: all, Date: runDate, Netting: ptr("net")})
		d.Import(t, change(books(), "customers", "V-1,no,no", "V-1,yes,no"))
		x := d.mustPostRun(t, run)
		if len(x.Nettings) != 1 || x.Nettings[0].Voucher != "ST-00000002" || x.Nettings[0].Customer != "C-2" {
			t.Errorf("the nettings are %+v", x.Nettings)
		}
		if got, want := voided(t, d), "reimbursement 1-1, settlement 1-1"; got != want {
			t.Errorf("voided are %s, want %s", got, want)
		}
		d.MustVerify(t)
	})
}

// Items that are new since wait for the next run.
func TestRuleNewCreditsWait(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1))
		run := d.mustPropose(t, app.RunRequest{Selection: all, Date: runDate})
		d.Import(t, post(only(books()), pay1, cn2))
		if got := story(d.mustPostRun(t, run)); got != text(paysCN1) {
			t.Errorf("posted\n%s", got)
		}
		d.MustVerify(t)
		if got := story(d.MustPost(t, app.RunRequest{Selection: all, Date: runDate})); got != text(paysPay, paysCN2) {
			t.Errorf("the next run posted\n%s", got)
		}
		d.MustVerify(t)
	})
}

// A line can be taken out by hand, whole, with a reason.
func TestRuleTakenOut(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1, cnE, cn2))
		run := d.mustPropose(t, app.RunRequest{Selection: all, Date: runDate})
		takeOut := func(customer, currency, reason string) error {
			_, err := d.TakeOut(ctx, d.call, run, customer, currency, reason)
			return err
		}
		refused(t, takeOut("C-1", "", ""), fault.Invalid, "", "reason")
		refused(t, takeOut("C-9", "", "x"), fault.NotFound, "", `"C-9"`)
		refused(t, takeOut("C-3", "", "x"), fault.NotFound, "not_in_run", run)
		if err := takeOut("C-1", "EUR", "asked by phone"); err != nil {
			t.Fatal(err)
		}
		refused(t, takeOut("C-1", "EUR", "again"), fault.NotFound, "not_in_run", run)
		x := d.mustPostRun(t, run)
		if got, want := story(x), text(paysCN1, paysCN2, "not C-1 EUR: taken_out: asked by phone"); got != want {
			t.Errorf("posted\n%swant\n%s", got, want)
		}
		if x.Reimbursements[0].Number != "RB-00000001" || voided(t, d) != "" {
			t.Errorf("the numbers begin with %s; voided are %s", x.Reimbursements[0].Number, voided(t, d))
		}
		if got, want := open(t, d, openitem.Customers), "C-1 CN-E 101-11530 -100.00\n"; got != want {
			t.Errorf("open are\n%s", got)
		}
		refused(t, takeOut("C-2", "", "too late"), fault.Refused, "not_proposed", "posted")
		d.MustVerify(t)
	})
}

// An unfinished run keeps its candidates: an overlapping one is refused, naming it; the same one is resumed.
func TestRuleOverlappingRuns(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1, cn2, cn3))
		one := app.RunRequest{Selection: picked("C-1"), Date: runDate}
		run := d.mustPropose(t, one)
		ignore := func(reimbursement.Decisions) error { return nil }
		before := rowCounts(t, d)
		_, err := d.Propose(ctx, d.call, app.RunRequest{Selection: all, Date: runDate}, ignore)
		refused(t, err, fault.Refused, "overlapping_run", run, "C-1")
		_, _, err = d.PostSelection(ctx, d.call, app.RunRequest{Selection: all, Date: runDate}, nil)
		refused(t, err, fault.Refused, "overlapping_run", run, "C-1")
		_, _, err = d.PostSelection(ctx, d.call, app.RunRequest{Selection: picked("C-1"), Date: day("2026-11-29")}, nil)
		refused(t, err, fault.Refused, "overlapping_run", run)
		_, _, err = d.PostSelection(ctx, d.call, app.RunRequest{Selection: picked("C-1"), Date: runDate, Separate: ptr(true)}, nil)
		refused(t, err, fault.Refused, "overlapping_run", run)
		if after := rowCounts(t, d); fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("the refused runs wrote: before\n%v\nafter\n%v", before, after)
		}
		if got := story(d.MustPost(t, app.RunRequest{Selection: picked("C-2"), Date: runDate})); got != text(paysCN2) {
			t.Errorf("beside it: %s", got)
		}
		view, resumed, err := d.PostSelection(ctx, d.call, one, nil)
		if err != nil || !resumed || view.ID != run || view.State != reimbursement.Posted {
			t.Errorf("the same selection gives %+v, resumed %v, %v; want %s", view, resumed, err, run)
		}
		if _, resumed, err = d.PostSelection(ctx, d.call, app.RunRequest{Selection: picked("C-3"), Date: runDate}, nil); err != nil || resumed {
			t.Errorf("a new selection: resumed %v, %v", resumed, err)
		}
		d.MustVerify(t)
	})
}

// Taking the customer out, or cancelling, makes way for another run.
func TestRuleCancel(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1, cn2))
		everything := app.RunRequest{Selection: all, Date: runDate}
		run := d.mustPropose(t, everything)
		if err := d.CancelRun(ctx, d.call, run, "a trial"); err != nil {
			t.Fatal(err)
		}
		_, err := d.PostRun(ctx, d.call, run, nil)
		refused(t, err, fault.Refused, "not_proposed", "cancelled")
		refused(t, d.CancelRun(ctx, d.call, run, "again"), fault.Refused, "not_proposed", "cancelled")
		second := d.mustPropose(t, everything)
		if _, err := d.TakeOut(ctx, d.call, second, "C-1", "", "by itself"); err != nil {
			t.Fatal(err)
		}
		if got := story(d.MustPost(t, app.RunRequest{Selection: picked("C-1"), Date: runDate})); got != text(paysCN1) {
			t.Errorf("the one taken out: %s", got)
		}
		if got := story(d.mustPostRun(t, second)); got != text(paysCN2, "not C-1 USD: taken_out: by itself") {
			t.Errorf("the rest: %s", got)
		}
		refused(t, d.CancelRun(ctx, d.call, second, "late"), fault.Refused, "not_proposed", "posted")
		if _, err := d.PostRun(ctx, d.call, "RUN-000099", nil); fault.CodeOf(err) != fault.NotFound {
			t.Errorf("an unknown run gives %v", err)
		}
		d.MustVerify(t)
	})
}

// The same run posted twice posts once.
func TestRulePostedTwice(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1, pay1, cn2))
		run := d.mustPropose(t, app.RunRequest{Selection: all, Date: runDate})
		first := story(d.mustPostRun(t, run))
		before := rowCounts(t, d, "audit")
		if again := story(d.mustPostRun(t, run)); again != first {
			t.Errorf("posted again\n%swant\n%s", again, first)
		}
		if after := rowCounts(t, d, "audit"); fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("posting again wrote: before\n%v\nafter\n%v", before, after)
		}
		d.MustVerify(t)
	})
}
