package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/outbox"
	"quittance/internal/web/webtest"
)

// deliver makes an attempt at everything that waits, as a worker does, with the answer that a receiver gives.
func deliver(t *testing.T, d *apptest.Door, answer outbox.Result) {
	t.Helper()
	ctx, w := t.Context(), outbox.Worker{Name: "test", Timing: outbox.Timing{}.Filled(), Webhooks: true}
	companies, err := d.PrepareDeliveries(ctx, w)
	for _, c := range companies {
		lane, lerr := d.TakeLane(ctx, w, c)
		for more := lerr == nil && lane != ""; more; {
			if more, err = d.DeliverNext(ctx, w, c, lane, func(context.Context, *outbox.Attempt, []string, time.Time) outbox.Result { return answer }); err != nil {
				t.Fatal(err)
			}
		}
		if lerr != nil {
			t.Fatal(lerr)
		}
		if err := d.LeaveLane(ctx, w, c, lane); err != nil {
			t.Fatal(err)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The main path by mouse: a webhook with its secret, a test and its answer, a replay; a schedule; exports; mails.
func TestIntegrationsByMouse(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	d.Import(t, apptest.PublicSector())
	d.Reach(app.Outside{Drops: t.TempDir()})
	site := webtest.Serve(t, d, options())
	b := site.Browser(identity.Administrator)
	b.Open("/c/PSUS/integrations")
	b.See("Webhooks")
	b.Look("integrations")
	b.Click(`main table.data a[href$="/webhooks"]`)
	b.See("There is no webhook yet")
	b.Click(".actions a.primary")
	b.Fill("#f-url", "http://169.254.1.1/hook")
	b.Click(".form-buttons .primary")
	b.See("169.254.1.1")
	b.Look("webhook-refused")
	b.Fill("#f-url", "https://books.example.com/hook")
	b.Click(`input[name="kinds"][value="import.*"]`)
	b.Click(".form-buttons .primary")
	b.See("whsec_")
	b.Look("webhook-secret")
	b.Click("main a.primary")
	b.Look("webhook")
	b.Click(`.actions button[type=submit]`)
	b.See("A test message was made")
	b.Look("delivery-waits")
	deliver(t, d, outbox.Result{Delivered: true, Status: 204, Detail: "it said: thank you"})
	b.Until(`document.querySelector("main").textContent.includes("thank you")`) // by itself
	b.Look("delivery")
	b.Open("/c/PSUS/integrations/webhooks")
	b.Click(`main table.data tbody a`)
	b.Click(`.actions a[href$="/replay"]`)
	b.Fill("#f-from", "1")
	b.Click(".form-buttons .primary")
	b.See("Replay 1 event")
	b.Look("replay")
	b.Click(".confirm .primary")
	b.See("1 event will be delivered")
	b.Open("/c/PSUS/integrations/deliveries")
	b.See("import.done")
	b.Look("deliveries")
	b.Click(`main table.data tbody a`)
	b.Click(`.actions a[href$="/cancel"]`)
	b.See("no longer counted as given up")
	b.Look("delivery-put-aside")
	b.Fill("#f-reason", "the receiver knows of it")
	b.Click(".form-buttons .primary")
	b.See("It is put aside")
	b.See("the receiver knows of it")
	b.Look("delivery-aside")
	b.Open("/c/PSUS/integrations/events")
	b.Look("events")
	b.Click(`main table.data tbody a`)
	b.Look("event")
	exportsByMouse(t, d, b)
}

func exportsByMouse(t *testing.T, d *apptest.Door, b *webtest.Browser) {
	t.Helper()
	b.Open("/c/PSUS/integrations/exports")
	b.See("There is no other ledger yet")
	b.Click(".actions a.primary")
	b.Fill("#f-target", "GL")
	b.Fill("#f-layout", `{"base": "nothing"}`)
	b.Click(".form-buttons .primary")
	b.Look("target-refused")
	b.Fill("#f-layout", `{"base": "general"}`)
	b.Click(".form-buttons .primary")
	b.See("The ledger GL is saved")
	b.Click(".actions a.primary")
	b.Click(".form-buttons .primary")
	b.See("Hand over")
	b.Look("export-make")
	b.Click(".confirm .primary")
	b.See("The batch GL-000001")
	b.Look("exports")
	b.Click(`main table.data a[href$="/void"]`)
	b.Look("export-void")
	b.Fill("#f-reason", "cancelled there")
	b.Click(".form-buttons .danger")
	b.See("is void")

	b.Open("/c/PSUS/integrations/schedules")
	b.Click(`.actions a[href*="kind=export"]`)
	b.Fill("#f-schedule", "NIGHT")
	b.Fill("#f-cron", "61 2 * * *")
	b.Fill("#f-place", "folder:gl")
	b.Click(".form-buttons .primary")
	b.See("is no times of a schedule")
	b.Look("schedule-refused")
	b.Fill("#f-cron", "0 2 * * *")
	b.Click(".form-buttons .primary")
	b.See("The schedule NIGHT is saved")
	b.Click(`.actions form[action$="/run"] button`)
	b.See("It runs as soon as")
	if did, err := d.WorkSchedule(t.Context(), apptest.Call.Actor); err != nil || did != "PSUS NIGHT" {
		t.Fatalf("worked at %q, %v", did, err)
	}
	b.Open("/c/PSUS/integrations/schedules/NIGHT")
	b.See("Written: GL-000002")
	b.Look("schedule")
	reportByMouse(t, d, b)
	b.Open("/c/PSUS/integrations/schedules")
	b.See("vic, wanda")
	b.Look("schedules")
	b.Open("/c/PSUS/mail-choices")
	b.See("Mails")
	b.Look("mail-choices")
	d.MustVerify(t)
}

// reportByMouse mails a report at set times, from its page.
func reportByMouse(t *testing.T, d *apptest.Door, b *webtest.Browser) {
	t.Helper()
	b.Open("/c/PSUS/integrations/schedules")
	b.Click(`.actions a[href*="kind=report"]`)
	b.See("Which report is mailed?")
	b.Look("report-choose")
	b.Click(`main table.data a[href*="report=separation"]`)
	b.See("administrator (administrator@example.org)")
	for _, name := range []string{"vic", "wanda", "xena"} {
		if _, err := d.AddUser(t.Context(), apptest.Call, app.UserRequest{Name: name, Email: name + "@city.example", Grants: []identity.Grant{{Role: identity.Viewer}}}); err != nil {
			t.Fatal(err)
		}
	}
	b.Open("/c/PSUS/reports/credit-ageing")
	b.Click(`.actions a[href*="kind=report"]`)
	b.Fill("#f-schedule", "AGE")
	b.Fill("#f-customer", "NOBODY")
	b.Until(`(document.querySelector("#f-as_at").value = "last_month_end", true)`)
	b.Click(`input[name="recipients"][value="vic"]`)
	b.Click(`input[name="recipients"][value="wanda"]`)
	b.Click(".form-buttons .primary")
	b.See(`there is no customer "NOBODY"`)
	b.Look("report-refused")
	b.Fill("#f-customer", "")
	b.Click(".form-buttons .primary")
	b.See("The schedule AGE is saved")
	b.See("End of last month")
	b.Click(`.actions form[action$="/run"] button`)
	b.See("It runs as soon as")
	if _, err := d.SetRoles(t.Context(), apptest.Call, "wanda", nil); err != nil {
		t.Fatal(err)
	}
	if did, err := d.WorkSchedule(t.Context(), apptest.Call.Actor); err != nil || did != "PSUS AGE" {
		t.Fatalf("worked at %q, %v", did, err)
	}
	b.Open("/c/PSUS/integrations/schedules/AGE")
	b.See("Mailed to: vic")
	b.See("wanda: the user may not see it")
	b.Look("report-schedule")
	b.Click(`.actions a[href*="schedule=AGE"]`)
	b.See("wanda (wanda@city.example) – may not be mailed it")
	b.Look("report-change")
	b.Open("/c/PSUS/integrations/deliveries")
	b.Click(`main table.data tbody a`)
	b.See("PSUS-credit-ageing-2026-10-31.pdf")
	b.Look("report-delivery")
	b.Cookie("quittance-lang", "de")
	b.Open("/c/PSUS/integrations/schedule?kind=report&report=exceptions")
	b.See("Bericht regelmäßig verschicken: Ausnahmen")
	b.Look("report-form-de")
	b.Cookie("quittance-lang", "en")
}

// Whoever has no JavaScript chooses mails too, and nobody but an administrator those of others.
func TestMailChoicesPage(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	d.Import(t, apptest.PublicSector())
	if _, err := d.AddUser(t.Context(), apptest.Call, app.UserRequest{Name: "vic", Email: "vic@example.com", Grants: []identity.Grant{{Role: identity.Viewer}}}); err != nil {
		t.Fatal(err)
	}
	site := webtest.Serve(t, d, options())
	admin, viewer := site.SignedIn(identity.Administrator), site.SignedIn(identity.Viewer)
	if got := viewer.Get("/c/PSUS/mail-choices?user=vic"); got.Status != 403 {
		t.Errorf("a viewer sees the mails of another: %d", got.Status)
	}
	page := admin.Get("/c/PSUS/mail-choices?user=vic")
	form, ok := page.Form("/c/PSUS/mail-choices")
	if !ok || form.Get("user") != "vic" {
		t.Fatalf("the form is %v", form)
	}
	form.Set("kind", "payment.*")
	form.Set("how", "digest")
	if got := admin.Post("/c/PSUS/mail-choices", form); !strings.Contains(got.Notice(), "saved") || !strings.Contains(got.Text(), "Together, once a day") || !strings.Contains(got.Text(), "vic@example.com") {
		t.Errorf("after choosing: %s", got.Text())
	}
	language, _ := admin.Get("/c/PSUS/mail-choices?user=vic").Form("/c/PSUS/mail-choices/language")
	language.Set("language", "de")
	admin.Post("/c/PSUS/mail-choices/language", language)
	back, _ := admin.Get("/c/PSUS/mail-choices?user=vic").Form("/c/PSUS/mail-choices/remove")
	if got := admin.Post("/c/PSUS/mail-choices/remove", back); !strings.Contains(got.Text(), "No choice was made") {
		t.Errorf("after taking back: %s", got.Text())
	}
	call := apptest.Call
	m, err := d.MailChoices(t.Context(), call, "vic")
	if err != nil || m.Language != "de" || len(m.Subscriptions) != 0 {
		t.Errorf("kept %+v, %v", m, err)
	}
}
