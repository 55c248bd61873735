package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
)

// worklist gives the numbers of all deductions that pass a filter, in pages of so many.
func worklist(t *testing.T, d *apptest.Door, f app.DeductionFilter, limit int) (numbers []string) {
	t.Helper()
	p := app.Page{Limit: limit}
	for {
		part, err := d.Deductions(context.Background(), apptest.Call, f, p)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range part.Items {
			numbers = append(numbers, row.Number)
		}
		if p.After = part.Next; p.After == "" {
			return numbers
		}
	}
}

// The worklist is in its order, page by page, and its totals are those of what it lists.
func TestWorklist(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		ctx := context.Background()
		d.Import(t, aChain())
		for i := range 30 {
			keepBack(t, d, aDeduction{
				number: fmt.Sprintf("D-%02d", i), customer: []string{"C-2001", "C-3000"}[i%2], claim: fmt.Sprintf("CL%d", i), owner: []string{"ann", "ben", "eve"}[i%3],
				amount: (i + 1) * 100, resolved: i % 2 * (i + 1) * 100 * (i / 28), // D-29 is over
			})
		}
		inCompany(t, d, func(ctx context.Context, tx *db.Tx) error {
			for i := range 30 {
				var ends any
				if i%5 != 0 {
					ends = civil.MustParse("2026-11-10").AddDays(i * 7 % 30)
				}
				if _, err := tx.Exec(ctx, "update deduction set expires = $1, expected = $2, ready = $3 where number = $4", ends, int64(i*37%50-20), i%4 == 0, fmt.Sprintf("D-%02d", i)); err != nil {
					return err
				}
			}
			return nil
		})
		yes := true
		for name, f := range map[string]app.DeductionFilter{
			"Urgency": {}, "Worth": {Order: app.ByWorth}, "Owner": {Owner: "ann"}, "Customer": {Customer: "C-2001", Order: app.ByWorth}, "Ready": {Ready: &yes}, "Amounts": {From: "5", To: "12.00"},
			"Claim": {Text: "CL1"}, "Name": {Text: "Stran"}, "Due": {Due: civil.MustParse("2026-11-20")}, "Financial": {Financial: "open"}, "Uncoded": {Uncoded: true}, "All": {Order: app.ByNumber, Closed: true},
		} {
			whole := worklist(t, d, f, 500)
			if paged := worklist(t, d, f, 3); !slices.Equal(whole, paged) || len(whole) == 0 {
				t.Errorf("%s: %v in one page, %v in pages of three", name, whole, paged)
			}
			totals, err := d.DeductionTotals(ctx, apptest.Call, f)
			if err != nil || totals.Count != int64(len(whole)) {
				t.Errorf("%s: %d are listed, %+v are counted, %v", name, len(whole), totals, err)
			}
		}
		part, err := d.Deductions(ctx, apptest.Call, app.DeductionFilter{}, app.Page{Limit: 100})
		if err != nil || len(part.Items) != 29 {
			t.Fatal(len(part.Items), err)
		}
		if !slices.IsSortedFunc(part.Items, func(a, b app.DeductionRow) int { return strings.Compare(ending(a), ending(b)) }) {
			t.Error("the worklist is not by urgency")
		}
		for field, f := range map[string]app.DeductionFilter{"order": {Order: "x"}, "work": {Work: "x"}, "from": {From: "x"}, "customer": {Customer: "NONE"}, "closed": {Closed: true}} {
			if _, err := d.Deductions(ctx, apptest.Call, f, app.Page{}); !slices.Equal(fieldsOf(err), []string{field}) {
				t.Errorf("%s: %v in %v", field, err, fieldsOf(err))
			}
		}
	})
}

func ending(r app.DeductionRow) string {
	if r.Expires.IsZero() {
		return "9999"
	}
	return r.Expires.String()
}

// What is done at the desk shows in the record, with what was before.
func TestDesk(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		ctx := context.Background()
		d.Import(t, aChain())
		keepBack(t, d, aDeduction{number: "D-1", customer: "C-3000", amount: 75_00, owner: "ann"}, aDeduction{number: "D-2", customer: "C-3000", amount: 10_00})
		ben, research := "ben", "in_research"
		v, err := d.UpdateDeduction(ctx, apptest.Call, "D-1", 1, app.DeductionUpdate{Owner: &ben, Work: &research, Comment: "asked the carrier"})
		if err != nil || v.Owner != "ben" || v.Work != "in_research" || v.Version != 2 || len(v.History) != 2 || v.History[0].Text != "asked the carrier" || !strings.Contains(v.History[1].Text, "owner: ann → ben") {
			t.Fatalf("%+v %v", v, err)
		}
		if _, err := d.UpdateDeduction(ctx, apptest.Call, "D-1", 1, app.DeductionUpdate{Owner: &ben}); fault.RuleOf(err) != "changed_since" {
			t.Error(err)
		}
		if v, err = d.DisputeDeduction(ctx, apptest.Call, "D-1", 0, app.DisputeMove{To: "filed", Text: "letter"}); err != nil || v.Dispute != "filed" || v.Attempts != 1 {
			t.Errorf("%+v %v", v, err)
		}
		if v, err = d.WatchDeduction(ctx, apptest.Call, "D-1", "", true); err != nil || !slices.Equal(v.Watchers, []string{apptest.Clerk.Name}) {
			t.Errorf("%+v %v", v, err)
		}
		pdf := []byte("%PDF-1.7 claim")
		if v, err = d.AttachToDeduction(ctx, apptest.Call, "D-1", app.Attachment{Type: "claim", Name: "claim.pdf", Content: pdf}); err != nil || len(v.Evidence) != 1 || v.Evidence[0].Media != "application/pdf" {
			t.Fatalf("%+v %v", v, err)
		}
		id := v.Evidence[0].ID
		if e, content, err := d.DeductionFile(ctx, apptest.Call, "D-1", id); err != nil || e.Name != "claim.pdf" || string(content) != string(pdf) {
			t.Error(e, content, err)
		}
		if _, _, err := d.DeductionFile(ctx, apptest.Call, "D-2", id); fault.CodeOf(err) != fault.NotFound {
			t.Error("an attachment of another deduction is given", err)
		}
		if v, err = d.DetachFromDeduction(ctx, apptest.Call, "D-1", id, "wrong one"); err != nil || len(v.Evidence) != 0 || !strings.Contains(v.History[0].Text, "wrong one") {
			t.Errorf("%+v %v", v, err)
		}
		m := app.MassDeductions{Numbers: []string{"D-1", "D-2"}, Update: &app.DeductionUpdate{Work: ptr("coded")}}
		preview, err := d.PreviewMassDeductions(ctx, apptest.Call, m)
		if err != nil || preview.Done != 1 || preview.Items[0].Rule != "work_move" || !preview.Items[1].OK {
			t.Fatalf("%+v %v", preview, err)
		}
		if v, err := d.Deduction(ctx, apptest.Call, "D-2"); err != nil || v.Work != "captured" {
			t.Error("a preview changed something", v, err)
		}
		if did, err := d.MassDeductions(ctx, apptest.Call, m); err != nil || fmt.Sprint(*did) != fmt.Sprint(*preview) {
			t.Errorf("%+v is not what %+v promised, %v", did, preview, err)
		}
		if v, err := d.Deduction(ctx, apptest.Call, "D-2"); err != nil || v.Work != "coded" {
			t.Error(v, err)
		}
		if b, err := d.DeductionBalances(ctx, apptest.Call, "C-3000"); err != nil || len(b) != 1 || b[0].Deductions != "85.00" || b[0].With != "-65.00" || b[0].Without != "-150.00" {
			t.Errorf("%+v %v", b, err)
		}
	})
}
