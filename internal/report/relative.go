package report

import (
	"slices"
	"strings"
	"time"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/ledger"
)

// A report that is made again and again is asked for relative days, which become days when it is made. Months, quarters and years are those of the
// calendar; a period is a fiscal one of the company.

// Spans gives the relative periods, as they are named.
func Spans() []string {
	return []string{"this_month", "last_month", "this_period", "last_period", "this_quarter", "last_quarter", "this_year", "last_year", "last_7_days", "last_30_days", "last_90_days", "yesterday", "today"}
}

// Marks gives the relative days as at which a report may be, as they are named.
func Marks() []string {
	return []string{"today", "yesterday", "last_month_end", "last_period_end", "last_quarter_end", "last_year_end"}
}

// Relative are relative days.
type Relative struct {
	Span string // one of [Spans]; blank: not said
	Mark string // one of [Marks]; blank: not said
}

// Check refuses with [fault.Invalid] what there is not, and what the report does not take.
func (r Relative) Check(d Definition) error {
	for _, x := range []struct {
		field, value, takes string
		known               []string
	}{{"period", r.Span, "from", Spans()}, {"as_at", r.Mark, "as_at", Marks()}} {
		switch {
		case x.value == "":
		case !slices.Contains(x.known, x.value):
			return fault.New(fault.Invalid, "%q is none of the relative days; expected one of %s", x.value, strings.Join(x.known, ", ")).In(x.field)
		case !slices.Contains(d.Takes, x.takes):
			return fault.New(fault.Invalid, "the report %s takes no %s; it takes %s", d.Name, x.field, strings.Join(d.Takes, ", ")).In(x.field)
		}
	}
	return nil
}

// Days gives the days that the relative ones are on a day, in the calendar of the company; zeros for what is not said. A fiscal period that the company
// has not is [fault.Refused].
func (r Relative) Days(c *ledger.Company, today civil.Date) (from, to, asAt civil.Date, err error) {
	if r.Span != "" {
		if from, to, err = span(c, r.Span, today); err != nil {
			return 0, 0, 0, err
		}
	}
	if r.Mark == "" {
		return from, to, 0, nil
	}
	if name, ok := strings.CutSuffix(r.Mark, "_end"); ok {
		_, asAt, err = span(c, name, today)
		return from, to, asAt, err
	}
	_, asAt, err = span(c, r.Mark, today)
	return from, to, asAt, err
}

// span gives the first and the last day of a relative period.
func span(c *ledger.Company, name string, today civil.Date) (from, to civil.Date, err error) {
	year, month, _ := today.Time().Date()
	months := func(first time.Month, n, back int) (civil.Date, civil.Date) {
		begin := civil.Of(year, first, 1).Time().AddDate(0, -back*n, 0)
		return civil.FromTime(begin), civil.FromTime(begin.AddDate(0, n, 0)) - 1
	}
	switch name {
	case "today":
		return today, today, nil
	case "yesterday":
		return today - 1, today - 1, nil
	case "last_7_days", "last_30_days", "last_90_days":
		days := map[string]civil.Date{"last_7_days": 7, "last_30_days": 30, "last_90_days": 90}[name]
		return today - days, today - 1, nil
	case "this_period", "last_period":
		return fiscal(c, name == "last_period", today)
	}
	back := 0
	if strings.HasPrefix(name, "last_") {
		back = 1
	}
	switch name[strings.IndexByte(name, '_')+1:] {
	case "month":
		from, to = months(month, 1, back)
	case "quarter":
		from, to = months((month-1)/3*3+1, 3, back)
	case "year":
		from, to = months(time.January, 12, back)
	default:
		return 0, 0, fault.New(fault.Internal, "there is no relative period %q", name)
	}
	return from, to, nil
}

// fiscal gives the fiscal period of the company in which a day is, or the one before it.
func fiscal(c *ledger.Company, before bool, today civil.Date) (from, to civil.Date, err error) {
	at := slices.IndexFunc(c.Periods, func(p ledger.Period) bool { return p.Start <= today && today <= p.End })
	if at >= 0 && before {
		at--
	}
	if at < 0 {
		return 0, 0, fault.New(fault.Refused, "the company has no fiscal period for this on %s; add it to its periods, or choose months", today).In("period").ByRule("no_period")
	}
	return c.Periods[at].Start, c.Periods[at].End, nil
}

// Check refuses what [Make] would refuse of the parameters, whatever the company has.
func (d Definition) Check(p Params, today civil.Date) error {
	_, err := d.complete(p, today)
	return err
}
