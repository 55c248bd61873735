package deduction

import (
	"cmp"
	"slices"

	"quittance/internal/civil"
	"quittance/internal/money"
)

// Expect gives the expected value of working on a deduction: what remains × the win rate of that customer and reason − what handling
// costs. The rate is won of 10,000 (so that it is no float); it may be negative when the work costs more than it brings.
// Source: deduction rules, 3.
func Expect(remaining money.Amount, rate int, cost money.Amount) (money.Amount, error) {
	won, err := money.Part(remaining, money.Amount(min(max(rate, 0), fullRate)), fullRate)
	return won - cost, err
}

// fullRate is a rate of one.
const fullRate = 10_000

// Dates are the dates of a deduction that windows count from.
type Dates struct {
	Invoice civil.Date // of the document that it was taken from; blank: stand-alone
	Due     civil.Date // of that document
	Payment civil.Date
	Capture civil.Date
}

// Span is what the dispute rule says of a deduction.
type Span struct {
	Rule     *Rule      // nil: no rule fits; then nothing is bounded
	Earliest civil.Date // before which it cannot be disputed; blank: at once
	Expires  civil.Date // last day on which it can be disputed; blank: no end
	Attempts int        // how often it may be disputed; 0: as often as one likes
	Answer   int        // days that the customer has to answer; 0: not said
	Evidence []string   // that the rule needs beside the reason's
}

// Window gives what the dispute rule that fits customer, reason and the date of capture best says: one of the customer before one of its
// parent before one of every customer (0), as whose has them, then one of the reason before one of every reason, then the latest from
// date. A date that the deduction does not
// have (a stand-alone one has no invoice) is the payment's, else that of capture.
func Window(rules []Rule, whose [3]int64, reason string, d Dates) Span {
	var best *Rule
	at := len(whose) // of the best in whose
	for i := range rules {
		r := &rules[i]
		n := slices.Index(whose[:], r.Customer)
		if n >= 0 && r.fits(reason, d.Capture) && (n < at || n == at && r.better(best)) {
			best, at = r, n
		}
	}
	if best == nil {
		return Span{}
	}
	from := best.base(d)
	s := Span{Rule: best, Attempts: best.Attempts, Answer: best.Answer, Evidence: best.Evidence, Expires: from.AddDays(best.Window)}
	if best.Earliest > 0 {
		s.Earliest = from.AddDays(best.Earliest)
	}
	return s
}

func (r *Rule) fits(reason string, on civil.Date) bool {
	return (r.Reason == "" || r.Reason == reason) && r.From <= on && (r.To.IsZero() || on <= r.To)
}

// better says whether a rule that fits goes before another that does, of the same customer.
func (r *Rule) better(o *Rule) bool {
	if (r.Reason != "") != (o.Reason != "") {
		return r.Reason != ""
	}
	return r.From > o.From
}

// base gives the date that the rule counts from.
func (r *Rule) base(d Dates) civil.Date {
	switch r.WindowFrom {
	case "invoice":
		return cmp.Or(d.Invoice, d.Payment, d.Capture)
	case "due":
		return cmp.Or(d.Due, d.Invoice, d.Payment, d.Capture)
	case "payment":
		return cmp.Or(d.Payment, d.Capture)
	}
	return d.Capture
}
