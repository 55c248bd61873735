package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db"
	"quittance/internal/fault"
)

// aChain is a head office with two branches and a stranger, with open credits.
func aChain() apptest.Files {
	return apptest.PublicSector().Append("customers",
		"C-2000,Chain head office,GRO,USD,,no,no,1 Road,Town,WI,53551,US",
	).With(apptest.Files{"customers": `
customer,name,group,currency,parent,vendor,hold,do_not_reimburse,street,city,state,postal_code,country
C-1001,Brightwater Bakery,RES,USD,,V-1001,no,no,12 Mill Street,Lakemont,WI,53551,US
C-2000,Chain head office,GRO,USD,,,no,no,1 Road,Town,WI,53551,US
C-2001,Chain branch one,GRO,USD,C-2000,,no,no,1 Road,Town,WI,53551,US
C-2002,Chain branch two,GRO,USD,C-2000,,no,no,1 Road,Town,WI,53551,US
C-3000,Stranger,GRO,USD,,,no,no,1 Road,Town,WI,53551,US
`}).Append("vouchers", strings.Split(strings.TrimSpace(`
CN-100,2026-11-10,credit_note,C-2001,,,,USD,101-44200--,100.00,,Credit for claim 88123
CN-100,2026-11-10,credit_note,C-2001,,,,USD,101-11530,,100.00,Credit for claim 88123
CN-101,2026-11-10,credit_note,C-2000,,,,USD,101-44200--,60.00,,Rebate
CN-101,2026-11-10,credit_note,C-2000,,,,USD,101-11530,,60.00,Rebate
CN-102,2026-11-12,credit_note,C-2000,,,,USD,101-44200--,40.00,,Rebate
CN-102,2026-11-12,credit_note,C-2000,,,,USD,101-11530,,40.00,Rebate
CN-103,2026-11-12,credit_note,C-3000,,,,USD,101-44200--,75.00,,Price
CN-103,2026-11-12,credit_note,C-3000,,,,USD,101-11530,,75.00,Price
PM-200,2026-11-12,payment,C-3000,,,,USD,999-11020,75.00,,Payment
PM-200,2026-11-12,payment,C-3000,,,,USD,999-11530,,75.00,Payment
`), "\n")...)
}

// aDeduction is a row of table deduction, of a hold that no open item shows.
type aDeduction struct {
	number, customer, claim, reason, owner string
	amount, resolved                       int
	captured                               string
}

// keepBack writes deductions past the door, as other commands make them.
func keepBack(t *testing.T, d *apptest.Door, all ...aDeduction) {
	t.Helper()
	inCompany(t, d, func(ctx context.Context, tx *db.Tx) error {
		for _, x := range all {
			id, err := tx.NewID(ctx)
			if err != nil {
				return err
			}
			if x.captured == "" {
				x.captured = "2026-11-15"
			}
			var closed any
			if x.resolved == x.amount {
				closed = tx.Micros()
			}
			_, err = tx.Exec(ctx, `insert into deduction (company, id, number, root, customer, currency, amount, resolved, state, type, allowed, reason, account, plan, hold, voucher, captured, their_code, claim,
				note, basis, work, substate, dispute, owner, team, ready, automatic, created_by, created_at, closed_at)
				select $1, $2, $3, $2, id, 'USD', $4, $5, 'held', 'UNRESOLVED', $11, $6, '', '', 'suspense', 1, $7, '', $8, '', '', 'captured', '', 'not_disputed', $9, '', $11, $11, 'test', 1, $12
				from customer where company = $1 and code = $10`, tx.Company, id, x.number, x.amount, x.resolved, x.reason, x.captured, x.claim, x.owner, x.customer, false, closed)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// inCompany runs a part of a test in a unit of the only company.
func inCompany(t *testing.T, d *apptest.Door, fn db.Work) {
	t.Helper()
	err := d.DB.Unit(context.Background(), db.Scope{Actor: "test", Now: apptest.Now}, func(ctx context.Context, tx *db.Tx) error {
		if err := tx.Row(ctx, "select id from company").Scan(&tx.Company); err != nil {
			return err
		}
		return fn(ctx, tx)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func tellMatch(m app.DeductionMatch) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s %d", m.Deduction, strings.TrimSpace(m.Outcome+" "+m.Why), m.Score)
	for _, p := range m.Parts {
		fmt.Fprintf(&b, " %s%s %s", p.Voucher, p.Plan, p.Amount)
	}
	return b.String()
}

func TestMatchDeductions(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		ctx := context.Background()
		d.Import(t, aChain())
		keepBack(t, d,
			aDeduction{number: "D-1", customer: "C-2001", claim: "88123", amount: 100_00},
			aDeduction{number: "D-2", customer: "C-2002", amount: 100_00}, // by the head office's two credits
			aDeduction{number: "D-3", customer: "C-3000", amount: 75_00},
			aDeduction{number: "D-4", customer: "C-1001", amount: 900_00, captured: "2026-11-15"},
			aDeduction{number: "D-5", customer: "C-3000", amount: 75_00, resolved: 75_00}, // not open
		)
		var found []string
		var went []app.MatchProgress
		out, err := d.MatchDeductions(ctx, apptest.Call, app.MatchRequest{All: true}, func(some []app.DeductionMatch) error {
			for _, m := range some {
				found = append(found, tellMatch(m))
			}
			return nil
		}, func(p app.MatchProgress) { went = append(went, p) })
		if err != nil {
			t.Fatal(err)
		}
		want := "D-1 proposed 95 CN-100 100.00\nD-2 proposed 52 CN-101 60.00 CN-102 40.00\nD-3 proposed 65 CN-103 75.00\nD-4 nothing below 26"
		if got := strings.Join(found, "\n"); got != want {
			t.Errorf("found\n%s\nwant\n%s", got, want)
		}
		if out.Deductions != 4 || out.Proposed != 3 || out.Nothing != 1 || out.Why["below"] != 1 || out.Applied != 0 || len(went) != 1 || went[0] != (app.MatchProgress{Done: 4, All: 4}) {
			t.Errorf("outcome %+v, progress %v", out, went)
		}
		checkProposals(t, d, want)
		again, err := d.MatchDeductions(ctx, apptest.Call, app.MatchRequest{Customer: "C-2000"}, nil, nil) // the family of the head office
		if err != nil || again.Deductions != 2 || again.Proposed != 2 {
			t.Errorf("the family again: %+v, %v", again, err)
		}
		checkProposals(t, d, want)
		again, err = d.MatchDeductions(ctx, apptest.Call, app.MatchRequest{Deductions: []string{"D-2", "D-5"}}, nil, nil)
		if err != nil || again.Deductions != 1 || again.Proposed != 1 {
			t.Errorf("two by number, of which one is open: %+v, %v", again, err)
		}
		checkProposals(t, d, want)
	})
}

// checkProposals reads the saved proposals page by page.
func checkProposals(t *testing.T, d *apptest.Door, found string) {
	t.Helper()
	want := strings.Join(strings.Split(found, "\n")[:3], "\n")
	var got []string
	p := app.Page{Limit: 2}
	for {
		part, err := d.DeductionMatches(context.Background(), apptest.Call, app.MatchFilter{}, p)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range part.Items {
			got = append(got, tellMatch(m))
		}
		if p.After = part.Next; p.After == "" {
			break
		}
	}
	if strings.Join(got, "\n") != want {
		t.Errorf("saved\n%s\nwant\n%s", strings.Join(got, "\n"), want)
	}
	few, err := d.DeductionMatches(context.Background(), apptest.Call, app.MatchFilter{Customer: "C-2001", Least: 90}, app.Page{})
	if err != nil || len(few.Items) != 1 || few.Items[0].Deduction != "D-1" {
		t.Errorf("of one customer: %+v, %v", few, err)
	}
}

func TestMatchAsksWhat(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, aChain())
		for _, req := range []app.MatchRequest{{}, {All: true, Customer: "C-2000"}, {Deductions: []string{"D-1"}, All: true}} {
			if _, err := d.MatchDeductions(context.Background(), apptest.Call, req, nil, nil); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%+v: %v", req, err)
			}
		}
		for _, req := range []app.MatchRequest{{Customer: "C-9"}, {Deductions: []string{"D-9"}}} {
			if _, err := d.MatchDeductions(context.Background(), apptest.Call, req, nil, nil); fault.CodeOf(err) != fault.NotFound {
				t.Errorf("%+v: %v", req, err)
			}
		}
	})
}

// One deduction, with what may fit and what is left out: marked, paid, proposed for another, of a stranger.
func TestMatchCandidates(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		ctx := context.Background()
		d.Import(t, aChain())
		keepBack(t, d,
			aDeduction{number: "D-1", customer: "C-3000", amount: 75_00},
			aDeduction{number: "D-2", customer: "C-2002", amount: 100_00},
			aDeduction{number: "D-3", customer: "C-2001", amount: 60_00},
		)
		if _, err := d.Mark(ctx, apptest.Call, app.MarkRequest{Side: 1, Party: "C-2001", Voucher: "CN-100", Journal: "PJ-1", Holder: "ann"}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.MatchDeductions(ctx, apptest.Call, app.MatchRequest{Deductions: []string{"D-2"}}, nil, nil); err != nil {
			t.Fatal(err)
		}
		one, err := d.MatchCandidates(ctx, apptest.Call, "D-1")
		if err != nil {
			t.Fatal(err)
		}
		if tellMatch(one.Best) != "D-1 proposed 65 CN-103 75.00" || len(one.Candidates) != 1 || one.ApplyScore != 90 || one.ProposeScore != 50 {
			t.Errorf("%+v", one)
		}
		if len(one.LeftOut) != 1 || one.LeftOut[0] != (app.MatchLeftOut{Party: "C-3000", Voucher: "PM-200", Amount: "75.00", Why: "payment"}) {
			t.Errorf("left out: %+v", one.LeftOut)
		}
		if one, err = d.MatchCandidates(ctx, apptest.Call, "D-2"); err != nil || tellMatch(one.Best) != "D-2 proposed 52 CN-101 60.00 CN-102 40.00" {
			t.Errorf("what is proposed for itself is there for it: %+v, %v", one, err)
		}
		one, err = d.MatchCandidates(ctx, apptest.Call, "D-3")
		if err != nil {
			t.Fatal(err)
		}
		left := []string{}
		for _, l := range one.LeftOut {
			left = append(left, l.Voucher+" "+strings.TrimSpace(l.Why+" "+l.Detail))
		}
		if got, want := strings.Join(left, "; "), "CN-101 proposed; CN-102 proposed; CN-100 marked journal PJ-1, user ann"; got != want {
			t.Errorf("left out %s, want %s", got, want)
		}
		if one.Best.Outcome != "nothing" || one.Best.Why != "taken" {
			t.Errorf("best: %+v", one.Best)
		}
	})
}
