package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/report"
)

// ended writes a posted resolution of a deduction past the door.
func ended(ctx context.Context, tx *db.Tx, number, kind, date string, amount int, automatic bool) error {
	id, err := tx.NewID(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `insert into resolution (company, id, deduction, batch, date, kind, amount, accounting, account, reason, text, state, automatic, request, actor, at, decided_by)
		select company, $1, id, $1, $2, $3, $4, $4, '', '', '', 'posted', $5, '', 'test', 1, '' from deduction where company = $6 and number = $7`, id, date, kind, amount, automatic, tx.Company, number)
	return err
}

// aDesk is a desk whose figures can be added up by hand: today is 2026-11-21.
func aDesk(t *testing.T, d *apptest.Door) {
	t.Helper()
	d.Import(t, aChain().Append("vouchers",
		"IN-1,2026-11-03,invoice,C-2001,,,2026-12-03,USD,101-11530,4000.00,,Goods",
		"IN-1,2026-11-03,invoice,C-2001,,,2026-12-03,USD,101-44200--,,4000.00,Goods",
		"IN-2,2026-10-03,invoice,C-3000,,,2026-11-03,USD,101-11530,1000.00,,Goods",
		"IN-2,2026-10-03,invoice,C-3000,,,2026-11-03,USD,101-44200--,,1000.00,Goods",
	))
	keepBack(t, d,
		aDeduction{number: "D-1", customer: "C-2001", reason: "DMG", owner: "ann", amount: 100_00, captured: "2026-11-11"},                   // open 100
		aDeduction{number: "D-2", customer: "C-2001", reason: "DMG", owner: "ann", amount: 200_00, resolved: 50_00, captured: "2026-10-01"},  // open 150
		aDeduction{number: "D-3", customer: "C-3000", reason: "PRC", owner: "bob", amount: 300_00, resolved: 300_00, captured: "2026-11-01"}, // closed
		aDeduction{number: "D-4", customer: "C-3000", reason: "PRC", owner: "bob", amount: 50_00, resolved: 50_00, captured: "2026-11-05"},   // closed by itself
		aDeduction{number: "D-5", customer: "C-3000", reason: "", owner: "", amount: 250_00, captured: "2026-05-01"},                         // open 250
	)
	inCompany(t, d, func(ctx context.Context, tx *db.Tx) error {
		for _, x := range []struct {
			number, kind, date string
			amount             int
			automatic          bool
		}{{"D-2", "write_off", "2026-10-20", 50_00, false}, {"D-3", "return", "2026-11-04", 100_00, false}, {"D-3", "match", "2026-11-06", 200_00, true}, {"D-4", "write_off", "2026-11-05", 50_00, true}} {
			if err := ended(ctx, tx, x.number, x.kind, x.date, x.amount, x.automatic); err != nil {
				return err
			}
		}
		for _, q := range []string{
			"update deduction set closed_at = 1794052800000000 where number = 'D-3'", // 2026-11-07
			"update deduction set closed_at = 1793880000000000 where number = 'D-4'", // 2026-11-05
			"update deduction set dispute = 'partly_paid_back', disputed_at = '2026-11-03', paid_back = 4000 where number = 'D-3'",
			"update deduction set dispute = 'denied', disputed_at = '2026-11-12', expires = '2026-11-30' where number = 'D-1'",
			"update deduction set dispute = 'filed', disputed_at = '2026-11-12', expires = '2026-11-25' where number = 'D-2'",
			"update deduction set expires = '2026-08-01' where number = 'D-5'",
		} {
			if _, err := tx.Exec(ctx, q); err != nil {
				return err
			}
		}
		_, err := tx.Exec(ctx, "update deduction set ready = $1 where number = 'D-1'", true)
		return err
	})
}

func tellFigures(d *report.Deductions) string {
	var b strings.Builder
	for _, f := range d.Figures {
		fmt.Fprintf(&b, "%s = %s %s (%s / %s)\n", strings.TrimPrefix(f.Definition, "figure."), f.Value, f.Unit, f.Numerator, f.Denominator)
	}
	for _, x := range d.Breakdowns {
		fmt.Fprintf(&b, "by %s:", x.Breakdown)
		for _, r := range x.Rows {
			if r.Count > 0 || r.Resolved != "" {
				fmt.Fprintf(&b, " [%s]", strings.Join(strings.Fields(fmt.Sprintf("%s %s %d %s %s%% %s %s %s", r.Code, r.Reason, r.Count, r.Amount, r.Share, r.Cumulative, r.Resolved, r.Open)), " "))
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}

const wantFigures = `open = 500.00 amount (500.00 / )
open_count = 3 count (3 / )
taken = 650.00 amount (650.00 / )
resolved = 400.00 amount (400.00 / )
deduction_rate.sales = 13.0 percent (650.00 / 5000.00)
days_outstanding.taken = 40.0 days (500.00 / 650.00)
valid_share = 50.0 percent (200.00 / 400.00)
invalid_share = 25.0 percent (100.00 / 400.00)
written_off_share = 25.0 percent (100.00 / 400.00)
win_rate.resolved = 25.0 percent (100.00 / 400.00)
recovery_rate = 6.7 percent (40.00 / 600.00)
approved_unpaid = 60.00 amount (60.00 / )
cycle_time = 3.0 days (2 / )
automatic_clear_rate = 50.0 percent (1 / 2)
expiry_exposure = 20.0 percent (100.00 / 500.00)
evidence_coverage = 33.3 percent (1 / 3)
by age: [0-30 1 100.00 20.0%] [31-60 1 150.00 30.0%] [181+ 1 250.00 50.0%]
by expiry: [expired 1 250.00 50.0%] [8-14 1 100.00 20.0%] [disputed 1 150.00 30.0%]
by reason: [1 250.00 50.0%] [DMG 2 250.00 50.0%]
by customer: [C-2001 2 250.00 50.0%] [C-3000 1 250.00 50.0%]
by owner: [1 250.00 50.0%] [ann 2 250.00 50.0%]
by causes: [PRC 2 350.00 53.8% 53.8] [DMG 2 300.00 46.2% 100.0]
by repeats: [C-3000 PRC 2 350.00 53.8%] [C-2001 DMG 2 300.00 46.2%]
by months: [2026-10 1 200.00 30.8% 50.00 400.00] [2026-11 3 450.00 69.2% 350.00 500.00]
`

func TestDeductionFigures(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		ctx := context.Background()
		aDesk(t, d)
		period := report.Filter{From: civil.Of(2026, 10, 1), To: civil.Of(2026, 11, 21)}
		all, err := d.DeductionFigures(ctx, apptest.Call, period)
		if err != nil {
			t.Fatal(err)
		}
		if got := tellFigures(all); got != wantFigures {
			t.Errorf("got\n%s\nwant\n%s", got, wantFigures)
		}
		if all.Filter.Currency != "USD" || len(all.Currencies) != 1 {
			t.Errorf("%+v", all.Filter)
		}
		figure := func(f report.Filter, name string) string {
			t.Helper()
			got, err := d.DeductionFigures(ctx, apptest.Call, f)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range got.Figures {
				if x.Figure == name {
					return fmt.Sprintf("%s %s (%s / %s)", x.Definition, x.Value, x.Numerator, x.Denominator)
				}
			}
			return "none"
		}
		for _, c := range []struct {
			name   string
			change func(f *report.Filter)
			figure string
			want   string
		}{
			{"days of sales", func(f *report.Filter) { f.DaysOutstanding = "sales" }, "days_outstanding", "figure.days_outstanding.sales 5.2 (500.00 / 5000.00)"},
			{"average age", func(f *report.Filter) { f.DaysOutstanding = "average_age" }, "days_outstanding", "figure.days_outstanding.average_age 119.3 (59650.00 / 500.00)"},
			{"disputes won", func(f *report.Filter) { f.WinRate = "disputes" }, "win_rate", "figure.win_rate.disputes 50.0 (1 / 2)"},
			{"amounts won", func(f *report.Filter) { f.WinRate = "disputed_amount" }, "win_rate", "figure.win_rate.disputed_amount 75.0 (300.00 / 400.00)"},
			{"of payments", func(f *report.Filter) { f.Rate = "payments" }, "deduction_rate", "figure.deduction_rate.payments 520.0 (650.00 / 125.00)"},
			{"of a customer", func(f *report.Filter) { f.Customer = "C-3000" }, "deduction_rate", "figure.deduction_rate.sales 35.0 (350.00 / 1000.00)"},
			{"of a family", func(f *report.Filter) { f.Customer, f.Family = "C-2000", true }, "open", "figure.open 250.00 (250.00 / )"},
			{"of the head alone", func(f *report.Filter) { f.Customer = "C-2000" }, "open", "figure.open 0.00 (0.00 / )"},
			{"of a reason", func(f *report.Filter) { f.Reason = "DMG" }, "taken", "figure.taken 300.00 (300.00 / )"},
			{"of an owner", func(f *report.Filter) { f.Owner = "bob" }, "resolved", "figure.resolved 350.00 (350.00 / )"},
			{"of a type that is none", func(f *report.Filter) { f.Type = "X" }, "win_rate", "figure.win_rate.resolved  (0.00 / 0.00)"},
			{"in another currency", func(f *report.Filter) { f.Currency = "EUR" }, "open_count", "figure.open_count 0 (0 / )"},
			{"in November", func(f *report.Filter) { f.From = civil.Of(2026, 11, 1) }, "valid_share", "figure.valid_share 57.1 (200.00 / 350.00)"},
		} {
			t.Run(c.name, func(t *testing.T) {
				f := period
				c.change(&f)
				if got := figure(f, c.figure); got != c.want {
					t.Errorf("got %s, want %s", got, c.want)
				}
			})
		}
	})
}

func TestDeductionFiguresRefuse(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, aChain())
		for _, c := range []struct {
			filter report.Filter
			code   fault.Code
		}{
			{report.Filter{From: civil.Of(2026, 12, 1)}, fault.Invalid},
			{report.Filter{From: civil.Of(1990, 1, 1)}, fault.Invalid},
			{report.Filter{Currency: "XXQ"}, fault.Invalid},
			{report.Filter{WinRate: "luck"}, fault.Invalid},
			{report.Filter{DaysOutstanding: "luck"}, fault.Invalid},
			{report.Filter{Rate: "luck"}, fault.Invalid},
			{report.Filter{Customer: "C-9"}, fault.NotFound},
		} {
			if _, err := d.DeductionFigures(context.Background(), apptest.Call, c.filter); fault.CodeOf(err) != c.code {
				t.Errorf("%+v: %v", c.filter, err)
			}
		}
		empty, err := d.DeductionFigures(context.Background(), apptest.Call, report.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range empty.Figures {
			if f.Unit == "percent" && f.Value != "" && f.Denominator == "0.00" {
				t.Errorf("nothing is divided by nothing: %+v", f)
			}
		}
		columns := report.Columns()
		for _, r := range empty.Rows() {
			if len(r) != len(columns) {
				t.Errorf("a row of %d cells for %d columns: %v", len(r), len(columns), r)
			}
		}
	})
}
