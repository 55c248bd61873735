package api

import (
	"context"
	"net/http"

	"github.com/govalues/decimal"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/verify"
)

// TrialBalance is a page of the trial balance, with the sums of all of it.
type TrialBalance struct {
	Currency string        `json:"currency" doc:"The accounting currency."`
	Debit    string        `json:"debit" doc:"Sum of all accounts."`
	Credit   string        `json:"credit" doc:"Sum of all accounts."`
	Items    []app.Balance `json:"items"`
	Next     string        `json:"next,omitempty"`
}

// trialBalancePage is the answer of it.
type trialBalancePage struct {
	Link string `header:"Link" doc:"Address of the next page (rel=next)."`
	Body TrialBalance
}

// LedgerAccount names an account of a company.
type LedgerAccount struct {
	Company
	Account string `path:"account" maxLength:"250" doc:"Ledger account as written, or main account: all ledger accounts of it." example:"101-11530"`
}

func accounts(d *door) {
	add(d, operation{
		id: "get-trial-balance", method: http.MethodGet, path: "/companies/{company}/trial-balance", tag: "Ledger", permission: identity.Read,
		summary: "Trial balance", about: "Every ledger account in accounting currency, by account; debit less credit is the balance.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		Date string `query:"date" pattern:"^[0-9]{4}-[0-9]{2}-[0-9]{2}$" doc:"Up to and including this day; without it, everything."`
	},
	) (*trialBalancePage, error) {
		day, err := date("date", in.Date)
		if err != nil {
			return nil, err
		}
		lines, currency, err := d.app.TrialBalance(ctx, d.call(ctx, in.Company.Company, ""), day)
		if err != nil {
			return nil, err
		}
		t := TrialBalance{Currency: currency}
		if t.Debit, t.Credit, err = sums(lines); err != nil {
			return nil, err
		}
		part := cut(lines, func(b *app.Balance) string { return b.Account }, in.Paged)
		t.Items, t.Next = part.Items, part.Next
		return &trialBalancePage{Link: next(ctx, part.Next), Body: t}, nil
	})
	add(d, operation{
		id: "list-account-entries", method: http.MethodGet, path: "/companies/{company}/accounts/{account}/entries", tag: "Ledger", permission: identity.Read,
		summary: "Entries of an account", about: "The newest date first.",
	}, func(ctx context.Context, in *struct {
		LedgerAccount
		Paged
		Between
	},
	) (*page[app.EntryRow], error) {
		from, to, err := dates(in.From, in.To)
		if err != nil {
			return nil, err
		}
		part, err := d.app.Entries(ctx, d.call(ctx, in.Company.Company, ""), app.EntryFilter{Account: in.Account, From: from, To: to}, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "list-account-days", method: http.MethodGet, path: "/companies/{company}/accounts/{account}/days", tag: "Ledger", permission: identity.Read,
		summary: "An account by day", about: "What it moved on each day, the newest first, in accounting currency.",
	}, func(ctx context.Context, in *struct {
		LedgerAccount
		Paged
		Between
	},
	) (*page[app.AccountDay], error) {
		from, to, err := dates(in.From, in.To)
		if err != nil {
			return nil, err
		}
		part, err := d.app.AccountDays(ctx, d.call(ctx, in.Company.Company, ""), app.EntryFilter{Account: in.Account, From: from, To: to}, in.page())
		return pageOf(ctx, part, err)
	})
}

func controls(d *door) {
	add(d, operation{
		id: "get-chain", method: http.MethodGet, path: "/companies/{company}/trace", tag: "Ledger", permission: identity.Read,
		summary: "Follow the money", about: "From a voucher, a vendor payment or a line of a bank statement to all documents that its money went through: credits, reimbursements and vendor invoices, payments, their vouchers, bank lines.",
	}, func(ctx context.Context, in *struct {
		Company
		Of string `query:"of" required:"true" minLength:"1" maxLength:"100" doc:"Number of the voucher; name of the payment or of the line." example:"VPJ-00000001/1"`
	},
	) (*reply[app.Chain], error) {
		x, err := d.app.Chain(ctx, d.call(ctx, in.Company.Company, ""), in.Of)
		if err != nil {
			return nil, err
		}
		return &reply[app.Chain]{*x}, nil
	})
	add(d, operation{
		id: "get-control", method: http.MethodGet, path: "/companies/{company}/control", tag: "Ledger", permission: identity.Read,
		summary: "Sums held against each other", about: "Credits, reimbursements, vendor invoices and payments by day and run; control accounts and open items; bank accounts and their statements. Differences are named. The answer is 200 with right: false when there are any.",
	}, func(ctx context.Context, in *struct {
		Company
		Between
		Run string `query:"run" maxLength:"50" doc:"The reimbursements of this run, in place of days."`
	},
	) (*reply[app.Control], error) {
		from, to, err := dates(in.From, in.To)
		if err != nil {
			return nil, err
		}
		x, err := d.app.Control(ctx, d.call(ctx, in.Company.Company, ""), app.ControlFilter{From: from, To: to, Run: in.Run})
		if err != nil {
			return nil, err
		}
		return &reply[app.Control]{*x}, nil
	})
}

// sums adds up the trial balance.
func sums(lines []app.Balance) (debit, credit string, err error) {
	var d, c decimal.Decimal
	for _, l := range lines {
		if d, err = plus(d, l.Debit); err != nil {
			return "", "", err
		}
		if c, err = plus(c, l.Credit); err != nil {
			return "", "", err
		}
	}
	return d.String(), c.String(), nil
}

func plus(sum decimal.Decimal, text string) (decimal.Decimal, error) {
	x, err := decimal.Parse(text)
	if err != nil {
		return sum, err
	}
	return sum.AddExact(x, x.Scale())
}

// Verification is the proof of a company's books.
type Verification struct {
	Right bool `json:"right" doc:"The books are right: there is no finding."`
	verify.Report
}

func viewReport(r *verify.Report) Verification { return Verification{len(r.Findings) == 0, *r} }

func verification(d *door) {
	add(d, operation{
		id: "verify-company", method: http.MethodGet, path: "/companies/{company}/verification", tag: "Ledger", permission: identity.Prove,
		summary: "Prove the books of a company", about: "Goes through everything, which takes long where there is much. What it finds is no failure of the request: the answer is 200 with right: false.",
	}, func(ctx context.Context, in *struct {
		Company
		Since string `query:"since" maxLength:"100" doc:"A seal noted elsewhere: proves that nothing before it was changed or cut off."`
	},
	) (*reply[Verification], error) {
		reports, err := d.app.Verify(ctx, d.call(ctx, in.Company.Company, ""), in.Since)
		if err != nil {
			return nil, err
		}
		return &reply[Verification]{viewReport(reports[0])}, nil
	})
	add(d, operation{
		id: "verify-all", method: http.MethodGet, path: "/verification", tag: "Ledger", permission: identity.Prove,
		summary: "Prove the books of all companies", about: "Of those whose books one may prove, by code.",
	}, func(ctx context.Context, in *struct{ Paged }) (*page[Verification], error) {
		call := d.call(ctx, "", "")
		reports, err := d.app.Verify(ctx, call, "")
		all := make([]Verification, len(reports))
		for i, r := range reports {
			all[i] = viewReport(r)
		}
		return pageOf(ctx, cut(all, func(v *Verification) string { return v.Company }, in.Paged), err)
	})
}
