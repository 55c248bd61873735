package demo_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/deduction"
	"quittance/internal/demo"
)

// desk is what is to be seen at the distributor's.
type desk struct {
	all      []*app.DeductionView
	journals []app.PaymentJournalRow
	files    []*app.Remittance
	matches  []app.DeductionMatch
	plans    []app.AccrualPlan
}

func look(t *testing.T) *desk {
	t.Helper()
	url := dbtest.URL(t, "sqlite")
	if err := demo.At(context.Background(), url, time.Now, t.Output()); err != nil {
		t.Fatal(err)
	}
	a, ctx, call := open(t, url), t.Context(), apptest.Call
	call.Company = "TALLGRASS"
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	d := &desk{}
	rows, err := a.Deductions(ctx, call, app.DeductionFilter{Order: app.ByNumber, Closed: true}, app.Page{Limit: 500})
	must(err)
	for _, r := range rows.Items {
		v, err := a.Deduction(ctx, call, r.Number)
		must(err)
		d.all = append(d.all, v)
	}
	journals, err := a.PaymentJournals(ctx, call, app.PaymentFilter{}, app.Page{Limit: 500})
	must(err)
	files, err := a.Remittances(ctx, call, app.RemittanceFilter{}, app.Page{})
	must(err)
	for _, f := range files.Items {
		r, err := a.Remittance(ctx, call, f.Code)
		must(err)
		d.files = append(d.files, r)
	}
	matches, err := a.DeductionMatches(ctx, call, app.MatchFilter{}, app.Page{})
	must(err)
	setup, err := a.DeductionSetup(ctx, call)
	must(err)
	d.journals, d.matches, d.plans = journals.Items, matches.Items, setup.Plans
	return d
}

// deductions counts those that are so.
func (d *desk) deductions(so func(v *app.DeductionView) bool) (n int) {
	for _, v := range d.all {
		if so(v) {
			n++
		}
	}
	return n
}

// lines counts resolution lines that are so.
func (d *desk) lines(so func(r *app.DeductionResolution) bool) int {
	return d.deductions(func(v *app.DeductionView) bool {
		return slices.ContainsFunc(v.Resolutions, func(r app.DeductionResolution) bool { return so(&r) })
	})
}

// What must be seen at the distributor's desk, and how often at least.
var mustBeSeen = map[string]struct {
	least int
	seen  func(d *desk) int
}{
	"Open": {25, func(d *desk) int {
		return d.deductions(func(v *app.DeductionView) bool { return v.ClosedAt == "" })
	}},
	"StandAlone": {4, func(d *desk) int {
		return d.deductions(func(v *app.DeductionView) bool { return v.Invoice == "" && v.State == "held" })
	}},
	"ExpiringWithinAWeek": {2, func(d *desk) int {
		return d.deductions(func(v *app.DeductionView) bool {
			return v.ClosedAt == "" && v.DaysLeft != nil && *v.DaysLeft >= 0 && *v.DaysLeft <= 7
		})
	}},
	"EvidenceReady": {2, func(d *desk) int {
		return d.deductions(func(v *app.DeductionView) bool { return v.ClosedAt == "" && v.Ready && len(v.Evidence) > 0 })
	}},
	"EvidenceMissing": {8, func(d *desk) int {
		return d.deductions(func(v *app.DeductionView) bool { return v.ClosedAt == "" && len(v.EvidenceMissing) > 0 })
	}},
	"Uncoded": {1, func(d *desk) int {
		return d.deductions(func(v *app.DeductionView) bool { return v.Reason == "" && v.TheirCode != "" })
	}},
	"Duplicates": {2, func(d *desk) int { return d.deductions(func(v *app.DeductionView) bool { return v.DuplicateOf != "" }) }},
	"Children":   {2, func(d *desk) int { return d.deductions(func(v *app.DeductionView) bool { return v.Parent != "" }) }},
	"Allowed": {2, func(d *desk) int {
		return d.deductions(func(v *app.DeductionView) bool { return v.Allowed && !v.Automatic })
	}},
	"WrittenOffByItself": {1, func(d *desk) int { return d.deductions(func(v *app.DeductionView) bool { return v.Automatic }) }},
	"OwnersThree":        {3, func(d *desk) int { return distinct(d, func(v *app.DeductionView) string { return v.Owner }) }},
	"ReasonsAll":         {10, func(d *desk) int { return distinct(d, func(v *app.DeductionView) string { return v.Reason }) }},
	"CustomersTen":       {10, func(d *desk) int { return distinct(d, func(v *app.DeductionView) string { return v.Customer }) }},
	"Comments": {4, func(d *desk) int {
		return d.deductions(func(v *app.DeductionView) bool {
			return slices.ContainsFunc(v.History, func(e app.DeductionEvent) bool { return e.Kind == "comment" })
		})
	}},
	"Watched":   {1, func(d *desk) int { return d.deductions(func(v *app.DeductionView) bool { return len(v.Watchers) > 0 }) }},
	"Substates": {2, func(d *desk) int { return d.deductions(func(v *app.DeductionView) bool { return v.Substate != "" }) }},
	"ApprovedByAnother": {2, func(d *desk) int {
		return d.lines(func(r *app.DeductionResolution) bool { return r.State == "posted" && r.DecidedBy == "helen" })
	}},
	"Proposed": {1, func(d *desk) int {
		return d.lines(func(r *app.DeductionResolution) bool { return r.State == "proposed" })
	}},
	"Rejected": {1, func(d *desk) int {
		return d.lines(func(r *app.DeductionResolution) bool { return r.State == "rejected" })
	}},
	"Reversed": {1, func(d *desk) int {
		return d.lines(func(r *app.DeductionResolution) bool { return r.State == "reversed" })
	}},
	"MatchesProposed": {2, func(d *desk) int { return len(d.matches) }},
	"Drafts": {2, func(d *desk) int {
		return len(slices.DeleteFunc(slices.Clone(d.journals), func(j app.PaymentJournalRow) bool { return j.State != "draft" }))
	}},
	"PlansInUse": {3, func(d *desk) int {
		return len(slices.DeleteFunc(slices.Clone(d.plans), func(p app.AccrualPlan) bool { return p.Accrued == "0.00" || p.Used == "0.00" }))
	}},
	"FilesWithIssues": {3, func(d *desk) int {
		return len(slices.DeleteFunc(slices.Clone(d.files), func(r *app.Remittance) bool { return len(r.Issues) == 0 }))
	}},
	"PaybackPosted": {1, func(d *desk) int {
		n := 0
		for _, f := range d.files {
			for _, p := range f.Payments {
				for _, b := range p.Paybacks {
					if b.State == "posted" {
						n++
					}
				}
			}
		}
		return n
	}},
}

func distinct(d *desk, of func(v *app.DeductionView) string) int {
	seen := map[string]bool{"": true}
	for _, v := range d.all {
		seen[of(v)] = true
	}
	return len(seen) - 1
}

func TestWhatMustBeSeen(t *testing.T) {
	d := look(t)
	for name, x := range mustBeSeen {
		if n := x.seen(d); n < x.least {
			t.Errorf("%s: %d are to be seen, expected at least %d", name, n, x.least)
		}
	}
	states := func(what string, all []string, of func(v *app.DeductionView) string) {
		for _, state := range all {
			if d.deductions(func(v *app.DeductionView) bool { return of(v) == state }) == 0 {
				t.Errorf("no deduction has the %s %s", what, state)
			}
		}
	}
	states("financial state", deduction.Financials, func(v *app.DeductionView) string { return v.Financial })
	states("state of work", deduction.Works, func(v *app.DeductionView) string { return v.Work })
	states("state of the dispute", deduction.Disputes, func(v *app.DeductionView) string { return v.Dispute })
	states("hold", deduction.Holds, func(v *app.DeductionView) string { return v.Hold })
	for _, kind := range []deduction.Kind{deduction.ByWriteOff, deduction.ByPlan, deduction.ByMatch, deduction.ByCreditNote, deduction.ByReturn, deduction.ByChargeback, deduction.ByPayback, deduction.ByCorrection} {
		if d.lines(func(r *app.DeductionResolution) bool { return r.Kind == string(kind) && r.State == "posted" }) == 0 {
			t.Errorf("no deduction was resolved by %s", kind)
		}
	}
	for _, format := range []string{"x12_820", "x12_812", "csv", "bai2"} {
		if !slices.ContainsFunc(d.files, func(r *app.Remittance) bool { return r.Format == format }) {
			t.Errorf("no remittance came as %s", format)
		}
	}
}
