package cli

import (
	"fmt"
	"os"
	"strings"
	"time"

	"quittance/internal/bench"
	"quittance/internal/fault"
)

// benchCmd holds the benchmarks.
type benchCmd struct {
	Generate   benchGenerateCmd   `cmd:"" help:"Make a company of made-up customers, in a database of its own."`
	Reimburse  benchReimburseCmd  `cmd:"" help:"Measure a run over everybody against its floor: the database writing the same rows by itself."`
	Post       benchPostCmd       `cmd:"" help:"Measure everyday postings a second, beside bare SQL."`
	Read       benchReadCmd       `cmd:"" help:"Measure lists, balances and simulations."`
	Work       benchWorkCmd       `cmd:"" help:"Measure two posting processes against one, on PostgreSQL."`
	Deductions benchDeductionsCmd `cmd:"" help:"Measure the search for matches of deductions and the pages of their desk, beside bare SQL, in a database of its own."`
	Payouts    benchPayoutsCmd    `cmd:"" help:"Measure paying vendors, files, posting and the reconciliation of the bank statement, each beside the database writing the same rows by itself, in a database of its own."`
	Requests   benchRequestsCmd   `cmd:"" help:"Measure a changed policy over past requests and the lists of them, in a database of its own."`
	Floor      benchFloorCmd      `cmd:"" hidden:"" help:"Execute the floor of a run."`
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

// generated gives the database of a benchmark that is to be there already.
func (e *env) generated() (string, error) {
	url, err := e.source()
	if err != nil {
		return "", err
	}
	if _, file := e.database(); file != "" {
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			return "", fault.New(fault.NotFound, "there is no database at %s; make one with: quittance --db %[1]s bench generate", file).ByRule("no_database")
		}
	}
	return url, nil
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

type benchReimburseCmd struct {
	benchFlags
	Pairs   int  `help:"How often floor and run are measured, in turns; medians are printed." default:"3" placeholder:"N"`
	Explain bool `help:"Print the SQL of the floor, and measure nothing."`
	Keep    bool `help:"Keep the last copies, to look at them."`
}

// Run measures a run over everything against its floor.
func (c *benchReimburseCmd) Run(e *env) error {
	c.apply(e)
	if c.Explain {
		for _, line := range bench.FloorSQL(strings.Contains(e.DB, "://")) {
			fmt.Fprintln(e.stdout, line+";")
		}
		return nil
	}
	url, err := e.generated()
	if err != nil {
		return err
	}
	r, err := bench.Reimburse(e.ctx, url, bench.ReimburseOptions{Pairs: c.Pairs, Keep: c.Keep}, e.tell())
	if err != nil {
		return err
	}
	if e.Output == "json" || e.Output == "jsonl" {
		return e.object(r)
	}
	l := e.list("pair >floor >run >ratio >simulate >peak")
	for i, p := range append(r.Pairs, bench.Pair{Floor: r.Floor, Run: r.Run, Ratio: r.Ratio, Simulate: r.Simulate, Peak: r.Peak}) {
		name := fmt.Sprint(i + 1)
		if i == len(r.Pairs) {
			name = "median"
		}
		if err := l.add(p, name, fmt.Sprintf("%.2f s", p.Floor), fmt.Sprintf("%.2f s", p.Run), fmt.Sprintf("%.2f", p.Ratio), fmt.Sprintf("%.2f s", p.Simulate), fmt.Sprintf("%.0f MiB", p.Peak)); err != nil {
			return err
		}
	}
	if err := l.close(""); err != nil {
		return err
	}
	return e.hint("%s, %s: %d customers with %d open credits, %d reimbursements, %d rows written; %.0f rows and %.0f customers a second.",
		r.Database, r.Mix, r.Customers, r.Credits, r.Reimbursements, r.RowsWritten, r.RowsSecond, r.CustSecond)
}

type benchFloorCmd struct{}

// Run executes the floor in a database that is prepared for it: bench reimburse calls it.
func (c *benchFloorCmd) Run(e *env) error {
	url, err := e.generated()
	if err != nil {
		return err
	}
	r, err := bench.Floor(e.ctx, url)
	if err != nil {
		return err
	}
	return e.object(r)
}

type benchPostCmd struct {
	benchFlags
	Clients []int   `help:"How many post at once; each number is measured." default:"1,8,32" placeholder:"N,N"`
	Seconds float64 `help:"How long each side of each number is measured." default:"10" placeholder:"S"`
}

// Run measures everyday postings beside bare SQL.
func (c *benchPostCmd) Run(e *env) error {
	c.apply(e)
	url, err := e.generated()
	if err != nil {
		return err
	}
	r, err := bench.Post(e.ctx, url, bench.PostOptions{Clients: c.Clients, Seconds: c.Seconds}, e.tell())
	if err != nil {
		return err
	}
	if e.Output == "json" || e.Output == "jsonl" {
		return e.object(r)
	}
	l := e.list("posting >clients >app_per_second >bare_per_second >ratio")
	for _, p := range r.Results {
		if err := l.add(p, p.What, fmt.Sprint(p.Clients), fmt.Sprintf("%.1f", p.App), fmt.Sprintf("%.1f", p.Bare), fmt.Sprintf("%.2f", p.Ratio)); err != nil {
			return err
		}
	}
	return l.close("")
}

type benchReadCmd struct {
	benchFlags
	Repeat int `help:"How often each is looked at." default:"20" placeholder:"N"`
}

// Run measures what people look at.
func (c *benchReadCmd) Run(e *env) error {
	c.apply(e)
	url, err := e.generated()
	if err != nil {
		return err
	}
	r, err := bench.Read(e.ctx, url, bench.ReadOptions{Repeat: c.Repeat}, e.tell())
	if err != nil {
		return err
	}
	if e.Output == "json" || e.Output == "jsonl" {
		return e.object(r)
	}
	l := e.list("look >median >maximum")
	for _, x := range r.Results {
		if err := l.add(x, x.What, fmt.Sprintf("%.1f ms", x.Median), fmt.Sprintf("%.1f ms", x.Max)); err != nil {
			return err
		}
	}
	return l.close("")
}

type benchWorkCmd struct {
	benchFlags
	Pairs int `help:"How often one and two processes are measured, in turns; medians are printed." default:"3" placeholder:"N"`
}

// Run measures two posting processes against one.
func (c *benchWorkCmd) Run(e *env) error {
	c.apply(e)
	url, err := e.generated()
	if err != nil {
		return err
	}
	r, err := bench.Work(e.ctx, url, bench.WorkOptions{Pairs: c.Pairs}, e.tell())
	if err != nil {
		return err
	}
	if e.Output == "json" || e.Output == "jsonl" {
		return e.object(r)
	}
	l := e.list("pair >one >two >ratio")
	for i, p := range append(r.Pairs, bench.WorkPair{One: r.One, Two: r.Two, Ratio: r.Ratio}) {
		name := fmt.Sprint(i + 1)
		if i == len(r.Pairs) {
			name = "median"
		}
		if err := l.add(p, name, fmt.Sprintf("%.2f s", p.One), fmt.Sprintf("%.2f s", p.Two), fmt.Sprintf("%.2f", p.Ratio)); err != nil {
			return err
		}
	}
	return l.close("")
}

type benchDeductionsCmd struct {
	benchFlags
	Deductions int    `help:"How many open deductions are made." default:"100000" placeholder:"N"`
	Credits    int    `help:"How many open credits are made." default:"1000000" placeholder:"N"`
	Customers  int    `help:"Of how many customers." default:"5000" placeholder:"N"`
	Seed       uint64 `help:"The same seed makes the same company." default:"1" placeholder:"S"`
	Repeat     int    `help:"How often each page is looked at." default:"20" placeholder:"N"`
}

// Run measures the search for matches, and the pages of the deduction desk.
func (c *benchDeductionsCmd) Run(e *env) error {
	c.apply(e)
	url, err := e.source()
	if err != nil {
		return err
	}
	r, err := bench.Deductions(e.ctx, url, bench.DeductionOptions{Deductions: c.Deductions, Credits: c.Credits, Customers: c.Customers, Seed: c.Seed, Repeat: c.Repeat}, e.tell())
	if err != nil {
		return err
	}
	if e.Output == "json" || e.Output == "jsonl" {
		return e.object(r)
	}
	l := e.list("look >median >maximum >bare")
	for _, x := range r.Results {
		if err := l.add(x, x.What, fmt.Sprintf("%.1f ms", x.App), fmt.Sprintf("%.1f ms", x.Max), fmt.Sprintf("%.1f ms", x.Bare)); err != nil {
			return err
		}
	}
	if err := l.close(""); err != nil {
		return err
	}
	return e.hint("%s: %d deductions against %d credits in %.1f s (%.0f MiB at most), %.1f times the bare join of %.1f s; %d proposed.", r.Database, r.Deductions, r.Credits, r.Match, r.Peak, r.Ratio, r.Floor, r.Outcome.Proposed)
}

type benchPayoutsCmd struct {
	benchFlags
	Customers int    `help:"How many customers, and so payments and lines of the statement." default:"100000" placeholder:"N"`
	Seed      uint64 `help:"The same seed makes the same company." default:"1" placeholder:"S"`
	Repeat    int    `help:"How often each page is looked at." default:"5" placeholder:"N"`
}

// Run measures paying vendors and reconciling the bank's statement of it.
func (c *benchPayoutsCmd) Run(e *env) error {
	c.apply(e)
	url, err := e.source()
	if err != nil {
		return err
	}
	r, err := bench.Payouts(e.ctx, url, bench.PayoutOptions{Customers: c.Customers, Seed: c.Seed, Repeat: c.Repeat}, e.tell())
	if err != nil {
		return err
	}
	if e.Output == "json" || e.Output == "jsonl" {
		return e.object(r)
	}
	l := e.list("step >items >items_per_second >rows >seconds >floor >ratio")
	for _, x := range r.Steps {
		if err := l.add(x, x.What, fmt.Sprint(x.Items), fmt.Sprintf("%.0f", x.Second), fmt.Sprint(x.Rows), fmt.Sprintf("%.2f s", x.Step), fmt.Sprintf("%.2f s", x.Floor), fmt.Sprintf("%.2f", x.Ratio)); err != nil {
			return err
		}
	}
	if err := l.close(""); err != nil {
		return err
	}
	for _, x := range r.Looks {
		if err := e.hint("%s: %.1f ms, at most %.1f ms", x.What, x.Median, x.Max); err != nil {
			return err
		}
	}
	return nil
}

type benchRequestsCmd struct {
	benchFlags
	Requests  int    `help:"How many past requests." default:"100000" placeholder:"N"`
	Customers int    `help:"How many customers the company has." default:"1000" placeholder:"N"`
	Seed      uint64 `help:"The same seed makes the same company." default:"1" placeholder:"S"`
	Repeat    int    `help:"How often each page is looked at." default:"5" placeholder:"N"`
}

// Run measures a changed policy over past requests.
func (c *benchRequestsCmd) Run(e *env) error {
	c.apply(e)
	url, err := e.source()
	if err != nil {
		return err
	}
	r, err := bench.Requests(e.ctx, url, bench.RequestOptions{Requests: c.Requests, Customers: c.Customers, Seed: c.Seed, Repeat: c.Repeat}, e.tell())
	if err != nil {
		return err
	}
	if e.Output == "json" || e.Output == "jsonl" {
		return e.object(r)
	}
	l := e.list("look >median_ms >max_ms")
	for _, x := range r.Results {
		if err := l.add(x, x.What, fmt.Sprintf("%.1f", x.Median), fmt.Sprintf("%.1f", x.Max)); err != nil {
			return err
		}
	}
	if err := l.close(""); err != nil {
		return err
	}
	return e.hint("%d requests; a changed policy on %d of them in %.2f s, reading them %.2f s: %.1f times; %d would be decided otherwise.", r.Requests, r.Decisions, r.Simulate, r.Floor, r.Ratio, r.Otherwise)
}
