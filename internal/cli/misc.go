package cli

import (
	"os"
	"runtime"
	"runtime/debug"

	"quittance/internal/app"
	"quittance/internal/fault"
)

type companiesCmd struct{}

// Run lists the companies.
func (c *companiesCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		codes, err := a.Companies(e.ctx, call)
		if err != nil {
			return err
		}
		l := e.list("company")
		for _, code := range codes {
			if err := l.add(map[string]string{"company": code}, code); err != nil {
				return err
			}
		}
		return l.close("There is no company; make one with `quittance import PATH`.")
	})
}

type demoCmd struct {
	NoServe bool `help:"Make the sample companies, and do not go on to serve the pages."`
}

// Run makes the sample companies.
func (c *demoCmd) Run(e *env) error {
	if e.hooks.Demo == nil {
		return fault.New(fault.Unavailable, "the sample company is not part of this build; bring one in with `quittance import PATH`").ByRule("no_demo")
	}
	url := e.DB
	if url == "" {
		url = demoDatabase
	}
	return e.hooks.Demo(e.ctx, url, !c.NoServe, e.rawStdout)
}

type versionCmd struct{}

// versionView is what version says.
type versionView struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Database string `json:"database"`
	Engine   string `json:"engine"`
}

// Run prints versions. It makes no database.
func (c *versionCmd) Run(e *env) error {
	v := versionView{Version: "(devel)", Go: runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		v.Version = info.Main.Version
	}
	if _, file := e.database(); file != "" {
		if _, err := os.Stat(file); err != nil {
			return e.result(v, "version go database engine", []string{v.Version, v.Go, "", ""}, "quittance %s, %s, no database at %s", v.Version, v.Go, file)
		}
	}
	return e.with(func(a *app.App, _ app.Call) (err error) {
		if v.Database, v.Engine, err = a.Database(e.ctx); err != nil {
			return err
		}
		return e.result(v, "version go database engine", []string{v.Version, v.Go, v.Database, v.Engine}, "quittance %s, %s, database %s (%s)", v.Version, v.Go, v.Database, v.Engine)
	})
}
