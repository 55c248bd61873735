package work_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"zombiezen.com/go/sqlite"
	"zombiezen.com/go/sqlite/sqlitex"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/job"
	"quittance/internal/outbox"
	"quittance/internal/secret"
	"quittance/internal/work"
)

// childSchedules runs the schedules that are due, as a process that may be killed.
func childSchedules() {
	a, err := app.Open(context.Background(), os.Getenv("URL"))
	check(err)
	a.Reach(app.Outside{Drops: os.Getenv("DROPS")})
	check(work.DueSchedules(context.Background(), a, operator, nil))
}

// shift is a company whose schedules are run by processes that are killed.
type shift struct {
	t          *testing.T
	url, drops string
	d          *apptest.Door
}

func newShift(t *testing.T, url string) *shift {
	t.Helper()
	t.Setenv("QUITTANCE_KEY", secret.New())
	database := dbtest.Open(t, url)
	keys, err := secret.Load(database.Path())
	if err != nil {
		t.Fatal(err)
	}
	s := &shift{t: t, url: url, drops: t.TempDir(), d: apptest.Of(t, database, keys, time.Now)}
	s.d.Reach(app.Outside{Drops: s.drops})
	s.d.Import(t, apptest.PublicSector())
	for _, name := range []string{"ann", "bob"} {
		if _, err := s.d.AddUser(t.Context(), apptest.Call, app.UserRequest{Name: name, Email: name + "@city.example", Grants: []identity.Grant{{Role: identity.Viewer}}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.d.SaveExportTarget(t.Context(), apptest.Call, app.ExportTarget{Target: "GEN", Layout: []byte(`{"base": "general", "most_lines": 2}`)}); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *shift) sql(fn func(ctx context.Context, tx *db.Tx) error) {
	s.t.Helper()
	if err := s.d.DB.Unit(s.t.Context(), db.Scope{Actor: "test", Now: time.Now()}, fn); err != nil {
		s.t.Fatal(err)
	}
}

func (s *shift) exec(texts ...string) {
	s.t.Helper()
	s.sql(func(ctx context.Context, tx *db.Tx) error {
		for _, text := range texts {
			if _, err := tx.Exec(ctx, text); err != nil {
				return err
			}
		}
		return nil
	})
}

// hang makes the database stand still for ever when a row of a table is written under a condition: there the worker is when it is killed.
func (s *shift) hang(event, table, when string) {
	s.t.Helper()
	if s.d.DB.Postgres() {
		s.exec("create function hang() returns trigger language plpgsql as 'begin perform pg_sleep(600); return new; end'",
			fmt.Sprintf("create trigger hang before %s on %s for each row when (%s) execute function hang()", event, table, when))
		return
	}
	s.exec(fmt.Sprintf("create trigger hang before %s on %s when %s begin select count(*) from (with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000000000) select i from n); end", event, table, when))
}

// goOn lets the database go on, and lets what the dead worker held there go, as it would of itself in time.
func (s *shift) goOn(table string) {
	s.t.Helper()
	if s.d.DB.Postgres() {
		s.sql(func(ctx context.Context, tx *db.Tx) error {
			_, err := db.List(ctx, tx, func(r *db.Rows, ended *bool) error { return r.Scan(ended) }, "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'")
			return err
		})
		s.exec("drop trigger hang on "+table, "drop function hang()")
		return
	}
	s.exec("drop trigger hang")
}

// killed runs the schedules in a process, and kills it as a power cut would once the condition holds; then its lease runs out.
func (s *shift) killed(until func() bool) {
	s.t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childEnv+"=schedules", "URL="+s.url, "DROPS="+s.drops)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	for deadline := time.Now().Add(3 * time.Minute); !until(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			_ = cmd.Process.Kill()
			s.t.Fatal("it did not come to where it was to be killed")
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

// due lets a schedule be due since a minute.
func (s *shift) due(code string) time.Time {
	s.t.Helper()
	at := time.Now().Add(-time.Minute).UTC().Truncate(time.Second)
	s.exec(fmt.Sprintf("update schedule set next_at = %d where code = '%s'", at.UnixMicro(), code))
	return at
}

// running says whether a run of the schedule has begun, which is committed before anything else is done.
func (s *shift) running(code string) func() bool {
	return func() bool {
		part, err := s.d.ScheduleRuns(s.t.Context(), apptest.Call, code, app.Page{Limit: 1})
		return err == nil && len(part.Items) == 1 && part.Items[0].State == job.Running
	}
}

// takenOver lets another process take the schedule over: nobody does while the lease holds, and then exactly one run of the same time follows the
// interrupted one.
func (s *shift) takenOver(code string, due time.Time) *app.ScheduleRun {
	s.t.Helper()
	if did, err := s.d.WorkSchedule(s.t.Context(), operator); did != "" || err != nil {
		s.t.Errorf("%q was run while the lease of the dead worker held, %v", did, err)
	}
	s.exec("update schedule set leased_until = 1 where leased_until > 0")
	if err := work.DueSchedules(s.t.Context(), s.d.App, operator, nil); err != nil {
		s.t.Fatal(err)
	}
	part, err := s.d.ScheduleRuns(s.t.Context(), apptest.Call, code, app.Page{})
	if err != nil || len(part.Items) != 2 || part.Items[0].State != job.Done || part.Items[1].State != job.Interrupted {
		s.t.Fatalf("the runs of %s are %+v, %v", code, part.Items, err)
	}
	for _, r := range part.Items {
		if r.DueAt != due.Format(time.RFC3339) {
			s.t.Errorf("run %d of %s is for %s, want %s", r.Number, code, r.DueAt, due.Format(time.RFC3339))
		}
	}
	v, err := s.d.Schedule(s.t.Context(), apptest.Call, code)
	if err != nil || v.Running {
		s.t.Errorf("the schedule is %+v, %v", v, err)
	}
	return &part.Items[0]
}

func (s *shift) save(code string, kind job.Kind, x app.ScheduleSettings) {
	s.t.Helper()
	if _, err := s.d.SaveSchedule(s.t.Context(), apptest.Call, app.ScheduleEntry{Code: code, Kind: kind, Cron: "0 6 1 1 *", ScheduleSettings: x}); err != nil {
		s.t.Fatal(err)
	}
}

// A worker is killed in the middle of an import, whose content is not committed yet: another one brings it in, once, and moves it away.
func TestImportOfAKilledWorkerIsTakenOver(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		s := newShift(t, url)
		s.save("DROP", job.Import, app.ScheduleSettings{Place: "folder:in"})
		for name, text := range apptest.PublicSector().Append("accounts", "29999,Dropped,liability,") {
			path := filepath.Join(s.drops, "in", "whole", name+".csv")
			if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o600)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(s.drops, "in", "whole.ready"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		due := s.due("DROP")
		s.hang("insert", "main_account", "new.account = '29999'")
		s.killed(func() bool { return s.running("DROP")() && s.held() })
		s.goOn("main_account")
		if r := s.takenOver("DROP", due); !strings.Contains(string(r.Result), "whole") {
			t.Errorf("it did %s", r.Result)
		}
		entries, err := os.ReadDir(filepath.Join(s.drops, "in", "done"))
		if err != nil || len(entries) != 1 {
			t.Errorf("done has %v, %v", entries, err)
		}
		data, err := s.d.Export(t.Context(), apptest.Call, false)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, a := range data.Accounts {
			if a.Account == "29999" {
				n++
			}
		}
		if n != 1 {
			t.Errorf("it was brought in %d times", n)
		}
		s.d.MustVerify(t)
	})
}

// A worker is killed after it wrote the file of a batch, and before it could say so: another one finds the file there, and goes on with the batches that
// are left. No voucher is handed over twice.
func TestExportOfAKilledWorkerIsTakenOver(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		s := newShift(t, url)
		out := filepath.Join(s.drops, "out")
		if err := os.Mkdir(out, 0o755); err != nil {
			t.Fatal(err)
		}
		s.save("OUT", job.Export, app.ScheduleSettings{Place: "folder:out", Target: "GEN"})
		due := s.due("OUT")
		s.hang("update", "export_batch", "new.sent_at > 0 and new.n = 2")
		s.killed(func() bool {
			files, err := os.ReadDir(out)
			return err == nil && len(files) == 2 && s.held()
		})
		s.goOn("export_batch")
		s.takenOver("OUT", due)
		part, err := s.d.Exports(t.Context(), apptest.Call, "GEN", app.Page{})
		if err != nil || len(part.Items) != 3 {
			t.Fatalf("there are %d batches, %v", len(part.Items), err)
		}
		for _, b := range part.Items {
			f, err := s.d.OpenExport(t.Context(), apptest.Call, "GEN", b.Number)
			if err != nil {
				t.Fatal(err)
			}
			there, err := os.ReadFile(filepath.Join(out, f.Name))
			if err != nil || string(there) != string(f.Content) || b.SentAt == "" {
				t.Errorf("%s is not written as it is: %v", f.Name, err)
			}
		}
		if files, err := os.ReadDir(out); err != nil || len(files) != 3 {
			t.Errorf("the place has %v, %v", files, err)
		}
		s.d.MustVerify(t)
	})
}

// A worker is killed before what it mails is committed, and after: each reader is mailed the report of that time once.
func TestReportOfAKilledWorkerIsTakenOver(t *testing.T) {
	for _, x := range []struct{ name, event, table, when string }{
		{"BeforeTheMails", "insert", "delivery", "new.report <> ''"},
		{"AfterTheMails", "update", "schedule_run", "new.state = 'done'"},
	} {
		t.Run(x.name, func(t *testing.T) {
			dbtest.EachURL(t, func(t *testing.T, url string) {
				s := newShift(t, url)
				s.save("MAIL", job.Report, app.ScheduleSettings{Report: &app.ScheduledReport{Report: "credit-ageing", AsAt: "today", Format: "csv", Recipients: []string{"ann", "bob"}}})
				due := s.due("MAIL")
				s.hang(x.event, x.table, x.when)
				s.killed(func() bool { return s.running("MAIL")() && s.held() })
				s.goOn(x.table)
				if r := s.takenOver("MAIL", due); !strings.Contains(string(r.Result), `"mailed":["ann","bob"]`) {
					t.Errorf("it did %s", r.Result)
				}
				part, err := s.d.Deliveries(t.Context(), apptest.Call, app.DeliveryQuery{}, app.Page{})
				if err != nil || len(part.Items) != 2 || part.Items[0].User == part.Items[1].User {
					t.Errorf("the mails are %+v, %v", part.Items, err)
				}
				if x.table == "schedule_run" { // how they are sent is the same
					s.mailed(2)
				}
			})
		})
	}
}

// held says whether the process stands still in the database.
func (s *shift) held() (held bool) {
	s.t.Helper()
	if !s.d.DB.Postgres() { // it holds the write lock: who asks for it gets nothing
		conn, err := sqlite.OpenConn(s.d.DB.Path(), sqlite.OpenReadWrite)
		if err != nil {
			s.t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		conn.SetBusyTimeout(0)
		if err := sqlitex.ExecuteTransient(conn, "begin immediate", nil); err != nil {
			return true
		}
		if err := sqlitex.ExecuteTransient(conn, "rollback", nil); err != nil {
			s.t.Fatal(err)
		}
		return false
	}
	err := s.d.DB.Read(s.t.Context(), db.Scope{Actor: "test", Now: time.Now()}, func(ctx context.Context, tx *db.Tx) error {
		return tx.Row(ctx, "select exists (select 1 from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep')").Scan(&held)
	})
	if err != nil {
		s.t.Fatal(err)
	}
	return held
}

// mailed sends what waits, killing the worker once between the server's taking a mail and its answer: each mail comes with its file, the repeated one with
// the same bytes and the same Message-ID.
func (s *shift) mailed(want int) {
	s.t.Helper()
	t := s.t
	p := &post{t: t, url: s.url, dir: t.TempDir(), a: s.d.App, d: s.d.DB, smtpAddr: port(t), webhook: &app.WebhookView{}}
	_, text, _ := net.SplitHostPort(p.smtpAddr)
	if _, err := fmt.Sscan(text, &p.smtpPort); err != nil {
		t.Fatal(err)
	}
	p.mode("smtp", "stall")
	server := p.child("smtp")
	defer server()
	dead := p.child("worker")
	for deadline := time.Now().Add(3 * time.Minute); len(p.log("smtp")) == 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no mail came")
		}
	}
	dead()
	p.mode("smtp", "ok")
	defer p.child("worker")()
	if got := p.settle(want); got[outbox.StateDelivered] != want {
		t.Fatalf("the deliveries are %v", got)
	}
	bodies := map[string]string{}
	for _, x := range p.log("smtp") {
		file := fileOf(t, x.Body)
		if before, again := bodies[x.ID]; again && before != file {
			t.Errorf("the mail %s came with another file", x.ID)
		}
		bodies[x.ID] = file
		if !strings.Contains(file, "customer,name,document") {
			t.Errorf("the file is %q", file)
		}
	}
	if all := p.log("smtp"); len(bodies) != want || len(all) != want+1 {
		t.Errorf("%d mails came, of %d ids", len(all), len(bodies))
	}
}

// fileOf gives the file that a mail brings.
func fileOf(t *testing.T, text string) string {
	t.Helper()
	msg, err := mail.ReadMessage(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	_, params, err := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	if err != nil {
		t.Fatal(err)
	}
	parts := multipart.NewReader(msg.Body, params["boundary"])
	for part, err := parts.NextPart(); err == nil; part, err = parts.NextPart() {
		if part.FileName() == "" {
			continue
		}
		b, err := io.ReadAll(base64.NewDecoder(base64.StdEncoding, part))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	return ""
}
