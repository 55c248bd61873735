// Package civil has calendar dates without time or zone.
//
// A [Date] is written YYYY-MM-DD (ISO 8601), everywhere: files, command line, API, database. The zero Date is blank
// and stands for "none" (NULL in the database). Dates compare with < and >, and can be keys of a map.
package civil

import (
	"database/sql/driver"
	"fmt"
	"time"

	"quittance/internal/fault"
)

// Date is a day of the Gregorian calendar from 0001-01-01 to 9999-12-31; the zero value is blank.
// It counts days: 1 is 0001-01-01.
type Date int32

const (
	layout    = "2006-01-02"
	unixEpoch = 719163 // Date of 1970-01-01
)

// Of gives the date of the year, month and day; like time.Date it normalises values out of range.
func Of(year int, month time.Month, day int) Date {
	return FromTime(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// FromTime gives the day that t shows in its own zone.
func FromTime(t time.Time) Date {
	y, m, d := t.Date()
	secs := time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix()
	return Date(secs/86400) + unixEpoch
}

// Parse reads YYYY-MM-DD; anything else is [fault.Invalid]. Blank is an error: callers decide whether blank is allowed.
func Parse(s string) (Date, error) {
	t, err := time.Parse(layout, s)
	if err != nil || len(s) != len(layout) || t.Year() < 1 {
		return 0, fault.New(fault.Invalid, "%q is not a date; expected YYYY-MM-DD, such as 2026-11-30", s)
	}
	return FromTime(t), nil
}

// MustParse is Parse for constants in code and tests; it panics on an error.
func MustParse(s string) Date {
	d, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

// Time gives midnight UTC of the day.
func (d Date) Time() time.Time { return time.Unix(int64(d-unixEpoch)*86400, 0).UTC() }

// AddDays gives the date n days later (earlier when n is negative).
func (d Date) AddDays(n int) Date { return d + Date(n) }

// Sub gives the days from other to d.
func (d Date) Sub(other Date) int { return int(d - other) }

// IsZero says whether the date is blank.
func (d Date) IsZero() bool { return d == 0 }

// String gives YYYY-MM-DD, or blank for the zero date.
func (d Date) String() string {
	if d == 0 {
		return ""
	}
	return d.Time().Format(layout)
}

// MarshalText and UnmarshalText make dates strings in JSON; blank is the zero date.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads YYYY-MM-DD or blank.
func (d *Date) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*d = 0
		return nil
	}
	v, err := Parse(string(b))
	if err == nil {
		*d = v
	}
	return err
}

// Value stores the date as YYYY-MM-DD, blank as NULL.
func (d Date) Value() (driver.Value, error) {
	if d == 0 {
		return nil, nil
	}
	return d.String(), nil
}

// Scan reads what either database gives for a date.
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = 0
	case time.Time:
		*d = FromTime(v)
	case string:
		p, err := Parse(v)
		if err != nil {
			return err
		}
		*d = p
	case []byte:
		return d.Scan(string(v))
	default:
		return fmt.Errorf("civil: cannot read a date from %T", src)
	}
	return nil
}
