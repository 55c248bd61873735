package bench

import (
	"slices"
	"strings"
	"testing"

	"quittance/internal/ledger"
	"quittance/internal/money"
)

// A customer is the same each time, its documents balance, and what it has open is what the shares of the mix say.
func TestCitizens(t *testing.T) {
	const n = 40_000
	accounts := accountNames(City)
	var debits, held, marked, oneTime, reimbursed, reimbursements, settled int
	for i := range n {
		s := subjectOf(City, 7, i)
		if again := subjectOf(City, 7, i); again != s {
			t.Fatalf("customer %d is another one the second time", i)
		}
		open := map[int]bool{}
		for r, doc := range s.docs {
			sums := map[string]money.Amount{}
			for _, l := range doc.lines[:doc.n] {
				fund, _, _ := strings.Cut(accounts[l.account][0], "-")
				sums[fund] += l.amount
				if l.open != 0 && !isReceivable(l) {
					t.Fatalf("customer %d, round %d: an amount is open that is not on the receivable account", i, r)
				}
				if l.open < 0 {
					open[l.account] = true
				}
			}
			for fund, sum := range sums {
				if sum != 0 {
					t.Fatalf("customer %d, round %d does not balance in fund %s: %d", i, r, fund, sum)
				}
			}
			if doc.marked {
				marked++
			}
		}
		if len(open) == 0 {
			t.Fatalf("customer %d has no open credit", i)
		}
		if s.docs[billing].n > 0 && s.docs[paying].n > 0 {
			settled++
		}
		out := true
		switch {
		case s.docs[rebilling].n > 0:
			debits++
		case s.hold || s.doNotReimburse:
			held++
		default:
			out = slices.ContainsFunc(s.docs[:], func(d document) bool { return d.marked })
		}
		if !s.vendor {
			oneTime++
		}
		if !out {
			reimbursed++
			reimbursements += len(open)
		}
	}
	for _, x := range []struct {
		what      string
		got       float64
		low, high float64
	}{
		{"customers with open debits", float64(debits) / n, 0.09, 0.11},
		{"held or marked", float64(held+marked) / n, 0.008, 0.012},
		{"without a vendor", float64(oneTime) / n, 0.017, 0.023},
		{"settled history", float64(settled) / n, 1, 1},
		{"reimbursements a customer", float64(reimbursements) / n, 1.45, 1.57},
		{"reimbursed customers", float64(reimbursed) / n, 0.87, 0.91},
	} {
		if x.got < x.low || x.got > x.high {
			t.Errorf("%s: %.3f, expected %.3f to %.3f", x.what, x.got, x.low, x.high)
		}
	}
}

func TestYardstick(t *testing.T) {
	for i := range 1000 {
		s := subjectOf(Yardstick, 3, i)
		notes := 0
		for r, doc := range s.docs {
			switch {
			case doc.n == 0:
			case roundTypes[r] != ledger.CreditNote || doc.n != 2 || doc.lines[1].account != receivable || doc.lines[1].open >= 0:
				t.Fatalf("customer %d has something else than credit notes on the one receivable account: %+v", i, doc)
			default:
				notes++
			}
		}
		if notes != 2 || !s.vendor || s.hold || s.doNotReimburse {
			t.Fatalf("customer %d: %d credit notes, vendor %v, hold %v", i, notes, s.vendor, s.hold)
		}
	}
}

// The plan gives ids, numbers and dates that grow together, each once, and scatters the documents of neighbours.
func TestPlan(t *testing.T) {
	const n = 3000
	p := newPlan(City, 1, n, 100)
	b := &books{plan: p}
	next, last, apart := p.vouchers[0], map[ledger.Type]string{}, 0
	was := -1
	day := firstDay
	b.documents(func(round, i int, doc *document) bool {
		if id := p.voucher(round, i); id != next {
			t.Fatalf("document of customer %d in round %d has id %d, expected %d", i, round, id, next)
		}
		next++
		typ := roundTypes[round]
		if number := p.number(round, i); number <= last[typ] {
			t.Fatalf("number %s comes after %s", number, last[typ])
		} else {
			last[typ] = number
		}
		if d := p.date(round, i); d < day || d > RunDate {
			t.Fatalf("date %s after %s", d, day)
		} else {
			day = d
		}
		if was >= 0 && (i-was > 10 || was-i > 10) {
			apart++
		}
		was = i
		return true
	})
	if total := p.totalVouchers(); next-p.vouchers[0] != total || last[ledger.Payment] != "PM-00003000" {
		t.Errorf("%d documents, the last payment %s", next-p.vouchers[0], last[ledger.Payment])
	}
	if share := float64(apart) / float64(p.totalVouchers()); share < 0.95 {
		t.Errorf("only %.2f of the documents stand apart from those of neighbours", share)
	}
}

func TestMedian(t *testing.T) {
	for _, x := range []struct {
		all  []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{5, 1, 3}, 3}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(x.all); got != x.want {
			t.Errorf("median of %v: %v", x.all, got)
		}
	}
	if r := ratio(3, 0); r != 0 {
		t.Errorf("a ratio over nothing: %v", r)
	}
}

func TestWithName(t *testing.T) {
	changed, had, err := withName("postgres://ann:secret@db:5432/books?sslmode=disable", "books_bench_1")
	if err != nil || had != "books" || changed != "postgres://ann:secret@db:5432/books_bench_1?sslmode=disable" {
		t.Errorf("%s, %s, %v", changed, had, err)
	}
	if n := name("postgres://ann:secret@db/books"); strings.Contains(n, "secret") {
		t.Errorf("the password is shown: %s", n)
	}
}
