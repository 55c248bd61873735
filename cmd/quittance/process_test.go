package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"quittance/internal/app/apptest"
	"quittance/internal/db/dbtest"
	"quittance/internal/folder"
)

var binary string

// TestMain builds the program once: these tests are about real processes.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "quittance-bin-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "quittance")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "building the program: %v\n%s", err, out)
		os.Exit(1)
	}
	defer os.RemoveAll(dir)
	dbtest.Main(m)
}

// program is a quittance of its own on one database.
type program struct {
	t   *testing.T
	url string
}

func (p program) command(ctx context.Context, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, binary, append([]string{"--db", p.url}, args...)...)
	c.Env = append(os.Environ(), "QUITTANCE_KEY=test:"+strings.Repeat("A", 43)+"=")
	return c
}

// run runs the program to its end and fails the test when it does not exit with 0.
func (p program) run(args ...string) string {
	p.t.Helper()
	out, err := p.try(args...)
	if err != nil {
		p.t.Fatalf("quittance %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}

func (p program) try(args ...string) (string, error) {
	out, err := p.command(context.Background(), args...).CombinedOutput()
	return string(out), err
}

const customers = 3000 // several chunks of a run

// company writes the folder of a company with many customers in credit over two funds; every seventh has no vendor.
func company(t *testing.T) string {
	t.Helper()
	var cs, vs []string
	for i := range customers {
		c := fmt.Sprintf("K-%05d", i)
		vendor := "V-1001"
		if i%7 == 0 {
			vendor = ""
		}
		cs = append(cs, fmt.Sprintf("%s,Customer %s,RES,USD,%s,no,no,1 Main Street,Lakemont,WI,53551,US", c, c, vendor))
		amount := fmt.Sprintf("%d.%02d", 1+i%90, i%100)
		for _, fund := range []string{"601", "602"} {
			v := fmt.Sprintf("X%s-%05d", fund, i)
			vs = append(vs, fmt.Sprintf("%s,2026-11-05,credit_note,%s,,UTL,,USD,%s-44400,%s,,Credit", v, c, fund, amount),
				fmt.Sprintf("%s,2026-11-05,credit_note,%s,,UTL,,USD,%s-11530,,%s,Credit", v, c, fund, amount))
		}
	}
	data, err := apptest.PublicSector().Append("customers", cs...).Append("vouchers", vs...).Read()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "company")
	if err := folder.Write(dir, data); err != nil {
		t.Fatal(err)
	}
	return dir
}

var instants = regexp.MustCompile(`\d{4}-\d\d-\d\dT[0-9:.]+Z`)

// books gives everything that the program exports, but for instants, and what verify says.
func (p program) books() string {
	p.t.Helper()
	p.run("verify")
	dir := filepath.Join(p.t.TempDir(), "out")
	p.run("export", dir)
	names, err := filepath.Glob(filepath.Join(dir, "*.csv"))
	if err != nil {
		p.t.Fatal(err)
	}
	var all bytes.Buffer
	for _, n := range names {
		b, err := os.ReadFile(n)
		if err != nil {
			p.t.Fatal(err)
		}
		lines := strings.Split(instants.ReplaceAllString(string(b), "INSTANT"), "\n")
		slices.Sort(lines) // settlements and entries come in the order of ids, which may differ
		fmt.Fprintf(&all, "== %s\n%s\n", filepath.Base(n), strings.Join(lines, "\n"))
	}
	return all.String()
}

// eachCompany runs fn with a program on a database that holds the company, and one on a copy to compare with.
func eachCompany(t *testing.T, fn func(t *testing.T, p, other program)) {
	dir := company(t)
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			p, other := program{t, dbtest.URL(t, kind)}, program{t, dbtest.URL(t, kind)}
			p.run("import", dir)
			other.run("import", dir)
			fn(t, p, other)
		})
	}
}

var post = []string{"reimburse", "post", "--all", "--date", "2026-11-30", "--summary"}

const mostKills = 12

// A posting run is killed at random moments and started again, until it is done: the result is that of an uninterrupted run.
func TestKilledRunEndsTheSame(t *testing.T) {
	eachCompany(t, func(t *testing.T, p, other program) {
		began := time.Now()
		other.run(post...)
		took := time.Since(began)
		kills := 0
		for try := 0; ; try++ {
			ctx, cancel := context.WithCancel(context.Background())
			c := p.command(ctx, post...)
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- c.Wait() }()
			var ended error
			at := 0.3 + 0.6*rand.Float64()
			if kills == 0 { // early, since it may well be faster this time: the machine does other things as well
				at = 0.05 + 0.15*rand.Float64()
			}
			kill := time.After(time.Duration(float64(took) * at))
			if kills == mostKills {
				kill = nil // it is left in peace: what is slower now might never come to its end
			}
			select {
			case ended = <-done:
			case <-kill:
				_ = c.Process.Kill() // SIGKILL
				ended = <-done
				kills++
			}
			cancel()
			if ended == nil {
				break
			}
			if try > mostKills {
				t.Fatalf("the run does not end: %v", ended)
			}
			if out, err := p.try("verify"); err != nil {
				t.Fatalf("after a kill, verify: %v\n%s", err, out)
			}
			if p.posted("RUN-000001") { // killed between its last commit and its end: once more would be a second, empty run
				break
			}
		}
		if kills == 0 {
			t.Fatal("the run was never killed; it must be long enough to be")
		}
		t.Logf("killed %d times; uninterrupted %s", kills, took)
		sameBooks(t, other.books(), p.books())
	})
}

// Two processes post the same run at once: it is posted once.
func TestTwoProcessesPostOneRun(t *testing.T) {
	eachCompany(t, func(t *testing.T, p, other program) {
		other.run(post...)
		p.run("reimburse", "propose", "--all", "--date", "2026-11-30", "--summary")
		p.together([]string{"reimburse", "post", "--run", "RUN-000001", "--summary"}, []string{"reimburse", "post", "--run", "RUN-000001", "--summary"})
		sameBooks(t, other.books(), p.books())
	})
}

// Two processes post overlapping runs at once: no credit is reimbursed twice, and together they reimburse all.
func TestOverlappingRunsAtOnce(t *testing.T) {
	eachCompany(t, func(t *testing.T, p, _ program) {
		outs := p.together([]string{"reimburse", "post", "--customers", "K-00000..K-02000", "--date", "2026-11-30", "--summary"},
			[]string{"reimburse", "post", "--customers", "K-01000..K-02999", "--date", "2026-11-30", "--summary"})
		p.run("verify")
		for _, row := range strings.Split(p.run("open-items", "--party", "customer", "-o", "csv"), "\n") {
			if strings.Contains(row, "K-") && strings.Contains(strings.Join(outs, ""), "posted") && !strings.Contains(strings.Join(outs, ""), "unfinished run") {
				t.Fatalf("left open: %s\n%s", row, strings.Join(outs, "\n"))
			}
		}
		// Whatever one run refused or left out as changed, a third one finishes.
		p.run(post...)
		if items := p.run("open-items", "--party", "customer", "-o", "json"); strings.TrimSpace(strings.Trim(strings.TrimSpace(items), "[]")) != "" {
			t.Errorf("left open: %.300s", items)
		}
		vendor := p.run("open-items", "--party", "vendor", "-o", "json")
		if n := strings.Count(vendor, `"voucher"`); n != 2*customers+4 {
			t.Errorf("%d vendor items, want %d: a credit was reimbursed twice or not at all", n, 2*customers+4)
		}
		p.run("verify")
	})
}

// together runs two commands at once. Either may be refused for the other's sake, but not fail otherwise.
func (p program) together(a, b []string) []string {
	p.t.Helper()
	var wg sync.WaitGroup
	outs := make([]string, 2)
	for i, args := range [][]string{a, b} {
		wg.Go(func() {
			out, err := p.try(args...)
			outs[i] = out
			if err != nil && !strings.Contains(out, "unfinished run") {
				p.t.Errorf("quittance %s: %v\n%s", strings.Join(args, " "), err, out)
			}
		})
	}
	wg.Wait()
	return outs
}

// sameBooks compares two books and shows the first difference.
func sameBooks(t *testing.T, want, got string) {
	t.Helper()
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range w {
		if i >= len(g) || w[i] != g[i] {
			line := ""
			if i < len(g) {
				line = g[i]
			}
			t.Fatalf("the books differ:\nwant %s\ngot  %s", w[i], line)
		}
	}
	if len(g) != len(w) {
		t.Fatalf("%d lines, want %d", len(g), len(w))
	}
}

// posted tells whether a run was posted to its end.
func (p program) posted(run string) bool {
	p.t.Helper()
	var runs []struct{ ID, State string }
	if err := json.Unmarshal([]byte(p.run("reimburse", "list", "-o", "json")), &runs); err != nil {
		p.t.Fatal(err)
	}
	return slices.ContainsFunc(runs, func(r struct{ ID, State string }) bool { return r.ID == run && r.State == "posted" })
}
