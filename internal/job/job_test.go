package job_test

import (
	"testing"
	"time"

	"quittance/internal/job"
)

// The clocks of Europe and America change on different days. A time that a day does not have is passed over, one that it has twice comes once.
func TestClockChanges(t *testing.T) {
	for _, x := range []struct {
		name, cron, zone, after string
		want                    []string
	}{
		{"Berlin, forward", "30 2 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", []string{"2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"}},
		{"Berlin, back", "30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
		{"New York, forward", "30 2 * * *", "America/New_York", "2026-03-07T12:00:00Z", []string{"2026-03-09T06:30:00Z"}},
		{"New York, back", "30 1 * * *", "America/New_York", "2026-10-31T12:00:00Z", []string{"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}},
		{"every hour goes on", "15 * * * *", "Europe/Berlin", "2026-10-25T00:20:00Z", []string{"2026-10-25T01:15:00Z", "2026-10-25T02:15:00Z"}},
		{"no change in UTC", "30 2 * * *", "UTC", "2026-03-28T12:00:00Z", []string{"2026-03-29T02:30:00Z", "2026-03-30T02:30:00Z"}},
	} {
		t.Run(x.name, func(t *testing.T) {
			times, err := job.ParseTimes(x.cron, x.zone)
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse(time.RFC3339, x.after)
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range x.want {
				if at = times.Next(at); at.Format(time.RFC3339) != want {
					t.Errorf("next is %s, want %s", at.Format(time.RFC3339), want)
				}
			}
		})
	}
}

// However many times were missed, they are counted, and the next one lies after now.
func TestMissed(t *testing.T) {
	times, err := job.ParseTimes("0 6 * * *", "UTC")
	if err != nil {
		t.Fatal(err)
	}
	due := time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		now  time.Time
		n    int64
		next string
	}{
		{due, 0, "2026-11-02"},
		{due.Add(23 * time.Hour), 0, "2026-11-02"},
		{due.AddDate(0, 0, 1), 1, "2026-11-03"},
		{due.AddDate(0, 0, 10).Add(time.Minute), 10, "2026-11-12"},
	} {
		if n, next := times.Missed(due, x.now); n != x.n || next.Format(time.DateOnly) != x.next {
			t.Errorf("at %s %d were missed and the next is %s, want %d and %s", x.now, n, next, x.n, x.next)
		}
	}
	every, err := job.ParseTimes("* * * * *", "UTC")
	if err != nil {
		t.Fatal(err)
	}
	now := due.AddDate(3, 0, 0)
	if n, next := every.Missed(due, now); n != 1_000_000 || !next.After(now) || next.Sub(now) > time.Minute {
		t.Errorf("after three years of minutes %d were missed, and the next is %s", n, next)
	}
}
