package app_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/identity"
	"quittance/internal/request"
	"quittance/internal/unclaimed"
)

// Each clock of a request is told of once when it comes due within the notice and once when it has passed, by whichever of several processes comes first;
// what is paid or ended is told of no more.
func TestDeadlinesAreToldOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d, "request_service_days,10")
		code := ask(t, d, preparer, partOfUtilities(), true).Request // on the 21st of November: by service due on the 1st of December
		ended := ask(t, d, preparer, app.RequestEntry{Customer: "C-1001", Kind: request.Overpayment, Credits: []app.RequestCredit{{Credit: "CN-U", Amount: "1.00"}}, Reason: "billed twice"}, true).Request
		work := identity.Named("server:work", identity.Names([]identity.Role{identity.Administrator}))
		told := func() string {
			t.Helper()
			part, err := d.Events(t.Context(), apptest.Call, app.EventQuery{Kinds: []string{"deadline.*"}}, app.Page{})
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, e := range part.Items {
				all = append(all, fmt.Sprint(e.Subject, " ", strings.TrimPrefix(string(e.Kind), "deadline."), " ", e.Data["clock"], " ", e.Data["due"], " ", e.Data["days"]))
			}
			return strings.Join(all, "; ")
		}
		on := func(day, want string) {
			t.Helper()
			var all sync.WaitGroup
			for range 3 {
				at := later(t, d, day)
				all.Go(func() {
					if err := at.Keep(t.Context(), work); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			if got := told(); got != want {
				t.Errorf("on %s told is\n%s\nwant\n%s", day, got, want)
			}
		}
		on("2026-11-25", "")
		if _, err := d.WithdrawRequest(t.Context(), preparer, ended, "no longer"); err != nil {
			t.Fatal(err)
		}
		near := code + " near service_by 2026-12-01 5"
		on("2026-11-26", near)
		on("2026-11-27", near)
		on("2026-12-01", near)
		passed := near + "; " + code + " passed service_by 2026-12-01 1"
		on("2026-12-02", passed)
		on("2026-12-20", passed)
		if err := d.SetParameter(t.Context(), apptest.Call, "request_service_days", "45"); err != nil { // another day is another deadline
			t.Fatal(err)
		}
		other := passed + "; " + code + " near service_by 2027-01-05 5"
		on("2026-12-31", other)
		if _, err := d.CancelRequest(t.Context(), preparer, code, "enough"); err != nil {
			t.Fatal(err)
		}
		on("2027-02-01", other)
		part, err := d.AuditPage(t.Context(), apptest.Call, app.AuditFilter{Command: "deadline.tell"}, app.Page{})
		if err != nil {
			t.Fatal(err)
		}
		sum := 0
		for _, r := range part.Items {
			if strings.Contains(string(r.Detail), `"told":1`) {
				sum++
			}
		}
		if sum != 3 {
			t.Errorf("the trail tells of %d: %+v", sum, part.Items)
		}
		d.MustVerify(t)
	})
}

// The clock of the law is told of besides, by the jurisdiction of the customer; without notice nothing is told before it has passed.
func TestDeadlinesByLaw(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		openRequests(t, d, "request_service_days,10", "deadline_notice_days,0")
		if err := d.SaveCreditClock(t.Context(), apptest.Call, app.CreditClock{Jurisdiction: "US-WI", From: day("2020-01-01"), RefundDays: 30, InterestFrom: unclaimed.FromRequest, YearDays: 365, Note: "test"}); err != nil {
			t.Fatal(err)
		}
		e := partOfUtilities()
		e.Asked = day("2026-11-20")
		code := ask(t, d, preparer, e, true).Request
		for _, x := range []struct {
			day  string
			want int
		}{{"2026-11-30", 0}, {"2026-12-01", 0}, {"2026-12-02", 1}, {"2026-12-20", 0}, {"2026-12-21", 1}, {"2026-12-22", 0}} {
			if n, err := later(t, d, x.day).TellDeadlines(t.Context(), apptest.Call); err != nil || n != x.want {
				t.Errorf("on %s %d are told of, %v; want %d", x.day, n, err, x.want)
			}
		}
		part, err := d.Events(t.Context(), apptest.Call, app.EventQuery{Kinds: []string{"deadline.passed"}, Subject: code}, app.Page{})
		if err != nil || len(part.Items) != 2 || part.Items[0].Data["clock"] != "service_by" || part.Items[1].Data["clock"] != "refund_by" || part.Items[1].Data["due"] != "2026-12-20" {
			t.Errorf("told is %+v, %v", part.Items, err)
		}
	})
}
