package cli

import (
	"fmt"

	"quittance/internal/app"
	"quittance/internal/fault"
	"quittance/internal/verify"
)

type verifyCmd struct {
	Since string `help:"A seal noted elsewhere: prove that nothing before it was changed or cut off." placeholder:"SEAL"`
}

// Run proves the books.
func (c *verifyCmd) Run(e *env) error {
	return e.with(func(a *app.App, call app.Call) error {
		reports, err := a.Verify(e.ctx, call, c.Since)
		if err != nil {
			return err
		}
		var found fault.List
		for _, r := range reports {
			found.Add(r.Err())
		}
		if err := e.showReports(reports); err != nil {
			return err
		}
		return found.Err()
	})
}

func (e *env) showReports(reports []*verify.Report) error {
	switch e.Output {
	case "json":
		return e.object(reports)
	case "table":
		if len(reports) == 0 {
			fmt.Fprintln(e.stdout, "There is no company in the database.")
		}
		for i, r := range reports {
			if i > 0 {
				fmt.Fprintln(e.stdout)
			}
			e.showReport(r)
		}
		return nil
	}
	l := e.list("company >vouchers >entries >seals >unsealed last_seal >findings")
	for _, r := range reports {
		if err := l.add(r, r.Company, fmt.Sprint(r.Vouchers), fmt.Sprint(r.Entries), fmt.Sprint(r.Seals), fmt.Sprint(r.Unsealed), r.LastSeal, fmt.Sprint(len(r.Findings))); err != nil {
			return err
		}
	}
	return l.close("")
}

func (e *env) showReport(r *verify.Report) {
	verdict := "the books are right"
	if len(r.Findings) > 0 {
		verdict = count(int64(len(r.Findings)), "violation", "violations") + " found, see standard error"
	}
	fmt.Fprintf(e.stdout, "Company    %s: %s\nVouchers   %d with %s\nSeals      %d, and %s without a seal\n", r.Company, verdict, r.Vouchers, count(r.Entries, "entry", "entries"), r.Seals, count(r.Unsealed, "voucher", "vouchers"))
	if r.LastSeal != "" {
		fmt.Fprintf(e.stdout, "Last seal  %s (note it elsewhere; later: quittance verify --since SEAL)\n", r.LastSeal)
	}
	for _, n := range r.Notes {
		fmt.Fprintf(e.stdout, "Note       %s\n", clean(n))
	}
}
