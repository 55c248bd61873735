package policy_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/db/dbtest"
	"quittance/internal/fault"
	"quittance/internal/money"
	"quittance/internal/policy"
)

func TestMain(m *testing.M) { dbtest.Main(m) }

var ctx = context.Background()

func amount(s string) policy.Amount {
	a, err := policy.ParseAmount(s)
	if err != nil {
		panic(err)
	}
	return a
}

func set(t testing.TB, text string) policy.Set {
	t.Helper()
	c, err := policy.Parse("P", 1, policy.Request, text)
	if err != nil {
		t.Fatal(err)
	}
	return policy.Set{c}
}

const standard = `# What is paid back without a person, and what never is.
refuse "one-time customers are paid by check only" when one_time && method != "check"
review "the bank details are new" when days_since_bank_change >= 0 && days_since_bank_change < 10
require receipt when type == "expense" && amount > 75
require return_note when type in ["return", "deposit"]
within 90 days of sale when type == "return"
minimum 5
maximum 10000.00 when type != "deposit"
route SMALL when amount < 500.00
route LARGE
approve when amount <= 50 && payee_total_365 <= 200.00 && duplicates == 0
`

func TestRules(t *testing.T) {
	s := set(t, standard)
	for _, c := range []struct {
		name    string
		f       policy.Fields
		outcome policy.Outcome
		route   string
		says    string
	}{
		{"Automatic", policy.Fields{Type: "overpayment", Amount: amount("50"), Payee365: amount("200"), DetailsDays: -1}, policy.Automatic, "SMALL", ""},
		{"ACentMore", policy.Fields{Type: "overpayment", Amount: amount("50.01"), DetailsDays: -1}, policy.Review, "SMALL", ""},
		{"PayeeTotal", policy.Fields{Type: "overpayment", Amount: amount("50"), Payee365: amount("200.01"), DetailsDays: -1}, policy.Review, "SMALL", ""},
		{"AReviewPreventsIt", policy.Fields{Type: "overpayment", Amount: amount("50"), DetailsDays: 9}, policy.Review, "SMALL", ""},
		{"Large", policy.Fields{Type: "overpayment", Amount: amount("500.00"), DetailsDays: -1}, policy.Review, "LARGE", ""},
		{"Refused", policy.Fields{OneTime: true, Method: "ach", Amount: amount("50")}, policy.Refused, "SMALL", "one-time customers are paid by check only (policy P, line 2)"},
		{"NoReceipt", policy.Fields{Type: "expense", Amount: amount("75.01")}, policy.Incomplete, "SMALL", "these documents are needed and are not attached: receipt"},
		{"Receipt", policy.Fields{Type: "expense", Amount: amount("75.01"), Documents: []string{"receipt"}, DetailsDays: -1}, policy.Review, "SMALL", ""},
		{"Late", policy.Fields{Type: "return", Amount: amount("60"), SaleDays: 91, Documents: []string{"return_note"}}, policy.Refused, "SMALL", "the sale was 91 days ago; at most 90 are allowed"},
		{"InTime", policy.Fields{Type: "return", Amount: amount("60"), SaleDays: 90, Documents: []string{"return_note"}}, policy.Review, "SMALL", ""},
		{"NoDay", policy.Fields{Type: "return", Amount: amount("60"), SaleDays: policy.Unknown, Documents: []string{"return_note"}}, policy.Refused, "SMALL", "the day of the sale is not known; give it"},
		{"TooSmall", policy.Fields{Amount: amount("4.99")}, policy.Refused, "SMALL", "4.99 is less than the least amount, 5.00"},
		{"TooLarge", policy.Fields{Amount: amount("10000.01")}, policy.Refused, "LARGE", "10000.01 is more than the largest amount, 10000.00"},
		{"Deposit", policy.Fields{Type: "deposit", Amount: amount("10000.01"), Documents: []string{"return_note"}, DetailsDays: -1}, policy.Review, "LARGE", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			d, err := s.Evaluate(&c.f)
			if err != nil {
				t.Fatal(err)
			}
			if d.Outcome != c.outcome || d.Route != c.route {
				t.Errorf("%s by %q, want %s by %q: %+v", d.Outcome, d.Route, c.outcome, c.route, d)
			}
			if err := d.Err(); (err == nil) != (c.says == "") || (err != nil && !strings.Contains(err.Error(), c.says)) {
				t.Errorf("says %v, want %q", err, c.says)
			}
		})
	}
}

// Amounts are exact, where binary fractions are not.
func TestAmountsAreExact(t *testing.T) {
	usd := money.MustCurrency("USD")
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64Range(-1e13, 1e13).Draw(t, "a"), rapid.Int64Range(-1e13, 1e13).Draw(t, "b")
		f := policy.Fields{Amount: policy.AmountOf(usd, money.Amount(a)), OpenDebits: policy.AmountOf(usd, money.Amount(b))}
		c, err := policy.Parse("P", 1, policy.Request, fmt.Sprintf("refuse \"x\" when amount + open_debits != %s || amount - open_debits > %s || !(amount*2 >= %s)",
			written(a+b), written(a-b), written(2*a)))
		if err != nil {
			t.Fatal(err)
		}
		d, err := policy.Set{c}.Evaluate(&f)
		if err != nil || d.Outcome != policy.Review {
			t.Fatalf("%d and %d: %v %v", a, b, d, err)
		}
	})
}

// written writes cents as rules write numbers: a sign is an operator.
func written(cents int64) string { return money.MustCurrency("USD").Format(money.Amount(cents)) }

func TestAmountText(t *testing.T) {
	for text, want := range map[string]string{"0": "0.00", "-0.5": "-0.50", "12.3456": "12.3456", "900000000000000": "900000000000000.00"} {
		if got := amount(text).String(); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
	for _, text := range []string{"", "1e5", "1/2", "0x1", "1.00001", "1_000", "99999999999999999999", "NaN"} {
		if a, err := policy.ParseAmount(text); err == nil {
			t.Errorf("%q is %s", text, a)
		}
	}
	if a := policy.AmountOf(money.MustCurrency("JPY"), math.MaxInt64); a.String() != "922337203685477.5807" {
		t.Errorf("the largest is %s", a)
	}
}

// What is wrong is told with place, value and way out, all at once.
func TestMistakes(t *testing.T) {
	for _, c := range []struct{ text, place, says string }{
		{`reject "x" when true`, "line 1, column 1", `"reject" is not what a rule begins with; expected one of approve, maximum`},
		{"# fine\n\nrefuse \"x\" when amout > 5", "line 3, column 17", `"amout" is no field; did you mean amount?`},
		{`refuse "x" when zzzzzzzz`, "line 1, column 17", "the fields are amount, count, country"},
		{`refuse "x"`, "line 1, column 11", "the condition is missing; expected refuse"},
		{`refuse "x" when`, "line 1, column 12", "cannot be read"},
		{`refuse "x" when amount`, "line 1, column 17", "must say yes or no"},
		{`refuse "x" when amount > "5"`, "line 1, column 24", "cannot be used"},
		{`refuse "x" when amount > 5 &&`, "line 1, column", "cannot be used"},
		{`refuse "" when true`, "line 1, column 8", "says nothing"},
		{`refuse x when true`, "line 1, column 8", `"x when true" cannot be read; expected refuse "TEXT" when CONDITION`},
		{`require Receipt!`, "line 1, column 9", "cannot be read"},
		{`within ten days of sale`, "line 1, column 8", "expected within DAYS days of sale|credit"},
		{`minimum 5 dollars`, "line 1, column 11", `"dollars" cannot be read`},
		{`minimum 5.00001`, "line 1, column 9", "at most four decimals"},
		{`approve`, "line 1, column 8", "the condition is missing"},
		{`route SMALL if amount < 5`, "line 1, column 13", "cannot be read"},
	} {
		_, err := policy.Parse("P", 1, policy.Request, c.text)
		var l fault.List
		if !errors.As(err, &l) || len(l) != 1 || !strings.HasPrefix(l[0].Place, c.place) || !strings.Contains(l[0].Message, c.says) || l[0].Code != fault.Invalid {
			t.Errorf("%s:\n got %v\nwant %s: …%s…", c.text, err, c.place, c.says)
		}
	}
	_, err := policy.Parse("P", 1, "loan", "x\ny\nminimum 5")
	if l := fault.List(nil); !errors.As(err, &l) || len(l) != 3 {
		t.Errorf("got %v, want three mistakes", err)
	}
}

// Rules reach nothing but the fields, and cannot take long: each of these is refused on saving, or evaluated at once.
func TestHostileRules(t *testing.T) {
	deep := strings.Repeat("(", 900) + "true" + strings.Repeat(")", 900)
	refused := []string{
		`len(1..1000000000) > 0`, `all(1..100000, all(1..100000, true))`, `any(map(1..9, #), # > 1)`, `len(filter(documents, true)) > 0`,
		`let a = type + type; let b = a + a; b == ""`, `let f = amount; f > 1`, `repeat("x", 1000000000) == ""`, `type + "x" == "yx"`,
		`now().Year() > 2000`, `date("2026-01-01") == date(today)`, `$env["amount"] == 1`, `$env.type == "x"`, `type | upper() == "X" ? true : sleep(1)`,
		`os.Getenv("HOME") == ""`, `amount.n > 1`, `amount_lt(amount, 1)`, `documents[0] == "x"`, `documents?.x == nil`, `type matches customer`, `type matches "` + strings.Repeat("a?", 150) + `"`,
		`any(documents, any(documents, # == "x"))`, `any(documents, count(documents, # == "x") > 1)`, `2 ** 1000 > 1`, `fromJSON("{}") == nil`, `toJSON(documents) == ""`, `{"a": 1}.a == 1`,
		`split(type, "")[0] == "x"`, `reduce(documents, #acc + #, "") == ""`, `true; true`, `nil == nil`, `1 ?? 2 == 1`, strings.Repeat("!", 1500) + "true", strings.Repeat("true || ", 220) + "true",
		`get(documents, 0) == "x"`, `sum(documents) > 0`, `sort(documents) == documents`, `type[0:1] == "x"`, `(amount > 1 ? amount : 5) > "x"`, `b64 == 1`, "true\x00", `type in [` + strings.Repeat(`"x",`, 101) + `"y"]`,
	}
	for _, source := range refused {
		began := time.Now()
		if _, err := policy.Parse("P", 1, policy.Request, `refuse "x" when `+source); err == nil {
			t.Errorf("%.60s compiles", source)
		} else if fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%.60s: %v", source, err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%.60s took %v", source, took)
		}
	}
	documents := make([]string, 200)
	for i := range documents {
		documents[i] = strings.Repeat("a", 1000)
	}
	costly := []string{
		deep,
		`type matches "(a*)*(a*)*(a*)*(a*)*b"`, `any(documents, # matches "(a|aa)+$b")`, strings.TrimSuffix(strings.Repeat(`any(documents, # contains "aab") || `, 30), " || "), `lower(upper(lower(upper(type)))) == ""`,
	}
	for _, source := range costly {
		c, err := policy.Parse("P", 1, policy.Request, `refuse "x" when `+source)
		if err != nil {
			t.Errorf("%.60s: %v", source, err)
			continue
		}
		began := time.Now()
		if _, err := (policy.Set{c}).Evaluate(&policy.Fields{Type: strings.Repeat("a", 10_000), Documents: documents}); err != nil {
			t.Errorf("%.60s: %v", source, err)
		}
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%.60s took %v", source, took)
		}
	}
	if _, err := set(t, "minimum 5").Evaluate(&policy.Fields{Documents: make([]string, 201)}); fault.CodeOf(err) != fault.Limited {
		t.Errorf("201 documents: %v", err)
	}
	if _, err := policy.Parse("P", 1, policy.Request, strings.Repeat("minimum 5\n", 301)); err == nil {
		t.Error("301 lines are taken")
	}
}

// What cannot be evaluated is refused, with the rule that is to be mended.
func TestWhatCannotBeEvaluated(t *testing.T) {
	s := set(t, `refuse "x" when 5 % count == 1`)
	if _, err := s.Evaluate(&policy.Fields{}); fault.RuleOf(err) != "policy_rule" || !strings.Contains(err.Error(), "line 1 of the policy P") {
		t.Errorf("got %v", err)
	}
}

// Any text either compiles or is refused with places; nothing panics.
func FuzzParse(f *testing.F) {
	f.Add(standard)
	f.Add(`refuse "x" when any(documents, # == "a") && amount*1.5 > payee_total_30 - 2`)
	f.Fuzz(func(t *testing.T, text string) {
		c, err := policy.Parse("P", 1, policy.Request, text)
		if err != nil {
			if fault.CodeOf(err) != fault.Invalid {
				t.Fatal(err)
			}
			return
		}
		_, _ = policy.Set{c}.Evaluate(&policy.Fields{Documents: []string{"receipt"}})
	})
}

// Every field has a name for rules, the same as in JSON, so that people see what rules see.
func TestFieldNames(t *testing.T) {
	all := policy.Names()
	typ := reflect.TypeFor[policy.Fields]()
	for i := range typ.NumField() {
		x := typ.Field(i)
		if name := x.Tag.Get("expr"); name == "" || name != x.Tag.Get("json") || !slices.Contains(all, name) {
			t.Errorf("the field %s is %q to rules and %q in JSON", x.Name, name, x.Tag.Get("json"))
		}
	}
}

// past makes n past subjects.
func past(n int) iter.Seq2[*policy.Past, error] {
	types := []string{"overpayment", "expense", "return", "deposit"}
	return func(yield func(*policy.Past, error) bool) {
		for i := range n {
			p := &policy.Past{Name: fmt.Sprintf("RQ-%06d", i), Outcome: policy.Review, Route: "LARGE", Fields: policy.Fields{
				Type: types[i%4], Amount: amount(fmt.Sprint(i % 700)), SaleDays: i % 120, DetailsDays: i % 40, Documents: []string{"receipt", "return_note"},
			}}
			if !yield(p, nil) {
				return
			}
		}
	}
}

func TestSimulate(t *testing.T) {
	sim, err := set(t, standard).Simulate(past(2000))
	if err != nil {
		t.Fatal(err)
	}
	sum := sim.Failed
	for _, x := range sim.Shifts {
		if sum += x.Subjects; len(x.Examples) == 0 || len(x.Examples) > 10 || x.From != policy.Review {
			t.Errorf("%+v", x)
		}
		if x.From == x.To && x.Subjects != sim.Same {
			t.Errorf("%d are the same, not %d", x.Subjects, sim.Same)
		}
	}
	if sum != 2000 || sim.Subjects != 2000 || len(sim.Shifts) != 3 || sim.Rerouted == 0 || len(sim.Reasons) == 0 || sim.Reasons[0].Line == 0 {
		t.Errorf("%+v", sim)
	}
	boom := errors.New("boom")
	if _, err := set(t, standard).Simulate(func(yield func(*policy.Past, error) bool) { yield(nil, boom) }); !errors.Is(err, boom) {
		t.Errorf("got %v", err)
	}
}

// BenchmarkSimulate simulates 100,000 subjects with each iteration; the floor only goes through them.
func BenchmarkSimulate(b *testing.B) {
	s, all := set(b, standard), []*policy.Past{}
	for p := range past(100_000) {
		all = append(all, p)
	}
	stream := func(yield func(*policy.Past, error) bool) {
		for _, p := range all {
			if !yield(p, nil) {
				return
			}
		}
	}
	b.Run("policies", func(b *testing.B) {
		for b.Loop() {
			if sim, err := s.Simulate(stream); err != nil || sim.Subjects != 100_000 {
				b.Fatal(sim, err)
			}
		}
	})
	fifty, limit, least, most, total := amount("50"), amount("500"), amount("5"), amount("10000"), amount("200")
	b.Run("floor", func(b *testing.B) { // the same rules written in Go
		outcomes := map[policy.Outcome]int{}
		for b.Loop() {
			for p := range stream {
				f, o, routed := &p.Fields, policy.Review, 0
				refused := (f.OneTime && f.Method != "check") || (f.Type == "return" && (f.SaleDays < 0 || f.SaleDays > 90)) || f.Amount.Cmp(least) < 0 || (f.Type != "deposit" && f.Amount.Cmp(most) > 0)
				missing := (f.Type == "expense" && !slices.Contains(f.Documents, "receipt")) || ((f.Type == "return" || f.Type == "deposit") && !slices.Contains(f.Documents, "return_note"))
				if f.Amount.Cmp(limit) < 0 {
					routed = 1
				}
				switch {
				case refused:
					o = policy.Refused
				case missing:
					o = policy.Incomplete
				case f.Amount.Cmp(fifty) <= 0 && f.Payee365.Cmp(total) <= 0 && f.Duplicates == 0 && (f.DetailsDays < 0 || f.DetailsDays >= 10):
					o = policy.Automatic
				}
				outcomes[o] += routed
			}
		}
	})
}

func unit(t *testing.T, d *db.DB, fn func(tx *db.Tx) error) error {
	t.Helper()
	return d.Unit(ctx, db.Scope{Company: 7, Actor: "ann", Now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}, func(_ context.Context, tx *db.Tx) error { return fn(tx) })
}

func TestVersions(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		must := func(fn func(tx *db.Tx) error) {
			t.Helper()
			if err := unit(t, d, fn); err != nil {
				t.Fatal(err)
			}
		}
		must(func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, "insert into company (id, code, name, country, currency, account_format) values (7, 'CO', 'Company', 'US', 'USD', 'MainAccount')")
			return err
		})
		save := func(name, from, rules string) error {
			return unit(t, d, func(tx *db.Tx) error {
				return policy.Save(ctx, tx, &policy.Version{Policy: name, Kind: policy.Request, ValidFrom: civil.MustParse(from), Rules: rules, Why: "because"})
			})
		}
		for _, x := range [][3]string{{"A", "2026-01-01", "minimum 5"}, {"A", "2026-11-20", "minimum 6"}, {"A", "2026-11-20", "minimum 7"}, {"A", "2026-11-21", "minimum 8"}, {"B", "2026-01-01", "maximum 9"}, {"C", "2026-01-01", "maximum 1"}, {"C", "2026-02-01", ""}} {
			if err := save(x[0], x[1], x[2]); err != nil {
				t.Fatal(err)
			}
		}
		if err := save("A", "2026-01-01", "minimum x"); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("saved rules that do not compile: %v", err)
		}
		for day, want := range map[string]string{"2025-12-31": "", "2026-01-31": "A1 B1 C1", "2026-11-19": "A1 B1", "2026-11-20": "A3 B1", "2027-01-01": "A4 B1"} {
			must(func(tx *db.Tx) error {
				vs, err := policy.InForce(ctx, tx, policy.Request, civil.MustParse(day))
				var got []string
				for _, v := range vs {
					got = append(got, fmt.Sprint(v.Policy, v.N))
				}
				if strings.Join(got, " ") != want {
					t.Errorf("on %s %s are in force, want %s", day, got, want)
				}
				return err
			})
		}
		// A decision keeps the versions and the values; a simulation reads them.
		must(func(tx *db.Tx) error {
			f := &policy.Fields{Type: "expense", Amount: amount("8")}
			got, err := policy.Decide(ctx, tx, policy.Request, 1, "RQ-1", f)
			if err != nil || got.Outcome != policy.Review || !slices.Equal(got.Versions, []policy.VersionName{{Policy: "A", N: 3}, {Policy: "B", N: 1}}) {
				t.Errorf("decided %+v, %v", got, err)
			}
			kept, err := policy.Decisions(ctx, tx, policy.Request, 1)
			if err != nil || len(kept) != 1 || kept[0].Fields.Amount != amount("8") || kept[0].Fields.Today != "2026-11-20" || kept[0].Outcome != policy.Review || len(kept[0].Versions) != 2 {
				t.Errorf("kept %+v, %v", kept, err)
			}
			changed, err := policy.With(ctx, tx, "A", policy.Request, "minimum 8.01", tx.Today())
			if err != nil {
				return err
			}
			sim, err := changed.Simulate(policy.PastDecisions(ctx, tx, policy.Request, 0, 1000))
			if err != nil || sim.Subjects != 1 || len(sim.Shifts) != 1 || sim.Shifts[0].To != policy.Refused || sim.Shifts[0].Examples[0] != "RQ-1" {
				t.Errorf("simulated %+v, %v", sim, err)
			}
			found, err := policy.Check(ctx, tx)
			if len(found) > 0 {
				t.Errorf("found %v", found)
			}
			return err
		})
		// Behind the program's back.
		for rule, sql := range map[string]string{
			"policy_text":     "update policy_version set rules = 'minimum 4' where n = 3",
			"policy_decision": "update policy_decision set versions = '[{\"policy\":\"A\",\"version\":9}]'",
		} {
			err := unit(t, d, func(tx *db.Tx) error {
				if _, err := tx.Exec(ctx, sql); err != nil {
					return err
				}
				found, err := policy.Check(ctx, tx)
				if err != nil {
					return err
				}
				if len(found) != 1 || found[0].Rule != rule {
					t.Errorf("%s: found %v", rule, found)
				}
				return errors.New("back")
			})
			if err == nil || err.Error() != "back" {
				t.Error(err)
			}
		}
	})
}

// 100,000 decisions of the past are read from the database and decided anew.
func TestSimulateTheStoredPast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		const many = 100_000
		err := unit(t, d, func(tx *db.Tx) error {
			if _, err := tx.Exec(ctx, "insert into company (id, code, name, country, currency, account_format) values (7, 'CO', 'Company', 'US', 'USD', 'MainAccount')"); err != nil {
				return err
			}
			if err := policy.Save(ctx, tx, &policy.Version{Policy: "P", Kind: policy.Request, ValidFrom: civil.MustParse("2026-01-01"), Rules: standard, Why: "because"}); err != nil {
				return err
			}
			first := &policy.Fields{Type: "expense", Amount: amount("60"), Documents: []string{"receipt"}, DetailsDays: policy.Unknown}
			if _, err := policy.Decide(ctx, tx, policy.Request, 1, "RQ-1", first); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `insert into policy_decision (company, id, kind, subject, name, at, actor, outcome, versions, fields, result)
				select company, id + n, kind, subject, name, at, actor, outcome, versions, replace(fields, '"amount":"60.00"', '"amount":"' || cast(n % 600 as text) || '.00"'), result from policy_decision,
				(with recursive s(n) as (select 1 union all select n + 1 from s where n < 99999) select n from s) numbers where name = 'RQ-1'`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		err = unit(t, d, func(tx *db.Tx) error {
			s, err := policy.With(ctx, tx, "P", policy.Request, "maximum 300", tx.Today())
			if err != nil {
				return err
			}
			sim, err := s.Simulate(policy.PastDecisions(ctx, tx, policy.Request, 0, 1_000_000))
			if err == nil && (sim.Subjects != many || len(sim.Shifts) != 2 || sim.Failed != 0) {
				t.Errorf("simulated %+v", sim)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		t.Logf("%d subjects in %v", many, time.Since(began))
	})
}
