package app_test

import (
	"fmt"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
)

// Credits and payments are listed by parts as they are listed whole; what is due is the same with and without a look at the rest.
func TestUnclaimedByParts(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openUnclaimed(t, d, "25100", true)
		p := paidCheckOn(t, d, "2026-12-01")
		for range 3 {
			if _, err := d.PostDocument(t.Context(), apptest.Call, app.DocumentRequest{Type: "credit_note", Party: "C-1001", Date: civil.MustParse("2026-11-02"), Lines: []app.DocumentLine{{Account: "101-44400", Amount: "30.00"}}}); err != nil {
				t.Fatal(err)
			}
		}
		s := app.UnclaimedSelection{Date: civil.MustParse("2026-12-20"), All: true}
		whole, err := d.Unclaimed(t.Context(), apptest.Call, s, 0)
		if err != nil || len(whole.Items) != 4 || whole.Items[3].Document != p.Payment {
			t.Fatalf("there is %+v, %v", whole, err)
		}
		due := []app.UnclaimedItem{}
		for _, y := range whole.Items {
			if y.Stage == "escheat_due" || y.Stage == "letter_due" {
				due = append(due, y)
			}
		}
		for all, want := range map[bool][]app.UnclaimedItem{true: whole.Items, false: due} {
			s.All = all
			got := []app.UnclaimedItem{}
			for page := (app.Page{Limit: 1}); ; {
				part, err := d.UnclaimedItems(t.Context(), apptest.Call, s, page)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, part.Items...)
				if page.After = part.Next; page.After == "" {
					break
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) || len(got) == 0 {
				t.Errorf("all %v: by parts there is\n%v, whole\n%v", all, got, want)
			}
		}
		f, err := d.UnclaimedFigures(t.Context(), apptest.Call, s, 2)
		if err != nil || !f.More || f.Looked != 2 {
			t.Errorf("of the first two %+v, %v", f, err)
		}
		aged := 0
		for page := (app.Page{Limit: 2}); ; {
			part, err := d.AgedCredits(t.Context(), apptest.Call, "", s.Date, page)
			if err != nil {
				t.Fatal(err)
			}
			aged += len(part.Items)
			if page.After = part.Next; page.After == "" {
				break
			}
		}
		if aged != 3 {
			t.Errorf("%d credits are aged", aged)
		}
	})
}

// A preview shows what will be posted, keeps nothing, and tells what is refused beside what is not.
func TestUnclaimedPreviews(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	openUnclaimed(t, d, "25100", false)
	ctx := t.Context()
	s := app.UnclaimedSelection{Date: civil.MustParse("2026-11-20"), Documents: []string{"PAY", "CN-P"}}
	e, err := d.PreviewEscheat(ctx, treasurer, s, "")
	if err != nil || e.Count != 2 || len(e.Vouchers) != 1 || len(e.Refused) != 1 || e.Refused[0].Document != "PAY" {
		t.Fatalf("the preview is %+v, %v", e, err)
	}
	done, err := d.Escheat(ctx, treasurer, s, "")
	if err != nil || len(done.Done) != 1 || done.Vouchers[0] != e.Vouchers[0].Number || len(done.Refused) != 1 {
		t.Fatalf("escheated %+v, %v", done, err)
	}
	s.Documents = []string{"PAY"}
	_, err = d.PreviewEscheat(ctx, treasurer, s, "")
	wantRule(t, err, "letter_due")
	if _, err := d.PreviewEscheat(ctx, preparer, s, ""); fault.CodeOf(err) != fault.Denied {
		t.Errorf("a clerk may preview an escheat: %v", err)
	}
	if _, err := d.PreviewEscheat(ctx, treasurer, app.UnclaimedSelection{}, ""); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("nothing is meant, and previewed: %v", err)
	}
	x := app.UnclaimedRemitting{Jurisdiction: "US-WI", Bank: "TREASURY", Date: s.Date}
	r, err := d.PreviewRemitUnclaimed(ctx, treasurer, x)
	if err != nil || r.Remittance.Amount != "10.00" || len(r.Vouchers) != 1 {
		t.Fatalf("the preview is %+v, %v", r, err)
	}
	back, err := d.PreviewReverseUnclaimed(ctx, treasurer, done.Done[0].Property, s.Date, "the owner came")
	if err != nil || len(back.Vouchers) != 1 {
		t.Fatalf("the preview is %+v, %v", back, err)
	}
	if p, err := d.UnclaimedProperty(ctx, apptest.Call, done.Done[0].Property); err != nil || p.Status != "escheated" {
		t.Errorf("after the previews there is %+v, %v", p, err)
	}
	d.MustVerify(t)
}
