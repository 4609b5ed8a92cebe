// Package calendar tells the time: the one clock of the product, civil dates in London, and the days on which post is worked.
package calendar

import (
	"database/sql/driver"
	"encoding/json"
	"fmt"
	"time"
	_ "time/tzdata" // London must be known on machines without a time zone database
)

// London is where every deadline of the product is kept.
var London = mustLoad("Europe/London")

func mustLoad(name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		panic(err)
	}
	return l
}

// Date is a civil date in London, without a time of day. The zero Date means
// "none" and is stored as NULL. Dates can be compared with ==, Before and After.
type Date struct{ days int32 } // days since 1 January 1970, plus epoch; zero is none

// epoch keeps every date that occurs above zero: 31 December 1969 is a
// birthday and must not be taken for none, and none is before every date.
const epoch = 1_000_000

// On returns the date of a year, month and day; values out of range roll over
// as in time.Date.
func On(year int, month time.Month, day int) Date {
	return Date{int32(time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Unix()/86400) + epoch}
}

// DateOf returns the London date of a moment.
func DateOf(t time.Time) Date {
	if t.IsZero() {
		return Date{}
	}
	y, m, d := t.In(London).Date()
	return On(y, m, d)
}

// ParseDate reads YYYY-MM-DD.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("%q is not a date like 2026-11-20", s)
	}
	return On(t.Date()), nil
}

func (d Date) utc() time.Time { return time.Unix(int64(d.days-epoch)*86400, 0).UTC() }

// IsZero tells whether there is no date.
func (d Date) IsZero() bool { return d.days == 0 }

// Before and After compare two dates.
func (d Date) Before(o Date) bool { return d.days < o.days }

// After tells whether d comes later than o.
func (d Date) After(o Date) bool { return d.days > o.days }

// AddDays returns the date n calendar days later.
func (d Date) AddDays(n int) Date { return Date{d.days + int32(n)} }

// AddMonths returns the same day of the month n months later, or the first of
// the month after it where that day is missing (rules of notice, "Window").
func (d Date) AddMonths(n int) Date {
	y, m, day := d.utc().Date()
	r := On(y, m+time.Month(n), day)
	if r.utc().Day() != day {
		ry, rm, _ := r.utc().Date()
		return On(ry, rm, 1)
	}
	return r
}

// DaysSince returns the calendar days from o to d.
func (d Date) DaysSince(o Date) int { return int(d.days - o.days) }

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return d.utc().Weekday() }

// Civil returns year, month and day.
func (d Date) Civil() (int, time.Month, int) { return d.utc().Date() }

// Start is the London midnight that begins the date.
func (d Date) Start() time.Time {
	y, m, day := d.utc().Date()
	return time.Date(y, m, day, 0, 0, 0, 0, London)
}

// End is the London midnight that ends the date.
func (d Date) End() time.Time { return d.AddDays(1).Start() }

// AgeOn returns the completed years from a birth date to d; somebody born on
// 29 February comes of age on 1 March of a common year.
func (d Date) AgeOn(on Date) int {
	by, bm, bd := d.Civil()
	y, m, day := on.Civil()
	age := y - by
	if m < bm || m == bm && day < bd {
		age--
	}
	return age
}

// Min returns the earlier of two dates; a date that is none counts as later.
func Min(a, b Date) Date {
	if b.IsZero() || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}

// Max returns the later of two dates.
func Max(a, b Date) Date {
	if a.Before(b) {
		return b
	}
	return a
}

// String returns YYYY-MM-DD, or "" for none.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.utc().Format(time.DateOnly)
}

// Long returns the date as sentences have it: Friday 12 March 2027.
func (d Date) Long() string { return d.format("Monday 2 January 2006") }

// Short returns the date as tables have it: Fri 12 Mar 2027.
func (d Date) Short() string { return d.format("Mon 2 Jan 2006") }

// Plain returns the date without the day of the week: 12 March 2027.
func (d Date) Plain() string { return d.format("2 January 2006") }

func (d Date) format(layout string) string {
	if d.IsZero() {
		return ""
	}
	return d.utc().Format(layout)
}

// Value implements driver.Valuer: NULL for none.
func (d Date) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.utc(), nil
}

// Scan implements sql.Scanner for date columns.
func (d *Date) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = Date{}
	case time.Time:
		*d = On(v.Date())
	case string:
		p, err := ParseDate(v)
		if err != nil {
			return err
		}
		*d = p
	default:
		return fmt.Errorf("a date cannot be read from %T", src)
	}
	return nil
}

// MarshalJSON writes "2026-11-20", or null for none.
func (d Date) MarshalJSON() ([]byte, error) {
	if d.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(d.String())
}

// UnmarshalJSON reads "2026-11-20" or null.
func (d *Date) UnmarshalJSON(b []byte) error {
	var s *string
	if err := json.Unmarshal(b, &s); err != nil {
		return err
	}
	if s == nil || *s == "" {
		*d = Date{}
		return nil
	}
	p, err := ParseDate(*s)
	if err != nil {
		return err
	}
	*d = p
	return nil
}
