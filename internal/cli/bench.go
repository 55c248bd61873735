package cli

import (
	"fmt"
	"time"

	"quittance/internal/bench"
	"quittance/internal/fault"
)

// benchCmd holds the benchmarks.
type benchCmd struct {
	Generate benchGenerateCmd `cmd:"" help:"Make a company of made-up customers, in a database of its own."`
}

// benchFlags are what every benchmark has.
type benchFlags struct {
	JSON bool `name:"json" help:"The same as -o json."`
}

// apply takes the flag over into the output.
func (f benchFlags) apply(e *env) {
	if f.JSON {
		e.Output = "json"
	}
}

// tell prints what a benchmark is doing to standard error.
func (e *env) tell() bench.Tell {
	if e.Quiet {
		return nil
	}
	began := time.Now()
	return func(format string, args ...any) {
		fmt.Fprintf(e.stderr, "%7.1f s  "+format+"\n", append([]any{time.Since(began).Seconds()}, args...)...)
	}
}

// source gives the database of a benchmark, which must be named: none is made or measured by accident.
func (e *env) source() (string, error) {
	if e.DB == "" {
		return "", fault.New(fault.Usage, "a benchmark needs its database named: --db FILE or --db postgres://…").In("db")
	}
	return e.DB, nil
}

type benchGenerateCmd struct {
	benchFlags
	Customers int    `help:"How many customers." default:"10000" placeholder:"N"`
	Seed      uint64 `help:"The same seed makes the same company." default:"1" placeholder:"S"`
	Mix       string `help:"city: several funds, history, one in ten with open debits. yardstick: two credit notes each." enum:"city,yardstick" default:"city"`
}

// Run makes the company.
func (c *benchGenerateCmd) Run(e *env) error {
	c.apply(e)
	url, err := e.source()
	if err != nil {
		return err
	}
	g, err := bench.Generate(e.ctx, url, bench.GenerateOptions{Customers: c.Customers, Seed: c.Seed, Mix: bench.Mix(c.Mix)}, e.tell())
	if err != nil {
		return err
	}
	cells := []string{g.Database, g.Company, string(g.Mix), fmt.Sprint(g.Seed), fmt.Sprint(g.Customers), fmt.Sprint(g.Vouchers), fmt.Sprint(g.Entries), fmt.Sprint(g.OpenCredits), g.RunDate.String(), fmt.Sprint(g.Seconds)}
	err = e.result(g, "database company mix >seed >customers >vouchers >entries >open_credits run_date >seconds", cells,
		"Made company %s (%s, seed %d): %d customers, %d vouchers with %d entries, %d open credits, in %.1f s.", g.Company, g.Mix, g.Seed, g.Customers, g.Vouchers, g.Entries, g.OpenCredits, g.Seconds)
	if err != nil {
		return err
	}
	return e.hint("Measure a run over it: quittance --db … bench reimburse; a copy is measured, this database stays as it is.")
}
