package managers

import (
	"strings"

	"duenotice/campaigns"
	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
	"duenotice/optout"
	"duenotice/ui/page"

	"github.com/gofiber/fiber/v2"
)

type watermarksPage struct {
	Channels  []watermarkLine
	Practices []watermarkLine
	Waiting   int
	May       bool
	Channel   page.Select
	Practice  page.Input
	Through   page.DateInput
}

type watermarkLine struct {
	optout.WatermarkLine
	Name string
}

func (h *Hall) watermarks(c *fiber.Ctx, by campaigns.Viewer) error {
	return h.showWatermarks(c, by, page.DateInput{}, nil)
}

func (h *Hall) showWatermarks(c *fiber.Ctx, by campaigns.Viewer, through page.DateInput, wrong page.Problems) error {
	lines, err := h.Desk.Watermarks(c.UserContext(), by)
	if err != nil {
		return err
	}
	body := watermarksPage{May: by.Role.Manages(), Through: through}
	for _, l := range lines {
		body.Waiting += l.Waiting
		if l.Channel == campaigns.Practice {
			body.Practices = append(body.Practices, watermarkLine{l, l.PracticeName})
		} else {
			body.Channels = append(body.Channels, watermarkLine{l, channelName(l.Channel)})
		}
	}
	body.Channel = page.Select{Field: page.Field{Name: "channel", Label: "Which channel", Error: wrong.For("channel")}, Chosen: c.FormValue("channel", c.Query("channel"))}
	for _, ch := range append(append([]campaigns.Channel{}, campaigns.Declared...), campaigns.Practice) {
		body.Channel.Options = append(body.Channel.Options, page.Option{Value: string(ch), Text: channelName(ch)})
	}
	body.Practice = page.Input{Field: page.Field{Name: "practice", Label: "Code of the practice", Hint: "Only for a practice, for example F84003", Error: wrong.For("practice")}, Value: c.FormValue("practice", c.Query("practice")), Width: "10", Spellcheck: "false"}
	body.Through.Field = page.Field{Name: "date", Label: "Everything received up to and including", LabelSize: "s", Hint: "At the latest yesterday, " + h.Clock.Today().AddDays(-1).Long(), Error: wrong.For("date")}
	return h.show(c, "watermarks.html", page.View{Title: "Watermarks", Active: "/watermarks", Problem: wrong, Body: body})
}

// declare takes the word of a person that a channel is entered up to a day.
// A practice of another region is as absent as none.
func (h *Hall) declare(c *fiber.Ctx, by campaigns.Viewer) error {
	through, typed, wrong := readDay(c, "date", nil)
	ch, practice := campaigns.Channel(c.FormValue("channel")), strings.ToUpper(strings.TrimSpace(c.FormValue("practice")))
	if len(wrong) > 0 {
		return h.showWatermarks(c, by, typed, wrong)
	}
	if ch != campaigns.Practice {
		practice = ""
	} else if practice != "" {
		_, err := h.Register.PracticeFor(c.UserContext(), by, practice)
		if fault.Is(err, fault.NotFound) {
			wrong.Add("practice", "There is no such practice in your region.")
			return h.showWatermarks(c, by, typed, wrong)
		}
		if err != nil {
			return err
		}
	}
	before, err := h.through(c, ch, practice)
	if err != nil {
		return err
	}
	err = h.Desk.Declare(c.UserContext(), by, ch, practice, through)
	if f := fault.Of(err); f != nil && f.Kind == fault.NotFound {
		wrong.Add("practice", f.Sentence)
	} else if err := wrong.Take(err); err != nil {
		return err
	}
	if len(wrong) > 0 {
		return h.showWatermarks(c, by, typed, atFirstBox(wrong, "date"))
	}
	after, err := h.through(c, ch, practice)
	if err != nil {
		return err
	}
	if !before.IsZero() && through.Before(before) && after == before {
		return h.done(c, "/watermarks", "You have proposed to lower it to %s. Somebody else has to agree by declaring the same.", through.Long())
	}
	return h.done(c, "/watermarks", "Entered up to and including %s.", through.Long())
}

// through reads how far a watermark stands.
func (h *Hall) through(c *fiber.Ctx, ch campaigns.Channel, practice string) (calendar.Date, error) {
	key := campaigns.Watermark(ch, practice)
	signals, err := h.Register.Signals(c.UserContext(), []string{key})
	return signals[key].Day, err
}
