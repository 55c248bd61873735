package app_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db"
	"quittance/internal/identity"
	"quittance/internal/job"
	"quittance/internal/outbox"
)

// logged gives what the log has: kinds and subjects of events, states of deliveries, and how many reports.
func logged(t *testing.T, d *apptest.Door) string {
	t.Helper()
	var all []string
	err := d.DB.Read(t.Context(), db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
		return tx.Each(ctx, `select 'event ' || subject from event where kind = 'payment.voided' union all select 'delivery ' || e.subject || ' ' || d.state from delivery d join event e on e.company = d.company and e.id = d.event where e.kind = 'payment.voided'
			union all select 'delivery ' || d.kind || ' ' || d.state from delivery d where d.event = '' union all select 'report ' || schedule from report_mail
			union all select 'attempts without delivery' from delivery_attempt a where not exists (select 1 from delivery d where d.company = a.company and d.id = a.delivery)`, nil, func(r *db.Rows) error {
			all = append(all, r.Text(0))
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// What is older than the company keeps, and needs nobody any more, is taken out of the log, and the trail says how much; what waits, what was given up,
// and what is younger stays, whole.
func TestTheLogOfDeliveriesIsCleaned(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		now := time.Now().UTC().Truncate(time.Microsecond) // as the ids of messages, which are made by the real clock
		d = d.At(t, now)
		d.Import(t, apptest.PublicSector())
		readers(t, d, map[string]identity.Role{"ann": identity.Viewer})
		var company int64
		if err := d.DB.Read(t.Context(), db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
			return tx.Row(ctx, "select id from company").Scan(&company)
		}); err != nil {
			t.Fatal(err)
		}
		if _, err := d.AddWebhook(t.Context(), apptest.Call, app.WebhookEntry{URL: "https://books.example.com/hook", Kinds: []string{"payment.*"}}); err != nil {
			t.Fatal(err)
		}
		tell := func(now time.Time, subjects ...string) {
			t.Helper()
			if err := d.DB.Unit(t.Context(), db.Scope{Company: company, Actor: "bob", Now: now}, func(_ context.Context, tx *db.Tx) error {
				for _, s := range subjects {
					if err := outbox.Add(tx, outbox.PaymentVoided, s, map[string]string{"reason": "lost"}, "ann"); err != nil {
						return err
					}
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		tell(now, "OLD-1", "OLD-2", "DEAD-1", "WAITS-1")
		x := &app.ScheduledReport{Report: "exceptions", Format: "csv", Recipients: []string{"ann"}}
		schedule(t, d, app.ScheduleEntry{Code: "R", Kind: job.Report, ScheduleSettings: app.ScheduleSettings{Report: x}})
		mailedBy(t, runNow(t, d, "R"))
		answers(t, d, func(a *outbox.Attempt) outbox.Result {
			subject := ""
			if len(a.Events) > 0 {
				subject = a.Events[0].Subject
			}
			switch {
			case a.Webhook != nil && subject == "DEAD-1":
				return outbox.Result{Final: true, Detail: "no"}
			case a.Webhook != nil && subject == "WAITS-1":
				return outbox.Result{Detail: "later"}
			}
			return outbox.Result{Delivered: true, Status: 250}
		})
		young := now.AddDate(0, 0, 100)
		tell(young, "YOUNG-1")
		at := func(days int) *apptest.Door {
			return d.At(t, now.AddDate(0, 0, days).Add(time.Hour))
		}
		before := logged(t, d)
		work := identity.Named("server:work", identity.Names([]identity.Role{identity.Administrator}))
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		must(at(364).Keep(t.Context(), work))
		must(d.SetParameter(t.Context(), apptest.Call, "keep_deliveries_days", "0"))
		must(at(3000).Keep(t.Context(), work))
		if got := logged(t, d); got != before {
			t.Errorf("cleaned too early: the log has %s; before %s", got, before)
		}
		must(d.SetParameter(t.Context(), apptest.Call, "keep_deliveries_days", ""))
		must(at(366).Keep(t.Context(), identity.Named("server:work", identity.Names([]identity.Role{identity.Clerk}))))
		if got := logged(t, d); got != before {
			t.Errorf("somebody who may not has cleaned: %s", got)
		}
		must(at(366).Keep(t.Context(), work))
		want := "delivery DEAD-1 dead, delivery DEAD-1 delivered, delivery WAITS-1 delivered, delivery WAITS-1 waiting, event DEAD-1, event WAITS-1, event YOUNG-1"
		if got := logged(t, d); got != want {
			t.Errorf("the log has\n%s\nwant\n%s\nbefore\n%s", got, want, before)
		}
		must(at(366).Keep(t.Context(), work)) // nothing is left to clean, and nothing is noted
		part, err := d.AuditPage(t.Context(), apptest.Call, app.AuditFilter{Command: "delivery.clean"}, app.Page{})
		if err != nil || len(part.Items) != 1 || part.Items[0].Actor != "server:work" || !strings.Contains(fmt.Sprint(string(part.Items[0].Detail)), `"reports":1`) {
			t.Errorf("the trail has %+v, %v", part.Items, err)
		}
		d.MustVerify(t)
	})
}

// answers attempts all that is due, as a worker does.
func answers(t *testing.T, d *apptest.Door, answer func(a *outbox.Attempt) outbox.Result) {
	t.Helper()
	w := outbox.Worker{Name: "test", Mail: true, Webhooks: true, Timing: outbox.Timing{}.Filled()}
	companies, err := d.PrepareDeliveries(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	for _, company := range companies {
		for {
			lane, err := d.TakeLane(t.Context(), w, company)
			if err != nil {
				t.Fatal(err)
			}
			if lane == "" {
				break
			}
			for more := true; more && err == nil; {
				more, err = d.DeliverNext(t.Context(), w, company, lane, func(_ context.Context, a *outbox.Attempt, _ []string, _ time.Time) outbox.Result { return answer(a) })
			}
			if err == nil {
				err = d.LeaveLane(t.Context(), w, company, lane)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}
