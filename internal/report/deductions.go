package report

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"quittance/internal/civil"
	"quittance/internal/db"
	"quittance/internal/deduction"
	"quittance/internal/ledger"
	"quittance/internal/money"
	"quittance/internal/party"
)

const mostRows = 50 // of a breakdown by customer or owner; the others are told together

// facts are what the figures are made of.
type facts struct {
	filter           Filter
	cur              money.Currency
	open             *opened
	flows            map[civil.Date]*flow
	reasons, repeats []cause
	closed           *closed
	disputes         *disputes
	sales, payments  money.Amount
	names            map[string]string // of reasons
	customers        map[int64]*party.Customer
}

// DeductionsOf adds up the figures of deductions.
func DeductionsOf(ctx context.Context, tx *db.Tx, c *ledger.Company, f Filter) (*Deductions, error) {
	if err := f.complete(tx.Today(), c.Currency.Code); err != nil {
		return nil, err
	}
	x, err := read(ctx, tx, &f)
	if err != nil {
		return nil, err
	}
	d := &Deductions{Filter: f, AsOf: tx.Now.Format(time.RFC3339), Figures: x.figures(), Breakdowns: x.breakdowns()}
	d.Currencies, err = db.List(ctx, tx, func(r *db.Rows, s *string) error { return r.Scan(s) },
		"select distinct currency from deduction where company = $1 and closed_at is null order by currency", tx.Company)
	if !slices.Contains(d.Currencies, f.Currency) {
		d.Currencies = append(d.Currencies, f.Currency)
		slices.Sort(d.Currencies)
	}
	return d, err
}

func read(ctx context.Context, tx *db.Tx, f *Filter) (x *facts, err error) {
	s, err := scopeOf(ctx, tx, f)
	if err != nil {
		return nil, err
	}
	x = &facts{filter: *f, names: map[string]string{}}
	if x.cur, err = money.CurrencyOf(f.Currency); err != nil {
		return nil, err
	}
	if x.open, err = s.open(ctx, tx); err != nil {
		return nil, err
	}
	if x.flows, err = s.flows(ctx, tx, f.From); err != nil {
		return nil, err
	}
	if x.reasons, x.repeats, err = s.causes(ctx, tx, f); err != nil {
		return nil, err
	}
	if x.closed, err = s.closings(ctx, tx, f); err != nil {
		return nil, err
	}
	if x.disputes, err = s.disputes(ctx, tx, f); err != nil {
		return nil, err
	}
	if x.sales, x.payments, err = s.turnover(ctx, tx, f); err != nil {
		return nil, err
	}
	err = tx.Each(ctx, "select code, name from deduction_reason where company = $1", []any{tx.Company}, func(r *db.Rows) error {
		x.names[r.Text(0)] = r.Text(1)
		return nil
	})
	if err != nil {
		return nil, err
	}
	ids := largest(x.open.byCustomer)
	for _, r := range x.repeats {
		ids = append(ids, r.customer)
	}
	x.customers, err = party.CustomersByID(ctx, tx, ids)
	return x, err
}

// within adds up what was taken and resolved in the period.
func (x *facts) within() (taken tally, resolved map[deduction.Kind]money.Amount) {
	resolved = map[deduction.Kind]money.Amount{}
	for day, f := range x.flows {
		if day < x.filter.From || day > x.filter.To {
			continue
		}
		taken.add(f.taken.n, f.taken.amount)
		for k, a := range f.resolved {
			resolved[k] += a
		}
	}
	return taken, resolved
}

// figures makes the figures, each with its definition.
func (x *facts) figures() []Figure {
	taken, resolved := x.within()
	var won, decided, valid money.Amount
	for k, a := range resolved {
		w, is := k.Won()
		switch {
		case w:
			won, decided = won+a, decided+a
		case is:
			decided += a
		}
		if is && !w && k != deduction.ByWriteOff {
			valid += a
		}
	}
	o, d, c := x.open, x.disputes, x.closed
	return []Figure{
		x.amount("open", o.all.amount),
		whole("open_count", o.all.n),
		x.amount("taken", taken.amount),
		x.amount("resolved", decided+resolved[deduction.ByCorrection]),
		x.rate(taken.amount),
		x.daysOutstanding(taken.amount),
		x.share("valid_share", "", valid, decided),
		x.share("invalid_share", "", won, decided),
		x.share("written_off_share", "", resolved[deduction.ByWriteOff], decided),
		x.winRate(won, decided),
		x.share("recovery_rate", "", d.repaid, d.all.amount),
		x.amount("approved_unpaid", d.unpaid.amount),
		c.median(),
		counted("automatic_clear_rate", c.automatic, c.all),
		x.share("expiry_exposure", "", o.exposed.amount, o.all.amount),
		counted("evidence_coverage", o.ready.n, o.all.n),
	}
}

func (x *facts) rate(taken money.Amount) Figure {
	of := x.sales
	if x.filter.Rate == "payments" {
		of = x.payments
	}
	return x.share("deduction_rate", x.filter.Rate, taken, of)
}

func (x *facts) winRate(won, decided money.Amount) Figure {
	switch d := x.disputes; x.filter.WinRate {
	case "disputes":
		f := counted("win_rate", d.won.n, d.decided.n)
		f.Definition += ".disputes"
		return f
	case "disputed_amount":
		return x.share("win_rate", "disputed_amount", d.won.amount, d.decided.amount)
	}
	return x.share("win_rate", "resolved", won, decided)
}

// daysOutstanding is how many days' worth is open. The numerator of the first two is what is open × the days of the period.
func (x *facts) daysOutstanding(taken money.Amount) Figure {
	by, open, of := x.filter.DaysOutstanding, x.open.all.amount, taken
	f := Figure{Figure: "days_outstanding", Definition: "figure.days_outstanding." + by, Unit: "days", Numerator: x.cur.Format(open)}
	switch by {
	case "average_age":
		f.Denominator = f.Numerator
		f.Numerator, f.Value = x.cur.Format(x.open.ageDays), quotient(x.open.ageDays, 1, open)
		return f
	case "sales":
		of = x.sales
	}
	f.Denominator, f.Value = x.cur.Format(of), quotient(open, x.filter.days(), of)
	return f
}

// median is the median of the days that held deductions took, from their capture to their end.
func (c *closed) median() Figure {
	f := Figure{Figure: "cycle_time", Definition: "figure.cycle_time", Unit: "days", Numerator: number(c.held)}
	if c.held == 0 {
		return f
	}
	at := func(n int64) int { // days of the n-th, counted from 0
		for _, days := range slices.Sorted(maps.Keys(c.days)) {
			if n -= c.days[days]; n < 0 {
				return days
			}
		}
		return 0
	}
	f.Value = quotient(money.Amount(at((c.held-1)/2)+at(c.held/2)), 1, 2)
	return f
}

func (x *facts) amount(name string, a money.Amount) Figure {
	return Figure{Figure: name, Definition: "figure." + name, Unit: "amount", Value: x.cur.Format(a), Numerator: x.cur.Format(a)}
}

func whole(name string, n int64) Figure {
	return Figure{Figure: name, Definition: "figure." + name, Unit: "count", Value: number(n), Numerator: number(n)}
}

// share is a percentage of amounts; by names which definition is used.
func (x *facts) share(name, by string, part, of money.Amount) Figure {
	f := Figure{Figure: name, Definition: "figure." + name, Unit: "percent", Value: quotient(part, 100, of), Numerator: x.cur.Format(part), Denominator: x.cur.Format(of)}
	if by != "" {
		f.Definition += "." + by
	}
	return f
}

// counted is a percentage of numbers.
func counted(name string, part, of int64) Figure {
	return Figure{Figure: name, Definition: "figure." + name, Unit: "percent", Value: quotient(money.Amount(part), 100, money.Amount(of)), Numerator: number(part), Denominator: number(of)}
}

func number(n int64) string { return strconv.FormatInt(n, 10) }

// quotient gives a × times / b with one decimal, rounded; blank when b is nothing or the result is too large to mean anything.
func quotient(a, times, b money.Amount) string {
	if b <= 0 {
		return ""
	}
	q, err := money.Part(10*times, a, b)
	if err != nil {
		return ""
	}
	return tenths.Format(q)
}

var tenths = money.Currency{Digits: 1}

// breakdowns divides what is open and what was taken.
func (x *facts) breakdowns() []Breakdown {
	o := x.open
	return []Breakdown{
		x.buckets("age", ages, o.byAge),
		x.buckets("expiry", windows, o.byExpiry),
		x.ranked("reason", byName(o.byReason, func(code string) string { return x.names[code] })),
		x.ranked("customer", x.byCustomer()),
		x.ranked("owner", byName(o.byOwner, func(string) string { return "" })),
		x.causes(),
		x.repeated(),
		x.months(),
	}
}

func (x *facts) buckets(name string, order []string, by map[string]*tally) Breakdown {
	b := Breakdown{Breakdown: name, Definition: "figure." + name, Rows: []Row{}}
	for _, code := range order {
		t := by[code]
		if t == nil {
			t = &tally{}
		}
		b.Rows = append(b.Rows, x.row(code, "", *t, x.open.all.amount))
	}
	return b
}

func (x *facts) row(code, name string, t tally, of money.Amount) Row {
	return Row{Code: code, Name: name, Count: t.n, Amount: x.cur.Format(t.amount), Share: quotient(t.amount, 100, of)}
}

type named struct {
	code, name string
	tally
}

func byName(by map[string]*tally, name func(string) string) (all []named) {
	for code, t := range by {
		all = append(all, named{code, name(code), *t})
	}
	return all
}

// byCustomer gives the largest customers by code; the others have no name.
func (x *facts) byCustomer() (all []named) {
	for id, t := range x.open.byCustomer {
		n := named{tally: *t, code: number(id)}
		if c := x.customers[id]; c != nil {
			n.code, n.name = c.Code, c.Name
		}
		all = append(all, n)
	}
	return all
}

// largest gives the customers of whom most is open, as many as are shown.
func largest(by map[int64]*tally) []int64 {
	ids := slices.SortedFunc(maps.Keys(by), func(a, b int64) int { return cmp.Or(cmp.Compare(by[b].amount, by[a].amount), cmp.Compare(a, b)) })
	return ids[:min(len(ids), mostRows+1)] // one more, since those of one amount may come in another order by code
}

// ranked shows the largest, and the others together.
func (x *facts) ranked(name string, all []named) Breakdown {
	slices.SortFunc(all, func(a, b named) int { return cmp.Or(cmp.Compare(b.amount, a.amount), cmp.Compare(a.code, b.code)) })
	b := Breakdown{Breakdown: name, Definition: "figure.open_by_" + name, Rows: []Row{}}
	var rest tally
	for i, n := range all {
		if i < mostRows {
			b.Rows = append(b.Rows, x.row(n.code, n.name, n.tally, x.open.all.amount))
			continue
		}
		b.Others++
		rest.add(n.n, n.amount)
	}
	if b.Others > 0 {
		b.Rows = append(b.Rows, x.row("", "", rest, x.open.all.amount))
	}
	return b
}

// causes is the Pareto of reasons: each with its share of what was taken in the period, and that of all up to it.
func (x *facts) causes() Breakdown {
	b := Breakdown{Breakdown: "causes", Definition: "figure.causes", Rows: []Row{}}
	var all, up money.Amount
	for _, c := range x.reasons {
		all += c.amount
	}
	for _, c := range x.reasons {
		up += c.amount
		r := x.row(c.reason, x.names[c.reason], c.tally, all)
		r.Cumulative = quotient(up, 100, all)
		b.Rows = append(b.Rows, r)
	}
	return b
}

// repeated are the customers' reasons that came more than once in the period.
func (x *facts) repeated() Breakdown {
	b := Breakdown{Breakdown: "repeats", Definition: "figure.repeats", Rows: []Row{}}
	taken, _ := x.within()
	for _, c := range x.repeats {
		r := x.row(number(c.customer), "", c.tally, taken.amount)
		if who := x.customers[c.customer]; who != nil {
			r.Code, r.Name = who.Code, who.Name
		}
		r.Reason = c.reason
		b.Rows = append(b.Rows, r)
	}
	return b
}

// months is the trend: taken and resolved by month, and what was open at its end, counted back from what is open today.
func (x *facts) months() Breakdown {
	b := Breakdown{Breakdown: "months", Definition: "figure.months", Rows: []Row{}}
	type month struct {
		taken    tally
		resolved money.Amount
	}
	by := map[string]*month{}
	at := func(d civil.Date) *month {
		k := d.String()[:7]
		if by[k] == nil {
			by[k] = &month{}
		}
		return by[k]
	}
	for day, f := range x.flows {
		m := at(day)
		m.taken.add(f.taken.n, f.taken.amount)
		for _, a := range f.resolved {
			m.resolved += a
		}
	}
	for d := x.filter.From; d <= x.filter.To; d = d.AddDays(1) {
		at(d)
	}
	taken, _ := x.within()
	last := x.filter.To.String()[:7]
	open := x.open.all.amount
	for _, k := range slices.Backward(slices.Sorted(maps.Keys(by))) {
		m := by[k]
		if k <= last {
			r := x.row(k, "", m.taken, taken.amount)
			r.Resolved, r.Open = x.cur.Format(m.resolved), x.cur.Format(open)
			b.Rows = append(b.Rows, r)
		}
		open += m.resolved - m.taken.amount
	}
	slices.Reverse(b.Rows)
	return b
}
