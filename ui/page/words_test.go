package page_test

import (
	"testing"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/ui/page"
)

func TestNumbersDatesAndTimesAreWrittenAsTheHouseWritesThem(t *testing.T) {
	now := time.Date(2027, 2, 24, 9, 40, 0, 0, calendar.London)
	today := calendar.DateOf(now)
	for want, got := range map[string]string{
		"2,104,318":               page.Number(2104318),
		"−749":                    page.Number(-749),
		"999":                     page.Number(999),
		"1.23%":                   page.Percent(19777, 1614352),
		"99.99%":                  page.Percent(1999999, 2000000),
		"0.01%":                   page.Percent(1, 2000000),
		"100.00%":                 page.Percent(5, 5),
		"–":                       page.Percent(0, 0),
		"1 letter":                page.Plural(1, "letter", "letters"),
		"0 letters":               page.Plural(0, "letter", "letters"),
		"999\u00a0312\u00a04087":  page.NHSNumber("9993124087"),
		"Wed 24 Feb":              page.Day(today, today),
		"Tue 24 Nov 2026":         page.Day(calendar.On(2026, 11, 24), today),
		"Wed 24 Feb 2027, 9.40am": page.Moment(now),
		"Sun 28 Mar 2027, 2am":    page.Moment(time.Date(2027, 3, 28, 1, 0, 0, 0, time.UTC)), // the clocks have gone forward
		"midnight":                page.ClockTime(today.Start()),
		"midday":                  page.ClockTime(today.Start().Add(12 * time.Hour)),
		"1 day 7 h left":          page.Left(time.Date(2027, 2, 25, 17, 30, 0, 0, calendar.London), now),
		"16 h 10 min late":        page.Left(time.Date(2027, 2, 23, 17, 30, 0, 0, calendar.London), now),
		"31 days ago":             page.Ago(now.AddDate(0, 0, -31), now),
		"just now":                page.Ago(now, now),
	} {
		if got != want {
			t.Errorf("%q, not %q", got, want)
		}
	}
}
