package unclaimed_test

import (
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/money"
	"quittance/internal/party"
	"quittance/internal/unclaimed"
)

func day(s string) civil.Date { return civil.MustParse(s) }

var rule = unclaimed.Rule{
	Jurisdiction: "US-DE", Kind: unclaimed.Credit, From: day("2020-01-01"), Months: 60, Activity: unclaimed.ByPayment, CutOff: "12-31", Report: "03-01", LetterFirst: 120, LetterLast: 60, LetterMinimum: 5000, ReplyDays: 30,
}

func TestDeadlines(t *testing.T) {
	for name, x := range map[string]struct {
		rule     unclaimed.Rule
		activity string
		want     [5]string // dormant, cut-off, report, letters from and until
	}{
		"five years, counted at the end of the year": {rule, "2021-02-14", [5]string{"2026-02-14", "2026-12-31", "2027-03-01", "2026-11-01", "2026-12-31"}},
		"dormant on the very cut-off":                {rule, "2021-12-31", [5]string{"2026-12-31", "2026-12-31", "2027-03-01", "2026-11-01", "2026-12-31"}},
		"the day after goes to the next":             {rule, "2022-01-01", [5]string{"2027-01-01", "2027-12-31", "2028-03-01", "2027-11-02", "2028-01-01"}},
		"a leap day ends on the last of February":    {func() unclaimed.Rule { r := rule; r.Months = 12; return r }(), "2024-02-29", [5]string{"2025-02-28", "2025-12-31", "2026-03-01", "2025-11-01", "2025-12-31"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := x.rule.Deadlines(day(x.activity))
			if got := [5]string{d.Dormant.String(), d.CutOff.String(), d.Report.String(), d.LetterFirst.String(), d.LetterUntil.String()}; got != x.want {
				t.Errorf("got %v, want %v", got, x.want)
			}
		})
	}
}

func TestDecide(t *testing.T) {
	f := unclaimed.Facts{Place: unclaimed.Place{Jurisdiction: "US-DE"}, Kind: unclaimed.Credit, Worth: 5000, Activity: day("2021-02-14")}
	with := func(change func(*unclaimed.Facts)) unclaimed.Facts { x := f; change(&x); return x }
	for name, x := range map[string]struct {
		facts unclaimed.Facts
		on    string
		want  unclaimed.Stage
		late  bool
	}{
		"long before":                    {f, "2026-10-31", unclaimed.NotDormant, false},
		"from the first day of letters":  {f, "2026-11-01", unclaimed.LetterDue, false},
		"after their last day, late":     {f, "2027-01-01", unclaimed.LetterDue, true},
		"written, before the cut-off":    {with(func(x *unclaimed.Facts) { x.LastLetter = day("2026-11-10") }), "2026-12-30", unclaimed.BeforeCutOff, false},
		"written, the owner may reply":   {with(func(x *unclaimed.Facts) { x.LastLetter = day("2026-12-15") }), "2027-01-13", unclaimed.ReplyOpen, false},
		"written and not answered":       {with(func(x *unclaimed.Facts) { x.LastLetter = day("2026-12-15") }), "2027-01-14", unclaimed.EscheatDue, false},
		"after the report day, late":     {with(func(x *unclaimed.Facts) { x.LastLetter = day("2026-12-15") }), "2027-03-02", unclaimed.EscheatDue, true},
		"a letter of before the contact": {with(func(x *unclaimed.Facts) { x.LastLetter = day("2021-01-01") }), "2027-01-14", unclaimed.LetterDue, true},
		"too small for a letter":         {with(func(x *unclaimed.Facts) { x.Worth = 4999 }), "2026-12-31", unclaimed.EscheatDue, false},
		"too small, before the cut-off":  {with(func(x *unclaimed.Facts) { x.Worth = 4999 }), "2026-12-30", unclaimed.BeforeCutOff, false},
		"marked":                         {with(func(x *unclaimed.Facts) { x.Marked = true }), "2026-12-30", unclaimed.Marked, false},
		"paid since":                     {with(func(x *unclaimed.Facts) { x.Settled = true }), "2026-12-30", unclaimed.NothingOpen, false},
		"another kind":                   {with(func(x *unclaimed.Facts) { x.Kind = unclaimed.Payment }), "2026-12-30", unclaimed.NoRule, false},
		"before the rule holds":          {f, "2019-12-31", unclaimed.NoRule, false},
		"no jurisdiction":                {with(func(x *unclaimed.Facts) { x.Place.Jurisdiction = "" }), "2026-12-30", unclaimed.NoJurisdiction, false},
	} {
		t.Run(name, func(t *testing.T) {
			if d := unclaimed.Decide([]unclaimed.Rule{rule}, x.facts, day(x.on)); d.Stage != x.want || d.Late != x.late {
				t.Errorf("got %s, late %t", d.Stage, d.Late)
			}
		})
	}
}

func TestRuleForTakesTheLatestOfTheStateThenOfTheCountry(t *testing.T) {
	country, later := rule, rule
	country.Jurisdiction, later.From = "US", day("2026-01-01")
	all := []unclaimed.Rule{rule, country, later}
	for _, x := range []struct {
		state, on string
		want      *unclaimed.Rule
	}{{"US-DE", "2025-12-31", &all[0]}, {"US-DE", "2026-01-01", &all[2]}, {"US-WI", "2026-01-01", &all[1]}, {"DE", "2026-01-01", nil}} {
		if got := unclaimed.RuleFor(all, x.state, unclaimed.Credit, day(x.on)); got != x.want {
			t.Errorf("%s on %s: %+v", x.state, x.on, got)
		}
	}
}

func TestPlaceOf(t *testing.T) {
	for want, a := range map[string]party.Address{
		"US-WI": {City: "Lakemont", State: "wi", Country: "US"}, "US-CA": {City: "Fresno", State: "CA"}, "US-DE": {}, "US": {City: "Somewhere"},
	} {
		if got := unclaimed.PlaceOf(a, "US", "US-DE"); got.Jurisdiction != want {
			t.Errorf("%+v is of %+v, want %s", a, got, want)
		}
	}
	if got := unclaimed.PlaceOf(party.Address{City: "Kiel", Country: "DE"}, "US", "US-DE"); got.Jurisdiction != "US-DE" {
		t.Errorf("abroad is of %+v", got)
	}
}

func TestClockToTheCent(t *testing.T) {
	k := unclaimed.Clock{Jurisdiction: "US-CA", From: day("2020-01-01"), RefundDays: 10, GoodFaithMonths: 6, InterestFrom: unclaimed.FromRequest, InterestAfterDays: 30, InterestRate: "10", YearDays: 365, BarMonths: 48}
	x, err := k.On(day("2026-01-31"), day("2026-03-01"), 123456, day("2026-06-30"))
	if err != nil {
		t.Fatal(err)
	}
	// From 1 April on (31 days after the request) to 30 June: 91 days; 1234.56 × 10 % × 91 ÷ 365 = 30.7795…
	want := unclaimed.Times{RefundBy: day("2026-03-11"), GoodFaithBy: day("2026-07-31"), InterestOn: day("2026-04-01"), InterestDays: 91, Interest: 3078, BarredOn: day("2030-01-31")}
	if x != want {
		t.Errorf("got %+v, want %+v", x, want)
	}
	if x, err := k.On(day("2026-01-31"), 0, 123456, day("2026-06-30")); err != nil || x.Interest != 0 || x.RefundBy != 0 || x.GoodFaithBy != day("2026-07-31") {
		t.Errorf("without a request: %+v, %v", x, err)
	}
	k.InterestFrom, k.InterestAfterDays, k.YearDays = unclaimed.FromCredit, 0, 360
	if x, err := k.On(day("2026-01-01"), 0, 36000, day("2026-01-31")); err != nil || x.InterestDays != 30 || x.Interest != 300 {
		t.Errorf("thirty days of 360 at 10 %%: %+v, %v", x, err)
	}
}

// Interest is never off by more than half a minor unit.
func TestInterestIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount, days := rapid.Int64Range(1, 1e12).Draw(t, "amount"), rapid.IntRange(1, 20_000).Draw(t, "days")
		rate := rapid.Int64Range(1, 9999).Draw(t, "hundredths of a percent")
		k := unclaimed.Clock{InterestFrom: unclaimed.FromCredit, InterestRate: big.NewRat(rate, 100).FloatString(2), YearDays: 365}
		x, err := k.On(day("2000-01-01"), 0, money.Amount(amount), day("2000-01-01").AddDays(days))
		if err != nil {
			t.Fatal(err)
		}
		exact := new(big.Rat).Mul(big.NewRat(amount, 1), big.NewRat(rate*int64(days), 10_000*365))
		off := exact.Sub(exact, big.NewRat(int64(x.Interest), 1))
		if off.Abs(off).Cmp(big.NewRat(1, 2)) > 0 {
			t.Errorf("%d at %s %% for %d days gives %d, off by %s", amount, k.InterestRate, days, x.Interest, off.FloatString(3))
		}
	})
}

func TestValidateNamesTheField(t *testing.T) {
	for field, change := range map[string]func(*unclaimed.Rule){
		"jurisdiction": func(r *unclaimed.Rule) { r.Jurisdiction = "California" }, "kind": func(r *unclaimed.Rule) { r.Kind = "gold" }, "months": func(r *unclaimed.Rule) { r.Months = 0 },
		"cut_off": func(r *unclaimed.Rule) { r.CutOff = "02-30" }, "report": func(r *unclaimed.Rule) { r.Report = "1-1" }, "letter_first": func(r *unclaimed.Rule) { r.LetterFirst = 10 },
		"activity": func(r *unclaimed.Rule) { r.Activity = "sleep" }, "from": func(r *unclaimed.Rule) { r.From = 0 }, "code": func(r *unclaimed.Rule) { r.Code = "ck13" },
	} {
		r := rule
		change(&r)
		if got := fieldOf(r.Validate()); got != field {
			t.Errorf("%s: the error names %q", field, got)
		}
	}
	if err := rule.Validate(); err != nil {
		t.Error(err)
	}
	k := unclaimed.Clock{Jurisdiction: "DE", From: day("2020-01-01"), InterestFrom: unclaimed.FromRequest, YearDays: 365}
	if err := k.Validate(); err != nil {
		t.Error(err)
	}
	for _, rate := range []string{"-1", "101", "five", "1e3", "1/3", "0x1"} {
		if k.InterestRate = rate; fieldOf(k.Validate()) != "interest_rate" {
			t.Errorf("the rate %q is taken", rate)
		}
	}
	rules, clocks := unclaimed.Samples(day("2026-01-01"))
	for _, r := range rules {
		if err := r.Validate(); err != nil || !r.Sample || r.Note == "" {
			t.Errorf("%+v: %v", r, err)
		}
	}
	for _, k := range clocks {
		if err := k.Validate(); err != nil || !k.Sample || k.Note == "" {
			t.Errorf("%+v: %v", k, err)
		}
	}
}
