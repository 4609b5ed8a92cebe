package main

import (
	"context"

	"duenotice/campaigns/calendar"
	"duenotice/cmd/duenotice/house"
)

type holidayCommands struct {
	Add  holidayAdd  `cmd:"" help:"Enter a bank holiday that was proclaimed late."`
	List holidayList `cmd:"" help:"List the holidays of the next three years."`
}

type holidayAdd struct {
	Date  string `arg:"" help:"The day, YYYY-MM-DD."`
	Title string `arg:"" help:"What it is called."`
	As    string `placeholder:"EMAIL" help:"Who enters it: a national manager."`
}

// Help implements kong's longer help.
func (holidayAdd) Help() string {
	return "Example:\n  duenotice holiday add 2027-05-10 'Bank holiday for the jubilee' --as dana.whitlock@example.org\n\n" +
		"It counts at once, in every region: no window closes on it, and none closes earlier."
}

func (a holidayAdd) Run(c *call) error {
	day, err := readDate(a.Date)
	if err != nil {
		return err
	}
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.viewer(h, a.As)
		if err != nil {
			return err
		}
		if err := h.Desk.AddHoliday(ctx, by, day, a.Title); err != nil {
			return err
		}
		return c.answer(map[string]any{"date": day, "title": a.Title}, func() { c.say("%s is a holiday. No window closes on it.", day.Long()) })
	})
}

type holidayList struct{}

// Help implements kong's longer help.
func (holidayList) Help() string { return "Example:\n  duenotice holiday list" }

func (holidayList) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		working, err := h.Register.Working(ctx)
		if err != nil {
			return err
		}
		type line struct {
			Date  calendar.Date `json:"date"`
			Title string        `json:"title"`
		}
		list := []line{}
		today := h.Register.Clock.Today()
		for _, d := range working.Holidays(today, today.AddMonths(36)) {
			list = append(list, line{d.On, d.Title})
		}
		return c.answer(map[string]any{"holidays": list, "known_until": calendar.KnownUntil()}, func() {
			for _, l := range list {
				c.say("%s  %s", l.Date, l.Title)
			}
			c.say("Known until %s.", calendar.KnownUntil().Long())
		})
	})
}

type regionCommands struct {
	Extend regionExtend `cmd:"" help:"Lengthen the windows of every campaign of a region; takes two people."`
}

type regionExtend struct {
	Code   string `arg:"" help:"The region's code."`
	Days   int    `required:"" help:"Days more, closed windows included where no record exists."`
	Reason string `required:"" help:"Why."`
	As     string `required:"" placeholder:"EMAIL" help:"Who asks for it, or agrees to it."`
}

// Help implements kong's longer help.
func (regionExtend) Help() string {
	return "Example:\n  duenotice region extend QMF --days 14 --reason 'Floods' --as anna.price@example.org\n\nThe first person asks; the same command by another carries it out."
}

func (r regionExtend) Run(c *call) error {
	return c.inHouse(func(ctx context.Context, h *house.House) error {
		by, err := c.named(h, r.As)
		if err != nil {
			return err
		}
		agreed, err := h.Desk.ExtendRegion(ctx, by, r.Code, r.Days, r.Reason)
		if err != nil {
			return err
		}
		return c.answer(map[string]any{"agreed": agreed, "region": r.Code, "days": r.Days}, func() {
			if !agreed {
				c.say("Asked for. Another person has to give the same command.")
				return
			}
			c.say("Every window of region %s is %d days longer.", r.Code, r.Days)
		})
	})
}
