package bank_test

import (
	"fmt"
	"testing"

	"quittance/internal/bank"
	"quittance/internal/civil"
	"quittance/internal/money"
	"quittance/internal/payout"
)

var rules = bank.Rules{Reconcile: 95, Propose: 50, Tolerance: 5}

// many makes n checks and the lines that cash them; the amounts are few, so that amount alone says little.
func many(n int) ([]bank.Line, []bank.Entry) {
	lines, entries := make([]bank.Line, n), make([]bank.Entry, n)
	day := civil.MustParse("2026-12-01")
	for i := range n {
		amount := -money.Amount(100 + i%50)
		entries[i] = bank.Entry{Voucher: int64(i + 1), Line: 1, Number: fmt.Sprintf("VP-%08d", i), Date: day, Amount: amount, Payment: int64(i + 1), Status: payout.Posted, Check: fmt.Sprint(1000 + i)}
		lines[n-1-i] = bank.Line{BankCode: "B", Statement: 1, N: int64(n - i), Booked: day.AddDays(3), Amount: amount, Detail: bank.Detail{Check: fmt.Sprintf("%010d", 1000+i)}}
	}
	return lines, entries
}

func TestMatch(t *testing.T) {
	day := civil.MustParse("2026-12-01")
	paid := func(voucher int64, amount money.Amount, ref string, file int64) bank.Entry {
		return bank.Entry{Voucher: voucher, Line: 1, Number: fmt.Sprintf("VP-%d", voucher), Date: day, Amount: amount, Payment: voucher, Status: payout.Posted, Ref: ref, File: file, FileCode: "PF-00000001", Payee: "Brightwater Bakery"}
	}
	for name, x := range map[string]struct {
		line    bank.Line
		entries []bank.Entry
		n       int // entries of the match; 0: none
		sure    bool
	}{
		"reference and amount are sure":                     {bank.Line{Booked: day, Amount: -500, Detail: bank.Detail{References: []string{"E2E-1"}}}, []bank.Entry{paid(1, -500, "E2E-1", 0)}, 1, true},
		"reference with another amount is proposed":         {bank.Line{Booked: day, Amount: -600, Detail: bank.Detail{References: []string{"E2E-1"}}}, []bank.Entry{paid(1, -500, "E2E-1", 0)}, 1, false},
		"amount alone is proposed":                          {bank.Line{Booked: day, Amount: -500}, []bank.Entry{paid(1, -500, "E2E-1", 0)}, 1, false},
		"amount and name are not sure":                      {bank.Line{Booked: day, Amount: -500, Detail: bank.Detail{Party: "BRIGHTWATER BAKERY"}}, []bank.Entry{paid(1, -500, "E2E-1", 0)}, 1, false},
		"the amount of another month is none":               {bank.Line{Booked: day.AddDays(60), Amount: -500}, []bank.Entry{paid(1, -500, "E2E-1", 0)}, 0, false},
		"two of one reference are not sure":                 {bank.Line{Booked: day, Amount: -500, Detail: bank.Detail{References: []string{"E2E-1"}}}, []bank.Entry{paid(1, -500, "E2E-1", 0), paid(2, -500, "E2E-1", 0)}, 1, false},
		"a file is all its payments":                        {bank.Line{Booked: day, Amount: -900, Detail: bank.Detail{References: []string{"PF-00000001"}}}, []bank.Entry{paid(1, -500, "A-1", 7), paid(2, -400, "A-2", 7)}, 2, true},
		"the total and number of a file are sure":           {bank.Line{Booked: day, Amount: -900, Detail: bank.Detail{Count: 2}}, []bank.Entry{paid(1, -500, "A-1", 7), paid(2, -400, "A-2", 7)}, 2, true},
		"the transactions of a batch name their payments":   {bank.Line{Booked: day, Amount: -900, Detail: bank.Detail{Count: 2, References: []string{"A-1", "A-2"}}}, []bank.Entry{paid(1, -500, "A-1", 0), paid(2, -400, "A-2", 0), paid(3, -400, "A-3", 0)}, 2, true},
		"money that comes in is no payment that goes out":   {bank.Line{Booked: day, Amount: 500, Detail: bank.Detail{References: []string{"E2E-1"}}}, []bank.Entry{paid(1, -500, "E2E-1", 0)}, 0, false},
		"a return is told, though its reference is the one": {bank.Line{Booked: day, Amount: 500, Detail: bank.Detail{References: []string{"E2E-1"}, Return: "R03"}}, []bank.Entry{paid(1, -500, "E2E-1", 0)}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := bank.Match([]bank.Line{x.line}, x.entries, nil, rules)
			if x.n == 0 {
				if len(got) != 0 {
					t.Errorf("matched %+v", got)
				}
				return
			}
			if len(got) != 1 || len(got[0].Entries) != x.n || (got[0].Score >= rules.Reconcile) != x.sure || got[0].Return != (x.line.Detail.Return != "") || len(got[0].Reasons) == 0 {
				t.Errorf("matched %+v", got)
			}
		})
	}
}

func TestMatchGivesAnEntryOnce(t *testing.T) {
	lines, entries := many(2000)
	seen := map[int]bool{}
	for _, c := range bank.Match(append(lines, lines...), entries, nil, rules) {
		for _, e := range c.Entries {
			if seen[e] {
				t.Fatalf("entry %d is in two matches", e)
			}
			seen[e] = true
		}
	}
	if len(seen) != 2000 {
		t.Errorf("%d of 2000 were matched", len(seen))
	}
}

func BenchmarkMatch(b *testing.B) {
	lines, entries := many(100_000)
	for b.Loop() {
		if got := bank.Match(lines, entries, nil, rules); len(got) != len(lines) {
			b.Fatalf("%d of %d were matched", len(got), len(lines))
		}
	}
}
