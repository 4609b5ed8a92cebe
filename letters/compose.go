package letters

import (
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
)

// run is a part of a wave's order of posting that takes one pack.
type run struct {
	Pack     int64
	From, To int // slots, both included
}

// joined puts neighbours that take the same pack into one run, so that
// languages without a pack of their own do not make batches of a letter or two.
func joined(runs []run) []run {
	var list []run
	for _, r := range runs {
		if last := len(list) - 1; last >= 0 && list[last].Pack == r.Pack && list[last].To+1 == r.From {
			list[last].To = r.To
			continue
		}
		list = append(list, r)
	}
	return list
}

// share is a batch to be: part of a run, posted on one day.
type share struct {
	run
	PostOn calendar.Date
}

// spread cuts runs into batches of at most size letters. Each working day from
// the first on posts at most capacity letters; a batch never spans two days.
func spread(runs []run, size, capacity int, first calendar.Date, w calendar.Working) []share {
	var list []share
	day, room := w.OnOrAfter(first), capacity
	for _, r := range runs {
		for from := r.From; from <= r.To; {
			if room == 0 {
				day, room = w.Add(day, 1), capacity
			}
			n := min(size, room, r.To-from+1)
			list = append(list, share{run{r.Pack, from, from + n - 1}, day})
			from += n
			room -= n
		}
	}
	return list
}

// dueAt is when a batch has to be with the vendor: its cut-off in London on the
// working day before the posting, over both changes of the clock.
func dueAt(postOn calendar.Date, cutOff string, w calendar.Working) time.Time {
	at, err := time.Parse("15:04", cutOff)
	if err != nil {
		at = time.Date(0, 1, 1, 17, 30, 0, 0, time.UTC)
	}
	y, month, d := w.Add(postOn, -1).Civil()
	return time.Date(y, month, d, at.Hour(), at.Minute(), 0, 0, calendar.London).UTC()
}

// soonest is the first day on which what is written today can be posted.
func soonest(now time.Time, w calendar.Working) calendar.Date {
	return w.Add(calendar.DateOf(now), campaigns.LeadDays)
}
