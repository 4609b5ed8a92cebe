package managers

import (
	"sort"
	"strconv"
	"time"

	"duenotice/campaigns/calendar"
	"duenotice/optout"
	"duenotice/ui/page"
)

// closingDays is how far Home looks ahead.
const closingDays = 14

// closings is the table of windows that close, which wears its chart as a hat:
// bars and numbers share their columns.
type closings struct {
	Days  []closingDay
	Rows  []closingRow
	Total int
	From  calendar.Date
	To    calendar.Date
}

type closingDay struct {
	On         calendar.Date
	Week, Day  string // "Thu", "25 Feb"
	Off        bool   // no window closes on it: a weekend or holiday
	Today      bool
	People     int
	X, Y, W, H float64 // of the bar
	MidX, EndX float64
	TextY      float64
}

type closingRow struct {
	Name, Campaign string
	People         []int
	Total          int
}

// The columns of the chart, as the table has them: the name, a working day, a
// day off, the sum.
const (
	nameWidth, dayWidth, offWidth, chartWidth = 236.0, 76.0, 32.0, 1216.0
	floorY, tallest                           = 104.0, 78.0
)

// closingsOf sums the windows by campaign and day; nil when none closes.
func closingsOf(list []optout.Closing, from calendar.Date, w calendar.Working) *closings {
	if len(list) == 0 {
		return nil
	}
	t := &closings{From: from, To: from.AddDays(closingDays - 1)}
	rows := map[string]*closingRow{}
	by := make([]int, closingDays)
	for _, c := range list {
		i := c.On.DaysSince(from)
		if i < 0 || i >= closingDays {
			continue
		}
		r := rows[c.Campaign]
		if r == nil {
			r = &closingRow{Name: c.Region, Campaign: c.Campaign, People: make([]int, closingDays)}
			rows[c.Campaign] = r
		}
		r.People[i] += c.People
		r.Total += c.People
		by[i] += c.People
		t.Total += c.People
	}
	for _, r := range rows {
		t.Rows = append(t.Rows, *r)
	}
	sort.Slice(t.Rows, func(i, j int) bool { return t.Rows[i].Campaign < t.Rows[j].Campaign })
	most := 1
	for _, n := range by {
		most = max(most, n)
	}
	x := nameWidth
	for i := range closingDays {
		d := from.AddDays(i)
		_, m, day := d.Civil()
		c := closingDay{On: d, Week: d.Weekday().String()[:3], Day: strconv.Itoa(day) + " " + m.String()[:3], Today: i == 0, People: by[i]}
		c.Off = w.OnOrAfter(d) != d && by[i] == 0
		if c.Today {
			c.Week = "Today"
			c.Off = false
		}
		if c.Off {
			c.X, c.W = x, offWidth
			x += offWidth
		} else {
			c.H = max(tallest*float64(by[i])/float64(most), 0)
			if by[i] > 0 {
				c.H = max(c.H, 2)
			}
			c.X, c.W, c.Y = x+dayWidth-52, 46, floorY-c.H
			x += dayWidth
		}
		c.EndX, c.TextY = c.X+c.W, c.Y-7
		t.Days = append(t.Days, c)
	}
	return t
}

// Axis is where the line under the bars ends.
func (t closings) Axis() float64 {
	last := t.Days[len(t.Days)-1]
	return last.EndX + 6
}

// Words say the days for those who cannot see the chart.
func (t closings) Words() string {
	s := ""
	for _, d := range t.Days {
		s += d.On.Short() + ": " + page.Number(int64(d.People)) + ". "
	}
	return s
}

// Initial is the letter that stands for a day off.
func (d closingDay) Initial() string {
	if d.On.Weekday() == time.Saturday || d.On.Weekday() == time.Sunday {
		return "S"
	}
	return "H"
}

// Number is the day of the month.
func (d closingDay) Number() string {
	_, _, day := d.On.Civil()
	return strconv.Itoa(day)
}
