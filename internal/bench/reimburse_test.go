package bench_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"quittance/internal/bench"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
)

var programFolder string

// buildProgram builds the program once, for the processes that a benchmark starts.
var buildProgram = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "quittance-bench-")
	if err != nil {
		return "", err
	}
	programFolder = dir
	path := filepath.Join(dir, "quittance")
	out, err := exec.Command("go", "build", "-o", path, "quittance/cmd/quittance").CombinedOutput()
	if err != nil {
		return "", fault.New(fault.Internal, "%s", out).Because(err)
	}
	return path, nil
})

func cleanProgram() {
	if programFolder != "" {
		os.RemoveAll(programFolder)
	}
}

func program(t *testing.T) string {
	t.Helper()
	path, err := buildProgram()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// posted gives the rows that a run made, as the floor must make them too. Ids of commands and seals are not compared: each run has
// its own.
func posted(t *testing.T, url string) map[string][]string {
	t.Helper()
	d, err := db.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	rows := map[string][]string{}
	err = d.Read(t.Context(), db.Scope{}, func(ctx context.Context, tx *db.Tx) error {
		for table, query := range map[string]string{
			"voucher":       "select number || ' ' || customer || ' ' || coalesce(vendor, 0) || ' ' || type || ' ' || date || ' ' || text as row_text from voucher",
			"entry":         "select v.number || ' ' || e.line || ' ' || a.written || ' ' || e.amount || ' ' || e.accounting || ' ' || c.code as row_text from entry e join voucher v on v.company = e.company and v.id = e.voucher join ledger_account a on a.company = e.company and a.id = e.account join customer c on c.company = v.company and c.id = v.customer",
			"open_item":     "select number || ' ' || side || ' ' || line || ' ' || open || ' ' || marked || ' ' || currency || ' ' || date || ' ' || due_date as row_text from open_item",
			"settlement":    "select c.number || ' ' || s.credit_line || ' ' || d.number || ' ' || s.debit_line || ' ' || s.amount || ' ' || s.accounting as row_text from settlement s join voucher c on c.company = s.company and c.id = s.credit_voucher join voucher d on d.company = s.company and d.id = s.debit_voucher",
			"run":           "select code || ' ' || state || ' ' || candidates || ' ' || excluded || ' ' || reimbursements as row_text from run",
			"run_line":      "select line || ' ' || customer || ' ' || amount || ' ' || reimbursements || ' ' || reason as row_text from run_line",
			"number_series": "select series || ' ' || next as row_text from number_series",
			"vendor":        "select code || ' ' || name || ' ' || one_time as row_text from vendor",
			"customer":      "select c.code || ' ' || coalesce(v.code, '') as row_text from customer c left join vendor v on v.company = c.company and v.id = c.vendor",
			"balance":       "select a.written || ' ' || b.date || ' ' || sum(b.debit) || ' ' || sum(b.credit) as row_text from balance b join ledger_account a on a.company = b.company and a.id = b.account group by a.written, b.date",
		} {
			err := tx.Each(ctx, query+" order by row_text", nil, func(r *db.Rows) error {
				var text string
				err := r.Scan(&text)
				rows[table] = append(rows[table], text)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// The floor writes exactly the rows of the run, the source stays as it was, and no copy stays behind.
func TestReimburse(t *testing.T) {
	path := program(t)
	dbtest.EachURL(t, func(t *testing.T, url string) {
		generate(t, url, bench.GenerateOptions{Customers: 400, Seed: 3, Mix: bench.City})
		before := content(t, url)
		r, err := bench.Reimburse(t.Context(), url, bench.ReimburseOptions{Pairs: 1, Keep: true, Program: path}, t.Logf)
		if err != nil {
			t.Fatal(err)
		}
		if r.Customers != 400 || r.Reimbursements < 550 || r.Reimbursements > 650 || r.Floor <= 0 || r.Run <= 0 || r.Ratio <= 0 || r.Peak < 5 || len(r.Kept) != 3 {
			t.Errorf("%+v", r)
		}
		if r.Rows["voucher"] != r.Reimbursements || r.Rows["entry"] != 2*r.Reimbursements || r.Rows["open_item"] != r.Reimbursements || r.Rows["settlement"] != r.Rows["open_item_deleted"] {
			t.Errorf("rows: %v", r.Rows)
		}
		floor, run := r.Kept[1], r.Kept[2] // after the template of the floor
		t.Cleanup(func() { dropAll(t, r.Kept) })
		want := posted(t, run)
		for table, rows := range posted(t, floor) {
			same(t, table, want[table], rows)
		}
		for table, rows := range content(t, url) {
			same(t, "source, "+table, before[table], rows)
		}
	})
}

func dropAll(t *testing.T, databases []string) {
	t.Helper()
	for _, address := range databases {
		if !strings.Contains(address, "://") {
			continue // in the folder of the test
		}
		if err := bench.Drop(context.Background(), address); err != nil {
			t.Error(err)
		}
	}
}

func TestReimburseLeavesNothing(t *testing.T) {
	path := program(t)
	dbtest.EachURL(t, func(t *testing.T, url string) {
		generate(t, url, bench.GenerateOptions{Customers: 50, Seed: 3, Mix: bench.Yardstick})
		r, err := bench.Reimburse(t.Context(), url, bench.ReimburseOptions{Pairs: 2, Program: path}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Pairs) != 2 || r.Reimbursements != 50 || r.Credits != 100 || r.RowsWritten == 0 {
			t.Errorf("%+v", r)
		}
		if strings.Contains(url, "://") {
			return
		}
		left, _ := filepath.Glob(url + ".bench-*")
		if len(left) > 0 {
			t.Errorf("copies stay behind: %v", left)
		}
	})
}

func TestReimburseRefuses(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		_, err := bench.Reimburse(t.Context(), url, bench.ReimburseOptions{Pairs: 1}, nil)
		if fault.RuleOf(err) != "not_generated" {
			t.Errorf("a database that was not generated: %v", err)
		}
	})
}

func TestPostAndRead(t *testing.T) {
	dbtest.EachURL(t, func(t *testing.T, url string) {
		generate(t, url, bench.GenerateOptions{Customers: 1000, Seed: 3, Mix: bench.City})
		before := content(t, url)
		p, err := bench.Post(t.Context(), url, bench.PostOptions{Clients: []int{1, 4}, Seconds: 0.3}, t.Logf)
		if err != nil {
			t.Fatal(err)
		}
		if len(p.Results) != 6 {
			t.Errorf("%+v", p.Results)
		}
		for _, r := range p.Results {
			if r.App <= 0 || r.Bare <= 0 || r.Ratio <= 0 {
				t.Errorf("%+v", r)
			}
		}
		r, err := bench.Read(t.Context(), url, bench.ReadOptions{Repeat: 2}, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range r.Results {
			if x.Median <= 0 && x.Max <= 0 {
				t.Errorf("%+v", x)
			}
		}
		for table, rows := range content(t, url) {
			same(t, "source, "+table, before[table], rows)
		}
	})
}
