package letters

import (
	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// pace is letters that are posted at so many a working day from a day on.
type pace struct {
	people, perDay int
	first          calendar.Date
}

// load is how many letters a vendor is to post on each day.
type load map[calendar.Date]int

func (l load) add(r pace, w calendar.Working) {
	left := r.people
	for _, day := range campaigns.PostingDays(r.people, r.perDay, r.first, w) {
		n := min(left, r.perDay)
		l[day] += n
		left -= n
	}
}

// fits adds what is wanted to what is planned already. Where that is more than
// the vendor posts in a day it fails with fault.Refused and names the first such day.
func (l load) fits(v Vendor, capacity int, wanted []pace, w calendar.Working) error {
	asked := load{}
	for _, r := range wanted {
		asked.add(r, w)
	}
	var day calendar.Date
	for d, n := range asked {
		if n+l[d] > capacity && (day.IsZero() || d.Before(day)) {
			day = d
		}
	}
	if day.IsZero() {
		return nil
	}
	already := ""
	if l[day] > 0 {
		already = ", " + counted(l[day]) + " of them in waves that are planned already"
	}
	return fault.In("first", fault.Refused, "%s posts at most %s letters a day, and on %s it would be %s%s. Begin on another day, write to fewer people at a time, or agree more with the vendor.",
		v.Name, counted(capacity), day.Long(), counted(asked[day]+l[day]), already)
}
