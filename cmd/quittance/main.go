// Command quittance reimburses the open credits of customers. It wires the packages together; see internal/cli for the
// command line.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"quittance/internal/cli"
	"quittance/internal/demo"
)

// heapGrowth is by how many percent the heap may grow between collections: a run's live data is small beside what it goes through.
const heapGrowth = 200

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, cli.Hooks{Demo: demo.Run})
	stop()
	os.Exit(code)
}
