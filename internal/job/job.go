// Package job keeps what is done again and again at set times.
//
//   - A *schedule* says what is done (its kind, with settings), when (a cron expression of five fields in a time zone), and on whose behalf.
//   - A *run* is one time that it was done: when it was due and began and ended, what came of it, or why it failed.
//   - A *missed* time is one that passed while no process worked: however many they are, they are done once, and the run tells their number.
//
// Invariants: a schedule is leased to one worker at a time, which holds the lease as long as it lives; a lease that ran out is taken over,
// and the run of who held it is interrupted, not forgotten: the one that takes over is for the same time. A worker that lost its lease ends nothing. Secrets (a password, a key) are
// stored only sealed, and never in the settings.
//
// A time of the clock that a day does not have (02:30 when the clocks go forward) is passed over on that day; one that it has twice is done
// once, at its first, unless the schedule names every hour. Source: crontab(5); architecture, "Scaling out".
package job

import (
	"strings"
	"time"
	_ "time/tzdata" // the time zones, where the machine has none

	"github.com/robfig/cron/v3"

	"quittance/internal/fault"
)

// Kind is what a schedule does.
type Kind string

// The kinds.
const (
	Import Kind = "import" // brings company folders in that somebody drops at a place
	Export Kind = "export" // hands posted vouchers over, as files at a place
	Report Kind = "report" // mails a report to users
)

// Kinds gives all kinds.
func Kinds() []Kind { return []Kind{Import, Export, Report} }

var parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

const (
	mostLetters = 100       // of an expression
	mostMissed  = 1_000_000 // are counted
)

// Times are the times of a schedule.
type Times struct {
	when cron.Schedule
	zone *time.Location
}

// ParseTimes reads a cron expression (minute, hour, day of the month, month, day of the week) and the name of a time zone such as
// Europe/Berlin; blank is UTC. What is wrong, and what never comes, is [fault.Invalid].
func ParseTimes(expression, zone string) (Times, error) {
	wrong := func(why string) error {
		return fault.New(fault.Invalid, "%q is no times of a schedule: %s; expected minute, hour, day of the month, month and day of the week, such as 0 6 * * 1-5", short(expression), why).In("cron").ByRule("cron")
	}
	if len(strings.Fields(expression)) != 5 || len(expression) > mostLetters {
		return Times{}, wrong("it has not five fields")
	}
	if strings.ContainsAny(expression, "=@\n\r\t") {
		return Times{}, wrong("it has a sign that is not for it; the time zone is given by itself")
	}
	if zone == "Local" || len(zone) > mostLetters {
		return Times{}, noZone(zone)
	}
	l, err := time.LoadLocation(zone)
	if err != nil {
		return Times{}, noZone(zone)
	}
	when, err := parser.Parse(expression)
	if err != nil {
		return Times{}, wrong(err.Error())
	}
	t := Times{when, l}
	if t.Next(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).IsZero() {
		return Times{}, wrong("it never comes")
	}
	return t, nil
}

func noZone(zone string) error {
	return fault.New(fault.Invalid, "there is no time zone %q; expected a name such as UTC, Europe/Berlin or America/Chicago", short(zone)).In("zone").ByRule("zone")
}

func short(text string) string {
	if len(text) > mostLetters {
		return text[:mostLetters] + "…"
	}
	return text
}

// Next gives the first time after one, in UTC; zero when there is none in five years.
func (t Times) Next(after time.Time) time.Time {
	next := t.when.Next(after.In(t.zone))
	for !next.IsZero() && t.again(next) {
		next = t.when.Next(next)
	}
	if next.IsZero() {
		return next
	}
	return next.UTC()
}

const everyHour = 1 << 63 // of cron.SpecSchedule: the field is a star

// again says whether a time of the clock comes for the second time, because the clocks went back, and is none of every hour.
func (t Times) again(at time.Time) bool {
	if s, ok := t.when.(*cron.SpecSchedule); ok && s.Hour&everyHour != 0 {
		return false
	}
	_, now := at.Zone()
	_, before := at.Add(-3 * time.Hour).Zone()
	first := at.Add(time.Duration(now-before) * time.Second)
	_, then := first.Zone()
	return before > now && then == before
}

// Missed says how many times of the schedule lie after the due one and not after now, and which is the first after now. The count ends at a
// million.
func (t Times) Missed(due, now time.Time) (n int64, next time.Time) {
	next = t.Next(due)
	for !next.IsZero() && !next.After(now) && n < mostMissed {
		n++
		next = t.Next(next)
	}
	if n == mostMissed {
		next = t.Next(now)
	}
	return n, next
}
