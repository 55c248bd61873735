package app_test

import (
	"archive/zip"
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pkg/sftp"
	"golang.org/x/crypto/ssh"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/egress"
	"quittance/internal/fault"
	"quittance/internal/folder"
	"quittance/internal/identity"
	"quittance/internal/job"
)

// packed gives a company folder as a zip file.
func packed(t *testing.T, files apptest.Files) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, text := range files {
		f, err := w.Create(name + ".csv")
		if err == nil {
			_, err = io.WriteString(f, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func put(t *testing.T, path string, content []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	all := []string{}
	for _, e := range entries {
		_, name, cut := strings.Cut(e.Name(), "-") // without the time
		if !cut {
			name = e.Name()
		}
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

func schedule(t *testing.T, d *apptest.Door, e app.ScheduleEntry) {
	t.Helper()
	if e.Cron == "" {
		e.Cron = "0 6 * * *"
	}
	if _, err := d.SaveSchedule(t.Context(), apptest.Call, e); err != nil {
		t.Fatal(err)
	}
}

func runNow(t *testing.T, d *apptest.Door, code string) *app.ScheduleRun {
	t.Helper()
	r, err := d.RunSchedule(t.Context(), apptest.Call, code)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestDropFolder brings in what was dropped into a folder: good ones, wrong ones, hostile ones.
func TestDropFolder(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		root := t.TempDir()
		d.Reach(app.Outside{Drops: root})
		in := filepath.Join(root, "city")
		schedule(t, d, app.ScheduleEntry{Code: "DROP", Kind: job.Import, ScheduleSettings: app.ScheduleSettings{Place: "folder:city", Settle: 1}})

		good := packed(t, apptest.PublicSector().Append("accounts", "29999,Dropped,liability,"))
		put(t, filepath.Join(in, "good.zip"), good)
		put(t, filepath.Join(in, "again.zip"), good)
		put(t, filepath.Join(in, "bad.zip"), packed(t, apptest.PublicSector().Append("accounts", "1,x,nonsense,", "2,y,nonsense,")))
		put(t, filepath.Join(in, "noise.zip"), []byte("no zip file at all"))
		put(t, filepath.Join(in, "other.txt"), []byte("left alone"))
		for name, text := range apptest.PublicSector().Append("accounts", "29998,From a folder,liability,") {
			put(t, filepath.Join(in, "whole", name+".csv"), []byte(text))
			put(t, filepath.Join(in, "half", name+".csv"), []byte(text))
		}
		put(t, filepath.Join(in, "whole.ready"), nil)
		put(t, filepath.Join(root, "secret.zip"), good)
		if err := os.Symlink(filepath.Join(root, "secret.zip"), filepath.Join(in, "link.zip")); err != nil {
			t.Fatal(err)
		}

		r := runNow(t, d, "DROP")
		if r.State != job.Failed || !strings.Contains(r.Error, "2 of 5") {
			t.Errorf("the run is %+v with %s", r, r.Result)
		}
		if got := names(t, filepath.Join(in, "done")); got != "again.zip good.zip whole" {
			t.Errorf("done has %q", got)
		}
		if got := names(t, filepath.Join(in, "failed")); got != "bad.zip bad.zip.errors.txt noise.zip noise.zip.errors.txt" {
			t.Errorf("failed has %q", got)
		}
		if got := names(t, in); got != "done failed half link.zip other.txt" {
			t.Errorf("the folder has %q", got)
		}
		reports, err := filepath.Glob(filepath.Join(in, "failed", "*bad.zip.errors.txt"))
		if err != nil || len(reports) != 1 {
			t.Fatal(reports, err)
		}
		text, err := os.ReadFile(reports[0])
		if err != nil || strings.Count(string(text), "accounts.csv:") != 2 {
			t.Errorf("the report says %q, %v", text, err)
		}
		if r := runNow(t, d, "DROP"); r.State != job.Done {
			t.Errorf("with nothing there, the run is %+v", r)
		}
		d.MustVerify(t)
	})
}

// TestDropOnce drops what was imported by a process that died before it moved it away: it is moved, and not imported again.
func TestDropOnce(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		root := t.TempDir()
		d.Reach(app.Outside{Drops: root})
		schedule(t, d, app.ScheduleEntry{Code: "DROP", Kind: job.Import, ScheduleSettings: app.ScheduleSettings{Place: "folder:in"}})
		imports := func() (n int) {
			part, err := d.AuditPage(t.Context(), apptest.Call, app.AuditFilter{Command: "import"}, app.Page{Limit: 500})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range part.Items {
				if r.Command == "import" {
					n++
				}
			}
			return n
		}
		before := imports()
		content := packed(t, apptest.PublicSector().Append("accounts", "29999,Dropped,liability,"))
		for range 3 {
			put(t, filepath.Join(root, "in", "a.zip"), content)
			put(t, filepath.Join(root, "in", "a.zip.ready"), nil)
			if r := runNow(t, d, "DROP"); r.State != job.Done {
				t.Fatalf("the run is %+v", r)
			}
		}
		if n := imports() - before; n != 1 {
			t.Errorf("the same content was imported %d times", n)
		}
	})
}

// A small file that unzips to a line of 300 MB is set aside with the reason; nothing of it is brought in, and memory stays where it was.
func TestDropBomb(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	d.Import(t, apptest.PublicSector())
	root := t.TempDir()
	d.Reach(app.Outside{Drops: root})
	schedule(t, d, app.ScheduleEntry{Code: "DROP", Kind: job.Import, ScheduleSettings: app.ScheduleSettings{Place: "folder:in"}})
	bomb := packed(t, apptest.PublicSector().Append("accounts", "29999,Dropped,liability,").With(apptest.Files{"billing_classifications": "classification,name\n" + strings.Repeat(" ", 300<<20)}))
	if len(bomb) > 4<<20 {
		t.Fatalf("it is no bomb: %d bytes", len(bomb))
	}
	put(t, filepath.Join(root, "in", "bomb.zip"), bomb)
	put(t, filepath.Join(root, "in", "bomb.zip.ready"), nil)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r := runNow(t, d, "DROP")
	runtime.ReadMemStats(&after)
	if r.State != job.Failed {
		t.Errorf("the run is %+v with %s", r, r.Result)
	}
	if got := names(t, filepath.Join(root, "in", "failed")); got != "bomb.zip bomb.zip.errors.txt" {
		t.Errorf("failed has %q", got)
	}
	reports, err := filepath.Glob(filepath.Join(root, "in", "failed", "*errors.txt"))
	if err != nil || len(reports) != 1 {
		t.Fatal(reports, err)
	}
	if text, err := os.ReadFile(reports[0]); err != nil || !strings.Contains(string(text), "more than 1048576 bytes; at most that many are read") {
		t.Errorf("the report says %q, %v", text, err)
	}
	if took := after.TotalAlloc - before.TotalAlloc; took > 64<<20 {
		t.Errorf("reading it took %d MiB", took>>20)
	}
	data, err := d.Export(t.Context(), apptest.Call, false)
	if err != nil || slices.ContainsFunc(data.Accounts, func(a folder.Account) bool { return a.Account == "29999" }) {
		t.Errorf("something of it was brought in (%v)", err)
	}
}

// sftpServer serves a folder, and breaks connections off while broken is set.
func sftpServer(t *testing.T, broken *atomic.Bool) (address, fingerprint string) {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	signer, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	config := &ssh.ServerConfig{PasswordCallback: func(c ssh.ConnMetadata, p []byte) (*ssh.Permissions, error) {
		if c.User() == "quittance" && string(p) == "right" {
			return nil, nil
		}
		return nil, errors.New("wrong")
	}}
	config.AddHostKey(signer)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go serveSFTP(conn, config, broken)
		}
	}()
	return l.Addr().String(), ssh.FingerprintSHA256(signer.PublicKey())
}

// breaking breaks off after some bytes were sent.
type breaking struct {
	net.Conn
	broken *atomic.Bool
	sent   int
}

func (b *breaking) Write(p []byte) (int, error) {
	if b.sent += len(p); b.broken.Load() && b.sent > 6000 {
		b.Close()
	}
	return b.Conn.Write(p)
}

func serveSFTP(conn net.Conn, config *ssh.ServerConfig, broken *atomic.Bool) {
	defer conn.Close()
	_, chans, reqs, err := ssh.NewServerConn(&breaking{Conn: conn, broken: broken}, config)
	if err != nil {
		return
	}
	go ssh.DiscardRequests(reqs)
	for c := range chans {
		ch, reqs, err := c.Accept()
		if err != nil {
			return
		}
		go func() {
			for r := range reqs {
				_ = r.Reply(r.Type == "subsystem", nil)
			}
		}()
		s, err := sftp.NewServer(ch)
		if err != nil {
			return
		}
		go func() { _ = s.Serve(); s.Close() }()
	}
}

// TestDropSFTP brings in from a server that has another key, another password, breaks off, and recovers; and exports to it.
func TestDropSFTP(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		var broken atomic.Bool
		address, fingerprint := sftpServer(t, &broken)
		root := t.TempDir()
		e := app.ScheduleEntry{Code: "SFTP", Kind: job.Import, Secret: "right", ScheduleSettings: app.ScheduleSettings{Place: "sftp://quittance@" + address + root, HostKey: fingerprint, Settle: 1}}
		schedule(t, d, e)
		put(t, filepath.Join(root, "a.zip"), packed(t, apptest.PublicSector().Append("accounts", "29999,Dropped,liability,").Append("accounts", noise(400)...)))

		if r := runNow(t, d, "SFTP"); r.State != job.Failed || !strings.Contains(r.Error, "--egress-allow") {
			t.Errorf("an address inside: %+v", r)
		}
		d.Reach(app.Outside{Egress: egress.Options{Allow: []string{"127.0.0.1"}}})
		other := e
		other.HostKey = "SHA256:" + strings.Repeat("A", 43)
		schedule(t, d, other)
		if r := runNow(t, d, "SFTP"); r.State != job.Failed || !strings.Contains(r.Error, fingerprint) {
			t.Errorf("another key: %+v", r)
		}
		other = e
		other.Secret = ""
		if _, err := d.SaveSchedule(t.Context(), apptest.Call, other); fault.RuleOf(err) != "no_secret" {
			t.Errorf("the secret went on to another server: %v", err)
		}
		other.Secret = "wrong"
		schedule(t, d, other)
		if r := runNow(t, d, "SFTP"); r.State != job.Failed || strings.Contains(r.Error, "wrong\"") {
			t.Errorf("another password: %+v", r)
		}
		schedule(t, d, e)
		broken.Store(true)
		if r := runNow(t, d, "SFTP"); r.State != job.Failed || names(t, root) != "a.zip" {
			t.Errorf("a server that breaks off: %+v, and the folder has %s", r, names(t, root))
		}
		broken.Store(false)
		if r := runNow(t, d, "SFTP"); r.State != job.Done || names(t, filepath.Join(root, "done")) != "a.zip" {
			t.Errorf("a server that recovered: %+v", r)
		}

		target(t, d, "GEN", `{"base": "general", "most_lines": 2}`)
		x := e
		x.Code, x.Kind, x.Target = "OUT", job.Export, "GEN"
		x.Place = "sftp://quittance@" + address + filepath.Join(root, "out")
		schedule(t, d, x)
		if r := runNow(t, d, "OUT"); r.State != job.Failed {
			t.Errorf("without the folder: %+v", r)
		}
		if err := os.Mkdir(filepath.Join(root, "out"), 0o700); err != nil {
			t.Fatal(err)
		}
		broken.Store(true)
		runNow(t, d, "OUT") // whatever comes of it, nothing is lost nor written twice
		broken.Store(false)
		runNow(t, d, "OUT")
		part, err := d.Exports(t.Context(), apptest.Call, "GEN", app.Page{})
		if err != nil || len(part.Items) != 3 {
			t.Fatalf("there are %d batches, %v", len(part.Items), err)
		}
		for _, b := range part.Items {
			there, err := os.ReadFile(filepath.Join(root, "out", b.Batch+".csv"))
			if err != nil || !bytes.Equal(there, file(t, d, "GEN", b.Number).Content) || b.SentAt == "" {
				t.Errorf("%s was not written whole: %v", b.Batch, err)
			}
		}
	})
}

// noise gives accounts whose names do not pack well.
func noise(n int) (rows []string) {
	for i := range n {
		rows = append(rows, fmt.Sprintf("%d,%s,revenue,", 700000+i, rand.Text()))
	}
	return rows
}

// TestSchedules tests times, leases, missed times, takeover and roles.
func TestSchedules(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		d.Reach(app.Outside{Drops: t.TempDir()})
		e := app.ScheduleEntry{Code: "S", Kind: job.Import, Cron: "0 6 * * *", Zone: "Europe/Berlin", ScheduleSettings: app.ScheduleSettings{Place: "folder:in"}}
		schedule(t, d, e)
		for role := range map[identity.Role]bool{identity.Viewer: true, identity.Clerk: true, identity.Controller: true, identity.Auditor: true, identity.Treasurer: true} {
			if _, err := d.SaveSchedule(t.Context(), app.Call{Actor: identity.Actor{Name: "x", Roles: []identity.Role{role}}}, e); fault.CodeOf(err) != fault.Denied {
				t.Errorf("%s saved a schedule: %v", role, err)
			}
		}
		for _, place := range []string{"", "folder:", "folder:../x", "folder:/etc", "folder:a/../../b", "sftp://h/x", "sftp://u:p@h/x", "ftp://u@h/x", "sftp://u@h/x?y"} {
			wrong := e
			wrong.Place = place
			if _, err := d.SaveSchedule(t.Context(), apptest.Call, wrong); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("the place %q: %v", place, err)
			}
		}
		if err := d.PauseSchedule(t.Context(), apptest.Call, "S", true); err != nil {
			t.Fatal(err)
		}
		all, err := d.Schedules(t.Context(), apptest.Call)
		if err != nil || len(all) != 1 || !all[0].Paused || all[0].NextAt != "" {
			t.Errorf("the schedules are %+v, %v", all, err)
		}
		if did, err := d.WorkSchedule(t.Context(), apptest.Call.Actor); did != "" || err != nil {
			t.Errorf("a paused one was run: %q, %v", did, err)
		}
		if err := d.AskSchedule(t.Context(), apptest.Call, "S"); err != nil {
			t.Fatal(err)
		}
		if did, err := d.WorkSchedule(t.Context(), apptest.Call.Actor); did == "" || err != nil {
			t.Errorf("one that was asked for was not run: %q, %v", did, err)
		}
		if err := d.RemoveSchedule(t.Context(), apptest.Call, "S"); err != nil {
			t.Fatal(err)
		}
		part, err := d.ScheduleRuns(t.Context(), apptest.Call, "S", app.Page{})
		if err != nil || len(part.Items) != 1 || part.Items[0].State != job.Done || part.Items[0].AskedBy != apptest.Call.Actor.Name {
			t.Errorf("the history is %+v, %v", part.Items, err)
		}
	})
}
