package cli_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
)

// requesting is a house with a draft, in which a scanner looks at what is attached.
func requesting(t *testing.T, kind string) *house {
	t.Helper()
	script := filepath.Join(t.TempDir(), "scan")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nif grep -q EICAR; then echo infected; exit 1; fi\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("QUITTANCE_SCANNER", "/bin/sh "+script)
	t.Setenv("QUITTANCE_KEY", testKey)
	h := newHouse(t, kind)
	h.want(0, "requests", "create", "--customer", "C-1001", "--kind", "overpayment", "--credit", "CN-U=40.00", "--reason", "billed twice")
	return h
}

// refusals are the words of rules.
var refusals = map[string]string{
	"file_type": "are not kept", "file_differs": "it is said to be; its content looks like", "file_empty": "is empty", "file_too_large": "at most 10485760 (10 MB) are kept", "file_name": "is no name of a file", "scanner": "the scanner refuses the file",
}

// Whatever is attached by the command line is refused by its rule, or comes back as it was. What has the name of no file cannot be named there.
func TestHostileAttachments(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			h := requesting(t, kind)
			dir, kept, tried := t.TempDir(), 0, 0
			for _, x := range apptest.HostileFiles() {
				if x.Name == ".." || strings.Contains(x.Name, "/") || len(x.Name) > 255 {
					continue
				}
				tried++
				path := filepath.Join(dir, x.Name)
				if err := os.WriteFile(path, x.Content, 0o600); err != nil {
					t.Fatal(err)
				}
				args := []string{"requests", "attach", "RQ-00000001", path, "--type", "other", "-o", "json"}
				if x.Media != "" {
					args = append(args, "--media", x.Media)
				}
				code, out, errs := h.run(t.Context(), "", args...)
				if x.Rule != "" {
					if code != 1 || !strings.Contains(errs, refusals[x.Rule]) {
						t.Errorf("%s: ends with %d, want the rule %s: %.300s %.300s", x.What, code, x.Rule, out, errs)
					}
					continue
				}
				if code != 0 {
					t.Errorf("%s: ends with %d: %.300s", x.What, code, errs)
					continue
				}
				kept++
				to := filepath.Join(dir, "out", strconv.Itoa(kept))
				if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
					t.Fatal(err)
				}
				h.want(0, "requests", "file", "RQ-00000001", strconv.Itoa(kept), to)
				if back, err := os.ReadFile(to); err != nil || string(back) != string(x.Content) {
					t.Errorf("%s: it comes back as %.40q, %v", x.What, back, err)
				}
			}
			if tried != 30 || kept != 7 {
				t.Errorf("%d files were tried and %d kept", tried, kept)
			}
			h.want(0, "verify")
		})
	}
}

// Links are made and revoked.
func TestRequestLinks(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			h := requesting(t, kind)
			if code, _, errs := h.run(t.Context(), "", "requests", "link", "RQ-00000001"); code != 1 || !strings.Contains(errs, "is a draft") {
				t.Errorf("a draft is linked: %d %s", code, errs)
			}
			h.want(0, "requests", "submit", "RQ-00000001")
			if out := h.want(0, "requests", "link", "RQ-00000001", "--days", "7", "--address", "https://books.example.com/"); !strings.HasPrefix(out, "https://books.example.com/status/") || !strings.Contains(out, "It is valid until ") {
				t.Errorf("the link is %s", out)
			}
			if out := h.want(0, "requests", "link", "RQ-00000001", "-o", "json"); !strings.Contains(out, `"path": "/status/`) {
				t.Errorf("the link is %s", out)
			}
			h.want(0, "requests", "unlink", "RQ-00000001", "--reason", "sent to another")
			if out := h.want(0, "requests", "show", "RQ-00000001"); strings.Count(out, "link_made") != 2 || !strings.Contains(out, "sent to another") {
				t.Errorf("the history is %s", out)
			}
			h.want(0, "verify")
		})
	}
}
