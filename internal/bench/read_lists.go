package bench

import (
	"context"

	"quittance/internal/app"
	"quittance/internal/civil"
	"quittance/internal/openitem"
)

// listLooks gives the lists of the pages and of the API: first pages, later ones, and those with a filter that no index serves.
func listLooks(ctx context.Context, a *app.App, customers []someone) ([]look, error) {
	call := app.Call{Actor: maker, Company: Company}
	someone := func(i int) someone { return customers[i*7919%len(customers)] }
	customer := func(i int) string { return someone(i).code }
	yes := true
	all := []look{
		{"customers, first page", func(ctx context.Context, _ int) error {
			return second(a.Customers(ctx, call, app.PartyFilter{}, app.Page{}))
		}},
		{"customers by the beginning of a code", func(ctx context.Context, i int) error {
			code := customer(i)
			return second(a.Customers(ctx, call, app.PartyFilter{Search: code[:len(code)-2]}, app.Page{}))
		}},
		{"customers by the beginning of a name", func(ctx context.Context, i int) error {
			return second(a.Customers(ctx, call, app.PartyFilter{Search: firstNames[i%len(firstNames)]}, app.Page{}))
		}},
		{"customers on hold", func(ctx context.Context, _ int) error {
			return second(a.Customers(ctx, call, app.PartyFilter{Held: &yes}, app.Page{}))
		}},
		{"customers in credit", func(ctx context.Context, _ int) error {
			return second(a.Customers(ctx, call, app.PartyFilter{Credit: true}, app.Page{}))
		}},
		{"customers of a group that is not there", func(ctx context.Context, _ int) error {
			return second(a.Customers(ctx, call, app.PartyFilter{Group: "NOBODY"}, app.Page{}))
		}},
		{"vendors, first page", func(ctx context.Context, _ int) error {
			return second(a.Vendors(ctx, call, app.PartyFilter{}, app.Page{}))
		}},
		{"vendors by the beginning of a name", func(ctx context.Context, i int) error {
			return second(a.Vendors(ctx, call, app.PartyFilter{Search: firstNames[i%len(firstNames)]}, app.Page{}))
		}},
		{"vendors by a name that nobody has", func(ctx context.Context, _ int) error {
			return second(a.Vendors(ctx, call, app.PartyFilter{Search: "nobody"}, app.Page{}))
		}},
		{"a customer, all of it", func(ctx context.Context, i int) error {
			return second(a.Party(ctx, call, openitem.Customers, customer(i), false))
		}},
	}
	all = append(all, documentLooks(a, call, customer)...)
	more, err := accountLooks(ctx, a, call)
	if err != nil {
		return nil, err
	}
	runs, err := runLooks(ctx, a, call)
	return append(append(all, more...), runs...), err
}

// documentLooks looks at items, vouchers and what is found in them.
func documentLooks(a *app.App, call app.Call, customer func(int) string) []look {
	return []look{
		{"open items in a currency that nobody has", func(ctx context.Context, _ int) error {
			return second(a.Items(ctx, call, app.ItemFilter{Side: openitem.Customers, Currency: "EUR"}, app.Page{}))
		}},
		{"items of a customer, closed ones too", func(ctx context.Context, i int) error {
			return second(a.Items(ctx, call, app.ItemFilter{Side: openitem.Customers, Party: customer(i), Closed: true}, app.Page{}))
		}},
		{"statement of a customer", func(ctx context.Context, i int) error {
			return second(a.Statement(ctx, call, openitem.Customers, customer(i), 0, 0))
		}},
		{"settlements of a customer", func(ctx context.Context, i int) error {
			return second(a.Settlements(ctx, call, openitem.Customers, customer(i), app.Page{}))
		}},
		{"marks", func(ctx context.Context, _ int) error {
			return second(a.Marks(ctx, call, openitem.Customers, "", app.Page{}))
		}},
		{"vouchers, newest first", func(ctx context.Context, _ int) error {
			return second(a.Vouchers(ctx, call, app.VoucherFilter{}, app.Page{}))
		}},
		{"vouchers by the beginning of a number", func(ctx context.Context, i int) error {
			return second(a.Vouchers(ctx, call, app.VoucherFilter{Number: creditNote(i)[:9]}, app.Page{}))
		}},
		{"vouchers of a day", func(ctx context.Context, i int) error {
			d := firstDay.AddDays(i % 150)
			return second(a.Vouchers(ctx, call, app.VoucherFilter{From: d, To: d}, app.Page{}))
		}},
		{"vouchers of a type, the oldest one", func(ctx context.Context, _ int) error {
			return second(a.Vouchers(ctx, call, app.VoucherFilter{Type: "invoice"}, app.Page{}))
		}},
		{"audit trail of a command that is not there", func(ctx context.Context, _ int) error {
			return second(a.AuditPage(ctx, call, app.AuditFilter{Command: "none"}, app.Page{}))
		}},
		{"set-up", func(ctx context.Context, _ int) error { return second(a.Setup(ctx, call)) }},
		{"search for a number", func(ctx context.Context, i int) error { return second(a.Search(ctx, call, creditNote(i), 0)) }},
		{"search for a name", func(ctx context.Context, i int) error {
			return second(a.Search(ctx, call, firstNames[i%len(firstNames)], 0))
		}},
		{"search for what is not there", func(ctx context.Context, _ int) error { return second(a.Search(ctx, call, "nothing such", 0)) }},
		{"figures of the home page", func(ctx context.Context, _ int) error { return second(a.Figures(ctx, call)) }},
	}
}

func second[T any](_ T, err error) error { return err }

// accountLooks looks at the account with the most debit, and at all of its main account.
func accountLooks(ctx context.Context, a *app.App, call app.Call) ([]look, error) {
	setup, err := a.Setup(ctx, call)
	if err != nil {
		return nil, err
	}
	balances, _, err := a.TrialBalance(ctx, call, 0)
	if err != nil || len(balances) == 0 {
		return nil, err
	}
	written := balances[0].Account
	main := setup.Accounts[0].Account
	for _, x := range setup.Accounts {
		if x.Control == "customer" {
			main = x.Account
		}
	}
	entries := func(f app.EntryFilter) func(context.Context, int) error {
		return func(ctx context.Context, i int) error {
			if f.To != 0 {
				f.To = firstDay.AddDays(i % 150)
			}
			return second(a.Entries(ctx, call, f, app.Page{}))
		}
	}
	anyDay := civil.Date(1)
	return []look{
		{"entries of a ledger account", entries(app.EntryFilter{Account: written})},
		{"entries of a ledger account, up to a day", entries(app.EntryFilter{Account: written, To: anyDay})},
		{"entries of a main account", entries(app.EntryFilter{Account: main})},
		{"entries of a main account, up to a day", entries(app.EntryFilter{Account: main, To: anyDay})},
		{"days of a main account", func(ctx context.Context, _ int) error {
			return second(a.AccountDays(ctx, call, app.EntryFilter{Account: main}, app.Page{}))
		}},
		{"vouchers of an account", func(ctx context.Context, _ int) error {
			return second(a.Vouchers(ctx, call, app.VoucherFilter{Account: written}, app.Page{}))
		}},
	}, nil
}

// runLooks looks at the newest run, when there is one.
func runLooks(ctx context.Context, a *app.App, call app.Call) ([]look, error) {
	runs, err := a.RunsPage(ctx, call, "", app.Page{Limit: 1})
	if err != nil || len(runs.Items) == 0 {
		return nil, err
	}
	run := runs.Items[0].ID
	posted, err := a.Reimbursements(ctx, call, app.ReimbursementFilter{Run: run}, app.Page{})
	if err != nil {
		return nil, err
	}
	yes := true
	lines := func(f app.LineFilter) func(context.Context, int) error {
		return func(ctx context.Context, _ int) error { return second(a.RunLinesPage(ctx, call, run, f, app.Page{})) }
	}
	all := []look{
		{"runs, first page", func(ctx context.Context, _ int) error { return second(a.RunsPage(ctx, call, "", app.Page{})) }},
		{"a run, without its decisions", func(ctx context.Context, _ int) error { return second(a.RunState(ctx, call, run)) }},
		{"how far a run is posted", func(ctx context.Context, _ int) error { return second(a.Posting(ctx, call, run)) }},
		{"lines of a run", lines(app.LineFilter{})},
		{"lines of a run, the excluded", lines(app.LineFilter{Excluded: &yes})},
		{"lines of a run, for one reason", lines(app.LineFilter{Reason: "on_hold"})},
		{"reimbursements", func(ctx context.Context, _ int) error {
			return second(a.Reimbursements(ctx, call, app.ReimbursementFilter{}, app.Page{}))
		}},
		{"reimbursements of a run", func(ctx context.Context, _ int) error {
			return second(a.Reimbursements(ctx, call, app.ReimbursementFilter{Run: run}, app.Page{}))
		}},
	}
	if n := len(posted.Items); n > 0 {
		all = append(all, look{"trace of a reimbursement", func(ctx context.Context, i int) error {
			return second(a.Trace(ctx, call, posted.Items[i%n].Number))
		}})
	}
	return all, nil
}
