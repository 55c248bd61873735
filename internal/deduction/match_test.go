package deduction_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/deduction"
	"quittance/internal/ledger"
	"quittance/internal/money"
)

func TestReferences(t *testing.T) {
	for _, c := range []struct {
		text string
		free bool
		want string
	}{
		{"CM-000123", false, "123 CM000123"},
		{"cm 000123", false, "123"},
		{"12-3456", false, "123456"},
		{"00012345", false, "12345"},
		{"IN-00000012", false, "IN00000012"}, // 12 by itself says nothing
		{"rebate 2026 for INV/00440", true, "440 INV00440"},
		{"2026", false, "2026"},
		{"2026", true, ""},
		{"damaged goods", true, ""},
		{"claim: 778-1, invoice (99123)", true, "7781 99123"},
		{"123 123", false, "123"},
		{"", false, ""},
	} {
		t.Run(c.text, func(t *testing.T) {
			if got := strings.Join(deduction.References(c.text, c.free), " "); got != c.want {
				t.Errorf("%q gives %q, want %q", c.text, got, c.want)
			}
		})
	}
}

var day = civil.Of(2026, 11, 20)

func aWanted() *deduction.Wanted {
	return &deduction.Wanted{
		ID: 1, Customer: 7, Number: "DED-000001", Currency: "USD", Amount: 100_00, Date: day, Reason: "DMG", CustomerCode: "C-7", Group: "GRO",
		Claim: "CLM-88123", Invoice: "IN-0004711", Note: "three pallets", Funds: []string{"110"}, Classes: []int64{0},
	}
}

func anOffer(amount money.Amount) *deduction.Offered {
	return &deduction.Offered{Party: 7, Voucher: 50, Number: "CR-000009", Type: ledger.CreditNote, Currency: "USD", Date: day, Open: amount, Funds: []string{"110"}, Classes: []int64{0}}
}

// Each case says what fits, and how many points it gives.
func TestScore(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(w *deduction.Wanted, o *deduction.Offered)
		want   string
	}{
		{"everything but a number", func(*deduction.Wanted, *deduction.Offered) {}, "70: party customer 15, amount exact 40, date days 10, account same 3, classification same 2"},
		{"everything", func(_ *deduction.Wanted, o *deduction.Offered) { o.Text = "credit for claim 88123" }, "100: party customer 15, amount exact 40, reference claim 30, date days 10, account same 3, classification same 2"},
		{"the invoice in the text", func(_ *deduction.Wanted, o *deduction.Offered) { o.Text = "on invoice 4711" }, "95: party customer 15, amount exact 40, reference invoice 25, date days 10, account same 3, classification same 2"},
		{"the deduction in the text", func(_ *deduction.Wanted, o *deduction.Offered) { o.Text = "for DED-000001" }, "100: party customer 15, amount exact 40, reference deduction 30, date days 10, account same 3, classification same 2"},
		{"the number of the credit in the note", func(w *deduction.Wanted, o *deduction.Offered) { w.Note, o.Number = "see CM-5501", "CM-5501" }, "90: party customer 15, amount exact 40, reference note 20, date days 10, account same 3, classification same 2"},
		{"a misprint", func(w *deduction.Wanted, o *deduction.Offered) { w.Claim, o.Text = "8812345", "claim 8812346" }, "78: party customer 15, amount exact 40, reference similar 8, date days 10, account same 3, classification same 2"},
		{"the number of the credit like that of the invoice", func(w *deduction.Wanted, o *deduction.Offered) { o.Number = "CR-0004711" }, "70: party customer 15, amount exact 40, date days 10, account same 3, classification same 2"},
		{"one of the family", func(_ *deduction.Wanted, o *deduction.Offered) { o.Party = 8 }, "63: party family 8, amount exact 40, date days 10, account same 3, classification same 2"},
		{"90 days apart", func(_ *deduction.Wanted, o *deduction.Offered) { o.Date = day.AddDays(-90) }, "60: party customer 15, amount exact 40, account same 3, classification same 2"},
		{"45 days after", func(_ *deduction.Wanted, o *deduction.Offered) { o.Date = day.AddDays(45) }, "65: party customer 15, amount exact 40, date days 5, account same 3, classification same 2"},
		{"another fund and classification", func(_ *deduction.Wanted, o *deduction.Offered) { o.Funds, o.Classes = []string{"401"}, []int64{3} }, "65: party customer 15, amount exact 40, date days 10"},
		{"a hold whose fund is not known", func(w *deduction.Wanted, _ *deduction.Offered) { w.Funds, w.Classes = nil, nil }, "65: party customer 15, amount exact 40, date days 10"},
		{"a cent less than one percent off", func(_ *deduction.Wanted, o *deduction.Offered) { o.Open = 99_01 }, "54: party customer 15, amount near 24, date days 10, account same 3, classification same 2"},
		{"larger", func(_ *deduction.Wanted, o *deduction.Offered) { o.Open = 500_00 }, "40: party customer 15, amount larger 10, date days 10, account same 3, classification same 2"},
		{"half", func(_ *deduction.Wanted, o *deduction.Offered) { o.Open = 50_00 }, "35: party customer 15, amount smaller 5, date days 10, account same 3, classification same 2"},
		{"partly marked", func(_ *deduction.Wanted, o *deduction.Offered) { o.Marked = 50_00 }, "35: party customer 15, amount smaller 5, date days 10, account same 3, classification same 2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, o := aWanted(), anOffer(100_00)
			c.change(w, o)
			deduction.Refer(w, o)
			p := deduction.Score(w, o)
			var parts []string
			for _, x := range p {
				parts = append(parts, fmt.Sprintf("%s %s %d", x.Reason, x.Detail, x.Points))
			}
			if got := fmt.Sprintf("%d: %s", p.Score(), strings.Join(parts, ", ")); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
		})
	}
}

func TestScorePlan(t *testing.T) {
	plan := func() *deduction.OfferedPlan {
		return &deduction.OfferedPlan{Plan: &deduction.Plan{ID: 3, Code: "PROMO-77412", From: day.AddDays(-30), To: day, Parties: []deduction.PlanParty{{Scope: "all"}, {Scope: "group", Code: "GRO"}}}, Left: 500_00}
	}
	for _, c := range []struct {
		name   string
		change func(w *deduction.Wanted, p *deduction.OfferedPlan)
		of     string
		points int
		amount money.Amount
	}{
		{"named", func(w *deduction.Wanted, _ *deduction.OfferedPlan) { w.Plan = "PROMO-77412" }, "", 85, 100_00},
		{"of the reason", func(*deduction.Wanted, *deduction.OfferedPlan) {}, "PROMO-77412", 80, 100_00},
		{"named, for the customer, and in the note", func(w *deduction.Wanted, p *deduction.OfferedPlan) {
			w.Plan, w.Note = "PROMO-77412", "promotion 77412"
			p.Plan.Parties = append(p.Plan.Parties, deduction.PlanParty{Scope: "party", Code: "C-7"})
		}, "", 100, 100_00},
		{"covering, no more", func(*deduction.Wanted, *deduction.OfferedPlan) {}, "", 40, 100_00},
		{"less left", func(_ *deduction.Wanted, p *deduction.OfferedPlan) { p.Left = 40_00 }, "PROMO-77412", 65, 40_00},
		{"nothing left", func(_ *deduction.Wanted, p *deduction.OfferedPlan) { p.Left = 0 }, "PROMO-77412", 0, 0},
		{"over", func(w *deduction.Wanted, _ *deduction.OfferedPlan) { w.Date = day.AddDays(1) }, "PROMO-77412", 0, 0},
		{"not begun", func(w *deduction.Wanted, _ *deduction.OfferedPlan) { w.Date = day.AddDays(-31) }, "PROMO-77412", 0, 0},
		{"for others", func(_ *deduction.Wanted, p *deduction.OfferedPlan) {
			p.Plan.Parties = []deduction.PlanParty{{Scope: "party", Code: "C-8"}}
		}, "PROMO-77412", 0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w, p := aWanted(), plan()
			c.change(w, p)
			deduction.Refer(w, anOffer(1))
			points, amount := deduction.ScorePlan(w, p, c.of)
			if points.Score() != c.points || amount != c.amount {
				t.Errorf("got %d for %d (%v), want %d for %d", points.Score(), amount, points, c.points, c.amount)
			}
		})
	}
}

// drawn makes a family of few numbers, amounts and days, so that much fits.
func drawn(t *rapid.T) (wanted []*deduction.Wanted, offered []*deduction.Offered) {
	n, m := rapid.IntRange(0, 12).Draw(t, "deductions"), rapid.IntRange(0, 20).Draw(t, "credits")
	amount := rapid.Custom(func(t *rapid.T) money.Amount { return money.Amount(rapid.IntRange(1, 8).Draw(t, "amount") * 2500) })
	text := rapid.SampledFrom([]string{"", "88123", "claim 88124", "CM-500 77001", "77001"})
	for i := range n {
		wanted = append(wanted, &deduction.Wanted{
			ID: int64(i + 1), Customer: int64(rapid.IntRange(1, 3).Draw(t, "customer")), Number: fmt.Sprintf("D-%d", i+1), Currency: rapid.SampledFrom([]string{"USD", "USD", "EUR"}).Draw(t, "currency"),
			Amount: amount.Draw(t, "amount"), Date: day.AddDays(-rapid.IntRange(0, 200).Draw(t, "days")), Claim: text.Draw(t, "claim"), Invoice: text.Draw(t, "invoice"), Note: text.Draw(t, "note"),
		})
	}
	for i := range m {
		o := &deduction.Offered{
			Party: int64(rapid.IntRange(1, 3).Draw(t, "party")), Voucher: int64(i + 1), Number: fmt.Sprintf("C-%d", i+1), Currency: rapid.SampledFrom([]string{"USD", "USD", "EUR"}).Draw(t, "currency"),
			Date: day.AddDays(-rapid.IntRange(0, 200).Draw(t, "days")), Open: amount.Draw(t, "open"), Text: text.Draw(t, "text"),
		}
		if rapid.Bool().Draw(t, "is marked") {
			o.Marked = money.Amount(rapid.IntRange(0, int(o.Open)).Draw(t, "marked"))
		}
		offered = append(offered, o)
	}
	return wanted, offered
}

// told writes down what a search found.
func told(all []*deduction.Match) string {
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b *deduction.Match) int { return int(a.Wanted.ID - b.Wanted.ID) })
	var b strings.Builder
	for _, m := range all {
		fmt.Fprintf(&b, "%s: %s %d", m.Wanted.Number, m.Why, m.Best)
		if m.Fit != nil {
			for i, o := range m.Fit.Credits {
				fmt.Fprintf(&b, " %s %d", o.Number, m.Fit.Amounts[i])
			}
			fmt.Fprintf(&b, " score %d", m.Fit.Score)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestSearchHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wanted, offered := drawn(t)
		least := rapid.IntRange(1, 100).Draw(t, "least")
		stream := func() []*deduction.Offered {
			fresh := make([]*deduction.Offered, len(offered))
			for i, o := range offered {
				c := *o
				fresh[i] = &c
			}
			return fresh
		}
		found := deduction.SearchAll(slices.Clone(wanted), stream, nil, least)
		given := map[int64]money.Amount{}
		for _, m := range found {
			if m.Fit == nil {
				if !slices.Contains([]string{"no_credit", "marked", "taken", "below"}, m.Why) {
					t.Fatalf("%s has nothing, and the reason is %q", m.Wanted.Number, m.Why)
				}
				continue
			}
			f := m.Fit
			if f.Score < least || f.Score > 100 || f.Score != f.Points.Score() {
				t.Fatalf("%s: score %d of %v, threshold %d", m.Wanted.Number, f.Score, f.Points, least)
			}
			if f.Takes() <= 0 || f.Takes() > m.Wanted.Amount {
				t.Fatalf("%s: %d taken of %d", m.Wanted.Number, f.Takes(), m.Wanted.Amount)
			}
			for i, o := range f.Credits {
				if o.Currency != m.Wanted.Currency || f.Amounts[i] <= 0 {
					t.Fatalf("%s: %d %s of %s", m.Wanted.Number, f.Amounts[i], o.Currency, o.Number)
				}
				given[o.Voucher] += f.Amounts[i]
			}
		}
		for _, o := range offered {
			if given[o.Voucher] > o.Open-o.Marked {
				t.Fatalf("%d of %s is given, %d is open and %d marked", given[o.Voucher], o.Number, o.Open, o.Marked)
			}
		}
		again := slices.Clone(wanted)
		rand.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		if a, b := told(found), told(deduction.SearchAll(again, stream, nil, least)); a != b {
			t.Fatalf("the same search finds\n%s, and in another order\n%s", a, b)
		}
	})
}

func TestScoreIsBoundedAndSymmetric(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		wanted, offered := drawn(t)
		for _, w := range wanted {
			for _, o := range offered {
				deduction.Refer(w, o)
				p := deduction.Score(w, o)
				if s := p.Score(); s < 0 || s > 100 {
					t.Fatalf("score %d of %v", s, p)
				}
				for _, x := range p {
					if x.Points < 0 {
						t.Fatalf("%v", p)
					}
				}
				mirrored, days := *o, w.Date.Sub(o.Date)
				mirrored.Date = w.Date.AddDays(days)
				if a, b := p.Score(), deduction.Score(w, &mirrored).Score(); a != b {
					t.Fatalf("%d days before give %d, after %d", days, a, b)
				}
			}
		}
	})
}

// Three credits that are together what was kept back are found, whatever else is open.
func TestSumsAreFound(t *testing.T) {
	w := aWanted()
	credits := func() (all []*deduction.Offered) {
		for i, a := range []money.Amount{9_00, 20_00, 33_00, 47_00, 60_00, 62_00} {
			o := anOffer(a)
			o.Voucher, o.Number = int64(50+i), fmt.Sprintf("CR-%d", i)
			all = append(all, o)
		}
		return all
	}
	found := deduction.SearchAll([]*deduction.Wanted{w}, credits, nil, 50)
	if got, want := told(found), "DED-000001:  64 CR-1 2000 CR-2 3300 CR-3 4700 score 64\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Many equal amounts: each credit goes to one deduction, the search does not grow with the product of both, and whoever gets nothing is
// told why.
func TestManyEqualAmounts(t *testing.T) {
	const n = 2000
	var wanted []*deduction.Wanted
	for i := range n {
		w := aWanted()
		w.ID, w.Number, w.Claim, w.Date = int64(i+1), fmt.Sprintf("D-%d", i), "", day.AddDays(-i%60)
		wanted = append(wanted, w)
	}
	credits := func() (all []*deduction.Offered) {
		for i := range n / 2 {
			o := anOffer(100_00)
			o.Voucher, o.Number, o.Date = int64(i+1), fmt.Sprintf("CR-%d", i), day.AddDays(-i%60)
			all = append(all, o)
		}
		return all
	}
	got, why := 0, map[string]int{}
	for _, m := range deduction.SearchAll(wanted, credits, nil, 50) {
		if m.Fit != nil {
			got++
		} else {
			why[m.Why]++
		}
	}
	if got < n/4 || got > n/2 || why["taken"]+why["below"] != n-got {
		t.Errorf("%d of %d deductions got one of %d credits; the others: %v", got, n, n/2, why)
	}
}
