package civil_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"quittance/internal/civil"
)

func TestParse(t *testing.T) {
	for _, bad := range []string{"", "2026-2-1", "2026-02-30", "20260201", "2026-02-01T00:00:00Z", "0000-01-01", "30.11.2026", " 2026-11-30"} {
		if _, err := civil.Parse(bad); err == nil {
			t.Errorf("Parse(%q) took it", bad)
		}
	}
	if got := civil.MustParse("2024-02-29").AddDays(1).String(); got != "2024-03-01" {
		t.Errorf("the day after the leap day is %s", got)
	}
	if got := civil.Of(1970, time.January, 1).Time().Unix(); got != 0 {
		t.Errorf("the epoch is at %d", got)
	}
}

func TestRoundTripAndOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		day := rapid.Custom(func(t *rapid.T) civil.Date { return civil.Date(rapid.IntRange(1, 3652059).Draw(t, "day")) })
		a, b := day.Draw(t, "a"), day.Draw(t, "b")
		if civil.MustParse(a.String()) != a {
			t.Fatalf("%v does not come back", a)
		}
		if (a < b) != (a.String() < b.String()) {
			t.Fatalf("%v and %v are ordered otherwise as text", a, b)
		}
		var c civil.Date
		if err := c.Scan(a.Time()); err != nil || c != a {
			t.Fatalf("scan gave %v, %v", c, err)
		}
	})
}

// Every day there is reads and writes as the standard library has it.
func TestEveryDay(t *testing.T) {
	for d := civil.MustParse("0001-01-01"); d <= civil.MustParse("9999-12-31"); d++ {
		s := d.String()
		if want := d.Time().Format("2006-01-02"); s != want {
			t.Fatalf("day %d writes %s, want %s", d, s, want)
		}
		if back, err := civil.Parse(s); err != nil || back != d {
			t.Fatalf("%s reads %d, %v", s, back, err)
		}
	}
	for _, bad := range []string{"2026-02-29", "1900-02-29", "2026-04-31", "0000-12-31", "2026-13-01", "2026-00-10", "2026-1-010", "+026-01-01"} {
		if d, err := civil.Parse(bad); err == nil {
			t.Errorf("%s reads %s", bad, d)
		}
	}
}
