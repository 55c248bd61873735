package app_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/fault"
	"quittance/internal/identity"
	"quittance/internal/job"
	"quittance/internal/ledger"
	"quittance/internal/outbox"
	"quittance/internal/report"
	languages "quittance/internal/text"
)

// readers makes users with a mail address and a role each.
func readers(t *testing.T, d *apptest.Door, roles map[string]identity.Role) {
	t.Helper()
	for _, name := range slices.Sorted(maps.Keys(roles)) {
		if _, err := d.AddUser(t.Context(), apptest.Call, app.UserRequest{Name: name, Email: name + "@city.example", Grants: []identity.Grant{{Role: roles[name]}}}); err != nil {
			t.Fatal(err)
		}
	}
}

// sent delivers what waits for being mailed, and gives it by reader.
func sent(t *testing.T, d *apptest.Door) map[string][]*outbox.Mail {
	t.Helper()
	all := map[string][]*outbox.Mail{}
	w := outbox.Worker{Name: "test", Mail: true, Timing: outbox.Timing{}.Filled()}
	companies, err := d.PrepareDeliveries(t.Context(), w)
	if err != nil {
		t.Fatal(err)
	}
	for _, company := range companies {
		lane, err := d.TakeLane(t.Context(), w, company)
		for more := lane != ""; more && err == nil; {
			more, err = d.DeliverNext(t.Context(), w, company, lane, func(_ context.Context, a *outbox.Attempt, _ []string, _ time.Time) outbox.Result {
				m, err := outbox.Compose(a, "https://books.example")
				if err != nil {
					return outbox.Result{Final: true, Detail: err.Error()}
				}
				all[a.User] = append(all[a.User], m)
				return outbox.Result{Delivered: true, Status: 250}
			})
		}
		if err == nil {
			err = d.LeaveLane(t.Context(), w, company, lane)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// harm changes rows as only a test, or a process that dies, can.
func harm(t *testing.T, d *apptest.Door, sql string, args ...any) {
	t.Helper()
	if err := d.DB.Unit(t.Context(), db.Scope{Actor: "test", Now: time.Now()}, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func mailedBy(t *testing.T, r *app.ScheduleRun) app.MailedReport {
	t.Helper()
	var m app.MailedReport
	if r.State != job.Done {
		t.Fatalf("the run is %+v", r)
	}
	if err := json.Unmarshal(r.Result, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// A report goes to its readers as a file, in the language of each, with what it was asked for; to nobody who may not see it.
func TestReportsAreMailed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		readers(t, d, map[string]identity.Role{"ann": identity.Viewer, "bob": identity.Auditor, "cora": identity.Viewer})
		if err := d.SetMailLanguage(t.Context(), apptest.Call, "bob", "de"); err != nil {
			t.Fatal(err)
		}
		e := app.ScheduleEntry{Code: "AGE", Kind: job.Report, Zone: "America/Chicago", ScheduleSettings: app.ScheduleSettings{
			Report: &app.ScheduledReport{Report: "credit-ageing", AsAt: "last_month_end", Format: "csv", Recipients: []string{"ann", "bob", "cora"}},
		}}
		schedule(t, d, e)
		if v, err := d.Schedule(t.Context(), apptest.Call, "AGE"); err != nil || v.Report == nil || v.Report.AsAt != "last_month_end" || v.Place != "" {
			t.Errorf("the schedule is %+v, %v", v, err)
		}
		if _, err := d.SetDisabled(t.Context(), apptest.Call, "cora", true); err != nil {
			t.Fatal(err)
		}
		then := later(t, d, "2026-12-02")
		m := mailedBy(t, runNow(t, then, "AGE"))
		if got := fmt.Sprint(m.Mailed, m.LeftOut); got != "[bob ann] [cora: the user is shut out]" || m.Rows == 0 || m.TooLarge {
			t.Errorf("it did %+v", m)
		}
		x, err := then.Report(t.Context(), apptest.Call, "credit-ageing", report.Params{AsAt: civil.MustParse("2026-11-30")})
		if err != nil {
			t.Fatal(err)
		}
		defer x.Close()
		var want strings.Builder
		if err := x.Write(&want, "csv", languages.English); err != nil {
			t.Fatal(err)
		}
		mails := sent(t, then)
		for name, says := range map[string]string{"ann": "Nov 30, 2026", "bob": "30.11.2026"} {
			if len(mails[name]) != 1 {
				t.Fatalf("%s got %d mails", name, len(mails[name]))
			}
			got := mails[name][0]
			if got.File == nil || got.File.Name != "PSUS-credit-ageing-2026-11-30.csv" || string(got.File.Content) != want.String() {
				t.Errorf("%s got the file %+v", name, got.File)
			}
			for _, part := range []string{says, "https://books.example/c/PSUS/reports/credit-ageing?as_at=2026-11-30", "PSUS-credit-ageing-2026-11-30.csv"} {
				if !strings.Contains(got.Text, part) {
					t.Errorf("the mail of %s says no %q:\n%s", name, part, got.Text)
				}
			}
			if !got.At.Equal(civil.MustParse("2026-12-02").Time().Add(12*time.Hour)) || got.ID == "" || !strings.Contains(got.Subject, x.Title(map[string]*languages.Language{"ann": languages.English, "bob": languages.German}[name])) {
				t.Errorf("the mail of %s is %+v", name, got)
			}
		}
		if again := sent(t, then); len(again) != 0 {
			t.Errorf("it was sent twice: %v", again)
		}
		part, err := d.AuditPage(t.Context(), apptest.Call, app.AuditFilter{Command: "report.mail"}, app.Page{})
		if err != nil || len(part.Items) != 1 || part.Items[0].Subject != "schedule AGE" || part.Items[0].Actor != apptest.Clerk.Name {
			t.Errorf("the trail has %+v, %v", part.Items, err)
		}
		d.MustVerify(t)
	})
}

// All reports there are can be mailed in each format, with the days that they take.
func TestEachReportCanBeMailed(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		readers(t, d, map[string]identity.Role{"bob": identity.Auditor})
		for _, def := range report.Definitions() {
			for _, format := range report.Formats() {
				x := &app.ScheduledReport{Report: def.Name, Format: format, Recipients: []string{"bob"}}
				if slices.Contains(def.Takes, "from") {
					x.Period = "last_quarter"
				}
				if slices.Contains(def.Takes, "as_at") {
					x.AsAt = "yesterday"
				}
				schedule(t, d, app.ScheduleEntry{Code: "R", Kind: job.Report, ScheduleSettings: app.ScheduleSettings{Report: x}})
				m := mailedBy(t, runNow(t, d, "R"))
				mails := sent(t, d)["bob"]
				if len(m.Mailed) != 1 || len(mails) != 1 || mails[0].File == nil || mails[0].File.Name != m.File || !strings.HasSuffix(m.File, "."+format) || int64(len(mails[0].File.Content)) != m.Size {
					t.Errorf("%s as %s: it did %+v, and there are %d mails", def.Name, format, m, len(mails))
				}
				if begin := map[string]string{"pdf": "%PDF-", "xlsx": "PK", "csv": ""}[format]; len(mails) == 1 && !strings.HasPrefix(string(mails[0].File.Content), begin) {
					t.Errorf("%s as %s begins with %q", def.Name, format, mails[0].File.Content[:5])
				}
			}
		}
	})
}

// What a reader may not see does not reach that reader, whenever the right went: before the schedule was saved, before it ran, and before the mail went out.
func TestReportsReachNobodyWhoMayNotSeeThem(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		readers(t, d, map[string]identity.Role{"ann": identity.Viewer, "bob": identity.Auditor, "cora": identity.Auditor})
		e := app.ScheduleEntry{Code: "SOD", Kind: job.Report, Cron: "0 6 * * *", ScheduleSettings: app.ScheduleSettings{
			Report: &app.ScheduledReport{Report: "separation", Period: "last_month", Format: "csv", Recipients: []string{"bob", "cora", "ann"}},
		}}
		if _, err := d.SaveSchedule(t.Context(), apptest.Call, e); fault.RuleOf(err) != "recipients" || !strings.Contains(err.Error(), `"ann"`) || !strings.Contains(err.Error(), "prove") {
			t.Errorf("a viewer is mailed the report on separation of duties: %v", err)
		}
		e.Report.Recipients = []string{"bob", "cora"}
		schedule(t, d, e)
		less := func(name string) {
			t.Helper()
			if _, err := d.SetRoles(t.Context(), apptest.Call, name, []identity.Grant{{Role: identity.Viewer}}); err != nil {
				t.Fatal(err)
			}
		}
		less("cora")
		if m := mailedBy(t, runNow(t, d, "SOD")); fmt.Sprint(m.Mailed) != "[bob]" || len(m.LeftOut) != 1 || !strings.HasPrefix(m.LeftOut[0], "cora: ") {
			t.Errorf("it did %+v", m)
		}
		less("bob")
		if mails := sent(t, d); len(mails) != 0 {
			t.Errorf("it was sent to %v", mails)
		}
		part, err := d.Deliveries(t.Context(), apptest.Call, app.DeliveryQuery{}, app.Page{})
		if err != nil || len(part.Items) != 1 || part.Items[0].State != outbox.StateCancelled || part.Items[0].User != "bob" || part.Items[0].Kind != outbox.ReportMail {
			t.Errorf("the deliveries are %+v, %v", part.Items, err)
		}
		if r := runNow(t, d, "SOD"); r.State != job.Failed || !strings.Contains(r.Error, "nobody on the schedule") {
			t.Errorf("with nobody to mail it to: %+v", r)
		}
	})
}

// What could not be mailed is refused when it is saved.
func TestReportSchedulesAreChecked(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		readers(t, d, map[string]identity.Role{"ann": identity.Viewer})
		for field, change := range map[string]func(e *app.ScheduleEntry){
			"report": func(e *app.ScheduleEntry) { e.Report.Report = "nonsense" },
			"period": func(e *app.ScheduleEntry) { e.Report.Period = "next_month" },
			"as_at": func(e *app.ScheduleEntry) {
				e.Report.Report, e.Report.Period, e.Report.AsAt = "exceptions", "", "today"
			},
			"view":     func(e *app.ScheduleEntry) { e.Report.View = "people" },
			"currency": func(e *app.ScheduleEntry) { e.Report.Currency = "DOLLAR" },
			"customer": func(e *app.ScheduleEntry) { e.Report.Customer = "NOBODY" },
			"bank": func(e *app.ScheduleEntry) {
				e.Report.Report, e.Report.Period, e.Report.Bank = "unreconciled", "", "NONE"
			},
			"days":       func(e *app.ScheduleEntry) { e.Report.Report, e.Report.Days = "exceptions", 99999 },
			"format":     func(e *app.ScheduleEntry) { e.Report.Format = "docx" },
			"language":   func(e *app.ScheduleEntry) { e.Report.Language = "fr" },
			"recipients": func(e *app.ScheduleEntry) { e.Report.Recipients = nil },
			"place":      func(e *app.ScheduleEntry) { e.Place = "folder:in" },
			"cron":       func(e *app.ScheduleEntry) { e.Cron = "often" },
		} {
			e := app.ScheduleEntry{Code: "R", Kind: job.Report, Cron: "0 6 * * *", ScheduleSettings: app.ScheduleSettings{Report: &app.ScheduledReport{Report: "reimbursements", Period: "last_month", Format: "pdf", Recipients: []string{"ann"}}}}
			change(&e)
			_, err := d.SaveSchedule(t.Context(), apptest.Call, e)
			var f *fault.Error
			if fault.CodeOf(err) != fault.Invalid || !errors.As(err, &f) || f.Field != field {
				t.Errorf("%s: %v", field, err)
			}
		}
		for _, names := range [][]string{{"nobody"}, {"ann", "ann"}, {"ann@city.example"}} {
			e := app.ScheduleEntry{Code: "R", Kind: job.Report, Cron: "0 6 * * *", ScheduleSettings: app.ScheduleSettings{Report: &app.ScheduledReport{Report: "reimbursements", Format: "pdf", Recipients: names}}}
			if _, err := d.SaveSchedule(t.Context(), apptest.Call, e); fault.RuleOf(err) != "recipients" {
				t.Errorf("the readers %v: %v", names, err)
			}
		}
		e := app.ScheduleEntry{Code: "R", Kind: job.Import, Cron: "0 6 * * *", ScheduleSettings: app.ScheduleSettings{Place: "folder:in", Report: &app.ScheduledReport{}}}
		if _, err := d.SaveSchedule(t.Context(), apptest.Call, e); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("an import with a report: %v", err)
		}
	})
}

// An empty report is mailed and says so, or is not, as the schedule says; one that is too large is told of with its address.
func TestReportsThatAreEmptyOrTooLarge(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		readers(t, d, map[string]identity.Role{"ann": identity.Viewer})
		x := &app.ScheduledReport{Report: "request-ageing", AsAt: "today", Format: "csv", Recipients: []string{"ann"}}
		e := app.ScheduleEntry{Code: "R", Kind: job.Report, ScheduleSettings: app.ScheduleSettings{Report: x}}
		schedule(t, d, e)
		if m := mailedBy(t, runNow(t, d, "R")); m.Rows != 0 || len(m.Mailed) != 1 {
			t.Errorf("it did %+v", m)
		}
		if mails := sent(t, d)["ann"]; len(mails) != 1 || !strings.Contains(mails[0].Text, "The report has no rows.") || mails[0].File == nil {
			t.Errorf("the mails are %+v", mails)
		}
		x.SkipEmpty = true
		schedule(t, d, e)
		if m := mailedBy(t, runNow(t, d, "R")); !m.Skipped || len(m.Mailed) != 0 {
			t.Errorf("it did %+v", m)
		}
		if mails := sent(t, d); len(mails) != 0 {
			t.Errorf("an empty report was mailed: %v", mails)
		}
		x.Report = "credit-ageing"
		schedule(t, d, e)
		d.Reach(app.Outside{Attached: 100})
		m := mailedBy(t, runNow(t, d, "R"))
		mails := sent(t, d)["ann"]
		if !m.TooLarge || m.Size <= 100 || len(mails) != 1 || mails[0].File != nil || !strings.Contains(mails[0].Text, "too large for an attachment ("+m.File+")") || !strings.Contains(mails[0].Text, "https://books.example/c/PSUS/reports/credit-ageing?as_at=2026-11-21") {
			t.Errorf("it did %+v, and the mails are %+v", m, mails)
		}
	})
}

// A worker that died after the mails were left to the outbox, and before it could say so: the one that takes over does not leave them again. The time
// that came meanwhile is mailed for itself.
func TestReportsAreMailedOncePerTime(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		readers(t, d, map[string]identity.Role{"ann": identity.Viewer, "bob": identity.Auditor})
		schedule(t, d, app.ScheduleEntry{Code: "R", Kind: job.Report, Cron: "0 6 * * *", ScheduleSettings: app.ScheduleSettings{
			Report: &app.ScheduledReport{Report: "credit-ageing", AsAt: "today", Format: "csv", Recipients: []string{"ann", "bob"}},
		}})
		first := later(t, d, "2026-11-22")
		if did, err := first.WorkSchedule(t.Context(), apptest.Clerk); did != "PSUS R" || err != nil {
			t.Fatal(did, err)
		}
		before := sent(t, first)
		harm(t, d, "update schedule_run set state = 'running', ended_at = 0, result = ''")
		harm(t, d, "update schedule set worker = 'dead', leased_until = 1")
		next := later(t, d, "2026-11-23")
		for _, want := range []string{"PSUS R", "PSUS R", ""} {
			if did, err := next.WorkSchedule(t.Context(), apptest.Clerk); did != want || err != nil {
				t.Fatalf("%q was run, %v; want %q", did, err, want)
			}
		}
		after := sent(t, next)
		for name, files := range map[string][2]string{"ann": {"PSUS-credit-ageing-2026-11-22.csv", "PSUS-credit-ageing-2026-11-23.csv"}, "bob": {"PSUS-credit-ageing-2026-11-22.csv", "PSUS-credit-ageing-2026-11-23.csv"}} {
			if len(before[name]) != 1 || len(after[name]) != 1 || before[name][0].File.Name != files[0] || after[name][0].File.Name != files[1] {
				t.Errorf("%s got %d mails, then %d", name, len(before[name]), len(after[name]))
			}
		}
		part, err := d.ScheduleRuns(t.Context(), apptest.Call, "R", app.Page{})
		if err != nil || len(part.Items) != 3 {
			t.Fatalf("the runs are %+v, %v", part.Items, err)
		}
		for i, want := range []string{"done 2026-11-23", "done 2026-11-22", "interrupted 2026-11-22"} {
			if r := part.Items[i]; string(r.State)+" "+r.DueAt[:10] != want {
				t.Errorf("run %d is %s of %s, want %s", r.Number, r.State, r.DueAt, want)
			}
		}
		if m := mailedBy(t, &part.Items[1]); fmt.Sprint(m.Mailed) != "[ann bob]" || m.File != "PSUS-credit-ageing-2026-11-22.csv" {
			t.Errorf("the run that took over says %+v", m)
		}
	})
}

// Relative days are those of the calendar and of the company's periods, on a day.
func TestRelativeDays(t *testing.T) {
	c := &ledger.Company{Periods: []ledger.Period{
		{Start: civil.MustParse("2023-10-29"), End: civil.MustParse("2023-11-25")}, {Start: civil.MustParse("2023-11-26"), End: civil.MustParse("2023-12-30")}, {Start: civil.MustParse("2023-12-31"), End: civil.MustParse("2024-03-31")},
	}}
	for _, x := range []struct{ on, span, mark, want string }{
		{"2024-03-31", "this_month", "today", "2024-03-01 2024-03-31 2024-03-31"},
		{"2024-03-31", "last_month", "last_month_end", "2024-02-01 2024-02-29 2024-02-29"},
		{"2024-01-01", "last_month", "last_month_end", "2023-12-01 2023-12-31 2023-12-31"},
		{"2024-01-01", "this_quarter", "last_quarter_end", "2024-01-01 2024-03-31 2023-12-31"},
		{"2024-03-31", "last_quarter", "last_quarter_end", "2023-10-01 2023-12-31 2023-12-31"},
		{"2024-03-31", "this_year", "last_year_end", "2024-01-01 2024-12-31 2023-12-31"},
		{"2024-03-31", "last_year", "yesterday", "2023-01-01 2023-12-31 2024-03-30"},
		{"2024-03-31", "yesterday", "", "2024-03-30 2024-03-30 "},
		{"2024-03-01", "last_7_days", "", "2024-02-23 2024-02-29 "},
		{"2024-03-01", "last_30_days", "", "2024-01-31 2024-02-29 "},
		{"2024-03-01", "last_90_days", "", "2023-12-02 2024-02-29 "},
		{"2024-03-01", "today", "", "2024-03-01 2024-03-01 "},
		{"2023-12-30", "this_period", "last_period_end", "2023-11-26 2023-12-30 2023-11-25"},
		{"2023-12-31", "last_period", "last_period_end", "2023-11-26 2023-12-30 2023-12-30"},
		{"2023-11-01", "last_period", "", "no_period"},
		{"2024-04-01", "", "last_period_end", "no_period"},
	} {
		from, to, asAt, err := report.Relative{Span: x.span, Mark: x.mark}.Days(c, civil.MustParse(x.on))
		got := from.String() + " " + to.String() + " " + asAt.String()
		if err != nil {
			got = fault.RuleOf(err)
		}
		if got != x.want {
			t.Errorf("%s and %s on %s are %s, %v; want %s", x.span, x.mark, x.on, got, err, x.want)
		}
	}
	for _, span := range report.Spans() {
		if _, _, _, err := (report.Relative{Span: span}).Days(c, civil.MustParse("2023-12-31")); err != nil {
			t.Errorf("%s: %v", span, err)
		}
	}
	for _, mark := range report.Marks() {
		if _, _, _, err := (report.Relative{Mark: mark}).Days(c, civil.MustParse("2023-12-31")); err != nil {
			t.Errorf("%s: %v", mark, err)
		}
	}
}

// The day is that of the schedule's clock, not that of another place: an hour after midnight in Auckland it is tomorrow already.
func TestReportsGoByTheClockOfTheirSchedule(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		readers(t, d, map[string]identity.Role{"ann": identity.Viewer})
		night := time.Date(2026, 11, 30, 12, 30, 0, 0, time.UTC) // 1:30 on the 1st of December in Auckland, 6:30 on the 30th in Chicago
		at := d.At(t, night)
		for zone, want := range map[string]string{"Pacific/Auckland": "2026-11-01 2026-11-30", "America/Chicago": "2026-10-01 2026-10-31"} {
			schedule(t, d, app.ScheduleEntry{Code: "R", Kind: job.Report, Zone: zone, ScheduleSettings: app.ScheduleSettings{Report: &app.ScheduledReport{Report: "exceptions", Period: "last_month", Format: "csv", Recipients: []string{"ann"}}}})
			if m := mailedBy(t, runNow(t, at, "R")); m.File != "PSUS-exceptions-"+strings.ReplaceAll(want, " ", "-")+".csv" {
				t.Errorf("in %s it is of %s", zone, m.File)
			}
		}
	})
}
