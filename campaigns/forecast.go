package campaigns

import "duenotice/campaigns/calendar"

// Posting is a mail-out that is only thought of: how many letters leave on a
// working day, from when, and until when posting them is paid for.
type Posting struct {
	People, Capacity int
	From             calendar.Date
	PaidUntil        calendar.Date // zero: nobody said
	Policy           Policy
}

// Forecast is what a posting comes to.
type Forecast struct {
	Days        int // working days of posting
	First, Last calendar.Date
	Opens       calendar.Date // the first day on which a window closes
	Closes      calendar.Date // and the last
	Late        int           // letters posted after PaidUntil
	Weeks       []ForecastWeek
}

// ForecastWeek is what is posted from a Monday to a Sunday, and when those windows close.
type ForecastWeek struct {
	Monday      calendar.Date
	Letters     int
	Late        int           // of them, after the day until which posting is paid for
	CloseFrom   calendar.Date // of the first letter of the week
	CloseTo     calendar.Date // of the last
	WorkingDays int
	Holidays    []calendar.Holiday
}

// longestForecast keeps a plan that would never end from being reckoned.
const longestForecast = 1500 // working days: six years

// Forecast reckons a posting, week by week. Windows are reckoned as for real
// letters: allowance, length, never closing on a day off. A posting that takes
// more than six years is cut off there, and Days tells so.
func (p Posting) Forecast(w calendar.Working) Forecast {
	var f Forecast
	people, capacity := p.People, max(p.Capacity, 1)
	for day := w.OnOrAfter(p.From); people > 0 && f.Days < longestForecast; day = w.Add(day, 1) {
		n := min(people, capacity)
		people -= n
		closes := p.Policy.ClosesOn(day, calendar.Date{}, 0, w)
		monday := day.AddDays(-((int(day.Weekday()) + 6) % 7))
		if len(f.Weeks) == 0 || f.Weeks[len(f.Weeks)-1].Monday != monday {
			f.Weeks = append(f.Weeks, ForecastWeek{Monday: monday, CloseFrom: closes, Holidays: w.Holidays(monday, monday.AddDays(6))})
		}
		week := &f.Weeks[len(f.Weeks)-1]
		week.Letters += n
		week.WorkingDays++
		week.CloseTo = closes
		if !p.PaidUntil.IsZero() && p.PaidUntil.Before(day) {
			week.Late += n
			f.Late += n
		}
		if f.Days == 0 {
			f.First, f.Opens = day, closes
		}
		f.Last, f.Closes = day, closes
		f.Days++
	}
	return f
}

// CapacityFor is how many letters a working day it takes to post all of them
// by a day, and 0 where no working day is left.
func (p Posting) CapacityFor(by calendar.Date, w calendar.Working) int {
	first := w.OnOrAfter(p.From)
	if by.Before(first) {
		return 0
	}
	days := w.Between(first.AddDays(-1), by)
	if days == 0 {
		return 0
	}
	return (p.People + days - 1) / days
}
