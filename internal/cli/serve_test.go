package cli_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"quittance/internal/cli"
	"quittance/internal/db/dbtest"
)

// standIn is a server that only takes note.
type standIn struct {
	Addr  string   `default:"127.0.0.1:8080" env:"QUITTANCE_ADDR"`
	Hosts []string `name:"allowed-hosts" env:"QUITTANCE_ALLOWED_HOSTS"`
	Rate  float64  `default:"1"`
	Quick bool

	wrong error
	url   string
	ran   bool
}

func (s *standIn) Check() error { return s.wrong }

func (s *standIn) Run(_ context.Context, url string, _, _ io.Writer) error {
	s.url, s.ran = url, true
	return nil
}

func serve(t *testing.T, s *standIn, args ...string) (code int, errs string) {
	t.Helper()
	var out, e bytes.Buffer
	code = cli.Run(t.Context(), append([]string{"serve"}, args...), strings.NewReader(""), &out, &e, cli.Hooks{Server: s})
	return code, e.String()
}

func file(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "serve.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// A flag goes before the environment, the environment before the file, the file before the default.
func TestServeSettings(t *testing.T) {
	database := dbtest.URL(t, "sqlite")
	all := file(t, `{"addr": "127.0.0.1:1", "allowed-hosts": ["a.example", "b.example"], "rate": 2.5, "quick": true, "db": "`+database+`"}`)
	for _, c := range []struct {
		name string
		env  map[string]string
		args []string
		addr string
	}{
		{"Default", map[string]string{"QUITTANCE_DB": database}, nil, "127.0.0.1:8080"},
		{"File", nil, []string{"--config", all}, "127.0.0.1:1"},
		{"FileByEnvironment", map[string]string{"QUITTANCE_CONFIG": all}, nil, "127.0.0.1:1"},
		{"EnvironmentBeforeFile", map[string]string{"QUITTANCE_ADDR": "127.0.0.1:2"}, []string{"--config", all}, "127.0.0.1:2"},
		{"FlagBeforeEnvironment", map[string]string{"QUITTANCE_ADDR": "127.0.0.1:2"}, []string{"--config", all, "--addr", "127.0.0.1:3"}, "127.0.0.1:3"},
		{"FlagBeforeFile", nil, []string{"--addr", "127.0.0.1:3", "--config", all}, "127.0.0.1:3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for k, v := range c.env {
				t.Setenv(k, v)
			}
			s := &standIn{}
			code, errs := serve(t, s, c.args...)
			if code != 0 || !s.ran || s.Addr != c.addr || s.url != database {
				t.Errorf("exit code %d, %s: %+v", code, errs, s)
			}
			if c.args != nil && (strings.Join(s.Hosts, " ") != "a.example b.example" || s.Rate != 2.5 || !s.Quick) {
				t.Errorf("%+v", s)
			}
		})
	}
}

func TestServeIsRefused(t *testing.T) {
	database := dbtest.URL(t, "sqlite")
	for _, c := range []struct {
		name string
		s    standIn
		args []string
		code int
		told string
	}{
		{"ErrSettingUnknown", standIn{}, []string{"--config", file(t, `{"adr": "x"}`)}, 2, `"adr", which is no setting`},
		{"ErrFileIsNoJSON", standIn{}, []string{"--config", file(t, `addr: x`)}, 2, "expected a JSON object"},
		{"ErrFileAbsent", standIn{}, []string{"--config", "/nowhere.json"}, 2, "/nowhere.json"},
		{"ErrFileType", standIn{}, []string{"--config", file(t, `{"rate": "much"}`)}, 2, "rate"},
		{"ErrSettings", standIn{wrong: errors.New("so wrong")}, []string{"--db", database}, 1, "so wrong"},
		{"ErrNoDatabase", standIn{}, []string{"--db", "/nowhere.db"}, 1, "there is no database"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, errs := serve(t, &c.s, c.args...)
			if code != c.code || !strings.Contains(errs, c.told) || c.s.ran {
				t.Errorf("exit code %d, %s, ran %v", code, errs, c.s.ran)
			}
		})
	}
	t.Run("CheckDoesNotServe", func(t *testing.T) {
		s := &standIn{}
		if code, errs := serve(t, s, "--db", "/nowhere.db", "--check"); code != 0 || s.ran {
			t.Errorf("exit code %d, %s, ran %v", code, errs, s.ran)
		}
	})
	t.Run("CreateMakesTheFile", func(t *testing.T) {
		s := &standIn{}
		if code, errs := serve(t, s, "--db", filepath.Join(t.TempDir(), "new.db"), "--create"); code != 0 || !s.ran {
			t.Errorf("exit code %d, %s, ran %v", code, errs, s.ran)
		}
	})
}

func TestSetupCode(t *testing.T) {
	database := dbtest.URL(t, "sqlite")
	run := func(args ...string) (int, string, string) {
		var out, errs bytes.Buffer
		code := cli.Run(t.Context(), append(args, "--db", database), strings.NewReader("correct horse battery"), &out, &errs, cli.Hooks{})
		return code, out.String(), errs.String()
	}
	if code, out, errs := run("users", "setup-code"); code != 0 || !strings.HasPrefix(out, "setup-") {
		t.Fatalf("exit code %d, %s%s", code, out, errs)
	}
	if code, _, errs := run("users", "add", "ann", "--role", "administrator"); code != 0 {
		t.Fatal(errs)
	}
	if code, out, errs := run("users", "setup-code"); code != 1 || out != "" || !strings.Contains(errs, "there are users already") {
		t.Errorf("exit code %d, %s%s", code, out, errs)
	}
}
