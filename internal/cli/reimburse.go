package cli

import (
	"bufio"
	"cmp"
	"fmt"
	"reflect"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/reimbursement"
)

// reimburseCmd holds the commands of the reimbursement run.
type reimburseCmd struct {
	Simulate simulateCmd `cmd:"" help:"Show what a run would do, and write nothing."`
	Propose  proposeCmd  `cmd:"" help:"Save a run without posting it."`
	Post     postCmd     `cmd:"" help:"Post a run; goes on with one that was cut off."`
	Exclude  excludeCmd  `cmd:"" help:"Take a customer out of a proposed run."`
	Cancel   cancelCmd   `cmd:"" help:"Give up a proposed run."`
	List     runsCmd     `cmd:"" help:"List the runs, the lines of one, or the reimbursements of a customer."`
	Show     showCmd     `cmd:"" help:"Show a reimbursement, or a run."`
	Trace    traceCmd    `cmd:"" help:"Show what happened to a reimbursement, when, and by whom."`
	Reverse  reverseCmd  `cmd:"" help:"Reverse reimbursements: the credits are open again."`
}

// selectionFlags say which customers and credits a run looks at, and what differs from the company's parameters.
type selectionFlags struct {
	Date      civil.Date `help:"Date of the vouchers (default: today)." placeholder:"YYYY-MM-DD"`
	Customers []string   `help:"Customers, or ranges of them in byte order." placeholder:"A,B..C"`
	Groups    []string   `help:"Customer groups." placeholder:"G"`
	All       bool       `help:"Every customer in credit."`
	Currency  string     `help:"Credits in this currency only." placeholder:"C"`
	Credits   []string   `help:"These vouchers only." placeholder:"VOUCHER"`

	Minimum                  *string  `help:"Smallest reimbursement, in accounting currency." placeholder:"25.00"`
	IncludeOutstandingDebits *bool    `help:"Reimburse also who has open debits." negatable:""`
	SeparateByClassification *bool    `help:"A reimbursement for each billing classification." negatable:""`
	Classifications          []string `help:"Credits with these billing classifications only." placeholder:"A,B"`
	IncludeUnclassified      bool     `help:"With --classifications: credits without one too."`
	Netting                  string   `help:"gross, net or net_due." enum:"gross,net,net_due," default:"" placeholder:"KIND"`
	SummarizeCustomer        *bool    `help:"One reimbursement a customer and currency." negatable:""`
	MinimumAge               *int     `help:"Days that a credit must be old." placeholder:"DAYS"`
}

// request makes the request of the flags.
func (f *selectionFlags) request() app.RunRequest {
	r := app.RunRequest{
		Selection: reimbursement.Selection{All: f.All, Customers: f.Customers, Groups: f.Groups, Currency: f.Currency, Credits: f.Credits},
		Date:      f.Date, Minimum: f.Minimum, IncludeDebits: f.IncludeOutstandingDebits, Separate: f.SeparateByClassification,
		Classifications: f.Classifications, IncludeUnclassified: f.IncludeUnclassified, Summarize: f.SummarizeCustomer, MinimumAge: f.MinimumAge,
	}
	if f.Netting != "" {
		r.Netting = &f.Netting
	}
	return r
}

// given says whether any of the flags was given.
func (f *selectionFlags) given() bool { return !reflect.ValueOf(*f).IsZero() }

type summaryFlag struct {
	Summary bool `help:"Print the run and the counts by reason only."`
}

type simulateCmd struct {
	selectionFlags
	summaryFlag
	RunID string `name:"run" help:"The selection and options of a saved run, as the company is now." placeholder:"ID"`
}

// Run shows what a run would do.
func (c *simulateCmd) Run(e *env) error {
	if c.RunID != "" && c.given() {
		return runAlone("simulate")
	}
	return e.with(func(a *app.App, call app.Call) error {
		out := e.sinkTo(e.stdout, c.Summary)
		p := e.progress("simulating")
		var run *reimbursement.RunView
		var err error
		if c.RunID != "" {
			run, err = a.SimulateRun(e.ctx, call, c.RunID, p.counting(out.add))
		} else {
			run, err = a.Simulate(e.ctx, call, c.request(), p.counting(out.add))
		}
		p.end()
		if err != nil {
			return err
		}
		return out.close(run)
	})
}

// runAlone refuses a selection beside --run.
func runAlone(command string) error {
	return usage("--run names a saved run with its own selection and options, so no others can stand beside it; see quittance reimburse %s --help", command)
}

// counting tells the progress of decisions on their way.
func (p *progress) counting(add app.Decide) app.Decide {
	var done int64
	last := ""
	return func(d reimbursement.Decisions) error {
		done += int64(len(d.Excluded))
		for i := range d.Reimbursements {
			if key := d.Reimbursements[i].Customer + "\x00" + d.Reimbursements[i].Currency; key != last {
				last = key
				done++
			}
		}
		p.show(done, 0)
		return add(d)
	}
}

type proposeCmd struct {
	selectionFlags
	summaryFlag
}

// Run saves a run and shows it.
func (c *proposeCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		out := &patient{e: e, summary: c.Summary}
		p := e.progress("proposing")
		run, err := a.Propose(e.ctx, call, c.request(), p.counting(out.add))
		p.end()
		if err != nil {
			return err
		}
		return out.close(run)
	})
}

type postCmd struct {
	selectionFlags
	summaryFlag
	RunID string `name:"run" help:"A run that is proposed or was cut off, instead of a selection." placeholder:"ID"`
	Yes   bool   `help:"Do not ask before posting --all from a terminal."`

	Detach bool `help:"Reserve the numbers, and leave the posting to quittance work."`
}

// Run posts a run and shows what was posted.
func (c *postCmd) Run(e *env) error {
	if c.RunID != "" && c.given() {
		return runAlone("post")
	}
	if c.Detach {
		return c.detach(e)
	}
	p := e.progress("posting")
	posted := false
	err := e.with(func(a *app.App, call app.Call) error {
		run, err := c.post(e, a, call, p)
		p.end()
		if err != nil {
			return err
		}
		posted = true
		out := e.sinkTo(e.stdout, c.Summary)
		if !c.Summary {
			if run, err = a.Run(e.ctx, call, run.ID, out.add); err != nil {
				return err
			}
		}
		return out.close(run)
	})
	if err != nil && !posted {
		return e.cutOff(err, p.run, c.RunID)
	}
	return err
}

func (c *postCmd) post(e *env, a *app.App, call app.Call, p *progress) (*reimbursement.RunView, error) {
	if c.RunID != "" {
		return a.PostRun(e.ctx, call, c.RunID, p.tell)
	}
	req := c.request()
	if c.All && !c.Yes && isTerminal(e.stdin) {
		if err := e.confirm(a, call, req); err != nil {
			return nil, err
		}
	}
	run, resumed, err := a.PostSelection(e.ctx, call, req, p.tell)
	if resumed && err == nil {
		fmt.Fprintf(e.stderr, "resuming run %s\n", run.ID)
	}
	return run, err
}

// detach starts a run and leaves its chunks to processes that work.
func (c *postCmd) detach(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		var run *reimbursement.RunView
		var err error
		if c.RunID != "" {
			run, err = a.StartRun(e.ctx, call, c.RunID)
		} else {
			req := c.request()
			if c.All && !c.Yes && isTerminal(e.stdin) {
				if err := e.confirm(a, call, req); err != nil {
					return err
				}
			}
			run, err = a.StartSelection(e.ctx, call, req)
		}
		if err != nil {
			return err
		}
		if !e.Quiet {
			fmt.Fprintf(e.stderr, "Run %s is left to quittance work.\n", run.ID)
		}
		return e.sinkTo(e.stdout, true).close(run)
	})
}

// confirm shows a person at the terminal how much --all is, and asks.
func (e *env) confirm(a *app.App, call app.Call, req app.RunRequest) error {
	run, err := a.Simulate(e.ctx, call, req, func(reimbursement.Decisions) error { return nil })
	if err != nil {
		return err
	}
	amounts := make([]string, len(run.Totals.Amounts))
	for i, x := range run.Totals.Amounts {
		amounts[i] = x.Amount + " " + x.Currency
	}
	fmt.Fprintf(e.stderr, "Post %s for %s in company %s, in all %s? [y/N] ", count(run.Totals.Reimbursements, "reimbursement", "reimbursements"),
		count(run.Totals.ReimbursedCustomers, "customer", "customers"), run.Company, cmp.Or(strings.Join(amounts, ", "), "nothing"))
	answer, _ := bufio.NewReader(e.stdin).ReadString('\n')
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return nil
	}
	return fault.New(fault.Refused, "not posted, as you said").ByRule("not_confirmed")
}

// cutOff says how to go on with a run whose posting was cut off: told is the run that posting told of, blank when it was cut
// off before that; named is the one that the command names.
func (e *env) cutOff(err error, told, named string) error {
	again := "give the same command again, with the same date"
	if run := cmp.Or(told, named); run != "" {
		again = "go on with: quittance reimburse post --run " + run
	}
	switch {
	case e.ctx.Err() != nil:
		return fault.New(fault.Unavailable, "interrupted; what was posted so far stays, and nothing is posted twice: %s", again).ByRule("interrupted").Because(err)
	case told != "":
		var l fault.List
		l.Add(err)
		return append(l, fault.New(fault.CodeOf(err), "what was posted so far stays, and nothing is posted twice: %s", again))
	}
	return err
}

type excludeCmd struct {
	RunID    string `name:"run" required:"" help:"The proposed run." placeholder:"ID"`
	Customer string `required:"" help:"The customer." placeholder:"C"`
	Currency string `help:"In this currency only." placeholder:"C"`
	Reason   string `required:"" help:"Why." placeholder:"TEXT"`
}

// Run takes a customer out of a run.
func (c *excludeCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		n, err := a.TakeOut(e.ctx, call, c.RunID, c.Customer, c.Currency, c.Reason)
		if err != nil {
			return err
		}
		return e.result(map[string]any{"run": c.RunID, "customer": c.Customer, "lines": n}, "run customer >lines", []string{c.RunID, c.Customer, fmt.Sprint(n)},
			"Took %s of %s out of %s.", count(n, "line", "lines"), c.Customer, c.RunID)
	})
}

type cancelCmd struct {
	RunID  string `name:"run" required:"" help:"The proposed run." placeholder:"ID"`
	Reason string `required:"" help:"Why." placeholder:"TEXT"`
}

// Run gives up a proposed run.
func (c *cancelCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.CancelRun(e.ctx, call, c.RunID, c.Reason); err != nil {
			return err
		}
		return e.result(map[string]string{"run": c.RunID, "state": string(reimbursement.Cancelled)}, "run state", []string{c.RunID, string(reimbursement.Cancelled)},
			"Run %s is cancelled; nothing of it was posted.", c.RunID)
	})
}

type showCmd struct {
	summaryFlag
	Number string `arg:"" help:"Number of a reimbursement, or of a run."`
}

// Run shows a reimbursement, or else the run of that number.
func (c *showCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		v, err := a.Reimbursement(e.ctx, call, c.Number)
		if fault.CodeOf(err) == fault.NotFound {
			out := e.sinkTo(e.stdout, c.Summary)
			run, rerr := a.Run(e.ctx, call, c.Number, out.add)
			if fault.CodeOf(rerr) == fault.NotFound {
				return fault.New(fault.NotFound, "there is neither a reimbursement nor a run %q; see quittance reimburse list", c.Number)
			}
			if rerr != nil {
				return rerr
			}
			return out.close(run)
		}
		if err != nil {
			return err
		}
		return e.showReimbursement(&v)
	})
}

func (e *env) showReimbursement(v *reimbursement.View) error {
	switch e.Output {
	case "csv":
		s := e.sinkTo(e.stdout, false)
		if err := s.add(reimbursement.Decisions{Reimbursements: []reimbursement.View{*v}}); err != nil {
			return err
		}
		return s.close(nil)
	case "table":
		fmt.Fprintf(e.stdout, "Reimbursement  %s\nDate           %s\nAmount         %s %s\n\n", numbered(v, 1), v.Voucher.Date, v.Amount, v.Currency)
		t := newTable(journalColumns)
		if err := journal(t, v, 1); err != nil {
			return err
		}
		return t.print(e.stdout)
	}
	return e.object(v)
}
