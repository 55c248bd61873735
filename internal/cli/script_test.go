package cli_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"quittance/internal/cli"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"

	"golang.org/x/tools/txtar"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"quittance": func() {
		os.Exit(cli.Run(context.Background(), os.Args[1:], os.Stdin, os.Stdout, os.Stderr, cli.Hooks{}))
	}})
}

// testKey is a key for tests, in the form of QUITTANCE_KEY.
const testKey = "test:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

// TestScripts runs every script of testdata/script on both databases. A script finds the city's company folder in $WORK/city,
// and an empty database at $QUITTANCE_DB.
func TestScripts(t *testing.T) {
	for _, kind := range dbtest.Kinds() {
		t.Run(kind, func(t *testing.T) {
			testscript.Run(t, testscript.Params{
				Dir: filepath.Join("testdata", "script"),
				Setup: func(e *testscript.Env) error {
					e.Setenv("QUITTANCE_DB", dbtest.URL(t, kind))
					e.Setenv("QUITTANCE_KEY", testKey)
					return unpackCity(e.WorkDir)
				},
				Cmds:                map[string]func(*testscript.TestScript, bool, []string){"exits": exits, "jsonq": jsonq, "tamper": tamper, "actby": actBy},
				RequireUniqueNames:  true,
				RequireExplicitExec: true,
			})
		})
	}
}

func unpackCity(dir string) error {
	a, err := txtar.ParseFile(filepath.Join("testdata", "city.txtar"))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Join(dir, "city"), 0o755); err != nil {
		return err
	}
	for _, f := range a.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// exits runs a command and looks at its exit code: exits CODE COMMAND ARGS...
func exits(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARGS...")
	}
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var failed *exec.ExitError
	switch {
	case errors.As(err, &failed):
		code = failed.ExitCode()
	case err != nil:
		ts.Fatalf("%v", err)
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, expected %s", code, args[0])
	}
}

// actBy sets the token of the JSON file as the one that later commands act by: actby FILE.
func actBy(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: actby FILE")
	}
	var made struct{ Token string }
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &made))
	ts.Setenv("QUITTANCE_TOKEN", made.Token)
}

// jsonq looks at a value of a JSON file: jsonq FILE PATH EXPECTED. FILE may be stdout; a PATH is names and indexes divided by dots,
// with len for the length of an array and a dot alone for the whole.
func jsonq(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: jsonq FILE PATH EXPECTED")
	}
	var v any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile(args[0])), &v))
	for step := range strings.FieldsFuncSeq(args[1], func(r rune) bool { return r == '.' }) {
		switch x := v.(type) {
		case map[string]any:
			var ok bool
			if v, ok = x[step]; !ok {
				ts.Fatalf("%s: there is no %q", args[1], step)
			}
		case []any:
			if step == "len" {
				v = float64(len(x))
				continue
			}
			i, err := strconv.Atoi(step)
			if err != nil || i >= len(x) {
				ts.Fatalf("%s: no element %q of %d", args[1], step, len(x))
			}
			v = x[i]
		default:
			ts.Fatalf("%s: %q is below a plain value", args[1], step)
		}
	}
	text, ok := v.(string)
	if !ok {
		b, err := json.Marshal(v)
		ts.Check(err)
		text = string(b)
	}
	if (text == args[2]) == neg {
		ts.Fatalf("%s is %s, expected %s", args[1], text, args[2])
	}
}

// tamper changes the database behind the program's back: tamper STATEMENT.
func tamper(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	d, err := db.Open(ctx, ts.Getenv("QUITTANCE_DB"))
	ts.Check(err)
	defer d.Close()
	ts.Check(d.Unit(ctx, db.Scope{Actor: "tamper", Now: time.Now()}, func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, args[0])
		return err
	}))
}
