package cli_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"quittance/internal/civil"
	"quittance/internal/cli"
	"quittance/internal/db/dbtest"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// person is standard input at a terminal.
type person struct{ *strings.Reader }

func (person) IsTerminal() bool { return true }

// house is a database of its own with the city in it.
type house struct {
	t  *testing.T
	db string
}

func newHouse(t *testing.T, kind string) *house {
	t.Helper()
	h := &house{t, dbtest.URL(t, kind)}
	dir := t.TempDir()
	if err := unpackCity(dir); err != nil {
		t.Fatal(err)
	}
	untilToday(t, filepath.Join(dir, "city"))
	h.want(0, "import", filepath.Join(dir, "city"))
	return h
}

// untilToday adds the months to a company folder that follow its own, which end with 2026, up to the one of today: some commands know no
// other date.
func untilToday(t *testing.T, dir string) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(dir, "periods.csv"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	today := civil.FromTime(time.Now().UTC())
	for year, month := 2027, time.January; civil.Of(year, month, 1) <= today.AddDays(1); month++ {
		_, err = fmt.Fprintf(f, "%s,%s,open\n", civil.Of(year, month, 1), civil.Of(year, month+1, 1).AddDays(-1))
	}
	if cerr := f.Close(); err != nil || cerr != nil {
		t.Fatal(err, cerr)
	}
}

// run runs a command as its typist types, and gives what came of it.
func (h *house) run(ctx context.Context, typed string, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = cli.Run(ctx, append(args, "--db", h.db), person{strings.NewReader(typed)}, &out, &errs, cli.Hooks{})
	return code, out.String(), errs.String()
}

// want runs a command that must exit with code, and gives its standard output.
func (h *house) want(code int, args ...string) string {
	h.t.Helper()
	got, stdout, stderr := h.run(h.t.Context(), "", args...)
	if got != code {
		h.t.Fatalf("%q: exit code %d, expected %d; %s", args, got, code, stderr)
	}
	return stdout
}

// The two worked examples of the reimbursement rules, as an accountant sees them.
func TestWorkedExamples(t *testing.T) {
	h := newHouse(t, "sqlite")
	for name, more := range map[string][]string{"example1": nil, "example2": {"--separate-by-classification"}} {
		t.Run(name, func(t *testing.T) {
			got := h.want(0, append([]string{"reimburse", "simulate", "--all", "--date", "2026-11-30"}, more...)...)
			golden(t, name+".txt", strings.ReplaceAll(got, h.db, "quittance.db"))
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "golden", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (-update rewrites it):\n%s", path, got)
	}
}

func TestPostAllAtTerminal(t *testing.T) {
	h := newHouse(t, "sqlite")
	post := []string{"reimburse", "post", "--all", "--date", "2026-11-30"}
	question := "Post 4 reimbursements for 1 customer in company PSUS, in all 160.00 USD? [y/N]"
	t.Run("No", func(t *testing.T) {
		code, _, stderr := h.run(t.Context(), "\n", post...)
		if code != 1 || !strings.Contains(stderr, question) || !strings.Contains(stderr, "not posted") {
			t.Errorf("exit code %d, %s", code, stderr)
		}
		if left := h.want(0, "reimburse", "list"); !strings.Contains(left, "There is no run yet") {
			t.Errorf("a run was saved: %s", left)
		}
	})
	t.Run("Yes", func(t *testing.T) {
		code, stdout, stderr := h.run(t.Context(), "y\n", post...)
		if code != 0 || !strings.Contains(stdout, "RUN-000001, posted") {
			t.Errorf("exit code %d, %s", code, stderr)
		}
	})
	t.Run("SaidBefore", func(t *testing.T) {
		code, _, stderr := newHouse(t, "sqlite").run(t.Context(), "", append(post, "--yes")...)
		if code != 0 || stderr != "" {
			t.Errorf("exit code %d, %s", code, stderr)
		}
	})
}

func TestInterrupted(t *testing.T) {
	h := newHouse(t, "sqlite")
	h.want(0, "reimburse", "propose", "--all", "--date", "2026-11-30")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, c := range []struct {
		args []string
		way  string
	}{
		{[]string{"reimburse", "post", "--run", "RUN-000001"}, "go on with: quittance reimburse post --run RUN-000001"},
		{[]string{"reimburse", "post", "--customers", "C-1001", "--date", "2026-11-30"}, "give the same command again, with the same date"},
		{[]string{"trial-balance"}, "interrupted"},
	} {
		if code, _, stderr := h.run(ctx, "", c.args...); code != 1 || !strings.HasPrefix(stderr, "interrupted") || !strings.Contains(stderr, c.way) {
			t.Errorf("%q: exit code %d, %s", c.args, code, stderr)
		}
	}
}

func TestDemoHook(t *testing.T) {
	var url string
	var serve bool
	hooks := cli.Hooks{Demo: func(_ context.Context, u string, s bool, _ io.Writer) error {
		url, serve = u, s
		return nil
	}}
	t.Setenv("QUITTANCE_DB", "")
	if code := cli.Run(t.Context(), []string{"demo"}, strings.NewReader(""), os.Stderr, os.Stderr, hooks); code != 0 || url != "quittance-demo.db" || !serve {
		t.Errorf("exit code %d, %q, serve %v", code, url, serve)
	}
	if code := cli.Run(t.Context(), []string{"demo", "--no-serve", "--db", "x.db"}, strings.NewReader(""), os.Stderr, os.Stderr, hooks); code != 0 || url != "x.db" || serve {
		t.Errorf("exit code %d, %q, serve %v", code, url, serve)
	}
}

// A defect is told in a sentence, without a trace.
func TestDefect(t *testing.T) {
	var errs bytes.Buffer
	hooks := cli.Hooks{Demo: func(context.Context, string, bool, io.Writer) error { panic("oh") }}
	code := cli.Run(t.Context(), []string{"demo"}, strings.NewReader(""), io.Discard, &errs, hooks)
	if code != 1 || strings.Count(errs.String(), "\n") != 1 || strings.Contains(errs.String(), ".go:") {
		t.Errorf("exit code %d, %s", code, errs.String())
	}
}

// A full disk or a closed pipe is a failure, not a success with half the output.
func TestOutputFails(t *testing.T) {
	h := newHouse(t, "sqlite")
	var errs bytes.Buffer
	code := cli.Run(t.Context(), []string{"open-items", "-o", "json", "--db", h.db}, strings.NewReader(""), broken{}, &errs, cli.Hooks{})
	if code != 1 || errs.Len() == 0 {
		t.Errorf("exit code %d, %q", code, errs.String())
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, os.ErrClosed }
