package intake

import (
	"strings"
	"time"

	"duenotice/campaigns/calendar"
)

// Day reads a date written YYYY-MM-DD, YYYYMMDD or DD/MM/YYYY. Only a year,
// or a year and month, is DatePartial and no date: it is never taken for the
// first of something. What does not exist is DateImpossible; "" is no date
// and nothing wrong.
func Day(s string) (calendar.Date, Rule) {
	s = strings.TrimSpace(s)
	switch {
	case s == "":
		return calendar.Date{}, ""
	case len(s) == 10 && s[4] == '-' && s[7] == '-':
		return civil(s[:4], s[5:7], s[8:])
	case len(s) == 10 && s[2] == '/' && s[5] == '/':
		return civil(s[6:], s[3:5], s[:2])
	case len(s) == 8 && digitsOnly(s):
		return civil(s[:4], s[4:6], s[6:])
	case len(s) == 4:
		return civil(s, "00", "00")
	case len(s) == 6:
		return civil(s[:4], s[4:], "00")
	case len(s) == 7 && s[4] == '-':
		return civil(s[:4], s[5:], "00")
	case len(s) == 7 && s[2] == '/':
		return civil(s[3:], s[:2], "00")
	}
	return calendar.Date{}, DateImpossible
}

func civil(year, month, day string) (calendar.Date, Rule) {
	if !digitsOnly(year) || !digitsOnly(month) || !digitsOnly(day) {
		return calendar.Date{}, DateImpossible
	}
	y, m, d := decimal(year), decimal(month), decimal(day)
	if y < 1800 || y > 2200 || m > 12 || d > daysIn(y, m) {
		return calendar.Date{}, DateImpossible
	}
	if m == 0 || d == 0 {
		return calendar.Date{}, DatePartial
	}
	return calendar.On(y, time.Month(m), d), ""
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

func decimal(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		n = n*10 + int(s[i]-'0')
	}
	return n
}
