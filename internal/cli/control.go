package cli

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/fault"
)

type chainCmd struct {
	Name string `arg:"" help:"A voucher, a vendor payment such as VPJ-00000001/1, or a line of a bank statement such as MAIN/3/12."`
}

// Run prints where money came from and where it went: the documents, then what joins them.
func (c *chainCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.Chain(e.ctx, call, c.Name)
		if err != nil {
			return err
		}
		if e.Output == "json" {
			return e.object(x)
		}
		l := e.list("stage document type date party >amount currency state to >goes_there >stands")
		for _, n := range x.Nodes {
			name := n.Name
			if n.Asked && e.Output == "table" {
				name += " *"
			}
			first := []string{n.Stage, name, n.Type, n.Date.String(), n.Party, n.Amount, n.Currency, n.State}
			joined := false
			for _, j := range x.Joins {
				if j.Stage != n.Stage || j.From != n.Name {
					continue
				}
				if err := l.add(j, append(first, j.To, j.Amount, j.Live)...); err != nil {
					return err
				}
				joined, first = true, []string{n.Stage, name, "", "", "", "", "", ""}
			}
			if !joined {
				if err := l.add(n, append(first, "", "", "")...); err != nil {
					return err
				}
			}
		}
		if err := l.close(""); err != nil || !x.Cut {
			return err
		}
		return e.more("trace one of the documents.")
	})
}

type controlCmd struct {
	From civil.Date `help:"First day of the reimbursements; default: 30 days with --to." placeholder:"DATE"`
	To   civil.Date `help:"Last day; default: today." placeholder:"DATE"`
	ID   string     `name:"run" help:"The reimbursements of this run, in place of days." placeholder:"ID"`
}

// Run holds the sums against each other that must be the same, and fails when they are not.
func (c *controlCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		x, err := a.Control(e.ctx, call, app.ControlFilter{From: c.From, To: c.To, Run: c.ID})
		if err != nil {
			return err
		}
		if err := e.showControl(x); err != nil || x.Right {
			return err
		}
		return fault.New(fault.Refused, "the sums differ; what is off is named above, and quittance verify looks at every row").ByRule("control")
	})
}

// showControl prints a control as one list: what is held, against what, and by how much they differ.
func (e *env) showControl(x *app.Control) error {
	if e.Output == "json" {
		return e.object(x)
	}
	l := e.list("check of currency date >reimbursements >one >other >off detail")
	add := func(cells ...string) error { return l.add(controlRow(cells), cells...) }
	for i, w := range slices.Concat(x.Ways, x.Off) {
		of := cmp.Or(w.Run, "(brought in)")
		if i >= len(x.Ways) {
			of = w.Number
		}
		detail := fmt.Sprintf("credits %s, reversed %s; invoiced %s: paid %s, otherwise %s, open %s, of which came back %s", w.Credits, w.Reversed, w.Invoiced, w.Paid, w.Otherwise, w.Open, w.CameBack)
		if err := add("reimbursed = paid + open + reversed", of, w.Currency, w.Date.String(), strconv.Itoa(w.Reimbursements), w.Reimbursed, w.Invoiced, w.Off, detail); err != nil {
			return err
		}
	}
	for _, h := range x.Accounts {
		detail := h.Side
		if len(h.Parties) > 0 {
			detail += ": " + strings.Join(h.Parties, ", ")
		}
		if err := add("control account = open items", h.Account, x.Currency, "", "", h.Ledger, h.Items, h.Off, detail); err != nil {
			return err
		}
	}
	for i := range x.Banks {
		b := &x.Banks[i]
		detail := fmt.Sprintf("outstanding %s (%d entries), unreconciled %s (%d lines): quittance banks control %s", b.Outstanding, b.NEntries, b.Unreconciled, b.NLines, b.Bank)
		if err := add("ledger = statement", b.Bank, b.Currency, b.Date.String(), "", b.Ledger, b.Statement, b.Off, detail); err != nil {
			return err
		}
	}
	for _, code := range x.Without {
		if err := add("ledger = statement", code, "", "", "", "", "", "", "no statement yet"); err != nil {
			return err
		}
	}
	return l.close("There is nothing to control.")
}

// controlRow is a row of a control for programs that read line by line.
func controlRow(cells []string) map[string]string {
	row := map[string]string{}
	for i, name := range []string{"check", "of", "currency", "date", "reimbursements", "one", "other", "off", "detail"} {
		row[name] = cells[i]
	}
	return row
}
