package unclaimed

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"quittance/internal/civil"
	"quittance/internal/fault"
	"quittance/internal/money"
)

// Activity is what of an owner restarts dormancy, beside the contacts that were logged.
type Activity string

// The activities, as stored; each has those before it in it.
const (
	ByContact  Activity = "contact"  // nothing else
	ByPayment  Activity = "payment"  // a payment of the customer
	ByDocument Activity = "document" // an invoice too: the customer bought something
)

// Activities gives all activities, in the order of the code.
func Activities() []Activity { return []Activity{ByContact, ByPayment, ByDocument} }

// Day is a day of the year, written MM-DD.
type Day string

// parse gives month and day.
func (d Day) parse() (time.Month, int, error) {
	month, day, ok := strings.Cut(string(d), "-")
	m, err1 := strconv.Atoi(month)
	n, err2 := strconv.Atoi(day)
	if !ok || err1 != nil || err2 != nil || len(d) != 5 || m < 1 || m > 12 || n < 1 || n > time.Date(2023, time.Month(m)+1, 0, 0, 0, 0, 0, time.UTC).Day() {
		return 0, 0, fault.New(fault.Invalid, "%q is no day of the year; expected month and day, such as 06-30", string(d))
	}
	return time.Month(m), n, nil
}

// from gives the first such day on or after a date.
func (d Day) from(date civil.Date) civil.Date {
	m, n, err := d.parse()
	if err != nil {
		return date // refused where it is saved
	}
	on := civil.Of(date.Time().Year(), m, n)
	if on < date {
		on = civil.Of(date.Time().Year()+1, m, n)
	}
	return on
}

// Rule is a dormancy rule: what holds in a jurisdiction for a kind of property from a day on, until the next rule of both.
type Rule struct {
	Jurisdiction  string
	Kind          Kind
	From          civil.Date
	Months, Days  int // without activity, until property is dormant
	Activity      Activity
	CutOff        Day
	Report        Day
	LetterFirst   int          // days before the report from which on letters are sent
	LetterLast    int          // and until which
	LetterMinimum money.Amount // accounting currency: less needs no letter
	ReplyDays     int          // that an owner has after a letter
	Code          string       // of the property in reports; blank: the standard's for its kind
	Sample        bool         // it came with the program: an example, no law
	Note          string
}

// Deadlines are the days that follow from the last activity of an owner.
type Deadlines struct {
	Dormant, CutOff, Report  civil.Date
	LetterFirst, LetterUntil civil.Date
}

// Deadlines works out when property is dormant, and what is due then: it is counted at the first cut-off on or after that day, and
// reported on the first report day after it.
func (r *Rule) Deadlines(activity civil.Date) Deadlines {
	d := Deadlines{Dormant: addMonths(activity, r.Months).AddDays(r.Days)}
	d.CutOff = r.CutOff.from(d.Dormant)
	d.Report = r.Report.from(d.CutOff.AddDays(1))
	d.LetterFirst, d.LetterUntil = d.Report.AddDays(-r.LetterFirst), d.Report.AddDays(-r.LetterLast)
	return d
}

// Validate refuses a rule that says nothing sensible.
func (r *Rule) Validate() error {
	var errs fault.List
	errs.Add(CheckJurisdiction(r.Jurisdiction))
	add := func(field, format string, args ...any) { errs.Add(fault.New(fault.Invalid, format, args...).In(field)) }
	if !slices.Contains(Kinds(), r.Kind) {
		add("kind", "%q is no kind of property; expected credit or payment", string(r.Kind))
	}
	if !slices.Contains(Activities(), r.Activity) {
		add("activity", "%q is no activity; expected contact, payment or document", string(r.Activity))
	}
	if r.From.IsZero() {
		add("from", "a dormancy rule needs the day from which on it holds")
	}
	if r.Months < 0 || r.Days < 0 || r.Months > 600 || r.Days > 3660 || r.Months+r.Days == 0 {
		add("months", "dormancy of %d months and %d days is not to be had; expected up to 600 months and 3660 days, not both 0", r.Months, r.Days)
	}
	for field, d := range map[string]Day{"cut_off": r.CutOff, "report": r.Report} {
		if _, _, err := d.parse(); err != nil {
			add(field, "%s", err)
		}
	}
	if r.LetterLast < 0 || r.LetterFirst < r.LetterLast || r.LetterFirst > 366 {
		add("letter_first", "letters %d to %d days before the report are not to be had; expected the first day before the last, up to 366", r.LetterFirst, r.LetterLast)
	}
	if r.LetterMinimum < 0 {
		add("letter_minimum", "an amount below which no letter is needed cannot be negative")
	}
	if r.ReplyDays < 0 || r.ReplyDays > 366 {
		add("reply_days", "%d days to reply are not to be had; expected 0 to 366", r.ReplyDays)
	}
	if len(r.Code) > 4 || !capital(r.Code) {
		add("code", "%q is no code of a property; expected up to four capitals and digits, such as CK13", r.Code)
	}
	return errs.Err()
}

// RuleFor gives the rule that holds on a day in a jurisdiction, else in its country; nil when there is none.
func RuleFor(rules []Rule, jurisdiction string, kind Kind, on civil.Date) *Rule {
	for _, j := range []string{jurisdiction, countryOf(jurisdiction)} {
		var best *Rule
		for i := range rules {
			if r := &rules[i]; r.Jurisdiction == j && r.Kind == kind && r.From <= on && (best == nil || r.From > best.From) {
				best = r
			}
		}
		if best != nil {
			return best
		}
	}
	return nil
}

// DueBy gives the last day on which property may have arisen that is due for a letter or to be escheated on a day, whatever its rule: a
// letter is due no sooner than its days before dormancy, and dormancy runs from when the property arose at the earliest. Zero: there is no rule.
func DueBy(rules []Rule, on civil.Date) civil.Date {
	const shorter = 3 // days by which a month is shorter than another
	var last civil.Date
	for i := range rules {
		r := &rules[i]
		last = max(last, addMonths(on.AddDays(r.LetterFirst-r.Days), -r.Months).AddDays(shorter))
	}
	return last
}

// Stage is what is to be done about a property.
type Stage string

// The stages: the first two are candidates, the others are left out for a reason. The codes are stable.
const (
	EscheatDue     Stage = "escheat_due" // escheat it
	LetterDue      Stage = "letter_due"  // write to the owner
	NoJurisdiction Stage = "no_jurisdiction"
	NoRule         Stage = "no_rule"     // of the jurisdiction, for the kind
	NotDormant     Stage = "not_dormant" // not within the letters of the next report either
	BeforeCutOff   Stage = "before_cut_off"
	BeforeLetters  Stage = "before_letters" // counted, but letters of its report are not sent yet
	ReplyOpen      Stage = "reply_open"     // the owner may still answer the letter
	Marked         Stage = "marked"         // something pending means to settle it
	NothingOpen    Stage = "nothing_open"   // of a payment that failed: its invoices are paid or reversed otherwise
)

// Stages gives all stages, in the order of the code.
func Stages() []Stage {
	return []Stage{EscheatDue, LetterDue, NoJurisdiction, NoRule, NotDormant, BeforeCutOff, BeforeLetters, ReplyOpen, Marked, NothingOpen}
}

// Facts are what a decision about a property rests on.
type Facts struct {
	Place      Place
	Kind       Kind
	Worth      money.Amount // accounting currency
	Marked     bool
	Settled    bool       // nothing of it is open
	Activity   civil.Date // of the owner, the last
	LastLetter civil.Date // that was sent about it; zero: none
}

// Decision is what is to be done about a property on a day.
type Decision struct {
	Stage Stage
	Rule  *Rule // nil: none
	Deadlines
	LetterNeeded bool
	LetterOn     civil.Date // the letter that counts; zero: none
	Late         bool       // what is due should have been done before
}

// Decide says what is to be done about a property on a day. It is a pure function.
func Decide(rules []Rule, f Facts, on civil.Date) Decision {
	if f.Place.Jurisdiction == "" {
		return Decision{Stage: NoJurisdiction}
	}
	r := RuleFor(rules, f.Place.Jurisdiction, f.Kind, on)
	if r == nil {
		return Decision{Stage: NoRule}
	}
	d := Decision{Rule: r, Deadlines: r.Deadlines(f.Activity), LetterNeeded: f.Worth >= r.LetterMinimum}
	if f.LastLetter >= f.Activity && f.LastLetter >= d.LetterFirst {
		d.LetterOn = f.LastLetter
	}
	written := !d.LetterNeeded || d.LetterOn != 0
	switch {
	case f.Settled:
		d.Stage = NothingOpen
	case f.Marked:
		d.Stage = Marked
	case !written && on >= d.LetterFirst:
		d.Stage, d.Late = LetterDue, on > d.LetterUntil
	case on < min(d.CutOff, d.LetterFirst):
		d.Stage = NotDormant
	case on < d.CutOff:
		d.Stage = BeforeCutOff
	case !written:
		d.Stage = BeforeLetters
	case d.LetterNeeded && on < d.LetterOn.AddDays(r.ReplyDays):
		d.Stage = ReplyOpen
	default:
		d.Stage, d.Late = EscheatDue, on > d.Report
	}
	return d
}
