package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"quittance/internal/app"
	"quittance/internal/fault"
)

// Server is the program as a service. Its exported fields are flags.
type Server interface {
	// Check says what is wrong with the flags.
	Check() error
	// Run serves the database at url until the context ends; out is the console.
	Run(ctx context.Context, url string, out, log io.Writer) error
}

type serveCmd struct {
	Config kong.ConfigFlag `help:"File of settings (JSON): the names of these flags, and db. A flag goes before the environment, the environment before the file." env:"QUITTANCE_CONFIG" placeholder:"FILE"`
	Check  bool            `help:"Say whether the settings are right, and do not serve."`
	Create bool            `help:"Make the database file when it is not there." env:"QUITTANCE_CREATE"`
	Server Server          `embed:""`
}

// Run serves.
func (c *serveCmd) Run(e *env) error {
	if c.Server == nil {
		return fault.New(fault.Unavailable, "serving is not part of this build").ByRule("no_server")
	}
	if err := c.Server.Check(); err != nil {
		return err
	}
	url, _ := e.database()
	if c.Check {
		return e.result(map[string]string{"database": url, "settings": "right"}, "database settings", []string{url, "right"}, "The settings are right.")
	}
	if !c.Create {
		if err := e.there(); err != nil {
			return err
		}
	}
	return c.Server.Run(e.ctx, url, e.rawStdout, e.stderr)
}

// settingsFile reads a file of settings for kong. A name that is no flag is refused, and what the environment sets goes before it.
func settingsFile(r io.Reader) (kong.Resolver, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, err
	}
	values := map[string]any{}
	if err := json.Unmarshal(text, &values); err != nil {
		return nil, fmt.Errorf("expected a JSON object such as {\"addr\": \"127.0.0.1:8080\"}: %w", err)
	}
	return &settings{values}, nil
}

type settings struct{ values map[string]any }

// Validate refuses names that no flag has.
func (s *settings) Validate(a *kong.Application) error {
	known := map[string]bool{}
	for _, f := range a.Flags {
		known[f.Name] = true
	}
	for _, n := range a.Leaves(false) {
		if n.Name == "serve" {
			for _, f := range n.Flags {
				known[f.Name] = true
			}
		}
	}
	for _, no := range []string{"help", "config", "check"} {
		delete(known, no)
	}
	for _, name := range slices.Sorted(maps.Keys(s.values)) {
		if !known[name] {
			return fault.New(fault.Usage, "the file of settings has %q, which is no setting; there are: %s", name, strings.Join(slices.Sorted(maps.Keys(known)), ", ")).In(name)
		}
	}
	return nil
}

// Resolve gives the value of a flag that the command line does not set.
func (s *settings) Resolve(_ *kong.Context, _ *kong.Path, f *kong.Flag) (any, error) {
	for _, name := range f.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	switch v := s.values[f.Name].(type) {
	case []any:
		texts := make([]string, len(v))
		for i := range v {
			texts[i] = fmt.Sprint(v[i])
		}
		return strings.Join(texts, ","), nil
	default:
		return v, nil
	}
}

type setupCodeCmd struct{}

// Run prints a code by which the first user can be made.
func (c *setupCodeCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if !call.Actor.Operator() {
			return fault.New(fault.Denied, "the set-up code is for the operator of the machine; take QUITTANCE_TOKEN away").ByRule("permission")
		}
		code, err := a.SetupCode(e.ctx)
		if err != nil {
			return err
		}
		if code == "" {
			return fault.New(fault.Refused, "there are users already; add others with `quittance users add`").ByRule("has_users")
		}
		return e.result(map[string]string{"code": code}, "code", []string{code}, "%s\nGood for 30 minutes, once, at the page /setup of the server; earlier codes have ended.", code)
	})
}
