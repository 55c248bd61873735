package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/openitem"
	"quittance/internal/reimbursement"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var (
	ctx     = context.Background()
	runDate = civil.MustParse("2026-11-30")
	all     = reimbursement.Selection{All: true}
)

// rows writes reimbursements as the tables of the rules do: classification | debit | credit | amount | settles.
func rows(views []reimbursement.View) string {
	var b strings.Builder
	for _, v := range views {
		fmt.Fprintf(&b, "%s|", v.Classification)
		for _, l := range v.Voucher.Lines {
			fmt.Fprintf(&b, "%s %s %s|", l.Account, l.Debit, l.Credit)
		}
		for i, s := range v.Settles {
			if i > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%s %s", s.Voucher, s.Amount)
		}
		fmt.Fprintf(&b, "|%s %s\n", v.Amount, v.Currency)
	}
	return b.String()
}

const example1 = `|101-11530 20.00 0.00|101-24210 0.00 20.00|CN-P 10.00, CN-U 10.00|20.00 USD
|601-11530 45.00 0.00|601-24210 0.00 45.00|CN-U 45.00|45.00 USD
|602-11530 45.00 0.00|602-24210 0.00 45.00|CN-U 45.00|45.00 USD
|999-11530 50.00 0.00|999-24210 0.00 50.00|PAY 50.00|50.00 USD
`

const example2 = `|999-11530 50.00 0.00|999-24210 0.00 50.00|PAY 50.00|50.00 USD
PARKS|101-11530 10.00 0.00|101-24210 0.00 10.00|CN-P 10.00|10.00 USD
UTL|101-11530 10.00 0.00|101-24210 0.00 10.00|CN-U 10.00|10.00 USD
UTL|601-11530 45.00 0.00|601-24210 0.00 45.00|CN-U 45.00|45.00 USD
UTL|602-11530 45.00 0.00|602-24210 0.00 45.00|CN-U 45.00|45.00 USD
`

// The worked examples of reimbursement rules, 5.
func TestWorkedExamples(t *testing.T) {
	yes := true
	for _, c := range []struct {
		name string
		req  app.RunRequest
		want string
	}{
		{"NotSeparated", app.RunRequest{Selection: all, Date: runDate}, example1},
		{"Separated", app.RunRequest{Selection: all, Date: runDate, Separate: &yes}, example2},
	} {
		t.Run(c.name, func(t *testing.T) {
			apptest.Each(t, func(t *testing.T, d *apptest.Door) {
				d.Import(t, apptest.PublicSector())
				if got := rows(d.MustSimulate(t, c.req).Reimbursements); got != c.want {
					t.Errorf("simulated\n%swant\n%s", got, c.want)
				}
				posted := d.MustPost(t, c.req)
				if got := rows(posted.Reimbursements); got != c.want {
					t.Errorf("posted\n%swant\n%s", got, c.want)
				}
				if a := posted.Run.Totals.Amounts; len(a) != 1 || a[0].Amount != "160.00" || posted.Run.State != reimbursement.Posted {
					t.Errorf("the run is %+v", posted.Run)
				}
				d.MustVerify(t)
				items, err := d.OpenItems(ctx, apptest.Call, openitem.Customers, "", false)
				if err != nil || len(items) != 0 {
					t.Errorf("customer items left open: %+v, %v", items, err)
				}
				balances, _, err := d.TrialBalance(ctx, apptest.Call, 0)
				if err != nil {
					t.Fatal(err)
				}
				for _, b := range balances {
					if strings.HasSuffix(b.Account, "-11530") && b.Balance != "0.00" {
						t.Errorf("receivable %s is left with %s", b.Account, b.Balance)
					}
				}
				if again := d.MustSimulate(t, c.req); again.Run.Totals.Candidates != 0 {
					t.Errorf("running again finds %+v", again.Run.Totals)
				}
			})
		})
	}
}

func TestReversalRestores(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		before, err := d.OpenItems(ctx, apptest.Call, openitem.Customers, "", false)
		if err != nil {
			t.Fatal(err)
		}
		posted := d.MustPost(t, app.RunRequest{Selection: all, Date: runDate})
		_, err = d.Unsettle(ctx, apptest.Call, app.SettleRequest{Side: openitem.Customers, Party: "C-1001", Debit: posted.Reimbursements[0].Number, Credit: "CN-P", Date: runDate})
		if err == nil || !strings.Contains(err.Error(), "reimburse reverse "+posted.Reimbursements[0].Number) {
			t.Errorf("closed-transaction editing gives %v", err)
		}
		rev, err := d.ReverseRun(ctx, apptest.Call, posted.Run.ID, civil.MustParse("2026-12-01"), "paid by mistake", nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(rev.Reversed) != 4 {
			t.Errorf("reversed %+v", rev)
		}
		d.MustVerify(t)
		after, err := d.OpenItems(ctx, apptest.Call, openitem.Customers, "", false)
		if err != nil || fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("before\n%v\nafter\n%v\n%v", before, after, err)
		}
		again := d.MustPost(t, app.RunRequest{Selection: all, Date: civil.MustParse("2026-12-02")})
		if len(again.Reimbursements) != 4 {
			t.Errorf("reimbursed again: %+v", again.Run.Totals)
		}
		d.MustVerify(t)
	})
}
