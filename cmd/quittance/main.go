// Command quittance reimburses the open credits of customers. It wires the packages together; see internal/cli for the
// command line.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"quittance/internal/cli"
	"quittance/internal/demo"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Run(ctx, os.Args[1:], os.Stdin, os.Stdout, os.Stderr, cli.Hooks{Demo: demo.Run})
	stop()
	os.Exit(code)
}
