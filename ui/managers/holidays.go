package managers

import (
	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type holidaysPage struct {
	Days  []holidayLine
	Until calendar.Date // the last day of which the holidays are known
	May   bool
	Day   page.DateInput
	Title page.Input
}

type holidayLine struct {
	calendar.Holiday
	Added bool // since this program was built
}

// holidaysAhead is for how many years the page lists holidays.
const holidaysAhead = 3

func (h *Hall) holidays(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showHolidays(c, by, page.DateInput{}, nil)
}

func (h *Hall) showHolidays(c *fiber.Ctx, by campaigns.Viewer, typed page.DateInput, wrong page.Problems) error {
	working, err := h.Register.Working(c.UserContext())
	if err != nil {
		return err
	}
	today, built := h.Clock.Today(), calendar.England()
	body := holidaysPage{May: by.Role == campaigns.RoleNational, Until: calendar.KnownUntil(), Day: typed,
		Title: page.Input{Field: page.Field{Name: "title", Label: "What is it called?", Hint: "For example: Bank holiday for the coronation", Error: wrong.For("title")}, Value: c.FormValue("title")}}
	for _, d := range working.Holidays(today, today.AddMonths(12*holidaysAhead)) {
		body.Days = append(body.Days, holidayLine{d, built.Is(d.On)})
	}
	body.Day.Field = page.Field{Name: "date", Label: "Which day", LabelSize: "s", Hint: "A working day from today on, at most three years ahead", Error: wrong.For("date")}
	return h.show(c, "holidays.html", page.View{Title: "Holidays", Active: "/watermarks", Problem: wrong, Crumbs: []page.Link{{Text: "Watermarks", Href: "/watermarks"}}, Body: body})
}

// addHoliday enters a holiday that was proclaimed since the program was built.
func (h *Hall) addHoliday(c *fiber.Ctx, by campaigns.Viewer) error {
	day, typed, wrong := readDay(c, "date", nil)
	if len(wrong) == 0 {
		if err := wrong.Take(h.Desk.AddHoliday(c.UserContext(), by, day, c.FormValue("title"))); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		return h.showHolidays(c, by, typed, atFirstBox(wrong, "date"))
	}
	return h.done(c, "/holidays", "%s is a holiday. No window closes on it.", day.Long())
}
