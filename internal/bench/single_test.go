package bench_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"quittance/internal/app"
	"quittance/internal/bench"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/reimbursement"
)

// books gives what was posted and what is open, in words that do not depend on row ids or on how the work was divided.
func books(t *testing.T, url string) []string {
	t.Helper()
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	var rows []string
	const party = "(select coalesce((select c.code from customer c where c.company = x.company and c.id = x.party), (select n.code from vendor n where n.company = x.company and n.id = x.party), ''))"
	err = d.Read(t.Context(), db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
		for _, q := range []string{
			"select v.number || ' ' || v.date || ' ' || v.type || ' ' || v.text || ' line ' || x.line || ' ' || a.written || ' ' || x.currency || ' ' || x.amount || ' ' || x.accounting || ' class ' || coalesce(x.classification, 0) || ' ' || coalesce(" + party + ", '') from entry x join voucher v on v.company = x.company and v.id = x.voucher join ledger_account a on a.company = x.company and a.id = x.account",
			"select 'open ' || x.number || ' line ' || x.line || ' ' || x.open || ' ' || x.accounting || ' ' || x.marked || ' ' || " + party + " from open_item x",
			"select 'settled ' || c.number || ' line ' || x.credit_line || ' with ' || d.number || ' line ' || x.debit_line || ' ' || x.amount || ' ' || x.accounting from settlement x join voucher c on c.company = x.company and c.id = x.credit_voucher join voucher d on d.company = x.company and d.id = x.debit_voucher",
			"select 'balance ' || a.written || ' ' || x.date || ' ' || cast(sum(x.debit) as bigint) || ' ' || cast(sum(x.credit) as bigint) from balance x join ledger_account a on a.company = x.company and a.id = x.account group by a.written, x.date",
			"select 'series ' || series || ' ' || next from number_series where series <> 'run'",
			"select 'vendor ' || code || ' ' || name || ' ' || one_time from vendor",
			"select 'customer ' || c.code || ' ' || coalesce(v.code, '') from customer c left join vendor v on v.company = c.company and v.id = c.vendor",
		} {
			err := tx.Each(ctx, q, nil, func(r *db.Rows) error { rows = append(rows, r.Text(0)); return nil })
			if err != nil {
				return fmt.Errorf("%s: %w", q, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(rows)
	return rows
}

// A run over everybody, in chunks by several lanes, posts to the cent and number what a run for each customer posts, one after
// another: the bulk path and the single path are one. Random companies under each policy that changes what is posted.
func TestBulkIsSingle(t *testing.T) {
	yes, net := true, "net"
	requests := map[string]app.RunRequest{
		"gross":     {},
		"debits":    {IncludeDebits: &yes},
		"net":       {Netting: &net},
		"separate":  {Separate: &yes, Netting: &net},
		"summarize": {Summarize: &yes},
		"both":      {Summarize: &yes, Separate: &yes},
	}
	customers := 60
	if testing.Short() {
		customers = 40
	}
	seed := uint64(len(t.Name()))
	for _, name := range slices.Sorted(maps.Keys(requests)) { // the same companies each time
		req := requests[name]
		seed++
		t.Run(name, func(t *testing.T) {
			dbtest.EachURL(t, func(t *testing.T, bulk string) {
				kind := "sqlite"
				if t.Name()[len(t.Name())-1] == 's' {
					kind = "postgres"
				}
				single := dbtest.URL(t, kind)
				for _, url := range []string{bulk, single} {
					generate(t, url, bench.GenerateOptions{Customers: customers, Seed: seed, Mix: bench.City})
				}
				req.Date = bench.RunDate
				post(t, bulk, req, reimbursement.Selection{All: true})
				a, err := app.Open(t.Context(), single)
				if err != nil {
					t.Fatal(err)
				}
				for i := range customers {
					one := req
					one.Selection = reimbursement.Selection{Customers: []string{fmt.Sprintf("C%08d", i+1)}}
					if _, _, err := a.PostSelection(t.Context(), everybody, one, nil); err != nil {
						t.Fatal(err)
					}
				}
				if err := a.Close(); err != nil {
					t.Fatal(err)
				}
				compare(t, books(t, bulk), books(t, single))
			})
		})
	}
}

func post(t *testing.T, url string, req app.RunRequest, s reimbursement.Selection) {
	t.Helper()
	a, err := app.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	req.Selection = s
	run, _, err := a.PostSelection(t.Context(), everybody, req, nil)
	if err != nil {
		t.Fatal(err)
	}
	if run.Totals.Reimbursements == 0 || run.Totals.Excluded == 0 {
		t.Fatalf("the company shows too little: %+v", run.Totals)
	}
	if reports, err := a.Verify(t.Context(), everybody, ""); err != nil || reports[0].Err() != nil {
		t.Fatal(err, reports[0].Err())
	}
}

func compare(t *testing.T, bulk, single []string) {
	t.Helper()
	if slices.Equal(bulk, single) {
		return
	}
	for _, side := range []struct {
		name      string
		has, lack []string
	}{{"bulk", bulk, single}, {"single", single, bulk}} {
		for _, row := range side.has {
			if _, found := slices.BinarySearch(side.lack, row); !found {
				t.Errorf("only the %s path has: %s", side.name, row)
			}
		}
	}
	if !t.Failed() {
		t.Errorf("%d rows by the bulk path, %d by the single one", len(bulk), len(single))
	}
}
