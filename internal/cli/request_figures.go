package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/format/sheet"
	figures "quittance/internal/report"
	"quittance/internal/request"
)

type requestsFiguresCmd struct {
	dateFlags
	Kind     request.Kind `help:"Of this kind only." placeholder:"KIND"`
	Currency string       `help:"In this currency; the accounting currency when it is not given." placeholder:"CUR"`
	By       string       `help:"Which of them: open, stays, approvers, policies, ended, service or flow." default:"stays" placeholder:"WHAT"`
	File     string       `help:"Write everything to this file, which must not be there yet: .csv or .xlsx." placeholder:"PATH"`
}

// Run prints the figures of requests.
func (c *requestsFiguresCmd) Run(e *env) error {
	table, known := requestFigureTables[c.By]
	if !known {
		return usage("--by %q is not known; choose one of open, stays, approvers, policies, ended, service, flow", c.By)
	}
	return e.with(func(a *app.App, call app.Call) error {
		d, err := a.RequestDashboard(e.ctx, call, figures.RequestFilter{From: c.From, To: c.To, Kind: c.Kind, Currency: c.Currency})
		switch {
		case err != nil:
			return err
		case c.File != "":
			if err := writeSheet(c.File, "figures", figures.RequestFigureColumns(), d.Rows()); err != nil {
				return err
			}
			return e.result(map[string]string{"path": c.File}, "path", []string{c.File}, "The figures are in %s.", c.File)
		case e.Output == "json":
			return e.object(d)
		}
		l := e.list(table.columns)
		for _, x := range table.rows(d) {
			if err := l.add(x.of, x.cells...); err != nil {
				return err
			}
		}
		if err := l.close("There is nothing."); err != nil {
			return err
		}
		return e.hint("%s to %s, %s; what each figure means: docs/requests.md", d.Filter.From, d.Filter.To, d.Filter.Currency)
	})
}

// figureRow is a row of a table, and what it is of.
type figureRow struct {
	of    any
	cells []string
}

// requestFigureTables are the tables, by what they are of.
var requestFigureTables = map[string]struct {
	columns string
	rows    func(*figures.Requests) []figureRow
}{
	"open": {"state age >requests >overdue >amount", func(d *figures.Requests) []figureRow {
		return figureRows(d.Open, func(x figures.RequestOpen) []string {
			return []string{string(x.State), x.Age, whole(x.Requests), whole(x.Overdue), x.Amount}
		})
	}},
	"stays": {"state kind >left >median >p90 >mean >longest >still >still_median >still_longest", func(d *figures.Requests) []figureRow {
		return figureRows(d.Stays, func(x figures.RequestStay) []string {
			return []string{
				string(x.State), string(x.Kind), whole(x.Left.Number), took(x.Left, x.Left.Median), took(x.Left, x.Left.P90), took(x.Left, x.Left.Mean), took(x.Left, x.Left.Longest),
				whole(x.Still.Number), took(x.Still, x.Still.Median), took(x.Still, x.Still.Longest),
			}
		})
	}},
	"approvers": {"approver >approved >rejected >returned >as_deputy >median >p90 >waiting >overdue", func(d *figures.Requests) []figureRow {
		return figureRows(d.Approvers, func(x figures.RequestApprover) []string {
			return []string{x.Approver, whole(x.Approved), whole(x.Rejected), whole(x.Returned), whole(x.Deputy), took(x.Time, x.Time.Median), took(x.Time, x.Time.P90), whole(x.Waiting), whole(x.Overdue)}
		})
	}},
	"policies": {"policy >version >requests >automatic >review >blocked >overridden >rejected", func(d *figures.Requests) []figureRow {
		return figureRows(d.Policies, func(x figures.RequestPolicy) []string {
			return []string{x.Policy, strconv.Itoa(x.Version), whole(x.Requests), whole(x.Automatic), whole(x.Review), whole(x.Blocked), whole(x.Overridden), whole(x.Rejected)}
		})
	}},
	"ended": {"state >requests >amount reason", func(d *figures.Requests) []figureRow {
		return figureRows(d.Ended, func(x figures.RequestEnded) []string {
			reason := x.Reason
			if x.Others > 0 {
				reason = whole(x.Others) + " others"
			}
			return []string{string(x.State), whole(x.Requests), x.Amount, reason}
		})
	}},
	"service": {"kind clock >kept >late >overdue >running >ended >percent", func(d *figures.Requests) []figureRow {
		return figureRows(d.Service, func(x figures.RequestService) []string {
			return []string{string(x.Kind), x.Clock, whole(x.Kept), whole(x.Late), whole(x.Overdue), whole(x.Running), whole(x.Ended), x.Percent}
		})
	}},
	"flow": {"state >requests >amount", func(d *figures.Requests) []figureRow {
		return figureRows(d.Flow, func(x figures.RequestFlow) []string { return []string{string(x.State), whole(x.Requests), x.Amount} })
	}},
}

func figureRows[T any](all []T, cells func(T) []string) (rows []figureRow) {
	for _, x := range all {
		rows = append(rows, figureRow{x, cells(x)})
	}
	return rows
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }

// took writes a time of a timing in its two largest units, such as 20d 22h, 26h 3m or 45s; blank when nothing took any. JSON has seconds.
func took(t figures.Timing, seconds int64) string {
	switch minutes, hours := seconds/60, seconds/3600; {
	case t.Number == 0:
		return ""
	case hours >= 48:
		return fmt.Sprintf("%dd %dh", hours/24, hours%24)
	case hours > 0:
		return fmt.Sprintf("%dh %dm", hours, minutes%60)
	case minutes > 0:
		return fmt.Sprintf("%dm %ds", minutes, seconds%60)
	}
	return fmt.Sprintf("%ds", seconds)
}

// writeSheet writes rows to a new file, whose name says how.
func writeSheet(path, name string, columns []sheet.Column, rows [][]string) (err error) {
	ext := strings.ToLower(filepath.Ext(path))
	if !slices.Contains([]string{".csv", ".xlsx"}, ext) {
		return usage("--file writes .csv or .xlsx; give a name that ends in one of them")
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := sheet.Writer(sheet.NewCSV(f, columns))
	if ext == ".xlsx" {
		if w, err = sheet.NewXLSX(f, name, columns); err != nil {
			return err
		}
	}
	for _, row := range rows {
		if err := w.Row(row...); err != nil {
			return err
		}
	}
	return w.Close()
}
