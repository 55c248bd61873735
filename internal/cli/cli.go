// Package cli is the door for people and scripts at a terminal: it parses a command, calls app, and shows the result.
//
//   - A *command* is a struct of flags with a Run method; one file holds one group of commands.
//   - The *output* is a table for people, CSV, one JSON value, or JSON lines. Results go to standard output, and progress,
//     questions and errors to standard error, so that a script can read the one without the other.
//   - An *exit code* says how it went: 0 done, 1 refused or failed, 2 wrong usage, 3 verify found a violation.
//
// Invariants: no rule of accounting and no SQL lives here; memory does not grow with the number of decisions of a run, which go
// through a [spool.Spool]; only import, restore, demo, serve --create and bench generate make a database file. Source: interchange, "The command line".
package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/identity"
)

// Hooks are the parts of the program that main hands in, because cli does not import them.
type Hooks struct {
	// Demo makes the sample company in the database at url, writes what it did to out, and serves it when told to.
	Demo func(ctx context.Context, url string, serve bool, out io.Writer) error
	// Server is the program as a service, a pointer to its settings; nil when it is not part of the build.
	Server Server
}

const (
	defaultDatabase = "quittance.db"
	demoDatabase    = "quittance-demo.db"
)

// globals are the flags that every command has.
type globals struct {
	DB      string `help:"Database: a file for the embedded one, or postgres://… (default: ${db}; demo: ${demodb})." env:"QUITTANCE_DB" placeholder:"FILE|URL"`
	Company string `help:"Company; may be left out when there is one." placeholder:"CODE"`
	Output  string `short:"o" help:"table, json, csv or jsonl." enum:"table,json,csv,jsonl" default:"table" placeholder:"FORMAT"`
	Quiet   bool   `help:"No progress, and no hint at what to do next."`
}

// grammar is the whole command line.
type grammar struct {
	globals

	Reimburse    reimburseCmd    `cmd:"" group:"Give credits back" help:"Reimburse customers' open credits: simulate, propose, post, reverse."`
	Requests     requestsCmd     `cmd:"" group:"Give credits back" help:"Requests for reimbursement: ask, attach, submit, approve, post, follow."`
	Policies     policiesCmd     `cmd:"" group:"Give credits back" help:"Rules that say what is eligible, which documents are needed, what needs nobody's look: list, show, save, test, simulate."`
	Approvals    approvalsCmd    `cmd:"" group:"Give credits back" help:"What waits for approval: inbox, show, approve, reject; who approves what, deputies, limits."`
	CreditAgeing creditAgeingCmd `cmd:"" group:"Give credits back" help:"Open credits by age, with the statutory clocks that run on them, overdue first."`

	VendorPayments vendorPaymentsCmd `cmd:"" group:"Pay" help:"Payments to vendors: propose, approve, print checks, make files, post; and what came back."`
	Banks          banksCmd          `cmd:"" group:"Pay" help:"Bank accounts of the company, their statements and reconciliation, and methods of payment."`
	Payees         payeesCmd         `cmd:"" group:"Pay" help:"Who is paid: changed bank details."`
	Unclaimed      unclaimedCmd      `cmd:"" group:"Pay" help:"Unclaimed property: what is dormant, letters, escheat, remittance, report; contacts, rules, clocks."`
	Trace          chainCmd          `cmd:"" group:"Pay" help:"Follow the money of a voucher, payment or bank line: from credits to bank lines, both ways."`
	Control        controlCmd        `cmd:"" group:"Pay" help:"Hold sums against each other: credits, reimbursements and payments; control accounts and items; banks and statements."`

	Payments       paymentsCmd       `cmd:"" group:"Customers' payments and deductions" help:"Customer payment journals: enter payments, apply them, post, reverse."`
	Remittances    remittancesCmd    `cmd:"" group:"Customers' payments and deductions" help:"Remittance files of customers and banks: import, show, column maps, partners."`
	Deductions     deductionsCmd     `cmd:"" group:"Customers' payments and deductions" help:"What customers keep back: the worklist, resolutions, disputes, claims, evidence."`
	DeductionSetup deductionSetupCmd `cmd:"" group:"Customers' payments and deductions" help:"Set-up of deductions: types, reasons, codes, plans, limits, dispute rules, terms of payment."`

	OpenItems   openItemsCmd   `cmd:"" group:"Open items" help:"List open items: debits positive, credits negative."`
	Statement   statementCmd   `cmd:"" group:"Open items" help:"Print the account of a customer or vendor: opening balance, lines, closing balance."`
	Settle      settleCmd      `cmd:"" group:"Open items" help:"Settle a debit with a credit, or all that is open of a party by the priority order."`
	Unsettle    unsettleCmd    `cmd:"" group:"Open items" help:"Undo the settlements of two vouchers."`
	Settlements settlementsCmd `cmd:"" group:"Open items" help:"List the settlements of a customer or vendor, the newest first."`
	Mark        markCmd        `cmd:"" group:"Open items" help:"Mark a document as held by a pending settlement."`
	Unmark      unmarkCmd      `cmd:"" group:"Open items" help:"Release the marks of a journal."`
	Marks       marksCmd       `cmd:"" group:"Open items" help:"List pending settlements (marks), by journal."`

	Voucher      voucherCmd      `cmd:"" group:"Ledger" help:"Post vouchers, show one, reverse one."`
	Vouchers     vouchersCmd     `cmd:"" group:"Ledger" help:"List vouchers, the newest first, or by number."`
	Entries      entriesCmd      `cmd:"" group:"Ledger" help:"List the entries of an account, the newest date first."`
	TrialBalance trialBalanceCmd `cmd:"" group:"Ledger" help:"Print the trial balance, in accounting currency."`
	Periods      periodsCmd      `cmd:"" group:"Ledger" help:"List fiscal periods, or set the status of one."`
	Audit        auditCmd        `cmd:"" group:"Ledger" help:"Print the audit trail, the newest first."`
	Verify       verifyCmd       `cmd:"" group:"Ledger" help:"Prove that the books are right; exit code 3 when they are not."`

	Import     importCmd     `cmd:"" group:"Company" help:"Bring a company folder in: a directory of CSV files, or an .xlsx workbook. All of it or nothing."`
	Export     exportCmd     `cmd:"" group:"Company" help:"Write the company as a folder, or as a workbook when the path ends in .xlsx."`
	Setup      setupCmd      `cmd:"" group:"Company" help:"Print the set-up of the company."`
	Parameters parametersCmd `cmd:"" group:"Company" help:"The parameters of the company: list, set."`
	Customers  customersCmd  `cmd:"" group:"Company" help:"The customers: list, show, hold."`
	Vendors    vendorsCmd    `cmd:"" group:"Company" help:"The vendors: list, show, block."`
	Companies  companiesCmd  `cmd:"" group:"Company" help:"List the companies of the database."`
	Search     searchCmd     `cmd:"" group:"Company" help:"Look for customers, vendors, vouchers, reimbursements, runs and accounts by what their code, number or name begins with."`
	Figures    figuresCmd    `cmd:"" group:"Company" help:"Print the figures of the home page, as JSON."`
	Reports    reportsCmd    `cmd:"" group:"Company" help:"Reports that tie to the books: reimbursements, ageing, exceptions, separation of duties, unreconciled items."`
	Schedules  schedulesCmd  `cmd:"" group:"Company" help:"What is done at set times: import of drops, export of posted vouchers."`
	Exports    exportsCmd    `cmd:"" group:"Company" help:"Hand posted vouchers over to other ledgers, each once: batches, files, targets."`

	Events     eventsCmd     `cmd:"" group:"Notifications" help:"What happened: the feed of events, for programs."`
	Webhooks   webhooksCmd   `cmd:"" group:"Notifications" help:"Addresses that are told of events, signed: add, change, rotate, test, replay."`
	Deliveries deliveriesCmd `cmd:"" group:"Notifications" help:"Messages to webhooks and by mail, with their attempts: list, show, replay, cancel."`
	Mail       mailCmd       `cmd:"" group:"Notifications" help:"Mails: test the server, choose which a user gets and in which language."`

	Serve      serveCmd      `cmd:"" group:"Operation" help:"Serve the pages and the API, and post the runs that somebody started."`
	Work       workCmd       `cmd:"" group:"Operation" help:"Post the runs that somebody started with reimburse post --detach; on PostgreSQL as many processes as you like."`
	Users      usersCmd      `cmd:"" group:"Operation" help:"The users: list, add, roles, password, disable, enable."`
	Tokens     tokensCmd     `cmd:"" group:"Operation" help:"API tokens, by which programs act as a user: list, create, revoke."`
	Key        keyCmd        `cmd:"" group:"Operation" help:"The keys of bank details, files and seals: list, new, rotate."`
	Backup     backupCmd     `cmd:"" group:"Operation" help:"Copy the whole database into a new folder, while others work."`
	Restore    restoreCmd    `cmd:"" group:"Operation" help:"Bring a backup into an empty database, and prove it."`
	Demo       demoCmd       `cmd:"" group:"Operation" help:"Make the sample companies, to try things out."`
	Bench      benchCmd      `cmd:"" group:"Operation" help:"Measure the program against what the database alone needs."`
	Completion completionCmd `cmd:"" group:"Operation" help:"Print the completion script for a shell."`
	Version    versionCmd    `cmd:"" group:"Operation" help:"Print the versions of the program and of the database."`
}

// env is what a command runs in.
type env struct {
	globals
	ctx            context.Context
	args           []string
	stdin          io.Reader
	stdout, stderr io.Writer // stdout is buffered; Run flushes it
	rawStdout      io.Writer
	hooks          Hooks
	model          *kong.Application
}

// exited is the panic by which kong's --help ends parsing.
type exited int

// Run runs the command of args and gives the exit code.
func Run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer, hooks Hooks) (code int) {
	defer func() {
		switch x := recover().(type) {
		case nil:
		case exited:
			code = int(x)
		default:
			code = report(stderr, defect(stderr, x))
		}
	}()
	g := &grammar{Serve: serveCmd{Server: hooks.Server}}
	k, err := kong.New(
		g,
		kong.Name("quittance"),
		kong.Description("Gives customers back what is theirs, and settles what they did not pay, with the books to prove it."),
		kong.Writers(stdout, stderr),
		kong.Exit(func(n int) { panic(exited(n)) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Vars{"db": defaultDatabase, "demodb": demoDatabase},
		kong.Configuration(settingsFile),
	)
	if err != nil {
		return report(stderr, err)
	}
	if len(args) > 0 && args[0] == "help" { // as other programs have it: help COMMAND
		args = append(slices.Clone(args[1:]), "--help")
	}
	parsed, err := k.Parse(args)
	if err != nil {
		return report(stderr, wrongUsage(args, err))
	}
	buffered := bufio.NewWriterSize(stdout, 64<<10)
	e := &env{globals: g.globals, ctx: ctx, args: args, stdin: stdin, stdout: buffered, rawStdout: stdout, stderr: stderr, hooks: hooks, model: k.Model}
	err = parsed.Run(e)
	if ferr := buffered.Flush(); err == nil {
		err = ferr
	}
	return report(stderr, e.plain(err))
}

// defect words a panic. The trace is only for who asks for it.
func defect(stderr io.Writer, x any) error {
	if os.Getenv("QUITTANCE_TRACE") != "" {
		fmt.Fprintf(stderr, "%s\n", debug.Stack())
	}
	return fault.New(fault.Internal, "a defect of the program stopped it (%v); what was not finished was not done; set QUITTANCE_TRACE=1 to see where", x)
}

// wrongUsage makes kong's complaint ours, and names the help that fits.
func wrongUsage(args []string, err error) error {
	help := []string{"quittance"}
	var parse *kong.ParseError
	if errors.As(err, &parse) && parse.Context != nil {
		for _, p := range parse.Context.Path {
			if p.Command != nil {
				help = append(help, p.Command.Name)
			}
		}
	}
	return fault.New(fault.Usage, "%v; see %s --help", err, strings.Join(help, " ")).Because(err)
}

func usage(format string, args ...any) error { return fault.New(fault.Usage, format, args...) }

// plain words the errors that are not ours, so that nobody reads a trace or a driver's text.
func (e *env) plain(err error) error {
	var one *fault.Error
	var many fault.List
	switch {
	case err == nil:
		return nil
	case errors.As(err, &one) && one.Rule == "interrupted":
		return err
	case e.ctx.Err() != nil:
		return fault.New(fault.Unavailable, "interrupted; what was not finished was not done").ByRule("interrupted").Because(err)
	case errors.As(err, &many), errors.As(err, &one):
		return err
	case errors.Is(err, context.DeadlineExceeded):
		return fault.New(fault.Unavailable, "the database took too long; nothing was changed, try again").Because(err)
	}
	return fault.New(fault.Internal, "%v", err).Because(err)
}

// report prints an error, one line a failure, and gives the exit code.
func report(stderr io.Writer, err error) int {
	var many fault.List
	switch {
	case err == nil:
	case errors.As(err, &many):
		for _, f := range many {
			fmt.Fprintln(stderr, clean(f.Error()))
		}
	default:
		fmt.Fprintln(stderr, clean(err.Error()))
	}
	return fault.ExitCode(err)
}

// database gives the address of the database, and its file when it is the embedded one.
func (e *env) database() (url, file string) {
	url = e.DB
	if url == "" {
		url = defaultDatabase
	}
	if strings.Contains(url, "://") {
		return url, ""
	}
	return url, url
}

// with runs fn with the database open, which must be there already.
func (e *env) with(fn func(a *app.App, call app.Call) error) error {
	if err := e.there(); err != nil {
		return err
	}
	return e.create(fn)
}

// there refuses a file of the embedded database that is not there.
func (e *env) there() error {
	if _, file := e.database(); file != "" {
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			return fault.New(fault.NotFound, "there is no database at %s; make one with `quittance import PATH` or `quittance demo`, or name another with --db", file).ByRule("no_database")
		}
	}
	return nil
}

// create runs fn with the database open, which is made when absent.
func (e *env) create(fn func(a *app.App, call app.Call) error) (err error) {
	url, _ := e.database()
	a, err := app.Open(e.ctx, url)
	if err != nil {
		return err
	}
	defer func() {
		if cerr := a.Close(); err == nil {
			err = cerr
		}
	}()
	actor, err := e.actor(a)
	if err != nil {
		return err
	}
	return fn(a, app.Call{Actor: actor, Company: e.Company})
}

// actor gives who acts: the user of the token in QUITTANCE_TOKEN, else the operator.
func (e *env) actor(a *app.App) (identity.Actor, error) {
	if token := os.Getenv("QUITTANCE_TOKEN"); token != "" {
		return a.Bearer(e.ctx, token)
	}
	return identity.Operator(), nil
}

// more says on standard error how to go on with a list that has more, so that it stands beside every kind of output.
func (e *env) more(format string, args ...any) error {
	_, err := fmt.Fprintf(e.stderr, "There is more: "+format+"\n", args...)
	return err
}

// hint says on standard output what to do next, to people only.
func (e *env) hint(format string, args ...any) error {
	if e.Quiet || e.Output != "table" {
		return nil
	}
	_, err := fmt.Fprintf(e.stdout, format+"\n", args...)
	return err
}
