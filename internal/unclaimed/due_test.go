package unclaimed_test

import (
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/money"
	"quittance/internal/unclaimed"
)

// Whatever is due arose up to the day of [unclaimed.DueBy], so that nothing due is left out by it.
func TestDueBy(t *testing.T) {
	if got := unclaimed.DueBy(nil, day("2026-11-21")); got != 0 {
		t.Errorf("without a rule %s", got)
	}
	days := []unclaimed.Day{"01-01", "02-28", "03-01", "06-30", "08-31", "11-15", "12-31"}
	rapid.Check(t, func(t *rapid.T) {
		var rules []unclaimed.Rule
		for i := range rapid.IntRange(1, 3).Draw(t, "rules") {
			r := rule
			r.Kind = unclaimed.Kinds()[i%2]
			r.Months, r.Days = rapid.IntRange(0, 60).Draw(t, "months"), rapid.IntRange(1, 40).Draw(t, "days")
			r.CutOff, r.Report = rapid.SampledFrom(days).Draw(t, "cut-off"), rapid.SampledFrom(days).Draw(t, "report")
			r.LetterLast = rapid.IntRange(0, 100).Draw(t, "last")
			r.LetterFirst = r.LetterLast + rapid.IntRange(0, 200).Draw(t, "first")
			r.From = r.From.AddDays(i)
			rules = append(rules, r)
		}
		on := day("2026-01-01").AddDays(rapid.IntRange(0, 800).Draw(t, "on"))
		arose := on.AddDays(-rapid.IntRange(0, 2500).Draw(t, "age"))
		f := unclaimed.Facts{
			Place: unclaimed.Place{Jurisdiction: "US-DE"}, Kind: rapid.SampledFrom(unclaimed.Kinds()).Draw(t, "kind"), Worth: money.Amount(rapid.IntRange(0, 10_000).Draw(t, "worth")),
			Activity: arose.AddDays(rapid.IntRange(0, 100).Draw(t, "activity")),
		}
		d := unclaimed.Decide(rules, f, on)
		if (d.Stage == unclaimed.EscheatDue || d.Stage == unclaimed.LetterDue) && arose > unclaimed.DueBy(rules, on) {
			t.Fatalf("what arose on %s is %s on %s, but only what arose by %s is looked at", arose, d.Stage, on, unclaimed.DueBy(rules, on))
		}
	})
}
