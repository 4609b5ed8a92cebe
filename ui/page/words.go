package page

import (
	"fmt"
	"html/template"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns/calendar"
)

// words are the functions that templates say numbers and times with.
func words(clock calendar.Clock) template.FuncMap {
	return template.FuncMap{
		"number":    func(n any) (string, error) { i, err := whole(n); return Number(i), err },
		"percent":   percentOf,
		"plural":    func(n any, one, many string) (string, error) { i, err := whole(n); return Plural(i, one, many), err },
		"nhs":       NHSNumber,
		"megabytes": func(n any) (string, error) { i, err := whole(n); return Megabytes(i), err },
		"moment":    Moment,
		"clock":     ClockTime,
		"ago":       func(t time.Time) string { return Ago(t, clock()) },
		"left":      func(t time.Time) string { return Left(t, clock()) },
		"today":     clock.Today,
		"now":       func() time.Time { return clock() },
	}
}

// Number writes a count with thousands separators: 2,104,318; negative ones
// with a minus sign.
func Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if n < 0 {
		sign, digits = "−", digits[1:]
	}
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return sign + digits
}

// Percent writes part of whole with two decimals, 1.23%, and "–" where there
// is no whole. Only the whole itself is 100.00%, and only nothing is 0.00%.
func Percent(part, of int64) string {
	if of == 0 {
		return "–"
	}
	share := math.Round(float64(part)/float64(of)*10000) / 100
	switch {
	case share >= 100 && part < of:
		share = 99.99
	case share <= 0 && part > 0:
		share = 0.01
	}
	return strconv.FormatFloat(share, 'f', 2, 64) + "%"
}

func percentOf(part, of any) (string, error) {
	p, err := whole(part)
	if err != nil {
		return "", err
	}
	o, err := whole(of)
	return Percent(p, o), err
}

// Plural writes a count with its noun: "1 letter", "2,410 letters".
func Plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return Number(n) + " " + many
}

// Megabytes writes the size of a file: 12.1 MB, or 640 kB below one of them.
func Megabytes(bytes int64) string {
	if bytes < 1_000_000 {
		return Number((bytes+999)/1000) + " kB"
	}
	return strconv.FormatFloat(float64(bytes)/1e6, 'f', 1, 64) + " MB"
}

// NHSNumber writes ten digits as 999 312 4087, which do not break over a
// line; anything else is given back as it is.
func NHSNumber(digits string) string {
	if len(digits) != 10 {
		return digits
	}
	return digits[:3] + "\u00a0" + digits[3:6] + "\u00a0" + digits[6:]
}

// Day writes a date as tables have it, Wed 24 Feb, with the year once it is
// another one than today's.
func Day(d, today calendar.Date) string {
	if d.IsZero() {
		return "–"
	}
	year, _, _ := d.Civil()
	this, _, _ := today.Civil()
	if year == this {
		return strings.TrimSuffix(d.Short(), fmt.Sprintf(" %d", year))
	}
	return d.Short()
}

// Moment writes London date and time: Wed 24 Feb 2027, 9.40am.
func Moment(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return calendar.DateOf(t).Short() + ", " + ClockTime(t)
}

// ClockTime writes the London time of day: 9.40am, midday, midnight.
func ClockTime(t time.Time) string {
	t = t.In(calendar.London)
	switch {
	case t.Hour() == 0 && t.Minute() == 0:
		return "midnight"
	case t.Hour() == 12 && t.Minute() == 0:
		return "midday"
	case t.Minute() == 0:
		return t.Format("3pm")
	}
	return t.Format("3.04pm")
}

// Ago says how long since a moment, to the unit a reader would use.
func Ago(t, now time.Time) string {
	if t.IsZero() {
		return "never"
	}
	d := now.Sub(t)
	switch {
	case d < 0:
		return "in " + span(-d)
	case d < time.Minute:
		return "just now"
	}
	return span(d) + " ago"
}

// Left says how long until a deadline, or how late it is.
func Left(t, now time.Time) string {
	if d := t.Sub(now); d >= 0 {
		return span(d) + " left"
	}
	return span(now.Sub(t)) + " late"
}

// span writes a duration in its two largest units: 1 day 7 h.
func span(d time.Duration) string {
	minutes := int64(d / time.Minute)
	days, hours, rest := minutes/(24*60), minutes/60%24, minutes%60
	switch {
	case days >= 14:
		return Plural(days, "day", "days")
	case days > 0 && hours > 0:
		return fmt.Sprintf("%s %d h", Plural(days, "day", "days"), hours)
	case days > 0:
		return Plural(days, "day", "days")
	case hours > 0 && rest > 0:
		return fmt.Sprintf("%d h %d min", hours, rest)
	case hours > 0:
		return Plural(hours, "hour", "hours")
	}
	return Plural(rest, "minute", "minutes")
}

// whole reads any integer type, so that counts of named types can be written.
func whole(n any) (int64, error) {
	v := reflect.ValueOf(n)
	switch {
	case v.CanInt():
		return v.Int(), nil
	case v.CanUint() && v.Uint() <= math.MaxInt64:
		return int64(v.Uint()), nil
	}
	return 0, fmt.Errorf("%T is not a whole number", n)
}
