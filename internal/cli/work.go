package cli

import (
	"fmt"

	"quittance/internal/app"
	"quittance/internal/work"
)

type workCmd struct {
	UntilIdle bool `help:"End when nothing is left to do, instead of waiting for more."`
}

// Run works until it is told to stop.
func (c *workCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		p := e.progress("posting")
		o := work.Options{UntilIdle: c.UntilIdle, Progress: p.tell}
		if !e.Quiet {
			o.Started = func(run string) { fmt.Fprintf(e.stderr, "worked on %s\n", run) }
		}
		err := work.Run(e.ctx, a, call.Actor, o)
		p.end()
		return err
	})
}
