package demo_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/cli"
	"quittance/internal/db/dbtest"
	"quittance/internal/demo"
	"quittance/internal/fault"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestMain(m *testing.M) { dbtest.Main(m) }

// each runs fn with a fresh database, and with a key, so that PostgreSQL seals too.
func each(t *testing.T, fn func(t *testing.T, url string)) {
	t.Helper()
	t.Setenv("QUITTANCE_KEY", "k1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")
	t.Setenv("USER", "tester")
	dbtest.EachURL(t, fn)
}

func run(t *testing.T, url string) string {
	t.Helper()
	return runAt(t, url, now)
}

func runAt(t *testing.T, url string, now time.Time) string {
	t.Helper()
	var out bytes.Buffer
	if err := demo.At(context.Background(), url, func() time.Time { return now }, &out); err != nil {
		t.Fatalf("the demo fails: %v", err)
	}
	return out.String()
}

// now is what the clock shows when the distributor is made; its last day.
var now = time.Date(2026, time.November, 30, 16, 20, 0, 0, time.UTC)

var volatile = []struct{ find, put string }{
	{`^(Making the sample city in|The sample city is in) .*\n`, "{FIRST LINE}\n"},
	{`\b\d+:[0-9a-f]{64}`, "{SEAL}"},
	{`--db \S+`, "--db {DB}"},
}

func masked(text string) string {
	for _, v := range volatile {
		text = regexp.MustCompile(v.find).ReplaceAllString(text, v.put)
	}
	return text
}

func TestRun(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		first := run(t, url)
		if !strings.HasPrefix(first, "Making the sample city in ") {
			t.Errorf("the first line is %q", first[:60])
		}
		if n := strings.Count(first, "\n"); n > 160 {
			t.Errorf("the demo prints %d lines, more than a person reads", n)
		}
		if strings.Contains(first, "\x1b") {
			t.Error("the demo prints escape codes")
		}
		golden(t, masked(first))
		second := run(t, url)
		if !strings.HasPrefix(second, "The sample city is in ") {
			t.Errorf("the second run begins with %q", second[:60])
		}
		a, b := strings.SplitN(first, "\n", 2)[1], strings.SplitN(second, "\n", 2)[1]
		if a != b { // the seal too: nothing was posted
			t.Errorf("the second run prints something else:\n%s", b)
		}
		clean(t, url)
	})
}

func golden(t *testing.T, got string) {
	t.Helper()
	const path = "testdata/demo.golden"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the output differs from %s (run with -update and read the diff):\n%s", path, got)
	}
}

// clean proves the books.
func clean(t *testing.T, url string) {
	t.Helper()
	a := open(t, url)
	reports, err := a.Verify(context.Background(), apptest.Call, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reports {
		if err := r.Err(); err != nil || r.Unsealed != 0 {
			t.Errorf("verify: %v, %d unsealed", err, r.Unsealed)
		}
	}
}

func open(t *testing.T, url string) *app.App {
	t.Helper()
	a, err := app.Open(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.Close() })
	return a
}

func TestReasons(t *testing.T) {
	t.Setenv("USER", "tester")
	out := run(t, dbtest.URL(t, "sqlite"))
	for _, reason := range []string{"on_hold", "vendor_blocked", "no_payee", "pending_settlement", "too_recent", "open_debit", "below_minimum", "cannot_post", "net_debit"} {
		if !regexp.MustCompile(`\b` + reason + `\b`).MatchString(out) {
			t.Errorf("the demo shows no %s", reason)
		}
	}
}

func TestEveryCommandWorks(t *testing.T) {
	t.Setenv("USER", "tester")
	t.Setenv("TZ", "UTC")
	url := dbtest.URL(t, "sqlite")
	out := runAt(t, url, time.Now()) // the command line knows no other
	tries := regexp.MustCompile(`(?m)^   (.*):\s+quittance (.*)$`).FindAllStringSubmatch(out, -1)
	if len(tries) < 10 {
		t.Fatalf("the demo tells %d commands to try:\n%s", len(tries), out)
	}
	for _, m := range tries {
		var stdout, stderr bytes.Buffer
		code := cli.Run(context.Background(), words(m[2]), strings.NewReader(""), &stdout, &stderr, cli.Hooks{})
		want := 0
		if strings.HasPrefix(m[1], "refused") {
			want = 1
		}
		if code != want {
			t.Errorf("quittance %s: exit code %d\n%s%s", m[2], code, stdout.String(), stderr.String())
		}
	}
	clean(t, url)
	again := runAt(t, url, time.Now()) // after all that was tried
	if !strings.Contains(again, "which were reversed since") {
		t.Errorf("the demo does not see the reversal:\n%s", again)
	}
}

// words splits a command line as a shell does, as far as the demo needs it.
func words(line string) []string {
	var all []string
	for _, m := range regexp.MustCompile(`'([^']*)'|\S+`).FindAllStringSubmatch(line, -1) {
		if m[1] != "" {
			all = append(all, m[1])
			continue
		}
		all = append(all, m[0])
	}
	return all
}

func TestRefusesOtherCompanies(t *testing.T) {
	each(t, func(t *testing.T, url string) {
		data, err := apptest.PublicSector().Read()
		if err != nil {
			t.Fatal(err)
		}
		a := open(t, url)
		if _, err := a.Import(context.Background(), apptest.Call, data); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		err = demo.At(context.Background(), url, time.Now, &out)
		if fault.RuleOf(err) != "not_the_sample" || !strings.Contains(err.Error(), "PSUS") || out.Len() > 0 {
			t.Errorf("a database of somebody else's gives %v and prints %q", err, out.String())
		}
	})
}

func TestWithoutKey(t *testing.T) {
	if len(dbtest.Kinds()) < 2 && dbtest.Kinds()[0] != "postgres" {
		t.Skip("only PostgreSQL can be without a key")
	}
	t.Setenv("USER", "tester")
	t.Setenv("QUITTANCE_KEY", "")
	t.Setenv("QUITTANCE_KEY_FILE", "")
	out := run(t, dbtest.URL(t, "postgres"))
	if !strings.Contains(out, "No seal was made") {
		t.Errorf("the demo does not say that nothing is sealed:\n%s", out)
	}
}
