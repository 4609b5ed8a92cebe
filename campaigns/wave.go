package campaigns

import (
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

// Wave is a part of a cohort written to together.
type Wave struct {
	ID          WaveID
	Campaign    CampaignID
	Number      int
	Name        string
	Practices   []string // only these; nil for all
	FirstPostOn calendar.Date
	LastPostOn  calendar.Date
	People      int
	State       string // planned, approved, withdrawn
	Author      StaffID
	PlannedAt   time.Time
	ApprovedAt  time.Time
}

// PostingDays spreads letters over working days: each posts at most capacity
// pieces, the first on or after the day asked for. It returns the days in
// order; their number times the capacity covers the people.
func PostingDays(people, capacity int, first calendar.Date, w calendar.Working) []calendar.Date {
	var days []calendar.Date
	for d := w.OnOrAfter(first); people > 0; d = w.Add(d, 1) {
		days = append(days, d)
		people -= capacity
	}
	return days
}

// Plan asks for waves of a campaign.
type Plan struct {
	Practices   []string // only these; nil for all
	People      int      // in each wave at most; 0 for everybody left in one
	FirstPostOn calendar.Date
	Waves       int // how many at most; 0 for as many as it takes
}

// PlannedWave is one wave of a plan before it is saved.
type PlannedWave struct {
	People      int
	FirstPostOn calendar.Date
	LastPostOn  calendar.Date
	ClosesOn    calendar.Date // the last window, if all is posted as planned
}

// LeadDays is how many working days lie at least between today and the first
// day of posting: the vendor prints on one and posts on the next.
const LeadDays = 1

// Spread works out the waves of a plan: each begins to post on the working day
// after the one before has ended, by the capacity of the vendor.
func (p Plan) Spread(left int, c Campaign, today calendar.Date, w calendar.Working) ([]PlannedWave, error) {
	switch {
	case p.FirstPostOn.IsZero():
		return nil, fault.In("first", fault.Invalid, "Say on which day the first letters are posted.")
	case p.FirstPostOn.Before(w.Add(today, LeadDays)):
		return nil, fault.In("first", fault.Invalid, "%s is too soon: the vendor needs a working day. The first day is %s.",
			p.FirstPostOn.Long(), w.Add(today, LeadDays).Long())
	case left == 0:
		return nil, fault.New(fault.Invalid, "Nobody is left to write to in what you chose.")
	}
	var waves []PlannedWave
	first := p.FirstPostOn
	for left > 0 && (p.Waves == 0 || len(waves) < p.Waves) {
		n := left
		if p.People > 0 {
			n = min(n, p.People)
		}
		days := PostingDays(n, c.DailyCapacity, first, w)
		last := days[len(days)-1]
		waves = append(waves, PlannedWave{n, days[0], last, c.Window.ClosesOn(last, calendar.Date{}, 0, w)})
		left -= n
		first = w.Add(last, 1)
	}
	return waves, nil
}
