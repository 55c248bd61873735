package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/format/sheet"
	figures "quittance/internal/report"
)

// deductionsSearch are the commands about matches and figures.
type deductionsSearch struct {
	Match      deductionsMatchCmd      `cmd:"" help:"Search for open credits and plans that fit open deductions, and save what fits as proposals."`
	Matches    deductionsMatchesCmd    `cmd:"" help:"List what is proposed."`
	Candidates deductionsCandidatesCmd `cmd:"" help:"Print what may fit a deduction, with its score, and what is left out."`
	Figures    deductionsFiguresCmd    `cmd:"" help:"Print the figures of the deduction desk, each with its definition, or what they are divided by."`
}

type deductionsMatchCmd struct {
	Deductions []string   `arg:"" optional:"" name:"number" help:"These deductions."`
	Customer   string     `help:"All open ones of this customer's family." placeholder:"CODE"`
	All        bool       `help:"All open ones."`
	Apply      bool       `help:"Resolve at once by what scores match_apply_score or more, within the rules and the limits."`
	Date       civil.Date `help:"Of the resolutions; today when it is not given." placeholder:"YYYY-MM-DD"`
	Summary    bool       `help:"Print how the search ended, instead of what was found."`
}

// Run searches for what fits open deductions.
func (c *deductionsMatchCmd) Run(e *env) error {
	req := app.MatchRequest{Deductions: c.Deductions, Customer: c.Customer, All: c.All, Apply: c.Apply, Date: c.Date}
	return e.with(func(a *app.App, call app.Call) error {
		if c.Summary {
			out, err := a.MatchDeductions(e.ctx, call, req, nil, nil)
			if err != nil {
				return err
			}
			return e.object(out)
		}
		l := e.list(matchColumns)
		out, err := a.MatchDeductions(e.ctx, call, req, func(found []app.DeductionMatch) error {
			for i := range found {
				if err := l.add(&found[i], matchCells(&found[i])...); err != nil {
					return err
				}
			}
			return nil
		}, nil)
		if err != nil {
			return err
		}
		if err := l.close("There is no open deduction."); err != nil {
			return err
		}
		return e.hint("%d deductions, %d credits: %d proposed, %d applied, %d wait for approval, %d refused, %d without.", out.Deductions, out.Credits, out.Proposed, out.Applied, out.Pending, out.Refused, out.Nothing)
	})
}

const matchColumns = "deduction customer reason currency >amount outcome >score by why"

func matchCells(m *app.DeductionMatch) []string {
	by, why := []string{}, m.Why
	for _, p := range m.Parts {
		name := p.Voucher
		if p.Plan != "" {
			name = "plan " + p.Plan
		}
		by = append(by, name+" "+p.Amount)
		why = matchReasons(p.Reasons)
	}
	if m.Outcome == "refused" {
		why = m.Why
	}
	return []string{m.Deduction, m.Customer, m.Reason, m.Currency, m.Amount, m.Outcome, fmt.Sprint(m.Score), strings.Join(by, ", "), why}
}

// matchReasons writes a score as its parts: amount exact 40, reference claim 88123 30.
func matchReasons(reasons []app.MatchReason) string {
	var all []string
	for _, r := range reasons {
		all = append(all, strings.Join(strings.Fields(fmt.Sprintf("%s %s %s %d", r.Reason, r.Detail, r.Value, r.Points)), " "))
	}
	return strings.Join(all, ", ")
}

type deductionsMatchesCmd struct {
	pageFlags
	Customer string `help:"Of this customer only." placeholder:"CODE"`
	Least    int    `help:"With this score or more." placeholder:"N"`
}

// Run lists what is proposed.
func (c *deductionsMatchesCmd) Run(e *env) error {
	f := app.MatchFilter{Customer: c.Customer, Least: c.Least}
	return listPart(e, c.pageFlags, matchColumns, "Nothing is proposed.", func(a *app.App, call app.Call, p app.Page) (app.Part[app.DeductionMatch], error) {
		return a.DeductionMatches(e.ctx, call, f, p)
	}, matchCells)
}

type deductionsCandidatesCmd struct {
	Deduction string `arg:"" name:"number" help:"The deduction."`
}

// Run prints what may fit a deduction.
func (c *deductionsCandidatesCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		found, err := a.MatchCandidates(e.ctx, call, c.Deduction)
		if err != nil {
			return err
		}
		if e.Output == "json" || e.Output == "jsonl" {
			return e.object(found)
		}
		l := e.list(matchColumns)
		for i := range found.Candidates {
			if err := l.add(&found.Candidates[i], matchCells(&found.Candidates[i])...); err != nil {
				return err
			}
		}
		for i := range found.LeftOut {
			x := &found.LeftOut[i]
			if err := l.add(x, found.Deduction, x.Party, "", found.Currency, x.Amount, "left out", "", x.Voucher, strings.TrimSpace(x.Why+" "+x.Detail)); err != nil {
				return err
			}
		}
		return l.close("There is no open credit.")
	})
}

type deductionsFiguresCmd struct {
	dateFlags
	Currency        string `help:"In this currency; the accounting currency when it is not given." placeholder:"CUR"`
	Customer        string `help:"Of this customer only." placeholder:"CODE"`
	Family          bool   `help:"With the customer's family."`
	Reason          string `help:"Of this reason only." placeholder:"CODE"`
	Owner           string `help:"Of this owner only." placeholder:"NAME"`
	Type            string `help:"Of this type only." placeholder:"CODE"`
	DaysOutstanding string `help:"Which definition: taken, sales, average_age." placeholder:"BY"`
	WinRate         string `help:"Which definition: resolved, disputes, disputed_amount." placeholder:"BY"`
	DeductionRate   string `help:"Which definition: sales, payments." placeholder:"BY"`
	By              string `help:"Divided instead: by age, expiry, reason, customer, owner, causes, repeats or months." placeholder:"WHAT"`
	File            string `help:"Write everything to this file, which must not be there yet: .csv or .xlsx." placeholder:"PATH"`
}

// Run prints the figures.
func (c *deductionsFiguresCmd) Run(e *env) error {
	f := figures.Filter{
		From: c.From, To: c.To, Currency: c.Currency, Customer: c.Customer, Family: c.Family, Reason: c.Reason, Owner: c.Owner, Type: c.Type,
		DaysOutstanding: c.DaysOutstanding, WinRate: c.WinRate, Rate: c.DeductionRate,
	}
	return e.with(func(a *app.App, call app.Call) error {
		d, err := a.DeductionFigures(e.ctx, call, f)
		switch {
		case err != nil:
			return err
		case c.File != "":
			if err := writeFigures(c.File, d); err != nil {
				return err
			}
			return e.result(map[string]string{"path": c.File}, "path", []string{c.File}, "The figures are in %s.", c.File)
		case c.By != "":
			return c.divided(e, d)
		case e.Output == "json":
			return e.object(d)
		}
		l := e.list("figure >value unit >numerator >denominator definition")
		for i := range d.Figures {
			x := &d.Figures[i]
			if err := l.add(x, x.Figure, x.Value, x.Unit, x.Numerator, x.Denominator, strings.TrimPrefix(x.Definition, "figure.")); err != nil {
				return err
			}
		}
		if err := l.close(""); err != nil {
			return err
		}
		return e.hint("%s to %s, %s; what each figure means: docs/deduction-figures.md", d.Filter.From, d.Filter.To, d.Filter.Currency)
	})
}

// divided prints one breakdown.
func (c *deductionsFiguresCmd) divided(e *env, d *figures.Deductions) error {
	var known []string
	for _, b := range d.Breakdowns {
		known = append(known, b.Breakdown)
		if b.Breakdown != c.By {
			continue
		}
		l := e.list("code reason name >count >amount >share >cumulative >resolved >open")
		for i := range b.Rows {
			r := &b.Rows[i]
			if err := l.add(r, r.Code, r.Reason, r.Name, fmt.Sprint(r.Count), r.Amount, r.Share, r.Cumulative, r.Resolved, r.Open); err != nil {
				return err
			}
		}
		return l.close("There is nothing.")
	}
	return usage("--by %q is not known; choose one of %s", c.By, strings.Join(known, ", "))
}

// writeFigures writes the figures to a new file, whose name says how.
func writeFigures(path string, d *figures.Deductions) (err error) {
	xlsx := strings.EqualFold(filepath.Ext(path), ".xlsx")
	if !xlsx && !strings.EqualFold(filepath.Ext(path), ".csv") {
		return usage("--file writes .csv or .xlsx; give a name that ends in one of them")
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := sheet.NewCSV(f, figures.Columns())
	if xlsx {
		if w, err = sheet.NewXLSX(f, "figures", figures.Columns()); err != nil {
			return err
		}
	}
	for _, row := range d.Rows() {
		if err := w.Row(row...); err != nil {
			return err
		}
	}
	return w.Close()
}
