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
	if len(s) == len(layout) && s[4] == '-' && s[7] == '-' {
		y, m, d := digits(s[:4]), digits(s[5:7]), digits(s[8:])
		if y >= 1 && m >= 1 && m <= 12 && d >= 1 && d <= 31 {
			if date := fromYMD(y, m, d); d <= 28 || date.sameDay(m, d) {
				return date, nil
			}
		}
	}
	return 0, fault.New(fault.Invalid, "%q is not a date; expected YYYY-MM-DD, such as 2026-11-30", s)
}

// digits reads decimal digits, -1 when anything else is there.
func digits(s string) int {
	n := 0
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return -1
		}
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// fromYMD counts days by the era of 400 years, whose years begin in March, so that the leap day is the last of a year.
func fromYMD(y, m, d int) Date {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	yoe := y % 400
	doy := (153*(m-3)+2)/5 + d - 1
	return Date(era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 305)
}

// ymd is the inverse of fromYMD.
func (d Date) ymd() (y, m, day int) {
	n := int(d) + 305
	era := n / 146097
	doe := n % 146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	y, m, day = yoe+era*400, mp+3, doy-(153*mp+2)/5+1
	if m > 12 {
		y, m = y+1, m-12
	}
	return y, m, day
}

func (d Date) sameDay(month, day int) bool {
	_, m, dd := d.ymd()
	return m == month && dd == day
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
	y, m, day := d.ymd()
	b := [len(layout)]byte{byte('0' + y/1000%10), byte('0' + y/100%10), byte('0' + y/10%10), byte('0' + y%10), '-', byte('0' + m/10), byte('0' + m%10), '-', byte('0' + day/10), byte('0' + day%10)}
	return string(b[:])
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
