package app_test

import (
	"fmt"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/fault"
	"quittance/internal/openitem"
)

// What is tried changes no table, and says what the command then does.
func TestPreviewReverse(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		d.Import(t, post(books(), cn1, pay1, cn2, cn3))
		x := d.MustPost(t, app.RunRequest{Selection: all, Date: runDate})
		before := rowCounts(t, d)
		p, err := d.PreviewReverse(ctx, d.call, []string{"RB-00000001"}, december, "paid by mistake")
		if err != nil || len(p.Mirrors) != 1 {
			t.Fatalf("%+v, %v", p, err)
		}
		left, err := d.PreviewReverseRun(ctx, d.call, x.Run.ID, december)
		if err != nil || left.Reimbursements != 4 || fmt.Sprint(left.Amounts, left.Numbers) != fmt.Sprint(x.Run.Totals.Amounts)+" [RB-00000001 RB-00000002 RB-00000003 RB-00000004]" {
			t.Errorf("left %+v, %v", left, err)
		}
		if after := rowCounts(t, d); fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("trying wrote: before\n%v\nafter\n%v", before, after)
		}
		if _, err := d.reverse(december, "RB-00000001"); err != nil {
			t.Fatal(err)
		}
		m, err := d.Voucher(ctx, d.call, "RV-00000001")
		if err != nil || fmt.Sprint(m.Number, m.Date, m.Lines) != fmt.Sprint(p.Mirrors[0].Number, p.Mirrors[0].Date, p.Mirrors[0].Lines) {
			t.Errorf("posted %+v\ntried %+v, %v", m, p.Mirrors[0], err)
		}
		_, err = d.PreviewReverse(ctx, d.call, []string{"RB-00000001"}, december, "again")
		refused(t, err, fault.Refused, "already_reversed")
		_, err = d.PreviewReverse(ctx, d.call, []string{"RB-00000002"}, december, "")
		refused(t, err, fault.Invalid, "")
		if left, err = d.PreviewReverseRun(ctx, d.call, x.Run.ID, december); err != nil || left.Reimbursements != 3 {
			t.Errorf("left %+v, %v", left, err)
		}
		if _, err := d.Mark(ctx, d.call, app.MarkRequest{Side: openitem.Vendors, Party: "ONETIME-C-3", Voucher: "RB-00000004", Journal: "PAY-1"}); err != nil {
			t.Fatal(err)
		}
		_, err = d.PreviewReverseRun(ctx, d.call, x.Run.ID, december)
		refused(t, err, fault.Refused, "in_payment", "RB-00000004", "PAY-1")
		d.MustVerify(t)
	})
}

func TestPreviewImport(t *testing.T) {
	each(t, func(t *testing.T, d *door) {
		files := post(books(), cn1)
		data, err := files.Read()
		if err != nil {
			t.Fatal(err)
		}
		tried, err := d.PreviewImport(ctx, d.call, data)
		if err != nil || !tried.Created {
			t.Fatalf("%+v, %v", tried, err)
		}
		if codes, err := d.Companies(ctx, d.call); err != nil || len(codes) != 0 {
			t.Errorf("trying made %v, %v", codes, err)
		}
		done := d.Import(t, files)
		if fmt.Sprint(done) != fmt.Sprint(tried) {
			t.Errorf("tried %+v\ndone %+v", tried, done)
		}
		again, err := d.PreviewImport(ctx, apptest.Call, data)
		if err != nil || again.Created || len(again.Changes) != 0 {
			t.Errorf("%+v, %v", again, err)
		}
		d.MustVerify(t)
	})
}
