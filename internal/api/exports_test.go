package api_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/job"
)

// Posted vouchers go to another ledger over HTTP: looked at, handed over once, opened, voided and handed over again; at set times too.
func TestExports(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.Import(t, apptest.PublicSector())
		admin, viewer := s.token(t, "adm", "administrator"), s.token(t, "vic", "viewer")
		target := psus + "/export-targets/GEN"
		s.must(t, admin, "PUT", target, `{"layout":{"base":"nothing"}}`, http.StatusUnprocessableEntity)
		s.must(t, admin, "PUT", target, `{"layout":{"base":"general"},"from":"2026-02-31"}`, http.StatusUnprocessableEntity)
		s.must(t, admin, "PUT", target, `{"layout":{"base":"general"}}`, http.StatusNoContent)
		var seen, b app.ExportBatch
		s.must(t, admin, "POST", target+"/preview", `{}`, http.StatusOK).into(t, &seen)
		s.must(t, admin, "POST", target+"/preview", `{"to":"2000-01-01"}`, http.StatusConflict)
		for range 2 { // the second time by its key
			a := s.must(t, admin, "POST", target+"/batches", `{}`, http.StatusCreated, "Idempotency-Key", "e1")
			if a.into(t, &b); a.header.Get("Location") != target+"/batches/1" || b.Batch != "GEN-000001" {
				t.Errorf("made %+v at %s", b, a.header.Get("Location"))
			}
		}
		if seen.Vouchers == 0 || seen.Vouchers != b.Vouchers || seen.Lines != b.Lines || seen.Totals["USD"] == "" || seen.Totals["USD"] != b.Totals["USD"] || seen.SHA256 != b.SHA256 || seen.Number != 1 {
			t.Errorf("the preview was %+v, and the batch is %+v", seen, b)
		}
		s.must(t, viewer, "GET", target+"/batches/1/file", nil, http.StatusForbidden)
		file := s.must(t, admin, "GET", target+"/batches/1/file", nil, http.StatusOK)
		if sum := sha256.Sum256(file.body); hex.EncodeToString(sum[:]) != b.SHA256 || !bytes.Contains(file.body, []byte("GEN-000001")) {
			t.Errorf("the file is\n%s", file.body)
		}
		if again := s.must(t, admin, "POST", target+"/batches", `{}`, http.StatusConflict).problem(t); again.Rule != "nothing_to_export" {
			t.Errorf("making none gives %+v", again)
		}
		s.must(t, admin, "DELETE", target, nil, http.StatusConflict)
		s.must(t, admin, "POST", target+"/batches/1/void", `{"reason":""}`, http.StatusUnprocessableEntity)
		s.must(t, admin, "POST", target+"/batches/1/void", `{"reason":"cancelled there"}`, http.StatusOK)
		s.must(t, admin, "POST", target+"/batches", `{}`, http.StatusCreated).into(t, &b)
		var all app.Part[app.ExportBatch]
		s.must(t, viewer, "GET", target+"/batches", nil, http.StatusOK).into(t, &all)
		if len(all.Items) != 2 || all.Items[0].Number != 2 || all.Items[1].VoidReason != "cancelled there" || b.Vouchers != seen.Vouchers {
			t.Errorf("the batches are %+v", all.Items)
		}
		s.schedules(t, admin, viewer)
	})
}

func (s *server) schedules(t *testing.T, admin, viewer string) {
	t.Helper()
	s.Reach(app.Outside{Drops: t.TempDir()})
	one := psus + "/schedules/GL"
	const body = `{"kind":"export","cron":"0 2 * * *","zone":"Europe/Berlin","place":"folder:gl","target":"GEN"}`
	s.must(t, viewer, "PUT", one, body, http.StatusForbidden)
	s.must(t, admin, "PUT", one, `{"kind":"export","cron":"61 2 * * *","place":"folder:gl","target":"GEN"}`, http.StatusUnprocessableEntity)
	var x app.Schedule
	s.must(t, admin, "PUT", one, body, http.StatusOK).into(t, &x)
	if x.NextAt == "" || x.Owner != "adm" || x.Target != "GEN" {
		t.Errorf("saved %+v", x)
	}
	s.must(t, admin, "POST", one+"/pause", nil, http.StatusNoContent)
	s.must(t, admin, "POST", one+"/run", nil, http.StatusNoContent)
	if s.must(t, admin, "GET", one, nil, http.StatusOK).into(t, &x); !x.Paused || x.NextAt != "" || x.AskedBy != "adm" {
		t.Errorf("paused and asked for it is %+v", x)
	}
	if did, err := s.WorkSchedule(t.Context(), apptest.Call.Actor); err != nil || did != "PSUS GL" {
		t.Fatalf("worked at %q, %v", did, err)
	}
	var runs app.Part[app.ScheduleRun]
	s.must(t, admin, "GET", one+"/runs", nil, http.StatusOK).into(t, &runs)
	if len(runs.Items) != 1 || runs.Items[0].State != "done" || runs.Items[0].AskedBy != "adm" {
		t.Errorf("the runs are %+v", runs.Items)
	}
	s.must(t, admin, "POST", one+"/resume", nil, http.StatusNoContent)
	s.must(t, admin, "DELETE", one, nil, http.StatusNoContent)
	s.must(t, admin, "GET", one, nil, http.StatusNotFound)
	if s.must(t, admin, "GET", one+"/runs", nil, http.StatusOK).into(t, &runs); len(runs.Items) != 1 {
		t.Error("the runs went with the schedule")
	}
}

// A schedule mails a report to who may see it, and to nobody else.
func TestReportSchedules(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.Import(t, apptest.PublicSector())
		admin, viewer := s.token(t, "adm", "administrator"), s.token(t, "vic", "viewer")
		for _, name := range []string{"adm", "vic"} {
			if _, err := s.SetEmail(t.Context(), apptest.Call, name, name+"@city.example"); err != nil {
				t.Fatal(err)
			}
		}
		one := psus + "/schedules/SOD"
		body := func(report, recipients string) string {
			return `{"kind":"report","cron":"0 6 1 * *","zone":"America/Chicago","report":{"report":"` + report + `","period":"last_month","format":"csv","recipients":[` + recipients + `]}}`
		}
		s.must(t, viewer, "PUT", one, body("separation", `"adm"`), http.StatusForbidden)
		if p := s.must(t, admin, "PUT", one, body("separation", `"vic"`), http.StatusUnprocessableEntity).problem(t); p.Rule != "recipients" {
			t.Errorf("a viewer would be mailed the report: %+v", p)
		}
		s.must(t, admin, "PUT", one, body("unreconciled", `"adm"`), http.StatusUnprocessableEntity) // it takes no period
		s.must(t, admin, "PUT", one, `{"kind":"report","cron":"0 6 1 * *"}`, http.StatusUnprocessableEntity)
		var x app.Schedule
		s.must(t, admin, "PUT", one, body("separation", `"adm"`), http.StatusOK).into(t, &x)
		if x.Report == nil || x.Report.Period != "last_month" || x.Report.SkipEmpty || len(x.Report.Recipients) != 1 || x.Place != "" {
			t.Errorf("saved %+v", x)
		}
		s.must(t, admin, "POST", one+"/run", nil, http.StatusNoContent)
		if did, err := s.WorkSchedule(t.Context(), apptest.Call.Actor); err != nil || did != "PSUS SOD" {
			t.Fatalf("worked at %q, %v", did, err)
		}
		var all app.Part[app.DeliveryView]
		s.must(t, admin, "GET", psus+"/deliveries?user=adm", nil, http.StatusOK).into(t, &all)
		if len(all.Items) != 1 || all.Items[0].Kind != "report" {
			t.Fatalf("the deliveries are %+v", all.Items)
		}
		var mail app.DeliveryView
		s.must(t, admin, "GET", psus+"/deliveries/"+all.Items[0].ID, nil, http.StatusOK).into(t, &mail)
		if mail.Schedule != "SOD" || mail.File != "PSUS-separation-documents-2026-10-01-2026-10-31.csv" {
			t.Errorf("the mail is %+v", mail)
		}
	})
}

// Which mails somebody gets is one's own to say, or an administrator's; of webhooks, a replay is looked at first.
func TestMailChoices(t *testing.T) {
	each(t, func(t *testing.T, s *server) {
		s.Import(t, apptest.PublicSector())
		admin := s.token(t, "adm", "administrator")
		s.must(t, admin, "POST", "/api/v1/users", `{"name":"vic","email":"vic@example.com","roles":[{"company":"","role":"viewer"}]}`, http.StatusCreated)
		made, err := s.CreateToken(t.Context(), apptest.Call, app.TokenRequest{User: "vic", Name: "t", Days: 1})
		if err != nil {
			t.Fatal(err)
		}
		viewer := made.Text
		own := psus + "/mail-choices/vic"
		s.must(t, viewer, "PUT", own+"/kinds/payment.*", `{"how":"digest","everyone":true}`, http.StatusOK)
		s.must(t, viewer, "PUT", own+"/language", `{"language":"de"}`, http.StatusNoContent)
		s.must(t, viewer, "PUT", own+"/language", `{"language":"xx"}`, http.StatusUnprocessableEntity)
		s.must(t, viewer, "PUT", own+"/kinds/nothing", `{"how":"off"}`, http.StatusUnprocessableEntity)
		s.must(t, viewer, "GET", psus+"/mail-choices/adm", nil, http.StatusForbidden)
		s.must(t, admin, "PUT", own+"/kinds/run.posted", `{"how":"off"}`, http.StatusOK)
		var m app.MailChoice
		s.must(t, admin, "GET", own, nil, http.StatusOK).into(t, &m)
		if m.Language != "de" || len(m.Subscriptions) != 2 || m.Subscriptions[0].Kind != "payment.*" || m.Subscriptions[0].How != "digest" {
			t.Errorf("the choices are %+v", m)
		}
		s.must(t, viewer, "DELETE", own+"/kinds/run.posted", nil, http.StatusNoContent)
		if s.must(t, viewer, "GET", own, nil, http.StatusOK).into(t, &m); len(m.Subscriptions) != 1 {
			t.Errorf("the choices are %+v", m)
		}

		var w app.WebhookView
		s.must(t, admin, "POST", psus+"/webhooks", `{"url":"https://books.example.com/hook"}`, http.StatusCreated).into(t, &w)
		var would, did app.ReplayedView
		hook := psus + "/webhooks/" + strconv.FormatInt(w.ID, 10)
		s.must(t, admin, "POST", hook+"/replay/preview", `{"from":1}`, http.StatusOK).into(t, &would)
		s.must(t, admin, "POST", hook+"/replay", `{"from":1}`, http.StatusOK).into(t, &did)
		if would.New == 0 || would != did {
			t.Errorf("it would make %+v, and made %+v", would, did)
		}
	})
}

// handedOver makes three batches for another ledger, two of them void, and schedules and webhooks.
func handedOver(t *testing.T, s *server, call app.Call) {
	t.Helper()
	ctx := t.Context()
	err := s.SaveExportTarget(ctx, call, app.ExportTarget{Target: "GEN", Layout: []byte(`{"base":"general"}`)})
	for n := int64(1); n <= 3 && err == nil; n++ {
		if _, err = s.MakeExport(ctx, call, "GEN", 0, 0); err == nil && n < 3 {
			_, err = s.VoidExport(ctx, call, "GEN", n, "again")
		}
		if err == nil {
			_, err = s.SaveSchedule(ctx, call, app.ScheduleEntry{Code: fmt.Sprintf("S%d", n), Kind: job.Import, Cron: "0 6 * * *", ScheduleSettings: app.ScheduleSettings{Place: "folder:x"}})
		}
		if err == nil {
			_, err = s.AddWebhook(ctx, call, app.WebhookEntry{URL: "https://books.example.com/hook"})
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}
