package managers

import (
	"fmt"

	"duenotice/campaigns"
	"duenotice/campaigns/fault"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type clockPage struct {
	Declaring bool
	Day       page.DateInput
	Patients  string
	Vendors   string
}

func (h *Hall) clockPage(c *fiber.Ctx, _ campaigns.Viewer) error {
	return h.showClock(c, page.DateInput{}, nil)
}

func (h *Hall) showClock(c *fiber.Ctx, day page.DateInput, wrong page.Problems) error {
	day.Field = page.Field{Name: "day", Label: "To the morning of", LabelSize: "s", Hint: "A day after today", Error: wrong.For("day")}
	return h.show(c, "clock.html", page.View{Title: "Clock", Problem: wrong, Crumbs: []page.Link{{Text: "Home", Href: "/"}},
		Body: clockPage{Declaring: h.Demo.Declaring(), Day: day, Patients: h.Patients, Vendors: h.Vendors}})
}

// moveClock is one of four buttons; what would have happened meanwhile happens.
func (h *Hall) moveClock(c *fiber.Ctx, _ campaigns.Viewer) error {
	ctx := c.UserContext()
	said := ""
	var err error
	switch c.FormValue("go") {
	case "working day":
		err = h.Demo.NextWorkingDay(ctx)
	case "thing":
		said, err = h.Demo.NextThing(ctx)
	case "day":
		day, typed, wrong := readDay(c, "day", nil)
		if len(wrong) == 0 && !day.After(h.Clock.Today()) {
			wrong.Add("day-day", "Give a day after "+h.Clock.Today().Long()+". The clock only goes forward.")
		}
		if len(wrong) > 0 {
			return h.showClock(c, typed, wrong)
		}
		err = h.Demo.To(ctx, day)
	case "declare":
		err = h.Demo.SetDeclaring(ctx, c.FormValue("on") == "yes")
		said = "From now on people have to declare the watermarks themselves."
		if c.FormValue("on") == "yes" {
			said = "Practices and channels declare their watermarks as we go."
		}
	default:
		return fault.New(fault.Invalid, "Choose where to move the clock.")
	}
	if err != nil {
		var wrong page.Problems
		if err := wrong.Take(err); err != nil {
			return err
		}
		return h.showClock(c, page.DateInput{}, wrong)
	}
	now := fmt.Sprintf("It is %s, %s.", h.Clock.Today().Long(), page.ClockTime(h.Clock()))
	if said != "" {
		now = sentence(said) + " " + now
	}
	return h.done(c, "/clock", "%s", now)
}
