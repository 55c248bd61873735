package cli

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/bank"
	"quittance/internal/civil"
	"quittance/internal/fault"
)

// bankStatementsCmd holds the commands of bank statements.
type bankStatementsCmd struct {
	List   bankStatementListCmd   `cmd:"" default:"withargs" help:"List the bank statements, the newest first."`
	Show   bankStatementShowCmd   `cmd:"" help:"Show a statement and its lines."`
	Import bankStatementImportCmd `cmd:"" help:"Import a file of statements: camt.053, BAI2, MT940, OFX, CSV, XLSX; all of it or nothing."`
	Map    bankMapCmd             `cmd:"" help:"Save a column map, by which CSV files and workbooks of a bank are read."`
	Maps   bankMapsCmd            `cmd:"" help:"List the saved column maps."`
}

type bankStatementListCmd struct {
	Bank  string     `help:"Of this bank account only." placeholder:"CODE"`
	State string     `help:"open: only those with an open line; reconciled: only those without." placeholder:"STATE"`
	From  civil.Date `help:"Only those with a day from here on." placeholder:"YYYY-MM-DD"`
	To    civil.Date `help:"Only those with a day up to here." placeholder:"YYYY-MM-DD"`
}

// Run lists statements.
func (c *bankStatementListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		l := e.list("statement from to currency >opening >closing >lines >open number")
		for page := (app.Page{Limit: 100}); ; {
			part, err := a.BankStatements(e.ctx, call, app.BankStatementFilter{Bank: c.Bank, State: bank.State(c.State), From: c.From, To: c.To}, page)
			if err != nil {
				return err
			}
			for _, s := range part.Items {
				if err := l.add(s, s.Statement, s.From.String(), s.To.String(), s.Currency, s.Opening, s.Closing, strconv.Itoa(s.Lines), strconv.Itoa(s.Open), s.Number); err != nil {
					return err
				}
			}
			if page.After = part.Next; part.Next == "" {
				return l.close("There is no bank statement; import one with: quittance banks statements import FILE.")
			}
		}
	})
}

type bankStatementShowCmd struct {
	Statement string `arg:"" help:"Bank account and number, such as MAIN/3."`
}

// Run lists the lines of a statement.
func (c *bankStatementShowCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		l := e.list("line booked >amount kind check party reference state")
		for page := (app.Page{Limit: 500}); ; {
			part, err := a.BankStatementLines(e.ctx, call, c.Statement, app.BankLineFilter{}, page)
			if err != nil {
				return err
			}
			for _, x := range part.Items {
				state := "open"
				if x.Reconciled {
					state = "reconciled"
				}
				if err := l.add(x, x.Line, x.Booked.String(), x.Amount, x.Kind, x.Detail.Check, x.Detail.Party, strings.Join(x.Detail.References, " "), state); err != nil {
					return err
				}
			}
			if page.After = part.Next; part.Next == "" {
				return l.close("The statement has no lines.")
			}
		}
	})
}

type bankStatementImportCmd struct {
	File    string `arg:"" help:"The file." type:"path"`
	Bank    string `help:"The bank account, where the file does not say it." placeholder:"CODE"`
	Map     string `help:"The column map of a CSV file or workbook." placeholder:"CODE"`
	Preview bool   `help:"Only show what would be imported."`
}

// Run imports statements.
func (c *bankStatementImportCmd) Run(e *env) error {
	data, err := os.ReadFile(c.File)
	if err != nil {
		return fault.New(fault.Refused, "%s cannot be read: %v", c.File, err).In("file").Because(err)
	}
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.ImportBankStatements(e.ctx, call, app.BankImport{Name: filepath.Base(c.File), Data: data, Bank: c.Bank, Map: c.Map, Preview: c.Preview})
		if err != nil {
			return err
		}
		l := e.list("statement from to currency >opening >closing >lines")
		for _, s := range all {
			if err := l.add(s, s.Statement, s.From.String(), s.To.String(), s.Currency, s.Opening, s.Closing, strconv.Itoa(s.Lines)); err != nil {
				return err
			}
		}
		return l.close("The file has no statement.")
	})
}

type bankMapCmd struct {
	Code string `arg:"" help:"Code of the map."`
	File string `arg:"" help:"File with the map, as JSON." type:"path"`
}

// Run saves a column map.
func (c *bankMapCmd) Run(e *env) error {
	text, err := os.ReadFile(c.File)
	if err != nil {
		return fault.New(fault.Refused, "%s cannot be read: %v", c.File, err).In("file").Because(err)
	}
	return e.with(func(a *app.App, call app.Call) error {
		if err := a.SaveBankMap(e.ctx, call, c.Code, text); err != nil {
			return err
		}
		return e.result(map[string]string{"map": c.Code}, "map", []string{c.Code}, "Saved the column map %s.", c.Code)
	})
}

type bankMapsCmd struct{}

// Run lists column maps.
func (*bankMapsCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.BankMaps(e.ctx, call)
		if err != nil {
			return err
		}
		l := e.list("map account currency columns")
		for _, m := range all {
			if err := l.add(m, m.Code, m.Map.Account, m.Map.Currency, strconv.Itoa(len(m.Map.Columns))); err != nil {
				return err
			}
		}
		return l.close("There is no column map; save one with: quittance banks statements map CODE FILE.")
	})
}

type bankMatchCmd struct {
	Bank    string `arg:"" help:"The bank account."`
	Preview bool   `help:"Only show the matches; reconcile nothing."`
}

// Run matches the lines of a bank account.
func (c *bankMatchCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.MatchBank(e.ctx, call, c.Bank, c.Preview)
		if err != nil {
			return err
		}
		l := e.list("line >amount >score what of reasons")
		for _, x := range all {
			what := "proposed"
			switch {
			case x.Done:
				what = "reconciled"
			case x.Return:
				what = "came back"
			}
			of := x.Payments
			if len(of) == 0 {
				of = x.Vouchers
			}
			text := strings.Join(of[:min(len(of), 3)], " ")
			if len(of) > 3 {
				text += " …"
			}
			if err := l.add(x, x.Line, x.Amount, strconv.Itoa(x.Score), what, text, strings.Join(x.Reasons, "; ")); err != nil {
				return err
			}
		}
		return l.close("No open line of the bank account matches anything.")
	})
}

type bankReconcileCmd struct {
	Line       string   `arg:"" help:"The line, such as MAIN/3/12."`
	Payments   []string `help:"The vendor payments that it is." placeholder:"PAYMENT"`
	Vouchers   []string `help:"The vouchers that it is: receipts, journals, mirrors." placeholder:"NUMBER"`
	Difference string   `help:"Post what is missing, up to the parameter bank_difference_limit, to this ledger account." placeholder:"ACCOUNT"`
}

// Run reconciles a line.
func (c *bankReconcileCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.ReconcileBankLine(e.ctx, call, app.BankReconciling{Line: c.Line, Payments: c.Payments, Vouchers: c.Vouchers, Difference: c.Difference})
		return e.showReconciled(x, err, "Line %s is reconciled.")
	})
}

func (e *env) showReconciled(x *app.BankReconciled, err error, sentence string) error {
	if err != nil {
		return err
	}
	return e.result(x, "line >reconciliation voucher", []string{x.Line, strconv.FormatInt(x.Reconciliation, 10), x.Voucher}, sentence, x.Line)
}

type bankUndoCmd struct {
	Lines []string `arg:"" name:"line" help:"The lines, such as MAIN/3/12; all or none, those reconciled last first."`
}

// Run undoes reconciliations.
func (c *bankUndoCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		if len(c.Lines) == 1 {
			x, err := a.UndoBankLine(e.ctx, call, c.Lines[0])
			return e.showReconciled(x, err, "Line %s is open again.")
		}
		all, err := a.UndoBankLines(e.ctx, call, c.Lines)
		if err != nil {
			return err
		}
		l := e.list("line >reconciliation voucher")
		for _, x := range all {
			if err := l.add(x, x.Line, strconv.FormatInt(x.Reconciliation, 10), x.Voucher); err != nil {
				return err
			}
		}
		return l.close("")
	})
}

type bankControlCmd struct {
	Bank string     `arg:"" help:"The bank account."`
	Date civil.Date `help:"At the last statement up to this day (default: today)." placeholder:"YYYY-MM-DD"`
}

// Run holds the statements against the ledger.
func (c *bankControlCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.BankControl(e.ctx, call, c.Bank, c.Date)
		if err != nil {
			return err
		}
		l := e.list("what of date text >amount")
		rows := [][]string{{"ledger", x.Account, x.Date.String(), "balance of the ledger account", x.Ledger}}
		for _, o := range x.Entries {
			rows = append(rows, []string{"outstanding", o.Voucher, o.Date.String(), strings.TrimSpace(o.Text + " " + o.Payee), o.Amount})
		}
		rows = append(rows, []string{"outstanding", "", "", "in all, taken off: " + strconv.Itoa(x.NEntries), x.Outstanding})
		for _, o := range x.Lines {
			rows = append(rows, []string{"unreconciled", o.Line, o.Booked.String(), strings.Join(strings.Fields(o.Kind+" "+o.Detail.Party+" "+strings.Join(o.Detail.Texts, " ")), " "), o.Amount})
		}
		rows = append(rows,
			[]string{"unreconciled", "", "", "in all, added: " + strconv.Itoa(x.NLines), x.Unreconciled},
			[]string{"posted later", "", "", "than the line, added", x.Later},
			[]string{"first opening", "", "", "balance before the first statement, added", x.Opening},
			[]string{"statement", x.Bank, x.Date.String(), "balance of the statement", x.Statement},
			[]string{"off", "", "", "what remains", x.Off})
		for _, r := range rows {
			if err := l.add(map[string]string{"what": r[0], "of": r[1], "date": r[2], "text": r[3], "amount": r[4]}, r...); err != nil {
				return err
			}
		}
		return l.close("")
	})
}
