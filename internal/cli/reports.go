package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	reporting "quittance/internal/report"
	"quittance/internal/text"
)

type reportsCmd struct {
	List reportsListCmd `cmd:"" default:"withargs" help:"List the reports that you may see."`
	Show reportsShowCmd `cmd:"" help:"Make a report: print it, or write it to a file as CSV, XLSX or PDF."`
}

type reportsListCmd struct{}

// Run lists the reports.
func (*reportsListCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		all, err := a.Reports(e.ctx, call)
		if err != nil {
			return err
		}
		l := e.list("report title takes views")
		for _, d := range all {
			if err := l.add(d, d.Name, text.English.Say("report.title."+d.Name), strings.Join(d.Takes, " "), strings.Join(d.Views, " ")); err != nil {
				return err
			}
		}
		return l.close("There is no report that you may see.")
	})
}

type reportsShowCmd struct {
	Report   string     `arg:"" help:"The report, such as reimbursements; see: quittance reports."`
	From     civil.Date `help:"First day of the period; the first of the month when it is not given." placeholder:"YYYY-MM-DD"`
	To       civil.Date `help:"Last day of the period; today when it is not given." placeholder:"YYYY-MM-DD"`
	AsAt     civil.Date `help:"As it was at the end of this day; today when it is not given." placeholder:"YYYY-MM-DD"`
	View     string     `help:"Which view, where a report has several." placeholder:"VIEW"`
	Currency string     `help:"In this currency only." placeholder:"CUR"`
	Customer string     `help:"Of this customer only." placeholder:"CODE"`
	Bank     string     `help:"Of this bank account only." placeholder:"CODE"`
	Days     int        `help:"Days after which something waits too long." placeholder:"N"`
	File     string     `help:"Write it to this file, which must not be there yet: .csv, .xlsx or .pdf." placeholder:"PATH"`
	Language string     `help:"Language of a PDF." enum:"en,de" default:"en" placeholder:"LANG"`
}

// Run makes a report.
func (c *reportsShowCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.Report(e.ctx, call, c.Report, reporting.Params{From: c.From, To: c.To, AsAt: c.AsAt, View: c.View, Currency: c.Currency, Customer: c.Customer, Bank: c.Bank, Days: c.Days})
		if err != nil {
			return err
		}
		defer x.Close()
		if c.File != "" {
			return c.write(e, x)
		}
		return e.report(x)
	})
}

// write writes a report to a new file, whose name says how. What breaks off leaves no file.
func (c *reportsShowCmd) write(e *env, x *reporting.Made) (err error) {
	format := strings.TrimPrefix(strings.ToLower(filepath.Ext(c.File)), ".")
	if err := x.Fits(format); err != nil {
		return err
	}
	f, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	err = x.Write(f, format, text.Choose(c.Language, ""))
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		_ = os.Remove(c.File)
		return err
	}
	return e.result(map[string]any{"report": x.Report, "path": c.File, "rows": x.Count}, "report path rows", []string{x.Report, c.File, fmt.Sprint(x.Count)}, "The report, %d rows, is in %s.", x.Count, c.File)
}

// report prints a report: as JSON its head and rows together, as CSV and JSON lines its rows, as a table the totals and notes below them.
func (e *env) report(x *reporting.Made) error {
	if e.Output == "json" {
		return e.wholeReport(x)
	}
	l := e.list(spec(x))
	for row, err := range x.Rows(0) {
		if err != nil {
			return err
		}
		if err := l.add(named(x, row), row...); err != nil {
			return err
		}
	}
	if err := l.close(text.English.Say("report.empty")); err != nil || e.Output != "table" {
		return err
	}
	for i := range x.Totals {
		t := &x.Totals[i]
		fmt.Fprintln(e.stdout, clean(strings.TrimSpace(fmt.Sprintf("%-48s %8d  %s %s", t.Say(text.English), t.Count, t.Amount, t.Currency))))
	}
	for i := range x.Notes {
		fmt.Fprintln(e.stdout, clean(x.Notes[i].Say(text.English)))
	}
	return nil
}

func spec(x *reporting.Made) string {
	var names []string
	for _, c := range x.Columns {
		if c.Type == reporting.Amount || c.Type == reporting.Count {
			names = append(names, ">"+c.Name)
		} else {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, " ")
}

// named gives a row with the names of its columns.
func named(x *reporting.Made, row []string) map[string]string {
	cells := map[string]string{}
	for i, c := range x.Columns {
		cells[c.Name] = row[i]
	}
	return cells
}

// wholeReport prints head, totals, notes and rows as one object, the rows as they come.
func (e *env) wholeReport(x *reporting.Made) error {
	if _, err := fmt.Fprint(e.stdout, `{"head":`); err != nil {
		return err
	}
	for i := range x.Notes {
		x.Notes[i].Text = x.Notes[i].Say(text.English)
	}
	if err := writeJSON(e.stdout, x); err != nil {
		return err
	}
	sep := `,"rows":[`
	for row, err := range x.Rows(0) {
		if err != nil {
			return err
		}
		if _, err := fmt.Fprint(e.stdout, sep); err != nil {
			return err
		}
		if err := writeJSON(e.stdout, named(x, row)); err != nil {
			return err
		}
		sep = ","
	}
	if x.Count == 0 {
		_, err := fmt.Fprintln(e.stdout, `,"rows":[]}`)
		return err
	}
	_, err := fmt.Fprintln(e.stdout, "]}")
	return err
}
