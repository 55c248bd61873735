package backup_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/backup"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/identity"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

const key = "k1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

var operator = app.Call{Actor: identity.Operator()}

// house is a database with a company in it, and an empty place of its kind.
type house struct {
	kind, url string
	*app.App
}

func each(t *testing.T, fn func(t *testing.T, h *house)) {
	t.Helper()
	eachOf(t, apptest.PublicSector(), fn)
}

func eachOf(t *testing.T, files apptest.Files, fn func(t *testing.T, h *house)) {
	t.Helper()
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			t.Setenv("QUITTANCE_KEY", key)
			h := &house{kind: kind, url: dbtest.URL(t, kind)}
			var err error
			if h.App, err = app.Open(t.Context(), h.url); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { h.Close() })
			data, err := files.Read()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.Import(t.Context(), operator, data); err != nil {
				t.Fatal(err)
			}
			fn(t, h)
		})
	}
}

func (h *house) empty(t *testing.T) string {
	t.Helper()
	if h.kind == "sqlite" {
		return filepath.Join(t.TempDir(), "restored.db")
	}
	return dbtest.Bare(t)
}

func (h *house) backup(t *testing.T) (string, *backup.Manifest) {
	t.Helper()
	dest := filepath.Join(t.TempDir(), "b")
	m, err := backup.Make(t.Context(), h.App, operator, h.url, dest)
	if err != nil {
		t.Fatal(err)
	}
	return dest, m
}

func TestRestoreProves(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		dest, m := h.backup(t)
		if len(m.Companies) != 1 || m.Companies[0].Vouchers == 0 || m.Companies[0].LastSeal == "" || len(m.Keys) != 1 || m.Keys[0] != "k1" || m.Database != h.kind {
			t.Errorf("the manifest is %+v", m)
		}
		info, err := os.Stat(filepath.Join(dest, m.File))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", info, err)
		}
		all, err := filepath.Glob(filepath.Join(filepath.Dir(dest), "*", "*"))
		hidden, _ := filepath.Glob(filepath.Join(filepath.Dir(dest), ".*"))
		if err != nil || len(all) != 2 || len(hidden) > 0 {
			t.Errorf("there are %v %v", all, hidden)
		}
		if keys := holds(t, dest, key[3:]); keys != "" {
			t.Errorf("the key is in %s", keys)
		}
		to := h.empty(t)
		got, reports, err := backup.Restore(t.Context(), dest, to, false)
		if err != nil || len(reports) != 1 || len(reports[0].Findings) != 0 || got.SHA256 != m.SHA256 {
			t.Fatalf("%+v, %+v, %v", got, reports, err)
		}
		if reports[0].Vouchers != m.Companies[0].Vouchers || !strings.HasPrefix(reports[0].LastSeal, m.Companies[0].LastSeal) {
			t.Errorf("%+v after %+v", reports[0], m.Companies[0])
		}
		t.Run("TwiceIsRefused", func(t *testing.T) {
			if _, _, err := backup.Restore(t.Context(), dest, to, false); fault.RuleOf(err) != "target_exists" {
				t.Error(err)
			}
		})
		t.Run("GoesOn", func(t *testing.T) {
			a, err := app.Open(t.Context(), to)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Close()
			invoice(t, a, "AFTER")
			if reports, err := a.Verify(t.Context(), operator, m.Companies[0].LastSeal); err != nil || reports[0].Err() != nil || reports[0].Vouchers != m.Companies[0].Vouchers+1 {
				t.Errorf("%+v, %v", reports, err)
			}
		})
	})
}

// holds names a file of the backup that has the text.
func holds(t *testing.T, dir, text string) string {
	t.Helper()
	found := ""
	all, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, name := range all {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(b, []byte(text)) {
			found = name
		}
	}
	return found
}

func invoice(t *testing.T, a *app.App, number string) {
	t.Helper()
	req := app.DocumentRequest{Type: "invoice", Number: number, Party: "C-1001", Date: civil.MustParse("2026-11-10"), Lines: []app.DocumentLine{{Account: "601-44400", Amount: "12.00"}}}
	if _, err := a.PostDocument(context.Background(), operator, req); err != nil {
		t.Error(err)
	}
}

// The copy is as of one moment, while others post.
func TestBackupWhileOthersPost(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		stop, done := make(chan struct{}), make(chan int)
		for client := range 4 {
			go func() {
				n := 0
				defer func() { done <- n }()
				for {
					select {
					case <-stop:
						return
					default:
						invoice(t, h.App, fmt.Sprintf("L%d-%d", client, n))
						n++
					}
				}
			}()
		}
		dests := []string{}
		for range 3 {
			dest, _ := h.backup(t)
			dests = append(dests, dest)
		}
		close(stop)
		posted := 0
		for range 4 {
			posted += <-done
		}
		if posted == 0 {
			t.Fatal("nobody posted anything")
		}
		for _, dest := range dests {
			if _, _, err := backup.Restore(t.Context(), dest, h.empty(t), false); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestDamagedIsRefused(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		dest, m := h.backup(t)
		file := filepath.Join(dest, m.File)
		copyOf := func(t *testing.T) string {
			t.Helper()
			dir := t.TempDir()
			if err := os.CopyFS(dir, os.DirFS(dest)); err != nil {
				t.Fatal(err)
			}
			return dir
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name, rule string
			change     func(t *testing.T, dir string)
		}{
			{"Truncated", "backup_damaged", func(t *testing.T, dir string) { must(t, os.Truncate(filepath.Join(dir, m.File), m.Bytes-1)) }},
			{"OneBit", "backup_damaged", func(t *testing.T, dir string) {
				b := bytes.Clone(content)
				b[len(b)/2] ^= 1
				must(t, os.WriteFile(filepath.Join(dir, m.File), b, 0o600))
			}},
			{"FileGone", "backup_damaged", func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, m.File))) }},
			{"ManifestGone", "no_backup", func(t *testing.T, dir string) { must(t, os.Remove(filepath.Join(dir, "manifest.json"))) }},
			{"ManifestCut", "backup_damaged", func(t *testing.T, dir string) { must(t, os.Truncate(filepath.Join(dir, "manifest.json"), 100)) }},
			{"NewerForm", "backup_version", edit(func(m *backup.Manifest) { m.Format = 2 })},
			{"NewerDatabase", "database_newer", edit(func(m *backup.Manifest) { m.Migration = 999 })},
			{"AnotherFile", "backup_damaged", edit(func(m *backup.Manifest) { m.File = "../../etc/passwd" })},
			{"AnotherKind", "backup_damaged", edit(func(m *backup.Manifest) { m.Database = "oracle" })},
			{"AnotherKey", "no_key", edit(func(m *backup.Manifest) { m.Keys = []string{"k9"} })},
			{"FewerVouchers", "backup_differs", edit(func(m *backup.Manifest) { m.Companies[0].Vouchers++ })},
			{"AnotherSeal", "seal_since", edit(func(m *backup.Manifest) { m.Companies[0].LastSeal = "7:" + strings.Repeat("ab", 32) })},
			{"ACompanyMore", "backup_differs", edit(func(m *backup.Manifest) { m.Companies = nil })},
		} {
			t.Run(c.name, func(t *testing.T) {
				dir, to := copyOf(t), h.empty(t)
				c.change(t, dir)
				_, _, err := backup.Restore(t.Context(), dir, to, false)
				if fault.RuleOf(err) != c.rule {
					t.Errorf("%v, by the rule %q; want %q", err, fault.RuleOf(err), c.rule)
				}
				proved := c.rule == "backup_differs" || c.rule == "seal_since"
				if _, err := os.Stat(to); h.kind == "sqlite" && (err == nil) != proved {
					t.Errorf("the place: %v", err)
				}
			})
		}
		t.Run("WithoutKey", func(t *testing.T) {
			t.Setenv("QUITTANCE_KEY", "other:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=")
			if _, _, err := backup.Restore(t.Context(), dest, h.empty(t), false); fault.RuleOf(err) != "no_key" {
				t.Error(err)
			}
		})
		t.Run("OtherKind", func(t *testing.T) {
			to := "postgres://nobody@127.0.0.1:1/x"
			if h.kind == "postgres" {
				to = filepath.Join(t.TempDir(), "x.db")
			}
			if _, _, err := backup.Restore(t.Context(), dest, to, false); fault.RuleOf(err) != "backup_kind" {
				t.Error(err)
			}
		})
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func edit(change func(*backup.Manifest)) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		path := filepath.Join(dir, "manifest.json")
		m := &backup.Manifest{}
		b, err := os.ReadFile(path)
		must(t, err)
		must(t, json.Unmarshal(b, m))
		change(m)
		b, err = json.Marshal(m)
		must(t, err)
		must(t, os.WriteFile(path, b, 0o600))
	}
}

func TestBackupIsWholeOrNot(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		t.Run("ThereAlready", func(t *testing.T) {
			dest := t.TempDir()
			if _, err := backup.Make(t.Context(), h.App, operator, h.url, dest); fault.RuleOf(err) != "target_exists" {
				t.Error(err)
			}
		})
		t.Run("CutOff", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			dir := t.TempDir()
			if _, err := backup.Make(ctx, h.App, operator, h.url, filepath.Join(dir, "b")); err == nil {
				t.Error("it was made")
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
				t.Errorf("left are %v", left)
			}
			if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
				t.Errorf("left are %v", left)
			}
		})
		t.Run("NotForClerks", func(t *testing.T) {
			call := app.Call{Actor: identity.Actor{Name: "ann", Roles: []identity.Role{identity.Clerk, identity.Auditor}}}
			if _, err := backup.Make(t.Context(), h.App, call, h.url, filepath.Join(t.TempDir(), "b")); fault.CodeOf(err) != fault.Denied {
				t.Error(err)
			}
		})
		t.Run("IsRecorded", func(t *testing.T) {
			h.backup(t)
			records, err := h.UserAudit(t.Context(), operator, 1)
			if err != nil || len(records) != 1 || records[0].Command != "backup" {
				t.Errorf("%+v, %v", records, err)
			}
		})
	})
}

// The parameter require_token does not keep the operator from making a backup, and proving it.
func TestNeedsNoToken(t *testing.T) {
	eachOf(t, apptest.PublicSector().Append("parameters", "require_token,yes"), func(t *testing.T, h *house) {
		if _, err := h.AddUser(t.Context(), operator, app.UserRequest{Name: "ann", Grants: []identity.Grant{{Role: identity.Administrator}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := h.Periods(t.Context(), operator); fault.RuleOf(err) != "token_required" {
			t.Fatalf("the company does not ask for a token: %v", err)
		}
		dest, _ := h.backup(t)
		if _, _, err := backup.Restore(t.Context(), dest, h.empty(t), false); err != nil {
			t.Error(err)
		}
	})
}
