package managers

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type weekBar struct {
	campaigns.ForecastWeek
	X, W       float64
	Y, H       float64 // of what is paid for
	LateY      float64
	LateH      float64
	Name       string // of a month, above the first week in it
	TextX      float64
	HolidayIn  string
	Everything int
}

type forecastPage struct {
	People, Capacity page.Input
	From, Paid       page.Input
	Length           page.Select
	Asked            bool
	Posting          campaigns.Posting
	campaigns.Forecast
	Cut      bool // it would never end
	Needed   int  // letters a day to be done by the day until which posting is paid for
	Bars     []weekBar
	Wide     float64
	TopCount int
}

var forecastLengths = []page.Option{{Value: "84 days", Text: "Twelve weeks"}, {Value: "3 months", Text: "Three months"}, {Value: "56 days", Text: "Eight weeks"}, {Value: "28 days", Text: "Four weeks"}}

// mostPeople keeps a plan to what is thinkable: everybody on Earth.
const mostPeople = 9_000_000_000

// forecast answers "what if": so many people, so many letters a day, posting
// paid for until a day. Everything that was asked stands in the address.
func (h *Hall) forecast(c *fiber.Ctx, _ campaigns.Viewer) error {
	ctx := c.UserContext()
	working, err := h.Register.Working(ctx)
	if err != nil {
		return err
	}
	var wrong page.Problems
	number := func(name string, most int) int {
		typed := strings.NewReplacer(",", "", " ", "").Replace(c.Query(name))
		if typed == "" {
			return 0
		}
		n, err := strconv.Atoi(typed)
		if err != nil || n < 1 || n > most {
			wrong.Add(name, "Give a whole number above 0.")
			return 0
		}
		return n
	}
	day := func(name string) calendar.Date {
		d, typed := dayIn(c, name)
		if typed == "" && c.Query(name) != "" {
			wrong.Add(name, "Give a day, such as 31 March 2027.")
		}
		return d
	}
	p := campaigns.Posting{People: number("people", mostPeople), Capacity: number("capacity", mostPeople), From: day("from"), PaidUntil: day("paid"),
		Policy: campaigns.Policy{Unit: "days", Length: 84, Allowance: 3}}
	length := or(c.Query("length"), "84 days")
	if n, unit, ok := strings.Cut(length, " "); ok && (unit == "days" || unit == "months") {
		if many, err := strconv.Atoi(n); err == nil && many >= 1 && many <= 366 {
			p.Policy.Unit, p.Policy.Length = unit, many
		}
	}
	if p.From.IsZero() {
		p.From = working.Add(h.Clock.Today(), campaigns.LeadDays+1)
	}
	body := forecastPage{Posting: p,
		People:   page.Input{Field: page.Field{Name: "people", Label: "People", Error: wrong.For("people")}, Value: or(c.Query("people"), "2,000,000"), Inputmode: "numeric", Width: "10"},
		Capacity: page.Input{Field: page.Field{Name: "capacity", Label: "Letters a working day", Error: wrong.For("capacity")}, Value: or(c.Query("capacity"), "50,000"), Inputmode: "numeric", Width: "10"},
		From:     page.Input{Field: page.Field{Name: "from", Label: "First day of posting", Error: wrong.For("from")}, Value: p.From.String(), Type: "date", Width: "10"},
		Paid:     page.Input{Field: page.Field{Name: "paid", Label: "Posting is paid for until", Error: wrong.For("paid")}, Value: c.Query("paid"), Type: "date", Width: "10"},
		Length:   page.Select{Field: page.Field{Name: "length", Label: "The window"}, Options: forecastLengths, Chosen: fmt.Sprintf("%d %s", p.Policy.Length, p.Policy.Unit)}}
	if body.Asked = len(wrong) == 0 && p.People > 0 && p.Capacity > 0; body.Asked {
		body.Forecast = p.Forecast(working)
		posted := 0
		for _, w := range body.Weeks {
			posted += w.Letters
		}
		body.Cut = posted < p.People
		if body.Late > 0 {
			body.Needed = p.CapacityFor(p.PaidUntil, working)
		}
		body.draw()
	}
	return h.show(c, "forecast.html", page.View{Title: "What if", Active: "/calendar", Problem: wrong, Crumbs: []page.Link{{Text: "Calendar", Href: "/calendar"}}, Body: body})
}

// draw lays out a bar a week: below what is posted while it is paid for, above it what is not.
func (f *forecastPage) draw() {
	const wide, foot, tall = 1096.0, 200.0, 160.0
	for _, w := range f.Weeks {
		f.TopCount = max(f.TopCount, w.Letters)
	}
	f.Wide = wide
	step := min(wide/float64(max(len(f.Weeks), 1)), 64)
	month := time.Month(0)
	named := -100.0
	for i, w := range f.Weeks {
		b := weekBar{ForecastWeek: w, X: float64(i) * step, W: max(step-max(step*0.12, 0.5), 0.5), Everything: w.Letters}
		h := tall * float64(w.Letters) / float64(max(f.TopCount, 1))
		b.LateH = tall * float64(w.Late) / float64(max(f.TopCount, 1))
		b.H = h - b.LateH
		b.Y, b.LateY = foot-b.H, foot-h
		_, m, _ := w.Monday.Civil()
		if m != month && b.X-named > 44 {
			b.Name, named = m.String()[:3], b.X
		}
		month = m
		for _, d := range w.Holidays {
			b.HolidayIn = d.Title
		}
		b.TextX = b.X + 1
		f.Bars = append(f.Bars, b)
	}
}
