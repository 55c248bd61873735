// Command quittance reimburses the open credits of customers. It wires the packages together; see internal/cli for the
// command line.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"quittance/internal/cli"
	"quittance/internal/demo"
	"quittance/internal/server"
)

// heapGrowth is by how many percent the heap may grow between collections: a run's live data is small beside what it goes through.
const heapGrowth = 200

const sameSignal = 500 * time.Millisecond

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, func() { // a second signal ends the process at once; the same one sent twice, as timeout(1) does, is one
		time.Sleep(sameSignal)
		stop()
	})
	code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, cli.Hooks{Demo: sample, Server: &server.Config{}})
	stop()
	os.Exit(code)
}

// sample makes the sample companies, and serves it when told to, at whatever port is free.
func sample(ctx context.Context, url string, serve bool, out io.Writer) error {
	if err := demo.Run(ctx, url, out); err != nil || !serve {
		return err
	}
	fmt.Fprintf(out, "\n9. The pages (Ctrl-C ends them; quittance demo --no-serve does without)\n\n")
	c := server.Defaults()
	c.AnyPort, c.LogLevel = true, "warn"
	return c.Run(ctx, url, out, os.Stderr)
}
